//! Which generations are kept: the newest of each of the last days, weeks and months that have one.

use std::collections::{BTreeSet, HashSet};

use chrono::{Datelike, NaiveDate};

/// How many days, weeks and months are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Days.
    pub days: usize,
    /// Weeks, from Monday.
    pub weeks: usize,
    /// Months.
    pub months: usize,
}

impl Default for Policy {
    fn default() -> Self {
        Self { days: 7, weeks: 5, months: 12 }
    }
}

impl Policy {
    /// The numbers to keep out of these generations.
    ///
    /// By their order, not by their dates: a clock that was set back makes no newer generation the older one.
    #[must_use]
    pub fn kept(self, generations: &[(u64, NaiveDate)]) -> BTreeSet<u64> {
        let mut newest_first = generations.to_vec();
        newest_first.sort_unstable_by_key(|&(number, _)| std::cmp::Reverse(number));
        let mut kept: BTreeSet<u64> = newest_first.first().map(|&(number, _)| number).into_iter().collect();
        let mut keep = |periods: usize, period: &dyn Fn(NaiveDate) -> (i32, u32)| {
            let mut seen = HashSet::new();
            for &(number, day) in &newest_first {
                if seen.len() < periods && seen.insert(period(day)) {
                    let _new = kept.insert(number);
                }
            }
        };
        keep(self.days, &|day| (day.year(), day.ordinal()));
        keep(self.weeks, &|day| (day.iso_week().year(), day.iso_week().week()));
        keep(self.months, &|day| (day.year(), day.month()));
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(n: i64) -> NaiveDate {
        NaiveDate::from_ymd_opt(2025, 1, 1).expect("a date") + chrono::Duration::days(n)
    }

    #[test]
    fn of_a_backup_every_day_for_two_years_about_two_dozen_stay() {
        let all: Vec<(u64, NaiveDate)> = (0..730).map(|n| (n as u64 + 1, day(n))).collect();
        let kept = Policy::default().kept(&all);
        assert!((20..=24).contains(&kept.len()), "{kept:?}");
        assert!((724..=730).all(|number| kept.contains(&number)), "the last seven days");
        let oldest = *kept.first().expect("one");
        assert!((730 - 365..730 - 330).contains(&(oldest as i64)), "the last of the twelfth month back: {oldest}");
    }

    #[test]
    fn keeping_is_the_same_one_by_one_as_at_once() {
        let mut held: Vec<(u64, NaiveDate)> = Vec::new();
        for n in 0..400 {
            held.push((n as u64 + 1, day(n)));
            let kept = Policy::default().kept(&held);
            held.retain(|(number, _)| kept.contains(number));
        }
        let all: Vec<(u64, NaiveDate)> = (0..400).map(|n| (n as u64 + 1, day(n))).collect();
        let at_once: Vec<u64> = Policy::default().kept(&all).into_iter().collect();
        assert_eq!(held.iter().map(|&(number, _)| number).collect::<Vec<_>>(), at_once);
    }

    #[test]
    fn of_several_on_one_day_the_newest_stays() {
        let policy = Policy { days: 2, weeks: 0, months: 0 };
        let kept = policy.kept(&[(1, day(0)), (2, day(0)), (3, day(1)), (4, day(1)), (5, day(1))]);
        assert_eq!(kept.into_iter().collect::<Vec<_>>(), [2, 5]);
    }

    #[test]
    fn the_newest_stays_also_when_the_clock_was_set_back_or_nothing_is_to_be_kept() {
        let nothing = Policy { days: 0, weeks: 0, months: 0 };
        assert_eq!(nothing.kept(&[(1, day(9)), (2, day(0))]).into_iter().collect::<Vec<_>>(), [2]);
        assert!(nothing.kept(&[]).is_empty());
    }
}
