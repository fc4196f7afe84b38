INSERT INTO alignment (photo, frame, model, matrix, engine, source, answer, residual_px, confidence, why, at)
VALUES (:photo, :frame, :model, :matrix, :engine, :source, :answer, :residual_px, :confidence, :why, :at)
