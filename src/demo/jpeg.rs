//! Photo files: stored the way the camera was held, with metadata and, where the colours need it, a profile.

use moxcms::ColorProfile;

use super::error::DemoError;
use super::exif::{self, Facts};
use crate::geom::Size;
use crate::imaging::{self, Picture};

const QUALITY: u8 = 91;

/// Marker of EXIF, of an ICC profile, of a comment (ITU-T T.81, B.1).
const APP1: u8 = 0xe1;
const APP2: u8 = 0xe2;
const COM: u8 = 0xfe;

/// Size of the stored picture whose upright form is `upright`.
pub(crate) fn stored_size(upright: Size, orientation: u8) -> Size {
    if orientation >= 5 { Size::new(upright.height, upright.width) } else { upright }
}

/// Upright pixel that is stored at (x, y), by EXIF orientation (CIPA DC-008, tag 0x0112).
fn upright_place(x: u32, y: u32, upright: Size, orientation: u8) -> (u32, u32) {
    let (right, bottom) = (upright.width - 1, upright.height - 1);
    match orientation {
        2 => (right - x, y),
        3 => (right - x, bottom - y),
        4 => (x, bottom - y),
        5 => (y, x),
        6 => (right - y, x),
        7 => (right - y, bottom - x),
        8 => (y, bottom - x),
        _ => (x, y),
    }
}

/// Rearranges upright RGB so that `orientation` turns it upright again, as RGBA.
pub(crate) fn store(rgb: &[u8], upright: Size, orientation: u8) -> Vec<u8> {
    let size = stored_size(upright, orientation);
    let index = |x: u32, y: u32| {
        let (u, v) = upright_place(x, y, upright, orientation);
        v as isize * upright.width as isize + u as isize
    };
    let mut out = vec![255; 4 * size.width as usize * size.height as usize];
    for (y, row) in (0..).zip(out.chunks_exact_mut(4 * size.width.max(1) as usize)) {
        // Along a stored row the upright place moves by equal steps.
        let mut place = index(0, y);
        let step = if size.width > 1 { index(1, y) - place } else { 0 };
        for pixel in row.as_chunks_mut::<4>().0 {
            let from = 3 * place as usize;
            pixel[..3].copy_from_slice(&rgb[from..from + 3]);
            place += step;
        }
    }
    out
}

/// A JPEG of upright RGB pixels as a camera would have written it.
pub(crate) fn encode(rgb: &[u8], upright: Size, facts: &Facts) -> Result<Vec<u8>, DemoError> {
    let size = stored_size(upright, facts.orientation);
    let picture = Picture::from_rgba(size, store(rgb, upright, facts.orientation)).ok_or(DemoError::Encode)?;
    let jpeg = imaging::encode_jpeg(&picture, QUALITY).map_err(|_| DemoError::Encode)?;
    let mut segments = vec![(APP1, exif::segment(facts)?)];
    if facts.wide {
        // One chunk of one: the profile is far smaller than a segment. ICC.1, B.4.
        segments.push((APP2, [b"ICC_PROFILE\0\x01\x01".as_slice(), &display_p3()?].concat()));
    }
    segments.push((COM, facts.name.as_bytes().to_vec()));
    insert(&jpeg, &segments).ok_or(DemoError::Encode)
}

/// Puts segments behind the JFIF header, which comes first in every JPEG of ours.
fn insert(jpeg: &[u8], segments: &[(u8, Vec<u8>)]) -> Option<Vec<u8>> {
    let length = usize::from(u16::from_be_bytes([*jpeg.get(4)?, *jpeg.get(5)?]));
    let (head, rest) = jpeg.split_at_checked(4 + length)?;
    let mut out = head.to_vec();
    for (marker, payload) in segments {
        let length = u16::try_from(payload.len() + 2).ok()?;
        out.extend_from_slice(&[0xff, *marker]);
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(payload);
    }
    out.extend_from_slice(rest);
    Some(out)
}

fn display_p3() -> Result<Vec<u8>, DemoError> {
    // The library dates the profile by the clock; the same plan must give the same bytes. ICC.1, 7.2.10: y m d h m s.
    const DATE: [u8; 12] = [7, 231, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0];
    let mut profile = ColorProfile::new_display_p3().encode().map_err(|_| DemoError::Encode)?;
    profile.get_mut(24..36).ok_or(DemoError::Encode)?.copy_from_slice(&DATE);
    Ok(profile)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_orientation_is_undone_by_its_definition() {
        let upright = Size::new(5, 3);
        let rgb: Vec<u8> = (0..15u8).flat_map(|i| [i, i + 100, 255 - i]).collect();
        for orientation in 1..=8 {
            let stored = store(&rgb, upright, orientation);
            let size = stored_size(upright, orientation);
            let picture = image::RgbaImage::from_raw(size.width, size.height, stored).expect("a picture");
            let mut picture = image::DynamicImage::ImageRgba8(picture);
            picture.apply_orientation(image::metadata::Orientation::from_exif(orientation).expect("an orientation"));
            assert_eq!(picture.to_rgb8().into_raw(), rgb, "orientation {orientation}");
        }
    }
}
