//! Undo: a person takes back their newest change, if nothing that came later depends on it.
//!
//! Each changed row is restored only while it still is what the change left. Alignments and frames the program computed by
//! itself for photos that go back into the tray are dropped and computed anew after the next filing; those a person set by
//! hand refuse the undo, because they would be lost.

use rusqlite::{Connection, OptionalExtension, params};

use super::error::{Result, VaultError, is_constraint_violation};
use super::op::Op;
use super::recorder::{self, Change};
use super::types::{Touched, UndoEntry, UndoId};
use super::{Vault, audit};
use crate::clock::{Now, UtcMillis};
use crate::model::UserId;

/// Undo entries kept for each user.
const KEPT: u32 = 100;

const NOTHING: VaultError = VaultError::UndoRefused("there is nothing to undo");
const CHANGED_SINCE: VaultError = VaultError::UndoRefused("it was changed again since");
const NEEDED_SINCE: VaultError = VaultError::UndoRefused("something that came later depends on it");
const PLACED_BY_HAND: VaultError = VaultError::UndoRefused("a photo of it was aligned by hand since");

const ADD_ENTRY: &str = "INSERT INTO undo_entry (user, op, at, audit) VALUES (?1, ?2, ?3, ?4)";
const ADD_CHANGE: &str = "INSERT INTO undo_change (entry, target, row, before, after) VALUES (?1, ?2, ?3, ?4, ?5)";
const FORGET_OLD: &str = "DELETE FROM undo_entry WHERE user = ?1 AND id <= (
    SELECT id FROM undo_entry WHERE user = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)";
const NEWEST: &str = "SELECT id, op, at, audit FROM undo_entry WHERE user = ?1 ORDER BY id DESC LIMIT 1";
/// A row that came and went within one change was not touched by it.
const TOUCHED: &str = "SELECT target,
    count(*) FILTER (WHERE came = 1 AND went = 0), count(*) FILTER (WHERE came = 0 AND went = 0),
    count(*) FILTER (WHERE came = 0 AND went = 1)
    FROM (SELECT target, max(before IS NULL) AS came, max(after IS NULL) AS went
        FROM undo_change WHERE entry = ?1 GROUP BY target, row)
    GROUP BY target ORDER BY target";
const CHANGES: &str = "SELECT target, row, before, after FROM undo_change WHERE entry = ?1 ORDER BY id DESC";
const REMOVE_ENTRY: &str = "DELETE FROM undo_entry WHERE id = ?1";
/// Whether a person placed this photo, or placed another one in a frame that goes with it.
const PLACED: &str = "SELECT EXISTS (
    SELECT 1 FROM alignment LEFT JOIN frame ON frame.id = alignment.frame
    WHERE alignment.source <> 'automatic'
    AND (alignment.photo = ?1 OR (frame.reference = ?1 AND frame.automatic = 1)))";
const DROP_FRAMES: &str = "DELETE FROM frame WHERE reference = ?1 AND automatic = 1";

/// The newest entry, and the audit row of its change.
struct Newest {
    entry: UndoEntry,
    audit: i64,
}

impl Vault {
    /// Undoes the newest undoable change of this user; a filing's photos go back to the tray.
    pub fn undo(&self, now: Now) -> Result<Op> {
        self.take_back(None, now).map(|entry| entry.op)
    }

    /// Undoes this change, or refuses with [`VaultError::UndoOutdated`] when it is not the newest any more.
    pub fn undo_expected(&self, expected: UndoId, now: Now) -> Result<UndoEntry> {
        self.take_back(Some(expected), now)
    }

    /// The change [`Vault::undo_expected`] would undo, to name it before and to mean it then.
    pub fn last_undoable(&self) -> Result<Option<UndoEntry>> {
        let user = self.inner.user.id;
        self.inner.readers.read(|conn| Ok(newest(conn, user)?.map(|newest| newest.entry)))
    }

    fn take_back(&self, expected: Option<UndoId>, now: Now) -> Result<UndoEntry> {
        self.change(Op::Undo, |conn, user| {
            let Some(Newest { entry, audit }) = newest(conn, user)? else {
                return Err(if expected.is_some() { VaultError::UndoOutdated } else { NOTHING });
            };
            if expected.is_some_and(|id| id != entry.id) {
                return Err(VaultError::UndoOutdated);
            }
            for change in changes(conn, entry.id)? {
                restore(conn, &change)?;
            }
            let done = recorder::recorded(conn)?;
            let subject = recorder::subject(conn, &done, Some(audit))?;
            let _seq = audit::append(conn, now.at, user, Op::Undo.key(), subject)?;
            let _rows = conn.execute(REMOVE_ENTRY, params![entry.id.0])?;
            Ok(entry)
        })
    }
}

/// Keeps the images of a change.
pub(super) fn keep(
    conn: &Connection,
    op: Op,
    at: UtcMillis,
    user: UserId,
    audit: i64,
    changes: &[Change],
) -> Result<()> {
    let entry = conn.prepare_cached(ADD_ENTRY)?.insert(params![user.0, op.key(), at.0, audit])?;
    let mut statement = conn.prepare_cached(ADD_CHANGE)?;
    for change in changes.iter().filter(|change| recorder::is_undoable(&change.target)) {
        let _row = statement.insert(params![entry, change.target, change.row, change.before, change.after])?;
    }
    let _old = conn.prepare_cached(FORGET_OLD)?.execute(params![user.0, KEPT])?;
    Ok(())
}

fn newest(conn: &Connection, user: UserId) -> Result<Option<Newest>> {
    let found = conn
        .prepare_cached(NEWEST)?
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
    Ok(Some(Newest { entry: UndoEntry { id, op, at, touched }, audit }))
}

/// Newest first.
fn changes(conn: &Connection, entry: UndoId) -> Result<Vec<Change>> {
    let mut statement = conn.prepare_cached(CHANGES)?;
    let changes = statement
        .query_map(params![entry.0], |row| {
            Ok(Change { target: row.get(0)?, row: row.get(1)?, before: row.get(2)?, after: row.get(3)? })
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(changes)
}

/// Puts one row back to what it was, if it still is what the change left.
fn restore(conn: &Connection, change: &Change) -> Result<()> {
    if !recorder::is_undoable(&change.target) {
        return Err(VaultError::Damaged("an undo entry"));
    }
    let (table, row) = (&change.target, change.row);
    let columns = recorder::columns(conn, table)?;
    let image = recorder::image_of(&columns, table);
    let current: Option<String> = conn
        .query_row(&format!("SELECT {image} FROM {table} WHERE id = ?1"), params![row], |row| row.get(0))
        .optional()?;
    if current != change.after {
        return Err(CHANGED_SINCE);
    }
    let names = columns.iter().map(|c| format!("\"{c}\"")).collect::<Vec<_>>().join(", ");
    let sql = match &change.before {
        None => {
            if table == "photo" {
                drop_computed(conn, row)?;
            }
            format!("DELETE FROM {table} WHERE id = {row}")
        }
        Some(before) => {
            // Literals made by SQLite's own quote() and hex(): text cannot end early or smuggle in a statement.
            let values = recorder::literals(before)?;
            if values.len() != columns.len() {
                return Err(VaultError::UndoRefused("the program was updated since"));
            }
            let values = values.join(", ");
            match change.after {
                None => format!("INSERT INTO {table} ({names}) VALUES ({values})"),
                Some(_) => format!("UPDATE {table} SET ({names}) = ({values}) WHERE id = {row}"),
            }
        }
    };
    match conn.execute(&sql, []) {
        Ok(_) => Ok(()),
        Err(error) if is_constraint_violation(&error) => Err(NEEDED_SINCE),
        Err(error) => Err(error.into()),
    }
}

/// Drops what the program computed for a photo that goes back into the tray.
fn drop_computed(conn: &Connection, photo: i64) -> Result<()> {
    if conn.query_row(PLACED, params![photo], |row| row.get(0))? {
        return Err(PLACED_BY_HAND);
    }
    match conn.execute(DROP_FRAMES, params![photo]) {
        Ok(_) => Ok(()),
        Err(error) if is_constraint_violation(&error) => Err(NEEDED_SINCE),
        Err(error) => Err(error.into()),
    }
}
