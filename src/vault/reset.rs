//! A new passphrase for somebody who forgot theirs, given by an owner.
//!
//! The user gets a new slot with a pair of its own, to which the root key is sealed; nobody needs the passphrase that was
//! forgotten. The root key stays: whoever kept an older copy of the vault's files still opens that copy by the old
//! passphrase, as after any change of one. To keep somebody out, disable them.

use rusqlite::TransactionBehavior;

use super::error::{Result, VaultError};
use super::keys::slot::{KdfCost, Passphrase, Slot, SlotKind};
use super::op::Op;
use super::pool::lock;
use super::table::user;
use super::{Vault, credential};
use crate::clock::Now;
use crate::model::UserId;

impl Vault {
    /// From now on the user opens the vault by this passphrase and no longer by the one before.
    ///
    /// Owners only. Oneself is refused: one's own passphrase is changed by whoever knows it, so that nobody who finds an
    /// unlocked window can take an account over. Somebody who was disabled is [`VaultError::NotFound`].
    pub fn reset_passphrase(&self, id: UserId, new: &Passphrase, cost: KdfCost, now: Now) -> Result<()> {
        const OWN: VaultError = VaultError::Refused("your own passphrase is changed with the one that holds now");
        self.may(Op::ResetPassphrase)?;
        credential::refuse_empty(new)?;
        let by = self.inner.user.id;
        if id == by {
            return Err(OWN);
        }
        // Held until the slot is written: somebody who is disabled meanwhile would get in again by it.
        let mut header = lock(&self.inner.header);
        let mut writer = lock(&self.inner.writer);
        let tx = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let user = user::get(&tx, id)?;
        let own = (user.login.as_str(), id.0);
        let slot = Slot::wrap(SlotKind::Passphrase, own, &new.secret(), &self.inner.keys(), &header.vault, cost)?;
        let subject = format!("{{\"changed\":{{\"user\":{{\"{}\":[\"passphrase\"]}}}}}}", id.0);
        credential::announce(&tx, Op::ResetPassphrase, subject, &slot, now, by)?;
        tx.commit()?;
        self.inner.put_slot(&mut header, &mut writer, slot, now)
    }
}
