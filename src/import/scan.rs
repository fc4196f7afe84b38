//! Looks at files: which are photos, what the camera said of them, and why the others are refused.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::fsx;
use crate::geom::Size;
use crate::imaging::{self, Detail, ImagingError, Quality};
use crate::model::series::vocabulary;
use crate::model::{CaptureFacts, PhotoHash, Redacted};
use crate::pipeline;
use crate::progress::Progress;

/// Larger files are not read: no camera writes them, and each photo is held in memory once.
const LARGEST_FILE: u64 = 1 << 29;

/// Sharpness and brightness are measured on a decode of at least this size.
const QUALITY_DETAIL: Detail = Detail::AtLeast(1024);

vocabulary! {
    /// Why a file is not taken.
    Refusal {
        NotAPicture = "not-a-picture", "not a picture";
        Truncated = "truncated", "cut short: the end of the picture is missing";
        Damaged = "damaged", "damaged: it cannot be decoded";
        TooLarge = "too-large", "too large for a photo";
        Unsupported = "unsupported", "a kind of picture that is not supported yet";
        Unreadable = "unreadable", "could not be read";
        Changed = "changed", "changed since it was looked at";
    }
}

/// A photo among the files.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Where it lies.
    pub path: Redacted<PathBuf>,
    /// Identity of its bytes.
    pub hash: PhotoHash,
    /// Length in bytes.
    pub length: u64,
    /// Size of the upright picture.
    pub size: Size,
    /// What the camera said.
    pub facts: CaptureFacts,
    /// Sharpness and brightness.
    pub quality: Quality,
}

/// A file that is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Where it lies.
    pub path: Redacted<PathBuf>,
    /// Why.
    pub reason: Refusal,
}

/// What lies in the given places.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scan {
    /// Photos, by path.
    pub found: Vec<Found>,
    /// Files that are not taken, by path.
    pub refused: Vec<Refused>,
    /// Whether the scan was stopped before its end.
    pub cancelled: bool,
}

impl From<ImagingError> for Refusal {
    fn from(error: ImagingError) -> Self {
        match error {
            ImagingError::NotAPicture => Self::NotAPicture,
            ImagingError::Truncated => Self::Truncated,
            ImagingError::TooLarge => Self::TooLarge,
            ImagingError::Unsupported(_) => Self::Unsupported,
            _ => Self::Damaged,
        }
    }
}

/// The last part of a path, for lists a person reads.
#[must_use]
pub fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// The identity of `bytes`.
#[must_use]
pub fn hash(bytes: &[u8]) -> PhotoHash {
    PhotoHash(Sha256::digest(bytes).into())
}

/// Looks at every file in `paths` and below the folders among them. Hidden files are passed over: they are the
/// computer's, not the camera's.
#[must_use]
pub fn scan(paths: &[PathBuf], progress: &Progress) -> Scan {
    let mut out = Scan::default();
    let files = list(paths, &mut out.refused);
    let total = files.len() as u64;
    let mut pending = files.into_iter();
    let mut seen = 0;
    progress.report("Looking at files", 0, total);
    let next = || {
        out.cancelled |= progress.is_cancelled();
        Ok::<_, std::convert::Infallible>(if out.cancelled { None } else { pending.next() })
    };
    let work = |path: PathBuf| (look_at(&path), path);
    let done = |(result, path): (Result<Found, Refusal>, PathBuf)| {
        match result {
            Ok(found) => out.found.push(found),
            Err(reason) => out.refused.push(Refused { path: Redacted(path), reason }),
        }
        seen += 1;
        progress.report("Looking at files", seen, total);
        Ok(())
    };
    let Ok(()) = pipeline::run(pipeline::decoders(), next, work, done);
    out.found.sort_by(|a, b| a.path.cmp(&b.path));
    out.refused.sort_by(|a, b| a.path.cmp(&b.path));
    out
}

fn list(paths: &[PathBuf], refused: &mut Vec<Refused>) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in paths {
        let listed = match fs::metadata(path) {
            Ok(facts) if facts.is_dir() => fsx::files_below(path),
            Ok(_) => Ok(vec![path.clone()]),
            Err(error) => Err(error),
        };
        match listed {
            Ok(below) => files.extend(below.into_iter().filter(|file| file == path || !is_hidden(file, path))),
            Err(_) => refused.push(Refused { path: Redacted(path.clone()), reason: Refusal::Unreadable }),
        }
    }
    files.sort();
    files.dedup();
    files
}

fn is_hidden(file: &Path, below: &Path) -> bool {
    let inside = file.strip_prefix(below).unwrap_or(file);
    inside.components().any(|part| part.as_os_str().to_string_lossy().starts_with('.'))
}

fn look_at(path: &Path) -> Result<Found, Refusal> {
    let bytes = read(path)?;
    let inspection = imaging::inspect(&bytes)?;
    let quality = imaging::quality(&imaging::decode(&bytes, QUALITY_DETAIL)?);
    Ok(Found {
        path: Redacted(path.to_owned()),
        hash: hash(&bytes),
        length: bytes.len() as u64,
        size: inspection.size,
        facts: inspection.facts,
        quality,
    })
}

/// The bytes of a file that is small enough to be a photo.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Refusal> {
    let facts = fs::metadata(path).map_err(|_| Refusal::Unreadable)?;
    if !facts.is_file() {
        return Err(Refusal::Unreadable);
    }
    if facts.len() > LARGEST_FILE {
        return Err(Refusal::TooLarge);
    }
    fs::read(path).map_err(|_| Refusal::Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_files_are_passed_over_unless_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in [".hidden", "a.txt"] {
            fsx::write_atomic(&folder.path().join(name), b"text").expect("written");
        }
        let mut refused = Vec::new();
        assert_eq!(list(&[folder.path().to_owned()], &mut refused), [folder.path().join("a.txt")]);
        let named = folder.path().join(".hidden");
        assert_eq!(list(&[named.clone(), named.clone()], &mut refused), [named]);
        assert_eq!(refused, []);
    }

    #[test]
    fn a_missing_place_is_refused_with_its_reason() {
        let gone = PathBuf::from("no-such-place");
        let mut refused = Vec::new();
        assert_eq!(list(std::slice::from_ref(&gone), &mut refused), [] as [PathBuf; 0]);
        assert_eq!(refused, [Refused { path: Redacted(gone), reason: Refusal::Unreadable }]);
    }
}
