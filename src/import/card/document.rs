//! The plan of a card as a file: what a scan suggests, for a person or a script to correct, and what is filed from it.
//!
//! JSON. `schema` is 1, `clock_s` what is to be added to the camera's clock, in seconds. Each of `groups` says where its photos go: `patient` by code, `series` as `list` prints it
//! ("P-0192/1") or by eight or more digits of its uid, `date`, `kind`; and with `accept` whether it is filed at all. Each
//! of its `photos` has the `path` and `sha256` it was looked at with, those of its `raw` file where the camera wrote both, the
//! name of its `view` or none, `slot`, `phase`, and in `skip` why it is not filed, which is none when it is; a `patient-card`
//! in the slot `rejected` is the patient's own, and goes with the visit, hidden. `warnings` says which photos (from 1) align with
//! which other patient's: one that is not in it is refused when the plan is filed. Everything else explains (`session`,
//! `belief`, `reason`, `confirmed`, `notes`, `refused`) and is passed over when the plan is read.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Alarm, Alarmed, Belief, Card, Group, Reason};
use crate::geom::Size;
use crate::imaging;
use crate::import::derive;
use crate::import::doubt;
use crate::import::error::ImportError;
use crate::import::pair::RawFile;
use crate::import::plan::{Plan, PlannedPhoto, PlannedSession, Skip};
use crate::import::scan::{self, Refusal, Refused};
use crate::model::{
    CaptureFacts, Patient, PatientId, Phase, PhotoHash, Redacted, Series, SessionKind, Slot, TrayId, Uid, View, ViewId,
    text::bytes_from_hex,
};
use crate::vault::{TrayItem, Vault, VaultError};

/// Version of the format.
pub const SCHEMA: u32 = 1;
/// A plan with more bytes is none.
const LARGEST: usize = 64 << 20;
/// Fewest digits of a uid that name a series.
const UID_DIGITS: usize = 8;

/// A plan as it is written and read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// Version of the format.
    pub schema: u32,
    /// Seconds to add to the clock of the camera.
    #[serde(default)]
    pub clock_s: i64,
    /// Groups, oldest first.
    pub groups: Vec<GroupLine>,
    /// Files that are no photos.
    #[serde(default)]
    pub refused: Vec<RefusedLine>,
    /// Files that are there once more, byte for byte, and taken once.
    #[serde(default)]
    pub twice: usize,
}

/// A group of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupLine {
    /// Whether it is filed.
    pub accept: bool,
    /// Code of the patient.
    #[serde(default)]
    pub patient: Option<String>,
    /// Key of the series.
    #[serde(default)]
    pub series: Option<String>,
    /// Day of the visit.
    pub date: NaiveDate,
    /// Why the patient came.
    pub kind: SessionKind,
    /// The label the visit will have.
    #[serde(default)]
    pub session: Option<String>,
    /// How sure the suggestion is.
    #[serde(default)]
    pub belief: Option<Belief>,
    /// What it rests on.
    #[serde(default)]
    pub reason: Option<Reason>,
    /// Photos that align with the reference of their view.
    #[serde(default)]
    pub confirmed: usize,
    /// What speaks against it.
    #[serde(default)]
    pub warnings: Vec<WarningLine>,
    /// The photos, in the order they were taken.
    pub photos: Vec<PhotoLine>,
}

/// A warning of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WarningLine {
    /// Place of the photo in its group, from 1.
    pub photo: usize,
    /// Why.
    pub alarm: Alarm,
    /// Code of the other patient.
    pub patient: String,
}

/// A photo of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PhotoLine {
    /// The file.
    pub path: PathText,
    /// Identity of its bytes when it was looked at.
    pub sha256: String,
    /// The raw file of the same photo, filed with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<RawLine>,
    /// Name of the view it shows.
    #[serde(default)]
    pub view: Option<String>,
    /// Place in its cell.
    #[serde(default = "primary")]
    pub slot: Slot,
    /// When on a treatment day.
    pub phase: Phase,
    /// Why it is not filed.
    #[serde(default)]
    pub skip: Option<Skip>,
    /// What a person should see.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// The raw file of a photo of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RawLine {
    /// The file.
    pub path: PathText,
    /// Identity of its bytes when it was looked at.
    pub sha256: String,
}

const fn primary() -> Slot {
    Slot::Primary
}

/// A file that is not taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RefusedLine {
    /// The file.
    pub path: PathText,
    /// Why.
    pub reason: Refusal,
}

/// A path as text, or its bytes as hexadecimal digits where it is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PathText {
    /// As it is.
    Text(String),
    /// What no text can say.
    Bytes {
        /// Hexadecimal digits.
        bytes: String,
    },
}

impl PathText {
    fn of(path: &Path) -> Self {
        if let Some(text) = path.to_str() {
            return Self::Text(text.to_owned());
        }
        let digit = |four: u8| char::from_digit(u32::from(four), 16).unwrap_or('0');
        let bytes = path.as_os_str().as_encoded_bytes().iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect();
        Self::Bytes { bytes }
    }

    fn path(&self) -> Option<PathBuf> {
        match self {
            Self::Text(text) => Some(PathBuf::from(text)),
            Self::Bytes { bytes } => path_of_bytes(bytes),
        }
    }
}

#[cfg(unix)]
fn path_of_bytes(digits: &str) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt;
    if !digits.is_ascii() || !digits.len().is_multiple_of(2) {
        return None;
    }
    let byte = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    let bytes: Option<Vec<u8>> = (0..digits.len()).step_by(2).map(byte).collect();
    bytes.map(|bytes| PathBuf::from(std::ffi::OsString::from_vec(bytes)))
}

#[cfg(not(unix))]
fn path_of_bytes(_digits: &str) -> Option<PathBuf> {
    None
}

/// Why a plan cannot be filed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DocumentError {
    /// Not JSON of this form.
    #[error("not a plan, in line {line}")]
    NotAPlan {
        /// Where it stops being one.
        line: usize,
    },
    /// Of another version.
    #[error("a plan of version {0}")]
    Version(u32),
    /// A group that is to be filed says no patient or no series.
    #[error("group {0} says not where it goes")]
    NoTarget(usize),
    /// Nobody has that code.
    #[error("group {0}: unknown patient")]
    UnknownPatient(usize),
    /// The patient has no such series.
    #[error("group {0}: unknown series")]
    UnknownSeries(usize),
    /// The series has no such view.
    #[error("group {0}: unknown view")]
    UnknownView(usize, String),
    /// What should be a SHA-256 or a path is none.
    #[error("group {0}: photo {1} is not named")]
    BadPhoto(usize, usize),
}

impl DocumentError {
    /// What happened, what is safe, what to do.
    #[must_use]
    pub fn user_message(&self) -> String {
        let what = match self {
            Self::NotAPlan { line } => format!("This is not a plan that can be read: it goes wrong in line {line}."),
            Self::Version(found) => format!("This plan is of version {found}; this program reads version {SCHEMA}."),
            Self::NoTarget(group) => {
                format!("Group {group} of the plan is accepted but says no patient or no series.")
            }
            Self::UnknownPatient(group) => format!("Group {group} of the plan names a patient code that nobody has."),
            Self::UnknownSeries(group) => {
                format!("Group {group} of the plan names a series the patient does not have.")
            }
            Self::UnknownView(group, view) => {
                format!("Group {group} of the plan names a view the series does not have: {view:?}.")
            }
            Self::BadPhoto(group, photo) => {
                format!("Photo {photo} of group {group} of the plan has no readable path or SHA-256.")
            }
        };
        format!("{what} Nothing was filed. Correct the plan, or make a new one with --dry-run --json.")
    }
}

/// What stands between a plan and its filing.
#[derive(Debug, Clone, Error)]
pub enum ResolveError {
    /// The plan.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The vault.
    #[error(transparent)]
    Import(#[from] ImportError),
}

impl From<VaultError> for ResolveError {
    fn from(error: VaultError) -> Self {
        Self::Import(error.into())
    }
}

impl Document {
    /// The plan of a card. Groups that are certain, or that a person accepted, are to be filed.
    pub fn of(vault: &Vault, card: &Card) -> Result<Self, ImportError> {
        let groups = card.groups.iter().map(|group| line(vault, group)).collect::<Result<_, _>>()?;
        let refused = |r: &Refused| RefusedLine { path: PathText::of(&r.path.0), reason: r.reason };
        Ok(Self {
            schema: SCHEMA,
            clock_s: card.options.clock_s,
            groups,
            refused: card.refused.iter().map(refused).collect(),
            twice: card.twice,
        })
    }

    /// Reads a plan.
    pub fn parse(text: &[u8]) -> Result<Self, DocumentError> {
        if text.len() > LARGEST {
            return Err(DocumentError::NotAPlan { line: 1 });
        }
        let plan: Self = serde_json::from_slice(text).map_err(|e| DocumentError::NotAPlan { line: e.line().max(1) })?;
        if plan.schema == SCHEMA { Ok(plan) } else { Err(DocumentError::Version(plan.schema)) }
    }

    /// Whether a group that is to be filed says what was found about a photo of it: somebody has seen it.
    #[must_use]
    pub fn lists(&self, alarmed: &Alarmed) -> bool {
        let hash = alarmed.hash.to_string();
        self.groups.iter().filter(|group| group.accept).any(|group| {
            let of_photo = |warning: &WarningLine| group.photos.get(warning.photo.checked_sub(1)?);
            let is_it = |warning: &&WarningLine| {
                of_photo(warning).is_some_and(|photo| photo.sha256.eq_ignore_ascii_case(&hash))
            };
            let mut of_it = group.warnings.iter().filter(is_it);
            of_it.any(|warning| warning.alarm == alarmed.alarm && warning.patient == alarmed.code.0)
        })
    }

    /// The plans of its accepted groups for [`crate::import::commit_all`]. Files are looked at again; what changed since is
    /// found when it is filed.
    pub fn resolve(&self, vault: &Vault, shared: bool) -> Result<Vec<Plan>, ResolveError> {
        let tray = vault.tray()?;
        let mut plans: Vec<Plan> = Vec::new();
        let mut cards: Vec<doubt::Cards> = Vec::new();
        let mut owners: Vec<PatientId> = Vec::new();
        for (i, group) in self.groups.iter().enumerate().filter(|(_, group)| group.accept) {
            let number = i + 1;
            let (Some(code), Some(key)) = (&group.patient, &group.series) else {
                return Err(DocumentError::NoTarget(number).into());
            };
            let patient = vault.patient_by_code(code)?.ok_or(DocumentError::UnknownPatient(number))?;
            let series = series(vault, &patient, key)?.ok_or(DocumentError::UnknownSeries(number))?;
            let views = vault.views(series.id)?;
            let there = plans.iter().position(|plan| plan.series == series.id);
            let place = there.unwrap_or_else(|| {
                plans.push(Plan { series: series.id, sessions: Vec::new(), refused: Vec::new(), shared });
                cards.push(doubt::Cards::new());
                owners.push(patient.id);
                plans.len() - 1
            });
            let (Some(plan), Some(cards)) = (plans.get_mut(place), cards.get_mut(place)) else { continue };
            let mut photos = Vec::with_capacity(group.photos.len());
            for (n, line) in group.photos.iter().enumerate() {
                match photo(line, &views, &tray, number, n + 1)? {
                    Ok(mut photo) => {
                        photo.facts.clock_correction_s = self.clock_s;
                        if photo.skip == Some(Skip::PatientCard) {
                            // The group may have been given to somebody else since the card was read.
                            photo.slot = Slot::Alternate;
                            if let Some(card) = card_in(vault, &photo) {
                                let whose = vault.patient_by_uid(&card)?.map(|patient| patient.id);
                                let _none = cards.insert(photo.hash, whose);
                            }
                        }
                        photos.push(photo);
                    }
                    Err(refused) => plan.refused.push(refused),
                }
            }
            let same = |s: &&mut PlannedSession| s.date == group.date && s.kind == group.kind;
            match plan.sessions.iter_mut().find(same) {
                Some(session) => session.photos.extend(photos),
                None => {
                    plan.sessions.push(PlannedSession { date: group.date, kind: group.kind, existing: None, photos });
                }
            }
            plan.sessions.iter_mut().for_each(PlannedSession::settle);
        }
        for ((plan, cards), owner) in plans.iter_mut().zip(&cards).zip(owners) {
            doubt::behind_cards(&mut plan.sessions, cards, Some(owner));
        }
        Ok(plans)
    }
}

/// The card that a photo shows, looked at again; none where none can be read in it any more.
fn card_in(vault: &Vault, photo: &PlannedPhoto) -> Option<Uid> {
    let bytes = match photo.tray {
        Some(tray) => vault.tray_original(tray).ok(),
        None => scan::read(&photo.path.0).ok(),
    };
    scan::card_on(&imaging::decode(&bytes?, derive::PREVIEW_DETAIL).ok()?)
}

fn line(vault: &Vault, group: &Group) -> Result<GroupLine, ImportError> {
    let target = group.target.as_ref();
    let views = target.map(|t| t.views.as_slice()).unwrap_or_default();
    let name = |id: Option<ViewId>| views.iter().find(|v| Some(v.id) == id).map(|v| v.spec.name.clone());
    let photo = |photo: &PlannedPhoto| PhotoLine {
        path: PathText::of(&photo.path.0),
        sha256: photo.hash.to_string(),
        raw: photo.raw.as_ref().map(|raw| RawLine { path: PathText::of(&raw.path.0), sha256: raw.hash.to_string() }),
        view: name(photo.view),
        slot: photo.slot,
        phase: photo.phase,
        skip: photo.skip,
        notes: photo.notes.iter().map(|note| note.words()).collect(),
    };
    let warning = |w: &super::Warning| WarningLine { photo: w.photo + 1, alarm: w.alarm, patient: w.code.0.clone() };
    let key = target.map(|t| key(vault, &t.patient, t.series)).transpose()?.flatten();
    Ok(GroupLine {
        accept: group.accepted || group.is_certain(),
        patient: target.map(|t| t.patient.code.0.clone()),
        series: key,
        date: group.visit.date,
        kind: group.visit.kind,
        session: target.and_then(|t| t.label.clone()),
        belief: Some(group.belief),
        reason: Some(group.reason),
        confirmed: group.confirmed(),
        warnings: group.warnings.iter().map(warning).collect(),
        photos: group.to_file().photos.iter().map(photo).collect(),
    })
}

fn ordered(vault: &Vault, patient: &Patient) -> Result<Vec<Series>, VaultError> {
    let mut all = vault.series_of(patient.id)?;
    all.sort_by_key(|series| series.id);
    Ok(all)
}

fn key(vault: &Vault, patient: &Patient, series: crate::model::SeriesId) -> Result<Option<String>, ImportError> {
    let place = ordered(vault, patient)?.iter().position(|s| s.id == series);
    Ok(place.map(|i| format!("{}/{}", patient.code.0, i + 1)))
}

fn series(vault: &Vault, patient: &Patient, key: &str) -> Result<Option<Series>, VaultError> {
    // The code is part of the key: one of another patient means none of this one's series.
    let number = key.rsplit_once('/').filter(|(code, _)| *code == patient.code.0).and_then(|(_, n)| n.parse().ok());
    let is_key = |i: usize| number == Some(i + 1);
    let is_uid = |s: &Series| key.len() >= UID_DIGITS && s.uid.to_string().starts_with(&key.to_lowercase());
    let all = ordered(vault, patient)?.into_iter().enumerate();
    Ok(all.into_iter().find(|(i, s)| is_key(*i) || is_uid(s)).map(|(_, series)| series))
}

/// A line of the plan as a photo; or why its file cannot be taken.
fn photo(
    line: &PhotoLine,
    views: &[View],
    tray: &[TrayItem],
    group: usize,
    number: usize,
) -> Result<Result<PlannedPhoto, Refused>, DocumentError> {
    let bad = || DocumentError::BadPhoto(group, number);
    let named_file = |sha256: &str, path: &PathText| {
        let hash = bytes_from_hex(sha256).map(PhotoHash).ok_or_else(bad)?;
        Ok::<_, DocumentError>((hash, Redacted(path.path().ok_or_else(bad)?)))
    };
    let (hash, path) = named_file(&line.sha256, &line.path)?;
    let named = |name: &String| {
        let found = views.iter().find(|view| view.spec.name == *name && !view.retired).map(|view| view.id);
        found.ok_or_else(|| DocumentError::UnknownView(group, name.clone()))
    };
    let view = line.view.as_ref().map(named).transpose()?;
    // What is left out is not looked at: its file may be gone by now. A picture of a card is kept, filed or in the tray.
    let is_filed = matches!(line.skip, None | Some(Skip::PatientCard));
    let raw = match &line.raw {
        Some(raw) => {
            let (hash, path) = named_file(&raw.sha256, &raw.path)?;
            match look(&path.0, hash, tray, is_filed) {
                Ok((tray, size, facts, length)) => Some(Box::new(RawFile { path, tray, hash, length, size, facts })),
                Err(reason) => return Ok(Err(Refused { path, reason })),
            }
        }
        None => None,
    };
    let looked = look(&path.0, hash, tray, is_filed);
    Ok(match looked {
        Ok((tray, size, facts, length)) => Ok(PlannedPhoto {
            tray,
            path,
            hash,
            length,
            size,
            facts,
            raw,
            view,
            slot: line.slot,
            phase: line.phase,
            skip: line.skip,
            notes: Vec::new(),
        }),
        Err(reason) => Err(Refused { path, reason }),
    })
}

type Looked = (Option<TrayId>, Size, CaptureFacts, u64);

/// What is known of a file: by the tray, else by looking at it where it is `wanted`.
fn look(path: &Path, hash: PhotoHash, tray: &[TrayItem], wanted: bool) -> Result<Looked, Refusal> {
    let item = tray.iter().find(|item| item.hash == hash);
    let id = item.map(|item| item.id);
    if let Some((item, picture)) = item.and_then(|item| item.picture.clone().map(|picture| (item, picture))) {
        return Ok((id, picture.size, picture.facts, item.length));
    }
    if !wanted {
        return Ok((id, Size::default(), CaptureFacts::default(), 0));
    }
    let bytes = scan::read(path)?;
    let inspection = imaging::inspect(&bytes)?;
    Ok((id, inspection.size, inspection.facts, bytes.len() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_plan_that_is_none_is_refused_with_its_line() {
        assert_eq!(Document::parse(b"{\n\"schema\": 1,\n\"groups\": 7}"), Err(DocumentError::NotAPlan { line: 3 }));
        assert_eq!(Document::parse(b""), Err(DocumentError::NotAPlan { line: 1 }));
        assert_eq!(Document::parse(b"{\"schema\": 2, \"groups\": []}"), Err(DocumentError::Version(2)));
        let said = DocumentError::Version(2).user_message();
        assert!(said.contains("version 2") && said.contains("Nothing was filed"), "{said}");
    }

    #[cfg(unix)]
    #[test]
    fn a_path_that_is_no_text_comes_back() {
        use std::os::unix::ffi::OsStringExt;
        let path = PathBuf::from(std::ffi::OsString::from_vec(b"card/\xff\xfe.jpg".to_vec()));
        let text = PathText::of(&path);
        assert!(matches!(text, PathText::Bytes { .. }));
        assert_eq!(text.path(), Some(path));
        assert_eq!(PathText::Bytes { bytes: "0g".into() }.path(), None);
    }

    proptest! {
        /// Whatever a file holds, reading it as a plan ends with a plan or with words.
        #[test]
        fn nothing_that_is_read_as_a_plan_brings_the_program_down(text in ".{0,200}") {
            let _ = Document::parse(text.as_bytes());
            let _ = Document::parse(format!("{{\"schema\":1,\"groups\":[{text}]}}").as_bytes());
        }
    }
}
