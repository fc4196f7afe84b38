//! What the Triage screen asks of the core and what comes back.

use std::path::PathBuf;
use std::sync::Arc;

use chrono::NaiveDate;

use super::{Answer, BROKE, Failure, Filing, NotSaved, Outcome, Ticket, Work};
use crate::import::card::{Card, Draft, Group, Options, Small};
use crate::import::watch::Status;
use crate::model::{Patient, PatientId, PhotoHash, SeriesId, SessionKind};
use crate::progress::Progress;

/// A question about a card.
#[derive(Clone)]
pub enum CardJob {
    /// Take a card into the tray, or without a folder what lies there, and suggest where it goes.
    Take {
        /// Which card.
        ticket: Ticket,
        /// Folders, cards and files; none for the vault's tray.
        paths: Option<Vec<PathBuf>>,
        /// How it is cut and compared.
        options: Options,
        /// The clinic's list of the day.
        list: Option<PathBuf>,
    },
    /// Send a group to a series, and suggest the views there.
    Aim {
        /// Which card, as it was cut then.
        ticket: Ticket,
        /// Which group.
        at: usize,
        /// The group as it stands.
        group: Box<Group>,
        /// Where to.
        series: SeriesId,
        /// How it is compared.
        options: Options,
    },
    /// Look anew at a group that was cut or put together: what speaks against where it goes, and which views it shows.
    Recheck {
        /// Which card, as it was cut then.
        ticket: Ticket,
        /// Which group.
        at: usize,
        /// The group as it stands.
        group: Box<Group>,
        /// How it is compared.
        options: Options,
    },
    /// Cut a card anew by another gap, clock or list, and suggest where its groups go.
    Recut {
        /// Which card.
        ticket: Ticket,
        /// As it was cut.
        card: Box<Card>,
        /// How it is to be cut and compared.
        options: Options,
        /// The clinic's list of the day.
        list: Option<PathBuf>,
    },
    /// What the visit of a group is on another day, or as one of another kind.
    Revisit {
        /// Which card, as it was cut then.
        ticket: Ticket,
        /// Which group.
        at: usize,
        /// The group as it stands.
        group: Box<Group>,
        /// The day.
        day: NaiveDate,
        /// Why the patient came.
        kind: SessionKind,
    },
    /// Pictures for the screen.
    Pictures {
        /// Which card.
        ticket: Ticket,
        /// What they are known by, and what they are made from.
        shots: Vec<(PhotoHash, Small)>,
        /// Stops the rest when nobody looks any more.
        stop: Progress,
    },
    /// Courses of the patients whose name or code fits.
    Find(Ticket, String),
    /// Whether the clinic lets photos be compared with those of patients, after an owner has said what is wanted.
    Comparing(Option<bool>),
    /// Keep how far the card has been sorted.
    Keep(Box<Draft>),
    /// File what was accepted, then align it.
    File(Ticket, Box<Card>),
    /// Write the card of a patient, to be printed.
    Print {
        /// Whose.
        patient: PatientId,
        /// Where to.
        path: PathBuf,
        /// Whether a person agreed to replace a file of this name.
        replace: bool,
    },
    /// Take what comes into a folder, until somebody stops that.
    Watch(PathBuf),
}

/// An answer about a card.
#[derive(Clone)]
pub enum CardAnswer {
    /// To [`CardJob::Take`] and [`CardJob::Recut`].
    Taken(Ticket, Outcome<Arc<Card>>),
    /// The list of the day could not be read, and the card is as it was.
    Unlisted(Ticket, Failure),
    /// To [`CardJob::Aim`], [`CardJob::Recheck`] and [`CardJob::Revisit`].
    Aimed(Ticket, usize, Outcome<Arc<Group>>),
    /// To [`CardJob::Find`]: with what was typed.
    Found(Ticket, String, Vec<Whose>),
    /// To [`CardJob::Comparing`].
    Comparing(Outcome<bool>),
    /// To [`CardJob::Keep`].
    Kept(Outcome<()>),
    /// To [`CardJob::File`].
    Filed(Ticket, Outcome<Arc<Filing>>),
    /// To [`CardJob::Print`]: whose card, and where it was to go.
    Printed(PatientId, PathBuf, std::result::Result<(), NotSaved>),
    /// To [`CardJob::Watch`], whenever something is other than before: the folder and how it stands.
    Watched(PathBuf, Arc<Status>),
    /// The watching has ended: the folder, and what stopped it where nobody did.
    Unwatched(PathBuf, Outcome<()>),
}

/// A course a group may go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whose {
    /// Whose.
    pub patient: Patient,
    /// Which course.
    pub series: SeriesId,
    /// What it is called.
    pub title: String,
}

impl CardJob {
    /// The long work it begins with.
    #[must_use]
    pub fn work(&self) -> Option<Work> {
        match self {
            Self::Take { .. } | Self::Recut { .. } => Some(Work::Card),
            Self::File(..) => Some(Work::FileCard),
            Self::Watch(_) => Some(Work::Watch),
            _ => None,
        }
    }

    /// What its asker is told when a mistake of the program ended it.
    #[must_use]
    pub fn broken(&self) -> Vec<Answer> {
        let failure = || Failure(BROKE.to_owned());
        let one = match self {
            Self::Take { ticket, .. } | Self::Recut { ticket, .. } => CardAnswer::Taken(*ticket, Err(failure())),
            Self::Aim { ticket, at, .. } | Self::Recheck { ticket, at, .. } | Self::Revisit { ticket, at, .. } => {
                CardAnswer::Aimed(*ticket, *at, Err(failure()))
            }
            Self::Find(ticket, typed) => CardAnswer::Found(*ticket, typed.clone(), Vec::new()),
            Self::Comparing(_) => CardAnswer::Comparing(Err(failure())),
            Self::Keep(_) => CardAnswer::Kept(Err(failure())),
            Self::File(ticket, _) => CardAnswer::Filed(*ticket, Err(failure())),
            Self::Print { patient, path, .. } => {
                CardAnswer::Printed(*patient, path.clone(), Err(NotSaved::Failed(failure())))
            }
            Self::Watch(folder) => CardAnswer::Unwatched(folder.clone(), Err(failure())),
            Self::Pictures { ticket, shots, .. } => {
                return shots.iter().map(|(hash, _)| Answer::Peek(*ticket, *hash, None)).collect();
            }
        };
        vec![Answer::Card(one)]
    }
}

impl CardAnswer {
    /// What long work came to, in a sentence that names nobody.
    #[must_use]
    pub fn news(&self) -> Option<String> {
        match self {
            Self::Taken(_, Ok(_)) => Some("The card was copied into the tray. Go to Today to sort it.".to_owned()),
            Self::Taken(_, Err(failure)) | Self::Filed(_, Err(failure)) | Self::Unwatched(_, Err(failure)) => {
                Some(failure.0.clone())
            }
            Self::Filed(_, Ok(filing)) => Some(filing.outcome.sentence()),
            _ => None,
        }
    }
}
