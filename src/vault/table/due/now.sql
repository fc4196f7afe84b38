SELECT series FROM due
WHERE closes >= :today AND opens <= :today
ORDER BY closes, opens, series
LIMIT :limit OFFSET :offset
