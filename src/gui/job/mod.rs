//! What screens ask of the core and what comes back: plain values, so that screens stay pure.
//!
//! Every question that may be overtaken carries a [`Ticket`]; its answer brings the ticket back and the asking screen drops
//! an answer whose ticket is not the one it waits for. A picture of one patient can thus never land on another's page.

mod answer;
mod card;
mod page;
mod upkeep;
mod work;

use std::path::PathBuf;
use std::sync::Arc;

use chrono::NaiveDate;
use zeroize::Zeroizing;

pub use answer::{Answer, Change, Filing, MatchedPair, NotSaved, Page, Saved};
pub use card::{CardAnswer, CardJob, Whose};
pub use page::{Case, Cases, Day, DueLine, PatientPage, SeriesPlan, window};
pub use upkeep::{AuditEntry, Kept, Result, UpkeepAnswer, UpkeepJob, UserChange};
pub use work::{Course, Work, time_left};

use super::screen::settings::Preferences;
use crate::align::Decision;
use crate::geom::{Matrix3, Size};
use crate::import::Plan;
use crate::model::{
    AttachmentId, Consent, FrameId, Landmark, NewPatient, NewSeries, PatientId, PhotoHash, PhotoId, Redacted, SeriesId,
    SessionId, SessionKind,
};
use crate::progress::Progress;
use crate::vault::{Board, Passphrase, Transfer, TransferPlan, UndoEntry, Vault, VaultError};

/// The entity and the generation something was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ticket {
    /// Row id of the patient, series, photo or document; 0 for lists.
    pub id: i64,
    /// Counts the questions of the asking screen.
    pub generation: u64,
}

/// The earlier and the later photo of a comparison.
pub type Pair = (PhotoId, PhotoId);

/// A recovery code on its way to the screen that shows it once.
pub type Code = Arc<Zeroizing<String>>;

/// Why something could not be done, as the person reads it: what happened, what is safe, what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure(pub String);

/// A result as screens take it.
pub type Outcome<T> = std::result::Result<T, Failure>;

/// A question to the core.
#[derive(Clone)]
pub enum Job {
    /// What lies in this folder.
    Peek(PathBuf),
    /// Unlock.
    Open {
        /// Folder of the vault.
        folder: PathBuf,
        /// Who.
        login: String,
        /// Their secret.
        passphrase: Passphrase,
    },
    /// Unlock with the printed code.
    Recover {
        /// Folder of the vault.
        folder: PathBuf,
        /// As it was typed.
        code: Zeroizing<String>,
    },
    /// Make a new vault.
    Create {
        /// Folder to be made.
        folder: PathBuf,
        /// Who.
        login: String,
        /// Their secret.
        passphrase: Passphrase,
    },
    /// Give an open vault a new passphrase, a new recovery code, or both.
    ChangeKeys(Box<KeyChange>),
    /// Whether the recovery code was used since it was printed.
    CodeUsed,
    /// Make the demo clinic and open it.
    BuildDemo(PathBuf),
    /// Ask the desktop for a folder.
    PickFolder(Asked),
    /// Ask the desktop for a document to read: a PDF or a picture.
    PickDocument(Asked),
    /// Ask the desktop for a file to write.
    PickFile {
        /// Who wants to know.
        asked: Asked,
        /// A name without patient data.
        suggested: &'static str,
    },
    /// A page of the list of patients.
    Patients {
        /// Whose answer it is.
        ticket: Ticket,
        /// What was typed.
        search: String,
        /// Number of the page.
        page: u32,
    },
    /// A new patient; the ticket is that of the form.
    AddPatient(Ticket, NewPatient),
    /// Correct what is known of a patient.
    EditPatient(PatientId, NewPatient),
    /// Somebody opens a patient's page; this is audited.
    OpenPatient(Ticket),
    /// One series.
    Board(Ticket),
    /// Correct the day and the kind of a visit.
    EditSession(PatientId, SessionId, NaiveDate, SessionKind),
    /// Correct the plan of a series and whether it goes on.
    EditSeries(PatientId, SeriesId, SeriesPlan),
    /// A new series.
    AddSeries(NewSeries),
    /// Consents of one patient that were given or taken back together, and the document that was signed.
    AddConsents(PatientId, Vec<Consent>, Option<PathBuf>),
    /// A page of a document, from 0, to be looked at; the ticket is that of the document.
    ShowDocument(Ticket, usize),
    /// Write a copy of a patient's document outside the vault; this is audited.
    SaveDocument {
        /// Whose.
        patient: PatientId,
        /// Which.
        document: AttachmentId,
        /// Where to.
        path: PathBuf,
        /// Whether a person agreed to replace a file of this name.
        replace: bool,
    },
    /// Thumbnails, in the order they should appear.
    Thumbnails {
        /// Whose answer they are.
        ticket: Ticket,
        /// Which photos.
        photos: Vec<(PhotoId, PhotoHash)>,
        /// Stops the rest when nobody looks any more.
        stop: Progress,
    },
    /// A photo laid into its frame for comparison.
    Framed(Box<FramedRequest>),
    /// Both photos of a pair, the earlier one first, laid into their frame with exposure and colour matched.
    Match(Ticket, Box<[FramedRequest; 2]>),
    /// How far two photos may be compared.
    Grade {
        /// The two photos.
        pair: Pair,
        /// The series they belong to.
        board: Arc<Board>,
    },
    /// How far several pairs with one earlier photo may be compared.
    GradeAll {
        /// Whose answer it is.
        ticket: Ticket,
        /// The pairs.
        pairs: Vec<Pair>,
        /// The series they belong to.
        board: Arc<Board>,
    },
    /// All pixels of a photo, to look at them closely.
    Original(Ticket),
    /// What a person decided about where a photo lies.
    Decide(Course, Box<Decision>),
    /// What the pixels make of clicked points; the ticket is that of the photo.
    Refine {
        /// Whose answer it is.
        ticket: Ticket,
        /// The series of the photo.
        series: SeriesId,
        /// The frame it is placed in.
        frame: FrameId,
        /// The points.
        landmarks: Vec<Landmark>,
    },
    /// Save a pair as one picture.
    Composite {
        /// The two photos.
        pair: Pair,
        /// Where to.
        path: PathBuf,
        /// How.
        manner: Manner,
    },
    /// Who is due, what waits in the tray.
    Today,
    /// Which cases may be published: this page of them, from 0.
    Cases(u32),
    /// Write the gallery.
    ExportGallery {
        /// Where to.
        folder: PathBuf,
        /// The signature: the passphrase of whoever publishes, entered again.
        signature: Passphrase,
    },
    /// Read a folder and suggest a filing.
    Scan {
        /// Series to file into.
        ticket: Ticket,
        /// Whose it is.
        patient: PatientId,
        /// Folder or card; none for the vault's tray.
        folder: Option<PathBuf>,
    },
    /// Small pictures of files that are not in the vault yet.
    Peeks {
        /// Whose answer they are.
        ticket: Ticket,
        /// Which files, and what their bytes are known by.
        files: Vec<(PhotoHash, Redacted<PathBuf>)>,
        /// Stops the rest when nobody looks any more.
        stop: Progress,
    },
    /// A card of several patients.
    Card(CardJob),
    /// File the photos of a patient's plan, then align the series.
    File(PatientId, Box<Plan>),
    /// Align what is new in a series.
    Align(Course),
    /// Measure how far the photos of a series may be compared with their baselines.
    GradeSeries(Course),
    /// Keep the settings.
    SaveSettings {
        /// The file.
        path: PathBuf,
        /// Look and text size.
        preferences: Preferences,
        /// The vault that was opened last.
        vault: Option<PathBuf>,
    },
    /// What the newest filing or edit is.
    LastChange,
    /// Take back this filing or edit, if it still is the newest.
    Undo(UndoEntry),
    /// What was undone last.
    LastUndone,
    /// Make this filing or edit again, if it still is what was undone last.
    Redo(UndoEntry),
    /// The courses of the patient with this code, to move something there; audited like their page.
    Courses(Ticket, Redacted<String>),
    /// The views of a series.
    Views(Ticket, SeriesId),
    /// What moving something would mean.
    PlanTransfer(Ticket, Transfer),
    /// Move what was planned, on this patient's page.
    CarryOut(PatientId, Arc<TransferPlan>),
    /// Users, backups, verification, the audit.
    Upkeep(UpkeepJob),
}

/// Who asked the desktop for a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// The unlock screen: folder of a vault.
    Vault,
    /// The Triage screen: a card or folder.
    Card,
    /// The import screen of a series: a card or folder.
    Import(SeriesId),
    /// The gallery screen: where to write.
    Gallery,
    /// The compare screen with this pair: a picture file.
    Composite(Pair),
    /// The settings: where backups go.
    Backup,
    /// The settings: a backup that gives originals back.
    Repair,
    /// The settings: a table of the audit.
    Audit,
    /// Where a recovery code is shown: a page of it.
    Sheet,
    /// The page of this patient: their card.
    PatientCard(PatientId),
    /// The consents of this patient: the signed document.
    Document(PatientId),
    /// The consents: where the copy of this document goes.
    Copy(AttachmentId),
}

/// New keys for an open vault.
#[derive(Clone)]
pub struct KeyChange {
    /// The vault, where it is not the one on the screens.
    pub vault: Option<Vault>,
    /// The passphrase that holds now, where it must be given again.
    pub old: Option<Passphrase>,
    /// The passphrase that shall hold.
    pub new: Option<Passphrase>,
    /// Whether a new recovery code shall replace the printed one.
    pub code: bool,
}

/// What a person decided about a pair that is saved as one picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Manner {
    /// They looked at a suggested alignment and want it used.
    pub accept_suggestion: bool,
    /// Exposure and colour are matched, as on the screen.
    pub matched: bool,
    /// They agreed to replace a file of this name.
    pub replace: bool,
}

/// A photo to be laid into a frame.
#[derive(Debug, Clone, PartialEq)]
pub struct FramedRequest {
    /// The photo, and the generation of the compare screen.
    pub ticket: Ticket,
    /// Identity of the original.
    pub hash: PhotoHash,
    /// Size of the upright original.
    pub size: Size,
    /// From its pixels to those of the frame, when it has a place there.
    pub matrix: Option<Matrix3>,
    /// Size of the frame; without a frame the photo is its own.
    pub frame: Size,
}

/// What is said when a mistake of the program ended a job.
pub const BROKE: &str = "Something in the program went wrong. Nothing stored was changed by it. Try again; if it happens again, \
                         report what you did.";

impl Job {
    /// The long work it begins with; none when it is short.
    #[must_use]
    pub fn work(&self) -> Option<Work> {
        match self {
            Self::BuildDemo(_) => Some(Work::Demo),
            Self::Scan { ticket, patient, .. } => {
                Some(Work::Scan(Course { patient: *patient, series: SeriesId(ticket.id) }))
            }
            Self::File(patient, plan) => Some(Work::File(Course { patient: *patient, series: plan.series })),
            Self::Align(course) => Some(Work::Align(*course)),
            Self::ExportGallery { .. } => Some(Work::Gallery),
            Self::Card(job) => job.work(),
            Self::Upkeep(job) => job.work(),
            _ => None,
        }
    }

    /// The vault it brings with it, where that is not the one on the screens.
    #[must_use]
    pub fn vault(&self) -> Option<&Vault> {
        match self {
            Self::ChangeKeys(change) => change.vault.as_ref(),
            _ => None,
        }
    }

    /// What its asker is told when a mistake of the program ended it, so that only the screen that waits goes on.
    #[must_use]
    pub fn broken(&self) -> Vec<Answer> {
        let failure = || Failure(BROKE.to_owned());
        let one = match self {
            Self::Peek(folder) => {
                Answer::Peeked(folder.clone(), Err(VaultError::Damaged("it could not be looked at")), None)
            }
            Self::Open { .. } | Self::BuildDemo(_) => Answer::Opened(Err(failure())),
            Self::Recover { .. } => Answer::Recovered(Err(failure())),
            Self::Create { .. } => Answer::Created(Err(failure())),
            Self::ChangeKeys(_) => Answer::KeysChanged(Err(failure())),
            Self::PickFolder(asked) | Self::PickDocument(asked) | Self::PickFile { asked, .. } => {
                Answer::Picked(*asked, None)
            }
            Self::Patients { ticket, page, .. } => Answer::Patients(*ticket, *page, Err(failure())),
            Self::EditPatient(patient, _) => Answer::PatientEdited(*patient, Err(failure())),
            Self::AddPatient(ticket, _) => Answer::PatientAdded(*ticket, Err(failure())),
            Self::OpenPatient(ticket) => Answer::PatientOpened(*ticket, Err(failure())),
            Self::Board(ticket) => Answer::Board(*ticket, Err(failure())),
            Self::EditSession(patient, ..) | Self::EditSeries(patient, ..) => {
                Answer::CourseEdited(*patient, Err(failure()))
            }
            Self::AddSeries(new) => Answer::SeriesAdded(new.patient, Err(failure())),
            Self::AddConsents(patient, ..) => Answer::ConsentsAdded(*patient, Err(failure())),
            Self::SaveDocument { patient, document, .. } => {
                Answer::DocumentSaved(*patient, *document, Err(NotSaved::Failed(failure())))
            }
            Self::ShowDocument(ticket, index) => Answer::DocumentShown(*ticket, *index, Err(failure())),
            Self::Thumbnails { ticket, photos, .. } => {
                return photos.iter().map(|(id, _)| Answer::Thumbnail(*ticket, *id, None)).collect();
            }
            Self::Framed(request) => Answer::Framed(request.ticket, Err(failure())),
            Self::Match(ticket, _) => Answer::Matched(*ticket, Err(failure())),
            Self::Grade { pair, .. } => Answer::Graded(*pair, None),
            Self::GradeAll { ticket, pairs, .. } => {
                Answer::GradedAll(*ticket, pairs.iter().map(|pair| (*pair, None)).collect())
            }
            Self::Original(ticket) => Answer::Original(*ticket, Err(failure())),
            Self::Decide(course, decision) => Answer::Decided(*course, decision.clone(), Err(failure())),
            Self::Refine { ticket, .. } => Answer::Refined(*ticket, Err(failure())),
            Self::Composite { pair, .. } => Answer::CompositeSaved(*pair, Err(NotSaved::Failed(failure()))),
            Self::Today => Answer::Today(Err(failure())),
            Self::Cases(page) => Answer::Cases(*page, Err(failure())),
            Self::ExportGallery { .. } => Answer::GalleryWritten(Err(failure())),
            Self::Scan { ticket, .. } => Answer::Scanned(*ticket, Err(failure())),
            Self::Peeks { ticket, files, .. } => {
                return files.iter().map(|(hash, _)| Answer::Peek(*ticket, *hash, None)).collect();
            }
            Self::File(patient, plan) => {
                Answer::Filed(Course { patient: *patient, series: plan.series }, Err(failure()))
            }
            Self::Align(course) => Answer::Aligned(*course, Err(failure())),
            Self::GradeSeries(course) => Answer::SeriesGraded(*course, Err(failure())),
            Self::LastChange => Answer::LastChange(Err(failure())),
            Self::Undo(entry) => Answer::Undone(entry.clone(), Err(failure())),
            Self::LastUndone => Answer::LastUndone(Err(failure())),
            Self::Redo(entry) => Answer::Redone(entry.clone(), Err(failure())),
            Self::Courses(ticket, _) => Answer::Courses(*ticket, Err(failure())),
            Self::Views(ticket, _) => Answer::Views(*ticket, Err(failure())),
            Self::PlanTransfer(ticket, _) => Answer::TransferPlanned(*ticket, Err(failure())),
            Self::CarryOut(patient, _) => Answer::Transferred(*patient, Err(failure())),
            Self::Card(job) => return job.broken(),
            Self::Upkeep(job) => job.broken(),
            Self::CodeUsed | Self::SaveSettings { .. } => return Vec::new(),
        };
        vec![one]
    }
}
