//! The dialog that moves a photo to another view, session, series or patient, its whole session to another series,
//! everything of a patient to another record of the same person, or a document to another patient.
//!
//! With every choice the core is asked what it would mean; only what was answered to the present choice can be done.

mod view;

use std::collections::HashMap;
use std::sync::Arc;

use crate::gui::action::Action;
use crate::gui::job::{Failure, Job, Outcome, PatientPage, Ticket};
use crate::import::suggest;
use crate::model::{
    Attachment, AttachmentId, Patient, PatientId, Phase, Photo, Redacted, Series, SeriesId, Session, SessionId, View,
    ViewId,
};
use crate::vault::{Board, Filing, Transfer, TransferPlan, counterpart};

/// How much is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The photo alone.
    Photo,
    /// Its session with all photos.
    Session,
    /// Everything of the patient: the other record is the same person.
    Everything,
    /// A document.
    Document,
}

/// Id of the field for the code of a patient.
pub const CODE: &str = "mover-code";

/// The dialog.
pub struct Mover {
    patient: PatientId,
    /// The photo with its session; none where only everything can be moved.
    photo: Option<Photo>,
    /// The document it is about, where it is one.
    document: Option<Attachment>,
    from: Option<SeriesId>,
    what: What,
    code: String,
    /// Whose courses are to be chosen from.
    whom: Patient,
    courses: Vec<(Series, Vec<Session>)>,
    /// Views of the series that were looked at so far.
    views: HashMap<SeriesId, Vec<View>>,
    to: Option<SeriesId>,
    session: Option<SessionId>,
    view: Option<ViewId>,
    /// When on the day of a treatment it was taken, where a person said so.
    phase: Option<Phase>,
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
    /// How much is moved was chosen.
    What(What),
    /// The code of a patient was edited.
    Code(String),
    /// Look for the patient with that code.
    Find,
    /// A series was chosen.
    Series(Choice<SeriesId>),
    /// A session was chosen.
    Session(Choice<SessionId>),
    /// A view was chosen, or none.
    View(Choice<Option<ViewId>>),
    /// When on the day it was taken was chosen.
    Phase(Choice<Phase>),
    /// Do it.
    Move,
    /// Close without moving.
    Cancel,
}

fn courses(page: &PatientPage) -> Vec<(Series, Vec<Session>)> {
    page.series.iter().cloned().zip(page.sessions.iter().cloned()).collect()
}

impl Mover {
    /// The dialog for a photo of a board, or for everything of a patient.
    #[must_use]
    pub fn new(page: &PatientPage, board: Option<&Board>, photo: Option<&Photo>) -> Self {
        let from = board.map(|board| board.series.id);
        Self {
            patient: page.patient.id,
            photo: photo.cloned(),
            document: None,
            from,
            what: if photo.is_some() { What::Photo } else { What::Everything },
            code: String::new(),
            whom: page.patient.clone(),
            courses: courses(page),
            views: board.map(|board| (board.series.id, board.views.clone())).into_iter().collect(),
            to: from,
            session: photo.map(|photo| photo.session),
            view: photo.and_then(|photo| photo.view),
            phase: None,
            generation: 0,
            plan: None,
            busy: false,
            error: None,
        }
    }

    /// The dialog for a document of a patient.
    #[must_use]
    pub fn of_document(page: &PatientPage, of: &Attachment) -> Self {
        Self { what: What::Document, document: Some(of.clone()), ..Self::new(page, None, None) }
    }

    /// The document it is about.
    #[must_use]
    pub fn document(&self) -> Option<AttachmentId> {
        self.document.as_ref().map(|of| of.id)
    }

    /// The photo it is about.
    #[must_use]
    pub fn photo(&self) -> Option<&Photo> {
        self.photo.as_ref()
    }

    /// The record that stays, where it is everything that is moved.
    #[must_use]
    pub fn merges_into(&self) -> Option<PatientId> {
        (self.what == What::Everything).then_some(self.whom.id)
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message) -> Action {
        if self.busy {
            return Action::None;
        }
        match message {
            Message::What(what) => self.what = what,
            Message::Code(code) => {
                self.code = code;
                return Action::None;
            }
            Message::Find => return self.find(),
            Message::Series(series) => {
                self.to = Some(series.value);
                self.choose_session();
            }
            Message::Session(session) => self.session = Some(session.value),
            Message::View(view) => self.view = view.value,
            Message::Phase(phase) => self.phase = Some(phase.value),
            Message::Move => return self.carry_out(),
            Message::Cancel => return Action::None,
        }
        self.ask()
    }

    fn find(&mut self) -> Action {
        self.forget_plan();
        let code = self.code.trim();
        if code.is_empty() {
            return Action::None;
        }
        Action::Run(Job::Courses(self.ticket(), Redacted(code.to_owned())))
    }

    fn carry_out(&mut self) -> Action {
        let Some(plan) = self.plan.clone() else { return Action::None };
        self.busy = true;
        Action::Run(Job::CarryOut(self.patient, plan))
    }

    /// The session the photo is in, or else the last of the chosen series; and the view that shows the same there.
    fn choose_session(&mut self) {
        let own = self.photo.as_ref().map(|photo| photo.session);
        let found = self.sessions().iter().find(|session| Some(session.id) == own);
        self.session = found.or_else(|| self.sessions().last()).map(|session| session.id);
        self.choose_view();
    }

    fn choose_view(&mut self) {
        let of = |series: Option<SeriesId>| series.and_then(|id| self.views.get(&id));
        let own = self.photo.as_ref().and_then(|photo| photo.view);
        self.view = match (of(self.from), of(self.to), own) {
            (_, _, view) if self.to == self.from => view,
            (Some(here), Some(there), Some(view)) => counterpart(here, view, there),
            _ => None,
        };
    }

    /// Sessions of the chosen series.
    fn sessions(&self) -> &[Session] {
        let chosen = self.courses.iter().find(|(series, _)| Some(series.id) == self.to);
        chosen.map_or(&[], |(_, sessions)| sessions)
    }

    fn chosen_session(&self) -> Option<&Session> {
        self.sessions().iter().find(|session| Some(session.id) == self.session)
    }

    /// When on the day of the chosen session the photo was taken: as a person says, or else as it was.
    fn chosen_phase(&self) -> Option<Phase> {
        let (photo, session) = (self.photo.as_ref()?, self.chosen_session()?);
        let was = self.phase.unwrap_or(photo.phase);
        let is_own = self.phase.is_none() && session.id == photo.session;
        Some(if is_own { was } else { suggest::phase_moved(session.kind, was) })
    }

    /// What the choice comes to; none while it changes nothing.
    fn transfer(&self) -> Option<Transfer> {
        if self.what == What::Everything {
            let moves = self.whom.id != self.patient;
            return moves.then_some(Transfer::Patient { keep: self.whom.id, other: self.patient });
        }
        if let Some(document) = self.document() {
            let moves = self.whom.id != self.patient;
            return moves.then_some(Transfer::Document { document, to: self.whom.id });
        }
        let (photo, to) = (self.photo.as_ref()?, self.to?);
        if self.what == What::Session {
            return (self.to != self.from).then_some(Transfer::Session { session: photo.session, to });
        }
        let (session, phase) = (self.chosen_session()?, self.chosen_phase()?);
        let moves = session.id != photo.session || self.view != photo.view || phase != photo.phase;
        let to = Filing { session: session.id, view: self.view, slot: photo.slot, phase };
        moves.then_some(Transfer::Photo { photo: photo.id, to })
    }

    fn ticket(&self) -> Ticket {
        let document = self.document().map_or(0, |document| document.0);
        Ticket { id: self.photo.as_ref().map_or(document, |photo| photo.id.0), generation: self.generation }
    }

    /// What was answered before holds for nothing any more.
    fn forget_plan(&mut self) {
        self.generation += 1;
        self.plan = None;
        self.error = None;
    }

    /// Asks what the present choice would mean.
    fn ask(&mut self) -> Action {
        self.forget_plan();
        let ticket = self.ticket();
        let of_series = matches!(self.what, What::Photo | What::Session);
        let unknown = |series: &SeriesId| of_series && !self.views.contains_key(series);
        if let Some(series) = self.to.filter(unknown) {
            return Action::Run(Job::Views(ticket, series));
        }
        self.transfer().map_or(Action::None, |transfer| Action::Run(Job::PlanTransfer(ticket, transfer)))
    }

    /// Takes the courses of the patient who was looked for.
    pub fn found(&mut self, ticket: Ticket, page: Outcome<Arc<PatientPage>>) -> Action {
        match page {
            _ if ticket != self.ticket() => Action::None,
            Ok(page) => {
                self.whom = page.patient.clone();
                self.courses = courses(&page);
                let own = self.from.filter(|from| self.courses.iter().any(|(series, _)| series.id == *from));
                self.to = own.or_else(|| self.courses.first().map(|(series, _)| series.id));
                self.choose_session();
                self.ask()
            }
            Err(failure) => self.refuse(failure),
        }
    }

    /// Takes the views of a series.
    pub fn know(&mut self, ticket: Ticket, views: Outcome<Vec<View>>) -> Action {
        match (views, self.to) {
            _ if ticket != self.ticket() => Action::None,
            (Ok(views), Some(series)) => {
                let _ = self.views.insert(series, views);
                self.choose_view();
                self.ask()
            }
            (Ok(_), None) => Action::None,
            (Err(failure), _) => self.refuse(failure),
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
