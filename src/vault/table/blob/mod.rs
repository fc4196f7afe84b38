//! `blob`, `volume` and `intent`: where originals lie, and those on their way in.

use rusqlite::{Connection, Row, named_params, params};

use super::{byte_count, change_one, hash, insert, json_text, row, row_or_none, rows};
use crate::clock::UtcMillis;
use crate::model::PhotoHash;
use crate::vault::error::Result;
use crate::vault::keys::Key;
use crate::vault::types::Incoming;

const OPEN_VOLUME: &str = "SELECT * FROM volume WHERE closed = 0 AND erased = 0 ORDER BY id DESC LIMIT 1";
const VOLUMES: &str = "SELECT * FROM volume WHERE erased = 0 ORDER BY id";
const IS_ANNOUNCED: &str = "SELECT EXISTS (SELECT 1 FROM intent WHERE volume = ?1)";
const VOLUME_KEY: &str = "SELECT key FROM volume WHERE id = ?1";
const ADD_VOLUME: &str = "INSERT INTO volume (key, opened) VALUES (?1, ?2)";
const CLOSE_VOLUME: &str = "UPDATE volume SET closed = 1 WHERE id = ?1";
const GROW_VOLUME: &str = "UPDATE volume SET bytes = bytes + ?2 WHERE id = ?1";
const ADD_BLOB: &str = "INSERT INTO blob (hash, length, volume, volume_row, stored) VALUES (?1, ?2, ?3, ?4, ?5)";
const KNOWN_ROWS: &str = "SELECT volume_row FROM blob WHERE volume = ?1";
const OF_PHOTO: &str = "SELECT blob.* FROM blob JOIN photo ON photo.blob = blob.id WHERE photo.id = ?1";
const OF_TRAY: &str = "SELECT blob.* FROM blob JOIN tray ON tray.blob = blob.id WHERE tray.id = ?1";
const INTENTS: &str = "SELECT * FROM intent ORDER BY id";
const END_INTENT: &str = "DELETE FROM intent WHERE id = ?1";

/// A volume and what was stored in it.
pub(in crate::vault) struct VolumeRow {
    pub(in crate::vault) id: i64,
    pub(in crate::vault) bytes: u64,
}

/// Identity and place of an original.
#[derive(Debug, Clone, Copy)]
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

/// Every volume that should be there, and whether anything was stored in it.
pub(in crate::vault) fn volumes(conn: &Connection) -> Result<Vec<VolumeRow>> {
    rows(conn, VOLUMES, [], map_volume)
}

/// Whether an original was announced for this volume and is not recorded yet.
pub(in crate::vault) fn is_announced(conn: &Connection, volume: i64) -> Result<bool> {
    row(conn, IS_ANNOUNCED, params![volume], |row| row.get(0))
}

/// Rows of a volume that the catalog knows.
pub(in crate::vault) fn known_rows(conn: &Connection, volume: i64) -> Result<std::collections::HashSet<i64>> {
    Ok(rows(conn, KNOWN_ROWS, params![volume], |row| row.get(0))?.into_iter().collect())
}

pub(in crate::vault) fn of_photo(conn: &Connection, photo: crate::model::PhotoId) -> Result<Place> {
    row(conn, OF_PHOTO, params![photo.0], map_place)
}

pub(in crate::vault) fn of_tray(conn: &Connection, tray: crate::model::TrayId) -> Result<Place> {
    row(conn, OF_TRAY, params![tray.0], map_place)
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
