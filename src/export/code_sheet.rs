//! One printable page with a recovery code.
//!
//! A PDF in a place that a person chooses, and not the desktop's print dialog: the dialog is another one on every system,
//! is missing on bare desktops, and hands over a file all the same, which then lies in a spool where nobody knows of it.
//! A file that the person named can be deleted by the person, and the window offers to do that.

use chrono::NaiveDate;
use zeroize::Zeroizing;

use super::pdf::{self, Drawing, Font};
use crate::model::text::short_date;

/// A4 in points.
const PAGE: (u16, u16) = (595, 842);
const LEFT: u16 = 72;
const TITLE: &str = "Diptych recovery code";
const WHY: [&str; 3] = [
    "This code opens the vault when a passphrase is forgotten, with every right of an owner.",
    "Whoever holds this page can read all records. Keep it on paper, away from the computer.",
    "An older code opens nothing any more: destroy older pages.",
];
const HOW: [&str; 3] = [
    "To use it: start Diptych, choose the vault's folder, press \"Use the recovery code\", type it.",
    "Capital or small letters, hyphens and spaces do not matter. There is no letter I, L, O or U in it.",
    "Set a new passphrase then, and print the new code that you are shown.",
];
const BLANKS: [&str; 3] = ["Clinic", "Folder of the vault", "Kept by"];

/// The page as the bytes of a PDF; `code` is ASCII, `made` the day it was made.
#[must_use]
pub fn pdf(code: &str, made: NaiveDate) -> Zeroizing<Vec<u8>> {
    pdf::page(PAGE, &drawing(code, made))
}

fn drawing(code: &str, made: NaiveDate) -> Drawing {
    let mut out = Drawing::new();
    out.line(Font::Bold, 24, (LEFT, 740), &[TITLE]);
    out.line(Font::Regular, 11, (LEFT, 718), &["Made on ", &short_date(made)]);
    out.line(Font::Fixed, 20, (LEFT + 20, 648), &[code]);
    for (y, text) in (0u16..).map(|n| 580 - 18 * n).zip(WHY) {
        out.line(Font::Regular, 11, (LEFT, y), &[text]);
    }
    for (y, text) in (0u16..).map(|n| 500 - 18 * n).zip(HOW) {
        out.line(Font::Regular, 11, (LEFT, y), &[text]);
    }
    for (y, text) in (0u16..).map(|n| 410 - 32 * n).zip(BLANKS) {
        out.line(Font::Regular, 11, (LEFT, y), &[text]);
    }
    out.line(Font::Bold, 11, (LEFT, 270), &["Delete the file that this page was printed from."]);
    let right = PAGE.0 - LEFT;
    out.raw(format_args!("1 w {LEFT} 624 {} 60 re S\n0.5 w\n", right - LEFT));
    for y in (0u16..3).map(|n| 406 - 32 * n) {
        out.raw(format_args!("200 {y} m {right} {y} l S\n"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::pdf::ROOM;
    use super::*;

    const CODE: &str = "0123-4567-89AB-CDEF-GHJK-MNPQ-RSTV";

    fn page() -> Zeroizing<Vec<u8>> {
        pdf(CODE, NaiveDate::from_ymd_opt(2026, 3, 2).expect("a date"))
    }

    #[test]
    fn every_object_lies_where_the_table_says() {
        let page = page();
        let text = std::str::from_utf8(&page).expect("ASCII");
        let at: usize = text.lines().rev().nth(1).and_then(|n| n.parse().ok()).expect("an offset");
        let table: Vec<&str> = text[at..].lines().collect();
        assert_eq!(&table[..2], ["xref", "0 8"]);
        for number in 1..8 {
            let offset: usize = table[number + 2][..10].parse().expect("an offset");
            assert!(text[offset..].starts_with(&format!("{number} 0 obj\n")), "object {number}");
        }
        let (before, drawn) = text.split_once("stream\n").expect("a stream");
        let length: usize =
            before.rsplit("/Length ").next().and_then(|n| n.split(' ').next()?.parse().ok()).expect("a length");
        assert_eq!(drawn[length..].trim_start().split('\n').next(), Some("endstream"));
    }

    #[test]
    fn the_page_holds_the_code_and_the_day_in_one_allocation() {
        let page = page();
        let text = std::str::from_utf8(&page).expect("ASCII");
        assert!(text.contains(CODE) && text.contains("Made on 2 Mar 2026"));
        assert_eq!(page.capacity(), ROOM, "it never grew");
    }
}
