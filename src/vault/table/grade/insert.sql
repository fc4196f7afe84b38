INSERT INTO grade (before, after, grade, reasons, engine)
SELECT :before, :after, :grade, :reasons, :engine
WHERE EXISTS (SELECT 1 FROM photo WHERE id = :before) AND EXISTS (SELECT 1 FROM photo WHERE id = :after)
