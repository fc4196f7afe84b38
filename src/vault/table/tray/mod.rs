//! `tray`: originals that are in the vault but not yet filed.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, named_params, params};

use super::{byte_count, change_one, hash, insert, json, json_text, row, row_or_none, rows, size};
use crate::clock::UtcMillis;
use crate::model::{PhotoHash, Redacted, TrayId};
use crate::vault::error::{Result, VaultError};
use crate::vault::table::blob::Intent;
use crate::vault::types::{TrayItem, TrayPicture};

const BY_HASH: &str = "SELECT tray.id FROM blob JOIN tray ON tray.blob = blob.id WHERE blob.hash = ?1 LIMIT 1";
const KNOWN: &str = "SELECT width IS NOT NULL, file_name <> '' FROM tray WHERE id = ?1";
const CORRECT_CLOCK: &str = "UPDATE tray SET facts = json_set(facts, '$.clock_correction_s', ?2) WHERE id = ?1";
const REMOVE: &str = "DELETE FROM tray WHERE id = ?1";

fn map(row: &Row<'_>) -> rusqlite::Result<TrayItem> {
    let was_read = row.get_ref("width")? != ValueRef::Null;
    Ok(TrayItem {
        id: TrayId(row.get("id")?),
        hash: hash(row, "hash")?,
        length: byte_count(row, "length")?,
        picture: if was_read { Some(TrayPicture { size: size(row)?, facts: json(row, "facts")? }) } else { None },
        file_name: Redacted(row.get("file_name")?),
        received: UtcMillis(row.get("received")?),
    })
}

/// Shows a stored original in the tray, with what its intent says of it; without one nothing is known of its picture.
pub(in crate::vault) fn add(conn: &Connection, blob: i64, intent: Option<&Intent>, at: UtcMillis) -> Result<TrayId> {
    insert(
        conn,
        include_str!("insert.sql"),
        named_params! {
            ":blob": blob, ":width": intent.map(|i| i.width), ":height": intent.map(|i| i.height),
            ":facts": intent.map(|i| i.facts.as_str()), ":file_name": intent.map_or("", |i| i.file_name.as_str()),
            ":received": at.0,
        },
    )
    .map(TrayId)
}

/// Adds what is not known yet; what is known stays.
pub(in crate::vault) fn complete(conn: &Connection, id: TrayId, picture: &TrayPicture, name: &str) -> Result<()> {
    let values = named_params! {
        ":id": id.0, ":width": picture.size.width, ":height": picture.size.height,
        ":facts": json_text(&picture.facts)?, ":file_name": name,
    };
    change_one(conn, include_str!("complete.sql"), values)
}

/// Whether the picture and the file name of an item are known.
pub(in crate::vault) fn known(conn: &Connection, id: TrayId) -> Result<(bool, bool)> {
    row(conn, KNOWN, params![id.0], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Refuses an original whose picture nobody has read.
pub(in crate::vault) fn refuse_unread(conn: &Connection, id: TrayId) -> Result<()> {
    if known(conn, id)?.0 { Ok(()) } else { Err(VaultError::UnreadPicture) }
}

pub(in crate::vault) fn list(conn: &Connection) -> Result<Vec<TrayItem>> {
    rows(conn, include_str!("list.sql"), [], map)
}

pub(in crate::vault) fn by_hash(conn: &Connection, hash: PhotoHash) -> Result<Option<TrayId>> {
    row_or_none(conn, BY_HASH, params![hash.0], |row| row.get(0).map(TrayId))
}

/// Keeps by how much the camera's clock was wrong, beside what the camera said.
pub(in crate::vault) fn correct_clock(conn: &Connection, id: TrayId, seconds: i64) -> Result<()> {
    change_one(conn, CORRECT_CLOCK, params![id.0, seconds])
}

pub(in crate::vault) fn remove(conn: &Connection, id: TrayId) -> Result<()> {
    change_one(conn, REMOVE, params![id.0])
}
