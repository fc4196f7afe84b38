//! Slots that no photo fills yet: each shows faintly what the last visit shows there, so that one sees what belongs there.

use std::collections::{HashMap, HashSet};

use iced::widget::image::Handle;
use iced::widget::{button, column, container, image, space, text::Wrapping};
use iced::{ContentFit, Element};

use super::{Cursor, Message, PEEK, Stage, Triage, view::text};
use crate::gui::action::Action;
use crate::gui::job::Job;
use crate::gui::theme::{Tokens, space as gap, style};
use crate::gui::widget;
use crate::import::card::{Group, LastPhoto};
use crate::model::{PhotoId, View, ViewId};

/// How much of the picture of the last visit is seen: enough to know the view, and too little to be taken for a photo.
const FAINT: f32 = 0.3;

/// Pictures of the last visits.
#[derive(Default)]
pub struct Outlines {
    asked: HashSet<PhotoId>,
    pictures: HashMap<PhotoId, Option<Handle>>,
}

impl Outlines {
    /// One has come; none when it could not be read.
    pub fn show(&mut self, photo: PhotoId, picture: Option<Handle>) {
        let _before = self.pictures.insert(photo, picture);
    }

    /// What was asked for and has not come will not: it is asked for anew.
    pub fn ask_again(&mut self) {
        self.asked.retain(|photo| self.pictures.contains_key(photo));
    }
}

impl Triage {
    /// Asks for the pictures of slots that are empty by now, those of the group that is looked at first.
    pub(super) fn ask_outlines(&mut self) -> Option<Action> {
        let Stage::Sorting(card) = &self.stage else { return None };
        let (before, after) = card.groups.split_at_checked(self.cursor.group)?;
        let slots = after.iter().chain(before).flat_map(|group| group.empty_slots().map(move |view| (group, view)));
        let wanted: Vec<_> = slots
            .filter_map(|(group, view)| last(group, view.id))
            .filter(|last| self.outlines.asked.insert(last.photo))
            .map(|last| (last.photo, last.hash))
            .collect();
        if wanted.is_empty() {
            return None;
        }
        Some(Action::Run(Job::Thumbnails { ticket: self.ticket(), photos: wanted, stop: self.stop.clone() }))
    }

    /// Says that the photo under the cursor shows the view of a slot that was clicked; in another group the slot only leads
    /// there.
    pub(super) fn fill(&mut self, at: usize, view: ViewId) -> Action {
        if self.cursor.group != at {
            self.select(Cursor { group: at, photo: 0 });
            return Action::None;
        }
        self.set_view(|_| Some(view))
    }
}

fn last(group: &Group, view: ViewId) -> Option<&LastPhoto> {
    group.target.as_ref()?.last.iter().find(|last| last.view == view)
}

/// The slot of a view in the row of a group.
pub fn slot<'a>(screen: &'a Triage, group: &'a Group, at: usize, view: &'a View, t: &Tokens) -> Element<'a, Message> {
    let known = last(group, view.id).and_then(|last| screen.outlines.pictures.get(&last.photo));
    let inside: Element<'a, Message> = match known {
        Some(Some(handle)) => {
            image(handle).content_fit(ContentFit::Contain).opacity(FAINT).width(PEEK.0).height(PEEK.1).into()
        }
        _ => space().width(PEEK.0).height(PEEK.1).into(),
    };
    let framed = button(inside).padding(2).style(style::slot(true)).on_press(Message::Fill(at, view.id));
    let words = format!("{}, {}", view.spec.name, text::EMPTY_SLOT);
    let below = widget::caption(words).wrapping(Wrapping::None).color(t.dim);
    column![framed, container(below).width(PEEK.0).clip(true)].spacing(gap::XS).into()
}
