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
    /// Cells between four coarse pixels within which the form jumps.
    jumps: Vec<Option<Jump>>,
}

/// A jump of the form between four coarse pixels.
#[derive(Debug, Clone, Copy)]
struct Jump {
    /// Where along the ray to look for the form.
    from: f32,
    to: f32,
    /// It may be no more than a slope that is too steep for the grid.
    steep: bool,
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
            *hit = Ray::new(shape, camera, camera.plane_point(x, y), FAR).finish();
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

/// A ray on its way towards the head.
struct Ray<'a> {
    shape: &'a Build,
    camera: &'a Camera,
    start: Vec3,
    /// Where on the ray it is.
    w: f32,
    /// The nearest it came to the head, and where.
    nearest: (f32, f32),
    /// Steps it may still take.
    steps: usize,
}

/// How a march ended.
enum End {
    Hit(Hit),
    /// Past the given limit; it may go on.
    Past,
    Miss,
}

impl<'a> Ray<'a> {
    fn new(shape: &'a Build, camera: &'a Camera, start: Vec3, from: f32) -> Self {
        Self { shape, camera, start, w: from, nearest: (f32::MAX, 0.0), steps: STEPS }
    }

    fn at(&self, w: f32) -> Vec3 {
        std::array::from_fn(|c| self.start[c] + self.camera.toward[c] * w)
    }

    /// Goes on until it hits, is past `limit`, or has no steps left.
    fn march(&mut self, limit: f32) -> End {
        while self.w >= limit && self.steps > 0 {
            self.steps -= 1;
            let d = self.shape.bound(self.at(self.w));
            if d < self.nearest.0 {
                self.nearest = (d, self.w);
            }
            if d < 0.08 {
                return End::Hit(surface_hit(self.shape, self.camera, self.at(self.w), None));
            }
            self.w -= (d * 0.9).max(0.15);
        }
        if self.w < limit {
            End::Past
        } else if self.nearest.0 < 0.4 {
            // Out of steps: the ray runs along a surface.
            End::Hit(surface_hit(self.shape, self.camera, self.at(self.nearest.1), None))
        } else {
            End::Miss
        }
    }

    /// Where it hits a surface that is known to be there and seen at a slant: by secants, which take a third of the steps.
    fn slanting(&mut self, limit: f32) -> Option<Vec3> {
        let mut last: Option<(f32, f32)> = None;
        while self.w >= limit && self.steps > 0 {
            self.steps -= 1;
            let d = self.shape.any(self.at(self.w));
            if d < 0.08 {
                // What a secant went too far is taken back.
                let (before, step) = last.unwrap_or((1.0, 0.0));
                let back = if d < 0.0 && before > 0.0 { step * -d / (before - d) } else { 0.0 };
                return Some(self.at(self.w + back));
            }
            let sure = (d * 0.9).max(0.15);
            let step = match last {
                Some((before, step)) if before > d => (step * d / (before - d)).clamp(sure, 2.5 * sure),
                _ => sure,
            };
            last = Some((d, step));
            self.w -= step;
        }
        None
    }

    /// What is known of a ray that hit nothing.
    fn missed(&self) -> Hit {
        miss(self.shape, self.at(self.nearest.1), self.nearest.0)
    }

    /// Goes to the far side of the head and says what was hit or missed.
    fn finish(mut self) -> Hit {
        match self.march(-FAR) {
            End::Hit(hit) => hit,
            End::Past | End::Miss => self.missed(),
        }
    }
}

fn miss(shape: &Build, p: Vec3, nearest: f32) -> Hit {
    let d = shape.distance(p);
    [p[0], p[1], p[2], 0.0, 0.0, nearest, d.skin - d.hair, 1.0]
}

/// `open` where it is known already.
fn surface_hit(shape: &Build, camera: &Camera, p: Vec3, open: Option<f32>) -> Hit {
    let n = shape.normal(p);
    let facing = dot(n, camera.toward).max(0.2);
    let d = shape.distance(p);
    // Walking out along the normal, free space grows as fast as the walk; near other parts it does not.
    let free = |reach: f32| {
        let q: Vec3 = std::array::from_fn(|c| p[c] + n[c] * reach);
        (shape.any(q) / reach).clamp(0.0, 1.0)
    };
    let open = open.unwrap_or_else(|| 0.30 + 0.70 * free(7.0) * free(20.0) * (0.4 + 0.6 * free(48.0)));
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
    fn jump(&self, i: usize, j: usize, cell: f32, camera: &Camera) -> Option<Jump> {
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
        let outline = outside > -0.9;
        let jumps = (inside < 0.9 && outline) || (inside < 0.0 && near - far > (5.0 * cell).max(2.5));
        // A cell is too small for anything between its corners to stand out by more than that.
        let steep = !outline && near - far < 12.0 * cell;
        let above = if steep { 1.0 + 3.0 * cell } else { 6.0 };
        jumps.then_some(Jump { from: near + above, to: far - 6.0, steep })
    }

    /// Everything behind a scene pixel: interpolated where the form is smooth, marched again where it is not.
    fn hit(&self, shape: &Build, camera: &Camera, x: f32, y: f32, size: (usize, usize)) -> Hit {
        let (w, h) = (self.width, self.height);
        let i = ((x * w as f32 / size.0 as f32 - 0.5).max(0.0) as usize).min(w - 1);
        let j = ((y * h as f32 / size.1 as f32 - 0.5).max(0.0) as usize).min(h - 1);
        if let Some(range) = self.jumps[j * w + i] {
            let start = camera.plane_point(x, y);
            if range.steep
                && let Some(place) = Ray::new(shape, camera, start, range.from).slanting(range.to)
            {
                return surface_hit(shape, camera, place, Some(self.at(x, y, size)[7]));
            }
            let mut ray = Ray::new(shape, camera, start, range.from);
            return match ray.march(range.to) {
                End::Hit(hit) => hit,
                // Past one part may lie another, deeper than the corners of the cell tell: the neck behind the chin.
                End::Past | End::Miss => {
                    ray.steps += 2 * STEPS;
                    ray.finish()
                }
            };
        }
        let outside = self.hits[j * w + i][5];
        if outside > 12.0 {
            // Plain background: nobody asks for more.
            return [0.0, 0.0, 0.0, 0.0, 0.0, outside, -99.0, 1.0];
        }
        self.at(x, y, size)
    }
}
