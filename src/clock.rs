//! Points in time, handed down from the front ends: nothing below them reads a clock.

use chrono::{DateTime, Local, NaiveDate, TimeDelta, TimeZone, Utc};
use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UtcMillis(pub i64);

/// The moment and the civil day of one action.
///
/// Both are taken together, because a visit belongs to the day in the clinic's zone, not to the day in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// The instant.
    pub at: UtcMillis,
    /// The civil date in the clinic's zone.
    pub today: NaiveDate,
}

impl Now {
    /// Reads the system clock. For front ends only.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    pub fn from_system() -> Self {
        let utc = Utc::now();
        Self { at: UtcMillis(utc.timestamp_millis()), today: utc.with_timezone(&Local).date_naive() }
    }

    /// A fixed moment at noon UTC of `today`, for reproducible runs.
    #[must_use]
    pub fn fixed(today: NaiveDate) -> Self {
        let noon = today.and_hms_opt(12, 0, 0).unwrap_or_default().and_utc();
        Self { at: UtcMillis(noon.timestamp_millis()), today }
    }
}

impl UtcMillis {
    /// ISO 8601 text in UTC, second precision.
    #[must_use]
    pub fn to_iso(self) -> String {
        DateTime::<Utc>::from_timestamp_millis(self.0)
            .map(|t| t.format("%Y-%m-%dT%H:%M:%SZ").to_string())
            .unwrap_or_default()
    }

    /// Civil day and minute in the clinic's zone: "2 Mar 2026 14:05". For front ends only.
    #[must_use]
    pub fn to_local(self) -> String {
        DateTime::<Utc>::from_timestamp_millis(self.0)
            .map(|t| t.with_timezone(&Local).format("%-d %b %Y %H:%M").to_string())
            .unwrap_or_default()
    }

    /// The instant at which a day begins in the clinic's zone. For front ends only.
    #[must_use]
    pub fn beginning_of(day: NaiveDate) -> Self {
        let midnight = day.and_hms_opt(0, 0, 0).unwrap_or_default();
        // Where summer time begins at midnight the day begins an hour later.
        let later = midnight.checked_add_signed(TimeDelta::hours(1)).unwrap_or(midnight);
        let local = |civil| Local.from_local_datetime(civil).earliest();
        let begins = local(&midnight).or_else(|| local(&later)).map(|t| t.timestamp_millis());
        Self(begins.unwrap_or_else(|| midnight.and_utc().timestamp_millis()))
    }
}
