//! What the camera makes of the light: lens, exposure, white balance, sensor noise, and the encoding of colours.

use rand::Rng;
use serde::{Deserialize, Serialize};

use super::noise::{self, mix};
use super::plane::soften;
use crate::geom::Size;
use crate::widest::{Kernel, widest};

/// Settings and weaknesses of a camera on one shot.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Sensor {
    /// Exposure against the ideal, in EV.
    pub ev: f32,
    /// Gains of red and blue against green.
    pub balance: (f32, f32),
    /// Loss of light in the corners, 0–1.
    pub vignette: f32,
    /// Radius of the focus blur as a share of the longer side.
    pub blur: f32,
    /// Standard deviation of the noise at mid grey, linear, 0–1.
    pub noise: f32,
    /// Which noise.
    pub seed: u64,
    /// Colours are written in Display P3 instead of sRGB.
    pub wide: bool,
}

impl Sensor {
    /// A camera without faults.
    pub const IDEAL: Self =
        Self { ev: 0.0, balance: (1.0, 1.0), vignette: 0.0, blur: 0.0, noise: 0.0, seed: 0, wide: false };

    /// A real one; `strength` scales what differs from shot to shot.
    #[must_use]
    pub fn random(seed: u64, strength: f32) -> Self {
        let mut rng = noise::stream(seed, "sensor");
        let mut within = |limit: f32| rng.random_range(-limit..=limit) * strength;
        Self {
            ev: within(0.5),
            balance: (1.0 + within(0.06), 1.0 + within(0.08)),
            vignette: 0.16 + within(0.06),
            blur: 0.000_25 + within(0.000_1).abs(),
            noise: 0.008 + within(0.003),
            seed: noise::derive(seed, "grain"),
            wide: false,
        }
    }
}

/// Linear sRGB to linear Display P3, both D65 (SMPTE EG 432-1 primaries).
const TO_P3: [[f32; 3]; 3] =
    [[0.822_461_97, 0.177_538_02, 0.0], [0.033_194_2, 0.966_805_8, 0.0], [0.017_082_63, 0.072_397_44, 0.910_519_93]];

/// One row of light: a slice per channel.
type Row = [Vec<f32>; 3];

/// Brings linear light to 8-bit RGB; `light` fills in a row by its number and is asked for the rows in order.
pub(crate) fn develop(size: Size, sensor: &Sensor, mut light: impl FnMut(usize, &mut Row)) -> Vec<u8> {
    let (width, height) = (size.width as usize, size.height as usize);
    let mut out = vec![0u8; width * height * 3];
    let encoder = Encoder::new(size, sensor);
    let mut lines = out.chunks_mut(width * 3).enumerate();
    let empty = || -> Row { std::array::from_fn(|_| vec![0.0; width]) };
    let radius = sensor.blur * size.longest() as f32;
    if radius >= 1.5 {
        let mut planes: Row = std::array::from_fn(|_| Vec::with_capacity(width * height));
        let mut row = empty();
        for y in 0..height {
            light(y, &mut row);
            for (plane, line) in planes.iter_mut().zip(&row) {
                plane.extend_from_slice(line);
            }
        }
        let r = radius.round() as usize;
        let planes = planes.map(|plane| soften(&soften(&plane, width, [r, r]), width, [r, 0]));
        lines.for_each(|(y, bytes)| {
            for (to, plane) in row.iter_mut().zip(&planes) {
                to.copy_from_slice(&plane[y * width..][..width]);
            }
            encoder.row(y, &mut row, bytes);
        });
        return out;
    }
    // Three rows are enough for a slight blur.
    let share = (radius.max(0.0) * 0.8).min(1.0);
    let (mut above, mut here, mut below, mut soft) = (empty(), empty(), empty(), empty());
    light(0, &mut here);
    above.clone_from(&here);
    lines.by_ref().for_each(|(y, bytes)| {
        if y + 1 < height {
            light(y + 1, &mut below);
        } else {
            below.clone_from(&here);
        }
        for c in 0..3 {
            widest(MixIn([&above[c][..], &here[c], &below[c]], share, &mut soft[c][..]));
        }
        encoder.row(y, &mut soft, bytes);
        std::mem::swap(&mut above, &mut here);
        std::mem::swap(&mut here, &mut below);
    });
    out
}

/// The middle row with a share of the mean of 3 × 3 pixels, borders repeated.
struct MixIn<'a>([&'a [f32]; 3], f32, &'a mut [f32]);

impl Kernel for MixIn<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self([above, here, below], share, to) = self;
        let last = to.len() - 1;
        let sum = |i: usize| above[i] + here[i] + below[i];
        let third = share / 9.0;
        for i in [0, last] {
            to[i] = here[i] * (1.0 - share) + third * (sum(i.saturating_sub(1)) + sum(i) + sum((i + 1).min(last)));
        }
        let threes = above.windows(3).zip(here.windows(3)).zip(below.windows(3));
        for (to, ((a, h), b)) in to[1.min(last)..].iter_mut().zip(threes) {
            let all = (a[0] + h[0] + b[0]) + (a[1] + h[1] + b[1]) + (a[2] + h[2] + b[2]);
            *to = h[1] * (1.0 - share) + third * all;
        }
    }
}

/// Light to bytes: exposure, white balance, corners, noise, colour space, transfer curve.
struct Encoder {
    sensor: Sensor,
    gains: [f32; 3],
    table: Vec<u8>,
    grain: Vec<f32>,
    middle: (f32, f32),
    per_corner: f32,
}

impl Encoder {
    fn new(size: Size, sensor: &Sensor) -> Self {
        let (cx, cy) = (size.width as f32 / 2.0, size.height as f32 / 2.0);
        let gain = sensor.ev.exp2();
        Self {
            sensor: *sensor,
            gains: [gain * sensor.balance.0, gain, gain * sensor.balance.1],
            table: encoding_table(),
            grain: normals(),
            middle: (cx, cy),
            per_corner: 1.0 / (cx * cx + cy * cy),
        }
    }

    fn row(&self, row: usize, light: &mut Row, bytes: &mut [u8]) {
        widest(Encode(self, row, light, bytes));
    }

    #[inline(always)]
    fn noise(&self, row: usize, light: &mut Row) {
        let width = light[0].len();
        let start = (row * width) as u64;
        let [red, green, blue] = light;
        for (i, ((r, g), b)) in red.iter_mut().zip(green).zip(blue).enumerate() {
            let word = mix(self.sensor.seed, start + i as u64) as usize;
            for (v, bits) in [(r, word), (g, word >> 20), (b, word >> 40)] {
                // Shot noise grows with the root of the light, read noise does not.
                let deviation = self.sensor.noise * (0.15 + (v.max(0.0) * (1.0 / 0.18)).sqrt());
                *v += self.grain[bits % NORMALS] * deviation;
            }
        }
    }
}

/// Brings a row of light to bytes.
struct Encode<'a>(&'a Encoder, usize, &'a mut Row, &'a mut [u8]);

impl Kernel for Encode<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self(own, row, light, bytes) = self;
        let dy = row as f32 + 0.5 - own.middle.1;
        for (plane, gain) in light.iter_mut().zip(own.gains) {
            for (column, v) in plane.iter_mut().enumerate() {
                let dx = column as i32 as f32 + 0.5 - own.middle.0;
                *v *= gain * (1.0 - own.sensor.vignette * (dx * dx + dy * dy) * own.per_corner);
            }
        }
        if own.sensor.noise > 0.0 {
            own.noise(row, light);
        }
        if own.sensor.wide {
            let [red, green, blue] = light;
            for ((r, g), b) in red.iter_mut().zip(green).zip(blue) {
                [*r, *g, *b] = TO_P3.map(|m| m[0] * *r + m[1] * *g + m[2] * *b);
            }
        }
        for (c, plane) in light.iter_mut().enumerate() {
            for v in plane.iter_mut() {
                *v = shoulder(*v);
            }
            for (byte, v) in bytes[c..].iter_mut().step_by(3).zip(plane.iter()) {
                // At this size the last bit of a float is worth 1: the sum rounds, and its low bits are the index.
                let index = (v * (TABLE - 1) as f32 + 8_388_608.0).to_bits() as usize % TABLE;
                *byte = own.table[index];
            }
        }
    }
}

const NORMALS: usize = 4096;

/// A supply of approximate standard normals (sums of eight bytes), each with its negative, so that the mean is 0.
fn normals() -> Vec<f32> {
    let one = |i: u64| {
        let sum: u32 = mix(0x67_72_61_69_6e, i).to_le_bytes().into_iter().map(u32::from).sum();
        // Eight bytes have a standard deviation of 209.
        (sum as f32 - 1020.0) / 209.02
    };
    (0..NORMALS as u64 / 2).flat_map(|i| [one(i), -one(i)]).collect()
}

/// Highlights roll off instead of clipping; 0–1 out.
#[inline(always)]
fn shoulder(v: f32) -> f32 {
    const KNEE: f32 = 0.75;
    let v = if v > 0.0 { v } else { 0.0 };
    let rolled = 1.0 - (1.0 - KNEE) * (1.0 - KNEE) / (if v > KNEE { v } else { KNEE } - KNEE + 1.0 - KNEE);
    if v <= KNEE { v } else { rolled }
}

const TABLE: usize = 8192;

/// sRGB's transfer curve (IEC 61966-2-1), which Display P3 shares.
fn encoding_table() -> Vec<u8> {
    (0..TABLE)
        .map(|i| {
            let v = i as f32 / (TABLE - 1) as f32;
            let encoded = if v <= 0.003_130_8 { v * 12.92 } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 };
            (encoded * 255.0 + 0.5) as u8
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_noise_is_centred_with_unit_deviation_in_every_channel() {
        let supply = normals();
        let mean = |power: i32| supply.iter().map(|&v| f64::from(v).powi(power)).sum::<f64>() / supply.len() as f64;
        assert!(mean(1).abs() < 1e-6, "mean {}", mean(1));
        assert!((mean(2) - 1.0).abs() < 0.03, "variance {}", mean(2));
        let sensor = Sensor { noise: 0.01, ..Sensor::IDEAL };
        let encoder = Encoder::new(Size::new(40_000, 1), &sensor);
        let mut row: Row = std::array::from_fn(|_| vec![0.18; 40_000]);
        encoder.noise(0, &mut row);
        let off = row.map(|plane| plane.into_iter().map(|v| (f64::from(v) - 0.18) / 0.0115).collect::<Vec<_>>());
        let together = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>() / a.len() as f64;
        for c in 0..3 {
            let variance = together(&off[c], &off[c]);
            assert!((variance - 1.0).abs() < 0.05, "channel {c}: variance {variance}");
            let shared = together(&off[c], &off[(c + 1) % 3]);
            assert!(shared.abs() < 0.03, "channels move together by {shared}");
        }
    }

    #[test]
    fn white_stays_grey_in_both_colour_spaces() {
        for wide in [false, true] {
            let sensor = Sensor { wide, ..Sensor::IDEAL };
            let rgb = develop(Size::new(2, 2), &sensor, |_, row| row.iter_mut().for_each(|plane| plane.fill(0.5)));
            assert!(rgb.iter().all(|&v| v.abs_diff(rgb[0]) <= 1), "{rgb:?}");
        }
    }

    #[test]
    fn half_the_light_is_one_stop() {
        let flat = |light: f32| move |_: usize, row: &mut Row| row.iter_mut().for_each(|plane| plane.fill(light));
        let bright = develop(Size::new(1, 1), &Sensor::IDEAL, flat(0.4));
        let dark = develop(Size::new(1, 1), &Sensor { ev: -1.0, ..Sensor::IDEAL }, flat(0.8));
        assert_eq!(bright, dark);
    }
}
