//! Whether a PNG, TIFF or WebP file holds all the bytes it speaks of, and which pages a TIFF has.

use std::collections::BTreeSet;

use super::tiff::Tiff;
use super::{Format, ImagingError, sniff};

/// More directories than this no scanner writes.
const MOST_PAGES: usize = 1000;

/// Walks the chunks of a PNG to its IEND.
pub(super) fn check_png(bytes: &[u8]) -> Result<(), ImagingError> {
    let mut at = 8;
    loop {
        let head = bytes.get(at..at + 8).ok_or(ImagingError::Truncated)?;
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        // Length, name, data, checksum.
        at = at.saturating_add(12).saturating_add(length);
        if at > bytes.len() {
            return Err(ImagingError::Truncated);
        }
        if &head[4..8] == b"IEND" {
            return Ok(());
        }
    }
}

/// Compares the length a WebP's RIFF header states with the one it has.
pub(super) fn check_webp(bytes: &[u8]) -> Result<(), ImagingError> {
    let head = bytes.get(4..8).ok_or(ImagingError::Truncated)?;
    let stated = u32::from_le_bytes([head[0], head[1], head[2], head[3]]) as usize;
    if stated.saturating_add(8) > bytes.len() { Err(ImagingError::Truncated) } else { Ok(()) }
}

/// Checks the first directory of a TIFF: its strips or tiles lie in the file.
pub(super) fn check_tiff(bytes: &[u8]) -> Result<(), ImagingError> {
    let tiff = Tiff::new(bytes);
    let directory = tiff.u32(4)? as usize;
    let count = usize::from(tiff.u16(directory)?);
    let mut offsets = Vec::new();
    let mut lengths = Vec::new();
    for i in 0..count {
        let entry = directory + 2 + 12 * i;
        match tiff.u16(entry)? {
            273 | 324 => offsets = tiff.numbers(entry)?,
            279 | 325 => lengths = tiff.numbers(entry)?,
            _ => {}
        }
    }
    if offsets.is_empty() || offsets.len() != lengths.len() {
        return Err(ImagingError::Damaged);
    }
    let end = offsets.iter().zip(&lengths).map(|(o, l)| o.saturating_add(*l)).max().unwrap_or(0);
    if end > bytes.len() { Err(ImagingError::Truncated) } else { Ok(()) }
}

/// The pages of a TIFF.
pub(super) struct Pages {
    /// Where their directories are; none of any other file. Reduced versions of a page (TIFF 6.0, `NewSubfileType`) are no
    /// pages.
    pub(super) directories: Vec<u32>,
    /// Whether the chain of directories ends as it should, and not behind the end of the file or in a circle.
    pub(super) is_whole: bool,
}

/// Follows the chain of directories.
pub(super) fn pages(bytes: &[u8]) -> Pages {
    let mut pages = Pages { directories: Vec::new(), is_whole: true };
    if sniff(bytes) != Some(Format::Tiff) {
        return pages;
    }
    let tiff = Tiff::new(bytes);
    let (mut at, mut seen) = (tiff.u32(4), BTreeSet::new());
    while let Ok(here) = at
        && here > 0
        && seen.len() < MOST_PAGES
        && seen.insert(here)
        && let Ok((is_page, next)) = directory(&tiff, here as usize)
    {
        if is_page {
            pages.directories.push(here);
        }
        at = Ok(next);
    }
    pages.is_whole = at == Ok(0);
    pages
}

/// The same TIFF with the page at `directory` in front, which alone is decoded; none where it is there already.
pub(super) fn turned_to(bytes: &[u8], directory: u32) -> Option<Vec<u8>> {
    if Tiff::new(bytes).u32(4) == Ok(directory) {
        return None;
    }
    let mut turned = bytes.to_vec();
    let offset = if bytes.starts_with(b"II") { directory.to_le_bytes() } else { directory.to_be_bytes() };
    turned.get_mut(4..8)?.copy_from_slice(&offset);
    Some(turned)
}

/// Whether the directory at `at` is a page, and where the next one is; 0 when there is none.
fn directory(tiff: &Tiff<'_>, at: usize) -> Result<(bool, u32), ImagingError> {
    let count = usize::from(tiff.u16(at)?);
    let mut entries = (0..count).map(|i| at + 2 + 12 * i);
    let is_reduced = |entry| tiff.u16(entry) == Ok(254) && tiff.u32(entry + 8).is_ok_and(|kind| kind & 1 == 1);
    Ok((!entries.any(is_reduced), tiff.u32(at + 2 + 12 * count)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A TIFF of directories with one entry each, the `NewSubfileType` given; the last leads to `end`.
    fn tiff(kinds: &[u32], end: u32) -> Vec<u8> {
        let mut bytes = b"II*\0\x08\0\0\0".to_vec();
        for (i, kind) in kinds.iter().enumerate() {
            let next = if i + 1 < kinds.len() { 8 + 18 * (i as u32 + 1) } else { end };
            bytes.extend([1, 0, 254, 0, 4, 0, 1, 0, 0, 0]);
            bytes.extend(kind.to_le_bytes());
            bytes.extend(next.to_le_bytes());
        }
        bytes
    }

    #[test]
    fn pages_are_counted_without_their_previews_and_a_chain_in_circles_ends() {
        let of = |bytes: &[u8]| {
            let Pages { directories, is_whole } = pages(bytes);
            (directories, is_whole)
        };
        assert_eq!(of(&tiff(&[0], 0)), (vec![8], true));
        assert_eq!(of(&tiff(&[2, 1, 2], 0)), (vec![8, 44], true));
        assert_eq!(of(&tiff(&[0, 0], 8)), (vec![8, 26], false), "a circle");
        assert_eq!(of(&tiff(&[0, 0], 9999)), (vec![8, 26], false), "what lies behind the end is none");
        assert_eq!(of(&tiff(&[0, 0], 0)[..30]), (vec![8], false));
        assert_eq!(of(&[0xff, 0xd8, 0xff, 0xe0]), (Vec::new(), true));
    }
}
