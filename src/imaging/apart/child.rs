//! The child's side: limits itself, reads a file, writes what it is.

use std::io::{Read, Write};

use heic_decoder::HeifError;

use super::{CODES, LARGEST_BLOCK, MAGIC, MOST_PIXELS, Question};
use crate::imaging::ImagingError;

/// Bytes of address space the child may have: 64 megapixels with their copies.
#[cfg(unix)]
const MOST_MEMORY: u64 = 4 << 30;
/// Seconds of processor time the child may use.
#[cfg(unix)]
const MOST_SECONDS: u64 = 40;

/// Answers one question about the file that comes in. Returns the exit code.
pub fn serve(question: Question, mut from: impl Read, mut to: impl Write) -> u8 {
    limit();
    let mut bytes = Vec::new();
    let answered = match from.read_to_end(&mut bytes) {
        Ok(_) => answer(question, &bytes),
        Err(_) => Err(ImagingError::Damaged),
    };
    match answered {
        Ok(parts) => {
            let written = parts.iter().try_for_each(|part| to.write_all(part)).and_then(|()| to.flush());
            u8::from(written.is_err())
        }
        Err(error) => CODES.into_iter().find(|(_, known)| *known == error).map_or(1, |(code, _)| code),
    }
}

#[cfg(unix)]
fn limit() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let at_most = |n| Rlimit { current: Some(n), maximum: Some(n) };
    // Where the system grants no limit, that on pixels and the parent's clock remain.
    let _ = setrlimit(Resource::As, at_most(MOST_MEMORY));
    let _ = setrlimit(Resource::Cpu, at_most(MOST_SECONDS));
    let _ = setrlimit(Resource::Core, at_most(0));
}

#[cfg(not(unix))]
fn limit() {}

/// The parts of the answer, or why there is none.
pub(super) fn answer(question: Question, bytes: &[u8]) -> Result<Vec<Vec<u8>>, ImagingError> {
    let info = heic_decoder::probe(bytes).map_err(|e| from_decoder(&e))?;
    let pixels = |w: usize, h: usize| (w as u64).saturating_mul(h as u64);
    if pixels(info.width, info.height).max(pixels(info.coded_width, info.coded_height)) > MOST_PIXELS {
        return Err(ImagingError::TooLarge);
    }
    let metadata = heic_decoder::read_metadata(bytes).map_err(|e| from_decoder(&e))?;
    let primaries = metadata.color_info.map_or(0, |info| u32::from(info.color_primaries));
    let exif = metadata.exif.filter(|block| block.len() <= LARGEST_BLOCK).unwrap_or_default();
    let profile = metadata.icc_profile.filter(|block| block.len() <= LARGEST_BLOCK).unwrap_or_default();
    let numbers = [info.width as u32, info.height as u32, primaries, exif.len() as u32, profile.len() as u32];
    let head = MAGIC.into_iter().chain(numbers.into_iter().flat_map(u32::to_le_bytes)).collect();
    let mut parts = vec![head, exif, profile];
    if question == Question::Pixels {
        let image = heic_decoder::decode(bytes).map_err(|e| from_decoder(&e))?;
        if (image.width, image.height) != (info.width, info.height) {
            return Err(ImagingError::Damaged);
        }
        parts.push(image.to_rgb8().map_err(|e| from_decoder(&e))?.data);
    }
    Ok(parts)
}

fn from_decoder(error: &HeifError) -> ImagingError {
    match error {
        HeifError::Truncated { .. } => ImagingError::Truncated,
        HeifError::Unsupported(_) => ImagingError::Unsupported("a rare kind of HEIC picture"),
        HeifError::LimitExceeded(_) => ImagingError::TooLarge,
        _ => ImagingError::Damaged,
    }
}
