//! Places every photo of a series in the frame of its view: which photo is the reference, what is still to do, and the
//! answers of the registration, stored as they are.

pub mod best;
mod cache;
mod chain;
mod decision;
mod grade;
pub mod graded;
pub mod pair;
mod placement;
pub mod queue;
mod rebase;

pub use cache::{Bytes, Memory};
pub use decision::{Decision, decide, place, refine};
pub use grade::{comparability, comparability_of_files};
pub use graded::grade_series;
pub use placement::{Place, Placement, Unplaced, is_similarity, placement};

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use cache::Cache;
use rebase::Former;
use thiserror::Error;

use crate::clock::Now;
use crate::geom::Point;
use crate::imaging::{self, Detail};
use crate::model::{
    Alignment, AlignmentSource, Answer, Basis, Frame, FrameId, Model, Photo, PhotoId, SeriesId, ViewId,
};
use crate::pipeline;
use crate::progress::Progress;
use crate::registration::landmarks::LandmarkError;
use crate::registration::{self, Described, Region, Registration};
use crate::vault::{Board, Derived, Op, Result as VaultResult, Vault, VaultError, counterpart};

/// The last step of the registration works at this size, which is that of a preview; more pixels are not decoded.
const WORKING_PX: u32 = registration::DETAIL;
/// What a run may hold of references: those of some sixteen views …
const REFERENCES: usize = 128 * 1024 * 1024;
/// … and what of them is kept for the next run.
const KEPT: usize = 64 * 1024 * 1024;
/// Answers that are stored in one transaction.
const BATCH: usize = 8;

/// Why an alignment run stopped.
#[derive(Debug, Clone, Error)]
pub enum AlignError {
    /// The vault says so.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The points of a person give no place.
    #[error(transparent)]
    Landmarks(#[from] LandmarkError),
    /// A photo that is needed cannot be read.
    #[error("a photo could not be read")]
    Unreadable,
}

impl AlignError {
    /// What happened, what is safe, what to do.
    #[must_use]
    pub fn user_message(&self) -> String {
        match self {
            Self::Vault(error) => error.user_message(),
            Self::Landmarks(error) => error.user_message(),
            Self::Unreadable => {
                "One of the two photos could not be read. Nothing was changed. Run a verification of the vault to \
                                 see whether its original is damaged."
                    .to_owned()
            }
        }
    }
}

/// What a run found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AlignSummary {
    /// Plainly aligned.
    pub aligned: usize,
    /// Suggestions that a person should check.
    pub suggested: usize,
    /// Photos without an answer.
    pub none: usize,
    /// Photos that had a valid answer already.
    pub kept: usize,
    /// References: they are the frame.
    pub references: usize,
    /// Photos that could not be read or decoded.
    pub unreadable: usize,
    /// Whether the run was stopped before its end.
    pub cancelled: bool,
}

impl AlignSummary {
    /// Adds another run's counts.
    pub fn add(&mut self, other: &Self) {
        self.aligned += other.aligned;
        self.suggested += other.suggested;
        self.none += other.none;
        self.kept += other.kept;
        self.references += other.references;
        self.unreadable += other.unreadable;
        self.cancelled |= other.cancelled;
    }

    /// Photos that were not aligned before this run.
    #[must_use]
    pub fn tried(&self) -> usize {
        self.aligned + self.suggested + self.none + self.unreadable
    }

    /// "12 aligned, 1 to check, 1 could not be aligned."
    #[must_use]
    pub fn sentence(&self) -> String {
        let mut parts = vec![format!("{} aligned", self.aligned)];
        for (n, words) in [
            (self.suggested, "to check"),
            (self.none, "could not be aligned"),
            (self.unreadable, "unreadable"),
            (self.kept, "kept"),
        ] {
            if n > 0 {
                parts.push(format!("{n} {words}"));
            }
        }
        format!("{}.", parts.join(", "))
    }

    fn count(&mut self, answer: Answer) {
        match answer {
            Answer::Aligned => self.aligned += 1,
            Answer::Suggestion => self.suggested += 1,
            Answer::None => self.none += 1,
        }
    }
}

/// Aligns every photo of `series` that has a view, newest visit first.
///
/// A view without a frame gets one from its earliest primary photo, or the reference of the series it goes on from. Answers of the current engine in the current frame
/// and answers of a person stay as they are; older automatic ones are computed anew. Each answer is stored soon after
/// it was found, so that stopping loses little; a doubtful one only once it was tried by way of a session between, too.
/// Where the reference was changed, what persons had said of the former frame is carried over.
pub fn align_series(
    vault: &Vault,
    series: SeriesId,
    now: Now,
    progress: &Progress,
) -> Result<AlignSummary, AlignError> {
    align_remembering(vault, series, &references(), now, progress)
}

/// For the references of runs to come, each of which is made ready once.
#[must_use]
pub fn references() -> Memory<Described> {
    Memory::new(REFERENCES)
}

/// As [`align_series`], with what earlier runs made of references.
pub fn align_remembering(
    vault: &Vault,
    series: SeriesId,
    references: &Memory<Described>,
    now: Now,
    progress: &Progress,
) -> Result<AlignSummary, AlignError> {
    let mut summary = pass(vault, series, references, now, progress)?;
    if summary.aligned > 0 && !summary.cancelled {
        // What has its place now may be a way for what was looked at before.
        let more = pass(vault, series, references, now, progress)?;
        let again = more.aligned + more.suggested + more.none + more.unreadable;
        summary.kept = summary.kept.saturating_sub(again);
        summary.add(&AlignSummary { kept: 0, references: 0, ..more });
    }
    references.shrink(KEPT);
    Ok(summary)
}

/// Aligns what is to be aligned as the series stands now.
fn pass(
    vault: &Vault,
    series: SeriesId,
    references: &Memory<Described>,
    now: Now,
    progress: &Progress,
) -> Result<AlignSummary, AlignError> {
    let mut board = vault.board(series)?;
    let mut missing = queue::missing_frames(&board);
    if let Some(before) = board.series.predecessor {
        take_over(&board, &vault.board(before)?, &mut missing);
    }
    if !missing.is_empty() {
        // Chosen by the program, not by a person: it must not stand between a filing and its undo.
        vault.transact(Op::Align, now, |tx| {
            missing.iter().try_for_each(|&(view, photo)| tx.set_reference(view, photo).map(drop))
        })?;
        board = vault.board(series)?;
    }
    let former = Former::of(vault, series)?;
    if rebase::carry_over(vault, series, &former, now)? > 0 {
        board = vault.board(series)?;
    }
    let work = queue::queue(&board);
    let mut summary = AlignSummary { references: work.references, kept: work.kept, ..AlignSummary::default() };
    if work.photos.is_empty() {
        return Ok(summary);
    }
    let regions = regions(&board, &former);
    let total = work.photos.len() as u64;
    let (mut done, mut batch, mut doubtful) = (0, Vec::with_capacity(BATCH), Vec::new());
    let mut counts = AlignSummary::default();
    let mut cache = Cache::new();
    progress.report("Aligning", 0, total);
    let frames: HashMap<ViewId, (Frame, Photo)> =
        work.frames(&board).into_iter().map(|(frame, photo)| (frame.view, (frame, photo))).collect();
    let mut unreadable: HashSet<ViewId> = HashSet::new();
    let mut pending = work.photos.iter().copied();
    let next = || {
        if progress.is_cancelled() {
            summary.cancelled = true;
            return Ok(None);
        }
        let Some(photo) = pending.next() else { return Ok(None) };
        let frame = photo.view.filter(|view| !unreadable.contains(view)).and_then(|view| frames.get(&view));
        let fixed = frame.map(|(frame, reference)| {
            let fixed = references.or_make(reference.hash, || ready(vault, reference))?;
            if fixed.is_none() {
                let _first = unreadable.insert(frame.view);
            }
            Ok::<_, VaultError>(fixed.map(|fixed| (frame.id, fixed)))
        });
        let fixed = fixed.transpose()?.flatten();
        Ok(Some((read(vault, photo)?, photo, fixed)))
    };
    let register = |(bytes, photo, fixed): (Option<Vec<u8>>, &Photo, Option<Framed>)| {
        let (frame, fixed) = fixed?;
        let moving = Arc::new(describe(&bytes?, photo)?);
        let region = regions.get(&photo.id).cloned().unwrap_or_default();
        let found = answer(photo.id, frame, &moving, &fixed, region);
        Some((found, moving))
    };
    let store = |found: Option<(Alignment, Arc<Described>)>| {
        done += 1;
        progress.report("Aligning", done, total);
        if let Some((found, moving)) = found {
            // What fails is needed again, and so is what lies between it and the reference.
            cache.hold(found.photo, moving);
            if queue::is_final(&found) {
                counts.count(found.answer);
                batch.push(found);
            } else {
                doubtful.push(found);
            }
        }
        if batch.len() >= BATCH { flush(vault, series, &mut batch, now) } else { Ok(()) }
    };
    pipeline::run(pipeline::decoders(), next, register, store)?;
    flush(vault, series, &mut batch, now)?;
    // The former reference may have its place by now.
    let _carried = rebase::carry_over(vault, series, &former, now)?;
    // Stored only now: an answer that is there says that every other way was tried too.
    let mut by_chain = false;
    for found in doubtful {
        if progress.is_cancelled() {
            summary.cancelled = true;
            break;
        }
        let chained = try_chain(vault, series, found.photo, &former, &mut cache)?;
        by_chain |= chained.is_some();
        let found = chained.unwrap_or(found);
        counts.count(found.answer);
        flush(vault, series, &mut vec![found], now)?;
    }
    if by_chain {
        let _carried = rebase::carry_over(vault, series, &former, now)?;
    }
    if !summary.cancelled {
        // They or their reference cannot be read.
        let answered = counts.aligned + counts.suggested + counts.none;
        counts.unreadable = work.photos.len().saturating_sub(answered);
    }
    summary.add(&counts);
    Ok(summary)
}

/// A series that goes on from another one is aligned to the same references, so that its photos lie over the earlier ones.
fn take_over(board: &Board, before: &Board, missing: &mut [(ViewId, PhotoId)]) {
    for (view, photo) in missing {
        let theirs = counterpart(&board.views, *view, &before.views);
        if let Some(frame) = before.frames.iter().find(|frame| Some(frame.view) == theirs) {
            *photo = frame.reference;
        }
    }
}

/// What alone counts for a photo, where a person drew that; the current frame's word goes before a former one's.
fn regions(board: &Board, former: &Former) -> HashMap<PhotoId, Vec<Point>> {
    let mut out = former.regions(board);
    let current = board.alignments.iter().filter(|a| board.frames.iter().any(|f| f.id == a.frame));
    out.extend(current.map(|a| (a.photo, a.basis.region.clone())));
    out
}

/// A photo that failed directly, by way of another one; none when that leads nowhere either.
fn try_chain(
    vault: &Vault,
    series: SeriesId,
    photo: PhotoId,
    former: &Former,
    cache: &mut Cache<PhotoId, Described>,
) -> Result<Option<Alignment>, AlignError> {
    let board = vault.board(series)?;
    let Some(photo) = board.photos.iter().find(|p| p.id == photo) else { return Ok(None) };
    let Some(frame) = board.frames.iter().find(|f| Some(f.view) == photo.view) else { return Ok(None) };
    if rebase::has_a_persons(&board, photo.id) {
        return Ok(None);
    }
    if let Some(found) = former.by_way_of(&board, photo.id, frame) {
        return Ok(Some(found));
    }
    let Some(moving) = cache.described(photo.id, || ready(vault, photo))? else { return Ok(None) };
    Ok(chain::by_way_of(vault, &board, (photo, &moving), frame, cache)?)
}

/// A frame and its reference, made ready.
type Framed = (FrameId, Arc<Described>);

/// The preview where there is one, else the original; `None` when neither can be read.
fn read(vault: &Vault, photo: &Photo) -> VaultResult<Option<Vec<u8>>> {
    if let Some(preview) = vault.derived(photo.hash, Derived::Preview)? {
        return Ok(Some(preview));
    }
    match vault.original(photo.id) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(VaultError::Damaged(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A photo made ready for registration; none when it cannot be read.
fn ready(vault: &Vault, photo: &Photo) -> VaultResult<Option<Described>> {
    Ok(read(vault, photo)?.and_then(|bytes| describe(&bytes, photo)))
}

fn describe(bytes: &[u8], photo: &Photo) -> Option<Described> {
    let picture = imaging::decode(bytes, Detail::AtLeast(WORKING_PX)).ok()?;
    Some(registration::describe(&picture, photo.size))
}

/// What the engine says of a photo in a frame, with nothing of the frame but `region` counting, where that is not empty.
fn answer(photo: PhotoId, frame: FrameId, moving: &Described, fixed: &Described, region: Vec<Point>) -> Alignment {
    let counts = Region::lasso(region.clone());
    let found = registration::register_within(moving, fixed, Model::Similarity, counts.as_ref());
    of_engine(photo, frame, found, Basis { region, ..Basis::default() })
}

fn of_engine(photo: PhotoId, frame: FrameId, found: Registration, basis: Basis) -> Alignment {
    Alignment {
        id: None,
        photo,
        frame,
        model: Model::Similarity,
        matrix: found.matrix,
        engine: registration::ENGINE,
        source: AlignmentSource::Automatic,
        answer: found.answer,
        residual_px: found.residual_px,
        confidence: found.confidence,
        why: found.why,
        basis,
    }
}

/// Stores answers, but for those that a person gave meanwhile, or whose photo or frame went elsewhere.
fn flush(vault: &Vault, series: SeriesId, batch: &mut Vec<Alignment>, now: Now) -> VaultResult<()> {
    if batch.is_empty() {
        return Ok(());
    }
    let ready = std::mem::take(batch);
    vault.transact(Op::Align, now, |tx| {
        let board = tx.board(series)?;
        let view = |a: &Alignment| board.photos.iter().find(|p| p.id == a.photo).and_then(|p| p.view);
        let is_there = |a: &&Alignment| board.frames.iter().any(|f| f.id == a.frame && Some(f.view) == view(a));
        let is_missing = |a: &&Alignment| is_there(a) && !rebase::has_a_persons(&board, a.photo);
        ready.iter().filter(is_missing).try_for_each(|a| tx.add_alignment(a).map(drop))
    })
}
