//! Progress on standard error: a bar on a terminal, a few plain lines anywhere else.

use std::io::{IsTerminal, stderr};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::output::complain;
use crate::progress::{Progress, Report};

/// Progress for a person; silent when `quiet`.
#[must_use]
pub fn progress(quiet: bool) -> Progress {
    if quiet {
        Progress::silent()
    } else if stderr().is_terminal() {
        bar()
    } else {
        lines()
    }
}

fn bar() -> Progress {
    let style = ProgressStyle::with_template("{msg:<24} {wide_bar} {pos}/{len}  {eta}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::new(0).with_style(style);
    Progress::new(move |report| {
        bar.set_length(report.total);
        bar.set_message(report.stage);
        bar.set_position(report.done);
        if report.done >= report.total {
            bar.reset();
            bar.finish_and_clear();
        }
    })
}

/// A stage that lasts longer than this says that it goes on.
const LONG: Duration = Duration::from_secs(2);

/// One line for each stage when it ends, and one before for a long stage.
fn lines() -> Progress {
    let last = Mutex::new(None::<(Report, Instant, bool)>);
    Progress::new(move |report| {
        let mut last = last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let going_on = last.as_ref().filter(|(l, ..)| l.stage == report.stage && l.done <= report.done);
        let (began, mut said) = going_on.map_or_else(|| (Instant::now(), false), |(_, began, said)| (*began, *said));
        let ended = report.total > 0 && report.done >= report.total;
        if ended && last.as_ref().is_none_or(|(l, ..)| l != report) {
            complain(&format!("{}: {} of {}", report.stage, report.done, report.total));
        } else if !ended && !said && began.elapsed() >= LONG {
            complain(&format!("{} …", report.stage));
            said = true;
        }
        *last = Some((report.clone(), began, said));
    })
}
