UPDATE photo
SET slot = 'alternate'
WHERE session = :session AND phase = 'after' AND slot = 'primary' AND EXISTS (
    SELECT 1 FROM photo AS other
    WHERE other.session = photo.session AND other.view = photo.view AND other.phase = 'before' AND other.slot = 'primary'
)
