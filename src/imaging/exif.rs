//! What the camera wrote about a photo, read from EXIF without interpreting the clock.

use exif::{Context, Exif, In, Tag, Value};

use crate::model::{CaptureFacts, CaptureSource};

/// The facts and the colour space that cameras name without a profile.
pub(super) struct Capture {
    pub(super) facts: CaptureFacts,
    /// Interoperability index R03: Adobe RGB by the DCF rules.
    pub(super) adobe_rgb: bool,
}

/// Reads a TIFF block as it stands in a JPEG's APP1. Damaged entries are left out, never an error.
pub(super) fn read_block(tiff: &[u8]) -> Capture {
    if tiff.is_empty() {
        return absent();
    }
    let parsed = exif::Reader::new().continue_on_error(true).read_raw(tiff.to_vec());
    capture(parsed.or_else(|e| e.distill_partial_result(|_| {})).ok().as_slice())
}

/// Reads what one camera wrote into two TIFF blocks: the main facts, and those of the exposure as the directory of a block of
/// their own.
pub(super) fn read_blocks(main: &[u8], details: &[u8]) -> Capture {
    let block = |tiff: &[u8]| {
        let parsed = exif::Reader::new().continue_on_error(true).read_raw(tiff.to_vec());
        parsed.or_else(|e| e.distill_partial_result(|_| {})).ok()
    };
    capture(&[block(main), block(details)].into_iter().flatten().collect::<Vec<_>>())
}

/// Reads the EXIF of a PNG, TIFF or WebP file.
pub(super) fn read_container(bytes: &[u8]) -> Capture {
    let mut cursor = std::io::Cursor::new(bytes);
    let parsed = exif::Reader::new().continue_on_error(true).read_from_container(&mut cursor);
    capture(parsed.or_else(|e| e.distill_partial_result(|_| {})).ok().as_slice())
}

/// No EXIF at all.
pub(super) fn absent() -> Capture {
    capture(&[])
}

/// The facts of the first block that says them.
fn capture(exif: &[Exif]) -> Capture {
    let time = [(Tag::DateTimeOriginal, Tag::OffsetTimeOriginal), (Tag::DateTimeDigitized, Tag::OffsetTimeDigitized)]
        .into_iter()
        .find_map(|(time, offset)| {
            // A camera whose clock was never set writes zeros or blanks.
            let text = ascii(exif, time).filter(|t| t.bytes().any(|b| matches!(b, b'1'..=b'9')))?;
            Some((text, ascii(exif, offset).or_else(|| ascii(exif, Tag::OffsetTime))))
        });
    let (time_text, offset_text) = time.unzip();
    let facts = CaptureFacts {
        source: time_text.is_some().then_some(CaptureSource::Exif),
        time_text,
        offset_text: offset_text.flatten(),
        clock_correction_s: 0,
        camera: ascii(exif, Tag::Model).or_else(|| ascii(exif, Tag::Make)),
        focal_mm: positive(exif, Tag::FocalLength),
        focal_35_mm: positive(exif, Tag::FocalLengthIn35mmFilm),
        exposure_s: positive(exif, Tag::ExposureTime),
        f_number: positive(exif, Tag::FNumber),
        iso: uint(exif, Tag::PhotographicSensitivity).filter(|&iso| iso > 0),
        orientation: uint(exif, Tag::Orientation).map_or(1, |o| if (1..=8).contains(&o) { o as u8 } else { 1 }),
    };
    let adobe_rgb = ascii(exif, Tag::InteroperabilityIndex).is_some_and(|index| index == "R03");
    Capture { facts, adobe_rgb }
}

fn value(exif: &[Exif], tag: Tag) -> Option<&Value> {
    // A directory that fills a block of its own counts as the main one there.
    let anywhere = [tag, Tag(Context::Tiff, tag.number())];
    let mut fields = exif.iter().flat_map(|block| anywhere.map(|tag| block.get_field(tag, In::PRIMARY)));
    fields.find_map(|field| field.map(|f| &f.value))
}

fn ascii(exif: &[Exif], tag: Tag) -> Option<String> {
    let Value::Ascii(parts) = value(exif, tag)? else { return None };
    let text = String::from_utf8_lossy(parts.first()?).trim_matches(['\0', ' ']).to_owned();
    (!text.is_empty()).then_some(text)
}

fn uint(exif: &[Exif], tag: Tag) -> Option<u32> {
    value(exif, tag)?.get_uint(0)
}

fn positive(exif: &[Exif], tag: Tag) -> Option<f64> {
    let number = match value(exif, tag)? {
        Value::Rational(list) => list.first()?.to_f64(),
        other => f64::from(other.get_uint(0)?),
    };
    (number.is_finite() && number > 0.0).then_some(number)
}
