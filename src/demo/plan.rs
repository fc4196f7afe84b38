//! The plan of the synthetic clinic: who comes when, what is photographed, and what goes wrong. Values only.

use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};

use super::camera::Pose;
use super::light::{Lamp, Progression};
use super::sensor::Sensor;
use crate::geom::Size;
use crate::model::{Area, ConsentEvent, Indication, NewPatient, NewView, Purpose, Scope, SeriesState, SessionKind};

/// The whole clinic. Nothing in it is rendered before it is asked for.
#[derive(Debug, Clone)]
pub struct Clinic {
    /// Everything follows from it.
    pub seed: u64,
    /// The day all dates are counted from.
    pub today: NaiveDate,
    /// Longer side of a photo in pixels.
    pub photo_side: u32,
    /// Six people.
    pub patients: Vec<PlannedPatient>,
}

/// One invented person.
#[derive(Debug, Clone)]
pub struct PlannedPatient {
    /// As a clinic would enter it.
    pub person: NewPatient,
    /// Courses of treatment.
    pub series: Vec<PlannedSeries>,
    /// Events, oldest first.
    pub consents: Vec<PlannedConsent>,
}

/// One course of treatment.
#[derive(Debug, Clone)]
pub struct PlannedSeries {
    /// Short name, unique with the patient's code: "acne-scars".
    pub key: String,
    /// Folder of its photos on the card: "P-0192_acne-scars".
    pub folder: String,
    /// What for.
    pub indications: Vec<Indication>,
    /// Where.
    pub areas: Vec<Area>,
    /// Planned treatments.
    pub planned: u32,
    /// Shortest interval, days.
    pub interval_min_days: u32,
    /// Longest interval, days.
    pub interval_max_days: u32,
    /// Where it stands today.
    pub state: SeriesState,
    /// Views in the order in which they are photographed.
    pub views: Vec<NewView>,
    /// Visits, oldest first.
    pub sessions: Vec<PlannedSession>,
}

/// One visit.
#[derive(Debug, Clone)]
pub struct PlannedSession {
    /// The day.
    pub date: NaiveDate,
    /// Why.
    pub kind: SessionKind,
    /// Photos in the order in which they were taken; extra ones of a trap come last.
    pub shots: Vec<PlannedShot>,
}

/// One event of a patient's consents.
#[derive(Debug, Clone)]
pub struct PlannedConsent {
    /// Index into the patient's series; none for all of them.
    pub series: Option<usize>,
    /// What for.
    pub purpose: Purpose,
    /// How much.
    pub scope: Scope,
    /// Given or taken back.
    pub event: ConsentEvent,
    /// When.
    pub date: NaiveDate,
    /// Last day of a grant.
    pub expires: Option<NaiveDate>,
}

/// What is wrong with a file of the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trap {
    /// Out of focus.
    Blurred,
    /// The bytes of another file under another name.
    Duplicate,
    /// Another patient's skin of the same area.
    WrongPatient,
    /// Cut at 60 % of its length.
    Truncated,
    /// Text, not a picture.
    NotAPhoto,
}

/// One file of the card.
#[derive(Debug, Clone)]
pub struct PlannedShot {
    /// Name in the series' folder.
    pub file: String,
    /// Index into the views.
    pub view: usize,
    /// What is wrong with it, if anything.
    pub trap: Option<Trap>,
    /// Index of the patient who is really shown.
    pub subject: usize,
    /// Time on the camera's clock.
    pub taken: NaiveDateTime,
    /// UTC offset in the metadata, where the camera writes one.
    pub offset: Option<&'static str>,
    /// EXIF orientation of the stored pixels.
    pub orientation: u8,
    /// Size of the upright picture.
    pub size: Size,
    /// Where the camera stood.
    pub pose: Pose,
    /// What it made of the light.
    pub sensor: Sensor,
    /// The light.
    pub lamp: Lamp,
    /// State of the skin.
    pub progression: Progression,
}

impl Clinic {
    /// Photo files on the card, text files not counted.
    #[must_use]
    pub fn photo_count(&self) -> usize {
        self.shots().filter(|(.., shot)| shot.trap != Some(Trap::NotAPhoto)).count()
    }

    /// Every file with its patient, series and session index.
    pub fn shots(&self) -> impl Iterator<Item = (usize, usize, usize, &PlannedShot)> {
        self.patients.iter().enumerate().flat_map(|(p, patient)| {
            patient.series.iter().enumerate().flat_map(move |(s, series)| {
                series
                    .sessions
                    .iter()
                    .enumerate()
                    .flat_map(move |(v, session)| session.shots.iter().map(move |shot| (p, s, v, shot)))
            })
        })
    }
}
