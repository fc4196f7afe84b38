//! No room left, at any point of the work; and a folder in which nothing may be written.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::kill::Reference;
use super::process::{self, End};
use super::scenario::{Scenario, VAULT};
use super::{Dice, copy_folder};

/// Runs scenarios where no file may grow past a limit, until one step fails for it.
fn filled_up(count: usize, seed: u64) {
    let references: Vec<Reference> = ["creating", "filing", "keys", "backing up", "migrating", "erasing"]
        .into_par_iter()
        .map(|name| Reference::of(Scenario::named(name)))
        .collect();
    let mut dice = Dice(seed);
    let runs: Vec<(usize, u64)> = (0..count).map(|n| (n % references.len(), dice.below(480))).collect();
    let fails = |(which, kibibytes): (usize, u64)| {
        let reference = &references[which];
        let folder = reference.folder();
        // Ignored, the signal becomes an error like that of a full disk.
        let limits = format!("trap '' XFSZ; ulimit -f {kibibytes}");
        let outcome = process::run(process::shell(&limits, reference.scenario, folder.path()), End::Undisturbed);
        if let Some(why) = &outcome.failed {
            // SQLite tells a full disk from a file that may not grow, and does not tell what it takes the latter for.
            assert!(why.contains("DiskFull") || why.contains("Io(Other)"), "{kibibytes} KiB: {why}");
        } else {
            assert_eq!(outcome.confirmed, reference.scenario.steps.len());
        }
        reference.judge(folder.path(), outcome.confirmed, &format!("{kibibytes} KiB, {outcome:?}"));
        outcome.failed.is_some()
    };
    let failed = runs.into_par_iter().map(fails).filter(|&failed| failed).count();
    assert!(failed * 2 > count, "{failed} of {count} met the limit");
}

#[cfg(unix)]
#[test]
fn a_disk_that_fills_up_at_any_of_eight_points_costs_the_step_in_flight() {
    filled_up(8, 8);
}

#[cfg(unix)]
#[test]
#[ignore = "takes a minute; .ci/run runs it"]
fn a_disk_that_fills_up_at_any_of_eighty_points_costs_the_step_in_flight() {
    filled_up(80, 80);
}

/// Names and bytes of all files.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = crate::fsx::files_below(folder).expect("listed");
    files.iter().map(|path| (path.display().to_string(), fs::read(path).expect("read"))).collect()
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_in_which_nothing_may_be_written_is_said_and_stays_as_it_is() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    let scenario = Scenario::named("migrating");
    let prepared = tempfile::tempdir().expect("a folder");
    scenario.prepare(prepared.path());
    let folder = tempfile::tempdir().expect("a folder");
    copy_folder(prepared.path(), folder.path());
    let dir = folder.path().join(VAULT);
    let allow = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("set");
    for path in crate::fsx::files_below(&dir).expect("listed") {
        allow(&path, 0o444);
    }
    allow(&dir, 0o555);
    allow(folder.path(), 0o755);
    let before = contents(&dir);
    let command = process::command(scenario, folder.path(), 0);
    let is_root = fs::metadata("/proc/self").expect("this process").uid() == 0;
    let outcome = process::run(if is_root { as_nobody(&command) } else { command }, End::Undisturbed);
    assert_eq!(outcome.confirmed, 0);
    let why = outcome.failed.expect("refused");
    assert!(why.contains("Io(PermissionDenied)") || why.contains("Io(ReadOnlyFilesystem)"), "{why}");
    assert_eq!(contents(&dir), before);
    allow(&dir, 0o755);
}

/// Root may write everywhere: the same command by somebody who may not. The program is handed over open, because its own
/// folder may be closed to them.
#[cfg(target_os = "linux")]
fn as_nobody(command: &Command) -> Command {
    let script = "exec 9<\"$0\" && exec setpriv --reuid=65534 --regid=65534 --clear-groups /proc/self/fd/9 \"$@\"";
    let mut shell = Command::new("bash");
    let _ = shell.args(["-c", script]).arg(command.get_program()).args(command.get_args());
    let _ = shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell
}
