//! A crash between any two commits of a receiving loses nothing and duplicates nothing.

use sha2::{Digest, Sha256};

use super::*;
use crate::vault::pool::lock;
use crate::vault::table::blob as blob_table;

/// Where the program stops.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Stop {
    AfterIntent,
    AfterBytes,
}

/// The first steps of a receiving, as far as a crash let them come.
fn receive_until(vault: &Vault, bytes: &[u8], stop: Stop) {
    let facts = CaptureFacts { iso: Some(400), ..CaptureFacts::default() };
    let hash = PhotoHash(Sha256::digest(bytes).into());
    let first = receive(vault, b"opens the volume").expect("received");
    let volume = vault.inner.readers.read(|conn| blob_table::of_tray(conn, first)).expect("placed").volume;
    let intent = blob_table::begin(&lock(&vault.inner.writer), &incoming(bytes, &facts), hash, volume, now().at)
        .expect("announced");
    if stop == Stop::AfterBytes {
        let key = blob_table::volume_key(&lock(&vault.inner.writer), volume).expect("a key");
        let mut conn = vault.inner.volumes.writer_of(volume, key).expect("a volume");
        let _row = blob::store(&mut conn, intent.id, bytes).expect("stored");
    }
}

fn intents(vault: &Vault) -> usize {
    vault.inner.readers.read(blob_table::intents).expect("intents").len()
}

#[test]
fn a_crash_after_the_intent_takes_it_back() {
    let (folder, vault) = created();
    receive_until(&vault, b"a photo", Stop::AfterIntent);
    drop(vault);
    let vault = opened(&folder, blob::VOLUME_LIMIT);
    assert_eq!((vault.tray().expect("tray").len(), intents(&vault)), (1, 0));
    assert_eq!(vault.findings(), &Findings { never_stored: 1, ..Findings::default() });
    let again = receive(&vault, b"a photo").expect("received");
    assert_eq!(vault.tray_original(again).expect("read"), b"a photo");
}

#[test]
fn a_crash_after_the_bytes_completes_the_receiving_with_its_facts() {
    let (folder, vault) = created();
    receive_until(&vault, b"a photo", Stop::AfterBytes);
    drop(vault);
    let vault = opened(&folder, blob::VOLUME_LIMIT);
    let tray = vault.tray().expect("tray");
    assert_eq!((tray.len(), intents(&vault)), (2, 0));
    let picture = tray[1].picture.as_ref().expect("known");
    assert_eq!((picture.facts.iso, picture.size), (Some(400), Size::new(60, 40)));
    assert_eq!(tray[1].file_name.0, "a.jpg");
    assert_eq!(vault.findings(), &Findings { completed: 1, ..Findings::default() });
    assert_eq!(vault.tray_original(tray[1].id).expect("read"), b"a photo");
    assert_eq!(receive(&vault, b"a photo"), Ok(tray[1].id), "the same card again adds nothing");
    drop(vault);
    assert_eq!(opened(&folder, blob::VOLUME_LIMIT).tray().expect("tray").len(), 2, "completed once");
}

#[test]
fn an_original_without_any_record_is_shown_in_the_tray() {
    let (folder, vault) = created();
    receive_until(&vault, b"a photo", Stop::AfterBytes);
    let _rows = lock(&vault.inner.writer).execute("DELETE FROM intent", []).expect("forgotten");
    drop(vault);
    let vault = opened(&folder, blob::VOLUME_LIMIT);
    let tray = vault.tray().expect("tray");
    assert_eq!((tray.len(), &tray[1].picture, tray[1].file_name.0.as_str()), (2, &None, ""));
    assert_eq!(vault.findings(), &Findings { without_record: 1, ..Findings::default() });
    assert_eq!(vault.tray_original(tray[1].id).expect("read"), b"a photo");
}

/// A vault whose crash left the bytes of `b"a photo"` in the first volume and only their announcement in the catalog.
fn crashed() -> TempDir {
    let (folder, vault) = created();
    receive_until(&vault, b"a photo", Stop::AfterBytes);
    drop(vault);
    folder
}

#[test]
fn an_announced_original_waits_for_a_volume_that_is_away_and_is_completed_when_it_is_back() {
    let folder = crashed();
    let (volume, away) = (folder.path().join("photos-0001.db"), folder.path().join("elsewhere"));
    std::fs::rename(&volume, &away).expect("moved away");
    for _ in 0..2 {
        let vault = opened(&folder, blob::VOLUME_LIMIT);
        assert_eq!(intents(&vault), 1, "kept, however often the vault is opened");
        let expected = Findings { waiting: 1, unreadable_volumes: [1].into(), ..Findings::default() };
        assert_eq!((vault.findings(), vault.findings_left()), (&expected, Ok(expected.clone())));
        assert!(vault.findings().sentences().join(" ").contains("photos-0001.db"));
        let _other = receive(&vault, b"meanwhile").expect("received into another volume");
    }
    assert!(!volume.exists(), "an empty file would hide the loss");
    std::fs::rename(&away, &volume).expect("put back");
    let vault = opened(&folder, blob::VOLUME_LIMIT);
    assert_eq!((intents(&vault), vault.findings().completed), (0, 1));
    let tray = vault.tray().expect("tray");
    let found = tray.iter().find(|item| item.length == 7).expect("in the tray");
    assert_eq!(found.picture.as_ref().and_then(|p| p.facts.iso), Some(400));
    assert_eq!(vault.tray_original(found.id).expect("read"), b"a photo");
}

#[test]
fn an_announced_original_whose_first_volume_is_away_is_not_looked_for_in_an_empty_new_file() {
    let (folder, vault) = created();
    receive_until(&vault, b"a photo", Stop::AfterBytes);
    // As after a crash while the very first original came in: nothing of this volume is recorded.
    lock(&vault.inner.writer)
        .execute_batch("DELETE FROM tray; DELETE FROM blob; UPDATE volume SET bytes = 0;")
        .expect("as at the very beginning");
    drop(vault);
    let (volume, away) = (folder.path().join("photos-0001.db"), folder.path().join("elsewhere"));
    std::fs::rename(&volume, &away).expect("moved away");
    let vault = opened(&folder, blob::VOLUME_LIMIT);
    let _other = receive(&vault, b"meanwhile").expect("received");
    assert!(!volume.exists());
    drop(vault);
    std::fs::rename(&away, &volume).expect("put back");
    assert_eq!(opened(&folder, blob::VOLUME_LIMIT).findings().completed, 1);
}

#[test]
fn an_announced_original_in_a_damaged_volume_is_kept() {
    let folder = crashed();
    crate::fsx::write_atomic(&folder.path().join("photos-0001.db"), &vec![0x5a; 100_000]).expect("overwritten");
    let vault = opened(&folder, blob::VOLUME_LIMIT);
    assert_eq!((intents(&vault), vault.findings().waiting), (1, 1));
}

#[test]
fn an_announced_original_whose_bytes_are_not_what_was_announced_is_kept() {
    let folder = crashed();
    let vault = opened(&folder, blob::VOLUME_LIMIT);
    lock(&vault.inner.writer).execute_batch("DELETE FROM tray; DELETE FROM blob").expect("forgotten");
    let facts = CaptureFacts::default();
    let begun = blob_table::begin(&lock(&vault.inner.writer), &incoming(b"x", &facts), PhotoHash([7; 32]), 1, now().at);
    let intent = begun.expect("announced");
    let key = blob_table::volume_key(&lock(&vault.inner.writer), 1).expect("a key");
    let mut volume = vault.inner.volumes.writer_of(1, key).expect("a volume");
    let _row = blob::store(&mut volume, intent.id, b"y").expect("stored");
    drop((volume, vault));
    let vault = opened(&folder, blob::VOLUME_LIMIT);
    assert_eq!((intents(&vault), vault.findings().waiting), (1, 1));
    assert_eq!(vault.tray().expect("tray").len(), 2, "the others without a record are shown, this one is not");
}

#[test]
fn a_crash_while_a_volume_is_made_does_not_keep_the_vault_shut() {
    let (folder, vault) = created();
    let key = Key::random().expect("randomness");
    let _volume = blob_table::add_volume(&lock(&vault.inner.writer), &key, now().at).expect("announced");
    drop(vault);
    drop(opened(&folder, blob::VOLUME_LIMIT));
    crate::fsx::write_atomic(&folder.path().join("photos-0001.db"), b"").expect("made");
    let vault = opened(&folder, blob::VOLUME_LIMIT);
    assert_eq!(vault.findings(), &Findings::default());
    let item = receive(&vault, b"first").expect("received");
    assert_eq!(vault.tray_original(item).expect("read"), b"first");
}

/// A tray whose second item was found without a record.
fn with_an_unread_one() -> (TempDir, Vault, TrayId) {
    let folder = crashed();
    let vault = opened(&folder, blob::VOLUME_LIMIT);
    lock(&vault.inner.writer)
        .execute_batch("DELETE FROM tray WHERE id = 2; DELETE FROM blob WHERE id = 2")
        .expect("lost");
    drop(vault);
    let vault = opened(&folder, blob::VOLUME_LIMIT);
    let item = vault.tray().expect("tray")[1].clone();
    assert_eq!(item.picture, None);
    (folder, vault, item.id)
}

#[test]
fn an_original_nobody_has_read_is_not_filed_until_an_import_meets_it_again() {
    let (_folder, vault, item) = with_an_unread_one();
    let patient = vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&person(1, "A"))).expect("added");
    let made = vault.transact(Op::AddSeries, now(), |tx| {
        let series = tx.add_series(&series(patient))?;
        tx.add_session(series, day(2), SessionKind::Treatment)
    });
    let to = Filing { session: made.expect("made"), view: None, slot: Slot::Primary, phase: Phase::NoTreatment };
    let file = || vault.transact(Op::FilePhotos, now(), |tx| tx.file(item, to));
    assert_eq!(file(), Err(VaultError::UnreadPicture));
    assert_eq!(receive(&vault, b"a photo"), Ok(item), "met again");
    let photo = vault.photo(file().expect("filed")).expect("a photo");
    assert_eq!((photo.size, photo.file_name.0.as_str()), (Size::new(60, 40), "a.jpg"));
    assert_eq!(vault.original(photo.id).expect("read"), b"a photo");
}

#[test]
fn the_program_reads_the_pictures_nobody_has_read_and_leaves_what_it_does_not_understand() {
    let (_folder, vault, item) = with_an_unread_one();
    assert_eq!(vault.read_unread(|_| None), Ok(0));
    let look = |bytes: &[u8]| {
        assert_eq!(bytes, b"a photo", "only those that were not read");
        Some(TrayPicture { size: Size::new(3, 2), facts: CaptureFacts::default() })
    };
    assert_eq!(vault.read_unread(look), Ok(1));
    assert_eq!(vault.read_unread(|_| None), Ok(0));
    let tray = vault.tray().expect("tray");
    assert_eq!((tray[1].id, tray[1].file_name.0.as_str()), (item, ""));
    let other = TrayPicture { size: Size::new(9, 9), facts: CaptureFacts::default() };
    vault.complete(item, &other, Some("b.jpg")).expect("named");
    let tray = vault.tray().expect("tray");
    assert_eq!(tray[1].picture.as_ref().map(|p| p.size), Some(Size::new(3, 2)), "what is known stays");
    assert_eq!(tray[1].file_name.0, "b.jpg");
    let nothing = TrayPicture { size: Size::new(0, 9), facts: CaptureFacts::default() };
    assert!(matches!(vault.complete(item, &nothing, None), Err(VaultError::Refused(_))));
}

#[test]
fn a_missing_volume_does_not_keep_the_vault_shut() {
    let (folder, vault) = created();
    let lost = receive(&vault, b"lost").expect("received");
    drop(vault);
    std::fs::remove_file(folder.path().join("photos-0001.db")).expect("removed");
    let vault = opened(&folder, blob::VOLUME_LIMIT);
    assert_eq!(vault.tray_original(lost), Err(VaultError::Damaged("a photo volume is missing")));
    let kept = receive(&vault, b"kept").expect("received into a new volume");
    assert_eq!(vault.tray_original(kept).expect("read"), b"kept");
    assert!(!folder.path().join("photos-0001.db").exists(), "an empty file would hide the loss");
}

#[test]
fn a_volume_full_of_garbage_does_not_keep_the_vault_shut() {
    let (folder, vault) = created();
    let lost = receive(&vault, b"lost").expect("received");
    drop(vault);
    crate::fsx::write_atomic(&folder.path().join("photos-0001.db"), &vec![0x5a; 100_000]).expect("overwritten");
    let vault = opened(&folder, blob::VOLUME_LIMIT);
    assert!(matches!(vault.tray_original(lost), Err(VaultError::Damaged(_))));
    let kept = receive(&vault, b"kept").expect("received into a new volume");
    assert_eq!(vault.tray_original(kept).expect("read"), b"kept");
}

#[test]
fn a_creation_that_fails_leaves_a_folder_that_can_be_used() {
    let folder = tempfile::tempdir().expect("a folder");
    let illegal = KdfCost { memory_kib: 1, passes: 0, lanes: 0 };
    let failed = Vault::create(folder.path(), "anna", &secret(), illegal, now());
    assert!(matches!(failed, Err(VaultError::Refused(_))));
    let again = Vault::create(folder.path(), "anna", &secret(), KdfCost::TESTS, now());
    assert!(again.is_ok());
}

#[test]
fn a_creation_that_was_cut_short_at_any_file_is_begun_again() {
    let databases = ["catalog.db", "derived.db", "vault.reserve"];
    for (name, suffix) in databases.iter().flat_map(|name| journal::SUFFIXES.map(|suffix| (name, suffix))) {
        let folder = tempfile::tempdir().expect("a folder");
        for left in [BEGUN.to_owned(), format!("{name}{suffix}")] {
            crate::fsx::write_atomic(&folder.path().join(left), b"cut short").expect("written");
        }
        let again = Vault::create(folder.path(), "anna", &secret(), KdfCost::TESTS, now());
        assert!(again.is_ok(), "{name}{suffix}: {:?}", again.err());
    }
}
