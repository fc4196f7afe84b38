//! `series`: courses of treatment.

use rusqlite::{Connection, Row, named_params, params};

use super::{change_one, insert, json, json_text, new_uid, row, rows, uid, view, word};
use crate::model::{NewSeries, PatientId, Series, SeriesId, SeriesState};
use crate::vault::error::{Result, VaultError};

const GET: &str = "SELECT * FROM series WHERE id = ?1";
const OF_PATIENT: &str = "SELECT * FROM series WHERE patient = ?1 ORDER BY id";
const COUNT: &str = "SELECT count(*) FROM series";
const SET_PLAN: &str = "UPDATE series SET planned = ?2, interval_min_days = ?3, interval_max_days = ?4 WHERE id = ?1";
const SET_STATE: &str = "UPDATE series SET state = ?2 WHERE id = ?1";

fn map(row: &Row<'_>) -> rusqlite::Result<Series> {
    Ok(Series {
        id: SeriesId(row.get("id")?),
        uid: uid(row)?,
        patient: PatientId(row.get("patient")?),
        indications: json(row, "indications")?,
        areas: json(row, "areas")?,
        planned: row.get("planned")?,
        interval_min_days: row.get("interval_min_days")?,
        interval_max_days: row.get("interval_max_days")?,
        state: word(row, "state", SeriesState::from_key)?,
        predecessor: row.get::<_, Option<i64>>("predecessor")?.map(SeriesId),
    })
}

/// Adds a series with its own copy of the views.
pub(in crate::vault) fn add(conn: &Connection, new: &NewSeries) -> Result<SeriesId> {
    if new.indications.is_empty() || new.areas.is_empty() {
        return Err(VaultError::Refused("a series needs an indication and an area"));
    }
    if new.interval_min_days > new.interval_max_days {
        return Err(VaultError::Refused("the shortest interval is longer than the longest"));
    }
    let patient = super::patient::get(conn, super::merge::person_of(conn, new.patient)?)?.id;
    if let Some(predecessor) = new.predecessor
        && get(conn, predecessor)?.patient != patient
    {
        return Err(VaultError::Refused("a series continues one of the same patient"));
    }
    let id = insert(
        conn,
        include_str!("insert.sql"),
        named_params! {
            ":uid": new_uid()?, ":patient": patient.0, ":indications": json_text(&new.indications)?,
            ":areas": json_text(&new.areas)?, ":planned": new.planned, ":interval_min_days": new.interval_min_days,
            ":interval_max_days": new.interval_max_days, ":predecessor": new.predecessor.map(|p| p.0),
        },
    )
    .map(SeriesId)?;
    for (ordinal, spec) in (0..).zip(&new.views) {
        let _ = view::add(conn, id, ordinal, spec)?;
    }
    Ok(id)
}

pub(in crate::vault) fn set_state(conn: &Connection, id: SeriesId, to: SeriesState) -> Result<()> {
    change_one(conn, SET_STATE, params![id.0, to.key()])
}

pub(in crate::vault) fn set_plan(conn: &Connection, id: SeriesId, planned: u32, days: (u32, u32)) -> Result<()> {
    if days.0 > days.1 {
        return Err(VaultError::Refused("the shortest interval is longer than the longest"));
    }
    change_one(conn, SET_PLAN, params![id.0, planned, days.0, days.1])
}

pub(in crate::vault) fn get(conn: &Connection, id: SeriesId) -> Result<Series> {
    row(conn, GET, params![id.0], map)
}

pub(in crate::vault) fn of_patient(conn: &Connection, patient: PatientId) -> Result<Vec<Series>> {
    rows(conn, OF_PATIENT, params![patient.0], map)
}

pub(in crate::vault) fn count(conn: &Connection) -> Result<u32> {
    row(conn, COUNT, [], |row| row.get(0))
}
