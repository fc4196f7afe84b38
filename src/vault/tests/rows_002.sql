-- What layout 2 brought: an undone change that can be redone, and a record that was merged into another.
INSERT INTO undo_entry (user, op, at, audit, undone) VALUES (1, 'file-photos', 1770000000000, 1, 2);
INSERT INTO undo_change (entry, target, row, before, after, dropped)
VALUES ((SELECT max(id) FROM undo_entry), 'frame', 1, NULL, '["1"]', 1);
INSERT INTO patient (uid, code, given, family, sort) VALUES (randomblob(16), 'P-2B', 'Twice', 'Entered', 'entered twice p-2b');
INSERT INTO merged_patient (patient, person, newest_consent, at)
VALUES ((SELECT max(id) FROM patient), 1, 1, 1770000000000);
