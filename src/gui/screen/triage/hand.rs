//! What a person does to the groups of a card by hand: accept, leave out, turn views, cut and join.

use std::ops::RangeInclusive;

use super::view::text;
use super::{Cursor, SEARCH, Stage, Triage};
use crate::gui::action::Action;
use crate::gui::job::{CardJob, Job};
use crate::import::Skip;
use crate::import::card::Group;
use crate::model::{Phase, ViewId};

impl Triage {
    /// Accepts a group and goes on to the next one that waits. One with a warning says so once more, and is accepted when it
    /// is accepted again.
    pub(super) fn accept(&mut self, at: usize) -> Action {
        self.select(Cursor { group: at, photo: 0 });
        if self.aiming.contains(&at) {
            return wait();
        }
        let is_open = self.visit.is_open();
        let Some(group) = self.group_mut(at) else { return Action::None };
        if group.accepted {
            group.accepted = false;
            return Action::None;
        }
        if is_open {
            return Action::Toast(text::DAY_FIRST.to_owned());
        }
        if group.target.is_none() {
            return Action::all([Action::Toast(text::WHO_FIRST.to_owned()), Action::Focus(SEARCH)]);
        }
        if group.filed() == 0 {
            return Action::Toast(text::NOTHING_IN_IT.to_owned());
        }
        let is_alarmed = group.is_alarmed();
        if is_alarmed && self.warned != Some(at) {
            self.warned = Some(at);
            return Action::Toast(text::ALARMED.to_owned());
        }
        self.warned = None;
        let Some(group) = self.group_mut(at) else { return Action::None };
        group.accepted = true;
        let next = self.card().and_then(|card| (at..card.groups.len()).find(|i| waits(&card.groups[*i])));
        next.map_or(Action::None, |next| self.step_to(next))
    }

    pub(super) fn accept_all(&mut self) -> Action {
        let Stage::Sorting(card) = &mut self.stage else { return Action::None };
        let accepted = card.accept_certain();
        let next = card.groups.iter().position(waits);
        if accepted == 0 {
            return Action::Toast(text::NONE_CERTAIN.to_owned());
        }
        next.map_or(Action::None, |next| self.step_to(next))
    }

    /// The view before or after the one the photo has, "none" included.
    pub(super) fn turn_view(&mut self, by: isize) -> Action {
        let photo = self.cursor.photo;
        self.set_view(|group| {
            let views: Vec<_> = group.target.iter().flat_map(|t| &t.views).map(|v| v.id).collect();
            let current = group.visit.photos.get(photo).and_then(|p| p.view);
            let stands = current.and_then(|id| views.iter().position(|v| *v == id)).map_or(0, |i| i + 1);
            let next = (stands + views.len() + 1).saturating_add_signed(by) % (views.len() + 1);
            next.checked_sub(1).and_then(|i| views.get(i)).copied()
        })
    }

    /// Says what the photo under the cursor shows, as long as its group has views.
    pub(super) fn set_view(&mut self, choose: impl FnOnce(&Group) -> Option<ViewId>) -> Action {
        let Cursor { group: at, photo } = self.cursor;
        if self.aiming.contains(&at) {
            return wait();
        }
        let Some(group) = self.group_mut(at) else { return Action::None };
        if group.target.as_ref().is_some_and(|target| !target.views.is_empty()) {
            let view = choose(group);
            group.set_view(photo, view);
        }
        Action::None
    }

    /// Says when on the day the photos of the group were taken.
    pub(super) fn set_phase(&mut self, phase: Phase) -> Action {
        let at = self.cursor.group;
        if self.aiming.contains(&at) {
            return wait();
        }
        if let Some(group) = self.group_mut(at) {
            group.set_phase(phase);
        }
        Action::None
    }

    /// Leaves a photo out, or takes it back, also one with a patient's card in it; what is filed already cannot be taken
    /// back.
    pub(super) fn toggle_skip(&mut self) -> Action {
        let Cursor { group: at, photo } = self.cursor;
        if self.aiming.contains(&at) {
            return wait();
        }
        let Some(group) = self.group_mut(at) else { return Action::None };
        match group.visit.photos.get(photo).map(|p| p.skip) {
            Some(None) => group.visit.leave_out(photo),
            Some(Some(Skip::ByHand | Skip::PatientCard)) => group.visit.take_back(photo),
            _ => {}
        }
        Action::None
    }

    /// Cuts a group before the photo, or puts it together with the next. What is being worked out is for groups as they were;
    /// what speaks against the new ones is worked out before they can be accepted.
    pub(super) fn recut(&mut self, split: bool) -> Action {
        let Cursor { group: at, photo } = self.cursor;
        if !self.aiming.is_empty() {
            return wait();
        }
        let Stage::Sorting(card) = &mut self.stage else { return Action::None };
        let done = if split { card.split(at, photo) } else { card.merge(at) };
        if !done {
            let words = if split { text::NO_SPLIT } else { text::NO_MERGE };
            return Action::Toast(words.to_owned());
        }
        let again = self.look_again(at..=at + usize::from(split));
        if split { Action::all([again, self.step_to(at + 1)]) } else { again }
    }

    /// Moves the boundary behind a group, so that it keeps its first so many photos with those of the group behind it counted
    /// on.
    pub(super) fn shift(&mut self, at: usize, first: usize) -> Action {
        if !self.aiming.is_empty() {
            return wait();
        }
        let Stage::Sorting(card) = &mut self.stage else { return Action::None };
        if !card.shift(at, first) {
            return Action::None;
        }
        // The photo under the cursor may be in the other group by now.
        self.select(self.cursor);
        self.look_again(at..=at + 1)
    }

    /// Asks what speaks against groups that are other than before. Until that is known none of them can be accepted.
    fn look_again(&mut self, changed: RangeInclusive<usize>) -> Action {
        let ticket = self.ticket();
        let Stage::Sorting(card) = &self.stage else { return Action::None };
        let again = |at: usize| {
            let group = Box::new(card.groups.get(at)?.clone());
            Some(Action::Run(Job::Card(CardJob::Recheck { ticket, at, group, options: card.options.clone() })))
        };
        let actions = changed.clone().filter_map(again).collect();
        self.aiming.extend(changed);
        self.warned = None;
        Action::Many(actions)
    }
}

/// What a key says that changes a group while that is being worked out: it would be lost with the answer.
pub(super) fn wait() -> Action {
    Action::Toast(text::WAIT.to_owned())
}

/// Whether a group waits for a person: it has something to file and was not accepted.
fn waits(group: &Group) -> bool {
    !group.accepted && group.filed() > 0
}
