//! Photos that came to another place have another reference: what changes a place on the command line aligns them, as the
//! window does.

use std::collections::BTreeSet;

use crate::align::{self, AlignError};
use crate::cli::error::CliError;
use crate::cli::output;
use crate::clock::Now;
use crate::model::SeriesId;
use crate::progress::Progress;
use crate::vault::{Op, UndoId, Vault, VaultError};

/// After the latest change of this user, where it was made; `left` are series that something was taken from.
pub(super) fn latest(
    done: Result<bool, CliError>,
    vault: &Vault,
    left: &[SeriesId],
    now: Now,
    progress: &Progress,
) -> Result<(), CliError> {
    if done? && let Some(change) = vault.last_undoable()? {
        touched(vault, change.id, left, now, progress);
    }
    Ok(())
}

/// Aligns what a change touched, and what stayed where something was taken away, which may have been the reference of the
/// rest. The change is made already, so that whatever goes wrong here is said and no failure of it.
pub(super) fn touched(vault: &Vault, change: UndoId, left: &[SeriesId], now: Now, progress: &Progress) {
    let align = || -> Result<(), CliError> {
        vault.may(Op::Align)?;
        let all: BTreeSet<SeriesId> = vault.series_touched(change)?.into_iter().chain(left.iter().copied()).collect();
        for series in all {
            let _summary = match align::align_series(vault, series, now, progress) {
                // It came with what was taken back.
                Err(AlignError::Vault(VaultError::NotFound)) => continue,
                other => other?,
            };
            let _graded = align::grade_series(vault, series, now, progress)?;
        }
        Ok(())
    };
    if let Err(error) = align() {
        output::complain(&format!("The photos could not be aligned now: {error}"));
    }
}
