//! `diptych restore`: a backup into a new folder, every original read.

use serde::Serialize;

use super::verify::{Found, found};
use crate::backup;
use crate::cli::args::Restore;
use crate::cli::error::CliError;
use crate::cli::output::Output;
use crate::cli::unlock;
use crate::clock::Now;
use crate::model::text::counted;
use crate::progress::Progress;

#[derive(Serialize)]
struct Done {
    generation: u64,
    vault: String,
    originals: u64,
    intact: u64,
    findings: Vec<Found>,
    erased_again: usize,
    erasures_waiting: u32,
}

/// Restores.
pub fn run(args: &Restore, now: Now, progress: &Progress, out: &mut Output) -> Result<(), CliError> {
    let _logins = backup::peek(&args.dest)?;
    let secret = unlock::BackupSecret::ask(&args.key)?;
    let restored = backup::restore(&args.dest, args.generation, &args.to, &secret.borrowed(), now, progress)?;
    let report = &restored.report;
    if args.json {
        out.json(&Done {
            generation: restored.generation,
            vault: args.to.display().to_string(),
            originals: report.originals,
            intact: report.intact(),
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
        for finding in &report.findings {
            out.line(finding.sentence())?;
        }
        if !restored.erased_again.is_empty() {
            let count = counted(restored.erased_again.len() as i64, "patient");
            out.line(format!("{count} in it had been erased since, and again now."))?;
        }
        if restored.erasures_waiting > 0 {
            let count = counted(i64::from(restored.erasures_waiting), "erasure");
            out.line(format!("{count} could not be finished: a photo volume of the backup is damaged."))?;
        }
    }
    if report.findings.is_empty() {
        return Ok(());
    }
    out.finish()?;
    Err(CliError::Failed("The restored vault can be used, but not everything in it is whole.".into()))
}
