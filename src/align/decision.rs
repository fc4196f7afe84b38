//! What a person decides about where a photo lies: a suggestion accepted or rejected, points, a region, a scale, another
//! reference.

use super::cache::Cache;
use super::chain::by_way_of;
use super::placement::{Placement, placement};
use super::{AlignError, answer, describe, of_engine, read};
use crate::clock::Now;
use crate::geom::{Point, Size};
use crate::model::{
    Alignment, AlignmentId, AlignmentSource, Answer, Basis, Frame, FrameId, Landmark, Model, Photo, PhotoId, SeriesId,
    ViewId,
};
use crate::registration::landmarks::{self, LandmarkError};
use crate::registration::{self, Described, Registration};
use crate::vault::{Board, Op, Tx, Vault, VaultError};

const CHANGED: VaultError = VaultError::Refused("the photo was placed anew while you looked at it: look again");
const NO_FRAME: VaultError = VaultError::Refused("the reference of this view was changed while you looked: look again");

/// A decision.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// The suggestion that the person looked at is right.
    Accept(AlignmentId),
    /// It is not.
    Reject(AlignmentId),
    /// The same spots were clicked in the photo and in its reference.
    ByPoints {
        /// Whose place it is.
        photo: PhotoId,
        /// Where the spots of the reference lie.
        frame: FrameId,
        /// The spots.
        landmarks: Vec<Landmark>,
        /// What the pixels made of them, where the person chose that.
        refined: Option<Box<Registration>>,
    },
    /// Ask the engine again, whoever placed the photo before.
    Again {
        /// Whose place it is.
        photo: PhotoId,
        /// In which frame.
        frame: FrameId,
        /// Corners of what alone counts; empty when everything does.
        region: Vec<Point>,
    },
    /// So many millimetres are a pixel of the frame; none when nobody knows.
    Scale {
        /// Which frame.
        frame: FrameId,
        /// Millimetres of a pixel.
        mm_per_px: Option<f64>,
    },
    /// This photo is the reference of its view from now on.
    Reference {
        /// The view.
        view: ViewId,
        /// The photo.
        photo: PhotoId,
    },
}

impl Decision {
    /// The name of the change.
    #[must_use]
    pub const fn op(&self) -> Op {
        match self {
            Self::Accept(_) | Self::Reject(_) | Self::ByPoints { .. } | Self::Again { .. } => Op::PlacePhoto,
            Self::Scale { .. } => Op::SetScale,
            Self::Reference { .. } => Op::SetReference,
        }
    }
}

/// Carries a decision out, if what it is about still is as the person saw it. What the engine said, where it was asked.
pub fn decide(vault: &Vault, series: SeriesId, decision: &Decision, now: Now) -> Result<Option<Answer>, AlignError> {
    // Before the engine works for nothing.
    vault.may(decision.op())?;
    let change = |work: &dyn Fn(&Tx<'_>) -> Result<(), VaultError>| vault.transact(decision.op(), now, work);
    match decision {
        Decision::Accept(seen) => change(&|tx| say(tx, series, *seen, accepted))?,
        Decision::Reject(seen) => change(&|tx| say(tx, series, *seen, rejected))?,
        Decision::ByPoints { photo, frame, landmarks, refined } => {
            let sizes = sizes(framed(&vault.board(series)?, *photo, *frame)?);
            let placed = by_points(*photo, *frame, (landmarks, sizes), refined.as_deref())?;
            change(&|tx| {
                let _unchanged = framed(&tx.board(series)?, *photo, *frame)?;
                tx.add_alignment(&placed).map(drop)
            })?;
        }
        Decision::Again { photo, frame, region } => {
            let (moving, fixed) = described(vault, series, *photo, *frame)?;
            let direct = answer(*photo, *frame, &moving, &fixed, region.clone());
            let chained = if direct.answer == Answer::Aligned || !region.is_empty() {
                None
            } else {
                let board = vault.board(series)?;
                let (photo, frame) = framed(&board, *photo, *frame)?;
                by_way_of(vault, &board, (photo, &moving), frame, &mut Cache::new())?
            };
            let found = chained.unwrap_or(direct);
            change(&|tx| {
                let _unchanged = framed(&tx.board(series)?, *photo, *frame)?;
                tx.add_alignment(&found).map(drop)
            })?;
            return Ok(Some(found.answer));
        }
        Decision::Scale { frame, mm_per_px } => change(&|tx| tx.set_scale(*frame, *mm_per_px))?,
        Decision::Reference { view, photo } => change(&|tx| tx.set_reference(*view, *photo).map(drop))?,
    }
    Ok(None)
}

/// What the pixels make of points that a person clicked; nothing is stored. None where they do not confirm anything.
pub fn refine(
    vault: &Vault,
    series: SeriesId,
    (photo, frame): (PhotoId, FrameId),
    landmarks: &[Landmark],
) -> Result<Option<Registration>, AlignError> {
    let placed = place(landmarks, sizes(framed(&vault.board(series)?, photo, frame)?))?;
    let (moving, fixed) = described(vault, series, photo, frame)?;
    let found = registration::refine_from(&moving, &fixed, &placed.matrix, Model::Similarity, None);
    Ok((found.answer != Answer::None).then_some(found))
}

/// Where the spots that were clicked put a photo in its frame; `sizes` are those of both.
pub fn place(landmarks: &[Landmark], sizes: (Size, Size)) -> Result<landmarks::Placed, LandmarkError> {
    let pairs: Vec<(Point, Point)> = landmarks.iter().map(|mark| (mark.photo, mark.frame)).collect();
    landmarks::place(&pairs, Model::Similarity, sizes)
}

fn sizes((photo, frame): (&Photo, &Frame)) -> (Size, Size) {
    (photo.size, frame.size)
}

fn by_points(
    photo: PhotoId,
    frame: FrameId,
    (landmarks, sizes): (&[Landmark], (Size, Size)),
    refined: Option<&Registration>,
) -> Result<Alignment, AlignError> {
    let placed = place(landmarks, sizes)?;
    let found = match refined {
        Some(refined) => refined.clone(),
        None => Registration {
            answer: Answer::Aligned,
            matrix: Some(placed.matrix),
            residual_px: placed.residual_px,
            confidence: placed.confidence,
            why: None,
        },
    };
    let basis = Basis { landmarks: landmarks.to_vec(), ..Basis::default() };
    let answer = Answer::Aligned;
    Ok(Alignment { source: AlignmentSource::Landmarks, answer, why: None, ..of_engine(photo, frame, found, basis) })
}

/// Stores what a person says of the suggestion they saw, if it still is the one in force.
fn say(
    tx: &Tx<'_>,
    series: SeriesId,
    seen: AlignmentId,
    said: impl Fn(&Alignment) -> Alignment,
) -> Result<(), VaultError> {
    let board = tx.board(series)?;
    let current = board.alignments.iter().find(|a| a.id == Some(seen)).ok_or(CHANGED)?;
    let photo = board.photos.iter().find(|p| p.id == current.photo).ok_or(CHANGED)?;
    match placement(&board, photo) {
        Placement::Suggestion(..) => tx.add_alignment(&said(current)).map(drop),
        _ => Err(CHANGED),
    }
}

fn accepted(suggestion: &Alignment) -> Alignment {
    Alignment { id: None, source: AlignmentSource::Accepted, answer: Answer::Aligned, ..suggestion.clone() }
}

fn rejected(suggestion: &Alignment) -> Alignment {
    Alignment {
        id: None,
        source: AlignmentSource::Rejected,
        answer: Answer::None,
        matrix: None,
        residual_px: None,
        ..suggestion.clone()
    }
}

/// The photo and the current frame of its view, which is still the one that was meant.
fn framed(board: &Board, photo: PhotoId, frame: FrameId) -> Result<(&Photo, &Frame), VaultError> {
    let frame = board.frames.iter().find(|f| f.id == frame).ok_or(NO_FRAME)?;
    let photo = board.photos.iter().find(|p| p.id == photo).ok_or(VaultError::NotFound)?;
    let fits = photo.view == Some(frame.view) && photo.id != frame.reference;
    if fits { Ok((photo, frame)) } else { Err(CHANGED) }
}

/// A photo and the reference of its frame, ready to be compared.
fn described(
    vault: &Vault,
    series: SeriesId,
    photo: PhotoId,
    frame: FrameId,
) -> Result<(Described, Described), AlignError> {
    let board = vault.board(series)?;
    let (photo, frame) = framed(&board, photo, frame)?;
    let reference = board.reference(frame).ok_or(VaultError::NotFound)?;
    let ready = |photo: &Photo| -> Result<Described, AlignError> {
        let bytes = read(vault, photo)?;
        bytes.and_then(|bytes| describe(&bytes, photo)).ok_or(AlignError::Unreadable)
    };
    Ok((ready(photo)?, ready(reference)?))
}
