//! A window that is left alone locks by itself, and then nothing holds the vault any more.

use std::cell::Cell;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Weak};

use chrono::NaiveDate;
use diptych::clock::Now;
use diptych::geom::Size;
use diptych::gui::Start;
use diptych::gui::app::{App, Message};
use diptych::gui::job::{Answer, Work};
use diptych::gui::picture::Shown;
use diptych::gui::screen::settings::Preferences;
use diptych::gui::screen::unlock;
use diptych::imaging;
use diptych::model::{Area, CaptureFacts, Indication, NewPatient, NewSeries, Phase, SessionKind, Slot};
use diptych::protocol;
use diptych::vault::{Filing, Incoming, Op, Passphrase, Vault};
use iced::Task;
use iced::advanced::image::Handle;
use iced::futures::StreamExt;
use iced::futures::executor::block_on;
use iced::keyboard::key::Named;
use iced::keyboard::{Key, Modifiers};
use iced_runtime::core::Bytes;
use iced_runtime::{Action, task};
use zeroize::Zeroizing;

use crate::fixture::skin;
use crate::window::{COURSE, PASSPHRASE, begin, clicked, drain, shows, unlock, vault};

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

/// Pixels and pictures that went by on their way to the screens.
#[derive(Default)]
struct Seen {
    thumbnails: Vec<Bytes>,
    compared: Vec<Weak<Shown>>,
}

impl Seen {
    fn look_at(&mut self, message: &Message) {
        let Message::Answer(_, answer) = message else { return };
        match &**answer {
            Answer::Thumbnail(_, _, Some(Handle::Rgba { pixels, .. })) => self.thumbnails.push(pixels.clone()),
            Answer::Framed(_, Ok(shown)) => self.compared.push(Arc::downgrade(shown)),
            _ => {}
        }
    }

    /// Runs a task and what follows from it, and keeps an eye on the pictures.
    fn drain(&mut self, app: &mut App, task: Task<Message>) {
        let mut waiting = VecDeque::from([task]);
        while let Some(task) = waiting.pop_front() {
            let Some(mut stream) = task::into_stream(task) else { continue };
            while let Some(action) = block_on(stream.next()) {
                if let Action::Output(message) = action {
                    self.look_at(&message);
                    waiting.push_back(app.update(message));
                }
            }
        }
    }

    fn press(&mut self, app: &mut App, key: Named) {
        let task = app.update(Message::Key(Key::Named(key), Modifiers::empty()));
        self.drain(app, task);
    }
}

/// A vault with a series of one patient: two visits, each with a photo of the first view.
fn photographed(folder: &std::path::Path) -> Vault {
    let vault = vault(folder);
    let (code, given, family) = ("P-1".into(), "Given".into(), "Familyone".into());
    let person = NewPatient { code, given, family, birth: None, fitzpatrick: None };
    let patient = vault.transact(Op::AddPatient, clock(), |tx| tx.add_patient(&person)).expect("a patient");
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
    let series = vault.transact(Op::AddSeries, clock(), |tx| tx.add_series(&new)).expect("a series");
    let view = Some(vault.views(series).expect("views")[0].id);
    let size = Size::new(640, 480);
    for month in [1, 3] {
        let date = NaiveDate::from_ymd_opt(2026, month, 14).expect("a date");
        let visit = |tx: &diptych::vault::Tx<'_>| tx.add_session(series, date, SessionKind::Treatment);
        let session = vault.transact(Op::AddSession, clock(), visit).expect("a session");
        let bytes = imaging::encode_jpeg(&skin(size, month), 90).expect("a picture");
        let facts = CaptureFacts { orientation: 1, ..CaptureFacts::default() };
        let incoming = Incoming { bytes: &bytes, file_name: "a.jpg", facts: &facts, size };
        let item = vault.receive(&incoming, clock()).expect("received");
        let to = Filing { session, view, slot: Slot::Primary, phase: Phase::BeforeTreatment };
        let _photo = vault.transact(Op::FilePhotos, clock(), |tx| tx.file(item, to)).expect("filed");
    }
    vault
}

#[test]
fn no_decoded_picture_is_left_in_memory_after_the_lock() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let start = Start { opened: Some(photographed(folder.path())), ..Start::default() };
    let (mut app, first) = App::with_clock(start, clock);
    let mut seen = Seen::default();
    seen.drain(&mut app, first);
    for task in clicked(&mut app, "Given Familyone") {
        seen.drain(&mut app, task);
    }
    seen.press(&mut app, Named::ArrowRight);
    seen.press(&mut app, Named::ArrowRight);
    seen.press(&mut app, Named::Enter);
    assert!(seen.thumbnails.len() >= 2 && seen.compared.len() >= 2, "a board and a comparison were shown");
    assert!(seen.thumbnails.iter().all(|pixels| !pixels.is_unique()), "the board holds its thumbnails");
    assert!(seen.compared.iter().all(|shown| shown.upgrade().is_some()), "the comparison holds its pictures");
    wait(600);
    look(&mut app);
    assert!(shows(&app, "Passphrase"));
    assert!(seen.thumbnails.iter().all(Bytes::is_unique), "only this test holds the pixels of the thumbnails");
    assert!(seen.compared.iter().all(|shown| shown.upgrade().is_none()), "nobody holds the compared pictures");
}
