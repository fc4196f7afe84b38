//! A crash between any two steps of a change of keys leaves one secret in force and an audit that says which.

use super::*;
use crate::vault::credential::announce;
use crate::vault::pool::lock;

/// The file of the key slots, both copies.
fn copies(folder: &TempDir) -> [Vec<u8>; 2] {
    header::COPIES.map(|name| std::fs::read(folder.path().join(name)).expect("read"))
}

fn put(folder: &TempDir, copies: &[Vec<u8>; 2]) {
    for (name, bytes) in header::COPIES.iter().zip(copies) {
        crate::fsx::write_atomic(&folder.path().join(name), bytes).expect("written");
    }
}

/// A closed vault whose change to the passphrase `new` got as far as `written` copies of the key file.
fn interrupted(written: usize) -> TempDir {
    let (folder, vault) = created();
    let before = copies(&folder);
    let inner = &vault.inner;
    let header = lock(&inner.header).clone();
    let new = Passphrase::new("new");
    let slot = keys::slot::Slot::wrap(
        SlotKind::Passphrase,
        ("anna", 1),
        &new.secret(),
        &inner.keys(),
        &header.vault,
        KdfCost::TESTS,
    )
    .expect("wrapped");
    let writer = lock(&inner.writer);
    announce(&writer, Op::ChangePassphrase, "{}".into(), &slot, now(), inner.user.id).expect("announced");
    let mut next = Header { counter: header.counter + 1, audit: audit::anchor(&writer).expect("anchored"), ..header };
    next.replace(slot);
    let elsewhere = tempfile::tempdir().expect("a folder");
    next.write(elsewhere.path(), &inner.keys().root).expect("written");
    let after = copies(&elsewhere);
    drop(writer);
    // The closing anchors, which a crash does not: the files and the count are put back to that moment.
    let counted: i64 =
        lock(&inner.writer).query_row("SELECT header_counter FROM vault_state", [], |row| row.get(0)).expect("counted");
    drop(vault);
    let (keys, header, _) =
        unlock(header::read_copies(folder.path()).expect("read"), &Secret::Passphrase("anna", &secret()))
            .expect("unlocked");
    let source =
        Source::new(folder.path(), "catalog.db", keys.root.for_catalog().expect("a key"), header.pages.catalog);
    let conn = source.writer().expect("opened");
    let _row = conn.execute("UPDATE vault_state SET header_counter = ?1", [counted]).expect("put back");
    let [first, second] = before;
    put(
        &folder,
        &match written {
            0 => [first, second],
            1 => [after[0].clone(), second],
            _ => after,
        },
    );
    folder
}

fn try_open(folder: &TempDir, passphrase: &str) -> Result<Vault> {
    Vault::open(folder.path(), "anna", &Passphrase::new(passphrase), now())
}

/// Keys of the audit, oldest first.
fn ops(vault: &Vault) -> Vec<String> {
    vault.audit(100).expect("audit").into_iter().rev().map(|row| row.op).collect()
}

#[test]
fn a_change_of_which_nothing_was_written_is_taken_back_and_said_once() {
    let folder = interrupted(0);
    assert_eq!(try_open(&folder, "new").map(|_| ()), Err(VaultError::WrongPassphrase));
    let vault = try_open(&folder, "secret").expect("the old passphrase holds");
    assert!(vault.findings().keys_unchanged && !vault.findings().records_cut);
    assert_eq!(ops(&vault), ["create-vault", "change-passphrase", "unlock", "keys-unchanged"]);
    drop(vault);
    let vault = try_open(&folder, "secret").expect("opened");
    assert_eq!(vault.findings(), &Findings::default());
}

#[test]
fn after_the_first_copy_the_new_passphrase_finishes_the_change() {
    let folder = interrupted(1);
    let vault = try_open(&folder, "new").expect("the first copy holds it");
    assert_eq!(vault.findings(), &Findings::default());
    assert_eq!(ops(&vault), ["create-vault", "change-passphrase", "unlock"]);
    drop(vault);
    assert_eq!(try_open(&folder, "secret").map(|_| ()), Err(VaultError::WrongPassphrase));
    assert_eq!(copies(&folder)[0], copies(&folder)[1]);
}

#[test]
fn after_the_first_copy_the_old_passphrase_takes_the_change_back() {
    let folder = interrupted(1);
    let vault = try_open(&folder, "secret").expect("the second copy holds it");
    assert!(vault.findings().keys_unchanged);
    drop(vault);
    assert_eq!(try_open(&folder, "new").map(|_| ()), Err(VaultError::WrongPassphrase));
    assert!(try_open(&folder, "secret").is_ok());
}

#[test]
fn after_both_copies_only_the_new_passphrase_opens() {
    let folder = interrupted(2);
    assert_eq!(try_open(&folder, "secret").map(|_| ()), Err(VaultError::WrongPassphrase));
    let vault = try_open(&folder, "new").expect("opened");
    assert_eq!(vault.findings(), &Findings::default());
}

#[test]
fn a_key_file_that_cannot_be_written_leaves_the_old_passphrase_in_force() {
    let (folder, vault) = created();
    let first = folder.path().join(header::COPIES[0]);
    let kept = std::fs::read(&first).expect("read");
    // A folder in its place: nothing can be renamed onto it.
    std::fs::remove_file(&first).expect("removed");
    std::fs::create_dir(&first).expect("in the way");
    let failed = vault.change_passphrase(Some(&secret()), &Passphrase::new("new"), KdfCost::TESTS, now());
    assert!(matches!(failed, Err(VaultError::Io(_))), "{failed:?}");
    assert_eq!(vault.confirm_passphrase(&secret(), now()), Ok(()));
    std::fs::remove_dir(&first).expect("cleared");
    crate::fsx::write_atomic(&first, &kept).expect("put back");
    drop(vault);
    assert_eq!(try_open(&folder, "new").map(|_| ()), Err(VaultError::WrongPassphrase));
    assert!(try_open(&folder, "secret").expect("opened").findings().keys_unchanged);
}

#[test]
fn an_old_catalog_that_was_put_back_is_said_and_written_down() {
    let (folder, vault) = created();
    drop(vault);
    let path = folder.path().join("catalog.db");
    let old = std::fs::read(&path).expect("read");
    let vault = opened(&folder, blob::VOLUME_LIMIT);
    let _id = vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&person(1, "A"))).expect("added");
    drop(vault);
    for suffix in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(folder.path().join(format!("catalog.db{suffix}")));
    }
    crate::fsx::write_atomic(&path, &old).expect("put back");
    let vault = opened(&folder, blob::VOLUME_LIMIT);
    assert!(vault.findings().records_cut);
    assert_eq!(ops(&vault), ["create-vault", "records-cut", "unlock"]);
    assert!(vault.audit(2).expect("audit")[1].subject.contains("\"anchored\":3"));
    drop(vault);
    assert!(!opened(&folder, blob::VOLUME_LIMIT).findings().records_cut, "said once, and written down for ever");
}
