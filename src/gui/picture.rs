//! Pictures as the window holds them: handles made once, shrunk versions ready, corners rounded in the pixels.
//!
//! iced 0.14 has no mipmaps, and its software renderer neither clips nor rounds images. Both are therefore done here, once
//! for each picture, and never while drawing.

use std::sync::OnceLock;

use iced::advanced::image::Allocation;
use iced::widget::image::Handle;
use rayon::prelude::*;

use crate::geom::{Rect, Size};
use crate::imaging::Picture;

/// The smallest version that is kept, by its longer side.
const SMALLEST: u32 = 400;
/// Pixels up to this many bytes reach a GPU within the frame that draws them; iced 0.14 sends larger ones in the background
/// and draws nothing until they are there.
const AT_ONCE: usize = 2 * 1024 * 1024;

/// A picture that lies somewhere in a frame, at falling resolutions.
#[derive(Debug)]
pub struct Shown {
    /// Where it lies, in frame coordinates.
    pub place: Rect,
    /// Size of the frame.
    pub frame: Size,
    levels: Vec<Level>,
}

/// One resolution of it.
#[derive(Debug)]
struct Level {
    size: Size,
    handle: Handle,
    /// Keeps the pixels on the GPU once they are there.
    uploaded: OnceLock<Allocation>,
}

impl Shown {
    /// Makes the handles of `picture`, which fills `place` of a frame.
    #[must_use]
    pub fn new(picture: Picture, place: Rect, frame: Size) -> Self {
        let mut levels = Vec::new();
        let mut current = picture;
        while current.size().longest() / 2 >= SMALLEST {
            let half = halved(&current);
            levels.push(Level::new(current));
            current = half;
        }
        levels.push(Level::new(current));
        Self { place, frame, levels }
    }

    /// The version to draw `width` physical pixels wide: the smallest that need not be enlarged.
    #[must_use]
    pub fn at_width(&self, width: f32) -> Option<&Handle> {
        self.best(width, |_| true)
    }

    /// As [`Shown::at_width`], of the versions that a GPU can draw in this very frame: a coarser one rather than none.
    #[must_use]
    pub fn ready_at_width(&self, width: f32) -> Option<&Handle> {
        self.best(width, Level::is_ready)
    }

    fn best(&self, width: f32, usable: impl Fn(&Level) -> bool) -> Option<&Handle> {
        let mut levels = self.levels.iter().filter(|level| usable(level));
        let enough = levels.clone().rev().find(|level| level.size.width as f32 >= width);
        enough.or_else(|| levels.next()).map(|level| &level.handle)
    }

    /// The versions that have to be brought to a GPU before they can be drawn, by their place.
    pub fn to_upload(&self) -> impl Iterator<Item = (usize, &Handle)> {
        self.levels.iter().enumerate().filter(|(_, level)| !level.is_ready()).map(|(i, level)| (i, &level.handle))
    }

    /// The version at this place is on the GPU and stays there as long as this picture.
    pub fn uploaded(&self, place: usize, allocation: Allocation) {
        if let Some(level) = self.levels.get(place) {
            let _first = level.uploaded.set(allocation);
        }
    }

    /// Pixels of all versions in bytes, for the budget of the cache.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.levels.iter().map(|level| bytes(level.size)).sum()
    }
}

impl Level {
    fn new(picture: Picture) -> Self {
        let size = picture.size();
        let handle = Handle::from_rgba(size.width, size.height, picture.into_rgba());
        Self { size, handle, uploaded: OnceLock::new() }
    }

    fn is_ready(&self) -> bool {
        bytes(self.size) < AT_ONCE || self.uploaded.get().is_some()
    }
}

fn bytes(size: Size) -> usize {
    4 * size.width as usize * size.height as usize
}

/// Half the size by the mean of 2 × 2 pixels; an odd last row or column is dropped.
fn halved(picture: &Picture) -> Picture {
    let from = picture.size();
    let to = Size::new((from.width / 2).max(1), (from.height / 2).max(1));
    let stride = 4 * from.width as usize;
    let rgba = picture.rgba();
    let mut out = Vec::with_capacity(4 * to.width as usize * to.height as usize);
    for y in 0..to.height as usize {
        let upper = rgba.get(2 * y * stride..).unwrap_or_default();
        let lower = rgba.get((2 * y + 1).min(from.height as usize - 1) * stride..).unwrap_or_default();
        for x in 0..to.width as usize {
            let right = if from.width > 1 { 4 } else { 0 };
            for c in 0..4 {
                let i = 8 * x + c;
                let sum = [upper.get(i), upper.get(i + right), lower.get(i), lower.get(i + right)]
                    .into_iter()
                    .map(|v| u16::from(v.copied().unwrap_or_default()))
                    .sum::<u16>();
                out.push(((sum + 2) / 4) as u8);
            }
        }
    }
    Picture::from_rgba(to, out).unwrap_or_else(|| picture.clone())
}

/// The part of a picture that a pane shows, resampled bilinearly to exactly `out` pixels.
///
/// `target` is where the whole picture would lie, `clip` what is shown of it, both in the pixels of the output. The software
/// renderer of iced draws a picture that needs neither scaling nor clipping many times faster than one that needs both.
#[must_use]
pub fn cut(handle: &Handle, target: Rect, clip: Rect) -> Option<Handle> {
    let Handle::Rgba { width, height, pixels, .. } = handle else { return None };
    let (columns, rows) = (clip.width as usize, clip.height as usize);
    if columns == 0 || rows == 0 || target.width <= 0.0 || target.height <= 0.0 {
        return None;
    }
    let stride = 4 * *width as usize;
    let across = taps(clip.x - target.x, columns, target.width, *width as usize);
    let down = taps(clip.y - target.y, rows, target.height, *height as usize);
    let mut out = vec![0u8; 4 * columns * rows];
    out.par_chunks_exact_mut(4 * columns).zip(down).for_each(|(row, tap)| {
        let Some((y, next, wy)) = tap else { return };
        let upper = pixels.get(y * stride..(y + 1) * stride).unwrap_or_default();
        let lower = pixels.get(next * stride..(next + 1) * stride).unwrap_or_default();
        for (pixel, tap) in row.as_chunks_mut::<4>().0.iter_mut().zip(&across) {
            let Some((x, next, wx)) = *tap else { continue };
            let at = |line: &[u8], x: usize, c: usize| u32::from(line.get(4 * x + c).copied().unwrap_or_default());
            for (c, value) in pixel.iter_mut().enumerate().take(3) {
                let top = at(upper, x, c) * (256 - wx) + at(upper, next, c) * wx;
                let bottom = at(lower, x, c) * (256 - wx) + at(lower, next, c) * wx;
                *value = ((top * (256 - wy) + bottom * wy + 0x8000) >> 16) as u8;
            }
            pixel[3] = 255;
        }
    });
    Some(Handle::from_rgba(columns as u32, rows as u32, out))
}

/// For each output pixel the two source pixels it lies between and the weight of the second, of 256; none outside.
fn taps(first: f64, count: usize, shown: f64, source: usize) -> Vec<Option<(usize, usize, u32)>> {
    let scale = source as f64 / shown;
    let last = source.saturating_sub(1);
    let tap = |i: usize| {
        let at = (first + i as f64 + 0.5) * scale;
        if at < 0.0 || at > source as f64 {
            return None;
        }
        let at = (at - 0.5).clamp(0.0, last as f64);
        let low = at.floor() as usize;
        Some((low, (low + 1).min(last), ((at - low as f64) * 256.0).round() as u32))
    };
    (0..count).map(tap).collect()
}

/// A thumbnail for a cell of `cell` logical pixels: landscape pictures are cut to the cell's proportions, portrait ones are
/// shown whole; the corners are rounded by `radius` logical pixels.
#[must_use]
pub fn thumbnail(picture: &Picture, cell: (f32, f32), radius: f32) -> Handle {
    let from = picture.size();
    let wanted = f64::from(cell.0) / f64::from(cell.1);
    let own = f64::from(from.width) / f64::from(from.height);
    let cut = if own >= 1.0 { cut_to(from, wanted) } else { from };
    let (x0, y0) = ((from.width - cut.width) / 2, (from.height - cut.height) / 2);
    let mut out = Vec::with_capacity(4 * cut.width as usize * cut.height as usize);
    for y in y0..y0 + cut.height {
        let start = 4 * (y as usize * from.width as usize + x0 as usize);
        out.extend_from_slice(picture.rgba().get(start..start + 4 * cut.width as usize).unwrap_or_default());
    }
    let shown_height = if own >= 1.0 { cell.0 / cut.width as f32 * cut.height as f32 } else { cell.1 };
    round_corners(&mut out, cut, radius * cut.height as f32 / shown_height.max(1.0));
    Handle::from_rgba(cut.width, cut.height, out)
}

fn cut_to(size: Size, proportions: f64) -> Size {
    let (w, h) = (f64::from(size.width), f64::from(size.height));
    if w / h > proportions {
        Size::new(((h * proportions).round() as u32).clamp(1, size.width), size.height)
    } else {
        Size::new(size.width, ((w / proportions).round() as u32).clamp(1, size.height))
    }
}

/// Makes the four corners transparent outside a quarter circle, with a soft edge of one pixel.
fn round_corners(rgba: &mut [u8], size: Size, radius: f32) {
    let reach = radius.ceil() as u32;
    for y in 0..reach.min(size.height) {
        for x in 0..reach.min(size.width) {
            let (dx, dy) = (radius - (x as f32 + 0.5), radius - (y as f32 + 0.5));
            let cover = (radius + 0.5 - dx.max(0.0).hypot(dy.max(0.0))).clamp(0.0, 1.0);
            let alpha = (cover * 255.0).round() as u8;
            for (cx, cy) in
                [(x, y), (size.width - 1 - x, y), (x, size.height - 1 - y), (size.width - 1 - x, size.height - 1 - y)]
            {
                if let Some(a) = rgba.get_mut(4 * (cy as usize * size.width as usize + cx as usize) + 3) {
                    *a = alpha;
                }
            }
        }
    }
}

/// The largest place in `frame` with the proportions of `size`, in the middle.
#[must_use]
pub fn middle(size: Size, frame: Size) -> Rect {
    let (w, h) = (f64::from(size.width.max(1)), f64::from(size.height.max(1)));
    let (fw, fh) = (f64::from(frame.width), f64::from(frame.height));
    let scale = (fw / w).min(fh / h);
    let (width, height) = (w * scale, h * scale);
    Rect { x: (fw - width) / 2.0, y: (fh - height) / 2.0, width, height }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(size: Size) -> Picture {
        let bytes = 4 * size.width as usize * size.height as usize;
        Picture::from_rgba(size, vec![128; bytes]).expect("a picture")
    }

    #[test]
    fn the_version_that_is_drawn_is_never_enlarged_while_a_larger_one_exists() {
        let shown = Shown::new(grey(Size::new(2048, 1366)), Size::new(2048, 1366).rect(), Size::new(2048, 1366));
        let width = |w: f32| match shown.at_width(w) {
            Some(Handle::Rgba { width, .. }) => *width,
            _ => 0,
        };
        assert_eq!((width(500.0), width(512.0), width(600.0), width(5000.0)), (512, 512, 1024, 2048));
    }

    #[test]
    fn what_a_gpu_does_not_have_yet_is_drawn_from_a_coarser_version_instead_of_nothing() {
        let size = Size::new(2048, 1366);
        let shown = Shown::new(grey(size), size.rect(), size);
        let width = |w: f32| match shown.ready_at_width(w) {
            Some(Handle::Rgba { width, .. }) => *width,
            _ => 0,
        };
        assert_eq!((width(300.0), width(900.0), width(5000.0)), (512, 512, 512));
        assert_eq!(shown.to_upload().map(|(place, _)| place).collect::<Vec<_>>(), [0, 1]);
    }

    #[test]
    fn a_cut_at_the_own_scale_is_the_picture_itself_and_nothing_beyond_it() {
        let rgba: Vec<u8> = (0..4 * 6 * 4).map(|i| if i % 4 == 3 { 255 } else { (i * 7 % 256) as u8 }).collect();
        let handle = Handle::from_rgba(6, 4, rgba.clone());
        let whole = Rect { x: 10.0, y: 20.0, width: 6.0, height: 4.0 };
        let same = cut(&handle, whole, whole);
        assert!(matches!(same, Some(Handle::Rgba { pixels, .. }) if pixels[..] == rgba[..]));
        let beside = cut(&handle, whole, Rect { x: 0.0, ..whole });
        assert!(matches!(beside, Some(Handle::Rgba { pixels, .. }) if pixels.iter().all(|v| *v == 0)));
    }

    #[test]
    fn halving_keeps_the_mean() {
        let rgba = [0, 0, 0, 255, 100, 0, 0, 255, 0, 0, 0, 255, 100, 0, 0, 255].to_vec();
        let half = halved(&Picture::from_rgba(Size::new(2, 2), rgba).expect("a picture"));
        assert_eq!(half.rgba(), [50, 0, 0, 255]);
    }

    #[test]
    fn a_thumbnail_fills_its_cell_and_a_portrait_stays_whole() {
        let size = |h: Handle| match h {
            Handle::Rgba { width, height, .. } => (width, height),
            _ => (0, 0),
        };
        assert_eq!(size(thumbnail(&grey(Size::new(320, 240)), (216.0, 144.0), 6.0)), (320, 213));
        assert_eq!(size(thumbnail(&grey(Size::new(240, 320)), (216.0, 144.0), 6.0)), (240, 320));
    }

    #[test]
    fn an_unaligned_photo_keeps_its_proportions_in_the_middle_of_the_frame() {
        let place = middle(Size::new(3000, 4000), Size::new(6000, 4000));
        assert_eq!(place, Rect { x: 1500.0, y: 0.0, width: 3000.0, height: 4000.0 });
    }
}
