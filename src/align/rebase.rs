//! What was said in a former frame of a view, carried over to the frame that took its place.
//!
//! A frame is the pixels of its reference. Where the former reference lies in the new frame, everything that was placed in
//! the former one lies there too: the transforms are composed, and the residuals add up like independent errors. What a
//! person said is carried over as it is. The engine is asked anew; where it finds nothing in the new frame, its answer in
//! the former one is one step of two.

use std::collections::HashMap;

use super::chain::joined;
use super::of_engine;
use super::placement::{Place, is_similarity, placement};
use crate::clock::Now;
use crate::geom::{Matrix3, Point};
use crate::model::{Alignment, AlignmentSource, Answer, Basis, Frame, Landmark, PhotoId, SeriesId, Slot};
use crate::registration::{ENGINE, Registration};
use crate::vault::{Board, Op, Result, Vault};

/// Answers in frames that are no longer current, newest frame first.
pub(super) struct Former(Vec<(Frame, Alignment)>);

impl Former {
    /// Those of a series.
    pub(super) fn of(vault: &Vault, series: SeriesId) -> Result<Self> {
        vault.former_answers(series).map(Self)
    }

    /// The regions that were drawn in former frames, as they lie in the current ones.
    pub(super) fn regions(&self, board: &Board) -> HashMap<PhotoId, Vec<Point>> {
        let mut out = HashMap::new();
        for (frame, answer) in self.0.iter().filter(|(_, answer)| !answer.basis.region.is_empty()) {
            let current = board.frames.iter().find(|f| f.view == frame.view);
            let Some(step) = current.and_then(|current| self.step(board, frame, current)) else { continue };
            let lies = || answer.basis.region.iter().map(|corner| step.matrix.apply(*corner)).collect();
            let _newest = out.entry(answer.photo).or_insert_with(lies);
        }
        out
    }

    /// Where a photo lies in the current frame by way of a former one's reference, if both steps are plainly aligned.
    pub(super) fn by_way_of(&self, board: &Board, photo: PhotoId, current: &Frame) -> Option<Alignment> {
        let is_own = |(frame, answer): &&(Frame, Alignment)| {
            answer.photo == photo && frame.view == current.view && is_plain(answer) && answer.basis.region.is_empty()
        };
        self.0.iter().filter(is_own).find_map(|(frame, answer)| {
            let step = self.step(board, frame, current)?;
            let first = Registration {
                answer: Answer::Aligned,
                matrix: answer.matrix,
                residual_px: answer.residual_px,
                confidence: answer.confidence,
                why: None,
            };
            let found = joined(&first, &step)?;
            let basis = Basis { via: Some(frame.reference), ..Basis::default() };
            found.matrix.as_ref().is_some_and(is_similarity).then(|| of_engine(photo, current.id, found, basis))
        })
    }

    /// How the coordinates of a former frame lie in the current one.
    fn step(&self, board: &Board, from: &Frame, to: &Frame) -> Option<Place> {
        if from.reference == to.reference {
            return Some(Place { matrix: Matrix3::IDENTITY, confidence: 1.0, residual_px: Some(0.0), mm_per_px: None });
        }
        let reference = board.photos.iter().find(|p| p.id == from.reference && p.view == Some(to.view));
        if let Some(place) = reference.and_then(|photo| placement(board, photo).place(false).copied()) {
            return Some(place);
        }
        let is_way = |answer: &Alignment| answer.photo == to.reference && (is_persons(answer) || is_plain(answer));
        self.0.iter().find(|(frame, answer)| frame.id == from.id && is_way(answer)).and_then(|(_, a)| inverted(a))
    }

    /// The answers of persons that are missing in the current frames.
    fn carried(&self, board: &Board) -> Vec<Alignment> {
        let mut out: Vec<Alignment> = Vec::new();
        for (frame, answer) in self.0.iter().filter(|(_, answer)| is_persons(answer)) {
            let Some(current) = board.frames.iter().find(|f| f.view == frame.view) else { continue };
            let shown = |id: PhotoId| {
                board.photos.iter().any(|p| p.id == id && p.view == Some(current.view) && p.slot != Slot::Rejected)
            };
            let inverse = inverted(answer).filter(|_| answer.photo == current.reference);
            // The former reference itself, where a person placed the new one in its frame.
            let own = inverse.map(|step| (frame.reference, step));
            let other =
                self.step(board, frame, current).and_then(|step| Some((answer.photo, composed(&step, answer)?)));
            for (photo, step) in own.into_iter().chain(other) {
                let is_new = photo != current.reference && out.iter().all(|a| a.photo != photo);
                if is_new && shown(photo) && !has_a_persons(board, photo) && is_similarity(&step.matrix) {
                    out.push(rebased(photo, current, answer, step));
                }
            }
        }
        out
    }
}

/// Carries a person's answers over to the current frames of a series. How many there were.
pub(super) fn carry_over(vault: &Vault, series: SeriesId, former: &Former, now: Now) -> Result<usize> {
    if former.0.is_empty() {
        return Ok(0);
    }
    let mut carried = former.carried(&vault.board(series)?);
    // Once and no more: who asks the engine again after that means its answer.
    let done = vault.carried_over(series)?;
    carried.retain(|answer| !done.contains(&answer.photo));
    if carried.is_empty() {
        return Ok(0);
    }
    vault.transact(Op::Align, now, |tx| {
        // A person may have decided in between: only what still is missing is stored.
        let board = tx.board(series)?;
        let missing = |a: &&Alignment| !has_a_persons(&board, a.photo) && board.frames.iter().any(|f| f.id == a.frame);
        carried.iter().filter(missing).try_for_each(|a| tx.add_alignment(a).map(drop))
    })?;
    Ok(carried.len())
}

fn is_persons(answer: &Alignment) -> bool {
    matches!(answer.source, AlignmentSource::Landmarks | AlignmentSource::Accepted)
}

/// Plainly aligned by the engine as it is now.
fn is_plain(answer: &Alignment) -> bool {
    answer.source == AlignmentSource::Automatic && answer.answer == Answer::Aligned && answer.engine == ENGINE
}

/// Whether a person said where this photo lies in the frame that is current.
pub(super) fn has_a_persons(board: &Board, photo: PhotoId) -> bool {
    let current = |a: &&Alignment| a.photo == photo && board.frames.iter().any(|f| f.id == a.frame);
    board.alignments.iter().find(current).is_some_and(|a| a.source != AlignmentSource::Automatic)
}

fn inverted(answer: &Alignment) -> Option<Place> {
    let matrix = answer.matrix?.inverse()?;
    let residual_px = answer.residual_px.map(|px| px * matrix.scale());
    Some(Place { matrix, confidence: answer.confidence, residual_px, mm_per_px: None })
}

fn composed(step: &Place, answer: &Alignment) -> Option<Place> {
    let own = answer.residual_px.map(|px| px * step.matrix.scale());
    // What was not measured of one step is not known of both.
    let residual_px = own.zip(step.residual_px).map(|(a, b)| a.hypot(b));
    Some(Place {
        matrix: step.matrix.after(&answer.matrix?),
        confidence: answer.confidence,
        residual_px,
        mm_per_px: None,
    })
}

fn rebased(photo: PhotoId, frame: &Frame, from: &Alignment, place: Place) -> Alignment {
    // Points that were clicked belong to the photo they were clicked in; a region is carried over by itself.
    let landmarks = match (photo == from.photo, from.matrix.and_then(|m| m.inverse())) {
        (true, Some(back)) => {
            let over: Matrix3 = place.matrix.after(&back);
            let carry = |mark: &Landmark| Landmark { photo: mark.photo, frame: over.apply(mark.frame) };
            from.basis.landmarks.iter().map(carry).collect()
        }
        _ => Vec::new(),
    };
    Alignment {
        id: None,
        photo,
        frame: frame.id,
        matrix: Some(place.matrix),
        residual_px: place.residual_px,
        basis: Basis { landmarks, rebased: true, ..Basis::default() },
        ..from.clone()
    }
}
