//! Originals: how they come into a photo volume and out of it again, whole or not at all.
//!
//! Coming in takes three commits: the intent in the catalog, the bytes in their volume, the tray row in the catalog. After
//! a crash between any two of them the next opening completes or takes back what was begun. Nothing here ever removes an
//! original: a row of a volume that no record knows is shown in the tray.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use rusqlite::blob::ZeroBlob;
use rusqlite::{Connection, TransactionBehavior, params};
use sha2::{Digest, Sha256};

use super::Vault;
use super::error::{Result, VaultError};
use super::keys::Key;
use super::op::Op;
use super::pool::{Pool, Source, lock};
use super::schema::Layout;
use super::table::blob::{self, Intent, Place};
use super::table::tray;
use super::types::Incoming;
use crate::clock::{Now, UtcMillis};
use crate::model::{PhotoHash, PhotoId, TrayId};

/// Bytes after which a volume is closed: closed volumes are backed up once.
pub(super) const VOLUME_LIMIT: u64 = 1 << 30;
/// Bytes handed to SQLite at a time.
pub(super) const CHUNK: usize = 1 << 20;

const MISSING: VaultError = VaultError::Damaged("a photo volume is missing");
const UNEQUAL: VaultError = VaultError::Damaged("an original is not what was stored");

/// The volume that takes new originals.
struct OpenVolume {
    id: i64,
    bytes: u64,
    conn: Connection,
}

/// All photo volumes.
pub(super) struct Volumes {
    dir: PathBuf,
    page_size: u32,
    limit: u64,
    open: Mutex<Option<OpenVolume>>,
    readers: Mutex<HashMap<i64, Arc<Pool>>>,
}

impl Volumes {
    pub(super) fn new(dir: PathBuf, page_size: u32, limit: u64) -> Self {
        Self { dir, page_size, limit, open: Mutex::default(), readers: Mutex::default() }
    }

    fn source(&self, id: i64, key: Key) -> Source {
        Source::new(&self.dir, &format!("photos-{id:04}.db"), key, self.page_size)
    }

    /// The writer of a volume; makes the file of a new one.
    fn writer(&self, id: i64, key: Key) -> Result<Connection> {
        let mut conn = self.source(id, key).writer()?;
        // Room for one photo, so that its pages go to the WAL once.
        conn.pragma_update(None, "cache_size", -32 * 1024)?;
        Layout::Photos.migrate(&mut conn)?;
        Ok(conn)
    }

    #[cfg(test)]
    pub(super) fn writer_of(&self, id: i64, key: Key) -> Result<Connection> {
        self.writer(id, key)
    }

    /// Lets the open volume grow to this many pages: the disk is full beyond.
    #[cfg(test)]
    pub(super) fn allow_pages(&self, pages: i64) {
        if let Some(volume) = lock(&self.open).as_ref() {
            volume.conn.pragma_update(None, "max_page_count", pages).expect("a limit");
        }
    }

    fn reader(&self, catalog: &Connection, id: i64) -> Result<Arc<Pool>> {
        if let Some(pool) = lock(&self.readers).get(&id) {
            return Ok(Arc::clone(pool));
        }
        let source = self.source(id, blob::volume_key(catalog, id)?);
        if !source.path.exists() {
            return Err(MISSING);
        }
        let pool = Arc::new(Pool::new(source));
        let _other = lock(&self.readers).insert(id, Arc::clone(&pool));
        Ok(pool)
    }
}

impl Vault {
    /// Intent, blob into its volume, tray row: on return the original is durable.
    ///
    /// Bytes that lie in the tray already are not stored again: their tray item comes back.
    pub fn receive(&self, incoming: &Incoming<'_>, now: Now) -> Result<TrayId> {
        self.may(Op::ReceivePhoto)?;
        if incoming.bytes.is_empty() || i32::try_from(incoming.bytes.len()).is_err() {
            return Err(VaultError::Refused("a file is empty or larger than two gigabytes"));
        }
        let hash = PhotoHash(Sha256::digest(incoming.bytes).into());
        // Held to the end, so that two receivers of the same bytes come one after the other.
        let mut open = lock(&self.inner.volumes.open);
        if let Some(there) = self.in_tray(hash)? {
            return Ok(there);
        }
        let volume = self.volume_for_writing(&mut open, now.at)?;
        let intent = self.announce(incoming, hash, volume.id, now.at)?;
        let volume_row = match store(&mut volume.conn, intent.id, incoming.bytes) {
            Ok(row) => row,
            Err(error) => {
                // Should this fail too, the next opening takes the intent back.
                let _ = blob::end_intent(&lock(&self.inner.writer), intent.id);
                return Err(error);
            }
        };
        volume.bytes += intent.length;
        self.admit(&intent, volume_row)
    }

    /// Step 1: the intent, committed.
    fn announce(&self, incoming: &Incoming<'_>, hash: PhotoHash, volume: i64, at: UtcMillis) -> Result<Intent> {
        blob::begin(&lock(&self.inner.writer), incoming, hash, volume, at)
    }

    /// Step 3: the blob's record and its tray row, and the intent is over.
    pub(super) fn admit(&self, intent: &Intent, volume_row: i64) -> Result<TrayId> {
        let mut conn = lock(&self.inner.writer);
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let place = Place { hash: intent.hash, length: intent.length, volume: intent.volume, volume_row };
        let blob = blob::add(&tx, &place, intent.at)?;
        let item = tray::add(&tx, blob, intent)?;
        if intent.id != 0 {
            blob::end_intent(&tx, intent.id)?;
        }
        tx.commit()?;
        let _before = self.inner.generation.fetch_add(1, Ordering::AcqRel);
        Ok(item)
    }

    /// The volume new originals go to; closes a full one and begins the next.
    fn volume_for_writing<'a>(&self, open: &'a mut Option<OpenVolume>, at: UtcMillis) -> Result<&'a mut OpenVolume> {
        let volumes = &self.inner.volumes;
        if open.as_ref().is_some_and(|volume| volume.bytes >= volumes.limit) {
            *open = None;
        }
        let volume = match open.take() {
            Some(volume) => volume,
            None => self.next_volume(at)?,
        };
        Ok(open.insert(volume))
    }

    fn next_volume(&self, at: UtcMillis) -> Result<OpenVolume> {
        let volumes = &self.inner.volumes;
        let conn = lock(&self.inner.writer);
        if let Some(row) = blob::open_volume(&conn)? {
            let key = blob::volume_key(&conn, row.id)?;
            let is_there = row.bytes == 0 || volumes.source(row.id, key.clone()).path.exists();
            if is_there && row.bytes < volumes.limit {
                match volumes.writer(row.id, key) {
                    Ok(conn) => return Ok(OpenVolume { id: row.id, bytes: row.bytes, conn }),
                    // New originals must not wait for the repair of older ones.
                    Err(VaultError::Damaged(_)) => {}
                    Err(error) => return Err(error),
                }
            }
            blob::close_volume(&conn, row.id)?;
        }
        let key = Key::random()?;
        let id = blob::add_volume(&conn, &key, at)?;
        let conn = volumes.writer(id, key)?;
        // The name of the new file must survive a power cut as well as its content.
        crate::fsx::sync_folder(&volumes.dir)?;
        Ok(OpenVolume { id, bytes: 0, conn })
    }

    pub(super) fn volume_reader(&self, id: i64) -> Result<Arc<Pool>> {
        self.inner.readers.read(|catalog| self.inner.volumes.reader(catalog, id))
    }

    /// Re-reads a stored original on a fresh connection, after a checkpoint, and compares the hash.
    pub fn read_back(&self, item: TrayId) -> Result<bool> {
        let place = self.inner.readers.read(|conn| blob::of_tray(conn, item))?;
        if let Some(volume) = lock(&self.inner.volumes.open).as_ref().filter(|volume| volume.id == place.volume) {
            volume.conn.query_row("PRAGMA wal_checkpoint(FULL)", [], |_| Ok(()))?;
        }
        let fresh = self.volume_reader(place.volume)?.source().reader()?;
        match read(&fresh, &place) {
            Ok(_) => Ok(true),
            Err(VaultError::Damaged(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The original's bytes, checked against their hash.
    pub fn original(&self, id: PhotoId) -> Result<Vec<u8>> {
        let place = self.inner.readers.read(|conn| blob::of_photo(conn, id))?;
        self.volume_reader(place.volume)?.read(|conn| read(conn, &place))
    }

    /// The bytes of an original in the tray, checked against their hash.
    pub fn tray_original(&self, id: TrayId) -> Result<Vec<u8>> {
        let place = self.inner.readers.read(|conn| blob::of_tray(conn, id))?;
        self.volume_reader(place.volume)?.read(|conn| read(conn, &place))
    }
}

/// Step 2: the bytes, committed in their volume. Written in pieces, so that SQLite makes no copy of the whole.
pub(super) fn store(conn: &mut Connection, intent: i64, bytes: &[u8]) -> Result<i64> {
    let length = i32::try_from(bytes.len()).map_err(|_| VaultError::Refused("a file is larger than two gigabytes"))?;
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let row = tx
        .prepare_cached("INSERT INTO original (intent, bytes) VALUES (?1, ?2)")?
        .insert(params![intent, ZeroBlob(length)])?;
    {
        let mut blob = tx.blob_open("main", "original", "bytes", row, false)?;
        for (i, piece) in bytes.chunks(CHUNK).enumerate() {
            blob.write_all_at(piece, i * CHUNK)?;
        }
        blob.close()?;
    }
    tx.commit()?;
    Ok(row)
}

/// The bytes at a place, if they still are what was stored.
fn read(conn: &Connection, place: &Place) -> Result<Vec<u8>> {
    let blob = conn.blob_open("main", "original", "bytes", place.volume_row, true).map_err(|error| lost(&error))?;
    if blob.len() as u64 != place.length {
        return Err(UNEQUAL);
    }
    let mut bytes = vec![0; blob.len()];
    let mut hasher = Sha256::new();
    for (i, piece) in bytes.chunks_mut(CHUNK).enumerate() {
        blob.read_at_exact(piece, i * CHUNK)?;
        hasher.update(&*piece);
    }
    if hasher.finalize()[..] == place.hash.0 { Ok(bytes) } else { Err(UNEQUAL) }
}

/// A row that is not there is damage; anything else is what it is.
fn lost(error: &rusqlite::Error) -> VaultError {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::Unknown) | None => VaultError::Damaged("an original is missing"),
        Some(_) => match error {
            rusqlite::Error::SqliteFailure(failure, _) => rusqlite::Error::SqliteFailure(*failure, None).into(),
            _ => UNEQUAL,
        },
    }
}
