//! What a board has computed in the background: where its photos lie, how far they may be compared, and what came of it.

use std::collections::HashMap;

use super::{BoardScreen, view};
use crate::align::best::{Candidate, NoPair, Proposal};
use crate::align::graded::{self, Graded, Grades};
use crate::align::queue;
use crate::gui::action::Action;
use crate::gui::job::Course;
use crate::model::{PhotoId, ViewId};
use crate::vault::{Board, GradeBasis};

/// The grades of a board, and the best pair of each view.
#[derive(Default)]
pub(super) struct Compared {
    grades: Grades,
    best: HashMap<ViewId, Result<Proposal, NoPair>>,
    /// What still has to be measured. Asked for once: a photo that cannot be read stays here.
    pending: Vec<(Candidate, GradeBasis)>,
}

impl Compared {
    /// Takes a board; whether pairs have to be measured of which nobody asked that yet.
    fn take(&mut self, board: &Board) -> bool {
        let pending = graded::pending(board);
        self.grades = Grades::new(board);
        self.best = board.views.iter().map(|view| (view.id, self.grades.best(board, view.id))).collect();
        let asks = !pending.is_empty() && pending != self.pending;
        self.pending = pending;
        asks
    }

    /// How far a photo may be compared with the baseline of its view, once that is known.
    pub(super) fn of(&self, photo: PhotoId) -> Option<&Graded> {
        self.grades.of(photo)
    }

    /// The best pair of a view.
    pub(super) fn best(&self, view: ViewId) -> Option<&Proposal> {
        self.best.get(&view)?.as_ref().ok()
    }

    /// Whether this photo is the later one of the best pair of its view.
    pub(super) fn is_best(&self, view: ViewId, photo: PhotoId) -> bool {
        self.best(view).is_some_and(|proposal| proposal.pair.1 == photo)
    }
}

impl BoardScreen {
    /// Asks for what is to be computed of this board and is not.
    pub(super) fn compute(&mut self, board: &Board) -> Action {
        let align = self.align(board);
        let course = Course { patient: self.patient, series: board.series.id };
        let grade = if self.compared.take(board) { Action::Grade(course) } else { Action::None };
        Action::all([align, grade])
    }

    /// Photos that were filed but never aligned, because the program was closed or the work cancelled, are aligned now.
    fn align(&mut self, board: &Board) -> Action {
        let series = board.series.id;
        let waiting = !queue::missing_frames(board).is_empty() || !queue::queue(board).photos.is_empty();
        if !waiting || self.aligned.contains(&series) {
            return Action::None;
        }
        self.aligned.push(series);
        Action::Align(Course { patient: self.patient, series })
    }

    /// Compares the best pair of the selected view, else of the first that has one; says why, or why there is none.
    pub(super) fn compare_best(&self) -> Action {
        let lines = &self.grid.lines;
        let view = match self.selected {
            Some(cell) => lines.get(cell.row),
            None => lines.iter().find(|line| self.compared.best(line.view.id).is_some()).or(lines.first()),
        };
        view.map_or(Action::None, |line| self.compare_best_of(line.view.id))
    }

    /// The same of one view.
    pub(super) fn compare_best_of(&self, view: ViewId) -> Action {
        let (Some(board), Some(best)) = (self.board.clone(), self.compared.best.get(&view)) else {
            return Action::None;
        };
        match best {
            Ok(Proposal { pair: (before, after), words, .. }) => {
                let compare = Action::Compare { board, before: *before, after: *after };
                Action::all([compare, Action::Toast(words.clone())])
            }
            Err(_) if self.is_measuring(view) => Action::Toast(view::text::MEASURING.to_owned()),
            Err(none) => Action::Toast(none.sentence()),
        }
    }

    fn is_measuring(&self, view: ViewId) -> bool {
        let of_view = |id: PhotoId| {
            self.board.as_ref().is_some_and(|b| b.photos.iter().any(|p| p.id == id && p.view == Some(view)))
        };
        self.compared.pending.iter().any(|((_, photo), _)| of_view(*photo))
    }
}
