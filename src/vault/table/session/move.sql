UPDATE session
SET
    series = :series,
    ordinal = (
        SELECT coalesce(max(other.ordinal) + 1, 0) FROM session AS other
        WHERE other.series = :series AND other.date = session.date
    )
WHERE id = :id
