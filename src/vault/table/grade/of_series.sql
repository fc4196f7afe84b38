SELECT grade.*
FROM session
JOIN photo ON photo.session = session.id
JOIN grade ON grade.after = photo.id
WHERE session.series = ?1
ORDER BY grade.after
