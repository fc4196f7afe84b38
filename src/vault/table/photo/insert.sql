INSERT INTO photo (uid, patient, session, view, slot, phase, blob, width, height, facts, file_name, received)
SELECT
    :uid, :patient, :session, :view, :slot, :phase,
    -- The same bytes twice under one patient are one blob.
    coalesce(
        (
            SELECT twin.id FROM blob AS twin JOIN photo ON photo.blob = twin.id
            WHERE twin.hash = blob.hash AND photo.patient = :patient ORDER BY twin.id LIMIT 1
        ),
        blob.id
    ),
    tray.width, tray.height, tray.facts, tray.file_name, tray.received
FROM tray JOIN blob ON blob.id = tray.blob
WHERE tray.id = :tray
