//! At rest: what a window leaves on the disk, from the unlocking to the lock, tells nothing of who was photographed.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use diptych::clock::Now;
use diptych::geom::Size;
use diptych::gui::Start;
use diptych::gui::action::Place;
use diptych::gui::app::{App, Message};
use diptych::gui::job::{Answer, Asked};
use diptych::imaging;
use diptych::model::{Area, Indication, NewPatient, NewSeries, SeriesId};
use diptych::protocol;
use diptych::vault::Op;
use iced::keyboard::{Key, Modifiers};

use crate::fixture::{skin, today};
use crate::window::{PASSPHRASE, answer, click, drain, shows, unlock, vault};

const ENTRY: &str = "rest::a_whole_day_in_a_window_of_its_own";
/// Where that window finds its folder and the card.
const FOLDER: &str = "DIPTYCH_TEST_FOLDER";
const CARD: &str = "DIPTYCH_TEST_CARD";

/// Everything a person would be known by, what opens the vault, and what pictures begin with.
const PLANTED: [&str; 9] = [
    "PLANTED-CODE",
    "Plantedgiven",
    "plantedgiven",
    "Plantedfamily",
    "plantedfamily",
    "1990-05-17",
    "planted-file",
    "JFIF",
    PASSPHRASE,
];

fn clock() -> Now {
    Now::fixed(today())
}

fn series(folder: &Path) -> SeriesId {
    let vault = vault(folder);
    let (code, given, family) = ("PLANTED-CODE".into(), "Plantedgiven".into(), "Plantedfamily".into());
    let birth = chrono::NaiveDate::from_ymd_opt(1990, 5, 17).map(diptych::model::Redacted);
    let person = NewPatient { code, given, family, birth, fitzpatrick: None };
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
    vault.transact(Op::AddSeries, clock(), |tx| tx.add_series(&new)).expect("a series")
}

/// The desktop's answer; one of another time of the window is dropped.
fn pick(app: &mut App, asked: Asked, path: &Path) {
    for epoch in 0..4 {
        let task = app.update(answer(epoch, Answer::Picked(asked, Some(path.to_owned()))));
        drain(app, task);
    }
}

fn press(app: &mut App, key: &str, modifiers: Modifiers) {
    let task = app.update(Message::Key(Key::Character(key.into()), modifiers));
    drain(app, task);
}

#[test]
#[ignore = "the test below starts it in a process of its own"]
fn a_whole_day_in_a_window_of_its_own() {
    let path = |name| PathBuf::from(env::var_os(name).expect("set by the test below"));
    let (folder, card) = (path(FOLDER), path(CARD));
    let series = series(&folder);
    let settings_file = Some(folder.join("home").join("settings.toml"));
    let start = Start { vault: Some(folder.join("vault")), settings_file, ..Start::default() };
    let (mut app, first) = App::with_clock(start, clock);
    drain(&mut app, first);
    unlock(&mut app, PASSPHRASE);
    click(&mut app, "Plantedgiven Plantedfamily");
    click(&mut app, "Import folder…");
    pick(&mut app, Asked::Import(series), &card);
    click(&mut app, "File the photos");
    assert!(shows(&app, "1 photo filed."));
    let task = app.update(Message::Go(Place::Settings));
    drain(&mut app, task);
    press(&mut app, "4", Modifiers::empty());
    pick(&mut app, Asked::Backup, &folder.join("usb"));
    press(&mut app, "b", Modifiers::empty());
    assert!(shows(&app, "Last backup today"));
    press(&mut app, "l", Modifiers::COMMAND);
    assert!(shows(&app, "Passphrase"));
}

#[test]
fn no_file_of_a_whole_day_in_the_window_shows_who_was_photographed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let card = tempfile::tempdir().expect("a card");
    let (home, temporary) = (folder.path().join("home"), folder.path().join("temporary"));
    for folder in [&home, &temporary] {
        fs::create_dir(folder).expect("made");
    }
    let photo = imaging::encode_jpeg(&skin(Size::new(640, 480), 5), 90).expect("a picture");
    diptych::fsx::write_atomic(&card.path().join("planted-file.jpg"), &photo).expect("written");
    let mut command = Command::new(env::current_exe().expect("this binary"));
    let _ = command.args([ENTRY, "--exact", "--ignored"]).env(FOLDER, folder.path()).env(CARD, card.path());
    for name in ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"] {
        let _ = command.env(name, &home);
    }
    let output = command.env("TMPDIR", &temporary).output().expect("started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let files = diptych::fsx::files_below(folder.path()).expect("listed");
    for written in [home.join("settings.toml"), folder.path().join("vault").join("catalog.db")] {
        assert!(files.contains(&written), "{files:?}");
    }
    assert!(files.iter().any(|path| path.ends_with("manifest")), "a backup: {files:?}");
    let needles: Vec<&[u8]> = PLANTED.iter().map(|text| text.as_bytes()).chain([&photo[500..516]]).collect();
    for path in &files {
        let bytes = fs::read(path).expect("read");
        for needle in &needles {
            let shows = bytes.windows(needle.len()).any(|window| window == *needle);
            assert!(!shows, "{} shows {}", path.display(), String::from_utf8_lossy(needle));
        }
        let name = path.display().to_string();
        assert!(PLANTED.iter().all(|text| !name.contains(text)), "{name}");
    }
    let left: Vec<_> = fs::read_dir(&temporary).expect("listed").collect();
    assert!(left.is_empty(), "{left:?}");
}
