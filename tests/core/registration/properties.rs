//! What must hold for every pair, asked of some: the same ones in every run, as a pair costs a second where nothing is
//! optimised.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use diptych::geom::{Matrix3, Point, Rect, Size};
use diptych::imaging::{Detail, Picture, decode, encode_jpeg, resize};
use diptych::model::{Answer, Model};
use diptych::registration::{Described, Registration, describe, register};
use exif::{Tag, Value};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::skin::{Skin, Visit, view};
use super::{align, described};
use crate::support::{exif_payload, field, with_segment};

/// Photos of one person and place at two visits, of which the pairs show parts.
static SHEETS: LazyLock<[Picture; 2]> = LazyLock::new(|| {
    let (skin, whole) = (Skin::new(41), view(SHEET, Point::default(), 1.0, 0.0));
    let later = Visit { light: 0.8, gain: 0.9, changed: 30, noise: 2.5, seed: 9, ..Visit::FIRST };
    [later, Visit::FIRST].map(|visit| skin.photograph(SHEET, &whole, &visit))
});
const SHEET: Size = Size::new(440, 390);
const SIZE: Size = Size::new(300, 225);

static FIXED: LazyLock<(Picture, Described)> = LazyLock::new(|| {
    let picture = seen(&SHEETS[1], SIZE, &straight());
    let described = described(&picture);
    (picture, described)
});
static MOVING: LazyLock<(Picture, Registration)> = LazyLock::new(|| {
    let picture = seen(&SHEETS[0], SIZE, &handheld());
    let found = to_fixed(&picture);
    (picture, found)
});

/// Picture → sheet.
fn straight() -> Matrix3 {
    through(1.0, 0.0, Point::default())
}

fn handheld() -> Matrix3 {
    through(1.05, 6.0, Point::new(12.0, -9.0))
}

/// `scale` pixels of the sheet per picture pixel, turned about the middle and shifted.
fn through(scale: f64, degrees: f64, shift: Point) -> Matrix3 {
    let middle = Matrix3::translation(0.5 * f64::from(SHEET.width), 0.5 * f64::from(SHEET.height));
    middle.after(&view(SIZE, shift, scale, degrees))
}

/// The part of `sheet` that `view` shows.
fn seen(sheet: &Picture, size: Size, view: &Matrix3) -> Picture {
    let whole = Rect { x: 0.0, y: 0.0, width: f64::from(size.width), height: f64::from(size.height) };
    diptych::compare::render(sheet, &view.inverse().expect("a similarity"), whole, size)
}

/// The answer for a picture on the fixed one.
fn to_fixed(moving: &Picture) -> Registration {
    register(&described(moving), &FIXED.1, Model::Similarity)
}

/// Mean distance of the corners of a picture of `size` under an answer from where they belong.
fn off(found: &Registration, truth: &Matrix3, size: Size) -> f64 {
    found.matrix.map_or(f64::INFINITY, |matrix| matrix.mean_corner_error(truth, size))
}

/// Whether an answer is that of the untouched pair to within the residual that was told, `moved` by what was done to the
/// moving picture (its pixels → those of the untouched one).
fn is_unmoved(found: &Registration, moved: &Matrix3, size: Size) -> bool {
    let plain = &MOVING.1;
    let expected = plain.matrix.expect("aligned").after(moved);
    (plain.answer, found.answer) == (Answer::Aligned, Answer::Aligned)
        && off(found, &expected, size) <= plain.residual_px.expect("measured")
}

fn few(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, max_shrink_iters: 0, rng_seed: RngSeed::Fixed(7), ..ProptestConfig::default() }
}

/// The picture, each pixel of which `paint` may replace.
fn painted(picture: &Picture, paint: impl Fn(u32, u32) -> Option<u8>) -> Picture {
    let (width, mut rgba) = (picture.size().width, picture.rgba().to_vec());
    for (i, pixel) in (0u32..).zip(rgba.as_chunks_mut::<4>().0) {
        if let Some(level) = paint(i % width, i / width) {
            *pixel = [level, level, level, 255];
        }
    }
    Picture::from_rgba(picture.size(), rgba).expect("the buffer fits")
}

fn grain(x: u32, y: u32, seed: u32) -> u8 {
    let h = (x.wrapping_mul(0x9E37_79B1) ^ y.wrapping_mul(0x85EB_CA77) ^ seed).wrapping_mul(0x2C1B_3C6D);
    (h ^ (h >> 15)).wrapping_mul(0x297A_2D39).to_be_bytes()[0]
}

proptest! {
    #![proptest_config(few(3))]

    // Turning, scaling and shifting an input by a known amount moves the answer by it, and the way back is its inverse.
    #[test]
    fn the_answer_follows_the_camera_there_and_back(
        degrees in -22.0..22.0_f64, scale in 0.85..1.12_f64, x in -15.0..15.0_f64, y in -12.0..12.0_f64,
    ) {
        let through = through(scale, degrees, Point::new(x, y));
        let moving = described(&seen(&SHEETS[0], SIZE, &through));
        let truth = straight().inverse().expect("a similarity").after(&through);
        let forth = register(&moving, &FIXED.1, Model::Similarity);
        let back = register(&FIXED.1, &moving, Model::Similarity);
        prop_assert_eq!((forth.answer, back.answer), (Answer::Aligned, Answer::Aligned));
        prop_assert!(off(&forth, &truth, SIZE) < 0.5, "{:?}", forth);
        let round = back.matrix.expect("aligned").after(&forth.matrix.expect("aligned"));
        prop_assert!(round.mean_corner_error(&Matrix3::IDENTITY, SIZE) < 0.3, "{:?}", round);
    }

    #[test]
    fn any_crop_moves_the_answer_by_the_crop(left in 0..50_u32, top in 0..40_u32, right in 0..50_u32, bottom in 0..40_u32) {
        let size = Size::new(SIZE.width - left - right, SIZE.height - top - bottom);
        let moved = Matrix3::translation(f64::from(left), f64::from(top));
        let part = seen(&MOVING.0, size, &moved);
        let found = to_fixed(&part);
        prop_assert!(is_unmoved(&found, &moved, size), "{:?}", found);
    }
}

// There are only so many of these cases: each is tried.

#[test]
fn a_stamp_or_a_border_on_one_side_changes_nothing() {
    let (x, y, width) = (4, 4, 12);
    let print = |picture: &Picture, border: bool, x: u32, y: u32| {
        painted(picture, |px, py| {
            let (dx, dy) = (px.wrapping_sub(x), py.wrapping_sub(y));
            let edge = px.min(py).min(SIZE.width - 1 - px).min(SIZE.height - 1 - py);
            let stamped = dx < 100 && dy < 18 && grain(dx / 3, dy / 3, 5) > 128;
            if border { (edge < width).then_some(250) } else { stamped.then_some(245) }
        })
    };
    let corners = [(x, y), (SIZE.width - 100 - x, y), (x, SIZE.height - 18 - y), (180, 200)];
    let stamps = corners.map(|corner| (false, corner));
    for (border, (x, y)) in stamps.into_iter().chain([(true, (0, 0))]) {
        let on_fixed = align(&MOVING.0, &print(&FIXED.0, border, x, y));
        let on_moving = to_fixed(&print(&MOVING.0, border, x, y));
        for (side, found) in [("fixed", on_fixed), ("moving", on_moving)] {
            assert!(is_unmoved(&found, &Matrix3::IDENTITY, SIZE), "border {border}, {x},{y}, {side}: {found:?}");
        }
    }
}

// A camera held on its side stores other pixels and says so; the answer is that of the upright picture.
#[test]
fn how_a_camera_was_held_does_not_change_the_answer() {
    let (w, h) = (f64::from(SIZE.width), f64::from(SIZE.height));
    // Stored → upright pixels, by the EXIF 2.3 table, from orientation 1 on.
    let upright = [
        [1.0, 0.0, 0.0, 0.0, 1.0, 0.0],
        [-1.0, 0.0, w, 0.0, 1.0, 0.0],
        [-1.0, 0.0, w, 0.0, -1.0, h],
        [1.0, 0.0, 0.0, 0.0, -1.0, h],
        [0.0, 1.0, 0.0, 1.0, 0.0, 0.0],
        [0.0, -1.0, w, 1.0, 0.0, 0.0],
        [0.0, -1.0, w, -1.0, 0.0, h],
        [0.0, 1.0, 0.0, -1.0, 0.0, h],
    ];
    for (orientation, [a, b, c, d, e, f]) in (1..).zip(upright) {
        let size = if orientation >= 5 { Size::new(SIZE.height, SIZE.width) } else { SIZE };
        let stored = seen(&MOVING.0, size, &Matrix3([a, b, c, d, e, f, 0.0, 0.0, 1.0]));
        let payload = exif_payload(&[field(Tag::Orientation, Value::Short(vec![orientation]))]);
        let file = with_segment(&encode_jpeg(&stored, 95).expect("encoded"), 0xe1, &payload);
        let read = decode(&file, Detail::AtLeast(2048)).expect("decoded");
        assert_eq!(read.size(), SIZE);
        let found = to_fixed(&read);
        assert!(is_unmoved(&found, &Matrix3::IDENTITY, SIZE), "{orientation}: {found:?}");
    }
}

/// Far more than a refusal takes where nothing is optimised and other tests run beside it, and far less than a search
/// that does not end.
const FAST: Duration = Duration::from_secs(20);

proptest! {
    #![proptest_config(few(5))]

    #[test]
    fn pictures_of_any_size_without_skin_are_refused_soon(
        sizes in prop::array::uniform2((1..260_u32, 1..260_u32)), seeds in prop::array::uniform2(any::<u32>()), flat: bool,
    ) {
        let made = |i: usize| {
            let size = Size::new(sizes[i].0, sizes[i].1);
            painted(&Picture::filled(size, [128; 3]), |x, y| (!flat).then(|| grain(x, y, seeds[i])))
        };
        let start = Instant::now();
        let found = align(&made(0), &made(1));
        prop_assert_eq!((found.answer, found.matrix, found.residual_px), (Answer::None, None, None));
        prop_assert!(found.why.is_some() && found.confidence < 0.25);
        prop_assert!(start.elapsed() < FAST, "{:?}", start.elapsed());
    }
}

#[test]
fn an_enormous_picture_is_aligned_like_a_small_one() {
    const TIMES: u32 = 20;
    let size = Size::new(TIMES * SIZE.width, TIMES * SIZE.height);
    let enormous = resize(&MOVING.0, size);
    let (wide, zoom) = (Size::new(640, 480), 640.0 / f64::from(SIZE.width));
    let fixed = resize(&FIXED.0, wide);
    let start = Instant::now();
    let found = register(&describe(&enormous, size), &described(&fixed), Model::Similarity);
    assert!(start.elapsed() < FAST, "{:?}", start.elapsed());
    assert_eq!(found.answer, Answer::Aligned, "{found:?}");
    let (times, plain) = (f64::from(TIMES), &MOVING.1);
    let expected = plain.matrix.expect("aligned").rescaled((times, times), (zoom, zoom));
    assert!(off(&found, &expected, size) < zoom * plain.residual_px.expect("measured"), "{found:?}");
}
