//! A kill at any step of disabling a user leaves a vault that opens by the right keys, with every record in it.

use std::fs;
use std::path::Path;

use super::*;
use crate::vault::pool::lock;
use crate::vault::rekey::Step;

const STEPS: [Step; 7] =
    [Step::Announced, Step::Copied, Step::Amended, Step::FirstCopy, Step::SecondCopy, Step::Finished, Step::Removed];

fn word(text: &str) -> Passphrase {
    Passphrase::new(text)
}

fn try_open(folder: &Path, login: &str, passphrase: &str) -> Result<Vault> {
    Vault::open(folder, login, &word(passphrase), now())
}

/// The files of a vault as they lie on the disk in this moment, as after a kill.
fn image(of: &Path) -> TempDir {
    let to = tempfile::tempdir().expect("a folder");
    for entry in fs::read_dir(of).expect("listed") {
        let entry = entry.expect("an entry");
        let _bytes = fs::copy(entry.path(), to.path().join(entry.file_name())).expect("copied");
    }
    to
}

fn files(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).expect("listed").map(|e| e.expect("an entry").file_name());
    let mut names: Vec<String> = names.map(|n| n.into_string().expect("a name")).collect();
    names.retain(|name| name.starts_with("catalog"));
    names.sort();
    names
}

/// A vault with a record, an original, an owner and two others.
struct Clinic {
    folder: TempDir,
    vault: Vault,
    code: RecoveryCode,
    bert: UserId,
}

fn clinic() -> Clinic {
    let folder = tempfile::tempdir().expect("a folder");
    let (vault, code) = Vault::create(folder.path(), "anna", &secret(), KdfCost::TESTS, now()).expect("created");
    let add = |login, role, phrase| vault.add_user(login, role, &word(phrase), KdfCost::TESTS, now());
    let bert = add("bert", Role::Assistant, "berts").expect("added");
    let _cleo = add("cleo", Role::Clinician, "cleos").expect("added");
    let _id = vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&person(7, "Ülle"))).expect("a patient");
    let _item = receive(&vault, b"a photo").expect("received");
    Clinic { folder, vault, code, bert }
}

/// What has to be there whatever happened.
fn is_whole(vault: &Vault) {
    assert_eq!(vault.patient_count("ülle"), Ok(1));
    let item = vault.tray().expect("tray")[0].id;
    assert_eq!(vault.tray_original(item).expect("read"), b"a photo");
    assert!(matches!(vault.check_audit(), Ok(AuditCheck::Whole { .. })));
    let _new = vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&person(8, "B"))).expect("it takes records");
}

/// What the disk held at each step of disabling bert.
fn images() -> (Vec<(Step, TempDir)>, RecoveryCode) {
    let Clinic { folder, vault, code, bert } = clinic();
    let mut images = Vec::new();
    vault.disable_by_steps(bert, now(), &mut |step| images.push((step, image(folder.path())))).expect("disabled");
    (images, code)
}

#[test]
fn a_kill_at_any_step_of_a_disabling_leaves_a_vault_that_opens_by_the_right_keys() {
    let (images, code) = images();
    assert_eq!(images.iter().map(|(step, _)| *step).collect::<Vec<_>>(), STEPS);
    for (at, (step, folder)) in images.into_iter().enumerate() {
        let switched = at >= 3;
        // Bert first: nobody has tidied up yet.
        let bert = try_open(folder.path(), "bert", "berts").map(drop);
        let expected = if switched { Err(VaultError::UnknownLogin) } else { Ok(()) };
        assert_eq!(bert, expected, "{step:?}");
        let vault = try_open(folder.path(), "anna", "secret").unwrap_or_else(|e| panic!("{step:?}: {e}"));
        let disabled = vault.users().expect("users").iter().any(|member| member.login == "bert" && member.disabled);
        assert_eq!(disabled, switched, "{step:?}");
        is_whole(&vault);
        drop(vault);
        assert_eq!(try_open(folder.path(), "bert", "berts").map(drop), expected, "{step:?}");
        let number = if switched { "catalog-0002.db" } else { "catalog.db" };
        assert_eq!(files(folder.path()), [number], "{step:?}: nothing else stays");
        drop(try_open(folder.path(), "cleo", "cleos").unwrap_or_else(|e| panic!("{step:?}: {e}")));
        let _vault = Vault::open_with_recovery_code(folder.path(), &code.0, now()).expect("by the printed code");
    }
}

#[test]
fn a_disabling_that_was_taken_back_is_said_once_and_can_be_made_again() {
    for (step, folder) in images().0.into_iter().take(3) {
        let vault = try_open(folder.path(), "anna", "secret").expect("opened");
        assert!(vault.findings().keys_unchanged, "{step:?}");
        let bert = vault.users().expect("users")[1].id;
        vault.disable_user(bert, now()).expect("made again");
        drop(vault);
        assert_eq!(try_open(folder.path(), "bert", "berts").map(drop), Err(VaultError::UnknownLogin));
        let vault = try_open(folder.path(), "anna", "secret").expect("opened");
        assert_eq!(vault.findings(), &Findings::default());
        is_whole(&vault);
    }
}

#[test]
fn the_open_vault_goes_on_under_the_new_key() {
    let Clinic { folder, vault, bert, .. } = clinic();
    let before = vault.inner.keys();
    vault.disable_user(bert, now()).expect("disabled");
    assert_ne!(before.root.bytes(), vault.inner.keys().root.bytes());
    is_whole(&vault);
    assert_eq!(files(folder.path()).first().map(String::as_str), Some("catalog-0002.db"));
    let old = Source::new(folder.path(), "catalog-0002.db", before.root.for_catalog().expect("a key"), 8192);
    assert!(old.reader().is_err(), "what bert knew opens it no more");
    drop(vault);
    is_whole_again(folder.path());
}

fn is_whole_again(folder: &Path) {
    let vault = try_open(folder, "anna", "secret").expect("opened");
    assert_eq!((vault.patient_count("ülle"), vault.findings()), (Ok(1), &Findings::default()));
}

#[test]
fn every_row_of_every_table_is_in_the_new_file() {
    let Clinic { folder: _folder, vault, bert, .. } = clinic();
    let before = dump(&vault);
    vault.disable_user(bert, now()).expect("disabled");
    let after = dump(&vault);
    let changed: Vec<&String> = before.iter().filter(|row| !after.contains(row)).collect();
    assert!(changed.iter().all(|row| row.starts_with("user") || row.starts_with("vault_state")), "{changed:?}");
    assert_eq!(after.len(), before.len() + 1, "one row more: the audit's");
    assert!(before.len() > 10 && before.iter().any(|row| row.starts_with("sqlite_sequence")));
}

/// All rows of all tables.
fn dump(vault: &Vault) -> Vec<String> {
    let conn = lock(&vault.inner.writer);
    let mut names = conn.prepare("SELECT name FROM main.sqlite_schema WHERE type = 'table'").expect("prepared");
    let names: Vec<String> = names.query_map([], |row| row.get(0)).expect("queried").map(|n| n.expect("one")).collect();
    let mut out = Vec::new();
    for name in names {
        let mut statement = conn.prepare(&format!("SELECT * FROM main.{name}")).expect("prepared");
        let width = statement.column_count();
        let mut rows = statement.query([]).expect("queried");
        while let Some(row) = rows.next().expect("a row") {
            let cells: Vec<String> = (0..width).map(|i| format!("{:?}", row.get_ref(i).expect("a value"))).collect();
            // The audit's own number in the list of sequences rises with its new row.
            if !(name == "sqlite_sequence" && cells[0].contains(&format!("{:?}", b"audit"))) {
                out.push(format!("{name} {}", cells.join("|")));
            }
        }
    }
    out
}

#[test]
fn a_key_file_that_cannot_be_written_disables_nobody() {
    let Clinic { folder, vault, bert, .. } = clinic();
    let first = folder.path().join(header::COPIES[0]);
    let kept = fs::read(&first).expect("read");
    fs::remove_file(&first).expect("removed");
    fs::create_dir(&first).expect("in the way");
    assert!(matches!(vault.disable_user(bert, now()), Err(VaultError::Io(_))));
    fs::remove_dir(&first).expect("cleared");
    crate::fsx::write_atomic(&first, &kept).expect("put back");
    assert!(!vault.users().expect("users")[1].disabled);
    is_whole(&vault);
    drop(vault);
    assert_eq!(files(folder.path()), ["catalog.db"]);
    drop(try_open(folder.path(), "bert", "berts").expect("still in"));
}

#[test]
fn a_second_copy_that_cannot_be_written_takes_nothing_back() {
    let Clinic { folder, vault, bert, .. } = clinic();
    let second = folder.path().join(header::COPIES[1]);
    fs::remove_file(&second).expect("removed");
    fs::create_dir(&second).expect("in the way");
    vault.disable_user(bert, now()).expect("the first copy says so");
    is_whole(&vault);
    fs::remove_dir(&second).expect("cleared");
    drop(vault);
    assert_eq!(try_open(folder.path(), "bert", "berts").map(drop), Err(VaultError::UnknownLogin));
    is_whole_again(folder.path());
    assert_eq!(files(folder.path()), ["catalog-0002.db"]);
}

#[test]
fn a_user_of_whom_only_the_announcement_was_written_is_forgotten() {
    let (folder, vault) = created();
    let first = folder.path().join(header::COPIES[0]);
    let kept = fs::read(&first).expect("read");
    fs::remove_file(&first).expect("removed");
    fs::create_dir(&first).expect("in the way");
    let add = |vault: &Vault| vault.add_user("bert", Role::Viewer, &word("b"), KdfCost::TESTS, now());
    assert!(add(&vault).is_err());
    fs::remove_dir(&first).expect("cleared");
    crate::fsx::write_atomic(&first, &kept).expect("put back");
    drop(vault);
    let vault = try_open(folder.path(), "anna", "secret").expect("opened");
    assert!(vault.findings().keys_unchanged);
    assert_eq!(vault.users().expect("users").len(), 1);
    let _bert = add(&vault).expect("the name is free");
    drop(vault);
    drop(try_open(folder.path(), "bert", "b").expect("opened"));
}

#[test]
fn old_copies_put_back_are_noticed_and_nothing_newer_is_touched() {
    let Clinic { folder, vault, bert, .. } = clinic();
    let before = image(folder.path());
    vault.disable_user(bert, now()).expect("disabled");
    drop(vault);
    let put = |name: &str| {
        let _bytes = fs::copy(before.path().join(name), folder.path().join(name)).expect("put back");
    };
    // One copy of the key file, then both, then the old records with them.
    put(header::COPIES[0]);
    assert_eq!(try_open(folder.path(), "bert", "berts").map(drop), Err(VaultError::UnknownLogin));
    put(header::COPIES[1]);
    for (login, phrase) in [("bert", "berts"), ("anna", "secret")] {
        assert_eq!(try_open(folder.path(), login, phrase).map(drop), Err(VaultError::StaleKeys));
    }
    for name in ["catalog.db", "catalog.db-wal"] {
        put(name);
    }
    for (login, phrase) in [("bert", "berts"), ("anna", "secret")] {
        assert_eq!(try_open(folder.path(), login, phrase).map(drop), Err(VaultError::StaleKeys));
    }
    assert!(files(folder.path()).contains(&"catalog-0002.db".to_owned()));
}
