//! Today: who is due, most pressing first, and what waits to be filed.

use std::sync::Arc;

use iced::widget::{button, column, container, row, scrollable, space};
use iced::{Alignment, Element, Fill, Theme};

use crate::gui::action::{Action, Place};
use crate::gui::job::{Answer, Day, DueLine, Failure, Job};
use crate::gui::theme::{self, Tokens, space as gap, style, tokens};
use crate::gui::widget;
use crate::model::PatientId;
use crate::model::text::counted;
use crate::protocol::DueState;

/// Lines that are shown at once; the most pressing ones come first.
const SHOWN: usize = 200;

type Belongs = fn(&DueLine) -> bool;

/// The screen.
pub struct Today {
    day: Option<Arc<Day>>,
    error: Option<Failure>,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Message {
    /// A line was clicked.
    Open(PatientId),
    /// To the list of patients.
    Patients,
}

mod text {
    pub const TITLE: &str = "Today";
    pub const LOADING: &str = "Looking…";
    pub const OVERDUE: &str = "Overdue";
    pub const DUE: &str = "Due now";
    pub const LATER: &str = "Next";
    pub const EMPTY: &str = "Nobody is due";
    pub const EMPTY_SUB: &str = "When a series has begun, the window of its next session appears here.";
    pub const TO_PATIENTS: &str = "To the patients";
    pub const TRAY: &str = "in the vault but not filed yet. Import the same folder again to file them.";
}

impl Today {
    /// The screen, asking for the day.
    #[must_use]
    pub fn new() -> (Self, Action) {
        (Self { day: None, error: None }, Action::Run(Job::Today))
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message) -> Action {
        match message {
            Message::Open(patient) => Action::OpenPatient(patient),
            Message::Patients => Action::Go(Place::Patients),
        }
    }

    /// Takes what came back.
    pub fn receive(&mut self, answer: Answer) -> Action {
        match answer {
            Answer::Today(Ok(day)) => self.day = Some(day),
            Answer::Today(Err(failure)) => self.error = Some(failure),
            _ => {}
        }
        Action::None
    }

    /// The screen as it stands.
    #[must_use]
    pub fn view<'a>(&'a self, theme: &Theme) -> Element<'a, Message> {
        let t = tokens(theme);
        let mut page = column![widget::title(text::TITLE)].spacing(gap::L).max_width(900);
        if let Some(failure) = &self.error {
            page = page.push(widget::banner(t.wrong, failure.0.as_str()));
        }
        let Some(day) = &self.day else {
            return container(page.push(widget::muted(text::LOADING))).padding(gap::XL).into();
        };
        if day.tray > 0 {
            let sentence = format!("{} {}", counted(day.tray as i64, "photo"), text::TRAY);
            page = page.push(widget::banner(t.attention, sentence));
        }
        if day.due.is_empty() {
            let action = widget::plain(text::TO_PATIENTS, Some(Message::Patients)).into();
            let page = page.push(widget::empty(text::EMPTY, text::EMPTY_SUB, Some(action)));
            return container(page).padding(gap::XL).width(Fill).height(Fill).into();
        }
        let groups: [(&str, Belongs); 3] = [
            (text::OVERDUE, |l| matches!(l.due.state, DueState::Overdue(_))),
            (text::DUE, |l| l.due.state == DueState::Due),
            (text::LATER, |l| matches!(l.due.state, DueState::Later(_))),
        ];
        for (head, belongs) in groups {
            let mut lines = day.due.iter().take(SHOWN).filter(|l| belongs(l)).map(|l| line(l, t)).peekable();
            if lines.peek().is_some() {
                page = page.push(column![widget::heading(head)].extend(lines).spacing(gap::XS));
            }
        }
        scrollable(container(page).padding(gap::XL).width(Fill)).style(style::scroll).height(Fill).into()
    }
}

fn line<'a>(due: &'a DueLine, t: &Tokens) -> Element<'a, Message> {
    let color = match due.due.state {
        DueState::Overdue(_) => t.attention,
        DueState::Due => t.accent,
        DueState::Later(_) => t.dim,
    };
    let words = widget::body(due.patient.display_name()).font(theme::MEDIUM).width(240);
    let inside = row![
        widget::dot(color),
        container(words.wrapping(iced::widget::text::Wrapping::None)).clip(true),
        widget::muted(due.series.title()).width(Fill),
        widget::muted(due.due.what.words()).width(150),
        widget::body(due.due.words()).width(220),
        space()
    ]
    .spacing(gap::M)
    .align_y(Alignment::Center);
    button(inside)
        .padding([10.0, gap::M])
        .width(Fill)
        .style(style::list_row(false))
        .on_press(Message::Open(due.patient.id))
        .into()
}
