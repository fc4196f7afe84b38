//! What was done on the screen is kept in the vault as it is done, so that whoever leaves or is thrown out finds it again.

use super::{Stage, Triage};
use crate::gui::action::Action;
use crate::gui::job::{CardJob, Failure, Job};
use crate::import::card::Draft;

/// How far the keeping has come.
#[derive(Default)]
pub struct Keeping {
    /// The card as it was asked to be kept last, or as it was suggested.
    known: Option<Draft>,
    /// What waits until the one before it is kept: two at once could come to the vault in the wrong order.
    next: Option<Draft>,
    under_way: bool,
}

impl Keeping {
    /// Another card.
    pub fn begin_anew(&mut self) {
        self.known = None;
    }

    /// Whether nothing is known of the card yet.
    pub fn is_new(&self) -> bool {
        self.known.is_none()
    }

    /// The one that was under way has ended.
    pub fn done(&mut self, outcome: Result<(), Failure>) -> Action {
        self.under_way = false;
        match outcome {
            Ok(()) => Action::None,
            Err(failure) => Action::Toast(format!("{} {}", failure.0, text::NOT_KEPT)),
        }
    }

    fn step(&mut self, stands: Option<Draft>) -> Option<Action> {
        if let Some(draft) = stands.filter(|draft| self.known.as_ref() != Some(draft)) {
            // As it was suggested it can be suggested again.
            let is_touched = self.known.is_some();
            self.known = Some(draft.clone());
            self.next = if is_touched { Some(draft) } else { self.next.take() };
        }
        if self.under_way {
            return None;
        }
        let draft = self.next.take()?;
        self.under_way = true;
        Some(Action::Run(Job::Card(CardJob::Keep(Box::new(draft)))))
    }
}

mod text {
    pub const NOT_KEPT: &str =
        "The photos are safe in the tray, but how you sorted them would be asked again if the program ended now.";
}

impl Triage {
    /// Keeps the card where it is other than it was.
    pub(super) fn keep(&mut self) -> Option<Action> {
        let stands = match &self.stage {
            Stage::Sorting(card) => Some(Draft::of(card)),
            // Should the filing be taken back, its groups are found as they were, to be accepted anew.
            Stage::Filed { card, .. } => Some(Draft::of(card).unaccepted()),
            Stage::Choose | Stage::Taking | Stage::Filing(_) => None,
        };
        self.keeping.step(stands)
    }
}
