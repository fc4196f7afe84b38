//! What a screen wants done after an update. Only `app` carries it out.

use std::sync::Arc;

use super::job::{Course, Job, Work};
use super::picture::Shown;
use super::screen::settings::{Preferences, Section};
use crate::model::{PatientId, PhotoId};
use crate::vault::{Board, Vault};

/// A wish of a screen.
#[derive(Clone, Default)]
pub enum Action {
    /// Nothing.
    #[default]
    None,
    /// Ask the core.
    Run(Job),
    /// Several, in order.
    Many(Vec<Action>),
    /// Put the cursor into a field.
    Focus(&'static str),
    /// Put the cursor into the next field, or into the one before.
    StepFocus {
        /// Whether to the one before.
        back: bool,
    },
    /// Scroll a list to an offset.
    Scroll {
        /// Which list.
        id: &'static str,
        /// Offset to the right.
        x: f32,
        /// Offset down.
        y: f32,
    },
    /// Scroll a list until these things in it are seen.
    Reveal {
        /// Which list.
        list: &'static str,
        /// Which things.
        items: &'static [&'static str],
    },
    /// A short sentence that goes by itself.
    Toast(String),
    /// Stop long work at its next safe point.
    Cancel(Work),
    /// To the screen that long work belongs to.
    ShowWork(Work),
    /// The vault is open.
    Unlocked(Vault),
    /// Drop keys and pictures.
    Lock,
    /// To one of the places of the rail.
    Go(Place),
    /// To a patient's board.
    OpenPatient(PatientId),
    /// To a comparison of two photos of one view.
    Compare {
        /// The series, as it was when the pair was chosen.
        board: Arc<Board>,
        /// The earlier one.
        before: PhotoId,
        /// The later one.
        after: PhotoId,
    },
    /// To the filing of photos into a series; one that was begun there is found again.
    Import(Arc<Board>),
    /// To the sorting of a card; one that was begun is found again. With `true` the tray is taken at once.
    Triage(bool),
    /// This course has photos that nobody looked at yet: align them, unless that is under way.
    Align(Course),
    /// This course has pairs that nobody measured yet: grade them, unless that is under way.
    Grade(Course),
    /// Bring these pictures to the GPU, so that they can be drawn the moment they are wanted.
    Upload(Vec<Arc<Shown>>),
    /// To a section of the settings.
    OpenSettings(Section),
    /// Back to where this screen was opened from.
    Back,
    /// Keep the settings.
    Settings(Preferences),
}

/// The places of the rail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Who is due.
    Today,
    /// The list, a board, a comparison, an import.
    Patients,
    /// What may be published.
    Gallery,
    /// Look and vault.
    Settings,
}

impl Action {
    /// All of these.
    #[must_use]
    pub fn all<const N: usize>(actions: [Action; N]) -> Self {
        Self::Many(actions.into())
    }

    /// The jobs in it, in order. For tests of screens.
    #[must_use]
    pub fn jobs(&self) -> Vec<&Job> {
        match self {
            Self::Run(job) => vec![job],
            Self::Many(actions) => actions.iter().flat_map(Self::jobs).collect(),
            _ => Vec::new(),
        }
    }
}
