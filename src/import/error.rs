//! What can stop an import.

use thiserror::Error;

use crate::model::text::counted;
use crate::vault::VaultError;

/// Why an import stopped.
#[derive(Debug, Clone, Error)]
pub enum ImportError {
    /// The vault's disk is full.
    #[error("disk full after {received} originals")]
    DiskFull {
        /// Originals of this import that lie in the tray.
        received: usize,
    },
    /// A stored original did not read back as it was written.
    #[error("an original did not read back")]
    ReadBack,
    /// The plan was made for a series that is not there.
    #[error("the plan's series is gone")]
    SeriesGone,
    /// Somebody stopped the copying of a card.
    #[error("stopped")]
    Stopped,
    /// The list of the day cannot be read.
    #[error("the list of the day cannot be read")]
    List,
    /// Anything else the vault says.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl ImportError {
    /// What happened, what is safe, what to do.
    #[must_use]
    pub fn user_message(&self) -> String {
        match self {
            Self::DiskFull { received } => format!(
                "The disk of the vault is full. {} of this import are safe in the tray, and nothing is half filed. \
                 Keep the card, free some space and import again: nothing will be stored twice.",
                counted(*received as i64, "photo")
            ),
            Self::Stopped => {
                "Stopped before every photo was copied. What was copied is safe in the tray. Keep the card, \
                              and take it again when there is time: nothing will be stored twice."
                    .to_owned()
            }
            Self::ReadBack => "A photo could not be read back as it was stored. Nothing was filed and the files were \
                               not touched. Keep the card, and check the disk of the vault before importing again."
                .to_owned(),
            Self::SeriesGone => "The series this plan was made for is no longer there. Nothing was filed. \
                                 Choose the series again."
                .to_owned(),
            Self::List => {
                "The list of the day could not be read. It is a table with a column \"code\" and, where there \
                           are, \"time\" as 14:30 and \"date\" as 2026-12-31 or 31.12.2026. Correct it, or go on without it: nothing \
                           was filed."
                    .to_owned()
            }
            Self::Vault(error) => error.user_message(),
        }
    }
}
