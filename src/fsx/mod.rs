//! File-system habits in one place: whole-or-not-at-all writing, listing a folder, telling a full disk from other failures.

mod shared;

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::NamedTempFile;

pub use self::shared::{Shared, shared};
use crate::moment;

/// How the names of files begin that are not whole yet.
pub const UNFINISHED: &str = ".diptych-";

/// Writes `bytes` so that `path` holds either all of them or what it held before, also across a power cut.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = written_beside(path, bytes)?;
    moment::pass("a file is whole beside its name");
    let _: File = beside.persist(path).map_err(|e| e.error)?;
    moment::pass("a file has its name");
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
    let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder_of(path))?;
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

/// Overwrites a file with zeros and removes it; one that is not there is as good. What a disk keeps of the old blocks
/// beside that, as flash memory does, is beyond a program.
pub fn overwrite_and_remove(path: &Path, overwritten: &mut dyn FnMut()) -> io::Result<()> {
    const PIECE: usize = 1 << 20;
    let mut file = match File::options().write(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    let (mut left, zeros) = (file.metadata()?.len(), vec![0; PIECE]);
    while left > 0 {
        let n = left.min(PIECE as u64);
        file.write_all(&zeros[..n as usize])?;
        left -= n;
    }
    file.sync_all()?;
    drop(file);
    overwritten();
    fs::remove_file(path)
}

/// Asks the system to forget what it holds of `file` in memory, so that the next reading asks the disk. Whether it was
/// asked: only Linux knows how; elsewhere a reading may come from memory.
#[must_use]
pub fn forget_cached(file: &File) -> bool {
    #[cfg(target_os = "linux")]
    return rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::DontNeed).is_ok();
    #[cfg(not(target_os = "linux"))]
    {
        let _ = file;
        false
    }
}

/// Locks a file for this program alone, or says that another holds it.
///
/// Asks for a second: a process that was just started shares the locks of the one that started it until it is a program
/// of its own, and a busy machine takes its time over that.
pub fn lock(file: &File) -> Result<(), TryLockError> {
    for _ in 0..100 {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(10)),
            other => return other,
        }
    }
    file.try_lock()
}

/// Whether the disk or a quota is full.
#[must_use]
pub fn is_disk_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge)
}

/// What lies below a folder, each by path.
#[derive(Debug, Default)]
pub struct Tree {
    /// Regular files.
    pub files: Vec<PathBuf>,
    /// Folders that were gone into.
    pub folders: Vec<PathBuf>,
    /// Folders that `enter` did not want.
    pub passed_over: Vec<PathBuf>,
    /// Symbolic links: never followed, so that a loop of them ends.
    pub links: Vec<PathBuf>,
    /// Devices, pipes and sockets.
    pub others: Vec<PathBuf>,
    /// Folders and entries that could not be read, and why.
    pub unreadable: Vec<(PathBuf, io::Error)>,
}

/// Everything below `folder`. What cannot be read is listed and the rest is gone through all the same; a folder is gone
/// into where `enter` says so.
pub fn tree(folder: &Path, enter: impl Fn(&Path) -> bool) -> Tree {
    let mut out = Tree::default();
    let mut pending = vec![folder.to_owned()];
    while let Some(current) = pending.pop() {
        let entries = match fs::read_dir(&current) {
            Ok(entries) => entries,
            Err(error) => {
                out.unreadable.push((current, error));
                continue;
            }
        };
        for entry in entries {
            let (path, kind) = match entry.map(|entry| (entry.path(), entry.file_type())) {
                Ok((path, Ok(kind))) => (path, kind),
                Ok((path, Err(error))) => {
                    out.unreadable.push((path, error));
                    continue;
                }
                Err(error) => {
                    // A folder that stops answering gives the same error for ever.
                    out.unreadable.push((current.clone(), error));
                    break;
                }
            };
            match (kind.is_dir(), kind.is_file(), kind.is_symlink()) {
                (true, ..) if enter(&path) => pending.push(path),
                (true, ..) => out.passed_over.push(path),
                (_, true, _) => out.files.push(path),
                (_, _, true) => out.links.push(path),
                _ => out.others.push(path),
            }
        }
        out.folders.push(current);
    }
    for list in [&mut out.files, &mut out.folders, &mut out.passed_over, &mut out.links, &mut out.others] {
        list.sort();
    }
    out
}

/// All regular files below `folder`, by path; links are not followed, unreadable folders come back as errors.
pub fn files_below(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut tree = tree(folder, |_| true);
    match tree.unreadable.pop() {
        Some((_, error)) => Err(error),
        None => Ok(tree.files),
    }
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
    #[test]
    fn a_folder_that_is_not_there_is_an_error_and_its_neighbours_are_listed() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        assert!(files_below(&folder.path().join("gone")).is_err());
        for name in ["a", "b"] {
            fs::create_dir(folder.path().join(name)).expect("made");
            write_atomic(&folder.path().join(name).join("file"), b"x").expect("written");
        }
        let found = tree(folder.path(), |path| !path.ends_with("a"));
        assert_eq!(found.files, [folder.path().join("b/file")]);
        assert_eq!(found.passed_over, [folder.path().join("a")]);
    }

    #[cfg(unix)]
    #[test]
    fn a_loop_of_links_ends_and_the_links_are_listed() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (inner, link) = (folder.path().join("inner"), folder.path().join("inner/up"));
        fs::create_dir(&inner).expect("made");
        std::os::unix::fs::symlink(folder.path(), &link).expect("linked");
        let found = tree(folder.path(), |_| true);
        assert_eq!((found.links, found.files), (vec![link], Vec::new()));
        assert_eq!(found.folders, [folder.path().to_owned(), inner]);
    }
}
