//! The three database layouts and their migrations; `user_version` says how many were applied.

use rusqlite::Connection;
use rusqlite_migration::{M, Migrations, SchemaVersion};

use super::error::{BAD_LAYOUT, Result, VaultError};
use crate::moment;

const CATALOG: &[M<'_>] = &[
    M::up(include_str!("catalog_001.sql")),
    M::up(include_str!("catalog_002.sql")),
    M::up(include_str!("catalog_003.sql")),
    M::up(include_str!("catalog_004.sql")),
    M::up(include_str!("catalog_005.sql")),
    M::up(include_str!("catalog_006.sql")),
    M::up(include_str!("catalog_007.sql")),
];
const PHOTOS: &[M<'_>] = &[M::up(include_str!("photos_001.sql"))];
const DERIVED: &[M<'_>] = &[M::up(include_str!("derived_001.sql")), M::up(include_str!("derived_002.sql"))];

/// Which of the vault's databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    Catalog,
    Photos,
    Derived,
}

impl Layout {
    fn steps(self) -> Vec<M<'static>> {
        match self {
            #[cfg(test)]
            Self::Catalog => [CATALOG, &newer::steps()].concat(),
            #[cfg(not(test))]
            Self::Catalog => CATALOG.to_vec(),
            Self::Photos => PHOTOS.to_vec(),
            Self::Derived => DERIVED.to_vec(),
        }
    }

    /// How often a database of the newest layout was migrated.
    #[cfg(test)]
    pub(super) fn count(self) -> usize {
        self.steps().len()
    }

    /// Brings a database to an older layout than the newest.
    #[cfg(test)]
    pub(super) fn migrate_to(self, conn: &mut Connection, version: usize) -> Result<()> {
        Migrations::new(self.steps()).to_version(conn, version).map_err(migration_error)
    }

    /// Brings a database to the newest layout; refuses one from a newer program.
    pub(super) fn migrate(self, conn: &mut Connection) -> Result<()> {
        let steps = self.steps();
        let (known, migrations) = (steps.len(), Migrations::new(steps));
        let found: i64 = conn.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if usize::try_from(found).map_or(true, |found| found > known) {
            return Err(VaultError::NewerFormat { found: found as u32, known: known as u32 });
        }
        moment::pass("the layout of a database was looked at");
        migrations.to_latest(conn).map_err(migration_error)?;
        moment::pass("a database has the newest layout");
        debug_assert!(matches!(migrations.current_version(conn), Ok(SchemaVersion::Inside(_))), "migrated");
        Ok(())
    }
}

fn migration_error(error: rusqlite_migration::Error) -> VaultError {
    match error {
        rusqlite_migration::Error::RusqliteError { err, .. } => err.into(),
        _ => VaultError::Damaged(BAD_LAYOUT),
    }
}

/// Layout steps of a program that was never written, to see what a vault makes of them.
#[cfg(test)]
pub(super) mod newer {
    use std::cell::RefCell;

    use rusqlite_migration::M;

    thread_local! {
        static STEPS: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
    }

    pub(super) fn steps() -> Vec<M<'static>> {
        STEPS.with_borrow(|steps| steps.iter().map(|sql| M::up(sql)).collect())
    }

    /// While `work` runs, on this thread, the catalog's layout has these steps more.
    pub(crate) fn with_layout_steps<T>(steps: &[&'static str], work: impl FnOnce() -> T) -> T {
        let before = STEPS.replace(steps.to_vec());
        let result = work();
        STEPS.set(before);
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::pool::in_memory;

    #[test]
    fn every_layout_can_be_made_from_nothing() {
        for layout in [Layout::Catalog, Layout::Photos, Layout::Derived] {
            let mut conn = in_memory();
            layout.migrate(&mut conn).expect("migrated");
            layout.migrate(&mut conn).expect("a second run changes nothing");
        }
    }

    #[test]
    fn records_of_the_first_layout_are_as_they_were_after_the_second() {
        let mut conn = in_memory();
        Migrations::from_slice(CATALOG).to_version(&mut conn, 1).expect("the first layout");
        conn.execute_batch(
            "INSERT INTO user (uid, login, role, created) VALUES (x'01', 'anna', 'owner', 1);
             INSERT INTO patient (uid, code, given, family, sort) VALUES (x'02', 'P-1', 'A', 'B', 'b a p-1');
             INSERT INTO undo_entry (user, op, at, audit) VALUES (1, 'add-patient', 2, 3);
             INSERT INTO undo_change (entry, target, row, after) VALUES (1, 'patient', 1, '[]');",
        )
        .expect("old rows");
        Layout::Catalog.migrate(&mut conn).expect("migrated");
        let row = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, i64>(0)).expect("a row");
        assert_eq!(row("SELECT count(*) FROM undo_entry WHERE undone IS NULL AND op = 'add-patient'"), 1);
        assert_eq!(row("SELECT count(*) FROM undo_change WHERE dropped = 0 AND after = '[]'"), 1);
        assert_eq!(row("SELECT count(*) FROM patient WHERE code = 'P-1'"), 1);
        assert_eq!(row("SELECT count(*) FROM merged_patient"), 0);
    }

    #[test]
    fn pictures_of_the_first_layout_stay_and_count_as_unused() {
        let mut conn = in_memory();
        Migrations::from_slice(DERIVED).to_version(&mut conn, 1).expect("the first layout");
        conn.execute_batch(
            "INSERT INTO picture (id, hash, kind) VALUES (7, x'01', 'preview');
             INSERT INTO picture_bytes (picture, bytes) VALUES (7, x'ffd8');",
        )
        .expect("old rows");
        Layout::Derived.migrate(&mut conn).expect("migrated");
        let sql = "SELECT used, bytes FROM picture JOIN picture_bytes ON picture = id";
        let row: (i64, Vec<u8>) = conn.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).expect("kept");
        assert_eq!(row, (0, vec![0xff, 0xd8]));
    }

    #[test]
    fn a_database_of_a_newer_program_is_refused() {
        let mut conn = in_memory();
        conn.execute_batch("PRAGMA user_version = 99").expect("set");
        let refused = Layout::Catalog.migrate(&mut conn);
        let known = CATALOG.len() as u32;
        assert_eq!(refused, Err(VaultError::NewerFormat { found: 99, known }));
    }

    #[test]
    fn a_document_of_an_older_catalog_keeps_its_bytes_and_an_erasure_its_tombstone() {
        let mut conn = in_memory();
        conn.execute_batch(include_str!("catalog_001.sql")).expect("the first layout");
        conn.execute_batch(
            "INSERT INTO user (id, uid, login, role, created) VALUES (1, x'01', 'anna', 'owner', 0);
             INSERT INTO patient (id, uid, code, given, family, sort) VALUES (1, x'02', '7', 'A', 'B', 'b a 7');
             INSERT INTO attachment (id, uid, patient, kind, file_name, hash, bytes, at)
                VALUES (4, x'03', 1, 'consent', 'a.pdf', x'00', x'25504446', 9);
             INSERT INTO consent (uid, patient, purpose, scope, event, wording, signer, document, at)
                VALUES (x'04', 1, 'website', 'region', 'granted', '1', 'B', 4, 9);
             INSERT INTO erasure (patient, patient_uid, reason, erased_by, at) VALUES (3, x'05', 'asked', 1, 9);",
        )
        .expect("old rows");
        let tx = conn.transaction().expect("begun");
        tx.execute_batch(include_str!("catalog_003.sql")).expect("migrated");
        tx.commit().expect("committed");
        let row: (Vec<u8>, i64, i64) = conn
            .query_row(
                "SELECT bytes, length, at FROM attachment JOIN attachment_bytes ON attachment.id = attachment",
                [],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
            .expect("kept");
        assert_eq!(row, (b"%PDF".to_vec(), 4, 9));
        let since: Option<i64> = conn.query_row("SELECT since FROM erasure", [], |row| row.get(0)).expect("kept");
        assert_eq!(since, None);
        let broken: i64 =
            conn.query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| row.get(0)).expect("checked");
        assert_eq!(broken, 0);
    }

    #[test]
    fn every_foreign_key_has_an_index() {
        let mut conn = in_memory();
        Layout::Catalog.migrate(&mut conn).expect("migrated");
        let sql = "SELECT t.name, k.\"from\" FROM sqlite_schema t, pragma_foreign_key_list(t.name) k
                   WHERE t.type = 'table' AND k.\"table\" NOT IN ('user', 'volume', 'attachment', 'case_entry', 'alignment')
                   AND NOT EXISTS (
                       SELECT 1 FROM pragma_index_list(t.name) l, pragma_index_info(l.name) i
                       WHERE i.seqno = 0 AND i.name = k.\"from\")";
        let mut statement = conn.prepare(sql).expect("prepared");
        let missing: Vec<(String, String)> = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .expect("queried")
            .collect::<rusqlite::Result<_>>()
            .expect("read");
        assert!(missing.is_empty(), "{missing:?}");
    }
}
