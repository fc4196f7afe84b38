INSERT INTO view (series, ordinal, name, area, side, pose, light, focal_mm)
VALUES (:series, :ordinal, :name, :area, :side, :pose, :light, :focal_mm)
