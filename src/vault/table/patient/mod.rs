//! `patient`: people, their folded search keys, and windowed lists of them.

use std::fmt::Write;

use rusqlite::{Connection, Row, ToSql, named_params, params};

use super::{date_or_none, date_text, row, row_or_none, rows, uid, word_or_none};
use crate::model::{Fitzpatrick, NewPatient, Patient, PatientId, Redacted};
use crate::vault::error::{Result, VaultError, is_unique_violation};
use crate::vault::search::{Term, fold, terms};
use crate::vault::types::PatientRow;

const GET: &str = "SELECT * FROM patient WHERE id = ?1";
const BY_CODE: &str = "SELECT * FROM patient WHERE code = ?1";
const OF_SERIES: &str = "SELECT patient.* FROM patient JOIN series ON series.patient = patient.id WHERE series.id = ?1";

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
    search: String,
    sort: String,
}

fn stored(new: &NewPatient) -> Result<Stored> {
    let trimmed = |text: &Redacted<String>| text.0.split_whitespace().collect::<Vec<_>>().join(" ");
    let (code, given, family) = (trimmed(&new.code), trimmed(&new.given), trimmed(&new.family));
    if code.is_empty() {
        return Err(VaultError::Refused("a patient needs a code"));
    }
    let search = fold(&format!("{code} {given} {family}"));
    let sort = fold(&format!("{family} {given} {code}"));
    let birth = new.birth.as_ref().map(|date| date_text(date.0));
    Ok(Stored { code, given, family, birth, search, sort })
}

fn code_taken(error: VaultError, was_unique: bool) -> VaultError {
    if was_unique { VaultError::CodeTaken } else { error }
}

pub(in crate::vault) fn add(conn: &Connection, new: &NewPatient) -> Result<PatientId> {
    let stored = stored(new)?;
    let result = conn.prepare_cached(include_str!("insert.sql"))?.insert(named_params! {
        ":uid": super::new_uid()?, ":code": stored.code, ":given": stored.given, ":family": stored.family,
        ":birth": stored.birth, ":fitzpatrick": new.fitzpatrick.map(Fitzpatrick::numeral),
        ":search": stored.search, ":sort": stored.sort,
    });
    result.map(PatientId).map_err(|error| {
        let unique = is_unique_violation(&error);
        code_taken(error.into(), unique)
    })
}

pub(in crate::vault) fn edit(conn: &Connection, id: PatientId, to: &NewPatient) -> Result<()> {
    let stored = stored(to)?;
    let result = conn.prepare_cached(include_str!("update.sql"))?.execute(named_params! {
        ":id": id.0, ":code": stored.code, ":given": stored.given, ":family": stored.family,
        ":birth": stored.birth, ":fitzpatrick": to.fitzpatrick.map(Fitzpatrick::numeral),
        ":search": stored.search, ":sort": stored.sort,
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

pub(in crate::vault) fn by_code(conn: &Connection, code: &str) -> Result<Option<Patient>> {
    row_or_none(conn, BY_CODE, params![code.trim()], map)
}

pub(in crate::vault) fn of_series(conn: &Connection, series: crate::model::SeriesId) -> Result<Patient> {
    row(conn, OF_SERIES, params![series.0], map)
}

/// The condition that keeps those who match every word of `search`, and its parameters `:w0`, `:w1` and so on.
///
/// `None` for a text without a searchable word, such as `"-"`: it finds nobody, where an empty one finds everybody.
fn filter(search: &str) -> Option<(String, Vec<(String, String)>)> {
    let terms = terms(search);
    if terms.is_empty() && !search.trim().is_empty() {
        return None;
    }
    let mut sql = String::new();
    let mut values = Vec::with_capacity(terms.len());
    for (i, term) in terms.into_iter().enumerate() {
        let (table, value) = match term {
            Term::Prefix(value) => ("patient_word", value),
            Term::Inside(value) => ("patient_part", value),
        };
        let glue = if i == 0 { "WHERE" } else { "AND" };
        // Writing to a String cannot fail.
        let _ = write!(sql, " {glue} patient.id IN (SELECT rowid FROM {table} WHERE {table} MATCH :w{i})");
        values.push((format!(":w{i}"), value));
    }
    Some((sql, values))
}

/// The words as named parameters.
fn named(values: &[(String, String)]) -> Vec<(&str, &dyn ToSql)> {
    values.iter().map(|(name, value)| (name.as_str(), value as &dyn ToSql)).collect()
}

pub(in crate::vault) fn list(conn: &Connection, search: &str, offset: u32, limit: u32) -> Result<Vec<PatientRow>> {
    let Some((filter, values)) = filter(search) else { return Ok(Vec::new()) };
    let mut params = named(&values);
    params.extend([(":limit", &limit as &dyn ToSql), (":offset", &offset)]);
    rows(conn, &include_str!("list.sql").replace("{filter}", &filter), params.as_slice(), map_listed)
}

pub(in crate::vault) fn count(conn: &Connection, search: &str) -> Result<u32> {
    let Some((filter, values)) = filter(search) else { return Ok(0) };
    row(conn, &format!("SELECT count(*) FROM patient{filter}"), named(&values).as_slice(), |row| row.get(0))
}
