//! HEIC.

use heic_decoder::HeifError;

use super::{Found, LARGEST_BLOCK, MOST_PIXELS};
use crate::geom::Size;
use crate::imaging::ImagingError;

/// A HEIC picture that is known but not read.
pub(super) const RARE: ImagingError = ImagingError::Unsupported("a rare kind of HEIC picture");

/// Whether the boxes of the file end where the file does (ISO/IEC 14496-12, 4.2). The decoder fills in what is cut off.
pub fn check(bytes: &[u8]) -> Result<(), ImagingError> {
    let mut at = 0_usize;
    while at < bytes.len() {
        let head = bytes.get(at..at + 8).ok_or(ImagingError::Truncated)?;
        let short = u64::from(u32::from_be_bytes([head[0], head[1], head[2], head[3]]));
        let (length, least) = match short {
            // To the end of the file.
            0 => return Ok(()),
            1 => {
                let long: [u8; 8] =
                    bytes.get(at + 8..at + 16).and_then(|b| b.try_into().ok()).ok_or(ImagingError::Truncated)?;
                (u64::from_be_bytes(long), 16)
            }
            length => (length, 8),
        };
        if length < least {
            return Err(ImagingError::Damaged);
        }
        at = usize::try_from(length).ok().and_then(|length| at.checked_add(length)).ok_or(ImagingError::Truncated)?;
    }
    if at == bytes.len() { Ok(()) } else { Err(ImagingError::Truncated) }
}

/// Header and, when they are wanted, pixels; or why there are none.
pub(super) fn answer(bytes: &[u8], pixels_too: bool) -> Result<Found, ImagingError> {
    let info = heic_decoder::probe(bytes).map_err(|e| from_decoder(&e))?;
    let pixels = |w: usize, h: usize| (w as u64).saturating_mul(h as u64);
    if pixels(info.width, info.height).max(pixels(info.coded_width, info.coded_height)) > MOST_PIXELS {
        return Err(ImagingError::TooLarge);
    }
    let metadata = heic_decoder::read_metadata(bytes).map_err(|e| from_decoder(&e))?;
    let rgb = if pixels_too {
        let image = heic_decoder::decode(bytes).map_err(|e| from_decoder(&e))?;
        if (image.width, image.height) != (info.width, info.height) {
            return Err(ImagingError::Damaged);
        }
        image.to_rgb8().map_err(|e| from_decoder(&e))?.data
    } else {
        Vec::new()
    };
    Ok(Found {
        size: Size::new(info.width as u32, info.height as u32),
        pages: 1,
        is_partial: false,
        primaries: metadata.color_info.map_or(0, |info| u32::from(info.color_primaries)),
        exif: metadata.exif.filter(|block| block.len() <= LARGEST_BLOCK).unwrap_or_default(),
        profile: metadata.icc_profile.filter(|block| block.len() <= LARGEST_BLOCK).unwrap_or_default(),
        rgb,
    })
}

fn from_decoder(error: &HeifError) -> ImagingError {
    match error {
        HeifError::Truncated { .. } => ImagingError::Truncated,
        HeifError::Unsupported(_) => RARE,
        HeifError::LimitExceeded(_) => ImagingError::TooLarge,
        _ => ImagingError::Damaged,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_that_run_past_the_end_are_a_cut() {
        let file = [&[0, 0, 0, 12][..], b"ftypheic", &[0, 0, 0, 10], b"mdat", &[7, 7]].concat();
        assert_eq!(check(&file), Ok(()));
        for cut in 1..file.len() {
            let whole = cut == 12;
            assert_eq!(check(&file[..cut]), if whole { Ok(()) } else { Err(ImagingError::Truncated) }, "cut at {cut}");
        }
        assert_eq!(check(&[0, 0, 0, 3, b'f', b't', b'y', b'p']), Err(ImagingError::Damaged));
    }
}
