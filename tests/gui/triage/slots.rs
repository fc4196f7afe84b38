//! Slots that no photo fills yet show what the last visit shows there.

use diptych::geom::Size;
use diptych::gui::job::Ticket;
use diptych::gui::picture;
use diptych::imaging::Picture;
use diptych::import::card::LastPhoto;
use diptych::model::PhotoId;
use iced::widget::image::Handle;

use super::*;
use crate::fixture::{brightness, photo_id};

/// A group of two photos for three views, with a last visit that has all of them, and the card around it.
fn two_of_three() -> Triage {
    let mut card = card();
    let group = &mut card.groups[0];
    group.visit.photos[2].view = None;
    let last = |v: usize| LastPhoto {
        view: board().views[v].id,
        photo: photo_id(v as i64, 3),
        hash: PhotoHash([100 + v as u8; 32]),
    };
    group.target.as_mut().expect("a target").last = (0..3).map(last).collect();
    take(card).0
}

fn take(card: Card) -> (Triage, Action) {
    let (mut screen, _) = Triage::new(false);
    let _ = screen.update(Message::Folder("/card".to_owned()), today());
    let ask = screen.update(Message::Take, today());
    let Some(Job::Card(CardJob::Take { ticket, .. })) = ask.jobs().first().copied().cloned() else { panic!("taken") };
    let sorted = screen.receive(Answer::Card(CardAnswer::Taken(ticket, Ok(Arc::new(card)))));
    (screen, sorted)
}

fn asked(action: &Action) -> Vec<(Ticket, Vec<PhotoId>)> {
    let of_job = |job: &&Job| match job {
        Job::Thumbnails { ticket, photos, .. } => Some((*ticket, photos.iter().map(|(id, _)| *id).collect())),
        _ => None,
    };
    action.jobs().iter().filter_map(of_job).collect()
}

fn says(screen: &Triage, words: &str) -> bool {
    let works = Works::default();
    simulate(screen.view(&theme::dark(), &works)).find(words).is_ok()
}

#[test]
fn an_empty_slot_asks_for_the_photo_of_the_last_visit_once_and_without_waiting_for_it() {
    let mut card = card();
    card.groups[0] = two_of_three().card().expect("a card").groups[0].clone();
    let (mut screen, sorted) = take(card);
    let [(ticket, photos)] = asked(&sorted).try_into().expect("asked once");
    assert_eq!(photos, [photo_id(2, 3)], "of the slot that is empty, and of no other");
    assert!(says(&screen, "Front, empty"), "the slot stands there before its picture has come");
    // A photo taken out of its view leaves another slot empty: only that one is asked for.
    let more = screen.command(Command::Skip);
    assert_eq!(asked(&more), [(ticket, vec![photo_id(0, 3)])]);
    assert!(says(&screen, "Cheek right, empty"));
    assert!(asked(&screen.command(Command::Skip)).is_empty() && asked(&screen.command(Command::Skip)).is_empty());
}

#[test]
fn the_picture_of_the_last_visit_is_drawn_faintly_and_one_of_another_card_is_not() {
    let mut screen = two_of_three();
    let white = Picture::from_rgba(Size::new(216, 150), vec![255; 4 * 216 * 150]).expect("a picture");
    let handle: Handle = picture::thumbnail(&white, (216.0, 150.0), 0.0);
    let drawn = |screen: &Triage| {
        let works = Works::default();
        let theme = theme::dark();
        let mut window = simulate(screen.view(&theme, &works));
        let below = window.find("Front, empty").expect("the slot").bounds();
        brightness(&mut window, &theme, iced::Point::new(below.x + 40.0, below.y - 40.0))
    };
    let empty = drawn(&screen);
    let old = Ticket { id: -1, generation: 77 };
    let _ = screen.receive(Answer::Thumbnail(old, photo_id(2, 3), Some(handle.clone())));
    assert_eq!(drawn(&screen), empty, "asked for another card");
    let ticket = Ticket { id: -1, generation: 1 };
    let _ = screen.receive(Answer::Thumbnail(ticket, photo_id(2, 3), Some(handle)));
    let faint = drawn(&screen);
    assert!(faint > empty + 30 && faint < 180, "{empty} and {faint}");
}

#[test]
fn a_click_on_an_empty_slot_says_that_the_photo_under_the_cursor_shows_its_view() {
    let mut screen = two_of_three();
    let view = board().views[2].id;
    let _ = screen.update(Message::Select(Cursor { group: 0, photo: 2 }), today());
    let clicked: Vec<Message> = {
        let works = Works::default();
        let theme = theme::dark();
        let mut window = simulate(screen.view(&theme, &works));
        let below = window.find("Front, empty").expect("the slot").bounds();
        window.point_at(iced::Point::new(below.x + 40.0, below.y - 40.0));
        let _ = window.simulate(iced_test::simulator::click());
        window.into_messages().collect()
    };
    for message in clicked {
        let _ = screen.update(message, today());
    }
    assert_eq!(screen.card().expect("a card").groups[0].visit.photos[2].view, Some(view));
    assert!(!says(&screen, "Front, empty"));
    // In another group the slot leads there, and changes nothing.
    let _ = screen.update(Message::Fill(2, board().views[0].id), today());
    assert_eq!(screen.cursor(), Cursor { group: 2, photo: 0 });
}
