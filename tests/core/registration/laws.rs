//! What must hold for every pair of pictures.

use diptych::geom::{Matrix3, Point, Size};
use diptych::imaging::Picture;
use diptych::model::{Answer, Model, WhyNot};
use diptych::registration::{Registration, describe, odds, register};

use super::skin::{Skin, Visit, truth, view};
use super::{align, described, percent_off};

const SIZE: Size = Size::new(400, 300);
const LATER: Visit = Visit { light: 0.8, gain: 0.9, changed: 40, tissue: 0.0, noise: 3.0, seed: 9, stamp: false };

fn fixed_view() -> Matrix3 {
    view(SIZE, Point::default(), 1.0, 0.0)
}

/// A later photo through `moving`, the first photo, and the true transform.
fn pair(seed: u32, moving: &Matrix3, later: &Visit) -> (Picture, Picture, Matrix3) {
    let skin = Skin::new(seed);
    let fixed = fixed_view();
    (skin.photograph(SIZE, moving, later), skin.photograph(SIZE, &fixed, &Visit::FIRST), truth(moving, &fixed))
}

fn handheld(seed: u32) -> (Picture, Picture, Matrix3) {
    pair(seed, &view(SIZE, Point::new(22.0, -15.0), 1.06, 7.0), &LATER)
}

fn pixels_off(found: &Registration, truth: &Matrix3) -> f64 {
    found.matrix.as_ref().expect("a matrix").mean_corner_error(truth, SIZE)
}

/// A picture of `size` with the value of each pixel made by `value`.
fn made(size: Size, value: impl Fn(u32, u32) -> u8) -> Picture {
    let pixel = |i: u32| [value(i % size.width, i / size.width); 3].into_iter().chain([255]);
    Picture::from_rgba(size, (0..size.width * size.height).flat_map(pixel).collect()).expect("the buffer fits")
}

fn grain(x: u32, y: u32, seed: u32) -> u8 {
    let h = (x.wrapping_mul(0x9E37_79B1) ^ y.wrapping_mul(0x85EB_CA77) ^ seed).wrapping_mul(0x2C1B_3C6D);
    (h ^ (h >> 15)).wrapping_mul(0x297A_2D39).to_be_bytes()[0]
}

#[test]
fn a_handheld_pair_is_aligned_to_a_fraction_of_a_pixel() {
    let (moving, fixed, truth) = handheld(1);
    let found = align(&moving, &fixed);
    assert_eq!((found.answer, found.why), (Answer::Aligned, None));
    assert!(pixels_off(&found, &truth) < 0.25, "{found:?}");
    assert!(found.confidence > 0.9 && found.residual_px.is_some_and(|r| r < 1.5), "{found:?}");
}

// Pixel centres at integers instead of +0.5 would be wrong by 0.3 px in the middle of the first pair.
#[test]
fn a_large_turn_and_zoom_is_exact_in_the_convention_of_pixel_centres() {
    for (scale, degrees) in [(1.0 / 0.7, 35.0), (0.75, -30.0)] {
        let same_light = Visit { seed: 9, ..Visit::FIRST };
        let (moving, fixed, truth) = pair(3, &view(SIZE, Point::new(10.0, 12.0), scale, degrees), &same_light);
        let found = align(&moving, &fixed);
        assert_eq!(found.answer, Answer::Aligned);
        let centre = Point::new(200.0, 150.0);
        let shift = found.matrix.as_ref().expect("a matrix").apply(centre).distance(truth.apply(centre));
        assert!(shift < 0.1, "{shift} px in the middle at {scale}, {degrees}°");
        assert!(pixels_off(&found, &truth) < 0.3, "{found:?}");
    }
}

#[test]
fn changed_skin_and_moved_tissue_stay_within_half_a_percent() {
    let later = Visit { light: 1.0, tissue: 3.0, changed: 90, ..LATER };
    let (moving, fixed, truth) = pair(4, &view(SIZE, Point::new(-12.0, 9.0), 0.97, -5.0), &later);
    let found = align(&moving, &fixed);
    assert_eq!(found.answer, Answer::Aligned);
    assert!(percent_off(&found, &truth, &moving, &fixed) < 0.5, "{found:?}");
    let (moving, fixed, _) = handheld(4);
    let exact = align(&moving, &fixed);
    assert!(found.residual_px > exact.residual_px, "moved tissue must show in the residual");
}

#[test]
fn a_picture_is_aligned_with_itself_by_the_identity() {
    let (_, fixed, _) = handheld(5);
    let found = align(&fixed, &fixed);
    assert_eq!(found.answer, Answer::Aligned);
    assert!(pixels_off(&found, &Matrix3::IDENTITY) < 1e-3 && found.residual_px.is_some_and(|r| r < 0.05));
}

#[test]
fn strangers_are_refused_and_no_matrix_is_shown() {
    let found = align(&handheld(6).0, &handheld(56).1);
    assert_eq!((found.answer, found.why), (Answer::None, Some(WhyNot::TooLittleInCommon)), "{found:?}");
    assert!(found.matrix.is_none() && found.residual_px.is_none() && found.confidence < 0.25);
}

#[test]
fn a_date_stamp_aligns_nobody() {
    let (moving, ..) = pair(8, &fixed_view(), &Visit { stamp: true, ..LATER });
    let fixed = Skin::new(58).photograph(SIZE, &fixed_view(), &Visit { stamp: true, ..Visit::FIRST });
    let found = align(&moving, &fixed);
    assert_eq!((found.answer, found.why), (Answer::None, Some(WhyNot::OnlyStamp)), "{found:?}");
}

#[test]
fn pictures_with_nothing_in_them_get_an_answer_and_no_panic() {
    let flat = made(SIZE, |_, _| 128);
    let (moving, ..) = handheld(11);
    for (a, b) in [(&flat, &flat), (&moving, &flat), (&flat, &moving)] {
        let found = align(a, b);
        assert_eq!((found.answer, found.why), (Answer::None, Some(WhyNot::TooLittleDetail)));
        assert!(found.confidence.is_finite() && found.matrix.is_none());
    }
    let refused = |a: &Picture, b: &Picture| {
        let found = align(a, b);
        assert_eq!((found.answer, found.why), (Answer::None, Some(WhyNot::TooLittleDetail)), "{found:?}");
        assert!(found.confidence < 0.25 && found.matrix.is_none() && found.residual_px.is_none(), "{found:?}");
    };
    for size in [Size::new(1, 1), Size::new(3, 2000), Size::new(31, 31), Size::new(33, 40), Size::new(700, 33)] {
        let strip = made(size, |x, y| grain(x, y, 3));
        refused(&strip, &moving);
        refused(&moving, &strip);
        if size.width < 700 {
            refused(&strip, &strip);
        } else {
            // Just enough to be told from any other.
            let found = align(&strip, &strip);
            assert_eq!(found.answer, Answer::Aligned, "{found:?}");
            assert!(found.matrix.expect("a matrix").mean_corner_error(&Matrix3::IDENTITY, size) < 1e-3);
        }
    }
    let noise = [1, 2].map(|seed| made(Size::new(200, 150), |x, y| grain(x, y, seed)));
    assert_eq!(align(&noise[0], &noise[1]).answer, Answer::None);
}

#[test]
fn a_quarter_turn_moves_the_answer_by_the_turn() {
    let (moving, fixed, truth) = handheld(14);
    let (width, height) = (SIZE.width as usize, SIZE.height as usize);
    // Pixel (x, y) of the turned picture is pixel (y, height − 1 − x) of the photo.
    let pixel = |i: usize| {
        let (x, y) = (i % height, i / height);
        let at = 4 * ((height - 1 - x) * width + y);
        [moving.rgba()[at], moving.rgba()[at + 1], moving.rgba()[at + 2], 255]
    };
    let turned = Picture::from_rgba(Size::new(SIZE.height, SIZE.width), (0..width * height).flat_map(pixel).collect());
    let found = align(&turned.expect("the buffer fits"), &fixed);
    let back = Matrix3([0.0, 1.0, 0.0, -1.0, 0.0, f64::from(SIZE.height), 0.0, 0.0, 1.0]);
    assert_eq!(found.answer, Answer::Aligned);
    assert!(pixels_off(&found, &truth.after(&back)) < 0.3, "{found:?}");
}

#[test]
fn the_answer_is_in_pixels_of_the_originals() {
    let (moving, fixed, truth) = handheld(15);
    // As if both had been decoded at a fraction of their size.
    let (from, to) = (Size::new(4 * 400, 4 * 300), Size::new(2 * 400, 2 * 300));
    let found = register(&describe(&moving, from), &describe(&fixed, to), Model::Similarity);
    let plain = align(&moving, &fixed);
    let expected = truth.rescaled((4.0, 4.0), (2.0, 2.0));
    assert!(found.matrix.as_ref().expect("a matrix").mean_corner_error(&expected, from) < 0.5);
    let (large, small) = (found.residual_px.expect("aligned"), plain.residual_px.expect("aligned"));
    assert!((large - 2.0 * small).abs() < 1e-6);
}

#[test]
fn a_similarity_stays_one_between_originals_of_odd_size() {
    let (moving, fixed, _) = handheld(16);
    let found = register(
        &describe(&moving, Size::new(4801, 3599)),
        &describe(&fixed, Size::new(1443, 1083)),
        Model::Similarity,
    );
    let m = found.matrix.expect("a matrix").0;
    assert!((m[0] - m[4]).abs() < 1e-9 && (m[1] + m[3]).abs() < 1e-9 && m[6..] == [0.0, 0.0, 1.0]);
}

#[test]
fn models_with_more_freedom_agree_where_the_truth_is_simple() {
    let (moving, fixed, truth) = handheld(17);
    let (a, b) = (described(&moving), described(&fixed));
    for model in [Model::Affine, Model::Homography] {
        let found = register(&a, &b, model);
        assert_eq!(found.answer, Answer::Aligned);
        assert!(pixels_off(&found, &truth) < 0.8, "{model:?} {found:?}");
    }
}

#[test]
fn the_answer_does_not_depend_on_the_number_of_threads() {
    let (moving, fixed, _) = handheld(18);
    // Light from the other side and most spots elsewhere: the features do not suffice.
    let relit = Visit { light: 3.6, changed: 240, tissue: 2.0, seed: 5, ..LATER };
    let (hard, other, _) = pair(18, &view(SIZE, Point::new(6.0, -5.0), 1.02, 3.0), &relit);
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| {
            let (a, b) = (described(&moving), described(&fixed));
            let (c, d) = (described(&hard), described(&other));
            let found = [register(&a, &b, Model::Similarity), register(&a, &b, Model::Homography)];
            assert!(odds(&c, &d) < 12.0, "the pair is searched without features: {}", odds(&c, &d));
            (found, register(&c, &d, Model::Similarity), [a, b, c, d])
        })
    };
    let one = run(1);
    assert!(run(3) == one);
}

#[test]
fn enormous_and_empty_claims_get_an_answer() {
    let tiny = made(Size::new(40, 40), |x, y| grain(x, y, 9));
    let found =
        register(&describe(&tiny, Size::new(120_000, 120_000)), &describe(&tiny, Size::new(0, 0)), Model::Similarity);
    // The same pixels, so little as they are: no more than a suggestion, in the pixels that were claimed.
    assert_eq!((found.answer, found.residual_px), (Answer::Suggestion, None), "{found:?}");
    let shrunk = Matrix3::scaling(1.0 / 3000.0, 1.0 / 3000.0);
    let off = found.matrix.expect("shown").mean_corner_error(&shrunk, Size::new(120_000, 120_000));
    assert!(off < 1e-3 && (0.25..0.75).contains(&found.confidence), "{found:?}");
    let flat = Picture::filled(Size::new(9000, 6000), [120, 110, 100]);
    assert_eq!(align(&flat, &flat).why, Some(WhyNot::TooLittleDetail));
}

#[test]
fn a_half_turn_moves_the_answer_by_the_turn() {
    let (moving, fixed, truth) = handheld(19);
    let turned: Vec<u8> = moving.pixels().iter().rev().copied().flatten().collect();
    let found = align(&Picture::from_rgba(SIZE, turned).expect("the buffer fits"), &fixed);
    let back = Matrix3([-1.0, 0.0, f64::from(SIZE.width), 0.0, -1.0, f64::from(SIZE.height), 0.0, 0.0, 1.0]);
    assert_eq!(found.answer, Answer::Aligned);
    assert!(pixels_off(&found, &truth.after(&back)) < 0.3, "{found:?}");
}

#[test]
fn shrinking_an_input_moves_the_answer_by_it() {
    let (moving, fixed, truth) = handheld(20);
    let half = made_from(&moving);
    let found = align(&half, &fixed);
    assert_eq!(found.answer, Answer::Aligned, "{found:?}");
    let expected = truth.after(&Matrix3::scaling(2.0, 2.0));
    let error = found.matrix.expect("a matrix").mean_corner_error(&expected, half.size());
    assert!(error < 0.5, "{error}");
}

/// Half the size by the mean of four pixels.
fn made_from(picture: &Picture) -> Picture {
    let size = Size::new(picture.size().width / 2, picture.size().height / 2);
    made(size, |x, y| {
        let at =
            |dx: u32, dy: u32| u32::from(picture.pixels()[((2 * y + dy) * 2 * size.width + 2 * x + dx) as usize][1]);
        ((at(0, 0) + at(1, 0) + at(0, 1) + at(1, 1) + 2) / 4) as u8
    })
}
