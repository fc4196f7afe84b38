//! No key, passphrase or code is in what the program says of itself: not in `Debug`, not in its log, not in a panic.

use std::fmt::Debug;
use std::process::Command;

use super::*;
use crate::progress::Progress;
use crate::vault::keys::{hex, slot::Slot, slot::SlotKind};

const PHRASE: &str = "planted correct horse";
const NEXT: &str = "planted battery staple";
const WRONG: &str = "planted wrong guess";

/// Every spelling in which bytes could be printed.
fn spellings(bytes: &[u8]) -> Vec<String> {
    let decimal: Vec<String> = bytes.iter().map(u8::to_string).collect();
    let list = decimal.join(", ");
    let lines = decimal.join(",\n");
    let digits = hex(bytes);
    [digits.to_uppercase(), digits, list, lines].into_iter().filter(|text| !text.is_empty()).collect()
}

fn shows(output: &str, secret: &[u8]) -> bool {
    let squeezed: String = output.chars().filter(|c| !c.is_whitespace()).collect();
    let spelled = |text: &String| squeezed.contains(&text.chars().filter(|c| !c.is_whitespace()).collect::<String>());
    spellings(secret).iter().any(spelled) || std::str::from_utf8(secret).is_ok_and(|text| output.contains(text))
}

fn printed(values: &[&dyn Debug]) -> String {
    let both = |value: &&dyn Debug| [format!("{value:?}"), format!("{value:#?}")];
    values.iter().flat_map(both).collect::<Vec<_>>().join("\n")
}

#[test]
fn whatever_holds_a_secret_shows_nothing_of_it() {
    let (folder, vault) = created();
    let keys = Keys { root: Key::from_bytes(&[0xab; 32]).expect("a key"), sealing: Key::random().expect("a key") };
    let (phrase, code) = (Passphrase::new(PHRASE), RecoveryCode::random().expect("a code"));
    let slot = Slot::wrap(SlotKind::Passphrase, ("anna", 1), &phrase.secret(), &keys, "v", KdfCost::TESTS);
    let backup_key = vault.backup_key().expect("a key");
    let by_phrase = Secret::Passphrase("anna", &phrase);
    let by_code = Secret::RecoveryCode(&code.0);
    let values: [&dyn Debug; 10] = [
        &keys,
        &keys.root,
        &keys.sealing,
        &phrase,
        &code,
        &slot,
        &backup_key,
        &by_phrase,
        &by_code,
        &(Some(&vault), Err::<(), _>(VaultError::WrongPassphrase)),
    ];
    let output = printed(&values);
    let inner = vault.inner.keys();
    let secrets = [keys.root.bytes(), keys.sealing.bytes(), inner.root.bytes(), inner.sealing.bytes()];
    for secret in secrets {
        assert!(!shows(&output, secret), "{output}");
    }
    for secret in [PHRASE, code.0.as_str()] {
        assert!(!shows(&output, secret.as_bytes()), "{output}");
    }
    assert!(output.contains("Keys(…)") && output.contains("Passphrase(…)") && output.contains("BackupKey(…)"));
    assert!(shows("[171, 171]", &[0xab, 0xab]) && shows("x'ABAB'", &[0xab, 0xab]), "the test would see one");
    drop(folder);
}

const ENTRY: &str = "vault::tests::secrets::a_process_that_panics_while_a_vault_is_open";
const FOLDER: &str = "DIPTYCH_TEST_FOLDER";

#[test]
#[ignore = "the test below starts it in a process of its own"]
#[allow(clippy::disallowed_methods, reason = "a test that is told its folder")]
fn a_process_that_panics_while_a_vault_is_open() {
    crate::log::init("trace");
    let folder = std::path::PathBuf::from(std::env::var_os(FOLDER).expect("a folder"));
    let dir = folder.join("v");
    let (phrase, next) = (Passphrase::new(PHRASE), Passphrase::new(NEXT));
    let (vault, code) = Vault::create(&dir, "anna", &phrase, KdfCost::TESTS, now()).expect("created");
    let _item = receive(&vault, b"an original").expect("received");
    let _key = vault.backup_key().expect("a key");
    assert!(vault.confirm_passphrase(&Passphrase::new(WRONG), now()).is_err());
    let _id = vault.add_user("bert", Role::Owner, &phrase, KdfCost::TESTS, now()).expect("added");
    vault.disable_user(UserId(2), now()).expect("disabled");
    vault.change_passphrase(Some(&phrase), &next, KdfCost::TESTS, now()).expect("changed");
    drop(vault);
    drop(Vault::open_with_recovery_code(&dir, &code.0, now()).expect("opened"));
    let vault = Vault::open(&dir, "anna", &next, now()).expect("opened");
    let _report = vault.check(&CheckRequest::default(), now(), &Progress::silent()).expect("checked");
    let (own, conn) = (vault.inner.keys(), pool::lock(&vault.inner.writer));
    let volume: Vec<u8> = conn.query_row("SELECT key FROM volume", [], |row| row.get(0)).expect("a key");
    let derived: Vec<u8> = conn.query_row("SELECT derived_key FROM vault_state", [], |row| row.get(0)).expect("a key");
    drop(conn);
    let catalog = own.root.for_catalog().expect("derived");
    let secrets =
        [&own.root.bytes()[..], own.sealing.bytes(), catalog.bytes(), &volume, &derived, code.0.as_bytes()].map(hex);
    crate::fsx::write_atomic(&folder.join("secrets"), secrets.join("\n").as_bytes()).expect("written");
    // In the worst place: keys, connections and what was typed are all at hand.
    let _never = vault.transact(Op::AddPatient, now(), |tx| {
        let secret = Secret::Passphrase("anna", &next);
        let error = tx.photo(PhotoId(99)).expect_err("nobody");
        assert!(error != VaultError::NotFound, "{error:?} {secret:?} {:?} {own:?} {vault:?}", vault.backup_place());
        Ok(())
    });
}

#[test]
fn a_panic_and_the_log_of_a_process_with_an_open_vault_name_no_secret() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(std::env::current_exe().expect("this binary"));
    let _ = command.args([ENTRY, "--exact", "--ignored", "--nocapture"]);
    let _ = command.env(FOLDER, folder.path()).env("RUST_BACKTRACE", "full");
    let output = command.output().expect("started");
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(!output.status.success() && said.contains("NotFound Secret(…)"), "it panicked where it should: {said}");
    let planted = [PHRASE, NEXT, WRONG].map(|text| text.as_bytes().to_vec());
    let written = std::fs::read_to_string(folder.path().join("secrets")).expect("read");
    let from_hex = |line: &str| -> Vec<u8> {
        let digit = |at: usize| u8::from_str_radix(&line[at..at + 2], 16).expect("hexadecimal");
        (0..line.len()).step_by(2).map(digit).collect()
    };
    let kept: Vec<Vec<u8>> = written.lines().map(from_hex).collect();
    assert_eq!(kept.len(), 6);
    for secret in planted.iter().chain(&kept) {
        assert!(secret.len() >= 19 && !shows(&said, secret), "{said}");
    }
}
