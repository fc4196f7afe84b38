//! Before and after as one labelled picture.

use super::label::draw_label;
use super::layout::Layout;
use super::render::{OUTSIDE, render};
use crate::geom::{Matrix3, Rect};
use crate::imaging::Picture;

/// One side of a composite.
#[derive(Debug, Clone, Copy)]
pub struct Half<'a> {
    /// Decoded at any size.
    pub picture: &'a Picture,
    /// From pixels of `picture` to frame pixels.
    pub matrix: Matrix3,
    /// First line of the label.
    pub title: &'a str,
    /// Second line; may be empty.
    pub detail: &'a str,
}

/// Both halves of `crop` (frame pixels) side by side, labelled at the lower left, longest side at most `longest`.
#[must_use]
pub fn composite(before: &Half<'_>, after: &Half<'_>, crop: Rect, longest: u32) -> Picture {
    composite_with(Layout::SideBySide, before, after, crop, longest)
}

/// As [`composite`] in a given layout.
#[must_use]
pub fn composite_with(layout: Layout, before: &Half<'_>, after: &Half<'_>, crop: Rect, longest: u32) -> Picture {
    let plan = layout.plan(crop, longest);
    let mut whole = Picture::filled(plan.size, OUTSIDE);
    for (half, (left, top)) in [(before, plan.before), (after, plan.after)] {
        let rendered = render(half.picture, &half.matrix, crop, plan.half);
        paste(&mut whole, &rendered, left, top);
        draw_label(&mut whole, (left, top, plan.half.width, plan.half.height), half.title, half.detail);
    }
    whole
}

fn paste(whole: &mut Picture, part: &Picture, left: u32, top: u32) {
    let (stride, width) = (whole.size().width as usize, part.size().width as usize);
    for (y, row) in part.pixels().chunks_exact(width).enumerate() {
        let start = (top as usize + y) * stride + left as usize;
        whole.pixels_mut()[start..start + width].copy_from_slice(row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geom::Size;

    #[test]
    fn both_halves_stand_in_their_places_with_the_gap_between() {
        let before = Picture::filled(Size::new(300, 200), [210, 120, 110]);
        let after = Picture::filled(Size::new(300, 200), [220, 180, 160]);
        let half = |picture| Half { picture, matrix: Matrix3::IDENTITY, title: "", detail: "" };
        let whole = composite(&half(&before), &half(&after), before.size().rect(), 1000);
        let size = whole.size();
        assert_eq!(size, Size::new(602, 200));
        let at = |x: u32| whole.pixels()[(100 * size.width + x) as usize];
        assert_eq!(at(10), [210, 120, 110, 255]);
        assert_eq!(at(300), [OUTSIDE[0], OUTSIDE[1], OUTSIDE[2], 255]);
        assert_eq!(at(590), [220, 180, 160, 255]);
    }
}
