//! Opening vaults: passphrases, formats, refusals.

use std::process::Command;

use crate::support::{Clinic, PASSPHRASE, Run, program};

#[test]
fn a_new_vault_shows_its_recovery_code_once_and_is_not_made_twice() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let vault = folder.path().join("v");
    let init = || {
        let mut command = program();
        let _ = command.env("DIPTYCH_PASSPHRASE", PASSPHRASE).args(["init", "--json", "--vault"]).arg(&vault);
        Run::from(command.output().expect("started"))
    };
    let value = init().json();
    let code = value["recovery_code"].as_str().expect("a code");
    assert!(code.chars().filter(char::is_ascii_alphanumeric).count() >= 26, "at least 128 bits");
    assert!(init().expect(3).out.is_empty());
}

#[test]
fn a_login_that_is_not_there_is_told_the_names_that_are() {
    let clinic = Clinic::new();
    let said = clinic.run(&["list", "--login", "nobody"]).expect(1);
    assert!(said.err.contains("no user “nobody”") && said.err.contains("--login: owner."), "{}", said.err);
}

#[test]
fn a_wrong_passphrase_says_that_nothing_was_changed() {
    let clinic = Clinic::new();
    let mut command = clinic.command();
    let _ = command.env("DIPTYCH_PASSPHRASE", "wrong").arg("list");
    let said = Run::from(command.output().expect("started")).expect(1);
    assert!(said.err.contains("Nothing was changed"), "{}", said.err);
    assert!(!said.err.contains("wrong ") && said.out.is_empty());
}

#[test]
fn without_a_terminal_a_missing_passphrase_is_wrong_usage() {
    let clinic = Clinic::new();
    let mut command = clinic.command();
    let _ = command.env_remove("DIPTYCH_PASSPHRASE").arg("list");
    let said = Run::from(command.output().expect("started")).expect(2);
    assert!(said.err.contains("--passphrase-fd"), "{}", said.err);
}

#[cfg(unix)]
#[test]
fn the_passphrase_may_come_over_a_file_descriptor() {
    let clinic = Clinic::new();
    let script = format!("\"$1\" list --json --vault \"$2\" --passphrase-fd 3 3<<<'{PASSPHRASE}'");
    let mut command = Command::new("bash");
    let _ = command.args(["-c", &script, "bash", env!("CARGO_BIN_EXE_diptych")]).arg(clinic.vault());
    let _ = command.env_remove("DIPTYCH_PASSPHRASE");
    let value = Run::from(command.output().expect("started")).json();
    assert_eq!(value["patients"], serde_json::json!([]));
}

#[test]
fn a_vault_of_a_newer_program_is_left_alone() {
    let clinic = Clinic::new();
    for name in ["vault.toml", "vault.toml.2"] {
        let path = clinic.vault().join(name);
        let text = std::fs::read_to_string(&path).expect("a copy of the key file");
        let (body, seal) = text.split_at(text.rfind("[seal]").expect("a seal"));
        let newer = body.replacen("format = 1", "format = 99", 1);
        assert_ne!(newer, body, "the format stands in {name}");
        // A newer program seals what it writes: the checksum has to fit.
        let hash = |text: &str| diptych::import::scan::hash(text.as_bytes()).to_string();
        let whole = format!("{newer}{}", seal.replace(&hash(body), &hash(&newer)));
        diptych::fsx::write_atomic(&path, whole.as_bytes()).expect("written");
    }
    let before = std::fs::read(clinic.vault().join("vault.toml")).expect("read");
    let said = clinic.run(&["list"]).expect(1);
    assert!(said.err.to_lowercase().contains("newer"), "{}", said.err);
    assert_eq!(std::fs::read(clinic.vault().join("vault.toml")).expect("read"), before);
}

#[test]
fn a_folder_that_is_no_vault_is_said_before_a_passphrase_is_asked() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut command = program();
    let _ = command.args(["list", "--vault"]).arg(folder.path());
    let said = Run::from(command.output().expect("started")).expect(1);
    assert!(said.err.to_lowercase().contains("vault"), "{}", said.err);
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let clinic = Clinic::new();
    let script = "\"$1\" list --help | head -c 1 >/dev/null; \"$1\" list --json --vault \"$2\" | true; echo ${PIPESTATUS[0]}; \
         \"$1\" list --json --vault \"$2\" | head -1 >/dev/null; echo ${PIPESTATUS[0]}";
    // More than a pipe holds, so that the program is still writing when its reader has gone.
    let passphrase = diptych::vault::Passphrase::new(PASSPHRASE);
    let now = diptych::clock::Now::from_system();
    let vault = diptych::vault::Vault::open(&clinic.vault(), "owner", &passphrase, now).expect("opened");
    vault
        .transact(diptych::vault::Op::AddPatient, now, |tx| {
            (0..600).try_for_each(|n| tx.add_patient(&person(n)).map(drop))
        })
        .expect("added");
    drop(vault);
    let mut command = Command::new("bash");
    let _ = command.args(["-c", script, "bash", env!("CARGO_BIN_EXE_diptych")]).arg(clinic.vault());
    let _ = command.env("DIPTYCH_PASSPHRASE", PASSPHRASE);
    let said = Run::from(command.output().expect("started"));
    assert_eq!(said.out.trim(), "0\n0", "{}", said.err);
    assert!(said.err.is_empty(), "{}", said.err);
}

#[cfg(unix)]
fn person(n: u32) -> diptych::model::NewPatient {
    diptych::model::NewPatient {
        code: format!("P-{n:05}").as_str().into(),
        given: "A".repeat(60).as_str().into(),
        family: "B".repeat(60).as_str().into(),
        birth: None,
        fitzpatrick: None,
    }
}

/// Runs a command of `vault` with these environment variables and no other secret.
fn with(clinic: &Clinic, secrets: &[(&str, &str)], args: &[&str]) -> Run {
    let mut command = clinic.command();
    let _ = command.env_remove("DIPTYCH_PASSPHRASE").envs(secrets.iter().copied()).args(args);
    Run::from(command.output().expect("started"))
}

#[test]
fn whoever_lost_the_passphrase_comes_back_with_the_printed_code() {
    let clinic = Clinic { folder: tempfile::tempdir().expect("a temporary folder") };
    let code = clinic.run(&["init", "--json"]).json()["recovery_code"].as_str().expect("a code").to_owned();
    let opened = with(&clinic, &[("DIPTYCH_RECOVERY_CODE", &code)], &["list", "--recovery-code"]).expect(0);
    assert!(opened.err.contains("diptych user passphrase --recovery-code"), "{}", opened.err);
    let usb = clinic.path("usb").display().to_string();
    let by_code = |args: &[&str]| with(&clinic, &[("DIPTYCH_RECOVERY_CODE", &code)], args);
    let _ = by_code(&["backup", &usb, "--recovery-code"]).expect(0);
    let refused = by_code(&["patient", "add", "--code", "P-1", "--recovery-code"]).expect(3);
    assert!(refused.err.contains("set a new passphrase"), "{}", refused.err);
    let site = clinic.path("site");
    let publish = ["export", "gallery", site.to_str().expect("a path"), "--recovery-code"];
    let unsigned = with(&clinic, &[("DIPTYCH_RECOVERY_CODE", &code)], &publish).expect(3);
    assert!(unsigned.err.contains("Nothing was published") && !site.exists(), "{}", unsigned.err);
    let secrets = [("DIPTYCH_RECOVERY_CODE", code.as_str()), ("DIPTYCH_NEW_PASSPHRASE", "willow-and-gravel")];
    let changed = with(&clinic, &secrets, &["user", "passphrase", "--recovery-code", "--json"]).expect(0);
    let value: serde_json::Value = serde_json::from_str(&changed.out).expect("JSON");
    let second = value["recovery_code"].as_str().expect("another code").to_owned();
    let _ = clinic.run(&["list"]).expect(1);
    let used = with(&clinic, &[("DIPTYCH_RECOVERY_CODE", &code)], &["list", "--recovery-code"]).expect(1);
    assert!(used.err.contains("was replaced"), "{}", used.err);
    let _ = with(&clinic, &[("DIPTYCH_RECOVERY_CODE", &second)], &["list", "--recovery-code"]).expect(0);
    let new = [("DIPTYCH_PASSPHRASE", "willow-and-gravel")];
    let renewed = with(&clinic, &new, &["user", "recovery", "--json"]).json();
    let fresh = renewed["recovery_code"].as_str().expect("a code");
    assert_ne!(fresh, code);
    let _ = with(&clinic, &[("DIPTYCH_RECOVERY_CODE", &code)], &["list", "--recovery-code"]).expect(1);
    let _ = with(&clinic, &[("DIPTYCH_RECOVERY_CODE", fresh)], &["list", "--recovery-code"]).expect(0);
    assert!(!changed.out.contains("willow-and-gravel") && !changed.err.contains("willow-and-gravel"));
}

#[test]
fn a_passphrase_is_changed_only_by_whoever_knows_the_old_one() {
    let clinic = Clinic::new();
    let args = ["user", "passphrase", "--json"];
    let wrong = [("DIPTYCH_PASSPHRASE", "wrong"), ("DIPTYCH_NEW_PASSPHRASE", "another horse")];
    let _ = with(&clinic, &wrong, &args).expect(1);
    let usage = with(&clinic, &[("DIPTYCH_PASSPHRASE", PASSPHRASE)], &args).expect(2);
    assert!(usage.err.contains("--new-passphrase-fd"), "{}", usage.err);
    let right = [("DIPTYCH_PASSPHRASE", PASSPHRASE), ("DIPTYCH_NEW_PASSPHRASE", "another horse")];
    assert_eq!(with(&clinic, &right, &args).json()["changed"], "passphrase");
    let _ = with(&clinic, &[("DIPTYCH_PASSPHRASE", "another horse")], &["list"]).expect(0);
}

#[cfg(unix)]
#[test]
fn both_passphrases_may_come_over_one_file_descriptor() {
    let clinic = Clinic::new();
    let script = format!(
        "printf '%s\\n' '{PASSPHRASE}' 'second line' | \"$1\" user passphrase --vault \"$2\" --passphrase-fd 0 --new-passphrase-fd 0"
    );
    let mut command = Command::new("bash");
    let _ = command.args(["-c", &script, "bash", env!("CARGO_BIN_EXE_diptych")]).arg(clinic.vault());
    let _ = Run::from(command.output().expect("started")).expect(0);
    let _ = with(&clinic, &[("DIPTYCH_PASSPHRASE", "second line")], &["list"]).expect(0);
}

#[test]
fn undo_says_what_it_took_back() {
    let clinic = Clinic::new();
    let _ = clinic.run(&["undo"]).expect(3);
    for code in ["1", "2"] {
        let _ = clinic.run(&["patient", "add", "--code", code]).expect(0);
    }
    let said = clinic.run(&["undo"]).expect(0);
    assert!(said.out.starts_with("Undone: adding a patient ("), "{}", said.out);
    let value = clinic.run(&["undo", "--json"]).json();
    assert_eq!((&value["undone"], &value["op"]), (&"Adding a patient".into(), &"add-patient".into()));
    assert_eq!(value["touched"][0], serde_json::json!({"kind": "patient", "added": 1, "changed": 0, "removed": 0}));
}

#[test]
fn users_are_added_given_roles_and_disabled() {
    let clinic = Clinic::new();
    let bert = [("DIPTYCH_PASSPHRASE", "berts own words"), ("DIPTYCH_NEW_PASSPHRASE", "never used")];
    let own = [("DIPTYCH_PASSPHRASE", PASSPHRASE), ("DIPTYCH_NEW_PASSPHRASE", "berts own words")];
    let added = with(&clinic, &own, &["user", "add", "bert", "--role", "viewer", "--json"]).json();
    assert_eq!((&added["login"], &added["role"]), (&"bert".into(), &"viewer".into()));
    let _ = with(&clinic, &own, &["user", "add", "bert", "--role", "viewer"]).expect(3);
    let _ = with(&clinic, &own, &["user", "add", "cleo", "--role", "boss"]).expect(2);
    let _ = with(&clinic, &bert, &["list", "--login", "bert"]).expect(0);
    let _ = with(&clinic, &bert, &["user", "add", "cleo", "--role", "owner", "--login", "bert"]).expect(3);
    let _ = clinic.run(&["user", "role", "bert", "assistant"]).expect(0);
    let _ = clinic.run(&["user", "disable", "owner"]).expect(3);
    let _ = clinic.run(&["user", "disable", "nobody"]).expect(1);
    let _ = clinic.run(&["user", "disable", "bert"]).expect(0);
    let _ = with(&clinic, &bert, &["list", "--login", "bert"]).expect(1);
    let listed = clinic.run(&["user", "list", "--json"]).json();
    let expected = serde_json::json!({"id": 2, "login": "bert", "role": "assistant", "disabled": true});
    assert_eq!(listed["users"][1], expected);
}

#[test]
fn a_new_passphrase_has_to_be_as_long_as_in_the_window() {
    let clinic = Clinic { folder: tempfile::tempdir().expect("a temporary folder") };
    let short = with(&clinic, &[("DIPTYCH_PASSPHRASE", "seven77")], &["init"]).expect(3);
    assert!(short.err.contains("at least 8 characters") && short.out.is_empty(), "{}", short.err);
    assert!(!clinic.vault().exists(), "nothing was made");
    let _ = with(&clinic, &[("DIPTYCH_PASSPHRASE", "eight888")], &["init"]).expect(0);
    for args in [&["user", "passphrase"][..], &["user", "add", "bert", "--role", "viewer"]] {
        let secrets = [("DIPTYCH_PASSPHRASE", "eight888"), ("DIPTYCH_NEW_PASSPHRASE", "demo")];
        let refused = with(&clinic, &secrets, args).expect(3);
        assert!(refused.err.contains("at least 8 characters"), "{}", refused.err);
    }
    let _ = with(&clinic, &[("DIPTYCH_PASSPHRASE", "eight888")], &["list"]).expect(0);
}

#[test]
fn a_vault_is_made_only_in_a_folder_of_its_own() {
    let clinic = Clinic { folder: tempfile::tempdir().expect("a temporary folder") };
    let folder = clinic.vault();
    std::fs::create_dir(&folder).expect("made");
    diptych::fsx::write_atomic(&folder.join("letter.txt"), b"dear").expect("written");
    let refused = clinic.run(&["init"]).expect(3);
    assert!(refused.err.contains("This folder holds other files. Nothing was changed."), "{}", refused.err);
    let left: Vec<_> =
        std::fs::read_dir(&folder).expect("a folder").map(|e| e.expect("an entry").file_name()).collect();
    assert_eq!(left, ["letter.txt"]);
    std::fs::remove_file(folder.join("letter.txt")).expect("removed");
    // What an interrupted beginning leaves, and what systems leave, is in nobody's way.
    for name in ["vault.begun", "vault.lock", "vault.holder", "catalog.db", "catalog.db-wal", "derived.db", ".DS_Store"]
    {
        diptych::fsx::write_atomic(&folder.join(name), b"").expect("written");
    }
    let _ = clinic.run(&["init"]).expect(0);
    let _ = clinic.run(&["list"]).expect(0);
}

#[cfg(target_os = "linux")]
#[test]
fn a_recovery_code_that_nobody_could_read_is_said_and_another_one_asked_for() {
    let clinic = Clinic { folder: tempfile::tempdir().expect("a temporary folder") };
    let to = |target: &str, args: &str| {
        let mut command = Command::new("bash");
        let script = format!("\"$1\" {args} --vault \"$2\" {target}");
        let _ = command.args(["-c", &script, "bash", env!("CARGO_BIN_EXE_diptych")]).arg(clinic.vault());
        Run::from(command.env("DIPTYCH_PASSPHRASE", PASSPHRASE).output().expect("started"))
    };
    for nowhere in [">&-", "> /dev/null"] {
        let refused = to(nowhere, "init").expect(1);
        assert!(refused.err.contains("Nothing was changed."), "{}", refused.err);
        assert!(!clinic.vault().exists(), "no code was made that nobody saw");
    }
    let full = to("> /dev/full", "init").expect(1);
    assert!(full.err.contains("was created, but the new recovery code could not be written"), "{}", full.err);
    assert!(full.err.contains("diptych user recovery --vault"), "{}", full.err);
    let mut add = clinic.command();
    let _ = add.env("DIPTYCH_NEW_PASSPHRASE", "berts own words").args(["user", "add", "bert", "--role", "viewer"]);
    let added = Run::from(add.output().expect("started")).expect(0);
    assert!(added.out.contains("Make a new one now: diptych user recovery."), "{}", added.out);
    // A reader that has gone.
    let gone = to("| true; exit ${PIPESTATUS[0]}", "user recovery").expect(1);
    assert!(gone.err.contains("The old recovery code opens nothing any more, but"), "{}", gone.err);
    let code = to("", "user recovery --json").json()["recovery_code"].as_str().expect("a code").to_owned();
    let _ = with(&clinic, &[("DIPTYCH_RECOVERY_CODE", &code)], &["list", "--recovery-code"]).expect(0);
}

#[test]
fn a_vault_in_a_folder_that_is_copied_to_a_cloud_is_warned_about_and_made() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, said) in [("Dropbox/vault", true), ("vault", false)] {
        let mut command = program();
        let _ = command.env("DIPTYCH_PASSPHRASE", PASSPHRASE).args(["init", "--vault"]).arg(folder.path().join(name));
        let made = Run::from(command.output().expect("started")).expect(0);
        assert_eq!(made.err.contains("copied to a cloud by Dropbox"), said, "{}", made.err);
        assert!(made.out.contains("Created the vault"));
    }
}
