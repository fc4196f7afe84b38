//! Originals: how they come into a photo volume and out of it again, whole or not at all.
//!
//! Coming in takes three commits: the intent in the catalog, the bytes in their volume, the tray row in the catalog. After
//! a crash between any two of them the next opening completes or takes back what was begun. Nothing here ever removes an
//! original: a row of a volume that no record knows is shown in the tray.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

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
use super::types::{Incoming, TrayPicture};
use crate::clock::{Now, UtcMillis};
use crate::geom::Size;
use crate::model::{PhotoHash, PhotoId, TrayId};
use crate::moment;

/// Bytes after which a volume is closed: closed volumes are backed up once.
pub(super) const VOLUME_LIMIT: u64 = 1 << 30;
/// Bytes handed to SQLite at a time.
pub(super) const CHUNK: usize = 1 << 20;

pub(super) const MISSING: VaultError = VaultError::Damaged("a photo volume is missing");
const UNEQUAL: VaultError = VaultError::Damaged("an original is not what was stored");
pub(super) const LOST: VaultError = VaultError::Damaged("an original is missing");

/// The volume that takes new originals.
pub(super) struct OpenVolume {
    pub(super) id: i64,
    pub(super) bytes: u64,
    pub(super) conn: Connection,
}

/// Name of a volume's file in the vault's folder.
pub(super) fn file_name(id: i64) -> String {
    format!("photos-{id:04}.db")
}

/// Numbers of the volumes of which a file lies in a folder: of the database itself, or with `suffix` of one beside it.
pub(super) fn numbers_in(dir: &Path, suffix: &str) -> BTreeSet<i64> {
    let Ok(entries) = std::fs::read_dir(dir) else { return BTreeSet::new() };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names.filter_map(|name| number_of(name.strip_suffix(suffix)?)).collect()
}

fn number_of(file: &str) -> Option<i64> {
    let id = file.strip_prefix("photos-")?.strip_suffix(".db")?.parse().ok()?;
    (file_name(id) == file).then_some(id)
}

/// Whether a file of the vault's folder is a volume.
pub(super) fn is_volume(file: &str) -> bool {
    file.starts_with("photos-")
}

/// All photo volumes.
pub(super) struct Volumes {
    dir: PathBuf,
    page_size: u32,
    pub(super) limit: AtomicU64,
    open: Mutex<Option<OpenVolume>>,
    readers: Mutex<HashMap<i64, Arc<Pool>>>,
}

impl Volumes {
    pub(super) fn new(dir: PathBuf, page_size: u32, limit: u64) -> Self {
        Self { dir, page_size, limit: AtomicU64::new(limit), open: Mutex::default(), readers: Mutex::default() }
    }

    pub(super) fn source(&self, id: i64, key: Key) -> Source {
        Source::new(&self.dir, &file_name(id), key, self.page_size)
    }

    /// Bytes after which a volume is closed.
    pub(super) fn limit(&self) -> u64 {
        self.limit.load(Ordering::Relaxed)
    }

    /// Holds back whoever would write originals, while the guard lives.
    pub(super) fn hold(&self) -> MutexGuard<'_, Option<OpenVolume>> {
        lock(&self.open)
    }

    /// Forgets connections to a volume, after it was found damaged or missing.
    pub(super) fn forget(&self, id: i64) {
        let _pool = lock(&self.readers).remove(&id);
    }

    /// The writer of a volume; makes the file of a new one.
    pub(super) fn writer(&self, id: i64, key: Key) -> Result<Connection> {
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

    fn reader(&self, key: Key, id: i64) -> Result<Arc<Pool>> {
        if let Some(pool) = lock(&self.readers).get(&id) {
            return Ok(Arc::clone(pool));
        }
        let source = self.source(id, key);
        if !has_content(&source.path) {
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
    /// Bytes that lie in the tray already are not stored again: their tray item comes back, completed where it was found
    /// without a record.
    pub fn receive(&self, incoming: &Incoming<'_>, now: Now) -> Result<TrayId> {
        self.may(Op::ReceivePhoto)?;
        if incoming.bytes.is_empty() || i32::try_from(incoming.bytes.len()).is_err() {
            return Err(VaultError::Refused("a file is empty or larger than two gigabytes"));
        }
        refuse_empty(incoming.size)?;
        let hash = hash(incoming.bytes);
        // Held to the end, so that two receivers of the same bytes come one after the other.
        let mut open = lock(&self.inner.volumes.open);
        if let Some(there) = self.in_tray(hash)? {
            let picture = TrayPicture { size: incoming.size, facts: incoming.facts.clone() };
            self.complete(there, &picture, Some(incoming.file_name))?;
            return Ok(there);
        }
        let first = self.receive_into_open(&mut open, incoming, hash, now.at);
        let Err(VaultError::Damaged(_)) = first else { return first };
        // New originals must not wait for the repair of older ones: they go to the next volume.
        if let Some(damaged) = open.take() {
            blob::close_volume(&lock(&self.inner.writer), damaged.id)?;
        }
        self.receive_into_open(&mut open, incoming, hash, now.at)
    }

    fn receive_into_open(
        &self,
        open: &mut Option<OpenVolume>,
        incoming: &Incoming<'_>,
        hash: PhotoHash,
        at: UtcMillis,
    ) -> Result<TrayId> {
        let volume = self.volume_for_writing(open, at)?;
        let intent = self.announce(incoming, hash, volume.id, at)?;
        let volume_row = match store(&mut volume.conn, intent.id, incoming.bytes) {
            Ok(row) => row,
            Err(error) => {
                // Should this fail too, the next opening takes the intent back.
                let _ = blob::end_intent(&lock(&self.inner.writer), intent.id);
                return Err(error);
            }
        };
        volume.bytes += intent.length;
        self.admit(&intent.place(volume_row), Some(&intent), intent.at)
    }

    /// Step 1: the intent, committed.
    fn announce(&self, incoming: &Incoming<'_>, hash: PhotoHash, volume: i64, at: UtcMillis) -> Result<Intent> {
        let mut writer = lock(&self.inner.writer);
        self.inner.catch_up(&mut writer)?;
        let intent = blob::begin(&writer, incoming, hash, volume, at)?;
        drop(writer);
        moment::pass("an original is announced");
        Ok(intent)
    }

    /// Step 3: the blob's record and its tray row, and the intent, where there was one, is over.
    pub(super) fn admit(&self, place: &Place, intent: Option<&Intent>, at: UtcMillis) -> Result<TrayId> {
        let mut conn = lock(&self.inner.writer);
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let blob = blob::add(&tx, place, at)?;
        let item = tray::add(&tx, blob, intent, at)?;
        if let Some(intent) = intent {
            blob::end_intent(&tx, intent.id)?;
        }
        moment::pass("an original is recorded, uncommitted");
        tx.commit()?;
        moment::pass("an original is recorded");
        let _before = self.inner.generation.fetch_add(1, Ordering::AcqRel);
        Ok(item)
    }

    /// The volume new originals go to; closes a full one and begins the next.
    pub(super) fn volume_for_writing<'a>(
        &self,
        open: &'a mut Option<OpenVolume>,
        at: UtcMillis,
    ) -> Result<&'a mut OpenVolume> {
        let volumes = &self.inner.volumes;
        if open.as_ref().is_some_and(|volume| volume.bytes >= volumes.limit()) {
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
            // Nothing was ever stored in it, and nothing was on its way: its file was only not made yet.
            let is_new = row.bytes == 0 && !blob::is_announced(&conn, row.id)?;
            let is_there = is_new || has_content(&volumes.source(row.id, key.clone()).path);
            if is_there && row.bytes < volumes.limit() {
                match volumes.writer(row.id, key).and_then(|volume| not_behind(&conn, row.id, volume)) {
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
        moment::pass("a volume is announced");
        let conn = volumes.writer(id, key)?;
        moment::pass("a volume is made");
        // The name of the new file must survive a power cut as well as its content.
        crate::fsx::sync_folder(&volumes.dir)?;
        Ok(OpenVolume { id, bytes: 0, conn })
    }

    pub(super) fn volume_reader(&self, id: i64) -> Result<Arc<Pool>> {
        // A missing file is no fault of the connection to the catalog, which would be given up for it.
        let key = self.inner.readers.read(|catalog| blob::volume_key(catalog, id))?;
        self.inner.volumes.reader(key, id)
    }

    /// Re-reads a stored original on a fresh connection, after a checkpoint, and compares the hash.
    pub fn read_back(&self, item: TrayId) -> Result<bool> {
        let place = self.inner.readers.read(|conn| blob::of_tray(conn, item))?;
        if let Some(volume) = lock(&self.inner.volumes.open).as_ref().filter(|volume| volume.id == place.volume) {
            volume.conn.query_row("PRAGMA wal_checkpoint(FULL)", [], |_| Ok(()))?;
        }
        let source = self.volume_reader(place.volume)?;
        // Past the memory of the system, where it can be asked to: what counts is what the disk gives back.
        if let Ok(file) = std::fs::File::open(&source.source().path) {
            let _asked = crate::fsx::forget_cached(&file);
        }
        let fresh = source.source().reader()?;
        match compare(&fresh, &place) {
            Ok(()) => Ok(true),
            Err(VaultError::Damaged(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The original's bytes, checked against their hash.
    pub fn original(&self, id: PhotoId) -> Result<Vec<u8>> {
        self.bytes_at(|conn| blob::of_photo(conn, id))
    }

    /// The bytes at the place the records say. They may be moved meanwhile, because somebody beside them is erased: then
    /// they are read where they are now.
    pub(super) fn bytes_at(&self, place: impl Fn(&Connection) -> Result<Place>) -> Result<Vec<u8>> {
        let mut at = self.inner.readers.read(&place)?;
        loop {
            let found = self.volume_reader(at.volume).and_then(|pool| pool.read(|conn| read(conn, &at)));
            let Err(VaultError::Damaged(_)) = found else { return found };
            let now = self.inner.readers.read(&place)?;
            if now == at {
                return found;
            }
            at = now;
        }
    }

    /// Tells what somebody who read the picture of a tray item found, and the name of its file where that is known.
    ///
    /// Only what is missing is added; for an item that is known already nothing changes.
    pub fn complete(&self, item: TrayId, picture: &TrayPicture, file_name: Option<&str>) -> Result<()> {
        refuse_empty(picture.size)?;
        let (picture_known, name_known) = self.inner.readers.read(|conn| tray::known(conn, item))?;
        if picture_known && (name_known || file_name.is_none()) {
            return Ok(());
        }
        self.change(Op::ReceivePhoto, |conn, _| tray::complete(conn, item, picture, file_name.unwrap_or_default()))
    }

    /// Reads every original of the tray whose picture nobody has read, and completes those that `look` understands.
    ///
    /// What cannot be read or understood stays as it is, for a verification or a person. Returns how many it completed.
    pub fn read_unread(&self, mut look: impl FnMut(&[u8]) -> Option<TrayPicture>) -> Result<usize> {
        let mut completed = 0;
        for item in self.tray()?.iter().filter(|item| item.picture.is_none()) {
            let bytes = match self.tray_original(item.id) {
                Ok(bytes) => bytes,
                Err(VaultError::Damaged(_)) => continue,
                Err(error) => return Err(error),
            };
            if let Some(picture) = look(&bytes) {
                self.complete(item.id, &picture, None)?;
                completed += 1;
            }
        }
        Ok(completed)
    }

    /// The bytes of an original in the tray, checked against their hash.
    pub fn tray_original(&self, id: TrayId) -> Result<Vec<u8>> {
        self.bytes_at(|conn| blob::of_tray(conn, id))
    }
}

/// The writer of a volume that was given every number the records know in it.
///
/// A volume that lost its end, as after a damaged log, would give a number twice: two records would name one row.
fn not_behind(catalog: &Connection, id: i64, volume: Connection) -> Result<Connection> {
    const LAST_GIVEN: &str = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'original'), 0)";
    let given: i64 = volume.query_row(LAST_GIVEN, [], |row| row.get(0))?;
    if given < blob::last_row(catalog, id)? { Err(LOST) } else { Ok(volume) }
}

/// Whether a database was begun in this file. A reader of an empty one would make up a salt of its own and keep it.
pub(super) fn has_content(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|file| file.len() > 0)
}

/// A picture without a pixel is none.
fn refuse_empty(size: Size) -> Result<()> {
    if size.width > 0 && size.height > 0 {
        Ok(())
    } else {
        Err(VaultError::Refused("a picture has a width and a height"))
    }
}

/// The identity of some bytes.
pub(super) fn hash(bytes: &[u8]) -> PhotoHash {
    PhotoHash(Sha256::digest(bytes).into())
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
    moment::pass("an original is stored, uncommitted");
    tx.commit()?;
    moment::pass("an original is stored");
    // The room for one photo is not kept between photos: nobody reads it again on this connection.
    conn.execute_batch("PRAGMA shrink_memory")?;
    Ok(row)
}

/// The bytes at a place, if they still are what was stored.
pub(super) fn read(conn: &Connection, place: &Place) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    in_pieces(conn, place, |piece| {
        // All at once, and only when the volume says the same length.
        if bytes.is_empty() {
            bytes.reserve_exact(place.length as usize);
        }
        bytes.extend_from_slice(piece);
    })?;
    Ok(bytes)
}

/// Whether the bytes at a place still are what was stored; holds no more than a piece of them.
pub(super) fn compare(conn: &Connection, place: &Place) -> Result<()> {
    in_pieces(conn, place, |_| ())
}

/// Hands the bytes at a place out in order. They are what was stored only when this returns `Ok`.
fn in_pieces(conn: &Connection, place: &Place, mut take: impl FnMut(&[u8])) -> Result<()> {
    let blob = conn.blob_open("main", "original", "bytes", place.volume_row, true).map_err(|error| lost(&error))?;
    if blob.len() as u64 != place.length {
        return Err(UNEQUAL);
    }
    let (mut hasher, mut piece) = (Sha256::new(), vec![0; CHUNK.min(blob.len())]);
    for begin in (0..blob.len()).step_by(CHUNK) {
        let piece = &mut piece[..CHUNK.min(blob.len() - begin)];
        blob.read_at_exact(piece, begin)?;
        hasher.update(&*piece);
        take(piece);
    }
    if hasher.finalize()[..] == place.hash.0 { Ok(()) } else { Err(UNEQUAL) }
}

/// A row that is not there is damage; anything else is what it is.
fn lost(error: &rusqlite::Error) -> VaultError {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::Unknown) | None => LOST,
        Some(_) => match error {
            rusqlite::Error::SqliteFailure(failure, _) => rusqlite::Error::SqliteFailure(*failure, None).into(),
            _ => UNEQUAL,
        },
    }
}
