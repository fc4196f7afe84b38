//! Two described pictures on the way to a transform.

use crate::geom::{Matrix3, Point, Size};
use crate::model::{Model, WhyNot};

use super::described::{DOUBLE_BELOW, Described};
use super::mask::Masks;
use super::matching::{self, Match, Turn};
use super::overlay::{self, sixteenth};
use super::robust::{self, Consensus};
use super::score::Evidence;
use super::verify::{self, Verdict};
use super::{dense, detail, refine, warp};

/// Radii of guided matching, as shares of the fixed picture's diagonal.
const GUIDED: [f64; 2] = [0.014, 0.009];
/// Below these odds of matches and votes other ways are tried.
const WEAK: (f64, f64) = (12.0, 10.0);
/// From these odds on nobody asks whether a picture is mirrored.
const PLAINLY_NOT_MIRRORED: f64 = 250.0;

/// The last step moves the corners by less than this many working pixels, or went astray.
const LAST_STEP: f64 = 2.0;
/// Block votes are not read more exactly than this, working pixels.
const VOTE_NOISE: f64 = 0.02;

/// A transform with the evidence for it.
pub struct Candidate {
    /// Moving → fixed, working pixels.
    pub matrix: Matrix3,
    /// Votes at the finer level of verification.
    pub fine: Verdict,
    /// Votes at the coarser one.
    pub coarse: Verdict,
    /// Odds of the matches that it was made from, or that support it.
    pub odds: f64,
}

impl Candidate {
    /// Rank among candidates.
    fn weight(&self) -> f64 {
        self.fine.nfa + self.coarse.nfa + 10.0 * self.fine.correlation
    }

    /// Whether blocks and correlation say of this what they say of the start it was refined from: pixels may follow a
    /// highlight.
    fn confirms(&self, start: &Self) -> bool {
        self.fine.nfa >= 0.97 * start.fine.nfa && self.fine.correlation >= start.fine.correlation - 0.005
    }

    fn better(self, other: Self) -> Self {
        if other.weight() > self.weight() { other } else { self }
    }

    /// Blocks that voted, and all of them, at both levels together.
    pub fn votes(&self) -> (usize, usize) {
        (self.fine.votes() + self.coarse.votes(), self.fine.blocks.len() + self.coarse.blocks.len())
    }

    /// How far blocks would still move, in working pixels. The finer level measures better; what moved beyond half of
    /// its reach is lost to it, and seen by the coarser one.
    pub fn displacement(&self) -> Option<f64> {
        let (fine, coarse) = (median(self.fine.displacements()), median(self.coarse.displacements()));
        coarse.filter(|by| *by > self.fine.trusted()).or(fine).or(coarse)
    }
}

/// Fewer keypoints or blocks than this give no median worth the name.
const LEAST_WITNESSES: usize = 8;

/// The middle value, `None` for fewer than [`LEAST_WITNESSES`].
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    (values.len() >= LEAST_WITNESSES).then(|| values[values.len() / 2])
}

/// Two described pictures, what counts in them, and what matches there.
pub struct Pair<'a> {
    moving: &'a Described,
    fixed: &'a Described,
    model: Model,
    masks: Masks,
    /// Mutual matches of the features where both pictures count.
    matches: Vec<Match>,
    /// What they agree on, before any pixel was looked at.
    modes: Vec<Consensus>,
    /// Finest pyramid level of verification, and the next.
    levels: [usize; 2],
}

impl<'a> Pair<'a> {
    /// Keeps of `matches` what `masks` lets count.
    pub fn new(moving: &'a Described, fixed: &'a Described, model: Model, matches: &[Match], masks: Masks) -> Self {
        let finest = usize::from(fixed.pyramid[0].longest() > DOUBLE_BELOW);
        let last = moving.pyramid.len().min(fixed.pyramid.len()) - 1;
        let matches: Vec<Match> = matches.iter().filter(|m| masks.hold(m)).copied().collect();
        let size = &fixed.pyramid[0];
        let modes = robust::consensus(&matches, size.width, size.height);
        Self { moving, fixed, model, masks, matches, modes, levels: [finest.min(last), (finest + 1).min(last)] }
    }

    fn diagonal(&self) -> f64 {
        self.fixed.pyramid[0].diagonal()
    }

    /// Odds of what the matches agree on most.
    pub fn odds(&self) -> f64 {
        self.modes.first().map_or(0.0, |c| c.nfa)
    }

    fn candidate(&self, matrix: Matrix3, odds: f64) -> Option<Candidate> {
        let (moving, fixed) = (&self.moving.pyramid, &self.fixed.pyramid);
        if !warp::plausible(&matrix, moving[0].width, moving[0].height) {
            return None;
        }
        let (fine, coarse) = rayon::join(
            || verify::verify(moving, fixed, &matrix, self.levels[0], &self.masks),
            || verify::verify(moving, fixed, &matrix, self.levels[1], &self.masks),
        );
        Some(Candidate { matrix, fine, coarse, odds })
    }

    /// The best transform by features, or by the next best of them, or without them where those are weak.
    pub fn best(&self) -> Option<Candidate> {
        let strong = |c: &Candidate| c.odds >= WEAK.0 || c.fine.nfa >= WEAK.1;
        let first = self.modes.first().and_then(|c| self.by_features(c));
        if first.as_ref().is_some_and(strong) {
            return first;
        }
        let others = self.modes.iter().skip(1).filter_map(|c| self.candidate(self.rematch(c), c.nfa));
        let next = others.reduce(Candidate::better).and_then(|c| self.refined(c.matrix, c.odds));
        let dense = dense::search(&self.moving.pyramid, &self.fixed.pyramid, self.model, self.levels[0], &self.masks);
        let dense = dense.into_iter().filter_map(|matrix| self.candidate(matrix, self.support(&matrix)));
        first.into_iter().chain(next).chain(dense).reduce(Candidate::better)
    }

    /// Guided re-matching and refinement on pixels of what the matches agreed on.
    fn by_features(&self, consensus: &Consensus) -> Option<Candidate> {
        self.refined(self.rematch(consensus), consensus.nfa)
    }

    fn rematch(&self, consensus: &Consensus) -> Matrix3 {
        let (diagonal, fine) = (self.diagonal(), robust::fine_radius(self.diagonal()));
        let mut matrix =
            robust::optimise(&self.matches, &consensus.matrix, self.model, &[2.0 * fine, 1.5 * fine, fine]);
        for radius in GUIDED {
            let guided = self.guided(&matrix, radius);
            let radii = [0.008 * diagonal, 1.5 * fine, fine, fine, fine];
            matrix = robust::optimise(&guided, &matrix, self.model, &radii);
        }
        matrix
    }

    /// `matrix`, or what refinement on pixels makes of it where that is confirmed.
    pub fn refined(&self, matrix: Matrix3, odds: f64) -> Option<Candidate> {
        let plain = self.candidate(matrix, odds);
        let order: &[usize] = if self.levels[0] == 1 { &[2, 1, 0] } else { &[1, 0] };
        let (moving, fixed) = (&self.moving.pyramid, &self.fixed.pyramid);
        let refined = refine::refine(moving, fixed, &matrix, self.model, order, 12, &self.masks.fixed);
        let refined = self.candidate(refined, odds);
        match (plain, refined) {
            (Some(plain), Some(refined)) => {
                let kept = refined.confirms(&plain) && plain.weight() <= refined.weight();
                Some(if kept { refined } else { plain })
            }
            (plain, refined) => plain.or(refined),
        }
    }

    /// `found` refined on what both pictures have beyond the working size; none where they have nothing, or where the
    /// votes of blocks do not confirm it.
    pub fn polished(&self, found: &Candidate) -> Option<Candidate> {
        let (moving, fixed) = (self.moving.detail.as_ref()?, self.fixed.detail.as_ref()?);
        let matrix = detail::refine(moving, fixed, &found.matrix, self.model, &self.masks.fixed)?;
        let size = Size::new(self.moving.pyramid[0].width as u32, self.moving.pyramid[0].height as u32);
        let near = matrix.mean_corner_error(&found.matrix, size) < LAST_STEP;
        let polished = if near { self.candidate(matrix, found.odds)? } else { return None };
        let votes = |c: &Candidate| median(c.fine.blocks.iter().filter_map(|b| b.vote).collect());
        let nearer = votes(&polished).zip(votes(found)).is_some_and(|(last, first)| last <= first + VOTE_NOISE);
        (nearer && polished.confirms(found)).then_some(polished)
    }

    /// Odds of a transform that did not come from the matches.
    pub fn support(&self, matrix: &Matrix3) -> f64 {
        let size = &self.fixed.pyramid[0];
        robust::odds(&self.matches, matrix, size.width, size.height)
    }

    /// Matches around where `matrix` expects them, where both pictures count.
    fn guided(&self, matrix: &Matrix3, radius: f64) -> Vec<Match> {
        let radius = radius * self.diagonal();
        let mut all = matching::guided(&self.moving.features, &self.fixed.features, matrix, radius);
        all.retain(|m| self.masks.hold(m));
        all
    }

    /// The numbers that decide about a transform.
    pub fn evidence(&self, found: &Candidate, prints: &[Matrix3]) -> Evidence {
        let full_scale = found.matrix.scale() * self.moving.scale / self.fixed.scale;
        let print = overlay::is_print(&found.matrix, full_scale, prints, &self.fixed.pyramid[0], found.fine.nfa);
        let stamp =
            (print || overlay::repeats(&found.matrix, full_scale, found.coarse.share()) || self.is_stamp(found))
                .then_some(WhyNot::OnlyStamp);
        let mirrored = || self.is_mirrored(found.odds).then_some(WhyNot::Mirrored);
        Evidence { beside_print: !prints.is_empty(), veto: stamp.or_else(mirrored), ..Evidence::of(found) }
    }

    /// Whether the moving picture in a mirror agrees with the fixed one, and better.
    fn is_mirrored(&self, odds: f64) -> bool {
        if odds >= PLAINLY_NOT_MIRRORED {
            return false;
        }
        let width = self.moving.pyramid[0].width;
        let flipped = self.moving.features.mirrored(width);
        let mut matches = matching::mutual(&flipped, &self.fixed.features);
        matches.retain(|m| {
            let seen = Match { moving: Point::new(width as f64 - m.moving.x, m.moving.y), ..*m };
            self.masks.hold(&seen)
        });
        let size = &self.fixed.pyramid[0];
        let modes = robust::consensus(&matches, size.width, size.height);
        modes.first().is_some_and(|mode| mode.nfa > odds.max(WEAK.0))
    }

    /// How far things still are apart, in working pixels of the fixed picture; none where too little could be measured.
    /// See [`super::Registration::residual_px`].
    pub fn residual(&self, found: &Candidate) -> Option<f64> {
        let rematched = self.guided(&found.matrix, GUIDED[1]);
        let keypoints = median(rematched.iter().map(|m| m.squared_error(&found.matrix).sqrt()).collect());
        match (keypoints, found.displacement()) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (a, b) => a.or(b),
        }
    }

    /// Matches that support what they agree on most, where its odds are better than `least`.
    pub fn agreeing(&self, least: f64) -> Vec<Match> {
        let Some(best) = self.modes.first().filter(|mode| mode.nfa > least) else { return Vec::new() };
        let (turn, limit) = (Turn::of(&best.matrix), (2.0 * robust::fine_radius(self.diagonal())).powi(2));
        let supports = |m: &&Match| turn.agrees(m) && m.squared_error(&best.matrix) < limit;
        self.matches.iter().filter(supports).copied().collect()
    }

    /// Whether a transform with more freedom explains far more matches around `matrix`: the depth of a head or the tilt
    /// of a camera, which no similarity takes away.
    pub fn is_turned(&self, matrix: &Matrix3) -> bool {
        self.turned(matrix).is_some()
    }

    /// Whether the skin between the features agrees once that freedom is given: then it is one person, turned, and nobody
    /// who merely looks alike.
    pub fn agrees_when_turned(&self, found: &Candidate) -> bool {
        let freer = self.turned(&found.matrix).and_then(|freer| self.candidate(freer, found.odds));
        freer.is_some_and(|freer| !Evidence::of(&freer).is_lookalike())
    }

    /// The affine transform that explains far more, where there is one.
    fn turned(&self, matrix: &Matrix3) -> Option<Matrix3> {
        let fine = robust::fine_radius(self.diagonal());
        let around = self.guided(matrix, 3.0 * GUIDED[0]);
        let within = |model: Model| {
            let fitted = robust::optimise(&around, matrix, model, &[6.0 * fine, 4.0 * fine, 2.0 * fine, fine]);
            let count = around.iter().filter(|m| m.squared_error(&fitted) < fine * fine).count();
            (count, fitted)
        };
        let ((rigid, _), (free, fitted)) = (within(Model::Similarity), within(Model::Affine));
        (free >= 15 && 2 * free >= 3 * rigid && warp::anisotropy(&fitted) > 1.06).then_some(fitted)
    }

    /// Whether only a stamp agrees: see [`overlay::only_stamp`]. Refinement may have left the stamp for somewhere on the
    /// skin, so what the matches agreed on is asked as well.
    fn is_stamp(&self, found: &Candidate) -> bool {
        let agreed = self.modes.iter().take(1).map(|c| &c.matrix);
        agreed.chain([&found.matrix]).any(|matrix| self.holds_stamp(matrix, &found.fine))
    }

    /// The cells of the fixed picture, by [`sixteenth`], that hold most of these matches.
    fn cells<'m>(&self, matches: impl Iterator<Item = &'m Match>) -> [bool; 16] {
        let mut counts = [0; 16];
        for m in matches {
            counts[self.cell(m.fixed)] += 1;
        }
        overlay::crowded(&counts)
    }

    fn cell(&self, p: Point) -> usize {
        sixteenth(p, self.fixed.pyramid[0].width, self.fixed.pyramid[0].height)
    }

    /// Whether matches fill no more of the fixed picture than a stamp does.
    pub fn are_in_few_places(&self, matches: &[Match]) -> bool {
        self.cells(matches.iter()).iter().filter(|held| **held).count() < overlay::FEW_CELLS
    }

    fn holds_stamp(&self, matrix: &Matrix3, verdict: &Verdict) -> bool {
        // Free matches, as guided ones gather anywhere by chance.
        let (turn, limit) = (Turn::of(matrix), robust::fine_radius(self.diagonal()).powi(2));
        let held = self.cells(self.matches.iter().filter(|m| turn.agrees(m) && m.squared_error(matrix) < limit));
        let elsewhere = verify::significance(verdict.blocks.iter().filter(|b| !held[self.cell(b.centre)]));
        let full_scale = matrix.scale() * self.moving.scale / self.fixed.scale;
        let cells = held.iter().filter(|h| **h).count();
        cells > 0 && overlay::only_stamp(matrix.rotation(), full_scale, cells, elsewhere)
    }
}

#[cfg(test)]
mod tests {
    use super::super::describe;
    use super::super::mask::Mask;
    use super::*;
    use crate::imaging::Picture;

    #[test]
    fn what_was_not_measured_has_no_residual() {
        let flat = describe(&Picture::filled(Size::new(320, 240), [150, 120, 100]), Size::new(320, 240));
        let all = Mask::new(320, 240, |_, _| true);
        let pair = Pair::new(&flat, &flat, Model::Similarity, &[], Masks { moving: all.clone(), fixed: all });
        let found = pair.candidate(Matrix3::IDENTITY, 0.0).expect("a plausible transform");
        assert!(found.fine.blocks.is_empty());
        assert_eq!(pair.residual(&found), None);
    }
}
