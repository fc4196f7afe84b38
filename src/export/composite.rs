//! One labelled before/after picture, from two loose files or from two photos of the vault.

use chrono::NaiveDate;

use super::ExportError;
use super::gallery::needed_scope;
use super::placed::{contain, decode_for, density, to_decoded};
use crate::align::{Placement, placement};
use crate::compare::{self, Half, Layout};
use crate::geom::{Matrix3, Rect, Size};
use crate::imaging::{self, Detail, Encoding};
use crate::model::consent::is_valid;
use crate::model::{Answer, Model, Photo, PhotoId, Purpose, Scope};
use crate::registration;
use crate::vault::{Board, Vault};

/// Least longest side at which two files are registered.
const WORKING: u32 = 1024;
/// Stands in the picture where both halves were left as they were taken.
const NOT_ALIGNED: &str = "not aligned";

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
    /// Whether a person wants a suggested alignment used.
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

/// Why both halves stand as they were taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Apart {
    /// A side has no place that may be used: see its placement.
    NotPlaced,
    /// They show two views.
    TwoViews,
    /// Both lie in one frame, but share no part of the skin.
    NothingInCommon,
}

/// A finished composite and how honest its alignment is.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The picture: sRGB, no metadata.
    pub jpeg: Vec<u8>,
    /// Its size in pixels.
    pub size: Size,
    /// How the before and the after picture stand to what they are shown in.
    pub placements: [Placement; 2],
    /// Upright after pixels → upright before pixels, or why the halves stand side by side as they were taken.
    pub matrix: Result<Matrix3, Apart>,
}

impl Outcome {
    /// Whether both halves show the same part of the skin.
    #[must_use]
    pub fn is_aligned(&self) -> bool {
        self.matrix.is_ok()
    }

    /// The less sure of both sides' answers, used or not.
    #[must_use]
    pub fn answer(&self) -> Answer {
        let answer = |placement: &Placement| match placement {
            Placement::Reference(_) | Placement::Aligned(_) | Placement::ByPerson(_) => Answer::Aligned,
            Placement::Suggestion(..) => Answer::Suggestion,
            Placement::NotAligned(_) => Answer::None,
        };
        let [before, after] = self.placements.each_ref().map(answer);
        before.max(after)
    }

    /// 0–1, the lesser of both sides.
    #[must_use]
    pub fn confidence(&self) -> f64 {
        self.placements.iter().map(|p| p.place(true).map_or(0.0, |place| place.confidence)).fold(1.0, f64::min)
    }

    /// In pixels of the before picture or the frame, the greater of both sides.
    #[must_use]
    pub fn residual_px(&self) -> Option<f64> {
        self.placements.iter().filter_map(|p| p.place(true)?.residual_px).reduce(f64::max)
    }

    /// The reason for anything but a plain "aligned".
    #[must_use]
    pub fn why(&self) -> Option<String> {
        match self.matrix {
            Err(Apart::TwoViews) => Some("the photos show two views".to_owned()),
            Err(Apart::NothingInCommon) => Some("the pictures share no part of the skin".to_owned()),
            Ok(_) | Err(Apart::NotPlaced) => {
                let unsure = |p: &&Placement| matches!(p, Placement::Suggestion(..) | Placement::NotAligned(_));
                self.placements.iter().rev().find(unsure).map(Placement::words)
            }
        }
    }

    /// One sentence for a person.
    #[must_use]
    pub fn sentence(&self) -> String {
        let why = self.why();
        if self.matrix.is_err() {
            let why = why.map_or_else(String::new, |why| format!(": {why}"));
            return format!("The pictures stand side by side as they were taken{why}.");
        }
        let residual = self.residual_px().map_or_else(String::new, |px| format!(", residual {px:.1} px"));
        let how = match why {
            Some(_) => "Aligned by a suggestion that you accepted, please check the picture",
            None if self.placements.iter().any(|p| matches!(p, Placement::ByPerson(_))) => "Aligned by a person",
            None => "Aligned",
        };
        format!("{how}{residual}, confidence {:.0} %.", 100.0 * self.confidence())
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
    let placements = [Placement::reference(), Placement::found(&found)];
    let common = common(&placements, [full_before, full_after], options.accept_suggestion);
    let (crop, [to_before, to_after]) = common.unwrap_or_else(|_| as_taken([full_before, full_after]));
    let (label_before, label_after) =
        (named(options.before.as_ref(), "Before"), after_label(named(options.after.as_ref(), "After"), &common));
    let halves = [
        half(&picture_before, to_decoded(&to_before, full_before, picture_before.size()), &label_before),
        half(&picture_after, to_decoded(&to_after, full_after, picture_after.size()), &label_after),
    ];
    finish(&halves, crop, options, placements, common)
}

/// The composite of two photos of one patient, by their stored alignments and session labels.
pub fn from_vault(vault: &Vault, before: PhotoId, after: PhotoId, options: &Options) -> Result<Outcome, ExportError> {
    let (before, after) = (vault.photo(before)?, vault.photo(after)?);
    if before.patient != after.patient {
        return Err(ExportError::TwoPatients);
    }
    let boards = [board_of(vault, &before)?, board_of(vault, &after)?];
    let placements = [placement(&boards[0], &before), placement(&boards[1], &after)];
    let sizes = [before.size, after.size];
    let common = if before.view == after.view {
        common(&placements, sizes, options.accept_suggestion)
    } else {
        Err(Apart::TwoViews)
    };
    let (crop, matrices) = common.unwrap_or_else(|_| as_taken(sizes));
    let (bytes_before, bytes_after) = (vault.original(before.id)?, vault.original(after.id)?);
    let density = density(options.layout, crop, options.longest);
    let (picture_before, matrix_before) = decode_for(&bytes_before, &matrices[0], density)?;
    let (picture_after, matrix_after) = decode_for(&bytes_after, &matrices[1], density)?;
    let label_before = options.before.clone().unwrap_or_else(|| session_label(&boards[0], &before));
    let label_after = options.after.clone().unwrap_or_else(|| session_label(&boards[1], &after));
    let label_after = after_label(label_after, &common);
    let halves =
        [half(&picture_before, matrix_before, &label_before), half(&picture_after, matrix_after, &label_after)];
    finish(&halves, crop, options, placements, common)
}

/// What a picture made of this photo may be used for outside the record, by the patient's consents on this day. A photo
/// without a view may show anything, so that only a consent to the full face covers it.
#[must_use]
pub fn covered(board: &Board, photo: PhotoId, today: NaiveDate) -> Vec<Purpose> {
    let view = board.photos.iter().find(|p| p.id == photo).and_then(|p| p.view);
    let spec = board.views.iter().find(|v| Some(v.id) == view).map(|v| &v.spec);
    let scope = spec.map_or(Scope::FullFace, needed_scope);
    let holds = |purpose| is_valid(&board.consents, board.series.id, purpose, scope, today);
    Purpose::ALL.iter().copied().filter(|&purpose| purpose != Purpose::Record && holds(purpose)).collect()
}

/// What [`covered`] comes to, in a sentence for whoever is about to hand the picture on.
#[must_use]
pub fn covered_sentence(purposes: &[Purpose]) -> String {
    let words: Vec<&str> = purposes.iter().map(|purpose| purpose.words()).collect();
    match words.as_slice() {
        [] => "No consent of this patient covers showing this picture. It is for the record only.".to_owned(),
        words => format!("The patient's consents cover this picture for: {}.", words.join(", ")),
    }
}

/// A crop and the matrices of both pictures to where it lies.
type Common = (Rect, [Matrix3; 2]);

/// What both pictures show of one frame.
fn common(placements: &[Placement; 2], sizes: [Size; 2], accept_suggestion: bool) -> Result<Common, Apart> {
    let [Some(before), Some(after)] = placements.each_ref().map(|p| p.place(accept_suggestion)) else {
        return Err(Apart::NotPlaced);
    };
    let matrices = [before.matrix, after.matrix];
    let crop = compare::common_crop_of(&[(sizes[0], matrices[0]), (sizes[1], matrices[1])], None);
    crop.map(|crop| (crop, matrices)).ok_or(Apart::NothingInCommon)
}

/// Both pictures whole, the after picture fitted into the size of the before picture.
fn as_taken([before, after]: [Size; 2]) -> Common {
    (before.rect(), [Matrix3::IDENTITY, contain(after, before.rect())])
}

/// A picture goes from hand to hand without the words beside it: it says itself that it is not aligned.
fn after_label(label: Label, common: &Result<Common, Apart>) -> Label {
    match common {
        Ok(_) => label,
        Err(_) if label.detail.is_empty() => Label { detail: NOT_ALIGNED.to_owned(), ..label },
        Err(_) => Label { detail: format!("{} · {NOT_ALIGNED}", label.detail), ..label },
    }
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
    placements: [Placement; 2],
    common: Result<Common, Apart>,
) -> Result<Outcome, ExportError> {
    let whole = compare::composite_with(options.layout, &halves[0], &halves[1], crop, options.longest);
    let jpeg = imaging::encode_jpeg_as(&whole, options.quality, Encoding::Export)?;
    let matrix = common.and_then(|(_, [p, q])| Ok(p.inverse().ok_or(Apart::NothingInCommon)?.after(&q)));
    Ok(Outcome { jpeg, size: whole.size(), placements, matrix })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_that_is_not_aligned_says_so_itself() {
        let label = |detail: &str| Label { title: "After".into(), detail: detail.into() };
        let common = Ok(as_taken([Size::new(4, 3); 2]));
        assert_eq!(after_label(label("12 weeks"), &common), label("12 weeks"));
        for apart in [Apart::NotPlaced, Apart::TwoViews, Apart::NothingInCommon] {
            assert_eq!(after_label(label("12 weeks"), &Err(apart)), label("12 weeks · not aligned"));
            assert_eq!(after_label(label(""), &Err(apart)), label("not aligned"));
        }
    }
}
