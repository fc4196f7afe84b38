//! Flags of `audit`.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::Args as ClapArgs;

use super::VaultArgs;
use crate::vault::AuditKind;

/// `diptych audit`.
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Debug, ClapArgs)]
#[command(
    after_help = "Exit codes: 0 ok, with --verify the audit is whole; 1 failed, with --verify it is broken or its \
                        end is missing; 2 usage; 3 refused by a rule."
)]
pub struct Audit {
    /// The vault.
    #[command(flatten)]
    pub vault: VaultArgs,
    /// Walk the whole chain, compare it with the key file, and say where it breaks.
    #[arg(long, conflicts_with_all = ["from", "to", "user", "patient", "op", "limit", "csv", "output"])]
    pub verify: bool,
    /// First day, YYYY-MM-DD.
    #[arg(long, value_name = "DATE")]
    pub from: Option<NaiveDate>,
    /// Last day, YYYY-MM-DD.
    #[arg(long, value_name = "DATE")]
    pub to: Option<NaiveDate>,
    /// Only what this user did.
    #[arg(long, value_name = "LOGIN")]
    pub user: Option<String>,
    /// Only what is about this patient.
    #[arg(long, value_name = "CODE")]
    pub patient: Option<String>,
    /// Only this kind, as `--json` prints it: open-patient, file-photos, unlock and so on.
    #[arg(long, value_name = "KEY", value_parser = kind)]
    pub op: Option<AuditKind>,
    /// At most so many rows, the newest [default: 50 as text, all with --json, --csv or --output].
    #[arg(long, value_name = "N")]
    pub limit: Option<u32>,
    /// Machine-readable result.
    #[arg(long)]
    pub json: bool,
    /// A table for a spreadsheet, without any patient's code.
    #[arg(long, conflicts_with = "json")]
    pub csv: bool,
    /// Write into this file instead; audited like every export.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Replace a file of that name.
    #[arg(long, requires = "output")]
    pub force: bool,
}

fn kind(text: &str) -> Result<AuditKind, String> {
    AuditKind::from_key(&text.to_ascii_lowercase()).ok_or_else(|| {
        let known: Vec<_> = AuditKind::all().map(AuditKind::key).collect();
        format!("known are {}", known.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_a_change_or_an_event() {
        assert_eq!(kind("unlock").map(AuditKind::key), Ok("unlock"));
        assert_eq!(kind("File-Photos").map(AuditKind::key), Ok("file-photos"));
        assert!(kind("nothing").is_err_and(|said| said.contains("open-patient")));
    }
}
