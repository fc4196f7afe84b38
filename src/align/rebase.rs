//! What a person said in a former frame of a view, carried over to the frame that took its place.
//!
//! A frame is the pixels of its reference. Where the former reference lies in the new frame, everything that was placed in
//! the former one lies there too: the transforms are composed, and the residuals add up like independent errors.

use super::placement::is_similarity;
use crate::clock::Now;
use crate::geom::Matrix3;
use crate::model::{Alignment, AlignmentSource, Basis, Frame, Landmark, PhotoId, SeriesId, Slot};
use crate::vault::{Board, Op, Result, Vault};

use super::placement::placement;

/// Where one frame lies in another.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Step {
    matrix: Matrix3,
    residual_px: Option<f64>,
}

/// Carries a person's answers over to the current frames of a series. How many there were.
pub fn carry_over(vault: &Vault, series: SeriesId, now: Now) -> Result<usize> {
    let former = vault.former_answers(series)?;
    if former.is_empty() {
        return Ok(0);
    }
    let mut carried = carried(&vault.board(series)?, &former);
    // Once and no more: who asks the engine again after that means its answer.
    let done = vault.carried_over(series)?;
    carried.retain(|answer| !done.contains(&answer.photo));
    if carried.is_empty() {
        return Ok(0);
    }
    vault.transact(Op::Align, now, |tx| {
        // A person may have decided in between: only what still is missing is stored.
        let board = tx.board(series)?;
        let missing = |a: &&Alignment| !is_a_persons(&board, a.photo) && board.frames.iter().any(|f| f.id == a.frame);
        carried.iter().filter(missing).try_for_each(|a| tx.add_alignment(a).map(drop))
    })?;
    Ok(carried.len())
}

/// Whether a person said where this photo lies in the frame that is current.
fn is_a_persons(board: &Board, photo: PhotoId) -> bool {
    let current = |a: &&Alignment| a.photo == photo && board.frames.iter().any(|f| f.id == a.frame);
    board.alignments.iter().find(current).is_some_and(|a| a.source != AlignmentSource::Automatic)
}

/// The answers of persons that are missing in the current frames; `former` comes newest frame first.
fn carried(board: &Board, former: &[(Frame, Alignment)]) -> Vec<Alignment> {
    let mut out: Vec<Alignment> = Vec::new();
    for (frame, answer) in former {
        let Some(current) = board.frames.iter().find(|f| f.view == frame.view) else { continue };
        let shown = |id: PhotoId| {
            board.photos.iter().any(|p| p.id == id && p.view == Some(current.view) && p.slot != Slot::Rejected)
        };
        let inverse = inverted(answer).filter(|_| answer.photo == current.reference);
        // The former reference itself, where a person placed the new one in its frame.
        let own = inverse.map(|step| (frame.reference, step));
        let other = step(board, former, frame, current).and_then(|step| Some((answer.photo, composed(&step, answer)?)));
        for (photo, step) in own.into_iter().chain(other) {
            let is_new = photo != current.reference && out.iter().all(|a| a.photo != photo);
            if is_new && shown(photo) && !is_a_persons(board, photo) && is_similarity(&step.matrix) {
                out.push(rebased(photo, current, answer, step));
            }
        }
    }
    out
}

/// How the coordinates of a former frame lie in the current one.
fn step(board: &Board, former: &[(Frame, Alignment)], from: &Frame, to: &Frame) -> Option<Step> {
    let reference = board.photos.iter().find(|p| p.id == from.reference && p.view == Some(to.view));
    if let Some(place) = reference.and_then(|photo| placement(board, photo).place(false).copied()) {
        return Some(Step { matrix: place.matrix, residual_px: place.residual_px });
    }
    let other_way = former.iter().find(|(frame, a)| frame.id == from.id && a.photo == to.reference);
    other_way.and_then(|(_, answer)| inverted(answer))
}

fn inverted(answer: &Alignment) -> Option<Step> {
    let matrix = answer.matrix?.inverse()?;
    Some(Step { matrix, residual_px: answer.residual_px.map(|px| px * matrix.scale()) })
}

fn composed(step: &Step, answer: &Alignment) -> Option<Step> {
    let residual_px = match (step.residual_px, answer.residual_px.map(|px| px * step.matrix.scale())) {
        (Some(a), Some(b)) => Some(a.hypot(b)),
        (a, b) => a.or(b),
    };
    Some(Step { matrix: step.matrix.after(&answer.matrix?), residual_px })
}

fn rebased(photo: PhotoId, frame: &Frame, from: &Alignment, step: Step) -> Alignment {
    // Points that were clicked belong to the photo they were clicked in; a region is drawn anew where it is needed.
    let landmarks = match (photo == from.photo, from.matrix.and_then(|m| m.inverse())) {
        (true, Some(back)) => {
            let over = step.matrix.after(&back);
            let carry = |mark: &Landmark| Landmark { photo: mark.photo, frame: over.apply(mark.frame) };
            from.basis.landmarks.iter().map(carry).collect()
        }
        _ => Vec::new(),
    };
    Alignment {
        id: None,
        photo,
        frame: frame.id,
        matrix: Some(step.matrix),
        residual_px: step.residual_px,
        basis: Basis { landmarks, rebased: true, ..Basis::default() },
        ..from.clone()
    }
}
