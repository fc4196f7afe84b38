//! Interruptions: a stopped run, a pulled disk, a full one. The old generations stay good and the next run finishes.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use diptych::backup::{self, BackupError};
use diptych::progress::Progress;

use super::{Filed, contents, filed, on};

/// Progress that does something at its `n`th report.
fn at_report(n: usize, act: impl Fn(&Progress) + Send + Sync + 'static) -> (Progress, Arc<AtomicUsize>) {
    let seen = Arc::new(AtomicUsize::new(0));
    let (counter, handle) = (Arc::clone(&seen), Arc::new(std::sync::OnceLock::<Progress>::new()));
    let own = Arc::clone(&handle);
    let progress = Progress::new(move |_| {
        if counter.fetch_add(1, Ordering::Relaxed) + 1 == n {
            act(own.get().expect("set below"));
        }
    });
    assert!(handle.set(progress.clone()).is_ok());
    (progress, seen)
}

fn generations(filed: &Filed) -> Vec<u64> {
    let key = filed.vault().backup_key().expect("a key");
    backup::list(&filed.dest(), &key).expect("listed").generations.iter().map(|g| g.number).collect()
}

fn is_good(filed: &Filed) {
    let key = filed.vault().backup_key().expect("a key");
    let report = backup::check(&filed.dest(), &key, &Progress::silent()).expect("checked");
    assert_eq!(report.flaws, []);
    let left: Vec<String> = contents(&filed.dest()).into_keys().filter(|name| name.contains(".diptych-")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_run_that_is_stopped_anywhere_leaves_the_old_generation_and_the_next_finishes() {
    let mut filed = filed(4);
    let _first = filed.back_up(on(0));
    filed.add(5);
    let mut stopped = 0;
    for n in 1..40 {
        let (progress, seen) = at_report(n, Progress::cancel);
        match backup::snapshot(filed.vault(), &filed.dest(), on(n as i64), &progress) {
            Err(BackupError::Cancelled) => {
                stopped += 1;
                assert_eq!(generations(&filed), [1], "stopped at report {n}");
            }
            Ok(_) => {
                assert!(seen.load(Ordering::Relaxed) <= n + 1, "stopped too late: asked at {n}");
                break;
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert!(stopped >= 3, "{stopped}");
    let last = filed.back_up(on(50));
    assert_eq!(last.damaged, []);
    assert_eq!(generations(&filed)[0], last.last.generation);
    is_good(&filed);
}

#[test]
fn what_an_interrupted_run_copied_is_not_copied_again() {
    let filed = filed(9);
    let volumes = filed.dest().join("volumes");
    let (whole, counted) = (volumes.clone(), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&counted);
    let handle = Arc::new(std::sync::OnceLock::<Progress>::new());
    let own = Arc::clone(&handle);
    // Stops once the first volume is there under its name.
    let progress = Progress::new(move |_| {
        let there = fs::read_dir(&whole).map_or(0, |dir| {
            dir.filter(|e| e.as_ref().is_ok_and(|e| e.file_name().to_string_lossy().starts_with("photos-"))).count()
        });
        count.store(there, Ordering::Relaxed);
        if there > 0 {
            own.get().expect("set below").cancel();
        }
    });
    assert!(handle.set(progress.clone()).is_ok());
    let stopped = backup::snapshot(filed.vault(), &filed.dest(), on(0), &progress).map(|_| ());
    assert_eq!(stopped, Err(BackupError::Cancelled));
    let kept: Vec<PathBuf> = diptych::fsx::files_below(&volumes).expect("listed");
    assert!(!kept.is_empty());
    let total = filed.back_up(on(1));
    assert_eq!(total.copied, total.volumes - kept.len(), "{total:?}");
    assert!(kept.iter().all(|path| path.exists()));
    is_good(&filed);
}

#[test]
fn a_disk_that_is_pulled_in_the_middle_keeps_what_was_good() {
    let mut filed = filed(4);
    let _first = filed.back_up(on(0));
    filed.add(6);
    let before = contents(&filed.dest());
    let (dest, pulled) = (filed.dest(), filed.clinic.folder.path().join("pulled"));
    let mut failed = 0;
    for n in 2..12 {
        let (from, to) = (dest.clone(), pulled.clone());
        let (progress, _) = at_report(n, move |_| fs::rename(&from, &to).expect("pulled"));
        let result = backup::snapshot(filed.vault(), &dest, on(1), &progress);
        if pulled.exists() {
            // A run may have begun to write where the disk was mounted.
            let _ = fs::remove_dir_all(&dest);
            fs::rename(&pulled, &dest).expect("plugged in again");
        }
        if let Err(error) = result {
            assert!(matches!(error, BackupError::Io(_) | BackupError::Vault(_)), "{error:?}");
            failed += 1;
            same(&before, &contents(&dest));
            assert_eq!(generations(&filed), [1]);
        } else {
            break;
        }
    }
    assert!(failed > 0);
    filed.add(1);
    assert_eq!(filed.back_up(on(2)).damaged, []);
    is_good(&filed);
    let secret = crate::vault::secret();
    let secret = diptych::vault::Secret::Passphrase("anna", &secret);
    let to = filed.clinic.folder.path().join("restored");
    let restored = backup::restore(&dest, None, &to, &secret, on(3), &Progress::silent()).expect("restored");
    filed.is_all_in(&restored.vault);
}

/// Everything that was there still is, byte for byte.
fn same(before: &std::collections::BTreeMap<String, Vec<u8>>, after: &std::collections::BTreeMap<String, Vec<u8>>) {
    for (name, bytes) in before {
        assert!(after.get(name) == Some(bytes), "{name} changed");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_written_is_said_and_the_vault_is_untouched() {
    let filed = filed(1);
    let nowhere = std::path::Path::new("/proc/diptych-backup");
    let refused = backup::snapshot(filed.vault(), nowhere, on(0), &Progress::silent());
    assert!(matches!(refused, Err(BackupError::Io(_))), "{refused:?}");
    assert_eq!(filed.vault().last_backup(), Ok(None));
}
