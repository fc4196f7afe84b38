//! A card of several patients on the command line: suggested, corrected as a plan, filed.

use serde_json::Value;

use crate::support::{Clinic, jpeg, pose, shot, straight};

/// Two patients with a baseline of two views each, and a card with a second visit of both.
fn clinic() -> Clinic {
    let clinic = Clinic::new();
    for (code, seed, time) in [("P-1", 1, "10"), ("P-2", 5, "11")] {
        for (i, name) in ["a", "b"].into_iter().enumerate() {
            let at = format!("2026:01:14 {time}:00:{i}0");
            let _ = clinic
                .write(&format!("first-{code}/{name}.jpg"), &jpeg(&shot(seed + i as u32, &straight()), Some(&at)));
        }
        let path = clinic.path(&format!("first-{code}")).display().to_string();
        let _ = clinic.run(&["import", &path, "--patient", code, "--series", "pores", "--create", "--json"]).json();
    }
    let second = pose(5.0, 1.05, -130.0, -180.0);
    for (name, seed, time) in [
        ("1.jpg", 5, "2026:02:18 09:30:00"),
        ("2.jpg", 6, "2026:02:18 09:30:20"),
        ("3.jpg", 1, "2026:02:18 09:50:00"),
        ("4.jpg", 2, "2026:02:18 09:50:20"),
    ] {
        let _ = clinic.write(&format!("card/{name}"), &jpeg(&shot(seed, &second), Some(time)));
    }
    let _ = clinic.write("card/notes.txt", b"call back");
    clinic
}

fn suggested(clinic: &Clinic, more: &[&str]) -> Value {
    let path = clinic.path("card").display().to_string();
    clinic.run(&[&["import", &path, "--dry-run", "--json"], more].concat()).json()
}

fn targets(plan: &Value) -> Vec<(Value, Value)> {
    let groups = plan["groups"].as_array().expect("groups");
    groups.iter().map(|g| (g["series"].clone(), g["accept"].clone())).collect()
}

#[test]
fn a_card_is_suggested_corrected_and_filed_as_a_plan() {
    let clinic = clinic();
    let plan = suggested(&clinic, &[]);
    assert_eq!(targets(&plan), [("P-2/1".into(), true.into()), ("P-1/1".into(), true.into())], "{plan}");
    assert_eq!(plan["groups"][1]["session"], "Session 2 of 4 · 5 weeks since baseline");
    let views: Vec<&Value> =
        plan["groups"][1]["photos"].as_array().expect("photos").iter().map(|p| &p["view"]).collect();
    assert!(views[0].is_string() && views[0] != views[1], "{views:?}");
    assert_eq!(
        clinic.run(&["list", "--json"]).json()["patients"][0]["series"][0]["sessions"].as_array().map(Vec::len),
        Some(1)
    );

    // A person leaves one photo out, and the other group for later.
    let mut edited = plan.clone();
    edited["groups"][0]["accept"] = false.into();
    edited["groups"][1]["photos"][1]["skip"] = "by-hand".into();
    let file = clinic.write("plan.json", edited.to_string().as_bytes());
    let file = file.display().to_string();
    let dry = clinic.run(&["import", "--plan", &file, "--dry-run", "--json"]).json();
    assert_eq!((&dry["to_file"], &dry["filed"]), (&1.into(), &0.into()));
    let filed = clinic.run(&["import", "--plan", &file, "--json"]).json();
    assert_eq!((&filed["filed"], &filed["aligned"], &filed["skipped"]), (&1.into(), &1.into(), &1.into()));

    // The rest, by the plan as it was: what is filed is not filed twice.
    let file = clinic.write("whole.json", plan.to_string().as_bytes()).display().to_string();
    let filed = clinic.run(&["import", "--plan", &file, "--json"]).json();
    assert_eq!((&filed["filed"], &filed["already_filed"]), (&3.into(), &1.into()));
    let dry = clinic.run(&["import", "--plan", &file, "--dry-run", "--json"]).json();
    assert_eq!((&dry["to_file"], &dry["already_filed"]), (&0.into(), &4.into()), "nothing of it would be filed again");
    let again = clinic.run(&["import", "--plan", &file, "--json"]).json();
    assert_eq!((&again["filed"], &again["already_filed"]), (&0.into(), &4.into()));

    // One undo takes the filing of both patients back.
    let _ = clinic.run(&["undo"]).expect(0);
    let photos = |list: &Value| -> usize {
        let patients = list["patients"].as_array().expect("patients").iter();
        let series = patients.flat_map(|p| p["series"].as_array().expect("series"));
        let sessions = series.flat_map(|s| s["sessions"].as_array().expect("sessions"));
        sessions.map(|s| s["photos"].as_array().map_or(0, Vec::len)).sum()
    };
    assert_eq!(photos(&clinic.run(&["list", "--json"]).json()), 5);
}

#[test]
fn without_comparing_the_list_of_the_day_says_who_it_may_be() {
    let clinic = clinic();
    let plan = suggested(&clinic, &["--no-compare"]);
    assert_eq!(targets(&plan), [(Value::Null, false.into()), (Value::Null, false.into())]);
    let list = clinic.write("day.csv", b"time;code\n09:25;P-2\n09:50;P-1\n").display().to_string();
    let plan = suggested(&clinic, &["--no-compare", "--list", &list]);
    assert_eq!(targets(&plan), [("P-2/1".into(), false.into()), ("P-1/1".into(), false.into())], "to be checked");
    assert_eq!(plan["groups"][0]["reason"], "day-list");
    // One group for a gap of half an hour, and a clock that was an hour off.
    let plan = suggested(&clinic, &["--no-compare", "--gap", "30", "--clock", "-86400"]);
    assert_eq!((plan["groups"].as_array().map(Vec::len), &plan["groups"][0]["date"]), (Some(1), &"2026-02-17".into()));
    assert_eq!(plan["clock_s"], -86400);
}

#[test]
fn a_plan_that_gives_photos_to_another_patient_is_refused_until_it_lists_the_warning() {
    let clinic = clinic();
    let mut plan = suggested(&clinic, &[]);
    plan["groups"][1]["accept"] = false.into();
    // The photos of P-2, given to P-1 by hand.
    plan["groups"][0]["patient"] = "P-1".into();
    plan["groups"][0]["series"] = "P-1/1".into();
    let write = |plan: &Value| clinic.write("plan.json", plan.to_string().as_bytes()).display().to_string();
    let file = write(&plan);
    let dry = clinic.run(&["import", "--plan", &file, "--dry-run", "--json"]);
    assert!(dry.err.contains("1.jpg aligns with a photo of another patient: P-2"), "{}", dry.err);
    let refused = clinic.run(&["import", "--plan", &file]).expect(3);
    assert!(refused.err.contains("2.jpg aligns with a photo of another patient: P-2"), "{}", refused.err);
    assert!(refused.err.contains("Nothing was filed"), "{}", refused.err);
    let warning = |n: u32| serde_json::json!({"photo": n, "alarm": "aligns-with-other", "patient": "P-2"});
    plan["groups"][0]["warnings"] = vec![warning(1)].into();
    let _ = clinic.run(&["import", "--plan", &write(&plan)]).expect(3);
    plan["groups"][0]["warnings"] = vec![warning(1), warning(2)].into();
    let filed = clinic.run(&["import", "--plan", &write(&plan), "--json"]);
    assert!(filed.err.contains("Warning: 1.jpg aligns"), "said all the same: {}", filed.err);
    assert_eq!(filed.json()["filed"], 2);
    // The same flag as for a folder says that every such photo is meant.
    let _ = clinic.run(&["undo"]).expect(0);
    plan["groups"][0]["warnings"] = Value::Array(Vec::new());
    let file = write(&plan);
    assert!(clinic.run(&["import", "--plan", &file]).expect(3).err.contains("--allow-alarmed"));
    let filed = clinic.run(&["import", "--plan", &file, "--allow-alarmed", "--json"]);
    assert_eq!(filed.json()["filed"], 2);
}

#[test]
fn a_folder_for_one_patient_warns_of_photos_that_align_with_another_patients() {
    let clinic = clinic();
    let photo = clinic.path("card/1.jpg").display().to_string();
    let args = ["import", &photo, "--patient", "P-1", "--series", "pores", "--json"];
    let dry = clinic.run(&[&args[..], &["--dry-run"]].concat());
    assert!(dry.err.contains("Warning: 1.jpg aligns with a photo of another patient: P-2"), "{}", dry.err);
    let notes = &dry.json()["sessions"][0]["photos"][0]["notes"][0];
    assert_eq!(notes, "aligns with a photo of another patient: please check");
    let own = clinic.path("card/3.jpg").display().to_string();
    let quiet = clinic.run(&["import", &own, "--patient", "P-1", "--series", "pores", "--dry-run", "--json"]);
    assert!(!quiet.err.contains("another patient"), "{}", quiet.err);
}

#[test]
fn a_photo_that_aligns_with_another_patients_stays_in_the_tray_until_somebody_says_that_it_is_meant() {
    let clinic = clinic();
    let stranger = clinic.path("card/1.jpg").display().to_string();
    let own = clinic.path("card/3.jpg").display().to_string();
    let args = ["import", &stranger, &own, "--patient", "P-1", "--series", "pores", "--json"];
    let said = clinic.run(&args).expect(3);
    assert!(said.err.contains("because it may be another patient's: 1.jpg."), "{}", said.err);
    assert!(said.err.contains("Left in the tray") && said.err.contains("--allow-alarmed"), "{}", said.err);
    let value: Value = serde_json::from_str(&said.out).expect("JSON");
    assert_eq!((&value["filed"], &value["alarmed"], &value["in_tray"]), (&1.into(), &1.into(), &1.into()), "{value}");
    let skips: Vec<&Value> =
        value["sessions"][0]["photos"].as_array().expect("photos").iter().map(|photo| &photo["skip"]).collect();
    assert_eq!(skips, [&Value::from("alarmed"), &Value::Null]);
    // Once more it is not filed either, and the tray does not grow.
    let again = clinic.run(&args).expect(3);
    let value: Value = serde_json::from_str(&again.out).expect("JSON");
    assert_eq!((&value["filed"], &value["already_filed"], &value["alarmed"]), (&0.into(), &1.into(), &1.into()));
    assert_eq!(clinic.run(&["verify", "--json"]).json()["in_tray"], 1);
    let meant = clinic.run(&[&args[..], &["--allow-alarmed"]].concat());
    assert!(meant.err.contains("Warning: 1.jpg aligns"), "said all the same: {}", meant.err);
    let value = meant.json();
    assert_eq!((&value["filed"], &value["alarmed"], &value["in_tray"]), (&1.into(), &0.into(), &0.into()));
    assert_eq!(clinic.run(&["verify", "--json"]).json()["in_tray"], 0);
}

#[test]
fn a_list_with_days_names_nobody_on_another_day_and_one_line_nobody_hours_away() {
    let clinic = clinic();
    let named = |list: &[u8]| {
        let list = clinic.write("day.csv", list).display().to_string();
        let plan = suggested(&clinic, &["--no-compare", "--list", &list]);
        targets(&plan).into_iter().map(|(key, _)| key).collect::<Vec<Value>>()
    };
    let both: Vec<Value> = vec!["P-2/1".into(), "P-1/1".into()];
    let nobody: Vec<Value> = vec![Value::Null, Value::Null];
    assert_eq!(both, named(b"date;time;code\n2026-02-18;09:25;P-2\n18.02.2026;09:50;P-1\n"));
    assert_eq!(nobody, named(b"date;time;code\n2026-02-19;09:25;P-2\n2026-02-19;09:50;P-1\n"));
    assert_eq!(nobody, named(b"time;code\n15:00;P-1\n"), "the only one, and hours away");
}

#[test]
fn a_plan_that_is_wrong_files_nothing_and_says_where() {
    let clinic = clinic();
    let mut plan = suggested(&clinic, &["--no-compare"]);
    plan["groups"][0]["accept"] = true.into();
    let said = |plan: &Value| {
        let file = clinic.write("plan.json", plan.to_string().as_bytes()).display().to_string();
        clinic.run(&["import", "--plan", &file]).expect(1).err
    };
    assert!(said(&plan).contains("Group 1"), "no patient");
    plan["groups"][0]["patient"] = "P-2".into();
    plan["groups"][0]["series"] = "P-2/9".into();
    assert!(said(&plan).contains("series the patient does not have"));
    plan["groups"][0]["series"] = "P-2/1".into();
    plan["groups"][0]["photos"][0]["view"] = "Left ear".into();
    assert!(said(&plan).contains("Left ear"));
    plan["groups"][0]["photos"][0]["view"] = Value::Null;
    plan["groups"][0]["photos"][0]["sha256"] = "12".into();
    assert!(said(&plan).contains("Photo 1 of group 1"));
    plan["schema"] = 9.into();
    assert!(said(&plan).contains("version 9"));
    let whole = clinic.path("card").display().to_string();
    assert!(clinic.run(&["import", &whole]).expect(2).err.contains("--dry-run"));
    let _ = clinic.run(&["import", &whole, "--patient", "P-1"]).expect(2);
}

#[test]
fn a_patients_card_is_written_once_and_names_nobody() {
    let clinic = clinic();
    let path = clinic.path("card.pdf").display().to_string();
    let args = ["patient", "card", "--code", "P-1", "-o", &path];
    let _ = clinic.run(&args).expect(0);
    let pdf = std::fs::read(&path).expect("written");
    assert!(pdf.starts_with(b"%PDF-") && pdf.windows(3).any(|w| w == b"P-1"));
    let _ = clinic.run(&args).expect(3);
    let _ = clinic.run(&[&args[..], &["--force"]].concat()).expect(0);
    let exports = clinic.run(&["audit", "--op", "export", "--json"]).json();
    assert_eq!((&exports["total"], &exports["rows"][0]["details"]), (&2.into(), &"card".into()));
}

#[test]
fn a_watched_folder_goes_into_the_tray_while_the_program_runs_and_survives_its_end() {
    use std::io::{BufRead, BufReader};
    let clinic = Clinic::new();
    let _ = clinic.write("camera/1.jpg", &jpeg(&shot(1, &straight()), Some("2026:02:18 09:30:00")));
    let path = clinic.path("camera").display().to_string();
    let mut child = clinic
        .command()
        .args(["import", &path, "--watch"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("started");
    let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let said: Vec<String> = lines
        .map(|line| line.expect("a line"))
        .inspect(|line| assert!(!line.contains("not there"), "{line}"))
        .take_while(|line| !line.starts_with("1 photo copied into the tray."))
        .collect();
    assert_eq!(said, ["0 photos copied into the tray. 1 file is being written."]);
    child.kill().expect("ended");
    let _ = child.wait().expect("ended");
    assert!(clinic.path("camera/1.jpg").is_file());
    let made = ["import", "--tray", "--patient", "P-9", "--series", "pores", "--create", "--json"];
    assert_eq!(clinic.run(&made).json()["filed"], 1, "what was taken is whole");
}
