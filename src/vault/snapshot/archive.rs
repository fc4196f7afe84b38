//! A copy of the records, opened where it lies: proves that a backup holds what the records say, and gives single
//! originals back.

use std::path::Path;

use rusqlite::Connection;

use super::super::blob::{MISSING, compare, has_content, read};
use super::super::error::{Result, VaultError};
use super::super::pool::Source;
use super::super::table::{attachment, blob};
use super::{BackupKey, Facts, VolumeState};
use crate::model::{BlobId, PhotoHash, VolumeId};
use crate::progress::Progress;

const DAMAGED: VaultError = VaultError::Damaged("the records of a backup");

/// The records of one generation.
pub struct Archive {
    conn: Connection,
    photo_pages: u32,
}

/// What reading a volume's originals found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Intact {
    /// Originals that are what the records say.
    pub intact: u64,
    /// The others.
    pub damaged: Vec<BlobId>,
}

impl Archive {
    /// Opens the records in `folder`; nothing is written there.
    pub fn open(folder: &Path, key: &BackupKey) -> Result<Self> {
        let source = Source::new(folder, &Facts::records_file(), key.root.for_catalog()?, key.pages.catalog);
        Ok(Self { conn: source.frozen()?, photo_pages: key.pages.photos })
    }

    /// Reads every page of the records: each is authentic and the whole is consistent.
    pub fn check(&self) -> Result<()> {
        let pages = super::super::check::damaged_pages(&self.conn)?;
        let said: String = self.conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if pages == 0 && said == "ok" { Ok(()) } else { Err(DAMAGED) }
    }

    /// Reads every original these records have in a volume from the copy in `file`.
    pub fn check_volume(&self, volume: &VolumeState, file: &Path, progress: &Progress) -> Result<Intact> {
        let places = blob::of_volume(&self.conn, volume.id)?;
        let mut conn = None;
        let mut found = Intact::default();
        for (id, place) in places {
            if progress.is_cancelled() {
                return Err(VaultError::Cancelled);
            }
            let volume = match conn.take() {
                Some(volume) => Ok(volume),
                None => self.open_volume(volume.id.0, file),
            };
            match volume.and_then(|volume| compare(&volume, &place).map(|()| volume)) {
                Ok(volume) => {
                    found.intact += 1;
                    conn = Some(volume);
                }
                // A connection that met a damaged page is of no more use: the next original gets a new one.
                Err(VaultError::Damaged(_)) => found.damaged.push(id),
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    /// The originals these records have in a volume.
    pub fn originals_in(&self, volume: VolumeId) -> Result<Vec<BlobId>> {
        Ok(blob::of_volume(&self.conn, volume)?.into_iter().map(|(id, _)| id).collect())
    }

    /// The hash of an original.
    pub fn hash_of(&self, original: BlobId) -> Result<PhotoHash> {
        Ok(blob::place(&self.conn, original)?.hash)
    }

    /// The volumes these records have an original with these bytes in.
    pub fn volumes_of(&self, hash: PhotoHash) -> Result<Vec<i64>> {
        Ok(blob::by_hash(&self.conn, hash)?.into_iter().map(|place| place.volume).collect())
    }

    /// An original's bytes from the copy of `volume` in `file`, when it is there and what it was.
    pub fn original(&self, hash: PhotoHash, volume: i64, file: &Path) -> Result<Option<Vec<u8>>> {
        let Some(place) = blob::by_hash(&self.conn, hash)?.into_iter().find(|place| place.volume == volume) else {
            return Ok(None);
        };
        let found = self.open_volume(volume, file).and_then(|conn| read(&conn, &place));
        match found {
            Ok(bytes) => Ok(Some(bytes)),
            // Also where the disk does not give it out: another generation may have it.
            Err(VaultError::Damaged(_) | VaultError::Io(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A document's bytes, when these records have them whole. Records from before documents have none.
    pub fn document(&self, hash: PhotoHash) -> Result<Option<Vec<u8>>> {
        match attachment::bytes_of_hash(&self.conn, hash) {
            Err(VaultError::Damaged(_) | VaultError::Io(_) | VaultError::Database(_)) => Ok(None),
            other => other,
        }
    }

    fn open_volume(&self, id: i64, file: &Path) -> Result<Connection> {
        // Not there is damage like any other, and no reason to give up the rest.
        if !has_content(file) {
            return Err(MISSING);
        }
        let key = blob::volume_key(&self.conn, id)?;
        Source { path: file.to_owned(), key, page_size: self.photo_pages }.frozen()
    }
}
