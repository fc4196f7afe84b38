//! A boundary between two groups, dragged with the mouse.

use iced::mouse::{self, Button};
use iced::{Event, Point};
use iced_test::selector::id;

use super::*;

/// What the mouse asks for at a part of something: of its width, in the middle of its height.
fn mouse_at(screen: &Triage, on: &str, part: f32, event: impl Fn(Point) -> mouse::Event) -> Vec<Message> {
    let (theme, works) = (theme::dark(), Works::default());
    let mut window = simulate(screen.view(&theme, &works));
    let bounds = window.find(id(on.to_owned())).expect("it is there").visible_bounds().expect("in sight");
    let point = Point::new(bounds.x + part * bounds.width, bounds.center_y());
    window.point_at(point);
    let _ = window.simulate([Event::Mouse(event(point))]);
    window.into_messages().collect()
}

fn sent(screen: &mut Triage, messages: Vec<Message>) -> Action {
    Action::Many(messages.into_iter().map(|message| screen.update(message, today())).collect())
}

fn press(screen: &mut Triage, on: &str) {
    let messages = mouse_at(screen, on, 0.5, |_| mouse::Event::ButtonPressed(Button::Left));
    let _ = sent(screen, messages);
}

fn over(screen: &mut Triage, on: &str, part: f32) {
    let messages = mouse_at(screen, on, part, |position| mouse::Event::CursorMoved { position });
    let _ = sent(screen, messages);
}

fn release(screen: &mut Triage, on: &str) -> Action {
    let messages = mouse_at(screen, on, 0.2, |_| mouse::Event::ButtonReleased(Button::Left));
    sent(screen, messages)
}

fn sizes(screen: &Triage) -> Vec<usize> {
    screen.card().expect("a card").groups.iter().map(|group| group.shots.len()).collect()
}

fn says(screen: &Triage, words: &str) -> bool {
    let works = Works::default();
    simulate(screen.view(&theme::dark(), &works)).find(words).is_ok()
}

#[test]
fn a_boundary_dragged_onto_a_photo_moves_those_between_and_both_groups_are_looked_at_anew() {
    let mut screen = sorting();
    let _ = screen.command(Command::AcceptAll);
    press(&mut screen, "boundary-0");
    assert!(says(&screen, "Let go over a photo of one of these two groups."));
    over(&mut screen, "photo-0-1", 0.2);
    assert!(says(&screen, "2 photos to the group below"));
    over(&mut screen, "photo-0-1", 0.9);
    assert!(says(&screen, "1 photo to the group below"), "behind the photo, not before it");
    over(&mut screen, "photo-1-0", 0.9);
    assert!(says(&screen, "1 photo to the group above"));
    over(&mut screen, "photo-0-1", 0.2);
    assert_eq!(sizes(&screen), [3, 3, 3, 3], "nothing moves before it is let go");
    let dropped = release(&mut screen, "photo-0-1");
    assert_eq!(sizes(&screen), [1, 5, 3, 3]);
    assert_eq!(accepted(&screen), [false, false, true, false], "both are other groups than were accepted");
    assert!(matches!(screen.update(Message::Accept(0), today()), Action::Toast(_)), "not before it is known");
    assert_eq!(recheck(&mut screen, &dropped, |_| ()), 2);
    let _ = screen.update(Message::Accept(0), today());
    assert!(accepted(&screen)[0]);
    let first: Vec<_> =
        screen.card().expect("a card").groups[1].shots.iter().map(|shot| shot.found.hash.0[0]).collect();
    assert_eq!(first, [1, 2, 10, 11, 12], "in the order they were taken");
}

#[test]
fn a_boundary_let_go_elsewhere_or_taken_out_of_the_window_stays_where_it_was() {
    let mut screen = sorting();
    press(&mut screen, "boundary-0");
    over(&mut screen, "photo-0-1", 0.2);
    over(&mut screen, "photo-2-1", 0.2);
    let dropped = release(&mut screen, "photo-2-1");
    assert!(dropped.jobs().is_empty() && sizes(&screen) == [3, 3, 3, 3], "of another group");
    press(&mut screen, "boundary-0");
    over(&mut screen, "photo-0-1", 0.2);
    let left: Vec<Message> = {
        let (theme, works) = (theme::dark(), Works::default());
        let mut window = simulate(screen.view(&theme, &works));
        for position in [Point::new(400.0, 400.0), Point::new(400.0, -10.0)] {
            window.point_at(position);
            let _ = window.simulate([Event::Mouse(mouse::Event::CursorMoved { position })]);
        }
        window.into_messages().collect()
    };
    let _ = sent(&mut screen, left);
    assert!(release(&mut screen, "photo-0-1").jobs().is_empty());
    assert_eq!(sizes(&screen), [3, 3, 3, 3]);
    // Esc lets it go too, and only then leaves the screen.
    press(&mut screen, "boundary-0");
    assert!(matches!(screen.command(Command::Back), Action::None));
    assert!(matches!(screen.command(Command::Back), Action::Back));
}

#[test]
fn no_boundary_is_taken_in_hand_while_a_group_is_being_looked_at() {
    let mut screen = sorting();
    let _ = screen.command(Command::Merge);
    assert!(matches!(screen.update(Message::Grab(0), today()), Action::Toast(_)));
    assert!(screen.update(Message::LetGo, today()).jobs().is_empty());
}
