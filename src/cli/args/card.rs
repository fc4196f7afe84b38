//! Flags for a card of several patients.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use crate::import::card::GAP_MINUTES;

/// No clock of a camera is further off than by the date it was made with.
const TEN_YEARS_S: i64 = 10 * 366 * 86_400;

/// How a card of several patients is cut and suggested.
#[derive(Debug, ClapArgs)]
pub struct CardArgs {
    /// Minutes without a photo after which another group begins.
    #[arg(long, value_name = "MINUTES", default_value_t = GAP_MINUTES, conflicts_with = "patient")]
    pub gap: u32,
    /// Seconds to add to the clock of the camera, for the whole card.
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 0,
        allow_negative_numbers = true,
        value_parser = clap::value_parser!(i64).range(-TEN_YEARS_S..=TEN_YEARS_S),
        conflicts_with = "patient"
    )]
    pub clock: i64,
    /// The clinic's list of the day: a CSV with a column "code" and, where there are, "time" and "date" (YYYY-MM-DD); lines
    /// without a date are of the last day on the card.
    #[arg(long, value_name = "FILE", conflicts_with = "patient")]
    pub list: Option<PathBuf>,
    /// Do not compare the photos with those of patients to suggest whose they are.
    #[arg(long, conflicts_with = "patient")]
    pub no_compare: bool,
    /// Go on looking into the folder and copy every photo into the tray as soon as it is whole, until the program is ended
    /// with Ctrl-C. Nothing is filed, and nothing in the folder is changed.
    #[arg(long, conflicts_with_all = ["patient", "tray", "plan", "dry_run", "json"])]
    pub watch: bool,
}
