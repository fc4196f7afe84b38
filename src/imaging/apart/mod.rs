//! HEIC, the format of phones, decoded in a process of its own.
//!
//! The decoder is young and its input comes from anywhere, so it never runs beside keys and records: the program starts
//! itself once more with an empty environment, hands the file in and takes header and pixels out. The child limits its own
//! memory and time; the parent ends one that does not answer. A picture that brings the child down is a damaged file, and
//! nothing else happened.

mod child;
mod parent;

pub use child::serve;
pub use parent::use_worker;
pub(super) use parent::{Answer, ask};

use super::ImagingError;
use crate::geom::Size;

/// Pixels above which a HEIC file is refused: phones have 48 megapixels, and the decoder needs some 40 bytes for each.
pub(super) const MOST_PIXELS: u64 = 64_000_000;
/// First bytes of an answer.
const MAGIC: [u8; 4] = *b"DPH1";
/// Numbers that follow: width, height, colour primaries, length of the EXIF block, length of the colour profile.
const NUMBERS: usize = 5;
/// Bytes before the EXIF block.
const HEAD: usize = 4 + 4 * NUMBERS;
/// An EXIF block or colour profile larger than this is left out.
const LARGEST_BLOCK: usize = 1 << 22;

/// What is asked of the child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Size, EXIF and profile.
    Header,
    /// The pixels as well.
    Pixels,
}

impl Question {
    const ALL: [Self; 2] = [Self::Header, Self::Pixels];

    /// The word on the child's command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Pixels => "pixels",
        }
    }

    /// The question a word stands for.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|question| question.word() == word)
    }
}

/// Exit codes by which the child says what is wrong; every other end is that of a damaged file.
const CODES: [(u8, ImagingError); 3] = [
    (11, ImagingError::Truncated),
    (12, ImagingError::TooLarge),
    (13, ImagingError::Unsupported("a rare kind of HEIC picture")),
];

/// Whether the boxes of the file end where the file does (ISO/IEC 14496-12, 4.2). The decoder fills in what is cut off.
pub(super) fn check(bytes: &[u8]) -> Result<(), ImagingError> {
    let mut at = 0_usize;
    while at < bytes.len() {
        let head = bytes.get(at..at + 8).ok_or(ImagingError::Truncated)?;
        let short = u64::from(u32::from_be_bytes([head[0], head[1], head[2], head[3]]));
        let (length, least) = match short {
            // To the end of the file.
            0 => return Ok(()),
            1 => {
                let long: [u8; 8] =
                    bytes.get(at + 8..at + 16).and_then(|b| b.try_into().ok()).ok_or(ImagingError::Truncated)?;
                (u64::from_be_bytes(long), 16)
            }
            length => (length, 8),
        };
        if length < least {
            return Err(ImagingError::Damaged);
        }
        at = usize::try_from(length).ok().and_then(|length| at.checked_add(length)).ok_or(ImagingError::Truncated)?;
    }
    if at == bytes.len() { Ok(()) } else { Err(ImagingError::Truncated) }
}

/// The size of the picture as the parent would get to hear it, with no process between it and the decoder, and so without
/// any limit: for fuzz targets and tests, never for files of a person.
pub fn without_process(question: Question, bytes: &[u8]) -> Result<Size, ImagingError> {
    check(bytes)?;
    let reply = child::answer(question, bytes)?.concat();
    parent::parse(question, &reply).map(|answer| answer.size).ok_or(ImagingError::Damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_that_run_past_the_end_are_a_cut() {
        let file = [&[0, 0, 0, 12][..], b"ftypheic", &[0, 0, 0, 10], b"mdat", &[7, 7]].concat();
        assert_eq!(check(&file), Ok(()));
        for cut in 1..file.len() {
            let whole = cut == 12;
            assert_eq!(check(&file[..cut]), if whole { Ok(()) } else { Err(ImagingError::Truncated) }, "cut at {cut}");
        }
        assert_eq!(check(&[0, 0, 0, 3, b'f', b't', b'y', b'p']), Err(ImagingError::Damaged));
    }

    #[test]
    fn every_question_has_its_word() {
        for question in Question::ALL {
            assert_eq!(Question::from_word(question.word()), Some(question));
        }
        assert_eq!(Question::from_word("else"), None);
    }
}
