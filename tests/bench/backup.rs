//! What a backup reads: first of ten volumes, then of the same ten unchanged, then with one more photo.
//!
//! Bytes come from the kernel's account of this process (`rchar`), so that they count whatever was read, cached or not.

use std::fs;
use std::path::Path;

use chrono::NaiveDate;
use diptych::backup;
use diptych::clock::Now;
use diptych::geom::Size;
use diptych::model::CaptureFacts;
use diptych::progress::Progress;
use diptych::vault::{Incoming, KdfCost, Passphrase, Vault};

const VOLUMES: u64 = 10;
const PHOTO: usize = 8_000_000;
const PHOTOS_A_VOLUME: u64 = 4;

/// Prints the table.
pub fn run() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (dir, dest) = (folder.path().join("vault"), folder.path().join("usb"));
    let now = Now::fixed(NaiveDate::from_ymd_opt(2026, 3, 2).expect("a date"));
    let (vault, _code) = Vault::create(&dir, "anna", &Passphrase::new("bench"), KdfCost::TESTS, now).expect("a vault");
    vault.close_volumes_at(PHOTO as u64 * PHOTOS_A_VOLUME);
    for seed in 0..VOLUMES * PHOTOS_A_VOLUME - 2 {
        receive(&vault, seed, now);
    }
    println!("\n{:<52} {:>12} {:>12} {:>12}", "backup of a vault of ten volumes", "wall", "read", "written");
    println!("{:<52} {:>12} {:>12} {:>12}", "the vault itself", "–", megabytes(size(&dir)), "–");
    measured("first backup", &vault, &dest, now);
    measured("unchanged", &vault, &dest, now);
    receive(&vault, 1000, now);
    measured("one more photo (8 MB) in the open volume", &vault, &dest, now);
    println!("{:<52} {:>12} {:>12} {:>12}", "  its open volume", "–", megabytes(size_of_last(&dir)), "–");
}

fn measured(what: &str, vault: &Vault, dest: &Path, now: Now) {
    let before = account();
    let began = std::time::Instant::now();
    let outcome = backup::snapshot(vault, dest, now, &Progress::silent()).expect("a backup");
    let wall = began.elapsed();
    let after = account();
    assert!(outcome.damaged.is_empty());
    let wall = format!("{:.0} ms", wall.as_secs_f64() * 1e3);
    println!("{what:<52} {wall:>12} {:>12} {:>12}", megabytes(after.0 - before.0), megabytes(after.1 - before.1));
}

/// Bytes this process read and wrote until now; zeros where the system does not tell.
fn account() -> (u64, u64) {
    let text = fs::read_to_string("/proc/self/io").unwrap_or_default();
    let of = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|number| number.trim().parse().ok()).unwrap_or(0)
    };
    (of("rchar:"), of("wchar:"))
}

fn receive(vault: &Vault, seed: u64, now: Now) {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let bytes: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    })
    .take(PHOTO)
    .collect();
    let facts = CaptureFacts::default();
    let incoming = Incoming { bytes: &bytes, file_name: "a.jpg", facts: &facts, size: Size::new(6000, 4000) };
    let _item = vault.receive(&incoming, now).expect("received");
}

fn size(folder: &Path) -> u64 {
    let files = diptych::fsx::files_below(folder).expect("listed");
    files.iter().map(|path| fs::metadata(path).expect("there").len()).sum()
}

fn size_of_last(dir: &Path) -> u64 {
    fs::metadata(dir.join(format!("photos-{VOLUMES:04}.db"))).map_or(0, |file| file.len())
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
