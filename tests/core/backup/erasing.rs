//! What becomes of backups when a patient is erased: named, purged, and never a way back.

use std::fs;
use std::path::Path;

use diptych::backup;
use diptych::model::PatientId;
use diptych::progress::Progress;
use diptych::vault::{CheckRequest, Erased, Secret, Transfer, Vault, VaultError};

use super::{Filed, contents, filed, flip, flip_last, on};
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
    let held = backup::holding(filed.vault(), &filed.dest()).expect("asked").generations;
    assert_eq!(held, [(2, who.clone()), (3, who)], "not the one that was made before anything of theirs came in");
    let outcome = filed.back_up(on(6));
    assert_eq!((outcome.purged, outcome.retired), (vec![2, 3], vec![]));
    assert_eq!(backup::holding(filed.vault(), &filed.dest()).expect("asked").generations, []);
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
    let held = backup::holding(filed.vault(), &filed.dest()).expect("asked").generations;
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
    let held = backup::holding(filed.vault(), &filed.dest()).expect("asked").generations.remove(0);
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
    let filed = filed.meddled(|dir| fs::remove_file(dir.join("photos-0002.db")).expect("lost"));
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

/// Names of the copies of volumes that are there, and of those that a generation names.
fn copies(filed: &Filed, number: u64) -> [Vec<String>; 2] {
    let key = filed.vault().backup_key().expect("a key");
    let sealed = fs::read(filed.dest().join(format!("generations/{number:06}/manifest"))).expect("read");
    let manifest = backup::Manifest::unsealed(&key, number, &sealed).expect("readable");
    let mut named: Vec<String> = manifest.volumes().map(|(file, _)| file.name.clone()).collect();
    named.sort();
    let there = contents(&filed.dest()).into_keys().filter(|name| name.starts_with("volumes/"));
    [there.collect(), named]
}

#[test]
fn an_erasure_that_waits_is_known_to_the_backups_and_what_they_restore_is_without_the_patient() {
    let mut filed = filed(3);
    let other = second(&mut filed, 4);
    let _with = filed.back_up(on(0));
    // The last photo of the third volume, which the patient has one in too, is somebody else's.
    let filed = filed.meddled(|dir| flip_last(dir, 3));
    let erased = erase(filed.vault(), other.patient);
    assert_eq!(erased.waiting.iter().map(|volume| volume.0).collect::<Vec<_>>(), [3]);
    let waits = filed.back_up(on(6));
    assert_eq!((waits.damaged.len(), waits.purged.len(), &waits.holding), (1, 0, &vec![1, 2]), "{waits:?}");
    let said = waits.sentence();
    assert!(said.contains("No older backup was removed. Backups 1, 2 still hold somebody who was erased"), "{said}");

    let to = filed.clinic.folder.path().join("restored");
    let phrase = secret();
    let phrase = Secret::Passphrase("anna", &phrase);
    let restored =
        backup::restore(&filed.dest(), Some(1), &to, &phrase, on(30), &Progress::silent()).expect("restored");
    assert_eq!((restored.erased_again.as_slice(), restored.erasures_waiting), (&[other.patient][..], 0));
    assert_eq!((restored.report.findings.as_slice(), restored.vault.patient_count("P-2")), (&[][..], Ok(0)));
    filed.is_all_in(&restored.vault);

    let report = filed.vault().check(&CheckRequest::default(), on(6), &Progress::silent()).expect("checked");
    let repaired = backup::repair(filed.vault(), &report, &filed.dest(), on(6), &Progress::silent()).expect("repaired");
    assert_eq!((&repaired.restored, repaired.lost.len()), (&waits.damaged, 0));
    assert_eq!(filed.vault().finish_erasures(on(6), &Progress::silent()), Ok(0));
    let done = filed.back_up(on(7));
    assert_eq!((done.damaged.len(), done.purged, done.holding), (0, vec![1, 2], vec![]));
    filed.is_all_in(filed.vault());
}

#[test]
fn a_damaged_original_that_no_older_backup_has_keeps_none_that_holds_the_erased_patient() {
    let mut filed = filed(3);
    let other = second(&mut filed, 4);
    let _with = filed.back_up(on(0));
    filed.add(1);
    let filed = filed.meddled(|dir| flip_last(dir, 3));
    let erased = erase(filed.vault(), other.patient);
    assert_eq!(erased.waiting.len(), 1);
    let outcome = filed.back_up(on(6));
    assert_eq!((outcome.damaged.len(), &outcome.purged, &outcome.holding), (1, &vec![1], &vec![2]), "{outcome:?}");
    let [there, named] = copies(&filed, 2);
    assert_eq!(there, named);
    // What is whole of everybody else's is in the one that stays.
    let (to, phrase) = (filed.clinic.folder.path().join("restored"), secret());
    let phrase = Secret::Passphrase("anna", &phrase);
    let restored = backup::restore(&filed.dest(), None, &to, &phrase, on(30), &Progress::silent()).expect("restored");
    let damaged: Vec<_> = restored.report.damaged().map(|of| of.blob).collect();
    assert_eq!((damaged, restored.vault.patient_count("P-2")), (outcome.damaged, Ok(0)));
}

#[test]
fn a_backup_that_cannot_be_read_is_named_because_it_may_hold_the_erased_patient() {
    let mut filed = filed(1);
    let other = second(&mut filed, 1);
    let _first = filed.back_up(on(0));
    filed.add(1);
    let _second = filed.back_up(on(1));
    flip(&filed.dest().join("generations/000001/manifest"), 300);
    let erased = erase(filed.vault(), other.patient);
    let holding = backup::holding(filed.vault(), &filed.dest()).expect("asked");
    assert_eq!((holding.generations, holding.unreadable), (vec![(2, vec![erased.tombstones[0].uid])], vec![1]));
    let third = filed.back_up(on(6));
    assert_eq!((&third.purged, &third.unreadable), (&vec![2], &vec![1]));
    let [there, named] = copies(&filed, 3);
    assert!(there.len() > named.len(), "nobody can say what the first one names: {there:?}");
    let said = third.sentence();
    assert!(said.contains("Backup 1 cannot be read and may hold somebody who was erased"), "{said}");
    assert!(said.contains("delete generations/000001 by hand, then back up once more"), "{said}");
    fs::remove_dir_all(filed.dest().join("generations/000001")).expect("deleted by hand");
    let fourth = filed.back_up(on(7));
    assert_eq!(fourth.unreadable, [0; 0]);
    let [there, named] = copies(&filed, 4);
    assert_eq!(there, named, "nothing of the patient is left there");
}
