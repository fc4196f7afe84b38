//! What can go wrong with a backup.

use std::io;

use crate::fsx;
use crate::vault::VaultError;

/// Why a backup was not made, read or restored. No message names a patient.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BackupError {
    /// The vault could not give or take what was asked for.
    #[error("vault: {0}")]
    Vault(VaultError),
    /// The folder of the backup could not be read or written.
    #[error("file system: {0}")]
    Io(io::ErrorKind),
    /// No room at the destination.
    #[error("the disk is full")]
    DiskFull,
    /// The folder of the backup is the vault's own, lies in it, or around it.
    #[error("the backup would lie with the vault")]
    WithVault,
    /// The folder holds something else.
    #[error("the folder is not empty and no backup")]
    Foreign,
    /// The folder holds the backups of another vault.
    #[error("backup of another vault")]
    OtherVault,
    /// Another program works with this backup.
    #[error("the backup is in use")]
    InUse,
    /// The folder that the backup would be made in is not there.
    #[error("the folder of the destination is missing")]
    NoFolder,
    /// The folder holds no complete generation.
    #[error("no backup there")]
    Nothing,
    /// There is no such generation.
    #[error("no generation {0}")]
    NoSuchGeneration(u64),
    /// A file of the backup is missing or not what was written.
    #[error("damaged: {file}")]
    Damaged {
        /// Its name inside the backup.
        file: String,
    },
    /// What was written did not read back.
    #[error("not read back: {file}")]
    ReadBack {
        /// Its name inside the destination.
        file: String,
    },
    /// The folder to restore into is not empty.
    #[error("the target is not empty")]
    Occupied,
    /// The person stopped it.
    #[error("cancelled")]
    Cancelled,
}

impl BackupError {
    /// What happened, what is safe, what to do.
    #[must_use]
    pub fn user_message(&self) -> String {
        match self {
            Self::Vault(error) => error.user_message(),
            Self::Io(kind) => format!("The backup's disk could not be read or written ({kind}). The vault and all earlier backups are as they were. Check that the disk is connected, then start again: what was copied already is not copied twice."),
            Self::DiskFull => "The disk of the backup is full. The vault and all earlier backups are as they were. Free some space or choose a larger disk, then start again.".into(),
            Self::WithVault => "A backup must not lie in the folder of the vault, or around it: both would be lost together. Nothing was written. Choose a folder on another disk.".into(),
            Self::Foreign => "This folder is not empty and holds no Diptych backup. Nothing was written. Choose an empty or a new folder.".into(),
            Self::OtherVault => "This folder holds the backups of another vault. Nothing was written. Choose another folder.".into(),
            Self::InUse => "Another Diptych works with this backup at the moment. Nothing was changed. Wait until it is done.".into(),
            Self::NoFolder => "The folder to back up into is not there, nor the one around it. Nothing was written. Plug in its disk, or create the folder.".into(),
            Self::Nothing => "This folder holds no complete backup. Nothing was changed. Choose the folder that was named when backing up.".into(),
            Self::NoSuchGeneration(number) => format!("This backup has no generation {number}. Nothing was changed. Choose one from the list."),
            Self::Damaged { file } => format!("The file {file} of the backup is missing or damaged. Nothing was changed. Another generation may be whole; the next backup copies what is missing."),
            Self::ReadBack { file } => format!("The file {file} did not read back as it was written: this disk cannot be trusted. Earlier backups are as they were. Use another disk."),
            Self::Occupied => "The folder to restore into is not empty. Nothing was written. Choose an empty or a new folder.".into(),
            Self::Cancelled => "Stopped. The vault and all earlier backups are as they were; what was copied already is not copied twice.".into(),
        }
    }
}

impl From<VaultError> for BackupError {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Cancelled => Self::Cancelled,
            other => Self::Vault(other),
        }
    }
}

impl From<io::Error> for BackupError {
    fn from(error: io::Error) -> Self {
        if fsx::is_disk_full(&error) { Self::DiskFull } else { Self::Io(error.kind()) }
    }
}
