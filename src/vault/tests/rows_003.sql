-- What layout 3 brought: an erasure that waits for a volume, a volume on its way, the bytes of a document apart.
INSERT INTO erasure_original (volume, volume_row, erasure) VALUES (1, 77, (SELECT min(id) FROM erasure));
INSERT INTO erasure_volume (volume) VALUES (1);
INSERT INTO attachment (uid, patient, kind, file_name, hash, length, at)
VALUES (randomblob(16), 1, 'consent', 'b.pdf', randomblob(32), 3, 1770000000000);
INSERT INTO attachment_bytes (attachment, bytes) VALUES ((SELECT max(id) FROM attachment), x'010203');
