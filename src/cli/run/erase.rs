//! `diptych patient erase`: forgets a patient for good, and says where copies of them still are.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::Path;

use serde::Serialize;

use crate::backup;
use crate::cli::args::PatientErase;
use crate::cli::error::CliError;
use crate::cli::key;
use crate::cli::output::Output;
use crate::cli::unlock;
use crate::clock::Now;
use crate::model::Uid;
use crate::model::text::counted;
use crate::progress::Progress;
use crate::vault::{Erased, Op, Vault};

#[derive(Serialize)]
struct Done {
    /// Of the record, then of those that were merged into it.
    uids: Vec<String>,
    originals: u64,
    moved: u64,
    kept_elsewhere: u32,
    documents_elsewhere: u32,
    in_tray: u32,
    published: u32,
    waiting_volumes: Vec<i64>,
    finished: bool,
    backups: Option<Held>,
}

/// The folder of the last backup, and what in it still holds the patient; none when it cannot be read now.
#[derive(Serialize)]
struct Held {
    folder: String,
    generations: Option<Vec<u64>>,
    /// Of these nobody can say whom they hold.
    unreadable: Vec<u64>,
}

/// Erases.
pub fn run(args: &PatientErase, now: Now, progress: &Progress, out: &mut Output) -> Result<(), CliError> {
    let (vault, passphrase) = unlock::open_keeping(&args.vault, now)?;
    let Some(passphrase) = passphrase else {
        return Err(CliError::Refused(
            "An erasure is confirmed by a passphrase. Nothing was erased. Set a new one first: diptych user passphrase --recovery-code."
                .to_owned(),
        ));
    };
    vault.may(Op::Erase)?;
    let patient = key::patient(&vault, &args.patient)?;
    if !args.yes {
        confirm(&patient.code.0)?;
    }
    let erased = vault.erase_patient(patient.id, &args.reason, &passphrase, now, progress)?;
    let backups = held(&vault, &erased)?;
    let finished = erased.unfinished.is_none() && erased.waiting.is_empty();
    if args.json {
        out.json(&Done {
            uids: erased.tombstones.iter().map(|tombstone| tombstone.uid.to_string()).collect(),
            originals: erased.originals,
            moved: erased.moved,
            kept_elsewhere: erased.kept_elsewhere,
            documents_elsewhere: erased.documents_elsewhere,
            in_tray: erased.in_tray,
            published: erased.published,
            waiting_volumes: erased.waiting.iter().map(|volume| volume.0).collect(),
            finished,
            backups,
        })?;
    } else {
        say(&erased, backups.as_ref(), out)?;
    }
    if finished {
        return Ok(());
    }
    out.finish()?;
    Err(CliError::Failed(if erased.waiting.is_empty() {
        "The patient is erased from the records. An old file could not be removed yet: it is at the next opening."
            .into()
    } else {
        "The patient is erased from the records. A photo volume that is missing or damaged may still hold their originals: run `diptych verify --repair-from`, then the erasure goes on.".into()
    }))
}

/// Asks for the code once more.
fn confirm(code: &str) -> Result<(), CliError> {
    if !io::stdin().is_terminal() {
        return Err(CliError::Usage(
            "There is no terminal to ask on whether this is meant. Nothing was erased. Add --yes.".to_owned(),
        ));
    }
    let failed = |_| CliError::Failed("The answer could not be read. Nothing was erased.".to_owned());
    let mut asked = io::stderr();
    write!(asked, "This cannot be undone. Type the patient's code once more to erase them: ").map_err(failed)?;
    asked.flush().map_err(failed)?;
    let mut typed = String::new();
    let _bytes = io::stdin().lock().read_line(&mut typed).map_err(failed)?;
    if typed.trim() == code {
        Ok(())
    } else {
        Err(CliError::Refused("That is another code. Nothing was erased.".to_owned()))
    }
}

/// Where the vault was last backed up to, and which generations there still hold the patient.
fn held(vault: &Vault, erased: &Erased) -> Result<Option<Held>, CliError> {
    let Some(last) = vault.last_backup()? else { return Ok(None) };
    // A folder without any generation is a disk that is not plugged in.
    let is_there = Path::new(&last.place).is_dir();
    let Some(holding) = backup::holding(vault, Path::new(&last.place)).ok().filter(|_| is_there) else {
        return Ok(Some(Held { folder: last.place, generations: None, unreadable: Vec::new() }));
    };
    let is_theirs = |who: &[Uid]| erased.tombstones.iter().any(|tombstone| who.contains(&tombstone.uid));
    let theirs = holding.generations.into_iter().filter(|(_, who)| is_theirs(who));
    let generations = Some(theirs.map(|(number, _)| number).collect());
    Ok(Some(Held { folder: last.place, generations, unreadable: holding.unreadable }))
}

fn say(erased: &Erased, backups: Option<&Held>, out: &mut Output) -> Result<(), CliError> {
    let originals = |n: u64| counted(n as i64, "original");
    out.line(format!(
        "The patient was erased with {}. {} of others beside them moved and read back.",
        originals(erased.originals),
        originals(erased.moved)
    ))?;
    if erased.kept_elsewhere > 0 {
        let n = originals(erased.kept_elsewhere.into());
        out.line(format!("{n} of other patients with the same bytes stay: look whether one was misfiled."))?;
    }
    if erased.documents_elsewhere > 0 {
        let n = counted(erased.documents_elsewhere.into(), "document");
        out.line(format!("{n} of other patients with the same bytes stay. What is this patient's of them can be given to a record of its own (diptych attachment move), and that erased."))?;
    }
    if erased.in_tray > 0 {
        out.line(format!("{} in the tray with the same bytes stay there.", originals(erased.in_tray.into())))?;
    }
    if erased.published > 0 {
        let pairs = counted(erased.published.into(), "published pair");
        out.line(format!("{pairs} may still be on the website: build the gallery again and replace it there."))?;
    }
    say_where(erased, backups, out)?;
    out.line(
        "Backups in other folders, and copies made by hand, are not known here: back up into each folder once more.",
    )
}

/// Where copies of the patient still are, and what becomes of them.
fn say_where(erased: &Erased, backups: Option<&Held>, out: &mut Output) -> Result<(), CliError> {
    match backups {
        None => out.line("No backup of this vault is known."),
        Some(Held { folder, generations: None, .. }) => out.line(format!(
            "The last backup went to {folder}, which cannot be read now and may still hold the patient. The next backup there removes what does."
        )),
        Some(Held { folder, generations: Some(numbers), unreadable }) => {
            if !numbers.is_empty() {
                let numbers: Vec<String> = numbers.iter().map(u64::to_string).collect();
                let removed = if erased.waiting.is_empty() {
                    "The next backup there removes them"
                } else {
                    "The first backup there after the repair removes them"
                };
                out.line(format!(
                    "Backups in {folder} that still hold the patient: {}. {removed}.",
                    numbers.join(", ")
                ))?;
            } else if unreadable.is_empty() {
                out.line(format!("No backup in {folder} holds the patient."))?;
            }
            if unreadable.is_empty() {
                return Ok(());
            }
            out.line(format!("In {folder}: {}", backup::unreadable_sentence(unreadable)))
        }
    }
}
