//! What is decoded in a process of its own: HEIC, the format of phones, and the pages of a PDF.
//!
//! These decoders are young and their input comes from anywhere, so they never run beside keys and records: the program
//! starts itself once more with an empty environment, hands the file in and takes header and pixels out. The child limits
//! its own memory and time where the system lets it; the parent ends one that does not answer. A file that brings the child down is a damaged file,
//! and nothing else happened.

mod child;
mod heic;
mod parent;
mod pdf;

pub use child::serve;
pub(super) use heic::check as check_heic;
pub use parent::use_worker;
pub(super) use parent::{Answer, ask};

use super::ImagingError;
use crate::geom::Size;

/// Pixels above which a file is refused: phones have 48 megapixels, and the decoder needs some 40 bytes for each.
pub(super) const MOST_PIXELS: u64 = 64_000_000;
/// First bytes of an answer.
const MAGIC: [u8; 4] = *b"DPA1";
/// Numbers that follow: width, height, pages, 1 where parts are missing, colour primaries, length of the EXIF block, length of
/// the colour profile.
const NUMBERS: usize = 7;
/// Bytes before the EXIF block.
const HEAD: usize = 4 + 4 * NUMBERS;
/// An EXIF block or colour profile larger than this is left out.
const LARGEST_BLOCK: usize = 1 << 22;

/// What is asked of the child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Size, EXIF and profile of a HEIC picture.
    HeicHeader,
    /// Its pixels as well.
    HeicPixels,
    /// A page of a PDF, in pixels.
    PdfPage {
        /// Which one, from 0.
        index: u32,
        /// Its longest side in pixels.
        longest: u16,
    },
}

impl Question {
    /// The words on the child's command line.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::HeicHeader => "heic-header".to_owned(),
            Self::HeicPixels => "heic-pixels".to_owned(),
            Self::PdfPage { index, longest } => format!("pdf-page:{index}:{longest}"),
        }
    }

    /// The question that words stand for.
    #[must_use]
    pub fn from_words(words: &str) -> Option<Self> {
        match words {
            "heic-header" => return Some(Self::HeicHeader),
            "heic-pixels" => return Some(Self::HeicPixels),
            _ => {}
        }
        let (index, longest) = words.strip_prefix("pdf-page:")?.split_once(':')?;
        Some(Self::PdfPage { index: index.parse().ok()?, longest: longest.parse().ok()? })
    }

    fn has_pixels(self) -> bool {
        self != Self::HeicHeader
    }
}

/// Exit codes by which the child says what is wrong; every other end is that of a damaged file.
const CODES: [(u8, ImagingError); 5] = [
    (11, ImagingError::Truncated),
    (12, ImagingError::TooLarge),
    (13, heic::RARE),
    (14, ImagingError::Locked),
    (15, ImagingError::NoSuchPage),
];

/// What the child found.
struct Found {
    size: Size,
    pages: u32,
    /// Whether parts of it could not be drawn.
    is_partial: bool,
    primaries: u32,
    exif: Vec<u8>,
    profile: Vec<u8>,
    /// RGB; empty when no pixels were asked for.
    rgb: Vec<u8>,
}

impl Found {
    /// As the parts of a reply.
    fn parts(self) -> [Vec<u8>; 4] {
        let (exif, profile) = (self.exif.len() as u32, self.profile.len() as u32);
        let partial = u32::from(self.is_partial);
        let numbers = [self.size.width, self.size.height, self.pages, partial, self.primaries, exif, profile];
        let head = MAGIC.into_iter().chain(numbers.into_iter().flat_map(u32::to_le_bytes)).collect();
        [head, self.exif, self.profile, self.rgb]
    }
}

/// The size of the picture as the parent would get to hear it, with no process between it and the decoder, and so without
/// any limit: for fuzz targets and tests, never for files of a person.
pub fn without_process(question: Question, bytes: &[u8]) -> Result<Size, ImagingError> {
    if !matches!(question, Question::PdfPage { .. }) {
        check_heic(bytes)?;
    }
    let reply = child::answer(question, bytes)?.parts().concat();
    parent::parse(question, &reply).map(|answer| answer.size).ok_or(ImagingError::Damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_question_has_its_words() {
        for question in [Question::HeicHeader, Question::HeicPixels, Question::PdfPage { index: 12, longest: 3600 }] {
            assert_eq!(Question::from_words(&question.words()), Some(question));
        }
        for words in ["", "else", "pdf-page", "pdf-page:1", "pdf-page:-1:9", "pdf-page:1:70000"] {
            assert_eq!(Question::from_words(words), None, "{words}");
        }
    }
}
