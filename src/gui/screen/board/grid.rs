//! What stands where on a board: rows are views, columns are sessions. Pure, so that it can be tested without a window.

use crate::align::{Placement, Unplaced, placement};
use crate::model::{Photo, PhotoId, Slot, View};
use crate::vault::Board;

/// A place on the board.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    /// Number of the view, from the top.
    pub row: usize,
    /// Number of the session, from the left.
    pub column: usize,
}

/// The board as a table of photos.
#[derive(Debug, Clone, Default)]
pub struct Grid {
    /// Views that are still photographed, or hold a photo.
    pub views: Vec<View>,
    cells: Vec<Vec<Option<PhotoId>>>,
}

impl Grid {
    /// Sorts the photos of a board into cells: the primary photo, else an alternate, never a rejected one.
    #[must_use]
    pub fn new(board: &Board) -> Self {
        let mut views = Vec::new();
        let mut cells = Vec::new();
        for view in &board.views {
            let row: Vec<_> = board
                .sessions
                .iter()
                .map(|s| best(&board.photos, |p| p.view == Some(view.id) && p.session == s.id))
                .collect();
            if !view.retired || row.iter().any(Option::is_some) {
                views.push(view.clone());
                cells.push(row);
            }
        }
        Self { views, cells }
    }

    /// The photo of a cell.
    #[must_use]
    pub fn photo(&self, cell: Cell) -> Option<PhotoId> {
        self.cells.get(cell.row)?.get(cell.column).copied().flatten()
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
        self.cells.iter().flatten().filter_map(|p| *p)
    }

    /// The columns of a row that hold a photo.
    pub fn filled(&self, row: usize) -> impl DoubleEndedIterator<Item = usize> + '_ {
        self.cells.get(row).map_or(&[][..], Vec::as_slice).iter().enumerate().filter_map(|(i, p)| p.map(|_| i))
    }

    /// The place of a photo.
    #[must_use]
    pub fn find(&self, photo: PhotoId) -> Option<Cell> {
        self.cells.iter().enumerate().find_map(|(row, cells)| {
            let column = cells.iter().position(|p| *p == Some(photo))?;
            Some(Cell { row, column })
        })
    }

    /// How many cells of a column hold a photo, and how many views are photographed.
    #[must_use]
    pub fn completeness(&self, column: usize) -> (usize, usize) {
        let filled = self.cells.iter().filter(|row| row.get(column).is_some_and(Option::is_some)).count();
        (filled, self.views.iter().filter(|v| !v.retired).count())
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
        Placement::Aligned(place) | Placement::ByPerson(place) => match place.residual_px {
            Some(px) => format!("aligned {px:.1} px"),
            None => "aligned".to_owned(),
        },
        Placement::Suggestion(..) => "check".to_owned(),
        Placement::NotAligned(Unplaced::Waiting | Unplaced::NoView) => "not aligned yet".to_owned(),
        Placement::NotAligned(Unplaced::Rejected) => "rejected".to_owned(),
        Placement::NotAligned(Unplaced::Failed(_) | Unplaced::ChangesShapes) => "could not align".to_owned(),
    }
}
