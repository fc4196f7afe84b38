//! CR2, NEF, ARW and DNG: TIFF files whose directories hold pictures of several sizes and the sensor data.

use std::ops::Range;

use super::{Contents, piece};
use crate::imaging::tiff::Tiff;
use crate::imaging::{ImagingError, exif};

/// Directories that are looked at; cameras write up to eight.
const MOST_DIRECTORIES: usize = 32;
/// Entries of all of them together.
const MOST_ENTRIES: usize = 1 << 13;
/// Strips or tiles of one directory.
const MOST_PARTS: usize = 1 << 16;
/// Directories below one.
const MOST_BELOW: u32 = 8;
/// How much of the file is read for what the camera said: it stands before the pictures. More is read only where it does not.
const HEAD: usize = 1 << 22;

const SUBFILE: u16 = 254;
const COMPRESSION: u16 = 259;
const PHOTOMETRIC: u16 = 262;
const STRIPS: u16 = 273;
const STRIP_LENGTHS: u16 = 279;
const TILES: u16 = 324;
const TILE_LENGTHS: u16 = 325;
const BELOW: u16 = 330;
const JPEG_START: u16 = 0x201;
const JPEG_LENGTH: u16 = 0x202;
const DNG_VERSION: u16 = 0xc612;

/// Colour filter array, and sensor data that were interpolated (DNG 1.7).
const OF_SENSORS: [u32; 2] = [32_803, 34_892];
/// JPEG in a strip, by both editions of TIFF.
const JPEG_STRIP: [u32; 2] = [6, 7];

/// Whether the first directory is that of a raw file: a reduced picture comes first, or sensor data do.
pub(super) fn is_raw(bytes: &[u8]) -> bool {
    if !(bytes.starts_with(b"II*\0") || bytes.starts_with(b"MM\0*")) {
        return false;
    }
    if bytes.get(8..10) == Some(b"CR") {
        return true;
    }
    let tiff = Tiff::new(bytes);
    let Ok(at) = tiff.u32(4) else { return false };
    let Ok(count) = tiff.u16(at as usize) else { return false };
    (0..usize::from(count)).map(|i| at as usize + 2 + 12 * i).any(|entry| {
        let value = || tiff.u32(entry.saturating_add(8)).unwrap_or(0);
        match tiff.u16(entry) {
            Ok(SUBFILE) => value() & 1 == 1,
            Ok(DNG_VERSION) => true,
            Ok(PHOTOMETRIC) => number(&tiff, entry).is_ok_and(|n| OF_SENSORS.contains(&n)),
            _ => false,
        }
    })
}

/// Walks every directory. What one says lies in the file has to lie there; a chain that leads nowhere just ends, as some
/// cameras write it.
pub(super) fn read(bytes: &[u8]) -> Result<Contents, ImagingError> {
    let tiff = Tiff::new(bytes);
    let mut contents = Contents::default();
    let (mut entries, mut seen) = (0, Vec::new());
    let mut pending = vec![tiff.u32(4)? as usize];
    while let Some(at) = pending.pop() {
        if seen.contains(&at) {
            continue;
        }
        if seen.len() == MOST_DIRECTORIES {
            return Err(ImagingError::Damaged);
        }
        seen.push(at);
        let directory = Directory::read(&tiff, at, &mut entries)?;
        contents.pictures.extend(directory.picture(&tiff, bytes)?);
        pending.extend(directory.below);
        pending.extend(directory.next.filter(|next| *next < bytes.len()));
    }
    let head = exif::read_block(bytes.get(..HEAD).unwrap_or(bytes));
    let is_enough = head.facts.time_text.is_some() || bytes.len() <= HEAD;
    contents.capture = Some(if is_enough { head } else { exif::read_block(bytes) });
    Ok(contents)
}

/// What is wanted of a directory.
#[derive(Default)]
struct Directory {
    /// Entries that name the places of strips or tiles, and of their lengths.
    parts: Option<usize>,
    lengths: Option<usize>,
    compression: u32,
    jpeg: (Option<u32>, Option<u32>),
    below: Vec<usize>,
    next: Option<usize>,
}

impl Directory {
    fn read(tiff: &Tiff<'_>, at: usize, entries: &mut usize) -> Result<Self, ImagingError> {
        let count = usize::from(tiff.u16(at)?);
        *entries += count;
        if *entries > MOST_ENTRIES {
            return Err(ImagingError::Damaged);
        }
        let mut out = Self::default();
        for entry in (0..count).map(|i| at + 2 + 12 * i) {
            match tiff.u16(entry)? {
                STRIPS | TILES => out.parts = Some(entry),
                STRIP_LENGTHS | TILE_LENGTHS => out.lengths = Some(entry),
                COMPRESSION => out.compression = number(tiff, entry)?,
                JPEG_START => out.jpeg.0 = Some(number(tiff, entry)?),
                JPEG_LENGTH => out.jpeg.1 = Some(number(tiff, entry)?),
                // Written as LONG or as IFD, which is a LONG by another name.
                BELOW => {
                    let count = tiff.u32(entry + 4)?;
                    let start = if count == 1 { entry + 8 } else { tiff.u32(entry + 8)? as usize };
                    for i in 0..count.min(MOST_BELOW) as usize {
                        out.below.push(tiff.u32(start.saturating_add(4 * i))? as usize);
                    }
                }
                _ => {}
            }
        }
        out.next = tiff.u32(at + 2 + 12 * count).ok().filter(|next| *next != 0).map(|next| next as usize);
        Ok(out)
    }

    /// The JPEG of this directory, where it has one: by the two tags of its own, or as the only strip. Every strip and tile
    /// has to lie in the file.
    fn picture(&self, tiff: &Tiff<'_>, bytes: &[u8]) -> Result<Option<Range<usize>>, ImagingError> {
        let parts = self.parts(tiff, bytes)?;
        if let (Some(start), Some(length)) = self.jpeg {
            return piece(bytes, start.into(), length.into()).map(Some);
        }
        match parts.as_slice() {
            [only] if JPEG_STRIP.contains(&self.compression) => Ok(Some(only.clone())),
            _ => Ok(None),
        }
    }

    fn parts(&self, tiff: &Tiff<'_>, bytes: &[u8]) -> Result<Vec<Range<usize>>, ImagingError> {
        let (Some(parts), Some(lengths)) = (self.parts, self.lengths) else { return Ok(Vec::new()) };
        let (count, of_lengths) = (tiff.u32(parts + 4)? as usize, tiff.u32(lengths + 4)? as usize);
        if count != of_lengths || count > MOST_PARTS {
            return Err(ImagingError::Damaged);
        }
        let places = tiff.numbers(parts)?.into_iter().zip(tiff.numbers(lengths)?);
        places.map(|(start, length)| piece(bytes, start as u64, length as u64)).collect()
    }
}

/// The one SHORT or LONG of an entry.
fn number(tiff: &Tiff<'_>, entry: usize) -> Result<u32, ImagingError> {
    match (tiff.u16(entry + 2)?, tiff.u32(entry + 4)?) {
        (3, 1) => tiff.u16(entry + 8).map(u32::from),
        (4, 1) => tiff.u32(entry + 8),
        _ => Err(ImagingError::Damaged),
    }
}
