//! From a folder to filed photos and back.

use std::path::PathBuf;
use std::process::Command;

use diptych::model::{Alignment, AlignmentSource, Answer, Basis, Model};
use diptych::vault::Op;
use serde_json::Value;

use crate::support::{Clinic, Run, jpeg, pose, shot, straight};

/// Two visits of two views, as a card would hold them; the second visit is turned a little.
fn card(clinic: &Clinic) -> PathBuf {
    let second = pose(5.0, 1.05, -130.0, -180.0);
    for (name, seed, matrix, time) in [
        ("a1.jpg", 1, straight(), "2026:01:14 10:00:00"),
        ("a2.jpg", 2, straight(), "2026:01:14 10:00:20"),
        ("b1.jpg", 1, second, "2026:02:18 09:30:00"),
        ("b2.jpg", 2, second, "2026:02:18 09:30:20"),
    ] {
        let _ = clinic.write(&format!("card/{name}"), &jpeg(&shot(seed, &matrix), Some(time)));
    }
    clinic.path("card")
}

fn import(clinic: &Clinic, path: &std::path::Path, more: &[&str]) -> Run {
    let path = path.display().to_string();
    clinic.run(&[&["import", &path, "--patient", "P-1", "--series", "pores", "--json"], more].concat())
}

fn photos(list: &Value) -> Vec<Value> {
    let sessions = list["patients"][0]["series"][0]["sessions"].as_array().expect("sessions").clone();
    sessions.iter().flat_map(|s| s["photos"].as_array().expect("photos").clone()).collect()
}

#[test]
fn a_card_is_filed_once_aligned_and_taken_back_whole() {
    let clinic = Clinic::new();
    let card = card(&clinic);
    let first = import(&clinic, &card, &["--create"]).json();
    assert_eq!((&first["filed"], &first["in_tray"]), (&4.into(), &0.into()));
    let alignment = &first["alignment"];
    assert_eq!((&alignment["references"], &alignment["aligned"]), (&2.into(), &2.into()), "{alignment}");

    let list = clinic.run(&["list", "--json"]).json();
    let filed = photos(&list);
    assert_eq!(filed.len(), 4);
    for photo in &filed {
        let bytes = std::fs::read(card.join(photo["file_name"].as_str().expect("a name"))).expect("on the card");
        assert_eq!(photo["sha256"], diptych::import::scan::hash(&bytes).to_string());
        assert_eq!(photo["reference"], photo["alignment"].is_null());
        // Each later photo is graded against its baseline, in letters and in words.
        assert_eq!(photo["reference"], photo["grade"].is_null());
        let baseline = filed.iter().find(|p| p["reference"] == true && p["view"] == photo["view"]).expect("a baseline");
        if photo["reference"] == false {
            assert_eq!(photo["graded_against"], baseline["uid"]);
            let reasons = photo["grade_reasons"].as_array().expect("reasons");
            assert_eq!(photo["grade"], reasons[0]["grade"], "the worst one decides: {reasons:?}");
            let aspects: Vec<_> = reasons.iter().filter_map(|r| r["aspect"].as_str()).collect();
            assert!(["pose", "light", "sharpness", "healing"].iter().all(|a| aspects.contains(a)), "{aspects:?}");
        }
    }
    let label = |i: usize| list["patients"][0]["series"][0]["sessions"][i]["label"].clone();
    assert_eq!(
        (label(0), label(1)),
        ("Session 1 of 4 · baseline".into(), "Session 2 of 4 · 5 weeks since baseline".into())
    );
    assert_eq!(clinic.run(&["verify", "--json"]).json()["intact"], 4);

    let again = import(&clinic, &card, &[]).json();
    assert_eq!((&again["filed"], &again["skipped"]), (&0.into(), &4.into()));
    assert_eq!(photos(&clinic.run(&["list", "--json"]).json()), filed, "a second import changes nothing");

    let _ = clinic.run(&["undo"]).expect(0);
    let empty = clinic.run(&["list", "--json"]).json();
    assert_eq!(empty["patients"][0]["series"][0]["sessions"], serde_json::json!([]));
    assert_eq!(clinic.run(&["verify", "--json"]).json()["in_tray"], 4);
    let back = import(&clinic, &card, &["--no-align"]).json();
    assert_eq!((&back["filed"], &back["in_tray"]), (&4.into(), &0.into()), "undone photos are filed from the tray");

    // What was left for later is aligned by the next import, and what comes back by a redo with it.
    let aligned = || {
        let list = clinic.run(&["list", "--json"]).json();
        photos(&list).iter().filter(|photo| !photo["alignment"].is_null()).count()
    };
    assert_eq!(aligned(), 0);
    let later = import(&clinic, &card, &[]).json();
    assert_eq!((&later["filed"], &later["alignment"]["aligned"]), (&0.into(), &2.into()));
    assert_eq!(aligned(), 2);
    for command in ["undo", "redo"] {
        let _ = clinic.run(&[command]).expect(0);
    }
    assert_eq!(aligned(), 2);

    // What stays when the references of the rest are moved away has references of its own.
    let _ = clinic.run(&["patient", "add", "--code", "P-2", "--given", "A", "--family", "B"]).expect(0);
    let _ = clinic.run(&["series", "add", "--patient", "P-2", "--indication", "pores"]).expect(0);
    let session = ["session", "move", "P-1/1", "--date", "2026-01-14", "--to", "P-2/1", "--yes"];
    let _ = clinic.run(&session).expect(0);
    let list = clinic.run(&["list", "--json", "--patient", "P-1"]).json();
    let stayed = photos(&list);
    assert_eq!(stayed.len(), 2);
    assert!(stayed.iter().all(|photo| photo["reference"] == true), "{stayed:?}");
}

#[test]
fn what_is_no_photo_is_refused_with_its_reason_and_the_rest_is_filed() {
    let clinic = Clinic::new();
    let whole = jpeg(&shot(1, &straight()), Some("2026:01:14 10:00:00"));
    for (name, bytes) in [
        ("a.jpg", &whole[..]),
        ("copy of a.jpg", &whole[..]),
        ("cut.jpg", &whole[..whole.len() / 2]),
        ("notes.jpg", b"call back"),
    ] {
        let _ = clinic.write(&format!("card/{name}"), bytes);
    }
    let _ = clinic.write("card/NOTES.TXT", b"call back");
    let said = import(&clinic, &clinic.path("card"), &["--create", "--no-align"]).expect(1);
    assert!(said.err.contains("card is cleared"), "{}", said.err);
    let value: Value = serde_json::from_str(&said.out).expect("JSON");
    assert_eq!(value["filed"], 1);
    assert_eq!(value["sessions"][0]["photos"][1]["skip"], "twice-here");
    let refused: Vec<(&str, &str)> = (value["refused"].as_array().expect("a list").iter())
        .map(|r| (r["file_name"].as_str().expect("a name"), r["reason"].as_str().expect("a reason")))
        .collect();
    let expected = [("NOTES.TXT", "not-a-picture"), ("cut.jpg", "truncated"), ("notes.jpg", "not-a-picture")];
    assert_eq!(refused, expected);

    // What was never a photo is no reason to keep the card.
    for name in ["cut.jpg", "notes.jpg"] {
        std::fs::remove_file(clinic.path("card").join(name)).expect("removed");
    }
    let again = import(&clinic, &clinic.path("card"), &[]).json();
    assert_eq!((&again["filed"], &again["already_filed"]), (&0.into(), &2.into()));
}

#[test]
fn where_nothing_can_be_filed_nothing_is_made() {
    let clinic = Clinic::new();
    let _ = clinic.write("empty/NOTES.TXT", b"call back");
    let said = import(&clinic, &clinic.path("empty"), &["--create"]).expect(1);
    let value: Value = serde_json::from_str(&said.out).expect("JSON");
    assert_eq!((&value["refused"][0]["reason"], &value["creates"]), (&"not-a-picture".into(), &Value::Null));
    let _ = import(&clinic, &clinic.path("gone"), &["--create"]).expect(1);
    assert_eq!(clinic.run(&["list", "--json"]).json()["patients"], serde_json::json!([]));
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_read_is_said_and_the_rest_is_filed() {
    use std::os::unix::fs::PermissionsExt;
    let clinic = Clinic::new();
    let card = card(&clinic);
    let shut = card.join("shut");
    std::fs::create_dir(&shut).expect("made");
    std::fs::set_permissions(&shut, std::fs::Permissions::from_mode(0o000)).expect("shut");
    // Whoever may read everything cannot be kept out.
    let is_shut = std::fs::read_dir(&shut).is_err();
    let said = import(&clinic, &card, &["--create", "--no-align"]).expect(i32::from(is_shut));
    std::fs::set_permissions(&shut, std::fs::Permissions::from_mode(0o700)).expect("opened");
    let value: Value = serde_json::from_str(&said.out).expect("JSON");
    assert_eq!(value["filed"], 4);
    assert_eq!(value["refused"][0]["reason"] == "folder-denied", is_shut, "{}", value["refused"]);
}

#[test]
fn a_dry_run_changes_nothing() {
    let clinic = Clinic::new();
    let card = card(&clinic);
    let value = import(&clinic, &card, &["--create", "--dry-run"]).json();
    assert_eq!((&value["dry_run"], &value["filed"]), (&true.into(), &0.into()));
    assert_eq!(value["sessions"][1]["photos"][0]["view"], "Cheek right");
    assert_eq!(value["sessions"][1]["label"], "Session 2 of 4 · 5 weeks since baseline");
    assert_eq!(value["creates"], serde_json::json!({ "patient": true, "series": "pores" }));
    assert_eq!(clinic.run(&["list", "--json"]).json()["patients"], serde_json::json!([]));
}

#[test]
fn a_missing_patient_or_series_is_not_made_unasked() {
    let clinic = Clinic::new();
    let card = card(&clinic);
    let said = import(&clinic, &card, &[]).expect(1);
    assert!(said.err.contains("--create"), "{}", said.err);
    let _ = clinic.run(&["patient", "add", "--code", "P-1"]).expect(0);
    let said = import(&clinic, &card, &[]).expect(1);
    assert!(said.err.contains("--create"), "{}", said.err);
}

#[test]
fn an_ambiguous_series_is_refused_and_a_key_decides() {
    let clinic = Clinic::new();
    let _ = clinic.run(&["patient", "add", "--code", "P-1", "--given", "Ülle", "--family", "Tamm"]).expect(0);
    for _ in 0..2 {
        let _ = clinic.run(&["series", "add", "--patient", "P-1", "--indication", "pores"]).expect(0);
    }
    let card = card(&clinic);
    let said = import(&clinic, &card, &[]).expect(3);
    assert!(said.err.contains("P-1/1") && said.err.contains("P-1/2"), "{}", said.err);
    let path = card.display().to_string();
    let args = ["import", &path, "--patient", "P-1", "--series", "P-1/2", "--no-align", "--json"];
    assert_eq!(clinic.run(&args).json()["filed"], 4);
    assert_eq!(clinic.run(&["patient", "list", "ulle", "--json"]).json()["patients"][0]["photos"], 4);
    let _ = clinic.run(&["patient", "add", "--code", "P-1"]).expect(3);
}

#[test]
fn the_same_bytes_under_another_patient_are_a_warning() {
    let clinic = Clinic::new();
    let file = clinic.write("one.jpg", &jpeg(&shot(1, &straight()), Some("2026:01:14 10:00:00")));
    let _ = import(&clinic, &file, &["--create"]).json();
    let path = file.display().to_string();
    let other = ["import", &path, "--patient", "P-2", "--series", "pores", "--create", "--no-align", "--json"];
    let said = clinic.run(&other).expect(3);
    assert!(said.err.contains("another patient"), "{}", said.err);
    let value: Value = serde_json::from_str(&said.out).expect("JSON");
    assert_eq!((&value["filed"], &value["in_tray"]), (&0.into(), &1.into()));
    let patients = clinic.run(&["list", "--json"]).json()["patients"].as_array().expect("a list").len();
    assert_eq!(patients, 1, "nobody is made for a photo that is not filed");
    assert_eq!(clinic.run(&[&other[..], &["--allow-shared"]].concat()).json()["filed"], 1);
}

#[test]
fn who_is_overdue_is_listed_and_consents_are_kept() {
    let clinic = Clinic::new();
    let file = clinic.write("one.jpg", &jpeg(&shot(1, &straight()), Some("2020:01:14 10:00:00")));
    let _ = import(&clinic, &file, &["--create"]).json();
    let due = clinic.run(&["due", "--json"]).json();
    assert_eq!((&due["due"][0]["state"], &due["due"][0]["visit"]), (&"overdue".into(), &"Session 2 of 4".into()));

    let grant = ["consent", "grant", "--patient", "P-1", "--series", "P-1/1", "--purpose", "website"];
    let _ = clinic.run(&grant).expect(0);
    let _ = clinic.run(&["consent", "withdraw", "--patient", "P-1", "--purpose", "website"]).expect(0);
    let _ = clinic.run(&[&grant[..], &["--expires", "2020-01-01"]].concat()).expect(3);
    let history = clinic.run(&["consent", "list", "--patient", "P-1", "--json"]).json();
    let events: Vec<&Value> = history["consents"].as_array().expect("a list").iter().map(|c| &c["event"]).collect();
    assert_eq!(events, ["granted", "withdrawn"]);
}

#[test]
fn a_composite_goes_neither_over_a_file_nor_into_the_vault_and_is_audited() {
    let clinic = Clinic::new();
    let card = card(&clinic);
    let _ = import(&clinic, &card, &["--create"]).json();
    let composite = |out: &std::path::Path| {
        clinic.run(&["export", "composite", "--series", "P-1/1", "-o", &out.display().to_string(), "--json"])
    };
    let said = composite(&clinic.vault().join("pair.jpg")).expect(3);
    assert!(said.err.contains("inside the vault"), "{}", said.err);
    let out = clinic.path("pair.jpg");
    let value = composite(&out).json();
    assert_eq!(
        (&value["aligned"], &value["before"], &value["after"]),
        (&true.into(), &"reference".into(), &"aligned".into())
    );
    let _ = composite(&out).expect(3);
    let _ = clinic.run(&["list", "--patient", "P-1"]).expect(0);

    let now = diptych::clock::Now::from_system();
    let passphrase = diptych::vault::Passphrase::new(crate::support::PASSPHRASE);
    let vault = diptych::vault::Vault::open(&clinic.vault(), "owner", &passphrase, now).expect("opened");
    let subjects: Vec<String> = vault.audit(30).expect("an audit").into_iter().map(|row| row.subject).collect();
    let exported = subjects.iter().filter(|s| s.contains("exported")).count();
    let opened = subjects.iter().filter(|s| s.contains("opened")).count();
    assert_eq!((exported, opened), (1, 1), "{subjects:?}");
}

#[cfg(unix)]
#[test]
fn a_full_disk_files_nothing_and_keeps_what_was_received() {
    let clinic = Clinic::new();
    let card = card(&clinic);
    let _ = clinic.run(&["patient", "add", "--code", "P-1"]).expect(0);
    let _ = clinic.run(&["series", "add", "--patient", "P-1", "--indication", "pores"]).expect(0);
    // No file may grow beyond this, in blocks of 1 KiB; the signal is ignored so that the write fails instead.
    let script = "trap '' XFSZ; ulimit -f 400; exec \"$@\"";
    let mut command = Command::new("bash");
    let _ = command.args(["-c", script, "bash", env!("CARGO_BIN_EXE_diptych"), "-q", "import"]).arg(&card);
    let _ = command.args(["--patient", "P-1", "--series", "pores"]);
    let _ = command.env("DIPTYCH_VAULT", clinic.vault()).env("DIPTYCH_PASSPHRASE", crate::support::PASSPHRASE);
    let said = Run::from(command.output().expect("started")).expect(1);
    assert!(said.err.contains("disk"), "{}", said.err);
    let value = import(&clinic, &card, &[]).json();
    assert_eq!(value["filed"], 4, "with room again everything is filed");
    assert_eq!(clinic.run(&["verify", "--json"]).json()["intact"], 4);
}

#[test]
fn the_list_says_what_alone_counted_and_which_way_an_alignment_went() {
    let clinic = Clinic::new();
    let card = card(&clinic);
    let _ = import(&clinic, &card, &["--create", "--no-align"]).json();
    let passphrase = diptych::vault::Passphrase::new(crate::support::PASSPHRASE);
    let now = diptych::clock::Now::from_system();
    let vault = diptych::vault::Vault::open(&clinic.vault(), "owner", &passphrase, now).expect("opened");
    let patient = vault.patients("P-1", 0, 1).expect("found")[0].patient.id;
    let series = vault.series_of(patient).expect("series")[0].id;
    let board = vault.board(series).expect("a board");
    let of_view: Vec<_> = board.photos.iter().filter(|p| p.view == board.photos[0].view).collect();
    let (reference, later) = (of_view[0], of_view[1]);
    let answer = |frame, basis| Alignment {
        id: None,
        photo: later.id,
        frame,
        model: Model::Similarity,
        matrix: Some(diptych::geom::Matrix3::IDENTITY),
        engine: 1,
        source: AlignmentSource::Automatic,
        answer: Answer::Aligned,
        residual_px: Some(1.0),
        confidence: 0.9,
        why: None,
        basis,
    };
    let corners = [(10.0, 20.0), (200.5, 20.0), (200.5, 300.0)].map(|(x, y)| diptych::geom::Point::new(x, y));
    let store = |basis: Basis| {
        let stored = vault.transact(Op::Align, now, |tx| {
            let frame = match board.frames.first() {
                Some(frame) => frame.id,
                None => tx.set_reference(reference.view.expect("a view"), reference.id)?,
            };
            tx.add_alignment(&answer(frame, basis.clone())).map(drop)
        });
        stored.expect("stored");
    };
    store(Basis { region: corners.to_vec(), ..Basis::default() });
    drop(vault);
    let listed = |clinic: &Clinic| {
        let all = photos(&clinic.run(&["list", "--json"]).json());
        all.into_iter().find(|p| p["uid"] == later.uid.to_string()).expect("listed")["alignment"].clone()
    };
    let region = listed(&clinic);
    assert_eq!(region["region"], serde_json::json!([[10.0, 20.0], [200.5, 20.0], [200.5, 300.0]]));
    assert_eq!((&region["chained"], &region["via"]), (&false.into(), &Value::Null));

    let vault = diptych::vault::Vault::open(&clinic.vault(), "owner", &passphrase, now).expect("opened");
    let frame = vault.board(series).expect("a board").frames[0].id;
    let chained = answer(frame, Basis { via: Some(reference.id), ..Basis::default() });
    let _ = vault.transact(Op::Align, now, |tx| tx.add_alignment(&chained)).expect("stored");
    drop(vault);
    let chain = listed(&clinic);
    assert_eq!((&chain["region"], &chain["chained"]), (&Value::Null, &true.into()));
    assert_eq!(chain["via"], reference.uid.to_string());
}
