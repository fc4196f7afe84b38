//! Vault and lock: the minutes of the automatic lock, the recovery code and its page.

use std::sync::Arc;

use diptych::gui::action::Place;
use diptych::gui::app::Message as Window;
use diptych::gui::job::{Answer, Asked};
use diptych::gui::screen::code::OnCode;
use diptych::gui::screen::settings::keys::{Message as Keys, Wish};
use diptych::gui::screen::settings::{Message, Section};
use diptych::gui::shortcut::Command;
use diptych::vault::{Role, Vault};
use iced::keyboard::{Key, Modifiers};
use zeroize::Zeroizing;

use super::{Desk, now};
use crate::window::{self, PASSPHRASE};

fn keys(desk: &mut Desk, message: Keys) {
    desk.send(Message::Keys(message));
}

/// A desk that shows a new recovery code.
fn with_code() -> Desk {
    let mut desk = Desk::new(Section::Keys);
    desk.click("Make a new recovery code…");
    keys(&mut desk, Keys::Old(Zeroizing::new(PASSPHRASE.to_owned())));
    keys(&mut desk, Keys::Save);
    assert!(desk.shows("Write this down"));
    desk
}

#[test]
fn the_automatic_lock_is_set_between_one_minute_and_an_hour_and_never_off() {
    let mut desk = Desk::new(Section::Keys);
    assert!(desk.shows("10 minutes"));
    for (wished, kept) in [(25, 25), (0, 1), (600, 60)] {
        keys(&mut desk, Keys::LockAfter(wished));
        keys(&mut desk, Keys::LockAfterDone);
        assert_eq!(desk.preferences.last().map(|p| p.lock_minutes), Some(kept));
    }
    assert!(desk.shows("60 minutes"));
}

#[test]
fn a_wrong_passphrase_makes_no_code_and_is_said() {
    let mut desk = Desk::new(Section::Keys);
    keys(&mut desk, Keys::Change(Wish::Code));
    keys(&mut desk, Keys::Old(Zeroizing::new("wrong".to_owned())));
    keys(&mut desk, Keys::Save);
    assert!(desk.shows(
        "That passphrase does not open this vault. Nothing was changed. Try again, or use the printed recovery code."
    ));
    assert!(!desk.shows("Write this down"));
    assert!(!desk.press(Command::Section(2)), "a key leads nowhere behind a dialog");
    assert!(desk.press(Command::Back) && !desk.shows("Make a new code"));
}

#[test]
fn the_page_of_the_code_is_written_where_the_person_says_and_deleted_again() {
    let mut desk = with_code();
    keys(&mut desk, Keys::Close);
    assert!(desk.shows("Write this down"), "nobody has written it down");
    desk.click("Print…");
    let inside = desk.vault.dir().join("code.pdf");
    desk.receive(Answer::Picked(Asked::Sheet, Some(inside.clone())));
    assert!(
        desk.shows(
            "The destination lies inside the vault's folder. Nothing was written. Choose a folder outside of it."
        )
    );
    assert!(!inside.exists());
    let path = desk.path("code.pdf");
    desk.receive(Answer::Picked(Asked::Sheet, Some(path.clone())));
    let page = std::fs::read(&path).expect("the page");
    assert!(page.starts_with(b"%PDF-"));
    assert!(desk.shows(&format!("Written to {}. Print it, then delete it.", path.display())));
    desk.click("Delete the file");
    assert!(
        !path.exists() && desk.shows("The file was deleted. If it lay in a synchronised folder, delete it there too.")
    );
    keys(&mut desk, Keys::OnCode(OnCode::WrittenDown(true)));
    desk.click("Close");
    assert!(!desk.shows("Write this down") && desk.toasts.is_empty());
    // The code on the page is the one that opens the vault.
    let text = String::from_utf8(page).expect("ASCII");
    let code = text.split(['(', ')']).find(|part| part.len() == 34 && part.matches('-').count() == 6).expect("a code");
    let dir = desk.vault.dir().to_owned();
    drop(desk.vault);
    assert!(Vault::open_with_recovery_code(&dir, code, now()).is_ok());
}

#[test]
fn a_page_that_was_left_behind_is_said() {
    let mut desk = with_code();
    desk.click("Print…");
    let path = desk.path("code.pdf");
    desk.receive(Answer::Picked(Asked::Sheet, Some(path.clone())));
    keys(&mut desk, Keys::OnCode(OnCode::WrittenDown(true)));
    keys(&mut desk, Keys::Close);
    assert!(desk.toasts.last().is_some_and(|said| said.contains("still lies at")), "{:?}", desk.toasts);
}

#[test]
fn only_an_owner_makes_a_recovery_code() {
    let desk = Desk::as_role(Role::Clinician, Section::Keys);
    assert!(desk.shows("An owner makes a new recovery code."));
}

#[test]
fn a_code_on_the_screen_survives_a_look_elsewhere_and_a_lock_says_that_it_is_gone() {
    let (folder, mut app) = window::open();
    let press = |app: &mut diptych::gui::app::App, key: &str| {
        let task = app.update(Window::Key(Key::Character(key.into()), Modifiers::empty()));
        window::drain(app, task);
    };
    let _ = app.update(Window::Go(Place::Settings));
    press(&mut app, "2");
    window::click(&mut app, "Make a new recovery code…");
    let _not_run = window::clicked(&mut app, "Make a new code");
    let code = Arc::new(Zeroizing::new("0123-4567-89AB-CDEF-GHJK-MNPQ-RSTV".to_owned()));
    let _ = app.update(window::answer(1, Answer::KeysChanged(Ok(Some(code)))));
    assert!(window::shows(&app, "Write this down"));
    for place in [Place::Today, Place::Settings] {
        let _ = app.update(Window::Go(place));
    }
    assert!(window::shows(&app, "Write this down"));
    window::press(&mut app, "l", Modifiers::COMMAND);
    assert!(!window::shows(&app, "Write this down"));
    let found = Vault::peek(&folder.path().join("vault"));
    let _ = app.update(window::answer(2, Answer::Peeked(folder.path().join("vault"), found, None)));
    window::unlock(&mut app, PASSPHRASE);
    assert!(window::shows(
        &app,
        "The screen was locked while a new recovery code was on it, and nobody had said that it was written down. The older code opens nothing any more. Unless you have the new one on paper, make another one in the settings."
    ));
}
