//! `view`: the poses of a series' snapshot; added and retired, never edited.

use rusqlite::{Connection, Row, named_params, params};

use super::{change_one, insert, new_uid, row, rows, word};
use crate::model::{Area, Light, NewView, Pose, SeriesId, Side, View, ViewId};
use crate::vault::error::Result;

const GET: &str = "SELECT * FROM view WHERE id = ?1";
const OF_SERIES: &str = "SELECT * FROM view WHERE series = ?1 ORDER BY retired, ordinal";
const NEXT_ORDINAL: &str = "SELECT coalesce(max(ordinal) + 1, 0) FROM view WHERE series = ?1";
const RETIRE: &str = "UPDATE view SET retired = 1 WHERE id = ?1";

fn map(row: &Row<'_>) -> rusqlite::Result<View> {
    Ok(View {
        id: ViewId(row.get("id")?),
        series: SeriesId(row.get("series")?),
        ordinal: row.get("ordinal")?,
        spec: NewView {
            name: row.get("name")?,
            area: word(row, "area", Area::from_key)?,
            side: word(row, "side", Side::from_key)?,
            pose: word(row, "pose", Pose::from_key)?,
            light: word(row, "light", Light::from_key)?,
            focal_mm: row.get("focal_mm")?,
        },
        retired: row.get("retired")?,
    })
}

pub(in crate::vault) fn add(conn: &Connection, series: SeriesId, ordinal: u32, spec: &NewView) -> Result<ViewId> {
    insert(
        conn,
        include_str!("insert.sql"),
        named_params! {
            ":uid": new_uid()?, ":series": series.0, ":ordinal": ordinal, ":name": spec.name, ":area": spec.area.key(),
            ":side": spec.side.key(), ":pose": spec.pose.key(), ":light": spec.light.key(), ":focal_mm": spec.focal_mm,
        },
    )
    .map(ViewId)
}

/// Adds a view behind the others.
pub(in crate::vault) fn append(conn: &Connection, series: SeriesId, spec: &NewView) -> Result<ViewId> {
    let ordinal = row(conn, NEXT_ORDINAL, params![series.0], |row| row.get(0))?;
    add(conn, series, ordinal, spec)
}

pub(in crate::vault) fn retire(conn: &Connection, id: ViewId) -> Result<()> {
    change_one(conn, RETIRE, params![id.0])
}

pub(in crate::vault) fn get(conn: &Connection, id: ViewId) -> Result<View> {
    row(conn, GET, params![id.0], map)
}

/// Active views in order, retired ones last.
pub(in crate::vault) fn of_series(conn: &Connection, series: SeriesId) -> Result<Vec<View>> {
    rows(conn, OF_SERIES, params![series.0], map)
}
