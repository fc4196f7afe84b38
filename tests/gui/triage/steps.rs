//! One next step at a time, and what the form says of a visit.

use diptych::gui::screen::board::session_form::Kind;
use diptych::gui::screen::triage::visit::When;
use diptych::gui::theme::tokens;

use super::*;
use crate::fixture::pixel;

/// Which of the buttons with these words are drawn as the next thing to do.
fn primary(screen: &Triage, labels: &[&'static str]) -> Vec<&'static str> {
    let (theme, works) = (theme::dark(), Works::default());
    let accent = tokens(&theme).accent.into_rgba8();
    let is_primary = |label: &&'static str| {
        let mut window = simulate(screen.view(&theme, &works));
        let words = window.find(*label).expect("a button").bounds();
        let drawn = pixel(&mut window, &theme, iced::Point::new(words.x - 6.0, words.center_y()));
        drawn.iter().zip(accent).all(|(drawn, wanted)| drawn.abs_diff(wanted) < 4)
    };
    labels.iter().copied().filter(is_primary).collect()
}

#[test]
fn where_a_card_is_chosen_one_thing_is_the_next_and_no_more() {
    let both = ["Copy the photos", "Take the photos of the tray"];
    let named = |tray| {
        let (mut screen, _) = Triage::new(tray);
        let _ = screen.update(Message::Folder("/card".to_owned()), today());
        screen
    };
    assert_eq!(primary(&named(false), &both), ["Copy the photos"]);
    assert_eq!(primary(&named(true), &both), ["Take the photos of the tray"]);
}

#[test]
fn the_form_says_when_on_the_day_the_photos_were_taken_and_asks_where_there_is_a_choice() {
    let mut screen = sorting();
    let _ = screen.command(Command::AcceptAll);
    let _ = screen.command(Command::Up);
    let says = |screen: &Triage, words: &str| {
        let works = Works::default();
        simulate(screen.view(&theme::dark(), &works)).find(words).is_ok()
    };
    let phases = |screen: &Triage| -> Vec<Phase> {
        screen.card().expect("a card").groups[0].visit.photos.iter().map(|photo| photo.phase).collect()
    };
    assert!(says(&screen, "When on that day") && !says(&screen, "no treatment that day"));
    assert_eq!(phases(&screen), [Phase::BeforeTreatment; 3], "prefilled");
    let _ = screen.update(Message::Phase(When(Phase::ImmediatelyAfter)), today());
    assert_eq!(phases(&screen), [Phase::ImmediatelyAfter; 3]);
    assert!(!accepted(&screen)[0], "it is to be accepted anew");
    // Nothing to choose on a day without a treatment: it is only said.
    let ask = screen.update(Message::Kind(Kind(SessionKind::FollowUp)), today());
    let Some(Job::Card(CardJob::Revisit { ticket, at, group, kind, .. })) = ask.jobs().first().copied().cloned() else {
        panic!("asked")
    };
    assert!(matches!(screen.update(Message::Phase(When(Phase::BeforeTreatment)), today()), Action::Toast(_)));
    let mut seen = *group;
    seen.visit.set_kind(kind);
    let _ = screen.receive(Answer::Card(CardAnswer::Aimed(ticket, at, Ok(Arc::new(seen)))));
    assert!(says(&screen, "no treatment that day"));
    let _ = screen.update(Message::Phase(When(Phase::BeforeTreatment)), today());
    assert_eq!(phases(&screen), [Phase::NoTreatment; 3]);
}
