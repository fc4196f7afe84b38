//! A few workers between a source and a sink: photos are read and stored one after the other on the caller's thread and
//! decoded beside it, with few in flight, so that memory stays bounded however long the list is.

use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

/// Photos that are decoded at once: as many as there are cores, at most four.
#[must_use]
pub fn decoders() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get).min(4)
}

/// Takes items from `next`, works on up to `workers` of them at once, and hands the results to `done` as they come.
///
/// `next` and `done` run on the caller's thread. `next` ends the run with `None`; whatever is in flight is still handed
/// to `done`. An error of `next` or `done` ends the run after the work in flight, whose results are dropped. Results
/// come in any order: they have to say themselves what they belong to.
pub fn run<I: Send, O: Send, E>(
    workers: usize,
    mut next: impl FnMut() -> Result<Option<I>, E>,
    work: impl Fn(I) -> O + Sync,
    mut done: impl FnMut(O) -> Result<(), E>,
) -> Result<(), E> {
    let workers = workers.max(1);
    let (give, take) = mpsc::sync_channel::<I>(workers);
    let take = Mutex::new(take);
    let (answer, answers) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..workers {
            let (take, work, answer) = (&take, &work, answer.clone());
            let _ = scope.spawn(move || {
                while let Ok(item) = { take.lock().unwrap_or_else(PoisonError::into_inner).recv() } {
                    // A panic must reach the caller as an answer, or the caller would wait for it forever.
                    let result = catch_unwind(AssertUnwindSafe(|| work(item)));
                    if answer.send(result).is_err() {
                        break;
                    }
                }
            });
        }
        let give = give;
        let mut in_flight = 0;
        let mut open = true;
        while open || in_flight > 0 {
            if open && in_flight <= workers {
                let given = next()?.is_some_and(|item| give.send(item).is_ok());
                in_flight += usize::from(given);
                open = given;
                continue;
            }
            let Ok(result) = answers.recv() else { break };
            in_flight -= 1;
            done(result.unwrap_or_else(|panic| resume_unwind(panic)))?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn source(n: u32) -> impl FnMut() -> Result<Option<u32>, ()> {
        let mut items = 0..n;
        move || Ok(items.next())
    }

    #[test]
    fn every_item_comes_out_once_with_any_number_of_workers() {
        for workers in [0, 1, 2, 7] {
            let mut seen = Vec::new();
            let ran = run(
                workers,
                source(50),
                |i| i * 2,
                |o| {
                    seen.push(o);
                    Ok(())
                },
            );
            seen.sort_unstable();
            assert_eq!(ran, Ok(()));
            assert_eq!(seen, (0..50).map(|i| i * 2).collect::<Vec<_>>());
        }
    }

    #[test]
    fn no_more_than_the_workers_and_one_are_in_flight() {
        let (taken, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let mut items = 0..40;
        let next = || {
            let _ = most.fetch_max(taken.fetch_add(1, Ordering::SeqCst), Ordering::SeqCst);
            Ok::<_, ()>(items.next())
        };
        let ran = run(
            2,
            next,
            |i| i,
            |_| {
                let _ = taken.fetch_sub(1, Ordering::SeqCst);
                Ok(())
            },
        );
        assert_eq!(ran, Ok(()));
        assert!(most.into_inner() <= 3);
    }

    #[test]
    fn a_failing_sink_ends_the_run() {
        let mut stored = 0;
        let ran = run(
            2,
            source(1000),
            |i| i,
            |_| {
                stored += 1;
                if stored == 3 { Err(()) } else { Ok(()) }
            },
        );
        assert_eq!((ran, stored), (Err(()), 3));
    }

    #[test]
    fn a_panic_of_a_worker_reaches_the_caller() {
        let ran = catch_unwind(|| run(2, source(9), |i| assert!(i != 4, "planned"), |()| Ok(())));
        assert!(ran.is_err());
    }
}
