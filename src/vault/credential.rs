//! Passphrase and recovery code of an open vault: confirming, changing, and what a crash between two files leaves.
//!
//! A change of keys takes four steps: the audit row and the salt of the new slot, committed in the catalog; the first copy of
//! `vault.toml`; the second; the salt cleared. After a crash the next opening looks for the salt in the header it came in
//! by: there, the change is done; not there, the old secret was used, is written into both copies again, and the audit gets
//! a row that says so. In between either secret opens the vault, never none.

use std::sync::atomic::Ordering;

use rusqlite::{Connection, TransactionBehavior, params};

use super::error::{Result, VaultError};
use super::keys::Keys;
use super::keys::header::{self, Header};
use super::keys::recovery::RecoveryCode;
use super::keys::slot::{KdfCost, Passphrase, Slot, SlotKind};
use super::keys::tries::{self, Door};
use super::late::Late;
use super::op::Op;
use super::pool::lock;
use super::{AuditEvent, Inner, Vault, audit, table};
use crate::clock::Now;
use crate::model::UserId;
use crate::moment;

const ANNOUNCE: &str = "UPDATE vault_state SET keys_pending = ?1";
const PENDING: &str = "SELECT keys_pending FROM vault_state";
const SETTLE: &str = "UPDATE vault_state SET keys_pending = NULL";
const COUNT: &str = "UPDATE vault_state SET header_counter = ?1";
const ASK_FOR_ANOTHER: &str = "UPDATE vault_state SET recovery_used = ?1";
const USED: &str = "SELECT recovery_used FROM vault_state";

impl Vault {
    /// Whether this is the passphrase of the user the vault is open for: a signature asks for it again. Wrong ones are
    /// counted and slow the next try down.
    pub fn confirm_passphrase(&self, passphrase: &Passphrase, now: Now) -> Result<()> {
        let (dir, door) = (&self.inner.dir, Door::of_login(&self.inner.user.login));
        tries::may_try(dir, door, now)?;
        let outcome = self.opens_own_slot(passphrase);
        tries::note(dir, door, &outcome, now);
        outcome
    }

    fn opens_own_slot(&self, passphrase: &Passphrase) -> Result<()> {
        let header = lock(&self.inner.header).clone();
        let slot = header.slot_of(&self.inner.user.login).ok_or(VaultError::UnknownLogin)?;
        slot.unwrap(&passphrase.secret(), &header.vault).map(|_| ())
    }

    /// Lets the user the vault is open for back in after the screens were locked; audited like an opening.
    pub fn unlock_again(&self, passphrase: &Passphrase, now: Now) -> Result<()> {
        self.confirm_passphrase(passphrase, now)?;
        let (user, kind) = (self.inner.user.id, AuditEvent::Unlocked.into());
        self.inner.look(Late { at: now.at, user, kind, subject: "{}".into(), code: None })
    }

    /// Rewraps the root key for the user the vault is open for; the old passphrase opens nothing any more.
    ///
    /// `old` may be left out only while [`Vault::opened_by_recovery_code`]: whoever holds the printed code lost it.
    pub fn change_passphrase(&self, old: Option<&Passphrase>, new: &Passphrase, cost: KdfCost, now: Now) -> Result<()> {
        self.may(Op::ChangePassphrase)?;
        refuse_empty(new)?;
        match old {
            Some(old) => self.confirm_passphrase(old, now)?,
            None if self.opened_by_recovery_code() => {}
            None => return Err(VaultError::WrongPassphrase),
        }
        let slot = self.wrap(SlotKind::Passphrase, &new.secret(), cost)?;
        let subject = format!("{{\"changed\":{{\"user\":{{\"{}\":[\"passphrase\"]}}}}}}", self.inner.user.id.0);
        self.inner.change_keys(Op::ChangePassphrase, subject, slot, now)?;
        self.inner.by_code.store(false, Ordering::Release);
        Ok(())
    }

    /// Wraps the user's slot anew when its key derivation is weaker than `standard`; says whether it was.
    ///
    /// To be called with the passphrase that opened the vault, because nobody else has it.
    pub fn strengthen(&self, passphrase: &Passphrase, standard: KdfCost, now: Now) -> Result<bool> {
        let slot = lock(&self.inner.header).slot_of(&self.inner.user.login).cloned();
        if !slot.ok_or(VaultError::UnknownLogin)?.is_weaker_than(standard) {
            return Ok(false);
        }
        self.opens_own_slot(passphrase)?;
        let slot = self.wrap(SlotKind::Passphrase, &passphrase.secret(), standard)?;
        let subject = format!("{{\"changed\":{{\"user\":{{\"{}\":[\"kdf\"]}}}}}}", self.inner.user.id.0);
        self.inner.change_keys(Op::StrengthenKeys, subject, slot, now)?;
        Ok(true)
    }

    /// Replaces the printed recovery code; the old one opens nothing any more. Shown this once.
    pub fn replace_recovery_code(&self, cost: KdfCost, now: Now) -> Result<RecoveryCode> {
        self.may(Op::ReplaceRecoveryCode)?;
        let code = RecoveryCode::random()?;
        let slot = self.wrap(SlotKind::Recovery, &code.secret()?, cost)?;
        let subject = "{\"changed\":{\"vault_state\":{\"1\":[\"recovery-code\"]}}}".to_owned();
        self.inner.change_keys(Op::ReplaceRecoveryCode, subject, slot, now)?;
        Ok(code)
    }

    /// Whether the recovery code was used since it was printed: it should be replaced.
    pub fn recovery_code_was_used(&self) -> Result<bool> {
        let used: Option<String> = self.inner.readers.read(|conn| Ok(conn.query_row(USED, [], |row| row.get(0))?))?;
        let header = lock(&self.inner.header);
        Ok(used.is_some() && used.as_deref() == header.recovery_slot().map(Slot::salt))
    }

    /// The code was made, and nobody has seen it: the vault asks for a new one as after its use.
    pub fn recovery_code_was_lost(&self) -> Result<()> {
        self.may(Op::ReplaceRecoveryCode)?;
        let header = lock(&self.inner.header);
        let salt = header.recovery_slot().map(|slot| Slot::salt(slot).to_owned());
        let _row = lock(&self.inner.writer).execute(ASK_FOR_ANOTHER, params![salt])?;
        Ok(())
    }

    /// Whether the printed code opened this vault and no new passphrase was set since.
    pub fn opened_by_recovery_code(&self) -> bool {
        self.inner.by_code.load(Ordering::Acquire)
    }

    fn wrap(&self, kind: SlotKind, secret: &[u8], cost: KdfCost) -> Result<Slot> {
        let user = &self.inner.user;
        let vault_uid = lock(&self.inner.header).vault.clone();
        Slot::wrap(kind, (user.login.as_str(), user.id.0), secret, &self.inner.keys(), &vault_uid, cost)
    }
}

impl Inner {
    /// The keys in force.
    pub(super) fn keys(&self) -> Keys {
        lock(&self.keys).clone()
    }

    /// Copies of the key file that are not what was written. Nobody writes them meanwhile.
    pub(super) fn changed_key_files(&self) -> Result<Vec<&'static str>> {
        let header = lock(&self.header);
        header::changed_copies(&self.dir, &self.keys().root, &header)
    }

    /// Anchors the head of the audit in the header.
    pub(super) fn anchor(&self) -> Result<()> {
        let mut current = lock(&self.header);
        self.write_header(&mut current, &lock(&self.writer), |_| ())
    }

    /// Writes a changed header, counted up, and then the count into the catalog.
    ///
    /// In this order, because a header that counts more than the catalog is an interrupted writing, and one that counts
    /// less an old copy.
    fn write_header(&self, current: &mut Header, writer: &Connection, change: impl FnOnce(&mut Header)) -> Result<()> {
        let mut next = current.clone();
        change(&mut next);
        next.counter += 1;
        next.audit = audit::anchor(writer)?;
        next.write(&self.dir, &self.keys().root)?;
        *current = next;
        moment::pass("the key file is written");
        let _row = writer.execute(COUNT, params![current.counter])?;
        moment::pass("the key file is counted");
        Ok(())
    }

    /// Ends a change of keys that a crash interrupted; says whether it was taken back.
    pub(super) fn settle_keys(&self, now: Now) -> Result<bool> {
        let current = lock(&self.header);
        settle(&mut lock(&self.writer), &current, now, self.user.id)
    }

    fn change_keys(&self, op: Op, subject: String, slot: Slot, now: Now) -> Result<()> {
        let mut current = lock(&self.header);
        let mut writer = lock(&self.writer);
        self.catch_up(&mut writer)?;
        let tx = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        announce(&tx, op, subject, &slot, now, self.user.id)?;
        tx.commit()?;
        moment::pass("a change of keys is announced");
        self.put_slot(&mut current, &mut writer, slot, now)
    }

    /// Steps 2 to 4, for a slot that was announced.
    pub(super) fn put_slot(&self, current: &mut Header, writer: &mut Connection, slot: Slot, now: Now) -> Result<()> {
        let written = self.write_header(current, writer, |header| header.replace(slot.clone()));
        if current.holds(slot.salt()) {
            // From here on the new secret opens the vault: what may still fail is noted by the next opening.
            let _ = settle(writer, current, now, self.user.id);
            return Ok(());
        }
        // A first copy that was written takes the old slots again; without that the next opening finds out.
        if self.write_header(current, writer, |_| ()).is_ok() {
            let _ = settle(writer, current, now, self.user.id);
        }
        written
    }
}

/// Step 1, within the caller's transaction: the audit row, and what to look for after a crash.
pub(super) fn announce(tx: &Connection, op: Op, subject: String, slot: &Slot, now: Now, user: UserId) -> Result<()> {
    let _seq = audit::append(tx, now.at, user, op, subject)?;
    let _row = tx.execute(ANNOUNCE, params![slot.salt()])?;
    Ok(())
}

/// A passphrase without a letter protects nothing.
pub(super) fn refuse_empty(passphrase: &Passphrase) -> Result<()> {
    if passphrase.0.is_empty() { Err(VaultError::Refused("a passphrase must not be empty")) } else { Ok(()) }
}

/// Ends a change of keys: `header` holds the new slot, or the audit is told that nothing was changed.
///
/// Returns whether a change was taken back.
fn settle(writer: &mut Connection, header: &Header, now: Now, user: UserId) -> Result<bool> {
    let pending: Option<String> = writer.query_row(PENDING, [], |row| row.get(0))?;
    let Some(salt) = pending else { return Ok(false) };
    let taken_back = !header.holds(&salt);
    let tx = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if taken_back {
        let _seq = audit::append(&tx, now.at, user, AuditEvent::KeysUnchanged, "{}".into())?;
        table::user::forget_without_slot(&tx, |user| header.slot_of_user(user).is_some())?;
    }
    let _row = tx.execute(SETTLE, [])?;
    tx.commit()?;
    moment::pass("a change of keys is settled");
    Ok(taken_back)
}
