//! Where the photos of a group stand in a visit: views by how they align and by the order they were taken in.

use std::collections::HashSet;

use super::alike;
use super::assign::{Clue, assign};
use super::cut::Pile;
use super::fit::{self, Fit, Reference};
use super::{Beside, Placing, Shot};
use crate::imaging::{self, Detail};
use crate::import::check::{self, Measured};
use crate::import::plan::{self, Note, PlannedPhoto, PlannedSession, Skip};
use crate::import::{group, suggest as order};
use crate::model::{Session, SessionId, SessionKind, Slot, View, ViewId};
use crate::vault::Board;

/// The course a group goes to.
pub struct Course<'a> {
    /// As it is in the vault.
    pub board: &'a Board,
    /// Its visits, and those that groups before this one will add.
    pub sessions: &'a [Session],
    /// The references of its views.
    pub references: &'a [&'a Reference],
    /// File also what is filed under another patient.
    pub shared: bool,
}

/// A visit of nobody yet.
pub fn unaimed(pile: &Pile) -> PlannedSession {
    let kind = SessionKind::Treatment;
    let photo = |shot: &Shot| {
        let skip = match shot.card {
            Some(_) => Some(Skip::PatientCard),
            // As long as nobody knows whose they are, it says nothing against anybody that they are filed.
            None => (!shot.owners.is_empty()).then_some(Skip::AlreadyFiled),
        };
        order::planned(shot.found.clone(), None, skip, order::phase(kind), check::weakness(&shot.found))
    };
    let mut photos: Vec<PlannedPhoto> = pile.shots.iter().map(photo).collect();
    for one in alike::surplus(&pile.shots, &alike::repeated(&pile.shots)) {
        photos[one].notes.push(Note::LikeAnother);
    }
    PlannedSession { date: pile.date, kind, existing: None, photos }
}

/// The visit of a series: kind by the dates, views by how the photos align and in which order they were taken. `lost` says
/// before which of them a file is lost; `fits` with which references each aligns.
pub fn place(
    pile: &Pile,
    lost: &[usize],
    course: &Course<'_>,
    fits: &[Vec<Fit<'_>>],
) -> (PlannedSession, Vec<Placing>) {
    let board = course.board;
    let occupied: HashSet<(SessionId, ViewId)> = (board.photos.iter())
        .filter(|p| p.slot == Slot::Primary)
        .filter_map(|p| p.view.map(|view| (p.session, view)))
        .collect();
    let mut visit = in_order(pile, course, &occupied);
    let active: Vec<&View> = board.views.iter().filter(|v| !v.retired).collect();
    let free: Vec<bool> = active
        .iter()
        .map(|view| !visit.existing.is_some_and(|session| occupied.contains(&(session, view.id))))
        .collect();
    let repeated = alike::repeated(&pile.shots);
    let clue = |(i, photo): (usize, &PlannedPhoto)| Clue {
        aligned: active
            .iter()
            .map(|view| {
                fits[i].iter().filter(|f| f.reference.view == view.id).map(|f| f.confidence).fold(0.0, f64::max)
            })
            .collect(),
        repeats: repeated[i],
        takes_part: photo.skip.is_none() && photo.is_comparable() && !is_beside_another(photo),
    };
    let clues: Vec<Clue> = visit.photos.iter().enumerate().map(clue).collect();
    // A visit that has a photo for each view lost none of them: what is lost was one taken twice.
    let lost = if clues.iter().filter(|clue| clue.takes_part).count() < active.len() { lost } else { &[] };
    let assigned = assign(&clues, &free, lost);
    let mut placings = Vec::with_capacity(visit.photos.len());
    for (i, (photo, view)) in visit.photos.iter_mut().zip(&assigned).enumerate() {
        let shot = &pile.shots[i];
        let placing = Placing { by_hand: false, beside: beside(shot, course.references, &fits[i]) };
        if !is_beside_another(photo) {
            photo.view = view.map(|view| active[view].id);
            photo.slot = Slot::Alternate;
            photo.notes.retain(|note| *note != Note::NoView);
            if photo.view.is_none() && photo.skip.is_none() {
                photo.notes.push(Note::NoView);
            }
            placing.say(photo, shot.found.quality.clipping);
        }
        placings.push(placing);
    }
    prefer_the_sharpest(&mut visit, pile);
    // A visit that another group of the card will add is none of the vault's yet.
    visit.existing = visit.existing.filter(|session| session.0 > 0);
    (visit, placings)
}

/// A raw file whose photo is filed already: it belongs beside that one, hidden, and takes nobody's place.
fn is_beside_another(photo: &PlannedPhoto) -> bool {
    photo.slot == Slot::Rejected
}

/// The visit by the order of the photos alone.
fn in_order(pile: &Pile, course: &Course<'_>, occupied: &HashSet<(SessionId, ViewId)>) -> PlannedSession {
    let board = course.board;
    let skip = |shot: &Shot| match shot.card {
        Some(_) => Some(Skip::PatientCard),
        None => plan::skip_for(&shot.owners, Some(board.patient.id), course.shared),
    };
    let skips = pile.shots.iter().filter_map(|shot| skip(shot).map(|why| (shot.found.hash, why))).collect();
    let context = order::Context {
        series: &board.series,
        views: &board.views,
        sessions: course.sessions,
        occupied,
        skips,
        filed: &board.photos,
        // Views are given below, where it is known what aligns.
        lost: Vec::new(),
    };
    let photos = pile.shots.iter().map(|shot| shot.found.clone()).collect();
    order::suggest(vec![group::Group { date: pile.date, photos }], &context).pop().unwrap_or_else(|| unaimed(pile))
}

/// What a photo would be beside the reference of each view.
fn beside(shot: &Shot, references: &[&Reference], fits: &[Fit<'_>]) -> Vec<Beside> {
    if references.is_empty() {
        return Vec::new();
    }
    let colours = imaging::decode(&shot.small.0, Detail::Full).ok().map(|small| fit::colours(&small));
    let found = &shot.found;
    let own = Measured { quality: found.quality, facts: &found.facts, size: found.size, colours: colours.as_ref() };
    let one = |reference: &&Reference| {
        let matrix = fits.iter().find(|fit| fit.reference.view == reference.view).map(|fit| &fit.matrix);
        let notes = check::beside_reference(&own, &reference.measured(), matrix);
        Beside { view: reference.view, aligned: matrix.is_some(), notes }
    };
    references.iter().map(one).collect()
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
