//! The comparability of two photos of a board: what their pixels and their circumstances say.

use super::placement::{Placement, placement};
use crate::compare::grade::{self, Certainty, Circumstances, Comparability, Likeness};
use crate::compare::{common_crop_of, render};
use crate::geom::{Matrix3, Size};
use crate::imaging::Picture;
use crate::model::{CaptureFacts, Phase, Photo, PhotoId, SessionKind};
use crate::vault::Board;

/// Longest side at which the common part is measured.
const WORKING: u32 = 768;

/// Grades two photos of one view; `pictures` are both at any resolution, upright.
///
/// None when the board does not hold both.
#[must_use]
pub fn comparability(
    board: &Board,
    pair: (PhotoId, PhotoId),
    (before, after): (&Picture, &Picture),
) -> Option<Comparability> {
    let sides = sides(board, pair)?;
    assessed(board, pair, measured(&sides, [before, after]).as_ref())
}

/// Grades two files: one as the baseline, and one that was placed over it.
#[must_use]
pub fn comparability_of_files(
    placements: &[Placement; 2],
    files: [(Size, &CaptureFacts); 2],
    pictures: [&Picture; 2],
) -> Comparability {
    let side = |i: usize| Side { placement: placements[i], full: files[i].0, facts: files[i].1 };
    let sides = [side(0), side(1)];
    let about = Circumstances {
        certainty: certainty(&sides, files[0].0),
        scale: scale(&sides),
        focal_mm: focal(&sides),
        // Two loose files belong to no treatment and no visit.
        days_healed: None,
        days_since_visit: None,
    };
    grade::grade(measured(&sides, pictures).as_ref(), &about)
}

/// The grade by what was measured of the pixels before, and by what the board says now.
pub(super) fn assessed(board: &Board, pair: (PhotoId, PhotoId), likeness: Option<&Likeness>) -> Option<Comparability> {
    let sides = sides(board, pair)?;
    let (before, after) = (photo(board, pair.0)?, photo(board, pair.1)?);
    let frame = board.frames.iter().find(|f| Some(f.view) == before.view);
    let about = Circumstances {
        certainty: if before.view == after.view {
            certainty(&sides, frame.map_or(before.size, |f| f.size))
        } else {
            Certainty::Apart
        },
        scale: scale(&sides),
        focal_mm: focal(&sides),
        days_healed: days_healed(board, after),
        days_since_visit: days_since_visit(board, after),
    };
    Some(grade::grade(likeness, &about))
}

/// What the pixels of two photos of a board say.
pub(super) fn measure(board: &Board, pair: (PhotoId, PhotoId), pictures: [&Picture; 2]) -> Option<Likeness> {
    measured(&sides(board, pair)?, pictures)
}

/// A photo, as far as its pair's grade needs it.
struct Side<'a> {
    placement: Placement,
    /// Pixels of the original.
    full: Size,
    facts: &'a CaptureFacts,
}

impl Side<'_> {
    /// Original → frame; a suggestion is measured too, and graded as one.
    fn to_frame(&self) -> Option<Matrix3> {
        self.placement.place(true).map(|place| place.matrix)
    }
}

fn photo(board: &Board, id: PhotoId) -> Option<&Photo> {
    board.photos.iter().find(|p| p.id == id)
}

fn sides(board: &Board, (before, after): (PhotoId, PhotoId)) -> Option<[Side<'_>; 2]> {
    let side = |photo| Side { placement: placement(board, photo), full: photo.size, facts: &photo.facts };
    Some([side(photo(board, before)?), side(photo(board, after)?)])
}

fn measured(sides: &[Side<'_>; 2], pictures: [&Picture; 2]) -> Option<Likeness> {
    let [own, other] = [sides[0].to_frame()?, sides[1].to_frame()?];
    let crop = common_crop_of(&[(sides[0].full, own), (sides[1].full, other)], None)?;
    let out = Size::new(crop.width.ceil().max(1.0) as u32, crop.height.ceil().max(1.0) as u32).fit_within(WORKING);
    let drawn = |side: &Side<'_>, to_frame: &Matrix3, picture: &Picture| {
        let shrunk = f64::from(picture.size().width) / f64::from(side.full.width.max(1));
        render(picture, &to_frame.rescaled((shrunk, shrunk), (1.0, 1.0)), crop, out)
    };
    grade::likeness(&drawn(&sides[0], &own, pictures[0]), &drawn(&sides[1], &other, pictures[1]))
}

/// How sure both places are; the residual as a share of the diagonal of `frame`.
fn certainty([before, after]: &[Side<'_>; 2], frame: Size) -> Certainty {
    let share = |px: Option<f64>| px.map(|px| px / frame.diagonal());
    // What is off in both adds up like independent errors.
    let both = |a: Option<f64>, b: Option<f64>| a.zip(b).map(|(a, b)| a.hypot(b));
    let of = |side: &Side<'_>| match side.placement {
        Placement::Reference(_) => Certainty::Aligned(Some(0.0)),
        Placement::Aligned(place) | Placement::ByPerson(place) => Certainty::Aligned(share(place.residual_px)),
        Placement::Suggestion(place, _) => Certainty::Suggested(share(place.residual_px)),
        Placement::NotAligned(_) => Certainty::Apart,
    };
    match (of(before), of(after)) {
        (Certainty::Apart, _) | (_, Certainty::Apart) => Certainty::Apart,
        (Certainty::Aligned(a), Certainty::Aligned(b)) => Certainty::Aligned(both(a, b)),
        (Certainty::Aligned(a) | Certainty::Suggested(a), Certainty::Aligned(b) | Certainty::Suggested(b)) => {
            Certainty::Suggested(both(a, b))
        }
    }
}

/// How much larger the skin fills the after picture, 1 where that is unknown.
fn scale(sides: &[Side<'_>; 2]) -> f64 {
    let reach = |side: &Side<'_>| Some(side.to_frame()?.scale() * f64::from(side.full.longest()));
    reach(&sides[0]).zip(reach(&sides[1])).map_or(1.0, |(before, after)| before / after)
}

/// Both as for 35 mm film, or both as the lens says.
fn focal([before, after]: &[Side<'_>; 2]) -> (Option<f64>, Option<f64>) {
    let both = |of: fn(&CaptureFacts) -> Option<f64>| of(before.facts).zip(of(after.facts));
    let found = both(|f| f.focal_35_mm).or_else(|| both(|f| f.focal_mm));
    (found.map(|f| f.0), found.map(|f| f.1))
}

fn days_healed(board: &Board, photo: &Photo) -> Option<i64> {
    let visit = board.sessions.iter().find(|s| s.id == photo.session)?;
    let own = (visit.date, visit.ordinal);
    // A photo of a treatment day shows that treatment only when it was taken after it.
    let counts = |at| if photo.phase == Phase::ImmediatelyAfter { at <= own } else { at < own };
    let is_treatment = |kind| matches!(kind, SessionKind::Treatment | SessionKind::Maintenance);
    let treatments = board.sessions.iter().filter(|s| is_treatment(s.kind) && counts((s.date, s.ordinal)));
    treatments.map(|s| (visit.date - s.date).num_days()).min()
}

fn days_since_visit(board: &Board, photo: &Photo) -> Option<i64> {
    let visit = board.sessions.iter().find(|s| s.id == photo.session)?;
    let before = board.sessions.iter().filter(|s| (s.date, s.ordinal) < (visit.date, visit.ordinal));
    before.map(|s| (visit.date - s.date).num_days()).min()
}
