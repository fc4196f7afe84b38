//! Records: sessions, the board, consents, the ledger, the audit.

use diptych::clock::UtcMillis;
use diptych::geom::{Matrix3, Rect};
use diptych::model::*;
use diptych::vault::{AuditCheck, Export, Laid, NewPublication, Op, Role, Vault, VaultError};

use super::{chart, clinic, day, file, now, person, photo_bytes, receive, scars};

pub fn consent(patient: PatientId, event: ConsentEvent) -> Consent {
    Consent {
        id: None,
        patient,
        series: None,
        purpose: Purpose::Website,
        scope: Scope::Region,
        event,
        wording: "2026-1".into(),
        signer: "patient".into(),
        signed: None,
        expires: Some(day(2027, 3, 2)),
        at: UtcMillis(5),
    }
}

#[test]
fn a_vault_may_be_used_from_any_thread() {
    fn shared<T: Send + Sync + Clone + 'static>(_: &T) {}
    let clinic = clinic();
    shared(&clinic.vault);
    assert_eq!(clinic.vault.user().role, Role::Owner);
}

#[test]
fn a_patient_is_stored_with_everything_known_of_them() {
    let clinic = clinic();
    let new = person(" P 7 ", " Anna  Lena", "Öz");
    let id = clinic.vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&new)).expect("added");
    let clinic = clinic.reopened();
    let patient = clinic.vault.patient(id).expect("a patient");
    assert_eq!((patient.code, patient.given, patient.family), ("P 7".into(), "Anna Lena".into(), "Öz".into()));
    assert_eq!((patient.birth, patient.fitzpatrick), (new.birth, new.fitzpatrick));
    let nameless = NewPatient { code: "  ".into(), ..person("", "", "") };
    let refused = clinic.vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&nameless));
    assert!(matches!(refused, Err(VaultError::Refused(_))));
}

#[test]
fn a_series_keeps_its_plan_and_its_views() {
    let clinic = clinic();
    let patient =
        clinic.vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&person("1", "A", "B"))).expect("added");
    let new = scars(patient);
    let id = clinic.vault.transact(Op::AddSeries, now(), |tx| tx.add_series(&new)).expect("added");
    let series = clinic.vault.series(id).expect("a series");
    assert_eq!((&series.indications, &series.areas), (&new.indications, &new.areas));
    assert_eq!((series.planned, series.interval_min_days, series.interval_max_days), (6, 28, 42));
    assert_eq!(series.state, SeriesState::Open);
    let views = clinic.vault.views(id).expect("views");
    assert_eq!(views.iter().map(|view| view.spec.clone()).collect::<Vec<_>>(), new.views);
    let change = |tx: &diptych::vault::Tx<'_>| {
        tx.retire_view(views[0].id)?;
        tx.add_view(id, &super::view("Forehead", Side::Both))
    };
    let added = clinic.vault.transact(Op::EditSeries, now(), change).expect("changed");
    let order: Vec<ViewId> = clinic.vault.views(id).expect("views").iter().map(|view| view.id).collect();
    assert_eq!(order, [views[1].id, added, views[0].id], "retired views come last");
    assert_eq!(clinic.vault.series_of(patient).expect("series"), [series]);
}

#[test]
fn two_sessions_of_one_day_are_told_apart_by_their_ordinal() {
    let clinic = clinic();
    let chart = chart(&clinic.vault, "1");
    let add = |date| {
        let kind = SessionKind::Treatment;
        clinic.vault.transact(Op::AddSession, now(), |tx| tx.add_session(chart.series, date, kind)).expect("added")
    };
    let (second, other_day) = (add(day(2026, 1, 14)), add(day(2026, 1, 7)));
    let set = |tx: &diptych::vault::Tx<'_>| tx.set_session(other_day, day(2026, 1, 14), SessionKind::FollowUp);
    clinic.vault.transact(Op::EditSession, now(), set).expect("moved");
    let sessions = clinic.vault.sessions(chart.series).expect("sessions");
    let seen: Vec<_> = sessions.iter().map(|s| (s.id, s.ordinal, s.kind)).collect();
    let treatment = SessionKind::Treatment;
    assert_eq!(seen, [(chart.session, 0, treatment), (second, 1, treatment), (other_day, 2, SessionKind::FollowUp)]);
}

#[test]
fn photos_follow_a_visit_that_was_no_treatment_and_come_back_with_undo() {
    let clinic = clinic();
    let chart = chart(&clinic.vault, "1");
    let before = file(&clinic.vault, receive(&clinic.vault, &photo_bytes(1, 100)), chart.cell());
    let fresh = diptych::vault::Filing { phase: Phase::ImmediatelyAfter, ..chart.cell() };
    let after = file(&clinic.vault, receive(&clinic.vault, &photo_bytes(2, 100)), fresh);
    let seen = || {
        let photos = clinic.vault.board(chart.series).expect("board").photos;
        [before, after].map(|id| photos.iter().find(|p| p.id == id).map(|p| (p.slot, p.phase)).expect("there"))
    };
    let as_filed = [(Slot::Primary, Phase::BeforeTreatment), (Slot::Primary, Phase::ImmediatelyAfter)];
    assert_eq!(seen(), as_filed);
    let set = |kind| move |tx: &diptych::vault::Tx<'_>| tx.set_session(chart.session, day(2026, 1, 14), kind);
    clinic.vault.transact(Op::EditSession, now(), set(SessionKind::Consultation)).expect("set");
    assert_eq!(seen(), [(Slot::Primary, Phase::NoTreatment), (Slot::Alternate, Phase::NoTreatment)]);
    clinic.vault.transact(Op::EditSession, now(), set(SessionKind::Maintenance)).expect("set");
    assert_eq!(seen(), [(Slot::Primary, Phase::BeforeTreatment), (Slot::Alternate, Phase::BeforeTreatment)]);
    for _ in 0..2 {
        assert_eq!(clinic.vault.undo(now()), Ok(Op::EditSession));
    }
    assert_eq!(seen(), as_filed);
}

#[test]
fn the_plan_of_a_series_can_change_but_not_into_nonsense() {
    let clinic = clinic();
    let chart = chart(&clinic.vault, "1");
    let set = |days| move |tx: &diptych::vault::Tx<'_>| tx.set_series_plan(chart.series, 8, days);
    clinic.vault.transact(Op::EditSeries, now(), set((21, 35))).expect("set");
    let series = clinic.vault.board(chart.series).expect("board").series;
    assert_eq!((series.planned, series.interval_min_days, series.interval_max_days), (8, 21, 35));
    let refused = clinic.vault.transact(Op::EditSeries, now(), set((35, 21)));
    assert!(matches!(refused, Err(VaultError::Refused(_))), "{refused:?}");
}

#[test]
fn the_board_holds_one_series_and_nothing_of_another() {
    let clinic = clinic();
    let (one, two) = (chart(&clinic.vault, "1"), chart(&clinic.vault, "2"));
    let mine = file(&clinic.vault, receive(&clinic.vault, &photo_bytes(1, 100)), one.cell());
    let _other = file(&clinic.vault, receive(&clinic.vault, &photo_bytes(2, 100)), two.cell());
    let given = consent(one.patient, ConsentEvent::Granted);
    let _id = clinic.vault.transact(Op::RecordConsent, now(), |tx| tx.add_consent(&given)).expect("recorded");
    let frame = clinic.vault.transact(Op::SetReference, now(), |tx| tx.set_reference(one.view, mine)).expect("set");
    let board = clinic.vault.board(one.series).expect("board");
    assert_eq!((board.patient.id, board.series.id), (one.patient, one.series));
    assert_eq!(board.photos.iter().map(|photo| photo.id).collect::<Vec<_>>(), [mine]);
    assert_eq!(board.frames.iter().map(|f| (f.id, f.reference)).collect::<Vec<_>>(), [(frame, mine)]);
    assert_eq!(board.labels[&one.session].title, "Session 1 of 6");
    assert_eq!((board.views.len(), board.sessions.len(), board.consents.len()), (2, 1, 1));
    assert_eq!(clinic.vault.board(SeriesId(99)).map(|_| ()), Err(VaultError::NotFound));
}

#[test]
fn a_newer_reference_takes_the_place_of_the_older() {
    let clinic = clinic();
    let chart = chart(&clinic.vault, "1");
    let one = file(&clinic.vault, receive(&clinic.vault, &photo_bytes(1, 100)), chart.cell());
    let two = file(&clinic.vault, receive(&clinic.vault, &photo_bytes(2, 100)), chart.cell());
    for reference in [one, two] {
        let set = |tx: &diptych::vault::Tx<'_>| tx.set_reference(chart.view, reference);
        let _frame = clinic.vault.transact(Op::SetReference, now(), set).expect("set");
    }
    assert_eq!(clinic.vault.board(chart.series).expect("board").frames[0].reference, two);
    assert_eq!(clinic.vault.undo(now()), Ok(Op::SetReference));
    assert_eq!(clinic.vault.board(chart.series).expect("board").frames[0].reference, one);
    let gone = diptych::vault::Filing { view: None, ..chart.cell() };
    clinic.vault.transact(Op::MovePhoto, now(), |tx| tx.move_photo(one, gone)).expect("moved");
    assert!(clinic.vault.board(chart.series).expect("board").frames.is_empty(), "a reference lies in its view");
}

#[test]
fn consents_are_events_that_come_back_in_order() {
    let clinic = clinic();
    let patient =
        clinic.vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&person("1", "A", "B"))).expect("added");
    for event in [ConsentEvent::Granted, ConsentEvent::Withdrawn] {
        let new = consent(patient, event);
        let _id = clinic.vault.transact(Op::RecordConsent, now(), |tx| tx.add_consent(&new)).expect("recorded");
    }
    let history = clinic.vault.consents(patient).expect("consents");
    assert_eq!(history.iter().map(|c| c.event).collect::<Vec<_>>(), [ConsentEvent::Granted, ConsentEvent::Withdrawn]);
    let mut first = history[0].clone();
    first.id = None;
    assert_eq!(first, consent(patient, ConsentEvent::Granted));
    assert!(matches!(clinic.vault.undo(now()), Err(VaultError::UndoRefused(_))), "a consent is never undone");
}

/// A before photo turned by a quarter and an after photo half its size, of which a part is shown.
const LAID: Laid = Laid {
    matrices: [
        Matrix3([0.0, -1.0, 400.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0]),
        Matrix3([2.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 1.0]),
    ],
    crop: Rect { x: 10.0, y: 20.0, width: 300.0, height: 200.0 },
};

fn published(vault: &Vault, chart: super::Chart, before: PhotoId, after: PhotoId) -> Result<(), VaultError> {
    let new = NewPublication {
        series: chart.series,
        label_before: "Baseline".into(),
        label_after: "Session 3 of 6 · 12 weeks".into(),
        before,
        after,
        laid: Some(LAID),
        file_hashes: vec![("case-1.jpg".into(), PhotoHash([3; 32]))],
        destination: "/home/web/gallery".into(),
    };
    vault.transact(Op::Publish, now(), |tx| tx.add_publication(&new))
}

#[test]
fn a_publication_reads_the_consents_of_its_own_moment() {
    let clinic = clinic();
    let chart = chart(&clinic.vault, "1");
    let photo = file(&clinic.vault, receive(&clinic.vault, &photo_bytes(1, 100)), chart.cell());
    let seen = clinic.vault.transact(Op::RecordConsent, now(), |tx| {
        let before = tx.consents(chart.patient)?.len();
        let _id = tx.add_consent(&consent(chart.patient, ConsentEvent::Withdrawn))?;
        let board = tx.board(chart.series)?;
        Ok((before, tx.consents(chart.patient)?, board.consents, tx.photo(photo)?.id))
    });
    let (before, after, of_board, read) = seen.expect("recorded");
    assert_eq!((before, after.len(), read), (0, 1, photo));
    assert_eq!((&after, after[0].event), (&of_board, ConsentEvent::Withdrawn));
}

#[test]
fn an_export_is_audited_by_patient_and_photo() {
    let clinic = clinic();
    let chart = chart(&clinic.vault, "1");
    let photos = [1, 2].map(|n| file(&clinic.vault, receive(&clinic.vault, &photo_bytes(n, 100)), chart.cell()));
    let generation = clinic.vault.generation();
    clinic.vault.record_export(Export::Composite, &photos, now()).expect("recorded");
    let row = clinic.vault.audit(1).expect("audit").remove(0);
    let subject = format!(
        "{{\"exported\":{{\"as\":\"composite\",\"patient\":[{}],\"photo\":[{},{}]}}}}",
        chart.patient.0, photos[0].0, photos[1].0
    );
    assert_eq!((row.op.as_str(), row.subject), ("export", subject));
    assert_eq!(clinic.vault.generation(), generation);
    let gone = clinic.vault.record_export(Export::Composite, &[PhotoId(99)], now());
    assert_eq!(gone, Err(VaultError::NotFound));
}

#[test]
fn the_ledger_keeps_what_was_published_by_value() {
    let clinic = clinic();
    let chart = chart(&clinic.vault, "1");
    let photo = file(&clinic.vault, receive(&clinic.vault, &photo_bytes(1, 100)), chart.cell());
    published(&clinic.vault, chart, photo, photo).expect("published");
    let ledger = clinic.vault.publications(chart.series).expect("ledger");
    assert_eq!(ledger[0].label_after, "Session 3 of 6 · 12 weeks");
    assert_eq!(ledger[0].before_hash, clinic.vault.photo(photo).expect("a photo").hash);
    let laid = ledger[0].laid.expect("how it was laid");
    assert_eq!((laid.matrices[0], laid.crop), (LAID.matrices[0], LAID.crop));
    let far = |a: f64, b: f64| (a - b).abs() > 1e-9;
    let strays = laid.matrices[1].0.iter().zip(LAID.matrices[1].0).any(|(a, b)| far(*a, b));
    assert!(!strays, "{:?}", laid.matrices[1]);
    assert_eq!(ledger[0].file_hashes, [("case-1.jpg".to_owned(), PhotoHash([3; 32]))]);
    assert!(matches!(clinic.vault.undo(now()), Err(VaultError::UndoRefused(_))), "a published photo stays filed");
    let other = super::chart(&clinic.vault, "2");
    assert!(matches!(published(&clinic.vault, other, photo, photo), Err(VaultError::Refused(_))));
}

#[test]
fn every_change_of_a_person_leaves_one_audit_row_of_ids_and_field_names() {
    let clinic = clinic();
    let chart = chart(&clinic.vault, "1");
    let edit = |tx: &diptych::vault::Tx<'_>| tx.edit_patient(chart.patient, &person("1", "Zaphod", "Mägi"));
    clinic.vault.transact(Op::EditPatient, now(), edit).expect("edited");
    let item = receive(&clinic.vault, &photo_bytes(1, 100));
    let photo = file(&clinic.vault, item, chart.cell());
    let _frame = clinic.vault.transact(Op::Align, now(), |tx| tx.set_reference(chart.view, photo)).expect("set");
    clinic.vault.open_patient_page(chart.patient, now()).expect("opened");
    assert_eq!(clinic.vault.undo(now()), Ok(Op::FilePhotos));
    let rows = clinic.vault.audit(100).expect("audit");
    let ops: Vec<&str> = rows.iter().rev().map(|row| row.op.as_str()).collect();
    let expected = [
        "create-vault",
        "add-patient",
        "add-series",
        "add-session",
        "edit-patient",
        "file-photos",
        "open-patient",
        "undo",
    ];
    assert_eq!(ops, expected);
    let edited = &rows[3].subject;
    assert!(edited.contains("given") && edited.contains("\"patient\""), "{edited}");
    let all: String = rows.iter().map(|row| row.subject.as_str()).collect();
    for secret in ["Zaphod", "Mägi", "Ülle", "IMG_4711", "1990"] {
        assert!(!all.contains(secret), "{secret} stands in the audit");
    }
    assert!(rows[0].subject.contains("\"undoes\":6"), "{}", rows[0].subject);
    assert_eq!(clinic.vault.check_audit(), Ok(AuditCheck::Whole { rows: 8 }));
}

#[test]
fn a_change_that_changes_nothing_is_neither_audited_nor_undone() {
    let clinic = clinic();
    clinic.vault.transact(Op::EditPatient, now(), |_| Ok(())).expect("nothing");
    assert_eq!(clinic.vault.audit(100).expect("audit").len(), 1);
    assert_eq!(clinic.vault.last_undoable(), Ok(None));
}

#[test]
fn the_generation_rises_with_every_committed_change_only() {
    let clinic = clinic();
    let start = clinic.vault.generation();
    let _chart = chart(&clinic.vault, "1");
    assert_eq!(clinic.vault.generation(), start + 3);
    let failed = clinic.vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&person("1", "", "")));
    assert_eq!((failed, clinic.vault.generation()), (Err(VaultError::CodeTaken), start + 3));
    assert_eq!((clinic.vault.undo(now()), clinic.vault.generation()), (Ok(Op::AddSession), start + 4));
}

#[test]
fn reading_goes_on_while_somebody_writes() {
    let clinic = clinic();
    let chart = chart(&clinic.vault, "1");
    let reader = clinic.vault.clone();
    let seen = clinic.vault.transact(Op::AddPatient, now(), |tx| {
        let _new = tx.add_patient(&person("2", "B", "B"))?;
        let count = std::thread::spawn(move || reader.patient_count("")).join().expect("a reader")?;
        Ok((count, chart.patient))
    });
    assert_eq!(seen, Ok((1, chart.patient)));
    assert_eq!(clinic.vault.patient_count(""), Ok(2));
}
