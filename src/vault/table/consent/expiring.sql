SELECT * FROM consent
WHERE expires BETWEEN :from AND :to AND event = 'granted'
ORDER BY expires, id
