//! Photo files: stored the way the camera was held, with metadata and, where the colours need it, a profile.

use std::panic::{AssertUnwindSafe, catch_unwind};

use moxcms::ColorProfile;
use mozjpeg::{ColorSpace, Compress, Marker};

use super::error::DemoError;
use super::exif::{self, Facts};
use crate::geom::Size;

const QUALITY: f32 = 91.0;

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

/// Rearranges upright RGB so that `orientation` turns it upright again.
pub(crate) fn store(rgb: &[u8], upright: Size, orientation: u8) -> Vec<u8> {
    if orientation <= 1 {
        return rgb.to_vec();
    }
    let size = stored_size(upright, orientation);
    let mut out = Vec::with_capacity(rgb.len());
    for y in 0..size.height {
        for x in 0..size.width {
            let (u, v) = upright_place(x, y, upright, orientation);
            let i = 3 * (v as usize * upright.width as usize + u as usize);
            out.extend_from_slice(&rgb[i..i + 3]);
        }
    }
    out
}

/// A JPEG of upright RGB pixels as a camera would have written it.
pub(crate) fn encode(rgb: &[u8], upright: Size, facts: &Facts) -> Result<Vec<u8>, DemoError> {
    let size = stored_size(upright, facts.orientation);
    let pixels = store(rgb, upright, facts.orientation);
    let metadata = exif::segment(facts)?;
    let profile = if facts.wide { Some(display_p3()?) } else { None };
    // The encoder reports its errors by unwinding.
    let run = || -> std::io::Result<Vec<u8>> {
        let mut encoder = Compress::new(ColorSpace::JCS_RGB);
        encoder.set_size(size.width as usize, size.height as usize);
        encoder.set_fastest_defaults();
        encoder.set_quality(QUALITY);
        let mut started = encoder.start_compress(Vec::new())?;
        started.write_marker(Marker::APP(1), &metadata);
        if let Some(profile) = &profile {
            started.write_icc_profile(profile);
        }
        started.write_marker(Marker::COM, facts.name.as_bytes());
        started.write_scanlines(&pixels)?;
        started.finish()
    };
    catch_unwind(AssertUnwindSafe(run)).ok().and_then(Result::ok).ok_or(DemoError::Encode)
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
            let picture = image::RgbImage::from_raw(size.width, size.height, stored).expect("a picture");
            let mut picture = image::DynamicImage::ImageRgb8(picture);
            picture.apply_orientation(image::metadata::Orientation::from_exif(orientation).expect("an orientation"));
            assert_eq!(picture.to_rgb8().into_raw(), rgb, "orientation {orientation}");
        }
    }
}
