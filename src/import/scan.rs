//! Looks at files: which are photos, what the camera said of them, and why the others are refused.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::pair::RawFile;
use crate::fsx;
use crate::geom::Size;
use crate::imaging::{self, Detail, Format, ImagingError, Picture, Quality};
use crate::model::series::vocabulary;
use crate::model::{CaptureFacts, PhotoHash, Redacted, TrayId, Uid, marker};
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
        Empty = "empty", "empty: there is nothing in it";
        Video = "video", "a video: only photos are filed";
        Truncated = "truncated", "cut short: the end of the picture is missing";
        Damaged = "damaged", "damaged: it cannot be decoded";
        TooLarge = "too-large", "too large for a photo";
        Implausible = "implausible", "far too short for the pixels it claims: no camera makes such a file";
        TwelveBit = "twelve-bit-jpeg", "a JPEG with 12 bits for each colour, which is not read: save a copy with 8 bits, or as PNG or TIFF";
        Avif = "avif", "an AVIF picture, which is not read: set the phone to JPEG, or save a copy as JPEG";
        Unsupported = "unsupported", "a kind of picture that is not supported yet";
        Unreadable = "unreadable", "could not be read";
        PathTooLong = "path-too-long", "not read: its path is too long; copy it into a folder with a shorter one";
        Gone = "gone", "no longer there";
        Changed = "changed", "changed since it was looked at";
        FolderDenied = "folder-denied", "a folder that could not be read: no permission; the rest was read";
        FolderUnreadable = "folder-unreadable", "a folder that could not be read: the disk or card failed or was taken out; the rest was read";
        FolderNamedAsPhoto = "folder-named-as-photo", "a folder with the name of a photo; what is in it was looked at";
        Link = "link", "a link, which is not followed: choose the file or folder it leads to";
        NotAFile = "not-a-file", "not a file";
        Hidden = "hidden", "hidden or of the operating system: passed over";
    }
}

/// A photo among the files.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Where it lies; for one in the tray, the name it came with.
    pub path: Redacted<PathBuf>,
    /// The tray item it is, where it is in the vault already.
    pub tray: Option<TrayId>,
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
    /// What kind of file it is.
    pub format: Format,
    /// Whether the file has bytes that belong to nothing, although its picture is whole.
    pub stray: bool,
    /// The raw file of the same photo.
    pub raw: Option<Box<RawFile>>,
    /// Whose card it shows, where it shows one.
    pub card: Option<Uid>,
}

/// A file that is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Where it lies.
    pub path: Redacted<PathBuf>,
    /// Why.
    pub reason: Refusal,
}

impl Refused {
    /// Whether a photo may have been lost to this: somebody has to look before the card is cleared.
    #[must_use]
    pub fn is_loss(&self) -> bool {
        match self.reason {
            Refusal::NotAPicture | Refusal::Empty | Refusal::Video => is_named_as_photo(&self.path.0),
            Refusal::FolderNamedAsPhoto | Refusal::Link | Refusal::NotAFile | Refusal::Hidden => false,
            Refusal::Truncated
            | Refusal::Damaged
            | Refusal::TooLarge
            | Refusal::Implausible
            | Refusal::TwelveBit
            | Refusal::Avif
            | Refusal::Unsupported
            | Refusal::Unreadable
            | Refusal::PathTooLong
            | Refusal::Gone
            | Refusal::Changed
            | Refusal::FolderDenied
            | Refusal::FolderUnreadable => true,
        }
    }
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
            ImagingError::Video => Self::Video,
            ImagingError::Truncated => Self::Truncated,
            ImagingError::TooLarge => Self::TooLarge,
            ImagingError::Implausible => Self::Implausible,
            ImagingError::TwelveBit => Self::TwelveBit,
            ImagingError::Avif => Self::Avif,
            ImagingError::Unsupported(_) => Self::Unsupported,
            _ => Self::Damaged,
        }
    }
}

/// The last part of a path, for lists a person reads: on one line, whatever the name holds.
#[must_use]
pub fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    name.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// The identity of `bytes`.
#[must_use]
pub fn hash(bytes: &[u8]) -> PhotoHash {
    PhotoHash(Sha256::digest(bytes).into())
}

/// Looks at every file in `paths` and below the folders among them. Hidden files and folders of the operating system
/// are passed over: they are the computer's, not the camera's. Whatever else is not looked at is said.
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

/// The files in `paths` and below the folders among them, and what is not looked at.
pub(super) fn files(paths: &[PathBuf]) -> (Vec<PathBuf>, Vec<Refused>) {
    let mut refused = Vec::new();
    let files = list(paths, &mut refused);
    (files, refused)
}

fn list(paths: &[PathBuf], refused: &mut Vec<Refused>) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in paths {
        match fs::metadata(path) {
            Ok(facts) if facts.is_dir() => list_folder(path, &mut files, refused),
            Ok(_) => files.push(path.clone()),
            Err(error) => refused.push(Refused { path: Redacted(path.clone()), reason: why_unreadable(&error) }),
        }
    }
    files.sort();
    files.dedup();
    refused.sort_by(|a, b| a.path.cmp(&b.path));
    refused.dedup();
    files
}

fn list_folder(folder: &Path, files: &mut Vec<PathBuf>, refused: &mut Vec<Refused>) {
    let tree = fsx::tree(folder, |below| !is_hidden(below) && !is_of_the_system(below));
    let mut refuse = |path: PathBuf, reason| refused.push(Refused { path: Redacted(path), reason });
    for (path, error) in tree.unreadable {
        let reason = match error.kind() {
            // A disk's own, which is nobody's but the administrator's.
            _ if path.ends_with("lost+found") => Refusal::Hidden,
            io::ErrorKind::PermissionDenied => Refusal::FolderDenied,
            io::ErrorKind::InvalidFilename => Refusal::PathTooLong,
            _ => Refusal::FolderUnreadable,
        };
        refuse(path, reason);
    }
    let below = tree.folders.into_iter().filter(|below| below != folder);
    below.filter(|below| is_named_as_photo(below)).for_each(|below| refuse(below, Refusal::FolderNamedAsPhoto));
    tree.passed_over.into_iter().for_each(|below| refuse(below, Refusal::Hidden));
    tree.links.into_iter().for_each(|link| refuse(link, Refusal::Link));
    tree.others.into_iter().for_each(|other| refuse(other, Refusal::NotAFile));
    for file in tree.files {
        if !is_hidden(&file) {
            files.push(file);
        } else if is_named_as_photo(&file) && !is_companion(&file) {
            refuse(file, Refusal::Hidden);
        }
    }
}

fn why_unreadable(error: &io::Error) -> Refusal {
    match error.kind() {
        io::ErrorKind::NotFound => Refusal::Gone,
        io::ErrorKind::InvalidFilename => Refusal::PathTooLong,
        _ => Refusal::Unreadable,
    }
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

/// What a Mac writes beside every file of a card: never a photo, whatever its name says.
fn is_companion(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"._"))
}

/// Folders that Windows makes on every disk and card.
fn is_of_the_system(path: &Path) -> bool {
    let is = |name: &str| path.file_name().is_some_and(|own| own.eq_ignore_ascii_case(name));
    ["System Volume Information", "$RECYCLE.BIN", "RECYCLER"].into_iter().any(is)
}

/// Whether a name ends as that of a photo does.
fn is_named_as_photo(path: &Path) -> bool {
    const ENDINGS: [&str; 23] = [
        "jpg", "jpeg", "jpe", "jfif", "png", "tif", "tiff", "webp", "heic", "heif", "avif", "dng", "cr2", "cr3", "nef",
        "arw", "raf", "orf", "rw2", "pef", "hif", "jxl", "jp2",
    ];
    path.extension().is_some_and(|own| ENDINGS.into_iter().any(|ending| own.eq_ignore_ascii_case(ending)))
}

fn look_at(path: &Path) -> Result<Found, Refusal> {
    look_at_bytes(&Redacted(path.to_owned()), &read(path)?)
}

/// What the bytes of one file are.
pub(super) fn look_at_bytes(path: &Redacted<PathBuf>, bytes: &[u8]) -> Result<Found, Refusal> {
    let inspection = imaging::inspect(bytes)?;
    let decoded = imaging::decode_noting(bytes, QUALITY_DETAIL)?;
    let quality = imaging::quality(&decoded.picture);
    Ok(Found {
        path: path.clone(),
        tray: None,
        hash: hash(bytes),
        length: bytes.len() as u64,
        size: inspection.size,
        facts: inspection.facts,
        quality,
        format: inspection.format,
        stray: decoded.stray,
        raw: None,
        card: card_on(&decoded.picture),
    })
}

/// Whose printed card a picture shows.
pub(super) fn card_on(picture: &Picture) -> Option<Uid> {
    imaging::read_codes(picture).iter().find_map(|text| marker::uid(text))
}

/// The bytes of a file that is small enough to be a photo.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Refusal> {
    let facts = fs::metadata(path).map_err(|e| why_unreadable(&e))?;
    if !facts.is_file() {
        return Err(Refusal::NotAFile);
    }
    if facts.len() > LARGEST_FILE {
        return Err(Refusal::TooLarge);
    }
    let bytes = fs::read(path).map_err(|e| why_unreadable(&e))?;
    if bytes.is_empty() { Err(Refusal::Empty) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reasons(folder: &Path, refused: &[Refused]) -> Vec<(String, Refusal)> {
        let name = |path: &Path| path.strip_prefix(folder).unwrap_or(path).display().to_string();
        refused.iter().map(|r| (name(&r.path.0), r.reason)).collect()
    }

    #[test]
    fn hidden_files_are_passed_over_unless_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in [".hidden", "a.txt", "._a.jpg"] {
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
        assert_eq!(refused, [Refused { path: Redacted(gone), reason: Refusal::Gone }]);
    }

    #[test]
    fn folders_that_are_not_the_cameras_and_photos_that_are_hidden_are_said() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in [".Trash-1000/a.jpg", "System Volume Information/b", "x.jpg/c.jpg", ".trashed-1.jpg", "d.jpg"] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fsx::write_atomic(&path, b"text").expect("written");
        }
        let mut refused = Vec::new();
        let files = list(&[folder.path().to_owned()], &mut refused);
        assert_eq!(files, [folder.path().join("d.jpg"), folder.path().join("x.jpg/c.jpg")]);
        let expected = [
            (".Trash-1000", Refusal::Hidden),
            (".trashed-1.jpg", Refusal::Hidden),
            ("System Volume Information", Refusal::Hidden),
            ("x.jpg", Refusal::FolderNamedAsPhoto),
        ];
        assert_eq!(reasons(folder.path(), &refused), expected.map(|(name, why)| (name.to_owned(), why)));
        assert!(!refused.iter().any(Refused::is_loss));
    }

    #[cfg(unix)]
    #[test]
    fn links_and_pipes_are_said_and_loops_end() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().expect("a temporary folder");
        fsx::write_atomic(&folder.path().join("a.jpg"), b"text").expect("written");
        symlink(folder.path(), folder.path().join("loop")).expect("linked");
        symlink("a.jpg", folder.path().join("b.jpg")).expect("linked");
        let _pipe = std::os::unix::net::UnixListener::bind(folder.path().join("c.jpg")).expect("a socket");
        let mut refused = Vec::new();
        assert_eq!(list(&[folder.path().to_owned()], &mut refused), [folder.path().join("a.jpg")]);
        let expected = [("b.jpg", Refusal::Link), ("c.jpg", Refusal::NotAFile), ("loop", Refusal::Link)];
        assert_eq!(reasons(folder.path(), &refused), expected.map(|(name, why)| (name.to_owned(), why)));
    }

    #[test]
    fn a_name_stays_on_one_line() {
        assert_eq!(file_name(Path::new("card/a\nb\u{1b}[31m.jpg")), "a\u{fffd}b\u{fffd}[31m.jpg");
    }

    #[test]
    fn what_may_have_been_a_photo_is_a_loss() {
        let lost = |name: &str, reason| Refused { path: Redacted(name.into()), reason }.is_loss();
        assert!(lost("a.JPG", Refusal::NotAPicture) && lost("a.jpeg", Refusal::Empty));
        assert!(!lost("NOTES.TXT", Refusal::NotAPicture) && !lost("a", Refusal::Empty));
        assert!(lost("a", Refusal::Truncated) && lost("DCIM", Refusal::FolderDenied));
    }
}
