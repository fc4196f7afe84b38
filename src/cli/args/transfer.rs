//! Flags of `photo move`, `session move` and `patient merge`.

use chrono::NaiveDate;
use clap::{Args as ClapArgs, Subcommand};

use super::{VaultArgs, keyed};
use crate::model::Slot;

/// How a transfer is agreed to and answered.
#[derive(Debug, ClapArgs)]
pub struct Agreement {
    /// Do it although there is something to know about it; without this it is said and nothing is changed.
    #[arg(long)]
    pub yes: bool,
    /// Say what it would mean and do nothing.
    #[arg(long, conflicts_with = "yes")]
    pub dry_run: bool,
    /// Machine-readable result.
    #[arg(long)]
    pub json: bool,
}

/// `diptych photo`.
#[derive(Debug, Subcommand)]
pub enum Photo {
    /// Move a photo to another view, session, series or patient; `undo` takes it back.
    Move(PhotoMove),
}

/// `diptych photo move`.
#[derive(Debug, ClapArgs)]
pub struct PhotoMove {
    /// The vault.
    #[command(flatten)]
    pub vault: VaultArgs,
    /// The photo: its uid as `list --json` prints it, or the first eight or more digits.
    #[arg(value_name = "UID")]
    pub photo: String,
    /// Series it goes to, as `list` prints it, whoever's it is [default: where it is].
    #[arg(long, value_name = "KEY")]
    pub to: Option<String>,
    /// Date of the session it goes to, YYYY-MM-DD [default: its own, within its series].
    #[arg(long, value_name = "DATE")]
    pub date: Option<NaiveDate>,
    /// Which session of that day, from 1.
    #[arg(long, value_name = "N", requires = "date")]
    pub number: Option<usize>,
    /// Name of the view it goes to [default: the one that shows the same].
    #[arg(long, value_name = "NAME", conflicts_with = "no_view")]
    pub view: Option<String>,
    /// Leave it without a view.
    #[arg(long)]
    pub no_view: bool,
    /// primary, alternate or rejected [default: as it is].
    #[arg(long, value_name = "KEY", value_parser = slot)]
    pub slot: Option<Slot>,
    /// Whether to do it, and how to answer.
    #[command(flatten)]
    pub agreement: Agreement,
}

/// `diptych session`.
#[derive(Debug, Subcommand)]
pub enum Session {
    /// Move a session with its photos to another series, of the same or of another patient; `undo` takes it back.
    Move(SessionMove),
}

/// `diptych session move`.
#[derive(Debug, ClapArgs)]
pub struct SessionMove {
    /// The vault.
    #[command(flatten)]
    pub vault: VaultArgs,
    /// The series it is in, as `list` prints it.
    #[arg(value_name = "KEY")]
    pub series: String,
    /// Date of the session, YYYY-MM-DD.
    #[arg(long, value_name = "DATE")]
    pub date: NaiveDate,
    /// Which session of that day, from 1.
    #[arg(long, value_name = "N")]
    pub number: Option<usize>,
    /// Series it goes to, as `list` prints it, whoever's it is.
    #[arg(long, value_name = "KEY")]
    pub to: String,
    /// Whether to do it, and how to answer.
    #[command(flatten)]
    pub agreement: Agreement,
}

/// `diptych patient merge`.
#[derive(Debug, ClapArgs)]
pub struct PatientMerge {
    /// The vault.
    #[command(flatten)]
    pub vault: VaultArgs,
    /// Code of the record that stays, with its name and date of birth.
    #[arg(long, value_name = "CODE")]
    pub keep: String,
    /// Code of the record that is the same person; it leads to the other one from then on.
    #[arg(long, value_name = "CODE")]
    pub other: String,
    /// Whether to do it, and how to answer.
    #[command(flatten)]
    pub agreement: Agreement,
}

fn slot(text: &str) -> Result<Slot, String> {
    keyed(text, Slot::ALL, Slot::key)
}
