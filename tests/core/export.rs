//! What leaves the vault: the choice of cases, the pictures, the site and its self-test.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use chrono::{Days, NaiveDate};
use diptych::clock::UtcMillis;
use diptych::export::gallery::{self, Case, Facts, Shot, Site, SkipReason, publish, select};
use diptych::export::scrub::{self, Leak, Secrets};
use diptych::export::{ExportError, composite};
use diptych::geom::{Matrix3, Rect, Size};
use diptych::imaging::{Detail, decode, encode_jpeg};
use diptych::model::*;
use diptych::vault::Board;

use crate::support::{difference, exif_payload, field, painted, skin, with_segment};

const FRAME: Size = Size::new(640, 480);

fn day(n: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, 14).expect("a date") + Days::new(n)
}

/// A patient of 36 with a cheek close-up on days 0, 30 and 90, all aligned, and a website consent for regions.
fn board() -> Board {
    let series = Series {
        id: SeriesId(5),
        uid: Uid([5; 16]),
        patient: PatientId(1),
        indications: vec![Indication::AcneScars],
        areas: vec![Area::Cheeks],
        planned: 6,
        interval_min_days: 28,
        interval_max_days: 42,
        state: SeriesState::Open,
        predecessor: None,
    };
    let view = |id: i64, area, side, pose| View {
        id: ViewId(id),
        series: series.id,
        ordinal: id as u32,
        spec: NewView { name: "Cheek right".into(), area, side, pose, light: Light::Frontal, focal_mm: None },
        retired: false,
    };
    let sessions: Vec<Session> = [0, 30, 90]
        .into_iter()
        .enumerate()
        .map(|(i, n)| Session {
            id: SessionId(i as i64 + 1),
            series: series.id,
            date: day(n),
            ordinal: 0,
            kind: SessionKind::Treatment,
        })
        .collect();
    let photos: Vec<Photo> = (1..=3)
        .map(|i| Photo {
            id: PhotoId(i),
            uid: Uid([i as u8; 16]),
            patient: PatientId(1),
            session: SessionId(i),
            view: Some(ViewId(1)),
            slot: Slot::Primary,
            phase: Phase::BeforeTreatment,
            facts: taken(sessions[i as usize - 1].date),
            hash: PhotoHash([i as u8; 32]),
            length: 1,
            size: FRAME,
            file_name: "DSC_4711.JPG".into(),
        })
        .collect();
    let alignments = (2..=3).map(|i| alignment(i, Answer::Aligned)).collect();
    Board {
        patient: Patient {
            id: PatientId(1),
            uid: Uid([9; 16]),
            code: "K-0417".into(),
            given: "Zoë".into(),
            family: "Quist".into(),
            birth: NaiveDate::from_ymd_opt(1989, 5, 17).map(Redacted),
            fitzpatrick: Some(Fitzpatrick::III),
        },
        views: vec![view(1, Area::Cheeks, Side::Right, Pose::CloseUp)],
        labels: labels(&sessions, series.planned),
        frames: vec![Frame {
            id: FrameId(1),
            patient: PatientId(1),
            view: ViewId(1),
            reference: PhotoId(1),
            size: FRAME,
            mm_per_px: None,
        }],
        earlier: Vec::new(),
        consents: vec![consent(Scope::Region, ConsentEvent::Granted)],
        series,
        sessions,
        photos,
        alignments,
        measured: Vec::new(),
    }
}

/// What a camera says on a day.
fn taken(date: NaiveDate) -> CaptureFacts {
    CaptureFacts { time_text: Some(date.format("%Y:%m:%d 10:00:00").to_string()), ..CaptureFacts::default() }
}

fn alignment(photo: i64, answer: Answer) -> Alignment {
    Alignment {
        id: None,
        photo: PhotoId(photo),
        frame: FrameId(1),
        model: Model::Similarity,
        matrix: Some(Matrix3::similarity(1.02, 0.03, 5.0, -4.0)),
        engine: 1,
        source: AlignmentSource::Automatic,
        answer,
        residual_px: Some(1.2),
        confidence: 0.9,
        why: None,
        basis: Basis::default(),
    }
}

fn consent(scope: Scope, event: ConsentEvent) -> Consent {
    Consent {
        id: None,
        patient: PatientId(1),
        series: None,
        purpose: Purpose::Website,
        scope,
        event,
        wording: "1".into(),
        signer: "patient".into(),
        signed: None,
        expires: None,
        at: UtcMillis(0),
    }
}

fn reason(board: &Board) -> Option<SkipReason> {
    select(board, day(200)).err()
}

#[test]
fn the_baseline_is_shown_against_the_latest_outcome() {
    let choice = select(&board(), day(200)).expect("a pair");
    assert_eq!((choice.before.0.id, choice.after.0.id, choice.treatments), (PhotoId(1), PhotoId(3), 2));
    assert!((choice.crop.width / choice.crop.height - 4.0 / 3.0).abs() < 0.01);
}

#[test]
fn a_withdrawn_or_expired_consent_blocks_the_case() {
    let mut withdrawn = board();
    withdrawn.consents.push(consent(Scope::Region, ConsentEvent::Withdrawn));
    assert_eq!(reason(&withdrawn), Some(SkipReason::NoConsent));
    let mut expired = board();
    expired.consents[0].expires = Some(day(199));
    assert_eq!(reason(&expired), Some(SkipReason::NoConsent));
    let mut teaching = board();
    teaching.consents[0].purpose = Purpose::Teaching;
    assert_eq!(reason(&teaching), Some(SkipReason::NoConsent));
}

#[test]
fn a_face_needs_a_consent_for_the_full_face() {
    let mut face = board();
    face.views[0].spec.area = Area::Face;
    face.views[0].spec.pose = Pose::Front;
    assert_eq!(reason(&face), Some(SkipReason::FaceNotCovered));
    face.consents = vec![consent(Scope::FullFace, ConsentEvent::Granted)];
    assert_eq!(reason(&face), None);
}

#[test]
fn nobody_is_shown_who_was_younger_than_18_or_may_have_been() {
    let mut young = board();
    young.patient.birth = Some(Redacted(day(0) - chrono::Months::new(12 * 18) + Days::new(1)));
    assert_eq!(reason(&young), Some(SkipReason::Minor));
    young.patient.birth = None;
    assert_eq!(reason(&young), Some(SkipReason::BirthUnknown));
    young.patient.birth = Some(Redacted(day(0) - chrono::Months::new(12 * 18)));
    assert_eq!(reason(&young), None);
}

/// A board of somebody who has their birthday on the day of the baseline.
fn board_at_age(years: u32) -> Board {
    let mut board = board();
    board.patient.birth = Some(Redacted(day(0) - chrono::Months::new(12 * years)));
    board
}

#[test]
fn the_earlier_of_the_session_s_and_the_camera_s_date_decides_about_the_age() {
    let mut refiled = board_at_age(18);
    refiled.photos[0].facts = taken(day(0) - Days::new(1));
    assert_eq!(reason(&refiled), Some(SkipReason::Minor));
    let mut reset_clock = board_at_age(36);
    reset_clock.photos[0].facts = taken(NaiveDate::from_ymd_opt(1970, 1, 1).expect("a date"));
    assert_eq!(reason(&reset_clock), Some(SkipReason::Minor));
    let mut clock_ahead = board_at_age(18);
    clock_ahead.sessions[0].date = day(0) - Days::new(1);
    assert_eq!(reason(&clock_ahead), Some(SkipReason::Minor));
    // The after photo is asked too: an old picture filed under a late session.
    let mut old_after = board_at_age(18);
    for photo in &mut old_after.photos[1..] {
        photo.facts = taken(day(0) - Days::new(400));
    }
    assert_eq!(reason(&old_after), Some(SkipReason::Minor));
}

#[test]
fn a_photo_without_a_camera_date_makes_no_adult_of_a_child() {
    for (years, text, expected) in [
        (27, None, Some(SkipReason::CaptureUnknown)),
        (28, None, None),
        (27, Some("0000:00:00 00:00:00"), Some(SkipReason::CaptureUnknown)),
        (17, None, Some(SkipReason::Minor)),
    ] {
        let mut undated = board_at_age(years);
        undated.photos[0].facts.time_text = text.map(str::to_owned);
        assert_eq!(reason(&undated), expected, "{years} {text:?}");
    }
}

#[test]
fn a_healing_photo_is_not_an_outcome() {
    let mut healing = board();
    healing.sessions[2].kind = SessionKind::FollowUp;
    healing.sessions[2].date = day(30 + 27);
    // The day-27 photo is passed over; the one of day 30 is the latest outcome.
    assert_eq!(select(&healing, day(200)).expect("a pair").after.0.id, PhotoId(2));
    let _ = healing.photos.remove(1);
    assert_eq!(reason(&healing), Some(SkipReason::Healing));
    healing.sessions[2].date = day(30 + 28);
    assert_eq!(reason(&healing), None);
}

#[test]
fn only_what_is_aligned_in_the_same_frame_is_shown() {
    let mut unsure = board();
    unsure.alignments = vec![alignment(2, Answer::Suggestion), alignment(3, Answer::Suggestion)];
    assert_eq!(reason(&unsure), Some(SkipReason::NotAligned));
    unsure.alignments[1].source = AlignmentSource::Landmarks;
    assert_eq!(reason(&unsure), None);
    unsure.alignments[1].frame = FrameId(77);
    assert_eq!(reason(&unsure), Some(SkipReason::NotAligned));
    let mut sheared = board();
    for alignment in &mut sheared.alignments {
        alignment.matrix = Some(Matrix3([1.0, 0.2, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]));
    }
    assert_eq!(reason(&sheared), Some(SkipReason::NotAligned));
}

#[test]
fn rejected_photos_and_photos_right_after_a_treatment_are_not_shown() {
    let mut rejected = board();
    rejected.photos[2].slot = Slot::Rejected;
    rejected.photos[1].phase = Phase::ImmediatelyAfter;
    assert_eq!(reason(&rejected), Some(SkipReason::NoPair));
}

#[test]
fn published_pictures_show_the_same_skin_and_carry_nothing_else() {
    let to_frame = Matrix3::translation(20.0, -9.0).after(&Matrix3::similarity(0.95, 0.05, 0.0, 0.0));
    let with_exif = |picture| {
        let payload = exif_payload(&[field(exif::Tag::Orientation, exif::Value::Short(vec![1]))]);
        with_segment(&encode_jpeg(&picture, 95).expect("encoded"), 0xe1, &payload)
    };
    let before = with_exif(painted(FRAME, skin));
    let after = with_exif(painted(FRAME, |p| skin(to_frame.apply(p))));
    let crop = Rect { x: 80.0, y: 60.0, width: 400.0, height: 300.0 };
    let pictures = gallery::make_pictures([&before, &after], &[Matrix3::IDENTITY, to_frame], crop).expect("pictures");
    assert_eq!(pictures.size, Size::new(400, 300));
    let shown = [&pictures.before, &pictures.after].map(|b| decode(b, Detail::Full).expect("decoded"));
    assert!(difference(&shown[0], &shown[1]) < 3.0, "{}", difference(&shown[0], &shown[1]));
    for bytes in [&pictures.before, &pictures.after] {
        assert_eq!(scrub::check("a.jpg", bytes, &Secrets::default()), None);
    }
    assert_eq!(scrub::check("a.jpg", &before, &Secrets::default()), Some(Leak::Metadata));
}

fn secrets() -> Secrets {
    let mut secrets = Secrets::default();
    secrets.add_patient(&board().patient, &gallery::fixed_words());
    secrets.add_date(day(0));
    secrets.add_file_name("DSC_4711.JPG", "");
    secrets
}

fn site_with(note: &str) -> Site {
    let mut site = Site::default();
    let picture = |tone: u8| encode_jpeg(&painted(Size::new(64, 48), |_| [tone, 120, 110]), 90).expect("encoded");
    let (before, after) = (site.add_picture(picture(210)), site.add_picture(picture(190)));
    let case = Case {
        facts: Facts {
            indication: note.to_owned(),
            area: "cheeks, right side, close-up".into(),
            treatments: 3,
            planned: 6,
            weeks: 12,
            age_band: Some("30–39".into()),
            skin: Some(Fitzpatrick::III),
        },
        before: Shot { label: "Session 1 of 6 · baseline".into(), file: before },
        after: Shot { label: "Session 4 of 6 · 12 weeks".into(), file: after },
        size: Size::new(64, 48),
    };
    site.add("index.html", gallery::index_html(&[case]));
    site.add("style.css", gallery::stylesheet());
    site.add("slider.js", gallery::script());
    site
}

fn names(folder: &Path) -> Vec<String> {
    let files = diptych::fsx::files_below(folder).expect("listed");
    files.iter().map(|f| f.strip_prefix(folder).expect("below").to_string_lossy().into_owned()).collect()
}

#[test]
fn a_site_is_put_in_place_clean_and_with_one_file_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let destination = folder.path().join("site");
    let proof = publish(&site_with("Acne scars"), &destination, &secrets(), || Ok(())).expect("published");
    assert_eq!((proof.files, proof.pictures), (6, 2));
    assert_eq!(names(&destination).len(), 6);
    assert_eq!(scrub::assert_clean(&destination, &secrets()).expect("clean"), proof);
    assert_eq!(names(folder.path()).len(), 6, "something was left beside the site");
}

#[test]
fn a_planted_secret_stops_the_publication_and_leaves_nothing() {
    for note in ["Quist", "of zoë today", "k-0417", "born 17.05.1989", "2026-01-14", "dsc_4711", "https://elsewhere"] {
        let folder = tempfile::tempdir().expect("a folder");
        let destination = folder.path().join("site");
        let result = publish(&site_with(note), &destination, &secrets(), || Ok(()));
        assert!(matches!(result, Err(ExportError::Leak(_))), "{note}: {result:?}");
        assert!(names(folder.path()).is_empty(), "{note}");
    }
}

#[test]
fn metadata_comments_and_appended_bytes_are_leaks() {
    let clean = encode_jpeg(&painted(Size::new(64, 48), skin), 90).expect("encoded");
    let none = Secrets::default();
    assert_eq!(scrub::check("a.jpg", &clean, &none), None);
    for marker in [0xe1, 0xe2, 0xed, 0xee, 0xfe] {
        assert_eq!(scrub::check("a.jpg", &with_segment(&clean, marker, b"x"), &none), Some(Leak::Metadata));
    }
    assert_eq!(scrub::check("a.jpg", &[&clean[..], b"x"].concat(), &none), Some(Leak::TrailingBytes));
    assert_eq!(scrub::check("a.jpg", &clean[..clean.len() - 9], &none), Some(Leak::Unreadable));
    assert_eq!(scrub::check("a.png", b"", &none), Some(Leak::ForeignFile));
}

#[test]
fn a_fresh_file_time_is_a_leak() {
    let folder = tempfile::tempdir().expect("a folder");
    diptych::fsx::write_atomic(&folder.path().join("style.css"), b"a{}").expect("written");
    let result = scrub::assert_clean(folder.path(), &Secrets::default());
    assert!(matches!(&result, Err(ExportError::Leak(f)) if f.kind == Leak::FileTime), "{result:?}");
}

#[test]
fn a_rebuild_replaces_its_own_files_and_no_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let destination = folder.path().join("site");
    let none = Secrets::default();
    let _ = publish(&site_with("Acne scars"), &destination, &none, || Ok(())).expect("published");
    let _ = fs::copy(destination.join("style.css"), destination.join("their-own.txt")).expect("copied");
    let mut without_cases = Site::default();
    without_cases.add("index.html", gallery::index_html(&[]));
    let _ = publish(&without_cases, &destination, &none, || Ok(())).expect("published again");
    assert_eq!(names(&destination), ["index.html", "manifest.json", "their-own.txt"]);
    assert!(fs::read_to_string(destination.join("index.html")).expect("read").contains("no cases"));
}

#[test]
fn a_page_somebody_else_made_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let page = folder.path().join("index.html");
    diptych::fsx::write_atomic(&page, b"their page").expect("written");
    let result = publish(&site_with("Acne scars"), folder.path(), &Secrets::default(), || Ok(()));
    assert!(matches!(result, Err(ExportError::ForeignFolder)), "{result:?}");
    assert_eq!(names(folder.path()), ["index.html"]);
    assert_eq!(fs::read(&page).expect("read"), b"their page");
    let onto_file = publish(&site_with("Acne scars"), &page, &Secrets::default(), || Ok(()));
    assert!(matches!(onto_file, Err(ExportError::NotAFolder)), "{onto_file:?}");
}

#[test]
fn a_page_of_ours_that_somebody_changed_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let destination = folder.path().join("site");
    let none = Secrets::default();
    let _ = publish(&site_with("Acne scars"), &destination, &none, || Ok(())).expect("published");
    diptych::fsx::write_atomic(&destination.join("index.html"), b"their page").expect("written");
    let result = publish(&site_with("Pores"), &destination, &none, || Ok(()));
    assert!(matches!(&result, Err(ExportError::Occupied { name }) if name == "index.html"), "{result:?}");
    assert_eq!(fs::read(destination.join("index.html")).expect("read"), b"their page");
}

#[test]
fn a_missing_parent_folder_is_not_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let result = publish(&site_with("Acne scars"), &folder.path().join("no/site"), &Secrets::default(), || Ok(()));
    assert!(matches!(result, Err(ExportError::NoFolder)), "{result:?}");
    assert!(names(folder.path()).is_empty() && !folder.path().join("no").exists());
}

#[test]
fn a_list_that_points_out_of_the_folder_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let list = br#"{"schema":1,"files":{"../victim.html":["00"]}}"#;
    diptych::fsx::write_atomic(&folder.path().join("manifest.json"), list).expect("written");
    let result = publish(&site_with("Acne scars"), folder.path(), &Secrets::default(), || Ok(()));
    assert!(matches!(result, Err(ExportError::BadManifest)), "{result:?}");
}

#[test]
fn what_cannot_be_recorded_is_not_published() {
    let folder = tempfile::tempdir().expect("a folder");
    let destination = folder.path().join("site");
    let refuse = || Err(ExportError::Cancelled);
    let result = publish(&site_with("Acne scars"), &destination, &Secrets::default(), refuse);
    assert!(matches!(result, Err(ExportError::Cancelled)));
    assert!(names(folder.path()).is_empty());
}

#[test]
fn every_reason_and_error_has_words() {
    let errors = [
        ExportError::TwoPatients,
        ExportError::DiskFull,
        ExportError::Exists,
        ExportError::IsSource,
        ExportError::IsFolder,
        ExportError::NotAFolder,
        ExportError::NoFolder,
        ExportError::ForeignFolder,
        ExportError::InsideVault,
        ExportError::BadManifest,
        ExportError::Occupied { name: "index.html".into() },
        ExportError::Leak(scrub::Finding { kind: Leak::Secret, file: "index.html".into() }),
    ];
    let mut seen = HashSet::new();
    for error in errors {
        let message = error.user_message();
        assert!(message.len() > 60 && seen.insert(message));
    }
    assert!(SkipReason::ALL.iter().all(|r| !r.words().is_empty()));
    assert_eq!(composite::Options::default().quality, 92);
}
