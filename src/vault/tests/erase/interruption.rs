//! Killed, stopped or failed at any step, an erasure is finished by the next opening or was never begun.

use super::*;

#[test]
fn a_kill_at_any_step_of_an_erasure_is_finished_by_the_next_opening() {
    let ward = ward();
    let mut images = Vec::new();
    let _erased = ward.erase(&mut |step| images.push((step, image(ward.vault.dir())))).expect("erased");
    let mut steps: Vec<Step> = images.iter().map(|(step, _)| *step).collect();
    assert!(steps.iter().filter(|step| **step == Step::Begun).count() > 1, "several volumes");
    assert!(steps.iter().filter(|step| **step == Step::Overwritten).count() > 1, "several files");
    steps.dedup();
    let order = [Step::Announced, Step::Begun, Step::Copied, Step::Switched, Step::Forgotten, Step::Overwritten];
    assert_eq!(steps, [&order[..], &[Step::Removed, Step::Finished]].concat());
    for (step, folder) in images {
        let vault = ward.opened(folder.path());
        assert_eq!(vault.findings(), &Findings::default(), "{step:?}");
        ward.is_forgotten_in(&vault);
        let _new = receive(&vault, b"and it goes on").expect("received");
        drop(vault);
        let vault = ward.opened(folder.path());
        assert_eq!(vault.findings(), &Findings::default(), "{step:?}: nothing is found twice");
    }
}

#[test]
fn a_kill_between_the_two_records_of_somebody_who_is_erased_is_finished_for_both() {
    let ward = merged_ward();
    let mut images = Vec::new();
    let mut switches = 0;
    let _erased = ward
        .erase(&mut |step| {
            switches += u32::from(step == Step::Switched);
            // What comes before and after is as with one record.
            if step == Step::Announced || switches == 1 {
                images.push((step, image(ward.vault.dir())));
            }
        })
        .expect("erased");
    assert_eq!((switches, images.len() > 2), (2, true), "there is a moment between the two");
    for (step, folder) in images {
        let vault = ward.opened(folder.path());
        assert_eq!(vault.findings(), &Findings::default(), "{step:?}");
        ward.is_forgotten_in(&vault);
    }
}

#[test]
fn a_change_of_mind_takes_both_records_back() {
    let ward = merged_ward();
    let stopped = Progress::silent();
    let outcome = ward.vault.erase_by_steps(ward.gone, REASON, now(), &stopped, &mut |step| {
        if step == Step::Begun {
            stopped.cancel();
        }
    });
    assert_eq!(outcome.map(|_| ()), Err(VaultError::Cancelled));
    assert_eq!((ward.vault.erasures(), ward.vault.patient_count("plantedfamily")), (Ok(vec![]), Ok(1)));
    ward.others_are_whole_in(&ward.vault);
    let ops: Vec<String> = ward.vault.audit(4).expect("the audit").into_iter().map(|row| row.op).collect();
    assert_eq!(ops, ["erasure-taken-back", "erasure-taken-back", "erasure-begun", "erasure-begun"]);
}

#[test]
fn a_kill_while_files_are_overwritten_is_finished_too() {
    let ward = ward();
    let mut torn = None;
    let dir = ward.vault.dir().to_owned();
    let _erased = ward
        .erase(&mut |step| {
            if step == Step::Forgotten && torn.is_none() {
                // Half of a file is zeros already.
                let folder = image(&dir);
                let path = folder.path().join("photos-0001.db");
                let mut bytes = fs::read(&path).expect("read");
                let half = bytes.len() / 2;
                bytes[..half].fill(0);
                crate::fsx::write_atomic(&path, &bytes).expect("written");
                torn = Some(folder);
            }
        })
        .expect("erased");
    let folder = torn.expect("an image");
    ward.is_forgotten_in(&ward.opened(folder.path()));
}

#[test]
fn a_full_disk_or_a_change_of_mind_takes_the_erasure_back() {
    let ward = ward();
    let stopped = Progress::silent();
    stopped.cancel();
    let refused = ward.vault.erase_by_steps(ward.gone, REASON, now(), &stopped, &mut |_| {});
    assert_eq!(refused.map(|_| ()), Err(VaultError::Cancelled));
    assert_eq!((ward.vault.erasures(), ward.vault.patient_count("plantedfamily")), (Ok(vec![]), Ok(1)));
    let midway = Progress::silent();
    let mut begun = 0;
    let refused = ward.vault.erase_by_steps(ward.gone, REASON, now(), &midway, &mut |step| {
        begun += u32::from(step == Step::Begun);
        if begun == 2 {
            midway.cancel();
        }
    });
    assert_eq!(refused.map(|_| ()), Err(VaultError::Cancelled));
    ward.others_are_whole_in(&ward.vault);
    assert_eq!(ward.vault.audit(1).expect("the audit")[0].op, "erasure-taken-back");
    let report = ward.vault.check(&CheckRequest::default(), now(), &Progress::silent()).expect("checked");
    assert_eq!(report.findings, []);
    let _erased = ward.erase(&mut |_| {}).expect("erased after all");
    ward.is_forgotten_in(&ward.vault);
}

#[test]
fn a_new_volume_that_cannot_be_made_takes_the_erasure_back_and_its_place_is_tidied_later() {
    let ward = ward();
    let next: i64 = lock(&ward.vault.inner.writer)
        .query_row("SELECT seq + 1 FROM sqlite_sequence WHERE name = 'volume'", [], |row| row.get(0))
        .expect("a number");
    let in_the_way = ward.vault.dir().join(blob::file_name(next));
    fs::create_dir(&in_the_way).expect("in the way");
    assert!(ward.erase(&mut |_| {}).is_err());
    assert_eq!((ward.vault.erasures(), ward.vault.patient_count("plantedfamily")), (Ok(vec![]), Ok(1)));
    ward.others_are_whole_in(&ward.vault);
    fs::remove_dir(&in_the_way).expect("cleared");
    crate::fsx::write_atomic(&in_the_way, b"what was left of it").expect("left");
    let folder = image(ward.vault.dir());
    let vault = ward.opened(folder.path());
    assert_eq!((vault.findings(), vault.patient_count("plantedfamily")), (&Findings::default(), Ok(1)));
    assert!(!folder.path().join(blob::file_name(next)).exists());
    let erased = vault.erase_by_steps(ward.gone, REASON, now(), &Progress::silent(), &mut |_| {}).expect("erased");
    assert_eq!(erased.unfinished, None);
    ward.is_forgotten_in(&vault);
}
