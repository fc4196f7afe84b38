//! From many partly wrong matches to one transform and the odds that it came about by chance.
//!
//! Every match is a whole hypothesis (its scale, rotation and place), so all good ones can be tried and nothing is
//! drawn at random. Hypotheses are ranked by MSAC (Torr and Zisserman 2000), the best are locally optimised (Chum,
//! Matas and Kittler 2003), and the winner is scored a contrario (Moisan and Stival 2004).

use rayon::prelude::*;

use crate::geom::{Matrix3, Size};
use crate::model::Model;

use super::fit::fit;
use super::matching::{Match, Turn};
use super::stat::log10_choose;

/// Matches tried as hypotheses, best ratio first.
const HYPOTHESES: usize = 1200;
/// Hypotheses that are optimised.
const FINALISTS: usize = 20;
/// Different transforms that go on.
const MODES: usize = 4;
/// Greatest |ln scale| of a hypothesis: 0.3 … 3.3.
const MOST_LN_SCALE: f64 = 1.2;
/// First inlier radius, as share of the fixed picture's diagonal.
const COARSE: f64 = 0.02;
/// Last inlier radius, as share of the diagonal, and its least value in pixels.
const FINE: (f64, f64) = (0.004, 2.0);
/// Inliers are counted once per cell of this share of the diagonal.
const CELL: f64 = 0.012;
/// Chance that scale and rotation of a random match agree with a transform.
const CHANCE_OF_FRAME: f64 = 0.14 * 0.37;
/// log₁₀ of the number of radii tried.
const RADII: f64 = 0.6;

/// A transform found from matches.
#[derive(Debug, Clone)]
pub struct Consensus {
    /// Moving → fixed, working pixels.
    pub matrix: Matrix3,
    /// −log₁₀ of the expected number of transforms as good as this among random matches; above 0 is meaningful.
    pub nfa: f64,
}

/// Radius in pixels within which a match supports a transform, for a fixed picture of this diagonal.
#[must_use]
pub fn fine_radius(diagonal: f64) -> f64 {
    (FINE.0 * diagonal).max(FINE.1)
}

/// The best similarities of `matches` on a fixed picture of `width × height` pixels, most supported first, each a
/// different one: two that put the corners nearer together than the first inlier radius are one.
#[must_use]
pub fn consensus(matches: &[Match], width: usize, height: usize) -> Vec<Consensus> {
    let diagonal = (width as f64).hypot(height as f64);
    let (coarse, fine) = (COARSE * diagonal, fine_radius(diagonal));
    let schedule = [coarse, coarse, 0.6 * coarse, 0.4 * coarse, 2.0 * fine, 1.5 * fine];
    let mut optimised: Vec<(f64, Matrix3)> = finalists(matches, coarse)
        .par_iter()
        .map(|hypothesis| {
            let matrix = optimise(matches, hypothesis, Model::Similarity, &schedule);
            (support(matches, &matrix, 2.0 * fine), matrix)
        })
        .collect();
    optimised.sort_by(|a, b| b.0.total_cmp(&a.0));
    let size = Size::new(width as u32, height as u32);
    let mut modes: Vec<Consensus> = Vec::new();
    for (_, matrix) in optimised {
        if modes.len() < MODES && modes.iter().all(|m| m.matrix.mean_corner_error(&matrix, size) >= coarse) {
            modes.push(Consensus { nfa: odds(matches, &matrix, width, height), matrix });
        }
    }
    modes
}

/// −log₁₀ of the expected number of transforms with as much support as `matrix` has among random matches.
#[must_use]
pub fn odds(matches: &[Match], matrix: &Matrix3, width: usize, height: usize) -> f64 {
    let diagonal = (width as f64).hypot(height as f64);
    significance(matches, matrix, fine_radius(diagonal), diagonal, (width * height) as f64)
}

/// The hypotheses with the greatest support, best first.
fn finalists(matches: &[Match], radius: f64) -> Vec<Matrix3> {
    let mut order: Vec<&Match> = matches.iter().collect();
    order.sort_by(|a, b| a.cost.total_cmp(&b.cost));
    order.truncate(HYPOTHESES);
    let mut scored: Vec<(f64, Matrix3)> = order
        .par_iter()
        .filter(|m| m.ln_scale.abs() <= MOST_LN_SCALE)
        .map(|m| {
            let turn = Matrix3::similarity(m.ln_scale.exp(), m.rotation, 0.0, 0.0);
            let there = turn.apply(m.moving);
            let matrix = Matrix3::translation(m.fixed.x - there.x, m.fixed.y - there.y).after(&turn);
            (support(matches, &matrix, radius), matrix)
        })
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    scored.into_iter().take(FINALISTS).map(|(_, matrix)| matrix).collect()
}

/// MSAC score: Σ (1 − e²/r²) over matches within `radius` whose own scale and rotation agree.
fn support(matches: &[Match], matrix: &Matrix3, radius: f64) -> f64 {
    let (turn, limit) = (Turn::of(matrix), radius * radius);
    let score = |m: &Match| {
        let error = m.squared_error(matrix);
        if error < limit && turn.agrees(m) { 1.0 - error / limit } else { 0.0 }
    };
    matches.iter().map(score).sum()
}

/// Refits to the inliers of each radius in turn, weighted by (1 − e²/r²)². Models with more freedom need inliers that
/// can carry it: 6 for an affine, 12 for a homography; below that the next simpler one is used.
#[must_use]
pub fn optimise(matches: &[Match], start: &Matrix3, model: Model, radii: &[f64]) -> Matrix3 {
    let mut matrix = *start;
    for radius in radii {
        let (turn, limit) = (Turn::of(&matrix), radius * radius);
        let weight = |m: &Match| {
            let error = m.squared_error(&matrix);
            if error < limit && turn.agrees(m) { (1.0 - error / limit).powi(2) } else { 0.0 }
        };
        let weights: Vec<f64> = matches.iter().map(weight).collect();
        let model = match (model, weights.iter().filter(|w| **w > 0.0).count()) {
            (_, ..2) => break,
            (_, ..6) => Model::Similarity,
            (Model::Homography, ..12) => Model::Affine,
            _ => model,
        };
        matrix = fit(matches, &weights, model).unwrap_or(matrix);
    }
    matrix
}

/// −log₁₀ NFA with the best of four radii; inliers that share a cell count once, so that one busy spot is one witness.
fn significance(matches: &[Match], matrix: &Matrix3, fine: f64, diagonal: f64, area: f64) -> f64 {
    let turn = Turn::of(matrix);
    let agreeing: Vec<Match> = matches.iter().filter(|m| turn.agrees(m)).copied().collect();
    let n = matches.len();
    let best = [0.5, 1.0, 2.0, 4.0].into_iter().filter_map(|factor| {
        let radius = fine * factor;
        let k = distinct(&agreeing, matrix, radius, CELL * diagonal);
        let chance = (std::f64::consts::PI * radius * radius / area * CHANCE_OF_FRAME).min(0.5);
        let log = (n as f64).log10() + log10_choose(n, k) + (k as f64 - 1.0) * chance.log10() + RADII;
        (k >= 3).then_some(-log)
    });
    best.reduce(f64::max).unwrap_or(0.0)
}

/// Inliers within `radius`, at most one per cell of either picture.
fn distinct(matches: &[Match], matrix: &Matrix3, radius: f64, cell: f64) -> usize {
    let index = |p: crate::geom::Point| ((p.x / cell) as i32, (p.y / cell) as i32);
    let (mut moving, mut fixed) = (std::collections::HashSet::new(), std::collections::HashSet::new());
    let mut count = 0;
    for m in matches.iter().filter(|m| m.squared_error(matrix) < radius * radius) {
        let (a, b) = (index(m.moving), index(m.fixed));
        if !moving.contains(&a) && !fixed.contains(&b) {
            count += usize::from(moving.insert(a) && fixed.insert(b));
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geom::Point;
    use rand::{RngCore, SeedableRng};

    /// `good` matches of `truth` with half a pixel of noise among `bad` random ones on 800 × 600 pixels.
    fn mixture(truth: &Matrix3, good: usize, bad: usize) -> Vec<Match> {
        let mut random = rand_pcg::Pcg64::seed_from_u64(11);
        let mut unit = || f64::from(random.next_u32()) / f64::from(u32::MAX);
        (0..good + bad)
            .map(|i| {
                let moving = Point::new(unit() * 800.0, unit() * 600.0);
                let there = truth.apply(moving);
                let (fixed, ln_scale, rotation) = if i < good {
                    let near = Point::new(there.x + unit() - 0.5, there.y + unit() - 0.5);
                    (near, truth.scale().ln() + 0.2 * (unit() - 0.5), truth.rotation() + 0.2 * (unit() - 0.5))
                } else {
                    (Point::new(unit() * 800.0, unit() * 600.0), 2.0 * (unit() - 0.5), 6.0 * (unit() - 0.5))
                };
                Match { moving, fixed, ln_scale, rotation, cost: unit() as f32 }
            })
            .collect()
    }

    #[test]
    fn a_tenth_of_good_matches_is_enough() {
        let truth = Matrix3::similarity(0.8, 0.5, 120.0, -60.0);
        let matches = mixture(&truth, 40, 360);
        let found = consensus(&matches, 800, 600).remove(0);
        assert!(found.nfa > 30.0, "nfa {}", found.nfa);
        assert!(found.matrix.mean_corner_error(&truth, Size::new(800, 600)) < 1.5);
    }

    #[test]
    fn chance_is_not_mistaken_for_agreement() {
        let matches = mixture(&Matrix3::IDENTITY, 0, 400);
        assert!(consensus(&matches, 800, 600).iter().all(|c| c.nfa < 1.0));
        assert!(consensus(&[], 800, 600).is_empty());
    }

    #[test]
    fn a_busy_spot_counts_once() {
        let one = Match { moving: Point::new(30.0, 30.0), fixed: Point::new(30.0, 30.0), ..Match::default() };
        assert_eq!(distinct(&[one; 40], &Matrix3::IDENTITY, 2.0, 12.0), 1);
    }
}
