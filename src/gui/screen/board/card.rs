//! The card of a patient, to be printed: photographed before their photos, it says whose they are.

use std::path::PathBuf;

use iced::widget::{column, row, space};
use iced::{Element, Fill, Theme};

use crate::gui::action::Action;
use crate::gui::job::{Asked, CardAnswer, CardJob, Job, NotSaved};
use crate::gui::screen::save::{Placing, SavePlace};
use crate::gui::theme::{space as gap, tokens};
use crate::gui::widget;
use crate::model::PatientId;

/// Name of the field of the file, for focus.
pub const FILE: &str = "patient-card";
/// A name without patient data.
const SUGGESTED: &str = "card.pdf";

mod text {
    pub const TITLE: &str = "Card for the patient";
    pub const ABOUT: &str = "A page to print, with a code that only this vault can read, and the patient's number. Photograph it before \
                             the photos of this patient: when the memory card is filed, everything behind it is known to be theirs. \
                             It shows no name.";
    pub const HINT: &str = "card.pdf";
    pub const SAVE: &str = "Save the card";
    pub const SAVED: &str = "Saved. Open it to print it:";
    pub const CANCEL: &str = "Cancel";
    pub const CLOSE: &str = "Close";
}

/// The dialog.
pub struct CardPaper {
    patient: PatientId,
    place: SavePlace,
    saved: Option<PathBuf>,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Message {
    /// To the place of the file.
    Place(Placing),
    /// Close.
    Cancel,
}

impl CardPaper {
    /// The dialog of a patient.
    #[must_use]
    pub fn new(patient: PatientId) -> Self {
        Self { patient, place: SavePlace::default(), saved: None }
    }

    fn job(&self) -> impl FnOnce(PathBuf, bool) -> Job + use<> {
        let patient = self.patient;
        move |path, replace| Job::Card(CardJob::Print { patient, path, replace })
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message) -> Action {
        let job = self.job();
        match message {
            Message::Place(placing) => self.place.update(placing, (Asked::PatientCard(self.patient), SUGGESTED), job),
            Message::Cancel => Action::None,
        }
    }

    /// The desktop gave a path.
    pub fn pick(&mut self, path: PathBuf) -> Action {
        let job = self.job();
        self.place.pick(path, job)
    }

    /// Takes what came of the writing.
    pub fn receive(&mut self, answer: &CardAnswer) {
        if let CardAnswer::Printed(patient, path, outcome) = answer
            && *patient == self.patient
        {
            self.place.done(outcome.as_ref().err().cloned());
            self.saved = outcome.is_ok().then(|| path.clone());
        }
    }

    /// Shows why it was not written.
    pub fn fail(&mut self, why: NotSaved) {
        self.place.done(Some(why));
    }

    /// The dialog as it stands.
    #[must_use]
    pub fn view(&self, theme: &Theme) -> Element<'_, Message> {
        let page = column![widget::title(text::TITLE), widget::muted(text::ABOUT)].spacing(gap::L).width(520);
        if let Some(path) = &self.saved {
            let said = widget::banner(tokens(theme).good, format!("{} {}", text::SAVED, path.display()));
            let close = row![space().width(Fill), widget::primary(text::CLOSE, Some(Message::Cancel))];
            return page.push(said).push(close).into();
        }
        let [field, save] = self.place.view((FILE, text::HINT, text::SAVE), tokens(theme), Message::Place);
        let cancel = widget::quiet(text::CANCEL, Some(Message::Cancel));
        page.push(field).push(row![space().width(Fill), cancel, save].spacing(gap::S)).into()
    }
}
