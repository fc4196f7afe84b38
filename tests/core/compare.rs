//! Comparisons as a clinician sees them.

use diptych::compare::{Half, common_crop, composite, render};
use diptych::geom::{Matrix3, Point, Size};
use diptych::imaging::resize;

use crate::support::{difference, painted, skin};

const BEFORE: Size = Size::new(640, 480);

/// An after photo of the same skin, taken 1.1× closer and turned by 4°.
fn after() -> (diptych::imaging::Picture, Matrix3) {
    let to_before = Matrix3::translation(30.0, -12.0).after(&Matrix3::similarity(0.9, 0.07, 0.0, 0.0));
    (painted(Size::new(600, 500), |p| skin(to_before.apply(p))), to_before)
}

#[test]
fn the_same_skin_stands_at_the_same_place_in_both_halves() {
    let before = painted(BEFORE, skin);
    let (after, matrix) = after();
    let crop = common_crop(BEFORE, after.size(), &matrix).expect("a common part");
    let out = Size::new(crop.width as u32, crop.height as u32);
    let (left, right) = (render(&before, &Matrix3::IDENTITY, crop, out), render(&after, &matrix, crop, out));
    assert!(difference(&left, &right) < 1.5, "{}", difference(&left, &right));
}

#[test]
fn a_picture_decoded_smaller_renders_the_same_place() {
    let before = painted(BEFORE, skin);
    let small = resize(&before, Size::new(320, 240));
    let crop = diptych::geom::Rect { x: 100.0, y: 80.0, width: 300.0, height: 200.0 };
    let out = Size::new(150, 100);
    let full = render(&before, &Matrix3::IDENTITY, crop, out);
    let half = render(&small, &Matrix3::scaling(2.0, 2.0), crop, out);
    assert!(difference(&full, &half) < 2.0, "{}", difference(&full, &half));
}

#[test]
fn a_composite_is_the_same_bytes_every_time() {
    let before = painted(BEFORE, skin);
    let (after, matrix) = after();
    let crop = common_crop(BEFORE, after.size(), &matrix).expect("a common part");
    let make = || {
        let left = Half { picture: &before, matrix: Matrix3::IDENTITY, title: "Session 1 of 6", detail: "baseline" };
        let right = Half { picture: &after, matrix, title: "Session 4 of 6", detail: "12 weeks since baseline" };
        composite(&left, &right, crop, 900)
    };
    let one = make();
    assert_eq!(one, make());
    assert!(one.size().longest() <= 900);
    let white = one.pixels().iter().filter(|p| p[0] > 245 && p[1] > 245 && p[2] > 245).count();
    assert!(white > 40, "the labels' letters are missing: {white} white pixels");
}

#[test]
fn rendering_moves_no_point() {
    let dot = Point::new(300.5, 200.5);
    let source = painted(BEFORE, |p| if p.distance(dot) < 6.0 { [20, 20, 20] } else { [220, 180, 160] });
    let matrix = Matrix3::similarity(0.5, 0.4, 120.0, 10.0);
    let frame = diptych::geom::Rect { x: 0.0, y: 0.0, width: 400.0, height: 400.0 };
    let out = render(&source, &matrix, frame, Size::new(400, 400));
    let (mut sum, mut n) = (Point::default(), 0.0);
    for (i, pixel) in out.pixels().iter().enumerate() {
        let p = Point::new((i % 400) as f64 + 0.5, (i / 400) as f64 + 0.5);
        if pixel[0] < 100 && matrix.inverse().expect("regular").apply(p).distance(dot) < 20.0 {
            (sum.x, sum.y, n) = (sum.x + p.x, sum.y + p.y, n + 1.0);
        }
    }
    let centre = Point::new(sum.x / n, sum.y / n);
    assert!(centre.distance(matrix.apply(dot)) < 0.2, "{centre:?} instead of {:?}", matrix.apply(dot));
}
