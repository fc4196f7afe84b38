//! Reproducible randomness: streams by seed, and noise that is a pure function of place.

use rand::SeedableRng;
use rand_pcg::Pcg64;

/// Mixes two words into one; the finaliser of splitmix64.
pub(crate) const fn mix(seed: u64, value: u64) -> u64 {
    let mut z = seed ^ value.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A seed derived from another by a name, so that streams for different purposes never run in step.
pub(crate) fn derive(seed: u64, name: &str) -> u64 {
    name.bytes().fold(mix(seed, 0x5eed), |state, byte| mix(state, u64::from(byte) + 1))
}

/// A stream of random numbers that is the same on every machine.
pub(crate) fn stream(seed: u64, name: &str) -> Pcg64 {
    Pcg64::seed_from_u64(derive(seed, name))
}

/// Noise over the plane; every instance is its own field.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Noise {
    seed: u32,
}

/// What [`CellWalk::cells`] finds around a place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cells {
    /// Distance to the nearest cell centre, in cells.
    pub nearest: f32,
    /// Distance to the second nearest.
    pub second: f32,
}

impl Noise {
    pub(crate) fn new(seed: u64, name: &str) -> Self {
        Self { seed: derive(seed, name) as u32 }
    }

    /// A random word of a lattice point (integer mixing after Wellons' `lowbias32`).
    fn lattice(self, x: i32, y: i32) -> u32 {
        let mut h = self.seed ^ (x as u32).wrapping_mul(0x8da6_b343) ^ (y as u32).wrapping_mul(0xd816_3841);
        h = (h ^ (h >> 16)).wrapping_mul(0x7feb_352d);
        h = (h ^ (h >> 15)).wrapping_mul(0x846c_a68b);
        h ^ (h >> 16)
    }

    /// Perlin's gradient noise, about −1 to 1, one feature per unit.
    pub(crate) fn plane(self, x: f32, y: f32) -> f32 {
        let (ix, iy) = (floor(x), floor(y));
        between(&self.corners(ix, iy), x - ix as f32, y - iy as f32)
    }

    /// Slopes at the corners of a unit square.
    fn corners(self, ix: i32, iy: i32) -> Corners {
        let corner = |x: i32, y: i32| {
            let h = self.lattice(x, y);
            [slope(h), slope(h >> 16)]
        };
        // One by one: the compiler makes a call of a map.
        [corner(ix, iy), corner(ix + 1, iy), corner(ix, iy + 1), corner(ix + 1, iy + 1)]
    }

    /// The same noise for places that lie near each other.
    pub(crate) fn walk(self) -> Walk {
        Walk { noise: self, square: (0, 0), corners: self.corners(0, 0) }
    }

    /// The same octaves for places that lie near each other.
    pub(crate) fn walks<const N: usize>(self) -> Walks<N> {
        Walks(std::array::from_fn(|_| self.walk()))
    }

    /// The same cells for places that lie near each other.
    pub(crate) fn cell_walk(self) -> CellWalk {
        CellWalk { noise: self, square: (0, 0), centres: self.centres(0, 0) }
    }

    /// Noise without any correlation between pixels, −1 to 1.
    pub(crate) fn grain(self, x: f32, y: f32) -> f32 {
        slope(self.lattice(floor(x), floor(y)))
    }

    /// Octaves of [`Noise::plane`], each twice as fine and half as strong.
    pub(crate) fn octaves(self, x: f32, y: f32, count: u32) -> f32 {
        octaves(std::iter::repeat_n(self, count as usize), x, y, Self::plane)
    }

    /// Worley's cell noise: the jittered centres, one per unit square, of a square and its eight neighbours.
    fn centres(self, ix: i32, iy: i32) -> Centres {
        std::array::from_fn(|k| {
            let (cx, cy) = (ix - 1 + k as i32 % 3, iy - 1 + k as i32 / 3);
            let h = self.lattice(cx, cy);
            [cx as f32 + unit(h << 16), cy as f32 + unit(h)]
        })
    }
}

/// Slopes of [`Noise::plane`] at the corners of a unit square.
type Corners = [[f32; 2]; 4];

/// Centres of cells around a unit square.
type Centres = [[f32; 2]; 9];

/// Gradient noise at a place of the unit square with these corners.
#[inline]
fn between(corners: &Corners, dx: f32, dy: f32) -> f32 {
    let corner = |k: usize, cx: f32, cy: f32| corners[k][0] * (dx - cx) + corners[k][1] * (dy - cy);
    let (u, v) = (fade(dx), fade(dy));
    1.6 * lerp(lerp(corner(0, 0.0, 0.0), corner(1, 1.0, 0.0), u), lerp(corner(2, 0.0, 1.0), corner(3, 1.0, 1.0), u), v)
}

/// The sum of octaves, each twice as fine and half as strong as the one before.
#[inline]
fn octaves<T>(octaves: impl Iterator<Item = T>, x: f32, y: f32, mut plane: impl FnMut(T, f32, f32) -> f32) -> f32 {
    let (mut sum, mut gain, mut scale) = (0.0, 1.0, 1.0);
    for (octave, noise) in octaves.enumerate() {
        let shift = octave as f32 * 17.3;
        sum += gain * plane(noise, x * scale + shift, y * scale - shift);
        gain *= 0.5;
        scale *= 2.0;
    }
    sum
}

/// [`Noise::plane`], to the bit, for a walk of small steps: what a unit square needs is kept until it is left.
pub(crate) struct Walk {
    noise: Noise,
    square: (i32, i32),
    corners: Corners,
}

impl Walk {
    #[inline]
    pub(crate) fn plane(&mut self, x: f32, y: f32) -> f32 {
        let square = (floor(x), floor(y));
        if square != self.square {
            (self.square, self.corners) = (square, self.noise.corners(square.0, square.1));
        }
        between(&self.corners, x - square.0 as f32, y - square.1 as f32)
    }
}

/// [`Noise::octaves`], to the bit, for a walk of small steps.
pub(crate) struct Walks<const N: usize>([Walk; N]);

impl<const N: usize> Walks<N> {
    #[inline]
    pub(crate) fn octaves(&mut self, x: f32, y: f32) -> f32 {
        octaves(self.0.iter_mut(), x, y, Walk::plane)
    }
}

/// Cell noise for a walk of small steps: the centres around a unit square are kept until it is left.
pub(crate) struct CellWalk {
    noise: Noise,
    square: (i32, i32),
    centres: Centres,
}

impl CellWalk {
    #[inline]
    pub(crate) fn cells(&mut self, x: f32, y: f32) -> Cells {
        let square = (floor(x), floor(y));
        if square != self.square {
            (self.square, self.centres) = (square, self.noise.centres(square.0, square.1));
        }
        let (mut nearest, mut second) = (9.0f32, 9.0f32);
        for [cx, cy] in self.centres {
            let (dx, dy) = (cx - x, cy - y);
            let d = dx * dx + dy * dy;
            // Written so that each line is one instruction.
            let further = if d > nearest { d } else { nearest };
            nearest = if d < nearest { d } else { nearest };
            second = if further < second { further } else { second };
        }
        Cells { nearest: nearest.sqrt(), second: second.sqrt() }
    }
}

/// The integer below. Without SSE 4.1, which a portable build does not have, `f32::floor` is a call.
fn floor(v: f32) -> i32 {
    let whole = v as i32;
    whole - i32::from((whole as f32) > v)
}

fn unit(h: u32) -> f32 {
    (h >> 8) as f32 / 16_777_216.0
}

fn slope(h: u32) -> f32 {
    (h & 0xffff) as f32 / 32_768.0 - 1.0
}

fn fade(t: f32) -> f32 {
    t * t * t * (t * (t * 6.0 - 15.0) + 10.0)
}

/// Between `a` at 0 and `b` at 1.
#[inline]
pub(crate) fn lerp(a: f32, b: f32, t: f32) -> f32 {
    a + (b - a) * t
}

/// 0 below `low`, 1 above `high`, smooth between.
pub(crate) fn smooth_step(low: f32, high: f32, value: f32) -> f32 {
    let t = ((value - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// e to the power of `x` for −20 ≤ x ≤ 20, relative error below 2·10⁻⁵; the same on every machine and several times
/// faster than the library's.
pub(crate) fn exp(x: f32) -> f32 {
    let t = x.clamp(-20.0, 20.0) * std::f32::consts::LOG2_E;
    let whole = floor(t);
    let f = t - whole as f32;
    let power = 1.0
        + f * (std::f32::consts::LN_2 + f * (0.240_153_6 + f * (0.055_826_31 + f * (0.008_989_34 + f * 0.001_877_58))));
    f32::from_bits(((whole + 127) as u32) << 23) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponential_is_that_of_the_library() {
        for i in -400..=400 {
            let x = i as f32 * 0.05;
            let off = (exp(x) / x.exp() - 1.0).abs();
            assert!(off < 2e-5, "exp({x}) is off by {off}");
        }
    }

    #[test]
    fn noise_is_bounded_centred_and_continuous() {
        let noise = Noise::new(3, "test");
        let mut sum = 0.0;
        for i in 0..4000 {
            let (x, y) = (i as f32 * 0.137, i as f32 * 0.0719);
            let v = noise.plane(x, y);
            assert!(v.abs() < 1.7);
            assert!((noise.plane(x + 1e-3, y) - v).abs() < 0.02);
            sum += v;
        }
        assert!((sum / 4000.0).abs() < 0.06, "mean {}", sum / 4000.0);
    }

    #[test]
    fn a_walk_sees_what_every_place_shows_by_itself() {
        let noise = Noise::new(5, "walk");
        let (mut walk, mut walks) = (noise.walk(), noise.walks::<3>());
        let (mut cells, mut nearest) = (noise.cell_walk(), 9.0f32);
        for i in 0..3000 {
            let (x, y) = ((i as f32 * 0.21).sin() * 6.0, i as f32 * 0.013 - 20.0);
            assert_eq!(walk.plane(x, y).to_bits(), noise.plane(x, y).to_bits());
            assert_eq!(walks.octaves(x, y).to_bits(), noise.octaves(x, y, 3).to_bits());
            let seen = cells.cells(x, y);
            let fresh = noise.cell_walk().cells(x, y);
            assert_eq!((seen.nearest, seen.second), (fresh.nearest, fresh.second));
            assert!(seen.nearest <= seen.second);
            nearest = nearest.min(seen.nearest);
        }
        assert!(nearest < 0.1, "the walk comes close to a centre, not only to {nearest}");
    }

    #[test]
    fn streams_of_different_purposes_differ_and_repeat() {
        assert_ne!(derive(1, "scars"), derive(1, "moles"));
        assert_ne!(derive(1, "scars"), derive(2, "scars"));
        assert_eq!(derive(1, "scars"), derive(1, "scars"));
    }
}
