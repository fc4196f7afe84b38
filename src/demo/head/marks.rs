//! Marks of a face, placed on the head once, so that every view shows the same ones.

use rand::Rng;

use super::shape::{Build, Vec3, dot};
use super::{Camera, Found, Look, Sitter};
use crate::demo::noise::{self, exp};
use crate::demo::scene::{BLOOD, Canvas, FLUSH, MELANIN, RELIEF, SCAR, SPOT};
use crate::model::Indication;

/// Where marks may lie, in millimetres of the frontal plane.
struct Field {
    x: (f32, f32),
    y: (f32, f32),
}

const CHEEKS: Field = Field { x: (24.0, 72.0), y: (5.0, 82.0) };
const FOREHEAD: Field = Field { x: (0.0, 52.0), y: (-78.0, -34.0) };
const ANYWHERE: Field = Field { x: (0.0, 74.0), y: (-70.0, 150.0) };

struct Marker<'a> {
    canvas: &'a mut Canvas,
    shape: &'a Build,
    camera: &'a Camera,
    found: &'a Found,
    rng: rand_pcg::Pcg64,
}

/// Moles for everybody, and what the sitter is treated for.
pub(super) fn paint(canvas: &mut Canvas, sitter: &Sitter, shape: &Build, camera: &Camera, found: &Found, look: Look) {
    let rng = noise::stream(sitter.seed, "face marks");
    let mut marker = Marker { canvas, shape, camera, found, rng };
    for _ in 0..16 {
        marker.mole();
    }
    for _ in 0..60 {
        let (radius, dark): (f32, f32) = (marker.within(0.4, 1.1), marker.within(0.04, 0.20));
        marker.spot(&ANYWHERE, radius, &[(MELANIN, dark)]);
    }
    for condition in &sitter.conditions {
        marker.rng = noise::stream(sitter.seed, condition.key());
        marker.condition(*condition);
    }
    if look == Look::Eye {
        marker.crows_feet();
    }
}

impl Marker<'_> {
    fn within(&mut self, low: f32, high: f32) -> f32 {
        self.rng.random_range(low..high)
    }

    /// A random place of a field on either side, found on the surface from the front.
    fn place(&mut self, field: &Field) -> Vec3 {
        let side = if self.rng.random_range(0..2) == 0 { -1.0 } else { 1.0 };
        let (x, y) = (self.within(field.x.0, field.x.1) * side, self.within(field.y.0, field.y.1));
        self.surface(x, y)
    }

    fn surface(&self, x: f32, y: f32) -> Vec3 {
        let mut z = 140.0;
        for _ in 0..40 {
            let d = self.shape.distance([x, y, z]).skin;
            if d < 0.1 || z < -60.0 {
                break;
            }
            z -= d * 0.9;
        }
        [x, y, z]
    }

    /// Where the picture shows a place of the head; `None` when something else is in front of it.
    fn seen(&self, p: Vec3) -> Option<(f32, f32)> {
        let at = self.camera.project(p);
        let (w, h) = self.canvas.extent_mm();
        if !(-5.0..w + 5.0).contains(&at.0) || !(-5.0..h + 5.0).contains(&at.1) {
            return None;
        }
        let ppm = self.canvas.ppm;
        let size = (self.canvas.width, self.canvas.height);
        let q = self.found.place_at(at.0 * ppm, at.1 * ppm, size);
        let off = [p[0] - q[0], p[1] - q[1], p[2] - q[2]];
        (dot(off, off) < 36.0).then_some(at)
    }

    /// A soft round mark of `radius` mm: amounts by layer.
    fn spot(&mut self, field: &Field, radius: f32, amounts: &[(usize, f32)]) {
        let p = self.place(field);
        let Some(at) = self.seen(p) else { return };
        for &(layer, amount) in amounts {
            self.canvas.stamp(layer, at, radius * 2.6, |dx, dy| amount * exp(-(dx * dx + dy * dy) / (radius * radius)));
        }
    }

    fn mole(&mut self) {
        let (radius, dark): (f32, f32) = (self.within(0.7, 1.8), self.within(0.6, 1.4));
        let p = self.place(&ANYWHERE);
        let Some(at) = self.seen(p) else { return };
        let profile = move |dx: f32, dy: f32| {
            let d = (dx * dx + dy * dy) / (radius * radius);
            exp(-d * d)
        };
        self.canvas.stamp(MELANIN, at, radius * 1.8, |dx, dy| dark * profile(dx, dy));
        self.canvas.stamp(BLOOD, at, radius * 1.8, |dx, dy| 0.3 * dark * profile(dx, dy));
        self.canvas.stamp(RELIEF, at, radius * 1.8, |dx, dy| 0.25 * profile(dx, dy));
    }

    fn condition(&mut self, condition: Indication) {
        match condition {
            Indication::AcneScars | Indication::Scars => {
                for _ in 0..110 {
                    let (radius, depth): (f32, f32) = (self.within(0.5, 1.7), self.within(0.12, 0.42));
                    self.spot(&CHEEKS, radius, &[(SCAR, -depth), (FLUSH, 0.5 * depth), (SPOT, 0.2 * depth)]);
                }
                for _ in 0..46 {
                    let (radius, red): (f32, f32) = (self.within(1.2, 3.4), self.within(0.12, 0.42));
                    self.spot(&CHEEKS, radius, &[(FLUSH, red)]);
                }
            }
            Indication::ActiveAcne => {
                for field in [&CHEEKS, &CHEEKS, &FOREHEAD] {
                    for _ in 0..26 {
                        let (radius, red): (f32, f32) = (self.within(0.9, 2.6), self.within(0.25, 0.7));
                        self.spot(field, radius, &[(SCAR, 0.3 * radius), (FLUSH, red)]);
                    }
                }
            }
            Indication::Hyperpigmentation | Indication::DarkSpots | Indication::SunDamage => {
                for _ in 0..40 {
                    let (radius, dark): (f32, f32) = (self.within(0.8, 4.0), self.within(0.10, 0.36));
                    self.spot(&FOREHEAD, radius, &[(SPOT, dark)]);
                }
            }
            Indication::UnderEye => self.shadows(),
            Indication::Wrinkles => {
                for row in 0..4 {
                    let y = -70.0 + 11.0 * row as f32 + self.within(-2.0, 2.0);
                    let end = y + self.within(-2.0, 2.0);
                    self.line((-48.0, y), (48.0, end), 0.7, 0.5);
                }
            }
            Indication::Pores | Indication::Texture => {
                for _ in 0..900 {
                    let depth = self.within(0.05, 0.16);
                    self.spot(&CHEEKS, 0.30, &[(SCAR, -depth)]);
                }
            }
            _ => {}
        }
    }

    /// Dark circles: pigment and blood in the hollow below each eye.
    fn shadows(&mut self) {
        for side in [-1.0f32, 1.0] {
            for step in 0..24 {
                let t = step as f32 / 23.0;
                let x = side * (17.0 + 27.0 * t);
                let y = 6.0 + 5.5 * (t * std::f32::consts::PI).sin();
                let Some(at) = self.seen(self.surface(x, y)) else { continue };
                self.canvas.stamp(SPOT, at, 12.0, |dx, dy| 0.045 * exp(-(dx * dx + dy * dy) / 20.0));
                self.canvas.stamp(FLUSH, at, 12.0, |dx, dy| 0.040 * exp(-(dx * dx + dy * dy) / 16.0));
            }
        }
    }

    /// Lines that fan out from the outer corner of each eye, and fine ones below it.
    fn crows_feet(&mut self) {
        let deep = self.rng.random_range(0.8f32..1.2);
        for side in [-1.0f32, 1.0] {
            for ray in 0..7 {
                let angle = -0.75 + 0.25 * ray as f32 + self.within(-0.07, 0.07);
                let length = self.within(10.0, 21.0);
                let from = (side * (50.5 + self.within(0.0, 2.0)), -3.0 + 2.2 * (ray as f32 - 3.0));
                let to = (from.0 + side * length * angle.cos(), from.1 + length * angle.sin());
                let depth = deep * self.within(0.22, 0.50);
                self.line(from, to, 0.38, depth);
            }
            for row in 0..6 {
                let y = 8.0 + 1.9 * row as f32;
                let start = side * (22.0 + self.within(0.0, 6.0));
                let end = start + side * self.within(9.0, 20.0);
                let (rise, depth) = (self.within(0.5, 3.0), deep * self.within(0.08, 0.20));
                self.line((start, y), (end, y - rise), 0.28, depth);
            }
        }
    }

    /// A furrow on the face between two places of the frontal plane.
    fn line(&mut self, from: (f32, f32), to: (f32, f32), width: f32, depth: f32) {
        let length = (to.0 - from.0).hypot(to.1 - from.1);
        let steps = (length / (0.3 * width)).max(2.0) as usize;
        let bow = self.within(-0.06, 0.06) * length;
        for step in 0..steps {
            let t = step as f32 / (steps - 1) as f32;
            let arch = (t * std::f32::consts::PI).sin();
            let (x, y) = (from.0 + (to.0 - from.0) * t, from.1 + (to.1 - from.1) * t + bow * arch);
            let Some(at) = self.seen(self.surface(x, y)) else { continue };
            let d = 0.17 * depth * arch.max(0.0).sqrt();
            self.canvas.stamp(SCAR, at, width * 2.6, |dx, dy| -d * exp(-(dx * dx + dy * dy) / (width * width)));
        }
    }
}
