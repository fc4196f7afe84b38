//! Patients: a list that is searched while typing. Only the rows that can be seen exist.

pub mod form;
mod list;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use iced::widget::scrollable::Viewport;
use iced::{Element, Theme};

use crate::gui::action::Action;
use crate::gui::job::{Answer, Failure, Job, Outcome, Ticket};
use crate::gui::shortcut::Command;
use crate::model::PatientId;
use crate::vault::PatientRow;

/// Rows asked for at once.
pub const PAGE: u32 = 50;
/// Height of a row, fixed so that any of them can be found by arithmetic.
pub const ROW: f32 = 44.0;
/// Name of the list, for scrolling.
pub const LIST: &str = "patients-list";
/// Name of the search field, for focus.
pub const SEARCH: &str = "patients-search";

/// The screen.
pub struct Patients {
    search: String,
    generation: u64,
    total: Option<u32>,
    pages: BTreeMap<u32, Vec<PatientRow>>,
    asked: BTreeSet<u32>,
    selected: u32,
    top: f32,
    height: f32,
    form: Option<form::Form>,
    /// Counts the forms, so that an answer to one that was closed opens nobody.
    forms: u64,
    error: Option<Failure>,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Message {
    /// The search was edited.
    Search(String),
    /// The list was scrolled.
    Scrolled(Viewport),
    /// A row was clicked.
    Clicked(u32),
    /// Enter in the search field.
    Submit,
    /// "New patient".
    New,
    /// In the form.
    Form(form::Message),
}

mod text {
    pub const TITLE: &str = "Patients";
    pub const SEARCH: &str = "Search by name or code";
    pub const NEW: &str = "New patient";
    pub const EMPTY: &str = "No patients yet";
    pub const EMPTY_SUB: &str = "Add the first one. Photos are then filed into a series of that patient.";
    pub const NOTHING: &str = "Nobody found";
    pub const NOTHING_SUB: &str =
        "Names are found by the beginning of any of their words, codes too. Accents do not matter.";
    pub const COLUMNS: [&str; 6] = ["Name", "Code", "Age", "Skin type", "Open series", "Last visit"];
}

impl Patients {
    /// The screen, asking for its first page.
    #[must_use]
    pub fn new() -> (Self, Action) {
        let mut screen = Self {
            search: String::new(),
            generation: 0,
            total: None,
            pages: BTreeMap::new(),
            asked: BTreeSet::new(),
            selected: 0,
            top: 0.0,
            height: 900.0,
            form: None,
            forms: 0,
            error: None,
        };
        let ask = screen.ask(0);
        (screen, Action::all([ask, Action::Focus(SEARCH)]))
    }

    /// Asks for everything again, because something changed.
    pub fn refresh(&mut self) -> Action {
        self.generation += 1;
        self.asked.clear();
        self.ask_visible()
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message) -> Action {
        match message {
            Message::Search(search) => {
                self.search = search;
                self.generation += 1;
                self.asked.clear();
                self.selected = 0;
                self.top = 0.0;
                let ask = self.ask(0);
                Action::all([ask, Action::Scroll { id: LIST, x: 0.0, y: 0.0 }])
            }
            Message::Scrolled(viewport) => {
                self.top = viewport.absolute_offset().y;
                self.height = viewport.bounds().height;
                self.ask_visible()
            }
            Message::Clicked(index) => {
                self.selected = index;
                self.open()
            }
            Message::Submit => self.open(),
            Message::New => self.new_patient(),
            Message::Form(message) => match (&mut self.form, message) {
                (_, form::Message::Cancel) => {
                    self.form = None;
                    Action::Focus(SEARCH)
                }
                (Some(form), message) => form.update(message),
                (None, _) => Action::None,
            },
        }
    }

    /// Takes a key.
    pub fn command(&mut self, command: Command) -> Action {
        if self.form.is_some() {
            if command == Command::Back {
                self.form = None;
                return Action::Focus(SEARCH);
            }
            return Action::None;
        }
        let page = (self.height / ROW).max(1.0) as i64 - 1;
        match command {
            Command::Up => self.step(-1),
            Command::Down => self.step(1),
            Command::PageUp => self.step(-page),
            Command::PageDown => self.step(page),
            Command::First => self.step(i64::from(i32::MIN)),
            Command::Last => self.step(i64::from(i32::MAX)),
            Command::Accept => self.open(),
            Command::New => self.new_patient(),
            Command::Search => Action::Focus(SEARCH),
            Command::Back if !self.search.is_empty() => self.update(Message::Search(String::new())),
            _ => Action::None,
        }
    }

    /// Takes what came back.
    pub fn receive(&mut self, answer: Answer) -> Action {
        match answer {
            Answer::Patients(ticket, page, outcome) if ticket.generation == self.generation => self.take(page, outcome),
            Answer::PatientAdded(ticket, outcome) => self.added(ticket, outcome),
            _ => Action::None,
        }
    }

    /// Opens the new patient, unless the person closed the form meanwhile.
    fn added(&mut self, ticket: Ticket, outcome: Outcome<PatientId>) -> Action {
        let form = self.form.as_mut().filter(|form| form.ticket() == ticket);
        match (form, outcome) {
            (Some(form), Err(failure)) => {
                form.fail(failure);
                Action::None
            }
            (None, Err(failure)) => Action::Toast(failure.0),
            (Some(_), Ok(id)) => {
                self.form = None;
                let refresh = self.refresh();
                Action::all([refresh, Action::OpenPatient(id)])
            }
            (None, Ok(_)) => self.refresh(),
        }
    }

    /// Closes the form: the person went elsewhere.
    pub fn close_form(&mut self) {
        self.form = None;
    }

    fn take(&mut self, page: u32, outcome: Outcome<(u32, Vec<PatientRow>)>) -> Action {
        match outcome {
            Ok((total, rows)) => {
                // The first answer of a new question replaces what still stood there from the old one.
                if self.asked.len() == 1 || self.total != Some(total) {
                    self.pages.clear();
                }
                self.error = None;
                self.total = Some(total);
                self.selected = self.selected.min(total.saturating_sub(1));
                let _ = self.pages.insert(page, rows);
                self.ask_visible()
            }
            Err(failure) => {
                self.error = Some(failure);
                Action::None
            }
        }
    }

    fn ask(&mut self, page: u32) -> Action {
        if !self.asked.insert(page) {
            return Action::None;
        }
        let ticket = Ticket { id: 0, generation: self.generation };
        Action::Run(Job::Patients { ticket, search: self.search.clone(), page })
    }

    fn ask_visible(&mut self) -> Action {
        let (first, last) = self.visible();
        let pages = first / PAGE..=last / PAGE;
        Action::Many(pages.map(|page| self.ask(page)).collect())
    }

    /// First and last row that can be seen.
    fn visible(&self) -> (u32, u32) {
        let first = (self.top / ROW).floor().max(0.0) as u32;
        let count = (self.height / ROW).ceil() as u32 + 1;
        let last = self.total.unwrap_or(0).saturating_sub(1);
        (first.min(last), (first + count).min(last))
    }

    fn step(&mut self, by: i64) -> Action {
        let Some(last) = self.total.and_then(|t| t.checked_sub(1)) else { return Action::None };
        self.selected = (i64::from(self.selected) + by).clamp(0, i64::from(last)) as u32;
        let (top, bottom) = (self.selected as f32 * ROW, (self.selected + 1) as f32 * ROW);
        if top < self.top {
            self.top = top;
        } else if bottom > self.top + self.height {
            self.top = bottom - self.height;
        } else {
            return Action::None;
        }
        let ask = self.ask_visible();
        Action::all([Action::Scroll { id: LIST, x: 0.0, y: self.top }, ask])
    }

    fn open(&mut self) -> Action {
        self.patient(self.selected).map_or(Action::None, Action::OpenPatient)
    }

    fn patient(&self, index: u32) -> Option<PatientId> {
        self.row(index).map(|r| r.patient.id)
    }

    fn row(&self, index: u32) -> Option<&PatientRow> {
        self.pages.get(&(index / PAGE))?.get((index % PAGE) as usize)
    }

    fn new_patient(&mut self) -> Action {
        self.forms += 1;
        self.form = Some(form::Form::new(Ticket { id: 0, generation: self.forms }));
        Action::Focus(form::CODE)
    }

    /// The row that is selected.
    #[must_use]
    pub fn selected(&self) -> u32 {
        self.selected
    }

    /// Rows that exist as widgets; the rest is empty space above and below them.
    #[must_use]
    pub fn rows_in_tree(&self) -> u32 {
        let (first, last) = self.visible();
        if self.total.unwrap_or(0) == 0 { 0 } else { last - first + 1 }
    }

    /// The screen as it stands.
    #[must_use]
    pub fn view<'a>(&'a self, theme: &Theme, today: NaiveDate) -> Element<'a, Message> {
        list::view(self, theme, today)
    }
}
