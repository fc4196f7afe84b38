//! Reads a whole backup again and names every file that is not what was written.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::copy::{self, Meter};
use super::error::BackupError;
use super::manifest::FileEntry;
use super::shelf::{Shelf, marker_fits};
use crate::model::text::counted;
use crate::progress::Progress;
use crate::vault::BackupKey;

/// A file of a backup that is not what was written, and the generations that need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// Its name inside the backup.
    pub file: String,
    /// Whether it is not there at all.
    pub missing: bool,
    /// Generations that cannot be restored whole without it.
    pub generations: Vec<u64>,
}

/// What reading a backup found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BackupReport {
    /// Generations that were looked at.
    pub generations: usize,
    /// Files that were read.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
    /// What is not what was written.
    pub flaws: Vec<Flaw>,
    /// Files that were set aside, so that the next backup copies them anew.
    pub set_aside: usize,
}

impl BackupReport {
    /// One plain line.
    #[must_use]
    pub fn sentence(&self) -> String {
        let read =
            format!("{} of {} read", counted(self.files as i64, "file"), counted(self.generations as i64, "backup"));
        match self.flaws.len() {
            0 => format!("{read}: all are what was written."),
            n => format!("{read}: {} missing or damaged. The next backup copies them anew.", counted(n as i64, "file")),
        }
    }
}

/// Reads every file of every generation in `dest` and compares it with its hash.
///
/// A damaged copy of a volume is set aside under another name: the next backup, finding it gone, copies the volume anew,
/// and because the name says the content, that makes older generations whole again too.
pub fn check(dest: &Path, key: &BackupKey, progress: &Progress) -> Result<BackupReport, BackupError> {
    let shelf = Shelf::open(dest, key)?;
    let mut report =
        BackupReport { generations: shelf.manifests.len() + shelf.unreadable.len(), ..BackupReport::default() };
    let (marker, fits) = marker_fits(dest, key.vault());
    if !fits {
        report.flaws.push(Flaw { file: marker.into(), missing: !dest.join(marker).exists(), generations: Vec::new() });
    }
    for &number in &shelf.unreadable {
        report.flaws.push(Flaw {
            file: Shelf::name_in(number, Shelf::MANIFEST),
            missing: false,
            generations: vec![number],
        });
    }
    let mut files: BTreeMap<&str, (&FileEntry, Vec<u64>)> = BTreeMap::new();
    for manifest in &shelf.manifests {
        for file in &manifest.files {
            files.entry(&file.name).or_insert_with(|| (file, Vec::new())).1.push(manifest.number);
        }
    }
    // The meter counts writing and reading back; here there is only reading.
    let bytes = files.values().map(|(file, _)| file.length).sum::<u64>().div_ceil(2);
    let mut meter = Meter::new(progress, "Reading the backup", bytes);
    for (name, (file, generations)) in files {
        let path = shelf.path(name)?;
        let read = match copy::digest(&path, &mut meter) {
            Err(BackupError::Cancelled) => return Err(BackupError::Cancelled),
            other => other.ok(),
        };
        report.files += usize::from(read.is_some());
        report.bytes += read.as_ref().map_or(0, |read| read.length);
        if read.is_none_or(|read| read.sha256 != file.sha256) {
            let missing = !path.exists();
            // A disk that cannot be written is only read: the flaw is named all the same.
            if file.volume.is_some() && !missing && fs::rename(&path, path.with_extension("damaged")).is_ok() {
                report.set_aside += 1;
            }
            report.flaws.push(Flaw { file: name.to_owned(), missing, generations });
        }
    }
    meter.finish();
    Ok(report)
}
