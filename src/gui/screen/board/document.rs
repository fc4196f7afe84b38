//! A document of the patient as large as the window allows: the scan or the photograph of what was signed.

use std::sync::Arc;

use iced::widget::{column, container, row, space, text::Wrapping};
use iced::{Alignment, Element, Fill, Theme};

use crate::geom::Size;
use crate::gui::action::Action;
use crate::gui::job::{Job, Outcome, Page, Ticket};
use crate::gui::theme::{space as gap, style, tokens};
use crate::gui::widget;
use crate::gui::widget::photo::{Gesture, Photo};
use crate::gui::zoom::Zoom;
use crate::model::{Attachment, AttachmentId};

mod text {
    pub const LOADING: &str = "Opening…";
    pub const COPY: &str = "Save a copy…";
    pub const MOVE: &str = "Move…";
    pub const CLOSE: &str = "Close";
    pub const HINT: &str = "The wheel comes closer, a double click shows the whole page.";

    /// Only the first page of a scan of several can be shown.
    pub fn page(of: usize) -> String {
        format!("Page 1 of {of}. Save a copy to see the others.")
    }
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Message {
    /// The hand, over the page.
    Gesture(Gesture),
    /// "Save a copy…".
    Copy,
    /// "Move…".
    Move,
    /// Back to the list.
    Close,
}

/// The document that is looked at.
pub(super) struct Document {
    of: Attachment,
    ticket: Ticket,
    page: Option<Outcome<Arc<Page>>>,
    zoom: Zoom,
    on_gpu: bool,
}

impl Document {
    /// Asks for its picture.
    pub(super) fn new(of: &Attachment, generation: u64) -> (Self, Action) {
        let ticket = Ticket { id: of.id.0, generation };
        let document = Self { of: of.clone(), ticket, page: None, zoom: Zoom::fit(Size::default()), on_gpu: false };
        (document, Action::Run(Job::ShowDocument(ticket)))
    }

    /// Which one it is.
    pub(super) fn id(&self) -> AttachmentId {
        self.of.id
    }

    /// Takes its picture; that of another document, or an answer to an older question, is dropped.
    pub(super) fn receive(&mut self, ticket: Ticket, page: Outcome<Arc<Page>>) -> Action {
        if ticket != self.ticket {
            return Action::None;
        }
        if let Ok(page) = &page {
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
        let hint = match &self.page {
            Some(Ok(page)) if page.of > 1 => text::page(page.of),
            _ => text::HINT.to_owned(),
        };
        // One that proves a consent stays where that was signed.
        let loose = self.of.consents.is_empty();
        let buttons = row![container(widget::muted(hint)).width(Fill).clip(true), space()]
            .push(widget::quiet(text::COPY, Some(Message::Copy)))
            .push(loose.then(|| widget::quiet(text::MOVE, Some(Message::Move))))
            .push(widget::plain(text::CLOSE, Some(Message::Close)));
        column![name, page, buttons.spacing(gap::S).align_y(Alignment::Center)]
            .spacing(gap::M)
            .width(Fill)
            .height(Fill)
            .into()
    }
}
