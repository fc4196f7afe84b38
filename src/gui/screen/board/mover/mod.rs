//! The dialog that moves a photo to another view, session or series of its patient, or its whole session to another series.
//!
//! With every choice the core is asked what it would mean; only what was answered to the present choice can be done.

mod view;

use std::collections::HashMap;
use std::sync::Arc;

use crate::gui::action::Action;
use crate::gui::job::{Failure, Job, Outcome, PatientPage, Ticket};
use crate::import::suggest;
use crate::model::{PatientId, Photo, Series, SeriesId, Session, SessionId, View, ViewId};
use crate::vault::{Board, Filing, Transfer, TransferPlan, counterpart};

/// The dialog.
pub struct Mover {
    patient: PatientId,
    photo: Photo,
    from: SeriesId,
    courses: Vec<(Series, Vec<Session>)>,
    /// Views of the series that were looked at so far.
    views: HashMap<SeriesId, Vec<View>>,
    whole: bool,
    to: SeriesId,
    session: Option<SessionId>,
    view: Option<ViewId>,
    generation: u64,
    plan: Option<Arc<TransferPlan>>,
    busy: bool,
    error: Option<String>,
}

/// Something to choose, by its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice<T> {
    /// What it stands for.
    pub value: T,
    /// How it is called.
    pub words: String,
}

impl<T> std::fmt::Display for Choice<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.words)
    }
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Message {
    /// The whole session, or the photo alone.
    Whole(bool),
    /// A series was chosen.
    Series(Choice<SeriesId>),
    /// A session was chosen.
    Session(Choice<SessionId>),
    /// A view was chosen, or none.
    View(Choice<Option<ViewId>>),
    /// Do it.
    Move,
    /// Close without moving.
    Cancel,
}

impl Mover {
    /// The dialog for a photo of a board.
    #[must_use]
    pub fn new(page: &PatientPage, board: &Board, photo: &Photo) -> Self {
        Self {
            patient: page.patient.id,
            photo: photo.clone(),
            from: board.series.id,
            courses: page.series.iter().cloned().zip(page.sessions.iter().cloned()).collect(),
            views: HashMap::from([(board.series.id, board.views.clone())]),
            whole: false,
            to: board.series.id,
            session: Some(photo.session),
            view: photo.view,
            generation: 0,
            plan: None,
            busy: false,
            error: None,
        }
    }

    /// The photo it is about.
    #[must_use]
    pub fn photo(&self) -> &Photo {
        &self.photo
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message) -> Action {
        if self.busy {
            return Action::None;
        }
        match message {
            Message::Whole(whole) => self.whole = whole,
            Message::Series(series) if series.value == self.to => return Action::None,
            Message::Series(series) => {
                self.to = series.value;
                let own = self.sessions().iter().find(|session| session.id == self.photo.session);
                self.session = own.or_else(|| self.sessions().last()).map(|session| session.id);
                self.choose_view();
            }
            Message::Session(session) => self.session = Some(session.value),
            Message::View(view) => self.view = view.value,
            Message::Move => return self.carry_out(),
            Message::Cancel => return Action::None,
        }
        self.ask()
    }

    fn carry_out(&mut self) -> Action {
        let Some(plan) = self.plan.clone() else { return Action::None };
        self.busy = true;
        Action::Run(Job::CarryOut(self.patient, plan))
    }

    /// The view of the chosen series that shows what the photo shows.
    fn choose_view(&mut self) {
        let (here, there) = (self.views.get(&self.from), self.views.get(&self.to));
        self.view = match (here, there, self.photo.view) {
            (_, _, view) if self.to == self.from => view,
            (Some(here), Some(there), Some(view)) => counterpart(here, view, there),
            _ => None,
        };
    }

    /// Sessions of the chosen series.
    fn sessions(&self) -> &[Session] {
        self.courses.iter().find(|(series, _)| series.id == self.to).map_or(&[], |(_, sessions)| sessions)
    }

    /// What the choice comes to; none while it changes nothing.
    fn transfer(&self) -> Option<Transfer> {
        if self.whole {
            let moves = self.to != self.from;
            return moves.then_some(Transfer::Session { session: self.photo.session, to: self.to });
        }
        let photo = &self.photo;
        let session = self.sessions().iter().find(|session| Some(session.id) == self.session)?;
        let stays = session.id == photo.session;
        let phase = if stays { photo.phase } else { suggest::phase_moved(session.kind, photo.phase) };
        let moves = !stays || self.view != photo.view;
        let to = Filing { session: session.id, view: self.view, slot: photo.slot, phase };
        moves.then_some(Transfer::Photo { photo: photo.id, to })
    }

    fn ticket(&self) -> Ticket {
        Ticket { id: self.photo.id.0, generation: self.generation }
    }

    /// Asks what the present choice would mean.
    fn ask(&mut self) -> Action {
        self.generation += 1;
        self.plan = None;
        self.error = None;
        if !self.views.contains_key(&self.to) {
            return Action::Run(Job::Views(self.ticket(), self.to));
        }
        self.transfer().map_or(Action::None, |transfer| Action::Run(Job::PlanTransfer(self.ticket(), transfer)))
    }

    /// Takes the views of a series.
    pub fn know(&mut self, ticket: Ticket, views: Outcome<Vec<View>>) -> Action {
        match views {
            _ if ticket != self.ticket() => Action::None,
            Ok(views) => {
                let _ = self.views.insert(self.to, views);
                self.choose_view();
                self.ask()
            }
            Err(failure) => self.refuse(failure),
        }
    }

    /// Takes what the choice would mean; an answer to an older choice is dropped.
    pub fn planned(&mut self, ticket: Ticket, plan: Outcome<Arc<TransferPlan>>) -> Action {
        match plan {
            _ if ticket != self.ticket() => Action::None,
            Ok(plan) => {
                self.plan = Some(plan);
                Action::None
            }
            Err(failure) => self.refuse(failure),
        }
    }

    /// Shows why it is not allowed, or was not done.
    pub fn refuse(&mut self, Failure(why): Failure) -> Action {
        self.busy = false;
        self.plan = None;
        self.error = Some(why);
        Action::None
    }
}
