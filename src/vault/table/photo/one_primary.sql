-- Photos of a session that will have the same phase: one of each view stays in front, the earliest moment of the day, and of
-- one moment the newest.
UPDATE photo
SET slot = 'alternate'
WHERE id IN (
    SELECT id FROM (
        SELECT id, row_number() OVER (
            PARTITION BY view, CASE WHEN :treats AND phase = 'after' THEN 1 ELSE 0 END
            ORDER BY CASE phase WHEN 'before' THEN 0 WHEN 'none' THEN 1 ELSE 2 END, id DESC
        ) AS place
        FROM photo
        WHERE session = :session AND slot = 'primary' AND view IS NOT NULL
    )
    WHERE place > 1
)
