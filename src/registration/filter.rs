//! Blurs and local normalisation.

use rayon::prelude::*;

use super::plane::{BAND, Plane};
use crate::widest::widest;

/// Above this the Gaussian is approximated by three box passes, whose cost does not grow with σ.
const LARGEST_DIRECT_SIGMA: f32 = 6.0;

/// Rows per task of the vertical box pass; it sums 2r + 1 rows before its first output.
const BOX_BAND: usize = 128;

/// Gaussian blur with standard deviation `sigma` pixels; the edge pixel is repeated outwards.
///
/// Direct kernel cut at 3.5 σ up to σ = 6, three box passes of equal variance beyond.
#[must_use]
pub fn gaussian(source: &Plane, sigma: f32) -> Plane {
    if sigma < 0.05 || source.data.is_empty() {
        return source.clone();
    }
    if sigma > LARGEST_DIRECT_SIGMA {
        // Three boxes of width n have variance 3·(n² − 1)/12.
        let width = (4.0 * sigma * sigma + 1.0).sqrt();
        let radius = ((width - 1.0) / 2.0).round() as usize;
        return (1..3).fold(box_mean(source, radius), |plane, _| box_mean(&plane, radius));
    }
    let kernel = half_kernel(sigma);
    convolve_columns(&convolve_rows(source, &kernel), &kernel)
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
const LANES: usize = 16;

/// out[x] = k₀·centre[x] + Σ k·(before[x] + after[x]) over the pairs of rows, in their order.
#[expect(clippy::inline_always, reason = "what is not inlined is not compiled for the processor at hand")]
#[inline(always)]
fn weighted(out: &mut [f32], first: f32, centre: &[f32], pairs: &[(f32, &[f32], &[f32])]) {
    let whole = out.len() - out.len() % LANES;
    let (chunks, tail) = out.as_chunks_mut::<LANES>();
    for (x, to) in (0..).step_by(LANES).zip(chunks) {
        let mut sum: [f32; LANES] = std::array::from_fn(|i| first * centre[x..x + LANES][i]);
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

fn convolve_rows(source: &Plane, kernel: &[f32]) -> Plane {
    let (width, radius) = (source.width, kernel.len() - 1);
    let mut out = Plane::zeros(width, source.height);
    out.data.par_chunks_mut(width * BAND).zip(source.data.par_chunks(width * BAND)).for_each(|(to, from)| {
        let mut padded = vec![0.0; width + 2 * radius];
        for (to, from) in to.chunks_exact_mut(width).zip(from.chunks_exact(width)) {
            padded[..radius].fill(from[0]);
            padded[radius..radius + width].copy_from_slice(from);
            padded[radius + width..].fill(from[width - 1]);
            let pair = |(j, k): (usize, &f32)| (*k, &padded[radius - j..][..width], &padded[radius + j..][..width]);
            let pairs: Vec<_> = kernel.iter().enumerate().skip(1).map(pair).collect();
            widest(|| weighted(to, kernel[0], from, &pairs));
        }
    });
    out
}

fn convolve_columns(source: &Plane, kernel: &[f32]) -> Plane {
    let (width, height) = (source.width, source.height);
    let mut out = Plane::zeros(width, height);
    out.data.par_chunks_mut(width * BAND).enumerate().for_each(|(band, rows)| {
        for (i, to) in rows.chunks_exact_mut(width).enumerate() {
            let y = band * BAND + i;
            let row = |j: isize| source.row((y as isize + j).clamp(0, height as isize - 1) as usize);
            let pair = |(j, k): (usize, &f32)| (*k, row(-(j as isize)), row(j as isize));
            let pairs: Vec<_> = kernel.iter().enumerate().skip(1).map(pair).collect();
            widest(|| weighted(to, kernel[0], source.row(y), &pairs));
        }
    });
    out
}

/// Mean over (2·radius + 1)² pixels, edge pixels repeated.
fn box_mean(source: &Plane, radius: usize) -> Plane {
    let (width, height) = (source.width, source.height);
    let (share, reach) = (1.0 / (2 * radius + 1) as f64, radius as isize);
    let mut across = Plane::zeros(width, height);
    across.data.par_chunks_mut(width * BAND).zip(source.data.par_chunks(width * BAND)).for_each(|(to, from)| {
        for (to, from) in to.chunks_exact_mut(width).zip(from.chunks_exact(width)) {
            let at = |i: isize| f64::from(from[i.clamp(0, width as isize - 1) as usize]);
            let mut sum: f64 = (-reach..=reach).map(at).sum();
            for (x, value) in to.iter_mut().enumerate() {
                *value = (sum * share) as f32;
                sum += at(x as isize + reach + 1) - at(x as isize - reach);
            }
        }
    });
    let mut out = Plane::zeros(width, height);
    out.data.par_chunks_mut(width * BOX_BAND).enumerate().for_each(|(band, rows)| {
        let row = |i: isize| across.row(i.clamp(0, height as isize - 1) as usize);
        let top = (band * BOX_BAND) as isize;
        let mut sum = vec![0.0f64; width];
        for i in top - reach..=top + reach {
            for (s, v) in sum.iter_mut().zip(row(i)) {
                *s += f64::from(*v);
            }
        }
        for (y, to) in (top..).zip(rows.chunks_exact_mut(width)) {
            let (enters, leaves) = (row(y + reach + 1), row(y - reach));
            widest(|| {
                for (((value, s), plus), minus) in to.iter_mut().zip(&mut sum).zip(enters).zip(leaves) {
                    *value = (*s * share) as f32;
                    *s += f64::from(*plus) - f64::from(*minus);
                }
            });
        }
    });
    out
}

/// Local normalisation (I − μ)/√(σ² + floor²) clamped to ±4, with mean and variance under a Gaussian of `sigma` pixels.
///
/// Takes away light fall-off and skin tone and keeps relief and spots; `floor`, in units of `source`, keeps the noise
/// of flat areas small.
#[must_use]
pub fn normalised(source: &Plane, sigma: f32, floor: f32) -> Plane {
    let mean = gaussian(source, sigma);
    let mut out = source.clone();
    let mut variance = Plane::zeros(source.width, source.height);
    widest(|| {
        for ((value, square), mean) in out.data.iter_mut().zip(&mut variance.data).zip(&mean.data) {
            *value -= mean;
            *square = *value * *value;
        }
    });
    let variance = gaussian(&variance, sigma);
    widest(|| {
        for (value, variance) in out.data.iter_mut().zip(&variance.data) {
            *value = (*value / (variance.max(0.0) + floor * floor).sqrt()).clamp(-4.0, 4.0);
        }
    });
    out
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
