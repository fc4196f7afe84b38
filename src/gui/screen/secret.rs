//! A new passphrase that is typed twice.

use iced::Element;
use iced::widget::column;
use zeroize::Zeroizing;

use crate::gui::theme::space as gap;
use crate::gui::widget;
use crate::vault::Passphrase;

mod text {
    pub const NEW: &str = "New passphrase";
    pub const AGAIN: &str = "Passphrase again";
    pub const SHORT: &str = "At least 8 characters. Four unrelated words are easy to keep in mind and hard to guess.";
    pub const DIFFERENT: &str = "The two passphrases differ. Nothing was changed; type them again.";
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
        let passphrase = Passphrase(self.first.clone());
        if passphrase.is_short() {
            return Err(text::SHORT);
        }
        if self.first != self.again {
            return Err(text::DIFFERENT);
        }
        Ok(passphrase)
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
