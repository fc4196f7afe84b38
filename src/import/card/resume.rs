//! Goes on with a card where somebody left it: see [`super::draft`].

use std::collections::HashMap;

use super::cut::Pile;
use super::draft::{Draft, DraftGroup, DraftPhoto};
use super::place::unaimed;
use super::suggest::{self, Run, suggest};
use super::take::Taken;
use super::{Card, Group, Options, Placing, Shot, Target};
use crate::import::error::ImportError;
use crate::import::plan::Skip;
use crate::model::{PhotoHash, SeriesId, ViewId};
use crate::progress::Progress;
use crate::vault::{Vault, VaultError};

const WHAT: &str = "Going on where you left off";

/// Groups what was taken as it was left, and looks anew at what speaks against each group: the records may be others by now.
/// What the draft does not know is cut and suggested.
pub fn resume(
    vault: &Vault,
    taken: Taken,
    draft: &Draft,
    options: Options,
    progress: &Progress,
) -> Result<Card, ImportError> {
    let mut shots: HashMap<PhotoHash, Shot> = taken.shots.into_iter().map(|shot| (shot.found.hash, shot)).collect();
    let mut left = Vec::new();
    for group in &draft.groups {
        let photos: Vec<(Shot, &DraftPhoto)> =
            group.photos.iter().filter_map(|photo| Some((shots.remove(&photo.sha256)?, photo))).collect();
        if !photos.is_empty() {
            left.push((group, photos));
        }
    }
    let mut rest: Vec<Shot> = shots.into_values().collect();
    rest.sort_by(|a, b| a.found.path.cmp(&b.found.path));
    let (gap_minutes, clock_s) =
        if left.is_empty() { (options.gap_minutes, options.clock_s) } else { (draft.gap_minutes, draft.clock_s) };
    let options = Options { gap_minutes, clock_s, ..options };
    let mut card = suggest(vault, Taken { shots: rest, ..taken }, options, progress)?;
    let total = left.len() as u64;
    progress.report(WHAT, 0, total);
    let mut run = Run::new(vault, &card.options);
    let mut groups = Vec::with_capacity(left.len());
    for (i, (group, photos)) in left.into_iter().enumerate() {
        if progress.is_cancelled() {
            return Err(ImportError::Stopped);
        }
        groups.push(resumed(&mut run, group, photos)?);
        progress.report(WHAT, i as u64 + 1, total);
    }
    card.groups.extend(groups);
    card.groups.sort_by_key(began);
    Ok(card)
}

/// When its first photo was taken; one without a time comes last.
fn began(group: &Group) -> (bool, Option<chrono::NaiveDateTime>) {
    let first = group.shots.iter().filter_map(|shot| shot.found.facts.local_time()).min();
    (first.is_none(), first)
}

fn resumed(run: &mut Run<'_>, left: &DraftGroup, photos: Vec<(Shot, &DraftPhoto)>) -> Result<Group, ImportError> {
    let is_whole = photos.len() == left.photos.len();
    let (mut shots, lines): (Vec<Shot>, Vec<&DraftPhoto>) = photos.into_iter().unzip();
    for shot in &mut shots {
        shot.found.facts.clock_correction_s = left.clock_s;
    }
    let mut visit = unaimed(&Pile { date: left.date, shots: shots.clone() });
    visit.kind = left.kind;
    for (photo, line) in visit.photos.iter_mut().zip(&lines) {
        (photo.view, photo.phase) = (line.view, line.phase);
        // What only the records say is asked of them again.
        if matches!(line.skip, None | Some(Skip::ByHand)) {
            photo.skip = line.skip;
        }
    }
    let target = left.series.map(|series| target(run.vault(), series)).transpose()?.flatten();
    let is_view = |view: ViewId| target.iter().flat_map(|target| &target.views).any(|other| other.id == view);
    let by_hand = |line: &&DraftPhoto| line.by_hand && line.view.is_none_or(is_view);
    let placings = lines.iter().map(|line| Placing { by_hand: by_hand(line), ..Placing::default() }).collect();
    let is_there = target.is_some() || left.series.is_none();
    let group = Group {
        shots,
        target,
        belief: left.belief,
        reason: left.reason,
        visit,
        placings,
        // Without all of its photos nobody knows between which of them one was lost.
        lost: if is_whole { left.lost.clone() } else { Vec::new() },
        warnings: Vec::new(),
        accepted: false,
    };
    let mut seen = suggest::seen_anew(run, &group)?;
    // A warning that nobody had seen is to be seen first.
    let is_known = seen.warnings.iter().all(|warning| lines.get(warning.photo).is_some_and(|line| line.alarmed));
    seen.accepted = left.accepted && is_there && is_known && seen.filed() > 0;
    Ok(seen)
}

/// The course it was for; none where that is gone.
fn target(vault: &Vault, series: SeriesId) -> Result<Option<Target>, ImportError> {
    let board = match vault.board(series) {
        Ok(board) => board,
        Err(VaultError::NotFound) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let title = board.series.title();
    let views = board.views.into_iter().filter(|view| !view.retired).collect();
    let (last, shown) = (Vec::new(), Vec::new());
    Ok(Some(Target { patient: board.patient, series, title, views, label: None, last, shown }))
}
