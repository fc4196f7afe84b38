//! The form of a visit: when it was, and what for.

use chrono::NaiveDate;
use iced::widget::{column, row, space};
use iced::{Element, Fill, Theme};

use crate::gui::action::Action;
use crate::gui::job::{Failure, Job};
use crate::gui::screen::patients::form::date;
use crate::gui::theme::{space as gap, tokens};
use crate::gui::widget;
use crate::model::{PatientId, Session, SessionId, SessionKind};

/// Name of the date field, for focus.
pub const DATE: &str = "session-date";

/// The form.
pub struct SessionForm {
    patient: PatientId,
    session: SessionId,
    title: String,
    date: String,
    kind: SessionKind,
    today: NaiveDate,
    busy: bool,
    error: Option<String>,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Message {
    /// The date was edited.
    Date(String),
    /// A kind was chosen.
    Kind(Kind),
    /// Save.
    Save,
    /// Close without saving.
    Cancel,
}

/// A kind in the pick list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind(pub SessionKind);

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.words())
    }
}

mod text {
    pub const DATE: &str = "Day of the visit";
    pub const HINT: &str = "2026-12-31";
    pub const KIND: &str = "What it was";
    pub const MEANS: &str = "Numbers and weeks of all sessions of this series are counted anew. The photos stay where they are. \
                             Ctrl Z takes it back.";
    pub const SAVE: &str = "Save";
    pub const CANCEL: &str = "Cancel";
    pub const NO_DATE: &str = "This is not a date. Write it as 2026-12-31 or 31.12.2026.";
    pub const FUTURE: &str = "This day has not come yet. A session is a visit that took place.";
}

impl SessionForm {
    /// The form of a session that is called `title`.
    #[must_use]
    pub fn new(patient: PatientId, session: &Session, title: String, today: NaiveDate) -> Self {
        Self {
            patient,
            session: session.id,
            title,
            date: session.date.to_string(),
            kind: session.kind,
            today,
            busy: false,
            error: None,
        }
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message) -> Action {
        match message {
            Message::Date(text) => self.date = text,
            Message::Kind(Kind(kind)) => self.kind = kind,
            Message::Cancel => {}
            Message::Save if self.busy => {}
            Message::Save => match date(&self.date) {
                None => self.error = Some(text::NO_DATE.to_owned()),
                Some(day) if day > self.today => self.error = Some(text::FUTURE.to_owned()),
                Some(day) => {
                    self.busy = true;
                    self.error = None;
                    return Action::Run(Job::EditSession(self.patient, self.session, day, self.kind));
                }
            },
        }
        Action::None
    }

    /// Shows why the vault refused it.
    pub fn fail(&mut self, Failure(why): Failure) {
        self.busy = false;
        self.error = Some(why);
    }

    /// The form as it stands.
    #[must_use]
    pub fn view(&self, theme: &Theme) -> Element<'_, Message> {
        let day = widget::input(text::HINT, &self.date, Message::Date).id(DATE).on_submit(Message::Save);
        let kinds = SessionKind::ALL.map(Kind).to_vec();
        let kind = widget::pick(kinds, Some(Kind(self.kind)), Message::Kind).width(Fill);
        let mut form = column![
            widget::title(self.title.as_str()),
            row![widget::field(text::DATE, day), widget::field(text::KIND, kind)].spacing(gap::M),
            widget::muted(text::MEANS)
        ]
        .spacing(gap::L)
        .width(520);
        if let Some(error) = &self.error {
            form = form.push(widget::banner(tokens(theme).wrong, error.as_str()));
        }
        let save = widget::primary(text::SAVE, (!self.busy).then_some(Message::Save));
        let cancel = widget::quiet(text::CANCEL, Some(Message::Cancel));
        form.push(row![space().width(Fill), cancel, save].spacing(gap::S)).into()
    }
}
