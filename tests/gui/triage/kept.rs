//! What was done to a card is found again: after Esc, and after the program was ended.

use diptych::gui::Start;
use diptych::gui::action::Place;
use diptych::gui::app::{App, Message as Whole};
use diptych::imaging;
use diptych::import::card::Draft;
use diptych::vault::{Passphrase, Vault};
use iced::keyboard::{Key, Modifiers, key::Named};
use iced_test::selector::id;

use super::*;
use crate::fixture::skin;
use crate::window::{self, drain, shows};

fn keeps(action: &Action) -> Vec<Draft> {
    let of_job = |job: &&Job| match job {
        Job::Card(CardJob::Keep(draft)) => Some((**draft).clone()),
        _ => None,
    };
    action.jobs().iter().filter_map(of_job).collect()
}

fn stands(screen: &Triage) -> Draft {
    Draft::of(screen.card().expect("a card"))
}

#[test]
fn each_change_is_kept_one_after_the_other_and_what_was_only_suggested_is_not() {
    let mut screen = sorting();
    let kept = || Answer::Card(CardAnswer::Kept(Ok(())));
    assert!(keeps(&screen.command(Command::Right)).is_empty(), "looking changes nothing");
    let first = keeps(&screen.command(Command::Skip));
    assert_eq!(first, [stands(&screen)]);
    // While that is under way two more things are done: only the last of it is kept, and after the first.
    assert!(keeps(&screen.command(Command::Skip)).is_empty());
    assert!(keeps(&screen.command(Command::AcceptAll)).is_empty());
    assert_eq!(keeps(&screen.receive(kept())), [stands(&screen)]);
    assert!(keeps(&screen.receive(kept())).is_empty(), "nothing has changed since");
    // Another card is looked at: what was done last is kept all the same.
    assert_eq!(keeps(&screen.command(Command::Skip)).len(), 1);
    let under_way = stands(&screen);
    let _ = screen.command(Command::Right);
    let _ = screen.command(Command::Skip);
    let last = stands(&screen);
    assert_ne!(under_way, last);
    let _ = screen.update(Message::Again, today());
    assert!(screen.card().is_none());
    assert_eq!(keeps(&screen.receive(kept())), [last]);
}

#[test]
fn what_could_not_be_kept_is_said_and_tried_again_with_the_next_change() {
    let mut screen = sorting();
    let _ = screen.command(Command::Skip);
    let failed = Answer::Card(CardAnswer::Kept(Err(Failure("The disk of the vault is full.".into()))));
    assert!(
        matches!(screen.receive(failed), Action::Toast(words) if words.starts_with("The disk of the vault is full. The photos are safe"))
    );
    assert_eq!(keeps(&screen.command(Command::Skip)), [stands(&screen)]);
}

#[test]
fn what_was_filed_is_kept_unaccepted_for_whoever_takes_the_filing_back() {
    let mut screen = sorting();
    let _ = screen.command(Command::AcceptAll);
    let _ = screen.receive(Answer::Card(CardAnswer::Kept(Ok(()))));
    let accepted = stands(&screen);
    let file = screen.command(Command::File);
    let Some(Job::Card(CardJob::File(ticket, _))) = file.jobs().first().copied().cloned() else { panic!("filed") };
    let filing = Arc::new(Filing { outcome: Outcome::default(), undo: Some(undo_entry()) });
    let done = screen.receive(Answer::Card(CardAnswer::Filed(ticket, Ok(filing))));
    assert_eq!(keeps(&done), [accepted.unaccepted()]);
}

/// A window on a vault, and a card of three photos that is sorted there.
fn sorted() -> (tempfile::TempDir, App) {
    let folder = tempfile::tempdir().expect("a folder");
    let vault = window::vault(folder.path());
    let card = folder.path().join("card");
    std::fs::create_dir(&card).expect("made");
    for n in 0..3 {
        let jpeg = imaging::encode_jpeg(&skin(Size::new(640, 480), n), 90).expect("a picture");
        diptych::fsx::write_atomic(&card.join(format!("IMG_{n}.JPG")), &jpeg).expect("a file");
    }
    let (mut app, first) = App::with_clock(Start { opened: Some(vault), ..Start::default() }, window::clock);
    drain(&mut app, first);
    let _ = app.update(Whole::Dropped(card));
    let taken = app.update(Whole::DroppedAll(1));
    drain(&mut app, taken);
    (folder, app)
}

fn key(app: &mut App, key: Key) {
    let task = app.update(Whole::Key(key, Modifiers::empty()));
    drain(app, task);
}

fn letter(app: &mut App, letter: &str) {
    key(app, Key::Character(letter.into()));
}

fn has_two_groups(app: &App) -> bool {
    simulate(app.view()).find(id("boundary-0")).is_ok() && simulate(app.view()).find(id("photo-1-1")).is_ok()
}

#[test]
fn a_card_that_was_left_with_esc_is_found_as_it_was_and_another_one_can_be_chosen() {
    let (_folder, mut app) = sorted();
    assert!(!has_two_groups(&app));
    key(&mut app, Key::Named(Named::ArrowRight));
    letter(&mut app, "s");
    letter(&mut app, "x");
    assert!(has_two_groups(&app) && shows(&app, "left out"));
    key(&mut app, Key::Named(Named::Escape));
    assert!(!shows(&app, "left out") && shows(&app, "Today"));
    window::click(&mut app, "File a memory card…");
    assert!(has_two_groups(&app) && shows(&app, "left out"));
    window::click(&mut app, "Another card…");
    assert!(shows(&app, "Copy the photos"));
    window::click(&mut app, "Take the photos of the tray");
    assert!(has_two_groups(&app) && shows(&app, "left out"));
}

#[test]
fn a_card_is_found_as_it_was_after_the_program_was_ended() {
    let (folder, mut app) = sorted();
    key(&mut app, Key::Named(Named::ArrowRight));
    letter(&mut app, "s");
    letter(&mut app, "x");
    drop(app);
    std::fs::remove_dir_all(folder.path().join("card")).expect("the card is gone");
    let passphrase = Passphrase::new(window::PASSPHRASE);
    let vault = Vault::open(&folder.path().join("vault"), "owner", &passphrase, window::clock()).expect("opened");
    let (mut app, first) = App::with_clock(Start { opened: Some(vault), ..Start::default() }, window::clock);
    drain(&mut app, first);
    let go = app.update(Whole::Go(Place::Today));
    drain(&mut app, go);
    window::click(&mut app, "Sort the tray…");
    window::click(&mut app, "Take the photos of the tray");
    assert!(has_two_groups(&app) && shows(&app, "left out"));
}
