//! A change does only what its name stands for: every thing a transaction can do, under every name there is.

use super::identity::dump;
use super::*;
use crate::clock::UtcMillis;
use crate::model::{
    Alignment, AlignmentSource, Answer, AttachmentId, Basis, Consent, ConsentEvent, FrameId, Model, NewAttachment,
    Purpose, Scope,
};
use crate::vault::pool::lock;

/// What there is to be changed. Everything in it is made anew for each try, because some changes can be made only once.
struct Scene {
    patient: PatientId,
    series: SeriesId,
    sessions: [SessionId; 2],
    photo: PhotoId,
    frame: FrameId,
    tray: TrayId,
    document: AttachmentId,
    other: PatientId,
}

fn scene(vault: &Vault, n: u32) -> Scene {
    let made = vault.transact(Op::AddPatient, now(), |tx| {
        let patient = tx.add_patient(&person(n, "Anna"))?;
        let series = tx.add_series(&series(patient))?;
        let session = |d| tx.add_session(series, day(d), SessionKind::Treatment);
        Ok((patient, series, [session(1)?, session(8)?]))
    });
    let (patient, series, sessions) = made.expect("made");
    let [first, tray] = [0, 1].map(|i| receive(vault, format!("{n} {i}").as_bytes()).expect("received"));
    let to = cell(vault, series, sessions[0]);
    let photo = vault.transact(Op::FilePhotos, now(), |tx| tx.file(first, to)).expect("filed");
    let set = |tx: &Tx<'_>| tx.set_reference(to.view.expect("a view"), photo);
    let frame = vault.transact(Op::SetReference, now(), set).expect("a frame");
    let other = vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&person(n + 1000, "Berta"))).expect("made");
    let new = NewAttachment { bytes: b"%PDF-1.7 of another", ..document_of(patient) };
    let document = vault.transact(Op::AddAttachment, now(), |tx| tx.add_attachment(&new)).expect("kept");
    Scene { patient, series, sessions, photo, frame, tray, document, other }
}

fn cell(vault: &Vault, series: SeriesId, session: SessionId) -> Filing {
    let view = vault.views(series).expect("views")[0].id;
    Filing { session, view: Some(view), slot: Slot::Primary, phase: Phase::BeforeTreatment }
}

type Deed = fn(&Tx<'_>, &Scene, Filing) -> Result<()>;

/// Everything a transaction offers, and the names it may be done under. A new method has to be entered here.
///
/// A transfer touches the rows of what it takes along: whoever may merge patients may do each of these by its own name.
const DEEDS: &[(&str, &[Op], Deed)] = &[
    ("add a patient", &[Op::AddPatient], |tx, _, _| tx.add_patient(&person(9999, "Ülle")).map(drop)),
    ("edit a patient", &[Op::EditPatient], |tx, scene, _| tx.edit_patient(scene.patient, &person(8888, "Ülle"))),
    ("add a series", &[Op::AddPatient, Op::AddSeries], |tx, scene, _| tx.add_series(&series(scene.patient)).map(drop)),
    ("end a series", &[Op::EditSeries, Op::MergePatients], |tx, scene, _| {
        tx.set_series_state(scene.series, SeriesState::Stopped)
    }),
    ("add a view", &[Op::AddPatient, Op::AddSeries, Op::EditSeries], |tx, scene, _| {
        tx.add_view(scene.series, &series(scene.patient).views[0]).map(drop)
    }),
    ("retire a view", &[Op::EditSeries], |tx, _, to| tx.retire_view(to.view.expect("a view"))),
    ("add a session", &[Op::AddPatient, Op::AddSeries, Op::AddSession, Op::FilePhotos], |tx, scene, _| {
        tx.add_session(scene.series, day(19), SessionKind::FollowUp).map(drop)
    }),
    ("change a session", &[Op::EditSession, Op::MoveSession], |tx, scene, _| {
        tx.set_session(scene.sessions[1], day(9), SessionKind::FollowUp)
    }),
    ("file a photo", &[Op::FilePhotos], |tx, scene, to| tx.file(scene.tray, to).map(drop)),
    ("move a photo", &[Op::MovePhoto, Op::MoveSession, Op::MergePatients], |tx, scene, to| {
        tx.move_photo(scene.photo, Filing { slot: Slot::Rejected, ..to })
    }),
    ("add a consent", &[Op::RecordConsent], |tx, scene, _| tx.add_consent(&consent(scene)).map(drop)),
    ("add a document", &[Op::AddAttachment, Op::RecordConsent], |tx, scene, _| {
        tx.add_attachment(&document(scene)).map(drop)
    }),
    ("add a consent with its document", &[Op::RecordConsent], |tx, scene, _| {
        tx.add_consent_with(&consent(scene), tx.add_attachment(&document(scene))?).map(drop)
    }),
    ("move a document", &[Op::MoveAttachment], |tx, scene, _| tx.move_attachment(scene.document, scene.other)),
    ("choose a reference", &[Op::SetReference, Op::Align], |tx, scene, to| {
        tx.set_reference(to.view.expect("a view"), scene.photo).map(drop)
    }),
    ("set a scale", &[Op::SetScale], |tx, scene, _| tx.set_scale(scene.frame, Some(0.05))),
    ("align", &[Op::Align, Op::PlacePhoto], |tx, scene, _| tx.add_alignment(&alignment(scene)).map(drop)),
    ("publish", &[Op::Publish], |tx, scene, _| tx.add_publication(&publication(scene))),
    ("publish and take it back", &[Op::Publish], |tx, scene, _| {
        tx.add_publication(&publication(scene))?;
        tx.unpublish(&[scene.series], now())
    }),
];

fn consent(scene: &Scene) -> Consent {
    Consent {
        id: None,
        patient: scene.patient,
        series: None,
        purpose: Purpose::Website,
        scope: Scope::Region,
        event: ConsentEvent::Granted,
        wording: "1".into(),
        signer: "Anna".into(),
        signed: None,
        expires: None,
        at: UtcMillis(0),
    }
}

fn document(scene: &Scene) -> NewAttachment<'static> {
    document_of(scene.patient)
}

fn document_of(patient: PatientId) -> NewAttachment<'static> {
    NewAttachment { patient, bytes: b"%PDF-1.7 signed", file_name: "a.pdf" }
}

fn alignment(scene: &Scene) -> Alignment {
    Alignment {
        id: None,
        photo: scene.photo,
        frame: scene.frame,
        model: Model::Similarity,
        matrix: None,
        engine: 1,
        source: AlignmentSource::Landmarks,
        answer: Answer::None,
        residual_px: None,
        confidence: 0.0,
        why: None,
        basis: Basis::default(),
    }
}

fn publication(scene: &Scene) -> NewPublication {
    NewPublication {
        series: scene.series,
        label_before: "Baseline".into(),
        label_after: "Session 3 of 3".into(),
        before: scene.photo,
        after: scene.photo,
        laid: None,
        file_hashes: Vec::new(),
        destination: Redacted("/www".into()),
    }
}

/// Rows of what no undo restores.
fn others(vault: &Vault) -> Vec<i64> {
    const SQL: &str = "SELECT count(*) FROM alignment UNION ALL SELECT count(*) FROM consent
        UNION ALL SELECT count(*) FROM attachment UNION ALL SELECT count(*) FROM publication
        UNION ALL SELECT count(*) FROM audit";
    let conn = lock(&vault.inner.writer);
    let mut statement = conn.prepare(SQL).expect("prepared");
    let rows = statement.query_map([], |row| row.get(0)).expect("queried");
    rows.collect::<rusqlite::Result<_>>().expect("counts")
}

#[test]
fn a_change_does_only_what_its_name_stands_for() {
    let (_folder, vault) = created();
    let mut n = 0;
    let mut fresh = || {
        n += 1;
        scene(&vault, n)
    };
    let mut scene = fresh();
    for &(what, names, deed) in DEEDS {
        for &op in Op::ALL.iter().filter(|op| !op.goes_its_own_way()) {
            let to = cell(&vault, scene.series, scene.sessions[0]);
            let before = (dump(&vault), others(&vault));
            let done = vault.transact(op, now(), |tx| deed(tx, &scene, to));
            if names.contains(&op) {
                assert_eq!(done, Ok(()), "{what} under {}", op.key());
                assert_ne!((dump(&vault), others(&vault)), before, "{what} under {}", op.key());
                if what.ends_with("a patient") {
                    let _undone = vault.undo(now()).expect("the code is free again");
                }
                scene = fresh();
            } else {
                let refused = Err(VaultError::Refused("a change under another name"));
                assert_eq!(done, refused, "{what} under {}", op.key());
                assert_eq!((dump(&vault), others(&vault)), before, "{what} under {}", op.key());
            }
        }
    }
}

#[test]
fn a_viewer_cannot_file_under_the_name_of_what_a_viewer_may_do() {
    let (folder, vault) = created();
    let scene = scene(&vault, 1);
    let to = cell(&vault, scene.series, scene.sessions[0]);
    let _rows = lock(&vault.inner.writer).execute("UPDATE user SET role = 'viewer'", []).expect("demoted");
    drop(vault);
    let vault = opened(&folder, blob::VOLUME_LIMIT);
    let filed = vault.transact(Op::Align, now(), |tx| tx.file(scene.tray, to));
    assert_eq!(filed, Err(VaultError::Refused("a change under another name")));
    assert_eq!(vault.tray().expect("the tray").len(), 1, "it waits where it was");
    let aligned = vault.transact(Op::Align, now(), |tx| tx.add_alignment(&alignment(&scene)));
    assert!(aligned.is_ok(), "what a viewer may do: {aligned:?}");
}
