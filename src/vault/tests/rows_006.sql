-- What layout 6 brought: an answer by points within a region, one by way of another photo, and pointers with a number.
INSERT INTO alignment (photo, frame, model, matrix, engine, source, answer, residual_px, confidence, why, at, region, landmarks, via, rebased)
VALUES
    (1, 2, 'similarity', '[1,0,0,0,1,0,0,0,1]', 2, 'landmarks', 'aligned', 0.5, 1.0, NULL, 1770000000000,
        '[{"x":1.0,"y":2.0},{"x":30.0,"y":2.0},{"x":30.0,"y":20.0}]',
        '[{"photo":{"x":1.0,"y":1.0},"frame":{"x":2.0,"y":2.0}}]', NULL, 0),
    (2, 2, 'similarity', '[1,0,0,0,1,0,0,0,1]', 2, 'automatic', 'suggestion', 0.5, 0.5, 'unsure', 1770000000000, '', '', 1, 1);
INSERT INTO alignment_current (photo, frame, alignment) VALUES (1, 2, (SELECT max(id) - 1 FROM alignment));
