//! What a kill cannot show, because the system keeps what a killed program wrote: that it is on the disk. Asserted from the
//! system calls of a run under `strace`, and of runs in which it fails or kills at exactly the nth of them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::Dice;
use super::kill::{self, Reference, Told};
use super::process::{self, End};
use super::scenario::{Scenario, VAULT};

/// Set where a run without `strace` must not pass.
const REQUIRED: &str = "DIPTYCH_STRACE_REQUIRED";
/// Calls that change a file or its name, or make either durable.
const CALLS: &str = "openat,write,pwrite64,fsync,fdatasync,rename,renameat,renameat2,unlink,ftruncate";

/// Whether programs can be traced here; where that is required and not so, the test fails.
fn can_trace() -> bool {
    let traced = Command::new("strace").args(["-o", "/dev/null", "true"]).output();
    let can = traced.as_ref().is_ok_and(|output| output.status.success());
    if !can {
        let why = traced.map_or_else(|error| error.to_string(), |o| String::from_utf8_lossy(&o.stderr).into_owned());
        assert!(std::env::var_os(REQUIRED).is_none(), "strace cannot be used: {why}");
        println!("NOT ASSERTED, because strace cannot be used here: {why}");
    }
    can
}

/// A command under `strace` with these options.
fn traced(options: &[&str], command: &Command) -> Command {
    let mut strace = Command::new("strace");
    let _ = strace.args(["-f", "-qq"]).args(options).arg(command.get_program()).args(command.get_args());
    let _ = strace.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    strace
}

/// One thing that happened, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Event {
    /// Bytes went into a file.
    Written(String),
    /// A file, or the names in a folder, went to the disk.
    Synced(String),
    /// A file took another name.
    Renamed(String, String),
    /// A file was made.
    Made(String),
    /// The process said this.
    Said(String),
}

impl Event {
    /// A line of `strace -f -y`.
    fn parse(line: &str) -> Option<Self> {
        let call = line.split_once(' ')?.1.trim_start();
        let (name, rest) = call.split_once('(')?;
        let path = || Some(rest.split_once('<')?.1.split_once('>')?.0.to_owned());
        match name {
            "write" if rest.starts_with("1<") => {
                let said = rest.split_once("\"torture: ")?.1;
                Some(Self::Said(said.split_once("\\n").map_or(said, |(said, _)| said).to_owned()))
            }
            "write" | "pwrite64" => path().map(Self::Written),
            "fsync" | "fdatasync" => path().map(Self::Synced),
            "rename" | "renameat" | "renameat2" => {
                let mut names = rest.split('"').skip(1).step_by(2);
                Some(Self::Renamed(names.next()?.to_owned(), names.next()?.to_owned()))
            }
            "openat" if rest.contains("O_CREAT") => Some(Self::Made(rest.split('"').nth(1)?.to_owned())),
            _ => None,
        }
    }
}

/// All that happened in a scenario.
fn events(scenario: &'static Scenario) -> (tempfile::TempDir, Vec<Event>) {
    let folder = tempfile::tempdir().expect("a folder");
    scenario.prepare(folder.path());
    let log = folder.path().join("trace");
    let options = ["-y", "-s", "120", "-e", &format!("trace={CALLS}"), "-o", &log.display().to_string()];
    let outcome = process::run(traced(&options, &process::command(scenario, folder.path(), 0)), End::Undisturbed);
    assert_eq!(outcome.confirmed, scenario.steps.len());
    let text = fs::read_to_string(&log).expect("a trace");
    (folder, text.lines().filter_map(Event::parse).collect())
}

/// A file whose loss would cost something. What maps a log is made anew, and so are derived pictures.
fn matters(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    (path.contains(&format!("/{VAULT}/")) || path.contains("/usb/"))
        && !name.ends_with("-shm")
        && !name.starts_with("derived.db")
        && !["vault.holder", "vault.tries", "vault.begun"].contains(&name)
}

/// What a log is put into.
fn is_database(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == "db")
}

/// Places of events in a list, the one after the other.
fn after(events: &[Event], from: usize, what: &str, is: impl Fn(&Event) -> bool) -> usize {
    let found = events[from..].iter().position(is);
    from + found.unwrap_or_else(|| panic!("{what} does not follow {:?}", &events[..from].last()))
}

#[test]
fn an_original_is_announced_stored_and_recorded_on_the_disk_in_this_order() {
    if !can_trace() {
        return;
    }
    let (_folder, events) = events(Scenario::named("filing"));
    let said = |from, text: &str| after(&events, from, text, |event| *event == Event::Said(text.into()));
    let synced = |from, file: &str| {
        after(&events, from, file, |event| matches!(event, Event::Synced(path) if path.ends_with(file)))
    };
    // The first photo, whose volume is made, and the second.
    for (step, is_first) in [(4, true), (5, false)] {
        let begin = said(0, &format!("confirmed {step}"));
        let intent = synced(begin, "/catalog.db-wal");
        let announced = said(begin, "moment an original is announced");
        let bytes = synced(announced, "/photos-0001.db-wal");
        let stored = said(announced, "moment an original is stored");
        let record = synced(stored, "/catalog.db-wal");
        let recorded = said(stored, "moment an original is recorded");
        let end = said(begin, &format!("confirmed {}", step + 1));
        assert!(intent < announced && bytes < stored && record < recorded && recorded < end);
        let early = |event: &Event| matches!(event, Event::Written(path) if path.ends_with("/photos-0001.db-wal"));
        let layout = if is_first { said(begin, "moment a volume is made") } else { begin };
        assert!(!events[layout..announced].iter().any(early), "no byte of an original before its announcement");
        let catalog = |event: &Event| matches!(event, Event::Written(path) if path.ends_with("/catalog.db-wal"));
        assert!(!events[announced..stored].iter().any(catalog), "no record before the bytes are stored");
        if is_first {
            let made = after(
                &events,
                begin,
                "the volume",
                |event| matches!(event, Event::Made(path) if path.ends_with("/photos-0001.db")),
            );
            let folder = after(
                &events,
                made,
                "its folder",
                |event| matches!(event, Event::Synced(path) if path.ends_with(&format!("/{VAULT}"))),
            );
            assert!(folder < announced, "the name of the volume before anything is announced for it");
        }
    }
}

#[test]
fn old_volumes_are_overwritten_only_when_what_stays_is_on_the_disk_elsewhere() {
    if !can_trace() {
        return;
    }
    let (_folder, events) = events(Scenario::named("erasing"));
    let said = |from, text: &str| after(&events, from, text, |event| *event == Event::Said(text.into()));
    let is_volume = |path: &str| path.contains(&format!("/{VAULT}/photos-"));
    for step in [1, 3] {
        let begin = said(0, &format!("confirmed {step}"));
        let copied = said(begin, "moment those who stay are in new volumes");
        let switched = said(copied, "moment the records point to the new volumes");
        let wiped = said(switched, "moment an old volume is overwritten");
        let made = |event: &Event| match event {
            Event::Made(path) if is_volume(path) && is_database(path) => Some(path.clone()),
            _ => None,
        };
        let fresh: BTreeSet<String> = events[begin..copied].iter().filter_map(made).collect();
        assert!(!fresh.is_empty(), "step {step}");
        for path in &fresh {
            let into = |e: &Event| matches!(e, Event::Written(p) if p.starts_with(path) && matters(p));
            let written = events[..copied].iter().rposition(into);
            let synced = events[..copied].iter().rposition(|e| matches!(e, Event::Synced(p) if p == path));
            assert!(written.is_some() && written < synced, "{path} is on the disk before anything relies on it");
        }
        let folder = |event: &Event| matches!(event, Event::Synced(path) if path.ends_with(&format!("/{VAULT}")));
        assert!(events[begin..copied].iter().any(folder), "and so are their names");
        let record = |event: &Event| matches!(event, Event::Synced(path) if path.ends_with("/catalog.db-wal"));
        assert!(events[copied..switched].iter().any(record), "the switch is on the disk");
        let old = |event: &Event| matches!(event, Event::Written(path) if is_volume(path) && matters(path) && !fresh.iter().any(|new| path.starts_with(new)));
        assert!(!events[begin..switched].iter().any(old), "no byte of an old volume before");
        assert!(events[switched..wiped].iter().any(old), "it is overwritten after");
    }
}

#[test]
fn nothing_is_confirmed_before_all_of_it_is_on_the_disk() {
    if !can_trace() {
        return;
    }
    for name in ["creating", "filing", "keys", "backing up", "erasing"] {
        let (_folder, events) = events(Scenario::named(name));
        let mut pending = BTreeSet::new();
        let mut confirmed = 0;
        for event in &events {
            match event {
                Event::Written(path) if matters(path) => drop(pending.insert(path.clone())),
                Event::Synced(path) => drop(pending.remove(path)),
                Event::Said(said) if said.starts_with("confirmed ") => {
                    // What goes into a database from its log is in the log until the database is synced too.
                    let lost: Vec<&String> = pending.iter().filter(|path| !is_database(path)).collect();
                    assert!(lost.is_empty(), "{name}: {said} before {lost:?}");
                    confirmed += 1;
                }
                _ => {}
            }
        }
        assert_eq!(confirmed, Scenario::named(name).steps.len());
    }
}

#[test]
fn a_file_is_on_the_disk_before_it_takes_a_name_and_the_name_before_anything_relies_on_it() {
    if !can_trace() {
        return;
    }
    let mut names = BTreeSet::new();
    for name in ["creating", "keys", "backing up"] {
        let (_folder, events) = events(Scenario::named(name));
        for (at, event) in events.iter().enumerate() {
            let Event::Renamed(from, to) = event else { continue };
            let writing = events[..at].iter().rposition(|event| *event == Event::Written(from.clone()));
            let whole = after(&events[..at], writing.unwrap_or(0), from, |event| *event == Event::Synced(from.clone()));
            assert!(writing.is_none_or(|writing| writing < whole));
            let folder = Path::new(to).parent().expect("a folder").display().to_string();
            let durable = after(&events, at, &folder, |event| *event == Event::Synced(folder.clone()));
            let next = events[at + 1..].iter().position(|event| matches!(event, Event::Renamed(..) | Event::Said(_)));
            let relied = |n: usize| matches!(&events[at + 1 + n], Event::Said(said) if said == "moment a file has its name" || said.starts_with("moment a file of a backup has"));
            assert!(next.is_none_or(|n| relied(n) || durable < at + 1 + n), "{to} is relied on before it is durable");
            let _new = names.insert(Path::new(to).file_name().expect("a name").to_string_lossy().into_owned());
        }
    }
    for expected in ["vault.toml", "vault.toml.2", "manifest"] {
        assert!(names.contains(expected), "{expected} was not written: {names:?}");
    }
}

/// How many of these calls a scenario makes.
fn count(reference: &Reference, calls: &str) -> u64 {
    let folder = reference.folder();
    let log = folder.path().join("trace");
    let options = ["-e", &format!("trace={calls}"), "-o", &log.display().to_string()];
    let command = process::command(reference.scenario, folder.path(), 0);
    let _outcome = process::run(traced(&options, &command), End::Undisturbed);
    // Each thread counts each of its calls by itself towards the one at which something happens.
    let mut counts: std::collections::BTreeMap<String, u64> = std::collections::BTreeMap::new();
    for line in fs::read_to_string(&log).expect("a trace").lines() {
        if let Some((thread_and_call, _)) = line.split_once('(') {
            *counts.entry(thread_and_call.to_owned()).or_default() += 1;
        }
    }
    counts.into_values().max().unwrap_or_default()
}

/// Runs scenarios in which something happens at a random one of these calls.
fn injected(runs: usize, seed: u64, calls: &str, what: &str, judge: fn(&process::Outcome) -> bool) {
    let names = ["filing", "keys", "backing up", "migrating", "erasing"];
    let references: Vec<(Reference, u64)> = names
        .into_par_iter()
        .map(|name| Reference::of(Scenario::named(name)))
        .map(|reference| {
            let calls = count(&reference, calls);
            (reference, calls)
        })
        .collect();
    let mut dice = Dice(seed);
    let places: Vec<(usize, u64)> = (0..runs)
        .map(|n| {
            let which = n % references.len();
            (which, 1 + dice.below(references[which].1))
        })
        .collect();
    let met = |(which, n): (usize, u64)| {
        let (reference, _) = &references[which];
        let folder = reference.folder();
        let how = format!("{what} at call {n}");
        let _told = Told(how.clone());
        let inject = format!("inject={calls}:{}", what.replace("{n}", &n.to_string()));
        let options = ["-e", &format!("trace={calls}"), "-e", &inject, "-o", "/dev/null"];
        let command = process::command(reference.scenario, folder.path(), 0);
        let outcome = process::run(traced(&options, &command), End::Undisturbed);
        reference.judge(folder.path(), outcome.confirmed, &how);
        judge(&outcome)
    };
    let met = places.into_par_iter().map(met).filter(|&met| met).count();
    assert!(met * 2 > runs, "{met} of {runs}");
}

/// Killed in the middle of exactly the nth call that changes something.
fn killed_at_calls(runs: usize) {
    if can_trace() {
        let calls = "pwrite64,fsync,fdatasync,rename,unlink,ftruncate";
        injected(runs, 5, calls, "signal=KILL:when={n}", |outcome| outcome.killed);
    }
}

/// From the nth write on the disk is full.
fn full_from_calls(runs: usize) {
    if can_trace() {
        injected(runs, 6, "pwrite64", "error=ENOSPC:when={n}+", |outcome| match &outcome.failed {
            Some(why) => {
                assert!(why.contains("DiskFull"), "{why}");
                true
            }
            // Only what is written at closing failed, or what may be lost.
            None => false,
        });
    }
}

#[test]
fn a_kill_within_any_of_six_calls_loses_nothing_that_was_confirmed() {
    killed_at_calls(6);
}

#[test]
#[ignore = "takes a minute; .ci/run runs it"]
fn a_kill_within_any_of_sixty_calls_loses_nothing_that_was_confirmed() {
    killed_at_calls(60);
}

#[test]
fn a_disk_that_is_full_from_any_of_three_writes_on_is_said_and_costs_the_step_in_flight() {
    full_from_calls(3);
}

#[test]
#[ignore = "takes a minute; .ci/run runs it"]
fn a_disk_that_is_full_from_any_of_thirty_writes_on_is_said_and_costs_the_step_in_flight() {
    full_from_calls(30);
}

/// A command for which no page and no key file fits on the disk any more.
fn without_room(scenario: &Scenario, folder: &Path) -> Command {
    let child = process::command(scenario, folder, 0);
    let script = "trap '' XFSZ; ulimit -f 1; exec strace -f -qq -e trace=pwrite64 -e inject=pwrite64:error=ENOSPC:when=1+ -o /dev/null \"$0\" \"$@\"";
    let mut shell = Command::new("bash");
    let _ = shell.args(["-c", script]).arg(child.get_program()).args(child.get_args());
    let _ = shell.envs(child.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell
}

/// Runs a scenario where nothing can be written and everything is to be done all the same.
fn goes_on_without_room(name: &str, command: fn(&Scenario, &Path) -> Command) {
    let reference = Reference::of(Scenario::named(name));
    let folder = reference.folder();
    let outcome = process::run(command(reference.scenario, folder.path()), End::Undisturbed);
    assert_eq!((outcome.confirmed, outcome.failed), (reference.scenario.steps.len(), None));
    let vault = reference.scenario.within(|| kill::open(folder.path()));
    assert_eq!((vault.last_backup(), vault.last_check()), (Ok(None), Ok(None)), "there was no room to remember them");
    drop(vault);
    reference.judge(folder.path(), outcome.confirmed, "on a full disk");
}

#[test]
fn on_a_full_disk_a_vault_opens_for_looking_and_verifying_and_says_so() {
    if can_trace() {
        goes_on_without_room("looking", without_room);
    }
}

/// A command for which the disk of the vault has no room for the nth pages that go into files with these ends; other disks
/// have.
fn without_room_for_records(scenario: &Scenario, folder: &Path, ends: &[&str], when: &str) -> Command {
    let dir = folder.join(VAULT);
    let files = crate::fsx::files_below(&dir).expect("listed");
    let databases = files.iter().map(|path| path.display().to_string()).filter(|path| is_database(path));
    let paths: Vec<String> = databases.flat_map(|path| ends.iter().map(move |end| format!("{path}{end}"))).collect();
    let inject = format!("inject=pwrite64:error=ENOSPC:when={when}");
    let mut options = vec!["-e", "trace=pwrite64", "-e", &inject, "-o", "/dev/null"];
    options.extend(paths.iter().flat_map(|path| ["-P", path.as_str()]));
    traced(&options, &process::command(scenario, folder, 0))
}

#[test]
fn on_a_full_disk_a_vault_is_backed_up_for_the_first_time_to_another_one_and_says_so() {
    if can_trace() {
        goes_on_without_room("saving", |scenario, folder| {
            without_room_for_records(scenario, folder, &["", "-wal", "-shm"], "1+")
        });
    }
}

#[test]
fn an_update_of_the_layout_that_finds_no_room_is_refused_as_that_and_goes_on_once_there_is_some() {
    if !can_trace() {
        return;
    }
    let reference = Reference::of(Scenario::named("migrating"));
    let folder = reference.folder();
    let outcome = process::run(without_room(reference.scenario, folder.path()), End::Undisturbed);
    assert_eq!((outcome.confirmed, outcome.failed.as_deref()), (0, Some("open: Vault(DiskFullAtUpdate)")));
    reference.judge(folder.path(), 0, "on a full disk");
}

#[test]
fn an_update_of_the_layout_takes_the_room_that_was_kept() {
    if can_trace() {
        // The first page finds no room; what is given up then makes some.
        goes_on_without_room("migrating", |scenario, folder| {
            without_room_for_records(scenario, folder, &["-wal"], "1")
        });
    }
}
