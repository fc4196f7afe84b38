//! The work of the Triage screen.

use std::path::PathBuf;
use std::sync::Arc;

use super::{Reply, longwork, picture, said};
use crate::clock::Now;
use crate::gui::job::{Answer, CardAnswer, CardJob, Course, Failure, Filing, Ticket, Whose, Work};
use crate::gui::picture as shown;
use crate::gui::screen::triage::PEEK;
use crate::gui::widget::PHOTO_RADIUS;
use crate::import::card::{self, Card, Options};
use crate::import::{ImportError, commit_all};
use crate::vault::{Op, Vault, VaultError};

/// Patients whose courses are offered at once.
const OFFERED: u32 = 6;
/// Courses that are offered at once.
const LINES: usize = 8;

pub(super) fn run(job: CardJob, vault: &Vault, now: Now, reply: &Reply) {
    match job {
        CardJob::Take { ticket, folder, options } => {
            let taken = take(vault, folder, options, now, reply);
            let taken = taken.map(Arc::new).map_err(|e| Failure(e.user_message()));
            reply.send(Answer::Card(CardAnswer::Taken(ticket, taken)));
        }
        CardJob::Aim { ticket, at, group, series, options } => {
            let aimed = card::aim(vault, &group, Some(series), &options);
            let aimed = aimed.map(Arc::new).map_err(|e| Failure(e.user_message()));
            reply.send(Answer::Card(CardAnswer::Aimed(ticket, at, aimed)));
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
        CardJob::File(ticket, card) => file(vault, ticket, &card, now, reply),
    }
}

fn take(
    vault: &Vault,
    folder: Option<PathBuf>,
    options: Options,
    now: Now,
    reply: &Reply,
) -> Result<Card, ImportError> {
    let progress = reply.progress(Work::Card);
    let options = Options { by_picture: options.by_picture && vault.compares_patients()?, ..options };
    let taken = match folder {
        Some(folder) => card::take(vault, &[folder], true, now, &progress)?,
        None => card::take_tray(vault, &progress)?,
    };
    if taken.cancelled {
        return Err(ImportError::Stopped);
    }
    card::suggest(vault, taken, options, &progress)
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

fn file(vault: &Vault, ticket: Ticket, card: &Card, now: Now, reply: &Reply) {
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
    for plan in plans.iter().filter(|_| filed) {
        // A series that is gone by now needs no alignment.
        if let Ok(series) = vault.series(plan.series) {
            longwork::align(vault, Course { patient: series.patient, series: plan.series }, now, reply);
        }
    }
}
