//! The audit in the settings: newest first, by filter, walked, exported.

use std::sync::Arc;

use diptych::gui::action::Action;
use diptych::gui::job::{Answer, Asked, AuditEntry, Job, Ticket, UpkeepAnswer, UpkeepJob};
use diptych::gui::screen::save::Placing;
use diptych::gui::screen::settings::audit::{Message as Audit, What, Who};
use diptych::gui::screen::settings::{AUDIT_PAGE, Message, Section};
use diptych::gui::shortcut::Command;
use diptych::model::NewPatient;
use diptych::vault::{AuditEvent, AuditKind, AuditReport, BrokenChain, MissingRows, Op};

use super::{Desk, now};

fn patient(desk: &Desk, code: &str) {
    let (given, birth, fitzpatrick) = ("Given".into(), None, None);
    let new = NewPatient { code: code.into(), given, family: "Family".into(), birth, fitzpatrick };
    let _id = desk.vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&new)).expect("a patient");
}

/// A desk with the audit of three patients in front.
fn filled() -> Desk {
    let mut desk = Desk::new(Section::Look);
    for code in ["P-1", "P-2", "P-3"] {
        patient(&desk, code);
    }
    assert!(desk.press(Command::Section(4)));
    desk
}

fn only(desk: &mut Desk, kind: Option<AuditKind>) {
    desk.send(Message::Audit(Audit::Kind(What(kind))));
}

#[test]
fn the_audit_says_who_did_what_to_whom_and_is_filtered() {
    let mut desk = filled();
    assert!(
        desk.shows("4 rows") && desk.shows("Adding a patient") && desk.shows("P-3") && desk.shows("1 patient added")
    );
    only(&mut desk, Some(AuditKind::Event(AuditEvent::Created)));
    assert!(desk.shows("1 row") && !desk.shows("P-3"));
    only(&mut desk, Some(AuditKind::Change(Op::Export)));
    assert!(desk.shows("Nothing was found"));
    only(&mut desk, None);
    let own = desk.vault.user().clone();
    desk.send(Message::Audit(Audit::By(Who(Some((own.id, own.login))))));
    assert!(desk.shows("4 rows"));
}

#[test]
fn rows_of_an_older_filter_do_not_come_up() {
    let mut desk = filled();
    only(&mut desk, Some(AuditKind::Event(AuditEvent::Created)));
    let late = UpkeepAnswer::Audit(Ticket { id: 0, generation: 1 }, 0, Ok((4, Vec::new())));
    desk.receive(Answer::Upkeep(late));
    assert!(desk.shows("1 row") && desk.shows("Creating the vault"));
}

#[test]
fn a_long_audit_asks_only_for_the_pages_that_are_seen() {
    let mut desk = filled();
    let action = desk.screen.enter(Section::Audit);
    let ticket = action.jobs().into_iter().find_map(|job| match job {
        Job::Upkeep(UpkeepJob::Audit { ticket, page: 0, .. }) => Some(*ticket),
        _ => None,
    });
    let ticket = ticket.expect("the first page is asked for");
    let entry = |seq: u32| AuditEntry {
        seq: seq.into(),
        when: "18 May 2026 12:00".into(),
        who: "owner".into(),
        what: "Unlocking".into(),
        details: format!("row {seq}"),
        patients: String::new(),
    };
    let total = 10_000;
    let first: Vec<AuditEntry> = (0..AUDIT_PAGE).map(entry).collect();
    let asked = desk.screen.receive(Answer::Upkeep(UpkeepAnswer::Audit(ticket, 0, Ok((total, first)))));
    assert!(asked.jobs().is_empty(), "what is seen is there");
    assert!(desk.shows("10,000 rows") && desk.shows("row 5") && !desk.shows("row 90"), "only what is seen is built");
    let action = desk.screen.command(Command::Last).expect("a key of the audit");
    let pages: Vec<u32> = action
        .jobs()
        .into_iter()
        .filter_map(|job| match job {
            Job::Upkeep(UpkeepJob::Audit { page, .. }) => Some(*page),
            _ => None,
        })
        .collect();
    assert_eq!(pages, [99]);
    assert!(matches!(desk.screen.command(Command::PageUp), Some(Action::Many(_))));
}

#[test]
fn walking_the_chain_answers_in_a_sentence() {
    let mut desk = filled();
    assert!(desk.press(Command::Check));
    assert!(desk.shows("The audit is whole: all 4 rows are as they were written, and the last one that was anchored in the key file, row 1, is among them."));
    let report = AuditReport {
        rows: 12,
        broken: Some(BrokenChain { at: 7, sound_until: 6 }),
        missing: vec![MissingRows { first: 13, last: 20, noted_in: None }],
        anchored: 20,
    };
    let sentences = report.sentences().join(" ");
    desk.receive(Answer::Upkeep(UpkeepAnswer::AuditChecked(Ok(Arc::new(report)))));
    assert!(desk.shows(&sentences) && sentences.contains("broken at row 7") && sentences.contains("rows 13 to 20"));
}

#[test]
fn the_table_goes_where_the_person_says_and_over_no_file_unasked() {
    let mut desk = filled();
    let path = desk.path("audit.csv");
    let placing = |message| Message::Audit(Audit::Placing(message));
    let table = || std::fs::read_to_string(&path).expect("read");
    assert!(desk.press(Command::Export));
    desk.send(placing(Placing::Path(path.display().to_string())));
    desk.click("Export");
    assert!(table().lines().count() == 5 && !table().contains("P-1"));
    assert!(desk.toasts.last().is_some_and(|said| said.starts_with("4 rows of the audit exported to ")));
    assert!(desk.shows("5 rows"), "the export is audited");

    assert!(desk.press(Command::Export));
    desk.send(placing(Placing::Path(path.display().to_string())));
    desk.send(placing(Placing::Save));
    assert!(
        desk.shows("A file of this name is there already. Nothing was written. Replace it, or choose another name.")
    );
    desk.click("Replace the file");
    assert_eq!(table().lines().count(), 6);

    assert!(desk.press(Command::Export));
    let inside = desk.vault.dir().join("audit.csv");
    desk.receive(Answer::Picked(Asked::Audit, Some(inside.clone())));
    assert!(
        desk.shows(
            "The destination lies inside the vault's folder. Nothing was written. Choose a folder outside of it."
        )
    );
    assert!(!inside.exists() && desk.press(Command::Back) && !desk.shows("Export the audit"));
}
