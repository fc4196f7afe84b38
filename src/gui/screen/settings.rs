//! Settings: look, text size, where the vault lies, what the program is made of.

use iced::widget::{button, column, container, row, scrollable, slider, space};
use iced::{Alignment, Element, Fill};

use crate::gui::action::Action;
use crate::gui::theme::{Choice, space as gap, style};
use crate::gui::widget;

/// What a person may set. Nothing in it is about patients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preferences {
    /// Dark, light, or as the desktop says.
    pub theme: Choice,
    /// 80–200, percent.
    pub text_percent: u16,
}

impl Default for Preferences {
    fn default() -> Self {
        Self { theme: Choice::Auto, text_percent: 100 }
    }
}

/// The screen.
pub struct Settings {
    preferences: Preferences,
    /// Follows the slider while it is held, so that the window does not grow under the hand.
    dragged: u16,
    vault: String,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Message {
    /// A theme was chosen.
    Theme(Choice),
    /// The slider moved.
    Percent(u16),
    /// The slider was let go.
    PercentDone,
}

mod text {
    pub const TITLE: &str = "Settings";
    pub const LOOK: &str = "Theme";
    pub const LOOK_SUB: &str = "Dark keeps the picture the brightest thing on the screen.";
    pub const SIZE: &str = "Text size";
    pub const VAULT: &str = "Vault";
    pub const VAULT_SUB: &str = "Everything about patients lies encrypted in this folder and nowhere else.";
    pub const ABOUT: &str = "About";
    pub const LICENCE: &str = "Licensed under MIT or Apache-2.0. No account, no server, no network.";
    pub const PARTS: &str = "Typeface Inter (SIL Open Font License 1.1), icons Lucide (ISC), storage SQLite and SQLCipher \
                             (public domain, BSD), window iced (MIT), JPEG by mozjpeg (BSD, IJG).";
}

impl Settings {
    /// The screen for the settings as they are.
    #[must_use]
    pub fn new(preferences: Preferences, vault: String) -> (Self, Action) {
        (Self { preferences, dragged: preferences.text_percent, vault }, Action::None)
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message) -> Action {
        match message {
            Message::Theme(theme) => self.preferences.theme = theme,
            Message::Percent(percent) => {
                self.dragged = percent.clamp(80, 200);
                return Action::None;
            }
            Message::PercentDone => self.preferences.text_percent = self.dragged,
        }
        Action::Settings(self.preferences)
    }

    /// The screen as it stands.
    #[must_use]
    pub fn view(&self) -> Element<'_, Message> {
        let themes = Choice::ALL.iter().map(|&choice| {
            button(widget::body(choice.words()))
                .padding([7, 14])
                .style(style::choice(choice == self.preferences.theme))
                .on_press(Message::Theme(choice))
                .into()
        });
        let look =
            section(text::LOOK, text::LOOK_SUB, container(row(themes).spacing(gap::XS)).padding(3).style(style::panel));
        let scale = row![
            slider(80..=200, self.dragged, Message::Percent).step(5u16).on_release(Message::PercentDone).width(280),
            widget::body(format!("{} %", self.dragged))
        ]
        .spacing(gap::L)
        .align_y(Alignment::Center);
        let sizes = section(text::SIZE, "", scale);
        let vault = section(text::VAULT, text::VAULT_SUB, widget::body(self.vault.as_str()));
        let version = widget::body(concat!("Diptych ", env!("CARGO_PKG_VERSION")));
        let about = column![version, widget::muted(text::LICENCE), widget::muted(text::PARTS)].spacing(gap::S);
        let about = section(text::ABOUT, "", about);
        let page = column![widget::title(text::TITLE), look, sizes, vault, about].spacing(gap::XXL).max_width(720);
        scrollable(container(page).padding(gap::XL).width(Fill)).style(style::scroll).height(Fill).into()
    }
}

fn section<'a>(name: &'a str, explanation: &'a str, content: impl Into<Element<'a, Message>>) -> Element<'a, Message> {
    let explained = (!explanation.is_empty()).then(|| widget::muted(explanation));
    column![widget::heading(name)]
        .push(explained)
        .push(space().height(gap::XS))
        .push(content.into())
        .spacing(gap::XS)
        .into()
}
