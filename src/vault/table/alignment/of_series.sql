SELECT alignment.*
FROM session
JOIN photo ON photo.session = session.id
JOIN frame ON frame.view = photo.view AND frame.current = 1
JOIN alignment_current ON alignment_current.photo = photo.id AND alignment_current.frame = frame.id
JOIN alignment ON alignment.id = alignment_current.alignment
WHERE session.series = ?1
ORDER BY photo.id
