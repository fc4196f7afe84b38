//! What a transfer would mean, read in one moment.

use chrono::NaiveDate;
use rusqlite::Connection;

use super::caution::{Caution, name};
use super::{Transfer, TransferPlan, counterpart};
use crate::model::consent::widest;
use crate::model::{
    AttachmentId, Consent, PatientId, Photo, PhotoFile, PhotoId, Purpose, Series, SeriesId, SeriesState, SessionId,
    View, ViewId, count_photos,
};
use crate::vault::error::{Result, VaultError};
use crate::vault::table::{self, photo::Ties};
use crate::vault::types::Filing;

const THERE_ALREADY: VaultError = VaultError::Refused("it is there already");
const IN_CASE: VaultError =
    VaultError::Refused("a case that is to be published shows it. Take it out of the case first");
const SAME: VaultError = VaultError::Refused("a patient cannot be merged with the same record");
const MERGED: VaultError = VaultError::Refused("one of the two was merged into another patient already");

pub(super) fn look(conn: &Connection, transfer: Transfer, today: NaiveDate) -> Result<TransferPlan> {
    let (photos, cautions) = match transfer {
        // Its raw file goes along and is no second photo.
        Transfer::Photo { photo, to } => (1, of_photo(conn, photo, to, today)?),
        Transfer::Session { session, to } => of_session(conn, session, to, today)?,
        Transfer::Patient { keep, other } => of_patient(conn, keep, other, today)?,
        Transfer::Document { document, to } => (0, of_document(conn, document, to)?),
    };
    Ok(TransferPlan { transfer, today, photos, cautions })
}

fn of_photo(conn: &Connection, id: PhotoId, to: Filing, today: NaiveDate) -> Result<Vec<Caution>> {
    let photo = table::photo::get(conn, id)?;
    let patient = table::photo::patient_of(conn, to)?;
    if (Filing { session: photo.session, view: photo.view, slot: photo.slot, phase: photo.phase }) == to {
        return Err(THERE_ALREADY);
    }
    if photo.patient != patient {
        table::photo::refuse_shared(conn, id)?;
    }
    let (from, series) = (series_of(conn, photo.session)?, series_of(conn, to.session)?);
    let mut cautions = between(conn, &from, &series, today)?;
    cautions.extend(ties(conn, &from, &series, &[(&photo, to.view)])?);
    let taken = photo.facts.local_time().map(|time| time.date());
    let session = table::session::get(conn, to.session)?;
    if let Some(taken) = taken.filter(|taken| session.id != photo.session && *taken != session.date) {
        cautions.push(Caution::OtherDay { taken, session: session.date });
    }
    if table::photo::is_taken(conn, id, to)? {
        cautions.push(Caution::Taken);
    }
    Ok(cautions)
}

fn of_session(conn: &Connection, id: SessionId, to: SeriesId, today: NaiveDate) -> Result<(u32, Vec<Caution>)> {
    let session = table::session::get(conn, id)?;
    let (from, series) = (table::series::get(conn, session.series)?, table::series::get(conn, to)?);
    if from.id == series.id {
        return Err(THERE_ALREADY);
    }
    if from.patient != series.patient {
        table::photo::refuse_shared_beyond(conn, id)?;
    }
    let (here, there) = (table::view::of_series(conn, from.id)?, table::view::of_series(conn, to)?);
    let photos = table::photo::of_session(conn, id)?;
    let goes = |photo: &Photo| photo.view.and_then(|view| counterpart(&here, view, &there));
    let placed: Vec<(&Photo, Option<ViewId>)> = photos.iter().map(|photo| (photo, goes(photo))).collect();
    let mut cautions = between(conn, &from, &series, today)?;
    cautions.extend(ties(conn, &from, &series, &placed)?);
    cautions.extend(without_view(&here, &placed));
    if table::session::of_series(conn, to)?.iter().any(|other| other.date == session.date) {
        cautions.push(Caution::SameDay { date: session.date });
    }
    Ok((count_photos(photos.iter().map(PhotoFile::from)) as u32, cautions))
}

fn without_view(here: &[View], placed: &[(&Photo, Option<ViewId>)]) -> Option<Caution> {
    let lost = || placed.iter().filter(|(photo, to)| to.is_none() && photo.view.is_some()).map(|(photo, _)| *photo);
    let has_lost = |view: &&View| lost().any(|photo| photo.view == Some(view.id));
    let views = here.iter().filter(has_lost).map(|view| view.spec.name.clone()).collect();
    let photos = count_photos(lost().map(PhotoFile::from)) as u32;
    (photos > 0).then_some(Caution::NoView { photos, views })
}

fn of_patient(conn: &Connection, keep: PatientId, other: PatientId, today: NaiveDate) -> Result<(u32, Vec<Caution>)> {
    if keep == other {
        return Err(SAME);
    }
    let (kept, gone) = (table::patient::get(conn, keep)?, table::patient::get(conn, other)?);
    if table::merge::person_of(conn, keep)? != keep || table::merge::person_of(conn, other)? != other {
        return Err(MERGED);
    }
    let mut cautions = Vec::new();
    if (&kept.given, &kept.family) != (&gone.given, &gone.family) {
        cautions.push(Caution::Names { kept: name(&kept), other: name(&gone) });
    }
    if kept.birth != gone.birth {
        cautions.push(Caution::Births { kept: kept.birth.clone(), other: gone.birth.clone() });
    }
    if kept.fitzpatrick != gone.fitzpatrick {
        cautions.push(Caution::SkinTypes { kept: kept.fitzpatrick, other: gone.fitzpatrick });
    }
    let both = table::consent::of_both(conn, keep, other)?;
    let mut open = 0;
    for patient in [keep, other] {
        let own = table::consent::of_patient(conn, patient)?;
        let all = table::series::of_patient(conn, patient)?;
        open += u32::from(all.iter().any(|series| series.state == SeriesState::Open));
        for series in all {
            cautions.extend(allowed((&own, &series), (&both, &series), today));
        }
    }
    let same = table::photo::under_both(conn, other, keep)?;
    if same > 0 {
        cautions.push(Caution::SameOriginal { photos: same });
    }
    cautions.push(Caution::Code { kept: kept.code, other: gone.code });
    if open == 2 {
        cautions.push(Caution::BothOpen);
    }
    Ok((table::photo::count_of(conn, other)?, cautions))
}

fn of_document(conn: &Connection, document: AttachmentId, to: PatientId) -> Result<Vec<Caution>> {
    let [from, to] = table::attachment::between(conn, document, to)?;
    let mut cautions = vec![Caution::patient(&from, &to)];
    let hash = table::attachment::get(conn, document)?.hash;
    let has_it = table::attachment::of_patient(conn, to.id)?.iter().any(|of| of.hash == hash);
    cautions.extend(has_it.then_some(Caution::SameDocument));
    Ok(cautions)
}

fn series_of(conn: &Connection, session: SessionId) -> Result<Series> {
    table::series::get(conn, table::session::get(conn, session)?.series)
}

/// Who it is, and what may be done with the pictures, in one series and in another.
fn between(conn: &Connection, from: &Series, to: &Series, today: NaiveDate) -> Result<Vec<Caution>> {
    let mut cautions = Vec::new();
    if from.patient != to.patient {
        let (whose, whom) = (table::patient::get(conn, from.patient)?, table::patient::get(conn, to.patient)?);
        cautions.push(Caution::patient(&whose, &whom));
    }
    let (before, after) =
        (table::consent::of_patient(conn, from.patient)?, table::consent::of_patient(conn, to.patient)?);
    cautions.extend(allowed((&before, from), (&after, to), today));
    Ok(cautions)
}

/// Purposes for which something else is allowed.
fn allowed(before: (&[Consent], &Series), after: (&[Consent], &Series), today: NaiveDate) -> Vec<Caution> {
    let title = after.1.title();
    let most = |(history, series): (&[Consent], &Series), purpose| widest(history, series.id, purpose, today);
    let differs = |&purpose: &Purpose| {
        let (before, after) = (most(before, purpose), most(after, purpose));
        (before != after).then(|| Caution::Consent { purpose, series: title.clone(), before, after })
    };
    Purpose::ALL.iter().filter_map(differs).collect()
}

/// What hangs on the photos in the places they leave.
fn ties(conn: &Connection, from: &Series, to: &Series, placed: &[(&Photo, Option<ViewId>)]) -> Result<Vec<Caution>> {
    let (mut published, mut references, mut others, mut by_hand, mut same) = (0, 0, 0, 0, 0);
    for (photo, view) in placed {
        let Ties { published: is_out, by_hand: placed_by_hand, reference, others_by_hand, in_case } =
            table::photo::ties(conn, photo.id)?;
        if in_case && from.id != to.id {
            return Err(IN_CASE);
        }
        let leaves = *view != photo.view;
        published += u32::from(is_out);
        references += u32::from(reference && leaves);
        others += if leaves { others_by_hand } else { 0 };
        by_hand += u32::from(placed_by_hand && leaves);
        let twins = table::photo::by_hash(conn, photo.hash)?;
        same += u32::from(from.patient != to.patient && twins.iter().any(|(whose, _)| *whose == to.patient));
    }
    let counted = [
        (published, Caution::Published { photos: published }),
        (same, Caution::SameOriginal { photos: same }),
        (references, Caution::Reference { photos: references, by_hand: others }),
        (by_hand, Caution::ByHand { photos: by_hand }),
    ];
    Ok(counted.into_iter().filter(|(n, _)| *n > 0).map(|(_, caution)| caution).collect())
}
