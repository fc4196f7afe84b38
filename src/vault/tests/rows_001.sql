-- A clinic as layout 1 knew it: every table, every kind of optional column filled and empty.
INSERT INTO user (id, uid, login, role, disabled, created) VALUES
    (1, x'0000000000000000000000000000000a', 'anna', 'owner', 0, 1767225600000),
    (2, x'0000000000000000000000000000000b', 'bert', 'viewer', 1, 1767225600001);
INSERT INTO vault_state (id, uid, header_counter, derived_key, recovery_used, keys_pending, catalog_pending) VALUES
    (1, '00000000-0000-4000-8000-000000000001', 7, x'0000000000000000000000000000000000000000000000000000000000000001', 'aa', NULL, NULL);
INSERT INTO setting (key, value) VALUES ('due-rule', '"0.1.0"');
INSERT INTO volume (id, key, closed, erased, bytes, opened) VALUES
    (1, x'0000000000000000000000000000000000000000000000000000000000000002', 1, 0, 300, 1767225600000),
    (2, x'0000000000000000000000000000000000000000000000000000000000000003', 0, 0, 100, 1767225600001);
INSERT INTO blob (id, hash, length, volume, volume_row, stored, verified) VALUES
    (1, zeroblob(32), 100, 1, 1, 1767225600000, NULL),
    (2, x'0101010101010101010101010101010101010101010101010101010101010101', 200, 1, 2, 1767225600000, 1767225600009),
    (3, x'0202020202020202020202020202020202020202020202020202020202020202', 100, 2, 1, 1767225600000, NULL);
INSERT INTO intent (id, hash, length, volume, width, height, facts, file_name, at) VALUES
    (4, zeroblob(32), 5, 2, 60, 40, '{}', 'a.jpg', 1767225600000);
INSERT INTO tray (id, blob, width, height, facts, file_name, received) VALUES
    (1, 3, NULL, NULL, NULL, '', 1767225600000),
    (2, 3, 60, 40, '{}', 'b.jpg', 1767225600000);
INSERT INTO patient (id, uid, code, given, family, birth, fitzpatrick, sort) VALUES
    (1, x'00000000000000000000000000000001', 'P-1', 'Ülle', 'Mägi', '1990-05-17', 'III', 'magi ulle p-1'),
    (2, x'00000000000000000000000000000002', 'P-2', '明', '王', NULL, NULL, '王 明 p-2');
INSERT INTO template (id, uid, name, protocol, retired) VALUES (1, x'00000000000000000000000000000003', 'Own', '{}', 0);
INSERT INTO series (id, uid, patient, indications, areas, planned, interval_min_days, interval_max_days, state, predecessor) VALUES
    (1, x'00000000000000000000000000000004', 1, '["wrinkles"]', '["face"]', 3, 28, 42, 'finished', NULL),
    (2, x'00000000000000000000000000000005', 1, '["wrinkles"]', '["face"]', 3, 28, 42, 'open', 1);
INSERT INTO view (id, uid, series, ordinal, name, area, side, pose, light, focal_mm, retired) VALUES
    (1, x'00000000000000000000000000000006', 2, 1, 'Front', 'face', 'both', 'front', 'frontal', 100, 0),
    (2, x'00000000000000000000000000000007', 2, 2, 'Left', 'face', 'left', 'lateral', 'frontal', NULL, 1);
INSERT INTO session (id, uid, series, date, ordinal, kind) VALUES
    (1, x'00000000000000000000000000000008', 2, '2026-01-02', 1, 'treatment'),
    (2, x'00000000000000000000000000000009', 2, '2026-02-02', 1, 'follow-up');
INSERT INTO session_record (id, session, record) VALUES (1, 1, '{"device":"pen"}');
INSERT INTO photo (id, uid, patient, session, view, slot, phase, blob, width, height, facts, file_name, received) VALUES
    (1, x'0000000000000000000000000000000c', 1, 1, 1, 'primary', 'before', 1, 60, 40, '{}', 'a.jpg', 1767225600000),
    (2, x'0000000000000000000000000000000d', 1, 2, NULL, 'rejected', 'none', 2, 60, 40, '{}', 'b.jpg', 1767225600000);
INSERT INTO frame (id, uid, patient, view, reference, width, height, mm_per_px, automatic, current) VALUES
    (1, x'0000000000000000000000000000000e', 1, 1, 1, 60, 40, 0.1, 1, 1),
    (2, x'0000000000000000000000000000000f', 1, 1, 1, 60, 40, NULL, 0, 0);
INSERT INTO alignment (id, photo, frame, model, matrix, engine, source, answer, residual_px, confidence, why, at) VALUES
    (1, 2, 1, 'similarity', '[1,0,0,0,1,0,0,0,1]', 1, 'automatic', 'aligned', 0.4, 0.9, NULL, 1767225600000),
    (2, 2, 1, 'similarity', NULL, 1, 'automatic', 'none', NULL, 0.1, 'blurred', 1767225600001);
INSERT INTO alignment_current (photo, frame, alignment) VALUES (2, 1, 1);
INSERT INTO mark (id, uid, frame, photo, shape, author, at) VALUES
    (1, x'00000000000000000000000000000010', 1, NULL, '{}', 1, 1767225600000);
INSERT INTO grade (before, after, grade, reasons, engine) VALUES (1, 2, 'B', '[]', 1);
INSERT INTO attachment (id, uid, patient, kind, file_name, hash, bytes, at) VALUES
    (1, x'00000000000000000000000000000011', 1, 'consent', 'c.pdf', zeroblob(32), x'25504446', 1767225600000);
INSERT INTO consent (id, uid, patient, series, purpose, scope, event, wording, signer, document, expires, at) VALUES
    (1, x'00000000000000000000000000000012', 1, 2, 'website', 'region', 'granted', '1', 'patient', 1, '2027-01-01', 1767225600000),
    (2, x'00000000000000000000000000000013', 1, NULL, 'website', 'region', 'withdrawn', '1', 'patient', NULL, NULL, 1767225600001);
INSERT INTO case_entry (id, uid, series, caption, state, signed_by, signed_at) VALUES
    (1, x'00000000000000000000000000000014', 2, 'caption', 'signed', 1, 1767225600000);
INSERT INTO case_pair (id, case_entry, ordinal, before, after, scope, crop, alt_text) VALUES (1, 1, 1, 1, 2, 'region', NULL, 'alt');
INSERT INTO publication (id, uid, series, case_entry, before, after, before_hash, after_hash, label_before, label_after, matrix, files, destination, published_by, at, withdrawn) VALUES
    (1, x'00000000000000000000000000000015', 2, 1, 1, 2, zeroblob(32), zeroblob(32), 'Baseline', 'Session 2 of 3', NULL, '[]', '/x', 1, 1767225600000, NULL);
INSERT INTO erasure (id, patient, patient_uid, reason, erased_by, at, finished) VALUES
    (1, 99, x'00000000000000000000000000000016', 'asked', 1, 1767225600000, NULL);
INSERT INTO audit (seq, at, user, op, subject, previous, hash) VALUES
    (1, 1767225600000, 1, 'create-vault', '{}', zeroblob(32), zeroblob(32));
INSERT INTO undo_entry (id, user, op, at, audit) VALUES (1, 1, 'add-patient', 1767225600000, 1);
INSERT INTO undo_change (id, entry, target, row, before, after) VALUES (1, 1, 'patient', 2, NULL, '[]');
