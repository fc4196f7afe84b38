//! `publication`: the ledger of what went out, by value.

use rusqlite::{Connection, Row, named_params, params};
use serde::{Deserialize, Serialize};

use super::{hash, insert, json, json_or_none, json_text, matrix, matrix_text, new_uid, photo, rows, uid};
use crate::clock::UtcMillis;
use crate::geom::Matrix3;
use crate::model::text::bytes_from_hex;
use crate::model::{PatientId, PhotoHash, PhotoId, Redacted, SeriesId, UserId};
use crate::vault::error::{Result, VaultError};
use crate::vault::types::{Laid, NewPublication, Publication};

const OF_SERIES: &str = "SELECT * FROM publication WHERE series = ?1 ORDER BY id";

const WITHDRAW: &str = "UPDATE publication SET withdrawn = ?3 WHERE series = ?1 AND at = ?2 AND withdrawn IS NULL";

/// One published file as it is kept: name and SHA-256.
#[derive(Serialize, Deserialize)]
struct File {
    name: String,
    sha256: String,
}

fn laid(row: &Row<'_>, matrix: Option<Matrix3>) -> rusqlite::Result<Option<Laid>> {
    let (before, crop) = (json_or_none::<Matrix3>(row, "before_matrix")?, json_or_none(row, "crop")?);
    let (Some(before), Some(matrix), Some(crop)) = (before, matrix, crop) else { return Ok(None) };
    Ok(Some(Laid { matrices: [before, before.after(&matrix)], crop }))
}

fn map(row: &Row<'_>) -> rusqlite::Result<Publication> {
    let matrix = matrix(row)?;
    let files: Vec<File> = json(row, "files")?;
    let files = files
        .into_iter()
        .map(|file| Some((file.name, PhotoHash(bytes_from_hex(&file.sha256)?))))
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| super::unknown("files", rusqlite::types::Type::Text))?;
    Ok(Publication {
        uid: uid(row)?,
        series: row.get::<_, Option<i64>>("series")?.map(SeriesId),
        label_before: row.get("label_before")?,
        label_after: row.get("label_after")?,
        before: row.get::<_, Option<i64>>("before")?.map(PhotoId),
        after: row.get::<_, Option<i64>>("after")?.map(PhotoId),
        before_hash: hash(row, "before_hash")?,
        after_hash: hash(row, "after_hash")?,
        matrix,
        laid: laid(row, matrix)?,
        file_hashes: files,
        destination: Redacted(row.get("destination")?),
        at: UtcMillis(row.get("at")?),
        withdrawn: row.get::<_, Option<i64>>("withdrawn")?.map(UtcMillis),
    })
}

pub(in crate::vault) fn add(conn: &Connection, new: &NewPublication, by: UserId, at: UtcMillis) -> Result<()> {
    let (before, after) = (photo::get(conn, new.before)?, photo::get(conn, new.after)?);
    let patient: PatientId = super::series::get(conn, new.series)?.patient;
    if before.patient != patient || after.patient != patient {
        return Err(VaultError::Refused("a published pair shows one patient"));
    }
    let files: Vec<File> =
        new.file_hashes.iter().map(|(name, hash)| File { name: name.clone(), sha256: hash.to_string() }).collect();
    let [first, second] = match &new.laid {
        None => [None, None],
        Some(Laid { matrices: [first, second], .. }) => {
            let back = first.inverse().ok_or(VaultError::Refused("a transform that cannot be undone"))?;
            [Some(*first), Some(back.after(second))]
        }
    };
    let crop = new.laid.as_ref().map(|laid| json_text(&laid.crop)).transpose()?;
    let _row = insert(
        conn,
        include_str!("insert.sql"),
        named_params! {
            ":uid": new_uid()?, ":series": new.series.0, ":before": new.before.0, ":after": new.after.0,
            ":before_hash": before.hash.0, ":after_hash": after.hash.0, ":label_before": new.label_before,
            ":label_after": new.label_after, ":matrix": matrix_text(second.as_ref())?,
            ":before_matrix": matrix_text(first.as_ref())?, ":crop": crop,
            ":files": json_text(&files)?, ":destination": new.destination.0, ":published_by": by.0, ":at": at.0,
        },
    )?;
    Ok(())
}

/// Marks what was entered at this instant as withdrawn.
pub(in crate::vault) fn withdraw(conn: &Connection, series: SeriesId, entered: UtcMillis, at: UtcMillis) -> Result<()> {
    let _rows = conn.prepare_cached(WITHDRAW)?.execute(params![series.0, entered.0, at.0])?;
    Ok(())
}

/// Oldest first.
pub(in crate::vault) fn of_series(conn: &Connection, series: SeriesId) -> Result<Vec<Publication>> {
    rows(conn, OF_SERIES, params![series.0], map)
}
