//! An erasure forgets one patient whole, whenever it is interrupted, and nobody else loses anything.

mod interruption;
mod volumes;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::*;
use crate::clock::UtcMillis;
use crate::model::{
    Alignment, AlignmentSource, Answer, Basis, Consent, ConsentEvent, Model, NewAttachment, Purpose, Scope,
};
use crate::progress::Progress;
use crate::vault::erase::Step;
use crate::vault::pool::lock;
use crate::vault::table::blob as blob_table;

/// Bytes after which a volume is closed here: three photos.
const LIMIT: u64 = 90_000;
const REASON: &str = "asked for in writing";

/// What no file may hold afterwards, in whatever table or free space.
const PLANTED: [&str; 10] = [
    "PLANTED-CODE",
    "planted-code",
    "Plantedgiven",
    "plantedgiven",
    "Plantedfamily",
    "plantedfamily",
    "1957-03-09",
    "PLANTED-FILE",
    "Plantedmaiden",
    "plantedmaiden",
];

fn bytes(seed: u64) -> Vec<u8> {
    let mut out = format!("photo {seed} ").into_bytes();
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    while out.len() < 30_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        out.push((state >> 56) as u8);
    }
    out
}

/// A vault in which a patient who is to be erased lies between others in every way.
struct Ward {
    folder: TempDir,
    vault: Vault,
    gone: PatientId,
    /// Of every record of theirs, their own first.
    uids: Vec<crate::model::Uid>,
    /// Photos of others, and their bytes.
    others: Vec<(PhotoId, Vec<u8>)>,
    /// Seeds of the photos that are to go and that nobody else has.
    own: Vec<u64>,
    waiting: TrayId,
}

fn planted() -> NewPatient {
    NewPatient {
        code: "PLANTED-CODE".into(),
        given: "Plantedgiven".into(),
        family: "Plantedfamily".into(),
        birth: Some(Redacted(NaiveDate::from_ymd_opt(1957, 3, 9).expect("a date"))),
        fitzpatrick: None,
    }
}

struct Course {
    patient: PatientId,
    series: SeriesId,
    session: SessionId,
}

fn course(vault: &Vault, who: &NewPatient) -> Course {
    let patient = vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(who)).expect("added");
    let made = vault.transact(Op::AddSeries, now(), |tx| {
        let series = tx.add_series(&series(patient))?;
        Ok((series, tx.add_session(series, day(2), SessionKind::Treatment)?))
    });
    let (series, session) = made.expect("made");
    Course { patient, series, session }
}

impl Course {
    fn cell(&self, vault: &Vault) -> Filing {
        let view = vault.views(self.series).expect("views")[0].id;
        Filing { session: self.session, view: Some(view), slot: Slot::Alternate, phase: Phase::BeforeTreatment }
    }

    fn file(&self, vault: &Vault, bytes: &[u8], name: &str) -> PhotoId {
        let facts = CaptureFacts::default();
        let incoming = Incoming { bytes, file_name: name, facts: &facts, size: Size::new(60, 40) };
        let item = vault.receive(&incoming, now()).expect("received");
        let cell = self.cell(vault);
        vault.transact(Op::FilePhotos, now(), |tx| tx.file(item, cell)).expect("filed")
    }

    fn consent(&self, signer: &str) -> Consent {
        Consent {
            id: None,
            patient: self.patient,
            series: Some(self.series),
            purpose: Purpose::Website,
            scope: Scope::Region,
            event: ConsentEvent::Granted,
            wording: "1".into(),
            signer: signer.into(),
            signed: None,
            expires: None,
            at: UtcMillis(0),
        }
    }
}

/// Records of every kind that hang on a photo and its series.
fn hang(vault: &Vault, course: &Course, photos: [PhotoId; 2], name: &str, file: &str) {
    let view = vault.views(course.series).expect("views")[0].id;
    let frame = vault.transact(Op::SetReference, now(), |tx| tx.set_reference(view, photos[0])).expect("a frame");
    let alignment = Alignment {
        id: None,
        photo: photos[1],
        frame,
        model: Model::Similarity,
        matrix: Some(crate::geom::Matrix3::translation(1.0, 2.0)),
        engine: 1,
        source: AlignmentSource::Automatic,
        answer: Answer::Aligned,
        residual_px: Some(0.4),
        confidence: 0.9,
        why: None,
        basis: Basis::default(),
    };
    let _id = vault.transact(Op::Align, now(), |tx| tx.add_alignment(&alignment)).expect("aligned");
    let document = [b"%PDF-1.7 signed by ", name.as_bytes()].concat();
    let new = NewAttachment { patient: course.patient, bytes: &document, file_name: file };
    let record = |tx: &Tx<'_>| tx.add_consent_with(&course.consent(name), tx.add_attachment(&new)?);
    let _id = vault.transact(Op::RecordConsent, now(), record).expect("recorded");
    let publication = NewPublication {
        series: course.series,
        label_before: "Baseline".into(),
        label_after: "Session 3 of 3".into(),
        before: photos[0],
        after: photos[1],
        laid: None,
        file_hashes: vec![("case-1.jpg".into(), PhotoHash([4; 32]))],
        destination: Redacted("/www".into()),
    };
    vault.transact(Op::Publish, now(), |tx| tx.add_publication(&publication)).expect("published");
    let (series, session) = (course.series.0, course.session.0);
    let [before, after] = photos.map(|photo| photo.0);
    // What has no function of its own here yet.
    lock(&vault.inner.writer)
        .execute_batch(&format!(
            "INSERT INTO grade (before, after, grade, reasons, engine) VALUES ({before}, {after}, 'B', '[]', 1);
             INSERT INTO mark (uid, frame, photo, shape, author, at) VALUES (randomblob(16), {f}, {after}, '{{}}', 1, 0);
             INSERT OR IGNORE INTO session_record (session, record) VALUES ({session}, '{{}}');
             INSERT INTO case_entry (id, uid, series, caption, state)
                VALUES ({series}, randomblob(16), {series}, '{name} after three sessions', 'draft');
             INSERT INTO case_pair (case_entry, ordinal, before, after, scope, alt_text)
                VALUES ({series}, 1, {before}, {after}, 'region', 'x');
             UPDATE publication SET case_entry = {series} WHERE series = {series};",
            f = frame.0
        ))
        .expect("entered");
}

fn ward() -> Ward {
    let (folder, vault) = created();
    vault.close_volumes_at(LIMIT);
    let gone = course(&vault, &planted());
    let kept = course(&vault, &person(2, "Kept"));
    let mut others = Vec::new();
    let mut own = Vec::new();
    for seed in 1..=7 {
        if seed % 3 == 0 {
            others.push((kept.file(&vault, &bytes(seed), "a.jpg"), bytes(seed)));
        } else {
            let _photo = gone.file(&vault, &bytes(seed), "PLANTED-FILE.jpg");
            own.push(seed);
        }
    }
    // The same bytes under both, and once more in the tray.
    let _shared = gone.file(&vault, &bytes(50), "PLANTED-FILE.jpg");
    others.push((kept.file(&vault, &bytes(50), "b.jpg"), bytes(50)));
    let waiting = receive(&vault, &bytes(1)).expect("received");
    others.push((kept.file(&vault, &bytes(60), "c.jpg"), bytes(60)));
    // One change that files both, in one undo.
    let items = [70, 71].map(|seed| receive(&vault, &bytes(seed)).expect("received"));
    let cells = [&gone, &kept].map(|course| course.cell(&vault));
    let mixed =
        vault.transact(Op::FilePhotos, now(), |tx| Ok((tx.file(items[0], cells[0])?, tx.file(items[1], cells[1])?)));
    others.push((mixed.expect("filed").1, bytes(71)));
    own.push(70);
    // One that was theirs, and one that was filed under them and belongs to another now.
    let moved = gone.file(&vault, &bytes(80), "d.jpg");
    let cell = kept.cell(&vault);
    vault.transact(Op::MovePhoto, now(), |tx| tx.move_photo(moved, cell)).expect("moved");
    others.push((moved, bytes(80)));
    let photos = |course: &Course| {
        let board = vault.board(course.series).expect("a board");
        [board.photos[0].id, board.photos[1].id]
    };
    hang(&vault, &gone, photos(&gone), "Plantedgiven Plantedfamily", "PLANTED-FILE.pdf");
    hang(&vault, &kept, photos(&kept), "Kept", "consent.pdf");
    let edit = |tx: &Tx<'_>| tx.edit_patient(gone.patient, &planted());
    vault.transact(Op::EditPatient, now(), edit).expect("edited");
    for seed in [1, 2] {
        vault.put_derived(blob::hash(&bytes(seed)), Derived::Thumbnail, &bytes(seed + 900)).expect("put");
    }
    assert_eq!(vault.patient_count("plantedfamily"), Ok(1));
    vault.keep_draft("Plantedgiven Plantedfamily").expect("kept");
    let uid = vault.patient(gone.patient).expect("a patient").uid;
    Ward { folder, vault, gone: gone.patient, uids: vec![uid], others, own, waiting }
}

/// The same, where who is to be erased has a second record that was merged into the first.
fn merged_ward() -> Ward {
    let mut ward = ward();
    let maiden = NewPatient {
        code: "PLANTED-CODE-2".into(),
        given: "Plantedgiven".into(),
        family: "Plantedmaiden".into(),
        ..planted()
    };
    let other = course(&ward.vault, &maiden);
    for seed in [90, 91, 92] {
        let _photo = other.file(&ward.vault, &bytes(seed), "PLANTED-FILE-2.jpg");
        ward.own.push(seed);
    }
    ward.uids.push(ward.vault.patient(other.patient).expect("a patient").uid);
    let merge = Transfer::Patient { keep: ward.gone, other: other.patient };
    let plan = ward.vault.plan_transfer(merge, day(20)).expect("looked at");
    ward.vault.carry_out(&plan, now()).expect("merged");
    ward
}

/// The files of a vault as they lie on the disk in this moment, as after a kill.
fn image(of: &Path) -> TempDir {
    let to = tempfile::tempdir().expect("a folder");
    for entry in fs::read_dir(of).expect("listed") {
        let entry = entry.expect("an entry");
        let _bytes = fs::copy(entry.path(), to.path().join(entry.file_name())).expect("copied");
    }
    to
}

/// Every page of every database of a vault, decrypted.
fn plain(vault: &Vault) -> BTreeMap<String, Vec<u8>> {
    let mut sources = vec![vault.inner.readers.source(), vault.inner.derived.readers().source()];
    for volume in vault.inner.readers.read(blob_table::present).expect("volumes") {
        let key = vault.inner.readers.read(|conn| blob_table::volume_key(conn, volume.id)).expect("a key");
        sources.push(vault.inner.volumes.source(volume.id, key));
    }
    let pages = |conn: &Connection| conn.serialize("main").expect("pages").to_vec();
    let name = |path: &PathBuf| path.file_name().expect("a name").to_string_lossy().into_owned();
    sources.iter().map(|s| (name(&s.path), pages(&s.reader().expect("opened")))).collect()
}

fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

impl Ward {
    fn erase(&self, at: &mut dyn FnMut(Step)) -> Result<Erased> {
        self.vault.erase_by_steps(self.gone, REASON, now(), &Progress::silent(), at)
    }

    /// Everybody else is whole, and nothing is left of who was erased.
    fn is_forgotten_in(&self, vault: &Vault) {
        assert_eq!(vault.patient(self.gone).map(|_| ()), Err(VaultError::NotFound));
        assert_eq!((vault.patient_count("plantedfamily"), vault.patient_count("kept")), (Ok(0), Ok(1)));
        assert_eq!(vault.unfinished_erasures(), Ok(vec![]));
        assert_eq!(vault.erased().expect("asked").iter().map(|t| t.uid).collect::<Vec<_>>(), self.uids);
        self.others_are_whole_in(vault);
        let report = vault.check(&CheckRequest::default(), now(), &Progress::silent()).expect("checked");
        assert_eq!((report.findings, report.originals), (vec![], self.others.len() as u64 + 1));
        let pages = plain(vault);
        for (file, pages) in &pages {
            for needle in PLANTED {
                assert!(!holds(pages, needle.as_bytes()), "{needle} in {file}");
            }
            // The tray still has the bytes of the first one, and its picture.
            for seed in self.own.iter().filter(|seed| **seed != 1) {
                let bytes = bytes(*seed);
                for from in [0, 5_000, 29_900] {
                    assert!(!holds(pages, &bytes[from..from + 60]), "photo {seed} in {file}");
                }
            }
            assert!(!holds(pages, &bytes(902)[100..160]), "a derived picture in {file}");
        }
        let mut there: Vec<String> = fs::read_dir(vault.dir())
            .expect("listed")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .filter(|name| Path::new(name).extension().is_some_and(|extension| extension == "db"))
            .collect();
        there.sort();
        assert_eq!(there, pages.into_keys().collect::<Vec<_>>(), "no file but those that are in use");
        assert!(matches!(vault.check_audit(), Ok(AuditCheck::Whole { .. })));
    }

    fn others_are_whole_in(&self, vault: &Vault) {
        for (photo, bytes) in &self.others {
            assert_eq!(&vault.original(*photo).expect("read"), bytes);
        }
        assert_eq!(vault.tray_original(self.waiting).expect("read"), bytes(1));
    }

    fn opened(&self, folder: &Path) -> Vault {
        assert_ne!(folder, self.folder.path(), "that one is open");
        Vault::open_by(folder, &Secret::Passphrase("anna", &secret()), LIMIT, now()).expect("opened")
    }
}

#[test]
fn an_erased_patient_is_nowhere_and_everybody_else_is_whole() {
    let ward = ward();
    let before = plain(&ward.vault);
    for needle in ["PLANTED-CODE", "Plantedfamily", "plantedgiven", "1957-03-09", "PLANTED-FILE"] {
        assert!(holds(&before["catalog.db"], needle.as_bytes()), "the scan sees {needle} before");
    }
    let found = ward.own.iter().filter(|seed| before.values().any(|pages| holds(pages, &bytes(**seed)[..60])));
    assert_eq!(found.count(), ward.own.len(), "the scan sees the photos before");
    let erased = ward.erase(&mut |_| {}).expect("erased");
    assert_eq!((erased.originals, erased.kept_elsewhere, erased.in_tray, erased.published), (7, 1, 1, 1));
    assert!(erased.moved >= 3);
    assert_eq!((erased.waiting, erased.unfinished), (vec![], None));
    ward.is_forgotten_in(&ward.vault);
    let name = |seed| blob::hash(&bytes(seed));
    assert_eq!(ward.vault.derived(name(2), Derived::Thumbnail), Ok(None));
    assert!(ward.vault.derived(name(1), Derived::Thumbnail).expect("asked").is_some(), "the tray has that one still");
    ward.vault.put_derived(name(2), Derived::Preview, b"late").expect("dropped");
    assert_eq!(ward.vault.derived(name(2), Derived::Preview), Ok(None), "what was computed meanwhile is not kept");
    let log = ward.vault.dir().join("catalog.db-wal");
    let sealed = fs::metadata(&log).map_or(0, |log| log.len());
    assert!(sealed < 200_000, "only what came after the log was emptied: {sealed}");
    let folder = image(ward.vault.dir());
    drop(ward.opened(folder.path()));
}

#[test]
fn every_undo_that_mentions_the_patient_is_gone_and_the_others_stay() {
    let ward = ward();
    let later = course(&ward.vault, &person(9, "Later"));
    let own = later.file(&ward.vault, b"later", "l.jpg");
    let conn =
        |sql: &str| -> i64 { lock(&ward.vault.inner.writer).query_row(sql, [], |row| row.get(0)).expect("read") };
    let planted = "SELECT count(*) FROM undo_change WHERE instr(before || ' ' || after, hex('Plantedfamily')) > 0
        OR instr(coalesce(before, after), hex('Plantedfamily')) > 0 OR instr(coalesce(after, before), hex('PLANTED-FILE')) > 0";
    assert!(conn(planted) > 0);
    assert_eq!(conn("SELECT count(*) FROM undo_entry WHERE op = 'move-photo'"), 1);
    let entries = conn("SELECT count(*) FROM undo_entry");
    let _erased = ward.erase(&mut |_| {}).expect("erased");
    assert_eq!(conn(planted), 0);
    // A photo that left them: its row is another's now, and what it was says whose it had been.
    assert_eq!(conn("SELECT count(*) FROM undo_entry WHERE op = 'move-photo'"), 0);
    let left = conn("SELECT count(*) FROM undo_entry");
    assert!(left > 3 && left < entries, "{left} of {entries}");
    assert_eq!(conn("SELECT count(*) FROM undo_change WHERE entry NOT IN (SELECT id FROM undo_entry)"), 0);
    // The newest change is another's: it can still be taken back.
    assert_eq!(ward.vault.undo(now()), Ok(Op::FilePhotos));
    assert_eq!(ward.vault.photo(own).map(|_| ()), Err(VaultError::NotFound));
    ward.others_are_whole_in(&ward.vault);
}

#[test]
fn the_ledger_keeps_its_values_and_the_audit_names_nobody() {
    let ward = ward();
    let _erased = ward.erase(&mut |_| {}).expect("erased");
    let conn = lock(&ward.vault.inner.writer);
    let mut statement = conn
        .prepare("SELECT series IS NULL, case_entry IS NULL, before IS NULL, after IS NULL, label_after, length(before_hash) FROM publication ORDER BY id")
        .expect("prepared");
    let ledger: Vec<(bool, bool, bool, bool, String, i64)> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?)))
        .expect("queried")
        .map(|row| row.expect("a row"))
        .collect();
    let label = || "Session 3 of 3".to_owned();
    assert_eq!(ledger, [(true, true, true, true, label(), 32), (false, false, false, false, label(), 32)]);
    drop(statement);
    let tombstone: (i64, String, bool) = conn
        .query_row("SELECT patient, reason, finished IS NOT NULL FROM erasure", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .expect("a tombstone");
    assert_eq!(tombstone, (ward.gone.0, REASON.to_owned(), true));
    drop(conn);
    let audit = ward.vault.audit(3).expect("the audit");
    let ops: Vec<&str> = audit.iter().map(|row| row.op.as_str()).collect();
    assert_eq!(ops, ["erasure-finished", "erase", "erasure-begun"]);
    assert!(audit[1].subject.contains(&format!("\"patient\":[{}]", ward.gone.0)), "{}", audit[1].subject);
    assert!(audit.iter().all(|row| !row.subject.contains("lanted")));
}

#[test]
fn an_erasure_needs_an_owner_a_passphrase_and_a_reason_that_names_nobody() {
    let ward = ward();
    let erase = |reason: &str, passphrase: &str| {
        let passphrase = Passphrase::new(passphrase);
        ward.vault.erase_patient(ward.gone, reason, &passphrase, now(), &Progress::silent()).map(|_| ())
    };
    assert_eq!(erase(REASON, "wrong"), Err(VaultError::WrongPassphrase));
    for reason in ["", "  ", "asked by Ms plantedFAMILY", "PLANTED-CODE asked", "born 9.3.1957", "1957-03-09"] {
        assert!(matches!(erase(reason, "secret"), Err(VaultError::Refused(_))), "{reason}");
    }
    assert_eq!(ward.vault.erasures(), Ok(vec![]));
    assert_eq!(
        ward.vault.transact(Op::Erase, now(), |_| Ok(())),
        Err(VaultError::Refused("users, keys and the undo go their own way"))
    );
    assert_eq!(erase(REASON, "secret"), Ok(()));
    assert_eq!(erase(REASON, "secret"), Err(VaultError::NotFound));
}

#[test]
fn a_reason_that_names_one_of_their_records_erases_none_of_them() {
    let ward = merged_ward();
    for reason in ["asked by Ms Plantedmaiden", "asked by Ms Plantedfamily", "file PLANTED-CODE-2"] {
        let refused = ward.vault.erase_by_steps(ward.gone, reason, now(), &Progress::silent(), &mut |_| {});
        assert!(matches!(refused, Err(VaultError::Refused(_))), "{reason}");
    }
    assert_eq!((ward.vault.erasures(), ward.vault.patient_count("plantedfamily")), (Ok(vec![]), Ok(1)));
    assert_eq!(ward.vault.audit(1).expect("the audit")[0].op, Op::MergePatients.key(), "nothing was begun");
    let erased = ward.erase(&mut |_| {}).expect("erased");
    assert_eq!(erased.tombstones.iter().map(|t| t.uid).collect::<Vec<_>>(), ward.uids);
    assert_eq!((erased.originals, erased.unfinished.clone()), (10, None));
    ward.is_forgotten_in(&ward.vault);
}
