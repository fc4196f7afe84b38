//! The loupe: the original's own pixels around the pointer, turned as the pane shows them.

use std::collections::HashMap;
use std::sync::Arc;

use iced::widget::image::Handle;

use crate::compare::render;
use crate::geom::{Matrix3, Point, Rect, Size};
use crate::imaging::Picture;
use crate::model::PhotoId;

/// Side of the loupe, and how large it shows a pixel of the original.
pub(in super::super) const SIDE: u32 = 176;
const CLOSER: f64 = 4.0;
/// The cross: half its length, and half the gap in its middle.
const CROSS: (u32, u32) = (26, 6);
const LINE: [u8; 4] = [0xff, 0xdc, 0x5c, 0xff];

/// Originals to look at, and what is looked at.
#[derive(Default)]
pub(in super::super) struct Loupe {
    originals: HashMap<PhotoId, Arc<Picture>>,
    seen: Option<Seen>,
}

/// What the loupe shows.
pub(in super::super) struct Seen {
    /// Which photo.
    pub photo: PhotoId,
    /// Whether the pointer is at the right of the pane, where the loupe must not hide what it magnifies.
    pub at_right: bool,
    /// The pixels.
    pub handle: Handle,
}

impl Loupe {
    /// An original has come.
    pub fn take(&mut self, photo: PhotoId, original: Arc<Picture>) {
        let _ = self.originals.insert(photo, original);
    }

    /// Nothing is pointed at.
    pub fn leave(&mut self) {
        self.seen = None;
    }

    /// The pointer is over `spot` of the frame, in which a photo of `size` lies by `to_frame`.
    pub fn point(&mut self, photo: PhotoId, size: Size, to_frame: &Matrix3, spot: Point, at_right: bool) {
        let Some(original) = self.originals.get(&photo) else {
            self.seen = None;
            return;
        };
        let shrunk = f64::from(original.size().width) / f64::from(size.width.max(1));
        let to_frame = to_frame.rescaled((shrunk, shrunk), (1.0, 1.0));
        let reach = f64::from(SIDE) / CLOSER * to_frame.scale();
        let part = Rect { x: spot.x - reach / 2.0, y: spot.y - reach / 2.0, width: reach, height: reach };
        let mut rgba = render(original, &to_frame, part, Size::new(SIDE, SIDE)).into_rgba();
        cross(&mut rgba);
        self.seen = Some(Seen { photo, at_right, handle: Handle::from_rgba(SIDE, SIDE, rgba) });
    }

    /// What it shows of a photo.
    pub fn seen(&self, photo: PhotoId) -> Option<&Seen> {
        self.seen.as_ref().filter(|seen| seen.photo == photo)
    }
}

/// A cross whose middle leaves the spot itself free.
fn cross(rgba: &mut [u8]) {
    let middle = SIDE / 2;
    for reach in CROSS.1..CROSS.0 {
        for (x, y) in
            [(middle + reach, middle), (middle - reach, middle), (middle, middle + reach), (middle, middle - reach)]
        {
            let at = 4 * (y * SIDE + x) as usize;
            if let Some(pixel) = rgba.get_mut(at..at + 4) {
                pixel.copy_from_slice(&LINE);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pixel_of_the_original_is_found_in_the_middle_of_the_loupe_however_the_photo_lies() {
        let size = Size::new(300, 200);
        let mut rgba = vec![200; 4 * 300 * 200];
        let (x, y) = (120, 70);
        rgba[4 * (y * 300 + x)..][..3].copy_from_slice(&[10, 20, 250]);
        let photo = PhotoId(1);
        let mut loupe = Loupe::default();
        loupe.take(photo, Arc::new(Picture::from_rgba(size, rgba).expect("a picture")));
        let to_frame = Matrix3::similarity(2.5, 0.4, 90.0, -30.0);
        let spot = to_frame.apply(Point::new(x as f64 + 0.5, y as f64 + 0.5));
        loupe.point(photo, size, &to_frame, spot, false);
        let Some(Handle::Rgba { pixels, .. }) = loupe.seen(photo).map(|seen| seen.handle.clone()) else {
            panic!("it is seen")
        };
        let at = |x: u32, y: u32| pixels[4 * (y * SIDE + x) as usize..][..3].to_vec();
        let middle = at(SIDE / 2, SIDE / 2);
        assert!(middle[0] < 60 && middle[2] > 200, "{middle:?}");
        assert_eq!(at(SIDE / 2 + 10, SIDE / 2), LINE[..3], "the cross");
        assert_eq!(at(10, 10), [200, 200, 200]);
        assert!(loupe.seen(PhotoId(2)).is_none());
    }
}
