//! A copy of a signed document outside the vault: where it goes.

use std::path::{Path, PathBuf};

use iced::widget::{Column, column};
use iced::{Element, Fill};

use crate::gui::action::Action;
use crate::gui::job::{Asked, Job, NotSaved};
use crate::gui::screen::save::{Placing, SavePlace};
use crate::gui::theme::Tokens;
use crate::gui::widget;
use crate::model::{Attachment, AttachmentId, DocumentKind, PatientId};

/// Id of the field for the path.
pub(super) const PATH: &str = "document-path";

mod text {
    pub const TITLE: &str = "Save a copy of the document";
    pub const SUB: &str = "The file is written as it came in, and it may name the patient. The original stays in the vault; the copy \
                           lies outside it and is not encrypted. Saving it is audited.";
    pub const SAVE: &str = "Save";
}

/// A document while a place for its copy is chosen.
pub(super) struct Copy {
    patient: PatientId,
    document: AttachmentId,
    kind: DocumentKind,
    name: String,
    place: SavePlace,
}

impl Copy {
    pub(super) fn new(patient: PatientId, of: &Attachment) -> Self {
        let place = SavePlace::default();
        Self { patient, document: of.id, kind: of.kind, name: of.file_name.0.clone(), place }
    }

    pub(super) fn is_of(&self, document: AttachmentId) -> bool {
        self.document == document
    }

    pub(super) fn is_busy(&self) -> bool {
        self.place.is_busy()
    }

    /// A name that says nothing of the patient; that of the file may.
    fn suggested(&self) -> &'static str {
        match self.kind {
            DocumentKind::Pdf => "document.pdf",
            DocumentKind::Jpeg => "document.jpg",
            DocumentKind::Png => "document.png",
            DocumentKind::Tiff => "document.tif",
            DocumentKind::Webp => "document.webp",
        }
    }

    fn hint(&self) -> &'static str {
        match self.kind {
            DocumentKind::Pdf => "/path/to/document.pdf",
            DocumentKind::Jpeg => "/path/to/document.jpg",
            DocumentKind::Png => "/path/to/document.png",
            DocumentKind::Tiff => "/path/to/document.tif",
            DocumentKind::Webp => "/path/to/document.webp",
        }
    }

    fn job(&self) -> impl FnOnce(PathBuf, bool) -> Job + use<> {
        let (patient, document) = (self.patient, self.document);
        move |path, replace| Job::SaveDocument { patient, document, path, replace }
    }

    pub(super) fn update(&mut self, message: Placing) -> Action {
        let (job, suggested) = (self.job(), (Asked::Copy(self.document), self.suggested()));
        self.place.update(message, suggested, job)
    }

    pub(super) fn pick(&mut self, path: PathBuf) -> Action {
        let job = self.job();
        self.place.pick(path, job)
    }

    pub(super) fn done(&mut self, problem: NotSaved) {
        self.place.done(Some(problem));
    }

    /// The page without its button, and the button.
    pub(super) fn view<'a>(&'a self, t: &Tokens) -> (Column<'a, super::Message>, Element<'a, super::Message>) {
        let [field, save] = self.place.view((PATH, self.hint(), text::SAVE), t, super::Message::Placing);
        let name = widget::body(self.name.as_str()).wrapping(iced::widget::text::Wrapping::WordOrGlyph).width(Fill);
        (column![widget::title(text::TITLE), name, widget::muted(text::SUB), field], save)
    }
}

/// What is said when a copy was written.
#[must_use]
pub fn saved(path: &Path) -> String {
    format!("A copy of the document was saved to {}.", path.display())
}
