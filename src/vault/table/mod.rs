//! One folder per table: its SQL, its row mapper, and the functions that use them.

pub(super) mod alignment;
pub(super) mod attachment;
pub(super) mod blob;
pub(super) mod consent;
pub(super) mod due;
pub(super) mod erasure;
pub(super) mod frame;
pub(super) mod grade;
pub(super) mod merge;
pub(super) mod patient;
pub(super) mod photo;
pub(super) mod publication;
pub(super) mod series;
pub(super) mod session;
pub(super) mod setting;
pub(super) mod tray;
pub(super) mod user;
pub(super) mod view;

use chrono::NaiveDate;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Params, Row};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::{Result, VaultError};
use crate::geom::{Matrix3, Size};
use crate::model::{PhotoHash, Uid};

/// A stored value that is none of those ever written.
#[derive(Debug, thiserror::Error)]
#[error("unknown value in column {0}")]
struct UnknownValue(&'static str);

fn unknown(column: &'static str, kind: Type) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, kind, Box::new(UnknownValue(column)))
}

/// A word of a closed vocabulary.
fn word<T>(row: &Row<'_>, column: &'static str, from_key: impl Fn(&str) -> Option<T>) -> rusqlite::Result<T> {
    from_key(row.get_ref(column)?.as_str()?).ok_or_else(|| unknown(column, Type::Text))
}

/// A word of a closed vocabulary, or none.
fn word_or_none<T>(
    row: &Row<'_>,
    column: &'static str,
    from_key: impl Fn(&str) -> Option<T>,
) -> rusqlite::Result<Option<T>> {
    match row.get_ref(column)?.as_str_or_null()? {
        None => Ok(None),
        Some(text) => from_key(text).map(Some).ok_or_else(|| unknown(column, Type::Text)),
    }
}

/// A civil date as ISO text.
fn date(row: &Row<'_>, column: &'static str) -> rusqlite::Result<NaiveDate> {
    word(row, column, parse_date)
}

/// A civil date as ISO text, or none.
fn date_or_none(row: &Row<'_>, column: &'static str) -> rusqlite::Result<Option<NaiveDate>> {
    word_or_none(row, column, parse_date)
}

fn parse_date(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()
}

/// A date as it is stored; sorts like the date for the four-digit years that are accepted.
fn date_text(date: NaiveDate) -> String {
    date.format("%Y-%m-%d").to_string()
}

fn uid(row: &Row<'_>) -> rusqlite::Result<Uid> {
    row.get("uid").map(Uid)
}

fn hash(row: &Row<'_>, column: &'static str) -> rusqlite::Result<PhotoHash> {
    row.get(column).map(PhotoHash)
}

fn size(row: &Row<'_>) -> rusqlite::Result<Size> {
    Ok(Size::new(row.get("width")?, row.get("height")?))
}

/// A number of bytes.
fn byte_count(row: &Row<'_>, column: &'static str) -> rusqlite::Result<u64> {
    u64::try_from(row.get::<_, i64>(column)?).map_err(|_| unknown(column, Type::Integer))
}

/// A record kept as JSON.
fn json<T: DeserializeOwned>(row: &Row<'_>, column: &'static str) -> rusqlite::Result<T> {
    serde_json::from_str(row.get_ref(column)?.as_str()?).map_err(|_| unknown(column, Type::Text))
}

/// A list kept as JSON, as empty text when it is empty.
fn list<T: DeserializeOwned>(row: &Row<'_>, column: &'static str) -> rusqlite::Result<Vec<T>> {
    match row.get_ref(column)?.as_str()? {
        "" => Ok(Vec::new()),
        text => serde_json::from_str(text).map_err(|_| unknown(column, Type::Text)),
    }
}

/// A record as JSON.
fn json_text<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|_| VaultError::Refused("a value that cannot be stored"))
}

/// A matrix as JSON, which keeps every bit of a double; only finite ones.
fn matrix_text(matrix: Option<&Matrix3>) -> Result<Option<String>> {
    match matrix {
        Some(m) if !m.0.iter().all(|v| v.is_finite()) => Err(VaultError::Refused("a transform that is not finite")),
        matrix => matrix.map(json_text).transpose(),
    }
}

fn matrix(row: &Row<'_>) -> rusqlite::Result<Option<Matrix3>> {
    json_or_none(row, "matrix")
}

/// A record that may be missing.
fn json_or_none<T: DeserializeOwned>(row: &Row<'_>, column: &'static str) -> rusqlite::Result<Option<T>> {
    match row.get_ref(column)?.as_str_or_null()? {
        None => Ok(None),
        Some(text) => serde_json::from_str(text).map(Some).map_err(|_| unknown(column, Type::Text)),
    }
}

/// A fresh uid.
fn new_uid() -> Result<[u8; 16]> {
    super::keys::random()
}

/// All rows of a query.
fn rows<T>(
    conn: &Connection,
    sql: &str,
    params: impl Params,
    map: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>> {
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map(params, map)?.collect::<rusqlite::Result<Vec<T>>>()?;
    Ok(rows)
}

/// The only row of a query; [`VaultError::NotFound`] without one.
fn row<T>(
    conn: &Connection,
    sql: &str,
    params: impl Params,
    map: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<T> {
    row_or_none(conn, sql, params, map)?.ok_or(VaultError::NotFound)
}

/// The only row of a query, or none.
fn row_or_none<T>(
    conn: &Connection,
    sql: &str,
    params: impl Params,
    map: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>> {
    Ok(conn.prepare_cached(sql)?.query_row(params, map).optional()?)
}

/// The row that another one points to, by a query for its id; none when either is gone.
pub(super) fn id_or_none(conn: &Connection, sql: &str, of: i64) -> Result<Option<i64>> {
    row_or_none(conn, sql, [of], |row| row.get(0))
}

/// Inserts one row and returns its id.
fn insert(conn: &Connection, sql: &str, params: impl Params) -> Result<i64> {
    Ok(conn.prepare_cached(sql)?.insert(params)?)
}

/// Changes exactly one row; [`VaultError::NotFound`] when there is none.
fn change_one(conn: &Connection, sql: &str, params: impl Params) -> Result<()> {
    match conn.prepare_cached(sql)?.execute(params)? {
        0 => Err(VaultError::NotFound),
        _ => Ok(()),
    }
}
