SELECT DISTINCT blob.* FROM photo JOIN blob ON blob.id = photo.blob
WHERE photo.patient = ?1
    AND NOT EXISTS (SELECT 1 FROM photo AS other WHERE other.blob = blob.id AND other.patient <> ?1)
    AND NOT EXISTS (SELECT 1 FROM tray WHERE tray.blob = blob.id)
ORDER BY blob.volume, blob.volume_row
