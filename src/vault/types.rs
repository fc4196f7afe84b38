//! Values that go into and come out of the vault.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::clock::UtcMillis;
use crate::compare::grade::{Grade, Likeness};
use crate::geom::{Matrix3, Rect, Size};
use crate::model::text::counted;
use crate::model::{
    Alignment, AlignmentId, CaptureFacts, Consent, Frame, FrameId, Patient, Phase, Photo, PhotoHash, PhotoId, Redacted,
    Scope, Series, SeriesId, Session, SessionId, SessionLabel, Slot, TrayId, Uid, UserId, View, ViewId,
};
use crate::protocol::Due;

use super::op::Op;

/// What can be known without a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaultInfo {
    /// Format of the vault.
    pub format: u32,
    /// Login names, in the order they were added.
    pub logins: Vec<String>,
}

/// A new original on its way into the tray.
#[derive(Clone, Copy)]
pub struct Incoming<'a> {
    /// The file's bytes, as they are.
    pub bytes: &'a [u8],
    /// Name of the file, without its folder.
    pub file_name: &'a str,
    /// What the camera said.
    pub facts: &'a CaptureFacts,
    /// Size of the upright picture.
    pub size: Size,
}

/// An original that is in the vault but not yet filed.
#[derive(Debug, Clone, PartialEq)]
pub struct TrayItem {
    /// Row id.
    pub id: TrayId,
    /// Identity.
    pub hash: PhotoHash,
    /// Length in bytes.
    pub length: u64,
    /// What is known of its picture; none for an original that was found without a record and not looked at since.
    pub picture: Option<TrayPicture>,
    /// Name of the file it came in; empty when none is known.
    pub file_name: Redacted<String>,
    /// When it came in, or was found.
    pub received: UtcMillis,
}

/// What somebody who looked at an original knows of its picture.
#[derive(Debug, Clone, PartialEq)]
pub struct TrayPicture {
    /// Size of the upright picture.
    pub size: Size,
    /// What the camera said.
    pub facts: CaptureFacts,
}

/// Where a photo goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filing {
    /// The visit.
    pub session: SessionId,
    /// The view; none while nobody has said.
    pub view: Option<ViewId>,
    /// Place in the cell. A new primary photo makes the older one of the same phase an alternate.
    pub slot: Slot,
    /// When on a treatment day.
    pub phase: Phase,
}

/// A line of the patient list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatientRow {
    /// Who.
    pub patient: Patient,
    /// Series that are open.
    pub open_series: u32,
    /// Photos filed.
    pub photos: u32,
    /// Day of the last session.
    pub last_visit: Option<NaiveDate>,
}

/// A part of the list of who is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DuePart {
    /// The window has closed; longest ago first.
    Overdue,
    /// The window is open; the one that closes next first.
    Now,
    /// The window opens later; the next first.
    Later,
}

/// How long each part of the list of who is due is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DueTotals {
    /// [`DuePart::Overdue`].
    pub overdue: u32,
    /// [`DuePart::Now`].
    pub now: u32,
    /// [`DuePart::Later`].
    pub later: u32,
}

/// A line of the list of who is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueRow {
    /// Who.
    pub patient: Patient,
    /// Which course.
    pub series: Series,
    /// When and for what.
    pub due: Due,
}

/// A consent that holds today and ends soon, with none to take its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expiring {
    /// Who gave it.
    pub patient: Patient,
    /// The grant that ends.
    pub consent: Consent,
}

/// A series, and what of it may be used for a purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// Who.
    pub patient: Patient,
    /// Which course.
    pub series: Series,
    /// The widest scope that is allowed today; none without a consent, and after its expiry or withdrawal.
    pub scope: Option<Scope>,
}

/// A page of all series: those that are allowed to be used for a purpose, by family name, then those that were once
/// allowed, then the others, newest first.
#[derive(Debug, Clone, Default)]
pub struct PermissionPage {
    /// How many series are allowed today.
    pub allowed: u32,
    /// How many series there are.
    pub series: u32,
    /// The rows of the page; with everything of a series that is allowed, and of no other.
    pub rows: Vec<(Permission, Option<Board>)>,
}

/// One consistent snapshot of a series for the board, the compare screen and the exports.
#[derive(Debug, Clone)]
pub struct Board {
    /// Whose.
    pub patient: Patient,
    /// Which series.
    pub series: Series,
    /// Active views in order, retired ones last.
    pub views: Vec<View>,
    /// By date and ordinal.
    pub sessions: Vec<Session>,
    /// The words for each session.
    pub labels: HashMap<SessionId, SessionLabel>,
    /// By session, view, and place in the cell.
    pub photos: Vec<Photo>,
    /// At most one current frame a view.
    pub frames: Vec<Frame>,
    /// References of these frames that are photos of a series this one goes on from.
    pub earlier: Vec<Photo>,
    /// The answer in force of each photo that has one in the current frame of its view.
    pub alignments: Vec<Alignment>,
    /// What was measured of pairs of its photos, whatever of it still holds.
    pub measured: Vec<MeasuredPair>,
    /// The patient's consents, oldest first.
    pub consents: Vec<Consent>,
}

impl Board {
    /// The photo that is this frame, wherever it was filed.
    #[must_use]
    pub fn reference(&self, frame: &Frame) -> Option<&Photo> {
        self.photos.iter().chain(&self.earlier).find(|photo| photo.id == frame.reference)
    }
}

/// What was measured of the pixels of two photos of a view.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeasuredPair {
    /// The baseline of the view.
    pub before: PhotoId,
    /// The other photo.
    pub after: PhotoId,
    /// The letter the pair came to when it was measured.
    pub grade: Grade,
    /// Where both photos lay.
    pub basis: GradeBasis,
    /// Version of the measuring.
    pub engine: u32,
    /// The measures; none where the photos share too little that can be measured.
    pub likeness: Option<Likeness>,
}

/// Where two photos lay when they were measured: anything else asks for another measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GradeBasis {
    /// The frame.
    pub frame: FrameId,
    /// The answers in force for the earlier and the later photo; none is the reference itself.
    pub alignments: [Option<AlignmentId>; 2],
}

/// One change that can be taken back, as it is offered and as it was taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct UndoId(pub i64);

/// How many rows of one kind a change touched, each counted once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Touched {
    /// Kind of row: "photo", "session" and so on.
    pub kind: String,
    /// Rows that were added.
    pub added: u32,
    /// Rows that were there before and stayed.
    pub changed: u32,
    /// Rows that were removed.
    pub removed: u32,
}

/// A change that can be, or was, undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndoEntry {
    /// Which.
    pub id: UndoId,
    /// The change.
    pub op: Op,
    /// When it was made.
    pub at: UtcMillis,
    /// What it touched, by kind of row.
    pub touched: Vec<Touched>,
    /// Photos among the added ones that are raw files of others, and no photos of their own to a person.
    pub raws: u32,
}

impl UndoEntry {
    /// "Filing of 12 photos", "Adding a patient".
    #[must_use]
    pub fn words(&self) -> String {
        let added = |kind: &str| self.touched.iter().find(|t| t.kind == kind).map_or(0, |t| i64::from(t.added));
        match (self.op, added("photo") - i64::from(self.raws), added("session")) {
            (Op::FilePhotos, photos, 0) if photos > 0 => format!("Filing of {}", counted(photos, "photo")),
            (Op::FilePhotos, photos, visits) if photos > 0 => {
                format!("Filing of {} and {}", counted(photos, "photo"), counted(visits, "new session"))
            }
            (op, ..) => op.words().to_owned(),
        }
    }
}

/// One line of the audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Place in the chain, from 1.
    pub seq: i64,
    /// When.
    pub at: UtcMillis,
    /// Who.
    pub user: UserId,
    /// Stable key of what was done.
    pub op: String,
    /// Ids and field names, as JSON.
    pub subject: String,
}

/// A pair that was published, on its way into the ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct NewPublication {
    /// Of which series.
    pub series: SeriesId,
    /// Label text under the before picture.
    pub label_before: String,
    /// Label text under the after picture.
    pub label_after: String,
    /// The earlier photo.
    pub before: PhotoId,
    /// The later photo.
    pub after: PhotoId,
    /// How they were laid; none where they were not aligned.
    pub laid: Option<Laid>,
    /// The files that were written, and their SHA-256.
    pub file_hashes: Vec<(String, PhotoHash)>,
    /// Where to.
    pub destination: Redacted<String>,
}

/// How a published pair was laid into its frame: with the originals, all that is needed to make it again.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Laid {
    /// Pixels of the upright originals → pixels of the frame, before and after.
    pub matrices: [Matrix3; 2],
    /// The part that was shown, in pixels of the frame.
    pub crop: Rect,
}

/// A line of the ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct Publication {
    /// Its name outside the vault.
    pub uid: Uid,
    /// Of which series; none once the patient was erased.
    pub series: Option<SeriesId>,
    /// Label text under the before picture.
    pub label_before: String,
    /// Label text under the after picture.
    pub label_after: String,
    /// The earlier photo.
    pub before: Option<PhotoId>,
    /// The later photo.
    pub after: Option<PhotoId>,
    /// Identity of the earlier original.
    pub before_hash: PhotoHash,
    /// Identity of the later original.
    pub after_hash: PhotoHash,
    /// Pixels of the upright after photo → pixels of the upright before photo; none where they were not aligned.
    pub matrix: Option<Matrix3>,
    /// How they were laid; none where they were not aligned, and in lines older than this was kept.
    pub laid: Option<Laid>,
    /// The files that were written, and their SHA-256.
    pub file_hashes: Vec<(String, PhotoHash)>,
    /// Where to.
    pub destination: Redacted<String>,
    /// When.
    pub at: UtcMillis,
    /// Since when it is not published any more; none while it is.
    pub withdrawn: Option<UtcMillis>,
}
