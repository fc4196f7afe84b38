//! Filing a folder through the library.

use std::path::Path;

use chrono::NaiveDate;
use diptych::clock::Now;
use diptych::geom::Size;
use diptych::imaging::{self, Picture};
use diptych::import::{Options, commit, plan, scan};
use diptych::model::{Area, Indication, NewPatient, SeriesId};
use diptych::progress::Progress;
use diptych::protocol;
use diptych::vault::{KdfCost, Op, Passphrase, Vault};

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 5, 18).expect("a date")
}

fn vault(dir: &Path) -> Vault {
    let passphrase = Passphrase::new("a test");
    Vault::create(dir, "owner", &passphrase, KdfCost::TESTS, Now::fixed(today())).expect("created").0
}

fn series(vault: &Vault, code: &str) -> SeriesId {
    let now = Now::fixed(today());
    let new =
        NewPatient { code: code.into(), given: "Test".into(), family: "Person".into(), birth: None, fitzpatrick: None };
    let patient = vault.transact(Op::AddPatient, now, |tx| tx.add_patient(&new)).expect("added");
    let new = protocol::preset(Indication::AcneScars).series(patient, &[Area::Cheeks]);
    vault.transact(Op::AddSeries, now, |tx| tx.add_series(&new)).expect("added")
}

fn card(dir: &Path) {
    for (i, level) in [60u8, 120, 180].into_iter().enumerate() {
        let rgba = (0..640 * 480).flat_map(|p| [level, (p % 251) as u8, level / 2, 255]).collect();
        let picture = Picture::from_rgba(Size::new(640, 480), rgba).expect("a picture");
        let jpeg = imaging::encode_jpeg(&picture, 90).expect("a JPEG");
        diptych::fsx::write_atomic(&dir.join(format!("{i}.jpg")), &jpeg).expect("written");
    }
}

const fn options(undated: NaiveDate, shared: bool) -> Options {
    Options { undated, shared }
}

#[test]
fn the_same_plan_twice_files_nothing_twice() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = tempfile::tempdir().expect("a folder");
    card(files.path());
    let vault = vault(&folder.path().join("vault"));
    let series = series(&vault, "P-1");
    let (now, progress) = (Now::fixed(today()), Progress::silent());
    let scanned = scan::scan(&[files.path().to_owned()], &progress);
    let planned = plan::plan(&vault, series, scanned, options(today(), false)).expect("planned");
    let first = commit::commit(&vault, &planned, now, &progress).expect("filed");
    assert_eq!(first.filed.len(), 3);
    let again = commit::commit(&vault, &planned, now, &progress).expect("nothing to do");
    assert_eq!((again.filed.len(), again.skipped.len(), again.in_tray), (0, 3, 0));
    assert_eq!(vault.board(series).expect("a board").photos.len(), 3);
}

#[test]
fn what_another_patient_got_since_the_plan_was_made_is_not_filed_silently() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = tempfile::tempdir().expect("a folder");
    card(files.path());
    let vault = vault(&folder.path().join("vault"));
    let (own, other) = (series(&vault, "P-1"), series(&vault, "P-2"));
    let (now, progress) = (Now::fixed(today()), Progress::silent());
    let planned = |series| {
        let scanned = scan::scan(&[files.path().to_owned()], &progress);
        plan::plan(&vault, series, scanned, options(today(), false)).expect("planned")
    };
    let mine = planned(own);
    let theirs = commit::commit(&vault, &planned(other), now, &progress).expect("filed");
    assert_eq!(theirs.filed.len(), 3);
    let outcome = commit::commit(&vault, &mine, now, &progress).expect("done");
    assert_eq!((outcome.filed.len(), outcome.in_tray), (0, 3));
    assert!(vault.board(own).expect("a board").photos.is_empty());
}
