//! `patient`: people and their folded search keys.

use std::sync::LazyLock;

use rusqlite::{Connection, Row, named_params, params};

use super::{date_or_none, date_text, json_text, photo, row, row_or_none, rows, uid, word_or_none};
use crate::model::{Fitzpatrick, NewPatient, Patient, PatientId, Redacted};
use crate::vault::error::{Result, VaultError, is_unique_violation};
use crate::vault::search::key;
use crate::vault::types::PatientRow;

const GET: &str = "SELECT * FROM patient WHERE id = ?1";
const OF_SERIES: &str = "SELECT patient.* FROM patient JOIN series ON series.patient = patient.id WHERE series.id = ?1";
const BY_UID: &str = "SELECT id FROM patient WHERE uid = ?1";
const CHANGES: &str = "SELECT count FROM patient_changes";
static LIST: LazyLock<String> = LazyLock::new(|| include_str!("list.sql").replace(":is_second", photo::IS_SECOND));
const KEYS_SIZE: &str = "SELECT count(*), coalesce(sum(octet_length(sort)), 0) FROM patient INDEXED BY patient_by_sort";

fn map(row: &Row<'_>) -> rusqlite::Result<Patient> {
    Ok(Patient {
        id: PatientId(row.get("id")?),
        uid: uid(row)?,
        code: Redacted(row.get("code")?),
        given: Redacted(row.get("given")?),
        family: Redacted(row.get("family")?),
        birth: date_or_none(row, "birth")?.map(Redacted),
        fitzpatrick: word_or_none(row, "fitzpatrick", Fitzpatrick::parse)?,
    })
}

fn map_listed(row: &Row<'_>) -> rusqlite::Result<PatientRow> {
    Ok(PatientRow {
        patient: map(row)?,
        open_series: row.get("open_series")?,
        photos: row.get("photos")?,
        last_visit: date_or_none(row, "last_visit")?,
    })
}

/// What is derived from a patient's words when they are stored.
struct Stored {
    code: String,
    given: String,
    family: String,
    birth: Option<String>,
    sort: String,
}

fn stored(new: &NewPatient) -> Result<Stored> {
    let trimmed = |text: &Redacted<String>| text.0.split_whitespace().collect::<Vec<_>>().join(" ");
    let (code, given, family) = (trimmed(&new.code), trimmed(&new.given), trimmed(&new.family));
    if code.is_empty() {
        return Err(VaultError::Refused("a patient needs a code"));
    }
    let sort = key(&family, &given, &code);
    let birth = new.birth.as_ref().map(|date| date_text(date.0));
    Ok(Stored { code, given, family, birth, sort })
}

fn code_taken(error: VaultError, was_unique: bool) -> VaultError {
    if was_unique { VaultError::CodeTaken } else { error }
}

pub(in crate::vault) fn add(conn: &Connection, new: &NewPatient) -> Result<PatientId> {
    let stored = stored(new)?;
    let result = conn.prepare_cached(include_str!("insert.sql"))?.insert(named_params! {
        ":uid": super::new_uid()?, ":code": stored.code, ":given": stored.given, ":family": stored.family,
        ":birth": stored.birth, ":fitzpatrick": new.fitzpatrick.map(Fitzpatrick::numeral),
        ":sort": stored.sort,
    });
    result.map(PatientId).map_err(|error| {
        let unique = is_unique_violation(&error);
        code_taken(error.into(), unique)
    })
}

pub(in crate::vault) fn edit(conn: &Connection, id: PatientId, to: &NewPatient) -> Result<()> {
    if super::merge::person_of(conn, id)? != id {
        return Err(VaultError::Refused("this record was merged into another patient's"));
    }
    let stored = stored(to)?;
    let result = conn.prepare_cached(include_str!("update.sql"))?.execute(named_params! {
        ":id": id.0, ":code": stored.code, ":given": stored.given, ":family": stored.family,
        ":birth": stored.birth, ":fitzpatrick": to.fitzpatrick.map(Fitzpatrick::numeral),
        ":sort": stored.sort,
    });
    match result {
        Ok(0) => Err(VaultError::NotFound),
        Ok(_) => Ok(()),
        Err(error) => {
            let unique = is_unique_violation(&error);
            Err(code_taken(error.into(), unique))
        }
    }
}

pub(in crate::vault) fn get(conn: &Connection, id: PatientId) -> Result<Patient> {
    row(conn, GET, params![id.0], map)
}

/// The person with this code, or whose other record had it.
pub(in crate::vault) fn by_code(conn: &Connection, code: &str) -> Result<Option<Patient>> {
    row_or_none(conn, include_str!("by_code.sql"), params![code.trim()], map)
}

pub(in crate::vault) fn of_series(conn: &Connection, series: crate::model::SeriesId) -> Result<Patient> {
    row(conn, OF_SERIES, params![series.0], map)
}

/// The person with this uid, or whose other record had it.
pub(in crate::vault) fn by_uid(conn: &Connection, uid: &crate::model::Uid) -> Result<Option<Patient>> {
    let Some(record) = row_or_none(conn, BY_UID, params![uid.0], |row| row.get(0).map(PatientId))? else {
        return Ok(None);
    };
    get(conn, super::merge::person_of(conn, record)?).map(Some)
}

/// Rises with every change of a patient.
pub(in crate::vault) fn changes(conn: &Connection) -> Result<i64> {
    row(conn, CHANGES, [], |row| row.get(0))
}

/// How many search keys there are, and their length together.
pub(in crate::vault) fn keys_size(conn: &Connection) -> Result<(usize, usize)> {
    row(conn, KEYS_SIZE, [], |row| Ok((row.get::<_, u32>(0)? as usize, row.get::<_, u32>(1)? as usize)))
}

/// Every record's search key, "family given code" folded, in the order of lists; whose it is, and whether it was merged.
pub(in crate::vault) fn each_key(conn: &Connection, mut take: impl FnMut(i64, &str, bool)) -> Result<()> {
    let mut statement = conn.prepare_cached(include_str!("keys.sql"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        take(row.get(0)?, row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?, row.get(2)?);
    }
    Ok(())
}

/// Lines of the patient list, in the order of `ids`; only they are counted.
pub(in crate::vault) fn listed(conn: &Connection, ids: &[i64]) -> Result<Vec<PatientRow>> {
    rows(conn, &LIST, named_params! {":page": json_text(&ids)?}, map_listed)
}
