//! Work that takes long enough to show its progress and to be cancelled.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Reply;
use crate::clock::Now;
use crate::export::{composite, gallery};
use crate::gui::job::{Answer, Failure, Outcome, Ticket, Work};
use crate::import::{self, ImportError, Options, Plan};
use crate::model::text::counted;
use crate::model::{PhotoId, SeriesId};
use crate::vault::{Passphrase, Vault};
use crate::{align, demo, fsx};

/// Builds the demo clinic, or opens it when it was built before.
pub(super) fn demo(folder: &Path, now: Now, reply: &Reply) {
    let progress = reply.progress(Work::Demo);
    let passphrase = Passphrase::new(demo::run::PASSPHRASE);
    let built = demo::run::run(&demo::run::Request::new(folder, &passphrase), now, &progress);
    reply.send(Answer::Opened(built.map(|demo| demo.vault).map_err(|e| Failure(e.user_message()))));
}

pub(super) fn composite(vault: &Vault, before: PhotoId, after: PhotoId, path: &Path) -> Outcome<PathBuf> {
    let options = composite::Options { accept_suggestion: true, ..composite::Options::default() };
    let made = composite::from_vault(vault, before, after, &options).map_err(|e| Failure(e.user_message()))?;
    fsx::write_atomic(path, &made.jpeg).map_err(|e| not_written(path, &e))?;
    Ok(path.to_owned())
}

/// A sentence for a file that could not be written.
fn not_written(path: &Path, error: &io::Error) -> Failure {
    let why = if fsx::is_disk_full(error) { "the disk is full" } else { "the place cannot be written to" };
    Failure(format!("Nothing was saved at {}: {why}. The vault is unchanged. Choose another place.", path.display()))
}

pub(super) fn gallery(vault: &Vault, folder: &Path, now: Now, reply: &Reply) {
    let progress = reply.progress(Work::Gallery);
    let written = gallery::build(vault, folder, now, &progress).map(|report| {
        let shown = counted(report.shown.len() as i64, "case");
        let skipped = counted(report.skipped.len() as i64, "series");
        format!(
            "The gallery holds {shown}; {skipped} may not be shown. It was re-read and holds no name, date or metadata. Open {}",
            report.index.display()
        )
    });
    reply.send(Answer::GalleryWritten(written.map_err(|e| Failure(e.user_message()))));
}

pub(super) fn scan(vault: &Vault, ticket: Ticket, folder: &Path, now: Now, reply: &Reply) {
    let progress = reply.progress(Work::Scan);
    let scan = import::scan::scan(&[folder.to_owned()], &progress);
    if scan.cancelled {
        let stopped = Failure("Stopped. Nothing was filed, and the files on the card are as they were.".to_owned());
        reply.send(Answer::Scanned(ticket, Err(stopped)));
        return;
    }
    let options = Options { undated: now.today, shared: false };
    let plan = import::plan::plan(vault, SeriesId(ticket.id), scan, options);
    reply.send(Answer::Scanned(ticket, plan.map(Arc::new).map_err(|e| Failure(e.user_message()))));
}

pub(super) fn file(vault: &Vault, plan: &Plan, now: Now, reply: &Reply) {
    let progress = reply.progress(Work::File);
    let outcome = import::commit::commit(vault, plan, now, &progress);
    let filed = outcome.as_ref().is_ok_and(|o| !o.filed.is_empty());
    reply.send(Answer::Filed(plan.series, outcome.map(Arc::new).map_err(|e: ImportError| Failure(e.user_message()))));
    if filed {
        align(vault, plan.series, now, reply);
    }
}

pub(super) fn align(vault: &Vault, series: SeriesId, now: Now, reply: &Reply) {
    let progress = reply.progress(Work::Align);
    let summary = align::align_series(vault, series, now, &progress);
    let sentence = summary.map(|s| s.sentence()).map_err(|e| Failure(e.user_message()));
    reply.send(Answer::Aligned(series, sentence));
}
