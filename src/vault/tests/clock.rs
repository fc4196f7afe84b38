//! A clock that was set back: nothing is refused for it, and what happened keeps its order.

use super::*;

fn at(day: u32) -> Now {
    Now::fixed(NaiveDate::from_ymd_opt(2026, 6, day).expect("a date"))
}

#[test]
fn a_clock_set_back_again_and_again_refuses_nothing_and_changes_no_order() {
    let (folder, vault) = created();
    let mut vault = Some(vault);
    let mut order = Vec::new();
    for (n, day) in (0..).zip((1..=28).rev()) {
        let now = at(day);
        let open = vault.take().unwrap_or_else(|| Vault::open(folder.path(), "anna", &secret(), now).expect("opened"));
        let patient = open.transact(Op::AddPatient, now, |tx| tx.add_patient(&person(n, "Anna"))).expect("added");
        let facts = CaptureFacts::default();
        let item = open.receive(&incoming(format!("photo {n}").as_bytes(), &facts), now).expect("received");
        assert!(open.read_back(item).expect("read back"));
        let made = open.transact(Op::AddSeries, now, |tx| {
            let id = tx.add_series(&series(patient))?;
            tx.add_session(id, now.today, SessionKind::Treatment)
        });
        let to = Filing { session: made.expect("made"), view: None, slot: Slot::Alternate, phase: Phase::NoTreatment };
        let _photo = open.transact(Op::FilePhotos, now, |tx| tx.file(item, to)).expect("filed");
        assert_eq!(open.undo(now), Ok(Op::FilePhotos), "the newest change is the last one, not the latest");
        let _photo = open.transact(Op::FilePhotos, now, |tx| tx.file(item, to)).expect("filed again");
        order.push(open.audit(1).expect("the audit")[0].seq);
        if n % 5 == 4 {
            assert_eq!(open.change_passphrase(Some(&secret()), &secret(), KdfCost::TESTS, now), Ok(()));
        } else {
            vault = Some(open);
        }
    }
    drop(vault);
    let vault = opened(&folder, blob::VOLUME_LIMIT);
    assert!(order.is_sorted());
    let audit = vault.audit(10_000).expect("the audit");
    assert!(audit.is_sorted_by_key(|row| -row.seq), "newest first, by sequence");
    assert!(!audit.is_sorted_by_key(|row| -row.at.0), "and not by time");
    assert!(matches!(vault.check_audit(), Ok(AuditCheck::Whole { .. })));
    let report = vault.check(&CheckRequest::default(), at(1), &crate::progress::Progress::silent()).expect("checked");
    assert_eq!((report.findings, report.originals), (Vec::new(), 28));
}
