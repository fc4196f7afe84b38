//! `vault.toml` and its second copy: what stands in clear beside the encrypted databases.
//!
//! The body ends where the line `[seal]` begins. The seal holds a SHA-256 of the body, so that damage is told from a wrong
//! passphrase without any key, and an HMAC under a key derived from the root key, so that nobody without a passphrase can
//! change a slot, a counter or an anchor. The counter rises with every writing and is kept in the catalog too: a header
//! that counts less than the catalog is an old copy.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::slot::{Slot, SlotKind};
use super::{Key, hex};
use crate::fsx;
use crate::model::UserId;
use crate::model::text::bytes_from_hex;
use crate::vault::error::{KEY_FILE, Result, VaultError};

/// The vault format this program writes, and the newest it reads.
pub(in crate::vault) const FORMAT: u32 = 1;
/// Both copies; each is replaced atomically, the first one first.
pub(in crate::vault) const COPIES: [&str; 2] = ["vault.toml", "vault.toml.2"];
const SEAL: &str = "[seal]\n";
const DAMAGED: VaultError = VaultError::Damaged(KEY_FILE);

/// Page sizes in bytes; SQLCipher must be told before the first read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::vault) struct PageSizes {
    pub(in crate::vault) catalog: u32,
    pub(in crate::vault) derived: u32,
    pub(in crate::vault) photos: u32,
}

/// The head of the audit chain at some moment, kept apart from it: a later cut below it is noticed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Anchor {
    /// Place in the chain; 0 before its first row.
    pub seq: i64,
    /// SHA-256 of that row and all before it, hexadecimal.
    pub hash: String,
}

/// The body of `vault.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::vault) struct Header {
    pub(in crate::vault) format: u32,
    /// Random name of the vault.
    pub(in crate::vault) vault: String,
    /// Rises with every writing.
    pub(in crate::vault) counter: i64,
    /// Number of the catalog's file: rises when the records move into one under another key.
    pub(in crate::vault) catalog: u32,
    pub(in crate::vault) pages: PageSizes,
    pub(in crate::vault) audit: Anchor,
    pub(in crate::vault) slot: Vec<Slot>,
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    seal: Seal,
}

#[derive(Serialize, Deserialize)]
struct Seal {
    sha256: String,
    hmac: String,
}

#[derive(Deserialize)]
struct FormatOnly {
    format: u32,
}

/// One readable copy: its checksum fits, its authenticity is not yet known.
pub(in crate::vault) struct Copy {
    pub(in crate::vault) header: Header,
    body: String,
    tag: [u8; 32],
}

impl Copy {
    /// Whether this copy was written by somebody who holds `root`.
    pub(in crate::vault) fn is_authentic(&self, root: &Key) -> Result<bool> {
        root.header_tag_fits(self.body.as_bytes(), &self.tag)
    }
}

impl Header {
    /// The passphrase slot of a login.
    pub(in crate::vault) fn slot_of(&self, login: &str) -> Option<&Slot> {
        self.slot.iter().find(|slot| slot.kind == SlotKind::Passphrase && slot.login == login)
    }

    /// The passphrase slot of a user.
    pub(in crate::vault) fn slot_of_user(&self, user: UserId) -> Option<&Slot> {
        self.slot.iter().find(|slot| slot.kind == SlotKind::Passphrase && slot.user == user.0)
    }

    /// Whether the slot of this salt is among them.
    pub(in crate::vault) fn holds(&self, salt: &str) -> bool {
        self.slot.iter().any(|slot| slot.salt() == salt)
    }

    /// Puts a slot in the place of the one for the same use.
    pub(in crate::vault) fn replace(&mut self, new: Slot) {
        let same =
            |slot: &&mut Slot| slot.kind == new.kind && (new.kind == SlotKind::Recovery || slot.user == new.user);
        match self.slot.iter_mut().find(same) {
            Some(slot) => *slot = new,
            None => self.slot.push(new),
        }
    }

    /// The slot of the printed code.
    pub(in crate::vault) fn recovery_slot(&self) -> Option<&Slot> {
        self.slot.iter().find(|slot| slot.kind == SlotKind::Recovery)
    }

    /// Replaces both copies.
    pub(in crate::vault) fn write(&self, dir: &Path, root: &Key) -> Result<()> {
        self.write_each(dir, root, &mut || {})
    }

    /// Replaces one copy after the other, and says so after each.
    pub(in crate::vault) fn write_each(&self, dir: &Path, root: &Key, written: &mut dyn FnMut()) -> Result<()> {
        let mut text = toml::to_string(self).map_err(|_| DAMAGED)?;
        text.push('\n');
        let seal =
            Seal { sha256: hex(&Sha256::digest(text.as_bytes())), hmac: hex(&root.header_tag(text.as_bytes())?) };
        text.push_str(&toml::to_string(&Sealed { seal }).map_err(|_| DAMAGED)?);
        for name in COPIES {
            fsx::write_atomic(&dir.join(name), text.as_bytes())?;
            written();
        }
        Ok(())
    }
}

/// The readable copies in `dir`, the one that counts higher first.
pub(in crate::vault) fn read_copies(dir: &Path) -> Result<Vec<Copy>> {
    let mut copies = Vec::new();
    let mut failure = VaultError::NotAVault;
    for name in COPIES {
        match fs::read(dir.join(name)) {
            Ok(bytes) => match parse(&bytes) {
                Ok(copy) => copies.push(copy),
                // Its checksum fits, so this is no damage: an update was interrupted between the copies.
                Err(error @ VaultError::NewerFormat { .. }) => return Err(error),
                Err(error) => failure = error,
            },
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
            Err(error) => failure = error.into(),
        }
    }
    if copies.is_empty() {
        return Err(failure);
    }
    copies.sort_by_key(|copy| std::cmp::Reverse(copy.header.counter));
    Ok(copies)
}

/// The copies in `dir` that are not there, cannot be read, or were not written by whoever holds `root`. Not among them is
/// one of before the records moved to the catalog that `header` names: it was only not written yet, and has another key.
pub(in crate::vault) fn changed_copies(dir: &Path, root: &Key, header: &Header) -> Result<Vec<&'static str>> {
    let mut changed = Vec::new();
    for name in COPIES {
        let copy = fs::read(dir.join(name)).map_err(VaultError::from).and_then(|bytes| parse(&bytes));
        let is_sound = match copy {
            Ok(copy) => copy.header.catalog < header.catalog || copy.is_authentic(root)?,
            Err(_) => false,
        };
        if !is_sound {
            changed.push(name);
        }
    }
    Ok(changed)
}

fn parse(bytes: &[u8]) -> Result<Copy> {
    let text = std::str::from_utf8(bytes).map_err(|_| DAMAGED)?;
    let at = text.rfind(SEAL).ok_or(DAMAGED)?;
    let (body, seal) = text.split_at(at);
    let Sealed { seal } = toml::from_str(seal).map_err(|_| DAMAGED)?;
    if seal.sha256 != hex(&Sha256::digest(body.as_bytes())) {
        return Err(DAMAGED);
    }
    // Before anything else of the body, because a newer format may say the rest differently.
    let FormatOnly { format } = toml::from_str(body).map_err(|_| DAMAGED)?;
    if format > FORMAT {
        return Err(VaultError::NewerFormat { found: format, known: FORMAT });
    }
    let header = toml::from_str(body).map_err(|_| DAMAGED)?;
    // Spelled as it was written: capitals are a changed byte too.
    let tag = bytes_from_hex::<32>(&seal.hmac).filter(|tag| hex(tag) == seal.hmac).ok_or(DAMAGED)?;
    Ok(Copy { header, body: body.to_owned(), tag })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::keys::Keys;
    use crate::vault::keys::slot::KdfCost;

    fn header() -> (Header, Key) {
        let keys = Keys::random().expect("randomness");
        let slot = Slot::wrap(SlotKind::Passphrase, ("anna", 1), b"s", &keys, "v", KdfCost::TESTS).expect("wrapped");
        let root = keys.root;
        let pages = PageSizes { catalog: 8192, derived: 8192, photos: 32768 };
        let (vault, audit) = ("v".into(), Anchor::default());
        let header = Header { format: FORMAT, vault, counter: 4, catalog: 1, pages, audit, slot: vec![slot] };
        (header, root)
    }

    #[test]
    fn a_header_is_read_as_it_was_written() {
        let dir = tempfile::tempdir().expect("a folder");
        let (header, root) = header();
        header.write(dir.path(), &root).expect("written");
        let copies = read_copies(dir.path()).expect("read");
        assert_eq!(copies.len(), 2);
        assert_eq!(copies[0].header, header);
        assert!(copies[0].is_authentic(&root).expect("checked"));
        assert!(!copies[0].is_authentic(&Key::random().expect("randomness")).expect("checked"));
    }

    #[test]
    fn every_flipped_byte_of_a_copy_is_noticed() {
        let dir = tempfile::tempdir().expect("a folder");
        let (header, root) = header();
        header.write(dir.path(), &root).expect("written");
        let good = fs::read(dir.path().join(COPIES[0])).expect("read");
        for (at, bit) in (0..good.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
            let mut bad = good.clone();
            bad[at] ^= 1 << bit;
            // A flip inside the tag keeps the copy readable but not authentic.
            let noticed = parse(&bad).map_or(true, |copy| !copy.is_authentic(&root).expect("checked"));
            assert!(noticed, "bit {bit} of byte {at} went unnoticed");
        }
    }

    #[test]
    fn a_rewritten_body_with_a_fitting_checksum_is_not_authentic() {
        let dir = tempfile::tempdir().expect("a folder");
        let (header, root) = header();
        let forged = Header { counter: 9, ..header };
        forged.write(dir.path(), &Key::random().expect("randomness")).expect("written");
        let copies = read_copies(dir.path()).expect("read");
        assert!(!copies[0].is_authentic(&root).expect("checked"));
    }
}
