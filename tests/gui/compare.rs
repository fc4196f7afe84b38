//! The comparison: stepping, zooming, modes, honesty about alignment.

use std::sync::Arc;

use diptych::compare::grade::{Aspect, Comparability, Grade, Reason};
use diptych::geom::{Matrix3, Point, Size};
use diptych::gui::action::Action;
use diptych::gui::job::{Answer, Asked, Failure, Job, NotSaved, Saved, Ticket};
use diptych::gui::picture::Shown;
use diptych::gui::screen::compare::{Compare, Message, Mode};
use diptych::gui::shortcut::Command;
use diptych::gui::theme;
use diptych::gui::widget::photo::Gesture;
use diptych::gui::zoom::Pane;
use diptych::model::PhotoId;
use iced::Event;
use iced::mouse;

use crate::fixture::{board, photo_id, simulate, skin, thumbnails, today};

const FRAME: Size = Size::new(6000, 4000);
const SMALL: Size = Size::new(600, 400);

fn deliver(screen: &mut Compare, action: &Action, size: Size) {
    for job in action.jobs() {
        if let Job::Framed(request) = job {
            let picture = skin(size, request.ticket.id as u32);
            let shown = Shown::new(picture, FRAME.rect(), FRAME);
            let _ = screen.receive(Answer::Framed(request.ticket, Ok(Arc::new(shown))));
        }
    }
}

/// A comparison with its pictures there.
pub fn screen(before: PhotoId, after: PhotoId) -> Compare {
    screen_of(before, after, SMALL)
}

/// A comparison with pictures of a size.
pub fn screen_of(before: PhotoId, after: PhotoId, size: Size) -> Compare {
    let board = board();
    let thumbnails = thumbnails(&board);
    let (mut screen, ask) = Compare::new(board, before, after, thumbnails);
    deliver(&mut screen, &ask, size);
    screen
}

#[test]
fn both_pictures_are_asked_for_first_and_the_neighbours_after_them() {
    let ids = |action: &Action| -> Vec<PhotoId> {
        let id = |j: &&Job| if let Job::Framed(r) = j { Some(PhotoId(r.ticket.id)) } else { None };
        action.jobs().iter().filter_map(id).collect()
    };
    let (mut screen, ask) = Compare::new(board(), photo_id(0, 0), photo_id(0, 2), std::collections::HashMap::new());
    assert_eq!(ids(&ask), [photo_id(0, 0), photo_id(0, 2)]);
    let mut then = Vec::new();
    for job in ask.jobs() {
        let Job::Framed(request) = job else { panic!("pictures are asked for") };
        let shown = Shown::new(skin(SMALL, 1), FRAME.rect(), FRAME);
        then.extend(ids(&screen.receive(Answer::Framed(request.ticket, Ok(Arc::new(shown))))));
    }
    assert_eq!(then, [photo_id(0, 3), photo_id(0, 1)]);
}

#[test]
fn arrows_step_through_the_sessions_with_the_zoom_kept() {
    let mut screen = screen(photo_id(0, 0), photo_id(0, 3));
    let pane = Pane { extent: (550.0, 740.0), frame: FRAME };
    let zoomed = Gesture::Zoomed { pane, cursor: Point::new(200.0, 300.0), by: 4.0 };
    let _ = screen.update(Message::Gesture(zoomed));
    let zoom = screen.zoom();
    assert!(zoom.factor > 3.9);
    let ask = screen.command(Command::Left);
    deliver(&mut screen, &ask, SMALL);
    assert_eq!(screen.pair(), (photo_id(0, 0), photo_id(0, 2)));
    let _ = screen.command(Command::Left);
    let _ = screen.command(Command::Left);
    assert_eq!(screen.pair(), (photo_id(0, 0), photo_id(0, 1)), "the pinned baseline is not stepped onto");
    assert_eq!(screen.zoom(), zoom);
}

#[test]
fn up_and_down_change_the_view_and_keep_the_session() {
    let mut screen = screen(photo_id(0, 0), photo_id(0, 3));
    let _ = screen.command(Command::Down);
    assert_eq!(screen.pair(), (photo_id(1, 0), photo_id(1, 3)));
    let _ = screen.command(Command::Down);
    let _ = screen.command(Command::Down);
    assert_eq!(screen.pair(), (photo_id(2, 0), photo_id(2, 3)));
}

#[test]
fn a_pair_that_could_not_be_aligned_is_shown_with_a_plain_sentence() {
    let theme = theme::dark();
    let unaligned = screen(photo_id(2, 0), photo_id(2, 3));
    let mut window = simulate(unaligned.view(&theme, today()));
    let sentence =
        "Not aligned: these two pictures are shown as they were taken, so the same skin is not at the same place.";
    assert!(window.find(sentence).is_ok());
    assert!(window.find("Could not align").is_ok());
    let aligned = screen(photo_id(0, 0), photo_id(0, 3));
    let mut window = simulate(aligned.view(&theme, today()));
    assert!(window.find(sentence).is_err());
    assert!(window.find("Aligned, automatic").is_ok());
}

#[test]
fn an_unaligned_photo_is_asked_for_without_a_matrix() {
    let asked_with_matrix = |v: i64, s: i64| {
        let (_, ask) = Compare::new(board(), photo_id(v, 0), photo_id(v, s), std::collections::HashMap::new());
        let id = photo_id(v, s).0;
        ask.jobs().iter().any(|j| matches!(j, Job::Framed(r) if r.ticket.id == id && r.matrix.is_some()))
    };
    assert!(!asked_with_matrix(2, 3) && asked_with_matrix(2, 1));
}

#[test]
fn the_wheel_over_the_picture_zooms_and_a_double_click_shows_all() {
    let mut compare = screen(photo_id(0, 0), photo_id(0, 3));
    let theme = theme::dark();
    let turn = Event::Mouse(mouse::Event::WheelScrolled { delta: mouse::ScrollDelta::Lines { x: 0.0, y: 3.0 } });
    let messages: Vec<Message> = {
        let mut window = simulate(compare.view(&theme, today()));
        window.point_at(iced::Point::new(300.0, 400.0));
        let _ = window.simulate([turn]);
        // A pane that is drawn by a GPU says so first.
        window.into_messages().filter(|m| !matches!(m, Message::Gesture(Gesture::OnGpu))).collect()
    };
    assert_eq!(messages.len(), 1);
    for message in messages {
        let _ = compare.update(message);
    }
    assert!(compare.zoom().factor > 1.5);
    let pane = Pane { extent: (550.0, 740.0), frame: FRAME };
    let _ = compare.update(Message::Gesture(Gesture::Fit { pane }));
    assert!((compare.zoom().factor - 1.0).abs() < 1e-9);
}

#[test]
fn s_wipes_and_1_goes_back_to_side_by_side() {
    let mut screen = screen(photo_id(0, 0), photo_id(0, 3));
    let _ = screen.command(Command::Wipe);
    assert_eq!(screen.mode(), Mode::Wipe);
    let _ = screen.command(Command::SideBySide);
    assert_eq!(screen.mode(), Mode::Side);
}

#[test]
fn a_picture_of_an_older_comparison_is_dropped() {
    let (mut screen, ask) = Compare::new(board(), photo_id(0, 0), photo_id(0, 3), std::collections::HashMap::new());
    let Some(Job::Framed(request)) = ask.jobs().first().copied().cloned() else { panic!("a picture is asked for") };
    let mut ticket = request.ticket;
    ticket.generation += 1;
    let shown = Shown::new(skin(Size::new(60, 40), 1), FRAME.rect(), FRAME);
    let _ = screen.receive(Answer::Framed(ticket, Ok(Arc::new(shown))));
    let theme = theme::dark();
    let mut window = simulate(screen.view(&theme, today()));
    assert!(window.find("Opening the picture…").is_ok());
}

/// The dialog over a pair, with a path typed into it.
fn export(before: PhotoId, after: PhotoId) -> Compare {
    let mut screen = screen(before, after);
    let _ = screen.command(Command::Export);
    let _ = screen.update(Message::Path("/somewhere/pair.jpg".to_owned()));
    screen
}

fn says(screen: &Compare, words: &str) -> bool {
    let theme = theme::dark();
    simulate(screen.view(&theme, today())).find(words).is_ok()
}

#[test]
fn the_export_asks_for_a_file_and_saves_the_pair_on_the_screen() {
    let mut screen = export(photo_id(0, 0), photo_id(0, 3));
    match screen.update(Message::Save).jobs().as_slice() {
        [Job::Composite { pair, path, replace, .. }] => {
            assert_eq!(*pair, (photo_id(0, 0), photo_id(0, 3)));
            assert_eq!(path.as_os_str(), "/somewhere/pair.jpg");
            assert!(!replace, "a typed name replaces nothing");
        }
        _ => panic!("the pair is saved"),
    }
}

#[test]
fn a_file_that_is_there_is_replaced_only_when_the_person_says_so() {
    let mut screen = export(photo_id(0, 0), photo_id(0, 3));
    let pair = screen.pair();
    let _ = screen.update(Message::Save);
    let _ = screen.receive(Answer::CompositeSaved(pair, Err(NotSaved::Exists)));
    assert!(says(&screen, "Replace the file"));
    let replaced = screen.update(Message::Replace);
    assert!(matches!(replaced.jobs().as_slice(), [Job::Composite { replace: true, .. }]));
}

#[test]
fn a_name_from_the_desktops_own_dialog_was_agreed_to_there() {
    let mut screen = export(photo_id(0, 0), photo_id(0, 3));
    let pair = screen.pair();
    let _ = screen.receive(Answer::Picked(Asked::Composite(pair), Some("/picked/pair.jpg".into())));
    assert!(matches!(screen.update(Message::Save).jobs().as_slice(), [Job::Composite { replace: true, .. }]));
    let _ = screen.receive(Answer::CompositeSaved(pair, Err(NotSaved::Failed(Failure("no".into())))));
    let _ = screen.update(Message::Path("/picked/pair2.jpg".to_owned()));
    assert!(matches!(screen.update(Message::Save).jobs().as_slice(), [Job::Composite { replace: false, .. }]));
}

#[test]
fn the_dialog_says_before_what_the_pair_is() {
    assert!(says(
        &export(photo_id(0, 0), photo_id(0, 3)),
        "Aligned, residual 1.8 px. Cropped to what both pictures show."
    ));
    let unaligned = export(photo_id(2, 0), photo_id(2, 3));
    assert!(says(&unaligned, "Could not align. The pictures are placed side by side as they were taken."));
}

#[test]
fn a_late_answer_for_another_pair_does_not_close_the_dialog() {
    let mut screen = export(photo_id(0, 0), photo_id(0, 3));
    let _ = screen.update(Message::Save);
    let saved = Saved { path: "/elsewhere.jpg".into(), placed: "Aligned.".into() };
    let _ = screen.receive(Answer::CompositeSaved((photo_id(1, 0), photo_id(1, 3)), Ok(saved.clone())));
    assert!(screen.is_saving(screen.pair()));
    let _ = screen.receive(Answer::CompositeSaved(screen.pair(), Ok(saved)));
    assert!(!says(&screen, "Save the pair as one picture"));
}

#[test]
fn an_alignment_that_arrives_while_the_pair_is_looked_at_is_drawn_at_once() {
    let mut screen = screen(photo_id(0, 0), photo_id(0, 3));
    let zoom = screen.zoom();
    let mut board = (*board()).clone();
    let moved = board.alignments.iter_mut().find(|a| a.photo == photo_id(0, 3)).expect("aligned");
    moved.matrix = Some(Matrix3::translation(40.0, 0.0));
    let ticket = Ticket { id: board.series.id.0, generation: 9 };
    let ask = screen.receive(Answer::Board(ticket, Ok(Arc::new(board.clone()))));
    let asked: Vec<_> = ask
        .jobs()
        .into_iter()
        .filter_map(|job| if let Job::Framed(r) = job { Some((PhotoId(r.ticket.id), r.matrix)) } else { None })
        .collect();
    assert!(asked.contains(&(photo_id(0, 3), Some(Matrix3::translation(40.0, 0.0)))), "{asked:?}");
    assert!(asked.iter().all(|(id, _)| *id != photo_id(0, 0)), "the baseline lies where it lay");
    assert_eq!((screen.pair(), screen.zoom()), ((photo_id(0, 0), photo_id(0, 3)), zoom));
    board.photos.retain(|p| p.id != photo_id(0, 3));
    assert!(matches!(screen.receive(Answer::Board(ticket, Ok(Arc::new(board)))), Action::Back));
}

#[test]
fn the_grade_is_asked_for_once_both_pictures_are_there_and_says_what_differs() {
    let (mut screen, ask) = Compare::new(board(), photo_id(0, 0), photo_id(0, 2), std::collections::HashMap::new());
    let is_grade = |job: &&Job| matches!(job, Job::Grade { pair, .. } if *pair == (photo_id(0, 0), photo_id(0, 2)));
    let mut asked = Vec::new();
    for job in ask.jobs() {
        let Job::Framed(request) = job else { panic!("pictures come first") };
        let shown = Shown::new(skin(SMALL, 1), FRAME.rect(), FRAME);
        let then = screen.receive(Answer::Framed(request.ticket, Ok(Arc::new(shown))));
        asked.push(then.jobs().into_iter().filter(is_grade).count());
    }
    assert_eq!(asked, [0, 1]);
    let reason = Reason { aspect: Aspect::Exposure, grade: Grade::C, words: "0.7 EV darker".into() };
    let graded = Comparability { grade: Grade::C, reasons: vec![reason] };
    let _ = screen.receive(Answer::Graded((photo_id(0, 0), photo_id(0, 2)), Some(Arc::new(graded))));
    let theme = theme::dark();
    let mut window = simulate(screen.view(&theme, today()));
    assert!(window.find("C · comparable with care").is_ok());
    assert!(window.find("Exposure: 0.7 EV darker").is_ok());
}
