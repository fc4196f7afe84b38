SELECT
    (SELECT count(*) FROM due WHERE closes < :today),
    (SELECT count(*) FROM due WHERE closes >= :today AND opens <= :today),
    (SELECT count(*) FROM due WHERE opens > :today)
