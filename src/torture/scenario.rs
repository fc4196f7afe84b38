//! The work that is disturbed, step by step. Every step may be one that is not confirmed.

use std::path::{Path, PathBuf};

use super::{day, now, photo};
use crate::backup::{self, BackupError, Policy};
use crate::clock::Now;
use crate::geom::Size;
use crate::model::{
    Area, CaptureFacts, Consent, ConsentEvent, Indication, Light, NewAttachment, NewPatient, NewSeries, NewView,
    PatientId, Phase, PhotoId, Pose, Purpose, Scope, SeriesId, SessionId, SessionKind, Side, Slot, TrayId, UserId,
    ViewId,
};
use crate::progress::Progress;
use crate::vault::{
    CheckRequest, Filing, Incoming, KdfCost, Op, Passphrase, Role, Transfer, Vault, VaultError, with_layout_steps,
};

/// The vault's folder and the backup's, below that of a run.
pub const VAULT: &str = "vault";
pub const BACKUPS: &str = "usb";

/// Everybody, by every passphrase they ever have here.
pub const PEOPLE: [(&str, &str); 4] = [("anna", "two"), ("anna", "one"), ("bert", "b"), ("cleo", "c")];

/// Bytes after which a volume is closed.
const VOLUME: u64 = 100_000;

/// Layout steps that only these tests know: rows are changed, a table is made and another one grows.
pub const NEWER_LAYOUT: [&str; 2] = [
    "ALTER TABLE patient ADD COLUMN torture TEXT NOT NULL DEFAULT ''; UPDATE patient SET torture = code;",
    "CREATE TABLE torture (photo INTEGER NOT NULL) STRICT; INSERT INTO torture SELECT id FROM photo;",
];

/// Why a step was not done.
#[derive(Debug)]
#[expect(dead_code, reason = "said in the message of a failed test")]
pub enum Failure {
    Vault(VaultError),
    Backup(BackupError),
}

impl From<VaultError> for Failure {
    fn from(error: VaultError) -> Self {
        Self::Vault(error)
    }
}

impl From<BackupError> for Failure {
    fn from(error: BackupError) -> Self {
        Self::Backup(error)
    }
}

pub type Done = Result<(), Failure>;

/// A run of a scenario.
pub struct World {
    pub folder: PathBuf,
    login: &'static str,
    phrase: &'static str,
    pub vault: Option<Vault>,
    tray: Vec<TrayId>,
}

impl World {
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), login: "anna", phrase: "one", vault: None, tray: Vec::new() }
    }

    pub fn dest(&self) -> PathBuf {
        self.folder.join(BACKUPS)
    }

    /// The vault, opened by whoever's turn it is.
    pub fn vault(&mut self) -> Result<Vault, VaultError> {
        if self.vault.is_none() {
            let phrase = Passphrase::new(self.phrase);
            let vault = Vault::open(&self.folder.join(VAULT), self.login, &phrase, now())?;
            vault.close_volumes_at(VOLUME);
            self.vault = Some(vault);
        }
        self.vault.clone().ok_or(VaultError::NotFound)
    }

    #[expect(clippy::unnecessary_wraps, reason = "a step like the others")]
    fn close(&mut self) -> Done {
        self.vault = None;
        Ok(())
    }

    fn receive(&mut self, seed: u64, length: usize) -> Done {
        let item = receive(&self.vault()?, seed, length)?;
        self.tray.push(item);
        Ok(())
    }

    fn file(&mut self, which: &[usize], session: i64, view: i64) -> Done {
        let to = Filing {
            session: SessionId(session),
            view: Some(ViewId(view)),
            slot: Slot::Primary,
            phase: Phase::BeforeTreatment,
        };
        let items: Vec<TrayId> = which.iter().map(|&n| self.tray[n]).collect();
        self.vault()?
            .transact(Op::FilePhotos, now(), |tx| items.iter().try_for_each(|&item| tx.file(item, to).map(drop)))?;
        Ok(())
    }

    fn change(&mut self, op: Op, work: impl FnOnce(&crate::vault::Tx<'_>) -> Result<(), VaultError>) -> Done {
        Ok(self.vault()?.transact(op, now(), work)?)
    }

    fn erase(&mut self, patient: i64) -> Done {
        let passphrase = Passphrase::new(self.phrase);
        let erased = self.vault()?.erase_patient(
            PatientId(patient),
            "asked for in writing",
            &passphrase,
            now(),
            &Progress::silent(),
        )?;
        // What is left over is done by the next opening.
        erased.unfinished.map_or(Ok(()), |error| Err(error.into()))
    }

    fn undo(&mut self) -> Done {
        let _op = self.vault()?.undo(now())?;
        Ok(())
    }

    fn back_up(&mut self, on: u32) -> Done {
        let policy = Policy { days: 2, weeks: 0, months: 0 };
        let (vault, dest) = (self.vault()?, self.dest());
        let outcome = backup::snapshot_keeping(policy, &vault, &dest, Now::fixed(day(on)), &Progress::silent())?;
        assert!(outcome.damaged.is_empty(), "{outcome:?}");
        if outcome.unremembered {
            return Err(VaultError::DiskFull.into());
        }
        Ok(())
    }
}

/// Brings a photo into the tray.
pub fn receive(vault: &Vault, seed: u64, length: usize) -> Result<TrayId, VaultError> {
    let facts = CaptureFacts { iso: Some(seed as u32), ..CaptureFacts::default() };
    let (bytes, name) = (photo(seed, length), format!("IMG_{seed}.JPG"));
    vault.receive(&Incoming { bytes: &bytes, file_name: &name, facts: &facts, size: Size::new(60, 40) }, now())
}

type Step = (&'static str, fn(&mut World) -> Done);

/// One kind of work.
pub struct Scenario {
    pub name: &'static str,
    /// What is there before the first step; never disturbed.
    begin: fn(&mut World) -> Done,
    pub steps: &'static [Step],
    /// Whether a state between two steps is one of those that are meant to be: before, after, found.
    pub halfway: fn(&[String], &[String], &[String]) -> bool,
}

impl Scenario {
    pub fn named(name: &str) -> &'static Self {
        ALL.iter().find(|scenario| scenario.name == name).expect("a scenario")
    }

    /// A folder as it is before the first step.
    pub fn prepare(&self, folder: &Path) {
        let mut world = World::new(folder);
        (self.begin)(&mut world).expect("prepared");
    }

    /// Whatever opens the vault here, opens it so.
    pub fn within<T>(&self, work: impl FnOnce() -> T) -> T {
        let steps: &[&str] = if self.name == "migrating" { &NEWER_LAYOUT } else { &[] };
        with_layout_steps(steps, work)
    }
}

pub const ALL: &[Scenario] = &[CREATING, FILING, KEYS, BACKING_UP, MIGRATING, LOOKING, SAVING, ERASING, RECOVERING];

const CREATING: Scenario = Scenario {
    name: "creating",
    begin: |_| Ok(()),
    steps: &[
        ("create", |world| {
            world.vault = Some(create(world)?);
            Ok(())
        }),
        ("receive", |world| world.receive(1, 30_000)),
        ("close", World::close),
    ],
    halfway: |_, _, _| false,
};

const FILING: Scenario = Scenario {
    name: "filing",
    begin: with_a_vault,
    steps: &[
        ("open", |world| world.vault().map(drop).map_err(Into::into)),
        ("add a patient", |world| world.change(Op::AddPatient, |tx| tx.add_patient(&person("P-1")).map(drop))),
        ("add a series", |world| world.change(Op::AddSeries, |tx| tx.add_series(&series()).map(drop))),
        ("add a session", |world| {
            world.change(Op::AddSession, |tx| tx.add_session(SeriesId(1), day(1), SessionKind::Treatment).map(drop))
        }),
        ("receive", |world| world.receive(1, 30_000)),
        ("receive", |world| world.receive(2, 40_000)),
        ("receive", |world| world.receive(3, 50_000)),
        ("file two", |world| world.file(&[0, 1], 1, 1)),
        ("undo", World::undo),
        ("file two others", |world| world.file(&[0, 2], 1, 2)),
        ("consent", |world| world.change(Op::RecordConsent, |tx| tx.add_consent(&consent()).map(drop))),
        ("move", |world| {
            let to = Filing {
                session: SessionId(1),
                view: Some(ViewId(1)),
                slot: Slot::Primary,
                phase: Phase::BeforeTreatment,
            };
            let moved = world.vault()?.board(SeriesId(1))?.photos.first().map_or(PhotoId(0), |photo| photo.id);
            world.change(Op::MovePhoto, |tx| tx.move_photo(moved, to))
        }),
        ("edit", |world| world.change(Op::EditPatient, |tx| tx.edit_patient(PatientId(1), &person("P-1b")))),
        ("receive into a new volume", |world| world.receive(4, 150_000)),
        ("receive into the next", |world| world.receive(5, 20_000)),
        ("close", World::close),
        ("open and receive", |world| world.receive(6, 60_000)),
        ("file with a new session", |world| {
            let items = [world.tray[3], world.tray[4]];
            world.change(Op::FilePhotos, |tx| {
                let session = tx.add_session(SeriesId(1), day(9), SessionKind::Treatment)?;
                let to = Filing { session, view: None, slot: Slot::Alternate, phase: Phase::NoTreatment };
                items.iter().try_for_each(|&item| tx.file(item, to).map(drop))
            })
        }),
        ("undo", World::undo),
        ("undo", World::undo),
        ("look", |world| Ok(world.vault()?.open_patient_page(PatientId(1), now())?)),
        ("close", World::close),
    ],
    halfway: |_, _, _| false,
};

const KEYS: Scenario = Scenario {
    name: "keys",
    begin: with_a_vault,
    steps: &[
        ("receive", |world| world.receive(1, 30_000)),
        ("change the passphrase", |world| {
            let (old, new) = (Passphrase::new("one"), Passphrase::new("two"));
            world.vault()?.change_passphrase(Some(&old), &new, KdfCost::TESTS, now())?;
            world.phrase = "two";
            Ok(())
        }),
        ("receive", |world| world.receive(2, 30_000)),
        ("add a user", |world| {
            let bert = Passphrase::new("b");
            Ok(world.vault()?.add_user("bert", Role::Viewer, &bert, KdfCost::TESTS, now()).map(drop)?)
        }),
        ("another code", |world| Ok(world.vault()?.replace_recovery_code(KdfCost::TESTS, now()).map(drop)?)),
        ("another role", |world| Ok(world.vault()?.set_role(UserId(2), Role::Clinician, now())?)),
        ("disable a user", |world| Ok(world.vault()?.disable_user(UserId(2), now())?)),
        ("receive", |world| world.receive(3, 30_000)),
        ("close", World::close),
        ("add another", |world| {
            let cleo = Passphrase::new("c");
            Ok(world.vault()?.add_user("cleo", Role::Assistant, &cleo, KdfCost::TESTS, now()).map(drop)?)
        }),
        ("disable that one", |world| Ok(world.vault()?.disable_user(UserId(3), now())?)),
        ("close", World::close),
    ],
    // A change of keys that was taken back stays in the audit, beside the row that says so.
    halfway: |before, after, found| {
        let mut less = found.to_vec();
        let said = after.iter().rev().find(|line| line.starts_with("audit "));
        let Some(at) = said.and_then(|said| less.iter().rposition(|line| line == said)) else { return false };
        let _row = less.remove(at);
        less == before
    },
};

const BACKING_UP: Scenario = Scenario {
    name: "backing up",
    begin: |world| {
        with_a_vault(world)?;
        (1..4).try_for_each(|seed| world.receive(seed, 60_000))?;
        world.close()
    },
    steps: &[
        ("back up", |world| world.back_up(3)),
        ("receive", |world| world.receive(4, 60_000)),
        ("back up again", |world| world.back_up(4)),
        ("change the passphrase", |world| {
            let (old, new) = (Passphrase::new("one"), Passphrase::new("two"));
            Ok(world.vault()?.change_passphrase(Some(&old), &new, KdfCost::TESTS, now())?)
        }),
        ("back up a third time, the first goes", |world| world.back_up(5)),
    ],
    // A backup is complete before the vault remembers it, and what it replaces goes after both. A change of keys as above.
    halfway: |before, after, found| {
        let parted = |state: &[String]| -> (Vec<String>, Vec<String>) {
            state.iter().cloned().partition(|line| line.starts_with(super::state::BACKUP))
        };
        let ((made_before, before), (made_after, after)) = (parted(before), parted(after));
        let (made, records) = parted(found);
        let either = |line: &String| made_before.contains(line) || made_after.contains(line);
        let kept = made_before.iter().filter(|line| made_after.contains(line)).all(|line| made.contains(line));
        let known = records == before || records == after || (KEYS.halfway)(&before, &after, &records);
        let newest = made_after.first().is_none_or(|newest| made.contains(newest));
        known && kept && made.iter().all(either) && (newest || (made == made_before && records != after))
    },
};

/// A whole verification, which says whether there was room to remember it.
fn verify(world: &mut World) -> Done {
    let vault = world.vault()?;
    let report = vault.check(&CheckRequest::default(), now(), &Progress::silent())?;
    assert_eq!(report.findings, [], "the verification");
    assert_eq!((report.unremembered, report.checked), (vault.findings().disk_full, report.originals));
    assert_eq!(report.sentence().contains("the vault does not remember it"), report.unremembered);
    Ok(())
}

/// Opens the vault, which says it when the disk is full.
fn open_for_looking(world: &mut World) -> Done {
    let vault = world.vault()?;
    let said = vault.findings().sentences();
    let promise = "can be looked at and backed up to another disk";
    assert_eq!(said.iter().any(|said| said.contains(promise)), vault.findings().disk_full, "{said:?}");
    Ok(())
}

/// What must go on where nothing can be written.
const LOOKING: Scenario = Scenario {
    name: "looking",
    begin: MIGRATING.begin,
    steps: &[
        ("open", open_for_looking),
        ("look at all originals", |world| {
            assert!(!super::state::of(&world.vault()?, None).is_empty());
            Ok(())
        }),
        ("look at a patient's page", |world| Ok(world.vault()?.open_patient_page(PatientId(1), now())?)),
        ("receive, which a full disk refuses", |world| {
            let vault = world.vault()?;
            if vault.findings().disk_full {
                assert_eq!(receive(&vault, 9, 30_000), Err(VaultError::DiskFull));
            }
            Ok(())
        }),
        ("verify", verify),
        ("close", World::close),
    ],
    // A look that found no room in the audit until the program ended leaves none.
    halfway: |_, after, found| after.iter().filter(|line| !line.starts_with("audit open-patient")).eq(found),
};

/// What must go on where only the vault's own disk is full: the first backup that is ever made of it.
const SAVING: Scenario = Scenario {
    name: "saving",
    begin: MIGRATING.begin,
    steps: &[
        ("open", open_for_looking),
        ("back up to another disk", |world| {
            let (vault, dest) = (world.vault()?, world.dest());
            let made = backup::snapshot(&vault, &dest, now(), &Progress::silent())?;
            assert_eq!((made.damaged.as_slice(), made.unremembered), (&[][..], vault.findings().disk_full));
            assert_eq!(made.sentence().contains("the vault does not remember it"), made.unremembered);
            Ok(())
        }),
        ("verify", verify),
        ("close", World::close),
    ],
    // A backup that the vault had no room to remember is complete all the same.
    halfway: |before, after, found| {
        let forgotten = after.iter().filter(|line| !line.starts_with("audit back-up"));
        let forgotten =
            forgotten.map(|line| if line.starts_with("last backup") { "last backup None" } else { line.as_str() });
        forgotten.eq(found.iter().map(String::as_str)) || (BACKING_UP.halfway)(before, after, found)
    },
};

const MIGRATING: Scenario = Scenario {
    name: "migrating",
    begin: |world| {
        with_a_vault(world)?;
        for (_, step) in &FILING.steps[..12] {
            step(world)?;
        }
        world.close()
    },
    steps: &[
        ("open", |world| world.vault().map(drop).map_err(Into::into)),
        ("receive", |world| world.receive(9, 30_000)),
        ("close", World::close),
    ],
    halfway: |_, _, _| false,
};

/// What destroys files. Others' photos lie beside those that go, and one of the two persons has two records.
const ERASING: Scenario = Scenario {
    name: "erasing",
    begin: |world| {
        with_a_vault(world)?;
        for (n, code) in ["P-1", "P-2", "P-3", "P-4"].into_iter().enumerate() {
            let patient = PatientId(n as i64 + 1);
            world.change(Op::AddPatient, |tx| tx.add_patient(&person(code)).map(drop))?;
            world.change(Op::AddSeries, |tx| tx.add_series(&NewSeries { patient, ..series() }).map(drop))?;
            world.change(Op::AddSession, |tx| {
                tx.add_session(SeriesId(n as i64 + 1), day(1), SessionKind::Treatment).map(drop)
            })?;
            let document = format!("%PDF-1.7 {code}");
            let document = NewAttachment { patient, bytes: document.as_bytes(), file_name: "consent.pdf" };
            world.change(Op::AddAttachment, |tx| tx.add_attachment(&document).map(drop))?;
        }
        (1..8).try_for_each(|seed| world.receive(seed, 40_000))?;
        // The views of a series follow those of the one before it.
        [(0, 1), (1, 2), (2, 4), (3, 1), (4, 3), (5, 4)]
            .into_iter()
            .try_for_each(|(item, series)| world.file(&[item], series, 2 * series - 1))?;
        let merge = Transfer::Patient { keep: PatientId(2), other: PatientId(3) };
        let vault = world.vault()?;
        vault.carry_out(&vault.plan_transfer(merge, day(2))?, now())?;
        world.back_up(2)?;
        world.close()
    },
    steps: &[
        ("open", |world| world.vault().map(drop).map_err(Into::into)),
        ("erase", |world| world.erase(1)),
        ("receive", |world| world.receive(20, 40_000)),
        ("erase somebody with two records", |world| world.erase(2)),
        ("back up, what holds them goes", |world| world.back_up(3)),
        ("close", World::close),
    ],
    // An erasure for which there was no room is taken back, which stays in the audit.
    halfway: |before, after, found| {
        let mut less = found.to_vec();
        while let Some(back) = less.iter().rposition(|line| line.starts_with("audit erasure-taken-back")) {
            let _row = less.remove(back);
            let Some(begun) = less.iter().rposition(|line| line.starts_with("audit erasure-begun")) else {
                return false;
            };
            let _row = less.remove(begun);
        }
        less == before || (BACKING_UP.halfway)(before, after, &less)
    },
};

/// An opening that clears up after a kill, which may be killed itself.
const RECOVERING: Scenario = Scenario {
    name: "recovering",
    begin: |world| {
        with_a_vault(world)?;
        world.receive(1, 30_000)?;
        let vault = world.vault()?;
        for seed in 2..5 {
            let (bytes, facts) = (photo(seed, 30_000), CaptureFacts::default());
            let incoming = Incoming { bytes: &bytes, file_name: "IMG.JPG", facts: &facts, size: Size::new(60, 40) };
            vault.only_announce(&incoming, now())?;
        }
        drop(vault);
        world.close()
    },
    steps: &[
        ("open", |world| world.vault().map(drop).map_err(Into::into)),
        ("receive one of them", |world| world.receive(2, 30_000)),
        ("close", World::close),
    ],
    halfway: |_, _, _| false,
};

fn create(world: &World) -> Result<Vault, VaultError> {
    let vault = Vault::create(&world.folder.join(VAULT), "anna", &Passphrase::new("one"), KdfCost::TESTS, now())?.0;
    vault.close_volumes_at(VOLUME);
    Ok(vault)
}

fn with_a_vault(world: &mut World) -> Done {
    create(world).map(drop).map_err(Into::into)
}

fn person(code: &str) -> NewPatient {
    NewPatient { code: code.into(), given: "Ülle".into(), family: "Mägi".into(), birth: None, fitzpatrick: None }
}

fn series() -> NewSeries {
    let view = |name: &str| NewView {
        name: name.into(),
        area: Area::Face,
        side: Side::Both,
        pose: Pose::Front,
        light: Light::Frontal,
        focal_mm: None,
    };
    NewSeries {
        patient: PatientId(1),
        indications: vec![Indication::Wrinkles],
        areas: vec![Area::Face],
        planned: 3,
        interval_min_days: 28,
        interval_max_days: 42,
        views: vec![view("a"), view("b")],
        predecessor: None,
    }
}

fn consent() -> Consent {
    Consent {
        id: None,
        patient: PatientId(1),
        series: None,
        purpose: Purpose::Website,
        scope: Scope::Region,
        event: ConsentEvent::Granted,
        wording: "1".into(),
        signer: "patient".into(),
        signed: None,
        expires: None,
        at: now().at,
    }
}
