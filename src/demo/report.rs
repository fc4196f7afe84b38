//! What came out of a demo: times, counts, refusals, and the alignments against the truth.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::fsx;
use crate::model::Answer;

/// The report of a finished demo, kept beside it for whoever opens it again.
const FILE: &str = "report.json";

/// One stage and how long it took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// What was done.
    pub name: String,
    /// Wall-clock seconds.
    pub seconds: f64,
}

/// A file that was not filed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotFiled {
    /// Path below the card.
    pub file: String,
    /// Why.
    pub reason: String,
}

/// A series that is not in the gallery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotPublished {
    /// Patient's code and what for.
    pub series: String,
    /// Why.
    pub reason: String,
}

/// How good the alignments are against the truth.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Accuracy {
    /// Plainly aligned.
    pub aligned: usize,
    /// To check.
    pub suggestion: usize,
    /// Not aligned.
    pub none: usize,
    /// References.
    pub references: usize,
    /// Accepted photos that have a truth to compare with.
    pub measured: usize,
    /// Accepted photos in another place than the truth knows: none of them can be called right.
    pub unchecked: usize,
    /// Median of the mean corner error of accepted photos, percent of the frame's diagonal.
    pub median_percent: Option<f64>,
    /// The largest of them.
    pub max_percent: Option<f64>,
    /// What was said of the shot that shows another patient.
    pub wrong_patient: Option<Answer>,
}

/// What came out.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct DemoReport {
    /// The folder.
    pub dir: PathBuf,
    /// Whether a finished demo was there and has only been opened.
    pub reopened: bool,
    /// Stages in order.
    pub stages: Vec<Stage>,
    /// Patients, series and sessions.
    pub patients: usize,
    /// Courses of treatment.
    pub series: usize,
    /// Visits.
    pub sessions: usize,
    /// Files on the card.
    pub files: usize,
    /// Photos filed.
    pub filed: usize,
    /// Photos filed in a view other than the true one.
    pub wrong_view: usize,
    /// Visits whose kind had to be corrected.
    pub corrected_kinds: usize,
    /// Files that were not filed.
    pub not_filed: Vec<NotFiled>,
    /// Files with a warning, such as a blurred shot.
    pub noted: Vec<NotFiled>,
    /// Alignment against the truth.
    pub accuracy: Accuracy,
    /// Cases in the gallery.
    pub published: usize,
    /// Series that are not in it, and why.
    pub unpublished: Vec<NotPublished>,
}

impl DemoReport {
    /// Keeps it in the demo's folder; one that cannot be kept costs only its table at the next opening.
    pub(super) fn keep(&self) {
        if let Ok(text) = serde_json::to_vec_pretty(self) {
            let _ = fsx::write_atomic(&self.dir.join(FILE), &text);
        }
    }

    /// What was kept in this folder; none where it is missing or cannot be understood.
    pub(super) fn kept(dir: &Path) -> Option<Self> {
        let report: Self = serde_json::from_slice(&fs::read(dir.join(FILE)).ok()?).ok()?;
        Some(Self { dir: dir.to_owned(), ..report })
    }
}
