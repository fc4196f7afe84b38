//! Light on skin: diffuse shading with soft red, sheen, and the dark of small hollows, in linear sRGB.

use super::camera::Projection;
use super::noise::{exp, lerp, smooth_step};
use super::plane::box_blur;
use super::scene::{BLOOD, FLUSH, FORM_X, FORM_Y, MELANIN, RELIEF, SCAR, SPOT, Scene};
use crate::geom::{Point, Size};

/// How a set-up lights the skin. Directions are those of the scene: x right, y down, z to the camera.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lamp {
    /// Towards the light; need not have length 1.
    pub direction: [f32; 3],
    /// Share of light that comes from everywhere, 0–1.
    pub ambient: f32,
    /// Strength of the sheen; 0 with crossed polarisers.
    pub sheen: f32,
}

/// What treatment has done up to a session: weights of the layers that change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progression {
    /// Share of scars, wrinkles and papules that is left.
    pub scar: f32,
    /// Share of spots that is left.
    pub spot: f32,
    /// Share of erythema that is left.
    pub flush: f32,
    /// Blood everywhere on a healing day, in units of optical density.
    pub healing: f32,
}

impl Progression {
    /// As it was before the first treatment.
    pub const BASELINE: Self = Self { scar: 1.0, spot: 1.0, flush: 1.0, healing: 0.0 };
}

/// Linear reflectance of skin without melanin and blood.
const BARE: [f32; 3] = [0.87, 0.74, 0.57];
/// Absorption by one unit of melanin, falling from blue to red.
const BY_MELANIN: [f32; 3] = [0.62, 0.84, 1.06];
/// Absorption by one unit of blood: green most, red hardly.
const BY_BLOOD: [f32; 3] = [0.13, 1.0, 0.80];
/// Share of the sharp normal in each channel: red light spreads furthest under the skin.
const SHARP: [f32; 3] = [0.30, 0.72, 0.88];
/// Reach of the soft normal in millimetres.
const SPREAD_MM: f32 = 0.30;

/// One sRGB byte as light.
pub(crate) fn linear_table() -> [f32; 256] {
    std::array::from_fn(|i| {
        let v = i as f32 / 255.0;
        if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
    })
}

/// Reflectance of skin at its pigment densities.
pub(crate) fn reflectance(melanin: f32, blood: f32) -> [f32; 3] {
    std::array::from_fn(|c| BARE[c] * exp(-(BY_MELANIN[c] * melanin + BY_BLOOD[c] * blood)))
}

/// Per pixel of the shot: colour, height in mm (sharp and soft), slopes of the form, and how much of it is skin.
struct Samples {
    colour: Vec<[f32; 3]>,
    height: Vec<[f32; 1]>,
    form: Vec<[f32; 2]>,
    skin: Vec<f32>,
}

/// The light that reaches the camera, `size` pixels of linear sRGB around 0–1.
pub(crate) fn expose(
    scene: &Scene,
    projection: &Projection,
    progression: &Progression,
    lamp: &Lamp,
    size: Size,
) -> Vec<[f32; 3]> {
    let samples = sample(scene, projection, progression, size);
    let Samples { mut colour, height, form, skin } = samples;
    let width = size.width as usize;
    let px_per_mm = scene.ppm * projection.scale as f32;
    let radius = (SPREAD_MM * px_per_mm).round().max(1.0) as usize;
    let mut soft = height.clone();
    box_blur(&mut soft, width, radius);
    box_blur(&mut soft, width, radius.div_ceil(2));
    let shader = Shader::new(lamp, projection.turn as f32, px_per_mm);
    for row in 0..size.height as usize {
        let near = Neighbours::of(row, size.height as usize, width);
        for column in 0..width {
            let i = near.here + column;
            let sharp = near.slope(&height, column, width);
            let smooth = near.slope(&soft, column, width);
            let hollow = soft[i][0] - height[i][0];
            colour[i] = shader.shade(colour[i], form[i], sharp, smooth, hollow, skin[i]);
        }
    }
    colour
}

struct Neighbours {
    here: usize,
    above: usize,
    below: usize,
}

impl Neighbours {
    fn of(row: usize, height: usize, width: usize) -> Self {
        Self { here: row * width, above: row.saturating_sub(1) * width, below: (row + 1).min(height - 1) * width }
    }

    /// Central differences per pixel.
    fn slope(&self, height: &[[f32; 1]], column: usize, width: usize) -> [f32; 2] {
        let (left, right) = (column.saturating_sub(1), (column + 1).min(width - 1));
        [
            (height[self.here + right][0] - height[self.here + left][0]) * 0.5,
            (height[self.below + column][0] - height[self.above + column][0]) * 0.5,
        ]
    }
}

/// The map is evaluated exactly every so many pixels and linear between: it bends by far less than 0.01 px within.
const CELL: usize = 16;

/// Place in the scene.
type Knot = [f32; 2];

fn sample(scene: &Scene, projection: &Projection, progression: &Progression, size: Size) -> Samples {
    let (width, height) = (size.width as usize, size.height as usize);
    let count = width * height;
    let mut out = Samples {
        colour: Vec::with_capacity(count),
        height: Vec::with_capacity(count),
        form: Vec::with_capacity(count),
        skin: Vec::with_capacity(count),
    };
    let to_linear = linear_table();
    let knots_across = width / CELL + 2;
    let knots = |row: usize| -> Vec<Knot> {
        let knot = |k: usize| {
            let q = projection.scene_at(Point::new((k * CELL) as f64 + 0.5, (row * CELL) as f64 + 0.5));
            [q.x as f32, q.y as f32]
        };
        (0..knots_across).map(knot).collect()
    };
    let (mut upper, mut lower) = (knots(0), knots(1));
    for row in 0..height {
        if row > 0 && row % CELL == 0 {
            upper = lower;
            lower = knots(row / CELL + 1);
        }
        let down = (row % CELL) as f32 / CELL as f32;
        let mix = |a: &Knot, b: &Knot, t: f32| -> Knot { std::array::from_fn(|c| a[c] + (b[c] - a[c]) * t) };
        for column in 0..width {
            let (k, across) = (column / CELL, (column % CELL) as f32 / CELL as f32);
            let left = mix(&upper[k], &lower[k], down);
            let right = mix(&upper[k + 1], &lower[k + 1], down);
            let [x, y] = mix(&left, &right, across);
            let tap = scene.tap(x, y);
            let l = scene.layers(tap);
            let melanin = (l[MELANIN] + progression.spot * l[SPOT]).max(0.0);
            let blood = (l[BLOOD] + progression.flush * l[FLUSH] + progression.healing).max(0.0);
            let mut colour = reflectance(melanin, blood);
            let mut skin = 1.0;
            if let Some([r, g, b, cover]) = scene.painted(tap, &to_linear) {
                skin = 1.0 - cover;
                colour = [colour[0] * skin + r, colour[1] * skin + g, colour[2] * skin + b];
            }
            out.colour.push(colour);
            out.height.push([l[RELIEF] + progression.scar * l[SCAR]]);
            out.form.push([l[FORM_X], l[FORM_Y]]);
            out.skin.push(skin);
        }
    }
    out
}

struct Shader {
    light: [f32; 3],
    half: [f32; 3],
    ambient: f32,
    direct: f32,
    sheen: f32,
    turn: (f32, f32),
    px_per_mm: f32,
}

impl Shader {
    fn new(lamp: &Lamp, turn: f32, px_per_mm: f32) -> Self {
        let light = normalised(lamp.direction);
        let half = normalised([light[0], light[1], light[2] + 1.0]);
        Self {
            light,
            half,
            ambient: lamp.ambient,
            // Skin square to the camera gets the same exposure from every set-up.
            direct: (1.0 - lamp.ambient) / light[2].max(0.2),
            sheen: lamp.sheen * smooth_step(0.02, 0.2, light[2]),
            turn: turn.sin_cos(),
            px_per_mm,
        }
    }

    /// Slopes per shot pixel as slopes of the scene, so that the light stays with the patient when the camera rolls.
    fn unrolled(&self, slope: [f32; 2]) -> [f32; 2] {
        let (sin, cos) = self.turn;
        let [x, y] = [slope[0] * self.px_per_mm, slope[1] * self.px_per_mm];
        [x * cos + y * sin, y * cos - x * sin]
    }

    fn shade(
        &self,
        colour: [f32; 3],
        form: [f32; 2],
        sharp: [f32; 2],
        soft: [f32; 2],
        hollow: f32,
        skin: f32,
    ) -> [f32; 3] {
        let sharp = self.unrolled(sharp);
        let soft = self.unrolled(soft);
        let slope = |share: f32| {
            [lerp(soft[0], sharp[0], share) * skin + form[0], lerp(soft[1], sharp[1], share) * skin + form[1]]
        };
        // One length for all channels: their slopes differ by little.
        let [gx, gy] = slope(0.75);
        let inverse = 1.0 / (1.0 + gx * gx + gy * gy).sqrt();
        let l = self.light;
        let shut = 1.0 / (1.0 + (hollow * 4.0).max(0.0) * skin);
        let dim = 0.25 * shut + 0.75 * shut.sqrt();
        let h = self.half;
        let facing = ((h[2] - gx * h[0] - gy * h[1]) * inverse).max(0.0);
        let f4 = (facing * facing) * (facing * facing);
        let f16 = (f4 * f4) * (f4 * f4);
        let sheen = self.sheen * (0.060 * f4 * f4 + 0.085 * f16 * f16) * (0.3 + 0.7 * skin) * shut;
        std::array::from_fn(|c| {
            let [gx, gy] = slope(SHARP[c]);
            let facing = (l[2] - gx * l[0] - gy * l[1]) * inverse;
            // A little light gets around the terminator under the skin.
            let lit = self.ambient + self.direct * ((facing + 0.12) / 1.12).max(0.0);
            colour[c] * lit * dim + sheen
        })
    }
}

fn normalised(v: [f32; 3]) -> [f32; 3] {
    let length = (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]).sqrt().max(1e-6);
    v.map(|c| c / length)
}
