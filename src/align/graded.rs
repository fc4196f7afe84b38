//! The grades of a board: each photo of a view against its baseline, measured once in the background and kept.

use std::collections::HashMap;

use super::best::{self, Candidate, NoPair, Proposal};
use super::grade::{assessed, measure};
use super::placement::{Placement, Unplaced, placement};
use super::{AlignError, read};
use crate::clock::Now;
use crate::compare::grade::{Comparability, ENGINE};
use crate::imaging::{self, Detail, Picture};
use crate::model::{AlignmentId, Photo, PhotoId, SeriesId, Slot, ViewId};
use crate::pipeline;
use crate::progress::Progress;
use crate::vault::{Board, GradeBasis, MeasuredPair, Op, Vault, VaultError};

/// Pairs that are stored in one transaction.
const BATCH: usize = 16;
/// Longest side of the pictures that are measured: the previews, which the comparison shows too.
const PREVIEW: u32 = 2048;

/// How far a photo may be compared with the baseline of its view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graded {
    /// What it was compared with.
    pub baseline: PhotoId,
    /// The grade and its reasons.
    pub comparability: Comparability,
}

/// The grades of a board, as far as they are known: one for each photo that has a baseline beside it, was looked at by the
/// engine, and, where it has a place, was measured there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grades(HashMap<PhotoId, Graded>);

impl Grades {
    /// Those of a board.
    #[must_use]
    pub fn new(board: &Board) -> Self {
        let graded = |(baseline, photo): Candidate| {
            let comparability = match pixels(board, (baseline, photo)) {
                Pixels::Waiting => return None,
                Pixels::NotNeeded => assessed(board, (baseline, photo), None)?,
                Pixels::Wanted(basis) => {
                    let kept = kept(board, (baseline, photo), basis)?;
                    assessed(board, (baseline, photo), kept.likeness.as_ref())?
                }
            };
            Some((photo, Graded { baseline, comparability }))
        };
        Self(pairs(board).into_iter().filter_map(graded).collect())
    }

    /// That of a photo.
    #[must_use]
    pub fn of(&self, photo: PhotoId) -> Option<&Graded> {
        self.0.get(&photo)
    }

    /// That of exactly this pair, where it is one of a baseline.
    #[must_use]
    pub fn of_pair(&self, (before, after): Candidate) -> Option<&Comparability> {
        self.of(after).filter(|graded| graded.baseline == before).map(|graded| &graded.comparability)
    }

    /// The best pair of a view by the grades that are known, or why there is none.
    pub fn best(&self, board: &Board, view: ViewId) -> Result<Proposal, NoPair> {
        let pairs = best::candidates(board, view)?.into_iter();
        let found = best::best(pairs.map(|pair| (pair, self.of_pair(pair))))?;
        Ok(self.explained(board, view, found))
    }

    /// The proposal, with the reason why a photo that is graded better is none.
    #[must_use]
    pub fn explained(&self, board: &Board, view: ViewId, found: Proposal) -> Proposal {
        let grade = |pair: Candidate| self.of_pair(pair).map(|known| known.grade);
        match best::passed_over(board, view, found.grade, grade) {
            Some(why) => Proposal { words: format!("{} {why}", found.words), ..found },
            None => found,
        }
    }
}

/// The pairs whose pixels have to be measured, because they never were, or lay otherwise, or by an older engine; and where
/// they lie.
#[must_use]
pub fn pending(board: &Board) -> Vec<(Candidate, GradeBasis)> {
    let new = |pair: Candidate| match pixels(board, pair) {
        Pixels::Wanted(basis) if kept(board, pair, basis).is_none() => Some((pair, basis)),
        _ => None,
    };
    pairs(board).into_iter().filter_map(new).collect()
}

/// Each photo that is shown with the baseline of its view, view by view.
fn pairs(board: &Board) -> Vec<Candidate> {
    let of_view = |view: ViewId| {
        let baseline = best::baseline(board, view)?;
        let others = move |p: &&Photo| p.view == Some(view) && p.slot != Slot::Rejected && p.id != baseline;
        Some(board.photos.iter().filter(others).map(move |p| (baseline, p.id)))
    };
    board.views.iter().filter_map(|view| of_view(view.id)).flatten().collect()
}

/// What the pixels of a pair are for.
enum Pixels {
    /// Nobody knows yet where the photo lies.
    Waiting,
    /// What has no place is not comparable, whatever it shows.
    NotNeeded,
    /// They are measured where both lie now.
    Wanted(GradeBasis),
}

fn pixels(board: &Board, (baseline, photo): Candidate) -> Pixels {
    let find = |id: PhotoId| board.photos.iter().find(|p| p.id == id);
    let frame = find(photo).and_then(|p| board.frames.iter().find(|f| Some(f.view) == p.view));
    let (Some(found), Some(frame)) = (find(photo), frame) else { return Pixels::Waiting };
    match placement(board, found) {
        Placement::NotAligned(Unplaced::Waiting | Unplaced::NoView) => Pixels::Waiting,
        Placement::NotAligned(_) => Pixels::NotNeeded,
        _ => Pixels::Wanted(GradeBasis { frame: frame.id, alignments: [baseline, photo].map(|id| answer(board, id)) }),
    }
}

fn answer(board: &Board, photo: PhotoId) -> Option<AlignmentId> {
    board.alignments.iter().find(|a| a.photo == photo)?.id
}

/// What was measured of the pair where it lies now.
fn kept(board: &Board, pair: Candidate, basis: GradeBasis) -> Option<&MeasuredPair> {
    let holds = |m: &&MeasuredPair| (m.before, m.after) == pair && m.basis == basis && m.engine == ENGINE;
    board.measured.iter().find(holds)
}

/// Measures every pair of a series that has to be, and keeps what came of it. How many there were.
///
/// A photo that cannot be read is left out: a verification says why. Stopping loses at most one batch.
pub fn grade_series(vault: &Vault, series: SeriesId, now: Now, progress: &Progress) -> Result<usize, AlignError> {
    let board = vault.board(series)?;
    let pending = pending(&board);
    let total = pending.len() as u64;
    let (mut looked_at, mut batch, mut graded) = (0, Vec::with_capacity(BATCH), 0);
    progress.report("Grading", 0, total);
    for of_one in pending.chunk_by(|(a, _), (b, _)| a.0 == b.0) {
        let baseline = if progress.is_cancelled() { None } else { preview(vault, &board, of_one[0].0.0)? };
        let Some(before) = baseline.and_then(|bytes| decoded(&bytes)) else {
            looked_at += of_one.len() as u64;
            continue;
        };
        let mut left = of_one.iter();
        let next = || {
            let Some(&(pair, basis)) = left.next().filter(|_| !progress.is_cancelled()) else { return Ok(None) };
            Ok::<_, VaultError>(Some((pair, basis, preview(vault, &board, pair.1)?)))
        };
        let work = |(pair, basis, bytes): (Candidate, GradeBasis, Option<Vec<u8>>)| {
            let after = decoded(&bytes?)?;
            let likeness = measure(&board, pair, [&before, &after]);
            let grade = assessed(&board, pair, likeness.as_ref())?.grade;
            Some(MeasuredPair { before: pair.0, after: pair.1, grade, basis, engine: ENGINE, likeness })
        };
        let store = |found: Option<MeasuredPair>| {
            looked_at += 1;
            progress.report("Grading", looked_at, total);
            graded += usize::from(found.is_some());
            batch.extend(found);
            if batch.len() >= BATCH { keep(vault, &mut batch, now) } else { Ok(()) }
        };
        pipeline::run(pipeline::decoders(), next, work, store)?;
    }
    keep(vault, &mut batch, now)?;
    Ok(graded)
}

fn keep(vault: &Vault, batch: &mut Vec<MeasuredPair>, now: Now) -> Result<(), VaultError> {
    if batch.is_empty() {
        return Ok(());
    }
    let ready = std::mem::take(batch);
    vault.transact(Op::Align, now, |tx| ready.iter().try_for_each(|pair| tx.keep_measured(pair)))
}

fn preview(vault: &Vault, board: &Board, id: PhotoId) -> Result<Option<Vec<u8>>, VaultError> {
    board.photos.iter().find(|p| p.id == id).map_or(Ok(None), |photo| read(vault, photo))
}

fn decoded(bytes: &[u8]) -> Option<Picture> {
    imaging::decode(bytes, Detail::AtLeast(PREVIEW)).ok()
}
