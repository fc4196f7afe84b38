//! Accuracy and honesty of the registration over many generated pairs with known truth, and its time per pair.

use std::time::{Duration, Instant};

use diptych::geom::{Matrix3, Point, Size};
use diptych::imaging::Picture;
use diptych::model::{Answer, Model};
use diptych::registration::{describe, register};

use crate::skin::{Skin, Visit, truth, view};

/// A generator of pairs: index → moving, fixed, true transform (none for a negative).
type Pairs = fn(u32) -> (Picture, Picture, Option<Matrix3>);

const SIZE: Size = Size::new(1024, 683);

/// A number in [−1, 1] that looks random.
fn spread(i: u32, k: u32) -> f64 {
    (f64::from(i * 7 + k * 13) * 12.989_8).sin() * 43_758.547 % 1.0
}

fn positive(i: u32, degrees: f64, ln_scale: f64, shift: f64, visit: &Visit) -> (Picture, Picture, Option<Matrix3>) {
    let skin = Skin::new(1000 + i);
    let fixed = view(SIZE, Point::default(), 1.0, 0.0);
    let centre = Point::new(shift * spread(i, 1), shift * spread(i, 2));
    let moving = view(SIZE, centre, (ln_scale * spread(i, 3)).exp(), degrees * spread(i, 4));
    let visit = Visit { seed: 500 + i, ..*visit };
    (skin.photograph(SIZE, &moving, &visit), skin.photograph(SIZE, &fixed, &Visit::FIRST), Some(truth(&moving, &fixed)))
}

fn easy(i: u32) -> (Picture, Picture, Option<Matrix3>) {
    positive(i, 12.0, 0.1, 60.0, &Visit { light: 0.7, gain: 0.93, ..Visit::FIRST })
}

fn hard(i: u32) -> (Picture, Picture, Option<Matrix3>) {
    positive(i, 35.0, 0.4, 80.0, &Visit { light: 0.7, gain: 0.9, ..Visit::FIRST })
}

fn tissue(i: u32) -> (Picture, Picture, Option<Matrix3>) {
    positive(i, 12.0, 0.1, 60.0, &Visit { light: 0.8, tissue: 6.0, ..Visit::FIRST })
}

fn weeks(i: u32) -> (Picture, Picture, Option<Matrix3>) {
    let light = 0.6 + 0.7 * spread(i, 9);
    positive(i, 8.0, 0.08, 50.0, &Visit { light, gain: 0.85, changed: 120, tissue: 5.0, noise: 4.0, ..Visit::FIRST })
}

fn relit(i: u32) -> (Picture, Picture, Option<Matrix3>) {
    let light = 0.6 + 1.9 * spread(i, 9);
    positive(i, 8.0, 0.08, 50.0, &Visit { light, gain: 0.8, changed: 160, tissue: 7.0, noise: 5.0, ..Visit::FIRST })
}

fn strangers(i: u32) -> (Picture, Picture, Option<Matrix3>) {
    let (a, b) = (Skin::new(2000 + i), Skin::new(4000 + i));
    let (one, two) = (view(SIZE, Point::default(), 1.0, 0.0), view(SIZE, Point::default(), 1.1, 5.0));
    (a.photograph(SIZE, &two, &Visit { seed: i, ..Visit::FIRST }), b.photograph(SIZE, &one, &Visit::FIRST), None)
}

fn stamped(i: u32) -> (Picture, Picture, Option<Matrix3>) {
    let (a, b) = (Skin::new(2500 + i), Skin::new(4500 + i));
    let same = view(SIZE, Point::default(), 1.0, 0.0);
    let visit = Visit { stamp: true, ..Visit::FIRST };
    (a.photograph(SIZE, &same, &Visit { seed: i, ..visit }), b.photograph(SIZE, &same, &visit), None)
}

fn elsewhere(i: u32) -> (Picture, Picture, Option<Matrix3>) {
    let skin = Skin::new(3000 + i);
    let (here, there) = (view(SIZE, Point::new(-900.0, 0.0), 1.0, 0.0), view(SIZE, Point::new(900.0, 0.0), 1.0, 3.0));
    (
        skin.photograph(SIZE, &here, &Visit { seed: i, ..Visit::FIRST }),
        skin.photograph(SIZE, &there, &Visit::FIRST),
        None,
    )
}

fn evaluate(name: &str, count: u32, pairs: Pairs) -> usize {
    let (mut accepted, mut wrong, mut suggested, mut within_half, mut within_one) = (0, 0, 0, 0, 0);
    let (mut describing, mut registering) = (Duration::ZERO, Duration::ZERO);
    let mut errors = Vec::new();
    for i in 0..count {
        let (moving, fixed, truth) = pairs(i);
        let start = Instant::now();
        let (a, b) = (describe(&moving, moving.size()), describe(&fixed, fixed.size()));
        describing += start.elapsed();
        let start = Instant::now();
        let found = register(&a, &b, Model::Similarity);
        registering += start.elapsed();
        let error = match (&truth, &found.matrix) {
            (Some(truth), Some(matrix)) => {
                100.0 * matrix.mean_corner_error(truth, moving.size()) / fixed.size().diagonal()
            }
            _ => f64::INFINITY,
        };
        accepted += usize::from(found.answer == Answer::Aligned);
        wrong += usize::from(found.answer == Answer::Aligned && error > 3.0);
        suggested += usize::from(found.answer == Answer::Suggestion);
        within_half += usize::from(error < 0.5);
        within_one += usize::from(error < 1.0);
        errors.push(error);
        if truth.is_none() && found.answer != Answer::None || truth.is_some() && found.answer != Answer::Aligned {
            println!("  {name} {i}: {found:?} off {error:.2} %");
        }
    }
    errors.sort_by(f64::total_cmp);
    let per = |d: Duration| d.as_secs_f64() * 1e3 / f64::from(count);
    println!(
        "{name:10} n {count:3} accepted {accepted:3} suggested {suggested:3} wrong {wrong} <0.5% {within_half:3} <1% {within_one:3} \
         median {:.3} % describe {:.0} ms register {:.0} ms",
        errors[errors.len() / 2],
        per(describing),
        per(registering),
    );
    wrong
}

/// Pairs in each set.
const PAIRS: u32 = 25;

/// Prints one line a set; a wrong accept is named.
pub fn run() {
    let sets: [(&str, Pairs); 8] = [
        ("easy", easy),
        ("hard", hard),
        ("tissue", tissue),
        ("weeks", weeks),
        ("relit", relit),
        ("strangers", strangers),
        ("stamped", stamped),
        ("elsewhere", elsewhere),
    ];
    let wrong: usize = sets.into_iter().map(|(name, pairs)| evaluate(name, PAIRS, pairs)).sum();
    println!("wrong accepts in all sets: {wrong}");
}
