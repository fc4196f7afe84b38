//! `grade`: what was measured of the pixels of pairs. Computed: a lost row is computed anew, and so is one that cannot be
//! read, which is why none of them keeps a board shut.
//!
//! `reasons` holds what the reasons are worded from: the measures, and the answers about places that they rest on. What is
//! not in the pixels (the days since a treatment, focal lengths, whether a suggestion was confirmed) is asked of the board
//! whenever the pair is graded, so that a corrected visit never leaves an old reason behind.

use rusqlite::{Connection, Row, named_params, params};
use serde::{Deserialize, Serialize};

use super::{json_text, rows};
use crate::compare::grade::{Grade, Likeness};
use crate::model::{PhotoId, SeriesId};
use crate::vault::error::Result;
use crate::vault::types::{GradeBasis, MeasuredPair};

/// What stands in `reasons`.
#[derive(Serialize, Deserialize)]
struct Grounds {
    basis: GradeBasis,
    likeness: Option<Likeness>,
}

fn map(row: &Row<'_>) -> rusqlite::Result<Option<MeasuredPair>> {
    let grade = row.get_ref("grade")?.as_str().ok().and_then(Grade::from_key);
    let grounds = row.get_ref("reasons")?.as_str().ok().and_then(|text| serde_json::from_str::<Grounds>(text).ok());
    let (Some(grade), Some(Grounds { basis, likeness })) = (grade, grounds) else { return Ok(None) };
    Ok(Some(MeasuredPair {
        before: PhotoId(row.get("before")?),
        after: PhotoId(row.get("after")?),
        grade,
        basis,
        engine: row.get("engine")?,
        likeness,
    }))
}

/// Keeps what was measured in the place of what was measured of the later photo before. A pair of which a photo is gone
/// meanwhile is left out.
pub(in crate::vault) fn keep(conn: &Connection, pair: &MeasuredPair) -> Result<()> {
    let _old = conn.prepare_cached("DELETE FROM grade WHERE after = ?1")?.execute(params![pair.after.0])?;
    let grounds = Grounds { basis: pair.basis, likeness: pair.likeness };
    let _row = conn.prepare_cached(include_str!("insert.sql"))?.execute(named_params! {
        ":before": pair.before.0, ":after": pair.after.0, ":grade": pair.grade.key(),
        ":reasons": json_text(&grounds)?, ":engine": pair.engine,
    })?;
    Ok(())
}

/// What was measured of the photos of a series.
pub(in crate::vault) fn of_series(conn: &Connection, series: SeriesId) -> Result<Vec<MeasuredPair>> {
    Ok(rows(conn, include_str!("of_series.sql"), params![series.0], map)?.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::pool::in_memory;
    use crate::vault::schema::Layout;

    #[test]
    fn a_row_that_says_nothing_of_what_it_rests_on_is_computed_anew_and_shuts_no_board() {
        let mut conn = in_memory();
        Layout::Catalog.migrate_to(&mut conn, 1).expect("the first layout");
        conn.execute_batch(include_str!("../../tests/rows_001.sql")).expect("rows of the first layout");
        Layout::Catalog.migrate(&mut conn).expect("migrated");
        let stored = format!("SELECT count(*) FROM ({})", include_str!("of_series.sql"));
        let stored: i64 = conn.query_row(&stored, [2], |row| row.get(0)).expect("counted");
        assert_eq!((stored, of_series(&conn, SeriesId(2))), (1, Ok(Vec::new())));
    }
}
