//! Two photos of the same skin → the transform between them, or why there is none.
//!
//! [`describe`] prepares one photo and is worth caching; [`register`] compares two prepared photos. Both are pure and
//! give the same bits on any number of threads.
//!
//! The order of work: luminance at 1024 px ([`plane`]) → local normalisation ([`filter`]) → keypoints and descriptors
//! ([`features`]) → mutual matches ([`matching`]) → one transform and its odds ([`robust`]) → refinement on pixels
//! ([`refine`]) → votes of blocks ([`verify`]) → if that is weak, a search without features ([`dense`]) → the answer
//! ([`score`]).

mod dense;
mod features;
mod filter;
mod fit;
mod matching;
mod plane;
mod refine;
mod robust;
mod score;
mod stat;
mod verify;
mod warp;

use crate::geom::{Matrix3, Point, Size};
use crate::imaging::Picture;
use crate::model::{Answer, Model, WhyNot};

use self::features::Features;
use self::matching::{Match, Turn};
use self::plane::Plane;
use self::robust::Consensus;
use self::score::Evidence;
use self::verify::Verdict;

/// Version of the engine, stored with every alignment.
pub const ENGINE: u32 = 1;

/// Deviation of local normalisation as share of the longest side, and its least value in pixels.
const NORMALISATION: (f32, f32) = (0.025, 6.0);
/// Luma deviation that counts as noise, of 255.
const NOISE_FLOOR: f32 = 6.0;
/// Working pictures smaller than this are searched at twice their size, as they have few keypoints otherwise.
const DOUBLE_BELOW: usize = 640;
/// A working picture with a side shorter than this has nothing to compare.
const LEAST_SIDE: usize = 32;
/// Radii of guided matching, as shares of the fixed picture's diagonal.
const GUIDED: [f64; 2] = [0.014, 0.009];
/// Below these odds of matches and votes the search without features is tried.
const WEAK: (f64, f64) = (12.0, 10.0);

/// A picture made ready for registration: normalised luminance at ≤ 1024 px as a pyramid, and features. Cacheable.
#[derive(Debug, Clone, PartialEq)]
pub struct Described {
    full: Size,
    /// Working ÷ original pixels.
    scale: f64,
    pyramid: Vec<Plane>,
    features: Features,
}

impl Described {
    /// Size of the upright original.
    #[must_use]
    pub fn full(&self) -> Size {
        self.full
    }

    /// Number of keypoints; a measure of how much the picture offers to hold on to.
    #[must_use]
    pub fn keypoints(&self) -> usize {
        self.features.keypoints.len()
    }

    /// Memory it takes, for the budget of a cache.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let pixels: usize = self.pyramid.iter().map(|p| p.data.len() * size_of::<f32>()).sum();
        pixels + self.keypoints() * (size_of::<features::Keypoint>() + size_of::<features::Descriptor>())
    }
}

/// What the registration found.
#[derive(Debug, Clone, PartialEq)]
pub struct Registration {
    /// Aligned, suggestion, or none.
    pub answer: Answer,
    /// Moving → fixed, pixels of the upright originals, centres at +0.5. None when the answer is none.
    pub matrix: Option<Matrix3>,
    /// How far apart things still are after the transform, in pixels of the fixed original: the greater of the median
    /// distance of re-matched keypoints and the median distance by which blocks would still move. None without a matrix.
    pub residual_px: Option<f64>,
    /// 0–1; at least 0.75 when aligned, 0.25–0.75 for a suggestion.
    pub confidence: f64,
    /// The reason for anything but "aligned".
    pub why: Option<WhyNot>,
}

/// Prepares a picture. `full` is the size of the upright original that `picture` was decoded from.
#[must_use]
pub fn describe(picture: &Picture, full: Size) -> Described {
    let (luma, scale) = plane::working_luma(picture, full);
    let full = if full.width == 0 || full.height == 0 { picture.size() } else { full };
    if luma.shortest() < LEAST_SIDE {
        return Described { full, scale, pyramid: vec![luma], features: Features::default() };
    }
    let sigma = (luma.longest() as f32 * NORMALISATION.0).max(NORMALISATION.1);
    let normalised = filter::normalised(&luma, sigma, NOISE_FLOOR);
    let levels = ((luma.longest() as f64 / 40.0).log2() as usize + 1).clamp(2, 5);
    let (features, pyramid) = rayon::join(
        || Features::find(&normalised, luma.longest() < DOUBLE_BELOW),
        || filter::pyramid(&normalised, levels),
    );
    Described { full, scale, pyramid, features }
}

/// Finds the transform from `moving` to `fixed`. More freedom than a similarity is used only where matches carry it.
#[must_use]
pub fn register(moving: &Described, fixed: &Described, model: Model) -> Registration {
    let keypoints = moving.keypoints().min(fixed.keypoints());
    let refusal =
        |why| Registration { answer: Answer::None, matrix: None, residual_px: None, confidence: 0.0, why: Some(why) };
    if moving.pyramid[0].shortest() < LEAST_SIDE || fixed.pyramid[0].shortest() < LEAST_SIDE {
        return refusal(WhyNot::TooLittleDetail);
    }
    let pair = Pair::new(moving, fixed, model);
    let Some(found) = pair.best() else { return refusal(score::reason(keypoints)) };
    let evidence = Evidence {
        matches: pair.odds(),
        fine: found.fine.nfa,
        coarse: found.coarse.nfa,
        correlation: found.fine.correlation,
        stamp: pair.is_stamp(&found),
        keypoints,
    };
    let (answer, confidence, why) = evidence.decide();
    let original = 1.0 / fixed.scale;
    let matrix = found.matrix.rescaled((1.0 / moving.scale, 1.0 / moving.scale), (original, original));
    let shown = answer != Answer::None;
    Registration {
        answer,
        matrix: fit::unit(matrix).filter(|_| shown),
        residual_px: shown.then(|| original * residual(&found, pair.rematched(&found.matrix))),
        confidence,
        why,
    }
}

/// A transform with the evidence for it.
struct Candidate {
    matrix: Matrix3,
    fine: Verdict,
    coarse: Verdict,
}

impl Candidate {
    /// Rank among candidates.
    fn weight(&self) -> f64 {
        self.fine.nfa + self.coarse.nfa + 10.0 * self.fine.correlation
    }
}

/// Two described pictures on the way to a transform.
struct Pair<'a> {
    moving: &'a Described,
    fixed: &'a Described,
    model: Model,
    /// Mutual matches of the features.
    matches: Vec<Match>,
    /// What they agree on, before any pixel was looked at.
    consensus: Option<Consensus>,
    /// Finest pyramid level of verification, and the next.
    levels: [usize; 2],
}

impl<'a> Pair<'a> {
    fn new(moving: &'a Described, fixed: &'a Described, model: Model) -> Self {
        let finest = usize::from(fixed.pyramid[0].longest() > DOUBLE_BELOW);
        let last = moving.pyramid.len().min(fixed.pyramid.len()) - 1;
        let matches = matching::mutual(&moving.features, &fixed.features);
        let size = &fixed.pyramid[0];
        let consensus = robust::consensus(&matches, size.width, size.height);
        Self { moving, fixed, model, matches, consensus, levels: [finest.min(last), (finest + 1).min(last)] }
    }

    fn diagonal(&self) -> f64 {
        self.fixed.pyramid[0].diagonal()
    }

    /// Odds of the matches, whatever transform is chosen in the end.
    fn odds(&self) -> f64 {
        self.consensus.as_ref().map_or(0.0, |c| c.nfa)
    }

    fn candidate(&self, matrix: Matrix3) -> Option<Candidate> {
        let (moving, fixed) = (&self.moving.pyramid, &self.fixed.pyramid);
        if !warp::plausible(&matrix, moving[0].width, moving[0].height) {
            return None;
        }
        let (fine, coarse) = rayon::join(
            || verify::verify(moving, fixed, &matrix, self.levels[0]),
            || verify::verify(moving, fixed, &matrix, self.levels[1]),
        );
        Some(Candidate { matrix, fine, coarse })
    }

    /// The best transform by features, or without them where those are weak.
    fn best(&self) -> Option<Candidate> {
        let by_features = self.consensus.as_ref().and_then(|c| self.by_features(&c.matrix));
        if self.odds() >= WEAK.0 || by_features.as_ref().is_some_and(|c| c.fine.nfa >= WEAK.1) {
            return by_features;
        }
        let dense = dense::search(&self.moving.pyramid, &self.fixed.pyramid, self.model, self.levels[0]);
        let others = dense.into_iter().filter_map(|matrix| self.candidate(matrix));
        by_features.into_iter().chain(others).reduce(|a, b| if b.weight() > a.weight() { b } else { a })
    }

    /// Guided re-matching and refinement on pixels of what the matches agreed on.
    fn by_features(&self, consensus: &Matrix3) -> Option<Candidate> {
        let (diagonal, fine) = (self.diagonal(), robust::fine_radius(self.diagonal()));
        let mut matrix = robust::optimise(&self.matches, consensus, self.model, &[2.0 * fine, 1.5 * fine, fine]);
        for radius in GUIDED {
            let guided = matching::guided(&self.moving.features, &self.fixed.features, &matrix, radius * diagonal);
            let radii = [0.008 * diagonal, 1.5 * fine, fine, fine, fine];
            matrix = robust::optimise(&guided, &matrix, self.model, &radii);
        }
        let plain = self.candidate(matrix);
        let order: &[usize] = if self.levels[0] == 1 { &[2, 1, 0] } else { &[1, 0] };
        let refined = refine::refine(&self.moving.pyramid, &self.fixed.pyramid, &matrix, self.model, order, 12);
        let refined = self.candidate(refined);
        match (plain, refined) {
            (Some(plain), Some(refined)) => {
                // The pixels may follow a highlight: they must not lose what blocks and correlation have confirmed.
                let kept = refined.fine.nfa >= 0.97 * plain.fine.nfa
                    && refined.fine.correlation >= plain.fine.correlation - 0.005;
                Some(if kept && plain.weight() <= refined.weight() { refined } else { plain })
            }
            (plain, refined) => plain.or(refined),
        }
    }

    /// Distances of keypoints that were matched again around the final transform.
    fn rematched(&self, matrix: &Matrix3) -> Vec<f64> {
        let radius = GUIDED[1] * self.diagonal();
        let all = matching::guided(&self.moving.features, &self.fixed.features, matrix, radius);
        all.into_iter().map(|m| m.squared_error(matrix).sqrt()).collect()
    }

    /// Whether only a stamp agrees: see [`score::only_stamp`]. Refinement may have left the stamp for somewhere on the
    /// skin, so what the matches agreed on is asked as well.
    fn is_stamp(&self, found: &Candidate) -> bool {
        let agreed = self.consensus.iter().map(|c| &c.matrix);
        agreed.chain([&found.matrix]).any(|matrix| self.holds_stamp(matrix, &found.fine))
    }

    fn holds_stamp(&self, matrix: &Matrix3, verdict: &Verdict) -> bool {
        let size = &self.fixed.pyramid[0];
        let cell = |p: Point| {
            let index = |v: f64, length: usize| ((v * 4.0 / length as f64).max(0.0) as usize).min(3);
            index(p.y, size.height) * 4 + index(p.x, size.width)
        };
        // Free matches, as guided ones gather anywhere by chance.
        let (turn, limit) = (Turn::of(matrix), robust::fine_radius(self.diagonal()).powi(2));
        let mut counts = [0; 16];
        for m in self.matches.iter().filter(|m| turn.agrees(m) && m.squared_error(matrix) < limit) {
            counts[cell(m.fixed)] += 1;
        }
        let held = score::crowded(&counts);
        let elsewhere = verify::significance(verdict.blocks.iter().filter(|b| !held[cell(b.centre)]));
        let full_scale = matrix.scale() * self.moving.scale / self.fixed.scale;
        let cells = held.iter().filter(|h| **h).count();
        cells > 0 && score::only_stamp(matrix.rotation(), full_scale, cells, elsewhere)
    }
}

/// Fewer keypoints or blocks than this give no median worth the name.
const LEAST_WITNESSES: usize = 8;

/// Residual in working pixels where nothing could be measured: what block votes resolve at half size.
const COARSEST_RESIDUAL: f64 = 2.0;

/// See [`Registration::residual_px`]; in working pixels of the fixed picture.
fn residual(found: &Candidate, rematched: Vec<f64>) -> f64 {
    let keypoints = median(rematched);
    let blocks = median(found.fine.blocks.iter().filter_map(|b| b.vote).collect());
    match (keypoints, blocks) {
        (Some(a), Some(b)) => a.max(b),
        (a, b) => a.or(b).unwrap_or(COARSEST_RESIDUAL),
    }
}

/// The middle value, `None` for fewer than [`LEAST_WITNESSES`].
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    (values.len() >= LEAST_WITNESSES).then(|| values[values.len() / 2])
}
