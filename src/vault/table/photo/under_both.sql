SELECT count(DISTINCT blob.hash) FROM photo JOIN blob ON blob.id = photo.blob
WHERE photo.patient = ?1 AND EXISTS (
    SELECT 1 FROM blob AS twin JOIN photo AS filed ON filed.blob = twin.id
    WHERE twin.hash = blob.hash AND filed.patient = ?2
)
