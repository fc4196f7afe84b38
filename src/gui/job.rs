//! What screens ask of the core and what comes back: plain values, so that screens stay pure.
//!
//! Every question that may be overtaken carries a [`Ticket`]; its answer brings the ticket back and the asking screen drops
//! an answer whose ticket is not the one it waits for. A picture of one patient can thus never land on another's page.

use std::path::PathBuf;
use std::sync::Arc;

use chrono::NaiveDate;
use iced::widget::image::Handle;
use zeroize::Zeroizing;

use super::picture::Shown;
use super::screen::settings::Preferences;
use crate::geom::Size;
use crate::import::{self, Plan};
use crate::model::{
    Alignment, Consent, NewPatient, NewSeries, Patient, PatientId, PhotoHash, PhotoId, Redacted, Series, SeriesId,
    Session,
};
use crate::progress::{Progress, Report};
use crate::protocol::Due;
use crate::vault::{Board, Passphrase, PatientRow, UndoEntry, Vault, VaultError, VaultInfo};

/// The entity and the generation something was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ticket {
    /// Row id of the patient, series or photo; 0 for lists.
    pub id: i64,
    /// Counts the questions of the asking screen.
    pub generation: u64,
}

/// A series and whose it is: what long work belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Course {
    /// Whose.
    pub patient: PatientId,
    /// Which series.
    pub series: SeriesId,
}

/// The earlier and the later photo of a comparison.
pub type Pair = (PhotoId, PhotoId);

/// A recovery code on its way to the screen that shows it once.
pub type Code = Arc<Zeroizing<String>>;

/// Why something could not be done, as the person reads it: what happened, what is safe, what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure(pub String);

/// A result as screens take it.
pub type Outcome<T> = Result<T, Failure>;

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
    /// Somebody opens a patient's page; this is audited.
    OpenPatient(Ticket),
    /// One series.
    Board(Ticket),
    /// A new series.
    AddSeries(NewSeries),
    /// Consents of one patient that were given or taken back together.
    AddConsents(PatientId, Vec<Consent>),
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
    /// Save a pair as one picture.
    Composite {
        /// The two photos.
        pair: Pair,
        /// Where to.
        path: PathBuf,
        /// Whether a person looked at a suggested alignment and wants it used.
        accept_suggestion: bool,
        /// Whether a person agreed to replace a file of this name.
        replace: bool,
    },
    /// Who is due, what waits in the tray.
    Today,
    /// Which cases may be published.
    Cases,
    /// Write the gallery.
    ExportGallery(PathBuf),
    /// Read a folder and suggest a filing.
    Scan {
        /// Series to file into.
        ticket: Ticket,
        /// Whose it is.
        patient: PatientId,
        /// Folder or card.
        folder: PathBuf,
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
    /// File the photos of a patient's plan, then align the series.
    File(PatientId, Box<Plan>),
    /// Align what is new in a series.
    Align(Course),
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
}

/// Who asked the desktop for a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// The unlock screen: folder of a vault.
    Vault,
    /// The import screen of a series: a card or folder.
    Import(SeriesId),
    /// The gallery screen: where to write.
    Gallery,
    /// The compare screen with this pair: a picture file.
    Composite(Pair),
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

/// A photo to be laid into a frame.
#[derive(Debug, Clone, PartialEq)]
pub struct FramedRequest {
    /// The photo, and the generation of the compare screen.
    pub ticket: Ticket,
    /// Identity of the original.
    pub hash: PhotoHash,
    /// Size of the upright original.
    pub size: Size,
    /// Its alignment, when there is a usable one.
    pub alignment: Option<Alignment>,
    /// Size of the frame; without a frame the photo is its own.
    pub frame: Size,
}

/// A patient's page without pictures.
#[derive(Debug, Clone)]
pub struct PatientPage {
    /// Who.
    pub patient: Patient,
    /// Their courses, open ones first.
    pub series: Vec<Series>,
    /// Visits of each course, in the same order.
    pub sessions: Vec<Vec<Session>>,
    /// The history of consents.
    pub consents: Vec<Consent>,
}

/// A line of the day's list.
#[derive(Debug, Clone)]
pub struct DueLine {
    /// Who.
    pub patient: Patient,
    /// Which course.
    pub series: Series,
    /// When and for what.
    pub due: Due,
}

/// What stands on the screen of the day.
#[derive(Debug, Clone, Default)]
pub struct Day {
    /// Most pressing first.
    pub due: Vec<DueLine>,
    /// Photos that are in the vault but not filed.
    pub tray: usize,
    /// All patients.
    pub patients: u32,
}

/// A course of treatment and whether it may be published.
#[derive(Debug, Clone)]
pub struct Case {
    /// Who.
    pub patient: Patient,
    /// Which course.
    pub series: Series,
    /// None when it may be published, else why not.
    pub obstacle: Option<String>,
}

/// What is being worked on at length, and what it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Building the demo clinic.
    Demo,
    /// Reading a folder for a series.
    Scan(Course),
    /// Filing photos into a series.
    File(Course),
    /// Aligning what was filed into a series.
    Align(Course),
    /// Writing the gallery.
    Gallery,
}

impl Work {
    /// What it does, without saying for whom.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Demo => "Building the demo clinic",
            Self::Scan(_) => "Reading a folder",
            Self::File(_) => "Filing photos",
            Self::Align(_) => "Aligning photos",
            Self::Gallery => "Writing the gallery",
        }
    }

    /// The series it belongs to.
    #[must_use]
    pub fn course(self) -> Option<Course> {
        match self {
            Self::Scan(course) | Self::File(course) | Self::Align(course) => Some(course),
            Self::Demo | Self::Gallery => None,
        }
    }
}

/// A pair that was saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// Where it lies.
    pub path: PathBuf,
    /// How the two pictures were placed.
    pub placed: String,
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

/// What comes back.
#[derive(Clone)]
pub enum Answer {
    /// To [`Job::Peek`].
    Peeked(PathBuf, Result<VaultInfo, VaultError>),
    /// To [`Job::Open`] and [`Job::BuildDemo`].
    Opened(Outcome<Vault>),
    /// To [`Job::Recover`].
    Recovered(Outcome<Vault>),
    /// To [`Job::Create`], with the recovery code that is shown once.
    Created(Outcome<(Vault, Code)>),
    /// To [`Job::ChangeKeys`], with the new recovery code where one was asked for.
    KeysChanged(Outcome<Option<Code>>),
    /// To [`Job::CodeUsed`].
    CodeUsed(bool),
    /// To [`Job::PickFolder`] and [`Job::PickFile`]; none when the person cancelled or the desktop has no dialog.
    Picked(Asked, Option<PathBuf>),
    /// To [`Job::Patients`]: total and one page.
    Patients(Ticket, u32, Outcome<(u32, Vec<PatientRow>)>),
    /// To [`Job::AddPatient`].
    PatientAdded(Ticket, Outcome<PatientId>),
    /// To [`Job::OpenPatient`].
    PatientOpened(Ticket, Outcome<Arc<PatientPage>>),
    /// To [`Job::Board`].
    Board(Ticket, Outcome<Arc<Board>>),
    /// To [`Job::AddSeries`].
    SeriesAdded(PatientId, Outcome<SeriesId>),
    /// To [`Job::AddConsents`].
    ConsentsAdded(PatientId, Outcome<()>),
    /// One of [`Job::Thumbnails`]; none when the original could not be read.
    Thumbnail(Ticket, PhotoId, Option<Handle>),
    /// To [`Job::Framed`].
    Framed(Ticket, Outcome<Arc<Shown>>),
    /// To [`Job::Composite`].
    CompositeSaved(Pair, Result<Saved, NotSaved>),
    /// To [`Job::Today`].
    Today(Outcome<Arc<Day>>),
    /// To [`Job::Cases`].
    Cases(Outcome<Arc<Vec<Case>>>),
    /// To [`Job::ExportGallery`]: a sentence of result.
    GalleryWritten(Outcome<String>),
    /// To [`Job::Scan`].
    Scanned(Ticket, Outcome<Arc<Plan>>),
    /// One of [`Job::Peeks`].
    Peek(Ticket, PhotoHash, Option<Handle>),
    /// To [`Job::File`].
    Filed(Course, Outcome<Arc<Filing>>),
    /// After [`Job::File`] and to [`Job::Align`]: a sentence of result.
    Aligned(Course, Outcome<String>),
    /// To [`Job::LastChange`].
    LastChange(Outcome<Option<UndoEntry>>),
    /// To [`Job::Undo`]: what was undone.
    Undone(UndoEntry, Outcome<String>),
    /// Long work began; the handle cancels it.
    Started(Work, Progress),
    /// Long work went on; with the seconds it has taken so far.
    Advanced(Report, f64),
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
            Self::ExportGallery(_) => Some(Work::Gallery),
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
            Self::Peek(folder) => Answer::Peeked(folder.clone(), Err(VaultError::Damaged("it could not be looked at"))),
            Self::Open { .. } | Self::BuildDemo(_) => Answer::Opened(Err(failure())),
            Self::Recover { .. } => Answer::Recovered(Err(failure())),
            Self::Create { .. } => Answer::Created(Err(failure())),
            Self::ChangeKeys(_) => Answer::KeysChanged(Err(failure())),
            Self::PickFolder(asked) | Self::PickFile { asked, .. } => Answer::Picked(*asked, None),
            Self::Patients { ticket, page, .. } => Answer::Patients(*ticket, *page, Err(failure())),
            Self::AddPatient(ticket, _) => Answer::PatientAdded(*ticket, Err(failure())),
            Self::OpenPatient(ticket) => Answer::PatientOpened(*ticket, Err(failure())),
            Self::Board(ticket) => Answer::Board(*ticket, Err(failure())),
            Self::AddSeries(new) => Answer::SeriesAdded(new.patient, Err(failure())),
            Self::AddConsents(patient, _) => Answer::ConsentsAdded(*patient, Err(failure())),
            Self::Thumbnails { ticket, photos, .. } => {
                return photos.iter().map(|(id, _)| Answer::Thumbnail(*ticket, *id, None)).collect();
            }
            Self::Framed(request) => Answer::Framed(request.ticket, Err(failure())),
            Self::Composite { pair, .. } => Answer::CompositeSaved(*pair, Err(NotSaved::Failed(failure()))),
            Self::Today => Answer::Today(Err(failure())),
            Self::Cases => Answer::Cases(Err(failure())),
            Self::ExportGallery(_) => Answer::GalleryWritten(Err(failure())),
            Self::Scan { ticket, .. } => Answer::Scanned(*ticket, Err(failure())),
            Self::Peeks { ticket, files, .. } => {
                return files.iter().map(|(hash, _)| Answer::Peek(*ticket, *hash, None)).collect();
            }
            Self::File(patient, plan) => {
                Answer::Filed(Course { patient: *patient, series: plan.series }, Err(failure()))
            }
            Self::Align(course) => Answer::Aligned(*course, Err(failure())),
            Self::LastChange => Answer::LastChange(Err(failure())),
            Self::Undo(entry) => Answer::Undone(entry.clone(), Err(failure())),
            Self::CodeUsed | Self::SaveSettings { .. } => return Vec::new(),
        };
        vec![one]
    }
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
            Self::Scanned(_, Err(failure)) | Self::Filed(_, Err(failure)) => Some(failure.0.clone()),
            Self::Filed(_, Ok(filing)) => Some(filing.outcome.sentence()),
            Self::Aligned(_, outcome) | Self::GalleryWritten(outcome) => Some(said(outcome)),
            _ => None,
        }
    }
}

/// How long a running work will still take, for captions; nothing while that is a guess.
#[must_use]
pub fn time_left(done: u64, total: u64, seconds: f64) -> Option<String> {
    if done < 2 || total <= done || seconds < 1.0 {
        return None;
    }
    let left = seconds / done as f64 * (total - done) as f64;
    Some(if left < 90.0 { format!("{} s left", left.ceil()) } else { format!("{} min left", (left / 60.0).ceil()) })
}

/// The window a course is due in, for captions: "27 May – 3 Jun".
#[must_use]
pub fn window(from: NaiveDate, to: NaiveDate) -> String {
    format!("{} – {}", from.format("%-d %b"), to.format("%-d %b"))
}
