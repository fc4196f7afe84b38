//! What surrounds every screen: the rail, the toast, the shortcut sheet.

use chrono::NaiveDate;
use iced::widget::{button, column, container, row, space, stack};
use iced::{Alignment, Element, Fill, Theme};
use lucide_icons::Icon;

use super::Message;
use super::session::Session;
use crate::gui::action::Place;
use crate::gui::shortcut::{self, Scope};
use crate::gui::theme::{space as gap, style};
use crate::gui::widget;

/// Width of the rail.
const RAIL: f32 = 64.0;

pub(super) mod text {
    pub const BROKE: &str = "Something in the program went wrong. Nothing stored was changed by it. Try again; if it happens again, \
                             report what you did.";
    pub const NOT_PICKED: &str =
        "Nothing was chosen. If no dialog opened on this desktop, type the path into the field.";
    pub const SHEET: &str = "Keys";
    pub const LOCK: &str = "Lock";
    pub const KEYS: &str = "Keys";
    pub const CLOSE: &str = "Close";
}

/// A screen with the rail at its left.
pub(super) fn with_rail<'a>(session: &'a Session, theme: &Theme, today: NaiveDate) -> Element<'a, Message> {
    let place = |icon, label, to| {
        let chosen = session.place() == to;
        rail_button(icon, label, chosen, Message::Go(to))
    };
    let rail = column![
        place(Icon::Clock, "Today", Place::Today),
        place(Icon::UserRound, "Patients", Place::Patients),
        place(Icon::Columns2, "Gallery", Place::Gallery),
        space().height(Fill),
        rail_button(Icon::Keyboard, text::KEYS, false, Message::Help(true)),
        place(Icon::Settings, "Settings", Place::Settings),
        rail_button(Icon::Lock, text::LOCK, false, Message::Lock),
    ]
    .spacing(gap::XS)
    .padding([gap::L, gap::S])
    .width(RAIL);
    let rail = container(rail).height(Fill).style(style::rail);
    let screen = container(session.view(theme, today).map(Message::Session)).width(Fill).height(Fill);
    row![rail, widget::upright_hairline(), screen].into()
}

fn rail_button(icon: Icon, label: &str, chosen: bool, message: Message) -> Element<'_, Message> {
    let inside = column![widget::icon(icon, 18.0), widget::words(label, 10.0)].spacing(6).align_x(Alignment::Center);
    button(container(inside).center_x(Fill))
        .padding([9, 2])
        .width(Fill)
        .style(style::choice(chosen))
        .on_press(message)
        .into()
}

/// The window: a page, and over it the toast and the sheet of keys of a screen.
pub(super) fn whole<'a>(
    page: Element<'a, Message>,
    toast: Option<&'a str>,
    sheet: Option<Scope>,
) -> Element<'a, Message> {
    let page = container(page).width(Fill).height(Fill).style(style::window);
    let mut layers = stack![page].width(Fill).height(Fill);
    if let Some(sentence) = toast {
        let card = container(container(widget::body(sentence)).max_width(560)).padding([12, 18]).style(style::floating);
        layers =
            layers.push(container(card).width(Fill).height(Fill).center_x(Fill).align_bottom(Fill).padding(gap::XXL));
    }
    match sheet {
        None => layers.into(),
        Some(scope) => widget::over(layers, keys(scope), Some(Message::Help(false))),
    }
}

fn keys<'a>(scope: Scope) -> Element<'a, Message> {
    let lines = shortcut::sheet(scope).map(|binding| {
        row![container(widget::key(binding.shown)).width(100), widget::body(binding.words)]
            .spacing(gap::M)
            .align_y(Alignment::Center)
            .into()
    });
    column![
        widget::title(text::SHEET),
        column(lines).spacing(6),
        row![space().width(Fill), widget::quiet(text::CLOSE, Some(Message::Help(false)))]
    ]
    .spacing(gap::L)
    .width(420)
    .into()
}
