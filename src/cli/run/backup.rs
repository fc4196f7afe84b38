//! `diptych backup`: makes a backup, lists what is there, reads it again.

use std::path::Path;

use serde::Serialize;

use crate::backup::{self, BackupError, Flaw, Generation, Outcome};
use crate::cli::args::{Backup, BackupCommand, BackupOf};
use crate::cli::error::CliError;
use crate::cli::output::Output;
use crate::cli::unlock;
use crate::clock::Now;
use crate::model::text::{grouped, short_date};
use crate::progress::Progress;
use crate::vault::BackupKey;

#[derive(Serialize)]
struct Made {
    generation: u64,
    originals: u64,
    volumes: usize,
    volumes_copied: usize,
    bytes_written: u64,
    bytes: u64,
    originals_verified: u64,
    past_cache: bool,
    damaged: Vec<i64>,
    retired: Vec<u64>,
    purged: Vec<u64>,
    holding: Vec<u64>,
    unreadable: Vec<u64>,
    history_differs: bool,
    unremembered: bool,
}

#[derive(Serialize)]
struct Listed {
    generations: Vec<Line>,
    unreadable: Vec<u64>,
}

#[derive(Serialize)]
struct Line {
    generation: u64,
    at: String,
    day: String,
    program: String,
    patients: u64,
    photos: u64,
    originals: u64,
    damaged: u64,
    bytes: u64,
}

#[derive(Serialize)]
struct Checked {
    generations: usize,
    files: usize,
    bytes: u64,
    flaws: Vec<FlawLine>,
}

#[derive(Serialize)]
struct FlawLine {
    file: String,
    missing: bool,
    generations: Vec<u64>,
}

/// Runs one of them.
pub fn run(args: &Backup, now: Now, progress: &Progress, out: &mut Output) -> Result<(), CliError> {
    match (&args.command, &args.dest) {
        (Some(BackupCommand::List(of)), _) => list(of, out),
        (Some(BackupCommand::Check(of)), _) => check(of, progress, out),
        (None, Some(dest)) => make(args, dest, now, progress, out),
        (None, None) => Err(CliError::Usage("Where to? Say the folder of the backup, on another disk.".to_owned())),
    }
}

fn make(args: &Backup, dest: &Path, now: Now, progress: &Progress, out: &mut Output) -> Result<(), CliError> {
    let vault = unlock::open(&args.vault, now)?;
    let outcome = backup::snapshot(&vault, dest, now, progress)?;
    if args.json {
        out.json(&made(&outcome))?;
    } else {
        out.line(outcome.sentence())?;
    }
    if outcome.damaged.is_empty() {
        return Ok(());
    }
    out.finish()?;
    Err(CliError::Failed(
        "The backup holds all that could be read. Run `diptych verify` to see what is damaged.".into(),
    ))
}

fn made(outcome: &Outcome) -> Made {
    Made {
        generation: outcome.last.generation,
        originals: outcome.last.originals,
        volumes: outcome.volumes,
        volumes_copied: outcome.copied,
        bytes_written: outcome.written,
        bytes: outcome.length,
        originals_verified: outcome.verified,
        past_cache: outcome.past_cache,
        damaged: outcome.damaged.iter().map(|id| id.0).collect(),
        retired: outcome.retired.clone(),
        purged: outcome.purged.clone(),
        holding: outcome.holding.clone(),
        unreadable: outcome.unreadable.clone(),
        history_differs: outcome.history_differs,
        unremembered: outcome.unremembered,
    }
}

fn key(of: &BackupOf) -> Result<BackupKey, CliError> {
    // A folder that is no backup should say so before anybody types a passphrase.
    let _logins = backup::peek(&of.dest)?;
    let secret = unlock::BackupSecret::ask(&of.key)?;
    Ok(backup::unlock(&of.dest, &secret.borrowed())?)
}

fn list(of: &BackupOf, out: &mut Output) -> Result<(), CliError> {
    let listing = backup::list(&of.dest, &key(of)?)?;
    if of.json {
        let generations = listing.generations.iter().map(line).collect();
        return out.json(&Listed { generations, unreadable: listing.unreadable });
    }
    let rows: Vec<Vec<String>> = listing.generations.iter().map(row).collect();
    out.table(&rows)?;
    for number in listing.unreadable {
        out.line(format!("{number}  cannot be read"))?;
    }
    Ok(())
}

fn line(generation: &Generation) -> Line {
    let Generation { number, at, day, ref program, patients, photos, originals, damaged, length } = *generation;
    let (at, day, program) = (at.to_iso(), day.to_string(), program.clone());
    Line { generation: number, at, day, program, patients, photos, originals, damaged, bytes: length }
}

/// "1 patient", "3,412 originals".
fn many(count: u64, one: &str) -> String {
    format!("{} {one}{}", grouped(count), if count == 1 { "" } else { "s" })
}

fn row(generation: &Generation) -> Vec<String> {
    let mut row = vec![
        generation.number.to_string(),
        short_date(generation.day),
        many(generation.originals, "original"),
        many(generation.patients, "patient"),
        format!("{} MB", grouped(generation.length.div_ceil(1_000_000))),
    ];
    if generation.damaged > 0 {
        row.push(format!("{} damaged", generation.damaged));
    }
    row
}

fn check(of: &BackupOf, progress: &Progress, out: &mut Output) -> Result<(), CliError> {
    let report = backup::check(&of.dest, &key(of)?, progress)?;
    if of.json {
        let flaw = |flaw: &Flaw| FlawLine {
            file: flaw.file.clone(),
            missing: flaw.missing,
            generations: flaw.generations.clone(),
        };
        let flaws = report.flaws.iter().map(flaw).collect();
        out.json(&Checked { generations: report.generations, files: report.files, bytes: report.bytes, flaws })?;
    } else {
        out.line(report.sentence())?;
        for flaw in &report.flaws {
            out.line(format!("{}: {}", if flaw.missing { "missing" } else { "damaged" }, flaw.file))?;
        }
    }
    if report.flaws.is_empty() {
        return Ok(());
    }
    out.finish()?;
    Err(CliError::Failed("Some files of the backup are not what was written.".into()))
}

impl From<BackupError> for CliError {
    fn from(error: BackupError) -> Self {
        let text = error.user_message();
        match error {
            BackupError::Vault(error) => error.into(),
            BackupError::WithVault | BackupError::Foreign | BackupError::OtherVault | BackupError::Occupied => {
                Self::Refused(text)
            }
            _ => Self::Failed(text),
        }
    }
}
