//! What an opening does about originals that a crash left on their way in.

use rusqlite::{Connection, params};
use sha2::{Digest, Sha256};

use super::Vault;
use super::blob::CHUNK;
use super::error::{Result, VaultError};
use super::pool::lock;
use super::table::blob::{self, Intent};
use crate::clock::{Now, UtcMillis};
use crate::model::{CaptureFacts, PhotoHash};

impl Vault {
    /// Completes or takes back what a crash left half done, and shows originals that no record knows.
    pub(super) fn recover_originals(&self, now: Now) -> Result<()> {
        let intents = blob::intents(&lock(&self.inner.writer))?;
        for intent in intents {
            match self.row_of_intent(&intent)? {
                Some(row) => drop(self.admit(&intent, row)?),
                None => blob::end_intent(&lock(&self.inner.writer), intent.id)?,
            }
        }
        self.show_unknown(now.at)
    }

    /// The row an intent's bytes went to, if they all did.
    fn row_of_intent(&self, intent: &Intent) -> Result<Option<i64>> {
        let read = |conn: &Connection| {
            let mut statement = conn.prepare("SELECT id FROM original WHERE intent = ?1")?;
            let rows =
                statement.query_map(params![intent.id], |row| row.get(0))?.collect::<rusqlite::Result<Vec<i64>>>()?;
            Ok(rows.into_iter().find(|&row| hash_of(conn, row).is_ok_and(|(hash, _)| hash == intent.hash)))
        };
        unless_damaged(self.volume_reader(intent.volume).and_then(|pool| pool.read(read)))
    }

    /// Only the volume that takes new originals can hold one without a record; closed ones are looked through by a
    /// verification.
    fn show_unknown(&self, at: UtcMillis) -> Result<()> {
        let Some(volume) = self.inner.readers.read(blob::open_volume)? else { return Ok(()) };
        let known = self.inner.readers.read(|conn| blob::known_rows(conn, volume.id))?;
        let look = |conn: &Connection| {
            let mut statement = conn.prepare("SELECT id FROM original ORDER BY id")?;
            let rows = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<i64>>>()?;
            let unknown = rows.into_iter().filter(|row| !known.contains(row));
            unknown.map(|row| Ok((row, hash_of(conn, row)?))).collect::<Result<Vec<_>>>()
        };
        let unknown = unless_damaged(self.volume_reader(volume.id).and_then(|pool| pool.read(look)).map(Some))?;
        for (row, (hash, length)) in unknown.unwrap_or_default() {
            let facts = serde_json::to_string(&CaptureFacts { orientation: 1, ..CaptureFacts::default() });
            let intent = Intent {
                id: 0,
                hash,
                length,
                volume: volume.id,
                width: 0,
                height: 0,
                facts: facts.map_err(|_| VaultError::Damaged("capture facts"))?,
                file_name: String::new(),
                at,
            };
            let _item = self.admit(&intent, row)?;
        }
        Ok(())
    }
}

/// A damaged volume is told by a verification and by whoever asks for its originals; it keeps no vault shut.
fn unless_damaged<T>(result: Result<Option<T>>) -> Result<Option<T>> {
    match result {
        Err(VaultError::Damaged(_)) => {
            tracing::warn!("a photo volume could not be read at opening");
            Ok(None)
        }
        other => other,
    }
}

/// Hash and length of a row.
fn hash_of(conn: &Connection, row: i64) -> Result<(PhotoHash, u64)> {
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
