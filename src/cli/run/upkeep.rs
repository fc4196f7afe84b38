//! `diptych init`, `undo`, `redo`: the vault itself.

use std::path::Path;

use serde::Serialize;

use super::{aligning, user};
use crate::cli::args::{Init, Undo};
use crate::cli::error::CliError;
use crate::cli::output::{self, Output};
use crate::cli::unlock;
use crate::clock::Now;
use crate::fsx;
use crate::progress::Progress;
use crate::vault::{KdfCost, Op, Touched, UndoEntry, Vault, VaultError};

#[derive(Serialize)]
struct Created<'a> {
    vault: String,
    login: &'a str,
    recovery_code: &'a str,
}

#[derive(Serialize)]
struct Stepped {
    #[serde(flatten)]
    change: Change,
    op: Op,
    made: String,
    touched: Vec<Touched>,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Change {
    Undone(String),
    Redone(String),
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
    output::refuse_nowhere()?;
    warn_if_shared(&folder);
    let passphrase = unlock::new_passphrase(&args.vault)?;
    let (vault, code) = Vault::create(&folder, &args.vault.login, &passphrase, KdfCost::INTERACTIVE, now)?;
    let said = if args.json {
        let vault = folder.display().to_string();
        out.json(&Created { vault, login: &args.vault.login, recovery_code: &code.0 })
    } else {
        out.line(format!("Created the vault {}.", folder.display())).and_then(|()| user::show(&code, out))
    };
    user::handed_over(said, &vault, format!("The vault {} was created", folder.display()), out)
}

/// Says that other computers may reach a new vault.
pub(super) fn warn_if_shared(folder: &Path) {
    if let Some(shared) = fsx::shared(folder) {
        output::complain(&shared.sentence());
    }
}

/// Takes back the latest change that can be taken back.
pub fn undo(args: &Undo, now: Now, progress: &Progress, out: &mut Output) -> Result<(), CliError> {
    let vault = unlock::open(&args.vault, now)?;
    let Some(last) = vault.last_undoable()? else {
        return Err(CliError::Refused("There is nothing to undo.".to_owned()));
    };
    let left = vault.series_touched(last.id)?;
    let done = vault.undo_expected(last.id, now)?;
    let words = done.words();
    let text = format!("Undone: {}", words.to_lowercase());
    let id = done.id;
    stepped(args, text, Change::Undone(words), done, out)?;
    aligning::touched(&vault, id, &left, now, progress);
    Ok(())
}

/// Makes the change again that was taken back last.
pub fn redo(args: &Undo, now: Now, progress: &Progress, out: &mut Output) -> Result<(), CliError> {
    let vault = unlock::open(&args.vault, now)?;
    let Some(next) = vault.next_redoable()? else {
        return Err(CliError::Refused("There is nothing to redo.".to_owned()));
    };
    let left = vault.series_touched(next.id)?;
    let done = vault.redo_expected(next.id, now)?;
    let words = done.words();
    let text = format!("Redone: {}", words.to_lowercase());
    let id = done.id;
    stepped(args, text, Change::Redone(words), done, out)?;
    aligning::touched(&vault, id, &left, now, progress);
    Ok(())
}

fn stepped(args: &Undo, text: String, change: Change, done: UndoEntry, out: &mut Output) -> Result<(), CliError> {
    let made = done.at.to_iso();
    if args.json {
        return out.json(&Stepped { change, op: done.op, made, touched: done.touched });
    }
    out.line(format!("{text} ({}).", made.replace('T', " ").replace('Z', " UTC")))
}
