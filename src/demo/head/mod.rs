//! Heads: the standard views of a face and the surroundings of an eye, as scenes.
//!
//! The form is marched on a coarse grid; everything sharp (eyes, brows, lips, hair, pores) is painted at full
//! resolution from the interpolated place on the head. Left and right are the patient's.

mod features;
mod marks;
mod shape;

use rayon::prelude::*;

use self::shape::{Build, Vec3, dot};
use super::noise::lerp;
use super::scene::{Canvas, Scene};
use super::skin::{melanin_of, surface};
use crate::model::{Fitzpatrick, Indication, Side};

/// What of a head is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Look {
    Front,
    Oblique,
    Lateral,
    /// The eye and what surrounds it.
    Eye,
}

impl Look {
    /// What the longer side of a photo shows, in millimetres.
    pub(crate) fn field_mm(self) -> f32 {
        if self == Self::Eye { 88.0 } else { 335.0 }
    }

    /// Camera's azimuth towards the patient's right, radians.
    fn azimuth(self, side: Side) -> f32 {
        let degrees: f32 = match self {
            Self::Front => 0.0,
            Self::Oblique => 45.0,
            Self::Lateral => 90.0,
            Self::Eye => 18.0,
        };
        if side == Side::Left { -degrees.to_radians() } else { degrees.to_radians() }
    }
}

/// Whose head.
#[derive(Debug, Clone)]
pub(crate) struct Sitter {
    pub seed: u64,
    pub tone: Fitzpatrick,
    pub conditions: Vec<Indication>,
    pub patient: usize,
}

/// The camera's axes and what of the head it sees.
#[derive(Debug, Clone, Copy)]
struct Camera {
    right: Vec3,
    toward: Vec3,
    /// Millimetres in the picture plane that lie in the middle of the scene.
    centre: (f32, f32),
    /// Scene pixels.
    middle: (f32, f32),
    ppm: f32,
}

impl Camera {
    fn new(look: Look, side: Side, size: (usize, usize), ppm: f32) -> Self {
        let (sin, cos) = look.azimuth(side).sin_cos();
        let (right, toward) = ([cos, 0.0, sin], [-sin, 0.0, cos]);
        let middle = (size.0 as f32 / 2.0, size.1 as f32 / 2.0);
        let centre = if look == Look::Eye {
            let eye = [if side == Side::Left { features::EYE_X } else { -features::EYE_X }, features::EYE_Y, 78.0];
            (dot(eye, right) + if side == Side::Left { 5.0 } else { -5.0 }, features::EYE_Y + 4.0)
        } else {
            // The face is kept in the frame, whatever happens to the back of the head.
            (if look == Look::Lateral { 26.0 } else { -12.0 } * right[2], 18.0)
        };
        Self { right, toward, centre, middle, ppm }
    }

    /// The point of the picture plane behind a scene pixel.
    fn plane_point(&self, x: f32, y: f32) -> Vec3 {
        let u = (x - self.middle.0) / self.ppm + self.centre.0;
        let v = (y - self.middle.1) / self.ppm + self.centre.1;
        [u * self.right[0], v, u * self.right[2]]
    }

    /// The scene's millimetres that show a place on the head.
    fn project(&self, p: Vec3) -> (f32, f32) {
        (dot(p, self.right) - self.centre.0 + self.middle.0 / self.ppm, p[1] - self.centre.1 + self.middle.1 / self.ppm)
    }
}

/// What is found behind each coarse pixel.
struct Found {
    width: usize,
    height: usize,
    hits: Vec<Hit>,
    /// Cells between four coarse pixels within which the form jumps: where along the ray to look for it.
    jumps: Vec<Option<(f32, f32)>>,
}

/// One hit: place, slopes, millimetres inside (below 0) or outside the outline, skin's distance minus hair's (above 0 it
/// is hair), light that reaches the place past its surroundings (0–1).
type Hit = [f32; 8];

/// Rays along the longer side of the coarse grid.
const RAYS: usize = 400;

/// Paints the scene of a head: `width` × `height` pixels at `ppm` pixels per millimetre.
pub(crate) fn build(sitter: &Sitter, look: Look, side: Side, width: usize, height: usize, ppm: f32) -> Scene {
    let shape = Build::random(sitter.seed, features::looks(sitter.patient).knot);
    let camera = Camera::new(look, side, (width, height), ppm);
    let found = march(&shape, &camera, width, height);
    let seed = sitter.seed ^ (look as u64 + 1) << 8 ^ (side as u64) << 16;
    let mut canvas = Canvas::new(width, height, ppm);
    surface::tone(&mut canvas, seed, melanin_of(sitter.tone));
    surface::relief(&mut canvas, seed, if look == Look::Eye { 0.6 } else { 0.9 });
    if look == Look::Eye {
        surface::vessels(&mut canvas, seed, 30.0);
        surface::down(&mut canvas, seed);
    }
    marks::paint(&mut canvas, sitter, &shape, &camera, &found, look);
    let paint = features::paint(&mut canvas, sitter, &shape, &camera, &found);
    canvas.finish(Some(paint))
}

fn march(shape: &Build, camera: &Camera, width: usize, height: usize) -> Found {
    let step = width.max(height).div_ceil(RAYS);
    let (cw, ch) = (width.div_ceil(step).max(2), height.div_ceil(step).max(2));
    let mut hits = vec![Hit::default(); cw * ch];
    hits.par_chunks_mut(cw).enumerate().for_each(|(row, line)| {
        for (column, hit) in line.iter_mut().enumerate() {
            let x = (column as f32 + 0.5) * width as f32 / cw as f32;
            let y = (row as f32 + 0.5) * height as f32 / ch as f32;
            *hit = ray(shape, camera, camera.plane_point(x, y), (FAR, -FAR), STEPS);
        }
    });
    let mut found = Found { width: cw, height: ch, hits, jumps: Vec::new() };
    let cell = width as f32 / cw as f32 / camera.ppm;
    found.jumps = (0..cw * ch).map(|k| found.jump(k % cw, k / cw, cell, camera)).collect();
    found
}

/// Furthest the head reaches to either side of its middle.
const FAR: f32 = 190.0;

/// Steps of a ray after which it is taken to run along a surface.
const STEPS: usize = 48;

/// Marches from `range.0` towards the head until it hits, or is past `range.1`.
fn ray(shape: &Build, camera: &Camera, start: Vec3, range: (f32, f32), steps: usize) -> Hit {
    let at = |w: f32| -> Vec3 { std::array::from_fn(|c| start[c] + camera.toward[c] * w) };
    let (mut w, mut nearest, mut nearest_w) = (range.0, f32::MAX, 0.0);
    for _ in 0..steps {
        let d = shape.bound(at(w));
        if d < nearest {
            (nearest, nearest_w) = (d, w);
        }
        if d < 0.08 {
            return surface_hit(shape, camera, at(w));
        }
        w -= (d * 0.9).max(0.15);
        if w < range.1 {
            return miss(shape, at(nearest_w), nearest);
        }
    }
    // Out of steps: the ray runs along a surface.
    if nearest < 0.4 { surface_hit(shape, camera, at(nearest_w)) } else { miss(shape, at(nearest_w), nearest) }
}

fn miss(shape: &Build, p: Vec3, nearest: f32) -> Hit {
    let d = shape.distance(p);
    [p[0], p[1], p[2], 0.0, 0.0, nearest, d.skin - d.hair, 1.0]
}

fn surface_hit(shape: &Build, camera: &Camera, p: Vec3) -> Hit {
    let n = shape.normal(p);
    let facing = dot(n, camera.toward).max(0.2);
    let d = shape.distance(p);
    // Walking out along the normal, free space grows as fast as the walk; near other parts it does not.
    let free = |reach: f32| {
        let q: Vec3 = std::array::from_fn(|c| p[c] + n[c] * reach);
        (shape.distance(q).any() / reach).clamp(0.0, 1.0)
    };
    let open = 0.30 + 0.70 * free(7.0) * free(20.0) * (0.4 + 0.6 * free(48.0));
    // On a surface of radius R the outline is R·cos²/2 away.
    let edge = -25.0 * facing * facing;
    [p[0], p[1], p[2], -dot(n, camera.right) / facing, -n[1] / facing, edge, d.skin - d.hair, open]
}

impl Found {
    /// Bilinear mean of what is behind a scene pixel.
    fn at(&self, x: f32, y: f32, size: (usize, usize)) -> Hit {
        let (w, h) = (self.width, self.height);
        let fx = (x * w as f32 / size.0 as f32 - 0.5).clamp(0.0, (w - 1) as f32);
        let fy = (y * h as f32 / size.1 as f32 - 0.5).clamp(0.0, (h - 1) as f32);
        let (i, j) = ((fx as usize).min(w - 2), (fy as usize).min(h - 2));
        let (u, v) = (fx - i as f32, fy - j as f32);
        let (upper, lower) = (&self.hits[j * w + i..j * w + i + 2], &self.hits[(j + 1) * w + i..(j + 1) * w + i + 2]);
        std::array::from_fn(|c| lerp(lerp(upper[0][c], upper[1][c], u), lerp(lower[0][c], lower[1][c], u), v))
    }

    /// The place on the head behind a scene pixel.
    fn place_at(&self, x: f32, y: f32, size: (usize, usize)) -> Vec3 {
        let [x, y, z, ..] = self.at(x, y, size);
        [x, y, z]
    }

    /// Whether the cell right of and below a coarse pixel holds an outline, or one part in front of another.
    fn jump(&self, i: usize, j: usize, cell: f32, camera: &Camera) -> Option<(f32, f32)> {
        let (w, h) = (self.width, self.height);
        if i + 1 >= w || j + 1 >= h {
            return None;
        }
        let corners = [j * w + i, j * w + i + 1, (j + 1) * w + i, (j + 1) * w + i + 1];
        let edges = corners.map(|k| self.hits[k][5]);
        let depths = corners.map(|k| dot([self.hits[k][0], self.hits[k][1], self.hits[k][2]], camera.toward));
        let low = |v: [f32; 4]| v.into_iter().fold(f32::MAX, f32::min);
        let high = |v: [f32; 4]| v.into_iter().fold(f32::MIN, f32::max);
        let (inside, outside, far, near) = (low(edges), high(edges), low(depths), high(depths));
        let jumps = (inside < 0.9 && outside > -0.9) || (inside < 0.0 && near - far > 5.0 * cell);
        jumps.then_some((near + 6.0, far - 6.0))
    }

    /// Everything behind a scene pixel: interpolated where the form is smooth, marched again where it is not.
    fn hit(&self, shape: &Build, camera: &Camera, x: f32, y: f32, size: (usize, usize)) -> Hit {
        let (w, h) = (self.width, self.height);
        let i = ((x * w as f32 / size.0 as f32 - 0.5).max(0.0) as usize).min(w - 1);
        let j = ((y * h as f32 / size.1 as f32 - 0.5).max(0.0) as usize).min(h - 1);
        if let Some(range) = self.jumps[j * w + i] {
            let start = camera.plane_point(x, y);
            let hit = ray(shape, camera, start, range, STEPS);
            // Past one part may lie another, deeper than the corners of the cell tell: the neck behind the chin.
            let missed = hit[5] > 0.0;
            return if missed { ray(shape, camera, start, (range.0, -FAR), 3 * STEPS) } else { hit };
        }
        let outside = self.hits[j * w + i][5];
        if outside > 12.0 {
            // Plain background: nobody asks for more.
            return [0.0, 0.0, 0.0, 0.0, 0.0, outside, -99.0, 1.0];
        }
        self.at(x, y, size)
    }
}
