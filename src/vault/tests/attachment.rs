//! Documents are kept as they came, and a changed one is noticed.

use super::*;
use crate::model::NewAttachment;
use crate::progress::Progress;
use crate::vault::pool::lock;

impl Vault {
    /// Changes the records behind the program's back, also against their own rules.
    pub(crate) fn meddle(&self, sql: &str) {
        let free = format!("PRAGMA foreign_keys = OFF; {sql}; PRAGMA foreign_keys = ON");
        lock(&self.inner.writer).execute_batch(&free).expect("changed");
    }
}

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

#[test]
fn samples_get_round_to_all_documents_from_day_to_day() {
    let (_folder, vault) = created();
    let patient = vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&person(1, "A"))).expect("added");
    for n in 0..3 {
        let bytes = [PDF, &[n]].concat();
        let new = NewAttachment { patient, bytes: &bytes, file_name: "a.pdf" };
        let _id = vault.transact(Op::AddAttachment, now(), |tx| tx.add_attachment(&new)).expect("kept");
    }
    vault.meddle("UPDATE attachment_bytes SET bytes = x'00' WHERE attachment = 2");
    let found = |today, sample| {
        let request = CheckRequest { sample, ..CheckRequest::default() };
        vault.check(&request, Now::fixed(day(today)), &Progress::silent()).expect("checked").findings.len()
    };
    let days: Vec<usize> = (20..26).map(|today| found(today, Sample::Count(1))).collect();
    assert_eq!(days.iter().sum::<usize>(), 2, "one of three documents a day for six days: {days:?}");
    assert_eq!(found(20, Sample::Count(3)), 1);
    assert_eq!((found(20, Sample::Percent(100)), found(20, Sample::Percent(0))), (1, 0));
}
