//! The key of a vault's backups: seals their manifests.
//!
//! It is random and kept in the catalog, so that a vault whose root key was changed still reads the manifests of older
//! generations. Each manifest begins with the key wrapped under the root key of its moment, so that the key file beside
//! it and a passphrase are enough to read it on another computer.

use std::path::Path;

use rusqlite::Connection;
use zeroize::Zeroizing;

use super::super::error::{Result, VaultError};
use super::super::keys::header::{self, PageSizes};
use super::super::keys::slot::{Slot, SlotKind};
use super::super::keys::{Key, Keys, hex, seal, shows_nothing};
use super::super::op::Op;
use super::super::pool::lock;
use super::super::{Secret, Vault, late, table, unlock};
use crate::model::UserId;
use crate::model::text::bytes_from_hex;

const SETTING: &str = "backup-key";
const MAGIC: &[u8] = b"diptych backup 1\n";
const WRAPPED_LENGTH: usize = seal::sealed_length(32);
const UNFIT: VaultError = VaultError::Damaged("the manifest of a backup");

/// What reads and writes the manifests of a vault's backups, and opens the copies of its records.
pub struct BackupKey {
    key: Key,
    pub(super) root: Key,
    pub(super) pages: PageSizes,
    vault: String,
    /// By what somebody came in.
    slot: Slot,
}

shows_nothing!("BackupKey" for BackupKey);

/// Makes the key of a vault's backups. With the vault: the disk may be full when it is needed.
pub(in crate::vault) fn make(conn: &Connection) -> Result<Key> {
    let key = Key::random()?;
    table::setting::put(conn, SETTING, &*Zeroizing::new(hex(key.bytes())))?;
    Ok(key)
}

impl Vault {
    /// The key of this vault's backups; a vault from before it was made at the creation gets it at the first use.
    pub fn backup_key(&self) -> Result<BackupKey> {
        self.may(Op::BackUp)?;
        let header = lock(&self.inner.header);
        let mut writer = lock(&self.inner.writer);
        let kept: Option<Zeroizing<String>> = table::setting::get::<String>(&writer, SETTING)?.map(Zeroizing::new);
        let key = if let Some(digits) = kept {
            let bytes = bytes_from_hex::<32>(&digits).map(Zeroizing::new);
            Key::from_bytes(&*bytes.ok_or(VaultError::Damaged("a stored key"))?)?
        } else {
            late::somehow(&mut writer, &self.inner.dir, |writer| make(writer))?
        };
        let slot = header.slot_of_user(self.inner.user.id).ok_or(VaultError::UnknownLogin)?.clone();
        Ok(BackupKey { key, root: self.inner.keys().root, pages: header.pages, vault: header.vault.clone(), slot })
    }
}

impl BackupKey {
    /// Opens a generation by its own key file in `folder` and its `manifest`, without the vault.
    pub fn unlock(folder: &Path, manifest: &[u8], secret: &Secret<'_>) -> Result<Self> {
        let (Keys { root, .. }, header, user) = unlock(header::read_copies(folder)?, secret)?;
        let slot = match secret {
            Secret::Passphrase(..) => header.slot_of_user(user),
            Secret::RecoveryCode(_) => header.recovery_slot(),
        };
        let slot = slot.ok_or(VaultError::UnknownLogin)?.clone();
        let wrapped = manifest.strip_prefix(MAGIC).and_then(|rest| rest.get(..WRAPPED_LENGTH)).ok_or(UNFIT)?;
        let key = root.for_backups()?.unseal(header.vault.as_bytes(), wrapped).map_err(|_| UNFIT)?;
        Ok(Self { key: Key::from_bytes(&key)?, root, pages: header.pages, vault: header.vault, slot })
    }

    /// The vault whose backups these are.
    #[must_use]
    pub fn vault(&self) -> &str {
        &self.vault
    }

    /// A manifest as it stands on the disk.
    pub fn seal(&self, number: u64, manifest: &[u8]) -> Result<Vec<u8>> {
        let wrapped = self.root.for_backups()?.seal(self.vault.as_bytes(), self.key.bytes())?;
        let body = self.key.seal(&self.about(number, &wrapped), manifest)?;
        Ok([MAGIC, &wrapped, &body].concat())
    }

    /// Reads what [`BackupKey::seal`] wrote for this number; damage when any bit is another.
    pub fn unseal(&self, number: u64, file: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let rest = file.strip_prefix(MAGIC).ok_or(UNFIT)?;
        let (wrapped, body) = rest.split_at_checked(WRAPPED_LENGTH).ok_or(UNFIT)?;
        self.key.unseal(&self.about(number, wrapped), body).map_err(|_| UNFIT)
    }

    /// Writes the key file of a generation into a restored vault, openable by what somebody came in by.
    ///
    /// [`VaultError::WrongPassphrase`] when the generation was written under another root key.
    pub fn write_key_files(&self, generation: &Path, to: &Path) -> Result<()> {
        for copy in header::read_copies(generation)? {
            if copy.is_authentic(&self.root)? {
                let mut header = copy.header;
                header.replace(self.slot.clone());
                return header.write(to, &self.root);
            }
        }
        Err(VaultError::WrongPassphrase)
    }

    /// Who came in.
    #[must_use]
    pub fn user(&self) -> UserId {
        UserId(self.slot.user)
    }

    /// Whether it was by a passphrase, not by the printed code.
    #[must_use]
    pub fn by_passphrase(&self) -> bool {
        self.slot.kind == SlotKind::Passphrase
    }

    /// Ties a manifest to its vault, its place in the order and its wrapped key.
    fn about(&self, number: u64, wrapped: &[u8]) -> Vec<u8> {
        [format!("diptych backup manifest v1\n{}\n{number}\n", self.vault).as_bytes(), wrapped].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::keys::slot::KdfCost;

    fn key(root: &Key, key: &Key) -> BackupKey {
        let keys = Keys { root: root.clone(), sealing: Key::random().expect("randomness") };
        let slot = Slot::wrap(SlotKind::Passphrase, ("anna", 1), b"s", &keys, "v", KdfCost::TESTS).expect("wrapped");
        let pages = PageSizes { catalog: 8192, derived: 8192, photos: 32768 };
        BackupKey { key: key.clone(), root: root.clone(), pages, vault: "v".into(), slot }
    }

    #[test]
    fn a_vault_whose_root_key_was_changed_still_reads_its_older_manifests() {
        let [old, new, own] = [(); 3].map(|()| Key::random().expect("randomness"));
        let sealed = key(&old, &own).seal(3, b"manifest").expect("sealed");
        assert_eq!(key(&new, &own).unseal(3, &sealed).expect("opened").as_slice(), b"manifest");
        assert_eq!(key(&new, &new).unseal(3, &sealed), Err(UNFIT));
    }

    #[test]
    fn a_manifest_cannot_take_the_place_of_another_and_no_bit_of_it_can_change() {
        let [root, own] = [(); 2].map(|()| Key::random().expect("randomness"));
        let key = key(&root, &own);
        let sealed = key.seal(3, b"manifest").expect("sealed");
        assert_eq!(key.unseal(4, &sealed), Err(UNFIT));
        for at in 0..sealed.len() {
            let mut bad = sealed.clone();
            bad[at] ^= 1;
            assert_eq!(key.unseal(3, &bad), Err(UNFIT), "byte {at}");
        }
    }
}
