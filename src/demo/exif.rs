//! What a careless camera writes into a photo: time, lens, exposure, and also place and name.
//!
//! The last two are planted on purpose: nothing that leaves a vault may contain them.

use std::io::Cursor;

use chrono::{NaiveDateTime, Timelike};
use exif::{Context, Field, In, Rational, Tag, Value, experimental::Writer};

use super::error::DemoError;

/// Facts of one shot.
#[derive(Debug, Clone)]
pub(crate) struct Facts<'a> {
    pub taken: NaiveDateTime,
    pub offset: Option<&'a str>,
    pub orientation: u8,
    pub width: u32,
    pub height: u32,
    /// Full name, written where names do not belong.
    pub name: &'a str,
    /// Written into the description with the name.
    pub code: &'a str,
    pub wide: bool,
    /// Exposure against the ideal, EV.
    pub ev: f32,
}

/// The camera's name in every photo.
pub const CAMERA: &str = "Synthetic S1";
/// The clinic's invented place: degrees, minutes, hundredths of seconds; in the open sea.
const LATITUDE: [(u32, u32); 3] = [(47, 1), (19, 1), (4711, 100)];
const LONGITUDE: [(u32, u32); 3] = [(31, 1), (12, 1), (815, 100)];

/// The payload of an EXIF segment, "Exif\0\0" included.
pub(crate) fn segment(facts: &Facts) -> Result<Vec<u8>, DemoError> {
    let fields = fields(facts);
    let mut writer = Writer::new();
    for field in &fields {
        writer.push_field(field);
    }
    let mut tiff = Cursor::new(Vec::new());
    writer.write(&mut tiff, false).map_err(|_| DemoError::Encode)?;
    let mut out = b"Exif\0\0".to_vec();
    out.extend_from_slice(&tiff.into_inner());
    Ok(out)
}

fn fields(facts: &Facts) -> Vec<Field> {
    let text = |s: &str| Value::Ascii(vec![s.as_bytes().to_vec()]);
    let ratio = |n: u32, d: u32| Value::Rational(vec![Rational { num: n, denom: d }]);
    let ratios = |v: &[(u32, u32)]| Value::Rational(v.iter().map(|&(num, denom)| Rational { num, denom }).collect());
    let time = facts.taken.format("%Y:%m:%d %H:%M:%S").to_string();
    // Exposure is set by time and sensitivity; the rest of the difference was the lamp's.
    let speed = if facts.ev > 0.25 { 125 } else { 160 };
    let mut list = vec![
        (Tag::Make, text("Synthetic")),
        (Tag::Model, text(CAMERA)),
        (Tag::Orientation, Value::Short(vec![u16::from(facts.orientation)])),
        (Tag::DateTime, text(&time)),
        (Tag::DateTimeOriginal, text(&time)),
        (Tag::DateTimeDigitized, text(&time)),
        (Tag::ExposureTime, ratio(1, speed)),
        (Tag::FNumber, ratio(110, 10)),
        (Tag::PhotographicSensitivity, Value::Short(vec![if facts.ev < -0.25 { 100 } else { 200 }])),
        (Tag::FocalLength, ratio(100, 1)),
        (Tag::FocalLengthIn35mmFilm, Value::Short(vec![100])),
        (Tag::PixelXDimension, Value::Long(vec![facts.width])),
        (Tag::PixelYDimension, Value::Long(vec![facts.height])),
        // 1 is sRGB, 65535 uncalibrated: then the profile says what it is.
        (Tag::ColorSpace, Value::Short(vec![if facts.wide { 65_535 } else { 1 }])),
        (Tag::GPSVersionID, Value::Byte(vec![2, 3, 0, 0])),
        (Tag::GPSLatitudeRef, text("N")),
        (Tag::GPSLatitude, ratios(&LATITUDE)),
        (Tag::GPSLongitudeRef, text("W")),
        (Tag::GPSLongitude, ratios(&LONGITUDE)),
        (Tag::GPSTimeStamp, ratios(&[(facts.taken.hour(), 1), (facts.taken.minute(), 1), (facts.taken.second(), 1)])),
        (Tag::Artist, text(facts.name)),
        (Tag::ImageDescription, text(&format!("{} {}", facts.name, facts.code))),
        (Tag::UserComment, comment(facts.name)),
    ];
    if let Some(offset) = facts.offset {
        list.push((Tag::OffsetTimeOriginal, text(offset)));
    }
    debug_assert!(list.iter().all(|(tag, _)| matches!(tag.context(), Context::Tiff | Context::Exif | Context::Gps)));
    list.into_iter().map(|(tag, value)| Field { tag, ifd_num: In::PRIMARY, value }).collect()
}

/// EXIF comments start with an eight-byte code of their character set; eight zeros leave it open.
fn comment(text: &str) -> Value {
    let code = if text.is_ascii() { *b"ASCII\0\0\0" } else { [0; 8] };
    Value::Undefined([&code[..], text.as_bytes()].concat(), 0)
}
