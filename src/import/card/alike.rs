//! Which shots of a card show the same: those of one burst, and one picture that was saved again.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::Shot;
use super::cut::Pile;
use crate::geom::Size;
use crate::imaging::{self, Detail, Picture};
use crate::model::PhotoHash;

/// Bits of the fingerprint in which two shots of one burst differ at most.
const ALIKE: u32 = 14;
/// Shots of one burst are taken within so many seconds.
const BURST: TimeDelta = TimeDelta::seconds(15);
/// Levels, of 255, by which the pixels of a picture that was saved again differ on average: compression takes two or three,
/// another moment of the same pose far more.
const SAVED_AGAIN: f64 = 4.0;
/// Pixels that are enough to tell.
const PLACES: Size = Size::new(64, 64);

/// For each shot the earlier one that it shows once more, the nearest of them.
#[must_use]
pub fn repeated(shots: &[Shot]) -> Vec<Option<usize>> {
    (0..shots.len()).map(|i| (0..i).rev().find(|before| repeats(&shots[*before], &shots[i]))).collect()
}

/// All shots but the sharpest of each lot that shows the same; `repeated` is what the function of this name says of them.
#[must_use]
pub fn surplus(shots: &[Shot], repeated: &[Option<usize>]) -> Vec<usize> {
    let mut lots: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for i in 0..shots.len() {
        let mut first = i;
        while let Some(before) = repeated.get(first).copied().flatten() {
            first = before;
        }
        lots.entry(first).or_default().push(i);
    }
    let sharpness = |i: usize| shots[i].found.quality.sharpness;
    let rest = |lot: Vec<usize>| {
        let best = lot.iter().copied().max_by(|a, b| sharpness(*a).total_cmp(&sharpness(*b)).then(b.cmp(a)));
        lot.into_iter().filter(move |i| Some(*i) != best)
    };
    lots.into_values().filter(|lot| lot.len() > 1).flat_map(rest).collect()
}

/// Parts from `shots` those without a time that are one with a time saved again, each with the bytes of that one: they
/// belong beside it, and not at the end of the card.
#[must_use]
pub fn without_copies(shots: Vec<Shot>) -> (Vec<Shot>, Vec<(PhotoHash, Shot)>) {
    let (timed, timeless): (Vec<_>, Vec<_>) = shots.into_iter().partition(|s| s.found.facts.local_time().is_some());
    let (mut kept, mut copies) = (timed, Vec::new());
    let originals = kept.len();
    for shot in timeless {
        match kept[..originals].iter().find(|original| repeats(original, &shot)) {
            Some(original) => copies.push((original.found.hash, shot)),
            None => kept.push(shot),
        }
    }
    (kept, copies)
}

/// Puts each copy behind what it is a copy of.
pub fn put_behind(piles: &mut [Pile], copies: Vec<(PhotoHash, Shot)>) {
    for (original, copy) in copies {
        let place = |pile: &Pile| pile.shots.iter().position(|shot| shot.found.hash == original);
        let pile = piles.iter_mut().find_map(|pile| place(pile).map(|at| (pile, at)));
        if let Some((pile, at)) = pile {
            pile.shots.insert(at + 1, copy);
        }
    }
}

/// Whether a shot shows what `before` shows once more: within a burst what looks alike, and else what is the same picture.
fn repeats(before: &Shot, shot: &Shot) -> bool {
    if before.card.is_some() || shot.card.is_some() || before.fingerprint.distance(shot.fingerprint) > ALIKE {
        return false;
    }
    match (before.found.facts.local_time(), shot.found.facts.local_time()) {
        (Some(first), Some(next)) => (next - first).abs() <= BURST,
        _ => is_saved_again(before, shot),
    }
}

fn is_saved_again(one: &Shot, other: &Shot) -> bool {
    let small = |shot: &Shot| imaging::decode(&shot.small.0, Detail::Full).ok();
    let Some((one, other)) = small(one).zip(small(other)) else { return false };
    let shape = |picture: &Picture| f64::from(picture.size().width) / f64::from(picture.size().height.max(1));
    let same_shape = (shape(&one) / shape(&other) - 1.0).abs() < 0.02;
    same_shape && difference(&imaging::resize(&one, PLACES), &imaging::resize(&other, PLACES)) <= SAVED_AGAIN
}

/// Mean difference of the values of two pictures of one size.
fn difference(one: &Picture, other: &Picture) -> f64 {
    let pairs = one.rgba().iter().zip(other.rgba());
    let sum: u64 = pairs.map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    // The fourth value of each pixel is opaque in both.
    sum as f64 / (3 * one.pixels().len()).max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::super::Small;
    use super::super::cut::{cut, tests::shot};
    use super::*;
    use crate::imaging::Fingerprint;
    use crate::import::group::tests::day;

    fn picture(seed: f64) -> Picture {
        let mut rgba = Vec::new();
        for i in 0..160 * 120 {
            let (x, y) = (f64::from(i % 160), f64::from(i / 160));
            let level = 128.0 + 60.0 * (x * 0.1 + seed).sin() * (y * 0.08).cos() + 30.0 * ((x + y) * 0.3 * seed).sin();
            rgba.extend([level as u8, (level * 0.8) as u8, (level * 0.7) as u8, 255]);
        }
        Picture::from_rgba(Size::new(160, 120), rgba).expect("a picture")
    }

    fn showing(name: &str, time: Option<&str>, picture: &Picture, quality: u8, sharpness: f64) -> Shot {
        let jpeg = imaging::encode_jpeg(picture, quality).expect("encoded");
        let decoded = imaging::decode(&jpeg, Detail::Full).expect("decoded");
        let mut shot = shot(name, time);
        shot.found.quality.sharpness = sharpness;
        Shot { small: Small(jpeg.into()), fingerprint: imaging::fingerprint(&decoded), ..shot }
    }

    #[test]
    fn a_burst_is_found_also_across_another_view_and_never_across_a_pause() {
        let far = Fingerprint([u64::MAX, 0]);
        let mut shots = vec![
            shot("a", Some("2026:03:09 10:00:00")),
            Shot { fingerprint: far, ..shot("b", Some("2026:03:09 10:00:04")) },
            shot("c", Some("2026:03:09 10:00:08")),
            shot("d", Some("2026:03:09 10:00:24")),
        ];
        let first = repeated(&shots);
        assert_eq!(first, [None, None, Some(0), None]);
        shots[0].found.quality.sharpness = 50.0;
        assert_eq!(surplus(&shots, &first), [0], "the softer one");
    }

    #[test]
    fn a_picture_that_was_saved_again_without_its_time_belongs_beside_the_one_it_was_made_from() {
        let (face, cheek) = (picture(1.0), picture(2.3));
        let shots = || {
            vec![
                showing("a", Some("2026:03:09 10:00:00"), &face, 92, 100.0),
                showing("b", Some("2026:03:09 10:00:40"), &cheek, 92, 100.0),
                showing("c", None, &imaging::resize(&face, Size::new(120, 90)), 60, 60.0),
                showing("d", None, &picture(4.1), 92, 100.0),
            ]
        };
        let (kept, copies) = without_copies(shots());
        assert_eq!((kept.len(), copies.len()), (3, 1));
        let mut piles = cut(kept, 3, day(20));
        put_behind(&mut piles, copies);
        let names = |pile: &Pile| pile.shots.iter().map(|s| s.found.path.0.display().to_string()).collect::<String>();
        assert_eq!(piles.iter().map(names).collect::<Vec<_>>(), ["acb", "d"]);
        let again = repeated(&piles[0].shots);
        assert_eq!((again.as_slice(), surplus(&piles[0].shots, &again)), (&[None, Some(0), None][..], vec![1]));
    }
}
