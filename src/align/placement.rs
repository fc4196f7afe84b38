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
        Self::Reference(Place { matrix: Matrix3::IDENTITY, confidence: 1.0, residual_px: None })
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
        let place = Place { matrix, confidence: answer.confidence, residual_px: answer.residual_px };
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
        let residual =
            |place: &Place| place.residual_px.map_or_else(String::new, |px| format!(", residual {px:.1} px"));
        match self {
            Self::Reference(_) => "the reference".to_owned(),
            Self::Aligned(place) => format!("aligned{}", residual(place)),
            Self::ByPerson(place) => format!("placed by a person{}", residual(place)),
            Self::Suggestion(place, WhyNot::Unsure) => format!("suggestion, please check{}", residual(place)),
            Self::Suggestion(place, why) => format!("suggestion, please check{}: {}", residual(place), why.words()),
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
    match said {
        Placement::Aligned(place) if by_person => Placement::ByPerson(place),
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

    fn answer(answer: Answer, matrix: Option<Matrix3>, why: Option<WhyNot>) -> Registration {
        Registration { answer, matrix, residual_px: matrix.map(|_| 1.25), confidence: 0.6, why }
    }

    #[test]
    fn a_suggestion_has_a_place_only_for_who_accepts_it() {
        let found = Placement::found(&answer(Answer::Suggestion, Some(Matrix3::IDENTITY), Some(WhyNot::Unsure)));
        assert!(found.place(false).is_none() && found.place(true).is_some());
        assert_eq!(found.words(), "suggestion, please check, residual 1.2 px");
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
