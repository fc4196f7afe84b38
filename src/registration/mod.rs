//! Two photos of the same skin → the transform between them, or why there is none.
//!
//! [`describe`] prepares one photo and is worth caching; [`register`] compares two prepared photos. Both are pure and
//! give the same bits on any number of threads. [`landmarks`] takes clicks instead, and [`refine_from`] goes on from
//! there.
//!
//! The order of work: luminance at 1024 px ([`plane`]) → local normalisation ([`filter`]) → keypoints and descriptors
//! ([`features`]) → mutual matches ([`matching`]) → what of them is skin and not cloth, border or print ([`mask`],
//! [`overlay`]) → transforms and their odds ([`robust`]) → refinement on pixels ([`refine`]) → votes of blocks
//! ([`verify`]) → if that is weak, a search without features ([`dense`]) → the answer ([`score`]).

mod dense;
mod described;
mod features;
mod filter;
mod fit;
pub mod landmarks;
mod mask;
mod matching;
mod overlay;
mod pair;
mod plane;
mod refine;
mod region;
mod robust;
mod score;
mod stat;
mod verify;
mod warp;
mod widest;

use crate::geom::Matrix3;
use crate::model::{Answer, Model, WhyNot};

pub use self::described::{Described, describe};
use self::mask::Masks;
pub use self::mask::looks_like_skin;
use self::matching::Match;
use self::pair::{Candidate, Pair};
pub use self::region::Region;

/// Version of the engine, stored with every alignment.
pub const ENGINE: u32 = 2;

/// A working picture with a side shorter than this has nothing to compare.
const LEAST_SIDE: usize = 32;
/// Matches on everything with better odds than this, where those on skin do not suffice, are those of a background.
const BACKGROUND: f64 = 12.0;

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

impl Registration {
    fn refused(why: WhyNot) -> Self {
        Self { answer: Answer::None, matrix: None, residual_px: None, confidence: 0.0, why: Some(why) }
    }
}

/// Finds the transform from `moving` to `fixed`. More freedom than a similarity is used only where matches carry it.
#[must_use]
pub fn register(moving: &Described, fixed: &Described, model: Model) -> Registration {
    register_within(moving, fixed, model, None)
}

/// As [`register`], but of the fixed picture `region` alone counts: for features, pixels and votes. Whoever draws a
/// region knows what is skin, so colours are not asked then.
#[must_use]
pub fn register_within(moving: &Described, fixed: &Described, model: Model, region: Option<&Region>) -> Registration {
    if moving.is_too_small() || fixed.is_too_small() {
        return Registration::refused(WhyNot::TooLittleDetail);
    }
    let question = Question::new(moving, fixed, model, region);
    let pair = question.pair();
    match pair.best() {
        Some(found) => question.answer(&pair, &found),
        None => Registration::refused(question.reason(&pair, None)),
    }
}

/// Odds, as a logarithm, of what the features of two pictures agree on, before any pixel is compared: a fraction of the
/// work of [`register`], to find out with which of many pictures that is worth while.
#[must_use]
pub fn odds(moving: &Described, fixed: &Described) -> f64 {
    if moving.is_too_small() || fixed.is_too_small() {
        return 0.0;
    }
    Question::new(moving, fixed, Model::Similarity, None).pair().odds()
}

/// Refines a transform that a person gave, on pixels, and says what it is worth. `start` maps pixels of the upright
/// originals and should be within about one percent of the truth; what does not confirm the result leaves it as it was.
#[must_use]
pub fn refine_from(
    moving: &Described,
    fixed: &Described,
    start: &Matrix3,
    model: Model,
    region: Option<&Region>,
) -> Registration {
    if moving.is_too_small() || fixed.is_too_small() {
        return Registration::refused(WhyNot::TooLittleDetail);
    }
    let question = Question::new(moving, fixed, model, region);
    let pair = question.pair();
    let working = start.rescaled((moving.scale, moving.scale), (fixed.scale, fixed.scale));
    match pair.refined(working, pair.support(&working)) {
        Some(found) => question.answer(&pair, &found),
        None => Registration::refused(WhyNot::TooLittleInCommon),
    }
}

/// Colours that find this many times as much skin in one picture as in the other were misled in one of them.
const MISLED: f64 = 2.5;

fn alike(one: f64, other: f64) -> bool {
    one.max(other) < MISLED * one.min(other)
}

/// What is asked, and what of both pictures may take part in the answer.
struct Question<'a> {
    moving: &'a Described,
    fixed: &'a Described,
    model: Model,
    /// Mutual matches anywhere.
    matches: Vec<Match>,
    /// What counts.
    masks: Masks,
    /// What would count if everything were skin, where skin is told from the rest.
    whole: Option<Masks>,
    /// Shifts of the print that was taken out of the masks.
    prints: Vec<Matrix3>,
}

impl<'a> Question<'a> {
    fn new(moving: &'a Described, fixed: &'a Described, model: Model, region: Option<&Region>) -> Self {
        let matches = matching::mutual(&moving.features, &fixed.features);
        let mut masks = Masks { moving: moving.content.clone(), fixed: fixed.content.clone() };
        let size = &fixed.pyramid[0];
        if let Some(region) = region {
            masks.fixed = masks.fixed.and(&region.mask(size.width, size.height, fixed.scale));
        }
        let prints = overlay::remove(moving, fixed, &matches, &mut masks);
        let whole = masks.clone();
        let told = match (&moving.skin, &fixed.skin) {
            (Some(own), Some(other)) if region.is_none() && alike(own.share(), other.share()) => {
                masks = Masks { moving: masks.moving.and(own), fixed: masks.fixed.and(other) };
                true
            }
            _ => false,
        };
        Self { moving, fixed, model, matches, masks, whole: told.then_some(whole), prints }
    }

    fn pair(&self) -> Pair<'a> {
        Pair::new(self.moving, self.fixed, self.model, &self.matches, self.masks.clone())
    }

    fn answer(&self, pair: &Pair<'_>, found: &Candidate) -> Registration {
        let evidence = pair.evidence(found, &self.prints);
        let (answer, confidence) = evidence.decide();
        let (from, to) = (1.0 / self.moving.scale, 1.0 / self.fixed.scale);
        let Some(matrix) = fit::unit(found.matrix.rescaled((from, from), (to, to))) else {
            return Registration::refused(WhyNot::TooLittleInCommon);
        };
        let why = match answer {
            Answer::Aligned => None,
            Answer::Suggestion if pair.is_turned(&found.matrix) => Some(WhyNot::TurnedHead),
            Answer::Suggestion => Some(WhyNot::Unsure),
            Answer::None => Some(evidence.veto.unwrap_or_else(|| self.reason(pair, Some(found)))),
        };
        let shown = answer != Answer::None;
        Registration {
            answer,
            matrix: shown.then_some(matrix),
            residual_px: shown.then(|| to * residual(found, pair.rematched(&found.matrix))),
            confidence,
            why,
        }
    }

    /// Why there is no answer, in the order in which a person can do something about it.
    fn reason(&self, pair: &Pair<'_>, found: Option<&Candidate>) -> WhyNot {
        if !self.prints.is_empty() {
            WhyNot::OnlyStamp
        } else if self.moving.is_poor() || self.fixed.is_poor() {
            WhyNot::TooLittleDetail
        } else if self.moving.is_blurred() || self.fixed.is_blurred() {
            WhyNot::TooBlurred
        } else if self.background_agrees() {
            WhyNot::OnlyBackground
        } else if found.is_some_and(|c| pair.is_turned(&c.matrix)) {
            WhyNot::TurnedHead
        } else {
            WhyNot::TooLittleInCommon
        }
    }

    fn background_agrees(&self) -> bool {
        self.whole.as_ref().is_some_and(|masks| {
            let everything = Pair::new(self.moving, self.fixed, self.model, &self.matches, masks.clone());
            everything.odds() > BACKGROUND
        })
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
