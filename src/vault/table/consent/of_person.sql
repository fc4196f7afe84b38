-- What was said of a person under any of their records, in the order in which it was recorded.
SELECT * FROM consent
WHERE patient = ?1 OR patient IN (SELECT patient FROM merged_patient WHERE person = ?1)
ORDER BY id
