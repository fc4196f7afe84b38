//! A card of six patients, from the synthetic clinic, against the truth about it.

use std::collections::HashMap;
use std::path::Path;

use chrono::{Days, NaiveDate, TimeDelta};
use diptych::clock::Now;
use diptych::demo::{Clinic, PlannedShot, Trap};
use diptych::import::card::{self, Belief, Card, DayList, Options, Reason};
use diptych::import::{Options as PlanOptions, Skip, commit, commit_all, plan, scan};
use diptych::model::{NewSeries, PatientId, PhotoId, SeriesId, SessionKind, Slot};
use diptych::progress::Progress;
use diptych::vault::{KdfCost, Op, Passphrase, Vault};

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 5, 18).expect("a date")
}

fn now() -> Now {
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

fn write(folder: &Path, name: &str, bytes: &[u8]) {
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

#[test]
fn a_card_of_six_patients_is_suggested_right_and_filed_in_one_step() {
    let scene = Scene::new(960);
    let mut card = scene.suggested(true, Options::usual(today()));
    assert_eq!(card.groups.len(), 8, "{:?}", card.groups.iter().map(|g| g.shots.len()).collect::<Vec<_>>());
    let (mut views, mut right, mut certain) = (0, 0, 0);
    for group in &card.groups {
        let (p, s, _) = scene.truth_of(&group.shots[0]);
        let course = &scene.clinic.patients[*p].series[*s];
        let last = course.sessions.last().expect("a visit");
        let target = group.target.as_ref();
        println!(
            "P{p}/{s} {:?} {:?} → {:?} confirmed {} of {} warnings {:?} kind {:?} ({:?})",
            group.belief,
            group.reason,
            target.map(|t| t.series),
            group.confirmed,
            group.shots.len(),
            group.warnings,
            group.visit.kind,
            last.kind
        );
        for (shot, planned) in group.shots.iter().zip(&group.visit.photos) {
            let (.., truth) = scene.truth_of(shot);
            if truth.trap.is_none() {
                views += 1;
                let named = target.and_then(|t| t.views.iter().find(|v| Some(v.id) == planned.view));
                right += usize::from(named.is_some_and(|v| v.spec.name == course.views[truth.view].name));
            }
            println!("   {:?} {:?} {:?} {:?}", truth.view, planned.view, truth.trap, planned.notes);
        }
        if group.belief == Belief::Certain {
            certain += 1;
            assert_eq!(target.map(|t| t.series), Some(scene.series[&(*p, *s)]), "certain and wrong");
        }
    }
    println!("{right} of {views} views, {certain} certain");
}
