//! The largest upright rectangle that two aligned pictures have in common.
//!
//! Both pictures are convex quadrilaterals in the frame, so their intersection is a convex polygon. For rows `top` and
//! `bottom` the rectangle's sides are where the chords at both rows begin and end; its width is concave in
//! (`top`, `bottom`), hence its area is quasi-concave and two nested ternary searches find the maximum. Of a given shape it
//! is a linear programme of three unknowns.

use crate::geom::{Matrix3, Point, Rect, Size};

/// Rounds of a ternary search: (2/3)^56 of a picture's height is far below a thousandth of a pixel.
const ROUNDS: u32 = 56;
/// Kept off every edge so that rounding never asks for a pixel that is not there.
const MARGIN: f64 = 1e-3;

/// Largest axis-parallel rectangle, in pixels of `before`, that lies in both pictures; `matrix` maps after → before pixels.
///
/// `None` when less than one pixel is common or the matrix is degenerate.
#[must_use]
pub fn common_crop(before: Size, after: Size, matrix: &Matrix3) -> Option<Rect> {
    common_crop_of(&[(before, Matrix3::IDENTITY), (after, *matrix)], None)
}

/// As [`common_crop`], with width ÷ height given.
#[must_use]
pub fn common_crop_with_aspect(before: Size, after: Size, matrix: &Matrix3, aspect: f64) -> Option<Rect> {
    common_crop_of(&[(before, Matrix3::IDENTITY), (after, *matrix)], Some(aspect))
}

/// The largest rectangle, in frame pixels, common to any number of pictures, each with its matrix picture → frame;
/// width ÷ height free or given.
#[must_use]
pub fn common_crop_of(pictures: &[(Size, Matrix3)], aspect: Option<f64>) -> Option<Rect> {
    let mut outlines = pictures.iter().map(|(size, matrix)| outline(*size, matrix));
    let mut common = outlines.next()??;
    for clip in outlines {
        common = intersection(common, &clip?)?;
    }
    let area = Polygon(common);
    let rect = match aspect {
        None => largest(&area),
        Some(aspect) if aspect.is_finite() && aspect > 0.0 => largest_with_aspect(&area, aspect),
        Some(_) => return None,
    };
    let inset = Rect {
        x: rect.x + MARGIN,
        y: rect.y + MARGIN,
        width: rect.width - 2.0 * MARGIN,
        height: rect.height - 2.0 * MARGIN,
    };
    (inset.width >= 1.0 && inset.height >= 1.0).then_some(inset)
}

/// Corners of a picture in the frame, with positive orientation; `None` when the matrix folds or loses it.
fn outline(size: Size, matrix: &Matrix3) -> Option<Vec<Point>> {
    // A corner behind the camera of a homography has a negative weight.
    let m = &matrix.0;
    let weights = size.corners().map(|c| m[6] * c.x + m[7] * c.y + m[8]);
    if !(weights.iter().all(|w| *w > 1e-9) || weights.iter().all(|w| *w < -1e-9)) {
        return None;
    }
    let mut corners = size.corners().map(|c| matrix.apply(c)).to_vec();
    let twice_area: f64 =
        (0..4).map(|i| corners[i].x * corners[(i + 1) % 4].y - corners[(i + 1) % 4].x * corners[i].y).sum();
    if !twice_area.is_finite() || twice_area.abs() < 1e-6 {
        return None;
    }
    if twice_area < 0.0 {
        corners.reverse();
    }
    Some(corners)
}

/// Sutherland–Hodgman clipping of one convex polygon by another.
fn intersection(mut subject: Vec<Point>, clip: &[Point]) -> Option<Vec<Point>> {
    for (i, &a) in clip.iter().enumerate() {
        let b = clip[(i + 1) % clip.len()];
        let side = |p: Point| (b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x);
        let mut kept = Vec::with_capacity(subject.len() + 1);
        for (j, &p) in subject.iter().enumerate() {
            let q = subject[(j + 1) % subject.len()];
            let (sp, sq) = (side(p), side(q));
            if sp >= 0.0 {
                kept.push(p);
            }
            if (sp > 0.0 && sq < 0.0) || (sp < 0.0 && sq > 0.0) {
                let t = sp / (sp - sq);
                kept.push(Point::new(p.x + t * (q.x - p.x), p.y + t * (q.y - p.y)));
            }
        }
        subject = kept;
    }
    (subject.len() >= 3).then_some(subject)
}

struct Polygon(Vec<Point>);

impl Polygon {
    fn rows(&self) -> (f64, f64) {
        self.0.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), p| (low.min(p.y), high.max(p.y)))
    }

    /// Where the horizontal line at `y` enters and leaves.
    fn chord(&self, y: f64) -> (f64, f64) {
        let mut chord = (f64::INFINITY, f64::NEG_INFINITY);
        for (i, &p) in self.0.iter().enumerate() {
            let q = self.0[(i + 1) % self.0.len()];
            if p.y.min(q.y) <= y && y <= p.y.max(q.y) {
                let flat = (q.y - p.y).abs() < 1e-12;
                let ends = if flat { [p.x, q.x] } else { [p.x + (y - p.y) / (q.y - p.y) * (q.x - p.x); 2] };
                for x in ends {
                    chord = (chord.0.min(x), chord.1.max(x));
                }
            }
        }
        chord
    }

    /// The widest rectangle between two rows; its width may be negative.
    fn between(&self, top: f64, bottom: f64) -> Rect {
        let (a, b) = (self.chord(top), self.chord(bottom));
        let left = a.0.max(b.0);
        Rect { x: left, y: top, width: a.1.min(b.1) - left, height: bottom - top }
    }
}

fn area(rect: Rect) -> f64 {
    // Where nothing fits, the lack of width leads the search back.
    if rect.width <= 0.0 { rect.width } else { rect.width * rect.height }
}

fn largest(polygon: &Polygon) -> Rect {
    let (low, high) = polygon.rows();
    let best_for = |top: f64| {
        let bottom = maximise(top, high, |bottom| area(polygon.between(top, bottom)));
        polygon.between(top, bottom)
    };
    best_for(maximise(low, high, |top| area(best_for(top))))
}

/// For a given shape the corner and the height of a rectangle inside a convex polygon are bound by one linear inequality for
/// each edge, so that the tallest one lies where three of them meet. Where several are as tall, the middle of them.
fn largest_with_aspect(polygon: &Polygon, aspect: f64) -> Rect {
    let corners = &polygon.0;
    let bound = |(i, p): (usize, &Point)| {
        let q = corners[(i + 1) % corners.len()];
        let length = p.distance(q);
        let (x, y) = ((p.y - q.y) / length, (q.x - p.x) / length);
        // Of the four corners the one that goes furthest across the edge.
        let height = (x * aspect).min(0.0) + y.min(0.0);
        (length > 1e-9).then_some(([x, y, height], -(x * p.x + y * p.y)))
    };
    let bounds: Vec<([f64; 3], f64)> = corners.iter().enumerate().filter_map(bound).collect();
    let left = |(factors, constant): &([f64; 3], f64), at: &[f64; 3]| {
        factors.iter().zip(at).map(|(factor, value)| factor * value).sum::<f64>() + constant
    };
    let mut tallest: Vec<[f64; 3]> = Vec::new();
    for (i, a) in bounds.iter().enumerate() {
        for (j, b) in bounds.iter().enumerate().skip(i + 1) {
            for c in &bounds[j + 1..] {
                let Some(at) = meeting([a, b, c]) else { continue };
                let best = tallest.first().map_or(0.0, |best| best[2]);
                if at[2] < best - SAME || !bounds.iter().all(|bound| left(bound, &at) >= -SAME) {
                    continue;
                }
                if at[2] > best + SAME {
                    tallest.clear();
                }
                tallest.push(at);
            }
        }
    }
    let mean = |k: usize| tallest.iter().map(|at| at[k]).sum::<f64>() / tallest.len().max(1) as f64;
    let height = mean(2);
    Rect { x: mean(0), y: mean(1), width: aspect * height, height }
}

/// Differences in pixels below which two rectangles are the same.
const SAME: f64 = 1e-7;

/// Where three planes meet, by Cramer's rule; none where two of them hardly differ in direction.
fn meeting([a, b, c]: [&([f64; 3], f64); 3]) -> Option<[f64; 3]> {
    let determinant = |m: [[f64; 3]; 3]| {
        m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
            + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
    };
    let all = determinant([a.0, b.0, c.0]);
    let with = |k: usize| {
        determinant([a, b, c].map(|(factors, constant)| {
            let mut row = *factors;
            row[k] = -constant;
            row
        }))
    };
    (all.abs() > 1e-9).then(|| [with(0) / all, with(1) / all, with(2) / all])
}

/// Argument of the maximum of a quasi-concave function.
fn maximise(mut low: f64, mut high: f64, value: impl Fn(f64) -> f64) -> f64 {
    for _ in 0..ROUNDS {
        let (a, b) = (low + (high - low) / 3.0, high - (high - low) / 3.0);
        if value(a) < value(b) { low = a } else { high = b }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BEFORE: Size = Size::new(600, 400);
    const AFTER: Size = Size::new(500, 450);

    fn inside(rect: Rect, size: Size, to_picture: &Matrix3) -> bool {
        let corners =
            [(rect.x, rect.y), (rect.right(), rect.y), (rect.right(), rect.bottom()), (rect.x, rect.bottom())];
        corners.iter().all(|&(x, y)| {
            let p = to_picture.apply(Point::new(x, y));
            (0.0..=f64::from(size.width)).contains(&p.x) && (0.0..=f64::from(size.height)).contains(&p.y)
        })
    }

    #[test]
    fn identical_pictures_are_kept_whole() {
        let crop = common_crop(BEFORE, BEFORE, &Matrix3::IDENTITY).expect("a crop");
        assert!((crop.width - 600.0).abs() < 0.01 && (crop.height - 400.0).abs() < 0.01, "{crop:?}");
    }

    #[test]
    fn a_shift_leaves_the_overlap() {
        let crop = common_crop(BEFORE, BEFORE, &Matrix3::translation(100.0, -50.0)).expect("a crop");
        let wanted = Rect { x: 100.0, y: 0.0, width: 500.0, height: 350.0 };
        assert!((crop.x - wanted.x).abs() < 0.01 && (crop.y - wanted.y).abs() < 0.01, "{crop:?}");
        assert!((crop.width - wanted.width).abs() < 0.01 && (crop.height - wanted.height).abs() < 0.01, "{crop:?}");
    }

    #[test]
    fn in_a_diamond_the_largest_rectangle_is_half_of_it() {
        // A square of side 200 standing on its corner has the area 40 000; the largest upright rectangle in it has 20 000.
        let turned = Matrix3::translation(300.0, 200.0)
            .after(&Matrix3::similarity(1.0, std::f64::consts::FRAC_PI_4, 0.0, 0.0))
            .after(&Matrix3::translation(-100.0, -100.0));
        let crop = common_crop(BEFORE, Size::new(200, 200), &turned).expect("a crop");
        assert!((crop.width * crop.height - 20_000.0).abs() < 2.0, "{crop:?}");
    }

    #[test]
    fn pictures_without_a_common_part_have_no_crop() {
        assert_eq!(common_crop(BEFORE, AFTER, &Matrix3::translation(700.0, 0.0)), None);
        assert_eq!(common_crop(BEFORE, AFTER, &Matrix3([0.0; 9])), None);
    }

    proptest! {
        // The common crop lies in both pictures, whatever the similarity, with a free and with a given aspect.
        #[test]
        fn the_crop_lies_in_both_pictures(s in 0.4f64..2.5, r in -3.2f64..3.2, x in -200f64..400.0, y in -200f64..300.0, aspect in 0.3f64..3.0) {
            let matrix = Matrix3::translation(x, y).after(&Matrix3::similarity(s, r, 0.0, 0.0));
            let back = matrix.inverse().expect("regular");
            if let Some(crop) = common_crop(BEFORE, AFTER, &matrix) {
                prop_assert!(inside(crop, BEFORE, &Matrix3::IDENTITY) && inside(crop, AFTER, &back), "{:?}", crop);
            }
            if let Some(crop) = common_crop_with_aspect(BEFORE, AFTER, &matrix, aspect) {
                prop_assert!(inside(crop, BEFORE, &Matrix3::IDENTITY) && inside(crop, AFTER, &back), "{:?}", crop);
                prop_assert!((crop.width / crop.height - aspect).abs() < 0.01 * aspect.max(1.0) + 0.02);
            }
        }

        // Nothing of the same shape and two percent larger fits anywhere.
        #[test]
        fn no_larger_crop_of_its_shape_fits(s in 0.7f64..1.4, r in -0.5f64..0.5, x in -60f64..60.0, y in -60f64..60.0, aspect in 0.5f64..2.0) {
            let matrix = Matrix3::translation(x, y).after(&Matrix3::similarity(s, r, 0.0, 0.0));
            let back = matrix.inverse().expect("regular");
            let crop = common_crop_with_aspect(BEFORE, AFTER, &matrix, aspect).expect("a crop");
            let (width, height) = (1.02 * crop.width, 1.02 * crop.height);
            for place in 0..60 * 60 {
                let (x, y) = (f64::from(place % 60) * 10.0, f64::from(place / 60) * 6.7);
                let rect = Rect { x, y, width, height };
                prop_assert!(!(inside(rect, BEFORE, &Matrix3::IDENTITY) && inside(rect, AFTER, &back)), "{:?} in {:?}", rect, crop);
            }
        }

        // No rectangle grown by two pixels on one side still fits: the crop touches what limits it.
        #[test]
        fn the_crop_cannot_be_grown(s in 0.7f64..1.4, r in -0.5f64..0.5, x in -60f64..60.0, y in -60f64..60.0) {
            let matrix = Matrix3::translation(x, y).after(&Matrix3::similarity(s, r, 0.0, 0.0));
            let back = matrix.inverse().expect("regular");
            let crop = common_crop(BEFORE, AFTER, &matrix).expect("a crop");
            let grown = [
                Rect { x: crop.x - 2.0, width: crop.width + 2.0, ..crop },
                Rect { width: crop.width + 2.0, ..crop },
                Rect { y: crop.y - 2.0, height: crop.height + 2.0, ..crop },
                Rect { height: crop.height + 2.0, ..crop },
            ];
            for rect in grown {
                prop_assert!(!(inside(rect, BEFORE, &Matrix3::IDENTITY) && inside(rect, AFTER, &back)));
            }
        }
    }
}
