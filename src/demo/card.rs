//! The memory card: renders every planned shot and writes it where a camera would have, with the truth beside.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::cast::CAST;
use super::error::DemoError;
use super::exif::Facts;
use super::plan::{Clinic, PlannedShot, Trap};
use super::scene::Scene;
use super::studio::{self, Motif};
use super::truth::{self, ShotTruth, Truth};
use super::{jpeg, studio::projection};
use crate::fsx;
use crate::geom::Size;
use crate::progress::Progress;

/// Shots in work at once: each holds about 60 MB.
const AT_ONCE: usize = 2;
/// Name of the truth's file.
pub const TRUTH_FILE: &str = "truth.json";

/// One file to be made.
struct Job<'a> {
    shot: &'a PlannedShot,
    path: String,
    motif: Motif,
    name: String,
    code: &'static str,
}

impl Clinic {
    /// Renders everything and writes it below `folder`: a folder per series, and the truth beside them.
    pub fn write(&self, folder: &Path, progress: &Progress) -> Result<Truth, DemoError> {
        let truth = self.truth()?;
        let mut jobs = self.jobs();
        for job in &jobs {
            let path = folder.join(&job.path);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent).map_err(|e| DemoError::from_io(parent.to_owned(), &e))?;
            }
        }
        // Shots of one scene stand together, so that only two scenes are held at a time.
        jobs.sort_by_cached_key(|job| format!("{} {:?} {:?}", job.shot.subject, job.motif, job.shot.size));
        let done = AtomicU64::new(0);
        let total = jobs.len() as u64;
        progress.report("Painting the synthetic clinic", 0, total);
        let same = |a: &Job, b: &Job| (a.shot.subject, a.motif, a.shot.size) == (b.shot.subject, b.motif, b.shot.size);
        let groups: Vec<_> = jobs.chunk_by(same).collect();
        let paint = |group: &[Job]| {
            let first = &group[0];
            studio::build(self.seed, first.shot.subject, first.motif, first.shot.size)
        };
        let shoot = |scene: &Scene, group: &[Job]| {
            group.chunks(AT_ONCE).try_for_each(|batch| {
                batch.par_iter().try_for_each(|job| {
                    if progress.is_cancelled() {
                        return Err(DemoError::Cancelled);
                    }
                    write(&folder.join(&job.path), &bytes(scene, job)?)?;
                    let finished = done.fetch_add(1, Ordering::Relaxed) + 1;
                    progress.report("Painting the synthetic clinic", finished, total);
                    Ok(())
                })
            })
        };
        // The next scene is painted while the last one is photographed: parts of either keep one thread only.
        let mut next = groups.first().map(|group| paint(group));
        for (index, group) in groups.iter().enumerate() {
            let Some(scene) = next.take() else { break };
            let (written, painted) =
                rayon::join(|| shoot(&scene, group), || groups.get(index + 1).map(|group| paint(group)));
            written?;
            next = painted;
        }
        let json = serde_json::to_vec_pretty(&truth).map_err(|_| DemoError::Encode)?;
        write(&folder.join(TRUTH_FILE), &json)?;
        Ok(truth)
    }

    /// What [`Clinic::write`] writes beside the photos.
    pub fn truth(&self) -> Result<Truth, DemoError> {
        let shots = self
            .shots()
            .map(|(patient, series, session, shot)| self.shot_truth(patient, series, session, shot))
            .collect::<Result<_, _>>()?;
        Ok(Truth { schema: 1, seed: self.seed, today: self.today, shots })
    }

    /// The bytes of one file, rendered alone.
    pub fn file(&self, patient: usize, series: usize, shot: &PlannedShot) -> Result<Vec<u8>, DemoError> {
        let job = self.job(patient, series, shot);
        let scene = studio::build(self.seed, shot.subject, job.motif, shot.size);
        bytes(&scene, &job)
    }

    fn jobs(&self) -> Vec<Job<'_>> {
        self.shots().map(|(patient, series, _, shot)| self.job(patient, series, shot)).collect()
    }

    fn job<'a>(&'a self, patient: usize, series: usize, shot: &'a PlannedShot) -> Job<'a> {
        let course = &self.patients[patient].series[series];
        let person = &CAST[patient];
        Job {
            shot,
            path: format!("{}/{}", course.folder, shot.file),
            motif: Motif::of(&course.views[shot.view]),
            name: person.name(),
            code: person.code,
        }
    }

    fn shot_truth(
        &self,
        patient: usize,
        series: usize,
        session: usize,
        shot: &PlannedShot,
    ) -> Result<ShotTruth, DemoError> {
        let course = &self.patients[patient].series[series];
        let visit = &course.sessions[session];
        let reference = &course.sessions[0].shots[shot.view];
        let is_photo = shot.trap != Some(Trap::NotAPhoto);
        let shared = is_photo && shot.subject == patient;
        let fit = if shared {
            truth::fit(
                &projection(&shot.pose, shot.size)?,
                shot.size,
                &projection(&reference.pose, reference.size)?,
                reference.size,
            )
        } else {
            None
        };
        Ok(ShotTruth {
            file: format!("{}/{}", course.folder, shot.file),
            patient: CAST[patient].code.to_owned(),
            subject: CAST[shot.subject].code.to_owned(),
            series: course.key.clone(),
            session,
            kind: visit.kind,
            date: visit.date,
            view: is_photo.then(|| course.views[shot.view].name.clone()),
            view_index: is_photo.then_some(shot.view),
            trap: shot.trap,
            reference: std::ptr::eq(shot, reference),
            size: if is_photo { shot.size } else { Size::default() },
            orientation: shot.orientation,
            matrix: fit.map(|f| f.matrix),
            rms_px: fit.map(|f| f.rms),
        })
    }
}

fn bytes(scene: &Scene, job: &Job) -> Result<Vec<u8>, DemoError> {
    let shot = job.shot;
    if shot.trap == Some(Trap::NotAPhoto) {
        return Ok(format!("Call back about the aftercare: {}, {}\n", job.name, job.code).into_bytes());
    }
    let rgb = studio::shoot(scene, shot)?;
    let stored = jpeg::stored_size(shot.size, shot.orientation);
    let facts = Facts {
        taken: shot.taken,
        offset: shot.offset,
        orientation: shot.orientation,
        width: stored.width,
        height: stored.height,
        name: &job.name,
        code: job.code,
        wide: shot.sensor.wide,
        ev: shot.sensor.ev,
    };
    let mut file = jpeg::encode(&rgb, shot.size, &facts)?;
    if shot.trap == Some(Trap::Truncated) {
        file.truncate(file.len() * 3 / 5);
    }
    Ok(file)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), DemoError> {
    fsx::write_atomic(path, bytes).map_err(|e| DemoError::from_io(path.to_owned(), &e))
}
