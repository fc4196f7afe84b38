//! A card of six patients, from the synthetic clinic, against the truth about it.

use std::collections::HashMap;
use std::fmt::Write;
use std::path::Path;

use chrono::NaiveDate;
use diptych::clock::Now;
use diptych::demo::{Clinic, PlannedShot, Trap};
use diptych::geom::{Point, Size};
use diptych::imaging::resize;
use diptych::import::card::{self, Belief, Card, Footing, Options};
use diptych::import::watch::{STABLE_MS, Watch};
use diptych::import::{Note, Options as PlanOptions, Skip, commit, commit_all, plan, scan};
use diptych::model::{Area, Indication, NewPatient, NewSeries, PatientId, Phase, SeriesId, SessionKind, Slot};
use diptych::progress::Progress;
use diptych::vault::{KdfCost, Op, Passphrase, Vault};

use crate::support::{ascii, exif_payload, field, painted, skin, with_segment};

pub fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 5, 18).expect("a date")
}

pub fn now() -> Now {
    Now::fixed(today())
}

/// The clinic with its records up to the visit before the last, the baselines of all series, and the last visits on a card.
struct Scene {
    folder: tempfile::TempDir,
    clinic: Clinic,
    vault: Vault,
    series: HashMap<(usize, usize), SeriesId>,
    patients: Vec<PatientId>,
    /// Name of a file on the card: patient, series, shot.
    truth: HashMap<String, (usize, usize, PlannedShot)>,
}

pub fn write(folder: &Path, name: &str, bytes: &[u8]) {
    diptych::fsx::write_atomic(&folder.join(name), bytes).expect("written");
}

impl Scene {
    fn new(side: u32) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let clinic = Clinic::with_photo_side(1, today(), side);
        let passphrase = Passphrase::new("a test");
        let vault =
            Vault::create(&folder.path().join("vault"), "owner", &passphrase, KdfCost::TESTS, now()).expect("made").0;
        let card = folder.path().join("card");
        std::fs::create_dir(&card).expect("made");
        let mut scene =
            Self { folder, clinic, vault, series: HashMap::new(), patients: Vec::new(), truth: HashMap::new() };
        for p in 0..scene.clinic.patients.len() {
            scene.add(p, &card);
        }
        scene
    }

    fn card(&self) -> std::path::PathBuf {
        self.folder.path().join("card")
    }

    fn add(&mut self, p: usize, card: &Path) {
        let planned = self.clinic.patients[p].clone();
        let patient =
            self.vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&planned.person)).expect("a patient");
        self.patients.push(patient);
        for (s, course) in planned.series.iter().enumerate() {
            let new = NewSeries {
                patient,
                indications: course.indications.clone(),
                areas: course.areas.clone(),
                planned: course.planned,
                interval_min_days: course.interval_min_days,
                interval_max_days: course.interval_max_days,
                views: course.views.clone(),
                predecessor: None,
            };
            let series = self.vault.transact(Op::AddSeries, now(), |tx| tx.add_series(&new)).expect("a series");
            let _ = self.series.insert((p, s), series);
            let last = course.sessions.len() - 1;
            for (v, session) in course.sessions[..last].iter().enumerate() {
                let add = |tx: &diptych::vault::Tx<'_>| tx.add_session(series, session.date, session.kind);
                let _id = self.vault.transact(Op::AddSession, now(), add).expect("a session");
                if v == 0 {
                    let folder = self.folder.path().join(format!("baseline-{p}-{s}"));
                    std::fs::create_dir(&folder).expect("made");
                    for shot in session.shots.iter().filter(|shot| shot.trap.is_none()) {
                        write(&folder, &shot.file, &self.clinic.file(p, s, shot).expect("rendered"));
                    }
                    self.file_baseline(series, &folder);
                }
            }
            for (i, shot) in course.sessions[last].shots.iter().enumerate() {
                let name = format!("{p}{s}{i}-{}", shot.file);
                write(card, &name, &self.clinic.file(p, s, shot).expect("rendered"));
                let _ = self.truth.insert(name, (p, s, shot.clone()));
            }
        }
    }

    fn file_baseline(&self, series: SeriesId, folder: &Path) {
        let progress = Progress::silent();
        let scanned = scan::scan(&[folder.to_owned()], &progress);
        let options = PlanOptions { undated: today(), shared: false };
        let planned = plan::plan(&self.vault, series, scanned, options).expect("planned");
        let filed = commit::commit(&self.vault, &planned, now(), &progress).expect("filed");
        assert!(filed.refused.is_empty() && filed.new_sessions.is_empty());
    }

    fn suggested(&self, keep: bool, options: Options) -> Card {
        let progress = Progress::silent();
        let taken = card::take(&self.vault, &[self.card()], keep, now(), &progress).expect("taken");
        card::suggest(&self.vault, taken, options, &progress).expect("suggested")
    }

    fn truth_of(&self, shot: &card::Shot) -> &(usize, usize, PlannedShot) {
        let name = shot.found.path.0.file_name().expect("a name").to_string_lossy().into_owned();
        &self.truth[&name]
    }
}

/// Key presses for one group, counted on the screen itself in `tests/gui/triage.rs`: Enter where the suggestion is right, the
/// field, two letters, the first one found and Enter where it is not, and once more Enter where a warning stands.
fn presses_for(group: &card::Group, is_right: bool) -> usize {
    usize::from(group.is_alarmed()) + if is_right { 1 } else { 5 }
}

#[test]
#[ignore = "paints and compares eighty photos, which takes minutes: cargo test --release --test core -- --ignored card"]
fn a_card_of_six_patients_is_suggested_right_and_filed_in_one_step() {
    let scene = Scene::new(720);
    let mut card = scene.suggested(true, Options::usual(today()));
    assert_eq!(card.groups.len(), 8);
    let refused: Vec<_> = card.refused.iter().map(|r| r.reason).collect();
    assert_eq!(refused, [scan::Refusal::NotAPicture], "the note among the photos");
    assert!(card.copied >= 30 && card.may_be_cleared(), "{}", card.sentence());
    let (mut views, mut right, mut sessions, mut presses) = (0, 0, 0, 2);
    let mut said = String::new();
    let mut strangers = 0;
    for group in &mut card.groups {
        let (p, s, _) = scene.truth_of(&group.shots[0]);
        let own = scene.series[&(*p, *s)];
        let course = &scene.clinic.patients[*p].series[*s];
        let last = course.sessions.last().expect("a visit");
        let suggested = group.target.as_ref().map(|t| t.series);
        let _ = writeln!(
            said,
            "P{p}/{s} {:?} {:?} right {} confirmed {} of {} warnings {} kind {:?} of {:?}",
            group.belief,
            group.reason,
            suggested == Some(own),
            group.confirmed(),
            group.shots.len(),
            group.warnings.len(),
            group.visit.kind,
            last.kind
        );
        assert!(!group.is_certain() || suggested == Some(own), "certain and wrong:\n{said}");
        // What is certain is accepted with the rest by one key.
        let is_certain = group.is_certain();
        if suggested != Some(own) {
            *group = card::aim(&scene.vault, group, Some(own), &Options::usual(today())).expect("aimed");
        }
        presses += if is_certain { 0 } else { presses_for(group, suggested == Some(own)) };
        sessions += usize::from((group.visit.date, group.visit.kind) == (last.date, last.kind));
        let target = group.target.as_ref().expect("a target");
        for (i, (shot, planned)) in group.shots.iter().zip(&group.visit.photos).enumerate() {
            let (.., truth) = scene.truth_of(shot);
            match truth.trap {
                None => {
                    views += 1;
                    let named = target.views.iter().find(|v| Some(v.id) == planned.view);
                    right += usize::from(named.is_some_and(|v| v.spec.name == course.views[truth.view].name));
                }
                Some(Trap::WrongPatient) => {
                    strangers += 1;
                    let words: Vec<String> = planned.notes.iter().map(|note| note.words()).collect();
                    let is_marked = match group.footing(i) {
                        None => planned.notes.contains(&Note::NoView),
                        footing => footing == Some(Footing::Order),
                    };
                    assert!(is_marked, "the stranger stands for a view as if it were known: {words:?}\n{said}");
                }
                Some(_) => {}
            }
        }
        group.accepted = true;
    }
    println!("{said}{right} of {views} views, {sessions} of 8 sessions, {presses} key presses");
    assert_eq!((sessions, strangers), (8, 1), "{said}");
    assert!(right * 10 >= views * 9, "{right} of {views} views:\n{said}");
    assert!(presses <= 30, "{presses} key presses:\n{said}");

    // Filed at once, and taken back at once.
    let plans = card.plans();
    assert_eq!(plans.len(), 8);
    let outcome = commit_all(&scene.vault, &plans, now(), &Progress::silent()).expect("filed");
    let is_photo = |shot: &PlannedShot| !matches!(shot.trap, Some(Trap::NotAPhoto | Trap::Duplicate | Trap::Truncated));
    let photos = scene.truth.values().filter(|(.., shot)| is_photo(shot)).count();
    assert_eq!((outcome.filed.len(), outcome.new_sessions.len(), card.copied), (photos, 8, photos));
    for (&(p, s), &series) in &scene.series {
        let board = scene.vault.board(series).expect("a board");
        let of_card = board.photos.iter().filter_map(|photo| scene.truth.get(&photo.file_name.0));
        let strays = of_card.filter(|(owner, course, _)| (*owner, *course) != (p, s)).count();
        assert_eq!(strays, 0, "photos of others among those of {p}/{s}");
    }
    assert!(scene.vault.tray().expect("a tray").is_empty());
    let _op = scene.vault.undo(now()).expect("taken back");
    assert_eq!(scene.vault.tray().expect("a tray").len(), outcome.filed.len());
    let again = card::take_tray(&scene.vault, &Progress::silent()).expect("taken");
    assert_eq!(again.shots.len(), outcome.filed.len(), "sorted again from the tray, without the card");
}

/// A vault with one patient and a series, and an empty folder.
pub fn small() -> (tempfile::TempDir, Vault, PatientId, std::path::PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let passphrase = Passphrase::new("a test");
    let vault =
        Vault::create(&folder.path().join("vault"), "owner", &passphrase, KdfCost::TESTS, now()).expect("made").0;
    let person = Clinic::small(1, today()).patients[0].person.clone();
    let patient = vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&person)).expect("a patient");
    let new = diptych::protocol::preset(diptych::model::Indication::Pores).series(patient, &[]);
    let _series = vault.transact(Op::AddSeries, now(), |tx| tx.add_series(&new)).expect("a series");
    let card = folder.path().join("card");
    std::fs::create_dir(&card).expect("made");
    (folder, vault, patient, card)
}

pub fn timed(picture: &diptych::imaging::Picture, time: &str) -> Vec<u8> {
    let jpeg = diptych::imaging::encode_jpeg(picture, 92).expect("encoded");
    let payload = exif_payload(&[field(exif::Tag::DateTimeOriginal, ascii(time))]);
    with_segment(&jpeg, 0xe1, &payload)
}

#[test]
fn a_date_that_is_hardly_that_of_a_visit_is_said() {
    let (_folder, vault, patient, card) = small();
    let series = vault.series_of(patient).expect("asked")[0].id;
    let write_dated = |name: &str, by: f64, time: &str| {
        let picture = painted(Size::new(640, 480), move |p| skin(diptych::geom::Point::new(p.x + by, p.y)));
        write(&card, name, &timed(&picture, time));
    };
    write_dated("1.jpg", 0.0, "2026:05:18 10:00:00");
    let taken = card::take(&vault, std::slice::from_ref(&card), true, now(), &Progress::silent()).expect("taken");
    let options = Options { by_picture: false, ..Options::usual(today()) };
    let mut first = card::suggest(&vault, taken, options.clone(), &Progress::silent()).expect("suggested");
    first.groups[0] = card::aim(&vault, &first.groups[0], Some(series), &options).expect("aimed");
    assert!(!first.groups[0].visit.photos[0].notes.iter().any(|n| matches!(n, Note::InTheFuture(_))), "today");
    first.groups[0].accepted = true;
    let _filed = commit_all(&vault, &first.plans(), now(), &Progress::silent()).expect("filed");
    write_dated("2.jpg", 300.0, "2199:01:01 10:00:00");
    write_dated("3.jpg", 600.0, "2015:01:01 10:00:00");
    let taken = card::take(&vault, &[card], true, now(), &Progress::silent()).expect("taken");
    let sorted = card::suggest(&vault, taken, options.clone(), &Progress::silent()).expect("suggested");
    let aimed = sorted.groups.iter().map(|group| card::aim(&vault, group, Some(series), &options).expect("aimed"));
    let notes: Vec<Note> = aimed.flat_map(|group| group.visit.photos[0].notes.clone()).collect();
    assert!(notes.iter().any(|note| matches!(note, Note::InTheFuture(days) if *days > 60_000)), "{notes:?}");
    assert!(notes.iter().any(|note| matches!(note, Note::LongBefore(days) if *days > 4_000)), "{notes:?}");
}

#[test]
fn the_same_bytes_under_another_patient_are_an_alarm_and_a_burst_proposes_its_sharpest() {
    let (_folder, vault, patient, card) = small();
    let other =
        NewPatient { code: "P-9".into(), given: "A".into(), family: "B".into(), birth: None, fitzpatrick: None };
    let other = vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&other)).expect("a patient");
    let new = diptych::protocol::preset(diptych::model::Indication::Pores).series(other, &[]);
    let theirs = vault.transact(Op::AddSeries, now(), |tx| tx.add_series(&new)).expect("a series");
    let sharp = painted(Size::new(640, 480), skin);
    let soft = resize(&resize(&sharp, Size::new(64, 48)), Size::new(640, 480));
    write(&card, "0.jpg", &timed(&soft, "2026:05:18 10:00:00"));
    write(&card, "1.jpg", &timed(&sharp, "2026:05:18 10:00:02"));
    let progress = Progress::silent();
    let scanned = scan::scan(&[card.join("1.jpg")], &progress);
    let planned =
        plan::plan(&vault, theirs, scanned, PlanOptions { undated: today(), shared: false }).expect("planned");
    let _filed = commit::commit(&vault, &planned, now(), &progress).expect("filed");

    let options = Options { clock_s: 3600, by_picture: false, ..Options::usual(today()) };
    let taken = card::take(&vault, std::slice::from_ref(&card), true, now(), &progress).expect("taken");
    assert_eq!((taken.copied, taken.shots.len()), (1, 2));
    let sorted = card::suggest(&vault, taken, options.clone(), &progress).expect("suggested");
    assert_eq!((sorted.groups.len(), sorted.groups[0].belief), (1, Belief::Unknown));
    let skips: Vec<_> = sorted.groups[0].visit.photos.iter().map(|p| p.skip).collect();
    assert_eq!(skips, [None, Some(Skip::AlreadyFiled)], "nobody is said yet: that they are filed accuses nobody");
    let like_another = |i: usize| sorted.groups[0].visit.photos[i].notes.contains(&Note::LikeAnother);
    assert_eq!((like_another(0), like_another(1)), (true, false), "a burst of nobody yet");
    let own = vault.series_of(patient).expect("series")[0].id;
    let aimed = card::aim(&vault, &sorted.groups[0], Some(own), &options).expect("aimed");
    let alarms: Vec<_> = aimed.warnings.iter().map(|w| (w.photo, w.alarm, w.code.0.as_str())).collect();
    assert_eq!(alarms, [(1, card::Alarm::SameBytes, "P-9")]);
    assert_eq!(aimed.visit.photos[1].skip, Some(Skip::OtherPatient));
    assert!(!aimed.is_certain());
    // Wanted all the same, both are one view, and the sharper one stands for it.
    let shared = Options { shared: true, ..options };
    let mut aimed = card::aim(&vault, &sorted.groups[0], Some(own), &shared).expect("aimed");
    let places: Vec<_> = aimed.visit.photos.iter().map(|p| (p.view, p.slot)).collect();
    assert_eq!(places[0].0, places[1].0);
    assert_eq!((places[0].1, places[1].1), (Slot::Alternate, Slot::Primary));
    aimed.accepted = true;
    let sorted = Card { groups: vec![aimed], options: shared, ..sorted };
    let outcome = commit_all(&vault, &sorted.plans(), now(), &progress).expect("filed");
    assert_eq!(outcome.filed.len(), 2);
    // What the camera said stays, and by how much its clock was wrong stands beside it.
    let board = vault.board(own).expect("a board");
    let facts = &board.photos.iter().find(|photo| photo.file_name.0 == "0.jpg").expect("filed").facts;
    assert_eq!((facts.time_text.as_deref(), facts.clock_correction_s), (Some("2026:05:18 10:00:00"), 3600));
}

/// A vault with two series, and a folder with three photos of one visit.
pub fn small_scene() -> (tempfile::TempDir, Vault, [SeriesId; 2]) {
    let folder = tempfile::tempdir().expect("a folder");
    let passphrase = Passphrase::new("a test");
    let vault =
        Vault::create(&folder.path().join("vault"), "owner", &passphrase, KdfCost::TESTS, now()).expect("made").0;
    let series = ["P-1", "P-2"].map(|code| {
        let person = NewPatient {
            code: code.into(),
            given: "Test".into(),
            family: "Person".into(),
            birth: None,
            fitzpatrick: None,
        };
        let patient = vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&person)).expect("a patient");
        let new = diptych::protocol::preset(Indication::AcneScars).series(patient, &[Area::Cheeks]);
        vault.transact(Op::AddSeries, now(), |tx| tx.add_series(&new)).expect("a series")
    });
    let card = folder.path().join("card");
    std::fs::create_dir(&card).expect("made");
    for i in 0..3_u32 {
        write(&card, &format!("IMG_{i}.JPG"), &photo_of(i));
    }
    (folder, vault, series)
}

pub fn photo_of(n: u32) -> Vec<u8> {
    let shifted = |p: Point| skin(Point::new(p.x + f64::from(n) * 37.0, p.y));
    let jpeg = diptych::imaging::encode_jpeg(&painted(Size::new(480, 320), shifted), 90).expect("encoded");
    let taken = field(exif::Tag::DateTimeOriginal, ascii(&format!("2026:05:18 10:0{n}:00")));
    with_segment(&jpeg, 0xe1, &exif_payload(&[taken]))
}

#[test]
fn another_patient_does_not_make_a_photo_come_back_that_was_left_out_by_hand() {
    let (folder, vault, [first, second]) = small_scene();
    let progress = Progress::silent();
    let options = Options { by_picture: false, ..Options::usual(today()) };
    let taken = card::take(&vault, &[folder.path().join("card")], true, now(), &progress).expect("taken");
    let sorted = card::suggest(&vault, taken, options.clone(), &progress).expect("suggested");
    let mut group = card::aim(&vault, &sorted.groups[0], Some(first), &options).expect("aimed");
    group.visit.leave_out(1);
    let other = card::aim(&vault, &group, Some(second), &options).expect("aimed");
    let skips: Vec<_> = other.visit.photos.iter().map(|p| p.skip).collect();
    assert_eq!(skips, [None, Some(Skip::ByHand), None]);
    assert_eq!(other.target.as_ref().map(|t| t.series), Some(second));
}

#[test]
fn a_visit_on_another_day_joins_what_is_there_and_is_counted_anew() {
    let (folder, vault, [first, _]) = small_scene();
    let progress = Progress::silent();
    let options = Options { by_picture: false, ..Options::usual(today()) };
    let before = today() - chrono::Days::new(40);
    let add = |tx: &diptych::vault::Tx<'_>| tx.add_session(first, before, SessionKind::Consultation);
    let there = vault.transact(Op::AddSession, now(), add).expect("a session");
    let taken = card::take(&vault, &[folder.path().join("card")], true, now(), &progress).expect("taken");
    let sorted = card::suggest(&vault, taken, options.clone(), &progress).expect("suggested");
    let group = card::aim(&vault, &sorted.groups[0], Some(first), &options).expect("aimed");
    let label = |group: &card::Group| group.target.as_ref().and_then(|t| t.label.clone()).unwrap_or_default();
    assert!(label(&group).starts_with("Session 1 of"), "{}", label(&group));
    let joined = card::revisit(&vault, &group, (before, SessionKind::Treatment), today()).expect("seen");
    assert_eq!((joined.visit.existing, joined.visit.kind), (Some(there), SessionKind::Consultation));
    assert_eq!(label(&joined), "Baseline");
    let healing = card::revisit(&vault, &group, (today(), SessionKind::FollowUp), today()).expect("seen");
    assert_eq!((healing.visit.existing, healing.visit.kind), (None, SessionKind::FollowUp));
    assert!(healing.visit.photos.iter().all(|p| p.phase == Phase::NoTreatment));
}

#[test]
fn a_watched_folder_is_taken_as_it_comes_and_nothing_in_it_is_touched() {
    let (folder, vault, _) = small_scene();
    let progress = Progress::silent();
    let camera = folder.path().join("card");
    let mut watch = Watch::new(camera.clone());
    let mut step = |at: u64| watch.step(&vault, at, now(), &progress).expect("looked");
    let tray = || vault.tray().expect("a tray").len();
    assert_eq!((step(0).waiting, tray()), (3, 0), "nobody knows yet whether they grow");
    let taken = step(STABLE_MS);
    assert_eq!((taken.taken, taken.waiting, tray()), (3, 0, 3));
    // A phone copies on: half a photo, then all of it; and one that is there twice.
    let late = photo_of(7);
    write(&camera, "LATE.JPG", &late[..late.len() / 3]);
    write(&camera, "COPY.JPG", &photo_of(0));
    let _ = step(STABLE_MS + 1);
    let half = step(2 * STABLE_MS + 1);
    assert_eq!((half.taken, half.known + half.taken, tray()), (half.taken, 4, 3), "the copy is none, {half:?}");
    assert_eq!(half.unfinished, ["LATE.JPG"]);
    // The share goes away and comes back with the rest.
    let away = folder.path().join("away");
    std::fs::rename(&camera, &away).expect("gone");
    let gone = step(3 * STABLE_MS);
    assert!(!gone.there && gone.sentence().contains("safe in the tray"), "{}", gone.sentence());
    write(&away, "LATE.JPG", &late);
    std::fs::rename(&away, &camera).expect("back");
    let _ = step(4 * STABLE_MS);
    let all = step(5 * STABLE_MS + 1);
    assert!(all.there && all.unfinished.is_empty() && all.waiting == 0, "{all:?}");
    assert_eq!(tray(), 4);
    let left: Vec<_> =
        std::fs::read_dir(&camera).expect("a folder").map(|e| e.expect("an entry").file_name()).collect();
    assert_eq!(left.len(), 5, "nothing was deleted: {left:?}");
    // Begun anew, it takes nothing twice.
    let mut again = Watch::new(camera);
    let _ = again.step(&vault, 0, now(), &progress).expect("looked");
    let _ = again.step(&vault, STABLE_MS, now(), &progress).expect("looked");
    assert_eq!(tray(), 4);
}
