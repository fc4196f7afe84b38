//! Cuts a card into groups: at another day, at a time without photos, at a photographed patient's card, and where the list of
//! the day says that somebody else's turn has come.

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};

use super::{DayList, Shot};

/// Around the time at which another patient's turn comes, the pause in which they change is looked for.
const TURN: TimeDelta = TimeDelta::minutes(10);
/// Two patients do not change places in less.
const SHORTEST_CHANGE: TimeDelta = TimeDelta::seconds(20);

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

/// Cuts each pile across which the list of the day says another patient's turn has come, at the longest pause about that
/// time. Without such a pause, and where a photographed card says whose the pile is, it stays whole.
#[must_use]
pub fn cut_by_list(piles: Vec<Pile>, list: &DayList) -> Vec<Pile> {
    let mut out: Vec<Pile> = Vec::with_capacity(piles.len());
    for Pile { date, mut shots } in piles {
        let mut begun = 0;
        for at in turns(&shots, date, list) {
            let behind = shots.split_off(at - begun);
            out.push(Pile { date, shots: std::mem::replace(&mut shots, behind) });
            begun = at;
        }
        out.push(Pile { date, shots });
    }
    out
}

/// Before which shots of a pile another patient's turn begins.
fn turns(shots: &[Shot], date: NaiveDate, list: &DayList) -> Vec<usize> {
    let times: Option<Vec<NaiveDateTime>> = shots.iter().map(|shot| shot.found.facts.local_time()).collect();
    let Some(times) = times.filter(|_| shots.iter().all(|shot| shot.card.is_none())) else { return Vec::new() };
    let whose: Vec<Option<&str>> =
        times.iter().map(|time| list.nearest(date, time.time()).map(|a| a.code.as_str())).collect();
    let mut turns: Vec<usize> = Vec::new();
    for i in 1..times.len() {
        let is_turn = matches!((whose[i - 1], whose[i]), (Some(before), Some(now)) if before != now);
        let last = turns.last().copied().unwrap_or(0);
        let about = (last + 1..times.len()).filter(|at| is_turn && (times[*at] - times[i]).abs() <= TURN);
        let pause = |at: usize| times[at] - times[at - 1];
        let longest = about.max_by_key(|at| (pause(*at), std::cmp::Reverse(*at)));
        turns.extend(longest.filter(|at| pause(*at) >= SHORTEST_CHANGE));
    }
    turns
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

    #[test]
    fn where_the_list_says_that_another_patients_turn_has_come_the_longest_pause_about_it_cuts() {
        let list = |text: &str| DayList::parse(text).expect("a list");
        let at = |name: &str, time: &str| shot(name, Some(&format!("2026:03:09 {time}")));
        let shots = || {
            vec![
                at("a", "10:00:00"),
                at("b", "10:00:20"),
                at("c", "10:01:40"),
                at("d", "10:02:00"),
                at("e", "10:02:30"),
            ]
        };
        let cut_by = |shots, text: &str| names(&cut_by_list(cut(shots, 3, day(20)), &list(text)));
        assert_eq!(cut_by(shots(), "code,time\nA,09:57:30\nB,10:06:10"), ["ab", "cde"], "the second came early");
        assert_eq!(cut_by(shots(), "code,time\nA,10:00\nA,10:02"), ["abcde"], "the same patient");
        assert_eq!(cut_by(shots(), "code,date,time\nA,2026-03-08,09:57\nB,2026-03-08,10:05"), ["abcde"], "another day");
        let quick = vec![at("a", "10:00:00"), at("b", "10:00:10"), at("c", "10:00:20")];
        assert_eq!(cut_by(quick, "code,time\nA,09:55\nB,10:05"), ["abc"], "nobody changes places in ten seconds");
        let mut card = shots();
        card[0].card = Some(Uid([7; 16]));
        assert_eq!(cut_by(card, "code,time\nA,09:57:30\nB,10:06:10"), ["abcde"], "a card says whose they are");
    }
}
