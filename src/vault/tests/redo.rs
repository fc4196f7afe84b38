//! Redo is the inverse of undo, for every change there is, over restarts, and as often as anybody likes.

use super::identity::dump;
use super::*;
use crate::model::{Alignment, AlignmentSource, Answer, AttachmentId, Basis, FrameId, Model, NewAttachment};
use crate::vault::pool::lock;

/// Two patients with a series of two sessions each; the first has a photo with a frame, and something lies in the tray.
struct Scene {
    patients: [PatientId; 2],
    series: [SeriesId; 2],
    sessions: [[SessionId; 2]; 2],
    photo: PhotoId,
    tray: TrayId,
    document: AttachmentId,
}

fn scene(vault: &Vault) -> Scene {
    scene_with(vault, Op::SetReference)
}

/// The same, with the reference chosen by a person, or by the program.
fn scene_with(vault: &Vault, chosen: Op) -> Scene {
    let patients = [1, 2]
        .map(|n| vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&person(n, "Anna"))).expect("a patient"));
    let series = patients
        .map(|patient| vault.transact(Op::AddSeries, now(), |tx| tx.add_series(&series(patient))).expect("a series"));
    let sessions = series.map(|series| {
        [1, 8].map(|d| {
            let add = |tx: &Tx<'_>| tx.add_session(series, day(d), SessionKind::Treatment);
            vault.transact(Op::AddSession, now(), add).expect("a session")
        })
    });
    let [first, tray] = [b"one", b"two"].map(|bytes| receive(vault, bytes).expect("received"));
    let to = cell(vault, series[0], sessions[0][0]);
    let photo = vault.transact(Op::FilePhotos, now(), |tx| tx.file(first, to)).expect("filed");
    let frame = |tx: &Tx<'_>| tx.set_reference(to.view.expect("a view"), photo);
    let _frame = vault.transact(chosen, now(), frame).expect("a frame");
    let new = NewAttachment { patient: patients[0], bytes: b"%PDF-1.7 signed", file_name: "a.pdf" };
    let document = vault.transact(Op::AddAttachment, now(), |tx| tx.add_attachment(&new)).expect("kept");
    Scene { patients, series, sessions, photo, tray, document }
}

fn cell(vault: &Vault, series: SeriesId, session: SessionId) -> Filing {
    let view = vault.views(series).expect("views")[0].id;
    Filing { session, view: Some(view), slot: Slot::Primary, phase: Phase::BeforeTreatment }
}

fn by_hand(photo: PhotoId, frame: FrameId) -> Alignment {
    Alignment {
        id: None,
        photo,
        frame,
        model: Model::Similarity,
        matrix: None,
        engine: 1,
        source: AlignmentSource::Landmarks,
        answer: Answer::None,
        residual_px: None,
        confidence: 1.0,
        why: None,
        basis: Basis::default(),
    }
}

/// Makes the change on the scene.
fn make(vault: &Vault, scene: &Scene, op: Op) {
    let of = |transfer| {
        let plan = vault.plan_transfer(transfer, now().today).expect("allowed");
        assert_eq!(transfer.op(), op);
        vault.carry_out(&plan, now())
    };
    let there = cell(vault, scene.series[1], scene.sessions[1][0]);
    let done = match op {
        Op::AddPatient => vault.transact(op, now(), |tx| tx.add_patient(&person(3, "Ülle")).map(drop)),
        Op::EditPatient => vault.transact(op, now(), |tx| tx.edit_patient(scene.patients[0], &person(4, "Ülle"))),
        Op::AddSeries => vault.transact(op, now(), |tx| tx.add_series(&series(scene.patients[0])).map(drop)),
        Op::EditSeries => vault.transact(op, now(), |tx| tx.set_series_state(scene.series[0], SeriesState::Stopped)),
        Op::AddSession => {
            let add = |tx: &Tx<'_>| tx.add_session(scene.series[0], day(20), SessionKind::FollowUp).map(drop);
            vault.transact(op, now(), add)
        }
        Op::EditSession => {
            let set = |tx: &Tx<'_>| tx.set_session(scene.sessions[0][0], day(2), SessionKind::Healing);
            vault.transact(op, now(), set)
        }
        Op::FilePhotos => {
            let file = |tx: &Tx<'_>| {
                let new = tx.add_session(scene.series[0], day(9), SessionKind::Treatment)?;
                tx.file(scene.tray, cell(vault, scene.series[0], new)).map(drop)
            };
            vault.transact(op, now(), file)
        }
        Op::MovePhoto => of(Transfer::Photo { photo: scene.photo, to: there }),
        Op::MoveSession => of(Transfer::Session { session: scene.sessions[0][0], to: scene.series[1] }),
        Op::MergePatients => of(Transfer::Patient { keep: scene.patients[1], other: scene.patients[0] }),
        Op::SetReference => {
            let view = cell(vault, scene.series[0], scene.sessions[0][0]).view.expect("a view");
            vault.transact(op, now(), |tx| tx.set_reference(view, scene.photo).map(drop))
        }
        Op::PlacePhoto => {
            let frame = vault.board(scene.series[0]).expect("a board").frames[0].id;
            vault.transact(op, now(), |tx| tx.add_alignment(&by_hand(scene.photo, frame)).map(drop))
        }
        Op::SetScale => {
            let frame = vault.board(scene.series[0]).expect("a board").frames[0].id;
            vault.transact(op, now(), |tx| tx.set_scale(frame, Some(0.05)))
        }
        Op::MoveAttachment => vault.transact(op, now(), |tx| tx.move_attachment(scene.document, scene.patients[1])),
        _ => panic!("{}: a new change has to be tried here", op.key()),
    };
    done.expect("made");
}

#[test]
fn every_change_is_taken_back_and_made_again_exactly_also_after_a_restart() {
    for &op in Op::ALL.iter().filter(|op| op.kind() == OpKind::Undoable) {
        let (folder, vault) = created();
        let scene = scene(&vault);
        let before = dump(&vault);
        make(&vault, &scene, op);
        let after = dump(&vault);
        assert_ne!(before, after, "{}", op.key());
        drop(vault);
        let vault = opened(&folder, 1000);
        assert_eq!(vault.undo(now()), Ok(op));
        assert_eq!(dump(&vault), before, "{}", op.key());
        drop(vault);
        let vault = opened(&folder, 1000);
        assert_eq!(vault.redo(now()), Ok(op));
        assert_eq!(dump(&vault), after, "{}", op.key());
        assert_eq!((vault.undo(now()), vault.redo(now())), (Ok(op), Ok(op)));
        assert_eq!(dump(&vault), after, "{}", op.key());
        let said = vault.check_audit();
        assert!(matches!(said, Ok(AuditCheck::Whole { .. })), "{}: {said:?}", op.key());
    }
}

#[test]
fn what_is_moved_with_a_reference_that_the_program_chose_is_moved_again_after_an_undo() {
    for op in [Op::MovePhoto, Op::MoveSession, Op::MergePatients] {
        let (_folder, vault) = created();
        let scene = scene_with(&vault, Op::Align);
        make(&vault, &scene, op);
        let after = dump(&vault);
        for _ in 0..2 {
            assert_eq!((vault.undo(now()), vault.redo(now())), (Ok(op), Ok(op)));
            assert_eq!(dump(&vault), after, "{}", op.key());
        }
    }
}

#[test]
fn ten_thousand_steps_back_and_forth_keep_the_records_and_the_audit_whole() {
    const STEPS: u32 = 10_000;
    let (_folder, vault) = created();
    // Ten thousand times on the platter would measure the disk and nothing else.
    lock(&vault.inner.writer).pragma_update(None, "synchronous", "OFF").expect("set");
    let id = vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&person(1, "A"))).expect("added");
    let mut states = vec![dump(&vault)];
    for name in ["B", "C", "D"] {
        vault.transact(Op::EditPatient, now(), |tx| tx.edit_patient(id, &person(1, name))).expect("edited");
        states.push(dump(&vault));
    }
    let (mut place, mut dice) = (states.len() - 1, 1u32);
    for step in 0..STEPS {
        dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let back = place > 0 && (place + 1 == states.len() || dice >> 31 == 0);
        let done = if back { vault.undo(now()) } else { vault.redo(now()) };
        assert_eq!(done, Ok(Op::EditPatient), "step {step}");
        place = if back { place - 1 } else { place + 1 };
        if step % 500 == 0 {
            assert_eq!(dump(&vault), states[place], "step {step}");
        }
    }
    assert_eq!(dump(&vault), states[place]);
    let Ok(AuditCheck::Whole { rows }) = vault.check_audit() else { panic!("the chain does not hold") };
    assert!(rows >= u64::from(STEPS), "each step is in the audit: {rows}");
}

#[test]
fn the_frame_the_program_had_chosen_comes_back_with_its_photo() {
    let (_folder, vault) = created();
    let scene = scene(&vault);
    let [first, second] = [b"three", b"four_"].map(|bytes| receive(&vault, bytes).expect("received"));
    let to = cell(&vault, scene.series[1], scene.sessions[1][0]);
    let view = to.view.expect("a view");
    let one = vault.transact(Op::FilePhotos, now(), |tx| tx.file(first, to)).expect("filed");
    let other = Filing { session: scene.sessions[1][1], ..to };
    let two = vault.transact(Op::FilePhotos, now(), |tx| tx.file(second, other)).expect("filed");
    let _auto = vault.transact(Op::Align, now(), |tx| tx.set_reference(view, one)).expect("a frame");
    let _chosen = vault.transact(Op::SetReference, now(), |tx| tx.set_reference(view, two)).expect("a frame");
    let all = dump(&vault);
    for op in [Op::SetReference, Op::FilePhotos, Op::FilePhotos] {
        assert_eq!(vault.undo(now()), Ok(op));
    }
    assert!(vault.board(scene.series[1]).expect("a board").frames.is_empty());
    for op in [Op::FilePhotos, Op::FilePhotos, Op::SetReference] {
        assert_eq!(vault.redo(now()), Ok(op));
    }
    assert_eq!(dump(&vault), all);
}

#[test]
fn points_set_by_hand_keep_the_choice_of_their_reference_from_being_undone() {
    let (_folder, vault) = created();
    let scene = scene(&vault);
    let frame = vault.board(scene.series[0]).expect("a board").frames[0].id;
    let by_hand = by_hand(scene.photo, frame);
    let _id = vault.transact(Op::Align, now(), |tx| tx.add_alignment(&by_hand)).expect("aligned");
    let refused = vault.undo(now());
    assert_eq!(refused, Err(VaultError::UndoRefused("a photo of it was aligned by hand since")));
    assert_eq!(vault.board(scene.series[0]).expect("a board").alignments.len(), 1);
}

/// A second photo of the first view, filed last; and the frame it can be placed in.
fn second(vault: &Vault, scene: &Scene) -> (PhotoId, FrameId) {
    let item = receive(vault, b"second").expect("received");
    let to = cell(vault, scene.series[0], scene.sessions[0][1]);
    let photo = vault.transact(Op::FilePhotos, now(), |tx| tx.file(item, to)).expect("filed");
    (photo, vault.board(scene.series[0]).expect("a board").frames[0].id)
}

fn say(vault: &Vault, op: Op, answer: &Alignment) {
    let _id = vault.transact(op, now(), |tx| tx.add_alignment(answer)).expect("said");
}

fn in_force(vault: &Vault, scene: &Scene) -> Vec<AlignmentSource> {
    vault.board(scene.series[0]).expect("a board").alignments.iter().map(|answer| answer.source).collect()
}

#[test]
fn a_first_placing_is_made_again_although_the_program_answered_meanwhile() {
    let (_folder, vault) = created();
    let scene = scene(&vault);
    let (photo, frame) = second(&vault, &scene);
    say(&vault, Op::PlacePhoto, &by_hand(photo, frame));
    assert_eq!(vault.undo(now()), Ok(Op::PlacePhoto));
    assert_eq!(in_force(&vault, &scene), []);
    // Asked twice, as when a photo filed later opens another way.
    let automatic = Alignment { source: AlignmentSource::Automatic, ..by_hand(photo, frame) };
    (0..2).for_each(|_| say(&vault, Op::Align, &automatic));
    assert_eq!(vault.redo(now()), Ok(Op::PlacePhoto));
    assert_eq!(in_force(&vault, &scene), [AlignmentSource::Landmarks]);
    // What the program said is computed anew, and gives way as often as it is asked to.
    assert_eq!(vault.undo(now()), Ok(Op::PlacePhoto));
    assert_eq!(in_force(&vault, &scene), []);
    say(&vault, Op::Align, &automatic);
    assert_eq!(vault.redo(now()), Ok(Op::PlacePhoto));
    assert_eq!(in_force(&vault, &scene), [AlignmentSource::Landmarks]);
    assert!(matches!(vault.check_audit(), Ok(AuditCheck::Whole { .. })));
}

#[test]
fn a_later_answer_of_the_program_gives_way_to_a_placing_that_is_made_again() {
    let (_folder, vault) = created();
    let scene = scene(&vault);
    let (photo, frame) = second(&vault, &scene);
    let automatic = Alignment { source: AlignmentSource::Automatic, ..by_hand(photo, frame) };
    say(&vault, Op::Align, &automatic);
    say(&vault, Op::PlacePhoto, &by_hand(photo, frame));
    assert_eq!(vault.undo(now()), Ok(Op::PlacePhoto));
    say(&vault, Op::Align, &automatic);
    assert_eq!(vault.redo(now()), Ok(Op::PlacePhoto));
    assert_eq!(in_force(&vault, &scene), [AlignmentSource::Landmarks]);
    assert_eq!(vault.undo(now()), Ok(Op::PlacePhoto));
    assert_eq!(in_force(&vault, &scene), [AlignmentSource::Automatic]);
}

#[test]
fn a_placing_is_not_made_again_over_what_another_person_said() {
    let (_folder, vault) = created();
    let scene = scene(&vault);
    let (photo, frame) = second(&vault, &scene);
    say(&vault, Op::PlacePhoto, &by_hand(photo, frame));
    assert_eq!(vault.undo(now()), Ok(Op::PlacePhoto));
    say(&vault, Op::Align, &by_hand(photo, frame));
    assert_eq!(vault.redo(now()), Err(VaultError::RedoRefused("a photo of it was aligned by hand since")));
    assert_eq!(in_force(&vault, &scene), [AlignmentSource::Landmarks]);
}

#[test]
fn a_placing_of_a_photo_that_was_filed_anew_is_refused_with_what_became_of_it() {
    let (_folder, vault) = created();
    let scene = scene(&vault);
    let (photo, frame) = second(&vault, &scene);
    say(&vault, Op::PlacePhoto, &by_hand(photo, frame));
    assert_eq!((vault.undo(now()), vault.undo(now())), (Ok(Op::PlacePhoto), Ok(Op::FilePhotos)));
    assert_eq!(vault.redo(now()), Ok(Op::FilePhotos));
    let why = "the photo was taken out and filed again since, and what was said of its place went with it";
    assert_eq!(vault.redo(now()), Err(VaultError::RedoRefused(why)));
    assert_eq!(in_force(&vault, &scene), []);
}
