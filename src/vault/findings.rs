//! What an opening found of an earlier crash or loss, for a person to read.

use std::collections::BTreeSet;

use super::blob::file_name;
use super::table::blob;
use super::{Result, Vault};
use crate::model::text::counted;

/// What an opening found and what it did about it. All zero and empty after an ordinary closing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "a list of independent findings, not a state")]
pub struct Findings {
    /// Originals whose receiving was interrupted; they are whole and lie in the tray.
    pub completed: u32,
    /// Originals that were announced and of which nothing was stored.
    pub never_stored: u32,
    /// Originals that were announced and cannot be looked for, because their volume cannot be read. They stay announced.
    pub waiting: u32,
    /// Originals that no record knew; they lie in the tray, and their pictures have not been read.
    pub without_record: u32,
    /// Photo volumes that are missing or cannot be read.
    pub unreadable_volumes: BTreeSet<i64>,
    /// A change of users, passphrases or the recovery code was interrupted: the ones from before are in force.
    pub keys_unchanged: bool,
    /// The records are older than the key file: changes at the end are missing.
    pub records_cut: bool,
    /// The log of the newest changes was cut short or damaged: some of them may be missing.
    pub log_broken: bool,
    /// Photo volumes whose log of the newest originals was cut short or damaged: some of them may be missing.
    pub volume_logs_broken: BTreeSet<i64>,
    /// A copy of the key file was missing or changed, and was written anew from the other one.
    pub key_file_changed: bool,
    /// There is no room for a single change: what is there can be looked at and backed up.
    pub disk_full: bool,
    /// Erasures that were begun and could not be finished yet.
    pub erasures_waiting: u32,
}

impl Findings {
    /// One sentence or two for each thing found, the gravest first. Empty when there is nothing to say.
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        let mut out = Vec::new();
        let originals = |n: u32| counted(i64::from(n), "original");
        let (is, lies) = (|n: u32| if n == 1 { "is" } else { "are" }, |n: u32| if n == 1 { "lies" } else { "lie" });
        if self.disk_full {
            out.push("The disk is full. Everything that was filed is safe and can be looked at and backed up to another disk; nothing new can be kept. Free some space, then close the vault and open it again.".to_owned());
        }
        if self.records_cut {
            out.push("The records are older than the key file: the last changes are missing, as after an old catalog.db was put back. What is there is whole. If nobody restored a backup, compare with the newest one.".to_owned());
        }
        if self.log_broken {
            out.push("The log of the newest changes breaks off: the power went while a change was being written, or the disk changed what was written. What was filed or entered last may be missing; photos that lost their entry are back in the tray, or come there with the verification. Look at the last changes, then run it on all originals.".to_owned());
        }
        if !self.volume_logs_broken.is_empty() {
            out.push(format!("The log of the newest photos breaks off in {}: the power went while one was being stored, or the disk changed what was written. The last ones may be missing. Do not clear the card; run the verification on all originals.", files(&self.volume_logs_broken)));
        }
        if !self.unreadable_volumes.is_empty() {
            out.push(format!("Not readable: {}. All other photos are safe. Put the file back, or have its photos back from a backup: in the settings, or with diptych verify --repair-from.", files(&self.unreadable_volumes)));
        }
        if self.waiting > 0 {
            let n = self.waiting;
            out.push(format!(
                "{} {} on the way into a volume that cannot be read now, and {} not forgotten. Do not clear the card.",
                originals(n),
                if n == 1 { "was" } else { "were" },
                is(n)
            ));
        }
        if self.never_stored > 0 {
            out.push(format!("An import was interrupted before {} could be stored. Import the card again, and do not clear it before.", originals(self.never_stored)));
        }
        if self.completed > 0 {
            let n = self.completed;
            out.push(format!("An import was interrupted; {} {} safe in the tray.", originals(n), is(n)));
        }
        if self.without_record > 0 {
            let n = self.without_record;
            out.push(format!(
                "{} without a record {} found and {} in the tray. Import the card again to file them.",
                originals(n),
                if n == 1 { "was" } else { "were" },
                lies(n)
            ));
        }
        if self.erasures_waiting > 0 {
            out.push(format!(
                "{} begun and could not be finished: a photo volume is missing or damaged, or the disk is full. Everybody else's originals are safe. Run the verification with a backup to repair the volume; the erasure goes on at the next opening.",
                if self.erasures_waiting == 1 { "An erasure was".to_owned() } else { format!("{} erasures were", self.erasures_waiting) }
            ));
        }
        if self.keys_unchanged {
            out.push("A change of users, of a passphrase or of the recovery code was interrupted: those from before are in force. Make the change again.".to_owned());
        }
        if self.key_file_changed {
            out.push("One of the two copies of the key file (vault.toml, vault.toml.2) was missing or changed. It was written anew from the other one, and nothing is lost. If nobody touched it, the disk may be failing: make a backup, then run the verification.".to_owned());
        }
        out
    }
}

/// The file names of volumes.
fn files(volumes: &BTreeSet<i64>) -> String {
    volumes.iter().map(|&id| file_name(id)).collect::<Vec<_>>().join(", ")
}

impl Vault {
    /// What the opening of this vault found, without the volumes that nobody misses any more.
    pub fn findings_left(&self) -> Result<Findings> {
        let mut left = self.findings().clone();
        if !left.unreadable_volumes.is_empty() {
            // All its originals were stored anew, and none was on the way into it.
            let missed = self.inner.readers.read(|conn| {
                let mut missed: BTreeSet<i64> = blob::volumes(conn)?.into_iter().map(|volume| volume.id).collect();
                for &id in &left.unreadable_volumes {
                    if blob::is_announced(conn, id)? {
                        let _new = missed.insert(id);
                    }
                }
                Ok(missed)
            })?;
            left.unreadable_volumes.retain(|id| missed.contains(id));
        }
        Ok(left)
    }

    /// What the opening of this vault found.
    pub fn findings(&self) -> &Findings {
        static NOTHING: Findings = Findings {
            completed: 0,
            never_stored: 0,
            waiting: 0,
            without_record: 0,
            unreadable_volumes: BTreeSet::new(),
            keys_unchanged: false,
            records_cut: false,
            log_broken: false,
            volume_logs_broken: BTreeSet::new(),
            key_file_changed: false,
            disk_full: false,
            erasures_waiting: 0,
        };
        self.inner.findings.get().unwrap_or(&NOTHING)
    }
}
