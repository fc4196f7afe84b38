//! `alignment`: the answers of the registration, append-only, and the pointer to those in force.

use rusqlite::{Connection, Row, named_params, params};
use serde::Serialize;

use super::{frame, insert, json_text, list, matrix, matrix_text, photo, row_or_none, rows, word, word_or_none};
use crate::clock::UtcMillis;
use crate::geom::Point;
use crate::model::{
    Alignment, AlignmentId, AlignmentSource, Answer, Basis, Frame, FrameId, Model, PhotoId, SeriesId, WhyNot,
};
use crate::vault::error::{Result, VaultError};

const CURRENT_SOURCE: &str = "SELECT alignment.source FROM alignment_current AS pointer
    JOIN alignment ON alignment.id = pointer.alignment WHERE pointer.photo = ?1 AND pointer.frame = ?2";

fn map(row: &Row<'_>) -> rusqlite::Result<Alignment> {
    Ok(Alignment {
        id: Some(AlignmentId(row.get("id")?)),
        photo: PhotoId(row.get("photo")?),
        frame: FrameId(row.get("frame")?),
        model: word(row, "model", Model::from_key)?,
        matrix: matrix(row)?,
        engine: row.get("engine")?,
        source: word(row, "source", AlignmentSource::from_key)?,
        answer: word(row, "answer", Answer::from_key)?,
        residual_px: row.get("residual_px")?,
        confidence: row.get("confidence")?,
        why: word_or_none(row, "why", WhyNot::from_key)?,
        basis: Basis {
            region: list(row, "region")?,
            landmarks: list(row, "landmarks")?,
            via: row.get::<_, Option<i64>>("via")?.map(PhotoId),
            rebased: row.get("rebased")?,
        },
    })
}

/// Stores an answer and puts it in force, unless that would replace a person's by an automatic one nobody `asked` for.
pub(in crate::vault) fn add(conn: &Connection, new: &Alignment, at: UtcMillis, asked: bool) -> Result<AlignmentId> {
    if photo::get(conn, new.photo)?.patient != frame::get(conn, new.frame)?.patient {
        return Err(VaultError::Refused("the photo and the frame belong to different patients"));
    }
    if !new.confidence.is_finite() || new.residual_px.is_some_and(|r| !r.is_finite()) {
        return Err(VaultError::Refused("an alignment with a residual or confidence that is not finite"));
    }
    let places = new.basis.landmarks.iter().flat_map(|mark| [mark.photo, mark.frame]);
    if !new.basis.region.iter().copied().chain(places).all(Point::is_finite) {
        return Err(VaultError::Refused("an alignment by points that are not finite"));
    }
    let id = insert(
        conn,
        include_str!("insert.sql"),
        named_params! {
            ":photo": new.photo.0, ":frame": new.frame.0, ":model": new.model.key(),
            ":matrix": matrix_text(new.matrix.as_ref())?, ":engine": new.engine, ":source": new.source.key(),
            ":answer": new.answer.key(), ":residual_px": new.residual_px, ":confidence": new.confidence,
            ":why": new.why.map(WhyNot::key), ":at": at.0, ":region": list_text(&new.basis.region)?,
            ":landmarks": list_text(&new.basis.landmarks)?, ":via": new.basis.via.map(|id| id.0),
            ":rebased": new.basis.rebased,
        },
    )?;
    if asked || new.source != AlignmentSource::Automatic || !is_a_persons(conn, new.photo, new.frame)? {
        let pointer = named_params! {":photo": new.photo.0, ":frame": new.frame.0, ":alignment": id};
        let _changed = conn.prepare_cached(include_str!("set_current.sql"))?.execute(pointer)?;
    }
    Ok(AlignmentId(id))
}

/// Empty text for no places: most answers have none.
fn list_text<T: Serialize>(list: &[T]) -> Result<String> {
    if list.is_empty() { Ok(String::new()) } else { json_text(&list) }
}

fn is_a_persons(conn: &Connection, photo: PhotoId, frame: FrameId) -> Result<bool> {
    let source = row_or_none(conn, CURRENT_SOURCE, params![photo.0, frame.0], |row| row.get::<_, String>(0))?;
    Ok(source.is_some_and(|source| source != AlignmentSource::Automatic.key()))
}

/// The answers in force for a series' photos in the current frames of their views.
pub(in crate::vault) fn of_series(conn: &Connection, series: SeriesId) -> Result<Vec<Alignment>> {
    rows(conn, include_str!("of_series.sql"), params![series.0], map)
}

/// Photos for which an answer was carried over to the frame that is current now.
pub(in crate::vault) fn carried(conn: &Connection, series: SeriesId) -> Result<Vec<PhotoId>> {
    rows(conn, include_str!("carried.sql"), params![series.0], |row| row.get(0).map(PhotoId))
}

/// What was said in frames that are no longer current, but for doubts and rejections; newest frame first.
pub(in crate::vault) fn former(conn: &Connection, series: SeriesId) -> Result<Vec<(Frame, Alignment)>> {
    let answers = rows(conn, include_str!("former.sql"), params![series.0], map)?;
    answers.into_iter().map(|answer| Ok((frame::get(conn, answer.frame)?, answer))).collect()
}
