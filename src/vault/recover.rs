//! What an opening does about originals that a crash left on their way in.
//!
//! An announced original is forgotten only when its volume was read and holds nothing of it. As long as the volume cannot
//! be read the announcement stays, and every opening says so.

use rusqlite::{Connection, params};
use sha2::{Digest, Sha256};

use super::Vault;
use super::blob::CHUNK;
use super::error::{Result, VaultError};
use super::findings::Findings;
use super::mend::REPAIRED;
use super::pool::lock;
use super::table::blob::{self, Intent, Place};
use crate::clock::{Now, UtcMillis};
use crate::model::PhotoHash;
use crate::moment;

/// What became of an announced original.
enum Fate {
    /// All of it lies in this row of its volume.
    Stored(i64),
    /// Its volume holds nothing of it.
    NeverStored,
    /// Nobody can tell: its volume, or its row there, cannot be read.
    Unknown,
}

impl Vault {
    /// Completes or takes back what a crash left half done, and shows originals that no record knows.
    pub(super) fn recover_originals(&self, now: Now, findings: &mut Findings) -> Result<()> {
        let intents = blob::intents(&lock(&self.inner.writer))?;
        for intent in intents {
            match self.fate(&intent) {
                Fate::Stored(row) => {
                    let _item = self.admit(&intent.place(row), Some(&intent), intent.at)?;
                    findings.completed += 1;
                }
                Fate::NeverStored => {
                    blob::end_intent(&lock(&self.inner.writer), intent.id)?;
                    moment::pass("an announcement is taken back");
                    findings.never_stored += 1;
                }
                Fate::Unknown => {
                    tracing::warn!("an announced original waits for its volume");
                    findings.waiting += 1;
                    let _new = findings.unreadable_volumes.insert(intent.volume);
                }
            }
        }
        self.show_unknown(now.at, findings)?;
        self.miss_volumes(findings)
    }

    /// Announces an original for the first volume and goes no further, as a kill would leave it.
    #[cfg(test)]
    pub(crate) fn only_announce(&self, incoming: &super::Incoming<'_>, now: Now) -> Result<()> {
        let hash = PhotoHash(Sha256::digest(incoming.bytes).into());
        blob::begin(&lock(&self.inner.writer), incoming, hash, 1, now.at).map(drop)
    }

    fn fate(&self, intent: &Intent) -> Fate {
        let read = |conn: &Connection| {
            let mut statement = conn.prepare("SELECT id FROM original WHERE intent = ?1")?;
            let rows =
                statement.query_map(params![intent.id], |row| row.get(0))?.collect::<rusqlite::Result<Vec<i64>>>()?;
            let whole = |&row: &i64| hash_of(conn, row).is_ok_and(|(hash, _)| hash == intent.hash);
            Ok(match rows.iter().copied().find(whole) {
                Some(row) => Fate::Stored(row),
                None if rows.is_empty() => Fate::NeverStored,
                None => Fate::Unknown,
            })
        };
        self.volume_reader(intent.volume).and_then(|pool| pool.read(read)).unwrap_or(Fate::Unknown)
    }

    /// Only the volume that takes new originals can hold one without a record; closed ones are looked through by a
    /// verification.
    fn show_unknown(&self, at: UtcMillis, findings: &mut Findings) -> Result<()> {
        let Some(volume) = self.inner.readers.read(blob::open_volume)? else { return Ok(()) };
        let known = self.inner.readers.read(|conn| blob::known_rows(conn, volume.id))?;
        let waiting = blob::intents(&lock(&self.inner.writer))?;
        let look = |conn: &Connection| {
            // A crash while the volume was made leaves a file without a table.
            if !conn.query_row(HAS_TABLE, [], |row| row.get::<_, bool>(0))? {
                return Ok(Vec::new());
            }
            let mut statement = conn.prepare("SELECT id, intent FROM original ORDER BY id")?;
            let rows = statement
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<rusqlite::Result<Vec<(i64, i64)>>>()?;
            let unknown = rows.into_iter().filter(|(row, intent)| {
                !known.contains(row) && *intent != REPAIRED && !waiting.iter().any(|w| w.id == *intent)
            });
            Ok(unknown.map(|(row, _)| (row, hash_of(conn, row))).collect::<Vec<_>>())
        };
        match self.volume_reader(volume.id).and_then(|pool| pool.read(look)) {
            Ok(rows) => {
                for (volume_row, found) in rows {
                    if let Ok((hash, length)) = found {
                        let place = Place { hash, length, volume: volume.id, volume_row };
                        let _item = self.admit(&place, None, at)?;
                        findings.without_record += 1;
                    } else {
                        let _new = findings.unreadable_volumes.insert(volume.id);
                    }
                }
                Ok(())
            }
            // Its file was not made yet.
            Err(VaultError::Damaged(_)) if volume.bytes == 0 && waiting.is_empty() => Ok(()),
            // It is told by whoever asks for its originals too; it keeps no vault shut.
            Err(_) => {
                tracing::warn!("a photo volume could not be read at opening");
                let _new = findings.unreadable_volumes.insert(volume.id);
                Ok(())
            }
        }
    }

    /// Volumes whose file is gone.
    fn miss_volumes(&self, findings: &mut Findings) -> Result<()> {
        let volumes = self.inner.readers.read(blob::volumes)?;
        for volume in volumes.iter().filter(|volume| volume.bytes > 0) {
            if self.volume_reader(volume.id).is_err() {
                let _new = findings.unreadable_volumes.insert(volume.id);
            }
        }
        Ok(())
    }
}

pub(super) const HAS_TABLE: &str = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'original')";

/// Hash and length of a row.
pub(super) fn hash_of(conn: &Connection, row: i64) -> Result<(PhotoHash, u64)> {
    let blob = conn.blob_open("main", "original", "bytes", row, true)?;
    let length = blob.len();
    let mut hasher = Sha256::new();
    let mut piece = vec![0; CHUNK.min(length)];
    let mut at = 0;
    while at < length {
        let n = CHUNK.min(length - at);
        blob.read_at_exact(&mut piece[..n], at)?;
        hasher.update(&piece[..n]);
        at += n;
    }
    Ok((PhotoHash(hasher.finalize().into()), length as u64))
}
