//! Restoring a generation into a new folder: copied, compared, opened, and every original read.

use std::fs;
use std::path::{Path, PathBuf};

use super::copy::{self, Meter};
use super::error::BackupError;
use super::manifest::Manifest;
use super::shelf::{Shelf, overlap, unlock};
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
    /// What reading every original of it found.
    pub report: CheckReport,
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
/// it, as far as the newer generations know, are erased again. On an error `to` is left empty.
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
    let number = generation.or(newest).ok_or(BackupError::Nothing)?;
    let manifest = shelf.manifest(number)?;
    let key = key_of(&shelf, number, newest_key, secret)?;
    let made = !to.exists();
    prepare(dest, to)?;
    let restored =
        fill(&shelf, manifest, &key, to, progress).and_then(|()| open(&shelf, manifest, to, secret, now, progress));
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

fn fill(
    shelf: &Shelf,
    manifest: &Manifest,
    key: &BackupKey,
    to: &Path,
    progress: &Progress,
) -> Result<(), BackupError> {
    let mut meter = Meter::new(progress, "Copying", manifest.length());
    for file in &manifest.files {
        let from = shelf.path(&file.name)?;
        let damaged = || BackupError::Damaged { file: file.name.clone() };
        let Some(target) = target(manifest, &file.name, to) else {
            let read = copy::digest(&from, &mut meter).map_err(|error| unless_read(error, &from, damaged()))?;
            if read.sha256 != file.sha256 {
                return Err(damaged());
            }
            continue;
        };
        let (unfinished, read) =
            copy::copy(&from, to, &mut meter).map_err(|error| unless_read(error, &from, damaged()))?;
        if read.sha256 != file.sha256 || read.length != file.length {
            return Err(damaged());
        }
        copy::keep(unfinished, &target)?;
    }
    meter.finish();
    // The key file last: without it the folder is no vault yet.
    key.write_key_files(&shelf.folder(manifest.number), to)?;
    Ok(fsx::sync_folder(to)?)
}

/// A file that is not there is a damaged backup, not a failed disk.
fn unless_read(error: BackupError, from: &Path, damaged: BackupError) -> BackupError {
    if from.exists() { error } else { damaged }
}

fn open(
    shelf: &Shelf,
    manifest: &Manifest,
    to: &Path,
    secret: &Secret<'_>,
    now: Now,
    progress: &Progress,
) -> Result<Restored, BackupError> {
    let vault = Vault::open_with(to, secret, now)?;
    let place = shelf.volumes().parent().unwrap_or(Path::new("")).to_string_lossy().into_owned();
    vault.note_restored(&manifest.remembered(place), &shelf.erased(), now)?;
    let erased_again: Vec<PatientId> = vault.unfinished_erasures()?.into_iter().map(|begun| begun.patient).collect();
    let erasures_waiting = vault.finish_erasures(now, progress)?;
    let request = CheckRequest { anchors: vec![manifest.facts.audit.clone()], ..CheckRequest::default() };
    let report = vault.check(&request, now, progress)?;
    Ok(Restored { vault, generation: manifest.number, report, erased_again, erasures_waiting })
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
