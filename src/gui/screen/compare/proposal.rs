//! The best pair of the view: graded when somebody asks for it, and gone to.

use std::sync::Arc;

use super::{Compare, Mode};
use crate::align::best::{NoPair, Proposal, best, candidates};
use crate::align::graded::Grades;
use crate::compare::grade::Comparability;
use crate::gui::action::Action;
use crate::gui::job::{Job, Pair, Ticket};
use crate::model::ViewId;

/// What was asked last.
#[derive(Default)]
pub(super) struct Proposed {
    generation: u64,
    /// The view, while its pairs are being graded.
    waiting: Option<ViewId>,
}

impl Proposed {
    /// Whether an answer is on its way.
    pub(super) fn is_waiting(&self) -> bool {
        self.waiting.is_some()
    }

    /// Forgets what was asked: it was about something else.
    pub(super) fn forget(&mut self) {
        self.waiting = None;
    }
}

impl Compare {
    fn view_shown(&self) -> Option<ViewId> {
        self.photo(self.after)?.view
    }

    /// Asks how far the pairs of the view may be compared.
    pub(super) fn propose(&mut self) -> Action {
        if self.proposed.is_waiting() {
            return Action::None;
        }
        let view = self.view_shown();
        let pairs = match view.ok_or(NoPair::NothingAligned).and_then(|view| candidates(&self.board, view)) {
            Ok(pairs) => pairs,
            Err(none) => return Action::Toast(none.sentence()),
        };
        // What the board was graded by holds here too.
        let grades = Grades::new(&self.board);
        let known = |pair: &Pair| Some((*pair, Some(Arc::new(grades.of_pair(*pair)?.clone()))));
        if let Some(known) = pairs.iter().map(known).collect::<Option<Vec<_>>>() {
            return self.go_to_best(known);
        }
        self.proposed.waiting = view;
        self.proposed.generation += 1;
        let ticket = Ticket { id: self.board.series.id.0, generation: self.proposed.generation };
        Action::Run(Job::GradeAll { ticket, pairs, board: self.board.clone() })
    }

    /// Goes to the best of the graded pairs, if the person still looks at that view; says why, or why there is none.
    pub(super) fn take_proposal(&mut self, ticket: Ticket, graded: Vec<(Pair, Option<Arc<Comparability>>)>) -> Action {
        let wanted = Ticket { id: self.board.series.id.0, generation: self.proposed.generation };
        if ticket != wanted || !self.proposed.is_waiting() {
            return Action::None;
        }
        let view = self.proposed.waiting.take();
        if view != self.view_shown() || self.tool.is_some() || self.export.is_some() {
            return Action::None;
        }
        self.go_to_best(graded)
    }

    fn go_to_best(&mut self, graded: Vec<(Pair, Option<Arc<Comparability>>)>) -> Action {
        let found = best(graded.iter().map(|(pair, graded)| (*pair, graded.as_deref())));
        for (pair, graded) in graded {
            let _ = self.grades.insert(pair, graded);
        }
        match found {
            Ok(found) => {
                let found = match self.view_shown() {
                    Some(view) => Grades::new(&self.board).explained(&self.board, view, found),
                    None => found,
                };
                let Proposal { pair, words, .. } = found;
                (self.before, self.after) = pair;
                if self.mode == Mode::Single {
                    self.mode = self.mode_of_pairs;
                }
                Action::all([self.ask(), Action::Toast(words)])
            }
            Err(none) => Action::Toast(none.sentence()),
        }
    }
}
