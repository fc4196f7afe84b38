//! Restoring a generation into a new folder: copied, compared, opened, and every original read.
//!
//! A damaged file costs what is in it and nothing else. A volume that is not what was written is copied as far as it can
//! be read: each of its pages and each original proves itself. What then cannot be read in it, or was damaged in the vault
//! when it was copied, is looked for in the other generations, and what no generation has whole is listed as damaged in the vault that comes out.

use std::fs;
use std::path::{Path, PathBuf};

use super::copy::{self, Meter};
use super::error::BackupError;
use super::manifest::{FileEntry, Manifest};
use super::repair::{Repaired, repair};
use super::shelf::{Shelf, overlap, unlock};
use chrono::NaiveDate;

use crate::clock::Now;
use crate::fsx;
use crate::model::PatientId;
use crate::progress::Progress;
use crate::vault::{BackupKey, CheckReport, CheckRequest, Facts, Secret, Vault, VaultError};

/// A restored vault.
pub struct Restored {
    /// Open, for whoever's secret it was.
    pub vault: Vault,
    /// Which generation it was.
    pub generation: u64,
    /// What reading every original of it found, after what could be repaired was.
    pub report: CheckReport,
    /// Files of this generation that are missing or not what was written, by their names inside the backup.
    pub damaged: Vec<String>,
    /// What other generations gave back of what was in them.
    pub repaired: Repaired,
    /// Generations whose manifest cannot be read. Nothing is known of them, nor whom they know to be erased.
    pub unreadable: Vec<u64>,
    /// Up to when erasures are known here: the newest generation that can be read is of this day.
    pub erasures_known_to: NaiveDate,
    /// Patients in it who had been erased since and were erased again.
    pub erased_again: Vec<PatientId>,
    /// Erasures that wait for a damaged volume.
    pub erasures_waiting: u32,
}

impl std::fmt::Debug for Restored {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Restored")
            .field("generation", &self.generation)
            .field("report", &self.report)
            .finish_non_exhaustive()
    }
}

/// Restores a generation, the newest when none is said, from `dest` into the new or empty folder `to`.
///
/// The vault there opens by `secret` and by everything else that opened that generation. Patients who were erased after
/// it, as far as the newer generations know, are erased again: of an erasure after the newest generation nothing is known
/// here. On an error `to` is left empty.
pub fn restore(
    dest: &Path,
    generation: Option<u64>,
    to: &Path,
    secret: &Secret<'_>,
    now: Now,
    progress: &Progress,
) -> Result<Restored, BackupError> {
    let newest_key = unlock(dest, secret)?;
    let shelf = Shelf::open(dest, &newest_key)?;
    let newest = shelf.manifests.last().map(|manifest| manifest.number);
    let unreadable = || match shelf.unreadable.last() {
        Some(&number) => BackupError::Damaged { file: Shelf::name_in(number, Shelf::MANIFEST) },
        None => BackupError::Nothing,
    };
    let number = generation.or(newest).ok_or_else(unreadable)?;
    let manifest = shelf.manifest(number)?;
    let key = key_of(&shelf, number, newest_key, secret)?;
    let made = !to.exists();
    prepare(dest, to)?;
    let restored = fill(&shelf, manifest, &key, to, progress)
        .and_then(|damaged| open(&shelf, manifest, damaged, to, secret, now, progress));
    if restored.is_err() {
        clear(manifest, to, made);
    }
    restored
}

/// The key by which the key file of this generation can be written: by the secret itself where it opens that generation.
fn key_of(shelf: &Shelf, number: u64, newest: BackupKey, secret: &Secret<'_>) -> Result<BackupKey, BackupError> {
    let folder = shelf.folder(number);
    let manifest = fs::read(folder.join(Shelf::MANIFEST))?;
    match BackupKey::unlock(&folder, &manifest, secret) {
        Err(VaultError::WrongPassphrase | VaultError::WrongRecoveryCode | VaultError::UnknownLogin) => Ok(newest),
        other => Ok(other?),
    }
}

fn prepare(dest: &Path, to: &Path) -> Result<(), BackupError> {
    if overlap(dest, to)? {
        return Err(BackupError::Occupied);
    }
    fs::create_dir_all(to)?;
    if copy::entries(to)?.is_empty() { Ok(()) } else { Err(BackupError::Occupied) }
}

/// Where a file of the backup goes in the vault's folder; none for the key files, which are written anew.
fn target(manifest: &Manifest, name: &str, to: &Path) -> Option<PathBuf> {
    if name == Shelf::name_in(manifest.number, &Facts::records_file()) {
        return Some(to.join(Facts::records_file()));
    }
    let (file, _) = name.rsplit_once('/')?.1.rsplit_once('-')?;
    file.starts_with("photos-").then(|| to.join(format!("{file}.db")))
}

/// Copies the files of the generation, and says which of them are missing or not what was written.
fn fill(
    shelf: &Shelf,
    manifest: &Manifest,
    key: &BackupKey,
    to: &Path,
    progress: &Progress,
) -> Result<Vec<String>, BackupError> {
    let mut meter = Meter::new(progress, "Copying", manifest.length());
    let mut damaged = Vec::new();
    for file in &manifest.files {
        let is_whole = match target(manifest, &file.name, to) {
            None => is_intact(shelf, file, &mut meter)?,
            Some(target) if file.volume.is_some() => copy_volume(shelf, file, &target, &mut meter)?,
            // Records are whole or worth nothing: a patient may be missing in them.
            Some(target) => {
                if !copy_records(shelf, file, &target, &mut meter)? {
                    return Err(BackupError::Damaged { file: file.name.clone() });
                }
                true
            }
        };
        if !is_whole {
            damaged.push(file.name.clone());
        }
    }
    meter.finish();
    // The key file last: without it the folder is no vault yet.
    key.write_key_files(&shelf.folder(manifest.number), to)?;
    fsx::sync_folder(to)?;
    Ok(damaged)
}

fn is_intact(shelf: &Shelf, file: &FileEntry, meter: &mut Meter<'_>) -> Result<bool, BackupError> {
    match copy::digest(&shelf.path(&file.name)?, meter) {
        Ok(read) => Ok(read.sha256 == file.sha256),
        Err(error) => unless_stopped(error),
    }
}

fn copy_records(shelf: &Shelf, file: &FileEntry, target: &Path, meter: &mut Meter<'_>) -> Result<bool, BackupError> {
    let from = shelf.path(&file.name)?;
    match copy::copy(&from, fsx::folder_of(target), meter) {
        Ok((unfinished, read)) if read.sha256 == file.sha256 && read.length == file.length => {
            copy::keep(unfinished, target)?;
            Ok(true)
        }
        Ok(_) => Ok(false),
        Err(error) if from.exists() => Err(error),
        Err(error) => unless_stopped(error),
    }
}

/// Copies a volume, a damaged one as it is; one that is not there, or that its disk does not give out, is left out.
fn copy_volume(shelf: &Shelf, file: &FileEntry, target: &Path, meter: &mut Meter<'_>) -> Result<bool, BackupError> {
    let from = shelf.path(&file.name)?;
    match copy::copy(&from, fsx::folder_of(target), meter) {
        Ok((unfinished, read)) => {
            copy::keep(unfinished, target)?;
            Ok(read.sha256 == file.sha256 && read.length == file.length)
        }
        // Whether it was the reading or the writing that failed: what is read once more says it.
        Err(error @ BackupError::Io(_)) if from.exists() && copy::digest(&from, meter).is_ok() => Err(error),
        Err(error) => unless_stopped(error),
    }
}

/// A file that cannot be read is a damaged backup; a person who stops, and a full disk, are what they are.
fn unless_stopped(error: BackupError) -> Result<bool, BackupError> {
    match error {
        BackupError::Io(_) => Ok(false),
        other => Err(other),
    }
}

fn open(
    shelf: &Shelf,
    manifest: &Manifest,
    damaged: Vec<String>,
    to: &Path,
    secret: &Secret<'_>,
    now: Now,
    progress: &Progress,
) -> Result<Restored, BackupError> {
    let vault = Vault::open_with(to, secret, now)?;
    let dest = shelf.volumes().parent().unwrap_or(Path::new("")).to_owned();
    let place = dest.to_string_lossy().into_owned();
    vault.note_restored(&manifest.remembered(place), &shelf.erased(), now)?;
    let erased_again: Vec<PatientId> = vault.unfinished_erasures()?.into_iter().map(|begun| begun.patient).collect();
    let mut erasures_waiting = vault.finish_erasures(now, progress)?;
    let request = CheckRequest { anchors: vec![manifest.facts.audit.clone()], ..CheckRequest::default() };
    let mut report = vault.check(&request, now, progress)?;
    let mut repaired = Repaired::default();
    let is_known_damaged = !damaged.is_empty() || !manifest.damaged.is_empty();
    if is_known_damaged && !report.findings.is_empty() {
        match repair(&vault, &report, &dest, now, progress) {
            Ok(done) => repaired = done,
            // What was restored is worth keeping all the same.
            Err(error) if error == BackupError::Cancelled || error == BackupError::DiskFull => return Err(error),
            Err(_) => tracing::warn!("what is damaged in a backup could not be repaired from its other generations"),
        }
        erasures_waiting = vault.finish_erasures(now, progress)?;
        report = vault.check(&request, now, progress)?;
    }
    let erasures_known_to = shelf.manifests.last().map_or(manifest.day, |newest| newest.day);
    let (generation, unreadable) = (manifest.number, shelf.unreadable.clone());
    Ok(Restored {
        vault,
        generation,
        report,
        damaged,
        repaired,
        unreadable,
        erasures_known_to,
        erased_again,
        erasures_waiting,
    })
}

/// Takes back what a failed restoring wrote. None of it was there when it began.
fn clear(manifest: &Manifest, to: &Path, made: bool) {
    let files = copy::entries(to).unwrap_or_default();
    let volumes: Vec<PathBuf> = manifest.files.iter().filter_map(|file| target(manifest, &file.name, to)).collect();
    for (name, path) in files {
        let is_ours = volumes.iter().any(|volume| path.starts_with(volume))
            || ["vault.", "catalog", "derived.db", "photos-", copy::UNFINISHED]
                .iter()
                .any(|begin| name.starts_with(begin));
        if is_ours {
            // What cannot be removed makes the next attempt say that the folder is not empty.
            let _ = fs::remove_file(path);
        }
    }
    if made {
        let _ = fs::remove_dir(to);
    }
}
