//! What a click on Compare waits for: the two previews out of the vault, the second laid into the first one's frame.

use chrono::NaiveDate;
use diptych::clock::Now;
use diptych::compare;
use diptych::demo::run::{self, Request};
use diptych::geom::{Matrix3, Size};
use diptych::imaging::{self, Detail, Picture};
use diptych::model::{Answer, Photo};
use diptych::progress::Progress;
use diptych::vault::{Derived, Passphrase, Vault};

use crate::probe::{line, median, timed};

const RUNS: usize = 9;
/// Longest side of a preview.
const PREVIEW: u32 = 2048;

/// Builds the demo, then measures one pair of it.
pub fn run() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let today = NaiveDate::from_ymd_opt(2026, 3, 2).expect("a date");
    let (dir, passphrase) = (folder.path().join("demo"), Passphrase::new(run::PASSPHRASE));
    let request = Request::new(&dir, &passphrase);
    let demo = run::run(&request, Now::fixed(today), &Progress::silent()).expect("a demo");
    let vault = demo.vault;
    let patient = vault.patients("", 0, 1).expect("patients").remove(0).patient;
    let series = vault.series_of(patient.id).expect("series").remove(0);
    let board = vault.board(series.id).expect("a board");
    let alignment = board
        .alignments
        .iter()
        .find(|a| a.answer == Answer::Aligned && a.matrix.is_some_and(|m| m != Matrix3::IDENTITY))
        .expect("an aligned photo");
    let frame = board.frames.iter().find(|f| f.id == alignment.frame).expect("its frame");
    let photo = |id| board.photos.iter().find(|p| p.id == id).expect("a photo of the board");
    let (before, after) = (photo(frame.reference), photo(alignment.photo));
    let matrix = alignment.matrix.unwrap_or(Matrix3::IDENTITY);
    let cost = median(RUNS, || timed(|| drop(show(&vault, before, after, &matrix, frame.size))));
    line("compare: two previews, the second laid into the frame", cost);
}

fn show(vault: &Vault, before: &Photo, after: &Photo, matrix: &Matrix3, frame: Size) -> (Picture, Picture) {
    let (left, right) = rayon::join(|| preview(vault, before), || preview(vault, after));
    let shrunk = f64::from(right.size().width) / f64::from(after.size.width);
    let laid = compare::render(
        &right,
        &matrix.rescaled((shrunk, shrunk), (1.0, 1.0)),
        frame.rect(),
        frame.fit_within(PREVIEW),
    );
    (left, laid)
}

fn preview(vault: &Vault, photo: &Photo) -> Picture {
    let jpeg = vault.derived(photo.hash, Derived::Preview).expect("a reading").expect("a preview");
    imaging::decode(&jpeg, Detail::Full).expect("a picture")
}
