//! Records as many as a large clinic gathers in ten years, for measurements.
//!
//! They go through the same mappers as a person's, in large transactions and without undo. Of the originals there is only
//! what the catalog says: they lie in volumes that do not exist. The demo clinic is what shows pictures.

use chrono::{Days, NaiveDate};
use rusqlite::{Connection, params};
use sha2::{Digest, Sha256};

use super::error::{Result, VaultError};
use super::keys::Key;
use super::op::Op;
use super::pool::lock;
use super::table::{alignment, blob, consent, due, frame, patient, photo, series, session};
use super::{Vault, audit, role};
use crate::clock::Now;
use crate::geom::Matrix3;
use crate::model::{
    Alignment, AlignmentSource, Answer, Basis, CaptureFacts, Consent, ConsentEvent, FrameId, Model, NewPatient,
    NewSeries, NewView, PatientId, Phase, PhotoHash, Purpose, Scope, SeriesId, SeriesState, SessionId, SessionKind,
    Slot, TrayId, UserId, ViewId,
};
use crate::vault::types::Filing;

/// Fewest and most sessions of a series; the patients have each number between them equally often.
const SESSIONS: std::ops::RangeInclusive<u32> = 4..=8;
/// Days from one session to the next.
const INTERVAL: u64 = 35;
/// The last sessions lie within this many days before today.
const LAST_WITHIN: u64 = 500;
/// What an original would weigh, and how many would share a volume.
const LENGTH: u64 = 6_000_000;
const PER_VOLUME: i64 = 170;

const ADD_TO_TRAY: &str =
    "INSERT INTO tray (blob, width, height, facts, file_name, received) VALUES (?1, 6000, 4000, ?2, ?3, ?4)";

/// What to fill a vault with: a series for each patient, on average six sessions, a photo of every view in each.
pub struct Synthetic<'a> {
    /// How many patients.
    pub patients: u32,
    /// The nth of them.
    pub person: &'a dyn Fn(u32) -> NewPatient,
    /// What is photographed.
    pub views: &'a [NewView],
}

/// One patient's course as it grows.
struct Course {
    number: u32,
    patient: PatientId,
    series: SeriesId,
    views: Vec<ViewId>,
    frames: Vec<FrameId>,
}

impl Course {
    fn sessions(&self) -> u32 {
        SESSIONS.start() + self.number % (SESSIONS.end() - SESSIONS.start() + 1)
    }

    /// The day of the nth session: the last one lies some time back, different for each patient.
    fn day(&self, n: u32, today: NaiveDate) -> NaiveDate {
        let back = u64::from(self.number) * 37 % LAST_WITHIN + u64::from(self.sessions() - 1 - n) * INTERVAL;
        today.checked_sub_days(Days::new(back)).unwrap_or(today)
    }
}

/// What the photos share while they are filed.
struct Roll {
    user: UserId,
    now: Now,
    facts: String,
    volume: i64,
    taken: i64,
}

impl Vault {
    /// Fills an empty vault for measurements; owners only. Nothing of it can be shown: there are no originals.
    pub fn fill_with_synthetic_records(&self, what: &Synthetic<'_>, now: Now) -> Result<()> {
        if !role::may(self.inner.user.role, Op::AddPatient) {
            return Err(VaultError::Refused("your role does not include this"));
        }
        let _writer = lock(&self.inner.writer);
        // A connection without the triggers that record for undo and audit: nobody will take this back.
        let mut conn = self.inner.readers.source().writer()?;
        conn.pragma_update(None, "cache_size", -512 * 1024)?;
        if series::count(&conn)? > 0 || patient::keys_size(&conn)?.0 > 0 {
            return Err(VaultError::Refused("only an empty vault is filled for a measurement"));
        }
        let tx = conn.transaction()?;
        let mut courses = (0..what.patients).map(|n| begin(&tx, n, what, now)).collect::<Result<Vec<_>>>()?;
        tx.commit()?;
        let facts = CaptureFacts {
            time_text: Some("2026:01:14 15:02:11".into()),
            camera: Some("Canon EOS R5".into()),
            focal_mm: Some(100.0),
            exposure_s: Some(0.00625),
            orientation: 1,
            ..CaptureFacts::default()
        };
        let facts = serde_json::to_string(&facts).map_err(|_| VaultError::Damaged("capture facts"))?;
        let mut roll = Roll { user: self.inner.user.id, now, facts, volume: 0, taken: 0 };
        // Visit by visit over all patients: a series' rows lie as far apart as years of other people's visits put them.
        for n in 0..*SESSIONS.end() {
            let tx = conn.transaction()?;
            for course in courses.iter_mut().filter(|course| n < course.sessions()) {
                let id = session::add(&tx, course.series, course.day(n, now.today), SessionKind::Treatment)?;
                roll.photograph(&tx, course, id)?;
            }
            due::settle(&tx)?;
            tx.commit()?;
        }
        if roll.volume > 0 {
            blob::close_volume(&conn, roll.volume)?;
        }
        Ok(())
    }
}

/// A patient with a series and consents: all for the record, some for the website, of which some have run out.
fn begin(conn: &Connection, number: u32, what: &Synthetic<'_>, now: Now) -> Result<Course> {
    let patient = patient::add(conn, &(what.person)(number))?;
    let series = series::add(
        conn,
        &NewSeries {
            patient,
            indications: vec![crate::model::Indication::AcneScars],
            areas: vec![crate::model::Area::Face],
            planned: *SESSIONS.end(),
            interval_min_days: 28,
            interval_max_days: 42,
            views: what.views.to_vec(),
            predecessor: None,
        },
    )?;
    match number % 10 {
        0 => series::set_state(conn, series, SeriesState::Finished)?,
        1 => series::set_state(conn, series, SeriesState::Stopped)?,
        _ => {}
    }
    let grant = |purpose, expires| Consent {
        id: None,
        patient,
        series: None,
        purpose,
        scope: Scope::FullFace,
        event: ConsentEvent::Granted,
        wording: "1".into(),
        signer: "patient".into(),
        signed: None,
        expires,
        at: now.at,
    };
    let _record = consent::add(conn, &grant(Purpose::Record, None), None)?;
    if number.is_multiple_of(8) {
        let expires = (now.today - Days::new(200)).checked_add_days(Days::new(u64::from(number) % 1000));
        let _website = consent::add(conn, &grant(Purpose::Website, expires), None)?;
    }
    let views = super::table::view::of_series(conn, series)?.into_iter().map(|view| view.id).collect();
    Ok(Course { number, patient, series, views, frames: Vec::new() })
}

impl Roll {
    /// One photo of every view: the first ones become the frames, the later ones are aligned to them.
    fn photograph(&mut self, conn: &Connection, course: &mut Course, session: SessionId) -> Result<()> {
        let at = self.now.at;
        let first = course.frames.is_empty();
        for (i, &view) in course.views.iter().enumerate() {
            let item = self.receive(conn)?;
            let to = Filing { session, view: Some(view), slot: Slot::Primary, phase: Phase::BeforeTreatment };
            let photo = photo::file(conn, item, to)?;
            if first {
                course.frames.push(frame::set_reference(conn, view, photo, true)?);
            } else if let Some(&frame) = course.frames.get(i) {
                let answer = Alignment {
                    id: None,
                    photo,
                    frame,
                    model: Model::Similarity,
                    matrix: Some(Matrix3([
                        0.998_123_4,
                        -0.012_345_6,
                        31.415_926,
                        0.012_345_6,
                        0.998_123_4,
                        -27.18,
                        0.0,
                        0.0,
                        1.0,
                    ])),
                    engine: 1,
                    source: AlignmentSource::Automatic,
                    answer: Answer::Aligned,
                    residual_px: Some(1.25),
                    confidence: 0.93,
                    why: None,
                    basis: Basis::default(),
                };
                let _id = alignment::add(conn, &answer, at, false)?;
            }
        }
        let subject = format!("{{\"added\":{{\"session\":[{}]}},\"of\":{}}}", session.0, course.patient.0);
        let _seq = audit::append(conn, at, self.user, Op::FilePhotos, subject)?;
        Ok(())
    }

    fn receive(&mut self, conn: &Connection) -> Result<TrayId> {
        let at = self.now.at;
        if self.taken % PER_VOLUME == 0 {
            if self.volume > 0 {
                blob::close_volume(conn, self.volume)?;
            }
            self.volume = blob::add_volume(conn, &Key::random()?, at)?;
        }
        self.taken += 1;
        let hash = PhotoHash(Sha256::digest(self.taken.to_be_bytes()).into());
        let place = blob::Place { hash, length: LENGTH, volume: self.volume, volume_row: self.taken % PER_VOLUME + 1 };
        let blob = blob::add(conn, &place, at)?;
        let name = format!("IMG_{:05}.JPG", self.taken % 100_000);
        let mut statement = conn.prepare_cached(ADD_TO_TRAY)?;
        Ok(TrayId(statement.insert(params![blob, self.facts, name, at.0])?))
    }
}
