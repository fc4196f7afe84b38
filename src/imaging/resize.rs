//! Shrinking and enlarging by an antialiasing filter.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use super::Picture;
use crate::geom::{Rect, Size};

/// Resizes to exactly `to` with Lanczos3, whose support grows with the reduction, in sRGB as stored (like browsers do).
/// A side of 0 counts as 1.
#[must_use]
pub fn resize(picture: &Picture, to: Size) -> Picture {
    if picture.size() == to {
        return picture.clone();
    }
    resize_region(picture, picture.size().rect(), to)
}

/// Resized to fit into a square of `longest` pixels; as it is where it fits already.
#[must_use]
pub fn shrunk(picture: Picture, longest: u32) -> Picture {
    let to = picture.size().fit_within(longest);
    if to == picture.size() { picture } else { resize(&picture, to) }
}

/// Resizes the part `region` of `picture`, in its pixels and cut to its bounds, to exactly `to`.
#[must_use]
pub fn resize_region(picture: &Picture, region: Rect, to: Size) -> Picture {
    let to = Size::new(to.width.max(1), to.height.max(1));
    let size = picture.size();
    let (w, h) = (f64::from(size.width), f64::from(size.height));
    let (left, top) = (region.x.clamp(0.0, w - 1.0), region.y.clamp(0.0, h - 1.0));
    let (width, height) = ((region.right().min(w) - left).max(1.0), (region.bottom().min(h) - top).max(1.0));
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3))
        .crop(left, top, width, height)
        .use_alpha(false);
    let mut out = Image::new(to.width, to.height, PixelType::U8x4);
    let done = ImageRef::new(size.width, size.height, picture.rgba(), PixelType::U8x4)
        .ok()
        .and_then(|source| Resizer::new().resize(&source, &mut out, &options).ok());
    debug_assert!(done.is_some(), "buffers and crop were checked");
    Picture::from_rgba(to, out.into_vec()).unwrap_or_else(|| Picture::filled(to, [0; 3]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flat_picture_stays_flat_and_opaque() {
        let picture = Picture::filled(Size::new(101, 67), [210, 150, 120]);
        let small = resize(&picture, Size::new(13, 9));
        assert_eq!(small, Picture::filled(Size::new(13, 9), [210, 150, 120]));
    }

    #[test]
    fn a_region_is_taken_from_its_place() {
        let mut picture = Picture::filled(Size::new(40, 20), [0, 0, 0]);
        for (i, pixel) in picture.pixels_mut().iter_mut().enumerate() {
            if i % 40 >= 20 {
                *pixel = [255, 255, 255, 255];
            }
        }
        let right = Rect { x: 32.0, y: 0.0, width: 8.0, height: 20.0 };
        assert_eq!(resize_region(&picture, right, Size::new(2, 5)), Picture::filled(Size::new(2, 5), [255; 3]));
    }
}
