//! What is said of an audit that somebody with the key changed.

use super::*;
use crate::vault::pool::lock;

/// A vault with rows 1 to 6.
fn filled() -> (TempDir, Vault) {
    let (folder, vault) = created();
    for code in 1..=5 {
        let _id = vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&person(code, "A"))).expect("added");
    }
    (folder, vault)
}

fn tamper(vault: &Vault, sql: &str) {
    let writer = lock(&vault.inner.writer);
    writer.execute_batch("DROP TRIGGER audit_is_never_changed; DROP TRIGGER audit_is_never_removed;").expect("dropped");
    writer.execute_batch(sql).expect("tampered");
}

#[test]
fn an_untouched_audit_is_whole_up_to_its_last_row() {
    let (_folder, vault) = filled();
    let report = vault.audit_report(&[]).expect("walked");
    assert_eq!((report.is_whole(), report.rows), (true, 6));
}

#[test]
fn a_changed_and_a_removed_row_are_located() {
    for (sql, at, sound_until) in [
        ("UPDATE audit SET user = 9 WHERE seq = 4", 4, 3),
        ("UPDATE audit SET subject = 'no JSON' WHERE seq = 4", 4, 3),
        ("DELETE FROM audit WHERE seq = 4", 5, 3),
        ("DELETE FROM audit WHERE seq = 1", 2, 0),
    ] {
        let (_folder, vault) = filled();
        tamper(&vault, sql);
        let report = vault.audit_report(&[]).expect("walked");
        assert_eq!(report.broken, Some(BrokenChain { at, sound_until }), "{sql}");
        // What is there is still shown, so that a person can look at it.
        let filter = AuditFilter { patient: Some(PatientId(5)), ..AuditFilter::default() };
        assert_eq!(vault.audit_log(&filter, 0, 10).map(|lines| lines.len()), Ok(1), "{sql}");
    }
}

#[test]
fn a_cut_tail_is_located_before_and_after_the_next_opening() {
    let (folder, vault) = filled();
    lock(&vault.inner.header).audit = audit::anchor(&lock(&vault.inner.writer)).expect("anchored");
    tamper(&vault, "DELETE FROM audit WHERE seq > 3");
    let missing = MissingRows { first: 4, last: 6, noted_in: None };
    assert_eq!(vault.audit_report(&[]).expect("walked").missing, [missing]);
    drop(vault);
    drop(folder);
    // An old catalog put back: the opening anchors a new head, and yet the rows stay missing.
    let (folder, vault) = filled();
    drop(vault);
    let path = folder.path().join("catalog.db");
    let old = std::fs::read(&path).expect("read");
    let vault = opened(&folder, blob::VOLUME_LIMIT);
    let _id = vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&person(9, "A"))).expect("added");
    drop(vault);
    for suffix in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(folder.path().join(format!("catalog.db{suffix}")));
    }
    crate::fsx::write_atomic(&path, &old).expect("put back");
    for _ in 0..2 {
        let vault = opened(&folder, blob::VOLUME_LIMIT);
        let report = vault.audit_report(&[]).expect("walked");
        assert_eq!(report.missing, [MissingRows { first: 7, last: 8, noted_in: Some(7) }]);
        assert!(!report.is_whole() && report.broken.is_none());
    }
}
