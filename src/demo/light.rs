//! Light on skin: diffuse shading with soft red, sheen, and the dark of small hollows, in linear sRGB.

use super::camera::Projection;
use super::noise::{exp, lerp, smooth_step};
use super::plane::soften;
use super::scene::{BLOOD, FLUSH, FORM_X, FORM_Y, LAYERS, MELANIN, SPOT, Scene};
use crate::geom::{Point, Size};
use crate::widest::{Kernel, widest};

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

/// Pixels that are shaded at once: enough for any vector unit.
const LANES: usize = 16;
type Lanes = [f32; LANES];

/// One row of the shot by quantity; the last lanes may be unused.
struct Row {
    colour: [Vec<Lanes>; 3],
    form: [Vec<Lanes>; 2],
    sharp: [Vec<Lanes>; 2],
    smooth: [Vec<Lanes>; 2],
    hollow: Vec<Lanes>,
    skin: Vec<Lanes>,
    place: Vec<Knot>,
    layers: Vec<[f32; LAYERS]>,
}

impl Row {
    fn new(width: usize) -> Self {
        let lanes = || vec![[0.0; LANES]; width.div_ceil(LANES)];
        Self {
            colour: std::array::from_fn(|_| lanes()),
            form: std::array::from_fn(|_| lanes()),
            sharp: std::array::from_fn(|_| lanes()),
            smooth: std::array::from_fn(|_| lanes()),
            hollow: lanes(),
            skin: lanes(),
            place: vec![[0.0; 2]; width],
            layers: vec![[0.0; LAYERS]; width],
        }
    }
}

/// The light that reaches the camera, row by row.
pub(crate) struct Exposed<'a> {
    scene: &'a Scene,
    progression: Progression,
    width: usize,
    height: usize,
    knots: Knots,
    absorption: Absorption,
    to_linear: [f32; 256],
    shader: Shader,
    /// Height in mm per pixel of the shot, sharp and as light under the skin sees it.
    sharp: Vec<f32>,
    smooth: Vec<f32>,
    row: Row,
}

/// Prepares a shot of `size` pixels.
pub(crate) fn expose<'a>(
    scene: &'a Scene,
    projection: &Projection,
    progression: &Progression,
    lamp: &Lamp,
    size: Size,
) -> Exposed<'a> {
    let (width, height) = (size.width as usize, size.height as usize);
    let px_per_mm = scene.ppm * projection.scale as f32;
    let radius = (SPREAD_MM * px_per_mm).round().max(1.0) as usize;
    let knots = Knots::new(projection, width, height);
    let mut sharp = vec![0.0f32; width * height];
    let mut place = vec![[0.0; 2]; width];
    for (row, line) in sharp.chunks_mut(width).enumerate() {
        knots.row(row, &mut place);
        widest(Reliefs(line, &place[..], scene, progression.scar));
    }
    let smooth = soften(&sharp, width, [radius, radius.div_ceil(2)]);
    Exposed {
        scene,
        progression: *progression,
        width,
        height,
        knots,
        absorption: Absorption::new(),
        to_linear: linear_table(),
        shader: Shader::new(lamp, projection.turn as f32, px_per_mm),
        sharp,
        smooth,
        row: Row::new(width),
    }
}

struct Reliefs<'a>(&'a mut [f32], &'a [Knot], &'a Scene, f32);

impl Kernel for Reliefs<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self(heights, places, scene, scar) = self;
        for (height, [x, y]) in heights.iter_mut().zip(places) {
            *height = scene.relief(&scene.tap(*x, *y), scar);
        }
    }
}

struct Texels<'a>(&'a mut [[f32; LAYERS]], &'a [Knot], &'a Scene);

impl Kernel for Texels<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self(layers, places, scene) = self;
        for (layers, [x, y]) in layers.iter_mut().zip(places) {
            *layers = scene.layers(&scene.tap(*x, *y));
        }
    }
}

impl Exposed<'_> {
    /// Linear sRGB around 0–1 of one row, a slice per channel.
    pub(crate) fn row(&mut self, row: usize, out: &mut [Vec<f32>; 3]) {
        self.sample(row);
        widest(Slopes(self, row));
        widest(Shade(&self.shader, &mut self.row));
        for (to, from) in out.iter_mut().zip(&self.row.colour) {
            to.copy_from_slice(&from.as_flattened()[..self.width]);
        }
    }

    fn sample(&mut self, row: usize) {
        let Row { colour, form, skin, place, layers, .. } = &mut self.row;
        self.knots.row(row, place);
        // By themselves, so that a texel stays one vector.
        widest(Texels(&mut layers[..], &place[..], self.scene));
        let [red, green, blue] = colour.each_mut().map(|lanes| lanes.as_flattened_mut());
        let [form_x, form_y] = form.each_mut().map(|lanes| lanes.as_flattened_mut());
        let skin = skin.as_flattened_mut();
        let p = self.progression;
        for (i, ([x, y], l)) in place.iter().zip(layers).enumerate() {
            (form_x[i], form_y[i]) = (l[FORM_X], l[FORM_Y]);
            let painted = self.scene.painted(*x, *y, &self.to_linear);
            let bare = painted.map_or(1.0, |paint| 1.0 - paint[3]);
            skin[i] = bare;
            let melanin = l[MELANIN] + p.spot * l[SPOT];
            let blood = l[BLOOD] + p.flush * l[FLUSH] + p.healing;
            let [r, g, b, _] = self.absorption.reflectance(melanin, blood);
            let mut rgb = [r, g, b];
            if let Some([r, g, b, _]) = painted {
                rgb = [rgb[0] * bare + r, rgb[1] * bare + g, rgb[2] * bare + b];
            }
            (red[i], green[i], blue[i]) = (rgb[0], rgb[1], rgb[2]);
        }
    }
}

/// Central differences of both heights, and how far a pixel lies below its surroundings.
struct Slopes<'a, 'b>(&'a mut Exposed<'b>, usize);

impl Kernel for Slopes<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self(own, row) = self;
        let width = own.width;
        let (above, here, below) = (row.saturating_sub(1) * width, row * width, (row + 1).min(own.height - 1) * width);
        for (height, slope) in [(&own.sharp, &mut own.row.sharp), (&own.smooth, &mut own.row.smooth)] {
            let [across, down] = slope.each_mut().map(|lanes| &mut lanes.as_flattened_mut()[..width]);
            let middle = &height[here..][..width];
            for (to, (lower, upper)) in down.iter_mut().zip(height[below..].iter().zip(&height[above..])) {
                *to = (lower - upper) * 0.5;
            }
            for (to, three) in across[1.min(width - 1)..].iter_mut().zip(middle.windows(3)) {
                *to = (three[2] - three[0]) * 0.5;
            }
            let last = width - 1;
            across[0] = (middle[1.min(last)] - middle[0]) * 0.5;
            across[last] = (middle[last] - middle[last.saturating_sub(1)]) * 0.5;
        }
        let hollow = own.row.hollow.as_flattened_mut();
        for (to, (smooth, sharp)) in hollow.iter_mut().zip(own.smooth[here..][..width].iter().zip(&own.sharp[here..])) {
            *to = smooth - sharp;
        }
    }
}

/// Reflectance of skin from tables: exponentials of melanin and of blood multiply.
struct Absorption {
    melanin: Vec<[f32; 4]>,
    blood: Vec<[f32; 4]>,
}

impl Absorption {
    /// Steps per unit of optical density: an error below a quarter of an 8-bit step.
    const PER_UNIT: f32 = 1024.0;
    /// Densities above this are black.
    const DENSEST: f32 = 7.0;

    fn new() -> Self {
        let table = |factor: [f32; 3], by: [f32; 3]| -> Vec<[f32; 4]> {
            (0..=(Self::DENSEST * Self::PER_UNIT) as usize)
                .map(|i| {
                    std::array::from_fn(
                        |c| if c < 3 { factor[c] * exp(-by[c] * i as f32 / Self::PER_UNIT) } else { 0.0 },
                    )
                })
                .collect()
        };
        Self { melanin: table(BARE, BY_MELANIN), blood: table([1.0; 3], BY_BLOOD) }
    }

    fn reflectance(&self, melanin: f32, blood: f32) -> [f32; 4] {
        let index = |density: f32| (density.clamp(0.0, Self::DENSEST) * Self::PER_UNIT + 0.5) as i32 as usize;
        let (m, b) = (&self.melanin[index(melanin)], &self.blood[index(blood)]);
        std::array::from_fn(|c| m[c] * b[c])
    }
}

/// The map is evaluated exactly every so many pixels and linear between: it bends by far less than 0.01 px within.
const CELL: usize = 16;

/// Place in the scene.
type Knot = [f32; 2];

/// The map from the shot to the scene on a coarse grid.
struct Knots {
    across: usize,
    places: Vec<Knot>,
}

impl Knots {
    fn new(projection: &Projection, width: usize, height: usize) -> Self {
        let (across, down) = (width / CELL + 2, height / CELL + 2);
        let place = |k: usize| {
            let (column, row) = (k % across * CELL, k / across * CELL);
            let q = projection.scene_at(Point::new(column as f64 + 0.5, row as f64 + 0.5));
            [q.x as f32, q.y as f32]
        };
        Self { across, places: (0..across * down).map(place).collect() }
    }

    /// Places in the scene of all pixels of a row.
    fn row(&self, row: usize, places: &mut [Knot]) {
        let t = (row % CELL) as f32 / CELL as f32;
        let upper = &self.places[row / CELL * self.across..][..self.across];
        let lower = &self.places[(row / CELL + 1) * self.across..][..self.across];
        let knot = |k: usize| -> Knot { std::array::from_fn(|c| lerp(upper[k][c], lower[k][c], t)) };
        for (k, cell) in places.chunks_mut(CELL).enumerate() {
            let (left, right) = (knot(k), knot(k + 1));
            for (i, place) in cell.iter_mut().enumerate() {
                let s = i as f32 / CELL as f32;
                *place = [lerp(left[0], right[0], s), lerp(left[1], right[1], s)];
            }
        }
    }
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
    #[inline(always)]
    fn unrolled(&self, x: f32, y: f32) -> [f32; 2] {
        let (sin, cos) = self.turn;
        [x * cos + y * sin, y * cos - x * sin]
    }

    /// One pixel. The skin comes as its sharp slope, its smooth slope, how hollow it is and how much of it is skin.
    #[inline(always)]
    fn lit(&self, colour: [f32; 3], form: [f32; 2], [sx, sy, mx, my, hollow, skin]: [f32; 6]) -> [f32; 3] {
        let scale = self.px_per_mm * skin;
        let sharp = self.unrolled(sx * scale, sy * scale);
        let soft = self.unrolled(mx * scale, my * scale);
        let slope = |share: f32| [lerp(soft[0], sharp[0], share) + form[0], lerp(soft[1], sharp[1], share) + form[1]];
        // One length for all channels: their slopes differ by little.
        let [gx, gy] = slope(0.75);
        let inverse = 1.0 / (1.0 + gx * gx + gy * gy).sqrt();
        let l = self.light;
        let shut = 1.0 / (1.0 + above_zero(hollow * 4.0) * skin);
        let dim = 0.25 * shut + 0.75 * shut.sqrt();
        let h = self.half;
        let facing = above_zero((h[2] - gx * h[0] - gy * h[1]) * inverse);
        let f4 = (facing * facing) * (facing * facing);
        let f16 = (f4 * f4) * (f4 * f4);
        let sheen = self.sheen * (0.060 * f4 * f4 + 0.085 * f16 * f16) * (0.3 + 0.7 * skin) * shut;
        let channel = |c: usize| {
            let [gx, gy] = slope(SHARP[c]);
            let facing = (l[2] - gx * l[0] - gy * l[1]) * inverse;
            // A little light gets around the terminator under the skin.
            let lit = self.ambient + self.direct * above_zero((facing + 0.12) * (1.0 / 1.12));
            colour[c] * lit * dim + sheen
        };
        [channel(0), channel(1), channel(2)]
    }
}

/// Turns the reflectances of a row into light.
struct Shade<'a, 'b>(&'a Shader, &'b mut Row);

impl Kernel for Shade<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self(own, row) = self;
        let Row { colour: [red, green, blue], form, sharp, smooth, hollow, skin, .. } = row;
        for (k, ((red, green), blue)) in red.iter_mut().zip(green).zip(blue).enumerate() {
            let [slope_x, slope_y] = [&form[0][k], &form[1][k]];
            let lanes = [sharp[0][k], sharp[1][k], smooth[0][k], smooth[1][k], hollow[k], skin[k]];
            let mut light = [*red, *green, *blue];
            for i in 0..LANES {
                let [r, g, b] = own.lit(
                    [light[0][i], light[1][i], light[2][i]],
                    [slope_x[i], slope_y[i]],
                    std::array::from_fn(|c| lanes[c][i]),
                );
                (light[0][i], light[1][i], light[2][i]) = (r, g, b);
            }
            [*red, *green, *blue] = light;
        }
    }
}

/// `v` where it is positive; one instruction, unlike `f32::max`, which must think of what is no number.
#[inline(always)]
fn above_zero(v: f32) -> f32 {
    if v > 0.0 { v } else { 0.0 }
}

fn normalised(v: [f32; 3]) -> [f32; 3] {
    let length = (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]).sqrt().max(1e-6);
    v.map(|c| c / length)
}
