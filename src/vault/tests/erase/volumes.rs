//! What else lies in the volumes an erasure replaces: moved, damaged, missing, left over, without a record.

use super::*;

#[test]
fn a_photo_that_changes_hands_while_volumes_are_copied_is_kept() {
    let ward = ward();
    let photos = |patient| {
        let series = ward.vault.series_of(patient).expect("series")[0].id;
        ward.vault.board(series).expect("a board")
    };
    let board = photos(ward.gone);
    let changed = board.photos.iter().find(|p| p.hash == blob::hash(&bytes(5))).expect("one of theirs").id;
    let kept = ward.vault.photo(ward.others[0].0).expect("a photo");
    let to = Filing { session: kept.session, view: None, slot: Slot::Alternate, phase: Phase::BeforeTreatment };
    let mut moved = false;
    let _erased = ward
        .erase(&mut |step| {
            if step == Step::Copied && !moved {
                moved = true;
                ward.vault.transact(Op::MovePhoto, now(), |tx| tx.move_photo(changed, to)).expect("moved");
            }
        })
        .expect("erased");
    assert_eq!(ward.vault.original(changed).expect("read"), bytes(5));
    ward.others_are_whole_in(&ward.vault);
    let report = ward.vault.check(&CheckRequest::default(), now(), &Progress::silent()).expect("checked");
    assert_eq!(report.findings, []);
}

/// Flips one byte of an original of somebody else beside the patient's.
fn damage(ward: &Ward) -> (PathBuf, Vec<u8>, PhotoId) {
    let place = ward.vault.inner.readers.read(|conn| blob_table::of_photo(conn, ward.others[0].0)).expect("placed");
    let key = ward.vault.inner.readers.read(|conn| blob_table::volume_key(conn, place.volume)).expect("a key");
    let source = ward.vault.inner.volumes.source(place.volume, key);
    pool::empty_log(&source.writer().expect("opened")).expect("settled");
    let whole = fs::read(&source.path).expect("read");
    let mut bytes = whole.clone();
    // Somewhere in the pages of its bytes: the third original of its volume is the last.
    let at = bytes.len() - 20_000;
    bytes[at] ^= 1;
    crate::fsx::write_atomic(&source.path, &bytes).expect("damaged");
    ward.vault.inner.volumes.forget(place.volume);
    (source.path, whole, ward.others[0].0)
}

#[test]
fn a_damaged_original_of_somebody_else_lets_the_erasure_wait_and_is_never_lost() {
    let ward = ward();
    let (path, whole, photo) = damage(&ward);
    assert!(matches!(ward.vault.original(photo), Err(VaultError::Damaged(_))), "the damage is where it is meant");
    let erased = ward.erase(&mut |_| {}).expect("the records are free of the patient");
    assert_eq!(erased.waiting.len(), 1);
    assert_eq!(ward.vault.patient_count("plantedfamily"), Ok(0));
    assert!(path.exists(), "the damaged file stays for a repair");
    assert_eq!(ward.vault.unfinished_erasures().expect("asked").len(), 1);
    assert_eq!(ward.vault.erased(), Ok(vec![]), "a backup made now still holds bytes of the patient");
    let folder = image(ward.vault.dir());
    let vault = ward.opened(folder.path());
    assert_eq!(vault.findings().erasures_waiting, 1);
    assert!(vault.findings().sentences().join(" ").contains("erasure"));
    let tray = vault.tray().expect("tray").len();
    drop(vault);
    // Whole again, as after the file was put back.
    crate::fsx::write_atomic(&folder.path().join(path.file_name().expect("a name")), &whole).expect("put back");
    let vault = ward.opened(folder.path());
    assert_eq!((vault.findings(), vault.tray().expect("tray").len()), (&Findings::default(), tray));
    ward.is_forgotten_in(&vault);
}

#[test]
fn a_missing_volume_lets_the_erasure_wait_until_it_is_back() {
    let ward = ward();
    let folder = image(ward.vault.dir());
    let (volume, away) = (folder.path().join("photos-0001.db"), folder.path().join("away"));
    fs::rename(&volume, &away).expect("moved away");
    let vault = ward.opened(folder.path());
    let erased = vault.erase_by_steps(ward.gone, REASON, now(), &Progress::silent(), &mut |_| {}).expect("erased");
    assert_eq!(erased.waiting, [crate::model::VolumeId(1)]);
    drop(vault);
    assert_eq!(ward.opened(folder.path()).findings().erasures_waiting, 1);
    fs::rename(&away, &volume).expect("put back");
    ward.is_forgotten_in(&ward.opened(folder.path()));
}

#[test]
fn copies_that_a_repair_left_behind_go_too() {
    let mut ward = ward();
    let course_of = |patient| {
        let series = ward.vault.series_of(patient).expect("series")[0].id;
        Course { patient, series, session: ward.vault.sessions(series).expect("sessions")[0].id }
    };
    let kept = ward.vault.photo(ward.others[0].0).expect("a photo").patient;
    let (gone, kept) = (course_of(ward.gone), course_of(kept));
    // A volume of its own, in which both have a photo.
    ward.vault.close_volumes_at(1);
    let beside = kept.file(&ward.vault, &bytes(91), "e.jpg");
    ward.vault.close_volumes_at(u64::MAX);
    let moved = gone.file(&ward.vault, &bytes(90), "PLANTED-FILE.jpg");
    let place = |photo| ward.vault.inner.readers.read(|conn| blob_table::of_photo(conn, photo)).expect("placed");
    let shared = place(moved).volume;
    assert_eq!(shared, place(beside).volume);
    // A repair gives the patient's photo another place; the old copy stays where it lay.
    let id = ward.vault.inner.readers.read(|conn| blob_table::of_patient(conn, ward.gone)).expect("originals");
    let id = id.into_iter().find(|(_, at)| at.volume == shared).expect("the one in there").0;
    ward.vault.close_volumes_at(1);
    ward.vault.put_back(&[(id, bytes(90))], now()).expect("repaired");
    assert_ne!(place(moved).volume, shared);
    ward.others.push((beside, bytes(91)));
    ward.own.push(90);
    let _erased = ward.erase(&mut |_| {}).expect("erased");
    assert_ne!(place_of(&ward, beside), shared, "the volume was replaced for the sake of the old copy");
    ward.is_forgotten_in(&ward.vault);
}

fn place_of(ward: &Ward, photo: PhotoId) -> i64 {
    ward.vault.inner.readers.read(|conn| blob_table::of_photo(conn, photo)).expect("placed").volume
}

#[test]
fn bytes_no_record_knows_beside_the_patient_s_are_shown_in_the_tray() {
    let ward = ward();
    let key = ward.vault.inner.readers.read(|conn| blob_table::volume_key(conn, 1)).expect("a key");
    let mut volume = ward.vault.inner.volumes.writer_of(1, key).expect("a volume");
    let _row = blob::store(&mut volume, 4711, b"nobody knows me").expect("stored");
    drop(volume);
    let before = ward.vault.tray().expect("tray").len();
    let _erased = ward.erase(&mut |_| {}).expect("erased");
    let tray = ward.vault.tray().expect("tray");
    assert_eq!(tray.len(), before + 1);
    let found = tray.iter().find(|item| item.length == 15).expect("shown");
    assert_eq!(ward.vault.tray_original(found.id).expect("read"), b"nobody knows me");
    ward.others_are_whole_in(&ward.vault);
}

#[test]
fn whoever_looks_at_a_photo_while_it_is_moved_sees_it() {
    let ward = ward();
    let done = std::sync::atomic::AtomicBool::new(false);
    let looks = std::thread::scope(|scope| {
        let look = || {
            let mut looks = 0;
            while !done.load(std::sync::atomic::Ordering::Acquire) {
                ward.others_are_whole_in(&ward.vault);
                looks += 1;
            }
            looks
        };
        let threads: Vec<_> = (0..2).map(|_| scope.spawn(look)).collect();
        let erased = ward.erase(&mut |_| {});
        // Some more after the last file went.
        ward.others_are_whole_in(&ward.vault);
        done.store(true, std::sync::atomic::Ordering::Release);
        assert!(erased.is_ok());
        threads.into_iter().map(|thread| thread.join().expect("always whole")).sum::<u32>()
    });
    assert!(looks > 1);
}
