//! How the window looks, and what the program is made of.

use iced::widget::{button, column, container, row, slider};
use iced::{Alignment, Element};

use super::{Preferences, part};
use crate::gui::action::Action;
use crate::gui::theme::{Choice, space as gap, style};
use crate::gui::widget;

/// The section.
pub struct Look {
    /// Follows the slider while it is held, so that the window does not grow under the hand.
    dragged: u16,
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
    pub const LOOK: &str = "Theme";
    pub const LOOK_SUB: &str = "Dark keeps the picture the brightest thing on the screen.";
    pub const SIZE: &str = "Text size";
    pub const ABOUT: &str = "About";
    pub const LICENCE: &str = "Licensed under MIT or Apache-2.0. No account, no server, no network.";
    pub const PARTS: &str = "Typeface Inter (SIL Open Font License 1.1), icons Lucide (ISC), storage SQLite and SQLCipher \
                             (public domain, BSD), window iced (MIT), JPEG by mozjpeg (BSD, IJG).";
}

impl Look {
    pub(super) fn new(preferences: Preferences) -> Self {
        Self { dragged: preferences.text_percent }
    }

    pub(super) fn update(&mut self, message: Message, preferences: &mut Preferences) -> Action {
        match message {
            Message::Theme(theme) => preferences.theme = theme,
            Message::Percent(percent) => {
                self.dragged = percent.clamp(80, 200);
                return Action::None;
            }
            Message::PercentDone => preferences.text_percent = self.dragged,
        }
        Action::Settings(*preferences)
    }

    pub(super) fn view(&self, preferences: Preferences) -> Element<'_, Message> {
        let themes = Choice::ALL.iter().map(|&choice| {
            button(widget::body(choice.words()))
                .padding([7, 14])
                .style(style::choice(choice == preferences.theme))
                .on_press(Message::Theme(choice))
                .into()
        });
        let themes = container(row(themes).spacing(gap::XS)).padding(3).style(style::card);
        let scale = row![
            slider(80..=200, self.dragged, Message::Percent).step(5u16).on_release(Message::PercentDone).width(280),
            widget::body(format!("{} %", self.dragged))
        ];
        let version = widget::body(concat!("Diptych ", env!("CARGO_PKG_VERSION")));
        let about = column![version, widget::muted(text::LICENCE), widget::muted(text::PARTS)].spacing(gap::S);
        column![
            part(text::LOOK, text::LOOK_SUB, themes),
            part(text::SIZE, "", scale.spacing(gap::L).align_y(Alignment::Center)),
            part(text::ABOUT, "", about)
        ]
        .spacing(gap::XXL)
        .into()
    }
}
