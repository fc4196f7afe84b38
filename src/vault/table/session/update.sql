UPDATE session
SET
    kind = :kind,
    ordinal = CASE WHEN date = :date THEN ordinal ELSE (
        SELECT coalesce(max(other.ordinal) + 1, 0) FROM session AS other
        WHERE other.series = session.series AND other.date = :date
    ) END,
    date = :date
WHERE id = :id
