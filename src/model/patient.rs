//! Patients.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use super::id::{PatientId, Uid};

/// Text about a person that must not reach a log or a panic message: `Debug` shows only that it is there.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Redacted<T>(pub T);

impl<T> std::fmt::Debug for Redacted<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

impl From<&str> for Redacted<String> {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// Fitzpatrick skin type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Fitzpatrick {
    /// Always burns.
    I,
    /// Usually burns.
    II,
    /// Sometimes burns.
    III,
    /// Rarely burns.
    IV,
    /// Very rarely burns.
    V,
    /// Never burns.
    VI,
}

impl Fitzpatrick {
    /// All types, lightest first.
    pub const ALL: [Self; 6] = [Self::I, Self::II, Self::III, Self::IV, Self::V, Self::VI];

    /// The roman numeral.
    #[must_use]
    pub fn numeral(self) -> &'static str {
        match self {
            Self::I => "I",
            Self::II => "II",
            Self::III => "III",
            Self::IV => "IV",
            Self::V => "V",
            Self::VI => "VI",
        }
    }

    /// Reads the roman numeral.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.numeral() == text)
    }
}

/// What is known of a person before the vault has given them an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPatient {
    /// The clinic's own number, unique in the vault.
    pub code: Redacted<String>,
    /// Given names; may be empty.
    pub given: Redacted<String>,
    /// Family name; may be empty.
    pub family: Redacted<String>,
    /// Date of birth.
    pub birth: Option<Redacted<NaiveDate>>,
    /// Skin type.
    pub fitzpatrick: Option<Fitzpatrick>,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patient {
    /// Row id.
    pub id: PatientId,
    /// Name outside the vault.
    pub uid: Uid,
    /// The clinic's own number.
    pub code: Redacted<String>,
    /// Given names.
    pub given: Redacted<String>,
    /// Family name.
    pub family: Redacted<String>,
    /// Date of birth.
    pub birth: Option<Redacted<NaiveDate>>,
    /// Skin type.
    pub fitzpatrick: Option<Fitzpatrick>,
}

impl Patient {
    /// The name in its own reading order; the code for somebody without a name.
    ///
    /// Names written in Han, Hangul or Kana alone put the family first and need no space.
    #[must_use]
    pub fn display_name(&self) -> String {
        let (given, family) = (self.given.0.trim(), self.family.0.trim());
        let name = if !given.is_empty() && !family.is_empty() && given.chars().chain(family.chars()).all(is_east_asian)
        {
            format!("{family}{given}")
        } else {
            format!("{given} {family}")
        };
        match name.trim() {
            "" => self.code.0.clone(),
            name => name.to_owned(),
        }
    }

    /// Whether a name is known, so that [`Patient::display_name`] is one and not the code.
    #[must_use]
    pub fn is_named(&self) -> bool {
        !self.given.0.trim().is_empty() || !self.family.0.trim().is_empty()
    }

    /// Completed years at `date`; `None` without a date of birth or before it.
    #[must_use]
    pub fn age_on(&self, date: NaiveDate) -> Option<u32> {
        let birth = self.birth.as_ref()?.0;
        let before_birthday = (date.month(), date.day()) < (birth.month(), birth.day());
        u32::try_from(date.year() - birth.year() - i32::from(before_birthday)).ok()
    }
}

/// Letters of the scripts that write names family first: CJK ideographs, Kana, Hangul syllables.
fn is_east_asian(letter: char) -> bool {
    matches!(letter, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(given: &str, family: &str, birth: Option<(i32, u32, u32)>) -> Patient {
        Patient {
            id: PatientId(1),
            uid: Uid([0; 16]),
            code: "P-1".into(),
            given: given.into(),
            family: family.into(),
            birth: birth.map(|(y, m, d)| Redacted(NaiveDate::from_ymd_opt(y, m, d).expect("a date"))),
            fitzpatrick: None,
        }
    }

    #[test]
    fn a_name_reads_in_its_own_order() {
        assert_eq!(named("Tomasz", "Wren", None).display_name(), "Tomasz Wren");
        assert_eq!(named("小明", "王", None).display_name(), "王小明");
        assert_eq!(named("", "王", None).display_name(), "王");
        assert_eq!(named(" ", "", None).display_name(), "P-1");
    }

    #[test]
    fn age_counts_completed_years() {
        let born = named("A", "B", Some((2000, 3, 14)));
        let on = |y, m, d| born.age_on(NaiveDate::from_ymd_opt(y, m, d).expect("a date"));
        assert_eq!(on(2026, 3, 13), Some(25));
        assert_eq!(on(2026, 3, 14), Some(26));
        assert_eq!(on(1999, 1, 1), None);
    }

    #[test]
    fn a_person_does_not_show_in_debug_output() {
        assert!(!format!("{:?}", named("Tomasz", "Wren", Some((2000, 3, 14)))).contains("Wren"));
        assert!(!format!("{:?}", named("A", "B", Some((2000, 3, 14)))).contains("2000"));
    }
}
