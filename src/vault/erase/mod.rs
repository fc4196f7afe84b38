//! Erasure: a patient is forgotten for good, and nobody else loses anything.
//!
//! Six steps. The erasure is announced in the catalog; the volumes that hold an original of the patient are copied without
//! it, and every copied original is read back; the switch, one catalog transaction, points everybody else's records to
//! the copies, removes all of the patient, keeps a tombstone without a name and drops the keys of the old volumes; what was
//! derived is forgotten: pictures, search keys, free pages and logs; the files of the old volumes are overwritten and
//! removed; the erasure is entered as finished. Stopped before the switch by an error or by a person it is taken back;
//! after a crash the next opening finishes it, whatever step it had come to.
//!
//! A volume that is missing or damaged cannot be copied: the patient leaves the records all the same, the rows that are
//! to go are noted, and the erasure waits for the repair, which every opening says.
//!
//! Deleted rows are overwritten in their database (`secure_delete`). SQLite does not promise that of copies which moving
//! cells between pages may leave, so a catalog up to [`COMPACTED_UP_TO`] is written anew as well; above that `VACUUM` would
//! need too much memory, because nothing temporary may touch the disk. The log beside the catalog is emptied, not overwritten, and on flash
//! memory nothing can be: what stays in free blocks of the disk is encrypted. Originals in the tray belong to nobody yet
//! and stay; those with the same bytes are counted for a person to look at.

mod records;
mod volumes;

use std::sync::MutexGuard;
use std::sync::atomic::Ordering;

use rusqlite::{Connection, TransactionBehavior, params};

use super::blob::{OpenVolume, file_name};
use super::error::{Result, VaultError};
use super::keys::slot::Passphrase;
use super::op::Op;
use super::pool::{self, lock};
use super::search::mentions;
use super::snapshot::Tombstone;
use super::table::erasure::{self, Begun};
use super::table::{blob, due, merge};
use super::{AuditEvent, Vault, audit, draft, journal, recorder};
use crate::clock::Now;
use crate::fsx;
use crate::model::{Patient, PatientId, VolumeId};
use crate::moment;
use crate::progress::Progress;
use volumes::{Plan, Replacement, Rows};

/// Bytes up to which the catalog is written anew: it is all in memory meanwhile.
const COMPACTED_UP_TO: i64 = 128 << 20;
/// Times the copying is begun again because the patient's photos were changed meanwhile.
const ATTEMPTS: usize = 3;
const LONGEST_REASON: usize = 500;
const SAME_BYTES: &str = include_str!("same_bytes.sql");

/// What an erasure did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erased {
    /// All that is left of the patient: one for each record that was found to be theirs, their own first.
    pub tombstones: Vec<Tombstone>,
    /// Originals that were theirs alone.
    pub originals: u64,
    /// Originals of others that lay beside them and were moved.
    pub moved: u64,
    /// Originals of others that have the same bytes as one of the patient's; they stay.
    pub kept_elsewhere: u32,
    /// Documents of others that have the same bytes as one of the patient's; they stay.
    pub documents_elsewhere: u32,
    /// Originals in the tray with the same bytes. They belong to nobody yet: a person has to look at them.
    pub in_tray: u32,
    /// Published pairs that are not withdrawn: the vault no longer knows whose they were, the website still shows them.
    pub published: u32,
    /// Volumes that are missing or damaged and may still hold bytes of the patient.
    pub waiting: Vec<VolumeId>,
    /// Why what is left is done at the next opening, if anything is.
    pub unfinished: Option<VaultError>,
}

/// A moment at which the program may be killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The erasure stands in the catalog.
    Announced,
    /// A new volume is there and empty.
    Begun,
    /// Everybody else's originals are in new volumes and were read back.
    Copied,
    /// The records say so.
    Switched,
    /// Pictures, keys and free pages are gone.
    Forgotten,
    /// A file of an old volume is zeros.
    Overwritten,
    /// All of them are gone.
    Removed,
    /// It is entered.
    Finished,
}

impl Step {
    const fn words(self) -> &'static str {
        match self {
            Self::Announced => "an erasure is announced",
            Self::Begun => "a volume for those who stay is there",
            Self::Copied => "those who stay are in new volumes",
            Self::Switched => "the records point to the new volumes",
            Self::Forgotten => "pictures, keys and free pages are gone",
            Self::Overwritten => "an old volume is overwritten",
            Self::Removed => "the old volumes are gone",
            Self::Finished => "an erasure is entered as finished",
        }
    }
}

impl Vault {
    /// Erases a patient and everything of theirs, for good; for an owner who gives their passphrase again and a reason.
    ///
    /// The reason stays and must not name the patient. An error before the switch leaves everything as it was. Nothing is
    /// received meanwhile: whoever imports waits.
    pub fn erase_patient(
        &self,
        patient: PatientId,
        reason: &str,
        passphrase: &Passphrase,
        now: Now,
        progress: &Progress,
    ) -> Result<Erased> {
        self.may(Op::Erase)?;
        self.confirm_passphrase(passphrase, now)?;
        self.erase_by_steps(patient, reason, now, progress, &mut |_| {})
    }

    pub(super) fn erase_by_steps(
        &self,
        patient: PatientId,
        reason: &str,
        now: Now,
        progress: &Progress,
        at: &mut dyn FnMut(Step),
    ) -> Result<Erased> {
        // Whoever was merged is one person: with the record goes every record that was found to be theirs. The person first,
        // so that a withdrawal which stands in another record never goes before what it forbids.
        let records = self.inner.readers.read(|conn| {
            let person = merge::person_of(conn, patient)?;
            let merged = merge::merged_into(conn, person)?.into_iter().map(|record| record.id);
            Ok([person].into_iter().chain(merged).collect::<Vec<_>>())
        })?;
        let mut reason = reason;
        for &record in &records {
            reason = checked_reason(&self.patient(record)?, reason)?;
        }
        let mut erasing = self.erasing(now, progress, at);
        let begun = erasing.begun(&records, reason)?;
        let mut erased = match erasing.remove(&begun[0].0) {
            Ok(erased) => erased,
            Err(error) => {
                // Should this fail too, the next opening finishes what was asked for. What waited before goes on waiting.
                if erasing.take_back(&begun).is_err() {
                    tracing::warn!("an erasure could not be taken back");
                }
                return Err(error);
            }
        };
        // From here on there is no way back: what fails is done by the next opening, in the same order.
        erased.unfinished = erasing.clean_up(&begun[0].0, true).err();
        for (record, _) in &begun[1..] {
            match erasing.remove(record) {
                Ok(more) => erased.add(more),
                Err(error) => {
                    erased.unfinished = Some(error);
                    break;
                }
            }
            if let Err(error) = erasing.clean_up(record, true) {
                erased.unfinished = Some(error);
            }
        }
        Ok(erased)
    }

    /// Goes on with every erasure that was begun; returns how many still wait, for a volume or for room on the disk.
    pub fn finish_erasures(&self, now: Now, progress: &Progress) -> Result<u32> {
        let unfinished = self.inner.readers.read(erasure::unfinished)?;
        let mut waiting = 0;
        for (done, begun) in unfinished.iter().enumerate() {
            let mut nothing = |_| {};
            let mut erasing = self.erasing(now, progress, &mut nothing);
            match erasing.go_on(begun).and_then(|changed| erasing.clean_up(begun, changed)) {
                Ok(true) => {}
                Ok(false) => waiting += 1,
                Err(_) => {
                    // The rest waits too: a record that was merged, and a withdrawal in it, never goes before the person.
                    waiting += (unfinished.len() - done) as u32;
                    break;
                }
            }
        }
        if waiting > 0 {
            tracing::warn!("an erasure waits");
        }
        Ok(waiting)
    }

    /// At an opening, which nothing of this keeps shut.
    pub(super) fn resume_erasures(&self, now: Now) -> u32 {
        let progress = Progress::silent();
        let waiting = self.finish_erasures(now, &progress).unwrap_or(1);
        // Of an erasure that was taken back a file may be left over, which no key opens any more.
        if self.erasing(now, &progress, &mut |_| {}).remove_files().is_err() {
            tracing::warn!("an old photo volume could not be removed");
        }
        waiting
    }

    fn erasing<'a>(&'a self, now: Now, progress: &'a Progress, at: &'a mut dyn FnMut(Step)) -> Erasing<'a> {
        Erasing { vault: self, open: self.inner.volumes.hold(), now, progress, at }
    }
}

/// An erasure under way. Nobody stores an original meanwhile.
struct Erasing<'a> {
    vault: &'a Vault,
    open: MutexGuard<'a, Option<OpenVolume>>,
    now: Now,
    progress: &'a Progress,
    at: &'a mut dyn FnMut(Step),
}

impl Erasing<'_> {
    fn reached(&mut self, step: Step) {
        moment::pass(step.words());
        (self.at)(step);
    }

    /// Step 1, for all of a person's records at once; those that wait since an earlier opening are taken up and are not new.
    fn begun(&mut self, records: &[PatientId], reason: &str) -> Result<Vec<(Begun, bool)>> {
        let begun = {
            let mut conn = lock(&self.vault.inner.writer);
            let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let unfinished = erasure::unfinished(&tx)?;
            let by = self.vault.inner.user.id;
            let mut begun = Vec::new();
            for &patient in records {
                if let Some(earlier) = unfinished.iter().find(|begun| begun.of.patient == patient) {
                    begun.push((*earlier, false));
                    continue;
                }
                let new = erasure::begin(&tx, patient, reason, by, self.now.at)?;
                self.note(&tx, AuditEvent::ErasureBegun, &new)?;
                begun.push((new, true));
            }
            tx.commit()?;
            begun
        };
        self.reached(Step::Announced);
        Ok(begun)
    }

    /// One audit row about an erasure.
    fn note(&self, conn: &Connection, event: AuditEvent, begun: &Begun) -> Result<()> {
        let subject = format!("{{\"patient\":[{}],\"erasure\":{}}}", begun.of.patient.0, begun.id);
        let _seq = audit::append(conn, self.now.at, self.vault.inner.user.id, event, subject)?;
        Ok(())
    }

    /// Steps 2 and 3.
    fn remove(&mut self, begun: &Begun) -> Result<Erased> {
        for _ in 0..ATTEMPTS {
            self.discard()?;
            let plan = self.plan(begun.of.patient)?;
            let (replaced, waiting) = self.replace_all(&plan)?;
            self.reached(Step::Copied);
            if let Some(erased) = self.switch(begun, &plan, &replaced, &waiting)? {
                self.reached(Step::Switched);
                return Ok(erased);
            }
        }
        Err(VaultError::Refused("the photos of this patient are being changed all the time"))
    }

    /// What a crash, or a volume that could not be read, left of steps 2 and 3; false when it is the volume that is still
    /// waited for.
    fn go_on(&mut self, begun: &Begun) -> Result<bool> {
        let of = begun.of;
        let is_there = match self.vault.patient(of.patient) {
            Ok(patient) => patient.uid == of.uid,
            Err(VaultError::NotFound) => false,
            Err(error) => return Err(error),
        };
        if is_there {
            return self.remove(begun).map(|_| true);
        }
        self.discard()?;
        let waiting = self.vault.inner.readers.read(|conn| erasure::waiting(conn, begun.id))?;
        let mut changed = waiting.is_empty();
        for volume in waiting {
            let gone = self.vault.inner.readers.read(|conn| erasure::waiting_rows(conn, volume))?;
            match self.replace(volume, &gone.into_iter().collect()) {
                Ok(replacement) => {
                    let mut conn = lock(&self.vault.inner.writer);
                    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
                    if replacement.is_current(&tx)? {
                        replacement.settle(&tx, self.now.at)?;
                        tx.commit()?;
                        changed = true;
                    }
                }
                Err(VaultError::Damaged(_)) => self.discard()?,
                Err(error) => return Err(error),
            }
        }
        Ok(changed)
    }

    /// Step 3: one transaction. None when the patient's photos are others than those that were planned for.
    fn switch(
        &mut self,
        begun: &Begun,
        plan: &Plan,
        replaced: &[Replacement],
        waiting: &Rows,
    ) -> Result<Option<Erased>> {
        let patient = begun.of.patient;
        let mut conn = lock(&self.vault.inner.writer);
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        recorder::clear(&tx)?;
        let mut is_current = blob::of_patient(&tx, patient)? == plan.originals;
        for replacement in replaced {
            is_current &= replacement.is_current(&tx)?;
        }
        if !is_current {
            return Ok(None);
        }
        let (kept_elsewhere, in_tray, documents_elsewhere) =
            tx.query_row(SAME_BYTES, params![patient.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let published = erasure::published(&tx, patient)?;
        records::remove(&tx, patient)?;
        draft::forget(&tx)?;
        for (original, _) in &plan.originals {
            blob::remove(&tx, *original)?;
        }
        for replacement in replaced {
            replacement.settle(&tx, self.now.at)?;
        }
        for (&volume, rows) in waiting {
            blob::close_volume(&tx, volume)?;
            for &row in rows {
                erasure::wait(&tx, begun.id, volume, row)?;
            }
        }
        due::settle(&tx)?;
        let subject = recorder::subject(&tx, &recorder::recorded(&tx)?, None)?;
        recorder::clear(&tx)?;
        let _seq = audit::append(&tx, self.now.at, self.vault.inner.user.id, Op::Erase, subject)?;
        tx.commit()?;
        let _before = self.vault.inner.generation.fetch_add(1, Ordering::AcqRel);
        Ok(Some(Erased {
            tombstones: vec![begun.of],
            originals: plan.originals.len() as u64,
            moved: replaced.iter().map(|replacement| replacement.moved.len() as u64).sum(),
            kept_elsewhere,
            documents_elsewhere,
            in_tray,
            published,
            waiting: waiting.keys().map(|&volume| VolumeId(volume)).collect(),
            unfinished: None,
        }))
    }

    /// Steps 4 to 6; whether nothing is left to do. The catalog is written anew only where that was not done before.
    fn clean_up(&mut self, begun: &Begun, anew: bool) -> Result<bool> {
        let inner = &self.vault.inner;
        inner.roster.forget();
        // Connections that are idle now hold pages of before.
        inner.readers.replace(inner.readers.source());
        self.vault.forget_derived()?;
        let page_size = inner.readers.source().page_size;
        compact(&lock(&inner.writer), page_size, anew)?;
        self.reached(Step::Forgotten);
        self.remove_files()?;
        self.reached(Step::Removed);
        let mut conn = lock(&inner.writer);
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let waits = !erasure::waiting(&tx, begun.id)?.is_empty();
        if !waits {
            erasure::finish(&tx, begun.id, self.now.at)?;
            self.note(&tx, AuditEvent::ErasureFinished, begun)?;
        }
        tx.commit()?;
        drop(conn);
        self.reached(Step::Finished);
        Ok(!waits)
    }

    /// Overwrites and removes the files of volumes that nothing refers to any more.
    fn remove_files(&mut self) -> Result<()> {
        let inner = &self.vault.inner;
        for volume in inner.readers.read(blob::erased)? {
            inner.volumes.forget(volume);
            for suffix in journal::SUFFIXES {
                let path = inner.dir.join(format!("{}{suffix}", file_name(volume)));
                fsx::overwrite_and_remove(&path, &mut || self.reached(Step::Overwritten))?;
            }
        }
        Ok(fsx::sync_folder(&inner.dir)?)
    }

    /// Forgets those that are new, of which none came to the switch.
    fn take_back(&mut self, begun: &[(Begun, bool)]) -> Result<()> {
        let new: Vec<&Begun> = begun.iter().filter(|(_, is_new)| *is_new).map(|(begun, _)| begun).collect();
        if new.is_empty() {
            return Ok(());
        }
        {
            let mut conn = lock(&self.vault.inner.writer);
            let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
            volumes::forget_fresh(&tx)?;
            for begun in new {
                erasure::take_back(&tx, begun.id)?;
                self.note(&tx, AuditEvent::ErasureTakenBack, begun)?;
            }
            tx.commit()?;
        }
        // A file that stays is removed by the next opening.
        self.remove_files()
    }
}

impl Erased {
    /// Counts another record of the same person in.
    fn add(&mut self, other: Self) {
        self.tombstones.extend(other.tombstones);
        self.originals += other.originals;
        self.moved += other.moved;
        self.kept_elsewhere += other.kept_elsewhere;
        self.documents_elsewhere += other.documents_elsewhere;
        self.in_tray += other.in_tray;
        self.published += other.published;
        self.waiting.extend(other.waiting);
    }
}

/// Empties the log and, when it is wanted and there is memory for it, writes the catalog anew without free space.
fn compact(conn: &Connection, page_size: u32, anew: bool) -> Result<()> {
    let pages: i64 = conn.query_row("PRAGMA page_count", [], |row| row.get(0))?;
    if anew && pages.saturating_mul(page_size.into()) <= COMPACTED_UP_TO {
        conn.execute_batch("VACUUM")?;
    }
    pool::empty_log(conn)
}

/// A reason that can stay when the patient is gone.
fn checked_reason<'a>(of: &Patient, reason: &'a str) -> Result<&'a str> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > LONGEST_REASON {
        return Err(VaultError::Refused("an erasure needs a reason of up to 500 characters"));
    }
    let names = of.given.0.split_whitespace().chain(of.family.0.split_whitespace());
    let dates = of.birth.as_ref().map(|birth| {
        ["%Y-%m-%d", "%d.%m.%Y", "%-d.%-m.%Y", "%d/%m/%Y", "%m/%d/%Y"].map(|form| birth.0.format(form).to_string())
    });
    let mut known = names.map(ToOwned::to_owned).chain([of.code.0.clone()]).chain(dates.into_iter().flatten());
    if known.any(|known| mentions(reason, &known)) {
        return Err(VaultError::Refused(
            "the reason stays when the patient is gone, so it must not hold their name, code or date of birth",
        ));
    }
    Ok(reason)
}
