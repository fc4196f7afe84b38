//! The Triage screen: from a card to a filing by the keyboard.

mod boundary;
mod coming;
mod kept;
mod slots;
mod steps;

use std::path::PathBuf;
use std::sync::Arc;

use diptych::geom::Size;
use diptych::gui::action::Action;
use diptych::gui::job::{Answer, CardAnswer, CardJob, Failure, Filing, Job, Whose, Work};
use diptych::gui::screen::triage::{Cursor, Message, Triage};
use diptych::gui::shortcut::Command;
use diptych::gui::theme;
use diptych::gui::works::Works;
use diptych::imaging::{Clipping, Fingerprint, Format, Quality};
use diptych::import::card::{
    Alarm, Belief, Beside, Card, Group, Options, Placing, Reason, Shot, Small, Target, Warning,
};
use diptych::import::watch::Status;
use diptych::import::{Found, Note, Outcome, PlannedPhoto, PlannedSession};
use diptych::model::{CaptureFacts, Phase, PhotoHash, Redacted, SeriesId, SessionKind, Slot, TrayId};

use diptych::clock::UtcMillis;
use diptych::vault::{Op, UndoEntry, UndoId};

use crate::fixture::{board, patient, simulate, today};

fn shot(n: u8) -> Shot {
    let found = Found {
        path: Redacted(PathBuf::from(format!("/card/IMG_{n:04}.JPG"))),
        tray: Some(TrayId(i64::from(n))),
        hash: PhotoHash([n; 32]),
        length: 1000,
        size: Size::new(6000, 4000),
        facts: CaptureFacts::default(),
        quality: Quality { sharpness: 100.0, brightness: 120.0, clipping: Clipping::default() },
        format: Format::Jpeg,
        stray: false,
        raw: None,
        card: None,
    };
    Shot { found, fingerprint: Fingerprint::default(), small: Small([].into()), card: None, owners: Vec::new() }
}

fn group(first: u8, target: Option<i64>, belief: Belief) -> Group {
    let board = board();
    let shots: Vec<Shot> = (first..first + 3).map(shot).collect();
    let photo = |(i, shot): (usize, &Shot)| PlannedPhoto {
        path: shot.found.path.clone(),
        tray: shot.found.tray,
        hash: shot.found.hash,
        length: shot.found.length,
        size: shot.found.size,
        facts: shot.found.facts.clone(),
        raw: None,
        view: target.map(|_| board.views[i].id),
        slot: Slot::Primary,
        phase: Phase::BeforeTreatment,
        skip: None,
        notes: Vec::new(),
    };
    let photos = shots.iter().enumerate().map(photo).collect();
    let visit = PlannedSession { date: today(), kind: SessionKind::Treatment, existing: None, photos };
    let target = target.map(|id| Target {
        patient: patient(id, "Given", &format!("Family {id}")),
        series: SeriesId(id),
        title: "Acne scars, cheeks".into(),
        views: board.views.clone(),
        label: Some("Session 2 of 6".into()),
        last: Vec::new(),
        shown: Vec::new(),
    });
    let reason = if target.is_some() { Reason::Looks } else { Reason::Nothing };
    // The first photo aligns with the baseline of its view, the second does not, of the third there is none yet.
    let beside = |i: usize| Beside { view: board.views[i].id, aligned: i == 0, notes: Vec::new() };
    let placing = |i: usize| Placing { by_hand: false, beside: if i < 2 { vec![beside(i)] } else { Vec::new() } };
    let placings = (0..3).map(placing).collect();
    let (warnings, lost) = (Vec::new(), Vec::new());
    Group { shots, target, belief, reason, visit, placings, lost, warnings, accepted: false }
}

/// Two certain groups, one that nobody knows, and one with an alarm.
fn card() -> Card {
    let mut alarmed = group(30, Some(4), Belief::Likely);
    alarmed.warnings.push(Warning { photo: 1, alarm: Alarm::AlignsWithOther, code: "P-0311".into() });
    let groups = vec![
        group(0, Some(1), Belief::Certain),
        group(10, None, Belief::Unknown),
        group(20, Some(3), Belief::Certain),
        alarmed,
    ];
    Card { groups, refused: Vec::new(), twice: 0, copied: 12, options: Options::usual(today()) }
}

fn sorting() -> Triage {
    sorting_of(card())
}

fn sorting_of(card: Card) -> Triage {
    let (mut screen, _) = Triage::new(false);
    let _ = screen.update(Message::Folder("/card".to_owned()), today());
    let ask = screen.update(Message::Take, today());
    let ticket = match ask.jobs().as_slice() {
        [Job::Card(CardJob::Take { ticket, paths: Some(_), .. })] => *ticket,
        _ => panic!("the card is taken"),
    };
    let pictures = screen.receive(Answer::Card(CardAnswer::Taken(ticket, Ok(Arc::new(card)))));
    assert!(matches!(pictures.jobs().as_slice(), [Job::Card(CardJob::Pictures { shots, .. })] if shots.len() == 12));
    screen
}

/// Answers each question about a group that was cut or joined with the group as it stands, changed by `change`; how many
/// there were.
fn recheck(screen: &mut Triage, action: &Action, change: impl Fn(&mut Group)) -> usize {
    let mut asked = 0;
    for job in action.jobs() {
        if let Job::Card(CardJob::Recheck { ticket, at, group, .. }) = job {
            let mut group = (**group).clone();
            change(&mut group);
            let _ = screen.receive(Answer::Card(CardAnswer::Aimed(*ticket, *at, Ok(Arc::new(group)))));
            asked += 1;
        }
    }
    asked
}

fn accepted(screen: &Triage) -> Vec<bool> {
    screen.card().expect("a card").groups.iter().map(|g| g.accepted).collect()
}

fn filed(action: &Action) -> Option<usize> {
    match action.jobs().as_slice() {
        [Job::Card(CardJob::File(_, card))] => Some(card.plans().len()),
        _ => None,
    }
}

#[test]
fn all_that_is_certain_is_accepted_at_once_and_nothing_else() {
    let mut screen = sorting();
    let _ = screen.command(Command::AcceptAll);
    assert_eq!(accepted(&screen), [true, false, true, false]);
    assert_eq!(screen.cursor(), Cursor { group: 1, photo: 0 }, "the first that waits");
    assert_eq!(filed(&screen.command(Command::File)), Some(2));
}

#[test]
fn a_group_of_nobody_cannot_be_accepted_before_somebody_says_whose_it_is() {
    let mut screen = sorting();
    let _ = screen.command(Command::Down);
    assert!(matches!(screen.command(Command::Accept), Action::Many(_)));
    assert_eq!(accepted(&screen), [false; 4]);
    let ask = screen.update(Message::Search("fa".into()), today());
    let Some(Job::Card(CardJob::Find(ticket, typed))) = ask.jobs().first().copied().cloned() else { panic!("asked") };
    let whose = Whose { patient: patient(2, "Given", "Family 2"), series: SeriesId(2), title: "Pores".into() };
    let _ = screen.receive(Answer::Card(CardAnswer::Found(ticket, typed, vec![whose])));
    let aim = screen.update(Message::First, today());
    let Some(Job::Card(CardJob::Aim { ticket, at, .. })) = aim.jobs().first().copied().cloned() else {
        panic!("aimed")
    };
    assert_eq!(at, 1);
    let _ = screen.command(Command::Accept);
    assert!(!accepted(&screen)[1], "not while its views are worked out");
    let aimed = group(10, Some(2), Belief::Certain);
    let _ = screen.receive(Answer::Card(CardAnswer::Aimed(ticket, at, Ok(Arc::new(aimed)))));
    let _ = screen.command(Command::Accept);
    assert!(accepted(&screen)[1]);
}

#[test]
fn an_alarm_stands_on_the_screen_and_keeps_a_group_from_being_accepted_with_the_rest() {
    let mut screen = sorting();
    let _ = screen.command(Command::AcceptAll);
    let (theme, works) = (theme::dark(), Works::default());
    let mut window = simulate(screen.view(&theme, &works));
    assert!(window.find("Photo 2 aligns with a photo of another patient: P-0311").is_ok());
    drop(window);
    assert!(!accepted(&screen)[3]);
}

#[test]
fn a_group_with_an_alarm_is_accepted_only_when_it_is_accepted_twice() {
    let mut screen = sorting();
    for _ in 0..3 {
        let _ = screen.command(Command::Down);
    }
    assert!(matches!(screen.command(Command::Accept), Action::Toast(words) if words.contains("another patient")));
    assert!(!accepted(&screen)[3], "it was said once more");
    // Whoever went elsewhere meanwhile is told again.
    let _ = screen.command(Command::Up);
    let _ = screen.command(Command::Down);
    assert!(matches!(screen.command(Command::Accept), Action::Toast(_)));
    let _ = screen.command(Command::Accept);
    assert!(accepted(&screen)[3]);
    // The photo in question left out, there is nothing to say twice.
    let mut screen = sorting();
    let _ = screen.update(Message::Select(Cursor { group: 3, photo: 1 }), today());
    let _ = screen.command(Command::Skip);
    let _ = screen.command(Command::Accept);
    assert!(accepted(&screen)[3]);
}

#[test]
fn groups_that_were_joined_cannot_be_accepted_or_filed_before_they_were_compared_anew() {
    let mut screen = sorting();
    let _ = screen.command(Command::AcceptAll);
    let _ = screen.command(Command::Up);
    let merge = screen.command(Command::Merge);
    assert!(matches!(screen.command(Command::Accept), Action::Toast(_)));
    assert!(!accepted(&screen)[0] && filed(&screen.command(Command::File)).is_none(), "not before it is known");
    let stranger = Warning { photo: 4, alarm: Alarm::AlignsWithOther, code: "P-0002".into() };
    assert_eq!(recheck(&mut screen, &merge, |group| group.warnings.push(stranger.clone())), 1);
    let (theme, works) = (theme::dark(), Works::default());
    assert!(
        simulate(screen.view(&theme, &works)).find("Photo 5 aligns with a photo of another patient: P-0002").is_ok()
    );
    assert!(matches!(screen.command(Command::Accept), Action::Toast(_)));
    assert!(!accepted(&screen)[0], "the alarm stands in the way once");
}

#[test]
fn no_key_is_lost_while_a_group_is_being_looked_at() {
    let mut screen = sorting();
    let whose = Whose { patient: patient(2, "Given", "Family 2"), series: SeriesId(2), title: "Pores".into() };
    let aim = screen.update(Message::Aim(whose), today());
    let Some(Job::Card(CardJob::Aim { ticket, at: 0, .. })) = aim.jobs().first().copied().cloned() else {
        panic!("aimed")
    };
    let stands = |screen: &Triage| screen.card().expect("a card").groups[0].visit.photos[0].clone();
    let before = stands(&screen);
    for command in [Command::Skip, Command::ViewAfter, Command::ViewBefore] {
        assert!(matches!(screen.command(command), Action::Toast(_)), "said, and not done for nothing");
    }
    assert_eq!(stands(&screen), before);
    let _ =
        screen.receive(Answer::Card(CardAnswer::Aimed(ticket, 0, Ok(Arc::new(group(0, Some(2), Belief::Certain))))));
    let _ = screen.command(Command::Skip);
    assert!(stands(&screen).skip.is_some());
}

#[test]
fn a_view_that_aligns_looks_other_than_one_that_only_the_order_gave() {
    let mut one = group(0, Some(1), Belief::Certain);
    one.visit.photos[0].notes = vec![Note::Exposure(1.2), Note::Distance(1.3), Note::Blurred(20.0), Note::LikeAnother];
    let names: Vec<String> = board().views.iter().take(3).map(|view| view.spec.name.clone()).collect();
    let mut card = card();
    card.groups[0] = one;
    let screen = sorting_of(card);
    let (theme, works) = (theme::dark(), Works::default());
    let says = |screen: &Triage, words: &str| simulate(screen.view(&theme, &works)).find(words).is_ok();
    assert!(says(&screen, &names[0]) && !says(&screen, &format!("{}, by order", names[0])));
    assert!(says(&screen, &format!("{}, by order", names[1])) && says(&screen, "not confirmed"));
    // Three chips lie on the picture; all that is known, with its limits, stands beside the groups.
    assert!(says(&screen, "1.2 EV brighter than the others") && says(&screen, "+1"));
    assert!(says(&screen, "blurred: 20 % as sharp as the others, limit 35 %"));
    assert!(says(&screen, "one of several alike") && says(&screen, "aligns with the baseline of its view"));
}

#[test]
fn a_card_takes_a_key_for_what_is_certain_one_for_each_group_that_is_right_and_five_for_one_that_is_not() {
    let mut screen = sorting();
    let mut keys = 0;
    let mut press = |screen: &mut Triage, command: Command| {
        keys += 1;
        screen.command(command)
    };
    let _ = press(&mut screen, Command::AcceptAll);
    // The cursor stands at the first group that waits, of which nobody knows whose it is: the field, two letters, Enter.
    let _ = press(&mut screen, Command::Search);
    let ask = screen.update(Message::Search("fa".into()), today());
    let Some(Job::Card(CardJob::Find(ticket, typed))) = ask.jobs().first().copied().cloned() else { panic!("asked") };
    let whose = Whose { patient: patient(2, "Given", "Family 2"), series: SeriesId(2), title: "Pores".into() };
    let _ = screen.receive(Answer::Card(CardAnswer::Found(ticket, typed.clone(), vec![whose])));
    let aim = screen.update(Message::First, today());
    let typed = typed.len() + 1;
    let Some(Job::Card(CardJob::Aim { ticket, at, .. })) = aim.jobs().first().copied().cloned() else {
        panic!("aimed")
    };
    let aimed = group(10, Some(2), Belief::Certain);
    let _ = screen.receive(Answer::Card(CardAnswer::Aimed(ticket, at, Ok(Arc::new(aimed)))));
    let _ = press(&mut screen, Command::Accept);
    // Then the one with the alarm, where Enter is pressed twice.
    let _ = press(&mut screen, Command::Accept);
    let _ = press(&mut screen, Command::Accept);
    assert_eq!(accepted(&screen), [true; 4]);
    assert_eq!(filed(&press(&mut screen, Command::File)), Some(4));
    assert_eq!(keys + typed, 1 + 5 + 2 + 1);
}

#[test]
fn whether_a_card_may_be_cleared_is_said_of_a_card_and_never_of_the_tray() {
    let (theme, works) = (theme::dark(), Works::default());
    let says = |screen: &Triage, words: &str| simulate(screen.view(&theme, &works)).find(words).is_ok();
    let screen = sorting();
    assert!(says(&screen, "The card may be cleared.") && !says(&screen, "Do not clear the card yet."));
    let mut half = card();
    half.groups[2].shots[1].found.tray = None;
    let screen = sorting_of(half);
    assert!(says(&screen, "Do not clear the card yet.") && !says(&screen, "The card may be cleared."));
    let (mut screen, _) = Triage::new(true);
    let ask = screen.update(Message::Tray, today());
    let Some(Job::Card(CardJob::Take { ticket, paths: None, .. })) = ask.jobs().first().copied().cloned() else {
        panic!("the tray is taken")
    };
    let _ = screen.receive(Answer::Card(CardAnswer::Taken(ticket, Ok(Arc::new(card())))));
    assert!(!says(&screen, "Do not clear the card yet.") && !says(&screen, "The card may be cleared."));
    assert!(says(&screen, "These photos were in the vault's tray."));
}

#[test]
fn photos_are_left_out_and_given_other_views_and_groups_are_cut_by_keys() {
    let mut screen = sorting();
    let _ = screen.command(Command::Right);
    let _ = screen.command(Command::Skip);
    assert_eq!(screen.card().expect("a card").groups[0].filed(), 2);
    let _ = screen.command(Command::Skip);
    let _ = screen.command(Command::ViewAfter);
    let views = |screen: &Triage| -> Vec<_> {
        screen.card().expect("a card").groups[0].visit.photos.iter().map(|p| p.view).collect()
    };
    let of_board: Vec<_> = board().views.iter().map(|v| Some(v.id)).collect();
    assert_eq!(views(&screen), [of_board[0], of_board[2], of_board[2]]);
    let split = screen.command(Command::Split);
    assert_eq!(recheck(&mut screen, &split, |_| ()), 2, "both halves are looked at");
    assert_eq!(
        screen.card().expect("a card").groups.iter().map(|g| g.shots.len()).collect::<Vec<_>>(),
        [1, 2, 3, 3, 3]
    );
    let _ = screen.command(Command::Up);
    let merge = screen.command(Command::Merge);
    assert_eq!(recheck(&mut screen, &merge, |_| ()), 1);
    let groups = &screen.card().expect("a card").groups;
    assert_eq!((groups.len(), groups[0].shots.len(), groups[0].belief), (4, 3, Belief::Likely));
}

#[test]
fn a_filing_that_fails_gives_the_sorted_card_back_and_one_that_went_well_is_undone_once() {
    let mut screen = sorting();
    let _ = screen.command(Command::AcceptAll);
    let ask = screen.command(Command::File);
    let Some(Job::Card(CardJob::File(ticket, _))) = ask.jobs().first().copied().cloned() else { panic!("filed") };
    let full = Failure("The disk of the vault is full.".into());
    let _ = screen.receive(Answer::Card(CardAnswer::Filed(ticket, Err(full))));
    assert_eq!(accepted(&screen), [true, false, true, false]);
    let (theme, works) = (theme::dark(), Works::default());
    assert!(simulate(screen.view(&theme, &works)).find("The disk of the vault is full.").is_ok());
    let _ = screen.command(Command::File);
    let entry = undo_entry();
    let filing = Arc::new(Filing { outcome: Outcome::default(), undo: Some(entry.clone()) });
    let _ = screen.receive(Answer::Card(CardAnswer::Filed(ticket, Ok(filing))));
    assert!(screen.card().is_none());
    assert!(
        simulate(screen.view(&theme, &works))
            .find("6 photos of groups that were not accepted wait in the tray.")
            .is_ok()
    );
    let undo = screen.update(Message::Undo, today());
    assert!(matches!(undo.jobs().as_slice(), [Job::Undo(asked)] if *asked == entry), "that filing and no other");
    assert!(screen.update(Message::Undo, today()).jobs().is_empty(), "once");
    let _ = screen.receive(Answer::Undone(entry, Err(Failure("Something came after it.".into()))));
    assert!(!screen.update(Message::Undo, today()).jobs().is_empty(), "it was not taken back: asked again");
}

#[test]
fn an_answer_about_a_card_from_before_is_dropped() {
    let mut screen = sorting();
    let _ = screen.update(Message::Take, today());
    let old = diptych::gui::job::Ticket { id: -1, generation: 77 };
    let _ = screen.receive(Answer::Card(CardAnswer::Aimed(old, 0, Ok(Arc::new(group(10, Some(9), Belief::Certain))))));
    assert_eq!(screen.card().expect("a card").groups[0].target.as_ref().map(|t| t.series), Some(SeriesId(1)));
}

#[test]
fn the_visit_is_prefilled_and_a_day_that_is_typed_is_set_before_the_group_is_accepted() {
    let mut screen = sorting();
    let _ = screen.update(Message::Day("2099-01-01".into()), today());
    assert!(screen.update(Message::SetDay, today()).jobs().is_empty(), "a day to come");
    assert!(matches!(screen.command(Command::Accept), Action::Toast(_)));
    assert_eq!(accepted(&screen), [false; 4]);
    let _ = screen.update(Message::Day("2026-01-05".into()), today());
    let ask = screen.update(Message::SetDay, today());
    let Some(Job::Card(CardJob::Revisit { ticket, at: 0, group, day, kind })) = ask.jobs().first().copied().cloned()
    else {
        panic!("asked")
    };
    assert_eq!((day.to_string().as_str(), kind), ("2026-01-05", SessionKind::Treatment));
    let mut set = *group;
    set.visit.date = day;
    let _ = screen.receive(Answer::Card(CardAnswer::Aimed(ticket, 0, Ok(Arc::new(set)))));
    assert_eq!(screen.card().expect("a card").groups[0].visit.date, day);
    let _ = screen.command(Command::Accept);
    assert!(accepted(&screen)[0]);
}

#[test]
fn another_gap_cuts_the_card_anew_once_it_is_asked_for() {
    let mut screen = sorting();
    assert!(screen.update(Message::Recut, today()).jobs().is_empty(), "the gap is the one that stands");
    let _ = screen.update(Message::Gap(0), today());
    let cut = screen.update(Message::Recut, today());
    let Some(Job::Card(CardJob::Recut { options, list: None, card, .. })) = cut.jobs().first().copied().cloned() else {
        panic!("cut")
    };
    assert_eq!((options.gap_minutes, options.clock_s), (1, 0), "at least a minute");
    assert!(screen.card().is_none() && screen.is_busy());
    // The clock of the camera and the list of the day are said in the same place.
    let Some(Job::Card(CardJob::Recut { ticket, .. })) = cut.jobs().first().copied().cloned() else { panic!("cut") };
    let _ = screen.receive(Answer::Card(CardAnswer::Taken(ticket, Ok(Arc::new(*card)))));
    let _ = screen.update(Message::Clock("soon".into()), today());
    assert!(matches!(screen.update(Message::Recut, today()), Action::Toast(_)) && screen.card().is_some());
    let _ = screen.update(Message::Clock("-1:00".into()), today());
    let _ = screen.update(Message::List("/lists/day.csv".into()), today());
    let cut = screen.update(Message::Recut, today());
    let Some(Job::Card(CardJob::Recut { ticket, card, options, list })) = cut.jobs().first().copied().cloned() else {
        panic!("cut")
    };
    assert_eq!((options.gap_minutes, options.clock_s, list), (1, -3600, Some(PathBuf::from("/lists/day.csv"))));
    // A list that cannot be read costs nobody the card.
    let _ = screen.receive(Answer::Card(CardAnswer::Taken(ticket, Ok(Arc::new(*card)))));
    let _ = screen.receive(Answer::Card(CardAnswer::Unlisted(ticket, Failure("The list could not be read.".into()))));
    let (theme, works) = (theme::dark(), Works::default());
    assert!(simulate(screen.view(&theme, &works)).find("The list could not be read.").is_ok());
    assert!(!screen.update(Message::Recut, today()).jobs().is_empty(), "tried once more");
}

#[test]
fn a_folder_is_watched_once_and_what_stops_it_is_said() {
    let (mut screen, _) = Triage::new(false);
    assert!(screen.update(Message::Watch, today()).jobs().is_empty(), "no folder was chosen");
    let _ = screen.update(Message::Folder("/camera".into()), today());
    let watch = screen.update(Message::Watch, today());
    assert!(matches!(watch.jobs().as_slice(), [Job::Card(CardJob::Watch(folder))] if folder.ends_with("camera")));
    assert!(screen.update(Message::Watch, today()).jobs().is_empty(), "it is watched already");
    let status = Arc::new(Status { there: true, taken: 3, ..Status::default() });
    let _ = screen.receive(Answer::Card(CardAnswer::Watched("/camera".into(), status)));
    assert!(matches!(screen.update(Message::Unwatch, today()), Action::Cancel(Work::Watch)));
    let why = Failure("The disk of the vault is full.".into());
    let _ = screen.receive(Answer::Card(CardAnswer::Unwatched("/camera".into(), Err(why))));
    let works = Works::default();
    let mut ui = simulate(screen.view(&theme::dark(), &works));
    assert!(ui.find("The disk of the vault is full.").is_ok());
}

#[test]
fn what_was_filed_is_no_longer_said_once_it_was_taken_back() {
    let mut screen = sorting();
    let _ = screen.command(Command::AcceptAll);
    let file = screen.command(Command::File);
    let Some(Job::Card(CardJob::File(ticket, _))) = file.jobs().first().copied().cloned() else { panic!("filed") };
    let entry = undo_entry();
    let filing = Filing { outcome: Outcome::default(), undo: Some(entry.clone()) };
    let said = filing.outcome.sentence();
    let _ = screen.receive(Answer::Card(CardAnswer::Filed(ticket, Ok(Arc::new(filing)))));
    let theme = theme::dark();
    let works = Works::default();
    assert!(simulate(screen.view(&theme, &works)).find(said.as_str()).is_ok());
    let _ = screen.receive(Answer::Undone(entry, Ok("undone".into())));
    assert!(simulate(screen.view(&theme, &works)).find(said.as_str()).is_err());
}

fn undo_entry() -> UndoEntry {
    UndoEntry { id: UndoId(1), op: Op::FilePhotos, at: UtcMillis(0), touched: Vec::new(), raws: 0 }
}
