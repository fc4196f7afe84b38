-- Originals of others, and in the tray, that have the same bytes as one of the patient's.
WITH own (hash) AS (
    SELECT DISTINCT blob.hash FROM photo JOIN blob ON blob.id = photo.blob WHERE photo.patient = ?1
)
SELECT
    (
        SELECT count(DISTINCT blob.id) FROM own
        JOIN blob ON blob.hash = own.hash JOIN photo ON photo.blob = blob.id
        WHERE photo.patient <> ?1
    ),
    (SELECT count(*) FROM own JOIN blob ON blob.hash = own.hash JOIN tray ON tray.blob = blob.id)
