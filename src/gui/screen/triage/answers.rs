//! What comes back to the Triage screen.

use std::sync::Arc;

use super::visit::VisitForm;
use super::watching::Watched;
use super::{Cursor, Stage, Triage};
use crate::gui::action::Action;
use crate::gui::job::{Answer, Asked, CardAnswer, CardJob, Failure, Filing, Job};
use crate::import::card::Card;
use crate::progress::Progress;

impl Triage {
    /// Takes what came back.
    pub fn receive(&mut self, answer: Answer) -> Action {
        let action = self.take_answer(answer);
        self.followed(action)
    }

    fn take_answer(&mut self, answer: Answer) -> Action {
        match answer {
            Answer::Picked(Asked::Card, Some(path)) => self.folder = path.to_string_lossy().into_owned(),
            Answer::Peek(ticket, hash, handle) if ticket == self.ticket() => {
                let is_new = self.pictures.insert(hash, handle).is_none();
                if is_new && matches!(self.stage, Stage::Taking) {
                    self.coming.push(hash);
                }
            }
            Answer::Thumbnail(ticket, photo, handle) if ticket == self.ticket() => self.outlines.show(photo, handle),
            Answer::Card(CardAnswer::Taken(ticket, outcome)) if ticket == self.ticket() => match outcome {
                Ok(card) => return self.sort(Arc::unwrap_or_clone(card)),
                Err(failure) => {
                    self.stage = Stage::Choose;
                    self.error = Some(failure);
                }
            },
            Answer::Card(CardAnswer::Unlisted(ticket, failure)) if ticket == self.ticket() => {
                self.cut = None;
                self.error = Some(failure);
            }
            Answer::Card(CardAnswer::Aimed(ticket, at, outcome)) if ticket == self.ticket() => {
                self.aiming.retain(|aimed| *aimed != at);
                self.warned = None;
                match (outcome, self.group_mut(at)) {
                    (Ok(group), Some(place)) => *place = Arc::unwrap_or_clone(group),
                    (Err(failure), _) => return Action::Toast(failure.0),
                    (Ok(_), None) => {}
                }
            }
            Answer::Card(CardAnswer::Found(ticket, typed, found))
                if ticket == self.ticket() && typed == self.search =>
            {
                self.found = found;
            }
            Answer::Card(CardAnswer::Filed(ticket, outcome)) if ticket == self.ticket() => return self.filed(outcome),
            Answer::Card(CardAnswer::Kept(outcome)) => return self.keeping.done(outcome),
            Answer::Card(CardAnswer::Watched(folder, status)) => {
                self.watched = Some(Watched { folder, status: Some(status) });
            }
            Answer::Card(CardAnswer::Unwatched(_, outcome)) => {
                self.watched = None;
                self.error = outcome.err().or(self.error.take());
            }
            Answer::Card(CardAnswer::Comparing(Ok(on))) => self.comparing = Some(on),
            Answer::Card(CardAnswer::Comparing(Err(failure))) => return Action::Toast(failure.0),
            Answer::Redone(entry, Ok(_)) => self.set_undone(&entry, false),
            Answer::Undone(entry, result) => self.set_undone(&entry, result.is_ok()),
            _ => {}
        }
        Action::None
    }

    fn set_undone(&mut self, entry: &crate::vault::UndoEntry, now: bool) {
        if let Stage::Filed { filing, undone, .. } = &mut self.stage
            && filing.undo.as_ref() == Some(entry)
        {
            *undone = now;
        }
    }

    fn filed(&mut self, outcome: Result<Arc<Filing>, Failure>) -> Action {
        let Stage::Filing(card) = std::mem::replace(&mut self.stage, Stage::Choose) else { return Action::None };
        self.error = match outcome {
            Ok(filing) if !filing.outcome.cancelled => {
                self.stage = Stage::Filed { card, filing, undone: false };
                return Action::None;
            }
            Ok(filing) => Some(Failure(filing.outcome.sentence())),
            Err(failure) => Some(failure),
        };
        self.stage = Stage::Sorting(card);
        self.ask_pictures()
    }

    fn sort(&mut self, card: Card) -> Action {
        if self.keeping.is_new() {
            // One that was begun before stands as it was cut then.
            self.cutting.adopt(&card.options);
            self.cut = self.cutting.wanted();
        }
        self.stage = Stage::Sorting(Box::new(card));
        self.coming.clear();
        self.cursor = Cursor::default();
        self.visit = VisitForm::default();
        self.aiming.clear();
        (self.warned, self.drag) = (None, None);
        self.ask_pictures()
    }

    /// Asks for the pictures that are not there yet, after what was asked before is stopped.
    fn ask_pictures(&mut self) -> Action {
        let Stage::Sorting(card) = &self.stage else { return Action::None };
        let shots = card.groups.iter().flat_map(|group| &group.shots);
        let missing = shots.filter(|shot| !self.pictures.contains_key(&shot.found.hash));
        let shots: Vec<_> = missing.map(|shot| (shot.found.hash, shot.small.clone())).collect();
        self.stop = Progress::silent();
        self.outlines.ask_again();
        let job = CardJob::Pictures { ticket: self.ticket(), shots, stop: self.stop.clone() };
        Action::Run(Job::Card(job))
    }
}
