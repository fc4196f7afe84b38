//! The folder of a backup: whose it is, who works with it, and the generations that stand in it.
//!
//! ```text
//! diptych-backup.toml                  says that this is a backup, and of which vault
//! volumes/photos-0001-<SHA-256>.db     copies of volumes, shared
//! generations/000001/                  catalog.db, the key file twice, and the manifest
//! ```

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;

use super::copy::{UNFINISHED, entries, remove};
use super::error::BackupError;
use super::manifest::{FileEntry, Generation, Manifest};
use crate::fsx;
use crate::model::{BlobId, Uid};
use crate::moment;
use crate::vault::{Anchor, BackupKey, Facts, Secret, Tombstone, Vault, VaultError};

const MARKER: &str = "diptych-backup.toml";
const VOLUMES: &str = "volumes";
const GENERATIONS: &str = "generations";
const MANIFEST: &str = "manifest";
const FORMAT: u32 = 1;

#[derive(Deserialize)]
struct Marker {
    format: u32,
    vault: String,
}

/// What a backup folder holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// Complete generations, newest first.
    pub generations: Vec<Generation>,
    /// Numbers of generations whose manifest cannot be read.
    pub unreadable: Vec<u64>,
}

/// The complete generations in `dest`, newest first.
pub fn list(dest: &Path, key: &BackupKey) -> Result<Listing, BackupError> {
    let shelf = Shelf::open(dest, key)?;
    let generations = shelf.manifests.iter().rev().map(Manifest::summary).collect();
    Ok(Listing { generations, unreadable: shelf.unreadable })
}

/// The heads of the audit that the generations in `dest` remember.
pub fn anchors(dest: &Path, key: &BackupKey) -> Result<Vec<Anchor>, BackupError> {
    Ok(Shelf::open(dest, key)?.manifests.into_iter().map(|manifest| manifest.facts.audit).collect())
}

/// The same in the folder of the vault's last backup; none where that cannot be read now, or by who opened the vault.
#[must_use]
pub fn known_anchors(vault: &Vault) -> Vec<Anchor> {
    let Ok(Some(last)) = vault.last_backup() else { return Vec::new() };
    let Ok(key) = vault.backup_key() else { return Vec::new() };
    anchors(Path::new(&last.place), &key).unwrap_or_default()
}

/// Login names that may open the newest backup in `dest`; what can be known without a key.
pub fn peek(dest: &Path) -> Result<Vec<String>, BackupError> {
    // The newest that says it: a damaged one is in nobody's way.
    let mut failure = BackupError::Nothing;
    for number in complete(dest)?.into_iter().rev() {
        match Vault::peek(&generation_folder(dest, number)) {
            Ok(info) => return Ok(info.logins),
            Err(error) => failure = error.into(),
        }
    }
    Err(failure)
}

/// The key of the backups in `dest` without their vault, by a passphrase or the recovery code.
///
/// The newest generation that the secret opens counts: after a change of the passphrase older ones open by the old one.
pub fn unlock(dest: &Path, secret: &Secret<'_>) -> Result<BackupKey, BackupError> {
    let mut failure = None;
    for number in complete(dest)?.into_iter().rev() {
        let folder = generation_folder(dest, number);
        let manifest = fs::read(folder.join(MANIFEST)).map_err(VaultError::from);
        match manifest.and_then(|manifest| BackupKey::unlock(&folder, &manifest, secret)) {
            Ok(key) => return Ok(key),
            Err(error) => {
                let _first = failure.get_or_insert(error);
            }
        }
    }
    Err(failure.map_or(BackupError::Nothing, BackupError::from))
}

/// Who in a backup folder was erased since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// Generations that still hold patients who were erased, and whom. The next backup removes these generations.
    pub generations: Vec<(u64, Vec<Uid>)>,
    /// Generations whose manifest cannot be read. Nobody can say whom they hold, and no backup removes them.
    pub unreadable: Vec<u64>,
}

/// What in `dest` still holds patients who were erased, as the vault and the newer generations know them.
pub fn holding(vault: &Vault, dest: &Path) -> Result<Holding, BackupError> {
    let shelf = Shelf::open(dest, &vault.backup_key()?)?;
    let mut erased = shelf.erased();
    erased.extend(vault.erasures()?);
    let held = |m: &Manifest| (m.number, held_by(m, &erased));
    let generations = shelf.manifests.iter().map(held).filter(|(_, who)| !who.is_empty()).collect();
    Ok(Holding { generations, unreadable: shelf.unreadable })
}

/// The folder of a generation as a person finds it inside the backup.
#[must_use]
pub fn folder_name(number: u64) -> String {
    format!("{GENERATIONS}/{number:06}")
}

/// Who of the erased is still in a generation: entered as a patient by then, or with an original in its tray.
pub fn held_by(manifest: &Manifest, erased: &[Tombstone]) -> Vec<Uid> {
    let facts = &manifest.facts;
    let came_before = |t: &Tombstone| t.patient.0 <= facts.last_patient || t.since.is_some_and(|at| at <= manifest.at);
    let is_held = |t: &&Tombstone| came_before(t) && !facts.erasures.iter().any(|e| e.uid == t.uid);
    let mut who: Vec<Uid> = erased.iter().filter(is_held).map(|t| t.uid).collect();
    who.sort_unstable();
    who.dedup();
    who
}

/// An opened backup folder.
pub struct Shelf {
    root: PathBuf,
    /// Oldest first.
    pub manifests: Vec<Manifest>,
    /// Generations whose manifest cannot be read.
    pub unreadable: Vec<u64>,
}

impl Shelf {
    /// What a generation's manifest is called in its folder.
    pub const MANIFEST: &'static str = MANIFEST;

    /// Reads what is there.
    pub fn open(dest: &Path, key: &BackupKey) -> Result<Self, BackupError> {
        let mut shelf = Self { root: dest.to_owned(), manifests: Vec::new(), unreadable: Vec::new() };
        let numbers = complete(dest)?;
        for &number in &numbers {
            // One that the disk does not give out is as unreadable as one that was changed: the others are not.
            let sealed = fs::read(shelf.folder(number).join(MANIFEST)).map_err(BackupError::from);
            match sealed.and_then(|sealed| Manifest::unsealed(key, number, &sealed)) {
                Ok(manifest) => shelf.manifests.push(manifest),
                Err(BackupError::Vault(VaultError::Damaged(_)) | BackupError::Io(_)) => shelf.unreadable.push(number),
                Err(error) => return Err(error),
            }
        }
        // The marker may be lost: what the key opens is its vault's.
        if shelf.manifests.is_empty() && whose(dest)?.is_some_and(|owner| owner != key.vault()) {
            return Err(BackupError::OtherVault);
        }
        Ok(shelf)
    }

    /// The folder of a generation.
    pub fn folder(&self, number: u64) -> PathBuf {
        generation_folder(&self.root, number)
    }

    /// The folder of all copies of volumes.
    pub fn volumes(&self) -> PathBuf {
        self.root.join(VOLUMES)
    }

    /// A file by its name inside the backup.
    pub fn path(&self, name: &str) -> Result<PathBuf, BackupError> {
        let inside = Path::new(name);
        // Manifests are authentic; all the same no name may lead outside.
        if inside.components().all(|part| matches!(part, Component::Normal(_))) {
            Ok(self.root.join(inside))
        } else {
            Err(BackupError::Damaged { file: name.to_owned() })
        }
    }

    /// Name inside the backup of a file of a generation.
    pub fn name_in(number: u64, file: &str) -> String {
        format!("{}/{file}", folder_name(number))
    }

    /// Name inside the backup of a copy of a volume.
    pub fn volume_name(file: &str, sha256: &str) -> String {
        format!("{VOLUMES}/{}-{sha256}.db", file.trim_end_matches(".db"))
    }

    /// One generation.
    pub fn manifest(&self, number: u64) -> Result<&Manifest, BackupError> {
        let found = self.manifests.iter().find(|manifest| manifest.number == number);
        found.ok_or_else(|| {
            if self.unreadable.contains(&number) {
                BackupError::Damaged { file: Self::name_in(number, MANIFEST) }
            } else {
                BackupError::NoSuchGeneration(number)
            }
        })
    }

    /// Everybody whom any generation knows to be erased, or to be about to be.
    pub fn erased(&self) -> Vec<Tombstone> {
        let all = self.manifests.iter().flat_map(|m| m.facts.erasures.iter().chain(&m.facts.begun));
        let mut erased: Vec<Tombstone> = all.copied().collect();
        erased.sort_by_key(|tombstone| (tombstone.patient, tombstone.uid));
        erased.dedup_by_key(|tombstone| (tombstone.patient, tombstone.uid));
        erased
    }

    /// Makes a generation visible: its manifest is written last.
    pub fn publish(&mut self, manifest: Manifest, key: &BackupKey) -> Result<(), BackupError> {
        let folder = self.folder(manifest.number);
        fsx::sync_folder(&folder)?;
        fsx::sync_folder(&self.root.join(GENERATIONS))?;
        fsx::write_atomic(&folder.join(MANIFEST), &manifest.sealed(key)?)?;
        let back = fs::read(folder.join(MANIFEST))?;
        if Manifest::unsealed(key, manifest.number, &back)? != manifest {
            return Err(BackupError::ReadBack { file: Self::name_in(manifest.number, MANIFEST) });
        }
        self.manifests.push(manifest);
        Ok(())
    }

    /// Takes a generation away; its volumes stay until [`Shelf::sweep`].
    pub fn remove(&mut self, number: u64) -> Result<(), BackupError> {
        let folder = self.folder(number);
        // First what makes it visible, so that half of it is never offered.
        remove(&folder.join(MANIFEST))?;
        fsx::sync_folder(&folder)?;
        moment::pass("a backup is hidden");
        fs::remove_dir_all(&folder)?;
        moment::pass("a backup is removed");
        self.manifests.retain(|manifest| manifest.number != number);
        Ok(())
    }

    /// The originals that are damaged in a copy of a volume, and maybe others, as the generations say that name it.
    ///
    /// Its name says its content, so that what one of them found in it is true for all.
    pub fn damaged_in(&self, copy: &FileEntry) -> Vec<BlobId> {
        let naming = self.manifests.iter().filter(|m| m.files.iter().any(|file| file.name == copy.name));
        naming.flat_map(|m| m.damaged.iter().copied()).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Removes copies of volumes that no generation names. Nothing, while a generation cannot say what it names.
    pub fn sweep(&self) -> Result<(), BackupError> {
        self.sweep_of(|_| true)
    }

    /// [`Shelf::sweep`] of those copies only, by their names inside the backup, that `may_go`.
    pub fn sweep_of(&self, may_go: impl Fn(&str) -> bool) -> Result<(), BackupError> {
        if !self.unreadable.is_empty() {
            return Ok(());
        }
        let named: Vec<&str> = self.manifests.iter().flat_map(|m| m.files.iter().map(|f| f.name.as_str())).collect();
        for (file, path) in entries(&self.volumes())? {
            let name = format!("{VOLUMES}/{file}");
            if file.starts_with("photos-") && !named.contains(&name.as_str()) && may_go(&name) {
                remove(&path)?;
            }
        }
        Ok(fsx::sync_folder(&self.volumes())?)
    }
}

/// A backup folder that is written to, by this program alone.
pub struct Writing {
    pub shelf: Shelf,
    /// What an interrupted run left of volumes: whole files without a generation.
    pub leftovers: Vec<(String, PathBuf)>,
    _lock: File,
}

impl Writing {
    /// Prepares `dest` for a backup of `vault`: makes the folder when it is not there, refuses any but its own.
    pub fn begin(vault: &Vault, dest: &Path, key: &BackupKey) -> Result<Self, BackupError> {
        refuse_with_vault(vault.dir(), dest)?;
        refuse_without_folder(dest)?;
        fs::create_dir_all(dest)?;
        let marker = dest.join(MARKER);
        match whose(dest) {
            Ok(Some(owner)) if owner == key.vault() => {}
            Ok(Some(_)) => return Err(BackupError::OtherVault),
            Ok(None) if !is_vacant(dest)? => return Err(BackupError::Foreign),
            Err(error @ BackupError::Damaged { .. }) if !is_ours(dest, key) => return Err(error),
            // Never in the place of one that another run wrote in this moment: that run has locked it. The same run may have
            // swept this one's away while it was unfinished.
            Ok(None) => {
                let written = fsx::write_new(&marker, marker_text(key.vault()).as_bytes());
                let met = |kind| matches!(kind, ErrorKind::AlreadyExists | ErrorKind::NotFound) && marker.exists();
                match written {
                    Err(error) if !met(error.kind()) => return Err(error.into()),
                    _ => {}
                }
                if whose(dest)?.as_deref() != Some(key.vault()) {
                    return Err(BackupError::OtherVault);
                }
            }
            Err(BackupError::Damaged { .. }) => fsx::write_atomic(&marker, marker_text(key.vault()).as_bytes())?,
            Err(error) => return Err(error),
        }
        let lock = File::options().read(true).write(true).open(&marker)?;
        match fsx::lock(&lock) {
            // Some file systems know no locks; the vault's own keeps other programs away there.
            Ok(()) | Err(TryLockError::Error(_)) => {}
            Err(TryLockError::WouldBlock) => return Err(BackupError::InUse),
        }
        for folder in [VOLUMES, GENERATIONS] {
            fs::create_dir_all(dest.join(folder))?;
        }
        fsx::sync_folder(dest)?;
        let shelf = Shelf::open(dest, key)?;
        let leftovers = clear(&shelf)?;
        Ok(Self { shelf, leftovers, _lock: lock })
    }

    /// A number that no generation ever had here, also none that was interrupted.
    pub fn next_number(&self) -> u64 {
        let complete = self.shelf.manifests.iter().map(|m| m.number).chain(self.shelf.unreadable.iter().copied());
        complete.max().unwrap_or(0) + 1
    }
}

/// Removes what an interrupted run left half done, and says which whole volumes it left.
fn clear(shelf: &Shelf) -> Result<Vec<(String, PathBuf)>, BackupError> {
    for folder in [shelf.root.clone(), shelf.volumes(), shelf.root.join(GENERATIONS)] {
        for (name, path) in entries(&folder)? {
            if name.starts_with(UNFINISHED) {
                remove(&path)?;
            }
        }
    }
    for (name, path) in entries(&shelf.root.join(GENERATIONS))? {
        let is_known = name.parse().is_ok_and(|number: u64| {
            shelf.unreadable.contains(&number) || shelf.manifests.iter().any(|m| m.number == number)
        });
        if name.parse::<u64>().is_ok() && !is_known {
            fs::remove_dir_all(path)?;
        }
    }
    let named = |file: &str| {
        let name = format!("{VOLUMES}/{file}");
        shelf.manifests.iter().any(|m| m.files.iter().any(|f| f.name == name))
    };
    Ok(entries(&shelf.volumes())?.into_iter().filter(|(file, _)| !named(file)).collect())
}

/// Says of a damaged or foreign marker whether the rest is this vault's.
fn is_ours(dest: &Path, key: &BackupKey) -> bool {
    let newest = complete(dest).unwrap_or_default().into_iter().next_back();
    newest.is_some_and(|number| {
        let sealed = fs::read(generation_folder(dest, number).join(MANIFEST)).unwrap_or_default();
        Manifest::unsealed(key, number, &sealed).is_ok()
    })
}

/// Whether the marker stands as it was written.
pub fn marker_fits(dest: &Path, vault: &str) -> (&'static str, bool) {
    (MARKER, fs::read(dest.join(MARKER)).is_ok_and(|bytes| bytes == marker_text(vault).as_bytes()))
}

fn marker_text(vault: &str) -> String {
    format!(
        "# Backups of a Diptych vault. Everything here is encrypted. Restore with: diptych restore THIS-FOLDER NEW-FOLDER\n\
         format = {FORMAT}\nvault = \"{vault}\"\n"
    )
}

/// The vault whose backups `dest` says to hold; none when it is no backup folder.
fn whose(dest: &Path) -> Result<Option<String>, BackupError> {
    let text = match fs::read_to_string(dest.join(MARKER)) {
        Ok(text) => text,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
        Err(error) if error.kind() == ErrorKind::InvalidData => String::new(),
        Err(error) => return Err(error.into()),
    };
    let marker: Marker = toml::from_str(&text).map_err(|_| BackupError::Damaged { file: MARKER.into() })?;
    if marker.format > FORMAT {
        return Err(VaultError::NewerFormat { found: marker.format, known: FORMAT }.into());
    }
    Ok(Some(marker.vault))
}

/// Whether nothing is there but what an interrupted beginning left, or what another run put there in this moment: its
/// marker comes first.
fn is_vacant(dest: &Path) -> Result<bool, BackupError> {
    let there = entries(dest)?;
    Ok(there.iter().any(|(name, _)| name == MARKER) || there.iter().all(|(name, _)| name.starts_with(UNFINISHED)))
}

/// Numbers of generations that have a manifest, in order.
fn complete(dest: &Path) -> Result<Vec<u64>, BackupError> {
    let folder = dest.join(GENERATIONS);
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut numbers: Vec<u64> = entries(&folder)?
        .into_iter()
        .filter(|(_, path)| path.join(MANIFEST).is_file())
        .filter_map(|(name, _)| name.parse().ok())
        .collect();
    numbers.sort_unstable();
    Ok(numbers)
}

fn generation_folder(dest: &Path, number: u64) -> PathBuf {
    dest.join(GENERATIONS).join(format!("{number:06}"))
}

/// Whether one of these folders lies in the other, or is it.
pub fn overlap(a: &Path, b: &Path) -> Result<bool, BackupError> {
    let (a, b) = (settled(a)?, settled(b)?);
    Ok(a.starts_with(&b) || b.starts_with(&a))
}

fn refuse_with_vault(vault: &Path, dest: &Path) -> Result<(), BackupError> {
    let is_vault = Facts::KEY_FILES.iter().any(|name| dest.join(name).exists());
    if is_vault || overlap(vault, dest)? { Err(BackupError::WithVault) } else { Ok(()) }
}

/// A disk that is not plugged in leaves a path nobody would look for, on the disk of the vault.
fn refuse_without_folder(dest: &Path) -> Result<(), BackupError> {
    if fsx::folder_of(dest).is_dir() { Ok(()) } else { Err(BackupError::NoFolder) }
}

/// A path without links, also when its last parts are not there yet.
fn settled(path: &Path) -> Result<PathBuf, BackupError> {
    let path = std::path::absolute(path)?;
    for ancestor in path.ancestors() {
        if let Ok(real) = ancestor.canonicalize() {
            let rest = path.strip_prefix(ancestor).unwrap_or(Path::new(""));
            return Ok(real.join(rest));
        }
    }
    Ok(path)
}
