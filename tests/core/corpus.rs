//! Files that were made to harm, or did: each is refused with words or read, within a second.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use diptych::imaging::{Detail, apart, decode, inspect};
use diptych::import::card::{DayList, document::Document};

fn corpus() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/corpus");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("a corpus").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

#[test]
fn nothing_of_the_corpus_crashes_hangs_or_is_taken_for_a_whole_picture() {
    apart::use_worker(PathBuf::from(env!("CARGO_BIN_EXE_diptych")));
    let files = corpus();
    assert!(files.len() >= 18, "{} files", files.len());
    for path in files {
        let bytes = std::fs::read(&path).expect("read");
        let begun = Instant::now();
        let inspected = inspect(&bytes);
        let looked = begun.elapsed();
        let decoded = decode(&bytes, Detail::AtLeast(64));
        let took = begun.elapsed();
        let plan = Document::parse(&bytes);
        let _ = DayList::parse(&String::from_utf8_lossy(&bytes));
        assert!(plan.is_err(), "{}", path.display());
        // One may be read: its EXIF leads in circles, its picture is whole. A box that points elsewhere may be read as well.
        let harmless = ["exif-loop.jpg", "iloc.heic"].iter().any(|name| path.ends_with(name));
        assert!(harmless || inspected.is_err() || decoded.is_err(), "{}", path.display());
        // Generous for a busy machine: what is refused is refused in milliseconds.
        assert!(looked < Duration::from_secs(5) && took < Duration::from_secs(10), "{}: {took:?}", path.display());
    }
}
