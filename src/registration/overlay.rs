//! Print that both pictures carry: date stamps, watermarks, logos, frames of a screen.
//!
//! Print sits at the same original pixels counted from a corner or from the middle, to a fraction of a pixel. Skin never
//! does: nobody stands twice within a thousandth of the picture. So matches that did not move at all are print, unless
//! nearly everything else did not move either, as in two copies of one photo.

use crate::geom::{Matrix3, Point};

use super::Described;
use super::mask::Masks;
use super::matching::{Match, Turn};
use super::plane::Plane;
use super::warp::Warped;

/// A match has not moved when it is this near to where print would be, in working pixels.
const STILL: f64 = 1.2;
/// Beside print that was found, so is a match this near: its edges blend with the skin.
const NEARLY_STILL: f64 = 4.0;
/// This many matches that have not moved are not there by chance.
const LEAST: usize = 5;
/// Surroundings of a match that are print as well, in working pixels.
const SURROUNDINGS: f64 = 40.0;
/// Side of the windows that are compared, in pixels.
const WINDOW: usize = 16;
/// A window agrees from this correlation on.
const AGREES: f32 = 0.5;
/// Windows with less variance, in units of local variance, have nothing to compare.
const LEAST_VARIANCE: f32 = 0.05;
/// Two pictures of which this share of windows agrees in place are copies of one photo.
const COPIES: f64 = 0.8;

/// Takes what is printed on both pictures out of `masks`; the shifts (moving → fixed, working pixels) it was found at.
pub fn remove(moving: &Described, fixed: &Described, matches: &[Match], masks: &mut Masks) -> Vec<Matrix3> {
    let mut found = Vec::new();
    for matrix in anchors(moving, fixed) {
        let turn = Turn::of(&matrix);
        let still =
            |limit: f64| matches.iter().filter(move |m| m.squared_error(&matrix) < limit * limit && turn.agrees(m));
        let enough = still(STILL).count() >= LEAST;
        if enough && agreeing(&moving.pyramid[0], &fixed.pyramid[0], &matrix) < COPIES {
            masks.moving.remove_around(still(NEARLY_STILL).map(|m| m.moving), SURROUNDINGS);
            masks.fixed.remove_around(still(NEARLY_STILL).map(|m| m.fixed), SURROUNDINGS);
            found.push(matrix);
        }
    }
    found
}

/// Whether a match lies where one of these prints has it, or its edges.
#[must_use]
pub fn is_still(m: &Match, prints: &[Matrix3]) -> bool {
    prints.iter().any(|print| m.squared_error(print) < NEARLY_STILL * NEARLY_STILL)
}

/// Where print would be: the same original pixels counted from each corner and from the middle. Working pixels.
fn anchors(moving: &Described, fixed: &Described) -> Vec<Matrix3> {
    let (from, to) = (moving.full, fixed.full);
    let (dx, dy) = (f64::from(to.width) - f64::from(from.width), f64::from(to.height) - f64::from(from.height));
    let mut shifts = vec![(0.0, 0.0), (dx, 0.0), (0.0, dy), (dx, dy), (0.5 * dx, 0.5 * dy)];
    shifts.dedup();
    let working =
        |(x, y)| Matrix3::translation(x, y).rescaled((moving.scale, moving.scale), (fixed.scale, fixed.scale));
    shifts.into_iter().map(working).collect()
}

/// Share of windows with texture in which the pictures agree under `matrix`; 1 when there are none.
fn agreeing(moving: &Plane, fixed: &Plane, matrix: &Matrix3) -> f64 {
    let warped = Warped::new(moving, matrix, fixed.width, fixed.height);
    let (mut all, mut agree) = (0, 0);
    for y in (0..fixed.height.saturating_sub(WINDOW)).step_by(WINDOW) {
        for x in (0..fixed.width.saturating_sub(WINDOW)).step_by(WINDOW) {
            let Some(correlation) = window(&warped, fixed, x, y) else { continue };
            all += 1;
            agree += usize::from(correlation > AGREES);
        }
    }
    if all == 0 { 1.0 } else { f64::from(agree as u32) / f64::from(all) }
}

/// Correlation of one window; `None` where nothing is to be compared.
fn window(warped: &Warped, fixed: &Plane, x: usize, y: usize) -> Option<f32> {
    let mut sums = [0.0f32; 5];
    for row in y..y + WINDOW {
        let at = row * fixed.width + x;
        if !(warped.covered[at] && warped.covered[at + WINDOW - 1]) {
            return None;
        }
        for (a, b) in warped.plane.data[at..at + WINDOW].iter().zip(&fixed.data[at..at + WINDOW]) {
            for (sum, value) in sums.iter_mut().zip([*a, *b, a * a, b * b, a * b]) {
                *sum += value;
            }
        }
    }
    let n = (WINDOW * WINDOW) as f32;
    let [a, b, aa, bb, ab] = sums.map(|s| s / n);
    let (own, other) = (aa - a * a, bb - b * b);
    (other > LEAST_VARIANCE).then(|| (ab - a * b) / (own * other).max(1e-9).sqrt())
}

/// A transform that turns by less than this many degrees and scales by less than this is a shift: what repeated print
/// gives.
const SHIFT: (f64, f64) = (0.12, 0.0025);
/// A shift as exact as this is of print that repeats, or of two copies of one photo, …
const EXACT_SHIFT: (f64, f64) = (0.05, 0.0005);
/// … in which at least this share of blocks votes.
const COPIES_VOTE: f64 = 0.8;
/// A transform that puts the corners this near to where print has them, as share of the diagonal, may live on its rest …
const NEAR_PRINT: f64 = 0.015;
/// … unless the blocks away from it vote more significantly than this.
const BEYOND_PRINT: f64 = 12.0;

/// Whether a transform (working pixels) found beside print is the print's own. `scale` is that between originals,
/// `votes` the significance of the blocks away from the print.
#[must_use]
pub fn is_print(matrix: &Matrix3, scale: f64, prints: &[Matrix3], fixed: &Plane, votes: f64) -> bool {
    let size = crate::geom::Size::new(fixed.width as u32, fixed.height as u32);
    let shift = matrix.rotation().to_degrees().abs() < SHIFT.0 && (scale - 1.0).abs() < SHIFT.1;
    let near = |print: &Matrix3| print.mean_corner_error(matrix, size) < NEAR_PRINT * fixed.diagonal();
    !prints.is_empty() && (shift || (votes < BEYOND_PRINT && prints.iter().any(near)))
}

/// Whether a transform is that of print which repeats all over: an exact shift under which too few blocks (`share`) agree
/// for two copies of one photo. `scale` is that between originals.
#[must_use]
pub fn repeats(matrix: &Matrix3, scale: f64, share: f64) -> bool {
    let exact = matrix.rotation().to_degrees().abs() < EXACT_SHIFT.0 && (scale - 1.0).abs() < EXACT_SHIFT.1;
    exact && share > 0.0 && share < COPIES_VOTE
}

/// A stamp fills fewer of the 4×4 cells of a picture than this.
pub const FEW_CELLS: usize = 4;

/// Whether what agrees is printed on the picture, somewhere no anchor expects it.
///
/// A stamp fills few of the 4×4 cells of the picture and neither turns nor scales. A transform that is a shift exactly
/// is refused at once; one that is a shift as nearly as a stamp in one corner can tell is refused when the blocks
/// elsewhere do not agree. `scale` is that between originals.
#[must_use]
pub fn only_stamp(rotation: f64, scale: f64, cells: usize, votes_elsewhere: f64) -> bool {
    let within = |degrees: f64, change: f64| rotation.to_degrees().abs() < degrees && (scale - 1.0).abs() < change;
    cells < FEW_CELLS && (within(0.05, 0.0005) || (within(4.0, 0.08) && votes_elsewhere < BEYOND_STAMP))
}

/// Votes away from a stamp that are more significant than this show that skin agrees, too.
const BEYOND_STAMP: f64 = 3.0;

/// The cell of a 4×4 grid over a picture that a place lies in.
#[must_use]
pub fn sixteenth(p: Point, width: usize, height: usize) -> usize {
    let index = |v: f64, length: usize| ((v * 4.0 / length as f64).max(0.0) as usize).min(3);
    index(p.y, height) * 4 + index(p.x, width)
}

/// The fewest cells that together hold nine tenths of the inliers; the rest may be there by chance.
#[must_use]
pub fn crowded(counts: &[usize; 16]) -> [bool; 16] {
    let mut order: Vec<usize> = (0..16).collect();
    order.sort_by_key(|&i| std::cmp::Reverse(counts[i]));
    let enough = counts.iter().sum::<usize>() * 9;
    let (mut held, mut sum) = ([false; 16], 0);
    for i in order {
        if sum * 10 >= enough {
            break;
        }
        sum += counts[i];
        held[i] = true;
    }
    held
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stray_inliers_do_not_make_a_stamp_look_spread() {
        let mut counts = [0; 16];
        (counts[15], counts[14], counts[2], counts[7]) = (40, 20, 3, 2);
        assert_eq!(crowded(&counts).iter().filter(|h| **h).count(), 2);
        assert_eq!(crowded(&[5; 16]).iter().filter(|h| **h).count(), 15);
        assert_eq!(crowded(&[0; 16]), [false; 16]);
    }

    #[test]
    fn a_shift_is_a_stamp_only_where_little_agrees() {
        assert!(only_stamp(0.0, 1.0, 1, 50.0));
        assert!(!only_stamp(0.0, 1.0, 16, 50.0), "identical pictures");
        assert!(only_stamp(0.01, 1.004, 2, 0.3));
        assert!(!only_stamp(0.01, 1.004, 2, 12.0), "a close-up that overlaps in a corner");
        assert!(!only_stamp(0.2, 1.0, 2, 0.3));
    }
}
