//! One case: two pictures of the same skin and the facts that stand beside them.

use crate::compare::render;
use crate::export::ExportError;
use crate::export::placed::decode_for;
use crate::geom::{Matrix3, Rect, Size};
use crate::imaging::{self, Encoding};
use crate::model::text::counted;
use crate::model::{Fitzpatrick, Indication, NewView, Side};

/// Longest side of a published picture.
const LONGEST: u32 = 1600;
/// JPEG quality of published pictures.
const QUALITY: u8 = 88;

/// What may be told of a case: no name, no code, no date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// "Acne scars".
    pub indication: String,
    /// "cheeks, right side, close-up".
    pub area: String,
    /// Treatments before the after picture.
    pub treatments: u32,
    /// Planned treatments; 0 when open-ended.
    pub planned: u32,
    /// Weeks between the pictures.
    pub weeks: i64,
    /// "30–39", at the before picture.
    pub age_band: Option<String>,
    /// Skin type.
    pub skin: Option<Fitzpatrick>,
}

impl Facts {
    /// "Right"/"left" are the patient's.
    #[must_use]
    pub fn area_of(view: &NewView) -> String {
        let side = match view.side {
            Side::Both => None,
            Side::Right => Some("right side"),
            Side::Left => Some("left side"),
        };
        [Some(view.area.words()), side, Some(view.pose.words())].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    /// "Acne scars and Scars" reads badly: only the first keeps its capital.
    #[must_use]
    pub fn indication_of(indications: &[Indication]) -> String {
        let words: Vec<String> = indications
            .iter()
            .enumerate()
            .map(
                |(i, indication)| {
                    if i == 0 { indication.words().to_owned() } else { indication.words().to_lowercase() }
                },
            )
            .collect();
        words.join(" and ")
    }

    /// Ten years, from 20 on; above 79 all together, as great ages identify.
    #[must_use]
    pub fn band(age: u32) -> String {
        match age {
            0..=19 => "18–19".to_owned(),
            20..=79 => format!("{}–{}", age / 10 * 10, age / 10 * 10 + 9),
            _ => "80 or older".to_owned(),
        }
    }

    /// "3 of 6 done": those before the after picture, whose own session may count one more.
    #[must_use]
    pub fn treatments_text(&self) -> String {
        match self.planned {
            planned if planned >= self.treatments && planned > 0 => {
                format!("{} of {planned} done before the later picture", self.treatments)
            }
            _ => format!("{} done before the later picture", self.treatments),
        }
    }

    /// "12 weeks".
    #[must_use]
    pub fn time_text(&self) -> String {
        counted(self.weeks, "week")
    }
}

/// One published picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shot {
    /// "Session 1 of 6 · baseline".
    pub label: String,
    /// Path inside the site.
    pub file: String,
}

/// One case of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// What is told.
    pub facts: Facts,
    /// Baseline.
    pub before: Shot,
    /// Later.
    pub after: Shot,
    /// Size of both pictures in pixels.
    pub size: Size,
}

/// Both pictures of a case as JPEG files without metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CasePictures {
    /// Baseline.
    pub before: Vec<u8>,
    /// Later.
    pub after: Vec<u8>,
    /// Size of both in pixels.
    pub size: Size,
}

/// Renders `crop` (frame pixels) of both originals at one size, never finer than the frame, and encodes them alike.
pub fn make_pictures(originals: [&[u8]; 2], matrices: &[Matrix3; 2], crop: Rect) -> Result<CasePictures, ExportError> {
    let size = out_size(crop);
    let density = f64::from(size.width) / crop.width;
    let make = |bytes: &[u8], matrix: &Matrix3| -> Result<Vec<u8>, ExportError> {
        let (picture, matrix) = decode_for(bytes, matrix, density)?;
        let rendered = render(&picture, &matrix, crop, size);
        Ok(imaging::encode_jpeg_as(&rendered, QUALITY, Encoding::Export)?)
    };
    Ok(CasePictures { before: make(originals[0], &matrices[0])?, after: make(originals[1], &matrices[1])?, size })
}

fn out_size(crop: Rect) -> Size {
    let scale = (f64::from(LONGEST) / crop.width.max(crop.height)).min(1.0);
    let side = |full: f64| ((full * scale).round() as u32).max(1);
    Size::new(side(crop.width), side(crop.height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_pictures_are_at_most_1600_pixels_and_never_enlarged() {
        let rect = |width, height| Rect { x: 3.0, y: 2.0, width, height };
        assert_eq!(out_size(rect(4000.0, 3000.0)), Size::new(1600, 1200));
        assert_eq!(out_size(rect(800.0, 600.0)), Size::new(800, 600));
    }

    #[test]
    fn ages_are_told_in_bands() {
        let bands: Vec<String> = [18, 20, 39, 40, 79, 80, 93].into_iter().map(Facts::band).collect();
        assert_eq!(bands, ["18–19", "20–29", "30–39", "40–49", "70–79", "80 or older", "80 or older"]);
    }
}
