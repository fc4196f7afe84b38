//! Gradients of a Gaussian level as magnitude and direction, made once and read by every keypoint near by.

use std::f32::consts::{FRAC_PI_2, PI, TAU};

use super::super::plane::Plane;
use crate::widest::widest;

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
    /// Central differences of `plane`, not halved: descriptors are normalised anyway.
    pub fn new(plane: &Plane) -> Self {
        let (width, height) = (plane.width, plane.height);
        let mut map =
            Self { width, height, magnitude: vec![0.0; plane.data.len()], direction: vec![0.0; plane.data.len()] };
        for y in 1..height.saturating_sub(1) {
            let (above, row, below) = (plane.row(y - 1), plane.row(y), plane.row(y + 1));
            let inner = y * width + 1..(y + 1) * width - 1;
            let (magnitude, direction) = (&mut map.magnitude[inner.clone()], &mut map.direction[inner]);
            let across = row.iter().zip(&row[2..]).map(|(left, right)| right - left);
            let down = above[1..].iter().zip(&below[1..]).map(|(above, below)| below - above);
            widest(|| {
                for (((m, d), gx), gy) in magnitude.iter_mut().zip(direction).zip(across).zip(down) {
                    *m = (gx * gx + gy * gy).sqrt();
                    *d = arc_tangent(gy, gx) * (TURN / TAU);
                }
            });
        }
        map
    }

    /// Magnitudes and directions of columns `from..to` of row `y`.
    pub fn span(&self, y: usize, from: usize, to: usize) -> impl Iterator<Item = (f32, f32)> + '_ {
        let range = y * self.width + from..y * self.width + to;
        self.magnitude[range.clone()].iter().copied().zip(self.direction[range].iter().copied())
    }
}

/// atan2 by a polynomial of degree 7 on [0, 1]; error below 3e-4 rad. Without branches, so that it vectorises, and
/// the same on every platform.
#[expect(clippy::inline_always, reason = "what is not inlined is not compiled for the processor at hand")]
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
        let map = GradientMap::new(&plane);
        for (magnitude, direction) in map.span(3, 1, 8) {
            assert!((magnitude - 8f32.sqrt()).abs() < 1e-5 && (direction - 1.0).abs() < 1e-3);
        }
    }
}
