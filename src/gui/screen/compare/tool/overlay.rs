//! What a tool draws over a pane: points with their numbers, a measured line, a region. In frame coordinates.

use iced::mouse::Cursor;
use iced::widget::canvas::{self, Geometry, Path, Stroke, Text};
use iced::{Color, Element, Fill, Point, Rectangle, Renderer, Theme};

use crate::geom;
use crate::gui::theme;
use crate::gui::zoom::{Pane, Zoom};

/// The colour of marks: seen on skin of any tone, and on no skin itself.
const MARK: Color = Color::from_rgb(1.0, 0.86, 0.36);
const SHADE: Color = Color::from_rgba(0.0, 0.0, 0.0, 0.55);
/// Radius of a mark, and the gap in its middle that leaves the spot itself free, logical pixels.
const RADIUS: f32 = 9.0;
const GAP: f32 = 3.0;

/// The shapes of one pane.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Overlay {
    /// Numbered spots.
    pub points: Vec<geom::Point>,
    /// Corners of what alone counts.
    pub region: Vec<geom::Point>,
    /// Whether the points are the ends of a line.
    pub line: bool,
}

struct Drawn {
    overlay: Overlay,
    frame: geom::Size,
    zoom: Zoom,
}

impl Overlay {
    /// The layer over a pane that shows this part of a frame.
    pub fn view<'a, M: 'a>(self, frame: geom::Size, zoom: Zoom) -> Option<Element<'a, M>> {
        let is_empty = self.points.is_empty() && self.region.is_empty();
        let drawn = Drawn { overlay: self, frame, zoom };
        (!is_empty).then(|| canvas::Canvas::new(drawn).width(Fill).height(Fill).into())
    }
}

impl<M> canvas::Program<M> for Drawn {
    type State = ();

    fn draw(&self, (): &(), renderer: &Renderer, _: &Theme, bounds: Rectangle, _: Cursor) -> Vec<Geometry> {
        let mut layer = canvas::Frame::new(renderer, bounds.size());
        let pane = Pane { extent: (f64::from(bounds.width), f64::from(bounds.height)), frame: self.frame };
        let place = |p: &geom::Point| {
            let p = self.zoom.to_pane(pane, *p);
            Point::new(p.x as f32, p.y as f32)
        };
        let mut stroke = |path: &Path| {
            layer.stroke(path, Stroke::default().with_color(SHADE).with_width(4.0));
            layer.stroke(path, Stroke::default().with_color(MARK).with_width(1.8));
        };
        if let [first, others @ ..] = self.overlay.region.as_slice() {
            stroke(&Path::new(|path| {
                path.move_to(place(first));
                for p in others {
                    path.line_to(place(p));
                }
                path.close();
            }));
        }
        if let (true, [from, to]) = (self.overlay.line, self.overlay.points.as_slice()) {
            stroke(&Path::line(place(from), place(to)));
        }
        for point in &self.overlay.points {
            let at = place(point);
            stroke(&Path::circle(at, RADIUS));
            for (x, y) in [(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0)] {
                let reach = |r: f32| Point::new(at.x + x * r, at.y + y * r);
                stroke(&Path::line(reach(GAP), reach(RADIUS)));
            }
        }
        for (number, point) in self.overlay.points.iter().enumerate().filter(|_| !self.overlay.line) {
            let at = place(point);
            for (color, by) in [(SHADE, 1.0), (MARK, 0.0)] {
                layer.fill_text(Text {
                    content: (number + 1).to_string(),
                    position: Point::new(at.x + RADIUS + 4.0 + by, at.y - RADIUS - 8.0 + by),
                    color,
                    size: 14.0.into(),
                    font: theme::SEMIBOLD,
                    ..Text::default()
                });
            }
        }
        vec![layer.into_geometry()]
    }
}
