//! A window that is left alone locks by itself, and then nothing holds the vault any more.

use std::cell::Cell;
use std::path::PathBuf;

use chrono::NaiveDate;
use diptych::clock::Now;
use diptych::gui::Start;
use diptych::gui::app::{App, Message};
use diptych::gui::job::Work;
use diptych::gui::screen::settings::Preferences;
use diptych::gui::screen::unlock;
use diptych::vault::{Passphrase, Vault};
use iced::keyboard::{Key, Modifiers};
use zeroize::Zeroizing;

use crate::window::{COURSE, PASSPHRASE, begin, drain, shows, unlock, vault};

thread_local! {
    static SECONDS: Cell<i64> = const { Cell::new(0) };
}

/// A clock that goes on when a test says so.
fn clock() -> Now {
    let mut now = Now::fixed(NaiveDate::from_ymd_opt(2026, 5, 18).unwrap_or_default());
    now.at.0 += 1000 * SECONDS.get();
    now
}

fn wait(seconds: i64) {
    SECONDS.set(SECONDS.get() + seconds);
}

fn look(app: &mut App) {
    let task = app.update(Message::Look);
    drain(app, task);
}

/// A window on an empty vault, with all it asked for, and the vault's folder.
fn window(minutes: u16) -> (tempfile::TempDir, App, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let preferences = Preferences { lock_minutes: minutes, ..Preferences::default() };
    let start = Start { opened: Some(vault(folder.path())), preferences, ..Start::default() };
    let (mut app, first) = App::with_clock(start, clock);
    drain(&mut app, first);
    let dir = folder.path().join("vault");
    (folder, app, dir)
}

#[test]
fn a_window_left_alone_locks_and_nothing_holds_the_vault_any_more() {
    let (_folder, mut app, dir) = window(10);
    wait(599);
    look(&mut app);
    assert!(shows(&app, "New patient"));
    let elsewhere = || Vault::open(&dir, "owner", &Passphrase::new(PASSPHRASE), clock());
    assert!(elsewhere().is_err(), "one program at a time");
    wait(1);
    look(&mut app);
    assert!(!shows(&app, "New patient") && shows(&app, "Passphrase"));
    let _vault = elsewhere().expect("no handle of the vault is left in the window");
}

#[test]
fn any_touch_restarts_the_minutes() {
    let (_folder, mut app, _) = window(1);
    for _ in 0..5 {
        wait(59);
        let _ = app.update(Message::Touched);
        look(&mut app);
        assert!(shows(&app, "New patient"));
    }
    wait(60);
    look(&mut app);
    assert!(!shows(&app, "New patient"));
}

#[test]
fn the_hand_that_wakes_the_window_comes_too_late() {
    for message in [Message::Touched, Message::Key(Key::Character("?".into()), Modifiers::SHIFT), Message::Help(true)] {
        let (_folder, mut app, _) = window(10);
        wait(3600);
        let task = app.update(message);
        drain(&mut app, task);
        assert!(!shows(&app, "New patient") && shows(&app, "Passphrase"));
    }
}

#[test]
fn what_is_being_filed_goes_on_behind_the_automatic_lock() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let start = Start { opened: Some(vault(folder.path())), ..Start::default() };
    let (mut app, _not_run) = App::with_clock(start, clock);
    begin(&mut app, Work::File(COURSE));
    wait(600);
    look(&mut app);
    assert!(shows(&app, "Work is still being finished in this vault") && shows(&app, "12 of 40"));
    let _ = app.update(Message::Ended(1));
    assert!(!shows(&app, "Filing photos"));
}

#[test]
fn a_passphrase_that_was_half_typed_is_forgotten_and_no_letter_is_lost_before() {
    let (_folder, mut app, dir) = window(10);
    wait(600);
    look(&mut app);
    wait(7200);
    for typed in ["f", "fo", "four unre"] {
        let typed = unlock::Message::Passphrase(Zeroizing::new(typed.to_owned()));
        let _ = app.update(Message::Unlock(typed));
    }
    let submit = |app: &mut App| {
        let task = app.update(Message::Unlock(unlock::Message::Submit));
        drain(app, task);
    };
    submit(&mut app);
    assert!(shows(
        &app,
        "That passphrase does not open this vault. Nothing was changed. Try again, or use the printed recovery code."
    ));
    let typed = unlock::Message::Passphrase(Zeroizing::new(PASSPHRASE.to_owned()));
    let _ = app.update(Message::Unlock(typed));
    wait(600);
    look(&mut app);
    submit(&mut app);
    assert!(!shows(&app, "New patient"), "whoever comes to the window then cannot send it off");
    unlock(&mut app, PASSPHRASE);
    assert!(shows(&app, "New patient"));
    assert!(Vault::peek(&dir).is_ok());
}
