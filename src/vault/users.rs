//! Users: who works with the vault, by what name and in what role. Owners add, disable and change them.

use rusqlite::{TransactionBehavior, params};

use super::error::{Result, VaultError};
use super::keys::slot::{KdfCost, Passphrase, Slot, SlotKind};
use super::op::Op;
use super::pool::lock;
use super::rekey::Step;
use super::table::user::{self, Member};
use super::{Role, Vault, audit, checked_login, credential};
use crate::clock::Now;
use crate::model::UserId;
use crate::moment;

const OWN: VaultError = VaultError::Refused("your own account is changed by another owner");
const ASK_FOR_NEW_CODE: &str = "UPDATE vault_state SET recovery_used = ?1";

impl Vault {
    /// Everybody who works or worked with the vault, in the order they were added. Everybody may see the list: the names
    /// stand in clear in the key file, and the audit says what each of them did.
    pub fn users(&self) -> Result<Vec<Member>> {
        self.inner.readers.read(user::all)
    }

    /// Adds a user who opens the vault by this passphrase until they change it.
    ///
    /// Refuses a name that somebody has or had: the audit of either could be taken for the other's.
    pub fn add_user(
        &self,
        login: &str,
        role: Role,
        passphrase: &Passphrase,
        cost: KdfCost,
        now: Now,
    ) -> Result<UserId> {
        self.may(Op::AddUser)?;
        let login = checked_login(login)?;
        credential::refuse_empty(passphrase)?;
        let mut header = lock(&self.inner.header);
        let mut writer = lock(&self.inner.writer);
        let tx = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let id = user::add(&tx, &login, role, now.at)?;
        let own = (login.as_str(), id.0);
        let secret = passphrase.secret();
        let slot = Slot::wrap(SlotKind::Passphrase, own, &secret, &self.inner.keys(), &header.vault, cost)?;
        let subject = format!("{{\"added\":{{\"user\":[{}]}},\"role\":\"{}\"}}", id.0, role.key());
        credential::announce(&tx, Op::AddUser, subject, &slot, now, self.inner.user.id)?;
        tx.commit()?;
        moment::pass("a user is announced");
        self.inner.put_slot(&mut header, &mut writer, slot, now)?;
        Ok(id)
    }

    /// The user comes in no more, and nothing they knew opens the records from here on: these move under a new root key.
    ///
    /// The last owner is refused, and so is oneself. When they made the recovery code it counts as used.
    pub fn disable_user(&self, id: UserId, now: Now) -> Result<()> {
        self.disable_by_steps(id, now, &mut |_| moment::pass("a step of the move under another key"))
    }

    pub(super) fn disable_by_steps(&self, id: UserId, now: Now, at: &mut dyn FnMut(Step)) -> Result<()> {
        self.may(Op::DisableUser)?;
        let (by, vault) = (self.inner.user.id, &self.inner);
        if id == by {
            return Err(self.inner.readers.read(|conn| user::may_go(conn, id)).err().unwrap_or(OWN));
        }
        // Asked before the records are copied for nothing.
        self.inner.readers.read(|conn| user::may_go(conn, id))?;
        let known_code =
            lock(&vault.header).recovery_slot().filter(|slot| slot.user == id.0).map(|s| s.salt().to_owned());
        let stays = |slot: &Slot| slot.kind == SlotKind::Recovery || slot.user != id.0;
        let amend = |conn: &rusqlite::Connection| {
            user::disable(conn, id)?;
            if known_code.is_some() {
                let _row = conn.execute(ASK_FOR_NEW_CODE, params![known_code])?;
            }
            let subject = format!("{{\"changed\":{{\"user\":{{\"{}\":[\"disabled\"]}}}}}}", id.0);
            let _seq = audit::append(conn, now.at, by, Op::DisableUser, subject)?;
            Ok(())
        };
        vault.rekey(stays, amend, at)
    }

    /// Gives a user another role, from their next opening on. The last owner is refused, and so is oneself.
    pub fn set_role(&self, id: UserId, role: Role, now: Now) -> Result<()> {
        let own = id == self.inner.user.id;
        self.change(Op::ChangeRole, |conn, by| {
            if role != Role::Owner {
                user::may_go(conn, id)?;
            }
            if own {
                return Err(OWN);
            }
            user::set_role(conn, id, role)?;
            let (id, role) = (id.0, role.key());
            let subject = format!("{{\"changed\":{{\"user\":{{\"{id}\":[\"role\"]}}}},\"role\":\"{role}\"}}");
            let _seq = audit::append(conn, now.at, by, Op::ChangeRole, subject)?;
            Ok(())
        })
    }
}
