//! Users, backups, verification, the audit, and the page with a recovery code.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Context, Reply, said};
use crate::backup::{self, BackupError, Listing};
use crate::clock::Now;
use crate::export::{self, Existing, ExportError, audit, check_file, code_sheet, write_file};
use crate::fsx;
use crate::gui::job::{
    Answer, AuditEntry, Failure, Kept, NotSaved, Outcome, Result as Upkept, UpkeepAnswer, UpkeepJob, UserChange, Work,
};
use crate::gui::screen::settings::AUDIT_PAGE;
use crate::model::BlobId;
use crate::vault::{
    AuditFilter, AuditLine, CheckRequest, Export, Finding, KdfCost, Op, Result, Sample, Vault, VaultError,
};

mod text {
    pub const NOT_REMOVED: &str =
        "The file could not be deleted. It still holds the recovery code: delete it by hand, and empty the bin.";
    pub const REPAIR_STOPPED: &str = "Stopped. What came back until then is kept. Start again for the rest.";
    pub const WHOLE: &str = "All originals are whole: there is nothing to repair.";
}

/// What needs no vault.
pub(super) fn without_vault(job: UpkeepJob, now: Now, reply: &Reply) {
    let answer = match job {
        UpkeepJob::SaveSheet { code, path, replace } => {
            let page = code_sheet::pdf(&code, now.today);
            let saved = write_file(&path, &page, &[], existing(replace)).map_err(not_saved);
            UpkeepAnswer::SheetSaved(path, saved)
        }
        UpkeepJob::RemoveSheet(path) => UpkeepAnswer::SheetRemoved(remove(&path)),
        _ => return,
    };
    reply.send(Answer::Upkeep(answer));
}

pub(super) fn with_vault(job: UpkeepJob, vault: &Vault, context: &Context, reply: &Reply) {
    let now = context.now;
    let answer = match job {
        UpkeepJob::Users => UpkeepAnswer::Users(vault.users().map(Arc::new).map_err(said)),
        UpkeepJob::ChangeUser(change) => UpkeepAnswer::UserChanged(change_user(vault, change, now).map_err(said)),
        UpkeepJob::Kept => UpkeepAnswer::Kept(kept(vault).map(Arc::new).map_err(said)),
        UpkeepJob::Generations(place) => {
            let found = generations(vault, &place);
            UpkeepAnswer::Generations(place, found)
        }
        UpkeepJob::BackUp(place) => UpkeepAnswer::BackedUp(back_up(vault, &place, now, reply).map(Arc::new)),
        UpkeepJob::Verify(sample) => {
            UpkeepAnswer::Verified(verify(vault, sample, now, reply).map(Arc::new).map_err(said))
        }
        UpkeepJob::Repair(place) => UpkeepAnswer::Repaired(repair(vault, &place, now, reply).map(Arc::new)),
        UpkeepJob::Audit { ticket, filter, page } => {
            UpkeepAnswer::Audit(ticket, page, entries(vault, &filter, page).map_err(said))
        }
        UpkeepJob::CheckAudit => {
            UpkeepAnswer::AuditChecked(vault.audit_report(&backup::known_anchors(vault)).map(Arc::new).map_err(said))
        }
        UpkeepJob::ExportAudit { filter, path, replace } => {
            let saved = export_audit(vault, &filter, &path, existing(replace), now).map_err(not_saved);
            UpkeepAnswer::AuditExported(path, saved)
        }
        other => return without_vault(other, now, reply),
    };
    reply.send(Answer::Upkeep(answer));
}

fn change_user(vault: &Vault, change: UserChange, now: Now) -> Result<String> {
    let name = |id| {
        let users = vault.users()?;
        users.into_iter().find(|user| user.id == id).map(|user| user.login).ok_or(VaultError::NotFound)
    };
    Ok(match change {
        UserChange::Add { login, role, passphrase } => {
            let _id = vault.add_user(&login, role, &passphrase, KdfCost::INTERACTIVE, now)?;
            format!("{} was added, {}. They change the passphrase themselves.", login.trim(), role.words())
        }
        UserChange::Role(id, role) => {
            vault.set_role(id, role, now)?;
            format!("{} is {} from the next unlocking on.", name(id)?, role.words())
        }
        UserChange::Passphrase(id, passphrase) => {
            vault.reset_passphrase(id, &passphrase, KdfCost::INTERACTIVE, now)?;
            format!("{} has a new passphrase. The old one opens this vault no more.", name(id)?)
        }
        UserChange::Disable(id) => {
            vault.disable_user(id, now)?;
            format!("{} was disabled, and the records moved under a new key.", name(id)?)
        }
    })
}

pub(super) fn kept(vault: &Vault) -> Result<Kept> {
    let backup = vault.last_backup()?;
    let place = vault.backup_place()?.or_else(|| backup.as_ref().map(|last| last.place.clone()));
    let unreadable = vault.findings_left()?.unreadable_volumes.len();
    Ok(Kept { place, backup, check: vault.last_check()?, unreadable })
}

/// What lies in a folder; none when it holds no backup yet.
fn generations(vault: &Vault, place: &Path) -> Outcome<Option<Arc<Listing>>> {
    let listed = vault.backup_key().map_err(BackupError::from).and_then(|key| backup::list(place, &key));
    match listed {
        Ok(listing) if listing.generations.is_empty() && listing.unreadable.is_empty() => Ok(None),
        Ok(listing) => Ok(Some(Arc::new(listing))),
        Err(BackupError::Nothing) => Ok(None),
        // A folder of its own is made for a new backup, beside what is there.
        Err(BackupError::Io(std::io::ErrorKind::NotFound)) if fsx::folder_of(place).is_dir() => Ok(None),
        Err(error) => Err(Failure(error.user_message())),
    }
}

fn back_up(vault: &Vault, place: &Path, now: Now, reply: &Reply) -> Outcome<Upkept> {
    let progress = reply.progress(Work::BackUp);
    let made = || -> std::result::Result<_, BackupError> {
        vault.may(Op::BackUp)?;
        let mut made = backup::snapshot(vault, place, now, &progress)?;
        match vault.keep_backup_place(&made.last.place) {
            // The backup is complete all the same, and says so.
            Err(VaultError::DiskFull) => made.unremembered = true,
            other => other?,
        }
        Ok(made)
    };
    let made = made().map_err(|error| Failure(error.user_message()))?;
    let is_clean =
        made.damaged.is_empty() && made.unreadable.is_empty() && made.holding.is_empty() && !made.history_differs;
    Ok(Upkept { sentence: made.sentence(), findings: Vec::new(), is_clean })
}

fn verify(vault: &Vault, sample: Sample, now: Now, reply: &Reply) -> Result<Upkept> {
    let progress = reply.progress(Work::Verify);
    let request = CheckRequest { sample, anchors: backup::known_anchors(vault) };
    let report = vault.check(&request, now, &progress)?;
    let findings = report.findings.iter().enumerate();
    let findings: Vec<String> = findings.map(|(i, finding)| worded(vault, finding, i < MOST_NAMED)).collect();
    Ok(Upkept { sentence: format!("{}.", report.sentence()), is_clean: findings.is_empty(), findings })
}

/// Finds out what is damaged, has it back from the backup in `place`, and looks again.
fn repair(vault: &Vault, place: &Path, now: Now, reply: &Reply) -> Outcome<Upkept> {
    let progress = reply.progress(Work::Repair);
    let mended = || -> std::result::Result<Upkept, BackupError> {
        vault.may(Op::Repair)?;
        // A folder that is no backup says so before everything is read.
        let anchors = backup::anchors(place, &vault.backup_key()?)?;
        let request = CheckRequest { sample: Sample::All, anchors };
        let before = vault.check(&request, now, &progress)?;
        if before.findings.is_empty() {
            return Ok(Upkept { sentence: text::WHOLE.to_owned(), findings: Vec::new(), is_clean: true });
        }
        let repaired = backup::repair(vault, &before, place, now, &progress)?;
        // What waited for a volume that is whole again.
        let _waiting = vault.finish_erasures(now, &progress)?;
        let after = vault.check(&request, now, &progress)?;
        let came_back = repaired.restored.iter().map(|id| format!("{} came back from the backup.", named(vault, *id)));
        let lost = repaired.lost.iter().map(|id| {
            format!(
                "{} is in no backup here: look for the card it came from, or try another backup.",
                named(vault, *id)
            )
        });
        let others = after.findings.iter().filter(|finding| finding.original().is_none());
        let documents = repaired.documents.iter().map(|id| format!("Document {} came back from the backup.", id.0));
        let findings: Vec<String> =
            lost.chain(others.map(Finding::sentence)).chain(came_back).chain(documents).collect();
        Ok(Upkept { sentence: repaired.sentence(), findings, is_clean: after.findings.is_empty() })
    };
    mended().map_err(|error| match error {
        BackupError::Cancelled => Failure(text::REPAIR_STOPPED.to_owned()),
        error => Failure(error.user_message()),
    })
}

/// Findings whose originals are looked up: a whole volume may be missing, and nobody reads ten thousand lines.
const MOST_NAMED: usize = 300;

/// A finding, with the original it is about as a person knows it.
fn worded(vault: &Vault, finding: &Finding, is_named: bool) -> String {
    let sentence = finding.sentence();
    match finding.original().filter(|_| is_named) {
        Some(of) => sentence.replacen(&format!("Original {}", of.blob.0), &named(vault, of.blob), 1),
        None => sentence,
    }
}

/// An original as a person knows it: its number, whose photo it is, and the name its file had.
fn named(vault: &Vault, id: BlobId) -> String {
    let known = || -> Result<Option<String>> {
        let of = vault.users_of(id)?;
        let Some(&photo) = of.photos.first() else {
            let item = vault.tray()?.into_iter().find(|item| Some(item.id) == of.tray);
            return Ok(item.map(|item| format!("{}, in the tray", item.file_name.0)));
        };
        let photo = vault.photo(photo)?;
        Ok(Some(format!("{}, {}", vault.patient(photo.patient)?.code.0, photo.file_name.0)))
    };
    match known() {
        Ok(Some(known)) => format!("Original {} ({known})", id.0),
        // Erased meanwhile, or nobody's.
        _ => format!("Original {}", id.0),
    }
}

fn entries(vault: &Vault, filter: &AuditFilter, page: u32) -> Result<(u32, Vec<AuditEntry>)> {
    let lines = vault.audit_log(filter, page * AUDIT_PAGE, AUDIT_PAGE)?;
    Ok((vault.audit_count(filter)?, lines.into_iter().map(entry).collect()))
}

fn entry(line: AuditLine) -> AuditEntry {
    let patients = line.about();
    let AuditLine { row, login, what, details, .. } = line;
    AuditEntry { seq: row.seq, when: row.at.to_local(), who: login, what, details, patients }
}

fn export_audit(
    vault: &Vault,
    filter: &AuditFilter,
    path: &Path,
    existing: Existing,
    now: Now,
) -> std::result::Result<usize, ExportError> {
    vault.may(Op::Export)?;
    check_file(path, &[], existing)?;
    let rows = audit::rows(vault, filter, None)?;
    let table = format!("{}{}", audit::BYTE_ORDER_MARK, audit::csv(&rows));
    vault.record_export(Export::Audit, &[], now)?;
    export::write_file(path, table.as_bytes(), &[], existing)?;
    Ok(rows.len())
}

/// Overwrites the page before it is removed; what a disk keeps of it elsewhere is not promised.
fn remove(path: &PathBuf) -> Outcome<()> {
    let blanked = fs::metadata(path).and_then(|file| {
        let file_length = usize::try_from(file.len()).unwrap_or_default();
        let mut file = fs::OpenOptions::new().write(true).open(path)?;
        std::io::Write::write_all(&mut file, &vec![0; file_length])?;
        file.sync_all()
    });
    let removed = fs::remove_file(path);
    match (blanked, removed) {
        (_, Ok(())) => Ok(()),
        (_, Err(error)) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        _ => Err(Failure(text::NOT_REMOVED.to_owned())),
    }
}

pub(super) fn existing(replace: bool) -> Existing {
    if replace { Existing::Replace } else { Existing::Keep }
}

pub(super) fn not_saved(error: ExportError) -> NotSaved {
    match error {
        ExportError::Exists => NotSaved::Exists,
        error => NotSaved::Failed(Failure(error.user_message())),
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use iced::futures::channel::mpsc;

    use super::*;
    use crate::vault::Passphrase;

    #[test]
    fn a_backup_whose_place_finds_no_room_in_the_vault_is_said_to_be_complete() {
        let folder = tempfile::tempdir().expect("a folder");
        let now = Now::fixed(NaiveDate::from_ymd_opt(2026, 3, 2).expect("a date"));
        let secret = Passphrase::new("secret");
        let made = Vault::create(&folder.path().join("vault"), "anna", &secret, KdfCost::TESTS, now);
        let (vault, _code) = made.expect("created");
        vault.fill_settings();
        let (sender, _window) = mpsc::channel(64);
        let done = back_up(&vault, &folder.path().join("usb"), now, &Reply(Arc::new(sender))).expect("backed up");
        assert!(done.sentence.starts_with("Backup 1 complete"), "{}", done.sentence);
        assert!(done.sentence.contains("the vault does not remember it"), "{}", done.sentence);
        assert_eq!(vault.backup_place(), Ok(None));
    }
}
