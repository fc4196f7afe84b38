INSERT INTO view (uid, series, ordinal, name, area, side, pose, light, focal_mm)
VALUES (:uid, :series, :ordinal, :name, :area, :side, :pose, :light, :focal_mm)
