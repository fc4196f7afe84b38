//! The whole window on a real vault: what outlives screens, places and locks.

use std::collections::VecDeque;
use std::path::Path;

use chrono::NaiveDate;
use diptych::clock::Now;
use diptych::fsx::Shared;
use diptych::geom::Size;
use diptych::gui::Start;
use diptych::gui::action::Place;
use diptych::gui::app::{App, Message, Origin};
use diptych::gui::job::{Answer, Asked, Course, Failure, Ticket, Work};
use diptych::gui::screen::unlock;
use diptych::imaging;
use diptych::model::{
    Area, CaptureFacts, Indication, NewPatient, NewSeries, PatientId, Phase, SeriesId, SessionKind, Slot,
};
use diptych::progress::{Progress, Report};
use diptych::protocol;
use diptych::vault::{Filing, Incoming, KdfCost, Op, Passphrase, Tx, Vault};
use iced::Task;
use iced::futures::StreamExt;
use iced::futures::executor::block_on;
use iced::keyboard::{Key, Modifiers, key::Named};
use iced_runtime::{Action, task};
use zeroize::Zeroizing;

use crate::fixture::{row, simulate, skin};

pub const PASSPHRASE: &str = "four unrelated words";

pub fn clock() -> Now {
    Now::fixed(NaiveDate::from_ymd_opt(2026, 5, 18).unwrap_or_default())
}

pub fn vault(folder: &Path) -> Vault {
    let passphrase = Passphrase::new(PASSPHRASE);
    Vault::create(&folder.join("vault"), "owner", &passphrase, KdfCost::TESTS, clock()).expect("a new vault").0
}

/// A window on an empty vault whose jobs do not run.
pub fn open() -> (tempfile::TempDir, App) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (app, _) = App::with_clock(Start { opened: Some(vault(folder.path())), ..Start::default() }, clock);
    (folder, app)
}

/// Runs a task and everything that follows from it to the end.
pub fn drain(app: &mut App, task: Task<Message>) {
    drain_with(app, task, |_| ());
}

/// The same, and every message is seen before the window takes it.
pub fn drain_with(app: &mut App, task: Task<Message>, mut seen: impl FnMut(&Message)) {
    let mut waiting = VecDeque::from([task]);
    while let Some(task) = waiting.pop_front() {
        let Some(mut stream) = task::into_stream(task) else { continue };
        while let Some(action) = block_on(stream.next()) {
            // What only a real window can do is dropped, and with it whoever waits for it.
            if let Action::Output(message) = action {
                seen(&message);
                waiting.push_back(app.update(message));
            }
        }
    }
}

/// Clicks words on the screen and runs what follows.
pub fn click(app: &mut App, on: &str) {
    for task in clicked(app, on) {
        drain(app, task);
    }
}

/// Clicks words on the screen; what follows has not run yet.
pub fn clicked(app: &mut App, on: &str) -> Vec<Task<Message>> {
    let messages: Vec<Message> = {
        let mut window = simulate(app.view());
        let _ = window.click(on).unwrap_or_else(|e| panic!("{on}: {e}"));
        window.into_messages().collect()
    };
    messages.into_iter().map(|message| app.update(message)).collect()
}

fn series_of(vault: &Vault, patient: PatientId) -> SeriesId {
    let areas = vec![Area::Cheeks];
    let new = NewSeries {
        patient,
        indications: vec![Indication::AcneScars],
        views: protocol::views_for(&areas),
        areas,
        planned: 6,
        interval_min_days: 28,
        interval_max_days: 42,
        predecessor: None,
    };
    vault.transact(Op::AddSeries, clock(), |tx| tx.add_series(&new)).expect("a series")
}

/// A window on a vault with two patients, the first of whom has a series; and a folder with one photo.
pub fn clinic() -> (tempfile::TempDir, App, SeriesId) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let vault = vault(folder.path());
    let patient = |code: &str, family: &str| {
        let (given, birth, fitzpatrick) = ("Given".into(), None, None);
        let new = NewPatient { code: code.into(), given, family: family.into(), birth, fitzpatrick };
        vault.transact(Op::AddPatient, clock(), |tx| tx.add_patient(&new)).expect("a patient")
    };
    let (first, _) = (patient("P-1", "Familyone"), patient("P-2", "Familytwo"));
    let series = series_of(&vault, first);
    let card = folder.path().join("card");
    std::fs::create_dir(&card).expect("a folder");
    let jpeg = imaging::encode_jpeg(&skin(Size::new(640, 480), 5), 90).expect("a picture");
    diptych::fsx::write_atomic(&card.join("IMG_0001.JPG"), &jpeg).expect("a file");
    let (mut app, first) = App::with_clock(Start { opened: Some(vault), ..Start::default() }, clock);
    drain(&mut app, first);
    (folder, app, series)
}

pub fn shows(app: &App, words: &str) -> bool {
    simulate(app.view()).find(words).is_ok()
}

/// An answer of the epoch to a job that nobody waits for by its number.
pub fn answer(epoch: u64, answer: Answer) -> Message {
    Message::Answer(Origin { epoch, job: 0 }, Box::new(answer))
}

pub fn press(app: &mut App, key: &str, modifiers: Modifiers) {
    let _ = app.update(Message::Key(Key::Character(key.into()), modifiers));
}

/// Presses a key and runs what follows.
fn press_through(app: &mut App, key: &str, modifiers: Modifiers) {
    let task = app.update(Message::Key(Key::Character(key.into()), modifiers));
    drain(app, task);
}

#[test]
fn the_lock_of_the_rail_shows_nothing_of_the_vault_any_more() {
    let (_folder, mut app) = open();
    let ticket = Ticket { id: 0, generation: 0 };
    let rows = Answer::Patients(ticket, 0, Ok((1, vec![row(3)])));
    let _ = app.update(answer(1, rows.clone()));
    assert!(shows(&app, "Given Family 00003"));
    press(&mut app, "l", Modifiers::COMMAND);
    assert!(!shows(&app, "Given Family 00003") && shows(&app, "Vault folder"));
    let _ = app.update(answer(1, rows));
    assert!(!shows(&app, "Given Family 00003"), "an answer from before the lock is dropped");
}

#[test]
fn the_rail_leads_to_each_place() {
    let (_folder, mut app) = open();
    for (place, words) in
        [(Place::Settings, "Text size"), (Place::Gallery, "Gallery"), (Place::Patients, "New patient")]
    {
        let _ = app.update(Message::Go(place));
        assert!(shows(&app, words), "{words}");
    }
}

#[test]
fn the_question_mark_shows_the_keys_of_the_screen() {
    let (_folder, mut app) = open();
    press(&mut app, "?", Modifiers::SHIFT);
    assert!(shows(&app, "next patient"));
    press(&mut app, "?", Modifiers::SHIFT);
    assert!(!shows(&app, "next patient"));
}

/// Long work in the vault of the window, half done.
pub fn begin(app: &mut App, work: Work) {
    let origin = Origin { epoch: 1, job: 1 };
    for answer in [
        Answer::Started(work, Progress::silent()),
        Answer::Advanced(Report { stage: "Storing originals", done: 12, total: 40 }, 12.0),
    ] {
        let _ = app.update(Message::Answer(origin, Box::new(answer)));
    }
}

pub fn unlock(app: &mut App, passphrase: &str) {
    let typed = unlock::Message::Passphrase(Zeroizing::new(passphrase.to_owned()));
    for message in [typed, unlock::Message::Submit] {
        let task = app.update(Message::Unlock(message));
        drain(app, task);
    }
}

pub const COURSE: Course = Course { patient: PatientId(1), series: SeriesId(1) };

#[test]
fn long_work_stays_in_sight_wherever_the_person_goes() {
    let (_folder, mut app) = open();
    begin(&mut app, Work::File(COURSE));
    for place in [Place::Today, Place::Patients, Place::Gallery, Place::Settings] {
        let _ = app.update(Message::Go(place));
        assert!(shows(&app, "Filing photos") && shows(&app, "12 of 40") && shows(&app, "28 s left"), "{place:?}");
    }
    let _ = clicked(&mut app, "Cancel");
    assert!(shows(&app, "stopping…"));
    let _ = app.update(Message::Ended(1));
    assert!(!shows(&app, "Filing photos"));
}

#[test]
fn what_long_work_came_to_is_said_on_another_screen() {
    let (_folder, mut app) = open();
    let failed = Answer::Filed(COURSE, Err(Failure("The disk is full.".to_owned())));
    let _ = app.update(answer(1, failed));
    assert!(shows(&app, "The disk is full."));
}

#[test]
fn what_was_said_on_one_screen_does_not_stay_over_the_next() {
    let (_folder, mut app) = open();
    let failed = Answer::Filed(COURSE, Err(Failure("The disk is full.".to_owned())));
    for (place, next) in [(Place::Today, Place::Patients), (Place::Gallery, Place::Settings)] {
        let _ = app.update(Message::Go(place));
        let _ = app.update(answer(1, failed.clone()));
        assert!(shows(&app, "The disk is full."));
        let _ = app.update(Message::Go(place));
        assert!(shows(&app, "The disk is full."), "the screen is the same");
        let _ = app.update(Message::Go(next));
        assert!(!shows(&app, "The disk is full."), "{next:?}");
    }
    // Into a screen that lies over another, and out of it; what is said on the way there is about that one.
    let _ = app.update(Message::Go(Place::Today));
    let _ = app.update(answer(1, failed.clone()));
    click(&mut app, "File a memory card…");
    assert!(!shows(&app, "The disk is full."));
    let _ = app.update(answer(1, failed));
    let _ = app.update(Message::Key(Key::Named(Named::Escape), Modifiers::empty()));
    assert!(!shows(&app, "The disk is full."));
}

#[test]
fn a_folder_that_was_read_while_the_person_was_elsewhere_is_found_again_and_filed_and_undone() {
    let (folder, mut app, series) = clinic();
    click(&mut app, "Given Familyone");
    click(&mut app, "Import folder…");
    let scan = app.update(answer(1, Answer::Picked(Asked::Import(series), Some(folder.path().join("card")))));
    let _ = app.update(Message::Go(Place::Patients));
    assert!(shows(&app, "Reading a folder") && shows(&app, "New patient"));
    drain(&mut app, scan);
    assert!(shows(&app, "The folder was read. Go back to its series to check and file it."));
    click(&mut app, "Given Familytwo");
    assert!(!shows(&app, "Import photos"), "another patient's page shows nothing of it");
    let _ = app.update(Message::Go(Place::Patients));
    click(&mut app, "Given Familyone");
    assert!(shows(&app, "1 photo will be filed"));
    click(&mut app, "File the photos");
    assert!(shows(&app, "1 photo filed."));
    click(&mut app, "Undo filing of 1 photo");
    assert!(shows(&app, "The filing was taken back. The photos are in the vault's tray; nothing is lost."));
}

#[test]
fn a_folder_picked_for_one_series_is_not_read_into_another() {
    let (folder, mut app, series) = clinic();
    click(&mut app, "Given Familyone");
    click(&mut app, "Import folder…");
    let other = Asked::Import(SeriesId(series.0 + 1));
    let _ = app.update(answer(1, Answer::Picked(other, Some(folder.path().join("card")))));
    assert!(!shows(&app, "Reading the folder") && shows(&app, "Look at the photos"));
}

#[test]
fn undo_names_the_change_first_and_takes_back_only_that_one() {
    let (_folder, mut app, _) = clinic();
    let ctrl_z = |app: &mut App| app.update(Message::Key(Key::Character("z".into()), Modifiers::COMMAND));
    let asked = ctrl_z(&mut app);
    drain(&mut app, asked);
    assert!(shows(&app, "Undo this change?") && shows(&app, "Adding a series"));
    let enter = |app: &mut App| app.update(Message::Key(Key::Named(Named::Enter), Modifiers::empty()));
    let (first, second) = (enter(&mut app), enter(&mut app));
    drain(&mut app, first);
    drain(&mut app, second);
    assert!(!shows(&app, "Undo this change?") && shows(&app, "Undone: Adding a series"));
    let asked = ctrl_z(&mut app);
    drain(&mut app, asked);
    assert!(shows(&app, "Adding a patient"), "the second press took nothing back");
}

#[test]
fn a_filing_is_taken_back_while_another_series_is_aligned_and_a_decision_at_any_time() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let vault = vault(folder.path());
    let new = NewPatient { code: "P-1".into(), given: "G".into(), family: "F".into(), birth: None, fitzpatrick: None };
    let patient = vault.transact(Op::AddPatient, clock(), |tx| tx.add_patient(&new)).expect("a patient");
    let series = series_of(&vault, patient);
    let view = vault.views(series).expect("views")[0].id;
    let (bytes, facts) = (b"a photo".as_slice(), CaptureFacts::default());
    let incoming = Incoming { bytes, file_name: "a.jpg", facts: &facts, size: Size::new(60, 40) };
    let item = vault.receive(&incoming, clock()).expect("received");
    let filing = |tx: &Tx<'_>| {
        let session = tx.add_session(series, clock().today, SessionKind::Consultation)?;
        tx.file(item, Filing { session, view: Some(view), slot: Slot::Primary, phase: Phase::NoTreatment })
    };
    let photo = vault.transact(Op::FilePhotos, clock(), filing).expect("filed");
    let (mut app, _) = App::with_clock(Start { opened: Some(vault.clone()), ..Start::default() }, clock);
    let asks = |app: &mut App, aligned: SeriesId| {
        begin(app, Work::Align(Course { patient, series: aligned }));
        press_through(app, "z", Modifiers::COMMAND);
        let asks = shows(app, "Undo this change?");
        let _ = app.update(Message::Key(Key::Named(Named::Escape), Modifiers::empty()));
        asks
    };
    assert!(!asks(&mut app, series), "its photos are being aligned");
    assert!(shows(
        &app,
        "The photos of this change are still being filed or aligned. Nothing was undone or redone. Wait a moment, or cancel that first."
    ));
    assert!(asks(&mut app, SeriesId(series.0 + 1)));
    let frame = vault.transact(Op::Align, clock(), |tx| tx.set_reference(view, photo)).expect("a frame");
    vault.transact(Op::SetScale, clock(), |tx| tx.set_scale(frame, Some(0.1))).expect("a scale");
    assert!(asks(&mut app, series), "a decision is not in the way of the alignment");
}

#[test]
fn redo_names_what_was_undone_and_makes_it_again() {
    let (_folder, mut app, _) = clinic();
    let enter = |app: &mut App| {
        let task = app.update(Message::Key(Key::Named(Named::Enter), Modifiers::empty()));
        drain(app, task);
    };
    press_through(&mut app, "y", Modifiers::COMMAND);
    assert!(shows(&app, "There is nothing to redo."));
    press_through(&mut app, "z", Modifiers::COMMAND);
    enter(&mut app);
    assert!(shows(&app, "Undone: Adding a series"));
    press_through(&mut app, "Z", Modifiers::COMMAND | Modifiers::SHIFT);
    assert!(shows(&app, "Redo this change?") && shows(&app, "Adding a series"));
    enter(&mut app);
    assert!(!shows(&app, "Redo this change?") && shows(&app, "Redone: Adding a series"));
    press_through(&mut app, "z", Modifiers::COMMAND);
    assert!(shows(&app, "Undo this change?") && shows(&app, "Adding a series"), "it can be undone once more");
}

#[test]
fn two_records_are_made_one_patient_from_the_board_and_part_again_by_undo() {
    let (_folder, mut app, _) = clinic();
    click(&mut app, "Given Familyone");
    press(&mut app, "m", Modifiers::empty());
    let typed: Vec<Message> = {
        let mut window = simulate(app.view());
        let _ = window.click("code of another patient").expect("the field");
        let _ = window.typewrite("P-2");
        window.into_messages().collect()
    };
    for message in typed {
        let task = app.update(message);
        drain(&mut app, task);
    }
    click(&mut app, "Find");
    assert!(shows(&app, "The names differ: Given Familytwo (P-2) stays, Given Familyone (P-1) goes."));
    click(&mut app, "Make them one patient");
    assert!(shows(&app, "Moved. Ctrl Z takes it back.") && shows(&app, "Given Familytwo"));
    assert!(shows(&app, "Acne scars, cheeks · 0 of 6"), "the series came along");
    press_through(&mut app, "z", Modifiers::COMMAND);
    assert!(shows(&app, "Undo this change?") && shows(&app, "Merging two patients"));
    let enter = app.update(Message::Key(Key::Named(Named::Enter), Modifiers::empty()));
    drain(&mut app, enter);
    assert!(shows(&app, "Undone: Merging two patients"));
    let _ = app.update(Message::Go(Place::Patients));
    press_through(&mut app, "y", Modifiers::COMMAND);
    assert!(shows(&app, "Redo this change?"));
}

#[test]
fn a_lock_blanks_the_screen_says_that_work_goes_on_and_takes_the_vault_back() {
    let (folder, mut app) = open();
    begin(&mut app, Work::File(COURSE));
    press(&mut app, "l", Modifiers::COMMAND);
    assert!(shows(&app, "Work is still being finished in this vault") && shows(&app, "12 of 40"));
    let found = Vault::peek(&folder.path().join("vault"));
    let _ = app.update(answer(2, Answer::Peeked(folder.path().join("vault"), found, None)));
    unlock(&mut app, "a wrong passphrase");
    assert!(!shows(&app, "New patient"));
    unlock(&mut app, PASSPHRASE);
    assert!(shows(&app, "New patient") && shows(&app, "Filing photos"));
}

#[test]
fn what_ended_behind_a_lock_is_said_after_it_and_reaches_no_screen() {
    let (folder, mut app) = open();
    begin(&mut app, Work::Gallery);
    press(&mut app, "l", Modifiers::COMMAND);
    let written = Answer::GalleryWritten(Ok("The gallery holds 3 cases.".to_owned()));
    let _ = app.update(Message::Answer(Origin { epoch: 1, job: 1 }, Box::new(written)));
    assert!(!shows(&app, "The gallery holds 3 cases."));
    let found = Vault::peek(&folder.path().join("vault"));
    let _ = app.update(answer(2, Answer::Peeked(folder.path().join("vault"), found, None)));
    unlock(&mut app, PASSPHRASE);
    assert!(shows(&app, "The gallery holds 3 cases."));
}

#[test]
fn files_that_are_dropped_are_taken_together_once_no_more_come_and_never_by_a_locked_window() {
    let (folder, mut app) = open();
    let files = ["a.jpg", "b.jpg"].map(|name| folder.path().join(name));
    for file in &files {
        let _ = app.update(Message::Hovering(true));
        let _ = app.update(Message::Dropped(file.clone()));
    }
    let _ = app.update(Message::DroppedAll(1));
    assert!(simulate(app.view()).find("Today").is_ok());
    assert!(simulate(app.view()).find("File a memory card").is_err(), "another one came since");
    let task = app.update(Message::DroppedAll(2));
    assert!(
        simulate(app.view()).find("Copying and reading back").is_ok()
            || simulate(app.view()).find("Reading a card").is_ok()
    );
    drop(task);
    let _ = app.update(Message::Lock);
    let _ = app.update(Message::Dropped(files[0].clone()));
    let _ = app.update(Message::DroppedAll(1));
    assert!(
        simulate(app.view())
            .find("The vault is locked. Nothing was taken. Unlock it, then drop the files again.")
            .is_ok()
    );
}

#[test]
fn today_says_that_the_vault_lies_in_a_folder_that_is_copied_to_a_cloud() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cloud = folder.path().join("Nextcloud");
    std::fs::create_dir(&cloud).expect("made");
    for (place, said) in [(cloud.as_path(), true), (folder.path(), false)] {
        let (mut app, first) = App::with_clock(Start { opened: Some(vault(place)), ..Start::default() }, clock);
        drain(&mut app, first);
        let go = app.update(Message::Go(Place::Today));
        drain(&mut app, go);
        assert_eq!(shows(&app, &Shared::Cloud("Nextcloud").sentence()), said);
    }
}
