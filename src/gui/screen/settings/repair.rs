//! Repair: originals that are missing or damaged come back from a backup, one by one. Offered once there are any.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use iced::widget::{column, row};
use iced::{Alignment, Element, Theme};

use super::verify::found;
use super::{part, running_part};
use crate::gui::action::Action;
use crate::gui::job::{Asked, Failure, Job, Kept, Outcome, Result as Upkept, UpkeepJob, Work};
use crate::gui::theme::{space as gap, tokens};
use crate::gui::widget;
use crate::gui::works::Works;
use crate::vault::{Op, Role, may};

/// Name of the field of the folder, for focus.
pub(super) const PLACE: &str = "repair-place";

/// The part of the section.
pub struct Repair {
    may: bool,
    /// How the originals are, as far as somebody looked.
    originals: Option<State>,
    place: String,
    /// Whether the folder was edited, so that what the vault remembers does not take its place.
    edited: bool,
    busy: bool,
    outcome: Option<Outcome<Arc<Upkept>>>,
}

/// How the originals are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Damaged,
    Whole,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Message {
    /// The folder was edited.
    Place(String),
    /// Ask the desktop for a folder.
    Choose,
    /// Repair now.
    Repair,
    /// Stop.
    Cancel,
}

mod text {
    pub const TITLE: &str = "Repair";
    pub const SUB: &str = "Reads everything again and gives back from a backup what is missing or damaged, each one checked by its \
                           hash. The backup is not changed, and nothing that is whole is lost.";
    pub const PLACE: &str = "Folder with the backup";
    pub const HINT: &str = "/path/to/disk/clinic-backup";
    pub const CHOOSE: &str = "Choose…";
    pub const NOW: &str = "Repair from this backup";
    pub const VIEWER: &str = "Your role looks and changes nothing: somebody else repairs.";
}

impl Repair {
    pub(super) fn new(role: Role) -> Self {
        let (place, outcome) = (String::new(), None);
        Self { may: may(role, Op::Repair), originals: None, place, edited: false, busy: false, outcome }
    }

    /// The vault said what it remembers.
    pub(super) fn take(&mut self, kept: &Kept) {
        let is_found = kept.check.as_ref().is_some_and(|last| last.findings > 0);
        // What the opening missed may be back.
        let is_missed = kept.unreadable > 0 && self.originals != Some(State::Whole);
        if is_found || is_missed {
            self.originals = Some(State::Damaged);
        } else if self.originals == Some(State::Damaged) {
            self.originals = None;
        }
        if !self.edited {
            self.place = kept.place.clone().unwrap_or_default();
        }
    }

    /// A verification ended.
    pub(super) fn know(&mut self, outcome: &Outcome<Arc<Upkept>>) {
        self.outcome = None;
        if let Ok(result) = outcome {
            self.know_of(result.is_clean);
        }
    }

    fn know_of(&mut self, is_clean: bool) {
        self.originals = Some(if is_clean { State::Whole } else { State::Damaged });
    }

    /// The desktop gave a folder.
    pub(super) fn pick(&mut self, path: &Path) {
        self.type_place(path.to_string_lossy().into_owned());
    }

    fn type_place(&mut self, place: String) {
        self.place = place;
        self.edited = true;
        self.outcome = None;
    }

    /// It ended.
    pub(super) fn done(&mut self, outcome: Outcome<Arc<Upkept>>) {
        self.busy = false;
        self.edited &= outcome.is_err();
        if let Ok(result) = &outcome {
            self.know_of(result.is_clean);
        }
        self.outcome = Some(outcome);
    }

    pub(super) fn update(&mut self, message: Message) -> Action {
        match message {
            Message::Place(place) => {
                self.type_place(place);
                Action::None
            }
            Message::Choose => Action::Run(Job::PickFolder(Asked::Repair)),
            Message::Repair => self.begin(),
            Message::Cancel => Action::Cancel(Work::Repair),
        }
    }

    fn begin(&mut self) -> Action {
        if self.busy || !self.may {
            return Action::None;
        }
        if self.place.trim().is_empty() {
            return Action::Focus(PLACE);
        }
        self.busy = true;
        self.outcome = None;
        Action::Run(Job::Upkeep(UpkeepJob::Repair(PathBuf::from(self.place.trim()))))
    }

    /// The part, when there is something to repair or was.
    pub(super) fn view<'a>(&'a self, theme: &Theme, works: &'a Works) -> Option<Element<'a, Message>> {
        let t = tokens(theme);
        let running = works.of(Work::Repair);
        if self.originals != Some(State::Damaged) && self.outcome.is_none() && running.is_none() {
            return None;
        }
        let mut inside = column![].spacing(gap::M);
        // Also one that was begun before the screens were locked.
        inside = match running {
            Some(running) => inside.push(running_part(running, Message::Cancel)),
            None => inside.push(self.form()),
        };
        inside = match &self.outcome {
            None => inside,
            Some(Err(Failure(sentence))) => inside.push(widget::banner(t.wrong, sentence.as_str())),
            Some(Ok(result)) => {
                let color = if result.is_clean { t.good } else { t.attention };
                inside.push(widget::banner(color, result.sentence.as_str())).push(found(result))
            }
        };
        Some(column![widget::hairline(), part(text::TITLE, text::SUB, inside)].spacing(gap::XL).into())
    }

    fn form(&self) -> Element<'_, Message> {
        if !self.may {
            return widget::muted(text::VIEWER).into();
        }
        let input = widget::input(text::HINT, &self.place, Message::Place).id(PLACE).on_submit(Message::Repair);
        let ready = !self.busy && !self.place.trim().is_empty();
        let now = widget::primary(text::NOW, ready.then_some(Message::Repair));
        let fields = row![input, widget::plain(text::CHOOSE, Some(Message::Choose)), now].spacing(gap::S);
        widget::field(text::PLACE, fields.align_y(Alignment::Center))
    }
}
