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
    /// Given and family name in reading order; the code for somebody without a name.
    #[must_use]
    pub fn display_name(&self) -> String {
        let name = format!("{} {}", self.given.0.trim(), self.family.0.trim());
        match name.trim() {
            "" => self.code.0.clone(),
            name => name.to_owned(),
        }
    }

    /// Completed years at `date`; `None` without a date of birth or before it.
    #[must_use]
    pub fn age_on(&self, date: NaiveDate) -> Option<u32> {
        let birth = self.birth.as_ref()?.0;
        let before_birthday = (date.month(), date.day()) < (birth.month(), birth.day());
        u32::try_from(date.year() - birth.year() - i32::from(before_birthday)).ok()
    }
}
