INSERT INTO alignment_current (photo, frame, alignment) VALUES (:photo, :frame, :alignment)
ON CONFLICT (photo, frame) DO UPDATE SET alignment = excluded.alignment
