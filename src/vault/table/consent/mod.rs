//! `consent`: the history of what a patient allowed; the database itself refuses to change it.

use rusqlite::{Connection, Row, named_params, params};

use super::{date_or_none, date_text, insert, new_uid, rows, word};
use crate::clock::UtcMillis;
use crate::model::{Consent, ConsentEvent, ConsentId, PatientId, Purpose, Scope, SeriesId};
use crate::vault::error::{Result, VaultError};

const OF_PATIENT: &str = "SELECT * FROM consent WHERE patient = ?1 ORDER BY id";

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
        expires: date_or_none(row, "expires")?,
        at: UtcMillis(row.get("at")?),
    })
}

/// Appends an event. Its time is the one it says of itself: a form may be entered later than it was signed.
pub(in crate::vault) fn add(conn: &Connection, new: &Consent) -> Result<ConsentId> {
    let patient = super::patient::get(conn, new.patient)?.id;
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
            ":expires": new.expires.map(date_text), ":at": new.at.0,
        },
    )
    .map(ConsentId)
}

/// Oldest first.
pub(in crate::vault) fn of_patient(conn: &Connection, patient: PatientId) -> Result<Vec<Consent>> {
    rows(conn, OF_PATIENT, params![patient.0], map)
}
