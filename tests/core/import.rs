//! Filing a folder through the library.

use std::path::Path;

use chrono::NaiveDate;
use diptych::clock::Now;
use diptych::geom::Size;
use diptych::imaging::{self, Picture};
use diptych::import::{Options, Refusal, card, commit, commit_all, plan, scan};
use diptych::model::{Area, CaptureFacts, Indication, NewPatient, Phase, SeriesId, SessionKind, Slot};
use diptych::progress::Progress;
use diptych::protocol;
use diptych::vault::{Filing, Incoming, KdfCost, Op, Passphrase, Transfer, Vault};
use exif::Tag;

use crate::raw::make;
use crate::support::{ascii, exif_payload, field, with_segment};

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

fn jpeg_card(dir: &Path) {
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
    jpeg_card(files.path());
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
    jpeg_card(files.path());
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

#[test]
fn a_file_that_changes_or_goes_between_look_and_filing_is_refused_and_the_rest_is_filed() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = tempfile::tempdir().expect("a folder");
    jpeg_card(files.path());
    let vault = vault(&folder.path().join("vault"));
    let series = series(&vault, "P-1");
    let (now, progress) = (Now::fixed(today()), Progress::silent());
    let scanned = scan::scan(&[files.path().to_owned()], &progress);
    let planned = plan::plan(&vault, series, scanned, options(today(), false)).expect("planned");
    let other = std::fs::read(files.path().join("2.jpg")).expect("read");
    diptych::fsx::write_atomic(&files.path().join("0.jpg"), &other).expect("changed");
    std::fs::remove_file(files.path().join("1.jpg")).expect("removed");
    let outcome = commit::commit(&vault, &planned, now, &progress).expect("filed");
    let reasons: Vec<Refusal> = outcome.refused.iter().map(|r| r.reason).collect();
    assert_eq!((outcome.filed.len(), reasons), (1, vec![Refusal::Changed, Refusal::Gone]));
    assert!(outcome.refused.iter().all(scan::Refused::is_loss));
    assert_eq!(outcome.in_tray, 0);
}

#[test]
fn a_picture_of_one_pixel_or_one_colour_is_filed_without_a_view() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = tempfile::tempdir().expect("a folder");
    jpeg_card(files.path());
    for (name, size) in [("-dot.png", Size::new(1, 1)), ("-flat.jpg", Size::new(640, 480))] {
        let jpeg = imaging::encode_jpeg(&Picture::filled(size, [180, 140, 120]), 90).expect("a JPEG");
        diptych::fsx::write_atomic(&files.path().join(name), &jpeg).expect("written");
    }
    let vault = vault(&folder.path().join("vault"));
    let series = series(&vault, "P-1");
    let (now, progress) = (Now::fixed(today()), Progress::silent());
    let scanned = scan::scan(&[files.path().to_owned()], &progress);
    let planned = plan::plan(&vault, series, scanned, options(today(), false)).expect("planned");
    let notes = |i: usize| planned.sessions[0].photos[i].notes.iter().map(|n| n.words()).collect::<Vec<_>>();
    assert!(notes(0).contains(&"too small to compare: 1 px, limit 100 px".to_owned()), "{:?}", notes(0));
    assert!(notes(1).contains(&"no detail: sharpness 0.0, limit 0.5".to_owned()), "{:?}", notes(1));
    let outcome = commit::commit(&vault, &planned, now, &progress).expect("filed");
    assert_eq!(outcome.filed.len(), 5);
    let board = vault.board(series).expect("a board");
    let small = board.photos.iter().filter(|p| p.file_name.0.starts_with('-'));
    assert!(small.clone().count() == 2 && small.clone().all(|p| p.view.is_none() && p.slot == Slot::Alternate));
    assert_eq!(board.photos.iter().filter(|p| p.slot == Slot::Primary).count(), 3);
}

#[test]
fn leaving_out_the_first_photo_of_a_view_files_the_second_as_its_primary_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = tempfile::tempdir().expect("a folder");
    jpeg_card(files.path());
    let vault = vault(&folder.path().join("vault"));
    let series = series(&vault, "P-1");
    let (now, progress) = (Now::fixed(today()), Progress::silent());
    let scanned = scan::scan(&[files.path().to_owned()], &progress);
    let mut planned = plan::plan(&vault, series, scanned, options(today(), false)).expect("planned");
    let view = planned.sessions[0].photos[0].view;
    planned.sessions[0].set_view(1, view);
    planned.sessions[0].leave_out(1);
    let outcome = commit::commit(&vault, &planned, now, &progress).expect("filed");
    assert_eq!(outcome.filed.len(), 2);
    let board = vault.board(series).expect("a board");
    let slots: Vec<Slot> = board.photos.iter().filter(|p| p.view == view).map(|p| p.slot).collect();
    assert_eq!(slots, [Slot::Primary]);
}

#[test]
fn an_original_the_disk_lost_in_the_tray_is_stored_again_from_the_card_and_filed_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = tempfile::tempdir().expect("a folder");
    jpeg_card(files.path());
    let dir = folder.path().join("vault");
    let (now, progress) = (Now::fixed(today()), Progress::silent());
    let series = {
        let vault = vault(&dir);
        let series = series(&vault, "P-1");
        // An import that was stopped after its originals were stored.
        for name in ["0.jpg", "1.jpg", "2.jpg"] {
            let bytes = std::fs::read(files.path().join(name)).expect("read");
            let facts = CaptureFacts::default();
            let incoming = Incoming { bytes: &bytes, file_name: name, facts: &facts, size: Size::new(640, 480) };
            let _item = vault.receive(&incoming, now).expect("received");
        }
        series
    };
    let volume = dir.join("photos-0001.db");
    let mut stored = std::fs::read(&volume).expect("read");
    let middle = stored.len() / 2;
    stored[middle] ^= 0xff;
    diptych::fsx::write_atomic(&volume, &stored).expect("damaged");
    let vault = Vault::open(&dir, "owner", &Passphrase::new("a test"), now).expect("opened");
    let scanned = scan::scan(&[files.path().to_owned()], &progress);
    let planned = plan::plan(&vault, series, scanned, options(today(), false)).expect("planned");
    let outcome = commit::commit(&vault, &planned, now, &progress).expect("filed");
    assert_eq!(outcome.filed.len(), 3);
    for filed in &outcome.filed {
        let on_card = std::fs::read(files.path().join(&filed.file_name.0)).expect("read");
        assert_eq!(vault.original(filed.photo).expect("whole"), on_card);
    }
}

#[test]
fn what_lies_in_the_tray_is_filed_from_there_when_the_card_is_gone() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = tempfile::tempdir().expect("a folder");
    jpeg_card(files.path());
    let vault = vault(&folder.path().join("vault"));
    let series = series(&vault, "P-1");
    let (now, progress) = (Now::fixed(today()), Progress::silent());
    let scanned = scan::scan(&[files.path().to_owned()], &progress);
    let planned = plan::plan(&vault, series, scanned, options(today(), false)).expect("planned");
    let first = commit::commit(&vault, &planned, now, &progress).expect("filed");
    let hashes = |outcome: &commit::Outcome| outcome.filed.iter().map(|f| f.hash).collect::<Vec<_>>();
    let _op = vault.undo(now).expect("taken back");
    drop(files);
    assert_eq!(vault.tray().expect("a tray").len(), 3);
    let scanned = diptych::import::tray(&vault, &progress).expect("looked at");
    let planned = plan::plan(&vault, series, scanned, options(today(), false)).expect("planned");
    let again = commit::commit(&vault, &planned, now, &progress).expect("filed");
    assert_eq!(hashes(&again), hashes(&first));
    assert!(vault.tray().expect("a tray").is_empty());
    let names: Vec<_> = vault.board(series).expect("a board").photos.iter().map(|p| p.file_name.0.clone()).collect();
    assert_eq!(names, ["0.jpg", "1.jpg", "2.jpg"]);
}

/// A JPEG and a raw file of the same photo, and a raw file alone.
fn raw_card(dir: &Path) {
    let facts = [field(Tag::DateTimeOriginal, ascii(make::TIME)), field(Tag::Model, ascii("Synthetic C"))];
    let jpeg = with_segment(&make::jpeg(Size::new(400, 250)), 0xe1, &exif_payload(&facts));
    for (name, bytes) in [("IMG_1.JPG", jpeg), ("IMG_1.CR2", make::cr2(1)), ("IMG_2.CR3", make::cr3(1))] {
        diptych::fsx::write_atomic(&dir.join(name), &bytes).expect("written");
    }
}

/// Names of the photos of a series, and their places.
fn filed(vault: &Vault, series: SeriesId) -> Vec<(String, Slot)> {
    let board = vault.board(series).expect("a board");
    let mut all: Vec<_> = board.photos.iter().map(|p| (p.file_name.0.clone(), p.slot)).collect();
    all.sort();
    all
}

#[test]
fn a_raw_file_and_its_jpeg_are_one_photo_and_both_are_kept() {
    let (folder, files) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    raw_card(files.path());
    let vault = vault(&folder.path().join("vault"));
    let first = series(&vault, "P-1");
    let (now, progress) = (Now::fixed(today()), Progress::silent());
    let options = card::Options { by_picture: false, ..card::Options::usual(today()) };
    let expected = [("IMG_1.CR2", Slot::Rejected), ("IMG_1.JPG", Slot::Primary), ("IMG_2.CR3", Slot::Primary)];
    let expected = expected.map(|(name, slot)| (name.to_owned(), slot));
    let originals = |vault: &Vault| {
        let photos = vault.board(first).expect("a board").photos;
        for photo in photos {
            let there = std::fs::read(files.path().join(&photo.file_name.0)).expect("the file");
            assert_eq!(vault.original(photo.id).expect("an original"), there, "byte for byte");
        }
    };
    let sorted = |taken: card::Taken| {
        let mut sorted = card::suggest(&vault, taken, options.clone(), &progress).expect("suggested");
        assert_eq!(sorted.groups.len(), 1);
        let group = &mut sorted.groups[0];
        let raws: Vec<bool> = group.shots.iter().map(|s| s.found.raw.is_some()).collect();
        assert_eq!(raws, [true, false], "two photos, one of which has a raw file");
        *group = card::aim(&vault, group, Some(first), &options).expect("aimed");
        group.accepted = true;
        sorted
    };
    let taken = card::take(&vault, &[files.path().to_owned()], true, now, &progress).expect("taken");
    assert_eq!((taken.copied, vault.tray().expect("a tray").len()), (3, 3));
    let one = sorted(taken);
    assert!(one.may_be_cleared(), "{}", one.sentence());
    assert_eq!(one.sentence(), "3 files, 3 copied and read back, 1 raw beside its JPEG.");
    let outcome = commit_all(&vault, &one.plans(), now, &progress).expect("filed");
    assert_eq!(outcome.sentence(), "2 photos filed, 1 raw file with them.");
    assert_eq!(filed(&vault, first), expected);
    originals(&vault);
    // Undone, both lie in the tray and are one photo there as well.
    let _op = vault.undo(now).expect("taken back");
    assert_eq!(vault.tray().expect("a tray").len(), 3);
    let again = sorted(card::take_tray(&vault, &progress).expect("taken"));
    // The plan as a file says both, and files both.
    let text = serde_json::to_vec(&card::document::Document::of(&vault, &again).expect("a plan")).expect("JSON");
    let plans = card::document::Document::parse(&text).expect("parsed").resolve(&vault, false).expect("resolved");
    let outcome = commit_all(&vault, &plans, now, &progress).expect("filed");
    assert_eq!((outcome.filed.len(), outcome.raws), (2, 1));
    assert_eq!(filed(&vault, first), expected);
    originals(&vault);
    // The same card once more: nothing twice.
    let taken = card::take(&vault, &[files.path().to_owned()], true, now, &progress).expect("taken");
    assert_eq!((taken.copied, vault.tray().expect("a tray").len()), (0, 0));
}

#[test]
fn a_raw_file_goes_where_its_photo_goes_and_comes_back_with_it() {
    let (folder, files) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    raw_card(files.path());
    let vault = vault(&folder.path().join("vault"));
    let (first, second) = (series(&vault, "P-1"), series(&vault, "P-2"));
    let (now, progress) = (Now::fixed(today()), Progress::silent());
    let scanned = scan::scan(&[files.path().to_owned()], &progress);
    let planned = plan::plan(&vault, first, scanned, options(today(), false)).expect("planned");
    let outcome = commit::commit(&vault, &planned, now, &progress).expect("filed");
    assert_eq!((outcome.filed.len(), outcome.raws), (2, 1));
    let add = |tx: &diptych::vault::Tx<'_>| tx.add_session(second, today(), SessionKind::Treatment);
    let session = vault.transact(Op::AddSession, now, add).expect("a session");
    let board = vault.board(first).expect("a board");
    let photo = board.photos.iter().find(|p| p.file_name.0 == "IMG_1.JPG").expect("filed").id;
    let view = vault.views(second).expect("views")[0].id;
    let to = Filing { session, view: Some(view), slot: Slot::Primary, phase: Phase::BeforeTreatment };
    let plan = vault.plan_transfer(Transfer::Photo { photo, to }, today()).expect("looked at");
    assert_eq!(plan.photos, 1, "the raw file goes along and is no second photo");
    vault.carry_out(&plan, now).expect("moved");
    let names = |series| filed(&vault, series).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(
        (names(first), names(second)),
        (vec!["IMG_2.CR3".to_owned()], vec!["IMG_1.CR2".into(), "IMG_1.JPG".into()])
    );
    let patient = vault.board(second).expect("a board").patient.id;
    assert!(vault.board(second).expect("a board").photos.iter().all(|p| p.patient == patient));
    let _op = vault.undo(now).expect("taken back");
    assert_eq!((names(first).len(), names(second).len()), (3, 0));
}

/// What the program says to `args` about a vault that is closed.
fn said(vault: &Path, args: &[&str]) -> String {
    let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_diptych"));
    let _ = program.env_clear().env("DIPTYCH_VAULT", vault).env("DIPTYCH_PASSPHRASE", "a test").args(args);
    let output = program.output().expect("started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn a_person_reads_one_photo_for_a_raw_file_and_its_jpeg_wherever_photos_are_counted() {
    let (folder, files) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    raw_card(files.path());
    let dir = folder.path().join("vault");
    let vault = vault(&dir);
    let (first, second) = (series(&vault, "P-1"), series(&vault, "P-2"));
    let (now, progress) = (Now::fixed(today()), Progress::silent());
    let scanned = scan::scan(&[files.path().to_owned()], &progress);
    let planned = plan::plan(&vault, first, scanned, options(today(), false)).expect("planned");
    let _outcome = commit::commit(&vault, &planned, now, &progress).expect("filed");
    let words = || vault.last_undoable().expect("asked").map(|entry| entry.words());
    let listed = || vault.patients("", 0, 10).expect("listed").iter().map(|row| row.photos).collect::<Vec<_>>();
    assert_eq!((words().as_deref(), listed()), (Some("Filing of 2 photos and 1 new session"), vec![2, 0]));
    let entry = vault.last_undoable().expect("asked").expect("a change");
    assert_eq!(vault.undo_expected(entry.id, now).map(|done| done.words()), Ok(entry.words()));
    assert_eq!((vault.tray().expect("a tray").len(), vault.tray_photos()), (3, Ok(2)));
    let again = vault.next_redoable().expect("asked").expect("a change");
    assert_eq!(again.words(), entry.words());
    let _op = vault.redo(now).expect("made again");
    let board = vault.board(first).expect("a board");
    let session = board.sessions[0].id;
    let plan = |transfer| vault.plan_transfer(transfer, today()).expect("looked at").photos;
    let keep = vault.board(second).expect("a board").patient.id;
    assert_eq!(plan(Transfer::Session { session, to: second }), 2);
    assert_eq!(plan(Transfer::Patient { keep, other: board.patient.id }), 2);
    let _made = diptych::backup::snapshot(&vault, &folder.path().join("usb"), now, &progress).expect("backed up");
    drop(vault);
    assert!(said(&dir, &["list"]).contains("2 photos"), "{}", said(&dir, &["list"]));
    assert!(said(&dir, &["patient", "list"]).contains("2 photos"));
    let usb = folder.path().join("usb");
    let backups = said(&dir, &["backup", "list", &usb.to_string_lossy(), "--json"]);
    assert!(backups.replace(char::is_whitespace, "").contains("\"photos\":2"), "{backups}");
    let list: serde_json::Value = serde_json::from_str(&said(&dir, &["list", "--json"])).expect("JSON");
    let photos = list["patients"][0]["series"][0]["sessions"][0]["photos"].as_array().expect("photos").clone();
    let of = |name: &str| photos.iter().find(|photo| photo["file_name"] == name).expect("listed");
    assert_eq!((photos.len(), &of("IMG_1.CR2")["raw_of"]), (3, &of("IMG_1.JPG")["uid"]));
    assert!(of("IMG_1.JPG")["raw_of"].is_null() && of("IMG_2.CR3")["raw_of"].is_null());
}

#[test]
fn a_raw_file_whose_jpeg_is_filed_already_is_filed_and_not_lost() {
    let (folder, files) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    raw_card(files.path());
    let vault = vault(&folder.path().join("vault"));
    let series = series(&vault, "P-1");
    let (now, progress) = (Now::fixed(today()), Progress::silent());
    for path in [files.path().join("IMG_1.JPG"), files.path().to_owned()] {
        let scanned = scan::scan(&[path], &progress);
        let planned = plan::plan(&vault, series, scanned, options(today(), false)).expect("planned");
        let _outcome = commit::commit(&vault, &planned, now, &progress).expect("filed");
    }
    let expected = [("IMG_1.CR2", Slot::Rejected), ("IMG_1.JPG", Slot::Primary), ("IMG_2.CR3", Slot::Primary)];
    assert_eq!(filed(&vault, series), expected.map(|(name, slot)| (name.to_owned(), slot)), "it takes nobody's place");
    let photos = vault.board(series).expect("a board").photos;
    let view = |name: &str| photos.iter().find(|photo| photo.file_name.0 == name).expect("filed").view;
    assert_eq!(view("IMG_1.CR2"), view("IMG_1.JPG"));
    assert_ne!(view("IMG_2.CR3"), view("IMG_1.JPG"));
}

#[test]
fn a_raw_file_that_comes_later_from_a_card_takes_nobodys_place_either() {
    let (folder, files) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    raw_card(files.path());
    let vault = vault(&folder.path().join("vault"));
    let series = series(&vault, "P-1");
    let (now, progress) = (Now::fixed(today()), Progress::silent());
    let scanned = scan::scan(&[files.path().join("IMG_1.JPG")], &progress);
    let planned = plan::plan(&vault, series, scanned, options(today(), false)).expect("planned");
    let _outcome = commit::commit(&vault, &planned, now, &progress).expect("filed");
    let taken = card::take(&vault, &[files.path().to_owned()], true, now, &progress).expect("taken");
    let options = card::Options { by_picture: false, ..card::Options::usual(today()) };
    let mut sorted = card::suggest(&vault, taken, options.clone(), &progress).expect("suggested");
    sorted.groups[0] = card::aim(&vault, &sorted.groups[0], Some(series), &options).expect("aimed");
    sorted.groups[0].accepted = true;
    let outcome = commit_all(&vault, &sorted.plans(), now, &progress).expect("filed");
    assert_eq!(outcome.filed.len(), 2);
    // The other raw file has no JPEG, but the same picture in it: it is one more shot of that view.
    let expected = [("IMG_1.CR2", Slot::Rejected), ("IMG_1.JPG", Slot::Primary), ("IMG_2.CR3", Slot::Alternate)];
    assert_eq!(filed(&vault, series), expected.map(|(name, slot)| (name.to_owned(), slot)));
    let photos = vault.board(series).expect("a board").photos;
    let view = |name: &str| photos.iter().find(|photo| photo.file_name.0 == name).expect("filed").view;
    assert_eq!(view("IMG_1.CR2"), view("IMG_1.JPG"));
    assert_eq!(view("IMG_2.CR3"), view("IMG_1.JPG"));
}

#[test]
fn a_raw_file_whose_jpeg_went_away_waits_in_the_tray_and_nothing_is_filed_unseen() {
    let (folder, files) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    raw_card(files.path());
    std::fs::remove_file(files.path().join("IMG_2.CR3")).expect("removed");
    let vault = vault(&folder.path().join("vault"));
    let series = series(&vault, "P-1");
    let (now, progress) = (Now::fixed(today()), Progress::silent());
    let scanned = scan::scan(&[files.path().to_owned()], &progress);
    let planned = plan::plan(&vault, series, scanned, options(today(), false)).expect("planned");
    std::fs::remove_file(files.path().join("IMG_1.JPG")).expect("removed");
    let outcome = commit::commit(&vault, &planned, now, &progress).expect("done");
    assert_eq!((outcome.filed.len(), outcome.raws, outcome.in_tray, outcome.refused.len()), (0, 0, 1, 1));
    let board = vault.board(series).expect("a board");
    assert_eq!((board.sessions.len(), board.photos.len(), vault.tray().expect("a tray").len()), (0, 0, 1));
}

#[test]
fn a_copy_of_a_raw_file_elsewhere_keeps_nothing_from_being_filed() {
    let (folder, files) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    raw_card(files.path());
    let copies = files.path().join("a-copy");
    std::fs::create_dir(&copies).expect("made");
    let _length = std::fs::copy(files.path().join("IMG_1.CR2"), copies.join("IMG_1.CR2")).expect("copied");
    let vault = vault(&folder.path().join("vault"));
    let series = series(&vault, "P-1");
    let (now, progress) = (Now::fixed(today()), Progress::silent());
    let scanned = scan::scan(&[files.path().to_owned()], &progress);
    let planned = plan::plan(&vault, series, scanned, options(today(), false)).expect("planned");
    let outcome = commit::commit(&vault, &planned, now, &progress).expect("filed");
    assert_eq!((outcome.filed.len(), outcome.raws), (2, 1));
    let expected = [("IMG_1.CR2", Slot::Rejected), ("IMG_1.JPG", Slot::Primary), ("IMG_2.CR3", Slot::Primary)];
    assert_eq!(filed(&vault, series), expected.map(|(name, slot)| (name.to_owned(), slot)));
}
