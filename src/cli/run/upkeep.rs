//! `diptych init`, `verify`, `undo`: the vault itself.

use serde::Serialize;

use super::user;
use crate::cli::args::{Init, Undo, Verify};
use crate::cli::error::CliError;
use crate::cli::key;
use crate::cli::output::Output;
use crate::cli::unlock;
use crate::clock::Now;
use crate::model::PhotoId;
use crate::model::text::counted;
use crate::progress::Progress;
use crate::vault::{KdfCost, Op, Touched, Vault, VaultError};

#[derive(Serialize)]
struct Created<'a> {
    vault: String,
    login: &'a str,
    recovery_code: &'a str,
}

#[derive(Serialize)]
struct Verified {
    originals: usize,
    intact: usize,
    damaged: Vec<Damaged>,
    in_tray: usize,
}

#[derive(Serialize)]
struct Damaged {
    series: Option<String>,
    file_name: String,
}

#[derive(Serialize)]
struct Undone {
    #[serde(rename = "undone")]
    change: String,
    op: Op,
    made: String,
    touched: Vec<Touched>,
}

/// Creates a vault.
pub fn init(args: &Init, now: Now, out: &mut Output) -> Result<(), CliError> {
    let folder = unlock::folder(&args.vault)?;
    if Vault::peek(&folder).is_ok() {
        return Err(VaultError::AlreadyAVault.into());
    }
    if args.vault.recovery_code {
        return Err(CliError::Usage("A new vault makes its own recovery code. Leave out --recovery-code.".to_owned()));
    }
    let passphrase = unlock::new_passphrase(&args.vault)?;
    let (_, code) = Vault::create(&folder, &args.vault.login, &passphrase, KdfCost::INTERACTIVE, now)?;
    if args.json {
        let vault = folder.display().to_string();
        return out.json(&Created { vault, login: &args.vault.login, recovery_code: &code.0 });
    }
    out.line(format!("Created the vault {}.", folder.display()))?;
    user::show(&code, out)
}

/// Re-reads every original.
pub fn verify(args: &Verify, now: Now, progress: &Progress, out: &mut Output) -> Result<(), CliError> {
    let vault = unlock::open(&args.vault, now)?;
    let photos = photos(&vault)?;
    let total = photos.len() as u64;
    let mut result = Verified { originals: photos.len(), intact: 0, damaged: Vec::new(), in_tray: 0 };
    for (i, (id, series, file_name)) in photos.into_iter().enumerate() {
        progress.report("Reading originals", i as u64, total);
        match vault.original(id) {
            Ok(_) => result.intact += 1,
            Err(VaultError::Damaged(_) | VaultError::NotFound) => {
                result.damaged.push(Damaged { series: Some(series), file_name });
            }
            Err(error) => return Err(error.into()),
        }
    }
    progress.report("Reading originals", total, total);
    for item in vault.tray()? {
        result.originals += 1;
        result.in_tray += 1;
        match vault.tray_original(item.id) {
            Ok(_) => result.intact += 1,
            Err(VaultError::Damaged(_) | VaultError::NotFound) => {
                result.damaged.push(Damaged { series: None, file_name: item.file_name.0 });
            }
            Err(error) => return Err(error.into()),
        }
    }
    if args.json {
        out.json(&result)?;
    } else {
        let n = counted(result.originals as i64, "original");
        out.line(format!("{n} read, {} intact, {} damaged.", result.intact, result.damaged.len()))?;
        for damaged in &result.damaged {
            let place = damaged.series.as_deref().unwrap_or("tray");
            out.line(format!("damaged: {place}  {}", damaged.file_name))?;
        }
    }
    if result.damaged.is_empty() {
        return Ok(());
    }
    out.finish()?;
    Err(CliError::Failed(
        "Some originals are not what was stored. Nothing was changed. Restore them from a backup or the card."
            .to_owned(),
    ))
}

/// Every filed photo with the key of its series and its file's name.
fn photos(vault: &Vault) -> Result<Vec<(PhotoId, String, String)>, CliError> {
    let mut out = Vec::new();
    for row in key::patients(vault, "")? {
        for keyed in key::series_of(vault, &row.patient)? {
            let photos = vault.board(keyed.series.id)?.photos;
            out.extend(photos.into_iter().map(|p| (p.id, keyed.key.clone(), p.file_name.0)));
        }
    }
    Ok(out)
}

/// Takes back the latest change that can be taken back.
pub fn undo(args: &Undo, now: Now, out: &mut Output) -> Result<(), CliError> {
    let vault = unlock::open(&args.vault, now)?;
    let Some(last) = vault.last_undoable()? else {
        return Err(CliError::Refused("There is nothing to undo.".to_owned()));
    };
    let done = vault.undo_expected(last.id, now)?;
    let (undone, made) = (done.words(), done.at.to_iso());
    if args.json {
        return out.json(&Undone { change: undone, op: done.op, made, touched: done.touched });
    }
    out.line(format!("Undone: {} ({}).", undone.to_lowercase(), made.replace('T', " ").replace('Z', " UTC")))
}
