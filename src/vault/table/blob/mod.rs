//! `blob`, `volume` and `intent`: where originals lie, and those on their way in.

use rusqlite::{Connection, Row, named_params, params};

use super::{byte_count, change_one, hash, insert, json_text, row, row_or_none, rows};
use crate::clock::UtcMillis;
use crate::model::{BlobId, PatientId, PhotoHash, PhotoId, TrayId, VolumeId};
use crate::vault::error::Result;
use crate::vault::keys::Key;
use crate::vault::snapshot::VolumeState;
use crate::vault::types::Incoming;

const OPEN_VOLUME: &str = "SELECT * FROM volume WHERE closed = 0 AND erased = 0 ORDER BY id DESC LIMIT 1";
const VOLUMES: &str = "SELECT * FROM volume WHERE erased = 0
    AND EXISTS (SELECT 1 FROM blob WHERE blob.volume = volume.id) ORDER BY id";
const IS_ANNOUNCED: &str = "SELECT EXISTS (SELECT 1 FROM intent WHERE volume = ?1)";
const VOLUME_KEY: &str = "SELECT key FROM volume WHERE id = ?1";
const ADD_VOLUME: &str = "INSERT INTO volume (key, opened) VALUES (?1, ?2)";
const CLOSE_VOLUME: &str = "UPDATE volume SET closed = 1 WHERE id = ?1";
const GROW_VOLUME: &str = "UPDATE volume SET bytes = bytes + ?2 WHERE id = ?1";
const ADD_BLOB: &str = "INSERT INTO blob (hash, length, volume, volume_row, stored) VALUES (?1, ?2, ?3, ?4, ?5)";
/// Those of an erasure that waits for its volume are nobody's to be found.
const KNOWN_ROWS: &str = "SELECT volume_row FROM blob WHERE volume = ?1
    UNION ALL SELECT volume_row FROM erasure_original WHERE volume = ?1";
const PRESENT: &str = "SELECT * FROM volume WHERE erased = 0
    AND NOT EXISTS (SELECT 1 FROM erasure_volume WHERE erasure_volume.volume = volume.id) ORDER BY id";
const KNOWN: &str = "SELECT id FROM volume";
const ERASED: &str = "SELECT id FROM volume WHERE erased = 1 ORDER BY id";
const IS_CLOSED: &str = "SELECT closed FROM volume WHERE id = ?1";
/// Without its key nothing in it can be read any more, wherever copies of the file lie.
const ERASE: &str = "UPDATE volume SET closed = 1, erased = 1, key = x'' WHERE id = ?1";
const REMOVE: &str = "DELETE FROM blob WHERE id = ?1";
const OF_PATIENT: &str = include_str!("of_patient.sql");
const LAST_ROW: &str = "SELECT coalesce(max(volume_row), 0) FROM blob WHERE volume = ?1";
const OF_PHOTO: &str = "SELECT blob.* FROM blob JOIN photo ON photo.blob = blob.id WHERE photo.id = ?1";
const ID_OF_TRAY: &str = "SELECT blob.id, blob.volume FROM tray JOIN blob ON blob.id = tray.blob WHERE tray.id = ?1";
const OF_TRAY: &str = "SELECT blob.* FROM blob JOIN tray ON tray.blob = blob.id WHERE tray.id = ?1";
const OF_VOLUME: &str = "SELECT * FROM blob WHERE volume = ?1 ORDER BY volume_row";
const BY_HASH: &str = "SELECT * FROM blob WHERE hash = ?1";
const GET: &str = "SELECT * FROM blob WHERE id = ?1";
const STATES: &str = "SELECT volume.id, volume.closed, count(*) AS originals, max(blob.volume_row) AS last_row
    FROM volume JOIN blob ON blob.volume = volume.id GROUP BY volume.id ORDER BY volume.id";
/// Those never verified first, then those verified longest ago.
const OLDEST_VERIFIED: &str = "SELECT id FROM blob ORDER BY verified NULLS FIRST, id LIMIT ?1";
const MARK_VERIFIED: &str = "UPDATE blob SET verified = ?2 WHERE id = ?1";
const MOVE: &str = "UPDATE blob SET volume = ?2, volume_row = ?3, verified = ?4 WHERE id = ?1";
const PHOTOS_OF: &str = "SELECT id FROM photo WHERE blob = ?1 ORDER BY id";
const TRAY_OF: &str = "SELECT id FROM tray WHERE blob = ?1 ORDER BY id LIMIT 1";
const WITHOUT_RECORD: &str = "SELECT id FROM blob
    WHERE NOT EXISTS (SELECT 1 FROM photo WHERE photo.blob = blob.id)
    AND NOT EXISTS (SELECT 1 FROM tray WHERE tray.blob = blob.id)
    ORDER BY id";
const INTENTS: &str = "SELECT * FROM intent ORDER BY id";
const END_INTENT: &str = "DELETE FROM intent WHERE id = ?1";

/// A volume and what was stored in it.
pub(in crate::vault) struct VolumeRow {
    pub(in crate::vault) id: i64,
    pub(in crate::vault) bytes: u64,
}

/// Identity and place of an original.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::vault) struct Place {
    pub(in crate::vault) hash: PhotoHash,
    pub(in crate::vault) length: u64,
    pub(in crate::vault) volume: i64,
    pub(in crate::vault) volume_row: i64,
}

/// An original that was announced.
pub(in crate::vault) struct Intent {
    pub(in crate::vault) id: i64,
    pub(in crate::vault) hash: PhotoHash,
    pub(in crate::vault) length: u64,
    pub(in crate::vault) volume: i64,
    pub(in crate::vault) width: u32,
    pub(in crate::vault) height: u32,
    pub(in crate::vault) facts: String,
    pub(in crate::vault) file_name: String,
    pub(in crate::vault) at: UtcMillis,
}

impl Intent {
    /// The place of its bytes, once they lie in this row.
    pub(in crate::vault) fn place(&self, volume_row: i64) -> Place {
        Place { hash: self.hash, length: self.length, volume: self.volume, volume_row }
    }
}

fn map_place(row: &Row<'_>) -> rusqlite::Result<Place> {
    Ok(Place {
        hash: hash(row, "hash")?,
        length: byte_count(row, "length")?,
        volume: row.get("volume")?,
        volume_row: row.get("volume_row")?,
    })
}

fn map_volume(row: &Row<'_>) -> rusqlite::Result<VolumeRow> {
    Ok(VolumeRow { id: row.get("id")?, bytes: byte_count(row, "bytes")? })
}

pub(in crate::vault) fn open_volume(conn: &Connection) -> Result<Option<VolumeRow>> {
    row_or_none(conn, OPEN_VOLUME, [], map_volume)
}

pub(in crate::vault) fn add_volume(conn: &Connection, key: &Key, at: UtcMillis) -> Result<i64> {
    insert(conn, ADD_VOLUME, params![key.bytes(), at.0])
}

pub(in crate::vault) fn close_volume(conn: &Connection, id: i64) -> Result<()> {
    change_one(conn, CLOSE_VOLUME, params![id])
}

pub(in crate::vault) fn volume_key(conn: &Connection, id: i64) -> Result<Key> {
    let bytes: zeroize::Zeroizing<Vec<u8>> =
        row(conn, VOLUME_KEY, params![id], |row| row.get(0).map(zeroize::Zeroizing::new))?;
    Key::from_bytes(&bytes)
}

pub(in crate::vault) fn add(conn: &Connection, place: &Place, at: UtcMillis) -> Result<i64> {
    change_one(conn, GROW_VOLUME, params![place.volume, place.length as i64])?;
    insert(conn, ADD_BLOB, params![place.hash.0, place.length as i64, place.volume, place.volume_row, at.0])
}

/// Every volume that should be there: a record names an original in it.
pub(in crate::vault) fn volumes(conn: &Connection) -> Result<Vec<VolumeRow>> {
    rows(conn, VOLUMES, [], map_volume)
}

/// Every volume whose file may be there, whether a record names an original in it or not.
pub(in crate::vault) fn present(conn: &Connection) -> Result<Vec<VolumeRow>> {
    rows(conn, PRESENT, [], map_volume)
}

/// Every number of a volume that was ever given.
pub(in crate::vault) fn known_volumes(conn: &Connection) -> Result<std::collections::BTreeSet<i64>> {
    Ok(rows(conn, KNOWN, [], |row| row.get(0))?.into_iter().collect())
}

/// Volumes whose originals were moved away from somebody who was erased.
pub(in crate::vault) fn erased(conn: &Connection) -> Result<Vec<i64>> {
    rows(conn, ERASED, [], |row| row.get(0))
}

/// Whether a volume takes no more originals.
pub(in crate::vault) fn is_closed(conn: &Connection, id: i64) -> Result<bool> {
    row(conn, IS_CLOSED, params![id], |row| row.get(0))
}

/// Nothing refers to this volume any more, and nothing is to be read in it.
pub(in crate::vault) fn erase_volume(conn: &Connection, id: i64) -> Result<()> {
    change_one(conn, ERASE, params![id])
}

/// Forgets an original that no photo and nothing in the tray points to.
pub(in crate::vault) fn remove(conn: &Connection, id: BlobId) -> Result<()> {
    change_one(conn, REMOVE, params![id.0])
}

/// The originals of a patient's photos that nothing else points to.
pub(in crate::vault) fn of_patient(conn: &Connection, patient: PatientId) -> Result<Vec<(BlobId, Place)>> {
    rows(conn, OF_PATIENT, params![patient.0], map_blob)
}

/// Whether an original was announced for this volume and is not recorded yet.
pub(in crate::vault) fn is_announced(conn: &Connection, volume: i64) -> Result<bool> {
    row(conn, IS_ANNOUNCED, params![volume], |row| row.get(0))
}

/// Rows of a volume that the catalog knows.
pub(in crate::vault) fn known_rows(conn: &Connection, volume: i64) -> Result<std::collections::HashSet<i64>> {
    Ok(rows(conn, KNOWN_ROWS, params![volume], |row| row.get(0))?.into_iter().collect())
}

/// The highest row of a volume that the catalog knows; 0 when it knows none.
pub(in crate::vault) fn last_row(conn: &Connection, volume: i64) -> Result<i64> {
    row(conn, LAST_ROW, params![volume], |row| row.get(0))
}

pub(in crate::vault) fn of_photo(conn: &Connection, photo: PhotoId) -> Result<Place> {
    row(conn, OF_PHOTO, params![photo.0], map_place)
}

pub(in crate::vault) fn of_tray(conn: &Connection, tray: TrayId) -> Result<Place> {
    row(conn, OF_TRAY, params![tray.0], map_place)
}

/// The blob of a tray item, and its volume.
pub(in crate::vault) fn id_of_tray(conn: &Connection, tray: TrayId) -> Result<(BlobId, VolumeId)> {
    row(conn, ID_OF_TRAY, params![tray.0], |row| Ok((BlobId(row.get(0)?), VolumeId(row.get(1)?))))
}

fn map_blob(row: &Row<'_>) -> rusqlite::Result<(BlobId, Place)> {
    Ok((BlobId(row.get("id")?), map_place(row)?))
}

/// Every original the records have in a volume, in its order.
pub(in crate::vault) fn of_volume(conn: &Connection, volume: VolumeId) -> Result<Vec<(BlobId, Place)>> {
    rows(conn, OF_VOLUME, params![volume.0], map_blob)
}

/// Everywhere the same bytes lie.
pub(in crate::vault) fn by_hash(conn: &Connection, hash: PhotoHash) -> Result<Vec<Place>> {
    rows(conn, BY_HASH, params![hash.0], map_place)
}

/// Where one lies.
pub(in crate::vault) fn place(conn: &Connection, id: BlobId) -> Result<Place> {
    row(conn, GET, params![id.0], map_place)
}

/// Volumes that hold an original the records name.
pub(in crate::vault) fn volume_states(conn: &Connection) -> Result<Vec<VolumeState>> {
    rows(conn, STATES, [], |row| {
        Ok(VolumeState {
            id: VolumeId(row.get("id")?),
            closed: row.get("closed")?,
            originals: byte_count(row, "originals")?,
            last_row: row.get("last_row")?,
        })
    })
}

/// Originals in the vault.
pub(in crate::vault) fn count(conn: &Connection) -> Result<u64> {
    row(conn, "SELECT count(*) AS n FROM blob", [], |row| byte_count(row, "n"))
}

/// At most `count` originals, those whose last verification is longest ago.
pub(in crate::vault) fn oldest_verified(conn: &Connection, count: u64) -> Result<Vec<BlobId>> {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    rows(conn, OLDEST_VERIFIED, params![count], |row| row.get(0).map(BlobId))
}

/// Remembers when an original was read and found to be what was stored.
pub(in crate::vault) fn mark_verified(conn: &Connection, id: BlobId, at: UtcMillis) -> Result<()> {
    change_one(conn, MARK_VERIFIED, params![id.0, at.0])
}

/// Points the record of an original to another copy of its bytes.
pub(in crate::vault) fn move_to(conn: &Connection, id: BlobId, to: &Place, at: UtcMillis) -> Result<()> {
    change_one(conn, GROW_VOLUME, params![to.volume, to.length as i64])?;
    change_one(conn, MOVE, params![id.0, to.volume, to.volume_row, at.0])
}

/// The photos filed from an original, and its place in the tray.
pub(in crate::vault) fn users_of(conn: &Connection, id: BlobId) -> Result<(Vec<PhotoId>, Option<TrayId>)> {
    let photos = rows(conn, PHOTOS_OF, params![id.0], |row| row.get(0).map(PhotoId))?;
    Ok((photos, row_or_none(conn, TRAY_OF, params![id.0], |row| row.get(0).map(TrayId))?))
}

/// Originals that neither a photo nor the tray points to.
pub(in crate::vault) fn without_record(conn: &Connection) -> Result<Vec<BlobId>> {
    rows(conn, WITHOUT_RECORD, [], |row| row.get(0).map(BlobId))
}

/// Announces an original; committed before its bytes are written.
pub(in crate::vault) fn begin(
    conn: &Connection,
    incoming: &Incoming<'_>,
    hash: PhotoHash,
    volume: i64,
    at: UtcMillis,
) -> Result<Intent> {
    let mut intent = Intent {
        id: 0,
        hash,
        length: incoming.bytes.len() as u64,
        volume,
        width: incoming.size.width,
        height: incoming.size.height,
        facts: json_text(incoming.facts)?,
        file_name: incoming.file_name.to_owned(),
        at,
    };
    intent.id = insert(
        conn,
        include_str!("begin.sql"),
        named_params! {
            ":hash": hash.0, ":length": intent.length as i64, ":volume": volume, ":width": intent.width,
            ":height": intent.height, ":facts": intent.facts, ":file_name": intent.file_name, ":at": at.0,
        },
    )?;
    Ok(intent)
}

pub(in crate::vault) fn intents(conn: &Connection) -> Result<Vec<Intent>> {
    rows(conn, INTENTS, [], |row| {
        Ok(Intent {
            id: row.get("id")?,
            hash: hash(row, "hash")?,
            length: byte_count(row, "length")?,
            volume: row.get("volume")?,
            width: row.get("width")?,
            height: row.get("height")?,
            facts: row.get("facts")?,
            file_name: row.get("file_name")?,
            at: UtcMillis(row.get("at")?),
        })
    })
}

pub(in crate::vault) fn end_intent(conn: &Connection, id: i64) -> Result<()> {
    change_one(conn, END_INTENT, params![id])
}
