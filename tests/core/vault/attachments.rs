//! Documents of patients: as they came, of their own patient only, and wherever the vault goes.

use diptych::backup;
use diptych::clock::UtcMillis;
use diptych::model::*;
use diptych::progress::Progress;
use diptych::vault::{AuditFilter, Caution, CheckRequest, Op, Secret, Transfer, TransferPlan, Tx, Vault, VaultError};

use super::{chart, clinic, now, photo_bytes, secret};

fn pdf(seed: u64) -> Vec<u8> {
    [b"%PDF-1.7\n".to_vec(), photo_bytes(seed, 400_000)].concat()
}

fn add(vault: &Vault, patient: PatientId, bytes: &[u8]) -> Result<AttachmentId, VaultError> {
    let new = NewAttachment { patient, bytes, file_name: "signed.pdf" };
    vault.transact(Op::AddAttachment, now(), |tx| tx.add_attachment(&new))
}

fn grant(patient: PatientId, purpose: Purpose) -> Consent {
    Consent {
        id: None,
        patient,
        series: None,
        purpose,
        scope: Scope::Region,
        event: ConsentEvent::Granted,
        wording: "1".into(),
        signer: "patient".into(),
        signed: None,
        expires: None,
        at: UtcMillis(0),
    }
}

#[test]
fn a_signed_consent_is_kept_with_its_document_and_comes_out_byte_identical() {
    let clinic = clinic();
    let (one, two) = (chart(&clinic.vault, "1"), chart(&clinic.vault, "2"));
    let bytes = pdf(1);
    let recorded = clinic.vault.transact(Op::RecordConsent, now(), |tx| {
        let new = NewAttachment { patient: one.patient, bytes: &bytes, file_name: "signed.pdf" };
        let document = tx.add_attachment(&new)?;
        let website = tx.add_consent_with(&grant(one.patient, Purpose::Website), document)?;
        Ok((document, vec![website, tx.add_consent_with(&grant(one.patient, Purpose::Teaching), document)?]))
    });
    let (document, consents) = recorded.expect("recorded");
    let last = &clinic.vault.audit(1).expect("the audit")[0];
    assert_eq!((last.op.as_str(), last.subject.contains("\"attachment\":[1]")), ("record-consent", true));
    assert!(!last.subject.contains("signed.pdf"));
    let clinic = clinic.reopened();
    let listed = clinic.vault.attachments(one.patient).expect("listed");
    assert_eq!(listed.len(), 1);
    assert_eq!((listed[0].id, listed[0].kind, listed[0].length), (document, DocumentKind::Pdf, bytes.len() as u64));
    assert_eq!((listed[0].file_name.0.as_str(), &listed[0].consents), ("signed.pdf", &consents));
    assert_eq!(clinic.vault.take_out_attachment(document, now()).expect("read"), bytes);
    let last = &clinic.vault.audit(1).expect("the audit")[0];
    assert!(last.op == "export" && last.subject.contains("\"as\":\"document\""), "{}", last.subject);
    assert_eq!(clinic.vault.attachments(two.patient), Ok(vec![]));
    let of_another = clinic
        .vault
        .transact(Op::RecordConsent, now(), |tx| tx.add_consent_with(&grant(two.patient, Purpose::Website), document));
    assert!(matches!(of_another, Err(VaultError::Refused(_))));
    assert_eq!(clinic.vault.consents(two.patient), Ok(vec![]));
}

#[test]
fn the_same_document_is_kept_once_for_a_patient_and_apart_for_two() {
    let clinic = clinic();
    let (one, two) = (chart(&clinic.vault, "1").patient, chart(&clinic.vault, "2").patient);
    let first = add(&clinic.vault, one, &pdf(1)).expect("kept");
    assert_eq!(add(&clinic.vault, one, &pdf(1)), Ok(first));
    let other = add(&clinic.vault, two, &pdf(1)).expect("kept");
    assert_ne!(first, other);
    assert_eq!(
        clinic.vault.undo(now()).expect("the newest that can be undone"),
        Op::AddSession,
        "evidence is not undone"
    );
    assert_eq!(clinic.vault.attachments(two).expect("listed").len(), 1);
}

#[test]
fn what_is_no_document_or_too_large_is_refused() {
    let clinic = clinic();
    let patient = chart(&clinic.vault, "1").patient;
    let mut large = pdf(1);
    large.resize(diptych::model::attachment::LARGEST_DOCUMENT + 1, 0);
    for bytes in [b"".as_slice(), b"MZ program", b"GIF89a", &large] {
        assert!(matches!(add(&clinic.vault, patient, bytes), Err(VaultError::Refused(_))));
    }
    assert_eq!(add(&clinic.vault, PatientId(99), &pdf(1)), Err(VaultError::NotFound));
    assert_eq!(clinic.vault.attachments(patient), Ok(vec![]));
}

#[test]
fn documents_come_back_with_a_backup_and_go_with_their_patient() {
    let clinic = clinic();
    let (one, two) = (chart(&clinic.vault, "1").patient, chart(&clinic.vault, "2").patient);
    let (kept, gone) =
        (add(&clinic.vault, one, &pdf(1)).expect("kept"), add(&clinic.vault, two, &pdf(2)).expect("kept"));
    let dest = clinic.folder.path().join("usb");
    let _made = backup::snapshot(&clinic.vault, &dest, now(), &Progress::silent()).expect("backed up");
    let secret = secret();
    let opens = Secret::Passphrase("anna", &secret);
    let to = clinic.folder.path().join("restored");
    let restored = backup::restore(&dest, None, &to, &opens, now(), &Progress::silent()).expect("restored");
    assert_eq!(restored.report.findings, []);
    for (document, seed) in [(kept, 1), (gone, 2)] {
        assert_eq!(restored.vault.attachment_bytes(document).expect("read"), pdf(seed));
    }
    let _erased = clinic.vault.erase_patient(two, "asked for", &secret, now(), &Progress::silent()).expect("erased");
    assert_eq!(clinic.vault.attachment_bytes(gone), Err(VaultError::NotFound));
    assert_eq!(clinic.vault.attachment_bytes(kept).expect("read"), pdf(1));
    let report = clinic.vault.check(&CheckRequest::default(), now(), &Progress::silent()).expect("checked");
    assert_eq!(report.findings, []);
}

#[test]
fn a_document_of_the_wrong_patient_is_given_to_the_right_one_and_back() {
    let clinic = clinic();
    let (one, two) = (chart(&clinic.vault, "1").patient, chart(&clinic.vault, "2").patient);
    let document = add(&clinic.vault, one, &pdf(1)).expect("kept");
    let give = |vault: &Vault, to| vault.transact(Op::MoveAttachment, now(), |tx| tx.move_attachment(document, to));
    let of = |vault: &Vault, patient| vault.attachments(patient).expect("listed").len();
    assert_eq!(give(&clinic.vault, two), Ok(()));
    assert_eq!((of(&clinic.vault, one), of(&clinic.vault, two)), (0, 1));
    let moved = &clinic.vault.attachments(two).expect("listed")[0];
    assert_eq!((moved.id, moved.file_name.0.as_str()), (document, "signed.pdf"));
    assert_eq!(clinic.vault.attachment_bytes(document).expect("read"), pdf(1), "the bytes are what they were");
    let last = clinic.vault.audit_log(&AuditFilter::default(), 0, 1).expect("the audit").remove(0);
    assert_eq!(last.sentence(), "anna: Moving a document, attachment: patient changed");
    assert_eq!(last.patients, [Redacted::from("1"), Redacted::from("2")], "whose it was, and whose it is");
    let clinic = clinic.reopened();
    assert_eq!(clinic.vault.undo(now()), Ok(Op::MoveAttachment));
    assert_eq!((of(&clinic.vault, one), of(&clinic.vault, two)), (1, 0));
    assert_eq!(clinic.vault.redo(now()), Ok(Op::MoveAttachment));
    assert!(matches!(give(&clinic.vault, two), Err(VaultError::Refused(_))), "it is theirs already");
    assert_eq!(give(&clinic.vault, PatientId(99)), Err(VaultError::NotFound));
    // A consent that is recorded with it says whose it is.
    let signed = |tx: &Tx<'_>| tx.add_consent_with(&grant(two, Purpose::Website), document);
    let _id = clinic.vault.transact(Op::RecordConsent, now(), signed).expect("recorded");
    assert!(matches!(clinic.vault.undo(now()), Err(VaultError::UndoRefused(_))));
    assert!(matches!(give(&clinic.vault, one), Err(VaultError::Refused(_))));
    assert_eq!((of(&clinic.vault, one), of(&clinic.vault, two)), (0, 1), "it stays where it was signed");
}

#[test]
fn a_document_is_moved_only_as_it_was_said_what_that_means() {
    let clinic = clinic();
    let [one, two, three] = ["1", "2", "3"].map(|code| chart(&clinic.vault, code).patient);
    let document = add(&clinic.vault, one, &pdf(1)).expect("kept");
    let transfer = |to| Transfer::Document { document, to };
    let plan = |to| clinic.vault.plan_transfer(transfer(to), now().today);
    let keys = |plan: &TransferPlan| plan.cautions.iter().map(Caution::key).collect::<Vec<_>>();
    let stale = plan(two).expect("allowed");
    assert_eq!((stale.photos, keys(&stale)), (0, vec!["patient"]));
    let _same = add(&clinic.vault, two, &pdf(1)).expect("kept");
    assert!(matches!(clinic.vault.carry_out(&stale, now()), Err(VaultError::Refused(_))), "it means more by now");
    assert_eq!(keys(&plan(two).expect("allowed")), ["patient", "same-document"]);
    clinic.vault.carry_out(&plan(three).expect("allowed"), now()).expect("moved");
    assert_eq!(clinic.vault.attachments(three).expect("listed")[0].id, document);
    assert!(matches!(plan(three), Err(VaultError::Refused(_))), "it is theirs already");
    assert_eq!(clinic.vault.undo(now()), Ok(Op::MoveAttachment));
    assert_eq!(clinic.vault.attachments(one).expect("listed")[0].id, document);
    let signed = |tx: &Tx<'_>| tx.add_consent_with(&grant(one, Purpose::Website), document);
    let _id = clinic.vault.transact(Op::RecordConsent, now(), signed).expect("recorded");
    assert!(matches!(plan(two), Err(VaultError::Refused(why)) if why.contains("recorded with this document")));
}

#[test]
fn the_erasure_of_a_patient_counts_their_documents_under_others_and_what_was_given_away_stays_away() {
    let clinic = clinic();
    let [one, two, three] = ["1", "2", "3"].map(|code| chart(&clinic.vault, code).patient);
    for (patient, seed) in [(one, 1), (two, 1), (three, 1), (three, 2)] {
        let _id = add(&clinic.vault, patient, &pdf(seed)).expect("kept");
    }
    let misplaced = add(&clinic.vault, one, &pdf(3)).expect("kept");
    clinic.vault.transact(Op::MoveAttachment, now(), |tx| tx.move_attachment(misplaced, two)).expect("given away");
    let erase = |patient| clinic.vault.erase_patient(patient, "asked for", &secret(), now(), &Progress::silent());
    assert_eq!(erase(one).expect("erased").documents_elsewhere, 2);
    assert_eq!(clinic.vault.attachment_bytes(misplaced).expect("theirs"), pdf(3));
    assert_ne!(clinic.vault.last_undoable().expect("asked").map(|entry| entry.op), Some(Op::MoveAttachment));
    assert_eq!(erase(two).expect("erased").documents_elsewhere, 1);
    assert_eq!(erase(three).expect("erased").documents_elsewhere, 0);
    let report = clinic.vault.check(&CheckRequest::default(), now(), &Progress::silent()).expect("checked");
    assert_eq!(report.findings, []);
}
