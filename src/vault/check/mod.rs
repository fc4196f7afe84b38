//! Verification: reads the originals and compares them with their hashes, and looks through everything else.
//!
//! A missing or damaged volume is a finding and never ends the verification: the rest is still looked at. An original that
//! no record knows is put into the tray, as an opening does with those it finds. A sampled run
//! takes the originals whose last reading is longest ago, so that runs of any size get round to all of them, and of the
//! documents, which are few, other ones every day.

mod finding;
mod originals;

pub use finding::{CheckReport, Finding, OriginalRef};

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use rusqlite::Connection;

use super::Vault;
use super::audit::{self, AuditCheck};
use super::blob::{file_name, numbers_in};
use super::derived::DerivedStore;
use super::error::{Result, VaultError};
use super::keys::header::Anchor;
use super::late::unless_full;
use super::pool::{Pool, lock};
use super::table::attachment;
use super::table::blob::{self, Place};
use crate::clock::Now;
use crate::model::{BlobId, VolumeId};
use crate::progress::Progress;
use originals::Run;

/// How many originals and documents are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sample {
    /// All of them, and every page of every database.
    #[default]
    All,
    /// This many.
    Count(u64),
    /// This share of them, in percent.
    Percent(u8),
}

impl Sample {
    fn of(self, all: u64) -> u64 {
        match self {
            Self::All => all,
            Self::Count(n) => n.min(all),
            Self::Percent(p) => (all * u64::from(p.min(100))).div_ceil(100),
        }
    }
}

/// What a verification looks at.
#[derive(Debug, Clone, Default)]
pub struct CheckRequest {
    /// How many originals.
    pub sample: Sample,
    /// Heads of the audit that somebody else remembers, a backup for instance.
    pub anchors: Vec<Anchor>,
}

impl Vault {
    /// Verifies the vault and remembers the result. Cancelled, it remembers only which originals it had read.
    pub fn check(&self, request: &CheckRequest, now: Now, progress: &Progress) -> Result<CheckReport> {
        let (at, day, findings) = (now.at, now.today, Vec::new());
        let mut report = CheckReport { at, day, originals: 0, checked: 0, findings, unremembered: false };
        match self.look_through(request, now, progress, &mut report) {
            Ok(()) => {}
            // Damaged records are a finding like any other, and all that can be found after it.
            Err(error) if is_damage(&error) => {
                let is_named = |f: &Finding| f.file() == Some(&self.catalog_name());
                if !report.findings.iter().any(is_named) {
                    report.findings.push(Finding::DatabaseDamaged { file: self.catalog_name(), pages: 0 });
                }
            }
            Err(error) => return Err(error),
        }
        let ((), no_room) = unless_full(self.note_check(&report.remembered()))?;
        report.unremembered |= no_room;
        Ok(report)
    }

    fn catalog_name(&self) -> String {
        let path = &self.inner.readers.source().path;
        path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    fn look_through(
        &self,
        request: &CheckRequest,
        now: Now,
        progress: &Progress,
        report: &mut CheckReport,
    ) -> Result<()> {
        progress.report("Checking the records", 0, 1);
        // Damage in the records is one thing; the originals are read all the same, as far as the records lead to them.
        let records = match self.check_records(request, now, &mut report.findings) {
            Err(error) if !is_damage(&error) => return Err(error),
            checked => checked,
        };
        progress.report("Checking the records", 1, 1);
        report.originals = self.inner.readers.read(blob::count)?;
        let wanted = request.sample.of(report.originals);
        let mut run =
            Run::new(self, now, progress, self.inner.readers.read(|conn| blob::oldest_verified(conn, wanted))?);
        for volume in self.inner.readers.read(blob::present)? {
            let result = run.volume(&volume, request.sample == Sample::All, &mut report.findings);
            report.checked = run.checked;
            result?;
        }
        run.remember()?;
        report.unremembered = run.unremembered;
        records
    }

    /// Verifies single originals, after a repair.
    pub fn check_originals(&self, which: &[BlobId]) -> Result<Vec<Finding>> {
        let mut places = BTreeMap::<i64, Vec<(BlobId, Place)>>::new();
        for &id in which {
            let place = self.inner.readers.read(|conn| blob::place(conn, id))?;
            places.entry(place.volume).or_default().push((id, place));
        }
        let mut findings = Vec::new();
        for (volume, places) in places {
            let pool = self.fresh_volume(VolumeId(volume));
            for (id, place) in places {
                findings.extend(self.verdict(pool.as_ref(), id, &place)?);
            }
        }
        Ok(findings)
    }

    /// Who uses an original.
    pub fn users_of(&self, original: BlobId) -> Result<OriginalRef> {
        let (photos, tray) = self.inner.readers.read(|conn| blob::users_of(conn, original))?;
        Ok(OriginalRef { blob: original, photos, tray })
    }

    /// Documents are read and compared with their hashes: all, or as many as a sample takes, each day the next ones.
    fn check_documents(&self, sample: Sample, today: NaiveDate, findings: &mut Vec<Finding>) -> Result<()> {
        let all = self.inner.readers.read(attachment::all)?;
        let wanted = sample.of(all.len() as u64) as usize;
        let first = (today.num_days_from_ce() as usize * wanted).checked_rem(all.len()).unwrap_or_default();
        for document in all.iter().cycle().skip(first).take(wanted).copied() {
            match self.attachment_bytes(document) {
                Err(error) if is_damage(&error) => findings.push(Finding::DocumentCorrupt { document }),
                // Erased meanwhile.
                Ok(_) | Err(VaultError::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Files beside the databases: photo volumes the records never made, and the copies of the key file, which are put
    /// right where they differ.
    fn check_files(&self, findings: &mut Vec<Finding>) -> Result<()> {
        // In this order: one that is begun meanwhile is known before its file is there.
        let there = numbers_in(&self.inner.dir, "");
        let known = self.inner.readers.read(blob::known_volumes)?;
        findings.extend(there.difference(&known).map(|&id| Finding::VolumeUnknown { file: file_name(id) }));
        let changed = self.inner.changed_key_files()?;
        if !changed.is_empty() {
            findings.extend(changed.into_iter().map(|file| Finding::KeyFileChanged { file }));
            let ((), _full) = unless_full(self.inner.anchor())?;
        }
        Ok(())
    }

    /// Everything but the originals.
    fn check_records(&self, request: &CheckRequest, now: Now, findings: &mut Vec<Finding>) -> Result<()> {
        self.check_files(findings)?;
        let readers = &self.inner.readers;
        let mut pages = readers.read(damaged_pages)?;
        if pages > 0 {
            // Once more while nobody writes.
            let writer = lock(&self.inner.writer);
            let ((), _no_room) = unless_full(settle(&writer))?;
            pages = readers.read(damaged_pages)?;
        }
        if pages > 0 {
            findings.push(Finding::DatabaseDamaged { file: self.catalog_name(), pages });
        } else if readers.read(contradiction)? {
            findings.push(Finding::DatabaseDamaged { file: self.catalog_name(), pages: 0 });
        }
        if request.sample == Sample::All {
            let pages = self.inner.derived.damaged_pages()?;
            if pages > 0 {
                findings.push(Finding::PicturesDamaged { pages });
            }
        }
        self.check_documents(request.sample, now.today, findings)?;
        findings.extend(readers.read(broken_references)?);
        let unused = readers.read(blob::without_record)?;
        findings.extend(unused.into_iter().map(|blob| Finding::OriginalUnused { blob }));
        match self.check_audit()? {
            AuditCheck::Whole { .. } => {}
            other => findings.push(Finding::Audit(other)),
        }
        for anchor in &request.anchors {
            if !readers.read(|conn| audit::holds(conn, anchor))? {
                findings.push(Finding::AnchorMissing { seq: anchor.seq });
            }
        }
        Ok(())
    }
}

/// Whether an error says that stored bytes are not what was stored, or cannot be read from the disk.
fn is_damage(error: &VaultError) -> bool {
    matches!(error, VaultError::Damaged(_) | VaultError::Io(_))
}

/// How many pages of the database's file are not what its key wrote.
pub(super) fn damaged_pages(conn: &Connection) -> Result<u64> {
    let mut statement = conn.prepare("PRAGMA cipher_integrity_check")?;
    let mut rows = statement.query([])?;
    let mut pages = 0;
    while rows.next()?.is_some() {
        pages += 1;
    }
    Ok(pages)
}

/// The same, where not even the first page may be what was written.
fn damaged_pages_in(pool: &Pool) -> Result<u64> {
    match pool.read(damaged_pages) {
        Err(error) if is_damage(&error) => Ok(1),
        other => other,
    }
}

/// Puts the log into the file. A page looks damaged while it is being written, and also where a full disk or the end of a
/// process left half of it in the file: that one is whole in the log, from which it is read.
fn settle(conn: &Connection) -> Result<()> {
    Ok(conn.query_row("PRAGMA wal_checkpoint(FULL)", [], |_| Ok(()))?)
}

/// Whether a database whose pages are authentic is not consistent in itself.
fn contradiction(conn: &Connection) -> Result<bool> {
    let said: String = conn.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    Ok(said != "ok")
}

fn broken_references(conn: &Connection) -> Result<Vec<Finding>> {
    let mut statement = conn.prepare("PRAGMA foreign_key_check")?;
    let found = statement
        .query_map([], |row| Ok(Finding::ForeignKey { table: row.get(0)?, row: row.get(1)? }))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

impl DerivedStore {
    /// Damaged pages of the derived pictures, which may be deleted to be made anew.
    fn damaged_pages(&self) -> Result<u64> {
        let Some(writer) = self.writer() else { return Ok(0) };
        let mut pages = damaged_pages_in(self.readers())?;
        if pages > 0 {
            let writer = lock(writer);
            // What cannot be put into the file is counted below.
            let _ = settle(&writer);
            pages = damaged_pages_in(self.readers())?;
        }
        Ok(pages)
    }
}
