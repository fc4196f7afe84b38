//! Blurs and local normalisation.

use rayon::prelude::*;

use super::plane::{BAND, Plane};
use crate::widest::{Kernel, widest};

/// Above this the Gaussian is approximated by three box passes, whose cost does not grow with σ.
const LARGEST_DIRECT_SIGMA: f32 = 6.0;

/// Rows per task of the vertical passes: each looks at as many rows more as its kernel is high.
const TALL_BAND: usize = 128;

/// Gaussian blur with standard deviation `sigma` pixels; the edge pixel is repeated outwards.
///
/// Direct kernel cut at 3.5 σ up to σ = 6, three box passes of equal variance beyond.
#[must_use]
pub fn gaussian(source: &Plane, sigma: f32) -> Plane {
    if sigma < 0.05 || source.data.is_empty() {
        return source.clone();
    }
    if sigma > LARGEST_DIRECT_SIGMA {
        let mut out = source.clone();
        box_means(&mut out, sigma, &mut Plane::zeros(source.width, source.height));
        return out;
    }
    gaussian_of(source.width, source.height, sigma, |y, row| row.copy_from_slice(source.row(y)))
}

/// The same up to σ = 6 of a picture that is made a row at a time; `fill` may be asked for a row several times.
///
/// Rows wait, blurred along themselves, in a ring as high as the kernel: a plane of them would cost more time to hand out
/// than to fill.
#[must_use]
pub fn gaussian_of(width: usize, height: usize, sigma: f32, fill: impl Fn(usize, &mut [f32]) + Sync) -> Plane {
    let kernel = half_kernel(sigma);
    let (radius, slots) = (kernel.len() - 1, 2 * kernel.len() - 1);
    let mut out = Plane::zeros(width, height);
    out.data.par_chunks_mut(width * TALL_BAND).enumerate().for_each(|(band, rows)| {
        let (mut ring, mut padded) = (vec![0.0; slots * width], vec![0.0; width + 2 * radius]);
        let top = band * TALL_BAND;
        let mut next = top.saturating_sub(radius);
        for (y, to) in (top..).zip(rows.chunks_exact_mut(width)) {
            while next <= (y + radius).min(height - 1) {
                fill(next, &mut padded[radius..radius + width]);
                repeat_edges(&mut padded, radius);
                convolve(&mut ring[next % slots * width..][..width], &kernel, |j| {
                    &padded[radius.wrapping_add_signed(j)..][..width]
                });
                next += 1;
            }
            convolve(to, &kernel, |j| {
                &ring[(y as isize + j).clamp(0, height as isize - 1) as usize % slots * width..][..width]
            });
        }
    });
    out
}

/// Fills `radius` values at either end with the one next to them.
fn repeat_edges(padded: &mut [f32], radius: usize) {
    let end = padded.len() - radius;
    let (first, last) = (padded[radius], padded[end - 1]);
    padded[..radius].fill(first);
    padded[end..].fill(last);
}

/// `out` as the weighted sum of lines: `line(0)` in the middle, as many on either side as the kernel is long.
fn convolve<'a>(out: &mut [f32], kernel: &[f32], line: impl Fn(isize) -> &'a [f32]) {
    let pair = |(j, k): (usize, &f32)| (*k, line(-(j as isize)), line(j as isize));
    let pairs: Vec<_> = kernel.iter().enumerate().skip(1).map(pair).collect();
    widest(Weighted(out, kernel[0], line(0), pairs.as_slice()));
}

/// Centre and right half of a normalised Gaussian kernel.
fn half_kernel(sigma: f32) -> Vec<f32> {
    let radius = (sigma * 3.5).ceil().max(1.0) as usize;
    let mut kernel: Vec<f32> = (0..=radius).map(|i| (-((i * i) as f32) / (2.0 * sigma * sigma)).exp()).collect();
    let total = kernel[0] + 2.0 * kernel[1..].iter().sum::<f32>();
    for value in &mut kernel {
        *value /= total;
    }
    kernel
}

/// Outputs that are summed side by side, so that the sums stay in vector registers over all taps.
const LANES: usize = 32;

/// out[x] = k₀·centre[x] + Σ k·(before[x] + after[x]) over the pairs of rows, in their order.
struct Weighted<'a>(&'a mut [f32], f32, &'a [f32], &'a [(f32, &'a [f32], &'a [f32])]);

impl Kernel for Weighted<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self(out, first, centre, pairs) = self;
        let whole = out.len() - out.len() % LANES;
        let (chunks, tail) = out.as_chunks_mut::<LANES>();
        for (x, to) in (0..).step_by(LANES).zip(chunks) {
            let (mut sum, middle) = ([0.0; LANES], &centre[x..x + LANES]);
            for i in 0..LANES {
                sum[i] = first * middle[i];
            }
            for (weight, before, after) in pairs {
                let (a, b) = (&before[x..x + LANES], &after[x..x + LANES]);
                for i in 0..LANES {
                    sum[i] += weight * (a[i] + b[i]);
                }
            }
            *to = sum;
        }
        for (x, to) in (whole..).zip(tail) {
            let pair = |(weight, before, after): &(f32, &[f32], &[f32])| weight * (before[x] + after[x]);
            *to = pairs.iter().map(pair).fold(first * centre[x], |sum, value| sum + value);
        }
    }
}

/// Three box means, which come close to a Gaussian; `scratch` has the size of the plane, whatever it holds.
fn box_means(plane: &mut Plane, sigma: f32, scratch: &mut Plane) {
    // Three boxes of width n have variance 3·(n² − 1)/12.
    let width = (4.0 * sigma * sigma + 1.0).sqrt();
    let radius = ((width - 1.0) / 2.0).round() as usize;
    for _ in 0..3 {
        box_rows(plane, radius, scratch);
        box_columns(scratch, radius, plane);
    }
}

/// Mean over 2·radius + 1 pixels of a row, edge pixels repeated.
fn box_rows(source: &Plane, radius: usize, out: &mut Plane) {
    let (width, share) = (source.width, 1.0 / (2 * radius + 1) as f64);
    out.data.par_chunks_mut(width * BAND).zip(source.data.par_chunks(width * BAND)).for_each(|(to, from)| {
        // One more at the end, which enters the sum after the last pixel and is read by nobody.
        let mut padded = vec![0.0; width + 2 * radius + 1];
        for (to, from) in to.chunks_exact_mut(width).zip(from.chunks_exact(width)) {
            padded[radius..radius + width].copy_from_slice(from);
            repeat_edges(&mut padded[..width + 2 * radius], radius);
            let mut sum: f64 = padded[..=2 * radius].iter().copied().map(f64::from).sum();
            for (value, (enters, leaves)) in to.iter_mut().zip(padded[2 * radius + 1..].iter().zip(&padded)) {
                *value = (sum * share) as f32;
                sum += f64::from(*enters) - f64::from(*leaves);
            }
        }
    });
}

/// The same over the pixels of a column.
fn box_columns(source: &Plane, radius: usize, out: &mut Plane) {
    let (width, height) = (source.width, source.height);
    let (share, reach) = (1.0 / (2 * radius + 1) as f64, radius as isize);
    out.data.par_chunks_mut(width * TALL_BAND).enumerate().for_each(|(band, rows)| {
        let row = |i: isize| source.row(i.clamp(0, height as isize - 1) as usize);
        let top = (band * TALL_BAND) as isize;
        let mut sum = vec![0.0f64; width];
        for i in top - reach..=top + reach {
            widest(Add(&mut sum[..], row(i)));
        }
        for (y, to) in (top..).zip(rows.chunks_exact_mut(width)) {
            let (enters, leaves) = (row(y + reach + 1), row(y - reach));
            widest(Slide(to, &mut sum[..], share, enters, leaves));
        }
    });
}

struct Add<'a>(&'a mut [f64], &'a [f32]);

impl Kernel for Add<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self(sum, row) = self;
        for (sum, value) in sum.iter_mut().zip(row) {
            *sum += f64::from(*value);
        }
    }
}

/// The means that the sums are of, and the sums of the next row.
struct Slide<'a>(&'a mut [f32], &'a mut [f64], f64, &'a [f32], &'a [f32]);

impl Kernel for Slide<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self(means, sum, share, enters, leaves) = self;
        for (((mean, sum), plus), minus) in means.iter_mut().zip(sum).zip(enters).zip(leaves) {
            *mean = (*sum * share) as f32;
            *sum += f64::from(*plus) - f64::from(*minus);
        }
    }
}

/// As [`gaussian`], in place; `scratch` has the size of the plane, whatever it holds.
fn blur(plane: &mut Plane, sigma: f32, scratch: &mut Plane) {
    if sigma > LARGEST_DIRECT_SIGMA && !plane.data.is_empty() {
        box_means(plane, sigma, scratch);
    } else {
        *plane = gaussian(plane, sigma);
    }
}

/// Local normalisation (I − μ)/√(σ² + floor²) clamped to ±4, with mean and variance under a Gaussian of `sigma` pixels.
///
/// Takes away light fall-off and skin tone and keeps relief and spots; `floor`, in units of `source`, keeps the noise
/// of flat areas small.
#[must_use]
pub fn normalised(source: &Plane, sigma: f32, floor: f32) -> Plane {
    let (mut out, mut mean) = (source.clone(), source.clone());
    let mut scratch = Plane::zeros(source.width, source.height);
    blur(&mut mean, sigma, &mut scratch);
    // Where the mean was comes the variance.
    let mut variance = mean;
    widest(Deviate(&mut out.data[..], &mut variance.data[..]));
    blur(&mut variance, sigma, &mut scratch);
    widest(Divide(&mut out.data[..], &variance.data[..], floor * floor));
    out
}

/// Values less their means, and where these were the squares of that.
struct Deviate<'a>(&'a mut [f32], &'a mut [f32]);

impl Kernel for Deviate<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self(values, means) = self;
        for (value, mean) in values.iter_mut().zip(means) {
            *value -= *mean;
            *mean = *value * *value;
        }
    }
}

struct Divide<'a>(&'a mut [f32], &'a [f32], f32);

impl Kernel for Divide<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self(values, variances, least) = self;
        for (value, variance) in values.iter_mut().zip(variances) {
            *value = (*value / (variance.max(0.0) + least).sqrt()).clamp(-4.0, 4.0);
        }
    }
}

/// Pyramid of a normalised plane: level 0 is blurred with σ = 1, each next one with σ = 0.7 and halved.
///
/// Ends at `levels` levels, or before a side falls under 12 pixels.
#[must_use]
pub fn pyramid(plane: &Plane, levels: usize) -> Vec<Plane> {
    let mut out = vec![gaussian(plane, 1.0)];
    while out.len() < levels {
        let Some(last) = out.last().filter(|p| p.shortest() >= 24) else { break };
        let next = gaussian(last, 0.7).halved();
        out.push(next);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn impulse(side: usize) -> Plane {
        let mut plane = Plane::zeros(side, side);
        plane.data[side / 2 * side + side / 2] = 1.0;
        plane
    }

    /// Variance along x of a plane that is read as a distribution.
    fn variance(plane: &Plane) -> f64 {
        let centre = (plane.width / 2) as f64;
        let of = |(i, v): (usize, &f32)| f64::from(*v) * ((i % plane.width) as f64 - centre).powi(2);
        plane.data.iter().enumerate().map(of).sum()
    }

    #[test]
    fn a_blur_keeps_the_sum_and_has_its_variance() {
        for (sigma, tolerance) in [(1.0f32, 0.02), (3.0, 0.05), (6.5, 0.6), (20.0, 0.6)] {
            let blurred = gaussian(&impulse(201), sigma);
            let sum: f32 = blurred.data.iter().sum();
            assert!((sum - 1.0).abs() < 1e-3, "sum {sum} at sigma {sigma}");
            let deviation = variance(&blurred).sqrt();
            assert!((deviation - f64::from(sigma)).abs() < tolerance, "{deviation} for {sigma}");
        }
    }

    #[test]
    fn normalisation_does_not_see_gain_and_offset() {
        let mut plane = Plane::zeros(120, 90);
        for (i, value) in plane.data.iter_mut().enumerate() {
            *value = 100.0 + 60.0 * ((i * 7919 % 1009) as f32 / 1009.0 - 0.5);
        }
        let mut other = plane.clone();
        for value in &mut other.data {
            *value = *value * 3.0 + 12.0;
        }
        let (a, b) = (normalised(&plane, 8.0, 0.0), normalised(&other, 8.0, 0.0));
        assert!(a.data.iter().zip(&b.data).all(|(a, b)| (a - b).abs() < 1e-3));
    }

    #[test]
    fn a_flat_plane_normalises_to_zero() {
        let plane = Plane { width: 64, height: 64, data: vec![200.0; 64 * 64] };
        assert!(normalised(&plane, 9.0, 6.0).data.iter().all(|v| v.abs() < 1e-3));
    }
}
