//! Repair: gives a vault back what a verification found missing or damaged, original by original, from any generation.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use super::error::BackupError;
use super::manifest::Manifest;
use super::shelf::Shelf;
use crate::clock::Now;
use crate::model::text::counted;
use crate::model::{BlobId, PhotoHash};
use crate::progress::Progress;
use crate::vault::{Archive, CheckReport, Finding, Vault};

/// What a repair did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Repaired {
    /// Originals that came back from the backup.
    pub restored: Vec<BlobId>,
    /// Originals that were whole, and were moved away from a damaged volume.
    pub moved: u64,
    /// Originals of which no generation has a whole copy.
    pub lost: Vec<BlobId>,
}

impl Repaired {
    /// One plain line.
    #[must_use]
    pub fn sentence(&self) -> String {
        if self.restored.is_empty() && self.lost.is_empty() && self.moved == 0 {
            return "Nothing to repair.".into();
        }
        let mut text = format!("{} restored from the backup", counted(self.restored.len() as i64, "original"));
        if self.moved > 0 {
            let _ = write!(text, ", {} beside them moved to a sound volume", self.moved);
        }
        if !self.lost.is_empty() {
            let _ = write!(text, ", {} not in any backup: look for the card they came from", self.lost.len());
        }
        text.push('.');
        text
    }
}

/// Bytes stored before the records are pointed to them.
const AT_ONCE: usize = 32 << 20;

/// Repairs what `report` found, from the backup in `dest`.
///
/// All originals of a damaged volume are moved out of it, because what else lies there may be next; the volume's file
/// stays where it is and nothing refers to it any more. An original comes back only when its bytes have its hash.
pub fn repair(
    vault: &Vault,
    report: &CheckReport,
    dest: &Path,
    now: Now,
    progress: &Progress,
) -> Result<Repaired, BackupError> {
    let key = vault.backup_key()?;
    let shelf = Shelf::open(dest, &key)?;
    // Newest first. A generation under an older root key gives its originals only to a vault restored from it.
    let archives: Vec<(&Manifest, Archive)> = (shelf.manifests.iter().rev())
        .filter_map(|manifest| {
            Archive::open(&shelf.folder(manifest.number), &key).ok().map(|archive| (manifest, archive))
        })
        .collect();
    if archives.is_empty() {
        return Err(BackupError::Nothing);
    }
    let mut repaired = Repaired::default();
    let damaged: Vec<BlobId> = report.damaged().map(|of| of.blob).collect();
    let files: Vec<&str> = report.findings.iter().filter_map(Finding::file).collect();
    let volumes = vault.beside(&damaged, &files)?;
    let total = volumes.iter().map(|(_, inside)| inside.len() as u64).sum();
    let mut done = 0;
    progress.report("Repairing originals", 0, total);
    for (volume, inside) in volumes {
        vault.retire_volume(volume)?;
        let (mut batch, mut bytes_in_batch) = (Vec::new(), 0);
        for (id, hash) in inside {
            let whole = vault.original_of(id)?;
            let was_whole = whole.is_some();
            let bytes = match whole {
                Some(bytes) => Some(bytes),
                None => from_backup(&shelf, &archives, hash)?,
            };
            match bytes {
                Some(bytes) => {
                    bytes_in_batch += bytes.len();
                    batch.push((id, bytes));
                    if was_whole { repaired.moved += 1 } else { repaired.restored.push(id) }
                }
                None => repaired.lost.push(id),
            }
            if bytes_in_batch >= AT_ONCE {
                vault.put_back(&std::mem::take(&mut batch), now)?;
                bytes_in_batch = 0;
            }
            done += 1;
            progress.report("Repairing originals", done, total);
            if progress.is_cancelled() {
                vault.put_back(&batch, now)?;
                return Err(BackupError::Cancelled);
            }
        }
        vault.put_back(&batch, now)?;
    }
    Ok(repaired)
}

/// The bytes with this hash from the newest generation that has them whole.
fn from_backup(
    shelf: &Shelf,
    archives: &[(&Manifest, Archive)],
    hash: PhotoHash,
) -> Result<Option<Vec<u8>>, BackupError> {
    let mut tried: Vec<PathBuf> = Vec::new();
    for (manifest, archive) in archives {
        for volume in archive.volumes_of(hash).unwrap_or_default() {
            let copies = manifest.volumes().filter(|(_, copy)| copy.id.0 == volume);
            for (file, _) in copies {
                let path = shelf.path(&file.name)?;
                if !tried.contains(&path) && path.exists() {
                    if let Some(bytes) = archive.original(hash, volume, &path)? {
                        return Ok(Some(bytes));
                    }
                    tried.push(path);
                }
            }
        }
    }
    Ok(None)
}
