//! Opens the vault a command works on: which folder, which login, which passphrase.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Read};
use std::path::PathBuf;

use zeroize::Zeroizing;

use super::args::VaultArgs;
use super::env;
use super::error::CliError;
use crate::clock::Now;
use crate::vault::{Passphrase, Vault};

/// Longer passphrases are not read.
const LONGEST: u64 = 4096;

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
    let folder = folder(args)?;
    // A folder that is no vault should say so before anybody types a passphrase.
    let _ = Vault::peek(&folder)?;
    let passphrase = match given(args)? {
        Some(passphrase) => passphrase,
        None => prompt("Passphrase: ")?,
    };
    Ok(Vault::open(&folder, &args.login, &passphrase, now)?)
}

/// The passphrase for a new vault, typed twice when it is typed.
pub fn new_passphrase(args: &VaultArgs) -> Result<Passphrase, CliError> {
    let passphrase = if let Some(passphrase) = given(args)? {
        passphrase
    } else {
        let first = prompt("New passphrase: ")?;
        if *prompt("Once more: ")?.0 != *first.0 {
            return Err(CliError::Failed("The two passphrases differ. Nothing was created.".to_owned()));
        }
        first
    };
    if passphrase.0.is_empty() {
        return Err(CliError::Usage("An empty passphrase protects nothing. Nothing was created.".to_owned()));
    }
    Ok(passphrase)
}

/// From the file descriptor, else from the environment.
fn given(args: &VaultArgs) -> Result<Option<Passphrase>, CliError> {
    match args.passphrase_fd {
        Some(fd) => from_fd(fd).map(Some),
        None => Ok(env::read("DIPTYCH_PASSPHRASE").map(Passphrase::new)),
    }
}

fn from_fd(fd: u32) -> Result<Passphrase, CliError> {
    let failed = |_| CliError::Failed(format!("No passphrase could be read from file descriptor {fd}."));
    let source: Box<dyn Read> = match fd {
        0 => Box::new(io::stdin()),
        _ => Box::new(File::open(format!("/dev/fd/{fd}")).map_err(failed)?),
    };
    let mut line = Zeroizing::new(String::new());
    let _ = BufReader::new(source.take(LONGEST)).read_line(&mut line).map_err(failed)?;
    Ok(Passphrase::new(line.trim_end_matches(['\r', '\n'])))
}

fn prompt(text: &str) -> Result<Passphrase, CliError> {
    if !io::stdin().is_terminal() {
        return Err(CliError::Usage(
            "No passphrase: there is no terminal to ask on. Use --passphrase-fd or DIPTYCH_PASSPHRASE.".to_owned(),
        ));
    }
    let typed = rpassword::prompt_password(text)
        .map_err(|_| CliError::Failed("The passphrase could not be read.".to_owned()))?;
    Ok(Passphrase::new(typed))
}
