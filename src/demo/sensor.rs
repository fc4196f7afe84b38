//! What the camera makes of the light: lens, exposure, white balance, sensor noise, and the encoding of colours.

use rand::Rng;
use serde::{Deserialize, Serialize};

use super::noise::{self, mix};
use super::plane::box_blur;
use crate::geom::Size;

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

/// Brings linear light to 8-bit RGB.
pub(crate) fn develop(mut light: Vec<[f32; 3]>, size: Size, sensor: &Sensor) -> Vec<u8> {
    let (width, height) = (size.width as usize, size.height as usize);
    defocus(&mut light, width, sensor.blur * size.longest() as f32);
    let table = encoding_table();
    let gain = sensor.ev.exp2();
    let gains = [gain * sensor.balance.0, gain, gain * sensor.balance.1];
    let (cx, cy) = (width as f32 / 2.0, height as f32 / 2.0);
    let per_corner = 1.0 / (cx * cx + cy * cy);
    let mut out = vec![0u8; light.len() * 3];
    for (row, (line, bytes)) in light.chunks(width).zip(out.chunks_mut(width * 3)).enumerate() {
        let dy = row as f32 + 0.5 - cy;
        for (column, (pixel, byte)) in line.iter().zip(bytes.chunks_mut(3)).enumerate() {
            let dx = column as f32 + 0.5 - cx;
            let fall = 1.0 - sensor.vignette * (dx * dx + dy * dy) * per_corner;
            let mut v: [f32; 3] = std::array::from_fn(|c| pixel[c] * gains[c] * fall);
            if sensor.noise > 0.0 {
                let grain = gaussians(mix(sensor.seed, (row * width + column) as u64));
                for c in 0..3 {
                    // Shot noise grows with the root of the light, read noise does not.
                    v[c] += grain[c] * sensor.noise * (0.15 + (v[c].max(0.0) / 0.18).sqrt());
                }
            }
            if sensor.wide {
                v = TO_P3.map(|m| m[0] * v[0] + m[1] * v[1] + m[2] * v[2]);
            }
            for c in 0..3 {
                byte[c] = table[(shoulder(v[c]) * (TABLE - 1) as f32 + 0.5) as usize];
            }
        }
    }
    out
}

/// Three approximate standard normals from one word: sums of bytes.
fn gaussians(word: u64) -> [f32; 3] {
    let other = mix(word, 0x67_72_61_69_6e);
    let byte = |w: u64, i: u32| ((w >> (8 * i)) & 0xff) as f32;
    // Five bytes have a standard deviation of 165.
    std::array::from_fn(|c| {
        let w = if c == 0 { word } else { other.rotate_left(20 * c as u32) ^ word.rotate_right(13 * c as u32) };
        (byte(w, 0) + byte(w, 1) + byte(w, 2) + byte(w, 3) + byte(w, 4) - 637.5) / 165.2
    })
}

/// Highlights roll off instead of clipping; 0–1 out.
fn shoulder(v: f32) -> f32 {
    const KNEE: f32 = 0.75;
    let v = v.max(0.0);
    if v <= KNEE { v } else { (1.0 - (1.0 - KNEE) * (1.0 - KNEE) / (v - KNEE + 1.0 - KNEE)).min(1.0) }
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

/// Focus blur: three box passes for a strong one, one for a slight one mixed in by its share of a pixel.
fn defocus(light: &mut [[f32; 3]], width: usize, radius: f32) {
    if radius <= 0.0 {
        return;
    }
    if radius >= 1.5 {
        for _ in 0..3 {
            box_blur(light, width, radius.round() as usize);
        }
        return;
    }
    let mut soft = light.to_vec();
    box_blur(&mut soft, width, 1);
    let share = (radius * 0.8).min(1.0);
    for (to, from) in light.iter_mut().zip(&soft) {
        for c in 0..3 {
            to[c] += (from[c] - to[c]) * share;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_noise_is_centred_with_unit_deviation_in_every_channel() {
        let mut sum = [0.0f64; 3];
        let mut square = [0.0f64; 3];
        for i in 0..40_000u64 {
            let g = gaussians(mix(7, i));
            for c in 0..3 {
                sum[c] += f64::from(g[c]);
                square[c] += f64::from(g[c]).powi(2);
            }
        }
        for c in 0..3 {
            assert!((sum[c] / 40_000.0).abs() < 0.02, "channel {c}: mean {}", sum[c] / 40_000.0);
            assert!((square[c] / 40_000.0 - 1.0).abs() < 0.03, "channel {c}: variance {}", square[c] / 40_000.0);
        }
    }

    #[test]
    fn white_stays_grey_in_both_colour_spaces() {
        for wide in [false, true] {
            let sensor = Sensor { wide, ..Sensor::IDEAL };
            let rgb = develop(vec![[0.5; 3]; 4], Size::new(2, 2), &sensor);
            assert!(rgb.iter().all(|&v| v.abs_diff(rgb[0]) <= 1), "{rgb:?}");
        }
    }

    #[test]
    fn half_the_light_is_one_stop() {
        let bright = develop(vec![[0.4; 3]], Size::new(1, 1), &Sensor::IDEAL);
        let dark = develop(vec![[0.8; 3]], Size::new(1, 1), &Sensor { ev: -1.0, ..Sensor::IDEAL });
        assert_eq!(bright, dark);
    }
}
