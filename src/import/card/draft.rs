//! How far somebody has come with a card: which photos belong together, whose they are, what each shows, the day of the
//! visit, what is left out and what was accepted. Kept in the vault, so that neither leaving the screen nor the end of the
//! program costs more than the step in flight.
//!
//! It names photos by their bytes and courses and views by their numbers, and nobody by name. Photos that are filed by now
//! are passed over: should the filing be taken back, they are found again as they were.

use serde::{Deserialize, Serialize};

use super::{Belief, Card, Group, Reason};
use crate::import::plan::{Skip, hex};
use crate::model::{Phase, PhotoHash, SeriesId, SessionKind, ViewId};
use crate::vault::{Vault, VaultError};

/// Version of the form: one of another version is none.
const SCHEMA: u32 = 1;
/// Groups of cards of before that are remembered beside those of the card at hand.
const REMEMBERED: usize = 300;

/// What was done to a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    schema: u32,
    /// Minutes between photos after which another group began.
    pub gap_minutes: u32,
    /// Seconds that were added to the clock of the camera.
    pub clock_s: i64,
    /// The groups, oldest first.
    pub(super) groups: Vec<DraftGroup>,
}

/// A group as it was left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct DraftGroup {
    pub series: Option<SeriesId>,
    pub date: chrono::NaiveDate,
    pub kind: SessionKind,
    pub belief: Belief,
    pub reason: Reason,
    pub accepted: bool,
    pub clock_s: i64,
    pub lost: Vec<usize>,
    pub photos: Vec<DraftPhoto>,
}

/// A photo of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct DraftPhoto {
    #[serde(with = "hex")]
    pub sha256: PhotoHash,
    pub view: Option<ViewId>,
    /// Whether a person said what it shows.
    pub by_hand: bool,
    pub phase: Phase,
    pub skip: Option<Skip>,
    /// Whether there was a warning about it, for whoever accepted the group to see.
    pub alarmed: bool,
}

impl Draft {
    /// How a card stands.
    #[must_use]
    pub fn of(card: &Card) -> Self {
        let groups = card.groups.iter().map(DraftGroup::of).collect();
        Self { schema: SCHEMA, gap_minutes: card.options.gap_minutes, clock_s: card.options.clock_s, groups }
    }

    /// The same with nothing accepted: after it was filed, should that be taken back.
    #[must_use]
    pub fn unaccepted(mut self) -> Self {
        self.groups.iter_mut().for_each(|group| group.accepted = false);
        self
    }

    /// The same with what an older one says of other photos.
    fn over(mut self, older: Option<Self>) -> Self {
        let known: std::collections::HashSet<PhotoHash> =
            self.groups.iter().flat_map(|group| &group.photos).map(|photo| photo.sha256).collect();
        let others = older.into_iter().flat_map(|older| older.groups).filter_map(|mut group| {
            group.photos.retain(|photo| !known.contains(&photo.sha256));
            (!group.photos.is_empty()).then_some(group)
        });
        self.groups.extend(others.take(REMEMBERED));
        self
    }

    fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().filter(|draft: &Self| draft.schema == SCHEMA)
    }
}

impl DraftGroup {
    fn of(group: &Group) -> Self {
        let photo = |(i, photo): (usize, &crate::import::PlannedPhoto)| DraftPhoto {
            sha256: photo.hash,
            view: photo.view,
            by_hand: group.placings.get(i).is_some_and(|placing| placing.by_hand),
            phase: photo.phase,
            skip: photo.skip,
            alarmed: group.warnings_of(i).next().is_some(),
        };
        Self {
            series: group.target.as_ref().map(|target| target.series),
            date: group.visit.date,
            kind: group.visit.kind,
            belief: group.belief,
            reason: group.reason,
            accepted: group.accepted,
            clock_s: group.shots.first().map_or(0, |shot| shot.found.facts.clock_correction_s),
            lost: group.lost.clone(),
            photos: group.visit.photos.iter().enumerate().map(photo).collect(),
        }
    }
}

/// What was kept last; none where nothing was, or by a program of another version.
pub fn kept(vault: &Vault) -> Result<Option<Draft>, VaultError> {
    Ok(vault.draft()?.as_deref().and_then(Draft::read))
}

/// Keeps how a card stands, beside what is known of photos of other cards.
pub fn keep(vault: &Vault, draft: Draft) -> Result<(), VaultError> {
    let draft = draft.over(kept(vault)?);
    // Numbers, days and closed vocabularies: there is nothing in it that has no JSON.
    let text = serde_json::to_string(&draft).unwrap_or_default();
    vault.keep_draft(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(groups: &[&[u8]]) -> Draft {
        let photo = |n: &u8| DraftPhoto {
            sha256: PhotoHash([*n; 32]),
            view: Some(ViewId(3)),
            by_hand: true,
            phase: Phase::ImmediatelyAfter,
            skip: Some(Skip::ByHand),
            alarmed: false,
        };
        let group = |photos: &&[u8]| DraftGroup {
            series: Some(SeriesId(7)),
            date: chrono::NaiveDate::from_ymd_opt(2026, 5, 18).expect("a date"),
            kind: SessionKind::Maintenance,
            belief: Belief::Likely,
            reason: Reason::Joined,
            accepted: true,
            clock_s: -3600,
            lost: vec![1],
            photos: photos.iter().map(photo).collect(),
        };
        Draft { schema: SCHEMA, gap_minutes: 5, clock_s: 60, groups: groups.iter().map(group).collect() }
    }

    fn photos(draft: &Draft) -> Vec<Vec<u8>> {
        draft.groups.iter().map(|group| group.photos.iter().map(|photo| photo.sha256.0[0]).collect()).collect()
    }

    #[test]
    fn a_draft_comes_back_as_it_was_and_what_is_none_is_none() {
        let whole = draft(&[&[1, 2], &[3]]);
        let text = serde_json::to_string(&whole).expect("JSON");
        assert_eq!(Draft::read(&text), Some(whole.clone()));
        assert!(whole.unaccepted().groups.iter().all(|group| !group.accepted));
        for other in ["", "{}", &text.replace("\"schema\":1", "\"schema\":2"), &text[..text.len() / 2]] {
            assert_eq!(Draft::read(other), None, "{other}");
        }
    }

    #[test]
    fn what_is_known_of_another_card_stays_and_a_photo_is_in_one_group_only() {
        let newer = draft(&[&[1, 2], &[3]]);
        let both = newer.clone().over(Some(draft(&[&[3, 4], &[1], &[5]])));
        assert_eq!(photos(&both), [vec![1, 2], vec![3], vec![4], vec![5]]);
        assert_eq!(newer.clone().over(None), newer);
        let many: Vec<[u8; 1]> = (10..=255).map(|n| [n]).collect();
        let many: Vec<&[u8]> = many.iter().map(<[u8; 1]>::as_slice).collect();
        let mut more = draft(&many);
        more.groups.extend(draft(&many).groups);
        assert_eq!(newer.over(Some(more)).groups.len(), 2 + REMEMBERED, "no more than that");
    }
}
