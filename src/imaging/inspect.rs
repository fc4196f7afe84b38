//! What a file is before a pixel is decoded: format, upright size, the camera's facts, and whether it is whole.

use std::io::Cursor;

use image::ImageReader;

use super::exif::{self, Capture};
use super::segments::{self, FrameHeader};
use super::sniff::{self, Format};
use super::{ImagingError, apart, container, orient, raw};
use crate::geom::Size;
use crate::model::CaptureFacts;

/// Pixels above which a file is refused: 800 MB decoded.
const MOST_PIXELS: u64 = 200_000_000;

/// Pixels up to which a file may be as short as it likes: what they take is decoded before anybody notices.
const FREE_PIXELS: u64 = 50_000_000;
/// Beyond that, pixels for which a file has to have one byte. A photo of a camera has a byte for two to thirty of them, also
/// one of a dark room at the strongest compression; drawings and files made to harm have one for hundreds.
const MOST_PIXELS_PER_BYTE: u64 = 64;

/// Facts found without decoding pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct Inspection {
    /// By content.
    pub format: Format,
    /// Size of the upright picture.
    pub size: Size,
    /// What the camera said.
    pub facts: CaptureFacts,
}

/// Reads headers and EXIF and looks for the end of the data; finds files that were cut short.
pub fn inspect(bytes: &[u8]) -> Result<Inspection, ImagingError> {
    let whole = examine(bytes)?;
    let size = orient::upright_size(whole.stored, whole.capture.facts.orientation);
    Ok(Inspection { format: whole.format, size, facts: whole.capture.facts })
}

/// All that decoding has to know beforehand.
pub(super) struct Examined<'a> {
    pub(super) format: Format,
    /// Size as stored, before orientation.
    pub(super) stored: Size,
    pub(super) capture: Capture,
    pub(super) jpeg: Option<(segments::Jpeg<'a>, FrameHeader)>,
    /// The bytes that hold the picture: the file, or of a raw file the picture in it.
    pub(super) data: &'a [u8],
}

pub(super) fn examine(bytes: &[u8]) -> Result<Examined<'_>, ImagingError> {
    let format = sniff::sniff(bytes).ok_or_else(|| sniff::why_unknown(bytes))?;
    let examined = match format {
        Format::Jpeg => examine_jpeg(bytes)?,
        Format::Png => container::check_png(bytes).and_then(|()| examine_other(bytes, format))?,
        Format::Webp => container::check_webp(bytes).and_then(|()| examine_other(bytes, format))?,
        Format::Tiff => container::check_tiff(bytes).and_then(|()| examine_other(bytes, format))?,
        Format::Heic => apart::check_heic(bytes).and_then(|()| examine_heic(bytes))?,
        Format::Raw => examine_raw(bytes)?,
    };
    let pixels = u64::from(examined.stored.width) * u64::from(examined.stored.height);
    let length = examined.data.len() as u64;
    if pixels == 0 {
        Err(ImagingError::Damaged)
    } else if pixels > MOST_PIXELS {
        Err(ImagingError::TooLarge)
    } else if pixels > FREE_PIXELS && pixels > length.saturating_mul(MOST_PIXELS_PER_BYTE) {
        Err(ImagingError::Implausible)
    } else {
        Ok(examined)
    }
}

fn examine_jpeg(bytes: &[u8]) -> Result<Examined<'_>, ImagingError> {
    let jpeg = segments::walk(bytes)?;
    let frame = jpeg.frame()?;
    match (frame.marker, frame.precision, frame.components) {
        (0xc3 | 0xc7 | 0xcb | 0xcf, ..) => return Err(ImagingError::Unsupported("a lossless JPEG")),
        (_, 12, _) => return Err(ImagingError::TwelveBit),
        (0xc0..=0xc2 | 0xc9 | 0xca, 8, 1 | 3 | 4) => {}
        _ => return Err(ImagingError::Damaged),
    }
    let capture = jpeg.exif().map_or_else(exif::absent, exif::read_block);
    let stored = Size::new(u32::from(frame.width), u32::from(frame.height));
    Ok(Examined { format: Format::Jpeg, stored, capture, jpeg: Some((jpeg, frame)), data: bytes })
}

fn examine_raw(bytes: &[u8]) -> Result<Examined<'_>, ImagingError> {
    let raw::Shown { data, jpeg, frame, capture } = raw::shown(bytes)?;
    let stored = Size::new(u32::from(frame.width), u32::from(frame.height));
    Ok(Examined { format: Format::Raw, stored, capture, jpeg: Some((jpeg, frame)), data })
}

fn examine_heic(bytes: &[u8]) -> Result<Examined<'_>, ImagingError> {
    let answer = ask_heic(apart::Question::HeicHeader, bytes)?;
    let mut capture = exif::read_block(&answer.exif);
    // The container turns the picture; what EXIF says of it is a copy of that (ISO/IEC 23008-12, A.2.3).
    capture.facts.orientation = 1;
    Ok(Examined { format: Format::Heic, stored: answer.size, capture, jpeg: None, data: bytes })
}

/// The answer of the decoder's own process; where there is none, the words for a format that is not read.
pub(super) fn ask_heic(question: apart::Question, bytes: &[u8]) -> Result<apart::Answer, ImagingError> {
    apart::ask(question, bytes).unwrap_or_else(|| Err(sniff::why_unknown(bytes)))
}

fn examine_other(bytes: &[u8], format: Format) -> Result<Examined<'_>, ImagingError> {
    let format_known = image_format(format).ok_or_else(|| sniff::why_unknown(bytes))?;
    let (width, height) =
        ImageReader::with_format(Cursor::new(bytes), format_known).into_dimensions().map_err(|e| from_image(&e))?;
    Ok(Examined {
        format,
        stored: Size::new(width, height),
        capture: exif::read_container(bytes),
        jpeg: None,
        data: bytes,
    })
}

/// The same format in the terms of the `image` crate; none where that has no say.
pub(super) fn image_format(format: Format) -> Option<image::ImageFormat> {
    match format {
        Format::Jpeg => Some(image::ImageFormat::Jpeg),
        Format::Png => Some(image::ImageFormat::Png),
        Format::Tiff => Some(image::ImageFormat::Tiff),
        Format::Webp => Some(image::ImageFormat::WebP),
        Format::Heic | Format::Raw => None,
    }
}

/// The `image` crate's errors in ours.
pub(super) fn from_image(error: &image::ImageError) -> ImagingError {
    use image::ImageError;
    match error {
        ImageError::Limits(_) => ImagingError::TooLarge,
        ImageError::Unsupported(_) => ImagingError::Unsupported("a rare kind of this picture format"),
        ImageError::IoError(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => ImagingError::Truncated,
        _ => ImagingError::Damaged,
    }
}
