INSERT INTO tray (blob, width, height, facts, file_name, received)
VALUES (:blob, :width, :height, :facts, :file_name, :received)
