SELECT count(*) FROM publication
WHERE withdrawn IS NULL AND series IN (SELECT id FROM series WHERE series.patient = ?1)
