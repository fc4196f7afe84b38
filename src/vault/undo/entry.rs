//! `undo_entry` and `undo_change`: the row images of a user's newest changes, and which of them are undone.

use rusqlite::{Connection, OptionalExtension, params};

use crate::clock::UtcMillis;
use crate::model::{CaptureFacts, PhotoFile, SeriesId, Slot, UserId, count_photos};
use crate::vault::error::{Result, VaultError};
use crate::vault::op::Op;
use crate::vault::recorder::{self, Change};
use crate::vault::types::{Touched, UndoEntry, UndoId};

/// Entries kept for each user.
const KEPT: u32 = 100;

const ADD_ENTRY: &str = "INSERT INTO undo_entry (user, op, at, audit) VALUES (?1, ?2, ?3, ?4)";
const ADD_CHANGE: &str =
    "INSERT INTO undo_change (entry, target, row, before, after, dropped) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const FORGET_OLD: &str = "DELETE FROM undo_entry WHERE user = ?1 AND id <= (
    SELECT id FROM undo_entry WHERE user = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)";
const FORGET_UNDONE: &str = "DELETE FROM undo_entry WHERE user = ?1 AND undone IS NOT NULL";
const NEWEST: &str =
    "SELECT id, op, at, audit FROM undo_entry WHERE user = ?1 AND undone IS NULL ORDER BY id DESC LIMIT 1";
/// What was undone last was made first: undo goes back in order, and so does redo.
const UNDONE_LAST: &str =
    "SELECT id, op, at, audit FROM undo_entry WHERE user = ?1 AND undone IS NOT NULL ORDER BY id LIMIT 1";
/// A row that came and went within one change was not touched by it.
const TOUCHED: &str = "SELECT target,
    count(*) FILTER (WHERE came = 1 AND went = 0), count(*) FILTER (WHERE came = 0 AND went = 0),
    count(*) FILTER (WHERE came = 0 AND went = 1)
    FROM (SELECT target, max(before IS NULL) AS came, max(after IS NULL) AS went
        FROM undo_change WHERE entry = ?1 AND dropped = 0 GROUP BY target, row)
    GROUP BY target ORDER BY target";
const CHANGES: &str =
    "SELECT target, row, before, after FROM undo_change WHERE entry = ?1 AND dropped = ?2 ORDER BY id";
const SET_UNDONE: &str = "UPDATE undo_entry SET undone = ?2 WHERE id = ?1";
const FORGET_DROPPED: &str = "DELETE FROM undo_change WHERE entry = ?1 AND dropped = 1";

/// Where an entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// It can be undone.
    Done,
    /// It can be redone.
    Undone,
}

/// The next entry on its side, and the audit row of its change.
pub(super) struct Next {
    pub(super) entry: UndoEntry,
    pub(super) audit: i64,
}

/// Keeps the images of a change. What its user had undone before can no longer be redone.
pub(in crate::vault) fn keep(
    conn: &Connection,
    op: Op,
    at: UtcMillis,
    user: UserId,
    audit: i64,
    changes: &[Change],
) -> Result<()> {
    let _undone = conn.prepare_cached(FORGET_UNDONE)?.execute(params![user.0])?;
    let entry = UndoId(conn.prepare_cached(ADD_ENTRY)?.insert(params![user.0, op.key(), at.0, audit])?);
    for change in changes.iter().filter(|change| recorder::is_undoable(&change.target) && !went_with_answer(change)) {
        add_change(conn, entry, change, false)?;
    }
    let _old = conn.prepare_cached(FORGET_OLD)?.execute(params![user.0, KEPT])?;
    Ok(())
}

/// A pointer goes with the answer it points to, which is computed anew.
fn went_with_answer(change: &Change) -> bool {
    change.target == "alignment_current" && change.after.is_none()
}

fn add_change(conn: &Connection, entry: UndoId, change: &Change, dropped: bool) -> Result<()> {
    let Change { target, row, before, after } = change;
    let _row = conn.prepare_cached(ADD_CHANGE)?.insert(params![entry.0, target, row, before, after, dropped])?;
    Ok(())
}

/// What this user would undo or redo next.
pub(super) fn next(conn: &Connection, user: UserId, side: Side) -> Result<Option<Next>> {
    let sql = match side {
        Side::Done => NEWEST,
        Side::Undone => UNDONE_LAST,
    };
    let found = conn
        .prepare_cached(sql)?
        .query_row(params![user.0], |row| {
            Ok((UndoId(row.get(0)?), row.get::<_, String>(1)?, UtcMillis(row.get(2)?), row.get(3)?))
        })
        .optional()?;
    let Some((id, op, at, audit)) = found else { return Ok(None) };
    let op = Op::from_key(&op).ok_or(VaultError::Damaged("an undo entry"))?;
    let touched = conn
        .prepare_cached(TOUCHED)?
        .query_map(params![id.0], |row| {
            Ok(Touched { kind: row.get(0)?, added: row.get(1)?, changed: row.get(2)?, removed: row.get(3)? })
        })?
        .collect::<rusqlite::Result<_>>()?;
    let raws = if op == Op::FilePhotos { raws(conn, id)? } else { 0 };
    Ok(Some(Next { entry: UndoEntry { id, op, at, touched, raws }, audit }))
}

/// Raw files among the photos that a change added, by the images it kept: the rows may have been taken back.
fn raws(conn: &Connection, entry: UndoId) -> Result<u32> {
    let columns = recorder::columns(conn, "photo")?;
    let is_added = |change: &Change| change.target == "photo" && change.before.is_none();
    let mut added = Vec::new();
    for image in changes(conn, entry)?.into_iter().filter(is_added).filter_map(|change| change.after) {
        let literals = recorder::literals(&image)?;
        let literal = |name: &str| {
            let at = columns.iter().position(|column| column == name);
            at.and_then(|at| literals.get(at)).cloned().unwrap_or_default()
        };
        let facts = recorder::text(&literal("facts")).and_then(|text| serde_json::from_str::<CaptureFacts>(&text).ok());
        let name = recorder::text(&literal("file_name")).unwrap_or_default();
        let is_hidden = recorder::text(&literal("slot")).as_deref() == Some(Slot::Rejected.key());
        let place = literal("session").parse().unwrap_or_default();
        added.push((place, name, facts.and_then(|facts| facts.time_text), is_hidden));
    }
    let files = added.iter().map(|(place, name, time, is_hidden)| PhotoFile {
        place: *place,
        name,
        time: time.as_deref(),
        stands_alone: !is_hidden,
    });
    Ok((added.len() - count_photos(files)) as u32)
}

/// The rows of a change, in the order in which it changed them.
pub(super) fn changes(conn: &Connection, entry: UndoId) -> Result<Vec<Change>> {
    images(conn, entry, false)
}

/// Rows the program had computed, which went with the undo.
pub(super) fn dropped(conn: &Connection, entry: UndoId) -> Result<Vec<Change>> {
    images(conn, entry, true)
}

/// The series that it touched, as far as its rows are there.
pub(super) fn series(conn: &Connection, entry: UndoId) -> Result<Vec<SeriesId>> {
    let mut statement = conn.prepare_cached(include_str!("series.sql"))?;
    let series = statement.query_map(params![entry.0], |row| row.get(0).map(SeriesId))?;
    Ok(series.collect::<rusqlite::Result<_>>()?)
}

fn images(conn: &Connection, entry: UndoId, dropped: bool) -> Result<Vec<Change>> {
    let mut statement = conn.prepare_cached(CHANGES)?;
    let changes = statement
        .query_map(params![entry.0, dropped], |row| {
            Ok(Change { target: row.get(0)?, row: row.get(1)?, before: row.get(2)?, after: row.get(3)? })
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(changes)
}

/// The entry waits to be redone. Of what its undo did, the rows that are not its own are kept to be brought back.
pub(super) fn set_undone(conn: &Connection, entry: UndoId, audit: i64, undo: &[Change]) -> Result<()> {
    let own = changes(conn, entry)?;
    let is_own = |change: &Change| own.iter().any(|own| own.row == change.row && own.target == change.target);
    let went =
        |change: &&Change| change.after.is_none() && !went_with_answer(change) && recorder::is_undoable(&change.target);
    for change in undo.iter().filter(went).filter(|change| !is_own(change)) {
        add_change(conn, entry, change, true)?;
    }
    let _row = conn.prepare_cached(SET_UNDONE)?.execute(params![entry.0, Some(audit)])?;
    Ok(())
}

/// The entry can be undone again.
pub(super) fn set_redone(conn: &Connection, entry: UndoId) -> Result<()> {
    let _rows = conn.prepare_cached(FORGET_DROPPED)?.execute(params![entry.0])?;
    let _row = conn.prepare_cached(SET_UNDONE)?.execute(params![entry.0, None::<i64>])?;
    Ok(())
}
