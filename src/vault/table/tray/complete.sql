UPDATE tray
SET
    width = coalesce(width, :width),
    height = coalesce(height, :height),
    facts = coalesce(facts, :facts),
    file_name = CASE WHEN file_name = '' THEN :file_name ELSE file_name END
WHERE id = :id
