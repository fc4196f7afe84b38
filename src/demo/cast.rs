//! The cast: six invented people, eight series, their visits, consents, and the traps on the card.

use chrono::{Days, NaiveDate};

use super::plan::{PlannedConsent, Trap};
use crate::model::{
    Area, ConsentEvent, Fitzpatrick, Indication, Light, NewPatient, NewView, Pose, Purpose, Redacted, Scope,
    SeriesState, SessionKind, Side,
};

/// A person of the cast.
pub(crate) struct Person {
    pub code: &'static str,
    pub given: &'static str,
    pub family: &'static str,
    /// Age in days, so that nobody becomes a minor as the years go by.
    pub age_days: u64,
    pub tone: Fitzpatrick,
    pub series: &'static [Course],
    pub consents: &'static [Paper],
}

/// A course of treatment of the cast.
pub(crate) struct Course {
    pub key: &'static str,
    pub indications: &'static [Indication],
    pub areas: &'static [Area],
    pub planned: u32,
    pub interval: (u32, u32),
    pub state: SeriesState,
    pub views: &'static [Sight],
    /// Kind and days ago.
    pub visits: &'static [(SessionKind, u64)],
    /// Session index and what goes wrong there.
    pub traps: &'static [(usize, Trap)],
}

/// A standardized view: name, area, side, pose, light.
pub(crate) struct Sight(&'static str, Area, Side, Pose, Light);

/// A consent event: series, purpose, scope, event, days ago, days until it expires.
pub(crate) struct Paper {
    series: Option<usize>,
    purpose: Purpose,
    scope: Scope,
    event: ConsentEvent,
    ago: u64,
    expires_in: Option<u64>,
}

const FACE_FRONT: Sight = Sight("Face front", Area::Face, Side::Both, Pose::Front, Light::Frontal);
const FACE_45_R: Sight = Sight("Face 45° right", Area::Face, Side::Right, Pose::Oblique, Light::Frontal);
const FACE_45_L: Sight = Sight("Face 45° left", Area::Face, Side::Left, Pose::Oblique, Light::Frontal);
const FACE_90_R: Sight = Sight("Face 90° right", Area::Face, Side::Right, Pose::Lateral, Light::Frontal);
const FACE_90_L: Sight = Sight("Face 90° left", Area::Face, Side::Left, Pose::Lateral, Light::Frontal);
const CHEEK_R: Sight = Sight("Cheek right", Area::Cheeks, Side::Right, Pose::CloseUp, Light::Tangential);
const CHEEK_L: Sight = Sight("Cheek left", Area::Cheeks, Side::Left, Pose::CloseUp, Light::Tangential);
const FOREHEAD: Sight = Sight("Forehead", Area::Forehead, Side::Both, Pose::CloseUp, Light::Frontal);
const FOREHEAD_SIDELONG: Sight =
    Sight("Forehead, tangential", Area::Forehead, Side::Both, Pose::CloseUp, Light::Tangential);
const FOREHEAD_POLARISED: Sight =
    Sight("Forehead, cross-polarised", Area::Forehead, Side::Both, Pose::CloseUp, Light::CrossPolarised);
const EYE_R: Sight = Sight("Eye right", Area::Periorbital, Side::Right, Pose::CloseUp, Light::Frontal);
const EYE_L: Sight = Sight("Eye left", Area::Periorbital, Side::Left, Pose::CloseUp, Light::Frontal);
const BELLY: Sight = Sight("Abdomen front", Area::Abdomen, Side::Both, Pose::Front, Light::Frontal);
const BELLY_R: Sight = Sight("Abdomen 45° right", Area::Abdomen, Side::Right, Pose::Oblique, Light::Frontal);
const BELLY_L: Sight = Sight("Abdomen 45° left", Area::Abdomen, Side::Left, Pose::Oblique, Light::Frontal);

const fn granted(series: Option<usize>, purpose: Purpose, scope: Scope, ago: u64, expires_in: Option<u64>) -> Paper {
    Paper { series, purpose, scope, event: ConsentEvent::Granted, ago, expires_in }
}

use Purpose::{InClinic, Teaching, Website};
use SessionKind::{Consultation, FollowUp, Healing, Maintenance, Treatment};

/// Everyone. Names are invented; any likeness to a person is chance.
pub(crate) const CAST: &[Person] = &[
    Person {
        code: "P-0192",
        given: "Marisol",
        family: "Everhart-Lindqvist",
        age_days: 12_480,
        tone: Fitzpatrick::III,
        series: &[
            Course {
                key: "acne-scars",
                indications: &[Indication::AcneScars],
                areas: &[Area::Cheeks],
                planned: 6,
                interval: (28, 42),
                state: SeriesState::Open,
                views: &[FACE_FRONT, FACE_45_R, FACE_45_L, CHEEK_R, CHEEK_L],
                visits: &[(Treatment, 133), (Treatment, 98), (Treatment, 63), (Treatment, 28)],
                traps: &[(1, Trap::Blurred), (3, Trap::WrongPatient)],
            },
            Course {
                key: "hyperpigmentation",
                indications: &[Indication::Hyperpigmentation],
                areas: &[Area::Forehead],
                planned: 4,
                interval: (28, 42),
                state: SeriesState::Open,
                views: &[FOREHEAD, FOREHEAD_SIDELONG, FOREHEAD_POLARISED],
                visits: &[(Consultation, 84), (Treatment, 56), (Treatment, 21)],
                traps: &[(2, Trap::NotAPhoto)],
            },
        ],
        consents: &[
            granted(None, InClinic, Scope::FullFace, 133, None),
            granted(Some(0), Website, Scope::Region, 120, Some(610)),
            granted(Some(1), Website, Scope::Region, 56, Some(674)),
        ],
    },
    Person {
        code: "P-0207",
        given: "Tomasz",
        family: "Wren",
        age_days: 20_110,
        tone: Fitzpatrick::II,
        series: &[Course {
            key: "wrinkles",
            indications: &[Indication::Wrinkles],
            areas: &[Area::Forehead, Area::Periorbital],
            planned: 4,
            interval: (28, 35),
            state: SeriesState::Finished,
            views: &[FOREHEAD, EYE_R, EYE_L],
            visits: &[
                (Treatment, 331),
                (Treatment, 301),
                (Treatment, 270),
                (Treatment, 240),
                (FollowUp, 210),
                (FollowUp, 60),
            ],
            traps: &[],
        }],
        consents: &[
            granted(None, InClinic, Scope::FullFace, 331, None),
            granted(None, Website, Scope::Region, 210, Some(520)),
        ],
    },
    Person {
        code: "P-0214",
        given: "Ottilie",
        family: "Brandvold",
        age_days: 13_790,
        tone: Fitzpatrick::II,
        series: &[Course {
            key: "stretch-marks",
            indications: &[Indication::StretchMarks],
            areas: &[Area::Abdomen],
            planned: 5,
            interval: (28, 42),
            state: SeriesState::Open,
            views: &[BELLY, BELLY_R, BELLY_L],
            visits: &[
                (Treatment, 403),
                (Treatment, 368),
                (Treatment, 333),
                (Treatment, 297),
                (Treatment, 262),
                (FollowUp, 170),
                (Maintenance, 76),
            ],
            traps: &[(3, Trap::Truncated)],
        }],
        consents: &[
            granted(None, InClinic, Scope::Region, 403, None),
            granted(Some(0), Website, Scope::Region, 262, Some(470)),
        ],
    },
    Person {
        code: "P-0231",
        given: "ليلى",
        family: "ضوء القمر",
        age_days: 9_205,
        tone: Fitzpatrick::IV,
        series: &[Course {
            key: "active-acne",
            indications: &[Indication::ActiveAcne],
            areas: &[Area::Face],
            planned: 5,
            interval: (21, 35),
            state: SeriesState::Open,
            views: &[FACE_FRONT, CHEEK_R, CHEEK_L],
            visits: &[(Treatment, 62), (Healing, 59), (Treatment, 34), (Treatment, 6)],
            traps: &[],
        }],
        consents: &[
            granted(None, InClinic, Scope::FullFace, 62, None),
            granted(Some(0), Website, Scope::Region, 62, Some(668)),
            Paper {
                series: Some(0),
                purpose: Website,
                scope: Scope::Region,
                event: ConsentEvent::Withdrawn,
                ago: 9,
                expires_in: None,
            },
        ],
    },
    Person {
        code: "P-0245",
        given: "小样",
        family: "王",
        age_days: 14_930,
        tone: Fitzpatrick::III,
        series: &[
            Course {
                key: "pores",
                indications: &[Indication::Pores, Indication::Texture],
                areas: &[Area::Cheeks],
                planned: 3,
                interval: (28, 42),
                state: SeriesState::Open,
                views: &[FACE_45_R, FACE_45_L, CHEEK_R, CHEEK_L],
                visits: &[(Treatment, 75), (Treatment, 45), (Treatment, 15)],
                traps: &[(1, Trap::Duplicate)],
            },
            Course {
                key: "under-eye",
                indications: &[Indication::UnderEye],
                areas: &[Area::Periorbital],
                planned: 3,
                interval: (28, 42),
                state: SeriesState::Open,
                views: &[FACE_FRONT, EYE_R, EYE_L],
                visits: &[(Consultation, 43), (Treatment, 38), (Treatment, 8)],
                traps: &[],
            },
        ],
        consents: &[
            granted(Some(0), Website, Scope::Region, 353, Some(12)),
            granted(Some(1), Website, Scope::FullFace, 38, Some(692)),
        ],
    },
    Person {
        code: "P-0258",
        given: "Anneliese Wilhelmina",
        family: "Featherstonehaugh-Oyelaran",
        age_days: 16_020,
        tone: Fitzpatrick::V,
        series: &[Course {
            key: "acne-scars",
            indications: &[Indication::AcneScars],
            areas: &[Area::Face],
            planned: 8,
            interval: (28, 42),
            state: SeriesState::Open,
            views: &[FACE_FRONT, FACE_90_R, FACE_90_L, CHEEK_R, CHEEK_L],
            visits: &[(Treatment, 201), (Treatment, 166), (Treatment, 130)],
            traps: &[],
        }],
        consents: &[
            granted(None, InClinic, Scope::Region, 201, None),
            granted(None, Teaching, Scope::Region, 201, None),
        ],
    },
];

impl Person {
    pub(crate) fn record(&self, today: NaiveDate) -> NewPatient {
        NewPatient {
            code: Redacted::from(self.code),
            given: Redacted::from(self.given),
            family: Redacted::from(self.family),
            birth: Some(Redacted(before(today, self.age_days))),
            fitzpatrick: Some(self.tone),
        }
    }

    /// Name in reading order.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.given, self.family)
    }

    pub(crate) fn papers(&self, today: NaiveDate) -> Vec<PlannedConsent> {
        let event = |paper: &Paper| PlannedConsent {
            series: paper.series,
            purpose: paper.purpose,
            scope: paper.scope,
            event: paper.event,
            date: before(today, paper.ago),
            expires: paper.expires_in.and_then(|days| today.checked_add_days(Days::new(days))),
        };
        self.consents.iter().map(event).collect()
    }

    /// All that marks this person's skin.
    pub(crate) fn conditions(&self) -> Vec<Indication> {
        self.series.iter().flat_map(|course| course.indications.iter().copied()).collect()
    }
}

impl Sight {
    pub(crate) fn view(&self) -> NewView {
        NewView {
            name: self.0.to_owned(),
            area: self.1,
            side: self.2,
            pose: self.3,
            light: self.4,
            focal_mm: Some(100),
        }
    }
}

/// `days` before `today`.
pub(crate) fn before(today: NaiveDate, days: u64) -> NaiveDate {
    today.checked_sub_days(Days::new(days)).unwrap_or(today)
}
