//! Which two photos of a view show the most of a series: the earliest and the latest that lie in one frame.

use crate::model::{Answer, Photo, PhotoId, Session, Slot, ViewId};
use crate::vault::Board;

/// Two photos of one view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// What both show.
    pub view: ViewId,
    /// The earlier one.
    pub before: PhotoId,
    /// The later one.
    pub after: PhotoId,
}

/// One pair for each view that has two plainly aligned primary photos of different visits, in board order. Only visits
/// that `wanted` accepts count.
#[must_use]
pub fn pairs(board: &Board, wanted: impl Fn(&Session) -> bool) -> Vec<Pair> {
    let mut visits: Vec<&Session> = board.sessions.iter().filter(|s| wanted(s)).collect();
    visits.sort_by_key(|s| (s.date, s.ordinal, s.id));
    let shown = |visit: &Session, view: ViewId| {
        let fits = |p: &&Photo| p.session == visit.id && p.view == Some(view) && p.slot == Slot::Primary;
        board.photos.iter().filter(fits).find(|p| is_placed(board, p)).map(|p| p.id)
    };
    let pair = |view: ViewId| {
        let mut placed = visits.iter().filter_map(|visit| shown(visit, view));
        Some(Pair { view, before: placed.next()?, after: placed.next_back()? })
    };
    board.views.iter().filter_map(|view| pair(view.id)).collect()
}

/// Whether a photo is the reference of its view's frame or plainly aligned in it.
#[must_use]
pub fn is_placed(board: &Board, photo: &Photo) -> bool {
    board.frames.iter().filter(|f| photo.view == Some(f.view)).any(|frame| {
        let aligned = |a: &&crate::model::Alignment| {
            a.photo == photo.id && a.frame == frame.id && a.answer == Answer::Aligned && a.matrix.is_some()
        };
        frame.reference == photo.id || board.alignments.iter().find(aligned).is_some()
    })
}
