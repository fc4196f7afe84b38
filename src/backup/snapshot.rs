//! Making a backup: records first, then the volumes they name, the manifest last.

use std::fs;
use std::path::Path;

use tempfile::TempPath;

use super::copy::{self, Digested, Meter};
use super::error::BackupError;
use super::manifest::{FileEntry, Manifest, VolumeCopy};
use super::outcome::Outcome;
use super::repair::from_backup;
use super::retention::Policy;
use super::shelf::{Shelf, Writing, held_by};
use crate::clock::Now;
use crate::model::{BlobId, PhotoHash, VolumeId};
use crate::moment;
use crate::progress::Progress;
use crate::vault::{Archive, BackupKey, Facts, Vault, VaultError, VolumeState};

/// A generation that is being made.
struct Making<'a> {
    vault: &'a Vault,
    key: &'a BackupKey,
    writing: Writing,
    number: u64,
    now: Now,
    written: u64,
    verified: u64,
    past_cache: bool,
    copied: usize,
    damaged: Vec<BlobId>,
}

/// Times the whole is begun again because a volume was replaced meanwhile.
const ATTEMPTS: usize = 3;

/// Makes a backup of `vault` in `dest` while the vault is in use, and reads it back.
///
/// Closed volumes that are there already are not copied again, nor an open one that gained nothing. On an error, also
/// [`BackupError::Cancelled`], the older generations are as they were and the next run goes on from what was copied.
pub fn snapshot(vault: &Vault, dest: &Path, now: Now, progress: &Progress) -> Result<Outcome, BackupError> {
    snapshot_keeping(Policy::default(), vault, dest, now, progress)
}

/// [`snapshot`] with another rule for which older generations stay.
pub fn snapshot_keeping(
    policy: Policy,
    vault: &Vault,
    dest: &Path,
    now: Now,
    progress: &Progress,
) -> Result<Outcome, BackupError> {
    let key = vault.backup_key()?;
    let place = std::path::absolute(dest)?;
    let writing = Writing::begin(vault, &place, &key)?;
    let number = writing.next_number();
    let (written, verified, copied) = (0, 0, 0);
    let mut making = Making {
        vault,
        key: &key,
        writing,
        number,
        now,
        written,
        verified,
        past_cache: true,
        copied,
        damaged: Vec::new(),
    };
    let history_differs = match making.writing.shelf.manifests.last() {
        Some(newest) => !vault.has_anchor(&newest.facts.audit)?,
        None => false,
    };
    let manifest = making.generation(progress)?;
    let (volumes, length) = (manifest.volumes().count(), manifest.length());
    let last = manifest.remembered(place.to_string_lossy().into_owned());
    moment::pass("all files of a backup are there");
    making.writing.shelf.publish(manifest, &key)?;
    moment::pass("a backup is complete");
    let unremembered = match vault.note_backup(&last) {
        Err(VaultError::DiskFull) => true,
        other => {
            other?;
            false
        }
    };
    let Tidied { retired, purged, holding } = making.tidy(policy)?;
    let Making { writing, written, verified, past_cache, copied, damaged, .. } = making;
    let unreadable = writing.shelf.unreadable;
    Ok(Outcome {
        last,
        copied,
        volumes,
        written,
        length,
        verified,
        past_cache,
        damaged,
        retired,
        purged,
        holding,
        unreadable,
        history_differs,
        unremembered,
    })
}

impl Making<'_> {
    /// All files of the generation, whole and durable.
    fn generation(&mut self, progress: &Progress) -> Result<Manifest, BackupError> {
        for _ in 0..ATTEMPTS {
            let (facts, mut files) = self.records(progress)?;
            let archive = Archive::open(&self.writing.shelf.folder(self.number), self.key)?;
            archive.check()?;
            self.damaged.clear();
            let volumes = self.volumes(&facts, &archive, progress)?;
            if let Some(volumes) = volumes.filter(|_| self.knows_all_erasures(&facts)) {
                files.extend(volumes);
                let when = (self.now.at, self.now.today);
                return Ok(Manifest::new(self.number, when, facts, files, self.damaged.clone()));
            }
        }
        Err(VaultError::Refused("the volumes of the vault change all the time").into())
    }

    /// Whoever was erased meanwhile is not to come into a new backup, nor to be missing in its list.
    fn knows_all_erasures(&self, facts: &Facts) -> bool {
        self.vault.erased().is_ok_and(|erased| erased == facts.erasures)
            && self.vault.waiting_erasures().is_ok_and(|begun| begun == facts.begun)
    }

    /// The records and the key file.
    fn records(&mut self, progress: &Progress) -> Result<(Facts, Vec<FileEntry>), BackupError> {
        let folder = self.writing.shelf.folder(self.number);
        fs::create_dir_all(&folder)?;
        progress.report("Copying records", 0, 1);
        copy::remove(&folder.join(Facts::records_file()))?;
        let facts = self.vault.copy_records(&folder, progress).map_err(at_destination)?;
        moment::pass("the records are copied");
        copy::sync(&folder.join(Facts::records_file()))?;
        let silent = Progress::silent();
        let mut files = Vec::new();
        for file in [Facts::records_file().as_str(), Facts::KEY_FILES[0], Facts::KEY_FILES[1]] {
            let read = copy::digest(&folder.join(file), &mut Meter::new(&silent, "", 0))?;
            self.note(&read);
            files.push(entry(Shelf::name_in(self.number, file), read, None));
        }
        progress.report("Copying records", 1, 1);
        Ok((facts, files))
    }

    /// A copy of each volume; none when one was replaced since the records were copied.
    fn volumes(
        &mut self,
        facts: &Facts,
        archive: &Archive,
        progress: &Progress,
    ) -> Result<Option<Vec<FileEntry>>, BackupError> {
        let mut out = Vec::with_capacity(facts.volumes.len());
        for volume in &facts.volumes {
            out.push(self.there(volume, archive)?);
        }
        let missing = || facts.volumes.iter().zip(&out).filter(|(_, there)| there.is_none()).map(|(volume, _)| volume);
        let bytes = missing().map(|volume| self.vault.volume_length(volume)).sum();
        let mut meter = Meter::new(progress, "Copying originals", bytes);
        for (volume, slot) in facts.volumes.iter().zip(&mut out).filter(|(_, slot)| slot.is_none()) {
            match self.copied(volume, archive, &mut meter)? {
                Copied::Whole(file) => *slot = Some(file),
                Copied::Lost => *slot = self.older(volume, archive, progress)?,
                Copied::Replaced => return Ok(None),
            }
        }
        meter.finish();
        Ok(Some(out.into_iter().flatten().collect()))
    }

    /// The copy of a volume that an older generation has and that still is all of it.
    ///
    /// One that is known to be damaged counts as long as the vault has nothing better, and its damage goes on being known.
    fn there(&mut self, volume: &VolumeState, archive: &Archive) -> Result<Option<FileEntry>, BackupError> {
        let shelf = &self.writing.shelf;
        let known = shelf.manifests.iter().rev().flat_map(Manifest::volumes);
        let fitting = known.filter(|(file, copy)| copy.covers(volume) && self.is_there(file)).map(|(file, _)| file);
        let mut newest_damaged = None;
        for file in fitting {
            let mut damaged = shelf.damaged_in(file);
            if !damaged.is_empty() {
                let inside = archive.originals_in(volume.id)?;
                damaged.retain(|id| inside.contains(id));
            }
            if damaged.is_empty() {
                return Ok(Some(file.clone()));
            }
            let _newer = newest_damaged.get_or_insert((file.clone(), damaged));
        }
        match newest_damaged {
            Some((file, damaged)) if !self.vault.has_any_whole(&damaged)? => {
                self.damaged.extend(damaged);
                Ok(Some(file))
            }
            _ => Ok(None),
        }
    }

    fn is_there(&self, file: &FileEntry) -> bool {
        let length =
            self.writing.shelf.path(&file.name).ok().and_then(|path| fs::metadata(path).ok()).map(|there| there.len());
        length == Some(file.length)
    }

    /// The newest copy there is of a volume whose file is gone. What is not in it is damaged.
    fn older(
        &mut self,
        volume: &VolumeState,
        archive: &Archive,
        progress: &Progress,
    ) -> Result<Option<FileEntry>, BackupError> {
        let known = self.writing.shelf.manifests.iter().rev().flat_map(Manifest::volumes);
        let newest = known
            .filter(|(file, copy)| copy.id == volume.id && self.is_there(file))
            .map(|(file, _)| file)
            .next()
            .cloned();
        let path = match &newest {
            Some(file) => self.writing.shelf.path(&file.name)?,
            None => self.writing.shelf.volumes().join("none"),
        };
        self.damaged.extend(archive.check_volume(volume, &path, progress)?.damaged);
        Ok(newest)
    }

    fn copied(
        &mut self,
        volume: &VolumeState,
        archive: &Archive,
        meter: &mut Meter<'_>,
    ) -> Result<Copied, BackupError> {
        let settled = match self.vault.settled_volume(volume) {
            Err(VaultError::Damaged(_)) => return self.lost_or_replaced(volume.id),
            other => other?,
        };
        if let Some(file) =
            settled.as_deref().map(|from| self.left_over(volume, from, archive, meter)).transpose()?.flatten()
        {
            return Ok(Copied::Whole(file));
        }
        let folder = self.writing.shelf.volumes();
        let (unfinished, read) = match settled {
            Some(from) => copy::copy(&from, &folder, meter)?,
            None => self.copied_by_pages(volume, meter)?,
        };
        let found = archive.check_volume(volume, &unfinished, meter.progress())?;
        // An erasure overwrites a volume whose originals it moved, and may have done so under the copying.
        if !found.damaged.is_empty() && !self.vault.volumes()?.iter().any(|state| state.id == volume.id) {
            return Ok(Copied::Replaced);
        }
        self.verified += found.intact;
        self.damaged.extend(found.damaged);
        let name = Shelf::volume_name(&volume.file_name(), &read.sha256);
        copy::keep(unfinished, &self.writing.shelf.path(&name)?)?;
        self.note(&read);
        self.copied += 1;
        Ok(Copied::Whole(entry(name, read, Some(copy_of(volume)))))
    }

    /// A copy of a volume that may be written meanwhile.
    fn copied_by_pages(
        &self,
        volume: &VolumeState,
        meter: &mut Meter<'_>,
    ) -> Result<(TempPath, Digested), BackupError> {
        let folder = self.writing.shelf.volumes();
        let to = copy::unfinished(&folder)?;
        match self.vault.copy_volume(volume, &to, meter.progress()) {
            Ok(()) => {}
            // A page of it is damaged: all the others are worth to be kept.
            Err(VaultError::Damaged(_)) => {
                return copy::copy(&self.vault.dir().join(volume.file_name()), &folder, meter);
            }
            Err(error) => return Err(at_destination(error)),
        }
        copy::sync(&to)?;
        meter.advance(fs::metadata(&to)?.len())?;
        let read = copy::digest(&to, meter)?;
        Ok((to, read))
    }

    /// A volume's file is not there: because it is lost, or because its originals are elsewhere now.
    fn lost_or_replaced(&self, volume: VolumeId) -> Result<Copied, BackupError> {
        let is_still_named = self.vault.volumes()?.iter().any(|state| state.id == volume);
        Ok(if is_still_named { Copied::Lost } else { Copied::Replaced })
    }

    /// The whole copy of a closed volume that an interrupted run left behind, read again.
    fn left_over(
        &mut self,
        volume: &VolumeState,
        from: &Path,
        archive: &Archive,
        meter: &mut Meter<'_>,
    ) -> Result<Option<FileEntry>, BackupError> {
        let begin = format!("{}-", volume.file_name().trim_end_matches(".db"));
        let length = fs::metadata(from)?.len();
        let candidates: Vec<_> =
            self.writing.leftovers.iter().filter(|(name, _)| name.starts_with(&begin)).cloned().collect();
        for (file, path) in candidates {
            if fs::metadata(&path)?.len() != length {
                continue;
            }
            let read = copy::digest(&path, meter)?;
            let name = Shelf::volume_name(&volume.file_name(), &read.sha256);
            if name.ends_with(&file) && archive.check_volume(volume, &path, meter.progress())?.damaged.is_empty() {
                self.verified += volume.originals;
                meter.advance(length)?;
                return Ok(Some(entry(name, read, Some(copy_of(volume)))));
            }
        }
        Ok(None)
    }

    fn note(&mut self, read: &Digested) {
        self.written += read.length;
        self.past_cache &= read.past_cache;
    }

    /// Takes away the generations that need not or must not stay.
    fn tidy(&mut self, policy: Policy) -> Result<Tidied, BackupError> {
        let erased = self.vault.erasures()?;
        let holding = |shelf: &Shelf| -> Vec<u64> {
            shelf.manifests.iter().filter(|m| !held_by(m, &erased).is_empty()).map(|m| m.number).collect()
        };
        let mut purged = holding(&self.writing.shelf);
        purged.retain(|&number| number != self.number);
        let retired = if self.damaged.is_empty() {
            let shelf = &mut self.writing.shelf;
            let others = shelf.manifests.iter().filter(|m| !purged.contains(&m.number));
            let days: Vec<_> = others.map(|m| (m.number, m.day)).collect();
            let kept = policy.kept(&days);
            let retired: Vec<u64> =
                days.iter().map(|&(number, _)| number).filter(|number| !kept.contains(number)).collect();
            for &number in purged.iter().chain(&retired) {
                shelf.remove(number)?;
            }
            shelf.sweep()?;
            retired
        } else {
            self.purge_beside_damage(&mut purged)?;
            Vec::new()
        };
        let holding = holding(&self.writing.shelf);
        Ok(Tidied { retired, purged, holding })
    }

    /// Takes away no more than whoever was erased asks for: while something is damaged an older generation may be the only
    /// one that has it whole, and such a one stays whomever it holds.
    fn purge_beside_damage(&mut self, purged: &mut Vec<u64>) -> Result<(), BackupError> {
        if purged.is_empty() {
            return Ok(());
        }
        let shelf = &mut self.writing.shelf;
        let newest = Archive::open(&shelf.folder(self.number), self.key)?;
        let damaged = self.damaged.iter().map(|&id| newest.hash_of(id)).collect::<Result<Vec<_>, _>>()?;
        let mut unneeded = Vec::new();
        for &number in &*purged {
            if !has_any_whole(shelf, number, self.key, &damaged)? {
                unneeded.push(number);
            }
        }
        *purged = unneeded;
        let gone: Vec<String> =
            shelf.manifests.iter().filter(|m| purged.contains(&m.number)).flat_map(volume_names).collect();
        for &number in &*purged {
            shelf.remove(number)?;
        }
        shelf.sweep_of(|file| gone.iter().any(|name| name == file))
    }
}

/// What became of the older generations.
struct Tidied {
    retired: Vec<u64>,
    purged: Vec<u64>,
    holding: Vec<u64>,
}

fn volume_names(manifest: &Manifest) -> Vec<String> {
    manifest.volumes().map(|(file, _)| file.name.clone()).collect()
}

/// Whether a generation has an original with one of these hashes whole. One whose records cannot be looked into may have.
fn has_any_whole(shelf: &Shelf, number: u64, key: &BackupKey, hashes: &[PhotoHash]) -> Result<bool, BackupError> {
    let Ok(archive) = Archive::open(&shelf.folder(number), key) else { return Ok(true) };
    let generation = [(shelf.manifest(number)?, archive)];
    for &hash in hashes {
        if from_backup(shelf, &generation, hash)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

enum Copied {
    Whole(FileEntry),
    Lost,
    Replaced,
}

fn copy_of(volume: &VolumeState) -> VolumeCopy {
    VolumeCopy { id: volume.id, closed: volume.closed, last_row: volume.last_row }
}

fn entry(name: String, read: Digested, volume: Option<VolumeCopy>) -> FileEntry {
    FileEntry { name, length: read.length, sha256: read.sha256, volume }
}

/// Where the vault writes into the backup, a full disk is the backup's.
fn at_destination(error: VaultError) -> BackupError {
    match error {
        VaultError::DiskFull => BackupError::DiskFull,
        VaultError::Io(kind) => BackupError::Io(kind),
        other => other.into(),
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::super::{holding, list};
    use super::*;
    use crate::model::NewPatient;
    use crate::vault::{KdfCost, Op, Passphrase};

    #[test]
    fn the_first_backup_of_a_vault_on_a_full_disk_is_complete_and_said_not_to_be_remembered() {
        let folder = tempfile::tempdir().expect("a folder");
        let now = Now::fixed(NaiveDate::from_ymd_opt(2026, 3, 2).expect("a date"));
        let secret = Passphrase::new("secret");
        let (vault, _code) =
            Vault::create(&folder.path().join("v"), "anna", &secret, KdfCost::TESTS, now).expect("created");
        vault.fill_settings();
        let dest = folder.path().join("usb");
        let made = snapshot(&vault, &dest, now, &Progress::silent()).expect("backed up");
        assert!(made.unremembered && made.sentence().contains("the vault does not remember it"), "{made:?}");
        let listed = list(&dest, &vault.backup_key().expect("a key")).expect("listed");
        assert_eq!((listed.generations.len(), listed.unreadable), (1, vec![]));
    }

    #[test]
    fn generations_that_hold_somebody_who_was_erased_are_named_and_go_with_the_next_backup() {
        let folder = tempfile::tempdir().expect("a folder");
        let now = Now::fixed(NaiveDate::from_ymd_opt(2026, 3, 2).expect("a date"));
        let passphrase = Passphrase::new("secret");
        let (vault, _code) =
            Vault::create(&folder.path().join("v"), "anna", &passphrase, KdfCost::TESTS, now).expect("created");
        let dest = folder.path().join("usb");
        let policy = Policy { days: 99, weeks: 0, months: 0 };
        let mut n = 0;
        let mut back_up = || {
            n += 1;
            let later = Now::fixed(now.today + chrono::Duration::days(n));
            snapshot_keeping(policy, &vault, &dest, later, &Progress::silent()).expect("backed up")
        };
        let add = |code: &str| {
            let (given, family) = ("Ann".into(), "Example".into());
            let new = NewPatient { code: code.into(), given, family, birth: None, fitzpatrick: None };
            vault.transact(Op::AddPatient, now, |tx| tx.add_patient(&new)).expect("added")
        };
        let _before = back_up();
        let erased = add("1");
        let _with = back_up();
        let _stays = add("2");
        let _with_both = back_up();
        let uid = vault.patient(erased).expect("a patient").uid;
        let _done = vault.erase_patient(erased, "asked for", &passphrase, now, &Progress::silent()).expect("erased");
        let held = holding(&vault, &dest).expect("asked");
        assert_eq!(held.generations, [(2, vec![uid]), (3, vec![uid])]);
        let outcome = back_up();
        assert_eq!((outcome.purged, outcome.retired, outcome.holding), (vec![2, 3], vec![], vec![]));
        let left = list(&dest, &vault.backup_key().expect("a key")).expect("listed").generations;
        assert_eq!(left.iter().map(|generation| generation.number).collect::<Vec<_>>(), [4, 1]);
        assert_eq!(holding(&vault, &dest).expect("asked").generations, []);
    }
}
