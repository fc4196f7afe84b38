//! The synthetic clinic: what it promises to everything that is tested with it.

use std::collections::HashSet;
use std::fs;

use chrono::NaiveDate;
use diptych::demo::{Clinic, Exposure, Subject, TRUTH_FILE, Trap, Truth, render_pair};
use diptych::geom::{Point, Size};
use diptych::imaging::Picture;
use diptych::model::{Fitzpatrick, Indication, Patient, PatientId, SeriesState, SessionKind, Uid};
use diptych::progress::Progress;

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 20).expect("a date")
}

/// What is asked of whole cards does not depend on how much a photo shows.
fn tiny() -> Clinic {
    Clinic::with_photo_side(11, today(), 72)
}

/// Mean absolute difference of `moving`, brought to `fixed` by `place`, over the shared middle, in 8-bit steps.
fn difference(moving: &Picture, fixed: &Picture, place: impl Fn(Point) -> Point) -> f64 {
    let (size, mut sum, mut count) = (fixed.size(), 0.0, 0.0);
    let value = |picture: &Picture, x: f64, y: f64, c: usize| -> Option<f64> {
        let s = picture.size();
        let (fx, fy) = (x - 0.5, y - 0.5);
        if fx < 0.0 || fy < 0.0 || fx >= f64::from(s.width - 1) || fy >= f64::from(s.height - 1) {
            return None;
        }
        let (ix, iy) = (fx as usize, fy as usize);
        let (u, v) = (fx - ix as f64, fy - iy as f64);
        let at = |i: usize, j: usize| f64::from(picture.rgba()[4 * (j * s.width as usize + i) + c]);
        let top = at(ix, iy) * (1.0 - u) + at(ix + 1, iy) * u;
        let bottom = at(ix, iy + 1) * (1.0 - u) + at(ix + 1, iy + 1) * u;
        Some(top * (1.0 - v) + bottom * v)
    };
    for y in (20..size.height - 20).step_by(3) {
        for x in (20..size.width - 20).step_by(3) {
            let target = Point::new(f64::from(x) + 0.5, f64::from(y) + 0.5);
            let source = place(target);
            for c in 0..3 {
                if let (Some(a), Some(b)) = (value(moving, source.x, source.y, c), value(fixed, target.x, target.y, c))
                {
                    sum += (a - b).abs();
                    count += 1.0;
                }
            }
        }
    }
    assert!(count > 1000.0, "the pictures share too little");
    sum / count
}

#[test]
fn the_plan_is_a_clinic_of_six_patients_and_eight_series() {
    let clinic = Clinic::new(1, today());
    assert_eq!(clinic.patients.len(), 6);
    let series: Vec<_> = clinic.patients.iter().flat_map(|p| &p.series).collect();
    assert_eq!(series.len(), 8);
    assert!((95..=125).contains(&clinic.photo_count()), "{} photos", clinic.photo_count());
    for s in &series {
        assert!((3..=7).contains(&s.sessions.len()) && (3..=5).contains(&s.views.len()), "{}", s.folder);
        assert!(s.sessions.is_sorted_by_key(|v| v.date) && s.sessions.iter().all(|v| v.date <= today()));
    }
    assert!(series.iter().any(|s| s.state == SeriesState::Finished));
    let kinds: HashSet<_> = series.iter().flat_map(|s| &s.sessions).map(|v| v.kind).collect();
    assert_eq!(kinds.len(), SessionKind::ALL.len(), "every kind of session occurs");
    for (.., shot) in clinic.shots() {
        assert!(shot.trap == Some(Trap::NotAPhoto) || shot.size.width * shot.size.height >= 4_000_000);
    }
}

#[test]
fn everybody_is_an_adult_whatever_the_day() {
    for year in [2020, 2026, 2060] {
        let day = NaiveDate::from_ymd_opt(year, 2, 28).expect("a date");
        for planned in Clinic::new(1, day).patients {
            let p = planned.person;
            let patient = Patient {
                id: PatientId(1),
                uid: Uid([0; 16]),
                code: p.code,
                given: p.given,
                family: p.family,
                birth: p.birth,
                fitzpatrick: p.fitzpatrick,
            };
            let first = planned.series.iter().flat_map(|s| &s.sessions).map(|s| s.date).min().expect("a session");
            assert!(patient.age_on(first).expect("an age") >= 18);
        }
    }
}

#[test]
fn the_views_of_a_session_come_in_order_and_extra_shots_last() {
    for patient in Clinic::new(3, today()).patients {
        for series in patient.series {
            for session in series.sessions {
                let planned = series.views.len();
                for (index, shot) in session.shots.iter().enumerate() {
                    assert_eq!(shot.trap.is_some(), index >= planned, "{}", series.folder);
                    assert!(index >= planned || shot.view == index);
                }
                assert!(session.shots.is_sorted_by_key(|s| s.taken));
                assert!(session.shots.iter().all(|s| s.taken.date() == session.date));
            }
        }
    }
}

#[test]
fn without_treatment_light_or_noise_the_true_map_lays_one_shot_on_the_other() {
    let size = Size::new(480, 320);
    let mut moving = Exposure::IDEAL;
    moving.pose.scale = 1.12;
    moving.pose.turn = -0.11;
    moving.pose.shift = (0.03, -0.02);
    let pair = render_pair(5, Fitzpatrick::III, Subject::Cheek(Indication::AcneScars), size, &moving, &Exposure::IDEAL)
        .expect("rendered");
    assert!(pair.rms_px < 1e-6, "a similarity is met exactly, not by {} px", pair.rms_px);
    let back = pair.matrix.inverse().expect("regular");
    let right = difference(&pair.moving, &pair.fixed, |p| back.apply(p));
    let shifted = difference(&pair.moving, &pair.fixed, |p| {
        let q = back.apply(p);
        Point::new(q.x + 2.0, q.y + 1.0)
    });
    assert!(right < 1.2, "aligned by the truth they differ by {right}");
    assert!(right * 2.0 < shifted, "two pixels off ({shifted}) must be worse than the truth ({right})");
}

#[test]
fn tilt_and_moved_skin_show_as_deviation_of_a_few_pixels() {
    let size = Size::new(480, 320);
    let moving = Exposure::random(0, 1.0, 2);
    let subject = Subject::Forehead(Indication::Wrinkles);
    let fixed = Exposure::random(50, 0.3, 0);
    let pair = render_pair(2, Fitzpatrick::II, subject, size, &moving, &fixed).expect("rendered");
    assert!(pair.rms_px > 0.01 && pair.rms_px < 3.0, "{} px", pair.rms_px);
    assert!((0.7..1.4).contains(&pair.matrix.scale()));
}

#[test]
fn a_changed_light_changes_relief_but_not_the_mean() {
    let size = Size::new(240, 160);
    let mut moving = Exposure::IDEAL;
    moving.lamp.direction[0] = -moving.lamp.direction[0];
    let subject = Subject::Cheek(Indication::AcneScars);
    let pair = render_pair(5, Fitzpatrick::III, subject, size, &moving, &Exposure::IDEAL).expect("rendered");
    let mean = |p: &Picture| p.rgba().iter().map(|&v| f64::from(v)).sum::<f64>() / p.rgba().len() as f64;
    assert!(difference(&pair.moving, &pair.fixed, |p| p) > 1.5);
    assert!((mean(&pair.moving) - mean(&pair.fixed)).abs() < 12.0);
}

#[test]
fn redness_settles_from_session_to_session() {
    let size = Size::new(240, 160);
    let redness = |p: &Picture| {
        p.rgba().chunks(4).map(|c| f64::from(c[0]) - f64::from(c[1])).sum::<f64>() / f64::from(size.width * size.height)
    };
    let after = Exposure { progression: Exposure::random(1, 0.0, 4).progression, ..Exposure::IDEAL };
    let subject = Subject::Cheek(Indication::ActiveAcne);
    let pair = render_pair(9, Fitzpatrick::III, subject, size, &after, &Exposure::IDEAL).expect("rendered");
    assert!(redness(&pair.moving) + 1.0 < redness(&pair.fixed));
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_one_thread_and_on_two() {
    let clinic = Clinic::with_photo_side(11, today(), 144);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| {
            let pick = [(0usize, 0usize, 1usize, 0usize), (0, 0, 2, 3), (4, 1, 1, 1)];
            pick.map(|(p, s, v, i)| {
                clinic.file(p, s, &clinic.patients[p].series[s].sessions[v].shots[i]).expect("rendered")
            })
        })
    };
    let alone = on(1);
    assert_eq!(alone, on(2));
    assert_ne!(
        alone[0],
        Clinic::with_photo_side(12, today(), 144)
            .file(0, 0, &clinic.patients[0].series[0].sessions[1].shots[0])
            .expect("rendered")
    );
}

#[test]
fn the_card_holds_what_the_truth_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let clinic = tiny();
    let truth = clinic.write(folder.path(), &Progress::silent()).expect("written");
    let read: Truth =
        serde_json::from_slice(&fs::read(folder.path().join(TRUTH_FILE)).expect("the truth")).expect("valid");
    assert_eq!(read.shots.len(), truth.shots.len());
    for (a, b) in read.shots.iter().zip(&truth.shots) {
        assert!(a.file == b.file && a.view == b.view && a.trap == b.trap, "{} was read as {}", b.file, a.file);
        // Decimal text may cost the last bit of a number.
        let off = a.matrix.zip(b.matrix).map_or(0.0, |(m, n)| m.mean_corner_error(&n, b.size));
        assert!(off < 1e-9 && a.matrix.is_some() == b.matrix.is_some());
    }
    let files = diptych::fsx::files_below(folder.path()).expect("listed");
    assert_eq!(files.len(), truth.shots.len() + 1);
    let bytes = |file: &str| fs::read(folder.path().join(file)).expect("a file");

    for trap in [Trap::Blurred, Trap::Duplicate, Trap::WrongPatient, Trap::Truncated, Trap::NotAPhoto] {
        assert_eq!(truth.shots.iter().filter(|s| s.trap == Some(trap)).count(), 1, "{trap:?}");
    }
    let mut seen = std::collections::HashMap::new();
    let mut twins = 0;
    for shot in &truth.shots {
        let file = bytes(&shot.file);
        let name = clinic_name(&clinic, &shot.patient);
        assert!(contains(&file, name.as_bytes()), "{} holds the planted name", shot.file);
        if shot.trap == Some(Trap::NotAPhoto) {
            assert!(shot.matrix.is_none() && shot.view.is_none());
            continue;
        }
        assert_eq!(&file[..2], [0xff, 0xd8]);
        assert_eq!(file.ends_with(&[0xff, 0xd9]), shot.trap != Some(Trap::Truncated), "{}", shot.file);
        assert_eq!(shot.matrix.is_none(), shot.subject != shot.patient, "{}", shot.file);
        if let Some(other) = seen.insert(file, shot.file.clone()) {
            twins += 1;
            assert_eq!(shot.trap, Some(Trap::Duplicate), "{} equals {other}", shot.file);
        }
        if shot.reference {
            let matrix = shot.matrix.expect("a reference lies in its own frame");
            assert!(matrix.mean_corner_error(&diptych::geom::Matrix3::IDENTITY, shot.size) < 1e-6);
        }
    }
    assert_eq!(twins, 1);
}

#[test]
fn photos_carry_what_cameras_write_and_what_must_never_leave() {
    let clinic = tiny();
    let mut orientations = HashSet::new();
    let (mut offsets, mut profiles) = (0, 0);
    let reader = exif::Reader::new();
    for (p, s, v, shot) in
        clinic.shots().filter(|(p, s, v, shot)| shot.trap.is_none() && (p + s + v + shot.view) % 4 == 0)
    {
        let file = clinic.file(p, s, shot).expect("rendered");
        let data = reader.read_from_container(&mut std::io::Cursor::new(&file)).expect("metadata");
        let text = |tag| data.get_field(tag, exif::In::PRIMARY).map(|f| f.display_value().to_string());
        let number = |tag| data.get_field(tag, exif::In::PRIMARY).and_then(|f| f.value.get_uint(0));
        let date = clinic.patients[p].series[s].sessions[v].date;
        assert!(text(exif::Tag::DateTimeOriginal).expect("a time").starts_with(&date.to_string()));
        assert_eq!(number(exif::Tag::FocalLengthIn35mmFilm), Some(100));
        assert!(text(exif::Tag::GPSLatitude).is_some() && text(exif::Tag::Artist).is_some());
        assert!(text(exif::Tag::Model).expect("a camera").contains("Synthetic"));
        offsets += usize::from(text(exif::Tag::OffsetTimeOriginal).is_some());
        profiles += usize::from(contains(&file, b"ICC_PROFILE"));
        assert_eq!(contains(&file, b"ICC_PROFILE"), shot.sensor.wide);
        assert_eq!(number(exif::Tag::Orientation), Some(u32::from(shot.orientation)));
        let stored = (number(exif::Tag::PixelXDimension), number(exif::Tag::PixelYDimension));
        let turned = shot.orientation >= 5;
        let expected = if turned { (shot.size.height, shot.size.width) } else { (shot.size.width, shot.size.height) };
        assert_eq!(stored, (Some(expected.0), Some(expected.1)));
        let _ = orientations.insert(shot.orientation);
    }
    assert!([1, 3, 6, 8].iter().all(|o| orientations.contains(o)), "{orientations:?}");
    assert!(offsets > 0 && profiles > 0);
}

fn clinic_name(clinic: &Clinic, code: &str) -> String {
    let person = clinic.patients.iter().map(|p| &p.person).find(|p| p.code.0 == code).expect("a patient");
    format!("{} {}", person.given.0, person.family.0)
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|w| w == needle)
}

#[test]
fn an_unfinished_demo_that_is_open_elsewhere_is_left_alone() {
    use diptych::clock::Now;
    use diptych::demo::run::{self, Request, RunError};
    use diptych::vault::{KdfCost, Passphrase, Vault, VaultError};

    let folder = tempfile::tempdir().expect("a temporary folder");
    let (dir, now, passphrase) = (folder.path().join("demo"), Now::fixed(today()), Passphrase::new(run::PASSPHRASE));
    let request = Request { photo_side: Some(144), cost: KdfCost::TESTS, ..Request::new(&dir, &passphrase) };
    let stopped = Progress::silent();
    stopped.cancel();
    assert!(matches!(run::run(&request, now, &stopped), Err(RunError::Card(_))));
    let vault = dir.join(run::VAULT);
    let (open, _) = Vault::create(&vault, run::LOGIN, &passphrase, KdfCost::TESTS, now).expect("a vault");
    let Err(error) = run::run(&request, now, &stopped) else { panic!("it was built under another program") };
    assert!(matches!(error, RunError::Vault(VaultError::InUse { .. })), "{error:?}");
    let said = error.user_message();
    assert!(said.contains("process") && said.contains("Close it there"), "{said}");
    assert!(vault.join("catalog.db").exists());

    drop(open);
    assert!(matches!(run::run(&request, now, &stopped), Err(RunError::Card(_))));
    assert!(!vault.join("catalog.db").exists(), "with nobody in it the rest is cleared");

    let building = fs::File::options().write(true).open(dir.join("diptych-demo.lock")).expect("the lock");
    building.lock().expect("locked");
    assert!(matches!(run::run(&request, now, &stopped), Err(RunError::BeingBuilt)));
}
