//! Numbers of a TIFF (TIFF 6.0, section 2), never read beyond its end.

use super::ImagingError;

/// A TIFF file or block.
pub(super) struct Tiff<'a> {
    bytes: &'a [u8],
    little: bool,
}

impl<'a> Tiff<'a> {
    /// Reads `bytes` in the order they say.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, little: bytes.starts_with(b"II") }
    }

    /// The SHORT at an offset.
    pub(super) fn u16(&self, at: usize) -> Result<u16, ImagingError> {
        let b = self.bytes.get(at..at.saturating_add(2)).ok_or(ImagingError::Truncated)?;
        Ok(if self.little { u16::from_le_bytes([b[0], b[1]]) } else { u16::from_be_bytes([b[0], b[1]]) })
    }

    /// The LONG at an offset.
    pub(super) fn u32(&self, at: usize) -> Result<u32, ImagingError> {
        let b = self.bytes.get(at..at.saturating_add(4)).ok_or(ImagingError::Truncated)?;
        let b = [b[0], b[1], b[2], b[3]];
        Ok(if self.little { u32::from_le_bytes(b) } else { u32::from_be_bytes(b) })
    }

    /// The SHORT or LONG values of a directory entry, in place when they fit into four bytes.
    pub(super) fn numbers(&self, entry: usize) -> Result<Vec<usize>, ImagingError> {
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
