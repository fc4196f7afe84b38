//! A pane that shows the part of a frame given by a [`Zoom`], from one picture or from two with a divider between them.
//!
//! Drawn as scaled images inside clipped layers: the software renderer of iced 0.14 clips images only by layers and draws
//! nothing for shaders.

use std::cell::RefCell;

use iced::advanced::image::{FilterMethod, Handle, Id, Image};
use iced::advanced::layout::{self, Layout};
use iced::advanced::mouse::{self, Cursor};
use iced::advanced::renderer::{self, Quad};
use iced::advanced::widget::{Tree, Widget, tree};
use iced::advanced::{Clipboard, Shell, image::Renderer as _, renderer::Renderer as _};
use iced::{Border, Color, Element, Event, Length, Point, Rectangle, Renderer, Size, Theme};

use crate::geom;
use crate::gui::picture::{self, Shown};
use crate::gui::theme::tokens;
use crate::gui::zoom::{Pane, Zoom};

/// How near the pointer must come to take the divider, logical pixels.
const GRAB: f32 = 14.0;
/// A pointer that moves less than this between down and up has clicked, logical pixels.
const STILL: f32 = 4.0;
/// One notch of the wheel.
const NOTCH: f64 = 1.2;

/// What the hand did over a pane.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Gesture {
    /// The wheel turned: `by` times closer about a point of the pane.
    Zoomed {
        /// The pane it happened in.
        pane: Pane,
        /// Point of the pane under the pointer.
        cursor: geom::Point,
        /// Factor.
        by: f64,
    },
    /// Dragged by a screen distance.
    Dragged {
        /// The pane it happened in.
        pane: Pane,
        /// To the right.
        dx: f64,
        /// Down.
        dy: f64,
    },
    /// Double click.
    Fit {
        /// The pane it happened in.
        pane: Pane,
    },
    /// The divider was moved to this part of the width.
    Divided(f32),
    /// Pressed and let go at one place, where the pane is there for pointing.
    Clicked {
        /// The pane it happened in.
        pane: Pane,
        /// Point of the pane.
        at: geom::Point,
    },
    /// The pointer went over a pane that is there for pointing or drawing; none when it left.
    Hovered {
        /// The pane it happened in.
        pane: Pane,
        /// Point of the pane.
        at: Option<geom::Point>,
    },
    /// A line is drawn, where the pane is there for drawing.
    Drawn {
        /// The pane it happens in.
        pane: Pane,
        /// Point of the pane.
        at: geom::Point,
        /// Whether this is its first point.
        first: bool,
    },
    /// No hand: the pane is drawn by a GPU, which needs large pictures before it can draw them. Said once.
    OnGpu,
}

/// What the hand does over a pane, beside the wheel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Purpose {
    /// Drags the picture about.
    #[default]
    Look,
    /// Drags the picture about, and clicks on places.
    Point,
    /// Draws a line.
    Draw,
}

/// The widget.
pub struct Photo<'a, M> {
    before: Option<&'a Shown>,
    after: Option<&'a Shown>,
    divider: Option<f32>,
    frame: geom::Size,
    zoom: Zoom,
    density: f32,
    purpose: Purpose,
    on_gesture: Box<dyn Fn(Gesture) -> M + 'a>,
}

impl<'a, M> Photo<'a, M> {
    /// One picture; none leaves the pane empty until it arrives.
    pub fn single(
        shown: Option<&'a Shown>,
        frame: geom::Size,
        zoom: Zoom,
        on_gesture: impl Fn(Gesture) -> M + 'a,
    ) -> Self {
        let on_gesture = Box::new(on_gesture);
        let purpose = Purpose::Look;
        Self { before: shown, after: None, divider: None, frame, zoom, density: 1.0, purpose, on_gesture }
    }

    /// `before` left of the divider, `after` right of it; `divider` is a part of the width.
    pub fn wipe(
        (before, after): (Option<&'a Shown>, Option<&'a Shown>),
        divider: f32,
        frame: geom::Size,
        zoom: Zoom,
        on_gesture: impl Fn(Gesture) -> M + 'a,
    ) -> Self {
        Self { after, divider: Some(divider), ..Self::single(before, frame, zoom, on_gesture) }
    }

    /// Physical pixels for one logical pixel.
    #[must_use]
    pub fn density(mut self, density: f32) -> Self {
        self.density = density;
        self
    }

    /// What the hand is there for.
    #[must_use]
    pub fn purpose(mut self, purpose: Purpose) -> Self {
        self.purpose = purpose;
        self
    }

    fn pane(&self, bounds: Rectangle) -> Pane {
        Pane { extent: (f64::from(bounds.width), f64::from(bounds.height)), frame: self.frame }
    }

    fn draw_picture(
        &self,
        renderer: &mut Renderer,
        (shown, kept): (&Shown, &mut Option<Kept>),
        bounds: Rectangle,
        clip: Rectangle,
    ) {
        let place = self.zoom.rect_to_pane(self.pane(bounds), shown.place);
        let target = Rectangle {
            x: bounds.x + place.x as f32,
            y: bounds.y + place.y as f32,
            width: place.width as f32,
            height: place.height as f32,
        };
        let width = target.width * self.density;
        if matches!(renderer, Renderer::Primary(_)) {
            *kept = None;
            if let Some(handle) = shown.ready_at_width(width) {
                renderer.with_layer(clip, |renderer| renderer.draw_image(smooth(handle.clone()), target, clip));
            }
            return;
        }
        let Some(handle) = shown.at_width(width) else { return };
        // The software renderer scales slowly and puts enlarged pictures on whole source pixels only; see `picture::cut`.
        let physical = |r: Rectangle| r * self.density;
        let (whole, part) = (physical(target), snapped(physical(clip)));
        if kept.as_ref().is_none_or(|k| !k.fits(handle, whole, part)) {
            let made = picture::cut(handle, rect(whole), rect(part));
            *kept = made.map(|made| Kept { of: handle.id(), whole, part, made });
        }
        if let Some(kept) = kept {
            let place = part * (1.0 / self.density);
            renderer.with_layer(place, |renderer| renderer.draw_image(smooth(kept.made.clone()), place, place));
        }
    }
}

/// What was resampled last, until something moves.
struct Kept {
    of: Id,
    whole: Rectangle,
    part: Rectangle,
    made: Handle,
}

impl Kept {
    fn fits(&self, handle: &Handle, whole: Rectangle, part: Rectangle) -> bool {
        self.of == handle.id() && self.whole == whole && self.part == part
    }
}

fn smooth(handle: Handle) -> Image {
    let mut image = Image::new(handle);
    image.filter_method = FilterMethod::Linear;
    image
}

fn rect(r: Rectangle) -> geom::Rect {
    geom::Rect { x: r.x.into(), y: r.y.into(), width: r.width.into(), height: r.height.into() }
}

/// The whole pixels inside a rectangle.
fn snapped(r: Rectangle) -> Rectangle {
    let (x, y) = (r.x.round(), r.y.round());
    Rectangle { x, y, width: (r.x + r.width).round() - x, height: (r.y + r.height).round() - y }
}

#[derive(Default)]
struct Hand {
    grip: Option<Grip>,
    last: Point,
    /// Where the button went down, and whether the pointer has moved since.
    down: Option<Point>,
    hovers: bool,
    click: Option<mouse::Click>,
    kept: RefCell<[Option<Kept>; 2]>,
    said_on_gpu: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Grip {
    Picture,
    Divider,
    Line,
}

impl<M> Widget<M, Theme, Renderer> for Photo<'_, M> {
    fn size(&self) -> Size<Length> {
        Size::new(Length::Fill, Length::Fill)
    }

    fn layout(&mut self, _: &mut Tree, _: &Renderer, limits: &layout::Limits) -> layout::Node {
        layout::atomic(limits, Length::Fill, Length::Fill)
    }

    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<Hand>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(Hand::default())
    }

    fn draw(
        &self,
        tree: &Tree,
        renderer: &mut Renderer,
        theme: &Theme,
        _: &renderer::Style,
        layout: Layout<'_>,
        _: Cursor,
        viewport: &Rectangle,
    ) {
        let bounds = layout.bounds();
        let Some(clip) = bounds.intersection(viewport) else { return };
        let ground = tokens(theme).letterbox;
        renderer.fill_quad(Quad { bounds, ..Quad::default() }, ground);
        let cut = self.divider.map_or(bounds.width, |part| (bounds.width * part).round());
        let left = Rectangle { width: cut, ..bounds };
        let right = Rectangle { x: bounds.x + cut, width: bounds.width - cut, ..bounds };
        let mut kept = tree.state.downcast_ref::<Hand>().kept.borrow_mut();
        for ((shown, part), kept) in [(self.before, left), (self.after, right)].into_iter().zip(kept.iter_mut()) {
            match (shown, clip.intersection(&part)) {
                (Some(shown), Some(clip)) => self.draw_picture(renderer, (shown, kept), bounds, clip),
                _ => *kept = None,
            }
        }
        if self.divider.is_some() {
            renderer.with_layer(clip, |renderer| draw_divider(renderer, bounds, cut));
        }
    }

    fn update(
        &mut self,
        tree: &mut Tree,
        event: &Event,
        layout: Layout<'_>,
        cursor: Cursor,
        renderer: &Renderer,
        _: &mut dyn Clipboard,
        shell: &mut Shell<'_, M>,
        _: &Rectangle,
    ) {
        let hand = tree.state.downcast_mut::<Hand>();
        let bounds = layout.bounds();
        if !hand.said_on_gpu && matches!(renderer, Renderer::Primary(_)) {
            hand.said_on_gpu = true;
            shell.publish((self.on_gesture)(Gesture::OnGpu));
        }
        let Event::Mouse(event) = event else { return };
        match event {
            mouse::Event::WheelScrolled { delta } => {
                let Some(at) = cursor.position_in(bounds) else { return };
                let notches = match *delta {
                    mouse::ScrollDelta::Lines { y, .. } => f64::from(y),
                    mouse::ScrollDelta::Pixels { y, .. } => f64::from(y) / 50.0,
                };
                let cursor = geom::Point::new(f64::from(at.x), f64::from(at.y));
                let by = NOTCH.powf(notches.clamp(-4.0, 4.0));
                shell.publish((self.on_gesture)(Gesture::Zoomed { pane: self.pane(bounds), cursor, by }));
                shell.capture_event();
            }
            mouse::Event::ButtonPressed(mouse::Button::Left) => {
                let Some(at) = cursor.position_over(bounds) else { return };
                let click = mouse::Click::new(at, mouse::Button::Left, hand.click);
                hand.click = Some(click);
                hand.last = at;
                hand.down = Some(at);
                hand.grip = Some(match self.purpose {
                    Purpose::Draw => Grip::Line,
                    _ if self.near_divider(bounds, at) => Grip::Divider,
                    _ => Grip::Picture,
                });
                let looks = self.purpose == Purpose::Look && hand.grip == Some(Grip::Picture);
                if click.kind() == mouse::click::Kind::Double && looks {
                    shell.publish((self.on_gesture)(Gesture::Fit { pane: self.pane(bounds) }));
                }
                if hand.grip == Some(Grip::Line) {
                    let (pane, at) = (self.pane(bounds), inside(bounds, at));
                    shell.publish((self.on_gesture)(Gesture::Drawn { pane, at, first: true }));
                }
                shell.capture_event();
            }
            mouse::Event::ButtonReleased(mouse::Button::Left) => {
                let held = hand.grip.take();
                if let (Some(at), Some(Grip::Picture), Purpose::Point) = (hand.down.take(), held, self.purpose) {
                    let (pane, at) = (self.pane(bounds), inside(bounds, at));
                    shell.publish((self.on_gesture)(Gesture::Clicked { pane, at }));
                }
            }
            mouse::Event::CursorMoved { position } if hand.grip.is_none() => {
                let over = cursor.position_over(bounds).filter(|_| self.purpose != Purpose::Look);
                if over.is_some() || std::mem::take(&mut hand.hovers) {
                    hand.hovers = over.is_some();
                    let at = over.map(|_| inside(bounds, *position));
                    shell.publish((self.on_gesture)(Gesture::Hovered { pane: self.pane(bounds), at }));
                }
            }
            mouse::Event::CursorMoved { position } => {
                if hand.down.is_some_and(|down| down.distance(*position) > STILL) {
                    hand.down = None;
                }
                let gesture = match hand.grip {
                    None => return,
                    Some(Grip::Divider) => {
                        Gesture::Divided(((position.x - bounds.x) / bounds.width.max(1.0)).clamp(0.0, 1.0))
                    }
                    Some(Grip::Line) => {
                        Gesture::Drawn { pane: self.pane(bounds), at: inside(bounds, *position), first: false }
                    }
                    // A hand that trembles while it clicks does not drag.
                    Some(Grip::Picture) if hand.down.is_some() && self.purpose == Purpose::Point => return,
                    Some(Grip::Picture) => Gesture::Dragged {
                        pane: self.pane(bounds),
                        dx: f64::from(position.x - hand.last.x),
                        dy: f64::from(position.y - hand.last.y),
                    },
                };
                hand.last = *position;
                shell.publish((self.on_gesture)(gesture));
            }
            _ => {}
        }
    }

    fn mouse_interaction(
        &self,
        tree: &Tree,
        layout: Layout<'_>,
        cursor: Cursor,
        _: &Rectangle,
        _: &Renderer,
    ) -> mouse::Interaction {
        let hand = tree.state.downcast_ref::<Hand>();
        match (hand.grip, cursor.position_over(layout.bounds())) {
            (Some(Grip::Divider), _) => mouse::Interaction::ResizingHorizontally,
            (Some(Grip::Picture), _) if self.purpose == Purpose::Look => mouse::Interaction::Grabbing,
            (_, Some(_)) if self.purpose != Purpose::Look => mouse::Interaction::Crosshair,
            (Some(Grip::Picture | Grip::Line), _) => mouse::Interaction::Grabbing,
            (None, Some(at)) if self.near_divider(layout.bounds(), at) => mouse::Interaction::ResizingHorizontally,
            (None, Some(_)) => mouse::Interaction::Grab,
            (None, None) => mouse::Interaction::None,
        }
    }
}

impl<M> Photo<'_, M> {
    fn near_divider(&self, bounds: Rectangle, at: Point) -> bool {
        self.divider.is_some_and(|part| (at.x - bounds.x - bounds.width * part).abs() <= GRAB)
    }
}

/// A point of the window in the coordinates of a pane, kept inside it.
fn inside(bounds: Rectangle, at: Point) -> geom::Point {
    let keep = |at: f32, from: f32, extent: f32| f64::from((at - from).clamp(0.0, extent));
    geom::Point::new(keep(at.x, bounds.x, bounds.width), keep(at.y, bounds.y, bounds.height))
}

fn draw_divider(renderer: &mut Renderer, bounds: Rectangle, cut: f32) {
    let white = Color::from_rgba(1.0, 1.0, 1.0, 0.92);
    let line = Rectangle { x: bounds.x + cut - 1.0, width: 2.0, ..bounds };
    renderer.fill_quad(Quad { bounds: line, ..Quad::default() }, white);
    let grip = Rectangle { x: bounds.x + cut - 6.0, y: bounds.center_y() - 22.0, width: 12.0, height: 44.0 };
    let border = Border { color: Color::from_rgba(0.0, 0.0, 0.0, 0.35), width: 1.0, radius: 6.0.into() };
    renderer.fill_quad(Quad { bounds: grip, border, ..Quad::default() }, white);
}

impl<'a, M: 'a> From<Photo<'a, M>> for Element<'a, M, Theme, Renderer> {
    fn from(photo: Photo<'a, M>) -> Self {
        Element::new(photo)
    }
}
