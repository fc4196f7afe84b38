//! Whether a PNG, TIFF or WebP file holds all the bytes it speaks of, and how many pages a TIFF has.

use super::tiff::Tiff;
use super::{Format, ImagingError, sniff};

/// More directories than a scanner writes are a chain that leads in circles.
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

/// Pages of a picture file: more than one only of a scan to TIFF, whose first one alone is decoded. Reduced versions of a
/// page (TIFF 6.0, `NewSubfileType`) are none.
#[must_use]
pub fn pages(bytes: &[u8]) -> usize {
    if sniff(bytes) != Some(Format::Tiff) {
        return 1;
    }
    let tiff = Tiff::new(bytes);
    let (mut at, mut pages) = (tiff.u32(4), 0);
    for _ in 0..MOST_PAGES {
        let Ok((is_page, next)) = at.and_then(|at| directory(&tiff, at as usize)) else { break };
        pages += usize::from(is_page);
        at = Ok(next);
    }
    pages.max(1)
}

/// Whether the directory at `at` is a page, and where the next one is.
fn directory(tiff: &Tiff<'_>, at: usize) -> Result<(bool, u32), ImagingError> {
    if at == 0 {
        return Err(ImagingError::Truncated);
    }
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
        assert_eq!(pages(&tiff(&[0], 0)), 1);
        assert_eq!(pages(&tiff(&[2, 1, 2], 0)), 2);
        assert_eq!(pages(&tiff(&[0, 0], 8)), MOST_PAGES);
        assert_eq!(pages(&tiff(&[0, 0], 9999)), 2, "what lies behind the end is none");
        assert_eq!(pages(&tiff(&[0, 0], 0)[..30]), 1);
        assert_eq!(pages(&[0xff, 0xd8, 0xff, 0xe0]), 1);
    }
}
