-- Originals. The small columns come first, so that they are read without the bytes.
CREATE TABLE original (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    intent INTEGER NOT NULL,
    bytes BLOB NOT NULL
) STRICT;
CREATE INDEX original_by_intent ON original (intent);
