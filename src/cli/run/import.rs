//! `diptych import`: looks at files, plans, files, aligns.

use std::path::Path;

use chrono::NaiveDate;
use serde::Serialize;

use super::series;
use crate::align::{self, AlignSummary};
use crate::cli::args;
use crate::cli::error::CliError;
use crate::cli::key::{self, Keyed, Match};
use crate::cli::output::{Output, complain};
use crate::cli::unlock;
use crate::clock::Now;
use crate::import::{self, Note, Options, Outcome, Plan, PlannedPhoto, Refusal, Scan, Skip};
use crate::model::text::{counted, short_date};
use crate::model::{Indication, NewPatient, Patient, SessionKind, Slot, ViewId};
use crate::progress::Progress;
use crate::protocol;
use crate::vault::{Board, Op, Vault};

#[derive(Serialize)]
struct Shown {
    dry_run: bool,
    patient: String,
    series: Option<String>,
    sessions: Vec<SessionShown>,
    refused: Vec<RefusedShown>,
    filed: usize,
    skipped: usize,
    in_tray: usize,
    alignment: Option<AlignmentShown>,
}

#[derive(Serialize)]
struct SessionShown {
    date: NaiveDate,
    kind: SessionKind,
    label: Option<String>,
    photos: Vec<PhotoShown>,
}

#[derive(Serialize)]
struct PhotoShown {
    file_name: String,
    sha256: String,
    view: Option<String>,
    slot: Slot,
    filed: bool,
    skip: Option<Skip>,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct RefusedShown {
    file_name: String,
    reason: Refusal,
}

#[derive(Serialize)]
struct AlignmentShown {
    aligned: usize,
    suggestion: usize,
    none: usize,
    kept: usize,
    references: usize,
}

/// Runs the import.
pub fn run(args: &args::Import, now: Now, progress: &Progress, out: &mut Output) -> Result<(), CliError> {
    if let Some(missing) = args.paths.iter().find(|p| !p.exists()) {
        return Err(CliError::Failed(format!("{} is not there. Nothing was filed.", missing.display())));
    }
    let vault = unlock::open(&args.vault, now)?;
    let options = Options { undated: args.date.unwrap_or(now.today), shared: args.allow_shared };
    let target = target(&vault, args, now)?;
    let scan = import::scan(&args.paths, progress);
    if scan.found.is_empty() {
        complain_of(&scan);
        return Err(CliError::Failed("There is no photo among these files. Nothing was filed.".to_owned()));
    }
    let Target::There(patient, keyed) = target else { return preview(args, target, scan, options, out) };
    let mut plan = import::plan(&vault, keyed.series.id, scan, options)?;
    set_kinds(&mut plan, args.kind);
    if args.dry_run {
        let board = vault.board(keyed.series.id)?;
        let views = names(&board);
        return report(args, &patient.code.0, Some(&keyed.key), &plan, None, &views, None, out);
    }
    let outcome = import::commit(&vault, &plan, now, progress)?;
    let summary = if args.no_align || outcome.filed.is_empty() {
        None
    } else {
        Some(align::align_series(&vault, keyed.series.id, now, progress)?)
    };
    let board = vault.board(keyed.series.id)?;
    let views = names(&board);
    let done = Done { outcome: &outcome, board: &board, alignment: summary };
    report(args, &patient.code.0, Some(&keyed.key), &plan, Some(&done), &views, None, out)
}

/// Where photos go.
enum Target {
    /// Into a series that is there.
    There(Box<Patient>, Box<Keyed>),
    /// Into one that a dry run does not create.
    ToCreate(Indication),
}

fn target(vault: &Vault, args: &args::Import, now: Now) -> Result<Target, CliError> {
    let code = args.patient.trim();
    let known = vault.patient_by_code(code)?;
    let found = match &known {
        Some(patient) => key::find(vault, patient, &args.series)?,
        None if args.create => Match::NoneYet(Indication::from_key(&args.series).ok_or_else(|| {
            let known: Vec<&str> = Indication::ALL.iter().map(|i| i.key()).collect();
            CliError::Usage(format!("A new series needs an indication as its --series: {}.", known.join(", ")))
        })?),
        None => {
            return Err(CliError::Failed(
                "There is no patient with that code. Nothing was filed. Add them first, or say --create.".to_owned(),
            ));
        }
    };
    let indication = match (found, known.clone()) {
        (Match::One(keyed), Some(patient)) => return Ok(Target::There(Box::new(patient), keyed)),
        (Match::One(_), None) => return Err(CliError::Failed("The patient is not there.".to_owned())),
        (Match::NoneYet(indication), _) => indication,
    };
    if !args.create {
        return Err(CliError::Failed(
            "The patient has no series for that. Nothing was filed. Add one first, or say --create.".to_owned(),
        ));
    }
    if args.dry_run {
        return Ok(Target::ToCreate(indication));
    }
    let patient = if let Some(patient) = known {
        patient
    } else {
        let new = NewPatient { code: code.into(), given: "".into(), family: "".into(), birth: None, fitzpatrick: None };
        let id = vault.transact(Op::AddPatient, now, |tx| tx.add_patient(&new))?;
        vault.patient(id)?
    };
    let new = protocol::preset(indication).series(patient.id, &[]);
    let keyed = series::create(vault, &patient, &new, now)?;
    Ok(Target::There(Box::new(patient), Box::new(keyed)))
}

fn preview(
    args: &args::Import,
    target: Target,
    scan: Scan,
    options: Options,
    out: &mut Output,
) -> Result<(), CliError> {
    let Target::ToCreate(indication) = target else { return Ok(()) };
    let (mut plan, views) = import::plan::for_new_series(&protocol::preset(indication), scan, options);
    set_kinds(&mut plan, args.kind);
    let views: Vec<(ViewId, String)> = views.into_iter().map(|v| (v.id, v.spec.name)).collect();
    report(args, args.patient.trim(), None, &plan, None, &views, Some(indication), out)
}

fn set_kinds(plan: &mut Plan, kind: Option<SessionKind>) {
    let Some(kind) = kind else { return };
    plan.sessions.iter_mut().filter(|s| s.existing.is_none()).for_each(|s| s.set_kind(kind));
}

fn names(board: &Board) -> Vec<(ViewId, String)> {
    board.views.iter().map(|v| (v.id, v.spec.name.clone())).collect()
}

fn complain_of(scan: &Scan) {
    for refused in &scan.refused {
        complain(&format!("{}: {}", name(&refused.path.0), refused.reason.words()));
    }
}

fn name(path: &Path) -> String {
    import::scan::file_name(path)
}

/// What a real run adds to a plan.
struct Done<'a> {
    outcome: &'a Outcome,
    board: &'a Board,
    alignment: Option<AlignSummary>,
}

impl Done<'_> {
    fn was_filed(&self, photo: &PlannedPhoto) -> Option<crate::model::SessionId> {
        let filed = self.outcome.filed.iter().find(|f| f.hash == photo.hash)?;
        photo.skip.is_none().then_some(filed.session)
    }

    fn label(&self, planned: &import::PlannedSession) -> Option<String> {
        let session = planned.photos.iter().find_map(|photo| self.was_filed(photo))?;
        self.board.labels.get(&session).map(crate::model::SessionLabel::full)
    }
}

#[allow(clippy::too_many_arguments, reason = "a report gathers what every step before it found")]
fn report(
    args: &args::Import,
    patient: &str,
    series: Option<&str>,
    plan: &Plan,
    done: Option<&Done<'_>>,
    views: &[(ViewId, String)],
    created: Option<Indication>,
    out: &mut Output,
) -> Result<(), CliError> {
    let view_name = |id: Option<ViewId>| views.iter().find(|(v, _)| Some(*v) == id).map(|(_, name)| name.clone());
    warn_of_others(plan, done.is_some());
    if args.json {
        return out.json(&shown(patient, series, plan, done, view_name));
    }
    if let Some(indication) = created {
        out.line(format!("A new series for {} would be made.", indication.words().to_lowercase()))?;
    }
    for session in &plan.sessions {
        let label = done.and_then(|d| d.label(session)).unwrap_or_else(|| session.kind.words().to_owned());
        out.line(format!("{}  {label}", short_date(session.date)))?;
        let rows: Vec<Vec<String>> = session.photos.iter().map(|p| cells(p, view_name(p.view))).collect();
        out.table(&rows)?;
    }
    let refused = done.map_or(&plan.refused, |d| &d.outcome.refused);
    for refused in refused {
        out.line(format!("refused: {}: {}", name(&refused.path.0), refused.reason.words()))?;
    }
    match done {
        None => {
            out.line(format!("{} would be filed. Nothing was changed.", counted(plan.filed().count() as i64, "photo")))
        }
        Some(done) => {
            out.line(done.outcome.sentence())?;
            done.alignment.as_ref().map_or(Ok(()), |summary| out.line(summary.sentence()))
        }
    }
}

fn warn_of_others(plan: &Plan, done: bool) {
    let n = plan.skipped().filter(|(_, why)| *why == Skip::OtherPatient).count();
    if n > 0 {
        let place = if done { "left in the tray" } else { "not going to be filed" };
        complain(&format!(
            "Warning: another patient already has {} of this import: {place}. Check whose they are; --allow-shared files \
             them here as well.",
            counted(n as i64, "photo")
        ));
    }
}

fn cells(photo: &PlannedPhoto, view: Option<String>) -> Vec<String> {
    let fate = match photo.skip {
        Some(skip) => skip.words().to_owned(),
        None => view.unwrap_or_else(|| "no view".to_owned()),
    };
    let notes = photo.notes.iter().filter(|n| **n != Note::NoView).map(|n| n.words()).collect::<Vec<_>>();
    vec!["   ".to_owned(), name(&photo.path.0), fate, notes.join(", ")]
}

fn shown(
    patient: &str,
    series: Option<&str>,
    plan: &Plan,
    done: Option<&Done<'_>>,
    view_name: impl Fn(Option<ViewId>) -> Option<String>,
) -> Shown {
    let photo = |p: &PlannedPhoto| PhotoShown {
        file_name: name(&p.path.0),
        sha256: p.hash.to_string(),
        view: view_name(p.view),
        slot: p.slot,
        filed: done.is_some_and(|d| d.was_filed(p).is_some()),
        skip: p.skip,
        notes: p.notes.iter().map(|n| n.words()).collect(),
    };
    let session = |s: &import::PlannedSession| SessionShown {
        date: s.date,
        kind: s.kind,
        label: done.and_then(|d| d.label(s)),
        photos: s.photos.iter().map(photo).collect(),
    };
    let refused = done.map_or(&plan.refused, |d| &d.outcome.refused);
    Shown {
        dry_run: done.is_none(),
        patient: patient.to_owned(),
        series: series.map(str::to_owned),
        sessions: plan.sessions.iter().map(session).collect(),
        refused: refused.iter().map(|r| RefusedShown { file_name: name(&r.path.0), reason: r.reason }).collect(),
        filed: done.map_or(0, |d| d.outcome.filed.len()),
        skipped: plan.skipped().count(),
        in_tray: done.map_or(0, |d| d.outcome.in_tray),
        alignment: done.and_then(|d| d.alignment).map(|a| AlignmentShown {
            aligned: a.aligned,
            suggestion: a.suggested,
            none: a.none,
            kept: a.kept,
            references: a.references,
        }),
    }
}
