//! `erasure` and what belongs to it: who was erased, so that a restored backup can erase them again, and what of it is
//! still to be done.

use rusqlite::{Connection, Row, params};

use super::{change_one, insert, row, row_or_none, rows, uid};
use crate::clock::UtcMillis;
use crate::model::{PatientId, UserId};
use crate::vault::error::Result;
use crate::vault::keys::Key;
use crate::vault::snapshot::Tombstone;

const ALL: &str = "SELECT id, patient, patient_uid AS uid, at, since FROM erasure ORDER BY id";
const DONE: &str = include_str!("done.sql");
const UNFINISHED: &str =
    "SELECT id, patient, patient_uid AS uid, at, since FROM erasure WHERE finished IS NULL ORDER BY id";
/// By uid too: numbers of a restored vault were given again to others.
const HELD: &str = "SELECT id FROM patient WHERE id = ?1 AND uid = ?2
    AND NOT EXISTS (SELECT 1 FROM erasure WHERE erasure.patient = ?1)";
const IS_FREE: &str = "SELECT NOT EXISTS (SELECT 1 FROM patient WHERE id = ?1)
    AND NOT EXISTS (SELECT 1 FROM erasure WHERE erasure.patient = ?1)";
const NEVER_AGAIN: &str = "UPDATE sqlite_sequence SET seq = ?1 WHERE name = 'patient' AND seq < ?1";
const BEGIN: &str =
    "INSERT INTO erasure (patient, patient_uid, reason, erased_by, at, since) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const ENTER: &str = "INSERT INTO erasure (patient, patient_uid, reason, erased_by, at, since, finished)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?5)";
const TAKE_BACK: &str = "DELETE FROM erasure WHERE id = ?1 AND finished IS NULL";
const FINISH: &str = "UPDATE erasure SET finished = ?2 WHERE id = ?1";
const AGAIN: &str = "erased before, came back with a restored backup";
const ELSEWHERE: &str = "erased before, not in the restored backup";

const WAIT: &str = "INSERT OR IGNORE INTO erasure_original (volume, volume_row, erasure) VALUES (?1, ?2, ?3)";
const WAITING: &str = "SELECT DISTINCT volume FROM erasure_original WHERE erasure = ?1 ORDER BY volume";
const WAITING_ROWS: &str = "SELECT volume_row FROM erasure_original WHERE volume = ?1";
const WAIT_NO_MORE: &str = "DELETE FROM erasure_original WHERE volume = ?1";
const ADD_FRESH: &str = "INSERT INTO volume (key, closed, opened) VALUES (?1, 1, ?2)";
const NOTE_FRESH: &str = "INSERT INTO erasure_volume (volume) VALUES (?1)";
const FRESH: &str = "SELECT volume FROM erasure_volume ORDER BY volume";
const COUNTS: &str = "DELETE FROM erasure_volume WHERE volume = ?1";
const PUBLISHED: &str = include_str!("published.sql");
const SINCE: &str = "SELECT min(blob.stored) FROM photo JOIN blob ON blob.id = photo.blob WHERE photo.patient = ?1";

/// An erasure that was begun.
#[derive(Clone, Copy)]
pub(in crate::vault) struct Begun {
    pub(in crate::vault) id: i64,
    pub(in crate::vault) of: Tombstone,
}

fn map(row: &Row<'_>) -> rusqlite::Result<Tombstone> {
    Ok(Tombstone {
        patient: PatientId(row.get("patient")?),
        uid: uid(row)?,
        at: UtcMillis(row.get("at")?),
        since: row.get::<_, Option<i64>>("since")?.map(UtcMillis),
    })
}

fn map_begun(row: &Row<'_>) -> rusqlite::Result<Begun> {
    Ok(Begun { id: row.get("id")?, of: map(row)? })
}

/// All erasures, oldest first.
pub(in crate::vault) fn all(conn: &Connection) -> Result<Vec<Tombstone>> {
    rows(conn, ALL, [], map)
}

/// Erasures of which nothing is left in the records and in the volumes these name.
pub(in crate::vault) fn done(conn: &Connection) -> Result<Vec<Tombstone>> {
    rows(conn, DONE, [], map)
}

/// The others: of these something is left, for whatever they wait.
pub(in crate::vault) fn begun(conn: &Connection) -> Result<Vec<Tombstone>> {
    let done = done(conn)?;
    Ok(all(conn)?.into_iter().filter(|tombstone| !done.contains(tombstone)).collect())
}

/// Erasures that were begun and not finished.
pub(in crate::vault) fn unfinished(conn: &Connection) -> Result<Vec<Begun>> {
    rows(conn, UNFINISHED, [], map_begun)
}

/// Begins an erasure.
pub(in crate::vault) fn begin(
    conn: &Connection,
    patient: PatientId,
    reason: &str,
    by: UserId,
    at: UtcMillis,
) -> Result<Begun> {
    let uid = super::patient::get(conn, patient)?.uid;
    let since: Option<i64> = row(conn, SINCE, params![patient.0], |row| row.get(0))?;
    let id = insert(conn, BEGIN, params![patient.0, uid.0, reason, by.0, at.0, since])?;
    Ok(Begun { id, of: Tombstone { patient, uid, at, since: since.map(UtcMillis) } })
}

/// Begins the erasure of somebody a restored backup holds; whether it does.
///
/// Of anybody else the tombstone is entered, for the backups of the restored vault, and the number is never given again.
pub(in crate::vault) fn begin_again(conn: &Connection, of: &Tombstone, by: UserId, at: UtcMillis) -> Result<bool> {
    let held: Option<i64> = row_or_none(conn, HELD, params![of.patient.0, of.uid.0], |row| row.get(0))?;
    let since = of.since.map(|since| since.0);
    if held.is_some() {
        let _id = insert(conn, BEGIN, params![of.patient.0, of.uid.0, AGAIN, by.0, at.0, since])?;
    } else if row(conn, IS_FREE, params![of.patient.0], |row| row.get(0))? {
        let _id = insert(conn, ENTER, params![of.patient.0, of.uid.0, ELSEWHERE, by.0, at.0, since])?;
        let _rows = conn.execute(NEVER_AGAIN, params![of.patient.0])?;
    }
    Ok(held.is_some())
}

/// Forgets an erasure that did nothing yet.
pub(in crate::vault) fn take_back(conn: &Connection, id: i64) -> Result<()> {
    change_one(conn, TAKE_BACK, params![id])
}

/// Nothing of it is left to do.
pub(in crate::vault) fn finish(conn: &Connection, id: i64, at: UtcMillis) -> Result<()> {
    change_one(conn, FINISH, params![id, at.0])
}

/// Pairs of the patient that were published and not withdrawn.
pub(in crate::vault) fn published(conn: &Connection, patient: PatientId) -> Result<u32> {
    row(conn, PUBLISHED, params![patient.0], |row| row.get(0))
}

/// A row of a volume is to go as soon as the volume can be replaced.
pub(in crate::vault) fn wait(conn: &Connection, erasure: i64, volume: i64, volume_row: i64) -> Result<()> {
    let _new = conn.prepare_cached(WAIT)?.execute(params![volume, volume_row, erasure])?;
    Ok(())
}

/// Volumes that an erasure waits for.
pub(in crate::vault) fn waiting(conn: &Connection, erasure: i64) -> Result<Vec<i64>> {
    rows(conn, WAITING, params![erasure], |row| row.get(0))
}

/// Rows of a volume that are to go, whoever's they were.
pub(in crate::vault) fn waiting_rows(conn: &Connection, volume: i64) -> Result<Vec<i64>> {
    rows(conn, WAITING_ROWS, params![volume], |row| row.get(0))
}

/// The volume was replaced.
pub(in crate::vault) fn wait_no_more(conn: &Connection, volume: i64) -> Result<()> {
    let _rows = conn.execute(WAIT_NO_MORE, params![volume])?;
    Ok(())
}

/// A volume that is going to take the place of another. Closed from the beginning: it takes no new originals.
pub(in crate::vault) fn add_fresh(conn: &Connection, key: &Key, at: UtcMillis) -> Result<i64> {
    let id = insert(conn, ADD_FRESH, params![key.bytes(), at.0])?;
    let _row = insert(conn, NOTE_FRESH, params![id])?;
    Ok(id)
}

/// Volumes on their way to take the place of others.
pub(in crate::vault) fn fresh(conn: &Connection) -> Result<Vec<i64>> {
    rows(conn, FRESH, [], |row| row.get(0))
}

/// From here on the volume is one like the others, or gone.
pub(in crate::vault) fn settle_fresh(conn: &Connection, volume: i64) -> Result<()> {
    change_one(conn, COUNTS, params![volume])
}
