//! Whole-frame matching: exposure and colour temperature of both pictures of a pair brought together.
//!
//! What lamp, flash and camera did differently is taken out, half on each side, so that the same kind of operation is done
//! to both and neither is the flattered one. Never local, never more than two numbers ([`Tone`]), and what was done is
//! marked on each picture it was done to.
//!
//! The difference is measured in linear light on the part both show: for each of some hundred blocks log2 of the ratio of
//! the sums of each channel, then the weighted median over the blocks, in which skin counts most. Spots, a red patch or
//! hair that moved are a minority of the blocks and move a median little. Exposure is the change of luminance; colour
//! temperature is read from blue against luminance alone, because blood takes from blue what it takes from luminance
//! (absorption of haemoglobin in the bands of sRGB, as in the demo's skin: 0.80 to 0.80): redness of the whole frame is
//! the skin's and stays.

mod tone;

pub use tone::Tone;
use tone::{LUMINANCE, PER_MIRED, to_linear};

use thiserror::Error;

use super::{common_crop_of, render};
use crate::geom::{Matrix3, Size};
use crate::imaging::Picture;
use crate::registration::looks_like_skin;

/// Longest side at which the common part is measured.
const WORKING: u32 = 768;
/// A smaller share of the smaller picture than this in common is not enough to judge a whole frame by.
const LEAST_SHARED: f64 = 0.1;

/// Blocks along the longer side.
const BLOCKS: usize = 24;
/// Fewer blocks than this that could be measured say nothing about a whole frame.
const LEAST_BLOCKS: usize = 24;
/// Pictures with a shorter side than this, in pixels, are too small.
const LEAST_SIDE: u32 = 48;
/// Channels outside this range of sRGB are clipped, or too dark for a ratio.
const USABLE: std::ops::RangeInclusive<u8> = 6..=250;
/// Less of the common part than this that is usable in both: clipped.
const LEAST_USABLE: f64 = 0.3;
/// More of a picture than this that would become white by the change: refused.
const MOST_BURNT: f64 = 0.01;
/// Weight of what does not look like skin.
const NOT_SKIN: f64 = 0.15;
/// Stops by which half of the blocks may deviate from the median: beyond it the light has another direction, and no change
/// of the whole frame makes it alike. As much as a fall-off of 1.6 EV from edge to edge, which the grade calls misleading.
const MOST_UNEVEN: f64 = 0.4;
/// Stops of red against the rest that a match leaves: beyond it nobody can tell lamp from skin.
const MOST_RED: f64 = 0.3;
/// Stops and mired beyond which a picture would look as it never was.
const MOST: Tone = Tone { ev: 1.5, mired: 60.0 };

/// Why a pair is left as it was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unmatched {
    /// They do not lie over each other.
    #[error("the pictures are not aligned, so that nobody knows which skin is the same")]
    NotAligned,
    /// Too little to measure.
    #[error("the pictures share too little")]
    TooSmall,
    /// Too much is white or black.
    #[error("too much of one picture is over- or underexposed")]
    Clipped,
    /// The light comes from elsewhere.
    #[error("the light falls differently on different parts")]
    Uneven,
    /// Redness differs over the whole frame.
    #[error("red and green differ over the whole picture, which may be the skin's own change")]
    Redness,
    /// More than can honestly be taken out.
    #[error("the pictures differ by more than can honestly be matched")]
    TooFar,
}

impl Unmatched {
    /// One sentence for a person.
    #[must_use]
    pub fn sentence(self) -> String {
        format!("Exposure and colour are not matched: {self}. Both are as they were taken.")
    }
}

/// How a pair is brought together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Matching {
    /// What the after picture has more than the before picture: brighter, warmer.
    pub difference: Tone,
}

impl Matching {
    /// What is done to the before and to the after picture: half each, in opposite directions.
    #[must_use]
    pub fn tones(self) -> [Tone; 2] {
        [self.difference.scaled(0.5), self.difference.scaled(-0.5)]
    }

    /// "Exposure and colour of both whole pictures were matched: the earlier one by +0.2 EV, −130 K, the later one by …."
    #[must_use]
    pub fn sentence(self) -> String {
        let [before, after] = self.tones().map(Tone::words);
        format!(
            "Exposure and colour of both whole pictures are matched: the earlier one by {before}, the later one by {after}."
        )
    }
}

/// Measures a before and an after picture at any resolution, each with its matrix to the frame both lie in.
pub fn of_pair(sides: [(&Picture, Matrix3); 2]) -> Result<Matching, Unmatched> {
    let outlines = sides.map(|(picture, matrix)| (picture.size(), matrix));
    let crop = common_crop_of(&outlines, None).ok_or(Unmatched::TooSmall)?;
    let area =
        |(size, matrix): (Size, Matrix3)| f64::from(size.width) * f64::from(size.height) * matrix.scale().powi(2);
    if crop.width * crop.height < LEAST_SHARED * area(outlines[0]).min(area(outlines[1])) {
        return Err(Unmatched::TooSmall);
    }
    // No finer than the coarser picture is.
    let step = sides.iter().map(|(_, matrix)| matrix.scale()).fold(0.0, f64::max).max(1e-9);
    let side = |length: f64| (length / step).ceil().max(1.0) as u32;
    let out = Size::new(side(crop.width), side(crop.height)).fit_within(WORKING);
    let [own, other] = sides.map(|(picture, matrix)| render(picture, &matrix, crop, out));
    measure(&own, &other)
}

/// Measures two pictures of one size that show the same part of the skin, such as both renderings of a common crop, in
/// sRGB. The answer is in stops and mired, see [`Tone`].
pub fn measure(before: &Picture, after: &Picture) -> Result<Matching, Unmatched> {
    let size = before.size();
    if size != after.size() || size.width.min(size.height) < LEAST_SIDE {
        return Err(Unmatched::TooSmall);
    }
    let (blocks, usable) = blocks(before, after);
    if usable < LEAST_USABLE {
        return Err(Unmatched::Clipped);
    }
    if blocks.len() < LEAST_BLOCKS {
        return Err(Unmatched::TooSmall);
    }
    let median = |of: &dyn Fn(&Block) -> f64| weighted_median(blocks.iter().map(|b| (of(b), b.weight)).collect());
    let difference = Tone { ev: median(&Block::ev), mired: median(&Block::mired) };
    let matching = Matching { difference };
    if !(difference.ev.abs() <= MOST.ev && difference.mired.abs() <= MOST.mired) {
        return Err(Unmatched::TooFar);
    }
    if median(&|block| (block.ev() - difference.ev).abs()) > MOST_UNEVEN {
        return Err(Unmatched::Uneven);
    }
    if median(&Block::red).abs() > MOST_RED {
        return Err(Unmatched::Redness);
    }
    let [own, other] = matching.tones();
    if burnt(before, own) > MOST_BURNT || burnt(after, other) > MOST_BURNT {
        return Err(Unmatched::Clipped);
    }
    Ok(matching)
}

/// One part of both pictures.
struct Block {
    /// log2 of after ÷ before, for linear red, green and blue.
    ratio: [f64; 3],
    weight: f64,
}

impl Block {
    fn ev(&self) -> f64 {
        self.ratio.iter().zip(LUMINANCE).map(|(ratio, part)| ratio * part).sum()
    }

    fn mired(&self) -> f64 {
        (self.ratio[2] - self.ev()) / PER_MIRED[2]
    }

    /// Red against what exposure and colour temperature leave of it.
    fn red(&self) -> f64 {
        self.ratio[0] - self.ev() - self.mired() * PER_MIRED[0]
    }
}

/// The blocks at least half of whose pixels are usable, and the share of all pixels that are.
fn blocks(before: &Picture, after: &Picture) -> (Vec<Block>, f64) {
    let (width, height) = (before.size().width as usize, before.size().height as usize);
    let linear: [f64; 256] = std::array::from_fn(|value| to_linear(value as u8));
    let side = width.max(height).div_ceil(BLOCKS);
    let is_usable = |pixel: &[u8; 4]| pixel[..3].iter().all(|value| USABLE.contains(value));
    let (mut found, mut usable) = (Vec::new(), 0usize);
    for top in (0..height).step_by(side) {
        for left in (0..width).step_by(side) {
            let (bottom, right) = ((top + side).min(height), (left + side).min(width));
            let (mut light, mut bytes, mut count) = ([[0.0f64; 3]; 2], [[0.0f32; 3]; 2], 0usize);
            for y in top..bottom {
                let row = y * width + left..y * width + right;
                for pair in before.pixels()[row.clone()].iter().zip(&after.pixels()[row]) {
                    if !is_usable(pair.0) || !is_usable(pair.1) {
                        continue;
                    }
                    count += 1;
                    for (i, pixel) in [pair.0, pair.1].into_iter().enumerate() {
                        for c in 0..3 {
                            light[i][c] += linear[usize::from(pixel[c])];
                            bytes[i][c] += f32::from(pixel[c]);
                        }
                    }
                }
            }
            usable += count;
            if 2 * count < (bottom - top) * (right - left) || count == 0 {
                continue;
            }
            let is_skin = bytes.iter().any(|sum| looks_like_skin(sum.map(|value| value / count as f32)) == Some(true));
            let ratio = std::array::from_fn(|c| (light[1][c] / light[0][c]).log2());
            found.push(Block { ratio, weight: count as f64 * if is_skin { 1.0 } else { NOT_SKIN } });
        }
    }
    (found, usable as f64 / (width * height) as f64)
}

/// The value below which half of the weight lies; not a number where there is none.
fn weighted_median(mut values: Vec<(f64, f64)>) -> f64 {
    values.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let half = 0.5 * values.iter().map(|(_, weight)| weight).sum::<f64>();
    let mut sum = 0.0;
    let reached = values.iter().find(|(_, weight)| {
        sum += weight;
        sum >= half
    });
    reached.map_or(f64::NAN, |(value, _)| *value)
}

/// Share of pixels that have a colour now and would have lost it after the change, because a channel is at its end.
fn burnt(picture: &Picture, tone: Tone) -> f64 {
    let most = tone.gains().map(|gain| (0..=255).rev().find(|value| gain * to_linear(*value) <= 1.0).unwrap_or(0));
    let lost = |pixel: &&[u8; 4]| {
        let now = pixel[..3].iter().all(|value| *value < 255);
        now && pixel.iter().zip(most).any(|(value, most)| *value > most)
    };
    picture.pixels().iter().filter(lost).count() as f64 / picture.pixels().len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geom::Size;
    use proptest::prelude::*;

    const SIZE: Size = Size::new(240, 180);

    /// Skin with relief and spots, linear light 0–1.
    fn skin(x: usize, y: usize) -> [f64; 3] {
        let (fx, fy) = (x as f64, y as f64);
        let relief =
            0.05 * (fx * 0.9).sin() + 0.04 * (fy * 1.3 + fx * 0.2).cos() + 0.06 * (fx * 0.02 + fy * 0.03).sin();
        let spot = if (x / 9 + y / 7).is_multiple_of(11) { 0.75 } else { 1.0 };
        [0.36, 0.21, 0.14].map(|v| v * (1.0 + relief) * spot)
    }

    fn picture(light: impl Fn(usize, usize) -> [f64; 3]) -> Picture {
        let byte = |linear: f64| {
            let v = if linear <= 0.003_130_8 { 12.92 * linear } else { 1.055 * linear.powf(1.0 / 2.4) - 0.055 };
            (255.0 * v).round().clamp(0.0, 255.0) as u8
        };
        let mut made = Picture::filled(SIZE, [0; 3]);
        let width = SIZE.width as usize;
        for (i, pixel) in made.pixels_mut().iter_mut().enumerate() {
            let [r, g, b] = light(i % width, i / width).map(byte);
            *pixel = [r, g, b, 255];
        }
        made
    }

    fn lit(tone: Tone) -> impl Fn(usize, usize) -> [f64; 3] {
        let gains = tone.gains();
        move |x, y| std::array::from_fn(|c| skin(x, y)[c] * gains[c])
    }

    /// Blood in front of light: absorption of haemoglobin in the bands of sRGB.
    fn reddened([r, g, b]: [f64; 3], density: f64) -> [f64; 3] {
        [r * (-0.13 * density).exp2(), g * (-density).exp2(), b * (-0.80 * density).exp2()]
    }

    fn near(found: Tone, wanted: Tone, ev: f64, mired: f64) -> bool {
        (found.ev - wanted.ev).abs() <= ev && (found.mired - wanted.mired).abs() <= mired
    }

    #[test]
    fn a_picture_is_not_changed_to_match_itself() {
        let own = picture(skin);
        let matching = measure(&own, &own).expect("matched");
        assert_eq!(matching.difference, Tone::default());
        assert_eq!(matching.tones()[0].applied(&own), own);
    }

    #[test]
    fn half_is_done_to_each_side_and_both_meet() {
        let (before, after) = (picture(skin), picture(lit(Tone { ev: -0.5, mired: 8.0 })));
        let [own, other] = measure(&before, &after).expect("matched").tones();
        assert!((own.ev + other.ev).abs() < 1e-12 && (own.mired + other.mired).abs() < 1e-12);
        let left = measure(&own.applied(&before), &other.applied(&after)).expect("measured").difference;
        assert!(near(left, Tone::default(), 0.02, 1.5), "{left:?}");
    }

    #[test]
    fn a_red_patch_on_a_third_of_the_skin_stays_red() {
        let change = Tone { ev: 0.4, mired: -6.0 };
        let light = lit(change);
        let patch = |x: usize, y: usize| if x < 85 && y > 8 { reddened(light(x, y), 0.6) } else { light(x, y) };
        let matching = measure(&picture(skin), &picture(patch)).expect("matched");
        assert!(near(matching.difference, change, 0.05, 2.0), "{:?}", matching.difference);
        // Red against green inside the patch: as before the matching.
        let mean = |picture: &Picture, c: usize| {
            let inside = picture.pixels().iter().enumerate().filter(|(i, _)| i % 240 < 80 && i / 240 > 20);
            inside.map(|(_, pixel)| to_linear(pixel[c])).sum::<f64>()
        };
        let redness = |picture: &Picture| (mean(picture, 0) / mean(picture, 1)).log2();
        let [own, other] = matching.tones();
        let gained = redness(&other.applied(&picture(patch))) - redness(&own.applied(&picture(skin)));
        assert!((gained - 0.87 * 0.6).abs() < 0.04, "{gained}");
    }

    #[test]
    fn redness_of_the_whole_frame_is_not_taken_for_a_lamp() {
        let flushed = |density: f64| picture(move |x, y| reddened(skin(x, y), density));
        let slight = measure(&picture(skin), &flushed(0.25)).expect("matched").difference;
        assert!(slight.mired.abs() < 1.0, "{slight:?}");
        assert_eq!(measure(&picture(skin), &flushed(0.8)), Err(Unmatched::Redness));
    }

    #[test]
    fn a_wall_in_another_light_counts_less_than_the_skin() {
        let change = Tone { ev: 0.3, mired: 5.0 };
        let light = lit(change);
        let wall = |x: usize, y: usize, own: [f64; 3], level: f64| {
            if x < 150 && y < 170 { [0.2, 0.26, 0.4].map(|v| v * level) } else { own }
        };
        let before = picture(|x, y| wall(x, y, skin(x, y), 1.0));
        let after = picture(|x, y| wall(x, y, light(x, y), 0.5));
        let found = measure(&before, &after).expect("matched").difference;
        assert!(near(found, change, 0.05, 2.0), "{found:?}");
    }

    #[test]
    fn what_cannot_be_matched_honestly_is_refused_with_the_reason() {
        let own = picture(skin);
        let tiny = Picture::filled(Size::new(40, 30), [180, 120, 100]);
        assert_eq!(measure(&tiny, &tiny), Err(Unmatched::TooSmall));
        assert_eq!(measure(&own, &tiny), Err(Unmatched::TooSmall));
        let white = picture(|x, y| if y < 150 { [1.0; 3] } else { skin(x, y) });
        assert_eq!(measure(&white, &own), Err(Unmatched::Clipped));
        let black = picture(|x, y| if y < 150 { [0.0; 3] } else { skin(x, y) });
        assert_eq!(measure(&own, &black), Err(Unmatched::Clipped));
        assert_eq!(measure(&own, &picture(lit(Tone { ev: -2.0, mired: 0.0 }))), Err(Unmatched::TooFar));
        assert_eq!(measure(&own, &picture(lit(Tone { ev: 0.0, mired: 75.0 }))), Err(Unmatched::TooFar));
        let slanted = picture(|x, y| skin(x, y).map(|v| v * (-2.4 * x as f64 / 240.0).exp2()));
        assert_eq!(measure(&own, &slanted), Err(Unmatched::Uneven));
        // A tenth of the picture is so light that half a stop more would make it white.
        let bright = picture(|x, y| if x < 24 { [0.9, 0.8, 0.7] } else { skin(x, y) });
        let darker = picture(|x, y| if x < 24 { [0.4; 3] } else { skin(x, y).map(|v| 2.0 * v) });
        assert_eq!(measure(&bright, &darker), Err(Unmatched::Clipped));
    }

    #[test]
    fn a_picture_without_colours_is_matched_in_exposure() {
        let grey = |level: f64| picture(move |x, y| [level * skin(x, y)[1]; 3]);
        let found = measure(&grey(1.0), &grey(0.7)).expect("matched").difference;
        assert!(near(found, Tone { ev: 0.7f64.log2(), mired: 0.0 }, 0.02, 0.5), "{found:?}");
    }

    #[test]
    fn an_aligned_pair_is_measured_on_what_both_show_and_a_corner_is_not_enough() {
        let change = Tone { ev: -0.3, mired: 4.0 };
        // The after picture lies 60 pixels to the right in the frame of the before picture and shows what is there.
        let light = lit(change);
        let (before, after) = (picture(skin), picture(|x, y| light(x + 60, y)));
        let shifted = |x: f64, y: f64| [(&before, Matrix3::IDENTITY), (&after, Matrix3::translation(x, y))];
        let found = of_pair(shifted(60.0, 0.0)).expect("matched").difference;
        assert!(near(found, change, 0.02, 1.0), "{found:?}");
        assert_eq!(of_pair(shifted(200.0, 120.0)), Err(Unmatched::TooSmall));
        assert_eq!(of_pair(shifted(500.0, 0.0)), Err(Unmatched::TooSmall));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        /// A known change is found to a fiftieth of a stop and a mired, and the other way round it is its opposite.
        #[test]
        fn a_known_change_is_found(ev in -1.0..1.0_f64, mired in -30.0..30.0_f64) {
            let wanted = Tone { ev, mired };
            let (before, after) = (picture(skin), picture(lit(wanted)));
            let found = measure(&before, &after).map(|m| m.difference);
            prop_assert!(found.is_ok_and(|found| near(found, wanted, 0.02, 1.0)), "{:?} {:?}", wanted, found);
            let back = measure(&after, &before).map(|m| m.difference);
            prop_assert!(back.is_ok_and(|back| near(back, wanted.scaled(-1.0), 0.02, 1.0)), "{:?} {:?}", wanted, back);
        }
    }
}
