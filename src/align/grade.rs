//! The comparability of two photos of a board: what their pixels and their circumstances say.

use super::placement::{Placement, placement};
use crate::compare::grade::{self, Certainty, Circumstances, Comparability};
use crate::compare::{common_crop_of, render};
use crate::geom::{Matrix3, Size};
use crate::imaging::Picture;
use crate::model::{Phase, Photo, PhotoId, SessionKind};
use crate::vault::Board;

/// Longest side at which the common part is measured.
const WORKING: u32 = 768;

/// Grades two photos of one view; `pictures` are both at any resolution, upright.
///
/// None when the board does not hold both.
#[must_use]
pub fn comparability(
    board: &Board,
    (before, after): (PhotoId, PhotoId),
    pictures: (&Picture, &Picture),
) -> Option<Comparability> {
    let photo = |id: PhotoId| board.photos.iter().find(|p| p.id == id);
    let (before, after) = (photo(before)?, photo(after)?);
    let placed = [(before, pictures.0), (after, pictures.1)].map(|(photo, picture)| Placed::new(board, photo, picture));
    let likeness = match &placed {
        [Some(own), Some(other)] => common(own, other),
        _ => None,
    };
    let about = Circumstances {
        certainty: certainty(board, before, after),
        scale: scale(&placed),
        focal_mm: focal(before, after),
        days_healed: days_healed(board, after),
    };
    Some(grade::grade(likeness.as_ref(), &about))
}

/// A photo with a place in its frame.
struct Placed<'a> {
    picture: &'a Picture,
    /// Pixels of the original.
    full: Size,
    /// Original → frame.
    to_frame: Matrix3,
}

impl<'a> Placed<'a> {
    fn new(board: &Board, photo: &Photo, picture: &'a Picture) -> Option<Self> {
        let to_frame = placement(board, photo).place(true)?.matrix;
        Some(Self { picture, full: photo.size, to_frame })
    }

    /// Pixels of the picture → frame.
    fn drawn(&self) -> Matrix3 {
        let shrunk = f64::from(self.picture.size().width) / f64::from(self.full.width.max(1));
        self.to_frame.rescaled((shrunk, shrunk), (1.0, 1.0))
    }
}

fn common(before: &Placed<'_>, after: &Placed<'_>) -> Option<grade::Likeness> {
    let crop = common_crop_of(&[(before.full, before.to_frame), (after.full, after.to_frame)], None)?;
    let out = Size::new(crop.width.ceil().max(1.0) as u32, crop.height.ceil().max(1.0) as u32).fit_within(WORKING);
    let [own, other] = [before, after].map(|side| render(side.picture, &side.drawn(), crop, out));
    grade::likeness(&own, &other)
}

fn certainty(board: &Board, before: &Photo, after: &Photo) -> Certainty {
    let frame = board.frames.iter().find(|f| Some(f.view) == before.view);
    let diagonal = frame.map_or(before.size, |f| f.size).diagonal();
    let share = |px: Option<f64>| px.unwrap_or_default() / diagonal;
    let of = |photo: &Photo| match placement(board, photo) {
        Placement::Reference(_) => Certainty::Aligned(0.0),
        Placement::Aligned(place) | Placement::ByPerson(place) => Certainty::Aligned(share(place.residual_px)),
        Placement::Suggestion(place, _) => Certainty::Suggested(share(place.residual_px)),
        Placement::NotAligned(_) => Certainty::Apart,
    };
    match (of(before), of(after)) {
        _ if before.view != after.view => Certainty::Apart,
        (Certainty::Apart, _) | (_, Certainty::Apart) => Certainty::Apart,
        // What is off in both adds up like independent errors.
        (Certainty::Aligned(a), Certainty::Aligned(b)) => Certainty::Aligned(a.hypot(b)),
        (Certainty::Aligned(a) | Certainty::Suggested(a), Certainty::Aligned(b) | Certainty::Suggested(b)) => {
            Certainty::Suggested(a.hypot(b))
        }
    }
}

/// How much larger the skin fills the after picture, 1 where that is unknown.
fn scale(placed: &[Option<Placed<'_>>; 2]) -> f64 {
    let reach = |side: &Placed<'_>| side.to_frame.scale() * f64::from(side.full.longest());
    match placed {
        [Some(before), Some(after)] => reach(before) / reach(after),
        _ => 1.0,
    }
}

/// Both as for 35 mm film, or both as the lens says.
fn focal(before: &Photo, after: &Photo) -> (Option<f64>, Option<f64>) {
    let both = |of: fn(&Photo) -> Option<f64>| of(before).zip(of(after));
    let found = both(|p| p.facts.focal_35_mm).or_else(|| both(|p| p.facts.focal_mm));
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
