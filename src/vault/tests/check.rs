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
    let tray = vault.tray().expect("the tray");
    let shown = |tray| Finding::OriginalUnrecorded { volume: VolumeId(1), row: 2, tray };
    let found = findings(&vault);
    let back = vault.tray().expect("the tray").into_iter().find(|item| !tray.iter().any(|there| there.id == item.id));
    let back = back.expect("it is shown in the tray");
    assert_eq!(found, [shown(Some(back.id))]);
    assert!(found[0].sentence().ends_with("it lies in the tray now."), "{}", found[0].sentence());
    assert_eq!((vault.tray_original(back.id), findings(&vault)), (Ok(b"two".to_vec()), Vec::new()));
}

/// A volume of which the records name no original, as where they are older than it.
fn forgotten() -> (tempfile::TempDir, Vault) {
    let (folder, vault) = created();
    let _item = receive(&vault, b"one").expect("received");
    drop(vault);
    let vault = opened(&folder, 1);
    let _next = receive(&vault, b"alone in its volume").expect("received");
    vault.retire_volume(VolumeId(2)).expect("closed");
    (folder, vault)
}

#[test]
fn bytes_that_no_record_knows_are_shown_also_where_nothing_else_in_their_volume_is_known() {
    let (_folder, vault) = forgotten();
    lock(&vault.inner.writer)
        .execute_batch("DELETE FROM tray WHERE blob = 2; DELETE FROM blob WHERE id = 2; UPDATE volume SET bytes = 0;")
        .expect("forgotten");
    let found = findings(&vault);
    let [Finding::OriginalUnrecorded { volume: VolumeId(2), row: 1, tray: Some(item) }] = found[..] else {
        panic!("{found:?}")
    };
    assert_eq!(vault.tray_original(item), Ok(b"alone in its volume".to_vec()));
    let sampled = CheckRequest { sample: Sample::Count(1), ..CheckRequest::default() };
    assert_eq!(vault.check(&sampled, now(), &Progress::silent()).expect("checked").findings, []);
}

#[test]
fn the_file_of_a_volume_that_the_records_never_made_is_named_by_every_verification_and_never_touched() {
    let (folder, vault) = forgotten();
    drop(vault);
    // The records of before the second volume.
    let (other, older) = created();
    drop(older);
    let strange = folder.path().join("photos-0002.db");
    let bytes = std::fs::read(&strange).expect("read");
    for name in ["photos-0002.db", "photos-0002.db.copy", "photos-2.db"] {
        crate::fsx::write_atomic(&other.path().join(name), &bytes).expect("put there");
    }
    let vault = opened(&other, blob::VOLUME_LIMIT);
    let unknown = || [Finding::VolumeUnknown { file: "photos-0002.db".into() }];
    assert_eq!(findings(&vault), unknown());
    let sampled = CheckRequest { sample: Sample::Count(0), ..CheckRequest::default() };
    assert_eq!(vault.check(&sampled, now(), &Progress::silent()).expect("checked").findings, unknown());
    // Numbers go on, and one of them meets the file.
    vault.close_volumes_at(1);
    let items: Vec<_> = (0..3_u8).map(|n| receive(&vault, &[n]).expect("received")).collect();
    assert_eq!(findings(&vault), unknown());
    assert!(items.into_iter().zip(0..).all(|(item, n)| vault.tray_original(item) == Ok(vec![n])));
    assert_eq!(std::fs::read(other.path().join("photos-0002.db")).expect("read"), bytes);
}

#[test]
fn a_volume_that_a_repair_moved_everything_out_of_is_asked_for_nothing_any_more() {
    let (folder, vault) = created();
    let bytes = vec![7; 40_000];
    let item = receive(&vault, &bytes).expect("received");
    vault.store_again(item, &bytes, now()).expect("moved");
    assert_eq!(findings(&vault), []);
    drop(vault);
    let path = folder.path().join("photos-0001.db");
    let mut file = std::fs::read(&path).expect("read");
    file[20_000] ^= 1;
    crate::fsx::write_atomic(&path, &file).expect("damaged");
    let vault = opened(&folder, blob::VOLUME_LIMIT);
    assert_eq!((findings(&vault), vault.tray_original(item)), (Vec::new(), Ok(bytes)));
}

#[test]
fn an_original_that_is_still_announced_as_other_bytes_is_named_and_not_shown() {
    let (_folder, vault) = created();
    let _item = receive(&vault, b"one").expect("received");
    lock(&vault.inner.writer)
        .execute_batch(
            "INSERT INTO intent (hash, length, volume, width, height, facts, file_name, at)
                SELECT zeroblob(32), 3, 1, 1, 1, '{}', 'a.jpg', 0;
             DELETE FROM tray; DELETE FROM blob;",
        )
        .expect("forgotten");
    let id: i64 = lock(&vault.inner.writer).query_row("SELECT max(id) FROM intent", [], |row| row.get(0)).expect("one");
    let key = vault.inner.readers.read(|conn| table::blob::volume_key(conn, 1)).expect("a key");
    let volume = vault.inner.volumes.writer_of(1, key).expect("opened");
    let _row = volume.execute("UPDATE original SET intent = ?1", [id]).expect("announced");
    assert_eq!(findings(&vault), [Finding::OriginalUnrecorded { volume: VolumeId(1), row: 1, tray: None }]);
    assert_eq!(vault.tray(), Ok(Vec::new()));
}

#[test]
fn a_changed_copy_of_the_key_file_is_named_and_written_anew_by_a_verification_and_by_an_opening() {
    let (folder, mut vault) = created();
    for (name, damage) in [("vault.toml", false), ("vault.toml.2", true), ("vault.toml", true), ("vault.toml.2", false)]
    {
        let path = folder.path().join(name);
        let spoil = || {
            if damage {
                let mut bytes = std::fs::read(&path).expect("read");
                let last = bytes.len() - 10;
                // In the tag: its checksum still fits.
                bytes[last] = if bytes[last] == b'0' { b'1' } else { b'0' };
                crate::fsx::write_atomic(&path, &bytes).expect("written");
            } else {
                std::fs::remove_file(&path).expect("removed");
            }
        };
        spoil();
        assert_eq!(findings(&vault), [Finding::KeyFileChanged { file: name }]);
        assert_eq!(findings(&vault), [], "it was written anew");
        drop(vault);
        spoil();
        vault = opened(&folder, blob::VOLUME_LIMIT);
        assert_eq!(vault.findings(), &Findings { key_file_changed: true, ..Findings::default() }, "{name}");
        assert!(vault.findings().sentences().concat().contains("copies of the key file"));
        drop(vault);
        vault = opened(&folder, blob::VOLUME_LIMIT);
        assert_eq!((vault.findings(), findings(&vault)), (&Findings::default(), Vec::new()), "{name}");
    }
}

#[test]
fn a_log_of_a_photo_volume_that_breaks_off_is_named_by_the_opening_and_in_the_audit() {
    let (folder, vault) = created();
    for n in 0..3_u8 {
        let _item = receive(&vault, &vec![n; 50_000]).expect("received");
    }
    // As a killed program leaves it.
    let killed = tempfile::tempdir().expect("a folder");
    for entry in std::fs::read_dir(folder.path()).expect("listed").map(|entry| entry.expect("an entry")) {
        let _length = std::fs::copy(entry.path(), killed.path().join(entry.file_name())).expect("copied");
    }
    let log = killed.path().join("photos-0001.db-wal");
    let mut bytes = std::fs::read(&log).expect("a log");
    let at = bytes.len() - 60_000;
    bytes[at] ^= 1;
    crate::fsx::write_atomic(&log, &bytes).expect("changed");
    let vault = opened(&killed, blob::VOLUME_LIMIT);
    let found = vault.findings().clone();
    assert_eq!((found.volume_logs_broken.clone(), found.log_broken), ([1].into(), false));
    assert!(found.sentences().concat().contains("breaks off in photos-0001.db"), "{found:?}");
    let kind = Some(AuditKind::Event(AuditEvent::LogBroken));
    let rows = vault.audit_log(&AuditFilter { kind, ..AuditFilter::default() }, 0, 9).expect("the audit");
    assert_eq!(rows.iter().map(|row| row.row.subject.as_str()).collect::<Vec<_>>(), ["{\"volume\":[1]}"]);
    drop(vault);
    assert!(opened(&killed, blob::VOLUME_LIMIT).findings().volume_logs_broken.is_empty(), "said once");
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
