//! What the settings ask of the core: users, backups, verification, the audit, and the page with a recovery code.

use std::path::PathBuf;
use std::sync::Arc;

use super::{Answer, BROKE, Code, Failure, NotSaved, Outcome, Ticket, Work};
use crate::backup::Listing;
use crate::model::UserId;
use crate::vault::{AuditFilter, AuditReport, LastBackup, LastCheck, Member, Passphrase, Role, Sample};

/// A question.
#[derive(Clone)]
pub enum UpkeepJob {
    /// Who works with the vault.
    Users,
    /// Change who does.
    ChangeUser(UserChange),
    /// Where backups go, and the last results.
    Kept,
    /// Which backups lie in a folder.
    Generations(PathBuf),
    /// Make a backup in a folder, and remember the folder.
    BackUp(PathBuf),
    /// Read originals and look through the records.
    Verify(Sample),
    /// Give damaged originals back from the backup in a folder.
    Repair(PathBuf),
    /// A page of the audit.
    Audit {
        /// Whose answer it is.
        ticket: Ticket,
        /// Which rows.
        filter: AuditFilter,
        /// Number of the page.
        page: u32,
    },
    /// Walk the chain of the audit.
    CheckAudit,
    /// Write rows of the audit as a table.
    ExportAudit {
        /// Which rows.
        filter: AuditFilter,
        /// Where to.
        path: PathBuf,
        /// Whether a person agreed to replace a file of this name.
        replace: bool,
    },
    /// Write the page with a recovery code.
    SaveSheet {
        /// The code.
        code: Code,
        /// Where to.
        path: PathBuf,
        /// Whether a person agreed to replace a file of this name.
        replace: bool,
    },
    /// Delete that page again.
    RemoveSheet(PathBuf),
}

/// A change of one user.
#[derive(Clone)]
pub enum UserChange {
    /// A new one with a first passphrase.
    Add {
        /// Login name.
        login: String,
        /// What they may do.
        role: Role,
        /// What they come in by.
        passphrase: Passphrase,
    },
    /// Another role.
    Role(UserId, Role),
    /// A new passphrase, because theirs was forgotten.
    Passphrase(UserId, Passphrase),
    /// They come in no more.
    Disable(UserId),
}

/// What the vault remembers of its upkeep.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept {
    /// Where backups go.
    pub place: Option<String>,
    /// The last backup.
    pub backup: Option<LastBackup>,
    /// The last verification.
    pub check: Option<LastCheck>,
    /// Photo volumes that the opening of the vault could not read.
    pub unreadable: usize,
}

/// The result of long upkeep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Result {
    /// One plain line.
    pub sentence: String,
    /// What was found, each in a sentence; empty when all is well.
    pub findings: Vec<String>,
    /// Whether all is well.
    pub is_clean: bool,
}

/// A line of the audit as it is shown: everything in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its place in the chain.
    pub seq: i64,
    /// Day and minute in the clinic's zone.
    pub when: String,
    /// Login name.
    pub who: String,
    /// What was done.
    pub what: String,
    /// To what.
    pub details: String,
    /// Codes of the patients it is about.
    pub patients: String,
}

/// An answer.
#[derive(Clone)]
pub enum UpkeepAnswer {
    /// To [`UpkeepJob::Users`].
    Users(Outcome<Arc<Vec<Member>>>),
    /// To [`UpkeepJob::ChangeUser`]: what was done.
    UserChanged(Outcome<String>),
    /// To [`UpkeepJob::Kept`].
    Kept(Outcome<Arc<Kept>>),
    /// To [`UpkeepJob::Generations`]; none when no backup lies there yet.
    Generations(PathBuf, Outcome<Option<Arc<Listing>>>),
    /// To [`UpkeepJob::BackUp`].
    BackedUp(Outcome<Arc<Result>>),
    /// To [`UpkeepJob::Verify`].
    Verified(Outcome<Arc<Result>>),
    /// To [`UpkeepJob::Repair`].
    Repaired(Outcome<Arc<Result>>),
    /// To [`UpkeepJob::Audit`]: total and one page.
    Audit(Ticket, u32, Outcome<(u32, Vec<AuditEntry>)>),
    /// To [`UpkeepJob::CheckAudit`].
    AuditChecked(Outcome<Arc<AuditReport>>),
    /// To [`UpkeepJob::ExportAudit`]: how many rows.
    AuditExported(PathBuf, std::result::Result<usize, NotSaved>),
    /// To [`UpkeepJob::SaveSheet`].
    SheetSaved(PathBuf, std::result::Result<(), NotSaved>),
    /// To [`UpkeepJob::RemoveSheet`].
    SheetRemoved(Outcome<()>),
}

impl UpkeepJob {
    /// The long work it begins with; none when it is short.
    #[must_use]
    pub fn work(&self) -> Option<Work> {
        match self {
            Self::BackUp(_) => Some(Work::BackUp),
            Self::Verify(_) => Some(Work::Verify),
            Self::Repair(_) => Some(Work::Repair),
            _ => None,
        }
    }

    /// What its asker is told when a mistake of the program ended it.
    pub(super) fn broken(&self) -> Answer {
        self.failed(BROKE)
    }

    /// What its asker is told when it was not done, and why.
    #[must_use]
    pub fn failed(&self, sentence: &str) -> Answer {
        let failure = || Failure(sentence.to_owned());
        let not_saved = || NotSaved::Failed(failure());
        Answer::Upkeep(match self {
            Self::Users => UpkeepAnswer::Users(Err(failure())),
            Self::ChangeUser(_) => UpkeepAnswer::UserChanged(Err(failure())),
            Self::Kept => UpkeepAnswer::Kept(Err(failure())),
            Self::Generations(place) => UpkeepAnswer::Generations(place.clone(), Err(failure())),
            Self::BackUp(_) => UpkeepAnswer::BackedUp(Err(failure())),
            Self::Verify(_) => UpkeepAnswer::Verified(Err(failure())),
            Self::Repair(_) => UpkeepAnswer::Repaired(Err(failure())),
            Self::Audit { ticket, page, .. } => UpkeepAnswer::Audit(*ticket, *page, Err(failure())),
            Self::CheckAudit => UpkeepAnswer::AuditChecked(Err(failure())),
            Self::ExportAudit { path, .. } => UpkeepAnswer::AuditExported(path.clone(), Err(not_saved())),
            Self::SaveSheet { path, .. } => UpkeepAnswer::SheetSaved(path.clone(), Err(not_saved())),
            Self::RemoveSheet(_) => UpkeepAnswer::SheetRemoved(Err(failure())),
        })
    }
}

impl UpkeepAnswer {
    /// What long work came to.
    pub(super) fn news(&self) -> Option<String> {
        match self {
            Self::BackedUp(outcome) | Self::Verified(outcome) | Self::Repaired(outcome) => Some(match outcome {
                Ok(result) => result.sentence.clone(),
                Err(failure) => failure.0.clone(),
            }),
            _ => None,
        }
    }
}
