//! `tray`: originals that are in the vault but not yet filed.

use rusqlite::{Connection, Row, named_params, params};

use super::{byte_count, change_one, hash, insert, json, row_or_none, rows, size};
use crate::clock::UtcMillis;
use crate::model::{PhotoHash, Redacted, TrayId};
use crate::vault::error::Result;
use crate::vault::table::blob::Intent;
use crate::vault::types::TrayItem;

const BY_HASH: &str = "SELECT tray.id FROM blob JOIN tray ON tray.blob = blob.id WHERE blob.hash = ?1 LIMIT 1";
const REMOVE: &str = "DELETE FROM tray WHERE id = ?1";

fn map(row: &Row<'_>) -> rusqlite::Result<TrayItem> {
    Ok(TrayItem {
        id: TrayId(row.get("id")?),
        hash: hash(row, "hash")?,
        length: byte_count(row, "length")?,
        size: size(row)?,
        facts: json(row, "facts")?,
        file_name: Redacted(row.get("file_name")?),
        received: UtcMillis(row.get("received")?),
    })
}

/// Shows a stored original in the tray, with what its intent says of it.
pub(in crate::vault) fn add(conn: &Connection, blob: i64, intent: &Intent) -> Result<TrayId> {
    insert(
        conn,
        include_str!("insert.sql"),
        named_params! {
            ":blob": blob, ":width": intent.width, ":height": intent.height, ":facts": intent.facts,
            ":file_name": intent.file_name, ":received": intent.at.0,
        },
    )
    .map(TrayId)
}

pub(in crate::vault) fn list(conn: &Connection) -> Result<Vec<TrayItem>> {
    rows(conn, include_str!("list.sql"), [], map)
}

pub(in crate::vault) fn by_hash(conn: &Connection, hash: PhotoHash) -> Result<Option<TrayId>> {
    row_or_none(conn, BY_HASH, params![hash.0], |row| row.get(0).map(TrayId))
}

pub(in crate::vault) fn remove(conn: &Connection, id: TrayId) -> Result<()> {
    change_one(conn, REMOVE, params![id.0])
}
