-- Pictures computed from originals; every row may be lost.
CREATE TABLE picture (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hash BLOB NOT NULL,
    kind TEXT NOT NULL,
    UNIQUE (hash, kind)
) STRICT;

-- Bytes in a table of their own: scanning the list above never reads them.
CREATE TABLE picture_bytes (
    picture INTEGER PRIMARY KEY REFERENCES picture ON DELETE CASCADE,
    bytes BLOB NOT NULL
) STRICT;
