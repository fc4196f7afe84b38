//! Repair: the bytes of an original or of a document are put where they can be read again.
//!
//! A damaged volume is never written: the bytes go into the volume that takes new originals, are read back there, and
//! then the record is pointed to them. Until that one transaction the record points to where it did before.

use std::collections::BTreeSet;

use super::blob::{self as original, LOST, compare, store};
use super::error::{Result, VaultError};
use super::op::Op;
use super::table::attachment;
use super::table::blob::{self, Place};
use super::{Vault, audit};
use crate::clock::Now;
use crate::model::{AttachmentId, BlobId, PhotoHash, TrayId, VolumeId};

/// Stands for the intent of bytes that a repair stored: an interrupted one leaves a second copy of known bytes, which is
/// nothing to be shown.
pub(super) const REPAIRED: i64 = -1;

/// A volume, and all originals that lie in it.
pub type Beside = (VolumeId, Vec<(BlobId, PhotoHash)>);

impl Vault {
    /// The volumes that these originals lie in or that have these file names, and all that lies in them: what else is
    /// there may not be safe either.
    pub fn beside(&self, damaged: &[BlobId], files: &[&str]) -> Result<Vec<Beside>> {
        self.inner.readers.read(|conn| {
            let mut volumes = BTreeSet::new();
            for &id in damaged {
                let _new = volumes.insert(VolumeId(blob::place(conn, id)?.volume));
            }
            let named = blob::volume_states(conn)?.into_iter().filter(|volume| files.contains(&&*volume.file_name()));
            volumes.extend(named.map(|volume| volume.id));
            let inside = |volume| {
                let originals = blob::of_volume(conn, volume)?;
                Ok((volume, originals.into_iter().map(|(id, place)| (id, place.hash)).collect()))
            };
            volumes.into_iter().map(inside).collect()
        })
    }

    /// The volume takes no more originals.
    pub fn retire_volume(&self, volume: VolumeId) -> Result<()> {
        let mut open = self.inner.volumes.hold();
        if open.as_ref().is_some_and(|open| open.id == volume.0) {
            *open = None;
        }
        self.inner.volumes.forget(volume.0);
        let writer = super::pool::lock(&self.inner.writer);
        blob::close_volume(&writer, volume.0)
    }

    /// The bytes of an original by its record, when they are what was stored; none when they are damaged.
    pub fn original_of(&self, id: BlobId) -> Result<Option<Vec<u8>>> {
        match self.bytes_at(|conn| blob::place(conn, id)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(VaultError::Damaged(_) | VaultError::Io(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Stores the bytes of a tray item once more, in another volume than the one that does not give them back.
    pub fn store_again(&self, item: TrayId, bytes: &[u8], now: Now) -> Result<()> {
        let (id, volume) = self.inner.readers.read(|conn| blob::id_of_tray(conn, item))?;
        self.retire_volume(volume)?;
        self.put_back(&[(id, bytes)], now)
    }

    /// Stores the bytes of these originals anew and points their records to them: all of them, or none.
    ///
    /// Bytes that are not what the record says are refused before anything is written.
    pub fn put_back<B: AsRef<[u8]>>(&self, originals: &[(BlobId, B)], now: Now) -> Result<()> {
        if originals.is_empty() {
            return Ok(());
        }
        self.may(Op::Repair)?;
        let mut moved: Vec<(BlobId, Place)> = Vec::with_capacity(originals.len());
        let mut open = self.inner.volumes.hold();
        for (id, bytes) in originals {
            let bytes = bytes.as_ref();
            let old = self.inner.readers.read(|conn| blob::place(conn, *id))?;
            if original::hash(bytes) != old.hash {
                return Err(VaultError::Refused("these are not the bytes of the original"));
            }
            let volume = self.volume_for_writing(&mut open, now.at)?;
            let volume_row = store(&mut volume.conn, REPAIRED, bytes)?;
            volume.bytes += old.length;
            moved.push((*id, Place { volume: volume.id, volume_row, ..old }));
        }
        for (_, place) in &moved {
            let fresh = self.volume_reader(place.volume)?.source().reader()?;
            compare(&fresh, place).map_err(|_| LOST)?;
        }
        let subject = serde_json::json!({ "blob": originals.iter().map(|(id, _)| id.0).collect::<Vec<_>>() });
        self.change(Op::Repair, |conn, user| {
            for (id, place) in &moved {
                blob::move_to(conn, *id, place, now.at)?;
            }
            let _seq = audit::append(conn, now.at, user, Op::Repair, subject.to_string())?;
            Ok(())
        })
    }

    /// The hash of a document.
    pub fn document_hash(&self, id: AttachmentId) -> Result<PhotoHash> {
        self.inner.readers.read(|conn| Ok(attachment::get(conn, id)?.hash))
    }

    /// Puts the bytes of a document back into its record; others than those that were stored are refused.
    pub fn put_back_document(&self, id: AttachmentId, bytes: &[u8], now: Now) -> Result<()> {
        self.may(Op::Repair)?;
        if original::hash(bytes) != self.document_hash(id)? {
            return Err(VaultError::Refused("these are not the bytes of the document"));
        }
        let subject = serde_json::json!({ "attachment": [id.0] });
        self.change(Op::Repair, |conn, user| {
            attachment::put_bytes(conn, id, bytes)?;
            let _seq = audit::append(conn, now.at, user, Op::Repair, subject.to_string())?;
            Ok(())
        })
    }
}
