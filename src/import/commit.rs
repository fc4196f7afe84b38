//! Files a plan: every original into the tray and read back, then all of them in one transaction.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use super::derive::{self, DerivedPictures};
use super::error::ImportError;
use super::pair::RawFile;
use super::plan::{self, Plan, PlannedPhoto, PlannedSession, Skip};
use super::scan::{self, Refusal, Refused, file_name};
use crate::clock::Now;
use crate::geom::Size;
use crate::model::text::counted;
use crate::model::{CaptureFacts, Phase, PhotoHash, PhotoId, Redacted, SessionId, Slot, TrayId, ViewId};
use crate::pipeline;
use crate::progress::Progress;
use crate::vault::{Filing, Incoming, Op, TrayPicture, Vault, VaultError};

/// What is done while originals come into the tray, of which photos are counted.
pub const STORING: &str = "Storing originals";

/// A photo that was filed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filed {
    /// Its row.
    pub photo: PhotoId,
    /// Its bytes.
    pub hash: PhotoHash,
    /// Its visit.
    pub session: SessionId,
    /// Its view, where somebody or the order said it.
    pub view: Option<ViewId>,
    /// Its file.
    pub file_name: Redacted<String>,
}

/// A photo that was not filed, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Its file.
    pub file_name: Redacted<String>,
    /// Why.
    pub reason: Skip,
    /// Whether its bytes lie in the tray.
    pub in_tray: bool,
}

/// What became of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// Filed, in the order of the plan.
    pub filed: Vec<Filed>,
    /// Left out.
    pub skipped: Vec<Skipped>,
    /// Files that are no photos, or that changed since they were looked at.
    pub refused: Vec<Refused>,
    /// Visits that were added to the series.
    pub new_sessions: Vec<SessionId>,
    /// Photos whose originals this run put into the tray and left there; a raw file and its picture are one.
    pub in_tray: usize,
    /// Photos without a thumbnail, because they could not be decoded whole.
    pub undecodable: usize,
    /// Raw files that were filed with their photos.
    pub raws: usize,
    /// Pictures of patients' cards that were filed with the photos of their visits, hidden.
    pub cards: usize,
    /// Whether it was stopped before anything was filed.
    pub cancelled: bool,
}

impl Outcome {
    /// One sentence: "38 photos filed, 2 already filed, 1 refused."
    #[must_use]
    pub fn sentence(&self) -> String {
        if self.cancelled {
            return format!("Stopped. Nothing was filed; {} safe in the tray.", are(self.in_tray));
        }
        let mut parts = vec![format!("{} filed", counted(self.filed.len() as i64, "photo"))];
        if self.raws > 0 {
            parts.push(format!("{} with them", counted(self.raws as i64, "raw file")));
        }
        if self.cards > 0 {
            parts.push(format!("{} of a patient's card kept with them, hidden", counted(self.cards as i64, "photo")));
        }
        for &reason in Skip::ALL {
            let n = self.skipped.iter().filter(|s| s.reason == reason).count();
            if n > 0 {
                parts.push(format!("{n} {}", skip_words(reason)));
            }
        }
        if !self.refused.is_empty() {
            parts.push(format!("{} refused", counted(self.refused.len() as i64, "file")));
        }
        if self.in_tray > 0 {
            parts.push(format!("{} left in the tray", self.in_tray));
        }
        format!("{}.", parts.join(", "))
    }
}

fn are(n: usize) -> String {
    format!("{} {}", counted(n as i64, "photo"), if n == 1 { "is" } else { "are" })
}

fn skip_words(reason: Skip) -> &'static str {
    match reason {
        Skip::AlreadyFiled => "already filed",
        Skip::TwiceHere => "there twice",
        Skip::OtherPatient => "filed under another patient",
        Skip::Alarmed => "like another patient's",
        Skip::ByHand => "left out",
        Skip::PatientCard => "of a patient's card",
    }
}

/// A photo whose bytes are durable in the vault.
struct InTray<'a> {
    tray: TrayId,
    photo: &'a PlannedPhoto,
    /// Whether it is the raw file of the photo.
    raw: bool,
    plan: usize,
    session: usize,
}

/// Files `plan`. Running it again files nothing twice.
///
/// Cancelling, a full disk or a crash leaves what was received in the tray and files nothing; the next run finds it
/// there. Photos whose bytes belong to another patient, or that align with one of another patient, are received but stay in
/// the tray.
pub fn commit(vault: &Vault, plan: &Plan, now: Now, progress: &Progress) -> Result<Outcome, ImportError> {
    commit_all(vault, std::slice::from_ref(plan), now, progress)
}

/// As [`commit`], for the plans of several series, each of which stands there once: all of it is filed in one transaction,
/// and one undo takes it back.
pub fn commit_all(vault: &Vault, plans: &[Plan], now: Now, progress: &Progress) -> Result<Outcome, ImportError> {
    let current = |plan| {
        plan::brought_up_to_date(vault, plan).map_err(|error| match error {
            ImportError::Vault(VaultError::NotFound) => ImportError::SeriesGone,
            other => other,
        })
    };
    let plans: &[Plan] = &plans.iter().map(current).collect::<Result<Vec<_>, _>>()?;
    let refused = plans.iter().flat_map(|plan| &plan.refused).cloned().collect();
    let mut outcome = Outcome { refused, ..Outcome::default() };
    let received = receive(vault, plans, now, progress, &mut outcome)?;
    if progress.is_cancelled() {
        outcome.cancelled = true;
        outcome.in_tray = photos_of(&received);
        return Ok(outcome);
    }
    let is_filed = |item: &InTray<'_>| item.photo.skip.is_none() || item.photo.is_own_card();
    let (to_file, to_keep): (Vec<_>, Vec<_>) = received.into_iter().partition(is_filed);
    outcome.in_tray = photos_of(&to_keep);
    let kept: HashSet<PhotoHash> = to_keep.iter().map(|r| r.photo.hash).collect();
    let cards = if to_file.is_empty() { HashSet::new() } else { file(vault, plans, &to_file, now, &mut outcome)? };
    let left_out = plans.iter().flat_map(Plan::skipped).filter(|(photo, _)| !cards.contains(&photo.hash));
    outcome.skipped = left_out.map(|(photo, reason)| skipped(photo, reason, &kept)).collect();
    Ok(outcome)
}

/// How many photos these originals are of.
fn photos_of<'a, 'b: 'a>(items: impl IntoIterator<Item = &'a InTray<'b>>) -> usize {
    items.into_iter().map(|item| std::ptr::from_ref(item.photo)).collect::<HashSet<_>>().len()
}

fn skipped(photo: &PlannedPhoto, reason: Skip, kept: &HashSet<PhotoHash>) -> Skipped {
    let in_tray =
        matches!(reason, Skip::OtherPatient | Skip::Alarmed | Skip::PatientCard) && kept.contains(&photo.hash);
    Skipped { file_name: Redacted(file_name(&photo.path.0)), reason, in_tray }
}

/// Brings every original that will be filed, and those that may be of other patients or show a card, into the tray; makes derived pictures
/// beside.
fn receive<'a>(
    vault: &Vault,
    plans: &'a [Plan],
    now: Now,
    progress: &Progress,
    outcome: &mut Outcome,
) -> Result<Vec<InTray<'a>>, ImportError> {
    let sessions = plans
        .iter()
        .enumerate()
        .flat_map(|(n, plan)| plan.sessions.iter().enumerate().map(move |(i, session)| (n, i, session)));
    let wanted: Vec<(usize, usize, &PlannedPhoto, Wanted<'_>)> = sessions
        .flat_map(|(n, i, session)| session.photos.iter().map(move |photo| (n, i, photo)))
        .flat_map(|(n, i, photo)| Wanted::of(photo).map(move |file| (n, i, photo, file)))
        .filter(|(.., photo, file)| match photo.skip {
            // A picture of a card may show more than a card.
            None | Some(Skip::OtherPatient | Skip::Alarmed | Skip::PatientCard) => true,
            // Nobody left its raw file out, which is nowhere else.
            Some(Skip::TwiceHere) => file.raw,
            _ => false,
        })
        .collect();
    let total = wanted.len() as u64;
    let mut pending = wanted.into_iter();
    let mut received: Vec<InTray<'a>> = Vec::new();
    let (mut refused, mut undecodable) = (Vec::new(), 0);
    progress.report(STORING, 0, total);
    let next = || {
        while !progress.is_cancelled() {
            let Some((plan, session, photo, file)) = pending.next() else { break };
            match take(vault, &file, now) {
                Ok((tray, bytes)) => {
                    received.push(InTray { tray, photo, raw: file.raw, plan, session });
                    progress.report(STORING, received.len() as u64, total);
                    // A card's were made when it was copied: one decode of 24 megapixels is enough.
                    if derive::are_stored(vault, file.hash) {
                        continue;
                    }
                    return Ok(Some((file.hash, bytes)));
                }
                Err(Trouble::File(reason)) => refused.push(Refused { path: file.path.clone(), reason }),
                Err(Trouble::Vault(VaultError::DiskFull)) => {
                    // The disk may have filled up behind its record.
                    let this = matches!(vault.in_tray(file.hash), Ok(Some(_)));
                    return Err(ImportError::DiskFull { received: received.len() + usize::from(this) });
                }
                Err(Trouble::Vault(error)) => return Err(error.into()),
                Err(Trouble::ReadBack) => return Err(ImportError::ReadBack),
            }
        }
        Ok(None)
    };
    let work = |(hash, bytes): (PhotoHash, Vec<u8>)| (hash, derive::derive(&bytes).ok());
    let done = |(hash, pictures): (PhotoHash, Option<DerivedPictures>)| {
        match pictures {
            // They can be made again at any time, so that trouble with them must not stop the filing of originals.
            Some(pictures) => drop(derive::store(vault, hash, &pictures)),
            None => undecodable += 1,
        }
        Ok(())
    };
    pipeline::run(pipeline::decoders(), next, work, done)?;
    outcome.refused.extend(refused);
    outcome.undecodable = undecodable;
    Ok(received)
}

enum Trouble {
    File(Refusal),
    Vault(VaultError),
    ReadBack,
}

impl From<VaultError> for Trouble {
    fn from(error: VaultError) -> Self {
        Self::Vault(error)
    }
}

/// A file of a photo that has to be in the tray.
struct Wanted<'a> {
    path: &'a Redacted<PathBuf>,
    tray: Option<TrayId>,
    hash: PhotoHash,
    size: Size,
    facts: &'a CaptureFacts,
    raw: bool,
}

impl<'a> Wanted<'a> {
    /// The photo, and its raw file where it has one.
    fn of(photo: &'a PlannedPhoto) -> impl Iterator<Item = Self> {
        let PlannedPhoto { path, tray, hash, size, facts, .. } = photo;
        let shown = Self { path, tray: *tray, hash: *hash, size: *size, facts, raw: false };
        let raw = photo.raw.as_deref().map(|RawFile { path, tray, hash, size, facts, .. }| Self {
            path,
            tray: *tray,
            hash: *hash,
            size: *size,
            facts,
            raw: true,
        });
        std::iter::once(shown).chain(raw)
    }
}

/// An original in the tray, read back: one that was found there is trusted no more than one just stored.
fn take(vault: &Vault, photo: &Wanted<'_>, now: Now) -> Result<(TrayId, Vec<u8>), Trouble> {
    if let Some(item) = photo.tray {
        // Read whole and compared with its hash: nothing else is to be asked.
        return match vault.tray_original(item) {
            Ok(bytes) => {
                // One that was found there without a record learns what it is.
                vault.complete(item, &TrayPicture { size: photo.size, facts: photo.facts.clone() }, None)?;
                Ok((item, bytes))
            }
            Err(VaultError::Damaged(_)) => Err(Trouble::File(Refusal::Damaged)),
            // Filed by somebody else since.
            Err(VaultError::NotFound) => Err(Trouble::File(Refusal::Gone)),
            Err(error) => Err(error.into()),
        };
    }
    let path = &photo.path.0;
    let bytes = scan::read(path).map_err(Trouble::File)?;
    if scan::hash(&bytes) != photo.hash {
        return Err(Trouble::File(Refusal::Changed));
    }
    let name = file_name(path);
    let incoming = Incoming { bytes: &bytes, file_name: &name, facts: photo.facts, size: photo.size };
    match keep(vault, &incoming, now)? {
        Some(tray) => Ok((tray, bytes)),
        None => Err(Trouble::ReadBack),
    }
}

/// Brings an original into the tray and reads it back; none when the disk does not give back what it took.
pub(super) fn keep(vault: &Vault, incoming: &Incoming<'_>, now: Now) -> Result<Option<TrayId>, VaultError> {
    let tray = vault.receive(incoming, now)?;
    if vault.read_back(tray)? {
        return Ok(Some(tray));
    }
    // The right bytes are at hand: what the disk does not give back is stored once more, elsewhere.
    vault.store_again(tray, incoming.bytes, now)?;
    Ok(if vault.read_back(tray)? { Some(tray) } else { None })
}

/// One transaction: missing visits, then every photo. Returns which pictures of patients' cards were filed with them.
fn file(
    vault: &Vault,
    plans: &[Plan],
    received: &[InTray<'_>],
    now: Now,
    outcome: &mut Outcome,
) -> Result<HashSet<PhotoHash>, ImportError> {
    let board = |plan: &Plan| {
        vault.board(plan.series).map_err(|error| match error {
            VaultError::NotFound => ImportError::SeriesGone,
            other => other.into(),
        })
    };
    // A raw file whose photo could not be read waits in the tray, and so does a patient's card without a photo: nothing is
    // filed that nobody sees.
    let seen = || received.iter().filter(|item| !item.raw && !item.photo.is_own_card());
    let shown: HashSet<PhotoHash> = seen().map(|item| item.photo.hash).collect();
    let visits: HashSet<(usize, usize)> = seen().map(|item| (item.plan, item.session)).collect();
    let goes = |item: &&InTray<'_>| {
        let is_card = item.photo.is_own_card();
        if is_card { visits.contains(&(item.plan, item.session)) } else { shown.contains(&item.photo.hash) }
    };
    let (filing, left): (Vec<&InTray<'_>>, Vec<_>) = received.iter().partition(goes);
    outcome.in_tray += photos_of(left);
    if filing.is_empty() {
        return Ok(HashSet::new());
    }
    let boards = plans.iter().map(board).collect::<Result<Vec<_>, ImportError>>()?;
    let there = |item: &InTray<'_>, planned: &PlannedSession| {
        let board = &boards[item.plan];
        let same_day = || board.sessions.iter().filter(|s| s.date == planned.date);
        let chosen = planned.existing.filter(|id| board.sessions.iter().any(|s| s.id == *id));
        chosen.or_else(|| same_day().find(|s| s.kind == planned.kind).or(same_day().next()).map(|s| s.id))
    };
    let mut primary: HashSet<(SessionId, ViewId, Phase)> = (boards.iter().flat_map(|board| &board.photos))
        .filter(|p| p.slot == Slot::Primary)
        .filter_map(|p| p.view.map(|view| (p.session, view, p.phase)))
        .collect();
    let (filed, raws, cards, new_sessions) = vault.transact(Op::FilePhotos, now, |tx| {
        let mut sessions: HashMap<(usize, usize), SessionId> = HashMap::new();
        let mut new_sessions = Vec::new();
        let (mut filed, mut raws, mut cards) = (Vec::with_capacity(received.len()), 0, HashSet::new());
        for item in &filing {
            let planned = &plans[item.plan].sessions[item.session];
            let place = (item.plan, item.session);
            let session = match (sessions.get(&place), there(item, planned)) {
                (Some(&known), _) | (None, Some(known)) => known,
                (None, None) => {
                    let added = tx.add_session(plans[item.plan].series, planned.date, planned.kind)?;
                    new_sessions.push(added);
                    added
                }
            };
            let _ = sessions.insert(place, session);
            let photo = item.photo;
            // A cell has one primary photo: whoever came first keeps the place.
            let cell = photo.view.map(|view| (session, view, photo.phase));
            let slot = if item.raw || photo.is_own_card() {
                // Kept and hidden: the picture that the camera developed stands for both, and a card is none of skin.
                Slot::Rejected
            } else if photo.slot == Slot::Primary && cell.is_some_and(|cell| !primary.insert(cell)) {
                Slot::Alternate
            } else {
                photo.slot
            };
            let to = Filing { session, view: photo.view, slot, phase: photo.phase };
            // Also back to none: an import that was stopped may have left another one there.
            tx.correct_clock(item.tray, photo.facts.clock_correction_s)?;
            let id = tx.file(item.tray, to)?;
            if photo.is_own_card() {
                let _new = cards.insert(photo.hash);
                continue;
            }
            if item.raw {
                raws += 1;
                continue;
            }
            let file_name = Redacted(file_name(&photo.path.0));
            filed.push(Filed { photo: id, hash: photo.hash, session, view: photo.view, file_name });
        }
        Ok((filed, raws, cards, new_sessions))
    })?;
    outcome.filed = filed;
    outcome.raws = raws;
    outcome.cards = cards.len();
    outcome.new_sessions = new_sessions;
    Ok(cards)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_says_every_fate() {
        let skipped = |reason| Skipped { file_name: "a".into(), reason, in_tray: false };
        let outcome = Outcome {
            skipped: vec![skipped(Skip::AlreadyFiled), skipped(Skip::AlreadyFiled), skipped(Skip::OtherPatient)],
            refused: vec![Refused { path: Redacted("a".into()), reason: Refusal::Truncated }],
            in_tray: 1,
            ..Outcome::default()
        };
        assert_eq!(
            outcome.sentence(),
            "0 photos filed, 2 already filed, 1 filed under another patient, 1 file refused, 1 left in the tray."
        );
    }
}
