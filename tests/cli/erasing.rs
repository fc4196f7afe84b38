//! Erasing a patient, and documents, on the command line.

use std::fs;

use crate::support::{Clinic, Run};

fn clinic() -> Clinic {
    let clinic = Clinic::new();
    for code in ["P-1", "P-2"] {
        let _ = clinic.run(&["patient", "add", "--code", code, "--family", "Plantedname"]).expect(0);
    }
    clinic
}

fn codes(clinic: &Clinic) -> Vec<String> {
    let listed = clinic.run(&["patient", "list", "--json"]).json();
    let patients = listed["patients"].as_array().expect("patients");
    patients.iter().map(|patient| patient["code"].as_str().expect("a code").to_owned()).collect()
}

const REASON: [&str; 2] = ["--reason", "asked for in writing"];

#[test]
fn a_patient_is_erased_and_the_backups_that_hold_them_are_named_until_the_next_one() {
    let clinic = clinic();
    let dest = clinic.path("usb");
    let dest = dest.to_str().expect("a path");
    let _ = clinic.run(&["backup", dest]).expect(0);
    let erase = |code: &str| clinic.run(&[&["patient", "erase", "--patient", code, "--yes"][..], &REASON].concat());
    let said = erase("P-1").expect(0);
    assert!(said.out.contains("Backups in") && said.out.contains("hold the patient: 1."), "{}", said.out);
    assert!(!said.out.contains("Plantedname") && !said.out.contains("P-1"), "{}", said.out);
    assert_eq!(codes(&clinic), ["P-2"]);
    let _ = erase("P-1").expect(1);
    let made = clinic.run(&["backup", dest, "--json"]).json();
    assert_eq!(made["purged"], serde_json::json!([1]));
    let erased =
        clinic.run(&[&["patient", "erase", "--patient", "P-2", "--yes", "--json"][..], &REASON].concat()).json();
    assert_eq!((&erased["finished"], &erased["backups"]["generations"]), (&true.into(), &serde_json::json!([2])));
    let verified = clinic.run(&["verify", "--json"]).json();
    assert_eq!(verified["findings"], serde_json::json!([]));
}

#[test]
fn a_backup_that_cannot_be_read_is_never_said_not_to_hold_the_erased_patient() {
    let clinic = clinic();
    let dest = clinic.path("usb");
    let _ = clinic.run(&["backup", dest.to_str().expect("a path")]).expect(0);
    let manifest = dest.join("generations/000001/manifest");
    let mut bytes = fs::read(&manifest).expect("read");
    bytes[300] ^= 1;
    diptych::fsx::write_atomic(&manifest, &bytes).expect("written");
    let erase = |code: &str, more: &[&str]| {
        clinic.run(&[&["patient", "erase", "--patient", code, "--yes"][..], &REASON, more].concat())
    };
    let said = erase("P-1", &[]).expect(0).out;
    assert!(!said.contains("No backup in"), "{said}");
    assert!(said.contains("Backup 1 cannot be read and may hold somebody who was erased"), "{said}");
    let backups = &erase("P-2", &["--json"]).json()["backups"];
    assert_eq!((&backups["generations"], &backups["unreadable"]), (&serde_json::json!([]), &serde_json::json!([1])));
}

#[test]
fn an_erasure_is_refused_by_rule_and_never_asked_of_nobody() {
    let clinic = clinic();
    let erase = |more: &[&str]| clinic.run(&[&["patient", "erase", "--patient", "P-1"][..], more].concat());
    let said = erase(&REASON).expect(2);
    assert!(said.err.contains("--yes") && said.err.contains("Nothing was erased"), "{}", said.err);
    let _ = erase(&["--yes"]).expect(2);
    for reason in ["", "plantedname wants it", "P-1 asked"] {
        let said = erase(&["--yes", "--reason", reason]).expect(3);
        assert!(said.err.contains("Nothing was changed"), "{}", said.err);
    }
    let mut add = clinic.command();
    let _ = add.env("DIPTYCH_NEW_PASSPHRASE", "clinicians").args(["user", "add", "doc", "--role", "clinician"]);
    let _ = Run::from(add.output().expect("started")).expect(0);
    let mut other = clinic.command();
    let _ = other.env("DIPTYCH_PASSPHRASE", "clinicians").args(["patient", "erase", "--login", "doc"]);
    let _ = other.args(["--patient", "P-1", "--yes"]).args(REASON);
    let said = Run::from(other.output().expect("started")).expect(3);
    assert!(said.err.contains("role"), "{}", said.err);
    assert_eq!(codes(&clinic), ["P-1", "P-2"]);
}

#[test]
fn a_signed_document_comes_out_as_it_came_in_and_never_over_another_file() {
    let clinic = clinic();
    let scan = clinic.write("scans/signed by Plantedname.pdf", b"%PDF-1.7\nsigned and scanned");
    let scan = scan.to_str().expect("a path");
    let grant = ["consent", "grant", "--patient", "P-1", "--purpose", "website", "--document", scan];
    let _ = clinic.run(&grant).expect(0);
    let listed = clinic.run(&["consent", "list", "--patient", "P-1", "--json"]).json();
    assert_eq!(listed["consents"][0]["document"], 1);
    let picture = clinic.write("scans/page.png", b"\x89PNG\r\n\x1a\nscan");
    let added =
        clinic.run(&["attachment", "add", picture.to_str().expect("a path"), "--patient", "P-1", "--json"]).json();
    assert_eq!(added["number"], 2);
    let listed = clinic.run(&["attachment", "list", "--patient", "P-1", "--json"]).json();
    let row = &listed["attachments"][0];
    assert_eq!((&row["kind"], &row["consents"], &row["bytes"]), (&"pdf".into(), &1.into(), &27.into()));
    assert_eq!(listed["attachments"][1]["kind"], "png");
    let shown = clinic.run(&["attachment", "list", "--patient", "P-1"]).expect(0);
    assert!(shown.out.contains("of 1 consent") && shown.out.contains("signed by Plantedname.pdf"), "{}", shown.out);

    let out = clinic.path("out.pdf");
    let export = |to: &std::path::Path, more: &[&str]| {
        let to = to.to_str().expect("a path");
        clinic.run(&[&["attachment", "export", "1", "--patient", "P-1", "-o", to][..], more].concat())
    };
    let _ = export(&out, &[]).expect(0);
    assert_eq!(fs::read(&out).expect("read"), fs::read(scan).expect("read"));
    diptych::fsx::write_atomic(&out, b"another").expect("written");
    let _ = export(&out, &[]).expect(3);
    assert_eq!(fs::read(&out).expect("read"), b"another");
    let _ = export(&out, &["--force"]).expect(0);
    assert_eq!(fs::read(&out).expect("read"), fs::read(scan).expect("read"));
    let _ = export(&clinic.vault().join("out.pdf"), &[]).expect(3);
    let _ = clinic.run(&["attachment", "export", "3", "--patient", "P-1", "-o", "never.pdf"]).expect(1);

    let text = clinic.write("scans/letter.txt", b"dear");
    let text = text.to_str().expect("a path");
    let refused = clinic.run(&["consent", "grant", "--patient", "P-2", "--purpose", "website", "--document", text]);
    assert!(refused.expect(3).err.contains("PDF"));
    assert!(clinic.run(&["consent", "list", "--patient", "P-2"]).expect(0).out.contains("No consent"));
    let _ = clinic.run(&["attachment", "add", "/nowhere.pdf", "--patient", "P-1"]).expect(1);
}

#[test]
fn a_document_of_the_wrong_patient_is_moved_and_taken_back_and_one_that_was_signed_is_not() {
    let clinic = clinic();
    let scan = clinic.write("scan.pdf", b"%PDF-1.7 of somebody");
    let _ = clinic.run(&["attachment", "add", scan.to_str().expect("a path"), "--patient", "P-1"]).expect(0);
    let give =
        |number: &str, from: &str, to: &str| clinic.run(&["attachment", "move", number, "--patient", from, "--to", to]);
    let of = |code: &str| {
        let listed = clinic.run(&["attachment", "list", "--patient", code, "--json"]).json();
        listed["attachments"].as_array().expect("documents").len()
    };
    for number in ["0", "2"] {
        let _ = give(number, "P-1", "P-2").expect(1);
    }
    let _ = give("1", "P-1", "P-9").expect(1);
    let asked = give("1", "P-1", "P-2").expect(3);
    assert!(asked.out.contains("P-2") && asked.err.contains("say --yes to do it"), "{} {}", asked.out, asked.err);
    assert_eq!((of("P-1"), of("P-2")), (1, 0), "nothing was moved before it was agreed to");
    let agreed = ["attachment", "move", "1", "--patient", "P-1", "--to", "P-2", "--yes"];
    let said = clinic.run(&agreed).expect(0);
    assert!(said.out.starts_with("The document was moved to P-2.\n"), "{}", said.out);
    assert!(said.out.ends_with("`diptych undo` takes it back.\n"), "{}", said.out);
    assert_eq!((of("P-1"), of("P-2")), (0, 1));
    let undone = clinic.run(&["undo"]).expect(0);
    assert!(undone.out.starts_with("Undone: moving a document"), "{}", undone.out);
    assert_eq!((of("P-1"), of("P-2")), (1, 0));
    let _ = clinic.run(&["redo"]).expect(0);
    let moved = clinic.run(&["audit", "--op", "move-attachment", "--patient", "P-2", "--json"]).json();
    assert_eq!(moved["total"], 1);
    // What a consent was recorded with stays with whoever signed.
    let signed = clinic.write("signed.pdf", b"%PDF-1.7 signed");
    let grant = ["consent", "grant", "--patient", "P-1", "--purpose", "website", "--document"];
    let _ = clinic.run(&[grant.as_slice(), &[signed.to_str().expect("a path")]].concat()).expect(0);
    let refused = give("1", "P-1", "P-2").expect(3);
    assert!(refused.err.contains("a consent was recorded with this document"), "{}", refused.err);
    let erase = ["patient", "erase", "--patient", "P-2", "--yes"];
    let copy = clinic.run(&["attachment", "add", scan.to_str().expect("a path"), "--patient", "P-1"]).expect(0);
    assert!(copy.out.contains("document 2"), "{}", copy.out);
    let erased = clinic.run(&[erase.as_slice(), &REASON].concat()).expect(0);
    assert!(erased.out.contains("1 document of other patients with the same bytes stay"), "{}", erased.out);
}
