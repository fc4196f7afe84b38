//! The comparison: exposure and colour matched, and the best pair of a view.

use std::sync::Arc;

use diptych::compare::grade::{Aspect, Comparability, Grade, Reason};
use diptych::compare::matching::{Matching, Tone, Unmatched};
use diptych::gui::action::Action;
use diptych::gui::job::{Answer, Failure, Job, Manner, MatchedPair, Ticket};
use diptych::gui::picture::Shown;
use diptych::gui::screen::compare::{Compare, Message};
use diptych::gui::shortcut::Command;
use diptych::model::PhotoId;

use crate::compare::{FRAME, SMALL, export, says, screen};
use crate::fixture::{board, photo_id, skin};

/// The question that switching matching on asks.
fn asked_to_match(action: &Action) -> Option<(Ticket, [PhotoId; 2])> {
    action.jobs().into_iter().find_map(|job| match job {
        Job::Match(ticket, sides) => Some((*ticket, sides.each_ref().map(|side| PhotoId(side.ticket.id)))),
        _ => None,
    })
}

fn matched_pair() -> Arc<MatchedPair> {
    let picture = |seed| Arc::new(Shown::new(skin(SMALL, seed), FRAME.rect(), FRAME));
    let difference = Tone { ev: -0.8, mired: 6.15 };
    Arc::new(MatchedPair { matching: Matching { difference }, pictures: [picture(8), picture(9)] })
}

const MARKS: [&str; 2] = ["matched: −0.4 EV, −130 K", "matched: +0.4 EV, +130 K"];

#[test]
fn matching_is_off_until_m_and_then_marks_both_pictures_with_what_was_done_to_them() {
    let mut screen = screen(photo_id(0, 0), photo_id(0, 3));
    assert!(!says(&screen, MARKS[0]) && !says(&screen, "Matched, whole frames"));
    let (ticket, sides) = asked_to_match(&screen.command(Command::Match)).expect("asked");
    assert_eq!(sides, [photo_id(0, 0), photo_id(0, 3)]);
    assert!(!says(&screen, MARKS[1]), "nothing is marked before it is matched");
    let _ = screen.receive(Answer::Matched(ticket, Ok(matched_pair())));
    assert!(MARKS.iter().all(|mark| says(&screen, mark)));
    let _ = screen.command(Command::Match);
    assert!(MARKS.iter().all(|mark| !says(&screen, mark)));
    let (_, ask) = Compare::new(board(), photo_id(0, 0), photo_id(0, 3), std::collections::HashMap::new());
    assert_eq!(asked_to_match(&ask), None, "off at every start");
}

#[test]
fn another_session_is_matched_anew_and_a_late_answer_for_the_former_is_dropped() {
    let mut screen = screen(photo_id(0, 0), photo_id(0, 3));
    let (late, _) = asked_to_match(&screen.command(Command::Match)).expect("asked");
    let (ticket, sides) = asked_to_match(&screen.command(Command::Left)).expect("asked anew");
    assert_eq!(sides[1], photo_id(0, 2));
    let _ = screen.receive(Answer::Matched(late, Ok(matched_pair())));
    assert!(!says(&screen, MARKS[1]));
    let _ = screen.receive(Answer::Matched(ticket, Ok(matched_pair())));
    assert!(says(&screen, MARKS[1]));
}

#[test]
fn what_cannot_be_matched_is_shown_as_it_was_taken_with_the_reason() {
    let mut aligned = screen(photo_id(0, 0), photo_id(0, 3));
    let (ticket, _) = asked_to_match(&aligned.command(Command::Match)).expect("asked");
    let why = Unmatched::Uneven.sentence();
    let _ = aligned.receive(Answer::Matched(ticket, Err(Failure(why.clone()))));
    assert!(says(&aligned, &why) && !says(&aligned, MARKS[0]));
    let mut unaligned = screen(photo_id(2, 0), photo_id(2, 3));
    assert_eq!(asked_to_match(&unaligned.command(Command::Match)), None, "there is nothing to ask");
    let mut alone = screen(photo_id(0, 3), photo_id(0, 3));
    assert!(matches!(alone.command(Command::Match), Action::Toast(_)));
}

#[test]
fn a_matched_pair_is_saved_matched_and_the_dialog_says_so() {
    let mut screen = screen(photo_id(0, 0), photo_id(0, 3));
    let (ticket, _) = asked_to_match(&screen.command(Command::Match)).expect("asked");
    let _ = screen.receive(Answer::Matched(ticket, Ok(matched_pair())));
    let _ = screen.command(Command::Export);
    let _ = screen.update(Message::Path("/somewhere/pair.jpg".to_owned()));
    let sentence =
        "Exposure and colour of both whole pictures are matched, and both are marked with what was done to them.";
    assert!(says(&screen, sentence));
    let saved = screen.update(Message::Save);
    assert!(matches!(saved.jobs().as_slice(), [Job::Composite { manner: Manner { matched: true, .. }, .. }]));
    let plain = export(photo_id(0, 0), photo_id(0, 3)).update(Message::Save);
    assert!(matches!(plain.jobs().as_slice(), [Job::Composite { manner: Manner { matched: false, .. }, .. }]));
}

#[test]
fn a_tool_works_on_the_photos_as_they_were_taken() {
    let mut screen = screen(photo_id(0, 0), photo_id(0, 3));
    let (ticket, _) = asked_to_match(&screen.command(Command::Match)).expect("asked");
    let _ = screen.receive(Answer::Matched(ticket, Ok(matched_pair())));
    let _ = screen.command(Command::Points);
    assert!(!says(&screen, MARKS[1]));
    let _ = screen.command(Command::Back);
    assert!(says(&screen, MARKS[1]));
}

fn graded(grade: Grade) -> Arc<Comparability> {
    let reason = Reason { aspect: Aspect::Light, grade, words: "light from another direction".to_owned() };
    Arc::new(Comparability { grade, reasons: vec![reason] })
}

/// The pairs that G asks about, with these grades.
fn answer_g(screen: &mut Compare, grades: &[Grade]) -> Action {
    let ask = screen.command(Command::BestPair);
    let Some(Job::GradeAll { ticket, pairs, .. }) = ask.jobs().into_iter().next().cloned() else {
        panic!("pairs are asked about")
    };
    assert_eq!(pairs.len(), grades.len(), "{pairs:?}");
    let answers = pairs.into_iter().zip(grades).map(|(pair, grade)| (pair, Some(graded(*grade))));
    screen.receive(Answer::GradedAll(ticket, answers.collect()))
}

fn toast(action: &Action) -> Option<&str> {
    match action {
        Action::Toast(words) => Some(words),
        Action::Many(all) => all.iter().find_map(toast),
        _ => None,
    }
}

#[test]
fn g_goes_to_the_pair_that_may_be_compared_best_and_says_why() {
    let mut screen = screen(photo_id(0, 0), photo_id(0, 3));
    let gone = answer_g(&mut screen, &[Grade::C, Grade::B, Grade::D]);
    assert_eq!(screen.pair(), (photo_id(0, 0), photo_id(0, 2)));
    assert!(toast(&gone).is_some_and(|words| words.starts_with("B · ")), "{:?}", toast(&gone));
    assert!(says(&screen, "B · comparable, small differences"), "its grade is known already");
}

#[test]
fn where_nothing_is_comparable_the_pair_stays_and_that_is_said() {
    let mut screen = screen(photo_id(0, 0), photo_id(0, 3));
    let none = answer_g(&mut screen, &[Grade::E, Grade::D, Grade::F]);
    assert_eq!(screen.pair(), (photo_id(0, 0), photo_id(0, 3)));
    assert!(toast(&none).is_some_and(|words| words.contains("The best is D: Light: light from another direction.")));
}

#[test]
fn a_proposal_for_a_view_that_was_left_is_dropped() {
    let mut screen = screen(photo_id(0, 0), photo_id(0, 3));
    let ask = screen.command(Command::BestPair);
    let Some(Job::GradeAll { ticket, pairs, .. }) = ask.jobs().into_iter().next().cloned() else {
        panic!("pairs are asked about")
    };
    assert!(screen.command(Command::BestPair).jobs().is_empty(), "asked once");
    let _ = screen.command(Command::Down);
    let answers = pairs.into_iter().map(|pair| (pair, Some(graded(Grade::A))));
    let _ = screen.receive(Answer::GradedAll(ticket, answers.collect()));
    assert_eq!(screen.pair(), (photo_id(1, 0), photo_id(1, 3)));
    // The third view: what is not aligned is no candidate, so that its second visit is the only one.
    let _ = screen.command(Command::Down);
    let _ = answer_g(&mut screen, &[Grade::A]);
    assert_eq!(screen.pair(), (photo_id(2, 0), photo_id(2, 1)));
}
