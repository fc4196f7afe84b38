-- Dates are ISO text, instants UTC milliseconds, uids 16 random bytes, lists and records of facts JSON.

CREATE TABLE user (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uid BLOB NOT NULL UNIQUE,
    login TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL CHECK (role IN ('owner', 'clinician', 'assistant', 'viewer')),
    disabled INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
    created INTEGER NOT NULL
) STRICT;

-- One row: what the whole vault needs to know about itself.
CREATE TABLE vault_state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    uid TEXT NOT NULL,
    header_counter INTEGER NOT NULL,
    derived_key BLOB NOT NULL,
    -- Salt of the recovery slot that was used last: once it is another one than in vault.toml, a new code was made.
    recovery_used TEXT,
    -- Salt of a slot on its way into vault.toml: a change of keys that a crash interrupted.
    keys_pending TEXT,
    -- Number of a catalog under another key that the records are on their way into.
    catalog_pending INTEGER
) STRICT;

CREATE TABLE setting (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Photo volumes. Bytes counts what was stored, to close a volume at its limit.
CREATE TABLE volume (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key BLOB NOT NULL,
    closed INTEGER NOT NULL DEFAULT 0 CHECK (closed IN (0, 1)),
    erased INTEGER NOT NULL DEFAULT 0 CHECK (erased IN (0, 1)),
    bytes INTEGER NOT NULL DEFAULT 0,
    opened INTEGER NOT NULL
) STRICT;

-- Identity and place of an original. Filing, moving and undoing never touch these rows.
CREATE TABLE blob (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    algorithm TEXT NOT NULL DEFAULT 'sha256',
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    length INTEGER NOT NULL CHECK (length > 0),
    volume INTEGER NOT NULL REFERENCES volume,
    volume_row INTEGER NOT NULL,
    stored INTEGER NOT NULL,
    verified INTEGER,
    UNIQUE (volume, volume_row)
) STRICT;
CREATE INDEX blob_by_hash ON blob (hash);

-- Written before an original goes into its volume, removed with its tray row.
CREATE TABLE intent (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    length INTEGER NOT NULL CHECK (length > 0),
    volume INTEGER NOT NULL REFERENCES volume,
    width INTEGER NOT NULL CHECK (width > 0),
    height INTEGER NOT NULL CHECK (height > 0),
    facts TEXT NOT NULL,
    file_name TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;

-- Size and facts are empty together: an original that was found without a record, whose picture nobody has read yet.
CREATE TABLE tray (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    blob INTEGER NOT NULL REFERENCES blob,
    width INTEGER CHECK (width > 0),
    height INTEGER CHECK (height > 0),
    facts TEXT,
    -- Empty when none is known.
    file_name TEXT NOT NULL,
    received INTEGER NOT NULL,
    CHECK ((width IS NULL) = (height IS NULL) AND (width IS NULL) = (facts IS NULL))
) STRICT;
CREATE INDEX tray_by_blob ON tray (blob);

CREATE TABLE patient (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uid BLOB NOT NULL UNIQUE,
    code TEXT NOT NULL UNIQUE,
    given TEXT NOT NULL,
    family TEXT NOT NULL,
    birth TEXT,
    fitzpatrick TEXT,
    -- Folded "family given code", to search in and to order by.
    sort TEXT NOT NULL
) STRICT;
CREATE INDEX patient_by_sort ON patient (sort, id);

-- One row. Whoever keeps the search keys in memory reads here whether they still hold.
CREATE TABLE patient_changes (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    count INTEGER NOT NULL
) STRICT;
INSERT INTO patient_changes (id, count) VALUES (1, 0);
CREATE TRIGGER patient_was_added AFTER INSERT ON patient BEGIN
    UPDATE patient_changes SET count = count + 1;
END;
CREATE TRIGGER patient_was_changed AFTER UPDATE OF id, sort ON patient BEGIN
    UPDATE patient_changes SET count = count + 1;
END;
CREATE TRIGGER patient_was_removed AFTER DELETE ON patient BEGIN
    UPDATE patient_changes SET count = count + 1;
END;

-- Protocols of the clinic's own, beside those the program brings.
CREATE TABLE template (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uid BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL UNIQUE,
    protocol TEXT NOT NULL,
    retired INTEGER NOT NULL DEFAULT 0 CHECK (retired IN (0, 1))
) STRICT;

CREATE TABLE series (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uid BLOB NOT NULL UNIQUE,
    patient INTEGER NOT NULL REFERENCES patient,
    indications TEXT NOT NULL,
    areas TEXT NOT NULL,
    planned INTEGER NOT NULL,
    interval_min_days INTEGER NOT NULL,
    interval_max_days INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'finished', 'stopped')),
    predecessor INTEGER REFERENCES series
) STRICT;
CREATE INDEX series_by_patient ON series (patient, state);
CREATE INDEX series_by_predecessor ON series (predecessor) WHERE predecessor IS NOT NULL;

CREATE TABLE view (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uid BLOB NOT NULL UNIQUE,
    series INTEGER NOT NULL REFERENCES series,
    ordinal INTEGER NOT NULL,
    name TEXT NOT NULL,
    area TEXT NOT NULL,
    side TEXT NOT NULL,
    pose TEXT NOT NULL,
    light TEXT NOT NULL,
    focal_mm INTEGER,
    retired INTEGER NOT NULL DEFAULT 0 CHECK (retired IN (0, 1)),
    UNIQUE (series, ordinal)
) STRICT;

CREATE TABLE session (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uid BLOB NOT NULL UNIQUE,
    series INTEGER NOT NULL REFERENCES series,
    date TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('consultation', 'treatment', 'healing', 'follow-up', 'maintenance')),
    UNIQUE (series, date, ordinal)
) STRICT;
CREATE INDEX session_by_date ON session (date);

-- The window of each series' next visit; empty where none is due. The rule is the program's, not SQL's: what the rule looks
-- at marks the row stale, and the transaction that did so works it out anew before it is committed.
CREATE TABLE due (
    series INTEGER PRIMARY KEY REFERENCES series ON DELETE CASCADE,
    stale INTEGER NOT NULL DEFAULT 1 CHECK (stale IN (0, 1)),
    opens TEXT,
    closes TEXT,
    CHECK ((opens IS NULL) = (closes IS NULL))
) STRICT;
CREATE INDEX due_stale ON due (series) WHERE stale = 1;
CREATE INDEX due_by_closing ON due (closes, opens) WHERE closes IS NOT NULL;
CREATE INDEX due_by_opening ON due (opens) WHERE opens IS NOT NULL;
CREATE TRIGGER due_with_series AFTER INSERT ON series BEGIN
    INSERT INTO due (series) VALUES (NEW.id);
END;
CREATE TRIGGER due_after_series AFTER UPDATE ON series BEGIN
    UPDATE due SET stale = 1 WHERE series = NEW.id;
END;
CREATE TRIGGER due_after_session_added AFTER INSERT ON session BEGIN
    UPDATE due SET stale = 1 WHERE series = NEW.series;
END;
CREATE TRIGGER due_after_session_changed AFTER UPDATE ON session BEGIN
    UPDATE due SET stale = 1 WHERE series IN (OLD.series, NEW.series);
END;
CREATE TRIGGER due_after_session_removed AFTER DELETE ON session BEGIN
    UPDATE due SET stale = 1 WHERE series = OLD.series;
END;

-- What was done at a visit: device, lot, depth per zone, passes, reactions, scales; the fields grow without a migration.
CREATE TABLE session_record (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    session INTEGER NOT NULL UNIQUE REFERENCES session,
    record TEXT NOT NULL
) STRICT;

CREATE TABLE photo (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uid BLOB NOT NULL UNIQUE,
    patient INTEGER NOT NULL REFERENCES patient,
    session INTEGER NOT NULL REFERENCES session,
    view INTEGER REFERENCES view,
    slot TEXT NOT NULL CHECK (slot IN ('primary', 'alternate', 'rejected')),
    phase TEXT NOT NULL CHECK (phase IN ('before', 'after', 'none')),
    blob INTEGER NOT NULL REFERENCES blob,
    width INTEGER NOT NULL CHECK (width > 0),
    height INTEGER NOT NULL CHECK (height > 0),
    facts TEXT NOT NULL,
    file_name TEXT NOT NULL,
    received INTEGER NOT NULL
) STRICT;
CREATE INDEX photo_by_patient ON photo (patient);
CREATE INDEX photo_by_session ON photo (session, view);
CREATE INDEX photo_by_view ON photo (view);
CREATE INDEX photo_by_blob ON photo (blob);

-- A frame the program chose by itself goes when its reference photo is taken back into the tray; a person's holds it.
CREATE TABLE frame (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uid BLOB NOT NULL UNIQUE,
    patient INTEGER NOT NULL REFERENCES patient,
    view INTEGER NOT NULL REFERENCES view,
    reference INTEGER NOT NULL REFERENCES photo,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    mm_per_px REAL,
    automatic INTEGER NOT NULL CHECK (automatic IN (0, 1)),
    current INTEGER NOT NULL CHECK (current IN (0, 1))
) STRICT;
CREATE UNIQUE INDEX frame_current ON frame (view) WHERE current = 1;
CREATE INDEX frame_by_view ON frame (view);
CREATE INDEX frame_by_reference ON frame (reference);
CREATE INDEX frame_by_patient ON frame (patient);

CREATE TABLE alignment (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    photo INTEGER NOT NULL REFERENCES photo ON DELETE CASCADE,
    frame INTEGER NOT NULL REFERENCES frame ON DELETE CASCADE,
    model TEXT NOT NULL,
    matrix TEXT,
    engine INTEGER NOT NULL,
    source TEXT NOT NULL,
    answer TEXT NOT NULL,
    residual_px REAL,
    confidence REAL NOT NULL,
    why TEXT,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX alignment_by_photo ON alignment (photo);
CREATE INDEX alignment_by_frame ON alignment (frame);
CREATE TRIGGER alignment_is_append_only BEFORE UPDATE ON alignment BEGIN
    SELECT RAISE(ABORT, 'append-only');
END;

-- The pointer to the answer in force, apart from the photo so that the engine never touches a person's row.
CREATE TABLE alignment_current (
    photo INTEGER NOT NULL REFERENCES photo ON DELETE CASCADE,
    frame INTEGER NOT NULL REFERENCES frame ON DELETE CASCADE,
    alignment INTEGER NOT NULL REFERENCES alignment ON DELETE CASCADE,
    PRIMARY KEY (photo, frame)
) STRICT, WITHOUT ROWID;
CREATE INDEX alignment_current_by_frame ON alignment_current (frame);
CREATE INDEX alignment_current_by_alignment ON alignment_current (alignment);

-- Shapes drawn in a frame.
CREATE TABLE mark (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uid BLOB NOT NULL UNIQUE,
    frame INTEGER NOT NULL REFERENCES frame,
    photo INTEGER REFERENCES photo,
    shape TEXT NOT NULL,
    author INTEGER NOT NULL REFERENCES user,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX mark_by_frame ON mark (frame);
CREATE INDEX mark_by_photo ON mark (photo) WHERE photo IS NOT NULL;

-- Comparability of a before and after, computed: lost grades are computed anew.
CREATE TABLE grade (
    before INTEGER NOT NULL REFERENCES photo ON DELETE CASCADE,
    after INTEGER NOT NULL REFERENCES photo ON DELETE CASCADE,
    grade TEXT NOT NULL CHECK (grade IN ('A', 'B', 'C', 'D', 'E', 'F')),
    reasons TEXT NOT NULL,
    engine INTEGER NOT NULL,
    PRIMARY KEY (before, after)
) STRICT, WITHOUT ROWID;
CREATE INDEX grade_by_after ON grade (after);

CREATE TABLE attachment (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uid BLOB NOT NULL UNIQUE,
    patient INTEGER NOT NULL REFERENCES patient,
    kind TEXT NOT NULL,
    file_name TEXT NOT NULL,
    hash BLOB NOT NULL,
    bytes BLOB NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX attachment_by_patient ON attachment (patient);

CREATE TABLE consent (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uid BLOB NOT NULL UNIQUE,
    patient INTEGER NOT NULL REFERENCES patient,
    series INTEGER REFERENCES series,
    purpose TEXT NOT NULL CHECK (purpose IN ('record', 'in-clinic', 'teaching', 'website', 'social')),
    scope TEXT NOT NULL CHECK (scope IN ('full-face', 'region')),
    event TEXT NOT NULL CHECK (event IN ('granted', 'withdrawn')),
    wording TEXT NOT NULL,
    signer TEXT NOT NULL,
    document INTEGER REFERENCES attachment,
    expires TEXT,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX consent_by_patient ON consent (patient);
CREATE INDEX consent_by_series ON consent (series) WHERE series IS NOT NULL;
CREATE INDEX consent_by_expiry ON consent (expires) WHERE expires IS NOT NULL;
CREATE INDEX consent_by_purpose ON consent (purpose, event, patient);
CREATE TRIGGER consent_is_never_changed BEFORE UPDATE ON consent BEGIN
    SELECT RAISE(ABORT, 'append-only');
END;
-- An erasure is the one that may: it names the patient in its own row first.
CREATE TRIGGER consent_is_never_removed BEFORE DELETE ON consent
WHEN NOT EXISTS (SELECT 1 FROM erasure WHERE erasure.patient = OLD.patient)
BEGIN
    SELECT RAISE(ABORT, 'append-only');
END;

-- A case: what is to be published of a series. "case" is a word of SQL.
CREATE TABLE case_entry (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uid BLOB NOT NULL UNIQUE,
    series INTEGER NOT NULL REFERENCES series,
    caption TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('draft', 'signed', 'withdrawn')),
    signed_by INTEGER REFERENCES user,
    signed_at INTEGER
) STRICT;
CREATE INDEX case_by_series ON case_entry (series);

CREATE TABLE case_pair (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    case_entry INTEGER NOT NULL REFERENCES case_entry,
    ordinal INTEGER NOT NULL,
    before INTEGER NOT NULL REFERENCES photo,
    after INTEGER NOT NULL REFERENCES photo,
    scope TEXT NOT NULL CHECK (scope IN ('full-face', 'region')),
    crop TEXT,
    alt_text TEXT NOT NULL,
    UNIQUE (case_entry, ordinal)
) STRICT;
CREATE INDEX case_pair_by_before ON case_pair (before);
CREATE INDEX case_pair_by_after ON case_pair (after);

-- The ledger, by value. The references become empty when the patient is erased; the values stay.
CREATE TABLE publication (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uid BLOB NOT NULL UNIQUE,
    series INTEGER REFERENCES series,
    case_entry INTEGER REFERENCES case_entry,
    before INTEGER REFERENCES photo,
    after INTEGER REFERENCES photo,
    before_hash BLOB NOT NULL,
    after_hash BLOB NOT NULL,
    label_before TEXT NOT NULL,
    label_after TEXT NOT NULL,
    matrix TEXT,
    files TEXT NOT NULL,
    destination TEXT NOT NULL,
    published_by INTEGER NOT NULL REFERENCES user,
    at INTEGER NOT NULL,
    withdrawn INTEGER
) STRICT;
CREATE INDEX publication_by_series ON publication (series);
CREATE INDEX publication_by_before ON publication (before);
CREATE INDEX publication_by_after ON publication (after);

-- Who was erased, so that a restored backup can erase them again. The patient's row is gone, the number stays.
CREATE TABLE erasure (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    patient INTEGER NOT NULL UNIQUE,
    patient_uid BLOB NOT NULL,
    reason TEXT NOT NULL,
    erased_by INTEGER NOT NULL REFERENCES user,
    at INTEGER NOT NULL,
    finished INTEGER
) STRICT;

CREATE TABLE audit (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    user INTEGER NOT NULL,
    op TEXT NOT NULL,
    -- Ids and field names only.
    subject TEXT NOT NULL,
    previous BLOB NOT NULL,
    hash BLOB NOT NULL
) STRICT;
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'append-only');
END;
CREATE TRIGGER audit_is_never_removed BEFORE DELETE ON audit BEGIN
    SELECT RAISE(ABORT, 'append-only');
END;

CREATE TABLE undo_entry (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user INTEGER NOT NULL REFERENCES user,
    op TEXT NOT NULL,
    at INTEGER NOT NULL,
    audit INTEGER NOT NULL
) STRICT;
CREATE INDEX undo_entry_by_user ON undo_entry (user, id);

-- Row images: arrays of SQL literals in the order of the table's columns; none before an insertion or after a removal.
CREATE TABLE undo_change (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    entry INTEGER NOT NULL REFERENCES undo_entry ON DELETE CASCADE,
    target TEXT NOT NULL,
    row INTEGER NOT NULL,
    before TEXT,
    after TEXT
) STRICT;
CREATE INDEX undo_change_by_entry ON undo_change (entry);
CREATE INDEX undo_change_by_target ON undo_change (target, row);
