//! Marks on a photo whose place nobody knows: they would mean other spots of the skin.

use diptych::align::Decision;
use diptych::geom::Point;
use diptych::gui::action::Action;
use diptych::gui::screen::compare::{Compare, Message};
use diptych::gui::shortcut::Command;
use diptych::gui::widget::photo::Gesture;
use diptych::model::PhotoId;

use crate::compare::{PANE, click, decision, says, screen};
use crate::fixture::photo_id;

const SENTENCE: &str =
    "This photo has no certain place yet: what is marked on it would be another spot. Mark it in the other photo.";

fn draw(screen: &mut Compare, over: PhotoId) {
    for (i, (x, y)) in [(1000.0, 500.0), (2000.0, 900.0), (4000.0, 3000.0)].into_iter().enumerate() {
        let at = screen.zoom().to_pane(PANE, Point::new(x, y));
        let _: Action = screen.update(Message::Hand(over, Gesture::Drawn { pane: PANE, at, first: i == 0 }));
    }
}

#[test]
fn a_known_length_is_not_measured_on_a_photo_without_a_place() {
    let (base, unplaced) = (photo_id(2, 0), photo_id(2, 3));
    let mut screen = screen(base, unplaced);
    let _originals = screen.command(Command::Scale);
    for x in [1000.0, 1300.0] {
        assert!(!matches!(click(&mut screen, unplaced, x, 1000.0), Action::Focus(_)));
    }
    assert!(says(&screen, SENTENCE));
    let _ = screen.update(Message::Length("12".to_owned()));
    assert_eq!(decision(&screen.update(Message::Keep)), None, "nothing was measured");
    let _first = click(&mut screen, base, 1000.0, 1000.0);
    assert!(!says(&screen, SENTENCE));
    assert!(matches!(click(&mut screen, base, 1300.0, 1400.0), Action::Focus(_)));
    assert!(matches!(decision(&screen.update(Message::Keep)), Some(Decision::Scale { .. })));
}

#[test]
fn a_region_is_drawn_where_the_frame_is_seen() {
    let (base, unplaced) = (photo_id(2, 0), photo_id(2, 3));
    let mut screen = screen(base, unplaced);
    let _ = screen.command(Command::Region);
    draw(&mut screen, unplaced);
    assert!(says(&screen, SENTENCE));
    assert_eq!(decision(&screen.command(Command::Accept)), None);
    draw(&mut screen, base);
    assert!(!says(&screen, SENTENCE));
    assert!(matches!(decision(&screen.command(Command::Accept)), Some(Decision::Again { .. })));
}

#[test]
fn an_aligned_photo_takes_marks_as_its_reference_does() {
    let mut screen = screen(photo_id(0, 0), photo_id(0, 3));
    let _ = screen.command(Command::Region);
    draw(&mut screen, photo_id(0, 3));
    assert!(!says(&screen, SENTENCE));
    assert!(matches!(decision(&screen.command(Command::Accept)), Some(Decision::Again { .. })));
}
