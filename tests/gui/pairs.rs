//! The comparison: exposure and colour matched, and the best pair of a view.

use std::collections::HashMap;
use std::sync::Arc;

use diptych::align::Decision;
use diptych::compare::grade::{Aspect, Comparability, Grade, Reason};
use diptych::compare::matching::{Matching, Tone, Unmatched};
use diptych::geom::Point;
use diptych::gui::action::Action;
use diptych::gui::job::{Answer, Failure, Job, Manner, MatchedPair, Ticket};
use diptych::gui::picture::Shown;
use diptych::gui::screen::compare::{Compare, Message};
use diptych::gui::shortcut::Command;
use diptych::gui::theme;
use diptych::gui::widget::photo::Gesture;
use diptych::model::PhotoId;
use iced::{Event, mouse};

use crate::compare::{FRAME, PANE, SMALL, click, decision, export, says, screen};
use crate::fixture::{board, graded_board, photo_id, simulate, skin, today};

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

#[test]
fn what_the_board_was_graded_by_is_not_measured_again() {
    let pair = (photo_id(0, 0), photo_id(0, 1));
    let graded = Arc::new(graded_board([0.0, 0.7, 0.1, 1.0]));
    let (mut known, ask) = Compare::new(graded, pair.0, pair.1, HashMap::new());
    assert!(says(&known, "Exposure: 0.7 EV darker"), "before the pictures are there");
    let mut jobs = 0;
    for job in ask.jobs() {
        let Job::Framed(request) = job else { panic!("pictures come first") };
        let shown = Shown::new(skin(SMALL, 1), FRAME.rect(), FRAME);
        let then = known.receive(Answer::Framed(request.ticket, Ok(Arc::new(shown))));
        jobs += then.jobs().iter().filter(|job| matches!(job, Job::Grade { .. })).count();
    }
    assert_eq!(jobs, 0);
    let gone = known.command(Command::BestPair);
    assert!(gone.jobs().iter().all(|job| !matches!(job, Job::GradeAll { .. })));
    assert_eq!(known.pair(), (photo_id(0, 0), photo_id(0, 2)));
    assert!(toast(&gone).is_some_and(|words| words.starts_with("B · ")), "{:?}", toast(&gone));
}

#[test]
fn grades_that_arrive_while_a_pair_is_looked_at_leave_its_pictures_and_its_matching_alone() {
    let mut screen = screen(photo_id(0, 0), photo_id(0, 3));
    let (ticket, _) = asked_to_match(&screen.command(Command::Match)).expect("asked");
    let _ = screen.receive(Answer::Matched(ticket, Ok(matched_pair())));
    let board = Arc::new(graded_board([0.0; 4]));
    let ticket = Ticket { id: board.series.id.0, generation: 9 };
    assert!(screen.receive(Answer::Board(ticket, Ok(board))).jobs().is_empty());
    assert!(MARKS.iter().all(|mark| says(&screen, mark)));
}

#[test]
fn two_photos_beside_the_reference_are_off_by_both_errors_together_also_in_millimetres() {
    let mut board = (*board()).clone();
    board.frames[0].mm_per_px = Some(0.05);
    let board = Arc::new(board);
    let of = |before, after| Compare::new(Arc::clone(&board), before, after, HashMap::new()).0;
    assert!(says(&of(photo_id(0, 0), photo_id(0, 3)), "1.8 px · 0.09 mm"));
    let both = of(photo_id(0, 1), photo_id(0, 3));
    assert!(says(&both, "2.5 px · 0.13 mm") && says(&both, "0.0° · 1.00×"), "1.8 px each, and turned alike");
    let mut unmeasured = (*board).clone();
    for a in &mut unmeasured.alignments {
        a.residual_px = None;
    }
    let unmeasured = Compare::new(Arc::new(unmeasured), photo_id(0, 0), photo_id(0, 3), HashMap::new()).0;
    assert!(says(&unmeasured, "not measured"));
}

#[test]
fn the_region_is_drawn_with_the_loupe_along_the_line() {
    let mut screen = screen(photo_id(0, 0), photo_id(0, 3));
    let asked = screen.command(Command::Region);
    let originals: Vec<Ticket> =
        asked.jobs().iter().filter_map(|job| if let Job::Original(t) = job { Some(*t) } else { None }).collect();
    assert_eq!(originals.iter().map(|t| PhotoId(t.id)).collect::<Vec<_>>(), [photo_id(0, 0), photo_id(0, 3)]);
    for ticket in originals {
        let _ = screen.receive(Answer::Original(ticket, Ok(Arc::new(skin(SMALL, 4)))));
    }
    let theme = theme::dark();
    // The pane of the earlier photo, by hand: pointed at, then drawn over.
    let gestures = |screen: &Compare, events: Vec<mouse::Event>| -> Vec<Message> {
        let mut window = simulate(screen.view(&theme, today()));
        window.point_at(iced::Point::new(300.0, 400.0));
        let _ = window.simulate(events.into_iter().map(Event::Mouse));
        window.into_messages().filter(|m| !matches!(m, Message::Hand(_, Gesture::OnGpu))).collect()
    };
    let position = iced::Point::new(300.0, 400.0);
    let hovered = gestures(&screen, vec![mouse::Event::CursorMoved { position }]);
    assert!(
        matches!(hovered[..], [Message::Hand(over, Gesture::Hovered { at: Some(_), .. })] if over == photo_id(0, 0))
    );
    assert!(!screen.magnifies(photo_id(0, 0)));
    let drawn = gestures(&screen, vec![mouse::Event::ButtonPressed(mouse::Button::Left)]);
    assert!(matches!(drawn[..], [Message::Hand(_, Gesture::Drawn { first: true, .. })]), "{drawn:?}");
    let _ = screen.update(drawn[0].clone());
    assert!(screen.magnifies(photo_id(0, 0)) && !screen.magnifies(photo_id(0, 3)));
}

#[test]
fn a_known_length_and_a_region_may_be_shown_in_either_picture() {
    let later = photo_id(0, 3);
    let mut scaled = screen(photo_id(0, 0), later);
    let _originals = scaled.command(Command::Scale);
    let _ = click(&mut scaled, later, 1000.0, 1000.0);
    let _ = click(&mut scaled, later, 1300.0, 1400.0);
    let _ = scaled.update(Message::Length("50".to_owned()));
    match decision(&scaled.update(Message::Keep)) {
        Some(Decision::Scale { mm_per_px: Some(mm), .. }) => assert!((mm - 0.1).abs() < 1e-9, "{mm}"),
        other => panic!("{other:?}"),
    }
    let mut framed = screen(photo_id(0, 0), later);
    let _originals = framed.command(Command::Region);
    let (from, to) = (Point::new(1000.0, 500.0), Point::new(4000.0, 3000.0));
    for (spot, first) in [(from, true), (to, false)] {
        let at = framed.zoom().to_pane(PANE, spot);
        let _ = framed.update(Message::Hand(later, Gesture::Drawn { pane: PANE, at, first }));
    }
    match decision(&framed.command(Command::Accept)) {
        Some(Decision::Again { photo, region, .. }) => {
            assert!(photo == later && region[0].distance(from) < 1e-6 && region[2].distance(to) < 1e-6, "{region:?}");
        }
        other => panic!("{other:?}"),
    }
}
