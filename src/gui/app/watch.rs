//! What comes from outside: keys, the desktop's theme, the time of a toast, and whether anybody is there.

use std::any::TypeId;
use std::hash::Hash;
use std::time::Instant;

use iced::advanced::subscription::{Event, EventStream, Hasher, Recipe, from_recipe};
use iced::futures::stream::{BoxStream, StreamExt};
use iced::futures::{self};
use iced::keyboard::{Key, Modifiers};
use iced::time::Duration;
use iced::{Subscription, keyboard, system};

use super::{App, Message, TOAST};

/// Whether nobody is there any more is asked this often.
const LOOK: Duration = Duration::from_secs(5);
/// After a dropped file the next one comes sooner than this.
const SETTLED: Duration = Duration::from_millis(400);
/// A hand on the mouse makes a thousand events a second, and each message draws the window: one of them is enough.
const RARELY: Duration = Duration::from_secs(1);

impl App {
    /// Keys, the desktop's theme, the time of a toast, and whether anybody is there.
    pub fn subscription(&self) -> Subscription<Message> {
        let keys = keyboard::listen().filter_map(|event| match event {
            keyboard::Event::KeyPressed { key, modified_key, modifiers, .. } => {
                Some(Message::Key(meant(key, modified_key, modifiers), modifiers))
            }
            keyboard::Event::KeyReleased { key, .. } => Some(Message::Released(key)),
            keyboard::Event::ModifiersChanged(_) => None,
        });
        let desktop = system::theme_changes().map(|mode| Message::DesktopIsLight(mode == iced::theme::Mode::Light));
        let toast = if self.toast.is_some() {
            iced::time::every(TOAST).with(self.toasts).map(|(number, _)| Message::ToastGone(number))
        } else {
            Subscription::none()
        };
        let somebody = if self.is_guarded() {
            Subscription::batch([from_recipe(Touches), iced::time::every(LOOK).map(|_| Message::Look)])
        } else {
            Subscription::none()
        };
        let drops = iced::event::listen_with(dropped);
        // Drops come file by file: they are one once nothing more comes.
        let settled = if self.dropped.is_empty() {
            Subscription::none()
        } else {
            iced::time::every(SETTLED).with(self.dropped.len()).map(|(count, _)| Message::DroppedAll(count))
        };
        Subscription::batch([somebody, keys, desktop, toast, drops, settled])
    }
}

/// The key as the table of shortcuts knows it: a letter whether Shift is held or not, and a sign as it is printed, for which
/// some keyboards need Shift and others do not.
fn meant(key: Key, modified: Key, modifiers: Modifiers) -> Key {
    let is_sign = |c: &str| !modifiers.command() && c.chars().all(|c| !c.is_alphabetic() && !c.is_control());
    match &modified {
        Key::Character(c) if is_sign(c) => modified,
        _ => key,
    }
}

/// What is dragged onto the window.
fn dropped(event: iced::Event, _: iced::event::Status, _: iced::window::Id) -> Option<Message> {
    use iced::window::Event;
    let iced::Event::Window(event) = event else { return None };
    match event {
        Event::FileHovered(_) => Some(Message::Hovering(true)),
        Event::FilesHoveredLeft => Some(Message::Hovering(false)),
        Event::FileDropped(path) => Some(Message::Dropped(path)),
        _ => None,
    }
}

/// Somebody moved the mouse or pressed a key, whatever took the event.
struct Touches;

impl Recipe for Touches {
    type Output = Message;

    fn hash(&self, state: &mut Hasher) {
        TypeId::of::<Self>().hash(state);
    }

    fn stream(self: Box<Self>, input: EventStream) -> BoxStream<'static, Message> {
        let mut last: Option<Instant> = None;
        let touches = input.filter_map(move |event| {
            let is_due = is_touch(&event) && last.is_none_or(|last| last.elapsed() >= RARELY);
            if is_due {
                last = Some(Instant::now());
            }
            futures::future::ready(is_due.then_some(Message::Touched))
        });
        touches.boxed()
    }
}

/// A hand made it: no drawing, no resizing, no file that is dropped by a script.
fn is_touch(event: &Event) -> bool {
    let Event::Interaction { event, .. } = event else { return false };
    match event {
        iced::Event::Mouse(_) | iced::Event::Touch(_) => true,
        iced::Event::Keyboard(key) => !matches!(key, keyboard::Event::ModifiersChanged(_)),
        iced::Event::InputMethod(_) | iced::Event::Window(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use iced::{event::Status, mouse, window};

    fn interaction(event: iced::Event, status: Status) -> Event {
        Event::Interaction { window: window::Id::unique(), event, status }
    }

    fn moved(status: Status) -> Event {
        interaction(iced::Event::Mouse(mouse::Event::CursorMoved { position: iced::Point::ORIGIN }), status)
    }

    #[test]
    fn a_hand_is_noticed_also_where_a_widget_took_the_event() {
        assert!(is_touch(&moved(Status::Ignored)) && is_touch(&moved(Status::Captured)));
        let drawn = iced::Event::Window(window::Event::Focused);
        assert!(!is_touch(&interaction(drawn, Status::Ignored)));
        assert!(!is_touch(&Event::SystemThemeChanged(iced::theme::Mode::Dark)));
    }

    #[test]
    fn a_moving_mouse_says_so_once_a_second_and_at_once() {
        let events = futures::stream::iter((0..500).map(|_| moved(Status::Ignored))).boxed();
        let said: Vec<Message> = futures::executor::block_on(Box::new(Touches).stream(events).collect());
        assert!((1..=3).contains(&said.len()), "{}", said.len());
        assert!(matches!(said[0], Message::Touched));
    }

    #[test]
    fn a_sign_is_the_one_that_is_printed_and_a_letter_the_same_with_shift() {
        let character = |c: &str| Key::Character(c.into());
        let pressed = |key, modified, modifiers| meant(character(key), character(modified), modifiers);
        for (key, modified, modifiers, expected) in [
            ("/", "?", Modifiers::SHIFT, "?"),
            ("ß", "?", Modifiers::SHIFT, "?"),
            ("7", "/", Modifiers::SHIFT, "/"),
            ("=", "+", Modifiers::SHIFT, "+"),
            ("&", "1", Modifiers::SHIFT, "1"),
            ("1", "1", Modifiers::empty(), "1"),
            ("m", "M", Modifiers::SHIFT, "m"),
            ("z", "\u{1a}", Modifiers::COMMAND, "z"),
            ("z", "Z", Modifiers::COMMAND | Modifiers::SHIFT, "z"),
        ] {
            assert_eq!(pressed(key, modified, modifiers), character(expected), "{key} {modified}");
        }
        let enter = Key::Named(keyboard::key::Named::Enter);
        assert_eq!(meant(enter.clone(), enter.clone(), Modifiers::empty()), enter);
    }
}
