//! The plan of an import: a plain value that says for every file what will become of it, and that a person may change.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::error::ImportError;
use super::group::group;
use super::scan::{Refused, Scan};
use super::suggest::{self, Context};
use crate::geom::Size;
use crate::model::series::vocabulary;
use crate::model::{
    CaptureFacts, NewView, PatientId, Phase, PhotoHash, Redacted, Series, SeriesId, SeriesState, SessionId,
    SessionKind, Slot, Uid, View, ViewId,
};
use crate::protocol::Preset;
use crate::vault::Vault;

vocabulary! {
    /// Why a photo of the plan is not filed.
    Skip {
        AlreadyFiled = "already-filed", "already filed";
        TwiceHere = "twice-here", "the same file twice: taken once";
        OtherPatient = "other-patient", "the same photo is filed under another patient: please check";
        ByHand = "by-hand", "left out by hand";
    }
}

/// Something a person should see before filing.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Note {
    /// Much less sharp than its neighbours.
    Blurred,
    /// This many EV darker (negative) or brighter than its neighbours.
    Exposure(f64),
    /// The camera wrote no time.
    NoCaptureDate,
    /// More photos than views: nobody has said what it shows.
    NoView,
}

impl Note {
    /// "blurred", "0.7 EV darker than the others".
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Blurred => "blurred".to_owned(),
            Self::Exposure(ev) if ev < 0.0 => format!("{:.1} EV darker than the others", -ev),
            Self::Exposure(ev) => format!("{ev:.1} EV brighter than the others"),
            Self::NoCaptureDate => "no capture date".to_owned(),
            Self::NoView => "no view yet".to_owned(),
        }
    }
}

/// What will become of one photo.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlannedPhoto {
    /// The file.
    pub path: Redacted<PathBuf>,
    /// Identity of its bytes when it was looked at.
    #[serde(with = "hex")]
    pub hash: PhotoHash,
    /// Length in bytes.
    pub length: u64,
    /// Size of the upright picture.
    pub size: Size,
    /// What the camera said.
    pub facts: CaptureFacts,
    /// Row of the board.
    pub view: Option<ViewId>,
    /// Place in its cell.
    pub slot: Slot,
    /// When on a treatment day.
    pub phase: Phase,
    /// Why it is not filed; none when it is.
    pub skip: Option<Skip>,
    /// What a person should see.
    pub notes: Vec<Note>,
}

/// One visit of the plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlannedSession {
    /// Civil date.
    pub date: NaiveDate,
    /// Why the patient came.
    pub kind: SessionKind,
    /// The visit of this date that the series has already.
    pub existing: Option<SessionId>,
    /// Its photos, in the order they were taken.
    pub photos: Vec<PlannedPhoto>,
}

/// An import before it happens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Where everything goes.
    pub series: SeriesId,
    /// Visits, oldest first.
    pub sessions: Vec<PlannedSession>,
    /// Files that are no photos.
    pub refused: Vec<Refused>,
    /// File also what is filed under another patient.
    #[serde(default)]
    pub shared: bool,
}

/// How a plan is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// The date of photos whose camera wrote none.
    pub undated: NaiveDate,
    /// File also what is filed under another patient.
    pub shared: bool,
}

impl Plan {
    /// Photos that will be filed.
    pub fn filed(&self) -> impl Iterator<Item = &PlannedPhoto> {
        self.sessions.iter().flat_map(|s| &s.photos).filter(|p| p.skip.is_none())
    }

    /// Photos that will not be filed.
    pub fn skipped(&self) -> impl Iterator<Item = (&PlannedPhoto, Skip)> {
        self.sessions.iter().flat_map(|s| &s.photos).filter_map(|p| p.skip.map(|why| (p, why)))
    }
}

impl PlannedSession {
    /// Changes why the patient came, and with it the phase of the photos.
    pub fn set_kind(&mut self, kind: SessionKind) {
        self.kind = kind;
        for photo in &mut self.photos {
            photo.phase = suggest::phase(kind);
        }
    }

    /// Says what a photo shows. The photo that was the primary one of that view becomes an alternate.
    pub fn set_view(&mut self, photo: usize, view: Option<ViewId>) {
        if photo >= self.photos.len() {
            return;
        }
        for other in self.photos.iter_mut().filter(|p| view.is_some() && p.view == view) {
            other.slot = Slot::Alternate;
        }
        let chosen = &mut self.photos[photo];
        chosen.view = view;
        chosen.slot = if view.is_some() { Slot::Primary } else { Slot::Alternate };
        chosen.notes.retain(|note| *note != Note::NoView);
        if view.is_none() {
            chosen.notes.push(Note::NoView);
        }
    }
}

/// Says for every photo of `scan` where in `series` it goes. Changes nothing.
pub fn plan(vault: &Vault, series: SeriesId, scan: Scan, options: Options) -> Result<Plan, ImportError> {
    let board = vault.board(series)?;
    let occupied: HashSet<(SessionId, ViewId)> = (board.photos.iter())
        .filter(|p| p.slot == Slot::Primary)
        .filter_map(|p| p.view.map(|view| (p.session, view)))
        .collect();
    let mut skips: HashMap<PhotoHash, Skip> = HashMap::new();
    for photo in &scan.found {
        if let Some(skip) = skip_now(vault, photo.hash, board.patient.id, options.shared)? {
            let _ = skips.insert(photo.hash, skip);
        }
    }
    let context =
        Context { series: &board.series, views: &board.views, sessions: &board.sessions, occupied: &occupied, skips };
    let sessions = suggest::suggest(group(scan.found, options.undated), &context);
    Ok(Plan { series, sessions, refused: scan.refused, shared: options.shared })
}

/// The plan with what was filed since it was made left out, as a plan made now would leave it out.
pub(super) fn brought_up_to_date(vault: &Vault, plan: &Plan) -> Result<Plan, ImportError> {
    let patient = vault.board(plan.series)?.patient.id;
    let mut plan = plan.clone();
    for photo in plan.sessions.iter_mut().flat_map(|s| &mut s.photos).filter(|p| p.skip.is_none()) {
        photo.skip = skip_now(vault, photo.hash, patient, plan.shared)?;
    }
    Ok(plan)
}

fn skip_now(vault: &Vault, hash: PhotoHash, patient: PatientId, shared: bool) -> Result<Option<Skip>, ImportError> {
    let owners: Vec<PatientId> = vault.filed_as(hash)?.into_iter().map(|(owner, _)| owner).collect();
    Ok(skip_for(&owners, patient, shared))
}

/// A plan for a series that is not there yet, planned by `preset`, and the views it would have. It cannot be committed:
/// the ids of its views are made up.
#[must_use]
pub fn for_new_series(preset: &Preset, scan: Scan, options: Options) -> (Plan, Vec<View>) {
    let id = SeriesId(0);
    let new = preset.series(PatientId(0), &[]);
    let view = |(i, spec): (usize, NewView)| View {
        id: ViewId(i as i64),
        series: id,
        ordinal: i as u32,
        spec,
        retired: false,
    };
    let views: Vec<View> = new.views.into_iter().enumerate().map(view).collect();
    let series = Series {
        id,
        uid: Uid([0; 16]),
        patient: new.patient,
        indications: new.indications,
        areas: new.areas,
        planned: new.planned,
        interval_min_days: new.interval_min_days,
        interval_max_days: new.interval_max_days,
        state: SeriesState::Open,
        predecessor: None,
    };
    let context =
        Context { series: &series, views: &views, sessions: &[], occupied: &HashSet::new(), skips: HashMap::new() };
    let sessions = suggest::suggest(group(scan.found, options.undated), &context);
    (Plan { series: id, sessions, refused: scan.refused, shared: options.shared }, views)
}

/// What the patients that already own the same bytes mean for filing them under `patient`.
fn skip_for(owners: &[PatientId], patient: PatientId, shared: bool) -> Option<Skip> {
    if owners.contains(&patient) {
        Some(Skip::AlreadyFiled)
    } else if !owners.is_empty() && !shared {
        Some(Skip::OtherPatient)
    } else {
        None
    }
}

/// A hash as hexadecimal digits.
mod hex {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::model::{PhotoHash, text};

    pub fn serialize<S: Serializer>(hash: &PhotoHash, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(hash)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PhotoHash, D::Error> {
        let digits = String::deserialize(deserializer)?;
        text::bytes_from_hex(&digits).map(PhotoHash).ok_or_else(|| D::Error::custom("not a SHA-256"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENT: PatientId = PatientId(1);

    #[test]
    fn the_same_bytes_under_another_patient_are_not_filed_unless_asked() {
        assert_eq!(skip_for(&[PatientId(2)], PATIENT, false), Some(Skip::OtherPatient));
        assert_eq!(skip_for(&[PatientId(2)], PATIENT, true), None);
    }

    #[test]
    fn the_same_bytes_under_this_patient_are_never_filed_again() {
        assert_eq!(skip_for(&[PatientId(2), PATIENT], PATIENT, true), Some(Skip::AlreadyFiled));
        assert_eq!(skip_for(&[], PATIENT, false), None);
    }
}
