-- The answers in force. One that went by way of another photo is none any more once that photo was placed anew, or its
-- placing was taken back: of the answers before it, the newest about that photo has to be in force still.
SELECT alignment.*
FROM session
JOIN photo ON photo.session = session.id
JOIN frame ON frame.view = photo.view AND frame.current = 1
JOIN alignment_current ON alignment_current.photo = photo.id AND alignment_current.frame = frame.id
JOIN alignment ON alignment.id = alignment_current.alignment
WHERE session.series = ?1
    AND (alignment.via IS NULL OR (
        SELECT max(step.id) FROM alignment AS step
        WHERE step.photo = alignment.via AND step.frame = alignment.frame AND step.id < alignment.id
    ) IS (
        SELECT now.alignment FROM alignment_current AS now
        WHERE now.photo = alignment.via AND now.frame = alignment.frame
    ))
ORDER BY photo.id
