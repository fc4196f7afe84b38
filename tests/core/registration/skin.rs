//! Skin-like pictures that are defined at every point of the plane, so that any view of them is known exactly.

use diptych::geom::{Matrix3, Point, Size};
use diptych::imaging::Picture;
use rand::{RngCore, SeedableRng};
use rand_pcg::Pcg64;

/// A patch of skin: relief, tone and spots around the origin, in pixels of a view at scale 1.
pub struct Skin {
    seed: u32,
    spots: Vec<Spot>,
}

#[derive(Clone, Copy)]
struct Spot {
    at: Point,
    radius: f64,
    depth: f64,
}

/// What differs between two visits.
#[derive(Clone, Copy)]
pub struct Visit {
    /// Direction the light comes from, radians.
    pub light: f64,
    /// Gain of the exposure.
    pub gain: f64,
    /// Spots that healed or came.
    pub changed: usize,
    /// Greatest shift of soft tissue, pixels.
    pub tissue: f64,
    /// Deviation of sensor noise, of 255.
    pub noise: f64,
    /// Tells the random parts of two visits apart.
    pub seed: u32,
    /// A printed stamp at the lower right of the picture.
    pub stamp: bool,
}

impl Visit {
    /// The reference visit.
    pub const FIRST: Self = Self { light: 0.6, gain: 1.0, changed: 0, tissue: 0.0, noise: 2.0, seed: 1, stamp: false };
}

/// A number in [0, 1) from integers.
fn hash(seed: u32, x: i32, y: i32) -> f64 {
    let mut h = seed ^ (x as u32).wrapping_mul(0x9E37_79B1) ^ (y as u32).wrapping_mul(0x85EB_CA77);
    h = (h ^ (h >> 15)).wrapping_mul(0x2C1B_3C6D);
    h = (h ^ (h >> 12)).wrapping_mul(0x297A_2D39);
    f64::from(h ^ (h >> 15)) / 4_294_967_296.0
}

/// Smooth noise in [−1, 1] with features of about `length` pixels.
fn noise(seed: u32, p: Point, length: f64) -> f64 {
    let (x, y) = (p.x / length, p.y / length);
    let (column, row) = (x.floor(), y.floor());
    let smooth = |t: f64| t * t * t * (t * (6.0 * t - 15.0) + 10.0);
    let (u, v) = (smooth(x - column), smooth(y - row));
    let at = |i: i32, j: i32| hash(seed, column as i32 + i, row as i32 + j);
    let top = at(0, 0) * (1.0 - u) + at(1, 0) * u;
    let low = at(0, 1) * (1.0 - u) + at(1, 1) * u;
    2.0 * (top * (1.0 - v) + low * v) - 1.0
}

impl Skin {
    /// Skin of one person and area.
    pub fn new(seed: u32) -> Self {
        let mut random = Pcg64::seed_from_u64(u64::from(seed));
        let mut unit = || f64::from(random.next_u32()) / f64::from(u32::MAX);
        let spot = |_| Spot {
            at: Point::new((unit() - 0.5) * 1400.0, (unit() - 0.5) * 1200.0),
            radius: 2.0 + 5.0 * unit() * unit(),
            depth: 8.0 + 22.0 * unit(),
        };
        Self { seed, spots: (0..260).map(spot).collect() }
    }

    /// The picture of `size` that `view` (picture pixel → skin) shows on a visit.
    pub fn photograph(&self, size: Size, view: &Matrix3, visit: &Visit) -> Picture {
        let spots = self.spots_of(visit);
        let mut random = Pcg64::seed_from_u64(u64::from(visit.seed) << 32 | u64::from(self.seed));
        let mut rgba = Vec::with_capacity(4 * (size.width * size.height) as usize);
        for y in 0..size.height {
            for x in 0..size.width {
                let pixel = Point::new(f64::from(x) + 0.5, f64::from(y) + 0.5);
                let value = self.tone(moved(view.apply(pixel), visit), visit, &spots);
                // Four uniform numbers are near enough to a normal one.
                let grain: f64 = (0..4).map(|_| f64::from(random.next_u32()) / f64::from(u32::MAX) - 0.5).sum();
                let value = if visit.stamp { stamped(x, y, size).unwrap_or(value) } else { value };
                let value = value * visit.gain + grain * visit.noise * 1.73;
                rgba.extend([value * 1.12, value * 0.92, value * 0.8].map(|v| v.round().clamp(0.0, 255.0) as u8));
                rgba.push(255);
            }
        }
        Picture::from_rgba(size, rgba).expect("the buffer fits")
    }

    fn spots_of(&self, visit: &Visit) -> Buckets {
        let mut spots = self.spots.clone();
        let count = spots.len();
        for i in 0..visit.changed {
            let index = (hash(visit.seed, i as i32, 77) * count as f64) as usize;
            let away = |k: i32| (hash(visit.seed, i as i32, k) - 0.5) * 1000.0;
            spots[index].at = Point::new(away(78), away(79));
        }
        Buckets::new(&spots)
    }

    fn tone(&self, p: Point, visit: &Visit, spots: &Buckets) -> f64 {
        let s = self.seed;
        let relief = |p: Point| {
            [(46.0, 5.0), (19.0, 3.0), (9.0, 1.6), (5.0, 0.8)]
                .iter()
                .zip(10u32..)
                .map(|((length, height), k)| height * noise(s.wrapping_mul(31) + k, p, *length))
                .sum::<f64>()
        };
        let here = relief(p);
        let slope = Point::new(relief(Point::new(p.x + 1.0, p.y)) - here, relief(Point::new(p.x, p.y + 1.0)) - here);
        let shade = 14.0 * (slope.x * visit.light.cos() + slope.y * visit.light.sin());
        let tone = 150.0 + 22.0 * noise(s, p, 150.0) + 7.0 * noise(s + 1, p, 34.0);
        let fall_off = 1.0 + 0.0003 * (p.x * visit.light.cos() + p.y * visit.light.sin());
        (tone + shade - spots.darkness(p)) * fall_off
    }
}

/// Where the skin seen at `p` is at rest.
fn moved(p: Point, visit: &Visit) -> Point {
    if visit.tissue == 0.0 {
        return p;
    }
    let shift = |k: u32| visit.tissue * noise(visit.seed.wrapping_mul(97) + k, p, 190.0);
    Point::new(p.x + shift(1), p.y + shift(2))
}

/// Ink of a date stamp in the lower right corner.
fn stamped(x: u32, y: u32, size: Size) -> Option<f64> {
    let (column, row) = (i64::from(x) - i64::from(size.width) + 150, i64::from(y) - i64::from(size.height) + 40);
    if !(0..130).contains(&column) || !(0..24).contains(&row) {
        return None;
    }
    (hash(4711, (column / 4) as i32, (row / 4) as i32) > 0.5).then_some(245.0)
}

/// Spots by cells of 32 pixels.
struct Buckets(std::collections::HashMap<(i32, i32), Vec<Spot>>);

impl Buckets {
    fn new(spots: &[Spot]) -> Self {
        let mut cells: std::collections::HashMap<_, Vec<Spot>> = std::collections::HashMap::new();
        for spot in spots {
            let (x, y) = ((spot.at.x / 32.0).floor() as i32, (spot.at.y / 32.0).floor() as i32);
            for dy in -1..=1 {
                for dx in -1..=1 {
                    cells.entry((x + dx, y + dy)).or_default().push(*spot);
                }
            }
        }
        Self(cells)
    }

    fn darkness(&self, p: Point) -> f64 {
        let cell = ((p.x / 32.0).floor() as i32, (p.y / 32.0).floor() as i32);
        let near = self.0.get(&cell).map_or(&[][..], Vec::as_slice);
        near.iter().map(|s| s.depth * (-(s.at.distance(p) / s.radius).powi(2)).exp()).sum()
    }
}

/// A view of `size` pixels centred on `centre` of the skin, `scale` skin pixels per picture pixel, turned.
pub fn view(size: Size, centre: Point, scale: f64, degrees: f64) -> Matrix3 {
    let half = Matrix3::translation(-0.5 * f64::from(size.width), -0.5 * f64::from(size.height));
    Matrix3::translation(centre.x, centre.y)
        .after(&Matrix3::similarity(scale, degrees.to_radians(), 0.0, 0.0))
        .after(&half)
}

/// Moving → fixed pixels of two views of the same skin.
pub fn truth(moving: &Matrix3, fixed: &Matrix3) -> Matrix3 {
    fixed.inverse().expect("a similarity").after(moving)
}
