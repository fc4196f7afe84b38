-- Whether a row that this transaction touched, or one that hangs on it, does not belong to what it names any more.
-- CROSS JOIN, so that what was touched is walked and never the photos of a vault.
WITH
    touched (target, id) AS (SELECT DISTINCT target, row FROM temp.change_log),
    course (id) AS (
        SELECT id FROM touched WHERE target = 'series'
        UNION
        SELECT series.id FROM touched CROSS JOIN merged_patient ON merged_patient.id = touched.id
        CROSS JOIN series ON series.patient IN (merged_patient.patient, merged_patient.person)
        WHERE touched.target = 'merged_patient'
    ),
    visit (id) AS (
        SELECT id FROM touched WHERE target = 'session'
        UNION
        SELECT session.id FROM course CROSS JOIN session ON session.series = course.id
    ),
    picture (id) AS (
        SELECT id FROM touched WHERE target = 'photo'
        UNION
        SELECT photo.id FROM visit CROSS JOIN photo ON photo.session = visit.id
        UNION
        SELECT photo.id FROM touched CROSS JOIN photo ON photo.view = touched.id WHERE touched.target = 'view'
        UNION
        SELECT frame.reference FROM touched CROSS JOIN frame ON frame.id = touched.id WHERE touched.target = 'frame'
    )
SELECT
    EXISTS (
        SELECT 1 FROM picture
        CROSS JOIN photo ON photo.id = picture.id
        CROSS JOIN session ON session.id = photo.session
        CROSS JOIN series ON series.id = session.series
        LEFT JOIN view ON view.id = photo.view
        WHERE photo.patient <> series.patient OR view.series <> session.series
    )
    -- Two patients never share an original.
    OR EXISTS (
        SELECT 1 FROM picture
        CROSS JOIN photo ON photo.id = picture.id
        CROSS JOIN photo AS twin ON twin.blob = photo.blob
        WHERE twin.patient <> photo.patient
    )
    OR EXISTS (
        SELECT 1 FROM picture
        CROSS JOIN photo ON photo.id = picture.id
        CROSS JOIN frame ON frame.reference = photo.id
        WHERE frame.current = 1 AND (
            frame.patient <> photo.patient
            -- A series that goes on from another one takes over its references.
            OR frame.view IS NOT photo.view AND NOT EXISTS (
                WITH RECURSIVE before (id) AS (
                    SELECT series.predecessor FROM view JOIN series ON series.id = view.series WHERE view.id = frame.view
                    UNION
                    SELECT series.predecessor FROM before JOIN series ON series.id = before.id
                )
                SELECT 1 FROM view WHERE view.id = photo.view AND view.series IN (SELECT id FROM before)
            )
        )
    )
    -- A cell has one primary photo of a phase.
    OR EXISTS (
        SELECT 1 FROM picture
        CROSS JOIN photo ON photo.id = picture.id
        CROSS JOIN photo AS other ON other.session = photo.session AND other.view = photo.view
        WHERE photo.slot = 'primary' AND other.slot = 'primary' AND other.phase = photo.phase AND other.id <> photo.id
    )
    -- What was said of a series was said by whom it belongs to.
    OR EXISTS (
        SELECT 1 FROM course
        CROSS JOIN series ON series.id = course.id
        CROSS JOIN consent ON consent.series = series.id
        LEFT JOIN merged_patient ON merged_patient.patient = consent.patient
        WHERE coalesce(merged_patient.person, consent.patient) <> series.patient
    )
    OR EXISTS (
        SELECT 1 FROM course
        CROSS JOIN series ON series.id = course.id
        CROSS JOIN series AS other ON other.id = series.predecessor
        WHERE other.patient <> series.patient
    )
    OR EXISTS (
        SELECT 1 FROM course
        CROSS JOIN series ON series.id = course.id
        CROSS JOIN series AS other ON other.predecessor = series.id
        WHERE other.patient <> series.patient
    )
    -- Nothing is filed under somebody who is another person's record by now.
    OR EXISTS (
        SELECT 1 FROM course
        CROSS JOIN series ON series.id = course.id
        CROSS JOIN merged_patient ON merged_patient.patient = series.patient
    )
    -- What was signed belongs to whom it was signed by.
    OR EXISTS (
        SELECT 1 FROM touched
        CROSS JOIN attachment ON attachment.id = touched.id
        CROSS JOIN consent ON consent.document = attachment.id
        LEFT JOIN merged_patient AS own ON own.patient = attachment.patient
        LEFT JOIN merged_patient AS signer ON signer.patient = consent.patient
        WHERE touched.target = 'attachment'
            AND coalesce(own.person, attachment.patient) <> coalesce(signer.person, consent.patient)
    )
