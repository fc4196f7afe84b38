//! Numbers that tell at filing whether a photo has to be taken again.

use super::{Picture, resize};

/// Longest side at which sharpness is measured, so that cameras compare.
const WORKING: u32 = 1024;

/// Values from here on, and up to here, count as the end of the scale: compression moves what was clipped by a little.
const ENDS: (u8, u8) = (2, 253);

/// The parts of a picture, 0–1, that lie at an end of the scale in red, green and blue: what was there is lost.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Clipping {
    /// At the dark end.
    pub dark: [f64; 3],
    /// At the bright end.
    pub bright: [f64; 3],
}

/// Sharpness, exposure and clipping.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quality {
    /// Variance of the 4-neighbour Laplacian of luma at 1024 px (Pech-Pacheco et al. 2000); blur makes it small.
    pub sharpness: f64,
    /// Mean luma, 0–255.
    pub brightness: f64,
    /// What lies at either end of the scale.
    pub clipping: Clipping,
}

/// Measures `picture`; one that is smaller than the working size is measured as it is.
#[must_use]
pub fn quality(picture: &Picture) -> Quality {
    let size = picture.size().fit_within(WORKING);
    let shrunk = (size != picture.size()).then(|| resize(picture, size));
    let pixels = shrunk.as_ref().unwrap_or(picture).pixels();
    let luma: Vec<f32> = pixels.iter().copied().map(luma).collect();
    let brightness = luma.iter().map(|&v| f64::from(v)).sum::<f64>() / luma.len() as f64;
    let sharpness = laplacian_variance(&luma, size.width as usize);
    // Of the picture as it is: shrinking mixes what is clipped with what is not.
    Quality { sharpness, brightness, clipping: clipping(picture) }
}

fn clipping(picture: &Picture) -> Clipping {
    let (mut dark, mut bright) = ([0_u64; 3], [0_u64; 3]);
    for pixel in picture.pixels() {
        for (channel, &value) in pixel[..3].iter().enumerate() {
            dark[channel] += u64::from(value <= ENDS.0);
            bright[channel] += u64::from(value >= ENDS.1);
        }
    }
    let share = |counts: [u64; 3]| counts.map(|n| n as f64 / picture.pixels().len() as f64);
    Clipping { dark: share(dark), bright: share(bright) }
}

/// ITU-R BT.601 luma of an sRGB pixel, 0–255.
fn luma(pixel: [u8; 4]) -> f32 {
    0.299 * f32::from(pixel[0]) + 0.587 * f32::from(pixel[1]) + 0.114 * f32::from(pixel[2])
}

fn laplacian_variance(luma: &[f32], width: usize) -> f64 {
    let height = luma.len() / width;
    if width < 3 || height < 3 {
        return 0.0;
    }
    let (mut sum, mut squares) = (0.0_f64, 0.0_f64);
    for y in 1..height - 1 {
        let row = |y: usize| &luma[y * width..(y + 1) * width];
        let (above, here, below) = (row(y - 1), row(y), row(y + 1));
        for x in 1..width - 1 {
            let value = f64::from(above[x] + below[x] + here[x - 1] + here[x + 1] - 4.0 * here[x]);
            sum += value;
            squares += value * value;
        }
    }
    let n = ((width - 2) * (height - 2)) as f64;
    (squares / n - (sum / n).powi(2)).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geom::Size;

    #[test]
    fn a_blurred_picture_measures_less_sharp() {
        let mut sharp = Picture::filled(Size::new(64, 64), [100; 3]);
        for (i, pixel) in sharp.pixels_mut().iter_mut().enumerate() {
            if (i / 4 + i / 256).is_multiple_of(2) {
                *pixel = [180, 180, 180, 255];
            }
        }
        let blurred = resize(&resize(&sharp, Size::new(16, 16)), Size::new(64, 64));
        assert!(quality(&sharp).sharpness > 4.0 * quality(&blurred).sharpness);
        assert!((quality(&sharp).brightness - quality(&blurred).brightness).abs() < 2.0);
    }

    #[test]
    fn what_lies_at_an_end_of_the_scale_is_counted_for_each_channel() {
        let mut picture = Picture::filled(Size::new(40, 10), [255, 100, 90]);
        for pixel in &mut picture.pixels_mut()[..100] {
            *pixel = [120, 0, 80, 255];
        }
        let found = quality(&picture).clipping;
        assert_eq!(found, Clipping { dark: [0.0, 0.25, 0.0], bright: [0.75, 0.0, 0.0] });
    }

    #[test]
    fn a_flat_picture_has_no_sharpness() {
        let quality = quality(&Picture::filled(Size::new(50, 50), [60, 60, 60]));
        assert!(quality.sharpness < 1e-6 && (quality.brightness - 60.0).abs() < 0.1);
    }
}
