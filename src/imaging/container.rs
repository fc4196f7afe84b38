//! Whether a PNG, TIFF or WebP file holds all the bytes it speaks of.

use super::ImagingError;
use super::tiff::Tiff;

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
