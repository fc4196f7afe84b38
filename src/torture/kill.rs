//! `kill -9` at any moment.

use std::path::Path;
use std::time::{Duration, Instant};

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use tempfile::TempDir;

use super::process::{self, End, Outcome};
use super::scenario::{self, BACKUPS, PEOPLE, Scenario, VAULT, World};
use super::{Dice, copy_folder, now, photo, state};
use crate::backup;
use crate::progress::Progress;
use crate::vault::{Findings, Passphrase, Secret, Vault, VaultError};

/// What a scenario shows when nothing disturbs it.
pub struct Reference {
    pub scenario: &'static Scenario,
    /// The folder before the first step.
    pub template: TempDir,
    /// Before the first step, and after each.
    pub states: Vec<Vec<String>>,
    /// How long each step took.
    took: Vec<Duration>,
}

impl Reference {
    pub fn of(scenario: &'static Scenario) -> Self {
        let template = tempfile::tempdir().expect("a folder");
        scenario.prepare(template.path());
        let folder = tempfile::tempdir().expect("a folder");
        copy_folder(template.path(), folder.path());
        let mut world = World::new(folder.path());
        let (mut states, mut took) = (Vec::new(), Vec::new());
        scenario.within(|| {
            states.push(shown(&world));
            for (name, step) in scenario.steps {
                let began = Instant::now();
                step(&mut world).unwrap_or_else(|error| panic!("{}: {name}: {error:?}", scenario.name));
                took.push(began.elapsed());
                states.push(shown(&world));
            }
        });
        Self { scenario, template, states, took }
    }

    /// A fresh folder to run in.
    pub fn folder(&self) -> TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        copy_folder(self.template.path(), folder.path());
        folder
    }

    /// Runs it in a process of its own, ends that, and looks at what it left.
    fn disturbed(&self, end: End) -> Outcome {
        let folder = self.folder();
        let stop = if let End::Moment(n) = end { n } else { 0 };
        let outcome = process::run(process::command(self.scenario, folder.path(), stop), end);
        assert_eq!(outcome.failed, None, "{}", self.scenario.name);
        self.judge(folder.path(), outcome.confirmed, &format!("{end:?}, {outcome:?}"));
        outcome
    }

    /// The law: the state after the confirmed steps, or after one more, and all of it usable.
    pub fn judge(&self, folder: &Path, confirmed: usize, how: &str) {
        let _told = Told(format!("{}: {how}", self.scenario.name));
        self.scenario.within(|| {
            if Vault::peek(&folder.join(VAULT)) == Err(VaultError::NotAVault) {
                assert_eq!((self.states[0].as_slice(), confirmed), ([].as_slice(), 0));
                let mut world = World::new(folder);
                (self.scenario.steps[0].1)(&mut world).expect("created where a creation was cut short");
                return goes_on(folder, world.vault.take().expect("open"));
            }
            let vault = open(folder);
            let found = vault.findings().clone();
            let harmless = Findings {
                completed: found.completed,
                never_stored: found.never_stored,
                keys_unchanged: found.keys_unchanged,
                ..Findings::default()
            };
            assert_eq!(found, harmless);
            state::is_sound(&vault);
            self.is_a_state(folder, &vault, confirmed);
            goes_on(folder, vault);
        });
    }

    fn is_a_state(&self, folder: &Path, vault: &Vault, confirmed: usize) {
        let mut found = state::of(vault, Some(&folder.join(BACKUPS)));
        found.extend(state::doors(folder));
        let before = &self.states[confirmed];
        let after = self.states.get(confirmed + 1).unwrap_or(before);
        let is_known = &found == before || &found == after || (self.scenario.halfway)(before, after, &found);
        let unlike = |state: &[String]| -> Vec<String> {
            let missing = state.iter().filter(|line| !found.contains(line)).map(|line| format!("- {line}"));
            missing.chain(found.iter().filter(|line| !state.contains(line)).map(|line| format!("+ {line}"))).collect()
        };
        assert!(is_known, "unlike before {:#?}\nand unlike after {:#?}", unlike(before), unlike(after));
    }
}

/// The state of a running scenario; nothing where there is no vault yet.
fn shown(world: &World) -> Vec<String> {
    if Vault::peek(&world.folder.join(VAULT)).is_err() {
        return Vec::new();
    }
    let vault = world.vault.clone().unwrap_or_else(|| open(&world.folder));
    let mut lines = state::of(&vault, Some(&world.dest()));
    lines.extend(state::doors(&world.folder));
    lines
}

/// Opens by whichever passphrase does.
pub fn open(folder: &Path) -> Vault {
    try_open(folder).expect("opened")
}

/// The same, where it may fail.
pub fn try_open(folder: &Path) -> Result<Vault, VaultError> {
    let mut last = VaultError::UnknownLogin;
    for (login, phrase) in PEOPLE {
        let phrase = Passphrase::new(phrase);
        match Vault::open_with(&folder.join(VAULT), &Secret::Passphrase(login, &phrase), now()) {
            Err(error @ (VaultError::WrongPassphrase | VaultError::UnknownLogin)) => last = error,
            other => return other,
        }
    }
    Err(last)
}

/// The vault is worked with as if nothing had been.
fn goes_on(folder: &Path, vault: Vault) {
    let item = scenario::receive(&vault, 1000, 25_000).expect("received");
    assert_eq!(vault.read_back(item), Ok(true));
    let dest = folder.join(BACKUPS);
    if dest.exists() {
        backed_up(folder, &vault);
    }
    drop(vault);
    let vault = open(folder);
    assert_eq!(vault.findings(), &Findings::default(), "the second opening");
    assert_eq!(vault.tray_original(item), Ok(photo(1000, 25_000)));
    state::is_sound(&vault);
}

/// Every generation there is whole, the newest restores, and the next one is made.
fn backed_up(folder: &Path, vault: &Vault) {
    let (dest, silent) = (folder.join(BACKUPS), Progress::silent());
    let key = vault.backup_key().expect("a key");
    let report = backup::check(&dest, &key, &silent).expect("checked");
    if report.generations > 0 {
        assert_eq!(report.flaws, []);
        let restored = PEOPLE.iter().find_map(|(login, phrase)| {
            let phrase = Passphrase::new(*phrase);
            let secret = Secret::Passphrase(login, &phrase);
            backup::restore(&dest, None, &folder.join("restored"), &secret, now(), &silent).ok()
        });
        assert_eq!(restored.expect("restored").report.findings, []);
    }
    let next = backup::snapshot(vault, &dest, now(), &silent).expect("the next backup");
    assert!(next.damaged.is_empty());
    assert_eq!(backup::check(&dest, &key, &silent).expect("checked").flaws, []);
}

/// Says what was done when a test fails in the middle of it.
pub struct Told(pub String);

impl Drop for Told {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.0);
        }
    }
}

/// Every scenario undisturbed: in this process, and in one of its own, whose moments are counted.
fn all() -> Vec<(Reference, Vec<String>)> {
    let both = |scenario| {
        let reference = Reference::of(scenario);
        let outcome = reference.disturbed(End::Undisturbed);
        assert_eq!((outcome.confirmed, outcome.killed), (scenario.steps.len(), false));
        assert!(outcome.moments.len() > scenario.steps.len(), "{}", scenario.name);
        (reference, outcome.moments)
    };
    scenario::ALL.iter().collect::<Vec<_>>().into_par_iter().map(both).collect()
}

/// A moment, or a time within the step after a confirmed one.
fn any_end(dice: &mut Dice, reference: &Reference, moments: usize, by_moment: bool) -> End {
    if by_moment {
        return End::Moment(1 + dice.below(moments as u64) as usize);
    }
    let after = dice.below(reference.took.len() as u64) as usize;
    End::After(after, reference.took[after].mul_f64(dice.below(1000) as f64 / 900.0))
}

/// Ends the first `by_moment` of `count` runs by a moment and the others by the clock, and says how many were ended before
/// they were done.
fn ended(count: usize, seed: u64, by_moment: usize) -> usize {
    let all = all();
    let mut dice = Dice(seed);
    let runs: Vec<(usize, End)> = (0..count)
        .map(|n| {
            let which = n % all.len();
            let (reference, moments) = &all[which];
            (which, any_end(&mut dice, reference, moments.len(), n < by_moment))
        })
        .collect();
    let killed = runs.into_par_iter().map(|(which, end)| all[which].0.disturbed(end).killed);
    killed.filter(|&killed| killed).count()
}

#[test]
fn a_kill_at_any_of_twenty_moments_and_seven_times_loses_nothing_that_was_confirmed() {
    let killed = ended(27, 20, 20);
    assert!(killed >= 20, "{killed} of 27 were killed");
}

#[test]
#[ignore = "takes minutes; .ci/run runs it"]
fn a_kill_at_any_of_two_hundred_random_points_loses_nothing_that_was_confirmed() {
    // Some are done before their moment comes: others are drawn until two hundred were killed.
    let mut killed = 0;
    for round in 0..6 {
        killed += ended(120, 200 + round, 0);
        if killed >= 200 {
            return;
        }
    }
    panic!("{killed} of 720 were killed");
}

#[test]
#[ignore = "takes minutes; .ci/run runs it"]
fn a_kill_at_every_numbered_moment_loses_nothing_that_was_confirmed() {
    let all = all();
    let runs: Vec<(&Reference, usize, &str)> = all
        .iter()
        .flat_map(|(reference, moments)| (1..).zip(moments).map(move |(n, what)| (reference, n, what.as_str())))
        .collect();
    println!("{} moments", runs.len());
    let passed = |moment: &str| runs.iter().any(|(_, _, what)| *what == moment);
    assert!(passed("an announcement is taken back") && passed("an original is announced"));
    runs.into_par_iter().for_each(|(reference, n, what)| {
        let outcome = reference.disturbed(End::Moment(n));
        assert!(outcome.killed, "{} went past moment {n}", reference.scenario.name);
        // Nothing in a run is left to chance, so that the number says the moment.
        assert_eq!(outcome.moments.last().map(String::as_str), Some(what));
    });
}
