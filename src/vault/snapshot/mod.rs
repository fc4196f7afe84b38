//! Copies of the vault's databases for a backup, each of one consistent moment, made while the vault is in use.
//!
//! The records come first and the volumes after them: volumes only ever gain originals, so that whatever the copied
//! records name is in the volumes copied later. SQLite's online backup copies pages inside one read transaction, which in
//! WAL mode holds up no writer, and SQLCipher authenticates each page it reads.

mod archive;
mod key;

pub use archive::{Archive, Intact};
pub use key::BackupKey;
pub(super) use key::make as make_backup_key;

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use serde::{Deserialize, Serialize};

use super::error::{Result, VaultError};
use super::keys::header::{Anchor, Header};
use super::pool::{Source, lock};
use super::table::{blob, erasure};
use super::{Vault, audit, catalog_file};
use crate::clock::UtcMillis;
use crate::model::{BlobId, PatientId, Uid, VolumeId};
use crate::progress::Progress;

/// Pages copied between two looks at the cancel flag: half a megabyte to two.
const STEP: i32 = 64;

/// Number of the catalog's file in a copy.
const FIRST: u32 = 1;

const COUNTS: &str = concat!(
    "SELECT (SELECT count(*) FROM patient), (SELECT count(*) FROM series), (SELECT count(*) FROM photo WHERE NOT (",
    include_str!("../table/photo/second.sql"),
    ")), (SELECT count(*) FROM blob), (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'patient')"
);

/// What a copy of the records holds, read in the moment it is of. Ids, counts and hashes only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Patients.
    pub patients: u64,
    /// Series.
    pub series: u64,
    /// Filed photos; a raw file and its picture are one.
    pub photos: u64,
    /// Originals, filed or in the tray.
    pub originals: u64,
    /// The highest number a patient was ever given.
    pub last_patient: i64,
    /// Volumes that hold at least one original.
    pub volumes: Vec<VolumeState>,
    /// Head of the audit.
    pub audit: Anchor,
    /// Everybody erased until then: nothing of them is in these records or in the volumes they name.
    pub erasures: Vec<Tombstone>,
    /// Everybody whose erasure was begun and waited then, which no one takes back any more.
    #[serde(default)]
    pub begun: Vec<Tombstone>,
}

/// How far a volume was filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct VolumeState {
    /// Which.
    pub id: VolumeId,
    /// Whether it takes no more originals: its file never changes again.
    pub closed: bool,
    /// Originals in it.
    pub originals: u64,
    /// The last of its rows that a record names.
    pub last_row: i64,
}

/// That a patient was erased; all that is left of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tombstone {
    /// The number they had.
    pub patient: PatientId,
    /// The name they had outside the vault.
    pub uid: Uid,
    /// When.
    pub at: UtcMillis,
    /// When their first original came into the vault, which may be before they were entered.
    #[serde(default)]
    pub since: Option<UtcMillis>,
}

impl VolumeState {
    /// Name of the volume's file in a vault's folder.
    #[must_use]
    pub fn file_name(&self) -> String {
        super::blob::file_name(self.id.0)
    }
}

impl Facts {
    /// Name of the records' file in a generation, and in a vault restored from it.
    #[must_use]
    pub fn records_file() -> String {
        catalog_file(FIRST)
    }

    /// Names of the key file and its second copy.
    pub const KEY_FILES: [&'static str; 2] = super::header::COPIES;

    fn read(conn: &Connection) -> Result<Self> {
        let count = |row: &rusqlite::Row<'_>, i| row.get::<_, i64>(i).map(|n| n as u64);
        let facts = conn.query_row(COUNTS, [], |row| {
            Ok(Self {
                patients: count(row, 0)?,
                series: count(row, 1)?,
                photos: count(row, 2)?,
                originals: count(row, 3)?,
                last_patient: row.get(4)?,
                volumes: Vec::new(),
                audit: Anchor::default(),
                erasures: Vec::new(),
                begun: Vec::new(),
            })
        })?;
        let (volumes, audit) = (blob::volume_states(conn)?, audit::anchor(conn)?);
        let (erasures, begun) = (erasure::done(conn)?, erasure::begun(conn)?);
        Ok(Self { volumes, audit, erasures, begun, ..facts })
    }
}

impl Vault {
    /// The vault's random name, the same in all its copies.
    #[must_use]
    pub fn uid(&self) -> String {
        lock(&self.inner.header).vault.clone()
    }

    /// Writes the records and the key file of this moment into `folder`, and says what they hold.
    ///
    /// Not yet durable: the caller makes files and folder so. Filing waits only until the moment is fixed.
    pub fn copy_records(&self, folder: &Path, progress: &Progress) -> Result<Facts> {
        let source = self.inner.readers.source();
        let reader = source.reader()?;
        let header = {
            // No original is on its way in this moment, and the key file is of it too: all are held while the read
            // transaction begins.
            let _volumes = self.inner.volumes.hold();
            let header = lock(&self.inner.header);
            let _writer = lock(&self.inner.writer);
            begin(&reader)?;
            header.clone()
        };
        // Whatever the number of the file the vault keeps its records in: the copy is the first one of its folder.
        let header = Header { catalog: FIRST, ..header };
        header.write(folder, &self.inner.keys().root)?;
        let facts = Facts::read(&reader)?;
        let to = Source { path: folder.join(catalog_file(FIRST)), ..source.clone() };
        copy(&reader, &to, progress)?;
        Ok(facts)
    }

    /// The file of a closed volume, once everything in it is in that one file. None where that cannot be reached now, and
    /// [`Vault::copy_volume`] has to be used.
    pub fn settled_volume(&self, volume: &VolumeState) -> Result<Option<PathBuf>> {
        let source = self.volume_source(volume)?;
        let mut log = source.path.clone().into_os_string();
        log.push("-wal");
        let is_empty = || fs::metadata(&log).map_or(true, |log| log.len() == 0);
        if !is_empty() {
            // Whoever holds the volume open now keeps it from being settled; a copy by pages does not mind.
            let settled = source.reader().map(|conn| conn.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)"));
            if !matches!(settled, Ok(Ok(()))) {
                return Ok(None);
            }
        }
        Ok((volume.closed && is_empty()).then_some(source.path))
    }

    /// Copies a volume page by page to a new file, while it may be written.
    pub fn copy_volume(&self, volume: &VolumeState, to: &Path, progress: &Progress) -> Result<()> {
        let source = self.volume_source(volume)?;
        let reader = source.reader()?;
        begin(&reader)?;
        copy(&reader, &Source { path: to.to_owned(), ..source }, progress)
    }

    /// Volumes that hold at least one original now.
    pub fn volumes(&self) -> Result<Vec<VolumeState>> {
        self.inner.readers.read(blob::volume_states)
    }

    /// Whether the vault's own copy of any of these originals is whole, read from the disk.
    pub fn has_any_whole(&self, originals: &[BlobId]) -> Result<bool> {
        for &original in originals {
            match self.check_originals(&[original]) {
                Ok(findings) if findings.is_empty() => return Ok(true),
                // Not found, when it was erased meanwhile.
                Ok(_) | Err(VaultError::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    /// Whether the audit still holds this head of it, which somebody kept.
    pub fn has_anchor(&self, anchor: &Anchor) -> Result<bool> {
        self.inner.readers.read(|conn| audit::holds(conn, anchor))
    }

    /// Bytes of a volume's file, to say how much there is to do.
    pub fn volume_length(&self, volume: &VolumeState) -> u64 {
        fs::metadata(self.inner.dir.join(volume.file_name())).map_or(0, |file| file.len())
    }

    fn volume_source(&self, volume: &VolumeState) -> Result<Source> {
        let key = self.inner.readers.read(|conn| blob::volume_key(conn, volume.id.0))?;
        let source = self.inner.volumes.source(volume.id.0, key);
        if super::blob::has_content(&source.path) { Ok(source) } else { Err(super::blob::MISSING) }
    }
}

/// Fixes the moment `reader` sees: the first reading does, not the beginning of the transaction.
fn begin(reader: &Connection) -> Result<()> {
    reader.execute_batch("BEGIN")?;
    let _tables: i64 = reader.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(())
}

/// Copies the database `from` sees into a new file under the same key.
fn copy(from: &Connection, to: &Source, progress: &Progress) -> Result<()> {
    let mut target = to.unsafe_writer()?;
    let backup = Backup::new(from, &mut target)?;
    loop {
        match backup.step(STEP)? {
            StepResult::Done => break,
            StepResult::More => {}
            // Nobody else knows the new file and readers of a WAL are never locked out: cannot last.
            _ => std::thread::sleep(std::time::Duration::from_millis(10)),
        }
        if progress.is_cancelled() {
            return Err(VaultError::Cancelled);
        }
    }
    drop(backup);
    target.close().map_err(|(_, error)| error)?;
    Ok(())
}
