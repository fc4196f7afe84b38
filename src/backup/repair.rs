//! Repair: gives a vault back what a verification found missing or damaged, original by original and document by document,
//! from any generation.

use std::path::{Path, PathBuf};

use super::error::BackupError;
use super::manifest::Manifest;
use super::shelf::Shelf;
use crate::clock::Now;
use crate::model::text::counted;
use crate::model::{AttachmentId, BlobId, PhotoHash};
use crate::progress::Progress;
use crate::vault::{Archive, CheckReport, Finding, Vault, VaultError};

/// What a repair did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Repaired {
    /// Originals that came back from the backup.
    pub restored: Vec<BlobId>,
    /// Originals that were whole, and were moved away from a damaged volume.
    pub moved: u64,
    /// Originals of which no generation has a whole copy.
    pub lost: Vec<BlobId>,
    /// Documents that came back from the backup.
    pub documents: Vec<AttachmentId>,
    /// Documents of which no generation has a whole copy.
    pub lost_documents: Vec<AttachmentId>,
    /// Findings of the records themselves, which no repair gives back one by one.
    pub beyond: u64,
}

impl Repaired {
    /// Whether anything was to be given back and is in no generation.
    #[must_use]
    pub fn is_short(&self) -> bool {
        !self.lost.is_empty() || !self.lost_documents.is_empty()
    }

    /// One plain line, or two.
    #[must_use]
    pub fn sentence(&self) -> String {
        let mut parts = Vec::new();
        let (restored, documents) = (self.restored.len() as i64, self.documents.len() as i64);
        if restored > 0 || self.moved > 0 || !self.lost.is_empty() {
            parts.push(format!("{} restored from the backup", counted(restored, "original")));
        }
        if self.moved > 0 {
            parts.push(format!("{} beside them moved to a sound volume", self.moved));
        }
        if !self.lost.is_empty() {
            parts.push(format!("{} not in any backup: look for the card they came from", self.lost.len()));
        }
        if documents > 0 {
            parts.push(format!("{} restored from the backup", counted(documents, "document")));
        }
        if !self.lost_documents.is_empty() {
            let lost = counted(self.lost_documents.len() as i64, "document");
            parts.push(format!("{lost} not in any backup: look for the paper"));
        }
        let done = (!parts.is_empty()).then(|| format!("{}.", parts.join(", ")));
        let beyond = (self.beyond > 0).then(|| {
            let (found, verb) = (counted(self.beyond as i64, "finding"), if self.beyond == 1 { "is" } else { "are" });
            let changed = if done.is_none() { " Nothing was changed." } else { "" };
            format!(
                "{found} {verb} of the records themselves, which are not given back one by one.{changed} Restore the newest backup to a new folder and compare."
            )
        });
        let said: Vec<String> = done.into_iter().chain(beyond).collect();
        if said.is_empty() { "Nothing to repair.".into() } else { said.join(" ") }
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
    let beyond = report.findings.iter().filter(|finding| finding.is_of_records()).count() as u64;
    let mut repaired = Repaired { beyond, ..Repaired::default() };
    for document in report.findings.iter().filter_map(Finding::document) {
        if give_back(vault, &archives, document, now)? {
            repaired.documents.push(document);
        } else {
            repaired.lost_documents.push(document);
        }
    }
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

/// Puts a document back from the newest generation that has it whole; whether there is one.
fn give_back(
    vault: &Vault,
    archives: &[(&Manifest, Archive)],
    document: AttachmentId,
    now: Now,
) -> Result<bool, BackupError> {
    let hash = vault.document_hash(document)?;
    for (_, archive) in archives {
        if let Some(bytes) = archive.document(hash)? {
            return match vault.put_back_document(document, &bytes, now) {
                Ok(()) => Ok(true),
                // Where the page it has in the records is itself damaged, only those as a whole can be given back.
                Err(VaultError::Damaged(_)) => Ok(false),
                Err(error) => Err(error.into()),
            };
        }
    }
    Ok(false)
}

/// The bytes with this hash from the newest generation that has them whole.
pub(super) fn from_backup(
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

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use tempfile::TempDir;

    use super::*;
    use crate::backup;
    use crate::model::{NewAttachment, NewPatient};
    use crate::vault::{CheckRequest, KdfCost, Op, Passphrase};

    const PDF: &[u8] = b"%PDF-1.7 signed";

    fn now() -> Now {
        Now::fixed(NaiveDate::from_ymd_opt(2026, 3, 2).expect("a date"))
    }

    /// A vault with a document, and a backup of it beside.
    fn backed_up() -> (TempDir, Vault, AttachmentId) {
        let folder = tempfile::tempdir().expect("a folder");
        let secret = Passphrase::new("secret");
        let (vault, _code) =
            Vault::create(&folder.path().join("vault"), "anna", &secret, KdfCost::TESTS, now()).expect("created");
        let (code, given, family) = ("P-1".into(), "Given".into(), "Family".into());
        let person = NewPatient { code, given, family, birth: None, fitzpatrick: None };
        let patient = vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&person)).expect("a patient");
        let new = NewAttachment { patient, bytes: PDF, file_name: "a.pdf" };
        let document = vault.transact(Op::AddAttachment, now(), |tx| tx.add_attachment(&new));
        let document = document.expect("kept");
        let _made =
            backup::snapshot(&vault, &folder.path().join("usb"), now(), &Progress::silent()).expect("backed up");
        (folder, vault, document)
    }

    fn check(vault: &Vault) -> CheckReport {
        vault.check(&CheckRequest::default(), now(), &Progress::silent()).expect("checked")
    }

    fn repaired(folder: &TempDir, vault: &Vault) -> Repaired {
        repair(vault, &check(vault), &folder.path().join("usb"), now(), &Progress::silent()).expect("repaired")
    }

    #[test]
    fn a_document_that_is_not_what_was_stored_or_is_gone_comes_back_and_the_audit_says_so() {
        for damage in ["UPDATE attachment_bytes SET bytes = x'25504446'", "DELETE FROM attachment_bytes"] {
            let (folder, vault, document) = backed_up();
            vault.meddle(damage);
            assert_eq!(check(&vault).findings, [Finding::DocumentCorrupt { document }]);
            let done = repaired(&folder, &vault);
            assert_eq!((done.documents.as_slice(), done.is_short()), ([document].as_slice(), false));
            assert_eq!(done.sentence(), "1 document restored from the backup.");
            assert_eq!(vault.attachment_bytes(document).expect("whole"), PDF);
            assert_eq!(check(&vault).findings, []);
            assert_eq!(vault.audit(1).expect("the newest")[0].op, Op::Repair.key());
        }
    }

    #[test]
    fn a_document_that_no_backup_has_is_said_to_be_lost_and_other_bytes_are_never_put_in_its_place() {
        let (folder, vault, document) = backed_up();
        vault.meddle("DELETE FROM attachment_bytes");
        assert!(vault.put_back_document(document, b"%PDF-1.7 forged", now()).is_err());
        // A backup of what is damaged already holds no more than that.
        let late = folder.path().join("late");
        let _made = backup::snapshot(&vault, &late, now(), &Progress::silent()).expect("backed up");
        let done = repair(&vault, &check(&vault), &late, now(), &Progress::silent()).expect("repaired");
        assert_eq!((done.lost_documents.as_slice(), done.is_short()), ([document].as_slice(), true));
        assert_eq!(done.sentence(), "1 document not in any backup: look for the paper.");
    }

    #[test]
    fn findings_that_no_repair_mends_are_never_called_nothing() {
        let (folder, vault, _) = backed_up();
        assert_eq!(repaired(&folder, &vault).sentence(), "Nothing to repair.");
        vault.meddle("INSERT INTO attachment_bytes (attachment, bytes) VALUES (99, x'00')");
        let done = repaired(&folder, &vault);
        assert_eq!(
            done.sentence(),
            "1 finding is of the records themselves, which are not given back one by one. Nothing was changed. Restore the newest backup to a new folder and compare."
        );
        vault.meddle("DELETE FROM attachment_bytes WHERE attachment = 1");
        let done = repaired(&folder, &vault);
        let said = done.sentence();
        assert!(said.starts_with("1 document restored from the backup. 1 finding is of the records"), "{said}");
        assert!(!said.contains("Nothing was changed"), "{said}");
    }
}
