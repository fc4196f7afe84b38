//! What a person may say of a group's visit before it is filed: its day, what it was, and when on that day the photos were
//! taken.

use chrono::NaiveDate;
use iced::widget::{column, row};
use iced::{Element, Fill};

use super::Message;
use crate::gui::screen::board::session_form::Kind;
use crate::gui::screen::patients::form::date;
use crate::gui::theme::{Tokens, space as gap};
use crate::gui::widget;
use crate::import::card::Group;
use crate::model::{Phase, SessionKind};

mod text {
    pub const DATE: &str = "Day of the visit";
    pub const HINT: &str = "2026-12-31";
    pub const KIND: &str = "What it was";
    pub const PHASE: &str = "When on that day";
    pub const SET: &str = "Set";
    pub const THERE: &str = "The photos join the visit that is there on that day.";
    pub const NO_DATE: &str = "This is not a date. Write it as 2026-12-31 or 31.12.2026.";
    pub const FUTURE: &str = "This day has not come yet. A session is a visit that took place.";
}

/// A phase as it stands in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct When(pub Phase);

impl std::fmt::Display for When {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.words())
    }
}

/// When the photos were taken; where there is nothing to choose it is only said.
fn phase(group: &Group) -> Element<'_, Message> {
    match group.visit.phases() {
        [only] => widget::body(only.words()).into(),
        all => {
            let all = all.iter().copied().map(When).collect();
            widget::pick(all, group.visit.phase().map(When), Message::Phase).width(Fill).into()
        }
    }
}

/// The form beside the groups: prefilled from the group under the cursor.
#[derive(Default)]
pub struct VisitForm {
    /// The day as it is being typed; none while it is the one that stands.
    typed: Option<String>,
    error: Option<&'static str>,
}

impl VisitForm {
    /// The day was edited.
    pub fn type_day(&mut self, text: String) {
        self.typed = Some(text);
        self.error = None;
    }

    /// The day that was typed, where it is another one than stands; says what is wrong with it otherwise.
    pub fn day(&mut self, stands: NaiveDate, today: NaiveDate) -> Option<NaiveDate> {
        let typed = self.typed.as_deref()?;
        match date(typed) {
            None => self.error = Some(text::NO_DATE),
            Some(day) if day > today => self.error = Some(text::FUTURE),
            Some(day) => {
                self.typed = None;
                return (day != stands).then_some(day);
            }
        }
        None
    }

    /// Whether a day was typed that does not stand yet.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.typed.is_some()
    }

    /// The form as it stands; `busy` while the group is being worked out.
    pub fn view<'a>(&'a self, group: &'a Group, busy: bool, t: &Tokens) -> Element<'a, Message> {
        let stands = group.visit.date.to_string();
        let is_other = self.typed.as_ref().is_some_and(|typed| *typed != stands);
        let shown = self.typed.clone().unwrap_or(stands);
        let day = widget::input(text::HINT, &shown, Message::Day).on_submit(Message::SetDay);
        let mut line = row![day].spacing(gap::S);
        if is_other {
            line = line.push(widget::plain(text::SET, (!busy).then_some(Message::SetDay)));
        }
        let kinds = SessionKind::ALL.map(Kind).to_vec();
        let kind = widget::pick(kinds, Some(Kind(group.visit.kind)), Message::Kind).width(Fill);
        let phase = phase(group);
        let fields =
            [widget::field(text::DATE, line), widget::field(text::KIND, kind), widget::field(text::PHASE, phase)];
        let mut form = column(fields).spacing(gap::M);
        if group.visit.existing.is_some() {
            form = form.push(widget::caption(text::THERE));
        }
        if let Some(error) = self.error {
            form = form.push(widget::banner(t.wrong, error));
        }
        form.into()
    }
}
