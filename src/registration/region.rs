//! The part of the reference that alone counts, drawn by a person.

use crate::geom::{Point, Rect, Size};

use super::mask::{CELL, Mask};

/// A polygon in pixels of the upright reference.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    corners: Vec<Point>,
}

impl Region {
    /// Everything inside a rectangle; `None` when it is empty or not finite.
    #[must_use]
    pub fn rectangle(rect: &Rect) -> Option<Self> {
        let (left, top, right, bottom) = (rect.x, rect.y, rect.right(), rect.bottom());
        Self::lasso(vec![
            Point::new(left, top),
            Point::new(right, top),
            Point::new(right, bottom),
            Point::new(left, bottom),
        ])
    }

    /// Everything inside a line that is closed by its ends; `None` for fewer than three points, for points that are not
    /// finite, and for a line that encloses nothing.
    #[must_use]
    pub fn lasso(corners: Vec<Point>) -> Option<Self> {
        let finite = corners.iter().all(|p| p.x.is_finite() && p.y.is_finite());
        let region = Self { corners };
        (region.corners.len() >= 3 && finite && region.area() > 0.0).then_some(region)
    }

    /// Corners in order.
    #[must_use]
    pub fn corners(&self) -> &[Point] {
        &self.corners
    }

    /// Enclosed area in square pixels, by the shoelace formula.
    #[must_use]
    pub fn area(&self) -> f64 {
        0.5 * self.edges().map(|(p, q)| p.x * q.y - q.x * p.y).sum::<f64>().abs()
    }

    /// Whether a point lies inside, by the even-odd rule.
    #[must_use]
    pub fn contains(&self, p: Point) -> bool {
        let crossing =
            |(a, b): (Point, Point)| (a.y > p.y) != (b.y > p.y) && p.x < (b.x - a.x) * (p.y - a.y) / (b.y - a.y) + a.x;
        self.edges().filter(|edge| crossing(*edge)).count() % 2 == 1
    }

    /// Whether any of it can lie in a picture of this size, by what is around both.
    #[must_use]
    pub fn touches(&self, size: Size) -> bool {
        size.is_touched_by(&self.corners)
    }

    fn edges(&self) -> impl Iterator<Item = (Point, Point)> + '_ {
        let next = self.corners.iter().cycle().skip(1);
        self.corners.iter().zip(next).map(|(a, b)| (*a, *b))
    }

    /// Cells of a working picture of `width × height` pixels, `scale` working ÷ original, whose middle lies inside.
    #[must_use]
    pub(super) fn mask(&self, width: usize, height: usize, scale: f64) -> Mask {
        let middle = |cell: usize| (cell * CELL + CELL / 2) as f64 / scale;
        Mask::new(width, height, |x, y| self.contains(Point::new(middle(x), middle(y))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lasso_holds_what_it_encloses_and_not_its_dent() {
        let dented = [(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (50.0, 30.0), (0.0, 100.0)];
        let region = Region::lasso(dented.map(|(x, y)| Point::new(x, y)).to_vec()).expect("an area");
        assert!(region.contains(Point::new(50.0, 20.0)) && region.contains(Point::new(10.0, 80.0)));
        assert!(!region.contains(Point::new(50.0, 80.0)) && !region.contains(Point::new(120.0, 20.0)));
        assert!((region.area() - 6500.0).abs() < 1e-9);
    }

    #[test]
    fn a_rectangle_is_its_own_mask() {
        let rect = Rect { x: 400.0, y: 200.0, width: 800.0, height: 400.0 };
        let mask = Region::rectangle(&rect).expect("an area").mask(1000, 500, 0.5);
        assert!(
            mask.at(Point::new(300.0, 200.0))
                && !mask.at(Point::new(100.0, 200.0))
                && !mask.at(Point::new(300.0, 320.0))
        );
        assert!((mask.share() - 0.16).abs() < 0.02);
    }

    #[test]
    fn a_region_beside_the_picture_does_not_touch_it() {
        let at = |x, y| Region::rectangle(&Rect { x, y, width: 50.0, height: 50.0 }).expect("an area");
        let size = Size::new(100, 80);
        for (x, y) in [(-20.0, 10.0), (90.0, 70.0), (10.0, 10.0)] {
            assert!(at(x, y).touches(size), "{x},{y}");
        }
        for (x, y) in [(-60.0, 10.0), (100.0, 10.0), (10.0, 80.0), (10.0, -50.0)] {
            assert!(!at(x, y).touches(size), "{x},{y}");
        }
    }

    #[test]
    fn lines_that_enclose_nothing_are_no_region() {
        assert!(Region::lasso(vec![Point::new(1.0, 1.0); 5]).is_none());
        assert!(Region::lasso(vec![Point::new(1.0, 1.0), Point::new(5.0, 5.0)]).is_none());
        assert!(Region::rectangle(&Rect { width: 10.0, height: f64::NAN, ..Rect::default() }).is_none());
    }
}
