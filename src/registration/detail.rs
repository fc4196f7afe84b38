//! The last step at a higher resolution, where both pictures carry it.
//!
//! What a picture has beyond the working size is kept as bytes of luma with the mean and gain of local normalisation on
//! a coarse grid, a quarter of what the normalised plane takes; that one is there only while a pair is refined.

use crate::geom::{Matrix3, Size};
use crate::imaging::Picture;
use crate::model::Model;

use super::filter::{gaussian, gaussian_of};
use super::mask::{CELL, Mask};
use super::plane::{self, Luma, Plane, WORKING};
use super::refine;

/// Longest side of the picture that the last step works on, in pixels; decoding more is of no use to registration.
pub const DETAIL: u32 = 2048;
/// A picture that is not this many times as large as the working one shows hardly more.
const LEAST_GAIN: f64 = 1.5;
/// Working pixels along one pixel of the coarse grid: two halvings, smooth under the deviation of normalisation.
const COARSE: f64 = 4.0;
/// Most iterations: the start is right to a fraction of a pixel.
const ITERATIONS: usize = 6;

/// The luminance of a picture above the working size.
#[derive(Debug, Clone, PartialEq)]
pub struct Detail {
    width: usize,
    height: usize,
    /// Pixels ÷ working pixels.
    factor: f64,
    luma: Vec<u8>,
    /// Local mean of luma, one value for [`COARSE`] working pixels.
    mean: Plane,
    /// 1 ÷ local deviation, on the same grid.
    gain: Plane,
}

impl Detail {
    /// What `picture` has beyond `luma`, its working picture; none where that is next to nothing. `full` is the size of
    /// the upright original, `scale` working ÷ original pixels, `sigma` the deviation of local normalisation in working
    /// pixels and `floor` the deviation of luma that counts as noise.
    pub fn of(picture: &Picture, full: Size, luma: &Plane, scale: f64, sigma: f32, floor: f32) -> Option<Self> {
        if f64::from(picture.size().longest()) < LEAST_GAIN * f64::from(WORKING) {
            return None;
        }
        let own = plane::luma_within(picture, full, DETAIL, |v| v.round() as u8);
        Some(Self::new(own, scale, luma, sigma, floor))
    }

    fn new(own: Luma<u8>, scale: f64, luma: &Plane, sigma: f32, floor: f32) -> Self {
        let sigma = sigma / COARSE as f32;
        let mut squares = luma.clone();
        squares.data.iter_mut().for_each(|v| *v *= *v);
        let coarse = |values: &Plane| gaussian(&values.halved().halved(), sigma);
        let (mean, mut gain) = (coarse(luma), coarse(&squares));
        for (gain, mean) in gain.data.iter_mut().zip(&mean.data) {
            *gain = 1.0 / ((*gain - mean * mean).max(0.0) + floor * floor).sqrt();
        }
        Self { width: own.width, height: own.height, factor: own.scale / scale, luma: own.data, mean, gain }
    }

    /// Memory it takes.
    pub fn bytes(&self) -> usize {
        self.luma.len() + (self.mean.data.len() + self.gain.data.len()) * size_of::<f32>()
    }

    /// The locally normalised plane, blurred like the finest level of the pyramid.
    fn normalised(&self) -> Plane {
        let columns: Vec<(usize, f32)> = (0..self.width).map(|x| self.on_grid(x, self.mean.width)).collect();
        gaussian_of(self.width, self.height, 1.0, |y, values| {
            let (row, share) = self.on_grid(y, self.mean.height);
            let [mean, gain] = [&self.mean, &self.gain].map(|plane| between(plane, row, share));
            let luma = &self.luma[y * self.width..][..self.width];
            for ((value, luma), (column, share)) in values.iter_mut().zip(luma).zip(&columns) {
                let at = |line: &[f32]| line[*column] + share * (line[column + 1] - line[*column]);
                *value = ((f32::from(*luma) - at(&mean)) * at(&gain)).clamp(-4.0, 4.0);
            }
        })
    }

    /// The coarse pixel before the middle of pixel `i`, and the share that the next one has in it; a grid of `length`.
    fn on_grid(&self, i: usize, length: usize) -> (usize, f32) {
        let at = ((i as f64 + 0.5) / (self.factor * COARSE) - 0.5).clamp(0.0, length as f64 - 1.0);
        let before = (at as usize).min(length.saturating_sub(2));
        (before, (at - before as f64) as f32)
    }
}

/// What lies between row `row` of a plane and the next, with one more value at the end.
fn between(plane: &Plane, row: usize, share: f32) -> Vec<f32> {
    let (above, below) = (plane.row(row), plane.row((row + 1).min(plane.height - 1)));
    let mut line: Vec<f32> = above.iter().zip(below).map(|(a, b)| a + share * (b - a)).collect();
    line.extend(line.last().copied());
    line
}

/// `start` (moving → fixed, working pixels) refined on what both pictures have beyond the working size, by the pixels of
/// the fixed one that `counted` lets count; none where that is not possible.
#[must_use]
pub fn refine(moving: &Detail, fixed: &Detail, start: &Matrix3, model: Model, counted: &Mask) -> Option<Matrix3> {
    let (from, to) = (moving.factor, fixed.factor);
    let backward = start.rescaled((from, from), (to, to)).inverse()?;
    let (own, other) = (moving.normalised(), fixed.normalised());
    let on =
        refine::Level { moving: &own, fixed: &other, cell: CELL as f64 * to, most: ITERATIONS, counted, last: true };
    let refined = on.refined(&backward, model)?.inverse()?;
    Some(refined.rescaled((1.0 / from, 1.0 / from), (1.0 / to, 1.0 / to)))
}

#[cfg(test)]
mod tests {
    use super::super::filter::normalised;
    use super::*;
    use crate::geom::Point;

    /// Fine texture on tone that falls off, seen at `factor` pixels per working pixel through `view` (picture → skin).
    fn skin(width: usize, height: usize, factor: f64, view: &Matrix3) -> Plane {
        let mut plane = Plane::zeros(width, height);
        for (i, value) in plane.data.iter_mut().enumerate() {
            let pixel = Point::new((i % width) as f64 + 0.5, (i / width) as f64 + 0.5);
            let p = view.apply(Point::new(pixel.x / factor, pixel.y / factor));
            let fine = (p.x * 1.9 + (p.y * 0.31).sin()).sin() * (p.y * 2.1 + (p.x * 0.23).cos()).sin();
            let broad = (p.x / 9.0 + (p.y / 23.0).sin()).sin() + (p.y / 7.0 - (p.x / 31.0).cos()).sin();
            *value = (130.0 + 0.1 * p.x + 14.0 * broad + 6.0 * fine) as f32;
        }
        plane
    }

    fn detail(view: &Matrix3) -> Detail {
        let working = skin(240, 180, 1.0, view);
        let data = skin(480, 360, 2.0, view).data.iter().map(|v| v.round() as u8).collect();
        Detail::new(Luma { width: 480, height: 360, data, scale: 2.0 }, 1.0, &working, 12.0, 6.0)
    }

    /// The same by normalising every pixel with its own surroundings, as the working picture is.
    fn exact(view: &Matrix3) -> Plane {
        gaussian(&normalised(&skin(480, 360, 2.0, view), 24.0, 6.0), 1.0)
    }

    fn correlation(a: &Plane, b: &Plane) -> f64 {
        let product = |a: &Plane, b: &Plane| a.data.iter().zip(&b.data).map(|(a, b)| f64::from(a * b)).sum::<f64>();
        product(a, b) / (product(a, a) * product(b, b)).sqrt()
    }

    #[test]
    fn normalisation_from_a_coarse_grid_is_that_of_every_pixel_but_for_its_gain() {
        let detail = detail(&Matrix3::IDENTITY);
        // The working picture has less contrast in what is finer than its pixels, so that the gain is a little higher.
        let alike = correlation(&detail.normalised(), &exact(&Matrix3::IDENTITY));
        assert!(alike > 0.998, "{alike}");
        assert!(detail.bytes() < 480 * 360 * 2);
    }

    #[test]
    fn the_last_step_takes_away_most_of_what_was_left_and_as_much_as_on_every_pixel() {
        let truth = Matrix3::similarity(1.01, 0.02, 3.0, -2.0);
        let (moving, fixed) = (detail(&truth), detail(&Matrix3::IDENTITY));
        let start = Matrix3::translation(0.35, -0.3).after(&truth);
        let (size, all) = (Size::new(240, 180), Mask::new(240, 180, |_, _| true));
        let (own, other) = (exact(&truth), exact(&Matrix3::IDENTITY));
        let on = refine::Level {
            moving: &own,
            fixed: &other,
            cell: CELL as f64 * 2.0,
            most: ITERATIONS,
            counted: &all,
            last: true,
        };
        let backward = start.rescaled((2.0, 2.0), (2.0, 2.0)).inverse().expect("a similarity");
        for model in [Model::Similarity, Model::Affine, Model::Homography] {
            let error = |found: Matrix3| found.mean_corner_error(&truth, size);
            let found = error(refine(&moving, &fixed, &start, model, &all).expect("they overlap"));
            let every = on.refined(&backward, model).and_then(|m| m.inverse()).expect("they overlap");
            let every = error(every.rescaled((0.5, 0.5), (0.5, 0.5)));
            assert!(found < 0.2 * error(start) && found < 1.1 * every, "{model:?}: {found}, on every pixel {every}");
        }
    }

    #[test]
    fn only_what_counts_is_asked() {
        let truth = Matrix3::translation(0.5, 0.0);
        let (moving, fixed) = (detail(&truth), detail(&Matrix3::IDENTITY));
        let nothing = Mask::new(240, 180, |_, _| false);
        let found = refine(&moving, &fixed, &Matrix3::IDENTITY, Model::Similarity, &nothing).expect("a matrix");
        assert!(found.mean_corner_error(&Matrix3::IDENTITY, Size::new(240, 180)) < 1e-6);
    }
}
