//! `user`: who works with the vault.

use rusqlite::{Connection, params};

use super::{insert, new_uid, row, word};
use crate::clock::UtcMillis;
use crate::model::UserId;
use crate::vault::error::Result;
use crate::vault::role::Role;

const INSERT: &str = "INSERT INTO user (uid, login, role, created) VALUES (?1, ?2, ?3, ?4)";
const GET: &str = "SELECT * FROM user WHERE id = ?1 AND disabled = 0";

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

pub(in crate::vault) fn add(conn: &Connection, login: &str, role: Role, at: UtcMillis) -> Result<UserId> {
    insert(conn, INSERT, params![new_uid()?, login, role.key(), at.0]).map(UserId)
}

/// A user who has not been disabled.
pub(in crate::vault) fn get(conn: &Connection, id: UserId) -> Result<User> {
    row(conn, GET, params![id.0], |row| {
        Ok(User { id: UserId(row.get("id")?), login: row.get("login")?, role: word(row, "role", Role::from_key)? })
    })
}
