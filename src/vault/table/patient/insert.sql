INSERT INTO patient (uid, code, given, family, birth, fitzpatrick, search, sort)
VALUES (:uid, :code, :given, :family, :birth, :fitzpatrick, :search, :sort)
