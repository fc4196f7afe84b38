//! Gradients of a Gaussian level as magnitude and direction, made once and read by every keypoint near by.

use std::f32::consts::{FRAC_PI_2, PI, TAU};

use rayon::prelude::*;

use super::super::plane::{BAND, Plane};
use crate::widest::{Kernel, widest};

/// A full turn in the units of [`GradientMap::span`]: descriptors count eighths.
pub const TURN: f32 = 8.0;

/// Magnitude and direction (eighths of a turn in [−4, 4], clockwise on the screen) of every pixel; zero on the border.
pub struct GradientMap {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    magnitude: Vec<f32>,
    direction: Vec<f32>,
}

impl GradientMap {
    /// Central differences of `plane`, not halved: descriptors are normalised anyway. `memory` of its size is used for the
    /// map, whatever it holds.
    pub fn new(plane: &Plane, memory: [Option<Vec<f32>>; 2]) -> Self {
        let (width, height, pixels) = (plane.width, plane.height, plane.data.len());
        let usable =
            |memory: Option<Vec<f32>>| memory.filter(|m| m.len() == pixels).unwrap_or_else(|| vec![0.0; pixels]);
        let [magnitude, direction] = memory.map(usable);
        let mut map = Self { width, height, magnitude, direction };
        let bands = map.magnitude.par_chunks_mut(width * BAND).zip(map.direction.par_chunks_mut(width * BAND));
        bands.enumerate().for_each(|(band, (magnitudes, directions))| {
            let rows = magnitudes.chunks_exact_mut(width).zip(directions.chunks_exact_mut(width));
            for (y, (magnitude, direction)) in (band * BAND..).zip(rows) {
                if y == 0 || y + 1 >= height || width < 3 {
                    magnitude.fill(0.0);
                    direction.fill(0.0);
                    continue;
                }
                let (above, row, below) = (plane.row(y - 1), plane.row(y), plane.row(y + 1));
                for edge in [0, width - 1] {
                    (magnitude[edge], direction[edge]) = (0.0, 0.0);
                }
                let inner = 1..width - 1;
                widest(Gradients(&mut magnitude[inner.clone()], &mut direction[inner], above, row, below));
            }
        });
        map
    }

    /// Magnitudes and directions of columns `from..to` of row `y`.
    pub fn span(&self, y: usize, from: usize, to: usize) -> impl Iterator<Item = (f32, f32)> + '_ {
        let range = y * self.width + from..y * self.width + to;
        self.magnitude[range.clone()].iter().copied().zip(self.direction[range].iter().copied())
    }
}

/// Of the pixels of a row but for its ends.
struct Gradients<'a>(&'a mut [f32], &'a mut [f32], &'a [f32], &'a [f32], &'a [f32]);

impl Kernel for Gradients<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self(magnitude, direction, above, row, below) = self;
        let across = row.iter().zip(&row[2..]).map(|(left, right)| right - left);
        let down = above[1..].iter().zip(&below[1..]).map(|(above, below)| below - above);
        for (((m, d), gx), gy) in magnitude.iter_mut().zip(direction).zip(across).zip(down) {
            *m = (gx * gx + gy * gy).sqrt();
            *d = arc_tangent(gy, gx) * (TURN / TAU);
        }
    }
}

/// atan2 by a polynomial of degree 7 on [0, 1]; error below 3e-4 rad. Without branches, so that it vectorises, and
/// the same on every platform.
#[inline(always)]
fn arc_tangent(y: f32, x: f32) -> f32 {
    let (ax, ay) = (x.abs(), y.abs());
    let ratio = ax.min(ay) / ax.max(ay).max(1e-20);
    let square = ratio * ratio;
    let angle = ((-0.046_496_473 * square + 0.159_314_22) * square - 0.327_622_76) * square * ratio + ratio;
    let angle = if ay > ax { FRAC_PI_2 - angle } else { angle };
    let angle = if x < 0.0 { PI - angle } else { angle };
    if y < 0.0 { -angle } else { angle }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arc_tangent_is_close_to_the_exact_one_all_around() {
        for i in 0..720 {
            let (sin, cos) = (i as f32).to_radians().mul_add(0.5, 0.001).sin_cos();
            assert!((arc_tangent(sin, cos) - sin.atan2(cos)).abs() < 3e-4);
        }
        assert!(arc_tangent(0.0, 0.0).abs() < 1e-6);
    }

    #[test]
    fn a_ramp_has_its_direction_everywhere_inside() {
        let mut plane = Plane::zeros(9, 7);
        for (i, value) in plane.data.iter_mut().enumerate() {
            *value = (i % 9) as f32 + (i / 9) as f32;
        }
        let map = GradientMap::new(&plane, [None, Some(vec![7.0; 63])]);
        for (magnitude, direction) in map.span(3, 1, 8) {
            assert!((magnitude - 8f32.sqrt()).abs() < 1e-5 && (direction - 1.0).abs() < 1e-3);
        }
    }
}
