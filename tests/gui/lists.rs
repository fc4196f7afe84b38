//! Today and the gallery of a large vault: what is not listed is counted, never left unsaid.

use std::sync::Arc;

use chrono::Days;
use diptych::clock::UtcMillis;
use diptych::gui::action::Action;
use diptych::gui::job::{Answer, Case, Cases, Day, DueLine, Failure, Job};
use diptych::gui::screen::gallery::{self, Gallery};
use diptych::gui::screen::settings::Section;
use diptych::gui::screen::today::Today;
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

#[test]
fn the_gallery_counts_the_cases_it_does_not_list() {
    let case = |obstacle: Option<&str>| Case {
        patient: patient(1, "Marisol", "Everhart-Lindqvist"),
        series: board().series.clone(),
        standing: obstacle.map_or_else(|| Ok("Cheek right".to_owned()), |why| Err(why.to_owned())),
    };
    let listed = vec![case(None), case(Some("no valid website consent")), case(Some("no valid website consent"))];
    let (mut screen, _) = Gallery::new();
    let _ = screen.receive(Answer::Cases(Ok(Arc::new(Cases { listed, series: 5000 }))));
    let (theme, works) = (theme::dark(), Works::default());
    let mut window = simulate(screen.view(&theme, &works));
    assert!(window.find("1 case").is_ok());
    assert!(window.find("4999 cases").is_ok());
    assert!(window.find("4997 more are not listed here.").is_ok());
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
