//! Documents are kept as they came, and a changed one is noticed.

use super::*;
use crate::model::NewAttachment;
use crate::progress::Progress;
use crate::vault::pool::lock;

const PDF: &[u8] = b"%PDF-1.7 signed";

#[test]
fn a_verification_reads_every_document_and_names_one_that_is_not_what_was_stored() {
    let (_folder, vault) = created();
    let patient = vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&person(1, "A"))).expect("added");
    let add = |bytes: &[u8]| {
        let new = NewAttachment { patient, bytes, file_name: "a.pdf" };
        vault.transact(Op::AddAttachment, now(), |tx| tx.add_attachment(&new)).expect("kept")
    };
    let (first, second) = (add(PDF), add(b"\x89PNG\r\n\x1a\nscan"));
    let findings = || vault.check(&CheckRequest::default(), now(), &Progress::silent()).expect("checked").findings;
    assert_eq!(findings(), []);
    let set = |sql: &str| {
        let rows = lock(&vault.inner.writer).execute(sql, []).expect("set");
        assert_eq!(rows, 1);
    };
    set("UPDATE attachment_bytes SET bytes = x'00' WHERE attachment = 1");
    assert_eq!(findings(), [Finding::DocumentCorrupt { document: first }]);
    assert!(matches!(vault.attachment_bytes(first), Err(VaultError::Damaged(_))));
    assert!(matches!(vault.take_out_attachment(first, now()), Err(VaultError::Damaged(_))));
    set("DELETE FROM attachment_bytes WHERE attachment = 2");
    let both = [first, second].map(|document| Finding::DocumentCorrupt { document });
    assert_eq!(findings(), both);
    assert_eq!(vault.attachments(patient).expect("listed").len(), 2);
}
