//! What of the records is a patient's: everything that cannot be without them.
//!
//! The layout itself says it. A row that needs a row of the patient, by a reference that may not be empty, is the
//! patient's too; a reference that may be empty becomes empty, and its row stays: the ledger of publications is kept so. A
//! table that comes later is thereby included, and a test asks of each whether it is reached.

use rusqlite::{Connection, params};

use crate::model::PatientId;
use crate::vault::error::Result;

const BEGIN: &str = "CREATE TEMP TABLE IF NOT EXISTS doomed (
        target TEXT NOT NULL, row INTEGER NOT NULL, PRIMARY KEY (target, row)
    ) STRICT, WITHOUT ROWID;
    DELETE FROM temp.doomed;
    PRAGMA defer_foreign_keys = ON;";
const FIRST: &str = "INSERT INTO temp.doomed (target, row) VALUES ('patient', ?1)";
const COUNT: &str = "SELECT count(*) FROM temp.doomed";
const REFERENCES: &str = include_str!("references.sql");
const FORGET_UNDO: &str = "DELETE FROM main.undo_entry WHERE id IN (
    SELECT entry FROM main.undo_change JOIN temp.doomed ON doomed.target = undo_change.target
    AND doomed.row = undo_change.row)";

/// That rows of one table refer to rows of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) table: String,
    column: String,
    /// Place of the column in a row's image.
    place: i64,
    pub(super) parent: String,
    /// Whether the row cannot be without it.
    pub(super) is_needed: bool,
    /// Whether the rows of the table have a number, so that others may refer to them and undo may hold them.
    has_id: bool,
}

/// All references of the layout.
pub(super) fn references(conn: &Connection) -> Result<Vec<Reference>> {
    let mut statement = conn.prepare(REFERENCES)?;
    let references = statement
        .query_map([], |row| {
            Ok(Reference {
                table: row.get("child")?,
                column: row.get("child_column")?,
                place: row.get("place")?,
                parent: row.get("parent")?,
                is_needed: row.get("is_needed")?,
                has_id: row.get("has_id")?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(references)
}

impl Reference {
    fn parents(&self) -> String {
        format!("(SELECT row FROM temp.doomed WHERE target = '{}')", self.parent)
    }

    /// Whether an image that undo keeps refers to a doomed row. Numbers stand in images as text.
    fn image_refers(&self) -> String {
        let at = |image: &str| format!("CAST(json_extract({image}, '$[{}]') AS INTEGER)", self.place);
        format!("({} IN {parents} OR {} IN {parents})", at("before"), at("after"), parents = self.parents())
    }

    /// Rows that need a doomed one are doomed, also those that only undo remembers.
    fn spread(&self, conn: &Connection) -> Result<()> {
        let Self { table, column, .. } = self;
        let (parents, refers) = (self.parents(), self.image_refers());
        conn.execute_batch(&format!(
            "INSERT OR IGNORE INTO temp.doomed (target, row)
                SELECT '{table}', id FROM main.{table} WHERE \"{column}\" IN {parents};
             INSERT OR IGNORE INTO temp.doomed (target, row)
                SELECT target, row FROM main.undo_change WHERE target = '{table}' AND {refers}
                AND NOT EXISTS (SELECT 1 FROM main.{table} WHERE {table}.id = undo_change.row);"
        ))?;
        Ok(())
    }

    fn forget_undo(&self, conn: &Connection) -> Result<()> {
        conn.execute_batch(&format!(
            "DELETE FROM main.undo_entry WHERE id IN (
                SELECT entry FROM main.undo_change WHERE target = '{}' AND {});",
            self.table,
            self.image_refers()
        ))?;
        Ok(())
    }

    /// Empties the reference where its row stays, or removes rows without a number.
    fn cut(&self, conn: &Connection) -> Result<()> {
        let Self { table, column, .. } = self;
        let parents = self.parents();
        let stays = if self.has_id {
            format!("AND id NOT IN (SELECT row FROM temp.doomed WHERE target = '{table}')")
        } else {
            String::new()
        };
        let sql = match (self.is_needed, self.has_id) {
            (false, _) => {
                format!("UPDATE main.{table} SET \"{column}\" = NULL WHERE \"{column}\" IN {parents} {stays}")
            }
            (true, false) => format!("DELETE FROM main.{table} WHERE \"{column}\" IN {parents}"),
            (true, true) => return Ok(()),
        };
        let _rows = conn.execute(&sql, [])?;
        Ok(())
    }
}

/// Removes a patient and everything of theirs within the caller's transaction, and every undo that mentions any of it.
pub(super) fn remove(conn: &Connection, patient: PatientId) -> Result<()> {
    let references = references(conn)?;
    conn.execute_batch(BEGIN)?;
    let _row = conn.execute(FIRST, params![patient.0])?;
    let count = || conn.query_row(COUNT, [], |row| row.get::<_, i64>(0));
    let mut before = 0;
    while count()? > before {
        before = count()?;
        for reference in references.iter().filter(|reference| reference.is_needed && reference.has_id) {
            reference.spread(conn)?;
        }
    }
    let _entries = conn.execute(FORGET_UNDO, [])?;
    for reference in references.iter().filter(|reference| reference.has_id) {
        reference.forget_undo(conn)?;
    }
    for reference in &references {
        reference.cut(conn)?;
    }
    let mut tables: Vec<&str> = references.iter().filter(|r| r.has_id).map(|r| r.table.as_str()).collect();
    tables.push("patient");
    tables.sort_unstable();
    tables.dedup();
    for table in tables {
        let sql =
            format!("DELETE FROM main.{table} WHERE id IN (SELECT row FROM temp.doomed WHERE target = '{table}')");
        let _rows = conn.execute(&sql, [])?;
    }
    conn.execute_batch("DELETE FROM temp.doomed")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::vault::pool::in_memory;
    use crate::vault::schema::Layout;

    /// Tables in which nothing is a patient's.
    const OTHERS: &[&str] = &[
        "user",
        "vault_state",
        "setting",
        "template",
        // Numbers, keys and hashes; originals are removed by the places they lie in.
        "volume",
        "blob",
        "intent",
        "patient_changes",
        // Nobody's yet.
        "tray",
        // By value, without a reference to anybody who was erased.
        "publication",
        // What is left of an erasure.
        "erasure",
        "erasure_original",
        "erasure_volume",
        // Ids and field names.
        "audit",
        // Looked through row by row.
        "undo_entry",
        "undo_change",
    ];

    #[test]
    fn every_table_is_a_patient_s_or_known_to_hold_nothing_of_one() {
        let mut conn = in_memory();
        Layout::Catalog.migrate(&mut conn).expect("migrated");
        let references = references(&conn).expect("read");
        let mut reached = BTreeSet::from(["patient".to_owned()]);
        let mut before = 0;
        while reached.len() > before {
            before = reached.len();
            let next =
                references.iter().filter(|r| r.is_needed && reached.contains(&r.parent)).map(|r| r.table.clone());
            reached.extend(next.collect::<Vec<_>>());
        }
        let mut statement = conn
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
            .expect("prepared");
        let tables: Vec<String> =
            statement.query_map([], |row| row.get(0)).expect("queried").map(|name| name.expect("a name")).collect();
        assert!(tables.len() > 25, "{tables:?}");
        for table in &tables {
            let is_other = OTHERS.contains(&table.as_str());
            assert!(reached.contains(table) != is_other, "{table}: is it the patient's or not?");
        }
        // Rows without a number are removed by what they refer to, and so nothing may refer to them.
        let without_id: Vec<&Reference> = references.iter().filter(|r| !r.has_id).collect();
        assert!(without_id.iter().all(|r| references.iter().all(|other| other.parent != r.table)));
    }
}
