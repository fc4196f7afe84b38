//! An open vault: its screens, and which of them is in front.

use chrono::NaiveDate;
use iced::{Element, Theme};

use crate::clock::Now;
use crate::gui::action::{Action, Place};
use crate::gui::job::Answer;
use crate::gui::screen::board::{self, BoardScreen};
use crate::gui::screen::compare::{self, Compare};
use crate::gui::screen::gallery::{self, Gallery};
use crate::gui::screen::import::{self, Import};
use crate::gui::screen::patients::{self, Patients};
use crate::gui::screen::settings::{self, Preferences, Settings};
use crate::gui::screen::today::{self, Today};
use crate::gui::shortcut::{Command, Scope};
use crate::vault::Vault;

/// The screens of an open vault. Dropping it drops keys and pictures.
pub struct Session {
    vault: Vault,
    preferences: Preferences,
    place: Place,
    patients: Patients,
    board: Option<BoardScreen>,
    over: Over,
    today: Today,
    gallery: Gallery,
    settings: Settings,
}

/// What lies over the board.
#[derive(Default)]
enum Over {
    #[default]
    Nothing,
    Compare(Box<Compare>),
    Import(Box<Import>),
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
        let (settings, _) = Settings::new(preferences, vault.dir().display().to_string());
        let (place, board, over) = (Place::Patients, None, Over::Nothing);
        (Self { vault, preferences, place, patients, board, over, today, gallery, settings }, first)
    }

    /// The open vault.
    pub fn vault(&self) -> Vault {
        self.vault.clone()
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
            _ => Scope::Other,
        }
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
            Message::Import(message) => match &mut self.over {
                Over::Import(screen) => screen.update(message),
                _ => Action::None,
            },
            Message::Today(message) => self.today.update(message),
            Message::Gallery(message) => self.gallery.update(message),
            Message::Settings(message) => self.settings.update(message),
        }
    }

    /// Takes a key.
    pub fn command(&mut self, command: Command) -> Action {
        if self.place != Place::Patients {
            return if command == Command::Back { Action::Go(Place::Patients) } else { Action::None };
        }
        match (&mut self.over, &mut self.board) {
            (Over::Compare(screen), _) => screen.command(command),
            (Over::Import(screen), _) => screen.command(command),
            (Over::Nothing, Some(board)) => board.command(command),
            (Over::Nothing, None) => self.patients.command(command),
        }
    }

    /// Takes an answer; each screen knows its own tickets.
    pub fn receive(&mut self, answer: Answer) -> Action {
        let changed = match &answer {
            Answer::Undone(Ok(what)) => Action::all([Action::Toast(format!("Undone: {what}")), self.refresh()]),
            Answer::Undone(Err(failure)) => Action::Toast(failure.0.clone()),
            Answer::Filed(_, Ok(_)) | Answer::Aligned(..) => self.refresh(),
            _ => Action::None,
        };
        let over = match &mut self.over {
            Over::Compare(screen) => screen.receive(answer.clone()),
            Over::Import(screen) => screen.receive(answer.clone()),
            Over::Nothing => Action::None,
        };
        let board = self.board.as_mut().map_or(Action::None, |b| b.receive(answer.clone()));
        let patients = self.patients.receive(answer.clone());
        let today = self.today.receive(answer.clone());
        Action::all([changed, over, board, patients, today, self.gallery.receive(answer)])
    }

    /// Asks again for what is behind: the board and the list.
    fn refresh(&mut self) -> Action {
        let board = self.board.as_mut().map_or(Action::None, BoardScreen::refresh);
        Action::all([board, self.patients.refresh()])
    }

    /// Changes what is in front.
    pub fn navigate(&mut self, action: Action) -> Action {
        match action {
            Action::Go(place) => self.go(place),
            Action::OpenPatient(patient) => {
                self.place = Place::Patients;
                self.over = Over::Nothing;
                let (board, ask) = BoardScreen::new(patient);
                self.board = Some(board);
                ask
            }
            Action::Compare { board, before, after } => {
                let thumbnails = self.board.as_ref().map(BoardScreen::thumbnails).unwrap_or_default();
                let (mut screen, ask) = Compare::new(board, before, after, thumbnails);
                screen.set_density(f32::from(self.preferences.text_percent) / 100.0);
                self.over = Over::Compare(Box::new(screen));
                ask
            }
            Action::Import(board) => {
                let (screen, ask) = Import::new(board);
                self.over = Over::Import(Box::new(screen));
                ask
            }
            Action::Back if matches!(self.over, Over::Nothing) => self.show_list(),
            Action::Back => {
                self.over = Over::Nothing;
                Action::None
            }
            _ => Action::None,
        }
    }

    fn go(&mut self, place: Place) -> Action {
        let same = self.place == place;
        self.place = place;
        match place {
            Place::Patients if same && !matches!(self.over, Over::Import(_)) => self.show_list(),
            Place::Patients => Action::None,
            Place::Today => {
                let (today, ask) = Today::new();
                self.today = today;
                ask
            }
            Place::Gallery => self.gallery.refresh(),
            Place::Settings => {
                self.settings = Settings::new(self.preferences, self.vault.dir().display().to_string()).0;
                Action::None
            }
        }
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
    pub fn view<'a>(&'a self, theme: &Theme, today: NaiveDate) -> Element<'a, Message> {
        match (self.place, &self.over, &self.board) {
            (Place::Patients, Over::Compare(screen), _) => screen.view(theme, today).map(Message::Compare),
            (Place::Patients, Over::Import(screen), _) => screen.view(theme).map(Message::Import),
            (Place::Patients, Over::Nothing, Some(board)) => board.view(theme, today).map(Message::Board),
            (Place::Patients, Over::Nothing, None) => self.patients.view(theme, today).map(Message::Patients),
            (Place::Today, ..) => self.today.view(theme).map(Message::Today),
            (Place::Gallery, ..) => self.gallery.view(theme).map(Message::Gallery),
            (Place::Settings, ..) => self.settings.view().map(Message::Settings),
        }
    }
}
