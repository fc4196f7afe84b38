//! Room kept on the disk for the audit: a file with nothing in it, given up when the disk is full.
//!
//! Looking goes on then, and every look has to become a row. A row is small and this room is large beside it: hundreds fit,
//! because the log is emptied into the records whenever it has no room.

use std::fs;
use std::path::Path;

use super::keys;

/// Its name in the vault's folder.
pub(super) const FILE: &str = "vault.reserve";
/// Some twenty pages of the log and of the records.
const LENGTH: usize = 256 << 10;

/// Keeps the room where there is some; without it a full disk is met as if it had been given up already.
pub(super) fn keep(dir: &Path) {
    let path = dir.join(FILE);
    if fs::metadata(&path).is_ok_and(|file| file.len() >= LENGTH as u64) {
        return;
    }
    let mut nothing = vec![0; LENGTH];
    // Random, because some file systems keep no room for zeros.
    if keys::fill_random(&mut nothing).is_ok() && crate::fsx::write_atomic(&path, &nothing).is_err() {
        tracing::warn!("no room could be kept for the audit");
    }
}

/// Gives the room up. Whether there was any is told by what is tried next.
pub(super) fn give_up(dir: &Path) {
    // Gone already, or not to be removed: both leave the disk as full as it is.
    let _ = fs::remove_file(dir.join(FILE));
}
