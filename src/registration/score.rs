//! From evidence to one of three answers.
//!
//! No single number separates right from wrong, so three independent ones decide: the odds of the feature matches, the
//! votes of blocks at two resolutions, and the correlation of the whole. The rule was set on real before/after pairs
//! and pairs of different people, with no wrong acceptance among the latter.

use super::pair::Candidate;
use crate::model::{Answer, WhyNot};

/// A confidence from here on is worth showing as a suggestion; below it the answer is a refusal.
const SUGGEST: f64 = 0.5;

/// Matches with better odds than this, whose place no more blocks confirm than so large a share, are of lookalikes …
const LOOKALIKE: (f64, f64) = (30.0, 0.53);
/// … but from these odds on so many features lie on the skin itself that nothing more is asked.
const PLAIN: f64 = 400.0;
/// Fewer blocks than this do not confirm features of worse odds than that: what little of two pictures lies over each other
/// may be one eye.
const FEW: (usize, f64) = (30, 30.0);
/// Whole faces of two people correlate by the shading of their shape alone. What correlates better than the first of these
/// needs a share of votes that grows from that of lookalikes by so much for each unit, up to the last: skin that looks so
/// much the same agrees in nearly every block.
const SAME_SHAPE: (f64, f64, f64) = (0.6, 2.3, 0.76);
/// Nobody looks so much like another that the whole correlates better than this: it is one photo, or two of one moment.
const ONE_MOMENT: f64 = 0.95;
/// Below that, where blocks do not say it by themselves, the share of votes grows with the correlation from this on, by so
/// much for each unit.
const SHAPE_ALONE: (f64, f64) = (0.35, 1.5);

/// What is known about a transform.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence {
    /// −log₁₀ NFA of the matches.
    pub matches: f64,
    /// −log₁₀ of the chance of the block votes at the finer level.
    pub fine: f64,
    /// −log₁₀ of the chance of the block votes at the coarser level.
    pub coarse: f64,
    /// Correlation of the normalised pictures at the finer level.
    pub correlation: f64,
    /// Blocks that voted, and all of them, at both levels together.
    pub votes: (usize, usize),
    /// Whether print was taken out of both pictures.
    pub beside_print: bool,
    /// Something that no amount of agreement makes good.
    pub veto: Option<WhyNot>,
}

impl Evidence {
    /// What a transform says for itself, as long as nothing speaks against it.
    #[must_use]
    pub fn of(found: &Candidate) -> Self {
        Self {
            matches: found.odds,
            fine: found.fine.nfa,
            coarse: found.coarse.nfa,
            correlation: found.fine.correlation,
            votes: found.votes(),
            beside_print: false,
            veto: None,
        }
    }

    /// The acceptance rule.
    #[must_use]
    pub fn accepted(&self) -> bool {
        // What is left of a print, its edges and the gaps of a pattern, are features on two skins: beside one, blocks have to
        // say so as plainly as chance allows.
        let confirmed = if self.beside_print { self.coarse > 5.0 } else { self.coarse > 2.0 || self.correlation > 0.2 };
        let few = self.votes.1 < FEW.0 && self.matches < FEW.1 && self.correlation <= ONE_MOMENT;
        let by_features = self.matches > 12.0 && self.correlation > 0.12 && confirmed && !few;
        self.veto.is_none() && !self.is_lookalike() && (by_features || self.by_blocks())
    }

    /// Whether blocks say it by themselves.
    fn by_blocks(&self) -> bool {
        self.coarse > 8.0 && self.fine > 1.5
    }

    /// Whether features or the whole agree far better than the skin between them: eyes, brows and lips of two people, the
    /// shading of their faces, or one drawing on two skins. Where those are that well recognised, the skin between is, too.
    #[must_use]
    pub fn is_lookalike(&self) -> bool {
        let votes = lower_end(self.votes);
        if self.matches >= PLAIN {
            return votes < LOOKALIKE.1;
        }
        let features = self.matches > LOOKALIKE.0 && votes < LOOKALIKE.1;
        let shape = if self.correlation > ONE_MOMENT {
            false
        } else if self.correlation > SAME_SHAPE.0 {
            votes < (LOOKALIKE.1 + SAME_SHAPE.1 * (self.correlation - SAME_SHAPE.0)).min(SAME_SHAPE.2)
        } else {
            !self.by_blocks() && votes < SHAPE_ALONE.1 * (self.correlation - SHAPE_ALONE.0)
        };
        features || shape
    }

    /// Logistic of a weighted sum, as fitted on real pairs.
    fn logistic(&self) -> f64 {
        let score = 0.35 * self.matches.clamp(0.0, 40.0)
            + 0.6 * self.coarse.min(20.0)
            + 0.3 * self.fine.min(20.0)
            + 8.0 * (self.correlation - 0.1);
        1.0 / (1.0 + (-0.8 * (score - 5.5)).exp())
    }

    /// Answer and confidence.
    ///
    /// The confidence agrees with the answer: at least 0.75 when aligned, 0.25–0.75 for a suggestion, below that for a
    /// refusal; within its range it follows the logistic of the evidence.
    #[must_use]
    pub fn decide(&self) -> (Answer, f64) {
        let raw = self.logistic();
        if self.accepted() {
            (Answer::Aligned, 0.75 + 0.25 * raw)
        } else if self.veto.is_some() {
            (Answer::None, 0.25 * raw.min(SUGGEST))
        } else if raw >= SUGGEST {
            // Features of a lookalike agree as well as those of the same person: what they say counts for no more than that
            // it is worth looking.
            let said = if self.is_lookalike() { SUGGEST } else { raw };
            (Answer::Suggestion, 0.25 + 0.5 * said)
        } else {
            (Answer::None, 0.5 * raw)
        }
    }
}

/// Lower end of the interval, one standard error wide to each side, that a share of `all` votes speaks for (Wilson, "Probable
/// inference", JASA 1927): few blocks say less than many. 0 without any.
fn lower_end((votes, all): (usize, usize)) -> f64 {
    let n = all as f64;
    if all == 0 {
        return 0.0;
    }
    let share = votes as f64 / n;
    (share + 0.5 / n - ((share * (1.0 - share) + 0.25 / n) / n).sqrt()) / (1.0 + 1.0 / n)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRONG: Evidence = Evidence {
        matches: 90.0,
        fine: 40.0,
        coarse: 15.0,
        correlation: 0.6,
        votes: (90, 100),
        beside_print: false,
        veto: None,
    };

    #[test]
    fn each_answer_has_its_range_of_confidence() {
        let cases = [
            (STRONG, Answer::Aligned),
            (Evidence { votes: (45, 100), ..STRONG }, Answer::Suggestion),
            (Evidence { votes: (60, 100), ..STRONG }, Answer::Aligned),
            (Evidence { votes: (12, 20), ..STRONG }, Answer::Suggestion),
            (Evidence { beside_print: true, ..STRONG }, Answer::Aligned),
            (Evidence { coarse: 3.0, ..STRONG }, Answer::Aligned),
            (Evidence { beside_print: true, coarse: 3.0, ..STRONG }, Answer::Suggestion),
            // One small picture twice: few features, and few blocks or none.
            (
                Evidence { matches: 25.0, fine: 0.0, coarse: 0.0, correlation: 1.0, votes: (0, 0), ..STRONG },
                Answer::Aligned,
            ),
            (Evidence { matches: 40.0, correlation: 0.99, votes: (6, 6), ..STRONG }, Answer::Aligned),
            // Two whole faces, as measured of synthetic people.
            (
                Evidence { matches: 156.0, fine: 22.4, coarse: 27.8, correlation: 0.85, votes: (51, 66), ..STRONG },
                Answer::Suggestion,
            ),
            (
                Evidence { matches: 18.0, fine: 0.7, coarse: 3.0, correlation: 0.46, votes: (17, 135), ..STRONG },
                Answer::Suggestion,
            ),
            (
                Evidence { matches: 109.0, fine: 14.9, coarse: 19.5, correlation: 0.683, votes: (41, 66), ..STRONG },
                Answer::Suggestion,
            ),
            // One eye of each.
            (
                Evidence { matches: 14.0, fine: 2.3, coarse: 5.6, correlation: 0.36, votes: (10, 22), ..STRONG },
                Answer::Suggestion,
            ),
            // One person, and so many features that they lie on the skin itself.
            (Evidence { matches: 1125.0, correlation: 0.87, votes: (91, 124), ..STRONG }, Answer::Aligned),
            (Evidence { veto: Some(WhyNot::OnlyStamp), ..STRONG }, Answer::None),
            (Evidence { coarse: 1.0, correlation: 0.1, ..STRONG }, Answer::Suggestion),
            (Evidence { matches: 0.0, fine: 0.5, coarse: 0.5, correlation: 0.05, ..STRONG }, Answer::None),
            (Evidence { matches: 0.0, fine: 0.0, coarse: 0.0, correlation: 0.0, ..STRONG }, Answer::None),
        ];
        for (evidence, answer) in cases {
            let (found, confidence) = evidence.decide();
            assert_eq!(found, answer);
            let range = match answer {
                Answer::Aligned => 0.75..=1.0,
                Answer::Suggestion => 0.25..=0.75,
                Answer::None => 0.0..=0.25,
            };
            assert!(range.contains(&confidence), "{confidence} for {answer:?}");
        }
    }

    #[test]
    fn a_lookalike_is_no_confident_suggestion() {
        let (answer, confidence) = Evidence { votes: (45, 100), ..STRONG }.decide();
        assert_eq!((answer, confidence), (Answer::Suggestion, 0.5));
    }

    #[test]
    fn few_blocks_speak_for_a_smaller_share_than_many() {
        // By hand: (0.6 + 0.005 - sqrt((0.24 + 0.0025) / 100)) / 1.01.
        assert!((lower_end((60, 100)) - 0.550_253).abs() < 1e-5, "{}", lower_end((60, 100)));
        assert!(lower_end((6, 10)) < lower_end((60, 100)) && lower_end((60, 100)) < lower_end((600, 1000)));
        assert!(lower_end((0, 9)).abs() < 1e-9 && lower_end((0, 0)).abs() < 1e-9);
        assert!((lower_end((9, 9)) - 0.9).abs() < 1e-9);
    }
}
