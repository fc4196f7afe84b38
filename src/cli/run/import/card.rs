//! `diptych import` of a card of several patients: a plan for each group, and the filing of such a plan.

use std::path::Path;

use serde::Serialize;

use crate::align::{self, AlignSummary};
use crate::cli::args;
use crate::cli::error::CliError;
use crate::cli::output::{Output, complain};
use crate::clock::Now;
use crate::import::card::document::{Document, ResolveError};
use crate::import::card::{self, DayList, Options};
use crate::import::commit::Skipped;
use crate::import::{Outcome, Plan, Refused, Skip, commit_all, plan, scan};
use crate::model::Redacted;
use crate::model::text::{counted, short_date};
use crate::progress::Progress;
use crate::vault::Vault;

/// What became of a plan.
#[derive(Serialize)]
struct Report {
    dry_run: bool,
    series: usize,
    to_file: usize,
    filed: usize,
    already_filed: usize,
    other_patient: usize,
    skipped: usize,
    in_tray: usize,
    refused: Vec<RefusedShown>,
    cancelled: bool,
    aligned: usize,
}

#[derive(Serialize)]
struct RefusedShown {
    file_name: String,
    words: &'static str,
}

/// Says how a card would be filed; changes nothing.
pub(super) fn suggest(
    vault: &Vault,
    args: &args::Import,
    now: Now,
    progress: &Progress,
    out: &mut Output,
) -> Result<(), CliError> {
    if !args.dry_run {
        return Err(CliError::Usage(
            "Whose photos these are has to be said by a person: with --patient and --series, or with --dry-run --json, \
             whose output is a plan to correct and to file with --plan. Nothing was filed."
                .to_owned(),
        ));
    }
    let options = Options {
        gap_minutes: args.card.gap,
        clock_s: args.card.clock,
        by_picture: !args.card.no_compare && vault.compares_patients()?,
        list: args.card.list.as_deref().map(list).transpose()?.unwrap_or_default(),
        shared: args.allow_shared,
        undated: args.date.unwrap_or(now.today),
        ..Options::usual(now.today)
    };
    let mut unknown: Vec<&str> = Vec::new();
    for appointment in &options.list.0 {
        if vault.patient_by_code(&appointment.code)?.is_none() {
            unknown.push(&appointment.code);
        }
    }
    if !unknown.is_empty() {
        complain(&format!("Warning: the list of the day names codes that nobody has here: {}.", unknown.join(", ")));
    }
    let taken = if args.tray {
        card::take_tray(vault, progress)?
    } else {
        card::take(vault, &args.paths, false, now, progress)?
    };
    if taken.cancelled {
        return Err(CliError::Failed("Stopped. Nothing was filed.".to_owned()));
    }
    let card = card::suggest(vault, taken, options, progress)?;
    let document = Document::of(vault, &card)?;
    if args.json {
        // The plan has its own version, which is the same number as long as both are 1.
        let text = serde_json::to_string_pretty(&document);
        let text = text.map_err(|_| CliError::Failed("The plan could not be written as JSON.".to_owned()))?;
        out.line(text)?;
    } else {
        lines(&document, out)?;
    }
    verdict(&card.refused)
}

fn list(path: &Path) -> Result<DayList, CliError> {
    let text = std::fs::read(path).map_err(|e| CliError::file(path, &e))?;
    let wrong = || {
        CliError::Failed(
            "The list of the day needs a column \"code\", dates as 2026-12-31 or 31.12.2026, and times as 14:30. Nothing was \
             filed."
                .to_owned(),
        )
    };
    DayList::parse(&String::from_utf8_lossy(&text)).ok_or_else(|| wrong().at(path))
}

fn lines(document: &Document, out: &mut Output) -> Result<(), CliError> {
    for group in &document.groups {
        let whose = group.series.as_deref().unwrap_or("?");
        let what = group.session.as_deref().unwrap_or_else(|| group.kind.words());
        let belief = group.belief.map_or("", card::Belief::words);
        let reason = group.reason.map_or("", card::Reason::words);
        out.line(format!("{}  {whose}  {what}  ({belief}: {reason})", short_date(group.date)))?;
        let cells = |photo: &card::document::PhotoLine| {
            let name = match &photo.path {
                card::document::PathText::Text(text) => scan::file_name(Path::new(text)),
                card::document::PathText::Bytes { .. } => "?".to_owned(),
            };
            let name = if photo.raw.is_some() { format!("{name} + raw") } else { name };
            let fate = photo.skip.map_or_else(|| photo.view.clone().unwrap_or_default(), |s| s.words().to_owned());
            vec![format!("    {name}"), fate, photo.notes.join(", ")]
        };
        let rows: Vec<Vec<String>> = group.photos.iter().map(cells).collect();
        out.table(&rows)?;
        for warning in &group.warnings {
            complain(&format!(
                "Warning: photo {} of this group {}: {}.",
                warning.photo,
                warning.alarm.words(),
                warning.patient
            ));
        }
    }
    if document.twice > 0 {
        out.line(format!("{} there twice, taken once.", counted(document.twice as i64, "file")))?;
    }
    let sure = document.groups.iter().filter(|g| g.accept).count();
    out.line(format!(
        "{}, {sure} certain. Nothing was filed: --json prints the plan, --plan files it.",
        counted(document.groups.len() as i64, "group")
    ))
}

fn verdict(refused: &[Refused]) -> Result<(), CliError> {
    for refused in refused {
        complain(&format!("{}: {}", scan::file_name(&refused.path.0), refused.reason.words()));
    }
    match refused.iter().filter(|r| r.is_loss()).count() {
        0 => Ok(()),
        lost => Err(CliError::Failed(format!(
            "{} could not be read and may be or hold a photo. Look at the reasons before the card is cleared.",
            counted(lost as i64, "item")
        ))),
    }
}

/// Files what a plan says.
pub(super) fn file(
    vault: &Vault,
    path: &Path,
    args: &args::Import,
    now: Now,
    progress: &Progress,
    out: &mut Output,
) -> Result<(), CliError> {
    let text = std::fs::read(path).map_err(|e| CliError::file(path, &e))?;
    let document = Document::parse(&text).map_err(|e| CliError::Failed(e.user_message()).at(path))?;
    let plans = document.resolve(vault, args.allow_shared).map_err(|error| match error {
        ResolveError::Document(error) => CliError::Failed(error.user_message()).at(path),
        ResolveError::Import(error) => error.into(),
    })?;
    // What was filed since the plan was made would not be filed again.
    let current = plans.iter().map(|plan| plan::brought_up_to_date(vault, plan));
    let mut plans = current.collect::<Result<Vec<_>, _>>()?;
    let is_new = compare(vault, &document, &mut plans, args, progress)?;
    if is_new && !args.dry_run && !args.allow_alarmed {
        return Err(CliError::Refused(
            "Nothing was filed: a photo aligns with another patient's, and the plan does not say so. Look at it, then \
             correct the plan, or add the warning to its group (\"warnings\": photo, alarm, patient) to file it all the same; \
             --allow-alarmed files every such photo of the plan."
                .to_owned(),
        ));
    }
    let to_file = plans.iter().map(|plan| plan.filed().count()).sum();
    let (outcome, aligned) = if args.dry_run {
        let refused = plans.iter().flat_map(|plan| &plan.refused).cloned().collect();
        let skipped = plans.iter().flat_map(Plan::skipped).map(|(photo, reason)| Skipped {
            file_name: Redacted(scan::file_name(&photo.path.0)),
            reason,
            in_tray: false,
        });
        (Outcome { refused, skipped: skipped.collect(), ..Outcome::default() }, AlignSummary::default())
    } else {
        let outcome = commit_all(vault, &plans, now, progress)?;
        (outcome, align(vault, &plans, args, now, progress)?)
    };
    say(&outcome, &plans, to_file, aligned.aligned, args, out)?;
    if outcome.cancelled {
        return Err(CliError::Failed("The import was stopped.".to_owned()));
    }
    verdict(&outcome.refused)?;
    if outcome.skipped.iter().any(|s| s.reason == Skip::OtherPatient) {
        return Err(CliError::Refused("Not every photo was filed: another patient has the same.".to_owned()));
    }
    Ok(())
}

/// Warns of photos that align with another patient's; whether the plan does not list one of them.
fn compare(
    vault: &Vault,
    document: &Document,
    plans: &mut [Plan],
    args: &args::Import,
    progress: &Progress,
) -> Result<bool, CliError> {
    let others = !args.card.no_compare && vault.compares_patients()?;
    let mut is_new = false;
    for plan in plans {
        for alarmed in card::compare(vault, plan, others, progress)? {
            super::warn(&alarmed);
            is_new |= !document.lists(&alarmed);
        }
    }
    Ok(is_new)
}

fn align(
    vault: &Vault,
    plans: &[Plan],
    args: &args::Import,
    now: Now,
    progress: &Progress,
) -> Result<AlignSummary, CliError> {
    let mut sum = AlignSummary::default();
    for plan in plans.iter().filter(|plan| !args.no_align && plan.filed().next().is_some()) {
        sum.add(&align::align_series(vault, plan.series, now, progress)?);
        let _graded = align::grade_series(vault, plan.series, now, progress)?;
    }
    Ok(sum)
}

fn say(
    outcome: &Outcome,
    plans: &[Plan],
    to_file: usize,
    aligned: usize,
    args: &args::Import,
    out: &mut Output,
) -> Result<(), CliError> {
    let skipped = |why| outcome.skipped.iter().filter(|s| s.reason == why).count();
    if args.json {
        let refused = |r: &Refused| RefusedShown { file_name: scan::file_name(&r.path.0), words: r.reason.words() };
        return out.json(&Report {
            dry_run: args.dry_run,
            series: plans.len(),
            to_file,
            filed: outcome.filed.len(),
            already_filed: skipped(Skip::AlreadyFiled),
            other_patient: skipped(Skip::OtherPatient),
            skipped: outcome.skipped.len(),
            in_tray: outcome.in_tray,
            refused: outcome.refused.iter().map(refused).collect(),
            cancelled: outcome.cancelled,
            aligned,
        });
    }
    if args.dry_run {
        let photos = counted(to_file as i64, "photo");
        return out.line(format!("{photos} would be filed into {} series. Nothing was filed.", plans.len()));
    }
    out.line(outcome.sentence())
}
