-- Erasing a patient, and documents.

-- When the patient's first original came in: a backup from then on may hold it in the tray before it was filed.
ALTER TABLE erasure ADD COLUMN since INTEGER;

-- Rows of volumes that are to go and are still there, because the volume cannot be replaced yet.
CREATE TABLE erasure_original (
    volume INTEGER NOT NULL REFERENCES volume,
    volume_row INTEGER NOT NULL,
    erasure INTEGER NOT NULL REFERENCES erasure,
    PRIMARY KEY (volume, volume_row)
) STRICT, WITHOUT ROWID;
CREATE INDEX erasure_original_by_erasure ON erasure_original (erasure);

-- Volumes on their way to take the place of others. Until the switch nothing refers to them, and a crash throws them away.
CREATE TABLE erasure_volume (
    volume INTEGER PRIMARY KEY REFERENCES volume
) STRICT;

-- The bytes in a table of their own: a list never reads them.
CREATE TABLE attachment_bytes (
    attachment INTEGER PRIMARY KEY REFERENCES attachment,
    bytes BLOB NOT NULL
) STRICT;
INSERT INTO attachment_bytes (attachment, bytes) SELECT id, bytes FROM attachment;
ALTER TABLE attachment ADD COLUMN length INTEGER NOT NULL DEFAULT 0;
UPDATE attachment SET length = length(bytes);
ALTER TABLE attachment DROP COLUMN bytes;
CREATE INDEX consent_by_document ON consent (document) WHERE document IS NOT NULL;
