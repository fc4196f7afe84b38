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

#[test]
fn whatever_a_command_shows_of_patients_is_in_the_audit_and_only_who_exports_has_it_as_json() {
    let clinic = clinic();
    let of = ["--patient", "P-1"];
    let shows: [&[&str]; 7] = [
        &["list"],
        &["list", of[0], of[1]],
        &["consent", "list", of[0], of[1]],
        &["attachment", "list", of[0], of[1]],
        &["patient", "list"],
        &["series", "list"],
        &["due", "--all"],
    ];
    let newest = || {
        let rows = clinic.run(&["audit", "--limit", "2", "--json"]).json();
        let row = &rows["rows"][1];
        (row["op"].as_str().expect("a key").to_owned(), row["patients"].clone(), row["details"].clone())
    };
    let both = serde_json::json!(["P-1", "P-2"]);
    for (n, args) in shows.into_iter().enumerate() {
        let patients = if n % 4 == 0 || n == 5 { both.clone() } else { serde_json::json!(["P-1"]) };
        let _ = clinic.run(args).expect(0);
        let (op, named, _) = newest();
        // A list of names is no page, as on the screen where they are searched.
        let looked = if n < 4 { ("open-patient".to_owned(), patients.clone()) } else { (op.clone(), named.clone()) };
        assert_eq!((op, named), looked, "{args:?}");
        let _ = clinic.run(&[args, &["--json"]].concat()).json();
        let (op, named, details) = newest();
        if n < 6 {
            let count = patients.as_array().expect("codes").len();
            let said = if count == 1 { "list of 1 patient".to_owned() } else { format!("list of {count} patients") };
            assert_eq!((op.as_str(), named, details), ("export", patients, said.into()), "{args:?}");
        } else {
            assert_ne!(op, "export", "nobody is due, so that nobody was shown");
        }
    }
    let mut add = clinic.command();
    let _ = add.env("DIPTYCH_NEW_PASSPHRASE", "berts own words").args(["user", "add", "bert", "--role", "viewer"]);
    let _ = Run::from(add.output().expect("started")).expect(0);
    for args in shows {
        let as_bert = |more: &[&str]| {
            let mut command = clinic.command();
            let _ =
                command.env("DIPTYCH_PASSPHRASE", "berts own words").args(args).args(["--login", "bert"]).args(more);
            Run::from(command.output().expect("started"))
        };
        if args == ["list"] {
            let _ = as_bert(&[]).expect(0);
        }
        let refused = as_bert(&["--json"]).expect(3);
        assert!(refused.out.is_empty() && refused.err.contains("Your role"), "{args:?}: {}", refused.err);
    }
}

#[test]
fn what_is_attached_and_what_an_erasure_begins_are_found_by_patient_and_by_kind() {
    let clinic = clinic();
    let scan = clinic.write("signed.pdf", b"%PDF-1.7 signed");
    let scan = scan.to_str().expect("a path");
    let _ = clinic.run(&["attachment", "add", scan, "--patient", "P-1"]).expect(0);
    let of = clinic.run(&["audit", "--patient", "P-1", "--json"]).json();
    assert_eq!((ops(&of), &of["rows"][0]["patients"][0]), (vec!["add-attachment", "add-patient"], &"P-1".into()));
    let _ = clinic.run(&["patient", "erase", "--patient", "P-1", "--reason", "asked for", "--yes"]).expect(0);
    for kind in ["erasure-begun", "erasure-finished"] {
        let found = clinic.run(&["audit", "--op", kind, "--json"]).json();
        assert_eq!((ops(&found), &found["rows"][0]["details"]), (vec![kind], &"1 patient".into()));
    }
    let said = clinic.run(&["audit", "--op", "erasure-finished"]).expect(0);
    assert!(said.out.contains("owner: Finishing an erasure, 1 patient"), "{}", said.out);
    for kind in ["erasure-taken-back", "log-broken"] {
        assert_eq!(clinic.run(&["audit", "--op", kind]).expect(0).out, "Nothing was found.\n");
    }
}
