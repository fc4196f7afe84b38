//! Consent: an append-only history of events, and what is valid on a day.

use chrono::NaiveDate;

use super::id::{ConsentId, PatientId, SeriesId};
use super::series::vocabulary;
use crate::clock::UtcMillis;

vocabulary! {
    /// What pictures may be used for.
    Purpose {
        Record = "record", "record";
        InClinic = "in-clinic", "in clinic";
        Teaching = "teaching", "teaching";
        Website = "website", "website";
        Social = "social", "social media";
    }
}

vocabulary! {
    /// How much of a person may be shown.
    Scope {
        FullFace = "full-face", "full face";
        Region = "region", "region only";
    }
}

vocabulary! {
    /// Given or taken back.
    ConsentEvent {
        Granted = "granted", "given";
        Withdrawn = "withdrawn", "withdrawn";
    }
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// Row id; not yet given before it is stored. Later events have larger ids.
    pub id: Option<ConsentId>,
    /// Whose.
    pub patient: PatientId,
    /// One series, or all of the patient's.
    pub series: Option<SeriesId>,
    /// What for.
    pub purpose: Purpose,
    /// How much may be shown.
    pub scope: Scope,
    /// Given or withdrawn.
    pub event: ConsentEvent,
    /// Version of the wording that was signed.
    pub wording: String,
    /// Who signed.
    pub signer: String,
    /// The day it was signed on; none for the day it was recorded on.
    pub signed: Option<NaiveDate>,
    /// Last day on which a grant holds.
    pub expires: Option<NaiveDate>,
    /// When it was recorded.
    pub at: UtcMillis,
}

impl Consent {
    /// The day it counts from: that of its signature, else that of its record (UTC).
    fn day(&self) -> Option<NaiveDate> {
        let recorded = || chrono::DateTime::from_timestamp_millis(self.at.0).map(|at| at.date_naive());
        self.signed.or_else(recorded)
    }
}

/// Whether `history`, oldest first, allows `purpose` for `series` with `scope` on `today`.
///
/// Valid is a covering grant that has not expired and is followed by no covering withdrawal. A full-face grant covers
/// regions; a withdrawal of any scope for the purpose covers everything it names. A form that was signed before a covering
/// withdrawal is ended by it, however late somebody enters the form.
#[must_use]
pub fn is_valid(history: &[Consent], series: SeriesId, purpose: Purpose, scope: Scope, today: NaiveDate) -> bool {
    let mut valid = false;
    let mut withdrawn: Option<NaiveDate> = None;
    for event in history {
        if event.purpose != purpose || event.series.is_some_and(|s| s != series) {
            continue;
        }
        match event.event {
            ConsentEvent::Withdrawn => {
                valid = false;
                withdrawn = withdrawn.max(event.day());
            }
            ConsentEvent::Granted => {
                let covers = event.scope == Scope::FullFace || scope == Scope::Region;
                let lives = event.expires.is_none_or(|last| today <= last);
                let is_older = event.signed.zip(withdrawn).is_some_and(|(signed, ended)| signed < ended);
                valid |= covers && lives && !is_older;
            }
        }
    }
    valid
}

/// The widest scope that `history`, oldest first, allows `purpose` for `series` with on `today`; none when nothing is.
#[must_use]
pub fn widest(history: &[Consent], series: SeriesId, purpose: Purpose, today: NaiveDate) -> Option<Scope> {
    [Scope::FullFace, Scope::Region].into_iter().find(|&scope| is_valid(history, series, purpose, scope, today))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, d).expect("a date")
    }

    fn event(event: ConsentEvent, series: Option<i64>, scope: Scope, expires: Option<u32>) -> Consent {
        Consent {
            id: None,
            patient: PatientId(1),
            series: series.map(SeriesId),
            purpose: Purpose::Website,
            scope,
            event,
            wording: "1".into(),
            signer: "patient".into(),
            signed: None,
            expires: expires.map(day),
            at: UtcMillis(0),
        }
    }

    fn valid(history: &[Consent], scope: Scope) -> bool {
        is_valid(history, SeriesId(7), Purpose::Website, scope, day(15))
    }

    #[test]
    fn a_grant_holds_until_its_last_day() {
        assert!(valid(&[event(ConsentEvent::Granted, None, Scope::Region, Some(15))], Scope::Region));
        assert!(!valid(&[event(ConsentEvent::Granted, None, Scope::Region, Some(14))], Scope::Region));
    }

    #[test]
    fn a_region_grant_does_not_cover_a_full_face() {
        let history = [event(ConsentEvent::Granted, None, Scope::Region, None)];
        assert!(!valid(&history, Scope::FullFace));
    }

    #[test]
    fn an_old_form_that_is_entered_late_does_not_revive_what_was_withdrawn_since() {
        let signed =
            |d: u32| Consent { signed: Some(day(d)), ..event(ConsentEvent::Granted, None, Scope::Region, None) };
        let withdrawn = Consent { signed: Some(day(10)), ..event(ConsentEvent::Withdrawn, None, Scope::Region, None) };
        assert!(!valid(&[withdrawn.clone(), signed(9)], Scope::Region), "signed before");
        assert!(valid(&[withdrawn.clone(), signed(10)], Scope::Region), "given again on the same day");
        assert!(valid(&[withdrawn, signed(11)], Scope::Region), "given again later");
    }

    #[test]
    fn a_withdrawal_ends_a_grant_and_a_later_grant_begins_anew() {
        let mut history = vec![
            event(ConsentEvent::Granted, None, Scope::FullFace, None),
            event(ConsentEvent::Withdrawn, Some(7), Scope::Region, None),
        ];
        assert!(!valid(&history, Scope::Region));
        history.push(event(ConsentEvent::Granted, Some(7), Scope::Region, None));
        assert!(valid(&history, Scope::Region));
    }

    #[test]
    fn another_series_is_not_covered() {
        assert!(!valid(&[event(ConsentEvent::Granted, Some(8), Scope::FullFace, None)], Scope::Region));
        assert!(!valid(&[], Scope::Region));
    }
}
