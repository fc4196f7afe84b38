//! Work that takes long: what it is and what it belongs to.

use crate::import::card::COPYING;
use crate::import::commit::STORING;
use crate::import::watch;
use crate::model::text::{counted, grouped};
use crate::model::{PatientId, SeriesId};

/// A series and whose it is: what long work belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Course {
    /// Whose.
    pub patient: PatientId,
    /// Which series.
    pub series: SeriesId,
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
    /// Measuring how far the photos of a series may be compared.
    Grade(Course),
    /// Taking a card into the tray and comparing it.
    Card,
    /// Filing the accepted groups of a card.
    FileCard,
    /// Taking what comes into a folder.
    Watch,
    /// Writing the gallery.
    Gallery,
    /// Making a backup.
    BackUp,
    /// Reading the originals again.
    Verify,
    /// Giving originals back from a backup.
    Repair,
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
            Self::Grade(_) => "Grading pairs",
            Self::Card => "Reading a card",
            Self::FileCard => "Filing a card",
            Self::Watch => watch::WHAT,
            Self::Gallery => "Writing the gallery",
            Self::BackUp => "Backing up",
            Self::Verify => "Verifying the originals",
            Self::Repair => "Repairing originals",
        }
    }

    /// How far it is: "12 of 40"; a backup counts megabytes. Empty while that is unknown.
    #[must_use]
    pub fn count(self, done: u64, total: u64) -> String {
        match (self, total) {
            (Self::Watch, _) => counted(done as i64, "photo"),
            (_, 0) | (Self::BackUp | Self::Verify | Self::Repair, 1) => String::new(),
            (Self::BackUp, _) => format!("{} of {} MB", grouped(done), grouped(total)),
            _ => format!("{done} of {total}"),
        }
    }

    /// How fast it goes on: "4.2 photos/s". None where a stage counts something else than photos, and while it is a guess.
    #[must_use]
    pub fn speed(self, stage: &str, done: u64, seconds: f64) -> Option<String> {
        let counts_photos = matches!(self, Self::Card | Self::FileCard) && [COPYING, STORING].contains(&stage);
        if !counts_photos || done < 2 || seconds < 1.0 {
            return None;
        }
        let rate = done as f64 / seconds;
        let digits = usize::from(rate < 10.0);
        Some(format!("{rate:.digits$} photos/s"))
    }

    /// The series it belongs to.
    #[must_use]
    pub fn course(self) -> Option<Course> {
        match self {
            Self::Scan(course) | Self::File(course) | Self::Align(course) | Self::Grade(course) => Some(course),
            Self::Demo
            | Self::Card
            | Self::FileCard
            | Self::Watch
            | Self::Gallery
            | Self::BackUp
            | Self::Verify
            | Self::Repair => None,
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
