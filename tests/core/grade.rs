//! What the grade of a pair is made of, on skin whose light, colour and focus are known.

use std::sync::OnceLock;

use diptych::compare::grade::{Likeness, likeness};
use diptych::demo::{Exposure, Subject, render_pair};
use diptych::geom::Size;
use diptych::imaging::{Picture, resize};
use diptych::model::{Fitzpatrick, Indication};

const SIZE: Size = Size::new(480, 360);

/// Two photos without any change between them.
fn unchanged() -> &'static (Picture, Picture) {
    static PAIR: OnceLock<(Picture, Picture)> = OnceLock::new();
    PAIR.get_or_init(|| pair(|_| ()))
}

fn pair(change: impl Fn(&mut Exposure)) -> (Picture, Picture) {
    let mut after = Exposure::IDEAL;
    change(&mut after);
    let subject = Subject::Cheek(Indication::AcneScars);
    let pair = render_pair(7, Fitzpatrick::III, subject, SIZE, &after, &Exposure::IDEAL).expect("rendered");
    (pair.fixed, pair.moving)
}

fn measured(change: impl Fn(&mut Exposure)) -> Likeness {
    let (before, after) = pair(change);
    likeness(&before, &after).expect("measured")
}

/// The picture with its linear light multiplied by a gain for each channel.
fn lit(picture: &Picture, gain: [f32; 3]) -> Picture {
    let change = |value: u8, gain: f32| {
        let v = f32::from(value) / 255.0;
        let linear = if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) };
        let v = (linear * gain).clamp(0.0, 1.0);
        let v = if v <= 0.003_130_8 { 12.92 * v } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 };
        (v * 255.0).round() as u8
    };
    let pixels = picture.pixels().iter();
    let rgba =
        pixels.flat_map(|p| [change(p[0], gain[0]), change(p[1], gain[1]), change(p[2], gain[2]), 255]).collect();
    Picture::from_rgba(SIZE, rgba).expect("a picture")
}

#[test]
fn a_picture_is_like_itself() {
    let (before, after) = unchanged();
    let same = likeness(before, after).expect("measured");
    assert!(same.exposure_ev.abs() < 0.02 && same.colour.0.hypot(same.colour.1) < 0.3, "{same:?}");
    assert!(same.relief < 0.02 && same.fall_off_ev < 0.05 && same.sharpness.abs() < 0.1, "{same:?}");
}

#[test]
fn a_light_from_the_side_is_told_by_the_relief_it_draws_the_more_the_further_it_turned() {
    let turned = |degrees: f32| {
        let turn = |e: &mut Exposure| {
            let [x, y, z] = e.lamp.direction;
            let (sin, cos) = degrees.to_radians().sin_cos();
            e.lamp.direction = [x * cos - y * sin, x * sin + y * cos, z];
        };
        measured(turn).relief
    };
    let (little, much) = (turned(20.0), turned(90.0));
    assert!(little < 0.5 * much && much > 0.1, "{little} {much}");
}

#[test]
fn exposure_colour_and_blur_are_told_apart() {
    let (picture, _) = unchanged();
    let darker = likeness(picture, &lit(picture, [0.5; 3])).expect("measured");
    assert!((darker.exposure_ev + 1.0).abs() < 0.05, "{darker:?}");
    assert!(darker.colour.0.hypot(darker.colour.1) < 1.5, "{darker:?}");
    let warm = likeness(picture, &lit(picture, [1.1, 1.0, 0.8])).expect("measured");
    assert!(warm.colour.1 > 4.0 && warm.exposure_ev.abs() < 0.2, "{warm:?}");
    let soft = resize(&resize(picture, Size::new(120, 90)), SIZE);
    let soft = likeness(picture, &soft).expect("measured");
    assert!(soft.sharpness < -1.0, "{soft:?}");
}
