//! Key pairs: a root key is sealed to the public half, so that nobody has to type anything when it changes.
//!
//! X25519 (RFC 7748) with a fresh pair for each sealing, HKDF-SHA-256 (RFC 5869), XChaCha20-Poly1305. The derivation is
//! salted with the vault's sealing key: with public keys alone somebody who merely holds the disk could seal a root key of
//! their own and slip the owner a vault they can read.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use sha2::Sha256;
use x25519_dalek::{PublicKey, SharedSecret, StaticSecret};
use zeroize::Zeroizing;

use super::{KEY_LENGTH, Key};
use crate::vault::error::{KEY_FILE_CHANGED, Result, VaultError};

const LABEL: &[u8] = b"diptych seal v1";
const NONCE_LENGTH: usize = 24;
/// Bytes of a sealed key.
pub(super) const SEALED_LENGTH: usize = KEY_LENGTH + 16;
const FORGED: VaultError = VaultError::Damaged(KEY_FILE_CHANGED);

/// The private half, which yields the public one; wiped when dropped, not shown by `Debug`.
pub(super) struct Pair(StaticSecret);

super::shows_nothing!("Pair" for Pair);

/// A key that only one private half opens.
pub(super) struct Sealed {
    pub(super) ephemeral: [u8; KEY_LENGTH],
    pub(super) sealed: Vec<u8>,
}

impl Pair {
    /// A fresh pair from the operating system's randomness.
    pub(super) fn random() -> Result<Self> {
        Ok(Self::from_private(&Key::random()?))
    }

    /// The pair of a private half that was kept.
    pub(super) fn from_private(private: &Key) -> Self {
        Self(StaticSecret::from(*private.bytes()))
    }

    /// The private half, to be wrapped.
    pub(super) fn private(&self) -> &[u8; KEY_LENGTH] {
        self.0.as_bytes()
    }

    /// The half that stands in clear.
    pub(super) fn public(&self) -> [u8; KEY_LENGTH] {
        PublicKey::from(&self.0).to_bytes()
    }

    /// The key that was sealed to this pair for this purpose by somebody who holds `sealing`.
    pub(super) fn unseal(&self, sealed: &Sealed, sealing: &Key, about: &[u8]) -> Result<Key> {
        let shared = self.0.diffie_hellman(&PublicKey::from(sealed.ephemeral));
        let (cipher, nonce) = cipher(&shared, sealing, &sealed.ephemeral, &self.public())?;
        let message = Payload { msg: &sealed.sealed, aad: about };
        let key = cipher.decrypt(&nonce, message).map_err(|_| FORGED)?;
        Key::from_bytes(&Zeroizing::new(key))
    }
}

/// Seals `key` to the owner of the public half `public`; `about` says for what.
pub(super) fn seal(key: &Key, public: &[u8; KEY_LENGTH], sealing: &Key, about: &[u8]) -> Result<Sealed> {
    let once = Pair::random()?;
    let ephemeral = once.public();
    let shared = once.0.diffie_hellman(&PublicKey::from(*public));
    let (cipher, nonce) = cipher(&shared, sealing, &ephemeral, public)?;
    let sealed = cipher.encrypt(&nonce, Payload { msg: key.bytes(), aad: about }).map_err(|_| FORGED)?;
    Ok(Sealed { ephemeral, sealed })
}

/// Key and nonce of one sealing: both are used once, because the ephemeral pair is.
fn cipher(
    shared: &SharedSecret,
    sealing: &Key,
    ephemeral: &[u8; KEY_LENGTH],
    public: &[u8; KEY_LENGTH],
) -> Result<(XChaCha20Poly1305, XNonce)> {
    // A public key of low order makes the secret the same for everybody.
    if !shared.was_contributory() {
        return Err(FORGED);
    }
    let mut derived = Zeroizing::new([0; KEY_LENGTH + NONCE_LENGTH]);
    Hkdf::<Sha256>::new(Some(sealing.bytes()), shared.as_bytes())
        .expand_multi_info(&[LABEL, ephemeral, public], &mut *derived)
        .map_err(|_| FORGED)?;
    let (key, rest) = derived.split_at(KEY_LENGTH);
    let nonce: [u8; NONCE_LENGTH] = rest.try_into().map_err(|_| FORGED)?;
    Ok((XChaCha20Poly1305::new_from_slice(key).map_err(|_| FORGED)?, XNonce::from(nonce)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> [Key; 2] {
        [Key::random().expect("randomness"), Key::random().expect("randomness")]
    }

    #[test]
    fn only_the_pair_it_was_sealed_to_opens_a_key() {
        let [key, sealing] = keys();
        let (pair, other) = (Pair::random().expect("a pair"), Pair::random().expect("a pair"));
        let sealed = seal(&key, &pair.public(), &sealing, b"about").expect("sealed");
        assert_eq!(pair.unseal(&sealed, &sealing, b"about").expect("opened").bytes(), key.bytes());
        assert_eq!(other.unseal(&sealed, &sealing, b"about").map(|_| ()), Err(FORGED));
        assert_eq!(pair.unseal(&sealed, &sealing, b"other").map(|_| ()), Err(FORGED));
    }

    #[test]
    fn whoever_knows_only_the_public_half_cannot_seal_a_key_of_their_own() {
        let [own, sealing] = keys();
        let pair = Pair::random().expect("a pair");
        let forged = seal(&own, &pair.public(), &Key::random().expect("randomness"), b"about").expect("sealed");
        assert_eq!(pair.unseal(&forged, &sealing, b"about").map(|_| ()), Err(FORGED));
    }

    #[test]
    fn a_public_half_of_low_order_is_refused() {
        let [key, sealing] = keys();
        let mut one = [0; 32];
        one[0] = 1;
        for low in [[0; 32], one] {
            assert!(seal(&key, &low, &sealing, b"about").is_err());
        }
    }
}
