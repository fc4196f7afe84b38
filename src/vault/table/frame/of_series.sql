SELECT frame.* FROM view JOIN frame ON frame.view = view.id AND frame.current = 1
WHERE view.series = ?1
ORDER BY view.retired, view.ordinal
