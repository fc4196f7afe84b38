//! `user`: who works with the vault. A disabled user's row stays, because the audit names it.

use rusqlite::{Connection, Row, params};
use serde::Serialize;

use super::{change_one, new_uid, row, row_or_none, rows, word};
use crate::clock::UtcMillis;
use crate::model::UserId;
use crate::vault::error::{Result, VaultError, is_unique_violation};
use crate::vault::role::Role;

const INSERT: &str = "INSERT INTO user (uid, login, role, created) VALUES (?1, ?2, ?3, ?4)";
const GET: &str = "SELECT * FROM user WHERE id = ?1 AND disabled = 0";
const ALL: &str = "SELECT * FROM user ORDER BY id";
const OTHER_OWNER: &str = "SELECT id FROM user WHERE role = 'owner' AND disabled = 0 AND id <> ?1 LIMIT 1";
const FIRST_OWNER: &str = "SELECT id FROM user WHERE role = 'owner' AND disabled = 0 ORDER BY id = ?1 DESC, id LIMIT 1";
const DISABLE: &str = "UPDATE user SET disabled = 1 WHERE id = ?1 AND disabled = 0";
const SET_ROLE: &str = "UPDATE user SET role = ?2 WHERE id = ?1 AND disabled = 0";
const FORGET: &str = "DELETE FROM user WHERE id = ?1";

/// The user an open vault works for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Row id.
    pub id: UserId,
    /// Login name.
    pub login: String,
    /// What they may do.
    pub role: Role,
}

/// A line of the list of users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Member {
    /// Row id.
    pub id: UserId,
    /// Login name.
    pub login: String,
    /// What they may do, or could.
    pub role: Role,
    /// Whether they come in no more.
    pub disabled: bool,
}

fn map(row: &Row<'_>) -> rusqlite::Result<Member> {
    Ok(Member {
        id: UserId(row.get("id")?),
        login: row.get("login")?,
        role: word(row, "role", Role::from_key)?,
        disabled: row.get("disabled")?,
    })
}

pub(in crate::vault) fn add(conn: &Connection, login: &str, role: Role, at: UtcMillis) -> Result<UserId> {
    const TAKEN: VaultError = VaultError::Refused("somebody has or had this login name");
    let added = conn.prepare_cached(INSERT)?.insert(params![new_uid()?, login, role.key(), at.0]);
    match added {
        Err(error) if is_unique_violation(&error) => Err(TAKEN),
        added => Ok(UserId(added?)),
    }
}

/// A user who has not been disabled.
pub(in crate::vault) fn get(conn: &Connection, id: UserId) -> Result<User> {
    let Member { id, login, role, .. } = row(conn, GET, params![id.0], map)?;
    Ok(User { id, login, role })
}

/// Everybody, also who was disabled.
pub(in crate::vault) fn all(conn: &Connection) -> Result<Vec<Member>> {
    rows(conn, ALL, [], map)
}

/// The owner for whom the printed code opens: the one who made it while they are one, else the first there is.
pub(in crate::vault) fn owner(conn: &Connection, made_by: UserId) -> Result<UserId> {
    row(conn, FIRST_OWNER, params![made_by.0], |row| row.get(0).map(UserId))
}

/// Refuses the last owner: without one nobody could let anybody in.
pub(in crate::vault) fn may_go(conn: &Connection, id: UserId) -> Result<()> {
    const LAST: VaultError = VaultError::Refused("this is the last owner, and every vault needs one");
    let is_owner = get(conn, id)?.role == Role::Owner;
    let other = row_or_none(conn, OTHER_OWNER, params![id.0], |row| row.get::<_, i64>(0))?;
    if is_owner && other.is_none() { Err(LAST) } else { Ok(()) }
}

pub(in crate::vault) fn disable(conn: &Connection, id: UserId) -> Result<()> {
    may_go(conn, id)?;
    change_one(conn, DISABLE, params![id.0])
}

pub(in crate::vault) fn set_role(conn: &Connection, id: UserId, role: Role) -> Result<()> {
    change_one(conn, SET_ROLE, params![id.0, role.key()])
}

/// Removes users who were announced and of whom no slot came into the key file: nothing can name them yet.
pub(in crate::vault) fn forget_without_slot(conn: &Connection, has_slot: impl Fn(UserId) -> bool) -> Result<()> {
    for member in all(conn)?.into_iter().filter(|member| !member.disabled && !has_slot(member.id)) {
        change_one(conn, FORGET, params![member.id.0])?;
    }
    Ok(())
}
