//! The self-test of a publication: every file is opened again and shown to hold no metadata, name, birth date, patient
//! code, original file name, exact date, file time or address of another site.
//!
//! The check knows nothing of how the files were made; it reads what lies on the disk.

mod number;
mod secrets;

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::ExportError;
use crate::fsx;
use crate::imaging::segments;
pub use secrets::Secrets;

/// Seconds since 1970 that every published file carries: 2000-01-01T00:00:00Z.
const FILE_TIME: u64 = 946_684_800;

/// The one file time of publications.
#[must_use]
pub fn file_time() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(FILE_TIME)
}

/// What must not be in a publication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leak {
    /// A JPEG segment that is not needed to decode it: EXIF, ICC, IPTC, a comment.
    Metadata,
    /// Bytes behind the end of a picture.
    TrailingBytes,
    /// A picture that cannot be read again.
    Unreadable,
    /// Something about a person.
    Secret,
    /// A calendar date.
    ExactDate,
    /// A file time other than the fixed one.
    FileTime,
    /// A kind of file that is not published.
    ForeignFile,
    /// An address of another site.
    ExternalAddress,
}

/// One leak in one file. Names nothing secret: published file names are random.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} in {file}", kind.words())]
pub struct Finding {
    /// What.
    pub kind: Leak,
    /// Where, inside the folder; empty when the name itself is the leak.
    pub file: String,
}

impl Leak {
    /// Words for a person.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Metadata => "metadata",
            Self::TrailingBytes => "bytes behind the picture",
            Self::Unreadable => "a picture that cannot be read",
            Self::Secret => "something about a person",
            Self::ExactDate => "an exact date",
            Self::FileTime => "a file time",
            Self::ForeignFile => "a file of an unexpected kind",
            Self::ExternalAddress => "an address of another site",
        }
    }
}

/// What was shown to be clean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Proof {
    /// Files read.
    pub files: usize,
    /// Pictures among them.
    pub pictures: usize,
}

/// Reads every file below `dir` and proves it clean, or names the first leak.
pub fn assert_clean(dir: &Path, secrets: &Secrets) -> Result<Proof, ExportError> {
    let mut proof = Proof::default();
    for path in fsx::files_below(dir)? {
        let name = path.strip_prefix(dir).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        if secrets.occur_in_text(&name) || has_exact_date(name.as_bytes()) {
            return Err(Finding { kind: Leak::Secret, file: String::new() }.into());
        }
        let bytes = fs::read(&path)?;
        let time_is_fixed = fs::metadata(&path)?.modified()? == file_time();
        let leak = if time_is_fixed { check(&name, &bytes, secrets) } else { Some(Leak::FileTime) };
        if let Some(kind) = leak {
            return Err(Finding { kind, file: name }.into());
        }
        proof.files += 1;
        proof.pictures += usize::from(has_extension(&name, "jpg"));
    }
    Ok(proof)
}

/// The first leak in one file of a publication, judged by its name and bytes.
#[must_use]
pub fn check(name: &str, bytes: &[u8], secrets: &Secrets) -> Option<Leak> {
    if has_extension(name, "jpg") {
        return check_jpeg(bytes, secrets);
    }
    if !["html", "css", "js", "json"].iter().any(|e| has_extension(name, e)) {
        return Some(Leak::ForeignFile);
    }
    let text = String::from_utf8_lossy(bytes);
    if secrets.occur_in_text(&text) {
        Some(Leak::Secret)
    } else if has_exact_date(bytes) {
        Some(Leak::ExactDate)
    } else if has_external_address(&text) {
        Some(Leak::ExternalAddress)
    } else {
        None
    }
}

fn has_extension(name: &str, extension: &str) -> bool {
    Path::new(name).extension().is_some_and(|e| e == extension)
}

fn check_jpeg(bytes: &[u8], secrets: &Secrets) -> Option<Leak> {
    let Ok(jpeg) = segments::walk(bytes) else { return Some(Leak::Unreadable) };
    // What lies between segments is shown by no viewer and read by everybody else.
    if jpeg.end != bytes.len() || jpeg.stray {
        return Some(Leak::TrailingBytes);
    }
    for segment in &jpeg.segments {
        let is_plain_jfif =
            segment.marker == 0xe0 && segment.payload.starts_with(b"JFIF\0") && segment.payload.len() == 14;
        let is_metadata = matches!(segment.marker, 0xe0..=0xfe);
        if is_metadata && !is_plain_jfif {
            return Some(Leak::Metadata);
        }
    }
    secrets.occur_in_bytes(bytes).then_some(Leak::Secret)
}

/// Whether a date stands somewhere as year, month, day or day, month, year in digits.
fn has_exact_date(bytes: &[u8]) -> bool {
    let digits = |at: usize, n: usize| bytes.get(at..at + n).filter(|d| d.iter().all(u8::is_ascii_digit));
    let number = |d: &[u8]| d.iter().fold(0_u32, |n, b| 10 * n + u32::from(b - b'0'));
    let apart = |at: usize| bytes.get(at).is_some_and(|b| b"-.:/_".contains(b));
    let year = |d: &[u8]| (1900..2100).contains(&number(d));
    let (month, day) = (|d: &[u8]| (1..=12).contains(&number(d)), |d: &[u8]| (1..=31).contains(&number(d)));
    (0..bytes.len()).any(|i| {
        if i > 0 && bytes[i - 1].is_ascii_alphanumeric() {
            return false;
        }
        let closed = |end: usize| bytes.get(end).is_none_or(|b| !b.is_ascii_alphanumeric());
        let iso = apart(i + 4)
            && apart(i + 7)
            && closed(i + 10)
            && digits(i, 4).is_some_and(year)
            && digits(i + 5, 2).is_some_and(month)
            && digits(i + 8, 2).is_some_and(day);
        let reversed = apart(i + 2)
            && apart(i + 5)
            && closed(i + 10)
            && digits(i, 2).is_some_and(day)
            && digits(i + 3, 2).is_some_and(day)
            && digits(i + 6, 4).is_some_and(year);
        let packed = closed(i + 8)
            && digits(i, 4).is_some_and(year)
            && digits(i + 4, 2).is_some_and(month)
            && digits(i + 6, 2).is_some_and(day);
        iso || reversed || packed
    })
}

/// Whether a page, style or script speaks to another site.
fn has_external_address(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ["http:", "https:", "ws:", "wss:", "ftp:", "data:", "mailto:", "@import", "=\"//", "='//", "url(//", "(\"//"]
        .iter()
        .any(|address| lower.contains(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_found_in_every_writing() {
        for text in ["on 2026-01-14.", "2026:01:14 15:02", "14.01.2026", "01/14/2026", "x 20260114 y"] {
            assert!(has_exact_date(text.as_bytes()), "{text}");
        }
        for text in ["12 weeks", "2026", "1600×1200", "ab20260114cd", "99999999", "2026-13-77"] {
            assert!(!has_exact_date(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn addresses_of_other_sites_are_found() {
        assert!(has_external_address("<img src=\"//elsewhere/x\">") && has_external_address("url(HTTPS://x)"));
        assert!(!has_external_address("<img src=\"pictures/ab.jpg\"> // a comment"));
    }
}
