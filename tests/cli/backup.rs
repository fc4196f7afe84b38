//! Backup, restore and verification from a script: exit codes, killed runs, full disks.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::{Clinic, PASSPHRASE, Run, jpeg, program, shot, straight};

/// A clinic with `photos` filed photos in one open volume.
fn clinic(photos: u32) -> Clinic {
    let clinic = Clinic::new();
    for n in 0..photos {
        let time = format!("2026:01:14 10:{n:02}:00");
        let _ = clinic.write(&format!("card/a{n}.jpg"), &jpeg(&shot(n, &straight()), Some(&time)));
    }
    let card = clinic.path("card").display().to_string();
    let _ = clinic
        .run(&["import", &card, "--patient", "P-1", "--series", "pores", "--create", "--no-align", "--json"])
        .json();
    clinic
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

#[test]
fn a_script_backs_up_lists_checks_restores_and_verifies() {
    let clinic = clinic(2);
    let (usb, new) = (text(&clinic.path("usb")), text(&clinic.path("new")));
    let made = clinic.run(&["backup", &usb, "--json"]).json();
    assert_eq!(
        (&made["generation"], &made["originals"], &made["originals_verified"]),
        (&1.into(), &2.into(), &2.into())
    );
    let again = clinic.run(&["backup", &usb]).expect(0).out;
    assert!(again.contains("Backup 2 complete: 2 originals in 1 volume, 0 copied"), "{again}");
    let listed = clinic.run(&["backup", "list", &usb, "--json"]).json();
    // Two of one day: the newer one stays.
    assert_eq!(listed["generations"].as_array().expect("a list").len(), 1);
    assert_eq!((&listed["generations"][0]["generation"], &listed["generations"][0]["photos"]), (&2.into(), &2.into()));
    assert_eq!(clinic.run(&["backup", "check", &usb, "--json"]).json()["flaws"], serde_json::json!([]));

    let restored = clinic.run(&["restore", &usb, &new, "--json"]).json();
    assert_eq!((&restored["originals"], &restored["intact"]), (&2.into(), &2.into()));
    let hashes = |vault: &str| {
        let list = clinic.run(&["list", "--vault", vault, "--json"]).json();
        list["patients"][0]["series"][0]["sessions"].clone()
    };
    assert_eq!(hashes(&new), hashes(&text(&clinic.vault())));
    assert!(clinic.run(&["restore", &usb, &new]).expect(3).err.contains("not empty"));

    let sampled = clinic.run(&["verify", "--sample", "50%", "--json"]).json();
    assert_eq!((&sampled["checked"], &sampled["intact"], &sampled["originals"]), (&1.into(), &1.into(), &2.into()));
    assert_eq!(sampled["unremembered"], serde_json::json!(false), "there was room to remember it");
    let said = clinic.run(&["verify"]).expect(0).out;
    assert!(said.starts_with("All 2 originals verified "), "{said}");
    let _usage = clinic.run(&["verify", "--sample", "most"]).expect(2);
    let _usage = clinic.run(&["backup"]).expect(2);
}

#[test]
fn a_lost_volume_is_named_and_comes_back_from_the_backup() {
    let clinic = clinic(2);
    let usb = text(&clinic.path("usb"));
    let _made = clinic.run(&["backup", &usb]).expect(0);
    std::fs::remove_file(clinic.vault().join("photos-0001.db")).expect("removed");
    let said = clinic.run(&["verify", "--json"]).expect(1);
    let value: serde_json::Value = serde_json::from_str(&said.out).expect("JSON");
    assert_eq!((&value["intact"], &value["findings"][0]["kind"]), (&0.into(), &"volume-missing".into()));
    assert_eq!(
        (&value["damaged"][0]["series"], &value["damaged"][0]["file_name"]),
        (&"P-1/1".into(), &"a0.jpg".into())
    );
    assert!(said.err.contains("--repair-from"), "{}", said.err);
    let _list = clinic.run(&["list", "--json"]).json();
    let mended = clinic.run(&["verify", "--repair-from", &usb, "--json"]).json();
    assert_eq!((&mended["intact"], &mended["repaired"]["restored"]), (&2.into(), &2.into()));
    assert_eq!(clinic.run(&["verify", "--json"]).json()["findings"], serde_json::json!([]));
}

#[test]
fn a_damaged_backup_gives_back_what_is_whole_names_the_rest_and_ends_with_one() {
    let clinic = clinic(2);
    let usb = text(&clinic.path("usb"));
    let _made = clinic.run(&["backup", &usb]).expect(0);
    let volume = std::fs::read_dir(clinic.path("usb").join("volumes")).expect("a folder").next().expect("one");
    let volume = volume.expect("an entry");
    let mut bytes = std::fs::read(volume.path()).expect("read");
    // In the last page, which is the last photo's.
    let at = bytes.len() - 100;
    bytes[at] ^= 1;
    diptych::fsx::write_atomic(&volume.path(), &bytes).expect("written");
    let new = text(&clinic.path("new"));
    let said = clinic.run(&["restore", &usb, &new, "--json"]).expect(1);
    let value: serde_json::Value = serde_json::from_str(&said.out).expect("JSON");
    let name = format!("volumes/{}", volume.file_name().to_string_lossy());
    assert_eq!(value["damaged"], serde_json::json!([name]));
    assert_eq!((&value["originals"], &value["intact"]), (&2.into(), &1.into()), "{}", said.out);
    assert!(said.err.contains("not everything in it is whole"), "{}", said.err);
    let again = clinic.run(&["verify", "--vault", &new, "--json"]).expect(1);
    let value: serde_json::Value = serde_json::from_str(&again.out).expect("JSON");
    assert_eq!((&value["intact"], &value["damaged"][0]["file_name"]), (&1.into(), &"a1.jpg".into()));
    let plain = clinic.run(&["restore", &usb, &text(&clinic.path("plain"))]).expect(1);
    assert!(plain.out.contains(&format!("The file {name} of the backup is missing or damaged.")), "{}", plain.out);
    assert!(plain.out.contains("erased after the newest backup"), "{}", plain.out);
}

#[test]
fn refusals_are_three_and_failures_one() {
    let clinic = Clinic::new();
    let inside = text(&clinic.vault().join("backup"));
    assert!(clinic.run(&["backup", &inside]).expect(3).err.contains("Nothing was written"));
    let letter = clinic.write("taken/letter.txt", b"dear");
    let _refused = clinic.run(&["backup", &text(letter.parent().expect("a folder"))]).expect(3);
    let usb = text(&clinic.path("usb"));
    assert!(clinic.run(&["restore", &usb, &text(&clinic.path("new"))]).expect(1).err.contains("no complete backup"));
    let _made = clinic.run(&["backup", &usb]).expect(0);
    let mut wrong = clinic.command();
    let _ = wrong.env("DIPTYCH_PASSPHRASE", "wrong").args(["restore", &usb, &text(&clinic.path("new"))]);
    let said = Run::from(wrong.output().expect("started")).expect(1);
    assert!(said.err.contains("Nothing was changed") && !clinic.path("new").exists(), "{}", said.err);
}

#[test]
fn a_backup_that_is_killed_anywhere_leaves_the_old_one_good() {
    let clinic = clinic(1);
    // One large original, so that there is something to be killed in.
    let mut large = jpeg(&shot(7, &straight()), Some("2026:01:14 11:00:00"));
    large.extend((0..12_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8));
    let usb = text(&clinic.path("usb"));
    let _first = clinic.run(&["backup", &usb]).expect(0);
    let card = text(&clinic.write("card/large.jpg", &large));
    let _filed = clinic.run(&["import", &card, "--patient", "P-1", "--series", "pores", "--no-align", "--json"]).json();
    // Later and later, until a run comes to its end.
    let mut killed = 0;
    for delay in (150..).step_by(45) {
        let command = &mut clinic.command();
        let mut child = command.args(["backup", &usb]).stdout(Stdio::null()).spawn().expect("started");
        std::thread::sleep(Duration::from_millis(delay));
        child.kill().expect("killed or gone");
        if child.wait().expect("waited for").success() {
            break;
        }
        killed += 1;
    }
    assert!(killed > 3, "only {killed} runs were killed");
    let listed = clinic.run(&["backup", "list", &usb, "--json"]).json();
    assert!(!listed["generations"].as_array().expect("a list").is_empty());
    assert_eq!(clinic.run(&["backup", "check", &usb, "--json"]).json()["flaws"], serde_json::json!([]));
    let last = clinic.run(&["backup", &usb, "--json"]).json();
    assert_eq!((&last["originals"], &last["damaged"]), (&2.into(), &serde_json::json!([])));
    let left = diptych::fsx::files_below(&clinic.path("usb")).expect("listed");
    assert!(left.iter().all(|path| !text(path).contains(".diptych-")), "{left:?}");
    let restored = clinic.run(&["restore", &usb, &text(&clinic.path("new")), "--json"]).json();
    assert_eq!(restored["intact"], 2);
}

#[cfg(unix)]
#[test]
fn a_full_disk_under_the_backup_is_said_and_costs_nothing_old() {
    let clinic = clinic(2);
    let usb = text(&clinic.path("usb"));
    let _first = clinic.run(&["backup", &usb]).expect(0);
    let before = clinic.run(&["backup", "list", &usb, "--json"]).json();
    let _more = clinic.write("card/b.jpg", &jpeg(&shot(9, &straight()), Some("2026:02:14 10:00:00")));
    let card = text(&clinic.path("card/b.jpg"));
    let _filed = clinic.run(&["import", &card, "--patient", "P-1", "--series", "pores", "--no-align", "--json"]).json();
    // No file may grow beyond this many KiB: the records fit or not, the volume never.
    for limit in [120, 300] {
        let script = format!("trap '' XFSZ; ulimit -f {limit}; exec \"$@\"");
        let mut command = Command::new("bash");
        let _ = command.args(["-c", &script, "bash", env!("CARGO_BIN_EXE_diptych"), "-q", "backup", &usb, "--vault"]);
        let _ = command.arg(clinic.vault()).env("DIPTYCH_PASSPHRASE", PASSPHRASE);
        let said = Run::from(command.output().expect("started")).expect(1);
        assert!(said.err.contains("all earlier backups are as they were"), "{limit}: {}", said.err);
    }
    assert_eq!(clinic.run(&["backup", "list", &usb, "--json"]).json(), before);
    assert_eq!(clinic.run(&["backup", "check", &usb, "--json"]).json()["flaws"], serde_json::json!([]));
    assert_eq!(clinic.run(&["backup", &usb, "--json"]).json()["originals"], 3);
}

#[test]
fn the_passphrase_of_a_backup_is_asked_for_like_any_other() {
    let clinic = Clinic::new();
    let usb = text(&clinic.path("usb"));
    let _made = clinic.run(&["backup", &usb]).expect(0);
    let mut command = program();
    let said = Run::from(command.args(["backup", "list", &usb]).output().expect("started")).expect(2);
    assert!(said.err.contains("--passphrase-fd"), "{}", said.err);
}

/// What a kill cannot show: whether everything was on the disk before the name that makes it visible.
#[cfg(target_os = "linux")]
#[test]
fn every_file_of_a_backup_is_durable_before_the_manifest_names_it() {
    let clinic = clinic(1);
    let (usb, trace) = (clinic.path("usb"), clinic.path("trace"));
    let mut command = Command::new("strace");
    let calls = "trace=fsync,fdatasync,rename,renameat,renameat2";
    let _ = command.args(["-f", "-y", "-s", "400", "-e", calls, "-o", &text(&trace)]);
    let _ = command.args([env!("CARGO_BIN_EXE_diptych"), "-q", "backup", &text(&usb), "--vault"]).arg(clinic.vault());
    let traced = command.env("DIPTYCH_PASSPHRASE", PASSPHRASE).output();
    let Ok(output) = traced.map(Run::from) else { return eprintln!("not traced: strace is not installed") };
    if output.code != Some(0) && output.err.contains("ptrace") {
        return eprintln!("not traced: {}", output.err);
    }
    let _done = output.expect(0);
    let trace = std::fs::read_to_string(&trace).expect("a trace");
    let calls: Vec<Call> = trace.lines().filter_map(Call::read).filter(|call| call.is_below(&usb)).collect();
    let synced = |path: &str, calls: &[Call]| calls.iter().any(|call| matches!(call, Call::Sync(p) if p == path));
    let folder_of = |path: &str| text(Path::new(path).parent().expect("a folder"));
    let is_manifest = |call: &Call| matches!(call, Call::Rename(_, to) if to.ends_with("/manifest"));
    let published = calls.iter().position(is_manifest).expect("a manifest");
    let mut renamed = 0;
    for (i, call) in calls.iter().enumerate() {
        let Call::Rename(from, to) = call else { continue };
        renamed += 1;
        assert!(synced(from, &calls[..i]), "{to} got its name before its bytes were durable");
        assert!(synced(&folder_of(to), &calls[i..]), "the name of {to} was never made durable");
        assert!(i == published || synced(&folder_of(to), &calls[i..published]), "{to} came after the manifest");
    }
    // The marker, the key file twice, one volume, the manifest.
    assert_eq!(renamed, 5, "{trace}");
    let generation = usb.join("generations/000001");
    for path in [generation.join("catalog.db"), generation.clone(), usb.join("generations"), usb.clone()] {
        assert!(synced(&text(&path), &calls[..published]), "{} was not durable in time", path.display());
    }
}

/// A system call that decides what survives a power cut.
#[cfg(target_os = "linux")]
enum Call {
    Sync(String),
    Rename(String, String),
}

#[cfg(target_os = "linux")]
impl Call {
    /// A line of the trace; none for calls that failed or are told in two lines.
    fn read(line: &str) -> Option<Self> {
        let call = line.split_once(' ')?.1.trim_start();
        if !call.ends_with("= 0") {
            return None;
        }
        if call.starts_with("fsync(") || call.starts_with("fdatasync(") {
            let path = call.split_once('<')?.1.split_once('>')?.0;
            return Some(Self::Sync(path.to_owned()));
        }
        let mut quoted = call.split('"').skip(1).step_by(2);
        Some(Self::Rename(quoted.next()?.to_owned(), quoted.next()?.to_owned()))
    }

    fn is_below(&self, folder: &Path) -> bool {
        let (Self::Sync(path) | Self::Rename(_, path)) = self;
        Path::new(path).starts_with(folder)
    }
}
