//! Close-ups of skin: a fixed piece of one patient, built from what is known of skin and of the condition treated.

pub(crate) mod lesion;
pub(crate) mod surface;

use super::noise::{self, Noise};
use super::scene::{Canvas, FORM_X, FORM_Y, Scene};
use crate::model::{Fitzpatrick, Indication};

/// Which skin a close-up shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Region {
    /// Below the cheekbone.
    Cheek,
    /// Between brows and hair.
    Forehead,
    /// The belly, from the front or turned to a side (−1 the patient's right, +1 the left).
    Abdomen(i8),
}

impl Region {
    /// What the longer side of a photo shows, in millimetres.
    pub(crate) fn field_mm(self) -> f32 {
        match self {
            Self::Cheek => 82.0,
            Self::Forehead => 105.0,
            Self::Abdomen(_) => 210.0,
        }
    }

    /// Size of the primary line pattern in millimetres; coarser on the trunk.
    fn pattern_mm(self) -> f32 {
        match self {
            Self::Cheek => 0.55,
            Self::Forehead => 0.7,
            Self::Abdomen(_) => 1.1,
        }
    }
}

/// Everything a close-up depends on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Closeup {
    pub seed: u64,
    pub tone: Fitzpatrick,
    pub region: Region,
    pub conditions: Vec<Indication>,
}

/// Melanin of a skin type, in units of optical density; spaced so that the types come out as in published charts.
pub(crate) fn melanin_of(tone: Fitzpatrick) -> f32 {
    match tone {
        Fitzpatrick::I => 0.06,
        Fitzpatrick::II => 0.16,
        Fitzpatrick::III => 0.42,
        Fitzpatrick::IV => 1.0,
        Fitzpatrick::V => 1.85,
        Fitzpatrick::VI => 2.6,
    }
}

/// Paints the scene: `width` × `height` pixels at `ppm` pixels per millimetre.
pub(crate) fn build(closeup: &Closeup, width: usize, height: usize, ppm: f32) -> Scene {
    let mut canvas = Canvas::new(width, height, ppm);
    let seed = closeup.seed;
    surface::tone(&mut canvas, seed, melanin_of(closeup.tone));
    surface::relief(&mut canvas, seed, closeup.region.pattern_mm());
    if !matches!(closeup.region, Region::Abdomen(_)) {
        surface::pores(&mut canvas, seed, closeup.conditions.contains(&Indication::Pores));
    }
    surface::vessels(&mut canvas, seed, 60.0);
    surface::marks(&mut canvas, seed, closeup.tone);
    surface::down(&mut canvas, seed);
    for condition in &closeup.conditions {
        lesion::paint(&mut canvas, seed, *condition);
    }
    if closeup.region == Region::Abdomen(0) {
        surface::navel(&mut canvas);
    }
    form(&mut canvas, closeup);
    canvas.finish(None)
}

/// Slopes of the body under the skin: a gentle bulge, an own one for each region, and soft folds.
fn form(canvas: &mut Canvas, closeup: &Closeup) {
    let folds = Noise::new(noise::derive(closeup.seed, "form"), "folds");
    let (bend_x, bend_y, lean) = match closeup.region {
        Region::Cheek => (0.55, 0.45, 0.0),
        Region::Forehead => (0.60, 0.30, 0.0),
        Region::Abdomen(side) => (0.65, 0.35, 0.45 * f32::from(side)),
    };
    let ppm = canvas.ppm;
    let size = closeup.region.field_mm() / 4.0;
    let relief = |u: f32, v: f32| 0.10 * size * folds.octaves(u / size, v / size, 2);
    let (w, h) = canvas.extent_mm();
    // A body that falls away from the camera to the right has a slope below zero there.
    canvas.add(FORM_X, 16, || {
        |x, y| {
            let (u, v) = (x / ppm, y / ppm);
            relief(u + 0.5, v) - relief(u - 0.5, v) - bend_x * (2.0 * u / w - 1.0 + lean)
        }
    });
    canvas.add(FORM_Y, 16, || {
        |x, y| {
            let (u, v) = (x / ppm, y / ppm);
            relief(u, v + 0.5) - relief(u, v - 0.5) - bend_y * (2.0 * v / h - 1.0)
        }
    });
}
