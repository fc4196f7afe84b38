INSERT INTO patient (uid, code, given, family, birth, fitzpatrick, sort)
VALUES (:uid, :code, :given, :family, :birth, :fitzpatrick, :sort)
