//! JPEGs that decoders call fine and are not, JPEGs that are fine and look odd, and files made to keep a computer busy.

use std::time::{Duration, Instant};

use diptych::geom::Size;
use diptych::imaging::{Detail, Encoding, ImagingError, decode, decode_noting, encode_jpeg_as, inspect, segments};
use diptych::import::{Refusal, scan};
use diptych::progress::Progress;

use crate::support::{painted, skin, with_segment};

const SIZE: Size = Size::new(640, 480);
/// 160 × 96 pixels, written by libjpeg-turbo with a restart marker every seven units.
const RESTARTS: &[u8] = include_bytes!("../data/restart.jpg");

/// Skin with something in every block.
fn jpeg(encoding: Encoding) -> Vec<u8> {
    let rough = |p: diptych::geom::Point| {
        let grain = (p.x * 12.9898 + p.y * 78.233).sin() * 43_758.547;
        skin(p).map(|v| v.saturating_add((grain.fract().abs() * 12.0) as u8))
    };
    encode_jpeg_as(&painted(SIZE, rough), 90, encoding).expect("encoded")
}

/// Where the data of the scans begin and end.
fn scans(bytes: &[u8]) -> Vec<std::ops::Range<usize>> {
    let jpeg = segments::walk(bytes).expect("a JPEG");
    let start = |scan: &[u8]| scan.as_ptr() as usize - bytes.as_ptr() as usize;
    jpeg.scans.iter().map(|scan| start(scan)..start(scan) + scan.len()).collect()
}

/// The scan with the most data.
fn longest(bytes: &[u8]) -> std::ops::Range<usize> {
    scans(bytes).into_iter().max_by_key(ExactSizeIterator::len).expect("a scan")
}

fn inserted(bytes: &[u8], at: usize, extra: &[u8]) -> Vec<u8> {
    [&bytes[..at], extra, &bytes[at..]].concat()
}

/// How many of five holes of zeros in a scan are taken for a picture.
fn missed(encoding: Encoding) -> usize {
    let whole = jpeg(encoding);
    let scan = longest(&whole);
    let is_missed = |&(percent, length): &(usize, usize)| {
        let at = scan.start + scan.len() * percent / 100;
        let mut bad = whole.clone();
        bad[at..(at + length).min(scan.end)].fill(0);
        assert!(inspect(&bad).is_ok(), "the segments are whole");
        let [full, small] = [Detail::Full, Detail::AtLeast(100)].map(|detail| decode(&bad, detail).is_ok());
        assert_eq!(full, small, "{length} zeros at {percent} % of {encoding:?}");
        full
    };
    [(10, 512), (40, 512), (40, 4096), (70, 512), (90, 600)].iter().filter(|hole| is_missed(hole)).count()
}

#[test]
fn data_zeroed_in_the_middle_of_a_scan_are_found() {
    assert_eq!(missed(Encoding::Preview), 0);
    // In a progressive one the codes may fall into step again behind a hole, and then nobody can tell.
    assert!(missed(Encoding::Export) <= 1);
}

#[test]
fn a_scan_cut_short_with_an_end_put_behind_it_is_found() {
    for encoding in [Encoding::Preview, Encoding::Export] {
        let whole = jpeg(encoding);
        let scan = longest(&whole);
        for percent in (5..100).step_by(5) {
            let mut end = scan.start + scan.len() * percent / 100;
            // Not in the middle of a byte and its stuffed zero.
            end -= usize::from(whole[end - 1] == 0xff);
            let cut = [&whole[..end], &[0xff, 0xd9]].concat();
            assert!(inspect(&cut).is_ok());
            let found = decode(&cut, Detail::AtLeast(100));
            assert!(matches!(found, Err(ImagingError::Truncated | ImagingError::Damaged)), "{encoding:?} {percent} %");
        }
    }
}

#[test]
fn what_cameras_leave_beside_a_whole_picture_is_said_and_costs_no_pixel() {
    for encoding in [Encoding::Preview, Encoding::Export] {
        let whole = jpeg(encoding);
        let plain = decode_noting(&whole, Detail::Full).expect("decoded");
        assert!(!plain.stray);
        let (end, first) = (whole.len() - 2, scans(&whole)[0].end);
        let before_a_table = whole.windows(2).position(|w| w == [0xff, 0xdb]).expect("a table");
        for (what, odd) in [
            ("padding before the end", inserted(&whole, end, &[0; 3000])),
            ("bytes before the end", inserted(&whole, end, &b"\x12\x34\x56".repeat(9))),
            ("bytes behind the first scan", inserted(&whole, first, &b"\x12\x34\x56".repeat(9))),
            ("bytes before a table", inserted(&whole, before_a_table, b"\x12\x34\x56")),
        ] {
            let found = decode_noting(&odd, Detail::Full).unwrap_or_else(|e| panic!("{encoding:?}, {what}: {e}"));
            assert!(found.stray && found.picture == plain.picture, "{encoding:?}, {what}");
        }
        let behind = [&whole[..], b"a second picture of the phone"].concat();
        let found = decode_noting(&behind, Detail::Full).expect("decoded");
        assert!(!found.stray && found.picture == plain.picture, "what lies behind the end is the phone's own");
    }
}

#[test]
fn restart_markers_are_counted_and_what_lies_before_them_is_said() {
    let plain = decode_noting(RESTARTS, Detail::Full).expect("decoded");
    assert!(!plain.stray);
    let is_restart = |pair: &[u8]| pair[0] == 0xff && (0xd0..=0xd7).contains(&pair[1]);
    let third = RESTARTS.windows(2).enumerate().filter(|(_, pair)| is_restart(pair)).nth(2).expect("a marker").0;
    let odd = decode_noting(&inserted(RESTARTS, third, b"\x12\x34"), Detail::Full).expect("decoded");
    assert!(odd.stray && odd.picture == plain.picture);
    let mut other = RESTARTS.to_vec();
    other[third + 1] = 0xd6;
    assert!(decode(&other, Detail::Full).is_err(), "a marker that is not the next one");
    let lost = [&RESTARTS[..third - 200], &RESTARTS[third..]].concat();
    assert!(decode(&lost, Detail::Full).is_err(), "a piece that ends early");
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

/// A PNG of a bit for each pixel that says it is as large as this.
fn png(width: u32, height: u32, data: usize) -> Vec<u8> {
    let chunk = |name: &[u8], data: &[u8]| {
        let named = [name, data].concat();
        [&(data.len() as u32).to_be_bytes()[..], &named, &crc(&named).to_be_bytes()].concat()
    };
    let head = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[1, 0, 0, 0, 0]].concat();
    let parts = [chunk(b"IHDR", &head), chunk(b"IDAT", &vec![0x78; data]), chunk(b"IEND", &[])];
    [b"\x89PNG\r\n\x1a\n".to_vec(), parts.concat()].concat()
}

/// A TIFF of one strip that says it is as large as this.
fn tiff(width: u32, height: u32) -> Vec<u8> {
    let entries: [(u16, u32); 9] = [
        (256, width),
        (257, height),
        (258, 8),
        (259, 32_773),
        (262, 1),
        (273, 8),
        (277, 1),
        (278, height),
        (279, 2000),
    ];
    let mut out =
        [&b"II*\0"[..], &2008_u32.to_le_bytes(), &[0x81; 2000], &(entries.len() as u16).to_le_bytes()].concat();
    for (tag, value) in entries {
        out.extend([&tag.to_le_bytes()[..], &4_u16.to_le_bytes(), &1_u32.to_le_bytes(), &value.to_le_bytes()].concat());
    }
    [out, vec![0; 4]].concat()
}

/// A lossless WebP that says it is as large as this.
fn webp(width: u32, height: u32) -> Vec<u8> {
    let size = (width - 1) | (height - 1) << 14;
    let data = [&[0x2f][..], &size.to_le_bytes(), &[0; 95]].concat();
    let chunk = [&b"WEBPVP8L"[..], &(data.len() as u32).to_le_bytes(), &data].concat();
    [&b"RIFF"[..], &(chunk.len() as u32).to_le_bytes(), &chunk].concat()
}

/// A JPEG whose header says another size, `length` bytes long.
fn claiming(width: u16, height: u16, length: usize) -> Vec<u8> {
    let mut bytes = jpeg(Encoding::Preview);
    let frame = bytes.windows(2).position(|w| w == [0xff, 0xc0]).expect("a frame header");
    bytes[frame + 5..frame + 9].copy_from_slice(&[height.to_be_bytes(), width.to_be_bytes()].concat());
    while bytes.len() < length {
        bytes = with_segment(&bytes, 0xe4, &vec![7; 60_000]);
    }
    bytes
}

#[test]
fn a_few_kilobytes_that_claim_the_pixels_of_no_camera_are_refused_before_anything_is_decoded() {
    let files = [
        ("PNG", png(16_000, 11_900, 4000)),
        ("TIFF", tiff(16_000, 11_900)),
        ("WebP", webp(16_000, 11_900)),
        ("JPEG", claiming(16_000, 11_900, 0)),
    ];
    for (kind, bytes) in files {
        let begun = Instant::now();
        assert_eq!(inspect(&bytes).map(|found| found.size), Err(ImagingError::Implausible), "{kind}");
        assert_eq!(decode(&bytes, Detail::AtLeast(64)), Err(ImagingError::Implausible), "{kind}");
        // Generous for a busy machine: it takes microseconds.
        assert!(begun.elapsed() < Duration::from_secs(1), "{kind} took {:?}", begun.elapsed());
    }
    assert!(ImagingError::Implausible.user_message().contains("left untouched"));
}

#[test]
fn a_medium_format_photo_and_a_scan_in_black_and_white_are_no_bombs() {
    // 102 MP in 12 MB, and in as few bytes as the strongest compression of a dark room leaves.
    for length in [12_000_000, 2_000_000] {
        let found = inspect(&claiming(11_648, 8_736, length)).expect("plausible");
        assert_eq!(found.size, Size::new(11_648, 8_736));
    }
    // An A4 page at 600 dots per inch, a bit for each.
    assert!(inspect(&png(4960, 7016, 30_000)).is_ok());
}

#[test]
fn an_import_says_of_each_file_what_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = jpeg(Encoding::Preview);
    let mut zeroed = whole.clone();
    let middle = longest(&whole);
    zeroed[middle.start + middle.len() / 2..][..2048].fill(0);
    let twelve = include_bytes!("../data/corpus/twelve-bit.jpg");
    let avif = b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf\0\0\0\x08mdat";
    for (name, bytes) in [
        ("avif.jpg", avif.as_slice()),
        ("bomb.png", &png(16_000, 11_900, 4000)),
        ("odd.jpg", &inserted(&whole, whole.len() - 2, &[0; 99])),
        ("twelve.jpg", twelve),
        ("whole.jpg", &whole),
        ("zeroed.jpg", &zeroed),
    ] {
        diptych::fsx::write_atomic(&folder.path().join(name), bytes).expect("written");
    }
    let found = scan::scan(&[folder.path().to_owned()], &Progress::silent());
    let names = |path: &std::path::Path| scan::file_name(path);
    let refused: Vec<_> = found.refused.iter().map(|r| (names(&r.path.0), r.reason)).collect();
    let expected = [
        ("avif.jpg", Refusal::Avif),
        ("bomb.png", Refusal::Implausible),
        ("twelve.jpg", Refusal::TwelveBit),
        ("zeroed.jpg", Refusal::Damaged),
    ];
    assert_eq!(refused, expected.map(|(name, why)| (name.to_owned(), why)));
    assert!(found.refused.iter().all(scan::Refused::is_loss), "somebody has to look before the card is cleared");
    let taken: Vec<_> = found.found.iter().map(|f| (names(&f.path.0), f.stray)).collect();
    assert_eq!(taken, [("odd.jpg".to_owned(), true), ("whole.jpg".to_owned(), false)]);
    for why in [Refusal::TwelveBit, Refusal::Avif] {
        assert!(why.words().contains("which is not read") && why.words().contains("copy"), "{}", why.words());
    }
}
