//! What is treated: scars, acne, stretch marks, wrinkles, spots. All of it goes into the layers that treatment changes.
//!
//! Shapes and sizes of atrophic scars follow the usual classes: ice-pick below 2 mm and deep, boxcar 1.5–4 mm with steep
//! walls and a flat floor, rolling wider than 4 mm and shallow.

use rand::Rng;
use rand_pcg::Pcg64;

use super::surface::place;
use crate::demo::noise::{self, Noise, exp, smooth_step};
use crate::demo::scene::{Canvas, FLUSH, MELANIN, SCAR, SPOT};
use crate::model::Indication;

/// Paints the marks of one condition.
pub(crate) fn paint(canvas: &mut Canvas, seed: u64, condition: Indication) {
    let mut rng = noise::stream(seed, condition.key());
    match condition {
        Indication::AcneScars | Indication::Scars => acne_scars(canvas, &mut rng, seed),
        Indication::ActiveAcne => active_acne(canvas, &mut rng, seed),
        Indication::StretchMarks => stretch_marks(canvas, &mut rng, seed),
        Indication::Wrinkles | Indication::Laxity | Indication::Prevention => wrinkles(canvas, &mut rng, seed),
        Indication::Hyperpigmentation | Indication::DarkSpots | Indication::SunDamage => spots(canvas, &mut rng, seed),
        // Enlarged pores are part of the surface; the rest shows as unevenness.
        Indication::Pores | Indication::Texture | Indication::UnderEye => roughness(canvas, seed),
    }
}

/// Points that come in clusters, as lesions do: half of them near a few centres.
fn clustered(rng: &mut Pcg64, extent: (f32, f32), count: usize) -> Vec<(f32, f32)> {
    let centres: Vec<_> = (0..5).map(|_| place(rng, extent)).collect();
    (0..count)
        .map(|i| {
            let free = place(rng, extent);
            let (a, r): (f32, f32) = (rng.random_range(0.0..std::f32::consts::TAU), rng.random_range(0.0f32..1.0));
            let centre = centres[i % centres.len()];
            let reach = 0.30 * extent.1 * r;
            if i % 3 == 0 { free } else { (centre.0 + reach * a.cos(), centre.1 + reach * a.sin()) }
        })
        .collect()
}

/// An uneven round outline: distance from the middle in units of the local radius.
#[derive(Clone, Copy)]
struct Outline {
    edge: Noise,
    radius: f32,
    stretch: f32,
    turn: (f32, f32),
    rough: f32,
}

impl Outline {
    fn new(rng: &mut Pcg64, radius: f32, rough: f32) -> Self {
        let turn: f32 = rng.random_range(0.0..std::f32::consts::PI);
        Self {
            edge: Noise::new(rng.random_range(0..u64::MAX), "outline"),
            radius,
            stretch: rng.random_range(1.0..1.55),
            turn: turn.sin_cos(),
            rough,
        }
    }

    fn at(&self, dx: f32, dy: f32) -> f32 {
        let (sin, cos) = self.turn;
        let (a, b) = ((dx * cos + dy * sin) / self.stretch, (dy * cos - dx * sin) * self.stretch.sqrt());
        let wobble = 1.0 + self.rough * self.edge.octaves(dx * 0.9 / self.radius, dy * 0.9 / self.radius, 2);
        (a * a + b * b).sqrt() / (self.radius * wobble.max(0.3))
    }
}

fn acne_scars(canvas: &mut Canvas, rng: &mut Pcg64, seed: u64) {
    let extent = canvas.extent_mm();
    let area = extent.0 * extent.1;
    let count = (area / 70.0) as usize;
    for (i, at) in clustered(rng, extent, count).into_iter().enumerate() {
        let severity: f32 = rng.random_range(0.45..1.0);
        match i % 7 {
            0..=2 => ice_pick(canvas, rng, at, severity),
            3..=5 => boxcar(canvas, rng, at, severity),
            _ => rolling(canvas, rng, at, severity),
        }
    }
    // Flat red marks that outlast the acne.
    for at in clustered(rng, extent, (area / 110.0) as usize) {
        let radius: f32 = rng.random_range(0.8..2.6);
        let red: f32 = rng.random_range(0.10..0.42);
        erythema(canvas, rng, at, radius, red);
    }
    diffuse_flush(canvas, seed, 0.14);
}

fn ice_pick(canvas: &mut Canvas, rng: &mut Pcg64, at: (f32, f32), severity: f32) {
    let radius: f32 = rng.random_range(0.32..0.75);
    let outline = Outline::new(rng, radius, 0.22);
    let depth = 0.42 * severity * radius.sqrt();
    canvas.stamp(SCAR, at, radius * 2.8, |dx, dy| {
        let d = outline.at(dx, dy);
        -depth * exp(-d * d * d) + 0.05 * depth * exp(-(d - 1.6) * (d - 1.6) * 6.0)
    });
    canvas
        .stamp(FLUSH, at, radius * 4.0, |dx, dy| 0.22 * severity * exp(-(dx * dx + dy * dy) / (4.0 * radius * radius)));
    canvas.stamp(SPOT, at, radius * 2.0, |dx, dy| 0.16 * severity * exp(-outline.at(dx, dy).powi(2) * 1.5));
}

fn boxcar(canvas: &mut Canvas, rng: &mut Pcg64, at: (f32, f32), severity: f32) {
    let radius: f32 = rng.random_range(0.8..2.0);
    let outline = Outline::new(rng, radius, 0.28);
    let floor = Noise::new(rng.random_range(0..u64::MAX), "floor");
    let depth = rng.random_range(0.18..0.42) * severity;
    canvas.stamp(SCAR, at, radius * 2.4, |dx, dy| {
        let d = outline.at(dx, dy);
        let inside = 1.0 - smooth_step(0.38, 1.22, d);
        -depth * inside * (1.0 + 0.16 * floor.plane(dx * 2.2, dy * 2.2))
            + 0.07 * depth * exp(-(d - 1.3) * (d - 1.3) * 9.0)
    });
    let red: f32 = rng.random_range(0.08..0.30);
    canvas.stamp(FLUSH, at, radius * 3.0, |dx, dy| {
        let d = outline.at(dx, dy);
        red * severity * exp(-d * d / 2.2)
    });
    canvas.stamp(SPOT, at, radius * 2.0, |dx, dy| {
        let d = outline.at(dx, dy);
        0.07 * severity * exp(-(d - 0.9) * (d - 0.9) * 7.0)
    });
}

fn rolling(canvas: &mut Canvas, rng: &mut Pcg64, at: (f32, f32), severity: f32) {
    let radius: f32 = rng.random_range(2.4..4.8);
    let outline = Outline::new(rng, radius, 0.30);
    let depth = 0.16 * radius.sqrt() * severity;
    canvas.stamp(SCAR, at, radius * 2.7, |dx, dy| -depth * exp(-outline.at(dx, dy).powi(2)));
}

/// A red mark with a soft, uneven edge.
fn erythema(canvas: &mut Canvas, rng: &mut Pcg64, at: (f32, f32), radius: f32, red: f32) {
    let outline = Outline::new(rng, radius, 0.42);
    canvas.stamp(FLUSH, at, radius * 2.6, |dx, dy| {
        let d = outline.at(dx, dy);
        red * exp(-d * d * 1.1) * (1.0 + 0.35 * outline.edge.plane(dx * 2.8, dy * 2.8))
    });
    canvas.stamp(SPOT, at, radius * 1.8, |dx, dy| red * 0.35 * exp(-outline.at(dx, dy).powi(2) * 1.8));
}

/// Redness of the whole region in clouds.
fn diffuse_flush(canvas: &mut Canvas, seed: u64, amount: f32) {
    let ppm = canvas.ppm;
    let cloud = Noise::new(seed, "flush");
    let step = ((0.35 * ppm) as usize).clamp(1, 8);
    canvas.add(FLUSH, step, || {
        let (mut wide, mut near) = (cloud.walks::<3>(), cloud.walks::<2>());
        move |x, y| {
            let (u, v) = (x / ppm, y / ppm);
            let patches = 0.5 + 0.7 * wide.octaves(u / 16.0, v / 16.0);
            let grain = 0.8 + 0.4 * near.octaves(u / 0.9 + 50.0, v / 0.9);
            amount * patches.max(0.0) * grain
        }
    });
}

fn active_acne(canvas: &mut Canvas, rng: &mut Pcg64, seed: u64) {
    let extent = canvas.extent_mm();
    let area = extent.0 * extent.1;
    for (i, at) in clustered(rng, extent, (area / 190.0) as usize).into_iter().enumerate() {
        let radius: f32 = rng.random_range(0.7..1.9);
        let outline = Outline::new(rng, radius, 0.18);
        let swollen = 0.30 * radius;
        canvas.stamp(SCAR, at, radius * 3.0, |dx, dy| swollen * exp(-outline.at(dx, dy).powi(2) * 1.1));
        let red: f32 = rng.random_range(0.35..0.75);
        erythema(canvas, rng, at, radius * 1.7, red);
        if i % 4 == 0 {
            // A pustule's yellowish head: less blood, a little pigment.
            let head = radius * 0.42;
            canvas.stamp(FLUSH, at, head * 3.0, |dx, dy| -red * 0.9 * exp(-(dx * dx + dy * dy) / (head * head)));
            canvas.stamp(SCAR, at, head * 3.0, |dx, dy| 0.22 * head * exp(-(dx * dx + dy * dy) / (head * head)));
        }
    }
    // Closed and open comedones.
    for at in clustered(rng, extent, (area / 60.0) as usize) {
        let radius: f32 = rng.random_range(0.18..0.42);
        let open = rng.random_range(0..3) == 0;
        canvas.stamp(SCAR, at, radius * 3.0, |dx, dy| 0.20 * radius * exp(-(dx * dx + dy * dy) / (radius * radius)));
        if open {
            canvas.stamp(SPOT, at, radius * 2.0, |dx, dy| 0.9 * exp(-(dx * dx + dy * dy) / (0.3 * radius * radius)));
        }
    }
    for at in clustered(rng, extent, (area / 160.0) as usize) {
        let radius: f32 = rng.random_range(0.9..2.4);
        erythema(canvas, rng, at, radius, 0.28);
    }
    diffuse_flush(canvas, seed, 0.16);
}

/// Bands along the lines of tension, reddish and thinned, with fine cross-wrinkles.
fn stretch_marks(canvas: &mut Canvas, rng: &mut Pcg64, seed: u64) {
    let extent = canvas.extent_mm();
    let count = (extent.0 * extent.1 / 620.0) as usize;
    let ripple = Noise::new(seed, "striae ripple");
    for _ in 0..count {
        let mut at = place(rng, extent);
        let side = if at.0 < extent.0 * 0.5 { -1.0 } else { 1.0 };
        let mut heading: f32 = 1.57 + side * rng.random_range(0.15f32..0.75);
        let bend: f32 = rng.random_range(-0.006..0.006);
        let length: f32 = rng.random_range(18.0..62.0);
        let width: f32 = rng.random_range(1.3..3.0);
        let red: f32 = rng.random_range(0.06..0.30);
        let pale: f32 = rng.random_range(0.04..0.16);
        let pace = 0.45 * width;
        let steps = (length / pace) as usize;
        for step in 0..steps {
            heading += bend * 2.0 * pace + 0.1 * pace * ripple.plane(at.0 / 6.0, at.1 / 6.0);
            let (sin, cos) = heading.sin_cos();
            at = (at.0 + pace * cos, at.1 + pace * sin);
            let t = step as f32 / steps as f32;
            let swell = (t * std::f32::consts::PI).sin().max(0.0).powf(0.6)
                * (0.75 + 0.45 * ripple.plane(t * length * 0.22, width * 9.0)).max(0.2);
            let w = width * swell;
            if w < 0.15 {
                continue;
            }
            // Steps overlap: each carries its share of the band.
            let share = pace / (w.max(0.5) * 1.772);
            let band = move |dx: f32, dy: f32| {
                let (along, across) = (dx * cos + dy * sin, dy * cos - dx * sin);
                let a = across / w;
                exp(-a * a * a.abs().sqrt()) * exp(-along * along / (w.max(0.5) * w.max(0.5)))
            };
            let mut ripples = ripple.walk();
            let mut crease = |dx: f32, dy: f32| {
                let along = dx * cos + dy * sin + t * length;
                ripples.plane(along * 1.1, (dy * cos - dx * sin) * 0.25 + width * 31.0)
            };
            canvas.stamp_each([SCAR, FLUSH, SPOT], at, w.max(0.5) * 2.2, |dx, dy| {
                let (band, crease) = (band(dx, dy), crease(dx, dy));
                [
                    share * band * (-0.16 * width.sqrt() + 0.06 * crease),
                    share * red * band * (1.0 + 0.15 * crease),
                    -share * pale * band,
                ]
            });
        }
    }
}

/// Long furrows across the region with finer ones between.
fn wrinkles(canvas: &mut Canvas, rng: &mut Pcg64, seed: u64) {
    let extent = canvas.extent_mm();
    let sway = Noise::new(seed, "wrinkle sway");
    let mut furrow = |rng: &mut Pcg64, depth: f32, width: f32, span: (f32, f32), y: f32| {
        let phase: f32 = rng.random_range(0.0..90.0);
        let step_mm = 0.6 * width;
        let steps = ((span.1 - span.0) / step_mm).max(1.0) as usize;
        for step in 0..steps {
            let t = step as f32 / steps as f32;
            let x = span.0 + (span.1 - span.0) * t;
            let arch = -3.0 * ((x / extent.0 - 0.5) * 2.4).cos();
            let yy = y + arch + 2.2 * sway.octaves(x / 17.0 + phase, phase, 3);
            let uneven = (0.75 + 0.45 * sway.octaves(x / 6.0 + phase, phase + 20.0, 2)).clamp(0.05, 1.3);
            let d = depth * uneven * (t * std::f32::consts::PI).sin().max(0.0).powf(0.5);
            let share = step_mm / (width * 1.772);
            canvas.stamp(SCAR, (x, yy), width * 3.4, |dx, dy| {
                let a = dy.abs() / width;
                -share * d * (exp(-a * 1.7) - 0.22 * exp(-(a - 2.0) * (a - 2.0))) * exp(-dx * dx / (width * width))
            });
        }
    };
    let rows = (extent.1 / 11.0).max(3.0) as usize;
    for row in 0..rows {
        let y = (row as f32 + 0.5 + rng.random_range(-0.22f32..0.22)) * extent.1 / rows as f32;
        let depth = rng.random_range(0.30..0.62);
        let start = rng.random_range(-0.05f32..0.14) * extent.0;
        let end = rng.random_range(0.84f32..1.05) * extent.0;
        let width = rng.random_range(0.45..0.85);
        furrow(rng, depth, width, (start, end), y);
    }
    for _ in 0..rows * 7 {
        let y = rng.random_range(0.0..extent.1);
        let start = rng.random_range(-0.1..0.9) * extent.0;
        let depth = rng.random_range(0.05..0.16);
        let length = rng.random_range(7.0..32.0);
        let width = rng.random_range(0.18..0.36);
        furrow(rng, depth, width, (start, start + length), y);
    }
}

/// Flat brown patches with sharp, uneven borders, and many small ones.
fn spots(canvas: &mut Canvas, rng: &mut Pcg64, seed: u64) {
    let extent = canvas.extent_mm();
    let area = extent.0 * extent.1;
    for at in clustered(rng, extent, (area / 240.0) as usize) {
        let radius: f32 = rng.random_range(0.9..4.2);
        let dark: f32 = rng.random_range(0.16..0.50);
        let outline = Outline::new(rng, radius, 0.62);
        canvas.stamp(SPOT, at, radius * 2.6, |dx, dy| {
            let inside = 1.0 - smooth_step(0.55, 1.15, outline.at(dx, dy));
            dark * inside * (0.85 + 0.4 * outline.edge.octaves(dx * 1.8, dy * 1.8, 2)).max(0.0)
        });
    }
    for at in clustered(rng, extent, (area / 26.0) as usize) {
        let radius: f32 = rng.random_range(0.2..0.7);
        let dark: f32 = rng.random_range(0.06..0.28);
        canvas.stamp(SPOT, at, radius * 2.6, |dx, dy| dark * exp(-(dx * dx + dy * dy) / (radius * radius)));
    }
    let ppm = canvas.ppm;
    let veil = Noise::new(seed, "veil");
    let step = ((0.4 * ppm) as usize).clamp(1, 8);
    canvas.add(SPOT, step, || {
        let mut veil = veil.walks::<4>();
        move |x, y| 0.20 * smooth_step(-0.05, 0.55, veil.octaves(x / ppm / 24.0, y / ppm / 24.0))
    });
    // Sun leaves old marks that no series removes.
    for _ in 0..4 {
        let at = place(rng, extent);
        canvas.stamp(MELANIN, at, 3.0, |dx, dy| 0.25 * exp(-(dx * dx + dy * dy) / 0.8));
    }
}

/// Unevenness between pore and fold size, with a little redness.
fn roughness(canvas: &mut Canvas, seed: u64) {
    let ppm = canvas.ppm;
    let bumps = Noise::new(seed, "roughness");
    let step = ((0.25 * ppm) as usize).clamp(1, 6);
    canvas.add(SCAR, step, || {
        let mut bumps = bumps.walks::<3>();
        move |x, y| 0.085 * bumps.octaves(x / ppm / 2.6, y / ppm / 2.6)
    });
    diffuse_flush(canvas, seed, 0.12);
}
