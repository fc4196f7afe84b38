//! Storing a card of photos: hashed, encrypted, each one durable before the next, beside the same bytes copied, hashed and
//! encrypted by the tools everybody has.
//!
//! Peak memory is the largest resident set of the process (`VmHWM`), and what counts of it is what lies above the same
//! process with an empty card: one photo as it came from the card, and what SQLite holds of its pages until they are
//! committed. Pages of files in the system's cache belong to nobody and are not in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use chrono::NaiveDate;
use diptych::clock::Now;
use diptych::geom::Size;
use diptych::model::CaptureFacts;
use diptych::vault::{Incoming, KdfCost, Passphrase, Vault};

use crate::probe::{self, Cost};

/// Photos of a large clinic day.
const PHOTOS: u64 = 200;
const LENGTH: usize = 8_000_000;
/// The argument that makes this program the one that is measured.
pub const CHILD: &str = "store-these";
/// Behind the folders of that program: every photo is read back, as an import does.
const READ_BACK: &str = "and-read-back";

/// What `sha256sum`, `cp` and `openssl` do with the same files; the pause lets the last account be read.
const RIVAL: &str = "for f in \"$1\"/*; do cp \"$f\" \"$2/copy\"; sha256sum \"$f\"; \
    openssl enc -aes-256-cbc -K \"$3\" -iv \"${3:0:32}\" -in \"$f\" -out \"$2/encrypted\"; done; sleep 0.1";

/// Prints the table; with a number among the arguments, for so many photos.
pub fn run(photos: Option<u64>) {
    let photos = photos.unwrap_or(PHOTOS);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (card, out) = (folder.path().join("card"), folder.path().join("out"));
    for made in [&card, &out] {
        fs::create_dir(made).expect("made");
    }
    for seed in 0..photos {
        fs::write(card.join(format!("{seed:04}.jpg")), noise(seed)).expect("written");
    }
    println!("\nstoring {photos} photos of {} MB", LENGTH / 1_000_000);
    let empty = folder.path().join("nothing");
    fs::create_dir(&empty).expect("made");
    let child = |card: &Path, vault: &str, more: &[&str]| {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        let _ = command.arg(CHILD).arg(card).arg(folder.path().join(vault)).args(more);
        probe::measure(&mut command)
    };
    let idle = child(&empty, "empty", &[]);
    probe::line("the same program with an empty card", idle);
    let own = child(&card, "vault", &[]);
    probe::line("received into a vault, synchronous=FULL", own);
    let read_back = child(&card, "read-back", &[READ_BACK]);
    probe::line("received and read back from the disk", read_back);
    let mut rival = Command::new("bash");
    let _ = rival.args(["-c", RIVAL, "bash"]).args([&card, &out]).arg("5a".repeat(32));
    let rival = probe::measure(&mut rival);
    probe::line("cp, sha256sum and openssl enc, never synced", Cost { peak: 0, ..rival });
    let ratio = own.cpu.as_secs_f64() / rival.cpu.as_secs_f64();
    let photos = |cost: Cost| cost.peak.saturating_sub(idle.peak) as f64 / LENGTH as f64;
    println!(
        "{ratio:.2} times the CPU (aim: at most 3); above the empty card {:.1} photos of memory, {:.1} with reading back \
         (aim: at most 3)",
        photos(own),
        photos(read_back)
    );
}

/// The process that is measured: a new vault, and every file of the card in it.
pub fn child(args: &[String]) {
    let now = Now::fixed(NaiveDate::from_ymd_opt(2026, 3, 2).expect("a date"));
    let (card, dir) = (Path::new(&args[0]), Path::new(&args[1]));
    let reads_back = args.get(2).is_some_and(|arg| arg == READ_BACK);
    let (vault, _code) = Vault::create(dir, "anna", &Passphrase::new("bench"), KdfCost::TESTS, now).expect("a vault");
    let mut files: Vec<PathBuf> =
        fs::read_dir(card).expect("a card").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    for file in files {
        let (bytes, facts) = (fs::read(&file).expect("read"), CaptureFacts::default());
        let incoming = Incoming { bytes: &bytes, file_name: "a.jpg", facts: &facts, size: Size::new(6000, 4000) };
        let item = vault.receive(&incoming, now).expect("received");
        assert!(!reads_back || vault.read_back(item).expect("read"), "the disk does not give back what was stored");
    }
}

fn noise(seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 32) as u32
    };
    (0..LENGTH / 4).flat_map(|_| next().to_le_bytes()).collect()
}
