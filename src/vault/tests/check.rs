//! Verification of what no user can bring about: broken references, rows without records, a cut audit.

use super::*;
use crate::model::{BlobId, VolumeId};
use crate::progress::Progress;
use crate::vault::pool::lock;

fn findings(vault: &Vault) -> Vec<Finding> {
    vault.check(&CheckRequest::default(), now(), &Progress::silent()).expect("checked").findings
}

#[test]
fn a_reference_to_nothing_is_named() {
    let (_folder, vault) = created();
    let _item = receive(&vault, b"one").expect("received");
    assert_eq!(findings(&vault), []);
    lock(&vault.inner.writer)
        .execute_batch("PRAGMA foreign_keys = OFF; UPDATE tray SET blob = 77; PRAGMA foreign_keys = ON;")
        .expect("broken");
    let expected =
        [Finding::ForeignKey { table: "tray".into(), row: Some(1) }, Finding::OriginalUnused { blob: BlobId(1) }];
    assert_eq!(findings(&vault), expected);
}

#[test]
fn bytes_that_no_record_knows_are_named_also_in_a_closed_volume() {
    let (folder, vault) = created();
    let _item = receive(&vault, b"one").expect("received");
    let _other = receive(&vault, b"two").expect("received");
    drop(vault);
    let vault = opened(&folder, 1);
    let _next = receive(&vault, b"opens the next volume").expect("received");
    lock(&vault.inner.writer)
        .execute_batch("DELETE FROM tray WHERE blob = 2; DELETE FROM blob WHERE id = 2;")
        .expect("forgotten");
    assert_eq!(findings(&vault), [Finding::OriginalUnrecorded { volume: VolumeId(1), row: 2 }]);
}

#[test]
fn a_changed_audit_and_an_anchor_kept_elsewhere_are_named() {
    let (_folder, vault) = created();
    let _patient = vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&person(1, "Anna"))).expect("added");
    let elsewhere = audit::anchor(&lock(&vault.inner.writer)).expect("anchored");
    let request = CheckRequest { anchors: vec![elsewhere.clone()], ..CheckRequest::default() };
    let check = || vault.check(&request, now(), &Progress::silent()).expect("checked").findings;
    assert_eq!(check(), []);
    lock(&vault.inner.writer)
        .execute_batch("DROP TRIGGER audit_is_never_removed; DELETE FROM audit WHERE seq = 2;")
        .expect("cut");
    assert_eq!(check(), [Finding::AnchorMissing { seq: elsewhere.seq }]);
}

#[test]
fn an_original_that_differs_from_its_record_is_corrupt_and_who_uses_it_is_said() {
    let (_folder, vault) = created();
    let item = receive(&vault, b"one").expect("received");
    let _rows = lock(&vault.inner.writer).execute("UPDATE blob SET hash = zeroblob(32)", []).expect("changed");
    let of = OriginalRef { blob: BlobId(1), photos: Vec::new(), tray: Some(item) };
    assert_eq!(findings(&vault), [Finding::OriginalCorrupt(of)]);
}

#[test]
fn a_flipped_byte_in_the_catalog_is_found_while_the_vault_is_open() {
    let (folder, vault) = created();
    for i in 0..200 {
        let _patient = vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&person(i, "Anna"))).expect("added");
    }
    drop(vault);
    let path = folder.path().join("catalog.db");
    let whole = std::fs::read(&path).expect("read");
    let mut found = 0;
    for round in 0..10 {
        let mut bytes = whole.clone();
        let at = 8192 + (round * 7919 + 13) * 101 % (bytes.len() - 8192);
        bytes[at] ^= 1;
        crate::fsx::write_atomic(&path, &bytes).expect("written");
        // Either it cannot be opened, or what is open says what is wrong.
        match Vault::open_by(folder.path(), &Secret::Passphrase("anna", &secret()), blob::VOLUME_LIMIT, now()) {
            Err(error) => assert!(matches!(error, VaultError::DamagedCatalog), "{error}"),
            Ok(vault) => match vault.check(&CheckRequest::default(), now(), &Progress::silent()) {
                Err(error) => assert!(matches!(error, VaultError::Damaged(_)), "{error}"),
                Ok(report) => {
                    let named =
                        |f: &Finding| matches!(f, Finding::DatabaseDamaged { file, .. } if file == "catalog.db");
                    assert!(report.findings.iter().any(named), "byte {at}: {report:?}");
                    found += 1;
                }
            },
        }
    }
    assert!(found > 0, "no flip left the vault openable");
}

/// Leaves the second half of each page that the log beside a database holds unwritten in its file.
fn tear(database: &std::path::Path) -> usize {
    let mut log = database.as_os_str().to_owned();
    log.push("-wal");
    let log = std::fs::read(log).expect("a log");
    let word = |at: usize| u32::from_be_bytes(log[at..at + 4].try_into().expect("four bytes")) as usize;
    let page = word(8);
    let mut file = std::fs::read(database).expect("a database");
    let frames = (32..log.len()).step_by(24 + page);
    let mut torn = 0;
    for number in frames.map(word).filter(|&number| number > 0) {
        let end = number * page;
        file.resize(file.len().max(end), 0);
        file[end - page / 2..end].fill(0xaa);
        torn += 1;
    }
    crate::fsx::write_atomic(database, &file).expect("written");
    torn
}

#[test]
fn a_page_that_was_half_put_into_its_file_when_the_program_ended_is_no_damage() {
    let (folder, vault) = created();
    let bytes = vec![7; 50_000];
    let item = receive(&vault, &bytes).expect("received");
    vault.put_derived(blob::hash(&bytes), Derived::Preview, &vec![8; 50_000]).expect("kept");
    for name in ["catalog.db", "photos-0001.db", "derived.db"] {
        let copy = tempfile::tempdir().expect("a folder");
        for entry in std::fs::read_dir(folder.path()).expect("listed").map(|entry| entry.expect("an entry")) {
            let _length = std::fs::copy(entry.path(), copy.path().join(entry.file_name())).expect("copied");
        }
        assert!(tear(&copy.path().join(name)) > 2, "{name}");
        let vault = opened(&copy, blob::VOLUME_LIMIT);
        assert_eq!(findings(&vault), [], "{name}");
        assert_eq!(vault.tray_original(item).as_ref(), Ok(&bytes));
    }
}
