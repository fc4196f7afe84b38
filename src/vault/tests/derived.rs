//! Derived pictures do not grow for ever, and what is looked at stays.

use super::*;

const PICTURE: usize = 40_000;
const LIMIT: u64 = 1_000_000;

/// Originals of these numbers, each with a preview.
fn pictured(vault: &Vault, numbers: std::ops::Range<u8>) -> Vec<PhotoHash> {
    let picture = |n: u8| {
        let bytes = [n; 100];
        let _item = receive(vault, &bytes).expect("received");
        let hash = blob::hash(&bytes);
        vault.put_derived(hash, Derived::Preview, &vec![n; PICTURE]).expect("kept");
        hash
    };
    numbers.map(picture).collect()
}

fn there(vault: &Vault, hashes: &[PhotoHash]) -> Vec<bool> {
    let conn = |hash: &PhotoHash| {
        let sql = "SELECT EXISTS (SELECT 1 FROM picture JOIN picture_bytes ON picture = id WHERE hash = ?1)";
        vault.inner.derived.readers().read(|conn| Ok(conn.query_row(sql, params![hash.0], |row| row.get(0))?))
    };
    hashes.iter().map(|hash| conn(hash).expect("asked")).collect()
}

#[test]
fn the_longest_unused_pictures_go_first_and_never_one_that_was_looked_at_since_the_opening() {
    let (folder, vault) = created();
    let old = pictured(&vault, 0..10);
    drop(vault);
    let vault = opened(&folder, blob::VOLUME_LIMIT);
    // Seen in the opening before the last one, which is later than the rest of its time.
    assert_eq!(vault.derived(old[2], Derived::Preview), Ok(Some(vec![2; PICTURE])));
    drop(vault);
    let vault = opened(&folder, blob::VOLUME_LIMIT);
    vault.inner.derived.keep_at_most(LIMIT);
    for n in [0, 5] {
        assert!(vault.derived(old[n], Derived::Preview).expect("read").is_some());
    }
    let new = pictured(&vault, 10..60);
    let kept = there(&vault, &old);
    assert_eq!((kept[0], kept[5]), (true, true), "they are in use");
    assert_eq!(kept[2..5], [false; 3]);
    let kept = there(&vault, &new);
    assert!(kept[49] && kept[45] && !kept[0], "the newest stay: {kept:?}");
    let size = || std::fs::metadata(folder.path().join("derived.db")).expect("there").len();
    drop(vault);
    assert!(size() <= LIMIT + LIMIT / 4, "{}", size());
    let vault = opened(&folder, blob::VOLUME_LIMIT);
    vault.inner.derived.keep_at_most(LIMIT);
    let _newer = pictured(&vault, 60..66);
    let kept = there(&vault, &old);
    assert_eq!((kept[0], kept[5]), (true, true), "used in the opening before, they go after what nobody saw");
    drop(vault);
    assert!(size() <= LIMIT + LIMIT / 4, "the room of the old ones is used again: {}", size());
}

#[test]
fn when_everything_is_in_use_nothing_goes() {
    let (_folder, vault) = created();
    let all = pictured(&vault, 0..40);
    for hash in &all {
        assert!(vault.derived(*hash, Derived::Preview).expect("read").is_some());
    }
    vault.inner.derived.keep_at_most(LIMIT);
    let _one = pictured(&vault, 40..41);
    assert_eq!(there(&vault, &all), [true; 40]);
}

#[test]
fn no_damage_to_derived_pictures_keeps_a_vault_shut() {
    let (folder, vault) = created();
    let hashes = pictured(&vault, 0..3);
    drop(vault);
    let path = folder.path().join("derived.db");
    let whole = std::fs::read(&path).expect("read");
    let page = whole.len() / 8;
    for at in (0..8).map(|n| n * page + page / 2) {
        let mut bytes = whole.clone();
        bytes[at..at + 64].fill(0x55);
        crate::fsx::write_atomic(&path, &bytes).expect("written");
        let vault = opened(&folder, blob::VOLUME_LIMIT);
        // Made anew, or read where it is whole; never another picture.
        for (n, hash) in (0..).zip(&hashes) {
            let found = vault.derived(*hash, Derived::Preview);
            let is_good = matches!(&found, Ok(None) | Err(_)) || found == Ok(Some(vec![n; PICTURE]));
            assert!(is_good, "byte {at}");
        }
        assert!(vault.tray().expect("the tray").len() == 3);
    }
}
