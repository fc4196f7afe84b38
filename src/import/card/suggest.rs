//! Suggests for every group of a card whose photos it holds and what they show. Nothing is filed by it.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use chrono::NaiveDate;

use super::alarm;
use super::cut::{Pile, cut, cut_by_list};
use super::fit::{self, Fit, Gallery, Reference};
use super::last;
use super::lost::{self, Gap};
use super::place::{Course, place, unaimed};
use super::take::Taken;
use super::{Alarm, Belief, Card, Group, Options, Placing, Reason, Shot, Target, Warning, alike};
use crate::import::check;
use crate::import::doubt;
use crate::import::error::ImportError;
use crate::import::plan::{self, Skip};
use crate::model::{PatientId, Phase, SeriesId, SeriesState, Session, SessionId, SessionKind};
use crate::progress::Progress;
use crate::registration::Described;
use crate::vault::{Board, Vault};

/// A fit of another patient counts as a rival from here on.
const RIVAL: f64 = 0.75;
const WHAT: &str = "Comparing";

/// Cuts what was taken and suggests where each group goes.
pub fn suggest(vault: &Vault, taken: Taken, mut options: Options, progress: &Progress) -> Result<Card, ImportError> {
    let mut shots = taken.shots;
    for shot in &mut shots {
        shot.found.facts.clock_correction_s = options.clock_s;
    }
    let (shots, copies) = alike::without_copies(shots);
    let piles = cut(shots, options.gap_minutes, options.undated);
    // A list that says no day is of the day the card was used last.
    let timed = |pile: &&Pile| pile.shots.iter().any(|shot| shot.found.facts.local_time().is_some());
    let last = piles.iter().filter(timed).map(|pile| pile.date).max().unwrap_or(options.undated);
    options.list = std::mem::take(&mut options.list).of_day(last);
    let mut piles = cut_by_list(piles, &options.list);
    alike::put_behind(&mut piles, copies);
    let losses: Vec<&Path> = taken.refused.iter().filter(|r| r.is_loss()).map(|r| r.path.0.as_path()).collect();
    let gaps = lost::gaps(&piles, &losses);
    let total = piles.len() as u64;
    let mut run = Run::new(vault, &options);
    let mut groups: Vec<Group> = Vec::with_capacity(piles.len());
    progress.report(WHAT, 0, total);
    for (i, (pile, gaps)) in piles.into_iter().zip(gaps).enumerate() {
        // Whoever stops the comparing still gets the groups, for a person to say who is who.
        let choice = if progress.is_cancelled() { None } else { Some(run.choose(&pile)?) };
        let lost = gaps.iter().filter(|gap| is_of_this(gap, &groups)).map(|gap| gap.at).collect();
        groups.push(run.group(pile, lost, choice)?);
        progress.report(WHAT, i as u64 + 1, total);
    }
    Ok(Card { groups, refused: taken.refused, twice: taken.twice, copied: taken.copied, options })
}

/// Whether a file was lost in a group, and not as the last one of a group before it. A visit that has a photo for each view
/// lost none of them.
fn is_of_this(gap: &Gap, before: &[Group]) -> bool {
    let Some(own) = gap.or_last_of else { return true };
    let other = before.get(own).and_then(|group| group.target.as_ref().map(|target| (group, target)));
    other.is_some_and(|(group, target)| group.filed() >= target.views.len())
}

/// Sends a group to a series that a person chose, or to nobody, and suggests the views there.
pub fn aim(vault: &Vault, group: &Group, series: Option<SeriesId>, options: &Options) -> Result<Group, ImportError> {
    let (belief, reason) =
        if series.is_some() { (Belief::Certain, Reason::Hand) } else { (Belief::Unknown, Reason::Nothing) };
    sent(&mut Run::new(vault, options), group, series, (belief, reason))
}

/// Looks anew at a group that was cut or put together: it stays where it is, and what speaks against that, which views its
/// photos show and what is off with them is found for the photos it has now.
pub fn recheck(vault: &Vault, group: &Group, options: &Options) -> Result<Group, ImportError> {
    seen_anew(&mut Run::new(vault, options), group)
}

/// As [`recheck`], as one of several groups that are looked at one after the other.
pub(super) fn seen_anew(run: &mut Run<'_>, group: &Group) -> Result<Group, ImportError> {
    let series = group.target.as_ref().map(|target| target.series);
    let seen = sent(run, group, series, (group.belief, group.reason))?;
    // What a person said of the visit stays true of it.
    if seen.visit.kind == group.visit.kind {
        return Ok(seen);
    }
    let mut seen = revisit(run.vault, &seen, (group.visit.date, group.visit.kind), run.options.today)?;
    keep_phases(&mut seen, group);
    Ok(seen)
}

/// That photos were taken immediately after the treatment stays true of them, as long as there is one.
fn keep_phases(seen: &mut Group, before: &Group) {
    let treats = seen.visit.kind.treats();
    for (photo, before) in seen.visit.photos.iter_mut().zip(&before.visit.photos) {
        if treats && before.phase == Phase::ImmediatelyAfter {
            photo.phase = before.phase;
        }
    }
    seen.visit.settle();
}

fn sent(
    run: &mut Run<'_>,
    group: &Group,
    series: Option<SeriesId>,
    (belief, reason): (Belief, Reason),
) -> Result<Group, ImportError> {
    let pile = Pile { date: group.visit.date, shots: group.shots.clone() };
    let looks = if run.options.by_picture && series.is_some() { run.looks(&pile)? } else { Looks::default() };
    let mut aimed = run.group(pile, group.lost.clone(), Some(Choice { series, belief, reason, looks }))?;
    let stays = series.is_some() && series == group.target.as_ref().map(|target| target.series);
    // What a person said of single photos is true of them wherever they go.
    for (i, before) in group.visit.photos.iter().enumerate() {
        if stays && group.placings.get(i).is_some_and(|placing| placing.by_hand) {
            aimed.set_view(i, before.view);
        }
        match before.skip {
            Some(Skip::ByHand) => aimed.visit.leave_out(i),
            None => aimed.visit.take_back(i),
            Some(_) => {}
        }
    }
    keep_phases(&mut aimed, group);
    Ok(aimed)
}

/// Puts a group on another day, or says why the patient came. A visit that is there on that day is the one it goes to.
pub fn revisit(
    vault: &Vault,
    group: &Group,
    (date, kind): (NaiveDate, SessionKind),
    today: NaiveDate,
) -> Result<Group, ImportError> {
    let mut group = group.clone();
    group.accepted = false;
    group.visit.date = date;
    group.visit.existing = None;
    let Some(target) = &mut group.target else {
        group.visit.set_kind(kind);
        doubt::doubt_dates(std::slice::from_mut(&mut group.visit), None, today);
        return Ok(group);
    };
    let board = vault.board(target.series)?;
    doubt::doubt_dates(std::slice::from_mut(&mut group.visit), first_visit(&board), today);
    let there = board.sessions.iter().filter(|session| session.date == date);
    let there = there.max_by_key(|session| (session.kind == kind, std::cmp::Reverse(session.ordinal)));
    group.visit.existing = there.map(|session| session.id);
    group.visit.set_kind(there.map_or(kind, |session| session.kind));
    let visit = std::slice::from_ref(&group.visit);
    target.label = plan::labels(visit, &board.sessions, board.series.planned).pop().flatten();
    (target.last, target.shown) = last::before(&board, &group.visit);
    Ok(group)
}

fn first_visit(board: &Board) -> Option<NaiveDate> {
    board.sessions.iter().map(|session| session.date).min()
}

/// One look at one group after the other: what was prepared for one is there for the next.
pub(super) struct Run<'a> {
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

impl<'a> Run<'a> {
    pub(super) fn new(vault: &'a Vault, options: &'a Options) -> Self {
        Self { vault, options, gallery: Gallery::new(options.known.clone()), planned: HashMap::new() }
    }

    pub(super) fn vault(&self) -> &'a Vault {
        self.vault
    }

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

    /// The patient whose appointment is nearest to the middle of the group, or the only one who was to come that day at no
    /// time that is known.
    fn listed(&self, pile: &Pile) -> Result<Option<PatientId>, ImportError> {
        let list = &self.options.list;
        let times: Vec<_> = pile.shots.iter().filter_map(|shot| shot.found.facts.local_time()).collect();
        let near = times.get(times.len() / 2).and_then(|middle| list.nearest(pile.date, middle.time()));
        let mut of_day = list.on(pile.date);
        let only = of_day.next().filter(|only| of_day.next().is_none() && (only.time.is_none() || times.is_empty()));
        let Some(appointment) = near.or(only) else { return Ok(None) };
        Ok(self.vault.patient_by_code(&appointment.code)?.map(|patient| patient.id))
    }

    fn looks(&mut self, pile: &Pile) -> Result<Looks, ImportError> {
        let described = fit::describe(&pile.shots, &self.options.known);
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

    fn group(&mut self, pile: Pile, lost: Vec<usize>, choice: Option<Choice>) -> Result<Group, ImportError> {
        let none =
            || Choice { series: None, belief: Belief::Unknown, reason: Reason::Nothing, looks: Looks::default() };
        let choice = choice.unwrap_or_else(none);
        let Some(series) = choice.series else {
            let mut visit = unaimed(&pile);
            doubt::doubt_dates(std::slice::from_mut(&mut visit), None, self.options.today);
            let (belief, reason) = (Belief::Unknown, choice.reason);
            let placings = vec![Placing::default(); pile.shots.len()];
            return Ok(Group {
                shots: pile.shots,
                target: None,
                belief,
                reason,
                visit,
                placings,
                lost,
                warnings: Vec::new(),
                accepted: false,
            });
        };
        let board = self.gallery.board(self.vault, series)?;
        let references = self.gallery.references(self.vault, series)?;
        let own: Vec<&Reference> = references.iter().collect();
        let described = if choice.looks.described.is_empty() {
            fit::describe(&pile.shots, &self.options.known)
        } else {
            choice.looks.described.clone()
        };
        let compared = |(shot, described): (&Shot, &Option<Arc<Described>>)| match described {
            Some(described) if is_comparable(shot) => fit::fits(described, &own, true),
            _ => Vec::new(),
        };
        let fits: Vec<Vec<Fit<'_>>> = pile.shots.iter().zip(&described).map(compared).collect();
        let planned = self.planned.entry(series).or_default();
        let sessions: Vec<Session> = board.sessions.iter().chain(planned.iter()).cloned().collect();
        let course = Course { board: &board, sessions: &sessions, references: &own, shared: self.options.shared };
        let (mut visit, placings) = place(&pile, &lost, &course, &fits);
        doubt::doubt_dates(std::slice::from_mut(&mut visit), first_visit(&board), self.options.today);
        let label = plan::labels(std::slice::from_ref(&visit), &sessions, board.series.planned).pop().flatten();
        if visit.existing.is_none() && visit.photos.iter().any(|p| p.skip.is_none()) {
            // Rows count from one: no visit of the series has this id.
            let id = SessionId(-1 - planned.len() as i64);
            planned.push(Session { id, series, date: visit.date, ordinal: 0, kind: visit.kind });
        }
        let warnings = self.warnings(&pile, board.patient.id, &fits, &choice.looks)?;
        let belief = if warnings.is_empty() { choice.belief } else { choice.belief.min_with_likely() };
        let (last, shown) = last::before(&board, &visit);
        let target = Target {
            patient: board.patient.clone(),
            series,
            title: board.series.title(),
            views: board.views.iter().filter(|v| !v.retired).cloned().collect(),
            label,
            last,
            shown,
        };
        Ok(Group {
            shots: pile.shots,
            target: Some(target),
            belief,
            reason: choice.reason,
            visit,
            placings,
            lost,
            warnings,
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
        // A group that was given to somebody by hand, or put together, may hold the card of another patient.
        let mut behind = None;
        for (photo, shot) in pile.shots.iter().enumerate() {
            if let Some(card) = &shot.card {
                let whose = self.vault.patient_by_uid(card)?.map(|patient| patient.id);
                behind = (whose != Some(patient)).then_some(whose.unwrap_or(PatientId(0)));
            } else if let Some(other) = behind {
                out.push(Warning { photo, alarm: Alarm::OthersCard, code: alarm::code_of(self.vault, other)? });
            }
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
    shot.card.is_none() && check::weakness(&shot.found).is_none()
}
