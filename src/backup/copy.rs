//! Copying so that one can rely on it: hashed on the way, synced, read back from the disk, and only then under its name.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tempfile::TempPath;

use super::error::BackupError;
use crate::fsx;
use crate::moment;
use crate::progress::Progress;

/// What unfinished files are called until they are whole.
pub const UNFINISHED: &str = fsx::UNFINISHED;
const PIECE: usize = 1 << 20;

/// Counts the work in megabytes: each byte is written once and read back once.
pub struct Meter<'a> {
    progress: &'a Progress,
    stage: &'static str,
    done: u64,
    total: u64,
}

impl<'a> Meter<'a> {
    /// Of work that will copy `bytes`.
    pub fn new(progress: &'a Progress, stage: &'static str, bytes: u64) -> Self {
        let meter = Self { progress, stage, done: 0, total: 2 * bytes };
        meter.report();
        meter
    }

    /// Says that this much more is done; an error when the person wants to stop.
    pub fn advance(&mut self, bytes: u64) -> Result<(), BackupError> {
        self.done = (self.done + bytes).min(self.total);
        self.report();
        if self.progress.is_cancelled() { Err(BackupError::Cancelled) } else { Ok(()) }
    }

    /// What is copied where bytes cannot be counted asks this whether to stop.
    pub fn progress(&self) -> &Progress {
        self.progress
    }

    /// The work is over, however many bytes it was.
    pub fn finish(mut self) {
        self.done = self.total;
        self.report();
    }

    fn report(&self) {
        const MEGABYTE: u64 = 1_000_000;
        self.progress.report(self.stage, self.done.div_ceil(MEGABYTE), self.total.div_ceil(MEGABYTE));
    }
}

/// Length and SHA-256 of a file as it lies on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digested {
    pub length: u64,
    pub sha256: String,
    /// Whether the system was asked to forget the file first, so that it was read from the disk.
    pub past_cache: bool,
}

/// Reads a file whole, from the disk where the system knows how.
pub fn digest(path: &Path, meter: &mut Meter<'_>) -> Result<Digested, BackupError> {
    let mut file = File::open(path)?;
    let past_cache = fsx::forget_cached(&file);
    let (mut hasher, mut piece, mut length) = (Sha256::new(), vec![0; PIECE], 0);
    loop {
        let n = file.read(&mut piece)?;
        if n == 0 {
            break;
        }
        hasher.update(&piece[..n]);
        length += n as u64;
        meter.advance(n as u64)?;
    }
    Ok(Digested { length, sha256: hex(&hasher.finalize()), past_cache })
}

/// A new file that goes again unless it is kept.
pub fn unfinished(folder: &Path) -> Result<TempPath, BackupError> {
    Ok(tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder)?.into_temp_path())
}

/// Copies `from` into a new unfinished file of `folder`, durable and read back.
pub fn copy(from: &Path, folder: &Path, meter: &mut Meter<'_>) -> Result<(TempPath, Digested), BackupError> {
    let to = unfinished(folder)?;
    let (mut source, mut target) = (File::open(from)?, File::options().write(true).open(&to)?);
    let (mut hasher, mut piece) = (Sha256::new(), vec![0; PIECE]);
    loop {
        let n = source.read(&mut piece)?;
        if n == 0 {
            break;
        }
        hasher.update(&piece[..n]);
        target.write_all(&piece[..n])?;
        meter.advance(n as u64)?;
    }
    target.sync_all()?;
    drop(target);
    let back = digest(&to, meter)?;
    if back.sha256 == hex(&hasher.finalize()) { Ok((to, back)) } else { Err(not_read_back(from)) }
}

/// Gives a whole and durable file its name.
pub fn keep(file: TempPath, name: &Path) -> Result<(), BackupError> {
    moment::pass("a file of a backup is whole");
    file.persist(name).map_err(|failure| failure.error)?;
    moment::pass("a file of a backup has its name");
    let folder = name.parent().unwrap_or(Path::new("."));
    Ok(fsx::sync_folder(folder)?)
}

/// Makes a file that was written by others durable.
pub fn sync(path: &Path) -> Result<(), BackupError> {
    Ok(File::options().write(true).open(path)?.sync_all()?)
}

/// Removes a file; one that is gone already is as good.
pub fn remove(path: &Path) -> Result<(), BackupError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

pub fn not_read_back(path: &Path) -> BackupError {
    BackupError::ReadBack { file: path.file_name().unwrap_or_default().to_string_lossy().into_owned() }
}

/// The entries of a folder, by name.
pub fn entries(folder: &Path) -> Result<Vec<(String, PathBuf)>, BackupError> {
    let mut out = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        out.push((entry.file_name().to_string_lossy().into_owned(), entry.path()));
    }
    out.sort();
    Ok(out)
}

fn hex(hash: &[u8]) -> String {
    let mut text = String::with_capacity(2 * hash.len());
    for byte in hash {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
