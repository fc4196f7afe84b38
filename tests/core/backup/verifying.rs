//! Verification: what is damaged is found and named, the rest is checked and usable, and a backup gives it back.

use std::fs;

use diptych::backup;
use diptych::model::BlobId;
use diptych::progress::{Progress, Report};
use diptych::vault::{CheckReport, CheckRequest, Finding, LastCheck, Sample, Vault, VaultError};

use super::{Filed, filed, flip, on};
use crate::vault::secret;

fn check(vault: &Vault, sample: Sample) -> CheckReport {
    let request = CheckRequest { sample, ..CheckRequest::default() };
    vault.check(&request, on(0), &Progress::silent()).expect("checked")
}

/// Closes the vault, does something to its folder, and opens it again.
fn reopened(filed: Filed, change: impl FnOnce(&std::path::Path)) -> Filed {
    let Filed { clinic, chart, photos } = filed;
    let (dir, folder, code) = (clinic.vault.dir().to_owned(), clinic.folder, clinic.code);
    drop(clinic.vault);
    change(&dir);
    let vault = Vault::open(&dir, "anna", &secret(), on(0)).expect("opened all the same");
    vault.close_volumes_at(super::VOLUME);
    Filed { clinic: crate::vault::Clinic { vault, code, folder }, chart, photos }
}

#[test]
fn a_whole_vault_is_said_to_be_whole_and_that_is_remembered() {
    let filed = filed(5);
    let report = check(filed.vault(), Sample::All);
    assert_eq!((report.originals, report.checked, report.intact()), (5, 5, 5));
    assert_eq!(report.findings, []);
    assert_eq!(report.sentence(), "All 5 originals verified 1 Mar 2026");
    let last = filed.vault().last_check().expect("asked");
    assert_eq!(LastCheck::sentence(last.as_ref()), report.sentence());
}

#[test]
fn samples_get_round_to_every_original() {
    let filed = filed(7);
    assert_eq!(check(filed.vault(), Sample::Count(3)).checked, 3);
    assert_eq!(check(filed.vault(), Sample::Percent(50)).checked, 4);
    // The seven were read once each: damage anywhere is now found by the next three samples.
    let filed = reopened(filed, |dir| fs::remove_file(dir.join("photos-0001.db")).expect("removed"));
    let lost: usize = (0..3).map(|_| check(filed.vault(), Sample::Count(3)).damaged().count()).sum();
    assert!(lost >= 3, "{lost}");
    assert_eq!(check(filed.vault(), Sample::Percent(0)).checked, 0);
}

#[test]
fn a_missing_volume_damages_its_originals_and_nothing_else() {
    let filed = reopened(filed(9), |dir| fs::remove_file(dir.join("photos-0002.db")).expect("removed"));
    let report = check(filed.vault(), Sample::All);
    assert_eq!(report.findings[0], Finding::VolumeMissing { volume: diptych::model::VolumeId(2) });
    let lost: Vec<BlobId> = report.damaged().map(|of| of.blob).collect();
    assert_eq!((report.checked, lost.len()), (9, report.findings.len() - 1));
    assert!((2..=4).contains(&lost.len()), "{lost:?}");
    for (id, bytes) in &filed.photos {
        let is_lost = report.damaged().any(|of| of.photos.contains(id));
        match filed.vault().original(*id) {
            Ok(read) => assert!(&read == bytes && !is_lost),
            Err(error) => assert!(is_lost && error == VaultError::Damaged("a photo volume is missing")),
        }
    }
    assert!(!filed.vault().dir().join("photos-0002.db").exists(), "an empty file would hide the loss");
    let mut filed = filed;
    filed.add(1);
    assert!(filed.vault().original(filed.photos[9].0).is_ok(), "filing goes on");
}

#[test]
fn a_flipped_byte_anywhere_in_a_volume_is_found_and_never_served() {
    let mut filed = filed(6);
    let mut state = 7_u64;
    for round in 0..12 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let name = ["photos-0001.db", "photos-0002.db"][round % 2];
        let at = (state >> 20) as usize;
        let mut whole = Vec::new();
        filed = reopened(filed, |dir| {
            whole = fs::read(dir.join(name)).expect("read");
            flip(&dir.join(name), at);
        });
        let report = check(filed.vault(), Sample::All);
        let named = |f: &Finding| matches!(f, Finding::DatabaseDamaged { file, .. } if file == name);
        assert!(
            report.findings.iter().any(named),
            "a flip at {} of {name} went unnoticed: {report:?}",
            at % whole.len()
        );
        for (id, bytes) in &filed.photos {
            let is_lost = report.damaged().any(|of| of.photos.contains(id));
            assert_eq!(filed.vault().original(*id).ok().as_ref(), (!is_lost).then_some(bytes));
        }
        filed = reopened(filed, |dir| diptych::fsx::write_atomic(&dir.join(name), &whole).expect("written"));
    }
}

#[test]
fn a_backup_gives_back_what_is_damaged_original_by_original() {
    let filed = filed(9);
    let _outcome = filed.back_up(on(0));
    let filed = reopened(filed, |dir| {
        fs::remove_file(dir.join("photos-0001.db")).expect("removed");
        let volume = dir.join("photos-0002.db");
        let length = fs::metadata(&volume).expect("there").len();
        flip(&volume, length as usize - 100);
    });
    let report = check(filed.vault(), Sample::All);
    let damaged = report.damaged().count();
    assert!(damaged >= 4, "{report:?}");
    let missed = |of: &Filed| of.vault().findings_left().expect("read").unreadable_volumes;
    assert!(missed(&filed).contains(&1), "the opening missed it");
    let repaired = backup::repair(filed.vault(), &report, &filed.dest(), on(1), &Progress::silent()).expect("repaired");
    assert_eq!((repaired.restored.len(), repaired.lost.len()), (damaged, 0), "{repaired:?}");
    assert!(missed(&filed).is_empty(), "nobody misses a volume whose originals are back");
    assert!(repaired.moved > 0, "the whole ones beside the damaged page left its volume too");
    filed.is_all_in(filed.vault());
    assert_eq!(check(filed.vault(), Sample::All).findings, []);
    let row = filed.vault().audit(1).expect("the audit").remove(0);
    assert_eq!(row.op, "repair");
    let filed = reopened(filed, |_| ());
    assert_eq!(filed.vault().tray().expect("the tray"), [], "what a repair leaves behind is shown to nobody");
    assert_eq!(check(filed.vault(), Sample::All).findings, []);
    let next = filed.back_up(on(2));
    assert_eq!(next.damaged, []);
}

#[test]
fn a_damaged_volume_that_still_takes_photos_is_repaired_and_takes_no_more() {
    let filed = filed(2);
    let _outcome = filed.back_up(on(0));
    let mut filed = reopened(filed, |dir| flip(&dir.join("photos-0001.db"), 50_000));
    filed.add(1);
    let report = check(filed.vault(), Sample::All);
    assert!(!report.findings.is_empty());
    let repaired = backup::repair(filed.vault(), &report, &filed.dest(), on(1), &Progress::silent()).expect("repaired");
    assert_eq!(repaired.lost, []);
    filed.is_all_in(filed.vault());
    assert_eq!(check(filed.vault(), Sample::All).findings, []);
}

#[test]
fn what_no_backup_has_is_said_to_be_lost_and_the_rest_comes_back() {
    let mut filed = filed(2);
    let _outcome = filed.back_up(on(0));
    filed.add(1);
    let filed = reopened(filed, |dir| fs::remove_file(dir.join("photos-0001.db")).expect("removed"));
    let report = check(filed.vault(), Sample::All);
    assert_eq!(report.damaged().count(), 3);
    let repaired = backup::repair(filed.vault(), &report, &filed.dest(), on(1), &Progress::silent()).expect("repaired");
    assert_eq!((repaired.restored.len(), repaired.lost.len()), (2, 1));
    assert_eq!(check(filed.vault(), Sample::All).damaged().count(), 1, "it stays on the list");
    assert_eq!(filed.vault().findings_left().expect("read").unreadable_volumes, [1].into());
    assert!(repaired.sentence().contains("1 not in any backup"), "{}", repaired.sentence());
}

#[test]
fn a_verification_that_is_stopped_says_so_and_goes_on_later() {
    let filed = filed(6);
    let handle = std::sync::Arc::new(std::sync::OnceLock::<Progress>::new());
    let own = std::sync::Arc::clone(&handle);
    let progress = Progress::new(move |report: &Report| {
        if report.stage == "Reading originals" {
            own.get().expect("set below").cancel();
        }
    });
    assert!(handle.set(progress.clone()).is_ok());
    let stopped = filed.vault().check(&CheckRequest::default(), on(0), &progress);
    assert_eq!(stopped, Err(VaultError::Cancelled));
    assert_eq!(filed.vault().last_check(), Ok(None));
    assert_eq!(check(filed.vault(), Sample::All).checked, 6);
}
