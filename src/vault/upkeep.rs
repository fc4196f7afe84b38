//! What the vault remembers of its backups and verifications, for the one line on Today.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::error::Result;
use super::op::Op;
use super::pool::lock;
use super::snapshot::Tombstone;
use super::{AuditEvent, Vault, audit, table};
use crate::clock::{Now, UtcMillis};
use crate::model::text::{counted, grouped, short_date};

const LAST_BACKUP: &str = "last-backup";
const LAST_CHECK: &str = "last-check";
const BACKUP_PLACE: &str = "backup-place";

/// The last backup that was completed and read back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastBackup {
    /// When.
    pub at: UtcMillis,
    /// On which day in the clinic's zone.
    pub day: NaiveDate,
    /// The folder it went to.
    pub place: String,
    /// Its number there.
    pub generation: u64,
    /// Originals in it.
    pub originals: u64,
}

impl LastBackup {
    /// Days since; none when the clock was set back.
    #[must_use]
    pub fn days(&self, today: NaiveDate) -> i64 {
        (today - self.day).num_days().max(0)
    }

    /// "Last backup 9 days ago"; of no backup, that there is none.
    #[must_use]
    pub fn sentence(last: Option<&Self>, today: NaiveDate) -> String {
        match last.map(|last| last.days(today)) {
            None => "No backup yet".into(),
            Some(0) => "Last backup today".into(),
            Some(1) => "Last backup yesterday".into(),
            Some(days) => format!("Last backup {} ago", counted(days, "day")),
        }
    }

    /// Whether a person should be reminded: there is none, or it is older than a week.
    #[must_use]
    pub fn is_due(last: Option<&Self>, today: NaiveDate) -> bool {
        const REMIND_AFTER: i64 = 7;
        last.is_none_or(|last| last.days(today) > REMIND_AFTER)
    }
}

/// The result of the last verification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastCheck {
    /// When.
    pub at: UtcMillis,
    /// On which day in the clinic's zone.
    pub day: NaiveDate,
    /// Originals in the vault.
    pub originals: u64,
    /// Originals that were read.
    pub checked: u64,
    /// How many things were found.
    pub findings: u64,
}

impl LastCheck {
    /// "All 3,412 originals verified 2 Mar 2026"; what was found, or left out, is said.
    #[must_use]
    pub fn sentence(last: Option<&Self>) -> String {
        let Some(last) = last else { return "Originals never verified".into() };
        let day = short_date(last.day);
        // "All verified" and a problem are no one sentence.
        let (all, done) = if last.findings == 0 { ("All ", "verified") } else { ("", "read") };
        let read = match (last.checked, last.originals) {
            (checked, of) if checked < of => format!("{} of {} originals {done} {day}", grouped(checked), grouped(of)),
            (_, 0) if last.findings > 0 => format!("Verified {day}"),
            (_, 0) => format!("Verified {day}, no originals yet"),
            (_, 1) => format!("The only original {done} {day}"),
            (_, of) => format!("{all}{} originals {done} {day}", grouped(of)),
        };
        match last.findings {
            0 => read,
            n => format!("{read}: {} found", counted(n as i64, "problem")),
        }
    }
}

impl Vault {
    /// The last backup that was completed.
    pub fn last_backup(&self) -> Result<Option<LastBackup>> {
        self.inner.readers.read(|conn| table::setting::get(conn, LAST_BACKUP))
    }

    /// The folder that backups go to, as it was chosen last.
    pub fn backup_place(&self) -> Result<Option<String>> {
        self.inner.readers.read(|conn| table::setting::get(conn, BACKUP_PLACE))
    }

    /// Remembers the folder that backups go to.
    pub fn keep_backup_place(&self, place: &str) -> Result<()> {
        self.may(Op::BackUp)?;
        table::setting::put(&lock(&self.inner.writer), BACKUP_PLACE, &place)
    }

    /// The result of the last verification.
    pub fn last_check(&self) -> Result<Option<LastCheck>> {
        self.inner.readers.read(|conn| table::setting::get(conn, LAST_CHECK))
    }

    /// Remembers a completed backup. Audited by its number: the place stays out.
    pub fn note_backup(&self, last: &LastBackup) -> Result<()> {
        self.change(Op::BackUp, |conn, user| {
            let subject = format!("{{\"generation\":{},\"originals\":{}}}", last.generation, last.originals);
            let _seq = audit::append(conn, last.at, user, Op::BackUp, subject)?;
            table::setting::put(conn, LAST_BACKUP, last)
        })
    }

    /// Enters into a restored vault where it came from, and whom it must erase again.
    ///
    /// These erasures are entered as begun: [`Vault::finish_erasures`] does them.
    pub fn note_restored(&self, from: &LastBackup, erased: &[Tombstone], now: Now) -> Result<()> {
        let mut conn = lock(&self.inner.writer);
        let tx = conn.transaction()?;
        let user = self.inner.user.id;
        let mut again = Vec::new();
        for tombstone in erased {
            if table::erasure::begin_again(&tx, tombstone, user, now.at)? {
                again.push(tombstone.patient.0);
            }
        }
        let subject = serde_json::json!({ "generation": from.generation, "erase_again": again }).to_string();
        let _seq = audit::append(&tx, now.at, user, AuditEvent::Restored, subject)?;
        table::setting::put(&tx, LAST_BACKUP, from)?;
        tx.commit()?;
        Ok(())
    }

    /// Everybody whose erasure was begun, oldest first.
    pub fn erasures(&self) -> Result<Vec<Tombstone>> {
        self.inner.readers.read(table::erasure::all)
    }

    /// Erasures that were begun and must still be finished, oldest first.
    pub fn unfinished_erasures(&self) -> Result<Vec<Tombstone>> {
        let unfinished = self.inner.readers.read(table::erasure::unfinished)?;
        Ok(unfinished.into_iter().map(|begun| begun.of).collect())
    }

    /// Everybody of whom nothing is left in the records and in the volumes these name, oldest first.
    pub fn erased(&self) -> Result<Vec<Tombstone>> {
        self.inner.readers.read(table::erasure::done)
    }

    /// Everybody whose erasure was begun and of whom something is still left, oldest first.
    pub fn waiting_erasures(&self) -> Result<Vec<Tombstone>> {
        self.inner.readers.read(table::erasure::begun)
    }

    pub(super) fn note_check(&self, last: &LastCheck) -> Result<()> {
        table::setting::put(&lock(&self.inner.writer), LAST_CHECK, last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, day).expect("a date")
    }

    fn backup(on: u32) -> LastBackup {
        LastBackup { at: Now::fixed(day(on)).at, day: day(on), place: "/x".into(), generation: 1, originals: 3 }
    }

    #[test]
    fn the_last_backup_is_said_in_days() {
        let said = |on, today| LastBackup::sentence(Some(&backup(on)), day(today));
        assert_eq!(said(2, 11), "Last backup 9 days ago");
        assert_eq!(said(2, 3), "Last backup yesterday");
        assert_eq!(said(2, 2), "Last backup today");
        assert_eq!(said(9, 2), "Last backup today", "a clock that was set back");
        assert_eq!(LastBackup::sentence(None, day(2)), "No backup yet");
        assert!(LastBackup::is_due(None, day(2)) && LastBackup::is_due(Some(&backup(2)), day(11)));
        assert!(!LastBackup::is_due(Some(&backup(2)), day(9)));
    }

    #[test]
    fn the_last_verification_says_how_much_was_read() {
        let said = |originals, checked, findings| {
            let last = LastCheck { at: UtcMillis(0), day: day(2), originals, checked, findings };
            LastCheck::sentence(Some(&last))
        };
        assert_eq!(said(3412, 3412, 0), "All 3,412 originals verified 2 Mar 2026");
        assert_eq!(said(3412, 200, 0), "200 of 3,412 originals verified 2 Mar 2026");
        assert_eq!(said(3412, 3412, 2), "3,412 originals read 2 Mar 2026: 2 problems found");
        assert_eq!(said(1, 1, 0), "The only original verified 2 Mar 2026");
        assert_eq!(said(0, 0, 0), "Verified 2 Mar 2026, no originals yet");
        assert_eq!(said(0, 0, 1), "Verified 2 Mar 2026: 1 problem found");
    }
}
