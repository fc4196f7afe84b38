//! The form of a head as a signed distance field, in millimetres.
//!
//! x points to the patient's left, y down, z forward; the origin lies between the ears. Smooth unions after I. Quilez'
//! polynomial minimum.

use rand::Rng;

use crate::demo::noise::{self, lerp};

/// A place or direction in the head.
pub(crate) type Vec3 = [f32; 3];

/// What makes one head differ from another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Build {
    /// Breadth of the face against the average.
    pub breadth: f32,
    /// Breadth of the jaw.
    pub jaw: f32,
    /// Length of the lower face, mm more than average.
    pub long: f32,
    /// Size of the nose.
    pub nose: f32,
    /// How far the lips stand out.
    pub lips: f32,
    /// Height of the hairline, mm.
    pub hairline: f32,
    /// Hair is gathered in a knot.
    pub knot: bool,
}

/// Distance to the nearest skin and the nearest hair.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Distance {
    pub skin: f32,
    pub hair: f32,
}

/// Thickness of the hair on the crown.
const THICKEST: f32 = 10.0;
/// Width of the union of hair and knot.
const KNOT_UNION: f32 = 10.0;

impl Build {
    pub(crate) fn random(seed: u64, knot: bool) -> Self {
        let mut rng = noise::stream(seed, "head");
        Self {
            breadth: rng.random_range(0.94..1.07),
            jaw: rng.random_range(0.9..1.14),
            long: rng.random_range(-4.0..5.0),
            nose: rng.random_range(0.86..1.16),
            lips: rng.random_range(0.85..1.2),
            hairline: rng.random_range(-4.0..8.0),
            knot,
        }
    }

    /// The head's distance field at `p`; exact enough to march by.
    pub(crate) fn distance(&self, p: Vec3) -> Distance {
        let (q, cranium) = self.within(p);
        Distance { skin: self.skin(q, cranium), hair: self.hair(q, cranium) }
    }

    /// The nearer of [`Build::distance`]'s two, without looking at hair that is further away.
    pub(crate) fn any(&self, p: Vec3) -> f32 {
        let (q, cranium) = self.within(p);
        let skin = self.skin(q, cranium);
        let no_hair = (cranium - THICKEST).max(self.behind(q)) > skin && !self.knot
            || self.behind(q) > skin + KNOT_UNION && knot(q) > skin + KNOT_UNION;
        if no_hair { skin } else { skin.min(self.hair(q, cranium)) }
    }

    /// The place on the half of the head that stands for both, and its distance to the cranium.
    fn within(&self, p: Vec3) -> (Vec3, f32) {
        // The head is symmetric.
        let q = [p[0].abs() / self.breadth, p[1], p[2]];
        (q, ellipsoid(q, [0.0, -42.0, -14.0], [73.0, 84.0, 95.0]))
    }

    fn skin(&self, q: Vec3, cranium: f32) -> f32 {
        let mut d = smooth(cranium, ellipsoid(q, [0.0, 22.0, 26.0], [60.0, 80.0, 60.0]), 26.0);
        let l = self.long;
        d = smooth(d, ellipsoid(q, [0.0, 70.0 + l, 34.0], [45.0 * self.jaw, 38.0, 44.0]), 24.0);
        d = smooth(d, ball(q, [18.0 * self.jaw, 90.0 + l, 58.0], 15.0), 20.0);
        d = smooth(d, ball(q, [40.0, 14.0, 58.0], 22.0), 24.0);
        d = smooth(d, capsule(q, [10.0, -25.0, 82.0], [44.0, -22.0, 66.0], 8.0), 18.0);
        // What lies further away than the reach of all unions changes nothing.
        let reach = d.abs() + REACH;
        if box_distance(q, [0.0, -26.0, 50.0], [48.0, 86.0, 116.0]) < reach {
            d = self.features(q, d);
        }
        if box_distance(q, [58.0, -34.0, -34.0], [86.0, 36.0, 18.0]) < d.abs() + REACH {
            let ear = ellipsoid(tilted(q), [72.0, 2.0, -8.0], [6.0, 28.0, 16.0]);
            let hollow = ellipsoid(tilted(q), [79.0, 2.0, -3.0], [5.5, 16.0, 9.0]);
            d = smooth(d, carve(ear, hollow, 4.0), 5.0);
        }
        // The neck and the shoulders begin below and behind the face.
        if box_distance(q, [0.0, 14.0, -94.0], [226.0, 294.0, 26.0]) < d + REACH {
            smooth(d, trunk(q), 14.0)
        } else {
            d
        }
    }

    /// Adds eyes, nose and mouth.
    fn features(&self, q: Vec3, mut d: f32) -> f32 {
        let l = self.long;
        if box_distance(q, [14.0, -18.0, 54.0], [48.0, 10.0, 114.0]) < d.abs() + REACH {
            // The sockets, then lids over the eyeballs.
            d = carve(d, ellipsoid(q, [31.0, -5.0, 97.0], [17.0, 12.0, 16.0]), 14.0);
            d = smooth(d, ball(q, [31.0, -4.0, 68.0], 13.5), 5.0);
            // The cornea stands out, so that the iris shows in profile.
            d = smooth(d, ball(q, [31.0, -4.5, 76.2], 7.6), 2.0);
        }
        let n = self.nose;
        if box_distance(q, [0.0, -27.0, 62.0], [18.0, 44.0, 118.0]) < d.abs() + REACH {
            d = smooth(d, capsule(q, [0.0, -14.0, 74.0], [0.0, 29.0, 84.0 + 3.0 * n], 12.0), 8.0);
            d = smooth(d, capsule(q, [0.0, -20.0, 83.0], [0.0, 28.0, 96.0 + 8.0 * n], 6.0 * n), 13.0);
            d = smooth(d, ball(q, [0.0, 32.0, 96.0 + 8.0 * n], 9.5 * n), 7.0);
            d = smooth(d, ellipsoid(q, [10.5 * n, 36.0, 91.0], [6.5, 7.0, 10.0]), 5.0);
        }
        if box_distance(q, [0.0, 34.0, 60.0], [24.0, 84.0, 98.0]) < d.abs() + REACH {
            d = smooth(d, ellipsoid(q, [0.0, 58.0 + l * 0.5, 76.0], [24.0, 20.0, 16.0]), 16.0);
            let out = 3.0 * self.lips;
            d = smooth(d, ellipsoid(q, [5.0, 60.0 + l * 0.5, 86.0 + out], [17.0, 4.6, 6.0]), 4.5);
            d = smooth(d, ellipsoid(q, [0.0, 69.0 + l * 0.5, 85.0 + out], [17.0, 5.4, 6.5]), 4.0);
        }
        d
    }

    /// A distance that is never too long, quick where the head is far: for marching.
    pub(crate) fn bound(&self, p: Vec3) -> f32 {
        // All parts lie within the ellipsoid but for what stands out by less than this.
        const OUT: f32 = 14.0;
        let q = [p[0].abs() / self.breadth, p[1], p[2]];
        let head = ellipsoid(q, [0.0, 0.0, 0.0], [84.0, 136.0, 118.0]);
        if head <= 2.0 * OUT {
            return self.any(p);
        }
        let mut d = head.min(trunk(q));
        if self.knot {
            d = d.min(knot(q));
        }
        if d > 2.0 * OUT { (d - OUT) * 0.8 } else { self.any(p) }
    }

    /// How far a place lies in front of the hairline, which runs from the forehead behind the ear to the nape.
    fn behind(&self, q: Vec3) -> f32 {
        0.69 * q[1] + 0.72 * q[2] + 4.0 + self.hairline - 0.09 * q[0]
    }

    fn hair(&self, q: Vec3, cranium: f32) -> f32 {
        // Combed back: thickest on the crown, thin at its line.
        let behind = self.behind(q);
        let thick = lerp(3.0, THICKEST, ((-behind) / 60.0).clamp(0.0, 1.0));
        let cap = (cranium - thick).max(behind);
        let cap = cap.max(-ellipsoid(tilted(q), [76.0, 4.0, -6.0], [12.0, 34.0, 21.0]));
        if self.knot { smooth(cap, knot(q), KNOT_UNION) } else { cap }
    }

    /// Unit normal of the surface near `p`, by tetrahedral differences.
    pub(crate) fn normal(&self, p: Vec3) -> Vec3 {
        const H: f32 = 0.6;
        let mut n = [0.0; 3];
        for k in [[1.0, -1.0, -1.0], [-1.0, -1.0, 1.0], [-1.0, 1.0, -1.0], [1.0, 1.0, 1.0]] {
            let d = self.any([p[0] + k[0] * H, p[1] + k[1] * H, p[2] + k[2] * H]);
            for c in 0..3 {
                n[c] += k[c] * d;
            }
        }
        let length = dot(n, n).sqrt().max(1e-6);
        n.map(|v| v / length)
    }
}

pub(crate) fn dot(a: Vec3, b: Vec3) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// Further than any union reaches, with room for what [`ellipsoid`] underestimates.
const REACH: f32 = 30.0;

/// At most the distance to a box, the largest of those along the axes.
fn box_distance(p: Vec3, low: Vec3, high: Vec3) -> f32 {
    (0..3).map(|c| (low[c] - p[c]).max(p[c] - high[c])).fold(f32::MIN, f32::max)
}

/// Neck and shoulders.
fn trunk(q: Vec3) -> f32 {
    let neck = capsule(q, [0.0, 60.0, -20.0], [0.0, 200.0, -36.0], 44.0);
    let shoulders = capsule(q, [0.0, 212.0, -38.0], [170.0, 240.0, -40.0], 52.0);
    smooth(neck, shoulders, 60.0)
}

/// Hair gathered at the back of the crown.
fn knot(q: Vec3) -> f32 {
    ball(q, [0.0, -62.0, -118.0], 27.0)
}

/// Ears lean back by 12°.
fn tilted(q: Vec3) -> Vec3 {
    const SIN: f32 = 0.208;
    const COS: f32 = 0.978;
    [
        q[0] - 0.16 * (-8.0 - q[2]),
        2.0 + COS * (q[1] - 2.0) - SIN * (q[2] + 8.0),
        -8.0 + SIN * (q[1] - 2.0) + COS * (q[2] + 8.0),
    ]
}

fn ball(p: Vec3, c: Vec3, r: f32) -> f32 {
    let d = [p[0] - c[0], p[1] - c[1], p[2] - c[2]];
    dot(d, d).sqrt() - r
}

/// Quilez' bound of an ellipsoid's distance: exact on the surface.
#[inline]
fn ellipsoid(p: Vec3, c: Vec3, r: Vec3) -> f32 {
    // Most radii are literals, whose reciprocals the compiler works out.
    let i = [1.0 / r[0], 1.0 / r[1], 1.0 / r[2]];
    let a = [(p[0] - c[0]) * i[0], (p[1] - c[1]) * i[1], (p[2] - c[2]) * i[2]];
    let b = [a[0] * i[0], a[1] * i[1], a[2] * i[2]];
    let k = dot(a, a).sqrt();
    k * (k - 1.0) / dot(b, b).sqrt().max(1e-6)
}

fn capsule(p: Vec3, a: Vec3, b: Vec3, r: f32) -> f32 {
    let ap = [p[0] - a[0], p[1] - a[1], p[2] - a[2]];
    let ab = [b[0] - a[0], b[1] - a[1], b[2] - a[2]];
    let t = (dot(ap, ab) / dot(ab, ab)).clamp(0.0, 1.0);
    ball(p, [a[0] + ab[0] * t, a[1] + ab[1] * t, a[2] + ab[2] * t], r)
}

fn smooth(a: f32, b: f32, k: f32) -> f32 {
    let h = (k - (a - b).abs()).max(0.0) / k;
    a.min(b) - h * h * k * 0.25
}

fn carve(a: f32, b: f32, k: f32) -> f32 {
    -smooth(-a, b, k)
}
