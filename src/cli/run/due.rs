//! `diptych due`: who should come, and since when.

use chrono::NaiveDate;
use serde::Serialize;

use super::audited;
use crate::cli::args;
use crate::cli::error::CliError;
use crate::cli::key;
use crate::cli::output::Output;
use crate::cli::unlock;
use crate::clock::Now;
use crate::protocol::{Due, DueState, next_due};

#[derive(Serialize)]
struct Shown {
    today: NaiveDate,
    due: Vec<DueShown>,
}

#[derive(Serialize)]
struct DueShown {
    patient: String,
    name: String,
    series: String,
    title: String,
    visit: String,
    from: NaiveDate,
    to: NaiveDate,
    state: &'static str,
    days: i64,
    #[serde(skip)]
    words: String,
}

/// Prints who is due, the longest overdue first.
pub fn run(args: &args::Due, now: Now, out: &mut Output) -> Result<(), CliError> {
    let vault = unlock::open(&args.vault, now)?;
    let (mut due, mut patients) = (Vec::new(), Vec::new());
    for row in key::patients(&vault, "")? {
        for keyed in key::series_of(&vault, &row.patient)? {
            let sessions = vault.sessions(keyed.series.id)?;
            let Some(next) = next_due(&keyed.series, &sessions, now.today) else { continue };
            if args.all || next.is_pressing() {
                let (patient, name) = (row.patient.code.0.clone(), row.patient.display_name());
                due.push(shown(patient, name, keyed.key, keyed.series.title(), &next));
                patients.push(row.patient.id);
            }
        }
    }
    due.sort_by(|a, b| (a.to, &a.series).cmp(&(b.to, &b.series)));
    if args.json {
        audited::list(&vault, patients, now)?;
        return out.json(&Shown { today: now.today, due });
    }
    if due.is_empty() {
        return out.line("Nobody is due.");
    }
    let cells =
        |d: &DueShown| vec![d.series.clone(), d.name.clone(), d.title.clone(), d.visit.clone(), d.words.clone()];
    out.table(&due.iter().map(cells).collect::<Vec<_>>())
}

fn shown(patient: String, name: String, series: String, title: String, next: &Due) -> DueShown {
    let (state, days) = match next.state {
        DueState::Later(days) => ("later", days),
        DueState::Due => ("due", 0),
        DueState::Overdue(days) => ("overdue", days),
    };
    let (visit, words) = (next.what.words(), next.words());
    DueShown { patient, name, series, title, visit, from: next.from, to: next.to, state, days, words }
}
