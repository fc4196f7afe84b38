//! Import: a folder becomes a plan, a person corrects it, and the plan is filed.

mod view;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use iced::widget::image::Handle;
use iced::{Element, Theme};

use crate::gui::action::Action;
use crate::gui::job::{Answer, Asked, Failure, Job, Running, Ticket, Work};
use crate::gui::shortcut::Command;
use crate::import::{self, Plan, Skip};
use crate::model::{PhotoHash, SessionKind, View, ViewId};
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
    Scanning(Running),
    Planned { plan: Plan, cursor: usize },
    Filing(Running),
    Filed { outcome: Arc<import::Outcome>, aligning: Option<Running>, aligned: Option<String>, undone: bool },
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

    fn ticket(&self) -> Ticket {
        Ticket { id: self.board.series.id.0, generation: self.generation }
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message) -> Action {
        match message {
            Message::Back => return self.leave(),
            Message::Folder(folder) => self.folder = folder,
            Message::Choose => return Action::Run(Job::PickFolder(Asked::Import)),
            Message::Scan => return self.scan(),
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
            Message::Cancel => return self.cancel(),
            Message::Undo => {
                // Asked once: a second undo would take back the change before the filing.
                if let Stage::Filed { undone: undone @ false, .. } = &mut self.stage {
                    *undone = true;
                    return Action::Run(Job::Undo);
                }
            }
            Message::Again => {
                self.stage = Stage::Choose;
                return Action::Focus(FOLDER);
            }
        }
        Action::None
    }

    /// Leaving is refused only while photos are being filed; what is aligned goes on.
    fn leave(&mut self) -> Action {
        if matches!(self.stage, Stage::Filing(_)) {
            return Action::Toast(view::text::BUSY.to_owned());
        }
        self.stop.cancel();
        Action::Back
    }

    fn scan(&mut self) -> Action {
        let folder = self.folder.trim();
        if folder.is_empty() || matches!(self.stage, Stage::Scanning(_) | Stage::Filing(_)) {
            return Action::None;
        }
        self.generation += 1;
        self.error = None;
        self.stage = Stage::Scanning(Running::default());
        Action::Run(Job::Scan { ticket: self.ticket(), folder: PathBuf::from(folder) })
    }

    fn file(&mut self) -> Action {
        let Stage::Planned { plan, .. } = &self.stage else { return Action::None };
        if plan.filed().next().is_none() {
            return Action::Toast(view::text::NOTHING.to_owned());
        }
        self.stop.cancel();
        let job = Job::File(Box::new(plan.clone()));
        self.stage = Stage::Filing(Running::default());
        Action::Run(job)
    }

    fn cancel(&mut self) -> Action {
        let (Stage::Scanning(running) | Stage::Filing(running) | Stage::Filed { aligning: Some(running), .. }) =
            &self.stage
        else {
            return Action::None;
        };
        running.handle.clone().map_or(Action::None, Action::Cancel)
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
            Some(Some(Skip::ByHand)) => session.take_back(photo),
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
            Command::Back => return self.leave(),
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
            Answer::Picked(Asked::Import, Some(path)) => {
                self.folder = path.to_string_lossy().into_owned();
                return self.scan();
            }
            Answer::Started(work, handle) => {
                if let Some(running) = self.running(work) {
                    running.handle = Some(handle);
                }
            }
            Answer::Advanced(work, report, seconds) => {
                if let Some(running) = self.running(work) {
                    running.report = Some(report);
                    running.seconds = seconds;
                }
            }
            Answer::Scanned(ticket, outcome) if ticket == self.ticket() => match outcome {
                Ok(plan) => return self.take_plan(Arc::unwrap_or_clone(plan)),
                Err(failure) => {
                    self.stage = Stage::Choose;
                    self.error = Some(failure);
                }
            },
            Answer::Peek(ticket, hash, handle) if ticket == self.ticket() => {
                let _ = self.peeks.insert(hash, handle);
            }
            Answer::Filed(series, Ok(outcome)) if series == self.board.series.id => {
                let aligning = (!outcome.filed.is_empty()).then(Running::default);
                self.stage = Stage::Filed { outcome, aligning, aligned: None, undone: false };
            }
            Answer::Filed(series, Err(failure)) if series == self.board.series.id => {
                self.stage = Stage::Choose;
                self.error = Some(failure);
            }
            Answer::Aligned(series, outcome) if series == self.board.series.id => {
                if let Stage::Filed { aligning, aligned, .. } = &mut self.stage {
                    *aligning = None;
                    *aligned = Some(outcome.unwrap_or_else(|failure| failure.0));
                }
            }
            Answer::Undone(result) => {
                if let Stage::Filed { undone, .. } = &mut self.stage {
                    *undone = result.is_ok();
                }
            }
            Answer::Broke => self.stage = Stage::Choose,
            _ => {}
        }
        Action::None
    }

    fn running(&mut self, work: Work) -> Option<&mut Running> {
        match (&mut self.stage, work) {
            (Stage::Scanning(running), Work::Scan)
            | (Stage::Filing(running), Work::File)
            | (Stage::Filed { aligning: Some(running), .. }, Work::Align) => Some(running),
            _ => None,
        }
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
    pub fn view<'a>(&'a self, theme: &Theme) -> Element<'a, Message> {
        view::view(self, theme)
    }
}

impl Drop for Import {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
