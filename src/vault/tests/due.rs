//! The stored windows are those of the rule, whatever was done and taken back.

use std::collections::BTreeSet;

use chrono::Days;
use proptest::prelude::*;

use super::*;
use crate::protocol::next_due;

/// One change; numbers choose among what is there.
#[derive(Debug, Clone)]
enum Step {
    AddSeries,
    SetState(usize, usize),
    AddSession(usize, u64, usize),
    MoveSession(usize, u64, usize),
    Undo,
}

fn step() -> impl Strategy<Value = Step> {
    let any = 0usize..6;
    prop_oneof![
        1 => Just(Step::AddSeries),
        1 => (any.clone(), any.clone()).prop_map(|(i, k)| Step::SetState(i, k)),
        4 => (any.clone(), 0u64..700, any.clone()).prop_map(|(i, d, k)| Step::AddSession(i, d, k)),
        2 => (any.clone(), 0u64..700, any).prop_map(|(i, d, k)| Step::MoveSession(i, d, k)),
        2 => Just(Step::Undo),
    ]
}

fn take(vault: &Vault, patient: PatientId, step: &Step) {
    let all = vault.series_of(patient).expect("series");
    let of = |i: usize| all.get(i % all.len().max(1)).map(|series| series.id);
    let (at, kind) = (|d| day(1) + Days::new(d), |k: usize| SessionKind::ALL[k % SessionKind::ALL.len()]);
    match *step {
        Step::AddSeries => {
            let _id = vault.transact(Op::AddSeries, now(), |tx| tx.add_series(&series(patient))).expect("added");
        }
        Step::SetState(i, k) => {
            let Some(id) = of(i) else { return };
            let to = SeriesState::ALL[k % SeriesState::ALL.len()];
            vault.transact(Op::EditSeries, now(), |tx| tx.set_series_state(id, to)).expect("set");
        }
        Step::AddSession(i, d, k) => {
            let Some(id) = of(i) else { return };
            let _id = vault.transact(Op::AddSession, now(), |tx| tx.add_session(id, at(d), kind(k))).expect("added");
        }
        Step::MoveSession(i, d, k) => {
            let Some(id) = of(i) else { return };
            let Some(session) = vault.sessions(id).expect("sessions").first().map(|s| s.id) else { return };
            vault.transact(Op::EditSession, now(), |tx| tx.set_session(session, at(d), kind(k))).expect("moved");
        }
        // The patient stays: without one there is nobody to be due.
        Step::Undo if all.is_empty() => {}
        Step::Undo => drop(vault.undo(now())),
    }
}

/// The lists as the vault keeps them, and as the rule says they are.
fn compare(vault: &Vault, patient: PatientId, today: NaiveDate) {
    let totals = vault.due_totals(today).expect("totals");
    let mut kept = BTreeSet::new();
    for (part, total) in
        [(DuePart::Overdue, totals.overdue), (DuePart::Now, totals.now), (DuePart::Later, totals.later)]
    {
        let rows = vault.due(part, today, 0, 1000).expect("due");
        assert_eq!(rows.len(), total as usize, "{part:?} on {today}");
        kept.extend(rows.iter().map(|row| (part_of(&row.due), row.series.id, row.due.from, row.due.to)));
        assert!(rows.iter().all(|row| part_of(&row.due) == part as u8), "{part:?} on {today}");
        let edges: Vec<_> = rows.iter().map(|r| if part == DuePart::Later { r.due.from } else { r.due.to }).collect();
        assert!(edges.is_sorted(), "the most pressing first: {edges:?}");
    }
    let all = vault.series_of(patient).expect("series");
    let said = all.iter().filter_map(|series| {
        let due = next_due(series, &vault.sessions(series.id).expect("sessions"), today)?;
        Some((part_of(&due), series.id, due.from, due.to))
    });
    assert_eq!(kept, said.collect(), "on {today}");
}

fn part_of(due: &crate::protocol::Due) -> u8 {
    use crate::protocol::DueState;
    match due.state {
        DueState::Overdue(_) => DuePart::Overdue as u8,
        DueState::Due => DuePart::Now as u8,
        DueState::Later(_) => DuePart::Later as u8,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 60, ..ProptestConfig::default() })]

    #[test]
    fn the_stored_windows_are_those_of_the_rule(steps in proptest::collection::vec(step(), 1..24)) {
        let (_folder, vault) = created();
        let patient = vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&person(1, "A"))).expect("a patient");
        for step in &steps {
            take(&vault, patient, step);
        }
        for days in [0, 40, 200, 400, 900, 1200] {
            compare(&vault, patient, day(1) + Days::new(days));
        }
    }
}

#[test]
fn a_program_with_another_rule_works_all_windows_out_anew() {
    let (folder, vault) = created();
    let patient = vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&person(1, "A"))).expect("a patient");
    let id = vault.transact(Op::AddSeries, now(), |tx| tx.add_series(&series(patient))).expect("a series");
    let first = |tx: &Tx<'_>| tx.add_session(id, day(1), SessionKind::Treatment);
    let _session = vault.transact(Op::AddSession, now(), first).expect("a session");
    let other = "UPDATE due SET opens = '2000-01-01', closes = '2000-01-02'; UPDATE setting SET value = '0' WHERE key = 'due-rule'";
    pool::lock(&vault.inner.writer).execute_batch(other).expect("as another program left it");
    drop(vault);
    compare(&opened(&folder, blob::VOLUME_LIMIT), patient, day(30));
}
