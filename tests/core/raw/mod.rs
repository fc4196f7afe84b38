//! Camera raw files: the picture that is shown, and what happens to files that are cut, damaged or made to harm.

pub mod make;

use std::time::{Duration, Instant};

use diptych::geom::Size;
use diptych::imaging::{Detail, Format, ImagingError, decode, inspect, sniff};
use exif::{Tag, Value};

use crate::support::{ascii, difference, exif_payload, field, painted, skin, with_segment};

/// Every kind, each with a camera that was held upright on its side.
fn all() -> Vec<(&'static str, Vec<u8>)> {
    let fields = [
        field(Tag::Model, ascii("Synthetic F")),
        field(Tag::Orientation, Value::Short(vec![6])),
        field(Tag::DateTimeOriginal, ascii(make::TIME)),
    ];
    let picture = with_segment(&make::jpeg(make::SHOWN), 0xe1, &exif_payload(&fields));
    vec![
        ("CR2", make::cr2(6)),
        ("NEF", make::with_directories_below(true, false, 6)),
        ("ARW", make::with_directories_below(false, false, 6)),
        ("DNG", make::with_directories_below(false, true, 6)),
        ("CR3", make::cr3(6)),
        ("RAF", make::raf(&picture)),
    ]
}

#[test]
fn a_raw_file_shows_its_largest_picture_upright_and_says_when_it_was_taken() {
    let upright = Size::new(make::SHOWN.height, make::SHOWN.width);
    for (kind, bytes) in all() {
        assert_eq!(sniff(&bytes), Some(Format::Raw), "{kind}");
        let found = inspect(&bytes).unwrap_or_else(|e| panic!("{kind}: {e}"));
        assert_eq!((found.format, found.size), (Format::Raw, upright), "{kind}");
        assert_eq!(found.facts.time_text.as_deref(), Some(make::TIME), "{kind}");
        assert!(found.facts.camera.as_deref().is_some_and(|c| c.starts_with("Synthetic")), "{kind}");
        let shown = decode(&bytes, Detail::Full).expect("decoded");
        assert_eq!(shown.size(), upright, "{kind}");
    }
    let level = decode(&make::cr2(1), Detail::Full).expect("decoded");
    assert!(difference(&level, &painted(make::SHOWN, skin)) < 2.0, "the picture of the camera, not the sensor's");
}

#[test]
fn a_raw_file_cut_short_is_never_taken_for_whole() {
    for (kind, bytes) in all() {
        for percent in 1..100 {
            let cut = &bytes[..bytes.len() * percent / 100];
            assert!(inspect(cut).is_err(), "{kind} cut to {percent} %");
            assert!(decode(cut, Detail::Full).is_err(), "{kind} cut to {percent} %");
        }
        assert_eq!(inspect(&bytes[..bytes.len() - 1]), Err(ImagingError::Truncated), "{kind} without its last byte");
        assert_eq!(inspect(&bytes[..bytes.len() * 9 / 10]), Err(ImagingError::Truncated), "{kind}");
    }
}

#[test]
fn no_flipped_byte_of_a_raw_file_brings_the_program_down_or_keeps_it_busy() {
    for (kind, bytes) in all() {
        // The directories and boxes byte by byte, the pictures here and there.
        for at in (0..700).chain((700..bytes.len()).step_by(211)) {
            let flip = [0x01, 0x80, 0xff][at % 3];
            let mut bad = bytes.clone();
            bad[at] ^= flip;
            let begun = Instant::now();
            if let Ok(found) = inspect(&bad) {
                // Whatever is shown is what was announced.
                if let Ok(shown) = decode(&bad, Detail::Full) {
                    assert_eq!(shown.size(), found.size, "{kind}: byte {at} ^ {flip:#x}");
                }
            }
            assert!(begun.elapsed() < Duration::from_secs(2), "{kind}: byte {at} ^ {flip:#x}");
        }
    }
}

#[test]
fn a_raw_file_without_a_picture_is_refused_with_words() {
    let error = inspect(&make::bare()).expect_err("nothing to show");
    assert_eq!(error, ImagingError::Unsupported("a camera raw file without a picture to show"));
    assert!(error.user_message().contains("JPEG"), "{}", error.user_message());
}

#[test]
fn directories_in_circles_and_lists_without_end_are_refused_at_once() {
    // A directory that is its own next one, and names itself below.
    let mut circle = b"II*\0\x08\0\0\0\x02\0".to_vec();
    circle.extend([254, 0, 4, 0, 1, 0, 0, 0, 1, 0, 0, 0]);
    circle.extend([0x4a, 1, 4, 0, 1, 0, 0, 0, 8, 0, 0, 0]);
    circle.extend([8, 0, 0, 0]);
    assert!(matches!(inspect(&circle), Err(ImagingError::Unsupported(_))));
    // As many strips as a number can say, and as many directories as fit.
    let mut strips = b"II*\0\x08\0\0\0\x03\0".to_vec();
    strips.extend([254, 0, 4, 0, 1, 0, 0, 0, 1, 0, 0, 0]);
    for tag in [273_u16, 279] {
        strips.extend(tag.to_le_bytes());
        strips.extend([4, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
    }
    strips.extend([0; 4]);
    assert_eq!(inspect(&strips), Err(ImagingError::Damaged));
    let mut chain = b"II*\0\x08\0\0\0".to_vec();
    for n in 0..5000_u32 {
        chain.extend([1, 0, 254, 0, 4, 0, 1, 0, 0, 0, 1, 0, 0, 0]);
        chain.extend((8 + 18 * (n + 1)).to_le_bytes());
    }
    assert_eq!(inspect(&chain), Err(ImagingError::Damaged));
    let boxes = [b"\0\0\0\x18ftypcrx \0\0\0\x01crx isom".to_vec(), b"\0\0\0\x08free".repeat(1 << 14)].concat();
    assert_eq!(inspect(&boxes), Err(ImagingError::Damaged));
}
