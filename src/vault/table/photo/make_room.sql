UPDATE photo
SET slot = 'alternate'
WHERE session = :session AND view = :view AND phase = :phase AND slot = 'primary' AND id <> :except
