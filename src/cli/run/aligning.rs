//! Photos that came to another place have another reference: what changes a place on the command line aligns them, as the
//! window does.

use crate::align;
use crate::cli::error::CliError;
use crate::cli::output;
use crate::clock::Now;
use crate::progress::Progress;
use crate::vault::{Op, UndoId, Vault};

/// After the latest change of this user, where it was made.
pub(super) fn latest(
    done: Result<bool, CliError>,
    vault: &Vault,
    now: Now,
    progress: &Progress,
) -> Result<(), CliError> {
    if done? && let Some(change) = vault.last_undoable()? {
        touched(vault, change.id, now, progress);
    }
    Ok(())
}

/// Aligns what a change touched. It is made already, so that whatever goes wrong here is said and no failure of it.
pub(super) fn touched(vault: &Vault, change: UndoId, now: Now, progress: &Progress) {
    let align = || -> Result<(), CliError> {
        vault.may(Op::Align)?;
        for series in vault.series_touched(change)? {
            let _summary = align::align_series(vault, series, now, progress)?;
            let _graded = align::grade_series(vault, series, now, progress)?;
        }
        Ok(())
    };
    if let Err(error) = align() {
        output::complain(&format!("The photos could not be aligned now: {error}"));
    }
}
