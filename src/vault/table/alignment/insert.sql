INSERT INTO alignment (photo, frame, model, matrix, engine, source, answer, residual_px, confidence, why, at,
    region, landmarks, via, rebased)
VALUES (:photo, :frame, :model, :matrix, :engine, :source, :answer, :residual_px, :confidence, :why, :at,
    :region, :landmarks, :via, :rebased)
