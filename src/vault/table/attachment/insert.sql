INSERT INTO attachment (uid, patient, kind, file_name, hash, length, at)
VALUES (:uid, :patient, :kind, :file_name, :hash, :length, :at)
