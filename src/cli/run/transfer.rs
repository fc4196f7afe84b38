//! `diptych photo move`, `session move`, `patient merge`: says what it would mean, then does it.

use chrono::NaiveDate;
use serde::Serialize;

use super::aligning;
use crate::cli::args::{self, Agreement, PatientMerge, PhotoMove, SessionMove};
use crate::cli::error::CliError;
use crate::cli::key;
use crate::cli::output::Output;
use crate::cli::unlock;
use crate::clock::Now;
use crate::import::suggest;
use crate::model::text::{counted, short_date};
use crate::model::{Photo, Session, View, ViewId};
use crate::progress::Progress;
use crate::vault::{Board, Caution, Filing, Op, Transfer, TransferPlan, Vault, counterpart};

/// Fewest digits that name a photo.
const UID_DIGITS: usize = 8;

#[derive(Serialize)]
struct Shown {
    done: bool,
    op: Op,
    photos: u32,
    cautions: Vec<CautionShown>,
}

#[derive(Serialize)]
struct CautionShown {
    kind: &'static str,
    widens_consent: bool,
    sentence: String,
}

/// Runs `photo …`.
pub fn photo(command: &args::Photo, now: Now, progress: &Progress, out: &mut Output) -> Result<(), CliError> {
    let args::Photo::Move(args) = command;
    let vault = unlock::open(&args.vault, now)?;
    let (photo, to) = place(&vault, args)?;
    let left = board_of(&vault, &photo)?.series.id;
    let transfer = Transfer::Photo { photo: photo.id, to };
    let done = agree(&vault, transfer, &args.agreement, now, out, "The photo was moved.".to_owned());
    aligning::latest(done, &vault, &[left], now, progress)
}

/// Runs `session …`.
pub fn session(command: &args::Session, now: Now, progress: &Progress, out: &mut Output) -> Result<(), CliError> {
    let args::Session::Move(SessionMove { vault, series, date, number, to, agreement }) = command;
    let vault = unlock::open(vault, now)?;
    let (_, from) = key::find_anywhere(&vault, series)?;
    let (_, to) = key::find_anywhere(&vault, to)?;
    let sessions = vault.sessions(from.series.id)?;
    let session = session_on(&sessions, *date, *number)?;
    let transfer = Transfer::Session { session: session.id, to: to.series.id };
    let text = format!("The session of {} was moved from {} to {}.", short_date(*date), from.key, to.key);
    let done = agree(&vault, transfer, agreement, now, out, text);
    aligning::latest(done, &vault, &[from.series.id], now, progress)
}

/// Runs `patient merge`.
pub fn merge(args: &PatientMerge, now: Now, progress: &Progress, out: &mut Output) -> Result<(), CliError> {
    let vault = unlock::open(&args.vault, now)?;
    let (keep, other) = (key::patient(&vault, &args.keep)?, key::patient(&vault, &args.other)?);
    let transfer = Transfer::Patient { keep: keep.id, other: other.id };
    let text = format!("{} and {} are one patient now.", keep.code.0, other.code.0);
    let done = agree(&vault, transfer, &args.agreement, now, out, text);
    aligning::latest(done, &vault, &[], now, progress)
}

/// Shows what it means, and does it where that was agreed to or nothing stands against it; whether it was done.
pub fn agree(
    vault: &Vault,
    transfer: Transfer,
    agreement: &Agreement,
    now: Now,
    out: &mut Output,
    text: String,
) -> Result<bool, CliError> {
    let plan = vault.plan_transfer(transfer, now.today)?;
    let done = !agreement.dry_run && (agreement.yes || plan.cautions.is_empty());
    if done {
        vault.carry_out(&plan, now)?;
    }
    if agreement.json {
        out.json(&shown(&plan, done))?;
    } else {
        if done {
            out.line(text)?;
        } else if plan.photos > 0 {
            out.line(format!("It takes {} along.", counted(i64::from(plan.photos), "photo")))?;
        }
        for caution in &plan.cautions {
            out.line(format!("  {}", caution.sentence()))?;
        }
        if done {
            out.line("`diptych undo` takes it back.")?;
        }
    }
    if done || agreement.dry_run {
        return Ok(done);
    }
    out.finish()?;
    Err(CliError::Refused("Nothing was changed. Read what it would mean, then say --yes to do it.".to_owned()))
}

fn shown(plan: &TransferPlan, done: bool) -> Shown {
    let caution = |caution: &Caution| CautionShown {
        kind: caution.key(),
        widens_consent: caution.widens(),
        sentence: caution.sentence(),
    };
    let cautions = plan.cautions.iter().map(caution).collect();
    Shown { done, op: plan.transfer.op(), photos: plan.photos, cautions }
}

/// The photo that is meant, and where it goes.
fn place(vault: &Vault, args: &PhotoMove) -> Result<(Photo, Filing), CliError> {
    let photo = photo_of(vault, &args.photo)?;
    let here = board_of(vault, &photo)?;
    let there = match &args.to {
        Some(key) => vault.board(key::find_anywhere(vault, key)?.1.series.id)?,
        None => here.clone(),
    };
    let session = match args.date {
        Some(date) => session_on(&there.sessions, date, args.number)?,
        None => there
            .sessions
            .iter()
            .find(|s| s.id == photo.session)
            .ok_or_else(|| CliError::Usage("Name the session by its --date. Nothing was changed.".to_owned()))?,
    };
    let view = match (&args.view, photo.view) {
        (Some(name), _) => Some(view_named(&there.views, name)?),
        (None, _) if args.no_view => None,
        (None, None) => None,
        (None, Some(view)) => Some(counterpart(&here.views, view, &there.views).ok_or_else(|| {
            let known = names(&there.views);
            CliError::Usage(format!(
                "No view there shows the same. It has {known}. Name one by --view, or say --no-view."
            ))
        })?),
    };
    let phase = if session.id == photo.session { photo.phase } else { suggest::phase_moved(session.kind, photo.phase) };
    Ok((photo.clone(), Filing { session: session.id, view, slot: args.slot.unwrap_or(photo.slot), phase }))
}

fn photo_of(vault: &Vault, uid: &str) -> Result<Photo, CliError> {
    if uid.len() < UID_DIGITS {
        return Err(CliError::Usage(format!("A photo is named by at least {UID_DIGITS} digits of its uid.")));
    }
    let mut found = vault.photos_by_uid(uid)?;
    match (found.pop(), found.is_empty()) {
        (Some(photo), true) => Ok(photo),
        (Some(_), false) => Err(CliError::Usage("More than one photo begins so. Name more digits.".to_owned())),
        (None, _) => Err(CliError::Failed("There is no such photo. `diptych list --json` shows the uids.".to_owned())),
    }
}

fn board_of(vault: &Vault, photo: &Photo) -> Result<Board, CliError> {
    for series in vault.series_of(photo.patient)? {
        let board = vault.board(series.id)?;
        if board.sessions.iter().any(|session| session.id == photo.session) {
            return Ok(board);
        }
    }
    Err(crate::vault::VaultError::NotFound.into())
}

fn session_on(sessions: &[Session], date: NaiveDate, number: Option<usize>) -> Result<&Session, CliError> {
    let mut that_day: Vec<&Session> = sessions.iter().filter(|s| s.date == date).collect();
    that_day.sort_by_key(|s| s.ordinal);
    match (that_day.as_slice(), number) {
        ([], _) => Err(CliError::Usage(format!("The series has no session on {date}. Nothing was changed."))),
        ([one], None) => Ok(one),
        (several, Some(n)) if (1..=several.len()).contains(&n) => Ok(several[n - 1]),
        (several, _) => Err(CliError::Usage(format!(
            "The series has {} on {date}: say which by --number. Nothing was changed.",
            counted(several.len() as i64, "session")
        ))),
    }
}

fn view_named(views: &[View], name: &str) -> Result<ViewId, CliError> {
    let found = views.iter().find(|view| view.spec.name.eq_ignore_ascii_case(name)).map(|view| view.id);
    found.ok_or_else(|| CliError::Usage(format!("The series has no such view. It has {}.", names(views))))
}

fn names(views: &[View]) -> String {
    views.iter().map(|view| view.spec.name.as_str()).collect::<Vec<_>>().join(", ")
}
