//! `session`: visits. The ordinal of a new or moved visit is the next free one of its day.

use chrono::{Datelike, NaiveDate};
use rusqlite::{Connection, Row, named_params, params};

use super::{change_one, date, date_text, insert, new_uid, row, rows, word};
use crate::model::{SeriesId, Session, SessionId, SessionKind};
use crate::vault::error::{Result, VaultError};

const GET: &str = "SELECT * FROM session WHERE id = ?1";
const OF_SERIES: &str = "SELECT * FROM session WHERE series = ?1 ORDER BY date, ordinal";

const SEEN: &str = "SELECT series FROM session INDEXED BY session_by_date WHERE date BETWEEN ?1 AND ?2
    ORDER BY date DESC, series LIMIT ?3";

fn map(row: &Row<'_>) -> rusqlite::Result<Session> {
    Ok(Session {
        id: SessionId(row.get("id")?),
        series: SeriesId(row.get("series")?),
        date: date(row, "date")?,
        ordinal: row.get("ordinal")?,
        kind: word(row, "kind", SessionKind::from_key)?,
    })
}

/// Dates are ordered as text, which needs years of four digits.
fn plausible(date: NaiveDate) -> Result<String> {
    if (1900..=9999).contains(&date.year()) {
        Ok(date_text(date))
    } else {
        Err(VaultError::Refused("a session needs a date after 1900"))
    }
}

pub(in crate::vault) fn add(
    conn: &Connection,
    series: SeriesId,
    date: NaiveDate,
    kind: SessionKind,
) -> Result<SessionId> {
    let series = super::series::get(conn, series)?.id;
    let values =
        named_params! {":uid": new_uid()?, ":series": series.0, ":date": plausible(date)?, ":kind": kind.key()};
    insert(conn, include_str!("insert.sql"), values).map(SessionId)
}

pub(in crate::vault) fn set(conn: &Connection, id: SessionId, date: NaiveDate, kind: SessionKind) -> Result<()> {
    let values = named_params! {":id": id.0, ":date": plausible(date)?, ":kind": kind.key()};
    change_one(conn, include_str!("update.sql"), values)
}

/// Into another series, as the next visit of its day there.
pub(in crate::vault) fn move_to(conn: &Connection, id: SessionId, series: SeriesId) -> Result<()> {
    change_one(conn, include_str!("move.sql"), named_params! {":id": id.0, ":series": series.0})
}

pub(in crate::vault) fn get(conn: &Connection, id: SessionId) -> Result<Session> {
    row(conn, GET, params![id.0], map)
}

/// The series with a visit between two days, the latest visit first; one with several may stand there again.
pub(in crate::vault) fn seen(conn: &Connection, from: NaiveDate, to: NaiveDate, limit: u32) -> Result<Vec<SeriesId>> {
    rows(conn, SEEN, params![plausible(from)?, plausible(to)?, limit], |row| row.get(0).map(SeriesId))
}

/// By date and ordinal.
pub(in crate::vault) fn of_series(conn: &Connection, series: SeriesId) -> Result<Vec<Session>> {
    rows(conn, OF_SERIES, params![series.0], map)
}
