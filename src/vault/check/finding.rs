//! What a verification can find, and what it says in all.

use chrono::NaiveDate;

use super::super::audit::AuditCheck;
use super::super::derived::DerivedStore;
use super::super::upkeep::LastCheck;
use crate::clock::UtcMillis;
use crate::model::text::counted;
use crate::model::{AttachmentId, BlobId, PhotoId, TrayId, VolumeId};

/// An original that is not what was stored, and who uses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OriginalRef {
    /// Its record.
    pub blob: BlobId,
    /// Photos filed from it.
    pub photos: Vec<PhotoId>,
    /// Its place in the tray.
    pub tray: Option<TrayId>,
}

/// One thing that is not as it should be. Ids only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The file of a photo volume is not there; its originals follow one by one.
    VolumeMissing {
        /// Which.
        volume: VolumeId,
    },
    /// Pages of a database are not what was written.
    DatabaseDamaged {
        /// Its file in the vault's folder.
        file: String,
        /// How many pages; 0 when their content, not their bytes, contradicts itself.
        pages: u64,
    },
    /// Pages of the database of thumbnails and previews are not what was written.
    PicturesDamaged {
        /// How many.
        pages: u64,
    },
    /// An original is not there.
    OriginalMissing(OriginalRef),
    /// An original differs from its hash or cannot be read.
    OriginalCorrupt(OriginalRef),
    /// An original that no photo and nothing in the tray points to.
    OriginalUnused {
        /// Its record.
        blob: BlobId,
    },
    /// Bytes in a volume that no record knew.
    OriginalUnrecorded {
        /// The volume.
        volume: VolumeId,
        /// Its row there.
        row: i64,
        /// Where in the tray the verification put it; none when it could not.
        tray: Option<TrayId>,
    },
    /// The file of a photo volume of which the records know nothing, or nothing that its key opens.
    VolumeUnknown {
        /// Its name in the vault's folder.
        file: String,
    },
    /// A copy of the key file is missing, cannot be read or was changed.
    KeyFileChanged {
        /// Its name in the vault's folder.
        file: &'static str,
    },
    /// A document is missing or not what was stored.
    DocumentCorrupt {
        /// Which.
        document: AttachmentId,
    },
    /// A row points to one that is not there.
    ForeignKey {
        /// Its table.
        table: String,
        /// Its number, in tables that have one.
        row: Option<i64>,
    },
    /// The audit was changed, or its end is missing.
    Audit(AuditCheck),
    /// A head of the audit that a backup remembers is not in it: the records are older than that backup, or rewritten.
    AnchorMissing {
        /// The place in the chain it had.
        seq: i64,
    },
}

/// "2 pages of catalog.db are not what was written."
fn damaged_pages(pages: u64, file: &str) -> String {
    let verb = if pages == 1 { "is" } else { "are" };
    format!("{} of {file} {verb} not what was written.", counted(pages as i64, "page"))
}

impl Finding {
    /// A stable key for machines.
    #[must_use]
    pub fn key(&self) -> &'static str {
        match self {
            Self::VolumeMissing { .. } => "volume-missing",
            Self::DatabaseDamaged { .. } => "database-damaged",
            Self::PicturesDamaged { .. } => "pictures-damaged",
            Self::OriginalMissing(_) => "original-missing",
            Self::OriginalCorrupt(_) => "original-corrupt",
            Self::OriginalUnused { .. } => "original-unused",
            Self::OriginalUnrecorded { .. } => "original-unrecorded",
            Self::VolumeUnknown { .. } => "volume-unknown",
            Self::KeyFileChanged { .. } => "key-file",
            Self::DocumentCorrupt { .. } => "document-corrupt",
            Self::ForeignKey { .. } => "foreign-key",
            Self::Audit(_) => "audit",
            Self::AnchorMissing { .. } => "audit-anchor",
        }
    }

    /// What was found, in a sentence without patient data.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::VolumeMissing { volume } => {
                format!("The photo volume {} is missing.", super::super::blob::file_name(volume.0))
            }
            Self::DatabaseDamaged { file, pages: 0 } => format!("The content of {file} contradicts itself."),
            Self::DatabaseDamaged { file, pages } => damaged_pages(*pages, file),
            Self::PicturesDamaged { pages } => {
                format!(
                    "{} It holds thumbnails and previews and nothing else: close Diptych and delete this file, and they are made anew.",
                    damaged_pages(*pages, DerivedStore::FILE)
                )
            }
            Self::OriginalMissing(of) => format!("Original {} is missing.", of.blob.0),
            Self::OriginalCorrupt(of) => format!("Original {} is not what was stored.", of.blob.0),
            Self::OriginalUnused { blob } => format!("Original {} belongs to no photo and is not in the tray.", blob.0),
            Self::OriginalUnrecorded { volume, row, tray } => {
                let file = super::super::blob::file_name(volume.0);
                let known = if tray.is_some() { "knew: it lies in the tray now" } else { "knows" };
                format!("Row {row} of {file} is an original that no record {known}.")
            }
            Self::VolumeUnknown { file } => {
                format!(
                    "The records know nothing of what is in {file}: they may be older than it. Keep the file, and compare with the newest backup."
                )
            }
            Self::KeyFileChanged { file } => {
                format!(
                    "{file}, one of the two copies of the key file, was missing or changed. It was written anew from the other one."
                )
            }
            Self::DocumentCorrupt { document } => format!("Document {} is not what was stored.", document.0),
            Self::ForeignKey { table, row: Some(row) } => {
                format!("Row {row} of {table} points to a record that is not there.")
            }
            Self::ForeignKey { table, row: None } => format!("A row of {table} points to a record that is not there."),
            Self::Audit(AuditCheck::BrokenAt { seq }) => {
                format!("The audit does not fit from row {seq} on: a row was changed or removed.")
            }
            Self::Audit(AuditCheck::Cut { anchored }) => {
                format!("The end of the audit is missing: row {anchored} was there once.")
            }
            Self::Audit(AuditCheck::Whole { rows }) => format!("The audit is whole, {}.", counted(*rows as i64, "row")),
            Self::AnchorMissing { seq } => {
                format!(
                    "A backup remembers row {seq} of the audit otherwise: these records are older than it, or were rewritten."
                )
            }
        }
    }

    /// The database whose pages are damaged, if it is that.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        match self {
            Self::DatabaseDamaged { file, .. } => Some(file),
            Self::PicturesDamaged { .. } => Some(DerivedStore::FILE),
            _ => None,
        }
    }

    /// The damaged document, if it is one that a backup could give back.
    #[must_use]
    pub fn document(&self) -> Option<AttachmentId> {
        match self {
            Self::DocumentCorrupt { document } => Some(*document),
            _ => None,
        }
    }

    /// Whether it is of the records themselves: a backup holds them as a whole only, and gives none back by itself.
    #[must_use]
    pub fn is_of_records(&self) -> bool {
        match self {
            Self::VolumeMissing { .. }
            | Self::OriginalMissing(_)
            | Self::OriginalCorrupt(_)
            | Self::DocumentCorrupt { .. }
            | Self::PicturesDamaged { .. }
            // Put right already.
            | Self::OriginalUnrecorded { tray: Some(_), .. }
            | Self::KeyFileChanged { .. } => false,
            Self::DatabaseDamaged { file, .. } => !super::super::blob::is_volume(file),
            Self::OriginalUnused { .. }
            | Self::OriginalUnrecorded { tray: None, .. }
            | Self::VolumeUnknown { .. }
            | Self::ForeignKey { .. }
            | Self::Audit(_)
            | Self::AnchorMissing { .. } => true,
        }
    }

    /// Whether it is of something that a backup gives back by itself.
    #[must_use]
    pub fn is_given_back(&self) -> bool {
        match self {
            Self::VolumeMissing { .. }
            | Self::OriginalMissing(_)
            | Self::OriginalCorrupt(_)
            | Self::DocumentCorrupt { .. } => true,
            Self::DatabaseDamaged { file, .. } => super::super::blob::is_volume(file),
            _ => false,
        }
    }

    /// The damaged original, if it is one that a backup could give back.
    #[must_use]
    pub fn original(&self) -> Option<&OriginalRef> {
        match self {
            Self::OriginalMissing(of) | Self::OriginalCorrupt(of) => Some(of),
            _ => None,
        }
    }
}

/// The result of a verification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckReport {
    /// When.
    pub at: UtcMillis,
    /// On which day in the clinic's zone.
    pub day: NaiveDate,
    /// Originals in the vault.
    pub originals: u64,
    /// Originals that were read.
    pub checked: u64,
    /// What was found, in the order it was looked for.
    pub findings: Vec<Finding>,
    /// The vault's disk has no room to remember the result, or not which originals were read.
    pub unremembered: bool,
}

impl CheckReport {
    /// Originals that were read and are what was stored.
    #[must_use]
    pub fn intact(&self) -> u64 {
        self.checked - self.damaged().count() as u64
    }

    /// Originals that are missing or not what was stored.
    pub fn damaged(&self) -> impl Iterator<Item = &OriginalRef> {
        self.findings.iter().filter_map(Finding::original)
    }

    /// "All 3,412 originals verified 2 Mar 2026"; what was found is counted.
    #[must_use]
    pub fn sentence(&self) -> String {
        let result = LastCheck::sentence(Some(&self.remembered()));
        let forgotten = ". The vault's disk is full, so the vault does not remember it: free some space there";
        if self.unremembered { result + forgotten } else { result }
    }

    pub(in crate::vault) fn remembered(&self) -> LastCheck {
        let Self { at, day, originals, checked, ref findings, .. } = *self;
        LastCheck { at, day, originals, checked, findings: findings.len() as u64 }
    }
}
