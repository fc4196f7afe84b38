//! Progress of long work: counted, throttled, cancellable.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// One report: what is being done and how far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What is being done now, in words for a person; never patient data.
    pub stage: &'static str,
    /// Items finished.
    pub done: u64,
    /// Items in all; 0 while unknown.
    pub total: u64,
}

type Sink = dyn Fn(&Report) + Send + Sync;

/// A handle that long work reports to and asks whether it should stop. Cheap to clone, usable from any thread.
#[derive(Clone)]
pub struct Progress {
    sink: Option<Arc<Sink>>,
    cancelled: Arc<AtomicBool>,
    started: Instant,
    last: Arc<AtomicU64>,
}

/// Reports closer together than this are dropped, except the first and the last of a stage.
const THROTTLE: Duration = Duration::from_millis(50);

impl Progress {
    /// Reports to `sink`, at most about twenty times a second.
    pub fn new(sink: impl Fn(&Report) + Send + Sync + 'static) -> Self {
        Self { sink: Some(Arc::new(sink)), cancelled: Arc::default(), started: Instant::now(), last: Arc::default() }
    }

    /// Reports to nobody.
    #[must_use]
    pub fn silent() -> Self {
        Self { sink: None, cancelled: Arc::default(), started: Instant::now(), last: Arc::default() }
    }

    /// Says that `done` of `total` items of `stage` are finished.
    pub fn report(&self, stage: &'static str, done: u64, total: u64) {
        let Some(sink) = &self.sink else { return };
        let now = self.started.elapsed().as_millis() as u64 + 1;
        let edge = done == 0 || done >= total;
        let last = self.last.load(Ordering::Relaxed);
        if !edge && now.saturating_sub(last) < THROTTLE.as_millis() as u64 {
            return;
        }
        self.last.store(now, Ordering::Relaxed);
        sink(&Report { stage, done, total });
    }

    /// Asks the work to stop at its next safe point.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether the work was asked to stop.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

impl std::fmt::Debug for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Progress").field("cancelled", &self.is_cancelled()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[test]
    fn the_first_and_the_last_report_of_a_stage_always_arrive() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&seen);
        let progress = Progress::new(move |r| into.lock().expect("no panic while holding it").push(r.done));
        for i in 0..=1000 {
            progress.report("work", i, 1000);
        }
        let seen = seen.lock().expect("no panic while holding it");
        assert_eq!(seen.first(), Some(&0));
        assert_eq!(seen.last(), Some(&1000));
        assert!(seen.len() < 1000, "{} reports were not throttled", seen.len());
    }
}
