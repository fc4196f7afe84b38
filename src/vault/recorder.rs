//! Records what a transaction changed, row by row, by temporary triggers on the writing connection.
//!
//! Triggers rather than calls in the mappers: what a statement, a default or a cascade touches cannot be forgotten. A row
//! image is a JSON array with one SQL literal a column; text is spelled as hexadecimal, so any content survives.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use rusqlite::{Connection, params};
use serde::Serialize;

use super::error::{Result, VaultError};
use super::scope::Way;

/// Tables whose rows a person's change may touch and undo restores. All have an `id`.
pub(super) const UNDOABLE: [&str; 15] = [
    "patient",
    "merged_patient",
    "series",
    "view",
    "session",
    "session_record",
    "photo",
    "tray",
    "frame",
    "alignment_current",
    "mark",
    "case_entry",
    "case_pair",
    "template",
    "attachment",
];
/// Tables of which the audit names the rows, and nothing keeps an image.
const NAMED_ONLY: [&str; 3] = ["user", "consent", "publication"];
/// Tables to which the program adds by itself: no audit row names them, and only under the right name it may.
const WATCHED: [&str; 1] = ["alignment"];

/// One change of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) target: String,
    pub(super) row: i64,
    /// None before an insertion.
    pub(super) before: Option<String>,
    /// None after a removal.
    pub(super) after: Option<String>,
}

/// Columns of a table, in their order.
pub(super) fn columns(conn: &Connection, table: &str) -> Result<Vec<String>> {
    let mut statement = conn.prepare_cached("SELECT name FROM pragma_table_info(?1) ORDER BY cid")?;
    let names = statement.query_map(params![table], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
    if names.is_empty() { Err(VaultError::Damaged("a table is missing")) } else { Ok(names) }
}

/// The SQL expression of a row's image; `row` is `NEW`, `OLD` or the table's name.
pub(super) fn image_of(columns: &[String], row: &str) -> String {
    let literals: Vec<String> = columns
        .iter()
        .map(|c| {
            let value = format!("{row}.\"{c}\"");
            format!("CASE typeof({value}) WHEN 'text' THEN 'CAST(x''' || hex({value}) || ''' AS TEXT)' ELSE quote({value}) END")
        })
        .collect();
    format!("json_array({})", literals.join(", "))
}

/// Prepares a writing connection.
pub(super) fn install(conn: &Connection) -> Result<()> {
    let mut sql = String::from(
        "CREATE TEMP TABLE change_log (
            id INTEGER PRIMARY KEY, target TEXT NOT NULL, row INTEGER NOT NULL, before TEXT, after TEXT
        ) STRICT;",
    );
    for table in UNDOABLE {
        let columns = columns(conn, table)?;
        add_triggers(&mut sql, table, &image_of(&columns, "OLD"), &image_of(&columns, "NEW"));
    }
    for table in NAMED_ONLY {
        add_triggers(&mut sql, table, "'[]'", "'[]'");
    }
    for table in WATCHED {
        // Writing to a String cannot fail.
        let _ = write!(
            sql,
            "CREATE TEMP TABLE added_{table} (id INTEGER PRIMARY KEY) STRICT;
             CREATE TEMP TRIGGER log_{table}_INSERT AFTER INSERT ON main.{table} BEGIN
                INSERT INTO added_{table} (id) VALUES (NEW.id);
             END;"
        );
    }
    conn.execute_batch(&sql)?;
    Ok(())
}

fn add_triggers(sql: &mut String, table: &str, before: &str, after: &str) {
    for (event, row, before, after) in
        [("INSERT", "NEW", "NULL", after), ("UPDATE", "NEW", before, after), ("DELETE", "OLD", before, "NULL")]
    {
        // Writing to a String cannot fail. An update that changes nothing is no change.
        let same =
            if event == "UPDATE" { format!("WHEN {before} <> {after} OR {before} = '[]'") } else { String::new() };
        let _ = write!(
            sql,
            "CREATE TEMP TRIGGER log_{table}_{event} AFTER {event} ON main.{table} {same} BEGIN
                INSERT INTO change_log (target, row, before, after) VALUES ('{table}', {row}.id, {before}, {after});
            END;"
        );
    }
}

/// Forgets what was recorded before; at the beginning of a transaction.
pub(super) fn clear(conn: &Connection) -> Result<()> {
    let _rows = conn.prepare_cached("DELETE FROM temp.change_log")?.execute([])?;
    for table in WATCHED {
        let _rows = conn.prepare_cached(&format!("DELETE FROM temp.added_{table}"))?.execute([])?;
    }
    Ok(())
}

/// The tables that were touched since, and in which way. What is done to a row that was added since is part of its adding.
pub(super) fn touched(conn: &Connection) -> Result<BTreeSet<(String, Way)>> {
    const SQL: &str = "SELECT target, row, before IS NULL, after IS NULL FROM temp.change_log ORDER BY id";
    let (mut touched, mut added) = (BTreeSet::new(), BTreeSet::new());
    let mut statement = conn.prepare_cached(SQL)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let of: (String, i64) = (row.get(0)?, row.get(1)?);
        let way = match (row.get(2)?, row.get(3)?) {
            (true, _) => Way::Added,
            (false, true) => Way::Removed,
            (false, false) => Way::Changed,
        };
        if added.contains(&of) {
            continue;
        }
        let _new = touched.insert((of.0.clone(), way));
        if way == Way::Added {
            let _new = added.insert(of);
        }
    }
    for table in WATCHED {
        let sql = format!("SELECT EXISTS (SELECT 1 FROM temp.added_{table})");
        if conn.prepare_cached(&sql)?.query_row([], |row| row.get(0))? {
            let _new = touched.insert((table.to_owned(), Way::Added));
        }
    }
    Ok(touched)
}

/// What was recorded since, in order.
pub(super) fn recorded(conn: &Connection) -> Result<Vec<Change>> {
    let mut statement = conn.prepare_cached("SELECT target, row, before, after FROM temp.change_log ORDER BY id")?;
    let changes = statement
        .query_map([], |row| {
            Ok(Change { target: row.get(0)?, row: row.get(1)?, before: row.get(2)?, after: row.get(3)? })
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(changes)
}

/// Whether undo has to keep an image of rows of this table.
pub(super) fn is_undoable(table: &str) -> bool {
    UNDOABLE.contains(&table)
}

/// The literals of an image.
pub(super) fn literals(image: &str) -> Result<Vec<String>> {
    serde_json::from_str(image).map_err(|_| VaultError::Damaged("a row image"))
}

/// The text that a literal of an image spells; none of a number or nothing.
pub(super) fn text(literal: &str) -> Option<String> {
    let digits = literal.strip_prefix("CAST(x'")?.strip_suffix("' AS TEXT)")?;
    let byte = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    let bytes: Option<Vec<u8>> = (0..digits.len()).step_by(2).map(byte).collect();
    String::from_utf8(bytes?).ok()
}

type Rows = BTreeMap<String, BTreeSet<i64>>;

/// The audit's subject: ids and field names, never a value.
#[derive(Default, Serialize)]
struct Subject {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    added: Rows,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    changed: BTreeMap<String, BTreeMap<i64, BTreeSet<String>>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    removed: Rows,
    /// Patients from whom rows were taken.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    left: Rows,
    #[serde(skip_serializing_if = "Option::is_none")]
    undoes: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    redoes: Option<i64>,
}

/// The audit row of the change that is taken back or made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reference {
    Undoes(i64),
    Redoes(i64),
}

/// Describes changes for the audit.
pub(super) fn subject(conn: &Connection, changes: &[Change], to: Option<Reference>) -> Result<String> {
    let mut subject = Subject::default();
    match to {
        Some(Reference::Undoes(seq)) => subject.undoes = Some(seq),
        Some(Reference::Redoes(seq)) => subject.redoes = Some(seq),
        None => {}
    }
    for change in changes {
        let target = change.target.clone();
        match (&change.before, &change.after) {
            (None, _) => {
                let _new = subject.added.entry(target).or_default().insert(change.row);
            }
            (Some(_), None) => {
                let was_added = subject.added.get_mut(&target).is_some_and(|rows| rows.remove(&change.row));
                if !was_added {
                    let _new = subject.removed.entry(target).or_default().insert(change.row);
                }
            }
            (Some(before), Some(after)) => {
                if !subject.added.get(&target).is_some_and(|rows| rows.contains(&change.row)) {
                    let names = columns(conn, &target)?;
                    let fields = changed_fields(&names, before, after)?;
                    if let Some(patient) = patient_before(&names, before, &fields) {
                        let _new = subject.left.entry(PATIENT.to_owned()).or_default().insert(patient);
                    }
                    subject.changed.entry(target).or_default().entry(change.row).or_default().extend(fields);
                }
            }
        }
    }
    serde_json::to_string(&subject).map_err(|_| VaultError::Damaged("a row image"))
}

const PATIENT: &str = "patient";

/// Whose the row was, where it is somebody else's now: the rows that a filter by patient looks for are those of today.
fn patient_before(names: &[String], before: &str, changed: &[String]) -> Option<i64> {
    if !changed.iter().any(|field| field == PATIENT) {
        return None;
    }
    let at = names.iter().position(|name| name == PATIENT)?;
    literals(before).ok()?.get(at)?.parse().ok()
}

fn changed_fields(names: &[String], before: &str, after: &str) -> Result<Vec<String>> {
    let (before, after) = (literals(before)?, literals(after)?);
    Ok(names.iter().zip(before.iter().zip(&after)).filter(|(_, (b, a))| b != a).map(|(n, _)| n.clone()).collect())
}
