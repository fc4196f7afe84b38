//! What lies over the board beside its forms: consents, a document, the dialog that moves.

use super::consents::Consents;
use super::document::{self, Document};
use super::grid::Grid;
use super::mover::{self, Mover};
use super::{BoardScreen, consents, view};
use crate::clock::Now;
use crate::gui::action::Action;
use crate::gui::job::{Answer, Asked, Outcome};
use crate::gui::shortcut::Command;
use crate::model::{Attachment, AttachmentId, Patient};

impl BoardScreen {
    /// The dialog of consents; a patient signs by their name, not by their code.
    pub(super) fn open_consents(&mut self) {
        let patient = self.page.as_ref().map(|page| &page.patient);
        let name = patient.filter(|patient| patient.is_named()).map(Patient::display_name).unwrap_or_default();
        self.consents = Some(Consents::new(self.patient, name, self.series));
    }

    /// In the dialog of consents.
    pub(super) fn consent(&mut self, message: consents::Message, now: Now) -> Action {
        let (Some(dialog), Some(page)) = (&mut self.consents, &self.page) else { return Action::None };
        let message = match message {
            consents::Message::Show(document) => return self.look_at(document),
            consents::Message::Move(document) => return self.move_document(document),
            consents::Message::Copy(document) => return dialog.copy(document, &page.documents),
            consents::Message::Placing(message) => return dialog.place(message),
            other => other,
        };
        let (job, close) = dialog.update(message, &page.consents, now);
        if close {
            self.consents = None;
        }
        job.map_or(Action::None, Action::Run)
    }

    fn document_of_page(&self, id: AttachmentId) -> Option<Attachment> {
        self.page.as_ref()?.documents.iter().find(|of| of.id == id).cloned()
    }

    fn look_at(&mut self, id: AttachmentId) -> Action {
        let Some(of) = self.document_of_page(id) else { return Action::None };
        let (document, ask) = Document::new(&of, self.generation);
        self.document = Some(document);
        ask
    }

    fn move_document(&mut self, id: AttachmentId) -> Action {
        let (Some(page), Some(of)) = (&self.page, self.document_of_page(id)) else { return Action::None };
        self.mover = Some(Mover::of_document(page, &of));
        Action::Focus(mover::CODE)
    }

    /// Over a document.
    pub(super) fn over_document(&mut self, message: document::Message) -> Action {
        let Some(document) = &mut self.document else { return Action::None };
        let id = document.id();
        match message {
            document::Message::Gesture(gesture) => return document.gesture(gesture),
            document::Message::Turn(index) => return document.turn_to(index),
            document::Message::Move => return self.move_document(id),
            document::Message::Close | document::Message::Copy => self.document = None,
        }
        match (message, &mut self.consents, &self.page) {
            (document::Message::Copy, Some(dialog), Some(page)) => dialog.copy(id, &page.documents),
            _ => Action::None,
        }
    }

    /// Whether a dialog waits for a copy of this document.
    #[must_use]
    pub fn is_copying(&self, document: AttachmentId) -> bool {
        self.consents.as_ref().is_some_and(|dialog| dialog.is_copying(document))
    }

    /// The selected photo, else the first one without a view; without any, everything of the patient.
    pub(super) fn begin_move(&mut self) -> Action {
        let Some(page) = &self.page else { return Action::None };
        let board = self.board.as_deref();
        let id = match (self.selected, board) {
            (Some(cell), _) => self.grid.photo(cell),
            (None, Some(board)) => Grid::unplaced(board).next().map(|photo| photo.id),
            (None, None) => None,
        };
        let photo = board.and_then(|board| board.photos.iter().find(|photo| Some(photo.id) == id));
        self.mover = Some(Mover::new(page, board, photo));
        Action::None
    }

    /// A key while something lies over the board; none when nothing does.
    pub(super) fn dialog_command(&mut self, command: Command) -> Option<Action> {
        if let Some(mover) = &mut self.mover {
            return Some(match command {
                Command::Accept => mover.update(mover::Message::Move),
                Command::Back => {
                    self.mover = None;
                    Action::None
                }
                _ => Action::None,
            });
        }
        let back = command == Command::Back;
        if let Some(document) = &mut self.document {
            let turned = document.command(command);
            self.document = self.document.take().filter(|_| !back);
            return Some(turned);
        }
        if let (Some(dialog), true) = (&mut self.consents, back) {
            if dialog.back() {
                self.consents = None;
            }
            return Some(Action::None);
        }
        if self.paper.is_none() && self.consents.is_none() {
            return None;
        }
        self.paper = self.paper.take().filter(|_| !back);
        Some(Action::None)
    }

    /// Takes what one of them waits for.
    pub(super) fn for_dialogs(&mut self, answer: Answer) -> Action {
        match answer {
            Answer::Courses(ticket, page) => self.mover.as_mut().map_or(Action::None, |m| m.found(ticket, page)),
            Answer::Views(ticket, views) => self.mover.as_mut().map_or(Action::None, |mover| mover.know(ticket, views)),
            Answer::TransferPlanned(ticket, plan) => {
                self.mover.as_mut().map_or(Action::None, |mover| mover.planned(ticket, plan))
            }
            Answer::Transferred(patient, outcome) if patient == self.patient => self.transferred(outcome),
            Answer::Picked(Asked::Document(patient), Some(path)) if patient == self.patient => {
                if let Some(dialog) = &mut self.consents {
                    dialog.picked(path);
                }
                Action::None
            }
            Answer::Picked(Asked::Copy(document), Some(path)) => {
                self.consents.as_mut().map_or(Action::None, |dialog| dialog.place_picked(document, path))
            }
            Answer::DocumentShown(ticket, index, page) => {
                self.document.as_mut().map_or(Action::None, |document| document.receive(ticket, index, page))
            }
            Answer::DocumentSaved(patient, document, outcome) if patient == self.patient => {
                if let Some(dialog) = &mut self.consents {
                    dialog.copied(document, outcome.map(drop));
                }
                Action::None
            }
            Answer::ConsentsAdded(patient, outcome) if patient == self.patient => {
                let recorded = outcome.is_ok();
                match (&mut self.consents, outcome) {
                    (Some(dialog), outcome) => dialog.recorded(outcome),
                    (None, Err(failure)) => self.error = Some(failure),
                    (None, Ok(())) => {}
                }
                if recorded { self.refresh() } else { Action::None }
            }
            _ => Action::None,
        }
    }

    fn transferred(&mut self, outcome: Outcome<()>) -> Action {
        match outcome {
            Ok(()) => {
                let moved = self.mover.take();
                // What was moved away is not to be seen on this page any more.
                self.document =
                    self.document.take().filter(|own| moved.as_ref().and_then(Mover::document) != Some(own.id()));
                let person = moved.and_then(|mover| mover.merges_into());
                self.selected = None;
                self.second = None;
                // Another place may have another reference to be aligned to.
                self.aligned.clear();
                let next = person.map_or_else(|| self.refresh(), Action::OpenPatient);
                Action::all([Action::Toast(view::text::MOVED.to_owned()), next])
            }
            Err(failure) => match &mut self.mover {
                Some(mover) => mover.refuse(failure),
                None => self.fail(failure),
            },
        }
    }
}
