-- An undone change stays, to be redone, until its user makes another one: the audit row of the undo; empty while the
-- change stands.
ALTER TABLE undo_entry ADD COLUMN undone INTEGER;
-- Rows that are not of the change: the undo dropped them, because the program had computed them for what it took back.
ALTER TABLE undo_change ADD COLUMN dropped INTEGER NOT NULL DEFAULT 0 CHECK (dropped IN (0, 1));

-- Two records that were found to be of one person. The row of `patient` stays with its code, and with the consents and
-- documents that were signed under it, which nobody may rewrite; everything else belongs to `person`. Never a chain:
-- whoever is merged later takes along those that were merged into them.
CREATE TABLE merged_patient (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    patient INTEGER NOT NULL UNIQUE REFERENCES patient,
    person INTEGER NOT NULL REFERENCES patient,
    -- The newest consent there was; none is 0. What was said of the one person since cannot be told apart again.
    newest_consent INTEGER NOT NULL,
    at INTEGER NOT NULL,
    CHECK (patient <> person)
) STRICT;
CREATE INDEX merged_patient_by_person ON merged_patient (person);
CREATE TRIGGER patient_was_merged AFTER INSERT ON merged_patient BEGIN
    UPDATE patient_changes SET count = count + 1;
END;
CREATE TRIGGER patient_was_merged_on AFTER UPDATE ON merged_patient BEGIN
    UPDATE patient_changes SET count = count + 1;
END;
CREATE TRIGGER patient_was_parted AFTER DELETE ON merged_patient BEGIN
    UPDATE patient_changes SET count = count + 1;
END;
