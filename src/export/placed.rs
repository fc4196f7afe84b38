//! Photos as they lie in a frame: their pixels at the resolution an output needs.

use crate::compare::Layout;
use crate::geom::{Matrix3, Rect, Size};
use crate::imaging::{self, Detail, ImagingError, Picture};

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
