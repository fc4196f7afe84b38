//! From evidence to one of three answers.
//!
//! No single number separates right from wrong, so three independent ones decide: the odds of the feature matches, the
//! votes of blocks at two resolutions, and the correlation of the whole. The rule was set on real before/after pairs
//! and pairs of different people, with no wrong acceptance among the latter.

use crate::model::{Answer, WhyNot};

/// A confidence from here on is worth showing as a suggestion; below it the answer is a refusal.
const SUGGEST: f64 = 0.5;
/// Pictures with fewer keypoints than this have too little detail to blame anything else.
const FEW_KEYPOINTS: usize = 60;
/// Votes away from a stamp that are more significant than this show that skin agrees, too.
const BEYOND_STAMP: f64 = 3.0;

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
    /// The matches and votes are those of a stamp (see [`only_stamp`]).
    pub stamp: bool,
    /// Keypoints of the picture that has fewer.
    pub keypoints: usize,
}

impl Evidence {
    /// The acceptance rule.
    #[must_use]
    pub fn accepted(&self) -> bool {
        let by_features =
            self.matches > 12.0 && self.correlation > 0.12 && (self.coarse > 2.0 || self.correlation > 0.2);
        let by_blocks = self.coarse > 8.0 && self.fine > 1.5;
        !self.stamp && (by_features || by_blocks)
    }

    /// Logistic of a weighted sum, as fitted on real pairs.
    fn logistic(&self) -> f64 {
        let score = 0.35 * self.matches.clamp(0.0, 40.0)
            + 0.6 * self.coarse.min(20.0)
            + 0.3 * self.fine.min(20.0)
            + 8.0 * (self.correlation - 0.1);
        1.0 / (1.0 + (-0.8 * (score - 5.5)).exp())
    }

    /// Answer, confidence and the reason for anything but "aligned".
    ///
    /// The confidence agrees with the answer: at least 0.75 when aligned, 0.25–0.75 for a suggestion, below that for a
    /// refusal; within its range it follows the logistic of the evidence.
    #[must_use]
    pub fn decide(&self) -> (Answer, f64, Option<WhyNot>) {
        let raw = self.logistic();
        if self.accepted() {
            (Answer::Aligned, 0.75 + 0.25 * raw, None)
        } else if self.stamp {
            (Answer::None, 0.25 * raw.min(SUGGEST), Some(WhyNot::OnlyStamp))
        } else if raw >= SUGGEST {
            (Answer::Suggestion, 0.25 + 0.5 * raw, Some(WhyNot::Unsure))
        } else {
            (Answer::None, 0.5 * raw, Some(reason(self.keypoints)))
        }
    }
}

/// Why two pictures, the poorer of which has this many keypoints, could not be aligned.
#[must_use]
pub fn reason(keypoints: usize) -> WhyNot {
    if keypoints < FEW_KEYPOINTS { WhyNot::TooLittleDetail } else { WhyNot::TooLittleInCommon }
}

/// Whether what agrees is printed on the picture and not skin.
///
/// A date stamp or watermark sits at the same pixels in both pictures, so the transform neither turns nor scales, and
/// its matches fill few of the 4×4 cells of the picture. A transform that is a shift exactly is refused at once; one
/// that is a shift as nearly as a stamp in one corner can tell is refused when the blocks elsewhere do not agree.
#[must_use]
pub fn only_stamp(rotation: f64, scale: f64, cells: usize, votes_elsewhere: f64) -> bool {
    let within = |degrees: f64, change: f64| rotation.to_degrees().abs() < degrees && (scale - 1.0).abs() < change;
    cells < 4 && (within(0.05, 0.0005) || (within(4.0, 0.08) && votes_elsewhere < BEYOND_STAMP))
}

/// The fewest cells that together hold nine tenths of the inliers; the rest may be there by chance.
#[must_use]
pub fn crowded(counts: &[usize; 16]) -> [bool; 16] {
    let mut order: Vec<usize> = (0..16).collect();
    order.sort_by_key(|&i| std::cmp::Reverse(counts[i]));
    let enough = counts.iter().sum::<usize>() * 9;
    let (mut held, mut sum) = ([false; 16], 0);
    for i in order {
        if sum * 10 >= enough {
            break;
        }
        sum += counts[i];
        held[i] = true;
    }
    held
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRONG: Evidence =
        Evidence { matches: 60.0, fine: 40.0, coarse: 15.0, correlation: 0.6, stamp: false, keypoints: 1500 };

    #[test]
    fn each_answer_has_its_range_of_confidence_and_its_reason() {
        let cases = [
            (STRONG, Answer::Aligned, None),
            (Evidence { stamp: true, ..STRONG }, Answer::None, Some(WhyNot::OnlyStamp)),
            (Evidence { coarse: 1.0, correlation: 0.1, ..STRONG }, Answer::Suggestion, Some(WhyNot::Unsure)),
            (
                Evidence { matches: 0.0, fine: 0.5, coarse: 0.5, correlation: 0.05, ..STRONG },
                Answer::None,
                Some(WhyNot::TooLittleInCommon),
            ),
            (
                Evidence { matches: 0.0, fine: 0.0, coarse: 0.0, correlation: 0.0, keypoints: 3, ..STRONG },
                Answer::None,
                Some(WhyNot::TooLittleDetail),
            ),
        ];
        for (evidence, answer, why) in cases {
            let (found, confidence, reason) = evidence.decide();
            assert_eq!((found, reason), (answer, why));
            let range = match answer {
                Answer::Aligned => 0.75..=1.0,
                Answer::Suggestion => 0.25..=0.75,
                Answer::None => 0.0..=0.25,
            };
            assert!(range.contains(&confidence), "{confidence} for {answer:?}");
        }
    }

    #[test]
    fn stray_inliers_do_not_make_a_stamp_look_spread() {
        let mut counts = [0; 16];
        (counts[15], counts[14], counts[2], counts[7]) = (40, 20, 3, 2);
        assert_eq!(crowded(&counts).iter().filter(|h| **h).count(), 2);
        assert_eq!(crowded(&[5; 16]).iter().filter(|h| **h).count(), 15);
        assert_eq!(crowded(&[0; 16]), [false; 16]);
    }

    #[test]
    fn a_shift_is_a_stamp_only_where_little_agrees() {
        assert!(only_stamp(0.0, 1.0, 1, 50.0));
        assert!(!only_stamp(0.0, 1.0, 16, 50.0), "identical pictures");
        assert!(only_stamp(0.01, 1.004, 2, 0.3));
        assert!(!only_stamp(0.01, 1.004, 2, 12.0), "a close-up that overlaps in a corner");
        assert!(!only_stamp(0.2, 1.0, 2, 0.3));
    }
}
