//! An open vault: its screens, and which of them is in front.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use iced::{Element, Theme};

use crate::align::Decision;
use crate::clock::Now;
use crate::gui::action::{Action, Place};
use crate::gui::job::{Answer, CardAnswer, Change, Course, Failure, Job, NotSaved, Outcome, UpkeepAnswer, Work};
use crate::gui::screen::board::{self, BoardScreen, consents};
use crate::gui::screen::compare::{self, Compare};
use crate::gui::screen::gallery::{self, Gallery};
use crate::gui::screen::import::{self, Import};
use crate::gui::screen::patients::{self, Patients};
use crate::gui::screen::settings::{self, Preferences, Section, Settings};
use crate::gui::screen::today::{self, Today};
use crate::gui::screen::triage::{self, Triage};
use crate::gui::shortcut::{Command, Scope};
use crate::gui::works::Works;
use crate::model::{self, PatientId, SeriesId};
use crate::vault::{UndoEntry, Vault};

/// The screens of an open vault. Dropping it drops keys and pictures.
pub struct Session {
    vault: Vault,
    preferences: Preferences,
    place: Place,
    patients: Patients,
    board: Option<BoardScreen>,
    over: Over,
    /// Filings that were begun and not left for good, by series: wherever the person goes, they are found again.
    imports: BTreeMap<SeriesId, Import>,
    undo: Option<Undo>,
    today: Today,
    /// Counts the questions of all cards.
    cards: u64,
    /// The card that is being sorted, over the screen of the day; it stays when the person looks elsewhere.
    triage: Option<Box<Triage>>,
    /// Whether it was left and is not done: it goes on behind the screen of the day, and is found again.
    triage_aside: bool,
    gallery: Gallery,
    settings: Settings,
}

/// What lies over the board.
#[derive(Default)]
enum Over {
    #[default]
    Nothing,
    Compare(Box<Compare>),
    Import(SeriesId),
}

/// The change a person is asked about before it is taken back or made again.
#[derive(Debug, Clone)]
pub struct Undo {
    /// Which one.
    pub entry: UndoEntry,
    /// Whether it is to be made again.
    pub again: bool,
    /// Whether that is under way.
    pub busy: bool,
}

/// The screen in front, as far as one is told from another by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Front {
    scope: Scope,
    place: Place,
    patient: Option<PatientId>,
    series: Option<SeriesId>,
    section: Option<Section>,
}

mod text {
    pub const NOTHING_TO_UNDO: &str = "There is nothing to undo.";
    pub const NOTHING_TO_REDO: &str = "There is nothing to redo.";
    pub const CARD_FIRST: &str =
        "Another card is being sorted. Nothing was taken. File it or leave it first, then drop the files again.";
    pub const CODE_USED: &str = "The recovery code of this vault was used. Make a new one in the settings; the old one is known to who typed it.";
}

/// What happened on one of the screens.
#[derive(Clone)]
pub enum Message {
    /// In the list of patients.
    Patients(patients::Message),
    /// On a board.
    Board(board::Message),
    /// In a comparison.
    Compare(compare::Message),
    /// In an import.
    Import(import::Message),
    /// On the screen of the day.
    Today(today::Message),
    /// While a card is sorted.
    Triage(triage::Message),
    /// In the gallery.
    Gallery(gallery::Message),
    /// In the settings.
    Settings(settings::Message),
}

impl Session {
    /// The screens of a vault that was just opened.
    pub fn new(vault: Vault, preferences: Preferences) -> (Self, Action) {
        let (patients, first) = Patients::new();
        let (today, _) = Today::new();
        let (gallery, _) = Gallery::new();
        let settings = Settings::new(preferences, vault.dir().display().to_string(), vault.user().clone());
        let (place, board, over) = (Place::Patients, None, Over::Nothing);
        let imports = BTreeMap::new();
        let session = Self {
            vault,
            preferences,
            place,
            patients,
            board,
            over,
            imports,
            undo: None,
            today,
            triage: None,
            triage_aside: false,
            cards: 0,
            gallery,
            settings,
        };
        (session, Action::all([first, Action::Run(Job::CodeUsed)]))
    }

    /// The open vault.
    pub fn vault(&self) -> Vault {
        self.vault.clone()
    }

    /// Its folder.
    pub fn dir(&self) -> &Path {
        self.vault.dir()
    }

    /// Whether a recovery code stands on a screen that nobody has written down.
    pub fn shows_code(&self) -> bool {
        self.settings.shows_code()
    }

    /// The place of the rail that is in front.
    pub fn place(&self) -> Place {
        self.place
    }

    /// Which keys hold now.
    pub fn scope(&self) -> Scope {
        match (self.place, &self.over, &self.board) {
            (Place::Patients, Over::Compare(_), _) => Scope::Compare,
            (Place::Patients, Over::Import(_), _) => Scope::Import,
            (Place::Patients, Over::Nothing, Some(_)) => Scope::Board,
            (Place::Patients, Over::Nothing, None) => Scope::Patients,
            (Place::Gallery, ..) => Scope::Gallery,
            (Place::Settings, ..) => Scope::Settings,
            (Place::Today, ..) if self.shows_triage() => Scope::Triage,
            _ => Scope::Other,
        }
    }

    /// What tells one screen from another: what is said on one is not about the next.
    pub fn front(&self) -> Front {
        let section = (self.place == Place::Settings).then(|| self.settings.section());
        Front { scope: self.scope(), place: self.place, patient: self.patient(), series: self.front_import(), section }
    }

    /// Takes a message of a screen.
    pub fn update(&mut self, message: Message, now: Now) -> Action {
        match message {
            Message::Patients(message) => self.patients.update(message),
            Message::Board(message) => self.board.as_mut().map_or(Action::None, |b| b.update(message, now)),
            Message::Compare(message) => match &mut self.over {
                Over::Compare(screen) => screen.update(message),
                _ => Action::None,
            },
            Message::Import(message) => self.import().map_or(Action::None, |screen| screen.update(message)),
            Message::Today(message) => self.today.update(message),
            Message::Triage(message) => {
                self.triage.as_mut().map_or(Action::None, |screen| screen.update(message, now.today))
            }
            Message::Gallery(message) => self.gallery.update(message),
            Message::Settings(message) => self.settings.update(message),
        }
    }

    /// Where the questions of another card begin to be counted.
    const fn next_card(&mut self) -> u64 {
        self.cards += 1 << 32;
        self.cards
    }

    /// Takes files and folders that were dropped onto the window, wherever that is: they are sorted like a card.
    pub fn dropped(&mut self, paths: Vec<PathBuf>, today: NaiveDate) -> Action {
        if self.triage.as_ref().is_some_and(|screen| screen.is_busy()) {
            self.triage_aside = false;
            return Action::all([self.go(Place::Today), Action::Toast(text::CARD_FIRST.to_owned())]);
        }
        self.place = Place::Today;
        let (screen, ask) = Triage::new(false);
        let mut screen = screen.counting_from(self.next_card());
        let take = screen.dropped(paths, today);
        self.triage = Some(Box::new(screen));
        self.triage_aside = false;
        Action::all([ask, take])
    }

    /// Takes a key.
    pub fn command(&mut self, command: Command) -> Action {
        if self.shows_triage() {
            return self.triage.as_mut().map_or(Action::None, |screen| screen.command(command));
        }
        if self.place != Place::Patients {
            let taken = match self.place {
                Place::Settings => self.settings.command(command),
                Place::Gallery => self.gallery.command(command),
                Place::Patients | Place::Today => None,
            };
            return match (command, taken) {
                (_, Some(action)) => action,
                (Command::Back, None) => Action::Go(Place::Patients),
                _ => Action::None,
            };
        }
        match (&mut self.over, &mut self.board) {
            (Over::Compare(screen), _) => screen.command(command),
            (Over::Import(series), _) => self.imports.get_mut(series).map_or(Action::None, |i| i.command(command)),
            (Over::Nothing, Some(board)) => board.command(command),
            (Over::Nothing, None) => self.patients.command(command),
        }
    }

    fn import(&mut self) -> Option<&mut Import> {
        let Over::Import(series) = &self.over else { return None };
        self.imports.get_mut(series)
    }

    /// Takes an answer; each screen knows its own tickets.
    pub fn receive(&mut self, answer: Answer) -> Action {
        let changed = self.consequence(&answer);
        let list_in_front = self.place == Place::Patients && self.board.is_none();
        if matches!(answer, Answer::PatientAdded(_, Ok(_))) && !list_in_front {
            self.patients.close_form();
        }
        let compare = match &mut self.over {
            Over::Compare(screen) => screen.receive(answer.clone()),
            _ => Action::None,
        };
        let imports = self.imports.values_mut().map(|i| i.receive(answer.clone())).collect();
        let board = self.board.as_mut().map_or(Action::None, |b| b.receive(answer.clone()));
        let patients = self.patients.receive(answer.clone());
        let today = self.today.receive(answer.clone());
        let triage = self.triage.as_mut().map_or(Action::None, |screen| screen.receive(answer.clone()));
        let settings = self.settings.receive(answer.clone());
        let gallery = self.gallery.receive(answer);
        Action::all([changed, compare, Action::Many(imports), board, patients, today, triage, settings, gallery])
    }

    /// What follows from an answer beside what its screen makes of it.
    fn consequence(&mut self, answer: &Answer) -> Action {
        match answer {
            Answer::LastChange(Ok(Some(Change { entry, .. }))) => {
                self.undo = Some(Undo { entry: entry.clone(), again: false, busy: false });
                Action::None
            }
            Answer::LastUndone(Ok(Some(Change { entry, .. }))) => {
                self.undo = Some(Undo { entry: entry.clone(), again: true, busy: false });
                Action::None
            }
            Answer::LastChange(Ok(None)) => Action::Toast(text::NOTHING_TO_UNDO.to_owned()),
            Answer::LastUndone(Ok(None)) => Action::Toast(text::NOTHING_TO_REDO.to_owned()),
            Answer::LastChange(Err(failure)) | Answer::LastUndone(Err(failure)) => Action::Toast(failure.0.clone()),
            Answer::Undone(entry, outcome) => self.stepped("Undone", entry, outcome),
            Answer::Redone(entry, outcome) => self.stepped("Redone", entry, outcome),
            Answer::Filed(_, Ok(_)) | Answer::Aligned(..) | Answer::Card(CardAnswer::Filed(_, Ok(_))) => {
                let refresh = self.refresh();
                Action::all([self.news(answer), refresh])
            }
            Answer::SeriesGraded(course, Ok(measured)) => {
                let board = self.board.as_mut().filter(|board| *measured > 0 && board.patient() == course.patient);
                board.map_or(Action::None, BoardScreen::reload)
            }
            Answer::Decided(course, decision, outcome) => self.after_decision(*course, decision, outcome),
            Answer::CompositeSaved(_, Ok(saved)) => {
                Action::Toast(format!("The pair was saved to {}. {}", saved.path.display(), saved.placed))
            }
            Answer::CompositeSaved(pair, Err(not_saved)) => match (&self.over, not_saved) {
                (Over::Compare(screen), _) if screen.is_saving(*pair) => Action::None,
                (_, NotSaved::Failed(Failure(sentence))) => Action::Toast(sentence.clone()),
                (_, NotSaved::Exists) => Action::Toast(compare::EXISTS.to_owned()),
            },
            Answer::DocumentSaved(_, _, Ok(path)) => Action::Toast(consents::saved(path)),
            Answer::DocumentSaved(_, document, Err(not_saved)) => match (&self.board, not_saved) {
                (Some(board), _) if board.is_copying(*document) => Action::None,
                (_, NotSaved::Failed(Failure(sentence))) => Action::Toast(sentence.clone()),
                (_, NotSaved::Exists) => Action::Toast(compare::EXISTS.to_owned()),
            },
            Answer::Upkeep(UpkeepAnswer::BackedUp(_) | UpkeepAnswer::Verified(_)) if self.place == Place::Today => {
                Action::all([self.news(answer), Action::Run(Job::Today)])
            }
            Answer::CodeUsed(true) => Action::Toast(text::CODE_USED.to_owned()),
            _ => self.news(answer),
        }
    }

    /// Where a photo lies was decided: the board behind shows it, and whoever is elsewhere is told what went wrong.
    fn after_decision(
        &mut self,
        course: Course,
        decision: &Decision,
        outcome: &Outcome<Option<model::Answer>>,
    ) -> Action {
        match outcome {
            Ok(answer) => {
                let board = self.board.as_mut().filter(|board| board.patient() == course.patient);
                let reload = board.map_or(Action::None, BoardScreen::reload);
                // Whatever lay in the former frame is to be placed in the new one.
                let moved = matches!(decision, Decision::Reference { .. });
                let align = if moved { Action::Align(course) } else { Action::None };
                let on_board = !matches!(self.over, Over::Compare(_));
                let said = if on_board { Action::Toast(compare::said(decision, *answer)) } else { Action::None };
                Action::all([said, reload, align])
            }
            Err(failure) if !matches!(self.over, Over::Compare(_)) => Action::Toast(failure.0.clone()),
            Err(_) => Action::None,
        }
    }

    /// A change was taken back or made again, or that was refused.
    fn stepped(&mut self, done: &str, entry: &UndoEntry, outcome: &Outcome<String>) -> Action {
        self.undo = self.undo.take().filter(|undo| undo.entry != *entry);
        match outcome {
            Ok(what) => Action::all([Action::Toast(format!("{done}: {what}")), self.refresh()]),
            Err(failure) => Action::Toast(failure.0.clone()),
        }
    }

    /// Says what long work came to, unless the screen that shows it is in front.
    fn news(&self, answer: &Answer) -> Action {
        let in_front = match answer {
            Answer::Scanned(ticket, _) => {
                let waits = self.imports.values().any(|import| import.waits_for(*ticket));
                !waits || self.front_import() == Some(SeriesId(ticket.id))
            }
            Answer::SeriesGraded(_, Err(_)) => false,
            Answer::Filed(course, _) | Answer::Aligned(course, _) => self.front_import() == Some(course.series),
            Answer::Card(_) => self.shows_triage(),
            Answer::GalleryWritten(_) => self.place == Place::Gallery,
            Answer::Upkeep(_) => self.shows_upkeep(),
            _ => true,
        };
        answer.news().filter(|_| !in_front).map_or(Action::None, Action::Toast)
    }

    fn front_import(&self) -> Option<SeriesId> {
        match (self.place, &self.over) {
            (Place::Patients, Over::Import(series)) => Some(*series),
            _ => None,
        }
    }

    fn shows_triage(&self) -> bool {
        self.place == Place::Today && self.triage.is_some() && !self.triage_aside
    }

    fn shows_upkeep(&self) -> bool {
        self.place == Place::Settings && self.settings.section() == Section::Upkeep
    }

    /// Whether the screen in front shows this work by itself.
    pub fn shows(&self, work: Work) -> bool {
        match work.course() {
            Some(course) => self.front_import() == Some(course.series),
            None if matches!(work, Work::BackUp | Work::Verify | Work::Repair) => self.shows_upkeep(),
            None if matches!(work, Work::Card | Work::FileCard | Work::Watch) => self.shows_triage(),
            None => work == Work::Gallery && self.place == Place::Gallery,
        }
    }

    /// Whose page is in front.
    pub fn patient(&self) -> Option<PatientId> {
        self.board.as_ref().filter(|_| self.place == Place::Patients).map(BoardScreen::patient)
    }

    /// The change the person is asked about.
    pub fn undo(&self) -> Option<&Undo> {
        self.undo.as_ref()
    }

    /// The person's answer to that question; asked once, however often it is given.
    pub fn decide_undo(&mut self, yes: bool) -> Action {
        match &mut self.undo {
            Some(undo) if undo.busy => Action::None,
            Some(undo) if yes => {
                undo.busy = true;
                let entry = undo.entry.clone();
                Action::Run(if undo.again { Job::Redo(entry) } else { Job::Undo(entry) })
            }
            _ => {
                self.undo = None;
                Action::None
            }
        }
    }

    /// Asks again for what is behind: the board and the list.
    pub fn refresh(&mut self) -> Action {
        let board = self.board.as_mut().map_or(Action::None, BoardScreen::refresh);
        let upkeep = if self.shows_upkeep() { self.settings.enter(Section::Upkeep) } else { Action::None };
        Action::all([board, self.patients.refresh(), upkeep])
    }

    /// Changes what is in front.
    pub fn navigate(&mut self, action: Action) -> Action {
        match action {
            Action::Go(place) => self.go(place),
            Action::OpenSettings(section) => self.open_settings(section),
            Action::OpenPatient(patient) => self.open_patient(patient),
            Action::ShowWork(work) => match work.course() {
                Some(course) => self.open_patient(course.patient),
                None if work == Work::Gallery => self.go(Place::Gallery),
                // What is watched stands where cards are sorted.
                None if work == Work::Watch && self.triage.is_none() => self.navigate(Action::Triage(false)),
                None if matches!(work, Work::Card | Work::FileCard | Work::Watch) => {
                    self.triage_aside = false;
                    self.go(Place::Today)
                }
                None if matches!(work, Work::BackUp | Work::Verify | Work::Repair) => {
                    self.open_settings(Section::Upkeep)
                }
                None => Action::None,
            },
            Action::Compare { board, before, after } => {
                let thumbnails = self.board.as_ref().map(BoardScreen::thumbnails).unwrap_or_default();
                let (mut screen, ask) = Compare::new(board, before, after, thumbnails);
                screen.set_density(f32::from(self.preferences.text_percent) / 100.0);
                self.over = Over::Compare(Box::new(screen));
                ask
            }
            Action::Import(board) => {
                let series = board.series.id;
                self.over = Over::Import(series);
                if self.imports.contains_key(&series) {
                    return Action::None;
                }
                let (screen, ask) = Import::new(board);
                let _ = self.imports.insert(series, screen);
                ask
            }
            Action::Triage(_) if self.triage_aside && self.triage.is_some() => {
                self.place = Place::Today;
                self.triage_aside = false;
                Action::None
            }
            Action::Triage(tray) => {
                self.place = Place::Today;
                let (screen, ask) = Triage::new(tray);
                let screen = screen.counting_from(self.next_card());
                self.triage = Some(Box::new(screen));
                ask
            }
            Action::Back if self.shows_triage() => {
                self.triage = self.triage.take().filter(|screen| screen.is_busy());
                self.triage_aside = self.triage.is_some();
                self.go(Place::Today)
            }
            Action::Back => match std::mem::take(&mut self.over) {
                Over::Nothing => self.show_list(),
                Over::Import(series) => {
                    self.imports.retain(|s, import| *s != series || import.is_unfinished());
                    Action::None
                }
                Over::Compare(_) => Action::None,
            },
            _ => Action::None,
        }
    }

    /// A patient's board, and over it the filing that was begun there.
    fn open_patient(&mut self, patient: PatientId) -> Action {
        self.place = Place::Patients;
        let begun = self.imports.iter().find(|(_, import)| import.patient() == patient).map(|(series, _)| *series);
        self.over = begun.map_or(Over::Nothing, Over::Import);
        let (mut board, ask) = BoardScreen::new(patient, begun);
        board.set_density(f32::from(self.preferences.text_percent) / 100.0);
        self.board = Some(board);
        ask
    }

    fn go(&mut self, place: Place) -> Action {
        let same = self.place == place;
        self.place = place;
        match place {
            Place::Patients if same => self.show_list(),
            Place::Patients if self.board.is_none() => Action::Focus(patients::SEARCH),
            Place::Patients => Action::None,
            Place::Today => {
                let (today, ask) = Today::new();
                self.today = today;
                ask
            }
            Place::Gallery => self.gallery.refresh(),
            Place::Settings => self.settings.enter(self.settings.section()),
        }
    }

    fn open_settings(&mut self, section: Section) -> Action {
        self.place = Place::Settings;
        self.settings.enter(section)
    }

    /// The settings that hold from now on.
    pub fn set_preferences(&mut self, preferences: Preferences) {
        self.preferences = preferences;
    }

    fn show_list(&mut self) -> Action {
        self.board = None;
        self.over = Over::Nothing;
        let refresh = self.patients.refresh();
        Action::all([refresh, Action::Focus(patients::SEARCH)])
    }

    /// The screen in front.
    pub fn view<'a>(&'a self, theme: &Theme, today: NaiveDate, works: &'a Works) -> Element<'a, Message> {
        if let Some(screen) = self.front_import().and_then(|series| self.imports.get(&series)) {
            return screen.view(theme, works).map(Message::Import);
        }
        if let Some(screen) = self.triage.as_ref().filter(|_| self.shows_triage()) {
            return screen.view(theme, works).map(Message::Triage);
        }
        match (self.place, &self.over, &self.board) {
            (Place::Patients, Over::Compare(screen), _) => screen.view(theme, today).map(Message::Compare),
            (Place::Patients, _, Some(board)) => board.view(theme, today).map(Message::Board),
            (Place::Patients, _, None) => self.patients.view(theme, today).map(Message::Patients),
            (Place::Today, ..) => self.today.view(theme, today).map(Message::Today),
            (Place::Gallery, ..) => self.gallery.view(theme, works).map(Message::Gallery),
            (Place::Settings, ..) => self.settings.view(theme, today, works).map(Message::Settings),
        }
    }
}
