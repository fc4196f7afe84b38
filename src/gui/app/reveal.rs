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
        let Some(to) = self.offset() else { return Outcome::None };
        Outcome::Chain(Box::new(scrollable::scroll_to(self.list.clone(), to)))
    }
}

impl Reveal {
    /// How far the list has to be scrolled each way; none where everything is seen already.
    fn offset(&self) -> Option<AbsoluteOffset<Option<f32>>> {
        let (list, by) = self.shown?;
        let places: Vec<Rectangle> = self.items.iter().filter_map(|(_, place)| *place).collect();
        let all = places.iter().copied().reduce(|a, b| a.union(&b))?;
        let last = *places.last()?;
        let x = along((list.x, list.width), by.x, (all.x, all.width), (last.x, last.width));
        let y = along((list.y, list.height), by.y, (all.y, all.height), (last.y, last.height));
        (x.is_some() || y.is_some()).then_some(AbsoluteOffset { x, y })
    }
}

/// The same in one direction: beginning and length of the list, how far it is scrolled, and those of all that is to be seen
/// and of the last of it.
fn along(list: (f32, f32), by: f32, all: (f32, f32), last: (f32, f32)) -> Option<f32> {
    let (begin, length) = if all.1 + 2.0 * ROOM <= list.1 { all } else { last };
    let (near, far) = (begin - list.0 - ROOM, begin + length - list.0 + ROOM);
    if near < by {
        // At the very beginning there is no room to leave.
        (by > 0.0).then_some(near.max(0.0))
    } else if far > by + list.1 {
        Some((far - list.1).min(near).max(0.0))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offset(scrolled: f32, items: &[(f32, f32)]) -> Option<f32> {
        let at = |y: f32, height: f32| Rectangle { x: 20.0, y: 100.0 + y, width: 300.0, height };
        let items = items.iter().map(|(y, height)| (Id::new("item"), Some(at(*y, *height)))).collect();
        let shown = Some((at(0.0, 500.0), Vector::new(0.0, scrolled)));
        let to = Reveal { list: Id::new("list"), shown, items }.offset()?;
        assert_eq!(to.x, None, "nothing is beside the list");
        to.y
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

    #[test]
    fn a_grid_is_scrolled_both_ways() {
        let at = |x: f32, y: f32, width: f32, height: f32| Rectangle { x, y, width, height };
        let items = vec![(Id::new("item"), Some(at(1200.0, 900.0, 200.0, 150.0)))];
        let shown = Some((at(100.0, 50.0, 800.0, 600.0), Vector::new(0.0, 0.0)));
        let to = Reveal { list: Id::new("list"), shown, items }.offset().expect("out of sight");
        assert_eq!((to.x, to.y), (Some(516.0), Some(416.0)));
    }
}
