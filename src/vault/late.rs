//! What should be in the audit and found no room: kept in memory, and entered before anything else once there is some.
//!
//! On a full disk a vault opens all the same, because whoever cannot look cannot back up either; only a vault of an older
//! layout needs room to be brought to the newest before anybody looks. Only looking is let
//! through so. What is exported or changed is entered in the audit first, or does not happen. For what was looked at there
//! is room in [`reserve`], kept while the disk had some. Only where that is used up too, and the disk stays full until the
//! program ends, does looking leave no trace.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior, params};

use super::error::{Result, VaultError};
use super::keys::header::Header;
use super::keys::slot::Slot;
use super::pool::lock;
use super::{AuditEvent, AuditKind, Findings, Inner, audit, reserve};
use crate::clock::UtcMillis;
use crate::model::UserId;

/// A row of the audit on its way.
pub(super) struct Late {
    pub(super) at: UtcMillis,
    pub(super) user: UserId,
    pub(super) kind: AuditKind,
    pub(super) subject: String,
    /// Salt of the printed code that opened the vault: typed somewhere, it is to be replaced.
    pub(super) code: Option<String>,
}

impl Late {
    /// What an opening has to say: first of the time before it, because the next anchor covers the trace.
    pub(super) fn of_opening(
        header: &Header,
        found: &Findings,
        by_code: bool,
        user: UserId,
        at: UtcMillis,
    ) -> Vec<Self> {
        let row = |event: AuditEvent, subject| Self { at, user, kind: event.into(), subject, code: None };
        let mut rows = Vec::new();
        if found.records_cut {
            rows.push(row(AuditEvent::RecordsCut, format!("{{\"anchored\":{}}}", header.audit.seq)));
        }
        if found.log_broken {
            rows.push(row(AuditEvent::LogBroken, "{}".into()));
        }
        if !found.volume_logs_broken.is_empty() {
            let subject = serde_json::json!({ "volume": found.volume_logs_broken });
            rows.push(row(AuditEvent::LogBroken, subject.to_string()));
        }
        let salt = header.recovery_slot().map(|slot| Slot::salt(slot).to_owned());
        let event = if by_code { AuditEvent::UnlockedByCode } else { AuditEvent::Unlocked };
        rows.push(Self { code: salt.filter(|_| by_code), ..row(event, "{}".into()) });
        rows
    }
}

/// Enters rows, all or none.
pub(super) fn enter(conn: &mut Connection, rows: &[Late]) -> Result<()> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for row in rows {
        if row.code.is_some() {
            let _row = tx.execute("UPDATE vault_state SET recovery_used = ?1", params![row.code])?;
        }
        let _seq = audit::append(&tx, row.at, row.user, row.kind, row.subject.clone())?;
    }
    tx.commit()?;
    Ok(())
}

/// [`enter`], in the room that was kept for it where there is no other.
pub(super) fn enter_somehow(conn: &mut Connection, dir: &Path, rows: &[Late]) -> Result<()> {
    somehow(conn, dir, |conn| enter(conn, rows))
}

/// Does `work`, once more in the room that was kept for it where there is no other.
pub(super) fn somehow<T>(conn: &mut Connection, dir: &Path, work: impl Fn(&mut Connection) -> Result<T>) -> Result<T> {
    match work(conn) {
        Err(VaultError::DiskFull) => {
            reserve::give_up(dir);
            // What is in the log already makes room there once it is in the records.
            let emptied = conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
            if emptied.is_err() {
                tracing::warn!("the log could not be emptied on a full disk");
            }
            work(conn)
        }
        other => other,
    }
}

/// What was wanted, or that there was no room for it.
pub(super) fn unless_full<T: Default>(result: Result<T>) -> Result<(T, bool)> {
    match result {
        Ok(value) => Ok((value, false)),
        Err(VaultError::DiskFull) => Ok((T::default(), true)),
        Err(error) => Err(error),
    }
}

impl Inner {
    /// Enters that somebody looks, now or when there is room.
    pub(super) fn look(&self, row: Late) -> Result<()> {
        let mut writer = lock(&self.writer);
        let mut late = lock(&self.late);
        late.push(row);
        let ((), is_full) = unless_full(enter_somehow(&mut writer, &self.dir, &late))?;
        if !is_full {
            late.clear();
        }
        Ok(())
    }

    /// Enters what found no room before; nothing may be changed before that.
    pub(super) fn catch_up(&self, writer: &mut Connection) -> Result<()> {
        let mut late = lock(&self.late);
        if !late.is_empty() {
            enter(writer, &late)?;
            late.clear();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::pool::in_memory;

    #[test]
    fn what_finds_no_room_is_done_in_the_room_that_was_kept_and_said_to_have_none_where_there_is_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let room = folder.path().join(reserve::FILE);
        let work = |_: &mut Connection| if room.exists() { Err(VaultError::DiskFull) } else { Ok(7) };
        reserve::keep(folder.path());
        assert!(room.exists());
        assert_eq!(somehow(&mut in_memory(), folder.path(), work), Ok(7));
        assert!(!room.exists());
        let never = |_: &mut Connection| Err::<(), _>(VaultError::DiskFull);
        assert_eq!(somehow(&mut in_memory(), folder.path(), never), Err(VaultError::DiskFull));
    }
}
