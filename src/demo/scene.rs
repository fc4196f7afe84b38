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

    /// Adds what one function says of several layers around a place; everything in millimetres.
    pub(crate) fn stamp_each<const N: usize>(
        &mut self,
        layers: [usize; N],
        at: (f32, f32),
        reach: f32,
        mut value: impl FnMut(f32, f32) -> [f32; N],
    ) {
        let ppm = self.ppm;
        let (x, y, reach) = (at.0 * ppm, at.1 * ppm, reach * ppm);
        let mut values = Vec::with_capacity((4.0 * reach * reach) as usize);
        self.layers[layers[0]].stamp(x, y, reach, |_, dx, dy| values.push(value(dx / ppm, dy / ppm)));
        for (n, layer) in layers.into_iter().enumerate() {
            let mut values = values.iter();
            self.layers[layer].stamp(x, y, reach, |v, _, _| *v += values.next().map_or(0.0, |value| value[n]));
        }
    }

    /// Adds a slowly changing function of the place in scene pixels to a layer: see [`Plane::add_coarse`].
    pub(crate) fn add<F: FnMut(f32, f32) -> f32>(&mut self, layer: usize, step: usize, start: impl Fn() -> F + Sync) {
        self.layers[layer].add_coarse(step, start);
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

/// Where a bilinear sample takes its four pixels from: this one, its right neighbour, and the two below.
#[derive(Clone, Copy)]
pub(crate) struct Tap {
    index: usize,
    weight: [f32; 4],
}

impl Scene {
    /// The four pixels around a place; clamped at the border.
    #[inline(always)]
    pub(crate) fn tap(&self, x: f32, y: f32) -> Tap {
        let fx = (x - 0.5).clamp(0.0, (self.width - 1) as f32);
        let fy = (y - 0.5).clamp(0.0, (self.height - 1) as f32);
        let (ix, iy) = ((fx as i32).min(self.width as i32 - 2), (fy as i32).min(self.height as i32 - 2));
        let (u, v) = (fx - ix as f32, fy - iy as f32);
        Tap {
            index: iy as usize * self.width + ix as usize,
            weight: [(1.0 - u) * (1.0 - v), u * (1.0 - v), (1.0 - u) * v, u * v],
        }
    }

    /// Height at a place in millimetres; `scar` weighs what treatment changes.
    #[inline(always)]
    pub(crate) fn relief(&self, tap: &Tap, scar: f32) -> f32 {
        let height = |texel: &[i16; LAYERS]| f32::from(texel[RELIEF]) + scar * f32::from(texel[SCAR]);
        let [a, b, c, d] = four(&self.texels, tap.index, self.width);
        let w = tap.weight;
        (w[0] * height(a) + w[1] * height(b) + w[2] * height(c) + w[3] * height(d)) / PER_MM
    }

    /// All layers at a place.
    #[inline(always)]
    pub(crate) fn layers(&self, tap: &Tap) -> [f32; LAYERS] {
        let [a, b, c, d] = four(&self.texels, tap.index, self.width);
        let [wa, wb, wc, wd] = tap.weight;
        let mix =
            |i: usize| wa * f32::from(a[i]) + wb * f32::from(b[i]) + (wc * f32::from(c[i]) + wd * f32::from(d[i]));
        std::array::from_fn(|i| mix(i) * UNIT[i])
    }

    /// Linear colour and coverage of what is not skin; `to_linear` turns an sRGB byte into light.
    #[inline]
    pub(crate) fn painted(&self, x: f32, y: f32, to_linear: &[f32; 256]) -> Option<[f32; 4]> {
        let paint = self.paint.as_ref()?;
        let tap = self.tap(x, y);
        let texels = four(paint, tap.index, self.width);
        if texels.iter().all(|texel| texel[3] == 0) {
            return None;
        }
        let [r, g, b, cover] = *texels[0];
        if cover == 255 && texels.iter().all(|texel| **texel == [r, g, b, cover]) {
            return Some([to_linear[r as usize], to_linear[g as usize], to_linear[b as usize], 1.0]);
        }
        let mut out = [0.0f32; 4];
        for (&[r, g, b, cover], weight) in texels.into_iter().zip(tap.weight) {
            let w = weight * f32::from(cover) / 255.0;
            out[0] += w * to_linear[r as usize];
            out[1] += w * to_linear[g as usize];
            out[2] += w * to_linear[b as usize];
            out[3] += w;
        }
        Some(out)
    }
}

/// The pixel at `index` of a row-major map, the one right of it, and the two below.
#[inline(always)]
fn four<T>(pixels: &[T], index: usize, width: usize) -> [&T; 4] {
    let (upper, lower) = (&pixels[index..index + 2], &pixels[index + width..index + width + 2]);
    [&upper[0], &upper[1], &lower[0], &lower[1]]
}
