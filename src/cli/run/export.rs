//! `diptych export`: pictures for use outside the vault.

use serde::Serialize;

use super::compare::Target;
use crate::align::Placement;
use crate::align::pair::{Pair, pairs_where};
use crate::cli::args::{self, ExportComposite, ExportGallery};
use crate::cli::error::CliError;
use crate::cli::key;
use crate::cli::output::{Output, complain};
use crate::cli::unlock;
use crate::clock::Now;
use crate::export::composite::{self, Options};
use crate::export::gallery::{self, SkipReason};
use crate::model::SeriesId;
use crate::model::text::counted;
use crate::progress::Progress;
use crate::vault::{self, Board, Op, Vault};

#[derive(Serialize)]
struct GalleryShown {
    index: String,
    published: Vec<String>,
    skipped: Vec<SkippedShown>,
    files_checked: usize,
}

#[derive(Serialize)]
struct SkippedShown {
    series: String,
    reason: SkipReason,
}

/// Runs one of them.
pub fn run(command: &args::Export, now: Now, progress: &Progress, out: &mut Output) -> Result<(), CliError> {
    match command {
        args::Export::Gallery(args) => gallery(args, now, progress, out),
        args::Export::Composite(args) => composite(args, now, out),
    }
}

fn gallery(args: &ExportGallery, now: Now, progress: &Progress, out: &mut Output) -> Result<(), CliError> {
    let (vault, signature) = unlock::open_keeping(&args.vault, now)?;
    let Some(signature) = signature else {
        return Err(CliError::Refused(
            "A publication is signed with a passphrase. Nothing was published. Set a new one first: diptych user passphrase --recovery-code."
                .to_owned(),
        ));
    };
    vault.may(Op::Publish)?;
    let report = gallery::build(&vault, &args.dir, &signature, now, progress)?;
    let published = report.shown.iter().map(|&id| key_of(&vault, id)).collect::<Result<Vec<_>, _>>()?;
    let skipped = report
        .skipped
        .iter()
        .map(|s| Ok(SkippedShown { series: key_of(&vault, s.series)?, reason: s.reason }))
        .collect::<Result<Vec<_>, CliError>>()?;
    if args.json {
        let index = report.index.display().to_string();
        return out.json(&GalleryShown { index, published, skipped, files_checked: report.proof.files });
    }
    for skipped in &skipped {
        out.line(format!("left out: {}: {}", skipped.series, skipped.reason.words()))?;
    }
    let cases = counted(published.len() as i64, "case");
    out.line(format!("{cases} published; {} files checked for leaks, none found.", report.proof.files))?;
    out.line(report.index.display())
}

fn key_of(vault: &Vault, id: SeriesId) -> Result<String, CliError> {
    let patient = vault.patient(vault.series(id)?.patient)?;
    let all = key::series_of(vault, &patient)?;
    Ok(all.into_iter().find(|k| k.series.id == id).map(|k| k.key).unwrap_or_default())
}

fn composite(args: &ExportComposite, now: Now, out: &mut Output) -> Result<(), CliError> {
    let target = Target { file: &args.output, sources: &[] };
    target.check()?;
    let vault = unlock::open(&args.vault, now)?;
    vault.may(Op::Export)?;
    let (_, keyed) = key::find_anywhere(&vault, &args.series)?;
    let board = vault.board(keyed.series.id)?;
    let pair = choose(&board, args)?;
    let options = Options { accept_suggestion: args.accept_suggestion, matched: args.matched, ..Options::default() };
    let made = composite::from_vault(&vault, pair.before, pair.after, &options)?;
    let matched = made.matching.and_then(Result::ok);
    vault.record_matched_export(vault::Export::Composite, &[pair.before, pair.after], matched, now)?;
    target.write(&made, args.json, out)?;
    let purposes = composite::covered(&board, pair.after, now.today);
    if purposes.is_empty() {
        complain(&composite::covered_sentence(&purposes));
    }
    Ok(())
}

/// The pair the flags name: of this view, from this day on, up to that day. Aligned photos where there are any, else
/// photos as they are.
fn choose(board: &Board, args: &ExportComposite) -> Result<Pair, CliError> {
    let view = match &args.view {
        None => None,
        Some(name) => Some(board.views.iter().find(|v| v.spec.name.eq_ignore_ascii_case(name)).ok_or_else(|| {
            let known: Vec<&str> = board.views.iter().map(|v| v.spec.name.as_str()).collect();
            CliError::Usage(format!("The series has no such view. It has {}.", known.join(", ")))
        })?),
    };
    for date in [args.before, args.after].into_iter().flatten() {
        if board.sessions.iter().all(|s| s.date != date) {
            return Err(CliError::Usage(format!("The series has no session on {date}.")));
        }
    }
    let from_to = |date| args.before.is_none_or(|d| d <= date) && args.after.is_none_or(|d| date <= d);
    let day = |photo| {
        let session = board.photos.iter().find(|p| p.id == photo).map(|p| p.session);
        board.sessions.iter().find(|s| Some(s.id) == session).map(|s| s.date)
    };
    let exact = |pair: &Pair| {
        args.before.is_none_or(|d| day(pair.before) == Some(d)) && args.after.is_none_or(|d| day(pair.after) == Some(d))
    };
    let best = |usable: &dyn Fn(&Placement) -> bool| {
        pairs_where(board, |s| from_to(s.date), usable)
            .into_iter()
            .filter(|pair| view.is_none_or(|v| v.id == pair.view))
            .find(exact)
    };
    best(&|placement| placement.place(args.accept_suggestion).is_some()).or_else(|| best(&|_| true)).ok_or_else(|| {
        CliError::Failed(
            "There are no two photos of one view from two sessions for that. Nothing was written.".to_owned(),
        )
    })
}
