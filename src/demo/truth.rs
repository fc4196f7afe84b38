//! What is really on every photo, and where: the file a test or a benchmark compares with.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::camera::Projection;
use super::plan::Trap;
use crate::geom::{Matrix3, Point, Size};
use crate::model::SessionKind;

/// The truth about a card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Truth {
    /// Version of this format.
    pub schema: u32,
    /// The clinic's seed.
    pub seed: u64,
    /// The day all dates are counted from.
    pub today: NaiveDate,
    /// One entry per file, in the order of patients, series, sessions.
    pub shots: Vec<ShotTruth>,
}

/// The truth about a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShotTruth {
    /// Path below the card's folder, with `/`.
    pub file: String,
    /// Code of the patient in whose folder it lies.
    pub patient: String,
    /// Code of the patient who is really shown.
    pub subject: String,
    /// Key of the series.
    pub series: String,
    /// Index of the session within the series, from 0.
    pub session: usize,
    /// Kind of the session.
    pub kind: SessionKind,
    /// Day of the session.
    pub date: NaiveDate,
    /// Name of the view; none when the file is not a photo.
    pub view: Option<String>,
    /// Index of the view within the series.
    pub view_index: Option<usize>,
    /// What is wrong with the file.
    pub trap: Option<Trap>,
    /// Whether this is the view's reference.
    pub reference: bool,
    /// Size of the upright picture.
    pub size: Size,
    /// EXIF orientation of the stored pixels.
    pub orientation: u8,
    /// Upright pixels of this shot to upright pixels of the view's reference shot, as the similarity that fits best;
    /// none where nothing is shared: another patient, no photo.
    pub matrix: Option<Matrix3>,
    /// How far the real map (with tilt and moved skin) is from that similarity: root mean square in reference pixels.
    pub rms_px: Option<f64>,
}

/// A similarity and how well it fits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Fit {
    pub matrix: Matrix3,
    pub rms: f64,
}

/// Side of the grid of points at which the true map is looked at.
const GRID: u32 = 24;

/// The similarity nearest to the true map from `moving` to `fixed`, over the part both show; `None` when that is nothing.
pub(crate) fn fit(moving: &Projection, moving_size: Size, fixed: &Projection, fixed_size: Size) -> Option<Fit> {
    let limits = (f64::from(fixed_size.width), f64::from(fixed_size.height));
    let mut pairs = Vec::new();
    for j in 0..GRID {
        for i in 0..GRID {
            let p = Point::new(
                (f64::from(i) + 0.5) / f64::from(GRID) * f64::from(moving_size.width),
                (f64::from(j) + 0.5) / f64::from(GRID) * f64::from(moving_size.height),
            );
            let r = fixed.shot_at(moving.scene_at(p));
            if (0.0..limits.0).contains(&r.x) && (0.0..limits.1).contains(&r.y) {
                pairs.push((p, r));
            }
        }
    }
    similarity(&pairs)
}

/// Least squares over point pairs, in the closed form for the plane: with both centred, s·e^{iθ} = Σ p̄·r / Σ |p|².
pub(crate) fn similarity(pairs: &[(Point, Point)]) -> Option<Fit> {
    if pairs.len() < 3 {
        return None;
    }
    let n = pairs.len() as f64;
    let mean = |of: fn(&(Point, Point)) -> Point| {
        let sum = pairs.iter().map(of).fold(Point::default(), |a, p| Point::new(a.x + p.x, a.y + p.y));
        Point::new(sum.x / n, sum.y / n)
    };
    let (pm, rm) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let (mut dot, mut cross, mut norm) = (0.0, 0.0, 0.0);
    for (p, r) in pairs {
        let (px, py, rx, ry) = (p.x - pm.x, p.y - pm.y, r.x - rm.x, r.y - rm.y);
        dot += px * rx + py * ry;
        cross += px * ry - py * rx;
        norm += px * px + py * py;
    }
    let (a, b) = (dot / norm, cross / norm);
    let matrix = Matrix3([a, -b, rm.x - a * pm.x + b * pm.y, b, a, rm.y - b * pm.x - a * pm.y, 0.0, 0.0, 1.0]);
    let square = pairs.iter().map(|(p, r)| matrix.apply(*p).distance(*r).powi(2)).sum::<f64>();
    (norm > 0.0).then_some(Fit { matrix, rms: (square / n).sqrt() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_similarity_is_recovered_exactly() {
        let true_map = Matrix3::similarity(1.13, -0.12, 40.0, -17.0);
        let pairs: Vec<_> = [(3.0, 9.0), (700.0, 12.0), (55.0, 430.0), (640.0, 400.0)]
            .map(|(x, y)| (Point::new(x, y), true_map.apply(Point::new(x, y))))
            .to_vec();
        let fit = similarity(&pairs).expect("four points");
        assert!(fit.rms < 1e-9);
        assert!(fit.matrix.mean_corner_error(&true_map, Size::new(720, 480)) < 1e-6);
    }
}
