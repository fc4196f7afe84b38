//! `diptych demo`: the synthetic clinic from beginning to end.

use std::path::PathBuf;

use serde::Serialize;

use super::window::{self, Beginning};
use crate::cli::args;
use crate::cli::env;
use crate::cli::error::CliError;
use crate::cli::output::Output;
use crate::clock::Now;
use crate::config;
use crate::demo::run::{self, COMPOSITE, GALLERY, LOGIN, PASSPHRASE, Request, RunError, VAULT};
use crate::demo::{Accuracy, DemoReport};
use crate::model::text::counted;
use crate::progress::Progress;
use crate::vault::{Passphrase, VaultError};

#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    report: &'a DemoReport,
    seconds: f64,
    vault: PathBuf,
    gallery: PathBuf,
    composite: PathBuf,
}

/// Builds or opens it, says how it went, and opens the window.
pub fn run(args: &args::Demo, now: Now, progress: &Progress, out: &mut Output) -> Result<(), CliError> {
    let Some(dir) = args.dir.clone().or_else(config::demo_dir) else {
        return Err(CliError::Usage("Say where to build the demo: diptych demo DIR.".to_owned()));
    };
    let passphrase = Passphrase::new(env::read("DIPTYCH_PASSPHRASE").unwrap_or_else(|| PASSPHRASE.to_owned()));
    let request = Request { seed: args.seed, ..Request::new(&dir, &passphrase) };
    let demo = run::run(&request, now, progress).map_err(|error| match error {
        RunError::Vault(VaultError::WrongPassphrase) if env::read("DIPTYCH_PASSPHRASE").is_some() => CliError::Failed(format!(
            "The passphrase in DIPTYCH_PASSPHRASE does not open this demo. Nothing was changed. Leave the variable out, or set \
             it to the one that the demo was built with, `{PASSPHRASE}` unless you chose another."
        )),
        error => error.into(),
    })?;
    if args.json {
        let report = &demo.report;
        let seconds = total(report);
        let (vault, gallery, composite) = (dir.join(VAULT), dir.join(GALLERY), dir.join(COMPOSITE));
        out.json(&Shown { report, seconds, vault, gallery, composite })?;
    } else {
        say(&demo.report, out)?;
    }
    if args.no_window {
        return Ok(());
    }
    window::open(Beginning { opened: Some(demo.vault), demo: Some(dir) }, out)
}

fn total(report: &DemoReport) -> f64 {
    report.stages.iter().map(|s| s.seconds).sum()
}

fn say(report: &DemoReport, out: &mut Output) -> Result<(), CliError> {
    let seconds = |s: f64| format!("{s:>6.1} s");
    let mut rows: Vec<Vec<String>> = report.stages.iter().map(|s| vec![s.name.clone(), seconds(s.seconds)]).collect();
    if report.reopened {
        out.line("The demo was built before and is opened as it is.")?;
    }
    // What is known of how it was built, then or now.
    if !rows.is_empty() {
        rows.push(vec!["Together".to_owned(), seconds(total(report))]);
        out.table(&rows)?;
        out.line("")?;
    }
    out.line(format!(
        "{}, {}, {}: {} filed.",
        counted(report.patients as i64, "patient"),
        counted(report.series as i64, "series"),
        counted(report.sessions as i64, "session"),
        counted(report.filed as i64, "photo")
    ))?;
    if !rows.is_empty() {
        details(report, out)?;
    }
    out.line("")?;
    out.line(format!("Vault      {}  (login {LOGIN})", report.dir.join(VAULT).display()))?;
    out.line(format!("Gallery    {}", report.dir.join(GALLERY).join("index.html").display()))?;
    out.line(format!("Composite  {}", report.dir.join(COMPOSITE).display()))
}

fn details(report: &DemoReport, out: &mut Output) -> Result<(), CliError> {
    for (heading, list) in [("Not filed:", &report.not_filed), ("To look at:", &report.noted)] {
        if !list.is_empty() {
            out.line(heading)?;
            let rows: Vec<Vec<String>> =
                list.iter().map(|n| vec!["   ".to_owned(), n.file.clone(), n.reason.clone()]).collect();
            out.table(&rows)?;
        }
    }
    if report.wrong_view > 0 {
        out.line(format!("{} in another view than the true one.", counted(report.wrong_view as i64, "photo")))?;
    }
    out.line(accuracy(&report.accuracy))?;
    if let Some(answer) = report.accuracy.wrong_patient {
        out.line(format!("The shot of another patient: {}.", answer.words()))?;
    }
    out.line(format!("Gallery: {} published. Left out:", counted(report.published as i64, "case")))?;
    let rows: Vec<Vec<String>> =
        report.unpublished.iter().map(|n| vec!["   ".to_owned(), n.series.clone(), n.reason.clone()]).collect();
    out.table(&rows)
}

fn accuracy(a: &Accuracy) -> String {
    let answers = format!(
        "{} references, {} aligned, {} to check, {} not aligned",
        a.references, a.aligned, a.suggestion, a.none
    );
    match (a.median_percent, a.max_percent) {
        (Some(median), Some(max)) => format!(
            "{answers}; error of {} accepted against the truth: median {median:.2} %, largest {max:.2} % of the diagonal; \
             {} accepted where the truth has no answer.",
            a.measured, a.unchecked
        ),
        _ => format!("{answers}."),
    }
}
