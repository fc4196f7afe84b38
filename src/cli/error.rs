//! What a command ends with when it does not succeed: a sentence and an exit code.

use std::io;

use thiserror::Error;

use crate::align::AlignError;
use crate::demo::run::RunError;
use crate::export::ExportError;
use crate::imaging::ImagingError;
use crate::import::ImportError;
use crate::vault::VaultError;

/// Why a command ended. The texts are for the person at the terminal.
#[derive(Debug, Clone, Error)]
pub enum CliError {
    /// Something failed.
    #[error("{0}")]
    Failed(String),
    /// The command was not used as it is meant to be.
    #[error("{0}")]
    Usage(String),
    /// A rule forbids it.
    #[error("{0}")]
    Refused(String),
    /// Whoever read the output has gone: nothing to say and nobody to say it to.
    #[error("nobody reads the output")]
    NobodyReads,
}

impl CliError {
    /// 1 failed, 2 usage, 3 refused by a rule.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self {
            Self::Failed(_) => 1,
            Self::Usage(_) => 2,
            Self::Refused(_) => 3,
            Self::NobodyReads => 0,
        }
    }

    /// The same, with the file it is about before its sentence.
    #[must_use]
    pub fn at(self, path: &std::path::Path) -> Self {
        let named = |text: String| format!("{}: {text}", path.display());
        match self {
            Self::Failed(text) => Self::Failed(named(text)),
            Self::Usage(text) => Self::Usage(named(text)),
            Self::Refused(text) => Self::Refused(named(text)),
            Self::NobodyReads => Self::NobodyReads,
        }
    }

    /// A failure to read the file a person named.
    #[must_use]
    pub fn file(path: &std::path::Path, error: &io::Error) -> Self {
        let words = match error.kind() {
            io::ErrorKind::NotFound => "there is no such file. Nothing was changed. Check the name.".to_owned(),
            io::ErrorKind::IsADirectory => "this is a folder. Nothing was changed. Name a file in it.".to_owned(),
            io::ErrorKind::PermissionDenied => {
                "you may not read this. Nothing was changed. Ask whoever owns the file.".to_owned()
            }
            _ => format!("{}. Nothing was changed.", plain(error)),
        };
        Self::Failed(format!("{}: {words}", path.display()))
    }
}

/// The words of an i/o error without the number.
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

impl From<VaultError> for CliError {
    fn from(error: VaultError) -> Self {
        let text = error.user_message();
        match error {
            VaultError::AlreadyAVault
            | VaultError::Occupied
            | VaultError::ShortPassphrase
            | VaultError::CodeTaken
            | VaultError::UndoRefused(_)
            | VaultError::UndoOutdated
            | VaultError::RedoRefused(_)
            | VaultError::RedoOutdated
            | VaultError::UnreadPicture
            | VaultError::NotInRole
            | VaultError::TooManyTries { .. }
            | VaultError::Refused(_) => Self::Refused(text),
            _ => Self::Failed(text),
        }
    }
}

impl From<ImportError> for CliError {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::Vault(error) => error.into(),
            other => Self::Failed(other.user_message()),
        }
    }
}

impl From<AlignError> for CliError {
    fn from(error: AlignError) -> Self {
        match error {
            AlignError::Vault(error) => error.into(),
            other => Self::Failed(other.user_message()),
        }
    }
}

impl From<ImagingError> for CliError {
    fn from(error: ImagingError) -> Self {
        Self::Failed(error.user_message())
    }
}

impl From<ExportError> for CliError {
    fn from(error: ExportError) -> Self {
        let text = error.user_message();
        match error {
            ExportError::Vault(error) => error.into(),
            ExportError::Exists => Self::Refused(format!("{text} --force replaces it.")),
            ExportError::TwoPatients
            | ExportError::IsSource
            | ExportError::ForeignFolder
            | ExportError::Occupied { .. }
            | ExportError::InsideVault
            | ExportError::BadManifest
            | ExportError::Leak(_)
            | ExportError::LeakAbout(..) => Self::Refused(text),
            _ => Self::Failed(text),
        }
    }
}

impl From<RunError> for CliError {
    fn from(error: RunError) -> Self {
        let text = error.user_message();
        match error {
            RunError::ForeignFolder | RunError::OtherDemo | RunError::BeingBuilt => Self::Refused(text),
            RunError::Vault(error) => error.into(),
            RunError::Import(error) => error.into(),
            RunError::Align(error) => error.into(),
            RunError::Export(error) => error.into(),
            _ => Self::Failed(text),
        }
    }
}
