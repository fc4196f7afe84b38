//! One-channel pictures in `f32` and the way from a photo to its luminance at working size.
//!
//! Positions follow [`crate::geom`]: the centre of the first pixel is at (0.5, 0.5). A working pixel is an exact
//! multiple of an original pixel, the same in both directions, so that a similarity between working pictures is a
//! similarity between the originals.

use rayon::prelude::*;

use crate::geom::Size;
use crate::imaging::Picture;
use crate::widest::{Kernel, widest};

/// Longest side of the picture that registration works on, in pixels.
pub const WORKING: u32 = 1024;

/// Rows that one task handles; fixed, so that sums do not depend on the number of threads.
pub const BAND: usize = 16;

/// A row-major picture of `f32` values.
#[derive(Clone, Debug, PartialEq)]
pub struct Plane {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `width · height` values.
    pub data: Vec<f32>,
}

impl Plane {
    /// A plane of zeros.
    #[must_use]
    pub fn zeros(width: usize, height: usize) -> Self {
        Self { width, height, data: vec![0.0; width * height] }
    }

    /// The values of row `y`.
    #[must_use]
    #[inline]
    pub fn row(&self, y: usize) -> &[f32] {
        &self.data[y * self.width..(y + 1) * self.width]
    }

    /// The longer side.
    #[must_use]
    pub fn longest(&self) -> usize {
        self.width.max(self.height)
    }

    /// The shorter side.
    #[must_use]
    pub fn shortest(&self) -> usize {
        self.width.min(self.height)
    }

    /// Length of the diagonal in pixels.
    #[must_use]
    pub fn diagonal(&self) -> f64 {
        (self.width as f64).hypot(self.height as f64)
    }

    /// Bilinear value at a position, `None` outside the hull of the pixel centres.
    #[must_use]
    pub fn sample(&self, x: f32, y: f32) -> Option<f32> {
        let (x, y) = (x - 0.5, y - 0.5);
        let (right, bottom) = (self.width as f32 - 1.0, self.height as f32 - 1.0);
        if !(x >= 0.0 && y >= 0.0 && x <= right && y <= bottom) || self.width < 2 || self.height < 2 {
            return None;
        }
        let (column, row) = ((x as usize).min(self.width - 2), (y as usize).min(self.height - 2));
        let (fx, fy) = (x - column as f32, y - row as f32);
        let at = row * self.width + column;
        let (top, low) = (self.data.get(at..at + 2)?, self.data.get(at + self.width..at + self.width + 2)?);
        Some((top[0] * (1.0 - fx) + top[1] * fx) * (1.0 - fy) + (low[0] * (1.0 - fx) + low[1] * fx) * fy)
    }

    /// Half the size by averaging 2×2 pixels. An odd last column or row is dropped, so that positions halve exactly.
    #[must_use]
    pub fn halved(&self) -> Self {
        let (width, height) = (self.width / 2, self.height / 2);
        let mut out = Self::zeros(width, height);
        for (y, row) in out.data.chunks_exact_mut(width.max(1)).enumerate() {
            let (top, low) = (self.row(2 * y), self.row(2 * y + 1));
            for ((value, a), b) in row.iter_mut().zip(top.chunks_exact(2)).zip(low.chunks_exact(2)) {
                *value = 0.25 * (a[0] + a[1] + b[0] + b[1]);
            }
        }
        out
    }

    /// Shrinks to `width × height` by averaging areas.
    #[must_use]
    pub fn shrunk(&self, width: usize, height: usize) -> Self {
        let columns = area_taps(width, self.width as f64 / width as f64, self.width);
        let rows = area_taps(height, self.height as f64 / height as f64, self.height);
        let mut out = Self::zeros(width, height);
        let mut sum = vec![0.0; self.width];
        for (row, tap) in out.data.chunks_exact_mut(width).zip(&rows) {
            sum.fill(0.0);
            for (offset, weight) in tap.weights.iter().enumerate() {
                for (value, source) in sum.iter_mut().zip(self.row(tap.start + offset)) {
                    *value += weight * source;
                }
            }
            gather(row, &sum, &columns);
        }
        out
    }
}

/// The source pixels under one target pixel, and how much of it each covers. The weights add up to 1.
struct Tap {
    start: usize,
    weights: Vec<f32>,
}

/// Taps of `count` target pixels that are `step` source pixels wide, over `length` source pixels.
fn area_taps(count: usize, step: f64, length: usize) -> Vec<Tap> {
    let tap = |i: usize| {
        let last = length as f64;
        let from = (i as f64 * step).min(last - 1e-3);
        let to = ((i + 1) as f64 * step).clamp(from + 1e-4, last);
        let start = (from as usize).min(length - 1);
        let end = (to.ceil() as usize).clamp(start + 1, length);
        let covered = |p: usize| ((p as f64 + 1.0).min(to) - (p as f64).max(from)).max(0.0);
        let total: f64 = (start..end).map(covered).sum();
        Tap { start, weights: (start..end).map(|p| (covered(p) / total) as f32).collect() }
    };
    (0..count).map(tap).collect()
}

/// Weighted sums of `source` under each tap.
fn gather(target: &mut [f32], source: &[f32], taps: &[Tap]) {
    // As many taps as pixels are one for each.
    if target.len() == source.len() {
        return target.copy_from_slice(source);
    }
    for (value, tap) in target.iter_mut().zip(taps) {
        let under = &source[tap.start..tap.start + tap.weights.len()];
        *value = under.iter().zip(&tap.weights).map(|(s, w)| s * w).sum();
    }
}

/// BT.601 luma (0–255, gamma-encoded, as all thresholds were measured on it) at working size, and working ÷ original.
#[must_use]
pub fn working_luma(picture: &Picture, full: Size) -> (Plane, f64) {
    let Luma { width, height, data, scale } = luma_within(picture, full, WORKING, |v| v);
    (Plane { width, height, data }, scale)
}

/// The luma of a picture in whatever it is kept in.
pub struct Luma<T> {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `width · height` values.
    pub data: Vec<T>,
    /// Its pixels ÷ those of the original.
    pub scale: f64,
}

/// Luma with a longest side of at most `longest` pixels, each value as `keep` makes it.
///
/// `full` is the size of the upright original; `picture` may already be smaller. Shrinks by averaging areas, never
/// enlarges.
#[must_use]
pub fn luma_within<T: Clone + Default + Send>(
    picture: &Picture,
    full: Size,
    longest: u32,
    keep: impl Fn(f32) -> T + Sync,
) -> Luma<T> {
    let have = picture.size();
    let full = if full.width == 0 || full.height == 0 { have } else { full };
    let scale = f64::from(have.longest().min(longest)) / f64::from(full.longest());
    let side = |length: u32| ((f64::from(length) * scale).round() as usize).max(1);
    let (width, height) = (side(full.width), side(full.height));
    let step = |have: u32, full: u32| f64::from(have) / (f64::from(full) * scale);
    let columns = area_taps(width, step(have.width, full.width), have.width as usize);
    let rows = area_taps(height, step(have.height, full.height), have.height as usize);

    let stride = 4 * have.width as usize;
    let mut data = vec![T::default(); width * height];
    data.par_chunks_mut(width * BAND).zip(rows.par_chunks(BAND)).for_each(|(band, taps)| {
        let (mut sum, mut row) = (vec![0.0; have.width as usize], vec![0.0; width]);
        for (out, tap) in band.chunks_exact_mut(width).zip(taps) {
            sum.fill(0.0);
            for (offset, weight) in tap.weights.iter().enumerate() {
                let at = (tap.start + offset) * stride;
                widest(AddLuma(&mut sum[..], &picture.rgba()[at..at + stride], *weight));
            }
            gather(&mut row, &sum, &columns);
            out.iter_mut().zip(&row).for_each(|(out, value)| *out = keep(*value));
        }
    });
    Luma { width, height, data, scale }
}

/// Adds `weight` times the luma of a row of RGBA pixels.
struct AddLuma<'a>(&'a mut [f32], &'a [u8], f32);

impl Kernel for AddLuma<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self(sum, rgba, weight) = self;
        let (red, green, blue) = (0.299 * weight, 0.587 * weight, 0.114 * weight);
        for (value, p) in sum.iter_mut().zip(rgba.as_chunks::<4>().0) {
            *value += red * f32::from(p[0]) + green * f32::from(p[1]) + blue * f32::from(p[2]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(size: Size, value: impl Fn(u32, u32) -> u8) -> Picture {
        let pixels = (0..size.width * size.height).flat_map(|i| {
            let v = value(i % size.width, i / size.width);
            [v, v, v, 255]
        });
        Picture::from_rgba(size, pixels.collect()).expect("the buffer fits")
    }

    #[test]
    fn luma_of_a_grey_picture_is_its_value() {
        let (plane, scale) = working_luma(&grey(Size::new(3001, 1999), |_, _| 77), Size::new(6002, 3998));
        assert_eq!((plane.width, plane.height), (1024, 682));
        assert!((scale - 1024.0 / 6002.0).abs() < 1e-12);
        assert!(plane.data.iter().all(|v| (v - 77.0).abs() < 1e-3));
    }

    #[test]
    fn shrinking_keeps_positions() {
        // A horizontal ramp: the value at a position is the position.
        let (plane, scale) = working_luma(&grey(Size::new(2500, 40), |x, _| (x / 10) as u8), Size::new(2500, 40));
        for x in [10.0f32, 400.5, 1000.0] {
            let value = f64::from(plane.sample(x, 8.0).expect("inside"));
            assert!((value - (f64::from(x) / scale / 10.0 - 0.5)).abs() < 0.3, "{value} at {x}");
        }
    }

    #[test]
    fn a_picture_of_one_pixel_stays_one_pixel() {
        let (plane, scale) = working_luma(&grey(Size::new(1, 1), |_, _| 9), Size::new(1, 1));
        assert_eq!((plane.width, plane.height), (1, 1));
        assert!((scale - 1.0).abs() < 1e-12);
        assert!(plane.sample(0.5, 0.5).is_none());
    }
}
