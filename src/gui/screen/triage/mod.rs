//! Triage: a card of several patients becomes groups, a person says which are right, and all of them are filed at once.

mod answers;
mod boundary;
mod cell;
mod cutting;
mod hand;
mod kept;
mod outline;
mod view;
pub mod visit;
pub mod watching;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::NaiveDate;
use iced::widget::image::Handle;
use iced::{Element, Theme};

use crate::gui::action::Action;
use crate::gui::job::{Asked, CardJob, Failure, Filing, Job, Ticket, Whose, Work};
use crate::gui::screen::board::session_form::Kind;
use crate::gui::shortcut::Command;
use crate::gui::works::Works;
use crate::import::card::{Card, Group, Options};
use crate::model::{PhotoHash, SessionKind, ViewId};
use crate::progress::Progress;
use boundary::Drag;
use cutting::{Cutting, Wanted};
use kept::Keeping;
use outline::Outlines;
use visit::{VisitForm, When};
use watching::Watched;

/// A picture of a group, logical pixels.
pub const PEEK: (f32, f32) = (144.0, 108.0);
/// Name of the folder field, for focus.
pub const FOLDER: &str = "triage-folder";
/// Name of the field of another patient, for focus.
pub const SEARCH: &str = "triage-search";
/// Name of the list, for scrolling.
pub const LIST: &str = "triage-list";
/// Name of the head of the group under the cursor, for scrolling.
const GROUP_ID: &str = "triage-group";
/// Name of the photo under the cursor, for scrolling.
const PHOTO_ID: &str = "triage-photo";
/// The ticket's id: no series has it, so that no other screen takes the answers for its own.
const CARD: i64 = -1;

/// The screen.
pub struct Triage {
    folder: String,
    /// Whether it is the tray that is to be sorted, and no card.
    from_tray: bool,
    generation: u64,
    stage: Stage,
    cursor: Cursor,
    pictures: HashMap<PhotoHash, Option<Handle>>,
    outlines: Outlines,
    /// Photos that were seen while they are still being copied, in the order they came.
    coming: Vec<PhotoHash>,
    search: String,
    found: Vec<Whose>,
    /// Groups whose new place is being worked out.
    aiming: Vec<usize>,
    /// The group whose alarm was said once more and that the next Enter accepts all the same.
    warned: Option<usize>,
    /// The boundary that is being dragged.
    drag: Option<Drag>,
    stop: Progress,
    /// Whether the clinic lets photos be compared with those of patients; none while that is asked.
    comparing: Option<bool>,
    /// How the card is to be cut and read, and how it is.
    cutting: Cutting,
    cut: Option<Wanted>,
    keeping: Keeping,
    visit: VisitForm,
    watched: Option<Watched>,
    error: Option<Failure>,
}

enum Stage {
    Choose,
    Taking,
    Sorting(Box<Card>),
    Filing(Box<Card>),
    Filed { card: Box<Card>, filing: Arc<Filing>, undone: bool },
}

/// The photo that keys act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cursor {
    /// Place of the group.
    pub group: usize,
    /// Place of the photo in it.
    pub photo: usize,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Message {
    /// Back to the day.
    Back,
    /// The folder was edited.
    Folder(String),
    /// "Choose…".
    Choose,
    /// Take the card.
    Take,
    /// Take what lies in the tray.
    Tray,
    /// An owner lets photos be compared with those of patients, or not.
    Compare(bool),
    /// A photo was clicked.
    Select(Cursor),
    /// The empty slot of a view was clicked, in this group: the photo under the cursor shows it.
    Fill(usize, ViewId),
    /// A group was accepted, or that was taken back.
    Accept(usize),
    /// Everything certain is accepted.
    AcceptAll,
    /// The boundary behind this group was taken in hand.
    Grab(usize),
    /// It is before this photo by now, or behind the last one of its group.
    Over(Cursor),
    /// It was let go there.
    LetGo,
    /// It was taken out of the window, and stays where it was.
    StayThere,
    /// The field of another patient was edited.
    Search(String),
    /// Enter in that field: the first one found is meant, or the group as it stands.
    First,
    /// The group under the cursor goes to this course.
    Aim(Whose),
    /// File what was accepted.
    File,
    /// Watch the folder that was chosen.
    Watch,
    /// Stop that.
    Unwatch,
    /// Another gap between groups, in minutes.
    Gap(u32),
    /// What is to be added to the camera's clock was edited.
    Clock(String),
    /// The path of the list of the day was edited.
    List(String),
    /// Cut the card anew by all that.
    Recut,
    /// The day of the visit was edited.
    Day(String),
    /// The visit was on that day.
    SetDay,
    /// The visit was of this kind.
    Kind(Kind),
    /// The photos were taken then.
    Phase(When),
    /// Stop what is running.
    Cancel,
    /// Take the filing back.
    Undo,
    /// Go on with what is left, or with another card.
    Again,
}

impl Triage {
    /// The screen; with `tray` what lies there is taken at once.
    #[must_use]
    pub fn new(tray: bool) -> (Self, Action) {
        let screen = Self {
            folder: String::new(),
            from_tray: tray,
            generation: 0,
            stage: Stage::Choose,
            cursor: Cursor::default(),
            pictures: HashMap::new(),
            outlines: Outlines::default(),
            coming: Vec::new(),
            search: String::new(),
            found: Vec::new(),
            aiming: Vec::new(),
            warned: None,
            drag: None,
            stop: Progress::silent(),
            comparing: None,
            cutting: Cutting::default(),
            cut: None,
            keeping: Keeping::default(),
            visit: VisitForm::default(),
            watched: None,
            error: None,
        };
        (screen, Action::all([Action::Focus(FOLDER), Action::Run(Job::Card(CardJob::Comparing(None)))]))
    }

    /// Counts its questions from here on, so that no answer to a screen of before is taken for one of its own.
    #[must_use]
    pub fn counting_from(mut self, generation: u64) -> Self {
        self.generation = generation;
        self
    }

    fn ticket(&self) -> Ticket {
        Ticket { id: CARD, generation: self.generation }
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message, today: NaiveDate) -> Action {
        let action = self.take_message(message, today);
        self.followed(action)
    }

    /// What any step is followed by, beside what it asks for itself.
    fn followed(&mut self, action: Action) -> Action {
        match (self.ask_outlines(), self.keep()) {
            (None, None) => action,
            (outlines, keep) => Action::all([action, outlines.unwrap_or_default(), keep.unwrap_or_default()]),
        }
    }

    fn take_message(&mut self, message: Message, today: NaiveDate) -> Action {
        match message {
            Message::Back => return Action::Back,
            Message::Folder(folder) => self.folder = folder,
            Message::Choose => return Action::Run(Job::PickFolder(Asked::Card)),
            Message::Take => {
                let folder = self.folder.trim();
                let paths = (!folder.is_empty()).then(|| vec![PathBuf::from(folder)]);
                return paths.map_or(Action::None, |paths| self.take(Some(paths), today));
            }
            Message::Tray => return self.take(None, today),
            Message::Watch => return self.watch(),
            Message::Unwatch => return Action::Cancel(Work::Watch),
            Message::Gap(minutes) => self.cutting.set_gap(minutes),
            Message::Clock(text) => self.cutting.type_clock(text),
            Message::List(text) => self.cutting.type_list(text),
            Message::Recut => return self.cut_anew(),
            Message::Day(text) => self.visit.type_day(text),
            Message::SetDay => return self.set_day(today),
            Message::Kind(Kind(kind)) => return self.revisit(None, Some(kind)),
            Message::Phase(When(phase)) => return self.set_phase(phase),
            Message::Compare(on) => return Action::Run(Job::Card(CardJob::Comparing(Some(on)))),
            Message::Select(cursor) => self.select(cursor),
            Message::Fill(group, view) => return self.fill(group, view),
            Message::Accept(group) => return self.accept(group),
            Message::AcceptAll => return self.accept_all(),
            Message::Grab(at) => return self.grab(at),
            Message::Over(over) => self.drag_over(over),
            Message::LetGo => return self.let_go(),
            Message::StayThere => self.drag = None,
            Message::Search(typed) => return self.look_for(typed),
            Message::First => return self.submit(),
            Message::Aim(whose) => return self.aim(&whose),
            Message::File => return self.file(),
            Message::Cancel => return self.work().map_or(Action::None, Action::Cancel),
            Message::Undo => {
                // Asked once, and for this filing alone: never for what was changed before or since.
                if let Stage::Filed { filing, undone: undone @ false, .. } = &mut self.stage
                    && let Some(entry) = filing.undo.clone()
                {
                    *undone = true;
                    return Action::Run(Job::Undo(entry));
                }
            }
            Message::Again => return self.another(),
        }
        Action::None
    }

    fn take(&mut self, paths: Option<Vec<PathBuf>>, today: NaiveDate) -> Action {
        if !matches!(self.stage, Stage::Choose) {
            return Action::None;
        }
        let Some(wanted) = self.cutting.wanted() else {
            return Action::Toast(cutting::text::BAD_CLOCK.to_owned());
        };
        self.generation += 1;
        self.error = None;
        // Kept for one card: what is seen anew is known to be of this one.
        self.pictures.clear();
        self.coming.clear();
        self.keeping.begin_anew();
        self.from_tray = paths.is_none();
        self.stage = Stage::Taking;
        let (gap_minutes, clock_s) = (wanted.gap_minutes, wanted.clock_s);
        let options = Options { gap_minutes, clock_s, ..Options::usual(today) };
        let list = wanted.list.clone();
        self.cut = Some(wanted);
        Action::Run(Job::Card(CardJob::Take { ticket: self.ticket(), paths, options, list }))
    }

    /// To where a card is chosen. What was not filed lies in the tray, and is found there as it was sorted.
    fn another(&mut self) -> Action {
        if !self.aiming.is_empty() {
            return hand::wait();
        }
        self.stop.cancel();
        // What still comes is about the card that is put away.
        self.generation += 1;
        self.from_tray = true;
        self.stage = Stage::Choose;
        Action::Focus(FOLDER)
    }

    /// Takes files and folders that were dropped onto the window.
    pub fn dropped(&mut self, paths: Vec<PathBuf>, today: NaiveDate) -> Action {
        self.take(Some(paths), today)
    }

    /// Whether a card is under way that something dropped would push away.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        !matches!(self.stage, Stage::Choose | Stage::Filed { .. })
    }

    fn watch(&mut self) -> Action {
        let folder = self.folder.trim();
        if folder.is_empty() || self.watched.is_some() {
            return Action::None;
        }
        let folder = PathBuf::from(folder);
        self.error = None;
        self.watched = Some(Watched { folder: folder.clone(), status: None });
        Action::Run(Job::Card(CardJob::Watch(folder)))
    }

    /// Whether the card is cut otherwise than is wanted by now.
    fn is_cut_otherwise(&self) -> bool {
        self.cutting.wanted() != self.cut
    }

    /// Cuts what was taken by another gap, clock or list. What was accepted or changed by hand is for groups as they were.
    fn cut_anew(&mut self) -> Action {
        if !self.aiming.is_empty() || !self.is_cut_otherwise() || !matches!(self.stage, Stage::Sorting(_)) {
            return Action::None;
        }
        let Some(wanted) = self.cutting.wanted() else {
            return Action::Toast(cutting::text::BAD_CLOCK.to_owned());
        };
        let Stage::Sorting(card) = std::mem::replace(&mut self.stage, Stage::Taking) else { return Action::None };
        self.stop.cancel();
        self.generation += 1;
        self.error = None;
        let (gap_minutes, clock_s, list) = (wanted.gap_minutes, wanted.clock_s, wanted.list.clone());
        self.cut = Some(wanted);
        let options = Options { gap_minutes, clock_s, ..card.options.clone() };
        Action::Run(Job::Card(CardJob::Recut { ticket: self.ticket(), card, options, list }))
    }

    fn set_day(&mut self, today: NaiveDate) -> Action {
        let Some(stands) = self.card().and_then(|card| card.groups.get(self.cursor.group)).map(|g| g.visit.date) else {
            return Action::None;
        };
        match self.visit.day(stands, today) {
            Some(day) => self.revisit(Some(day), None),
            None => Action::None,
        }
    }

    /// Asks what the visit of the group under the cursor is on another day, or as one of another kind.
    fn revisit(&mut self, day: Option<NaiveDate>, kind: Option<SessionKind>) -> Action {
        let (at, ticket) = (self.cursor.group, self.ticket());
        let Some(group) = self.card().and_then(|card| card.groups.get(at)) else { return Action::None };
        if self.aiming.contains(&at) {
            return Action::None;
        }
        let (day, kind) = (day.unwrap_or(group.visit.date), kind.unwrap_or(group.visit.kind));
        let job = CardJob::Revisit { ticket, at, group: Box::new(group.clone()), day, kind };
        self.aiming.push(at);
        Action::Run(Job::Card(job))
    }

    /// The work this screen waits for.
    fn work(&self) -> Option<Work> {
        match self.stage {
            Stage::Taking => Some(Work::Card),
            Stage::Filing(_) => Some(Work::FileCard),
            _ => None,
        }
    }

    /// The card while it is sorted.
    #[must_use]
    pub fn card(&self) -> Option<&Card> {
        match &self.stage {
            Stage::Sorting(card) => Some(card),
            _ => None,
        }
    }

    fn group_mut(&mut self, at: usize) -> Option<&mut Group> {
        match &mut self.stage {
            Stage::Sorting(card) => card.groups.get_mut(at),
            _ => None,
        }
    }

    /// The photo that keys act on.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        self.cursor
    }

    fn select(&mut self, to: Cursor) {
        let Some(card) = self.card() else { return };
        let group = to.group.min(card.groups.len().saturating_sub(1));
        let photos = card.groups.get(group).map_or(0, |g| g.shots.len());
        let moved = group != self.cursor.group;
        self.cursor = Cursor { group, photo: to.photo.min(photos.saturating_sub(1)) };
        if moved {
            self.warned = None;
            self.visit = VisitForm::default();
            self.search.clear();
            self.found.clear();
        }
    }

    fn step_to(&mut self, group: usize) -> Action {
        self.select(Cursor { group, photo: 0 });
        Action::Reveal { list: LIST, items: &[GROUP_ID, PHOTO_ID] }
    }

    fn look_for(&mut self, typed: String) -> Action {
        self.search = typed;
        if self.search.trim().is_empty() {
            self.found.clear();
            return Action::None;
        }
        Action::Run(Job::Card(CardJob::Find(self.ticket(), self.search.clone())))
    }

    fn submit(&mut self) -> Action {
        match self.found.first().cloned() {
            Some(whose) => self.aim(&whose),
            // The cursor still stands in the field after a patient was chosen: Enter goes on from there.
            None if self.search.trim().is_empty() => self.accept(self.cursor.group),
            None => Action::None,
        }
    }

    fn aim(&mut self, whose: &Whose) -> Action {
        let (at, ticket) = (self.cursor.group, self.ticket());
        let Some(card) = self.card() else { return Action::None };
        let Some(group) = card.groups.get(at) else { return Action::None };
        if self.aiming.contains(&at) {
            return Action::None;
        }
        let options = card.options.clone();
        let job = CardJob::Aim { ticket, at, group: Box::new(group.clone()), series: whose.series, options };
        self.aiming.push(at);
        self.search.clear();
        self.found.clear();
        Action::Run(Job::Card(job))
    }

    fn file(&mut self) -> Action {
        if !self.aiming.is_empty() {
            return Action::None;
        }
        let Stage::Sorting(card) = &self.stage else { return Action::None };
        if !card.groups.iter().any(|group| group.accepted) {
            return Action::Toast(view::text::NOTHING_ACCEPTED.to_owned());
        }
        let card = card.clone();
        self.stop.cancel();
        self.error = None;
        // Kept: whatever stops the filing, nobody has to sort the card again.
        self.stage = Stage::Filing(card.clone());
        Action::Run(Job::Card(CardJob::File(self.ticket(), card)))
    }

    /// Takes a key.
    pub fn command(&mut self, command: Command) -> Action {
        let action = self.take_key(command);
        self.followed(action)
    }

    fn take_key(&mut self, command: Command) -> Action {
        let Cursor { group, photo } = self.cursor;
        match command {
            Command::Back if self.drag.take().is_some() => {}
            Command::Back => return Action::Back,
            Command::Up => return self.step_to(group.saturating_sub(1)),
            Command::Down => return self.step_to(group + 1),
            Command::Left | Command::Right => {
                let to = if command == Command::Left { photo.saturating_sub(1) } else { photo + 1 };
                self.select(Cursor { group, photo: to });
                return Action::Reveal { list: LIST, items: &[PHOTO_ID] };
            }
            Command::Accept => return self.accept(group),
            Command::AcceptAll => return self.accept_all(),
            Command::ViewBefore => return self.turn_view(-1),
            Command::ViewAfter => return self.turn_view(1),
            Command::Skip => return self.toggle_skip(),
            Command::Search => return Action::Focus(SEARCH),
            Command::Split | Command::Merge => return self.recut(command == Command::Split),
            Command::File => return self.file(),
            _ => {}
        }
        Action::None
    }

    /// The screen as it stands.
    #[must_use]
    pub fn view<'a>(&'a self, theme: &Theme, works: &'a Works) -> Element<'a, Message> {
        view::view(self, theme, works)
    }
}

impl Drop for Triage {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
