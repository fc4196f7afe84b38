//! A fingerprint by which pictures that look alike are found: shots of one burst, or the same photo saved again.

use super::{Picture, resize};
use crate::geom::Size;

/// Brighter or darker than the neighbour, for 8 × 8 places, across and down: a difference hash (Krawetz 2013).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Fingerprint(pub [u64; 2]);

impl Fingerprint {
    /// Bits in which two differ, of 128.
    #[must_use]
    pub fn distance(self, other: Self) -> u32 {
        self.0.iter().zip(other.0).map(|(own, other)| (own ^ other).count_ones()).sum()
    }
}

/// The fingerprint of a picture of any size.
#[must_use]
pub fn fingerprint(picture: &Picture) -> Fingerprint {
    let small = resize(picture, Size::new(9, 9));
    let luma: Vec<u32> =
        small.pixels().iter().map(|p| 299 * u32::from(p[0]) + 587 * u32::from(p[1]) + 114 * u32::from(p[2])).collect();
    let bits = |step: usize| {
        let brighter = |i: usize| {
            let at = 9 * (i / 8) + i % 8;
            u64::from(luma[at] > luma[at + step]) << i
        };
        (0..64).map(brighter).sum()
    };
    Fingerprint([bits(1), bits(9)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(shift: usize) -> Picture {
        let mut picture = Picture::filled(Size::new(90, 60), [0; 3]);
        for (i, pixel) in picture.pixels_mut().iter_mut().enumerate() {
            let (x, y) = ((i % 90 + shift) as f64, (i / 90) as f64);
            let level = 128.0 + 60.0 * (x * 0.13).sin() * (y * 0.11).cos() + 30.0 * ((x + y) * 0.07).sin();
            *pixel = [level as u8, level as u8, level as u8, 255];
        }
        picture
    }

    #[test]
    fn what_looks_alike_is_near_and_what_does_not_is_far() {
        let here = fingerprint(&picture(0));
        assert!(here.distance(fingerprint(&resize(&picture(0), Size::new(45, 30)))) < 8);
        assert!(here.distance(fingerprint(&picture(1))) < 16);
        assert!(here.distance(fingerprint(&picture(24))) > 32);
    }
}
