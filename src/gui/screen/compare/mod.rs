//! Compare: two photos of one view in the same frame, baseline pinned, zoomed together.

mod export;
mod facts;
mod matched;
mod proposal;
mod tool;
mod view;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::NaiveDate;
use iced::widget::image::Handle;
use iced::{Element, Theme};

pub use export::EXISTS;
use export::Export;
use matched::Matched;
use proposal::Proposed;
use tool::Tool;
pub use tool::{Kind, Shape, said};

use super::board::grid::{self, Cell, Grid};
use crate::align::Placement;
use crate::align::graded::Grades;
use crate::compare::grade::Comparability;
use crate::geom::{Matrix3, Point, Size};
use crate::gui::action::Action;
use crate::gui::job::{Answer, Asked, FramedRequest, Job, NotSaved, Outcome, Pair, Ticket};
use crate::gui::picture::Shown;
use crate::gui::shortcut::Command;
use crate::gui::widget::photo::Gesture;
use crate::gui::zoom::{Pane, Zoom};
use crate::model::{Photo, PhotoId, SessionLabel};
use crate::vault::Board;

/// Pictures that are kept, the two on the screen included.
const KEPT: usize = 6;
/// One press of + or −.
const STEP: f64 = 1.4;

/// How the pair is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Beside each other.
    Side,
    /// Over each other with a divider.
    Wipe,
    /// Only the later one.
    Single,
}

/// The screen.
pub struct Compare {
    board: Arc<Board>,
    grid: Grid,
    thumbnails: HashMap<PhotoId, Handle>,
    row: usize,
    before: PhotoId,
    after: PhotoId,
    mode: Mode,
    /// How a pair was shown before one photo was looked at alone.
    mode_of_pairs: Mode,
    blink: bool,
    divider: f32,
    zoom: Zoom,
    /// The pane of the last gesture, for zooming by key.
    pane: Option<Pane>,
    generation: u64,
    shown: HashMap<PhotoId, Outcome<Arc<Shown>>>,
    asked: HashSet<PhotoId>,
    /// Where each picture was last asked to be drawn.
    matrices: HashMap<PhotoId, Option<Matrix3>>,
    /// What was asked about pairs, and what came back.
    grades: HashMap<Pair, Option<Arc<Comparability>>>,
    export: Option<Export>,
    matched: Matched,
    proposed: Proposed,
    /// The tool in hand.
    tool: Option<Tool>,
    /// Whether a decision is on its way.
    deciding: bool,
    /// Counts what the pixels were asked to refine.
    refinements: u64,
    density: f32,
    /// Whether a GPU draws.
    on_gpu: bool,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Message {
    /// Back to the board.
    Back,
    /// A mode was chosen.
    Mode(Mode),
    /// Match exposure and colour, or show both as they were taken.
    Match,
    /// Go to the best pair of the view.
    BestPair,
    /// The hand did something over a pane.
    Gesture(Gesture),
    /// A session of the strip was clicked.
    Session(PhotoId),
    /// "Export".
    Export,
    /// The path was edited.
    Path(String),
    /// "Choose…".
    Choose,
    /// Use the suggested alignment, or leave the pictures as they were taken.
    AcceptSuggestion(bool),
    /// Save.
    Save,
    /// Save over the file that is there.
    Replace,
    /// Close the dialog.
    CancelExport,
    /// The hand did something over the pane of this photo while a tool is in it.
    Hand(PhotoId, Gesture),
    /// The suggested alignment is right, or not.
    Suggestion(bool),
    /// Ask the engine again.
    AlignAgain,
    /// Take up a tool, or put it down.
    Tool(Kind),
    /// Keep what the tool made.
    Keep,
    /// Put the tool down.
    Leave,
    /// Take the last point away.
    TakeBack,
    /// Let the pixels refine the points, or choose between both.
    Refine,
    /// How the region is drawn.
    Shape(Shape),
    /// No region counts alone any more.
    Everything,
    /// The known length was edited.
    Length(String),
    /// Nobody knows the scale.
    ForgetScale,
}

impl Compare {
    /// A pair of a board; the same photo twice shows that one alone.
    #[must_use]
    pub fn new(
        board: Arc<Board>,
        before: PhotoId,
        after: PhotoId,
        thumbnails: HashMap<PhotoId, Handle>,
    ) -> (Self, Action) {
        let grid = Grid::new(&board);
        let row = grid.find(after).map_or(0, |c| c.row);
        let mut screen = Self {
            grid,
            thumbnails,
            row,
            before,
            after,
            mode: if before == after { Mode::Single } else { Mode::Side },
            mode_of_pairs: Mode::Side,
            blink: false,
            divider: 0.5,
            zoom: Zoom::fit(Size::new(1, 1)),
            pane: None,
            generation: 0,
            shown: HashMap::new(),
            asked: HashSet::new(),
            matrices: HashMap::new(),
            grades: HashMap::new(),
            export: None,
            matched: Matched::default(),
            proposed: Proposed::default(),
            tool: None,
            deciding: false,
            refinements: 0,
            density: 1.0,
            on_gpu: false,
            board,
        };
        screen.zoom = Zoom::fit(screen.frame());
        let ask = screen.ask();
        (screen, ask)
    }

    /// Physical pixels for one logical pixel, where they differ.
    pub fn set_density(&mut self, density: f32) {
        self.density = density;
    }

    /// Size of the frame of the current view; without one, the earlier photo is its own frame.
    #[must_use]
    pub fn frame(&self) -> Size {
        let view = self.photo(self.before).and_then(|p| p.view);
        let frame = self.board.frames.iter().find(|f| Some(f.view) == view).map(|f| f.size);
        frame.or(self.photo(self.before).map(|p| p.size)).unwrap_or(Size::new(3, 2))
    }

    fn photo(&self, id: PhotoId) -> Option<&Photo> {
        self.board.photos.iter().find(|p| p.id == id)
    }

    fn placed(&self, id: PhotoId) -> Placement {
        grid::placed(&self.board, id)
    }

    fn label(&self, id: PhotoId) -> Option<&SessionLabel> {
        self.board.labels.get(&self.photo(id)?.session)
    }

    /// Photos of the row by session.
    fn sessions(&self) -> Vec<PhotoId> {
        self.grid.filled(self.row).filter_map(|column| self.grid.photo(Cell { row: self.row, column })).collect()
    }

    /// Asks for the pictures of the pair and, once these are there, for those of the sessions beside it; forgets those far
    /// away.
    fn ask(&mut self) -> Action {
        let row = self.sessions();
        let at = row.iter().position(|p| *p == self.after).unwrap_or(0);
        let pair = [self.before, self.after];
        let beside = [at + 1, at.wrapping_sub(1)].into_iter().filter_map(|i| row.get(i).copied());
        let mut wanted: Vec<PhotoId> = pair.into_iter().chain(beside).collect();
        if self.shown.len() > KEPT {
            self.shown.retain(|id, _| wanted.contains(id));
            self.asked.retain(|id| wanted.contains(id));
        }
        if !pair.iter().all(|id| self.shown.contains_key(id)) {
            wanted.truncate(pair.len());
        }
        wanted.retain(|id| !self.asked.contains(id));
        let pictures = wanted.into_iter().map(|id| self.ask_for(id)).collect();
        Action::all([Action::Many(pictures), self.ask_grade(), self.ask_matched()])
    }

    /// Asks for one picture, unless it is asked for.
    fn ask_for(&mut self, id: PhotoId) -> Action {
        match self.request(id) {
            Some(request) if self.asked.insert(id) => {
                let _ = self.matrices.insert(id, request.matrix);
                Action::Run(Job::Framed(Box::new(request)))
            }
            _ => Action::None,
        }
    }

    /// Asks how far the pair may be compared, once both pictures are there: those come first. What the board was graded by
    /// holds here too.
    fn ask_grade(&mut self) -> Action {
        let pair = self.pair();
        if pair.0 == pair.1 || self.grades.contains_key(&pair) {
            return Action::None;
        }
        if let Some(known) = Grades::new(&self.board).of_pair(pair) {
            let _ = self.grades.insert(pair, Some(Arc::new(known.clone())));
            return Action::None;
        }
        if [pair.0, pair.1].iter().any(|id| self.picture(*id).is_none()) {
            return Action::None;
        }
        let _ = self.grades.insert(pair, None);
        Action::Run(Job::Grade { pair, board: self.board.clone() })
    }

    fn request(&self, id: PhotoId) -> Option<FramedRequest> {
        let photo = self.photo(id)?;
        Some(FramedRequest {
            ticket: Ticket { id: id.0, generation: self.generation },
            hash: photo.hash,
            size: photo.size,
            // A suggestion is drawn too, and said to be one.
            matrix: self.wanted(id).or_else(|| self.placed(id).place(true).map(|place| place.matrix)),
            frame: self.frame(),
        })
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message) -> Action {
        match message {
            Message::Back => return Action::Back,
            Message::Mode(_) | Message::Match | Message::BestPair if self.tool.is_some() => {}
            Message::BestPair => return self.propose(),
            Message::Match => return self.toggle_matched(),
            Message::Mode(mode) => self.mode = mode,
            Message::Gesture(Gesture::OnGpu) => {
                self.on_gpu = true;
                return self.upload(self.shown.keys().copied().collect());
            }
            Message::Gesture(gesture) => self.gesture(gesture),
            Message::Hand(_, Gesture::OnGpu) => return self.update(Message::Gesture(Gesture::OnGpu)),
            Message::Hand(over, gesture) => return self.tool_gesture(over, gesture),
            Message::Suggestion(right) => return self.answer_suggestion(right),
            Message::AlignAgain => return self.align_again(),
            Message::Tool(kind) => return self.take_up(kind),
            Message::Leave => return self.put_down(),
            Message::Keep
            | Message::TakeBack
            | Message::Refine
            | Message::Shape(_)
            | Message::Everything
            | Message::Length(_)
            | Message::ForgetScale => return self.tool_update(message),
            Message::Session(photo) => return self.show(photo),
            Message::Export if self.before != self.after => {
                let (export, focus) = Export::new(self.pair(), self.matched.is_on());
                self.export = Some(export);
                return focus;
            }
            Message::Export => return Action::Toast(view::text::ONE_PHOTO.to_owned()),
            Message::CancelExport => self.export = None,
            message => return self.export.as_mut().map_or(Action::None, |export| export.update(message)),
        }
        Action::None
    }

    /// Whether the dialog waits for this pair to be saved.
    #[must_use]
    pub fn is_saving(&self, pair: Pair) -> bool {
        self.export.as_ref().is_some_and(|export| export.is_saving(pair))
    }

    /// How the pair lies in its frame: the less certain of both. The baseline usually is the reference.
    fn pair_placed(&self) -> (PhotoId, Placement) {
        let [before, after] = [self.before, self.after].map(|id| (id, self.placed(id)));
        if before.1.doubt() > after.1.doubt() { before } else { after }
    }

    /// How both lie to each other.
    fn pair_standing(&self) -> Placement {
        Placement::of_pair(&self.placed(self.before), &self.placed(self.after))
    }

    fn gesture(&mut self, gesture: Gesture) {
        match gesture {
            Gesture::Zoomed { pane, cursor, by } => {
                self.zoom = self.zoom.about(pane, cursor, by);
                self.pane = Some(pane);
            }
            Gesture::Dragged { pane, dx, dy } => {
                self.zoom = self.zoom.dragged(pane, dx, dy);
                self.pane = Some(pane);
            }
            Gesture::Fit { pane } => {
                self.zoom = self.zoom.toggled(pane);
                self.pane = Some(pane);
            }
            Gesture::Divided(part) => self.divider = part,
            Gesture::OnGpu | Gesture::Clicked { .. } | Gesture::Hovered { .. } | Gesture::Drawn { .. } => {}
        }
    }

    /// Takes a key.
    pub fn command(&mut self, command: Command) -> Action {
        if self.export.is_some() {
            if command == Command::Back {
                self.export = None;
            }
            return Action::None;
        }
        if self.tool.is_some() {
            match command {
                Command::Back => return self.put_down(),
                Command::Accept => return self.update(Message::Keep),
                Command::TakeBack => return self.update(Message::TakeBack),
                Command::Refine => return self.update(Message::Refine),
                // Whoever goes elsewhere would not see any more what the tool is about.
                Command::Left
                | Command::Right
                | Command::Up
                | Command::Down
                | Command::SideBySide
                | Command::Wipe
                | Command::Export => return Action::None,
                _ => {}
            }
        }
        match command {
            Command::Agree => return self.answer_suggestion(true),
            Command::Disagree => return self.answer_suggestion(false),
            Command::AlignAgain => return self.align_again(),
            Command::Points => return self.take_up(Kind::Points),
            Command::Region => return self.take_up(Kind::Region),
            Command::Scale => return self.take_up(Kind::Scale),
            Command::Back => return Action::Back,
            Command::Left => return self.step(-1),
            Command::Right => return self.step(1),
            Command::Up => return self.change_view(-1),
            Command::Down => return self.change_view(1),
            Command::SideBySide => self.mode = Mode::Side,
            Command::Match => return self.update(Message::Match),
            Command::BestPair => return self.update(Message::BestPair),
            Command::Wipe => self.mode = if self.mode == Mode::Wipe { Mode::Side } else { Mode::Wipe },
            Command::Blink => self.blink = true,
            Command::BlinkEnd => self.blink = false,
            Command::Fit => self.zoom = Zoom::fit(self.frame()),
            Command::ZoomIn => self.zoom_by(STEP),
            Command::ZoomOut => self.zoom_by(1.0 / STEP),
            Command::Export => return self.update(Message::Export),
            _ => {}
        }
        Action::None
    }

    fn zoom_by(&mut self, by: f64) {
        let frame = self.frame();
        let usual = Pane { extent: (560.0, 740.0), frame };
        let pane = Pane { frame, ..self.pane.unwrap_or(usual) };
        self.zoom = self.zoom.about(pane, Point::new(pane.extent.0 / 2.0, pane.extent.1 / 2.0), by);
    }

    /// The session before or after, the baseline left where it is and the zoom kept.
    fn step(&mut self, by: isize) -> Action {
        let row: Vec<_> =
            self.sessions().into_iter().filter(|p| *p != self.before || self.mode == Mode::Single).collect();
        let at = row.iter().position(|p| *p == self.after).unwrap_or(0);
        match row.get(at.saturating_add_signed(by).min(row.len().saturating_sub(1))) {
            Some(photo) => self.show(*photo),
            None => Action::None,
        }
    }

    fn show(&mut self, photo: PhotoId) -> Action {
        let left = self.put_down();
        self.after = photo;
        if photo == self.before && self.mode != Mode::Single {
            self.mode_of_pairs = self.mode;
            self.mode = Mode::Single;
        } else if photo != self.before && self.mode == Mode::Single {
            self.mode = self.mode_of_pairs;
        }
        Action::all([left, self.ask()])
    }

    /// The view above or below: its baseline, and the same session where it has one.
    fn change_view(&mut self, by: isize) -> Action {
        let session = self.photo(self.after).map(|p| p.session);
        let old = self.frame();
        let mut row = self.row;
        loop {
            let next = row.saturating_add_signed(by);
            if next == row || next >= self.grid.lines.len() {
                return Action::None;
            }
            row = next;
            if self.grid.filled(row).next().is_some() {
                break;
            }
        }
        self.row = row;
        let photos = self.sessions();
        let same = photos.iter().find(|p| self.photo(**p).map(|p| p.session) == session).or(photos.last());
        let (Some(first), Some(same)) = (photos.first().copied(), same.copied()) else { return Action::None };
        self.before = first;
        self.after =
            if same == first && self.mode != Mode::Single { photos.last().copied().unwrap_or(first) } else { same };
        if self.after == self.before {
            self.mode = Mode::Single;
        }
        self.zoom = if self.zoom.factor > 1.0 { self.zoom.carried(old, self.frame()) } else { Zoom::fit(self.frame()) };
        self.ask()
    }

    /// Takes what came back; a picture asked for by an older comparison is dropped.
    pub fn receive(&mut self, answer: Answer) -> Action {
        match answer {
            Answer::Framed(ticket, outcome) if ticket.generation == self.generation => {
                let id = PhotoId(ticket.id);
                if self.asked.contains(&id) {
                    let _ = self.shown.insert(id, outcome);
                    self.was_drawn(id);
                }
                let upload = if self.on_gpu { self.upload(vec![id]) } else { Action::None };
                Action::all([upload, self.ask()])
            }
            Answer::Board(_, Ok(board)) if board.series.id == self.board.series.id => self.take_board(board),
            Answer::Original(ticket, original) => {
                self.take_original(ticket, original);
                Action::None
            }
            Answer::Refined(ticket, refined) => self.take_refined(ticket, refined),
            Answer::Decided(course, decision, outcome) if course == self.course() => self.decided(&decision, &outcome),
            Answer::Matched(ticket, outcome) => self.take_matched(ticket, outcome),
            Answer::GradedAll(ticket, graded) => self.take_proposal(ticket, graded),
            Answer::Graded(pair, graded) => {
                if let Some(kept) = self.grades.get_mut(&pair) {
                    *kept = graded;
                }
                Action::None
            }
            Answer::Picked(Asked::Composite(pair), Some(path)) => {
                if let Some(export) = self.export.as_mut().filter(|export| export.is_for(pair)) {
                    export.pick(path);
                }
                Action::None
            }
            Answer::CompositeSaved(pair, outcome) => {
                if self.is_saving(pair) {
                    self.saved(outcome.err());
                }
                Action::None
            }
            Answer::Thumbnail(_, photo, Some(handle)) => {
                if self.photo(photo).is_some() {
                    let _ = self.thumbnails.insert(photo, handle);
                }
                Action::None
            }
            _ => Action::None,
        }
    }

    /// The series as it is now: photos that were placed anew meanwhile are drawn anew, pair and zoom stay.
    fn take_board(&mut self, board: Arc<Board>) -> Action {
        let is_there = |id: PhotoId| board.photos.iter().any(|p| p.id == id);
        if !is_there(self.before) || !is_there(self.after) {
            return Action::Back;
        }
        if same_but_measures(&board, &self.board) {
            self.board = board;
            return Action::None;
        }
        let frames = |board: &Board| board.frames.iter().map(|f| (f.view, f.id)).collect::<Vec<_>>();
        let same_frames = frames(&board) == frames(&self.board);
        let stays = |id: &PhotoId| same_frames && grid::placed(&board, *id) == grid::placed(&self.board, *id);
        self.shown.retain(|id, _| stays(id));
        // What is still on its way was asked for by what held before.
        self.asked.retain(|id| self.shown.contains_key(id));
        self.generation += 1;
        self.grades.clear();
        self.matched.forget();
        self.proposed.forget();
        self.grid = Grid::new(&board);
        self.row = self.grid.find(self.after).map_or(0, |cell| cell.row);
        self.board = board;
        if !same_frames {
            self.tool = None;
        }
        self.ask()
    }

    fn upload(&self, photos: Vec<PhotoId>) -> Action {
        Action::Upload(photos.iter().filter_map(|id| self.shown.get(id)?.as_ref().ok().cloned()).collect())
    }

    fn saved(&mut self, problem: Option<NotSaved>) {
        match (&mut self.export, problem) {
            (Some(export), Some(problem)) => export.fail(problem),
            _ => self.export = None,
        }
    }

    fn picture(&self, id: PhotoId) -> Option<&Shown> {
        self.shown.get(&id)?.as_ref().ok().map(Arc::as_ref)
    }

    /// The pair on the screen.
    #[must_use]
    pub fn pair(&self) -> (PhotoId, PhotoId) {
        (self.before, self.after)
    }

    /// How it is shown.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// What part of the frame is shown.
    #[must_use]
    pub fn zoom(&self) -> Zoom {
        self.zoom
    }

    /// The screen as it stands.
    #[must_use]
    pub fn view<'a>(&'a self, theme: &Theme, today: NaiveDate) -> Element<'a, Message> {
        view::view(self, theme, today)
    }
}

/// Whether nothing of a series changed but what was measured of its pairs.
fn same_but_measures(new: &Board, old: &Board) -> bool {
    (&new.series, &new.views, &new.sessions) == (&old.series, &old.views, &old.sessions)
        && (&new.photos, &new.frames, &new.alignments) == (&old.photos, &old.frames, &old.alignments)
}
