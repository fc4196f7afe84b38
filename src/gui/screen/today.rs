//! Today: who is due, most pressing first, and what waits to be filed.

use std::sync::Arc;

use chrono::NaiveDate;
use iced::widget::{button, column, container, row, scrollable, space};
use iced::{Alignment, Color, Element, Fill, Theme};
use lucide_icons::Icon;

use crate::gui::action::{Action, Place};
use crate::gui::job::{Answer, Day, DueLine, Failure, Job};
use crate::gui::screen::settings::Section;
use crate::gui::theme::{self, Tokens, space as gap, style, tokens};
use crate::gui::widget;
use crate::model::text::{counted, short_date};
use crate::model::{Patient, PatientId};
use crate::protocol::DueState;
use crate::vault::{Expiring, LastBackup, LastCheck};

/// A part of the list of who is due: its head, which lines belong to it, how many there are in all.
type Part = (&'static str, fn(&DueLine) -> bool, u32);

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
    /// To backup and verification.
    Upkeep,
    /// Sort a card of several patients.
    Card,
    /// Sort what lies in the tray.
    Tray,
}

mod text {
    pub const TITLE: &str = "Today";
    pub const LOADING: &str = "Looking…";
    pub const OVERDUE: &str = "Overdue";
    pub const DUE: &str = "Due now";
    pub const LATER: &str = "Next";
    pub const EMPTY: &str = "Nobody is due";
    pub const EMPTY_SUB: &str = "When a series has begun, the window of its next session appears here.";
    pub const EXPIRING: &str = "Consents that end soon";
    pub const MORE_EXPIRING: &str = "More end within 60 days; these are the first.";
    pub const ONE_SERIES: &str = "one series";
    pub const ALL_SERIES: &str = "all series";
    pub const TO_PATIENTS: &str = "To the patients";
    pub const BACK_UP: &str = "Back up…";
    pub const LOOK: &str = "Look…";
    pub const TRAY: &str = "in the vault but not filed yet.";
    pub const SORT: &str = "Sort the tray…";
    pub const CARD: &str = "File a memory card…";
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
            Message::Card => Action::Triage(false),
            Message::Tray => Action::Triage(true),
            Message::Upkeep => Action::OpenSettings(Section::Upkeep),
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
    pub fn view<'a>(&'a self, theme: &Theme, today: NaiveDate) -> Element<'a, Message> {
        let t = tokens(theme);
        let card = widget::with_icon(Icon::MemoryStick, text::CARD, Some(Message::Card)).style(style::primary);
        let head = row![widget::title(text::TITLE), space().width(Fill), card].align_y(Alignment::Center);
        let mut page = column![head].spacing(gap::L).max_width(900);
        if let Some(failure) = &self.error {
            page = page.push(widget::banner(t.wrong, failure.0.as_str()));
        }
        let Some(day) = &self.day else {
            return container(page.push(widget::muted(text::LOADING))).padding(gap::XL).into();
        };
        page = page.push(upkeep(day, today, t));
        for sentence in &day.found {
            page = page.push(widget::banner(t.attention, sentence.as_str()));
        }
        if day.tray > 0 {
            let sentence = format!("{} {}", counted(day.tray as i64, "photo"), text::TRAY);
            let sort = widget::plain(text::SORT, Some(Message::Tray));
            page = page.push(widget::banner(t.attention, sentence)).push(sort);
        }
        if day.due.is_empty() && day.expiring.is_empty() {
            let action = widget::plain(text::TO_PATIENTS, Some(Message::Patients)).into();
            let page = column![page, widget::empty(text::EMPTY, text::EMPTY_SUB, Some(action))];
            return container(page).padding(gap::XL).width(Fill).height(Fill).into();
        }
        let parts: [Part; 3] = [
            (text::OVERDUE, |l| matches!(l.due.state, DueState::Overdue(_)), day.totals.overdue),
            (text::DUE, |l| l.due.state == DueState::Due, day.totals.now),
            (text::LATER, |l| matches!(l.due.state, DueState::Later(_)), day.totals.later),
        ];
        for (head, belongs, total) in parts {
            let lines: Vec<_> = day.due.iter().filter(|l| belongs(l)).map(|l| line(l, t)).collect();
            if !lines.is_empty() {
                page = page.push(group(head, how_many(lines.len(), total), lines));
            }
        }
        if !day.expiring.is_empty() {
            let lines = day.expiring.iter().map(|e| expiring(e, today, t)).collect();
            let count = if day.more_expiring { text::MORE_EXPIRING.to_owned() } else { day.expiring.len().to_string() };
            page = page.push(group(text::EXPIRING, count, lines));
        }
        scrollable(container(page).padding(gap::XL).width(Fill)).style(style::scroll).height(Fill).into()
    }
}

/// When the last backup and the last verification were, and the reminder of both.
fn upkeep<'a>(day: &Day, today: NaiveDate, t: &Tokens) -> Element<'a, Message> {
    let found = day.check.as_ref().is_some_and(|last| last.findings > 0);
    let is_due = LastBackup::is_due(day.backup.as_ref(), today);
    let color = match (found, is_due) {
        (true, _) => t.wrong,
        (false, true) => t.attention,
        (false, false) => t.good,
    };
    let backup = LastBackup::sentence(day.backup.as_ref(), today);
    let words = widget::muted(format!("{backup} · {}", LastCheck::sentence(day.check.as_ref())));
    let words = row![widget::dot(color), words].spacing(gap::M).align_y(Alignment::Center);
    if !found && !is_due {
        return button(words).padding([6.0, 0.0]).style(style::quiet).on_press(Message::Upkeep).into();
    }
    let label = if found { text::LOOK } else { text::BACK_UP };
    let remind = widget::plain(label, Some(Message::Upkeep)).padding([5, 12]);
    row![words, remind].spacing(gap::L).align_y(Alignment::Center).into()
}

/// A part of the page under its head.
fn group<'a>(head: &'a str, count: String, lines: Vec<Element<'a, Message>>) -> Element<'a, Message> {
    let head = row![widget::heading(head), widget::muted(count)].spacing(gap::M).align_y(Alignment::Center);
    column![head].extend(lines).spacing(gap::XS).into()
}

/// "312, the first 80 are listed"; the bare number where all are.
fn how_many(listed: usize, total: u32) -> String {
    if total as usize > listed { format!("{total}, the first {listed} are listed") } else { total.to_string() }
}

fn line<'a>(due: &'a DueLine, t: &Tokens) -> Element<'a, Message> {
    let color = match due.due.state {
        DueState::Overdue(_) => t.attention,
        DueState::Due => t.accent,
        DueState::Later(_) => t.dim,
    };
    entry(color, &due.patient, due.series.title(), due.due.what.words(), due.due.words())
}

fn expiring<'a>(expiring: &'a Expiring, today: NaiveDate, t: &Tokens) -> Element<'a, Message> {
    let consent = &expiring.consent;
    let what = format!("{}, {}", consent.purpose.words(), consent.scope.words());
    let which = if consent.series.is_some() { text::ONE_SERIES } else { text::ALL_SERIES };
    let ends = consent.expires.map_or_else(String::new, |last| ends(last, today));
    entry(t.attention, &expiring.patient, what, which.to_owned(), ends)
}

/// The last day on which a consent holds, and how far off that is.
fn ends(last: NaiveDate, today: NaiveDate) -> String {
    match (last - today).num_days() {
        ..=0 => "ends today".to_owned(),
        1 => "ends tomorrow".to_owned(),
        days => format!("ends {}, in {days} days", short_date(last)),
    }
}

fn entry(color: Color, patient: &Patient, what: String, which: String, when: String) -> Element<'_, Message> {
    let name = widget::body(patient.display_name()).font(theme::MEDIUM).width(240);
    let inside = row![
        widget::dot(color),
        name.wrapping(iced::widget::text::Wrapping::WordOrGlyph),
        widget::muted(what).width(Fill),
        widget::muted(which).width(150),
        widget::body(when).width(220),
        space()
    ]
    .spacing(gap::M)
    .align_y(Alignment::Center);
    button(inside)
        .padding([10.0, gap::M])
        .width(Fill)
        .style(style::list_row(false))
        .on_press(Message::Open(patient.id))
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_is_cut_says_how_long_it_is() {
        assert_eq!(how_many(80, 312), "312, the first 80 are listed");
        assert_eq!(how_many(3, 3), "3");
    }

    #[test]
    fn a_consent_that_ends_says_when() {
        let day = |d| NaiveDate::from_ymd_opt(2026, 11, d).expect("a date");
        assert_eq!(ends(day(3), day(3)), "ends today");
        assert_eq!(ends(day(4), day(3)), "ends tomorrow");
        assert_eq!(ends(day(23), day(3)), "ends 23 Nov 2026, in 20 days");
    }
}
