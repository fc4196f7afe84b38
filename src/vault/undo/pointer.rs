//! The pointer to where a photo lies: a person's answer that is made again takes the place of what the program answered
//! while it was undone, and of nothing else.

use rusqlite::{Connection, params};

use crate::vault::error::{Result, VaultError};
use crate::vault::recorder;

/// The table of pointers.
pub(super) const TABLE: &str = "alignment_current";

/// Why an answer cannot be put in force again: it goes with its photo, and is not kept for a redo.
const ANSWER_GONE: &str = "the photo was taken out and filed again since, and what was said of its place went with it";
const PLACED_BY_HAND: &str = "a photo of it was aligned by hand since";

const IS_KNOWN: &str = "SELECT EXISTS (SELECT 1 FROM alignment WHERE id = ?1)";
const IS_PLACED: &str = "SELECT EXISTS (SELECT 1 FROM alignment_current WHERE photo = ?1 AND frame = ?2)";

/// Drops what the program computed or carried over in this frame, unless a person had asked for it.
fn drop_computed(image: &str) -> String {
    format!(
        "DELETE FROM alignment_current WHERE photo = ?1 AND frame = ?2
        AND alignment IN (SELECT id FROM alignment WHERE source = 'automatic' OR rebased = 1)
        AND NOT EXISTS (
            SELECT 1 FROM undo_change JOIN undo_entry ON undo_entry.id = undo_change.entry
            WHERE undo_change.target = 'alignment_current' AND undo_change.row = alignment_current.id
            AND undo_change.after = {image} AND undo_entry.undone IS NULL)"
    )
}

/// Makes room for a pointer with this `row` image; or says why there is none. `image` is the SQL expression of an image.
pub(super) fn make_way(conn: &Connection, image: &str, row: &str) -> Result<Option<&'static str>> {
    let columns = recorder::columns(conn, TABLE)?;
    let literals = recorder::literals(row)?;
    let id = |name: &str| {
        let found = columns.iter().position(|column| column == name).and_then(|at| literals.get(at));
        found.and_then(|id| id.parse::<i64>().ok()).ok_or(VaultError::Damaged("a row image"))
    };
    let (photo, frame, answer) = (id("photo")?, id("frame")?, id("alignment")?);
    let known: bool = conn.prepare_cached(IS_KNOWN)?.query_row(params![answer], |row| row.get(0))?;
    if !known {
        return Ok(Some(ANSWER_GONE));
    }
    let _dropped = conn.prepare_cached(&drop_computed(image))?.execute(params![photo, frame])?;
    let placed: bool = conn.prepare_cached(IS_PLACED)?.query_row(params![photo, frame], |row| row.get(0))?;
    Ok(placed.then_some(PLACED_BY_HAND))
}
