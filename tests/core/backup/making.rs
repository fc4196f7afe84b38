//! Making backups: incremental, consistent, in the right place, and how many of them stay.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

use diptych::backup::{self, BackupError, Policy};
use diptych::model::Redacted;
use diptych::progress::Progress;
use diptych::vault::{CheckRequest, LastBackup, Op};

use super::{Filed, contents, filed, flip_last, on};
use crate::vault::{clinic, day, file, photo_bytes, receive};

fn attempt(filed: &Filed, dest: &std::path::Path) -> Result<(), BackupError> {
    backup::snapshot(filed.vault(), dest, on(0), &Progress::silent()).map(|_| ())
}

#[test]
fn what_did_not_change_is_not_copied_again() {
    let mut filed = filed(10);
    let first = filed.back_up(on(0));
    assert_eq!((first.volumes, first.copied, first.verified, first.damaged.len()), (3, 3, 10, 0), "{first:?}");
    let times = || -> Vec<(String, std::time::SystemTime)> {
        let files = diptych::fsx::files_below(&filed.dest().join("volumes")).expect("listed");
        let written = |path: &std::path::Path| fs::metadata(path).and_then(|file| file.modified()).expect("there");
        files.iter().map(|path| (path.display().to_string(), written(path))).collect()
    };
    let before = times();
    let second = filed.back_up(on(1));
    assert_eq!((second.copied, second.volumes, second.last.generation), (0, 3, 2));
    assert_eq!(times(), before);

    filed.add(1);
    let third = filed.back_up(on(2));
    assert_eq!((third.copied, third.volumes, third.verified), (1, 3, 3), "only the open volume gained one: {third:?}");
    assert!(third.past_cache || !cfg!(target_os = "linux"));
}

#[test]
fn a_volume_that_was_closed_since_is_copied_once_more_and_then_never_again() {
    let mut filed = filed(1);
    assert_eq!(filed.back_up(on(0)).copied, 1);
    filed.add(4);
    assert_eq!(filed.back_up(on(1)).copied, 2, "the first, closed now, and the one after it");
    filed.add(1);
    assert_eq!(filed.back_up(on(2)).copied, 1, "only the open one");
}

#[test]
fn a_backup_made_while_photos_are_filed_is_of_one_moment() {
    let filed = filed(4);
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let filing = scope.spawn(|| {
            let mut count = 0;
            while !stop.load(Ordering::Relaxed) {
                let item = receive(filed.vault(), &photo_bytes(1000 + count, 20_000));
                let _photo = file(filed.vault(), item, filed.chart.cell());
                count += 1;
            }
            count
        });
        for n in 0..4 {
            let outcome = filed.back_up(on(n));
            assert!(outcome.damaged.is_empty(), "a record without its original: {outcome:?}");
        }
        stop.store(true, Ordering::Relaxed);
        assert!(filing.join().expect("filed") > 3, "nobody was held up");
    });
    let key = filed.vault().backup_key().expect("a key");
    let generations = backup::list(&filed.dest(), &key).expect("listed").generations;
    assert!(generations.is_sorted_by(|a, b| a.photos >= b.photos) && generations[0].photos > generations[3].photos);
    let to = filed.clinic.folder.path().join("restored");
    let secret = crate::vault::secret();
    let secret = diptych::vault::Secret::Passphrase("anna", &secret);
    let restored = backup::restore(&filed.dest(), None, &to, &secret, on(9), &Progress::silent()).expect("restored");
    assert_eq!(restored.report.findings, []);
    assert_eq!(restored.vault.board(filed.chart.series).expect("a board").photos.len() as u64, generations[0].photos);
    // What came into the open volume after that moment is in the tray: nobody knows more of it.
    assert_eq!(restored.report.checked, generations[0].photos + restored.vault.tray().expect("the tray").len() as u64);
}

#[test]
fn a_backup_never_lies_with_its_vault_or_among_other_files() {
    let filed = filed(1);
    let dir = filed.vault().dir().to_owned();
    let folder = filed.clinic.folder.path();
    for dest in [dir.clone(), dir.join("backup"), dir.join("a/b"), folder.to_owned(), dir.join("../v/x")] {
        assert_eq!(attempt(&filed, &dest), Err(BackupError::WithVault), "{}", dest.display());
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&dir, folder.join("link")).expect("linked");
        assert_eq!(attempt(&filed, &folder.join("link/inside")), Err(BackupError::WithVault));
    }
    assert!(!dir.join("backup").exists() && !dir.join("a").exists());

    let taken = folder.join("taken");
    fs::create_dir_all(&taken).expect("a folder");
    diptych::fsx::write_atomic(&taken.join("letter.txt"), b"dear").expect("written");
    assert_eq!(attempt(&filed, &taken), Err(BackupError::Foreign));
    assert_eq!(contents(&taken).len(), 1, "nothing was written");

    let other = clinic();
    let _outcome = filed.back_up(on(0));
    let before = contents(&filed.dest());
    let refused = backup::snapshot(&other.vault, &filed.dest(), on(0), &Progress::silent());
    assert_eq!(refused.map(|_| ()), Err(BackupError::OtherVault));
    assert_eq!(contents(&filed.dest()), before);
}

#[test]
fn days_weeks_and_months_stay_and_what_nobody_needs_goes() {
    let mut filed = filed(1);
    let policy = Policy { days: 3, weeks: 2, months: 2 };
    for n in 0..40 {
        if n % 10 == 0 {
            filed.add(2);
        }
        let _outcome = backup::snapshot_keeping(policy, filed.vault(), &filed.dest(), on(n), &Progress::silent())
            .expect("backed up");
    }
    let key = filed.vault().backup_key().expect("a key");
    let days: Vec<String> =
        backup::list(&filed.dest(), &key).expect("listed").generations.iter().map(|g| g.day.to_string()).collect();
    // 9 April 2026 is a Thursday.
    assert_eq!(days, ["2026-04-09", "2026-04-08", "2026-04-07", "2026-04-05", "2026-03-31"]);
    let report = backup::check(&filed.dest(), &key, &Progress::silent()).expect("checked");
    assert_eq!((report.flaws, report.generations), (Vec::new(), 5));
    // The four states of the open volume in March are gone but the one that the end of March still names.
    let volumes = fs::read_dir(filed.dest().join("volumes")).expect("listed").count();
    assert_eq!(volumes, 3);
    assert_eq!(fs::read_dir(filed.dest().join("generations")).expect("listed").count(), 5);
}

#[test]
fn the_vault_remembers_when_and_where_and_the_audit_that_it_was() {
    let filed = filed(2);
    assert_eq!(filed.vault().last_backup(), Ok(None));
    let outcome = filed.back_up(on(0));
    let last = filed.vault().last_backup().expect("asked").expect("remembered");
    assert_eq!(last, outcome.last);
    assert_eq!((last.generation, last.originals, last.day), (1, 2, day(2026, 3, 1)));
    assert_eq!(last.place, filed.dest().display().to_string());
    assert_eq!(LastBackup::sentence(Some(&last), day(2026, 3, 10)), "Last backup 9 days ago");
    let row = filed.vault().audit(1).expect("the audit").remove(0);
    assert_eq!((row.op.as_str(), row.subject.as_str()), ("back-up", r#"{"generation":1,"originals":2}"#));
    assert!(!row.subject.contains("usb"));
}

#[test]
fn an_older_vault_that_was_put_back_is_noticed_by_its_backup() {
    let mut filed = filed(1);
    let dir = filed.vault().dir().to_owned();
    let _first = filed.back_up(on(0));
    let old = filed.clinic.folder.path().join("old");
    let secret = crate::vault::secret();
    let secret = diptych::vault::Secret::Passphrase("anna", &secret);
    drop(backup::restore(&filed.dest(), None, &old, &secret, on(1), &Progress::silent()).expect("restored"));
    filed.add(1);
    assert!(!filed.back_up(on(2)).history_differs);
    let Filed { clinic, .. } = filed;
    let folder = clinic.folder;
    drop(clinic.vault);
    fs::rename(&dir, folder.path().join("lost")).expect("renamed");
    fs::rename(&old, &dir).expect("renamed");
    let vault = diptych::vault::Vault::open_with(&dir, &secret, on(3)).expect("opened");
    let outcome = backup::snapshot(&vault, &folder.path().join("usb"), on(3), &Progress::silent()).expect("backed up");
    assert!(outcome.history_differs, "{outcome:?}");
}

#[test]
fn no_file_of_a_backup_shows_a_name_a_date_or_a_picture() {
    let filed = filed(2);
    let edit = |tx: &diptych::vault::Tx<'_>| {
        let mut person = crate::vault::person("PLANTED-CODE", "Plantedgiven", "Plantedfamily");
        person.birth = Some(Redacted(day(1990, 5, 17)));
        tx.edit_patient(filed.chart.patient, &person)
    };
    filed.vault().transact(Op::EditPatient, on(0), edit).expect("edited");
    let _outcome = filed.back_up(on(0));
    let pixels = &filed.photos[0].1[1000..1016];
    let needles: [&[u8]; 13] = [
        b"PLANTED-CODE",
        b"Plantedgiven",
        b"plantedgiven",
        b"Plantedfamily",
        b"IMG_4711",
        b"\x00\x10JFIF\x00",
        b"Exif\x00\x00",
        b"Canon",
        b"SQLite format 3",
        b"1990-05-17",
        b"2026-01-14",
        b"originals",
        pixels,
    ];
    let files = contents(&filed.dest());
    assert!(files.len() >= 6, "{:?}", files.keys());
    for (name, bytes) in files {
        for needle in needles {
            let shown = bytes.windows(needle.len()).any(|window| window == needle);
            assert!(!shown, "{name} shows {:?}", String::from_utf8_lossy(needle));
        }
    }
}

#[test]
fn two_backups_into_one_folder_at_once_are_one_after_the_other() {
    let filed = filed(3);
    let results: Vec<_> = std::thread::scope(|scope| {
        let back_up = || backup::snapshot(filed.vault(), &filed.dest(), on(0), &Progress::silent()).map(|_| ());
        let threads: Vec<_> = (0..3).map(|_| scope.spawn(back_up)).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    assert!(
        results.iter().any(Result::is_ok) && results.iter().all(|r| matches!(r, Ok(()) | Err(BackupError::InUse))),
        "{results:?}"
    );
    let key = filed.vault().backup_key().expect("a key");
    assert_eq!(backup::check(&filed.dest(), &key, &Progress::silent()).expect("checked").flaws, []);
}

#[test]
fn a_volume_lost_in_the_vault_stays_in_the_backup_and_nothing_older_is_removed() {
    let mut filed = filed(6);
    let _first = filed.back_up(on(0));
    fs::remove_file(filed.vault().dir().join("photos-0001.db")).expect("removed");
    let second = filed.back_up(on(1));
    assert_eq!((second.copied, second.damaged.len()), (0, 0), "its copy is whole: {second:?}");
    // The volume that still takes photos gained one, and its file is gone: the backup has all but that one.
    filed.add(1);
    fs::remove_file(filed.vault().dir().join("photos-0002.db")).expect("removed");
    let third = filed.back_up(on(1));
    assert_eq!((third.copied, third.damaged.len(), third.retired.len()), (0, 1, 0), "{third:?}");
    assert!(third.sentence().contains("1 original could not be copied whole"), "{}", third.sentence());
    let key = filed.vault().backup_key().expect("a key");
    let listing = backup::list(&filed.dest(), &key).expect("listed");
    assert_eq!(listing.generations.iter().map(|g| g.damaged).collect::<Vec<_>>(), [1, 0, 0]);
    let fourth = filed.back_up(on(1));
    assert_eq!((fourth.copied, &fourth.damaged, fourth.retired.len()), (0, &third.damaged, 0), "{fourth:?}");
}

#[test]
fn a_damaged_page_in_the_volume_that_takes_photos_costs_the_backup_that_photo_only() {
    let filed = filed(3).meddled(|dir| flip_last(dir, 1));
    let outcome = filed.back_up(on(0));
    assert_eq!((outcome.verified, outcome.damaged.len()), (2, 1), "{outcome:?}");
    let next = filed.back_up(on(0));
    assert_eq!((next.copied, &next.damaged, next.retired.len()), (0, &outcome.damaged, 0), "{next:?}");
}

#[test]
fn a_damaged_copy_goes_on_being_known_and_never_costs_the_whole_one_before_it() {
    let filed = filed(3);
    let _whole = filed.back_up(on(0));
    let mut filed = filed.meddled(|dir| flip_last(dir, 1));
    filed.add(1);
    // All on one day, of which otherwise the newest stays alone.
    let second = filed.back_up(on(0));
    assert_eq!((second.copied, second.damaged.len(), second.retired.len()), (2, 1, 0), "{second:?}");
    for _ in 0..2 {
        let next = filed.back_up(on(0));
        assert_eq!((next.copied, &next.damaged, next.retired.len()), (0, &second.damaged, 0), "{next:?}");
        assert!(next.sentence().contains("1 original could not be copied whole"), "{}", next.sentence());
    }
    let key = filed.vault().backup_key().expect("a key");
    let listing = backup::list(&filed.dest(), &key).expect("listed");
    assert_eq!(listing.generations.iter().map(|g| g.damaged).collect::<Vec<_>>(), [1, 1, 1, 0]);
    let restored = |name: &str| {
        let (to, secret) = (filed.clinic.folder.path().join(name), crate::vault::secret());
        let secret = diptych::vault::Secret::Passphrase("anna", &secret);
        let restored =
            backup::restore(&filed.dest(), None, &to, &secret, on(1), &Progress::silent()).expect("restored");
        assert_eq!(restored.report.findings, []);
        filed.is_all_in(&restored.vault);
        restored.repaired
    };
    assert_eq!(restored("newest").restored, second.damaged, "from the first");
    let report = filed.vault().check(&CheckRequest::default(), on(0), &Progress::silent()).expect("checked");
    let repaired = backup::repair(filed.vault(), &report, &filed.dest(), on(0), &Progress::silent()).expect("repaired");
    assert_eq!((&repaired.restored, repaired.lost.len()), (&second.damaged, 0));
    let healed = filed.back_up(on(0));
    assert_eq!((healed.damaged.len(), healed.retired), (0, vec![1, 2, 3, 4]));
    assert_eq!(restored("healed"), backup::Repaired::default());
}

#[test]
fn a_volume_that_is_whole_again_takes_the_place_of_its_damaged_copy() {
    let filed = filed(3).meddled(|dir| flip_last(dir, 1));
    assert_eq!(filed.back_up(on(0)).damaged.len(), 1);
    let filed = filed.meddled(|dir| flip_last(dir, 1));
    let second = filed.back_up(on(0));
    assert_eq!((second.copied, second.damaged.len(), second.retired), (1, 0, vec![1]), "its file was put back");
    assert_eq!(filed.back_up(on(0)).copied, 0);
}
