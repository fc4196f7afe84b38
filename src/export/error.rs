//! What can go wrong with an export.

use super::scrub::Finding;
use crate::fsx;
use crate::imaging::ImagingError;
use crate::model::Redacted;
use crate::vault::VaultError;

/// Why an export was not made. No message names a patient.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ExportError {
    /// The vault could not give what was asked for.
    #[error("vault: {0}")]
    Vault(#[from] VaultError),
    /// A picture could not be read or written.
    #[error("picture: {0}")]
    Imaging(#[from] ImagingError),
    /// The pictures of a pair show two people.
    #[error("the pictures belong to two patients")]
    TwoPatients,
    /// A folder or file could not be read or written.
    #[error("file system: {0}")]
    Io(std::io::ErrorKind),
    /// The finished files could not all be put in place: the folder holds old and new ones.
    #[error("the gallery was put in place only in part: {0}")]
    Unfinished(std::io::ErrorKind),
    /// No room at the destination.
    #[error("the disk is full")]
    DiskFull,
    /// A file that is not ours, or was changed since, stands where ours should go.
    #[error("a foreign file stands in the way")]
    Occupied {
        /// Its name inside the destination: one of the gallery's own names.
        name: String,
    },
    /// A file stands where the export should go.
    #[error("a file of that name exists")]
    Exists,
    /// The name promises another kind of file than is written.
    #[error("the name does not end like a JPEG file's")]
    OtherKind,
    /// The export would replace what it is made from.
    #[error("the destination is one of the sources")]
    IsSource,
    /// A folder stands where a file should go.
    #[error("the destination is a folder")]
    IsFolder,
    /// A file stands where a folder should go.
    #[error("the destination is not a folder")]
    NotAFolder,
    /// The folder of the destination is not there.
    #[error("the folder of the destination is missing")]
    NoFolder,
    /// The folder holds files and no list of ours.
    #[error("the folder holds something else")]
    ForeignFolder,
    /// The destination lies in the vault's folder.
    #[error("the destination lies inside the vault")]
    InsideVault,
    /// The list of what was written last time cannot be understood.
    #[error("the list of published files is damaged")]
    BadManifest,
    /// The finished output holds something it must not.
    #[error("leak found: {0}")]
    Leak(#[from] Finding),
    /// As [`ExportError::Leak`], and it is known about whom. The code is for the screen, never for a log.
    #[error("leak found: {0}")]
    LeakAbout(Finding, Redacted<String>),
    /// Records were changed while their pictures were made.
    #[error("the records changed meanwhile")]
    Changed,
    /// The person stopped it.
    #[error("cancelled")]
    Cancelled,
}

impl ExportError {
    /// What happened, what is safe, what to do.
    #[must_use]
    pub fn user_message(&self) -> String {
        match self {
            Self::Vault(e) => e.user_message(),
            Self::Imaging(e) => e.user_message(),
            Self::TwoPatients => "These two photos belong to two patients. Nothing was exported. Choose two photos of one patient.".into(),
            Self::Io(kind) => format!("The destination could not be written ({kind}). The vault is untouched. Check the folder's permissions or choose another one."),
            Self::Unfinished(kind) => format!("The gallery was put in place only in part ({kind}). The folder may hold old and new files, all of them checked; the ledger says that this build was not finished. Do not upload it. Look after the disk, then export again into the same folder."),
            Self::DiskFull => "The disk of the destination is full. The vault is untouched and what was published before is still whole. Free some space and try again.".into(),
            Self::Occupied { name } => format!("The destination already holds a file “{name}” that this program did not write, or that was changed since. It was left alone. Choose an empty folder, or move that file away."),
            Self::Exists => "A file of that name is there already. It was left as it is and nothing was written. Choose another name.".into(),
            Self::OtherKind => "A comparison is saved as a JPEG picture. Nothing was written. Give it a name that ends in .jpg.".into(),
            Self::IsSource => "The output would replace one of the photos it is made from. Nothing was written. Choose another name.".into(),
            Self::IsFolder => "The destination is a folder, not a file. Nothing was written. Add a file name to it.".into(),
            Self::NotAFolder => "The destination is a file, not a folder. It was left as it is and nothing was written. Choose a folder.".into(),
            Self::NoFolder => "The folder that would hold it is not there. Nothing was written. Create that folder, plug in its disk, or choose another one.".into(),
            Self::ForeignFolder => "The folder holds files that this program did not write. They were left as they are and nothing was written. Choose an empty or a new folder.".into(),
            Self::InsideVault => "The destination lies inside the vault's folder. Nothing was written. Choose a folder outside of it.".into(),
            Self::BadManifest => "The list of published files in the destination is damaged. Nothing was changed there. Choose an empty folder.".into(),
            Self::Leak(finding) => format!("The finished export failed its own check: {finding}. It was discarded and nothing was published. What was published before is unchanged."),
            Self::LeakAbout(finding, code) => format!("The finished export failed its own check: {finding}. It is about patient {}. Everything was discarded and nothing was published. What was published before is unchanged. Withdraw that case or look at its words, then export again.", code.0),
            Self::Changed => "Consents or records were changed while the gallery was built. Nothing was published and what was published before is unchanged. Build it again.".into(),
            Self::Cancelled => "Stopped. Nothing was published and what was published before is unchanged.".into(),
        }
    }
}

impl From<std::io::Error> for ExportError {
    fn from(error: std::io::Error) -> Self {
        if fsx::is_disk_full(&error) { Self::DiskFull } else { Self::Io(error.kind()) }
    }
}
