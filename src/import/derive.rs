//! Derived pictures: the thumbnail of the board and the preview of the compare screen. They may be lost at any time.

use crate::imaging::{self, Detail, ImagingError, Picture};
use crate::model::{PhotoHash, PhotoId};
use crate::vault::{Derived, Vault, VaultError};

/// Longest side of a preview in pixels.
pub const PREVIEW_PX: u32 = 2048;
/// What a preview is made from. The 4032 pixels of a phone come out of the decoder as 2016 in three quarters of the time
/// that it takes to decode five eighths of them and to shrink those by another fifth.
pub(super) const PREVIEW_DETAIL: Detail = Detail::AtLeast(2000);
/// Longest side of a thumbnail in pixels.
pub const THUMBNAIL_PX: u32 = 320;
const PREVIEW_QUALITY: u8 = 87;
const THUMBNAIL_QUALITY: u8 = 85;

/// Both derived pictures of one original, as JPEG without metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DerivedPictures {
    /// Longest side at most [`PREVIEW_PX`].
    pub preview: Vec<u8>,
    /// Longest side at most [`THUMBNAIL_PX`].
    pub thumbnail: Vec<u8>,
}

/// Both before they are encoded.
pub(super) struct Shrunk {
    /// Longest side at most [`PREVIEW_PX`].
    pub preview: Picture,
    /// Longest side at most [`THUMBNAIL_PX`].
    pub thumbnail: Picture,
}

impl Shrunk {
    /// Of a decoded original.
    pub fn of(picture: Picture) -> Self {
        let preview = imaging::shrunk(picture, PREVIEW_PX);
        let thumbnail = imaging::resize(&preview, preview.size().fit_within(THUMBNAIL_PX));
        Self { preview, thumbnail }
    }

    /// As they are stored.
    pub fn encoded(&self) -> Result<DerivedPictures, ImagingError> {
        Ok(DerivedPictures {
            thumbnail: imaging::encode_jpeg(&self.thumbnail, THUMBNAIL_QUALITY)?,
            preview: imaging::encode_jpeg(&self.preview, PREVIEW_QUALITY)?,
        })
    }
}

/// Makes both from the bytes of an original.
pub fn derive(original: &[u8]) -> Result<DerivedPictures, ImagingError> {
    Shrunk::of(imaging::decode(original, PREVIEW_DETAIL)?).encoded()
}

/// Stores both.
pub fn store(vault: &Vault, hash: PhotoHash, pictures: &DerivedPictures) -> Result<(), VaultError> {
    vault.put_derived(hash, Derived::Thumbnail, &pictures.thumbnail)?;
    vault.put_derived(hash, Derived::Preview, &pictures.preview)
}

/// Whether both are stored and whole.
#[must_use]
pub fn are_stored(vault: &Vault, hash: PhotoHash) -> bool {
    let is_stored = |what| matches!(vault.derived(hash, what), Ok(Some(_)));
    is_stored(Derived::Thumbnail) && is_stored(Derived::Preview)
}

/// The stored derived picture; none when it is missing or cannot be read.
#[must_use]
pub fn stored(vault: &Vault, hash: PhotoHash, what: Derived) -> Option<Picture> {
    let jpeg = vault.derived(hash, what).ok().flatten()?;
    imaging::decode(&jpeg, Detail::Full).ok()
}

/// Makes a derived picture anew from the original and stores it; none when the original cannot be read.
#[must_use]
pub fn remade(vault: &Vault, photo: PhotoId, hash: PhotoHash, what: Derived) -> Option<Picture> {
    let (detail, longest, quality) = match what {
        Derived::Thumbnail => (Detail::AtLeast(THUMBNAIL_PX), THUMBNAIL_PX, THUMBNAIL_QUALITY),
        Derived::Preview => (PREVIEW_DETAIL, PREVIEW_PX, PREVIEW_QUALITY),
    };
    let small = imaging::shrunk(imaging::decode(&vault.original(photo).ok()?, detail).ok()?, longest);
    if let Ok(jpeg) = imaging::encode_jpeg(&small, quality) {
        // Derived pictures may be lost at any time; not being able to keep one costs only time.
        let _ = vault.put_derived(hash, what, &jpeg);
    }
    Some(small)
}

/// A picture of at most `longest` pixels from the bytes of an original.
pub fn small(original: &[u8], longest: u32) -> Result<Picture, ImagingError> {
    Ok(imaging::shrunk(imaging::decode(original, Detail::AtLeast(longest))?, longest))
}
