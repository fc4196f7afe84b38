//! How the list of users looks.

use iced::widget::{button, column, container, row, space};
use iced::{Alignment, Element, Fill, Length, Theme};
use lucide_icons::Icon;

use super::{Message, Users, text};
use crate::gui::screen::settings::part;
use crate::gui::theme::{self, Tokens, space as gap, style, tokens};
use crate::gui::widget;
use crate::vault::{Member, Role};

/// Widths of the columns after the login, which takes the rest.
const ROLE: f32 = 90.0;
/// A state or the button that changes: whoever has one of them has not the other.
const STATE: f32 = 110.0;
/// Height of a row.
const ROW: f32 = 46.0;

pub(super) fn view<'a>(users: &'a Users, theme: &Theme) -> Element<'a, Message> {
    let t = tokens(theme);
    let is_owner = users.own.role == Role::Owner;
    let mut list = column![].spacing(gap::S);
    if let Some(failure) = &users.error {
        list = list.push(widget::banner(t.wrong, failure.0.as_str()));
    }
    list = match &users.members {
        None => list.push(widget::muted(text::LOADING)),
        Some(members) => {
            let rows = members.iter().enumerate().map(|(row, member)| line(users, row, member, t));
            list.push(column![columns()].extend(rows).spacing(2))
        }
    };
    if is_owner && users.members.is_some() {
        let add = widget::with_icon(Icon::Plus, text::ADD, Some(Message::Add)).style(style::primary);
        list = list.push(space().height(gap::S)).push(add).push(space().height(gap::XS));
        list = list.push(widget::muted(users.own_account()));
    }
    part(text::TITLE, if is_owner { text::OWNER_SUB } else { text::OTHER_SUB }, list)
}

fn columns<'a>() -> Element<'a, Message> {
    let [login, role, state] = text::COLUMNS;
    let names = row![
        widget::caption(login).width(Fill),
        widget::caption(role).width(ROLE),
        widget::caption(state).width(STATE)
    ];
    container(names.spacing(gap::M)).padding([0.0, gap::M]).into()
}

fn line<'a>(users: &Users, index: usize, member: &'a Member, t: &Tokens) -> Element<'a, Message> {
    let is_own = member.id == users.own.id;
    let state = match (member.disabled, is_own) {
        (true, _) => text::DISABLED,
        (false, true) => text::YOU,
        (false, false) => "",
    };
    let login =
        widget::body(member.login.as_str()).font(theme::MEDIUM).wrapping(iced::widget::text::Wrapping::WordOrGlyph);
    let login = if member.disabled { login.style(style::muted) } else { login };
    let dot = widget::dot(if member.disabled { t.dim } else { t.good });
    let change = users.obstacle(member).is_none();
    let change = change.then(|| widget::plain(text::CHANGE, Some(Message::Change(index))).padding([5, 12]));
    let state = row![widget::muted(state), space().width(Fill)].push(change).align_y(Alignment::Center).width(STATE);
    let inside =
        row![dot, container(login).clip(true).width(Fill), widget::muted(member.role.words()).width(ROLE), state];
    button(container(inside.spacing(gap::M).align_y(Alignment::Center)).center_y(Fill))
        .padding([0.0, gap::M])
        .width(Fill)
        .height(Length::Fixed(ROW))
        .style(style::list_row(index == users.selected))
        .on_press(Message::Select(index))
        .into()
}
