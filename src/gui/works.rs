//! What is under way: every job that has begun and not ended, kept by the window itself so that no screen can lose it.
//!
//! An entry keeps the vault its job works in. After a lock the vault thus stays known until the last job has ended, and
//! whoever gives the passphrase takes it back instead of finding it "open elsewhere".

use std::collections::BTreeMap;
use std::path::Path;

use super::job::{Work, time_left};
use crate::progress::{Progress, Report};
use crate::vault::Vault;

/// A job's number.
pub type JobId = u64;

/// Jobs under way, oldest first.
#[derive(Default)]
pub struct Works {
    next: JobId,
    begun: BTreeMap<JobId, Begun>,
}

struct Begun {
    vault: Option<Vault>,
    running: Option<Running>,
}

/// Long work as screens show it.
#[derive(Debug, Clone)]
pub struct Running {
    /// What is done, and what it belongs to.
    pub work: Work,
    handle: Option<Progress>,
    report: Option<Report>,
    seconds: f64,
    /// Where the stage began: items done and seconds gone by then.
    stage_began: (u64, f64),
    cancelled: bool,
}

impl Running {
    fn new(work: Work) -> Self {
        Self { work, handle: None, report: None, seconds: 0.0, stage_began: (0, 0.0), cancelled: false }
    }

    /// What is being done now.
    #[must_use]
    pub fn stage(&self) -> &'static str {
        self.report.as_ref().map_or_else(|| self.work.words(), |r| r.stage)
    }

    /// Items done and items in all; 0 in all while that is unknown.
    #[must_use]
    pub fn count(&self) -> (u64, u64) {
        self.report.as_ref().map_or((0, 0), |r| (r.done, r.total))
    }

    /// How long this stage will still take, by its own pace: the stages before it had another.
    #[must_use]
    pub fn time_left(&self) -> Option<String> {
        let ((done, total), (before, began)) = (self.count(), self.stage_began);
        time_left(done.saturating_sub(before), total.saturating_sub(before), self.seconds - began)
    }

    /// How fast this stage goes on and how long it will still take: "4.2 photos/s · 9 s left".
    #[must_use]
    pub fn outlook(&self) -> Option<String> {
        let (before, began) = self.stage_began;
        let speed = self.work.speed(self.stage(), self.count().0.saturating_sub(before), self.seconds - began);
        match (speed, self.time_left()) {
            (Some(speed), Some(left)) => Some(format!("{speed} · {left}")),
            (speed, left) => speed.or(left),
        }
    }

    fn advance(&mut self, report: Report, seconds: f64) {
        let goes_on = |old: &Report| old.stage == report.stage && old.done <= report.done;
        // The first stage began with the work.
        if !self.report.as_ref().is_none_or(goes_on) {
            self.stage_began = (report.done, seconds);
        }
        self.report = Some(report);
        self.seconds = seconds;
    }

    /// Whether it was asked to stop and has not done so yet.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.cancelled
    }
}

impl Works {
    /// Notes a job that begins now in a vault.
    pub fn begin(&mut self, work: Option<Work>, vault: Option<Vault>) -> JobId {
        self.next += 1;
        let _ = self.begun.insert(self.next, Begun { vault, running: work.map(Running::new) });
        self.next
    }

    /// A job began long work; a wish to cancel it that came earlier is carried out.
    pub fn started(&mut self, job: JobId, work: Work, handle: Progress) {
        let Some(begun) = self.begun.get_mut(&job) else { return };
        let cancelled = begun.running.as_ref().is_some_and(|r| r.cancelled && r.work == work);
        if cancelled {
            handle.cancel();
        }
        begun.running = Some(Running { handle: Some(handle), cancelled, ..Running::new(work) });
    }

    /// Long work went on.
    pub fn advanced(&mut self, job: JobId, report: Report, seconds: f64) {
        if let Some(running) = self.begun.get_mut(&job).and_then(|b| b.running.as_mut()) {
            running.advance(report, seconds);
        }
    }

    /// A job has ended.
    pub fn ended(&mut self, job: JobId) {
        let _ = self.begun.remove(&job);
    }

    /// Asks work to stop at its next safe point.
    pub fn cancel(&mut self, work: Work) {
        for running in self.begun.values_mut().filter_map(|b| b.running.as_mut()).filter(|r| r.work == work) {
            running.cancelled = true;
            if let Some(handle) = &running.handle {
                handle.cancel();
            }
        }
    }

    /// This work, when it is under way; the newest one of its kind.
    #[must_use]
    pub fn of(&self, work: Work) -> Option<&Running> {
        self.begun.values().rev().filter_map(|b| b.running.as_ref()).find(|r| r.work == work)
    }

    /// Long work in the vault of a folder.
    pub fn in_vault<'a>(&'a self, folder: &'a Path) -> impl Iterator<Item = &'a Running> {
        let there = move |b: &&Begun| b.vault.as_ref().is_some_and(|v| v.dir() == folder);
        self.begun.values().filter(there).filter_map(|b| b.running.as_ref())
    }

    /// The vault a job works in.
    #[must_use]
    pub fn vault_of(&self, job: JobId) -> Option<&Vault> {
        self.begun.get(&job)?.vault.as_ref()
    }

    /// One handle of each vault that is still being worked in.
    #[must_use]
    pub fn vaults(&self) -> Vec<Vault> {
        let mut found: Vec<Vault> = Vec::new();
        for vault in self.begun.values().filter_map(|b| b.vault.as_ref()) {
            if found.iter().all(|known| known.dir() != vault.dir()) {
                found.push(vault.clone());
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::card::COPYING;

    #[test]
    fn a_wish_to_cancel_is_kept_until_the_work_has_its_handle() {
        let mut works = Works::default();
        let job = works.begin(Some(Work::Gallery), None);
        works.cancel(Work::Gallery);
        let handle = Progress::silent();
        works.started(job, Work::Gallery, handle.clone());
        assert!(handle.is_cancelled());
        assert!(works.of(Work::Gallery).is_some_and(Running::is_stopping));
    }

    #[test]
    fn reports_reach_the_work_of_their_own_job_only() {
        let mut works = Works::default();
        let (first, second) = (works.begin(Some(Work::Gallery), None), works.begin(Some(Work::Demo), None));
        works.advanced(second, Report { stage: "x", done: 3, total: 4 }, 2.0);
        assert_eq!(works.of(Work::Gallery).map(Running::count), Some((0, 0)));
        assert_eq!(works.of(Work::Demo).map(Running::count), Some((3, 4)));
        works.ended(first);
        works.advanced(first, Report { stage: "x", done: 1, total: 4 }, 2.0);
        assert!(works.of(Work::Gallery).is_none());
    }

    #[test]
    fn the_time_left_is_that_of_the_stage_and_not_of_what_came_before() {
        let mut works = Works::default();
        let job = works.begin(Some(Work::Demo), None);
        let mut left = |stage, done, seconds| {
            works.advanced(job, Report { stage, done, total: 6 }, seconds);
            works.of(Work::Demo).and_then(Running::time_left)
        };
        assert_eq!(left("slow", 0, 0.0), None);
        assert_eq!(left("slow", 4, 100.0).as_deref(), Some("50 s left"));
        assert_eq!(left("fast", 0, 150.0), None);
        assert_eq!(left("fast", 4, 152.0).as_deref(), Some("1 s left"));
    }

    #[test]
    fn the_speed_is_that_of_the_stage_and_only_where_photos_are_counted() {
        let mut works = Works::default();
        let job = works.begin(Some(Work::Card), None);
        let mut outlook = |stage, done, seconds| {
            works.advanced(job, Report { stage, done, total: 40 }, seconds);
            works.of(Work::Card).and_then(Running::outlook)
        };
        assert_eq!(outlook(COPYING, 1, 0.4), None, "a guess");
        assert_eq!(outlook(COPYING, 10, 4.0).as_deref(), Some("2.5 photos/s · 12 s left"));
        assert_eq!(outlook(COPYING, 40, 2.0).as_deref(), Some("20 photos/s"));
        // Groups are compared, and they are of any size.
        assert_eq!(outlook("Comparing", 0, 10.0), None);
        assert_eq!(outlook("Comparing", 4, 14.0).as_deref(), Some("36 s left"));
        let other = works.begin(Some(Work::BackUp), None);
        works.advanced(other, Report { stage: COPYING, done: 10, total: 40 }, 4.0);
        assert_eq!(works.of(Work::BackUp).and_then(Running::outlook).as_deref(), Some("12 s left"), "megabytes");
    }
}
