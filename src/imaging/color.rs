//! Colours of any ICC profile to sRGB.

use moxcms::{ColorProfile, DataColorSpace, Layout, RenderingIntent, Transform8BitExecutor, TransformOptions};
use rayon::prelude::*;
use std::sync::Arc;

use super::orient::Pixel;

/// Pixels handed to one thread at a time.
const RUN: usize = 1 << 15;

/// Which colours decoded bytes are in.
pub(super) enum Source {
    /// sRGB, or nothing was said.
    Srgb,
    /// Adobe RGB named by EXIF alone.
    AdobeRgb,
    /// Display P3 named without a profile.
    DisplayP3,
    /// An embedded profile.
    Profile(Vec<u8>),
}

/// Converts RGBA pixels in place. A broken or foreign profile counts as sRGB: the picture is more useful than an error.
pub(super) fn to_srgb(pixels: &mut [Pixel], source: &Source) {
    let profile = match source {
        Source::Srgb => return,
        Source::AdobeRgb => ColorProfile::new_adobe_rgb(),
        Source::DisplayP3 => ColorProfile::new_display_p3(),
        Source::Profile(bytes) => match ColorProfile::new_from_slice(bytes) {
            Ok(profile) if profile.color_space == DataColorSpace::Rgb => profile,
            _ => return,
        },
    };
    if is_nearly_srgb(&profile) {
        return;
    }
    let Some(transform) = transform(&profile, Layout::Rgba) else { return };
    pixels.par_chunks_mut(RUN).for_each(|run| {
        let bytes = run.as_flattened_mut();
        let before = bytes.to_vec();
        if transform.transform(&before, bytes).is_err() {
            bytes.copy_from_slice(&before);
        }
        for pixel in run {
            pixel[3] = 255;
        }
    });
}

/// Converts CMYK (255 = full ink) to opaque RGBA in place, by the profile when it is a CMYK one, else by the plain product.
pub(super) fn cmyk_to_srgb(pixels: &mut [Pixel], source: &Source) {
    let profile = match source {
        Source::Profile(bytes) => ColorProfile::new_from_slice(bytes).ok(),
        _ => None,
    };
    let transform = profile.filter(|p| p.color_space == DataColorSpace::Cmyk).and_then(|p| transform(&p, Layout::Rgba));
    pixels.par_chunks_mut(RUN).for_each(|run| {
        let inks = run.to_vec();
        let converted =
            transform.as_ref().is_some_and(|t| t.transform(inks.as_flattened(), run.as_flattened_mut()).is_ok());
        for (pixel, ink) in run.iter_mut().zip(&inks) {
            if !converted {
                let part = |c: u8| ((255 - u32::from(c)) * (255 - u32::from(ink[3])) + 127) / 255;
                *pixel = [part(ink[0]) as u8, part(ink[1]) as u8, part(ink[2]) as u8, 255];
            }
            pixel[3] = 255;
        }
    });
}

fn transform(profile: &ColorProfile, from: Layout) -> Option<Arc<Transform8BitExecutor>> {
    let options =
        TransformOptions { rendering_intent: RenderingIntent::RelativeColorimetric, ..TransformOptions::default() };
    profile.create_transform_8bit(from, &ColorProfile::new_srgb(), Layout::Rgba, options).ok()
}

/// Most cameras embed sRGB itself: a conversion that moves no probe by more than one step is skipped.
fn is_nearly_srgb(profile: &ColorProfile) -> bool {
    let Some(transform) = transform(profile, Layout::Rgba) else { return true };
    let probes: Vec<u8> = (0..125_u32)
        .flat_map(|i| [i % 5, i / 5 % 5, i / 25].map(|level| (level * 255 / 4) as u8).into_iter().chain([255]))
        .collect();
    let mut out = vec![0; probes.len()];
    transform.transform(&probes, &mut out).is_ok() && probes.iter().zip(&out).all(|(a, b)| a.abs_diff(*b) <= 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converted(profile: &ColorProfile, rgb: [u8; 3]) -> [u8; 3] {
        let bytes = profile.encode().expect("a profile");
        let mut pixels = [[rgb[0], rgb[1], rgb[2], 255]];
        to_srgb(&mut pixels, &Source::Profile(bytes));
        [pixels[0][0], pixels[0][1], pixels[0][2]]
    }

    fn close(a: [u8; 3], b: [u8; 3]) -> bool {
        a.iter().zip(b).all(|(x, y)| x.abs_diff(y) <= 2)
    }

    // Expected values computed apart from this crate from the published primaries, white points and curves
    // (SMPTE EG 432-1, Adobe RGB 1998, IEC 61966-2-1).
    #[test]
    fn display_p3_and_adobe_rgb_become_srgb() {
        let p3 = converted(&ColorProfile::new_display_p3(), [200, 120, 100]);
        assert!(close(p3, [213, 115, 95]), "{p3:?}");
        let adobe = converted(&ColorProfile::new_adobe_rgb(), [200, 120, 100]);
        assert!(close(adobe, [224, 121, 99]), "{adobe:?}");
        assert!(close(converted(&ColorProfile::new_display_p3(), [128, 128, 128]), [128, 128, 128]));
    }

    #[test]
    fn srgb_and_broken_profiles_change_nothing() {
        assert_eq!(converted(&ColorProfile::new_srgb(), [200, 120, 100]), [200, 120, 100]);
        let mut pixels = [[9, 8, 7, 255]];
        to_srgb(&mut pixels, &Source::Profile(b"not a profile".to_vec()));
        assert_eq!(pixels, [[9, 8, 7, 255]]);
    }

    #[test]
    fn cmyk_without_a_profile_is_the_product_of_its_parts() {
        let mut pixels = [[0, 0, 0, 0], [0, 0, 0, 255], [255, 0, 0, 0], [0, 128, 0, 0]];
        cmyk_to_srgb(&mut pixels, &Source::Srgb);
        assert_eq!(pixels, [[255, 255, 255, 255], [0, 0, 0, 255], [0, 255, 255, 255], [255, 127, 255, 255]]);
    }
}
