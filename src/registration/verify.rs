//! Independent evidence for a transform: do small blocks of the warped picture fit best where they are?
//!
//! Every block of the fixed picture is searched in the warped moving picture within ±9 pixels. If the transform is
//! wrong the best place is anywhere; if it is right it is near the middle. The number of blocks that say so is scored
//! by the tail of a binomial distribution, as in a-contrario detection.

use rayon::prelude::*;

use crate::geom::{Matrix3, Point};
use crate::widest::{Kernel, widest};

use super::mask::Masks;
use super::plane::Plane;
use super::stat::log10_binomial_tail;
use super::warp::{Warped, at_level};

/// Search range in pixels.
const REACH: usize = 9;
/// Places searched along one side.
const SIDE: usize = 2 * REACH + 1;
/// A vote lies at most this far from the middle, in pixels …
const NEAR: f64 = 2.3;
/// … which 21 of the 361 places do.
const CHANCE: f64 = 21.0 / (SIDE * SIDE) as f64;
/// A vote has at least this correlation.
const LEAST_CORRELATION: f32 = 0.25;
/// Blocks with less variance than this, in units of local variance, have nothing to compare …
const LEAST_VARIANCE: f32 = 0.05;
/// … nor have places with less than this.
const LEAST_PLACE_VARIANCE: f32 = 0.02;
/// Shifts of one column parity that are correlated together; SIDE / 2 rounded up to whole vectors.
const LANES: usize = 12;

/// What one block said.
#[derive(Debug, Clone, Copy)]
pub struct Block {
    /// Centre in the fixed picture, working pixels.
    pub centre: Point,
    /// Distance of the best place from the middle in working pixels, sub-pixel, when it is a vote.
    pub vote: Option<f64>,
    /// The best place from the middle in working pixels, sub-pixel, near or far; none where none stands out.
    pub moved: Option<Point>,
}

/// What the blocks of one pyramid level said.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// All blocks that had something to compare.
    pub blocks: Vec<Block>,
    /// Correlation over the whole overlap.
    pub correlation: f64,
    /// −log₁₀ of the chance of at least as many votes under a wrong transform.
    pub nfa: f64,
    /// Side of a block in working pixels.
    pub side: f64,
    /// Side of a pixel of the level in working pixels.
    pub pixel: f64,
}

/// Blocks next to each other that moved by so nearly the same, in pixels of the level, moved together, …
const ALIKE: f64 = 2.0;
/// … and one that did so with this many of its eight neighbours did not get there by chance, which three in a hundred do.
const COMPANIONS: usize = 2;

/// Places along one side of a block that are asked whether they count, …
const PROBES: usize = 3;
/// … of whose square this many must.
const MOST_PROBES: usize = 8;

impl Verdict {
    /// How many of the blocks voted.
    #[must_use]
    pub fn votes(&self) -> usize {
        self.blocks.iter().filter(|b| b.vote.is_some()).count()
    }

    /// Their share; 0 without any.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.votes() as f64 / self.blocks.len().max(1) as f64
    }

    /// How far the blocks would still move, in working pixels: those that move together with their neighbours, however
    /// far that is within the search. Skin bends smoothly; a block whose skin has changed finds its best place anywhere.
    #[must_use]
    pub fn displacements(&self) -> Vec<f64> {
        let all: Vec<(Point, Point)> = self.blocks.iter().filter_map(|b| Some((b.centre, b.moved?))).collect();
        let together = |(centre, moved): &(Point, Point)| {
            let companion = |(other, theirs): &&(Point, Point)| {
                let (dx, dy) = ((other.x - centre.x).abs(), (other.y - centre.y).abs());
                dx.max(dy) < 1.5 * self.side && dx + dy > 0.0 && moved.distance(*theirs) <= ALIKE * self.pixel
            };
            all.iter().filter(companion).count() >= COMPANIONS
        };
        all.iter().filter(|b| together(b)).map(|(_, by)| by.distance(Point::default())).collect()
    }

    /// The greatest displacement that blocks of this level may have and still be seen both ways, in working pixels.
    #[must_use]
    pub fn trusted(&self) -> f64 {
        0.5 * REACH as f64 * self.pixel
    }
}

/// Significance of the votes among these blocks.
#[must_use]
pub fn significance<'a>(blocks: impl Iterator<Item = &'a Block>) -> f64 {
    let (count, votes) = blocks.fold((0, 0), |(n, k), b| (n + 1, k + usize::from(b.vote.is_some())));
    -log10_binomial_tail(count, votes, CHANCE)
}

/// Checks `matrix` (moving → fixed, working pixels) on one level of two pyramids, where both pictures count.
#[must_use]
pub fn verify(moving: &[Plane], fixed: &[Plane], matrix: &Matrix3, level: usize, masks: &Masks) -> Verdict {
    let (Some(moving), Some(fixed)) = (moving.get(level), fixed.get(level)) else {
        return Verdict { blocks: Vec::new(), correlation: 0.0, nfa: 0.0, side: 0.0, pixel: 1.0 };
    };
    let mut warped = Warped::new(moving, &at_level(matrix, level), fixed.width, fixed.height);
    let halves = Halves::new(&warped.plane);
    let side = (fixed.longest() / 14).clamp(20, 40);
    let starts = |length: usize| (REACH..length.saturating_sub(side + REACH)).step_by(side);
    let places: Vec<(usize, usize)> =
        starts(fixed.height).flat_map(|y| starts(fixed.width).map(move |x| (x, y))).collect();
    let working = f64::from(1u32 << level);
    let counts = masks.under(matrix);
    let block = |&(x, y): &(usize, usize)| {
        let probe = |i: usize| {
            let along =
                |from: usize, k: usize| working * (from as f64 + side as f64 * (k as f64 + 0.5) / PROBES as f64);
            counts(Point::new(along(x, i % PROBES), along(y, i / PROBES)))
        };
        if (0..PROBES * PROBES).filter(|i| probe(*i)).count() < MOST_PROBES {
            return None;
        }
        let inside = [(x - REACH, y - REACH), (x + side + REACH, y + side + REACH)];
        let corners = [inside[0], (inside[1].0, inside[0].1), (inside[0].0, inside[1].1), inside[1]];
        if !corners.iter().all(|c| warped.covered[c.1 * fixed.width + c.0]) {
            return None;
        }
        let template = Template::cut(fixed, x, y, side)?;
        let scores = widest(Search(&template, &halves, x, y))?;
        let half = 0.5 * side as f64;
        let centre = Point::new((x as f64 + half) * working, (y as f64 + half) * working);
        let best = peak(&scores);
        let vote = best.as_ref().filter(|p| p.near).map(|p| p.by.distance(Point::default()) * working);
        Some(Block { centre, vote, moved: best.map(|p| Point::new(p.by.x * working, p.by.y * working)) })
    };
    let blocks: Vec<Block> = places.par_iter().filter_map(block).collect();
    let nfa = significance(blocks.iter());
    warped.restrict(|x, y| masks.fixed.at(Point::new((x as f64 + 0.5) * working, (y as f64 + 0.5) * working)));
    Verdict { correlation: warped.correlation(fixed), nfa, blocks, side: side as f64 * working, pixel: working }
}

/// Every second pixel in both directions of a block, less its mean.
struct Template {
    values: Vec<f32>,
    side: usize,
    energy: f32,
}

impl Template {
    /// `None` for a block without variance.
    fn cut(fixed: &Plane, x: usize, y: usize, side: usize) -> Option<Self> {
        let rows = (y..y + side).step_by(2);
        let mut values: Vec<f32> =
            rows.flat_map(|row| fixed.row(row)[x..x + side].iter().step_by(2).copied()).collect();
        let count = values.len() as f32;
        let mean = values.iter().sum::<f32>() / count;
        for value in &mut values {
            *value -= mean;
        }
        let energy: f32 = values.iter().map(|v| v * v).sum();
        (energy / count > LEAST_VARIANCE).then_some(Self { values, side: side.div_ceil(2), energy })
    }
}

/// The even and the odd columns of a plane: shifts by two pixels are neighbours there, so that they can be correlated
/// side by side in one vector.
struct Halves {
    stride: usize,
    columns: [Vec<f32>; 2],
}

impl Halves {
    fn new(plane: &Plane) -> Self {
        let stride = plane.width.div_ceil(2) + LANES;
        let half = |parity: usize| {
            let mut out = vec![0.0; stride * plane.height];
            for (to, from) in out.chunks_exact_mut(stride).zip(plane.data.chunks_exact(plane.width)) {
                for (to, from) in to.iter_mut().zip(from.iter().skip(parity).step_by(2)) {
                    *to = *from;
                }
            }
            out
        };
        Self { stride, columns: [half(0), half(1)] }
    }

    /// Values of row `y` from column `x` on, every second one.
    fn from(&self, x: usize, y: usize) -> &[f32] {
        &self.columns[x % 2][y * self.stride + x / 2..(y + 1) * self.stride]
    }
}

/// Correlation of the template at every place within reach; −2 where there is too little variance, `None` when that
/// is so in the middle.
struct Search<'a>(&'a Template, &'a Halves, usize, usize);

impl Kernel for Search<'_> {
    type Output = Option<[[f32; SIDE]; SIDE]>;

    #[inline(always)]
    fn run(self) -> Option<[[f32; SIDE]; SIDE]> {
        let Self(template, halves, x, y) = self;
        let mut scores = [[-2.0; SIDE]; SIDE];
        let count = template.values.len() as f32;
        for (dy, scores) in scores.iter_mut().enumerate() {
            for parity in 0..2 {
                let (mut sum, mut square, mut cross) = ([0.0f32; LANES], [0.0f32; LANES], [0.0f32; LANES]);
                for (i, row) in template.values.chunks_exact(template.side).enumerate() {
                    let from = halves.from(x - REACH + parity, y - REACH + dy + 2 * i);
                    for (value, window) in row.iter().zip(from.windows(LANES)) {
                        for lane in 0..LANES {
                            let q = window[lane];
                            sum[lane] += q;
                            square[lane] += q * q;
                            cross[lane] += value * q;
                        }
                    }
                }
                for (lane, score) in scores.iter_mut().skip(parity).step_by(2).enumerate() {
                    let energy = square[lane] - sum[lane] * sum[lane] / count;
                    if energy / count >= LEAST_PLACE_VARIANCE {
                        *score = cross[lane] / (template.energy * energy).sqrt();
                    }
                }
            }
        }
        (scores[REACH][REACH] > -2.0).then_some(scores)
    }
}

/// The best place of a block.
struct Peak {
    /// Whether the pixel lies near enough to the middle for a vote.
    near: bool,
    /// From the middle, sub-pixel.
    by: Point,
}

/// The best place; none where it is no peak inside the search, or not good enough.
fn peak(scores: &[[f32; SIDE]; SIDE]) -> Option<Peak> {
    let mut best = (-2.0f32, 0, 0);
    for (y, row) in scores.iter().enumerate() {
        for (x, score) in row.iter().enumerate() {
            if *score > best.0 {
                best = (*score, x, y);
            }
        }
    }
    let (score, x, y) = best;
    let inside = 1..SIDE - 1;
    if !inside.contains(&x) || !inside.contains(&y) || score <= LEAST_CORRELATION {
        return None;
    }
    let across = parabola(scores[y][x - 1], score, scores[y][x + 1]);
    let down = parabola(scores[y - 1][x], score, scores[y + 1][x]);
    let (dx, dy) = (x as f64 - REACH as f64, y as f64 - REACH as f64);
    Some(Peak { near: dx.hypot(dy) <= NEAR, by: Point::new(dx + across, dy + down) })
}

/// Position of the maximum of the parabola through three values at −1, 0, 1.
fn parabola(left: f32, centre: f32, right: f32) -> f64 {
    let bend = left - 2.0 * centre + right;
    if bend < -1e-6 && left > -2.0 && right > -2.0 {
        f64::from((0.5 * (left - right) / bend).clamp(-0.5, 0.5))
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::super::filter::{gaussian, pyramid};
    use super::super::mask::Mask;
    use super::*;
    use rand::{RngCore, SeedableRng};

    fn noise(seed: u64) -> Plane {
        let mut random = rand_pcg::Pcg64::seed_from_u64(seed);
        let data = (0..420 * 320).map(|_| random.next_u32() as f32 / u32::MAX as f32 * 20.0 - 10.0).collect();
        gaussian(&Plane { width: 420, height: 320, data }, 1.5)
    }

    fn all() -> Masks {
        Masks { moving: Mask::new(420, 320, |_, _| true), fixed: Mask::new(420, 320, |_, _| true) }
    }

    #[test]
    fn blocks_that_do_not_count_have_no_say() {
        let (plane, half) = (pyramid(&noise(1), 2), Mask::new(420, 320, |x, _| x < 26));
        let masks = Masks { moving: half, ..all() };
        let verdict = verify(&plane, &plane, &Matrix3::IDENTITY, 0, &masks);
        let whole = verify(&plane, &plane, &Matrix3::IDENTITY, 0, &all());
        assert!(verdict.blocks.len() > 30 && verdict.blocks.len() < whole.blocks.len() * 6 / 10);
    }

    #[test]
    fn the_true_transform_wins_all_votes_and_reads_its_offset() {
        let plane = pyramid(&noise(1), 2);
        let verdict = verify(&plane, &plane, &Matrix3::translation(1.5, 0.0), 0, &all());
        assert!(verdict.blocks.len() > 80 && verdict.nfa > 80.0, "{}", verdict.nfa);
        let mut offsets: Vec<f64> = verdict.blocks.iter().filter_map(|b| b.vote).collect();
        offsets.sort_by(f64::total_cmp);
        assert!((offsets[offsets.len() / 2] - 1.5).abs() < 0.2);
        let exact = verify(&plane, &plane, &Matrix3::IDENTITY, 0, &all());
        assert!((exact.correlation - 1.0).abs() < 1e-6);
    }

    #[test]
    fn displacements_beyond_the_votes_are_measured_and_those_by_chance_are_not() {
        let plane = pyramid(&noise(1), 2);
        for shift in [1.5, 5.0, 7.0] {
            let verdict = verify(&plane, &plane, &Matrix3::translation(shift, 0.0), 0, &all());
            let mut by = verdict.displacements();
            by.sort_by(f64::total_cmp);
            assert!(by.len() * 10 > verdict.blocks.len() * 9 && (by[by.len() / 2] - shift).abs() < 0.2, "{by:?}");
        }
        for seed in 2..6 {
            let verdict = verify(&plane, &pyramid(&noise(seed), 2), &Matrix3::IDENTITY, 0, &all());
            let by = verdict.displacements();
            assert!(by.len() * 10 < verdict.blocks.len(), "{} of {}", by.len(), verdict.blocks.len());
        }
    }

    #[test]
    fn unrelated_pictures_win_no_more_votes_than_chance() {
        for seed in 2..6 {
            let verdict = verify(&pyramid(&noise(1), 2), &pyramid(&noise(seed), 2), &Matrix3::IDENTITY, 0, &all());
            assert!(verdict.blocks.len() > 80 && verdict.nfa < 4.0 && verdict.correlation.abs() < 0.05);
        }
    }

    #[test]
    fn pictures_that_hardly_overlap_have_no_blocks() {
        let plane = pyramid(&noise(1), 2);
        let verdict = verify(&plane, &plane, &Matrix3::translation(410.0, 0.0), 0, &all());
        assert!(verdict.blocks.is_empty() && verdict.nfa.abs() < 1e-9);
        assert!(verify(&plane, &plane, &Matrix3::IDENTITY, 7, &all()).blocks.is_empty());
    }
}
