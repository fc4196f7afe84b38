INSERT INTO frame (patient, view, reference, width, height, automatic, current)
VALUES (:patient, :view, :reference, :width, :height, :automatic, 1)
