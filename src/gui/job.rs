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
use crate::vault::{Board, Passphrase, PatientRow, Vault, VaultError, VaultInfo};

/// The entity and the generation something was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ticket {
    /// Row id of the patient, series or photo; 0 for lists.
    pub id: i64,
    /// Counts the questions of the asking screen.
    pub generation: u64,
}

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
    /// A new patient.
    AddPatient(NewPatient),
    /// Somebody opens a patient's page; this is audited.
    OpenPatient(Ticket),
    /// One series.
    Board(Ticket),
    /// A new series.
    AddSeries(NewSeries),
    /// A consent given or taken back.
    AddConsent(Consent),
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
        /// The earlier photo.
        before: PhotoId,
        /// The later photo.
        after: PhotoId,
        /// Where to.
        path: PathBuf,
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
    /// File the photos of a plan, then align the series.
    File(Box<Plan>),
    /// Align what is new in a series.
    Align(SeriesId),
    /// Keep the settings.
    SaveSettings {
        /// The file.
        path: PathBuf,
        /// Look and text size.
        preferences: Preferences,
        /// The vault that was opened last.
        vault: Option<PathBuf>,
    },
    /// Take back the newest filing or edit.
    Undo,
}

/// Who asked the desktop for a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// The unlock screen: folder of a vault.
    Vault,
    /// The import screen: a card or folder.
    Import,
    /// The gallery screen: where to write.
    Gallery,
    /// The compare screen: a picture file.
    Composite,
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

/// What is being worked on at length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Building the demo clinic.
    Demo,
    /// Reading a folder.
    Scan,
    /// Filing photos.
    File,
    /// Aligning what was filed.
    Align,
    /// Writing the gallery.
    Gallery,
}

/// What comes back.
#[derive(Clone)]
pub enum Answer {
    /// To [`Job::Peek`].
    Peeked(PathBuf, Result<VaultInfo, VaultError>),
    /// To [`Job::Open`] and [`Job::Recover`].
    Opened(Outcome<Vault>),
    /// To [`Job::Create`], with the recovery code that is shown once.
    Created(Outcome<(Vault, Arc<Zeroizing<String>>)>),
    /// To [`Job::PickFolder`] and [`Job::PickFile`]; none when the person cancelled or the desktop has no dialog.
    Picked(Asked, Option<PathBuf>),
    /// To [`Job::Patients`]: total and one page.
    Patients(Ticket, u32, Outcome<(u32, Vec<PatientRow>)>),
    /// To [`Job::AddPatient`].
    PatientAdded(Outcome<PatientId>),
    /// To [`Job::OpenPatient`].
    PatientOpened(Ticket, Outcome<Arc<PatientPage>>),
    /// To [`Job::Board`].
    Board(Ticket, Outcome<Arc<Board>>),
    /// To [`Job::AddSeries`].
    SeriesAdded(PatientId, Outcome<SeriesId>),
    /// To [`Job::AddConsent`].
    ConsentAdded(PatientId, Outcome<()>),
    /// One of [`Job::Thumbnails`]; none when the original could not be read.
    Thumbnail(Ticket, PhotoId, Option<Handle>),
    /// To [`Job::Framed`].
    Framed(Ticket, Outcome<Arc<Shown>>),
    /// To [`Job::Composite`].
    CompositeSaved(Outcome<PathBuf>),
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
    Filed(SeriesId, Outcome<Arc<import::Outcome>>),
    /// After [`Job::File`] and to [`Job::Align`]: a sentence of result.
    Aligned(SeriesId, Outcome<String>),
    /// To [`Job::Undo`]: what was undone.
    Undone(Outcome<String>),
    /// A job ended by a fault of the program.
    Broke,
    /// Long work began; the handle cancels it.
    Started(Work, Progress),
    /// Long work went on; with the seconds it has taken so far.
    Advanced(Work, Report, f64),
}

/// Long work as a screen shows it.
#[derive(Debug, Clone, Default)]
pub struct Running {
    /// Cancels it, once it has begun.
    pub handle: Option<Progress>,
    /// How far it is.
    pub report: Option<Report>,
    /// Seconds it has taken so far.
    pub seconds: f64,
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
