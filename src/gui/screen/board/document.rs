//! A document of the patient as large as the window allows, page by page: the scan or the PDF of what was signed.

use std::sync::Arc;

use iced::widget::{column, container, row, space, text::Wrapping};
use iced::{Alignment, Element, Fill, Length, Theme};

use crate::geom::Size;
use crate::gui::action::Action;
use crate::gui::job::{Job, Outcome, Page, Ticket};
use crate::gui::shortcut::Command;
use crate::gui::theme::{space as gap, style, tokens};
use crate::gui::widget;
use crate::gui::widget::photo::{Gesture, Photo};
use crate::gui::zoom::Zoom;
use crate::model::{Attachment, AttachmentId};

mod text {
    pub const LOADING: &str = "Opening…";
    pub const BACK: &str = "Previous page";
    pub const ON: &str = "Next page";
    pub const COPY: &str = "Save a copy…";
    pub const MOVE: &str = "Move…";
    pub const CLOSE: &str = "Close";
    pub const CUT: &str =
        "The end of this file is missing, and pages with it perhaps. Look for the paper, or for another copy.";
    pub const PARTIAL: &str =
        "Parts of this page could not be drawn. Save a copy and open it with another program to see all of it.";
    pub const HINT: &str = "The wheel comes closer, a double click shows the whole page.";

    pub fn page(index: usize, of: usize) -> String {
        format!("Page {} of {of}", index + 1)
    }

    pub fn turning(index: usize) -> String {
        format!("Opening page {}…", index + 1)
    }
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Message {
    /// The hand, over the page.
    Gesture(Gesture),
    /// To this page, from 0.
    Turn(usize),
    /// "Save a copy…".
    Copy,
    /// "Move…".
    Move,
    /// Back to the list.
    Close,
}

/// Room for "Opening page 100…".
const TURNER: f32 = 160.0;

/// The document that is looked at.
pub(super) struct Document {
    of: Attachment,
    ticket: Ticket,
    /// How many pages it has, as far as that is known.
    pages: usize,
    /// The page that is wanted, from 0.
    index: usize,
    /// What is shown: that page, or until it is there the one before.
    page: Option<Outcome<Arc<Page>>>,
    /// Whether a page is on its way: one at a time, however often somebody turns.
    is_turning: bool,
    zoom: Zoom,
    on_gpu: bool,
}

impl Document {
    /// Asks for its picture.
    pub(super) fn new(of: &Attachment, generation: u64) -> (Self, Action) {
        let ticket = Ticket { id: of.id.0, generation };
        let zoom = Zoom::fit(Size::default());
        let document =
            Self { of: of.clone(), ticket, pages: 1, index: 0, page: None, is_turning: true, zoom, on_gpu: false };
        (document, Action::Run(Job::ShowDocument(ticket, 0)))
    }

    /// Which one it is.
    pub(super) fn id(&self) -> AttachmentId {
        self.of.id
    }

    /// To a page, where there is one.
    pub(super) fn turn_to(&mut self, index: usize) -> Action {
        if index == self.index || index >= self.pages {
            return Action::None;
        }
        self.index = index;
        if self.is_turning { Action::None } else { self.ask() }
    }

    fn ask(&mut self) -> Action {
        self.is_turning = true;
        Action::Run(Job::ShowDocument(self.ticket, self.index))
    }

    /// A key.
    pub(super) fn command(&mut self, command: Command) -> Action {
        match command {
            Command::Right | Command::PageDown => self.turn_to(self.index + 1),
            Command::Left | Command::PageUp => self.index.checked_sub(1).map_or(Action::None, |i| self.turn_to(i)),
            _ => Action::None,
        }
    }

    /// Takes a page; that of another document is dropped, and so is one that was left again meanwhile, for the one that is
    /// wanted now.
    pub(super) fn receive(&mut self, ticket: Ticket, index: usize, page: Outcome<Arc<Page>>) -> Action {
        if ticket != self.ticket {
            return Action::None;
        }
        if index != self.index {
            return self.ask();
        }
        self.is_turning = false;
        if let Ok(page) = &page {
            self.pages = page.of;
            self.zoom = Zoom::fit(page.picture.frame);
        }
        self.page = Some(page);
        self.upload()
    }

    /// A GPU draws nothing of a large picture that it does not have yet.
    fn upload(&self) -> Action {
        match &self.page {
            Some(Ok(page)) if self.on_gpu => Action::Upload(vec![Arc::clone(&page.picture)]),
            _ => Action::None,
        }
    }

    /// The hand, over the page.
    pub(super) fn gesture(&mut self, gesture: Gesture) -> Action {
        match gesture {
            Gesture::Zoomed { pane, cursor, by } => self.zoom = self.zoom.about(pane, cursor, by),
            Gesture::Dragged { pane, dx, dy } => self.zoom = self.zoom.dragged(pane, dx, dy),
            Gesture::Fit { pane } => self.zoom = self.zoom.toggled(pane),
            Gesture::OnGpu => {
                self.on_gpu = true;
                return self.upload();
            }
            Gesture::Divided(_) | Gesture::Clicked { .. } | Gesture::Hovered { .. } | Gesture::Drawn { .. } => {}
        }
        Action::None
    }

    /// Which page it is, between the ways to its neighbours; nothing for a document of one page.
    fn turner(&self) -> Option<Element<'_, Message>> {
        let pages = self.pages;
        if pages < 2 {
            return None;
        }
        let to = |index: Option<usize>| index.filter(|i| *i < pages).map(Message::Turn);
        let words = if self.is_turning { text::turning(self.index) } else { text::page(self.index, pages) };
        let back = widget::quiet(text::BACK, to(self.index.checked_sub(1)));
        let on = widget::quiet(text::ON, to(Some(self.index + 1)));
        let middle = container(widget::body(words)).center_x(Length::Fixed(TURNER));
        Some(row![back, middle, on].align_y(Alignment::Center).into())
    }

    /// The page as it stands, as large as the window allows.
    pub(super) fn view(&self, theme: &Theme, density: f32) -> Element<'_, Message> {
        let t = tokens(theme);
        let name =
            container(widget::body(self.of.file_name.0.as_str()).wrapping(Wrapping::None)).width(Fill).clip(true);
        let page: Element<'_, Message> = match &self.page {
            None => container(widget::muted(text::LOADING)).center(Fill).style(style::letterbox).into(),
            Some(Err(failure)) => container(widget::banner(t.wrong, failure.0.as_str())).center(Fill).into(),
            Some(Ok(page)) => {
                let (shown, frame) = (Some(page.picture.as_ref()), page.picture.frame);
                Photo::single(shown, frame, self.zoom, Message::Gesture).density(density).into()
            }
        };
        // One that proves a consent stays where that was signed.
        let loose = self.of.consents.is_empty();
        let missing = match &self.page {
            Some(Ok(page)) if page.is_cut => Some(text::CUT),
            Some(Ok(page)) if page.is_partial => Some(text::PARTIAL),
            _ => None,
        };
        let missing = missing.map(|words| widget::banner(t.attention, words));
        let buttons = row![container(widget::muted(text::HINT)).width(Fill).clip(true), self.turner(), space()]
            .push(widget::quiet(text::COPY, Some(Message::Copy)))
            .push(loose.then(|| widget::quiet(text::MOVE, Some(Message::Move))))
            .push(widget::plain(text::CLOSE, Some(Message::Close)));
        let buttons = buttons.spacing(gap::S).align_y(Alignment::Center);
        column![name].push(missing).push(page).push(buttons).spacing(gap::M).width(Fill).height(Fill).into()
    }
}
