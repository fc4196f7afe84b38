//! Places every photo of a series in the frame of its view: which photo is the reference, what is still to do, and the
//! answers of the registration, stored as they are.

pub mod best;
mod cache;
mod chain;
mod decision;
mod grade;
pub mod pair;
mod placement;
pub mod queue;
mod rebase;

pub use decision::{Decision, decide, refine};
pub use grade::comparability;
pub use placement::{Place, Placement, Unplaced, is_similarity, placement};

use std::collections::HashMap;
use std::sync::Arc;

use cache::Cache;
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
use crate::vault::{Derived, Op, Result as VaultResult, Vault, VaultError};

/// The last step of the registration works at this size, which is that of a preview; more pixels are not decoded.
const WORKING_PX: u32 = registration::DETAIL;
/// Views whose references are in memory at once, at some eight megabytes each.
const VIEWS: usize = 16;
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
/// A view without a frame gets one from its earliest primary photo. Answers of the current engine in the current frame
/// and answers of a person stay as they are; older automatic ones are computed anew. Each answer is stored soon after
/// it was found, so that stopping loses little. Where the reference was changed, what persons had said of the former frame
/// is carried over. What fails directly is tried by way of a session between.
pub fn align_series(
    vault: &Vault,
    series: SeriesId,
    now: Now,
    progress: &Progress,
) -> Result<AlignSummary, AlignError> {
    let mut board = vault.board(series)?;
    let missing = queue::missing_frames(&board);
    if !missing.is_empty() {
        // Chosen by the program, not by a person: it must not stand between a filing and its undo.
        vault.transact(Op::Align, now, |tx| {
            missing.iter().try_for_each(|&(view, photo)| tx.set_reference(view, photo).map(drop))
        })?;
        board = vault.board(series)?;
    }
    if rebase::carry_over(vault, series, now)? > 0 {
        board = vault.board(series)?;
    }
    let work = queue::queue(&board);
    let mut summary = AlignSummary { references: work.references, kept: work.kept, ..AlignSummary::default() };
    let mut references = work.frames(&board);
    if work.photos.is_empty() {
        return Ok(summary);
    }
    let regions: HashMap<PhotoId, Vec<Point>> = (board.alignments.iter())
        .filter(|a| board.frames.iter().any(|f| f.id == a.frame))
        .map(|a| (a.photo, a.basis.region.clone()))
        .collect();
    let total = work.photos.len() as u64;
    let (mut done, mut batch, mut answers) = (0, Vec::with_capacity(BATCH), Vec::new());
    let mut cache = Cache::new();
    progress.report("Aligning", 0, total);
    // References of as many views as fit into memory at once.
    while !references.is_empty() && !summary.cancelled {
        let described = describe_references(vault, references.split_off(references.len().saturating_sub(VIEWS)))?;
        let mut pending = (work.photos.iter()).filter(|photo| photo.view.is_some_and(|v| described.contains_key(&v)));
        let next = || {
            if progress.is_cancelled() {
                summary.cancelled = true;
                return Ok(None);
            }
            let Some(&photo) = pending.next() else { return Ok(None) };
            let fixed = photo.view.and_then(|view| described.get(&view)).cloned().flatten();
            Ok(Some((read(vault, photo)?, photo, fixed)))
        };
        let register = |(bytes, photo, fixed): (Option<Vec<u8>>, &Photo, Option<Placed>)| {
            let fixed = fixed?;
            let moving = Arc::new(describe(&bytes?, photo)?);
            let region = regions.get(&photo.id).cloned().unwrap_or_default();
            let found = answer(photo.id, fixed.0.id, &moving, &fixed.1, region);
            Some((found, moving))
        };
        let store = |found: Option<(Alignment, Arc<Described>)>| {
            done += 1;
            progress.report("Aligning", done, total);
            answers.push(found.as_ref().map(|(a, _)| (a.photo, a.answer)));
            if let Some((found, moving)) = found {
                // What fails is needed again, and so is what lies between it and the reference.
                cache.hold(found.photo, moving);
                batch.push(found);
            }
            if batch.len() >= BATCH || done == total { flush(vault, &mut batch, now) } else { Ok(()) }
        };
        pipeline::run(pipeline::decoders(), next, register, store)?;
    }
    flush(vault, &mut batch, now)?;
    if !summary.cancelled {
        // Their reference is not on the board.
        summary.unreadable += work.photos.len().saturating_sub(answers.len());
    }
    // The former reference may have its place by now.
    let _carried = rebase::carry_over(vault, series, now)?;
    for found in answers {
        match found {
            Some((photo, answer)) if answer != Answer::Aligned && !progress.is_cancelled() => {
                let region = regions.get(&photo).is_some_and(|region| !region.is_empty());
                let chained = if region { None } else { try_chain(vault, series, photo, &mut cache, now)? };
                summary.count(chained.unwrap_or(answer));
            }
            Some((_, answer)) => summary.count(answer),
            None => summary.unreadable += 1,
        }
    }
    Ok(summary)
}

/// Tries a photo that failed directly by way of another one, and stores what that gives; none when it gives nothing.
fn try_chain(
    vault: &Vault,
    series: SeriesId,
    photo: PhotoId,
    cache: &mut Cache,
    now: Now,
) -> Result<Option<Answer>, AlignError> {
    let board = vault.board(series)?;
    let Some(photo) = board.photos.iter().find(|p| p.id == photo) else { return Ok(None) };
    let Some(frame) = board.frames.iter().find(|f| Some(f.view) == photo.view) else { return Ok(None) };
    let is_automatic = |a: &Alignment| a.photo == photo.id && a.source == AlignmentSource::Automatic;
    if !board.alignments.iter().any(is_automatic) {
        return Ok(None);
    }
    let Some(moving) = cache.described(photo.id, || ready(vault, photo))? else { return Ok(None) };
    let Some(found) = chain::by_way_of(vault, &board, (photo, &moving), frame, cache)? else { return Ok(None) };
    let _id = vault.transact(Op::Align, now, |tx| tx.add_alignment(&found))?;
    Ok(Some(found.answer))
}

/// A frame and its described reference.
type Placed = Arc<(Frame, Described)>;

/// The references of these views, each described once; none of one that cannot be read.
fn describe_references(
    vault: &Vault,
    mut frames: Vec<(Frame, Photo)>,
) -> Result<HashMap<ViewId, Option<Placed>>, VaultError> {
    let mut out: HashMap<ViewId, Option<Placed>> = frames.iter().map(|(frame, _)| (frame.view, None)).collect();
    let next = || {
        let Some((frame, photo)) = frames.pop() else { return Ok(None) };
        Ok(Some((read(vault, &photo)?, frame, photo)))
    };
    let work = |(bytes, frame, photo): (Option<Vec<u8>>, Frame, Photo)| {
        let described = describe(&bytes?, &photo)?;
        Some((frame.view, Some(Arc::new((frame, described)))))
    };
    let done = |placed: Option<(ViewId, Option<Placed>)>| {
        out.extend(placed);
        Ok::<_, VaultError>(())
    };
    pipeline::run(pipeline::decoders(), next, work, done)?;
    Ok(out)
}

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

fn flush(vault: &Vault, batch: &mut Vec<Alignment>, now: Now) -> VaultResult<()> {
    if batch.is_empty() {
        return Ok(());
    }
    let ready = std::mem::take(batch);
    vault.transact(Op::Align, now, |tx| ready.iter().try_for_each(|a| tx.add_alignment(a).map(drop)))
}
