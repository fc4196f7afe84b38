//! Backup and verification from the settings.

use std::sync::Arc;

use chrono::Days;
use diptych::backup;
use diptych::geom::Size;
use diptych::gui::action::Place;
use diptych::gui::app::{Message as Window, Origin};
use diptych::gui::job::{Answer, Asked, Kept, Result as Upkept, UpkeepAnswer, Work};
use diptych::gui::screen::settings::backup::Message as Backup;
use diptych::gui::screen::settings::repair::Message as Repair;
use diptych::gui::screen::settings::verify::Message as Verify;
use diptych::gui::screen::settings::{Message, Section};
use diptych::gui::shortcut::Command;
use diptych::model::CaptureFacts;
use diptych::progress::{Progress, Report};
use diptych::vault::{Incoming, LastBackup, LastCheck, Passphrase, Role, Sample, Vault};
use iced::keyboard::Modifiers;

use super::{Desk, now};
use crate::fixture::today;
use crate::window::{self, PASSPHRASE};

fn place(desk: &mut Desk, place: &std::path::Path) {
    desk.send(Message::Backup(Backup::Place(place.display().to_string())));
}

#[test]
fn a_backup_is_made_listed_and_its_folder_remembered() {
    let mut desk = Desk::new(Section::Upkeep);
    assert!(desk.shows("No backup yet") && desk.shows("Originals never verified"));
    let dest = desk.path("backup");
    place(&mut desk, &dest);
    assert!(desk.shows("No backup lies there yet."));
    assert!(desk.press(Command::BackUp));
    assert!(desk.shows("Last backup today") && desk.shows("Backup 1") && desk.shows("0 patients"));
    assert_eq!(desk.vault.backup_place(), Ok(Some(dest.display().to_string())));
    let desk = Desk::on(desk.vault.clone(), desk.folder, Section::Upkeep);
    assert!(desk.shows("Backup 1"), "the remembered folder is looked at");
}

#[test]
fn a_folder_that_is_no_place_for_a_backup_is_said_and_the_old_one_kept() {
    let mut desk = Desk::new(Section::Upkeep);
    let good = desk.path("backup");
    place(&mut desk, &good);
    assert!(desk.press(Command::BackUp));
    let inside = desk.vault.dir().join("backup");
    place(&mut desk, &inside);
    assert!(desk.press(Command::BackUp));
    assert!(desk.shows("A backup must not lie in the folder of the vault, or around it: both would be lost together. Nothing was written. Choose a folder on another disk."));
    // A file where a folder should be stands for a disk that takes nothing.
    diptych::fsx::write_atomic(&desk.path("file"), b"x").expect("written");
    let refused = desk.path("file").join("backup");
    place(&mut desk, &refused);
    assert!(desk.press(Command::BackUp));
    assert!(!desk.shows("Backup 1"));
    assert_eq!(desk.vault.backup_place(), Ok(Some(good.display().to_string())));
    desk.receive(Answer::Picked(Asked::Backup, Some(good)));
    assert!(desk.shows("Backup 1"));
}

#[test]
fn a_backup_under_way_counts_megabytes_and_is_cancelled() {
    let mut desk = Desk::new(Section::Upkeep);
    let job = desk.works.begin(Some(Work::BackUp), None);
    desk.works.started(job, Work::BackUp, Progress::silent());
    desk.works.advanced(job, Report { stage: "Copying originals", done: 1200, total: 4800 }, 12.0);
    assert!(desk.shows("Copying originals") && desk.shows("1,200 of 4,800 MB") && desk.shows("36 s left"));
    desk.click("Cancel");
    assert_eq!(desk.cancelled, 1);
}

#[test]
fn an_old_backup_is_reminded_of_and_a_fresh_one_is_not() {
    let mut desk = Desk::new(Section::Upkeep);
    let reminder = "Everything since then exists once only. Back up at least every week.";
    for (days, reminds) in [(0, false), (7, false), (8, true)] {
        let day = today().checked_sub_days(Days::new(days)).expect("a date");
        let last = LastBackup { at: now().at, day, place: "/x".into(), generation: 4, originals: 3412 };
        let kept = Kept { place: None, backup: Some(last), check: None, unreadable: 0 };
        desk.receive(Answer::Upkeep(UpkeepAnswer::Kept(Ok(Arc::new(kept)))));
        assert_eq!(desk.shows(reminder), reminds, "{days} days");
    }
}

#[test]
fn whoever_only_looks_does_not_back_up_but_verifies() {
    let mut desk = Desk::as_role(Role::Viewer, Section::Upkeep);
    let sentence = "Your role looks and changes nothing: somebody else backs up.";
    assert!(desk.shows(sentence) && !desk.shows("Back up now"));
    assert!(desk.press(Command::BackUp));
    assert_eq!(desk.toasts, [sentence]);
    assert!(desk.press(Command::Verify));
    assert!(desk.shows("Verified 18 May 2026, no originals yet."));
}

#[test]
fn a_verification_says_in_one_line_what_it_read_and_remembers_it() {
    let mut desk = Desk::new(Section::Upkeep);
    desk.send(Message::Verify(Verify::Sample(Sample::Percent(5))));
    desk.click("Verify now");
    assert!(desk.shows("Verified 18 May 2026, no originals yet."));
    let desk = Desk::on(desk.vault.clone(), desk.folder, Section::Upkeep);
    assert!(desk.shows("Verified 18 May 2026, no originals yet"));
}

#[test]
fn what_was_found_is_listed_and_the_rest_counted() {
    let mut desk = Desk::new(Section::Upkeep);
    let findings: Vec<String> = (1..=150).map(|n| format!("Original {n} is missing.")).collect();
    let sentence = "All 3,412 originals verified 18 May 2026: 150 problems found.".to_owned();
    let result = Upkept { sentence: sentence.clone(), findings, is_clean: false };
    desk.receive(Answer::Upkeep(UpkeepAnswer::Verified(Ok(Arc::new(result)))));
    assert!(desk.shows(&sentence) && desk.shows("Original 100 is missing."));
    assert!(!desk.shows("Original 101 is missing.") && desk.shows("50 more; `diptych verify` lists all."));
}

#[test]
fn a_backup_of_before_a_lock_is_not_begun_twice_and_its_end_is_said() {
    let (folder, mut app) = window::open();
    window::begin(&mut app, Work::BackUp);
    window::press(&mut app, "l", Modifiers::COMMAND);
    assert!(window::shows(&app, "Backing up"), "it goes on behind the lock");
    let found = Vault::peek(&folder.path().join("vault"));
    let _ = app.update(window::answer(2, Answer::Peeked(folder.path().join("vault"), found, None)));
    window::unlock(&mut app, PASSPHRASE);
    let _ = app.update(Window::Go(Place::Settings));
    window::press(&mut app, "4", Modifiers::empty());
    assert!(window::shows(&app, "Storing originals") && !window::shows(&app, "Back up now"));
    let last = LastBackup { at: now().at, day: today(), place: "/x".into(), generation: 4, originals: 3412 };
    let kept = Kept { place: Some("/x".into()), backup: Some(last), check: None, unreadable: 0 };
    let _ = app.update(window::answer(3, Answer::Upkeep(UpkeepAnswer::Kept(Ok(Arc::new(kept))))));
    window::press(&mut app, "b", Modifiers::empty());
    let sentence = "This is under way already. Nothing was begun twice. Wait until it has ended, or cancel it.";
    assert!(window::shows(&app, sentence));
    let result = Upkept { sentence: "Backup 5 complete.".into(), findings: Vec::new(), is_clean: true };
    let done = Answer::Upkeep(UpkeepAnswer::BackedUp(Ok(Arc::new(result))));
    let _ = app.update(Window::Answer(Origin { epoch: 1, job: 1 }, Box::new(done)));
    let _ = app.update(Window::Ended(1));
    assert!(window::shows(&app, "Backup 5 complete.") && window::shows(&app, "Back up now"));
}

/// A vault with two photos in its tray, a backup of it, and the volume of its originals gone.
fn damaged() -> (tempfile::TempDir, Vault) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let vault = window::vault(folder.path());
    for bytes in [b"one", b"two"] {
        let facts = CaptureFacts::default();
        let incoming = Incoming { bytes, file_name: "DSC_0042.JPG", facts: &facts, size: Size::new(60, 40) };
        let _item = vault.receive(&incoming, now()).expect("received");
    }
    let dest = folder.path().join("usb");
    let _made = backup::snapshot(&vault, &dest, now(), &Progress::silent()).expect("backed up");
    let dir = vault.dir().to_owned();
    drop(vault);
    std::fs::remove_file(dir.join("photos-0001.db")).expect("removed");
    let vault = Vault::open(&dir, "owner", &Passphrase::new(PASSPHRASE), now()).expect("opened");
    (folder, vault)
}

#[test]
fn a_repair_is_offered_when_the_opening_missed_a_volume_and_gives_each_original_back() {
    let (folder, vault) = damaged();
    let mut desk = Desk::on(vault, folder, Section::Upkeep);
    assert!(desk.shows("Repair from this backup"), "already before a verification");
    let nowhere = desk.path("nothing");
    desk.send(Message::Repair(Repair::Place(nowhere.display().to_string())));
    desk.click("Repair from this backup");
    assert!(desk.shows(
        "This folder holds no complete backup. Nothing was changed. Choose the folder that was named when backing up."
    ));
    let usb = desk.path("usb");
    desk.receive(Answer::Picked(Asked::Repair, Some(usb)));
    desk.click("Repair from this backup");
    assert!(desk.shows("2 originals restored from the backup."));
    assert!(desk.shows("Original 1 (DSC_0042.JPG, in the tray) came back from the backup."));
    assert!(desk.shows("All 2 originals verified 18 May 2026"));
    let items = desk.vault.tray().expect("the tray");
    assert_eq!(desk.vault.tray_original(items[0].id).expect("whole"), b"one");
}

#[test]
fn a_repair_is_offered_after_a_verification_found_something_and_never_on_a_whole_vault() {
    let (folder, vault) = damaged();
    let mut desk = Desk::on(vault, folder, Section::Upkeep);
    desk.click("Verify now");
    assert!(desk.shows("Original 1 (DSC_0042.JPG, in the tray) is missing."));
    assert!(desk.shows("Repair from this backup"));
    // A backup made meanwhile holds no more than the vault did: what is lost is named one by one.
    let empty = desk.path("empty");
    let _made = backup::snapshot(&desk.vault, &empty, now(), &Progress::silent()).expect("backed up");
    desk.send(Message::Repair(Repair::Place(empty.display().to_string())));
    desk.click("Repair from this backup");
    assert!(desk.shows(
        "Original 2 (DSC_0042.JPG, in the tray) is in no backup here: look for the card it came from, or try another backup."
    ));
    let whole = Desk::new(Section::Upkeep);
    assert!(!whole.shows("Repair from this backup"));
}

#[test]
fn a_repair_under_way_is_counted_and_cancelled_and_no_viewer_begins_one() {
    let (folder, vault) = damaged();
    let mut desk = Desk::on(vault, folder, Section::Upkeep);
    let job = desk.works.begin(Some(Work::Repair), None);
    desk.works.started(job, Work::Repair, Progress::silent());
    desk.works.advanced(job, Report { stage: "Repairing originals", done: 3, total: 40 }, 1.0);
    assert!(desk.shows("Repairing originals") && desk.shows("3 of 40") && !desk.shows("Repair from this backup"));
    desk.send(Message::Repair(Repair::Cancel));
    assert_eq!(desk.cancelled, 1);
    let mut viewer = Desk::as_role(Role::Viewer, Section::Upkeep);
    let check = LastCheck { at: now().at, day: today(), originals: 2, checked: 2, findings: 2 };
    let kept = Kept { place: None, backup: None, check: Some(check), unreadable: 0 };
    viewer.receive(Answer::Upkeep(UpkeepAnswer::Kept(Ok(Arc::new(kept)))));
    assert!(viewer.shows("Your role looks and changes nothing: somebody else repairs."));
}
