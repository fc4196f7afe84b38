//! Coming in: passphrases, the recovery code, damage, and who holds the vault.

use std::fs;
use std::path::Path;

use diptych::backup;
use diptych::fsx::write_atomic;
use diptych::progress::Progress;
use diptych::vault::{KdfCost, Op, Passphrase, Vault, VaultError};
use sha2::{Digest, Sha256};

use super::{clinic, now, person, secret};

fn refusal(result: Result<Vault, VaultError>) -> VaultError {
    result.expect_err("refused")
}

#[test]
fn a_vault_says_its_logins_without_a_key() {
    let clinic = clinic();
    let info = Vault::peek(clinic.vault.dir()).expect("peeked");
    assert_eq!((info.format, info.logins), (1, vec!["anna".to_owned()]));
}

#[test]
fn a_folder_without_a_vault_is_none_and_one_with_a_vault_is_not_overwritten() {
    let empty = tempfile::tempdir().expect("a folder");
    assert_eq!(refusal(Vault::open(empty.path(), "anna", &secret(), now())), VaultError::NotAVault);
    assert_eq!(Vault::peek(&empty.path().join("nowhere")).err(), Some(VaultError::NotAVault));
    let clinic = clinic();
    let again = Vault::create(clinic.vault.dir(), "bert", &secret(), KdfCost::TESTS, now());
    assert_eq!(again.err(), Some(VaultError::AlreadyAVault));
}

#[test]
fn a_wrong_passphrase_and_an_unknown_login_are_told_apart() {
    let clinic = clinic();
    let dir = clinic.vault.dir().to_owned();
    drop(clinic.vault);
    assert_eq!(refusal(Vault::open(&dir, "anna", &Passphrase::new("wrong"), now())), VaultError::WrongPassphrase);
    assert_eq!(refusal(Vault::open(&dir, "bert", &secret(), now())), VaultError::UnknownLogin);
    let _vault = Vault::open(&dir, "anna", &secret(), now()).expect("opened");
}

#[test]
fn the_recovery_code_opens_the_vault_until_it_is_replaced() {
    let clinic = clinic();
    let dir = clinic.vault.dir().to_owned();
    let (old, new) = (clinic.code, clinic.vault.replace_recovery_code(KdfCost::TESTS, now()).expect("replaced"));
    drop(clinic.vault);
    let wrong = refusal(Vault::open_with_recovery_code(&dir, &old.0, now()));
    assert_eq!(wrong, VaultError::WrongRecoveryCode);
    let typed = new.0.to_lowercase().replace('-', " ");
    let vault = Vault::open_with_recovery_code(&dir, &typed, now()).expect("opened");
    assert_eq!(vault.user().login, "anna");
    assert_eq!(vault.audit(1).expect("audit")[0].op, "unlock-by-recovery-code");
    assert_eq!(vault.recovery_code_was_used(), Ok(true));
    let _printed = vault.replace_recovery_code(KdfCost::TESTS, now()).expect("replaced");
    assert_eq!(vault.recovery_code_was_used(), Ok(false));
}

#[test]
fn whoever_lost_the_passphrase_has_a_whole_way_back() {
    let clinic = clinic();
    let dir = clinic.vault.dir().to_owned();
    drop(clinic.vault);
    let vault = Vault::open_with_recovery_code(&dir, &clinic.code.0, now()).expect("opened");
    assert!(vault.opened_by_recovery_code());
    let new = Passphrase::new("battery staple");
    vault.change_passphrase(None, &new, KdfCost::TESTS, now()).expect("nobody has to know the lost one");
    assert!(!vault.opened_by_recovery_code());
    let again = vault.change_passphrase(None, &secret(), KdfCost::TESTS, now());
    assert_eq!(again, Err(VaultError::WrongPassphrase), "that was once");
    let code = vault.replace_recovery_code(KdfCost::TESTS, now()).expect("replaced");
    let ops: Vec<String> = vault.audit(4).expect("audit").into_iter().rev().map(|row| row.op).collect();
    assert_eq!(ops, ["create-vault", "unlock-by-recovery-code", "change-passphrase", "replace-recovery-code"]);
    let subjects: String = vault.audit(4).expect("audit").into_iter().map(|row| row.subject).collect();
    assert!(!subjects.contains("battery") && !subjects.contains(&*code.0));
    assert_eq!(vault.check_audit(), Ok(diptych::vault::AuditCheck::Whole { rows: 4 }));
    drop(vault);
    assert_eq!(refusal(Vault::open(&dir, "anna", &secret(), now())), VaultError::WrongPassphrase);
    let used = refusal(Vault::open_with_recovery_code(&dir, &clinic.code.0, now()));
    assert_eq!(used, VaultError::WrongRecoveryCode);
    let vault = Vault::open(&dir, "anna", &new, now()).expect("opened");
    assert_eq!((vault.recovery_code_was_used(), vault.opened_by_recovery_code()), (Ok(false), false));
    assert_eq!(vault.findings(), &diptych::vault::Findings::default());
}

#[test]
fn the_recovery_code_is_for_looking_backing_up_and_a_new_passphrase_and_nothing_else() {
    let clinic = clinic();
    let dir = clinic.vault.dir().to_owned();
    drop(clinic.vault);
    let vault = Vault::open_with_recovery_code(&dir, &clinic.code.0, now()).expect("opened");
    let add = || vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&person("1", "A", "B")));
    for op in Op::ALL {
        let allowed = [Op::BackUp, Op::ChangePassphrase, Op::ReplaceRecoveryCode, Op::Align].contains(op);
        assert_eq!(vault.may(*op).is_ok(), allowed, "{}", op.key());
    }
    let refused = add().expect_err("refused").user_message();
    assert!(refused.contains("set a new passphrase") && refused.contains("Nothing was changed"), "{refused}");
    assert_eq!(vault.search("", 0, 10).expect("looked").0, 0);
    let dest = clinic.folder.path().join("usb");
    let _made = backup::snapshot(&vault, &dest, now(), &Progress::silent()).expect("backed up");
    vault.change_passphrase(None, &secret(), KdfCost::TESTS, now()).expect("set");
    assert!(add().is_ok() && Op::ALL.iter().all(|op| vault.may(*op).is_ok()), "an owner again");
}

#[test]
fn a_passphrase_is_not_changed_by_whoever_sits_down_at_an_open_vault() {
    let clinic = clinic();
    let new = Passphrase::new("mine now");
    for old in [None, Some(&new)] {
        let refused = clinic.vault.change_passphrase(old, &new, KdfCost::TESTS, now());
        assert_eq!(refused, Err(VaultError::WrongPassphrase));
    }
    assert_eq!(clinic.vault.audit(100).expect("audit").len(), 1);
    clinic.vault.confirm_passphrase(&secret(), now()).expect("still the old one");
}

#[test]
fn an_old_key_file_put_back_does_not_revive_a_replaced_code() {
    let clinic = clinic();
    let dir = clinic.vault.dir().to_owned();
    let old = fs::read(dir.join("vault.toml")).expect("read");
    let _new = clinic.vault.replace_recovery_code(KdfCost::TESTS, now()).expect("replaced");
    drop(clinic.vault);
    // In the place of one copy only, the other one being there and newer.
    write_atomic(&dir.join("vault.toml.2"), &old).expect("written");
    let refused = refusal(Vault::open_with_recovery_code(&dir, &clinic.code.0, now()));
    assert_eq!(refused, VaultError::StaleKeys);
    let _vault = Vault::open(&dir, "anna", &secret(), now()).expect("the newer copy is in force");
}

#[test]
fn a_mistyped_recovery_code_is_told_from_a_wrong_one() {
    let clinic = clinic();
    let dir = clinic.vault.dir().to_owned();
    drop(clinic.vault);
    let mut typed = clinic.code.0.to_string();
    let first = if typed.starts_with('7') { "8" } else { "7" };
    typed.replace_range(0..1, first);
    let mistyped = refusal(Vault::open_with_recovery_code(&dir, &typed, now()));
    assert!(matches!(mistyped, VaultError::MistypedRecoveryCode | VaultError::WrongRecoveryCode));
    let short = refusal(Vault::open_with_recovery_code(&dir, "ABCD", now()));
    assert_eq!(short, VaultError::MistypedRecoveryCode);
}

#[test]
fn a_changed_passphrase_replaces_the_old_one() {
    let clinic = clinic();
    let dir = clinic.vault.dir().to_owned();
    let new = Passphrase::new("battery staple");
    clinic.vault.change_passphrase(Some(&secret()), &new, KdfCost::TESTS, now()).expect("changed");
    assert_eq!(clinic.vault.confirm_passphrase(&secret(), now()), Err(VaultError::WrongPassphrase));
    clinic.vault.confirm_passphrase(&new, now()).expect("confirmed");
    drop(clinic.vault);
    assert_eq!(refusal(Vault::open(&dir, "anna", &secret(), now())), VaultError::WrongPassphrase);
    let _vault = Vault::open(&dir, "anna", &new, now()).expect("opened");
}

/// Rewrites the format number of one copy, checksum included, as a newer program would.
fn make_newer(path: &Path) {
    let text = fs::read_to_string(path).expect("read");
    let (body, seal) = text.split_once("[seal]\n").expect("sealed");
    let body = body.replacen("format = 1", "format = 7", 1);
    let hmac = seal.lines().find(|line| line.starts_with("hmac")).expect("a tag");
    let sha256 = diptych::model::PhotoHash(Sha256::digest(body.as_bytes()).into());
    write_atomic(path, format!("{body}[seal]\nsha256 = \"{sha256}\"\n{hmac}\n").as_bytes()).expect("written");
}

#[test]
fn a_vault_of_a_newer_format_is_left_alone() {
    let clinic = clinic();
    let dir = clinic.vault.dir().to_owned();
    drop(clinic.vault);
    make_newer(&dir.join("vault.toml"));
    let refused = refusal(Vault::open(&dir, "anna", &secret(), now()));
    assert_eq!(refused, VaultError::NewerFormat { found: 7, known: 1 });
    assert!(refused.user_message().contains('7'));
}

#[test]
fn a_flipped_byte_anywhere_in_the_first_copy_is_healed_by_the_second() {
    let clinic = clinic();
    let dir = clinic.vault.dir().to_owned();
    let path = dir.join("vault.toml");
    drop(clinic.vault);
    let length = fs::read(&path).expect("read").len();
    for at in (0..length).step_by(97) {
        let mut bytes = fs::read(&path).expect("read");
        bytes[at] ^= 0x04;
        write_atomic(&path, &bytes).expect("written");
        drop(Vault::open(&dir, "anna", &secret(), now()).unwrap_or_else(|e| panic!("byte {at}: {e}")));
        let copies = ["vault.toml", "vault.toml.2"].map(|name| fs::read(dir.join(name)).expect("read"));
        assert_eq!(copies[0], copies[1], "both copies are whole again");
    }
}

#[test]
fn two_damaged_copies_are_damage_and_not_a_wrong_passphrase() {
    let clinic = clinic();
    let dir = clinic.vault.dir().to_owned();
    drop(clinic.vault);
    for name in ["vault.toml", "vault.toml.2"] {
        let mut bytes = fs::read(dir.join(name)).expect("read");
        bytes[40] ^= 1;
        write_atomic(&dir.join(name), &bytes).expect("written");
    }
    let refused = refusal(Vault::open(&dir, "anna", &secret(), now()));
    assert_eq!(refused, VaultError::DamagedKeyFile);
}

#[test]
fn an_old_copy_of_the_key_file_that_was_put_back_is_noticed() {
    let clinic = clinic();
    let dir = clinic.vault.dir().to_owned();
    let old = fs::read(dir.join("vault.toml")).expect("read");
    let new = Passphrase::new("new");
    clinic.vault.change_passphrase(Some(&secret()), &new, KdfCost::TESTS, now()).expect("changed");
    drop(clinic.vault);
    for name in ["vault.toml", "vault.toml.2"] {
        write_atomic(&dir.join(name), &old).expect("written");
    }
    assert_eq!(refusal(Vault::open(&dir, "anna", &secret(), now())), VaultError::StaleKeys);
}

#[test]
fn the_second_program_is_told_who_holds_the_vault() {
    let clinic = clinic();
    let dir = clinic.vault.dir().to_owned();
    match refusal(Vault::open(&dir, "anna", &secret(), now())) {
        VaultError::InUse { holder } => {
            assert!(holder.contains(&std::process::id().to_string()) && holder.contains("anna"), "{holder}");
        }
        other => panic!("{other}"),
    }
    drop(clinic.vault);
    let _vault = Vault::open(&dir, "anna", &secret(), now()).expect("opened once the other closed it");
}

#[test]
fn a_catalog_that_its_key_does_not_open_is_damage() {
    let clinic = clinic();
    let dir = clinic.vault.dir().to_owned();
    let _patient =
        clinic.vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&person("1", "A", "B"))).expect("added");
    drop(clinic.vault);
    let mut bytes = fs::read(dir.join("catalog.db")).expect("read");
    for byte in &mut bytes[100..200] {
        *byte ^= 0xff;
    }
    write_atomic(&dir.join("catalog.db"), &bytes).expect("written");
    let refused = refusal(Vault::open(&dir, "anna", &secret(), now()));
    assert_eq!(refused, VaultError::DamagedCatalog);
    let said = refused.user_message();
    assert!(said.contains("catalog.db") && said.contains("diptych restore"), "{said}");
}
