//! Plane geometry shared by registration, comparison and the window.
//!
//! Pixel coordinates everywhere: x to the right, y down, the centre of the first pixel at (0.5, 0.5), so that scaling a
//! picture by `s` scales coordinates by `s` and nothing else.

use serde::{Deserialize, Serialize};

/// A point, in pixels of the picture it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Down.
    pub y: f64,
}

/// Width and height in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Size {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

/// An axis-parallel rectangle: left, top, width, height.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Rect {
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width, never negative.
    pub width: f64,
    /// Height, never negative.
    pub height: f64,
}

/// A plane transform in homogeneous coordinates, row-major; maps column vectors (x, y, 1).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Matrix3(pub [f64; 9]);

impl Point {
    /// A point from its coordinates.
    #[must_use]
    pub const fn new(x: f64, y: f64) -> Self {
        Self { x, y }
    }

    /// Whether neither coordinate is infinite or no number.
    #[must_use]
    pub fn is_finite(self) -> bool {
        self.x.is_finite() && self.y.is_finite()
    }

    /// Euclidean distance.
    #[must_use]
    pub fn distance(self, other: Self) -> f64 {
        (self.x - other.x).hypot(self.y - other.y)
    }
}

impl Size {
    /// A size from columns and rows.
    #[must_use]
    pub const fn new(width: u32, height: u32) -> Self {
        Self { width, height }
    }

    /// The longer side.
    #[must_use]
    pub fn longest(self) -> u32 {
        self.width.max(self.height)
    }

    /// Length of the diagonal in pixels.
    #[must_use]
    pub fn diagonal(self) -> f64 {
        f64::from(self.width).hypot(f64::from(self.height))
    }

    /// The size scaled so that the longer side is at most `longest`; never enlarged, never below one pixel.
    #[must_use]
    pub fn fit_within(self, longest: u32) -> Self {
        let own = self.longest();
        if own <= longest || own == 0 {
            return self;
        }
        let scale = f64::from(longest) / f64::from(own);
        let side = |v: u32| ((f64::from(v) * scale).round() as u32).max(1);
        Self::new(side(self.width), side(self.height))
    }

    /// The four corners, clockwise from the top left.
    #[must_use]
    pub fn corners(self) -> [Point; 4] {
        let (w, h) = (f64::from(self.width), f64::from(self.height));
        [Point::new(0.0, 0.0), Point::new(w, 0.0), Point::new(w, h), Point::new(0.0, h)]
    }

    /// Whether any of a polygon can lie in the picture, by what is around both.
    #[must_use]
    pub fn is_touched_by(self, corners: &[Point]) -> bool {
        let (width, height) = (f64::from(self.width), f64::from(self.height));
        let some = |inside: &dyn Fn(&Point) -> bool| corners.iter().any(inside);
        some(&|p| p.x > 0.0) && some(&|p| p.x < width) && some(&|p| p.y > 0.0) && some(&|p| p.y < height)
    }

    /// The whole picture as a rectangle.
    #[must_use]
    pub fn rect(self) -> Rect {
        Rect { x: 0.0, y: 0.0, width: f64::from(self.width), height: f64::from(self.height) }
    }
}

impl Rect {
    /// Right edge.
    #[must_use]
    pub fn right(self) -> f64 {
        self.x + self.width
    }

    /// Bottom edge.
    #[must_use]
    pub fn bottom(self) -> f64 {
        self.y + self.height
    }
}

impl Matrix3 {
    /// Leaves every point where it is.
    pub const IDENTITY: Self = Self([1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);

    /// Scaling about the origin.
    #[must_use]
    pub const fn scaling(sx: f64, sy: f64) -> Self {
        Self([sx, 0.0, 0.0, 0.0, sy, 0.0, 0.0, 0.0, 1.0])
    }

    /// A shift.
    #[must_use]
    pub const fn translation(x: f64, y: f64) -> Self {
        Self([1.0, 0.0, x, 0.0, 1.0, y, 0.0, 0.0, 1.0])
    }

    /// The similarity x' = s·R(θ)·x + t, θ in radians, clockwise on the screen because y points down.
    #[must_use]
    pub fn similarity(scale: f64, radians: f64, tx: f64, ty: f64) -> Self {
        let (sin, cos) = radians.sin_cos();
        Self([scale * cos, -scale * sin, tx, scale * sin, scale * cos, ty, 0.0, 0.0, 1.0])
    }

    /// The image of `p`. Points at infinity come back as not finite.
    #[must_use]
    pub fn apply(&self, p: Point) -> Point {
        let m = &self.0;
        let d = m[6] * p.x + m[7] * p.y + m[8];
        Point::new((m[0] * p.x + m[1] * p.y + m[2]) / d, (m[3] * p.x + m[4] * p.y + m[5]) / d)
    }

    /// `self` after `first`: applies `first`, then `self`.
    #[must_use]
    pub fn after(&self, first: &Self) -> Self {
        let mut out = [0.0; 9];
        for (i, value) in out.iter_mut().enumerate() {
            let (row, column) = (i / 3, i % 3);
            *value = (0..3).map(|k| self.0[row * 3 + k] * first.0[k * 3 + column]).sum();
        }
        Self(out)
    }

    /// The inverse, with its last element scaled to one where possible; `None` for a singular matrix.
    #[must_use]
    pub fn inverse(&self) -> Option<Self> {
        let m = &self.0;
        let minor = |a: usize, b: usize, c: usize, d: usize| m[a] * m[d] - m[b] * m[c];
        let adjugate = [
            minor(4, 5, 7, 8),
            -minor(1, 2, 7, 8),
            minor(1, 2, 4, 5),
            -minor(3, 5, 6, 8),
            minor(0, 2, 6, 8),
            -minor(0, 2, 3, 5),
            minor(3, 4, 6, 7),
            -minor(0, 1, 6, 7),
            minor(0, 1, 3, 4),
        ];
        let determinant = m[0] * adjugate[0] + m[1] * adjugate[3] + m[2] * adjugate[6];
        if !determinant.is_finite() || determinant.abs() < 1e-18 {
            return None;
        }
        let scale = if adjugate[8].abs() > 1e-15 { 1.0 / adjugate[8] } else { 1.0 / determinant };
        Some(Self(adjugate.map(|v| v * scale)))
    }

    /// Scale factor of a similarity: √|det| of the upper left 2×2 block.
    #[must_use]
    pub fn scale(&self) -> f64 {
        (self.0[0] * self.0[4] - self.0[1] * self.0[3]).abs().sqrt()
    }

    /// Rotation of a similarity in radians, clockwise on the screen.
    #[must_use]
    pub fn rotation(&self) -> f64 {
        (self.0[3] - self.0[1]).atan2(self.0[0] + self.0[4])
    }

    /// The same transform between pictures whose coordinates were scaled: the source by `source`, the target by `target`.
    ///
    /// A matrix found at working resolution becomes one for the originals with both factors original ÷ working.
    #[must_use]
    pub fn rescaled(&self, source: (f64, f64), target: (f64, f64)) -> Self {
        Self::scaling(target.0, target.1).after(self).after(&Self::scaling(1.0 / source.0, 1.0 / source.1))
    }

    /// Mean distance between where `self` and `other` put the four corners of a picture of `size`.
    #[must_use]
    pub fn mean_corner_error(&self, other: &Self, size: Size) -> f64 {
        size.corners().iter().map(|&c| self.apply(c).distance(other.apply(c))).sum::<f64>() / 4.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        // A transform followed by its inverse is the identity.
        #[test]
        fn inverse_undoes_a_similarity(s in 0.1f64..8.0, r in -3.0f64..3.0, tx in -9e3f64..9e3, ty in -9e3f64..9e3, x in 0f64..6e3, y in 0f64..6e3) {
            let m = Matrix3::similarity(s, r, tx, ty);
            let back = m.inverse().expect("a similarity is regular").after(&m).apply(Point::new(x, y));
            prop_assert!(back.distance(Point::new(x, y)) < 1e-6);
        }

        // Scale and rotation read from a similarity are those it was made with.
        #[test]
        fn scale_and_rotation_are_read_back(s in 0.1f64..8.0, r in -3.0f64..3.0) {
            let m = Matrix3::similarity(s, r, 5.0, -7.0);
            prop_assert!((m.scale() - s).abs() < 1e-9 && (m.rotation() - r).abs() < 1e-9);
        }
    }

    #[test]
    fn a_shrunk_picture_keeps_its_proportions() {
        assert_eq!(Size::new(6000, 4000).fit_within(1024), Size::new(1024, 683));
        assert_eq!(Size::new(300, 200).fit_within(1024), Size::new(300, 200));
        assert_eq!(Size::new(10_000, 1).fit_within(100), Size::new(100, 1));
    }
}
