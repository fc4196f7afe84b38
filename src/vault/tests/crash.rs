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
    assert_eq!(
        (tray[1].facts.iso, tray[1].size, tray[1].file_name.0.as_str()),
        (Some(400), Size::new(60, 40), "a.jpg")
    );
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
    assert_eq!((tray.len(), tray[1].size), (2, Size::new(0, 0)));
    assert_eq!(vault.tray_original(tray[1].id).expect("read"), b"a photo");
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
