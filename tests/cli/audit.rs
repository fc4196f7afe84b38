//! Who did what, on the command line.

use crate::support::{Clinic, PASSPHRASE, Run, write};

/// A clinic with two patients.
fn clinic() -> Clinic {
    let clinic = Clinic::new();
    for code in ["P-1", "P-2"] {
        let _ = clinic.run(&["patient", "add", "--code", code, "--family", "Lindqvist"]).expect(0);
    }
    clinic
}

fn ops(value: &serde_json::Value) -> Vec<&str> {
    value["rows"].as_array().expect("rows").iter().map(|row| row["op"].as_str().expect("a key")).collect()
}

#[test]
fn the_audit_is_listed_newest_first_and_by_filter() {
    let clinic = clinic();
    let all = clinic.run(&["audit", "--json"]).json();
    assert_eq!(ops(&all), ["unlock", "add-patient", "unlock", "add-patient", "unlock", "create-vault"]);
    assert_eq!((&all["total"], &all["rows"][1]["user"]), (&6.into(), &"owner".into()));
    assert_eq!(all["rows"][1]["patients"][0], "P-2");
    let one = clinic.run(&["audit", "--patient", "P-1", "--json"]).json();
    assert_eq!((ops(&one), &one["rows"][0]["row"]), (vec!["add-patient"], &3.into()));
    let added = clinic.run(&["audit", "--op", "add-patient", "--user", "owner", "--limit", "1"]).expect(0);
    assert!(
        added.out.contains("owner: Adding a patient, 1 patient added") && added.out.contains("P-2"),
        "{}",
        added.out
    );
    assert!(added.out.contains("the newest 1 of 2"), "{}", added.out);
    assert!(!added.out.contains("Lindqvist"));
    let none = clinic.run(&["audit", "--to", "2001-01-01"]).expect(0);
    assert_eq!(none.out, "Nothing was found.\n");
    let today = clinic.run(&["audit", "--from", "2001-01-01", "--op", "create-vault"]).expect(0);
    assert!(today.out.contains("Creating the vault"), "{}", today.out);
    let _ = clinic.run(&["audit", "--op", "nothing"]).expect(2);
    let _ = clinic.run(&["audit", "--user", "nobody"]).expect(1);
    let _ = clinic.run(&["audit", "--patient", "P-9"]).expect(1);
    let _ = clinic.run(&["audit", "--verify", "--from", "2001-01-01"]).expect(2);
}

#[test]
fn a_table_is_written_whole_never_over_a_file_and_never_into_the_vault() {
    let clinic = clinic();
    let path = clinic.path("audit.csv");
    let to = path.to_str().expect("a path");
    let _ = clinic.run(&["audit", "--csv", "-o", to]).expect(0);
    let table = std::fs::read_to_string(&path).expect("read");
    assert!(table.starts_with("\u{feff}\"row\",\"at (UTC)\",\"user\""), "{table}");
    assert!(table.contains("\"add-patient\"") && !table.contains("P-1") && !table.contains("Lindqvist"), "{table}");
    let kept = clinic.run(&["audit", "--csv", "-o", to]).expect(3);
    assert!(kept.err.contains("--force"), "{}", kept.err);
    let _ = clinic.run(&["audit", "--csv", "-o", to, "--force"]).expect(0);
    let inside = clinic.vault().join("audit.csv");
    let _ = clinic.run(&["audit", "--csv", "-o", inside.to_str().expect("a path")]).expect(3);
    assert!(!inside.exists());
    let exports = clinic.run(&["audit", "--op", "export", "--json"]).json();
    assert_eq!((&exports["total"], &exports["rows"][0]["details"]), (&2.into(), &"audit".into()));
    let shown = clinic.run(&["audit", "--csv"]).expect(0);
    assert!(shown.out.starts_with("\"row\","), "{}", shown.out);
    let exports = clinic.run(&["audit", "--op", "export", "--json"]).json();
    assert_eq!(exports["total"], 4, "a table is taken out wherever it goes, and so is JSON");
    let _ = clinic.run(&["audit"]).expect(0);
    let exports = clinic.run(&["audit", "--op", "export", "--json"]).json();
    assert_eq!(exports["total"], 5, "what is shown to a person is not");
}

#[test]
fn a_whole_audit_is_said_and_a_cut_one_is_located_by_exit_code_one() {
    let clinic = clinic();
    let whole = clinic.run(&["audit", "--verify"]).expect(0);
    assert!(whole.out.starts_with("The audit is whole: all 6 rows"), "{}", whole.out);
    let catalog = clinic.vault().join("catalog.db");
    let old = std::fs::read(&catalog).expect("read");
    let _ = clinic.run(&["patient", "add", "--code", "P-3"]).expect(0);
    for suffix in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(clinic.vault().join(format!("catalog.db{suffix}")));
    }
    let _ = write(&catalog, &old);
    for _ in 0..2 {
        let cut = clinic.run(&["audit", "--verify"]).expect(1);
        assert!(cut.out.contains("rows 7 to 8 are missing"), "{}", cut.out);
        assert!(cut.err.contains("not what was written"), "{}", cut.err);
    }
    let json = clinic.run(&["audit", "--verify", "--json"]).expect(1);
    let value: serde_json::Value = serde_json::from_str(&json.out).expect("JSON");
    assert_eq!((&value["whole"], &value["missing"][0]["first"]), (&false.into(), &7.into()));
}

#[test]
fn an_older_copy_of_the_whole_vault_is_told_from_the_last_backup() {
    let clinic = clinic();
    let (usb, old) = (clinic.path("usb").display().to_string(), clinic.path("old"));
    let copy = |from: &std::path::Path, to: &std::path::Path| {
        std::fs::create_dir_all(to).expect("made");
        for entry in std::fs::read_dir(from).expect("listed").map(|entry| entry.expect("an entry")) {
            let _length = std::fs::copy(entry.path(), to.join(entry.file_name())).expect("copied");
        }
    };
    let _ = clinic.run(&["backup", &usb]).expect(0);
    copy(&clinic.vault(), &old);
    let _ = clinic.run(&["list"]).expect(0);
    let _ = clinic.run(&["backup", &usb]).expect(0);
    assert!(clinic.run(&["audit", "--verify"]).expect(0).out.starts_with("The audit is whole"));
    std::fs::remove_dir_all(clinic.vault()).expect("gone");
    copy(&old, &clinic.vault());
    let said = clinic.run(&["audit", "--verify"]).expect(1);
    assert!(
        said.out.contains("The end of the audit was cut off") && said.out.contains("a backup had noted"),
        "{}",
        said.out
    );
    let _ = clinic.run(&["verify"]).expect(1);
    std::fs::remove_dir_all(clinic.path("usb")).expect("not plugged in");
    assert!(clinic.run(&["audit", "--verify"]).expect(0).out.starts_with("The audit is whole"));
}

#[test]
fn an_owner_gives_a_user_a_new_passphrase() {
    let clinic = clinic();
    let with = |secrets: &[(&str, &str)], args: &[&str]| {
        let mut command = clinic.command();
        let _ = command.env_remove("DIPTYCH_PASSPHRASE").envs(secrets.iter().copied()).args(args);
        Run::from(command.output().expect("started"))
    };
    let own = |new: &'static str| [("DIPTYCH_PASSPHRASE", PASSPHRASE), ("DIPTYCH_NEW_PASSPHRASE", new)];
    let _ = with(&own("berts own words"), &["user", "add", "bert", "--role", "assistant"]).expect(0);
    let reset = with(&own("willow-and-gravel"), &["user", "reset", "bert"]).expect(0);
    assert!(reset.out.starts_with("bert has a new passphrase") && !reset.out.contains("willow"), "{}", reset.out);
    let _ = with(&[("DIPTYCH_PASSPHRASE", "berts own words")], &["list", "--login", "bert"]).expect(1);
    let new = [("DIPTYCH_PASSPHRASE", "willow-and-gravel"), ("DIPTYCH_NEW_PASSPHRASE", "eight and more")];
    let _ = with(&new, &["list", "--login", "bert"]).expect(0);
    let _ = with(&new, &["user", "reset", "owner", "--login", "bert"]).expect(3);
    let _ = with(&own("eight and more"), &["user", "reset", "owner"]).expect(3);
    let _ = with(&own("eight and more"), &["user", "reset", "nobody"]).expect(1);
    let audit = clinic.run(&["audit", "--op", "reset-passphrase", "--json"]).json();
    assert_eq!((&audit["total"], &audit["rows"][0]["details"]), (&1.into(), &"bert".into()));
}
