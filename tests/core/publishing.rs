//! From a real vault to what a person takes out of it: composites and the gallery.

use std::path::PathBuf;

use diptych::align::pair::pairs;
use diptych::align::{Placement, placement};
use diptych::compare::matching::{Tone, Unmatched};
use diptych::export::composite::{self, Apart, Options, Outcome};
use diptych::export::{ExportError, gallery};
use diptych::geom::{Matrix3, Size};
use diptych::imaging::{Detail, decode, encode_jpeg};
use diptych::model::*;
use diptych::progress::Progress;
use diptych::vault::{AuditFilter, Export, Filing, Incoming, Op, Passphrase, Vault, VaultError};

use crate::support::{painted, skin};
use crate::vault::{Clinic, chart, clinic, day, now, secret};

const SIZE: Size = Size::new(320, 240);

/// A clinic with one consented case: one view, a baseline and a photo twelve weeks later.
struct Case {
    clinic: Clinic,
    patient: PatientId,
    series: SeriesId,
    before: PhotoId,
    after: PhotoId,
}

fn case() -> Case {
    case_in(Tone::default())
}

/// The same, its later photo in another light.
fn case_in(light: Tone) -> Case {
    let clinic = clinic();
    let vault = &clinic.vault;
    let chart = chart(vault, "1042");
    let later = vault
        .transact(Op::AddSession, now(), |tx| tx.add_session(chart.series, day(2026, 4, 8), SessionKind::FollowUp))
        .expect("a session");
    let before = photo(vault, 0.0, "2026:01:14 10:00:00", chart.cell());
    let after = lit_photo(vault, 3.0, light, "2026:04:08 10:00:00", Filing { session: later, ..chart.cell() });
    let _ = vault.transact(Op::SetReference, now(), |tx| tx.set_reference(chart.view, before)).expect("a frame");
    let case = Case { patient: chart.patient, series: chart.series, before, after, clinic };
    case.consent(ConsentEvent::Granted);
    case
}

fn photo(vault: &Vault, shift: f64, time: &str, to: Filing) -> PhotoId {
    lit_photo(vault, shift, Tone::default(), time, to)
}

/// A photo in another light than the others.
fn lit_photo(vault: &Vault, shift: f64, light: Tone, time: &str, to: Filing) -> PhotoId {
    let picture = light.applied(&painted(SIZE, |p| skin(Matrix3::translation(shift, 0.0).apply(p))));
    let bytes = encode_jpeg(&picture, 90).expect("encoded");
    let facts = CaptureFacts { time_text: Some(time.into()), orientation: 1, ..CaptureFacts::default() };
    let incoming = Incoming { bytes: &bytes, file_name: "IMG_4711.JPG", facts: &facts, size: SIZE };
    let item = vault.receive(&incoming, now()).expect("received");
    vault.transact(Op::FilePhotos, now(), |tx| tx.file(item, to)).expect("filed")
}

impl Case {
    fn vault(&self) -> &Vault {
        &self.clinic.vault
    }

    fn consent(&self, event: ConsentEvent) {
        record(self.vault(), &consent(self.patient, event));
    }

    fn answer(&self, answer: Answer, source: AlignmentSource) {
        let board = self.vault().board(self.series).expect("a board");
        let alignment = Alignment {
            id: None,
            photo: self.after,
            frame: board.frames[0].id,
            model: Model::Similarity,
            matrix: Some(Matrix3::translation(3.0, 0.0)),
            engine: 1,
            source,
            answer,
            residual_px: Some(0.4),
            confidence: 0.7,
            why: (answer != Answer::Aligned).then_some(WhyNot::Unsure),
            basis: Basis::default(),
        };
        let _ = self.vault().transact(Op::Align, now(), |tx| tx.add_alignment(&alignment)).expect("stored");
    }

    fn composite(&self, accept_suggestion: bool) -> Outcome {
        let options = Options { accept_suggestion, ..Options::default() };
        composite::from_vault(self.vault(), self.before, self.after, &options).expect("made")
    }

    fn site(&self) -> PathBuf {
        self.clinic.folder.path().join("site")
    }

    fn pictures(&self) -> usize {
        self.site().join("pictures").read_dir().map_or(0, Iterator::count)
    }
}

fn consent(patient: PatientId, event: ConsentEvent) -> Consent {
    Consent {
        id: None,
        patient,
        series: None,
        purpose: Purpose::Website,
        scope: Scope::Region,
        event,
        wording: "1".into(),
        signer: "patient".into(),
        signed: None,
        expires: None,
        at: now().at,
    }
}

fn record(vault: &Vault, consent: &Consent) {
    let _ = vault.transact(Op::RecordConsent, now(), |tx| tx.add_consent(consent)).expect("recorded");
}

#[test]
fn a_suggestion_is_used_only_by_who_accepts_it_and_the_sentence_says_so() {
    let case = case();
    case.answer(Answer::Suggestion, AlignmentSource::Automatic);
    let apart = case.composite(false);
    assert_eq!((apart.matrix, apart.answer()), (Err(Apart::NotPlaced), Answer::Suggestion));
    assert!(
        apart.sentence().contains("side by side") && apart.sentence().contains("suggestion"),
        "{}",
        apart.sentence()
    );
    let accepted = case.composite(true);
    let matrix = accepted.matrix.expect("aligned");
    assert!(matrix.mean_corner_error(&Matrix3::translation(3.0, 0.0), SIZE) < 1e-9);
    assert!(accepted.sentence().contains("suggestion that you accepted"), "{}", accepted.sentence());
    assert_ne!(apart.jpeg, accepted.jpeg);
    assert!(matches!(accepted.placements, [Placement::Reference(_), Placement::Suggestion(..)]));
}

/// Mean linear green of the upper part of the left and the right half, and how many dark pixels the labels below have.
fn halves(jpeg: &[u8]) -> [(f64, usize); 2] {
    let picture = decode(jpeg, Detail::Full).expect("a picture");
    let (width, height) = (picture.size().width as usize, picture.size().height as usize);
    [0..width / 2 - 4, width / 2 + 4..width].map(|columns| {
        let pixel = |x: usize, y: usize| picture.pixels()[y * width + x];
        let upper = (0..height / 2).flat_map(|y| columns.clone().map(move |x| (x, y)));
        let light: Vec<f64> = upper.map(|(x, y)| (f64::from(pixel(x, y)[1]) / 255.0).powf(2.2)).collect();
        let lower = (height * 2 / 3..height).flat_map(|y| columns.clone().map(move |x| (x, y)));
        let dark = lower.filter(|&(x, y)| pixel(x, y)[..3].iter().all(|value| *value < 90)).count();
        (light.iter().sum::<f64>() / light.len() as f64, dark)
    })
}

#[test]
fn a_matched_composite_has_both_halves_in_one_light_says_so_in_both_and_is_in_the_audit() {
    let light = Tone { ev: -0.6, mired: 6.0 };
    let case = case_in(light);
    case.answer(Answer::Aligned, AlignmentSource::Automatic);
    let plain = case.composite(false);
    assert_eq!(plain.matching, None);
    let options = Options { matched: true, ..Options::default() };
    let made = composite::from_vault(case.vault(), case.before, case.after, &options).expect("made");
    let matching = made.matching.and_then(Result::ok).expect("matched");
    assert!((matching.difference.ev - light.ev).abs() < 0.05, "{matching:?}");
    // One step of blue in a JPEG is three mired.
    assert!((matching.difference.mired - light.mired).abs() < 3.0, "{matching:?}");
    assert!(made.sentence().contains("the earlier one by −0.3 EV"), "{}", made.sentence());
    let ([(left, own), (right, other)], [(bright, short), (dark, short_too)]) =
        (halves(&made.jpeg), halves(&plain.jpeg));
    assert!((left / right).log2().abs() < 0.05 && (bright / dark).log2() > 0.5, "{left} {right} {bright} {dark}");
    assert!(own > short + short / 5 && other > short_too + short_too / 5, "both halves are marked");

    let (vault, photos) = (case.vault(), [case.before, case.after]);
    vault.record_matched_export(Export::Composite, &photos, Some(matching), now()).expect("recorded");
    let rows = vault.audit_log(&AuditFilter::default(), 0, 1).expect("the audit");
    assert!(rows[0].details.starts_with("composite of 2 photos, matched: the difference of −0.6 EV"), "{:?}", rows[0]);
    vault.record_export(Export::Composite, &photos, now()).expect("recorded");
    let rows = vault.audit_log(&AuditFilter::default(), 0, 1).expect("the audit");
    assert_eq!(rows[0].details, "composite of 2 photos");
}

#[test]
fn what_is_not_aligned_is_not_matched_either() {
    let case = case_in(Tone { ev: -0.6, mired: 6.0 });
    case.answer(Answer::Suggestion, AlignmentSource::Automatic);
    let options = Options { matched: true, ..Options::default() };
    let made = composite::from_vault(case.vault(), case.before, case.after, &options).expect("made");
    assert_eq!(made.matching, Some(Err(Unmatched::NotAligned)));
    assert_eq!(made.jpeg, case.composite(false).jpeg, "as it was taken");
    assert!(made.sentence().contains("not matched"), "{}", made.sentence());
}

#[test]
fn whoever_saves_a_pair_is_told_what_the_patient_agreed_to() {
    let case = case();
    let covered =
        || composite::covered(&case.vault().board(case.series).expect("a board"), case.after, day(2026, 4, 9));
    assert_eq!(covered(), [Purpose::Website]);
    assert!(composite::covered_sentence(&covered()).contains("website"));
    let filed = case.vault().photo(case.after).expect("filed");
    let no_view = Filing { session: filed.session, view: None, slot: filed.slot, phase: filed.phase };
    case.vault().transact(Op::MovePhoto, now(), |tx| tx.move_photo(case.after, no_view)).expect("moved");
    assert_eq!(covered(), [], "a picture of unknown view may show the whole face, and only a region was agreed to");
    let _ = case.vault().undo(now()).expect("back");
    case.consent(ConsentEvent::Withdrawn);
    assert_eq!(covered(), []);
    assert!(composite::covered_sentence(&covered()).contains("for the record only"));
}

#[test]
fn what_a_person_placed_is_aligned_for_pairs_composites_and_the_gallery() {
    let case = case();
    case.answer(Answer::Suggestion, AlignmentSource::Landmarks);
    let board = case.vault().board(case.series).expect("a board");
    assert_eq!(pairs(&board, |_| true).len(), 1);
    let after = board.photos.iter().find(|p| p.id == case.after).expect("filed");
    assert_eq!(placement(&board, after).words(), "placed by a person, residual 0.4 px");
    assert!(case.composite(false).is_aligned());
    let built = gallery::build(case.vault(), &case.site(), &secret(), now(), &Progress::silent()).expect("built");
    assert_eq!((built.shown.len(), case.pictures()), (1, 2));
}

#[test]
fn nobody_publishes_without_their_passphrase() {
    let case = case();
    let wrong = Passphrase::new("another");
    let refused = gallery::build(case.vault(), &case.site(), &wrong, now(), &Progress::silent());
    assert!(matches!(refused, Err(ExportError::Vault(VaultError::WrongPassphrase))), "{refused:?}");
    assert!(!case.site().exists());
}

#[test]
fn photos_of_two_views_stand_side_by_side() {
    let case = case();
    let other = case.vault().views(case.series).expect("views")[1].id;
    let to = Filing {
        session: case.vault().photo(case.after).expect("filed").session,
        view: Some(other),
        slot: Slot::Primary,
        phase: Phase::BeforeTreatment,
    };
    let second = photo(case.vault(), 9.0, "2026:04:08 10:01:00", to);
    let made = composite::from_vault(case.vault(), case.before, second, &Options::default()).expect("made");
    assert_eq!(made.matrix, Err(Apart::TwoViews));
    assert!(made.sentence().contains("two views"), "{}", made.sentence());
}

#[test]
fn a_withdrawal_while_the_pictures_are_made_stops_the_case() {
    let case = case();
    case.answer(Answer::Aligned, AlignmentSource::Automatic);
    let _ = gallery::build(case.vault(), &case.site(), &secret(), now(), &Progress::silent()).expect("built");
    assert_eq!(case.pictures(), 2);
    let before = case.vault().publications(case.series).expect("a ledger").len();

    let (vault, withdrawal) = (case.vault().clone(), consent(case.patient, ConsentEvent::Withdrawn));
    let progress = Progress::new(move |report| {
        let last = report.stage == "Making pictures" && report.total > 0 && report.done == report.total;
        if last {
            record(&vault, &withdrawal);
        }
    });
    let built =
        gallery::build(case.vault(), &case.site(), &secret(), now(), &progress).expect("built without the case");
    assert!(built.shown.is_empty());
    assert_eq!(built.skipped[0].reason, gallery::SkipReason::NoConsent);
    assert_eq!(case.pictures(), 0);
    assert_eq!(case.vault().publications(case.series).expect("a ledger").len(), before);
    let page = std::fs::read_to_string(built.index).expect("a page");
    assert!(page.contains("no cases"));
}

#[test]
fn a_gallery_is_never_written_into_a_vault() {
    let case = case();
    for place in [case.vault().dir().to_owned(), case.vault().dir().join("site")] {
        let result = gallery::build(case.vault(), &place, &secret(), now(), &Progress::silent());
        assert!(matches!(result, Err(ExportError::InsideVault)), "{result:?}");
    }
}

#[test]
fn a_numeric_code_does_not_stop_a_page_that_does_not_tell_it() {
    let case = case();
    case.answer(Answer::Aligned, AlignmentSource::Automatic);
    let built = gallery::build(case.vault(), &case.site(), &secret(), now(), &Progress::silent()).expect("built");
    assert_eq!(built.shown, [case.series]);
}

#[test]
fn a_name_that_the_page_uses_as_a_word_about_nobody_does_not_stop_it_and_the_whole_name_still_would() {
    let case = case();
    case.answer(Answer::Aligned, AlignmentSource::Automatic);
    let named = |given: &str, family: &str| NewPatient {
        code: "1042".into(),
        given: given.into(),
        family: family.into(),
        birth: chrono::NaiveDate::from_ymd_opt(1980, 3, 4).map(Redacted),
        fitzpatrick: Some(Fitzpatrick::III),
    };
    let rename = |to: NewPatient| {
        case.vault().transact(Op::EditPatient, now(), |tx| tx.edit_patient(case.patient, &to)).expect("renamed");
    };
    for (given, family) in [("Henry", "Vane III"), ("Eager", "Older"), ("Ada", "Hidden")] {
        rename(named(given, family));
        let built = gallery::build(case.vault(), &case.site(), &secret(), now(), &Progress::silent()).expect("built");
        assert_eq!(built.shown, [case.series], "{given} {family}");
    }
    // A name that really stands on the page: nothing goes out, and whoever builds is told about whom.
    rename(named("Results", "Vary"));
    let refused = gallery::build(case.vault(), &case.site(), &secret(), now(), &Progress::silent());
    match refused {
        Err(ExportError::LeakAbout(_, code)) => assert_eq!(code.0, "1042"),
        other => panic!("refused with a name: {other:?}"),
    }
    let left = case.site().read_dir().expect("a site").filter_map(Result::ok);
    assert!(left.into_iter().all(|e| !e.file_name().to_string_lossy().starts_with('.')), "no staging is left");
}
