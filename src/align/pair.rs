//! Which two photos of a view show the most of a series: the earliest and the latest that lie in one frame.

use super::placement::{Placement, placement};
use crate::model::{Photo, PhotoId, Session, Slot, ViewId};
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

/// One pair for each view that has two aligned primary photos of different visits, in board order. Only visits that
/// `wanted` accepts count.
#[must_use]
pub fn pairs(board: &Board, wanted: impl Fn(&Session) -> bool) -> Vec<Pair> {
    pairs_where(board, wanted, |placement| placement.place(false).is_some())
}

/// As [`pairs`], of the photos whose placement is `usable`.
#[must_use]
pub fn pairs_where(board: &Board, wanted: impl Fn(&Session) -> bool, usable: impl Fn(&Placement) -> bool) -> Vec<Pair> {
    let mut visits: Vec<&Session> = board.sessions.iter().filter(|s| wanted(s)).collect();
    visits.sort_by_key(|s| (s.date, s.ordinal, s.id));
    let shown = |visit: &Session, view: ViewId| {
        let fits = |p: &&Photo| p.session == visit.id && p.view == Some(view) && p.slot == Slot::Primary;
        board.photos.iter().filter(fits).find(|p| usable(&placement(board, p))).map(|p| p.id)
    };
    let pair = |view: ViewId| {
        let mut placed = visits.iter().filter_map(|visit| shown(visit, view));
        Some(Pair { view, before: placed.next()?, after: placed.next_back()? })
    };
    board.views.iter().filter_map(|view| pair(view.id)).collect()
}
