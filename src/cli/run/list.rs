//! `diptych list`: everything a vault holds, down to the alignment of a photo.

use std::collections::HashMap;

use chrono::{NaiveDate, NaiveDateTime};
use serde::Serialize;

use super::{align, audited, grade, series};
use crate::align::graded::{Graded, Grades};
use crate::align::{Placement, placement};
use crate::cli::args;
use crate::cli::error::CliError;
use crate::cli::key::{self, Keyed};
use crate::cli::output::Output;
use crate::cli::unlock;
use crate::clock::Now;
use crate::model::text::{counted, short_date};
use crate::model::{
    Alignment, AlignmentSource, Answer, Basis, Fitzpatrick, Patient, Phase, Photo, PhotoFile, PhotoHash, Session,
    SessionKind, Slot, ViewId, WhyNot, count_photos,
};
use crate::vault::{Board, Vault};

#[derive(Serialize)]
struct ListShown {
    patients: Vec<PatientShown>,
}

#[derive(Serialize)]
struct PatientShown {
    code: String,
    uid: String,
    name: String,
    given: String,
    family: String,
    birth: Option<NaiveDate>,
    fitzpatrick: Option<&'static str>,
    series: Vec<SeriesShown>,
}

#[derive(Serialize)]
struct SeriesShown {
    #[serde(flatten)]
    series: series::Shown,
    views: Vec<String>,
    sessions: Vec<SessionShown>,
}

#[derive(Serialize)]
struct SessionShown {
    date: NaiveDate,
    ordinal: u32,
    kind: SessionKind,
    label: String,
    photos: Vec<PhotoShown>,
}

#[derive(Serialize)]
struct PhotoShown {
    uid: String,
    view: Option<String>,
    slot: Slot,
    phase: Phase,
    file_name: String,
    /// Uid of the photo whose raw original this is; null for everything that is a photo of its own.
    raw_of: Option<String>,
    sha256: PhotoHash,
    bytes: u64,
    width: u32,
    height: u32,
    taken: Option<NaiveDateTime>,
    reference: bool,
    placement: &'static str,
    alignment: Option<AlignmentShown>,
    /// How far it may be compared with the baseline of its view; none for the baseline itself, and until it was measured.
    #[serde(flatten)]
    comparability: grade::Shown,
    /// Uid of that baseline.
    graded_against: Option<String>,
}

#[derive(Serialize)]
struct AlignmentShown {
    #[serde(flatten)]
    found: align::Shown<Option<WhyNot>>,
    source: AlignmentSource,
    engine: u32,
    /// Corners of the part of the frame that alone counted, in pixels of the frame; null when everything did.
    region: Option<Vec<[f64; 2]>>,
    /// Whether the way went by another photo of the view, because the direct one failed.
    chained: bool,
    /// That photo's uid; null also where it is gone meanwhile.
    via: Option<String>,
}

/// Prints the whole list.
pub fn run(args: &args::List, now: Now, out: &mut Output) -> Result<(), CliError> {
    let vault = unlock::open(&args.vault, now)?;
    let patients: Vec<Patient> = match &args.patient {
        Some(code) => vec![key::patient(&vault, code)?],
        None => key::patients(&vault, "")?.into_iter().map(|r| r.patient).collect(),
    };
    audited::page(&vault, patients.iter().map(|patient| patient.id), args.json, now)?;
    if args.json {
        let shown = patients.into_iter().map(|p| patient_shown(&vault, p)).collect::<Result<_, _>>()?;
        return out.json(&ListShown { patients: shown });
    }
    if patients.is_empty() {
        return out.line("No patients. Add one with `diptych patient add --code …`.");
    }
    for patient in &patients {
        out.line(format!("{}  {}", patient.code.0, patient.display_name()))?;
        for keyed in key::series_of(&vault, patient)? {
            let board = vault.board(keyed.series.id)?;
            out.line(format!("  {}  {} ({})", keyed.key, keyed.series.title(), keyed.series.state.words()))?;
            let rows: Vec<Vec<String>> = sessions(&board).into_iter().map(|s| row(&board, s)).collect();
            out.table(&rows)?;
        }
    }
    Ok(())
}

fn sessions(board: &Board) -> Vec<&Session> {
    let mut all: Vec<&Session> = board.sessions.iter().collect();
    all.sort_by_key(|s| (s.date, s.ordinal, s.id));
    all
}

fn label(board: &Board, session: &Session) -> String {
    board.labels.get(&session.id).map(crate::model::SessionLabel::full).unwrap_or_default()
}

fn row(board: &Board, session: &Session) -> Vec<String> {
    let photos: Vec<&Photo> = board.photos.iter().filter(|p| p.session == session.id).collect();
    let shown = photos.iter().filter(|p| p.view.is_some() && p.slot != Slot::Rejected);
    let placements: Vec<Placement> = shown.map(|p| placement(board, p)).collect();
    let count = |wanted: fn(&Placement) -> bool| placements.iter().filter(|p| wanted(p)).count();
    let parts = [
        (count(|p| matches!(p, Placement::Reference(_))), "reference"),
        (count(|p| matches!(p, Placement::Aligned(_) | Placement::ByPerson(_))), "aligned"),
        (count(|p| matches!(p, Placement::Suggestion(..))), "to check"),
        (count(|p| matches!(p, Placement::NotAligned(_))), "not aligned"),
    ];
    let parts: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, words)| format!("{n} {words}")).collect();
    let photos = counted(count_photos(photos.into_iter().map(PhotoFile::from)) as i64, "photo");
    vec!["   ".to_owned(), short_date(session.date), label(board, session), photos, parts.join(", ")]
}

fn patient_shown(vault: &Vault, patient: Patient) -> Result<PatientShown, CliError> {
    let keyed = key::series_of(vault, &patient)?;
    let series = keyed.iter().map(|k| Ok(series_shown(k, &vault.board(k.series.id)?)));
    Ok(PatientShown {
        series: series.collect::<Result<_, CliError>>()?,
        name: patient.display_name(),
        uid: patient.uid.to_string(),
        code: patient.code.0,
        given: patient.given.0,
        family: patient.family.0,
        birth: patient.birth.map(|b| b.0),
        fitzpatrick: patient.fitzpatrick.map(Fitzpatrick::numeral),
    })
}

fn series_shown(keyed: &Keyed, board: &Board) -> SeriesShown {
    let views: HashMap<ViewId, &str> = board.views.iter().map(|v| (v.id, v.spec.name.as_str())).collect();
    let grades = Grades::new(board);
    let session = |session: &Session| SessionShown {
        date: session.date,
        ordinal: session.ordinal,
        kind: session.kind,
        label: label(board, session),
        photos: (board.photos.iter())
            .filter(|p| p.session == session.id)
            .map(|p| photo_shown(p, board, &views, grades.of(p.id)))
            .collect(),
    };
    SeriesShown {
        series: series::shown(keyed),
        views: board.views.iter().filter(|v| !v.retired).map(|v| v.spec.name.clone()).collect(),
        sessions: sessions(board).into_iter().map(session).collect(),
    }
}

fn photo_shown(photo: &Photo, board: &Board, views: &HashMap<ViewId, &str>, graded: Option<&Graded>) -> PhotoShown {
    let alignment = board.alignments.iter().find(|a| a.photo == photo.id);
    let is_picture = |p: &&Photo| PhotoFile::from(photo).is_raw_of((*p).into());
    let picture = board.photos.iter().find(is_picture).map(|p| p.uid.to_string());
    let baseline = graded.and_then(|graded| board.photos.iter().find(|p| p.id == graded.baseline));
    PhotoShown {
        uid: photo.uid.to_string(),
        view: photo.view.and_then(|v| views.get(&v)).map(|&name| name.to_owned()),
        slot: photo.slot,
        phase: photo.phase,
        file_name: photo.file_name.0.clone(),
        raw_of: picture,
        sha256: photo.hash,
        bytes: photo.length,
        width: photo.size.width,
        height: photo.size.height,
        taken: photo.facts.local_time(),
        reference: board.frames.iter().any(|f| f.reference == photo.id),
        placement: placement(board, photo).key(),
        alignment: alignment.map(|a| alignment_shown(a, board)),
        comparability: graded.map(|graded| &graded.comparability).into(),
        graded_against: baseline.map(|p| p.uid.to_string()),
    }
}

fn alignment_shown(a: &Alignment, board: &Board) -> AlignmentShown {
    let scale = board.frames.iter().find(|f| f.id == a.frame).and_then(|f| f.mm_per_px);
    let via = board.photos.iter().find(|p| Some(p.id) == a.basis.via).map(|p| p.uid.to_string());
    AlignmentShown {
        found: align::Shown {
            answer: a.answer,
            aligned: a.answer == Answer::Aligned,
            matrix: a.matrix,
            confidence: a.confidence,
            residual_px: a.residual_px,
            residual_mm: a.residual_px.zip(scale).map(|(px, mm)| px * mm),
            why: a.why,
        },
        source: a.source,
        engine: a.engine,
        region: region(&a.basis),
        chained: a.basis.via.is_some(),
        via,
    }
}

fn region(basis: &Basis) -> Option<Vec<[f64; 2]>> {
    let corners: Vec<[f64; 2]> = basis.region.iter().map(|corner| [corner.x, corner.y]).collect();
    (!corners.is_empty()).then_some(corners)
}
