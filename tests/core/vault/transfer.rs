//! Photos and sessions under another series or patient, and two records that are one person.

use diptych::geom::Matrix3;
use diptych::model::consent::is_valid;
use diptych::model::*;
use diptych::vault::{
    AuditCheck, AuditFilter, Caution, CheckRequest, Filing, KdfCost, NewPublication, Op, Role, Sample, Transfer,
    TransferPlan, Tx, Vault, VaultError,
};

use super::records::consent;
use super::{Chart, chart, clinic, day, file, now, person, photo_bytes, receive, scars, view};

fn plan(vault: &Vault, transfer: Transfer) -> TransferPlan {
    vault.plan_transfer(transfer, now().today).expect("allowed")
}

fn carry(vault: &Vault, transfer: Transfer) -> TransferPlan {
    let plan = plan(vault, transfer);
    vault.carry_out(&plan, now()).expect("done");
    plan
}

fn keys(plan: &TransferPlan) -> Vec<&'static str> {
    plan.cautions.iter().map(Caution::key).collect()
}

fn say(vault: &Vault, patient: PatientId, event: ConsentEvent) {
    let said = consent(patient, event);
    let _id = vault.transact(Op::RecordConsent, now(), |tx| tx.add_consent(&said)).expect("recorded");
}

/// Whether the website may show a region of a series.
fn allowed(vault: &Vault, series: SeriesId) -> bool {
    let board = vault.board(series).expect("a board");
    is_valid(&board.consents, series, Purpose::Website, Scope::Region, now().today)
}

fn filed(vault: &Vault, seed: u64, to: Filing) -> PhotoId {
    file(vault, receive(vault, &photo_bytes(seed, 400)), to)
}

/// A photo of this chart is its reference, and another one was aligned to it by hand.
fn placed_by_hand(vault: &Vault, chart: Chart) -> [PhotoId; 2] {
    placed(vault, chart, AlignmentSource::Landmarks)
}

fn placed(vault: &Vault, chart: Chart, source: AlignmentSource) -> [PhotoId; 2] {
    let add = |tx: &Tx<'_>| tx.add_session(chart.series, day(2026, 2, 18), SessionKind::Treatment);
    let later = vault.transact(Op::AddSession, now(), add).expect("a session");
    let photos = [filed(vault, 1, chart.cell()), filed(vault, 2, Filing { session: later, ..chart.cell() })];
    let aligned = vault.transact(Op::Align, now(), |tx| {
        let frame = tx.set_reference(chart.view, photos[0])?;
        tx.add_alignment(&Alignment {
            id: None,
            photo: photos[1],
            frame,
            model: Model::Similarity,
            matrix: Some(Matrix3::similarity(1.01, 0.02, 3.0, -4.0)),
            engine: 1,
            source,
            answer: Answer::Aligned,
            residual_px: Some(0.7),
            confidence: 1.0,
            why: None,
            basis: Basis::default(),
        })
    });
    let _id = aligned.expect("aligned");
    photos
}

#[test]
fn a_photo_for_another_patient_is_said_before_it_moves_and_comes_back_by_undo() {
    let clinic = clinic();
    let (one, two) = (chart(&clinic.vault, "1"), chart(&clinic.vault, "2"));
    say(&clinic.vault, two.patient, ConsentEvent::Granted);
    let photo = filed(&clinic.vault, 1, one.cell());
    let there = filed(&clinic.vault, 2, two.cell());
    let move_it = Transfer::Photo { photo, to: two.cell() };
    let plan = plan(&clinic.vault, move_it);
    assert_eq!(keys(&plan), ["patient", "consent", "taken"]);
    let said: Vec<String> = plan.cautions.iter().map(Caution::sentence).collect();
    assert_eq!(said[0], "The patient changes from Ülle Mägi (1) to Ülle Mägi (2).");
    assert!(said[1].starts_with("More is allowed (website") && plan.cautions[1].widens(), "{}", said[1]);
    assert!(!format!("{plan:?}").contains("Mägi"), "names are for the screen alone");
    assert_eq!(clinic.vault.photo(photo).expect("a photo").patient, one.patient, "looking moves nothing");
    clinic.vault.carry_out(&plan, now()).expect("moved");
    assert_eq!(clinic.vault.photo(photo).expect("a photo").patient, two.patient);
    assert_eq!(clinic.vault.photo(there).expect("a photo").slot, Slot::Alternate);
    assert_eq!(clinic.vault.undo(now()), Ok(Op::MovePhoto));
    assert_eq!(clinic.vault.photo(photo).expect("a photo").patient, one.patient);
    assert_eq!(clinic.vault.photo(there).expect("a photo").slot, Slot::Primary);
}

#[test]
fn a_move_that_allows_more_is_for_those_who_may_merge() {
    let clinic = clinic();
    let (one, two) = (chart(&clinic.vault, "1"), chart(&clinic.vault, "2"));
    say(&clinic.vault, two.patient, ConsentEvent::Granted);
    let (photo, other) = (filed(&clinic.vault, 1, one.cell()), filed(&clinic.vault, 2, two.cell()));
    let phrase = diptych::vault::Passphrase::new("an assistant's");
    let _id = clinic.vault.add_user("ben", Role::Assistant, &phrase, KdfCost::TESTS, now()).expect("added");
    let (dir, code, folder) = (clinic.vault.dir().to_owned(), clinic.code, clinic.folder);
    drop(clinic.vault);
    let vault = Vault::open(&dir, "ben", &phrase, now()).expect("opened");
    let wider = plan(&vault, Transfer::Photo { photo, to: two.cell() });
    assert!(wider.cautions.iter().any(Caution::widens), "an assistant sees what it would mean");
    assert_eq!(vault.carry_out(&wider, now()), Err(VaultError::NotInRole));
    assert_eq!(vault.photo(photo).expect("a photo").patient, one.patient);
    // What allows less they may do.
    let _narrower = carry(&vault, Transfer::Photo { photo: other, to: one.cell() });
    let _clinic = (code, folder);
}

#[test]
fn a_photo_for_a_session_of_another_day_than_it_was_taken_on_is_said() {
    let clinic = clinic();
    let one = chart(&clinic.vault, "1");
    let photo = filed(&clinic.vault, 1, one.cell());
    let add = |tx: &Tx<'_>| tx.add_session(one.series, day(2026, 2, 18), SessionKind::Treatment);
    let session = clinic.vault.transact(Op::AddSession, now(), add).expect("a session");
    let plan = carry(&clinic.vault, Transfer::Photo { photo, to: Filing { session, ..one.cell() } });
    assert_eq!(plan.cautions, [Caution::OtherDay { taken: day(2026, 1, 14), session: day(2026, 2, 18) }]);
    assert_eq!(plan.cautions[0].sentence(), "The photo was taken on 14 Jan 2026, the session is of 18 Feb 2026.");
    let back = carry(&clinic.vault, Transfer::Photo { photo, to: one.cell() });
    assert!(back.cautions.is_empty(), "{:?}", keys(&back));
}

#[test]
fn a_reference_that_others_were_aligned_to_by_the_program_comes_back_with_its_frame() {
    let clinic = clinic();
    let (one, two) = (chart(&clinic.vault, "1"), chart(&clinic.vault, "2"));
    let [reference, placed] = placed(&clinic.vault, one, AlignmentSource::Automatic);
    let before = clinic.vault.board(one.series).expect("a board").frames;
    assert_eq!(before[0].reference, reference);
    let _plan = carry(&clinic.vault, Transfer::Photo { photo: reference, to: two.cell() });
    assert!(clinic.vault.board(one.series).expect("a board").frames.is_empty());
    assert_eq!(clinic.vault.undo(now()), Ok(Op::MovePhoto));
    let after = clinic.vault.board(one.series).expect("a board");
    assert_eq!(after.frames, before);
    assert_eq!(clinic.vault.photo(placed).expect("a photo").patient, one.patient);
}

#[test]
fn a_frame_that_the_program_made_meanwhile_does_not_stand_between_a_move_and_its_undo() {
    let clinic = clinic();
    let one = chart(&clinic.vault, "1");
    let photo = filed(&clinic.vault, 1, Filing { view: None, ..one.cell() });
    clinic.vault.transact(Op::MovePhoto, now(), |tx| tx.move_photo(photo, one.cell())).expect("moved");
    let _frame = clinic.vault.transact(Op::Align, now(), |tx| tx.set_reference(one.view, photo)).expect("a frame");
    let frames = || clinic.vault.board(one.series).expect("a board").frames.len();
    assert_eq!(frames(), 1);
    assert_eq!(clinic.vault.undo(now()), Ok(Op::MovePhoto));
    assert_eq!((clinic.vault.photo(photo).expect("a photo").view, frames()), (None, 0));
    assert_eq!(clinic.vault.redo(now()), Ok(Op::MovePhoto));
    assert_eq!((clinic.vault.photo(photo).expect("a photo").view, frames()), (Some(one.view), 1));
}

#[test]
fn what_was_aligned_by_hand_is_said_and_holds_again_after_an_undo() {
    let clinic = clinic();
    let (one, two) = (chart(&clinic.vault, "1"), chart(&clinic.vault, "2"));
    let [reference, placed] = placed_by_hand(&clinic.vault, one);
    let before = clinic.vault.board(one.series).expect("a board");
    assert_eq!(before.alignments[0].source, AlignmentSource::Landmarks);
    let said = plan(&clinic.vault, Transfer::Photo { photo: reference, to: two.cell() });
    assert_eq!(said.cautions[1], Caution::Reference { photos: 1, by_hand: 1 });
    let said = plan(&clinic.vault, Transfer::Photo { photo: placed, to: two.cell() });
    assert_eq!(said.cautions[1], Caution::ByHand { photos: 1 });
    let _plan = carry(&clinic.vault, Transfer::Photo { photo: reference, to: two.cell() });
    assert!(clinic.vault.board(one.series).expect("a board").frames.is_empty());
    assert!(clinic.vault.board(two.series).expect("a board").frames.is_empty(), "no frame goes to another patient");
    assert_eq!(clinic.vault.undo(now()), Ok(Op::MovePhoto));
    let after = clinic.vault.board(one.series).expect("a board");
    assert_eq!((after.frames, after.alignments), (before.frames, before.alignments));
}

#[test]
fn a_published_photo_is_said_and_the_ledger_stays_as_it_was() {
    let clinic = clinic();
    let (one, two) = (chart(&clinic.vault, "1"), chart(&clinic.vault, "2"));
    let [before, after] = placed_by_hand(&clinic.vault, one);
    let published = NewPublication {
        series: one.series,
        label_before: "Baseline".into(),
        label_after: "Session 2".into(),
        before,
        after,
        laid: None,
        file_hashes: Vec::new(),
        destination: Redacted("/site".into()),
    };
    clinic.vault.transact(Op::Publish, now(), |tx| tx.add_publication(&published)).expect("published");
    let ledger = clinic.vault.publications(one.series);
    let plan = carry(&clinic.vault, Transfer::Session { session: one.session, to: two.series });
    assert!(plan.cautions.contains(&Caution::Published { photos: 1 }), "{:?}", keys(&plan));
    assert_eq!(clinic.vault.publications(one.series), ledger);
}

#[test]
fn a_session_moves_with_its_photos_and_views_without_a_counterpart_are_said() {
    let clinic = clinic();
    let (one, two) = (chart(&clinic.vault, "1"), chart(&clinic.vault, "2"));
    let series = NewSeries { views: vec![view("Cheek right", Side::Right)], ..scars(two.patient) };
    let to = clinic.vault.transact(Op::AddSeries, now(), |tx| tx.add_series(&series)).expect("a series");
    let same_day = |tx: &Tx<'_>| tx.add_session(to, day(2026, 1, 14), SessionKind::Treatment);
    let there = clinic.vault.transact(Op::AddSession, now(), same_day).expect("a session");
    let left = clinic.vault.views(one.series).expect("views")[1].id;
    let right = filed(&clinic.vault, 1, one.cell());
    let lost = filed(&clinic.vault, 2, Filing { view: Some(left), ..one.cell() });
    let plan = carry(&clinic.vault, Transfer::Session { session: one.session, to });
    assert_eq!((plan.photos, keys(&plan)), (2, vec!["patient", "no-view", "same-day"]));
    assert!(plan.cautions[1].sentence().contains("Cheek left"), "{}", plan.cautions[1].sentence());
    let board = clinic.vault.board(to).expect("a board");
    let views: Vec<(PhotoId, Option<ViewId>)> = board.photos.iter().map(|photo| (photo.id, photo.view)).collect();
    assert_eq!(views, [(lost, None), (right, Some(board.views[0].id))]);
    assert!(board.photos.iter().all(|photo| photo.patient == two.patient));
    assert_eq!(board.sessions.iter().map(|s| (s.id, s.ordinal)).collect::<Vec<_>>(), [(there, 0), (one.session, 1)]);
    assert_eq!(board.labels[&one.session].title, "Session 2 of 6");
    assert!(clinic.vault.sessions(one.series).expect("sessions").is_empty());
    assert_eq!(clinic.vault.undo(now()), Ok(Op::MoveSession));
    assert_eq!(clinic.vault.board(one.series).expect("a board").labels[&one.session].title, "Session 1 of 6");
    assert_eq!(clinic.vault.photo(lost).expect("a photo").view, Some(left));
}

#[test]
fn two_patients_never_share_an_original() {
    let clinic = clinic();
    let (one, two) = (chart(&clinic.vault, "1"), chart(&clinic.vault, "2"));
    let add = |tx: &Tx<'_>| tx.add_session(one.series, day(2026, 2, 18), SessionKind::Treatment);
    let later = clinic.vault.transact(Op::AddSession, now(), add).expect("a session");
    let photo = filed(&clinic.vault, 1, one.cell());
    let _twin = filed(&clinic.vault, 1, Filing { session: later, ..one.cell() });
    for transfer in
        [Transfer::Photo { photo, to: two.cell() }, Transfer::Session { session: one.session, to: two.series }]
    {
        let refused = clinic.vault.plan_transfer(transfer, now().today);
        assert!(matches!(&refused, Err(VaultError::Refused(why)) if why.contains("never share")), "{refused:?}");
    }
    let other = filed(&clinic.vault, 9, one.cell());
    let _same = filed(&clinic.vault, 9, two.cell());
    let plan = carry(&clinic.vault, Transfer::Photo { photo: other, to: Filing { view: None, ..two.cell() } });
    assert_eq!(keys(&plan), ["patient", "same-original"], "the same bytes under a second patient are a warning");
}

#[test]
fn a_plan_that_says_something_else_by_now_moves_nothing() {
    let clinic = clinic();
    let (one, two) = (chart(&clinic.vault, "1"), chart(&clinic.vault, "2"));
    let photo = filed(&clinic.vault, 1, one.cell());
    let stale = plan(&clinic.vault, Transfer::Photo { photo, to: two.cell() });
    say(&clinic.vault, two.patient, ConsentEvent::Granted);
    let refused = clinic.vault.carry_out(&stale, now());
    assert!(matches!(refused, Err(VaultError::Refused(why)) if why.contains("since the warnings")), "{refused:?}");
    assert_eq!(clinic.vault.photo(photo).expect("a photo").patient, one.patient);
    let nowhere = Transfer::Photo { photo, to: one.cell() };
    assert!(matches!(clinic.vault.plan_transfer(nowhere, now().today), Err(VaultError::Refused(_))));
}

#[test]
fn merged_patients_are_one_person_under_one_code_and_part_again_by_undo() {
    let clinic = clinic();
    let (keep, other) = (chart(&clinic.vault, "P-1"), chart(&clinic.vault, "P-2"));
    let renamed = NewPatient { family: "Tamm".into(), birth: None, ..person("P-2", "Ülle", "") };
    clinic.vault.transact(Op::EditPatient, now(), |tx| tx.edit_patient(other.patient, &renamed)).expect("edited");
    let photos = [filed(&clinic.vault, 1, keep.cell()), filed(&clinic.vault, 1, other.cell())];
    let merge = Transfer::Patient { keep: keep.patient, other: other.patient };
    let plan = carry(&clinic.vault, merge);
    assert_eq!((plan.photos, keys(&plan)), (1, vec!["names", "births", "same-original", "code", "both-open"]));
    let vault = &clinic.vault;
    let series: Vec<SeriesId> = vault.series_of(keep.patient).expect("series").iter().map(|s| s.id).collect();
    assert_eq!(series, [keep.series, other.series]);
    assert!(photos.iter().all(|id| vault.photo(*id).expect("a photo").patient == keep.patient));
    for (typed, found) in [("", 1), ("tamm", 1), ("mägi", 1), ("ülle", 1), ("P-2", 1), ("nobody", 0)] {
        let rows = vault.patients(typed, 0, 10).expect("found");
        assert_eq!((rows.len(), vault.patient_count(typed)), (found, Ok(found as u32)), "{typed}");
        assert!(rows.iter().all(|row| row.patient.id == keep.patient && row.photos == 2));
    }
    let by_code = vault.patient_by_code("P-2").expect("asked").expect("somebody");
    assert_eq!((by_code.id, by_code.code.0.as_str()), (keep.patient, "P-1"));
    assert_eq!(vault.merged_into(keep.patient).expect("records")[0].id, other.patient);
    assert_eq!(vault.open_patient_page(other.patient, now()), Err(VaultError::NotFound), "it has no page of its own");
    let taken = vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&person("P-2", "A", "B")));
    assert_eq!(taken, Err(VaultError::CodeTaken));
    let again = vault.plan_transfer(Transfer::Patient { keep: other.patient, other: keep.patient }, now().today);
    assert!(matches!(again, Err(VaultError::Refused(_))), "{again:?}");
    let report = vault
        .check(
            &CheckRequest { sample: Sample::All, anchors: Vec::new() },
            now(),
            &diptych::progress::Progress::silent(),
        )
        .expect("checked");
    assert!(report.findings.is_empty(), "{:?}", report.findings);

    // What was done with either record before is of the one person, and so is the merging itself.
    let of_person = AuditFilter { patient: Some(keep.patient), ..AuditFilter::default() };
    let of_all = vault.audit_log(&AuditFilter::default(), 0, 100).expect("the audit");
    let about = vault.audit_log(&of_person, 0, 100).expect("the audit");
    let nobodys = of_all.iter().filter(|line| !about.contains(line)).map(|line| line.row.op.as_str());
    assert!(nobodys.clone().all(|op| matches!(op, "create-vault" | "verify")), "{:?}", nobodys.collect::<Vec<_>>());
    assert!(about.iter().any(|line| line.row.op == Op::MergePatients.key()));

    let clinic = clinic.reopened();
    assert_eq!(clinic.vault.undo(now()), Ok(Op::MergePatients));
    assert_eq!(clinic.vault.patient_count(""), Ok(2));
    assert_eq!(clinic.vault.photo(photos[1]).expect("a photo").patient, other.patient);
    assert_eq!(clinic.vault.patient_by_code("P-2").expect("asked").expect("somebody").id, other.patient);
    assert_eq!(clinic.vault.redo(now()), Ok(Op::MergePatients));
    assert_eq!(clinic.vault.patient_count(""), Ok(1));
    assert!(matches!(clinic.vault.check_audit(), Ok(AuditCheck::Whole { .. })));
}

#[test]
fn a_withdrawal_of_either_record_holds_for_the_one_person() {
    let clinic = clinic();
    let (keep, other) = (chart(&clinic.vault, "1"), chart(&clinic.vault, "2"));
    say(&clinic.vault, keep.patient, ConsentEvent::Granted);
    say(&clinic.vault, other.patient, ConsentEvent::Withdrawn);
    assert!(allowed(&clinic.vault, keep.series));
    let plan = carry(&clinic.vault, Transfer::Patient { keep: keep.patient, other: other.patient });
    assert!(!allowed(&clinic.vault, keep.series) && !allowed(&clinic.vault, other.series));
    let less = plan.cautions.iter().find(|caution| caution.key() == "consent").expect("said");
    assert!(less.sentence().starts_with("Less is allowed") && !less.widens());
    assert_eq!(clinic.vault.consents(keep.patient).expect("consents").len(), 2);
    let page = clinic.vault.permissions(Purpose::Website, now().today, 0, 10).expect("asked");
    assert!(page.rows.len() == 2 && page.rows.iter().all(|(p, board)| p.scope.is_none() && board.is_none()));
    assert_eq!((page.allowed, page.series), (0, 2));
    assert_eq!(clinic.vault.undo(now()), Ok(Op::MergePatients));
    assert!(allowed(&clinic.vault, keep.series));
}

#[test]
fn what_a_merge_would_allow_in_addition_is_said_for_each_series() {
    let clinic = clinic();
    let (keep, other) = (chart(&clinic.vault, "1"), chart(&clinic.vault, "2"));
    say(&clinic.vault, keep.patient, ConsentEvent::Withdrawn);
    say(&clinic.vault, other.patient, ConsentEvent::Granted);
    let merge = Transfer::Patient { keep: keep.patient, other: other.patient };
    let plan = plan(&clinic.vault, merge);
    let wider: Vec<&Caution> = plan.cautions.iter().filter(|caution| caution.widens()).collect();
    assert_eq!(wider.len(), 1, "the withdrawal came before: {:?}", keys(&plan));
    let before_after = match wider[0] {
        Caution::Consent { purpose, before, after, .. } => (*purpose, *before, *after),
        other => panic!("{other:?}"),
    };
    assert_eq!(before_after, (Purpose::Website, None, Some(Scope::Region)));
    clinic.vault.carry_out(&plan, now()).expect("merged");
    assert!(allowed(&clinic.vault, keep.series));
    let found = clinic.vault.permissions(Purpose::Website, now().today, 0, 10).expect("asked");
    assert_eq!((found.allowed, found.series), (2, 2));
    assert_eq!(
        found.rows.iter().map(|(p, _)| (p.patient.id, p.scope)).collect::<Vec<_>>(),
        [(keep.patient, Some(Scope::Region)), (keep.patient, Some(Scope::Region))]
    );
}

#[test]
fn what_is_said_of_the_one_person_afterwards_cannot_be_told_apart_again() {
    let clinic = clinic();
    let (keep, other) = (chart(&clinic.vault, "1"), chart(&clinic.vault, "2"));
    let merge = Transfer::Patient { keep: keep.patient, other: other.patient };
    let _plan = carry(&clinic.vault, merge);
    assert_eq!(clinic.vault.undo(now()), Ok(Op::MergePatients));
    say(&clinic.vault, other.patient, ConsentEvent::Granted);
    assert!(matches!(clinic.vault.redo(now()), Err(VaultError::RedoRefused(why)) if why.contains("consent")));
    let _plan = carry(&clinic.vault, merge);
    // From a page that was opened before the merge.
    say(&clinic.vault, other.patient, ConsentEvent::Withdrawn);
    assert_eq!(clinic.vault.consents(keep.patient).expect("consents").len(), 2);
    assert!(!allowed(&clinic.vault, keep.series) && !allowed(&clinic.vault, other.series));
    assert!(matches!(clinic.vault.undo(now()), Err(VaultError::UndoRefused(why)) if why.contains("consent")));
    let stale = NewSeries { patient: other.patient, ..scars(other.patient) };
    let series = clinic.vault.transact(Op::AddSeries, now(), |tx| tx.add_series(&stale)).expect("a series");
    assert_eq!(clinic.vault.series(series).expect("a series").patient, keep.patient);
}

#[test]
fn a_person_of_three_records_is_found_by_each_and_parts_step_by_step() {
    let clinic = clinic();
    let [one, two, three] = ["A-1", "A-2", "A-3"].map(|code| chart(&clinic.vault, code));
    let _plan = carry(&clinic.vault, Transfer::Patient { keep: two.patient, other: three.patient });
    let _plan = carry(&clinic.vault, Transfer::Patient { keep: one.patient, other: two.patient });
    for code in ["A-1", "A-2", "A-3"] {
        assert_eq!(clinic.vault.patient_by_code(code).expect("asked").expect("somebody").id, one.patient);
    }
    assert_eq!(clinic.vault.series_of(one.patient).expect("series").len(), 3);
    assert_eq!(clinic.vault.undo(now()), Ok(Op::MergePatients));
    assert_eq!(clinic.vault.patient_by_code("A-3").expect("asked").expect("somebody").id, two.patient);
    assert_eq!(clinic.vault.undo(now()), Ok(Op::MergePatients));
    assert_eq!(clinic.vault.patient_count(""), Ok(3));
}

#[test]
fn whoever_was_merged_is_erased_with_every_record_of_theirs() {
    let clinic = clinic();
    let (keep, other) = (chart(&clinic.vault, "P-1"), chart(&clinic.vault, "P-2"));
    let stays = chart(&clinic.vault, "P-3");
    let (own, theirs) = (filed(&clinic.vault, 1, keep.cell()), filed(&clinic.vault, 2, other.cell()));
    let third = filed(&clinic.vault, 3, stays.cell());
    say(&clinic.vault, other.patient, ConsentEvent::Withdrawn);
    let _plan = carry(&clinic.vault, Transfer::Patient { keep: keep.patient, other: other.patient });
    let silent = diptych::progress::Progress::silent();
    // By either record: it is one person.
    let _gone = clinic
        .vault
        .erase_patient(other.patient, "asked for in writing", &crate::vault::secret(), now(), &silent)
        .expect("erased");
    for photo in [own, theirs] {
        assert_eq!(clinic.vault.photo(photo).map(|_| ()), Err(VaultError::NotFound));
    }
    for code in ["P-1", "P-2"] {
        assert_eq!(clinic.vault.patient_by_code(code).expect("asked"), None, "{code}");
    }
    assert!(clinic.vault.original(third).is_ok());
    let clinic = clinic.reopened();
    assert_eq!(clinic.vault.patient_count(""), Ok(1));
    let report = clinic.vault.check(&CheckRequest::default(), now(), &silent).expect("checked");
    assert!(report.findings.is_empty(), "{:?}", report.findings);
}
