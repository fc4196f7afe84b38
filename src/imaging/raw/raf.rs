//! RAF of Fujifilm: a head of fixed form that says where the JPEG and the sensor data lie.

use super::{Contents, piece, u32_at};
use crate::imaging::ImagingError;

const MAGIC: &[u8] = b"FUJIFILMCCD-RAW ";
/// Where the head keeps offset and length of the JPEG, of the sensor's description and of its data.
const PIECES: [usize; 3] = [84, 92, 100];

pub(super) fn is_raf(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// What the camera said stands in the JPEG itself, which is a whole photo.
pub(super) fn read(bytes: &[u8]) -> Result<Contents, ImagingError> {
    let piece_at = |at: usize| piece(bytes, u32_at(bytes, at)?.into(), u32_at(bytes, at + 4)?.into());
    let pieces = PIECES.into_iter().map(piece_at).collect::<Result<Vec<_>, _>>()?;
    Ok(Contents { pictures: pieces.into_iter().take(1).collect(), capture: None })
}
