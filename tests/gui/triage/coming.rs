//! The first photos are seen while the rest of the card is still being copied, with how fast that goes.

use diptych::gui::app::{App, Message as Whole};
use diptych::gui::job::Ticket;
use diptych::gui::{Start, picture};
use diptych::imaging::{self, Picture};
use diptych::import::card::COPYING;
use diptych::progress::{Progress, Report};
use iced::futures::{StreamExt, executor::block_on};
use iced_runtime::task;
use iced_test::selector::id;

use super::*;
use crate::fixture::{brightness, skin};
use crate::window;

fn copying() -> (Triage, Ticket) {
    let (mut screen, _) = Triage::new(false);
    let _ = screen.update(Message::Folder("/card".to_owned()), today());
    let ask = screen.update(Message::Take, today());
    let Some(Job::Card(CardJob::Take { ticket, .. })) = ask.jobs().first().copied().cloned() else { panic!("taken") };
    (screen, ticket)
}

fn white() -> iced::widget::image::Handle {
    let picture = Picture::from_rgba(Size::new(320, 240), vec![255; 4 * 320 * 240]).expect("a picture");
    picture::thumbnail(&picture, (144.0, 108.0), 0.0)
}

#[test]
fn a_photo_stands_on_the_screen_as_soon_as_it_was_seen_and_is_not_asked_for_again() {
    let (mut screen, ticket) = copying();
    let (theme, works) = (theme::dark(), Works::default());
    assert!(simulate(screen.view(&theme, &works)).find(id("triage-coming")).is_err(), "none was seen");
    let older = Ticket { generation: ticket.generation + 7, ..ticket };
    let _ = screen.receive(Answer::Peek(older, PhotoHash([1; 32]), Some(white())));
    assert!(simulate(screen.view(&theme, &works)).find(id("triage-coming")).is_err(), "of another card");
    let _ = screen.receive(Answer::Peek(ticket, PhotoHash([1; 32]), Some(white())));
    {
        let mut window = simulate(screen.view(&theme, &works));
        let place = window.find(id("triage-coming")).expect("they are there").bounds();
        let at = iced::Point::new(place.x + 40.0, place.y + 40.0);
        assert!(brightness(&mut window, &theme, at) > 240, "the photo itself");
    }
    for n in 2..130 {
        let _ = screen.receive(Answer::Peek(ticket, PhotoHash([n; 32]), Some(white())));
    }
    assert!(simulate(screen.view(&theme, &works)).find("9 photos more were seen").is_ok());
    // The groups need only those that were not seen by then: 0 of the first group, and none of the others.
    let sorted = screen.receive(Answer::Card(CardAnswer::Taken(ticket, Ok(Arc::new(card())))));
    match sorted.jobs().as_slice() {
        [Job::Card(CardJob::Pictures { shots, .. })] => {
            let missing: Vec<u8> = shots.iter().map(|(hash, _)| hash.0[0]).collect();
            assert_eq!(missing, [0]);
        }
        _ => panic!("the rest is asked for"),
    }
}

#[test]
fn the_line_of_copying_says_how_many_how_fast_how_long_and_can_be_cancelled() {
    let (mut screen, _) = copying();
    let mut works = Works::default();
    let job = works.begin(Some(Work::Card), None);
    works.started(job, Work::Card, Progress::silent());
    works.advanced(job, Report { stage: COPYING, done: 12, total: 40 }, 3.0);
    let theme = theme::dark();
    let clicked: Vec<Message> = {
        let mut window = simulate(screen.view(&theme, &works));
        for words in [COPYING, "12 of 40", "4.0 photos/s · 7 s left"] {
            assert!(window.find(words).is_ok(), "{words}");
        }
        let _ = window.click("Cancel").expect("it can be cancelled");
        window.into_messages().collect()
    };
    let [cancel] = clicked.try_into().expect("one click");
    assert!(matches!(screen.update(cancel, today()), Action::Cancel(Work::Card)));
}

#[test]
fn in_the_window_the_first_photos_come_before_the_card_is_taken() {
    let folder = tempfile::tempdir().expect("a folder");
    let vault = window::vault(folder.path());
    let card = folder.path().join("card");
    std::fs::create_dir(&card).expect("made");
    for n in 0..6 {
        let jpeg = imaging::encode_jpeg(&skin(Size::new(640, 480), n), 90).expect("a picture");
        diptych::fsx::write_atomic(&card.join(format!("IMG_{n}.JPG")), &jpeg).expect("a file");
    }
    let (mut app, first) = App::with_clock(Start { opened: Some(vault), ..Start::default() }, window::clock);
    window::drain(&mut app, first);
    let _ = app.update(Whole::Dropped(card));
    let mut stream = task::into_stream(app.update(Whole::DroppedAll(1))).expect("the card is taken");
    let (mut seen, mut taken, mut shown) = (0, false, false);
    while let Some(action) = block_on(stream.next()) {
        let iced_runtime::Action::Output(message) = action else { continue };
        if let Whole::Answer(_, answer) = &message {
            match answer.as_ref() {
                Answer::Peek(..) => seen += 1,
                Answer::Card(CardAnswer::Taken(..)) => taken = true,
                _ => {}
            }
        }
        let _ = app.update(message);
        if seen == 1 && !shown {
            shown = simulate(app.view()).find(id("triage-coming")).is_ok();
            assert!(shown && !taken, "the first one is on the screen while the rest is copied");
        }
    }
    assert!(seen == 6 && taken, "{seen}");
}
