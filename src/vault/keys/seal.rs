//! Sealing what leaves the vault beside its databases: XChaCha20-Poly1305 under a key of the vault, a fresh random nonce
//! in front.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use super::Key;
use crate::vault::error::{Result, VaultError};

const NONCE_LENGTH: usize = 24;
const TAG_LENGTH: usize = 16;
const UNFIT: VaultError = VaultError::Damaged("a sealed file of the backup");

/// Length of what [`Key::seal`] makes of `plain` bytes.
pub(in crate::vault) const fn sealed_length(plain: usize) -> usize {
    NONCE_LENGTH + plain + TAG_LENGTH
}

impl Key {
    /// Encrypts `plain`; `about` is not kept and has to be said again to open it.
    pub(in crate::vault) fn seal(&self, about: &[u8], plain: &[u8]) -> Result<Vec<u8>> {
        let nonce = super::random::<NONCE_LENGTH>()?;
        let body = self
            .cipher()?
            .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: about })
            .map_err(|_| VaultError::Refused("a file that is too large to be sealed"))?;
        Ok([nonce.as_slice(), &body].concat())
    }

    /// Opens what [`Key::seal`] made; damage when a single bit of it, or of `about`, is another.
    pub(in crate::vault) fn unseal(&self, about: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let (nonce, body) = sealed.split_at_checked(NONCE_LENGTH).ok_or(UNFIT)?;
        let nonce = <[u8; NONCE_LENGTH]>::try_from(nonce).map_err(|_| UNFIT)?;
        let plain = self.cipher()?.decrypt(&XNonce::from(nonce), Payload { msg: body, aad: about });
        plain.map(Zeroizing::new).map_err(|_| UNFIT)
    }

    fn cipher(&self) -> Result<XChaCha20Poly1305> {
        XChaCha20Poly1305::new_from_slice(self.bytes()).map_err(|_| UNFIT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_opens_and_no_changed_bit_does() {
        let key = Key::from_bytes(&[3; 32]).expect("32 bytes");
        let sealed = key.seal(b"about", b"plain").expect("sealed");
        assert_eq!(sealed.len(), sealed_length(5));
        assert_eq!(key.unseal(b"about", &sealed).expect("opened").as_slice(), b"plain");
        assert_eq!(key.unseal(b"other", &sealed), Err(UNFIT));
        for at in 0..sealed.len() {
            let mut bad = sealed.clone();
            bad[at] ^= 1;
            assert_eq!(key.unseal(b"about", &bad), Err(UNFIT), "byte {at}");
        }
    }
}
