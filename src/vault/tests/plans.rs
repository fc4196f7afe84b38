//! No question of a screen, and no undo, reads a whole table of photos, visits, originals or alignments, and none asks once
//! for each row of a vault. The audit alone is walked, where a filter or a count makes it.
//!
//! The statements on the catalog are taken down while the questions are asked, so that none of a question can be forgotten
//! here; a question that is not in the list is.

use std::cell::RefCell;

use rusqlite::Connection;
use rusqlite::trace::{TraceEvent, TraceEventCodes};

use super::*;
use crate::model::{BlobId, Consent, ConsentEvent, NewAttachment, Photo, Purpose, Scope, Uid, ViewId};
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
    ("SCAN before", "the series that one goes on from, one after the other"),
    ("SCAN touched", "the rows one change touched"),
    ("SCAN course", "the series one change touched"),
    ("SCAN picture", "the photos one change touched"),
    ("SCAN temp.change_log", "the rows one change touched"),
    ("SCAN temp.added_alignment", "the answers one change added"),
    ("SCAN pragma_table_info", "the columns of a table"),
    ("SCAN due USING COVERING INDEX due_stale", "what one change made stale"),
    ("SCAN user", "the users, who are listed whole"),
    ("SCAN erasure", "the erasures, which are listed whole"),
    ("SCAN vault_state", "one row"),
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

/// The audit has no index but its order: an index would have to be written with each row, and every change writes one. A page
/// ends when it is full; its count, and a filter that finds little, walk the rows, and the benchmark of scale says how
/// long that takes.
fn is_the_page_of_the_audit(step: &str, sql: &str) -> bool {
    step.starts_with("SCAN audit") && sql.contains("SELECT * FROM audit")
}

/// Statements that `ask` makes SQLite run on the reading or writing connection, each as often as it runs.
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
    // What a trigger does is told in comments alone.
    let begins = |sql: &str| sql.lines().map(str::trim_start).find(|line| !line.starts_with("--")).map(str::to_owned);
    statements.retain(|sql| begins(sql).is_some_and(|line| line.starts_with("SELECT") || line.starts_with("WITH")));
    statements
}

/// Something of every kind, of one patient.
struct Chart {
    patient: PatientId,
    series: SeriesId,
    session: SessionId,
    view: ViewId,
    photo: PhotoId,
    hash: PhotoHash,
    uid: Uid,
}

/// Rows of a page that is asked for.
const PAGE: u32 = 2;

/// What the screens ask, with the name of the question.
type Question = (&'static str, fn(&Vault, &Chart));

const QUESTIONS: &[Question] = &[
    ("list of patients", |vault, _| {
        for typed in ["", "ül", "mäg"] {
            assert!(vault.patient_count(typed).expect("counted") > 0);
            assert!(!vault.patients(typed, 0, PAGE).expect("found").is_empty());
            assert!(vault.search(typed, 0, PAGE).expect("found").0 > 0);
        }
    }),
    ("page of a patient", |vault, of| {
        vault.open_patient_page(of.patient, now()).expect("opened");
        let _page = (vault.patient(of.patient).expect("a patient"), vault.patient_by_code("1").expect("asked"));
        let _page = (vault.series_of(of.patient).expect("series"), vault.sessions(of.series).expect("sessions"));
        let _page = (vault.consents(of.patient).expect("consents"), vault.publications(of.series).expect("the ledger"));
    }),
    ("patient of a card", |vault, of| {
        let uid = vault.patient(of.patient).expect("a patient").uid;
        assert_eq!(vault.patient_by_uid(&uid).expect("asked").map(|p| p.id), Some(of.patient));
    }),
    ("series seen last", |vault, _| {
        assert!(!vault.seen_between(day(1), day(2), PAGE).expect("asked").is_empty());
    }),
    ("board", |vault, of| assert!(!vault.board(of.series).expect("a board").photos.is_empty())),
    ("photo", |vault, of| {
        let _photo = (vault.photo(of.photo).expect("a photo"), vault.original(of.photo).expect("its bytes"));
    }),
    ("who has these bytes", |vault, of| {
        assert!(!vault.filed_as(of.hash).expect("asked").is_empty());
        assert_eq!(vault.in_tray(PhotoHash([0; 32])).expect("asked"), None);
    }),
    ("tray", |vault, _| assert_eq!(vault.tray().expect("the tray").len(), 0)),
    ("due list", |vault, _| {
        assert!(vault.due_totals(now().today).expect("totals").later > 0);
        for part in [DuePart::Overdue, DuePart::Now, DuePart::Later] {
            let _rows = vault.due(part, now().today, 0, PAGE).expect("due");
        }
    }),
    ("consents that end", |vault, _| {
        assert!(!vault.expiring_consents(now().today, day(31), PAGE).expect("expiring").is_empty());
    }),
    ("gallery page", |vault, _| {
        let page = vault.permissions(Purpose::Website, now().today, 0, PAGE).expect("a page");
        assert!(page.allowed > 1 && page.rows.iter().all(|(_, board)| board.is_some()));
    }),
    ("gallery page without consents", |vault, _| {
        let page = vault.permissions(Purpose::Social, now().today, 0, PAGE).expect("a page");
        assert!(page.allowed == 0 && page.rows.len() == PAGE as usize);
    }),
    ("newest of the audit", |vault, _| assert_eq!(vault.audit(PAGE).expect("the newest").len(), PAGE as usize)),
    ("page of the audit", |vault, of| {
        let by = AuditFilter { user: Some(vault.user().id), ..AuditFilter::default() };
        let kind = AuditFilter { kind: AuditKind::from_key(Op::FilePhotos.key()), ..AuditFilter::default() };
        let about = AuditFilter { patient: Some(of.patient), ..AuditFilter::default() };
        for filter in [AuditFilter::default(), by, kind, about] {
            assert!(vault.audit_count(&filter).expect("counted") >= PAGE, "{filter:?}");
            assert_eq!(vault.audit_log(&filter, 0, PAGE).expect("listed").len(), PAGE as usize);
        }
    }),
    ("what can be undone and redone", |vault, _| {
        let _entries = (vault.last_undoable().expect("asked"), vault.next_redoable().expect("asked"));
    }),
    ("undo and redo of a filing", |vault, of| {
        let item = receive(vault, &now().at.0.to_be_bytes()).expect("received");
        let to = Filing { session: of.session, view: None, slot: Slot::Primary, phase: Phase::BeforeTreatment };
        let _photo = vault.transact(Op::FilePhotos, now(), |tx| tx.file(item, to)).expect("filed");
        assert_eq!(vault.undo(now()), Ok(Op::FilePhotos));
        assert_eq!(vault.redo(now()), Ok(Op::FilePhotos));
    }),
    ("what moving something would mean", |vault, of| {
        let elsewhere = vault.series_of(PatientId(2)).expect("series")[0].id;
        let there = vault.sessions(elsewhere).expect("sessions")[0].id;
        let to = Filing { session: there, view: None, slot: Slot::Primary, phase: Phase::BeforeTreatment };
        for transfer in [
            Transfer::Photo { photo: of.photo, to },
            Transfer::Session { session: of.session, to: elsewhere },
            Transfer::Patient { keep: of.patient, other: PatientId(2) },
        ] {
            let _plan = vault.plan_transfer(transfer, now().today).expect("looked at");
        }
    }),
    ("documents of a patient", |vault, of| {
        let documents = vault.attachments(of.patient).expect("documents");
        assert!(documents.iter().all(|document| document.consents.len() == 1));
        assert!(!vault.attachment_bytes(documents[0].id).expect("its bytes").is_empty());
    }),
    ("what a person said of former frames", |vault, of| {
        let _answers = (vault.former_answers(of.series).expect("asked"), vault.carried_over(of.series).expect("asked"));
    }),
    ("photos of a code", |vault, of| {
        let digits = of.uid.to_string();
        assert_eq!(vault.photos_by_uid(&digits[..8]).expect("asked").len(), 1);
    }),
    ("who uses an original", |vault, _| {
        assert_eq!(vault.users_of(BlobId(1)).expect("asked").photos.len(), 1);
    }),
    ("views of a series", |vault, of| assert!(vault.views(of.series).expect("views").iter().any(|v| v.id == of.view))),
    ("users, backups and checks", |vault, of| {
        assert_eq!(vault.users().expect("users").len(), 1);
        let _kept = (vault.last_backup().expect("asked"), vault.backup_place().expect("asked"));
        let _kept = (vault.last_check().expect("asked"), vault.recovery_code_was_used().expect("asked"));
        let _kept = (vault.erasures().expect("asked"), vault.unfinished_erasures().expect("asked"));
        let _kept = (vault.compares_patients().expect("asked"), vault.merged_into(of.patient).expect("asked"));
    }),
];

/// A patient with a series of so many visits, a photo and a consent of each.
fn chart(vault: &Vault, number: u32, visits: u32) -> Chart {
    let add = |tx: &Tx<'_>| tx.add_patient(&person(number, "Ülle"));
    let patient = vault.transact(Op::AddPatient, now(), add).expect("a patient");
    let id = vault.transact(Op::AddSeries, now(), |tx| tx.add_series(&series(patient))).expect("a series");
    let view = vault.views(id).expect("views")[0].id;
    let mut last = None;
    let mut visited = None;
    for visit in 1..=visits {
        let visit_of = |tx: &Tx<'_>| tx.add_session(id, day(visit), SessionKind::Treatment);
        let session = vault.transact(Op::AddSession, now(), visit_of).expect("a session");
        visited = Some(session);
        let item = receive(vault, &[number, visit].map(u32::to_be_bytes).concat()).expect("received");
        let to = Filing { session, view: Some(view), slot: Slot::Primary, phase: Phase::BeforeTreatment };
        last = Some(vault.transact(Op::FilePhotos, now(), |tx| tx.file(item, to)).expect("filed"));
        let grant = Consent {
            id: None,
            patient,
            series: None,
            purpose: Purpose::Website,
            scope: Scope::Region,
            event: ConsentEvent::Granted,
            wording: "1".into(),
            signer: "patient".into(),
            signed: None,
            expires: Some(day(28)),
            at: now().at,
        };
        let scan = [b"%PDF-1.7 ".as_slice(), &visit.to_be_bytes()].concat();
        let document = NewAttachment { patient, bytes: &scan, file_name: "a.pdf" };
        let signed = |tx: &Tx<'_>| tx.add_consent_with(&grant, tx.add_attachment(&document)?);
        let _id = vault.transact(Op::RecordConsent, now(), signed).expect("a consent");
    }
    let (photo, session) = last.zip(visited).expect("a visit");
    let Photo { hash, uid, .. } = vault.photo(photo).expect("a photo");
    Chart { patient, series: id, session, view, photo, hash, uid }
}

/// So many patients, of whom the first has so many visits.
fn clinic(patients: u32, visits: u32) -> (TempDir, Vault, Chart) {
    let (folder, vault) = created();
    let first = chart(&vault, 1, visits);
    for number in 2..=patients {
        let _other = chart(&vault, number, 1);
    }
    (folder, vault, first)
}

#[test]
fn the_questions_of_the_screens_go_by_indexes() {
    let (_folder, vault, first) = clinic(3, 1);
    let mut walks = Vec::new();
    for (name, ask) in QUESTIONS {
        let mut statements = asked(&vault, || ask(&vault, &first));
        assert!(!statements.is_empty(), "{name}: no statement was taken down");
        statements.sort();
        statements.dedup();
        let conn = lock(&vault.inner.writer);
        for sql in statements {
            for step in steps(&conn, &sql) {
                let may = WALKS.iter().any(|(walk, _)| step.starts_with(walk))
                    || is_the_end_of_a_table(&sql)
                    || is_the_page_of_the_audit(&step, &sql);
                if step.starts_with("SCAN") && !may {
                    walks.push(format!("{name}: {step}\n{sql}"));
                }
            }
        }
    }
    assert!(walks.is_empty(), "{}", walks.join("\n"));
}

#[test]
fn a_question_takes_as_many_statements_in_a_large_vault_as_in_a_small_one() {
    let counts = |(_folder, vault, first): (TempDir, Vault, Chart)| -> Vec<usize> {
        let count = |(_, ask): &Question| {
            // The search keys are read once after a change, whoever comes first.
            ask(&vault, &first);
            asked(&vault, || ask(&vault, &first)).len()
        };
        QUESTIONS.iter().map(count).collect()
    };
    let (small, large) = (counts(clinic(3, 1)), counts(clinic(9, 4)));
    for (((name, _), small), large) in QUESTIONS.iter().zip(small).zip(large) {
        assert_eq!(small, large, "{name}: statements in a small and in a large vault");
    }
}
