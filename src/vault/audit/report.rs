//! What can be said of the whole audit: whole, where it breaks, or what is missing at its end.

use rusqlite::{Connection, params};

use super::{AuditCheck, AuditEvent, check, head, holds};
use crate::model::text::grouped;
use crate::vault::Vault;
use crate::vault::error::Result;
use crate::vault::keys::header::Anchor;
use crate::vault::pool::lock;

const CUTS: &str = "SELECT seq, CASE WHEN json_valid(subject) THEN CAST(subject ->> '$.anchored' AS INTEGER) END \
                    FROM audit WHERE op = ?1 ORDER BY seq";
const BEFORE: &str = "SELECT coalesce(max(seq), 0) FROM audit WHERE seq < ?1";

/// A range of rows at what was once the end of the audit that are not in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MissingRows {
    /// The first of them.
    pub first: i64,
    /// The last one that is known to have been there.
    pub last: i64,
    /// The row in which an opening wrote down that they are missing; none while no opening has.
    pub noted_in: Option<i64>,
}

/// Where the chain breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrokenChain {
    /// The first row that does not fit: it was changed, or something before it was removed.
    pub at: i64,
    /// The last row before it; 0 when there is none.
    pub sound_until: i64,
}

/// The whole audit, walked from its first row to its last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditReport {
    /// Rows there are.
    pub rows: u64,
    /// The first row that does not fit the one before it, and the row before it; 0 when there is none.
    pub broken: Option<BrokenChain>,
    /// What was cut off its end, oldest first, or replaced by rows of another history. An opening writes that down and goes on from there: the rows stay missing.
    pub missing: Vec<MissingRows>,
    /// The last row that was anchored in the key file.
    pub anchored: i64,
}

impl AuditReport {
    /// Whether every row that was ever anchored is there as it was written.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.broken.is_none() && self.missing.is_empty()
    }

    /// What was found, one plain sentence or more; the gravest first.
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        let mut out = Vec::new();
        if let Some(BrokenChain { at, sound_until }) = self.broken {
            let sound = match sound_until {
                0 => "No row of it can be relied on.".to_owned(),
                1 => format!("Row 1 is as it was written; from row {at} on nothing can be relied on."),
                last => {
                    format!("Rows 1 to {last} are as they were written; from row {at} on nothing can be relied on.")
                }
            };
            out.push(format!(
                "The audit is broken at row {at}: this row was changed, or one before it was removed. {sound}"
            ));
        }
        for missing in &self.missing {
            let MissingRows { first, last, noted_in } = *missing;
            let rows = if first >= last { format!("row {last} is") } else { format!("rows {first} to {last} are") };
            let noted = noted_in
                .map_or_else(String::new, |seq| format!(" An opening found it and wrote it down in row {seq}."));
            out.push(format!("The end of the audit was cut off: {rows} missing that the key file or a backup had noted.{noted} A backup from before may still hold them."));
        }
        if self.is_whole() {
            let rows = match self.rows {
                1 => "its only row is as it was".to_owned(),
                n => format!("all {} rows are as they were", grouped(n)),
            };
            out.push(format!("The audit is whole: {rows} written, and the last one that was anchored in the key file, row {}, is among them.", self.anchored));
        }
        out
    }
}

impl Vault {
    /// Walks the whole chain, compares it with the anchor in `vault.toml` and with those that were kept `elsewhere`, and
    /// looks for cuts that an opening wrote down. An older copy of the whole folder is only seen by what is elsewhere.
    pub fn audit_report(&self, elsewhere: &[Anchor]) -> Result<AuditReport> {
        let anchor: Anchor = lock(&self.inner.header).audit.clone();
        self.inner.readers.read(|conn| report(&*conn.unchecked_transaction()?, &anchor, elsewhere))
    }
}

fn report(conn: &Connection, anchor: &Anchor, elsewhere: &[Anchor]) -> Result<AuditReport> {
    let (last, _) = head(conn)?;
    let rows: u64 = conn.query_row("SELECT count(*) FROM audit", [], |row| row.get::<_, i64>(0))?.unsigned_abs();
    let mut statement = conn.prepare_cached(CUTS)?;
    let noted = statement.query_map(params![AuditEvent::RecordsCut.key()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let noted: Vec<(i64, Option<i64>)> = noted.collect::<rusqlite::Result<_>>()?;
    let mut missing: Vec<MissingRows> = noted
        .into_iter()
        .map(|(seq, anchored)| MissingRows { first: seq, last: anchored.unwrap_or(seq).max(seq), noted_in: Some(seq) })
        .collect();
    let broken = match check(conn, anchor)? {
        AuditCheck::Whole { .. } => None,
        AuditCheck::BrokenAt { seq } => {
            let sound_until = conn.query_row(BEFORE, [seq], |row| row.get(0))?;
            Some(BrokenChain { at: seq, sound_until })
        }
        AuditCheck::Cut { anchored } => {
            missing.push(MissingRows { first: last + 1, last: anchored, noted_in: None });
            None
        }
    };
    missing.extend(lost(conn, elsewhere)?.filter(|lost| missing.iter().all(|known| known.last < lost.last)));
    Ok(AuditReport { rows, broken, missing, anchored: anchor.seq })
}

/// The rows behind the last anchor that holds, up to the last one that does not.
fn lost(conn: &Connection, elsewhere: &[Anchor]) -> Result<Option<MissingRows>> {
    let (mut held, mut gone) = (0, 0);
    for anchor in elsewhere {
        let of = if holds(conn, anchor)? { &mut held } else { &mut gone };
        *of = anchor.seq.max(*of);
    }
    Ok((gone > 0).then_some(MissingRows { first: held.min(gone - 1) + 1, last: gone, noted_in: None }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(rows: u64) -> AuditReport {
        AuditReport { rows, broken: None, missing: Vec::new(), anchored: 3 }
    }

    #[test]
    fn a_whole_audit_is_said_in_one_sentence() {
        let said = whole(3412).sentences();
        assert_eq!(
            said,
            [
                "The audit is whole: all 3,412 rows are as they were written, and the last one that was anchored in the key file, row 3, is among them."
            ]
        );
    }

    #[test]
    fn a_break_and_a_cut_say_where_they_are() {
        let cut = MissingRows { first: 4, last: 9, noted_in: Some(4) };
        let report =
            AuditReport { broken: Some(BrokenChain { at: 7, sound_until: 5 }), missing: vec![cut], ..whole(12) };
        assert!(!report.is_whole());
        let said = report.sentences();
        assert!(said[0].starts_with("The audit is broken at row 7") && said[0].contains("Rows 1 to 5 are"), "{said:?}");
        assert!(said[1].contains("rows 4 to 9 are missing") && said[1].contains("in row 4"), "{said:?}");
        let one = MissingRows { first: 9, last: 9, noted_in: None };
        let said = AuditReport { missing: vec![one], ..whole(8) }.sentences();
        assert!(said[0].contains("row 9 is missing"), "{said:?}");
    }
}
