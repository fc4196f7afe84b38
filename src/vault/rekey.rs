//! Another root key: the records move into a file under it, and only the slots that stay can open that.
//!
//! Six steps: the number of the new file is announced in the old catalog; the records are copied; what the change is about
//! is written into the copy, with its audit row; the first copy of `vault.toml` names the new file and holds the new slots;
//! the second does; the old file goes. The third last one is the switch: before it the next opening takes everything back
//! and says so, after it the opening finishes it. A catalog of a higher number that nobody announced is newer than the
//! key file: somebody put old copies back, and nothing is touched.

use std::fs;
use std::path::Path;
use std::sync::atomic::Ordering;

use rusqlite::{Connection, TransactionBehavior, params};

use super::error::{Result, VaultError};
use super::keys::header::{self, Header};
use super::keys::slot::Slot;
use super::keys::{Key, Keys};
use super::pool::{Source, lock};
use super::{AuditEvent, Inner, audit, catalog_file, journal, recorder};
use crate::clock::Now;
use crate::fsx;

const ANNOUNCE: &str = "UPDATE vault_state SET catalog_pending = ?1";
const PENDING: &str = "SELECT catalog_pending FROM vault_state";
const TAKE_BACK: &str = "UPDATE vault_state SET catalog_pending = NULL";
const FINISH: &str = "UPDATE vault_state SET catalog_pending = NULL, header_counter = ?1";

/// A moment at which the program may be killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Announced,
    Copied,
    Amended,
    FirstCopy,
    SecondCopy,
    Finished,
    Removed,
}

impl Inner {
    /// Moves the records under a new root key, sealed to the slots that `stays` keeps; `amend` says in the new file what
    /// it was for.
    pub(super) fn rekey(
        &self,
        stays: impl Fn(&Slot) -> bool,
        amend: impl FnOnce(&Connection) -> Result<()>,
        at: &mut dyn FnMut(Step),
    ) -> Result<()> {
        let mut header = lock(&self.header);
        let mut writer = lock(&self.writer);
        let keys = Keys { root: Key::random()?, ..self.keys() };
        let (old, number) = (header.catalog, header.catalog + 1);
        let staying = header.slot.iter().filter(|slot| stays(slot));
        let slot = staying.map(|slot| slot.resealed(&keys, &header.vault)).collect::<Result<Vec<_>>>()?;
        let fresh = Source::new(&self.dir, &catalog_file(number), keys.root.for_catalog()?, header.pages.catalog);

        let _row = writer.execute(ANNOUNCE, params![number])?;
        at(Step::Announced);
        let moved = self.copied(&writer, &fresh, number, at).and_then(|mut conn| {
            let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
            amend(&tx)?;
            tx.commit()?;
            // All of it in the file itself and under its name, before anything names it.
            conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
            fsx::sync_folder(&self.dir)?;
            recorder::install(&conn)?;
            at(Step::Amended);
            let audit = audit::anchor(&conn)?;
            let next = Header { counter: header.counter + 1, catalog: number, audit, slot, ..header.clone() };
            let mut steps = [Step::FirstCopy, Step::SecondCopy].into_iter();
            match next.write_each(&self.dir, &keys.root, &mut || steps.next().into_iter().for_each(&mut *at)) {
                Ok(()) => Ok((conn, next, true)),
                // Whoever opens the vault takes the first copy: from there on there is no way back.
                Err(_) if names(&self.dir, number, &keys.root) => Ok((conn, next, false)),
                Err(error) => Err(error),
            }
        });
        let (conn, next, both) = match moved {
            Ok(moved) => moved,
            Err(error) => {
                // What fails here the next opening does.
                remove_catalog(&self.dir, number);
                let _ = writer.execute(TAKE_BACK, []);
                return Err(error);
            }
        };
        // The second copy of the key file still needs the old records when it could not be written.
        let _row = conn.execute(FINISH, params![next.counter]);
        at(Step::Finished);
        drop(std::mem::replace(&mut *writer, conn));
        self.readers.replace(fresh);
        *lock(&self.keys) = keys;
        *header = next;
        if both {
            remove_catalog(&self.dir, old);
        }
        at(Step::Removed);
        let _before = self.generation.fetch_add(1, Ordering::AcqRel);
        Ok(())
    }

    /// The writer of a new file with the same records, compared before it is used.
    fn copied(&self, writer: &Connection, fresh: &Source, number: u32, at: &mut dyn FnMut(Step)) -> Result<Connection> {
        const UNLIKE: VaultError = VaultError::Damaged("the copy of the records is not like the records");
        remove_catalog(&self.dir, number);
        copy(&self.readers.source(), fresh)?;
        at(Step::Copied);
        let conn = fresh.writer()?;
        let sound: String = conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        let is_like =
            sound == "ok" && audit::anchor(&conn)? == audit::anchor(writer)? && layout(&conn)? == layout(writer)?;
        if is_like { Ok(conn) } else { Err(UNLIKE) }
    }

    /// Ends a move of the records that a crash interrupted; says whether it was taken back. To be called when both copies
    /// of the key file say the same.
    pub(super) fn settle_catalog(&self, now: Now) -> Result<bool> {
        let number = lock(&self.header).catalog;
        let mut writer = lock(&self.writer);
        let pending = pending(&writer)?;
        for other in catalogs(&self.dir) {
            if other < number || (other > number && Some(other) == pending) {
                remove_catalog(&self.dir, other);
            }
        }
        let Some(pending) = pending else { return Ok(false) };
        let taken_back = pending != number;
        let tx = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if taken_back {
            let _seq = audit::append(&tx, now.at, self.user.id, AuditEvent::KeysUnchanged, "{}".into())?;
        }
        let _row = tx.execute(TAKE_BACK, [])?;
        tx.commit()?;
        Ok(taken_back)
    }
}

/// Refuses a key file that is older than the records beside it.
pub(super) fn refuse_old_copies(dir: &Path, header: &Header, writer: &Connection) -> Result<()> {
    let pending = pending(writer)?;
    let newer = catalogs(dir).into_iter().find(|&other| other > header.catalog && Some(other) != pending);
    if newer.is_some() { Err(VaultError::StaleKeys) } else { Ok(()) }
}

/// Why the records of a key file that counts catalogs up to `number` are not there.
pub(super) fn missing_catalog(dir: &Path, number: u32) -> VaultError {
    if catalogs(dir).into_iter().any(|other| other > number) { VaultError::StaleKeys } else { VaultError::NoCatalog }
}

/// All records of `from` in a new file under another key.
fn copy(from: &Source, to: &Source) -> Result<()> {
    let path = to.path.to_str().ok_or(VaultError::Refused("the name of the vault's folder must be Unicode"))?;
    // Not a reader, because those may not write into another file either.
    let conn = from.writer()?;
    let version: i64 = conn.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let _attached =
        conn.execute("ATTACH DATABASE ?1 AS fresh KEY ?2", params![path, to.key.pragma_literal().as_str()])?;
    conn.pragma_update(Some("fresh"), "cipher_page_size", to.page_size)?;
    conn.query_row("SELECT sqlcipher_export('fresh')", [], |_| Ok(())).map_err(exported)?;
    conn.pragma_update(Some("fresh"), "user_version", version)?;
    conn.execute_batch("DETACH DATABASE fresh")?;
    Ok(())
}

/// The function that copies gives only the words of what stopped it.
fn exported(error: rusqlite::Error) -> VaultError {
    match &error {
        rusqlite::Error::SqliteFailure(_, Some(words)) if words.contains("disk is full") => VaultError::DiskFull,
        rusqlite::Error::SqliteFailure(_, Some(words)) if words.contains("disk I/O") => {
            VaultError::Io(std::io::ErrorKind::Other)
        }
        _ => error.into(),
    }
}

/// The layout as it was made, and how often it was migrated.
fn layout(conn: &Connection) -> Result<(i64, Vec<String>)> {
    let version = conn.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let mut statement =
        conn.prepare("SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM main.sqlite_schema ORDER BY 1")?;
    let parts = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    Ok((version, parts))
}

fn pending(conn: &Connection) -> Result<Option<u32>> {
    Ok(conn.query_row(PENDING, [], |row| row.get(0))?)
}

/// Whether an authentic copy of the key file names the catalog of this number.
fn names(dir: &Path, number: u32, root: &Key) -> bool {
    let Ok(copies) = header::read_copies(dir) else { return false };
    copies.iter().any(|copy| copy.header.catalog == number && copy.is_authentic(root).unwrap_or(false))
}

/// Numbers of the catalogs in a folder.
fn catalogs(dir: &Path) -> Vec<u32> {
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names.filter_map(|name| number_of(&name)).collect()
}

fn number_of(name: &str) -> Option<u32> {
    let digits = name.strip_prefix("catalog")?.strip_suffix(".db")?;
    let number = if digits.is_empty() { 1 } else { digits.strip_prefix('-')?.parse().ok()? };
    (catalog_file(number) == name).then_some(number)
}

fn remove_catalog(dir: &Path, number: u32) {
    for suffix in journal::SUFFIXES {
        // What stays is removed by the next opening.
        let _ = fs::remove_file(dir.join(format!("{}{suffix}", catalog_file(number))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_catalog_is_known_by_the_name_it_is_given_and_by_no_other() {
        for number in [1, 2, 9999, 10_000] {
            assert_eq!(number_of(&catalog_file(number)), Some(number));
        }
        for other in ["catalog-0001.db", "catalog-2.db", "catalog.db-wal", "catalog-x.db", "photos-0002.db"] {
            assert_eq!(number_of(other), None, "{other}");
        }
    }
}
