//! A printable card for a patient: photographed before their photos, it says whose they are.
//!
//! A PDF in a place that a person chooses, for the reasons [`super::code_sheet`] gives. The QR code holds the patient's uid
//! and nothing else, and the card shows the clinic's own number: a card that is lost names nobody.

use std::fmt::Write;

use crate::imaging;
use crate::model::{Uid, marker};

/// A6 lying, in points.
const PAGE: (f64, f64) = (420.0, 298.0);
/// Side of the code.
const CODE: f64 = 210.0;
/// Lower left corner of the code.
const AT: (f64, f64) = (28.0, 44.0);
/// Left edge of the words.
const LEFT: f64 = 262.0;
const WORDS: [&str; 3] = ["Photograph this card", "before the photos of", "this patient."];

/// The card as the bytes of a PDF; none where the uid does not fit a code, which it always does.
#[must_use]
pub fn pdf(uid: &Uid, code: &str) -> Option<Vec<u8>> {
    let drawn = drawing(uid, code)?;
    let mut out = b"%PDF-1.4\n".to_vec();
    let font = |name: &str| format!("<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>");
    let (width, height) = PAGE;
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] /Contents 6 0 R \
             /Resources << /Font << /F1 4 0 R /F2 5 0 R >> >> >>"
        ),
        font("Helvetica"),
        font("Helvetica-Bold"),
        format!("<< /Length {} >>\nstream\n{drawn}\nendstream", drawn.len()),
    ];
    let mut offsets = Vec::with_capacity(objects.len());
    for (number, object) in (1..).zip(&objects) {
        offsets.push(out.len());
        out.extend_from_slice(format!("{number} 0 obj\n{object}\nendobj\n").as_bytes());
    }
    let table = out.len();
    out.extend_from_slice(format!("xref\n0 {}\n0000000000 65535 f \n", offsets.len() + 1).as_bytes());
    for offset in &offsets {
        out.extend_from_slice(format!("{offset:010} 00000 n \n").as_bytes());
    }
    let trailer = format!("trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n", offsets.len() + 1);
    out.extend_from_slice(trailer.as_bytes());
    Some(out)
}

fn drawing(uid: &Uid, code: &str) -> Option<String> {
    let modules = imaging::make_code(&marker::text(uid))?;
    let side = CODE / modules.len() as f64;
    let mut out = String::new();
    for (y, row) in modules.iter().enumerate() {
        let bottom = AT.1 + CODE - (y + 1) as f64 * side;
        for (x, _) in row.iter().enumerate().filter(|(_, dark)| **dark) {
            // Writing to a String cannot fail. A hair wider, so that no white line shows between two modules.
            let _ = writeln!(out, "{:.3} {bottom:.3} {:.3} {:.3} re", AT.0 + x as f64 * side, side + 0.02, side + 0.02);
        }
    }
    out.push_str("f\n");
    let mut line = |font: u8, size: u8, y: f64, text: &str| {
        let _ = write!(out, "BT /F{font} {size} Tf {LEFT} {y} Td (");
        for letter in text.chars() {
            if matches!(letter, '(' | ')' | '\\') {
                out.push('\\');
            }
            out.push(if letter.is_ascii() && !letter.is_ascii_control() { letter } else { '?' });
        }
        out.push_str(") Tj ET\n");
    };
    line(2, 22, 220.0, code);
    for (y, text) in [190.0, 174.0, 158.0].into_iter().zip(WORDS) {
        line(1, 11, y, text);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_card_shows_the_code_and_no_other_word_about_the_patient() {
        let pdf = pdf(&Uid([0xab; 16]), "P-0192 (x)").expect("made");
        let text = String::from_utf8(pdf).expect("ASCII");
        assert!(text.contains("(P-0192 \\(x\\)) Tj"));
        assert!(text.matches(" re\n").count() > 200, "the modules of the code are drawn");
        assert!(!text.contains("abab"), "the uid stands in the code alone");
        let at: usize = text.lines().rev().nth(1).and_then(|n| n.parse().ok()).expect("an offset");
        assert!(text[at..].starts_with("xref\n0 7\n"));
        for (number, line) in (1..7).zip(text[at..].lines().skip(3)) {
            let offset: usize = line[..10].parse().expect("an offset");
            assert!(text[offset..].starts_with(&format!("{number} 0 obj\n")), "object {number}");
        }
    }
}
