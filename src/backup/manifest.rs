//! The manifest of a generation: which files make it up, what is in them, and of which moment they are.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::error::BackupError;
use crate::clock::UtcMillis;
use crate::model::{BlobId, VolumeId};
use crate::vault::{BackupKey, Facts, LastBackup, VaultError, VolumeState};

/// The format of manifests this program writes, and the newest it reads.
const FORMAT: u32 = 1;

/// One file of a generation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Its name inside the backup, with `/` between folder and file.
    pub name: String,
    /// Its length in bytes.
    pub length: u64,
    /// Its SHA-256, hexadecimal.
    pub sha256: String,
    /// Which volume it is a copy of, if it is one.
    pub volume: Option<VolumeCopy>,
}

/// How much of a volume a copy holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct VolumeCopy {
    /// Which.
    pub id: VolumeId,
    /// Whether the volume took no more originals then: this copy is its last.
    pub closed: bool,
    /// The last row that is in it.
    pub last_row: i64,
}

impl VolumeCopy {
    /// Whether the copy still is all of the volume. Rows are only ever added, and none once it is closed.
    #[must_use]
    pub fn covers(&self, volume: &VolumeState) -> bool {
        self.id == volume.id && self.last_row >= volume.last_row && (self.closed || !volume.closed)
    }
}

/// A generation as it is written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    format: u32,
    /// Version of the program that wrote it.
    pub program: String,
    /// Its place in the order.
    pub number: u64,
    /// When.
    pub at: UtcMillis,
    /// On which day in the clinic's zone.
    pub day: NaiveDate,
    /// Its files.
    pub files: Vec<FileEntry>,
    /// What its records hold.
    pub facts: Facts,
    /// Originals that were damaged in the vault itself and could not be copied whole.
    pub damaged: Vec<BlobId>,
}

#[derive(Deserialize)]
struct FormatOnly {
    format: u32,
}

impl Manifest {
    /// Of what was copied.
    #[must_use]
    pub fn new(
        number: u64,
        (at, day): (UtcMillis, NaiveDate),
        facts: Facts,
        files: Vec<FileEntry>,
        damaged: Vec<BlobId>,
    ) -> Self {
        Self { format: FORMAT, program: env!("CARGO_PKG_VERSION").into(), number, at, day, files, facts, damaged }
    }

    /// As it is written.
    pub fn sealed(&self, key: &BackupKey) -> Result<Vec<u8>, BackupError> {
        let json = serde_json::to_vec(self).map_err(|_| VaultError::Refused("a manifest that cannot be written"))?;
        Ok(key.seal(self.number, &json)?)
    }

    /// Reads what [`Manifest::sealed`] wrote.
    pub fn unsealed(key: &BackupKey, number: u64, file: &[u8]) -> Result<Self, BackupError> {
        const UNFIT: VaultError = VaultError::Damaged("the manifest of a backup");
        let json = key.unseal(number, file)?;
        // Before anything else, because a newer format may say the rest differently.
        let FormatOnly { format } = serde_json::from_slice(&json).map_err(|_| UNFIT)?;
        if format > FORMAT {
            return Err(VaultError::NewerFormat { found: format, known: FORMAT }.into());
        }
        Ok(serde_json::from_slice(&json).map_err(|_| UNFIT)?)
    }

    /// Bytes of all its files.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.files.iter().map(|file| file.length).sum()
    }

    /// Its copies of volumes.
    pub fn volumes(&self) -> impl Iterator<Item = (&FileEntry, VolumeCopy)> {
        self.files.iter().filter_map(|file| file.volume.map(|volume| (file, volume)))
    }

    /// For a list.
    #[must_use]
    pub fn summary(&self) -> Generation {
        let Self { number, at, day, ref program, ref facts, ref damaged, .. } = *self;
        Generation {
            number,
            at,
            day,
            program: program.clone(),
            patients: facts.patients,
            photos: facts.photos,
            originals: facts.originals,
            damaged: damaged.len() as u64,
            length: self.length(),
        }
    }

    /// As the vault remembers it.
    #[must_use]
    pub fn remembered(&self, place: String) -> LastBackup {
        LastBackup { at: self.at, day: self.day, place, generation: self.number, originals: self.facts.originals }
    }
}

/// One line of the list of generations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generation {
    /// Its place in the order.
    pub number: u64,
    /// When.
    pub at: UtcMillis,
    /// On which day in the clinic's zone.
    pub day: NaiveDate,
    /// Version of the program that wrote it.
    pub program: String,
    /// Patients in it.
    pub patients: u64,
    /// Filed photos in it.
    pub photos: u64,
    /// Originals in it.
    pub originals: u64,
    /// Originals that were damaged in the vault already.
    pub damaged: u64,
    /// Bytes of all its files, also of those it shares with others.
    pub length: u64,
}
