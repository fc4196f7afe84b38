//! Backup, restore and verification as whoever relies on them notices them.

mod damage;
mod erasing;
mod interruption;
mod making;
mod restoring;
mod verifying;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use diptych::backup::{self, Outcome};
use diptych::clock::Now;
use diptych::model::PhotoId;
use diptych::progress::Progress;
use diptych::vault::Vault;

use crate::vault::{Chart, Clinic, chart, clinic, day, file, photo_bytes, receive};

/// Bytes after which a volume is closed here.
pub const VOLUME: u64 = 100_000;

/// A clinic of one patient with `photos` filed photos of about 30 kB, four a volume.
///
/// A full volume is closed when the next photo comes.
pub struct Filed {
    pub clinic: Clinic,
    pub chart: Chart,
    pub photos: Vec<(PhotoId, Vec<u8>)>,
}

pub fn filed(photos: u64) -> Filed {
    let clinic = clinic();
    clinic.vault.close_volumes_at(VOLUME);
    let chart = chart(&clinic.vault, "P-1");
    let mut filed = Filed { clinic, chart, photos: Vec::new() };
    filed.add(photos);
    filed
}

impl Filed {
    pub fn vault(&self) -> &Vault {
        &self.clinic.vault
    }

    pub fn dest(&self) -> PathBuf {
        self.clinic.folder.path().join("usb")
    }

    pub fn add(&mut self, photos: u64) {
        for _ in 0..photos {
            let seed = self.photos.len() as u64 + 1;
            let bytes = photo_bytes(seed, 30_000 + seed as usize);
            let item = receive(self.vault(), &bytes);
            self.photos.push((file(self.vault(), item, self.chart.cell()), bytes));
        }
    }

    pub fn back_up(&self, today: Now) -> Outcome {
        backup::snapshot(self.vault(), &self.dest(), today, &Progress::silent()).expect("backed up")
    }

    /// The same clinic after something was done to the folder of its vault while it was closed.
    pub fn meddled(self, work: impl FnOnce(&Path)) -> Self {
        let Self { clinic: Clinic { vault, code, folder }, chart, photos } = self;
        let dir = vault.dir().to_owned();
        drop(vault);
        work(&dir);
        let vault = Vault::open(&dir, "anna", &crate::vault::secret(), on(0)).expect("opened all the same");
        vault.close_volumes_at(VOLUME);
        Self { clinic: Clinic { vault, code, folder }, chart, photos }
    }

    /// Every photo of `vault` is what was filed here.
    pub fn is_all_in(&self, vault: &Vault) {
        for (id, bytes) in &self.photos {
            assert_eq!(&vault.original(*id).expect("an original"), bytes);
        }
    }
}

pub fn on(day_of_year: i64) -> Now {
    Now::fixed(day(2026, 3, 1) + chrono::Duration::days(day_of_year))
}

/// Names and contents of all files below a folder.
pub fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let name = |path: &Path| path.strip_prefix(folder).expect("below").to_string_lossy().into_owned();
    let files = diptych::fsx::files_below(folder).expect("listed");
    files.iter().map(|path| (name(path), fs::read(path).expect("read"))).collect()
}

/// Flips one bit in the last original of a volume; once more, and it is whole again.
pub fn flip_last(dir: &Path, volume: u32) {
    let path = dir.join(format!("photos-{volume:04}.db"));
    flip(&path, fs::metadata(&path).expect("there").len() as usize - 100);
}

/// Flips one bit of a byte of a file.
pub fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).expect("read");
    let at = at % bytes.len();
    bytes[at] ^= 0x10;
    diptych::fsx::write_atomic(path, &bytes).expect("written");
}
