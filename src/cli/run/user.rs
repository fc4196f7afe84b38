//! `diptych user`: the secrets that open the vault.

use serde::Serialize;

use crate::cli::args::{self, UserPassphrase, UserRecovery};
use crate::cli::error::CliError;
use crate::cli::output::Output;
use crate::cli::unlock;
use crate::clock::Now;
use crate::vault::{KdfCost, RecoveryCode};

#[derive(Serialize)]
struct Changed<'a> {
    login: &'a str,
    #[serde(rename = "changed")]
    what: &'static str,
    recovery_code_was_used: bool,
}

#[derive(Serialize)]
struct Renewed<'a> {
    recovery_code: &'a str,
}

/// Runs `user …`.
pub fn run(command: &args::User, now: Now, out: &mut Output) -> Result<(), CliError> {
    match command {
        args::User::Passphrase(args) => passphrase(args, now, out),
        args::User::Recovery(args) => recovery(args, now, out),
    }
}

fn passphrase(args: &UserPassphrase, now: Now, out: &mut Output) -> Result<(), CliError> {
    let (vault, old) = unlock::open_keeping(&args.vault, now)?;
    let new = unlock::replacement(args.new_passphrase_fd)?;
    vault.change_passphrase(old.as_ref(), &new, KdfCost::INTERACTIVE, now)?;
    let login = vault.user().login.as_str();
    let used = vault.recovery_code_was_used()?;
    if args.json {
        return out.json(&Changed { login, what: "passphrase", recovery_code_was_used: used });
    }
    out.line(format!("The passphrase of {login} was changed. The old one opens nothing any more."))?;
    if used {
        out.line("The recovery code was used. Make a new one now: diptych user recovery.")?;
    }
    Ok(())
}

fn recovery(args: &UserRecovery, now: Now, out: &mut Output) -> Result<(), CliError> {
    let (vault, _) = unlock::open_keeping(&args.vault, now)?;
    let code = vault.replace_recovery_code(KdfCost::INTERACTIVE, now)?;
    if args.json {
        return out.json(&Renewed { recovery_code: &code.0 });
    }
    out.line("The old recovery code opens nothing any more.")?;
    show(&code, out)
}

/// Shows a code, the only time it can be shown.
pub fn show(code: &RecoveryCode, out: &mut Output) -> Result<(), CliError> {
    out.line("")?;
    out.line("Recovery code, shown only now. Write it down and keep it away from this computer:")?;
    out.line("")?;
    out.line(format!("    {}", *code.0))
}
