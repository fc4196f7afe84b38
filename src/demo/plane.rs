//! A plane of floats: the working material of the skin maps.

use rayon::prelude::*;

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

    /// Evaluates `value` at every pixel centre, rows in parallel.
    pub(crate) fn from_fn(width: usize, height: usize, value: impl Fn(f32, f32) -> f32 + Sync) -> Self {
        let mut plane = Self::zero(width, height);
        plane.values.par_chunks_mut(width.max(1)).enumerate().for_each(|(row, line)| {
            for (column, v) in line.iter_mut().enumerate() {
                *v = value(column as f32 + 0.5, row as f32 + 0.5);
            }
        });
        plane
    }

    /// Like [`Plane::from_fn`] for slowly changing values: evaluated on every `step`-th pixel, linear between.
    pub(crate) fn from_coarse(
        width: usize,
        height: usize,
        step: usize,
        value: impl Fn(f32, f32) -> f32 + Sync,
    ) -> Self {
        let s = step as f32;
        let coarse =
            Self::from_fn(width / step + 2, height / step + 2, |x, y| value((x - 0.5) * s + 0.5, (y - 0.5) * s + 0.5));
        if step == 1 {
            return coarse.cropped(width, height);
        }
        let mut plane = Self::zero(width, height);
        plane.values.par_chunks_mut(width.max(1)).enumerate().for_each(|(row, line)| {
            let (upper, down) = (row / step * coarse.width, (row % step) as f32 / s);
            let lower = upper + coarse.width;
            let knot = |k: usize| coarse.values[upper + k] * (1.0 - down) + coarse.values[lower + k] * down;
            for (k, cell) in line.chunks_mut(step).enumerate() {
                let (left, right) = (knot(k), knot(k + 1));
                for (i, v) in cell.iter_mut().enumerate() {
                    *v = left + (right - left) * (i as f32 / s);
                }
            }
        });
        plane
    }

    fn cropped(&self, width: usize, height: usize) -> Self {
        let values = self.values.chunks(self.width.max(1)).take(height).flat_map(|row| row[..width].to_vec()).collect();
        Self { width, height, values }
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

/// A box mean of radius `radius` in both directions over a row-major grid of `N` channels, borders repeated.
pub(crate) fn box_blur<const N: usize>(pixels: &mut [[f32; N]], width: usize, radius: usize) {
    if radius == 0 || width == 0 {
        return;
    }
    let height = pixels.len() / width;
    let mut line = vec![[0.0; N]; width];
    for row in pixels.chunks_mut(width) {
        line.copy_from_slice(row);
        slide(&line, radius, |i, mean| row[i] = mean);
    }
    // Columns go in groups that share cache lines.
    let weight = 1.0 / (2 * radius + 1) as f32;
    let source = pixels.to_vec();
    let row_of = |y: isize| (y.clamp(0, height as isize - 1) as usize) * width;
    let mut sums = vec![[0.0f32; N]; width];
    for y in -(radius as isize)..=radius as isize {
        add(&mut sums, &source[row_of(y)..][..width], 1.0);
    }
    for y in 0..height as isize {
        for (to, sum) in pixels[row_of(y)..][..width].iter_mut().zip(&sums) {
            *to = sum.map(|s| s * weight);
        }
        add(&mut sums, &source[row_of(y + radius as isize + 1)..][..width], 1.0);
        add(&mut sums, &source[row_of(y - radius as isize)..][..width], -1.0);
    }
}

fn add<const N: usize>(sums: &mut [[f32; N]], row: &[[f32; N]], sign: f32) {
    for (sum, value) in sums.iter_mut().zip(row) {
        for c in 0..N {
            sum[c] += sign * value[c];
        }
    }
}

fn slide<const N: usize>(line: &[[f32; N]], radius: usize, mut put: impl FnMut(usize, [f32; N])) {
    let last = line.len() as isize - 1;
    let get = |i: isize| line[i.clamp(0, last) as usize];
    let weight = 1.0 / (2 * radius + 1) as f32;
    let mut sum = [0.0f32; N];
    for i in -(radius as isize)..=radius as isize {
        add(std::slice::from_mut(&mut sum), &[get(i)], 1.0);
    }
    for i in 0..line.len() {
        put(i, sum.map(|s| s * weight));
        add(std::slice::from_mut(&mut sum), &[get(i as isize + radius as isize + 1)], 1.0);
        add(std::slice::from_mut(&mut sum), &[get(i as isize - radius as isize)], -1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blur_keeps_a_flat_plane_and_the_sum_of_a_point() {
        let mut flat = vec![[2.5f32]; 12 * 9];
        box_blur(&mut flat, 12, 2);
        assert!(flat.iter().all(|v| (v[0] - 2.5).abs() < 1e-5));
        let mut point = vec![[0.0f32]; 21 * 21];
        point[10 * 21 + 10][0] = 1.0;
        box_blur(&mut point, 21, 3);
        assert!((point.iter().map(|v| v[0]).sum::<f32>() - 1.0).abs() < 1e-5);
        assert!((point[10 * 21 + 10][0] - 1.0 / 49.0).abs() < 1e-6);
    }

    #[test]
    fn bilinear_values_meet_the_grid_at_pixel_centres() {
        let plane = Plane::from_fn(8, 8, |x, y| x * 3.0 - y);
        assert!((plane.at(3.5, 4.5) - (3.5 * 3.0 - 4.5)).abs() < 1e-5);
        assert!((plane.at(3.9, 4.2) - (3.9 * 3.0 - 4.2)).abs() < 1e-5);
    }
}
