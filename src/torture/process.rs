//! A scenario in a process of its own: this test binary once more, told by its environment what to do.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use super::scenario::{Scenario, World};
use crate::moment;

/// Scenario, folder, and the number of the moment at which the process waits for its end; 0 for none.
const WHAT: &str = "DIPTYCH_TORTURE";
const ENTRY: &str = "torture::process::the_process_that_is_disturbed";
/// Before every line to the parent, so that it is told from those of the test harness.
const MARK: &str = "torture: ";

/// When a process ends.
#[derive(Debug, Clone, Copy)]
pub enum End {
    /// By itself.
    Undisturbed,
    /// Killed at the nth moment.
    Moment(usize),
    /// Killed so long after it confirmed this many steps.
    After(usize, Duration),
}

/// What a process came to.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Steps it confirmed.
    pub confirmed: usize,
    /// Moments that passed, in order; told only by one that was not disturbed, the last one by one that was.
    pub moments: Vec<String>,
    /// Why a step was not done, if one was not.
    pub failed: Option<String>,
    /// Whether it was killed, rather than done before.
    pub killed: bool,
}

/// The command that runs a scenario in `folder`.
pub fn command(scenario: &Scenario, folder: &Path, stop: usize) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this binary"));
    let _ = command.args([ENTRY, "--exact", "--ignored", "--nocapture"]);
    let _ = command.env(WHAT, what(scenario, folder, stop));
    command
}

/// The same through a shell, which can take limits upon itself first.
pub fn shell(limits: &str, scenario: &Scenario, folder: &Path) -> Command {
    let mut command = Command::new("bash");
    let script = format!("{limits}; exec \"$0\" {ENTRY} --exact --ignored --nocapture");
    let _ = command.args(["-c", &script]).arg(std::env::current_exe().expect("this binary"));
    let _ = command.env(WHAT, what(scenario, folder, 0));
    command
}

fn what(scenario: &Scenario, folder: &Path, stop: usize) -> String {
    format!("{}|{}|{stop}", scenario.name, folder.display())
}

/// Runs a command to its end, or ends it with SIGKILL.
pub fn run(mut command: Command, end: End) -> Outcome {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started");
    let mut lines = BufReader::new(child.stdout.take().expect("its output"));
    let mut outcome = Outcome::default();
    if !matches!(end, End::After(0, _)) {
        listen(&mut lines, &mut outcome, end);
    }
    if let End::After(_, delay) = end {
        std::thread::sleep(delay);
    }
    if !matches!(end, End::Undisturbed) {
        child.kill().expect("killed");
        // What it had said before, it had confirmed.
        listen(&mut lines, &mut outcome, End::Undisturbed);
    }
    finish(child, end, &mut outcome);
    outcome
}

fn finish(child: Child, end: End, outcome: &mut Outcome) {
    let output = child.wait_with_output().expect("it ends");
    outcome.killed = output.status.code().is_none();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(outcome.killed || output.status.success(), "{end:?} {outcome:?}: {said}");
    assert!(!said.contains("panicked"), "{said}");
}

/// Reads what the process says, until that which its end waits for.
fn listen(lines: &mut BufReader<ChildStdout>, outcome: &mut Outcome, end: End) {
    let mut line = String::new();
    while lines.read_line(&mut line).expect("read") > 0 {
        if let Some(said) = line.trim_end().strip_prefix(MARK) {
            match said.split_once(' ') {
                Some(("confirmed", n)) => outcome.confirmed = n.parse().expect("a number"),
                Some(("moment", what)) => outcome.moments.push(what.to_owned()),
                Some(("failed", why)) => outcome.failed = Some(why.to_owned()),
                Some(("waiting", what)) => {
                    outcome.moments.push(what.to_owned());
                    return;
                }
                _ => {}
            }
            if matches!(end, End::After(n, _) if n == outcome.confirmed) {
                return;
            }
        }
        line.clear();
    }
}

fn say(line: &str) {
    let mut out = std::io::stdout();
    // Nobody listens any more when the parent was ended.
    let _ = writeln!(out, "{MARK}{line}").and_then(|()| out.flush());
}

#[test]
#[ignore = "the other tests here start it in a process of its own"]
fn the_process_that_is_disturbed() {
    let Some(what) = std::env::var_os(WHAT) else { return };
    let what = what.into_string().expect("Unicode");
    let parts: Vec<&str> = what.split('|').collect();
    let (scenario, folder) = (Scenario::named(parts[0]), PathBuf::from(parts[1]));
    let stop: usize = parts[2].parse().expect("a number");
    let mut passed = 0;
    moment::watch(move |what| {
        passed += 1;
        if passed == stop {
            say(&format!("waiting {what}"));
            loop {
                std::thread::park();
            }
        }
        if stop == 0 {
            say(&format!("moment {what}"));
        }
    });
    scenario.within(|| perform(scenario, &folder));
}

fn perform(scenario: &Scenario, folder: &Path) {
    fs::create_dir_all(folder).expect("made");
    let mut world = World::new(folder);
    for (n, (name, step)) in scenario.steps.iter().enumerate() {
        if let Err(error) = step(&mut world) {
            say(&format!("failed {name}: {error:?}"));
            // What is there can be looked at all the same.
            if let Some(vault) = &world.vault {
                assert!(!super::state::of(vault, None).is_empty());
            }
            return;
        }
        say(&format!("confirmed {}", n + 1));
    }
}
