//! Two photos of the same skin → the transform between them, or why there is none.
//!
//! [`describe`] prepares one photo and is worth caching; [`register`] compares two prepared photos. Both are pure and
//! give the same bits on any number of threads. [`landmarks`] takes clicks instead, and [`refine_from`] goes on from
//! there.
//!
//! The order of work: luminance at 1024 px ([`plane`]) → local normalisation ([`filter`]) → keypoints and descriptors
//! ([`features`]) → mutual matches ([`matching`]) → what of them is skin and not cloth, border or print ([`mask`],
//! [`overlay`]) → transforms and their odds ([`robust`]) → refinement on pixels ([`refine`]) → votes of blocks
//! ([`verify`]) → if that is weak, a search without features ([`dense`]) → the answer ([`score`]) → its last step at up
//! to 2048 px ([`detail`]), which changes the transform by fractions of a pixel and the answer not at all.

mod dense;
mod described;
mod detail;
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

use crate::geom::Matrix3;
use crate::model::{Answer, Model, WhyNot};

pub use self::described::{Described, describe};
pub use self::detail::DETAIL;
use self::mask::Masks;
pub use self::mask::looks_like_skin;
use self::matching::Match;
use self::pair::{Candidate, Pair};
pub use self::region::Region;

/// Version of the engine, stored with every alignment.
pub const ENGINE: u32 = 6;

/// A working picture with a side shorter than this has nothing to compare.
const LEAST_SIDE: usize = 32;
/// Within a region with fewer blocks than this nothing but a plain answer is worth showing.
const LEAST_BLOCKS: usize = 8;
/// As much of the picture holds about so many.
const LEAST_SHARE: f64 = 0.04;
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
    /// distance of re-matched keypoints and the median distance by which blocks would still move together with their
    /// neighbours. None without a matrix, and where too few of either could be measured.
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
        None => Registration::refused(question.reason(&pair, None, None)),
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
    /// Whether a part of the fixed picture alone counts.
    in_part: bool,
    /// Mutual matches anywhere.
    matches: Vec<Match>,
    /// What counts.
    masks: Masks,
    /// What would count if skin were not told from print and from what is around it.
    everything: Masks,
    /// Whether colours told skin from what is around it.
    told: bool,
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
        let everything = masks.clone();
        let prints = overlay::remove(moving, fixed, &matches, &mut masks);
        let told = match (&moving.skin, &fixed.skin) {
            (Some(own), Some(other)) if region.is_none() && alike(own.share(), other.share()) => {
                masks = Masks { moving: masks.moving.and(own), fixed: masks.fixed.and(other) };
                true
            }
            _ => false,
        };
        Self { moving, fixed, model, in_part: region.is_some(), matches, masks, everything, told, prints }
    }

    fn pair(&self) -> Pair<'a> {
        Pair::new(self.moving, self.fixed, self.model, &self.matches, self.masks.clone())
    }

    fn answer(&self, pair: &Pair<'_>, found: &Candidate) -> Registration {
        let evidence = pair.evidence(found, &self.prints);
        let (answer, confidence) = evidence.decide();
        if answer == Answer::Suggestion && self.in_part && evidence.votes.1 < LEAST_BLOCKS {
            return Registration::refused(WhyNot::RegionTooSmall);
        }
        let shown = answer != Answer::None;
        let polished = if shown { pair.polished(found) } else { None };
        let last = polished.as_ref().unwrap_or(found);
        let (from, to) = (1.0 / self.moving.scale, 1.0 / self.fixed.scale);
        let Some(matrix) = fit::unit(last.matrix.rescaled((from, from), (to, to))) else {
            return Registration::refused(WhyNot::TooLittleInCommon);
        };
        let why = match answer {
            Answer::Aligned => None,
            // Before any other reason: whoever takes it for the same person must have been told.
            Answer::Suggestion if evidence.is_lookalike() && !pair.agrees_when_turned(found) => Some(WhyNot::Lookalike),
            Answer::Suggestion if pair.is_turned(&found.matrix) => Some(WhyNot::TurnedHead),
            Answer::Suggestion => Some(WhyNot::Unsure),
            Answer::None => Some(self.reason(pair, Some(found), evidence.veto)),
        };
        Registration {
            answer,
            matrix: shown.then_some(matrix),
            residual_px: if shown { pair.residual(last).map(|px| to * px) } else { None },
            confidence,
            why,
        }
    }

    /// Why there is no answer, in the order in which a person can do something about it. Print and what is around the
    /// skin are to blame last, as a clinic may have a logo on every photo.
    fn reason(&self, pair: &Pair<'_>, found: Option<&Candidate>, veto: Option<WhyNot>) -> WhyNot {
        if veto == Some(WhyNot::Mirrored) {
            WhyNot::Mirrored
        } else if self.moving.is_poor() || self.fixed.is_poor() {
            WhyNot::TooLittleDetail
        } else if self.moving.is_blurred() || self.fixed.is_blurred() {
            WhyNot::TooBlurred
        } else if self.in_part && self.shows_too_little(found) {
            WhyNot::RegionTooSmall
        } else if found.is_some_and(|c| pair.is_turned(&c.matrix)) {
            WhyNot::TurnedHead
        } else {
            let plain = found.is_some_and(|c| c.odds > BACKGROUND);
            self.beside_skin().or(veto.filter(|_| plain)).unwrap_or(WhyNot::TooLittleInCommon)
        }
    }

    /// Whether what alone counts is too small to tell anything by.
    fn shows_too_little(&self, found: Option<&Candidate>) -> bool {
        found.map_or_else(|| self.masks.fixed.share() < LEAST_SHARE, |c| c.votes().1 < LEAST_BLOCKS)
    }

    /// What agrees although the skin does not: print, or what is around the skin. None where neither would be taken for
    /// an agreement.
    fn beside_skin(&self) -> Option<WhyNot> {
        let everything = Pair::new(self.moving, self.fixed, self.model, &self.matches, self.everything.clone());
        let agreeing = everything.agreeing(BACKGROUND);
        let most = |are: &dyn Fn(&Match) -> bool| 2 * agreeing.iter().filter(|m| are(m)).count() > agreeing.len();
        let skin = self.fixed.skin.as_ref().filter(|_| self.told);
        let on_skin = most(&|m| skin.is_none_or(|skin| skin.at(m.fixed)));
        // What stays where it was is print, or a backdrop before a camera on a stand; print fills a corner or crosses
        // the skin.
        let print = most(&|m| overlay::is_still(m, &self.prints));
        if print && (on_skin || everything.are_in_few_places(&agreeing)) {
            Some(WhyNot::OnlyStamp)
        } else {
            (self.told && !on_skin && !agreeing.is_empty()).then_some(WhyNot::OnlyBackground)
        }
    }
}
