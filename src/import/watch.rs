//! A folder that a tethered camera or a phone writes into: what is whole there is copied into the tray as it comes.
//!
//! The folder is looked at again and again, which works on every disk and share. Nothing in it is changed or deleted. A
//! file is taken once its size and time have stayed the same for [`STABLE_MS`] and it can be decoded to its end; one that
//! cannot is looked at again when it changes, and is said meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::card;
use super::error::ImportError;
use super::scan::{self, Refusal};
use crate::clock::Now;
use crate::imaging::{self, Detail, ImagingError};
use crate::model::text::counted;
use crate::progress::Progress;
use crate::vault::Vault;

/// Milliseconds for which a file has to stay as it is: longer than a camera or a share pauses while it writes.
pub const STABLE_MS: u64 = 3_000;
/// The folder is looked at this often.
pub const EVERY: Duration = Duration::from_secs(1);
/// What long work says of itself meanwhile.
pub const WHAT: &str = "Watching a folder";
/// Said after what stopped it.
pub const ENDED: &str = "The watching has ended.";
/// A decode of this size reads a photo to its end.
const TO_ITS_END: Detail = Detail::AtLeast(64);

/// How the watching stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Status {
    /// Whether the folder is there.
    pub there: bool,
    /// Photos that were copied into the tray since the watching began.
    pub taken: usize,
    /// Photos that were in the vault already.
    pub known: usize,
    /// Files that are being written, or were until just now.
    pub waiting: usize,
    /// Names of files that have stopped growing and are not whole.
    pub unfinished: Vec<String>,
    /// Files that are no photos.
    pub others: usize,
}

impl Status {
    /// What stands, in one or two sentences.
    #[must_use]
    pub fn sentence(&self) -> String {
        if !self.there {
            return "The folder is not there: perhaps the disk or the share is off. What was taken is safe in the tray. It goes on \
                    by itself when the folder is back."
                .to_owned();
        }
        let mut said = vec![format!("{} copied into the tray.", counted(self.taken as i64, "photo"))];
        if self.known > 0 {
            said.push(format!("{} in the vault before.", counted(self.known as i64, "photo")));
        }
        if self.waiting > 0 {
            said.push(format!("{} being written.", are(self.waiting)));
        }
        if let Some(first) = self.unfinished.first() {
            let more = match self.unfinished.len() {
                1 => String::new(),
                n => format!(" and {} more", n - 1),
            };
            said.push(format!("Not whole yet, and not taken: {first}{more}."));
        }
        if self.others > 0 {
            said.push(format!("{} no photo that can be read.", are(self.others)));
        }
        said.join(" ")
    }
}

fn are(n: usize) -> String {
    format!("{} {}", counted(n as i64, "file"), if n == 1 { "is" } else { "are" })
}

/// A folder under watch.
#[derive(Debug)]
pub struct Watch {
    folder: PathBuf,
    files: BTreeMap<PathBuf, File>,
    taken: usize,
    known: usize,
}

#[derive(Debug, Clone, Copy)]
struct File {
    length: u64,
    modified: Option<SystemTime>,
    /// Since when it has been like this.
    since: u64,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// It may still grow.
    Waiting,
    /// It stopped growing before its end.
    Unfinished,
    /// It is to be taken now.
    Ready,
    Taken,
    NoPhoto,
}

impl Watch {
    /// Watches `folder` and what is below it.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, files: BTreeMap::new(), taken: 0, known: 0 }
    }

    /// Looks once, and takes what is ready. `at` counts milliseconds on any clock that never goes back.
    pub fn step(&mut self, vault: &Vault, at: u64, now: Now, progress: &Progress) -> Result<Status, ImportError> {
        let there = self.look(at);
        let ready: Vec<PathBuf> = self.in_state(State::Ready).map(Path::to_owned).collect();
        if !ready.is_empty() {
            let taken = card::take(vault, &ready, true, now, progress)?;
            let refused: BTreeSet<&PathBuf> = taken.refused.iter().map(|refused| &refused.path.0).collect();
            // Whoever stops it here finds the rest when the watching begins anew.
            if !taken.cancelled {
                self.taken += taken.copied;
                self.known += taken.twice + taken.shots.iter().filter(|shot| !shot.owners.is_empty()).count();
                for path in &ready {
                    let Some(file) = self.files.get_mut(path) else { continue };
                    // It changed after it was looked at: it begins anew.
                    let was_refused = refused.contains(path);
                    file.state = if was_refused { State::Waiting } else { State::Taken };
                    file.since = at;
                }
            }
        }
        Ok(self.status(there))
    }

    fn in_state(&self, state: State) -> impl Iterator<Item = &Path> {
        self.files.iter().filter(move |(_, file)| file.state == state).map(|(path, _)| path.as_path())
    }

    fn status(&self, there: bool) -> Status {
        Status {
            there,
            taken: self.taken,
            known: self.known,
            waiting: self.in_state(State::Waiting).count(),
            unfinished: self.in_state(State::Unfinished).map(scan::file_name).collect(),
            others: self.in_state(State::NoPhoto).count(),
        }
    }

    /// Notes what lies there; whether the folder does.
    fn look(&mut self, at: u64) -> bool {
        if !fs::metadata(&self.folder).is_ok_and(|facts| facts.is_dir()) {
            // What was being written may go on elsewhere in time: it has to stay the same for as long again.
            let waiting = self.files.values_mut().filter(|file| file.state == State::Waiting);
            waiting.for_each(|file| file.since = at);
            return false;
        }
        let (paths, _) = scan::files(std::slice::from_ref(&self.folder));
        let there: BTreeSet<&PathBuf> = paths.iter().collect();
        self.files.retain(|path, _| there.contains(path));
        for path in &paths {
            let Ok(facts) = fs::metadata(path) else { continue };
            let (length, modified) = (facts.len(), facts.modified().ok());
            let fresh = File { length, modified, since: at, state: State::Waiting };
            let file = self.files.entry(path.clone()).or_insert(fresh);
            if (file.length, file.modified) != (length, modified) {
                *file = fresh;
            }
            if file.state == State::Waiting && at.saturating_sub(file.since) >= STABLE_MS {
                file.state = judged(path);
                file.since = at;
            }
        }
        true
    }
}

/// What a file that stays as it is turns out to be.
fn judged(path: &Path) -> State {
    let bytes = match scan::read(path) {
        Ok(bytes) => bytes,
        Err(Refusal::TooLarge | Refusal::NotAFile) => return State::NoPhoto,
        Err(Refusal::Empty) => return State::Unfinished,
        // A share that fails for a moment: asked again.
        Err(_) => return State::Waiting,
    };
    match imaging::decode(&bytes, TO_ITS_END) {
        Ok(_) => State::Ready,
        Err(ImagingError::Truncated | ImagingError::Damaged) => State::Unfinished,
        Err(_) => State::NoPhoto,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fsx;
    use crate::geom::Size;
    use crate::imaging::{Picture, encode_jpeg};

    fn jpeg(level: u8) -> Vec<u8> {
        let rgba = (0..64 * 48).flat_map(|p| [level, (p % 251) as u8, 90, 255]).collect();
        encode_jpeg(&Picture::from_rgba(Size::new(64, 48), rgba).expect("a picture"), 90).expect("encoded")
    }

    fn states(watch: &Watch) -> Vec<State> {
        watch.files.values().map(|file| file.state).collect()
    }

    #[test]
    fn a_file_is_ready_once_it_stayed_the_same_and_is_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.jpg");
        let bytes = jpeg(120);
        fsx::write_atomic(&path, &bytes[..bytes.len() / 2]).expect("written");
        let mut watch = Watch::new(folder.path().to_owned());
        assert!(watch.look(0));
        assert_eq!(states(&watch), [State::Waiting]);
        let _ = watch.look(STABLE_MS - 1);
        assert_eq!(states(&watch), [State::Waiting]);
        let _ = watch.look(STABLE_MS);
        assert_eq!(states(&watch), [State::Unfinished], "it stands still in the middle");
        assert!(watch.status(true).sentence().ends_with("Not whole yet, and not taken: a.jpg."));
        fsx::write_atomic(&path, &bytes).expect("written");
        let _ = watch.look(STABLE_MS + 10);
        assert_eq!(states(&watch), [State::Waiting], "it grew: it begins anew");
        let _ = watch.look(2 * STABLE_MS + 10);
        assert_eq!(states(&watch), [State::Ready]);
    }

    #[test]
    fn what_is_no_photo_and_what_is_hidden_is_not_taken() {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, bytes) in [("notes.txt", &b"text"[..]), (".sync.jpg", b"text"), ("empty.jpg", b"")] {
            fsx::write_atomic(&folder.path().join(name), bytes).expect("written");
        }
        let mut watch = Watch::new(folder.path().to_owned());
        let _ = watch.look(0);
        let _ = watch.look(STABLE_MS);
        assert_eq!(states(&watch), [State::Unfinished, State::NoPhoto]);
        let status = watch.status(true);
        assert_eq!((status.others, status.unfinished), (1, vec!["empty.jpg".to_owned()]));
    }

    #[test]
    fn a_folder_that_goes_and_comes_back_is_said_and_nothing_is_forgotten() {
        let base = tempfile::tempdir().expect("a folder");
        let folder = base.path().join("camera");
        fs::create_dir(&folder).expect("made");
        fsx::write_atomic(&folder.join("a.jpg"), &jpeg(90)).expect("written");
        let mut watch = Watch::new(folder.clone());
        assert!(watch.look(0) && watch.look(STABLE_MS));
        fs::rename(&folder, base.path().join("away")).expect("gone");
        assert!(!watch.look(STABLE_MS + 1));
        assert!(watch.status(false).sentence().contains("goes on by itself"));
        fs::rename(base.path().join("away"), &folder).expect("back");
        assert!(watch.look(STABLE_MS + 2));
        assert_eq!(states(&watch), [State::Ready]);
    }
}
