-- Originals of others, and in the tray, that have the same bytes as one of the patient's; then documents of others. Those
-- of the person's other records go with them.
WITH own (hash) AS (
    SELECT DISTINCT blob.hash FROM photo JOIN blob ON blob.id = photo.blob WHERE photo.patient = ?1
)
SELECT
    (
        SELECT count(DISTINCT blob.id) FROM own
        JOIN blob ON blob.hash = own.hash JOIN photo ON photo.blob = blob.id
        WHERE photo.patient <> ?1
    ),
    (SELECT count(*) FROM own JOIN blob ON blob.hash = own.hash JOIN tray ON tray.blob = blob.id),
    (
        SELECT count(DISTINCT other.id) FROM attachment AS signed
        JOIN attachment AS other ON other.hash = signed.hash
        WHERE signed.patient = ?1 AND other.patient <> ?1
            AND other.patient NOT IN (SELECT patient FROM merged_patient WHERE person = ?1)
    )
