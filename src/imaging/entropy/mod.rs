//! Whether every block of a JPEG is in the file (ITU-T T.81, annexes F.2 and G), walked without making a pixel.
//!
//! A decoder fills what it cannot read with grey and only warns; its warnings do not say whether a pixel was touched. This
//! walk does, in the time of a slow decode, so it is asked of progressive files, which cameras do not write, and of those
//! that the decoder warned about. Damage behind which the codes fall into step again at once is seen by nobody.

mod block;
mod code;

use super::ImagingError;
use super::segments::{FrameHeader, Jpeg};
use block::{Kind, Known};
use code::{Bits, Table};

/// Bytes behind the last block of a scan that a camera may have left there; more of them is picture data that no block used.
const MOST_STRAY: usize = 64;
/// Define Huffman tables.
const DHT: u8 = 0xc4;
/// Define restart interval.
const DRI: u8 = 0xdd;
/// Start of scan.
const SOS: u8 = 0xda;
/// Start of a progressive frame.
const PROGRESSIVE: u8 = 0xc2;

/// Tables and interval in force, as the segments before a scan set them.
#[derive(Default)]
struct State {
    dc: [Option<Table>; 4],
    ac: [Option<Table>; 4],
    interval: usize,
}

/// A component of the frame.
struct Component {
    /// Its number.
    id: u8,
    /// Blocks of it in a unit of all components, across and down.
    across: usize,
    down: usize,
    /// Coefficients of each block that are not zero, as far as the scans of a progressive frame said.
    coefficients: Vec<u64>,
}

/// What a scan holds.
struct Scan {
    kind: Kind,
    /// Units between its beginning and its end.
    units: usize,
    parts: Vec<Part>,
}

/// A component of a scan: its place in the frame, its tables, and its blocks in each unit.
struct Part {
    component: usize,
    dc: u8,
    ac: u8,
    blocks: usize,
}

/// Walks every scan. `Ok` when each block is there, and then whether a few bytes are that belong to none.
pub(super) fn walk(jpeg: &Jpeg<'_>, frame: FrameHeader) -> Result<bool, ImagingError> {
    if !matches!(frame.marker, 0xc0 | 0xc1 | PROGRESSIVE) {
        return Err(ImagingError::Damaged);
    }
    let mut components = components(jpeg, frame)?;
    let (mut state, mut scans, mut stray) = (State::default(), jpeg.scans.iter(), false);
    for segment in &jpeg.segments {
        match segment.marker {
            DHT => define_tables(&mut state, segment.payload)?,
            DRI => state.interval = interval(segment.payload)?,
            SOS => {
                let data = scans.next().ok_or(ImagingError::Truncated)?;
                let scan = scan(&components, frame, segment.payload)?;
                stray |= walk_scan(&scan, &mut components, &state, data)?;
            }
            _ => {}
        }
    }
    Ok(stray)
}

fn interval(payload: &[u8]) -> Result<usize, ImagingError> {
    let bytes = payload.first_chunk().ok_or(ImagingError::Damaged)?;
    Ok(usize::from(u16::from_be_bytes(*bytes)))
}

fn components(jpeg: &Jpeg<'_>, frame: FrameHeader) -> Result<Vec<Component>, ImagingError> {
    let header = jpeg.segments.iter().find(|s| s.marker == frame.marker).ok_or(ImagingError::Damaged)?;
    let listed = header.payload.get(6..6 + 3 * usize::from(frame.components)).ok_or(ImagingError::Damaged)?;
    let component = |&[id, sampling, _]: &[u8; 3]| Component {
        id,
        across: usize::from(sampling >> 4),
        down: usize::from(sampling & 15),
        coefficients: Vec::new(),
    };
    let all: Vec<Component> = listed.as_chunks().0.iter().map(component).collect();
    let fits = |c: &Component| (1..=4).contains(&c.across) && (1..=4).contains(&c.down);
    if all.iter().all(fits) { Ok(all) } else { Err(ImagingError::Damaged) }
}

fn define_tables(state: &mut State, mut payload: &[u8]) -> Result<(), ImagingError> {
    while let Some((&head, rest)) = payload.split_first() {
        let (table, rest) = Table::read(rest)?;
        let kind = if head >> 4 == 0 { &mut state.dc } else { &mut state.ac };
        *kind.get_mut(usize::from(head & 15)).ok_or(ImagingError::Damaged)? = Some(table);
        payload = rest;
    }
    Ok(())
}

/// The header of a scan (T.81, B.2.3).
fn scan(components: &[Component], frame: FrameHeader, header: &[u8]) -> Result<Scan, ImagingError> {
    let count = usize::from(*header.first().ok_or(ImagingError::Damaged)?);
    let named = header.get(1..1 + 2 * count).ok_or(ImagingError::Damaged)?;
    let Some(&[from, to, steps]) = header.get(1 + 2 * count..).and_then(<[u8]>::first_chunk) else {
        return Err(ImagingError::Damaged);
    };
    let kind = match (frame.marker, from, steps >> 4) {
        (PROGRESSIVE, 0, 0) => Kind::FirstDc,
        (PROGRESSIVE, 0, _) => Kind::NextDc,
        (PROGRESSIVE, 1..=63, step) if to <= 63 && count == 1 => {
            if step == 0 {
                Kind::FirstAc(from, to)
            } else {
                Kind::NextAc(from, to)
            }
        }
        (PROGRESSIVE, ..) => return Err(ImagingError::Damaged),
        // Some cameras write a band here that no decoder looks at.
        _ => Kind::Sequential,
    };
    let most = |of: fn(&Component) -> usize| components.iter().map(of).max().unwrap_or(1);
    let (widest, highest) = (most(|c| c.across), most(|c| c.down));
    let (width, height) = (usize::from(frame.width), usize::from(frame.height));
    let mut units = width.div_ceil(8 * widest) * height.div_ceil(8 * highest);
    let mut parts = Vec::with_capacity(count);
    for &[id, tables] in named.as_chunks().0 {
        let component = components.iter().position(|c| c.id == id).ok_or(ImagingError::Damaged)?;
        let Component { across, down, .. } = components[component];
        // Alone a component has one block in each unit, and only the units that its own size needs (A.2.2).
        let own = |size: usize, factor: usize, most: usize| (size * factor).div_ceil(most).div_ceil(8);
        let blocks = if count == 1 { 1 } else { across * down };
        if count == 1 {
            units = own(width, across, widest) * own(height, down, highest);
        }
        parts.push(Part { component, dc: tables >> 4, ac: tables & 15, blocks });
    }
    Ok(Scan { kind, units, parts })
}

/// Walks the units of a scan; with an interval, each piece between two restart markers has as many.
fn walk_scan(scan: &Scan, components: &mut [Component], state: &State, data: &[u8]) -> Result<bool, ImagingError> {
    if let (Kind::FirstAc(..) | Kind::NextAc(..), [part]) = (scan.kind, scan.parts.as_slice()) {
        components[part.component].coefficients.resize(scan.units, 0);
    }
    let pieces = pieces(data);
    let each = if state.interval == 0 { scan.units } else { state.interval };
    if pieces.len() != scan.units.div_ceil(each.max(1)) {
        return Err(ImagingError::Damaged);
    }
    let mut stray = false;
    for (i, &(marker, piece)) in pieces.iter().enumerate() {
        // Restart markers count from 0 to 7 and again; the first piece has none before it.
        if i > 0 && usize::from(marker) != (i - 1) % 8 {
            return Err(ImagingError::Damaged);
        }
        let (mut bits, mut run) = (Bits::new(piece), 0);
        for unit in i * each..scan.units.min((i + 1) * each) {
            for part in &scan.parts {
                walk_unit(scan.kind, part, &mut components[part.component], state, (unit, &mut run), &mut bits)?;
            }
        }
        // Blocks with nothing new in them are counted: no encoder counts more than there are.
        if run > 0 {
            return Err(ImagingError::Damaged);
        }
        stray |= leftover(bits.rest())?;
    }
    Ok(stray)
}

/// The blocks of one component in one unit.
fn walk_unit(
    kind: Kind,
    part: &Part,
    component: &mut Component,
    state: &State,
    (unit, run): (usize, &mut u32),
    bits: &mut Bits<'_>,
) -> Result<(), ImagingError> {
    let dc = state.dc.get(usize::from(part.dc)).and_then(Option::as_ref);
    let ac = state.ac.get(usize::from(part.ac)).and_then(Option::as_ref);
    let mut unused = 0;
    let coefficients = component.coefficients.get_mut(unit).unwrap_or(&mut unused);
    let mut known = Known { dc, ac, run, coefficients };
    (0..part.blocks).try_for_each(|_| block::read(kind, &mut known, bits))
}

/// The pieces of a scan's data between restart markers, each with the number of the marker before it.
fn pieces(data: &[u8]) -> Vec<(u8, &[u8])> {
    let (mut pieces, mut number, mut start, mut at) = (Vec::new(), 0, 0, 0);
    while let Some(pair) = data.get(at..at + 2) {
        match *pair {
            [0xff, marker @ 0xd0..=0xd7] => {
                pieces.push((number, &data[start..at]));
                (number, start) = (marker - 0xd0, at + 2);
                at = start;
            }
            [0xff, 0] => at += 2,
            _ => at += 1,
        }
    }
    pieces.push((number, data.get(start..).unwrap_or_default()));
    pieces
}

/// Whether what follows the last block belongs to none: a little, or padding of any length.
fn leftover(rest: &[u8]) -> Result<bool, ImagingError> {
    let is_padding = rest.windows(2).all(|pair| pair[0] == pair[1]);
    if is_padding || rest.len() <= MOST_STRAY { Ok(!rest.is_empty()) } else { Err(ImagingError::Damaged) }
}

#[cfg(test)]
mod tests {
    use super::super::segments;
    use super::*;
    use crate::geom::Size;
    use crate::imaging::{Encoding, Picture, encode_jpeg_as};

    const BOTH: [Encoding; 2] = [Encoding::Preview, Encoding::Export];

    /// A JPEG with structure in every block; of the export kind a progressive one.
    fn jpeg(encoding: Encoding) -> Vec<u8> {
        let size = Size::new(161, 97);
        let value = |i: u32, k: u32| (i.wrapping_mul(2_654_435_761) >> (8 + k) & 0x7f) as u8 + (i / 161) as u8;
        let rgba = (0..161 * 97).flat_map(|i| [value(i, 0), value(i, 3), value(i, 6), 255]).collect();
        encode_jpeg_as(&Picture::from_rgba(size, rgba).expect("a picture"), 80, encoding).expect("encoded")
    }

    fn walked(bytes: &[u8]) -> Result<bool, ImagingError> {
        let jpeg = segments::walk(bytes)?;
        walk(&jpeg, jpeg.frame()?)
    }

    /// The same with bytes put before its end.
    fn with(whole: &[u8], extra: &[u8]) -> Vec<u8> {
        [&whole[..whole.len() - 2], extra, &[0xff, 0xd9]].concat()
    }

    #[test]
    fn a_whole_file_is_whole_and_what_a_camera_leaves_behind_its_data_is_said() {
        let other: Vec<u8> = (0..=MOST_STRAY as u8).collect();
        for encoding in BOTH {
            let whole = jpeg(encoding);
            assert_eq!(walked(&whole), Ok(false), "{encoding:?}");
            assert_eq!(walked(&with(&whole, &[7])), Ok(true), "{encoding:?}");
            assert_eq!(walked(&with(&whole, &[0; 5000])), Ok(true), "{encoding:?}: padding");
            assert_eq!(walked(&with(&whole, &other[..MOST_STRAY])), Ok(true), "{encoding:?}");
            assert_eq!(walked(&with(&whole, &other)), Err(ImagingError::Damaged), "{encoding:?}: data no block used");
        }
    }

    #[test]
    fn data_that_ends_early_and_has_an_end_marker_put_behind_it_is_not_whole() {
        let whole = jpeg(Encoding::Preview);
        for percent in [30, 60, 90, 99] {
            let cut = [&whole[..whole.len() * percent / 100], &[0xff, 0xd9]].concat();
            assert_eq!(walked(&cut), Err(ImagingError::Truncated), "{percent} %");
        }
    }

    #[test]
    fn bytes_that_are_no_scan_are_an_error_and_nothing_else() {
        for encoding in BOTH {
            let whole = jpeg(encoding);
            for at in (2..whole.len()).step_by(7) {
                let mut bad = whole.clone();
                bad[at] ^= [0x01, 0x80, 0xff][at % 3];
                let _ = walked(&bad);
            }
        }
    }

    #[test]
    fn pieces_are_told_by_their_markers_and_not_by_stuffed_bytes() {
        let data = [1, 0xff, 0, 2, 0xff, 0xd0, 3, 0xff, 0xd1];
        let expected: [(u8, &[u8]); 3] = [(0, &[1, 0xff, 0, 2]), (0, &[3]), (1, &[])];
        assert_eq!(pieces(&data), expected);
    }
}
