//! One picture as it lies in the frame: rotated, scaled, shifted, cropped; nothing else.
//!
//! When the output is coarser than the source, the needed part of the source is first shrunk with Lanczos3 to the output's
//! density, then sampled with Catmull–Rom (Keys 1981, a = −½), which reproduces the pixels exactly where the grids agree.
//! Values are sRGB as stored. Rows are independent, so any number of threads gives the same bytes.

use rayon::prelude::*;

use crate::geom::{Matrix3, Point, Rect, Size};
use crate::imaging::{Picture, resize_region};

/// What is drawn where the source has no pixels, and behind pictures.
pub const OUTSIDE: [u8; 3] = [0x1c, 0x1c, 0x1d];

/// Source pixels per output pixel above which the source is shrunk first.
const SHRINK_FROM: f64 = 1.05;
/// Source pixels around the needed part, so that filters at its rim have something to look at.
const RIM: f64 = 8.0;
/// How far outside the picture a sample may lie before it counts as outside, in source pixels.
const TOLERANCE: f64 = 0.01;

/// Renders the part `crop` (frame pixels) of `source` at `out` pixels; `matrix` maps source → frame pixels.
#[must_use]
pub fn render(source: &Picture, matrix: &Matrix3, crop: Rect, out: Size) -> Picture {
    let mut target = Picture::filled(out, OUTSIDE);
    let out = target.size();
    let Some(to_source) = matrix.inverse() else { return target };
    // Output pixels to source pixels.
    let step = (crop.width / f64::from(out.width), crop.height / f64::from(out.height));
    let to_source = to_source.after(&Matrix3::translation(crop.x, crop.y)).after(&Matrix3::scaling(step.0, step.1));
    match shrunk(source, &to_source, out) {
        Some((small, to_small)) => sample(&small, &to_small, &mut target),
        None => sample(source, &to_source, &mut target),
    }
    target
}

/// The needed part of the source at the output's density and the matrix that leads there; `None` when no shrinking helps.
fn shrunk(source: &Picture, to_source: &Matrix3, out: Size) -> Option<(Picture, Matrix3)> {
    let corners = out.corners().map(|c| to_source.apply(c));
    if !corners.iter().all(|c| c.x.is_finite() && c.y.is_finite()) {
        return None;
    }
    let density = corners[0].distance(corners[2]) / out.diagonal();
    if density < SHRINK_FROM {
        return None;
    }
    let size = source.size();
    let rim = RIM * density;
    let bound = |values: [f64; 4], limit: u32| {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min) - rim;
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max) + rim;
        (low.floor().clamp(0.0, f64::from(limit)), high.ceil().clamp(0.0, f64::from(limit)))
    };
    let (left, right) = bound(corners.map(|c| c.x), size.width);
    let (top, bottom) = bound(corners.map(|c| c.y), size.height);
    let part = Rect { x: left, y: top, width: right - left, height: bottom - top };
    if part.width < 1.0 || part.height < 1.0 {
        return None;
    }
    let small =
        Size::new((part.width / density).round().max(1.0) as u32, (part.height / density).round().max(1.0) as u32);
    let factor = (f64::from(small.width) / part.width, f64::from(small.height) / part.height);
    let to_small = Matrix3::scaling(factor.0, factor.1).after(&Matrix3::translation(-part.x, -part.y)).after(to_source);
    Some((resize_region(source, part, small), to_small))
}

fn sample(source: &Picture, to_source: &Matrix3, target: &mut Picture) {
    let width = target.size().width as usize;
    target.pixels_mut().par_chunks_exact_mut(width).enumerate().for_each(|(y, row)| {
        for (x, pixel) in row.iter_mut().enumerate() {
            let p = to_source.apply(Point::new(x as f64 + 0.5, y as f64 + 0.5));
            if let Some(value) = catmull_rom(source, p) {
                *pixel = value;
            }
        }
    });
}

/// The interpolated pixel at `p`; `None` outside the picture. Beyond the outermost centres the edge pixels repeat.
fn catmull_rom(source: &Picture, p: Point) -> Option<[u8; 4]> {
    let size = source.size();
    let (w, h) = (size.width as i64, size.height as i64);
    let inside = |v: f64, limit: i64| v >= -TOLERANCE && v <= limit as f64 + TOLERANCE;
    if !inside(p.x, w) || !inside(p.y, h) {
        return None;
    }
    let (x, y) = (p.x - 0.5, p.y - 0.5);
    let (left, top) = (x.floor(), y.floor());
    let (weights_x, weights_y) = (weights((x - left) as f32), weights((y - top) as f32));
    let column = |i: usize| (left as i64 + i as i64 - 1).clamp(0, w - 1) as usize;
    let columns = [column(0), column(1), column(2), column(3)];
    let pixels = source.pixels();
    let mut sum = [0.0_f32; 3];
    for (j, weight_y) in weights_y.into_iter().enumerate() {
        let row = (top as i64 + j as i64 - 1).clamp(0, h - 1) as usize * w as usize;
        let mut line = [0.0_f32; 3];
        for (column, weight_x) in columns.into_iter().zip(weights_x) {
            let pixel = pixels[row + column];
            for (total, value) in line.iter_mut().zip(pixel) {
                *total += weight_x * f32::from(value);
            }
        }
        for (total, value) in sum.iter_mut().zip(line) {
            *total += weight_y * value;
        }
    }
    let byte = |v: f32| v.round().clamp(0.0, 255.0) as u8;
    Some([byte(sum[0]), byte(sum[1]), byte(sum[2]), 255])
}

/// Weights of the four neighbours at −1, 0, 1, 2 for a fraction `t` between 0 and 1.
fn weights(t: f32) -> [f32; 4] {
    let (t2, t3) = (t * t, t * t * t);
    [-0.5 * t3 + t2 - 0.5 * t, 1.5 * t3 - 2.5 * t2 + 1.0, -1.5 * t3 + 2.0 * t2 + 0.5 * t, 0.5 * t3 - 0.5 * t2]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A smooth pattern defined at every real coordinate.
    fn pattern(p: Point) -> [u8; 4] {
        let wave = |v: f64| (127.0 + 90.0 * v.sin()) as u8;
        [wave(p.x * 0.11), wave(p.y * 0.13), wave((p.x + p.y) * 0.07), 255]
    }

    fn picture(size: Size, place: impl Fn(Point) -> Point) -> Picture {
        let mut picture = Picture::filled(size, [0; 3]);
        let width = size.width as usize;
        for (i, pixel) in picture.pixels_mut().iter_mut().enumerate() {
            *pixel = pattern(place(Point::new((i % width) as f64 + 0.5, (i / width) as f64 + 0.5)));
        }
        picture
    }

    fn mean_difference(a: &Picture, b: &Picture) -> f64 {
        let sum: u64 = a.rgba().iter().zip(b.rgba()).map(|(x, y)| u64::from(x.abs_diff(*y))).sum();
        sum as f64 / a.rgba().len() as f64
    }

    #[test]
    fn the_identity_changes_no_pixel() {
        let source = picture(Size::new(90, 60), |p| p);
        assert_eq!(render(&source, &Matrix3::IDENTITY, source.size().rect(), source.size()), source);
    }

    #[test]
    fn a_rotated_and_scaled_source_lands_in_its_place() {
        let matrix = Matrix3::similarity(0.8, 0.3, 20.0, -15.0);
        let source = picture(Size::new(200, 180), |p| matrix.apply(p));
        let crop = Rect { x: 40.0, y: 50.0, width: 60.0, height: 50.0 };
        let wanted = picture(Size::new(60, 50), |p| Point::new(p.x + 40.0, p.y + 50.0));
        let got = render(&source, &matrix, crop, Size::new(60, 50));
        assert!(mean_difference(&got, &wanted) < 1.0, "{}", mean_difference(&got, &wanted));
    }

    #[test]
    fn a_shrunk_rendering_keeps_its_place() {
        let source = picture(Size::new(400, 320), |p| p);
        let crop = Rect { x: 33.0, y: 21.0, width: 300.0, height: 240.0 };
        let wanted = picture(Size::new(100, 80), |p| Point::new(33.0 + 3.0 * p.x, 21.0 + 3.0 * p.y));
        let got = render(&source, &Matrix3::IDENTITY, crop, Size::new(100, 80));
        assert!(mean_difference(&got, &wanted) < 1.2, "{}", mean_difference(&got, &wanted));
    }

    #[test]
    fn a_fine_checkerboard_shrinks_to_grey_instead_of_moire() {
        let mut source = Picture::filled(Size::new(256, 256), [0; 3]);
        for (i, pixel) in source.pixels_mut().iter_mut().enumerate() {
            let on = (i % 256 + i / 256).is_multiple_of(2);
            *pixel = if on { [255, 255, 255, 255] } else { [0, 0, 0, 255] };
        }
        let small = render(&source, &Matrix3::IDENTITY, source.size().rect(), Size::new(60, 60));
        assert!(small.pixels().iter().all(|p| p[0].abs_diff(127) < 12));
    }

    #[test]
    fn outside_the_source_is_the_neutral_ground() {
        let source = Picture::filled(Size::new(10, 10), [250; 3]);
        let got = render(&source, &Matrix3::translation(100.0, 0.0), source.size().rect(), Size::new(10, 10));
        assert_eq!(got, Picture::filled(Size::new(10, 10), OUTSIDE));
    }
}
