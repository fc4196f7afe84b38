//! Scrolls a list as far as something in it needs to be seen, wherever that lies by now.

use iced::advanced::widget::operation::{Outcome, Scrollable, scrollable};
use iced::advanced::widget::{Id, Operation};
use iced::widget::scrollable::AbsoluteOffset;
use iced::{Rectangle, Task, Vector};
use iced_runtime::{Action, task};

use super::Message;

/// Room that stays around what is revealed, logical pixels.
const ROOM: f32 = 16.0;

/// Scrolls `list` so that everything named in `items` is seen, or the last of it where it is higher than the list.
pub(super) fn reveal(list: &'static str, items: &[&'static str]) -> Task<Message> {
    let items = items.iter().map(|item| (Id::new(item), None)).collect();
    task::effect(Action::widget(Reveal { list: Id::new(list), shown: None, items }))
}

struct Reveal {
    list: Id,
    /// The list on the screen, and how far it is scrolled.
    shown: Option<(Rectangle, Vector)>,
    /// Where each item lies as if nothing were scrolled.
    items: Vec<(Id, Option<Rectangle>)>,
}

impl<T: Send + 'static> Operation<T> for Reveal {
    fn traverse(&mut self, operate: &mut dyn FnMut(&mut dyn Operation<T>)) {
        operate(self);
    }

    fn container(&mut self, id: Option<&Id>, bounds: Rectangle) {
        if let Some((_, place)) = self.items.iter_mut().find(|(item, _)| Some(item) == id) {
            *place = Some(bounds);
        }
    }

    fn scrollable(&mut self, id: Option<&Id>, bounds: Rectangle, _: Rectangle, by: Vector, _: &mut dyn Scrollable) {
        if id == Some(&self.list) {
            self.shown = Some((bounds, by));
        }
    }

    fn finish(&self) -> Outcome<T> {
        let Some(y) = self.offset() else { return Outcome::None };
        let to = AbsoluteOffset { x: None, y: Some(y) };
        Outcome::Chain(Box::new(scrollable::scroll_to(self.list.clone(), to)))
    }
}

impl Reveal {
    /// How far the list has to be scrolled; none where everything is seen already.
    fn offset(&self) -> Option<f32> {
        let (list, by) = self.shown?;
        let places: Vec<Rectangle> = self.items.iter().filter_map(|(_, place)| *place).collect();
        let all = places.iter().copied().reduce(|a, b| a.union(&b))?;
        let wanted = if all.height + 2.0 * ROOM <= list.height { all } else { *places.last()? };
        let (top, bottom) = (wanted.y - list.y - ROOM, wanted.y + wanted.height - list.y + ROOM);
        if top < by.y {
            Some(top.max(0.0))
        } else if bottom > by.y + list.height {
            Some((bottom - list.height).min(top).max(0.0))
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offset(scrolled: f32, items: &[(f32, f32)]) -> Option<f32> {
        let at = |y: f32, height: f32| Rectangle { x: 0.0, y: 100.0 + y, width: 300.0, height };
        let items = items.iter().map(|(y, height)| (Id::new("item"), Some(at(*y, *height)))).collect();
        Reveal { list: Id::new("list"), shown: Some((at(0.0, 500.0), Vector::new(0.0, scrolled))), items }.offset()
    }

    #[test]
    fn what_is_seen_stays_where_it_is_and_what_is_not_comes_as_near_as_it_needs_to() {
        assert_eq!(offset(0.0, &[(200.0, 100.0)]), None);
        assert_eq!(offset(300.0, &[(200.0, 100.0)]), Some(184.0), "above");
        assert_eq!(offset(0.0, &[(900.0, 100.0)]), Some(516.0), "below");
        assert_eq!(offset(50.0, &[(0.0, 40.0)]), Some(0.0), "the first");
    }

    #[test]
    fn a_head_and_what_belongs_to_it_are_seen_together_where_there_is_room() {
        assert_eq!(offset(0.0, &[(600.0, 40.0), (700.0, 100.0)]), Some(316.0));
        assert_eq!(offset(0.0, &[(600.0, 40.0), (1800.0, 100.0)]), Some(1416.0), "else what belongs to it");
    }
}
