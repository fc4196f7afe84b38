//! What can go wrong while the synthetic clinic is made.

use std::path::PathBuf;

/// Kinds of failure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DemoError {
    /// A file or folder could not be written.
    #[error("could not write {}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why, as the system says it.
        kind: std::io::ErrorKind,
    },
    /// The disk is full.
    #[error("no space left for {}", path.display())]
    DiskFull {
        /// What did not fit.
        path: PathBuf,
    },
    /// A picture could not be encoded.
    #[error("could not encode a picture")]
    Encode,
    /// A size or pose that gives no picture.
    #[error("impossible camera or size")]
    Impossible,
    /// Somebody asked to stop.
    #[error("cancelled")]
    Cancelled,
}

impl DemoError {
    /// What happened, what is safe, what to do.
    #[must_use]
    pub fn user_message(&self) -> String {
        match self {
            Self::Write { path, .. } => format!(
                "The demonstration photos could not be written to {}. Nothing else was touched. Choose another folder or \
                 check its permissions.",
                path.display()
            ),
            Self::DiskFull { path } => format!(
                "The disk is full: {} did not fit. Nothing else was touched. The demonstration needs about 300 MB; free \
                 some space or choose another folder.",
                path.display()
            ),
            Self::Encode => {
                "A demonstration photo could not be encoded. Nothing else was touched. Please report this.".to_owned()
            }
            Self::Impossible => {
                "The demonstration was asked for photos of an impossible size. Nothing was written.".to_owned()
            }
            Self::Cancelled => "Stopped. The photos written so far can be deleted.".to_owned(),
        }
    }

    pub(crate) fn from_io(path: PathBuf, error: &std::io::Error) -> Self {
        if crate::fsx::is_disk_full(error) { Self::DiskFull { path } } else { Self::Write { path, kind: error.kind() } }
    }
}
