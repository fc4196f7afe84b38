//! CR3 of Canon: boxes (ISO/IEC 14496-12), with pictures in boxes of Canon's own and in a track.
//! After <https://github.com/lclevy/canon_cr3>.

use std::ops::Range;

use super::{Contents, piece, u32_at};
use crate::imaging::{ImagingError, exif};

/// Boxes that are looked at; cameras write some hundred.
const MOST_BOXES: usize = 1 << 12;
/// Boxes of a track within one another: `mdia`, `minf` and `stbl`.
const DEEPEST: usize = 3;
/// What the camera said, and a thumbnail.
const FACTS: [u8; 16] =
    [0x85, 0xc0, 0xb6, 0x87, 0x82, 0x0f, 0x11, 0xe0, 0x81, 0x11, 0xf4, 0xce, 0x46, 0x2b, 0x6a, 0x48];
/// A picture of the size of a screen.
const PREVIEW: [u8; 16] =
    [0xea, 0xf4, 0x2b, 0x5e, 0x1c, 0x98, 0x4b, 0x88, 0xb9, 0xfb, 0xb7, 0xdc, 0x40, 0x6e, 0x4d, 0x16];
/// Bytes that stand between the name of the preview's box and the box in it.
const BEFORE_PREVIEW: usize = 8;
/// Bytes before the JPEG of a thumbnail or preview box: sizes, and a number whose meaning is not known.
const BEFORE_JPEG: usize = 16;

pub(super) fn is_cr3(bytes: &[u8]) -> bool {
    bytes.get(4..8) == Some(b"ftyp") && bytes.get(8..12) == Some(b"crx ")
}

pub(super) fn read(bytes: &[u8]) -> Result<Contents, ImagingError> {
    let mut walk = Walk { bytes, boxes: 0, contents: Contents::default(), main: None, details: None };
    walk.level(0..bytes.len(), &mut |walk, kind, inside| match &kind {
        b"moov" => walk.level(inside, &mut Walk::movie),
        b"uuid" if walk.is_named(&inside, &PREVIEW) => {
            let from = (inside.start + PREVIEW.len() + BEFORE_PREVIEW).min(inside.end);
            walk.level(from..inside.end, &mut |walk, kind, inside| {
                walk.picture(kind, inside);
                Ok(())
            })
        }
        _ => Ok(()),
    })?;
    let block = |range: Option<Range<usize>>| range.and_then(|range| bytes.get(range)).unwrap_or_default();
    walk.contents.capture = Some(exif::read_blocks(block(walk.main), block(walk.details)));
    Ok(walk.contents)
}

struct Walk<'a> {
    bytes: &'a [u8],
    boxes: usize,
    contents: Contents,
    /// The TIFF blocks with the main facts and with those of the exposure.
    main: Option<Range<usize>>,
    details: Option<Range<usize>>,
}

type Visit<'v, 'a> = &'v mut dyn FnMut(&mut Walk<'a>, [u8; 4], Range<usize>) -> Result<(), ImagingError>;

impl<'a> Walk<'a> {
    /// Visits the boxes of `range`, which have to fill it.
    fn level(&mut self, range: Range<usize>, visit: Visit<'_, 'a>) -> Result<(), ImagingError> {
        let mut at = range.start;
        while at < range.end {
            self.boxes += 1;
            if self.boxes > MOST_BOXES {
                return Err(ImagingError::Damaged);
            }
            let inside = self.bytes.get(at..range.end).ok_or(ImagingError::Truncated)?;
            let kind = inside.get(4..).and_then(<[u8]>::first_chunk).copied().ok_or(ImagingError::Truncated)?;
            let (head, length) = match u32_at(inside, 0)? {
                0 => (8, inside.len() as u64),
                1 => (16, u64::from(u32_at(inside, 8)?) << 32 | u64::from(u32_at(inside, 12)?)),
                length => (8, u64::from(length)),
            };
            if length < head {
                return Err(ImagingError::Damaged);
            }
            let whole = piece(self.bytes, at as u64, length)?;
            if whole.end > range.end {
                return Err(ImagingError::Damaged);
            }
            at = whole.end;
            visit(self, kind, whole.start + head as usize..whole.end)?;
        }
        Ok(())
    }

    fn is_named(&self, inside: &Range<usize>, name: &[u8]) -> bool {
        self.bytes.get(inside.clone()).is_some_and(|inside| inside.starts_with(name))
    }

    fn movie(&mut self, kind: [u8; 4], inside: Range<usize>) -> Result<(), ImagingError> {
        match &kind {
            b"uuid" if self.is_named(&inside, &FACTS) => {
                self.level(inside.start + FACTS.len()..inside.end, &mut |walk, kind, inside| {
                    match &kind {
                        b"CMT1" => walk.main = Some(inside),
                        b"CMT2" => walk.details = Some(inside),
                        b"THMB" => walk.picture(kind, inside),
                        _ => {}
                    }
                    Ok(())
                })
            }
            b"trak" => {
                let (mut start, mut length) = (None, None);
                self.track(inside, 0, &mut start, &mut length)?;
                if let (Some(start), Some(length)) = (start, length) {
                    self.contents.pictures.push(piece(self.bytes, start, length)?);
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Where the only sample of a track lies.
    fn track(
        &mut self,
        inside: Range<usize>,
        depth: usize,
        start: &mut Option<u64>,
        length: &mut Option<u64>,
    ) -> Result<(), ImagingError> {
        // One box within the other, as many as there are names for: more is no camera's work.
        if depth > DEEPEST {
            return Err(ImagingError::Damaged);
        }
        self.level(inside, &mut |walk, kind, inside| {
            let number = |at: usize| u32_at(walk.bytes, inside.start + at).map(u64::from);
            match &kind {
                b"mdia" | b"minf" | b"stbl" => walk.track(inside, depth + 1, start, length),
                // Version, the size of all samples or 0, their number, each size.
                b"stsz" => {
                    let same = number(4)?;
                    *length = Some(if same == 0 { number(12)? } else { same });
                    Ok(())
                }
                b"stco" => {
                    *start = Some(number(8)?);
                    Ok(())
                }
                b"co64" => {
                    *start = Some(number(8)? << 32 | number(12)?);
                    Ok(())
                }
                _ => Ok(()),
            }
        })
    }

    fn picture(&mut self, kind: [u8; 4], inside: Range<usize>) {
        if matches!(&kind, b"THMB" | b"PRVW") && inside.len() > BEFORE_JPEG {
            self.contents.pictures.push(inside.start + BEFORE_JPEG..inside.end);
        }
    }
}
