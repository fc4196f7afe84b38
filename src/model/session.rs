//! Visits.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::id::{SeriesId, SessionId};

/// Why the patient came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SessionKind {
    /// Before anything was done.
    #[serde(rename = "consultation")]
    Consultation,
    /// A treatment of the series; these are counted.
    #[serde(rename = "treatment")]
    Treatment,
    /// A picture taken while the skin heals.
    #[serde(rename = "healing")]
    Healing,
    /// Outcome after the last treatment.
    #[serde(rename = "follow-up")]
    FollowUp,
    /// A treatment that keeps the result, after the series.
    #[serde(rename = "maintenance")]
    Maintenance,
}

impl SessionKind {
    /// Every kind, in the order of lists.
    pub const ALL: [Self; 5] = [Self::Consultation, Self::Treatment, Self::Healing, Self::FollowUp, Self::Maintenance];

    /// Stable key, as stored and as typed on the command line.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Consultation => "consultation",
            Self::Treatment => "treatment",
            Self::Healing => "healing",
            Self::FollowUp => "follow-up",
            Self::Maintenance => "maintenance",
        }
    }

    /// Words for a person.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Consultation => "Consultation",
            Self::Treatment => "Treatment",
            Self::Healing => "Healing",
            Self::FollowUp => "Follow-up",
            Self::Maintenance => "Maintenance",
        }
    }

    /// Whether something is done to the skin that day, so that a photo may show it before or immediately after.
    #[must_use]
    pub const fn treats(self) -> bool {
        matches!(self, Self::Treatment | Self::Maintenance)
    }

    /// Reads a key.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.key() == key)
    }
}

/// One visit of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Row id.
    pub id: SessionId,
    /// The series it belongs to.
    pub series: SeriesId,
    /// Civil date in the clinic's zone, set by a person.
    pub date: NaiveDate,
    /// Tells two visits of one day apart, from 0.
    pub ordinal: u32,
    /// Why the patient came.
    pub kind: SessionKind,
}
