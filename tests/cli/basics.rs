//! Help, usage, exit codes.

use crate::support::{Run, program, run};

const COMMANDS: [&[&str]; 29] = [
    &["demo"],
    &["align"],
    &["compare"],
    &["init"],
    &["patient"],
    &["patient", "add"],
    &["patient", "list"],
    &["patient", "erase"],
    &["series", "add"],
    &["series", "list"],
    &["series", "state"],
    &["import"],
    &["list"],
    &["due"],
    &["consent", "grant"],
    &["consent", "withdraw"],
    &["consent", "list"],
    &["attachment", "list"],
    &["attachment", "add"],
    &["attachment", "export"],
    &["attachment", "move"],
    &["export", "gallery"],
    &["export", "composite"],
    &["verify"],
    &["backup"],
    &["backup", "list"],
    &["backup", "check"],
    &["restore"],
    &["undo"],
];

#[test]
fn every_command_explains_itself() {
    for command in COMMANDS {
        let help = run(&[command, &["--help"]].concat()).expect(0).out;
        assert!(help.contains("Usage: diptych"), "{command:?}: {help}");
    }
}

#[test]
fn wrong_usage_is_two() {
    for args in [
        &["no-such-command"] as &[&str],
        &["align", "only-one"],
        &["list"],
        &["patient", "add"],
        &["series", "add", "--patient", "P-1", "--indication", "warts"],
        &["due", "--frobnicate"],
    ] {
        let _ = run(args).expect(2);
    }
}

#[test]
fn without_a_display_the_windows_absence_is_said_and_not_failed() {
    let said = run(&[]).expect(0).out;
    assert!(said.contains("no display"), "{said}");
}

#[test]
fn a_demo_never_touches_a_folder_that_is_something_else() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let letter = folder.path().join("letter.txt");
    diptych::fsx::write_atomic(&letter, b"dear").expect("written");
    let said = run(&["demo", "--no-window", &folder.path().display().to_string()]).expect(3);
    assert!(said.err.contains("Nothing was changed"), "{}", said.err);
    assert_eq!(std::fs::read(&letter).expect("still there"), b"dear");
    assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 1);
}

#[test]
fn the_version_is_that_of_the_crate() {
    let out = program().arg("--version").output().expect("started").stdout;
    assert_eq!(String::from_utf8(out).expect("UTF-8").trim(), concat!("diptych ", env!("CARGO_PKG_VERSION")));
}

#[cfg(all(unix, not(target_os = "macos")))]
#[test]
fn a_display_that_does_not_answer_is_said_and_is_no_failure() {
    for (name, value) in [("DISPLAY", ":9999"), ("WAYLAND_DISPLAY", "/nowhere/wayland-9")] {
        let run = Run::from(program().env(name, value).output().expect("started")).expect(0);
        assert!(run.out.contains("The display does not answer, so no window was opened."), "{name}: {}", run.out);
    }
}
