//! Volumes without somebody's originals: what lies in them, the copies of everything else, and how these come into force.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::File;
use std::sync::Arc;

use rusqlite::{Connection, TransactionBehavior};

use super::{Erasing, Step};
use crate::clock::UtcMillis;
use crate::fsx;
use crate::model::{BlobId, PatientId, PhotoHash, VolumeId};
use crate::vault::blob::{MISSING, compare, read, store};
use crate::vault::error::{Result, VaultError};
use crate::vault::keys::Key;
use crate::vault::mend::REPAIRED;
use crate::vault::pool::{self, Pool, lock};
use crate::vault::recover::{HAS_TABLE, hash_of};
use crate::vault::table::blob::Place;
use crate::vault::table::{blob, erasure, tray};

const STAGE: &str = "Copying other patients' originals";

/// Rows that are to go, by volume.
pub(super) type Rows = BTreeMap<i64, BTreeSet<i64>>;

/// What is to go, and where it lies.
pub(super) struct Plan {
    /// The patient's originals.
    pub(super) originals: Vec<(BlobId, Place)>,
    /// Where it lies.
    pub(super) rows: Rows,
}

/// A volume, and what takes its place.
pub(super) struct Replacement {
    old: i64,
    /// None when nothing in it stays.
    fresh: Option<i64>,
    /// Rows that did not come along.
    gone: BTreeSet<i64>,
    /// Originals where they were, and where they are now.
    pub(super) moved: Vec<(BlobId, Place, Place)>,
    /// Bytes no record knows, where they are now.
    found: Vec<Place>,
}

impl Replacement {
    /// Whether everything the records have in the old volume came along.
    pub(super) fn is_current(&self, conn: &Connection) -> Result<bool> {
        let recorded = blob::of_volume(conn, VolumeId(self.old))?;
        let staying = recorded.into_iter().filter(|(_, place)| !self.gone.contains(&place.volume_row));
        Ok(staying.eq(self.moved.iter().map(|(id, from, _)| (*id, *from))))
    }

    /// Brings the new volume into force within the caller's transaction, and puts an end to the old one.
    pub(super) fn settle(&self, conn: &Connection, at: UtcMillis) -> Result<()> {
        for (id, _, to) in &self.moved {
            blob::move_to(conn, *id, to, at)?;
        }
        for place in &self.found {
            // A second copy of known bytes is nothing to be shown; it came along because the first could not be read.
            if blob::by_hash(conn, place.hash)?.is_empty() {
                let original = blob::add(conn, place, at)?;
                let _item = tray::add(conn, original, None, at)?;
            }
        }
        if let Some(fresh) = self.fresh {
            erasure::settle_fresh(conn, fresh)?;
        }
        erasure::wait_no_more(conn, self.old)?;
        blob::erase_volume(conn, self.old)
    }
}

/// What stays of a volume.
#[derive(Default)]
struct Kept {
    recorded: Vec<(BlobId, Place)>,
    unrecorded: Vec<Place>,
}

impl Erasing<'_> {
    /// Everything of the patient's in any volume, also copies that a repair left behind.
    pub(super) fn plan(&self, patient: PatientId) -> Result<Plan> {
        let readers = &self.vault.inner.readers;
        let originals = readers.read(|conn| blob::of_patient(conn, patient))?;
        let mut rows = Rows::new();
        let mut alone = HashSet::new();
        for (_, place) in &originals {
            let _new = rows.entry(place.volume).or_default().insert(place.volume_row);
            let elsewhere = readers.read(|conn| blob::by_hash(conn, place.hash))?;
            if elsewhere.iter().all(|there| originals.iter().any(|(_, own)| own == there)) {
                let _new = alone.insert(place.hash);
            }
        }
        if !alone.is_empty() {
            for volume in readers.read(blob::present)? {
                if let Some(found) = self.left_over(volume.id, &alone)? {
                    rows.entry(volume.id).or_default().extend(found);
                }
            }
        }
        Ok(Plan { originals, rows })
    }

    /// Rows of a volume that no record knows and that hold one of these originals; none when there are none.
    ///
    /// A volume that a repair moved everything out of, and of which not all can be read, may hold any: it is one of those
    /// to be replaced, without a row that could be named.
    fn left_over(&self, volume: i64, of: &HashSet<PhotoHash>) -> Result<Option<BTreeSet<i64>>> {
        let readers = &self.vault.inner.readers;
        let is_retired = readers.read(|conn| {
            let is_empty = blob::of_volume(conn, VolumeId(volume))?.is_empty();
            Ok(is_empty && blob::is_closed(conn, volume)? && !blob::is_announced(conn, volume)?)
        })?;
        let (mut found, mut is_whole) = (BTreeSet::new(), true);
        match self.unrecorded(volume) {
            Ok((pool, rows)) => {
                for row in rows {
                    match pool.read(|conn| hash_of(conn, row)) {
                        Ok((hash, _)) if of.contains(&hash) => {
                            let _new = found.insert(row);
                        }
                        Ok(_) => {}
                        Err(VaultError::Damaged(_)) => is_whole = false,
                        Err(error) => return Err(error),
                    }
                }
            }
            Err(error) if error == MISSING => return Ok(None),
            Err(VaultError::Damaged(_)) => is_whole = false,
            Err(error) => return Err(error),
        }
        Ok((!found.is_empty() || (is_retired && !is_whole)).then_some(found))
    }

    /// Rows of a volume that no record knows.
    fn unrecorded(&self, volume: i64) -> Result<(Arc<Pool>, Vec<i64>)> {
        let known = self.vault.inner.readers.read(|conn| blob::known_rows(conn, volume))?;
        let pool = self.vault.volume_reader(volume)?;
        let rows = pool.read(|conn| {
            // A crash while the volume was made leaves a file without a table.
            if !conn.query_row(HAS_TABLE, [], |row| row.get::<_, bool>(0))? {
                return Ok(Vec::new());
            }
            let mut statement = conn.prepare("SELECT id FROM original ORDER BY id")?;
            Ok(statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<i64>>>()?)
        })?;
        Ok((pool, rows.into_iter().filter(|row| !known.contains(row)).collect()))
    }

    /// Step 2. The second value is the volumes that cannot be read, and their rows that are to go.
    pub(super) fn replace_all(&mut self, plan: &Plan) -> Result<(Vec<Replacement>, Rows)> {
        let (mut replaced, mut waiting) = (Vec::new(), BTreeMap::new());
        self.progress.report(STAGE, 0, plan.rows.len() as u64);
        for (n, (&volume, gone)) in plan.rows.iter().enumerate() {
            match self.replace(volume, gone) {
                Ok(replacement) => replaced.push(replacement),
                Err(VaultError::Damaged(_)) => {
                    tracing::warn!("an erasure waits for a photo volume");
                    let _new = waiting.insert(volume, gone.clone());
                }
                Err(error) => return Err(error),
            }
            self.progress.report(STAGE, n as u64 + 1, plan.rows.len() as u64);
        }
        Ok((replaced, waiting))
    }

    /// Copies a volume without some of its rows, and reads every original back.
    ///
    /// [`VaultError::Damaged`] when one of those that stay cannot be read: then it has to be repaired first.
    pub(super) fn replace(&mut self, old: i64, gone: &BTreeSet<i64>) -> Result<Replacement> {
        if self.open.as_ref().is_some_and(|open| open.id == old) {
            *self.open = None;
        }
        let kept = self.kept(old, gone)?;
        let mut replacement =
            Replacement { old, fresh: None, gone: gone.clone(), moved: Vec::new(), found: Vec::new() };
        if kept.recorded.is_empty() && kept.unrecorded.is_empty() {
            return Ok(replacement);
        }
        let (fresh, conn) = self.fresh()?;
        replacement.fresh = Some(fresh);
        match self.fill(&mut replacement, kept, fresh, conn) {
            Ok(()) => Ok(replacement),
            Err(error @ VaultError::Damaged(_)) => {
                // Only this one comes to nothing; the others may still come into force.
                let mut conn = lock(&self.vault.inner.writer);
                let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
                erasure::settle_fresh(&tx, fresh)?;
                blob::erase_volume(&tx, fresh)?;
                tx.commit()?;
                Err(error)
            }
            Err(error) => Err(error),
        }
    }

    /// Copies what stays into a new volume and reads it back.
    fn fill(&self, replacement: &mut Replacement, kept: Kept, fresh: i64, mut conn: Connection) -> Result<()> {
        let pool = self.vault.volume_reader(replacement.old)?;
        let mut copy = |place: &Place| -> Result<Place> {
            self.stop_if_asked()?;
            let bytes = pool.read(|conn| read(conn, place))?;
            Ok(Place { volume: fresh, volume_row: store(&mut conn, REPAIRED, &bytes)?, ..*place })
        };
        for (id, from) in kept.recorded {
            replacement.moved.push((id, from, copy(&from)?));
        }
        for from in kept.unrecorded {
            replacement.found.push(copy(&from)?);
        }
        pool::empty_log(&conn)?;
        drop(conn);
        self.read_back(replacement, fresh)
    }

    fn stop_if_asked(&self) -> Result<()> {
        if self.progress.is_cancelled() { Err(VaultError::Cancelled) } else { Ok(()) }
    }

    /// What is to come along from a volume.
    fn kept(&self, old: i64, gone: &BTreeSet<i64>) -> Result<Kept> {
        const ON_ITS_WAY: VaultError =
            VaultError::Damaged("an original is on its way into a volume that cannot be read");
        let readers = &self.vault.inner.readers;
        if readers.read(|conn| blob::is_announced(conn, old))? {
            return Err(ON_ITS_WAY);
        }
        let mut recorded = readers.read(|conn| blob::of_volume(conn, VolumeId(old)))?;
        recorded.retain(|(_, place)| !gone.contains(&place.volume_row));
        let (pool, rows) = match self.unrecorded(old) {
            // Nothing of anybody else's is in what is missing or cannot be read.
            Err(VaultError::Damaged(_)) if recorded.is_empty() => return Ok(Kept::default()),
            other => other?,
        };
        let mut unrecorded = Vec::new();
        for volume_row in rows.into_iter().filter(|row| !gone.contains(row)) {
            match pool.read(|conn| hash_of(conn, volume_row)) {
                Ok((hash, _)) if self.is_whole_elsewhere(hash)? => {}
                Ok((hash, length)) => unrecorded.push(Place { hash, length, volume: old, volume_row }),
                // What cannot be read and no record knows is no original any more.
                Err(VaultError::Damaged(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Kept { recorded, unrecorded })
    }

    /// Whether an original with these bytes is recorded and can be read.
    fn is_whole_elsewhere(&self, hash: PhotoHash) -> Result<bool> {
        let places = self.vault.inner.readers.read(|conn| blob::by_hash(conn, hash))?;
        let is_whole = |place: &Place| {
            let pool = self.vault.volume_reader(place.volume);
            pool.and_then(|pool| pool.read(|conn| read(conn, place))).is_ok()
        };
        Ok(places.iter().any(is_whole))
    }

    /// A new volume that is not in force yet.
    fn fresh(&mut self) -> Result<(i64, Connection)> {
        let inner = &self.vault.inner;
        let key = Key::random()?;
        let id = {
            let mut conn = lock(&inner.writer);
            let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let id = erasure::add_fresh(&tx, &key, self.now.at)?;
            tx.commit()?;
            id
        };
        let conn = inner.volumes.writer(id, key)?;
        // The name of the new file must survive a power cut as well as its content.
        fsx::sync_folder(&inner.dir)?;
        self.reached(Step::Begun);
        Ok((id, conn))
    }

    /// Reads every copied original from the disk, on a connection of its own.
    fn read_back(&self, replacement: &Replacement, fresh: i64) -> Result<()> {
        let source = self.vault.volume_reader(fresh)?.source();
        if let Ok(file) = File::open(&source.path) {
            let _asked = fsx::forget_cached(&file);
        }
        let conn = source.reader()?;
        let places = replacement.moved.iter().map(|(_, _, to)| to).chain(&replacement.found);
        for place in places {
            // Not Damaged: the old volume is whole, and what failed is the disk.
            compare(&conn, place).map_err(|error| match error {
                VaultError::Damaged(_) => VaultError::Io(std::io::ErrorKind::InvalidData),
                other => other,
            })?;
        }
        Ok(())
    }

    /// Throws away what an attempt that came to nothing left: new volumes that nothing refers to.
    pub(super) fn discard(&mut self) -> Result<()> {
        let inner = &self.vault.inner;
        if inner.readers.read(erasure::fresh)?.is_empty() {
            return Ok(());
        }
        {
            let mut conn = lock(&inner.writer);
            let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
            forget_fresh(&tx)?;
            tx.commit()?;
        }
        self.remove_files()
    }
}

/// Drops the keys of new volumes that nothing refers to.
pub(super) fn forget_fresh(conn: &Connection) -> Result<()> {
    for volume in erasure::fresh(conn)? {
        erasure::settle_fresh(conn, volume)?;
        blob::erase_volume(conn, volume)?;
    }
    Ok(())
}
