//! HEIC, decoded by the program in a process of its own. `phone.heic` is the picture of `support::skin` as a phone held
//! upright stores it: coded by libheif, turned by its container, with the phone's EXIF.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use diptych::geom::Size;
use diptych::imaging::{Detail, Format, ImagingError, apart, decode, encode_jpeg, inspect, resize};
use exif::{Tag, Value};

use crate::support::{difference, exif_payload, field, painted, skin, with_segment};

const PHONE: &[u8] = include_bytes!("../data/phone.heic");

fn with_a_decoder() {
    apart::use_worker(PathBuf::from(env!("CARGO_BIN_EXE_diptych")));
}

#[test]
fn a_phones_photo_is_read_upright_with_its_facts() {
    with_a_decoder();
    let inspection = inspect(PHONE).expect("inspected");
    assert_eq!((inspection.format, inspection.size), (Format::Heic, Size::new(96, 160)));
    assert_eq!(inspection.facts.time_text.as_deref(), Some("2026:05:18 10:01:02"));
    assert_eq!((inspection.facts.camera.as_deref(), inspection.facts.orientation), (Some("Phone 15"), 1));
    let turned = exif_payload(&[field(Tag::Orientation, Value::Short(vec![6]))]);
    let jpeg = encode_jpeg(&painted(Size::new(160, 96), skin), 97).expect("encoded");
    let expected = decode(&with_segment(&jpeg, 0xe1, &turned), Detail::Full).expect("decoded");
    let decoded = decode(PHONE, Detail::Full).expect("decoded");
    assert!(difference(&decoded, &expected) < 1.5, "{}", difference(&decoded, &expected));
}

#[test]
fn a_small_picture_of_it_comes_out_as_small_as_it_was_asked_for() {
    with_a_decoder();
    let whole = decode(PHONE, Detail::Full).expect("decoded");
    for wanted in [40, 100, 159] {
        let small = decode(PHONE, Detail::AtLeast(wanted)).expect("decoded");
        assert_eq!(small.size(), whole.size().fit_within(wanted));
        assert!(difference(&small, &resize(&whole, small.size())) < 1.5, "{wanted}");
    }
    assert_eq!(decode(PHONE, Detail::AtLeast(160)), Ok(whole.clone()));
    assert_eq!(decode(PHONE, Detail::AtLeast(5000)), Ok(whole));
}

#[test]
fn the_decoder_says_the_same_without_a_process_of_its_own() {
    for question in [apart::Question::HeicHeader, apart::Question::HeicPixels] {
        assert_eq!(apart::without_process(question, PHONE), Ok(Size::new(96, 160)));
        assert_eq!(apart::without_process(question, &PHONE[..PHONE.len() / 2]), Err(ImagingError::Truncated));
    }
}

#[test]
fn a_heic_file_cut_short_is_found_without_decoding_it() {
    with_a_decoder();
    for percent in 0..100 {
        let cut = &PHONE[..PHONE.len() * percent / 100];
        assert!(inspect(cut).is_err(), "cut to {percent} %");
    }
    assert_eq!(inspect(&PHONE[..PHONE.len() - 1]), Err(ImagingError::Truncated));
}

#[test]
fn flipped_bytes_are_an_error_or_a_picture_within_a_second() {
    with_a_decoder();
    for at in (0..PHONE.len()).step_by(47) {
        let mut damaged = PHONE.to_vec();
        damaged[at] ^= 0xff;
        let begun = Instant::now();
        if let Ok(picture) = decode(&damaged, Detail::Full) {
            assert!(picture.pixels().iter().all(|p| p[3] == 255));
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "byte {at} took {:?}", begun.elapsed());
    }
}

#[test]
fn a_header_that_claims_more_than_a_phone_has_is_refused() {
    with_a_decoder();
    // The size in the image spatial extents property is not what decides: that of the coded picture does.
    let at = PHONE.windows(4).position(|w| w == b"ispe").expect("a size");
    let mut claims = PHONE.to_vec();
    claims[at + 8..at + 16].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
    let begun = Instant::now();
    assert!(inspect(&claims).is_ok_and(|i| i.size == Size::new(96, 160)) || inspect(&claims).is_err());
    assert!(begun.elapsed() < Duration::from_secs(5));
}
