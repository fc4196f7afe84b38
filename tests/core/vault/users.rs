//! Several people on one vault: who comes in, as what, and how one of them is kept out.

use diptych::vault::{KdfCost, Op, Passphrase, Role, Vault, VaultError};

use super::{clinic, now, person, secret};

fn phrase(text: &str) -> Passphrase {
    Passphrase::new(text)
}

#[test]
fn a_user_comes_in_by_their_own_passphrase_and_in_their_role() {
    let clinic = clinic();
    let dir = clinic.vault.dir().to_owned();
    let _id = clinic.vault.add_user(" bert ", Role::Viewer, &phrase("b"), KdfCost::TESTS, now()).expect("added");
    let again = clinic.vault.add_user("bert", Role::Owner, &phrase("c"), KdfCost::TESTS, now());
    assert!(matches!(again, Err(VaultError::Refused(_))), "{again:?}");
    drop(clinic.vault);
    let vault = Vault::open(&dir, "bert", &phrase("b"), now()).expect("opened");
    assert_eq!((vault.user().login.as_str(), vault.user().role), ("bert", Role::Viewer));
    let seen: Vec<_> =
        vault.users().expect("everybody sees who works here").into_iter().map(|user| user.login).collect();
    assert_eq!(seen, ["anna", "bert"]);
    let own = vault.user().id;
    assert_eq!(vault.disable_user(own, now()), Err(VaultError::NotInRole));
    assert_eq!(vault.set_role(own, Role::Owner, now()), Err(VaultError::NotInRole));
    let added = vault.add_user("cleo", Role::Owner, &phrase("c"), KdfCost::TESTS, now());
    assert_eq!(added, Err(VaultError::NotInRole));
    let under_another_name =
        vault.transact(Op::ChangePassphrase, now(), |tx| tx.add_patient(&person("1", "A", "B")).map(drop));
    assert!(matches!(under_another_name, Err(VaultError::Refused(_))));
}

#[test]
fn the_last_owner_is_neither_disabled_nor_demoted() {
    let clinic = clinic();
    let vault = &clinic.vault;
    let own = vault.user().id;
    for refused in [vault.disable_user(own, now()), vault.set_role(own, Role::Viewer, now())] {
        assert!(matches!(&refused, Err(VaultError::Refused(why)) if why.contains("last owner")), "{refused:?}");
    }
    let bert = vault.add_user("bert", Role::Owner, &phrase("b"), KdfCost::TESTS, now()).expect("added");
    for refused in [vault.disable_user(own, now()), vault.set_role(own, Role::Viewer, now())] {
        assert!(matches!(&refused, Err(VaultError::Refused(why)) if why.contains("another owner")), "{refused:?}");
    }
    vault.set_role(bert, Role::Viewer, now()).expect("not the last one");
    assert_eq!(vault.users().expect("users")[1].role, Role::Viewer);
    let audit: Vec<String> = vault.audit(3).expect("audit").into_iter().rev().map(|row| row.op).collect();
    assert_eq!(audit, ["create-vault", "add-user", "change-role"]);
}

#[test]
fn when_the_maker_of_the_recovery_code_is_disabled_it_opens_for_another_owner_and_is_to_be_replaced() {
    let clinic = clinic();
    let dir = clinic.vault.dir().to_owned();
    let anna = clinic.vault.user().id;
    let _bert = clinic.vault.add_user("bert", Role::Owner, &phrase("b"), KdfCost::TESTS, now()).expect("added");
    drop(clinic.vault);
    let vault = Vault::open(&dir, "bert", &phrase("b"), now()).expect("opened");
    vault.disable_user(anna, now()).expect("disabled");
    assert_eq!(vault.recovery_code_was_used(), Ok(true));
    drop(vault);
    let kept_out = Vault::open(&dir, "anna", &secret(), now()).map(drop);
    assert_eq!(kept_out, Err(VaultError::UnknownLogin));
    let vault = Vault::open_with_recovery_code(&dir, &clinic.code.0, now()).expect("opened");
    assert_eq!(vault.user().login, "bert");
    assert_eq!(vault.audit(1).expect("audit")[0].op, "unlock-by-recovery-code");
}

#[test]
fn a_weak_key_derivation_is_renewed_once_with_the_passphrase() {
    let clinic = clinic();
    let dir = clinic.vault.dir().to_owned();
    let standard = KdfCost { passes: 2, ..KdfCost::TESTS };
    let wrong = clinic.vault.strengthen(&phrase("wrong"), standard, now());
    assert_eq!(wrong, Err(VaultError::WrongPassphrase));
    assert_eq!(clinic.vault.strengthen(&secret(), standard, now()), Ok(true));
    assert_eq!(clinic.vault.strengthen(&secret(), standard, now()), Ok(false));
    assert_eq!(clinic.vault.audit(1).expect("audit")[0].op, "strengthen-keys");
    drop(clinic.vault);
    let vault = Vault::open(&dir, "anna", &secret(), now()).expect("opened");
    assert_eq!(vault.strengthen(&secret(), standard, now()), Ok(false));
}

#[test]
fn after_five_wrong_passphrases_even_the_right_one_waits() {
    let clinic = clinic();
    let dir = clinic.vault.dir().to_owned();
    drop(clinic.vault);
    for _ in 0..5 {
        let wrong = Vault::open(&dir, "anna", &phrase("wrong"), now()).map(drop);
        assert_eq!(wrong, Err(VaultError::WrongPassphrase));
    }
    let waits = Vault::open(&dir, "anna", &secret(), now()).map(drop);
    assert_eq!(waits, Err(VaultError::TooManyTries { seconds: 2 }));
    let mut later = now();
    later.at.0 += 2000;
    let _vault = Vault::open(&dir, "anna", &secret(), later).expect("opened");
}

#[test]
fn one_s_own_passphrase_makes_up_for_no_wrong_one_of_somebody_else_and_keeps_nobody_else_out() {
    let clinic = clinic();
    let dir = clinic.vault.dir().to_owned();
    let _id = clinic.vault.add_user("bert", Role::Assistant, &phrase("b"), KdfCost::TESTS, now()).expect("added");
    drop(clinic.vault);
    let guess = || Vault::open(&dir, "anna", &phrase("wrong"), now()).map(drop);
    for _ in 0..4 {
        assert_eq!(guess(), Err(VaultError::WrongPassphrase));
    }
    drop(Vault::open(&dir, "bert", &phrase("b"), now()).expect("bert's own opens"));
    assert_eq!(guess(), Err(VaultError::WrongPassphrase));
    assert_eq!(guess(), Err(VaultError::TooManyTries { seconds: 2 }));
    let bert = Vault::open(&dir, "bert", &phrase("b"), now()).expect("who guessed nothing does not wait");
    assert_eq!(bert.confirm_passphrase(&phrase("b"), now()), Ok(()), "nor who signs");
    drop(bert);
    drop(Vault::open_with_recovery_code(&dir, &clinic.code.0, now()).expect("nor whoever holds the code"));
    assert_eq!(guess(), Err(VaultError::TooManyTries { seconds: 2 }), "none of which forgot the guesses");
}
