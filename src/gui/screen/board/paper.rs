//! The form that lies over the board: of a series, of a visit, of the patient's record, or of their card.

use iced::{Element, Theme};

use super::card::CardPaper;
use super::series_form::SeriesForm;
use super::session_form::SessionForm;
use super::{Form, Message};
use crate::gui::action::Action;
use crate::gui::job::{Failure, NotSaved};

/// One at a time.
pub(super) enum Paper {
    /// A new series, or the plan of one.
    Series(SeriesForm),
    /// A visit.
    Visit(SessionForm),
    /// The record of the patient.
    Record(Form),
    /// The card of the patient.
    Card(CardPaper),
}

impl Paper {
    /// Takes a message that is meant for it; others are nothing to it.
    pub(super) fn update(&mut self, message: Message) -> Action {
        match (self, message) {
            (Self::Series(form), Message::Form(message)) => form.update(message),
            (Self::Visit(form), Message::Visit(message)) => form.update(message),
            (Self::Record(form), Message::Record(message)) => form.update(message),
            (Self::Card(paper), Message::Card(message)) => paper.update(message),
            _ => Action::None,
        }
    }

    /// Shows why the vault refused it.
    pub(super) fn fail(&mut self, failure: Failure) {
        match self {
            Self::Series(form) => form.fail(failure),
            Self::Visit(form) => form.fail(failure),
            Self::Record(form) => form.fail(failure),
            Self::Card(paper) => paper.fail(NotSaved::Failed(failure)),
        }
    }

    /// The form as it stands.
    pub(super) fn view(&self, theme: &Theme) -> Element<'_, Message> {
        match self {
            Self::Series(form) => form.view(theme).map(Message::Form),
            Self::Visit(form) => form.view(theme).map(Message::Visit),
            Self::Record(form) => form.view(theme).map(Message::Record),
            Self::Card(paper) => paper.view(theme).map(Message::Card),
        }
    }
}
