//! Opening a vault, taking one back that is still being worked in, and changing its keys.

use std::path::Path;
use std::sync::Arc;

use super::{Context, said};
use crate::clock::Now;
use crate::gui::job::{Code, Failure, KeyChange, Outcome};
use crate::vault::{KdfCost, Passphrase, Vault, VaultError};

mod text {
    pub const OTHER_USER: &str = "Work that another user began is still being finished in this vault. Nothing was changed. Wait \
                                  until it has ended, or let that user unlock.";
    pub const BY_CODE: &str = "Work is still being finished in this vault, and the recovery code opens it only when that has ended. \
                               Nothing was changed. Wait a moment, or use the passphrase.";
    pub const NO_VAULT: &str = "The vault is locked. Nothing was changed. Unlock it and try again.";
}

/// Opens a vault; one that is still being worked in is taken back with the same passphrase.
pub(super) fn open(folder: &Path, login: &str, passphrase: &Passphrase, context: &Context) -> Outcome<Vault> {
    let Some(vault) = held(folder, context) else {
        let vault = Vault::open(folder, login, passphrase, context.now).map_err(said)?;
        // The vault is open either way; protection that could not be renewed now is renewed at the next opening.
        if vault.strengthen(passphrase, KdfCost::INTERACTIVE, context.now).is_err() {
            tracing::warn!("the protection of the passphrase was not renewed");
        }
        return Ok(vault);
    };
    if vault.user().login != login.trim() {
        return Err(Failure(text::OTHER_USER.to_owned()));
    }
    vault.unlock_again(passphrase, context.now).map_err(said)?;
    Ok(vault.clone())
}

pub(super) fn recover(folder: &Path, code: &str, context: &Context) -> Outcome<Vault> {
    if held(folder, context).is_some() {
        return Err(Failure(text::BY_CODE.to_owned()));
    }
    Vault::open_with_recovery_code(folder, code, context.now).map_err(said)
}

/// Gives new keys; with a recovery code when one was asked for.
pub(super) fn change(change: &KeyChange, context: &Context) -> Outcome<Option<Code>> {
    let vault = context.vault.as_ref().ok_or_else(|| Failure(text::NO_VAULT.to_owned()))?;
    changed(vault, change, context.now).map_err(said)
}

fn changed(vault: &Vault, change: &KeyChange, now: Now) -> Result<Option<Code>, VaultError> {
    match (&change.old, &change.new) {
        (old, Some(new)) => vault.change_passphrase(old.as_ref(), new, KdfCost::INTERACTIVE, now)?,
        (Some(old), None) => vault.confirm_passphrase(old, now)?,
        (None, None) => {}
    }
    let code = change.code.then(|| vault.replace_recovery_code(KdfCost::INTERACTIVE, now)).transpose()?;
    Ok(code.map(|code| Arc::new(code.0)))
}

fn held<'a>(folder: &Path, context: &'a Context) -> Option<&'a Vault> {
    let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let wanted = whole(folder);
    context.held.iter().find(|vault| whole(vault.dir()) == wanted)
}
