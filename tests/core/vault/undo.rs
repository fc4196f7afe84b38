//! Taking back a change, and when that is refused.

use diptych::geom::Matrix3;
use diptych::model::*;
use diptych::vault::{Filing, Op, Tx, VaultError};

use super::{Chart, chart, clinic, day, file, now, person, photo_bytes, receive, scars};

fn refusal(result: Result<Op, VaultError>) -> &'static str {
    match result {
        Err(VaultError::UndoRefused(why)) => why,
        other => panic!("{other:?}"),
    }
}

fn alignment(photo: PhotoId, frame: FrameId, source: AlignmentSource) -> Alignment {
    Alignment {
        id: None,
        photo,
        frame,
        model: Model::Similarity,
        matrix: Some(Matrix3::similarity(1.01, 0.02, 3.0, -4.0)),
        engine: 1,
        source,
        answer: Answer::Aligned,
        residual_px: Some(0.7),
        confidence: 0.9,
        why: None,
        basis: Basis::default(),
    }
}

#[test]
fn an_undone_filing_puts_its_photos_back_into_the_tray_with_their_bytes() {
    let clinic = clinic();
    let chart = chart(&clinic.vault, "1");
    let originals = [photo_bytes(1, 4000), photo_bytes(2, 5000)];
    let items = originals.each_ref().map(|bytes| receive(&clinic.vault, bytes));
    let before = clinic.vault.tray().expect("tray");
    let second = Filing { view: None, slot: Slot::Alternate, ..chart.cell() };
    let filing = |tx: &Tx<'_>| Ok([tx.file(items[0], chart.cell())?, tx.file(items[1], second)?]);
    let photos = clinic.vault.transact(Op::FilePhotos, now(), filing).expect("filed");
    let clinic = clinic.reopened();
    assert_eq!(clinic.vault.last_undoable().expect("asked").map(|entry| entry.op), Some(Op::FilePhotos));
    assert_eq!(clinic.vault.undo(now()), Ok(Op::FilePhotos));
    assert_eq!(clinic.vault.tray(), Ok(before));
    assert_eq!(clinic.vault.photo(photos[0]), Err(VaultError::NotFound));
    for (item, bytes) in items.iter().zip(&originals) {
        assert_eq!(&clinic.vault.tray_original(*item).expect("read"), bytes);
    }
    let again = file(&clinic.vault, items[0], chart.cell());
    assert!(!photos.contains(&again), "ids are never used again");
}

#[test]
fn computed_alignments_and_frames_do_not_keep_a_filing_from_being_undone() {
    let clinic = clinic();
    let chart = chart(&clinic.vault, "1");
    let photo = file(&clinic.vault, receive(&clinic.vault, &photo_bytes(1, 400)), chart.cell());
    let aligned = clinic.vault.transact(Op::Align, now(), |tx| {
        let frame = tx.set_reference(chart.view, photo)?;
        tx.add_alignment(&alignment(photo, frame, AlignmentSource::Automatic))
    });
    let _id = aligned.expect("aligned");
    assert_eq!(clinic.vault.undo(now()), Ok(Op::FilePhotos));
    let board = clinic.vault.board(chart.series).expect("board");
    assert!(board.frames.is_empty() && board.alignments.is_empty() && board.photos.is_empty());
}

#[test]
fn points_set_by_hand_keep_a_filing_from_being_undone() {
    let clinic = clinic();
    let chart = chart(&clinic.vault, "1");
    let photo = file(&clinic.vault, receive(&clinic.vault, &photo_bytes(1, 400)), chart.cell());
    let aligned = clinic.vault.transact(Op::Align, now(), |tx| {
        let frame = tx.set_reference(chart.view, photo)?;
        tx.add_alignment(&alignment(photo, frame, AlignmentSource::Landmarks))
    });
    let _id = aligned.expect("aligned");
    assert!(refusal(clinic.vault.undo(now())).contains("by hand"));
    assert_eq!(clinic.vault.board(chart.series).expect("board").alignments.len(), 1);
}

#[test]
fn an_automatic_answer_never_replaces_a_persons() {
    let clinic = clinic();
    let chart = chart(&clinic.vault, "1");
    let photo = file(&clinic.vault, receive(&clinic.vault, &photo_bytes(1, 400)), chart.cell());
    let by_hand = clinic.vault.transact(Op::Align, now(), |tx| {
        let frame = tx.set_reference(chart.view, photo)?;
        let by_hand = tx.add_alignment(&alignment(photo, frame, AlignmentSource::Accepted))?;
        let _automatic = tx.add_alignment(&alignment(photo, frame, AlignmentSource::Automatic))?;
        Ok(by_hand)
    });
    let board = clinic.vault.board(chart.series).expect("board");
    assert_eq!(board.alignments[0].id, Some(by_hand.expect("aligned")));
    assert_eq!(board.alignments[0].matrix, Some(Matrix3::similarity(1.01, 0.02, 3.0, -4.0)));
}

/// A chart whose filing `one` came before the filing `two` moved the same photo aside.
fn filed_twice(clinic: &super::Clinic) -> (Chart, [PhotoId; 2]) {
    let chart = chart(&clinic.vault, "1");
    let one = file(&clinic.vault, receive(&clinic.vault, &photo_bytes(1, 400)), chart.cell());
    let two = file(&clinic.vault, receive(&clinic.vault, &photo_bytes(2, 400)), chart.cell());
    (chart, [one, two])
}

#[test]
fn undo_goes_back_step_by_step() {
    let clinic = clinic();
    let (_, [one, two]) = filed_twice(&clinic);
    assert_eq!(clinic.vault.photo(one).expect("a photo").slot, Slot::Alternate);
    assert_eq!(clinic.vault.undo(now()), Ok(Op::FilePhotos));
    assert_eq!(clinic.vault.photo(two), Err(VaultError::NotFound));
    assert_eq!(clinic.vault.photo(one).expect("a photo").slot, Slot::Primary);
    for expected in [Op::FilePhotos, Op::AddSession, Op::AddSeries, Op::AddPatient] {
        assert_eq!(clinic.vault.undo(now()), Ok(expected));
    }
    assert!(refusal(clinic.vault.undo(now())).contains("nothing to undo"));
    assert_eq!(clinic.vault.patient_count(""), Ok(0));
    assert_eq!(clinic.vault.tray().expect("tray").len(), 2, "originals stay");
}

#[test]
fn only_the_change_that_was_meant_is_undone() {
    let clinic = clinic();
    let (_, [_, two]) = filed_twice(&clinic);
    let meant = clinic.vault.last_undoable().expect("asked").expect("a change");
    assert_eq!((meant.op, meant.words().as_str()), (Op::FilePhotos, "Filing of 1 photo"));
    let photos = meant.touched.iter().find(|t| t.kind == "photo").expect("photos");
    assert_eq!((photos.added, photos.changed, photos.removed), (1, 1, 0), "the older one became an alternate");
    let other = clinic.vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&person("2", "A", "B")));
    let _other = other.expect("added");
    let generation = clinic.vault.generation();
    assert_eq!(clinic.vault.undo_expected(meant.id, now()), Err(VaultError::UndoOutdated));
    assert_eq!(clinic.vault.generation(), generation, "nothing was undone");
    let newest = clinic.vault.last_undoable().expect("asked").expect("a change");
    assert_eq!(newest.words(), "Adding a patient");
    assert_eq!(clinic.vault.undo_expected(newest.id, now()), Ok(newest.clone()));
    assert_eq!(clinic.vault.undo_expected(newest.id, now()), Err(VaultError::UndoOutdated), "it is gone");
    assert_eq!(clinic.vault.undo_expected(meant.id, now()), Ok(meant));
    assert_eq!(clinic.vault.photo(two), Err(VaultError::NotFound));
}

#[test]
fn a_filing_is_named_by_its_photos_and_its_new_visits() {
    let clinic = clinic();
    let chart = chart(&clinic.vault, "1");
    let items = [1, 2, 3].map(|seed| receive(&clinic.vault, &photo_bytes(seed, 300)));
    let filing = |tx: &Tx<'_>| {
        let session = tx.add_session(chart.series, day(2026, 2, 1), SessionKind::Treatment)?;
        let to = Filing { session, view: None, slot: Slot::Alternate, ..chart.cell() };
        items.iter().try_for_each(|&item| tx.file(item, to).map(|_| ()))
    };
    clinic.vault.transact(Op::FilePhotos, now(), filing).expect("filed");
    let last = clinic.vault.last_undoable().expect("asked").expect("a change");
    assert_eq!(last.words(), "Filing of 3 photos and 1 new session");
}

#[test]
fn a_consent_keeps_its_patient_from_being_undone() {
    let clinic = clinic();
    let patient =
        clinic.vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&person("1", "A", "B"))).expect("added");
    let consent = super::records::consent(patient, ConsentEvent::Granted);
    let _id = clinic.vault.transact(Op::RecordConsent, now(), |tx| tx.add_consent(&consent)).expect("recorded");
    assert!(refusal(clinic.vault.undo(now())).contains("depends on it"));
    assert_eq!(clinic.vault.patient_count(""), Ok(1));
    assert_eq!(clinic.vault.consents(patient).expect("consents").len(), 1);
}

#[test]
fn a_row_the_program_changed_since_keeps_an_older_change_from_being_undone() {
    let clinic = clinic();
    let chart = chart(&clinic.vault, "1");
    let photo = file(&clinic.vault, receive(&clinic.vault, &photo_bytes(1, 400)), chart.cell());
    let _frame = clinic.vault.transact(Op::SetReference, now(), |tx| tx.set_reference(chart.view, photo)).expect("set");
    // An engine change retires the person's frame: the row is not what the person's change left.
    let _frame = clinic.vault.transact(Op::Align, now(), |tx| tx.set_reference(chart.view, photo)).expect("set");
    assert!(refusal(clinic.vault.undo(now())).contains("changed again"));
}

#[test]
fn an_undo_that_is_refused_changes_nothing_and_leaves_no_audit_row() {
    let clinic = clinic();
    let patient =
        clinic.vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&person("1", "A", "B"))).expect("added");
    let consent = super::records::consent(patient, ConsentEvent::Granted);
    let _id = clinic.vault.transact(Op::RecordConsent, now(), |tx| tx.add_consent(&consent)).expect("recorded");
    let (rows, generation) = (clinic.vault.audit(100), clinic.vault.generation());
    let _why = refusal(clinic.vault.undo(now()));
    assert_eq!((clinic.vault.audit(100), clinic.vault.generation()), (rows, generation));
}

#[test]
fn a_whole_series_in_one_change_is_one_undo() {
    let clinic = clinic();
    let patient =
        clinic.vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&person("1", "A", "B"))).expect("added");
    let made = clinic.vault.transact(Op::AddSeries, now(), |tx| {
        let series = tx.add_series(&scars(patient))?;
        let _session = tx.add_session(series, day(2026, 2, 1), SessionKind::Consultation)?;
        tx.set_series_state(series, SeriesState::Stopped)?;
        Ok(series)
    });
    let series = made.expect("made");
    assert_eq!(clinic.vault.undo(now()), Ok(Op::AddSeries));
    assert_eq!(clinic.vault.series(series), Err(VaultError::NotFound));
    assert!(clinic.vault.views(series).expect("views").is_empty());
}
