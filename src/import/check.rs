//! The check at filing: what is off with a photo beside its neighbours, and beside the reference of its view.
//!
//! Each finding has its number and its limit. None of them stops anybody.

use super::note::{Channel, Note};
use super::scan::Found;
use crate::compare::grade;
use crate::geom::{Matrix3, Point, Size};
use crate::imaging::{Clipping, Picture, Quality};
use crate::model::{CaptureFacts, ViewId};

/// Sharpness below this part of what is usual is called blurred.
pub(super) const BLURRED_BELOW: f64 = 0.35;
/// Fewer comparable photos say nothing about what is usual.
const FEWEST_PEERS: usize = 3;
/// A difference in exposure from here on is worth a word, EV.
pub(super) const EXPOSURE_EV: f64 = 0.7;
/// Focal lengths that differ by more than this factor draw a face differently.
pub(super) const FOCAL_FACTOR: f64 = 1.1;
/// Distances that differ by more than this factor are worth a word.
pub(super) const SCALE_FACTOR: f64 = 1.15;
/// Pixels for the same skin, as part of those of the reference, below which detail is missing.
pub(super) const RESOLUTION_BELOW: f64 = 0.7;
/// EV by which the light may fall off differently from side to side: where a pair stops being comparable without care.
pub(super) const FALL_OFF_EV: f64 = 0.7;
/// Parts of a picture that may lie at the bright and at the dark end of the scale, beyond what the reference has there.
/// Black backgrounds are common, and hair and clothes are dark.
const CLIPPED: (f64, f64) = (0.02, 0.10);
/// CIELAB units by which the colours of the whole frame may differ: where a pair stops being comparable without care.
pub(super) const WHITE_BALANCE: f64 = 6.0;
/// A photo whose shorter side has fewer pixels shows too little skin to be compared.
pub(super) const SMALLEST_SIDE: u32 = 100;
/// Sharpness below which a picture holds nothing but one colour and the traces of its compression.
pub(super) const NO_DETAIL_BELOW: f64 = 0.5;

/// What is known of a photo that is to be filed, or of the reference of a view.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measured<'a> {
    /// Sharpness, exposure and clipping.
    pub quality: Quality,
    /// What the camera said.
    pub facts: &'a CaptureFacts,
    /// Of the upright original.
    pub size: Size,
    /// All of it in few pixels, of one size for all photos; none where it could not be read.
    pub colours: Option<&'a Picture>,
}

/// Why nothing can be compared with a photo. Such a photo gets no view unasked: it would stand for a view, or push the
/// photos behind it into the wrong rows.
pub(super) fn weakness(found: &Found) -> Option<Note> {
    let side = found.size.width.min(found.size.height);
    if side < SMALLEST_SIDE {
        Some(Note::TooSmall(side))
    } else if found.quality.sharpness < NO_DETAIL_BELOW {
        Some(Note::NoDetail((found.quality.sharpness * 10.0).round() / 10.0))
    } else {
        None
    }
}

/// What a photo says beside the reference of its view. `matrix` maps its pixels to those of the reference where it aligns;
/// what needs the same skin in both is said only then.
pub(super) fn beside_reference(own: &Measured<'_>, usual: &Measured<'_>, matrix: Option<&Matrix3>) -> Vec<Note> {
    let mut notes = Vec::new();
    if matrix.is_some() && own.quality.sharpness < BLURRED_BELOW * usual.quality.sharpness {
        notes.push(Note::BlurredBesideReference(percent(own.quality.sharpness / usual.quality.sharpness)));
    }
    notes.extend(exposure(own.quality.brightness, linear(usual.quality.brightness)).map(Note::ExposureOfReference));
    notes.extend(focal_length(own.facts, usual.facts));
    if let Some(matrix) = matrix {
        // An edge of its frame that covers more of the skin was taken from further away.
        let sides = f64::from(own.size.longest()) / f64::from(usual.size.longest().max(1));
        notes.extend(distance(matrix.scale() * sides));
    }
    let pictures = usual.colours.zip(own.colours);
    if let (Some((usual_colours, colours)), Some(matrix)) = (pictures, matrix) {
        notes.extend(light(usual_colours, usual.size, colours, own.size, matrix));
    }
    notes.extend(pictures.and_then(|(usual, own)| white_balance(usual, own)));
    notes.extend(clipping(own.quality.clipping, usual.quality.clipping));
    let pixels = match matrix {
        Some(matrix) => 1.0 / matrix.scale(),
        None => f64::from(own.size.longest()) / f64::from(usual.size.longest().max(1)),
    };
    if pixels < RESOLUTION_BELOW {
        notes.push(Note::Resolution(percent(pixels)));
    }
    notes
}

fn percent(part: f64) -> f64 {
    (100.0 * part).round()
}

/// How many EV brighter a photo is than `usual`, in linear light, where that is worth a word.
fn exposure(brightness: f64, usual: f64) -> Option<f64> {
    let ev = (linear(brightness) / usual).log2();
    (ev.is_finite() && ev.abs() >= EXPOSURE_EV).then(|| (ev * 10.0).round() / 10.0)
}

fn focal_length(own: &CaptureFacts, usual: &CaptureFacts) -> Option<Note> {
    let both = |of: fn(&CaptureFacts) -> Option<f64>| of(own).zip(of(usual));
    // Of a sensor of unknown size only the same sensor's own numbers say anything.
    let (mm, reference) = both(|facts| facts.focal_35_mm).or_else(|| both(|facts| facts.focal_mm))?;
    let differs = !(1.0 / FOCAL_FACTOR..=FOCAL_FACTOR).contains(&(mm / reference));
    differs.then_some(Note::FocalLength { mm, reference })
}

fn distance(factor: f64) -> Option<Note> {
    let differs = factor.is_finite() && factor > 0.0 && !(1.0 / SCALE_FACTOR..=SCALE_FACTOR).contains(&factor);
    differs.then(|| Note::Distance((factor * 100.0).round() / 100.0))
}

/// Whether the light comes from elsewhere, or falls off otherwise, than in the reference: measured where both show the same
/// skin.
fn light(usual: &Picture, usual_size: Size, own: &Picture, own_size: Size, matrix: &Matrix3) -> Option<Note> {
    let back = matrix.inverse()?;
    let (from, to) = (own.size(), usual.size());
    let scaled = |value: f64, from: u32, to: u32| value * f64::from(to) / f64::from(from.max(1));
    let mut rgba = Vec::with_capacity(4 * usual.pixels().len());
    for i in 0..usual.pixels().len() as u32 {
        let (x, y) = (f64::from(i % to.width) + 0.5, f64::from(i / to.width) + 0.5);
        let there = Point::new(scaled(x, to.width, usual_size.width), scaled(y, to.height, usual_size.height));
        let here = back.apply(there);
        let (u, v) = (scaled(here.x, own_size.width, from.width), scaled(here.y, own_size.height, from.height));
        let inside = u >= 0.0 && v >= 0.0 && u < f64::from(from.width) && v < f64::from(from.height);
        let at = || v as usize * from.width as usize + u as usize;
        // Black counts as nothing that could be measured.
        let pixel = if inside { own.pixels().get(at()).copied() } else { None };
        rgba.extend(pixel.unwrap_or([0, 0, 0, 255]));
    }
    let fall_off = grade::likeness(usual, &Picture::from_rgba(to, rgba)?)?.fall_off_ev;
    (fall_off > FALL_OFF_EV).then(|| Note::Light((fall_off * 10.0).round() / 10.0))
}

pub(super) fn clipping_limit(bright: bool) -> f64 {
    if bright { CLIPPED.0 } else { CLIPPED.1 }
}

/// What lies at either end of the scale of a photo and does not in the reference of its view; without a reference nothing
/// should. One word for each end: for all colours where all are beyond the limit, else for the worst.
pub(super) fn clipping(own: Clipping, reference: Clipping) -> Vec<Note> {
    let end = |own: [f64; 3], usual: [f64; 3], bright: bool| {
        let beyond: [f64; 3] = std::array::from_fn(|i| own[i] - usual[i]);
        let least = beyond.iter().copied().fold(f64::INFINITY, f64::min);
        let (worst, most) = Channel::ALL.iter().zip(beyond).max_by(|a, b| a.1.total_cmp(&b.1))?;
        let limit = clipping_limit(bright);
        let all = least > limit;
        let (channel, part) = if all { (None, least) } else { (Some(*worst), most) };
        (part > limit).then(|| Note::Clipped { channel, bright, percent: percent(part) })
    };
    let ends = [end(own.bright, reference.bright, true), end(own.dark, reference.dark, false)];
    ends.into_iter().flatten().collect()
}

/// Whether the colours of the whole frame are others than those of the reference of its view. Both are small pictures of
/// one size: what lies where does not matter for medians.
fn white_balance(reference: &Picture, own: &Picture) -> Option<Note> {
    let (a, b) = grade::likeness(reference, own)?.colour;
    let tenths = |v: f64| (v * 10.0).round() / 10.0;
    (a.hypot(b) > WHITE_BALANCE).then(|| Note::WhiteBalance(tenths(a), tenths(b)))
}

/// What the sharpness and brightness of each photo say beside those of the same view, or of all where there are few.
pub(super) fn beside_each_other(measured: &[(Option<ViewId>, Quality)]) -> Vec<Vec<Note>> {
    let median_of = |view: Option<ViewId>, value: fn(&Quality) -> f64| {
        let of_view: Vec<f64> =
            measured.iter().filter(|(v, _)| view.is_some() && *v == view).map(|(_, q)| value(q)).collect();
        let peers =
            if of_view.len() >= FEWEST_PEERS { of_view } else { measured.iter().map(|(_, q)| value(q)).collect() };
        median(peers)
    };
    let notes = |(view, quality): &(Option<ViewId>, Quality)| {
        let mut notes = clipping(quality.clipping, Clipping::default());
        if let Some(usual) = median_of(*view, |q| q.sharpness)
            && quality.sharpness < BLURRED_BELOW * usual
        {
            notes.push(Note::Blurred(percent(quality.sharpness / usual)));
        }
        let usual = median_of(*view, |q| linear(q.brightness));
        notes.extend(usual.and_then(|usual| exposure(quality.brightness, usual)).map(Note::Exposure));
        notes
    };
    measured.iter().map(notes).collect()
}

/// Linear light, 0–1, of an 8-bit sRGB value (IEC 61966-2-1).
fn linear(value: f64) -> f64 {
    let v = value / 255.0;
    if v <= 0.040_45 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    if values.len() < FEWEST_PEERS {
        return None;
    }
    values.sort_by(f64::total_cmp);
    Some(values[values.len() / 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size::new(128, 128);

    #[test]
    fn what_is_clipped_beyond_the_reference_is_said_with_its_limit() {
        let none = Clipping::default();
        let red = Clipping { bright: [0.05, 0.01, 0.0], ..none };
        let notes = clipping(red, none);
        assert_eq!(notes, [Note::Clipped { channel: Some(Channel::Red), bright: true, percent: 5.0 }]);
        assert_eq!(notes[0].words(), "red blown out: 5 %, limit 2 %");
        assert_eq!(clipping(red, red), [], "the reference is as bright");
        assert_eq!(clipping(Clipping { bright: [0.02; 3], dark: [0.1; 3] }, none), [], "at the limit");
        let both = Clipping { bright: [0.06, 0.05, 0.04], dark: [0.0, 0.0, 0.3] };
        let words: Vec<String> = clipping(both, none).iter().map(|note| note.words()).collect();
        assert_eq!(words, ["white without detail: 4 %, limit 2 %", "blue lost in black: 30 %, limit 10 %"]);
    }

    /// Something like skin: `gain` of each colour, moved by `shift` pixels, `slope` EV brighter from left to right.
    fn painted(gain: [f64; 3], shift: u32, slope: f64) -> Picture {
        let mut rgba = Vec::new();
        for i in 0..SIZE.width * SIZE.height {
            let (x, y) = (f64::from((i + shift) % SIZE.width), f64::from(i / SIZE.width));
            let wave = 0.25 * ((x * 0.31).sin() * (y * 0.23).cos() + 0.6 * ((x + 2.0 * y) * 0.9).sin());
            let lit = (slope * (f64::from(i % SIZE.width) / f64::from(SIZE.width) - 0.5)).exp2();
            for (base, gain) in [0.42, 0.24, 0.17].into_iter().zip(gain) {
                let v: f64 = (base * (1.0 + wave) * gain * lit).clamp(0.0, 1.0);
                let v = if v <= 0.003_130_8 { 12.92 * v } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 };
                rgba.push((v * 255.0).round() as u8);
            }
            rgba.push(255);
        }
        Picture::from_rgba(SIZE, rgba).expect("a picture")
    }

    #[test]
    fn another_white_balance_is_told_from_another_exposure_and_another_framing() {
        let reference = painted([1.0; 3], 0, 0.0);
        assert_eq!(white_balance(&reference, &painted([1.0; 3], 40, 0.0)), None, "framed otherwise");
        assert_eq!(white_balance(&reference, &painted([0.6; 3], 0, 0.0)), None, "darker");
        let warm = white_balance(&reference, &painted([1.0, 1.0, 0.6], 0, 0.0)).expect("warmer light");
        assert!(matches!(warm, Note::WhiteBalance(_, b) if b > WHITE_BALANCE), "{warm:?}");
        assert!(
            warm.words().starts_with("yellower by ") && warm.words().ends_with("CIELAB, limit 6"),
            "{}",
            warm.words()
        );
        let flat = Picture::filled(SIZE, [90, 80, 70]);
        assert_eq!(white_balance(&reference, &flat), None, "nothing that could be measured");
    }

    fn facts(focal: f64) -> CaptureFacts {
        CaptureFacts { focal_35_mm: Some(focal), ..CaptureFacts::default() }
    }

    fn quality(sharpness: f64, brightness: f64) -> Quality {
        Quality { sharpness, brightness, clipping: Clipping::default() }
    }

    #[test]
    fn everything_that_is_off_beside_the_reference_has_its_number_and_its_limit() {
        let (usual, lit) = (painted([0.5; 3], 0, 0.0), painted([0.5; 3], 0, 1.6));
        let (of_usual, of_own) = (facts(100.0), facts(50.0));
        let full = Size::new(6000, 4000);
        let reference =
            Measured { quality: quality(100.0, 120.0), facts: &of_usual, size: full, colours: Some(&usual) };
        let own = Measured { quality: quality(30.0, 90.0), facts: &of_own, size: full, colours: Some(&lit) };
        // Twice as far away: a pixel of it covers two of the reference.
        let far = Matrix3::similarity(2.0, 0.0, -3000.0, -2000.0);
        let words = |own: &Measured<'_>, matrix: Option<&Matrix3>| -> Vec<String> {
            beside_reference(own, &reference, matrix).iter().map(|note| note.words()).collect()
        };
        assert_eq!(
            words(&own, Some(&far))[..4],
            [
                "blurred: 30 % as sharp as baseline, limit 35 %",
                "0.9 EV darker than baseline, limit 0.7 EV",
                "50 mm, baseline 100 mm, limit 10 %",
                "100 % further away than baseline, limit 15 %",
            ]
        );
        assert_eq!(words(&own, Some(&far)).last().expect("a note"), "50 % of the pixels of baseline, limit 70 %");
        assert_eq!(
            words(&own, None),
            ["0.9 EV darker than baseline, limit 0.7 EV", "50 mm, baseline 100 mm, limit 10 %"],
            "what needs the same skin in both waits for an alignment"
        );
        let alike = Measured { quality: reference.quality, facts: &of_usual, ..own };
        let same = Matrix3::similarity(1.0, 0.0, 0.0, 0.0);
        let said = words(&alike, Some(&same));
        assert!(matches!(said.as_slice(), [one] if one.starts_with("light falls off ")), "{said:?}");
        assert!(said[0].ends_with(" EV otherwise than in baseline, limit 0.7 EV"), "{said:?}");
        assert_eq!(words(&Measured { colours: Some(&usual), ..alike }, Some(&same)), [] as [&str; 0]);
    }

    #[test]
    fn light_is_compared_on_the_same_skin_and_not_at_the_same_place_of_the_frame() {
        let reference = painted([0.5; 3], 0, 1.6);
        // Half of the frame to the left: the same light on the same skin stands elsewhere in the frame.
        let moved = Matrix3::translation(3000.0, 0.0);
        let full = Size::new(6000, 4000);
        let mut own = Picture::filled(SIZE, [0; 3]);
        for y in 0..128 {
            for x in 0..64 {
                own.pixels_mut()[y * 128 + x] = reference.pixels()[y * 128 + x + 64];
            }
        }
        assert_eq!(light(&reference, full, &own, full, &moved), None);
        let straight = Matrix3::translation(0.0, 0.0);
        assert!(light(&reference, full, &painted([0.5; 3], 0, 0.0), full, &straight).is_some());
    }
}
