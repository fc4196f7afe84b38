//! Healthy skin: tone and its mottling, the primary line network, pores, fine vessels, moles, freckles, down.
//!
//! Lengths are millimetres. Places come from streams in millimetres too, so that the same skin appears at every resolution.

use rand::Rng;
use rand_pcg::Pcg64;

use crate::demo::noise::{self, Noise, exp, smooth_step};
use crate::demo::plane::Plane;
use crate::demo::scene::{BLOOD, Canvas, MELANIN, RELIEF, SCAR};
use crate::model::Fitzpatrick;

/// Blood of calm skin.
pub(crate) const CALM_BLOOD: f32 = 0.30;

/// A place drawn from a stream; a margin around the piece belongs to it, so that nothing ends at its border.
pub(crate) fn place(rng: &mut Pcg64, extent: (f32, f32)) -> (f32, f32) {
    (rng.random_range(-2.0..extent.0 + 2.0), rng.random_range(-2.0..extent.1 + 2.0))
}

/// Overall melanin and blood, mottled at three sizes.
pub(crate) fn tone(canvas: &mut Canvas, seed: u64, melanin: f32) {
    let ppm = canvas.ppm;
    let (w, h) = (canvas.width, canvas.height);
    let step = ((0.35 * ppm) as usize).clamp(1, 8);
    let slow = ((1.0 * ppm) as usize).clamp(step, 16);
    let patches = Noise::new(seed, "melanin");
    let fine = Noise::new(seed, "melanin fine");
    let depth = 0.05 + 0.10 * melanin;
    canvas.add(MELANIN, slow, || {
        let mut patches = patches.walks::<3>();
        move |x, y| melanin + depth * 0.9 * patches.octaves(x / ppm / 26.0, y / ppm / 26.0)
    });
    canvas.add(MELANIN, step, || {
        let mut fine = fine.walks::<2>();
        move |x, y| depth * 0.45 * fine.octaves(x / ppm / 2.4, y / ppm / 2.4)
    });
    let flow = Noise::new(seed, "blood");
    let dots = Noise::new(seed, "blood dots");
    let mut clouds = Plane::zero(w, h);
    clouds.add_coarse(slow, || {
        let mut flow = flow.walks::<3>();
        move |x, y| flow.octaves(x / ppm / 18.0, y / ppm / 18.0)
    });
    canvas.add(BLOOD, step, || {
        let (clouds, mut dots) = (&clouds, dots.walks::<3>());
        move |x, y| {
            let (u, v) = (x / ppm, y / ppm);
            let cloud = clouds.at(x, y);
            let net = dots.octaves(u / 1.9 + cloud, v / 1.9 - cloud);
            CALM_BLOOD + 0.085 * cloud + 0.055 * net
        }
    });
}

/// The primary line network, rolling unevenness, and grain.
pub(crate) fn relief(canvas: &mut Canvas, seed: u64, pattern: f32) {
    let ppm = canvas.ppm;
    let warp = Noise::new(seed, "warp");
    let lines = Noise::new(seed, "lines");
    let minor = Noise::new(seed, "minor lines");
    let strength = Noise::new(seed, "line strength");
    let step = if pattern * ppm >= 5.0 { 2 } else { 1 };
    // Furrows follow the lines of tension: cells are longer across them.
    canvas.add(RELIEF, step, || {
        let (mut bends, mut sways, mut strengths) = (warp.walk(), warp.walk(), strength.walk());
        let (mut lines, mut minor) = (lines.cell_walk(), minor.cell_walk());
        move |x, y| {
            let (u, v) = (x / ppm, y / ppm);
            let bend = bends.plane(u / 7.0, v / 7.0);
            let sway = sways.plane(u / 1.3 + 31.0, v / 1.3) * 0.28;
            let (a, b) = ((u + 0.55 * v + 1.6 * bend) / pattern + sway, (v * 1.25 - 0.30 * u + bend) / pattern - sway);
            let major = lines.cells(a * 0.62, b * 0.62);
            let fine = minor.cells(a * 1.25 + 9.0, b * 1.25);
            let furrow = |gap: f32, width: f32| exp(-(gap / width) * (gap / width));
            let amount = 0.55 + 0.45 * strengths.plane(u / 9.0, v / 9.0);
            let plateau = 0.016 * (0.6 - major.nearest);
            amount
                * (plateau
                    - 0.036 * furrow(major.second - major.nearest, 0.16)
                    - 0.016 * furrow(fine.second - fine.nearest, 0.20))
                * (pattern / 0.55)
        }
    });
    let swell = Noise::new(seed, "swell");
    let coarse = ((0.5 * ppm) as usize).clamp(1, 10);
    canvas.add(RELIEF, coarse, || {
        let mut swell = swell.walks::<3>();
        move |x, y| 0.10 * swell.octaves(x / ppm / 7.0, y / ppm / 7.0)
    });
    let grain = Noise::new(seed, "grain");
    let cell = (0.16 * ppm).max(1.6);
    // Below that size gradient noise is hardly more than a number per pixel.
    if cell < 3.0 {
        canvas.add(RELIEF, 1, || |x, y| 0.0032 * grain.grain(x, y));
    } else {
        canvas.add(RELIEF, 2, || {
            let mut grain = grain.walk();
            move |x, y| 0.0045 * grain.plane(x / cell, y / cell)
        });
    }
}

/// Pores: small funnels of uneven size, denser towards one side; enlarged ones answer to treatment.
pub(crate) fn pores(canvas: &mut Canvas, seed: u64, enlarged: bool) {
    let mut rng = noise::stream(seed, "pores");
    let extent = canvas.extent_mm();
    let density = Noise::new(seed, "pore density");
    let per_mm2 = if enlarged { 1.3 } else { 1.7 };
    let count = (extent.0 * extent.1 * per_mm2) as usize;
    for _ in 0..count {
        let at = place(&mut rng, extent);
        let size: f32 = rng.random_range(0.0..1.0);
        let keep: f32 = rng.random_range(0.0..1.0);
        let (turn, stretch): (f32, f32) = (rng.random_range(0.6..1.2), rng.random_range(1.0..1.7));
        let crowd = 0.55 + 0.6 * density.plane(at.0 / 22.0, at.1 / 22.0);
        if keep > crowd.clamp(0.12, 1.0) {
            continue;
        }
        let radius = (0.05 + 0.11 * size * size * size) * if enlarged { 1.7 } else { 1.0 };
        let depth = radius * 0.45;
        let (sin, cos) = turn.sin_cos();
        let funnel = move |dx: f32, dy: f32| {
            let (a, b) = ((dx * cos + dy * sin) / stretch, dy * cos - dx * sin);
            exp(-(a * a + b * b) / (radius * radius))
        };
        let changing = if enlarged { 0.6 } else { 0.0 };
        canvas.stamp(RELIEF, at, radius * 2.6, |dx, dy| -depth * (1.0 - changing) * funnel(dx, dy));
        if enlarged {
            canvas.stamp(SCAR, at, radius * 2.6, |dx, dy| -depth * changing * funnel(dx, dy));
        }
        canvas.stamp(MELANIN, at, radius * 2.6, |dx, dy| 0.07 * size * funnel(dx, dy));
        if size > 0.8 {
            canvas.stamp(BLOOD, at, radius * 4.0, |dx, dy| 0.05 * funnel(dx * 0.6, dy * 0.6));
        }
    }
}

/// Fine vessels near the surface: wandering, branching, faint. `area` square millimetres hold one on average.
pub(crate) fn vessels(canvas: &mut Canvas, seed: u64, area: f32) {
    let mut rng = noise::stream(seed, "vessels");
    let extent = canvas.extent_mm();
    let count = (extent.0 * extent.1 / area) as usize;
    for _ in 0..count {
        let mut at = place(&mut rng, extent);
        let mut heading: f32 = rng.random_range(0.0..std::f32::consts::TAU);
        let strength: f32 = rng.random_range(0.02..0.11);
        let width: f32 = rng.random_range(0.05..0.12);
        let steps = rng.random_range(10..50);
        for step in 0..steps {
            heading += rng.random_range(-0.45..0.45);
            at = (at.0 + 0.12 * heading.cos(), at.1 + 0.12 * heading.sin());
            let fade = 1.0 - step as f32 / steps as f32;
            canvas
                .stamp(BLOOD, at, width * 2.6, |dx, dy| strength * fade * exp(-(dx * dx + dy * dy) / (width * width)));
        }
    }
}

/// Moles and freckles: they stay where they are, whatever is treated.
pub(crate) fn marks(canvas: &mut Canvas, seed: u64, tone: Fitzpatrick) {
    let mut rng = noise::stream(seed, "marks");
    let extent = canvas.extent_mm();
    let moles = rng.random_range(3..7) + (extent.0 * extent.1 / 4000.0) as usize;
    for index in 0..moles {
        let at = place(&mut rng, extent);
        let radius: f32 = rng.random_range(0.35..1.35);
        let dark: f32 = rng.random_range(0.7..1.7);
        let raised: f32 = if rng.random_range(0..3) == 0 { 0.22 * radius } else { 0.02 };
        let edge = Noise::new(noise::mix(seed, index as u64), "mole edge");
        let profile = move |dx: f32, dy: f32| {
            let wobble = 1.0 + 0.26 * edge.plane(dx * 0.8 / radius + 7.3, dy * 0.8 / radius);
            let d = (dx * dx + dy * dy).sqrt() / (radius * wobble);
            1.0 - smooth_step(0.45, 1.30, d)
        };
        canvas.stamp(MELANIN, at, radius * 1.6, |dx, dy| {
            dark * profile(dx, dy) * (1.0 + 0.25 * edge.plane(dx * 3.5 + 40.0, dy * 3.5))
        });
        canvas.stamp(BLOOD, at, radius * 1.6, |dx, dy| 0.3 * dark * profile(dx, dy));
        canvas.stamp(RELIEF, at, radius * 1.6, |dx, dy| {
            let d = (dx * dx + dy * dy) / (radius * radius * 1.3);
            raised * (1.0 - d).max(0.0)
        });
    }
    let per_mm2 = match tone {
        Fitzpatrick::I | Fitzpatrick::II => 0.030,
        Fitzpatrick::III => 0.012,
        _ => 0.005,
    };
    for _ in 0..(extent.0 * extent.1 * per_mm2) as usize {
        let at = place(&mut rng, extent);
        let radius: f32 = rng.random_range(0.25..0.95);
        let dark: f32 = rng.random_range(0.05..0.24);
        let long: f32 = rng.random_range(0.7..1.4);
        canvas.stamp(MELANIN, at, radius * 3.0, |dx, dy| {
            dark * exp(-(dx * dx * long + dy * dy / long) / (radius * radius))
        });
    }
}

/// Vellus hair: short, fine, pale, all lying much the same way.
pub(crate) fn down(canvas: &mut Canvas, seed: u64) {
    let mut rng = noise::stream(seed, "down");
    let extent = canvas.extent_mm();
    let lie: f32 = rng.random_range(0.9..1.6);
    for _ in 0..(extent.0 * extent.1 * 0.10) as usize {
        let mut at = place(&mut rng, extent);
        let mut heading = lie + rng.random_range(-0.45f32..0.45);
        let curl: f32 = rng.random_range(-0.05..0.05);
        let width: f32 = rng.random_range(0.025..0.045);
        let steps = rng.random_range(12..34);
        let dark: f32 = rng.random_range(0.02..0.13);
        for step in 0..steps {
            heading += curl;
            at = (at.0 + 0.08 * heading.cos(), at.1 + 0.08 * heading.sin());
            let taper = 1.0 - step as f32 / steps as f32;
            let line = move |dx: f32, dy: f32| taper * exp(-(dx * dx + dy * dy) / (width * width));
            canvas.stamp(MELANIN, at, width * 2.4, |dx, dy| dark * line(dx, dy));
            canvas.stamp(RELIEF, at, width * 2.4, |dx, dy| 0.010 * line(dx, dy));
        }
    }
}

/// The navel, in the middle of the scene.
pub(crate) fn navel(canvas: &mut Canvas) {
    let extent = canvas.extent_mm();
    let at = (extent.0 * 0.5, extent.1 * 0.46);
    let bowl = |dx: f32, dy: f32| {
        let d = (dx * dx / 60.0 + dy * dy / 110.0).sqrt();
        1.0 - smooth_step(0.25, 1.25, d + 0.06 * (dy * 0.8).sin() * (dx * 0.5).cos())
    };
    canvas.stamp(RELIEF, at, 16.0, |dx, dy| {
        let knot = exp(-((dx - 0.8) * (dx - 0.8) / 5.0 + (dy - 1.5) * (dy - 1.5) / 9.0));
        -1.75 * bowl(dx, dy) + 0.7 * knot
    });
    canvas.stamp(BLOOD, at, 16.0, |dx, dy| 0.42 * bowl(dx, dy) * bowl(dx, dy));
    canvas.stamp(MELANIN, at, 18.0, |dx, dy| 0.50 * bowl(dx * 0.9, dy * 0.9) * bowl(dx, dy));
}
