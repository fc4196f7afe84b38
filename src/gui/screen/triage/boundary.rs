//! The boundary between two groups: dragged with the mouse onto a photo, it moves photos to the group beside.

use iced::widget::{container, mouse_area, row, tooltip};
use iced::{Alignment, Element, Fill, Point, mouse};
use lucide_icons::Icon;

use super::hand::wait;
use super::{Cursor, Message, PEEK, Stage, Triage};
use crate::gui::action::Action;
use crate::gui::theme::{Tokens, space as gap, style};
use crate::gui::widget;
use crate::model::text::counted;

mod text {
    pub const DRAG: &str = "Drag this onto a photo of the group above or below, and the photos between go over.";
    pub const NOWHERE: &str = "Let go over a photo of one of these two groups.";
    pub const DOWN: &str = "to the group below";
    pub const UP: &str = "to the group above";
}

/// A boundary in somebody's hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drag {
    /// The group before it.
    at: usize,
    /// How many photos of both groups are before it where it is now; none over anything else.
    first: Option<usize>,
}

impl Triage {
    pub(super) fn grab(&mut self, at: usize) -> Action {
        if !self.aiming.is_empty() {
            return wait();
        }
        self.drag = Some(Drag { at, first: None });
        Action::None
    }

    /// The mouse is before a photo, or behind the last one of a group.
    pub(super) fn drag_over(&mut self, over: Cursor) {
        let Stage::Sorting(card) = &self.stage else { return };
        let Some(drag) = &mut self.drag else { return };
        let there = card.groups.get(drag.at).map_or(0, |group| group.shots.len());
        drag.first = match over.group.checked_sub(drag.at) {
            Some(0) => Some(over.photo.max(1)),
            Some(1) => {
                let behind = card.groups.get(over.group).map_or(0, |group| group.shots.len());
                Some(there + over.photo.min(behind.saturating_sub(1)))
            }
            _ => None,
        };
    }

    /// Lets go of it where it is.
    pub(super) fn let_go(&mut self) -> Action {
        match self.drag.take() {
            Some(Drag { at, first: Some(first) }) => self.shift(at, first),
            _ => Action::None,
        }
    }

    /// Whether a photo goes over when the boundary is let go now.
    pub(super) fn goes_over(&self, photo: Cursor) -> bool {
        let Some((Drag { at, first: Some(first) }, card)) = self.drag.zip(self.card()) else { return false };
        let there = card.groups.get(at).map_or(0, |group| group.shots.len());
        match photo.group.checked_sub(at) {
            Some(0) => photo.photo >= first,
            Some(1) => there + photo.photo < first,
            _ => false,
        }
    }

    /// "2 photos to the group below".
    fn said_of(&self, drag: Drag) -> String {
        let there = self.card().and_then(|card| card.groups.get(drag.at)).map_or(0, |group| group.shots.len());
        match drag.first {
            None => text::NOWHERE.to_owned(),
            Some(first) => {
                let words = if first <= there { text::DOWN } else { text::UP };
                format!("{} {words}", counted(first.abs_diff(there) as i64, "photo"))
            }
        }
    }
}

/// The boundary behind a group.
pub fn view<'a>(screen: &'a Triage, at: usize, t: &Tokens) -> Element<'a, Message> {
    let held = screen.drag.filter(|drag| drag.at == at);
    let color = if held.is_some() { t.accent } else { t.dim };
    let side = || container(widget::hairline()).width(Fill);
    let said = held.map(|drag| widget::caption(screen.said_of(drag)).color(t.accent));
    let inside = row![side(), widget::icon(Icon::GripHorizontal, 16.0).color(color)].push(said).push(side());
    let inside = container(inside.spacing(gap::S).align_y(Alignment::Center)).id(format!("boundary-{at}"));
    let hand = if held.is_some() { mouse::Interaction::Grabbing } else { mouse::Interaction::Grab };
    let area = mouse_area(inside.width(Fill)).on_press(Message::Grab(at)).interaction(hand);
    let tip = container(widget::caption(text::DRAG)).padding(gap::S).style(style::floating);
    tooltip(area, tip, tooltip::Position::Bottom).into()
}

/// A photo that a boundary can be dragged to: in its left half before it, in its right half behind it.
pub fn place<'a>(photo: impl Into<Element<'a, Message>>, screen: &Triage, at: Cursor) -> Element<'a, Message> {
    let area = mouse_area(container(photo).id(format!("photo-{}-{}", at.group, at.photo)));
    if screen.drag.is_none() {
        return area.into();
    }
    let over = move |point: Point| {
        let behind = usize::from(point.x > PEEK.0 / 2.0);
        Message::Over(Cursor { photo: at.photo + behind, ..at })
    };
    area.on_move(over).into()
}

/// All that a boundary may be let go over. Outside it stays where it was.
pub fn ground<'a>(inside: impl Into<Element<'a, Message>>, screen: &Triage) -> Element<'a, Message> {
    let area = mouse_area(inside);
    if screen.drag.is_none() {
        return area.into();
    }
    area.on_release(Message::LetGo).on_exit(Message::StayThere).into()
}
