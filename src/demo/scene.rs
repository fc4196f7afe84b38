//! A scene: everything about a piece of a patient that does not change with the camera, as maps in one plane.
//!
//! Relief is in millimetres, pigments are optical densities relative to bloodless, pigment-free skin. What treatment
//! changes lies in layers of its own, so that a session is a handful of weights.

use rayon::prelude::*;

use super::plane::Plane;

/// Index of static relief in a texel.
pub(crate) const RELIEF: usize = 0;
/// Index of the relief that treatment changes: scars, wrinkles, papules, pores.
pub(crate) const SCAR: usize = 1;
/// Index of static melanin: skin tone, moles, freckles.
pub(crate) const MELANIN: usize = 2;
/// Index of the melanin that treatment changes.
pub(crate) const SPOT: usize = 3;
/// Index of static blood.
pub(crate) const BLOOD: usize = 4;
/// Index of the blood that treatment changes: erythema.
pub(crate) const FLUSH: usize = 5;
/// Index of the slope of the body's form to the right.
pub(crate) const FORM_X: usize = 6;
/// Index of the slope of the body's form downwards.
pub(crate) const FORM_Y: usize = 7;
/// Layers of a texel.
pub(crate) const LAYERS: usize = 8;

/// Stored units per millimetre of relief.
const PER_MM: f32 = 16_384.0;
/// Stored units per unit of optical density.
const PER_DENSITY: f32 = 4096.0;
/// Stored units per unit of slope.
const PER_SLOPE: f32 = 4096.0;
/// Value of one stored unit, by layer.
const UNIT: [f32; LAYERS] = [
    1.0 / PER_MM,
    1.0 / PER_MM,
    1.0 / PER_DENSITY,
    1.0 / PER_DENSITY,
    1.0 / PER_DENSITY,
    1.0 / PER_DENSITY,
    1.0 / PER_SLOPE,
    1.0 / PER_SLOPE,
];

/// Maps of one piece of a patient.
pub(crate) struct Scene {
    pub width: usize,
    pub height: usize,
    /// Pixels per millimetre.
    pub ppm: f32,
    texels: Vec<[i16; LAYERS]>,
    /// What is not skin: sRGB colour and coverage.
    pub paint: Option<Vec<[u8; 4]>>,
}

/// The layers while they are being painted.
pub(crate) struct Canvas {
    pub width: usize,
    pub height: usize,
    pub ppm: f32,
    pub layers: [Plane; LAYERS],
}

impl Canvas {
    pub(crate) fn new(width: usize, height: usize, ppm: f32) -> Self {
        Self { width, height, ppm, layers: std::array::from_fn(|_| Plane::zero(width, height)) }
    }

    /// Width and height in millimetres.
    pub(crate) fn extent_mm(&self) -> (f32, f32) {
        (self.width as f32 / self.ppm, self.height as f32 / self.ppm)
    }

    /// Adds `value(dx, dy)` to a layer around a place; everything in millimetres.
    pub(crate) fn stamp(&mut self, layer: usize, at: (f32, f32), reach: f32, value: impl Fn(f32, f32) -> f32) {
        let ppm = self.ppm;
        self.layers[layer].stamp(at.0 * ppm, at.1 * ppm, reach * ppm, |v, dx, dy| *v += value(dx / ppm, dy / ppm));
    }

    /// Adds a plane to a layer.
    pub(crate) fn add(&mut self, layer: usize, plane: &Plane) {
        self.layers[layer].values.par_iter_mut().zip(&plane.values).for_each(|(to, from)| *to += from);
    }

    /// Packs the layers.
    pub(crate) fn finish(self, paint: Option<Vec<[u8; 4]>>) -> Scene {
        let scale = UNIT.map(f32::recip);
        let mut texels = vec![[0i16; LAYERS]; self.width * self.height];
        texels.par_chunks_mut(self.width.max(1)).enumerate().for_each(|(row, line)| {
            for (column, texel) in line.iter_mut().enumerate() {
                let i = row * self.width + column;
                for c in 0..LAYERS {
                    texel[c] = (self.layers[c].values[i] * scale[c]) as i16;
                }
            }
        });
        Scene { width: self.width, height: self.height, ppm: self.ppm, texels, paint }
    }
}

/// Where a bilinear sample takes its four pixels from.
#[derive(Clone, Copy)]
pub(crate) struct Tap {
    index: [usize; 4],
    weight: [f32; 4],
}

impl Scene {
    /// The four pixels around a place; clamped at the border.
    pub(crate) fn tap(&self, x: f32, y: f32) -> Tap {
        let fx = (x - 0.5).clamp(0.0, (self.width - 1) as f32);
        let fy = (y - 0.5).clamp(0.0, (self.height - 1) as f32);
        let (ix, iy) = (fx as usize, fy as usize);
        let (jx, jy) = ((ix + 1).min(self.width - 1), (iy + 1).min(self.height - 1));
        let (u, v) = (fx - ix as f32, fy - iy as f32);
        Tap {
            index: [iy * self.width + ix, iy * self.width + jx, jy * self.width + ix, jy * self.width + jx],
            weight: [(1.0 - u) * (1.0 - v), u * (1.0 - v), (1.0 - u) * v, u * v],
        }
    }

    /// All layers at a place.
    pub(crate) fn layers(&self, tap: Tap) -> [f32; LAYERS] {
        let mut out = [0.0; LAYERS];
        for (index, weight) in tap.index.into_iter().zip(tap.weight) {
            let texel = &self.texels[index];
            for c in 0..LAYERS {
                out[c] += weight * f32::from(texel[c]);
            }
        }
        for c in 0..LAYERS {
            out[c] *= UNIT[c];
        }
        out
    }

    /// Linear colour and coverage of what is not skin; `to_linear` turns an sRGB byte into light.
    pub(crate) fn painted(&self, tap: Tap, to_linear: &[f32; 256]) -> Option<[f32; 4]> {
        let paint = self.paint.as_ref()?;
        let mut out = [0.0f32; 4];
        for (index, weight) in tap.index.into_iter().zip(tap.weight) {
            let [r, g, b, cover] = paint[index];
            let w = weight * f32::from(cover) / 255.0;
            out[0] += w * to_linear[r as usize];
            out[1] += w * to_linear[g as usize];
            out[2] += w * to_linear[b as usize];
            out[3] += w;
        }
        (out[3] > 0.0).then_some(out)
    }
}
