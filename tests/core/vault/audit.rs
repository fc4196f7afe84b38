//! The audit as its readers ask for it: who, when, whom, what.

use diptych::clock::{Now, UtcMillis};
use diptych::model::Redacted;
use diptych::vault::{AuditEvent, AuditFilter, AuditKind, AuditLine, Export, KdfCost, Op, Passphrase, Role, Vault};

use super::{chart, clinic, day, file, now, person, photo_bytes, receive};

fn log(vault: &Vault, filter: &AuditFilter) -> Vec<AuditLine> {
    vault.audit_log(filter, 0, 100).expect("the audit")
}

fn seqs(lines: &[AuditLine]) -> Vec<i64> {
    lines.iter().map(|line| line.row.seq).collect()
}

#[test]
fn a_line_names_who_did_what_to_whom_and_nothing_of_it_is_stored() {
    let clinic = clinic();
    let one = chart(&clinic.vault, "P-0192");
    let photo = file(&clinic.vault, receive(&clinic.vault, &photo_bytes(1, 500)), one.cell());
    clinic.vault.open_patient_page(one.patient, now()).expect("opened");
    clinic.vault.record_export(Export::Composite, &[photo], now()).expect("noted");
    let lines = log(&clinic.vault, &AuditFilter::default());
    let said: Vec<String> = lines.iter().rev().map(AuditLine::sentence).collect();
    let expected = [
        "anna: Creating the vault",
        "anna: Adding a patient, 1 patient added",
        "anna: Adding a series, 1 series and 2 views added",
        "anna: Adding a session, 1 session added",
        "anna: Filing photos, 1 photo added",
        "anna: Opening a patient",
        "anna: Exporting, composite of 1 photo",
    ];
    assert_eq!(said, expected);
    let code = vec![Redacted::from("P-0192")];
    assert!(lines.iter().rev().skip(1).all(|line| line.patients == code), "{lines:#?}");
    assert!(lines.iter().all(|l| !l.row.subject.contains("anna") && !l.row.subject.contains("P-0192")));
}

#[test]
fn the_audit_is_found_by_user_day_kind_and_patient() {
    let clinic = clinic();
    let vault = &clinic.vault;
    let (one, two) = (chart(vault, "1"), chart(vault, "2"));
    let _photo = file(vault, receive(vault, &photo_bytes(1, 500)), two.cell());
    let later = Now::fixed(day(2026, 3, 9));
    vault.open_patient_page(one.patient, later).expect("opened");
    let all = log(vault, &AuditFilter::default());
    assert_eq!(seqs(&all), (1..=9).rev().collect::<Vec<_>>());
    let of = |filter| seqs(&log(vault, &filter));
    assert_eq!(of(AuditFilter { patient: Some(one.patient), ..AuditFilter::default() }), [9, 4, 3, 2]);
    assert_eq!(of(AuditFilter { patient: Some(two.patient), ..AuditFilter::default() }), [8, 7, 6, 5]);
    let kind = Some(AuditKind::Event(AuditEvent::PatientOpened));
    assert_eq!(of(AuditFilter { kind, ..AuditFilter::default() }), [9]);
    let kind = Some(AuditKind::Change(Op::AddSeries));
    assert_eq!(of(AuditFilter { kind, patient: Some(two.patient), ..AuditFilter::default() }), [6]);
    assert_eq!(of(AuditFilter { from: Some(later.at), ..AuditFilter::default() }), [9]);
    assert_eq!(of(AuditFilter { until: Some(later.at), ..AuditFilter::default() }).len(), 8);
    let nobody = AuditFilter { until: Some(UtcMillis(0)), ..AuditFilter::default() };
    assert_eq!((of(nobody), vault.audit_count(&nobody)), (Vec::new(), Ok(0)));
}

#[test]
fn what_one_user_did_is_found_also_after_they_were_disabled() {
    let clinic = clinic();
    let dir = clinic.vault.dir().to_owned();
    let phrase = Passphrase::new("b");
    let bert = clinic.vault.add_user("بيرت", Role::Assistant, &phrase, KdfCost::TESTS, now()).expect("added");
    drop(clinic.vault);
    let vault = Vault::open(&dir, "بيرت", &phrase, now()).expect("opened");
    let _id = vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&person("1", "A", "B"))).expect("added");
    let own = AuditFilter { user: Some(bert), ..AuditFilter::default() };
    assert_eq!(log(&vault, &own).len(), 2, "everybody reads it");
    drop(vault);
    let vault = Vault::open(&dir, "anna", &super::secret(), now()).expect("opened");
    vault.disable_user(bert, now()).expect("disabled");
    let said: Vec<String> = log(&vault, &own).iter().map(AuditLine::sentence).collect();
    assert_eq!(said, ["بيرت: Adding a patient, 1 patient added", "بيرت: Unlocking"]);
}

#[test]
fn windows_of_the_audit_join_without_a_gap() {
    let clinic = clinic();
    for code in 0..25 {
        let code = code.to_string();
        let new = person(&code, "A", "B");
        let _id = clinic.vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&new)).expect("added");
    }
    let filter = AuditFilter { kind: Some(AuditKind::Change(Op::AddPatient)), ..AuditFilter::default() };
    let total = clinic.vault.audit_count(&filter).expect("counted");
    assert_eq!(total, 25);
    let window = |offset| seqs(&clinic.vault.audit_log(&filter, offset, 10).expect("a window"));
    let joined: Vec<i64> = [0, 10, 20].into_iter().flat_map(window).collect();
    assert_eq!(joined, (2..=26).rev().collect::<Vec<_>>());
}
