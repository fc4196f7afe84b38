//! A moving picture seen in the fixed picture's pixels, and how well the two correlate there.

use rayon::prelude::*;

use crate::geom::{Matrix3, Point, Size};

use super::plane::Plane;

/// The moving picture on the fixed picture's grid.
pub struct Warped {
    /// Values; zero where the moving picture does not reach.
    pub plane: Plane,
    /// Where it reaches.
    pub covered: Vec<bool>,
}

impl Warped {
    /// Samples `moving` bilinearly at `width × height` pixels; `matrix` maps moving to fixed pixels of these planes.
    /// Nothing is covered when `matrix` has no inverse.
    #[must_use]
    pub fn new(moving: &Plane, matrix: &Matrix3, width: usize, height: usize) -> Self {
        let mut warped = Self { plane: Plane::zeros(width, height), covered: vec![false; width * height] };
        let Some(backward) = matrix.inverse() else { return warped };
        let rows = warped.plane.data.par_chunks_mut(width).zip(warped.covered.par_chunks_mut(width)).enumerate();
        rows.for_each(|(y, (values, covered))| {
            for (x, (value, covered)) in values.iter_mut().zip(covered).enumerate() {
                let p = backward.apply(Point::new(x as f64 + 0.5, y as f64 + 0.5));
                if let Some(sample) = moving.sample(p.x as f32, p.y as f32) {
                    (*value, *covered) = (sample, true);
                }
            }
        });
        warped
    }

    /// Takes away the pixels of which `keep` (column, row) does not want to know.
    pub fn restrict(&mut self, keep: impl Fn(usize, usize) -> bool) {
        let width = self.plane.width.max(1);
        for (i, (value, covered)) in self.plane.data.iter_mut().zip(&mut self.covered).enumerate() {
            if *covered && !keep(i % width, i / width) {
                (*value, *covered) = (0.0, false);
            }
        }
    }

    /// Share of the fixed picture that is covered.
    #[must_use]
    pub fn overlap(&self) -> f64 {
        self.covered.iter().filter(|c| **c).count() as f64 / self.covered.len().max(1) as f64
    }

    /// Zero-mean normalised cross-correlation with `fixed` over the covered pixels; 0 for fewer than 100 of them.
    #[must_use]
    pub fn correlation(&self, fixed: &Plane) -> f64 {
        let mut moments = Moments::default();
        for ((a, b), _) in self.plane.data.iter().zip(&fixed.data).zip(&self.covered).filter(|(_, covered)| **covered) {
            moments.add(f64::from(*a), f64::from(*b));
        }
        if moments.count > 100.0 { moments.correlation() } else { 0.0 }
    }
}

/// Sums for the correlation of two variables.
#[derive(Default)]
struct Moments {
    count: f64,
    a: f64,
    b: f64,
    aa: f64,
    bb: f64,
    ab: f64,
}

impl Moments {
    fn add(&mut self, a: f64, b: f64) {
        self.count += 1.0;
        self.a += a;
        self.b += b;
        self.aa += a * a;
        self.bb += b * b;
        self.ab += a * b;
    }

    fn correlation(&self) -> f64 {
        let n = self.count;
        let spread = (self.aa - self.a * self.a / n) * (self.bb - self.b * self.b / n);
        (self.ab - self.a * self.b / n) / spread.max(1e-9).sqrt()
    }
}

/// A matrix between working pixels, for level `level` of both pyramids.
#[must_use]
pub fn at_level(matrix: &Matrix3, level: usize) -> Matrix3 {
    let factor = 1.0 / f64::from(1u32 << level);
    matrix.rescaled((factor, factor), (factor, factor))
}

/// Whether `matrix` keeps the orientation and changes the area of a `width × height` picture by less than ten times.
#[must_use]
pub fn plausible(matrix: &Matrix3, width: usize, height: usize) -> bool {
    let area = area(matrix, Size::new(width as u32, height as u32)) / (width * height) as f64;
    area > 0.1 && area < 10.0
}

/// What `matrix` makes of the area of a picture of this size, in square pixels; negative when it mirrors, not finite when
/// its corners are not.
#[must_use]
pub fn area(matrix: &Matrix3, size: Size) -> f64 {
    let corners = size.corners().map(|c| matrix.apply(c));
    0.5 * (0..4).map(|i| (corners[i], corners[(i + 1) % 4])).map(|(p, q)| p.x * q.y - q.x * p.y).sum::<f64>()
}

/// Ratio of the greatest to the least magnification of `matrix` at the origin: 1 for a similarity.
#[must_use]
pub fn anisotropy(matrix: &Matrix3) -> f64 {
    let [a, b, _, c, d, ..] = matrix.0;
    // Singular values of a 2×2 matrix are (p ± q)/2 with these p and q.
    let (p, q) = ((a + d).hypot(c - b), (a - d).hypot(c + b));
    (p + q) / (p - q).abs().max(1e-9)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(width: usize, height: usize) -> Plane {
        let data = (0..width * height).map(|i| ((i % width) * (i % width) + 3 * (i / width)) as f32).collect();
        Plane { width, height, data }
    }

    #[test]
    fn a_shift_moves_pixels_and_uncovers_the_rest() {
        let plane = ramp(40, 30);
        let warped = Warped::new(&plane, &Matrix3::translation(5.0, 2.0), 40, 30);
        assert!((warped.plane.data[10 * 40 + 20] - plane.data[8 * 40 + 15]).abs() < 1e-3);
        assert!(!warped.covered[10 * 40 + 4] && !warped.covered[40 + 20]);
        assert!((warped.overlap() - 35.0 * 28.0 / 1200.0).abs() < 1e-9);
        assert!((Warped::new(&plane, &Matrix3::IDENTITY, 40, 30).correlation(&plane) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn mirrored_and_collapsed_transforms_are_not_plausible() {
        assert!(plausible(&Matrix3::similarity(0.7, 0.6, 10.0, 5.0), 100, 80));
        assert!(!plausible(&Matrix3::scaling(-1.0, 1.0), 100, 80));
        assert!(!plausible(&Matrix3::similarity(0.1, 0.0, 0.0, 0.0), 100, 80));
    }
}
