//! The dialog that moves a photo or its session: what it asks, what it says, and what it does only after that.

use std::sync::Arc;

use diptych::clock::Now;
use diptych::gui::action::Action;
use diptych::gui::job::{Answer, Failure, Job, PatientPage, Ticket};
use diptych::gui::screen::board::grid::Cell;
use diptych::gui::screen::board::mover::{self, Choice, What};
use diptych::gui::screen::board::{BoardScreen, Message};
use diptych::gui::shortcut::Command;
use diptych::gui::theme;
use diptych::model::{PatientId, Series, SeriesId, Session, SessionId, View, ViewId};
use diptych::vault::{Caution, Transfer, TransferPlan};

use crate::board::{click, screen};
use crate::fixture::{board, patient, photo_id, simulate, today};

fn shows(screen: &BoardScreen, words: &str) -> bool {
    simulate(screen.view(&theme::dark(), today())).find(words).is_ok()
}

fn send(screen: &mut BoardScreen, message: mover::Message) -> Action {
    screen.update(Message::Mover(message), Now::fixed(today()))
}

fn choice<T>(value: T) -> Choice<T> {
    Choice { value, words: String::new() }
}

/// The board with the dialog open for the second photo of the first view.
fn opened() -> BoardScreen {
    let mut screen = screen();
    let _ = screen.update(Message::Clicked(Cell { row: 0, column: 1 }), Now::fixed(today()));
    let _ = click(&mut screen, "Move…");
    screen
}

/// What was asked about.
fn asked(action: &Action) -> (Ticket, Transfer) {
    match action.jobs().as_slice() {
        [Job::PlanTransfer(ticket, transfer)] => (*ticket, *transfer),
        other => panic!("{} jobs", other.len()),
    }
}

fn plan(transfer: Transfer, cautions: Vec<Caution>) -> Arc<TransferPlan> {
    Arc::new(TransferPlan { transfer, today: today(), photos: 1, cautions })
}

#[test]
fn a_photo_goes_to_another_view_only_after_it_was_said_what_that_means() {
    let mut screen = opened();
    assert!(shows(&screen, "This photo") && shows(&screen, "The whole session"));
    assert!(click(&mut screen, "Move").jobs().is_empty(), "there is nothing to move yet");
    let (ticket, transfer) = asked(&send(&mut screen, mover::Message::View(choice(Some(ViewId(1))))));
    match transfer {
        Transfer::Photo { photo, to } => {
            assert_eq!((photo, to.session, to.view), (photo_id(0, 1), SessionId(1), Some(ViewId(1))));
        }
        other => panic!("{other:?}"),
    }
    let plan = plan(transfer, vec![Caution::Taken]);
    let _ = screen.receive(Answer::TransferPlanned(ticket, Ok(Arc::clone(&plan))));
    assert!(shows(&screen, "The place is taken: the photo there becomes an alternate."));
    match click(&mut screen, "Move").jobs().as_slice() {
        [Job::CarryOut(patient, carried)] => assert_eq!((*patient, carried), (PatientId(1), &plan)),
        other => panic!("{} jobs", other.len()),
    }
    assert!(screen.command(Command::Accept).jobs().is_empty(), "once, however often it is asked for");
    let after = screen.receive(Answer::Transferred(PatientId(1), Ok(())));
    assert!(matches!(after.jobs().as_slice(), [Job::OpenPatient(_)]));
    assert!(!shows(&screen, "The whole session"));
}

#[test]
fn an_answer_to_an_older_choice_can_not_be_carried_out() {
    let mut screen = opened();
    let (old, transfer) = asked(&send(&mut screen, mover::Message::View(choice(Some(ViewId(1))))));
    let (new, _) = asked(&send(&mut screen, mover::Message::Session(choice(SessionId(2)))));
    let _ = screen.receive(Answer::TransferPlanned(old, Ok(plan(transfer, Vec::new()))));
    assert!(screen.command(Command::Accept).jobs().is_empty());
    let _ = screen.receive(Answer::TransferPlanned(new, Err(Failure("Not allowed: it is there already.".into()))));
    assert!(shows(&screen, "Not allowed: it is there already."));
    assert!(screen.command(Command::Accept).jobs().is_empty());
}

#[test]
fn back_where_it_was_nothing_is_asked_and_escape_leaves_everything_as_it_is() {
    let mut screen = opened();
    let _ = send(&mut screen, mover::Message::View(choice(None)));
    assert!(send(&mut screen, mover::Message::View(choice(Some(ViewId(0))))).jobs().is_empty());
    assert!(send(&mut screen, mover::Message::What(What::Session)).jobs().is_empty(), "it is in that series");
    assert!(screen.command(Command::Back).jobs().is_empty());
    assert!(!shows(&screen, "The whole session"));
    assert_eq!(screen.selection().0, Some(Cell { row: 0, column: 1 }));
}

/// Another patient with one series, as the core would answer to a code.
fn other() -> Arc<PatientPage> {
    let board = board();
    let patient = patient(9, "Other", "Person");
    let series = Series { id: SeriesId(70), patient: patient.id, ..board.series.clone() };
    let session = Session { id: SessionId(50), series: series.id, ..board.sessions[0].clone() };
    Arc::new(PatientPage {
        patient,
        series: vec![series],
        sessions: vec![vec![session]],
        consents: Vec::new(),
        documents: Vec::new(),
    })
}

/// Types a code and looks for it.
fn find(screen: &mut BoardScreen) -> Ticket {
    let _ = send(screen, mover::Message::Code(" P-0009 ".into()));
    match send(screen, mover::Message::Find).jobs().as_slice() {
        [Job::Courses(ticket, code)] => {
            assert_eq!(code.0, "P-0009");
            *ticket
        }
        other => panic!("{} jobs", other.len()),
    }
}

#[test]
fn another_patient_is_found_by_code_and_the_view_that_shows_the_same_is_suggested() {
    let mut screen = opened();
    let ticket = find(&mut screen);
    let views = screen.receive(Answer::Courses(ticket, Ok(other())));
    let ticket = match views.jobs().as_slice() {
        [Job::Views(ticket, series)] => {
            assert_eq!(*series, SeriesId(70));
            *ticket
        }
        other => panic!("{} jobs", other.len()),
    };
    assert!(shows(&screen, "Other Person · P-0009"));
    let there: Vec<View> =
        board().views.iter().map(|v| View { id: ViewId(v.id.0 + 30), series: SeriesId(70), ..v.clone() }).collect();
    let (_, transfer) = asked(&screen.receive(Answer::Views(ticket, Ok(there))));
    match transfer {
        Transfer::Photo { to, .. } => assert_eq!((to.session, to.view), (SessionId(50), Some(ViewId(30)))),
        other => panic!("{other:?}"),
    }
    let (_, transfer) = asked(&send(&mut screen, mover::Message::What(What::Session)));
    assert_eq!(transfer, Transfer::Session { session: SessionId(1), to: SeriesId(70) });
}

#[test]
fn a_patient_without_a_series_or_a_session_is_said_to_have_none() {
    let mut screen = opened();
    let page = |series: Vec<Series>| {
        let sessions = vec![Vec::new(); series.len()];
        Arc::new(PatientPage { series, sessions, ..(*other()).clone() })
    };
    let ticket = find(&mut screen);
    let _ = screen.receive(Answer::Courses(ticket, Ok(page(Vec::new()))));
    assert!(shows(&screen, "This patient has no series yet. Begin one on their page first."));
    let ticket = find(&mut screen);
    let _ = screen.receive(Answer::Courses(ticket, Ok(page(other().series.clone()))));
    assert!(shows(&screen, "This series has no session yet. Move the whole session instead."));
    assert!(screen.command(Command::Accept).jobs().is_empty());
}

#[test]
fn a_code_nobody_has_is_said_and_nothing_can_be_done() {
    let mut screen = opened();
    let ticket = find(&mut screen);
    let _ = screen.receive(Answer::Courses(ticket, Err(Failure("No patient has that code.".into()))));
    assert!(shows(&screen, "No patient has that code."));
    assert!(screen.command(Command::Accept).jobs().is_empty());
}

#[test]
fn without_a_selection_two_records_are_made_one_and_the_one_that_stays_is_opened() {
    let mut screen = screen();
    let _ = screen.command(Command::Move);
    assert!(!shows(&screen, "This photo") && shows(&screen, "Make them one patient"));
    assert!(screen.command(Command::Accept).jobs().is_empty(), "with whom was not said yet");
    let ticket = find(&mut screen);
    let (ticket, transfer) = asked(&screen.receive(Answer::Courses(ticket, Ok(other()))));
    assert_eq!(transfer, Transfer::Patient { keep: PatientId(9), other: PatientId(1) });
    let _ = screen.receive(Answer::TransferPlanned(ticket, Ok(plan(transfer, vec![Caution::BothOpen]))));
    assert!(shows(&screen, "Both have an open series: look whether they are one."));
    assert!(matches!(click(&mut screen, "Make them one patient").jobs().as_slice(), [Job::CarryOut(..)]));
    match screen.receive(Answer::Transferred(PatientId(1), Ok(()))) {
        Action::Many(actions) => {
            assert!(actions.iter().any(|action| matches!(action, Action::OpenPatient(PatientId(9)))));
        }
        _ => panic!("the record that stays is opened"),
    }
}

#[test]
fn a_photo_that_no_row_shows_can_be_given_a_view_from_the_bar() {
    let mut screen = screen();
    let mut unplaced = (*board()).clone();
    unplaced.photos[3].view = None;
    let lost = unplaced.photos[3].id;
    let ticket = Ticket { id: unplaced.series.id.0, generation: 1 };
    let _ = screen.receive(Answer::Board(ticket, Ok(Arc::new(unplaced))));
    assert!(shows(&screen, "1 photo without a view, not shown"));
    let _ = click(&mut screen, "Give a view…");
    let (_, transfer) = asked(&send(&mut screen, mover::Message::View(choice(Some(ViewId(2))))));
    match transfer {
        Transfer::Photo { photo, to } => assert_eq!((photo, to.view), (lost, Some(ViewId(2)))),
        other => panic!("{other:?}"),
    }
}
