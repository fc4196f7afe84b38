//! What is not skin must not count, and the reason must be one a clinician can act on.

use diptych::geom::{Matrix3, Point, Size};
use diptych::imaging::{Picture, resize};
use diptych::model::{Answer, WhyNot};

use super::align;
use super::skin::{Skin, Visit, truth, view};

const SIZE: Size = Size::new(480, 360);

fn front() -> Matrix3 {
    view(SIZE, Point::default(), 1.0, 0.0)
}

fn moved() -> Matrix3 {
    view(SIZE, Point::new(20.0, -14.0), 1.05, 6.0)
}

/// Each pixel made anew from its place and colour.
fn repainted(picture: &Picture, paint: impl Fn(u32, u32, [u8; 3]) -> [u8; 3]) -> Picture {
    let width = picture.size().width;
    let pixel = |(i, p): (usize, &[u8; 4])| {
        let [r, g, b] = paint(i as u32 % width, i as u32 / width, [p[0], p[1], p[2]]);
        [r, g, b, 255]
    };
    Picture::from_rgba(picture.size(), picture.pixels().iter().enumerate().flat_map(pixel).collect()).expect("it fits")
}

fn grain(x: u32, y: u32) -> u8 {
    let h = (x.wrapping_mul(0x9E37_79B1) ^ y.wrapping_mul(0x85EB_CA77)).wrapping_mul(0x2C1B_3C6D);
    (h ^ (h >> 15)).wrapping_mul(0x297A_2D39).to_be_bytes()[0]
}

/// The picture with a patterned blue cloth around an ellipse of skin.
fn before_cloth(skin: &Picture) -> Picture {
    repainted(skin, |x, y, colour| {
        let (u, v) = (f64::from(x) / 480.0 - 0.5, f64::from(y) / 360.0 - 0.5);
        let weave = grain(x / 5, y / 5) / 3;
        if (u * u + v * v).sqrt() < 0.40 { colour } else { [40 + weave, 90 + weave, 150 + weave] }
    })
}

#[test]
fn two_people_before_the_same_cloth_are_two_people() {
    let (a, b) = (
        Skin::new(21).photograph(SIZE, &front(), &Visit::FIRST),
        Skin::new(71).photograph(SIZE, &front(), &Visit::FIRST),
    );
    let found = align(&before_cloth(&a), &before_cloth(&b));
    assert_eq!((found.answer, found.why), (Answer::None, Some(WhyNot::OnlyBackground)), "{found:?}");
}

/// Patches of one drawing, far apart, on whatever skin the picture shows; `view` maps its pixels to the skin.
fn drawn_on(picture: &Picture, view: &Matrix3) -> Picture {
    repainted(picture, |x, y, colour| {
        let p = view.apply(Point::new(f64::from(x) + 0.5, f64::from(y) + 0.5));
        let (u, v) = ((p.x + 6000.0) as u32, (p.y + 6000.0) as u32);
        let ink = u % 110 < 26 && v % 110 < 26 && grain(u / 4, v / 4) > 128;
        if ink { colour.map(|c| (u32::from(c) * 6 / 10) as u8) } else { colour }
    })
}

#[test]
fn what_agrees_on_two_skins_without_the_skin_between_is_said_to_be_perhaps_another_person() {
    let other = Visit { light: 0.8, seed: 5, ..Visit::FIRST };
    let moving = drawn_on(&Skin::new(23).photograph(SIZE, &moved(), &other), &moved());
    let fixed = drawn_on(&Skin::new(73).photograph(SIZE, &front(), &Visit::FIRST), &front());
    let found = align(&moving, &fixed);
    assert_eq!((found.answer, found.why), (Answer::Suggestion, Some(WhyNot::Lookalike)), "{found:?}");
    assert!(found.confidence < 0.55, "{found:?}");
}

#[test]
fn skin_that_moved_before_a_still_cloth_is_followed() {
    let skin = Skin::new(22);
    let later = skin.photograph(SIZE, &moved(), &Visit { light: 0.8, seed: 5, ..Visit::FIRST });
    let first = skin.photograph(SIZE, &front(), &Visit::FIRST);
    let found = align(&before_cloth(&later), &before_cloth(&first));
    assert_eq!(found.answer, Answer::Aligned, "{found:?}");
    let error = found.matrix.expect("a matrix").mean_corner_error(&truth(&moved(), &front()), SIZE);
    assert!(error < 1.5, "{error}");
}

#[test]
fn the_darkest_skin_and_pictures_without_colours_align_as_any_other() {
    let skin = Skin::new(23);
    let later = skin.photograph(SIZE, &moved(), &Visit { light: 0.8, seed: 6, ..Visit::FIRST });
    let first = skin.photograph(SIZE, &front(), &Visit::FIRST);
    let dark = |p: [u8; 3]| [0.45, 0.38, 0.33].map(|share| (f64::from(p[1]) * share) as u8);
    let grey = |p: [u8; 3]| [p[1]; 3];
    let tones: [&dyn Fn([u8; 3]) -> [u8; 3]; 2] = [&dark, &grey];
    for tone in tones {
        let (a, b) = (repainted(&later, |_, _, p| tone(p)), repainted(&first, |_, _, p| tone(p)));
        let found = align(&a, &b);
        assert_eq!(found.answer, Answer::Aligned, "{found:?}");
        assert!(found.matrix.expect("a matrix").mean_corner_error(&truth(&moved(), &front()), SIZE) < 0.6);
    }
    // One visit in colour, the other without.
    let mixed = align(&repainted(&later, |_, _, p| grey(p)), &first);
    assert_eq!(mixed.answer, Answer::Aligned, "{mixed:?}");
}

#[test]
fn a_watermark_all_over_is_no_skin_and_does_not_hide_it() {
    let marked = |picture: &Picture| {
        repainted(picture, |x, y, colour| {
            let inside = x % 90 < 50 && y % 70 < 16;
            let ink = inside && grain(x % 90 / 4, y % 70 / 4) > 128;
            if ink { colour.map(|c| c / 2 + 122) } else { colour }
        })
    };
    let (skin, other) = (Skin::new(24), Skin::new(74));
    let later = skin.photograph(SIZE, &moved(), &Visit { light: 0.8, seed: 7, ..Visit::FIRST });
    let first = skin.photograph(SIZE, &front(), &Visit::FIRST);
    let stranger = other.photograph(SIZE, &front(), &Visit::FIRST);
    let found = align(&marked(&stranger), &marked(&first));
    assert_eq!((found.answer, found.why), (Answer::None, Some(WhyNot::OnlyStamp)), "{found:?}");
    let found = align(&marked(&later), &marked(&first));
    let matrix = found.matrix.expect("it is shown");
    assert!(matrix.mean_corner_error(&truth(&moved(), &front()), SIZE) < 3.0, "{found:?}");
}

#[test]
fn a_white_border_on_both_changes_nothing_beyond_the_residual() {
    let framed = |picture: &Picture| {
        repainted(picture, |x, y, colour| if x < 24 || y < 24 || x >= 456 || y >= 336 { [250; 3] } else { colour })
    };
    let skin = Skin::new(25);
    let later = skin.photograph(SIZE, &moved(), &Visit { light: 0.8, seed: 8, ..Visit::FIRST });
    let first = skin.photograph(SIZE, &front(), &Visit::FIRST);
    let found = align(&framed(&later), &framed(&first));
    assert_eq!(found.answer, Answer::Aligned, "{found:?}");
    assert!(found.matrix.expect("a matrix").mean_corner_error(&truth(&moved(), &front()), SIZE) < 0.6);
    let stranger = Skin::new(75).photograph(SIZE, &front(), &Visit::FIRST);
    assert_eq!(align(&framed(&stranger), &framed(&first)).answer, Answer::None);
}

#[test]
fn a_mirrored_picture_is_named() {
    let first = Skin::new(26).photograph(SIZE, &front(), &Visit::FIRST);
    let rows = first.pixels().chunks_exact(SIZE.width as usize);
    let flipped = rows.flat_map(|row| row.iter().rev().copied().flatten()).collect();
    let found = align(&Picture::from_rgba(SIZE, flipped).expect("it fits"), &first);
    assert_eq!((found.answer, found.why), (Answer::None, Some(WhyNot::Mirrored)), "{found:?}");
}

/// Out of focus: what is finer than `reach` pixels is lost.
fn blurred(picture: &Picture, reach: u32) -> Picture {
    let size = picture.size();
    resize(&resize(picture, Size::new(size.width / reach, size.height / reach)), size)
}

/// A clinic's logo in the lower left corner.
fn with_logo(picture: &Picture) -> Picture {
    let top = picture.size().height - 44;
    repainted(picture, |x, y, colour| {
        let ink = (16..92).contains(&x) && (top..top + 28).contains(&y) && grain(x / 4, y / 4) > 128;
        if ink { [245; 3] } else { colour }
    })
}

/// Large enough that a blurred picture still has places to hold on to.
const LARGE: Size = Size::new(960, 720);

/// The same skin at two visits, the second turned away from the camera by `squeeze`.
fn turned(seed: u32, squeeze: f64) -> (Picture, Picture) {
    let skin = Skin::new(seed);
    let turn = front().after(&Matrix3([squeeze, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]));
    let later = Visit { light: 0.8, seed: 6, ..Visit::FIRST };
    (skin.photograph(SIZE, &turn, &later), skin.photograph(SIZE, &front(), &Visit::FIRST))
}

#[test]
fn a_picture_out_of_focus_is_called_so() {
    let whole = view(LARGE, Point::default(), 0.5, 0.0);
    let photo = |seed| Skin::new(seed).photograph(LARGE, &whole, &Visit::FIRST);
    let (sharp, stranger) = (photo(27), photo(77));
    for (moving, fixed) in
        [(blurred(&sharp, 10), stranger.clone()), (with_logo(&blurred(&sharp, 10)), with_logo(&stranger))]
    {
        let found = align(&moving, &fixed);
        assert_eq!((found.answer, found.why), (Answer::None, Some(WhyNot::TooBlurred)), "{found:?}");
    }
}

#[test]
fn a_turned_head_is_called_so_whatever_is_printed_on_both_photos() {
    let (later, first) = turned(28, 1.15);
    for (moving, fixed) in [(later.clone(), first.clone()), (with_logo(&later), with_logo(&first))] {
        let found = align(&moving, &fixed);
        assert_ne!(found.answer, Answer::Aligned, "{found:?}");
        assert_eq!(found.why, Some(WhyNot::TurnedHead), "{found:?}");
    }
}

#[test]
fn what_no_similarity_removes_is_in_the_residual_as_far_as_it_goes() {
    let shares = [1.0, 1.06, 1.14].map(|squeeze| {
        let (later, first) = turned(30, squeeze);
        let found = align(&later, &first);
        assert_ne!(found.answer, Answer::None, "{squeeze}: {found:?}");
        found.residual_px.expect("measured") / SIZE.diagonal()
    });
    assert!(shares[0] < 0.002 && shares[1] > 0.005 && shares[2] > 0.012, "{shares:?}");
}
