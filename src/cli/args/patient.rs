//! Flags of `diptych patient`.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::Args as ClapArgs;

use super::{VaultArgs, day, skin_type};
use crate::model::Fitzpatrick;

/// `diptych patient card`.
#[derive(Debug, ClapArgs)]
pub struct PatientCard {
    /// The vault.
    #[command(flatten)]
    pub vault: VaultArgs,
    /// The patient's code.
    #[arg(long)]
    pub code: String,
    /// The PDF.
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
    /// Replace a file that is there.
    #[arg(long)]
    pub force: bool,
}

/// `diptych patient add`.
#[derive(Debug, ClapArgs)]
pub struct PatientAdd {
    /// The vault.
    #[command(flatten)]
    pub vault: VaultArgs,
    /// The clinic's own number, unique in the vault.
    #[arg(long)]
    pub code: String,
    /// Given names.
    #[arg(long, default_value = "")]
    pub given: String,
    /// Family name.
    #[arg(long, default_value = "")]
    pub family: String,
    /// Date of birth, YYYY-MM-DD.
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub birth: Option<NaiveDate>,
    /// Fitzpatrick skin type, I–VI.
    #[arg(long, value_name = "TYPE", value_parser = skin_type)]
    pub skin_type: Option<Fitzpatrick>,
}

/// `diptych patient edit`: what is not named stays as it is.
#[derive(Debug, ClapArgs)]
pub struct PatientEdit {
    /// The vault.
    #[command(flatten)]
    pub vault: VaultArgs,
    /// The patient's code.
    #[arg(long, value_name = "CODE")]
    pub patient: String,
    /// Another code.
    #[arg(long)]
    pub code: Option<String>,
    /// Given names.
    #[arg(long)]
    pub given: Option<String>,
    /// Family name.
    #[arg(long)]
    pub family: Option<String>,
    /// Date of birth, YYYY-MM-DD.
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub birth: Option<NaiveDate>,
    /// Fitzpatrick skin type, I–VI.
    #[arg(long, value_name = "TYPE", value_parser = skin_type)]
    pub skin_type: Option<Fitzpatrick>,
}

/// `diptych patient list`.
#[derive(Debug, ClapArgs)]
pub struct PatientList {
    /// The vault.
    #[command(flatten)]
    pub vault: VaultArgs,
    /// Part of a name or code.
    #[arg(default_value = "")]
    pub search: String,
    /// Machine-readable result.
    #[arg(long)]
    pub json: bool,
}
