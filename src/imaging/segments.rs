//! The segments of a JPEG file, walked to its real end without decoding a pixel.
//!
//! ITU-T T.81 annex B. Decoders fill what is missing with grey and call it a success, so the end of the data is looked
//! for here. Bytes after the end are allowed: phones append depth maps and second pictures there.

use super::ImagingError;

/// Start of image.
const SOI: u8 = 0xd8;
/// End of image.
const EOI: u8 = 0xd9;
/// Start of scan.
const SOS: u8 = 0xda;
/// Scans a real encoder never reaches; a file with more is made to keep a decoder busy.
const MOST_SCANS: usize = 256;

/// Bytes before a marker that may belong to nothing.
const MOST_STRAY: usize = 16;

/// One marker segment: the marker's second byte and the payload without the length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment<'a> {
    /// 0xe1 for APP1 and so on.
    pub marker: u8,
    /// What follows the two length bytes.
    pub payload: &'a [u8],
}

/// A JPEG's segments up to the end of the picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jpeg<'a> {
    /// All segments that have a length, in order of the file.
    pub segments: Vec<Segment<'a>>,
    /// The entropy-coded data of each scan, in the order of their headers.
    pub scans: Vec<&'a [u8]>,
    /// Whether bytes that belong to nothing lie between segments.
    pub stray: bool,
    /// Offset behind the end-of-image marker.
    pub end: usize,
}

/// The frame header (`SOFn`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameHeader {
    /// The marker: 0xc0 baseline, 0xc1 extended, 0xc2 progressive and so on.
    pub marker: u8,
    /// Bits a sample.
    pub precision: u8,
    /// Columns as stored.
    pub width: u16,
    /// Rows as stored.
    pub height: u16,
    /// 1 grey, 3 colour, 4 CMYK.
    pub components: u8,
}

fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc)
}

impl FrameHeader {
    fn read(segment: &Segment<'_>) -> Result<Self, ImagingError> {
        match *segment.payload {
            [precision, h1, h0, w1, w0, components, ..] => Ok(Self {
                marker: segment.marker,
                precision,
                width: u16::from_be_bytes([w1, w0]),
                height: u16::from_be_bytes([h1, h0]),
                components,
            }),
            _ => Err(ImagingError::Damaged),
        }
    }
}

/// The first frame header, read without looking at what follows it.
pub(super) fn first_frame(bytes: &[u8]) -> Result<FrameHeader, ImagingError> {
    if !bytes.starts_with(&[0xff, SOI]) {
        return Err(ImagingError::NotAPicture);
    }
    let mut at = 2;
    loop {
        let (marker, after) = next_marker(bytes, at)?;
        match marker {
            EOI | SOS => return Err(ImagingError::Damaged),
            0x01 | 0xd0..=SOI => at = after,
            _ => {
                let (segment, end) = segment(bytes, marker, after)?;
                if is_frame(marker) {
                    return FrameHeader::read(&segment);
                }
                at = end;
            }
        }
    }
}

/// The segment of a marker whose length stands at `after`, and the offset behind it.
fn segment(bytes: &[u8], marker: u8, after: usize) -> Result<(Segment<'_>, usize), ImagingError> {
    let length = bytes.get(after..after + 2).ok_or(ImagingError::Truncated)?;
    let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
    if length < 2 {
        return Err(ImagingError::Damaged);
    }
    let payload = bytes.get(after + 2..after + length).ok_or(ImagingError::Truncated)?;
    Ok((Segment { marker, payload }, after + length))
}

/// Walks `bytes` from start to end of image. A few bytes that belong to nothing may lie before a marker: some cameras leave
/// them there, and every decoder passes over them.
pub fn walk(bytes: &[u8]) -> Result<Jpeg<'_>, ImagingError> {
    if !bytes.starts_with(&[0xff, SOI]) {
        return Err(ImagingError::NotAPicture);
    }
    let (mut segments, mut scans, mut stray) = (Vec::new(), Vec::new(), false);
    let mut at = 2;
    loop {
        let marked = past_stray(bytes, at);
        stray |= marked > at;
        let (marker, after) = next_marker(bytes, marked)?;
        match marker {
            EOI if scans.is_empty() => return Err(ImagingError::Damaged),
            EOI => return Ok(Jpeg { segments, scans, stray, end: after }),
            // Markers without a length: TEM, a stray RSTn, a repeated SOI.
            0x01 | 0xd0..=SOI => at = after,
            _ => {
                let (segment, end) = segment(bytes, marker, after)?;
                segments.push(segment);
                at = end;
                if marker == SOS {
                    at = end_of_entropy_data(bytes, end)?;
                    scans.push(bytes.get(end..at).unwrap_or_default());
                    if scans.len() > MOST_SCANS {
                        return Err(ImagingError::Damaged);
                    }
                }
            }
        }
    }
}

/// The offset of the next marker, where it is only a few bytes behind `at`; else `at`.
fn past_stray(bytes: &[u8], at: usize) -> usize {
    let near = bytes.get(at..bytes.len().min(at.saturating_add(MOST_STRAY))).unwrap_or_default();
    let is_marker = |pair: &[u8]| pair[0] == 0xff && pair[1] != 0;
    near.windows(2).position(is_marker).map_or(at, |stray| at + stray)
}

/// The marker at `at`, after fill bytes, and the offset behind it.
fn next_marker(bytes: &[u8], at: usize) -> Result<(u8, usize), ImagingError> {
    let rest = bytes.get(at..).unwrap_or_default();
    match rest.first() {
        None => return Err(ImagingError::Truncated),
        Some(0xff) => {}
        Some(_) => return Err(ImagingError::Damaged),
    }
    let fill = rest.iter().position(|&b| b != 0xff).ok_or(ImagingError::Truncated)?;
    match rest[fill] {
        0 => Err(ImagingError::Damaged),
        marker => Ok((marker, at + fill + 1)),
    }
}

/// Offset of the first marker that is neither a stuffed zero nor a restart.
fn end_of_entropy_data(bytes: &[u8], mut at: usize) -> Result<usize, ImagingError> {
    loop {
        let rest = bytes.get(at..).ok_or(ImagingError::Truncated)?;
        at += rest.iter().position(|&b| b == 0xff).ok_or(ImagingError::Truncated)?;
        match bytes.get(at + 1) {
            None => return Err(ImagingError::Truncated),
            Some(0 | 0xd0..=0xd7) => at += 2,
            Some(0xff) => at += 1,
            Some(_) => return Ok(at),
        }
    }
}

impl<'a> Jpeg<'a> {
    /// The first frame header.
    pub fn frame(&self) -> Result<FrameHeader, ImagingError> {
        let segment = self.segments.iter().find(|s| is_frame(s.marker)).ok_or(ImagingError::Damaged)?;
        FrameHeader::read(segment)
    }

    /// The TIFF block of the first EXIF segment.
    #[must_use]
    pub fn exif(&self) -> Option<&'a [u8]> {
        self.segments.iter().find_map(|s| (s.marker == 0xe1).then(|| s.payload.strip_prefix(b"Exif\0\0"))?)
    }

    /// The ICC profile put together from its chunks (ICC.1 annex B.4); `None` when there is none or a chunk is missing.
    #[must_use]
    pub fn icc(&self) -> Option<Vec<u8>> {
        let mut chunks: Vec<(u8, u8, &[u8])> = self
            .segments
            .iter()
            .filter(|s| s.marker == 0xe2)
            .filter_map(|s| match s.payload.strip_prefix(b"ICC_PROFILE\0")? {
                [number, count, data @ ..] => Some((*number, *count, data)),
                _ => None,
            })
            .collect();
        chunks.sort_by_key(|c| c.0);
        let count = usize::from(chunks.first()?.1);
        let whole = chunks.len() == count && chunks.iter().enumerate().all(|(i, c)| usize::from(c.0) == i + 1);
        whole.then(|| chunks.iter().flat_map(|c| c.2).copied().collect())
    }

    /// Whether an Adobe segment is there: its CMYK is stored inverted.
    #[must_use]
    pub fn has_adobe_marker(&self) -> bool {
        self.segments.iter().any(|s| s.marker == 0xee && s.payload.starts_with(b"Adobe"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SOI, a one-component frame header, a scan header, data with a stuffed byte and a restart, EOI.
    const SMALL: &[u8] = &[
        0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0, 16, 0, 24, 1, 1, 0x11, 0, 0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 1, 0xff, 0,
        2, 0xff, 0xd0, 3, 0xff, 0xd9,
    ];

    #[test]
    fn the_walk_ends_behind_the_end_of_image() {
        let mut bytes = SMALL.to_vec();
        bytes.extend_from_slice(b"appended");
        let jpeg = walk(&bytes).expect("a whole JPEG");
        assert_eq!(jpeg.end, SMALL.len());
        let frame = jpeg.frame().expect("a frame header");
        assert_eq!((frame.width, frame.height, frame.components), (24, 16, 1));
        assert_eq!((jpeg.scans.as_slice(), jpeg.stray), (&[&[1, 0xff, 0, 2, 0xff, 0xd0, 3][..]][..], false));
    }

    #[test]
    fn a_few_bytes_before_a_marker_are_passed_over_and_many_are_not() {
        for at in [2, 15] {
            let with = |n: usize| [&SMALL[..at], &vec![7; n], &SMALL[at..]].concat();
            assert!(walk(&with(3)).is_ok_and(|jpeg| jpeg.stray), "before byte {at}");
            assert_eq!(walk(&with(MOST_STRAY)), Err(ImagingError::Damaged), "before byte {at}");
        }
    }

    #[test]
    fn every_cut_is_noticed() {
        for length in 2..SMALL.len() {
            assert_eq!(walk(&SMALL[..length]), Err(ImagingError::Truncated), "cut at {length}");
        }
    }

    #[test]
    fn an_incomplete_colour_profile_is_none() {
        let chunk = |n: u8| [b"ICC_PROFILE\0", &[n, 2][..], &[n; 3]].concat();
        let (one, two) = (chunk(1), chunk(2));
        let jpeg = |payloads: &[&'static [u8]]| Jpeg {
            segments: payloads.iter().map(|p| Segment { marker: 0xe2, payload: p }).collect(),
            scans: Vec::new(),
            stray: false,
            end: 0,
        };
        let (one, two): (&'static [u8], &'static [u8]) = (one.leak(), two.leak());
        assert_eq!(jpeg(&[two, one]).icc(), Some(vec![1, 1, 1, 2, 2, 2]));
        assert_eq!(jpeg(&[one]).icc(), None);
    }
}
