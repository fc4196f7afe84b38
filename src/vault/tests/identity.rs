//! Undo after a change is the identity on every table a person's change may touch.

use proptest::prelude::*;

use super::*;
use crate::vault::pool::lock;
use crate::vault::recorder;

/// All rows of all undoable tables, as images.
pub(super) fn dump(vault: &Vault) -> Vec<String> {
    let conn = lock(&vault.inner.writer);
    let mut out = Vec::new();
    for table in recorder::UNDOABLE {
        let columns = recorder::columns(&conn, table).expect("columns");
        let sql = format!("SELECT {} FROM {table} ORDER BY id", recorder::image_of(&columns, table));
        let mut statement = conn.prepare(&sql).expect("prepared");
        let rows = statement.query_map([], |row| row.get::<_, String>(0)).expect("queried");
        out.extend(rows.map(|row| format!("{table} {}", row.expect("a row"))));
    }
    out
}

/// One step of somebody's day; numbers choose among what is there.
#[derive(Debug, Clone)]
enum Step {
    AddPatient(String),
    EditPatient(usize, String),
    AddSeries(usize),
    SetState(usize, usize),
    AddSession(usize, u32),
    MoveSession(usize, u32),
    File(usize, usize, usize),
    MovePhoto(usize, usize, usize),
    SetReference(usize),
    CarrySession(usize, usize),
    Merge(usize, usize),
}

fn step() -> impl Strategy<Value = Step> {
    let any = 0usize..8;
    prop_oneof![
        "[A-Zäß'\"\\\\\u{0}王 ]{0,6}".prop_map(Step::AddPatient),
        (any.clone(), "[A-Zäß'\"\\\\\u{0}王 ]{0,6}").prop_map(|(i, s)| Step::EditPatient(i, s)),
        any.clone().prop_map(Step::AddSeries),
        (any.clone(), 0usize..3).prop_map(|(i, j)| Step::SetState(i, j)),
        (any.clone(), 1u32..5).prop_map(|(i, d)| Step::AddSession(i, d)),
        (any.clone(), 1u32..5).prop_map(|(i, d)| Step::MoveSession(i, d)),
        (any.clone(), any.clone(), any.clone()).prop_map(|(i, j, k)| Step::File(i, j, k)),
        (any.clone(), any.clone(), any.clone()).prop_map(|(i, j, k)| Step::MovePhoto(i, j, k)),
        any.clone().prop_map(Step::SetReference),
        (any.clone(), any.clone()).prop_map(|(i, j)| Step::CarrySession(i, j)),
        (any.clone(), any).prop_map(|(i, j)| Step::Merge(i, j)),
    ]
}

fn ids(vault: &Vault, table: &str) -> Vec<i64> {
    let conn = lock(&vault.inner.writer);
    let mut statement = conn.prepare(&format!("SELECT id FROM {table} ORDER BY id")).expect("prepared");
    let rows = statement.query_map([], |row| row.get(0)).expect("queried");
    rows.collect::<rusqlite::Result<_>>().expect("ids")
}

fn pick(list: &[i64], n: usize) -> i64 {
    list[n % list.len()]
}

/// Where the `n`th session's photo of some view goes.
fn cell(vault: &Vault, sessions: &[i64], n: usize, k: usize) -> Filing {
    let session = SessionId(pick(sessions, n));
    let conn = lock(&vault.inner.writer);
    let series = table::session::get(&conn, session).expect("a session").series;
    let views = table::view::of_series(&conn, series).expect("views");
    let slot = Slot::ALL[k % 3];
    Filing { session, view: views.get(k % 3).map(|view| view.id), slot, phase: Phase::BeforeTreatment }
}

fn transfer(vault: &Vault, what: Transfer) -> Result<()> {
    let plan = vault.plan_transfer(what, now().today)?;
    assert!(plan.cautions.iter().all(|caution| caution.sentence().ends_with('.')));
    vault.carry_out(&plan, now())
}

/// Whether anything belongs to what it should not; asked of everything there is.
fn is_torn(vault: &Vault) -> bool {
    let conn = lock(&vault.inner.writer);
    for table in ["series", "view", "session", "photo", "frame", "merged_patient"] {
        let sql = format!("INSERT INTO temp.change_log (target, row) SELECT '{table}', id FROM {table}");
        let _rows = conn.execute(&sql, []).expect("noted");
    }
    crate::vault::undo::is_torn(&conn).expect("asked")
}

/// Does one step; whether it changed anything.
fn take(vault: &Vault, number: u32, step: &Step) -> bool {
    let (patients, all_series) = (ids(vault, "patient"), ids(vault, "series"));
    let (sessions, photos, tray) = (ids(vault, "session"), ids(vault, "photo"), ids(vault, "tray"));
    let before = vault.last_undoable().expect("asked");
    let count = || ids(vault, "undo_entry").len();
    let entries = count();
    let result = match step {
        Step::AddPatient(name) => {
            vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&person(number, name)).map(drop))
        }
        Step::EditPatient(i, name) if !patients.is_empty() => {
            let id = PatientId(pick(&patients, *i));
            vault.transact(Op::EditPatient, now(), |tx| tx.edit_patient(id, &person(number, name)))
        }
        Step::AddSeries(i) if !patients.is_empty() => {
            let new = series(PatientId(pick(&patients, *i)));
            vault.transact(Op::AddSeries, now(), |tx| tx.add_series(&new).map(drop))
        }
        Step::SetState(i, j) if !all_series.is_empty() => {
            let id = SeriesId(pick(&all_series, *i));
            vault.transact(Op::EditSeries, now(), |tx| tx.set_series_state(id, SeriesState::ALL[*j]))
        }
        Step::AddSession(i, d) if !all_series.is_empty() => {
            let id = SeriesId(pick(&all_series, *i));
            vault.transact(Op::AddSession, now(), |tx| tx.add_session(id, day(*d), SessionKind::Treatment).map(drop))
        }
        Step::MoveSession(i, d) if !sessions.is_empty() => {
            let id = SessionId(pick(&sessions, *i));
            vault.transact(Op::EditSession, now(), |tx| tx.set_session(id, day(*d), SessionKind::FollowUp))
        }
        Step::File(i, j, k) if !sessions.is_empty() && !tray.is_empty() => {
            let (item, to) = (TrayId(pick(&tray, *i)), cell(vault, &sessions, *j, *k));
            vault.transact(Op::FilePhotos, now(), |tx| tx.file(item, to).map(drop))
        }
        Step::MovePhoto(i, j, k) if !sessions.is_empty() && !photos.is_empty() => {
            let (id, to) = (PhotoId(pick(&photos, *i)), cell(vault, &sessions, *j, *k));
            vault.transact(Op::MovePhoto, now(), |tx| tx.move_photo(id, to))
        }
        Step::SetReference(i) if !photos.is_empty() => {
            let id = PhotoId(pick(&photos, *i));
            let view = vault.photo(id).expect("a photo").view;
            let set = |tx: &Tx<'_>| view.map_or(Ok(()), |view| tx.set_reference(view, id).map(drop));
            vault.transact(Op::SetReference, now(), set)
        }
        Step::CarrySession(i, j) if !sessions.is_empty() => {
            let (session, to) = (SessionId(pick(&sessions, *i)), SeriesId(pick(&all_series, *j)));
            transfer(vault, Transfer::Session { session, to })
        }
        Step::Merge(i, j) if !patients.is_empty() => {
            let (keep, other) = (PatientId(pick(&patients, *i)), PatientId(pick(&patients, *j)));
            transfer(vault, Transfer::Patient { keep, other })
        }
        _ => return false,
    };
    match result {
        Ok(()) => {
            assert!(!is_torn(vault), "{step:?}");
            // What was undone before is over, and the oldest may be forgotten.
            assert_eq!(vault.next_redoable(), Ok(None));
            count() > entries
        }
        Err(VaultError::Refused(_)) => {
            assert_eq!(vault.last_undoable().expect("asked"), before, "a refused change leaves nothing to undo");
            false
        }
        Err(other) => panic!("{other}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]
    // Undo after a change is the identity, all the way back to the beginning; so is redo after undo, all the way to the end.
    #[test]
    fn undo_after_a_change_and_redo_after_undo_are_the_identity(steps in prop::collection::vec(step(), 1..22)) {
        let (_folder, vault) = created();
        for i in 0..4u8 {
            let _item = receive(&vault, &[i; 40]).expect("received");
        }
        let setup = [Step::AddPatient("Anna".into()), Step::AddSeries(0), Step::AddSession(0, 1), Step::File(0, 0, 0)];
        let mut states = vec![dump(&vault)];
        for (number, step) in (0..).zip(setup.iter().chain(&steps)) {
            if take(&vault, number, step) {
                states.push(dump(&vault));
            }
        }
        prop_assert!(states.len() >= 5, "the first steps change something");
        for (i, state) in states.iter().enumerate().rev() {
            prop_assert_eq!(&dump(&vault), state);
            prop_assert_eq!(vault.undo(now()).is_ok(), i > 0, "undo, as far as there is something left");
        }
        for (i, state) in states.iter().enumerate() {
            prop_assert_eq!(&dump(&vault), state);
            prop_assert_eq!(vault.redo(now()).is_ok(), i + 1 < states.len(), "redo, as far as something was undone");
        }
        for state in states.iter().rev() {
            prop_assert_eq!(&dump(&vault), state);
            let _last = vault.undo(now());
        }
        prop_assert!(!is_torn(&vault), "everything belongs together");
        let is_whole = matches!(vault.check_audit(), Ok(AuditCheck::Whole { .. }));
        prop_assert!(is_whole, "the audit chain holds");
    }
}

#[test]
fn every_odd_value_survives_being_taken_back() {
    let (_folder, vault) = created();
    let odd = "'); DROP TABLE patient; -- \u{0} \\ \" 王 \u{1f600}";
    let id = vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&person(1, odd))).expect("added");
    let before = dump(&vault);
    vault.transact(Op::EditPatient, now(), |tx| tx.edit_patient(id, &person(2, "plain"))).expect("edited");
    assert_eq!(vault.undo(now()), Ok(Op::EditPatient));
    assert_eq!(dump(&vault), before);
    assert_eq!(vault.patient(id).expect("a patient").given.0, odd);
}

#[test]
fn only_as_many_changes_are_kept_as_anybody_will_undo() {
    let (_folder, vault) = created();
    let id = vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&person(1, "A"))).expect("added");
    for i in 0..110 {
        let edit = |tx: &Tx<'_>| tx.edit_patient(id, &person(1, &format!("A{i}")));
        vault.transact(Op::EditPatient, now(), edit).expect("edited");
    }
    assert_eq!(ids(&vault, "undo_entry").len(), 100);
    let images: i64 =
        lock(&vault.inner.writer).query_row("SELECT count(*) FROM undo_change", [], |row| row.get(0)).expect("counted");
    assert_eq!(images, 100, "old row images go with their entry");
}
