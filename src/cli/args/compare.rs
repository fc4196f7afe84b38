//! The flags of `diptych compare`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::OutputFile;

/// `diptych compare`.
#[derive(Debug, ClapArgs)]
pub struct Compare {
    /// The earlier photo.
    pub before: PathBuf,
    /// The later photo.
    pub after: PathBuf,
    /// Where the picture goes.
    #[command(flatten)]
    pub output: OutputFile,
    /// Label of the earlier photo.
    #[arg(long, default_value = "Before", value_name = "TEXT")]
    pub label_before: String,
    /// Label of the later photo.
    #[arg(long, default_value = "After", value_name = "TEXT")]
    pub label_after: String,
    /// Use an alignment the program is not sure of; look at the picture afterwards.
    #[arg(long)]
    pub accept_suggestion: bool,
    /// Match exposure and colour temperature of the whole frames, half on each side, and mark both halves with what was done.
    #[arg(long = "match")]
    pub matched: bool,
    /// Machine-readable result.
    #[arg(long)]
    pub json: bool,
}
