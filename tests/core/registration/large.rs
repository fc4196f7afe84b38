//! Pictures with more pixels than the search works on: the last step looks at them, too.

use diptych::geom::{Matrix3, Point, Size};
use diptych::imaging::{Picture, resize};
use diptych::model::Answer;

use super::{align, described};

/// As a preview.
pub const LARGE: Size = Size::new(2048, 1365);

/// A value in [−1, 1] for each node of a lattice, between them bilinear.
fn noise(seed: u32, x: f64, y: f64) -> f64 {
    let (column, row) = (x.floor(), y.floor());
    let (u, v) = (x - column, y - row);
    let node = |i: u32, j: u32| {
        let (i, j) = ((column as i64 as u32).wrapping_add(i), (row as i64 as u32).wrapping_add(j));
        let h = (seed ^ i.wrapping_mul(0x9E37_79B1) ^ j.wrapping_mul(0x85EB_CA77)).wrapping_mul(0x2C1B_3C6D);
        f64::from((h ^ (h >> 15)).wrapping_mul(0x297A_2D39) >> 8) / f64::from(1 << 23) - 1.0
    };
    let top = node(0, 0) + u * (node(1, 0) - node(0, 0));
    let low = node(0, 1) + u * (node(1, 1) - node(0, 1));
    top + v * (low - top)
}

/// What `view` (picture → skin) shows of skin with pores of some pixels; the light and the grain are those of `visit`.
fn photographed(view: &Matrix3, visit: u32) -> Picture {
    let pixel = |i: u32| {
        let (x, y) = (f64::from(i % LARGE.width) + 0.5, f64::from(i / LARGE.width) + 0.5);
        let p = view.apply(Point::new(x, y));
        let relief = 9.0 * noise(1, p.x / 3.1, p.y / 3.1) + 14.0 * noise(2, p.x / 17.0, p.y / 17.0);
        let spots = 18.0 * noise(3, p.x / 61.0, p.y / 61.0);
        let light = 8.0 * noise(visit, p.x / 400.0, p.y / 400.0) + 5.0 * noise(visit + 1, x, y);
        let tone = 150.0 + relief + spots + light;
        [1.12 * tone, 0.92 * tone, 0.8 * tone, 255.0].map(|v| v.round() as u8)
    };
    Picture::from_rgba(LARGE, (0..LARGE.width * LARGE.height).flat_map(pixel).collect()).expect("the buffer fits")
}

/// A later photo, the first one, and the true transform.
pub fn large() -> (Picture, Picture, Matrix3) {
    let about = Matrix3::translation(1024.0, 682.5);
    let turn = about.after(&Matrix3::similarity(1.04, 0.09, 0.0, 0.0)).after(&about.inverse().expect("a shift"));
    let truth = Matrix3::translation(31.3, -22.7).after(&turn);
    (photographed(&truth, 11), photographed(&Matrix3::IDENTITY, 21), truth)
}

#[test]
fn what_a_picture_has_beyond_the_working_size_makes_the_answer_more_exact() {
    let (moving, fixed, truth) = large();
    let found = align(&moving, &fixed);
    let half = |picture: &Picture| resize(picture, LARGE.fit_within(1024));
    let coarse = align(&half(&moving), &half(&fixed));
    assert_eq!((found.answer, coarse.answer), (Answer::Aligned, Answer::Aligned));
    let fine = found.matrix.expect("aligned").mean_corner_error(&truth, LARGE);
    let doubled = coarse.matrix.expect("aligned").rescaled((2.0, 2.0), (2.0, 2.0));
    let half = doubled.mean_corner_error(&truth, LARGE);
    assert!(fine < 0.02 && 3.0 * fine < half, "{fine} px, from half the size {half} px");
    // A plane of floats more would be eleven megabytes.
    assert!(described(&moving).bytes() < 10_000_000);
}
