//! Today and the gallery of a large vault: what is not listed is counted, never left unsaid.

use std::sync::Arc;

use chrono::Days;
use diptych::clock::UtcMillis;
use diptych::gui::action::Action;
use diptych::gui::job::{Answer, Case, Cases, Day, DueLine, Failure, Job};
use diptych::gui::screen::gallery::{self, Gallery};
use diptych::gui::screen::settings::Section;
use diptych::gui::screen::today::Today;
use diptych::gui::shortcut::Command;
use diptych::gui::theme;
use diptych::gui::works::Works;
use diptych::model::{Consent, ConsentEvent, PatientId, Purpose, Scope};
use diptych::protocol::{Due, DueState, Visit};
use diptych::vault::{DueTotals, Expiring, LastBackup, LastCheck};

use crate::fixture::{board, patient, simulate, today};

fn due(state: DueState) -> DueLine {
    let what = Visit::Treatment { number: 5, planned: 6 };
    let due = Due { from: today(), to: today(), state, what };
    DueLine { patient: patient(1, "Marisol", "Everhart-Lindqvist"), series: board().series.clone(), due }
}

fn shows_day(day: Day, words: &str) -> bool {
    let (mut screen, _) = Today::new();
    let _ = screen.receive(Answer::Today(Ok(Arc::new(day))));
    simulate(screen.view(&theme::dark(), today())).find(words).is_ok()
}

#[test]
fn today_says_how_many_are_overdue_when_the_list_is_cut() {
    let totals = DueTotals { overdue: 312, now: 1, later: 0 };
    let day = || Day { due: vec![due(DueState::Overdue(9)), due(DueState::Due)], totals, ..Day::default() };
    assert!(shows_day(day(), "312, the first 1 are listed"));
    assert!(shows_day(day(), "Due now"));
    assert!(!shows_day(day(), "Next"));
}

#[test]
fn today_says_which_consent_ends_soon() {
    let consent = Consent {
        id: None,
        patient: PatientId(1),
        series: None,
        purpose: Purpose::Website,
        scope: Scope::Region,
        event: ConsentEvent::Granted,
        wording: "1".into(),
        signer: "patient".into(),
        signed: None,
        expires: today().checked_add_days(Days::new(9)),
        at: UtcMillis(0),
    };
    let expiring = vec![Expiring { patient: patient(1, "Marisol", "Everhart-Lindqvist"), consent }];
    let day = || Day { expiring: expiring.clone(), ..Day::default() };
    assert!(shows_day(day(), "Consents that end soon"));
    assert!(shows_day(day(), "website, region only"));
    assert!(shows_day(day(), "ends 27 May 2026, in 9 days"));
}

fn case(obstacle: Option<&str>) -> Case {
    Case {
        patient: patient(1, "Marisol", "Everhart-Lindqvist"),
        series: board().series.clone(),
        allowed: obstacle.is_none_or(|why| why == "not aligned"),
        standing: obstacle.map_or_else(|| Ok("Cheek right".to_owned()), |why| Err(why.to_owned())),
    }
}

/// A page of 5000 series, of which 52 have a valid consent; one of them is not aligned.
fn cases(page: u32) -> Cases {
    let none = || case(Some("no valid website consent"));
    let listed = match page {
        0 => (0..50).map(|n| case((n == 7).then_some("not aligned"))).collect(),
        1 => (0..50).map(|n| if n < 2 { case(None) } else { none() }).collect(),
        _ => (0..50).map(|_| none()).collect(),
    };
    Cases { page, allowed: 52, series: 5000, listed }
}

fn asked(action: &Action) -> Option<u32> {
    match action.jobs()[..] {
        [Job::Cases(page)] => Some(*page),
        _ => None,
    }
}

#[test]
fn the_gallery_shows_a_page_of_cases_and_counts_the_others() {
    let (mut screen, ask) = Gallery::new();
    assert_eq!(asked(&ask), Some(0));
    let shows = |screen: &Gallery, words: &str| {
        let (theme, works) = (theme::dark(), Works::default());
        simulate(screen.view(&theme, &works)).find(words).is_ok()
    };
    let _ = screen.receive(Answer::Cases(0, Ok(Arc::new(cases(0)))));
    assert!(shows(&screen, "52 cases") && shows(&screen, "not aligned"));
    assert!(shows(&screen, "1 – 50 of 5,000") && !shows(&screen, "4,948 cases"));
    let later = screen.command(Command::PageDown).expect("a page");
    assert_eq!(asked(&later), Some(1));
    let _ = screen.receive(Answer::Cases(0, Ok(Arc::new(cases(2)))));
    assert!(shows(&screen, "1 – 50 of 5,000"), "what comes for a page that was left is dropped");
    let _ = screen.receive(Answer::Cases(1, Ok(Arc::new(cases(1)))));
    assert!(shows(&screen, "51 – 100 of 5,000") && shows(&screen, "52 cases") && shows(&screen, "4,948 cases"));
    assert_eq!(asked(&screen.refresh()), Some(1), "it stays where it is when something changed");
    assert_eq!(asked(&screen.update(gallery::Message::Page(99))), Some(99));
    let _ = screen.receive(Answer::Cases(99, Ok(Arc::new(cases(99)))));
    assert!(screen.command(Command::PageDown).is_none(), "the last one");
}

#[test]
fn a_page_of_the_gallery_that_is_gone_gives_way_to_the_last_one() {
    let (mut screen, _) = Gallery::new();
    let _ = screen.update(gallery::Message::Page(3));
    let fewer = Cases { page: 3, allowed: 0, series: 120, listed: Vec::new() };
    assert_eq!(asked(&screen.receive(Answer::Cases(3, Ok(Arc::new(fewer))))), Some(2));
}

#[test]
fn a_gallery_is_published_only_with_a_signature_and_each_time_with_its_own() {
    let (mut screen, _) = Gallery::new();
    let _ = screen.update(gallery::Message::Folder("/site".to_owned()));
    assert!(screen.update(gallery::Message::Export).jobs().is_empty(), "not signed");
    let sign = || gallery::Message::Signature("orchid lamp".to_owned().into());
    let _ = screen.update(sign());
    let export = screen.update(gallery::Message::Export);
    assert!(
        matches!(export.jobs()[..], [Job::ExportGallery { signature, .. }] if signature.0.as_str() == "orchid lamp")
    );
    let _ =
        screen.receive(Answer::GalleryWritten(Err(Failure("That passphrase does not open this vault.".to_owned()))));
    assert!(screen.update(gallery::Message::Export).jobs().is_empty(), "the signature was for one export");
    let _ = screen.update(sign());
    assert_eq!(screen.update(gallery::Message::Export).jobs().len(), 1);
}

#[test]
fn today_says_backup_and_verification_in_one_line_and_reminds_of_them() {
    let at = UtcMillis(0);
    let backup = |days| {
        let day = today().checked_sub_days(Days::new(days)).expect("a date");
        Some(LastBackup { at, day, place: "/x".into(), generation: 4, originals: 3412 })
    };
    let check = |findings| Some(LastCheck { at, day: today(), originals: 3412, checked: 3412, findings });
    let day = |days, findings| Day { backup: backup(days), check: check(findings), ..Day::default() };
    assert!(shows_day(day(2, 0), "Last backup 2 days ago · All 3,412 originals verified 18 May 2026"));
    assert!(!shows_day(day(2, 0), "Back up…") && shows_day(day(9, 0), "Back up…"));
    assert!(shows_day(day(2, 1), "Look…"));
    assert!(shows_day(Day::default(), "No backup yet · Originals never verified"));
    let (mut screen, _) = Today::new();
    let action = screen.update(diptych::gui::screen::today::Message::Upkeep);
    assert!(matches!(action, Action::OpenSettings(Section::Upkeep)));
}

#[test]
fn today_says_what_the_opening_of_the_vault_found() {
    let day = Day { found: vec!["The disk of the vault is full.".to_owned()], ..Day::default() };
    assert!(shows_day(day, "The disk of the vault is full."));
}
