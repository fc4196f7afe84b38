//! Photographed cards of patients: whose they are decides about what lies behind them.

use diptych::geom::Size;
use diptych::import::card::document::Document;
use diptych::import::card::{self, Belief, Options, Reason};
use diptych::import::watch::{STABLE_MS, Watch};
use diptych::import::{Options as PlanOptions, Skip, commit, commit_all, plan, scan};
use diptych::model::{Indication, NewPatient, PatientId, SeriesId, Slot, marker};
use diptych::progress::Progress;
use diptych::vault::{Op, Vault};

use crate::card::{now, small, timed, today, write};
use crate::support::{painted, skin};

/// A photo of a printed card: the code of `text` on white, the card on grey.
fn photographed(text: &str) -> diptych::imaging::Picture {
    let modules = diptych::imaging::make_code(text).expect("made");
    painted(Size::new(640, 480), |p| {
        let (u, v) = ((p.x - 200.0) / 6.0, (p.y - 120.0) / 6.0);
        let inside = |c: f64| c >= 0.0 && c < modules.len() as f64;
        let dark = inside(u) && inside(v) && modules[v as usize][u as usize];
        let paper = (-4.0..modules.len() as f64 + 4.0).contains(&u) && (-4.0..modules.len() as f64 + 4.0).contains(&v);
        if dark {
            [30; 3]
        } else if paper {
            [225; 3]
        } else {
            [120; 3]
        }
    })
}

#[test]
fn a_photographed_card_names_the_patient_and_goes_with_the_visit_hidden() {
    let (folder, vault, patient, card) = small();
    let uid = vault.patient(patient).expect("a patient").uid;
    let shifted = |by: f64| painted(Size::new(640, 480), move |p| skin(diptych::geom::Point::new(p.x + by, p.y * 1.1)));
    for (name, picture, time) in [
        ("0.jpg", shifted(900.0), "2026:05:18 09:59:00"),
        ("1.jpg", photographed(&marker::text(&uid)), "2026:05:18 10:00:00"),
        ("2.jpg", shifted(0.0), "2026:05:18 10:00:20"),
        ("3.jpg", shifted(400.0), "2026:05:18 10:00:40"),
    ] {
        write(&card, name, &timed(&picture, time));
    }
    let taken = card::take(&vault, &[card], true, now(), &Progress::silent()).expect("taken");
    assert_eq!((taken.copied, vault.tray().expect("a tray").len()), (4, 4), "it may show more than a card");
    let mut sorted = card::suggest(&vault, taken, Options::usual(today()), &Progress::silent()).expect("suggested");
    assert!(sorted.may_be_cleared());
    let mut unkept = sorted.clone();
    unkept.groups[1].shots[0].found.tray = None;
    assert!(!unkept.may_be_cleared(), "a picture of a card that is nowhere else");
    let shots: Vec<usize> = sorted.groups.iter().map(|g| g.shots.len()).collect();
    assert_eq!(shots, [1, 3]);
    assert_eq!((sorted.groups[0].target.is_none(), sorted.groups[0].belief), (true, Belief::Unknown));
    let named = &sorted.groups[1];
    assert_eq!(named.target.as_ref().map(|t| t.patient.id), Some(patient));
    assert_eq!((named.belief, named.reason), (Belief::Certain, Reason::PatientCard));
    assert_eq!(named.visit.photos[0].skip, Some(Skip::PatientCard));
    assert_eq!(sorted.accept_certain(), 1);
    let outcome = commit_all(&vault, &sorted.plans(), now(), &Progress::silent()).expect("filed");
    assert_eq!((outcome.filed.len(), outcome.cards), (2, 1));
    assert_eq!(outcome.sentence(), "2 photos filed, 1 photo of a patient's card kept with them, hidden.");
    let tray = || -> Vec<String> { vault.tray().expect("a tray").into_iter().map(|item| item.file_name.0).collect() };
    assert_eq!(tray(), ["0.jpg"], "the card left the tray with the group it belongs to");
    let series = sorted.groups[1].target.as_ref().expect("a target").series;
    let board = vault.board(series).expect("a board");
    let place = |name: &str| {
        let photo = board.photos.iter().find(|photo| photo.file_name.0 == name).expect("filed");
        (photo.slot == Slot::Rejected, photo.view.is_none(), photo.session)
    };
    assert_eq!(place("1.jpg"), (true, true, place("2.jpg").2), "hidden in the visit, and in no view");
    assert!(!place("2.jpg").0 && !place("3.jpg").0);
    // The same card once more: nothing is filed twice.
    let taken = card::take(&vault, &[folder.path().join("card")], true, now(), &Progress::silent()).expect("taken");
    let mut again = card::suggest(&vault, taken, Options::usual(today()), &Progress::silent()).expect("suggested");
    again.groups.iter_mut().for_each(|group| group.accepted = group.reason == Reason::PatientCard);
    let outcome = commit_all(&vault, &again.plans(), now(), &Progress::silent()).expect("filed");
    assert_eq!((outcome.filed.len(), outcome.cards, tray().len()), (0, 0, 1));
    let undo = vault.last_undoable().expect("asked").expect("one").id;
    let _ = vault.undo_expected(undo, now()).expect("undone");
    assert_eq!(tray().len(), 4, "one undo gives all of it back");
}

#[test]
fn a_plan_with_a_photographed_card_goes_through_a_file_and_is_filed() {
    let (_folder, vault, patient, card) = small();
    let uid = vault.patient(patient).expect("a patient").uid;
    let shifted = |by: f64| painted(Size::new(640, 480), move |p| skin(diptych::geom::Point::new(p.x + by, p.y * 1.1)));
    for (name, picture, time) in [
        ("1.jpg", photographed(&marker::text(&uid)), "2026:05:18 10:00:00"),
        ("2.jpg", shifted(0.0), "2026:05:18 10:00:20"),
        ("3.jpg", shifted(400.0), "2026:05:18 10:00:40"),
    ] {
        write(&card, name, &timed(&picture, time));
    }
    // As a dry run does: nothing is in the tray.
    let taken = card::take(&vault, &[card], false, now(), &Progress::silent()).expect("taken");
    let sorted = card::suggest(&vault, taken, Options::usual(today()), &Progress::silent()).expect("suggested");
    let text = serde_json::to_vec(&Document::of(&vault, &sorted).expect("a plan")).expect("JSON");
    let plans = Document::parse(&text).expect("parsed").resolve(&vault, false).expect("resolved");
    let outcome = commit_all(&vault, &plans, now(), &Progress::silent()).expect("filed");
    assert_eq!((outcome.filed.len(), outcome.cards), (2, 1));
}

#[test]
fn a_card_given_to_somebody_else_is_an_alarm_and_is_not_filed_under_them() {
    let (_folder, vault, patient, card) = small();
    let theirs = other_patient(&vault);
    let uid = vault.patient(patient).expect("a patient").uid;
    write(&card, "1.jpg", &timed(&photographed(&marker::text(&uid)), "2026:05:18 10:00:00"));
    write(&card, "2.jpg", &timed(&painted(Size::new(640, 480), skin), "2026:05:18 10:00:20"));
    let options = Options { by_picture: false, ..Options::usual(today()) };
    let taken = card::take(&vault, &[card], false, now(), &Progress::silent()).expect("taken");
    let sorted = card::suggest(&vault, taken, options.clone(), &Progress::silent()).expect("suggested");
    // In the window …
    let code = vault.patient(patient).expect("a patient").code;
    let given = card::aim(&vault, &sorted.groups[0], Some(theirs), &options).expect("aimed");
    let warned: Vec<_> = given.warnings.iter().map(|w| (w.photo, w.alarm, &w.code)).collect();
    assert_eq!(warned, [(1, card::Alarm::OthersCard, &code)]);
    assert!(sorted.groups[0].warnings.is_empty(), "their own card is none");
    // … and in a plan that somebody corrected.
    let mut plan = Document::of(&vault, &sorted).expect("a plan");
    (plan.groups[0].patient, plan.groups[0].series) = (Some("P-9".to_owned()), Some("P-9/1".to_owned()));
    let mut plans = plan.resolve(&vault, false).expect("resolved");
    let alarmed = card::compare(&vault, &mut plans[0], false, &Progress::silent()).expect("looked at");
    assert_eq!(alarmed.iter().map(|one| one.alarm).collect::<Vec<_>>(), [card::Alarm::OthersCard]);
    assert!(!plan.lists(&alarmed[0]));
    let outcome = commit_all(&vault, &plans, now(), &Progress::silent()).expect("filed");
    assert_eq!((outcome.filed.len(), outcome.cards, outcome.in_tray), (1, 0, 1), "the card stays in the tray");
}

/// A second patient with a series: the series.
fn other_patient(vault: &Vault) -> SeriesId {
    let other =
        NewPatient { code: "P-9".into(), given: "A".into(), family: "B".into(), birth: None, fitzpatrick: None };
    let other = vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&other)).expect("a patient");
    let new = diptych::protocol::preset(Indication::Pores).series(other, &[]);
    vault.transact(Op::AddSeries, now(), |tx| tx.add_series(&new)).expect("a series")
}

#[test]
fn a_card_that_is_there_twice_is_filed_once() {
    let (_folder, vault, patient, card) = small();
    let uid = vault.patient(patient).expect("a patient").uid;
    let own = timed(&photographed(&marker::text(&uid)), "2026:05:18 10:00:00");
    write(&card, "1.jpg", &own);
    write(&card, "2.jpg", &timed(&painted(Size::new(640, 480), skin), "2026:05:18 10:00:20"));
    write(&card, "3.jpg", &own);
    let series = vault.series_of(patient).expect("asked")[0].id;
    let scanned = scan::scan(&[card], &Progress::silent());
    let options = PlanOptions { undated: today(), shared: false };
    let planned = plan::plan(&vault, series, scanned, options).expect("planned");
    let outcome = commit(&vault, &planned, now(), &Progress::silent()).expect("filed");
    assert_eq!((outcome.filed.len(), outcome.cards), (1, 1));
}

#[test]
fn in_a_folder_for_one_patient_their_card_takes_no_view_and_that_of_another_is_an_alarm() {
    let (_folder, vault, patient, card) = small();
    let other = vault.series(other_patient(&vault)).expect("asked").patient;
    let uid = |of: PatientId| vault.patient(of).expect("a patient").uid;
    let shifted = |by: f64| painted(Size::new(640, 480), move |p| skin(diptych::geom::Point::new(p.x + by, p.y * 1.1)));
    for (name, picture, time) in [
        ("1.jpg", photographed(&marker::text(&uid(patient))), "2026:05:18 10:00:00"),
        ("2.jpg", shifted(0.0), "2026:05:18 10:00:20"),
        ("3.jpg", photographed(&marker::text(&uid(other))), "2026:05:18 10:01:00"),
        ("4.jpg", shifted(400.0), "2026:05:18 10:01:20"),
    ] {
        write(&card, name, &timed(&picture, time));
    }
    let series = vault.series_of(patient).expect("asked")[0].id;
    let views = vault.views(series).expect("asked");
    let scanned = scan::scan(&[card], &Progress::silent());
    let options = PlanOptions { undated: today(), shared: false };
    let mut planned = plan::plan(&vault, series, scanned, options).expect("planned");
    let alarmed = card::compare(&vault, &mut planned, false, &Progress::silent()).expect("looked at");
    let said: Vec<_> = alarmed.iter().map(|one| (one.file_name.0.as_str(), one.alarm, one.code.0.as_str())).collect();
    assert_eq!(said, [("4.jpg", card::Alarm::OthersCard, "P-9")]);
    let photos = &planned.sessions[0].photos;
    assert!(photos[0].is_own_card() && !photos[2].is_own_card());
    assert_eq!(photos[2].skip, Some(Skip::PatientCard));
    assert_eq!((photos[1].view, photos[3].view), (Some(views[0].id), Some(views[1].id)));
    planned.leave_out(&alarmed.iter().map(|one| one.hash).collect(), Skip::Alarmed);
    let outcome = commit(&vault, &planned, now(), &Progress::silent()).expect("filed");
    assert_eq!(
        (outcome.filed.len(), outcome.cards, outcome.in_tray),
        (1, 1, 2),
        "the other card and what is behind it"
    );
}

#[test]
fn the_card_of_another_patient_and_one_without_a_photo_stay_in_the_tray() {
    let (folder, vault, patient, card) = small();
    let other =
        NewPatient { code: "P-9".into(), given: "A".into(), family: "B".into(), birth: None, fitzpatrick: None };
    let other = vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&other)).expect("a patient");
    let new = diptych::protocol::preset(Indication::Pores).series(other, &[]);
    let theirs = vault.transact(Op::AddSeries, now(), |tx| tx.add_series(&new)).expect("a series");
    let uid = vault.patient(patient).expect("a patient").uid;
    write(&card, "1.jpg", &timed(&photographed(&marker::text(&uid)), "2026:05:18 10:00:00"));
    write(&card, "2.jpg", &timed(&painted(Size::new(640, 480), skin), "2026:05:18 10:00:20"));
    let progress = Progress::silent();
    let options = Options { by_picture: false, ..Options::usual(today()) };
    let taken = card::take(&vault, &[folder.path().join("card")], true, now(), &progress).expect("taken");
    let mut sorted = card::suggest(&vault, taken, options.clone(), &progress).expect("suggested");
    let own = sorted.groups[0].target.as_ref().expect("a target").series;
    // Given to somebody else by hand: the card on the picture is not theirs.
    sorted.groups[0] = card::aim(&vault, &sorted.groups[0], Some(theirs), &options).expect("aimed");
    sorted.groups[0].accepted = true;
    let tray = || -> Vec<String> { vault.tray().expect("a tray").into_iter().map(|item| item.file_name.0).collect() };
    let outcome = commit_all(&vault, &sorted.plans(), now(), &progress).expect("filed");
    assert_eq!((outcome.filed.len(), outcome.cards, tray()), (1, 0, vec!["1.jpg".to_owned()]));
    // Its own patient, and no photo beside it: nobody would see what was filed.
    let taken = card::take_tray(&vault, &progress).expect("taken");
    let mut alone = card::suggest(&vault, taken, options, &progress).expect("suggested");
    assert_eq!(alone.groups[0].target.as_ref().map(|target| target.series), Some(own));
    alone.groups[0].accepted = true;
    let outcome = commit_all(&vault, &alone.plans(), now(), &progress).expect("filed");
    assert_eq!((outcome.filed.len(), outcome.cards, tray().len()), (0, 0, 1));
    assert!(vault.board(own).expect("a board").sessions.is_empty(), "no visit for a card alone");
}

#[test]
fn a_patients_card_in_a_watched_folder_is_kept_and_cuts_what_is_sorted_later() {
    let (_folder, vault, patient, camera) = small();
    let uid = vault.patient(patient).expect("a patient").uid;
    let shifted = |by: f64| painted(Size::new(640, 480), move |p| skin(diptych::geom::Point::new(p.x + by, p.y * 1.1)));
    for (name, picture, time) in [
        ("0.jpg", shifted(900.0), "2026:05:18 09:59:00"),
        ("1.jpg", photographed(&marker::text(&uid)), "2026:05:18 10:00:00"),
        ("2.jpg", shifted(0.0), "2026:05:18 10:00:20"),
    ] {
        write(&camera, name, &timed(&picture, time));
    }
    let progress = Progress::silent();
    let mut watch = Watch::new(camera);
    let _ = watch.step(&vault, 0, now(), &progress).expect("looked");
    let status = watch.step(&vault, STABLE_MS, now(), &progress).expect("looked");
    assert_eq!((status.taken, status.known, vault.tray().expect("a tray").len()), (3, 0, 3), "all of it is kept");
    let taken = card::take_tray(&vault, &progress).expect("taken");
    let sorted = card::suggest(&vault, taken, Options::usual(today()), &progress).expect("suggested");
    let shots: Vec<usize> = sorted.groups.iter().map(|g| g.shots.len()).collect();
    assert_eq!((shots, sorted.groups[1].reason), (vec![1, 2], Reason::PatientCard));
    assert_eq!(sorted.groups[1].visit.photos[0].skip, Some(Skip::PatientCard));
}
