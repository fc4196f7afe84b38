//! The dialog that moves a photo or its session: what it asks, what it says, and what it does only after that.

use std::sync::Arc;

use diptych::clock::Now;
use diptych::gui::action::Action;
use diptych::gui::job::{Answer, Failure, Job, Ticket};
use diptych::gui::screen::board::grid::Cell;
use diptych::gui::screen::board::mover::{self, Choice};
use diptych::gui::screen::board::{BoardScreen, Message};
use diptych::gui::shortcut::Command;
use diptych::gui::theme;
use diptych::model::{PatientId, SessionId, ViewId};
use diptych::vault::{Caution, Transfer, TransferPlan};

use crate::board::{click, screen};
use crate::fixture::{photo_id, simulate, today};

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
    assert!(send(&mut screen, mover::Message::Whole(true)).jobs().is_empty(), "it is in that series");
    assert!(screen.command(Command::Back).jobs().is_empty());
    assert!(!shows(&screen, "The whole session"));
    assert_eq!(screen.selection().0, Some(Cell { row: 0, column: 1 }));
}

#[test]
fn without_a_selection_the_key_says_what_to_do() {
    let mut screen = screen();
    match screen.command(Command::Move) {
        Action::Toast(words) => assert_eq!(words, "Select a photo first, then move it."),
        _ => panic!("nothing is selected"),
    }
}
