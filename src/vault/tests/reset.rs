//! A new passphrase that an owner gives: what opens the vault afterwards, and what a crash leaves.

use super::*;

fn word(text: &str) -> Passphrase {
    Passphrase::new(text)
}

fn try_open(folder: &TempDir, login: &str, passphrase: &str) -> Result<Vault> {
    Vault::open(folder.path(), login, &word(passphrase), now())
}

/// A vault of anna, an owner, and bert, an assistant who forgot his passphrase.
fn forgotten() -> (TempDir, Vault, UserId) {
    let (folder, vault) = created();
    let bert = vault.add_user("bert", Role::Assistant, &word("berts"), KdfCost::TESTS, now()).expect("added");
    (folder, vault, bert)
}

#[test]
fn the_new_passphrase_opens_as_the_same_user_and_the_old_one_no_more() {
    let (folder, vault, bert) = forgotten();
    vault.reset_passphrase(bert, &word("new"), KdfCost::TESTS, now()).expect("reset");
    let row = vault.audit(1).expect("audit").remove(0);
    assert_eq!((row.op.as_str(), row.user), ("reset-passphrase", UserId(1)));
    assert_eq!(row.subject, r#"{"changed":{"user":{"2":["passphrase"]}}}"#);
    drop(vault);
    assert_eq!(try_open(&folder, "bert", "berts").map(drop), Err(VaultError::WrongPassphrase));
    let vault = try_open(&folder, "bert", "new").expect("opened");
    assert_eq!((vault.user().id, vault.user().role), (bert, Role::Assistant));
    // He changes it himself, and the owner's own key is as it was.
    vault.change_passphrase(Some(&word("new")), &word("own"), KdfCost::TESTS, now()).expect("changed");
    drop(vault);
    assert!(try_open(&folder, "bert", "own").is_ok() && try_open(&folder, "anna", "secret").is_ok());
}

#[test]
fn only_an_owner_resets_and_nobody_resets_their_own_or_that_of_somebody_disabled() {
    let (folder, vault, bert) = forgotten();
    let reset = |vault: &Vault, id| vault.reset_passphrase(id, &word("new"), KdfCost::TESTS, now());
    assert!(matches!(reset(&vault, UserId(1)), Err(VaultError::Refused(_))));
    assert_eq!(reset(&vault, UserId(77)), Err(VaultError::NotFound));
    let empty = vault.reset_passphrase(bert, &word(""), KdfCost::TESTS, now());
    assert!(matches!(empty, Err(VaultError::Refused(_))));
    drop(vault);
    let vault = try_open(&folder, "bert", "berts").expect("opened");
    assert_eq!(reset(&vault, UserId(1)), Err(VaultError::NotInRole));
    drop(vault);
    let vault = try_open(&folder, "anna", "secret").expect("opened");
    vault.disable_user(bert, now()).expect("disabled");
    assert_eq!(reset(&vault, bert), Err(VaultError::NotFound));
    drop(vault);
    assert_eq!(try_open(&folder, "bert", "new").map(drop), Err(VaultError::UnknownLogin));
}

#[test]
fn a_user_whose_passphrase_was_reset_comes_in_after_the_records_moved() {
    let (folder, vault, bert) = forgotten();
    let cleo = vault.add_user("cleo", Role::Viewer, &word("cleos"), KdfCost::TESTS, now()).expect("added");
    vault.reset_passphrase(bert, &word("new"), KdfCost::TESTS, now()).expect("reset");
    vault.disable_user(cleo, now()).expect("disabled");
    drop(vault);
    assert!(try_open(&folder, "bert", "new").is_ok());
}

#[test]
fn a_key_file_that_cannot_be_written_leaves_the_old_passphrase_in_force() {
    let (folder, vault, bert) = forgotten();
    let first = folder.path().join(header::COPIES[0]);
    let kept = std::fs::read(&first).expect("read");
    // A folder in its place: nothing can be renamed onto it.
    std::fs::remove_file(&first).expect("removed");
    std::fs::create_dir(&first).expect("in the way");
    let failed = vault.reset_passphrase(bert, &word("new"), KdfCost::TESTS, now());
    assert!(matches!(failed, Err(VaultError::Io(_))), "{failed:?}");
    std::fs::remove_dir(&first).expect("cleared");
    crate::fsx::write_atomic(&first, &kept).expect("put back");
    drop(vault);
    assert_eq!(try_open(&folder, "bert", "new").map(drop), Err(VaultError::WrongPassphrase));
    assert!(try_open(&folder, "bert", "berts").expect("opened").findings().keys_unchanged);
}
