//! A plane of floats: the working material of the skin maps.

use rayon::prelude::*;

use crate::widest::{Kernel, widest};

/// Row-major values of a grid.
#[derive(Debug, Clone)]
pub(crate) struct Plane {
    pub width: usize,
    pub height: usize,
    pub values: Vec<f32>,
}

impl Plane {
    pub(crate) fn zero(width: usize, height: usize) -> Self {
        Self { width, height, values: vec![0.0; width * height] }
    }

    /// Evaluates a function at every pixel centre, rows in parallel. Each row is given its own by `start`, so that it may
    /// keep what neighbours share.
    pub(crate) fn from_fn<F: FnMut(f32, f32) -> f32>(
        width: usize,
        height: usize,
        start: impl Fn() -> F + Sync,
    ) -> Self {
        let mut plane = Self::zero(width, height);
        plane.add_fn(start);
        plane
    }

    /// Adds a function, evaluated like that of [`Plane::from_fn`].
    pub(crate) fn add_fn<F: FnMut(f32, f32) -> f32>(&mut self, start: impl Fn() -> F + Sync) {
        self.values.par_chunks_mut(self.width.max(1)).enumerate().for_each(|(row, line)| {
            let mut value = start();
            for (column, v) in line.iter_mut().enumerate() {
                *v += value(column as f32 + 0.5, row as f32 + 0.5);
            }
        });
    }

    /// Like [`Plane::add_fn`] for slowly changing values: evaluated on every `step`-th pixel, linear between.
    pub(crate) fn add_coarse<F: FnMut(f32, f32) -> f32>(&mut self, step: usize, start: impl Fn() -> F + Sync) {
        if step == 1 {
            return self.add_fn(start);
        }
        let s = step as f32;
        let coarse = Self::from_fn(self.width / step + 2, self.height / step + 2, || {
            let mut value = start();
            move |x, y| value((x - 0.5) * s + 0.5, (y - 0.5) * s + 0.5)
        });
        let shares: Vec<f32> = (0..step).map(|i| i as f32 / s).collect();
        self.values.par_chunks_mut(self.width.max(1)).enumerate().for_each(|(row, line)| {
            let (upper, down) = (row / step * coarse.width, (row % step) as f32 / s);
            let lower = upper + coarse.width;
            let knot = |k: usize| coarse.values[upper + k] * (1.0 - down) + coarse.values[lower + k] * down;
            let mut left = knot(0);
            for (k, cell) in line.chunks_mut(step).enumerate() {
                let right = knot(k + 1);
                for (v, share) in cell.iter_mut().zip(&shares) {
                    *v += left + (right - left) * share;
                }
                left = right;
            }
        });
    }

    /// Bilinear value at a continuous place (pixel centres at +0.5); clamped at the border.
    pub(crate) fn at(&self, x: f32, y: f32) -> f32 {
        let fx = (x - 0.5).clamp(0.0, (self.width - 1) as f32);
        let fy = (y - 0.5).clamp(0.0, (self.height - 1) as f32);
        let (ix, iy) = (fx as usize, fy as usize);
        let (jx, jy) = ((ix + 1).min(self.width - 1), (iy + 1).min(self.height - 1));
        let (u, v) = (fx - ix as f32, fy - iy as f32);
        let (upper, lower) = (iy * self.width, jy * self.width);
        let top = self.values[upper + ix] * (1.0 - u) + self.values[upper + jx] * u;
        let bottom = self.values[lower + ix] * (1.0 - u) + self.values[lower + jx] * u;
        top * (1.0 - v) + bottom * v
    }

    /// Visits the pixels within `reach` of a centre as (value, dx, dy); the part outside the plane is left out.
    pub(crate) fn stamp(&mut self, x: f32, y: f32, reach: f32, mut paint: impl FnMut(&mut f32, f32, f32)) {
        let low = |v: f32, reach: f32| (v - reach).floor().max(0.0) as usize;
        let high = |v: f32, reach: f32, limit: usize| ((v + reach).ceil().max(0.0) as usize).min(limit);
        for row in low(y, reach)..high(y, reach, self.height) {
            let dy = row as f32 + 0.5 - y;
            let reach = (reach * reach - dy * dy).max(0.0).sqrt();
            for column in low(x, reach)..high(x, reach, self.width) {
                paint(&mut self.values[row * self.width + column], column as f32 + 0.5 - x, dy);
            }
        }
    }
}

/// Box means of both radii, one after the other, in both directions over a row-major grid; borders repeated.
pub(crate) fn soften(values: &[f32], width: usize, radii: [usize; 2]) -> Vec<f32> {
    let mut out = vec![0.0f32; values.len()];
    if width == 0 {
        return out;
    }
    let mut padded = Vec::new();
    let mut between = vec![0.0f32; width];
    for (line, to) in values.chunks(width).zip(out.chunks_mut(width)) {
        slide(line, radii[0], &mut padded, &mut between);
        slide(&between, radii[1], &mut padded, to);
    }
    for radius in radii {
        drop_down(&mut out, width, radius);
    }
    out
}

/// A box mean along a row, from `line` to `to`.
fn slide(line: &[f32], radius: usize, padded: &mut Vec<f32>, to: &mut [f32]) {
    let (first, last) = (line[0], line[line.len() - 1]);
    padded.clear();
    padded.extend(std::iter::repeat_n(first, radius + 1));
    padded.extend_from_slice(line);
    padded.extend(std::iter::repeat_n(last, radius));
    let weight = 1.0 / (2 * radius + 1) as f32;
    let mut sum: f32 = padded[..=2 * radius].iter().sum();
    for (to, (enters, leaves)) in to.iter_mut().zip(padded[2 * radius + 1..].iter().zip(padded.iter())) {
        sum += enters - leaves;
        *to = sum * weight;
    }
}

/// A box mean along the columns, in place: only the rows still needed are kept beside.
fn drop_down(values: &mut [f32], width: usize, radius: usize) {
    let height = values.len() / width;
    if radius == 0 || height == 0 {
        return;
    }
    let weight = 1.0 / (2 * radius + 1) as f32;
    let kept = radius + 1;
    // Row y waits in slot y modulo their number until it leaves the window.
    let mut waiting = vec![0.0f32; kept * width];
    let first = values[..width].to_vec();
    let last = values[(height - 1) * width..].to_vec();
    let mut sums = vec![0.0f32; width];
    for y in 0..=2 * radius {
        let row = y.saturating_sub(radius).min(height - 1) * width;
        for (sum, v) in sums.iter_mut().zip(&values[row..][..width]) {
            *sum += v;
        }
    }
    for y in 0..height {
        let slot = y % kept * width;
        waiting[slot..][..width].copy_from_slice(&values[y * width..][..width]);
        widest(Weigh(&mut values[y * width..][..width], &sums[..], weight));
        let enters = y + radius + 1;
        let enters = if enters < height { &values[enters * width..][..width] } else { &last[..] };
        let leaves = if y >= radius { &waiting[(y - radius) % kept * width..][..width] } else { &first[..] };
        widest(Replace(&mut sums[..], enters, leaves));
    }
}

struct Weigh<'a>(&'a mut [f32], &'a [f32], f32);

impl Kernel for Weigh<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self(values, sums, weight) = self;
        for (to, sum) in values.iter_mut().zip(sums) {
            *to = sum * weight;
        }
    }
}

struct Replace<'a>(&'a mut [f32], &'a [f32], &'a [f32]);

impl Kernel for Replace<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self(sums, enters, leaves) = self;
        for (sum, (enters, leaves)) in sums.iter_mut().zip(enters.iter().zip(leaves)) {
            *sum += enters - leaves;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blur_keeps_a_flat_plane_and_the_sum_of_a_point() {
        let flat = soften(&[2.5f32; 12 * 9], 12, [2, 3]);
        assert!(flat.iter().all(|v| (v - 2.5).abs() < 1e-5));
        let mut point = vec![0.0f32; 21 * 21];
        point[10 * 21 + 10] = 1.0;
        let spread = soften(&point, 21, [3, 0]);
        assert!((spread.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        assert!((spread[10 * 21 + 10] - 1.0 / 49.0).abs() < 1e-6);
        assert!((spread[13 * 21 + 7] - 1.0 / 49.0).abs() < 1e-6 && spread[14 * 21 + 10].abs() < 1e-6);
    }

    #[test]
    fn bilinear_values_meet_the_grid_at_pixel_centres() {
        let plane = Plane::from_fn(8, 8, || |x, y| x * 3.0 - y);
        assert!((plane.at(3.5, 4.5) - (3.5 * 3.0 - 4.5)).abs() < 1e-5);
        assert!((plane.at(3.9, 4.2) - (3.9 * 3.0 - 4.2)).abs() < 1e-5);
    }
}
