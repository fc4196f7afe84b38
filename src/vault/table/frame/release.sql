-- Nobody has worked in these frames: the program makes the one it needs anew.
DELETE FROM frame
WHERE reference = ?1
    AND NOT EXISTS (SELECT 1 FROM alignment WHERE alignment.frame = frame.id AND alignment.source <> 'automatic')
    AND NOT EXISTS (SELECT 1 FROM mark WHERE mark.frame = frame.id)
