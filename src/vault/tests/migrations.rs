//! Migrations: every step of the catalog's layout finds rows that the layouts before it allowed, and keeps them.
//!
//! One file of rows stands beside each layout: `rows_00N.sql` fills what layout N brought. A catalog is stopped at layout N,
//! filled with the rows of all layouts up to it, and brought to the newest. A new layout needs its own file in [`ROWS`].

use std::collections::BTreeMap;
use std::fs;

use rusqlite::Connection;
use rusqlite::types::Value;

use super::*;
use crate::vault::pool::{in_memory, lock};
use crate::vault::schema::{Layout, newer::with_layout_steps};

/// The rows of each layout, in its order.
const ROWS: &[&str] = &[
    include_str!("rows_001.sql"),
    include_str!("rows_002.sql"),
    include_str!("rows_003.sql"),
    include_str!("rows_004.sql"),
    include_str!("rows_005.sql"),
    include_str!("rows_006.sql"),
    include_str!("rows_007.sql"),
];

/// A catalog of layout `version` that holds rows.
fn stopped_at(version: usize) -> Connection {
    let mut conn = in_memory();
    conn.execute_batch("PRAGMA foreign_keys = ON").expect("set");
    for (layout, rows) in (1..=version).zip(ROWS) {
        Layout::Catalog.migrate_to(&mut conn, layout).expect("migrated");
        conn.execute_batch(rows).unwrap_or_else(|error| panic!("rows of layout {layout}: {error}"));
    }
    conn
}

/// Every row of every table, by column, so that columns which come later do not matter.
fn contents(conn: &Connection) -> BTreeMap<String, Vec<BTreeMap<String, String>>> {
    let names = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    let mut statement = conn.prepare(names).expect("prepared");
    let tables = statement.query_map([], |row| row.get(0)).expect("asked").collect::<rusqlite::Result<Vec<String>>>();
    let rows_of = |table: String| {
        let mut statement = conn.prepare(&format!("SELECT * FROM {table}")).expect("prepared");
        let columns: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
        let row = |row: &rusqlite::Row<'_>| {
            let value = |(n, name): (usize, &String)| Ok((name.clone(), format!("{:?}", row.get::<_, Value>(n)?)));
            columns.iter().enumerate().map(value).collect::<rusqlite::Result<BTreeMap<_, _>>>()
        };
        let rows = statement.query_map([], row).expect("asked").collect::<rusqlite::Result<Vec<_>>>().expect("read");
        (table, rows)
    };
    tables.expect("read").into_iter().map(rows_of).collect()
}

/// Each old row is there, with what it said: in the same table, unless that went.
fn keeps(before: &BTreeMap<String, Vec<BTreeMap<String, String>>>, conn: &Connection) {
    let after = contents(conn);
    for (table, rows) in before {
        let Some(now) = after.get(table) else { panic!("{table} is gone") };
        for row in rows {
            let is_kept = |new: &&BTreeMap<String, String>| {
                row.iter().all(|(column, value)| new.get(column).is_none_or(|kept| kept == value))
            };
            assert!(now.iter().any(|new| is_kept(&new)), "{table}: {row:?}");
        }
    }
}

#[test]
fn every_layout_brings_the_rows_of_all_before_it_along() {
    let steps = Layout::Catalog.count();
    assert_eq!(ROWS.len(), steps, "a new layout of the catalog needs a file of rows beside it");
    for version in 1..=steps {
        let mut conn = stopped_at(version);
        let before = contents(&conn);
        let empty: Vec<&String> = before.iter().filter(|(_, rows)| rows.is_empty()).map(|(table, _)| table).collect();
        assert!(empty.is_empty(), "no rows for {empty:?} of layout {version}");
        Layout::Catalog.migrate(&mut conn).expect("migrated");
        keeps(&before, &conn);
        let broken: i64 =
            conn.query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| row.get(0)).expect("checked");
        assert_eq!(broken, 0, "from layout {version}");
        let said: String = conn.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("checked");
        assert_eq!(said, "ok");
        // The newest layout is the same, whichever it came from.
        let layout = |conn: &Connection| -> Vec<String> {
            let sql = "SELECT type || ' ' || name FROM sqlite_schema ORDER BY 1";
            let mut statement = conn.prepare(sql).expect("prepared");
            statement.query_map([], |row| row.get(0)).expect("asked").collect::<rusqlite::Result<_>>().expect("read")
        };
        let mut fresh = in_memory();
        Layout::Catalog.migrate(&mut fresh).expect("made");
        assert_eq!(layout(&conn), layout(&fresh), "from layout {version}");
    }
}

/// A vault with a photo and what belongs to it, closed.
fn filled() -> (TempDir, PhotoId) {
    let (folder, vault) = created();
    let patient = vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&person(1, "A"))).expect("added");
    let made = vault.transact(Op::AddSeries, now(), |tx| {
        let series = tx.add_series(&series(patient))?;
        tx.add_session(series, day(2), SessionKind::Treatment)
    });
    let item = receive(&vault, b"a photo").expect("received");
    let to = Filing { session: made.expect("made"), view: None, slot: Slot::Primary, phase: Phase::NoTreatment };
    let photo = vault.transact(Op::FilePhotos, now(), |tx| tx.file(item, to)).expect("filed");
    (folder, photo)
}

#[test]
fn a_migration_that_fails_leaves_the_old_vault_as_it_was_and_usable() {
    let (folder, photo) = filled();
    let before = contents(&lock(&opened(&folder, blob::VOLUME_LIMIT).inner.writer));
    let steps = [
        "ALTER TABLE patient ADD COLUMN torture TEXT NOT NULL DEFAULT ''; UPDATE patient SET torture = code;",
        "CREATE TABLE torture (x INTEGER); DELETE FROM photo; INSERT INTO torture SELECT no_such_column FROM patient;",
    ];
    let files = || {
        let keys = ["vault.toml", "vault.toml.2"].map(|name| fs::read(folder.path().join(name)).expect("read"));
        (fs::read(folder.path().join("catalog.db")).expect("read"), keys)
    };
    let old_files = files();
    for _ in 0..2 {
        let failed = with_layout_steps(&steps, || Vault::open(folder.path(), "anna", &secret(), now()).map(drop));
        assert_eq!(failed, Err(VaultError::UpdateFailed));
        assert!(files() == old_files, "not a byte of the old vault differs");
    }
    let vault = opened(&folder, blob::VOLUME_LIMIT);
    let mut after = contents(&lock(&vault.inner.writer));
    // The openings themselves.
    for table in ["audit", "vault_state"] {
        let _rows = (after.remove(table), before.get(table));
    }
    let before: BTreeMap<_, _> = before.into_iter().filter(|(table, _)| after.contains_key(table)).collect();
    assert_eq!(after, before);
    assert_eq!(vault.original(photo).expect("read"), b"a photo");
    assert_eq!(vault.undo(now()), Ok(Op::FilePhotos));
}

#[test]
fn a_vault_of_a_newer_layout_is_refused_with_its_version_and_untouched() {
    let (folder, _photo) = filled();
    let steps = ["CREATE TABLE torture (x INTEGER) STRICT;", "ALTER TABLE patient ADD COLUMN torture TEXT;"];
    let known = Layout::Catalog.count() as u32;
    with_layout_steps(&steps, || drop(opened(&folder, blob::VOLUME_LIMIT)));
    let before = fs::read(folder.path().join("catalog.db")).expect("read");
    let refused = Vault::open(folder.path(), "anna", &secret(), now()).map(drop);
    let error = VaultError::NewerFormat { found: known + 2, known };
    assert_eq!(refused, Err(error.clone()));
    let said = error.user_message();
    assert!(said.contains(&format!("format {}", known + 2)) && said.contains("Nothing was changed"), "{said}");
    assert!(fs::read(folder.path().join("catalog.db")).expect("read") == before);
    let vault = with_layout_steps(&steps, || opened(&folder, blob::VOLUME_LIMIT));
    assert_eq!(vault.patient_count(""), Ok(1));
}
