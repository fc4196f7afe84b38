//! Wrong tries: after some of them every further one has to wait, longer each time.
//!
//! The count lies in a small file beside the databases, because nothing encrypted can be read before the right passphrase.
//! It slows down whoever sits at this computer and types. Whoever copies the vault, or may delete the file, does not wait:
//! what stops them is the cost of Argon2id for each guess, and a passphrase that is worth it.

use std::fs;
use std::path::Path;

use crate::clock::Now;
use crate::fsx;
use crate::vault::error::{Result, VaultError};

const FILE: &str = "vault.tries";
/// Typing mistakes that cost nothing.
const FREE: u32 = 5;
/// Nobody is kept out longer than this at a time.
const LONGEST_MS: i64 = 5 * 60 * 1000;

struct Tries {
    wrong: u32,
    last_ms: i64,
}

/// Refuses with [`VaultError::TooManyTries`] while the vault in `dir` waits after wrong tries.
pub(in crate::vault) fn may_try(dir: &Path, now: Now) -> Result<()> {
    let Some(tries) = read(dir) else { return Ok(()) };
    let wait = wait_ms(tries.wrong);
    if now.at.0 < tries.last_ms && wait > 0 {
        // The clock was set back: waiting begins anew, so that neither it nor an honest correction keeps anybody out.
        write(dir, &Tries { last_ms: now.at.0, ..tries });
        return Err(VaultError::TooManyTries { seconds: seconds(wait) });
    }
    let left = wait - (now.at.0 - tries.last_ms);
    if wait > 0 && left > 0 { Err(VaultError::TooManyTries { seconds: seconds(left) }) } else { Ok(()) }
}

/// Counts what a try came to: wrong secrets add up, the right one forgets them.
pub(in crate::vault) fn note<T>(dir: &Path, outcome: &Result<T>, now: Now) {
    match outcome {
        Ok(_) => {
            // One that stays counts towards the next wait and harms nothing else.
            let _ = fs::remove_file(dir.join(FILE));
        }
        Err(VaultError::WrongPassphrase | VaultError::WrongRecoveryCode) => {
            let wrong = read(dir).map_or(0, |tries| tries.wrong).saturating_add(1);
            write(dir, &Tries { wrong, last_ms: now.at.0 });
        }
        Err(_) => {}
    }
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

fn read(dir: &Path) -> Option<Tries> {
    let text = fs::read_to_string(dir.join(FILE)).ok()?;
    let (wrong, last_ms) = text.trim().split_once(' ')?;
    Some(Tries { wrong: wrong.parse().ok()?, last_ms: last_ms.parse().ok()? })
}

/// Best effort: a folder that cannot be written cannot be opened either.
fn write(dir: &Path, tries: &Tries) {
    let _ = fsx::write_atomic(&dir.join(FILE), format!("{} {}\n", tries.wrong, tries.last_ms).as_bytes());
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::clock::UtcMillis;

    fn at(ms: i64) -> Now {
        Now { at: UtcMillis(ms), ..Now::fixed(NaiveDate::from_ymd_opt(2026, 1, 20).expect("a date")) }
    }

    fn wrong(dir: &Path, times: u32, ms: i64) {
        for _ in 0..times {
            note::<()>(dir, &Err(VaultError::WrongPassphrase), at(ms));
        }
    }

    #[test]
    fn a_few_typing_mistakes_cost_nothing_and_every_further_one_doubles_the_wait() {
        let dir = tempfile::tempdir().expect("a folder");
        wrong(dir.path(), FREE - 1, 1000);
        assert_eq!(may_try(dir.path(), at(1000)), Ok(()));
        wrong(dir.path(), 1, 1000);
        assert_eq!(may_try(dir.path(), at(1000)), Err(VaultError::TooManyTries { seconds: 2 }));
        assert_eq!(may_try(dir.path(), at(3000)), Ok(()));
        wrong(dir.path(), 1, 3000);
        assert_eq!(may_try(dir.path(), at(3000)), Err(VaultError::TooManyTries { seconds: 4 }));
        wrong(dir.path(), 90, 3000);
        assert_eq!(may_try(dir.path(), at(3000)), Err(VaultError::TooManyTries { seconds: 300 }));
    }

    #[test]
    fn the_right_secret_forgets_the_wrong_ones_and_other_failures_are_no_tries() {
        let dir = tempfile::tempdir().expect("a folder");
        wrong(dir.path(), 20, 1000);
        note::<()>(dir.path(), &Err(VaultError::UnknownLogin), at(1000));
        assert!(may_try(dir.path(), at(1000)).is_err());
        note(dir.path(), &Ok(()), at(1000));
        assert_eq!(may_try(dir.path(), at(1000)), Ok(()));
    }

    #[test]
    fn a_clock_that_was_set_back_neither_ends_the_wait_nor_makes_it_endless() {
        let dir = tempfile::tempdir().expect("a folder");
        wrong(dir.path(), FREE, 1_000_000);
        assert_eq!(may_try(dir.path(), at(5000)), Err(VaultError::TooManyTries { seconds: 2 }));
        assert_eq!(may_try(dir.path(), at(6000)), Err(VaultError::TooManyTries { seconds: 1 }));
        assert_eq!(may_try(dir.path(), at(7000)), Ok(()));
    }
}
