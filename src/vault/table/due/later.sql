SELECT series FROM due
WHERE opens > :today
ORDER BY opens, series
LIMIT :limit OFFSET :offset
