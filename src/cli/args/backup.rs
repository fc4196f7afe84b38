//! Flags of `verify`, `backup` and `restore`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};

use super::VaultArgs;
use crate::vault::Sample;

/// `diptych verify`.
#[derive(Debug, ClapArgs)]
pub struct Verify {
    /// The vault.
    #[command(flatten)]
    pub vault: VaultArgs,
    /// Read only this many originals, or this share of them ("10%"), those read longest ago first, and as many of the
    /// documents, other ones each day [default: all].
    #[arg(long, default_value = "all", hide_default_value = true, value_name = "N|PERCENT", value_parser = sample)]
    pub sample: Sample,
    /// Give back the originals and documents that are damaged from the backup in this folder.
    #[arg(long, value_name = "DEST")]
    pub repair_from: Option<PathBuf>,
    /// Machine-readable result.
    #[arg(long)]
    pub json: bool,
}

/// `diptych backup`.
#[derive(Debug, ClapArgs)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Backup {
    /// Folder of the backup: a new one, or the one of last time.
    #[arg(value_name = "DEST")]
    pub dest: Option<PathBuf>,
    /// The vault.
    #[command(flatten)]
    pub vault: VaultArgs,
    /// Machine-readable result.
    #[arg(long)]
    pub json: bool,
    /// What else to do with a backup.
    #[command(subcommand)]
    pub command: Option<BackupCommand>,
}

/// `diptych backup …`.
#[derive(Debug, Subcommand)]
pub enum BackupCommand {
    /// List the generations in a backup.
    List(BackupOf),
    /// Read every file of a backup again and name those that are not what was written.
    Check(BackupOf),
}

/// Which backup, and who opens it; its vault is not needed.
#[derive(Debug, ClapArgs)]
pub struct BackupOf {
    /// Folder of the backup.
    #[arg(value_name = "DEST")]
    pub dest: PathBuf,
    /// Who opens it.
    #[command(flatten)]
    pub key: KeyArgs,
    /// Machine-readable result.
    #[arg(long)]
    pub json: bool,
}

/// Who opens a backup.
#[derive(Debug, ClapArgs)]
pub struct KeyArgs {
    /// Login name.
    #[arg(long, default_value = "owner", value_name = "NAME")]
    pub login: String,
    /// Read the passphrase from this file descriptor instead of `DIPTYCH_PASSPHRASE` or a prompt.
    #[arg(long, value_name = "N")]
    pub passphrase_fd: Option<u32>,
    /// Open by the printed recovery code, from `DIPTYCH_RECOVERY_CODE` or a prompt.
    #[arg(long, conflicts_with = "passphrase_fd")]
    pub recovery_code: bool,
}

/// `diptych restore`.
#[derive(Debug, ClapArgs)]
pub struct Restore {
    /// Folder of the backup.
    #[arg(value_name = "DEST")]
    pub dest: PathBuf,
    /// New or empty folder for the restored vault.
    #[arg(value_name = "TO")]
    pub to: PathBuf,
    /// Which generation, by its number in `backup list` [default: the newest].
    #[arg(long, value_name = "N")]
    pub generation: Option<u64>,
    /// Who opens it.
    #[command(flatten)]
    pub key: KeyArgs,
    /// Machine-readable result.
    #[arg(long)]
    pub json: bool,
}

fn sample(text: &str) -> Result<Sample, String> {
    let wrong = || "a number of originals, or a share like 10%".to_owned();
    match text.strip_suffix('%') {
        _ if text == "all" => Ok(Sample::All),
        Some(share) => match share.trim().parse() {
            Ok(share @ 0..=100) => Ok(Sample::Percent(share)),
            _ => Err(wrong()),
        },
        None => text.parse().map(Sample::Count).map_err(|_| wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_a_number_or_a_share() {
        assert_eq!(sample("200"), Ok(Sample::Count(200)));
        assert_eq!(sample("10%"), Ok(Sample::Percent(10)));
        assert_eq!(sample("all"), Ok(Sample::All));
        assert!(sample("101%").is_err() && sample("-1").is_err() && sample("some").is_err());
    }
}
