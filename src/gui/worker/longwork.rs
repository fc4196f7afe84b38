//! Work that takes long enough to show its progress and to be cancelled.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Context, Reply};
use crate::align::AlignError;
use crate::align::graded::pending;
use crate::clock::Now;
use crate::export::{Existing, ExportError, check_file, composite, gallery, refuse_other_kind, write_file};
use crate::gui::job::{Answer, Course, Failure, Filing, Manner, NotSaved, Pair, Saved, Ticket, Work};
use crate::import::{self, ImportError, Options, Plan};
use crate::model::text::counted;
use crate::model::{PatientId, SeriesId};
use crate::progress::Progress;
use crate::vault::{Export, Op, Passphrase, Vault};
use crate::{align, demo};

/// As many pairs are graded without a word.
const FEW: usize = 4;

/// Builds the demo clinic, or opens it when it was built before.
pub(super) fn demo(folder: &Path, now: Now, reply: &Reply) {
    let progress = reply.progress(Work::Demo);
    let passphrase = Passphrase::new(demo::run::PASSPHRASE);
    let built = demo::run::run(&demo::run::Request::new(folder, &passphrase), now, &progress);
    reply.send(Answer::Opened(built.map(|demo| demo.vault).map_err(|e| Failure(e.user_message()))));
}

/// Saves a pair as one picture; a file that is there is replaced only when a person agreed to it.
pub(super) fn composite(
    vault: &Vault,
    (before, after): Pair,
    path: &Path,
    manner: Manner,
    now: Now,
) -> Result<Saved, NotSaved> {
    let Manner { accept_suggestion, matched, replace } = manner;
    let options = composite::Options { accept_suggestion, matched, ..composite::Options::default() };
    let existing = if replace { Existing::Replace } else { Existing::Keep };
    let saved = check_file(path, &[], existing)
        .and_then(|()| refuse_other_kind(path))
        .and_then(|()| composite::from_vault(vault, before, after, &options))
        .and_then(|made| {
            let matched = made.matching.and_then(Result::ok);
            vault.record_matched_export(Export::Composite, &[before, after], matched, now)?;
            Ok(made)
        })
        .and_then(|made| write_file(path, &made.jpeg, &[], existing).map(|()| made.sentence()));
    match saved {
        Ok(placed) => Ok(Saved { path: path.to_owned(), placed }),
        Err(ExportError::Exists) => Err(NotSaved::Exists),
        Err(error) => Err(NotSaved::Failed(Failure(error.user_message()))),
    }
}

/// Publishes what may be published, once whoever does it has signed.
pub(super) fn gallery(vault: &Vault, folder: &Path, signature: &Passphrase, now: Now, reply: &Reply) {
    let progress = reply.progress(Work::Gallery);
    let written = gallery::build(vault, folder, signature, now, &progress).map(|report| {
        let shown = counted(report.shown.len() as i64, "case");
        let skipped = counted(report.skipped.len() as i64, "series");
        format!(
            "The gallery holds {shown}; {skipped} may not be shown. It was re-read and holds no name, date or metadata. Open {}",
            report.index.display()
        )
    });
    reply.send(Answer::GalleryWritten(written.map_err(|e| Failure(e.user_message()))));
}

/// Looks at a folder, or at the tray, and plans its filing.
pub(super) fn scan(
    vault: &Vault,
    (ticket, patient): (Ticket, PatientId),
    folder: Option<PathBuf>,
    now: Now,
    reply: &Reply,
) {
    let series = SeriesId(ticket.id);
    let progress = reply.progress(Work::Scan(Course { patient, series }));
    let scan = match folder {
        Some(folder) => import::scan(&[folder], &progress),
        None => match import::tray(vault, &progress) {
            Ok(scan) => scan,
            Err(error) => {
                reply.send(Answer::Scanned(ticket, Err(Failure(error.user_message()))));
                return;
            }
        },
    };
    if scan.cancelled {
        let stopped = Failure("Stopped. Nothing was filed, and the files on the card are as they were.".to_owned());
        reply.send(Answer::Scanned(ticket, Err(stopped)));
        return;
    }
    let options = Options { undated: now.today, shared: false };
    let plan = import::plan::plan(vault, series, scan, options).and_then(|mut plan| {
        let first = vault.sessions(series)?.iter().map(|session| session.date).min();
        import::doubt::doubt_dates(&mut plan.sessions, first, now.today);
        let others = vault.compares_patients()?;
        let _said_in_the_notes = import::card::compare(vault, &mut plan, others, &progress)?;
        Ok(plan)
    });
    reply.send(Answer::Scanned(ticket, plan.map(Arc::new).map_err(|e| Failure(e.user_message()))));
}

/// Files a plan; whether there is something to align now.
pub(super) fn file(vault: &Vault, course: Course, plan: &Plan, now: Now, reply: &Reply) -> bool {
    let progress = reply.progress(Work::File(course));
    let outcome = import::commit::commit(vault, plan, now, &progress);
    let filed = outcome.as_ref().is_ok_and(|o| !o.filed.is_empty());
    let filing = outcome.map(|outcome| {
        // Nobody else's change can be meant: it is the filing of this very moment or none.
        let newest = vault.last_undoable().ok().flatten();
        let undo = newest.filter(|entry| filed && entry.op == Op::FilePhotos && entry.at == now.at);
        Arc::new(Filing { outcome, undo })
    });
    reply.send(Answer::Filed(course, filing.map_err(|e: ImportError| Failure(e.user_message()))));
    filed
}

/// Aligns a series; whether that came to its end and nobody stopped it.
pub(super) fn align(vault: &Vault, course: Course, context: &Context, reply: &Reply) -> bool {
    let progress = reply.progress(Work::Align(course));
    let summary = align::align_remembering(vault, course.series, &context.references, context.now, &progress);
    let sentence = summary.map(|s| s.sentence()).map_err(|e| Failure(e.user_message()));
    reply.send(Answer::Aligned(course, sentence));
    !progress.is_cancelled()
}

/// Measures the pairs of a series that were not measured where they lie now.
pub(super) fn grade(vault: &Vault, course: Course, now: Now, reply: &Reply) {
    let graded = vault.board(course.series).map_err(AlignError::from).and_then(|board| {
        // A few are there before anybody could read a line about them.
        let is_long = pending(&board).len() > FEW;
        let progress = if is_long { reply.progress(Work::Grade(course)) } else { Progress::silent() };
        align::grade_series(vault, course.series, now, &progress)
    });
    reply.send(Answer::SeriesGraded(course, graded.map_err(|e| Failure(e.user_message()))));
}
