//! Photos: the filing of an original, what the camera said of it, and its identity.

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};

use super::id::{PatientId, PhotoId, SessionId, Uid, ViewId};
use super::patient::Redacted;
use super::series::vocabulary;
use crate::geom::Size;

/// SHA-256 of an original's bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhotoHash(pub [u8; 32]);

impl std::fmt::Display for PhotoHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        super::text::write_hex(f, &self.0)
    }
}

impl std::fmt::Debug for PhotoHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

impl Serialize for PhotoHash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

vocabulary! {
    /// The place of a photo in its cell of the board.
    Slot {
        Primary = "primary", "primary";
        Alternate = "alternate", "alternate";
        Rejected = "rejected", "rejected";
    }
}

vocabulary! {
    /// When on a treatment day a photo was taken.
    Phase {
        BeforeTreatment = "before", "before treatment";
        ImmediatelyAfter = "after", "immediately after";
        NoTreatment = "none", "no treatment that day";
    }
}

vocabulary! {
    /// Where the capture time comes from.
    CaptureSource {
        Exif = "exif", "camera";
        File = "file", "file";
        Unknown = "unknown", "unknown";
    }
}

/// What the camera said, kept as it was said.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct CaptureFacts {
    /// Raw EXIF time text, "2026:01:14 15:02:11".
    pub time_text: Option<String>,
    /// Raw EXIF offset text, "+01:00"; none when the camera wrote none.
    pub offset_text: Option<String>,
    /// Seconds to add to the camera's clock.
    pub clock_correction_s: i64,
    /// Where the time comes from.
    pub source: Option<CaptureSource>,
    /// Camera model.
    pub camera: Option<String>,
    /// Focal length in mm, as written.
    pub focal_mm: Option<f64>,
    /// Focal length, 35-mm equivalent.
    pub focal_35_mm: Option<f64>,
    /// Exposure time in seconds.
    pub exposure_s: Option<f64>,
    /// F-number.
    pub f_number: Option<f64>,
    /// ISO speed.
    pub iso: Option<u32>,
    /// EXIF orientation 1–8; 1 when absent.
    pub orientation: u8,
}

impl CaptureFacts {
    /// The corrected civil time on the camera's clock.
    #[must_use]
    pub fn local_time(&self) -> Option<NaiveDateTime> {
        let text = self.time_text.as_deref()?;
        let time = NaiveDateTime::parse_from_str(text.trim(), "%Y:%m:%d %H:%M:%S").ok()?;
        time.checked_add_signed(chrono::TimeDelta::try_seconds(self.clock_correction_s)?)
    }
}

/// A filing of one original.
#[derive(Debug, Clone, PartialEq)]
pub struct Photo {
    /// Row id.
    pub id: PhotoId,
    /// Name outside the vault.
    pub uid: Uid,
    /// Whose skin.
    pub patient: PatientId,
    /// Which visit.
    pub session: SessionId,
    /// Which view; none while nobody has said.
    pub view: Option<ViewId>,
    /// Place in its cell.
    pub slot: Slot,
    /// When on a treatment day.
    pub phase: Phase,
    /// What the camera said.
    pub facts: CaptureFacts,
    /// Identity of the original.
    pub hash: PhotoHash,
    /// Length of the original in bytes.
    pub length: u64,
    /// Size of the upright picture.
    pub size: Size,
    /// Name of the file it came in; shown inside, never exported.
    pub file_name: Redacted<String>,
}
