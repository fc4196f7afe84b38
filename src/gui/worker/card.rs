//! The work of the Triage screen.

use std::cmp::Reverse;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Context, Reply, longwork, picture, said};
use crate::clock::{Now, UtcMillis};
use crate::export::{Existing, ExportError, check_file, patient_card, write_file};
use crate::gui::job::{Answer, CardAnswer, CardJob, Course, Failure, Filing, NotSaved, Ticket, Whose, Work};
use crate::gui::picture as shown;
use crate::gui::screen::triage::PEEK;
use crate::gui::widget::PHOTO_RADIUS;
use crate::imaging::Picture;
use crate::import::card::{self, Card, DayList, Options};
use crate::import::watch::{self, Watch};
use crate::import::{ImportError, Plan, commit_all};
use crate::model::{PatientId, PhotoHash, SeriesId};
use crate::vault::{Op, Vault, VaultError};

/// Patients whose courses are offered at once.
const OFFERED: u32 = 6;
/// Whoever stops the watching waits this long at most.
const SHORT: Duration = Duration::from_millis(100);
/// Courses that are offered at once.
const LINES: usize = 8;

pub(super) fn run(job: CardJob, vault: &Vault, context: &Context, reply: &Reply) {
    let now = context.now;
    match job {
        CardJob::Take { ticket, paths, options, list } => {
            let taken = listed(options, list).and_then(|options| take(vault, ticket, paths, options, now, reply));
            let taken = taken.map(Arc::new).map_err(|e| Failure(e.user_message()));
            reply.send(Answer::Card(CardAnswer::Taken(ticket, taken)));
        }
        CardJob::Aim { ticket, at, group, series, options } => {
            let aimed = card::aim(vault, &group, Some(series), &options);
            let aimed = aimed.map(Arc::new).map_err(|e| Failure(e.user_message()));
            reply.send(Answer::Card(CardAnswer::Aimed(ticket, at, aimed)));
        }
        CardJob::Recheck { ticket, at, group, options } => {
            let seen = card::recheck(vault, &group, &options);
            let seen = seen.map(Arc::new).map_err(|e| Failure(e.user_message()));
            reply.send(Answer::Card(CardAnswer::Aimed(ticket, at, seen)));
        }
        CardJob::Recut { ticket, card, options, list } => {
            let progress = reply.progress(Work::Card);
            let options = match listed(options, list) {
                Ok(options) => options,
                Err(error) => {
                    // Nobody has to take or sort the card again for a list that cannot be read.
                    reply.send(Answer::Card(CardAnswer::Taken(ticket, Ok(Arc::new(*card)))));
                    reply.send(Answer::Card(CardAnswer::Unlisted(ticket, Failure(error.user_message()))));
                    return;
                }
            };
            let cut = card::suggest(vault, card.into_taken(), options, &progress);
            let cut = cut.map(Arc::new).map_err(|e| Failure(e.user_message()));
            reply.send(Answer::Card(CardAnswer::Taken(ticket, cut)));
        }
        CardJob::Revisit { ticket, at, group, day, kind } => {
            let seen = card::revisit(vault, &group, (day, kind), now.today);
            let seen = seen.map(Arc::new).map_err(|e| Failure(e.user_message()));
            reply.send(Answer::Card(CardAnswer::Aimed(ticket, at, seen)));
        }
        CardJob::Pictures { ticket, shots, stop } => {
            for (hash, small) in shots {
                if stop.is_cancelled() {
                    return;
                }
                let made = picture::decoded(&small.0).map(|p| shown::thumbnail(&p, PEEK, PHOTO_RADIUS));
                reply.send(Answer::Peek(ticket, hash, made));
            }
        }
        CardJob::Find(ticket, typed) => {
            // A search that fails finds nobody; the next letter asks again.
            let found = find(vault, &typed).unwrap_or_default();
            reply.send(Answer::Card(CardAnswer::Found(ticket, typed, found)));
        }
        CardJob::Comparing(wanted) => {
            let set = wanted.map_or(Ok(()), |on| vault.set_compares_patients(on));
            let now = set.and_then(|()| vault.compares_patients());
            reply.send(Answer::Card(CardAnswer::Comparing(now.map_err(said))));
        }
        CardJob::Keep(draft) => {
            reply.send(Answer::Card(CardAnswer::Kept(card::draft::keep(vault, *draft).map_err(said))));
        }
        CardJob::File(ticket, card) => file(vault, ticket, &card, context, reply),
        CardJob::Print { patient, path, replace } => {
            let printed = print(vault, patient, &path, replace, now);
            reply.send(Answer::Card(CardAnswer::Printed(patient, path, printed)));
        }
        CardJob::Watch(folder) => watch(vault, folder, now, reply),
    }
}

/// Writes the card of a patient; that it was made is in the audit before it is there.
fn print(vault: &Vault, patient: PatientId, path: &Path, replace: bool, now: Now) -> Result<(), NotSaved> {
    let failed = |sentence: String| NotSaved::Failed(Failure(sentence));
    let existing = if replace { Existing::Replace } else { Existing::Keep };
    let not_saved = |error: ExportError| match error {
        ExportError::Exists => NotSaved::Exists,
        error => failed(error.user_message()),
    };
    check_file(path, &[], existing).map_err(not_saved)?;
    let patient = vault.patient(patient).map_err(|error| failed(error.user_message()))?;
    let pdf = patient_card::pdf(&patient.uid, &patient.code.0);
    let pdf = pdf.ok_or_else(|| failed("The card could not be drawn. Nothing was written.".to_owned()))?;
    vault.record_card(patient.id, now).map_err(|error| failed(error.user_message()))?;
    write_file(path, &pdf, &[], existing).map_err(not_saved)
}

/// Looks into a folder again and again until somebody stops that; says what is other than before.
fn watch(vault: &Vault, folder: PathBuf, now: Now, reply: &Reply) {
    let progress = reply.progress(Work::Watch);
    let mut watch = Watch::new(folder.clone());
    let began = Instant::now();
    let mut said = None;
    let ended = loop {
        // The moment of this look, and not that of the beginning hours ago.
        let at = began.elapsed().as_millis() as u64;
        let now = Now { at: UtcMillis(now.at.0 + at as i64), ..now };
        match watch.step(vault, at, now, &progress) {
            Ok(_) if progress.is_cancelled() => break Ok(()),
            Ok(status) => {
                progress.report(watch::WHAT, status.taken as u64, 0);
                if said.as_ref() != Some(&status) {
                    reply.send(Answer::Card(CardAnswer::Watched(folder.clone(), Arc::new(status.clone()))));
                    said = Some(status);
                }
            }
            Err(error) => break Err(Failure(format!("{} {}", error.user_message(), watch::ENDED))),
        }
        let until = Instant::now() + watch::EVERY;
        while Instant::now() < until && !progress.is_cancelled() {
            std::thread::sleep(SHORT);
        }
    };
    reply.send(Answer::Card(CardAnswer::Unwatched(folder, ended)));
}

/// The same with the clinic's list of the day, where there is one.
fn listed(options: Options, list: Option<PathBuf>) -> Result<Options, ImportError> {
    let list = list.map(|path| DayList::read(&path)).transpose()?.unwrap_or_default();
    Ok(Options { list, ..options })
}

fn take(
    vault: &Vault,
    ticket: Ticket,
    paths: Option<Vec<PathBuf>>,
    options: Options,
    now: Now,
    reply: &Reply,
) -> Result<Card, ImportError> {
    let progress = reply.progress(Work::Card);
    let options = Options { by_picture: options.by_picture && vault.compares_patients()?, ..options };
    let show = |hash: PhotoHash, picture: &Picture| {
        reply.send(Answer::Peek(ticket, hash, Some(shown::thumbnail(picture, PEEK, PHOTO_RADIUS))));
    };
    let taken = match paths {
        Some(paths) => card::take_and_show(vault, &paths, Some(now), &progress, &show)?,
        None => card::take_tray_and_show(vault, &progress, &show)?,
    };
    if taken.cancelled {
        return Err(ImportError::Stopped);
    }
    match card::draft::kept(vault)? {
        Some(draft) => card::resume(vault, taken, &draft, options, &progress),
        None => card::suggest(vault, taken, options, &progress),
    }
}

fn find(vault: &Vault, typed: &str) -> Result<Vec<Whose>, VaultError> {
    let mut found = Vec::new();
    for row in vault.patients(typed, 0, OFFERED)? {
        for series in vault.series_of(row.patient.id)? {
            found.push(Whose { patient: row.patient.clone(), series: series.id, title: series.title() });
        }
    }
    found.truncate(LINES);
    Ok(found)
}

fn file(vault: &Vault, ticket: Ticket, card: &Card, context: &Context, reply: &Reply) {
    let now = context.now;
    let progress = reply.progress(Work::FileCard);
    let plans = card.plans();
    let outcome = commit_all(vault, &plans, now, &progress);
    let filed = outcome.as_ref().is_ok_and(|o| !o.filed.is_empty());
    let filing = outcome.map(|outcome| {
        // Nobody else's change can be meant: it is the filing of this very moment or none.
        let newest = vault.last_undoable().ok().flatten();
        let undo = newest.filter(|entry| filed && entry.op == Op::FilePhotos && entry.at == now.at);
        Arc::new(Filing { outcome, undo })
    });
    reply.send(Answer::Card(CardAnswer::Filed(ticket, filing.map_err(|e| Failure(e.user_message())))));
    if filed {
        align(vault, &plans, context, reply);
    }
}

/// Aligns and grades what was filed, the newest visit first. Whoever stops one series stops those behind it too; each is
/// looked at again when it is opened.
fn align(vault: &Vault, plans: &[Plan], context: &Context, reply: &Reply) {
    for series in newest_first(plans) {
        // A series that is gone by now needs no alignment.
        let Ok(found) = vault.series(series) else { continue };
        let course = Course { patient: found.patient, series };
        let whole = longwork::align(vault, course, context, reply);
        longwork::grade(vault, course, context.now, reply);
        if !whole {
            return;
        }
    }
}

/// The series into which something was filed, by their newest visit.
fn newest_first(plans: &[Plan]) -> Vec<SeriesId> {
    let newest = |plan: &Plan| {
        let filed = plan.sessions.iter().filter(|visit| visit.photos.iter().any(|photo| photo.skip.is_none()));
        filed.map(|visit| visit.date).max()
    };
    let mut dated: Vec<_> = plans.iter().filter_map(|plan| Some((Reverse(newest(plan)?), plan.series))).collect();
    dated.sort_by_key(|(visit, _)| *visit);
    dated.into_iter().map(|(_, series)| series).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geom::Size;
    use crate::import::{PlannedPhoto, PlannedSession, Skip};
    use crate::model::{CaptureFacts, Phase, PhotoHash, Redacted, SessionKind, Slot};
    use chrono::NaiveDate;

    /// A plan with one visit, of which some photo is filed or none.
    fn plan(series: i64, day: u32, skip: Option<Skip>) -> Plan {
        let photo = PlannedPhoto {
            path: Redacted::default(),
            tray: None,
            hash: PhotoHash([series as u8; 32]),
            length: 1,
            size: Size::new(3, 2),
            facts: CaptureFacts::default(),
            raw: None,
            view: None,
            slot: Slot::Primary,
            phase: Phase::NoTreatment,
            skip,
            notes: Vec::new(),
        };
        let visit = PlannedSession {
            date: NaiveDate::from_ymd_opt(2026, 5, day).expect("a date"),
            kind: SessionKind::Treatment,
            existing: None,
            photos: vec![photo],
        };
        Plan { series: SeriesId(series), sessions: vec![visit], refused: Vec::new(), shared: false }
    }

    #[test]
    fn the_newest_visit_is_aligned_first_and_what_filed_nothing_not_at_all() {
        let plans = [plan(1, 3, None), plan(2, 9, Some(Skip::AlreadyFiled)), plan(3, 8, None), plan(4, 8, None)];
        assert_eq!(newest_first(&plans), [SeriesId(3), SeriesId(4), SeriesId(1)]);
    }
}
