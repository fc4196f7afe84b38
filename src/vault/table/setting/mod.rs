//! `setting`: what the program remembers for the vault as a whole, one record of JSON a key.

use rusqlite::{Connection, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{change_one, json, json_text, row_or_none};
use crate::vault::error::Result;

const GET: &str = "SELECT value FROM setting WHERE key = ?1";
const PUT: &str =
    "INSERT INTO setting (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";

const REMOVE: &str = "DELETE FROM setting WHERE key = ?1";

/// What is remembered under a key.
pub(in crate::vault) fn get<T: DeserializeOwned>(conn: &Connection, key: &str) -> Result<Option<T>> {
    row_or_none(conn, GET, params![key], |row| json(row, "value"))
}

/// Remembers a value in the place of what was there.
pub(in crate::vault) fn put<T: Serialize>(conn: &Connection, key: &str, value: &T) -> Result<()> {
    change_one(conn, PUT, params![key, json_text(value)?])
}

/// Forgets what is remembered under a key, where there is something.
pub(in crate::vault) fn remove(conn: &Connection, key: &str) -> Result<()> {
    let _rows = conn.execute(REMOVE, params![key])?;
    Ok(())
}
