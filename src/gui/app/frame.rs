//! What surrounds every screen: the rail, the toast, the shortcut sheet.

use iced::widget::{button, column, container, progress_bar, row, space, stack};
use iced::{Alignment, Element, Fill, Length, Theme};
use lucide_icons::Icon;

use super::Message;
use super::session::{Session, Undo};
use crate::clock::Now;
use crate::gui::action::Place;
use crate::gui::shortcut::{self, Scope};
use crate::gui::theme::{self, space as gap, style};
use crate::gui::widget;
use crate::gui::works::{Running, Works};
use crate::model::text::counted;

/// Width of the rail.
const RAIL: f32 = 64.0;

pub(super) mod text {
    pub const NOT_PICKED: &str =
        "Nothing was chosen. If no dialog opened on this desktop, type the path into the field.";
    pub const UNDO_LATER: &str = "The photos of this change are still being filed or aligned. Nothing was undone or redone. Wait a moment, or cancel that first.";
    pub const UNDO_TITLE: &str = "Undo this change?";
    pub const UNDO_SUB: &str = "Only this one is taken back, and only if nothing that came later depends on it. Photos of a filing \
                                go back into the vault's tray.";
    pub const UNDO: &str = "Undo";
    pub const REDO_TITLE: &str = "Redo this change?";
    pub const REDO_SUB: &str = "It is made again as it was, if nothing that came later stands against it. Photos of a filing leave \
                                the tray again.";
    pub const REDO: &str = "Redo";
    pub const KEEP: &str = "Leave it";
    pub const CANCEL: &str = "Cancel";
    pub const STOPPING: &str = "stopping…";
    pub const UNDER_WAY: &str =
        "This is under way already. Nothing was begun twice. Wait until it has ended, or cancel it.";
    pub const CODE_LOST: &str = "The screen was locked while a new recovery code was on it, and nobody had said that it was written \
                                 down. The older code opens nothing any more. Unless you have the new one on paper, make another one \
                                 in the settings.";
    pub const WATCH_ENDED: &str = "The watching of a folder ended when the screens were locked. What was taken is safe in the tray; \
                                   watch the folder again and the rest is taken.";
    pub const DROP: &str = "Drop photos or folders here";
    pub const DROP_SUB: &str =
        "They are copied into the tray and sorted like a memory card. The files stay as they are.";
    pub const UNLOCK_FIRST: &str = "The vault is locked. Nothing was taken. Unlock it, then drop the files again.";
    pub const SHOW: &str = "Show";
    pub const THIS_PATIENT: &str = "for this patient";
    pub const OTHER_PATIENT: &str = "for another patient";
    pub const SHEET: &str = "Keys";
    pub const LOCK: &str = "Lock";
    pub const KEYS: &str = "Keys";
    pub const CLOSE: &str = "Close";
}

/// A screen with the rail at its left.
pub(super) fn with_rail<'a>(session: &'a Session, works: &'a Works, theme: &Theme, now: Now) -> Element<'a, Message> {
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
    let screen = container(session.view(theme, now.today, works).map(Message::Session)).width(Fill).height(Fill);
    let hidden = works.in_vault(session.dir()).filter(|running| !session.shows(running.work));
    let lines = hidden.map(|running| work_line(running, session));
    let page = row![rail, widget::upright_hairline(), column![screen].extend(lines)];
    widget::over(page, session.undo().map(|undo| undo_dialog(undo, now)), Some(Message::Undo(false)))
}

/// Long work that the screen in front does not show. Names nobody, because it stands on other patients' pages too.
fn work_line<'a>(running: &'a Running, session: &Session) -> Element<'a, Message> {
    let work = running.work;
    let whom = match (work.course(), session.patient()) {
        (Some(course), Some(patient)) if course.patient == patient => text::THIS_PATIENT,
        (Some(_), Some(_)) => text::OTHER_PATIENT,
        _ => "",
    };
    let (done, total) = running.count();
    let part = if total == 0 { 0.0 } else { done as f32 / total as f32 };
    let bar = progress_bar(0.0..=1.0, part).girth(Length::Fixed(4.0)).length(160).style(style::progress);
    let count = work.count(done, total);
    let left = if running.is_stopping() { Some(text::STOPPING.to_owned()) } else { running.outlook() };
    let stop = (!running.is_stopping()).then_some(Message::Cancel(work));
    let small = |label, message| widget::quiet(label, message).padding([4, 10]);
    let inside = row![
        widget::body(work.words()).font(theme::MEDIUM),
        widget::muted(whom),
        space().width(Fill),
        widget::muted(count),
        bar,
        widget::muted(left.unwrap_or_default()),
        small(text::SHOW, Some(Message::ShowWork(work))),
        small(text::CANCEL, stop)
    ];
    let inside = container(inside.spacing(gap::M).align_y(Alignment::Center)).padding([4.0, gap::XL]);
    column![widget::hairline(), inside.width(Fill).style(style::panel)].into()
}

fn undo_dialog<'a>(undo: &Undo, now: Now) -> Element<'a, Message> {
    let ready = !undo.busy;
    let (title, sub, label) = if undo.again {
        (text::REDO_TITLE, text::REDO_SUB, text::REDO)
    } else {
        (text::UNDO_TITLE, text::UNDO_SUB, text::UNDO)
    };
    let change = column![
        widget::body(undo.entry.words()).font(theme::MEDIUM),
        widget::muted(ago((now.at.0 - undo.entry.at.0) / 60_000))
    ];
    let buttons = row![
        space().width(Fill),
        widget::quiet(text::KEEP, ready.then_some(Message::Undo(false))),
        widget::primary(label, ready.then_some(Message::Undo(true)))
    ];
    column![
        widget::title(title),
        container(change.spacing(gap::XS)).padding(gap::M).width(Fill).style(style::card),
        widget::muted(sub),
        buttons.spacing(gap::S)
    ]
    .spacing(gap::L)
    .width(460)
    .into()
}

/// How long ago something was done, from whole minutes.
fn ago(minutes: i64) -> String {
    match minutes {
        ..=0 => "just now".to_owned(),
        1..=89 => format!("{} ago", counted(minutes, "minute")),
        90..=2159 => format!("{} ago", counted((minutes + 30) / 60, "hour")),
        _ => format!("{} ago", counted((minutes + 720) / 1440, "day")),
    }
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
    hovering: bool,
) -> Element<'a, Message> {
    let page = container(page).width(Fill).height(Fill).style(style::window);
    let page = widget::over(page, sheet.map(keys), Some(Message::Help(false)));
    let mut layers = stack![page].width(Fill).height(Fill);
    if let Some(sentence) = toast {
        let card = container(container(widget::body(sentence)).max_width(560)).padding([12, 18]).style(style::floating);
        layers =
            layers.push(container(card).width(Fill).height(Fill).center_x(Fill).align_bottom(Fill).padding(gap::XXL));
    }
    if hovering {
        let words = column![widget::title(text::DROP), widget::muted(text::DROP_SUB)];
        let card = container(words.spacing(gap::S).align_x(Alignment::Center)).padding(gap::XXL).style(style::floating);
        layers = layers.push(container(card).center(Fill).style(style::scrim));
    }
    layers.into()
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
