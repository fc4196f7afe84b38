//! Exposure and colour of the pair matched, as whole frames: off until somebody asks for it, marked on each picture.

use std::sync::Arc;

use super::{Compare, Mode};
use crate::compare::matching::{Matching, Unmatched};
use crate::gui::action::Action;
use crate::gui::job::{Failure, Job, MatchedPair, Outcome, Pair, Ticket};
use crate::gui::picture::Shown;
use crate::model::PhotoId;

mod text {
    pub const ONE_PHOTO: &str = "One photo has nothing to be matched with. Choose another session in the strip first.";
}

/// What is matched.
#[derive(Default)]
pub(super) struct Matched {
    on: bool,
    /// Counts what was asked.
    generation: u64,
    /// The pair that was asked about, and what came back.
    pair: Option<(Pair, Option<Outcome<Arc<MatchedPair>>>)>,
}

impl Matched {
    /// Whether somebody asked for it.
    pub(super) fn is_on(&self) -> bool {
        self.on
    }

    /// Forgets what was asked: the photos lie elsewhere now.
    pub(super) fn forget(&mut self) {
        self.pair = None;
        self.generation += 1;
    }
}

impl Compare {
    /// Matches the pair, or shows both as they were taken.
    pub(super) fn toggle_matched(&mut self) -> Action {
        if self.before == self.after {
            return Action::Toast(text::ONE_PHOTO.to_owned());
        }
        self.matched.on = !self.matched.on;
        self.matched.forget();
        self.ask_matched()
    }

    /// Asks for the pair on the screen, unless it is asked for or nobody wants it.
    pub(super) fn ask_matched(&mut self) -> Action {
        let pair = self.pair();
        // A tool draws a photo where its points say, and works on it as it was taken.
        let wanted = self.matched.on && self.tool.is_none() && pair.0 != pair.1;
        if !wanted || self.matched.pair.as_ref().is_some_and(|(of, _)| *of == pair) {
            return Action::None;
        }
        self.matched.forget();
        let (Some(before), Some(after)) = (self.request(pair.0), self.request(pair.1)) else { return Action::None };
        if before.matrix.is_none() || after.matrix.is_none() {
            self.matched.pair = Some((pair, Some(Err(Failure(Unmatched::NotAligned.sentence())))));
            return Action::None;
        }
        self.matched.pair = Some((pair, None));
        let ticket = Ticket { id: pair.1.0, generation: self.matched.generation };
        Action::Run(Job::Match(ticket, Box::new([before, after])))
    }

    /// The pair matched, or why not; what was asked by an older comparison is dropped.
    pub(super) fn take_matched(&mut self, ticket: Ticket, outcome: Outcome<Arc<MatchedPair>>) -> Action {
        let generation = self.matched.generation;
        let Some((pair, answer)) = &mut self.matched.pair else { return Action::None };
        if ticket != (Ticket { id: pair.1.0, generation }) {
            return Action::None;
        }
        let pictures = outcome.as_ref().map(|matched| matched.pictures.to_vec()).unwrap_or_default();
        *answer = Some(outcome);
        if self.on_gpu && !pictures.is_empty() { Action::Upload(pictures) } else { Action::None }
    }

    /// What came back about the pair on the screen. A tool works on the photos as they were taken.
    fn answer(&self) -> Option<&Outcome<Arc<MatchedPair>>> {
        let wanted = self.matched.on && self.tool.is_none() && self.mode != Mode::Single;
        let (pair, answer) = self.matched.pair.as_ref().filter(|_| wanted)?;
        answer.as_ref().filter(|_| *pair == self.pair())
    }

    /// How the pictures on the screen are matched; none when they are as they were taken.
    pub(super) fn matching(&self) -> Option<Matching> {
        self.answer()?.as_ref().ok().map(|matched| matched.matching)
    }

    /// Whether the pictures on the screen will be matched in a moment.
    pub(super) fn is_matching(&self) -> bool {
        let wanted = self.matched.on && self.tool.is_none() && self.mode != Mode::Single;
        wanted && self.matched.pair.as_ref().is_some_and(|(pair, answer)| *pair == self.pair() && answer.is_none())
    }

    /// Why the pictures on the screen are as they were taken, although somebody wanted them matched.
    pub(super) fn not_matched(&self) -> Option<&str> {
        self.answer()?.as_ref().err().map(|Failure(sentence)| sentence.as_str())
    }

    /// What was done to a picture on the screen, as it stands there.
    pub(super) fn mark(&self, id: PhotoId) -> Option<String> {
        let [before, after] = self.matching()?.tones();
        Some(if id == self.before { before } else { after }.mark())
    }

    /// A photo of the pair as it is drawn: matched where its mark says so.
    pub(super) fn drawn(&self, id: PhotoId) -> Option<&Shown> {
        match self.answer() {
            Some(Ok(matched)) => Some(&matched.pictures[usize::from(id != self.before)]),
            _ => self.picture(id),
        }
    }
}
