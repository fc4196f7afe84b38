//! `diptych user`: who opens the vault, and the secrets that do.

use serde::Serialize;

use crate::cli::args::{self, UserAdd, UserCommon, UserDisable, UserPassphrase, UserReset, UserRole};
use crate::cli::error::CliError;
use crate::cli::output::{self, Output};
use crate::cli::unlock;
use crate::clock::Now;
use crate::vault::{KdfCost, Member, Op, RecoveryCode, Role, Vault, VaultError};

const RENEW: &str =
    "The recovery code was used, or whoever made it was disabled. Make a new one now: diptych user recovery.";

#[derive(Serialize)]
struct Listed {
    users: Vec<Member>,
}

#[derive(Serialize)]
struct Changed<'a> {
    login: &'a str,
    #[serde(rename = "changed")]
    what: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<Role>,
    recovery_code_was_used: bool,
    /// The one that replaces the code that was used.
    #[serde(skip_serializing_if = "Option::is_none")]
    recovery_code: Option<&'a str>,
}

#[derive(Serialize)]
struct Renewed<'a> {
    recovery_code: &'a str,
}

/// Runs `user …`.
pub fn run(command: &args::User, now: Now, out: &mut Output) -> Result<(), CliError> {
    match command {
        args::User::List(args) => list(args, now, out),
        args::User::Add(args) => add(args, now, out),
        args::User::Disable(args) => disable(args, now, out),
        args::User::Role(args) => role(args, now, out),
        args::User::Passphrase(args) => passphrase(args, now, out),
        args::User::Reset(args) => reset(args, now, out),
        args::User::Recovery(args) => recovery(args, now, out),
    }
}

fn list(args: &UserCommon, now: Now, out: &mut Output) -> Result<(), CliError> {
    let users = unlock::open(&args.vault, now)?.users()?;
    if args.json {
        return out.json(&Listed { users });
    }
    let state = |user: &Member| if user.disabled { "disabled" } else { "" };
    let line = |user: &Member| vec![user.login.clone(), user.role.words().to_owned(), state(user).to_owned()];
    out.table(&users.iter().map(line).collect::<Vec<_>>())
}

fn add(args: &UserAdd, now: Now, out: &mut Output) -> Result<(), CliError> {
    let vault = unlock::open(&args.common.vault, now)?;
    // Before a passphrase is asked for that would be thrown away.
    vault.may(Op::AddUser)?;
    let first = unlock::replacement(args.new_passphrase_fd)?;
    let _id = vault.add_user(&args.name, args.role, &first, KdfCost::INTERACTIVE, now)?;
    let name = args.name.trim();
    let text =
        format!("Added {name}, {}. They change the passphrase themselves: diptych user passphrase.", args.role.words());
    said(&vault, &args.common, name, "added", Some(args.role), text, out)
}

fn disable(args: &UserDisable, now: Now, out: &mut Output) -> Result<(), CliError> {
    let vault = unlock::open(&args.common.vault, now)?;
    let user = find(&vault, &args.name)?;
    vault.disable_user(user.id, now)?;
    let text = format!(
        "{0} was disabled: {0}'s passphrase opens this vault no more. Copies and backups from before it still opens.",
        user.login
    );
    said(&vault, &args.common, &user.login, "disabled", None, text, out)
}

fn role(args: &UserRole, now: Now, out: &mut Output) -> Result<(), CliError> {
    let vault = unlock::open(&args.common.vault, now)?;
    let user = find(&vault, &args.name)?;
    vault.set_role(user.id, args.role, now)?;
    let text = format!("{} is {} now.", user.login, args.role.words());
    said(&vault, &args.common, &user.login, "role", Some(args.role), text, out)
}

fn passphrase(args: &UserPassphrase, now: Now, out: &mut Output) -> Result<(), CliError> {
    let by_code = args.common.vault.recovery_code;
    if by_code {
        // Its replacement is shown once.
        output::refuse_nowhere()?;
    }
    let (vault, old) = unlock::open_keeping(&args.common.vault, now)?;
    let new = unlock::replacement(args.new_passphrase_fd)?;
    vault.change_passphrase(old.as_ref(), &new, KdfCost::INTERACTIVE, now)?;
    let login = vault.user().login.as_str();
    if by_code {
        let code = vault.replace_recovery_code(KdfCost::INTERACTIVE, now)?;
        let done = format!(
            "The passphrase of {login} was changed, and the recovery code that was used opens nothing any more"
        );
        let said = if args.common.json {
            let (what, recovery_code) = ("passphrase", Some(code.0.as_str()));
            out.json(&Changed { login, what, role: None, recovery_code_was_used: false, recovery_code })
        } else {
            out.line(format!("{done}.")).and_then(|()| show(&code, out))
        };
        return handed_over(said, &vault, done, out);
    }
    let text = format!("The passphrase of {login} was changed. The old one opens nothing any more.");
    said(&vault, &args.common, login, "passphrase", None, text, out)
}

fn reset(args: &UserReset, now: Now, out: &mut Output) -> Result<(), CliError> {
    let vault = unlock::open(&args.common.vault, now)?;
    // Before a passphrase is asked for that would be thrown away.
    vault.may(Op::ResetPassphrase)?;
    let user = find(&vault, &args.name)?;
    let new = unlock::replacement(args.new_passphrase_fd)?;
    vault.reset_passphrase(user.id, &new, KdfCost::INTERACTIVE, now)?;
    let text = format!(
        "{0} has a new passphrase, which {0} changes: diptych user passphrase. The old one opens this vault no more.",
        user.login
    );
    said(&vault, &args.common, &user.login, "passphrase", None, text, out)
}

fn recovery(args: &UserCommon, now: Now, out: &mut Output) -> Result<(), CliError> {
    output::refuse_nowhere()?;
    let (vault, _) = unlock::open_keeping(&args.vault, now)?;
    let code = vault.replace_recovery_code(KdfCost::INTERACTIVE, now)?;
    let said = if args.json {
        out.json(&Renewed { recovery_code: &code.0 })
    } else {
        out.line("The old recovery code opens nothing any more.").and_then(|()| show(&code, out))
    };
    handed_over(said, &vault, "The old recovery code opens nothing any more".to_owned(), out)
}

/// A user who comes in, by name.
fn find(vault: &Vault, name: &str) -> Result<Member, CliError> {
    let found = vault.users()?.into_iter().find(|user| user.login == name.trim() && !user.disabled);
    found.ok_or_else(|| VaultError::UnknownLogin.into())
}

/// What was done, and what is to be done next.
fn said(
    vault: &Vault,
    args: &UserCommon,
    login: &str,
    what: &'static str,
    role: Option<Role>,
    text: String,
    out: &mut Output,
) -> Result<(), CliError> {
    let used = vault.recovery_code_was_used()?;
    if args.json {
        return out.json(&Changed { login, what, role, recovery_code_was_used: used, recovery_code: None });
    }
    out.line(text)?;
    if used { out.line(RENEW) } else { Ok(()) }
}

/// Whether a code that was just shown has left this program: it can be shown only once. If it has not, the vault asks for
/// another from now on.
pub fn handed_over(said: Result<(), CliError>, vault: &Vault, done: String, out: &mut Output) -> Result<(), CliError> {
    if said.and_then(|()| out.finish()).is_ok() {
        return Ok(());
    }
    // What was not marked is said all the same.
    let _ = vault.recovery_code_was_lost();
    Err(CliError::Failed(format!(
        "{done}, but the new recovery code could not be written to standard output: nobody has seen it, and it cannot be shown again. Make another one now: diptych user recovery --vault {}",
        vault.dir().display()
    )))
}

/// Shows a code, the only time it can be shown.
pub fn show(code: &RecoveryCode, out: &mut Output) -> Result<(), CliError> {
    out.line("")?;
    out.line("Recovery code, shown only now. Write it down and keep it away from this computer:")?;
    out.line("")?;
    out.line(format!("    {}", *code.0))
}
