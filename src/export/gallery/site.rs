//! Putting a site in place: whole files, nothing foreign touched, old files gone only when they are ours.
//!
//! The list of what was written (`manifest.json`) is first widened to old and new, then files are renamed into place,
//! pictures before the page that shows them, then what is no longer wanted goes, then the list is narrowed. A crash at any
//! point leaves a page whose pictures are there and a list by which the next build can go on.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, FileTimes};
use std::io::ErrorKind;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::export::ExportError;
use crate::export::scrub::{self, Proof, Secrets};
use crate::export::target;
use crate::fsx;
use crate::model::PhotoHash;

const MANIFEST: &str = "manifest.json";
const PAGE: &str = "index.html";

/// The files of a site by their path inside it, "/" between folder and name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Site {
    files: BTreeMap<String, Vec<u8>>,
}

impl Site {
    /// Adds a file at a fixed path.
    pub fn add(&mut self, path: &str, bytes: impl Into<Vec<u8>>) {
        let _ = self.files.insert(path.to_owned(), bytes.into());
    }

    /// Adds a picture under the beginning of its hash and returns its path. The same picture gets the same name in every
    /// build, and nothing of the original can be found from it.
    pub fn add_picture(&mut self, jpeg: Vec<u8>) -> String {
        let name = hash(&jpeg).to_string();
        let path = format!("pictures/{}.jpg", name.get(..20).unwrap_or(&name));
        let _ = self.files.insert(path.clone(), jpeg);
        path
    }

    /// What a browser reads as text.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.files.values().filter_map(|bytes| std::str::from_utf8(bytes).ok())
    }

    /// Path and SHA-256 of every file.
    #[must_use]
    pub fn hashes(&self) -> Vec<(String, PhotoHash)> {
        self.files.iter().map(|(path, bytes)| (path.clone(), hash(bytes))).collect()
    }
}

/// SHA-256 of a file.
fn hash(bytes: &[u8]) -> PhotoHash {
    PhotoHash(Sha256::digest(bytes).into())
}

/// Which files are ours, with every content they may have.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    schema: u32,
    files: BTreeMap<String, BTreeSet<String>>,
}

/// Beginning of the name of the folder a site is proven in. It lies in the destination, because only there renaming is sure
/// to stay on one disk: the destination may be a stick or a share of its own.
const STAGING: &str = ".diptych-gallery-";

/// Proves `site` clean in a hidden folder of `destination`, calls `record`, then moves it into place.
///
/// What goes public is in the ledger before it is public: a failing `record` leaves the destination as it was. When the
/// moving fails afterwards, the error is [`ExportError::Unfinished`].
pub fn publish(
    site: &Site,
    destination: &Path,
    secrets: &Secrets,
    record: impl FnOnce() -> Result<(), ExportError>,
) -> Result<Proof, ExportError> {
    let is_new = !destination.exists();
    let published = publish_into(site, destination, secrets, record);
    if is_new && published.is_err() {
        // Only when nothing is in it.
        let _ = fs::remove_dir(destination);
    }
    published
}

/// Whether `destination` is a folder that a gallery may be written to, before any work is done for it.
pub(super) fn check(destination: &Path) -> Result<(), ExportError> {
    target::require_parent(destination)?;
    read_manifest(destination).map(drop)
}

fn publish_into(
    site: &Site,
    destination: &Path,
    secrets: &Secrets,
    record: impl FnOnce() -> Result<(), ExportError>,
) -> Result<Proof, ExportError> {
    target::require_parent(destination)?;
    let old = read_manifest(destination)?;
    refuse_foreign(site, destination, &old)?;
    fs::create_dir_all(destination)?;
    remove_left_over(destination)?;
    // Removed when dropped, also on every error below.
    let staging = tempfile::Builder::new().prefix(STAGING).tempdir_in(destination)?;
    let manifest = manifest_of(site);
    for (path, bytes) in &site.files {
        write_new(&staging.path().join(path), bytes)?;
    }
    write_new(&staging.path().join(MANIFEST), &to_json(&manifest))?;
    let proof = scrub::assert_clean(staging.path(), secrets)?;
    record()?;
    match install(site, staging.path(), destination, &old, &manifest) {
        Ok(()) => Ok(proof),
        Err(ExportError::DiskFull) => Err(ExportError::Unfinished(ErrorKind::StorageFull)),
        Err(ExportError::Io(kind)) => Err(ExportError::Unfinished(kind)),
        Err(other) => Err(other),
    }
}

/// What a build that was killed left in the destination.
fn remove_left_over(destination: &Path) -> Result<(), ExportError> {
    for entry in fs::read_dir(destination)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(STAGING) && entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

fn install(site: &Site, staging: &Path, destination: &Path, old: &Manifest, new: &Manifest) -> Result<(), ExportError> {
    fs::create_dir_all(destination.join("pictures"))?;
    let mut both = Manifest { schema: 1, files: old.files.clone() };
    for (path, hashes) in &new.files {
        both.files.entry(path.clone()).or_default().extend(hashes.iter().cloned());
    }
    replace_manifest(destination, &both)?;
    let (last, first): (Vec<_>, Vec<_>) = site.files.keys().partition(|path| path.as_str() == PAGE);
    for path in first.into_iter().chain(last) {
        fs::rename(staging.join(path), destination.join(path))?;
    }
    for path in old.files.keys().filter(|path| !new.files.contains_key(*path)) {
        let file = destination.join(path);
        if is_ours(&file, old.files.get(path))? {
            fs::remove_file(&file)?;
        }
    }
    replace_manifest(destination, new)?;
    for folder in [destination.join("pictures"), destination.to_owned()] {
        fsx::sync_folder(&folder)?;
    }
    Ok(())
}

fn manifest_of(site: &Site) -> Manifest {
    let files = site.hashes().into_iter().map(|(path, hash)| (path, BTreeSet::from([hash.to_string()]))).collect();
    Manifest { schema: 1, files }
}

fn to_json(manifest: &Manifest) -> Vec<u8> {
    serde_json::to_vec_pretty(manifest).unwrap_or_default()
}

fn replace_manifest(destination: &Path, manifest: &Manifest) -> Result<(), ExportError> {
    let path = destination.join(MANIFEST);
    fsx::write_atomic(&path, &to_json(manifest))?;
    set_time(&path)
}

/// What the last build wrote; empty for a folder without a list.
fn read_manifest(destination: &Path) -> Result<Manifest, ExportError> {
    let bytes = match fs::read(destination.join(MANIFEST)) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == ErrorKind::NotFound => return nothing_published(destination),
        Err(e) if e.kind() == ErrorKind::NotADirectory => return Err(ExportError::NotAFolder),
        Err(e) => return Err(e.into()),
    };
    let manifest: Manifest = serde_json::from_slice(&bytes).map_err(|_| ExportError::BadManifest)?;
    let known = manifest.schema == 1 && manifest.files.keys().all(|path| is_plain(path));
    if known { Ok(manifest) } else { Err(ExportError::BadManifest) }
}

/// A folder without a list is ours to fill only when it is new or empty. What a desktop or a version control hides there
/// does not count.
fn nothing_published(destination: &Path) -> Result<Manifest, ExportError> {
    let entries = match fs::read_dir(destination) {
        Ok(entries) => entries,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Manifest::default()),
        Err(e) => return Err(e.into()),
    };
    for entry in entries {
        if !entry?.file_name().to_string_lossy().starts_with('.') {
            return Err(ExportError::ForeignFolder);
        }
    }
    Ok(Manifest::default())
}

/// Whether a path is of the kind we write: a plain name, at most below `pictures/`. A list from elsewhere must not lead
/// out of the folder.
fn is_plain(path: &str) -> bool {
    let name = path.strip_prefix("pictures/").unwrap_or(path);
    let safe = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'-';
    !name.is_empty() && !name.starts_with('.') && name.bytes().all(safe)
}

/// Refuses when a file of ours would replace one that is not, or not any more, what we wrote.
fn refuse_foreign(site: &Site, destination: &Path, old: &Manifest) -> Result<(), ExportError> {
    for (path, bytes) in &site.files {
        let file = destination.join(path);
        let same = BTreeSet::from([hash(bytes).to_string()]);
        let stands = fs::symlink_metadata(&file).is_ok();
        if stands && !is_ours(&file, old.files.get(path))? && !is_ours(&file, Some(&same))? {
            return Err(ExportError::Occupied { name: path.clone() });
        }
    }
    Ok(())
}

/// Whether `file` is a regular file with one of the contents we may have written.
fn is_ours(file: &Path, hashes: Option<&BTreeSet<String>>) -> Result<bool, ExportError> {
    let Some(hashes) = hashes else { return Ok(false) };
    match fs::symlink_metadata(file) {
        Ok(meta) if meta.is_file() => Ok(hashes.contains(&hash(&fs::read(file)?).to_string())),
        _ => Ok(false),
    }
}

fn write_new(path: &Path, bytes: &[u8]) -> Result<(), ExportError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fsx::write_atomic(path, bytes)?;
    set_time(path)
}

/// Sets the one file time of publications, and readable permissions: a web server is another user.
fn set_time(path: &Path) -> Result<(), ExportError> {
    let file = File::options().write(true).open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.set_permissions(fs::Permissions::from_mode(0o644))?;
    }
    file.set_times(FileTimes::new().set_accessed(scrub::file_time()).set_modified(scrub::file_time()))?;
    Ok(())
}
