//! Import: a folder becomes a plan, a person corrects it, and the plan is filed.

mod view;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use iced::widget::image::Handle;
use iced::{Element, Theme};

use crate::gui::action::Action;
use crate::gui::job::{Answer, Asked, Course, Failure, Filing, Job, Ticket, Work};
use crate::gui::shortcut::Command;
use crate::gui::works::Works;
use crate::import::{Plan, Skip};
use crate::model::{PatientId, PhotoHash, SessionKind, View, ViewId};
use crate::progress::Progress;
use crate::vault::Board;

/// A small picture beside a line of the plan, logical pixels.
pub const PEEK: (f32, f32) = (96.0, 64.0);
/// Height of a photo's line.
pub const LINE: f32 = 76.0;
/// Name of the folder field, for focus.
pub const FOLDER: &str = "import-folder";
/// Name of the list, for scrolling.
pub const LIST: &str = "import-list";

/// The screen.
pub struct Import {
    board: Arc<Board>,
    views: Vec<View>,
    folder: String,
    generation: u64,
    stage: Stage,
    peeks: HashMap<PhotoHash, Option<Handle>>,
    stop: Progress,
    error: Option<Failure>,
}

/// How far the filing is.
enum Stage {
    Choose,
    Scanning,
    Planned { plan: Plan, cursor: usize },
    Filing { plan: Plan, cursor: usize },
    Filed { filing: Arc<Filing>, aligning: bool, aligned: Option<String>, undone: bool },
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Message {
    /// Back to the board.
    Back,
    /// The folder was edited.
    Folder(String),
    /// "Choose…".
    Choose,
    /// Read the folder.
    Scan,
    /// Take the photos of the vault's tray.
    Tray,
    /// A photo was clicked.
    Select(usize),
    /// A photo was given another view.
    View(usize, ViewChoice),
    /// A photo was left out or taken back.
    Skip(usize),
    /// A visit was given another kind.
    Kind(usize, KindChoice),
    /// File the plan.
    File,
    /// Stop what is running.
    Cancel,
    /// Take the filing back.
    Undo,
    /// Begin again with another folder.
    Again,
}

/// A view in a pick list; none stays in no row of the board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewChoice {
    /// Which view.
    pub view: Option<ViewId>,
    name: String,
}

impl std::fmt::Display for ViewChoice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}

/// A kind of visit in a pick list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KindChoice(pub SessionKind);

impl std::fmt::Display for KindChoice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.words())
    }
}

impl Import {
    /// The screen for a series.
    #[must_use]
    pub fn new(board: Arc<Board>) -> (Self, Action) {
        let views = board.views.iter().filter(|v| !v.retired).cloned().collect();
        let screen = Self {
            board,
            views,
            folder: String::new(),
            generation: 0,
            stage: Stage::Choose,
            peeks: HashMap::new(),
            stop: Progress::silent(),
            error: None,
        };
        (screen, Action::Focus(FOLDER))
    }

    /// Whose photos are filed.
    #[must_use]
    pub fn patient(&self) -> PatientId {
        self.board.patient.id
    }

    fn course(&self) -> Course {
        Course { patient: self.board.patient.id, series: self.board.series.id }
    }

    /// Whether something would be lost or unseen if the screen were dropped.
    #[must_use]
    pub fn is_unfinished(&self) -> bool {
        matches!(self.stage, Stage::Scanning | Stage::Planned { .. } | Stage::Filing { .. })
    }

    /// Whether it waits for the plan of this question.
    #[must_use]
    pub fn waits_for(&self, ticket: Ticket) -> bool {
        matches!(self.stage, Stage::Scanning) && ticket == self.ticket()
    }

    fn ticket(&self) -> Ticket {
        Ticket { id: self.board.series.id.0, generation: self.generation }
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message) -> Action {
        match message {
            Message::Back => return Action::Back,
            Message::Folder(folder) => self.folder = folder,
            Message::Choose => return Action::Run(Job::PickFolder(Asked::Import(self.board.series.id))),
            Message::Scan => return self.scan(),
            Message::Tray => return self.look(None),
            Message::Select(photo) => self.select(photo),
            Message::View(photo, choice) => {
                self.select(photo);
                self.set_view(photo, choice.view);
            }
            Message::Skip(photo) => {
                self.select(photo);
                self.toggle_skip(photo);
            }
            Message::Kind(session, KindChoice(kind)) => {
                if let Stage::Planned { plan, .. } = &mut self.stage
                    && let Some(session) = plan.sessions.get_mut(session)
                {
                    session.set_kind(kind);
                }
            }
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
            Message::Again => {
                self.stage = Stage::Choose;
                return Action::Focus(FOLDER);
            }
        }
        Action::None
    }

    fn scan(&mut self) -> Action {
        let folder = self.folder.trim();
        if folder.is_empty() {
            return Action::None;
        }
        self.look(Some(PathBuf::from(folder)))
    }

    /// Looks at a folder, or without one at the tray.
    fn look(&mut self, folder: Option<PathBuf>) -> Action {
        if matches!(self.stage, Stage::Scanning | Stage::Filing { .. }) {
            return Action::None;
        }
        self.generation += 1;
        self.error = None;
        self.stage = Stage::Scanning;
        Action::Run(Job::Scan { ticket: self.ticket(), patient: self.patient(), folder })
    }

    fn file(&mut self) -> Action {
        let Stage::Planned { plan, cursor } = &self.stage else { return Action::None };
        if plan.filed().next().is_none() {
            return Action::Toast(view::text::NOTHING.to_owned());
        }
        self.stop.cancel();
        self.error = None;
        let job = Job::File(self.patient(), Box::new(plan.clone()));
        // Kept: whatever stops the filing, nobody has to correct forty views again.
        self.stage = Stage::Filing { plan: plan.clone(), cursor: *cursor };
        Action::Run(job)
    }

    /// The work this screen waits for.
    fn work(&self) -> Option<Work> {
        match self.stage {
            Stage::Scanning => Some(Work::Scan(self.course())),
            Stage::Filing { .. } => Some(Work::File(self.course())),
            Stage::Filed { aligning: true, .. } => Some(Work::Align(self.course())),
            _ => None,
        }
    }

    /// Session and photo of a line, counted through all sessions.
    fn place(&self, line: usize) -> Option<(usize, usize)> {
        let Stage::Planned { plan, .. } = &self.stage else { return None };
        let mut rest = line;
        for (i, session) in plan.sessions.iter().enumerate() {
            if rest < session.photos.len() {
                return Some((i, rest));
            }
            rest -= session.photos.len();
        }
        None
    }

    fn select(&mut self, line: usize) {
        if let Stage::Planned { plan, cursor } = &mut self.stage {
            let last = plan.sessions.iter().map(|s| s.photos.len()).sum::<usize>().saturating_sub(1);
            *cursor = line.min(last);
        }
    }

    fn set_view(&mut self, line: usize, view: Option<ViewId>) {
        let Some((session, photo)) = self.place(line) else { return };
        if let Stage::Planned { plan, .. } = &mut self.stage
            && let Some(session) = plan.sessions.get_mut(session)
        {
            session.set_view(photo, view);
        }
    }

    /// Leaves a photo out, or takes it back; what is filed already cannot be taken back.
    fn toggle_skip(&mut self, line: usize) {
        let Some((session, photo)) = self.place(line) else { return };
        let Stage::Planned { plan, .. } = &mut self.stage else { return };
        let Some(session) = plan.sessions.get_mut(session) else { return };
        match session.photos.get(photo).map(|p| p.skip) {
            Some(None) => session.leave_out(photo),
            Some(Some(Skip::ByHand | Skip::PatientCard)) => session.take_back(photo),
            _ => {}
        }
    }

    /// The view before or after the one a photo has, "none" included.
    fn turn_view(&mut self, by: isize) {
        let Stage::Planned { plan, cursor } = &self.stage else { return };
        let line = *cursor;
        let Some((session, photo)) = self.place(line) else { return };
        let current = plan.sessions.get(session).and_then(|s| s.photos.get(photo)).and_then(|p| p.view);
        let at = current.and_then(|id| self.views.iter().position(|v| v.id == id)).map_or(0, |i| i + 1);
        let count = self.views.len() + 1;
        let next = (at + count).saturating_add_signed(by) % count;
        let view = next.checked_sub(1).and_then(|i| self.views.get(i)).map(|v| v.id);
        self.set_view(line, view);
    }

    /// Takes a key.
    pub fn command(&mut self, command: Command) -> Action {
        let cursor = match &self.stage {
            Stage::Planned { cursor, .. } => *cursor,
            _ => 0,
        };
        match command {
            Command::Back => return Action::Back,
            Command::Up => return self.step_to(cursor.saturating_sub(1)),
            Command::Down => return self.step_to(cursor + 1),
            Command::Left => self.turn_view(-1),
            Command::Right => self.turn_view(1),
            Command::Skip => self.toggle_skip(cursor),
            Command::Accept => return if matches!(self.stage, Stage::Choose) { self.scan() } else { self.file() },
            _ => {}
        }
        Action::None
    }

    fn step_to(&mut self, line: usize) -> Action {
        self.select(line);
        let line = if let Stage::Planned { cursor, .. } = self.stage { cursor } else { 0 };
        let heads = self.place(line).map_or(0, |(session, _)| session + 1);
        let y = (line as f32 - 2.0) * LINE + heads as f32 * view::HEAD;
        Action::Scroll { id: LIST, x: 0.0, y: y.max(0.0) }
    }

    /// Takes what came back.
    pub fn receive(&mut self, answer: Answer) -> Action {
        match answer {
            Answer::Picked(Asked::Import(series), Some(path)) if series == self.board.series.id => {
                self.folder = path.to_string_lossy().into_owned();
                return self.scan();
            }
            Answer::Scanned(ticket, outcome) if self.waits_for(ticket) => match outcome {
                Ok(plan) => return self.take_plan(Arc::unwrap_or_clone(plan)),
                Err(failure) => {
                    self.stage = Stage::Choose;
                    self.error = Some(failure);
                }
            },
            Answer::Peek(ticket, hash, handle) if ticket == self.ticket() => {
                let _ = self.peeks.insert(hash, handle);
            }
            Answer::Filed(course, Ok(filing)) if course == self.course() && filing.outcome.cancelled => {
                self.plan_again(Failure(filing.outcome.sentence()));
            }
            Answer::Filed(course, Ok(filing)) if course == self.course() => {
                let aligning = !filing.outcome.filed.is_empty();
                self.stage = Stage::Filed { filing, aligning, aligned: None, undone: false };
            }
            Answer::Filed(course, Err(failure)) if course == self.course() => self.plan_again(failure),
            Answer::Aligned(course, outcome) if course == self.course() => {
                if let Stage::Filed { aligning, aligned, .. } = &mut self.stage {
                    *aligning = false;
                    *aligned = Some(outcome.unwrap_or_else(|failure| failure.0));
                }
            }
            Answer::Redone(entry, Ok(_)) => {
                if let Stage::Filed { filing, undone, .. } = &mut self.stage
                    && filing.undo == Some(entry)
                {
                    *undone = false;
                }
            }
            Answer::Undone(entry, result) => {
                if let Stage::Filed { filing, undone, .. } = &mut self.stage
                    && filing.undo == Some(entry)
                {
                    *undone = result.is_ok();
                }
            }
            _ => {}
        }
        Action::None
    }

    /// Back to the plan as it was corrected, with what stopped its filing.
    fn plan_again(&mut self, why: Failure) {
        self.error = Some(why);
        self.stage = match std::mem::replace(&mut self.stage, Stage::Choose) {
            Stage::Filing { plan, cursor } => Stage::Planned { plan, cursor },
            _ => Stage::Choose,
        };
    }

    fn take_plan(&mut self, plan: Plan) -> Action {
        let photos = plan.sessions.iter().flat_map(|s| &s.photos);
        let files = photos.filter(|p| !self.peeks.contains_key(&p.hash)).map(|p| (p.hash, p.path.clone())).collect();
        self.stage = Stage::Planned { plan, cursor: 0 };
        self.stop = Progress::silent();
        Action::Run(Job::Peeks { ticket: self.ticket(), files, stop: self.stop.clone() })
    }

    /// The plan as it stands, while there is one.
    #[must_use]
    pub fn plan(&self) -> Option<&Plan> {
        match &self.stage {
            Stage::Planned { plan, .. } => Some(plan),
            _ => None,
        }
    }

    /// The screen as it stands.
    #[must_use]
    pub fn view<'a>(&'a self, theme: &Theme, works: &'a Works) -> Element<'a, Message> {
        view::view(self, theme, works)
    }
}

impl Drop for Import {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
