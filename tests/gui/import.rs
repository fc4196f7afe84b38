//! The import: correcting a plan before it is filed.

use std::path::PathBuf;
use std::sync::Arc;

use diptych::gui::job::{Answer, Course, Failure, Filing, Job};
use diptych::gui::screen::import::{Import, Message};
use diptych::gui::shortcut::Command;
use diptych::gui::theme;
use diptych::gui::works::Works;
use diptych::import::{Outcome, Plan, PlannedPhoto, PlannedSession, Skip};
use diptych::model::{CaptureFacts, Phase, PhotoHash, Redacted, SeriesId, SessionKind, Slot, ViewId};

use crate::fixture::{board, simulate, today};

fn photo(n: u8) -> PlannedPhoto {
    PlannedPhoto {
        tray: None,
        path: Redacted(PathBuf::from(format!("/card/IMG_{n:04}.JPG"))),
        hash: PhotoHash([n; 32]),
        length: 1000,
        size: diptych::geom::Size::new(6000, 4000),
        facts: CaptureFacts::default(),
        raw: None,
        view: Some(ViewId(i64::from(n))),
        slot: Slot::Primary,
        phase: Phase::BeforeTreatment,
        skip: None,
        notes: Vec::new(),
    }
}

/// A plan of one visit with three photos, the last of which is filed already.
pub fn plan() -> Plan {
    let mut photos: Vec<PlannedPhoto> = (0..3).map(photo).collect();
    photos[2].skip = Some(Skip::AlreadyFiled);
    let session = PlannedSession { date: today(), kind: SessionKind::Treatment, existing: None, photos };
    Plan { series: SeriesId(7), sessions: vec![session], refused: Vec::new(), shared: false }
}

/// The import with its plan on the screen.
pub fn planned() -> Import {
    let (mut screen, _) = Import::new(board());
    let _ = screen.update(Message::Folder("/card".to_owned()));
    let ask = screen.update(Message::Scan);
    let ticket = match ask.jobs().as_slice() {
        [Job::Scan { ticket, folder, .. }] if folder.as_deref() == Some(std::path::Path::new("/card")) => *ticket,
        _ => panic!("the folder is read"),
    };
    let peeks = screen.receive(Answer::Scanned(ticket, Ok(Arc::new(plan()))));
    assert!(matches!(peeks.jobs().as_slice(), [Job::Peeks { files, .. }] if files.len() == 3));
    screen
}

fn views(screen: &Import) -> Vec<Option<ViewId>> {
    screen.plan().expect("a plan").sessions[0].photos.iter().map(|p| p.view).collect()
}

#[test]
fn arrows_give_a_photo_another_view() {
    let mut screen = planned();
    let _ = screen.command(Command::Down);
    let _ = screen.command(Command::Right);
    assert_eq!(views(&screen), [Some(ViewId(0)), Some(ViewId(2)), Some(ViewId(2))]);
    let _ = screen.command(Command::Right);
    assert_eq!(views(&screen)[1], None);
    let _ = screen.command(Command::Left);
    assert_eq!(views(&screen)[1], Some(ViewId(2)));
}

#[test]
fn x_leaves_a_photo_out_and_takes_it_back_but_not_one_that_is_filed_already() {
    let mut screen = planned();
    let filed = |screen: &Import| screen.plan().expect("a plan").filed().count();
    assert_eq!(filed(&screen), 2);
    let _ = screen.command(Command::Skip);
    assert_eq!(filed(&screen), 1);
    let _ = screen.command(Command::Skip);
    assert_eq!(filed(&screen), 2);
    let _ = screen.update(Message::Skip(2));
    assert_eq!(filed(&screen), 2);
}

#[test]
fn enter_files_the_plan_as_it_stands() {
    let mut screen = planned();
    let _ = screen.command(Command::Skip);
    let filed = screen.command(Command::Accept);
    match filed.jobs().as_slice() {
        [Job::File(_, plan)] => assert_eq!(plan.filed().count(), 1),
        _ => panic!("the plan is filed"),
    }
    assert!(screen.is_unfinished(), "a filing under way is kept wherever the person goes");
}

#[test]
fn a_plan_of_an_older_folder_is_dropped() {
    let (mut screen, _) = Import::new(board());
    let _ = screen.update(Message::Folder("/card".to_owned()));
    let ask = screen.update(Message::Scan);
    let Some(Job::Scan { ticket, .. }) = ask.jobs().first().copied().cloned() else { panic!("the folder is read") };
    let _ = screen.receive(Answer::Scanned(ticket, Err(Failure("stopped".into()))));
    let _ = screen.update(Message::Scan);
    let _ = screen.receive(Answer::Scanned(ticket, Ok(Arc::new(plan()))));
    assert!(screen.plan().is_none());
}

#[test]
fn the_plan_says_what_will_happen() {
    let screen = planned();
    let theme = theme::dark();
    let works = Works::default();
    let mut window = simulate(screen.view(&theme, &works));
    assert!(window.find("2 photos will be filed, 1 left out").is_ok());
    assert!(window.find("already filed").is_ok());
}

#[test]
fn a_filing_that_fails_or_is_stopped_gives_the_corrected_plan_back() {
    let mut screen = planned();
    let _ = screen.command(Command::Down);
    let _ = screen.command(Command::Right);
    let corrected = views(&screen);
    let course = |screen: &Import| Course { patient: screen.patient(), series: SeriesId(7) };
    let _filing = screen.command(Command::Accept);
    let _ = screen.receive(Answer::Filed(course(&screen), Err(Failure("The disk of the vault is full.".into()))));
    assert_eq!(views(&screen), corrected);
    let (theme, works) = (theme::dark(), Works::default());
    assert!(simulate(screen.view(&theme, &works)).find("The disk of the vault is full.").is_ok());
    let again = screen.command(Command::Accept);
    assert!(matches!(again.jobs()[..], [Job::File(..)]), "it can be filed again as it is");
    let outcome = Outcome { cancelled: true, in_tray: 1, ..Outcome::default() };
    let filing = Arc::new(Filing { outcome, undo: None });
    let _ = screen.receive(Answer::Filed(course(&screen), Ok(filing)));
    assert_eq!(views(&screen), corrected);
    assert!(
        simulate(screen.view(&theme, &works)).find("Stopped. Nothing was filed; 1 photo is safe in the tray.").is_ok()
    );
}
