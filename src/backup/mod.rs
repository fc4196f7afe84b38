//! Backups of a vault in a folder of their own, on another disk: made while the vault is in use, checked, restored.
//!
//! A backup folder holds generations. A generation is the vault as it was in one moment: a copy of its records and key
//! file, and a list of the photo volumes that belong to it. Volumes lie apart and are shared: one that takes no more
//! originals is copied once and named by every later generation. Their file names carry their SHA-256, so that a file is
//! never another than the one that was meant.
//!
//! A generation is there when its manifest is; it is written last. Whatever stops a backup before that, a pulled disk, a
//! full one, a killed program, leaves the older generations as they were, and the next run goes on where it stopped. No
//! file is ever changed in place. Everything is encrypted, manifests included: the passphrase or the recovery code that
//! opens the vault opens its backups.

mod check;
mod copy;
mod error;
mod manifest;
mod outcome;
mod repair;
mod restore;
mod retention;
mod shelf;
mod snapshot;

pub use check::{BackupReport, Flaw, check};
pub use error::BackupError;
pub use manifest::{FileEntry, Generation, Manifest, VolumeCopy};
pub use outcome::{Outcome, unreadable_sentence};
pub use repair::{Repaired, repair};
pub use restore::{Restored, restore};
pub use retention::Policy;
pub use shelf::{Holding, Listing, anchors, folder_name, holding, known_anchors, list, peek, unlock};
pub use snapshot::{snapshot, snapshot_keeping};
