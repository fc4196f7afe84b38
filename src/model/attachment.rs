//! Documents of a patient, kept as they came: a signed consent as a PDF or a scan.

use super::id::{AttachmentId, ConsentId, PatientId, Uid};
use super::patient::Redacted;
use super::photo::PhotoHash;
use super::series::vocabulary;
use crate::clock::UtcMillis;

vocabulary! {
    /// What a document is.
    DocumentKind {
        Pdf = "pdf", "PDF";
        Jpeg = "jpeg", "JPEG picture";
        Png = "png", "PNG picture";
        Tiff = "tiff", "TIFF picture";
        Webp = "webp", "WebP picture";
    }
}

impl DocumentKind {
    /// Told by the first bytes, not by the name; none for anything else.
    #[must_use]
    pub fn sniff(bytes: &[u8]) -> Option<Self> {
        /// Scanners put a few bytes before the head of a PDF, and readers look for it this far.
        const PDF_WITHIN: usize = 1024;
        const PDF: &[u8] = b"%PDF-";
        if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
            return Some(Self::Jpeg);
        }
        if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            return Some(Self::Png);
        }
        if bytes.starts_with(b"II*\0") || bytes.starts_with(b"MM\0*") {
            return Some(Self::Tiff);
        }
        if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
            return Some(Self::Webp);
        }
        let head = &bytes[..bytes.len().min(PDF_WITHIN)];
        head.windows(PDF.len()).any(|at| at == PDF).then_some(Self::Pdf)
    }
}

/// Bytes of the largest document: it is kept among the records, and every backup copies those.
pub const LARGEST_DOCUMENT: usize = 16 << 20;

/// What is said of a file that is none.
pub const NO_DOCUMENT: &str = "a document is a PDF, or a picture as JPEG, PNG, TIFF or WebP";

/// A document on its way into the vault.
#[derive(Clone, Copy)]
pub struct NewAttachment<'a> {
    /// Whose.
    pub patient: PatientId,
    /// The file's bytes, as they are.
    pub bytes: &'a [u8],
    /// Name of the file, without its folder.
    pub file_name: &'a str,
}

/// A document, without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Row id.
    pub id: AttachmentId,
    /// Its name outside the vault.
    pub uid: Uid,
    /// Whose.
    pub patient: PatientId,
    /// What it is.
    pub kind: DocumentKind,
    /// Name of the file it came in.
    pub file_name: Redacted<String>,
    /// Identity.
    pub hash: PhotoHash,
    /// Length in bytes.
    pub length: u64,
    /// When it came in.
    pub at: UtcMillis,
    /// The consents it is the signed document of.
    pub consents: Vec<ConsentId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_what_its_bytes_say() {
        assert_eq!(DocumentKind::sniff(b"%PDF-1.7\n"), Some(DocumentKind::Pdf));
        assert_eq!(DocumentKind::sniff(b"\xef\xbb\xbf\r\n%PDF-1.4"), Some(DocumentKind::Pdf));
        assert_eq!(DocumentKind::sniff(b"\xff\xd8\xff\xe0"), Some(DocumentKind::Jpeg));
        assert_eq!(DocumentKind::sniff(b"\x89PNG\r\n\x1a\n"), Some(DocumentKind::Png));
        assert_eq!(DocumentKind::sniff(b"II*\0\x08\0\0\0"), Some(DocumentKind::Tiff));
        assert_eq!(DocumentKind::sniff(b"MM\0*\0\0\0\x08"), Some(DocumentKind::Tiff));
        assert_eq!(DocumentKind::sniff(b"RIFF\x04\0\0\0WEBPVP8 "), Some(DocumentKind::Webp));
        let late = [vec![b' '; 1024], b"%PDF-1.4".to_vec()].concat();
        for other in [b"".as_slice(), b"%PD", b"MZ\x90", b"<html>", b"PK\x03\x04", b"RIFF\x04\0\0\0WAVE", b"II*", &late]
        {
            assert_eq!(DocumentKind::sniff(other), None);
        }
    }
}
