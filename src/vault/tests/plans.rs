//! No question of a screen reads a whole table of photos, visits, originals, alignments or audit rows.
//!
//! The statements are taken down while the questions are asked, so that none can be forgotten here.

use std::cell::RefCell;

use rusqlite::Connection;
use rusqlite::trace::{TraceEvent, TraceEventCodes};

use super::*;
use crate::model::{Consent, ConsentEvent, PhotoHash, Purpose, Scope};
use crate::vault::pool::lock;

thread_local! {
    static ASKED: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

fn take_down(event: TraceEvent<'_>) {
    if let TraceEvent::Stmt(statement, _) = event {
        ASKED.with_borrow_mut(|asked| asked.extend(statement.expanded_sql()));
    }
}

/// Steps that walk a table from end to end, and why they may.
const WALKS: &[(&str, &str)] = &[
    ("SCAN page VIRTUAL TABLE", "the page that is shown"),
    ("SCAN visit", "the series of one patient"),
    ("SCAN patient USING COVERING INDEX patient_by_sort", "the search keys, after a patient was changed"),
    ("SCAN patient_changes", "one row"),
    ("SCAN tray", "what waits to be filed is listed whole"),
    ("SCAN series USING COVERING INDEX", "their number"),
    ("SCAN series", "the newest ones, until a page is full"),
    ("SCAN CONSTANT ROW", "no table"),
    ("SCAN (subquery-", "what an inner question, itself by an index, has found"),
    ("SCAN (subquery-1)", "the rows one change touched"),
];

fn steps(conn: &Connection, sql: &str) -> Vec<String> {
    let mut statement = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).expect("prepared");
    let rows = statement.raw_query().mapped(|row| row.get(3)).collect::<rusqlite::Result<_>>();
    rows.expect("a plan")
}

/// The newest rows by their number, and no more than are asked for, are no walk.
fn is_the_end_of_a_table(sql: &str) -> bool {
    sql.contains("ORDER BY seq DESC LIMIT") && !sql.contains("WHERE")
}

/// Statements that `ask` makes SQLite run on the reading or writing connection.
fn asked(vault: &Vault, ask: impl FnOnce()) -> Vec<String> {
    let listen = |on: Option<fn(TraceEvent<'_>)>| {
        // The stock of readers hands out the one that came back last, so that the questions go to this one.
        let on_reader = |conn: &Connection| {
            conn.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, on);
            Ok(())
        };
        vault.inner.readers.read(on_reader).expect("a reader");
        lock(&vault.inner.writer).trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, on);
    };
    listen(Some(take_down));
    ask();
    listen(None);
    let mut statements = ASKED.with_borrow_mut(std::mem::take);
    statements.retain(|sql| ["SELECT", "WITH", "--"].iter().any(|begin| sql.trim_start().starts_with(begin)));
    statements.sort();
    statements.dedup();
    statements
}

#[test]
fn the_questions_of_the_screens_go_by_indexes() {
    let (_folder, vault) = created();
    let patient = vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&person(1, "Ülle"))).expect("a patient");
    let id = vault.transact(Op::AddSeries, now(), |tx| tx.add_series(&series(patient))).expect("a series");
    let first = |tx: &Tx<'_>| tx.add_session(id, day(1), SessionKind::Treatment);
    let session = vault.transact(Op::AddSession, now(), first).expect("a session");
    let view = vault.views(id).expect("views")[0].id;
    let item = receive(&vault, b"bytes").expect("received");
    let to = Filing { session, view: Some(view), slot: Slot::Primary, phase: Phase::BeforeTreatment };
    let photo = vault.transact(Op::FilePhotos, now(), |tx| tx.file(item, to)).expect("filed");
    let grant = |expires| Consent {
        id: None,
        patient,
        series: None,
        purpose: Purpose::Website,
        scope: Scope::Region,
        event: ConsentEvent::Granted,
        wording: "1".into(),
        signer: "patient".into(),
        signed: None,
        expires,
        at: now().at,
    };
    let consent = |tx: &Tx<'_>| tx.add_consent(&grant(Some(day(28))));
    let _id = vault.transact(Op::RecordConsent, now(), consent).expect("a consent");

    let statements = asked(&vault, || {
        let today = now().today;
        for typed in ["", "ül", "mäg"] {
            assert_eq!(vault.patient_count(typed).expect("counted"), 1);
            assert_eq!(vault.patients(typed, 0, 10).expect("found").len(), 1);
        }
        vault.open_patient_page(patient, now()).expect("opened");
        let _page = (vault.patient(patient).expect("a patient"), vault.patient_by_code("1").expect("asked"));
        let uid = vault.patient(patient).expect("a patient").uid;
        assert_eq!(vault.patient_by_uid(&uid).expect("asked").map(|p| p.id), Some(patient));
        assert_eq!(vault.seen_between(day(1), day(2), 10).expect("asked"), [id]);
        let _page = (vault.series_of(patient).expect("series"), vault.sessions(id).expect("sessions"));
        let _page = (vault.consents(patient).expect("consents"), vault.publications(id).expect("the ledger"));
        let board = vault.board(id).expect("a board");
        assert_eq!(board.photos.len(), 1);
        let _photo = (vault.photo(photo).expect("a photo"), vault.original(photo).expect("its bytes"));
        let _hash =
            (vault.filed_as(board.photos[0].hash).expect("asked"), vault.in_tray(PhotoHash([0; 32])).expect("asked"));
        assert_eq!(vault.tray().expect("the tray").len(), 0);
        assert_eq!(vault.due_totals(today).expect("totals").later, 1);
        for part in [DuePart::Overdue, DuePart::Now, DuePart::Later] {
            let _rows = vault.due(part, today, 0, 10).expect("due");
        }
        assert_eq!(vault.expiring_consents(today, day(31), 10).expect("expiring").len(), 1);
        assert_eq!(vault.permissions(Purpose::Website, today).expect("permissions").len(), 1);
        assert_eq!(vault.never_permitted(Purpose::Social, 0, 10).expect("the rest").len(), 1);
        assert_eq!(vault.series_count().expect("counted"), 1);
        let _audit = (vault.audit(10).expect("the newest"), vault.last_undoable().expect("asked"));
    });
    assert!(statements.len() > 30, "too few statements were taken down: {}", statements.len());
    let conn = lock(&vault.inner.writer);
    for sql in statements {
        for step in steps(&conn, &sql) {
            let may = WALKS.iter().any(|(walk, _)| step.starts_with(walk)) || is_the_end_of_a_table(&sql);
            assert!(!step.starts_with("SCAN") || may, "{step}\n{sql}");
        }
    }
}
