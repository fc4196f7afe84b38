//! The whole window on a real, empty vault.

use chrono::NaiveDate;
use diptych::clock::Now;
use diptych::gui::Start;
use diptych::gui::action::Place;
use diptych::gui::app::{App, Message, Origin};
use diptych::gui::job::{Answer, Course, Failure, Filing, Ticket, Work};
use diptych::model::{PatientId, SeriesId};
use diptych::progress::{Progress, Report};
use diptych::vault::{KdfCost, Passphrase, Vault};
use iced::keyboard::{Key, Modifiers};

use crate::fixture::{row, simulate};

fn clock() -> Now {
    Now::fixed(NaiveDate::from_ymd_opt(2026, 5, 18).unwrap_or_default())
}

fn open() -> (tempfile::TempDir, App) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let passphrase = Passphrase::new("four unrelated words");
    let (vault, _) = Vault::create(&folder.path().join("vault"), "owner", &passphrase, KdfCost::TESTS, clock())
        .expect("a new vault");
    let (app, _) = App::with_clock(Start { opened: Some(vault), ..Start::default() }, clock);
    (folder, app)
}

fn shows(app: &App, words: &str) -> bool {
    simulate(app.view()).find(words).is_ok()
}

/// An answer of the epoch to a job that nobody waits for by its number.
fn answer(epoch: u64, answer: Answer) -> Message {
    Message::Answer(Origin { epoch, job: 0 }, Box::new(answer))
}

fn press(app: &mut App, key: &str, modifiers: Modifiers) {
    let _ = app.update(Message::Key(Key::Character(key.into()), modifiers));
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
