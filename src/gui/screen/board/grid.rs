//! What stands where on a board: rows are views, columns are sessions. Pure, so that it can be tested without a window.

use crate::align::{Placement, Unplaced, placement};
use crate::model::{Phase, Photo, PhotoId, Slot, View};
use crate::vault::Board;

/// A place on the board.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    /// Number of the view, from the top.
    pub row: usize,
    /// Number of the session, from the left.
    pub column: usize,
}

/// A row of the board.
#[derive(Debug, Clone)]
pub struct Line {
    /// What is photographed.
    pub view: View,
    /// Whether its photos were taken immediately after a treatment: fresh from the needle, skin does not compare with skin
    /// weeks later.
    pub after: bool,
    cells: Vec<Option<PhotoId>>,
}

/// The board as a table of photos.
#[derive(Debug, Clone, Default)]
pub struct Grid {
    /// A line for each view that is still photographed or holds a photo; a second one below it where photos were taken
    /// immediately after treatments.
    pub lines: Vec<Line>,
}

impl Grid {
    /// Sorts the photos of a board into cells: the primary photo, else an alternate, never a rejected one.
    #[must_use]
    pub fn new(board: &Board) -> Self {
        let line = |view: &View, after: bool| {
            let is_there = |p: &Photo| p.view == Some(view.id) && (p.phase == Phase::ImmediatelyAfter) == after;
            let cells = board.sessions.iter().map(|s| best(&board.photos, |p| p.session == s.id && is_there(p)));
            Line { view: view.clone(), after, cells: cells.collect() }
        };
        let lines = board.views.iter().flat_map(|view| [line(view, false), line(view, true)]);
        let shown = |line: &Line| (!line.after && !line.view.retired) || line.cells.iter().any(Option::is_some);
        Self { lines: lines.filter(shown).collect() }
    }

    /// The photo of a cell.
    #[must_use]
    pub fn photo(&self, cell: Cell) -> Option<PhotoId> {
        self.lines.get(cell.row)?.cells.get(cell.column).copied().flatten()
    }

    /// How many photos have no view, and so stand in no row.
    #[must_use]
    pub fn without_view(board: &Board) -> usize {
        Self::unplaced(board).count()
    }

    /// The photos that have no view, in the order of their visits.
    pub fn unplaced(board: &Board) -> impl Iterator<Item = &Photo> {
        board.photos.iter().filter(|p| p.view.is_none() && p.slot != Slot::Rejected)
    }

    /// All photos, row by row.
    pub fn photos(&self) -> impl Iterator<Item = PhotoId> + '_ {
        self.lines.iter().flat_map(|line| &line.cells).filter_map(|p| *p)
    }

    /// The columns of a row that hold a photo.
    pub fn filled(&self, row: usize) -> impl DoubleEndedIterator<Item = usize> + '_ {
        self.lines.get(row).map_or(&[][..], |line| &line.cells).iter().enumerate().filter_map(|(i, p)| p.map(|_| i))
    }

    /// The place of a photo.
    #[must_use]
    pub fn find(&self, photo: PhotoId) -> Option<Cell> {
        self.lines.iter().enumerate().find_map(|(row, line)| {
            let column = line.cells.iter().position(|p| *p == Some(photo))?;
            Some(Cell { row, column })
        })
    }

    /// How many cells of a column hold a photo, and how many views are photographed.
    #[must_use]
    pub fn completeness(&self, column: usize) -> (usize, usize) {
        let before = || self.lines.iter().filter(|line| !line.after);
        let filled = before().filter(|line| line.cells.get(column).is_some_and(Option::is_some)).count();
        (filled, before().filter(|line| !line.view.retired).count())
    }

    /// The pair that Enter compares: the two that are marked, or the baseline and the marked one; for the baseline itself
    /// the latest photo of the row.
    #[must_use]
    pub fn pair(&self, selected: Cell, second: Option<Cell>) -> Option<(PhotoId, PhotoId)> {
        let other = match second {
            Some(cell) if cell.row == selected.row => cell.column,
            _ => {
                let first = self.filled(selected.row).next()?;
                if selected.column == first { self.filled(selected.row).next_back()? } else { first }
            }
        };
        let (early, late) = (selected.column.min(other), selected.column.max(other));
        let at = |column| self.photo(Cell { row: selected.row, column });
        if early == late { None } else { Some((at(early)?, at(late)?)) }
    }
}

fn best(photos: &[Photo], wanted: impl Fn(&Photo) -> bool) -> Option<PhotoId> {
    let of = |slot| photos.iter().find(|p| p.slot == slot && wanted(p));
    of(Slot::Primary).or_else(|| of(Slot::Alternate)).map(|p| p.id)
}

/// How a photo of a board stands to the frame of its view.
#[must_use]
pub fn placed(board: &Board, photo: PhotoId) -> Placement {
    let found = board.photos.iter().find(|p| p.id == photo);
    found.map_or(Placement::NotAligned(Unplaced::Waiting), |photo| placement(board, photo))
}

/// The few words of the chip on a picture.
#[must_use]
pub fn chip(placement: &Placement) -> String {
    match placement {
        Placement::Reference(_) => "reference".to_owned(),
        Placement::Aligned(place) | Placement::ByPerson(place) => match place.residual() {
            Some(residual) => format!("aligned {residual}"),
            None => "aligned".to_owned(),
        },
        Placement::Suggestion(..) => "check".to_owned(),
        Placement::NotAligned(Unplaced::Waiting | Unplaced::NoView) => "not aligned yet".to_owned(),
        Placement::NotAligned(Unplaced::Rejected) => "rejected".to_owned(),
        Placement::NotAligned(Unplaced::Failed(_) | Unplaced::ChangesShapes) => "could not align".to_owned(),
    }
}
