//! The folder of a demo: how it is recognised, and what of it may be removed.

use std::fs::{self, File, TryLockError};
use std::path::{Component, Path};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::TRUTH_FILE;
use super::run::{CARD, LOGIN, MARKER_FILE, RunError, VAULT};
use super::truth::Truth;
use crate::fsx;
use crate::vault::{Hold, LOCK_FILE};

/// The marker file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Marker {
    /// Version of this layout.
    pub(super) layout: u32,
    pub(super) seed: u64,
    pub(super) today: NaiveDate,
    pub(super) photo_side: u32,
    pub(super) complete: bool,
}

pub(super) const LAYOUT: u32 = 1;

/// The marker of a demo in `dir`; `None` for a folder that is missing or empty.
pub(super) fn there(dir: &Path) -> Result<Option<Marker>, RunError> {
    if !dir.exists() {
        return Ok(None);
    }
    if !dir.is_dir() {
        return Err(RunError::ForeignFolder);
    }
    match fs::read_to_string(dir.join(MARKER_FILE)) {
        Ok(text) => toml::from_str(&text).map(Some).map_err(|_| RunError::ForeignFolder),
        Err(_) if fs::read_dir(dir)?.next().is_none() => Ok(None),
        Err(_) => Err(RunError::ForeignFolder),
    }
}

pub(super) fn write_marker(dir: &Path, marker: &Marker) -> Result<(), RunError> {
    let text = toml::to_string(marker).map_err(|_| RunError::Io(std::io::ErrorKind::InvalidData))?;
    Ok(fsx::write_atomic(&dir.join(MARKER_FILE), text.as_bytes())?)
}

/// The file that is locked while a demo is built.
const BUILDING: &str = "diptych-demo.lock";

/// Keeps a second program from building in the same folder; ends with the process, however it ends.
pub(super) fn reserve(dir: &Path) -> Result<File, RunError> {
    let file = File::options().create(true).truncate(false).write(true).open(dir.join(BUILDING))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(RunError::BeingBuilt),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

/// Removes what an earlier run left of the card and the vault: files of ours by name, and nothing else. Refused while
/// another program has the vault open.
pub(super) fn clear(dir: &Path) -> Result<(), RunError> {
    let _hold = Hold::take(&dir.join(VAULT), LOGIN)?;
    let card = dir.join(CARD);
    if let Ok(Ok(truth)) = fs::read(card.join(TRUTH_FILE)).map(|text| serde_json::from_slice::<Truth>(&text)) {
        // The list is a file like any other: a name that leads elsewhere is not ours.
        let is_inside = |file: &str| Path::new(file).components().all(|part| matches!(part, Component::Normal(_)));
        for shot in truth.shots.iter().filter(|shot| is_inside(&shot.file)) {
            let _ = fs::remove_file(card.join(&shot.file));
        }
    }
    let vault = dir.join(VAULT);
    if vault.is_dir() {
        for entry in fs::read_dir(&vault)? {
            let entry = entry?;
            if is_of_a_vault(&entry.file_name().to_string_lossy()) {
                fs::remove_file(entry.path())?;
            }
        }
    }
    Ok(())
}

fn is_of_a_vault(name: &str) -> bool {
    name != LOCK_FILE
        && ["vault.", "catalog.db", "derived.db", "photos-", ".diptych-"].iter().any(|start| name.starts_with(start))
}
