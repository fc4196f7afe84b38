//! Suggests for every group of a card whose photos it holds and what they show. Nothing is filed by it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::{NaiveDate, NaiveTime, TimeDelta};

use super::assign::{Clue, assign};
use super::cut::{Pile, cut};
use super::fit::{self, Fit, Gallery, Reference};
use super::take::Taken;
use super::{Alarm, Belief, Card, Group, Options, Reason, Shot, Target, Warning};
use crate::imaging::{self, Detail};
use crate::import::error::ImportError;
use crate::import::plan::{self, Note, PlannedPhoto, PlannedSession, Skip};
use crate::import::{group, suggest as order};
use crate::model::{PatientId, SeriesId, SeriesState, Session, SessionId, SessionKind, Slot, View, ViewId};
use crate::progress::Progress;
use crate::registration::Described;
use crate::vault::{Board, Vault};

/// An appointment this far from the first photo may be the one it belongs to.
const NEAR_AN_APPOINTMENT: TimeDelta = TimeDelta::minutes(45);
/// Bits of the fingerprint in which two shots of one burst differ at most.
const ALIKE: u32 = 14;
/// Shots of one burst are taken within so many seconds.
const BURST: TimeDelta = TimeDelta::seconds(15);
/// A fit of another patient counts as a rival from here on.
const RIVAL: f64 = 0.75;
const WHAT: &str = "Comparing";

/// Cuts what was taken and suggests where each group goes.
pub fn suggest(vault: &Vault, taken: Taken, options: Options, progress: &Progress) -> Result<Card, ImportError> {
    let mut shots = taken.shots;
    for shot in &mut shots {
        shot.found.facts.clock_correction_s = options.clock_s;
    }
    let piles = cut(shots, options.gap_minutes, options.undated);
    let total = piles.len() as u64;
    let mut run = Run { vault, options: &options, gallery: Gallery::default(), planned: HashMap::new() };
    let mut groups = Vec::with_capacity(piles.len());
    progress.report(WHAT, 0, total);
    for (i, pile) in piles.into_iter().enumerate() {
        // Whoever stops the comparing still gets the groups, for a person to say who is who.
        let choice = if progress.is_cancelled() { None } else { Some(run.choose(&pile)?) };
        groups.push(run.group(pile, choice)?);
        progress.report(WHAT, i as u64 + 1, total);
    }
    Ok(Card { groups, refused: taken.refused, twice: taken.twice, copied: taken.copied, options })
}

/// Sends a group to a series that a person chose, or to nobody, and suggests the views there.
pub fn aim(vault: &Vault, group: &Group, series: Option<SeriesId>, options: &Options) -> Result<Group, ImportError> {
    let mut run = Run { vault, options, gallery: Gallery::default(), planned: HashMap::new() };
    let pile = Pile { date: group.visit.date, shots: group.shots.clone() };
    let looks = Looks::default();
    let belief = if series.is_some() { Belief::Certain } else { Belief::Unknown };
    let reason = if series.is_some() { Reason::Hand } else { Reason::Nothing };
    let looks = if options.by_picture && series.is_some() { run.looks(&pile)? } else { looks };
    let mut aimed = run.group(pile, Some(Choice { series, belief, reason, looks }))?;
    // What a person said of single photos is true of them wherever they go.
    for (i, before) in group.visit.photos.iter().enumerate() {
        match before.skip {
            Some(Skip::ByHand) => aimed.visit.leave_out(i),
            None => aimed.visit.take_back(i),
            Some(_) => {}
        }
    }
    Ok(aimed)
}

/// Puts a group on another day, or says why the patient came. A visit that is there on that day is the one it goes to.
pub fn revisit(vault: &Vault, group: &Group, date: NaiveDate, kind: SessionKind) -> Result<Group, ImportError> {
    let mut group = group.clone();
    group.accepted = false;
    group.visit.date = date;
    group.visit.existing = None;
    let Some(target) = &mut group.target else {
        group.visit.set_kind(kind);
        return Ok(group);
    };
    let board = vault.board(target.series)?;
    let there = board.sessions.iter().filter(|session| session.date == date);
    let there = there.max_by_key(|session| (session.kind == kind, std::cmp::Reverse(session.ordinal)));
    group.visit.existing = there.map(|session| session.id);
    group.visit.set_kind(there.map_or(kind, |session| session.kind));
    let visit = std::slice::from_ref(&group.visit);
    target.label = plan::labels(visit, &board.sessions, board.series.planned).pop().flatten();
    Ok(group)
}

struct Run<'a> {
    vault: &'a Vault,
    options: &'a Options,
    gallery: Gallery,
    /// Visits that groups before this one will add.
    planned: HashMap<SeriesId, Vec<Session>>,
}

/// What the photos of a group look like beside those of the patients who come into question.
#[derive(Default)]
struct Looks {
    /// Patients who come into question.
    patients: usize,
    /// For each shot, with whose references it aligns.
    fits: Vec<Vec<Likeness>>,
    described: Vec<Option<Arc<Described>>>,
}

#[derive(Clone, Copy)]
struct Likeness {
    patient: PatientId,
    series: SeriesId,
    confidence: f64,
}

struct Choice {
    series: Option<SeriesId>,
    belief: Belief,
    reason: Reason,
    looks: Looks,
}

impl Run<'_> {
    fn choose(&mut self, pile: &Pile) -> Result<Choice, ImportError> {
        let card = pile.shots.iter().find_map(|shot| shot.card.as_ref());
        if let Some(patient) = card.map(|uid| self.vault.patient_by_uid(uid)).transpose()?.flatten() {
            let looks = if self.options.by_picture { self.looks(pile)? } else { Looks::default() };
            let (series, only) = self.series_of(patient.id, &looks)?;
            let belief = if only { Belief::Certain } else { Belief::Likely };
            return Ok(Choice { series, belief, reason: Reason::PatientCard, looks });
        }
        let listed = self.listed(pile)?;
        let looks = if self.options.by_picture { self.looks(pile)? } else { Looks::default() };
        let mut ranked = looks.ranked();
        let rivals = ranked.iter().filter(|(_, c)| *c >= RIVAL).count();
        let best = if ranked.is_empty() { None } else { Some(ranked.swap_remove(0)) };
        let named = best.filter(|(_, c)| *c >= fit::bar(looks.patients) && rivals <= 1).map(|(p, _)| p);
        let likely = best.map(|(patient, _)| patient);
        let (patient, belief, reason) = match (listed, named, likely) {
            (Some(listed), Some(named), _) if listed == named => {
                (Some(listed), Belief::Certain, Reason::DayListAndLooks)
            }
            (Some(_), Some(_), _) => (None, Belief::Unknown, Reason::Contradiction),
            (None, Some(named), _) => (Some(named), Belief::Certain, Reason::Looks),
            (Some(listed), None, _) => (Some(listed), Belief::Likely, Reason::DayList),
            (None, None, Some(_)) if rivals > 1 => (None, Belief::Unknown, Reason::Several),
            (None, None, Some(likely)) => (Some(likely), Belief::Likely, Reason::Looks),
            (None, None, None) => (None, Belief::Unknown, Reason::Nothing),
        };
        let Some(patient) = patient else { return Ok(Choice { series: None, belief, reason, looks }) };
        let (series, only) = self.series_of(patient, &looks)?;
        let belief = if only { belief } else { belief.min_with_likely() };
        Ok(Choice { series, belief, reason, looks })
    }

    /// The patient whose appointment is nearest, or the only one of the list.
    fn listed(&self, pile: &Pile) -> Result<Option<PatientId>, ImportError> {
        let list = &self.options.list.0;
        let taken = pile.shots.first().and_then(|shot| shot.found.facts.local_time());
        let distance = |time: NaiveTime| taken.map(|taken| (taken.time() - time).abs());
        let timed = list.iter().filter_map(|a| distance(a.time?).map(|distance| (distance, &a.code)));
        let near = timed.filter(|(distance, _)| *distance <= NEAR_AN_APPOINTMENT).min_by_key(|(distance, _)| *distance);
        let only = if let [only] = list.as_slice() { Some(&only.code) } else { None };
        let Some(code) = near.map(|(_, code)| code).or(only) else { return Ok(None) };
        Ok(self.vault.patient_by_code(code)?.map(|patient| patient.id))
    }

    fn looks(&mut self, pile: &Pile) -> Result<Looks, ImportError> {
        let described = fit::describe(&pile.shots);
        let candidates = fit::candidates(self.vault, pile.date, &self.options.list)?;
        let mut shelves = Vec::with_capacity(candidates.len());
        for series in candidates {
            shelves.push(self.gallery.references(self.vault, series)?);
        }
        let references: Vec<&Reference> = shelves.iter().flat_map(|shelf| shelf.iter()).collect();
        let patients = references.iter().map(|r| r.patient).collect::<HashSet<_>>().len();
        let of_shot = |(shot, described): (&Shot, &Option<Arc<Described>>)| {
            let Some(described) = described.as_ref().filter(|_| is_comparable(shot)) else { return Vec::new() };
            let likeness = |fit: Fit<'_>| Likeness {
                patient: fit.reference.patient,
                series: fit.reference.series,
                confidence: fit.confidence,
            };
            fit::fits(described, &references, false).into_iter().map(likeness).collect()
        };
        let fits = pile.shots.iter().zip(&described).map(of_shot).collect();
        Ok(Looks { patients, fits, described })
    }

    /// The series of a patient that the photos go to, and whether nothing speaks for another one of theirs.
    fn series_of(&self, patient: PatientId, looks: &Looks) -> Result<(Option<SeriesId>, bool), ImportError> {
        let all = self.vault.series_of(patient)?;
        let mut ranked: Vec<(f64, SeriesId)> = all.iter().map(|s| (looks.of_series(s.id), s.id)).collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)));
        match ranked.as_slice() {
            [] => Ok((None, false)),
            [(_, only)] => Ok((Some(*only), true)),
            [(best, series), (second, _), ..] if *best > 0.0 => Ok((Some(*series), *second < RIVAL)),
            _ => {
                let open: Vec<SeriesId> = all.iter().filter(|s| s.state == SeriesState::Open).map(|s| s.id).collect();
                let newest = ranked.iter().map(|(_, id)| *id).find(|id| open.contains(id) || open.is_empty());
                Ok((newest, open.len() == 1))
            }
        }
    }

    fn group(&mut self, pile: Pile, choice: Option<Choice>) -> Result<Group, ImportError> {
        let none =
            || Choice { series: None, belief: Belief::Unknown, reason: Reason::Nothing, looks: Looks::default() };
        let choice = choice.unwrap_or_else(none);
        let Some(series) = choice.series else {
            let visit = unaimed(&pile);
            let (belief, reason) = (Belief::Unknown, choice.reason);
            return Ok(Group {
                shots: pile.shots,
                target: None,
                belief,
                reason,
                visit,
                warnings: Vec::new(),
                confirmed: 0,
                accepted: false,
            });
        };
        let board = self.gallery.board(self.vault, series)?;
        let references = self.gallery.references(self.vault, series)?;
        let own: Vec<&Reference> = references.iter().collect();
        let described =
            if choice.looks.described.is_empty() { fit::describe(&pile.shots) } else { choice.looks.described.clone() };
        let compared = |(shot, described): (&Shot, &Option<Arc<Described>>)| match described {
            Some(described) if is_comparable(shot) => fit::fits(described, &own, true),
            _ => Vec::new(),
        };
        let fits: Vec<Vec<Fit<'_>>> = pile.shots.iter().zip(&described).map(compared).collect();
        let planned = self.planned.entry(series).or_default();
        let sessions: Vec<Session> = board.sessions.iter().chain(planned.iter()).cloned().collect();
        let (visit, confirmed) = place(&pile, &board, &sessions, &own, &fits, self.options.shared);
        let label = plan::labels(std::slice::from_ref(&visit), &sessions, board.series.planned).pop().flatten();
        if visit.existing.is_none() && visit.photos.iter().any(|p| p.skip.is_none()) {
            // Rows count from one: no visit of the series has this id.
            let id = SessionId(-1 - planned.len() as i64);
            planned.push(Session { id, series, date: visit.date, ordinal: 0, kind: visit.kind });
        }
        let warnings = self.warnings(&pile, board.patient.id, &fits, &choice.looks)?;
        let belief = if warnings.is_empty() { choice.belief } else { choice.belief.min_with_likely() };
        let target = Target {
            patient: board.patient.clone(),
            series,
            title: board.series.title(),
            views: board.views.iter().filter(|v| !v.retired).cloned().collect(),
            label,
        };
        Ok(Group {
            shots: pile.shots,
            target: Some(target),
            belief,
            reason: choice.reason,
            visit,
            warnings,
            confirmed,
            accepted: false,
        })
    }

    fn warnings(
        &self,
        pile: &Pile,
        patient: PatientId,
        own: &[Vec<Fit<'_>>],
        looks: &Looks,
    ) -> Result<Vec<Warning>, ImportError> {
        let mut out = Vec::new();
        for (photo, shot) in pile.shots.iter().enumerate() {
            let same = shot.owners.iter().find(|owner| **owner != patient && !shot.owners.contains(&patient));
            let likeness = |of: &[Likeness]| {
                of.iter().filter(|l| l.patient != patient).max_by(|a, b| a.confidence.total_cmp(&b.confidence)).copied()
            };
            let other = looks.fits.get(photo).and_then(|of| likeness(of));
            let confirmed = own.get(photo).and_then(|fits| fits.iter().map(|f| f.confidence).max_by(f64::total_cmp));
            let other = other.filter(|other| confirmed.is_none_or(|own| own <= other.confidence));
            let found = match (same, other) {
                (Some(owner), _) => Some((Alarm::SameBytes, *owner)),
                (None, Some(other)) => Some((Alarm::AlignsWithOther, other.patient)),
                (None, None) => None,
            };
            if let Some((alarm, other)) = found {
                out.push(Warning { photo, alarm, code: self.vault.patient(other)?.code });
            }
        }
        Ok(out)
    }
}

impl Looks {
    /// Patients by how well the photos align with theirs, best first.
    fn ranked(&self) -> Vec<(PatientId, f64)> {
        let patients: HashSet<PatientId> = self.fits.iter().flatten().map(|l| l.patient).collect();
        let mut ranked: Vec<_> = patients.into_iter().map(|p| (p, self.together(|l| l.patient == p))).collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        ranked
    }

    fn of_series(&self, series: SeriesId) -> f64 {
        self.together(|l| l.series == series)
    }

    /// Each photo speaks once for whom it fits best.
    fn together(&self, counts: impl Fn(&Likeness) -> bool) -> f64 {
        let best = |of: &Vec<Likeness>| of.iter().filter(|l| counts(l)).map(|l| l.confidence).max_by(f64::total_cmp);
        fit::together(self.fits.iter().filter_map(best))
    }
}

impl Belief {
    fn min_with_likely(self) -> Self {
        if self == Self::Certain { Self::Likely } else { self }
    }
}

fn is_comparable(shot: &Shot) -> bool {
    shot.card.is_none() && order::weakness(&shot.found).is_none()
}

/// A visit of nobody yet.
fn unaimed(pile: &Pile) -> PlannedSession {
    let kind = SessionKind::Treatment;
    let photo = |shot: &Shot| {
        let skip =
            if shot.card.is_some() { Some(Skip::PatientCard) } else { plan::skip_for(&shot.owners, None, false) };
        order::planned(shot.found.clone(), None, skip, order::phase(kind), order::weakness(&shot.found))
    };
    PlannedSession { date: pile.date, kind, existing: None, photos: pile.shots.iter().map(photo).collect() }
}

/// The visit of a series: kind by the dates, views by how the photos align and in which order they were taken.
fn place(
    pile: &Pile,
    board: &Board,
    sessions: &[Session],
    own: &[&Reference],
    fits: &[Vec<Fit<'_>>],
    shared: bool,
) -> (PlannedSession, usize) {
    let occupied: HashSet<(SessionId, ViewId)> = (board.photos.iter())
        .filter(|p| p.slot == Slot::Primary)
        .filter_map(|p| p.view.map(|view| (p.session, view)))
        .collect();
    let skip = |shot: &Shot| match shot.card {
        Some(_) => Some(Skip::PatientCard),
        None => plan::skip_for(&shot.owners, Some(board.patient.id), shared),
    };
    let skips = pile.shots.iter().filter_map(|shot| skip(shot).map(|why| (shot.found.hash, why))).collect();
    let (series, views) = (&board.series, &board.views);
    let context =
        order::Context { series, views, sessions, occupied: &occupied, skips, filed: &board.photos, lost: Vec::new() };
    let photos = pile.shots.iter().map(|shot| shot.found.clone()).collect();
    let mut visit = match order::suggest(vec![group::Group { date: pile.date, photos }], &context).pop() {
        Some(visit) => visit,
        None => unaimed(pile),
    };
    let active: Vec<&View> = views.iter().filter(|v| !v.retired).collect();
    let free: Vec<bool> = active
        .iter()
        .map(|view| !visit.existing.is_some_and(|session| occupied.contains(&(session, view.id))))
        .collect();
    let clue = |(i, photo): (usize, &PlannedPhoto)| Clue {
        aligned: active
            .iter()
            .map(|view| {
                fits[i].iter().filter(|f| f.reference.view == view.id).map(|f| f.confidence).fold(0.0, f64::max)
            })
            .collect(),
        repeats: i > 0 && repeats(&pile.shots[i - 1], &pile.shots[i]),
        takes_part: photo.skip.is_none() && photo.is_comparable(),
    };
    let clues: Vec<Clue> = visit.photos.iter().enumerate().map(clue).collect();
    let assigned = assign(&clues, &free);
    let mut confirmed = 0;
    for (i, (photo, view)) in visit.photos.iter_mut().zip(&assigned).enumerate() {
        photo.view = view.map(|view| active[view].id);
        photo.slot = Slot::Alternate;
        photo.notes.retain(|note| *note != Note::NoView);
        if photo.view.is_none() && photo.skip.is_none() {
            photo.notes.push(Note::NoView);
        }
        if let Some(reference) = own.iter().find(|r| Some(r.view) == photo.view) {
            let found = &pile.shots[i].found;
            photo.notes.retain(|note| !matches!(note, Note::Clipped { .. }));
            photo.notes.extend(order::clipping_notes(found.quality.clipping, reference.quality.clipping));
            let small = imaging::decode(&pile.shots[i].small.0, Detail::Full).ok();
            let colours = small.map(|small| fit::colours(&small));
            photo.notes.extend(colours.and_then(|own| order::white_balance_note(&reference.colours, &own)));
        }
        if let Some(fit) = fits[i].iter().find(|f| Some(f.reference.view) == photo.view) {
            confirmed += 1;
            photo.notes.extend(order::beside_reference(
                &pile.shots[i].found,
                fit.reference.quality,
                &fit.reference.facts,
                fit.scale,
            ));
        }
    }
    prefer_the_sharpest(&mut visit, pile);
    // A visit that another group of the card will add is none of the vault's yet.
    visit.existing = visit.existing.filter(|session| session.0 > 0);
    (visit, confirmed)
}

/// Of several photos of one view the sharpest stands for it.
fn prefer_the_sharpest(visit: &mut PlannedSession, pile: &Pile) {
    let cells: HashSet<_> = visit.photos.iter().filter_map(PlannedPhoto::cell).collect();
    for cell in cells {
        let inside: Vec<usize> = (0..visit.photos.len()).filter(|i| visit.photos[*i].cell() == Some(cell)).collect();
        let sharpness = |i: &usize| pile.shots[*i].found.quality.sharpness;
        let best = inside.iter().copied().max_by(|a, b| sharpness(a).total_cmp(&sharpness(b)).then(b.cmp(a)));
        for i in inside {
            let photo = &mut visit.photos[i];
            photo.slot = if Some(i) == best { Slot::Primary } else { Slot::Alternate };
            if Some(i) != best {
                photo.notes.push(Note::LikeAnother);
            }
        }
    }
    visit.settle();
}

/// Whether a shot is one more of the one before it.
fn repeats(before: &Shot, shot: &Shot) -> bool {
    let times = (before.found.facts.local_time(), shot.found.facts.local_time());
    let soon = matches!(times, (Some(first), Some(next)) if next - first <= BURST);
    soon && before.card.is_none() && before.fingerprint.distance(shot.fingerprint) <= ALIKE
}
