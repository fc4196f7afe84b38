//! Eyes, brows, lips, nostrils, ears, hair, clothes and background, painted at full resolution by place on the head.

use rayon::prelude::*;

use super::shape::{Build, Vec3};
use super::{Camera, Found, Sitter};
use crate::demo::noise::{Noise, exp, lerp, smooth_step};
use crate::demo::scene::Canvas;

/// Middle of an eye, mm from the middle of the face.
pub(super) const EYE_X: f32 = 31.0;
/// Height of the eyes.
pub(super) const EYE_Y: f32 = -4.0;
/// Half the width of an eye's opening.
const EYE_HALF: f32 = 14.5;
/// Millimetres outside of the outline from which nothing of the head is seen, and inside from which nothing else is.
const OUTSIDE: f32 = 0.5;
const BACKGROUND: [f32; 3] = [142.0, 150.0, 156.0];
const CLOTH: [f32; 3] = [176.0, 186.0, 190.0];

/// Colours and style of one of the cast.
#[derive(Debug, Clone, Copy)]
pub(super) struct Looks {
    pub hair: [f32; 3],
    pub iris: [f32; 3],
    pub knot: bool,
    pub brow: f32,
}

pub(super) fn looks(patient: usize) -> Looks {
    let (hair, iris, knot, brow) = match patient % 6 {
        0 => ([62.0, 40.0, 28.0], [96.0, 68.0, 40.0], true, 0.85),
        1 => ([122.0, 112.0, 102.0], [96.0, 106.0, 110.0], false, 1.05),
        2 => ([168.0, 132.0, 84.0], [88.0, 116.0, 110.0], true, 0.6),
        3 => ([34.0, 25.0, 22.0], [66.0, 44.0, 28.0], true, 1.0),
        4 => ([26.0, 23.0, 24.0], [54.0, 36.0, 26.0], false, 0.8),
        _ => ([30.0, 24.0, 22.0], [48.0, 32.0, 24.0], true, 0.95),
    };
    Looks { hair, iris, knot, brow }
}

/// What one pixel gets: changes of pigment and relief, and opaque paint.
#[derive(Clone, Copy, Default)]
struct Touch {
    melanin: f32,
    blood: f32,
    relief: f32,
    paint: [f32; 3],
    cover: f32,
}

impl Touch {
    /// Lays opaque colour over what is there.
    fn over(&mut self, colour: [f32; 3], cover: f32) {
        let cover = cover.clamp(0.0, 1.0);
        let total = cover + self.cover * (1.0 - cover);
        if total > 0.0 {
            let under = self.cover * (1.0 - cover);
            self.paint = std::array::from_fn(|c| (colour[c] * cover + self.paint[c] * under) / total);
        }
        self.cover = total;
    }
}

struct Painter<'a> {
    looks: Looks,
    shape: &'a Build,
    fibre: Noise,
    detail: Noise,
    /// Millimetres over which an edge is drawn.
    soft: f32,
}

/// Adds the features to the canvas and returns the opaque paint: sRGB and coverage.
pub(super) fn paint(
    canvas: &mut Canvas,
    sitter: &Sitter,
    shape: &Build,
    camera: &Camera,
    found: &Found,
) -> Vec<[u8; 4]> {
    let size = (canvas.width, canvas.height);
    let painter = Painter {
        looks: looks(sitter.patient),
        shape,
        fibre: Noise::new(sitter.seed, "fibre"),
        detail: Noise::new(sitter.seed, "detail"),
        soft: (1.2 / canvas.ppm).max(0.10),
    };
    let (width, ppm) = (size.0, canvas.ppm);
    let [r, g, b] = BACKGROUND.map(|v| v as u8);
    let plain = [r, g, b, 255];
    let mut paint = vec![[0u8; 4]; width * size.1];
    let Canvas { layers, .. } = canvas;
    let [relief, _, melanin, _, blood, _, form_x, form_y] =
        layers.each_mut().map(|plane| plane.values.par_chunks_mut(width));
    let rows = (relief, melanin, blood, form_x, form_y, paint.par_chunks_mut(width));
    rows.into_par_iter().enumerate().for_each(|(row, (relief, melanin, blood, form_x, form_y, paint))| {
        let mut clear_until = 0;
        for column in 0..width {
            if column < clear_until {
                (form_x[column], form_y[column]) = (0.0, 0.0);
                paint[column] = plain;
                continue;
            }
            let (x, y) = (column as f32 + 0.5, row as f32 + 0.5);
            let [px, py, pz, slope_x, slope_y, edge, hair, open] = found.hit(shape, camera, x, y, size);
            // The distance to the head changes no faster than the place: it stays outside for so many pixels. It is
            // known to a few per cent only.
            clear_until = column + ((edge - OUTSIDE) * 0.7 * ppm).max(0.0) as usize;
            let touch = painter.touch([px, py, pz], edge, hair, open);
            relief[column] += touch.relief;
            melanin[column] += touch.melanin;
            blood[column] += touch.blood;
            (form_x[column], form_y[column]) = if edge > 0.0 { (0.0, 0.0) } else { (slope_x, slope_y) };
            let [r, g, b] = touch.paint.map(|v| v.clamp(0.0, 255.0) as u8);
            paint[column] = [r, g, b, (touch.cover * 255.0 + 0.5) as u8];
        }
    });
    paint
}

impl Painter<'_> {
    fn touch(&self, p: Vec3, edge: f32, hair: f32, open: f32) -> Touch {
        let mut touch = Touch::default();
        let outside = smooth_step(-OUTSIDE, OUTSIDE, edge);
        if outside < 1.0 {
            // Shadowed places are browner: less light from everywhere, and what there is has been through skin.
            let dark = open.max(0.05).ln();
            touch.melanin -= 0.85 * dark;
            touch.blood -= 0.25 * dark;
            self.face(&mut touch, p);
            Self::ear(&mut touch, p);
            self.cloth(&mut touch, p);
            self.hair(&mut touch, p, hair);
        }
        touch.over(BACKGROUND, outside);
        touch
    }

    fn face(&self, touch: &mut Touch, p: Vec3) {
        if p[2] < 35.0 || p[0].abs() > 66.0 {
            return;
        }
        // Cheeks and nose hold more blood, the forehead less.
        let flush = exp(-((p[0].abs() - 38.0) / 22.0).powi(2) - ((p[1] - 28.0) / 26.0).powi(2));
        let nose = exp(-(p[0] / 14.0).powi(2) - ((p[1] - 30.0) / 16.0).powi(2));
        touch.blood += 0.13 * flush + 0.14 * nose;
        self.lips(touch, p);
        self.nostrils(touch, p);
        self.brow(touch, p);
        self.eye(touch, p);
    }

    fn lips(&self, touch: &mut Touch, p: Vec3) {
        let y = p[1] - 64.6 - self.shape.long * 0.5;
        let t = p[0].abs() / 24.0;
        if p[2] < 62.0 || t > 1.25 || y.abs() > 14.0 {
            return;
        }
        let arch = (1.0 - t * t).max(0.0);
        // The bow of the upper lip dips in the middle.
        let upper = -7.6 * arch.sqrt() * (0.82 + 0.25 * t) + 2.0 * exp(-(p[0] / 4.5).powi(2));
        let lower = 9.2 * arch.powf(0.7);
        let inside = smooth_step(upper - 0.7, upper + 0.7, y) * (1.0 - smooth_step(lower - 0.9, lower + 0.9, y));
        let inside = inside * (1.0 - smooth_step(0.94, 1.06, t));
        touch.blood += inside * 0.40;
        touch.melanin += inside * 0.16;
        touch.relief += inside * 0.16 * self.detail.plane(p[0] * 0.9, p[1] * 0.12);
        let line = 0.9 * (1.0 - t * t) * (1.0 + 0.4 * (p[0] * 0.25).cos()) - 0.6;
        let slit = exp(-((y - line) / 0.75).powi(2)) * (1.0 - smooth_step(0.95, 1.12, t));
        touch.melanin += slit * 1.1;
        touch.blood += slit * 0.9;
    }

    fn nostrils(&self, touch: &mut Touch, p: Vec3) {
        let n = self.shape.nose;
        let (dx, dy) = ((p[0].abs() - 6.8 * n) / (4.0 * n), (p[1] - 42.0) / 2.3);
        if p[2] > 78.0 {
            let hole = 1.0 - smooth_step(0.55, 1.2, (dx * dx + dy * dy).sqrt());
            touch.melanin += 1.9 * hole;
            touch.blood += 0.8 * hole;
            let wing = exp(-((p[0].abs() - 17.5 * n) / 1.6).powi(2) - ((p[1] - 36.0) / 7.0).powi(2));
            touch.melanin += 0.35 * wing;
            touch.blood += 0.25 * wing;
        }
    }

    fn brow(&self, touch: &mut Touch, p: Vec3) {
        let t = (p[0].abs() - 12.0) / 40.0;
        if !(-0.1..1.1).contains(&t) || p[1] > -8.0 || p[1] < -42.0 {
            return;
        }
        let middle = -21.5 - 7.0 * (t * 2.1).sin() + 5.0 * t * t;
        let width = 3.9 * (1.0 - 0.72 * t) * self.looks.brow + 0.6;
        let across = (p[1] - middle) / width;
        let along = smooth_step(-0.08, 0.12, t) * (1.0 - smooth_step(0.82, 1.04, t));
        // Hairs lean outwards, the more so towards the tail.
        let lean = lerp(0.5, 2.6, t);
        let (over, down) = (p[0].abs() + p[1] * lean, p[1] * 0.30 + p[0].signum() * 40.0);
        let scale = 1.0 / (1.0 + 0.5 * lean);
        let hairs = 0.6 * self.fibre.plane(over * 2.6 * scale, down)
            + 0.5 * self.fibre.plane(over * 5.2 * scale + 30.0, down * 1.6);
        let dense = exp(-across * across * 1.1) * along;
        touch.over(self.looks.hair.map(|v| v * 0.8), smooth_step(0.25, 0.80, dense * (0.85 + 0.9 * hairs)) * 0.92);
    }

    fn eye(&self, touch: &mut Touch, p: Vec3) {
        let side = p[0].signum();
        // Outwards and down, in millimetres from the middle of the opening.
        let (ex, ey) = (p[0].abs() - EYE_X, p[1] - EYE_Y);
        if ex.abs() > 24.0 || ey.abs() > 18.0 || p[2] < 55.0 {
            return;
        }
        let t = ex / EYE_HALF;
        let arch = (1.0 - t * t).max(0.0);
        // The outer corner sits a little higher than the inner one.
        let axis = -0.9 * t;
        let upper = axis - 5.2 * arch.powf(0.62) * (1.0 - 0.14 * t);
        let lower = axis + 3.6 * arch.powf(0.8) * (1.0 + 0.22 * t);
        let s = self.soft;
        let within = 1.0 - smooth_step(0.97, 1.02, t.abs());
        let open = smooth_step(upper - s, upper + s, ey) * (1.0 - smooth_step(lower - s, lower + s, ey)) * within;
        Self::lids(touch, (ex, ey), (upper, lower), t);
        self.eyeball(touch, side, (ex, ey), upper, open);
        self.lashes(touch, (ex, ey), (upper, lower), t, side);
    }

    fn lids(touch: &mut Touch, (ex, ey): (f32, f32), (upper, lower): (f32, f32), t: f32) {
        let near = exp(-(t / 1.15).powi(6));
        // Crease of the upper lid, and the fold under the lower.
        let crease = exp(-((ey - upper * 1.05 + 4.6) / 0.75).powi(2)) * near;
        touch.relief -= 0.65 * crease;
        touch.melanin += 0.30 * crease;
        touch.blood += 0.22 * crease;
        let bag = exp(-((ey - lower - 5.5 - 0.06 * ex) / 1.1).powi(2)) * near;
        touch.relief -= 0.22 * bag;
        // Lid rims are moist and pink.
        let rim = exp(-((ey - lower - 0.45) / 0.5).powi(2)) * near;
        touch.blood += 0.45 * rim;
        let skin_of_lid =
            smooth_step(upper - 5.0, upper - 1.0, ey) * (1.0 - smooth_step(upper, upper + 0.5, ey)) * near;
        touch.blood += 0.14 * skin_of_lid;
        touch.melanin += 0.10 * skin_of_lid;
    }

    fn eyeball(&self, touch: &mut Touch, side: f32, (ex, ey): (f32, f32), upper: f32, open: f32) {
        if open <= 0.0 {
            return;
        }
        // The ball turns away from the light towards its rim and lies in the shade of the upper lid.
        let round = 1.0 - 0.30 * (ex / EYE_HALF).powi(2);
        let shade = lerp(0.52, 1.0, smooth_step(0.0, 3.2, ey - upper)) * round;
        let red = 0.06
            * self.detail.octaves(ex * 0.9 + side * 50.0, ey * 2.2, 3).max(0.0)
            * smooth_step(0.45, 1.0, ex.abs() / EYE_HALF);
        let mut colour = [214.0 * shade, (206.0 - 260.0 * red) * shade, (200.0 - 280.0 * red) * shade];
        let caruncle = exp(-((ex + 13.2) / 1.9).powi(2) - (ey / 1.9).powi(2));
        colour = mix(colour, [176.0 * shade, 104.0 * shade, 98.0 * shade], caruncle.clamp(0.0, 1.0));
        let (ix, iy) = (ex + 0.3, ey + 0.7);
        let r = (ix * ix + iy * iy).sqrt();
        let angle = iy.atan2(ix);
        let rays = self.fibre.plane(angle * 9.0 + side * 30.0, r * 0.35) * 0.6
            + 0.4 * self.fibre.plane(angle * 23.0, r * 0.5 + side * 9.0);
        let bright = (0.95 + 0.38 * rays + 0.22 * smooth_step(4.6, 2.4, r)) * shade;
        let limbus = 1.0 - 0.62 * smooth_step(4.4, 5.7, r);
        let iris = self.looks.iris.map(|v| v * bright * limbus);
        colour = mix(colour, iris, 1.0 - smooth_step(5.5, 6.1, r));
        colour = mix(colour, [9.0, 8.0, 8.0], 1.0 - smooth_step(2.0, 2.35, r));
        // The window of the soft box.
        let glint = 1.0 - smooth_step(0.55, 0.80, ((ix + 1.9 * side.signum()).abs()).max((iy + 1.9).abs()));
        colour = mix(colour, [246.0, 247.0, 250.0], glint * 0.9);
        touch.over(colour, open);
    }

    fn lashes(&self, touch: &mut Touch, (ex, ey): (f32, f32), (upper, lower): (f32, f32), t: f32, side: f32) {
        if t.abs() > 1.2 {
            return;
        }
        let ends = smooth_step(-1.02, -0.7, t) * (1.0 - smooth_step(1.06, 1.16, t));
        let root = exp(-((ey - upper + 0.05) / 0.42).powi(2)) * ends;
        touch.over([30.0, 22.0, 20.0], root * 0.88);
        // Single hairs: stripes that fan out from the middle and thin out with distance from the lid.
        let hairs = |away: f32, length: f32, name: f32, count: f32| {
            let fan = ex - away * (0.16 + 0.45 * t);
            let strand = self.fibre.plane(fan * count + name + side * 70.0, 0.2 * away + name);
            let reach = length * (0.7 + 0.45 * t.max(-0.5));
            let fade = 1.0 - smooth_step(0.15, 1.0, away / reach.max(0.3));
            if away < 0.0 { 0.0 } else { smooth_step(0.28, 0.75, strand + 0.25 * fade) * fade * ends }
        };
        touch.over([32.0, 25.0, 23.0], 0.85 * hairs(upper - ey, 6.2, 3.0, 1.5));
        touch.over([44.0, 34.0, 30.0], 0.55 * hairs(ey - lower, 2.9, 19.0, 1.35));
    }

    /// Folds of the outer ear.
    fn ear(touch: &mut Touch, p: Vec3) {
        if p[0].abs() < 62.0 || p[2] > 22.0 || p[2] < -40.0 || !(-40.0..44.0).contains(&p[1]) {
            return;
        }
        let (a, b) = ((p[2] + 9.0 + 0.2 * p[1]) / 17.5, (p[1] - 2.0) / 30.0);
        let d = (a * a + b * b).sqrt();
        let fold = exp(-((d - 0.74) / 0.09).powi(2)) * smooth_step(0.55, 0.1, b);
        let bowl = exp(-(((p[2] + 4.0) / 7.0).powi(2) + ((p[1] - 8.0) / 10.0).powi(2)));
        touch.relief -= 0.9 * fold;
        touch.melanin += 0.35 * fold + 0.7 * bowl;
        touch.blood += 0.25 * fold + 0.35 * bowl + 0.12 * (1.0 - smooth_step(0.8, 1.2, d));
    }

    fn cloth(&self, touch: &mut Touch, p: Vec3) {
        // A cape closes around the neck.
        let neckline = 168.0 + 0.10 * p[2];
        if p[1] < neckline - 0.5 {
            return;
        }
        let weave = 1.0 + 0.05 * self.detail.plane(p[0] * 0.10, p[1] * 0.03 + p[2] * 0.02);
        let hem = 1.0 - 0.35 * exp(-((p[1] - neckline - 1.5) / 2.0).powi(2));
        touch.over(CLOTH.map(|v| v * weave * hem), smooth_step(neckline - 0.5, neckline + 0.5, p[1]));
    }

    fn hair(&self, touch: &mut Touch, p: Vec3, hair: f32) {
        // Further from the line than the most ragged strand.
        if hair < -7.2 {
            return;
        }
        // Combed towards a point at the back of the crown; strands lie along lines of equal angle around it.
        let around = p[0].atan2(-(p[1] + 42.0));
        let along = p[2] * 0.02;
        let ragged =
            1.6 * self.fibre.plane(around * 60.0, p[1] * 0.02) + 1.2 * self.fibre.plane(around * 22.0 + 9.0, 0.0);
        let cover = smooth_step(-2.2, 1.4, hair + ragged);
        if cover <= 0.0 {
            return;
        }
        let coarse = self.fibre.plane(around * 14.0, along);
        let strands = self.fibre.plane(around * 70.0 + 5.0, along * 2.0) * 0.55
            + self.fibre.plane(around * 170.0, along * 3.0) * 0.45;
        let sheen = exp(-((p[1] + 95.0 - 0.35 * p[2]) / 16.0).powi(2)) * 0.35;
        let bright = 0.92 + 0.30 * coarse + 0.42 * strands + sheen;
        touch.over(self.looks.hair.map(|v| v * bright.max(0.2) + 6.0 * sheen), cover);
    }
}

fn mix(a: [f32; 3], b: [f32; 3], t: f32) -> [f32; 3] {
    std::array::from_fn(|c| lerp(a[c], b[c], t.clamp(0.0, 1.0)))
}
