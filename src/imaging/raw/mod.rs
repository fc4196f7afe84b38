//! Camera raw: the developed picture that every camera lays into the file beside its sensor data, for looking at it.
//!
//! The sensor data are kept as they are and never developed here: how they look is a matter of each maker's software, and a
//! comparison needs the same development on both sides. Shown is the largest JPEG in the file. Raw files of Canon (CR2, CR3),
//! Nikon (NEF), Sony (ARW), Fujifilm (RAF) and in Adobe's open form (DNG) are read; the parsers are young, so they count
//! every directory, entry and box they look at, and read nothing that the file does not hold.

mod bmff;
mod raf;
mod tiff;

use std::ops::Range;

use super::ImagingError;
use super::exif::{self, Capture};
use super::segments::{self, FrameHeader, Jpeg};

/// Pictures that are looked at in one file; cameras lay in three or four.
const MOST_PICTURES: usize = 64;

/// Said of raw files of a kind that is not read.
pub(super) const UNKNOWN: ImagingError = ImagingError::Unsupported("a camera raw file of this kind");
/// Said of raw files that hold sensor data alone.
const NOTHING_TO_SHOW: ImagingError = ImagingError::Unsupported("a camera raw file without a picture to show");

/// The picture that stands for a raw file.
pub(super) struct Shown<'a> {
    /// The bytes of the JPEG and what may follow them.
    pub(super) data: &'a [u8],
    pub(super) jpeg: Jpeg<'a>,
    pub(super) frame: FrameHeader,
    /// What the camera said of the whole file; how the sensor was held counts for the picture too.
    pub(super) capture: Capture,
}

/// What a parser found.
#[derive(Default)]
struct Contents {
    /// Where JPEGs may lie.
    pictures: Vec<Range<usize>>,
    /// What the camera said; none where that stands in the picture itself.
    capture: Option<Capture>,
}

/// Whether the file is a camera raw file of a kind that is read.
pub(super) fn is_raw(bytes: &[u8]) -> bool {
    raf::is_raf(bytes) || bmff::is_cr3(bytes) || tiff::is_raw(bytes)
}

/// Finds the picture to show, and that the file is whole as far as its directories tell.
pub(super) fn shown(bytes: &[u8]) -> Result<Shown<'_>, ImagingError> {
    let contents = if raf::is_raf(bytes) {
        raf::read(bytes)?
    } else if bmff::is_cr3(bytes) {
        bmff::read(bytes)?
    } else {
        tiff::read(bytes)?
    };
    let candidates = contents.pictures.iter().take(MOST_PICTURES).filter_map(|range| {
        let data = bytes.get(range.clone())?;
        let frame = segments::first_frame(data).ok().filter(|frame| is_shown(*frame))?;
        Some((u64::from(frame.width) * u64::from(frame.height), data, frame))
    });
    let (_, data, frame) = candidates.max_by_key(|(pixels, data, _)| (*pixels, data.len())).ok_or(NOTHING_TO_SHOW)?;
    let jpeg = segments::walk(data)?;
    let mut capture = contents.capture.unwrap_or_else(exif::absent);
    if capture.facts.time_text.is_none()
        && let Some(block) = jpeg.exif()
    {
        capture = exif::read_block(block);
    }
    Ok(Shown { data, jpeg, frame, capture })
}

/// Whether a frame is a picture for looking at: sensor data come as lossless JPEG, or with more than eight bits.
fn is_shown(frame: FrameHeader) -> bool {
    matches!((frame.marker, frame.precision, frame.components), (0xc0..=0xc2, 8, 1 | 3))
        && frame.width > 0
        && frame.height > 0
}

/// A piece of the file; one that leads beyond its end was cut off.
fn piece(bytes: &[u8], start: u64, length: u64) -> Result<Range<usize>, ImagingError> {
    let end = start.checked_add(length).filter(|end| *end <= bytes.len() as u64).ok_or(ImagingError::Truncated)?;
    Ok(start as usize..end as usize)
}

/// The big-endian number of four bytes at an offset.
fn u32_at(bytes: &[u8], at: usize) -> Result<u32, ImagingError> {
    let four = bytes.get(at..).and_then(<[u8]>::first_chunk).ok_or(ImagingError::Truncated)?;
    Ok(u32::from_be_bytes(*four))
}
