//! Cuts a card into groups: at another day, at a time without photos, and at a photographed patient's card.

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};

use super::Shot;

/// The photos of one group, and the day they were taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Pile {
    /// The civil date on the corrected clock of the camera, or the one given for photos without.
    pub date: NaiveDate,
    /// The photos, in the order they were taken. A patient's card comes first.
    pub shots: Vec<Shot>,
}

/// Cuts `shots`, whose clocks are corrected, where more than `gap_minutes` passed. Photos without a time come last.
#[must_use]
pub fn cut(mut shots: Vec<Shot>, gap_minutes: u32, undated: NaiveDate) -> Vec<Pile> {
    shots.sort_by(|a, b| order(a).cmp(&order(b)));
    let gap = TimeDelta::minutes(i64::from(gap_minutes));
    let mut piles: Vec<Pile> = Vec::new();
    let mut last: Option<Option<NaiveDateTime>> = None;
    for shot in shots {
        let time = shot.found.facts.local_time();
        let date = time.map_or(undated, |time| time.date());
        let follows = match (last, time) {
            (Some(Some(before)), Some(now)) => before.date() == now.date() && now - before <= gap,
            (Some(None), None) => true,
            _ => false,
        };
        last = Some(time);
        match piles.last_mut() {
            Some(pile) if follows && shot.card.is_none() => pile.shots.push(shot),
            _ => piles.push(Pile { date, shots: vec![shot] }),
        }
    }
    piles
}

fn order(shot: &Shot) -> (bool, Option<NaiveDateTime>, &std::path::Path) {
    let time = shot.found.facts.local_time();
    (time.is_none(), time, &shot.found.path.0)
}

#[cfg(test)]
pub(in crate::import) mod tests {
    use super::super::super::group::tests::{day, found};
    use super::super::Small;
    use super::*;
    use crate::imaging::Fingerprint;
    use crate::model::Uid;

    pub fn shot(name: &str, time: Option<&str>) -> Shot {
        Shot {
            found: found(name, time),
            fingerprint: Fingerprint::default(),
            small: Small([].into()),
            card: None,
            owners: Vec::new(),
        }
    }

    fn names(piles: &[Pile]) -> Vec<String> {
        let name = |s: &Shot| s.found.path.0.display().to_string();
        piles.iter().map(|pile| pile.shots.iter().map(name).collect()).collect()
    }

    #[test]
    fn groups_are_cut_at_gaps_days_and_patients_cards() {
        let mut card = shot("d", Some("2026:03:09 10:04:30"));
        card.card = Some(Uid([7; 16]));
        let shots = || {
            vec![
                shot("b", Some("2026:03:09 10:02:59")),
                shot("a", Some("2026:03:09 10:00:00")),
                shot("c", Some("2026:03:09 10:04:00")),
                card.clone(),
                shot("e", Some("2026:03:09 10:05:00")),
                shot("f", Some("2026:03:09 23:59:00")),
                shot("g", Some("2026:03:10 00:00:30")),
                shot("h", None),
                shot("i", None),
            ]
        };
        assert_eq!(names(&cut(shots(), 3, day(20))), ["abc", "de", "f", "g", "hi"]);
        assert_eq!(names(&cut(shots(), 1, day(20))), ["a", "b", "c", "de", "f", "g", "hi"]);
        let dates: Vec<_> = cut(shots(), 3, day(20)).iter().map(|pile| pile.date).collect();
        assert_eq!(dates, [day(9), day(9), day(9), day(10), day(20)]);
        assert!(cut(Vec::new(), 3, day(20)).is_empty());
    }
}
