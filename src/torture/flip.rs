//! One changed byte in any file of a vault: noticed, named, never served, and the rest is usable.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::kill::{Reference, Told, open, try_open};
use super::process::{self, End};
use super::scenario::{self, Scenario, VAULT};
use super::{Dice, copy_folder, now, photo, state};
use crate::model::PhotoHash;
use crate::progress::Progress;
use crate::vault::{CheckRequest, Finding, Findings, Vault, VaultError};

/// What somebody learns of a changed byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Noticed {
    /// The vault is not opened, and says what is damaged.
    Refused,
    /// The opening says something.
    AtOpening,
    /// The verification does.
    ByVerification,
    /// Nothing, and everything is as it was.
    Harmless,
}

/// A vault as a killed program leaves it, with logs full of the newest rows, and what it shows.
struct Victim {
    template: tempfile::TempDir,
    state: Vec<String>,
    /// What its opening finds without any change.
    found: Findings,
}

impl Victim {
    /// Killed after this many confirmed steps of the filing.
    fn killed_after(steps: usize) -> Self {
        let reference = Reference::of(Scenario::named("filing"));
        let template = reference.folder();
        let command = process::command(reference.scenario, template.path(), 0);
        let outcome = process::run(command, End::After(steps, std::time::Duration::ZERO));
        assert!(outcome.killed);
        let folder = tempfile::tempdir().expect("a folder");
        copy_folder(template.path(), folder.path());
        let vault = open(folder.path());
        let (state, found) = (state::of(&vault, None), vault.findings().clone());
        Self { template, state, found }
    }

    /// Closed in good order after those.
    fn closed_after(steps: usize) -> Self {
        let Self { template, state, .. } = Self::killed_after(steps);
        drop(open(template.path()));
        Self { template, state, found: Findings::default() }
    }

    /// Every file that something was written into.
    fn files(&self) -> Vec<PathBuf> {
        let dir = self.template.path().join(VAULT);
        let all = crate::fsx::files_below(&dir).expect("listed").into_iter();
        all.filter(|path| fs::metadata(path).is_ok_and(|file| file.len() > 0)).collect()
    }

    /// Changes a byte of a copy, and looks what becomes of it.
    fn flipped(&self, file: &Path, at: u64, bit: u32) -> Noticed {
        let folder = tempfile::tempdir().expect("a folder");
        copy_folder(self.template.path(), folder.path());
        let name = file.strip_prefix(self.template.path()).expect("below");
        let _told = Told(format!("byte {at}, bit {bit} of {}", name.display()));
        let path = folder.path().join(name);
        let mut bytes = fs::read(&path).expect("read");
        bytes[at as usize] ^= 1 << bit;
        crate::fsx::write_atomic(&path, &bytes).expect("written");
        let vault = match try_open(folder.path()) {
            Ok(vault) => vault,
            Err(error) => {
                let (file, said) = (name.display().to_string(), error.user_message());
                match error {
                    VaultError::DamagedCatalog => assert!(file.contains("catalog.db") && said.contains("catalog.db")),
                    VaultError::DamagedKeyFile => assert!(file.contains("vault.toml") && said.contains("key file")),
                    other => panic!("{other}"),
                }
                assert!(said.contains("restore the newest backup"), "{said}");
                return Noticed::Refused;
            }
        };
        let found = vault.findings().clone();
        let by_check = match vault.check(&CheckRequest::default(), now(), &Progress::silent()) {
            Ok(report) => report.findings,
            // The result could not be kept: the damage is where it would be.
            Err(VaultError::Damaged(_)) => vec![Finding::DatabaseDamaged { file: "catalog.db".into(), pages: 0 }],
            Err(error) => panic!("{error}"),
        };
        let is_readable = only_good_bytes(&vault);
        let noticed = match (found == self.found, by_check.is_empty()) {
            (false, _) => Noticed::AtOpening,
            (true, false) => Noticed::ByVerification,
            (true, true) => Noticed::Harmless,
        };
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_right = noticed == Noticed::Harmless || is_blamed(&file, (&self.found, &found), &by_check);
        assert!(is_right, "{file}: {found:?}, {by_check:?}");
        if noticed == Noticed::Harmless {
            assert_eq!(state::of(&vault, None), self.state, "nothing was said");
        } else if is_readable {
            usable(folder.path(), vault);
        }
        noticed
    }

    /// Changes this many bytes, each file in turn.
    fn all_flipped(&self, count: usize, seed: u64) -> BTreeMap<(String, Noticed), usize> {
        let (files, mut dice) = (self.files(), Dice(seed));
        let places: Vec<(PathBuf, u64, u32)> = (0..count)
            .map(|n| {
                let file = files[n % files.len()].clone();
                let length = fs::metadata(&file).expect("there").len();
                (file, dice.below(length), dice.below(8) as u32)
            })
            .collect();
        let flipped = |(file, at, bit): (PathBuf, u64, u32)| {
            (file.file_name().unwrap_or_default().to_string_lossy().into_owned(), self.flipped(&file, at, bit))
        };
        let all: Vec<(String, Noticed)> = places.into_par_iter().map(flipped).collect();
        let mut table = BTreeMap::new();
        for one in all {
            *table.entry(one).or_default() += 1;
        }
        table
    }
}

/// Whatever is given out is what it is said to be; whether the records could be read at all.
fn only_good_bytes(vault: &Vault) -> bool {
    let honest = |bytes: Result<Vec<u8>, VaultError>, hash: PhotoHash| match bytes {
        Ok(bytes) => assert_eq!(crate::import::scan::hash(&bytes), hash, "never another picture"),
        Err(error) => assert!(matches!(error, VaultError::Damaged(_)), "{error}"),
    };
    let each = || -> Result<(), VaultError> {
        for item in vault.tray()? {
            honest(vault.tray_original(item.id), item.hash);
        }
        for row in vault.patients("", 0, 100)? {
            for series in vault.series_of(row.patient.id)? {
                for photo in vault.board(series.id)?.photos {
                    honest(vault.original(photo.id), photo.hash);
                }
            }
        }
        Ok(())
    };
    match each() {
        Ok(()) => true,
        Err(VaultError::Damaged(_)) => false,
        Err(error) => panic!("{error}"),
    }
}

/// New photos come in and stay, also over the next opening.
fn usable(folder: &Path, vault: Vault) {
    let items: Vec<_> =
        (2000..2003).map(|seed| scenario::receive(&vault, seed, 20_000).map(|item| (seed, item))).collect();
    let is_damage = |error: &VaultError| matches!(error, VaultError::Damaged(_));
    if let Some(Err(error)) = items.iter().find(|item| item.is_err()) {
        assert!(is_damage(error), "{error}");
        return;
    }
    drop(vault);
    let vault = match try_open(folder) {
        Ok(vault) => vault,
        Err(error) => return assert!(is_damage(&error) || error == VaultError::DamagedCatalog, "{error}"),
    };
    for (seed, item) in items.into_iter().flatten() {
        assert_eq!(vault.tray_original(item), Ok(photo(seed, 20_000)));
    }
}

/// Whether what an opening and a verification say is of the file that was changed, and of nothing that has no part in it.
fn is_blamed(file: &str, (before, found): (&Findings, &Findings), by_check: &[Finding]) -> bool {
    let is_damaged = |of: &str| by_check.iter().any(|f| f.file() == Some(of));
    let only = |may: fn(&Finding) -> bool| by_check.iter().all(|f| may(f) || f.file().is_some());
    let others_are_whole = |own: &str| by_check.iter().filter_map(Finding::file).all(|named| named == own);
    let is_of_originals = |f: &Finding| f.original().is_some() || matches!(f, Finding::VolumeMissing { .. });
    let (database, part) = match file.find(".db") {
        Some(end) => file.split_at(end + 3),
        None => (file, ""),
    };
    let volume = database.strip_prefix("photos-").and_then(|name| name.strip_suffix(".db")?.parse::<i64>().ok());
    match (database, volume, part) {
        ("vault.toml" | "vault.toml.2", ..) => {
            found == &Findings { key_file_changed: true, ..before.clone() } && by_check.is_empty()
        }
        ("derived.db", None, "" | "-wal") => found == before && only(|_| false) && others_are_whole(database),
        // What stands in the records is said of anything.
        ("catalog.db", None, "") => is_damaged(database) && others_are_whole(database),
        ("catalog.db", None, "-wal") => (found.log_broken || is_damaged(database)) && others_are_whole(database),
        (_, Some(id), "") => {
            let unreadable = &found.unreadable_volumes;
            let is_said = is_damaged(database) || unreadable.contains(&id);
            let rest = &Findings { unreadable_volumes: unreadable.clone(), ..before.clone() };
            is_said && found == rest && only(is_of_originals) && others_are_whole(database)
        }
        (_, Some(id), "-wal") => {
            let logs = &found.volume_logs_broken;
            logs.len() == 1 && logs.contains(&id) && only(is_of_originals) && others_are_whole(database)
        }
        _ => false,
    }
}

/// Files whose loss costs nothing: who held the vault, wrong tries, room that is kept, what can be computed again, what a
/// log is mapped by.
fn may_be_harmless(name: &str) -> bool {
    let spare = ["vault.holder", "vault.lock", "vault.tries", "vault.reserve"];
    spare.contains(&name) || name.starts_with("derived.db") || name.ends_with("-shm")
}

/// Everything in closed databases is noticed. Under a log, a page that the log holds anew may differ; and a log may end in
/// what was not committed. Then nothing is missing, which was looked at.
fn is_told(table: &BTreeMap<(String, Noticed), usize>, under_logs: bool) {
    for ((name, noticed), count) in table {
        println!("{name:<20} {noticed:?} {count}");
        let is_database = Path::new(name).extension().is_some_and(|extension| extension == "db");
        let is_covered = under_logs && (is_database || name.ends_with("-wal"));
        assert!(*noticed != Noticed::Harmless || may_be_harmless(name) || is_covered, "{name}: {count}");
    }
}

#[test]
fn any_of_twenty_changed_bytes_is_noticed_and_never_served() {
    let killed = Victim::killed_after(13);
    is_told(&killed.all_flipped(12, 12), true);
    let closed = Victim::closed_after(13);
    is_told(&closed.all_flipped(8, 8), false);
}

#[test]
#[ignore = "takes a minute; .ci/run runs it"]
fn any_of_two_hundred_changed_bytes_is_noticed_and_never_served() {
    for (steps, count) in [(7, 60), (15, 60)] {
        is_told(&Victim::killed_after(steps).all_flipped(count, steps as u64), true);
    }
    is_told(&Victim::closed_after(15).all_flipped(80, 80), false);
}
