-- Photos for which an answer was carried over to the frame that is current now.
SELECT DISTINCT alignment.photo
FROM session
JOIN photo ON photo.session = session.id
JOIN frame ON frame.view = photo.view AND frame.current = 1
JOIN alignment ON alignment.photo = photo.id AND alignment.frame = frame.id AND alignment.rebased = 1
WHERE session.series = ?1
