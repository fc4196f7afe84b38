//! What stands on pages: records as screens show them.

use chrono::NaiveDate;

use crate::model::{Attachment, Consent, Patient, Series, SeriesState, Session};
use crate::protocol::Due;
use crate::vault::{DueTotals, Expiring, LastBackup, LastCheck};

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
    /// The documents that are kept, with the consents they belong to.
    pub documents: Vec<Attachment>,
}

/// What may change in a series while it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeriesPlan {
    /// Planned treatments; 0 when open-ended.
    pub planned: u32,
    /// Shortest and longest interval between treatments, days.
    pub days: (u32, u32),
    /// Open, finished or stopped.
    pub state: SeriesState,
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
    /// The beginning of each part of the list of who is due, most pressing first.
    pub due: Vec<DueLine>,
    /// How long each part is in all.
    pub totals: DueTotals,
    /// The consents that end next.
    pub expiring: Vec<Expiring>,
    /// Whether more consents than these end soon.
    pub more_expiring: bool,
    /// Photos that are in the vault but not filed.
    pub tray: usize,
    /// The last backup.
    pub backup: Option<LastBackup>,
    /// The last verification.
    pub check: Option<LastCheck>,
    /// What the opening of the vault found and nobody has mended, and that its folder is shared: each in a sentence.
    pub found: Vec<String>,
}

/// A course of treatment and whether it may be published.
#[derive(Debug, Clone)]
pub struct Case {
    /// Who.
    pub patient: Patient,
    /// Which course.
    pub series: Series,
    /// Whether a consent for the website holds.
    pub allowed: bool,
    /// What of it would be published, or why nothing may be.
    pub standing: Result<String, String>,
}

/// A page of what stands on the screen of the gallery.
#[derive(Debug, Clone, Default)]
pub struct Cases {
    /// Which page, from 0.
    pub page: u32,
    /// Series of the vault with a valid consent for the website.
    pub allowed: u32,
    /// All series of the vault.
    pub series: u32,
    /// Those of the page: with a valid consent first.
    pub listed: Vec<Case>,
}

/// The window a course is due in, for captions: "27 May – 3 Jun".
#[must_use]
pub fn window(from: NaiveDate, to: NaiveDate) -> String {
    format!("{} – {}", from.format("%-d %b"), to.format("%-d %b"))
}
