//! Wrong tries: after some of them every further one has to wait, longer each time.
//!
//! Counted for each login, and for the printed code: whoever tries another's passphrase cannot make up for it with their
//! own, and keeps nobody else out. The counts lie in a small file beside the databases, because nothing encrypted can be
//! read before the right passphrase. They slow down whoever sits at this computer and types. Whoever copies the vault, may
//! delete the file, or has filled the disk so that it cannot be written, does not wait: what stops them is the cost of
//! Argon2id for each guess, and a passphrase that is worth it.

use std::fs;
use std::path::Path;

use crate::clock::Now;
use crate::fsx;
use crate::vault::Secret;
use crate::vault::error::{Result, VaultError};

const FILE: &str = "vault.tries";
/// Typing mistakes that cost nothing.
const FREE: u32 = 5;
/// Nobody is kept out longer than this at a time.
const LONGEST_MS: i64 = 5 * 60 * 1000;

/// What is guessed at: the passphrase of a login, which stands in clear in the key file too, or the printed code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::vault) struct Door<'a>(&'a str);

impl<'a> Door<'a> {
    /// The printed code: no login is empty.
    const CODE: Self = Self("");

    /// The passphrase of a login.
    pub(in crate::vault) fn of_login(login: &'a str) -> Self {
        Self(login.trim())
    }

    /// What a secret opens.
    pub(in crate::vault) fn of(secret: &Secret<'a>) -> Self {
        match secret {
            Secret::Passphrase(login, _) => Self::of_login(login),
            Secret::RecoveryCode(_) => Self::CODE,
        }
    }
}

/// Wrong tries at one door.
struct Tries {
    door: String,
    wrong: u32,
    last_ms: i64,
}

/// Refuses with [`VaultError::TooManyTries`] while this door of the vault in `dir` waits after wrong tries.
pub(in crate::vault) fn may_try(dir: &Path, door: Door<'_>, now: Now) -> Result<()> {
    let mut all = read(dir);
    let Some(tries) = all.iter_mut().find(|tries| tries.door == door.0) else { return Ok(()) };
    let wait = wait_ms(tries.wrong);
    if now.at.0 < tries.last_ms && wait > 0 {
        // The clock was set back: waiting begins anew, so that neither it nor an honest correction keeps anybody out.
        tries.last_ms = now.at.0;
        write(dir, &all);
        return Err(VaultError::TooManyTries { seconds: seconds(wait) });
    }
    let left = wait - (now.at.0 - tries.last_ms);
    if wait > 0 && left > 0 { Err(VaultError::TooManyTries { seconds: seconds(left) }) } else { Ok(()) }
}

/// Counts what a try came to: wrong secrets add up, the right one forgets those at its own door.
pub(in crate::vault) fn note<T>(dir: &Path, door: Door<'_>, outcome: &Result<T>, now: Now) {
    let mut all = read(dir);
    let at = all.iter().position(|tries| tries.door == door.0);
    match (outcome, at) {
        (Ok(_), Some(at)) => {
            let _forgotten = all.remove(at);
        }
        (Err(VaultError::WrongPassphrase | VaultError::WrongRecoveryCode), Some(at)) => {
            let tries = &mut all[at];
            (tries.wrong, tries.last_ms) = (tries.wrong.saturating_add(1), now.at.0);
        }
        (Err(VaultError::WrongPassphrase | VaultError::WrongRecoveryCode), None) => {
            all.push(Tries { door: door.0.to_owned(), wrong: 1, last_ms: now.at.0 });
        }
        _ => return,
    }
    write(dir, &all);
}

fn wait_ms(wrong: u32) -> i64 {
    match wrong.checked_sub(FREE) {
        None => 0,
        Some(more) => (2000_i64 << more.min(16)).min(LONGEST_MS),
    }
}

fn seconds(ms: i64) -> u64 {
    ms.max(0).unsigned_abs().div_ceil(1000)
}

/// A line for each door: how many wrong ones, when the last was, and whose; a login is one line and may hold spaces.
fn read(dir: &Path) -> Vec<Tries> {
    let text = fs::read_to_string(dir.join(FILE)).unwrap_or_default();
    let line = |line: &str| {
        let mut parts = line.splitn(3, ' ');
        let (wrong, last_ms) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        Some(Tries { door: parts.next().unwrap_or_default().to_owned(), wrong, last_ms })
    };
    text.split('\n').filter_map(line).collect()
}

/// Best effort: nobody who knows the secret is kept out because a count could not be written.
fn write(dir: &Path, all: &[Tries]) {
    let path = dir.join(FILE);
    if all.is_empty() {
        // A file that stays counts towards the next wait and harms nothing else.
        let _ = fs::remove_file(path);
        return;
    }
    let line = |tries: &Tries| format!("{} {} {}\n", tries.wrong, tries.last_ms, tries.door);
    let _ = fsx::write_atomic(&path, all.iter().map(line).collect::<String>().as_bytes());
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::clock::UtcMillis;

    const ANNA: Door<'_> = Door("anna");

    fn at(ms: i64) -> Now {
        Now { at: UtcMillis(ms), ..Now::fixed(NaiveDate::from_ymd_opt(2026, 1, 20).expect("a date")) }
    }

    fn wrong(dir: &Path, door: Door<'_>, times: u32, ms: i64) {
        for _ in 0..times {
            note::<()>(dir, door, &Err(VaultError::WrongPassphrase), at(ms));
        }
    }

    #[test]
    fn a_few_typing_mistakes_cost_nothing_and_every_further_one_doubles_the_wait() {
        let dir = tempfile::tempdir().expect("a folder");
        let may = |ms| may_try(dir.path(), ANNA, at(ms));
        wrong(dir.path(), ANNA, FREE - 1, 1000);
        assert_eq!(may(1000), Ok(()));
        wrong(dir.path(), ANNA, 1, 1000);
        assert_eq!(may(1000), Err(VaultError::TooManyTries { seconds: 2 }));
        assert_eq!(may(3000), Ok(()));
        wrong(dir.path(), ANNA, 1, 3000);
        assert_eq!(may(3000), Err(VaultError::TooManyTries { seconds: 4 }));
        wrong(dir.path(), ANNA, 90, 3000);
        assert_eq!(may(3000), Err(VaultError::TooManyTries { seconds: 300 }));
    }

    #[test]
    fn the_right_secret_forgets_the_wrong_ones_and_other_failures_are_no_tries() {
        let dir = tempfile::tempdir().expect("a folder");
        wrong(dir.path(), ANNA, 20, 1000);
        note::<()>(dir.path(), ANNA, &Err(VaultError::UnknownLogin), at(1000));
        assert!(may_try(dir.path(), ANNA, at(1000)).is_err());
        note(dir.path(), ANNA, &Ok(()), at(1000));
        assert_eq!(may_try(dir.path(), ANNA, at(1000)), Ok(()));
        assert!(!dir.path().join(FILE).exists(), "nothing is left to be told by");
    }

    #[test]
    fn wrong_tries_at_one_door_are_neither_forgotten_nor_counted_at_another() {
        let dir = tempfile::tempdir().expect("a folder");
        let doors = [ANNA, Door("anna maria b"), Door::CODE];
        for door in doors {
            wrong(dir.path(), door, FREE - 1, 1000);
        }
        assert!(doors.iter().all(|door| may_try(dir.path(), *door, at(1000)) == Ok(())), "each has its own");
        wrong(dir.path(), ANNA, 1, 1000);
        wrong(dir.path(), Door::CODE, 1, 1000);
        note(dir.path(), doors[1], &Ok(()), at(1000));
        for (door, waits) in doors.into_iter().zip([true, false, true]) {
            assert_eq!(may_try(dir.path(), door, at(1000)).is_err(), waits, "{door:?}");
        }
        wrong(dir.path(), doors[1], FREE - 1, 1000);
        assert_eq!(may_try(dir.path(), doors[1], at(1000)), Ok(()), "its own were forgotten");
    }

    #[test]
    fn a_clock_that_was_set_back_neither_ends_the_wait_nor_makes_it_endless() {
        let dir = tempfile::tempdir().expect("a folder");
        wrong(dir.path(), ANNA, FREE, 1_000_000);
        let may = |ms| may_try(dir.path(), ANNA, at(ms));
        assert_eq!(may(5000), Err(VaultError::TooManyTries { seconds: 2 }));
        assert_eq!(may(6000), Err(VaultError::TooManyTries { seconds: 1 }));
        assert_eq!(may(7000), Ok(()));
    }
}
