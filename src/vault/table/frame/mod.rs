//! `frame`: the coordinate systems of views; one of each view is current, older ones stay.

use rusqlite::{Connection, Row, named_params, params};

use super::{change_one, insert, matrix, new_uid, photo, row, row_or_none, rows};
use crate::geom::Size;
use crate::model::{Frame, FrameId, PatientId, PhotoId, SeriesId, Slot, ViewId};
use crate::vault::error::{Result, VaultError};

const GET: &str = "SELECT * FROM frame WHERE id = ?1";
const RETIRE_OF_VIEW: &str = "UPDATE frame SET current = 0 WHERE view = ?1 AND current = 1";
const SET_SCALE: &str = "UPDATE frame SET mm_per_px = ?2 WHERE id = ?1";
/// The same pixels in the frame of another view: a series takes over the reference of the one before.
const SCALE_OF_REFERENCE: &str = "SELECT mm_per_px FROM frame
    WHERE reference = ?1 AND view <> ?2 AND current = 1 AND mm_per_px IS NOT NULL ORDER BY id DESC LIMIT 1";
const RETIRE_OF_REFERENCE: &str = "UPDATE frame SET current = 0 WHERE reference = ?1 AND current = 1";

fn map(row: &Row<'_>) -> rusqlite::Result<Frame> {
    Ok(Frame {
        id: FrameId(row.get("id")?),
        patient: PatientId(row.get("patient")?),
        view: ViewId(row.get("view")?),
        reference: PhotoId(row.get("reference")?),
        size: Size::new(row.get("width")?, row.get("height")?),
        mm_per_px: row.get("mm_per_px")?,
    })
}

/// A new current frame of `view`; `automatic` when no person chose it.
pub(in crate::vault) fn set_reference(
    conn: &Connection,
    view: ViewId,
    reference: PhotoId,
    automatic: bool,
) -> Result<FrameId> {
    let photo = photo::get(conn, reference)?;
    let shows = |of: ViewId| Ok::<_, VaultError>(of == view || is_earlier(conn, view, of)?);
    if photo.slot == Slot::Rejected || !photo.view.map_or(Ok(false), shows)? {
        return Err(VaultError::Refused(
            "a reference is a photo of its own view, or of the same in a series before, that was not rejected",
        ));
    }
    let mm_per_px = former_scale(conn, view, reference)?;
    let _retired = conn.prepare_cached(RETIRE_OF_VIEW)?.execute(params![view.0])?;
    insert(
        conn,
        include_str!("insert.sql"),
        named_params! {
            ":uid": new_uid()?, ":patient": photo.patient.0, ":view": view.0, ":reference": reference.0,
            ":width": photo.size.width, ":height": photo.size.height, ":mm_per_px": mm_per_px,
            ":automatic": automatic,
        },
    )
    .map(FrameId)
}

/// Whether `of` shows the same as `view`, in a series that the one of `view` goes on from.
fn is_earlier(conn: &Connection, view: ViewId, of: ViewId) -> Result<bool> {
    row(conn, include_str!("is_earlier.sql"), named_params! {":view": view.0, ":of": of.0}, |row| row.get(0))
}

/// Millimetres of a pixel of the photo, where it lies in the frame before and that had a scale.
fn former_scale(conn: &Connection, view: ViewId, reference: PhotoId) -> Result<Option<f64>> {
    let of = named_params! {":view": view.0, ":reference": reference.0};
    let scale = |row: &Row<'_>| Ok((row.get::<_, f64>("mm_per_px")?, matrix(row)?));
    let found = row_or_none(conn, include_str!("former_scale.sql"), of, scale)?;
    let of_photo = found.and_then(|(mm, matrix)| Some(mm * matrix?.scale()));
    let of_photo = match of_photo {
        None => row_or_none(conn, SCALE_OF_REFERENCE, params![reference.0, view.0], |row| row.get::<_, f64>(0))?,
        known => known,
    };
    Ok(of_photo.filter(|mm| mm.is_finite() && *mm > 0.0))
}

/// A photo that leaves its patient: frames in which nobody has worked go with it, the others stay as history.
pub(in crate::vault) fn release(conn: &Connection, reference: PhotoId) -> Result<()> {
    let _gone = conn.prepare_cached(include_str!("release.sql"))?.execute(params![reference.0])?;
    retire_of_reference(conn, reference)
}

/// A photo that leaves its view is no reference of it any more.
pub(in crate::vault) fn retire_of_reference(conn: &Connection, reference: PhotoId) -> Result<()> {
    let _retired = conn.prepare_cached(RETIRE_OF_REFERENCE)?.execute(params![reference.0])?;
    Ok(())
}

/// Millimetres of a pixel; none when that is not known.
pub(in crate::vault) fn set_scale(conn: &Connection, id: FrameId, mm_per_px: Option<f64>) -> Result<()> {
    if mm_per_px.is_some_and(|mm| !(mm.is_finite() && mm > 0.0)) {
        return Err(VaultError::Refused("a scale that is no length"));
    }
    change_one(conn, SET_SCALE, params![id.0, mm_per_px])
}

pub(in crate::vault) fn get(conn: &Connection, id: FrameId) -> Result<Frame> {
    row(conn, GET, params![id.0], map)
}

/// The current frames of a series' views.
pub(in crate::vault) fn of_series(conn: &Connection, series: SeriesId) -> Result<Vec<Frame>> {
    rows(conn, include_str!("of_series.sql"), params![series.0], map)
}
