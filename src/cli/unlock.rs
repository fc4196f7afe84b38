//! Opens the vault a command works on: which folder, which login, which passphrase.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::PathBuf;

use zeroize::Zeroizing;

use super::args::{KeyArgs, VaultArgs};
use super::env;
use super::error::CliError;
use super::output;
use crate::clock::Now;
use crate::vault::{KdfCost, Passphrase, Secret, Vault, VaultError};

/// Longer passphrases are not read.
const LONGEST: usize = 4096;
const NO_TERMINAL: &str = "No passphrase: there is no terminal to ask on. Use --passphrase-fd or DIPTYCH_PASSPHRASE.";

/// The folder of the vault: the flag, or `DIPTYCH_VAULT`.
pub fn folder(args: &VaultArgs) -> Result<PathBuf, CliError> {
    let from_environment = || env::read("DIPTYCH_VAULT").map(PathBuf::from);
    args.vault
        .clone()
        .or_else(from_environment)
        .ok_or_else(|| CliError::Usage("Which vault? Say --vault DIR, or set DIPTYCH_VAULT.".to_owned()))
}

/// Opens the vault.
pub fn open(args: &VaultArgs, now: Now) -> Result<Vault, CliError> {
    let (vault, _) = open_keeping(args, now)?;
    if vault.opened_by_recovery_code() {
        output::complain(
            "Opened with the recovery code: until there is a new passphrase, it lets you look and back up. Set one now, which also replaces the code: diptych user passphrase --recovery-code.",
        );
    }
    Ok(vault)
}

/// Opens the vault and keeps the passphrase it was opened with; there is none after a recovery code.
pub fn open_keeping(args: &VaultArgs, now: Now) -> Result<(Vault, Option<Passphrase>), CliError> {
    let folder = folder(args)?;
    // A folder that is no vault should say so before anybody types a passphrase.
    let known = Vault::peek(&folder)?.logins;
    let (vault, passphrase) = if args.recovery_code {
        (Vault::open_with_recovery_code(&folder, &recovery_code()?.0, now)?, None)
    } else {
        let passphrase = passphrase(args.passphrase_fd)?;
        let vault = Vault::open(&folder, &args.login, &passphrase, now).map_err(|error| match error {
            VaultError::UnknownLogin => CliError::Failed(format!(
                "This vault has no user “{}”. Nothing was changed. Say who you are by --login: {}.",
                args.login,
                known.join(", ")
            )),
            error => error.into(),
        })?;
        (vault, Some(passphrase))
    };
    vault.findings().sentences().iter().for_each(|sentence| output::complain(sentence));
    // Nobody is kept out because better protection could not be written.
    let _ = passphrase.as_ref().map(|typed| vault.strengthen(typed, KdfCost::INTERACTIVE, now));
    Ok((vault, passphrase))
}

/// A passphrase that opens: from the file descriptor, the environment, or typed.
pub fn passphrase(fd: Option<u32>) -> Result<Passphrase, CliError> {
    match given(fd)? {
        Some(passphrase) => Ok(passphrase),
        None => prompt("Passphrase: ", NO_TERMINAL),
    }
}

/// The printed recovery code: from the environment, or typed.
pub fn recovery_code() -> Result<Passphrase, CliError> {
    const NOWHERE: &str = "No recovery code: there is no terminal to ask on. Set DIPTYCH_RECOVERY_CODE.";
    match env::read("DIPTYCH_RECOVERY_CODE") {
        Some(code) => Ok(Passphrase::new(code)),
        None => prompt("Recovery code: ", NOWHERE),
    }
}

/// What opens a backup.
pub enum BackupSecret<'a> {
    /// A login name and its passphrase.
    Passphrase(&'a str, Passphrase),
    /// The printed code.
    RecoveryCode(Passphrase),
}

impl<'a> BackupSecret<'a> {
    /// Asks for it.
    pub fn ask(args: &'a KeyArgs) -> Result<Self, CliError> {
        if args.recovery_code {
            recovery_code().map(Self::RecoveryCode)
        } else {
            passphrase(args.passphrase_fd).map(|typed| Self::Passphrase(&args.login, typed))
        }
    }

    /// As the vault takes it.
    #[must_use]
    pub fn borrowed(&self) -> Secret<'_> {
        match self {
            Self::Passphrase(login, passphrase) => Secret::Passphrase(login, passphrase),
            Self::RecoveryCode(code) => Secret::RecoveryCode(&code.0),
        }
    }
}

/// The passphrase for a new vault, typed twice when it is typed.
pub fn new_passphrase(args: &VaultArgs) -> Result<Passphrase, CliError> {
    let passphrase = match given(args.passphrase_fd)? {
        Some(passphrase) => passphrase,
        None => typed_twice(NO_TERMINAL)?,
    };
    long_enough(passphrase)
}

/// The passphrase that takes the place of another: from the file descriptor, the environment, or typed twice.
pub fn replacement(fd: Option<u32>) -> Result<Passphrase, CliError> {
    let passphrase = match (fd, env::read("DIPTYCH_NEW_PASSPHRASE")) {
        (Some(fd), _) => from_fd(fd)?,
        (None, Some(text)) => Passphrase::new(text),
        (None, None) => typed_twice(
            "No new passphrase: there is no terminal to ask on. Use --new-passphrase-fd or DIPTYCH_NEW_PASSPHRASE.",
        )?,
    };
    long_enough(passphrase)
}

fn typed_twice(no_terminal: &str) -> Result<Passphrase, CliError> {
    let first = prompt("New passphrase: ", no_terminal)?;
    if *prompt("Once more: ", no_terminal)?.0 != *first.0 {
        return Err(CliError::Failed("The two passphrases differ. Nothing was changed.".to_owned()));
    }
    Ok(first)
}

fn long_enough(passphrase: Passphrase) -> Result<Passphrase, CliError> {
    if passphrase.0.is_empty() {
        return Err(CliError::Usage("An empty passphrase protects nothing. Nothing was changed.".to_owned()));
    }
    if passphrase.is_short() { Err(VaultError::ShortPassphrase.into()) } else { Ok(passphrase) }
}

/// From the file descriptor, else from the environment.
fn given(fd: Option<u32>) -> Result<Option<Passphrase>, CliError> {
    match fd {
        Some(fd) => from_fd(fd).map(Some),
        None => Ok(env::read("DIPTYCH_PASSPHRASE").map(Passphrase::new)),
    }
}

fn from_fd(fd: u32) -> Result<Passphrase, CliError> {
    let failed = |_| CliError::Failed(format!("No passphrase could be read from file descriptor {fd}."));
    let mut source: Box<dyn Read> = match fd {
        0 => Box::new(io::stdin()),
        _ => Box::new(File::open(format!("/dev/fd/{fd}")).map_err(failed)?),
    };
    // Byte by byte: a second passphrase may follow on the next line of the same descriptor.
    let (mut line, mut byte) = (Zeroizing::new(Vec::new()), [0]);
    while line.len() < LONGEST && source.read(&mut byte).map_err(failed)? == 1 && byte[0] != b'\n' {
        line.push(byte[0]);
    }
    let line = std::str::from_utf8(&line).map_err(|e| failed(io::Error::other(e)))?;
    Ok(Passphrase::new(line.trim_end_matches('\r')))
}

fn prompt(text: &str, no_terminal: &str) -> Result<Passphrase, CliError> {
    if !io::stdin().is_terminal() {
        return Err(CliError::Usage(no_terminal.to_owned()));
    }
    let typed = rpassword::prompt_password(text)
        .map_err(|_| CliError::Failed("The passphrase could not be read.".to_owned()))?;
    Ok(Passphrase::new(typed))
}
