//! Proof that a vault survives: killed at any moment, with no room left, with any byte changed.
//!
//! A scenario is a list of steps. It runs once undisturbed, and what the vault shows after each step is written down. Then
//! it runs again and again in a process of its own that is killed, and the law is: whoever opens the vault finds what it
//! showed after the last step that was confirmed, or after the one that was under way, and nothing in between.
//!
//! A new operation is one more step, or one more scenario, in [`scenario`].

mod flip;
mod full;
mod kill;
mod process;
mod scenario;
mod state;
#[cfg(target_os = "linux")]
mod trace;

use std::fs;
use std::path::Path;

use chrono::NaiveDate;

use crate::clock::Now;

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, day).expect("a date")
}

fn now() -> Now {
    Now::fixed(day(2))
}

/// Bytes of a photo, different for each `seed`.
fn photo(seed: u64, length: usize) -> Vec<u8> {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    (0..length).map(|_| dice.next() as u8).collect()
}

/// The same numbers in every run.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }
}

/// A folder with everything below another.
fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("made");
    for path in crate::fsx::files_below(from).expect("listed") {
        let target = to.join(path.strip_prefix(from).expect("below"));
        fs::create_dir_all(target.parent().expect("a folder")).expect("made");
        let _length = fs::copy(&path, &target).expect("copied");
    }
}
