//! Pictures and files made for tests.

use diptych::geom::{Point, Size};
use diptych::imaging::Picture;

/// A picture whose pixels are `colour` at their centres.
pub fn painted(size: Size, colour: impl Fn(Point) -> [u8; 3]) -> Picture {
    let mut rgba = Vec::with_capacity(4 * size.width as usize * size.height as usize);
    for y in 0..size.height {
        for x in 0..size.width {
            let [r, g, b] = colour(Point::new(f64::from(x) + 0.5, f64::from(y) + 0.5));
            rgba.extend_from_slice(&[r, g, b, 255]);
        }
    }
    Picture::from_rgba(size, rgba).expect("the buffer fits")
}

/// Something like skin: smooth, reddish, with structure at several scales.
pub fn skin(p: Point) -> [u8; 3] {
    let wave = (p.x * 0.051).sin() * (p.y * 0.043).cos() + 0.5 * ((p.x + 2.0 * p.y) * 0.11).sin();
    let tone = |base: f64, amount: f64| (base + amount * wave).clamp(0.0, 255.0) as u8;
    [tone(205.0, 18.0), tone(150.0, 26.0), tone(125.0, 24.0)]
}

/// Mean absolute difference of the bytes.
pub fn difference(a: &Picture, b: &Picture) -> f64 {
    assert_eq!(a.size(), b.size());
    let sum: u64 = a.rgba().iter().zip(b.rgba()).map(|(x, y)| u64::from(x.abs_diff(*y))).sum();
    sum as f64 / a.rgba().len() as f64
}

/// `jpeg` with a marker segment put right behind its start.
pub fn with_segment(jpeg: &[u8], marker: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len() + 2).expect("a short payload").to_be_bytes();
    [&jpeg[..2], &[0xff, marker], &length, payload, &jpeg[2..]].concat()
}

/// The APP1 payload of EXIF fields.
pub fn exif_payload(fields: &[exif::Field]) -> Vec<u8> {
    let mut writer = exif::experimental::Writer::new();
    for field in fields {
        writer.push_field(field);
    }
    let mut block = std::io::Cursor::new(Vec::new());
    writer.write(&mut block, false).expect("EXIF is written");
    [b"Exif\0\0", block.into_inner().as_slice()].concat()
}

/// One EXIF field of the primary picture.
pub fn field(tag: exif::Tag, value: exif::Value) -> exif::Field {
    exif::Field { tag, ifd_num: exif::In::PRIMARY, value }
}

/// EXIF text.
pub fn ascii(text: &str) -> exif::Value {
    exif::Value::Ascii(vec![text.as_bytes().to_vec()])
}
