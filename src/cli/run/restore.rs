//! `diptych restore`: a backup into a new folder, every original read.

use serde::Serialize;

use super::upkeep;
use super::verify::{Found, found};
use crate::backup::{self, Restored};
use crate::cli::args::Restore;
use crate::cli::error::CliError;
use crate::cli::output::Output;
use crate::cli::unlock;
use crate::clock::Now;
use crate::model::text::{counted, short_date};
use crate::progress::Progress;

#[derive(Serialize)]
struct Done {
    generation: u64,
    vault: String,
    originals: u64,
    intact: u64,
    damaged: Vec<String>,
    restored_from_others: usize,
    unreadable: Vec<u64>,
    erasures_known_to: String,
    findings: Vec<Found>,
    erased_again: usize,
    erasures_waiting: u32,
}

/// Restores.
pub fn run(args: &Restore, now: Now, progress: &Progress, out: &mut Output) -> Result<(), CliError> {
    let _logins = backup::peek(&args.dest)?;
    upkeep::warn_if_shared(&args.to);
    let secret = unlock::BackupSecret::ask(&args.key)?;
    let restored = backup::restore(&args.dest, args.generation, &args.to, &secret.borrowed(), now, progress)?;
    let report = &restored.report;
    if args.json {
        out.json(&Done {
            generation: restored.generation,
            vault: args.to.display().to_string(),
            originals: report.originals,
            intact: report.intact(),
            damaged: restored.damaged.clone(),
            restored_from_others: restored.repaired.restored.len(),
            unreadable: restored.unreadable.clone(),
            erasures_known_to: restored.erasures_known_to.to_string(),
            findings: report.findings.iter().map(found).collect(),
            erased_again: restored.erased_again.len(),
            erasures_waiting: restored.erasures_waiting,
        })?;
    } else {
        out.line(format!(
            "Backup {} restored into {}. {}.",
            restored.generation,
            args.to.display(),
            report.sentence()
        ))?;
        say_what_is_damaged(&restored, out)?;
        if !restored.erased_again.is_empty() {
            let count = counted(restored.erased_again.len() as i64, "patient");
            out.line(format!("{count} in it had been erased since, and again now."))?;
        }
        out.line(later_erasures(&restored))?;
        if restored.erasures_waiting > 0 {
            let count = counted(i64::from(restored.erasures_waiting), "erasure");
            out.line(format!("{count} could not be finished: a photo volume of the backup is damaged."))?;
        }
    }
    if report.findings.is_empty() && restored.damaged.is_empty() && restored.unreadable.is_empty() {
        return Ok(());
    }
    out.finish()?;
    Err(CliError::Failed(
        if report.findings.is_empty() {
            "Everything in the restored vault is whole, but the backup is damaged: make a new one on another disk."
        } else {
            "The restored vault can be used, but not everything in it is whole."
        }
        .into(),
    ))
}

fn say_what_is_damaged(restored: &Restored, out: &mut Output) -> Result<(), CliError> {
    for file in &restored.damaged {
        out.line(format!("The file {file} of the backup is missing or damaged."))?;
    }
    let repaired = &restored.repaired;
    if !repaired.restored.is_empty() {
        let count = counted(repaired.restored.len() as i64, "original");
        out.line(format!("{count} of what was in it came from other generations."))?;
    }
    for finding in &restored.report.findings {
        out.line(finding.sentence())?;
    }
    for number in &restored.unreadable {
        out.line(format!("Backup {number} cannot be read, nor whom it knows to be erased."))?;
    }
    Ok(())
}

/// What no backup can know.
fn later_erasures(restored: &Restored) -> String {
    format!(
        "Patients who were erased after the newest backup, of {}, are not known here: if there are any, erase them again.",
        short_date(restored.erasures_known_to)
    )
}
