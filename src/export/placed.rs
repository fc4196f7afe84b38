//! Photos as they lie in a frame, and their pixels at the resolution an output needs.

use crate::compare::Layout;
use crate::geom::{Matrix3, Rect, Size};
use crate::imaging::{self, Detail, ImagingError, Picture};
use crate::model::{AlignmentSource, Answer, FrameId, Model, Photo};
use crate::vault::Board;

/// Where a photo lies: its frame, and the similarity from its upright pixels to the frame's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Placement {
    pub(super) frame: FrameId,
    pub(super) matrix: Matrix3,
    pub(super) confidence: f64,
    pub(super) residual_px: Option<f64>,
}

/// The placement of `photo` by its current alignment: one that is aligned, or that a person made or accepted.
///
/// The reference photo lies in its own frame without one. Only similarities count: anything freer would change shapes.
pub(super) fn placement(board: &Board, photo: &Photo) -> Option<Placement> {
    let frame = board.frames.iter().find(|f| Some(f.view) == photo.view)?;
    if frame.reference == photo.id {
        return Some(Placement { frame: frame.id, matrix: Matrix3::IDENTITY, confidence: 1.0, residual_px: None });
    }
    let alignment = board.alignments.iter().find(|a| a.photo == photo.id && a.frame == frame.id)?;
    let trusted = alignment.answer == Answer::Aligned || alignment.source != AlignmentSource::Automatic;
    let matrix = alignment.matrix.filter(is_similarity)?;
    (trusted && alignment.model == Model::Similarity).then_some(Placement {
        frame: frame.id,
        matrix,
        confidence: alignment.confidence,
        residual_px: alignment.residual_px,
    })
}

/// Whether a matrix only rotates, scales (without mirroring) and shifts.
pub(super) fn is_similarity(matrix: &Matrix3) -> bool {
    let m = &matrix.0;
    let scale = matrix.scale();
    let close = |a: f64, b: f64| (a - b).abs() <= 1e-6 * scale;
    let affine = m[6].abs() < 1e-12 && m[7].abs() < 1e-12 && (m[8] - 1.0).abs() < 1e-9;
    affine && scale.is_finite() && scale > 1e-6 && close(m[0], m[4]) && close(m[1], -m[3])
}

/// Decodes `bytes` no finer than an output of `density` pixels per frame pixel needs; the returned matrix maps pixels of
/// the decoded picture to frame pixels. `matrix` maps the upright original.
pub(super) fn decode_for(bytes: &[u8], matrix: &Matrix3, density: f64) -> Result<(Picture, Matrix3), ImagingError> {
    let full = imaging::inspect(bytes)?.size;
    let wanted = (f64::from(full.longest()) * matrix.scale() * density).ceil().clamp(1.0, f64::from(full.longest()));
    let picture = imaging::decode(bytes, Detail::AtLeast(wanted as u32))?;
    let matrix = to_decoded(matrix, full, picture.size());
    Ok((picture, matrix))
}

/// A matrix for the upright original `full` as one for the same picture decoded at `decoded`.
pub(super) fn to_decoded(matrix: &Matrix3, full: Size, decoded: Size) -> Matrix3 {
    matrix.after(&Matrix3::scaling(
        f64::from(full.width) / f64::from(decoded.width),
        f64::from(full.height) / f64::from(decoded.height),
    ))
}

/// The similarity that lays a picture of `own` size whole and centred into `room`.
pub(super) fn contain(own: Size, room: Rect) -> Matrix3 {
    let (w, h) = (f64::from(own.width), f64::from(own.height));
    let scale = (room.width / w).min(room.height / h);
    let shift = (room.x + 0.5 * (room.width - scale * w), room.y + 0.5 * (room.height - scale * h));
    Matrix3::similarity(scale, 0.0, shift.0, shift.1)
}

/// Output pixels per frame pixel that a composite of `crop` gets.
pub(super) fn density(layout: Layout, crop: Rect, longest: u32) -> f64 {
    f64::from(layout.plan(crop, longest).half.width) / crop.width.max(1e-6)
}
