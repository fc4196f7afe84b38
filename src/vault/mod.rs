//! The vault: every record and every original of a clinic, encrypted in one folder.
//!
//! `vault.toml` (and its second copy) holds the key slots; `catalog.db` all records; `photos-0001.db` and so on the
//! originals; `derived.db` pictures that can be computed again. This module is the only one that knows SQL and keys; what it
//! hands out are plain values of [`crate::model`].
//!
//! One connection writes, any number read. A [`Vault`] is cheap to clone and may be used from any thread.

mod attachment;
mod audit;
mod audited;
mod blob;
mod check;
mod comparing;
mod credential;
mod derived;
mod draft;
mod erase;
mod error;
mod findings;
mod journal;
mod keys;
mod late;
mod lock;
mod mend;
mod op;
mod pool;
mod query;
mod recorder;
mod recover;
mod rekey;
mod reserve;
mod reset;
mod role;
mod schema;
mod scope;
mod search;
mod snapshot;
mod synthetic;
mod table;
#[cfg(test)]
mod tests;
mod transact;
mod transfer;
mod types;
mod undo;
mod upkeep;
mod users;

pub use audit::{AuditCheck, AuditEvent, AuditFilter, AuditKind, AuditLine, AuditReport, BrokenChain, MissingRows};
pub use audited::Export;
pub use check::{CheckReport, CheckRequest, Finding, OriginalRef, Sample};
pub use derived::Derived;
pub use erase::Erased;
pub use error::{Result, VaultError};
pub use findings::Findings;
pub use keys::header::Anchor;
pub use keys::recovery::RecoveryCode;
pub use keys::slot::{KdfCost, Passphrase};
pub use lock::{Hold, LOCK_FILE};
pub use op::{Op, OpKind};
pub use role::{Role, may};
#[cfg(test)]
pub(crate) use schema::newer::with_layout_steps;
pub use snapshot::{Archive, BackupKey, Facts, Intact, Tombstone, VolumeState};
pub use synthetic::Synthetic;
pub use table::user::{Member, User};
pub use transact::Tx;
pub use transfer::{Caution, Transfer, TransferPlan, counterpart};
pub use types::{
    AuditRow, Board, DuePart, DueRow, DueTotals, Expiring, Filing, GradeBasis, Incoming, Laid, MeasuredPair,
    NewPublication, PatientRow, Permission, PermissionPage, Publication, Touched, TrayItem, TrayPicture, UndoEntry,
    UndoId, VaultInfo,
};
pub use upkeep::{LastBackup, LastCheck};

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use rusqlite::{Connection, params};

use crate::clock::Now;
use crate::model::{Uid, UserId};
use crate::moment;
use blob::Volumes;
use derived::DerivedStore;
use keys::header::{self, FORMAT, Header, PageSizes};
use keys::slot::{Slot, SlotKind};
use keys::tries::{self, Door};
use keys::{Key, Keys};
use late::{Late, unless_full};
use lock::Lock;
use pool::{Pool, Source};
use schema::Layout;
use search::Roster;

/// Larger pages encrypt photos about twice as fast as SQLite's default.
const PAGES: PageSizes = PageSizes { catalog: 8192, derived: 8192, photos: 32768 };

/// An open vault. Cheap to clone (shared inside), `Send + Sync`.
#[derive(Clone)]
pub struct Vault {
    inner: Arc<Inner>,
}

struct Inner {
    dir: PathBuf,
    /// Changed only while the header is held.
    keys: Mutex<Keys>,
    header: Mutex<Header>,
    user: User,
    writer: Mutex<Connection>,
    readers: Pool,
    roster: Roster,
    volumes: Volumes,
    derived: DerivedStore,
    generation: AtomicU64,
    by_code: AtomicBool,
    findings: OnceLock<Findings>,
    /// What the audit has no room for.
    late: Mutex<Vec<Late>>,
    /// Last, so that it is released when everything else is closed.
    _lock: Lock,
}

/// How somebody comes in. `Debug` shows nothing of it.
#[derive(Clone, Copy)]
pub enum Secret<'a> {
    /// A login name and its passphrase.
    Passphrase(&'a str, &'a Passphrase),
    /// The printed code.
    RecoveryCode(&'a str),
}

keys::shows_nothing!("Secret" for Secret<'_>);

/// How a vault comes up.
struct Beginning {
    volume_limit: u64,
    by_code: bool,
    findings: Findings,
    late: Vec<Late>,
}

impl Default for Beginning {
    fn default() -> Self {
        let (findings, late) = (Findings::default(), Vec::new());
        Self { volume_limit: blob::VOLUME_LIMIT, by_code: false, findings, late }
    }
}

/// Lies in the folder while a vault is created there. Without a key file beside it, what else lies there is the rest of a
/// creation that was cut short, and holds nothing of anybody.
const BEGUN: &str = "vault.begun";

/// Name of the catalog of this number.
fn catalog_file(number: u32) -> String {
    if number == 1 { "catalog.db".to_owned() } else { format!("catalog-{number:04}.db") }
}

impl Vault {
    /// What can be known of the vault in `dir` without a key.
    pub fn peek(dir: &Path) -> Result<VaultInfo> {
        let copies = header::read_copies(dir).map_err(VaultError::at_opening)?;
        let header = &copies.first().ok_or(VaultError::NotAVault)?.header;
        let logins = header.slot.iter().filter(|slot| slot.kind == SlotKind::Passphrase);
        Ok(VaultInfo { format: header.format, logins: logins.map(|slot| slot.login.clone()).collect() })
    }

    /// Makes a vault in `dir`, an empty folder or one that is not there yet, with one user: the owner.
    ///
    /// The recovery code is shown this once; only what it unlocks is stored.
    pub fn create(
        dir: &Path,
        login: &str,
        passphrase: &Passphrase,
        cost: KdfCost,
        now: Now,
    ) -> Result<(Self, RecoveryCode)> {
        let login = checked_login(login)?;
        credential::refuse_empty(passphrase)?;
        fs::create_dir_all(dir)?;
        let is_there = |name: &str| dir.join(name).exists();
        let was_begun = is_there(BEGUN);
        let records = [catalog_file(1).as_str(), DerivedStore::FILE].into_iter().any(is_there);
        let is_vault = header::COPIES.into_iter().chain([blob::file_name(1).as_str()]).any(is_there);
        if is_vault || (records && !was_begun) {
            return Err(VaultError::AlreadyAVault);
        }
        refuse_occupied(dir)?;
        let lock = Lock::take(dir, &login)?;
        if was_begun {
            remove_unfinished(dir);
        }
        crate::fsx::write_atomic(&dir.join(BEGUN), b"")?;
        let result = Self::build(dir, &login, passphrase, cost, lock, now);
        if result.is_err() {
            remove_unfinished(dir);
        }
        // Should it stay, the next opening removes it.
        let _ = fs::remove_file(dir.join(BEGUN));
        result
    }

    fn build(
        dir: &Path,
        login: &str,
        passphrase: &Passphrase,
        cost: KdfCost,
        lock: Lock,
        now: Now,
    ) -> Result<(Self, RecoveryCode)> {
        let keys = Keys::random()?;
        let vault_uid = Uid(keys::random()?).to_string();

        let catalog = Source::new(dir, &catalog_file(1), keys.root.for_catalog()?, PAGES.catalog);
        let mut writer = catalog.writer()?;
        Layout::Catalog.migrate(&mut writer)?;
        let owner = found(&mut writer, &vault_uid, login, now)?;
        moment::pass("a vault has its first rows");

        let code = RecoveryCode::random()?;
        let own = (login, owner.0);
        let slot = vec![
            Slot::wrap(SlotKind::Passphrase, own, &passphrase.secret(), &keys, &vault_uid, cost)?,
            Slot::wrap(SlotKind::Recovery, own, &code.secret()?, &keys, &vault_uid, cost)?,
        ];
        let (vault, audit) = (vault_uid, Anchor::default());
        let header = Header { format: FORMAT, vault, counter: 0, catalog: 1, pages: PAGES, audit, slot };
        // The header last: without it the folder is no vault yet.
        Ok((Self::assemble(dir, keys, header, owner, writer, catalog, lock, Beginning::default(), now)?, code))
    }

    /// Opens the vault in `dir` for a user.
    pub fn open(dir: &Path, login: &str, passphrase: &Passphrase, now: Now) -> Result<Self> {
        Self::open_by(dir, &Secret::Passphrase(login, passphrase), blob::VOLUME_LIMIT, now)
    }

    /// Opens the vault in `dir` for its owner by the printed code.
    pub fn open_with_recovery_code(dir: &Path, code: &str, now: Now) -> Result<Self> {
        Self::open_by(dir, &Secret::RecoveryCode(code), blob::VOLUME_LIMIT, now)
    }

    /// Opens the vault in `dir` by either.
    pub fn open_with(dir: &Path, secret: &Secret<'_>, now: Now) -> Result<Self> {
        Self::open_by(dir, secret, blob::VOLUME_LIMIT, now)
    }

    /// From now on a photo volume is closed once it holds this many bytes, instead of 1 GiB; forgotten at closing.
    pub fn close_volumes_at(&self, bytes: u64) {
        self.inner.volumes.limit.store(bytes, Ordering::Relaxed);
    }

    fn open_by(dir: &Path, secret: &Secret<'_>, volume_limit: u64, now: Now) -> Result<Self> {
        Self::unlocked(dir, secret, volume_limit, now).map_err(VaultError::at_opening)
    }

    fn unlocked(dir: &Path, secret: &Secret<'_>, volume_limit: u64, now: Now) -> Result<Self> {
        // Whether it is a vault at all; nothing is written into a folder that is none.
        let _ = header::read_copies(dir)?;
        let who = match secret {
            Secret::Passphrase(login, _) => login.trim(),
            Secret::RecoveryCode(_) => "owner",
        };
        // Before the key file is read: what another program writes between the two would look like an old copy put back.
        let lock = Lock::take(dir, who)?;
        let copies = header::read_copies(dir)?;
        let is_there = |number: u32| dir.join(catalog_file(number)).exists();
        if copies.iter().all(|copy| !is_there(copy.header.catalog)) {
            let newest = copies.iter().map(|copy| copy.header.catalog).max().unwrap_or_default();
            return Err(rekey::missing_catalog(dir, newest));
        }
        let door = Door::of(secret);
        tries::may_try(dir, door, now)?;
        let unlocked = unlock(copies, secret);
        tries::note(dir, door, &unlocked, now);
        let (keys, header, user) = unlocked?;
        if !is_there(header.catalog) {
            return Err(rekey::missing_catalog(dir, header.catalog));
        }
        let catalog = Source::new(dir, &catalog_file(header.catalog), keys.root.for_catalog()?, header.pages.catalog);
        let mut findings = found_on_disk(dir, &catalog, &keys, &header)?;
        let mut writer = catalog.writer()?;
        late::somehow(&mut writer, dir, |writer| Layout::Catalog.migrate(writer)).map_err(VaultError::at_update)?;
        let counted: i64 = writer.query_row("SELECT header_counter FROM vault_state", [], |row| row.get(0))?;
        if header.counter < counted {
            return Err(VaultError::StaleKeys);
        }
        rekey::refuse_old_copies(dir, &header, &writer)?;
        let by_code = matches!(secret, Secret::RecoveryCode(_));
        let user = if by_code { table::user::owner(&writer, user)? } else { user };
        findings.records_cut = !audit::holds(&writer, &header.audit)?;
        let mut late = Late::of_opening(&header, &findings, by_code, user, now.at);
        let ((), disk_full) = unless_full(late::enter_somehow(&mut writer, dir, &late))?;
        findings.disk_full = disk_full;
        if !disk_full {
            late.clear();
        }
        moment::pass("an opening is noted");
        // It is a vault: nobody may take it for the rest of a creation any more.
        let _ = fs::remove_file(dir.join(BEGUN));
        let beginning = Beginning { volume_limit, by_code, findings, late };
        Self::assemble(dir, keys, header, user, writer, catalog, lock, beginning, now)
    }

    #[allow(clippy::too_many_arguments, reason = "a vault is put together here once, from all its parts")]
    fn assemble(
        dir: &Path,
        keys: Keys,
        header: Header,
        user: UserId,
        writer: Connection,
        catalog: Source,
        lock: Lock,
        beginning: Beginning,
        now: Now,
    ) -> Result<Self> {
        recorder::install(&writer)?;
        let mut findings = beginning.findings;
        let ((), no_room) = unless_full(table::due::renew(&writer))?;
        findings.disk_full |= no_room;
        let derived_key: Vec<u8> = writer.query_row("SELECT derived_key FROM vault_state", [], |row| row.get(0))?;
        let derived_key = Key::from_bytes(&zeroize::Zeroizing::new(derived_key))?;
        let derived = Source::new(dir, DerivedStore::FILE, derived_key, header.pages.derived);
        let vault = Self {
            inner: Arc::new(Inner {
                dir: dir.to_owned(),
                user: table::user::get(&writer, user)?,
                readers: Pool::of_records(catalog),
                volumes: Volumes::new(dir.to_owned(), header.pages.photos, beginning.volume_limit),
                roster: Roster::default(),
                derived: DerivedStore::open(derived)?,
                header: Mutex::new(header),
                writer: Mutex::new(writer),
                generation: AtomicU64::new(1),
                by_code: AtomicBool::new(beginning.by_code),
                findings: OnceLock::new(),
                late: Mutex::new(beginning.late),
                keys: Mutex::new(keys),
                _lock: lock,
            }),
        };
        let ((), no_room) = unless_full(vault.settle(now, &mut findings))?;
        findings.disk_full |= no_room;
        if !findings.disk_full {
            reserve::keep(dir);
        }
        let _first = vault.inner.findings.set(findings);
        Ok(vault)
    }

    /// Ends what a crash left half done. Where there is no room for it the next opening does.
    fn settle(&self, now: Now, findings: &mut Findings) -> Result<()> {
        self.inner.anchor()?;
        // After both copies say the same, so that no later opening can find the other answer.
        let taken_back = [self.inner.settle_keys(now)?, self.inner.settle_catalog(now)?];
        findings.keys_unchanged = taken_back.contains(&true);
        self.recover_originals(now, findings)?;
        findings.erasures_waiting = self.resume_erasures(now);
        Ok(())
    }

    /// The vault's folder.
    pub fn dir(&self) -> &Path {
        &self.inner.dir
    }

    /// The user this vault was opened for.
    pub fn user(&self) -> &User {
        &self.inner.user
    }

    /// Rises with every committed change: the refresh signal.
    pub fn generation(&self) -> u64 {
        self.inner.generation.load(Ordering::Acquire)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // Best effort: the next opening anchors too.
        let _ = self.catch_up(&mut pool::lock(&self.writer));
        if self.anchor().is_err() {
            tracing::warn!("the audit could not be anchored at closing");
        }
    }
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault").field("generation", &self.generation()).finish_non_exhaustive()
    }
}

/// What the files themselves say, before anybody replays a log or writes the key file again: afterwards nothing is left of it.
fn found_on_disk(dir: &Path, catalog: &Source, keys: &Keys, header: &Header) -> Result<Findings> {
    let logs = blob::numbers_in(dir, "-wal").into_iter();
    // Of a creation that was cut short the second copy may not be there yet.
    let key_file_changed = !dir.join(BEGUN).exists() && !header::changed_copies(dir, &keys.root, header)?.is_empty();
    Ok(Findings {
        log_broken: journal::breaks_off(&catalog.path),
        volume_logs_broken: logs.filter(|&id| journal::breaks_off(&dir.join(blob::file_name(id)))).collect(),
        key_file_changed,
        ..Findings::default()
    })
}

/// The first rows of a new catalog.
fn found(conn: &mut Connection, vault_uid: &str, login: &str, now: Now) -> Result<UserId> {
    let tx = conn.transaction()?;
    let owner = table::user::add(&tx, login, Role::Owner, now.at)?;
    let derived_key = Key::random()?;
    let _row = tx.execute(
        "INSERT INTO vault_state (id, uid, header_counter, derived_key) VALUES (1, ?1, 0, ?2)",
        params![vault_uid, derived_key.bytes()],
    )?;
    let _key = snapshot::make_backup_key(&tx)?;
    // The first row names the vault, so that no other vault's chain can stand in its place.
    let _seq = audit::append(&tx, now.at, owner, AuditEvent::Created, format!("{{\"vault\":\"{vault_uid}\"}}"))?;
    tx.commit()?;
    Ok(owner)
}

/// What systems put into a folder, or into a disk, by themselves.
const NOBODYS: [&str; 6] =
    [".DS_Store", "Thumbs.db", "desktop.ini", "lost+found", "System Volume Information", "$RECYCLE.BIN"];

/// A vault lies alone in its folder: what else lies there would be taken for a part of it by whoever copies or removes it.
fn refuse_occupied(dir: &Path) -> Result<()> {
    let own = header::COPIES
        .into_iter()
        .chain([BEGUN, LOCK_FILE, lock::HOLDER_FILE, DerivedStore::FILE, reserve::FILE])
        .collect::<Vec<_>>();
    for entry in fs::read_dir(dir)? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        let begins = |own: &&str| name.strip_prefix(own).is_some_and(|rest| journal::SUFFIXES.contains(&rest));
        let is_left = own.iter().any(&begins) || begins(&catalog_file(1).as_str());
        if !is_left && !NOBODYS.contains(&&*name) && !name.starts_with(crate::fsx::UNFINISHED) {
            return Err(VaultError::Occupied);
        }
    }
    Ok(())
}

/// Removes what a failed creation left. None of these was there when it began, so nobody's records are among them.
fn remove_unfinished(dir: &Path) {
    for name in header::COPIES.into_iter().chain([catalog_file(1).as_str(), DerivedStore::FILE, reserve::FILE]) {
        for suffix in journal::SUFFIXES {
            // What cannot be removed makes the next attempt say that the folder is taken.
            let _ = fs::remove_file(dir.join(format!("{name}{suffix}")));
        }
    }
}

/// A login name stands in clear in a text file: one line, no control characters.
fn checked_login(login: &str) -> Result<String> {
    let login = login.trim();
    let fits = !login.is_empty() && login.chars().count() <= 64 && !login.chars().any(char::is_control);
    if fits { Ok(login.to_owned()) } else { Err(VaultError::Refused("a login needs 1 to 64 printable characters")) }
}

/// Whether the key file in `dir` can be opened by a secret; nothing is locked, written or counted.
#[cfg(test)]
pub(crate) fn key_file_opens(dir: &Path, secret: &Secret<'_>) -> Result<()> {
    unlock(header::read_copies(dir)?, secret).map(drop)
}

/// The keys by the first copy of the header that the secret opens and that is authentic.
fn unlock(copies: Vec<header::Copy>, secret: &Secret<'_>) -> Result<(Keys, Header, UserId)> {
    const CHANGED: VaultError = VaultError::Damaged(error::KEY_FILE_CHANGED);
    let typed = match secret {
        Secret::Passphrase(_, passphrase) => passphrase.secret(),
        Secret::RecoveryCode(code) => keys::recovery::parse(code)?,
    };
    let mut failure = VaultError::UnknownLogin;
    let mut tried: Vec<Slot> = Vec::new();
    let mut moved = 0;
    for copy in copies {
        // Whoever is missing where the records moved was disabled: the other copy was only not written yet.
        if copy.header.catalog < moved {
            continue;
        }
        let slot = match secret {
            Secret::Passphrase(login, _) => copy.header.slot_of(login.trim()),
            Secret::RecoveryCode(_) => copy.header.recovery_slot(),
        };
        // A slot the secret did not open in one copy need not be derived again for the other.
        if slot.is_none() {
            moved = copy.header.catalog;
        }
        let Some(slot) = slot.filter(|slot| !tried.contains(slot)).cloned() else { continue };
        match slot.unwrap(&typed, &copy.header.vault) {
            Ok(keys) if copy.is_authentic(&keys.root)? => return Ok((keys, copy.header, UserId(slot.user))),
            Ok(_) => {
                failure = CHANGED;
                continue;
            }
            Err(VaultError::WrongPassphrase) if matches!(secret, Secret::RecoveryCode(_)) => {
                failure = VaultError::WrongRecoveryCode;
            }
            Err(error) => failure = error,
        }
        tried.push(slot);
    }
    Err(failure)
}
