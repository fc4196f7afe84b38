//! A patient's board: a tab for each series, rows of views, columns of sessions.

mod background;
pub mod card;
pub mod consents;
mod dialogs;
pub mod document;
pub mod grid;
mod mark;
pub mod mover;
mod paper;
pub mod series_form;
pub mod session_form;
mod view;

use std::collections::HashMap;
use std::sync::Arc;

use chrono::NaiveDate;
use iced::widget::image::Handle;
use iced::widget::scrollable::{AbsoluteOffset, Viewport};
use iced::{Element, Theme};

use super::patients::form::{self, Form};
use crate::align::Decision;
use crate::clock::Now;
use crate::gui::action::Action;
use crate::gui::job::Course;
use crate::gui::job::{Answer, Asked, Failure, Job, PatientPage, Ticket};
use crate::gui::shortcut::Command;
use crate::model::{PatientId, PhotoId, SeriesId, SessionId, ViewId};
use crate::progress::Progress;
use crate::vault::Board;
use background::Compared;
use card::CardPaper;
use consents::Consents;
use document::Document;
use grid::{Cell, Grid};
use mover::Mover;
use paper::Paper;
use series_form::SeriesForm;
use session_form::SessionForm;

/// A cell of the board, logical pixels.
pub const CELL: (f32, f32) = (216.0, 150.0);
/// Name of the selected cell, for scrolling.
const CHOSEN: &str = "board-chosen";
/// Name of the scrolled grid.
pub const GRID: &str = "board-grid";
/// Name of the heads above it.
pub const HEADS: &str = "board-heads";
/// Name of the view names beside it.
pub const NAMES: &str = "board-names";

/// The screen.
pub struct BoardScreen {
    patient: PatientId,
    generation: u64,
    page: Option<Arc<PatientPage>>,
    series: Option<SeriesId>,
    board: Option<Arc<Board>>,
    grid: Grid,
    thumbnails: HashMap<PhotoId, Option<Handle>>,
    stop: Progress,
    selected: Option<Cell>,
    second: Option<Cell>,
    offset: AbsoluteOffset,
    /// Physical pixels for one logical pixel.
    density: f32,
    paper: Option<Paper>,
    consents: Option<Consents>,
    document: Option<Document>,
    mover: Option<Mover>,
    /// Series whose photos were asked to be aligned, once while the board is open.
    aligned: Vec<SeriesId>,
    compared: Compared,
    error: Option<Failure>,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Message {
    /// Back to the list.
    Back,
    /// Another series was chosen.
    Series(SeriesId),
    /// "New series".
    NewSeries,
    /// Correct the plan of the series.
    EditSeries,
    /// Correct a visit.
    EditSession(SessionId),
    /// In the form of a series.
    Form(series_form::Message),
    /// In the form of a visit.
    Visit(session_form::Message),
    /// A cell was clicked.
    Clicked(Cell),
    /// The grid was scrolled.
    Scrolled(Viewport),
    /// "Open".
    Open,
    /// "Compare".
    Compare,
    /// The best pair of this view.
    Best(ViewId),
    /// "Import folder…".
    Import,
    /// Correct the patient's record.
    Edit,
    /// In the form of the record.
    Record(form::Message),
    /// "Card…".
    PrintCard,
    /// In the dialog of the card.
    Card(card::Message),
    /// Open the dialog of consents.
    Consents,
    /// In the dialog of consents.
    Consent(consents::Message),
    /// Over a document.
    Document(document::Message),
    /// "Move…".
    Move,
    /// In the dialog that moves.
    Mover(mover::Message),
    /// Make the selected photo the reference of its view.
    Reference,
}

impl BoardScreen {
    /// The screen of a patient, asking for their page; with one of their series in front, or else the first.
    #[must_use]
    pub fn new(patient: PatientId, series: Option<SeriesId>) -> (Self, Action) {
        let mut screen = Self {
            patient,
            generation: 0,
            page: None,
            series,
            board: None,
            grid: Grid::default(),
            thumbnails: HashMap::new(),
            stop: Progress::silent(),
            selected: None,
            second: None,
            offset: AbsoluteOffset::default(),
            density: 1.0,
            paper: None,
            consents: None,
            document: None,
            mover: None,
            aligned: Vec::new(),
            compared: Compared::default(),
            error: None,
        };
        let ask = screen.refresh();
        (screen, ask)
    }

    /// How many physical pixels a logical one has.
    pub fn set_density(&mut self, density: f32) {
        self.density = density;
    }

    /// Asks for everything again, because something changed.
    pub fn refresh(&mut self) -> Action {
        self.generation += 1;
        Action::Run(Job::OpenPatient(self.ticket(self.patient.0)))
    }

    /// Asks for the series in front again, because something of it changed.
    pub fn reload(&mut self) -> Action {
        self.series.map_or(Action::None, |series| self.show_series(series))
    }

    fn ticket(&self, id: i64) -> Ticket {
        Ticket { id, generation: self.generation }
    }

    /// Takes a message. `now` is the moment consents are recorded at.
    pub fn update(&mut self, message: Message, now: Now) -> Action {
        match message {
            Message::Back => Action::Back,
            Message::Series(series) => self.show_series(series),
            Message::NewSeries => {
                self.begin_series();
                Action::None
            }
            Message::EditSeries => {
                self.paper = self.board.as_ref().map(|board| Paper::Series(SeriesForm::of(&board.series)));
                Action::None
            }
            Message::EditSession(session) => self.edit_session(session, now.today),
            Message::Form(series_form::Message::Cancel)
            | Message::Visit(session_form::Message::Cancel)
            | Message::Record(form::Message::Cancel)
            | Message::Card(card::Message::Cancel) => {
                self.paper = None;
                Action::None
            }
            Message::Form(_) | Message::Visit(_) | Message::Record(_) | Message::Card(_) => {
                self.paper.as_mut().map_or(Action::None, |paper| paper.update(message))
            }
            Message::Clicked(cell) => self.click(cell),
            Message::Scrolled(viewport) => self.scrolled(viewport.absolute_offset()),
            Message::Open => self.open(),
            Message::Compare => self.compare(),
            Message::Best(view) => self.compare_best_of(view),
            Message::Import => self.board.clone().map_or(Action::None, Action::Import),
            Message::Edit => {
                self.paper = self.page.as_ref().map(|page| Paper::Record(Form::of(&page.patient)));
                Action::Focus(form::CODE)
            }
            Message::PrintCard => {
                self.paper = Some(Paper::Card(CardPaper::new(self.patient)));
                Action::Focus(card::FILE)
            }
            Message::Consents => {
                self.open_consents();
                Action::None
            }
            Message::Consent(message) => self.consent(message, now),
            Message::Document(message) => self.over_document(message),
            Message::Move => self.begin_move(),
            Message::Reference => self.make_reference(),
            Message::Mover(mover::Message::Cancel) => {
                self.mover = None;
                Action::None
            }
            Message::Mover(message) => self.mover.as_mut().map_or(Action::None, |mover| mover.update(message)),
        }
    }

    fn edit_session(&mut self, id: SessionId, today: NaiveDate) -> Action {
        let Some(board) = &self.board else { return Action::None };
        let Some(session) = board.sessions.iter().find(|session| session.id == id) else { return Action::None };
        let title = board.labels.get(&id).map(|label| label.title.clone()).unwrap_or_default();
        self.paper = Some(Paper::Visit(SessionForm::new(self.patient, session, title, today)));
        Action::Focus(session_form::DATE)
    }

    /// The selected photo and its view, where it may become the reference there and is not yet.
    fn next_reference(&self) -> Option<(ViewId, PhotoId)> {
        let (cell, board) = (self.selected.filter(|_| self.second.is_none())?, self.board.as_ref()?);
        let id = self.grid.photo(cell)?;
        let view = board.photos.iter().find(|p| p.id == id)?.view?;
        (!board.frames.iter().any(|f| f.view == view && f.reference == id)).then_some((view, id))
    }

    fn make_reference(&mut self) -> Action {
        match (self.next_reference(), self.series) {
            (Some((view, photo)), Some(series)) => {
                let course = Course { patient: self.patient, series };
                Action::Run(Job::Decide(course, Box::new(Decision::Reference { view, photo })))
            }
            _ if self.second.is_some() => Action::Toast(view::text::ONE_FOR_REFERENCE.to_owned()),
            _ => Action::None,
        }
    }

    fn begin_series(&mut self) {
        let others = self.page.as_ref().map_or(&[][..], |page| &page.series);
        self.paper = Some(Paper::Series(SeriesForm::new(self.patient, others)));
    }

    fn show_series(&mut self, series: SeriesId) -> Action {
        if self.series != Some(series) {
            self.board = None;
            self.grid = Grid::default();
            self.selected = None;
            self.second = None;
        }
        self.series = Some(series);
        self.stop.cancel();
        Action::Run(Job::Board(self.ticket(series.0)))
    }

    /// A click selects; a second one in the same row makes a pair; the same cell again lets go of the pair.
    fn click(&mut self, cell: Cell) -> Action {
        if self.grid.photo(cell).is_none() {
            return self.board.clone().map_or(Action::None, Action::Import);
        }
        match (self.selected, self.second) {
            (Some(first), None) if first == cell => return self.open(),
            (Some(first), None) if first.row == cell.row => self.second = Some(cell),
            _ => {
                self.selected = Some(cell);
                self.second = None;
            }
        }
        Action::None
    }

    fn scrolled(&mut self, offset: AbsoluteOffset) -> Action {
        if offset == self.offset {
            return Action::None;
        }
        self.offset = offset;
        Action::all([
            Action::Scroll { id: HEADS, x: offset.x, y: 0.0 },
            Action::Scroll { id: NAMES, x: 0.0, y: offset.y },
        ])
    }

    /// Takes a key.
    pub fn command(&mut self, command: Command) -> Action {
        if let Some(action) = self.dialog_command(command) {
            return action;
        }
        match command {
            Command::Back if self.selected.is_some() => {
                self.selected = None;
                self.second = None;
                Action::None
            }
            Command::Back => Action::Back,
            Command::Up => self.step(-1, 0),
            Command::Down => self.step(1, 0),
            Command::Left => self.step(0, -1),
            Command::Right => self.step(0, 1),
            Command::Accept => self.compare(),
            Command::Open => self.open(),
            Command::BestPair => self.compare_best(),
            Command::Move => self.begin_move(),
            Command::Reference => self.make_reference(),
            Command::Import => self.board.clone().map_or(Action::None, Action::Import),
            Command::New => {
                self.begin_series();
                Action::None
            }
            _ => Action::None,
        }
    }

    fn step(&mut self, down: isize, right: isize) -> Action {
        let (rows, columns) = (self.grid.lines.len(), self.board.as_ref().map_or(0, |b| b.sessions.len()));
        if rows == 0 || columns == 0 {
            return Action::None;
        }
        let start = Cell { row: 0, column: self.grid.filled(0).next_back().unwrap_or(0) };
        self.second = None;
        self.selected = Some(match self.selected {
            None => start,
            Some(cell) => Cell {
                row: cell.row.saturating_add_signed(down).min(rows - 1),
                column: cell.column.saturating_add_signed(right).min(columns - 1),
            },
        });
        Action::Reveal { list: GRID, items: &[CHOSEN] }
    }

    fn compare(&mut self) -> Action {
        let row = (0..self.grid.lines.len()).find(|r| self.grid.filled(*r).count() > 1);
        let selected =
            self.selected.or_else(|| row.map(|row| Cell { row, column: self.grid.filled(row).next().unwrap_or(0) }));
        let pair = selected.and_then(|cell| self.grid.pair(cell, self.second));
        match (self.board.clone(), pair) {
            (Some(board), Some((before, after))) => Action::Compare { board, before, after },
            _ => Action::Toast(view::text::NO_PAIR.to_owned()),
        }
    }

    fn open(&mut self) -> Action {
        let photo = self.selected.and_then(|cell| self.grid.photo(cell));
        match (self.board.clone(), photo) {
            (Some(board), Some(photo)) => Action::Compare { board, before: photo, after: photo },
            _ => Action::None,
        }
    }

    /// Takes what came back; an answer to an older question is dropped.
    pub fn receive(&mut self, answer: Answer) -> Action {
        match answer {
            Answer::PatientOpened(ticket, outcome) if ticket == self.ticket(self.patient.0) => match outcome {
                Ok(page) => {
                    self.error = None;
                    // A series that was taken back is not there any more.
                    let kept = self.series.filter(|own| page.series.iter().any(|s| s.id == *own));
                    let wanted = kept.or(page.series.first().map(|s| s.id));
                    self.page = Some(page);
                    if wanted.is_none() {
                        (self.series, self.board, self.grid) = (None, None, Grid::default());
                    }
                    wanted.map_or(Action::None, |series| self.show_series(series))
                }
                Err(failure) => self.fail(failure),
            },
            Answer::Board(ticket, outcome) if self.series.is_some_and(|s| ticket == self.ticket(s.0)) => {
                match outcome {
                    Ok(board) => {
                        self.error = None;
                        self.take_board(board)
                    }
                    Err(failure) => self.fail(failure),
                }
            }
            Answer::Thumbnail(ticket, photo, handle) if self.series.is_some_and(|s| ticket == self.ticket(s.0)) => {
                let _ = self.thumbnails.insert(photo, handle);
                Action::None
            }
            Answer::PatientEdited(patient, outcome) | Answer::CourseEdited(patient, outcome)
                if patient == self.patient =>
            {
                match outcome {
                    Ok(()) => {
                        self.paper = None;
                        self.refresh()
                    }
                    Err(failure) => self.refused(failure),
                }
            }
            Answer::SeriesAdded(patient, Ok(series)) if patient == self.patient => {
                self.paper = None;
                self.series = Some(series);
                self.board = None;
                self.grid = Grid::default();
                self.refresh()
            }
            Answer::SeriesAdded(patient, Err(failure)) if patient == self.patient => self.refused(failure),
            Answer::Picked(Asked::PatientCard(patient), Some(path)) if patient == self.patient => match &mut self.paper
            {
                Some(Paper::Card(paper)) => paper.pick(path),
                _ => Action::None,
            },
            Answer::Card(answer) => {
                if let Some(Paper::Card(paper)) = &mut self.paper {
                    paper.receive(&answer);
                }
                Action::None
            }
            answer => self.for_dialogs(answer),
        }
    }

    /// Said in the form that asked for it; over the board when it was closed meanwhile.
    fn refused(&mut self, failure: Failure) -> Action {
        match &mut self.paper {
            Some(paper) => paper.fail(failure),
            None => self.error = Some(failure),
        }
        Action::None
    }

    fn fail(&mut self, failure: Failure) -> Action {
        self.error = Some(failure);
        Action::None
    }

    fn take_board(&mut self, board: Arc<Board>) -> Action {
        self.grid = Grid::new(&board);
        let missing: Vec<_> = self
            .grid
            .photos()
            .chain(Grid::unplaced(&board).next().map(|photo| photo.id))
            .filter(|id| !self.thumbnails.contains_key(id))
            .filter_map(|id| board.photos.iter().find(|p| p.id == id).map(|p| (p.id, p.hash)))
            .collect();
        let compute = self.compute(&board);
        self.board = Some(board);
        if missing.is_empty() {
            return compute;
        }
        self.stop = Progress::silent();
        let ticket = self.ticket(self.series.map_or(0, |s| s.0));
        Action::all([Action::Run(Job::Thumbnails { ticket, photos: missing, stop: self.stop.clone() }), compute])
    }

    /// Whose page it is.
    #[must_use]
    pub fn patient(&self) -> PatientId {
        self.patient
    }

    /// The thumbnail of a photo, when it has come.
    #[must_use]
    pub fn thumbnail(&self, photo: PhotoId) -> Option<&Handle> {
        self.thumbnails.get(&photo)?.as_ref()
    }

    /// All thumbnails that have come, for the strip of the comparison.
    #[must_use]
    pub fn thumbnails(&self) -> HashMap<PhotoId, Handle> {
        self.thumbnails.iter().filter_map(|(id, h)| Some((*id, h.clone()?))).collect()
    }

    /// What is marked.
    #[must_use]
    pub fn selection(&self) -> (Option<Cell>, Option<Cell>) {
        (self.selected, self.second)
    }

    /// The screen as it stands.
    #[must_use]
    pub fn view<'a>(&'a self, theme: &Theme, today: NaiveDate) -> Element<'a, Message> {
        view::view(self, theme, today)
    }
}

impl Drop for BoardScreen {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
