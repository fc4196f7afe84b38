-- Answers in frames that are no longer current, of photos that still are of their view: what persons said, what was plain,
-- and what has a region. Newest frame first.
SELECT alignment.*
FROM session
JOIN photo ON photo.session = session.id
JOIN frame ON frame.view = photo.view AND frame.current = 0
JOIN alignment_current ON alignment_current.photo = photo.id AND alignment_current.frame = frame.id
JOIN alignment ON alignment.id = alignment_current.alignment
WHERE session.series = ?1
    AND (alignment.source IN ('landmarks', 'accepted')
        OR alignment.source = 'automatic' AND (alignment.answer = 'aligned' OR alignment.region <> ''))
ORDER BY frame.id DESC, photo.id
