//! Which pair of a view shows the course best: its baseline beside the later photo that may be compared with it most.

use chrono::NaiveDate;

use super::placement::placement;
use crate::compare::grade::{Comparability, Grade};
use crate::model::text::counted;
use crate::model::{Photo, PhotoId, SessionId, SessionKind, Slot, ViewId};
use crate::vault::Board;

/// The worst grade that is proposed: what comes after it misleads.
const LEAST: Grade = Grade::C;

/// An earlier and a later photo of one view.
pub type Candidate = (PhotoId, PhotoId);

/// A pair worth looking at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The baseline and the later photo.
    pub pair: Candidate,
    /// How far they may be compared.
    pub grade: Grade,
    /// Why this pair, in a sentence.
    pub words: String,
}

/// Why no pair of a view is proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoPair {
    /// There are no two photos of different visits that lie over each other for certain.
    NothingAligned,
    /// There are, but nothing was treated between them.
    NothingTreated,
    /// The best there is, and what keeps it from being comparable.
    NothingComparable(Grade, String),
    /// No photo of the pairs could be read.
    Unreadable,
}

impl NoPair {
    /// What is said instead of a proposal.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::NothingAligned => {
                "No later photo of this view is aligned with its baseline for certain, so there is no pair to propose. \
                 Align one, or confirm a suggestion."
                    .to_owned()
            }
            Self::NothingTreated => {
                "Nothing was treated between the baseline of this view and its later photos, so there is no pair to propose. \
                 Photos of healing days do not count."
                    .to_owned()
            }
            Self::NothingComparable(grade, why) => {
                format!("No later photo of this view may be compared with its baseline. The best is {}: {why}.", grade.key())
            }
            Self::Unreadable => {
                "The photos of this view could not be read. Run a verification of the vault to see whether originals are \
                 damaged."
                    .to_owned()
            }
        }
    }
}

/// The photo that the others of a view are graded against: of the first visit with a primary photo that lies in the frame
/// for certain.
#[must_use]
pub fn baseline(board: &Board, view: ViewId) -> Option<PhotoId> {
    lying(board, view).first().map(|(_, photo)| *photo)
}

/// The pairs of a view that come into question, earliest later visit first: its baseline, which is the first visit with a
/// primary photo that lies in the frame for certain, beside each such photo of the visits after it that shows a result:
/// something was treated in between, and the skin is not just healing. Photos are taken before what their visit treats.
pub fn candidates(board: &Board, view: ViewId) -> Result<Vec<Candidate>, NoPair> {
    let mut photos = lying(board, view).into_iter();
    let (first, baseline) = photos.next().ok_or(NoPair::NothingAligned)?;
    let later: Vec<_> = photos.filter(|(visit, _)| *visit != first).collect();
    if later.is_empty() {
        return Err(NoPair::NothingAligned);
    }
    let visits: Vec<(Visit, SessionKind)> =
        board.sessions.iter().map(|s| ((s.date, s.ordinal, s.id), s.kind)).collect();
    let pairs: Vec<Candidate> = later
        .into_iter()
        .filter(|(visit, _)| shows_result(&visits, first, *visit))
        .map(|(_, later)| (baseline, later))
        .collect();
    if pairs.is_empty() { Err(NoPair::NothingTreated) } else { Ok(pairs) }
}

/// Why a photo of the view that is graded better than the proposed one is not the later one of the proposed pair; none
/// where there is no such photo. Of several the latest.
#[must_use]
pub fn passed_over(
    board: &Board,
    view: ViewId,
    chosen: Grade,
    graded: impl Fn(Candidate) -> Option<Grade>,
) -> Option<String> {
    let photos = lying(board, view);
    let ((first, baseline), later) = photos.split_first()?;
    let proposed = candidates(board, view).unwrap_or_default();
    let better = |(_, photo): &&(Visit, PhotoId)| {
        let pair = (*baseline, *photo);
        !proposed.contains(&pair) && graded(pair).is_some_and(|grade| grade < chosen)
    };
    let (visit, photo) = later.iter().rev().find(better)?;
    let title = board.labels.get(&visit.2).map_or("Another photo", |label| label.title.as_str());
    let grade = graded((*baseline, *photo))?.key();
    let kind = board.sessions.iter().find(|s| s.id == visit.2).map(|s| s.kind);
    let why = match kind {
        _ if visit == first => "is of the same visit as the baseline",
        Some(SessionKind::Healing) => "shows healing skin",
        _ => "was taken before anything was treated",
    };
    Some(format!("{title} is {grade}, but {why}."))
}

/// Whether a photo of the visit `later` shows what was treated since the photo of the visit `first`.
fn shows_result(visits: &[(Visit, SessionKind)], first: Visit, later: Visit) -> bool {
    let heals = visits.contains(&(later, SessionKind::Healing));
    let treats = |kind| matches!(kind, SessionKind::Treatment | SessionKind::Maintenance);
    !heals && visits.iter().any(|(visit, kind)| treats(*kind) && first <= *visit && *visit < later)
}

/// What visits are ordered by.
type Visit = (NaiveDate, u32, SessionId);

/// The primary photos of a view that lie in its frame for certain, with their visits, earliest first.
fn lying(board: &Board, view: ViewId) -> Vec<(Visit, PhotoId)> {
    let visit = |photo: &Photo| {
        let session = board.sessions.iter().find(|s| s.id == photo.session);
        session.map(|s| (s.date, s.ordinal, s.id))
    };
    let lies = |photo: &&Photo| {
        photo.view == Some(view) && photo.slot == Slot::Primary && placement(board, photo).place(false).is_some()
    };
    let mut photos: Vec<_> = board.photos.iter().filter(lies).filter_map(|p| Some((visit(p)?, p.id))).collect();
    photos.sort_unstable();
    photos
}

/// The best of the graded pairs, given in the order of [`candidates`]: the one with the best grade, and among equals the
/// latest, because it shows most of the course. A pair without a grade could not be read.
pub fn best<'a>(graded: impl IntoIterator<Item = (Candidate, Option<&'a Comparability>)>) -> Result<Proposal, NoPair> {
    let mut is_any = false;
    let readable: Vec<(Candidate, &Comparability)> =
        graded.into_iter().inspect(|_| is_any = true).filter_map(|(pair, graded)| Some((pair, graded?))).collect();
    // Of equals the last one is the least by the order of time turned round.
    let Some((pair, chosen)) = readable.iter().rev().min_by_key(|(_, graded)| graded.grade) else {
        return Err(if is_any { NoPair::Unreadable } else { NoPair::NothingAligned });
    };
    let worst = chosen.reasons.first().map(|worst| format!("{}: {}", worst.aspect.words(), worst.words));
    let worst = worst.unwrap_or_default();
    if chosen.grade > LEAST {
        return Err(NoPair::NothingComparable(chosen.grade, worst));
    }
    let equals = readable.iter().filter(|(_, graded)| graded.grade == chosen.grade).count();
    let among = match (readable.len(), equals) {
        (1, _) => "the only pair of this view".to_owned(),
        (all, 1) => format!("the best of {}", counted(all as i64, "pair")),
        (all, equals) => format!("the latest of {equals} equally good ones among {all} pairs"),
    };
    let why = if chosen.grade == Grade::A { String::new() } else { format!(" {worst}.") };
    let words = format!("{} · {}, {among}.{why}", chosen.grade.key(), chosen.grade.words());
    Ok(Proposal { pair: *pair, grade: chosen.grade, words })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::grade::{Aspect, Reason};
    use proptest::prelude::*;

    const BASELINE: PhotoId = PhotoId(1);

    fn graded(grade: Grade) -> Comparability {
        let reason = Reason { aspect: Aspect::Exposure, grade, words: "0.7 EV darker".to_owned() };
        Comparability { grade, reasons: vec![reason] }
    }

    fn of(grades: &[Option<Grade>]) -> Result<Proposal, NoPair> {
        let graded: Vec<Option<Comparability>> = grades.iter().map(|g| g.map(graded)).collect();
        let pairs = graded.iter().zip(2..).map(|(graded, id)| ((BASELINE, PhotoId(id)), graded.as_ref()));
        best(pairs)
    }

    #[test]
    fn the_best_grade_wins_and_among_equals_the_latest_visit() {
        let found = of(&[Some(Grade::C), Some(Grade::B), Some(Grade::B), Some(Grade::D)]).expect("a pair");
        assert_eq!((found.pair, found.grade), ((BASELINE, PhotoId(4)), Grade::B));
        assert_eq!(
            found.words,
            "B · comparable, small differences, the latest of 2 equally good ones among 4 pairs. Exposure: 0.7 EV darker."
        );
        let early = of(&[Some(Grade::A), Some(Grade::C), None]).expect("a pair");
        assert_eq!((early.pair.1, early.words.as_str()), (PhotoId(2), "A · comparable, the best of 2 pairs."));
    }

    #[test]
    fn a_pair_shows_what_was_treated_between_its_photos() {
        use SessionKind::{Consultation, FollowUp, Healing, Maintenance, Treatment};
        let kinds = [Consultation, Treatment, Healing, Treatment, FollowUp, FollowUp, Maintenance, FollowUp];
        let visit = |n: usize| (NaiveDate::from_ymd_opt(2026, 1, 1 + n as u32).expect("a date"), 0, SessionId(9));
        let visits: Vec<(Visit, SessionKind)> =
            kinds.into_iter().enumerate().map(|(n, kind)| (visit(n), kind)).collect();
        let from = |first: usize| -> Vec<usize> {
            (first + 1..kinds.len()).filter(|later| shows_result(&visits, visit(first), visit(*later))).collect()
        };
        assert_eq!(from(0), [3, 4, 5, 6, 7], "photos of the first treatment are taken before it");
        assert_eq!(from(1), [3, 4, 5, 6, 7]);
        assert_eq!(from(4), [7], "nothing is treated at a follow-up");
    }

    #[test]
    fn where_nothing_is_comparable_nothing_is_proposed_and_the_reason_is_said() {
        assert_eq!(of(&[]), Err(NoPair::NothingAligned));
        assert_eq!(of(&[None, None]), Err(NoPair::Unreadable));
        let none = of(&[Some(Grade::F), Some(Grade::D), Some(Grade::E)]).expect_err("none");
        assert_eq!(none, NoPair::NothingComparable(Grade::D, "Exposure: 0.7 EV darker".to_owned()));
        assert!(none.sentence().ends_with("The best is D: Exposure: 0.7 EV darker."));
    }

    proptest! {
        /// No pair that was left is graded better than the proposed one, and none after it equally well.
        #[test]
        fn no_pair_is_better_than_the_proposed_one(grades in prop::collection::vec(prop::option::of(0..6usize), 0..12)) {
            let grades: Vec<Option<Grade>> = grades.into_iter().map(|g| g.map(|g| Grade::ALL[g])).collect();
            if let Ok(found) = of(&grades) {
                let place = found.pair.1.0 as usize - 2;
                prop_assert_eq!(grades[place], Some(found.grade));
                prop_assert!(grades.iter().flatten().all(|g| *g >= found.grade));
                prop_assert!(grades[place + 1..].iter().flatten().all(|g| *g > found.grade));
            } else {
                prop_assert!(grades.iter().flatten().all(|g| *g > LEAST));
            }
        }
    }
}
