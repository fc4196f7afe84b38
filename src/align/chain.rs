//! By way of another photo: where a photo does not match its reference directly, it may match a session between them,
//! which does.

use super::cache::Cache;
use super::placement::{Place, placement};
use super::queue::leads_on;
use super::{of_engine, ready};
use crate::model::{Alignment, Answer, Basis, Frame, Model, Photo, PhotoId, SessionId};
use crate::registration::{self, Described, Registration};
use crate::vault::{Board, Result, Vault};

/// Photos that are tried: each costs as much as a direct alignment.
const TRIED: usize = 3;
/// A way of two steps is as certain as both are; below this it is not taken.
const LEAST_CONFIDENCE: f64 = 0.75;

/// Photos of the view that lie in the frame, other than its reference; nearest in time first.
fn between<'a>(board: &'a Board, photo: &Photo, frame: &Frame) -> Vec<(&'a Photo, Place)> {
    let day = |id: SessionId| board.sessions.iter().find(|s| s.id == id).map(|s| s.date);
    let apart = |other: &Photo| match (day(photo.session), day(other.session)) {
        (Some(a), Some(b)) => (a - b).num_days().abs(),
        _ => i64::MAX,
    };
    // A chain has two steps: what came by way of another photo is no step of it.
    let is_direct =
        |of: &Photo| board.alignments.iter().any(|a| a.photo == of.id && a.frame == frame.id && leads_on(board, a));
    let fits = |other: &&Photo| {
        other.view == photo.view && other.id != photo.id && other.id != frame.reference && is_direct(other)
    };
    let place = |other: &'a Photo| placement(board, other).place(false).map(|place| (other, *place));
    let mut found: Vec<_> = board.photos.iter().filter(fits).filter_map(place).collect();
    found.sort_by_key(|(other, _)| (apart(other), other.id));
    found
}

/// The photo's place by way of another one, where both steps are plainly aligned.
pub(super) fn by_way_of(
    vault: &Vault,
    board: &Board,
    (photo, moving): (&Photo, &Described),
    frame: &Frame,
    cache: &mut Cache<PhotoId, Described>,
) -> Result<Option<Alignment>> {
    for (other, place) in between(board, photo, frame).into_iter().take(TRIED) {
        let Some(fixed) = cache.described(other.id, || ready(vault, other))? else { continue };
        let found = registration::register(moving, &fixed, Model::Similarity);
        if let Some(found) = joined(&found, &place) {
            let basis = Basis { via: Some(other.id), ..Basis::default() };
            return Ok(Some(of_engine(photo.id, frame.id, found, basis)));
        }
    }
    Ok(None)
}

/// Both steps as one; none when that is not certain enough.
pub(super) fn joined(first: &Registration, second: &Place) -> Option<Registration> {
    let matrix = second.matrix.after(&first.matrix.filter(|_| first.answer == Answer::Aligned)?);
    let confidence = first.confidence * second.confidence;
    let own = first.residual_px.map(|px| px * second.matrix.scale());
    // What was not measured of one step is not known of both.
    let residual_px = own.zip(second.residual_px).map(|(a, b)| a.hypot(b));
    let answer = Answer::Aligned;
    (confidence >= LEAST_CONFIDENCE).then_some(Registration {
        answer,
        matrix: Some(matrix),
        residual_px,
        confidence,
        why: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geom::Matrix3;

    fn found(confidence: f64) -> Registration {
        Registration {
            answer: Answer::Aligned,
            matrix: Some(Matrix3::similarity(1.1, 0.1, 5.0, 2.0)),
            residual_px: Some(3.0),
            confidence,
            why: None,
        }
    }

    #[test]
    fn two_steps_are_one_and_their_errors_add_up() {
        let second = Place {
            matrix: Matrix3::similarity(2.0, -0.3, 1.0, 9.0),
            confidence: 0.9,
            residual_px: Some(8.0),
            mm_per_px: None,
        };
        let joined = joined(&found(0.95), &second).expect("certain enough");
        let direct = second.matrix.after(&found(1.0).matrix.expect("a matrix"));
        assert_eq!((joined.matrix, joined.residual_px), (Some(direct), Some(10.0)));
        assert!((joined.confidence - 0.855).abs() < 1e-12);
    }

    #[test]
    fn a_step_that_is_not_certain_leads_nowhere() {
        let second = Place { matrix: Matrix3::IDENTITY, confidence: 0.8, residual_px: None, mm_per_px: None };
        assert_eq!(joined(&found(0.8), &second), None, "each is, both are not");
        let unsure = Registration { answer: Answer::Suggestion, ..found(1.0) };
        assert_eq!(joined(&unsure, &second), None);
    }
}
