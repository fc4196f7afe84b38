//! Puts rows to the images of a change, backwards or forwards, where nothing that came later stands against it.

use rusqlite::{Connection, OptionalExtension, params};

use super::pointer;
use crate::vault::error::{Result, VaultError, is_constraint_violation};
use crate::vault::recorder::{self, Change};

const CHANGED_SINCE: &str = "it was changed again since";
const NEEDED_SINCE: &str = "something that came later depends on it";
const PLACED_BY_HAND: &str = "a photo of it was aligned by hand since";
const SAID_SINCE: &str = "a consent was recorded since, and nobody can tell under which of the two it belongs";
const UPDATED_SINCE: &str = "the program was updated since";

/// Whether this photo, or another one in a frame that goes with it, lies where a person placed it.
/// Two questions, because one with an "or" would walk the answers of the whole vault.
const PLACED: &str = "SELECT EXISTS (
    SELECT 1 FROM alignment_current AS pointer JOIN alignment ON alignment.id = pointer.alignment
    WHERE pointer.photo = ?1 AND alignment.source <> 'automatic' AND alignment.rebased = 0)
    OR EXISTS (
    SELECT 1 FROM frame JOIN alignment_current AS pointer ON pointer.frame = frame.id
    JOIN alignment ON alignment.id = pointer.alignment
    WHERE frame.reference = ?1 AND frame.automatic = 1
    AND alignment.source <> 'automatic' AND alignment.rebased = 0)";
/// Whether a photo lies in this frame, which would go with it, where a person placed it. What was carried over from a
/// former frame is there still.
const PLACED_IN: &str = "SELECT EXISTS (
    SELECT 1 FROM alignment_current AS pointer JOIN alignment ON alignment.id = pointer.alignment
    WHERE pointer.frame = ?1 AND alignment.source <> 'automatic' AND alignment.rebased = 0)";
const DROP_FRAMES: &str = "DELETE FROM frame WHERE reference = ?1 AND automatic = 1";
/// Frames the program made where the photo was, and in which nobody has worked.
const DROP_FRAMES_LEFT: &str = "DELETE FROM frame
    WHERE reference = ?1 AND automatic = 1 AND current = 1
    AND EXISTS (
        SELECT 1 FROM photo
        WHERE photo.id = frame.reference AND (photo.patient <> frame.patient OR photo.view IS NOT frame.view)
    )
    AND NOT EXISTS (SELECT 1 FROM alignment WHERE alignment.frame = frame.id AND alignment.source <> 'automatic')
    AND NOT EXISTS (SELECT 1 FROM mark WHERE mark.frame = frame.id)";
/// Whether something was said of either of two merged records, or of both as one, that nobody knew at the merge.
const SAID: &str = "SELECT EXISTS (
    SELECT 1 FROM merged_patient
    JOIN consent ON consent.patient IN (merged_patient.patient, merged_patient.person)
    WHERE merged_patient.id = ?1 AND consent.id > merged_patient.newest_consent)";

/// Which way a change is gone through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Back,
    Again,
}

impl Way {
    fn refuse(self, why: &'static str) -> VaultError {
        match self {
            Self::Back => VaultError::UndoRefused(why),
            Self::Again => VaultError::RedoRefused(why),
        }
    }

    /// What the row has to be, and what it shall become.
    fn ends(self, change: &Change) -> (Option<&str>, Option<&str>) {
        let (before, after) = (change.before.as_deref(), change.after.as_deref());
        match self {
            Self::Back => (after, before),
            Self::Again => (before, after),
        }
    }

    fn statement(self, conn: &Connection, sql: &str) -> Result<()> {
        match conn.execute(sql, []) {
            Ok(_) => Ok(()),
            Err(error) if is_constraint_violation(&error) => Err(self.refuse(NEEDED_SINCE)),
            Err(error) => Err(error.into()),
        }
    }
}

/// Takes a change back, newest row first.
pub(super) fn take_back(conn: &Connection, changes: &[Change]) -> Result<()> {
    changes.iter().rev().try_for_each(|change| restore(conn, change, Way::Back))?;
    drop_frames_left(conn, changes)?;
    whole(conn, Way::Back)
}

/// Makes a change again, and brings back what its undo dropped, where nothing took its place.
pub(super) fn repeat(conn: &Connection, changes: &[Change], dropped: &[Change]) -> Result<()> {
    changes.iter().try_for_each(|change| restore(conn, change, Way::Again))?;
    drop_frames_left(conn, changes)?;
    for Change { target, row: _, before, .. } in dropped {
        if let Some(image) = before {
            let (names, values) = row_of(conn, target, image, Way::Again)?;
            Way::Again.statement(conn, &format!("INSERT OR IGNORE INTO {target} ({names}) VALUES ({values})"))?;
        }
    }
    whole(conn, Way::Again)
}

/// Whether a row that the running transaction touched does not belong to what it names.
pub(in crate::vault) fn is_torn(conn: &Connection) -> Result<bool> {
    Ok(conn.prepare_cached(include_str!("torn.sql"))?.query_row([], |row| row.get(0))?)
}

fn whole(conn: &Connection, way: Way) -> Result<()> {
    if is_torn(conn)? { Err(way.refuse(NEEDED_SINCE)) } else { Ok(()) }
}

/// Column names and literals of an image.
fn row_of(conn: &Connection, table: &str, image: &str, way: Way) -> Result<(String, String)> {
    let columns = recorder::columns(conn, table)?;
    // Literals made by SQLite's own quote() and hex(): text cannot end early or smuggle in a statement.
    let values = recorder::literals(image)?;
    if values.len() != columns.len() {
        return Err(way.refuse(UPDATED_SINCE));
    }
    let names: Vec<String> = columns.iter().map(|c| format!("\"{c}\"")).collect();
    Ok((names.join(", "), values.join(", ")))
}

/// Puts one row to what it shall become, if it still is what it has to be.
fn restore(conn: &Connection, change: &Change, way: Way) -> Result<()> {
    if !recorder::is_undoable(&change.target) {
        return Err(VaultError::Damaged("an undo entry"));
    }
    let (table, row) = (change.target.as_str(), change.row);
    let (mut from, to) = way.ends(change);
    let image = recorder::image_of(&recorder::columns(conn, table)?, table);
    let mut current: Option<String> = conn
        .prepare_cached(&format!("SELECT {image} FROM {table} WHERE id = ?1"))?
        .query_row(params![row], |row| row.get(0))
        .optional()?;
    let is_other = from.is_none() || current.as_deref() != from;
    if let (Way::Again, pointer::TABLE, Some(to), true) = (way, table, to, is_other) {
        // The program may have answered meanwhile, which is no change of a person.
        if let Some(why) = pointer::make_way(conn, &image, to)? {
            return Err(way.refuse(why));
        }
        (from, current) = (None, None);
    }
    if current.as_deref() != from {
        return Err(way.refuse(CHANGED_SINCE));
    }
    let sql = match to {
        None => {
            refuse_loss(conn, table, row, way)?;
            format!("DELETE FROM {table} WHERE id = {row}")
        }
        Some(to) => {
            let (names, values) = row_of(conn, table, to, way)?;
            match from {
                None => format!("INSERT INTO {table} ({names}) VALUES ({values})"),
                Some(_) => format!("UPDATE {table} SET ({names}) = ({values}) WHERE id = {row}"),
            }
        }
    };
    way.statement(conn, &sql)?;
    if table == "merged_patient" && to.is_some() && from.is_none() {
        refuse_said_since(conn, row, way)?;
    }
    Ok(())
}

/// A photo lay somewhere for a while, and the program took it for a reference there: that is no change of a person. Done at the
/// end, as a frame that is part of the change goes along with its photo.
fn drop_frames_left(conn: &Connection, changes: &[Change]) -> Result<()> {
    let moved = |change: &&Change| change.target == "photo" && change.before.is_some() && change.after.is_some();
    for photo in changes.iter().filter(moved) {
        let _left = conn.prepare_cached(DROP_FRAMES_LEFT)?.execute(params![photo.row])?;
    }
    Ok(())
}

/// What has to be looked at before a row goes.
fn refuse_loss(conn: &Connection, table: &str, row: i64, way: Way) -> Result<()> {
    let holds = |sql: &str| conn.prepare_cached(sql)?.query_row(params![row], |row| row.get::<_, bool>(0));
    match table {
        "photo" => {
            if holds(PLACED)? {
                return Err(way.refuse(PLACED_BY_HAND));
            }
            // What the program computed for it is computed anew.
            match conn.execute(DROP_FRAMES, params![row]) {
                Ok(_) => Ok(()),
                Err(error) if is_constraint_violation(&error) => Err(way.refuse(NEEDED_SINCE)),
                Err(error) => Err(error.into()),
            }
        }
        "frame" if holds(PLACED_IN)? => Err(way.refuse(PLACED_BY_HAND)),
        "merged_patient" => refuse_said_since(conn, row, way),
        _ => Ok(()),
    }
}

fn refuse_said_since(conn: &Connection, merge: i64, way: Way) -> Result<()> {
    let said = conn.prepare_cached(SAID)?.query_row(params![merge], |row| row.get::<_, bool>(0))?;
    if said { Err(way.refuse(SAID_SINCE)) } else { Ok(()) }
}
