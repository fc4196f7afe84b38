//! One drawn page as a PDF.
//!
//! Written by hand, after ISO 32000-1: one page, three of the fonts that every reader has, no metadata but the text.

use std::fmt::Write;

use zeroize::Zeroizing;

/// Room for a page of text, so that no growing leaves copies of a secret on it behind.
pub(super) const ROOM: usize = 8192;

/// A font that every reader has.
#[derive(Debug, Clone, Copy)]
pub(super) enum Font {
    Regular = 1,
    Bold = 2,
    Fixed = 3,
}

const FONTS: [&str; 3] = ["Helvetica", "Helvetica-Bold", "Courier-Bold"];

/// What is drawn on a page: operators of PDF, in points from its lower left corner.
pub(super) struct Drawing(Zeroizing<String>);

impl Drawing {
    pub(super) fn new() -> Self {
        Self(Zeroizing::new(String::with_capacity(ROOM / 2)))
    }

    /// A line of text; letters beyond ASCII become "?".
    pub(super) fn line(&mut self, font: Font, size: u16, (x, y): (u16, u16), parts: &[&str]) {
        // Writing to a String cannot fail.
        let _ = write!(self.0, "BT /F{} {size} Tf {x} {y} Td (", font as u8);
        for letter in parts.iter().flat_map(|part| part.chars()) {
            if matches!(letter, '(' | ')' | '\\') {
                self.0.push('\\');
            }
            self.0.push(if letter.is_ascii() && !letter.is_ascii_control() { letter } else { '?' });
        }
        self.0.push_str(") Tj ET\n");
    }

    /// Operators as they are.
    pub(super) fn raw(&mut self, operators: std::fmt::Arguments<'_>) {
        let _ = self.0.write_fmt(operators);
    }
}

/// The page of a width and height in points as the bytes of a PDF.
pub(super) fn page((width, height): (u16, u16), drawing: &Drawing) -> Zeroizing<Vec<u8>> {
    let drawn = &drawing.0;
    let mut out = Zeroizing::new(Vec::with_capacity(ROOM.max(drawn.len() + ROOM / 2)));
    out.extend_from_slice(b"%PDF-1.4\n");
    let font = |name: &str| format!("<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] /Contents 7 0 R \
             /Resources << /Font << /F1 4 0 R /F2 5 0 R /F3 6 0 R >> >> >>"
        ),
        font(FONTS[0]),
        font(FONTS[1]),
        font(FONTS[2]),
    ];
    let mut offsets = Vec::with_capacity(objects.len() + 1);
    for (number, object) in (1..).zip(&objects) {
        offsets.push(out.len());
        out.extend_from_slice(format!("{number} 0 obj\n{object}\nendobj\n").as_bytes());
    }
    offsets.push(out.len());
    out.extend_from_slice(format!("7 0 obj\n<< /Length {} >>\nstream\n", drawn.len()).as_bytes());
    out.extend_from_slice(drawn.as_bytes());
    out.extend_from_slice(b"\nendstream\nendobj\n");
    let table = out.len();
    out.extend_from_slice(format!("xref\n0 {}\n0000000000 65535 f \n", offsets.len() + 1).as_bytes());
    for offset in &offsets {
        out.extend_from_slice(format!("{offset:010} 00000 n \n").as_bytes());
    }
    let trailer = format!("trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n", offsets.len() + 1);
    out.extend_from_slice(trailer.as_bytes());
    out
}
