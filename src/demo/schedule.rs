//! From the cast to the plan: every shot with its time, file name, camera, light and state of the skin.

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use rand::Rng;

use super::camera::Pose;
use super::cast::{self, CAST, Course};
use super::light::{Lamp, Progression};
use super::noise::{derive, mix, stream};
use super::plan::{Clinic, PlannedPatient, PlannedSeries, PlannedSession, PlannedShot, Trap};
use super::sensor::Sensor;
use crate::geom::Size;
use crate::model::{Light, NewView, Pose as ViewPose, SessionKind};

/// Longer side of a photo: with 3:2 this is 4.06 megapixels.
const PHOTO_SIDE: u32 = 2464;
/// Index of the patient whose cheek turns up in another one's folder: much the same skin, so that a person might miss it.
const STRANGER: usize = 4;

impl Clinic {
    /// The clinic as seen on `today`, with photos of four megapixels.
    #[must_use]
    pub fn new(seed: u64, today: NaiveDate) -> Self {
        Self::with_photo_side(seed, today, PHOTO_SIDE)
    }

    /// The same clinic with photos of 720 × 480, for tests.
    #[must_use]
    pub fn small(seed: u64, today: NaiveDate) -> Self {
        Self::with_photo_side(seed, today, 720)
    }

    /// The same clinic with photos of another size.
    #[must_use]
    pub fn with_photo_side(seed: u64, today: NaiveDate, photo_side: u32) -> Self {
        let mut patients: Vec<_> = CAST
            .iter()
            .enumerate()
            .map(|(index, person)| PlannedPatient {
                person: person.record(today),
                series: person
                    .series
                    .iter()
                    .map(|course| Scheduler { seed, today, photo_side, patient: index, course }.series(person.code))
                    .collect(),
                consents: person.papers(today),
            })
            .collect();
        number_files(&mut patients);
        Self { seed, today, photo_side, patients }
    }
}

/// Camera file names: one counter for the whole clinic, in the order in which the shutter was pressed.
fn number_files(patients: &mut [PlannedPatient]) {
    let mut shots: Vec<&mut PlannedShot> = patients
        .iter_mut()
        .flat_map(|p| &mut p.series)
        .flat_map(|s| &mut s.sessions)
        .flat_map(|s| &mut s.shots)
        .filter(|shot| shot.trap != Some(Trap::NotAPhoto))
        .collect();
    shots.sort_by_key(|shot| shot.taken);
    for (index, shot) in shots.into_iter().enumerate() {
        shot.file = format!("DSC_{:04}.JPG", index + 1);
    }
}

struct Scheduler<'a> {
    seed: u64,
    today: NaiveDate,
    photo_side: u32,
    patient: usize,
    course: &'a Course,
}

impl Scheduler<'_> {
    fn series(&self, code: &str) -> PlannedSeries {
        let course = self.course;
        let views: Vec<NewView> = course.views.iter().map(cast::Sight::view).collect();
        PlannedSeries {
            key: course.key.to_owned(),
            folder: format!("{code}_{}", course.key),
            indications: course.indications.to_vec(),
            areas: course.areas.to_vec(),
            planned: course.planned,
            interval_min_days: course.interval.0,
            interval_max_days: course.interval.1,
            state: course.state,
            sessions: (0..course.visits.len()).map(|index| self.session(index, &views)).collect(),
            views,
        }
    }

    fn session(&self, index: usize, views: &[NewView]) -> PlannedSession {
        let (kind, ago) = self.course.visits[index];
        let date = cast::before(self.today, ago);
        let start = self.start(date, index);
        let mut shots: Vec<_> = (0..views.len()).map(|view| self.shot(index, view, views, start, view)).collect();
        for (_, trap) in self.course.traps.iter().filter(|(session, _)| *session == index) {
            let order = shots.len();
            shots.push(self.trap(*trap, index, views, start, order));
        }
        PlannedSession { date, kind, shots }
    }

    fn key(&self, session: usize) -> u64 {
        let course = derive(mix(self.seed, self.patient as u64 + 1), self.course.key);
        mix(course, session as u64)
    }

    /// Visits of one day are hours apart, photos of one visit about half a minute.
    fn start(&self, date: NaiveDate, session: usize) -> NaiveDateTime {
        let minute = stream(self.key(session), "time").random_range(0..40u32);
        let hour = 8 + (self.patient as u32 * 2 + self.course.key.len() as u32 % 2) % 9;
        date.and_hms_opt(hour, minute, 11).unwrap_or_default()
    }

    fn shot(&self, session: usize, view: usize, views: &[NewView], start: NaiveDateTime, order: usize) -> PlannedShot {
        let seed = mix(self.key(session), view as u64 + 100 * order as u64);
        // The baseline is shot with care, later visits as visits go.
        let strength = if session == 0 { 0.3 } else { 1.0 };
        let portrait = views[view].area == crate::model::Area::Face;
        let (long, short) = (self.photo_side, self.photo_side * 1648 / PHOTO_SIDE);
        let size = if portrait { Size::new(short, long) } else { Size::new(long, short) };
        let orientation = match (portrait, seed % 5) {
            (true, 0..=2) => 6,
            (true, 3) => 8,
            (false, 0) => 3,
            _ => 1,
        };
        let mut sensor = Sensor::random(seed, strength as f32);
        sensor.wide = seed % 6 == 1;
        PlannedShot {
            file: String::new(),
            view,
            trap: None,
            subject: self.patient,
            taken: start + TimeDelta::seconds(27 * order as i64),
            offset: self.patient.is_multiple_of(2).then_some("+01:00"),
            orientation,
            size,
            pose: pose(seed, strength, views[view].pose),
            sensor,
            lamp: lamp(self.key(session), views[view].light, strength as f32),
            progression: self.progression(session),
        }
    }

    fn trap(&self, trap: Trap, session: usize, views: &[NewView], start: NaiveDateTime, order: usize) -> PlannedShot {
        let last = views.len() - 1;
        let mut shot = self.shot(session, last, views, start, order);
        shot.trap = Some(trap);
        match trap {
            Trap::Blurred => shot.sensor.blur = 0.0042,
            Trap::WrongPatient => shot.subject = STRANGER,
            Trap::Duplicate => {
                let twin = self.shot(session, last, views, start, last);
                shot = PlannedShot { trap: shot.trap, ..twin };
            }
            Trap::NotAPhoto => "NOTES.TXT".clone_into(&mut shot.file),
            Trap::Truncated => {}
        }
        shot
    }

    /// What the treatments before a visit have done. Photos are taken before that day's treatment.
    fn progression(&self, session: usize) -> Progression {
        let treats = |kind: SessionKind| matches!(kind, SessionKind::Treatment | SessionKind::Maintenance);
        let (kind, ago) = self.course.visits[session];
        let mut earlier = self.course.visits[..session].iter().filter(|(k, _)| treats(*k));
        let done = earlier.clone().count() as f32;
        let since = earlier.next_back().map_or(0, |(_, last)| last - ago) as f32;
        // Collagen goes on building for months after the last treatment.
        let reached = done + 0.6 * (since / 120.0).min(1.0) - if kind == SessionKind::Healing { 0.8 } else { 0.0 };
        let left = |per_session: f32, floor: f32| floor + (1.0 - floor) * per_session.powf(reached.max(0.0));
        Progression {
            scar: left(0.80, 0.12),
            spot: left(0.72, 0.10),
            flush: left(0.62, 0.04),
            healing: if kind == SessionKind::Healing { 0.16 } else { 0.0 },
        }
    }
}

/// Faces keep more distance from the frame's edge, so they move less.
fn pose(seed: u64, strength: f64, view: ViewPose) -> Pose {
    let strength = if view == ViewPose::CloseUp { strength } else { strength * 0.8 };
    Pose::random(seed, strength)
}

/// The set-up of a view, as well as it was repeated that day.
fn lamp(seed: u64, light: Light, strength: f32) -> Lamp {
    let mut rng = stream(seed, "lamp");
    let mut off = |limit: f32| rng.random_range(-limit..=limit) * strength;
    let (direction, ambient, sheen) = match light {
        Light::Frontal => ([-0.32 + off(0.22), -0.50 + off(0.18), 0.85], 0.42, 1.0),
        Light::Tangential => ([-0.62 + off(0.25), -0.48 + off(0.22), 0.70], 0.34, 1.0),
        Light::CrossPolarised => ([-0.25 + off(0.15), -0.40 + off(0.15), 0.90], 0.55, 0.06),
    };
    Lamp { direction, ambient, sheen }
}
