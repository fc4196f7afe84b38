SELECT photo.*, blob.hash, blob.length
FROM session
JOIN photo ON photo.session = session.id
JOIN blob ON blob.id = photo.blob
WHERE session.series = ?1
ORDER BY session.date, session.ordinal, photo.view, photo.slot = 'rejected', photo.slot = 'alternate', photo.id
