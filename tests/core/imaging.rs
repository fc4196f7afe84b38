//! Photo files as cameras, phones and accidents make them.

use std::io::Cursor;

use diptych::geom::Size;
use diptych::imaging::{
    Detail, Encoding, Format, ImagingError, decode, encode_jpeg, encode_jpeg_as, inspect, quality, resize, segments,
};
use exif::{Rational, Tag, Value};
use moxcms::ColorProfile;

use crate::support::{ascii, difference, exif_payload, field, painted, skin, with_segment};

const SIZE: Size = Size::new(160, 96);

fn jpeg() -> Vec<u8> {
    encode_jpeg(&painted(SIZE, skin), 92).expect("encoded")
}

fn in_format(format: image::ImageFormat) -> Vec<u8> {
    let picture = painted(SIZE, skin);
    let buffer = image::RgbaImage::from_raw(SIZE.width, SIZE.height, picture.into_rgba()).expect("a buffer");
    let mut out = Cursor::new(Vec::new());
    image::DynamicImage::from(buffer).write_to(&mut out, format).expect("encoded");
    out.into_inner()
}

#[test]
fn every_format_is_read_by_its_content() {
    for (format, bytes) in [
        (Format::Jpeg, jpeg()),
        (Format::Png, in_format(image::ImageFormat::Png)),
        (Format::Tiff, in_format(image::ImageFormat::Tiff)),
        (Format::Webp, in_format(image::ImageFormat::WebP)),
    ] {
        let inspection = inspect(&bytes).expect("inspected");
        assert_eq!((inspection.format, inspection.size, inspection.facts.orientation), (format, SIZE, 1));
        let decoded = decode(&bytes, Detail::Full).expect("decoded");
        assert!(difference(&decoded, &painted(SIZE, skin)) < 2.0, "{format:?}");
    }
}

#[test]
fn a_file_cut_short_is_never_taken_for_whole() {
    let files = [
        jpeg(),
        encode_jpeg_as(&painted(SIZE, skin), 92, Encoding::Export).expect("encoded"),
        in_format(image::ImageFormat::Png),
        in_format(image::ImageFormat::Tiff),
        in_format(image::ImageFormat::WebP),
    ];
    for (kind, bytes) in files.iter().enumerate() {
        for percent in (0..100).step_by(5) {
            let cut = &bytes[..bytes.len() * percent / 100];
            assert!(inspect(cut).is_err(), "file {kind} cut to {percent} %");
            assert!(decode(cut, Detail::Full).is_err(), "file {kind} cut to {percent} %");
        }
        assert_eq!(inspect(&bytes[..bytes.len() * 9 / 10]), Err(ImagingError::Truncated), "file {kind}");
    }
}

#[test]
fn flipped_header_bytes_are_an_error_or_a_picture_but_never_a_crash() {
    let files = [
        jpeg(),
        in_format(image::ImageFormat::Png),
        in_format(image::ImageFormat::WebP),
        in_format(image::ImageFormat::Tiff),
    ];
    for bytes in files {
        let from_the_end = bytes.len() - 200;
        for at in (0..400.min(bytes.len())).chain(from_the_end..bytes.len()) {
            for flip in [0x01, 0x80, 0xff] {
                let mut damaged = bytes.clone();
                damaged[at] ^= flip;
                let _ = inspect(&damaged);
                if let Ok(picture) = decode(&damaged, Detail::AtLeast(20)) {
                    assert!(picture.pixels().iter().all(|p| p[3] == 255));
                }
            }
        }
    }
}

#[test]
fn bytes_after_the_end_of_a_jpeg_do_not_matter() {
    let mut bytes = jpeg();
    let plain = decode(&bytes, Detail::Full).expect("decoded");
    bytes.extend_from_slice(&jpeg()[..500]);
    assert_eq!(decode(&bytes, Detail::Full).expect("decoded"), plain);
}

#[test]
fn a_lying_header_is_refused_before_anything_is_allocated() {
    let mut bytes = jpeg();
    let frame = bytes.windows(2).position(|w| w == [0xff, 0xc0]).expect("a frame header");
    bytes[frame + 5..frame + 9].copy_from_slice(&[0xff, 0xdc, 0xff, 0xdc]);
    assert_eq!(inspect(&bytes), Err(ImagingError::TooLarge));
    assert_eq!(decode(&bytes, Detail::AtLeast(100)), Err(ImagingError::TooLarge));
    bytes[frame + 4] = 12;
    assert_eq!(inspect(&bytes), Err(ImagingError::TwelveBit));
}

#[test]
fn the_camera_is_quoted_word_for_word() {
    let payload = exif_payload(&[
        field(Tag::Model, ascii("EOS R6")),
        field(Tag::Orientation, Value::Short(vec![6])),
        field(Tag::DateTimeOriginal, ascii("2026:01:14 15:02:11")),
        field(Tag::OffsetTimeOriginal, ascii("+01:00")),
        field(Tag::FocalLength, Value::Rational(vec![Rational { num: 1000, denom: 10 }])),
        field(Tag::FocalLengthIn35mmFilm, Value::Short(vec![100])),
        field(Tag::FNumber, Value::Rational(vec![Rational { num: 11, denom: 1 }])),
        field(Tag::ExposureTime, Value::Rational(vec![Rational { num: 1, denom: 160 }])),
        field(Tag::PhotographicSensitivity, Value::Short(vec![200])),
    ]);
    let inspection = inspect(&with_segment(&jpeg(), 0xe1, &payload)).expect("inspected");
    let facts = &inspection.facts;
    assert_eq!(inspection.size, Size::new(96, 160));
    assert_eq!(facts.time_text.as_deref(), Some("2026:01:14 15:02:11"));
    assert_eq!(facts.offset_text.as_deref(), Some("+01:00"));
    assert_eq!(facts.camera.as_deref(), Some("EOS R6"));
    assert_eq!((facts.focal_mm, facts.focal_35_mm, facts.f_number), (Some(100.0), Some(100.0), Some(11.0)));
    assert_eq!((facts.exposure_s, facts.iso, facts.orientation), (Some(1.0 / 160.0), Some(200), 6));
}

#[test]
fn damaged_exif_costs_the_facts_and_not_the_picture() {
    let mut payload =
        exif_payload(&[field(Tag::Model, ascii("X")), field(Tag::DateTimeOriginal, ascii("0000:00:00 00:00:00"))]);
    let blank_clock = inspect(&with_segment(&jpeg(), 0xe1, &payload)).expect("inspected");
    assert_eq!((blank_clock.facts.time_text, blank_clock.facts.source), (None, None));
    payload.truncate(14);
    let inspection = inspect(&with_segment(&jpeg(), 0xe1, &payload)).expect("inspected");
    assert_eq!((inspection.facts.camera, inspection.facts.orientation), (None, 1));
}

#[test]
fn all_orientations_show_the_same_upright_picture() {
    let marked = |size: Size| {
        move |p: diptych::geom::Point| {
            // The upright picture has a bright top left and a dark bottom right.
            let level = 230.0 - 100.0 * (p.x / f64::from(size.width)) - 100.0 * (p.y / f64::from(size.height));
            [level as u8, 140, 120]
        }
    };
    for orientation in 1..=8_u16 {
        let upright = if orientation >= 5 { Size::new(96, 160) } else { SIZE };
        let look = marked(upright);
        let (w, h) = (f64::from(SIZE.width), f64::from(SIZE.height));
        let stored = painted(SIZE, |p| {
            // Where a stored pixel is shown, by the EXIF 2.3 table.
            let (x, y) = match orientation {
                2 => (w - p.x, p.y),
                3 => (w - p.x, h - p.y),
                4 => (p.x, h - p.y),
                5 => (p.y, p.x),
                6 => (h - p.y, p.x),
                7 => (h - p.y, w - p.x),
                8 => (p.y, w - p.x),
                _ => (p.x, p.y),
            };
            look(diptych::geom::Point::new(x, y))
        });
        let payload = exif_payload(&[field(Tag::Orientation, Value::Short(vec![orientation]))]);
        let bytes = with_segment(&encode_jpeg(&stored, 95).expect("encoded"), 0xe1, &payload);
        let decoded = decode(&bytes, Detail::Full).expect("decoded");
        assert!(difference(&decoded, &painted(upright, look)) < 2.0, "orientation {orientation}");
        let half = decode(&bytes, Detail::AtLeast(80)).expect("decoded");
        assert_eq!(half.size(), Size::new(upright.width / 2, upright.height / 2), "orientation {orientation}");
        assert!(difference(&half, &resize(&decoded, half.size())) < 3.0, "orientation {orientation}");
    }
}

#[test]
fn a_wide_gamut_profile_is_converted() {
    let flat = |rgb: [u8; 3]| painted(Size::new(32, 32), move |_| rgb);
    let profile = ColorProfile::new_display_p3().encode().expect("a profile");
    let payload = [b"ICC_PROFILE\0", &[1, 1][..], &profile].concat();
    let bytes = with_segment(&encode_jpeg(&flat([200, 120, 100]), 98).expect("encoded"), 0xe2, &payload);
    assert!(difference(&decode(&bytes, Detail::Full).expect("decoded"), &flat([213, 115, 95])) < 1.5);

    // Cameras name Adobe RGB by the interoperability index alone.
    let mut interop = field(Tag::InteroperabilityIndex, ascii("R03"));
    interop.ifd_num = exif::In::PRIMARY;
    let bytes =
        with_segment(&encode_jpeg(&flat([200, 120, 100]), 98).expect("encoded"), 0xe1, &exif_payload(&[interop]));
    assert!(difference(&decode(&bytes, Detail::Full).expect("decoded"), &flat([224, 121, 99])) < 1.5);
}

#[test]
fn grey_and_cmyk_files_become_rgb() {
    let encoded = |space, components: usize, pixel: &[u8]| {
        let mut compress = mozjpeg::Compress::new(space);
        compress.set_size(32, 24);
        compress.set_quality(95.0);
        let mut started = compress.start_compress(Vec::new()).expect("started");
        started.write_scanlines(&pixel.repeat(32 * 24 * components / pixel.len())).expect("written");
        started.finish().expect("finished")
    };
    let grey = decode(&encoded(mozjpeg::ColorSpace::JCS_GRAYSCALE, 1, &[90]), Detail::Full).expect("decoded");
    assert!(difference(&grey, &painted(Size::new(32, 24), |_| [90; 3])) < 1.0);
    // libjpeg marks its CMYK with Adobe's segment: bytes are stored inverted, 255 is no ink.
    let cmyk =
        decode(&encoded(mozjpeg::ColorSpace::JCS_CMYK, 4, &[255, 128, 128, 255]), Detail::Full).expect("decoded");
    assert!(difference(&cmyk, &painted(Size::new(32, 24), |_| [255, 128, 128])) < 1.5, "{:?}", &cmyk.pixels()[0]);
}

#[test]
fn the_inks_of_a_cmyk_tiff_are_read_as_inks() {
    use tiff::encoder::{TiffEncoder, colortype::CMYK8};
    let mut file = std::io::Cursor::new(Vec::new());
    let inks: Vec<u8> = std::iter::repeat_n([0, 127, 127, 0], 32 * 24).flatten().collect();
    TiffEncoder::new(&mut file).expect("begun").write_image::<CMYK8>(32, 24, &inks).expect("written");
    let read = decode(file.get_ref(), Detail::Full).expect("decoded");
    assert!(difference(&read, &painted(Size::new(32, 24), |_| [255, 128, 128])) < 0.6, "{:?}", &read.pixels()[0]);
}

#[test]
fn a_ycck_file_is_read_as_the_cmyk_it_stands_for() {
    let mut compress = mozjpeg::Compress::new(mozjpeg::ColorSpace::JCS_CMYK);
    compress.set_color_space(mozjpeg::ColorSpace::JCS_YCCK);
    compress.set_progressive_mode();
    compress.set_size(32, 24);
    compress.set_quality(97.0);
    let mut started = compress.start_compress(Vec::new()).expect("started");
    started.write_scanlines(&[255, 128, 128, 255].repeat(32 * 24)).expect("written");
    let decoded = decode(&started.finish().expect("finished"), Detail::Full).expect("decoded");
    assert!(difference(&decoded, &painted(Size::new(32, 24), |_| [255, 128, 128])) < 2.0, "{:?}", &decoded.pixels()[0]);
}

#[test]
fn sixteen_bits_a_sample_become_eight() {
    let levels = (0..64 * 48_u32).flat_map(|i| [(i * 21) as u16, 40_000, u16::MAX - (i * 21) as u16]).collect();
    let deep = image::ImageBuffer::<image::Rgb<u16>, Vec<u16>>::from_raw(64, 48, levels).expect("a buffer");
    let expected = painted(Size::new(64, 48), |p| {
        let level = ((p.x as u32 + 64 * p.y as u32) * 21) as f64;
        [(level / 257.0).round() as u8, 156, ((65_535.0 - level) / 257.0).round() as u8]
    });
    for format in [image::ImageFormat::Png, image::ImageFormat::Tiff] {
        let mut out = Cursor::new(Vec::new());
        image::DynamicImage::ImageRgb16(deep.clone()).write_to(&mut out, format).expect("encoded");
        let decoded = decode(&out.into_inner(), Detail::Full).expect("decoded");
        assert!(difference(&decoded, &expected) < 0.6, "{format:?}");
    }
}

#[test]
fn scaled_decoding_gives_at_least_what_was_asked_for() {
    let bytes = jpeg();
    for wanted in [1, 20, 21, 79, 81, 150, 160, 5000] {
        let size = decode(&bytes, Detail::AtLeast(wanted)).expect("decoded").size();
        assert!(size.longest() >= wanted.min(160), "{wanted} gave {size:?}");
        assert!(size.longest() <= (wanted + 20).clamp(20, 160), "{wanted} gave {size:?}");
    }
}

#[test]
fn what_is_encoded_holds_nothing_but_the_picture() {
    for encoding in [Encoding::Preview, Encoding::Export] {
        for quality in [60, 85, 95] {
            let bytes = encode_jpeg_as(&painted(SIZE, skin), quality, encoding).expect("encoded");
            let jpeg = segments::walk(&bytes).expect("a JPEG");
            assert_eq!(jpeg.end, bytes.len());
            assert!(jpeg.segments.iter().all(|s| s.marker == 0xe0 || !matches!(s.marker, 0xe1..=0xef | 0xfe)));
            let decoded = decode(&bytes, Detail::Full).expect("decoded");
            assert!(difference(&decoded, &painted(SIZE, skin)) < 4.0);
        }
    }
}

#[test]
fn transparency_is_laid_on_white() {
    let mut out = Cursor::new(Vec::new());
    let half = image::RgbaImage::from_pixel(8, 8, image::Rgba([200, 0, 0, 128]));
    image::DynamicImage::from(half).write_to(&mut out, image::ImageFormat::Png).expect("encoded");
    let decoded = decode(&out.into_inner(), Detail::Full).expect("decoded");
    assert_eq!(decoded.pixels()[0], [227, 127, 127, 255]);
}

#[test]
fn a_darker_photo_measures_darker() {
    let picture = painted(SIZE, skin);
    let darker = painted(SIZE, |p| skin(p).map(|v| v / 2));
    assert!(quality(&picture).brightness > 1.9 * quality(&darker).brightness);
}
