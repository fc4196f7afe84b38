//! `due`: the window of each series' next visit, kept so that the list of a day is read and not worked out.
//!
//! Triggers mark a row stale when anything the rule looks at changes; [`settle`] asks [`protocol::next_due`] anew. The rule
//! itself stands nowhere in SQL.

use chrono::NaiveDate;
use rusqlite::{Connection, named_params, params};

use super::{date_text, patient, row, row_or_none, rows, series, session};
use crate::model::SeriesId;
use crate::protocol;
use crate::vault::error::Result;
use crate::vault::types::{DuePart, DueRow, DueTotals};

const STALE: &str = "SELECT series FROM due WHERE stale = 1";
const SET: &str = "UPDATE due SET stale = 0, opens = ?2, closes = ?3 WHERE series = ?1";
const RULE: &str = "SELECT value FROM setting WHERE key = 'due-rule'";
const SET_RULE: &str = "INSERT OR REPLACE INTO setting (key, value) VALUES ('due-rule', ?1)";
const ALL_STALE: &str = "UPDATE due SET stale = 1";

pub(in crate::vault) const OVERDUE: &str = include_str!("overdue.sql");
pub(in crate::vault) const NOW: &str = include_str!("now.sql");
pub(in crate::vault) const LATER: &str = include_str!("later.sql");
pub(in crate::vault) const TOTALS: &str = include_str!("totals.sql");

/// Works out the windows that are stale; before every commit of a change.
pub(in crate::vault) fn settle(conn: &Connection) -> Result<()> {
    for id in rows(conn, STALE, [], |row| row.get(0).map(SeriesId))? {
        // The windows do not depend on the day that is asked; any will do.
        let due = protocol::next_due(&series::get(conn, id)?, &session::of_series(conn, id)?, NaiveDate::MIN);
        let (opens, closes) = due.map(|due| (date_text(due.from), date_text(due.to))).unzip();
        let _row = conn.prepare_cached(SET)?.execute(params![id.0, opens, closes])?;
    }
    Ok(())
}

/// At opening: a program that was updated may bring another rule.
pub(in crate::vault) fn renew(conn: &Connection) -> Result<()> {
    let program = env!("CARGO_PKG_VERSION");
    let rule: Option<String> = row_or_none(conn, RULE, [], |row| row.get(0))?;
    let tx = conn.unchecked_transaction()?;
    if rule.as_deref() != Some(program) {
        let _rows = tx.execute(ALL_STALE, [])?;
        let _row = tx.execute(SET_RULE, params![program])?;
    }
    settle(&tx)?;
    Ok(tx.commit()?)
}

/// A window of one part of the day's list, the most pressing first.
pub(in crate::vault) fn list(
    conn: &Connection,
    part: DuePart,
    today: NaiveDate,
    offset: u32,
    limit: u32,
) -> Result<Vec<DueRow>> {
    let sql = match part {
        DuePart::Overdue => OVERDUE,
        DuePart::Now => NOW,
        DuePart::Later => LATER,
    };
    let values = named_params! {":today": date_text(today), ":limit": limit, ":offset": offset};
    let mut out = Vec::new();
    for id in rows(conn, sql, values, |row| row.get(0).map(SeriesId))? {
        let series = series::get(conn, id)?;
        if let Some(due) = protocol::next_due(&series, &session::of_series(conn, id)?, today) {
            out.push(DueRow { patient: patient::get(conn, series.patient)?, series, due });
        }
    }
    Ok(out)
}

/// How long each part of the day's list is.
pub(in crate::vault) fn totals(conn: &Connection, today: NaiveDate) -> Result<DueTotals> {
    row(conn, TOTALS, named_params! {":today": date_text(today)}, |row| {
        Ok(DueTotals { overdue: row.get(0)?, now: row.get(1)?, later: row.get(2)? })
    })
}
