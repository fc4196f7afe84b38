-- The series whose photos, visits and frames a change touched, as far as those rows are there.
SELECT session.series FROM undo_change JOIN session ON session.id = undo_change.row
WHERE undo_change.entry = ?1 AND undo_change.target = 'session'
UNION
SELECT session.series FROM undo_change JOIN photo ON photo.id = undo_change.row JOIN session ON session.id = photo.session
WHERE undo_change.entry = ?1 AND undo_change.target = 'photo'
UNION
SELECT view.series FROM undo_change JOIN frame ON frame.id = undo_change.row JOIN view ON view.id = frame.view
WHERE undo_change.entry = ?1 AND undo_change.target = 'frame'
UNION
SELECT series.id FROM undo_change JOIN series ON series.id = undo_change.row
WHERE undo_change.entry = ?1 AND undo_change.target = 'series'
