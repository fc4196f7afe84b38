//! Progress on standard error: a bar on a terminal, a few plain lines anywhere else.

use std::io::{IsTerminal, stderr};
use std::sync::Mutex;

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

/// The beginning and the end of each stage, and nothing between.
fn lines() -> Progress {
    let last = Mutex::new(None::<Report>);
    Progress::new(move |report| {
        let mut last = last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let new_stage = last.as_ref().is_none_or(|l| l.stage != report.stage || l.done > report.done);
        let ended = report.total > 0 && report.done >= report.total;
        if ended && last.as_ref() != Some(report) {
            complain(&format!("{}: {} of {}", report.stage, report.done, report.total));
        } else if new_stage && !ended {
            complain(&format!("{} …", report.stage));
        }
        *last = Some(report.clone());
    })
}
