//! Restoring: every hash, by the same secrets, into a new folder only.

use std::fs;

use diptych::backup::{self, BackupError, Restored};
use diptych::model::{PatientId, Uid};
use diptych::progress::Progress;
use diptych::vault::{AuditCheck, KdfCost, Passphrase, Secret, Tombstone, Vault, VaultError};

use super::{Filed, contents, filed, flip, on};
use crate::vault::secret;

fn restore(filed: &Filed, generation: Option<u64>, to: &str, passphrase: &Passphrase) -> Result<Restored, BackupError> {
    let to = filed.clinic.folder.path().join(to);
    let secret = Secret::Passphrase("anna", passphrase);
    backup::restore(&filed.dest(), generation, &to, &secret, on(30), &Progress::silent())
}

#[test]
fn a_restored_vault_is_the_same_to_the_last_hash() {
    let filed = filed(8);
    let waiting = crate::vault::receive(filed.vault(), b"still in the tray");
    let _outcome = filed.back_up(on(0));
    let restored = restore(&filed, None, "restored", &secret()).expect("restored");
    assert_eq!((restored.generation, restored.report.checked, restored.report.intact()), (1, 9, 9));
    assert_eq!(restored.report.findings, []);
    filed.is_all_in(&restored.vault);
    assert_eq!(restored.vault.tray_original(waiting).expect("read"), b"still in the tray");
    let board = |vault: &Vault| {
        let board = vault.board(filed.chart.series).expect("a board");
        (board.patient, board.series, board.views, board.sessions, board.photos)
    };
    assert_eq!(board(&restored.vault), board(filed.vault()));
    assert!(matches!(restored.vault.check_audit(), Ok(AuditCheck::Whole { .. })));
    assert_eq!(restored.vault.audit(1).expect("the audit")[0].op, "restore");
    assert_eq!(restored.vault.last_backup().expect("asked").expect("remembered").generation, 1);

    let dir = restored.vault.dir().to_owned();
    drop(restored);
    let again = Vault::open(&dir, "anna", &secret(), on(31)).expect("opens like any vault");
    filed.is_all_in(&again);
}

#[test]
fn any_generation_can_be_restored_as_it_was() {
    let mut filed = filed(2);
    let _first = filed.back_up(on(0));
    filed.add(3);
    let _second = filed.back_up(on(1));
    assert_eq!(restore(&filed, Some(1), "one", &secret()).expect("restored").report.checked, 2);
    assert_eq!(restore(&filed, Some(2), "two", &secret()).expect("restored").report.checked, 5);
    assert_eq!(restore(&filed, Some(7), "seven", &secret()).map(|_| ()), Err(BackupError::NoSuchGeneration(7)));
}

#[test]
fn the_printed_code_restores_too_and_says_nothing_in_clear() {
    let filed = filed(2);
    let _outcome = filed.back_up(on(0));
    assert_eq!(backup::peek(&filed.dest()), Ok(vec!["anna".to_owned()]));
    let to = filed.clinic.folder.path().join("restored");
    let code = Secret::RecoveryCode(&filed.clinic.code.0);
    let restored = backup::restore(&filed.dest(), None, &to, &code, on(1), &Progress::silent()).expect("restored");
    filed.is_all_in(&restored.vault);
    assert_eq!(restored.vault.recovery_code_was_used(), Ok(true));
}

#[test]
fn a_wrong_passphrase_writes_nothing() {
    let filed = filed(1);
    let _outcome = filed.back_up(on(0));
    let refused = restore(&filed, None, "restored", &Passphrase::new("wrong"));
    assert_eq!(refused.map(|_| ()), Err(BackupError::Vault(VaultError::WrongPassphrase)));
    assert!(!filed.clinic.folder.path().join("restored").exists());
    let nobody = Secret::Passphrase("bert", &secret());
    let to = filed.clinic.folder.path().join("restored");
    let refused = backup::restore(&filed.dest(), None, &to, &nobody, on(1), &Progress::silent());
    assert_eq!(refused.map(|_| ()), Err(BackupError::Vault(VaultError::UnknownLogin)));
}

#[test]
fn after_a_change_of_the_passphrase_the_new_one_restores_old_generations() {
    let mut filed = filed(1);
    let _first = filed.back_up(on(0));
    filed.vault().change_passphrase(Some(&secret()), &Passphrase::new("new"), KdfCost::TESTS, on(1)).expect("changed");
    filed.add(1);
    let _second = filed.back_up(on(1));
    let old = restore(&filed, Some(1), "old", &Passphrase::new("new")).expect("restored");
    assert_eq!(old.report.checked, 1);
    assert!(matches!(old.vault.check_audit(), Ok(AuditCheck::Whole { .. })));
    let dir = old.vault.dir().to_owned();
    drop(old);
    drop(Vault::open(&dir, "anna", &Passphrase::new("new"), on(31)).expect("opened by what restored it"));
    assert_eq!(restore(&filed, Some(2), "new", &Passphrase::new("new")).expect("restored").report.checked, 2);
    // The old passphrase still opens what it was the passphrase of.
    assert_eq!(restore(&filed, Some(1), "older", &secret()).expect("restored").report.checked, 1);
}

#[test]
fn only_an_empty_folder_is_restored_into() {
    let filed = filed(1);
    let _outcome = filed.back_up(on(0));
    let taken = filed.clinic.folder.path().join("taken");
    fs::create_dir_all(&taken).expect("a folder");
    diptych::fsx::write_atomic(&taken.join("letter.txt"), b"dear").expect("written");
    assert_eq!(restore(&filed, None, "taken", &secret()).map(|_| ()), Err(BackupError::Occupied));
    assert_eq!(restore(&filed, None, "v", &secret()).map(|_| ()), Err(BackupError::Occupied), "the vault itself");
    assert_eq!(restore(&filed, None, "usb/new", &secret()).map(|_| ()), Err(BackupError::Occupied), "the backup");
    assert_eq!(contents(&taken).len(), 1);
    fs::create_dir_all(filed.clinic.folder.path().join("empty")).expect("a folder");
    assert!(restore(&filed, None, "empty", &secret()).is_ok());
    let nowhere = filed.clinic.folder.path().join("nothing");
    let secret = secret();
    let secret = Secret::Passphrase("anna", &secret);
    let refused = backup::restore(&nowhere, None, &nowhere.join("x"), &secret, on(1), &Progress::silent());
    assert_eq!(refused.map(|_| ()), Err(BackupError::Nothing));
}

#[test]
fn a_damaged_file_is_named_and_nothing_half_restored_stays() {
    let mut filed = filed(4);
    let _first = filed.back_up(on(0));
    filed.add(3);
    let _second = filed.back_up(on(1));
    let names: Vec<String> =
        contents(&filed.dest()).into_keys().filter(|name| name.contains("000002/catalog")).collect();
    flip(&filed.dest().join(&names[0]), 5000);
    let refused = restore(&filed, None, "restored", &secret()).map(|_| ());
    assert_eq!(refused, Err(BackupError::Damaged { file: names[0].clone() }));
    assert!(!filed.clinic.folder.path().join("restored").exists(), "what was written went again");
    assert_eq!(restore(&filed, Some(1), "older", &secret()).expect("the other is whole").report.checked, 4);
}

fn volume(filed: &Filed, begin: &str) -> String {
    let mut names = contents(&filed.dest()).into_keys();
    names.find(|name| name.contains(begin)).expect("a volume")
}

#[test]
fn a_damaged_volume_costs_only_what_is_in_it_and_is_named() {
    let filed = filed(9);
    let _outcome = filed.back_up(on(0));
    let name = volume(&filed, "photos-0002");
    let path = filed.dest().join(&name);
    let length = fs::metadata(&path).expect("there").len() as usize;
    // In the last page, which is the last photo's.
    flip(&path, length - 10_000);
    let restored = restore(&filed, None, "restored", &secret()).expect("restored");
    assert_eq!(restored.damaged, std::slice::from_ref(&name));
    let lost: Vec<_> = restored.report.damaged().flat_map(|of| of.photos.clone()).collect();
    assert_eq!(lost.len(), 1, "{:?}", restored.report.findings);
    assert_eq!((restored.report.originals, restored.repaired.lost.len()), (9, 1));
    for (id, bytes) in &filed.photos {
        match restored.vault.original(*id) {
            Ok(read) => assert_eq!(&read, bytes),
            Err(error) => assert!(matches!(error, VaultError::Damaged(_)) && lost.contains(id), "{error}"),
        }
    }
    let dir = restored.vault.dir().to_owned();
    drop(restored);
    let again = Vault::open(&dir, "anna", &secret(), on(31)).expect("opens like any vault");
    assert_eq!(again.last_check().expect("asked").expect("remembered").originals, 9);
}

#[test]
fn a_missing_volume_costs_only_what_was_in_it() {
    let filed = filed(9);
    let _outcome = filed.back_up(on(0));
    let name = volume(&filed, "photos-0001");
    fs::remove_file(filed.dest().join(&name)).expect("removed");
    let restored = restore(&filed, None, "restored", &secret()).expect("restored");
    assert_eq!(restored.damaged, [name]);
    let lost: Vec<_> = restored.report.damaged().flat_map(|of| of.photos.clone()).collect();
    assert_eq!(lost.len(), 4);
    for (id, bytes) in filed.photos.iter().filter(|(id, _)| !lost.contains(id)) {
        assert_eq!(&restored.vault.original(*id).expect("whole"), bytes);
    }
    assert_eq!(restored.vault.original(lost[0]).map(|_| ()), Err(VaultError::Damaged("a photo volume is missing")));
    let _item = crate::vault::receive(&restored.vault, b"new originals come in all the same");
}

#[test]
fn what_another_generation_has_whole_comes_from_there() {
    let mut filed = filed(2);
    let _first = filed.back_up(on(0));
    filed.add(1);
    let _second = filed.back_up(on(1));
    // The open volume was copied twice: its older copy has the first two.
    let named: Vec<String> = contents(&filed.dest()).into_keys().filter(|name| name.contains("photos-0001")).collect();
    assert_eq!(named.len(), 2);
    let larger = named.iter().max_by_key(|name| fs::metadata(filed.dest().join(name)).expect("there").len());
    fs::remove_file(filed.dest().join(larger.expect("two"))).expect("removed");
    let restored = restore(&filed, None, "restored", &secret()).expect("restored");
    assert_eq!((restored.generation, restored.repaired.restored.len(), restored.repaired.lost.len()), (2, 2, 1));
    for (id, bytes) in &filed.photos[..2] {
        assert_eq!(&restored.vault.original(*id).expect("from the first backup"), bytes);
    }
}

#[test]
fn one_bad_key_file_or_generation_is_in_nobody_s_way() {
    let mut filed = filed(2);
    let _first = filed.back_up(on(0));
    filed.add(1);
    let _second = filed.back_up(on(1));
    let of = |number: u64, file: &str| filed.dest().join(format!("generations/{number:06}/{file}"));
    flip(&of(2, "vault.toml"), 700);
    let restored = restore(&filed, None, "by-its-second-copy", &secret()).expect("restored");
    assert_eq!(restored.damaged, ["generations/000002/vault.toml"]);
    assert_eq!((restored.generation, restored.report.findings.len()), (2, 0));
    filed.is_all_in(&restored.vault);
    drop(restored);

    flip(&of(2, "manifest"), 300);
    for file in ["vault.toml", "vault.toml.2"] {
        fs::remove_file(of(2, file)).expect("removed");
    }
    assert_eq!(backup::peek(&filed.dest()), Ok(vec!["anna".to_owned()]));
    let passphrase = secret();
    let key = backup::unlock(&filed.dest(), &Secret::Passphrase("anna", &passphrase)).expect("the first one opens");
    let listing = backup::list(&filed.dest(), &key).expect("listed");
    assert_eq!((listing.generations.len(), listing.unreadable), (1, vec![2]));
    let older = restore(&filed, None, "older", &secret()).expect("restored");
    assert_eq!((older.generation, older.unreadable.clone(), older.report.checked), (1, vec![2], 2));
    let asked = restore(&filed, Some(2), "newest", &secret()).map(|_| ());
    assert_eq!(asked, Err(BackupError::Damaged { file: "generations/000002/manifest".into() }));
}

#[test]
fn whoever_was_erased_since_is_erased_again_in_what_is_restored() {
    let mut filed = filed(1);
    let _first = filed.back_up(on(0));
    filed.add(1);
    let _second = filed.back_up(on(1));
    let patient = filed.vault().patient(filed.chart.patient).expect("a patient");
    // The newest manifest says that the patient was erased, and somebody this vault never had.
    let key = filed.vault().backup_key().expect("a key");
    let path = filed.dest().join("generations/000002/manifest");
    let mut manifest = backup::Manifest::unsealed(&key, 2, &fs::read(&path).expect("read")).expect("readable");
    let erased = |patient, uid| Tombstone { patient, uid, at: on(1).at, since: None };
    let nobody = erased(PatientId(40), Uid([8; 16]));
    manifest.facts.erasures = vec![erased(patient.id, patient.uid), erased(PatientId(1), Uid([9; 16])), nobody];
    diptych::fsx::write_atomic(&path, &manifest.sealed(&key).expect("sealed")).expect("written");

    let held = backup::holding(filed.vault(), &filed.dest()).expect("asked");
    assert_eq!(held.generations.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1]);
    let restored = restore(&filed, Some(1), "restored", &secret()).expect("restored");
    assert_eq!((restored.erased_again, restored.erasures_waiting), (vec![patient.id], 0));
    let (vault, report) = (restored.vault, restored.report);
    assert_eq!((report.findings, report.originals), (vec![], 0));
    assert_eq!(vault.patient(patient.id).map(|_| ()), Err(VaultError::NotFound));
    assert_eq!(vault.unfinished_erasures(), Ok(vec![]));
    // Also of whoever this generation never had: their tombstone goes on, and their number is never given again.
    let tombstones = vault.erased().expect("asked");
    assert_eq!(tombstones.iter().map(|t| t.uid).collect::<Vec<_>>(), [patient.uid, nobody.uid]);
    let next = crate::vault::chart(&vault, "P-2").patient;
    assert_eq!(next, PatientId(41));
    let audit = vault.audit(20).expect("the audit");
    assert!(audit.iter().any(|row| row.op == "restore" && row.subject.contains(r#""erase_again":[1]"#)));
    assert!(audit.iter().any(|row| row.op == "erasure-finished"));
}
