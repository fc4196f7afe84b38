//! What can go wrong with a vault, as kinds a program can match and sentences a person can act on.

use std::io;

/// A failure of the vault. Carries no patient data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// The passphrase does not open this login's slot.
    #[error("wrong passphrase")]
    WrongPassphrase,
    /// After wrong tries the next one has to wait.
    #[error("too many wrong tries: wait {seconds} s")]
    TooManyTries {
        /// How long still.
        seconds: u64,
    },
    /// The vault has no user of this name.
    #[error("unknown login")]
    UnknownLogin,
    /// The recovery code was mistyped: its own checksum does not fit.
    #[error("the checksum of the recovery code does not fit")]
    MistypedRecoveryCode,
    /// A well-formed recovery code of another vault, or one that was replaced.
    #[error("wrong recovery code")]
    WrongRecoveryCode,
    /// Written by a newer Diptych.
    #[error("vault format {found} is newer than {known}")]
    NewerFormat {
        /// The format of the vault.
        found: u32,
        /// The newest format this program knows.
        known: u32,
    },
    /// The folder holds no vault.
    #[error("not a vault")]
    NotAVault,
    /// The folder holds a vault already.
    #[error("already a vault")]
    AlreadyAVault,
    /// The folder for a new vault holds something else.
    #[error("the folder is not empty")]
    Occupied,
    /// A new passphrase that is easy to guess.
    #[error("the passphrase is too short")]
    ShortPassphrase,
    /// Another program has the vault open.
    #[error("in use by {holder}")]
    InUse {
        /// Process, computer and login that hold it.
        holder: String,
    },
    /// An old `vault.toml` was put back: it counts fewer changes than the catalog.
    #[error("the key file is older than the records")]
    StaleKeys,
    /// No room left for the write in flight; nothing of it was kept.
    #[error("disk full")]
    DiskFull,
    /// No room to bring the records to the layout of this program; they are as they were.
    #[error("disk full at an update of the layout")]
    DiskFullAtUpdate,
    /// No such row.
    #[error("not found")]
    NotFound,
    /// Another patient has this code.
    #[error("code taken")]
    CodeTaken,
    /// The file with all records is not there.
    #[error("the catalog is missing")]
    NoCatalog,
    /// The records cannot be read, so that the vault does not open.
    #[error("the records are damaged")]
    DamagedCatalog,
    /// Neither copy of the key file can be used, so that the vault does not open.
    #[error("the key file is damaged")]
    DamagedKeyFile,
    /// The records of an older program could not be brought to the layout of this one.
    #[error("the update of the records failed")]
    UpdateFailed,
    /// Stored bytes are not what was stored.
    #[error("damaged: {0}")]
    Damaged(&'static str),
    /// The change cannot be undone any more.
    #[error("undo refused: {0}")]
    UndoRefused(&'static str),
    /// Another change than the one that was meant is the newest by now.
    #[error("the newest change is another one")]
    UndoOutdated,
    /// The undone change cannot be made again any more.
    #[error("redo refused: {0}")]
    RedoRefused(&'static str),
    /// Another change than the one that was meant would be redone by now.
    #[error("the next change to redo is another one")]
    RedoOutdated,
    /// The original was found without a record, and nobody has looked at its picture yet.
    #[error("the picture has not been read yet")]
    UnreadPicture,
    /// The user's role does not include it.
    #[error("not in the user's role")]
    NotInRole,
    /// A rule of the product forbids it.
    #[error("refused: {0}")]
    Refused(&'static str),
    /// The person stopped it.
    #[error("cancelled")]
    Cancelled,
    /// The file system failed.
    #[error("i/o: {0}")]
    Io(io::ErrorKind),
    /// The database failed; the text is SQLite's name of the failure and nothing else.
    #[error("database: {0}")]
    Database(String),
}

const BAD_PAGE: &str = "a page of a database";
const BAD_DATABASE: &str = "a database";
const BAD_KEY: &str = "a database that its key does not open";
const BAD_VALUE: &str = "a value of the wrong kind";

pub(super) const BAD_LAYOUT: &str = "a database of an unknown layout";
pub(super) const KEY_FILE: &str = "the key file";
pub(super) const KEY_FILE_CHANGED: &str = "the key file was changed by another program";

/// Result of a vault function.
pub type Result<T> = std::result::Result<T, VaultError>;

impl VaultError {
    /// The same, where the database that could not be read can only be that of the records: no verification can name it,
    /// because the vault does not open.
    pub(super) fn at_opening(self) -> Self {
        match self {
            Self::Damaged(BAD_PAGE | BAD_DATABASE | BAD_KEY | BAD_VALUE) => Self::DamagedCatalog,
            Self::Damaged(KEY_FILE | KEY_FILE_CHANGED) => Self::DamagedKeyFile,
            other => other,
        }
    }

    /// The same, where it is the update of the layout that found no room: unlike everything else at an opening it cannot wait.
    pub(super) fn at_update(self) -> Self {
        match self {
            Self::DiskFull => Self::DiskFullAtUpdate,
            Self::Damaged(BAD_LAYOUT) | Self::Database(_) => Self::UpdateFailed,
            other => other,
        }
    }

    /// What happened, what is safe, what to do.
    #[must_use]
    pub fn user_message(&self) -> String {
        match self {
            Self::WrongPassphrase => "That passphrase does not open this vault. Nothing was changed. Try again, or use the printed recovery code.".into(),
            Self::TooManyTries { seconds } => format!("Too many wrong tries. Nothing was changed. Wait {seconds} s, then try again."),
            Self::UnknownLogin => "This vault has no user of that name. Nothing was changed. Choose one of the names in the list.".into(),
            Self::MistypedRecoveryCode => "The recovery code has a typing mistake: its check characters do not fit. Compare it with the printed sheet and try again.".into(),
            Self::WrongRecoveryCode => "This recovery code belongs to another vault or was replaced. Nothing was changed. Look for the newest printed sheet.".into(),
            Self::NewerFormat { found, known } => format!("This vault was written by a newer Diptych (format {found}, this program knows up to {known}). Nothing was changed. Update Diptych, then open it again."),
            Self::NotAVault => "This folder is not a Diptych vault. Choose the folder that holds vault.toml, or create a new vault.".into(),
            Self::ShortPassphrase => format!("A new passphrase has at least {} characters: four unrelated words are easy to keep in mind and hard to guess. Nothing was changed. Choose a longer one.", super::Passphrase::SHORTEST),
            Self::Occupied => "This folder holds other files. Nothing was changed. Choose an empty or a new folder for the vault.".into(),
            Self::AlreadyAVault => "This folder holds a vault already. Nothing was changed. Open it, or choose an empty folder.".into(),
            Self::InUse { holder } => format!("The vault is open elsewhere ({holder}). Nothing was changed. Close it there, then try again."),
            Self::StaleKeys => "The key file of this vault is older than its records: somebody put an old copy back. The records are untouched. Restore the newest vault.toml, or open a backup.".into(),
            Self::DiskFull => "The disk is full. Everything that was confirmed before is safe, the last step was not kept. Free some space and repeat it; do not clear the card yet.".into(),
            Self::DiskFullAtUpdate => "The disk is full. This vault was last used by an older Diptych, and its update to this one needs room, about as much as catalog.db is large. Nothing was changed, and everything that was filed is safe. Free some space, then open it again.".into(),
            Self::NotFound => "This record does not exist any more. Nothing was changed. Go back and look again.".into(),
            Self::CodeTaken => "Another patient already has this code. Nothing was changed. Choose another code, or open that patient.".into(),
            Self::NoCatalog => "The file with all records of this vault is missing (catalog.db). Nothing was changed, and the photos that are there are untouched. Put the file back if it was moved, or restore the newest backup into a new folder: diptych restore BACKUP NEWFOLDER.".into(),
            Self::DamagedCatalog => "The file with all records of this vault (catalog.db) is damaged, so the vault cannot be opened. Nothing was overwritten, and the photos are untouched. Keep the folder as it is, and restore the newest backup into a new folder: diptych restore BACKUP NEWFOLDER.".into(),
            Self::DamagedKeyFile => "The key file of this vault (vault.toml, and its copy vault.toml.2) is damaged or was changed by another program, so the vault cannot be opened. Nothing was overwritten, and the records and photos are untouched. Put an earlier copy of it back, or restore the newest backup into a new folder: diptych restore BACKUP NEWFOLDER.".into(),
            Self::UpdateFailed => "The records of this vault could not be brought to the form that this Diptych keeps them in. Nothing was changed. Open it with the Diptych that was used before and make a backup there, or restore the newest backup into a new folder: diptych restore BACKUP NEWFOLDER. Please report this.".into(),
            Self::Damaged(what) => format!("Stored data is damaged: {what}. Nothing was overwritten. Run the verification and restore the part it names from a backup."),
            Self::UndoRefused(why) => format!("This cannot be undone any more: {why}. Nothing was changed. Correct it by hand."),
            Self::UndoOutdated => "Something else was changed meanwhile, so this is not the newest change any more. Nothing was undone. Look at what is offered now, then undo again.".into(),
            Self::RedoRefused(why) => format!("This cannot be redone any more: {why}. Nothing was changed. Do it again by hand."),
            Self::RedoOutdated => "Something else was changed meanwhile, so this is not what would be redone any more. Nothing was redone. Look at what is offered now, then redo again.".into(),
            Self::UnreadPicture => "This original was found in the vault without a record, and its picture has not been read yet. It is safe in the tray. Import the card or folder it came from once more, then file it.".into(),
            Self::NotInRole => "Your role does not include this. Nothing was changed. Ask the owner of the vault, or somebody whose role includes it.".into(),
            Self::Refused(why) => format!("Not allowed: {why}. Nothing was changed."),
            Self::Cancelled => "Stopped. What was done until then is kept.".into(),
            Self::Io(kind) => format!("The disk could not be read or written ({kind}). Everything that was confirmed before is safe. Check the disk and its permissions, then repeat the last step."),
            Self::Database(code) => format!("The database reported {code}. Everything that was confirmed before is safe, the last step was not kept. Repeat it; if it happens again, run the verification."),
        }
    }
}

/// Extended result code of a shared-memory file that could not grow, which only a full disk or quota causes.
const SQLITE_IOERR_SHMSIZE: i32 = 4874;

impl From<rusqlite::Error> for VaultError {
    // The message of a rusqlite error may quote values: only the code leaves.
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        match error {
            rusqlite::Error::QueryReturnedNoRows | rusqlite::Error::StatementChangedRows(0) => Self::NotFound,
            rusqlite::Error::SqliteFailure(failure, _) => match failure.code {
                ErrorCode::DiskFull => Self::DiskFull,
                _ if failure.extended_code == SQLITE_IOERR_SHMSIZE => Self::DiskFull,
                ErrorCode::SystemIoFailure => Self::Io(io::ErrorKind::Other),
                // SQLCipher hands SQLite no page at all when its authentication fails, which SQLite takes for no memory.
                ErrorCode::OutOfMemory => Self::Damaged(BAD_PAGE),
                ErrorCode::DatabaseCorrupt => Self::Damaged(BAD_DATABASE),
                ErrorCode::NotADatabase => Self::Damaged(BAD_KEY),
                code => Self::Database(format!("{code:?} ({})", failure.extended_code)),
            },
            rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::IntegralValueOutOfRange(..) => Self::Damaged(BAD_VALUE),
            _ => Self::Database("unexpected use".into()),
        }
    }
}

impl From<io::Error> for VaultError {
    fn from(error: io::Error) -> Self {
        if crate::fsx::is_disk_full(&error) { Self::DiskFull } else { Self::Io(error.kind()) }
    }
}

/// Whether a statement failed because a row with the same unique value exists.
pub(super) fn is_unique_violation(error: &rusqlite::Error) -> bool {
    matches!(error, rusqlite::Error::SqliteFailure(failure, _) if failure.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE)
}

/// Whether a statement failed because it would break a rule between rows.
pub(super) fn is_constraint_violation(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation)
}
