//! When the next visit of a series is due.

use chrono::{Days, Months, NaiveDate};

use crate::model::text::{counted, short_date};
use crate::model::{Series, SeriesState, Session, SessionKind};

/// Maintenance follows the last treatment after this many months at the earliest …
pub const MAINTENANCE_FROM: Months = Months::new(6);
/// … and at the latest after this many.
const MAINTENANCE_TO: Months = Months::new(12);

/// What the next visit is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visit {
    /// A treatment of the series.
    Treatment {
        /// Its number, from 1.
        number: u32,
        /// Planned treatments; 0 when open-ended.
        planned: u32,
    },
    /// A treatment that keeps the result of a series that has run its course.
    Maintenance {
        /// Its number, from 1.
        number: u32,
    },
}

/// Where a day stands to a due window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DueState {
    /// The window opens in this many days.
    Later(i64),
    /// The day lies in the window.
    Due,
    /// The window closed this many days ago.
    Overdue(i64),
}

/// The next visit of a series and its window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// First day of the window.
    pub from: NaiveDate,
    /// Last day of the window.
    pub to: NaiveDate,
    /// Where the asked day stands to it.
    pub state: DueState,
    /// What the visit is for.
    pub what: Visit,
}

impl Visit {
    /// "Session 4 of 6", "Maintenance 1".
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Treatment { number, planned: 0 } => format!("Session {number}"),
            Self::Treatment { number, planned } => format!("Session {number} of {planned}"),
            Self::Maintenance { number } => format!("Maintenance {number}"),
        }
    }
}

impl Due {
    /// "due 12 Mar 2026 – 26 Mar 2026", "overdue by 9 days".
    #[must_use]
    pub fn words(&self) -> String {
        match self.state {
            DueState::Overdue(days) => format!("overdue by {}", counted(days, "day")),
            DueState::Due => format!("due until {}", short_date(self.to)),
            DueState::Later(_) => format!("due {} – {}", short_date(self.from), short_date(self.to)),
        }
    }

    /// Whether somebody should act today.
    #[must_use]
    pub fn is_pressing(&self) -> bool {
        !matches!(self.state, DueState::Later(_))
    }
}

/// The next visit of `series` as seen on `today`; `None` for a stopped series and for one that has not begun.
///
/// Treatments follow the latest treatment by the series' interval; a first treatment may follow a consultation at once.
/// After the planned treatments, or when the series is finished, maintenance is due 6–12 months after the latest
/// treatment of any kind.
#[must_use]
pub fn next_due(series: &Series, sessions: &[Session], today: NaiveDate) -> Option<Due> {
    if series.state == SeriesState::Stopped {
        return None;
    }
    let of = |kind: SessionKind| sessions.iter().filter(move |s| s.series == series.id && s.kind == kind);
    let latest = |kind: SessionKind| of(kind).map(|s| s.date).max();
    let treatments = of(SessionKind::Treatment).count() as u32;
    let complete = series.state == SeriesState::Finished || (series.planned > 0 && treatments >= series.planned);
    let (from, to, what) = if complete {
        let last = latest(SessionKind::Treatment).max(latest(SessionKind::Maintenance))?;
        let number = of(SessionKind::Maintenance).count() as u32 + 1;
        let window = (last.checked_add_months(MAINTENANCE_FROM)?, last.checked_add_months(MAINTENANCE_TO)?);
        (window.0, window.1, Visit::Maintenance { number })
    } else {
        let (last, shortest) = match latest(SessionKind::Treatment) {
            Some(date) => (date, series.interval_min_days),
            None => (latest(SessionKind::Consultation)?, 0),
        };
        let after = |days: u32| last.checked_add_days(Days::new(days.into()));
        let what = Visit::Treatment { number: treatments + 1, planned: series.planned };
        (after(shortest)?, after(series.interval_max_days.max(shortest))?, what)
    };
    let state = if today < from {
        DueState::Later((from - today).num_days())
    } else if today <= to {
        DueState::Due
    } else {
        DueState::Overdue((today - to).num_days())
    };
    Some(Due { from, to, state, what })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Area, Indication, PatientId, SeriesId, SessionId, Uid};
    use SessionKind::{Consultation, FollowUp, Maintenance, Treatment};
    use proptest::prelude::*;

    fn first() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 1, 14).expect("a date")
    }

    fn series(planned: u32, state: SeriesState) -> Series {
        Series {
            id: SeriesId(1),
            uid: Uid([0; 16]),
            patient: PatientId(1),
            indications: vec![Indication::AcneScars],
            areas: vec![Area::Cheeks],
            planned,
            interval_min_days: 28,
            interval_max_days: 42,
            state,
            predecessor: None,
        }
    }

    fn visits(list: &[(SessionKind, u64)]) -> Vec<Session> {
        let visit = |(i, &(kind, day)): (usize, &(SessionKind, u64))| Session {
            id: SessionId(i as i64 + 1),
            series: SeriesId(1),
            date: first() + Days::new(day),
            ordinal: 0,
            kind,
        };
        list.iter().enumerate().map(visit).collect()
    }

    fn due(list: &[(SessionKind, u64)], planned: u32, day: u64) -> Option<Due> {
        next_due(&series(planned, SeriesState::Open), &visits(list), first() + Days::new(day))
    }

    #[test]
    fn the_next_treatment_follows_the_latest_by_the_interval() {
        let due = due(&[(Treatment, 30), (Treatment, 0)], 6, 40).expect("due");
        assert_eq!((due.from, due.to), (first() + Days::new(58), first() + Days::new(72)));
        assert_eq!(due.state, DueState::Later(18));
        assert_eq!(due.what.words(), "Session 3 of 6");
    }

    #[test]
    fn after_the_last_planned_treatment_comes_maintenance() {
        let list = [(Treatment, 0), (Treatment, 30), (FollowUp, 120), (Maintenance, 200)];
        assert_eq!(due(&list[..3], 2, 40).map(|d| d.what), Some(Visit::Maintenance { number: 1 }));
        let second = due(&list, 2, 210).expect("due");
        assert_eq!(second.what, Visit::Maintenance { number: 2 });
        assert_eq!(second.from, first() + Days::new(200) + Months::new(6));
    }

    #[test]
    fn an_open_ended_series_never_runs_out() {
        let list = [(Treatment, 0), (Treatment, 30), (Treatment, 60)];
        assert_eq!(due(&list, 0, 60).map(|d| d.what), Some(Visit::Treatment { number: 4, planned: 0 }));
    }

    #[test]
    fn a_first_treatment_may_follow_its_consultation_at_once() {
        assert_eq!(due(&[(Consultation, 0)], 3, 0).map(|d| d.state), Some(DueState::Due));
    }

    #[test]
    fn nothing_is_due_before_the_beginning_or_after_a_stop() {
        assert_eq!(due(&[], 3, 0), None);
        let stopped = series(3, SeriesState::Stopped);
        assert_eq!(next_due(&stopped, &visits(&[(Treatment, 0)]), first()), None);
    }

    proptest! {
        // Later, due and overdue follow each other without a gap, and their day counts lead to the window's edges.
        #[test]
        fn a_day_is_before_in_or_after_the_window(day in 0u64..900, planned in 0u32..4) {
            let today = first() + Days::new(day);
            let due = due(&[(Treatment, 0)], planned, day).expect("due");
            prop_assert!(due.from <= due.to);
            match due.state {
                DueState::Later(n) => prop_assert_eq!(today + Days::new(n as u64), due.from),
                DueState::Due => prop_assert!(due.from <= today && today <= due.to),
                DueState::Overdue(n) => prop_assert_eq!(due.to + Days::new(n as u64), today),
            }
        }
    }
}
