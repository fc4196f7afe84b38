-- What hangs on a photo where it is now.
SELECT
    EXISTS (SELECT 1 FROM publication WHERE publication.before = photo.id)
        OR EXISTS (SELECT 1 FROM publication WHERE publication.after = photo.id) AS published,
    EXISTS (
        SELECT 1 FROM frame
        JOIN alignment_current ON alignment_current.photo = photo.id AND alignment_current.frame = frame.id
        JOIN alignment ON alignment.id = alignment_current.alignment
        WHERE frame.view = photo.view AND frame.current = 1 AND alignment.source <> 'automatic'
    ) AS by_hand,
    EXISTS (SELECT 1 FROM frame WHERE frame.reference = photo.id AND frame.current = 1) AS reference,
    (
        SELECT count(DISTINCT alignment.photo) FROM frame
        JOIN alignment_current ON alignment_current.frame = frame.id
        JOIN alignment ON alignment.id = alignment_current.alignment
        WHERE frame.reference = photo.id AND frame.current = 1
            AND alignment.source <> 'automatic' AND alignment.photo <> photo.id
    ) AS others_by_hand,
    EXISTS (
        SELECT 1 FROM case_pair JOIN case_entry ON case_entry.id = case_pair.case_entry
        WHERE case_pair.before = photo.id AND case_entry.state <> 'withdrawn'
    ) OR EXISTS (
        SELECT 1 FROM case_pair JOIN case_entry ON case_entry.id = case_pair.case_entry
        WHERE case_pair.after = photo.id AND case_entry.state <> 'withdrawn'
    ) AS in_case
FROM photo
WHERE photo.id = ?1
