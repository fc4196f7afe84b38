//! How a photo stands to the frame of its view: the one rule for boards, pairs, composites and publications.

use crate::geom::Matrix3;
use crate::model::{AlignmentSource, Answer, Model, Photo, WhyNot};
use crate::registration::Registration;
use crate::vault::Board;

/// Where a photo lies in the frame of its view.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// The similarity from upright photo pixels to frame pixels.
    pub matrix: Matrix3,
    /// 0–1.
    pub confidence: f64,
    /// In frame pixels; none where nothing was measured.
    pub residual_px: Option<f64>,
    /// Millimetres of a frame pixel, where that is known.
    pub mm_per_px: Option<f64>,
}

impl Place {
    /// The residual in words, in millimetres too where the scale is known: "1.8 px · 0.21 mm".
    #[must_use]
    pub fn residual(&self) -> Option<String> {
        let px = self.residual_px?;
        let mm = |mm: f64| if mm < 1.0 { format!(" · {mm:.2} mm") } else { format!(" · {mm:.1} mm") };
        let length = self.residual_mm().map_or_else(String::new, mm);
        Some(format!("{px:.1} px{length}"))
    }

    /// The residual in millimetres, where it was measured and the scale is known.
    #[must_use]
    pub fn residual_mm(&self) -> Option<f64> {
        self.residual_px.zip(self.mm_per_px).map(|(px, mm)| px * mm)
    }

    /// ", residual 1.8 px · 0.21 mm", or nothing where nothing was measured.
    #[must_use]
    pub fn residual_clause(&self) -> String {
        self.residual().map_or_else(String::new, |words| format!(", residual {words}"))
    }
}

/// How a photo stands to the frame of its view.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Placement {
    /// It is the frame.
    Reference(Place),
    /// Plainly aligned by the program.
    Aligned(Place),
    /// Placed by a person: by points, or by accepting a suggestion.
    ByPerson(Place),
    /// The program is not sure and nobody has looked yet.
    Suggestion(Place, WhyNot),
    /// It has no place.
    NotAligned(Unplaced),
}

/// Why a photo has no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unplaced {
    /// Nobody has said which view it shows.
    NoView,
    /// The program has not looked at it yet.
    Waiting,
    /// The program could not align it.
    Failed(WhyNot),
    /// A person looked at the suggestion and rejected it.
    Rejected,
    /// Its transform would change shapes.
    ChangesShapes,
}

impl Unplaced {
    /// A clinician's words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::NoView => "nobody has said which view it shows",
            Self::Waiting => "it waits to be aligned",
            Self::Failed(why) => why.words(),
            Self::Rejected => "a person rejected the suggestion",
            Self::ChangesShapes => "its alignment would change shapes",
        }
    }
}

impl Placement {
    /// The place of whatever is the frame.
    #[must_use]
    pub const fn reference() -> Self {
        Self::Reference(Place { matrix: Matrix3::IDENTITY, confidence: 1.0, residual_px: None, mm_per_px: None })
    }

    /// How the later photo of a pair lies over the earlier one, where both lie in one frame: as uncertain as the less certain
    /// of them, and a person's where either is.
    ///
    /// The matrix leads from upright later to upright earlier pixels. The residual stays in frame pixels: what was measured
    /// of both adds up like independent errors, and where one was not measured nobody knows the sum.
    #[must_use]
    pub fn of_pair(before: &Self, after: &Self) -> Self {
        let (own, other) = (before.doubt(), after.doubt());
        let by_person = own == other && matches!(before, Self::ByPerson(_));
        let said = *if own > other || by_person { before } else { after };
        let places = before.place(true).zip(after.place(true));
        let joined = places.and_then(|(own, other)| {
            let residual_px = before.measured().zip(after.measured()).map(|(a, b)| a.hypot(b));
            Some(Place {
                matrix: own.matrix.inverse()?.after(&other.matrix),
                confidence: own.confidence.min(other.confidence),
                residual_px,
                mm_per_px: own.mm_per_px.or(other.mm_per_px),
            })
        });
        match (said, joined) {
            (Self::Aligned(_), Some(place)) => Self::Aligned(place),
            (Self::ByPerson(_), Some(place)) => Self::ByPerson(place),
            (Self::Suggestion(_, why), Some(place)) => Self::Suggestion(place, why),
            (said, _) => said,
        }
    }

    /// How uncertain it is where the photo lies; 0 is the reference.
    #[must_use]
    pub const fn doubt(&self) -> u8 {
        match self {
            Self::Reference(_) => 0,
            Self::Aligned(_) | Self::ByPerson(_) => 1,
            Self::Suggestion(..) => 2,
            Self::NotAligned(Unplaced::Waiting | Unplaced::NoView) => 3,
            Self::NotAligned(Unplaced::Failed(_) | Unplaced::Rejected | Unplaced::ChangesShapes) => 4,
        }
    }

    /// How far off it lies, in frame pixels: the reference not at all, others as far as that was measured.
    #[must_use]
    pub fn measured(&self) -> Option<f64> {
        match self {
            Self::Reference(_) => Some(0.0),
            other => other.place(true)?.residual_px,
        }
    }

    /// What the program's answer makes of the moving picture. Only similarities count: anything freer changes shapes.
    #[must_use]
    pub fn found(answer: &Registration) -> Self {
        let why = answer.why.unwrap_or(WhyNot::Unsure);
        let Some(matrix) = answer.matrix.filter(|_| answer.answer != Answer::None) else {
            return Self::NotAligned(Unplaced::Failed(why));
        };
        if !is_similarity(&matrix) {
            return Self::NotAligned(Unplaced::ChangesShapes);
        }
        let place = Place { matrix, confidence: answer.confidence, residual_px: answer.residual_px, mm_per_px: None };
        if answer.answer == Answer::Aligned { Self::Aligned(place) } else { Self::Suggestion(place, why) }
    }

    /// The place that may be used; a suggestion's only when `accept_suggestion`.
    #[must_use]
    pub fn place(&self, accept_suggestion: bool) -> Option<&Place> {
        match self {
            Self::Reference(place) | Self::Aligned(place) | Self::ByPerson(place) => Some(place),
            Self::Suggestion(place, _) => accept_suggestion.then_some(place),
            Self::NotAligned(_) => None,
        }
    }

    /// Stable key for machines.
    #[must_use]
    pub fn key(&self) -> &'static str {
        match self {
            Self::Reference(_) => "reference",
            Self::Aligned(_) => "aligned",
            Self::ByPerson(_) => "by-person",
            Self::Suggestion(..) => "suggestion",
            Self::NotAligned(_) => "not-aligned",
        }
    }

    /// Words for a person: "aligned, residual 1.2 px", "could not align: too little detail …".
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Reference(_) => "the reference".to_owned(),
            Self::Aligned(place) => format!("aligned{}", place.residual_clause()),
            Self::ByPerson(place) => format!("placed by a person{}", place.residual_clause()),
            Self::Suggestion(place, WhyNot::Unsure) => format!("suggestion, please check{}", place.residual_clause()),
            Self::Suggestion(place, why) => {
                format!("suggestion, please check{}: {}", place.residual_clause(), why.words())
            }
            Self::NotAligned(Unplaced::Failed(why)) => format!("could not align: {}", why.words()),
            Self::NotAligned(why) => format!("not aligned: {}", why.words()),
        }
    }
}

/// How `photo` stands to the current frame of its view, by the answer in force.
///
/// The reference lies in its own frame without an answer. What a person placed counts whatever the program thinks of it.
#[must_use]
pub fn placement(board: &Board, photo: &Photo) -> Placement {
    let Some(view) = photo.view else { return Placement::NotAligned(Unplaced::NoView) };
    let Some(frame) = board.frames.iter().find(|f| f.view == view) else {
        return Placement::NotAligned(Unplaced::Waiting);
    };
    if frame.reference == photo.id {
        return Placement::reference();
    }
    let Some(stored) = board.alignments.iter().find(|a| a.photo == photo.id && a.frame == frame.id) else {
        return Placement::NotAligned(Unplaced::Waiting);
    };
    if stored.source == AlignmentSource::Rejected {
        return Placement::NotAligned(Unplaced::Rejected);
    }
    if stored.model != Model::Similarity {
        return Placement::NotAligned(Unplaced::ChangesShapes);
    }
    let by_person = stored.source != AlignmentSource::Automatic;
    let said = Placement::found(&Registration {
        answer: if by_person { Answer::Aligned } else { stored.answer },
        matrix: stored.matrix,
        residual_px: stored.residual_px,
        confidence: stored.confidence,
        why: stored.why,
    });
    let scaled = |place| Place { mm_per_px: frame.mm_per_px, ..place };
    match said {
        Placement::Aligned(place) if by_person => Placement::ByPerson(scaled(place)),
        Placement::Aligned(place) => Placement::Aligned(scaled(place)),
        Placement::Suggestion(place, why) => Placement::Suggestion(scaled(place), why),
        said => said,
    }
}

/// Whether a matrix only rotates, scales (without mirroring) and shifts.
#[must_use]
pub fn is_similarity(matrix: &Matrix3) -> bool {
    let m = &matrix.0;
    let scale = matrix.scale();
    let close = |a: f64, b: f64| (a - b).abs() <= 1e-6 * scale;
    let affine = m[6].abs() < 1e-12 && m[7].abs() < 1e-12 && (m[8] - 1.0).abs() < 1e-9;
    affine && scale.is_finite() && scale > 1e-6 && close(m[0], m[4]) && close(m[1], -m[3])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geom::Point;

    fn answer(answer: Answer, matrix: Option<Matrix3>, why: Option<WhyNot>) -> Registration {
        Registration { answer, matrix, residual_px: matrix.map(|_| 1.25), confidence: 0.6, why }
    }

    #[test]
    fn a_suggestion_has_a_place_only_for_who_accepts_it() {
        let found = Placement::found(&answer(Answer::Suggestion, Some(Matrix3::IDENTITY), Some(WhyNot::Unsure)));
        assert!(found.place(false).is_none() && found.place(true).is_some());
        assert_eq!(found.words(), "suggestion, please check, residual 1.2 px");
    }

    const OFF: Place =
        Place { matrix: Matrix3::IDENTITY, confidence: 0.9, residual_px: Some(3.0), mm_per_px: Some(0.05) };

    #[test]
    fn the_errors_of_both_photos_of_a_pair_add_up_and_the_less_certain_one_speaks() {
        let far = Place { residual_px: Some(4.0), confidence: 0.8, ..OFF };
        let pair = Placement::of_pair(&Placement::Aligned(OFF), &Placement::Suggestion(far, WhyNot::Unsure));
        let place = pair.place(true).expect("a place");
        assert!(matches!(pair, Placement::Suggestion(..)));
        assert_eq!((place.residual_px, place.confidence), (Some(5.0), 0.8));
        assert_eq!(pair.words(), "suggestion, please check, residual 5.0 px · 0.25 mm");
        let with_reference = Placement::of_pair(&Placement::reference(), &Placement::Aligned(OFF));
        assert_eq!(with_reference.words(), "aligned, residual 3.0 px · 0.15 mm");
        let unmeasured = Place { residual_px: None, ..OFF };
        let by_points = Placement::of_pair(&Placement::ByPerson(unmeasured), &Placement::Aligned(OFF));
        assert_eq!(by_points.words(), "placed by a person", "half of the sum is no sum");
        let failed = Placement::NotAligned(Unplaced::Failed(WhyNot::TooBlurred));
        assert_eq!(Placement::of_pair(&failed, &Placement::Aligned(OFF)), failed);
    }

    #[test]
    fn the_matrix_of_a_pair_leads_from_the_later_photo_to_the_earlier_one() {
        let lies = |x: f64| Place { matrix: Matrix3::similarity(2.0, 0.1, x, -3.0), ..OFF };
        let pair = Placement::of_pair(&Placement::Aligned(lies(10.0)), &Placement::Aligned(lies(14.0)));
        let spot = Point::new(7.0, 9.0);
        let there = lies(10.0).matrix.apply(pair.place(false).expect("a place").matrix.apply(spot));
        assert!(there.distance(lies(14.0).matrix.apply(spot)) < 1e-9);
    }

    #[test]
    fn what_changes_shapes_has_no_place_whatever_the_answer() {
        let sheared = Matrix3([1.0, 0.2, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
        let mirrored = Matrix3::scaling(-1.0, 1.0);
        for matrix in [sheared, mirrored] {
            let found = Placement::found(&answer(Answer::Aligned, Some(matrix), None));
            assert_eq!(found, Placement::NotAligned(Unplaced::ChangesShapes));
        }
    }

    #[test]
    fn a_failure_says_why_in_words() {
        let found = Placement::found(&answer(Answer::None, None, Some(WhyNot::OnlyStamp)));
        assert_eq!(found.words(), "could not align: only a date stamp or watermark agrees");
        assert!(found.place(true).is_none());
    }
}
