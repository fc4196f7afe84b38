//! The same look at a plan in which a person said whose photos they are: which of them align with another patient's, and
//! what is off beside the references of their views.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use chrono::NaiveDate;

use super::fit::{self, Gallery, Known, Reference};
use super::take::SMALL_PX;
use super::{Alarm, DayList};
use crate::geom::Size;
use crate::imaging::{self, Detail};
use crate::import::check::{self, Measured};
use crate::import::error::ImportError;
use crate::import::note::Note;
use crate::import::plan::{Plan, PlannedPhoto};
use crate::import::scan;
use crate::model::{CaptureFacts, PatientId, PhotoHash, Redacted, ViewId};
use crate::pipeline;
use crate::progress::Progress;
use crate::registration;
use crate::vault::{Vault, VaultError};

const WHAT: &str = "Comparing";

/// A photo of a plan that somebody should look at before it is filed where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarmed {
    /// Its bytes.
    pub hash: PhotoHash,
    /// Its file.
    pub file_name: Redacted<String>,
    /// Why.
    pub alarm: Alarm,
    /// Code of the other patient.
    pub code: Redacted<String>,
}

/// A photo on its way.
struct Pending {
    place: (usize, usize),
    bytes: Vec<u8>,
    size: Size,
    facts: CaptureFacts,
    view: Option<ViewId>,
    /// The references of others; none where its bytes are filed under one of them, which is said otherwise.
    strangers: Arc<Vec<Reference>>,
}

/// What was seen in it.
struct Seen {
    place: (usize, usize),
    /// What is off beside the reference of its view; none without one.
    notes: Option<Vec<Note>>,
    stranger: Option<PatientId>,
}

/// Compares the photos of a plan with the references of their own views and, with `others`, with those of the patients who
/// come into question beside: see [`fit::candidates`]. What is off is added to the notes of each photo; a
/// photo that aligns with another patient's, or lies behind the card of one, is returned as well.
pub fn compare(vault: &Vault, plan: &mut Plan, others: bool, progress: &Progress) -> Result<Vec<Alarmed>, ImportError> {
    let mut gallery = Gallery::new(Known::default());
    let patient = gallery.board(vault, plan.series)?.patient.id;
    let own = gallery.references(vault, plan.series)?;
    let mut strangers = Vec::with_capacity(plan.sessions.len());
    for session in &plan.sessions {
        let of_day = if others { of_others(vault, &mut gallery, patient, session.date)? } else { Vec::new() };
        strangers.push(Arc::new(of_day));
    }
    let places: Vec<(usize, usize)> = (plan.sessions.iter().enumerate())
        .filter(|(s, _)| !own.is_empty() || !strangers[*s].is_empty())
        .flat_map(|(s, session)| session.photos.iter().enumerate().map(move |(p, photo)| (s, p, photo)))
        .filter(|(.., photo)| photo.skip.is_none() && photo.is_comparable())
        .map(|(s, p, _)| (s, p))
        .collect();
    let (total, mut passed) = (places.len() as u64, 0);
    let mut pending = places.into_iter();
    let mut seen = Vec::new();
    let nobody = Arc::new(Vec::new());
    let photos = &*plan;
    let next = || {
        while !progress.is_cancelled() {
            let Some((s, p)) = pending.next() else { break };
            let photo = &photos.sessions[s].photos[p];
            // What cannot be read is found and said when it is filed.
            let Some(bytes) = bytes(vault, photo) else { continue };
            let is_filed = !vault.filed_as(photo.hash)?.is_empty();
            let strangers = Arc::clone(if is_filed { &nobody } else { &strangers[s] });
            let (size, facts, view) = (photo.size, photo.facts.clone(), photo.view);
            return Ok::<_, ImportError>(Some(Pending { place: (s, p), bytes, size, facts, view, strangers }));
        }
        Ok(None)
    };
    let done = |one: Option<Seen>| {
        passed += 1;
        progress.report(WHAT, passed, total);
        seen.extend(one);
        Ok(())
    };
    progress.report(WHAT, 0, total);
    pipeline::run(pipeline::decoders(), next, |photo: Pending| look(&photo, &own), done)?;
    seen.sort_by_key(|one| one.place);
    let mut alarmed = Vec::new();
    for Seen { place: (s, p), notes, stranger } in seen {
        let photo = &mut plan.sessions[s].photos[p];
        if let Some(notes) = notes {
            photo.notes.retain(|note| !matches!(note, Note::Clipped { .. }));
            photo.notes.splice(0..0, notes).for_each(drop);
        }
        if let Some(stranger) = stranger {
            photo.notes.insert(0, Note::OtherPatient);
            let code = vault.patient(stranger)?.code;
            let file_name = Redacted(scan::file_name(&photo.path.0));
            alarmed.push(Alarmed { hash: photo.hash, file_name, alarm: Alarm::AlignsWithOther, code });
        }
    }
    let known: HashSet<PhotoHash> = alarmed.iter().map(|one| one.hash).collect();
    alarmed.extend(behind_cards(vault, plan)?.into_iter().filter(|one| !known.contains(&one.hash)));
    for photo in plan.sessions.iter_mut().flat_map(|session| &mut session.photos) {
        // Where room is short, what may be another patient's is said first.
        photo.notes.sort_by_key(|note| !note.is_alarm());
    }
    Ok(alarmed)
}

/// The photos of a plan that lie behind the photographed card of another patient.
pub fn behind_cards(vault: &Vault, plan: &Plan) -> Result<Vec<Alarmed>, ImportError> {
    let mut alarmed = Vec::new();
    for photo in plan.sessions.iter().flat_map(|session| &session.photos).filter(|photo| photo.skip.is_none()) {
        let theirs = photo.notes.iter().find_map(|n| if let Note::OthersCard(id) = n { Some(*id) } else { None });
        let Some(theirs) = theirs else { continue };
        let code = code_of(vault, PatientId(theirs))?;
        let file_name = Redacted(scan::file_name(&photo.path.0));
        alarmed.push(Alarmed { hash: photo.hash, file_name, alarm: Alarm::OthersCard, code });
    }
    Ok(alarmed)
}

/// The code of the patient whose card was photographed, or words where there is none.
pub(super) fn code_of(vault: &Vault, patient: PatientId) -> Result<Redacted<String>, ImportError> {
    match vault.patient(patient) {
        Ok(patient) => Ok(patient.code),
        Err(VaultError::NotFound) => Ok(Redacted("nobody of this vault".to_owned())),
        Err(error) => Err(error.into()),
    }
}

/// The references of everybody else who may have been there on a day.
fn of_others(
    vault: &Vault,
    gallery: &mut Gallery,
    patient: PatientId,
    date: NaiveDate,
) -> Result<Vec<Reference>, ImportError> {
    let mut references = Vec::new();
    for series in fit::candidates(vault, date, &DayList::default())? {
        if gallery.board(vault, series)?.patient.id != patient {
            references.extend(gallery.references(vault, series)?.iter().cloned());
        }
    }
    Ok(references)
}

fn bytes(vault: &Vault, photo: &PlannedPhoto) -> Option<Vec<u8>> {
    let from_tray = |tray| vault.tray_original(tray).ok();
    let from_file = |path: &Path| scan::read(path).ok();
    photo.tray.map_or_else(|| from_file(&photo.path.0), from_tray)
}

fn look(photo: &Pending, own: &[Reference]) -> Option<Seen> {
    let picture = imaging::decode(&photo.bytes, Detail::AtLeast(fit::QUALITY_PX)).ok()?;
    let small = imaging::resize(&picture, picture.size().fit_within(SMALL_PX));
    let described = registration::describe(&small, photo.size);
    let strangers: Vec<&Reference> = photo.strangers.iter().collect();
    let other = (fit::fits(&described, &strangers, false).into_iter())
        .max_by(|a, b| a.confidence.total_cmp(&b.confidence))
        .map(|fit| (fit.reference.patient, fit.confidence));
    let own: Vec<&Reference> = own.iter().filter(|r| other.is_some() || Some(r.view) == photo.view).collect();
    let fits = fit::fits(&described, &own, true);
    let best = fits.iter().map(|fit| fit.confidence).max_by(f64::total_cmp);
    let stranger = other.filter(|(_, confidence)| best.is_none_or(|own| own <= *confidence)).map(|(who, _)| who);
    let colours = fit::colours(&picture);
    let measured = Measured {
        quality: imaging::quality(&picture),
        facts: &photo.facts,
        size: photo.size,
        colours: Some(&colours),
    };
    let notes = own.iter().find(|r| Some(r.view) == photo.view).map(|reference| {
        let matrix = fits.iter().find(|fit| fit.reference.view == reference.view).map(|fit| &fit.matrix);
        check::beside_reference(&measured, &reference.measured(), matrix)
    });
    Some(Seen { place: photo.place, notes, stranger })
}
