//! The comparison: stepping, zooming, modes, honesty about alignment.

use std::sync::Arc;

use diptych::align::Decision;
use diptych::compare::grade::{Aspect, Comparability, Grade, Reason};
use diptych::geom::{Matrix3, Point, Size};
use diptych::gui::action::Action;
use diptych::gui::job::{Answer, Asked, Course, Failure, Job, Manner, NotSaved, Saved, Ticket};
use diptych::gui::picture::Shown;
use diptych::gui::screen::compare::{Compare, Message, Mode, Shape};
use diptych::gui::shortcut::Command;
use diptych::gui::theme;
use diptych::gui::widget::photo::Gesture;
use diptych::gui::zoom::Pane;
use diptych::model::{PatientId, PhotoId, SeriesId};
use diptych::registration::Registration;
use iced::Event;
use iced::mouse;

use crate::fixture::{board, photo_id, simulate, skin, thumbnails, today};

pub const FRAME: Size = Size::new(6000, 4000);
pub const SMALL: Size = Size::new(600, 400);

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
pub fn export(before: PhotoId, after: PhotoId) -> Compare {
    let mut screen = screen(before, after);
    let _ = screen.command(Command::Export);
    let _ = screen.update(Message::Path("/somewhere/pair.jpg".to_owned()));
    screen
}

pub fn says(screen: &Compare, words: &str) -> bool {
    let theme = theme::dark();
    simulate(screen.view(&theme, today())).find(words).is_ok()
}

#[test]
fn the_export_asks_for_a_file_and_saves_the_pair_on_the_screen() {
    let mut screen = export(photo_id(0, 0), photo_id(0, 3));
    match screen.update(Message::Save).jobs().as_slice() {
        [Job::Composite { pair, path, manner }] => {
            assert_eq!(*pair, (photo_id(0, 0), photo_id(0, 3)));
            assert_eq!(path.as_os_str(), "/somewhere/pair.jpg");
            assert!(!manner.replace, "a typed name replaces nothing");
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
    assert!(matches!(replaced.jobs().as_slice(), [Job::Composite { manner: Manner { replace: true, .. }, .. }]));
}

#[test]
fn a_name_from_the_desktops_own_dialog_was_agreed_to_there() {
    let mut screen = export(photo_id(0, 0), photo_id(0, 3));
    let pair = screen.pair();
    let _ = screen.receive(Answer::Picked(Asked::Composite(pair), Some("/picked/pair.jpg".into())));
    assert!(matches!(
        screen.update(Message::Save).jobs().as_slice(),
        [Job::Composite { manner: Manner { replace: true, .. }, .. }]
    ));
    let _ = screen.receive(Answer::CompositeSaved(pair, Err(NotSaved::Failed(Failure("no".into())))));
    let _ = screen.update(Message::Path("/picked/pair2.jpg".to_owned()));
    assert!(matches!(
        screen.update(Message::Save).jobs().as_slice(),
        [Job::Composite { manner: Manner { replace: false, .. }, .. }]
    ));
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

/// A board whose photo of session 3 in the first view is only suggested.
fn suggested() -> Compare {
    answered(|a| {
        a.answer = diptych::model::Answer::Suggestion;
        a.why = Some(diptych::model::WhyNot::Unsure);
    })
}

/// A board that says something else of that photo.
fn answered(change: impl Fn(&mut diptych::model::Alignment)) -> Compare {
    let mut board = (*board()).clone();
    board.alignments.iter_mut().filter(|a| a.photo == photo_id(0, 3)).for_each(change);
    let (mut screen, ask) =
        Compare::new(Arc::new(board), photo_id(0, 0), photo_id(0, 3), std::collections::HashMap::new());
    deliver(&mut screen, &ask, SMALL);
    screen
}

pub fn decision(action: &Action) -> Option<Decision> {
    action.jobs().iter().find_map(|job| if let Job::Decide(_, d) = job { Some((**d).clone()) } else { None })
}

#[test]
fn a_suggestion_asks_for_one_key_and_is_asked_once() {
    let mut screen = suggested();
    assert!(says(&screen, "It is right") && says(&screen, "It is wrong"));
    let seen = diptych::model::AlignmentId(3);
    assert_eq!(decision(&screen.command(Command::Agree)), Some(Decision::Accept(seen)));
    assert_eq!(decision(&screen.command(Command::Disagree)), None, "the first answer is on its way");
    let course = Course { patient: PatientId(1), series: SeriesId(7) };
    let refused = Answer::Decided(course, Box::new(Decision::Accept(seen)), Err(Failure("Look again.".into())));
    assert!(matches!(screen.receive(refused), Action::Toast(said) if said == "Look again."));
    assert_eq!(decision(&screen.command(Command::Disagree)), Some(Decision::Reject(seen)));
    let mut aligned = screen_of(photo_id(0, 0), photo_id(0, 2), SMALL);
    assert_eq!(decision(&aligned.command(Command::Agree)), None, "there is nothing to answer");
}

#[test]
fn whoever_accepts_what_may_be_another_person_is_told_so_first() {
    let screen = answered(|a| {
        a.answer = diptych::model::Answer::Suggestion;
        a.why = Some(diptych::model::WhyNot::Lookalike);
    });
    assert!(says(&screen, "It is the same person") && !says(&screen, "It is right"));
    let warning = "This may be another person: the shape of the face, eyes, brows or a pattern agree, too little of the \
                   skin itself does. Compare moles and scars before you accept it.";
    assert!(says(&screen, warning));
    assert!(!says(&suggested(), warning));
}

#[test]
fn everything_counts_again_by_one_click_beside_the_part_that_does() {
    let region = [(100.0, 100.0), (900.0, 100.0), (900.0, 900.0)].map(|(x, y)| Point::new(x, y)).to_vec();
    let mut screen = answered(|a| a.basis.region.clone_from(&region));
    assert!(says(&screen, "a part alone counts") && says(&screen, "Everything counts"));
    match decision(&screen.update(Message::Everything)) {
        Some(Decision::Again { photo, region, .. }) => assert!(photo == photo_id(0, 3) && region.is_empty()),
        other => panic!("{other:?}"),
    }
    assert!(!says(&suggested(), "Everything counts"));
}

#[test]
fn a_decision_about_another_series_does_not_reach_this_screen() {
    let mut screen = suggested();
    let _asked = screen.command(Command::Agree);
    let elsewhere = Course { patient: PatientId(2), series: SeriesId(8) };
    let seen = diptych::model::AlignmentId(3);
    let other = Answer::Decided(elsewhere, Box::new(Decision::Accept(seen)), Ok(None));
    assert!(matches!(screen.receive(other), Action::None));
    assert_eq!(decision(&screen.command(Command::Agree)), None, "it waits for its own answer still");
}

pub const PANE: Pane = Pane { extent: (550.0, 740.0), frame: FRAME };

/// Clicks on a spot of the frame, in the pane of a photo.
pub fn click(screen: &mut Compare, over: PhotoId, x: f64, y: f64) -> Action {
    let at = screen.zoom().to_pane(PANE, Point::new(x, y));
    screen.update(Message::Hand(over, Gesture::Clicked { pane: PANE, at }))
}

fn framed(action: &Action, photo: PhotoId) -> Option<Matrix3> {
    action.jobs().iter().find_map(|j| match j {
        Job::Framed(r) if r.ticket.id == photo.0 => r.matrix,
        _ => None,
    })
}

#[test]
fn two_spots_place_the_photo_at_once_and_enter_keeps_them() {
    let (base, photo) = (photo_id(2, 0), photo_id(2, 3));
    let mut screen = screen(base, photo);
    let _originals = screen.command(Command::Points);
    // The photo is not aligned: it lies in the frame as it was taken, pixel on pixel.
    let truth = Matrix3::similarity(1.1, 0.05, 200.0, -120.0);
    let spots = [Point::new(900.0, 800.0), Point::new(4800.0, 3100.0)];
    let mut last = Action::None;
    for spot in spots {
        let there = truth.apply(spot);
        assert!(framed(&click(&mut screen, base, there.x, there.y), photo).is_none());
        last = click(&mut screen, photo, spot.x, spot.y);
    }
    let drawn = framed(&last, photo).expect("it is drawn where it belongs");
    assert!(drawn.mean_corner_error(&truth, FRAME) < 1e-6);
    deliver(&mut screen, &last, SMALL);
    assert!(says(&screen, "Placed by 2 spots. Keep it, or click another spot."));
    assert!(says(&screen, "By your points, not kept yet") && !says(&screen, "Could not align"));
    // A third one, clicked in the photo as it is drawn now.
    let third = Point::new(5000.0, 600.0);
    let there = truth.apply(third);
    let _ = click(&mut screen, photo, there.x, there.y);
    let _ = click(&mut screen, base, there.x, there.y);
    match decision(&screen.command(Command::Accept)) {
        Some(Decision::ByPoints { photo: whose, frame, landmarks, refined: None }) => {
            assert_eq!((whose, frame, landmarks.len()), (photo, diptych::model::FrameId(2), 3));
            assert!(landmarks[2].photo.distance(third) < 1e-6, "in the photo's own pixels: {landmarks:?}");
            assert!(landmarks.iter().all(|m| truth.apply(m.photo).distance(m.frame) < 1e-6));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(decision(&screen.command(Command::Accept)), None, "kept once");
}

#[test]
fn spots_that_contradict_each_other_are_not_kept() {
    let (base, photo) = (photo_id(2, 0), photo_id(2, 3));
    let mut screen = screen(base, photo);
    let _originals = screen.command(Command::Points);
    for (here, there) in
        [((900.0, 800.0), (900.0, 800.0)), ((4800.0, 900.0), (4800.0, 900.0)), ((3000.0, 3000.0), (800.0, 3000.0))]
    {
        let _ = click(&mut screen, photo, here.0, here.1);
        let _ = click(&mut screen, base, there.0, there.1);
    }
    assert_eq!(decision(&screen.command(Command::Accept)), None);
    assert!(!says(&screen, "By your points, not kept yet"));
    let _ = screen.update(Message::TakeBack);
    let _ = screen.update(Message::TakeBack);
    assert!(matches!(decision(&screen.command(Command::Accept)), Some(Decision::ByPoints { .. })));
}

#[test]
fn what_the_pixels_make_of_the_points_stands_beside_them_and_the_person_chooses() {
    let (base, photo) = (photo_id(0, 0), photo_id(0, 3));
    let mut screen = screen(base, photo);
    let _originals = screen.command(Command::Points);
    assert_eq!(screen.command(Command::Refine).jobs().len(), 0, "there is nothing to refine yet");
    for (x, y) in [(900.0, 800.0), (4800.0, 3100.0)] {
        let _ = click(&mut screen, base, x, y);
        let placed = click(&mut screen, photo, x + 3.0, y - 2.0);
        deliver(&mut screen, &placed, SMALL);
    }
    let asked = screen.command(Command::Refine);
    let ticket = match asked.jobs().as_slice() {
        [Job::Refine { ticket, landmarks, .. }] if landmarks.len() == 2 => *ticket,
        _ => panic!("the pixels are asked"),
    };
    let matrix = Matrix3::similarity(1.0, 0.0, 7.0, 5.0);
    let refined = Registration {
        answer: diptych::model::Answer::Aligned,
        matrix: Some(matrix),
        residual_px: Some(0.6),
        confidence: 0.9,
        why: None,
    };
    let drawn = screen.receive(Answer::Refined(ticket, Ok(Some(Box::new(refined.clone())))));
    assert_eq!(framed(&drawn, photo), Some(matrix));
    deliver(&mut screen, &drawn, SMALL);
    assert!(says(&screen, "As clicked") && says(&screen, "Refined · 0.6 px"));
    let back = screen.command(Command::Refine);
    assert!(framed(&back, photo).is_some_and(|drawn| drawn != matrix), "as clicked again");
    deliver(&mut screen, &back, SMALL);
    let again = screen.command(Command::Refine);
    deliver(&mut screen, &again, SMALL);
    match decision(&screen.command(Command::Accept)) {
        Some(Decision::ByPoints { refined: Some(kept), .. }) => assert_eq!(*kept, refined),
        other => panic!("{other:?}"),
    }
}

#[test]
fn leaving_the_points_draws_the_photo_where_it_was_and_keeps_nothing() {
    let (base, photo) = (photo_id(0, 0), photo_id(0, 3));
    let mut screen = screen(base, photo);
    let before = Matrix3::similarity(1.02, 0.03, 40.0, -25.0);
    let _originals = screen.command(Command::Points);
    for (x, y) in [(900.0, 800.0), (4800.0, 3100.0)] {
        let _ = click(&mut screen, base, x, y);
        let placed = click(&mut screen, photo, x + 30.0, y);
        deliver(&mut screen, &placed, SMALL);
    }
    let last_away = screen.command(Command::TakeBack);
    assert_eq!(framed(&last_away, photo), Some(before), "one pair places nothing");
    deliver(&mut screen, &last_away, SMALL);
    let again = click(&mut screen, photo, 4900.0, 3000.0);
    assert!(framed(&again, photo).is_some());
    deliver(&mut screen, &again, SMALL);
    let left = screen.command(Command::Back);
    assert_eq!((framed(&left, photo), decision(&left)), (Some(before), None));
    assert!(!says(&screen, "Leave"));
    assert!(matches!(screen.command(Command::Back), Action::Back), "a second one leaves the comparison");
}

#[test]
fn the_reference_is_not_placed_by_points_and_one_photo_alone_neither() {
    let mut alone = screen(photo_id(0, 0), photo_id(0, 0));
    assert!(matches!(alone.command(Command::Points), Action::Toast(_)));
    assert!(matches!(alone.command(Command::AlignAgain), Action::Toast(_)));
    let mut pair = screen(photo_id(0, 0), photo_id(0, 2));
    assert!(decision(&pair.command(Command::AlignAgain)).is_some_and(|d| {
        d == Decision::Again { photo: photo_id(0, 2), frame: diptych::model::FrameId(0), region: Vec::new() }
    }));
}

#[test]
fn a_rectangle_or_a_lasso_alone_counts_when_the_photo_is_aligned_again() {
    let mut screen = screen(photo_id(0, 0), photo_id(0, 3));
    let _ = screen.command(Command::Region);
    assert_eq!(decision(&screen.command(Command::Accept)), None, "nothing is drawn");
    let draw = |screen: &mut Compare, line: &[(f64, f64)]| {
        for (i, (x, y)) in line.iter().enumerate() {
            let at = screen.zoom().to_pane(PANE, Point::new(*x, *y));
            let _ = screen.update(Message::Hand(photo_id(0, 0), Gesture::Drawn { pane: PANE, at, first: i == 0 }));
        }
    };
    let near = |region: &[Point], wanted: &[(f64, f64)]| {
        region.len() == wanted.len() && region.iter().zip(wanted).all(|(p, w)| p.distance(Point::new(w.0, w.1)) < 1e-6)
    };
    draw(&mut screen, &[(1000.0, 500.0), (2000.0, 900.0), (4000.0, 3000.0)]);
    let rectangle = [(1000.0, 500.0), (4000.0, 500.0), (4000.0, 3000.0), (1000.0, 3000.0)];
    assert!(says(&screen, "Only what lies inside will count."));
    let _ = screen.update(Message::Shape(Shape::Lasso));
    let lasso = [(1000.0, 500.0), (4000.0, 700.0), (2500.0, 3000.0)];
    let mut other = screen_of(photo_id(0, 0), photo_id(0, 3), SMALL);
    match decision(&screen.command(Command::Accept)) {
        Some(Decision::Again { photo, region, .. }) => {
            assert!(photo == photo_id(0, 3) && near(&region, &rectangle), "{region:?}");
        }
        other => panic!("{other:?}"),
    }
    let _ = other.command(Command::Region);
    let _ = other.update(Message::Shape(Shape::Lasso));
    draw(&mut other, &lasso);
    match decision(&other.command(Command::Accept)) {
        Some(Decision::Again { region, .. }) => assert!(near(&region, &lasso), "{region:?}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_known_length_gives_the_scale_of_the_frame() {
    let mut screen = screen(photo_id(0, 0), photo_id(0, 3));
    let _originals = screen.command(Command::Scale);
    let _ = click(&mut screen, photo_id(0, 0), 1000.0, 1000.0);
    let ends = click(&mut screen, photo_id(0, 0), 1300.0, 1400.0);
    assert!(matches!(ends, Action::Focus(_)), "the number is typed next");
    for wrong in ["", "0", "-3", "ten", "inf"] {
        let _ = screen.update(Message::Length(wrong.to_owned()));
        assert_eq!(decision(&screen.update(Message::Keep)), None, "{wrong}");
    }
    let _ = screen.update(Message::Length("12,5 mm".to_owned()));
    assert!(!says(&screen, "12,5 mm"), "a field of millimetres takes no letters");
    assert!(says(&screen, "0.0250 mm per pixel."));
    match decision(&screen.update(Message::Keep)) {
        Some(Decision::Scale { frame, mm_per_px: Some(mm) }) => {
            assert!(frame == diptych::model::FrameId(0) && (mm - 0.025).abs() < 1e-9, "{mm}");
        }
        other => panic!("{other:?}"),
    }
}
