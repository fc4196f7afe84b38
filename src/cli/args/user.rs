//! Flags of `user`.

use clap::{Args as ClapArgs, Subcommand};

use super::{VaultArgs, keyed};
use crate::vault::Role;

/// `diptych user`.
#[derive(Debug, Subcommand)]
pub enum User {
    /// List who works or worked with the vault.
    List(UserCommon),
    /// Add a user with a first passphrase, which they change themselves.
    Add(UserAdd),
    /// Keep a user out from now on: the records move under a new key. Cannot be taken back.
    Disable(UserDisable),
    /// Give a user another role.
    Role(UserRole),
    /// Change the passphrase of the user who opens the vault.
    Passphrase(UserPassphrase),
    /// Give another user a new passphrase, when they forgot theirs; the old one opens nothing any more.
    Reset(UserReset),
    /// Make a new recovery code and print it, once; the old one opens nothing any more.
    Recovery(UserCommon),
}

/// The vault and how to answer.
#[derive(Debug, ClapArgs)]
pub struct UserCommon {
    /// The vault.
    #[command(flatten)]
    pub vault: VaultArgs,
    /// Machine-readable result.
    #[arg(long)]
    pub json: bool,
}

/// `diptych user add`.
#[derive(Debug, ClapArgs)]
pub struct UserAdd {
    /// The new user's login name; it stands in clear in the vault's key file.
    #[arg(value_name = "NAME")]
    pub name: String,
    /// owner, clinician, assistant or viewer.
    #[arg(long, value_name = "ROLE", value_parser = role)]
    pub role: Role,
    /// The vault and how to answer.
    #[command(flatten)]
    pub common: UserCommon,
    /// Read the new user's passphrase from this file descriptor instead of `DIPTYCH_NEW_PASSPHRASE` or a prompt.
    #[arg(long, value_name = "N")]
    pub new_passphrase_fd: Option<u32>,
}

/// `diptych user disable`.
#[derive(Debug, ClapArgs)]
pub struct UserDisable {
    /// The user's login name.
    #[arg(value_name = "NAME")]
    pub name: String,
    /// The vault and how to answer.
    #[command(flatten)]
    pub common: UserCommon,
}

/// `diptych user role`.
#[derive(Debug, ClapArgs)]
pub struct UserRole {
    /// The user's login name.
    #[arg(value_name = "NAME")]
    pub name: String,
    /// owner, clinician, assistant or viewer.
    #[arg(value_name = "ROLE", value_parser = role)]
    pub role: Role,
    /// The vault and how to answer.
    #[command(flatten)]
    pub common: UserCommon,
}

/// `diptych user passphrase`.
#[derive(Debug, ClapArgs)]
pub struct UserPassphrase {
    /// The vault and how to answer.
    #[command(flatten)]
    pub common: UserCommon,
    /// Read the new passphrase from this file descriptor instead of `DIPTYCH_NEW_PASSPHRASE` or a prompt.
    #[arg(long, value_name = "N")]
    pub new_passphrase_fd: Option<u32>,
}

/// `diptych user reset`.
#[derive(Debug, ClapArgs)]
pub struct UserReset {
    /// The user's login name.
    #[arg(value_name = "LOGIN")]
    pub name: String,
    /// The vault and how to answer.
    #[command(flatten)]
    pub common: UserCommon,
    /// Read the new passphrase from this file descriptor instead of `DIPTYCH_NEW_PASSPHRASE` or a prompt.
    #[arg(long, value_name = "N")]
    pub new_passphrase_fd: Option<u32>,
}

fn role(text: &str) -> Result<Role, String> {
    keyed(text, Role::ALL, Role::key)
}
