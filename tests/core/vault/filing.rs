//! Originals: what comes in comes out, and where it is filed meanwhile.

use diptych::model::*;
use diptych::vault::{Derived, Filing, Op, VaultError};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::{chart, clinic, file, now, photo_bytes, receive};

#[test]
fn an_original_comes_out_byte_identical_from_the_tray_and_from_its_cell() {
    let clinic = clinic();
    let chart = chart(&clinic.vault, "1");
    let bytes = photo_bytes(1, 3_500_000);
    let item = receive(&clinic.vault, &bytes);
    assert!(clinic.vault.read_back(item).expect("read back"));
    assert_eq!(clinic.vault.tray_original(item).expect("read"), bytes);
    let photo = file(&clinic.vault, item, chart.cell());
    let clinic = clinic.reopened();
    assert_eq!(clinic.vault.original(photo).expect("read"), bytes);
    let row = clinic.vault.photo(photo).expect("a photo");
    assert_eq!(row.hash.0[..], Sha256::digest(&bytes)[..]);
    assert_eq!((row.length, row.patient, row.session), (3_500_000, chart.patient, chart.session));
    assert_eq!(row.facts, super::facts());
    assert_eq!(row.file_name, "IMG_4711.JPG".into());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    // What goes into the vault comes out byte-identical.
    #[test]
    fn any_bytes_come_out_as_they_came_in(files in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..70_000), 1..4)) {
        let clinic = clinic();
        let items: Vec<TrayId> = files.iter().map(|bytes| receive(&clinic.vault, bytes)).collect();
        for (item, bytes) in items.iter().zip(&files) {
            prop_assert_eq!(&clinic.vault.tray_original(*item).expect("read"), bytes);
        }
    }
}

#[test]
fn the_tray_shows_what_came_in_and_forgets_what_was_filed() {
    let clinic = clinic();
    let chart = chart(&clinic.vault, "1");
    let first = receive(&clinic.vault, &photo_bytes(1, 1000));
    let second = receive(&clinic.vault, &photo_bytes(2, 1000));
    let tray = clinic.vault.tray().expect("tray");
    assert_eq!(tray.iter().map(|item| item.id).collect::<Vec<_>>(), [first, second]);
    let picture = tray[0].picture.as_ref().expect("read");
    assert_eq!((&picture.facts, picture.size), (&super::facts(), diptych::geom::Size::new(4000, 6000)));
    let _photo = file(&clinic.vault, first, chart.cell());
    assert_eq!(clinic.vault.tray().expect("tray").len(), 1);
}

#[test]
fn the_same_bytes_are_in_the_tray_once() {
    let clinic = clinic();
    let bytes = photo_bytes(1, 1000);
    let first = receive(&clinic.vault, &bytes);
    assert_eq!(receive(&clinic.vault, &bytes), first);
    let hash = clinic.vault.tray().expect("tray")[0].hash;
    assert_eq!(clinic.vault.in_tray(hash), Ok(Some(first)));
    assert_eq!(clinic.vault.filed_as(hash), Ok(vec![]));
}

#[test]
fn the_same_bytes_under_two_patients_are_two_filings_and_both_are_named() {
    let clinic = clinic();
    let (one, two) = (chart(&clinic.vault, "1"), chart(&clinic.vault, "2"));
    let bytes = photo_bytes(1, 1000);
    let a = file(&clinic.vault, receive(&clinic.vault, &bytes), one.cell());
    let b = file(&clinic.vault, receive(&clinic.vault, &bytes), two.cell());
    let hash = clinic.vault.photo(a).expect("a photo").hash;
    assert_eq!(clinic.vault.filed_as(hash), Ok(vec![(one.patient, a), (two.patient, b)]));
    assert_eq!(clinic.vault.original(b).expect("read"), bytes);
}

#[test]
fn a_new_primary_photo_makes_the_older_one_of_its_phase_an_alternate() {
    let clinic = clinic();
    let chart = chart(&clinic.vault, "1");
    let first = file(&clinic.vault, receive(&clinic.vault, &photo_bytes(1, 500)), chart.cell());
    let after = Filing { phase: Phase::ImmediatelyAfter, ..chart.cell() };
    let other_phase = file(&clinic.vault, receive(&clinic.vault, &photo_bytes(2, 500)), after);
    let newer = file(&clinic.vault, receive(&clinic.vault, &photo_bytes(3, 500)), chart.cell());
    let slots = [first, other_phase, newer].map(|id| clinic.vault.photo(id).expect("a photo").slot);
    assert_eq!(slots, [Slot::Alternate, Slot::Primary, Slot::Primary]);
}

#[test]
fn nothing_is_filed_into_a_view_of_another_series_or_from_an_empty_tray() {
    let clinic = clinic();
    let (one, two) = (chart(&clinic.vault, "1"), chart(&clinic.vault, "2"));
    let item = receive(&clinic.vault, &photo_bytes(1, 500));
    let wrong = Filing { view: Some(two.view), ..one.cell() };
    let refused = clinic.vault.transact(Op::FilePhotos, now(), |tx| tx.file(item, wrong));
    assert!(matches!(refused, Err(VaultError::Refused(_))), "{refused:?}");
    let missing = clinic.vault.transact(Op::FilePhotos, now(), |tx| tx.file(TrayId(99), one.cell()));
    assert_eq!(missing, Err(VaultError::NotFound));
    assert_eq!(clinic.vault.tray().expect("tray").len(), 1);
}

#[test]
fn a_batch_is_filed_whole_or_not_at_all() {
    let clinic = clinic();
    let chart = chart(&clinic.vault, "1");
    let item = receive(&clinic.vault, &photo_bytes(1, 500));
    let before = clinic.vault.generation();
    let failed = clinic.vault.transact(Op::FilePhotos, now(), |tx| {
        let _photo = tx.file(item, chart.cell())?;
        tx.file(TrayId(99), chart.cell())
    });
    assert_eq!(failed, Err(VaultError::NotFound));
    assert_eq!(clinic.vault.generation(), before);
    assert_eq!(clinic.vault.tray().expect("tray").len(), 1);
    assert!(clinic.vault.board(chart.series).expect("board").photos.is_empty());
}

#[test]
fn a_photo_moves_to_another_patient_with_its_bytes() {
    let clinic = clinic();
    let (one, two) = (chart(&clinic.vault, "1"), chart(&clinic.vault, "2"));
    let bytes = photo_bytes(1, 500);
    let photo = file(&clinic.vault, receive(&clinic.vault, &bytes), one.cell());
    clinic.vault.transact(Op::MovePhoto, now(), |tx| tx.move_photo(photo, two.cell())).expect("moved");
    assert_eq!(clinic.vault.photo(photo).expect("a photo").patient, two.patient);
    assert_eq!(clinic.vault.original(photo).expect("read"), bytes);
}

#[test]
fn derived_pictures_come_back_and_may_be_lost() {
    let clinic = clinic();
    let item = receive(&clinic.vault, &photo_bytes(7, 500));
    let hash = clinic.vault.tray().expect("tray").iter().find(|i| i.id == item).expect("in the tray").hash;
    clinic.vault.put_derived(hash, Derived::Thumbnail, b"old").expect("put");
    clinic.vault.put_derived(hash, Derived::Thumbnail, b"small").expect("put");
    clinic.vault.put_derived(hash, Derived::Preview, b"large").expect("put");
    let clinic = clinic.reopened();
    assert_eq!(clinic.vault.derived(hash, Derived::Thumbnail), Ok(Some(b"small".to_vec())));
    let dir = clinic.vault.dir().to_owned();
    let super::Clinic { vault, code, folder } = clinic;
    drop(vault);
    std::fs::remove_file(dir.join("derived.db")).expect("removed");
    let vault = diptych::vault::Vault::open(&dir, "anna", &super::secret(), now()).expect("opened");
    assert_eq!(vault.derived(hash, Derived::Preview), Ok(None));
    vault.put_derived(hash, Derived::Preview, b"again").expect("put");
    drop(vault);
    diptych::fsx::write_atomic(&dir.join("derived.db"), &vec![0x5a; 40_000]).expect("written");
    let vault = diptych::vault::Vault::open(&dir, "anna", &super::secret(), now()).expect("a damaged one is made anew");
    assert_eq!(vault.derived(hash, Derived::Preview), Ok(None));
    drop((vault, code, folder));
}
