//! Suggests for every photo of a visit which view it shows, and says what looks off.
//!
//! Photos are taken in the order of the board's rows, so they are suggested in that order for the rows that are still
//! empty. A suggestion is never filed by itself: it stands in a plan that a person accepts.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use chrono::NaiveDate;

use super::check::{beside_each_other, weakness};
use super::group::Group;
use super::note::Note;
use super::pair;
use super::plan::{PlannedPhoto, PlannedSession, Skip};
use super::scan::Found;
use crate::model::{Phase, Photo, PhotoHash, Series, Session, SessionId, SessionKind, Slot, View, ViewId};
use crate::protocol::MAINTENANCE_FROM;

/// A visit this soon after a treatment shows healing, not another treatment, days.
const HEALING_DAYS: i64 = 14;

/// What is known of the series a pile of photos goes to.
#[derive(Debug)]
pub struct Context<'a> {
    /// The series.
    pub series: &'a Series,
    /// Its views, in board order.
    pub views: &'a [View],
    /// Its visits.
    pub sessions: &'a [Session],
    /// Cells that have a primary photo.
    pub occupied: &'a HashSet<(SessionId, ViewId)>,
    /// Photos that are not to be filed, by their bytes.
    pub skips: HashMap<PhotoHash, Skip>,
    /// Photos of the series.
    pub filed: &'a [Photo],
    /// Files that may be photos and cannot be taken: each stood for a view, which the photos behind it must not get.
    pub lost: Vec<PathBuf>,
}

/// A plan for `groups`, oldest first.
#[must_use]
pub fn suggest(groups: Vec<Group>, context: &Context<'_>) -> Vec<PlannedSession> {
    let mut seen = HashSet::new();
    let all = groups.iter().flat_map(|group| &group.photos);
    let of_another: HashSet<_> = all.filter_map(|found| found.raw.as_ref().map(|raw| raw.hash)).collect();
    let mut treatments: Vec<NaiveDate> = dates_of_treatments(context.sessions);
    let mut sessions = Vec::with_capacity(groups.len());
    let mut measured = Vec::new();
    let views = context.views.iter().filter(|v| !v.retired).count();
    let gaps = gaps(&groups, &context.lost, views);
    for (group, gaps) in groups.into_iter().zip(gaps) {
        let mut gaps = gaps.into_iter().peekable();
        let existing = context.sessions.iter().find(|s| s.date == group.date);
        let kind = existing.map_or_else(|| kind(context.series, &treatments, group.date), |s| s.kind);
        if existing.is_none() && kind == SessionKind::Treatment {
            treatments.push(group.date);
        }
        let mut empty = empty_views(context, existing.map(|s| s.id)).into_iter();
        let mut photos = Vec::with_capacity(group.photos.len());
        for (i, found) in group.photos.into_iter().enumerate() {
            while gaps.next_if(|gap| *gap <= i).is_some() {
                let _unseen = empty.next();
            }
            let skip = context.skips.get(&found.hash).copied();
            let skip = skip.or_else(|| (!seen.insert(found.hash)).then_some(Skip::TwiceHere));
            // The raw file of another photo is filed with that one.
            let skip = skip.or_else(|| of_another.contains(&found.hash).then_some(Skip::TwiceHere));
            let weak = weakness(&found);
            // What the camera developed of it is filed already: it belongs beside that, and takes nobody's place.
            let beside = context.filed.iter().find(|photo| pair::is_raw_of(&found, photo));
            let free = skip.is_none() && weak.is_none() && beside.is_none();
            let view = if free { empty.next() } else { beside.and_then(|photo| photo.view) };
            measured.push((view, found.quality));
            let mut photo = planned(found, view, skip, beside.map_or(phase(kind), |photo| photo.phase), weak);
            if beside.is_some() {
                photo.slot = Slot::Rejected;
            }
            photos.push(photo);
        }
        sessions.push(PlannedSession { date: group.date, kind, existing: existing.map(|s| s.id), photos });
    }
    let all = sessions.iter_mut().flat_map(|s| &mut s.photos);
    for (photo, notes) in all.zip(beside_each_other(&measured)) {
        photo.notes.splice(0..0, notes).for_each(drop);
    }
    sessions
}

/// The phase photos of a visit have unless somebody says otherwise: they show the result of the visits before.
#[must_use]
pub fn phase(kind: SessionKind) -> Phase {
    if kind.treats() { Phase::BeforeTreatment } else { Phase::NoTreatment }
}

/// The phase of a photo that is moved to a visit: on a day of treatment it stays one taken after it.
#[must_use]
pub fn phase_moved(kind: SessionKind, was: Phase) -> Phase {
    match phase(kind) {
        Phase::BeforeTreatment if was == Phase::ImmediatelyAfter => was,
        usual => usual,
    }
}

fn dates_of_treatments(sessions: &[Session]) -> Vec<NaiveDate> {
    sessions.iter().filter(|s| s.kind == SessionKind::Treatment).map(|s| s.date).collect()
}

/// Soon after a treatment the skin heals; after the planned ones the outcome is looked at, and half a year later it is kept
/// up; else it is a treatment.
fn kind(series: &Series, treatments: &[NaiveDate], date: NaiveDate) -> SessionKind {
    let before = treatments.iter().filter(|&&t| t < date);
    let done = before.clone().count();
    let latest = before.max();
    let healing = HEALING_DAYS.min(i64::from(series.interval_min_days) / 2);
    if latest.is_some_and(|&t| (date - t).num_days() < healing) {
        SessionKind::Healing
    } else if series.planned > 0 && done >= series.planned as usize {
        let maintenance = latest.and_then(|t| t.checked_add_months(MAINTENANCE_FROM));
        if maintenance.is_some_and(|from| date >= from) { SessionKind::Maintenance } else { SessionKind::FollowUp }
    } else {
        SessionKind::Treatment
    }
}

/// For each group, before which of its photos a file is lost. Cameras number files in the order they are taken: a lost one
/// was taken between its neighbours in the folder.
fn gaps(groups: &[Group], lost: &[PathBuf], views: usize) -> Vec<Vec<usize>> {
    let mut gaps = vec![Vec::new(); groups.len()];
    for lost in lost {
        let all =
            groups.iter().enumerate().flat_map(|(i, group)| group.photos.iter().map(move |found| (i, &found.path.0)));
        let beside: Vec<_> = all.filter(|(_, path)| path.parent() == lost.parent()).collect();
        // Its other half, a raw file or the picture that the camera developed, stands for the view.
        if beside.iter().any(|(_, path)| path.file_stem() == lost.file_stem()) {
            continue;
        }
        let before = beside.iter().filter(|(_, path)| *path < lost).max_by_key(|(_, path)| *path);
        let behind = beside.iter().filter(|(_, path)| *path > lost).min_by_key(|(_, path)| *path);
        // A visit that has a photo for each view lost none of them: what is lost was one taken twice.
        let misses_some =
            |group: usize| groups[group].photos.iter().filter(|found| found.card.is_none()).count() < views;
        match (before, behind) {
            (Some((own, _)), Some((next, _))) if own == next && misses_some(*own) => {
                let place = groups[*own].photos.iter().filter(|found| found.path.0 < *lost).count();
                gaps[*own].push(place);
            }
            // The last photo of a visit: behind it nobody's view is in question.
            (Some((own, _)), Some((next, _))) if own != next && misses_some(*own) => {}
            (before, Some((next, _))) if before.is_none_or(|(own, _)| own != next) && misses_some(*next) => {
                gaps[*next].push(0);
            }
            _ => {}
        }
    }
    for places in &mut gaps {
        places.sort_unstable();
    }
    gaps
}

fn empty_views(context: &Context<'_>, session: Option<SessionId>) -> Vec<ViewId> {
    let taken = |view: ViewId| session.is_some_and(|session| context.occupied.contains(&(session, view)));
    context.views.iter().filter(|v| !v.retired && !taken(v.id)).map(|v| v.id).collect()
}

pub(super) fn planned(
    found: Found,
    view: Option<ViewId>,
    skip: Option<Skip>,
    phase: Phase,
    weakness: Option<Note>,
) -> PlannedPhoto {
    let mut notes: Vec<Note> = weakness.into_iter().collect();
    if found.stray {
        notes.push(Note::StrayBytes);
    }
    if found.facts.local_time().is_none() {
        notes.push(Note::NoCaptureDate);
    }
    if view.is_none() && skip.is_none() {
        notes.push(Note::NoView);
    }
    PlannedPhoto {
        tray: found.tray,
        path: found.path,
        hash: found.hash,
        length: found.length,
        size: found.size,
        facts: found.facts,
        raw: found.raw,
        view,
        slot: if view.is_some() { Slot::Primary } else { Slot::Alternate },
        phase,
        skip,
        notes,
    }
}

#[cfg(test)]
mod tests {
    use super::super::group::tests::{day, found};
    use super::*;
    use crate::model::{Area, Indication, Light, NewView, PatientId, Pose, SeriesId, SeriesState, Side, Uid};

    fn series(planned: u32) -> Series {
        Series {
            id: SeriesId(1),
            uid: Uid([0; 16]),
            patient: PatientId(1),
            indications: vec![Indication::AcneScars],
            areas: vec![Area::Cheeks],
            planned,
            interval_min_days: 28,
            interval_max_days: 42,
            state: SeriesState::Open,
            predecessor: None,
        }
    }

    fn view(id: i64, retired: bool) -> View {
        let spec = NewView {
            name: format!("view {id}"),
            area: Area::Cheeks,
            side: Side::Both,
            pose: Pose::CloseUp,
            light: Light::Frontal,
            focal_mm: None,
        };
        View { id: ViewId(id), series: SeriesId(1), ordinal: id as u32, spec, retired }
    }

    fn session(id: i64, d: u32) -> Session {
        let kind = SessionKind::Treatment;
        Session { id: SessionId(id), series: SeriesId(1), date: day(d), ordinal: 0, kind }
    }

    fn shots(names: &[&str]) -> Vec<Found> {
        names.iter().map(|name| found(name, Some("2026:03:09 10:00:00"))).collect()
    }

    fn run(
        groups: Vec<Group>,
        sessions: &[Session],
        occupied: &[(i64, i64)],
        skips: &[(&str, Skip)],
    ) -> Vec<PlannedSession> {
        let views = [view(1, false), view(2, true), view(3, false)];
        let occupied = occupied.iter().map(|&(s, v)| (SessionId(s), ViewId(v))).collect();
        let skips = skips.iter().map(|&(name, skip)| (found(name, None).hash, skip)).collect();
        let lost = Vec::new();
        suggest(
            groups,
            &Context { series: &series(2), views: &views, sessions, occupied: &occupied, skips, filed: &[], lost },
        )
    }

    fn views_of(session: &PlannedSession) -> Vec<Option<i64>> {
        session.photos.iter().map(|p| p.view.map(|v| v.0)).collect()
    }

    #[test]
    fn photos_take_the_active_views_in_board_order_and_a_surplus_has_none() {
        let plan = run(vec![Group { date: day(9), photos: shots(&["a", "b", "c"]) }], &[], &[], &[]);
        assert_eq!(views_of(&plan[0]), [Some(1), Some(3), None]);
        assert_eq!(plan[0].photos[2].slot, Slot::Alternate);
        assert_eq!(plan[0].photos[2].notes, [Note::NoView]);
    }

    #[test]
    fn a_file_that_is_lost_keeps_its_view_empty_and_gives_no_photo_behind_it_the_wrong_one() {
        let group = |d: u32, names: &[&str]| Group { date: day(d), photos: shots(names) };
        let none = Vec::<usize>::new;
        let gaps = |groups: &[Group], lost: &[&str]| {
            let lost: Vec<PathBuf> = lost.iter().map(PathBuf::from).collect();
            super::gaps(groups, &lost, 3)
        };
        assert_eq!(gaps(&[group(9, &["a", "c"])], &["b"]), [vec![1]]);
        assert_eq!(gaps(&[group(9, &["b", "c"])], &["a"]), [vec![0]], "the very first");
        assert_eq!(gaps(&[group(9, &["a", "b.CR2"])], &["b.JPG"]), [none()], "its raw file is there");
        assert_eq!(gaps(&[group(9, &["a", "b"])], &["c"]), [none()], "behind the last nothing is in question");
        let two = [group(9, &["a", "b", "c"]), group(20, &["e", "f"])];
        assert_eq!(gaps(&two, &["d"]), [none(), vec![0]], "the visit before is whole");
        let both = [group(9, &["a", "b", "c"]), group(20, &["e", "f", "g"])];
        assert_eq!(gaps(&both, &["d"]), [none(), none()], "both are whole: one was taken twice");
        assert_eq!(gaps(&[group(9, &["a", "c", "d"])], &["b"]), [none()], "taken twice");
        let cut = [group(9, &["a"]), group(20, &["c", "d"])];
        assert_eq!(gaps(&cut, &["b"]), [none(), none()], "the last of a visit that is not whole");
        let elsewhere = [group(9, &["card/a", "card/c"])];
        assert_eq!(gaps(&elsewhere, &["other/b"]), [none()]);
        let context_views = [view(1, false), view(2, false), view(3, false)];
        let occupied = HashSet::new();
        let context = Context {
            series: &series(2),
            views: &context_views,
            sessions: &[],
            occupied: &occupied,
            skips: HashMap::new(),
            filed: &[],
            lost: vec!["b".into()],
        };
        let plan = suggest(vec![group(9, &["a", "c"])], &context);
        assert_eq!(views_of(&plan[0]), [Some(1), Some(3)]);
    }

    #[test]
    fn a_visit_that_is_there_is_used_and_only_its_empty_cells_are_filled() {
        let plan = run(vec![Group { date: day(9), photos: shots(&["a"]) }], &[session(5, 9)], &[(5, 1)], &[]);
        assert_eq!(plan[0].existing, Some(SessionId(5)));
        assert_eq!(views_of(&plan[0]), [Some(3)]);
    }

    #[test]
    fn bytes_that_belong_to_nothing_are_said_and_cost_no_view() {
        let mut photos = shots(&["a"]);
        photos[0].stray = true;
        let plan = run(vec![Group { date: day(9), photos }], &[], &[], &[]);
        assert_eq!((views_of(&plan[0]), plan[0].photos[0].notes.as_slice()), (vec![Some(1)], &[Note::StrayBytes][..]));
        assert_eq!(Note::StrayBytes.words(), "bytes in the file that belong to nothing; the picture is whole");
    }

    #[test]
    fn what_is_skipped_takes_no_view() {
        let photos = shots(&["a", "b", "b", "c"]);
        let plan = run(vec![Group { date: day(9), photos }], &[], &[], &[("a", Skip::AlreadyFiled)]);
        assert_eq!(views_of(&plan[0]), [None, Some(1), None, Some(3)]);
        let skips: Vec<_> = plan[0].photos.iter().map(|p| p.skip).collect();
        assert_eq!(skips, [Some(Skip::AlreadyFiled), None, Some(Skip::TwiceHere), None]);
    }

    use SessionKind::{FollowUp, Healing, Treatment};

    #[test]
    fn visits_are_treatments_until_the_plan_is_done_and_healing_soon_after_one() {
        let first = NaiveDate::from_ymd_opt(2026, 3, 1).expect("a date");
        let groups = [0, 3, 30, 60].map(|d| Group { date: first + chrono::Days::new(d), photos: Vec::new() });
        let kinds: Vec<_> = run(groups.into(), &[], &[], &[]).iter().map(|s| s.kind).collect();
        assert_eq!(kinds, [Treatment, Healing, Treatment, FollowUp]);
    }

    #[test]
    fn a_photo_that_differs_from_its_neighbours_carries_a_note() {
        let mut photos = shots(&["a", "b", "c", "d", "e"]);
        photos[1].quality.sharpness = 20.0;
        photos[2].quality.brightness = 80.0;
        let plan = run(vec![Group { date: day(9), photos }], &[], &[], &[]);
        assert_eq!(plan[0].photos[0].notes, []);
        assert_eq!(plan[0].photos[1].notes, [Note::Blurred(20.0)]);
        assert!(matches!(plan[0].photos[2].notes[0], Note::Exposure(ev) if (-1.4..-1.0).contains(&ev)));
    }

    #[test]
    fn a_photo_nothing_compares_with_takes_no_view_and_says_why() {
        let mut photos = shots(&["a", "b", "c", "d"]);
        photos[0].size = crate::geom::Size::new(1, 1);
        photos[1].quality.sharpness = 0.0;
        let plan = run(vec![Group { date: day(9), photos }], &[], &[], &[]);
        assert_eq!(views_of(&plan[0]), [None, None, Some(1), Some(3)]);
        assert!(plan[0].photos[0].notes.contains(&Note::TooSmall(1)), "{:?}", plan[0].photos[0].notes);
        assert!(plan[0].photos[1].notes.contains(&Note::NoDetail(0.0)), "{:?}", plan[0].photos[1].notes);
        assert!(plan[0].photos.iter().all(|p| p.skip.is_none()));
    }

    #[test]
    fn two_photos_are_too_few_to_say_what_is_usual() {
        let mut photos = shots(&["a", "b"]);
        photos[1].quality.sharpness = 1.0;
        let plan = run(vec![Group { date: day(9), photos }], &[], &[], &[]);
        assert_eq!(plan[0].photos[1].notes, []);
    }

    #[test]
    fn a_changed_view_moves_the_former_primary_aside() {
        let mut plan = run(vec![Group { date: day(9), photos: shots(&["a", "b", "c"]) }], &[], &[], &[]);
        plan[0].set_view(2, Some(ViewId(1)));
        let cells: Vec<_> = plan[0].photos.iter().map(|p| (p.view.map(|v| v.0), p.slot)).collect();
        assert_eq!(cells, [(Some(1), Slot::Alternate), (Some(3), Slot::Primary), (Some(1), Slot::Primary)]);
        assert_eq!(plan[0].photos[2].notes, []);
    }
}
