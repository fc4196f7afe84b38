//! What a completed backup did, and how it is said.

use std::fmt::Write;

use super::shelf::folder_name;
use crate::model::BlobId;
use crate::model::text::{counted, grouped};
use crate::vault::LastBackup;

/// What a completed backup did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// As the vault remembers it.
    pub last: LastBackup,
    /// Volumes that were copied now; the others were there already.
    pub copied: usize,
    /// Volumes in all.
    pub volumes: usize,
    /// Bytes written.
    pub written: u64,
    /// Bytes of the whole generation, shared files included.
    pub length: u64,
    /// Originals in the copied volumes that were read there and are what the records say.
    pub verified: u64,
    /// Whether the system was asked to read what was written from the disk and not from memory.
    pub past_cache: bool,
    /// Originals that are damaged in the vault itself.
    pub damaged: Vec<BlobId>,
    /// Older generations that were removed because newer ones stand for their day, week and month.
    pub retired: Vec<u64>,
    /// Older generations that were removed because they held a patient who was erased.
    pub purged: Vec<u64>,
    /// Generations here that still hold a patient who was erased: one has whole what is damaged in the vault, or the erasure
    /// waits, and then this one may be among them.
    pub holding: Vec<u64>,
    /// Generations here that cannot be read any more; while there is one, no volume is removed.
    pub unreadable: Vec<u64>,
    /// The backup knew later or other records than the vault has: an older vault was put back, or the audit was rewritten.
    pub history_differs: bool,
    /// The vault's own disk has no room to remember this backup. The backup is complete.
    pub unremembered: bool,
}

impl Outcome {
    /// One plain line: what is safe now, and what is not.
    #[must_use]
    pub fn sentence(&self) -> String {
        let n = self.last.originals;
        let originals = format!("{} {}", grouped(n), if n == 1 { "original" } else { "originals" });
        let volumes = counted(self.volumes as i64, "volume");
        let from = if self.past_cache { "read back from the disk" } else { "read back" };
        let mut text = format!(
            "Backup {} complete: {originals} in {volumes}, {} copied and {from}.",
            self.last.generation, self.copied
        );
        if !self.damaged.is_empty() {
            let count = counted(self.damaged.len() as i64, "original");
            let _ = write!(
                text,
                " {count} could not be copied whole because the vault's own copy is damaged: run the verification. No older backup was removed"
            );
            let but = " but those that a patient who was erased was in";
            let _ = write!(text, "{}.", if self.purged.is_empty() { "" } else { but });
        }
        if !self.holding.is_empty() {
            let (they, hold) = these(&self.holding, "still holds", "still hold");
            let _ = write!(
                text,
                " {they} {hold} somebody who was erased, until the vault is repaired: run the verification with this backup, then back up once more."
            );
        }
        if !self.unreadable.is_empty() {
            let _ = write!(text, " {}", unreadable_sentence(&self.unreadable));
        }
        if self.unremembered {
            text.push_str(" The vault's own disk is full, so the vault does not remember it: free some space there.");
        }
        if self.history_differs {
            text.push_str(" The last backup knew records this vault does not have: was an older vault put back?");
        }
        text
    }
}

/// What is to be known of generations that cannot be read: no erasure reaches them.
#[must_use]
pub fn unreadable_sentence(numbers: &[u64]) -> String {
    let (they, are) = these(numbers, "it is", "they are");
    let folders: Vec<String> = numbers.iter().map(|&number| folder_name(number)).collect();
    format!(
        "{they} cannot be read and may hold somebody who was erased. While {are} there no copy of a photo volume is removed: if that stays so, delete {} by hand, then back up once more.",
        folders.join(", ")
    )
}

/// "Backup 3" or "Backups 3, 4", and the words that go with it.
fn these<'a>(numbers: &[u64], one: &'a str, several: &'a str) -> (String, &'a str) {
    let listed: Vec<String> = numbers.iter().map(u64::to_string).collect();
    let (noun, words) = if numbers.len() == 1 { ("Backup", one) } else { ("Backups", several) };
    (format!("{noun} {}", listed.join(", ")), words)
}
