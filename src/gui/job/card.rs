//! What the Triage screen asks of the core and what comes back.

use std::path::PathBuf;
use std::sync::Arc;

use super::{Answer, BROKE, Failure, Filing, Outcome, Ticket, Work};
use crate::import::card::{Card, Group, Options, Small};
use crate::model::{Patient, PhotoHash, SeriesId};
use crate::progress::Progress;

/// A question about a card.
#[derive(Clone)]
pub enum CardJob {
    /// Take a card into the tray, or without a folder what lies there, and suggest where it goes.
    Take {
        /// Which card.
        ticket: Ticket,
        /// Folder or card; none for the vault's tray.
        folder: Option<PathBuf>,
        /// How it is cut and compared.
        options: Options,
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
    /// File what was accepted, then align it.
    File(Ticket, Box<Card>),
}

/// An answer about a card.
#[derive(Clone)]
pub enum CardAnswer {
    /// To [`CardJob::Take`].
    Taken(Ticket, Outcome<Arc<Card>>),
    /// To [`CardJob::Aim`].
    Aimed(Ticket, usize, Outcome<Arc<Group>>),
    /// To [`CardJob::Find`]: with what was typed.
    Found(Ticket, String, Vec<Whose>),
    /// To [`CardJob::Comparing`].
    Comparing(Outcome<bool>),
    /// To [`CardJob::File`].
    Filed(Ticket, Outcome<Arc<Filing>>),
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
            Self::Take { .. } => Some(Work::Card),
            Self::File(..) => Some(Work::FileCard),
            _ => None,
        }
    }

    /// What its asker is told when a mistake of the program ended it.
    #[must_use]
    pub fn broken(&self) -> Vec<Answer> {
        let failure = || Failure(BROKE.to_owned());
        let one = match self {
            Self::Take { ticket, .. } => CardAnswer::Taken(*ticket, Err(failure())),
            Self::Aim { ticket, at, .. } => CardAnswer::Aimed(*ticket, *at, Err(failure())),
            Self::Find(ticket, typed) => CardAnswer::Found(*ticket, typed.clone(), Vec::new()),
            Self::Comparing(_) => CardAnswer::Comparing(Err(failure())),
            Self::File(ticket, _) => CardAnswer::Filed(*ticket, Err(failure())),
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
            Self::Taken(_, Err(failure)) | Self::Filed(_, Err(failure)) => Some(failure.0.clone()),
            Self::Filed(_, Ok(filing)) => Some(filing.outcome.sentence()),
            _ => None,
        }
    }
}
