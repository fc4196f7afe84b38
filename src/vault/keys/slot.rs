//! Slots: the root key wrapped under a passphrase or the recovery code.
//!
//! Argon2id (RFC 9106) turns the secret into a wrapping key, XChaCha20-Poly1305 wraps. Everything a slot says in clear is
//! its associated data, so a slot cannot be moved to another vault, login or set of parameters.

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::{Key, hex};
use crate::model::text::bytes_from_hex;
use crate::vault::error::{Result, VaultError};

/// A secret typed by a person. Never in Debug, logs or arguments.
#[derive(Clone)]
pub struct Passphrase(pub Zeroizing<String>);

impl Passphrase {
    /// Takes over the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The bytes fed to the key derivation: NFC, because keyboards of different systems compose letters differently.
    pub(in crate::vault) fn secret(&self) -> Zeroizing<Vec<u8>> {
        let normal: Zeroizing<String> = Zeroizing::new(self.0.nfc().collect());
        Zeroizing::new(normal.as_bytes().to_vec())
    }
}

/// Cost of Argon2id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KdfCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl KdfCost {
    /// About 200 ms of one core: 64 MiB, three passes, the second recommendation of RFC 9106.
    pub const INTERACTIVE: Self = Self { memory_kib: 64 * 1024, passes: 3, lanes: 1 };
    /// Cheap; for tests only.
    pub const TESTS: Self = Self { memory_kib: 64, passes: 1, lanes: 1 };

    /// A damaged or hostile header must not exhaust the machine before its tag can be checked.
    const MOST: Self = Self { memory_kib: 4 * 1024 * 1024, passes: 64, lanes: 64 };

    fn is_sane(self) -> bool {
        self.memory_kib <= Self::MOST.memory_kib && self.passes <= Self::MOST.passes && self.lanes <= Self::MOST.lanes
    }
}

/// What opens a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::vault) enum SlotKind {
    /// A user's passphrase.
    Passphrase,
    /// The printed code.
    Recovery,
}

/// One slot as it stands in `vault.toml`; bytes are hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::vault) struct Slot {
    /// What opens it.
    pub(in crate::vault) kind: SlotKind,
    /// Login name, in clear.
    pub(in crate::vault) login: String,
    /// The user who comes in by it.
    pub(in crate::vault) user: i64,
    /// Key derivation; `argon2id` in format 1.
    kdf: String,
    #[serde(flatten)]
    cost: KdfCost,
    salt: String,
    nonce: String,
    wrapped: String,
}

const KDF: &str = "argon2id";
const SALT_LENGTH: usize = 16;
const NONCE_LENGTH: usize = 24;
const WRAPPED_LENGTH: usize = 32 + 16;

impl Slot {
    /// Wraps `root` of the vault `vault_uid` under `secret`.
    pub(in crate::vault) fn wrap(
        kind: SlotKind,
        (login, user): (&str, i64),
        secret: &[u8],
        root: &Key,
        vault_uid: &str,
        cost: KdfCost,
    ) -> Result<Self> {
        let salt = super::random::<SALT_LENGTH>()?;
        let nonce = super::random::<NONCE_LENGTH>()?;
        let mut slot = Self {
            kind,
            login: login.to_owned(),
            user,
            kdf: KDF.to_owned(),
            cost,
            salt: hex(&salt),
            nonce: hex(&nonce),
            wrapped: String::new(),
        };
        let associated = slot.associated_data(vault_uid);
        let message = Payload { msg: root.bytes(), aad: &associated };
        let wrapped = cipher(secret, &salt, cost)?
            .encrypt(&XNonce::from(nonce), message)
            .map_err(|_| VaultError::Damaged("the key file"))?;
        slot.wrapped = hex(&wrapped);
        Ok(slot)
    }

    /// The root key; [`VaultError::WrongPassphrase`] when the secret is another one.
    pub(in crate::vault) fn unwrap(&self, secret: &[u8], vault_uid: &str) -> Result<Key> {
        const DAMAGED: VaultError = VaultError::Damaged("the key file");
        let salt = bytes_from_hex::<SALT_LENGTH>(&self.salt).ok_or(DAMAGED)?;
        let nonce = bytes_from_hex::<NONCE_LENGTH>(&self.nonce).ok_or(DAMAGED)?;
        let wrapped = bytes_from_hex::<WRAPPED_LENGTH>(&self.wrapped).ok_or(DAMAGED)?;
        if self.kdf != KDF || !self.cost.is_sane() {
            return Err(DAMAGED);
        }
        let associated = self.associated_data(vault_uid);
        let message = Payload { msg: &wrapped, aad: &associated };
        let root = cipher(secret, &salt, self.cost)?
            .decrypt(&XNonce::from(nonce), message)
            .map_err(|_| VaultError::WrongPassphrase)?;
        Key::from_bytes(&Zeroizing::new(root))
    }

    /// A random name of this slot: every wrapping has its own.
    pub(in crate::vault) fn salt(&self) -> &str {
        &self.salt
    }

    /// Everything the slot says in clear, one field a line; logins hold no line breaks.
    fn associated_data(&self, vault_uid: &str) -> Vec<u8> {
        let kind = match self.kind {
            SlotKind::Passphrase => "passphrase",
            SlotKind::Recovery => "recovery",
        };
        let KdfCost { memory_kib, passes, lanes } = self.cost;
        format!(
            "diptych slot v1\n{vault_uid}\n{kind}\n{}\n{}\n{}\n{memory_kib} {passes} {lanes}\n{}\n",
            self.login, self.user, self.kdf, self.salt
        )
        .into_bytes()
    }
}

fn cipher(secret: &[u8], salt: &[u8], cost: KdfCost) -> Result<XChaCha20Poly1305> {
    const ILLEGAL: VaultError = VaultError::Refused("these key derivation parameters are not legal");
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32)).map_err(|_| ILLEGAL)?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(secret, salt, &mut *key)
        .map_err(|_| ILLEGAL)?;
    XChaCha20Poly1305::new_from_slice(&*key).map_err(|_| ILLEGAL)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(root: &Key) -> Slot {
        Slot::wrap(SlotKind::Passphrase, ("anna", 1), b"secret", root, "v", KdfCost::TESTS).expect("wrapped")
    }

    #[test]
    fn the_right_secret_unwraps_and_any_other_does_not() {
        let root = Key::random().expect("randomness");
        let slot = slot(&root);
        assert_eq!(slot.unwrap(b"secret", "v").expect("unwrapped").bytes(), root.bytes());
        assert_eq!(slot.unwrap(b"Secret", "v").map(|_| ()), Err(VaultError::WrongPassphrase));
    }

    #[test]
    fn a_slot_cannot_be_moved_to_another_vault_login_or_cost() {
        let root = Key::random().expect("randomness");
        let own = slot(&root);
        assert!(own.unwrap(b"secret", "w").is_err());
        let other_login = Slot { login: "bert".into(), ..own.clone() };
        let other_user = Slot { user: 2, ..own.clone() };
        let cheaper = Slot { cost: KdfCost { passes: 2, ..KdfCost::TESTS }, ..own.clone() };
        let other_kind = Slot { kind: SlotKind::Recovery, ..own };
        for moved in [other_login, other_user, cheaper, other_kind] {
            assert_eq!(moved.unwrap(b"secret", "v").map(|_| ()), Err(VaultError::WrongPassphrase));
        }
    }

    #[test]
    fn a_passphrase_opens_however_its_letters_are_composed() {
        assert_eq!(Passphrase::new("M\u{fc}ller").secret(), Passphrase::new("Mu\u{308}ller").secret());
    }

    #[test]
    fn absurd_costs_are_damage_not_an_attempt() {
        let root = Key::random().expect("randomness");
        let slot = Slot { cost: KdfCost { memory_kib: u32::MAX, passes: 1, lanes: 1 }, ..slot(&root) };
        assert_eq!(slot.unwrap(b"secret", "v").map(|_| ()), Err(VaultError::Damaged("the key file")));
    }
}
