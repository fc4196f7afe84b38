//! Reads originals, volume by volume, from the disk and not from memory.

use std::collections::HashSet;
use std::fs::File;

use rusqlite::{Connection, TransactionBehavior};

use super::finding::Finding;
use super::{damaged_pages_in, is_damage, settle};
use crate::clock::Now;
use crate::fsx;
use crate::model::{BlobId, TrayId, VolumeId};
use crate::progress::Progress;
use crate::vault::Vault;
use crate::vault::blob::{LOST, MISSING, compare, file_name, has_content};
use crate::vault::error::{Result, VaultError};
use crate::vault::late::unless_full;
use crate::vault::pool::{Pool, lock};
use crate::vault::recover::hash_of;
use crate::vault::table::blob::{self, Place, VolumeRow};
use crate::vault::table::erasure;

/// Originals marked as verified at a time.
const MARKED_AT_ONCE: usize = 256;
const STAGE: &str = "Reading originals";

/// A verification of originals under way.
pub(super) struct Run<'a> {
    pub(super) vault: &'a Vault,
    pub(super) now: Now,
    pub(super) progress: &'a Progress,
    pub(super) chosen: HashSet<BlobId>,
    pub(super) checked: u64,
    /// Whether there was no room to remember some of what was read.
    pub(super) unremembered: bool,
    intact: Vec<BlobId>,
}

impl<'a> Run<'a> {
    pub(super) fn new(vault: &'a Vault, now: Now, progress: &'a Progress, chosen: Vec<BlobId>) -> Self {
        progress.report(STAGE, 0, chosen.len() as u64);
        let chosen = chosen.into_iter().collect();
        Self { vault, now, progress, chosen, checked: 0, unremembered: false, intact: Vec::new() }
    }

    /// The chosen originals of a volume and, with `whole`, every page of it and the originals no record knows.
    pub(super) fn volume(&mut self, of: &VolumeRow, whole: bool, findings: &mut Vec<Finding>) -> Result<()> {
        let volume = VolumeId(of.id);
        let places = self.vault.inner.readers.read(|conn| blob::of_volume(conn, volume))?;
        let pool = self.vault.fresh_volume(volume);
        match &pool {
            // Without an original in it, its file was not made yet, or a repair has moved everything out of it.
            Err(error) if *error == MISSING && !places.is_empty() => findings.push(Finding::VolumeMissing { volume }),
            Ok(pool) if whole => {
                let (pages, file) = (self.damaged(pool)?, file_name(of.id));
                if pages > 0 && !places.is_empty() {
                    findings.push(Finding::DatabaseDamaged { file, pages });
                } else if pages > 0 && of.bytes == 0 {
                    // Nothing was ever stored in it, and yet there is a file that its key does not open.
                    findings.push(Finding::VolumeUnknown { file });
                }
                self.unrecorded(volume, pool, findings)?;
            }
            _ => {}
        }
        for (id, place) in places {
            if !self.chosen.contains(&id) {
                continue;
            }
            if self.progress.is_cancelled() {
                self.remember()?;
                return Err(VaultError::Cancelled);
            }
            match self.vault.verdict(pool.as_ref(), id, &place)? {
                None => self.intact.push(id),
                Some(finding) => findings.push(finding),
            }
            self.checked += 1;
            self.progress.report(STAGE, self.checked, self.chosen.len() as u64);
            if self.intact.len() >= MARKED_AT_ONCE {
                self.remember()?;
            }
        }
        Ok(())
    }

    /// How many pages of a volume are not what was written.
    fn damaged(&self, pool: &Pool) -> Result<u64> {
        let pages = damaged_pages_in(pool)?;
        if pages == 0 {
            return Ok(0);
        }
        // Once more while nothing is stored.
        let _hold = self.vault.inner.volumes.hold();
        // What cannot be put into the file is counted below.
        let _ = pool.read(settle);
        damaged_pages_in(pool)
    }

    /// Originals that no record knows: put into the tray, and named.
    fn unrecorded(&self, volume: VolumeId, pool: &Pool, findings: &mut Vec<Finding>) -> Result<()> {
        for (row, intent) in self.unknown_rows(volume, pool)? {
            // What a repair left behind has its bytes elsewhere; what cannot be read is no original any more.
            let Ok((hash, length)) = pool.read(|conn| hash_of(conn, row)) else { continue };
            if self.vault.inner.readers.read(|catalog| blob::by_hash(catalog, hash))?.is_empty() {
                let place = Place { hash, length, volume: volume.0, volume_row: row };
                let (tray, _full) = unless_full(self.show(&place, intent))?;
                findings.push(Finding::OriginalUnrecorded { volume, row, tray });
            }
        }
        Ok(())
    }

    /// Rows of a volume that no record knows, and the announcement of each.
    fn unknown_rows(&self, volume: VolumeId, pool: &Pool) -> Result<Vec<(i64, i64)>> {
        // Whoever stores an original holds this too: nothing is between its bytes and its record.
        let _hold = self.vault.inner.volumes.hold();
        let known = self.vault.inner.readers.read(|catalog| blob::known_rows(catalog, volume.0))?;
        // A damaged list of rows was counted among the damaged pages.
        let rows = pool.read(all_rows).unwrap_or_default();
        Ok(rows.into_iter().filter(|(row, _)| !known.contains(row)).collect())
    }

    /// Puts an original into the tray, unless somebody else did meanwhile, or it is still waited for: announced as other
    /// bytes than these, or beside what an erasure has yet to remove.
    fn show(&self, place: &Place, intent: i64) -> Result<Option<TrayId>> {
        let _hold = self.vault.inner.volumes.hold();
        let is_open = self.vault.inner.readers.read(|conn| {
            let is_known = blob::known_rows(conn, place.volume)?.contains(&place.volume_row);
            let is_announced = blob::intents(conn)?.iter().any(|waiting| waiting.id == intent);
            Ok(!is_known && !is_announced && erasure::waiting_rows(conn, place.volume)?.is_empty())
        })?;
        if is_open { self.vault.admit(place, None, self.now.at).map(Some) } else { Ok(None) }
    }

    /// Marks what was read until now as verified, where there is room for it.
    pub(super) fn remember(&mut self) -> Result<()> {
        let ((), no_room) = unless_full(self.mark())?;
        self.unremembered |= no_room;
        Ok(())
    }

    fn mark(&mut self) -> Result<()> {
        let mut writer = lock(&self.vault.inner.writer);
        let tx = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for id in self.intact.drain(..) {
            blob::mark_verified(&tx, id, self.now.at)?;
        }
        tx.commit()?;
        Ok(())
    }
}

impl Vault {
    /// Connections of their own to a volume, after the system was asked to forget what it holds of it in memory.
    ///
    /// A connection that met a damaged page is of no more use: a stock gives a new one for the next original.
    pub(super) fn fresh_volume(&self, volume: VolumeId) -> Result<Pool> {
        let key = self.inner.readers.read(|conn| blob::volume_key(conn, volume.0))?;
        let source = self.inner.volumes.source(volume.0, key);
        if !has_content(&source.path) {
            return Err(MISSING);
        }
        if let Ok(file) = File::open(&source.path) {
            let _asked = fsx::forget_cached(&file);
        }
        Ok(Pool::new(source))
    }

    /// What is wrong with an original, if anything is.
    pub(super) fn verdict(
        &self,
        volume: std::result::Result<&Pool, &VaultError>,
        id: BlobId,
        place: &Place,
    ) -> Result<Option<Finding>> {
        let result = match volume {
            Ok(pool) => pool.read(|conn| compare(conn, place)),
            Err(error) => Err(error.clone()),
        };
        match result {
            Ok(()) => Ok(None),
            Err(error) if error == LOST || error == MISSING => Ok(Some(Finding::OriginalMissing(self.users_of(id)?))),
            Err(error) if is_damage(&error) => Ok(Some(Finding::OriginalCorrupt(self.users_of(id)?))),
            Err(error) => Err(error),
        }
    }
}

fn all_rows(conn: &Connection) -> Result<Vec<(i64, i64)>> {
    let mut statement = conn.prepare("SELECT id, intent FROM original ORDER BY id")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
    Ok(rows)
}
