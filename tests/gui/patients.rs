//! The list of patients: searching, walking, ten thousand rows.

use diptych::gui::action::Action;
use diptych::gui::job::{Answer, Job, Ticket};
use diptych::gui::screen::patients::{Message, PAGE, Patients, form};
use diptych::gui::shortcut::Command;
use diptych::gui::theme;
use diptych::model::PatientId;

use crate::fixture::{row, simulate, today};

/// Answers every page that is asked for, as a vault of `total` patients would.
fn answer(screen: &mut Patients, action: &Action, total: u32) {
    let asked: Vec<(Ticket, u32)> = action
        .jobs()
        .into_iter()
        .filter_map(|j| if let Job::Patients { ticket, page, .. } = j { Some((*ticket, *page)) } else { None })
        .collect();
    for (ticket, page) in asked {
        let rows = (page * PAGE..((page + 1) * PAGE).min(total)).map(|i| row(i64::from(i))).collect();
        let more = screen.receive(Answer::Patients(ticket, page, Ok((total, rows))));
        answer(screen, &more, total);
    }
}

fn screen(total: u32) -> Patients {
    let (mut screen, ask) = Patients::new();
    answer(&mut screen, &ask, total);
    screen
}

#[test]
fn what_is_typed_is_searched_for() {
    let mut screen = screen(30);
    let theme = theme::dark();
    let messages: Vec<Message> = {
        let mut window = simulate(screen.view(&theme, today()));
        let _ = window.click(iced::widget::Id::new("patients-search")).expect("the field is there");
        let _ = window.typewrite("ma");
        window.into_messages().collect()
    };
    let asked = messages.into_iter().map(|m| screen.update(m)).last().expect("typing is heard");
    assert!(
        matches!(asked.jobs().first(), Some(Job::Patients { search, page: 0, .. }) if search == "a" || search == "ma")
    );
}

#[test]
fn ten_thousand_patients_are_a_few_rows_in_the_window() {
    let mut screen = screen(10_000);
    assert!(screen.rows_in_tree() < 40, "{} rows", screen.rows_in_tree());
    let end = screen.command(Command::Last);
    answer(&mut screen, &end, 10_000);
    assert_eq!(screen.selected(), 9_999);
    assert!(screen.rows_in_tree() < 40);
    match screen.command(Command::Accept) {
        Action::OpenPatient(id) => assert_eq!(id, PatientId(9_999)),
        _ => panic!("Enter opens the last patient"),
    }
}

#[test]
fn an_answer_to_an_older_search_is_dropped() {
    let (mut screen, ask) = Patients::new();
    let old = match ask.jobs().first() {
        Some(Job::Patients { ticket, .. }) => *ticket,
        _ => panic!("the list is asked for"),
    };
    let new = screen.update(Message::Search("x".to_owned()));
    let _ = screen.receive(Answer::Patients(old, 0, Ok((5, (0..5).map(row).collect()))));
    assert_eq!(screen.rows_in_tree(), 0);
    answer(&mut screen, &new, 1);
    assert_eq!(screen.rows_in_tree(), 1);
}

#[test]
fn an_empty_vault_says_what_to_do() {
    let screen = screen(0);
    let theme = theme::dark();
    let mut window = simulate(screen.view(&theme, today()));
    assert!(window.find("No patients yet").is_ok());
}

#[test]
fn a_click_on_a_row_opens_that_patient() {
    let mut screen = screen(20);
    let theme = theme::light();
    let messages: Vec<Message> = {
        let mut window = simulate(screen.view(&theme, today()));
        let _ = window.click("Given Family 00007").expect("the row is there");
        window.into_messages().collect()
    };
    let opened = messages.into_iter().map(|m| screen.update(m)).last().expect("the click is heard");
    assert!(matches!(opened, Action::OpenPatient(PatientId(7))));
}

#[test]
fn a_patient_whose_form_was_closed_meanwhile_is_not_opened() {
    let mut screen = screen(3);
    let _ = screen.update(Message::New);
    for typed in [form::Message::Code("P-9".into()), form::Message::Save] {
        let _ = screen.update(Message::Form(typed));
    }
    let _ = screen.update(Message::Form(form::Message::Cancel));
    let _ = screen.update(Message::New);
    let late = screen.receive(Answer::PatientAdded(Ticket { id: 0, generation: 1 }, Ok(PatientId(9))));
    assert!(!matches!(&late, Action::Many(actions) if actions.iter().any(|a| matches!(a, Action::OpenPatient(_)))));
    let own = screen.receive(Answer::PatientAdded(Ticket { id: 0, generation: 2 }, Ok(PatientId(9))));
    assert!(matches!(&own, Action::Many(actions) if actions.iter().any(|a| matches!(a, Action::OpenPatient(_)))));
}
