//! Raw files as cameras lay them out, with noise for sensor data.

use diptych::geom::Size;
use diptych::imaging::encode_jpeg;

use crate::support::{painted, skin};

/// The picture for looking at, the small one, and the time in all of them.
pub const SHOWN: Size = Size::new(320, 200);
pub const SMALL: Size = Size::new(96, 60);
pub const TIME: &str = "2026:05:18 10:00:00";

pub fn jpeg(size: Size) -> Vec<u8> {
    encode_jpeg(&painted(size, skin), 92).expect("encoded")
}

/// Bytes that begin as a lossless JPEG does, as sensor data of CR2 and DNG do, and are longer than any picture here.
pub fn sensor() -> Vec<u8> {
    let mut out = vec![0xff, 0xd8, 0xff, 0xc3, 0, 14, 14, 0x10, 0, 0x20, 0, 2, 0, 0x11, 0, 1, 0x11, 0];
    let mut state = 7_u32;
    while out.len() < 60_000 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        out.push((state >> 24) as u8);
    }
    out
}

/// A TIFF directory and what its entries point at, before anybody knows where it will lie.
#[derive(Default)]
struct Directory {
    entries: Vec<(u16, u16, u32, Held)>,
}

enum Held {
    Number(u32),
    /// Stored elsewhere.
    Bytes(Vec<u8>),
    /// A blob of the file, by its number.
    Blob(usize),
    /// Another directory, by its number.
    Directory(usize),
}

impl Directory {
    fn with(mut self, tag: u16, kind: u16, count: u32, held: Held) -> Self {
        self.entries.push((tag, kind, count, held));
        self
    }

    fn number(self, tag: u16, value: u32) -> Self {
        self.with(tag, 4, 1, Held::Number(value))
    }

    fn text(self, tag: u16, text: &str) -> Self {
        let bytes = [text.as_bytes(), &[0]].concat();
        self.with(tag, 2, bytes.len() as u32, Held::Bytes(bytes))
    }
}

/// A TIFF: directories first, then the blobs. The first `chained` directories are a chain.
fn tiff(big: bool, magic: &[u8], directories: &[Directory], chained: usize, blobs: &[Vec<u8>]) -> Vec<u8> {
    let u16_of = |n: u16| if big { n.to_be_bytes() } else { n.to_le_bytes() };
    let u32_of = |n: u32| if big { n.to_be_bytes() } else { n.to_le_bytes() };
    let length = |d: &Directory| {
        let held = |e: &(u16, u16, u32, Held)| if let Held::Bytes(bytes) = &e.3 { bytes.len() } else { 0 };
        6 + 12 * d.entries.len() + d.entries.iter().map(held).sum::<usize>()
    };
    let first = 8 + magic.len();
    let starts: Vec<usize> = directories
        .iter()
        .scan(first, |at, d| {
            let start = *at;
            *at += length(d);
            Some(start)
        })
        .collect();
    let end = first + directories.iter().map(length).sum::<usize>();
    let blob_starts: Vec<usize> = blobs
        .iter()
        .scan(end, |at, b| {
            let start = *at;
            *at += b.len();
            Some(start)
        })
        .collect();
    let mut out = if big { b"MM\0*".to_vec() } else { b"II*\0".to_vec() };
    out.extend(u32_of(first as u32));
    out.extend_from_slice(magic);
    for (n, directory) in directories.iter().enumerate() {
        assert_eq!(out.len(), starts[n]);
        out.extend(u16_of(directory.entries.len() as u16));
        let mut beyond = starts[n] + 6 + 12 * directory.entries.len();
        for (tag, kind, count, held) in &directory.entries {
            out.extend(u16_of(*tag));
            out.extend(u16_of(*kind));
            out.extend(u32_of(*count));
            match held {
                Held::Number(value) if *kind == 3 => {
                    out.extend(u16_of(*value as u16));
                    out.extend([0, 0]);
                }
                Held::Number(value) => out.extend(u32_of(*value)),
                Held::Bytes(bytes) => {
                    out.extend(u32_of(beyond as u32));
                    beyond += bytes.len();
                }
                Held::Blob(n) => out.extend(u32_of(blob_starts[*n] as u32)),
                Held::Directory(n) => out.extend(u32_of(starts[*n] as u32)),
            }
        }
        let next = if n + 1 < chained { starts[n + 1] as u32 } else { 0 };
        out.extend(u32_of(next));
        for (.., held) in &directory.entries {
            if let Held::Bytes(bytes) = held {
                out.extend_from_slice(bytes);
            }
        }
    }
    out.extend(blobs.concat());
    out
}

fn facts() -> Directory {
    Directory::default().text(0x9003, TIME)
}

/// NEF and DNG: a small picture first, below it the large one (by its own tags, or as a strip) and the sensor data.
pub fn with_directories_below(big: bool, dng: bool, orientation: u32) -> Vec<u8> {
    let blobs = [jpeg(SMALL), jpeg(SHOWN), sensor()];
    let lengths: Vec<u32> = blobs.iter().map(|b| b.len() as u32).collect();
    let start = |d: Directory, n: usize| d.with(273, 4, 1, Held::Blob(n)).number(279, lengths[n]);
    let below = |a: usize, b: usize| {
        // Two offsets are stored elsewhere: they are filled in below, when places are known.
        let _ = (a, b);
        Held::Bytes(vec![0; 8])
    };
    let mut first = Directory::default().number(254, 1).with(259, 3, 1, Held::Number(7));
    first = start(first, 0)
        .text(272, "Synthetic R")
        .with(274, 3, 1, Held::Number(orientation))
        .with(330, 4, 2, below(1, 2))
        .with(0x8769, 4, 1, Held::Directory(3));
    if dng {
        first = first.with(0xc612, 1, 4, Held::Number(0x0000_0401));
    }
    let large = Directory::default().number(254, 1);
    let large = if dng {
        start(large.with(259, 3, 1, Held::Number(7)), 1)
    } else {
        large.with(0x201, 4, 1, Held::Blob(1)).number(0x202, lengths[1])
    };
    let raw = start(
        Directory::default().number(254, 0).with(259, 3, 1, Held::Number(7)).with(262, 3, 1, Held::Number(32_803)),
        2,
    );
    let directories = [first, large, raw, facts()];
    let mut out = tiff(big, b"", &directories, 1, &blobs);
    // The list of directories below: its place is the first stored value behind the text.
    let entries = directories[0].entries.len();
    let text = "Synthetic R".len() + 1;
    let list = 8 + 6 + 12 * entries + text;
    let length = |d: &Directory| {
        let held = |e: &(u16, u16, u32, Held)| if let Held::Bytes(bytes) = &e.3 { bytes.len() } else { 0 };
        6 + 12 * d.entries.len() + d.entries.iter().map(held).sum::<usize>()
    };
    let second = 8 + length(&directories[0]);
    let third = second + length(&directories[1]);
    for (i, place) in [second as u32, third as u32].into_iter().enumerate() {
        let bytes = if big { place.to_be_bytes() } else { place.to_le_bytes() };
        out[list + 4 * i..list + 4 * i + 4].copy_from_slice(&bytes);
    }
    out
}

/// CR2: a chain of directories; the first holds the large picture as a strip, the second a small one, the third sensor data.
pub fn cr2(orientation: u32) -> Vec<u8> {
    let blobs = [jpeg(SHOWN), jpeg(SMALL), sensor()];
    let lengths: Vec<u32> = blobs.iter().map(|b| b.len() as u32).collect();
    let strip = |d: Directory, n: usize| {
        d.with(259, 3, 1, Held::Number(6)).with(273, 4, 1, Held::Blob(n)).number(279, lengths[n])
    };
    let first = strip(Directory::default(), 0)
        .text(272, "Synthetic C")
        .with(274, 3, 1, Held::Number(orientation))
        .with(0x8769, 4, 1, Held::Directory(3));
    let second = Directory::default().with(0x201, 4, 1, Held::Blob(1)).number(0x202, lengths[1]);
    let third = strip(Directory::default(), 2);
    tiff(false, b"CR\x02\0\0\0\0\0", &[first, second, third, facts()], 3, &blobs)
}

/// A raw file with nothing but sensor data in it.
pub fn bare() -> Vec<u8> {
    let data = sensor();
    let raw = Directory::default().with(259, 3, 1, Held::Number(7)).with(262, 3, 1, Held::Number(32_803));
    let raw = raw.with(273, 4, 1, Held::Blob(0)).number(279, data.len() as u32);
    tiff(false, b"", &[raw], 1, &[data])
}

/// RAF: a head that says where the picture and the sensor data lie.
pub fn raf(picture: &[u8]) -> Vec<u8> {
    let data = sensor();
    let mut head = b"FUJIFILMCCD-RAW 0201FF119502".to_vec();
    head.resize(84, 0);
    let (first, second) = (108_u32, 108 + picture.len() as u32);
    for (start, length) in [(first, picture.len() as u32), (second, 16), (second + 16, data.len() as u32 - 16)] {
        head.extend(start.to_be_bytes());
        head.extend(length.to_be_bytes());
    }
    [head, picture.to_vec(), data].concat()
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "byte strings are references")]
fn boxed(kind: &[u8; 4], inside: &[u8]) -> Vec<u8> {
    [&(inside.len() as u32 + 8).to_be_bytes()[..], kind, inside].concat()
}

fn named(name: u128, inside: &[u8]) -> Vec<u8> {
    boxed(b"uuid", &[&name.to_be_bytes()[..], inside].concat())
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "byte strings are references")]
fn picture_box(kind: &[u8; 4], jpeg: &[u8]) -> Vec<u8> {
    let length = (jpeg.len() as u32).to_be_bytes();
    let head = if kind == b"THMB" {
        [&[0; 4][..], &[0, 96, 0, 60], &length, &[0, 1, 0, 0]].concat()
    } else {
        [&[0; 4][..], &[0, 1, 0, 160, 0, 100, 0, 1], &length].concat()
    };
    boxed(kind, &[&head[..], jpeg].concat())
}

fn track(start: u64, length: u32) -> Vec<u8> {
    let sizes = [&[0; 4][..], &0_u32.to_be_bytes(), &1_u32.to_be_bytes(), &length.to_be_bytes()].concat();
    let starts = [&[0; 4][..], &1_u32.to_be_bytes(), &start.to_be_bytes()].concat();
    let table = boxed(b"stbl", &[boxed(b"stsz", &sizes), boxed(b"co64", &starts)].concat());
    boxed(b"trak", &boxed(b"mdia", &boxed(b"minf", &table)))
}

/// CR3: facts and a thumbnail in the film's head, a larger picture behind it, the largest and the sensor data as tracks.
pub fn cr3(orientation: u32) -> Vec<u8> {
    let main = Directory::default().text(272, "Synthetic M").with(274, 3, 1, Held::Number(orientation));
    let main = tiff(false, b"", &[main], 1, &[]);
    let details = tiff(false, b"", &[facts()], 1, &[]);
    let facts = named(
        0x85c0_b687_820f_11e0_8111_f4ce_462b_6a48,
        &[boxed(b"CMT1", &main), boxed(b"CMT2", &details), picture_box(b"THMB", &jpeg(SMALL))].concat(),
    );
    let (large, data) = (jpeg(SHOWN), sensor());
    let head = boxed(b"ftyp", b"crx \0\0\0\x01crx isom");
    let preview = named(
        0xeaf4_2b5e_1c98_4b88_b9fb_b7dc_406e_4d16,
        &[&[0, 0, 0, 0, 0, 0, 0, 1][..], &picture_box(b"PRVW", &jpeg(Size::new(160, 100)))].concat(),
    );
    let film = |at: u64| {
        let tracks = [track(at, large.len() as u32), track(at + large.len() as u64, data.len() as u32)];
        boxed(b"moov", &[facts.clone(), tracks.concat()].concat())
    };
    let before = head.len() + film(0).len() + preview.len() + 8;
    [head, film(before as u64), preview, boxed(b"mdat", &[large.clone(), data.clone()].concat())].concat()
}
