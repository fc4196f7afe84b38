INSERT INTO session (uid, series, date, ordinal, kind)
VALUES (:uid, :series, :date, (
    SELECT coalesce(max(ordinal) + 1, 0) FROM session WHERE series = :series AND date = :date
), :kind)
