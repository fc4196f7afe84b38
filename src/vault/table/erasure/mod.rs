//! `erasure`: who was erased, so that a restored backup can erase them again.

use rusqlite::{Connection, Row, params};

use super::{insert, row_or_none, rows, uid};
use crate::clock::UtcMillis;
use crate::model::{PatientId, UserId};
use crate::vault::error::Result;
use crate::vault::snapshot::Tombstone;

const ALL: &str = "SELECT patient, patient_uid AS uid, at FROM erasure ORDER BY id";
const UNFINISHED: &str = "SELECT patient, patient_uid AS uid, at FROM erasure WHERE finished IS NULL ORDER BY id";
/// By uid too: numbers of a restored vault were given again to others.
const HELD: &str = "SELECT id FROM patient WHERE id = ?1 AND uid = ?2
    AND NOT EXISTS (SELECT 1 FROM erasure WHERE erasure.patient = ?1)";
const BEGIN: &str = "INSERT INTO erasure (patient, patient_uid, reason, erased_by, at) VALUES (?1, ?2, ?3, ?4, ?5)";
const AGAIN: &str = "erased before, came back with a restored backup";

fn map(row: &Row<'_>) -> rusqlite::Result<Tombstone> {
    Ok(Tombstone { patient: PatientId(row.get("patient")?), uid: uid(row)?, at: UtcMillis(row.get("at")?) })
}

/// All erasures, oldest first.
pub(in crate::vault) fn all(conn: &Connection) -> Result<Vec<Tombstone>> {
    rows(conn, ALL, [], map)
}

/// Erasures that were begun and not finished.
pub(in crate::vault) fn unfinished(conn: &Connection) -> Result<Vec<Tombstone>> {
    rows(conn, UNFINISHED, [], map)
}

/// Begins the erasure of somebody a restored backup holds; whether it does.
pub(in crate::vault) fn begin_again(conn: &Connection, of: &Tombstone, by: UserId, at: UtcMillis) -> Result<bool> {
    let held: Option<i64> = row_or_none(conn, HELD, params![of.patient.0, of.uid.0], |row| row.get(0))?;
    if held.is_some() {
        let _id = insert(conn, BEGIN, params![of.patient.0, of.uid.0, AGAIN, by.0, at.0])?;
    }
    Ok(held.is_some())
}
