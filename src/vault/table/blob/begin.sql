INSERT INTO intent (hash, length, volume, width, height, facts, file_name, at)
VALUES (:hash, :length, :volume, :width, :height, :facts, :file_name, :at)
