SELECT series FROM due
WHERE closes < :today
ORDER BY closes, opens, series
LIMIT :limit OFFSET :offset
