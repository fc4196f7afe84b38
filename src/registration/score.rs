//! From evidence to one of three answers.
//!
//! No single number separates right from wrong, so three independent ones decide: the odds of the feature matches, the
//! votes of blocks at two resolutions, and the correlation of the whole. The rule was set on real before/after pairs
//! and pairs of different people, with no wrong acceptance among the latter.

use crate::model::{Answer, WhyNot};

/// A confidence from here on is worth showing as a suggestion; below it the answer is a refusal.
const SUGGEST: f64 = 0.5;

/// Matches with better odds than this, whose place no more blocks confirm than so large a share, are of lookalikes.
const LOOKALIKE: (f64, f64) = (30.0, 0.53);

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
    /// The acceptance rule.
    #[must_use]
    pub fn accepted(&self) -> bool {
        // What is left of a print, its edges and the gaps of a pattern, are features on two skins: beside one, blocks have to
        // say so as plainly as chance allows.
        let confirmed = if self.beside_print { self.coarse > 5.0 } else { self.coarse > 2.0 || self.correlation > 0.2 };
        let by_features = self.matches > 12.0 && self.correlation > 0.12 && confirmed;
        let by_blocks = self.coarse > 8.0 && self.fine > 1.5;
        self.veto.is_none() && !self.is_lookalike() && (by_features || by_blocks)
    }

    /// Whether features agree far better than the skin between them: eyes, brows and lips of two people, or one drawing
    /// on two skins. Where features are that well recognised, the skin between them is, too.
    fn is_lookalike(&self) -> bool {
        self.matches > LOOKALIKE.0 && lower_end(self.votes) < LOOKALIKE.1
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
