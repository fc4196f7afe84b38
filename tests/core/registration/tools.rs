//! The person's tools: clicked points, a drawn region, and refinement from there.

use diptych::geom::{Matrix3, Point, Rect, Size};
use diptych::imaging::Picture;
use diptych::model::{Answer, Model, WhyNot};
use diptych::registration::{Region, landmarks, refine_from, register_within};

use super::described;
use super::skin::{Skin, Visit, truth, view};

const SIZE: Size = Size::new(480, 360);

fn front() -> Matrix3 {
    view(SIZE, Point::default(), 1.0, 0.0)
}

/// Left half from one picture, right half from another.
fn beside(left: &Picture, right: &Picture) -> Picture {
    let pixel = |i: usize| if i % 480 < 240 { left.pixels()[i] } else { right.pixels()[i] };
    Picture::from_rgba(SIZE, (0..480 * 360).flat_map(pixel).collect()).expect("it fits")
}

#[test]
fn two_rough_clicks_and_a_refinement_give_the_transform() {
    let (skin, moving) = (Skin::new(31), view(SIZE, Point::new(25.0, -18.0), 1.08, 9.0));
    let later = Visit { light: 0.9, seed: 3, ..Visit::FIRST };
    let (a, b) = (skin.photograph(SIZE, &moving, &later), skin.photograph(SIZE, &front(), &Visit::FIRST));
    let truth = truth(&moving, &front());
    let clicks = [(90.0, 80.0, 2.0), (390.0, 300.0, -1.5)].map(|(x, y, off)| {
        let there = truth.apply(Point::new(x, y));
        (Point::new(x, y), Point::new(there.x + off, there.y - off))
    });
    let placed = landmarks::place(&clicks, Model::Similarity, (SIZE, SIZE)).expect("two places");
    assert!(placed.matrix.mean_corner_error(&truth, SIZE) > 1.0, "the clicks are rough");
    let refined = refine_from(&described(&a), &described(&b), &placed.matrix, Model::Similarity, None);
    assert_eq!(refined.answer, Answer::Aligned, "{refined:?}");
    assert!(refined.matrix.expect("a matrix").mean_corner_error(&truth, SIZE) < 0.3);
}

#[test]
fn refinement_of_clicks_on_strangers_does_not_make_them_one() {
    let a = Skin::new(32).photograph(SIZE, &front(), &Visit::FIRST);
    let b = Skin::new(82).photograph(SIZE, &front(), &Visit::FIRST);
    let found = refine_from(&described(&a), &described(&b), &Matrix3::IDENTITY, Model::Similarity, None);
    assert_eq!(found.answer, Answer::None, "{found:?}");
}

#[test]
fn a_region_alone_decides() {
    let (skin, other) = (Skin::new(33), Skin::new(83));
    let (here, there) = (view(SIZE, Point::new(9.0, 6.0), 1.02, 3.0), view(SIZE, Point::new(-10.0, -9.0), 0.97, -4.0));
    let later = Visit { seed: 4, ..Visit::FIRST };
    let moving = beside(&skin.photograph(SIZE, &here, &later), &other.photograph(SIZE, &there, &later));
    let fixed =
        beside(&skin.photograph(SIZE, &front(), &Visit::FIRST), &other.photograph(SIZE, &front(), &Visit::FIRST));
    let (a, b) = (described(&moving), described(&fixed));
    for (left, view) in [(10.0, &here), (250.0, &there)] {
        let rect = Rect { x: left, y: 10.0, width: 220.0, height: 340.0 };
        let region = Region::rectangle(&rect).expect("an area");
        let found = register_within(&a, &b, Model::Similarity, Some(&region));
        assert_eq!(found.answer, Answer::Aligned, "{found:?}");
        let (matrix, truth) = (found.matrix.expect("a matrix"), truth(view, &front()));
        let middle = Point::new(left + 110.0, 180.0);
        let (seen, meant) = (matrix.apply(middle), truth.apply(middle));
        assert!(seen.distance(meant) < 0.5, "{seen:?} {meant:?}");
    }
}

#[test]
fn a_region_that_shows_too_little_is_named_and_suggests_nothing() {
    let skin = Skin::new(34);
    let later = Visit { light: 0.8, seed: 5, ..Visit::FIRST };
    let moving = described(&skin.photograph(SIZE, &view(SIZE, Point::new(7.0, 5.0), 1.02, 2.0), &later));
    let fixed = described(&skin.photograph(SIZE, &front(), &Visit::FIRST));
    for (x, y, side) in [(5000.0, 5000.0, 100.0), (200.0, 150.0, 9.0), (230.0, 100.0, 30.0)] {
        let region = Region::rectangle(&Rect { x, y, width: side, height: side }).expect("an area");
        let found = register_within(&moving, &fixed, Model::Similarity, Some(&region));
        assert_eq!((found.answer, found.matrix), (Answer::None, None), "{x},{y},{side}");
        assert_eq!(found.why, Some(WhyNot::RegionTooSmall), "{x},{y},{side}");
    }
}
