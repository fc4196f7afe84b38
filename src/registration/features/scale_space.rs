//! Scale space of a plane and the extrema of its differences of Gaussians.

use rayon::prelude::*;

use super::super::filter::gaussian;
use super::super::fit::solve;
use super::super::plane::{BAND, Plane};
use super::gradient::GradientMap;
use crate::widest::{Kernel, widest};

/// Scales searched per octave.
const SCALES: usize = 3;
/// Deviation of the first level of every octave, in its pixels.
const BASE_SIGMA: f32 = 1.6;
/// Blur that a picture already has.
const CAMERA_SIGMA: f32 = 0.5;
/// Least contrast of an extremum (absolute difference of Gaussians), in units of local deviation.
const CONTRAST: f32 = 0.07;
/// Largest ratio of principal curvatures; above it a place is an edge and slides.
const EDGE: f32 = 10.0;
/// Extrema nearer to the border than this, in pixels of the octave, are not looked for.
const MARGIN: usize = 5;
/// An octave with a side shorter than this is the last one.
const SMALLEST: usize = 16;

/// Position of an extremum in pixels of its octave, pixel centres at integers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// Column.
    pub x: f32,
    /// Row.
    pub y: f32,
    /// Deviation of the Gaussian.
    pub scale: f32,
}

/// An extremum that passed the tests.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// Column in pixels of the plane, for spreading.
    pub x: f32,
    /// Row in pixels of the plane.
    pub y: f32,
    /// Interpolated absolute difference of Gaussians.
    pub contrast: f32,
    /// Index of the octave.
    pub octave: usize,
    /// Index into [`Octave::maps`].
    pub level: usize,
    /// Position inside the octave.
    pub place: Place,
}

impl Candidate {
    /// A total order among candidates of equal contrast, so that sorting does not depend on how they were collected.
    pub fn order(&self) -> (usize, usize, u32, u32) {
        (self.octave, self.level, self.place.y.to_bits(), self.place.x.to_bits())
    }
}

/// What extrema of an octave are described by.
pub struct Octave {
    /// Size of its pixels in pixels of the plane.
    pub step: f32,
    /// Gradients of the Gaussian levels 1 … SCALES.
    pub maps: Vec<GradientMap>,
}

/// Octaves and extrema of `plane`; with `doubled` the first octave has twice the resolution.
pub fn search(plane: &Plane, doubled: bool) -> (Vec<Octave>, Vec<Candidate>) {
    let (mut base, mut step) = if doubled {
        let missing = (BASE_SIGMA * BASE_SIGMA - 4.0 * CAMERA_SIGMA * CAMERA_SIGMA).sqrt();
        (gaussian(&enlarged(plane), missing), 0.5)
    } else {
        let missing = (BASE_SIGMA * BASE_SIGMA - CAMERA_SIGMA * CAMERA_SIGMA).sqrt();
        (gaussian(plane, missing), 1.0)
    };
    let (mut octaves, mut candidates) = (Vec::new(), Vec::new());
    while base.shortest() >= SMALLEST {
        let levels = gaussian_levels(base);
        candidates.extend(extrema(&levels, octaves.len(), step));
        base = every_second(&levels[SCALES]);
        octaves.push(Octave { step, maps: gradient_maps(levels) });
        step *= 2.0;
    }
    (octaves, candidates)
}

/// Of the levels 1 … SCALES, in the memory of all of them: fresh memory takes longer to get than to fill.
fn gradient_maps(levels: Vec<Plane>) -> Vec<GradientMap> {
    let (mut described, mut free) = (Vec::new(), Vec::new());
    for (i, level) in levels.into_iter().enumerate() {
        if (1..=SCALES).contains(&i) { described.push(level) } else { free.push(level.data) }
    }
    let map = |level: Plane| {
        let map = GradientMap::new(&level, [free.pop(), free.pop()]);
        free.push(level.data);
        map
    };
    described.into_iter().map(map).collect()
}

/// SCALES + 3 levels, each 2^(1/SCALES) times as blurred as the one before.
fn gaussian_levels(base: Plane) -> Vec<Plane> {
    let ratio = 2f32.powf(1.0 / SCALES as f32);
    let mut levels = vec![base];
    let mut sigma = BASE_SIGMA;
    for i in 0..SCALES + 2 {
        let next = gaussian(&levels[i], sigma * (ratio * ratio - 1.0).sqrt());
        levels.push(next);
        sigma *= ratio;
    }
    levels
}

/// Every second pixel of every second row: pixel i of the result is pixel 2i of the source.
fn every_second(plane: &Plane) -> Plane {
    let (width, height) = (plane.width.div_ceil(2), plane.height.div_ceil(2));
    let rows = (0..height).flat_map(|y| plane.row(2 * y).iter().step_by(2).copied());
    Plane { width, height, data: rows.collect() }
}

/// Twice the resolution by bilinear interpolation: pixel 2i of the result is pixel i of the source.
fn enlarged(plane: &Plane) -> Plane {
    let (width, height) = (2 * plane.width - 1, 2 * plane.height - 1);
    let mut out = Plane::zeros(width, height);
    for (y, row) in out.data.chunks_exact_mut(width).enumerate() {
        let (top, low) = (plane.row(y / 2), plane.row(y.div_ceil(2)));
        for (x, value) in row.iter_mut().enumerate() {
            let (left, right) = (x / 2, x.div_ceil(2));
            *value = 0.25 * (top[left] + top[right] + low[left] + low[right]);
        }
    }
    out
}

/// Local extrema over space and scale, located to sub-pixel accuracy and tested for contrast and edges.
fn extrema(levels: &[Plane], octave: usize, step: f32) -> Vec<Candidate> {
    let (width, height) = (levels[0].width, levels[0].height);
    let rows: Vec<usize> = (MARGIN..height.saturating_sub(MARGIN)).collect();
    let found = rows.par_chunks(2 * BAND).flat_map_iter(|band| {
        let (mut columns, mut differences, mut places) =
            (Envelope::new(width), Differences::before(levels, band[0]), Vec::new());
        for &y in band {
            widest(Difference(&mut differences, levels, y + 1));
            for scale in 1..=SCALES {
                widest(Enveloped(&mut columns, &differences, scale, y));
                places.extend(columns.extrema().map(|x| (scale, x, y)));
            }
        }
        places.into_iter().filter_map(move |(scale, x, y)| locate(levels, scale, x, y))
    });
    let candidate = |(x, y, scale, contrast): (f32, f32, f32, f32)| Candidate {
        x: x * step,
        y: y * step,
        contrast,
        octave,
        level: (scale.round() as usize).clamp(1, SCALES) - 1,
        place: Place { x, y, scale: BASE_SIGMA * 2f32.powf(scale / SCALES as f32) },
    };
    found.map(candidate).collect()
}

/// Differences of neighbouring levels.
const DIFFERENCES: usize = SCALES + 2;

/// Three rows of every difference, one below the other: planes of them would cost more time than to take them anew.
struct Differences {
    width: usize,
    /// By row modulo three, then by difference.
    rows: Vec<f32>,
}

impl Differences {
    /// Those above and at row `y`; the one below is read next.
    fn before(levels: &[Plane], y: usize) -> Self {
        let width = levels[0].width;
        let mut differences = Self { width, rows: vec![0.0; 3 * DIFFERENCES * width] };
        for row in [y - 1, y] {
            widest(Difference(&mut differences, levels, row));
        }
        differences
    }

    #[inline(always)]
    fn at(&self, difference: usize, y: usize) -> std::ops::Range<usize> {
        let from = (y % 3 * DIFFERENCES + difference) * self.width;
        from..from + self.width
    }

    #[inline(always)]
    fn row(&self, difference: usize, y: usize) -> &[f32] {
        &self.rows[self.at(difference, y)]
    }
}

/// Takes the differences of a row.
struct Difference<'a>(&'a mut Differences, &'a [Plane], usize);

impl Kernel for Difference<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self(rows, levels, y) = self;
        for (d, pair) in levels.windows(2).enumerate() {
            let place = rows.at(d, y);
            for ((to, more), less) in rows.rows[place].iter_mut().zip(pair[1].row(y)).zip(pair[0].row(y)) {
                *to = more - less;
            }
        }
    }
}

/// Greatest and least values of each column over three rows of three planes, and which columns are extrema.
struct Envelope {
    most: Vec<f32>,
    least: Vec<f32>,
    extreme: Vec<bool>,
}

impl Envelope {
    fn new(width: usize) -> Self {
        Self { most: vec![0.0; width], least: vec![0.0; width], extreme: vec![false; width] }
    }

    /// Columns of the middle row whose value is not below or not above any of its 26 neighbours, contrast permitting.
    fn extrema(&self) -> impl Iterator<Item = usize> + '_ {
        let inside = MARGIN..self.extreme.len().saturating_sub(MARGIN);
        inside.filter(|x| self.extreme[*x])
    }
}

/// Takes in the rows at hand of a difference and of its neighbours; row `y` is the middle one.
struct Enveloped<'a>(&'a mut Envelope, &'a Differences, usize, usize);

/// Columns whose nine values are compared side by side, in vector registers and not by way of memory.
const LANES: usize = 16;

impl Kernel for Enveloped<'_> {
    type Output = ();

    #[expect(clippy::needless_bitwise_bool, reason = "a comparison that is left out is a branch")]
    #[inline(always)]
    fn run(self) {
        let Self(columns, differences, scale, y) = self;
        let rows: [&[f32]; 9] = std::array::from_fn(|i| differences.row(scale - 1 + i / 3, i % 3));
        let whole = columns.most.len() - columns.most.len() % LANES;
        let (most, last_most) = columns.most.as_chunks_mut::<LANES>();
        let (least, last_least) = columns.least.as_chunks_mut::<LANES>();
        for (x, (most, least)) in (0..).step_by(LANES).zip(most.iter_mut().zip(least)) {
            let (mut high, mut low) = ([f32::MIN; LANES], [f32::MAX; LANES]);
            for row in rows {
                let values = &row[x..x + LANES];
                // Not f32::max, which minds NaN and takes three instructions.
                for i in 0..LANES {
                    high[i] = if values[i] > high[i] { values[i] } else { high[i] };
                    low[i] = if values[i] < low[i] { values[i] } else { low[i] };
                }
            }
            (*most, *least) = (high, low);
        }
        for (x, (most, least)) in (whole..).zip(last_most.iter_mut().zip(last_least)) {
            let (mut high, mut low) = (f32::MIN, f32::MAX);
            for row in rows {
                high = if row[x] > high { row[x] } else { high };
                low = if row[x] < low { row[x] } else { low };
            }
            (*most, *least) = (high, low);
        }
        let Envelope { most, least, extreme } = columns;
        let values = differences.row(scale, y).iter().skip(1);
        let around = most.windows(3).zip(least.windows(3)).zip(values).zip(&mut extreme[1..]);
        for (((most, least), &value), extreme) in around {
            // Every comparison is made, so that no branch stands in the way of vectors.
            let above = (value >= 0.5 * CONTRAST) & (value >= most[0]) & (value >= most[1]) & (value >= most[2]);
            let below = (value <= -0.5 * CONTRAST) & (value <= least[0]) & (value <= least[1]) & (value <= least[2]);
            *extreme = above | below;
        }
    }
}

/// Newton steps to the extremum of the quadratic through the neighbours: (x, y, scale index, |value|).
fn locate(levels: &[Plane], scale: usize, x: usize, y: usize) -> Option<(f32, f32, f32, f32)> {
    let (w, h) = (levels[0].width, levels[0].height);
    let (mut x, mut y, mut scale) = (x, y, scale);
    for _ in 0..5 {
        let i = y * w + x;
        let difference = |d: usize| {
            let (more, less) = (&levels[d + 1].data, &levels[d].data);
            move |i: usize| more[i] - less[i]
        };
        let (p, c, n) = (difference(scale - 1), difference(scale), difference(scale + 1));
        let value = c(i);
        let (dx, dy, ds) = (0.5 * (c(i + 1) - c(i - 1)), 0.5 * (c(i + w) - c(i - w)), 0.5 * (n(i) - p(i)));
        let dxx = c(i + 1) + c(i - 1) - 2.0 * value;
        let dyy = c(i + w) + c(i - w) - 2.0 * value;
        let dss = n(i) + p(i) - 2.0 * value;
        let dxy = 0.25 * (c(i + w + 1) - c(i + w - 1) - c(i - w + 1) + c(i - w - 1));
        let dxs = 0.25 * (n(i + 1) - n(i - 1) - p(i + 1) + p(i - 1));
        let dys = 0.25 * (n(i + w) - n(i - w) - p(i + w) + p(i - w));
        let hessian = [[dxx, dxy, dxs], [dxy, dyy, dys], [dxs, dys, dss]].map(|row| row.map(f64::from));
        let [ox, oy, os] = solve(hessian, [-dx, -dy, -ds].map(f64::from))?.map(|v| v as f32);
        if ox.abs() < 0.5 && oy.abs() < 0.5 && os.abs() < 0.5 {
            let contrast = (value + 0.5 * (dx * ox + dy * oy + ds * os)).abs();
            let (trace, determinant) = (dxx + dyy, dxx * dyy - dxy * dxy);
            let edge = determinant <= 0.0 || trace * trace * EDGE >= (EDGE + 1.0) * (EDGE + 1.0) * determinant;
            return (contrast >= CONTRAST && !edge).then_some((
                x as f32 + ox,
                y as f32 + oy,
                scale as f32 + os,
                contrast,
            ));
        }
        if !(ox.abs() <= 5.0 && oy.abs() <= 5.0 && os.abs() <= 5.0) {
            return None;
        }
        x = x.checked_add_signed(ox.round() as isize).filter(|x| (MARGIN..w - MARGIN).contains(x))?;
        y = y.checked_add_signed(oy.round() as isize).filter(|y| (MARGIN..h - MARGIN).contains(y))?;
        scale = scale.checked_add_signed(os.round() as isize).filter(|s| (1..=SCALES).contains(s))?;
    }
    None
}
