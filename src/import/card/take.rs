//! Takes a card: every photo into the tray and read back, looked at once on the way.

use std::collections::HashSet;
use std::path::PathBuf;

use super::{Shot, Small};
use crate::clock::Now;
use crate::imaging::{self, Fingerprint, Picture};
use crate::import::commit;
use crate::import::derive::{self, DerivedPictures, Shrunk};
use crate::import::error::ImportError;
use crate::import::pair;
use crate::import::scan::{self, Found, Refusal, Refused, file_name};
use crate::model::{PatientId, PhotoHash, Redacted, TrayId, Uid};
use crate::pipeline;
use crate::progress::Progress;
use crate::vault::{Incoming, Vault, VaultError};

/// Longest side of the small picture of a shot.
pub(super) const SMALL_PX: u32 = 640;
const SMALL_QUALITY: u8 = 88;
/// What is done while a card is taken, of which files are counted.
pub const COPYING: &str = "Copying and reading back";

/// A card in the vault.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Taken {
    /// The photos.
    pub shots: Vec<Shot>,
    /// Files that are no photos.
    pub refused: Vec<Refused>,
    /// Files that are there twice, taken once.
    pub twice: usize,
    /// Originals in the tray that were read back.
    pub copied: usize,
    /// Whether it was stopped before its end; what was taken is safe in the tray.
    pub cancelled: bool,
}

/// A file on its way.
struct Raw {
    path: Redacted<PathBuf>,
    bytes: Vec<u8>,
    hash: PhotoHash,
    tray: Option<TrayId>,
    owners: Vec<PatientId>,
    /// Whether one of the photos with these bytes was read back just now.
    safe: bool,
}

/// What was seen in it.
struct Seen {
    found: Found,
    fingerprint: Fingerprint,
    small: Small,
    card: Option<Uid>,
    derived: DerivedPictures,
}

/// Is told what each photo looks like, small, as soon as that is seen and long before the whole card is taken. Called from
/// several threads.
pub type Show<'a> = &'a (dyn Fn(PhotoHash, &Picture) + Sync);

/// Takes every file in `paths` and below the folders among them. With `keep`, originals go into the tray and are read back,
/// photographed patients' cards as well: such a picture may show more than a card. Without it the vault stays as it is.
/// Bytes that are filed already are looked at and not stored again.
pub fn take(vault: &Vault, paths: &[PathBuf], keep: bool, now: Now, progress: &Progress) -> Result<Taken, ImportError> {
    take_and_show(vault, paths, keep.then_some(now), progress, &|_, _| ())
}

/// As [`take`], with `keep` saying when originals go into the tray, if they do; `show` is told what each photo looks like.
pub fn take_and_show(
    vault: &Vault,
    paths: &[PathBuf],
    keep: Option<Now>,
    progress: &Progress,
    show: Show<'_>,
) -> Result<Taken, ImportError> {
    let (files, refused) = scan::files(paths);
    let total = files.len() as u64;
    let mut pending = files.into_iter();
    let source = |refused: &mut Vec<Refused>| {
        let path = pending.next()?;
        match scan::read(&path) {
            Ok(bytes) => Some(Some((Redacted(path), bytes, None))),
            Err(reason) => {
                refused.push(Refused { path: Redacted(path), reason });
                Some(None)
            }
        }
    };
    run(vault, source, refused, (total, keep), progress, show)
}

/// The same for what lies in the tray: an import that was not finished, or a filing that was taken back.
pub fn take_tray(vault: &Vault, progress: &Progress) -> Result<Taken, ImportError> {
    take_tray_and_show(vault, progress, &|_, _| ())
}

/// As [`take_tray`]; `show` is told what each photo looks like.
pub fn take_tray_and_show(vault: &Vault, progress: &Progress, show: Show<'_>) -> Result<Taken, ImportError> {
    let items = vault.tray()?;
    let total = items.len() as u64;
    let mut pending = items.into_iter();
    let mut trouble = None;
    let source = |refused: &mut Vec<Refused>| {
        let item = pending.next()?;
        let name = if item.file_name.0.is_empty() { "original" } else { item.file_name.0.as_str() };
        let path = Redacted(PathBuf::from(name));
        match vault.tray_original(item.id) {
            Ok(bytes) => Some(Some((path, bytes, Some(item.id)))),
            Err(VaultError::Damaged(_)) => {
                refused.push(Refused { path, reason: Refusal::Damaged });
                Some(None)
            }
            Err(error) => {
                trouble = Some(error);
                None
            }
        }
    };
    let taken = run(vault, source, Vec::new(), (total, None), progress, show)?;
    trouble.map_or(Ok(taken), |error| Err(error.into()))
}

type Read = (Redacted<PathBuf>, Vec<u8>, Option<TrayId>);

/// `keep` says when originals go into the tray, if they do. `source` gives one file after the other: `Some(None)` for one that
/// it refused.
fn run(
    vault: &Vault,
    mut source: impl FnMut(&mut Vec<Refused>) -> Option<Option<Read>>,
    refused: Vec<Refused>,
    (total, keep): (u64, Option<Now>),
    progress: &Progress,
    show: Show<'_>,
) -> Result<Taken, ImportError> {
    let mut taken = Taken::default();
    let (mut refused, mut bad, mut hashes) = (refused, Vec::new(), HashSet::new());
    let (mut twice, mut passed, mut cancelled) = (0, 0_u64, false);
    progress.report(COPYING, 0, total);
    let next = || {
        loop {
            cancelled |= progress.is_cancelled();
            if cancelled {
                return Ok(None);
            }
            let Some(read) = source(&mut refused) else { return Ok(None) };
            passed += 1;
            let Some((path, bytes, tray)) = read else { continue };
            let hash = scan::hash(&bytes);
            if !hashes.insert(hash) {
                twice += 1;
                continue;
            }
            let filed = vault.filed_as(hash)?;
            // What the disk damaged since is nowhere whole but here.
            let safe = filed.iter().any(|(_, photo)| vault.original(*photo).is_ok());
            let owners = filed.into_iter().map(|(owner, _)| owner).collect();
            return Ok::<_, ImportError>(Some(Raw { path, bytes, hash, tray, owners, safe }));
        }
    };
    let work = |raw: Raw| (look(&raw, show), raw);
    let mut done_count = 0;
    let done = |(seen, raw): (Result<Seen, Refusal>, Raw)| {
        done_count += 1;
        progress.report(COPYING, done_count, total);
        let seen = match seen {
            Ok(seen) => seen,
            Err(reason) => {
                bad.push(Refused { path: raw.path, reason });
                return Ok(());
            }
        };
        let mut found = seen.found;
        if let Some(now) = keep
            && !raw.safe
        {
            let name = file_name(&raw.path.0);
            let incoming = Incoming { bytes: &raw.bytes, file_name: &name, facts: &found.facts, size: found.size };
            let kept = commit::keep(vault, &incoming, now).map_err(|error| match error {
                VaultError::DiskFull => ImportError::DiskFull { received: taken.copied },
                other => other.into(),
            })?;
            found.tray = Some(kept.ok_or(ImportError::ReadBack)?);
            taken.copied += 1;
            // They can be made again at any time: trouble with them is none of the card's.
            let _ = derive::store(vault, raw.hash, &seen.derived);
        }
        taken.copied += usize::from(raw.tray.is_some());
        let (fingerprint, small, card) = (seen.fingerprint, seen.small, seen.card);
        taken.shots.push(Shot { found, fingerprint, small, card, owners: raw.owners });
        Ok(())
    };
    pipeline::run(pipeline::decoders(), next, work, done)?;
    // Of one whose other half is filed already, the half that is not is a photo of its own.
    let alike = |one: &Shot, other: &Shot| one.owners == other.owners;
    taken.shots = pair::join(std::mem::take(&mut taken.shots), |shot| &mut shot.found, alike);
    taken.shots.sort_by(|a, b| a.found.path.cmp(&b.found.path));
    refused.extend(bad);
    refused.sort_by(|a, b| a.path.cmp(&b.path));
    (taken.refused, taken.twice, taken.cancelled) = (refused, twice, cancelled);
    Ok(taken)
}

/// One decode for all that is wanted of a photo.
fn look(raw: &Raw, show: Show<'_>) -> Result<Seen, Refusal> {
    let inspection = imaging::inspect(&raw.bytes)?;
    let decoded = imaging::decode_noting(&raw.bytes, derive::PREVIEW_DETAIL)?;
    let shrunken = Shrunk::of(decoded.picture);
    // Whoever waits sees it before it is measured, searched for codes and stored.
    show(raw.hash, &shrunken.thumbnail);
    let derived = shrunken.encoded()?;
    let preview = shrunken.preview;
    let small = shrunk(&preview, SMALL_PX);
    let jpeg = imaging::encode_jpeg(&small, SMALL_QUALITY)?;
    let found = Found {
        path: raw.path.clone(),
        tray: raw.tray,
        hash: raw.hash,
        length: raw.bytes.len() as u64,
        size: inspection.size,
        facts: inspection.facts,
        quality: imaging::quality(&preview),
        format: inspection.format,
        stray: decoded.stray,
        raw: None,
        card: scan::card_on(&preview),
    };
    let card = found.card;
    let fingerprint = imaging::fingerprint(&small);
    Ok(Seen { found, fingerprint, small: Small(jpeg.into()), card, derived })
}

fn shrunk(picture: &Picture, longest: u32) -> Picture {
    imaging::resize(picture, picture.size().fit_within(longest))
}
