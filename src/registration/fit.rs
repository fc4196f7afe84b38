//! Least-squares transforms from weighted correspondences.

use crate::geom::{Matrix3, Point};
use crate::model::Model;

use super::matching::Match;

/// Solves `a · x = b` by Gauss–Jordan elimination with partial pivoting; `None` when `a` is singular.
#[must_use]
pub fn solve<const N: usize>(mut a: [[f64; N]; N], mut b: [f64; N]) -> Option<[f64; N]> {
    for column in 0..N {
        let pivot = (column..N).max_by(|&i, &j| a[i][column].abs().total_cmp(&a[j][column].abs()))?;
        if !a[pivot][column].is_finite() || a[pivot][column].abs() < 1e-14 {
            return None;
        }
        a.swap(column, pivot);
        b.swap(column, pivot);
        let (pivot_row, pivot_value) = (a[column], b[column]);
        for row in (0..N).filter(|&row| row != column) {
            let factor = a[row][column] / pivot_row[column];
            for (value, pivot) in a[row].iter_mut().zip(pivot_row).skip(column) {
                *value -= factor * pivot;
            }
            b[row] -= factor * pivot_value;
        }
    }
    Some(std::array::from_fn(|i| b[i] / a[i][i]))
}

/// The matrix with its last element scaled to one; `None` when that is not possible.
#[must_use]
pub fn unit(matrix: Matrix3) -> Option<Matrix3> {
    let last = matrix.0[8];
    let scaled = matrix.0.map(|v| v / last);
    scaled.iter().all(|v| v.is_finite()).then_some(Matrix3(scaled))
}

/// The transform of the given freedom that minimises Σ w·|T(moving) − fixed|²; `None` for degenerate correspondences.
///
/// Similarity: closed form (Umeyama 1991, without reflection). Affine: normal equations. Homography: from the affine
/// transform by Gauss–Newton on the transfer error.
#[must_use]
pub fn fit(matches: &[Match], weights: &[f64], model: Model) -> Option<Matrix3> {
    let total: f64 = weights.iter().sum();
    if total <= 0.0 {
        return None;
    }
    let pairs = || matches.iter().zip(weights).filter(|(_, w)| **w > 0.0);
    let mean = |of: fn(&Match) -> Point| {
        let sum = pairs().fold(Point::default(), |s, (m, w)| Point::new(s.x + w * of(m).x, s.y + w * of(m).y));
        Point::new(sum.x / total, sum.y / total)
    };
    let (from, to) = (mean(|m| m.moving), mean(|m| m.fixed));
    let centred = pairs().map(|(m, w)| Centred {
        x: (m.moving.x - from.x) / UNIT,
        y: (m.moving.y - from.y) / UNIT,
        u: (m.fixed.x - to.x) / UNIT,
        v: (m.fixed.y - to.y) / UNIT,
        weight: *w,
    });
    let centred: Vec<Centred> = centred.collect();
    let inner = match model {
        Model::Similarity => similarity(&centred)?,
        Model::Affine => affine(&centred)?,
        Model::Homography => homography(&centred, affine(&centred)?),
    };
    let inner = inner.rescaled((UNIT, UNIT), (UNIT, UNIT));
    unit(Matrix3::translation(to.x, to.y).after(&inner).after(&Matrix3::translation(-from.x, -from.y)))
}

/// Coordinates are divided by this before solving, so that the equations are well conditioned.
const UNIT: f64 = 300.0;

/// A correspondence relative to both centroids, in units of [`UNIT`] pixels.
struct Centred {
    x: f64,
    y: f64,
    u: f64,
    v: f64,
    weight: f64,
}

fn similarity(points: &[Centred]) -> Option<Matrix3> {
    let (mut along, mut across, mut norm) = (0.0, 0.0, 0.0);
    for p in points {
        along += p.weight * (p.x * p.u + p.y * p.v);
        across += p.weight * (p.x * p.v - p.y * p.u);
        norm += p.weight * (p.x * p.x + p.y * p.y);
    }
    let (a, b) = (along / norm, across / norm);
    (norm > 1e-12).then_some(Matrix3([a, -b, 0.0, b, a, 0.0, 0.0, 0.0, 1.0]))
}

fn affine(points: &[Centred]) -> Option<Matrix3> {
    let (mut normal, mut right_u, mut right_v) = ([[0.0; 3]; 3], [0.0; 3], [0.0; 3]);
    for p in points {
        let row = [p.x, p.y, 1.0];
        for i in 0..3 {
            for j in 0..3 {
                normal[i][j] += p.weight * row[i] * row[j];
            }
            right_u[i] += p.weight * row[i] * p.u;
            right_v[i] += p.weight * row[i] * p.v;
        }
    }
    let ([a, b, c], [d, e, f]) = (solve(normal, right_u)?, solve(normal, right_v)?);
    Some(Matrix3([a, b, c, d, e, f, 0.0, 0.0, 1.0]))
}

fn homography(points: &[Centred], start: Matrix3) -> Matrix3 {
    let mut h = start.0;
    for _ in 0..8 {
        let (mut normal, mut right) = ([[0.0; 8]; 8], [0.0; 8]);
        for p in points {
            let d = h[6] * p.x + h[7] * p.y + 1.0;
            let (u, v) = ((h[0] * p.x + h[1] * p.y + h[2]) / d, (h[3] * p.x + h[4] * p.y + h[5]) / d);
            let (x, y, one) = (p.x / d, p.y / d, 1.0 / d);
            let by_u = [x, y, one, 0.0, 0.0, 0.0, -u * x, -u * y];
            let by_v = [0.0, 0.0, 0.0, x, y, one, -v * x, -v * y];
            for i in 0..8 {
                right[i] += p.weight * (by_u[i] * (p.u - u) + by_v[i] * (p.v - v));
                for j in 0..8 {
                    normal[i][j] += p.weight * (by_u[i] * by_u[j] + by_v[i] * by_v[j]);
                }
            }
        }
        for (i, row) in normal.iter_mut().enumerate() {
            row[i] *= 1.0 + 1e-6;
        }
        let Some(step) = solve(normal, right) else { break };
        for (value, step) in h.iter_mut().zip(step) {
            *value += step;
        }
    }
    Matrix3(h)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matches(truth: &Matrix3) -> Vec<Match> {
        let grid = (0..36).map(|i| Point::new(f64::from(i % 6) * 130.0 + 7.0, f64::from(i / 6) * 95.0 + 3.0));
        grid.map(|p| Match { moving: p, fixed: truth.apply(p), ..Match::default() }).collect()
    }

    proptest! {
        // Exact correspondences give back the transform they were made with.
        #[test]
        fn a_fit_recovers_the_transform(s in 0.3f64..3.0, r in -3.0f64..3.0, tx in -500f64..500.0, ty in -500f64..500.0,
                                        k in -0.2f64..0.2, g in -1e-4f64..1e-4) {
            let similarity = Matrix3::similarity(s, r, tx, ty);
            let sheared = similarity.after(&Matrix3([1.0, k, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]));
            let tilted = sheared.after(&Matrix3([1.0, 0.0, 0.0, 0.0, 1.0, 0.0, g, -g, 1.0]));
            let size = crate::geom::Size::new(650, 480);
            for (truth, model) in [(similarity, Model::Similarity), (sheared, Model::Affine), (tilted, Model::Homography)] {
                let found = fit(&matches(&truth), &[1.0; 36], model).expect("a regular grid");
                prop_assert!(found.mean_corner_error(&truth, size) < 0.02);
            }
        }
    }

    #[test]
    fn a_single_place_fixes_no_transform() {
        let one = [Match { moving: Point::new(4.0, 5.0), fixed: Point::new(1.0, 2.0), ..Match::default() }; 5];
        for model in [Model::Similarity, Model::Affine, Model::Homography] {
            assert!(fit(&one, &[1.0; 5], model).is_none());
        }
        assert!(fit(&[], &[], Model::Similarity).is_none());
    }
}
