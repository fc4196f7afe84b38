INSERT INTO frame (uid, patient, view, reference, width, height, automatic, current)
VALUES (:uid, :patient, :view, :reference, :width, :height, :automatic, 1)
