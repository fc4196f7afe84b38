UPDATE patient
SET code = :code, given = :given, family = :family, birth = :birth, fitzpatrick = :fitzpatrick, search = :search, sort = :sort
WHERE id = :id
