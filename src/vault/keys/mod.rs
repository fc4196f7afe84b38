//! Keys: one random root key, what is derived from it, and the ways it is wrapped.
//!
//! The root key never touches the disk unwrapped. From it come, by HKDF-SHA-256 (RFC 5869) with one label each, the key of
//! the catalog and the key that authenticates `vault.toml`. Volumes and derived pictures have random keys of their own,
//! kept in the catalog, so that changing the root key never rewrites a photo.
//!
//! Each slot holds a key pair of its own, whose private half the passphrase unwraps; the root key is sealed to the public
//! half. A user is disabled by making a new root key and sealing it to everybody else, whose passphrases nobody needs for
//! that. [`Keys::sealing`] proves that a sealing is by somebody of this vault.
//!
//! # Who could want in
//!
//! | who | what stops them | what does not |
//! |---|---|---|
//! | a thief with the disk | SQLCipher under a random key; Argon2id for each guess at a passphrase, 130 random bits in the code | a weak passphrase; login names, sizes and file times stand in clear |
//! | whoever writes to the disk unseen | headers and sealed keys are authentic, older copies of single files are noticed, the audit is chained and anchored | destroying it: only backups help; putting a whole older folder back, which is told only from what the last backup had noted |
//! | a curious assistant | roles, asked in the vault before any work; the audit of pages and exports; waits after wrong passphrases, counted for each login and for the printed code | a program of their own: any passphrase yields the root key, so roles are no cryptography; deleting the file of wrong tries, or filling the disk so that it cannot be written |
//! | somebody who was disabled | a new root key that is sealed to the others only | copies and backups from before, keys of the photo volumes they noted, a printed code they know: replace it |
//! | malware as the same user | nothing | it reads what the open program reads, passphrases as they are typed included, and the environment of a program that was given one there |
//! | whoever reads the computer's memory, its swap or an image of its hibernation | keys are wiped when the vault closes, screens forget their pictures at the lock | what was in memory while the vault was open, SQLCipher's and the database's own copies included: let the operating system encrypt its disk |
//! | a visitor of the website | no vault is on any network; exports are searched for names, dates and metadata | what a picture itself shows |

pub(super) mod header;
mod pair;
pub(super) mod recovery;
pub(super) mod seal;
pub(super) mod slot;
pub(super) mod tries;

use hkdf::Hkdf;
use hkdf::hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::error::{Result, VaultError};

/// `Debug` for what holds a secret: its name and nothing else, so that whatever contains it may be printed.
macro_rules! shows_nothing {
    ($($name:literal for $type:ty),+ $(,)?) => {$(
        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!($name, "(…)"))
            }
        }
    )+};
}
pub(crate) use shows_nothing;

shows_nothing!("Key" for Key, "Keys" for Keys);

/// Length of every key in bytes.
const KEY_LENGTH: usize = 32;

/// 256 secret bits; wiped when dropped, not shown by `Debug`.
#[derive(Clone)]
pub(super) struct Key(Zeroizing<[u8; KEY_LENGTH]>);

/// What a slot yields: everything else is derived from it or kept in the catalog.
#[derive(Clone)]
pub(super) struct Keys {
    /// Changes when a user is disabled.
    pub(super) root: Key,
    /// The same for the whole life of a vault; opens nothing by itself.
    pub(super) sealing: Key,
}

impl Keys {
    /// Those of a new vault.
    pub(super) fn random() -> Result<Self> {
        Ok(Self { root: Key::random()?, sealing: Key::random()? })
    }
}

impl Key {
    /// A fresh key from the operating system.
    pub(super) fn random() -> Result<Self> {
        let mut key = Zeroizing::new([0; KEY_LENGTH]);
        fill_random(&mut *key)?;
        Ok(Self(key))
    }

    /// A key read back from where it was kept.
    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut key = Zeroizing::new([0; KEY_LENGTH]);
        if bytes.len() != KEY_LENGTH {
            return Err(VaultError::Damaged("a stored key"));
        }
        key.copy_from_slice(bytes);
        Ok(Self(key))
    }

    /// The bytes, for a cipher or to be kept in the encrypted catalog.
    pub(super) fn bytes(&self) -> &[u8; KEY_LENGTH] {
        &self.0
    }

    /// The SQLCipher spelling of a raw key: `x'…'`.
    pub(super) fn pragma_literal(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(2 * KEY_LENGTH + 3));
        text.push_str("x'");
        text.extend(hex_digits(self.bytes()));
        text.push('\'');
        text
    }

    /// The key of the catalog, if this is the root key.
    pub(super) fn for_catalog(&self) -> Result<Self> {
        self.derive(b"diptych v1 catalog")
    }

    /// The key that wraps the key of the backups, if this is the root key.
    pub(super) fn for_backups(&self) -> Result<Self> {
        self.derive(b"diptych v1 backup")
    }

    fn derive(&self, label: &[u8]) -> Result<Self> {
        let mut key = Zeroizing::new([0; KEY_LENGTH]);
        Hkdf::<Sha256>::new(None, self.bytes())
            .expand(label, &mut *key)
            .map_err(|_| VaultError::Damaged("a stored key"))?;
        Ok(Self(key))
    }

    /// HMAC-SHA-256 of the header under a key derived from the root key.
    pub(super) fn header_tag(&self, body: &[u8]) -> Result<[u8; 32]> {
        Ok(self.header_mac(body)?.finalize().into_bytes().into())
    }

    /// Compares a header's tag in constant time.
    pub(super) fn header_tag_fits(&self, body: &[u8], tag: &[u8; 32]) -> Result<bool> {
        Ok(self.header_mac(body)?.verify_slice(tag).is_ok())
    }

    fn header_mac(&self, body: &[u8]) -> Result<Hmac<Sha256>> {
        let key = self.derive(b"diptych v1 header")?;
        let mut mac = Hmac::<Sha256>::new_from_slice(key.bytes()).map_err(|_| VaultError::Damaged("a stored key"))?;
        mac.update(body);
        Ok(mac)
    }
}

fn hex_digits(bytes: &[u8]) -> impl Iterator<Item = char> + '_ {
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(|nibble| char::from_digit(u32::from(nibble), 16))
}

/// Lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    hex_digits(bytes).collect()
}

/// Fills a buffer with randomness from the operating system.
pub(super) fn fill_random(buffer: &mut [u8]) -> Result<()> {
    getrandom::fill(buffer).map_err(|_| VaultError::Io(std::io::ErrorKind::Other))
}

/// A random array.
pub(super) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    fill_random(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_for_different_purposes_differ() {
        let root = Key::from_bytes(&[7; 32]).expect("32 bytes");
        let catalog = root.for_catalog().expect("derived");
        assert_ne!(catalog.bytes(), root.bytes());
        assert_ne!(catalog.bytes(), root.derive(b"diptych v1 header").expect("derived").bytes());
    }

    #[test]
    fn a_raw_key_is_spelled_as_sqlcipher_reads_it() {
        let mut bytes = [0; 32];
        bytes[0] = 0xab;
        bytes[31] = 0x01;
        let literal = Key::from_bytes(&bytes).expect("32 bytes").pragma_literal();
        assert_eq!(literal.as_str(), format!("x'ab{}01'", "00".repeat(30)));
    }
}
