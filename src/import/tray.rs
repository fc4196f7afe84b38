//! The vault's tray as a source: originals that an import stored and did not file, or that an undo gave back.

use super::scan::{Found, Refusal, Refused, Scan, look_at_bytes};
use crate::model::Redacted;
use crate::progress::Progress;
use crate::vault::{Vault, VaultError};

/// Stands for the name of an original whose file nobody knows any more.
const NAMELESS: &str = "original";

/// Looks at every original in the tray, as [`super::scan()`] does at files. Damaged ones are refused and stay there.
pub fn tray(vault: &Vault, progress: &Progress) -> Result<Scan, VaultError> {
    let items = vault.tray()?;
    let total = items.len() as u64;
    let mut out = Scan::default();
    progress.report("Looking at files", 0, total);
    for (i, item) in items.into_iter().enumerate() {
        if progress.is_cancelled() {
            out.cancelled = true;
            break;
        }
        let name = if item.file_name.0.is_empty() { NAMELESS } else { item.file_name.0.as_str() };
        let path = Redacted(name.into());
        let looked = match vault.tray_original(item.id) {
            Ok(bytes) => look_at_bytes(&path, &bytes),
            Err(VaultError::Damaged(_)) => Err(Refusal::Damaged),
            Err(error) => return Err(error),
        };
        match looked {
            Ok(found) => out.found.push(Found { tray: Some(item.id), ..found }),
            Err(reason) => out.refused.push(Refused { path, reason }),
        }
        progress.report("Looking at files", i as u64 + 1, total);
    }
    out.found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(out)
}
