//! Correspondences between the features of two pictures: free over the whole picture, or guided by a transform.

use rayon::prelude::*;

use crate::geom::{Matrix3, Point};
use crate::widest::{Kernel, widest};

use super::features::{Descriptor, Features, Keypoint};

/// A free match is kept when its distance is below this share of the second-best one's.
const RATIO: f32 = 0.95;
/// The same inside the small window of guided matching.
const GUIDED_RATIO: f32 = 0.92;
/// Greatest distance of a guided match; unrelated descriptors are about 1 apart.
const GUIDED_DISTANCE: f32 = 0.75;
/// Keypoints of the second picture nearer than this (city-block, pixels) are orientations of one spot, no competitors.
const SAME_SPOT: f32 = 4.0;
/// Same, for guided matching.
const GUIDED_SAME_SPOT: f32 = 3.0;
/// Greatest difference of ln scale and of rotation (rad) between a match's own and a transform's.
const LOCAL_FRAME: f64 = 0.45;
/// Descriptors of the first picture compared with each of the second while both are in the nearest cache.
const TILE: usize = 32;

/// A keypoint of the moving picture and one of the fixed picture that look alike.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Match {
    /// Place in the moving picture, working pixels.
    pub moving: Point,
    /// Place in the fixed picture, working pixels.
    pub fixed: Point,
    /// ln(scale in fixed ÷ scale in moving).
    pub ln_scale: f64,
    /// Rotation from moving to fixed in [−π, π].
    pub rotation: f64,
    /// Ratio (free) or distance (guided) of the descriptors; less is better.
    pub cost: f32,
}

/// Scale and rotation of a transform, to compare with those of single matches.
#[derive(Debug, Clone, Copy)]
pub struct Turn {
    ln_scale: f64,
    rotation: f64,
}

impl Turn {
    /// Scale and rotation of `matrix` at the origin.
    pub fn of(matrix: &Matrix3) -> Self {
        Self { ln_scale: matrix.scale().max(1e-6).ln(), rotation: matrix.rotation() }
    }

    /// Whether the keypoints of `m` differ in size and direction about as much as the transform says.
    pub fn agrees(self, m: &Match) -> bool {
        (m.ln_scale - self.ln_scale).abs() < LOCAL_FRAME && wrapped(m.rotation - self.rotation).abs() < LOCAL_FRAME
    }
}

impl Match {
    fn between(moving: &Keypoint, fixed: &Keypoint, cost: f32) -> Self {
        Self {
            moving: Point::new(f64::from(moving.x), f64::from(moving.y)),
            fixed: Point::new(f64::from(fixed.x), f64::from(fixed.y)),
            ln_scale: (f64::from(fixed.scale) / f64::from(moving.scale)).ln(),
            rotation: wrapped(f64::from(fixed.angle) - f64::from(moving.angle)),
            cost,
        }
    }

    /// Squared distance between where `matrix` puts the moving place and the fixed place.
    pub fn squared_error(&self, matrix: &Matrix3) -> f64 {
        let p = matrix.apply(self.moving);
        (p.x - self.fixed.x).powi(2) + (p.y - self.fixed.y).powi(2)
    }
}

/// The angle brought to [−π, π].
fn wrapped(angle: f64) -> f64 {
    angle - (angle / std::f64::consts::TAU).round() * std::f64::consts::TAU
}

/// Inner product of two descriptors; at most 2¹⁸. Sixteen sums side by side, so that the compiler makes vectors of them as
/// wide as there are; they cannot overflow, and saying so spares builds with overflow checks the checks.
#[inline(always)]
fn dot(a: &Descriptor, b: &Descriptor) -> i32 {
    let mut sums = [0i32; 16];
    for (x, y) in a.as_chunks::<16>().0.iter().zip(b.as_chunks::<16>().0) {
        for (sum, (x, y)) in sums.iter_mut().zip(x.iter().zip(y)) {
            *sum = sum.wrapping_add(i32::from(*x).wrapping_mul(i32::from(*y)));
        }
    }
    sums.iter().fold(0, |sum, s| sum.wrapping_add(*s))
}

/// The same by an instruction that multiplies sixteen pairs and adds them two by two, where the processor has it: the
/// compiler does not find it by itself. Whole numbers, so that the answer is the same.
#[cfg(target_arch = "x86_64")]
mod paired {
    use pulp::cast;
    pub(super) use pulp::x86::V3 as Instructions;

    use super::Descriptor;

    /// None where the processor lacks it.
    pub(super) fn instructions() -> Option<Instructions> {
        Instructions::try_new()
    }

    #[inline(always)]
    pub(super) fn dot(by: Instructions, a: &Descriptor, b: &Descriptor) -> i32 {
        let mut sums = [0i32; 8];
        for (x, y) in a.as_chunks::<16>().0.iter().zip(b.as_chunks::<16>().0) {
            let products: [i32; 8] = cast(by.multiply_wrapping_add_adjacent_i16x16(cast(*x), cast(*y)));
            for i in 0..8 {
                sums[i] = sums[i].wrapping_add(products[i]);
            }
        }
        sums.iter().fold(0, |sum, s| sum.wrapping_add(*s))
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod paired {
    use super::Descriptor;

    #[derive(Clone, Copy)]
    pub(super) struct Instructions;

    pub(super) fn instructions() -> Option<Instructions> {
        None
    }

    pub(super) fn dot(_by: Instructions, a: &Descriptor, b: &Descriptor) -> i32 {
        super::dot(a, b)
    }
}

/// Euclidean distance of unit vectors with this inner product.
fn distance(dot: i32) -> f32 {
    (2.0 - 2.0 * (dot as f32 / 262_144.0)).max(0.0).sqrt()
}

fn apart(a: &Keypoint, b: &Keypoint) -> f32 {
    (a.x - b.x).abs() + (a.y - b.y).abs()
}

/// The best partner of a descriptor so far, and the best at another spot.
#[derive(Clone, Copy)]
struct Best {
    first: i32,
    second: i32,
    partner: usize,
}

impl Best {
    const NONE: Self = Self { first: i32::MIN, second: i32::MIN, partner: usize::MAX };

    fn offer(&mut self, score: i32, partner: usize, keypoints: &[Keypoint], same_spot: f32) {
        if score <= self.second {
            return;
        }
        let elsewhere = self.partner == usize::MAX || apart(&keypoints[partner], &keypoints[self.partner]) > same_spot;
        if score > self.first {
            if elsewhere {
                self.second = self.first;
            }
            (self.first, self.partner) = (score, partner);
        } else if elsewhere {
            self.second = score;
        }
    }

    /// Distance of the best relative to that of the second; 1 (worst) when there is no second.
    fn ratio(self) -> f32 {
        if self.second == i32::MIN { 1.0 } else { distance(self.first) / distance(self.second).max(1e-3) }
    }
}

/// Mutual nearest neighbours whose ratio to the second nearest is below 0.95, in the order of the moving keypoints.
#[must_use]
pub fn mutual(moving: &Features, fixed: &Features) -> Vec<Match> {
    let tiles: Vec<_> = moving.descriptors.par_chunks(TILE).map(|tile| nearest(tile, fixed)).collect();
    let mut backward = vec![(i32::MIN, 0); fixed.keypoints.len()];
    for (tile, (_, columns)) in tiles.iter().enumerate() {
        for (best, score) in backward.iter_mut().zip(columns) {
            if *score > best.0 {
                *best = (*score, tile);
            }
        }
    }
    // The first of the tile's descriptors that has the score: which one is asked only where it matters.
    let is_best = |i: usize, partner: usize| {
        let (score, tile) = backward[partner];
        let other = &fixed.descriptors[partner];
        i / TILE == tile
            && dot(&moving.descriptors[i], other) == score
            && moving.descriptors[tile * TILE..i].iter().all(|own| dot(own, other) != score)
    };
    let forward = tiles.iter().flat_map(|(rows, _)| rows).enumerate();
    let kept = forward.filter_map(|(i, best)| {
        let mutual = best.partner != usize::MAX && is_best(i, best.partner);
        let ratio = best.ratio();
        (mutual && ratio < RATIO).then(|| Match::between(&moving.keypoints[i], &fixed.keypoints[best.partner], ratio))
    });
    kept.collect()
}

/// Scores of a tile's descriptors with another one, the best of them, and whether any is above its second best so far.
struct Compare<'a> {
    scores: &'a mut [i32; TILE],
    tile: &'a [Descriptor],
    other: &'a Descriptor,
    seconds: &'a [i32; TILE],
    by: Option<paired::Instructions>,
}

impl Kernel for Compare<'_> {
    type Output = (i32, bool);

    #[expect(clippy::needless_bitwise_bool, reason = "a comparison that is left out is a branch")]
    #[inline(always)]
    fn run(self) -> (i32, bool) {
        let Self { scores, tile, other, seconds, by } = self;
        match by {
            Some(by) => scores.iter_mut().zip(tile).for_each(|(score, own)| *score = paired::dot(by, own, other)),
            None => scores.iter_mut().zip(tile).for_each(|(score, own)| *score = dot(own, other)),
        }
        let best = scores.iter().fold(i32::MIN, |most, score| most.max(*score));
        (best, scores.iter().zip(seconds).fold(false, |some, (score, second)| some | (score > second)))
    }
}

/// Best partners of a tile's descriptors, and for each fixed descriptor its best score in the tile.
fn nearest(tile: &[Descriptor], fixed: &Features) -> (Vec<Best>, Vec<i32>) {
    let mut rows = vec![Best::NONE; tile.len()];
    let mut columns = vec![i32::MIN; fixed.descriptors.len()];
    let by = paired::instructions();
    // Where a tile is not full, nothing is above nothing.
    let (mut scores, mut seconds) = ([i32::MIN; TILE], [i32::MIN; TILE]);
    for (j, (other, column)) in fixed.descriptors.iter().zip(&mut columns).enumerate() {
        let some_count;
        (*column, some_count) = widest(Compare { scores: &mut scores, tile, other, seconds: &seconds, by });
        // Most columns change nobody's best or second: one comparison says so for the whole tile.
        if some_count {
            for ((row, &score), second) in rows.iter_mut().zip(&scores).zip(&mut seconds) {
                row.offer(score, j, &fixed.keypoints, SAME_SPOT);
                *second = row.second;
            }
        }
    }
    (rows, columns)
}

/// Matches within `radius` pixels of where `matrix` puts each moving keypoint, one per fixed keypoint.
#[must_use]
pub fn guided(moving: &Features, fixed: &Features, matrix: &Matrix3, radius: f64) -> Vec<Match> {
    let (turn, grid) = (Turn::of(matrix), Grid::new(&fixed.keypoints, radius.max(4.0)));
    let found: Vec<Option<(usize, Match, i32)>> = moving
        .keypoints
        .par_iter()
        .zip(&moving.descriptors)
        .map(|(keypoint, descriptor)| {
            let expected = matrix.apply(Point::new(f64::from(keypoint.x), f64::from(keypoint.y)));
            let mut best = Best::NONE;
            for j in grid.around(expected) {
                let other = Match::between(keypoint, &fixed.keypoints[j], 0.0);
                if other.fixed.distance(expected) <= radius && turn.agrees(&other) {
                    best.offer(dot(descriptor, &fixed.descriptors[j]), j, &fixed.keypoints, GUIDED_SAME_SPOT);
                }
            }
            let partner = fixed.keypoints.get(best.partner)?;
            let cost = distance(best.first);
            let distinct = best.second == i32::MIN || best.ratio() <= GUIDED_RATIO;
            (cost <= GUIDED_DISTANCE && distinct)
                .then(|| (best.partner, Match::between(keypoint, partner, cost), best.first))
        })
        .collect();
    let mut by_fixed: Vec<Option<(Match, i32)>> = vec![None; fixed.keypoints.len()];
    for (partner, candidate, score) in found.into_iter().flatten() {
        if by_fixed[partner].is_none_or(|(_, other)| score > other) {
            by_fixed[partner] = Some((candidate, score));
        }
    }
    by_fixed.into_iter().flatten().map(|(m, _)| m).collect()
}

/// Keypoints by square cell, to look at a neighbourhood only.
struct Grid {
    cell: f64,
    columns: usize,
    rows: usize,
    cells: Vec<Vec<usize>>,
}

impl Grid {
    fn new(keypoints: &[Keypoint], cell: f64) -> Self {
        let index = |v: f32| (f64::from(v) / cell).max(0.0) as usize;
        let columns = keypoints.iter().map(|k| index(k.x) + 1).max().unwrap_or(0);
        let rows = keypoints.iter().map(|k| index(k.y) + 1).max().unwrap_or(0);
        let mut cells = vec![Vec::new(); columns * rows];
        for (j, k) in keypoints.iter().enumerate() {
            cells[index(k.y) * columns + index(k.x)].push(j);
        }
        Self { cell, columns, rows, cells }
    }

    /// Keypoints of the 3×3 cells around `p`; none for a point that is not finite.
    fn around(&self, p: Point) -> impl Iterator<Item = usize> + '_ {
        let span = |v: f64, count: usize| {
            let cell = (v / self.cell).floor();
            let from = (cell - 1.0).clamp(0.0, count as f64) as usize;
            let to = (cell + 2.0).clamp(0.0, count as f64) as usize;
            if v.is_finite() { from..to } else { 0..0 }
        };
        let columns = span(p.x, self.columns);
        span(p.y, self.rows)
            .flat_map(move |row| columns.clone().map(move |column| row * self.columns + column))
            .flat_map(|cell| self.cells[cell].iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngCore, SeedableRng};

    #[test]
    fn both_inner_products_say_the_same() {
        let Some(by) = paired::instructions() else { return };
        let features = random_features(40, 5);
        for a in &features.descriptors {
            for b in &features.descriptors {
                assert_eq!(paired::dot(by, a, b), dot(a, b));
            }
        }
    }

    fn random_features(count: usize, seed: u64) -> Features {
        let mut random = rand_pcg::Pcg64::seed_from_u64(seed);
        let mut value = |below: u32| random.next_u32() % below;
        let mut features = Features::default();
        for _ in 0..count {
            let (x, y) = (value(60_000) as f32 / 100.0, value(60_000) as f32 / 100.0);
            features.keypoints.push(Keypoint { x, y, scale: 2.0, angle: 1.0 });
            let raw: Vec<f32> = (0..128).map(|_| value(1000) as f32).collect();
            let sum: f32 = raw.iter().sum();
            features.descriptors.push(std::array::from_fn(|i| ((raw[i] / sum).sqrt() * 512.0) as i16));
        }
        features
    }

    #[test]
    fn features_find_themselves_in_any_order() {
        let a = random_features(300, 1);
        let order: Vec<usize> = (0..300).map(|i| (i * 77 + 5) % 300).collect();
        let b = Features {
            keypoints: order.iter().map(|&i| a.keypoints[i]).collect(),
            descriptors: order.iter().map(|&i| a.descriptors[i]).collect(),
        };
        let matches = mutual(&a, &b);
        assert_eq!(matches.len(), 300);
        assert!(matches.iter().all(|m| m.moving.distance(m.fixed) < 1e-6));
        let guided = guided(&a, &b, &Matrix3::IDENTITY, 10.0);
        assert!(guided.len() > 290 && guided.iter().all(|m| m.moving.distance(m.fixed) < 1e-6));
    }

    #[test]
    fn unrelated_features_match_rarely() {
        let (a, b) = (random_features(300, 1), random_features(300, 2));
        assert!(mutual(&a, &b).len() < 60);
        assert!(mutual(&a, &Features::default()).is_empty() && mutual(&Features::default(), &b).is_empty());
        assert!(guided(&a, &Features::default(), &Matrix3::IDENTITY, 10.0).is_empty());
    }

    #[test]
    fn a_second_orientation_of_a_spot_is_no_competitor() {
        let mut a = random_features(50, 3);
        let mut b = a.clone();
        let twin = Keypoint { angle: 2.0, ..b.keypoints[7] };
        b.keypoints.push(twin);
        b.descriptors.push(b.descriptors[7]);
        a.keypoints.truncate(8);
        a.descriptors.truncate(8);
        assert_eq!(mutual(&a, &b).len(), 8);
    }
}
