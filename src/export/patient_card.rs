//! A printable card for a patient: photographed before their photos, it says whose they are.
//!
//! A PDF in a place that a person chooses, for the reasons [`super::code_sheet`] gives. The QR code holds the patient's uid
//! and nothing else, and the card shows the clinic's own number: a card that is lost names nobody.

use zeroize::Zeroizing;

use super::pdf::{self, Drawing, Font};
use crate::imaging;
use crate::model::{Uid, marker};

/// A6 lying, in points.
const PAGE: (u16, u16) = (420, 298);
/// Side of the code.
const CODE: f64 = 210.0;
/// Lower left corner of the code.
const AT: (f64, f64) = (28.0, 44.0);
/// Left edge of the words.
const LEFT: u16 = 262;
const WORDS: [&str; 3] = ["Photograph this card", "before the photos of", "this patient."];

/// The card as the bytes of a PDF; none where the uid does not fit a code, which it always does.
#[must_use]
pub fn pdf(uid: &Uid, code: &str) -> Option<Zeroizing<Vec<u8>>> {
    Some(pdf::page(PAGE, &drawing(uid, code)?))
}

fn drawing(uid: &Uid, code: &str) -> Option<Drawing> {
    let modules = imaging::make_code(&marker::text(uid))?;
    let side = CODE / modules.len() as f64;
    let mut out = Drawing::new();
    for (y, row) in modules.iter().enumerate() {
        let bottom = AT.1 + CODE - (y + 1) as f64 * side;
        for (x, _) in row.iter().enumerate().filter(|(_, dark)| **dark) {
            // A hair wider, so that no white line shows between two modules.
            let (left, wide) = (AT.0 + x as f64 * side, side + 0.02);
            out.raw(format_args!("{left:.3} {bottom:.3} {wide:.3} {wide:.3} re\n"));
        }
    }
    out.raw(format_args!("f\n"));
    out.line(Font::Bold, 22, (LEFT, 220), &[code]);
    for (y, text) in [190, 174, 158].into_iter().zip(WORDS) {
        out.line(Font::Regular, 11, (LEFT, y), &[text]);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_card_shows_the_code_and_no_other_word_about_the_patient() {
        let pdf = pdf(&Uid([0xab; 16]), "P-0192 (x)").expect("made");
        let text = std::str::from_utf8(&pdf).expect("ASCII");
        assert!(text.contains("(P-0192 \\(x\\)) Tj"));
        assert!(text.matches(" re\n").count() > 200, "the modules of the code are drawn");
        assert!(!text.contains("abab"), "the uid stands in the code alone");
        let at: usize = text.lines().rev().nth(1).and_then(|n| n.parse().ok()).expect("an offset");
        assert!(text[at..].starts_with("xref\n0 8\n"));
        for (number, line) in (1..8).zip(text[at..].lines().skip(3)) {
            let offset: usize = line[..10].parse().expect("an offset");
            assert!(text[offset..].starts_with(&format!("{number} 0 obj\n")), "object {number}");
        }
    }
}
