//! Photos that may be another patient's: what is compared, and what is said before anything is filed.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

use chrono::NaiveDate;
use diptych::clock::Now;
use diptych::geom::{Matrix3, Point, Size};
use diptych::imaging::{Picture, encode_jpeg};
use diptych::import::card::{self, Alarm, Belief, Card, Footing, Group, Options, Reason};
use diptych::import::{Note, Options as PlanOptions, Skip, commit, plan, scan};
use diptych::model::{Indication, NewPatient, SeriesId, SessionKind};
use diptych::progress::Progress;
use diptych::protocol;
use diptych::vault::{KdfCost, Op, Passphrase, Vault};

use crate::registration::skin::{Skin, Visit, view};
use crate::support::{ascii, exif_payload, field, painted, skin, with_segment};

const SIZE: Size = Size::new(320, 240);

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 5, 18).expect("a date")
}

fn now() -> Now {
    Now::fixed(today())
}

fn front() -> Matrix3 {
    view(SIZE, Point::new(0.0, 0.0), 1.0, 0.0)
}

/// A photo of the skin of `seed`, some weeks later where `later`; painted once, most tests look at the same few.
fn photographed(seed: u32, later: bool) -> Picture {
    static PAINTED: OnceLock<Mutex<HashMap<(u32, bool), Picture>>> = OnceLock::new();
    let mut painted = PAINTED.get_or_init(Mutex::default).lock().expect("nobody fails in here");
    painted.entry((seed, later)).or_insert_with(|| paint(seed, later)).clone()
}

fn paint(seed: u32, later: bool) -> Picture {
    if !later {
        return Skin::new(seed).photograph(SIZE, &front(), &Visit::FIRST);
    }
    let there = view(SIZE, Point::new(9.0, -6.0), 0.97, 2.0);
    Skin::new(seed).photograph(SIZE, &there, &Visit { light: 0.7, seed: 5, ..Visit::FIRST })
}

fn write(path: &Path, picture: &Picture, time: Option<&str>) {
    let jpeg = encode_jpeg(picture, 92).expect("encoded");
    let jpeg = match time {
        Some(time) => with_segment(&jpeg, 0xe1, &exif_payload(&[field(exif::Tag::DateTimeOriginal, ascii(time))])),
        None => jpeg,
    };
    diptych::fsx::write_atomic(path, &jpeg).expect("written");
}

/// Skin of the first view of each patient; that of the second is the next one.
const SEEDS: [u32; 2] = [31, 61];

/// Two patients, each with a baseline of two views, and an empty card.
struct Scene {
    folder: tempfile::TempDir,
    vault: Vault,
    series: [SeriesId; 2],
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let passphrase = Passphrase::new("a test");
        let made = Vault::create(&folder.path().join("vault"), "owner", &passphrase, KdfCost::TESTS, now());
        let vault = made.expect("made").0;
        let series = ["P-A", "P-B"].map(|code| {
            let person = NewPatient {
                code: code.into(),
                given: "Test".into(),
                family: "Person".into(),
                birth: None,
                fitzpatrick: None,
            };
            let patient = vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&person)).expect("a patient");
            let new = protocol::preset(Indication::Pores).series(patient, &[]);
            vault.transact(Op::AddSeries, now(), |tx| tx.add_series(&new)).expect("a series")
        });
        let scene = Self { folder, vault, series };
        std::fs::create_dir(scene.card()).expect("made");
        for (n, series) in series.into_iter().enumerate() {
            let baseline = scene.folder.path().join(format!("baseline-{n}"));
            std::fs::create_dir(&baseline).expect("made");
            for i in 0..2_u32 {
                let time = format!("2026:04:20 10:0{i}:00");
                write(&baseline.join(format!("{i}.jpg")), &photographed(SEEDS[n] + i, false), Some(&time));
            }
            let planned = scene.planned(series, &baseline);
            let filed = commit(&scene.vault, &planned, now(), &Progress::silent()).expect("filed");
            assert_eq!(filed.filed.len(), 2);
        }
        scene
    }

    fn card(&self) -> PathBuf {
        self.folder.path().join("card")
    }

    fn planned(&self, series: SeriesId, folder: &Path) -> diptych::import::Plan {
        let scanned = scan::scan(&[folder.to_owned()], &Progress::silent());
        let options = PlanOptions { undated: today(), shared: false };
        plan::plan(&self.vault, series, scanned, options).expect("planned")
    }

    fn sorted(&self) -> Card {
        let progress = Progress::silent();
        let taken = card::take(&self.vault, &[self.card()], true, now(), &progress).expect("taken");
        card::suggest(&self.vault, taken, Options::usual(today()), &progress).expect("suggested")
    }

    fn recheck(&self, group: &Group) -> Group {
        card::recheck(&self.vault, group, &Options::usual(today())).expect("looked at")
    }
}

fn alarms(group: &Group) -> Vec<(usize, Alarm, &str)> {
    group.warnings.iter().map(|warning| (warning.photo, warning.alarm, warning.code.0.as_str())).collect()
}

#[test]
fn groups_that_are_put_together_or_cut_are_looked_at_anew_and_no_alarm_is_lost() {
    let scene = Scene::new();
    write(&scene.card().join("1.jpg"), &photographed(SEEDS[0], true), Some("2026:05:18 10:00:00"));
    write(&scene.card().join("2.jpg"), &photographed(SEEDS[1], true), Some("2026:05:18 10:10:00"));
    let mut sorted = scene.sorted();
    let target = |group: &Group| group.target.as_ref().map(|target| target.series);
    let targets: Vec<_> = sorted.groups.iter().map(target).collect();
    assert_eq!(targets, scene.series.map(Some), "each is known");
    assert!(sorted.groups.iter().all(|group| group.is_certain() && alarms(group).is_empty()));
    // Said by hand of the first photo: it shows the other view.
    let other_view = sorted.groups[0].target.as_ref().expect("a target").views[1].id;
    sorted.groups[0].set_view(0, Some(other_view));
    assert!(sorted.merge(0));
    let joined = scene.recheck(&sorted.groups[0]);
    assert_eq!(
        (target(&joined), joined.reason, joined.belief),
        (Some(scene.series[0]), Reason::Joined, Belief::Likely)
    );
    assert_eq!(alarms(&joined), [(1, Alarm::AlignsWithOther, "P-B")]);
    assert!(joined.is_alarmed() && !joined.is_certain());
    assert_eq!((joined.visit.photos[0].view, joined.footing(0)), (Some(other_view), Some(Footing::Hand)));
    // Cut again, the second half goes where the whole went, with the alarm.
    sorted.groups[0] = joined;
    assert!(sorted.split(0, 1));
    let halves = [0, 1].map(|half: usize| scene.recheck(&sorted.groups[half]));
    assert_eq!(halves.each_ref().map(|half| alarms(half)), [vec![], vec![(0, Alarm::AlignsWithOther, "P-B")]]);
}

#[test]
fn what_a_person_said_of_the_visit_stays_when_its_group_is_cut() {
    let scene = Scene::new();
    for i in 0..2_u32 {
        let time = format!("2026:05:18 10:0{i}:00");
        write(&scene.card().join(format!("{i}.jpg")), &photographed(SEEDS[0] + i, true), Some(&time));
    }
    let mut sorted = scene.sorted();
    let seen = card::revisit(&scene.vault, &sorted.groups[0], (today(), SessionKind::FollowUp), today()).expect("seen");
    assert_ne!(sorted.groups[0].visit.kind, SessionKind::FollowUp);
    sorted.groups[0] = seen;
    sorted.groups[0].visit.leave_out(1);
    assert!(sorted.split(0, 1));
    let behind = scene.recheck(&sorted.groups[1]);
    assert_eq!((behind.visit.kind, behind.visit.photos[0].skip), (SessionKind::FollowUp, Some(Skip::ByHand)));
}

#[test]
fn what_is_off_beside_a_baseline_is_said_of_the_baseline_of_the_view_that_is_chosen() {
    let scene = Scene::new();
    let dark = |picture: Picture| {
        let rgba = picture.rgba().chunks_exact(4).flat_map(|p| [p[0] / 3, p[1] / 3, p[2] / 3, 255]).collect();
        Picture::from_rgba(SIZE, rgba).expect("a picture")
    };
    // The first view as it was, and the second far too dark.
    write(&scene.card().join("1.jpg"), &photographed(SEEDS[0], true), Some("2026:05:18 10:00:00"));
    write(&scene.card().join("2.jpg"), &dark(photographed(SEEDS[0] + 1, true)), Some("2026:05:18 10:00:40"));
    let sorted = scene.sorted();
    let mut group = card::aim(&scene.vault, &sorted.groups[0], Some(scene.series[0]), &sorted.options).expect("aimed");
    let views: Vec<_> = group.target.as_ref().expect("a target").views.iter().map(|view| view.id).collect();
    assert_eq!(group.visit.photos[0].view, Some(views[0]));
    assert_eq!(group.footing(0), Some(Footing::Aligned));
    let darker = |group: &Group, photo: usize| {
        let is_it = |note: &&Note| matches!(note, Note::ExposureOfReference(ev) if *ev < -0.7);
        group.visit.photos[photo].notes.iter().filter(is_it).count()
    };
    assert_eq!((darker(&group, 0), darker(&group, 1)), (0, 1));
    // A view of which there is no baseline yet: nothing is off beside what is not there.
    group.set_view(1, Some(views[2]));
    assert_eq!((darker(&group, 1), group.footing(1)), (0, Some(Footing::Hand)));
    group.set_view(1, Some(views[0]));
    assert_eq!((darker(&group, 1), group.footing(1)), (1, Some(Footing::Hand)));
    group.set_view(1, None);
    assert_eq!((darker(&group, 1), group.footing(1)), (0, None));
    assert!(group.visit.photos[1].notes.contains(&Note::NoView));
}

#[test]
fn a_folder_that_is_imported_for_one_patient_is_compared_with_the_others() {
    let scene = Scene::new();
    write(&scene.card().join("1.jpg"), &photographed(SEEDS[1], true), Some("2026:05:18 10:00:00"));
    write(&scene.card().join("2.jpg"), &photographed(SEEDS[0] + 1, true), Some("2026:05:18 10:01:00"));
    let mut planned = scene.planned(scene.series[0], &scene.card());
    let alarmed = card::compare(&scene.vault, &mut planned, true, &Progress::silent()).expect("compared");
    let said: Vec<_> = alarmed.iter().map(|a| (a.file_name.0.as_str(), a.alarm, a.code.0.as_str())).collect();
    assert_eq!(said, [("1.jpg", Alarm::AlignsWithOther, "P-B")]);
    let marked: Vec<bool> =
        planned.sessions[0].photos.iter().map(|p| p.notes.first() == Some(&Note::OtherPatient)).collect();
    assert_eq!(marked, [true, false]);
    let mut quiet = scene.planned(scene.series[0], &scene.card());
    let alarmed = card::compare(&scene.vault, &mut quiet, false, &Progress::silent()).expect("compared");
    assert!(alarmed.is_empty() && !quiet.sessions[0].photos[0].notes.contains(&Note::OtherPatient));
    let mut right = scene.planned(scene.series[1], &scene.card());
    let alarmed = card::compare(&scene.vault, &mut right, true, &Progress::silent()).expect("compared");
    assert_eq!(alarmed.iter().map(|a| a.file_name.0.as_str()).collect::<Vec<_>>(), ["2.jpg"]);
}

#[test]
fn a_copy_that_lost_its_date_stands_beside_its_photo_and_is_no_view_of_its_own() {
    let scene = Scene::new();
    let first = photographed(SEEDS[0], true);
    write(&scene.card().join("1.jpg"), &first, Some("2026:05:18 10:00:00"));
    write(&scene.card().join("2.jpg"), &photographed(SEEDS[0] + 1, true), Some("2026:05:18 10:00:40"));
    let small = diptych::imaging::resize(&first, Size::new(280, 210));
    write(&scene.card().join("saved.jpg"), &small, None);
    let sorted = scene.sorted();
    assert_eq!(sorted.groups.len(), 1, "{:?}", sorted.groups.iter().map(|g| g.shots.len()).collect::<Vec<_>>());
    let photos = &sorted.groups[0].visit.photos;
    let names: Vec<String> = photos.iter().map(|p| scan::file_name(&p.path.0)).collect();
    assert_eq!(names, ["1.jpg", "saved.jpg", "2.jpg"]);
    assert_eq!(photos[0].view, photos[1].view);
    assert!(photos[1].notes.contains(&Note::LikeAnother) && !photos[0].notes.contains(&Note::LikeAnother));
    assert_ne!(photos[2].view, photos[0].view);
}

#[test]
fn a_file_that_cannot_be_read_keeps_its_view_empty_on_a_card_too() {
    let scene = Scene::new();
    let options = Options { by_picture: false, ..Options::usual(today()) };
    // Nothing that aligns: the order alone says which is which.
    for i in 0..3_u32 {
        let time = format!("2026:05:18 10:0{i}:00");
        let shifted = painted(SIZE, |p| skin(Point::new(p.x + f64::from(i) * 37.0, p.y)));
        write(&scene.card().join(format!("{i}.jpg")), &shifted, Some(&time));
    }
    let whole = std::fs::read(scene.card().join("1.jpg")).expect("read");
    diptych::fsx::write_atomic(&scene.card().join("1.jpg"), &whole[..whole.len() / 2]).expect("cut short");
    let progress = Progress::silent();
    let taken = card::take(&scene.vault, &[scene.card()], true, now(), &progress).expect("taken");
    let sorted = card::suggest(&scene.vault, taken, options.clone(), &progress).expect("suggested");
    let group = card::aim(&scene.vault, &sorted.groups[0], Some(scene.series[0]), &options).expect("aimed");
    let views: Vec<_> = group.target.as_ref().expect("a target").views.iter().map(|view| Some(view.id)).collect();
    assert!(views.len() > 2, "the series has a view for each");
    let given: Vec<_> = group.visit.photos.iter().map(|photo| photo.view).collect();
    assert_eq!(given, [views[0], views[2]], "the second was lost");
}
