//! The form of a patient: a new one, or one whose record is corrected.

use chrono::{Datelike, NaiveDate};
use iced::widget::{column, row, space};
use iced::{Element, Fill, Theme};

use crate::gui::action::Action;
use crate::gui::job::{Failure, Job, Ticket};
use crate::gui::theme::{space as gap, tokens};
use crate::gui::widget;
use crate::model::{Fitzpatrick, NewPatient, Patient, PatientId, Redacted};

/// Name of the code field, for focus.
pub const CODE: &str = "patient-code";

/// The form.
pub struct Form {
    ticket: Ticket,
    /// Whose record is corrected; none for a new patient.
    of: Option<PatientId>,
    code: String,
    given: String,
    family: String,
    birth: String,
    skin: Option<Fitzpatrick>,
    busy: bool,
    error: Option<String>,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Message {
    /// The code was edited.
    Code(String),
    /// The given names were edited.
    Given(String),
    /// The family name was edited.
    Family(String),
    /// The date of birth was edited.
    Birth(String),
    /// A skin type was chosen.
    Skin(Skin),
    /// Save.
    Save,
    /// Close without saving.
    Cancel,
}

/// A skin type in the pick list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Skin(pub Fitzpatrick);

impl std::fmt::Display for Skin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Type {}", self.0.numeral())
    }
}

mod text {
    pub const TITLE: &str = "New patient";
    pub const EDIT: &str = "Correct the record";
    pub const SAVE_EDIT: &str = "Save";
    pub const CODE: &str = "Code (your own number; must be unique)";
    pub const GIVEN: &str = "Given names";
    pub const FAMILY: &str = "Family name";
    pub const BIRTH: &str = "Date of birth";
    pub const BIRTH_HINT: &str = "1990-12-31";
    pub const SKIN: &str = "Skin type (Fitzpatrick)";
    pub const SAVE: &str = "Add patient";
    pub const CANCEL: &str = "Cancel";
    pub const NO_CODE: &str = "A patient needs a code. Any number or word that your clinic uses will do.";
    pub const NO_DATE: &str =
        "The date of birth is not a date. Write it as 1990-12-31 or 31.12.1990, or leave it empty.";
}

impl Form {
    /// An empty form.
    #[must_use]
    pub fn new(ticket: Ticket) -> Self {
        Self {
            ticket,
            of: None,
            code: String::new(),
            given: String::new(),
            family: String::new(),
            birth: String::new(),
            skin: None,
            busy: false,
            error: None,
        }
    }

    /// The form of a patient's record, to correct it.
    #[must_use]
    pub fn of(patient: &Patient) -> Self {
        Self {
            of: Some(patient.id),
            code: patient.code.0.clone(),
            given: patient.given.0.clone(),
            family: patient.family.0.clone(),
            birth: patient.birth.as_ref().map(|birth| birth.0.to_string()).unwrap_or_default(),
            skin: patient.fitzpatrick,
            ..Self::new(Ticket { id: 0, generation: 0 })
        }
    }

    /// What the answer to this form is known by.
    #[must_use]
    pub fn ticket(&self) -> Ticket {
        self.ticket
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message) -> Action {
        match message {
            Message::Code(text) => self.code = text,
            Message::Given(text) => self.given = text,
            Message::Family(text) => self.family = text,
            Message::Birth(text) => self.birth = text,
            Message::Skin(Skin(skin)) => self.skin = Some(skin),
            Message::Cancel => {}
            Message::Save if self.busy => {}
            Message::Save => match self.patient() {
                Ok(patient) => {
                    self.busy = true;
                    self.error = None;
                    return Action::Run(match self.of {
                        None => Job::AddPatient(self.ticket, patient),
                        Some(id) => Job::EditPatient(id, patient),
                    });
                }
                Err(sentence) => self.error = Some(sentence.to_owned()),
            },
        }
        Action::None
    }

    /// Shows why the vault refused it.
    pub fn fail(&mut self, failure: Failure) {
        self.busy = false;
        self.error = Some(failure.0);
    }

    fn patient(&self) -> Result<NewPatient, &'static str> {
        let code = self.code.trim();
        if code.is_empty() {
            return Err(text::NO_CODE);
        }
        let birth = match self.birth.trim() {
            "" => None,
            text => Some(Redacted(date(text).ok_or(text::NO_DATE)?)),
        };
        Ok(NewPatient {
            code: code.into(),
            given: self.given.trim().into(),
            family: self.family.trim().into(),
            birth,
            fitzpatrick: self.skin,
        })
    }

    /// The form as it stands.
    #[must_use]
    pub fn view(&self, theme: &Theme) -> Element<'_, Message> {
        let input = |value, on: fn(String) -> Message| widget::input("", value, on).on_submit(Message::Save);
        let birth = widget::input(text::BIRTH_HINT, &self.birth, Message::Birth).on_submit(Message::Save);
        let skins = Fitzpatrick::ALL.map(Skin).to_vec();
        let skin = widget::pick(skins, self.skin.map(Skin), Message::Skin).placeholder("not recorded").width(Fill);
        let (title, save) = if self.of.is_some() { (text::EDIT, text::SAVE_EDIT) } else { (text::TITLE, text::SAVE) };
        let mut form = column![
            widget::title(title),
            widget::field(text::CODE, input(&self.code, Message::Code).id(CODE)),
            row![
                widget::field(text::GIVEN, input(&self.given, Message::Given)),
                widget::field(text::FAMILY, input(&self.family, Message::Family))
            ]
            .spacing(gap::M),
            row![widget::field(text::BIRTH, birth), widget::field(text::SKIN, skin)].spacing(gap::M),
        ]
        .spacing(gap::L)
        .width(520);
        if let Some(error) = &self.error {
            form = form.push(widget::banner(tokens(theme).wrong, error.as_str()));
        }
        let save = widget::primary(save, (!self.busy).then_some(Message::Save));
        let cancel = widget::quiet(text::CANCEL, Some(Message::Cancel));
        form.push(row![space().width(Fill), cancel, save].spacing(gap::S)).into()
    }
}

/// A date as people write it: 1990-12-31, 31.12.1990 or 31/12/1990.
#[must_use]
pub fn date(text: &str) -> Option<NaiveDate> {
    let forms = ["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y"];
    let read = forms.into_iter().find_map(|form| NaiveDate::parse_from_str(text.trim(), form).ok());
    // Two digits of a year are no year: somebody born in 12 would be two thousand years old.
    read.filter(|day| (1900..=2999).contains(&day.year()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patient_without_a_code_is_not_asked_for() {
        let mut form = Form::new(Ticket { id: 0, generation: 1 });
        assert!(form.update(Message::Save).jobs().is_empty());
        assert_eq!(form.error.as_deref(), Some(text::NO_CODE));
    }

    #[test]
    fn dates_are_read_as_people_write_them() {
        let day = NaiveDate::from_ymd_opt(1990, 12, 31);
        assert_eq!(date("1990-12-31"), day);
        assert_eq!(date(" 31.12.1990"), day);
        assert_eq!(date("31/12/1990"), day);
        assert_eq!(date("31.13.1990"), None);
        assert_eq!(date("15-04-12"), None);
    }
}
