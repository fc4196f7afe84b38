//! How a comparability grade is shown in JSON, by every command.

use serde::Serialize;

use crate::compare::grade::{Aspect, Comparability, Grade, Reason};

/// A grade and what it rests on.
#[derive(Serialize)]
pub struct Shown {
    /// A to F; null where there is none.
    grade: Option<Grade>,
    /// Every aspect that was judged, worst first.
    grade_reasons: Vec<ReasonShown>,
}

#[derive(Serialize)]
struct ReasonShown {
    aspect: Aspect,
    grade: Grade,
    words: String,
}

impl From<Option<&Comparability>> for Shown {
    fn from(found: Option<&Comparability>) -> Self {
        let reasons = found.map(|found| found.reasons.as_slice()).unwrap_or_default().iter();
        let shown =
            |reason: &Reason| ReasonShown { aspect: reason.aspect, grade: reason.grade, words: reason.words.clone() };
        Self { grade: found.map(|found| found.grade), grade_reasons: reasons.map(shown).collect() }
    }
}
