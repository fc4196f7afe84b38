//! The audit: who did what to which rows, append-only and hash-chained.
//!
//! Each row's hash covers the row before it, so that an edited or removed row breaks the chain; the head is anchored in
//! `vault.toml`, so that a cut tail is noticed. Whoever holds the key and every copy could still rewrite all of it.

mod kind;
mod log;
mod report;
mod subject;

pub use kind::{AuditEvent, AuditKind};
pub use log::{AuditFilter, AuditLine};
pub use report::{AuditReport, BrokenChain, MissingRows};

use rusqlite::{Connection, OptionalExtension, Row, params};
use sha2::{Digest, Sha256};

use super::error::Result;
use super::keys::header::Anchor;
use super::keys::hex;
use super::types::AuditRow;
use crate::clock::UtcMillis;
use crate::model::UserId;

const INSERT: &str =
    "INSERT INTO audit (seq, at, user, op, subject, previous, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
const HEAD: &str = "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1";
const HASH_OF: &str = "SELECT hash FROM audit WHERE seq = ?1";
const NEWEST: &str = "SELECT * FROM audit ORDER BY seq DESC LIMIT ?1";
const ALL: &str = "SELECT * FROM audit ORDER BY seq";

/// What checking the chain found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditCheck {
    /// Every row follows from the one before it, and the anchored head is among them.
    Whole {
        /// Number of rows.
        rows: u64,
    },
    /// The first row that does not fit: it was edited, or something before it was removed.
    BrokenAt {
        /// Its place in the chain.
        seq: i64,
    },
    /// Rows at the end are missing.
    Cut {
        /// The last row that was anchored.
        anchored: i64,
    },
}

fn map(row: &Row<'_>) -> rusqlite::Result<AuditRow> {
    Ok(AuditRow {
        seq: row.get("seq")?,
        at: UtcMillis(row.get("at")?),
        user: UserId(row.get("user")?),
        op: row.get("op")?,
        subject: row.get("subject")?,
    })
}

fn chain_hash(previous: &[u8; 32], row: &AuditRow) -> [u8; 32] {
    let mut hasher = Sha256::new_with_prefix(b"diptych audit v1");
    hasher.update(previous);
    for number in [row.seq, row.at.0, row.user.0] {
        hasher.update(number.to_be_bytes());
    }
    for text in [&row.op, &row.subject] {
        hasher.update((text.len() as u64).to_be_bytes());
        hasher.update(text.as_bytes());
    }
    hasher.finalize().into()
}

fn head(conn: &Connection) -> Result<(i64, [u8; 32])> {
    let head = conn.prepare_cached(HEAD)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    Ok(head.unwrap_or((0, [0; 32])))
}

/// Appends a row within the caller's transaction and returns its place. Its kind is one that has words and can be asked for.
pub(super) fn append(
    conn: &Connection,
    at: UtcMillis,
    user: UserId,
    kind: impl Into<AuditKind>,
    subject: String,
) -> Result<i64> {
    let (last, previous) = head(conn)?;
    let row = AuditRow { seq: last + 1, at, user, op: kind.into().key().to_owned(), subject };
    let hash = chain_hash(&previous, &row);
    let _rows =
        conn.prepare_cached(INSERT)?.execute(params![row.seq, at.0, user.0, row.op, row.subject, previous, hash])?;
    Ok(row.seq)
}

/// The head as it is anchored in the header.
pub(super) fn anchor(conn: &Connection) -> Result<Anchor> {
    let (seq, hash) = head(conn)?;
    Ok(Anchor { seq, hash: hex(&hash) })
}

/// Whether the row that was anchored is there, as it was.
pub(super) fn holds(conn: &Connection, anchor: &Anchor) -> Result<bool> {
    let hash: Option<[u8; 32]> = conn.query_row(HASH_OF, params![anchor.seq], |row| row.get(0)).optional()?;
    Ok(anchor.seq == 0 || hash.is_some_and(|hash| hex(&hash) == anchor.hash))
}

/// The newest rows, newest first.
pub(super) fn newest(conn: &Connection, count: u32) -> Result<Vec<AuditRow>> {
    let mut statement = conn.prepare_cached(NEWEST)?;
    let rows = statement.query_map(params![count], map)?.collect::<rusqlite::Result<_>>()?;
    Ok(rows)
}

/// Walks the chain from its beginning to its head.
pub(super) fn check(conn: &Connection, anchor: &Anchor) -> Result<AuditCheck> {
    let mut statement = conn.prepare(ALL)?;
    let mut rows = statement.query([])?;
    let (mut seq, mut previous) = (0, [0; 32]);
    let mut anchored = anchor.seq == 0;
    while let Some(row) = rows.next()? {
        let entry = map(row)?;
        let (said_previous, said_hash): ([u8; 32], [u8; 32]) = (row.get("previous")?, row.get("hash")?);
        let hash = chain_hash(&previous, &entry);
        if entry.seq != seq + 1 || said_previous != previous || said_hash != hash {
            return Ok(AuditCheck::BrokenAt { seq: entry.seq });
        }
        if entry.seq == anchor.seq {
            if hex(&hash) != anchor.hash {
                return Ok(AuditCheck::BrokenAt { seq: entry.seq });
            }
            anchored = true;
        }
        (seq, previous) = (entry.seq, hash);
    }
    Ok(if anchored { AuditCheck::Whole { rows: seq as u64 } } else { AuditCheck::Cut { anchored: anchor.seq } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::Op;
    use crate::vault::pool::in_memory;
    use crate::vault::schema::Layout;

    fn chain(rows: i64) -> Connection {
        let mut conn = in_memory();
        Layout::Catalog.migrate(&mut conn).expect("migrated");
        for i in 0..rows {
            let seq =
                append(&conn, UtcMillis(i), UserId(1), Op::EditPatient, format!("{{\"n\":{i}}}")).expect("appended");
            assert_eq!(seq, i + 1);
        }
        conn
    }

    fn tamper(conn: &Connection, sql: &str) {
        conn.execute_batch("DROP TRIGGER audit_is_never_changed; DROP TRIGGER audit_is_never_removed;")
            .expect("dropped");
        conn.execute_batch(sql).expect("tampered");
    }

    #[test]
    fn an_untouched_chain_is_whole() {
        let conn = chain(5);
        let anchor = anchor(&conn).expect("anchored");
        assert_eq!(check(&conn, &anchor), Ok(AuditCheck::Whole { rows: 5 }));
    }

    #[test]
    fn the_database_refuses_to_change_or_remove_a_row() {
        let conn = chain(2);
        assert!(conn.execute("UPDATE audit SET op = 'x' WHERE seq = 1", []).is_err());
        assert!(conn.execute("DELETE FROM audit WHERE seq = 2", []).is_err());
    }

    #[test]
    fn an_edited_row_breaks_the_chain() {
        let conn = chain(5);
        let anchor = anchor(&conn).expect("anchored");
        tamper(&conn, "UPDATE audit SET subject = '{}' WHERE seq = 3");
        assert_eq!(check(&conn, &anchor), Ok(AuditCheck::BrokenAt { seq: 3 }));
    }

    #[test]
    fn a_removed_row_breaks_the_chain() {
        let conn = chain(5);
        let anchor = anchor(&conn).expect("anchored");
        tamper(&conn, "DELETE FROM audit WHERE seq = 2");
        assert_eq!(check(&conn, &anchor), Ok(AuditCheck::BrokenAt { seq: 3 }));
    }

    #[test]
    fn a_cut_tail_is_noticed_by_the_anchor() {
        let conn = chain(5);
        let anchor = anchor(&conn).expect("anchored");
        tamper(&conn, "DELETE FROM audit WHERE seq > 3");
        assert_eq!(check(&conn, &anchor), Ok(AuditCheck::Cut { anchored: 5 }));
    }
}
