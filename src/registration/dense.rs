//! The way without features: try every coarse pose on tiny pictures, then refine the best.
//!
//! Saves pairs whose light has changed so much that no keypoint survives, and pairs too blurred to have any.

use rayon::prelude::*;

use crate::geom::{Matrix3, Point, Size};
use crate::model::Model;
use crate::widest::{Kernel, widest};

use super::filter::{gaussian, normalised};
use super::mask::Masks;
use super::plane::Plane;
use super::refine::refine;
use super::warp::{Warped, at_level, plausible};

/// Longest side of the tiny fixed picture.
const TINY: f64 = 56.0;
/// Rotations tried: −35° … 35° in steps of 7°.
const ROTATIONS: std::ops::RangeInclusive<i32> = -5..=5;
const ROTATION_STEP: f64 = 7.0;
/// Scales tried: 1.13^−3 … 1.13^3.
const SCALES: std::ops::RangeInclusive<i32> = -3..=3;
const SCALE_STEP: f64 = 1.13;
/// Greatest shift as share of a side.
const SHIFT: f64 = 0.3;
/// Least share of the fixed picture that must be covered.
const COVERED: f32 = 0.45;
/// Coarse poses that put the corners nearer together than this share of the diagonal are one hill, and refinement
/// climbs it from either; refined ones are the same.
const NEIGHBOUR: f64 = 0.035;
const SAME: f64 = 0.01;
/// Poses refined on the smallest levels, and of those the ones that go on.
const POSES: usize = 10;
const KEPT: usize = 2;

/// Refined transforms (moving → fixed, working pixels), most promising first. `finest` is the last pyramid level used.
#[must_use]
pub fn search(moving: &[Plane], fixed: &[Plane], model: Model, finest: usize, masks: &Masks) -> Vec<Matrix3> {
    let levels = moving.len().min(fixed.len());
    let (Some(first), Some(other)) = (moving.first(), fixed.first()) else { return Vec::new() };
    let (top, next) = (levels.saturating_sub(1), levels.saturating_sub(2));
    let sane = |matrix: &Matrix3| plausible(matrix, first.width, first.height);
    let mut refined: Vec<(f64, Matrix3)> = poses(first, other, masks)
        .par_iter()
        .map(|pose| refine(moving, fixed, pose, Model::Similarity, &[top, next], 15, &masks.fixed))
        .filter(sane)
        .map(|matrix| (coverage_correlation(&moving[next], &fixed[next], &matrix, next, masks), matrix))
        .collect();
    refined.sort_by(|a, b| b.0.total_cmp(&a.0));
    let size = Size::new(first.width as u32, first.height as u32);
    let refined = distinct(refined, SAME * other.diagonal(), size, KEPT);
    refined
        .iter()
        .map(|(_, matrix)| refine(moving, fixed, matrix, model, &[finest + 1, finest], 12, &masks.fixed))
        .filter(sane)
        .collect()
}

/// The first `most` of a list, best first, that put the corners at least `apart` pixels from all before.
fn distinct<T: PartialOrd>(sorted: Vec<(T, Matrix3)>, apart: f64, size: Size, most: usize) -> Vec<(T, Matrix3)> {
    let mut kept: Vec<(T, Matrix3)> = Vec::new();
    for (score, matrix) in sorted {
        if kept.len() < most && kept.iter().all(|(_, other)| matrix.mean_corner_error(other, size) >= apart) {
            kept.push((score, matrix));
        }
    }
    kept
}

/// Correlation of what counts, or −1 when less than three tenths of it are covered.
fn coverage_correlation(moving: &Plane, fixed: &Plane, matrix: &Matrix3, level: usize, masks: &Masks) -> f64 {
    let mut warped = Warped::new(moving, &at_level(matrix, level), fixed.width, fixed.height);
    let (counts, working) = (masks.under(matrix), f64::from(1u32 << level));
    warped.restrict(|x, y| counts(Point::new((x as f64 + 0.5) * working, (y as f64 + 0.5) * working)));
    let least = 0.3 * masks.fixed.share().min(masks.moving.share());
    if warped.overlap() < least { -1.0 } else { warped.correlation(fixed) }
}

/// The best shifts of the best rotations and scales, in working pixels.
fn poses(moving: &Plane, fixed: &Plane, masks: &Masks) -> Vec<Matrix3> {
    let factor = TINY / fixed.longest() as f64;
    let (tiny_moving, tiny_fixed) = (tiny(moving, factor), tiny(fixed, factor));
    let fixed_grid = Quarters::new(&Warped { covered: vec![true; tiny_fixed.data.len()], plane: tiny_fixed.clone() });
    let least = COVERED * masks.moving.share() as f32 * (tiny_fixed.width * tiny_fixed.height) as f32 / 4.0;
    let turns: Vec<(i32, i32)> = ROTATIONS.flat_map(|r| SCALES.map(move |s| (r, s))).collect();
    let mut found: Vec<(f32, Matrix3)> = turns
        .par_iter()
        .filter_map(|&(rotation, scale)| {
            let turn = Matrix3::similarity(
                SCALE_STEP.powi(scale),
                (f64::from(rotation) * ROTATION_STEP).to_radians(),
                0.0,
                0.0,
            );
            let about = Matrix3::translation(0.5 * tiny_fixed.width as f64, 0.5 * tiny_fixed.height as f64)
                .after(&turn)
                .after(&Matrix3::translation(-0.5 * tiny_moving.width as f64, -0.5 * tiny_moving.height as f64));
            let mut warped = Warped::new(&tiny_moving, &about, tiny_fixed.width, tiny_fixed.height);
            let backward = about.inverse()?;
            warped.restrict(|x, y| {
                let p = backward.apply(Point::new(x as f64 + 0.5, y as f64 + 0.5));
                masks.moving.at(Point::new(p.x / factor, p.y / factor))
            });
            let sides = (tiny_fixed.width, tiny_fixed.height);
            let (score, dx, dy) = best_shift(&Quarters::new(&warped), &fixed_grid, sides, least)?;
            let pose = Matrix3::translation(f64::from(dx), f64::from(dy)).after(&about);
            Some((score, pose.rescaled((1.0 / factor, 1.0 / factor), (1.0 / factor, 1.0 / factor))))
        })
        .collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    let size = Size::new(moving.width as u32, moving.height as u32);
    distinct(found, NEIGHBOUR * fixed.diagonal(), size, POSES).into_iter().map(|(_, pose)| pose).collect()
}

/// A shrunk, again normalised picture.
fn tiny(plane: &Plane, factor: f64) -> Plane {
    let side = |length: usize| ((length as f64 * factor) as usize).max(16).min(length);
    let blurred = gaussian(plane, (0.35 / factor) as f32);
    normalised(&blurred.shrunk(side(plane.width), side(plane.height)), 8.0, 0.15)
}

/// The four lattices of every second pixel, so that a sum over every second pixel runs over neighbours.
struct Quarters {
    /// Values, zero where not covered, by row parity then column parity.
    values: [[Vec<f32>; 2]; 2],
    /// 1 where covered, else 0.
    covered: [[Vec<f32>; 2]; 2],
    /// Columns of every lattice; short rows are padded with uncovered pixels.
    stride: usize,
    rows: usize,
}

impl Quarters {
    fn new(warped: &Warped) -> Self {
        let (width, height) = (warped.plane.width, warped.plane.height);
        let (stride, rows) = (width.div_ceil(2), height.div_ceil(2));
        let lattice = |value: &dyn Fn(usize) -> f32, row: usize, column: usize| {
            let pixel = |i: usize| {
                let (x, y) = (2 * (i % stride) + column, 2 * (i / stride) + row);
                if x < width && y < height { value(y * width + x) } else { 0.0 }
            };
            (0..stride * rows).map(pixel).collect()
        };
        let all = |value: &dyn Fn(usize) -> f32| [0, 1].map(|row| [0, 1].map(|column| lattice(value, row, column)));
        Self {
            values: all(&|i| warped.plane.data[i]),
            covered: all(&|i| f32::from(u8::from(warped.covered[i]))),
            stride,
            rows,
        }
    }
}

/// The shift of `moving` that correlates best with `fixed`: (correlation, dx, dy).
fn best_shift(
    moving: &Quarters,
    fixed: &Quarters,
    (width, height): (usize, usize),
    least: f32,
) -> Option<(f32, i32, i32)> {
    let most = |length: usize| (length as f64 * SHIFT) as i32;
    let mut best: Option<(f32, i32, i32)> = None;
    for dy in -most(height)..=most(height) {
        for dx in -most(width)..=most(width) {
            let score = widest(ShiftedCorrelation(moving, fixed, (dx, dy), least));
            if let Some(score) = score.filter(|s| best.is_none_or(|b| *s > b.0)) {
                best = Some((score, dx, dy));
            }
        }
    }
    best
}

/// Correlation over the even pixels (x, y) of `fixed` with (x − dx, y − dy) of `moving`; `None` with too few pixels.
struct ShiftedCorrelation<'a>(&'a Quarters, &'a Quarters, (i32, i32), f32);

impl Kernel for ShiftedCorrelation<'_> {
    type Output = Option<f32>;

    #[inline(always)]
    fn run(self) -> Option<f32> {
        let Self(moving, fixed, (dx, dy), least) = self;
        let (row_parity, column_parity) = (dy.rem_euclid(2) as usize, dx.rem_euclid(2) as usize);
        // (2i − dy) = 2·(i + shift) + parity.
        let shift = |d: i32, parity: usize| ((-d - parity as i32) / 2) as isize;
        let (down, across) = (shift(dy, row_parity), shift(dx, column_parity));
        let range = |shift: isize, length: usize| {
            let from = (-shift).max(0) as usize;
            from..((length as isize - shift).clamp(from as isize, length as isize) as usize).min(length)
        };
        let (values, covered) = (&moving.values[row_parity][column_parity], &moving.covered[row_parity][column_parity]);
        let columns = range(across, fixed.stride);
        let mut sums = [[0.0f32; LANES]; 6];
        for y in range(down, fixed.rows) {
            let fixed_from = y * fixed.stride + columns.start;
            let moving_from = (y as isize + down) as usize * moving.stride + (columns.start as isize + across) as usize;
            let of = |from: usize| from..from + columns.len();
            let (fixed, moving) = (&fixed.values[0][0][of(fixed_from)], of(moving_from));
            add_row(&mut sums, &values[moving.clone()], fixed, &covered[moving]);
        }
        let [n, a, b, aa, bb, ab] = sums.map(|lanes| lanes.iter().sum::<f32>());
        if n < least {
            return None;
        }
        let spread = (aa - a * a / n) * (bb - b * b / n);
        Some((ab - a * b / n) / spread.max(1e-6).sqrt())
    }
}

/// Partial sums kept side by side, so that the compiler may add them as one vector.
const LANES: usize = 4;

/// Adds count, Σp, Σq, Σp², Σq², Σpq of one row; `m` masks.
#[inline(always)]
fn add_row(sums: &mut [[f32; LANES]; 6], p: &[f32], q: &[f32], m: &[f32]) {
    let [n, a, b, aa, bb, ab] = sums;
    // Plain assignments to places by index: builds that optimise little make something usable of nothing else.
    let mut add = |lane: usize, p: f32, q: f32, m: f32| {
        let masked = q * m;
        n[lane] += m;
        a[lane] += p;
        b[lane] += masked;
        aa[lane] += p * p;
        bb[lane] += masked * q;
        ab[lane] += p * q;
    };
    let ((p, p_rest), (q, q_rest), (m, m_rest)) =
        (p.as_chunks::<LANES>(), q.as_chunks::<LANES>(), m.as_chunks::<LANES>());
    for ((p, q), m) in p.iter().zip(q).zip(m) {
        for lane in 0..LANES {
            add(lane, p[lane], q[lane], m[lane]);
        }
    }
    for (lane, ((p, q), m)) in p_rest.iter().zip(q_rest).zip(m_rest).enumerate() {
        add(lane, *p, *q, *m);
    }
}

#[cfg(test)]
mod tests {
    use super::super::mask::Mask;
    use super::*;
    use crate::geom::Point;

    fn pattern(width: usize, height: usize, view: &Matrix3) -> Plane {
        let mut plane = Plane::zeros(width, height);
        for (i, value) in plane.data.iter_mut().enumerate() {
            let p = view.apply(Point::new((i % width) as f64 + 0.5, (i / width) as f64 + 0.5));
            let blob = |x: f64, y: f64, s: f64| (-((p.x - x).powi(2) + (p.y - y).powi(2)) / (2.0 * s * s)).exp();
            let all = blob(60.0, 50.0, 14.0) - blob(140.0, 90.0, 20.0) + blob(210.0, 60.0, 17.0)
                - blob(90.0, 150.0, 18.0)
                + blob(190.0, 170.0, 25.0)
                - blob(250.0, 120.0, 12.0);
            *value = 2.0 * all as f32;
        }
        plane
    }

    fn all(width: usize, height: usize) -> Masks {
        let mask = Mask::new(width, height, |_, _| true);
        Masks { moving: mask.clone(), fixed: mask }
    }

    #[test]
    fn a_large_turn_is_found_without_any_feature() {
        let truth = Matrix3::similarity(0.88, 0.3, 40.0, -25.0);
        let fixed = super::super::filter::pyramid(&pattern(300, 220, &Matrix3::IDENTITY), 4);
        let moving = super::super::filter::pyramid(&pattern(300, 220, &truth), 4);
        let found = search(&moving, &fixed, Model::Similarity, 0, &all(300, 220));
        let error = found[0].mean_corner_error(&truth, crate::geom::Size::new(300, 220));
        assert!(error < 1.0, "{error}");
    }

    #[test]
    fn a_shift_correlates_as_a_direct_sum_would() {
        let (width, height) = (23, 18);
        let make = |k: usize| Plane {
            width,
            height,
            data: (0..width * height).map(|i| ((i * k) % 101) as f32 / 20.0).collect(),
        };
        let (a, b) = (make(37), make(53));
        let covered: Vec<bool> = (0..width * height).map(|i| i % 7 != 0).collect();
        let masked = (0..a.data.len()).map(|i| if covered[i] { a.data[i] } else { 0.0 }).collect();
        let warped = Warped { plane: Plane { data: masked, ..a.clone() }, covered };
        let all = Warped { plane: b.clone(), covered: vec![true; width * height] };
        for (dx, dy) in [(0i32, 0i32), (3, -2), (-4, 5), (-1, -1), (6, 1)] {
            let (mut n, mut s) = (0.0f64, [0.0f64; 5]);
            for y in (0..height as i32).step_by(2) {
                for x in (0..width as i32).step_by(2) {
                    let (u, v) = (x - dx, y - dy);
                    if u < 0 || v < 0 || u >= width as i32 || v >= height as i32 {
                        continue;
                    }
                    let at = v as usize * width + u as usize;
                    if warped.covered[at] {
                        let (p, q) = (f64::from(a.data[at]), f64::from(b.data[y as usize * width + x as usize]));
                        n += 1.0;
                        for (sum, value) in s.iter_mut().zip([p, q, p * p, q * q, p * q]) {
                            *sum += value;
                        }
                    }
                }
            }
            let direct = (s[4] - s[0] * s[1] / n) / ((s[2] - s[0] * s[0] / n) * (s[3] - s[1] * s[1] / n)).sqrt();
            let found = ShiftedCorrelation(&Quarters::new(&warped), &Quarters::new(&all), (dx, dy), 1.0)
                .run()
                .expect("covered");
            assert!((f64::from(found) - direct).abs() < 1e-4, "{found} {direct} at {dx} {dy}");
        }
    }
}
