//! Turning stored rows upright by the EXIF orientation, strip by strip, so that no second full buffer is needed.

use crate::geom::Size;

/// Bytes of one pixel of a decoder's output, RGBA.
pub(super) type Pixel = [u8; 4];

/// Size after the orientation is applied.
pub(super) fn upright_size(stored: Size, orientation: u8) -> Size {
    if orientation >= 5 { Size::new(stored.height, stored.width) } else { stored }
}

/// Where stored pixels go in the upright picture: `index = origin + x · step_x + y · step_y`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placement {
    origin: isize,
    step_x: isize,
    step_y: isize,
}

impl Placement {
    /// For a picture stored at `stored` with EXIF orientation 1–8 (0 and above 8 count as 1).
    pub(super) fn new(stored: Size, orientation: u8) -> Self {
        let (w, h) = (stored.width as isize, stored.height as isize);
        let (origin, step_x, step_y) = match orientation {
            2 => (w - 1, -1, w),
            3 => (w * h - 1, -1, -w),
            4 => (w * (h - 1), 1, -w),
            5 => (0, h, 1),
            6 => (h - 1, h, -1),
            7 => (w * h - 1, -h, -1),
            8 => (h * (w - 1), -h, 1),
            _ => (0, 1, w),
        };
        Self { origin, step_x, step_y }
    }

    /// Writes the stored rows that begin at row `first` into the upright picture. For turned pictures the rows of a
    /// strip become short runs in one output row, which stay in the cache.
    pub(super) fn put(self, rows: &[Pixel], width: usize, first: usize, upright: &mut [Pixel]) {
        let count = rows.len() / width.max(1);
        let index =
            |x: usize, y: usize| (self.origin + x as isize * self.step_x + (first + y) as isize * self.step_y) as usize;
        if self.step_x == 1 {
            for (y, row) in rows.chunks_exact(width).enumerate() {
                let start = index(0, y);
                upright[start..start + width].copy_from_slice(row);
            }
        } else if self.step_x == -1 {
            for (y, row) in rows.chunks_exact(width).enumerate() {
                let start = index(width - 1, y);
                for (to, from) in upright[start..start + width].iter_mut().zip(row.iter().rev()) {
                    *to = *from;
                }
            }
        } else {
            for x in 0..width {
                for y in 0..count {
                    upright[index(x, y)] = rows[y * width + x];
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The four corners of a 3×2 picture as numbered by the EXIF figure, read off after turning.
    fn turned(orientation: u8) -> (Size, Vec<u8>) {
        let stored = Size::new(3, 2);
        let rows: Vec<Pixel> = (1..=6).map(|v| [v, 0, 0, 255]).collect();
        let mut upright = vec![[0; 4]; 6];
        let placement = Placement::new(stored, orientation);
        placement.put(&rows[..3], 3, 0, &mut upright);
        placement.put(&rows[3..], 3, 1, &mut upright);
        (upright_size(stored, orientation), upright.iter().map(|p| p[0]).collect())
    }

    #[test]
    fn all_eight_orientations_come_upright() {
        let (flat, tall) = (Size::new(3, 2), Size::new(2, 3));
        assert_eq!(turned(1), (flat, vec![1, 2, 3, 4, 5, 6]));
        assert_eq!(turned(2), (flat, vec![3, 2, 1, 6, 5, 4]));
        assert_eq!(turned(3), (flat, vec![6, 5, 4, 3, 2, 1]));
        assert_eq!(turned(4), (flat, vec![4, 5, 6, 1, 2, 3]));
        assert_eq!(turned(5), (tall, vec![1, 4, 2, 5, 3, 6]));
        assert_eq!(turned(6), (tall, vec![4, 1, 5, 2, 6, 3]));
        assert_eq!(turned(7), (tall, vec![6, 3, 5, 2, 4, 1]));
        assert_eq!(turned(8), (tall, vec![3, 6, 2, 5, 1, 4]));
    }
}
