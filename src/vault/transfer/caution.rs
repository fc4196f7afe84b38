//! What a person should know before something is moved, as values and as sentences.

use chrono::NaiveDate;

use crate::model::text::{counted, short_date};
use crate::model::{Fitzpatrick, Patient, Purpose, Redacted, Scope};

/// One thing to know. The sentences name people: they are for the screen of whoever decides, and for nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caution {
    /// It is another person.
    Patient {
        /// Whose it was.
        from: Redacted<String>,
        /// Whose it will be.
        to: Redacted<String>,
    },
    /// The two records have different names.
    Names {
        /// The one that stays.
        kept: Redacted<String>,
        /// The one that leads to it.
        other: Redacted<String>,
    },
    /// The two records have different dates of birth.
    Births {
        /// The one that stays.
        kept: Option<Redacted<NaiveDate>>,
        /// The one that goes.
        other: Option<Redacted<NaiveDate>>,
    },
    /// The two records have different skin types.
    SkinTypes {
        /// The one that stays.
        kept: Option<Fitzpatrick>,
        /// The one that goes.
        other: Option<Fitzpatrick>,
    },
    /// A code that is nobody's own any more.
    Code {
        /// The one that stays.
        kept: Redacted<String>,
        /// The one that leads to it.
        other: Redacted<String>,
    },
    /// Another use of the pictures is allowed.
    Consent {
        /// What for.
        purpose: Purpose,
        /// Of which course.
        series: String,
        /// The most that is allowed now.
        before: Option<Scope>,
        /// The most that will be.
        after: Option<Scope>,
    },
    /// Photos that are published.
    Published {
        /// How many.
        photos: u32,
    },
    /// Originals that are filed under the other patient already.
    SameOriginal {
        /// How many.
        photos: u32,
    },
    /// The other patient has the same document already.
    SameDocument,
    /// Photos that lose their view, because there is none like it.
    NoView {
        /// How many.
        photos: u32,
        /// Names of the views.
        views: Vec<String>,
    },
    /// The place is taken: the photo there becomes an alternate.
    Taken,
    /// The photo was taken on another day than the session it goes to.
    OtherDay {
        /// When it was taken.
        taken: NaiveDate,
        /// The day of the session.
        session: NaiveDate,
    },
    /// The series has a session on that day.
    SameDay {
        /// Which day.
        date: NaiveDate,
    },
    /// Photos that others are aligned to.
    Reference {
        /// How many.
        photos: u32,
        /// Photos that a person aligned to them.
        by_hand: u32,
    },
    /// Photos that a person aligned.
    ByHand {
        /// How many.
        photos: u32,
    },
    /// Both have an open course.
    BothOpen,
}

impl Caution {
    pub(super) fn patient(from: &Patient, to: &Patient) -> Self {
        Self::Patient { from: Redacted(named(from)), to: Redacted(named(to)) }
    }

    /// A stable key for machines.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Patient { .. } => "patient",
            Self::Names { .. } => "names",
            Self::Births { .. } => "births",
            Self::SkinTypes { .. } => "skin-types",
            Self::Code { .. } => "code",
            Self::Consent { .. } => "consent",
            Self::Published { .. } => "published",
            Self::SameOriginal { .. } => "same-original",
            Self::SameDocument => "same-document",
            Self::NoView { .. } => "no-view",
            Self::Taken => "taken",
            Self::OtherDay { .. } => "other-day",
            Self::SameDay { .. } => "same-day",
            Self::Reference { .. } => "reference",
            Self::ByHand { .. } => "by-hand",
            Self::BothOpen => "both-open",
        }
    }

    /// Whether more would be allowed with the pictures than is now.
    #[must_use]
    pub fn widens(&self) -> bool {
        let rank = |scope: &Option<Scope>| match scope {
            None => 0,
            Some(Scope::Region) => 1,
            Some(Scope::FullFace) => 2,
        };
        matches!(self, Self::Consent { before, after, .. } if rank(before) < rank(after))
    }

    /// In a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Patient { from, to } => format!("The patient changes from {} to {}.", from.0, to.0),
            Self::Names { kept, other } => format!("The names differ: {} stays, {} goes.", kept.0, other.0),
            Self::Births { kept, other } => {
                let words = |birth: &Option<Redacted<NaiveDate>>| {
                    birth.as_ref().map_or_else(|| "unknown".to_owned(), |birth| short_date(birth.0))
                };
                format!("The dates of birth differ: {} stays, {} goes.", words(kept), words(other))
            }
            Self::SkinTypes { kept, other } => {
                let words = |kind: &Option<Fitzpatrick>| kind.map_or("unknown", Fitzpatrick::numeral);
                format!("The skin types differ: {} stays, {} goes.", words(kept), words(other))
            }
            Self::Code { kept, other } => {
                format!("The code {} leads to {} from then on and is given to nobody else.", other.0, kept.0)
            }
            Self::Consent { purpose, series, before, after } => {
                let words = |scope: &Option<Scope>| scope.map_or("not allowed", Scope::words);
                let more = if self.widens() { "More is allowed" } else { "Less is allowed" };
                format!("{more} ({}, {series}): so far {}, then {}.", purpose.words(), words(before), words(after))
            }
            Self::Published { photos } => {
                let (what, it) = (counted(i64::from(*photos), "photo"), if *photos == 1 { "it" } else { "they" });
                let (are, were) = if *photos == 1 { ("is", "was") } else { ("are", "were") };
                format!(
                    "{what} {are} published. What is out stays out, and the ledger under what {it} {were} published of."
                )
            }
            Self::SameOriginal { photos } => {
                let are = if *photos == 1 { "is" } else { "are" };
                format!("{} {are} filed under the other patient as well.", counted(i64::from(*photos), "picture"))
            }
            Self::SameDocument => "The same document is kept under the other patient already.".to_owned(),
            Self::NoView { photos, views } => {
                let lose = if *photos == 1 { "loses its view" } else { "lose their views" };
                let what = counted(i64::from(*photos), "photo");
                format!("{what} {lose}, because the other series has none like it: {}.", views.join(", "))
            }
            Self::Taken => "The place is taken: the photo there becomes an alternate.".to_owned(),
            Self::OtherDay { taken, session } => {
                format!("The photo was taken on {}, the session is of {}.", short_date(*taken), short_date(*session))
            }
            Self::SameDay { date } => {
                format!("The other series has a session on {} already; this becomes another one.", short_date(*date))
            }
            Self::Reference { photos, by_hand } => {
                let is =
                    if *photos == 1 { "is the reference of its view" } else { "are the references of their views" };
                let what = counted(i64::from(*photos), "photo");
                let lost = match by_hand {
                    0 => String::new(),
                    n => format!(", {} aligned by hand among them", counted(i64::from(*n), "photo")),
                };
                format!("{what} {is}: what stays there is aligned anew{lost}.")
            }
            Self::ByHand { photos } => {
                let was = if *photos == 1 { "was" } else { "were" };
                let what = counted(i64::from(*photos), "photo");
                format!("{what} {was} aligned by hand, which has to be done again.")
            }
            Self::BothOpen => "Both have an open series: look whether they are one.".to_owned(),
        }
    }
}

/// "Maria Tamm (P-0192)".
fn named(patient: &Patient) -> String {
    let (name, code) = (patient.display_name(), &patient.code.0);
    if name == *code { name } else { format!("{name} ({code})") }
}

/// The name and code of a patient, as the sentences write them.
pub(super) fn name(patient: &Patient) -> Redacted<String> {
    Redacted(named(patient))
}
