//! Making a change again that was undone, and when that is refused.

use diptych::model::*;
use diptych::vault::{AuditCheck, Filing, KdfCost, Op, Passphrase, Role, Transfer, Tx, Vault, VaultError};

use super::{Clinic, chart, clinic, day, file, now, person, photo_bytes, receive};

fn refusal(result: Result<Op, VaultError>) -> &'static str {
    match result {
        Err(VaultError::RedoRefused(why) | VaultError::UndoRefused(why)) => why,
        other => panic!("{other:?}"),
    }
}

/// The same vault, opened by somebody else; they are added before.
fn as_ben(clinic: Clinic, work: impl FnOnce(&Vault)) -> Clinic {
    let phrase = Passphrase::new("ben's own");
    let _id = clinic.vault.add_user("ben", Role::Clinician, &phrase, KdfCost::TESTS, now()).expect("added");
    let Clinic { vault, code, folder } = clinic;
    let dir = vault.dir().to_owned();
    drop(vault);
    let bens = Vault::open(&dir, "ben", &phrase, now()).expect("opened");
    work(&bens);
    drop(bens);
    let vault = Vault::open(&dir, "anna", &super::secret(), now()).expect("opened");
    Clinic { vault, code, folder }
}

#[test]
fn a_redone_filing_takes_its_photos_out_of_the_tray_as_they_were_filed() {
    let clinic = clinic();
    let chart = chart(&clinic.vault, "1");
    let originals = [photo_bytes(1, 4000), photo_bytes(2, 5000)];
    let items = originals.each_ref().map(|bytes| receive(&clinic.vault, bytes));
    let second = Filing { view: None, slot: Slot::Alternate, ..chart.cell() };
    let filing = |tx: &Tx<'_>| Ok([tx.file(items[0], chart.cell())?, tx.file(items[1], second)?]);
    let photos = clinic.vault.transact(Op::FilePhotos, now(), filing).expect("filed");
    let filed = photos.map(|id| clinic.vault.photo(id).expect("a photo"));
    assert_eq!(clinic.vault.next_redoable(), Ok(None));
    assert_eq!(clinic.vault.undo(now()), Ok(Op::FilePhotos));
    assert_eq!(clinic.vault.tray().expect("tray").len(), 2);
    let clinic = clinic.reopened();
    let next = clinic.vault.next_redoable().expect("asked").expect("a change");
    assert_eq!(next.words(), "Filing of 2 photos");
    assert_eq!(clinic.vault.redo_expected(next.id, now()), Ok(next));
    assert!(clinic.vault.tray().expect("tray").is_empty());
    assert_eq!(photos.map(|id| clinic.vault.photo(id).expect("a photo")), filed);
    for (photo, bytes) in photos.iter().zip(&originals) {
        assert_eq!(&clinic.vault.original(*photo).expect("read"), bytes);
    }
    assert_eq!(refusal(clinic.vault.redo(now())), "there is nothing to redo");
    assert_eq!(clinic.vault.undo(now()), Ok(Op::FilePhotos), "and it can be undone once more");
}

#[test]
fn only_another_change_of_the_same_person_ends_what_can_be_redone() {
    let clinic = clinic();
    let chart = chart(&clinic.vault, "1");
    let _photo = file(&clinic.vault, receive(&clinic.vault, &photo_bytes(1, 400)), chart.cell());
    assert_eq!(clinic.vault.undo(now()), Ok(Op::FilePhotos));
    let _item = receive(&clinic.vault, &photo_bytes(2, 400));
    let consent = super::records::consent(chart.patient, ConsentEvent::Granted);
    let _id = clinic.vault.transact(Op::RecordConsent, now(), |tx| tx.add_consent(&consent)).expect("recorded");
    let add = |vault: &Vault, code: &str| {
        vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&person(code, "A", "B"))).expect("added")
    };
    let clinic = as_ben(clinic, |bens| {
        assert_eq!(bens.next_redoable(), Ok(None), "nobody redoes what somebody else undid");
        let _patient = add(bens, "2");
    });
    let next = clinic.vault.next_redoable().expect("asked").expect("still there");
    let _patient = add(&clinic.vault, "3");
    assert_eq!(clinic.vault.next_redoable(), Ok(None));
    assert_eq!(refusal(clinic.vault.redo(now())), "there is nothing to redo");
    assert_eq!(clinic.vault.redo_expected(next.id, now()), Err(VaultError::RedoOutdated));
}

#[test]
fn a_photo_that_somebody_filed_meanwhile_is_not_filed_again_by_a_redo() {
    let clinic = clinic();
    let (one, two) = (chart(&clinic.vault, "1"), chart(&clinic.vault, "2"));
    let item = receive(&clinic.vault, &photo_bytes(1, 400));
    let photo = file(&clinic.vault, item, one.cell());
    assert_eq!(clinic.vault.undo(now()), Ok(Op::FilePhotos));
    let clinic = as_ben(clinic, |bens| {
        let _photo = file(bens, item, two.cell());
    });
    let (rows, generation) = (clinic.vault.audit(100), clinic.vault.generation());
    assert_eq!(refusal(clinic.vault.redo(now())), "it was changed again since");
    assert_eq!((clinic.vault.audit(100), clinic.vault.generation()), (rows, generation), "nothing was changed");
    assert_eq!(clinic.vault.photo(photo), Err(VaultError::NotFound));
    assert_eq!(clinic.vault.board(two.series).expect("board").photos.len(), 1);
}

fn carry_session(vault: &Vault, session: SessionId, to: SeriesId) {
    let plan = vault.plan_transfer(Transfer::Session { session, to }, now().today).expect("allowed");
    vault.carry_out(&plan, now()).expect("moved");
}

#[test]
fn a_redo_never_files_a_photo_into_a_session_that_is_another_patients_by_now() {
    let clinic = clinic();
    let (one, two) = (chart(&clinic.vault, "1"), chart(&clinic.vault, "2"));
    let to = Filing { view: None, ..one.cell() };
    let _photo = file(&clinic.vault, receive(&clinic.vault, &photo_bytes(1, 400)), to);
    assert_eq!(clinic.vault.undo(now()), Ok(Op::FilePhotos));
    let clinic = as_ben(clinic, |bens| carry_session(bens, one.session, two.series));
    assert_eq!(refusal(clinic.vault.redo(now())), "something that came later depends on it");
    assert_eq!(clinic.vault.tray().expect("tray").len(), 1, "it stays in the tray");
}

#[test]
fn an_undo_never_moves_a_photo_back_into_a_session_that_is_another_patients_by_now() {
    let clinic = clinic();
    let (one, two) = (chart(&clinic.vault, "1"), chart(&clinic.vault, "2"));
    let to = Filing { view: None, ..one.cell() };
    let photo = file(&clinic.vault, receive(&clinic.vault, &photo_bytes(1, 400)), to);
    let add = |tx: &Tx<'_>| tx.add_session(one.series, day(2026, 2, 14), SessionKind::Treatment);
    let session = clinic.vault.transact(Op::AddSession, now(), add).expect("a session");
    let away = Filing { session, ..to };
    clinic.vault.transact(Op::MovePhoto, now(), |tx| tx.move_photo(photo, away)).expect("moved");
    let clinic = as_ben(clinic, |bens| carry_session(bens, one.session, two.series));
    assert_eq!(refusal(clinic.vault.undo(now())), "something that came later depends on it");
    let photo = clinic.vault.photo(photo).expect("a photo");
    assert_eq!((photo.patient, photo.session), (one.patient, session));
}

#[test]
fn the_audit_names_what_was_undone_and_redone() {
    let clinic = clinic();
    let _patient =
        clinic.vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&person("1", "A", "B"))).expect("added");
    let seq = clinic.vault.audit(1).expect("audit")[0].seq;
    let steps = [clinic.vault.undo(now()), clinic.vault.redo(now()), clinic.vault.undo(now())];
    assert_eq!(steps, [Ok(Op::AddPatient), Ok(Op::AddPatient), Ok(Op::AddPatient)]);
    let rows = clinic.vault.audit(3).expect("audit");
    let said: Vec<(&str, serde_json::Value)> =
        (rows.iter()).map(|row| (row.op.as_str(), serde_json::from_str(&row.subject).expect("JSON"))).collect();
    assert_eq!(said.iter().map(|(op, _)| *op).collect::<Vec<_>>(), ["undo", "redo", "undo"]);
    assert_eq!((&said[1].1["redoes"], &said[1].1["added"]["patient"][0]), (&seq.into(), &1.into()));
    assert_eq!((&said[0].1["undoes"], &said[2].1["undoes"]), (&seq.into(), &seq.into()));
    assert!(matches!(clinic.vault.check_audit(), Ok(AuditCheck::Whole { .. })));
}

#[test]
fn what_was_undone_last_is_redone_first() {
    let clinic = clinic();
    let _chart = chart(&clinic.vault, "1");
    let back = [Op::AddSession, Op::AddSeries, Op::AddPatient];
    assert_eq!(back.map(|_| clinic.vault.undo(now())), back.map(Ok));
    let clinic = clinic.reopened();
    let again = [Op::AddPatient, Op::AddSeries, Op::AddSession];
    assert_eq!(again.map(|_| clinic.vault.redo(now())), again.map(Ok));
    assert_eq!(clinic.vault.patient_count("mägi"), Ok(1));
}
