//! Which parts of a picture count: small square cells, so that asking costs nothing beside the pixels.

use crate::geom::{Matrix3, Point, Size};
use crate::imaging::Picture;

use super::matching::Match;
use super::plane::Plane;

/// Side of a cell in working pixels.
pub const CELL: usize = 8;

/// Cells that count and cells that do not, over a working picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Mask {
    columns: usize,
    rows: usize,
    counts: Vec<bool>,
}

impl Mask {
    /// Every cell of a working picture counts for which `counts` says so of its column and row.
    #[must_use]
    pub fn new(width: usize, height: usize, counts: impl Fn(usize, usize) -> bool) -> Self {
        let (columns, rows) = (width.div_ceil(CELL).max(1), height.div_ceil(CELL).max(1));
        Self { columns, rows, counts: (0..columns * rows).map(|i| counts(i % columns, i / columns)).collect() }
    }

    /// Where `like` is from a half on, if that says anything: at least `least` of the cells.
    #[must_use]
    pub fn above_half(like: &Plane, least: f64) -> Option<Self> {
        let counts: Vec<bool> = like.data.iter().map(|v| *v >= 0.5).collect();
        let mask = Self { columns: like.width, rows: like.height, counts };
        (mask.share() >= least).then_some(mask)
    }

    /// Counts only where every cell within `reach` cells counts: what lies along a border belongs to neither side.
    #[must_use]
    pub fn eroded(&self, reach: usize) -> Self {
        let whole = |i: usize| {
            let (x, y) = (i % self.columns, i / self.columns);
            let (rows, columns) = (
                y.saturating_sub(reach)..=(y + reach).min(self.rows - 1),
                x.saturating_sub(reach)..=(x + reach).min(self.columns - 1),
            );
            rows.into_iter().all(|row| columns.clone().all(|column| self.counts[row * self.columns + column]))
        };
        Self { counts: (0..self.counts.len()).map(whole).collect(), ..*self }
    }

    /// Share of cells that count.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.counts.iter().filter(|c| **c).count() as f64 / self.counts.len().max(1) as f64
    }

    /// Whether the cell under a working pixel counts; nothing outside the picture does.
    #[must_use]
    pub fn at(&self, p: Point) -> bool {
        let index = |v: f64, length: usize| {
            let cell = v / CELL as f64;
            (cell >= 0.0 && cell < length as f64).then_some(cell as usize)
        };
        match (index(p.x, self.columns), index(p.y, self.rows)) {
            (Some(column), Some(row)) => self.counts[row * self.columns + column],
            _ => false,
        }
    }

    /// Row `row` of cells or the last one, left to right.
    #[must_use]
    pub fn cells(&self, row: usize) -> &[bool] {
        let row = row.min(self.rows - 1);
        &self.counts[row * self.columns..(row + 1) * self.columns]
    }

    /// Counts only where `other`, of the same picture, counts as well.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        for (own, other) in self.counts.iter_mut().zip(&other.counts) {
            *own &= other;
        }
        self
    }

    /// Takes away every cell that is nearer than `radius` working pixels to one of `places`.
    pub fn remove_around(&mut self, places: impl Iterator<Item = Point>, radius: f64) {
        let reach = (radius / CELL as f64).ceil() as isize;
        for p in places {
            let (column, row) = ((p.x / CELL as f64) as isize, (p.y / CELL as f64) as isize);
            for y in (row - reach).max(0)..=(row + reach).min(self.rows as isize - 1) {
                for x in (column - reach).max(0)..=(column + reach).min(self.columns as isize - 1) {
                    self.counts[y as usize * self.columns + x as usize] = false;
                }
            }
        }
    }
}

/// What counts in a pair.
#[derive(Debug, Clone)]
pub struct Masks {
    /// In the moving picture.
    pub moving: Mask,
    /// In the fixed picture.
    pub fixed: Mask,
}

impl Masks {
    /// Whether a place of the fixed picture counts, and the one that `matrix` (moving → fixed) brings there.
    pub fn under(&self, matrix: &Matrix3) -> impl Fn(Point) -> bool + '_ {
        let backward = matrix.inverse();
        move |p| self.fixed.at(p) && backward.is_some_and(|b| self.moving.at(b.apply(p)))
    }

    /// Whether both ends of a match count.
    #[must_use]
    pub fn hold(&self, m: &Match) -> bool {
        self.moving.at(m.moving) && self.fixed.at(m.fixed)
    }
}

/// Red above blue as share of the sum of the channels: more than skin of any tone has under a wrong white balance, …
const RED_OVER_BLUE: f32 = 0.035;
/// … red hardly below green, as foliage, surgical cloth and blue walls have it.
const RED_OVER_GREEN: f32 = -0.004;
/// Sums of channels that are too dark or too light to have a colour.
const COLOURED: (f32, f32) = (40.0, 745.0);
/// A cell without a colour takes that of its neighbours; this many cells around are averaged.
const SPREAD: usize = 2;

/// How much each cell of a working picture of `width × height` pixels looks like skin, 0–1.
///
/// What all human skin has in common is not its lightness but its order of channels, red over green over blue: melanin
/// and blood absorb short waves more (Kovač, Peer and Solina 2003, without their limits on lightness, which fail on
/// dark skin). Small things amid skin, such as eyes, teeth and marks of a pen, count as skin; cloth and walls do not,
/// unless they are brown. A picture without colours has no skin by this measure: the caller must not rely on it then.
#[must_use]
pub fn skin_likeness(picture: &Picture, width: usize, height: usize) -> Plane {
    let (columns, rows) = (width.div_ceil(CELL).max(1), height.div_ceil(CELL).max(1));
    let mut like = Plane::zeros(columns, rows);
    let size = picture.size();
    let step = |length: u32, cells: usize, pixels: usize| {
        f64::from(length) * CELL as f64 / (pixels.max(1) as f64) * cells as f64
    };
    for (i, value) in like.data.iter_mut().enumerate() {
        let from = (step(size.width, i % columns, width), step(size.height, i / columns, height));
        let to = (step(size.width, i % columns + 1, width), step(size.height, i / columns + 1, height));
        *value = cell_likeness(picture, size, from, to);
    }
    let mut out = like.clone();
    for (i, value) in out.data.iter_mut().enumerate() {
        let (x, y) = (i % columns, i / columns);
        let (mut sum, mut count) = (0.0, 0.0);
        for row in y.saturating_sub(SPREAD)..=(y + SPREAD).min(rows - 1) {
            for cell in &like.row(row)[x.saturating_sub(SPREAD)..=(x + SPREAD).min(columns - 1)] {
                if *cell >= 0.0 {
                    sum += cell;
                    count += 1.0;
                }
            }
        }
        *value = if count > 0.0 { sum / count } else { 0.0 };
    }
    out
}

/// 1 for the colour of skin, 0 for another, −1 for none. Sixteen pixels speak for a cell.
fn cell_likeness(picture: &Picture, size: Size, from: (f64, f64), to: (f64, f64)) -> f32 {
    let mut sum = [0.0f32; 3];
    for k in 0..16 {
        let at = |from: f64, to: f64, k: i32, length: u32| {
            ((from + (to - from) * (f64::from(k) + 0.5) / 4.0) as usize).min(length as usize - 1)
        };
        let (x, y) = (at(from.0, to.0, k % 4, size.width), at(from.1, to.1, k / 4, size.height));
        let pixel = picture.pixels()[y * size.width as usize + x];
        for (sum, value) in sum.iter_mut().zip(pixel) {
            *sum += f32::from(value) / 16.0;
        }
    }
    looks_like_skin(sum).map_or(-1.0, |skin| f32::from(u8::from(skin)))
}

/// Whether a mean of red, green and blue, 0–255 as sRGB stores them, is a colour of skin; none where it has no colour.
///
/// The rule is that of [`skin_likeness`].
#[must_use]
pub fn looks_like_skin([red, green, blue]: [f32; 3]) -> Option<bool> {
    let total = red + green + blue;
    let coloured = (COLOURED.0..=COLOURED.1).contains(&total);
    coloured.then_some(red - blue > RED_OVER_BLUE * total && red - green > RED_OVER_GREEN * total)
}

/// A row or column of pixels with less deviation of luma than this, of 255, is part of a plain border.
const PLAIN: f32 = 2.5;
/// More than this share of a side is no border.
const MOST_BORDER: f64 = 0.25;

/// The part of a working picture inside plain borders, as a mask; the edge of a border counts as border.
#[must_use]
pub fn content(luma: &Plane) -> Mask {
    let deviation = |values: &mut dyn Iterator<Item = f32>| {
        let (mut n, mut sum, mut square) = (0.0f32, 0.0f32, 0.0f32);
        for v in values {
            (n, sum, square) = (n + 1.0, sum + v, square + v * v);
        }
        (square / n - (sum / n) * (sum / n)).max(0.0).sqrt()
    };
    let plain_row = |y: usize| deviation(&mut luma.row(y).iter().step_by(3).copied()) < PLAIN;
    let plain_column =
        |x: usize| deviation(&mut (0..luma.height).step_by(3).map(|y| luma.data[y * luma.width + x])) < PLAIN;
    let run = |length: usize, plain: &dyn Fn(usize) -> bool| {
        let most = (length as f64 * MOST_BORDER) as usize;
        let first = (0..most).take_while(|i| plain(*i)).count();
        let last = (0..most).take_while(|i| plain(length - 1 - i)).count();
        // A whole side of flat pixels is a wall, not a border.
        let margin = |n: usize| if n == most || n == 0 { 0 } else { n + 2 * CELL };
        (margin(first), length - margin(last).min(length))
    };
    let (left, right) = run(luma.width, &plain_column);
    let (top, bottom) = run(luma.height, &plain_row);
    let inside = |cell: usize, from: usize, to: usize| {
        let middle = cell * CELL + CELL / 2;
        middle >= from && middle < to.max(1)
    };
    Mask::new(luma.width, luma.height, |x, y| inside(x, left, right) && inside(y, top, bottom))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn halves(left: [u8; 3], right: [u8; 3]) -> Picture {
        let pixel = |i: u32| if i % 320 < 160 { left } else { right };
        let rgba = (0..320 * 240).flat_map(|i| pixel(i).into_iter().chain([255])).collect();
        Picture::from_rgba(Size::new(320, 240), rgba).expect("the buffer fits")
    }

    #[test]
    fn skin_of_every_tone_counts_and_cloth_does_not() {
        // Means of skin from type I to type VI, the last also in the shade.
        let skins = [
            [244, 224, 210],
            [230, 195, 175],
            [205, 160, 130],
            [160, 112, 82],
            [105, 70, 50],
            [62, 42, 32],
            [34, 24, 19],
        ];
        for skin in skins {
            for cloth in [[60, 120, 190], [60, 140, 110], [214, 216, 222], [130, 130, 132]] {
                let mask = Mask::above_half(&skin_likeness(&halves(skin, cloth), 320, 240), 0.1).expect("some skin");
                assert!(mask.at(Point::new(60.0, 100.0)) && !mask.at(Point::new(260.0, 100.0)), "{skin:?} {cloth:?}");
            }
        }
    }

    #[test]
    fn a_grey_picture_says_nothing_about_skin() {
        assert!(Mask::above_half(&skin_likeness(&halves([90; 3], [180; 3]), 320, 240), 0.1).is_none());
    }

    #[test]
    fn a_plain_border_does_not_count_and_a_picture_without_one_counts_whole() {
        let mut luma = Plane::zeros(200, 160);
        for (i, value) in luma.data.iter_mut().enumerate() {
            let (x, y) = (i % 200, i / 200);
            let inside = (20..180).contains(&x) && (12..160).contains(&y);
            *value = if inside { ((x * 7 + y * 13) % 90) as f32 } else { 250.0 };
        }
        let mask = content(&luma);
        assert!(
            mask.at(Point::new(100.0, 80.0)) && !mask.at(Point::new(10.0, 80.0)) && !mask.at(Point::new(100.0, 5.0))
        );
        let busy = Plane { data: (0..200 * 160).map(|i| ((i * 37) % 101) as f32).collect(), ..luma };
        assert!((content(&busy).share() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn places_are_taken_away_with_their_surroundings() {
        let mut mask = Mask::new(160, 80, |_, _| true);
        mask.remove_around([Point::new(40.0, 40.0)].into_iter(), 16.0);
        assert!(
            !mask.at(Point::new(40.0, 40.0)) && !mask.at(Point::new(52.0, 40.0)) && mask.at(Point::new(100.0, 40.0))
        );
        assert!(
            !mask.at(Point::new(-1.0, 3.0)) && !mask.at(Point::new(f64::NAN, 3.0)) && !mask.at(Point::new(900.0, 3.0))
        );
    }
}
