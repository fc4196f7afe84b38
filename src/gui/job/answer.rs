//! What comes back to screens.

use std::path::PathBuf;
use std::sync::Arc;

use iced::widget::image::Handle;

use super::{
    Asked, CardAnswer, Cases, Code, Course, Day, Failure, Outcome, Pair, PatientPage, Ticket, UpkeepAnswer, Work,
};
use crate::align::Decision;
use crate::compare::grade::Comparability;
use crate::compare::matching::Matching;
use crate::fsx::Shared;
use crate::gui::picture::Shown;
use crate::imaging::Picture;
use crate::import::{self, Plan};
use crate::model::{self, AttachmentId, PatientId, PhotoHash, PhotoId, SeriesId, View};
use crate::progress::{Progress, Report};
use crate::registration::Registration;
use crate::vault::{Board, Op, PatientRow, TransferPlan, UndoEntry, Vault, VaultError, VaultInfo};

/// A pair that was saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// Where it lies.
    pub path: PathBuf,
    /// How the two pictures were placed.
    pub placed: String,
}

/// A pair whose exposure and colour are matched.
#[derive(Debug)]
pub struct MatchedPair {
    /// What was done.
    pub matching: Matching,
    /// The earlier and the later picture.
    pub pictures: [Arc<Shown>; 2],
}

/// A page of a document as it is shown.
#[derive(Debug)]
pub struct Page {
    /// The picture.
    pub picture: Arc<Shown>,
    /// How many pages the document has.
    pub of: usize,
    /// Whether the end of the file is missing, and pages with it perhaps.
    pub is_cut: bool,
    /// Whether parts of the page could not be drawn.
    pub is_partial: bool,
}

/// Why a pair was not saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotSaved {
    /// A file of this name is there, and nobody agreed to replace it.
    Exists,
    /// It could not be made or written.
    Failed(Failure),
}

/// What became of a plan that was filed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filing {
    /// What was filed and what not.
    pub outcome: import::Outcome,
    /// What an undo of it is asked for by.
    pub undo: Option<UndoEntry>,
}

/// A change that a person may want to take back or make again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The change.
    pub entry: UndoEntry,
    /// Series whose photos, visits or frames it touched, as far as those are there.
    pub series: Vec<SeriesId>,
}

impl Change {
    /// Whether work on a series and this step would be in each other's way. Where a photo lies may be decided and taken back
    /// at any time: the program puts nothing in the place of a person's answer.
    #[must_use]
    pub fn meets(&self, series: SeriesId) -> bool {
        let moves = matches!(
            self.entry.op,
            Op::FilePhotos | Op::MovePhoto | Op::MoveSession | Op::MergePatients | Op::SetReference
        );
        moves && (self.series.is_empty() || self.series.contains(&series))
    }
}

/// What comes back.
#[derive(Clone)]
pub enum Answer {
    /// To [`Job::Peek`](super::Job::Peek); how the folder is shared with other computers.
    Peeked(PathBuf, Result<VaultInfo, VaultError>, Option<Shared>),
    /// To [`Job::Open`](super::Job::Open) and [`Job::BuildDemo`](super::Job::BuildDemo).
    Opened(Outcome<Vault>),
    /// To [`Job::Recover`](super::Job::Recover).
    Recovered(Outcome<Vault>),
    /// To [`Job::Create`](super::Job::Create), with the recovery code that is shown once.
    Created(Outcome<(Vault, Code)>),
    /// To [`Job::ChangeKeys`](super::Job::ChangeKeys), with the new recovery code where one was asked for.
    KeysChanged(Outcome<Option<Code>>),
    /// To [`Job::CodeUsed`](super::Job::CodeUsed).
    CodeUsed(bool),
    /// To [`Job::PickFolder`](super::Job::PickFolder), [`Job::PickDocument`](super::Job::PickDocument) and [`Job::PickFile`](super::Job::PickFile); none when the person cancelled or the desktop has no dialog.
    Picked(Asked, Option<PathBuf>),
    /// To [`Job::Patients`](super::Job::Patients): total and one page.
    Patients(Ticket, u32, Outcome<(u32, Vec<PatientRow>)>),
    /// To [`Job::EditPatient`](super::Job::EditPatient).
    PatientEdited(PatientId, Outcome<()>),
    /// To [`Job::AddPatient`](super::Job::AddPatient).
    PatientAdded(Ticket, Outcome<PatientId>),
    /// To [`Job::OpenPatient`](super::Job::OpenPatient).
    PatientOpened(Ticket, Outcome<Arc<PatientPage>>),
    /// To [`Job::Board`](super::Job::Board).
    Board(Ticket, Outcome<Arc<Board>>),
    /// To [`Job::EditSession`](super::Job::EditSession) and [`Job::EditSeries`](super::Job::EditSeries).
    CourseEdited(PatientId, Outcome<()>),
    /// To [`Job::AddSeries`](super::Job::AddSeries).
    SeriesAdded(PatientId, Outcome<SeriesId>),
    /// To [`Job::AddConsents`](super::Job::AddConsents).
    ConsentsAdded(PatientId, Outcome<()>),
    /// To [`Job::SaveDocument`](super::Job::SaveDocument): where the copy is.
    DocumentSaved(PatientId, AttachmentId, Result<PathBuf, NotSaved>),
    /// To [`Job::ShowDocument`](super::Job::ShowDocument).
    DocumentShown(Ticket, usize, Outcome<Arc<Page>>),
    /// One of [`Job::Thumbnails`](super::Job::Thumbnails); none when the original could not be read.
    Thumbnail(Ticket, PhotoId, Option<Handle>),
    /// To [`Job::Framed`](super::Job::Framed).
    Framed(Ticket, Outcome<Arc<Shown>>),
    /// To [`Job::Match`](super::Job::Match); a failure says why both stay as they were taken.
    Matched(Ticket, Outcome<Arc<MatchedPair>>),
    /// To [`Job::Grade`](super::Job::Grade); none when a photo could not be read.
    Graded(Pair, Option<Arc<Comparability>>),
    /// To [`Job::GradeAll`](super::Job::GradeAll), in its order.
    GradedAll(Ticket, Vec<(Pair, Option<Arc<Comparability>>)>),
    /// To [`Job::Original`](super::Job::Original).
    Original(Ticket, Outcome<Arc<Picture>>),
    /// To [`Job::Decide`](super::Job::Decide): what was decided, and what the engine says where it was asked.
    Decided(Course, Box<Decision>, Outcome<Option<model::Answer>>),
    /// To [`Job::Refine`](super::Job::Refine); none when the pixels do not confirm the points.
    Refined(Ticket, Outcome<Option<Box<Registration>>>),
    /// To [`Job::Composite`](super::Job::Composite).
    CompositeSaved(Pair, Result<Saved, NotSaved>),
    /// To [`Job::Today`](super::Job::Today).
    Today(Outcome<Arc<Day>>),
    /// To [`Job::Cases`](super::Job::Cases).
    Cases(u32, Outcome<Arc<Cases>>),
    /// To [`Job::ExportGallery`](super::Job::ExportGallery): a sentence of result.
    GalleryWritten(Outcome<String>),
    /// To [`Job::Scan`](super::Job::Scan).
    Scanned(Ticket, Outcome<Arc<Plan>>),
    /// One of [`Job::Peeks`](super::Job::Peeks).
    Peek(Ticket, PhotoHash, Option<Handle>),
    /// To [`Job::Card`](super::Job::Card).
    Card(CardAnswer),
    /// To [`Job::File`](super::Job::File).
    Filed(Course, Outcome<Arc<Filing>>),
    /// After [`Job::File`](super::Job::File) and to [`Job::Align`](super::Job::Align): a sentence of result.
    Aligned(Course, Outcome<String>),
    /// After [`Job::Align`](super::Job::Align) and to [`Job::GradeSeries`](super::Job::GradeSeries): how many pairs were measured.
    SeriesGraded(Course, Outcome<usize>),
    /// To [`Job::LastChange`](super::Job::LastChange).
    LastChange(Outcome<Option<Change>>),
    /// To [`Job::Undo`](super::Job::Undo): what was undone.
    Undone(UndoEntry, Outcome<String>),
    /// To [`Job::LastUndone`](super::Job::LastUndone).
    LastUndone(Outcome<Option<Change>>),
    /// To [`Job::Redo`](super::Job::Redo): what was made again.
    Redone(UndoEntry, Outcome<String>),
    /// To [`Job::Courses`](super::Job::Courses).
    Courses(Ticket, Outcome<Arc<PatientPage>>),
    /// To [`Job::Views`](super::Job::Views).
    Views(Ticket, Outcome<Vec<View>>),
    /// To [`Job::PlanTransfer`](super::Job::PlanTransfer).
    TransferPlanned(Ticket, Outcome<Arc<TransferPlan>>),
    /// To [`Job::CarryOut`](super::Job::CarryOut).
    Transferred(PatientId, Outcome<()>),
    /// To [`Job::Upkeep`](super::Job::Upkeep).
    Upkeep(UpkeepAnswer),
    /// Long work began; the handle cancels it.
    Started(Work, Progress),
    /// Long work went on; with the seconds it has taken so far.
    Advanced(Report, f64),
}

impl Answer {
    /// What long work came to, in a sentence that names nobody; none for any other answer.
    #[must_use]
    pub fn news(&self) -> Option<String> {
        let said = |outcome: &Outcome<String>| outcome.clone().unwrap_or_else(|failure| failure.0);
        match self {
            Self::Scanned(_, Ok(_)) => {
                Some("The folder was read. Go back to its series to check and file it.".to_owned())
            }
            Self::Scanned(_, Err(failure)) | Self::Filed(_, Err(failure)) | Self::SeriesGraded(_, Err(failure)) => {
                Some(failure.0.clone())
            }
            Self::Filed(_, Ok(filing)) => Some(filing.outcome.sentence()),
            Self::Aligned(_, outcome) | Self::GalleryWritten(outcome) => Some(said(outcome)),
            Self::Upkeep(answer) => answer.news(),
            Self::Card(answer) => answer.news(),
            _ => None,
        }
    }
}
