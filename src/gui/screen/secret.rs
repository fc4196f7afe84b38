//! Secrets on screens: a new passphrase that is typed twice, and a recovery code that is shown once.

use iced::widget::{checkbox, column, container, row};
use iced::{Alignment, Element, Fill};
use zeroize::Zeroizing;

use crate::gui::job::Code;
use crate::gui::theme::{size, space as gap, style};
use crate::gui::widget;
use crate::vault::Passphrase;

/// Fewer characters than this are refused for a new passphrase.
pub const SHORTEST: usize = 8;

/// Size of the letters of a recovery code.
const CODE: f32 = 17.0;

mod text {
    pub const NEW: &str = "New passphrase";
    pub const AGAIN: &str = "Passphrase again";
    pub const SHORT: &str = "At least 8 characters. Four unrelated words are easy to keep in mind and hard to guess.";
    pub const DIFFERENT: &str = "The two passphrases differ. Nothing was changed; type them again.";
    pub const CODE_TITLE: &str = "Write this down";
    pub const CODE_WHY: &str = "This recovery code opens the vault when a passphrase is forgotten. It is shown once and \
                                cannot be shown again; an older code opens nothing any more. Keep it on paper, away from this \
                                computer.";
    pub const CODE_DONE: &str = "I have written it down";
}

/// A new passphrase while it is typed.
#[derive(Default)]
pub struct NewPassphrase {
    first: Zeroizing<String>,
    again: Zeroizing<String>,
}

/// What happened to it.
#[derive(Clone)]
pub enum Typed {
    /// The passphrase was edited.
    First(Zeroizing<String>),
    /// The repetition was edited.
    Again(Zeroizing<String>),
}

impl NewPassphrase {
    /// Takes what was typed.
    pub fn update(&mut self, typed: Typed) {
        match typed {
            Typed::First(text) => self.first = text,
            Typed::Again(text) => self.again = text,
        }
    }

    /// Whether nothing of it was typed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.first.is_empty() && self.again.is_empty()
    }

    /// The passphrase when it is long enough and was typed twice, else a sentence.
    pub fn checked(&self) -> Result<Passphrase, &'static str> {
        if self.first.chars().count() < SHORTEST {
            return Err(text::SHORT);
        }
        if self.first != self.again {
            return Err(text::DIFFERENT);
        }
        Ok(Passphrase(self.first.clone()))
    }

    /// Both fields and the hint under them; `id` names the first one.
    pub fn view<'a, M: Clone + 'a>(
        &'a self,
        id: &'static str,
        on_typed: fn(Typed) -> M,
        on_submit: M,
    ) -> Element<'a, M> {
        let first = widget::input("", &self.first, move |t| on_typed(Typed::First(Zeroizing::new(t)))).id(id);
        let again = widget::input("", &self.again, move |t| on_typed(Typed::Again(Zeroizing::new(t))));
        column![
            widget::field(text::NEW, first.secure(true).on_submit(on_submit.clone())),
            widget::field(text::AGAIN, again.secure(true).on_submit(on_submit)),
            widget::caption(text::SHORT)
        ]
        .spacing(gap::M)
        .into()
    }
}

/// A recovery code that is shown until it is written down.
pub struct ShownCode {
    code: Code,
    written_down: bool,
}

impl ShownCode {
    /// A code that nobody has seen yet.
    #[must_use]
    pub fn new(code: Code) -> Self {
        Self { code, written_down: false }
    }

    /// The person says that it is written down, or takes that back.
    pub fn write_down(&mut self, yes: bool) {
        self.written_down = yes;
    }

    /// Whether it may go from the screen.
    #[must_use]
    pub fn is_written_down(&self) -> bool {
        self.written_down
    }

    /// The code and what it is for; `label` names the way on.
    pub fn view<'a, M: Clone + 'a>(
        &'a self,
        label: &'a str,
        on_written: fn(bool) -> M,
        on_proceed: M,
    ) -> Element<'a, M> {
        // Small enough for one line, so that nobody copies the half of it.
        let code = widget::words(self.code.as_str(), CODE).font(iced::Font::MONOSPACE).center().width(Fill);
        let code = container(code).padding(gap::L).width(Fill).style(style::letterbox);
        let done = checkbox(self.written_down).label(text::CODE_DONE).on_toggle(on_written);
        let proceed = widget::primary(label, self.written_down.then_some(on_proceed));
        column![
            widget::title(text::CODE_TITLE),
            widget::muted(text::CODE_WHY),
            code,
            done.text_size(size::BODY).spacing(gap::S),
            row![proceed]
        ]
        .spacing(gap::L)
        .align_x(Alignment::Start)
        .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_passphrase_is_long_and_typed_twice_the_same_way() {
        let mut new = NewPassphrase::default();
        let mut typed = |first: &str, again: &str| {
            new.update(Typed::First(Zeroizing::new(first.into())));
            new.update(Typed::Again(Zeroizing::new(again.into())));
            new.checked().err()
        };
        assert_eq!(typed("short", "short"), Some(text::SHORT));
        assert_eq!(typed("long enough", "long enuogh"), Some(text::DIFFERENT));
        assert_eq!(typed("long enough", "long enough"), None);
    }
}
