//! What two pictures of the same skin have in common in light, colour and sharpness, as numbers.

use serde::{Deserialize, Serialize};

use crate::imaging::{Picture, resize};

/// Longest side at which pairs are measured, so that cameras compare.
const WORKING: u32 = 768;
/// Parts of the longer side over which light is averaged: finer structure is skin, not light.
const PARTS: usize = 12;
/// Pixels of the working picture that a pore or a fine line takes: relief is looked for between this and eight times it.
const FINE: usize = 2;
/// sRGB values outside this range are clipped or without colour and count for nothing.
const USABLE: std::ops::RangeInclusive<u8> = 6..=250;

/// Differences of an after picture from its before picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Likeness {
    /// Stops by which the after picture is brighter: the median of log2 of linear luminance.
    pub exposure_ev: f64,
    /// By how much it is redder (a*) and yellower (b*), medians in CIELAB after the exposures were made equal.
    pub colour: (f64, f64),
    /// Stops by which the light falls off differently from one edge to the opposite one: the slope of the plane that fits
    /// the ratio of both luminances best, or twice its deviation from that plane, whichever is greater.
    pub fall_off_ev: f64,
    /// How differently the direction of light draws relief, 0–2: the distance of both pictures' mean squared gradients as
    /// doubled-angle vectors, each (Σgx² − Σgy², 2Σgxgy) / Σ(gx² + gy²) (Bigün & Granlund 1987).
    pub relief: f64,
    /// log2 of the fine contrast of the after picture ÷ that of the before picture; negative when it is softer.
    pub sharpness: f64,
}

/// Measures two pictures of one size that show the same part of the skin, such as both renderings of a common crop.
///
/// None when the sizes differ, or too little of both can be measured. Pixels are sRGB; luminance is linear, ITU-R BT.709.
#[must_use]
pub fn likeness(before: &Picture, after: &Picture) -> Option<Likeness> {
    let size = before.size();
    if size != after.size() {
        return None;
    }
    let working = size.fit_within(WORKING);
    let shrink = |picture: &Picture| if working == size { picture.clone() } else { resize(picture, working) };
    let (before, after) = (shrink(before), shrink(after));
    let (width, height) = (working.width as usize, working.height as usize);
    let usable: Vec<bool> =
        before.pixels().iter().zip(after.pixels()).map(|(b, a)| is_usable(*b) && is_usable(*a)).collect();
    if width < 8 * FINE || height < 8 * FINE || usable.iter().filter(|u| **u).count() < usable.len() / 8 {
        return None;
    }
    let linear = linear_table();
    let luminance = |p: &[u8; 4]| {
        let channel = |c: u8| linear[c as usize];
        (0.2126 * channel(p[0]) + 0.7152 * channel(p[1]) + 0.0722 * channel(p[2])).max(1e-4).log2()
    };
    let [dark, light] = [&before, &after].map(|p| p.pixels().iter().map(luminance).collect::<Vec<f32>>());
    let difference = || dark.iter().zip(&light).zip(&usable).filter(|(_, u)| **u).map(|((b, a), _)| f64::from(a - b));
    let exposure_ev = median(difference().collect())?;
    let gain = (-exposure_ev).exp2() as f32;
    let [own, other] = [(&before, 1.0), (&after, gain)].map(|(picture, gain)| tint(picture, &usable, &linear, gain));
    let (own, other) = (own?, other?);
    let [first, second] = [&dark, &light].map(|plane| relief(plane, &usable, width, height));
    let ((from, fine_before), (to, fine_after)) = (first?, second?);
    Some(Likeness {
        exposure_ev,
        colour: (other.0 - own.0, other.1 - own.1),
        fall_off_ev: fall_off(&dark, &light, &usable, width, height)?,
        relief: (from.0 - to.0).hypot(from.1 - to.1),
        sharpness: (fine_after / fine_before).log2(),
    })
}

fn is_usable(pixel: [u8; 4]) -> bool {
    pixel[..3].iter().any(|c| *c >= *USABLE.start()) && pixel[..3].iter().all(|c| *c <= *USABLE.end())
}

/// sRGB to linear (IEC 61966-2-1).
fn linear_table() -> [f32; 256] {
    std::array::from_fn(|i| {
        let v = i as f32 / 255.0;
        if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
    })
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    let middle = values.len() / 2;
    (!values.is_empty()).then(|| *values.select_nth_unstable_by(middle, f64::total_cmp).1)
}

/// Median a* and b* (CIE 15, D65) of the usable pixels, their light multiplied by `gain`.
fn tint(picture: &Picture, usable: &[bool], linear: &[f32; 256], gain: f32) -> Option<(f64, f64)> {
    const WHITE: [f32; 3] = [0.950_47, 1.0, 1.088_83];
    let f = |t: f32| if t > 0.008_856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 };
    // A fifteenth of the pixels gives the median of skin to a few hundredths.
    let pixels = picture.pixels().iter().zip(usable).filter(|(_, u)| **u).step_by(15);
    let (a, b): (Vec<f64>, Vec<f64>) = pixels
        .map(|(p, _)| {
            let [r, g, b] = [p[0], p[1], p[2]].map(|c| gain * linear[c as usize]);
            let x = f((0.412_456 * r + 0.357_576 * g + 0.180_438 * b) / WHITE[0]);
            let y = f((0.212_673 * r + 0.715_152 * g + 0.072_175 * b) / WHITE[1]);
            let z = f((0.019_334 * r + 0.119_192 * g + 0.950_304 * b) / WHITE[2]);
            (f64::from(500.0 * (x - y)), f64::from(200.0 * (y - z)))
        })
        .unzip();
    median(a).zip(median(b))
}

/// See [`Likeness::fall_off_ev`].
fn fall_off(before: &[f32], after: &[f32], usable: &[bool], width: usize, height: usize) -> Option<f64> {
    let side = width.max(height).div_ceil(PARTS);
    let mut points = Vec::new();
    for top in (0..height).step_by(side) {
        for left in (0..width).step_by(side) {
            let (bottom, right) = ((top + side).min(height), (left + side).min(width));
            let (mut sum, mut count) = (0.0f64, 0usize);
            for y in top..bottom {
                for i in y * width + left..y * width + right {
                    if usable[i] {
                        sum += f64::from(after[i] - before[i]);
                        count += 1;
                    }
                }
            }
            if 2 * count >= side * side {
                let middle = |low: usize, high: usize| (low + high) as f64 / (2 * width.max(height)) as f64;
                points.push((middle(left, right), middle(top, bottom), sum / count as f64));
            }
        }
    }
    let n = points.len() as f64;
    if points.len() < 6 {
        return None;
    }
    let mean = |value: fn(&(f64, f64, f64)) -> f64| points.iter().map(value).sum::<f64>() / n;
    let (mx, my, mz) = (mean(|p| p.0), mean(|p| p.1), mean(|p| p.2));
    let sum = |value: &dyn Fn(f64, f64, f64) -> f64| {
        points.iter().map(|(x, y, z)| value(x - mx, y - my, z - mz)).sum::<f64>()
    };
    let (xx, xy, yy) = (sum(&|x, _, _| x * x), sum(&|x, y, _| x * y), sum(&|_, y, _| y * y));
    let (xz, yz) = (sum(&|x, _, z| x * z), sum(&|_, y, z| y * z));
    let determinant = xx * yy - xy * xy;
    if determinant <= 1e-12 {
        return None;
    }
    let (a, b) = ((xz * yy - yz * xy) / determinant, (yz * xx - xz * xy) / determinant);
    let deviation = (sum(&|x, y, z| (z - a * x - b * y).powi(2)) / n).sqrt();
    Some(a.hypot(b).max(2.0 * deviation))
}

/// The doubled-angle vector of relief, and the root mean square of the finest contrast.
fn relief(plane: &[f32], usable: &[bool], width: usize, height: usize) -> Option<((f64, f64), f64)> {
    let (mut xx, mut xy, mut yy, mut fine, mut count) = (0.0f64, 0.0f64, 0.0f64, 0.0f64, 0usize);
    for y in FINE..height - FINE {
        for x in FINE..width - FINE {
            let i = y * width + x;
            let around = [i - FINE, i + FINE, i - FINE * width, i + FINE * width];
            if !usable[i] || around.iter().any(|j| !usable[*j]) {
                continue;
            }
            let [left, right, above, below] = around.map(|j| f64::from(plane[j]));
            let (gx, gy) = (right - left, below - above);
            xx += gx * gx;
            xy += gx * gy;
            yy += gy * gy;
            let near = [i - 1, i + 1, i - width, i + width].map(|j| f64::from(plane[j])).iter().sum::<f64>();
            fine += (near - 4.0 * f64::from(plane[i])).powi(2);
            count += 1;
        }
    }
    let energy = xx + yy;
    let is_measured = count >= 256 && energy > 0.0 && fine > 0.0;
    is_measured.then(|| (((xx - yy) / energy, 2.0 * xy / energy), (fine / count as f64).sqrt()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geom::Size;

    #[test]
    fn flat_black_and_unequal_pictures_are_not_measured() {
        let size = Size::new(480, 360);
        let flat = Picture::filled(size, [120, 100, 90]);
        assert_eq!(likeness(&flat, &flat), None);
        let black = Picture::filled(size, [0; 3]);
        assert_eq!(likeness(&black, &black), None);
        assert_eq!(likeness(&flat, &Picture::filled(Size::new(10, 10), [120, 100, 90])), None);
        let tiny = Picture::filled(Size::new(1, 1), [120, 100, 90]);
        assert_eq!(likeness(&tiny, &tiny), None);
    }
}
