//! What a person does to the groups of a card: cut one, put two together, move the boundary between two.
//!
//! Nobody knows what speaks against the groups that come of it before [`super::recheck`] has looked at them.

use std::cmp::Ordering;

use super::{Belief, Card, Group, Placing, Reason, Shot, Warning};
use crate::import::plan::PlannedPhoto;
use crate::model::SeriesId;

/// Photos on their way from one group to another, with all that is known of them.
struct Moving {
    shots: Vec<Shot>,
    photos: Vec<PlannedPhoto>,
    placings: Vec<Placing>,
    lost: Vec<usize>,
    warnings: Vec<Warning>,
    /// The series their views are of.
    series: Option<SeriesId>,
}

impl Moving {
    /// Takes the photos from one place on out of a group. A file that was lost at the cut may have been of either side, and
    /// is of none.
    fn behind(group: &mut Group, cut: usize) -> Self {
        let cut = cut.min(group.shots.len());
        let series = series(group);
        let lost = std::mem::take(&mut group.lost);
        let (before, behind): (Vec<usize>, Vec<usize>) =
            lost.into_iter().filter(|at| *at != cut).partition(|at| *at < cut);
        group.lost = before;
        let (kept, warnings) = std::mem::take(&mut group.warnings).into_iter().partition(|w| w.photo < cut);
        group.warnings = kept;
        let moving = Self {
            shots: group.shots.split_off(cut),
            photos: group.visit.photos.split_off(cut),
            placings: group.placings.split_off(cut),
            lost: behind,
            warnings,
            series,
        };
        moving.counted_from(|at| at - cut)
    }

    /// The photos before one place; what stays is counted anew.
    fn before(group: &mut Group, cut: usize) -> Self {
        let behind = Self::behind(group, cut);
        let series = behind.series;
        Self {
            shots: std::mem::replace(&mut group.shots, behind.shots),
            photos: std::mem::replace(&mut group.visit.photos, behind.photos),
            placings: std::mem::replace(&mut group.placings, behind.placings),
            lost: std::mem::replace(&mut group.lost, behind.lost),
            warnings: std::mem::replace(&mut group.warnings, behind.warnings),
            series,
        }
    }

    /// All of a group, which is empty then.
    fn all(group: &mut Group) -> Self {
        Self {
            series: series(group),
            shots: std::mem::take(&mut group.shots),
            photos: std::mem::take(&mut group.visit.photos),
            placings: std::mem::take(&mut group.placings),
            lost: std::mem::take(&mut group.lost),
            warnings: std::mem::take(&mut group.warnings),
        }
    }

    fn counted_from(mut self, place: impl Fn(usize) -> usize) -> Self {
        self.lost.iter_mut().for_each(|at| *at = place(*at));
        self.warnings.iter_mut().for_each(|warning| warning.photo = place(warning.photo));
        self
    }

    /// Views are those of one series: in another one nobody has said yet what these photos show.
    fn of(mut self, series: Option<SeriesId>) -> Self {
        if self.series != series {
            self.photos.iter_mut().for_each(|photo| photo.view = None);
            self.placings.iter_mut().for_each(|placing| *placing = Placing::default());
        }
        self
    }

    fn put_behind(self, group: &mut Group) {
        let there = group.shots.len();
        let moving = self.of(series(group)).counted_from(|at| at + there);
        group.shots.extend(moving.shots);
        group.visit.photos.extend(moving.photos);
        group.placings.extend(moving.placings);
        group.lost.extend(moving.lost);
        group.warnings.extend(moving.warnings);
    }

    fn put_before(self, group: &mut Group) {
        let behind = Self::all(group);
        self.put_behind(group);
        behind.put_behind(group);
    }
}

fn series(group: &Group) -> Option<SeriesId> {
    group.target.as_ref().map(|target| target.series)
}

/// A group that is other than the one that was suggested or accepted.
fn changed(group: &mut Group) {
    group.accepted = false;
    group.belief = if group.target.is_some() { Belief::Likely } else { Belief::Unknown };
    group.visit.settle();
}

impl Card {
    /// Cuts a group before one of its photos. The new group behind the cut knows no more than the old one did.
    pub fn split(&mut self, group: usize, before: usize) -> bool {
        let Some(old) = self.groups.get_mut(group) else { return false };
        if before == 0 || before >= old.shots.len() {
            return false;
        }
        let mut new = old.clone();
        drop(Moving::behind(old, before));
        drop(Moving::before(&mut new, before));
        changed(old);
        changed(&mut new);
        self.groups.insert(group + 1, new);
        true
    }

    /// Puts a group together with the one behind it; it goes where the first one goes, for a person to check.
    pub fn merge(&mut self, group: usize) -> bool {
        if group + 1 >= self.groups.len() {
            return false;
        }
        let mut behind = self.groups.remove(group + 1);
        let Some(first) = self.groups.get_mut(group) else { return false };
        Moving::all(&mut behind).put_behind(first);
        first.reason = Reason::Joined;
        changed(first);
        true
    }

    /// Moves the boundary between a group and the one behind it, so that `first` photos are before it; each of both groups
    /// keeps one at least. Both stay where they go, for a person to check. Says whether a photo has moved.
    pub fn shift(&mut self, group: usize, first: usize) -> bool {
        let both = self.groups.get_mut(group..).and_then(|groups| groups.first_chunk_mut::<2>());
        let Some([before, behind]) = both else { return false };
        let there = before.shots.len();
        let wanted = first.clamp(1, (there + behind.shots.len() - 1).max(1));
        match wanted.cmp(&there) {
            Ordering::Less => Moving::behind(before, wanted).put_before(behind),
            Ordering::Greater => Moving::before(behind, wanted - there).put_behind(before),
            Ordering::Equal => return false,
        }
        changed(before);
        changed(behind);
        true
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::cut::Pile;
    use super::super::cut::tests::shot;
    use super::super::place::unaimed;
    use super::super::{Alarm, Beside, Options, Target};
    use super::*;
    use crate::import::group::tests::day;
    use crate::model::{Patient, PatientId, Uid, ViewId};

    /// A group whose photos are named by letters; each is marked in everything that is known of it.
    fn group(names: &str, series: Option<i64>) -> Group {
        let shots: Vec<Shot> = names.chars().map(|name| shot(&name.to_string(), None)).collect();
        let mut visit = unaimed(&Pile { date: day(9), shots: shots.clone() });
        let view = |i: usize| ViewId(i64::from(names.as_bytes()[i]));
        let beside = |i: usize| vec![Beside { view: view(i), aligned: false, notes: Vec::new() }];
        let placings = (0..shots.len()).map(|i| Placing { by_hand: true, beside: beside(i) }).collect();
        for (i, photo) in visit.photos.iter_mut().enumerate() {
            photo.view = series.map(|_| view(i));
        }
        let warning = |i: usize| Warning { photo: i, alarm: Alarm::SameBytes, code: names[i..=i].into() };
        let warnings = (0..shots.len()).map(warning).collect();
        let patient = |id| Patient {
            id: PatientId(id),
            uid: Uid([id as u8; 16]),
            code: "P".into(),
            given: "A".into(),
            family: "B".into(),
            birth: None,
            fitzpatrick: None,
        };
        let target = series.map(|id| Target {
            patient: patient(id),
            series: SeriesId(id),
            title: String::new(),
            views: Vec::new(),
            label: None,
            last: Vec::new(),
            shown: Vec::new(),
        });
        let (belief, reason, lost) = (Belief::Certain, Reason::Looks, Vec::new());
        Group { shots, target, belief, reason, visit, placings, lost, warnings, accepted: true }
    }

    fn card(groups: Vec<Group>) -> Card {
        Card { groups, refused: Vec::new(), twice: 0, copied: 0, options: Options::usual(day(9)) }
    }

    fn names(card: &Card) -> Vec<String> {
        let name = |shot: &Shot| shot.found.path.0.display().to_string();
        card.groups.iter().map(|group| group.shots.iter().map(name).collect()).collect()
    }

    /// Whether everything that is known of a photo stands at its place.
    fn is_whole(group: &Group) -> bool {
        let name = |i: usize| group.shots[i].found.path.0.display().to_string();
        let lengths = [group.visit.photos.len(), group.placings.len(), group.warnings.len()];
        lengths.iter().all(|length| *length == group.shots.len())
            && group.visit.photos.iter().zip(&group.shots).all(|(photo, shot)| photo.hash == shot.found.hash)
            && group.warnings.iter().all(|warning| warning.code.0 == name(warning.photo))
    }

    proptest! {
        /// Wherever the boundary is moved to: no photo is lost, doubled or out of its order, what is known of it goes with
        /// it, and no group is left empty.
        #[test]
        fn a_boundary_is_moved_with_all_that_is_known_of_the_photos(to in proptest::collection::vec(0_usize..9, 1..6)) {
            let mut card = card(vec![group("abc", Some(1)), group("defg", Some(2)), group("h", None)]);
            for (step, to) in to.into_iter().enumerate() {
                let _moved = card.shift(step % 2, to);
                prop_assert_eq!(names(&card).concat(), "abcdefgh");
                prop_assert!(card.groups.iter().all(|group| !group.shots.is_empty() && is_whole(group)));
            }
        }
    }

    #[test]
    fn photos_that_change_over_show_nobody_knows_what_and_both_groups_are_to_be_accepted_anew() {
        let mut other = card(vec![group("abc", Some(1)), group("de", Some(2))]);
        assert!(!other.shift(0, 3), "it stands there");
        assert!(other.groups[0].accepted);
        assert!(other.shift(0, 1));
        assert_eq!(names(&other), ["a", "bcde"]);
        let views: Vec<bool> = other.groups[1].visit.photos.iter().map(|photo| photo.view.is_some()).collect();
        assert_eq!(views, [false, false, true, true], "the views of another series");
        assert!(other.groups.iter().all(|group| !group.accepted && group.belief == Belief::Likely));
        assert!(!other.groups[1].placings[0].by_hand && other.groups[1].placings[2].by_hand);
        // Within one series a view stays what it is.
        let mut same = card(vec![group("abc", Some(1)), group("de", Some(1))]);
        assert!(same.shift(0, 4));
        assert_eq!(names(&same), ["abcd", "e"]);
        assert!(same.groups[0].visit.photos.iter().all(|photo| photo.view.is_some()));
        assert!(!same.shift(1, 1), "there is no group behind it");
    }

    #[test]
    fn a_file_lost_at_the_cut_may_have_been_of_either_side_and_one_beside_it_stays_where_it_was() {
        let mut cut = card(vec![group("abcd", Some(1)), group("ef", Some(1))]);
        cut.groups[0].lost = vec![1, 2, 3];
        cut.groups[1].lost = vec![0, 1];
        assert!(cut.shift(0, 2));
        assert_eq!((cut.groups[0].lost.as_slice(), cut.groups[1].lost.as_slice()), (&[1][..], &[1, 2, 3][..]));
        assert!(cut.merge(0));
        assert_eq!(cut.groups[0].lost, [1, 3, 4, 5]);
    }
}
