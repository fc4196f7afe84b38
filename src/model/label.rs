//! The words under a picture: which session of the series it is and how long after the baseline.
//!
//! Computed from the order of visits by (date, ordinal) and never stored: a visit that is added late or moved renumbers
//! the others by itself. Published cases keep the text they went out with.

use std::collections::HashMap;

use super::id::SessionId;
use super::session::{Session, SessionKind};
use super::text::counted;

/// A label in its two parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionLabel {
    /// "Session 3 of 6".
    pub title: String,
    /// "12 weeks since baseline", "baseline", or empty.
    pub detail: String,
    /// "12 weeks": the detail for narrow places; empty where the title says it all.
    pub short_detail: String,
    /// "3", "C", "M1", "d3", "F": for the corner of a small thumbnail.
    pub badge: String,
}

impl SessionLabel {
    /// Both parts in one line: "Session 3 of 6 · 12 weeks since baseline".
    #[must_use]
    pub fn full(&self) -> String {
        join(&self.title, &self.detail)
    }

    /// The line for published pictures: "Session 3 of 6 · 12 weeks".
    #[must_use]
    pub fn short(&self) -> String {
        join(&self.title, &self.short_detail)
    }
}

fn join(title: &str, detail: &str) -> String {
    if detail.is_empty() { title.to_owned() } else { format!("{title} · {detail}") }
}

/// Labels of all visits of one series. `planned` is the planned number of treatments, 0 when open-ended.
#[must_use]
pub fn labels(sessions: &[Session], planned: u32) -> HashMap<SessionId, SessionLabel> {
    let mut order: Vec<&Session> = sessions.iter().collect();
    order.sort_by_key(|s| (s.date, s.ordinal, s.id));
    let Some(baseline) = order.iter().find(|s| is_baseline(s.kind)).or(order.first()).copied() else {
        return HashMap::new();
    };
    let mut treatments = 0;
    let mut maintenance = 0;
    let mut last_treatment: Option<(&Session, String)> = None;
    let mut out = HashMap::with_capacity(order.len());
    for session in order {
        let since_baseline = (session.date - baseline.date).num_days();
        let (title, badge) = match session.kind {
            SessionKind::Consultation => {
                let title = if session.id == baseline.id { "Baseline" } else { "Consultation" };
                (title.to_owned(), "C".to_owned())
            }
            SessionKind::Treatment => {
                treatments += 1;
                last_treatment = Some((session, format!("session {treatments}")));
                (treatment_title(treatments, planned), treatments.to_string())
            }
            SessionKind::Maintenance => {
                maintenance += 1;
                last_treatment = Some((session, format!("maintenance {maintenance}")));
                (format!("Maintenance {maintenance}"), format!("M{maintenance}"))
            }
            SessionKind::Healing => {
                after_last(last_treatment.as_ref(), session, "Healing", |days| format!("Day {days}"), "d")
            }
            SessionKind::FollowUp => after_last(last_treatment.as_ref(), session, "Follow-up", months_or_weeks, "F"),
        };
        let (detail, short_detail) = match session.kind {
            _ if session.id == baseline.id && session.kind == SessionKind::Consultation => {
                (String::new(), String::new())
            }
            _ if session.id == baseline.id => ("baseline".to_owned(), "baseline".to_owned()),
            SessionKind::Healing | SessionKind::FollowUp if last_treatment.is_some() => (String::new(), String::new()),
            _ if since_baseline < 0 => ("before the baseline".to_owned(), String::new()),
            _ => {
                let elapsed = days_or_weeks(since_baseline);
                (format!("{elapsed} since baseline"), elapsed)
            }
        };
        let previous = out.insert(session.id, SessionLabel { title, detail, short_detail, badge });
        debug_assert!(previous.is_none(), "a visit occurs once");
    }
    out
}

fn is_baseline(kind: SessionKind) -> bool {
    matches!(kind, SessionKind::Consultation | SessionKind::Treatment)
}

fn treatment_title(number: u32, planned: u32) -> String {
    match planned {
        0 => format!("Session {number}"),
        planned if number > planned => format!("Session {number} ({planned} planned)"),
        planned => format!("Session {number} of {planned}"),
    }
}

fn after_last(
    last: Option<&(&Session, String)>,
    session: &Session,
    alone: &str,
    elapsed: impl Fn(i64) -> String,
    badge: &str,
) -> (String, String) {
    match last {
        None => (alone.to_owned(), badge.to_owned()),
        Some((treatment, which)) => {
            let days = (session.date - treatment.date).num_days();
            let badge = if session.kind == SessionKind::Healing { format!("{badge}{days}") } else { badge.to_owned() };
            (format!("{} after {which}", elapsed(days)), badge)
        }
    }
}

/// Below two weeks in days, from there in weeks, rounded to the nearest.
fn days_or_weeks(days: i64) -> String {
    if days < 14 { counted(days, "day") } else { counted((days + 3) / 7, "week") }
}

/// From two months on in months of 30.44 days, before that as [`days_or_weeks`].
fn months_or_weeks(days: i64) -> String {
    let months = (days as f64 / 30.44).round() as i64;
    if months >= 2 { counted(months, "month") } else { days_or_weeks(days) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SeriesId;
    use chrono::{Days, NaiveDate};

    fn visits(list: &[(SessionKind, u64)]) -> Vec<Session> {
        let first = NaiveDate::from_ymd_opt(2026, 1, 14).expect("a date");
        list.iter()
            .enumerate()
            .map(|(i, &(kind, day))| Session {
                id: SessionId(i as i64 + 1),
                series: SeriesId(1),
                date: first + Days::new(day),
                ordinal: 0,
                kind,
            })
            .collect()
    }

    fn full(list: &[(SessionKind, u64)], planned: u32) -> Vec<String> {
        let sessions = visits(list);
        let labels = labels(&sessions, planned);
        sessions.iter().map(|s| labels[&s.id].full()).collect()
    }

    use SessionKind::{Consultation, FollowUp, Healing, Maintenance, Treatment};

    #[test]
    fn treatments_are_counted_within_the_series() {
        assert_eq!(
            full(&[(Treatment, 0), (Treatment, 33), (Treatment, 84)], 6),
            [
                "Session 1 of 6 · baseline",
                "Session 2 of 6 · 5 weeks since baseline",
                "Session 3 of 6 · 12 weeks since baseline"
            ]
        );
    }

    #[test]
    fn a_consultation_is_the_baseline() {
        assert_eq!(
            full(&[(Consultation, 0), (Treatment, 14)], 3),
            ["Baseline", "Session 1 of 3 · 2 weeks since baseline"]
        );
    }

    #[test]
    fn healing_follow_up_and_maintenance_have_their_own_words() {
        assert_eq!(
            full(&[(Treatment, 0), (Treatment, 30), (Healing, 33), (FollowUp, 122), (Maintenance, 215)], 2),
            [
                "Session 1 of 2 · baseline",
                "Session 2 of 2 · 4 weeks since baseline",
                "Day 3 after session 2",
                "3 months after session 2",
                "Maintenance 1 · 31 weeks since baseline"
            ]
        );
    }

    #[test]
    fn a_visit_after_maintenance_counts_from_there() {
        let labels = full(&[(Treatment, 0), (Maintenance, 200), (Healing, 203)], 1);
        assert_eq!(labels[2], "Day 3 after maintenance 1");
    }

    #[test]
    fn a_visit_before_the_baseline_says_so() {
        assert_eq!(full(&[(FollowUp, 0), (Treatment, 20)], 3)[0], "Follow-up · before the baseline");
    }

    #[test]
    fn a_treatment_beyond_the_plan_says_so() {
        assert_eq!(full(&[(Treatment, 0), (Treatment, 28)], 1)[1], "Session 2 (1 planned) · 4 weeks since baseline");
    }

    #[test]
    fn a_visit_added_late_renumbers_the_others() {
        let mut sessions = visits(&[(Treatment, 0), (Treatment, 60), (Treatment, 30)]);
        assert_eq!(labels(&sessions, 3)[&SessionId(2)].title, "Session 3 of 3");
        let _ = sessions.pop();
        assert_eq!(labels(&sessions, 3)[&SessionId(2)].title, "Session 2 of 3");
    }
}
