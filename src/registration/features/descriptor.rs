//! Dominant directions and root descriptors of a keypoint.

use std::f32::consts::TAU;

use super::gradient::{GradientMap, TURN};
use super::scale_space::Place;
use super::{Descriptor, LENGTH};

/// Bins of the direction histogram.
const BINS: usize = 36;
/// Cells of a descriptor along one side.
const CELLS: usize = 4;
/// Directions of one cell.
const DIRECTIONS: usize = 8;
/// Cells with one more on each side, where interpolation may spill.
const PADDED: usize = CELLS + 2;
/// Width of a cell in units of the keypoint's scale.
const CELL_WIDTH: f32 = 3.0;
/// A peak counts when it is at least this high relative to the highest.
const PEAK: f32 = 0.8;
/// Most directions of one place.
const MOST_ANGLES: usize = 3;
/// Entries above this share of the length are cut, so that one bright edge does not decide.
const CLIP: f32 = 0.2;

/// Every second pixel of every second row is asked for a descriptor: what is described is blurred with a deviation of 2 pixels
/// and more, whose spectrum is below a hundredth where it would fold over.
const EVERY: isize = 2;

/// The first place from `from` on that is a whole number of steps from `centre`.
fn on_grid(from: isize, centre: isize) -> isize {
    from + (centre - from).rem_euclid(EVERY)
}

/// Gaussian weights exp(−d²/(2σ²)) for d = −reach − offset … reach − offset.
fn weights(reach: isize, offset: f32, sigma: f32) -> Vec<f32> {
    (-reach..=reach).map(|d| (-(d as f32 - offset).powi(2) / (2.0 * sigma * sigma)).exp()).collect()
}

/// The range `centre − reach ..= centre + reach`, cut to the inside of `length` pixels.
fn inside(centre: isize, reach: isize, length: usize) -> std::ops::Range<isize> {
    (centre - reach).max(1)..(centre + reach + 1).min(length as isize - 1)
}

/// Directions in radians in which the gradients around `place` point, strongest window 1.5 scales.
pub fn dominant_angles(map: &GradientMap, place: Place) -> Vec<f32> {
    let sigma = 1.5 * place.scale;
    let reach = (3.0 * sigma).round() as isize;
    let (cx, cy) = (place.x.round() as isize, place.y.round() as isize);
    let weight = weights(reach, 0.0, sigma);
    let columns = inside(cx, reach, map.width);
    if columns.is_empty() {
        return Vec::new();
    }
    let mut histogram = [0.0f32; BINS];
    for y in inside(cy, reach, map.height) {
        let down = weight[(y - cy + reach) as usize];
        let across = &weight[(columns.start - cx + reach) as usize..];
        let span = map.span(y as usize, columns.start as usize, columns.end as usize);
        for ((magnitude, direction), across) in span.zip(across) {
            let turns = direction * (BINS as f32 / TURN);
            let bin = if turns < 0.0 { turns + BINS as f32 } else { turns } as i32 as usize;
            histogram[bin.min(BINS - 1)] += magnitude * across * down;
        }
    }
    peaks(&smoothed(smoothed(histogram)))
}

/// Circular smoothing with (1 4 6 4 1)/16.
fn smoothed(h: [f32; BINS]) -> [f32; BINS] {
    let at = |i: usize| h[i % BINS];
    std::array::from_fn(|i| {
        (at(i + BINS - 2) + at(i + 2)) / 16.0 + (at(i + BINS - 1) + at(i + 1)) / 4.0 + 0.375 * at(i)
    })
}

/// Local maxima of a circular histogram with their position by a parabola, in radians.
fn peaks(h: &[f32; BINS]) -> Vec<f32> {
    let highest = h.iter().fold(0.0f32, |a, b| a.max(*b));
    let mut angles = Vec::new();
    for i in 0..BINS {
        let (left, centre, right) = (h[(i + BINS - 1) % BINS], h[i], h[(i + 1) % BINS]);
        if centre > left && centre > right && centre >= PEAK * highest {
            let shift = 0.5 * (left - right) / (left - 2.0 * centre + right);
            angles.push((i as f32 + 0.5 + shift) / BINS as f32 * TAU);
        }
    }
    angles.truncate(MOST_ANGLES);
    angles
}

/// Histogram of gradient directions in 4×4 cells turned to `angle`; L2-normalised, clipped, then its root.
pub fn root_descriptor(map: &GradientMap, place: Place, angle: f32) -> Descriptor {
    let cell = CELL_WIDTH * place.scale;
    let half = 0.5 * (CELLS + 1) as f32;
    let reach = (cell * std::f32::consts::SQRT_2 * half + 0.5) as isize;
    let (cx, cy) = (place.x.round() as isize, place.y.round() as isize);
    let (offset_x, offset_y) = (place.x - cx as f32, place.y - cy as f32);
    let (sin, cos) = angle.sin_cos();
    let (sin, cos) = (sin / cell, cos / cell);
    // The window has a deviation of half the descriptor's width; it is round, hence separable in picture directions.
    let sigma = 0.5 * CELLS as f32 * cell;
    let (across, down) = (weights(reach, offset_x, sigma), weights(reach, offset_y, sigma));
    let columns = inside(cx, reach, map.width);
    // Directions lie in ±half a turn and angles in 0 … 1 turn; two turns more keep the difference positive.
    let ahead = 2.0 * TURN - angle * (TURN / TAU);
    let mut histogram = [0.0f32; PADDED * PADDED * DIRECTIONS];
    let rows = inside(cy, reach, map.height);
    for y in (on_grid(rows.start, cy)..rows.end).step_by(EVERY as usize) {
        let dy = (y - cy) as f32 - offset_y;
        // Columns where both cell coordinates lie strictly inside ±half.
        let (low, high) = overlap(slab(cos, dy * sin, half), slab(-sin, dy * cos, half));
        let from = on_grid(((low + offset_x).floor() as isize + 1 + cx).max(columns.start), cx);
        let to = ((high + offset_x).ceil() as isize + cx).min(columns.end);
        if from >= to {
            continue;
        }
        let row_weight = down[(y - cy + reach) as usize];
        let span = map.span(y as usize, from as usize, to as usize);
        for ((x, (magnitude, direction)), column_weight) in
            (from..).zip(span).zip(&across[(from - cx + reach) as usize..]).step_by(EVERY as usize)
        {
            let dx = (x - cx) as f32 - offset_x;
            let (u, v) = (dx * cos + dy * sin + half, dy * cos - dx * sin + half);
            vote(&mut histogram, u, v, direction + ahead, magnitude * column_weight * row_weight);
        }
    }
    quantised(&histogram)
}

/// The open interval of x where |slope·x + shift| < bound.
fn slab(slope: f32, shift: f32, bound: f32) -> (f32, f32) {
    if slope.abs() < 1e-9 {
        let all = if shift.abs() < bound { f32::MAX.sqrt() } else { -1.0 };
        return (-all, all);
    }
    let (a, b) = ((-bound - shift) / slope, (bound - shift) / slope);
    (a.min(b), a.max(b))
}

fn overlap(a: (f32, f32), b: (f32, f32)) -> (f32, f32) {
    (a.0.max(b.0).max(-1e6), a.1.min(b.1).min(1e6))
}

/// Spreads `weight` over the eight neighbours of (u, v, turn); u and v in cells from the padded corner, `turn` in
/// eighths, positive.
fn vote(histogram: &mut [f32; PADDED * PADDED * DIRECTIONS], u: f32, v: f32, turn: f32, weight: f32) {
    // By way of i32, which the baseline converts in one instruction.
    let cell = |t: f32| (t.max(0.0) as i32 as usize).min(PADDED - 2);
    let (iu, iv, eighth) = (cell(u), cell(v), turn as i32);
    let (fu, fv, ft) = (u - iu as f32, v - iv as f32, turn - eighth as f32);
    let it = eighth as usize % DIRECTIONS;
    let next = (it + 1) % DIRECTIONS;
    for (row, by_row) in [(iv, weight * (1.0 - fv)), (iv + 1, weight * fv)] {
        for (column, share) in [(iu, by_row * (1.0 - fu)), (iu + 1, by_row * fu)] {
            let at = (row * PADDED + column) * DIRECTIONS;
            histogram[at + it] += share * (1.0 - ft);
            histogram[at + next] += share * ft;
        }
    }
}

/// The descriptor of the same spot in a mirror: rows of cells and sense of turning are the other way round.
pub fn mirrored(descriptor: &Descriptor) -> Descriptor {
    std::array::from_fn(|i| {
        let (row, column, direction) = (i / (CELLS * DIRECTIONS), i / DIRECTIONS % CELLS, i % DIRECTIONS);
        let (row, direction) = (CELLS - 1 - row, (DIRECTIONS - direction) % DIRECTIONS);
        descriptor[(row * CELLS + column) * DIRECTIONS + direction]
    })
}

fn quantised(histogram: &[f32; PADDED * PADDED * DIRECTIONS]) -> Descriptor {
    let mut values = [0.0f32; LENGTH];
    for (cell, to) in values.chunks_exact_mut(DIRECTIONS).enumerate() {
        let at = ((cell / CELLS + 1) * PADDED + cell % CELLS + 1) * DIRECTIONS;
        to.copy_from_slice(&histogram[at..at + DIRECTIONS]);
    }
    let length = values.iter().map(|v| v * v).sum::<f32>().sqrt().max(1e-9);
    let clipped = values.map(|v| (v / length).min(CLIP));
    let sum = clipped.iter().sum::<f32>().max(1e-9);
    clipped.map(|v| ((v / sum).sqrt() * 512.0) as i16)
}
