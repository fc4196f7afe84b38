//! File-system habits in one place: whole-or-not-at-all writing, listing a folder, telling a full disk from other failures.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// Writes `bytes` so that `path` holds either all of them or what it held before, also across a power cut.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let _: File = written_beside(path, bytes)?.persist(path).map_err(|e| e.error)?;
    sync_folder(folder_of(path))
}

/// As [`write_atomic`], but a file that is there stays as it is and is an error of the kind `AlreadyExists`.
pub fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let file = match written_beside(path, bytes)?.persist_noclobber(path) {
        Ok(file) => file,
        Err(e) if e.error.kind() == io::ErrorKind::AlreadyExists || path.symlink_metadata().is_ok() => {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        // Some file systems know no renaming that keeps what is there, and nothing is there.
        Err(e) => e.file.persist(path).map_err(|e| e.error)?,
    };
    drop(file);
    sync_folder(folder_of(path))
}

fn written_beside(path: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let mut file = tempfile::Builder::new().prefix(".diptych-").tempfile_in(folder_of(path))?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// The folder a path lies in.
#[must_use]
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Makes the names in `folder` durable.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Whether the disk or a quota is full.
#[must_use]
pub fn is_disk_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge)
}

/// All regular files below `folder`, by path; links are not followed, unreadable folders come back as errors.
pub fn files_below(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut out = Vec::new();
    let mut pending = vec![folder.to_owned()];
    while let Some(current) = pending.pop() {
        for entry in fs::read_dir(&current)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                pending.push(entry.path());
            } else if kind.is_file() {
                out.push(entry.path());
            }
        }
    }
    out.sort();
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("a");
        write_atomic(&path, b"one").expect("written");
        write_atomic(&path, b"three").expect("written");
        assert_eq!(fs::read(&path).expect("read"), b"three");
        let refused = write_new(&path, b"four").expect_err("it is there").kind();
        assert_eq!((refused, fs::read(&path).expect("read").as_slice()), (io::ErrorKind::AlreadyExists, &b"three"[..]));
        assert_eq!(files_below(folder.path()).expect("listed"), [path]);
    }
}
