//! Slots: a key pair whose private half is wrapped under a passphrase or the recovery code, and the root key sealed to it.
//!
//! Argon2id (RFC 9106) turns the secret into a wrapping key, XChaCha20-Poly1305 wraps. Everything a slot says in clear is
//! associated data, so a slot cannot be moved to another vault, login or set of parameters: a login is renamed only by a
//! new slot, for which its passphrase is needed. Sealing another root key needs no secret of the slot's owner.

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::pair::{Pair, SEALED_LENGTH, Sealed, seal};
use super::{KEY_LENGTH, Key, Keys, hex, shows_nothing};
use crate::model::text::bytes_from_hex;
use crate::vault::error::{KEY_FILE, Result, VaultError};

/// A secret typed by a person. Never in logs or arguments; `Debug` shows nothing of it.
#[derive(Clone)]
pub struct Passphrase(pub Zeroizing<String>);

shows_nothing!("Passphrase" for Passphrase);

impl Passphrase {
    /// Takes over the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// Fewer characters than this are refused for a new passphrase.
    pub const SHORTEST: usize = 8;

    /// Whether it is too short for a new one. Asked where a person chooses it; what opens a vault today goes on doing so.
    #[must_use]
    pub fn is_short(&self) -> bool {
        self.0.chars().count() < Self::SHORTEST
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
    /// The public half of the slot's pair.
    public: String,
    nonce: String,
    /// The private half, and the key that proves who sealed.
    wrapped: String,
    /// The public half of the pair that sealed the root key and was forgotten.
    ephemeral: String,
    sealed: String,
}

const KDF: &str = "argon2id";
const SALT_LENGTH: usize = 16;
const NONCE_LENGTH: usize = 24;
const WRAPPED_LENGTH: usize = 2 * KEY_LENGTH + 16;
const DAMAGED: VaultError = VaultError::Damaged(KEY_FILE);

impl Slot {
    /// A slot with a pair of its own for the vault `vault_uid`, opened by `secret`.
    pub(in crate::vault) fn wrap(
        kind: SlotKind,
        (login, user): (&str, i64),
        secret: &[u8],
        keys: &Keys,
        vault_uid: &str,
        cost: KdfCost,
    ) -> Result<Self> {
        let salt = super::random::<SALT_LENGTH>()?;
        let nonce = super::random::<NONCE_LENGTH>()?;
        let pair = Pair::random()?;
        let mut slot = Self {
            kind,
            login: login.to_owned(),
            user,
            kdf: KDF.to_owned(),
            cost,
            salt: hex(&salt),
            public: hex(&pair.public()),
            nonce: hex(&nonce),
            wrapped: String::new(),
            ephemeral: String::new(),
            sealed: String::new(),
        };
        let mut private = Zeroizing::new([0; 2 * KEY_LENGTH]);
        private[..KEY_LENGTH].copy_from_slice(pair.private());
        private[KEY_LENGTH..].copy_from_slice(keys.sealing.bytes());
        let message = Payload { msg: &*private, aad: &slot.head(vault_uid) };
        let wrapped = cipher(secret, &salt, cost)?.encrypt(&XNonce::from(nonce), message).map_err(|_| DAMAGED)?;
        slot.wrapped = hex(&wrapped);
        slot.resealed(keys, vault_uid)
    }

    /// The same slot for another root key; opened by the secret it was opened by.
    pub(in crate::vault) fn resealed(&self, keys: &Keys, vault_uid: &str) -> Result<Self> {
        let public = bytes_from_hex(&self.public).ok_or(DAMAGED)?;
        let Sealed { ephemeral, sealed } = seal(&keys.root, &public, &keys.sealing, &self.about(vault_uid))?;
        Ok(Self { ephemeral: hex(&ephemeral), sealed: hex(&sealed), ..self.clone() })
    }

    /// The keys; [`VaultError::WrongPassphrase`] when the secret is another one.
    pub(in crate::vault) fn unwrap(&self, secret: &[u8], vault_uid: &str) -> Result<Keys> {
        let salt = bytes_from_hex::<SALT_LENGTH>(&self.salt).ok_or(DAMAGED)?;
        let nonce = bytes_from_hex::<NONCE_LENGTH>(&self.nonce).ok_or(DAMAGED)?;
        let wrapped = bytes_from_hex::<WRAPPED_LENGTH>(&self.wrapped).ok_or(DAMAGED)?;
        let ephemeral = bytes_from_hex::<KEY_LENGTH>(&self.ephemeral).ok_or(DAMAGED)?;
        let sealed = bytes_from_hex::<SEALED_LENGTH>(&self.sealed).ok_or(DAMAGED)?.to_vec();
        if self.kdf != KDF || !self.cost.is_sane() {
            return Err(DAMAGED);
        }
        let message = Payload { msg: &wrapped, aad: &self.head(vault_uid) };
        let private = cipher(secret, &salt, self.cost)?
            .decrypt(&XNonce::from(nonce), message)
            .map(Zeroizing::new)
            .map_err(|_| VaultError::WrongPassphrase)?;
        let (private, sealing) = private.split_at(KEY_LENGTH);
        let (pair, sealing) = (Pair::from_private(&Key::from_bytes(private)?), Key::from_bytes(sealing)?);
        let root = pair.unseal(&Sealed { ephemeral, sealed }, &sealing, &self.about(vault_uid))?;
        Ok(Keys { root, sealing })
    }

    /// Whether it is cheaper to guess at than `standard`.
    pub(in crate::vault) fn is_weaker_than(&self, standard: KdfCost) -> bool {
        self.cost.memory_kib < standard.memory_kib || self.cost.passes < standard.passes
    }

    /// A random name of this slot: every wrapping has its own.
    pub(in crate::vault) fn salt(&self) -> &str {
        &self.salt
    }

    /// Everything that stays as it is when the root key changes, one field a line; logins hold no line breaks.
    fn head(&self, vault_uid: &str) -> Vec<u8> {
        let KdfCost { memory_kib, passes, lanes } = self.cost;
        format!(
            "diptych slot v1\n{}{}\n{memory_kib} {passes} {lanes}\n{}\n{}\n",
            self.whose(vault_uid),
            self.kdf,
            self.salt,
            self.public
        )
        .into_bytes()
    }

    /// For what the root key is sealed.
    fn about(&self, vault_uid: &str) -> Vec<u8> {
        format!("diptych sealed root v1\n{}", self.whose(vault_uid)).into_bytes()
    }

    fn whose(&self, vault_uid: &str) -> String {
        let kind = match self.kind {
            SlotKind::Passphrase => "passphrase",
            SlotKind::Recovery => "recovery",
        };
        format!("{vault_uid}\n{kind}\n{}\n{}\n", self.login, self.user)
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

    fn keys() -> Keys {
        Keys::random().expect("randomness")
    }

    fn slot(keys: &Keys) -> Slot {
        Slot::wrap(SlotKind::Passphrase, ("anna", 1), b"secret", keys, "v", KdfCost::TESTS).expect("wrapped")
    }

    fn root(slot: &Slot, secret: &[u8]) -> Result<[u8; 32]> {
        slot.unwrap(secret, "v").map(|keys| *keys.root.bytes())
    }

    #[test]
    fn the_right_secret_unwraps_and_any_other_does_not() {
        let keys = keys();
        let slot = slot(&keys);
        let opened = slot.unwrap(b"secret", "v").expect("unwrapped");
        assert_eq!((opened.root.bytes(), opened.sealing.bytes()), (keys.root.bytes(), keys.sealing.bytes()));
        assert_eq!(root(&slot, b"Secret"), Err(VaultError::WrongPassphrase));
    }

    #[test]
    fn another_root_key_is_sealed_to_a_slot_without_its_secret() {
        let old = keys();
        let new = Keys { root: Key::random().expect("randomness"), ..old.clone() };
        let before = slot(&old);
        let after = before.resealed(&new, "v").expect("sealed");
        assert_eq!(root(&after, b"secret"), Ok(*new.root.bytes()));
        assert_eq!(root(&before, b"secret"), Ok(*old.root.bytes()));
        assert_eq!(after.salt(), before.salt(), "the same slot");
    }

    #[test]
    fn a_root_key_of_somebody_who_holds_no_passphrase_is_not_taken() {
        let own = slot(&keys());
        let forged = own.resealed(&keys(), "v").expect("sealed");
        assert!(matches!(root(&forged, b"secret"), Err(VaultError::Damaged(_))));
    }

    #[test]
    fn a_slot_cannot_be_moved_to_another_vault_login_or_cost() {
        let own = slot(&keys());
        assert!(own.unwrap(b"secret", "w").is_err());
        let other_login = Slot { login: "bert".into(), ..own.clone() };
        let other_user = Slot { user: 2, ..own.clone() };
        let cheaper = Slot { cost: KdfCost { passes: 2, ..KdfCost::TESTS }, ..own.clone() };
        let other_pair = Slot { public: slot(&keys()).public, ..own.clone() };
        let other_kind = Slot { kind: SlotKind::Recovery, ..own };
        for moved in [other_login, other_user, cheaper, other_pair, other_kind] {
            assert_eq!(root(&moved, b"secret"), Err(VaultError::WrongPassphrase));
        }
    }

    #[test]
    fn the_sealed_root_of_another_slot_does_not_fit() {
        let keys = keys();
        let (own, other) = (slot(&keys), slot(&keys));
        let mixed = Slot { ephemeral: other.ephemeral, sealed: other.sealed, ..own };
        assert!(matches!(root(&mixed, b"secret"), Err(VaultError::Damaged(_))));
    }

    #[test]
    fn a_passphrase_opens_however_its_letters_are_composed() {
        assert_eq!(Passphrase::new("M\u{fc}ller").secret(), Passphrase::new("Mu\u{308}ller").secret());
    }

    #[test]
    fn absurd_costs_are_damage_not_an_attempt() {
        let slot = Slot { cost: KdfCost { memory_kib: u32::MAX, passes: 1, lanes: 1 }, ..slot(&keys()) };
        assert_eq!(root(&slot, b"secret"), Err(DAMAGED));
    }
}
