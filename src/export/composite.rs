//! One labelled before/after picture, from two loose files or from two photos of the vault.

use chrono::NaiveDate;

use super::ExportError;
use super::gallery::needed_scope;
use super::placed::{contain, decode_for, density, to_decoded};
use crate::align::graded::Grades;
use crate::align::{self, Place, Placement, placement};
use crate::compare::grade::Comparability;
use crate::compare::matching::{self, Matching, Unmatched};
use crate::compare::{self, Half, Layout};
use crate::geom::{Matrix3, Rect, Size};
use crate::imaging::{self, Detail, Encoding, Picture};
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
    /// Whether exposure and colour temperature of both whole pictures are brought together, and marked in both.
    pub matched: bool,
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
            matched: false,
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
    /// How far both may be compared, by the pictures as they were taken; none where they belong to two series.
    pub grade: Option<Comparability>,
    /// How exposure and colour were brought together, or why not; none where nobody asked for it.
    pub matching: Option<Result<Matching, Unmatched>>,
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
        self.pair().place(true).map_or(0.0, |place| place.confidence)
    }

    /// How both lie to each other.
    fn pair(&self) -> Placement {
        let [before, after] = &self.placements;
        Placement::of_pair(before, after)
    }

    /// In pixels of the before picture or the frame: the errors of both sides together.
    #[must_use]
    pub fn residual_px(&self) -> Option<f64> {
        self.pair().place(true)?.residual_px
    }

    /// The same in millimetres, where the scale of the frame is known.
    #[must_use]
    pub fn residual_mm(&self) -> Option<f64> {
        self.pair().place(true)?.residual_mm()
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

    /// One sentence for a person, or two.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self.matching {
            None => self.placed(),
            Some(Ok(matching)) => format!("{} {}", self.placed(), matching.sentence()),
            Some(Err(why)) => format!("{} {}", self.placed(), why.sentence()),
        }
    }

    fn placed(&self) -> String {
        let why = self.why();
        if self.matrix.is_err() {
            let why = why.map_or_else(String::new, |why| format!(": {why}"));
            return format!("The pictures stand side by side as they were taken{why}.");
        }
        let residual = self.pair().place(true).map_or_else(String::new, Place::residual_clause);
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
    let (seen_before, seen_after) = (imaging::inspect(before)?, imaging::inspect(after)?);
    let (full_before, full_after) = (seen_before.size, seen_after.size);
    let (picture_before, picture_after) = (imaging::decode(before, detail)?, imaging::decode(after, detail)?);
    let found = registration::register(
        &registration::describe(&picture_after, full_after),
        &registration::describe(&picture_before, full_before),
        Model::Similarity,
    );
    let placements = [Placement::reference(), Placement::found(&found)];
    let files = [(full_before, &seen_before.facts), (full_after, &seen_after.facts)];
    let grade = align::comparability_of_files(&placements, files, [&picture_before, &picture_after]);
    let common = common(&placements, [full_before, full_after], options.accept_suggestion);
    let (crop, [to_before, to_after]) = common.unwrap_or_else(|_| as_taken([full_before, full_after]));
    let labels = [named(options.before.as_ref(), "Before"), named(options.after.as_ref(), "After")];
    let matrices = [
        to_decoded(&to_before, full_before, picture_before.size()),
        to_decoded(&to_after, full_after, picture_after.size()),
    ];
    let sides = [(picture_before, matrices[0]), (picture_after, matrices[1])];
    Ok(Outcome { grade: Some(grade), ..finish(sides, labels, crop, options, placements, common)? })
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
    let sides = [decode_for(&bytes_before, &matrices[0], density)?, decode_for(&bytes_after, &matrices[1], density)?];
    let labels = [
        options.before.clone().unwrap_or_else(|| session_label(&boards[0], &before)),
        options.after.clone().unwrap_or_else(|| session_label(&boards[1], &after)),
    ];
    let pair = (before.id, after.id);
    // As the board shows it, where it does.
    let kept = Grades::new(&boards[0]).of_pair(pair).cloned();
    let grade = kept.or_else(|| align::comparability(&boards[0], pair, (&sides[0].0, &sides[1].0)));
    Ok(Outcome { grade, ..finish(sides, labels, crop, options, placements, common)? })
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

/// A picture goes from hand to hand without the words beside it: it says itself what it is.
fn marked(label: Label, mark: &str) -> Label {
    let detail = if label.detail.is_empty() { mark.to_owned() } else { format!("{} · {mark}", label.detail) };
    Label { detail, ..label }
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

/// How both pictures are brought together, where somebody asked for it and both show the same skin.
fn matching(sides: &[(Picture, Matrix3); 2], common: &Result<Common, Apart>) -> Result<Matching, Unmatched> {
    match common {
        Ok(_) => matching::of_pair(sides.each_ref().map(|(picture, matrix)| (picture, *matrix))),
        Err(_) => Err(Unmatched::NotAligned),
    }
}

/// `sides` are the decoded pictures with their matrices to the frame.
fn finish(
    sides: [(Picture, Matrix3); 2],
    labels: [Label; 2],
    crop: Rect,
    options: &Options,
    placements: [Placement; 2],
    common: Result<Common, Apart>,
) -> Result<Outcome, ExportError> {
    let matching = options.matched.then(|| matching(&sides, &common));
    let [mut before, mut after] = labels;
    let mut sides = sides;
    if let Some(Ok(matching)) = matching {
        let tones = matching.tones();
        for ((picture, _), tone) in sides.iter_mut().zip(tones) {
            *picture = tone.applied(picture);
        }
        (before, after) = (marked(before, &tones[0].mark()), marked(after, &tones[1].mark()));
    }
    if common.is_err() {
        after = marked(after, NOT_ALIGNED);
    }
    let [own, other] = [(&sides[0], &before), (&sides[1], &after)].map(|((picture, matrix), label)| Half {
        picture,
        matrix: *matrix,
        title: &label.title,
        detail: &label.detail,
    });
    let whole = compare::composite_with(options.layout, &own, &other, crop, options.longest);
    let jpeg = imaging::encode_jpeg_as(&whole, options.quality, Encoding::Export)?;
    let matrix = common.and_then(|(_, [p, q])| Ok(p.inverse().ok_or(Apart::NothingInCommon)?.after(&q)));
    Ok(Outcome { jpeg, size: whole.size(), placements, matrix, grade: None, matching })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_says_itself_what_it_is() {
        let label = |detail: &str| Label { title: "After".into(), detail: detail.into() };
        assert_eq!(marked(label("12 weeks"), NOT_ALIGNED), label("12 weeks · not aligned"));
        assert_eq!(marked(label(""), NOT_ALIGNED), label("not aligned"));
    }
}
