UPDATE patient
SET code = :code, given = :given, family = :family, birth = :birth, fitzpatrick = :fitzpatrick, sort = :sort
WHERE id = :id
