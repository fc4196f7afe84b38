//! Thumbnails and previews: computed from originals, kept in a database that may be deleted while the vault is closed.

use std::fs;
use std::path::Path;
use std::sync::Mutex;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::Vault;
use super::error::{Result, VaultError};
use super::pool::{self, Pool, Source, lock};
use super::schema::Layout;
use super::table::blob;
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
const PUT: &str = "INSERT INTO picture (hash, kind) VALUES (?1, ?2)
    ON CONFLICT (hash, kind) DO UPDATE SET kind = excluded.kind RETURNING id";
const HASHES: &str = "SELECT DISTINCT hash FROM picture";
const FORGET: &str = "DELETE FROM picture WHERE hash = ?1";
const PUT_BYTES: &str = "INSERT OR REPLACE INTO picture_bytes (picture, bytes) VALUES (?1, ?2)";

/// The database of derived pictures.
pub(super) struct DerivedStore {
    /// None where there was no room to make it.
    writer: Option<Mutex<Connection>>,
    readers: Pool,
}

impl DerivedStore {
    /// Opens the database; one that cannot be read is replaced by an empty one, and on a full disk there may be none.
    pub(super) fn open(source: Source) -> Result<Self> {
        let writer = match Self::writer(&source) {
            Err(VaultError::Damaged(_)) => {
                remove(&source.path)?;
                Self::writer(&source)
            }
            other => other,
        };
        let writer = match writer {
            Err(VaultError::DiskFull) => None,
            other => Some(Mutex::new(other?)),
        };
        Ok(Self { writer, readers: Pool::new(source) })
    }

    /// Whether there was room for it.
    pub(super) fn is_there(&self) -> bool {
        self.writer.is_some()
    }

    pub(super) fn readers(&self) -> &Pool {
        &self.readers
    }

    /// Name of the file in the vault's folder.
    pub(super) const FILE: &'static str = FILE;

    fn writer(source: &Source) -> Result<Connection> {
        let mut conn = source.writer()?;
        // A picture lost with the power is computed anew.
        conn.pragma_update(None, "synchronous", "NORMAL")?;
        Layout::Derived.migrate(&mut conn)?;
        Ok(conn)
    }
}

fn remove(path: &Path) -> Result<()> {
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        match fs::remove_file(Path::new(&name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}

impl Vault {
    /// A derived picture of an original, if it was computed.
    pub fn derived(&self, hash: PhotoHash, what: Derived) -> Result<Option<Vec<u8>>> {
        if !self.inner.derived.is_there() {
            return Ok(None);
        }
        self.inner.derived.readers.read(|conn| {
            Ok(conn.prepare_cached(GET)?.query_row(params![hash.0, what.key()], |row| row.get(0)).optional()?)
        })
    }

    /// Keeps a derived picture; a newer one replaces it. Raises no generation: nothing that is recorded changed.
    ///
    /// One of an original that is not in the vault any more is not kept: it was computed while its patient was erased.
    pub fn put_derived(&self, hash: PhotoHash, what: Derived, jpeg: &[u8]) -> Result<()> {
        let mut conn = lock(self.inner.derived.writer.as_ref().ok_or(VaultError::DiskFull)?);
        // Asked while nobody else may write here: whoever removes the original forgets its pictures after that.
        if self.inner.readers.read(|catalog| blob::by_hash(catalog, hash))?.is_empty() {
            return Ok(());
        }
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let id: i64 = tx.prepare_cached(PUT)?.query_row(params![hash.0, what.key()], |row| row.get(0))?;
        let _rows = tx.prepare_cached(PUT_BYTES)?.execute(params![id, jpeg])?;
        tx.commit()?;
        Ok(())
    }

    /// Removes every picture of an original that is not in the vault any more, also from the log beside the database.
    pub(super) fn forget_derived(&self) -> Result<()> {
        let mut conn = lock(self.inner.derived.writer.as_ref().ok_or(VaultError::DiskFull)?);
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
