//! A document of a patient, read from a file a person named.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use crate::model::attachment::{LARGEST_DOCUMENT, NO_DOCUMENT};
use crate::model::{DocumentKind, NewAttachment, PatientId};
use crate::vault::{Result, VaultError};

/// The bytes of a file, as they are.
pub struct Document {
    bytes: Vec<u8>,
    file_name: String,
}

impl Document {
    /// Reads it; refuses what the vault would refuse, before it is in memory whole where its length says so.
    pub fn read(path: &Path) -> Result<Self> {
        let about = fs::metadata(path)?;
        if about.is_dir() {
            return Err(VaultError::Io(ErrorKind::IsADirectory));
        }
        if about.len() > LARGEST_DOCUMENT as u64 {
            return Err(VaultError::Refused("a document may have up to 16 MB"));
        }
        let bytes = fs::read(path)?;
        if DocumentKind::sniff(&bytes).is_none() {
            return Err(VaultError::Refused(NO_DOCUMENT));
        }
        let file_name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { bytes, file_name })
    }

    /// As a patient's.
    #[must_use]
    pub fn of(&self, patient: PatientId) -> NewAttachment<'_> {
        NewAttachment { patient, bytes: &self.bytes, file_name: &self.file_name }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_document_of_a_size_that_can_be_kept_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            crate::fsx::write_atomic(&path, bytes).expect("written");
            path
        };
        let mut scan = b"%PDF-1.7 ".to_vec();
        scan.resize(LARGEST_DOCUMENT, 7);
        let read = Document::read(&write("signed.pdf", &scan)).expect("just fits");
        assert_eq!((read.file_name.as_str(), read.bytes.len()), ("signed.pdf", LARGEST_DOCUMENT));
        scan.push(7);
        for (name, bytes) in [("large.pdf", scan.as_slice()), ("text.pdf", b"dear"), ("empty.pdf", b"")] {
            assert!(matches!(Document::read(&write(name, bytes)), Err(VaultError::Refused(_))), "{name}");
        }
        assert!(matches!(Document::read(&folder.path().join("none")), Err(VaultError::Io(ErrorKind::NotFound))));
        assert!(matches!(Document::read(folder.path()), Err(VaultError::Io(_))));
    }
}
