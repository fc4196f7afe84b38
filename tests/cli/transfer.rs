//! Moving and merging, undo and redo, as somebody at a terminal or a script does it.

use serde_json::Value;

use crate::support::{Clinic, jpeg, shot, straight};

/// Two patients with a series each; the first has one photo, on 14 January.
fn clinic() -> Clinic {
    let clinic = Clinic::new();
    for code in ["P-1", "P-2"] {
        let given = format!("Given{code}");
        let _ = clinic.run(&["patient", "add", "--code", code, "--given", &given, "--family", "Tamm"]).expect(0);
        let _ = clinic.run(&["series", "add", "--patient", code, "--indication", "acne-scars"]).expect(0);
    }
    let picture = jpeg(&shot(3, &straight()), Some("2026:01:14 10:00:00"));
    let path = clinic.write("card/a.jpg", &picture);
    let path = path.to_str().expect("text");
    let _ = clinic.run(&["import", path, "--patient", "P-1", "--series", "P-1/1", "--no-align"]).expect(0);
    clinic
}

/// Photos of a patient's first series.
fn photos(clinic: &Clinic, code: &str) -> Vec<Value> {
    let list = clinic.run(&["list", "--json", "--patient", code]).json();
    let sessions = list["patients"][0]["series"][0]["sessions"].as_array().cloned().unwrap_or_default();
    sessions.iter().flat_map(|s| s["photos"].as_array().cloned().unwrap_or_default()).collect()
}

#[test]
fn an_undone_filing_is_redone_once_and_both_are_said() {
    let clinic = clinic();
    let filed = || photos(&clinic, "P-1").iter().map(|p| (p["uid"].clone(), p["view"].clone())).collect::<Vec<_>>();
    let before = filed();
    assert!(clinic.run(&["redo"]).expect(3).err.contains("nothing to redo"));
    let undone = clinic.run(&["undo", "--json"]).json();
    assert_eq!((&undone["op"], photos(&clinic, "P-1").len()), (&"file-photos".into(), 0));
    let redone = clinic.run(&["redo", "--json"]).json();
    assert_eq!((&redone["op"], &redone["redone"]), (&"file-photos".into(), &undone["undone"]));
    assert_eq!(filed(), before);
    assert_eq!(photos(&clinic, "P-1")[0]["placement"], "reference", "what comes back is aligned");
    let _ = clinic.run(&["undo"]).expect(0);
    assert!(clinic.run(&["redo"]).expect(0).out.starts_with("Redone: filing of 1 photo"));
}

#[test]
fn a_session_of_the_wrong_patient_is_moved_after_it_was_said_what_that_means() {
    let clinic = clinic();
    let command = ["session", "move", "P-1/1", "--date", "2026-01-14", "--to", "P-2/1"];
    let refused = clinic.run(&command).expect(3);
    assert!(refused.out.contains("The patient changes from GivenP-1 Tamm (P-1) to GivenP-2 Tamm (P-2)."));
    assert!(refused.err.contains("--yes"), "{}", refused.err);
    assert_eq!((photos(&clinic, "P-1").len(), photos(&clinic, "P-2").len()), (1, 0));
    let done = clinic.run(&[&command[..], &["--yes", "--json"]].concat()).json();
    assert_eq!((&done["done"], &done["op"], &done["photos"]), (&true.into(), &"move-session".into(), &1.into()));
    assert_eq!(done["cautions"][0]["kind"], "patient");
    for (code, others) in [("P-1", "P-2"), ("P-2", "P-1")] {
        let rows = clinic.run(&["audit", "--op", "move-session", "--patient", code, "--json"]).json();
        let row = &rows["rows"][0];
        assert_eq!(rows["rows"].as_array().map(Vec::len), Some(1), "{code}");
        assert!(row["patients"].as_array().expect("codes").contains(&others.into()), "{row}");
    }
    assert_eq!((photos(&clinic, "P-1").len(), photos(&clinic, "P-2").len()), (0, 1));
    let _ = clinic.run(&["undo"]).expect(0);
    assert_eq!((photos(&clinic, "P-1").len(), photos(&clinic, "P-2").len()), (1, 0));
    let nobody = ["session", "move", "P-1/1", "--date", "2026-01-15", "--to", "P-2/1"];
    assert!(clinic.run(&nobody).expect(2).err.contains("no session on 2026-01-15"));
}

#[test]
fn a_photo_is_moved_to_another_view_by_its_uid() {
    let clinic = clinic();
    let list = clinic.run(&["list", "--json", "--patient", "P-1"]).json();
    let views = &list["patients"][0]["series"][0]["views"];
    let (first, second) = (views[0].as_str().expect("a name"), views[1].as_str().expect("a name"));
    let photo = &photos(&clinic, "P-1")[0];
    let uid = &photo["uid"].as_str().expect("a uid")[..10];
    let target = if photo["view"] == second { first } else { second };
    let done = clinic.run(&["photo", "move", uid, "--view", target, "--slot", "primary", "--yes", "--json"]).json();
    assert_eq!((&done["done"], &done["op"]), (&true.into(), &"move-photo".into()));
    assert_eq!(photos(&clinic, "P-1")[0]["view"], target);
    let again = clinic.run(&["photo", "move", uid, "--view", target]).expect(3);
    assert!(again.err.contains("there already"), "{}", again.err);
    assert!(clinic.run(&["photo", "move", "0011", "--no-view"]).expect(2).err.contains("8 digits"));
    assert!(clinic.run(&["photo", "move", uid, "--view", "nose"]).expect(2).err.contains(first));
}

#[test]
fn two_records_of_one_patient_are_merged_and_the_other_code_still_leads_there() {
    let clinic = clinic();
    let merge = ["patient", "merge", "--keep", "P-2", "--other", "P-1"];
    let looked = clinic.run(&[&merge[..], &["--dry-run", "--json"]].concat()).json();
    assert_eq!((&looked["done"], &looked["photos"]), (&false.into(), &1.into()));
    let refused = clinic.run(&[&merge[..], &["--json"]].concat()).expect(3);
    let said: Value = serde_json::from_str(&refused.out).expect("JSON");
    assert_eq!(said, looked, "a refusal says the same");
    let done = clinic.run(&[&merge[..], &["--yes"]].concat()).expect(0);
    assert!(done.out.contains("P-2 and P-1 are one patient now."), "{}", done.out);
    let patients = clinic.run(&["patient", "list", "--json"]).json();
    assert_eq!(patients["patients"].as_array().map(Vec::len), Some(1));
    let found = clinic.run(&["list", "--json", "--patient", "P-1"]).json();
    assert_eq!(
        (&found["patients"][0]["code"], found["patients"][0]["series"].as_array().map(Vec::len)),
        (&"P-2".into(), Some(2))
    );
    assert!(clinic.run(&merge).expect(3).err.contains("same record"));
    let _ = clinic.run(&["undo"]).expect(0);
    assert_eq!(photos(&clinic, "P-1").len(), 1);
    let _ = clinic.run(&["verify"]).expect(0);
}
