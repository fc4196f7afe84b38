//! Robust Gauss–Newton refinement of a transform on the pixels of two pyramids.
//!
//! Forward-additive alignment (Lucas and Kanade 1981; Baker and Matthews 2004) with Tukey's biweight, whose constant
//! follows the median absolute residual, so that changed spots and moved soft tissue lose their say.

use rayon::prelude::*;

use crate::geom::Matrix3;
use crate::model::Model;
use crate::widest::{Kernel, widest};

use super::fit::{solve, unit};
use super::mask::{CELL, Mask};
use super::plane::{BAND, Plane};

/// Tukey's constant for 95 % efficiency, times the factor from median absolute residual to deviation.
const TUKEY: f64 = 4.685 * 1.4826;
/// Bounds of the cut-off, in units of local deviation; the first iteration starts in between.
const CUT: (f64, f64, f64) = (0.6, 2.5, 4.0);
/// Bins per unit of the residual histogram the median is read from.
const BINS_PER_UNIT: f64 = 16.0;
/// Above this many pixels only every second one in both directions is used, and above six times as many, which are those of
/// no working picture, every fourth.
const DENSE: usize = 200_000;
/// The same where what is found is only where the next level starts.
const DENSE_ON_THE_WAY: usize = 50_000;
/// An overlap with fewer pixels says nothing.
const LEAST_OVERLAP: u64 = 200;
/// A step that moves no point by more pixels than this ends a level, …
const CONVERGED: f64 = 0.01;
/// … and a level that only leads to the next.
const NEAR_ENOUGH: f64 = 0.05;

/// Value and gradient (x, y) of the moving picture; the fourth entry makes the sample one vector wide.
type Texel = [f32; 4];

/// Refines `start` (moving → fixed, pixels of level 0) on the given pyramid levels in turn, by the pixels of the fixed
/// picture that `counted` lets count.
#[must_use]
pub fn refine(
    moving: &[Plane],
    fixed: &[Plane],
    start: &Matrix3,
    model: Model,
    levels: &[usize],
    most: usize,
    counted: &Mask,
) -> Matrix3 {
    let Some(mut backward) = start.inverse() else { return *start };
    for (i, &level) in levels.iter().enumerate() {
        let (Some(moving), Some(fixed)) = (moving.get(level), fixed.get(level)) else { continue };
        let factor = 1.0 / f64::from(1u32 << level);
        let at_level = backward.rescaled((factor, factor), (factor, factor));
        let last = i + 1 == levels.len();
        let on = Level { moving, fixed, cell: CELL as f64 * factor, most, counted, last };
        let back = |m: Matrix3| unit(m.rescaled((1.0 / factor, 1.0 / factor), (1.0 / factor, 1.0 / factor)));
        backward = on.refined(&at_level, model).and_then(back).unwrap_or(backward);
    }
    backward.inverse().unwrap_or(*start)
}

/// A fixed pixel in coordinates of about ±1, its image in the moving picture, and the gradient there.
struct Sample {
    x: f64,
    y: f64,
    u: f64,
    v: f64,
    denominator: f64,
    gradient: (f64, f64),
}

#[inline(always)]
fn similarity_jacobian(s: &Sample) -> [f64; 4] {
    let (gx, gy) = s.gradient;
    [gx * s.x + gy * s.y, gy * s.x - gx * s.y, gx, gy]
}

fn similarity_step(p: &mut [f64; 9], step: [f64; 4]) {
    let [scale, turn, tx, ty] = step;
    for (value, change) in p.iter_mut().zip([scale, -turn, tx, turn, scale, ty]) {
        *value += change;
    }
}

#[inline(always)]
fn affine_jacobian(s: &Sample) -> [f64; 6] {
    let (gx, gy) = s.gradient;
    [gx * s.x, gx * s.y, gx, gy * s.x, gy * s.y, gy]
}

fn affine_step(p: &mut [f64; 9], step: [f64; 6]) {
    for (value, change) in p.iter_mut().zip(step) {
        *value += change;
    }
}

#[inline(always)]
fn homography_jacobian(s: &Sample) -> [f64; 8] {
    let (x, y, one) = (s.x / s.denominator, s.y / s.denominator, 1.0 / s.denominator);
    let (gx, gy) = s.gradient;
    let bend = -(gx * s.u + gy * s.v);
    [gx * x, gx * y, gx * one, gy * x, gy * y, gy * one, bend * x, bend * y]
}

fn homography_step(p: &mut [f64; 9], step: [f64; 8]) {
    for (value, change) in p.iter_mut().zip(step) {
        *value += change;
    }
}

/// Normal equations and residual statistics of one pass.
struct Normal<const N: usize> {
    matrix: [[f64; N]; N],
    right: [f64; N],
    histogram: [u64; 64],
}

impl<const N: usize> Normal<N> {
    const ZERO: Self = Self { matrix: [[0.0; N]; N], right: [0.0; N], histogram: [0; 64] };

    fn add(mut self, other: &Self) -> Self {
        for i in 0..N {
            self.right[i] += other.right[i];
            for j in 0..N {
                self.matrix[i][j] += other.matrix[i][j];
            }
        }
        for (count, more) in self.histogram.iter_mut().zip(&other.histogram) {
            *count += more;
        }
        self
    }

    /// The solved step; a hundredth of a percent of damping keeps flat pictures solvable.
    fn step(&self) -> Option<[f64; N]> {
        let entry = |i: usize, j: usize| if i == j { 1.0001 * self.matrix[i][j] } else { self.matrix[i][j] };
        let full = std::array::from_fn(|i| std::array::from_fn(|j| entry(i, j)));
        solve(full, self.right)
    }

    fn count(&self) -> u64 {
        self.histogram.iter().sum()
    }

    /// Cut-off of the next pass from the median absolute residual of this one.
    fn cut(&self) -> f64 {
        let half = self.count().div_ceil(2);
        let mut below = 0;
        let bin = self.histogram.iter().position(|n| {
            below += n;
            below >= half
        });
        let median = (bin.unwrap_or(0) as f64 + 0.5) / BINS_PER_UNIT;
        (TUKEY * median).clamp(CUT.0, CUT.2)
    }
}

/// What one level is refined on.
pub struct Level<'a> {
    /// The moving picture.
    pub moving: &'a Plane,
    /// The fixed picture.
    pub fixed: &'a Plane,
    /// Side of a cell of `counted` in pixels of the fixed picture.
    pub cell: f64,
    /// Most iterations.
    pub most: usize,
    /// What of the fixed picture counts.
    pub counted: &'a Mask,
    /// Whether no finer level follows.
    pub last: bool,
}

impl Level<'_> {
    /// `backward` (fixed → moving, pixels of the level) refined.
    #[must_use]
    pub fn refined(&self, backward: &Matrix3, model: Model) -> Option<Matrix3> {
        match model {
            Model::Similarity => iterate::<4>(self, backward, similarity_jacobian, similarity_step),
            Model::Affine => iterate::<6>(self, backward, affine_jacobian, affine_step),
            Model::Homography => iterate::<8>(self, backward, homography_jacobian, homography_step),
        }
    }
}

/// Gauss–Newton on one level. `backward` maps fixed to moving pixels, as the samples are taken.
fn iterate<const N: usize>(
    on: &Level<'_>,
    backward: &Matrix3,
    jacobian: impl Fn(&Sample) -> [f64; N] + Sync,
    apply: impl Fn(&mut [f64; 9], [f64; N]),
) -> Option<Matrix3> {
    let (moving, fixed) = (on.moving, on.fixed);
    let unit_length = 2.0 / fixed.longest() as f64;
    let normalise = Matrix3::scaling(unit_length, unit_length)
        .after(&Matrix3::translation(-0.5 * fixed.width as f64, -0.5 * fixed.height as f64));
    let mut p = unit(backward.after(&normalise.inverse()?))?.0;
    let (dense, converged) = if on.last { (DENSE, CONVERGED) } else { (DENSE_ON_THE_WAY, NEAR_ENOUGH) };
    let stride = match fixed.data.len() {
        pixels if pixels <= dense => 1,
        pixels if pixels <= 6 * dense => 2,
        _ => 4,
    };
    let rows: Vec<usize> = (0..fixed.height).step_by(stride).collect();
    let texels = if stride > 2 { Vec::new() } else { texels(moving) };
    let picture = Gradients { plane: moving, texels: &texels };
    let (mut cut, mut last) = (CUT.1, f64::MAX);
    for _ in 0..on.most {
        let pass = Pass { moving: &picture, on, normalise: &normalise, p: &p, stride, cut };
        // Bands of fixed height, added in order: the sum does not depend on the number of threads.
        let bands: Vec<Normal<N>> =
            rows.par_chunks(BAND).map(|band| widest(Accumulated(band, &pass, &jacobian))).collect();
        let normal = bands.iter().fold(Normal::ZERO, Normal::add);
        if normal.count() < LEAST_OVERLAP {
            break;
        }
        let Some(step) = normal.step() else { break };
        cut = normal.cut();
        apply(&mut p, step);
        let length = step.iter().fold(0.0f64, |a, b| a.max(b.abs()));
        if !(length >= converged && (length <= 4.0 * last || length <= 20.0)) {
            break;
        }
        last = length;
    }
    unit(Matrix3(p).after(&normalise))
}

/// What one iteration goes by.
struct Pass<'a> {
    moving: &'a Gradients<'a>,
    on: &'a Level<'a>,
    /// Fixed pixels → coordinates of about ±1.
    normalise: &'a Matrix3,
    /// Those → moving pixels.
    p: &'a [f64; 9],
    stride: usize,
    cut: f64,
}

/// Sums up the normal equations of a band of fixed rows.
struct Accumulated<'a, J>(&'a [usize], &'a Pass<'a>, &'a J);

impl<const N: usize, J: Fn(&Sample) -> [f64; N]> Kernel for Accumulated<'_, J> {
    type Output = Normal<N>;

    #[inline(always)]
    fn run(self) -> Normal<N> {
        let Self(band, pass, jacobian) = self;
        let mut sum = Normal::ZERO;
        for &row in band {
            accumulate(&mut sum, pass, row, jacobian);
        }
        sum
    }
}

/// Adds the samples of one fixed row to the normal equations.
#[inline(always)]
fn accumulate<const N: usize>(
    sum: &mut Normal<N>,
    pass: &Pass<'_>,
    row: usize,
    jacobian: &impl Fn(&Sample) -> [f64; N],
) {
    let Pass { moving, on, normalise, p, stride, cut } = *pass;
    let (per_cell, per_cut) = (1.0 / on.cell, 1.0 / cut);
    let y = normalise.0[4] * (row as f64 + 0.5) + normalise.0[5];
    let cells = on.counted.cells((row as f64 / on.cell) as usize);
    for (column, value) in on.fixed.row(row).iter().enumerate().step_by(stride) {
        if !cells.get((column as f64 * per_cell) as usize).is_none_or(|counts| *counts) {
            continue;
        }
        let x = normalise.0[0] * (column as f64 + 0.5) + normalise.0[2];
        // Only a homography has anything to divide by.
        let denominator = if N < 8 { 1.0 } else { p[6] * x + p[7] * y + p[8] };
        let (u, v) = (p[0] * x + p[1] * y + p[2], p[3] * x + p[4] * y + p[5]);
        let (u, v) = if N < 8 { (u, v) } else { (u / denominator, v / denominator) };
        let Some([there, gx, gy, _]) = moving.sample(u as f32, v as f32) else { continue };
        let residual = f64::from(*value) - f64::from(there);
        let bin = (residual.abs() * BINS_PER_UNIT) as usize;
        sum.histogram[bin.min(63)] += 1;
        if residual.abs() > cut {
            continue;
        }
        let share = residual * per_cut;
        let root = 1.0 - share * share;
        let sample = Sample { x, y, u, v, denominator, gradient: (f64::from(gx), f64::from(gy)) };
        let j = jacobian(&sample);
        // All entries, as whole rows are vectors and half a row is not.
        for i in 0..N {
            let weighted = root * root * j[i];
            sum.right[i] += weighted * residual;
            for (entry, j) in sum.matrix[i].iter_mut().zip(&j) {
                *entry += weighted * j;
            }
        }
    }
}

/// The moving picture with its gradients.
struct Gradients<'a> {
    plane: &'a Plane,
    /// Of every pixel; empty where so few are asked for that each is made when it is.
    texels: &'a [Texel],
}

impl Gradients<'_> {
    /// Bilinear sample strictly inside the hull of the pixel centres.
    #[inline(always)]
    fn sample(&self, x: f32, y: f32) -> Option<Texel> {
        let (x, y, width) = (x - 0.5, y - 0.5, self.plane.width);
        if !(x >= 0.0 && y >= 0.0 && x < width as f32 - 1.0 && y < self.plane.height as f32 - 1.0) {
            return None;
        }
        let (column, row) = (x as usize, y as usize);
        let (fx, fy) = (x - column as f32, y - row as f32);
        let at = row * width + column;
        let made;
        let (top, low): (&[Texel], &[Texel]) = if self.texels.is_empty() {
            made = [(row, column), (row, column + 1), (row + 1, column), (row + 1, column + 1)]
                .map(|(row, column)| texel(self.plane, row, column));
            made.split_at(2)
        } else {
            (self.texels.get(at..at + 2)?, self.texels.get(at + width..at + width + 2)?)
        };
        let (a, b, c, d) = ((1.0 - fx) * (1.0 - fy), fx * (1.0 - fy), (1.0 - fx) * fy, fx * fy);
        let mut texel = [0.0; 4];
        for i in 0..4 {
            texel[i] = top[0][i] * a + top[1][i] * b + low[0][i] * c + low[1][i] * d;
        }
        Some(texel)
    }
}

/// Value and central differences of one pixel; the gradient of border pixels is zero.
#[inline(always)]
fn texel(plane: &Plane, row: usize, column: usize) -> Texel {
    let (width, data) = (plane.width, &plane.data);
    let at = row * width + column;
    if row == 0 || column == 0 || row + 1 >= plane.height || column + 1 >= width {
        return [data[at], 0.0, 0.0, 0.0];
    }
    [data[at], 0.5 * (data[at + 1] - data[at - 1]), 0.5 * (data[at + width] - data[at - width]), 0.0]
}

/// The same of every pixel.
fn texels(plane: &Plane) -> Vec<Texel> {
    let width = plane.width;
    let mut out: Vec<Texel> = plane.data.iter().map(|v| [*v, 0.0, 0.0, 0.0]).collect();
    for y in 1..plane.height.saturating_sub(1) {
        let (above, row, below) = (plane.row(y - 1), plane.row(y), plane.row(y + 1));
        for x in 1..width.saturating_sub(1) {
            let texel = &mut out[y * width + x];
            (texel[1], texel[2]) = (0.5 * (row[x + 1] - row[x - 1]), 0.5 * (below[x] - above[x]));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::filter::pyramid;
    use super::*;
    use crate::geom::Size;

    /// A smooth pattern defined everywhere, seen through `view` (picture → pattern).
    fn pattern(width: usize, height: usize, view: &Matrix3) -> Plane {
        let mut plane = Plane::zeros(width, height);
        for (i, value) in plane.data.iter_mut().enumerate() {
            let p = view.apply(crate::geom::Point::new((i % width) as f64 + 0.5, (i / width) as f64 + 0.5));
            let wave = (p.x / 7.0 + (p.y / 23.0).sin()).sin() + (p.y / 9.0 - (p.x / 31.0).cos()).sin();
            *value = wave as f32 + (p.x / 40.0 + p.y / 33.0).sin() as f32;
        }
        plane
    }

    #[test]
    fn every_model_converges_from_a_few_pixels_away() {
        let fixed = pyramid(&pattern(200, 150, &Matrix3::IDENTITY), 3);
        let tilt = Matrix3([1.0, 0.01, 0.0, 0.0, 1.0, 0.0, 1e-5, -1e-5, 1.0]);
        let turned = Matrix3::similarity(1.02, 0.015, 2.0, -1.5);
        for (truth, model) in [
            (turned, Model::Similarity),
            (turned.after(&Matrix3([1.0, 0.01, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0])), Model::Affine),
            (turned.after(&tilt), Model::Homography),
        ] {
            let moving = pyramid(&pattern(200, 150, &truth), 3);
            let found =
                refine(&moving, &fixed, &Matrix3::IDENTITY, model, &[2, 1, 0], 12, &Mask::new(200, 150, |_, _| true));
            let error = found.mean_corner_error(&truth, Size::new(200, 150));
            assert!(error < 0.1, "{model:?}: {error}");
        }
    }

    #[test]
    fn pictures_without_overlap_leave_the_start_alone() {
        let plane = pyramid(&pattern(64, 64, &Matrix3::IDENTITY), 2);
        let away = Matrix3::translation(500.0, 0.0);
        let found = refine(&plane, &plane, &away, Model::Similarity, &[1, 0], 12, &Mask::new(64, 64, |_, _| true));
        assert!(found.mean_corner_error(&away, Size::new(64, 64)) < 1e-6);
    }
}
