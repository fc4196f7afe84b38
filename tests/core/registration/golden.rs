//! What this engine says of a few pairs. Stored answers of an older engine are computed anew, so an engine that answers
//! differently needs another number.

use diptych::geom::{Point, Size};
use diptych::model::{Answer, Model, WhyNot};
use diptych::registration::{ENGINE, Registration, register};

use super::large::{LARGE, large};
use super::skin::{Skin, Visit, view};
use super::{align, described};

const SIZE: Size = Size::new(320, 240);

/// Answer, reason, and in pixels where three corners come to lie, then residual and confidence.
type Told = (Answer, Option<WhyNot>, Vec<f64>);

fn told(found: &Registration, size: Size) -> Told {
    let corners = size.corners().into_iter().take(3);
    let places = corners.filter_map(|corner| Some(found.matrix?.apply(corner))).flat_map(|p| [p.x, p.y]);
    (found.answer, found.why, places.chain(found.residual_px).chain([found.confidence]).collect())
}

/// The number of the engine and what it says. Whoever changes this changes both.
fn written() -> (u32, [Told; 5]) {
    let aligned = |places: [f64; 8]| (Answer::Aligned, None, places.to_vec());
    let told = [
        aligned([21.897, -31.175, 355.331, 4.128, 328.853, 254.203, 1.339, 1.0]),
        aligned([21.490, -30.664, 356.181, 4.287, 329.403, 253.693, 1.262, 1.0]),
        (
            Answer::Suggestion,
            Some(WhyNot::Unsure),
            vec![13.589, -6.951, 340.961, 5.850, 331.360, 251.379, 2.402, 0.566],
        ),
        (Answer::None, Some(WhyNot::TooLittleInCommon), vec![0.015]),
        aligned([58.447, -142.841, 2179.740, 48.592, 2052.149, 1462.442, 0.545, 1.0]),
    ];
    (6, told)
}

/// What another system's sine may change of the pictures is far below this.
const SAME: f64 = 0.01;

#[test]
fn another_answer_is_one_of_another_engine() {
    let front = view(SIZE, Point::default(), 1.0, 0.0);
    let first = |seed| Skin::new(seed).photograph(SIZE, &front, &Visit::FIRST);
    let later = Visit { light: 1.0, gain: 0.9, changed: 60, tissue: 2.0, noise: 3.0, seed: 9, stamp: false };
    let hard = Visit { light: 3.6, changed: 240, ..later };
    let moved = Skin::new(61).photograph(SIZE, &view(SIZE, Point::new(14.0, -9.0), 1.05, 6.0), &later);
    let relit = Skin::new(61).photograph(SIZE, &view(SIZE, Point::new(4.0, -3.0), 1.02, 2.0), &hard);
    let fixed = first(61);
    let (a, b) = (described(&moved), described(&fixed));
    let (own, other, _) = large();
    let found = [
        (register(&a, &b, Model::Similarity), SIZE),
        (register(&a, &b, Model::Affine), SIZE),
        (align(&relit, &fixed), SIZE),
        (align(&moved, &first(62)), SIZE),
        (align(&own, &other), LARGE),
    ];
    let found = found.map(|(found, size)| told(&found, size));
    let (engine, written) = written();
    let is_same = |(a, b): (&Told, &Told)| {
        let close = a.2.iter().zip(&b.2).all(|(a, b)| (a - b).abs() < SAME);
        (a.0, a.1, a.2.len()) == (b.0, b.1, b.2.len()) && close
    };
    assert!(found.iter().zip(&written).all(is_same), "answers changed, so must the engine's number: {found:.3?}");
    assert_eq!(ENGINE, engine);
}
