//! Comparing photos of a card with references of the courses that come into question.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::sync::Arc;

use chrono::{Days, NaiveDate};
use rayon::prelude::*;

use super::take::SMALL_PX;
use super::{DayList, Shot};
use crate::align::{Bytes, Memory, queue};
use crate::geom::{Matrix3, Size};
use crate::imaging::{self, Detail, Picture, Quality};
use crate::import::check::Measured;
use crate::import::derive;
use crate::import::error::ImportError;
use crate::model::{Answer, CaptureFacts, Model, PatientId, Photo, PhotoHash, PhotoId, SeriesId, Slot, ViewId};
use crate::registration::{self, Described, Registration};
use crate::vault::{Board, Derived, DuePart, Vault};

/// Patients who may come into question at once.
const MOST_CANDIDATES: usize = 20;
/// A series is due around a day when its window is open within so many days of it.
const AROUND: u64 = 14;
/// Somebody who was here within so many days may be here again.
const RECENTLY: u64 = 120;
/// The days of all visits that a vault may hold.
const EVER: (NaiveDate, NaiveDate) = match (NaiveDate::from_ymd_opt(1900, 1, 1), NaiveDate::from_ymd_opt(9999, 12, 31))
{
    (Some(first), Some(last)) => (first, last),
    _ => (NaiveDate::MIN, NaiveDate::MAX),
};
/// Odds below which two pictures are not compared pixel by pixel: chance reaches about half of this.
const WORTH_A_LOOK: f64 = 4.0;
/// References that are compared pixel by pixel with one photo.
const CLOSER_LOOKS: usize = 2;

/// Sharpness is measured on pictures of at least this size, as that of the photos beside it is.
pub(super) const QUALITY_PX: u32 = 1024;
/// What may be held of the shots of a card: some fifty of them.
const KNOWN_SHOTS: usize = 96 * 1024 * 1024;
/// What may be held of references: those of all candidates, at some two megabytes each.
const KNOWN_REFERENCES: usize = 256 * 1024 * 1024;
/// Pixels that are enough for the colours of a whole frame.
const COLOURS: Size = Size::new(128, 128);

/// The photo that stands for a view.
#[derive(Debug, Clone)]
pub struct Reference {
    /// Whose.
    pub patient: PatientId,
    /// Of which course.
    pub series: SeriesId,
    /// Of which view.
    pub view: ViewId,
    /// How sharp and bright it is.
    pub quality: Quality,
    /// What the camera said of it.
    pub facts: CaptureFacts,
    /// All of it, very small: for its colours.
    pub colours: Picture,
    /// Ready to be compared.
    described: Arc<Described>,
}

/// A photo that aligns with a reference.
#[derive(Debug, Clone)]
pub struct Fit<'a> {
    /// With which.
    pub reference: &'a Reference,
    /// How sure.
    pub confidence: f64,
    /// Maps its pixels to those of the reference, of the upright originals.
    pub matrix: Matrix3,
}

impl Reference {
    /// What a photo of its view is measured against.
    pub(super) fn measured(&self) -> Measured<'_> {
        Measured {
            quality: self.quality,
            facts: &self.facts,
            size: self.described.full(),
            colours: Some(&self.colours),
        }
    }
}

/// What of a reference depends on its file alone.
#[derive(Debug)]
struct Prepared {
    quality: Quality,
    colours: Picture,
    described: Arc<Described>,
}

impl Bytes for Prepared {
    fn bytes(&self) -> usize {
        self.described.bytes() + self.colours.rgba().len()
    }
}

/// What shots and references were prepared to, so that a second look at a group prepares nothing again.
#[derive(Debug, Clone)]
pub struct Known {
    shots: Memory<Described>,
    references: Memory<Prepared>,
}

/// Whether something is prepared already is no difference between two cards.
impl PartialEq for Known {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Known {}

impl Default for Known {
    fn default() -> Self {
        Self { shots: Memory::new(KNOWN_SHOTS), references: Memory::new(KNOWN_REFERENCES) }
    }
}

/// The references that were prepared so far.
pub struct Gallery {
    known: Known,
    boards: HashMap<SeriesId, Arc<Board>>,
    prepared: HashMap<SeriesId, Arc<Vec<Reference>>>,
}

impl Gallery {
    /// Of nobody yet.
    pub fn new(known: Known) -> Self {
        Self { known, boards: HashMap::new(), prepared: HashMap::new() }
    }

    /// One course, as it was when it was asked for first.
    pub fn board(&mut self, vault: &Vault, series: SeriesId) -> Result<Arc<Board>, ImportError> {
        if let Some(board) = self.boards.get(&series) {
            return Ok(Arc::clone(board));
        }
        let board = Arc::new(vault.board(series)?);
        let _ = self.boards.insert(series, Arc::clone(&board));
        Ok(board)
    }

    /// The references of a course, made ready to be compared.
    pub fn references(&mut self, vault: &Vault, series: SeriesId) -> Result<Arc<Vec<Reference>>, ImportError> {
        if let Some(prepared) = self.prepared.get(&series) {
            return Ok(Arc::clone(prepared));
        }
        let board = self.board(vault, series)?;
        let photos = references_of(&board);
        let known = &self.known.references;
        // What is known stays held until it is used, whatever others prepare meanwhile.
        let pictures: Vec<_> = (photos.into_iter())
            .map(|(view, photo)| match known.get(photo.hash) {
                Some(found) => (photo, view, Some(found), None),
                None => (photo, view, None, small_of(vault, photo.id, photo.hash)),
            })
            .collect();
        let make = |photo: &Photo, jpeg: Option<Vec<u8>>| {
            let made = || Ok::<_, Infallible>(jpeg.and_then(|jpeg| prepared(&jpeg, photo.size)));
            let Ok(found) = known.or_make(photo.hash, made);
            found
        };
        let prepare = |(photo, view, found, jpeg): (&Photo, ViewId, Option<Arc<Prepared>>, Option<Vec<u8>>)| {
            let found = found.or_else(|| make(photo, jpeg))?;
            Some(Reference {
                patient: photo.patient,
                series,
                view,
                quality: found.quality,
                facts: photo.facts.clone(),
                colours: found.colours.clone(),
                described: found.described.clone(),
            })
        };
        let prepared: Arc<Vec<Reference>> = Arc::new(pictures.into_par_iter().filter_map(prepare).collect());
        let _ = self.prepared.insert(series, Arc::clone(&prepared));
        Ok(prepared)
    }
}

fn prepared(jpeg: &[u8], full: Size) -> Option<Prepared> {
    let picture = imaging::decode(jpeg, Detail::AtLeast(QUALITY_PX)).ok()?;
    let small = imaging::resize(&picture, picture.size().fit_within(SMALL_PX));
    Some(Prepared {
        quality: imaging::quality(&picture),
        colours: colours(&picture),
        described: Arc::new(registration::describe(&small, full)),
    })
}

/// The photo that stands for each active view: the frame's reference, or what would become it.
fn references_of(board: &Board) -> Vec<(ViewId, &Photo)> {
    let active: HashSet<ViewId> = board.views.iter().filter(|v| !v.retired).map(|v| v.id).collect();
    let missing = queue::missing_frames(board);
    let framed = board.frames.iter().map(|frame| (frame.view, frame.reference));
    let known = || board.photos.iter().chain(&board.earlier);
    let photo = |id: PhotoId| known().find(|p| p.id == id && p.slot != Slot::Rejected);
    let all = framed.chain(missing).filter(|(view, _)| active.contains(view));
    all.filter_map(|(view, id)| photo(id).map(|photo| (view, photo))).collect()
}

/// A picture of the same few pixels for every photo, whatever its form.
pub(super) fn colours(picture: &Picture) -> Picture {
    imaging::resize(picture, COLOURS)
}

fn small_of(vault: &Vault, photo: PhotoId, hash: PhotoHash) -> Option<Vec<u8>> {
    if let Some(preview) = vault.derived(hash, Derived::Preview).ok().flatten() {
        return Some(preview);
    }
    let picture = derive::remade(vault, photo, hash, Derived::Preview)?;
    imaging::encode_jpeg(&picture, 90).ok()
}

/// Prepares shots; none where the small picture cannot be read, which it always can.
pub fn describe(shots: &[Shot], known: &Known) -> Vec<Option<Arc<Described>>> {
    let make = |shot: &Shot| {
        let picture = imaging::decode(&shot.small.0, Detail::Full).ok()?;
        Some(registration::describe(&picture, shot.found.size))
    };
    let prepare = |shot: &Shot| {
        let Ok(described) = known.shots.or_make(shot.found.hash, || Ok::<_, Infallible>(make(shot)));
        described
    };
    shots.par_iter().map(prepare).collect()
}

/// How a photo aligns with each of `references`; only those it aligns with plainly. Which of them are compared pixel by
/// pixel is decided by features, unless `all` are to be.
pub fn fits<'a>(photo: &Described, references: &[&'a Reference], all: bool) -> Vec<Fit<'a>> {
    let chosen: Vec<&'a Reference> = if all {
        references.to_vec()
    } else {
        let mut ranked: Vec<(f64, &Reference)> =
            references.par_iter().map(|r| (registration::odds(photo, &r.described), *r)).collect();
        ranked.retain(|(odds, _)| *odds >= WORTH_A_LOOK);
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
        ranked.into_iter().take(CLOSER_LOOKS).map(|(_, reference)| reference).collect()
    };
    let compare = |reference: &'a Reference| {
        let found = registration::register(photo, &reference.described, Model::Similarity);
        fit(reference, &found)
    };
    chosen.into_par_iter().filter_map(compare).collect()
}

fn fit<'a>(reference: &'a Reference, found: &Registration) -> Option<Fit<'a>> {
    let matrix = found.matrix.filter(|_| found.answer == Answer::Aligned)?;
    Some(Fit { reference, confidence: found.confidence, matrix })
}

/// What several alignments say together, each of which may be a coincidence by itself.
#[must_use]
pub fn together(confidences: impl Iterator<Item = f64>) -> f64 {
    1.0 - confidences.map(|c| 1.0 - c.clamp(0.0, 1.0)).product::<f64>()
}

/// What alignments together have to reach before they name a patient among `candidates`: the more are asked, the more often
/// one fits by chance.
#[must_use]
pub fn bar(candidates: usize) -> f64 {
    1.0 - 0.25 / candidates.max(1) as f64
}

/// Courses that come into question for photos of `date`: of those on the list, due around the day, seen of late, or seen
/// last at all. At most twenty patients, in this order.
pub fn candidates(vault: &Vault, date: NaiveDate, list: &DayList) -> Result<Vec<SeriesId>, ImportError> {
    const PAGE: u32 = 4 * MOST_CANDIDATES as u32;
    let mut chosen = Chosen::default();
    for appointment in list.on(date) {
        if let Some(patient) = vault.patient_by_code(&appointment.code)? {
            for series in vault.series_of(patient.id)? {
                chosen.add(patient.id, series.id);
            }
        }
    }
    let near = |day: NaiveDate| (day - date).num_days().unsigned_abs() <= AROUND;
    // The list begins with what is overdue for longest: those of these days are at its end.
    let recently = vault.due_totals(date)?.overdue.saturating_sub(PAGE);
    for (part, offset) in [(DuePart::Now, 0), (DuePart::Overdue, recently), (DuePart::Later, 0)] {
        for row in vault.due(part, date, offset, PAGE)? {
            if part == DuePart::Now || near(row.due.to) || near(row.due.from) {
                chosen.add(row.patient.id, row.series.id);
            }
        }
    }
    let since = date.checked_sub_days(Days::new(RECENTLY)).unwrap_or(date);
    // Who was seen of late, and then whoever was seen last at all: a card or a clock may be of another day, and a patient
    // who comes after a year is one to be mixed up as well.
    for (from, to) in [(since, date), EVER] {
        if chosen.patients.len() < MOST_CANDIDATES {
            for series in vault.seen_between(from, to, 10 * MOST_CANDIDATES as u32)? {
                chosen.add(vault.series(series)?.patient, series);
            }
        }
    }
    Ok(chosen.series)
}

#[derive(Default)]
struct Chosen {
    patients: HashSet<PatientId>,
    series: Vec<SeriesId>,
}

impl Chosen {
    fn add(&mut self, patient: PatientId, series: SeriesId) {
        if self.series.contains(&series) {
            return;
        }
        if self.patients.contains(&patient) || self.patients.len() < MOST_CANDIDATES {
            let _ = self.patients.insert(patient);
            self.series.push(series);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_candidates_need_more_agreement() {
        let bars: Vec<f64> = [1, 2, 5, 20].map(bar).to_vec();
        assert!(bars.is_sorted() && (bars[0] - 0.75).abs() < 1e-9 && bars[3] > 0.98);
        // One plain alignment names one of two, and two of them one of twenty.
        assert!(together([0.9].into_iter()) >= bar(2) && together([0.9].into_iter()) < bar(20));
        assert!(together([0.9, 0.9].into_iter()) >= bar(20));
        assert!(together(std::iter::empty()) < bar(1));
    }

    #[test]
    fn who_is_overdue_since_a_few_days_comes_into_question_however_many_are_overdue_for_longer() {
        use crate::clock::Now;
        use crate::model::{Indication, NewPatient, SessionKind};
        use crate::protocol;
        use crate::vault::{KdfCost, Op, Passphrase};

        let today = NaiveDate::from_ymd_opt(2026, 5, 18).expect("a date");
        let (folder, now) = (tempfile::tempdir().expect("a folder"), Now::fixed(today));
        let dir = folder.path().join("vault");
        let vault = Vault::create(&dir, "owner", &Passphrase::new("a test"), KdfCost::TESTS, now).expect("made").0;
        let all = vault.transact(Op::AddPatient, now, |tx| {
            let add = |i: u32| {
                let person = NewPatient {
                    code: crate::model::Redacted(format!("P-{i}")),
                    given: "A".into(),
                    family: "B".into(),
                    birth: None,
                    fitzpatrick: None,
                };
                let mut new = protocol::preset(Indication::Pores).series(tx.add_patient(&person)?, &[]);
                (new.interval_min_days, new.interval_max_days) = (150, 200);
                tx.add_series(&new)
            };
            (0..101).map(add).collect::<crate::vault::Result<Vec<SeriesId>>>()
        });
        let all = all.expect("added");
        let before = |days: u64| today - Days::new(days);
        let visited = vault.transact(Op::AddSession, now, |tx| {
            for (i, series) in all.iter().enumerate() {
                let date = if i == 50 { before(205) } else { before(400) };
                let _id = tx.add_session(*series, date, SessionKind::Treatment)?;
            }
            Ok(())
        });
        visited.expect("added");
        assert_eq!(vault.due_totals(today).expect("counted").overdue, 101);
        let found = candidates(&vault, today, &DayList::default()).expect("asked");
        assert_eq!(found[0], all[50]);
        // The places that are left go to whoever was seen last, however long ago: each may be mixed up.
        let people: HashSet<SeriesId> = found.iter().copied().collect();
        assert_eq!((found.len(), people.len()), (MOST_CANDIDATES, MOST_CANDIDATES));
    }
}
