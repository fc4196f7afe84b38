//! A second visit, made from one photo: known transform, other light, other spots, moved tissue.
//!
//! Works on any photo. Both pictures of a pair are resampled from the same one, so that neither is sharper, and the
//! true map between them is known at every point.

use diptych::geom::{Matrix3, Point, Size};
use diptych::imaging::Picture;

/// What differs between the two visits. Lengths are in pixels of the pair's pictures.
#[derive(Debug, Clone, Copy)]
pub struct Visit {
    /// Tells the random parts of two visits apart.
    pub seed: u64,
    /// Gain of each channel.
    pub gain: [f64; 3],
    /// How strongly relief is lit from elsewhere, 0–1.
    pub relit: f64,
    /// Direction of the new light, radians.
    pub light: f64,
    /// Spots that came.
    pub spots: usize,
    /// Greatest shift of soft tissue.
    pub tissue: f64,
    /// Deviation of sensor noise, of 255.
    pub noise: f64,
    /// What is burned into the picture.
    pub overlay: Overlay,
    /// Colours are taken away.
    pub grey: bool,
}

/// Print that both pictures may carry at the same pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overlay {
    /// None.
    No,
    /// A date in a corner.
    Stamp,
    /// One large translucent mark across the middle.
    Mark,
    /// Small translucent marks all over.
    Tiles,
    /// A white border.
    Border,
}

impl Visit {
    /// A good camera, nothing changed.
    pub const FIRST: Self = Self {
        seed: 1,
        gain: [1.0; 3],
        relit: 0.0,
        light: 0.0,
        spots: 0,
        tissue: 0.0,
        noise: 1.5,
        overlay: Overlay::No,
        grey: false,
    };
}

/// A reproducible stream of numbers (`SplitMix64`).
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// A stream of its own for each name.
    pub fn new(seed: u64, name: &str) -> Self {
        let hash =
            name.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01B3));
        let mut dice = Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ hash);
        let _ = dice.unit();
        dice
    }

    /// In [0, 1).
    pub fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// In [−limit, limit).
    pub fn within(&mut self, limit: f64) -> f64 {
        limit * (2.0 * self.unit() - 1.0)
    }
}

/// A photo as three planes, with its relief guessed from its luminance.
pub struct Base {
    width: usize,
    height: usize,
    rgb: Vec<[f32; 3]>,
    /// Slope of band-passed luminance to the right and down.
    slope: Vec<[f32; 2]>,
}

impl Base {
    /// Takes over a photo.
    pub fn new(picture: &Picture) -> Self {
        let (width, height) = (picture.size().width as usize, picture.size().height as usize);
        let rgb: Vec<[f32; 3]> =
            picture.pixels().iter().map(|p| [f32::from(p[0]), f32::from(p[1]), f32::from(p[2])]).collect();
        let luma: Vec<f32> = rgb.iter().map(|p| 0.3 * p[0] + 0.6 * p[1] + 0.1 * p[2]).collect();
        let (fine, broad) = (mean(&luma, width, height, 2), mean(&luma, width, height, 16));
        let band: Vec<f32> = fine.iter().zip(&broad).map(|(a, b)| a - b).collect();
        let at = |x: usize, y: usize| band[y.min(height - 1) * width + x.min(width - 1)];
        let slope = (0..band.len()).map(|i| {
            let (x, y) = (i % width, i / width);
            [at(x + 1, y) - at(x.saturating_sub(1), y), at(x, y + 1) - at(x, y.saturating_sub(1))]
        });
        let slope = slope.collect();
        Self { width, height, rgb, slope }
    }

    /// Pixels of the photo.
    pub fn size(&self) -> Size {
        Size::new(self.width as u32, self.height as u32)
    }

    fn sample<const N: usize>(&self, from: &[[f32; N]], p: Point) -> [f32; N] {
        let (x, y) =
            ((p.x - 0.5).clamp(0.0, self.width as f64 - 1.001), (p.y - 0.5).clamp(0.0, self.height as f64 - 1.001));
        let (i, j) = (x as usize, y as usize);
        let (u, v) = ((x - i as f64) as f32, (y - j as f64) as f32);
        let at = j * self.width + i;
        let (a, b, c, d) = (&from[at], &from[at + 1], &from[at + self.width], &from[at + self.width + 1]);
        std::array::from_fn(|k| (a[k] * (1.0 - u) + b[k] * u) * (1.0 - v) + (c[k] * (1.0 - u) + d[k] * u) * v)
    }

    /// The picture of `size` that `view` (picture pixel → photo pixel) shows on a visit.
    pub fn photograph(&self, size: Size, view: &Matrix3, visit: &Visit) -> Canvas {
        let mut canvas = Canvas::new(size);
        let spots = spots(size, visit);
        let mut dice = Dice::new(visit.seed, "falloff");
        let (fall, turn) = (0.18 * visit.relit * (0.5 + 0.5 * dice.unit()), visit.light);
        // Photo pixels under one picture pixel: averaged, as a sensor does.
        let step = view.scale();
        let taps: &[f64] = if step > 1.3 { &[-0.25, 0.25] } else { &[0.0] };
        for (i, pixel) in canvas.rgb.iter_mut().enumerate() {
            let p = Point::new((i % size.width as usize) as f64 + 0.5, (i / size.width as usize) as f64 + 0.5);
            let rest = moved(p, visit);
            let mut sum = [0.0; 3];
            for dy in taps {
                for dx in taps {
                    let colour = self.sample(&self.rgb, view.apply(Point::new(rest.x + dx, rest.y + dy)));
                    for (s, c) in sum.iter_mut().zip(colour) {
                        *s += f64::from(c) / (taps.len() * taps.len()) as f64;
                    }
                }
            }
            let slope = self.sample(&self.slope, view.apply(rest)).map(f64::from);
            let shade = 2.2 * visit.relit * (slope[0] * visit.light.cos() + slope[1] * visit.light.sin());
            let across = ((p.x / f64::from(size.width) - 0.5) * turn.cos()
                + (p.y / f64::from(size.height) - 0.5) * turn.sin())
                * fall;
            let dark = spots.iter().map(|s| s.at(p)).fold([0.0; 3], |a, b| std::array::from_fn(|k| a[k] + b[k]));
            for k in 0..3 {
                pixel[k] = (sum[k] + shade) * (1.0 + across) * visit.gain[k] - dark[k];
            }
        }
        canvas
    }
}

/// Box mean of radius `r`, twice.
fn mean(values: &[f32], width: usize, height: usize, r: usize) -> Vec<f32> {
    let line = |source: &[f32], stride: usize, count: usize, lines: usize, jump: usize| {
        let mut out = vec![0.0; source.len()];
        for line in 0..lines {
            let at = |i: isize| f64::from(source[line * jump + (i.clamp(0, count as isize - 1) as usize) * stride]);
            let mut sum: f64 = (-(r as isize)..=r as isize).map(at).sum();
            for i in 0..count {
                out[line * jump + i * stride] = (sum / (2 * r + 1) as f64) as f32;
                sum += at(i as isize + r as isize + 1) - at(i as isize - r as isize);
            }
        }
        out
    };
    let mut out = values.to_vec();
    for _ in 0..2 {
        out = line(&out, 1, width, height, width);
        out = line(&out, width, height, width, 1);
    }
    out
}

/// Where the tissue seen at `p` is at rest: two long waves in each direction.
pub fn moved(p: Point, visit: &Visit) -> Point {
    if visit.tissue == 0.0 {
        return p;
    }
    let mut dice = Dice::new(visit.seed, "tissue");
    let mut shift = || {
        let mut sum = 0.0;
        for _ in 0..2 {
            let (turn, period, phase) =
                (dice.unit() * std::f64::consts::TAU, 260.0 + 340.0 * dice.unit(), dice.unit() * std::f64::consts::TAU);
            sum += ((p.x * turn.cos() + p.y * turn.sin()) * std::f64::consts::TAU / period + phase).sin();
        }
        0.5 * visit.tissue * sum
    };
    let (dx, dy) = (shift(), shift());
    Point::new(p.x + dx, p.y + dy)
}

struct Spot {
    centre: Point,
    radius: f64,
    depth: [f64; 3],
}

impl Spot {
    fn at(&self, p: Point) -> [f64; 3] {
        let d = ((p.x - self.centre.x).powi(2) + (p.y - self.centre.y).powi(2)) / (self.radius * self.radius);
        if d > 9.0 { [0.0; 3] } else { self.depth.map(|depth| depth * (-d).exp()) }
    }
}

fn spots(size: Size, visit: &Visit) -> Vec<Spot> {
    let mut dice = Dice::new(visit.seed, "spots");
    let unit = size.diagonal() / 1230.0;
    (0..visit.spots)
        .map(|_| {
            let depth = if dice.unit() < 0.25 { -18.0 } else { 15.0 + 35.0 * dice.unit() };
            Spot {
                centre: Point::new(dice.unit() * f64::from(size.width), dice.unit() * f64::from(size.height)),
                radius: unit * (2.5 + 9.0 * dice.unit() * dice.unit()),
                depth: [0.4 * depth, depth, 0.8 * depth],
            }
        })
        .collect()
}

/// A picture before the sensor.
pub struct Canvas {
    /// Pixels of the picture.
    pub size: Size,
    /// Colours, 0–255.
    pub rgb: Vec<[f64; 3]>,
}

impl Canvas {
    fn new(size: Size) -> Self {
        Self { size, rgb: vec![[0.0; 3]; (size.width * size.height) as usize] }
    }

    /// Lays `front` over everything inside an ellipse about the middle that takes `share` of both sides.
    pub fn covered_by(mut self, front: &Self, share: f64) -> Self {
        let (w, h) = (f64::from(self.size.width), f64::from(self.size.height));
        for (i, (pixel, over)) in self.rgb.iter_mut().zip(&front.rgb).enumerate() {
            let (x, y) =
                ((i % self.size.width as usize) as f64 / w - 0.5, (i / self.size.width as usize) as f64 / h - 0.5);
            if (x * x + y * y).sqrt() < 0.5 * share {
                *pixel = *over;
            }
        }
        self
    }

    /// What the sensor makes of it.
    pub fn develop(mut self, visit: &Visit) -> Picture {
        overlay(&mut self, visit.overlay);
        let mut dice = Dice::new(visit.seed, "noise");
        let mut rgba = Vec::with_capacity(4 * self.rgb.len());
        for mut p in self.rgb {
            if visit.grey {
                p = [0.3 * p[0] + 0.6 * p[1] + 0.1 * p[2]; 3];
            }
            // Four uniform numbers are near enough to a normal one.
            let grain = 1.73 * visit.noise * (0..4).map(|_| dice.unit() - 0.5).sum::<f64>();
            rgba.extend(p.map(|v| (v + grain).round().clamp(0.0, 255.0) as u8));
            rgba.push(255);
        }
        Picture::from_rgba(self.size, rgba).expect("the buffer fits")
    }
}

fn overlay(canvas: &mut Canvas, kind: Overlay) {
    let (w, h) = (f64::from(canvas.size.width), f64::from(canvas.size.height));
    let unit = w.max(h) / 1024.0;
    let (cell, opacity) = match kind {
        Overlay::No => return,
        Overlay::Stamp | Overlay::Border => (4.0 * unit, 1.0),
        Overlay::Mark => (22.0 * unit, 0.45),
        Overlay::Tiles => (5.0 * unit, 0.5),
    };
    let width = canvas.size.width as usize;
    for (i, pixel) in canvas.rgb.iter_mut().enumerate() {
        let (x, y) = ((i % width) as f64, (i / width) as f64);
        let (u, v) = match kind {
            Overlay::Border if x.min(w - 1.0 - x).min(y.min(h - 1.0 - y)) < 0.05 * w.max(h) => {
                *pixel = [250.0; 3];
                continue;
            }
            Overlay::Stamp
                if x > w - 170.0 * unit && y > h - 48.0 * unit && x < w - 20.0 * unit && y < h - 20.0 * unit =>
            {
                (x, y)
            }
            // Slanted text in a band across the middle.
            Overlay::Mark
                if (y - 0.5 * h - 0.35 * (x - 0.5 * w)).abs() < 66.0 * unit && (x - 0.5 * w).abs() < 0.34 * w =>
            {
                (x, y - 0.35 * x)
            }
            Overlay::Tiles if x % (150.0 * unit) < 75.0 * unit && (y + 0.3 * x) % (110.0 * unit) < 24.0 * unit => {
                (x % (150.0 * unit), (y + 0.3 * x) % (110.0 * unit))
            }
            _ => continue,
        };
        let mut dice = Dice::new(
            ((u / cell) as i64).cast_unsigned().wrapping_mul(7919) ^ ((v / cell) as i64).cast_unsigned(),
            "ink",
        );
        if dice.unit() > 0.5 {
            *pixel = pixel.map(|p| p * (1.0 - opacity) + 245.0 * opacity);
        }
    }
}

/// The transform of the given kind nearest to the true map: pixels of a visit through `moving` to those of the first
/// visit through `fixed`. `fit` is the least-squares fit to corresponding points.
pub fn grid(size: Size, moving: &Matrix3, visit: &Visit, fixed: &Matrix3) -> Vec<(Point, Point)> {
    let back = fixed.inverse().expect("a regular view");
    let node = |k: u32, length: u32| f64::from(length) * (f64::from(k) + 0.5) / 24.0;
    (0..24 * 24)
        .map(|i| Point::new(node(i % 24, size.width), node(i / 24, size.height)))
        .map(|p| (p, back.apply(moving.apply(moved(p, visit)))))
        .collect()
}

/// Best similarity through corresponding points (Umeyama 1991).
pub fn similarity(points: &[(Point, Point)]) -> Matrix3 {
    let n = points.len() as f64;
    let mean = |of: fn(&(Point, Point)) -> Point| {
        let s = points.iter().map(of).fold(Point::default(), |a, b| Point::new(a.x + b.x, a.y + b.y));
        Point::new(s.x / n, s.y / n)
    };
    let (from, to) = (mean(|p| p.0), mean(|p| p.1));
    let (mut along, mut across, mut norm) = (0.0, 0.0, 0.0);
    for (p, q) in points {
        let (x, y, u, v) = (p.x - from.x, p.y - from.y, q.x - to.x, q.y - to.y);
        along += x * u + y * v;
        across += x * v - y * u;
        norm += x * x + y * y;
    }
    let (a, b) = (along / norm, across / norm);
    Matrix3([a, -b, to.x - a * from.x + b * from.y, b, a, to.y - b * from.x - a * from.y, 0.0, 0.0, 1.0])
}
