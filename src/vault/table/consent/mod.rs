//! `consent`: the history of what a patient allowed; the database itself refuses to change it.

use std::collections::HashMap;

use chrono::NaiveDate;
use rusqlite::{Connection, Row, named_params, params};

use super::{date_or_none, date_text, insert, merge, new_uid, patient, rows, word};
use crate::clock::UtcMillis;
use crate::model::consent::{is_valid, widest};
use crate::model::{AttachmentId, Consent, ConsentEvent, ConsentId, PatientId, Purpose, Scope, SeriesId};
use crate::vault::error::{Result, VaultError};
use crate::vault::types::Expiring;

pub(in crate::vault) const EXPIRING: &str = include_str!("expiring.sql");
/// By an index that holds all that is asked for.
const SERIES: &str = "SELECT id, patient FROM series INDEXED BY series_by_patient";
pub(in crate::vault) const OF_PURPOSE: &str = include_str!("of_purpose.sql");
pub(in crate::vault) const NEVER_GRANTED: &str = include_str!("never_granted.sql");
/// A series nobody has: ids begin with 1. Only what was said of all series counts for it.
const ANY_SERIES: SeriesId = SeriesId(0);

fn map(row: &Row<'_>) -> rusqlite::Result<Consent> {
    Ok(Consent {
        id: Some(ConsentId(row.get("id")?)),
        patient: PatientId(row.get("patient")?),
        series: row.get::<_, Option<i64>>("series")?.map(SeriesId),
        purpose: word(row, "purpose", Purpose::from_key)?,
        scope: word(row, "scope", Scope::from_key)?,
        event: word(row, "event", ConsentEvent::from_key)?,
        wording: row.get("wording")?,
        signer: row.get("signer")?,
        signed: date_or_none(row, "signed")?,
        expires: date_or_none(row, "expires")?,
        at: UtcMillis(row.get("at")?),
    })
}

/// Appends an event. Its time is the one it says of itself: a form may be entered later than it was signed.
pub(in crate::vault) fn add(conn: &Connection, new: &Consent, document: Option<AttachmentId>) -> Result<ConsentId> {
    // Of whoever the record belongs to by now: what is said must not get lost because somebody's page was older.
    let patient = patient::get(conn, merge::person_of(conn, new.patient)?)?.id;
    if let Some(series) = new.series
        && super::series::get(conn, series)?.patient != patient
    {
        return Err(VaultError::Refused("the series belongs to another patient"));
    }
    insert(
        conn,
        include_str!("insert.sql"),
        named_params! {
            ":uid": new_uid()?, ":patient": patient.0, ":series": new.series.map(|s| s.0), ":purpose": new.purpose.key(),
            ":scope": new.scope.key(), ":event": new.event.key(), ":wording": new.wording, ":signer": new.signer,
            ":signed": new.signed.map(date_text),
            ":expires": new.expires.map(date_text), ":document": document.map(|d| d.0), ":at": new.at.0,
        },
    )
    .map(ConsentId)
}

/// What was said of a person, under whichever record, oldest first.
pub(in crate::vault) fn of_patient(conn: &Connection, patient: PatientId) -> Result<Vec<Consent>> {
    rows(conn, include_str!("of_person.sql"), params![patient.0], |row| Ok(Consent { patient, ..map(row)? }))
}

/// What was said of any of a person's records, oldest first.
pub(in crate::vault) fn of_both(conn: &Connection, one: PatientId, other: PatientId) -> Result<Vec<Consent>> {
    let mut all = of_patient(conn, one)?;
    all.extend(of_patient(conn, other)?);
    all.sort_by_key(|consent| consent.id);
    Ok(all)
}

/// Grants that end from `today` to `until`, next first, and leave something no longer allowed; at most `limit`.
pub(in crate::vault) fn expiring(
    conn: &Connection,
    today: NaiveDate,
    until: NaiveDate,
    limit: usize,
) -> Result<Vec<Expiring>> {
    let mut statement = conn.prepare_cached(EXPIRING)?;
    let mut candidates = statement.query(named_params! {":from": date_text(today), ":to": date_text(until)})?;
    let mut out = Vec::new();
    while out.len() < limit
        && let Some(row) = candidates.next()?
    {
        let consent = map(row)?;
        let consent = Consent { patient: merge::person_of(conn, consent.patient)?, ..consent };
        let history = of_patient(conn, consent.patient)?;
        let series = consent.series.unwrap_or(ANY_SERIES);
        let holds = |day| is_valid(&history, series, consent.purpose, consent.scope, day);
        let ends = consent.expires.and_then(|last| last.succ_opt()).is_some_and(|after| !holds(after));
        if holds(today) && ends {
            out.push(Expiring { patient: patient::get(conn, consent.patient)?, consent });
        }
    }
    Ok(out)
}

/// Every series that a grant for `purpose` ever covered, whose it is, and what of it holds on `today`; in no order.
pub(in crate::vault) fn granted(
    conn: &Connection,
    purpose: Purpose,
    today: NaiveDate,
) -> Result<Vec<(SeriesId, PatientId, Option<Scope>)>> {
    let mut said: HashMap<i64, Vec<Consent>> = HashMap::new();
    for (person, consent) in
        rows(conn, OF_PURPOSE, params![purpose.key()], |row| Ok((row.get(0)?, counted(row, purpose)?)))?
    {
        said.entry(person).or_default().push(consent);
    }
    let mut granted = Vec::new();
    for (id, person) in rows(conn, SERIES, [], |row| Ok((SeriesId(row.get(0)?), row.get::<_, i64>(1)?)))? {
        let Some(history) = said.get(&person) else { continue };
        let covers = |consent: &Consent| {
            consent.event == ConsentEvent::Granted && consent.series.is_none_or(|series| series == id)
        };
        if history.iter().any(covers) {
            granted.push((id, PatientId(person), widest(history, id, purpose, today)));
        }
    }
    Ok(granted)
}

/// Of a consent what counts for its being valid.
fn counted(row: &Row<'_>, purpose: Purpose) -> rusqlite::Result<Consent> {
    Ok(Consent {
        id: None,
        patient: PatientId(row.get("patient")?),
        series: row.get::<_, Option<i64>>("series")?.map(SeriesId),
        purpose,
        scope: word(row, "scope", Scope::from_key)?,
        event: word(row, "event", ConsentEvent::from_key)?,
        wording: String::new(),
        signer: String::new(),
        signed: date_or_none(row, "signed")?,
        expires: date_or_none(row, "expires")?,
        at: UtcMillis(row.get("at")?),
    })
}

/// Series that no grant for `purpose` ever covered, newest first.
pub(in crate::vault) fn never_granted(
    conn: &Connection,
    purpose: Purpose,
    offset: u32,
    limit: u32,
) -> Result<Vec<SeriesId>> {
    let values = named_params! {":purpose": purpose.key(), ":limit": limit, ":offset": offset};
    rows(conn, NEVER_GRANTED, values, |row| row.get(0).map(SeriesId))
}
