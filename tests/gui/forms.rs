//! The forms over the board: correcting a visit and the plan of a series, and photos taken after a treatment.

use diptych::clock::Now;
use diptych::gui::action::Action;
use diptych::gui::job::{Answer, Failure, Job, SeriesPlan};
use diptych::gui::screen::board::grid::Grid;
use diptych::gui::screen::board::{BoardScreen, Message, session_form};
use diptych::gui::theme;
use diptych::model::{PatientId, Phase, SeriesId, SeriesState, SessionId, SessionKind};

use crate::board::{click, screen};
use crate::fixture::{board, photo_id, simulate, today};

fn shows(screen: &BoardScreen, words: &str) -> bool {
    simulate(screen.view(&theme::dark(), today())).find(words).is_ok()
}

fn visit(screen: &mut BoardScreen, message: session_form::Message) -> Action {
    screen.update(Message::Visit(message), Now::fixed(today()))
}

#[test]
fn the_head_of_a_column_opens_the_visit_and_its_day_and_kind_can_be_corrected() {
    let mut screen = screen();
    let _ = click(&mut screen, "Session 2 of 6");
    assert!(shows(&screen, "Day of the visit"));
    let _ = visit(&mut screen, session_form::Message::Date("14.02.2026".into()));
    let _ = visit(&mut screen, session_form::Message::Kind(session_form::Kind(SessionKind::FollowUp)));
    let saved = click(&mut screen, "Save");
    match saved.jobs().as_slice() {
        [Job::EditSession(PatientId(1), SessionId(1), day, SessionKind::FollowUp)] => {
            assert_eq!(day.to_string(), "2026-02-14");
        }
        other => panic!("{} jobs", other.len()),
    }
    assert!(click(&mut screen, "Save").jobs().is_empty(), "it is under way");
    let _ = screen.receive(Answer::CourseEdited(PatientId(1), Err(Failure("Nothing was changed.".into()))));
    assert!(shows(&screen, "Nothing was changed.") && shows(&screen, "Day of the visit"), "said in the form");
    let again = screen.receive(Answer::CourseEdited(PatientId(1), Ok(())));
    assert!(matches!(again.jobs().as_slice(), [Job::OpenPatient(_)]), "the page is read anew");
    assert!(!shows(&screen, "Day of the visit"));
}

#[test]
fn a_visit_on_no_day_or_one_to_come_is_not_asked_for() {
    let mut screen = screen();
    let _ = screen.update(Message::EditSession(SessionId(0)), Now::fixed(today()));
    let tomorrow = today().succ_opt().expect("a day").to_string();
    for (day, said) in [("31.02.2026", "This is not a date."), (tomorrow.as_str(), "This day has not come yet.")] {
        let _ = visit(&mut screen, session_form::Message::Date(day.into()));
        assert!(visit(&mut screen, session_form::Message::Save).jobs().is_empty(), "{day}");
        let error = format!("{said} Write it as 2026-12-31 or 31.12.2026.");
        let other = format!("{said} A session is a visit that took place.");
        assert!(shows(&screen, &error) || shows(&screen, &other), "{day}");
    }
}

#[test]
fn a_series_can_be_planned_anew_and_ended() {
    use diptych::gui::screen::board::series_form::{self, State};
    let mut screen = screen();
    let _ = click(&mut screen, "Plan…");
    assert!(shows(&screen, "Sessions (0: open-ended)"));
    for message in
        [series_form::Message::Planned("4".into()), series_form::Message::State(State(SeriesState::Finished))]
    {
        let _ = screen.update(Message::Form(message), Now::fixed(today()));
    }
    let plan = SeriesPlan { planned: 4, days: (28, 42), state: SeriesState::Finished };
    match click(&mut screen, "Save").jobs().as_slice() {
        [Job::EditSeries(PatientId(1), SeriesId(7), asked)] => assert_eq!(*asked, plan),
        other => panic!("{} jobs", other.len()),
    }
}

#[test]
fn photos_taken_after_a_treatment_stand_in_a_line_of_their_own() {
    let mut board = (*board()).clone();
    let mut after = board.photos.iter().find(|p| p.id == photo_id(0, 1)).expect("a photo").clone();
    after.id = diptych::model::PhotoId(999);
    after.phase = Phase::ImmediatelyAfter;
    board.photos.insert(0, after.clone());
    let grid = Grid::new(&board);
    let lines: Vec<_> = grid.lines.iter().map(|line| (line.view.spec.name.as_str(), line.after)).collect();
    assert_eq!(lines, [("Cheek right", false), ("Cheek right", true), ("Cheek left", false), ("Front", false)]);
    assert_eq!(grid.find(photo_id(0, 1)).map(|cell| (cell.row, cell.column)), Some((0, 1)));
    assert_eq!(grid.find(after.id).map(|cell| (cell.row, cell.column)), Some((1, 1)));
    assert_eq!(grid.completeness(1), (3, 3), "a photo after a treatment is none of the protocol's");
}
