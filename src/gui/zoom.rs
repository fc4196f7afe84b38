//! The part of a frame that a pane shows. Two panes that share one [`Zoom`] show the same skin by construction.

use crate::geom::{Point, Rect, Size};

/// Closest view: one frame pixel as this many screen pixels.
const CLOSEST: f64 = 8.0;

/// What is shown: how much closer than "the whole frame fits", and which frame point lies in the middle of the pane.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Zoom {
    /// 1 shows the whole frame.
    pub factor: f64,
    /// Frame coordinates of the pane's centre.
    pub centre: Point,
}

/// The rectangle a pane takes on the screen and the size of the frame it shows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pane {
    /// Width and height in logical screen pixels.
    pub extent: (f64, f64),
    /// Size of the frame.
    pub frame: Size,
}

impl Zoom {
    /// The whole frame.
    #[must_use]
    pub fn fit(frame: Size) -> Self {
        Self { factor: 1.0, centre: Point::new(f64::from(frame.width) / 2.0, f64::from(frame.height) / 2.0) }
    }

    /// Screen pixels for one frame pixel.
    #[must_use]
    pub fn scale(&self, pane: Pane) -> f64 {
        pane.fit_scale() * self.factor
    }

    /// Where a frame point lies in the pane.
    #[must_use]
    pub fn to_pane(&self, pane: Pane, p: Point) -> Point {
        let s = self.scale(pane);
        Point::new((p.x - self.centre.x) * s + pane.extent.0 / 2.0, (p.y - self.centre.y) * s + pane.extent.1 / 2.0)
    }

    /// Which frame point a point of the pane shows.
    #[must_use]
    pub fn to_frame(&self, pane: Pane, p: Point) -> Point {
        let s = self.scale(pane);
        Point::new((p.x - pane.extent.0 / 2.0) / s + self.centre.x, (p.y - pane.extent.1 / 2.0) / s + self.centre.y)
    }

    /// Where a rectangle of the frame lies in the pane.
    #[must_use]
    pub fn rect_to_pane(&self, pane: Pane, rect: Rect) -> Rect {
        let (corner, s) = (self.to_pane(pane, Point::new(rect.x, rect.y)), self.scale(pane));
        Rect { x: corner.x, y: corner.y, width: rect.width * s, height: rect.height * s }
    }

    /// `by` times closer, the skin under `cursor` staying where it is.
    #[must_use]
    pub fn about(&self, pane: Pane, cursor: Point, by: f64) -> Self {
        let held = self.to_frame(pane, cursor);
        let closest = (CLOSEST / pane.fit_scale()).max(1.0);
        let factor = (self.factor * by).clamp(1.0, closest);
        let scale = pane.fit_scale() * factor;
        let centre = Point::new(
            held.x - (cursor.x - pane.extent.0 / 2.0) / scale,
            held.y - (cursor.y - pane.extent.1 / 2.0) / scale,
        );
        Self { factor, centre }.kept_inside(pane)
    }

    /// From anything else to the whole frame; from the whole frame to the least zoom that fills the pane.
    #[must_use]
    pub fn toggled(&self, pane: Pane) -> Self {
        let whole = Self::fit(pane.frame);
        if self.factor > 1.001 {
            whole
        } else {
            whole.about(pane, Point::new(pane.extent.0 / 2.0, pane.extent.1 / 2.0), pane.fill())
        }
    }

    /// Moved with the hand by a screen distance.
    #[must_use]
    pub fn dragged(&self, pane: Pane, dx: f64, dy: f64) -> Self {
        let s = self.scale(pane);
        let centre = Point::new(self.centre.x - dx / s, self.centre.y - dy / s);
        Self { factor: self.factor, centre }.kept_inside(pane)
    }

    /// The same skin and the same closeness in another frame of the view, as far as it has one.
    #[must_use]
    pub fn carried(&self, from: Size, to: Size) -> Self {
        let ratio = |of: u32, by: u32| f64::from(of) / f64::from(by.max(1));
        let centre =
            Point::new(self.centre.x * ratio(to.width, from.width), self.centre.y * ratio(to.height, from.height));
        Self { factor: self.factor, centre }
    }

    /// The frame never leaves the pane: where it is larger it covers it, where it is smaller it is centred.
    fn kept_inside(self, pane: Pane) -> Self {
        let scale = self.scale(pane);
        let keep = |centre: f64, extent: f64, side: u32| {
            let (side, half) = (f64::from(side), extent / scale / 2.0);
            if side <= 2.0 * half { side / 2.0 } else { centre.clamp(half, side - half) }
        };
        let centre = Point::new(
            keep(self.centre.x, pane.extent.0, pane.frame.width),
            keep(self.centre.y, pane.extent.1, pane.frame.height),
        );
        Self { centre, ..self }
    }
}

impl Pane {
    /// Screen pixels for one frame pixel when the whole frame fits.
    #[must_use]
    pub fn fit_scale(&self) -> f64 {
        let scale = |extent: f64, side: u32| extent / f64::from(side.max(1));
        scale(self.extent.0, self.frame.width).min(scale(self.extent.1, self.frame.height)).max(1e-6)
    }

    /// How much closer than the whole frame the pane is filled to its last corner.
    #[must_use]
    pub fn fill(&self) -> f64 {
        let scale = |extent: f64, side: u32| extent / f64::from(side.max(1));
        scale(self.extent.0, self.frame.width).max(scale(self.extent.1, self.frame.height)) / self.fit_scale()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PANE: Pane = Pane { extent: (560.0, 760.0), frame: Size::new(6000, 4000) };

    proptest! {
        // Zooming keeps the skin under the cursor where it is, as long as the frame still covers the pane there.
        #[test]
        fn the_skin_under_the_cursor_stays(x in 0.0f64..560.0, y in 200.0f64..560.0, first in 6.0f64..12.0, by in 1.0f64..3.0) {
            let start = Zoom::fit(PANE.frame).about(PANE, Point::new(280.0, 380.0), first);
            let cursor = Point::new(x, y);
            let held = start.to_frame(PANE, cursor);
            let closer = start.about(PANE, cursor, by);
            prop_assert!(closer.to_pane(PANE, held).distance(cursor) < 1e-6);
        }

        // Pane coordinates and frame coordinates are inverse to each other.
        #[test]
        fn to_pane_undoes_to_frame(x in 0.0f64..560.0, y in 0.0f64..760.0, by in 1.0f64..40.0) {
            let zoom = Zoom::fit(PANE.frame).about(PANE, Point::new(100.0, 300.0), by);
            let p = Point::new(x, y);
            prop_assert!(zoom.to_pane(PANE, zoom.to_frame(PANE, p)).distance(p) < 1e-6);
        }

        // However it is dragged, no empty margin opens beside a frame that is larger than the pane.
        #[test]
        fn a_close_picture_always_covers_the_pane(dx in -9e3f64..9e3, dy in -9e3f64..9e3, by in 3.0f64..40.0) {
            let zoom = Zoom::fit(PANE.frame).about(PANE, Point::new(280.0, 380.0), by).dragged(PANE, dx, dy);
            let shown = zoom.rect_to_pane(PANE, PANE.frame.rect());
            prop_assert!(shown.x <= 1e-6 && shown.right() >= PANE.extent.0 - 1e-6);
            prop_assert!(shown.y <= 1e-6 && shown.bottom() >= PANE.extent.1 - 1e-6);
        }
    }

    #[test]
    fn dragging_moves_the_skin_with_the_hand() {
        let zoom = Zoom::fit(PANE.frame).about(PANE, Point::new(280.0, 380.0), 10.0);
        let skin = Point::new(3000.0, 2000.0);
        let before = zoom.to_pane(PANE, skin);
        let after = zoom.dragged(PANE, 30.0, -20.0).to_pane(PANE, skin);
        assert!((after.x - before.x - 30.0).abs() < 1e-9 && (after.y - before.y + 20.0).abs() < 1e-9);
    }

    #[test]
    fn a_double_click_fills_the_pane_and_another_one_shows_all() {
        let filled = Zoom::fit(PANE.frame).toggled(PANE);
        let shown = filled.rect_to_pane(PANE, PANE.frame.rect());
        assert!((shown.height - PANE.extent.1).abs() < 1e-6 && shown.width > PANE.extent.0);
        assert_eq!(filled.toggled(PANE), Zoom::fit(PANE.frame));
    }

    #[test]
    fn it_never_goes_farther_than_the_whole_frame() {
        let zoom = Zoom::fit(PANE.frame).about(PANE, Point::new(10.0, 10.0), 0.1);
        assert_eq!(zoom, Zoom::fit(PANE.frame));
    }
}
