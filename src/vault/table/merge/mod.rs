//! `merged_patient`: records that were found to be of one person, and who that is.

use rusqlite::{Connection, named_params, params};

use super::{insert, patient, row, rows};
use crate::clock::UtcMillis;
use crate::model::{Patient, PatientId};
use crate::vault::error::Result;

const PERSON: &str = "SELECT coalesce((SELECT person FROM merged_patient WHERE patient = ?1), ?1)";
const INTO: &str = "SELECT patient FROM merged_patient WHERE person = ?1 ORDER BY id";
const PASS_ON: &str = "UPDATE merged_patient SET person = ?1 WHERE person = ?2";
const SERIES: &str = "UPDATE series SET patient = ?1 WHERE patient = ?2";
const PHOTOS: &str = "UPDATE photo SET patient = ?1 WHERE patient = ?2";
const FRAMES: &str = "UPDATE frame SET patient = ?1 WHERE patient = ?2";

/// Whose record this is: the patient's own unless it was merged into another one.
pub(in crate::vault) fn person_of(conn: &Connection, id: PatientId) -> Result<PatientId> {
    row(conn, PERSON, params![id.0], |row| row.get(0).map(PatientId))
}

/// The records that were merged into a patient's, in that order.
pub(in crate::vault) fn merged_into(conn: &Connection, person: PatientId) -> Result<Vec<Patient>> {
    let ids = rows(conn, INTO, params![person.0], |row| row.get(0).map(PatientId))?;
    ids.into_iter().map(|id| patient::get(conn, id)).collect()
}

/// Everything of `other` becomes `keep`'s, but what was signed, which stays under whom it was signed for.
pub(in crate::vault) fn merge(conn: &Connection, keep: PatientId, other: PatientId, at: UtcMillis) -> Result<()> {
    for sql in [PASS_ON, SERIES, PHOTOS, FRAMES] {
        let _rows = conn.prepare_cached(sql)?.execute(params![keep.0, other.0])?;
    }
    let values = named_params! {":patient": other.0, ":person": keep.0, ":at": at.0};
    let _row = insert(conn, include_str!("insert.sql"), values)?;
    Ok(())
}
