//! What stands of a folder under watch.

use std::path::PathBuf;
use std::sync::Arc;

use iced::widget::{column, container, row, space, text::Wrapping};
use iced::{Alignment, Element, Fill};

use super::Message;
use crate::gui::theme::{Tokens, space as gap, style};
use crate::gui::widget;
use crate::gui::works::Running;
use crate::import::watch::Status;

mod text {
    pub const WATCHING: &str = "Watching a folder";
    pub const BEGINS: &str = "Photos are copied into the tray once they have not changed for three seconds and are whole. Nothing in \
                              the folder is changed or deleted.";
    pub const SORT: &str = "Sort what has come";
    pub const STOP: &str = "Stop watching";
    pub const STOPPING: &str = "stopping…";
}

/// A folder under watch, as far as this screen has been told.
pub struct Watched {
    /// Which.
    pub folder: PathBuf,
    /// How it stands; none before the first look.
    pub status: Option<Arc<Status>>,
}

/// The whole of it, where a card is chosen.
pub fn card<'a>(watched: Option<&'a Watched>, running: &Running, t: &Tokens) -> Element<'a, Message> {
    let stop = (!running.is_stopping()).then_some(Message::Unwatch);
    let buttons =
        row![widget::primary(text::SORT, Some(Message::Tray)), widget::plain(text::STOP, stop)].spacing(gap::S);
    let mut inside = column![line(watched, running, t)].spacing(gap::M);
    if let Some(watched) = watched {
        let folder = widget::muted(watched.folder.display().to_string()).wrapping(Wrapping::WordOrGlyph);
        inside = inside.push(folder);
    }
    let inside = inside.push(widget::caption(text::BEGINS)).push(buttons);
    container(inside).padding(gap::L).width(Fill).style(style::card).into()
}

/// One line of it, over a card that is being sorted.
pub fn strip<'a>(watched: Option<&'a Watched>, running: &Running, t: &Tokens) -> Element<'a, Message> {
    let stop = (!running.is_stopping()).then_some(Message::Unwatch);
    let stop = widget::quiet(text::STOP, stop).padding([4, 10]);
    let inside = row![container(line(watched, running, t)).width(Fill), stop];
    inside.spacing(gap::M).align_y(Alignment::Center).into()
}

fn line<'a>(watched: Option<&'a Watched>, running: &Running, t: &Tokens) -> Element<'a, Message> {
    let status = watched.and_then(|watched| watched.status.as_ref());
    let troubled = status.is_some_and(|status| !status.there || !status.unfinished.is_empty());
    let color = if troubled { t.attention } else { t.good };
    let words = match status {
        Some(status) => status.sentence(),
        None => running.work.count(running.count().0, 0),
    };
    let left = if running.is_stopping() { text::STOPPING } else { "" };
    row![
        widget::dot(color),
        widget::body(text::WATCHING).font(crate::gui::theme::MEDIUM).wrapping(Wrapping::None),
        container(widget::muted(words)).width(Fill),
        widget::muted(left),
        space()
    ]
    .spacing(gap::M)
    .align_y(Alignment::Center)
    .into()
}
