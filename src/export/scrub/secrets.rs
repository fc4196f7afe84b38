//! The words about a person that a publication must not hold, in all the ways they may be written.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use memchr::memmem;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::number;
use crate::model::{Patient, Redacted};

/// Secrets shorter than this are not looked for inside picture data, where any three bytes occur by chance.
const LEAST_IN_BYTES: usize = 6;

/// Texts to look for; `Debug` shows only how many.
#[derive(Clone, Default)]
pub struct Secrets {
    /// Folded.
    texts: Redacted<BTreeSet<String>>,
    /// Short codes and file names of digits alone, which a page also holds as counts and sizes.
    numbers: Redacted<BTreeSet<String>>,
    /// Files that stand in every publication to the letter.
    templates: BTreeSet<String>,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secrets({})", self.texts.0.len() + self.numbers.0.len())
    }
}

impl Secrets {
    /// Adds a text as it is and as HTML writes it. Up to four digits alone are looked for where they count nothing: see
    /// [`number::stands_alone`].
    pub fn add_text(&mut self, text: &str) {
        let text = fold(text.trim());
        if !text.is_empty() && text.len() <= 4 && text.bytes().all(|b| b.is_ascii_digit()) {
            let _new = self.numbers.0.insert(text);
        } else if text.chars().count() >= 2 || text.chars().any(is_unspaced) {
            let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
            self.texts.0.extend([escaped, text]);
        }
    }

    /// Adds a file that stands in every publication to the letter: its numbers are nobody's.
    pub fn add_template(&mut self, text: &str) {
        let _new = self.templates.insert(text.to_owned());
    }

    /// Adds a date in the usual writings.
    pub fn add_date(&mut self, date: NaiveDate) {
        let forms = [
            "%Y-%m-%d",
            "%Y:%m:%d",
            "%Y.%m.%d",
            "%Y/%m/%d",
            "%Y_%m_%d",
            "%Y%m%d",
            "%d.%m.%Y",
            "%d/%m/%Y",
            "%d-%m-%Y",
            "%m/%d/%Y",
            "%-d.%-m.%Y",
            "%-m/%-d/%Y",
            "%-d/%-m/%Y",
            "%-d %b %Y",
            "%-d %B %Y",
            "%B %-d, %Y",
            "%b %-d, %Y",
            "%B %-d %Y",
            "%d.%m.%y",
            "%d/%m/%y",
            "%d-%m-%y",
            "%m/%d/%y",
            "%d%m%Y",
        ];
        for form in forms {
            self.add_text(&date.format(form).to_string());
        }
    }

    /// Adds code, names, each part of the names, uid and date of birth.
    ///
    /// A part of a name that is one of the publication's `fixed` words ("May", "Rose") is looked for only as part of
    /// the full name, because the page says that word about nobody.
    pub fn add_patient(&mut self, patient: &Patient, fixed: &str) {
        let (given, family) = (patient.given.0.trim(), patient.family.0.trim());
        if !given.is_empty() && !family.is_empty() {
            self.add_text(&format!("{given} {family}"));
            self.add_text(&format!("{family} {given}"));
            self.add_text(&format!("{family}, {given}"));
        }
        let fixed = fold(fixed);
        for part in given.split_whitespace().chain(family.split_whitespace()).chain([patient.code.0.trim()]) {
            if !holds_word(&fixed, &fold(part)) {
                self.add_text(part);
            }
        }
        self.add_text(&patient.uid.to_string());
        if let Some(birth) = &patient.birth {
            self.add_date(birth.0);
        }
    }

    /// Adds an original's file name, with and without its extension; without only where the stem is not among the
    /// publication's `fixed` words ("before", "front"), which name nobody.
    pub fn add_file_name(&mut self, name: &str, fixed: &str) {
        self.add_text(name);
        if let Some((stem, _)) = name.rsplit_once('.')
            && !holds_word(&fold(fixed), &fold(stem))
        {
            self.add_text(stem);
        }
    }

    /// Whether one of them stands in `text` as a whole word or words, in any case, with or without accents.
    #[must_use]
    pub fn occur_in_text(&self, text: &str) -> bool {
        let folded = fold(text);
        self.texts.0.iter().any(|secret| holds_word(&folded, secret))
            || (!self.templates.contains(text) && number::stands_alone(&folded, |n| self.numbers.0.contains(n)))
    }

    /// Whether one of them stands anywhere in binary data, as UTF-8 in any ASCII case.
    #[must_use]
    pub fn occur_in_bytes(&self, bytes: &[u8]) -> bool {
        let lower = bytes.to_ascii_lowercase();
        self.texts.0.iter().filter(|s| s.len() >= LEAST_IN_BYTES).any(|secret| holds(&lower, secret.as_bytes()))
    }
}

/// Lower case without accents, so that "Zoe", "ZOË" and both encodings of "ë" are one name.
fn fold(text: &str) -> String {
    text.nfkd().filter(|&c| !is_combining_mark(c)).flat_map(char::to_lowercase).collect()
}

/// Whether a letter is of a script that puts no spaces between words: a name there may stand inside a run of letters,
/// and may be one letter long.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1100}'..='\u{11FF}' | '\u{1780}'..='\u{17FF}'
        | '\u{2E80}'..='\u{D7FF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    !wanted.is_empty() && memmem::find(bytes, wanted).is_some()
}

/// Whether `word` stands in `text` with no letter or digit directly before or after it; letters of scripts without
/// spaces end a word everywhere.
fn holds_word(text: &str, word: &str) -> bool {
    let joins = |inside: Option<char>, outside: Option<char>| {
        inside.zip(outside).is_some_and(|(i, o)| o.is_alphanumeric() && !is_unspaced(i) && !is_unspaced(o))
    };
    !word.is_empty()
        && text.match_indices(word).any(|(at, found)| {
            let before = text[..at].chars().next_back();
            let after = text[at + found.len()..].chars().next();
            !joins(word.chars().next(), before) && !joins(word.chars().next_back(), after)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{PatientId, Uid};

    fn secrets() -> Secrets {
        let patient = Patient {
            id: PatientId(1),
            uid: Uid([0xab; 16]),
            code: "K-0417".into(),
            given: "Zoë May".into(),
            family: "Ell".into(),
            birth: NaiveDate::from_ymd_opt(1990, 5, 17).map(Redacted),
            fitzpatrick: None,
        };
        let mut secrets = Secrets::default();
        secrets.add_patient(&patient, "results may vary");
        secrets.add_file_name("DSC_4711.JPG", "before and after");
        secrets.add_file_name("before.jpg", "before and after");
        secrets
    }

    #[test]
    fn a_file_named_like_a_word_of_the_page_does_not_stop_it() {
        assert!(!secrets().occur_in_text("before and after"));
        assert!(secrets().occur_in_text("from before.jpg"));
    }

    #[test]
    fn names_codes_birth_dates_and_file_names_are_found() {
        for text in ["of ZOË today", "ell's", "k-0417", "17.05.1990", "born May 17, 1990", "dsc_4711", "Zoë May Ell"]
        {
            assert!(secrets().occur_in_text(text), "{text}");
        }
    }

    #[test]
    fn words_that_only_contain_a_name_are_not_a_leak() {
        for text in ["cells and well", "Results may vary", "K-04170", "1990"] {
            assert!(!secrets().occur_in_text(text), "{text}");
        }
    }

    #[test]
    fn accents_and_their_encoding_hide_no_name() {
        for text in ["zoe@clinic", "Zoe\u{308} may", "ＺＯＥ"] {
            assert!(secrets().occur_in_text(text), "{text}");
        }
    }

    #[test]
    fn a_name_of_one_letter_in_a_script_without_spaces_is_found() {
        let mut secrets = Secrets::default();
        secrets.add_text("李");
        secrets.add_text("소희");
        assert!(secrets.occur_in_text("患者李样") && secrets.occur_in_text("소희님"));
        assert!(!secrets.occur_in_text("患者王样"));
    }

    #[test]
    fn a_code_of_four_digits_is_found_where_it_counts_nothing() {
        let mut secrets = Secrets::default();
        secrets.add_text("1042");
        for text in
            ["patient 1042", "<p>1042</p>", "alt=\"cheek, 1042\"", "pictures/1042.jpg", "nr.1042:", "1042 of K-7"]
        {
            assert!(secrets.occur_in_text(text), "{text}");
        }
        for text in ["<img width=\"1042\"", "ab1042cd", "10421", "1042 weeks", "Session 1042 of 2000"] {
            assert!(!secrets.occur_in_text(text), "{text}");
        }
    }

    #[test]
    fn long_secrets_are_found_in_picture_data() {
        assert!(secrets().occur_in_bytes(b"\x00\xffxDSC_4711.JPGz"));
        assert!(!secrets().occur_in_bytes(b"\x00\xffELL\x00"));
    }
}
