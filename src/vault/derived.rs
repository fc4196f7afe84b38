//! Thumbnails and previews: computed from originals, kept in a database that may be deleted while the vault is closed.
//!
//! It does not grow for ever: past [`LIMIT`] the pictures go that were looked at longest ago, counted in openings of the
//! vault, and never one that was looked at in this one. Its file keeps its size; new pictures take the room of those.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use sha2::{Digest, Sha256};

use super::error::{Result, VaultError};
use super::pool::{self, Pool, Source, lock};
use super::schema::Layout;
use super::table::blob;
use super::{Vault, journal};
use crate::model::PhotoHash;
use crate::model::series::vocabulary;

vocabulary! {
    /// Derived pictures, kept in derived.db, may be lost at any time.
    Derived {
        Thumbnail = "thumbnail", "longest side 320 pixels";
        Preview = "preview", "longest side 2048 pixels";
    }
}

const FILE: &str = "derived.db";
const GET: &str = "SELECT bytes FROM picture_bytes JOIN picture ON picture.id = picture_bytes.picture
    WHERE picture.hash = ?1 AND picture.kind = ?2";
// A new picture counts as seen in the opening before: it goes after all that were unused longer.
const PUT: &str = "INSERT INTO picture (hash, kind, used) VALUES (?1, ?2, ?3)
    ON CONFLICT (hash, kind) DO UPDATE SET used = max(used, excluded.used) RETURNING id";
const OPENINGS: &str = "SELECT coalesce(max(used), 0) FROM picture";
const USED: &str = "UPDATE picture SET used = ?3 WHERE hash = ?1 AND kind = ?2";
const SIZE: &str = "SELECT (page_count - freelist_count) * page_size
    FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size()";
const UNUSED: &str = "SELECT picture.id, length(bytes) FROM picture JOIN picture_bytes ON picture = picture.id
    WHERE used < ?1 ORDER BY used, picture.id";
const REMOVE: &str = "DELETE FROM picture WHERE id = ?1";
/// Bytes of pictures that are kept: previews of about ten thousand photos.
const LIMIT: u64 = 4 << 30;
const HASHES: &str = "SELECT DISTINCT hash FROM picture";
const FORGET: &str = "DELETE FROM picture WHERE hash = ?1";
const PUT_BYTES: &str = "INSERT OR REPLACE INTO picture_bytes (picture, bytes) VALUES (?1, ?2)";

/// The database of derived pictures.
pub(super) struct DerivedStore {
    /// None where there was no room to make it.
    writer: Option<Mutex<Connection>>,
    readers: Pool,
    limit: AtomicU64,
    /// Number of this opening of the vault.
    opening: i64,
    /// What was looked at in it and is not written down yet.
    seen: Mutex<HashSet<([u8; 32], Derived)>>,
}

impl DerivedStore {
    /// Opens the database; one that cannot be read is replaced by an empty one, and on a full disk there may be none.
    pub(super) fn open(source: Source) -> Result<Self> {
        // Its first pages may be whole and the ones behind them not.
        let opened = || {
            let conn = Self::open_writer(&source)?;
            let before = conn.query_row(OPENINGS, [], |row| row.get(0))?;
            Ok((conn, before))
        };
        let opened = match opened() {
            Err(VaultError::Damaged(_)) => {
                remove(&source.path)?;
                opened()
            }
            other => other,
        };
        let (writer, before) = match opened {
            Err(VaultError::DiskFull) => (None, 0),
            other => other.map(|(conn, before)| (Some(Mutex::new(conn)), before))?,
        };
        let (limit, opening, seen) = (AtomicU64::new(LIMIT), before + 1, Mutex::default());
        Ok(Self { writer, readers: Pool::new(source), limit, opening, seen })
    }

    /// The connection that writes, if there was room for the file.
    pub(super) fn writer(&self) -> Option<&Mutex<Connection>> {
        self.writer.as_ref()
    }

    pub(super) fn readers(&self) -> &Pool {
        &self.readers
    }

    /// Keeps no more than this many bytes from here on.
    #[cfg(test)]
    pub(super) fn keep_at_most(&self, bytes: u64) {
        self.limit.store(bytes, Ordering::Relaxed);
    }

    /// Writes down what was looked at.
    fn note_seen(&self, conn: &Connection) -> Result<()> {
        let mut seen = lock(&self.seen);
        for (hash, kind) in seen.iter() {
            let _rows = conn.prepare_cached(USED)?.execute(params![hash, kind.key(), self.opening])?;
        }
        seen.clear();
        Ok(())
    }

    /// Removes pictures, those unused longest first, until a tenth below the limit; what was seen in this opening stays.
    fn trim(&self, conn: &mut Connection) -> Result<()> {
        let limit = self.limit.load(Ordering::Relaxed);
        let size = |conn: &Connection| -> Result<u64> {
            Ok(conn.prepare_cached(SIZE)?.query_row([], |row| row.get::<_, i64>(0))? as u64)
        };
        let mut left = size(conn)?;
        if left <= limit {
            return Ok(());
        }
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        self.note_seen(&tx)?;
        let mut unused = Vec::new();
        {
            let mut statement = tx.prepare_cached(UNUSED)?;
            let mut rows = statement.query(params![self.opening])?;
            while left > limit - limit / 10 {
                let Some(row) = rows.next()? else { break };
                unused.push(row.get::<_, i64>(0)?);
                left = left.saturating_sub(row.get::<_, i64>(1)? as u64);
            }
        }
        for id in unused {
            let _row = tx.prepare_cached(REMOVE)?.execute(params![id])?;
        }
        tx.commit()?;
        Ok(())
    }

    /// Name of the file in the vault's folder.
    pub(super) const FILE: &'static str = FILE;

    fn open_writer(source: &Source) -> Result<Connection> {
        let mut conn = source.writer()?;
        // A picture lost with the power is computed anew.
        conn.pragma_update(None, "synchronous", "NORMAL")?;
        Layout::Derived.migrate(&mut conn)?;
        Ok(conn)
    }
}

impl Drop for DerivedStore {
    fn drop(&mut self) {
        if let Some(writer) = &self.writer {
            // Unknown, it would only go earlier.
            let conn = lock(writer);
            let noted = conn.unchecked_transaction().map_err(VaultError::from).and_then(|tx| {
                self.note_seen(&tx)?;
                Ok(tx.commit()?)
            });
            if noted.is_err() {
                tracing::warn!("which derived pictures were used could not be noted");
            }
        }
    }
}

fn remove(path: &Path) -> Result<()> {
    for suffix in journal::SUFFIXES {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        match fs::remove_file(Path::new(&name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}

/// The picture, if it is what was kept: its SHA-256 stands behind it. Of a page whose authentication fails the database gives
/// zeros where it is the end of a long value.
fn whole(mut kept: Vec<u8>) -> Option<Vec<u8>> {
    let (picture, sum) = kept.split_last_chunk::<32>()?;
    let length = (Sha256::digest(picture)[..] == sum[..]).then_some(picture.len())?;
    kept.truncate(length);
    Some(kept)
}

impl Vault {
    /// A derived picture of an original, if it was computed.
    pub fn derived(&self, hash: PhotoHash, what: Derived) -> Result<Option<Vec<u8>>> {
        if self.inner.derived.writer().is_none() {
            return Ok(None);
        }
        let found: Option<Vec<u8>> = self.inner.derived.readers.read(|conn| {
            Ok(conn.prepare_cached(GET)?.query_row(params![hash.0, what.key()], |row| row.get(0)).optional()?)
        })?;
        // One that is not what was kept is made anew.
        let found = found.and_then(whole);
        if found.is_some() {
            let _new = lock(&self.inner.derived.seen).insert((hash.0, what));
        }
        Ok(found)
    }

    /// Keeps a derived picture; a newer one replaces it. Raises no generation: nothing that is recorded changed.
    ///
    /// One of an original that is not in the vault any more is not kept: it was computed while its patient was erased.
    pub fn put_derived(&self, hash: PhotoHash, what: Derived, jpeg: &[u8]) -> Result<()> {
        let mut conn = lock(self.inner.derived.writer().ok_or(VaultError::DiskFull)?);
        // Asked while nobody else may write here: whoever removes the original forgets its pictures after that.
        if self.inner.readers.read(|catalog| blob::by_hash(catalog, hash))?.is_empty() {
            return Ok(());
        }
        let before = self.inner.derived.opening - 1;
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let id: i64 = tx.prepare_cached(PUT)?.query_row(params![hash.0, what.key(), before], |row| row.get(0))?;
        let _rows = tx.prepare_cached(PUT_BYTES)?.execute(params![id, [jpeg, &Sha256::digest(jpeg)].concat()])?;
        tx.commit()?;
        self.inner.derived.trim(&mut conn)
    }

    /// Removes every picture of an original that is not in the vault any more, also from the log beside the database.
    pub(super) fn forget_derived(&self) -> Result<()> {
        let mut conn = lock(self.inner.derived.writer().ok_or(VaultError::DiskFull)?);
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let hashes: Vec<[u8; 32]> =
            tx.prepare(HASHES)?.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        for hash in hashes {
            if self.inner.readers.read(|catalog| blob::by_hash(catalog, PhotoHash(hash)))?.is_empty() {
                let _rows = tx.prepare_cached(FORGET)?.execute(params![hash])?;
            }
        }
        tx.commit()?;
        pool::empty_log(&conn)
    }
}
