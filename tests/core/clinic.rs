//! The synthetic clinic through the whole program: card, vault, import, alignment, gallery.

use chrono::NaiveDate;
use diptych::clock::Now;
use diptych::demo::run::{self, CARD, Demo, GALLERY, MARKER_FILE, Request, RunError};
use diptych::model::Answer;
use diptych::progress::Progress;
use diptych::vault::{KdfCost, Passphrase};

fn build(dir: &std::path::Path) -> Result<Demo, RunError> {
    let passphrase = Passphrase::new(run::PASSPHRASE);
    let request = Request { photo_side: Some(360), cost: KdfCost::TESTS, ..Request::new(dir, &passphrase) };
    run::run(&request, now(), &Progress::silent())
}

fn now() -> Now {
    Now::fixed(NaiveDate::from_ymd_opt(2026, 11, 20).expect("a date"))
}

#[test]
fn a_whole_clinic_is_filed_aligned_and_published() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let dir = folder.path().join("demo");
    let Demo { report, vault } = build(&dir).expect("built");

    assert_eq!((report.patients, report.series), (6, 8));
    assert_eq!(report.filed + report.not_filed.len(), report.files);
    let reasons: Vec<&str> = report.not_filed.iter().map(|n| n.reason.as_str()).collect();
    for word in ["not a picture", "cut short", "twice"] {
        assert!(reasons.iter().any(|reason| reason.contains(word)), "{word}: {reasons:?}");
    }
    assert_eq!(report.wrong_view, 0, "photos are taken in the order of the views");
    assert_eq!(report.accuracy.wrong_patient, Some(Answer::None));
    assert!(report.accuracy.max_percent.is_some_and(|worst| worst < 1.0), "{:?}", report.accuracy);
    assert!(report.accuracy.aligned * 10 >= report.filed * 5, "{:?}", report.accuracy);
    assert!(report.published >= 1 && dir.join(GALLERY).join("index.html").exists());

    // Once the vault is closed, the finished demo is opened as it is.
    drop(vault);
    let foreign = dir.join("mine.txt");
    diptych::fsx::write_atomic(&foreign, b"mine").expect("written");
    let again = build(&dir).expect("opened");
    assert!(again.report.reopened);
    assert_eq!((again.report.filed, again.report.sessions), (report.filed, report.sessions));
    drop(again);

    // One that was interrupted is built anew, and what is not ours stays.
    let marker = dir.join(MARKER_FILE);
    let text = std::fs::read_to_string(&marker).expect("the marker").replace("complete = true", "complete = false");
    diptych::fsx::write_atomic(&marker, text.as_bytes()).expect("written");
    let stopped = Progress::silent();
    stopped.cancel();
    let passphrase = Passphrase::new(run::PASSPHRASE);
    let request = Request { photo_side: Some(360), cost: KdfCost::TESTS, ..Request::new(&dir, &passphrase) };
    assert!(run::run(&request, now(), &stopped).is_err());
    assert_eq!(std::fs::read(&foreign).expect("still there"), b"mine");
    assert!(!dir.join(CARD).join("P-0192_acne-scars").read_dir().is_ok_and(|mut d| d.next().is_some()));
}

#[test]
fn a_folder_that_is_something_else_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    diptych::fsx::write_atomic(&folder.path().join("a"), b"a").expect("written");
    assert!(matches!(build(folder.path()), Err(RunError::ForeignFolder)));
}
