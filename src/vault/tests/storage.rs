//! Volumes: closing at their limit, full disks, flipped bytes.

use super::*;
use crate::progress::Progress;
use crate::vault::pool::lock;

impl Vault {
    /// Leaves no room for anything more that the vault remembers, as on a full disk; what is there can still be changed.
    pub(crate) fn fill_settings(&self) {
        let conn = lock(&self.inner.writer);
        conn.execute_batch("VACUUM").expect("no page is free");
        let pages: i64 = conn.query_row("PRAGMA page_count", [], |row| row.get(0)).expect("counted");
        conn.pragma_update(None, "max_page_count", pages).expect("limited");
        let (mut length, mut row) = (1024, 0);
        while length > 0 {
            row += 1;
            let value = "x".repeat(length);
            let kept =
                conn.execute("INSERT INTO setting (key, value) VALUES (?1, ?2)", params![format!("c{row}"), value]);
            if kept.is_err() {
                length /= 2;
            }
        }
    }
}

fn noise(seed: u32, length: usize) -> Vec<u8> {
    (0..length as u32).map(|i| (i.wrapping_mul(2_654_435_761).wrapping_add(seed) >> 13) as u8).collect()
}

#[test]
fn a_full_volume_is_closed_and_the_next_begun() {
    let (folder, vault) = created();
    drop(vault);
    let vault = opened(&folder, 100_000);
    let items: Vec<TrayId> = (0..5).map(|i| receive(&vault, &noise(i, 60_000)).expect("received")).collect();
    for n in 1..=3 {
        assert!(folder.path().join(format!("photos-{n:04}.db")).exists(), "volume {n}");
    }
    assert!(!folder.path().join("photos-0004.db").exists());
    drop(vault);
    let vault = opened(&folder, 100_000);
    for (i, item) in (0..).zip(items) {
        assert_eq!(vault.tray_original(item).expect("read"), noise(i, 60_000));
    }
}

#[test]
fn a_full_disk_is_said_and_nothing_is_half_received() {
    let (folder, vault) = created();
    let kept = receive(&vault, &noise(1, 200_000)).expect("received");
    vault.inner.volumes.allow_pages(12);
    assert_eq!(receive(&vault, &noise(2, 2_000_000)), Err(VaultError::DiskFull));
    assert_eq!(vault.tray().expect("tray").len(), 1);
    vault.inner.volumes.allow_pages(1_000_000);
    let later = receive(&vault, &noise(2, 2_000_000)).expect("received once there is room");
    assert!(vault.read_back(later).expect("read back"));
    drop(vault);
    let vault = opened(&folder, blob::VOLUME_LIMIT);
    assert_eq!(vault.tray_original(kept).expect("read"), noise(1, 200_000));
    assert_eq!(vault.tray().expect("tray").len(), 2);
}

#[test]
fn a_full_disk_under_the_catalog_undoes_the_whole_change() {
    let (_folder, vault) = created();
    let pages: i64 = lock(&vault.inner.writer).query_row("PRAGMA page_count", [], |row| row.get(0)).expect("counted");
    lock(&vault.inner.writer).pragma_update(None, "max_page_count", pages + 2).expect("limited");
    let many = |tx: &Tx<'_>| (0..2000).try_for_each(|i| tx.add_patient(&person(i, "Anna")).map(|_| ()));
    assert_eq!(vault.transact(Op::AddPatient, now(), many), Err(VaultError::DiskFull));
    assert_eq!(vault.patient_count(""), Ok(0));
    lock(&vault.inner.writer).pragma_update(None, "max_page_count", 1_000_000).expect("lifted");
    vault.transact(Op::AddPatient, now(), many).expect("added once there is room");
    assert_eq!(vault.patient_count(""), Ok(2000));
}

#[test]
fn looking_goes_on_without_room_and_is_in_the_audit_before_the_next_change() {
    let (_folder, vault) = created();
    let add = |code| vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&person(code, "Anna")));
    let patient = add(1).expect("added");
    let limit = |pages: i64| lock(&vault.inner.writer).pragma_update(None, "max_page_count", pages).expect("limited");
    limit(1);
    for _ in 0..300 {
        vault.open_patient_page(patient, now()).expect("looked at");
    }
    assert!(!lock(&vault.inner.late).is_empty(), "there was no room");
    assert_eq!(add(2), Err(VaultError::DiskFull), "a change waits for what was looked at before it");
    assert_eq!(vault.record_export(Export::Composite, &[], now()), Err(VaultError::DiskFull));
    limit(1_000_000);
    let _second = add(2).expect("added once there is room");
    let ops: Vec<String> = vault.audit(302).expect("the audit").into_iter().map(|row| row.op).collect();
    assert_eq!((ops[0].as_str(), ops[301].as_str()), ("add-patient", "add-patient"));
    assert!(ops[1..301].iter().all(|op| op == "open-patient"));
    assert_eq!(vault.check_audit(), Ok(AuditCheck::Whole { rows: 303 }));
}

#[test]
fn a_verification_without_room_to_remember_it_says_what_it_found_all_the_same() {
    let (_folder, vault) = created();
    let _item = receive(&vault, &noise(1, 20_000)).expect("received");
    vault.fill_settings();
    let check = || vault.check(&CheckRequest::default(), now(), &Progress::silent()).expect("checked");
    let report = check();
    assert_eq!((report.findings.as_slice(), report.checked, report.unremembered), (&[][..], 1, true));
    let said = report.sentence();
    assert!(said.starts_with("The only original verified") && said.contains("does not remember it"), "{said}");
    assert_eq!(vault.last_check(), Ok(None));
    lock(&vault.inner.writer).pragma_update(None, "max_page_count", 1_000_000).expect("lifted");
    assert!(!check().unremembered);
    assert_eq!(vault.last_check().expect("asked").map(|last| last.checked), Some(1));
}

#[test]
fn room_for_the_audit_is_kept_given_up_on_a_full_disk_and_kept_again() {
    let (folder, vault) = created();
    let patient = vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&person(1, "Anna"))).expect("added");
    let kept = || std::fs::metadata(folder.path().join("vault.reserve")).map_or(0, |file| file.len());
    assert_eq!(kept(), 256 << 10);
    let limit = |pages: i64| lock(&vault.inner.writer).pragma_update(None, "max_page_count", pages).expect("limited");
    limit(1);
    let mut looks = 0;
    while lock(&vault.inner.late).is_empty() {
        vault.open_patient_page(patient, now()).expect("looked at");
        looks += 1;
    }
    assert_eq!(kept(), 0, "given up before a row waits");
    // As if that had made room, and then none for the next opening.
    limit(1_000_000);
    vault.open_patient_page(patient, now()).expect("looked at");
    assert!(lock(&vault.inner.late).is_empty(), "what had waited is in before");
    let rows = vault.audit(looks + 1).expect("the audit");
    assert!(rows.iter().all(|row| row.op == "open-patient"), "{rows:?}");
    drop(vault);
    drop(opened(&folder, blob::VOLUME_LIMIT));
    assert_eq!(kept(), 256 << 10, "there is room again");
}

#[test]
fn a_flipped_byte_in_a_volume_is_damage_never_another_picture() {
    let (folder, vault) = created();
    let item = receive(&vault, &noise(1, 400_000)).expect("received");
    drop(vault);
    let path = folder.path().join("photos-0001.db");
    let mut bytes = std::fs::read(&path).expect("read");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    crate::fsx::write_atomic(&path, &bytes).expect("written");
    let vault = opened(&folder, blob::VOLUME_LIMIT);
    assert!(matches!(vault.tray_original(item), Err(VaultError::Damaged(_))), "{:?}", vault.tray_original(item).err());
    assert_eq!(vault.read_back(item), Ok(false));
}

#[test]
fn an_original_that_differs_from_its_record_is_damage() {
    let (_folder, vault) = created();
    let item = receive(&vault, &noise(1, 1000)).expect("received");
    let _rows = lock(&vault.inner.writer).execute("UPDATE blob SET hash = zeroblob(32)", []).expect("changed");
    assert!(matches!(vault.tray_original(item), Err(VaultError::Damaged(_))));
    assert_eq!(vault.read_back(item), Ok(false));
}

#[test]
fn the_same_bytes_twice_under_one_patient_are_one_blob() {
    let (_folder, vault) = created();
    let patient = vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&person(1, "A"))).expect("added");
    let made = vault.transact(Op::AddSeries, now(), |tx| {
        let series = tx.add_series(&series(patient))?;
        tx.add_session(series, day(2), SessionKind::Treatment)
    });
    let to = Filing { session: made.expect("made"), view: None, slot: Slot::Alternate, phase: Phase::NoTreatment };
    let file = || {
        let item = receive(&vault, b"twice").expect("received");
        vault.transact(Op::FilePhotos, now(), |tx| tx.file(item, to)).expect("filed")
    };
    let photos = [file(), file()];
    let places =
        photos.map(|photo| vault.inner.readers.read(|conn| table::blob::of_photo(conn, photo)).expect("placed"));
    assert_eq!(places[0].volume_row, places[1].volume_row);
    assert_eq!(vault.undo(now()), Ok(Op::FilePhotos));
    let back = vault.tray().expect("tray")[0].id;
    assert_eq!(vault.tray_original(back).expect("read"), b"twice");
}
