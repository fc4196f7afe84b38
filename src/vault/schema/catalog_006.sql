-- Placing photos by hand: what an answer rests on, and a pointer that an undo can put back.

-- JSON arrays of points of the frame, and of points of photo and frame; empty text where there are none.
ALTER TABLE alignment ADD COLUMN region TEXT NOT NULL DEFAULT '';
ALTER TABLE alignment ADD COLUMN landmarks TEXT NOT NULL DEFAULT '';
-- The photo by way of which it was found. It may be gone: what was found then stays as it was.
ALTER TABLE alignment ADD COLUMN via INTEGER;
-- Whether it was said in a former frame of the view and carried over.
ALTER TABLE alignment ADD COLUMN rebased INTEGER NOT NULL DEFAULT 0 CHECK (rebased IN (0, 1));

-- The pointer gets a number, as every row that a person changes and an undo puts back.
CREATE TABLE alignment_pointer (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    photo INTEGER NOT NULL REFERENCES photo ON DELETE CASCADE,
    frame INTEGER NOT NULL REFERENCES frame ON DELETE CASCADE,
    alignment INTEGER NOT NULL REFERENCES alignment ON DELETE CASCADE,
    UNIQUE (photo, frame)
) STRICT;
INSERT INTO alignment_pointer (photo, frame, alignment) SELECT photo, frame, alignment FROM alignment_current;
DROP TABLE alignment_current;
ALTER TABLE alignment_pointer RENAME TO alignment_current;
CREATE INDEX alignment_current_by_frame ON alignment_current (frame);
CREATE INDEX alignment_current_by_alignment ON alignment_current (alignment);
