//! At rest and beside: what a whole run of the program leaves anywhere tells nothing, and nobody can watch a passphrase.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::support::{Clinic, PASSPHRASE, Run, jpeg, program, shot, straight};

/// Everything a person would be known by, and what pictures begin with.
const PLANTED: [&str; 12] = [
    "PLANTED-CODE",
    "Plantedgiven",
    "plantedgiven",
    "Plantedfamily",
    "plantedfamily",
    "1990-05-17",
    "planted-file",
    "Planted words of a consent",
    "%PDF",
    "JFIF",
    "Exif",
    "SQLite format 3",
];

fn shows(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

/// Runs the program with every place it may think of inside the clinic's folder, and a log of everything.
fn logged(clinic: &Clinic, args: &[&str]) -> Output {
    let mut command = clinic.command();
    let home = clinic.path("home");
    for name in ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"] {
        let _ = command.env(name, &home);
    }
    let _ = command.env("TMPDIR", clinic.path("temporary")).env("DIPTYCH_LOG", "trace").args(args);
    command.output().expect("started")
}

#[test]
fn no_file_and_no_log_of_a_whole_run_shows_who_was_photographed_or_how_to_get_in() {
    let clinic = Clinic { folder: tempfile::tempdir().expect("a temporary folder") };
    for folder in ["home", "temporary"] {
        fs::create_dir(clinic.path(folder)).expect("made");
    }
    let photo = jpeg(&shot(1, &straight()), Some("2026:01:14 10:00:00"));
    let card = tempfile::tempdir().expect("a card");
    diptych::fsx::write_atomic(&card.path().join("planted-file.jpg"), &photo).expect("written");
    let scan = card.path().join("planted-file.pdf");
    diptych::fsx::write_atomic(&scan, b"%PDF-1.7 Planted words of a consent, signed Plantedfamily").expect("written");
    let text = |path: &Path| path.display().to_string();
    let (pictures, scan) = (text(&card.path().join("planted-file.jpg")), text(&scan));
    let (usb, restored) = (text(&clinic.path("usb")), text(&clinic.path("restored")));
    let patient =
        ["--code", "PLANTED-CODE", "--given", "Plantedgiven", "--family", "Plantedfamily", "--birth", "1990-05-17"];
    let of = ["--patient", "PLANTED-CODE"];
    let mut logs = Vec::new();
    let mut step = |args: &[&str], expected| {
        let output = logged(&clinic, args);
        logs.extend_from_slice(&output.stderr);
        Run::from(output).expect(expected)
    };
    let code = step(&["init", "--json"], 0).json()["recovery_code"].as_str().expect("a code").to_owned();
    let needles: Vec<&[u8]> = PLANTED
        .iter()
        .map(|text| text.as_bytes())
        .chain([PASSPHRASE.as_bytes(), code.as_bytes(), &photo[500..516]])
        .collect();
    let nothing_shows = |holds: &str| {
        let files = diptych::fsx::files_below(clinic.folder.path()).expect("listed");
        assert!(files.iter().any(|path| path.starts_with(clinic.path(holds))) && files.len() > 5, "{files:?}");
        for path in &files {
            let bytes = fs::read(path).expect("read");
            for needle in &needles {
                assert!(!shows(&bytes, needle), "{} shows {}", path.display(), String::from_utf8_lossy(needle));
            }
            let name = path.display().to_string();
            assert!(PLANTED.iter().all(|text| !name.contains(text)), "{name}");
        }
    };
    let _ = step(&[&["patient", "add"], patient.as_slice()].concat(), 0);
    // Refused: that person is there.
    let _ = step(&[&["patient", "add"], patient.as_slice()].concat(), 3);
    let _ = step(&[&["import", &pictures, "--series", "pores", "--create"], of.as_slice()].concat(), 0);
    let _ = step(&["import", &pictures, "--patient", "Plantednobody", "--series", "pores"], 1);
    let grant = ["consent", "grant", "--purpose", "website", "--document", &scan];
    let _ = step(&[grant.as_slice(), of.as_slice()].concat(), 0);
    let _ = step(&["list", "--json"], 0);
    let _ = step(&["backup", &usb], 0);
    let _ = step(&["verify"], 0);
    nothing_shows("usb");
    let _ = step(&["restore", &usb, &restored], 0);
    nothing_shows("restored");
    fs::remove_file(clinic.vault().join("photos-0001.db")).expect("removed");
    let mended = step(&["verify", "--repair-from", &usb], 0);
    assert!(mended.out.contains("1 original restored"), "{}", mended.out);
    nothing_shows("vault");
    let _ = step(&["undo"], 0);
    let erase = ["patient", "erase", "--yes", "--reason", "asked for in writing"];
    let _ = step(&[erase.as_slice(), of.as_slice()].concat(), 0);
    nothing_shows("vault");
    let _ = step(&["backup", &usb], 0);
    nothing_shows("usb");
    for needle in needles {
        // A person is told the name of their own file and the code they typed.
        assert!(
            !shows(&logs, needle) || [b"planted-file".as_slice(), b"PLANTED-CODE"].contains(&needle),
            "{}",
            String::from_utf8_lossy(&logs)
        );
    }
    let left: Vec<_> = fs::read_dir(clinic.path("temporary")).expect("listed").collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn no_command_takes_a_passphrase_or_a_code_as_an_argument() {
    let clinic = Clinic::new();
    let commands: [&[&str]; 9] = [
        &["init"],
        &["list"],
        &["verify"],
        &["backup", "usb"],
        &["restore", "usb", "new"],
        &["user", "passphrase"],
        &["user", "recovery"],
        &["user", "add", "bert", "--role", "viewer"],
        &["demo"],
    ];
    for command in commands {
        for flag in ["--passphrase", "--new-passphrase", "--recovery-code-is", "--key"] {
            for typed in [vec![flag.to_owned(), "typed-in-clear".to_owned()], vec![format!("{flag}=typed-in-clear")]] {
                let args: Vec<&str> = command.iter().copied().chain(typed.iter().map(String::as_str)).collect();
                let refused = clinic.run(&args).expect(2);
                assert!(!refused.err.contains("typed-in-clear"), "{}", refused.err);
            }
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn nobody_who_watches_the_processes_learns_a_passphrase_given_over_a_descriptor() {
    let clinic = Clinic::new();
    let mut command = program();
    let _ = command.args(["list", "--passphrase-fd", "0", "--vault"]).arg(clinic.vault());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("started");
    // Byte by byte, so that there is time to watch.
    let mut input = child.stdin.take().expect("its input");
    input.write_all(PASSPHRASE.as_bytes()).expect("typed");
    let own = format!("/proc/{}", child.id());
    let mut looked = 0;
    let mut look = || {
        for file in ["cmdline", "environ", "comm"] {
            let bytes = fs::read(format!("{own}/{file}")).unwrap_or_default();
            assert!(!shows(&bytes, PASSPHRASE.as_bytes()), "{file}");
            looked += usize::from(!bytes.is_empty());
        }
        let children = fs::read_to_string(format!("{own}/task/{}/children", own.trim_start_matches("/proc/")));
        assert_eq!(children.unwrap_or_default(), "", "the program starts no other");
    };
    look();
    input.write_all(b"\n").expect("typed");
    drop(input);
    while child.try_wait().expect("waited").is_none() {
        look();
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    assert!(looked > 2, "{looked}");
    assert!(child.wait().expect("waited").success());
}

#[cfg(unix)]
#[test]
fn of_two_programs_at_once_the_second_says_who_has_the_vault_and_changes_nothing() {
    let clinic = Clinic::new();
    let passphrase = diptych::vault::Passphrase::new(PASSPHRASE);
    let now = diptych::clock::Now::from_system();
    let vault = diptych::vault::Vault::open(&clinic.vault(), "owner", &passphrase, now).expect("opened");
    let rows = vault.audit(1000).expect("the audit").len();
    let both: Vec<_> = (0..2)
        .map(|n| {
            let mut command: Command = clinic.command();
            let _ = command.args(["patient", "add", "--code", &n.to_string()]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started")
        })
        .collect();
    for child in both {
        let said = Run::from(child.wait_with_output().expect("it ends")).expect(1);
        assert!(said.err.contains(&format!("process {}", std::process::id())), "{}", said.err);
        assert!(said.err.contains("Nothing was changed"), "{}", said.err);
    }
    assert_eq!((vault.patient_count(""), vault.audit(1000).expect("the audit").len()), (Ok(0), rows));
    drop(vault);
    let _ = clinic.run(&["patient", "add", "--code", "1"]).expect(0);
}
