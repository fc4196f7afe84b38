INSERT INTO frame (uid, patient, view, reference, width, height, mm_per_px, automatic, current)
VALUES (:uid, :patient, :view, :reference, :width, :height, :mm_per_px, :automatic, 1)
