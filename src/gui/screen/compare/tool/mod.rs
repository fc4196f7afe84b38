//! The tools of the comparison: points that place a photo, a region that alone counts, a scale from a known length.
//!
//! A tool stands over the pair until the person keeps what it made or leaves it. Nothing is stored before that.

mod loupe;
mod overlay;
mod view;

use std::sync::Arc;

use super::{Compare, Message, Mode};
use crate::align::{self, Decision, Placement};
use crate::geom::{Matrix3, Point, Size};
use crate::gui::action::Action;
use crate::gui::job::{Course, Failure, Job, Outcome, Ticket};
use crate::gui::picture;
use crate::gui::widget::photo::{Gesture, Purpose};
use crate::gui::zoom::Pane;
use crate::imaging::Picture;
use crate::model::{Alignment, FrameId, Landmark, Model, Photo, PhotoId};
use crate::registration::landmarks::{self, Placed};
use crate::registration::{self, Registration};
use loupe::Loupe;
use overlay::Overlay;
pub use view::said;

/// The field for the known length.
const LENGTH: &str = "known-length";
/// More pairs of points than this say nothing more.
const MOST_PAIRS: usize = 6;
/// The points of a lasso lie at least this far apart, logical pixels.
const LASSO_STEP: f64 = 4.0;
/// Two ends of a known length that lie nearer than this measure nothing, frame pixels.
const LEAST_LENGTH: f64 = 4.0;

mod text {
    pub const TWO_PHOTOS: &str = "This needs two photos. Choose another session in the strip first.";
    pub const NO_FRAME: &str = "This view has no reference yet. Its photos are being aligned; try again in a moment.";
    pub const OTHER_FIRST: &str =
        "The other photo of this pair has no certain place yet. Compare with the reference of this view instead.";
    pub const NO_PLACE: &str =
        "This photo has no certain place yet: what is marked on it would be another spot. Mark it in the other photo.";
    pub const SAME_PHOTO: &str = "This photo is the reference of its view: it lies where it lies.";
}

/// Which tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The same spots in both photos.
    Points,
    /// What alone counts.
    Region,
    /// A known length.
    Scale,
}

/// How a region is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// From corner to corner.
    Rectangle,
    /// As the hand goes.
    Lasso,
}

/// A spot that was clicked.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Click {
    /// In the photo that is placed, in its own pixels.
    Photo(Point),
    /// In the photo that lies already, in the frame.
    Frame(Point),
}

/// The tool over a pair.
pub(super) struct Tool {
    pub(super) kind: Kind,
    /// The photo that is placed.
    photo: PhotoId,
    frame: FrameId,
    /// Size of that photo, and of its frame.
    sizes: (Size, Size),
    /// How that photo lies on the screen, and how it is to be drawn where that differs.
    drawn: Matrix3,
    clicks: Vec<Click>,
    /// The ends of a known length, in the frame.
    ends: Vec<Point>,
    /// Its millimetres, as they were typed.
    length: String,
    region: Vec<Point>,
    shape: Shape,
    refined: Option<Box<Registration>>,
    /// Whether what the pixels made of the points is taken.
    use_refined: bool,
    refining: bool,
    busy: bool,
    problem: Option<String>,
    loupe: Loupe,
}

impl Tool {
    /// The pairs of spots, in the order they were clicked.
    fn landmarks(&self) -> Vec<Landmark> {
        let photo = self.clicks.iter().filter_map(|c| if let Click::Photo(p) = c { Some(*p) } else { None });
        let frame = self.clicks.iter().filter_map(|c| if let Click::Frame(p) = c { Some(*p) } else { None });
        photo.zip(frame).map(|(photo, frame)| Landmark { photo, frame }).collect()
    }

    /// What the points give, where they suffice.
    fn placed(&self) -> Option<Result<Placed, landmarks::LandmarkError>> {
        let marks = self.landmarks();
        (marks.len() >= landmarks::needed(Model::Similarity)).then(|| align::place(&marks, self.sizes))
    }

    /// What the points give and is not kept yet: its residual, and its turn and scale.
    pub(super) fn proposed(&self) -> Option<(Option<f64>, Matrix3)> {
        let placed = self.placed().filter(|_| self.kind == Kind::Points)?.ok()?;
        match &self.refined {
            Some(refined) if self.use_refined => Some((refined.residual_px, refined.matrix?)),
            _ => Some((placed.residual_px, placed.matrix)),
        }
    }

    /// Where the photo is to be drawn: as the points say, refined or not.
    fn wanted(&self) -> Option<Matrix3> {
        match &self.refined {
            Some(refined) if self.use_refined => refined.matrix,
            _ => self.placed()?.ok().map(|placed| placed.matrix),
        }
    }

    /// Millimetres of a frame pixel, where both ends and the length are known.
    fn mm_per_px(&self) -> Option<f64> {
        let [from, to] = self.ends.as_slice() else { return None };
        let distance = from.distance(*to);
        let mm: f64 = self.length.trim().replace(',', ".").parse().ok()?;
        (distance >= LEAST_LENGTH && mm.is_finite() && mm > 0.0).then(|| mm / distance)
    }

    fn region_counts(&self) -> bool {
        registration::Region::lasso(self.region.clone()).is_some()
    }

    /// What is stored when the person keeps it; none while something is missing.
    fn decision(&self) -> Option<Decision> {
        let (photo, frame) = (self.photo, self.frame);
        match self.kind {
            Kind::Points => {
                let _place = self.placed()?.ok()?;
                let refined = self.refined.clone().filter(|_| self.use_refined);
                Some(Decision::ByPoints { photo, frame, landmarks: self.landmarks(), refined })
            }
            Kind::Region => self.region_counts().then(|| Decision::Again { photo, frame, region: self.region.clone() }),
            Kind::Scale => self.mm_per_px().map(|mm| Decision::Scale { frame, mm_per_px: Some(mm) }),
        }
    }

    fn forget_refinement(&mut self) {
        self.refined = None;
        self.use_refined = false;
        self.refining = false;
        self.problem = None;
    }
}

impl Compare {
    pub(super) fn course(&self) -> Course {
        Course { patient: self.board.patient.id, series: self.board.series.id }
    }

    /// The photo of the pair whose place is asked about, and its answer in the current frame.
    pub(super) fn alignment(&self, photo: PhotoId) -> Option<&Alignment> {
        let view = self.photo(photo)?.view?;
        let frame = self.board.frames.iter().find(|f| f.view == view)?;
        self.board.alignments.iter().find(|a| a.photo == photo && a.frame == frame.id)
    }

    /// Says yes or no to the suggestion on the screen.
    pub(super) fn answer_suggestion(&mut self, right: bool) -> Action {
        let (photo, placement) = self.pair_placed();
        let seen = self.alignment(photo).and_then(|a| a.id);
        match (placement, seen) {
            (Placement::Suggestion(..), Some(seen)) if self.before != self.after => {
                self.decide(if right { Decision::Accept(seen) } else { Decision::Reject(seen) })
            }
            _ => Action::None,
        }
    }

    /// Asks the engine again about the photo on the screen, within the region it has.
    pub(super) fn align_again(&mut self) -> Action {
        let (photo, placement) = self.pair_placed();
        let Some(frame) = self.frame_of(photo) else { return Action::Toast(text::NO_FRAME.to_owned()) };
        if matches!(placement, Placement::Reference(_)) {
            return Action::Toast(text::SAME_PHOTO.to_owned());
        }
        let region = self.alignment(photo).map(|a| a.basis.region.clone()).unwrap_or_default();
        self.decide(Decision::Again { photo, frame, region })
    }

    pub(super) fn decide(&mut self, decision: Decision) -> Action {
        if self.deciding {
            return Action::None;
        }
        self.deciding = true;
        Action::Run(Job::Decide(self.course(), Box::new(decision)))
    }

    fn frame_of(&self, photo: PhotoId) -> Option<FrameId> {
        let view = self.photo(photo)?.view?;
        self.board.frames.iter().find(|f| f.view == view).map(|f| f.id)
    }

    /// How a photo lies on the screen: by its place, or in the middle of the frame as it was taken.
    fn lies(&self, photo: &Photo) -> Matrix3 {
        if let Some(place) = self.placed(photo.id).place(true) {
            return place.matrix;
        }
        let rect = picture::middle(photo.size, self.frame());
        let scale = rect.width / f64::from(photo.size.width.max(1));
        Matrix3::translation(rect.x, rect.y).after(&Matrix3::scaling(scale, scale))
    }

    /// Takes up a tool, or says why not.
    pub(super) fn take_up(&mut self, kind: Kind) -> Action {
        if self.tool.as_ref().is_some_and(|tool| tool.kind == kind) {
            return self.put_down();
        }
        let left = self.put_down();
        let (photo, placement) =
            if self.mode == Mode::Single { (self.after, self.placed(self.after)) } else { self.pair_placed() };
        let Some(frame) = self.frame_of(photo) else { return Action::Toast(text::NO_FRAME.to_owned()) };
        let other = if photo == self.before { self.after } else { self.before };
        let refusal = match kind {
            Kind::Points | Kind::Region if self.before == self.after => Some(text::TWO_PHOTOS),
            Kind::Points | Kind::Region if matches!(placement, Placement::Reference(_)) => Some(text::SAME_PHOTO),
            Kind::Points | Kind::Region | Kind::Scale if self.placed(other).place(false).is_none() => {
                Some(text::OTHER_FIRST)
            }
            _ => None,
        };
        let Some(found) = self.photo(photo) else { return Action::None };
        if let Some(sentence) = refusal {
            return Action::Toast(sentence.to_owned());
        }
        let drawn = self.lies(found);
        let alignment = self.alignment(photo);
        let region = alignment.map(|a| a.basis.region.clone()).unwrap_or_default();
        self.tool = Some(Tool {
            kind,
            photo,
            frame,
            sizes: (found.size, self.frame()),
            drawn,
            clicks: Vec::new(),
            ends: Vec::new(),
            length: String::new(),
            region,
            shape: Shape::Rectangle,
            refined: None,
            use_refined: false,
            refining: false,
            busy: false,
            problem: None,
            loupe: Loupe::default(),
        });
        if self.mode == Mode::Wipe {
            self.mode = Mode::Side;
        }
        self.blink = false;
        let mut shown = vec![self.before, self.after];
        shown.dedup();
        let ticket = |id: PhotoId| Ticket { id: id.0, generation: self.generation };
        let originals = shown.into_iter().map(|id| Action::Run(Job::Original(ticket(id)))).collect();
        Action::all([left, Action::Many(originals)])
    }

    /// Leaves the tool without a trace.
    pub(super) fn put_down(&mut self) -> Action {
        let Some(tool) = self.tool.take() else { return Action::None };
        let there = self.photo(tool.photo).map(|photo| self.lies(photo));
        if there == Some(tool.drawn) { self.ask_matched() } else { self.redraw(tool.photo) }
    }

    /// Draws a photo anew where it belongs now.
    fn redraw(&mut self, photo: PhotoId) -> Action {
        // What is on its way belongs to another place: it must not come after what is asked now.
        self.generation += 1;
        self.asked.retain(|id| *id != photo && self.shown.contains_key(id));
        let first = self.ask_for(photo);
        Action::all([first, self.ask()])
    }

    /// Where the tool in hand wants a photo to be drawn.
    pub(super) fn wanted(&self, photo: PhotoId) -> Option<Matrix3> {
        self.tool.as_ref().filter(|tool| tool.photo == photo && tool.kind == Kind::Points)?.wanted()
    }

    /// A picture has come: where it lies from now on.
    pub(super) fn was_drawn(&mut self, photo: PhotoId) {
        let matrix = self.matrices.get(&photo).copied().flatten();
        let there = self.photo(photo).map(|photo| self.lies(photo));
        if let Some(tool) = self.tool.as_mut().filter(|tool| tool.photo == photo) {
            tool.drawn = matrix.or(there).unwrap_or(tool.drawn);
        }
    }

    /// What the hand is there for over the panes.
    pub(super) fn purpose(&self) -> Purpose {
        match self.tool.as_ref().map(|tool| tool.kind) {
            None => Purpose::Look,
            Some(Kind::Region) => Purpose::Draw,
            Some(Kind::Points | Kind::Scale) => Purpose::Point,
        }
    }

    /// A gesture over the pane of a photo, for the tool.
    pub(super) fn tool_gesture(&mut self, over: PhotoId, gesture: Gesture) -> Action {
        match gesture {
            Gesture::Clicked { pane, at } => self.click(over, self.zoom.to_frame(pane, at)),
            Gesture::Hovered { pane, at } => {
                self.hover(over, pane, at);
                Action::None
            }
            Gesture::Drawn { pane, at, first } => {
                self.draw(over, pane, at, first);
                // A line goes along what the loupe shows.
                self.hover(over, pane, Some(at));
                Action::None
            }
            gesture => {
                self.gesture(gesture);
                Action::None
            }
        }
    }

    /// Whether a spot on this photo is one of the frame. Says so where it is not.
    fn is_of_frame(&mut self, over: PhotoId) -> bool {
        let lies = self.placed(over).place(false).is_some();
        if let Some(tool) = self.tool.as_mut() {
            tool.problem = (!lies).then(|| text::NO_PLACE.to_owned());
        }
        lies
    }

    fn click(&mut self, over: PhotoId, spot: Point) -> Action {
        let Some(kind) = self.tool.as_ref().filter(|tool| !tool.busy).map(|tool| tool.kind) else {
            return Action::None;
        };
        if kind == Kind::Scale && !self.is_of_frame(over) {
            return Action::None;
        }
        let Some(tool) = self.tool.as_mut() else { return Action::None };
        match kind {
            Kind::Region => return Action::None,
            Kind::Scale => {
                if tool.ends.len() == 2 {
                    tool.ends.clear();
                }
                tool.ends.push(spot);
                return if tool.ends.len() == 2 { Action::Focus(LENGTH) } else { Action::None };
            }
            Kind::Points => {}
        }
        let click = if over == tool.photo {
            let Some(back) = tool.drawn.inverse() else { return Action::None };
            Click::Photo(back.apply(spot))
        } else {
            Click::Frame(spot)
        };
        let same = tool.clicks.iter().filter(|c| std::mem::discriminant(*c) == std::mem::discriminant(&click)).count();
        if same >= MOST_PAIRS {
            return Action::None;
        }
        tool.clicks.push(click);
        self.points_changed()
    }

    fn points_changed(&mut self) -> Action {
        let Some(tool) = self.tool.as_mut() else { return Action::None };
        tool.forget_refinement();
        if let Some(Err(error)) = tool.placed() {
            tool.problem = Some(error.user_message());
        }
        let photo = tool.photo;
        let there = self.photo(photo).map(|photo| self.lies(photo));
        let Some(tool) = self.tool.as_ref() else { return Action::None };
        if tool.wanted().or(there) == Some(tool.drawn) { Action::None } else { self.redraw(photo) }
    }

    fn hover(&mut self, over: PhotoId, pane: Pane, at: Option<Point>) {
        let Some(found) = self.photo(over) else { return };
        let (size, there, zoom) = (found.size, self.lies(found), self.zoom);
        let Some(tool) = self.tool.as_mut() else { return };
        let lies = if over == tool.photo { tool.drawn } else { there };
        match at {
            None => tool.loupe.leave(),
            Some(at) => tool.loupe.point(over, size, &lies, zoom.to_frame(pane, at), at.x > pane.extent.0 / 2.0),
        }
    }

    fn draw(&mut self, over: PhotoId, pane: Pane, at: Point, first: bool) {
        let is_drawing = self.tool.as_ref().is_some_and(|tool| tool.kind == Kind::Region && !tool.busy);
        if !is_drawing || !self.is_of_frame(over) {
            return;
        }
        let (spot, step) = (self.zoom.to_frame(pane, at), LASSO_STEP / self.zoom.scale(pane));
        let size = self.frame();
        let spot = Point::new(spot.x.clamp(0.0, f64::from(size.width)), spot.y.clamp(0.0, f64::from(size.height)));
        let Some(tool) = self.tool.as_mut() else { return };
        match (first, tool.shape, tool.region.first().copied()) {
            (true, ..) | (_, _, None) => tool.region = vec![spot],
            (false, Shape::Lasso, _) => {
                if tool.region.last().is_none_or(|last| last.distance(spot) >= step) {
                    tool.region.push(spot);
                }
            }
            (false, Shape::Rectangle, Some(from)) => {
                tool.region = vec![from, Point::new(spot.x, from.y), spot, Point::new(from.x, spot.y)];
            }
        }
    }

    /// Takes a message that is the tool's.
    pub(super) fn tool_update(&mut self, message: Message) -> Action {
        let Some(tool) = self.tool.as_mut() else {
            return if matches!(message, Message::Everything) { self.let_everything_count() } else { Action::None };
        };
        match message {
            Message::Keep => return self.keep(),
            Message::TakeBack => return self.take_back(),
            Message::Refine => return self.refine(),
            Message::Shape(shape) => tool.shape = shape,
            // A letter is a slip of the hand, or a key meant for the program.
            Message::Length(length) => {
                tool.length = length.chars().filter(|c| !c.is_alphabetic() && !c.is_whitespace()).collect();
            }
            Message::Everything => {
                let (photo, frame) = (tool.photo, tool.frame);
                tool.busy = true;
                return self.decide(Decision::Again { photo, frame, region: Vec::new() });
            }
            Message::ForgetScale => {
                let frame = tool.frame;
                tool.busy = true;
                return self.decide(Decision::Scale { frame, mm_per_px: None });
            }
            _ => {}
        }
        Action::None
    }

    /// Asks again about the photo on the screen, without its region.
    fn let_everything_count(&mut self) -> Action {
        let photo = self.pair_placed().0;
        match self.frame_of(photo) {
            Some(frame) => self.decide(Decision::Again { photo, frame, region: Vec::new() }),
            None => Action::None,
        }
    }

    fn keep(&mut self) -> Action {
        let Some(tool) = self.tool.as_mut().filter(|tool| !tool.busy) else { return Action::None };
        let Some(decision) = tool.decision() else { return Action::None };
        tool.busy = true;
        tool.problem = None;
        self.decide(decision)
    }

    fn take_back(&mut self) -> Action {
        let Some(tool) = self.tool.as_mut().filter(|tool| !tool.busy) else { return Action::None };
        match tool.kind {
            Kind::Points if tool.clicks.pop().is_some() => return self.points_changed(),
            Kind::Scale => drop(tool.ends.pop()),
            Kind::Region => tool.region.clear(),
            Kind::Points => {}
        }
        Action::None
    }

    /// Asks the pixels, or chooses between the points and what the pixels made of them.
    fn refine(&mut self) -> Action {
        let series = self.board.series.id;
        let generation = self.refinements + 1;
        let Some(tool) = self.tool.as_mut().filter(|tool| tool.kind == Kind::Points && !tool.busy) else {
            return Action::None;
        };
        if tool.refined.is_some() {
            tool.use_refined = !tool.use_refined;
            let photo = tool.photo;
            return self.redraw(photo);
        }
        if tool.refining || !matches!(tool.placed(), Some(Ok(_))) {
            return Action::None;
        }
        tool.refining = true;
        let ticket = Ticket { id: tool.photo.0, generation };
        let (frame, landmarks) = (tool.frame, tool.landmarks());
        self.refinements = generation;
        Action::Run(Job::Refine { ticket, series, frame, landmarks })
    }

    /// What the pixels made of the points.
    pub(super) fn take_refined(&mut self, ticket: Ticket, refined: Outcome<Option<Box<Registration>>>) -> Action {
        let generation = self.refinements;
        let Some(tool) = self.tool.as_mut() else { return Action::None };
        // Points that were changed meanwhile are not those that were refined.
        if !tool.refining || ticket != (Ticket { id: tool.photo.0, generation }) {
            return Action::None;
        }
        tool.refining = false;
        match refined {
            Ok(Some(refined)) => {
                tool.refined = Some(refined);
                tool.use_refined = true;
                let photo = tool.photo;
                self.redraw(photo)
            }
            Ok(None) => {
                tool.problem = Some(view::text::NOT_CONFIRMED.to_owned());
                Action::None
            }
            Err(Failure(sentence)) => {
                tool.problem = Some(sentence);
                Action::None
            }
        }
    }

    /// An original for the loupe; one of another pair is dropped.
    pub(super) fn take_original(&mut self, ticket: Ticket, original: Outcome<Arc<Picture>>) {
        let id = PhotoId(ticket.id);
        let is_shown = id == self.before || id == self.after;
        if let (Some(tool), Ok(original), true) = (&mut self.tool, original, is_shown) {
            tool.loupe.take(id, original);
        }
    }

    /// Whether the loupe shows a part of this photo.
    #[must_use]
    pub fn magnifies(&self, photo: PhotoId) -> bool {
        self.tool.as_ref().is_some_and(|tool| tool.loupe.seen(photo).is_some())
    }

    /// What was decided is stored, or was refused.
    pub(super) fn decided(&mut self, decision: &Decision, outcome: &Outcome<Option<crate::model::Answer>>) -> Action {
        self.deciding = false;
        match (outcome, &mut self.tool) {
            (Ok(answer), _) => {
                // The board that follows draws the photo where it lies now.
                self.tool = None;
                Action::Toast(said(decision, *answer))
            }
            (Err(Failure(sentence)), Some(tool)) => {
                tool.busy = false;
                tool.problem = Some(sentence.clone());
                Action::None
            }
            (Err(Failure(sentence)), None) => Action::Toast(sentence.clone()),
        }
    }

    /// What the tool draws over the pane of a photo.
    fn overlay(&self, over: PhotoId) -> Overlay {
        let Some(tool) = &self.tool else { return Overlay::default() };
        let points = tool.clicks.iter().filter_map(|click| match *click {
            Click::Photo(p) if over == tool.photo => Some(tool.drawn.apply(p)),
            Click::Frame(p) if over != tool.photo => Some(p),
            _ => None,
        });
        match tool.kind {
            Kind::Points => Overlay { points: points.collect(), ..Overlay::default() },
            Kind::Scale => Overlay { points: tool.ends.clone(), line: true, ..Overlay::default() },
            Kind::Region => Overlay { region: tool.region.clone(), ..Overlay::default() },
        }
    }
}
