//! Whether a PNG, TIFF or WebP file holds all the bytes it speaks of.

use super::ImagingError;

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

/// Checks the first directory of a TIFF: its strips or tiles lie in the file, and it is a picture, not sensor data.
pub(super) fn check_tiff(bytes: &[u8]) -> Result<(), ImagingError> {
    let tiff = Tiff { bytes, little: bytes.starts_with(b"II") };
    let directory = tiff.u32(4)? as usize;
    let count = usize::from(tiff.u16(directory)?);
    let mut offsets = Vec::new();
    let mut lengths = Vec::new();
    for i in 0..count {
        let entry = directory + 2 + 12 * i;
        match tiff.u16(entry)? {
            // NewSubfileType with the reduced bit: raw files keep a small preview first. 0xc612: DNG version.
            254 if tiff.u32(entry + 8)? & 1 == 1 => return Err(ImagingError::Unsupported("a camera raw file")),
            0xc612 => return Err(ImagingError::Unsupported("a camera raw file")),
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

struct Tiff<'a> {
    bytes: &'a [u8],
    little: bool,
}

impl Tiff<'_> {
    fn u16(&self, at: usize) -> Result<u16, ImagingError> {
        let b = self.bytes.get(at..at.saturating_add(2)).ok_or(ImagingError::Truncated)?;
        Ok(if self.little { u16::from_le_bytes([b[0], b[1]]) } else { u16::from_be_bytes([b[0], b[1]]) })
    }

    fn u32(&self, at: usize) -> Result<u32, ImagingError> {
        let b = self.bytes.get(at..at.saturating_add(4)).ok_or(ImagingError::Truncated)?;
        let b = [b[0], b[1], b[2], b[3]];
        Ok(if self.little { u32::from_le_bytes(b) } else { u32::from_be_bytes(b) })
    }

    /// The SHORT or LONG values of a directory entry, in place when they fit into four bytes.
    fn numbers(&self, entry: usize) -> Result<Vec<usize>, ImagingError> {
        let wide = match self.u16(entry + 2)? {
            3 => 2,
            4 => 4,
            _ => return Err(ImagingError::Damaged),
        };
        let count = self.u32(entry + 4)? as usize;
        let total = count.saturating_mul(wide);
        if total > self.bytes.len() {
            return Err(ImagingError::Truncated);
        }
        let start = if total <= 4 { entry + 8 } else { self.u32(entry + 8)? as usize };
        (0..count)
            .map(|i| {
                let at = start.saturating_add(i * wide);
                if wide == 2 { self.u16(at).map(usize::from) } else { self.u32(at).map(|v| v as usize) }
            })
            .collect()
    }
}
