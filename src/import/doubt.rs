//! What speaks against a plan before its photos are compared with any other: the photographed card of another patient, and
//! dates that are hardly those of visits.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;

use super::error::ImportError;
use super::note::Note;
use super::plan::{PlannedSession, Skip};
use super::scan::Found;
use crate::model::{PatientId, PhotoHash, Slot};
use crate::vault::Vault;

/// A visit this many days before all others of its series is rather one of a clock that was wrong.
const LONG_BEFORE: i64 = 365;

/// Whose card each photo shows that shows one; none is nobody of this vault.
pub(super) type Cards = HashMap<PhotoHash, Option<PatientId>>;

/// The photographed cards among `found`, which are to take no view.
pub(super) fn cards(
    vault: &Vault,
    found: &[Found],
    skips: &mut HashMap<PhotoHash, Skip>,
) -> Result<Cards, ImportError> {
    let mut cards = Cards::new();
    for (found, card) in found.iter().filter_map(|found| Some((found, found.card.as_ref()?))) {
        let _whose = cards.insert(found.hash, vault.patient_by_uid(card)?.map(|patient| patient.id));
        let _skip = skips.entry(found.hash).or_insert(Skip::PatientCard);
    }
    Ok(cards)
}

/// A picture of the patient's own card goes with the photos, once and hidden; what lies behind that of another patient is said
/// to.
pub(super) fn behind_cards(sessions: &mut [PlannedSession], cards: &Cards, own: Option<PatientId>) {
    let mut seen = HashSet::new();
    for session in sessions {
        let mut behind = None;
        for photo in &mut session.photos {
            match (cards.get(&photo.hash), behind) {
                (Some(whose), _) => {
                    let is_own = whose.is_some() && *whose == own;
                    behind = (!is_own).then_some(whose.map_or(0, |patient| patient.0));
                    let is_card = photo.skip == Some(Skip::PatientCard);
                    let is_first = seen.insert(photo.hash);
                    if is_card && !is_first {
                        photo.skip = Some(Skip::TwiceHere);
                    }
                    if is_card {
                        photo.slot = if is_own && is_first { Slot::Rejected } else { Slot::Alternate };
                    }
                }
                (None, Some(whose)) if photo.skip.is_none() => photo.notes.insert(0, Note::OthersCard(whose)),
                (None, _) => {}
            }
        }
    }
}

/// Says of photos whose date is hardly that of a visit that it is so: a camera's clock was never set, or set wrong. `first` is
/// the day of the first visit that the series has, where it has one.
pub fn doubt_dates(sessions: &mut [PlannedSession], first: Option<NaiveDate>, today: NaiveDate) {
    let dates: Vec<NaiveDate> = sessions.iter().map(|session| session.date).collect();
    for (i, session) in sessions.iter_mut().enumerate() {
        for photo in &mut session.photos {
            photo.notes.retain(|note| !matches!(note, Note::InTheFuture(_) | Note::LongBefore(_)));
        }
        let others = dates.iter().enumerate().filter(|(other, _)| *other != i).map(|(_, date)| *date);
        let ahead = (session.date - today).num_days();
        let before = others.chain(first).min().map_or(0, |first| (first - session.date).num_days());
        let note = if ahead > 0 {
            Note::InTheFuture(ahead)
        } else if before > LONG_BEFORE {
            Note::LongBefore(before)
        } else {
            continue;
        };
        for photo in session.photos.iter_mut().filter(|photo| photo.skip.is_none()) {
            photo.notes.insert(0, note);
        }
    }
}
