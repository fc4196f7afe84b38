//! One labelled before/after picture, from two loose files or from two photos of the vault.

use super::ExportError;
use super::placed::{contain, decode_for, density, is_similarity, placement, to_decoded};
use crate::compare::{self, Half, Layout};
use crate::geom::{Matrix3, Rect, Size};
use crate::imaging::{self, Detail, Encoding};
use crate::model::{Answer, Model, Photo, PhotoId, WhyNot};
use crate::registration::{self, Registration};
use crate::vault::{Board, Vault};

/// Least longest side at which two files are registered.
const WORKING: u32 = 1024;

/// The two lines under a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// "Session 3 of 6".
    pub title: String,
    /// "12 weeks"; may be empty.
    pub detail: String,
}

/// How a composite is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Side by side or stacked.
    pub layout: Layout,
    /// Longest side of the whole, in pixels.
    pub longest: u32,
    /// JPEG quality 1–100.
    pub quality: u8,
    /// Whether a person looked at a suggested alignment and wants it used.
    pub accept_suggestion: bool,
    /// Label of the before picture; for photos of the vault the session label when absent, else "Before".
    pub before: Option<Label>,
    /// Label of the after picture.
    pub after: Option<Label>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            layout: Layout::SideBySide,
            longest: 2400,
            quality: 92,
            accept_suggestion: false,
            before: None,
            after: None,
        }
    }
}

/// A finished composite and how honest its alignment is.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The picture: sRGB, no metadata.
    pub jpeg: Vec<u8>,
    /// Its size in pixels.
    pub size: Size,
    /// Whether both halves show the same part of the skin; otherwise they stand uncropped side by side.
    pub aligned: bool,
    /// What the registration said, or the stored alignments say.
    pub answer: Answer,
    /// The reason for anything but a plain "aligned".
    pub why: Option<WhyNot>,
    /// 0–1; the lesser of both sides.
    pub confidence: f64,
    /// In pixels of the before picture or the frame.
    pub residual_px: Option<f64>,
    /// Upright after pixels → upright before pixels (files) where it was used.
    pub matrix: Option<Matrix3>,
}

impl Outcome {
    /// One sentence for a person.
    #[must_use]
    pub fn sentence(&self) -> String {
        match (self.aligned, self.residual_px) {
            (true, Some(px)) => format!("Aligned, residual {px:.1} px, confidence {:.0} %.", 100.0 * self.confidence),
            (true, None) => format!("Aligned, confidence {:.0} %.", 100.0 * self.confidence),
            (false, _) => {
                let why = self.why.map_or_else(String::new, |w| format!(": {}", w.words()));
                format!("Not aligned{why}. The pictures stand side by side as they were taken.")
            }
        }
    }
}

/// The composite of two picture files; `after` is registered to `before`.
pub fn from_files(before: &[u8], after: &[u8], options: &Options) -> Result<Outcome, ExportError> {
    let detail = Detail::AtLeast(options.longest.max(WORKING));
    let (full_before, full_after) = (imaging::inspect(before)?.size, imaging::inspect(after)?.size);
    let (picture_before, picture_after) = (imaging::decode(before, detail)?, imaging::decode(after, detail)?);
    let found = registration::register(
        &registration::describe(&picture_after, full_after),
        &registration::describe(&picture_before, full_before),
        Model::Similarity,
    );
    let usable = match found.answer {
        Answer::Aligned => true,
        Answer::Suggestion => options.accept_suggestion,
        Answer::None => false,
    };
    let matrix = found.matrix.filter(|m| usable && is_similarity(m));
    let crop = matrix.and_then(|m| compare::common_crop(full_before, full_after, &m));
    let (crop, to_frame, used) = match (crop, matrix) {
        (Some(crop), Some(matrix)) => (crop, matrix, Some(matrix)),
        _ => (full_before.rect(), contain(full_after, full_before.rect()), None),
    };
    let (label_before, label_after) =
        (named(options.before.as_ref(), "Before"), named(options.after.as_ref(), "After"));
    let halves = [
        half(&picture_before, to_decoded(&Matrix3::IDENTITY, full_before, picture_before.size()), &label_before),
        half(&picture_after, to_decoded(&to_frame, full_after, picture_after.size()), &label_after),
    ];
    finish(&halves, crop, options, used, &found)
}

/// The composite of two photos of one patient, by their stored alignments and session labels.
pub fn from_vault(vault: &Vault, before: PhotoId, after: PhotoId, options: &Options) -> Result<Outcome, ExportError> {
    let (before, after) = (vault.photo(before)?, vault.photo(after)?);
    if before.patient != after.patient {
        return Err(ExportError::TwoPatients);
    }
    let boards = (board_of(vault, &before)?, board_of(vault, &after)?);
    let found = stored(&boards, &before, &after);
    let (bytes_before, bytes_after) = (vault.original(before.id)?, vault.original(after.id)?);
    let places = match &found {
        Some((places, _)) => *places,
        None => [Matrix3::IDENTITY, contain(after.size, before.size.rect())],
    };
    let crop = found.as_ref().map_or(before.size.rect(), |f| f.1);
    let density = density(options.layout, crop, options.longest);
    let (picture_before, matrix_before) = decode_for(&bytes_before, &places[0], density)?;
    let (picture_after, matrix_after) = decode_for(&bytes_after, &places[1], density)?;
    let label_before = options.before.clone().unwrap_or_else(|| session_label(&boards.0, &before));
    let label_after = options.after.clone().unwrap_or_else(|| session_label(&boards.1, &after));
    let halves =
        [half(&picture_before, matrix_before, &label_before), half(&picture_after, matrix_after, &label_after)];
    let (registration, used) = recorded(&boards.1, &before, &after, found.map(|f| f.0));
    finish(&halves, crop, options, used, &registration)
}

/// Matrices of both photos in their common frame and the crop there.
fn stored(boards: &(Board, Board), before: &Photo, after: &Photo) -> Option<([Matrix3; 2], Rect)> {
    let (p, q) = (placement(&boards.0, before)?, placement(&boards.1, after)?);
    if p.frame != q.frame {
        return None;
    }
    let crop = compare::common_crop_of(&[(before.size, p.matrix), (after.size, q.matrix)], None)?;
    Some(([p.matrix, q.matrix], crop))
}

/// The stored answers as one registration result of after to before.
fn recorded(
    board: &Board,
    before: &Photo,
    after: &Photo,
    places: Option<[Matrix3; 2]>,
) -> (Registration, Option<Matrix3>) {
    let rows: Vec<_> = board.alignments.iter().filter(|a| [before.id, after.id].contains(&a.photo)).collect();
    let matrix = places.and_then(|[p, q]| Some(p.inverse()?.after(&q)));
    let registration = Registration {
        answer: if matrix.is_some() { Answer::Aligned } else { Answer::None },
        matrix,
        residual_px: rows.iter().filter_map(|a| a.residual_px).reduce(f64::max),
        confidence: if matrix.is_some() { rows.iter().map(|a| a.confidence).fold(1.0, f64::min) } else { 0.0 },
        why: if matrix.is_some() { None } else { rows.iter().find_map(|a| a.why) },
    };
    (registration, matrix)
}

fn board_of(vault: &Vault, photo: &Photo) -> Result<Board, ExportError> {
    for series in vault.series_of(photo.patient)? {
        if vault.sessions(series.id)?.iter().any(|s| s.id == photo.session) {
            return Ok(vault.board(series.id)?);
        }
    }
    Err(ExportError::Vault(crate::vault::VaultError::NotFound))
}

fn session_label(board: &Board, photo: &Photo) -> Label {
    board
        .labels
        .get(&photo.session)
        .map_or_else(|| named(None, ""), |l| Label { title: l.title.clone(), detail: l.short_detail.clone() })
}

fn named(label: Option<&Label>, otherwise: &str) -> Label {
    label.cloned().unwrap_or_else(|| Label { title: otherwise.to_owned(), detail: String::new() })
}

fn half<'a>(picture: &'a imaging::Picture, matrix: Matrix3, label: &'a Label) -> Half<'a> {
    Half { picture, matrix, title: &label.title, detail: &label.detail }
}

fn finish(
    halves: &[Half<'_>; 2],
    crop: Rect,
    options: &Options,
    used: Option<Matrix3>,
    found: &Registration,
) -> Result<Outcome, ExportError> {
    let whole = compare::composite_with(options.layout, &halves[0], &halves[1], crop, options.longest);
    let jpeg = imaging::encode_jpeg_as(&whole, options.quality, Encoding::Export)?;
    let aligned = used.is_some();
    let lost = (!aligned && found.answer == Answer::Aligned).then_some(WhyNot::TooLittleInCommon);
    Ok(Outcome {
        jpeg,
        size: whole.size(),
        aligned,
        answer: found.answer,
        why: found.why.or(lost),
        confidence: found.confidence,
        residual_px: found.residual_px,
        matrix: used,
    })
}
