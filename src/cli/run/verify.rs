//! `diptych verify`: reads the originals, says what is damaged, gives it back from a backup when asked to.

use serde::Serialize;

use crate::backup::{self, Repaired};
use crate::cli::args::Verify;
use crate::cli::error::CliError;
use crate::cli::key;
use crate::cli::output::Output;
use crate::cli::unlock;
use crate::clock::Now;
use crate::progress::Progress;
use crate::vault::{CheckReport, CheckRequest, Finding, OriginalRef, Vault};

#[derive(Serialize)]
struct Verified {
    originals: u64,
    checked: u64,
    intact: u64,
    in_tray: usize,
    damaged: Vec<Damaged>,
    findings: Vec<Found>,
    /// The vault's disk has no room to remember this result.
    unremembered: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    repaired: Option<Mended>,
}

#[derive(Serialize)]
struct Damaged {
    series: Option<String>,
    file_name: String,
}

/// A finding for machines.
#[derive(Serialize)]
pub struct Found {
    kind: &'static str,
    text: String,
}

#[derive(Serialize)]
struct Mended {
    restored: usize,
    moved: u64,
    lost: usize,
    documents: usize,
    lost_documents: usize,
    beyond_repair: u64,
}

/// A finding for machines.
pub fn found(finding: &Finding) -> Found {
    Found { kind: finding.key(), text: finding.sentence() }
}

/// Verifies, and repairs when a backup is named.
pub fn run(args: &Verify, now: Now, progress: &Progress, out: &mut Output) -> Result<(), CliError> {
    let vault = unlock::open(&args.vault, now)?;
    let anchors = match &args.repair_from {
        Some(dest) => backup::anchors(dest, &vault.backup_key()?)?,
        None => backup::known_anchors(&vault),
    };
    let request = CheckRequest { sample: args.sample, anchors };
    let mut report = vault.check(&request, now, progress)?;
    let mut repaired = None;
    if let Some(dest) = args.repair_from.as_ref().filter(|_| !report.findings.is_empty()) {
        repaired = Some(backup::repair(&vault, &report, dest, now, progress)?);
        // What waited for a volume that is whole again.
        let _waiting = vault.finish_erasures(now, progress)?;
        report = vault.check(&request, now, progress)?;
    }
    let damaged: Vec<Damaged> = report.damaged().map(|of| damaged(&vault, of)).collect::<Result<_, _>>()?;
    if args.json {
        out.json(&Verified::of(&report, vault.tray()?.len(), damaged, repaired.as_ref()))?;
    } else {
        say(&report, repaired.as_ref(), &damaged, out)?;
    }
    if report.findings.is_empty() {
        return Ok(());
    }
    out.finish()?;
    let any = |is: fn(&Finding) -> bool| report.findings.iter().any(is);
    let advice = match repaired {
        None if any(Finding::is_given_back) => {
            "Nothing that was filed was changed. Give a backup with --repair-from to have damaged originals and documents back."
        }
        _ if !any(Finding::is_given_back) && !any(Finding::is_of_records) => "Nothing that was filed is damaged.",
        None => {
            "Nothing that was filed was changed. What was found is of the records themselves: restore the newest backup to a new folder and compare."
        }
        Some(repaired) if repaired.is_short() => {
            "The backup does not hold everything that is damaged. What is left may be on the card it came from."
        }
        Some(_) => "What is left is of the records themselves. Restore the newest backup to a new folder and compare.",
    };
    Err(CliError::Failed(format!("Not everything is what was stored. {advice}")))
}

impl Verified {
    fn of(report: &CheckReport, in_tray: usize, damaged: Vec<Damaged>, repaired: Option<&Repaired>) -> Self {
        Self {
            originals: report.originals,
            checked: report.checked,
            intact: report.intact(),
            in_tray,
            damaged,
            findings: report.findings.iter().map(found).collect(),
            unremembered: report.unremembered,
            repaired: repaired.map(mended),
        }
    }
}

fn mended(repaired: &Repaired) -> Mended {
    Mended {
        restored: repaired.restored.len(),
        moved: repaired.moved,
        lost: repaired.lost.len(),
        documents: repaired.documents.len(),
        lost_documents: repaired.lost_documents.len(),
        beyond_repair: repaired.beyond,
    }
}

fn say(
    report: &CheckReport,
    repaired: Option<&Repaired>,
    damaged: &[Damaged],
    out: &mut Output,
) -> Result<(), CliError> {
    if let Some(repaired) = repaired {
        out.line(repaired.sentence())?;
    }
    out.line(format!("{}.", report.sentence()))?;
    for finding in &report.findings {
        out.line(finding.sentence())?;
    }
    for damaged in damaged {
        let place = damaged.series.as_deref().unwrap_or("tray");
        out.line(format!("damaged: {place}  {}", damaged.file_name))?;
    }
    Ok(())
}

/// By what a person knows a damaged original.
fn damaged(vault: &Vault, of: &OriginalRef) -> Result<Damaged, CliError> {
    if let Some(&photo) = of.photos.first() {
        let photo = vault.photo(photo)?;
        let patient = vault.patient(photo.patient)?;
        let session_of = |keyed: &key::Keyed| -> Result<bool, CliError> {
            Ok(vault.sessions(keyed.series.id)?.iter().any(|session| session.id == photo.session))
        };
        for keyed in key::series_of(vault, &patient)? {
            if session_of(&keyed)? {
                return Ok(Damaged { series: Some(keyed.key), file_name: photo.file_name.0 });
            }
        }
        return Ok(Damaged { series: None, file_name: photo.file_name.0 });
    }
    let item = vault.tray()?.into_iter().find(|item| Some(item.id) == of.tray);
    Ok(Damaged { series: None, file_name: item.map(|item| item.file_name.0).unwrap_or_default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::UtcMillis;

    #[test]
    fn a_result_that_a_full_disk_does_not_let_the_vault_remember_says_so() {
        for unremembered in [false, true] {
            let (at, day) = (UtcMillis(0), chrono::NaiveDate::default());
            let report = CheckReport { at, day, originals: 3, checked: 2, findings: Vec::new(), unremembered };
            let shown = serde_json::to_value(Verified::of(&report, 1, Vec::new(), None)).expect("JSON");
            let expected = serde_json::json!({
                "originals": 3, "checked": 2, "intact": 2, "in_tray": 1, "damaged": [], "findings": [],
                "unremembered": unremembered
            });
            assert_eq!(shown, expected);
        }
    }
}
