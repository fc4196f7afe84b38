//! What becomes of backups when a patient is erased: named, purged, and never a way back.

use std::fs;
use std::path::Path;

use diptych::backup;
use diptych::model::PatientId;
use diptych::progress::Progress;
use diptych::vault::{CheckRequest, Erased, Secret, Transfer, Vault, VaultError};

use super::{Filed, contents, filed, on};
use crate::vault::{Chart, chart, file, photo_bytes, receive, secret};

/// A second patient whose photos lie between those of the first.
fn second(filed: &mut Filed, photos: u64) -> Chart {
    let other = chart(filed.vault(), "P-2");
    for seed in 100..100 + photos {
        let bytes = photo_bytes(seed, 30_000);
        let item = receive(filed.vault(), &bytes);
        let _photo = file(filed.vault(), item, other.cell());
        filed.add(1);
    }
    other
}

fn erase(vault: &Vault, patient: PatientId) -> Erased {
    let erased = vault.erase_patient(patient, "asked for in writing", &secret(), on(5), &Progress::silent());
    erased.expect("erased")
}

fn copy_tree(from: &Path, to: &Path) {
    for (name, bytes) in contents(from) {
        let path = to.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        if !path.exists() {
            diptych::fsx::write_atomic(&path, &bytes).expect("copied");
        }
    }
}

#[test]
fn backups_that_hold_an_erased_patient_are_named_and_the_next_backup_removes_them() {
    let mut filed = filed(2);
    let _without = filed.back_up(on(0));
    // Their first photo is in the tray before anybody knows whose it is.
    let early = receive(filed.vault(), &photo_bytes(99, 30_000));
    let _in_the_tray = filed.back_up(on(1));
    let other = second(&mut filed, 3);
    let _photo = file(filed.vault(), early, other.cell());
    let _with = filed.back_up(on(2));
    let erased = erase(filed.vault(), other.patient);
    assert_eq!(erased.originals, 4);
    let who = vec![erased.tombstones[0].uid];
    let held = backup::holding(filed.vault(), &filed.dest()).expect("asked");
    assert_eq!(held, [(2, who.clone()), (3, who)], "not the one that was made before anything of theirs came in");
    let outcome = filed.back_up(on(6));
    assert_eq!((outcome.purged, outcome.retired), (vec![2, 3], vec![]));
    assert_eq!(backup::holding(filed.vault(), &filed.dest()), Ok(vec![]));
    let key = filed.vault().backup_key().expect("a key");
    let volumes = |number: u64| {
        let path = filed.dest().join(format!("generations/{number:06}/manifest"));
        let manifest = backup::Manifest::unsealed(&key, number, &fs::read(path).expect("read")).expect("readable");
        manifest.volumes().map(|(file, _)| file.name.clone()).collect::<Vec<_>>()
    };
    let mut named = [volumes(1), volumes(4)].concat();
    named.sort();
    named.dedup();
    let there: Vec<String> = contents(&filed.dest()).into_keys().filter(|name| name.starts_with("volumes/")).collect();
    assert_eq!(there, named, "no volume stays that only the purged ones had");
    let to = filed.clinic.folder.path().join("restored");
    let secret = secret();
    let secret = Secret::Passphrase("anna", &secret);
    let restored = backup::restore(&filed.dest(), None, &to, &secret, on(30), &Progress::silent()).expect("restored");
    assert_eq!((restored.report.findings, restored.erased_again), (vec![], vec![]));
    filed.is_all_in(&restored.vault);
}

#[test]
fn an_older_backup_that_comes_back_is_restored_without_the_erased_patient() {
    let mut filed = filed(3);
    let other = second(&mut filed, 3);
    let _with = filed.back_up(on(0));
    let kept = filed.clinic.folder.path().join("a-disk-in-the-drawer");
    copy_tree(&filed.dest(), &kept);
    let erased = erase(filed.vault(), other.patient);
    let outcome = filed.back_up(on(6));
    assert_eq!(outcome.purged, [1]);
    // Somebody puts the old generation back beside the new one.
    copy_tree(&kept, &filed.dest());
    let to = filed.clinic.folder.path().join("restored");
    let secret = secret();
    let secret = Secret::Passphrase("anna", &secret);
    let restored =
        backup::restore(&filed.dest(), Some(1), &to, &secret, on(30), &Progress::silent()).expect("restored");
    assert_eq!((restored.erased_again.as_slice(), restored.erasures_waiting), (&[other.patient][..], 0));
    assert_eq!((restored.report.findings.as_slice(), restored.report.originals), (&[][..], 6));
    filed.is_all_in(&restored.vault);
    let vault = &restored.vault;
    assert_eq!(vault.patient(other.patient).map(|_| ()), Err(VaultError::NotFound));
    assert_eq!((vault.patient_count("P-2"), vault.patient_count("P-1")), (Ok(0), Ok(1)));
    assert_eq!(vault.erased().expect("asked")[0].uid, erased.tombstones[0].uid);
    // And the next backup of the living vault takes it away again.
    let held = backup::holding(filed.vault(), &filed.dest()).expect("asked");
    assert_eq!(held.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1]);
    assert_eq!(filed.back_up(on(7)).purged, [1]);
}

#[test]
fn a_backup_from_before_two_records_were_found_to_be_one_persons_is_restored_without_either() {
    let mut filed = filed(2);
    let other = second(&mut filed, 2);
    let maiden = chart(filed.vault(), "P-3");
    let _photo = file(filed.vault(), receive(filed.vault(), &photo_bytes(300, 30_000)), maiden.cell());
    let _before = filed.back_up(on(0));
    let kept = filed.clinic.folder.path().join("a-disk-in-the-drawer");
    copy_tree(&filed.dest(), &kept);
    let merge = Transfer::Patient { keep: other.patient, other: maiden.patient };
    let plan = filed.vault().plan_transfer(merge, on(1).today).expect("looked at");
    filed.vault().carry_out(&plan, on(1)).expect("merged");
    let erased = erase(filed.vault(), other.patient);
    assert_eq!((erased.tombstones.len(), erased.originals), (2, 3));
    let sorted = |mut who: Vec<diptych::model::Uid>| {
        who.sort();
        who
    };
    let held = backup::holding(filed.vault(), &filed.dest()).expect("asked").remove(0);
    let who = erased.tombstones.iter().map(|tombstone| tombstone.uid).collect();
    assert_eq!((held.0, sorted(held.1)), (1, sorted(who)));
    assert_eq!(filed.back_up(on(6)).purged, [1]);
    copy_tree(&kept, &filed.dest());
    let to = filed.clinic.folder.path().join("restored");
    let secret = secret();
    let secret = Secret::Passphrase("anna", &secret);
    let restored =
        backup::restore(&filed.dest(), Some(1), &to, &secret, on(30), &Progress::silent()).expect("restored");
    assert_eq!(restored.erased_again, [other.patient, maiden.patient]);
    assert_eq!(restored.report.findings, []);
    for code in ["P-2", "P-3"] {
        assert_eq!(restored.vault.patient_count(code), Ok(0), "{code}");
    }
    filed.is_all_in(&restored.vault);
}

#[test]
fn an_erasure_that_waits_for_a_lost_volume_ends_with_its_repair() {
    let mut filed = filed(3);
    let other = second(&mut filed, 4);
    let _with = filed.back_up(on(0));
    let Filed { clinic, chart, photos } = filed;
    let (dir, folder, code) = (clinic.vault.dir().to_owned(), clinic.folder, clinic.code);
    drop(clinic.vault);
    fs::remove_file(dir.join("photos-0002.db")).expect("lost");
    let vault = Vault::open(&dir, "anna", &secret(), on(0)).expect("opened all the same");
    let filed = Filed { clinic: crate::vault::Clinic { vault, code, folder }, chart, photos };
    let erased = erase(filed.vault(), other.patient);
    assert_eq!(erased.waiting.iter().map(|volume| volume.0).collect::<Vec<_>>(), [2]);
    assert_eq!(filed.vault().patient_count("P-2"), Ok(0));
    assert_eq!(filed.vault().erased(), Ok(vec![]), "its bytes may come back with the volume");
    let check = || filed.vault().check(&CheckRequest::default(), on(6), &Progress::silent()).expect("checked");
    let report = check();
    assert!(report.damaged().count() > 0);
    let repaired = backup::repair(filed.vault(), &report, &filed.dest(), on(6), &Progress::silent()).expect("repaired");
    assert_eq!((repaired.restored.len(), repaired.lost.len()), (report.damaged().count(), 0));
    assert_eq!(filed.vault().finish_erasures(on(6), &Progress::silent()), Ok(0));
    assert_eq!(filed.vault().erased().expect("asked").len(), 1);
    assert_eq!(check().findings, []);
    filed.is_all_in(filed.vault());
}
