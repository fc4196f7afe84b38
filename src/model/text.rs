//! Text forms shared by the types of the model.

use chrono::NaiveDate;

/// Writes bytes as lower-case hexadecimal digits.
pub fn write_hex(f: &mut std::fmt::Formatter<'_>, bytes: &[u8]) -> std::fmt::Result {
    bytes.iter().try_for_each(|b| write!(f, "{b:02x}"))
}

/// Reads exactly `N` bytes from hexadecimal digits.
#[must_use]
pub fn bytes_from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N || !text.is_ascii() {
        return None;
    }
    let mut out = [0; N];
    for (i, byte) in out.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * i..2 * i + 2)?, 16).ok()?;
    }
    Some(out)
}

/// A date as it stands on screens: "14 Jan 2026".
#[must_use]
pub fn short_date(date: NaiveDate) -> String {
    date.format("%-d %b %Y").to_string()
}

/// A number with commas between the thousands: "3,412".
#[must_use]
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 week`, `2 weeks`, `2 series`.
#[must_use]
pub fn counted(n: i64, one: &str) -> String {
    if n == 1 || one.ends_with('s') { format!("{n} {one}") } else { format!("{n} {one}s") }
}
