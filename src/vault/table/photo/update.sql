UPDATE photo
SET patient = :patient, session = :session, view = :view, slot = :slot, phase = :phase
WHERE id = :id
