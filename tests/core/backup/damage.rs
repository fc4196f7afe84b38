//! Damage to a backup: each file is watched, and the next run heals what it can.

use diptych::backup::{self, BackupReport};
use diptych::progress::Progress;

use super::{Filed, contents, filed, flip, on};

fn check(filed: &Filed) -> BackupReport {
    let key = filed.vault().backup_key().expect("a key");
    backup::check(&filed.dest(), &key, &Progress::silent()).expect("checked")
}

#[test]
fn a_flipped_byte_in_any_file_of_a_backup_is_found_and_named() {
    let mut filed = filed(4);
    let _first = filed.back_up(on(0));
    filed.add(1);
    let _second = filed.back_up(on(1));
    assert_eq!(check(&filed).flaws, []);
    let whole = contents(&filed.dest());
    assert!(whole.len() >= 11, "{:?}", whole.keys());
    let mut state = 1_u64;
    for (name, bytes) in &whole {
        for _ in 0..4 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let path = filed.dest().join(name);
            flip(&path, (state >> 20) as usize);
            let found: Vec<String> = check(&filed).flaws.into_iter().map(|flaw| flaw.file).collect();
            assert_eq!(found, std::slice::from_ref(name));
            let _aside = std::fs::remove_file(path.with_extension("damaged"));
            diptych::fsx::write_atomic(&path, bytes).expect("written");
        }
    }
    assert_eq!(check(&filed).flaws, []);
}

#[test]
fn a_missing_file_is_named_with_the_generations_that_need_it() {
    let filed = filed(4);
    let _first = filed.back_up(on(0));
    let _second = filed.back_up(on(1));
    let volume = contents(&filed.dest()).into_keys().find(|name| name.contains("photos-0001")).expect("a volume");
    std::fs::remove_file(filed.dest().join(&volume)).expect("removed");
    let flaws = check(&filed).flaws;
    assert_eq!((flaws.len(), flaws[0].missing, &flaws[0].generations), (1, true, &vec![1, 2]));
    assert_eq!(flaws[0].file, volume);
}

#[test]
fn the_next_backup_makes_older_generations_whole_again() {
    let filed = filed(5);
    let _first = filed.back_up(on(0));
    let volume = contents(&filed.dest()).into_keys().find(|name| name.contains("photos-0001")).expect("a volume");
    flip(&filed.dest().join(&volume), 50_000);
    let report = check(&filed);
    assert_eq!((report.flaws.len(), report.set_aside), (1, 1));
    let second = filed.back_up(on(1));
    assert_eq!((second.copied, second.damaged.len()), (1, 0), "the closed volume was copied anew: {second:?}");
    let healed = check(&filed);
    assert_eq!((healed.flaws, healed.generations), (Vec::new(), 2));
}

#[test]
fn an_unreadable_manifest_hides_its_generation_and_nothing_is_removed_meanwhile() {
    let mut filed = filed(4);
    let _first = filed.back_up(on(0));
    filed.add(2);
    let _second = filed.back_up(on(0));
    let volumes = || contents(&filed.dest().join("volumes")).len();
    let before = volumes();
    flip(&filed.dest().join("generations/000002/manifest"), 300);
    let key = filed.vault().backup_key().expect("a key");
    let listing = backup::list(&filed.dest(), &key).expect("listed");
    assert_eq!((listing.generations.len(), listing.unreadable), (0, vec![2]), "the first went with the second");
    let third = filed.back_up(on(0));
    assert_eq!((third.last.generation, third.unreadable), (3, vec![2]));
    assert!(volumes() >= before);
}
