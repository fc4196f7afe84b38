//! `diptych series`: adds and lists courses of treatment.

use serde::Serialize;

use super::audited;
use crate::cli::args::{self, SeriesAdd, SeriesList, SeriesSetState};
use crate::cli::error::CliError;
use crate::cli::key::{self, Keyed};
use crate::cli::output::Output;
use crate::cli::unlock;
use crate::clock::Now;
use crate::model::text::counted;
use crate::model::{Area, Indication, NewSeries, Patient, SeriesState};
use crate::protocol;
use crate::vault::{Op, Vault};

/// A series as `list --json` shows it.
#[derive(Serialize)]
pub struct Shown {
    key: String,
    uid: String,
    title: String,
    indications: Vec<Indication>,
    areas: Vec<Area>,
    planned: u32,
    interval_days: [u32; 2],
    state: SeriesState,
}

#[derive(Serialize)]
struct Rows {
    series: Vec<Shown>,
}

/// The JSON of a series.
pub fn shown(keyed: &Keyed) -> Shown {
    let s = &keyed.series;
    Shown {
        key: keyed.key.clone(),
        uid: s.uid.to_string(),
        title: s.title(),
        indications: s.indications.clone(),
        areas: s.areas.clone(),
        planned: s.planned,
        interval_days: [s.interval_min_days, s.interval_max_days],
        state: s.state,
    }
}

/// Runs one of them.
pub fn run(command: &args::Series, now: Now, out: &mut Output) -> Result<(), CliError> {
    match command {
        args::Series::Add(args) => add(args, now, out),
        args::Series::List(args) => list(args, now, out),
        args::Series::State(args) => set_state(args, now, out),
    }
}

fn add(args: &SeriesAdd, now: Now, out: &mut Output) -> Result<(), CliError> {
    let vault = unlock::open(&args.vault, now)?;
    let patient = key::patient(&vault, &args.patient)?;
    let preset = protocol::preset(args.indication.first().copied().unwrap_or(Indication::Texture));
    let mut new = preset.series(patient.id, &args.area);
    new.indications.clone_from(&args.indication);
    new.planned = args.planned.unwrap_or(new.planned);
    (new.interval_min_days, new.interval_max_days) =
        args.interval.unwrap_or((new.interval_min_days, new.interval_max_days));
    if let Some(after) = &args.after {
        new.predecessor = Some(key::find_anywhere(&vault, after)?.1.series.id);
    }
    let keyed = create(&vault, &patient, &new, now)?;
    if args.json {
        return out.json(&Rows { series: vec![shown(&keyed)] });
    }
    let views: Vec<String> = new.views.iter().map(|v| v.name.clone()).collect();
    out.line(format!("Added {}: {}.", keyed.key, keyed.series.title()))?;
    out.line(format!("{}: {}", counted(views.len() as i64, "view"), views.join(", ")))
}

/// Adds a series and finds the key `list` will print for it.
pub fn create(vault: &Vault, patient: &Patient, new: &NewSeries, now: Now) -> Result<Keyed, CliError> {
    let id = vault.transact(Op::AddSeries, now, |tx| tx.add_series(new))?;
    let all = key::series_of(vault, patient)?;
    all.into_iter()
        .find(|k| k.series.id == id)
        .ok_or_else(|| CliError::Failed("The series was added but could not be read back.".to_owned()))
}

fn list(args: &SeriesList, now: Now, out: &mut Output) -> Result<(), CliError> {
    let vault = unlock::open(&args.vault, now)?;
    let patients = match &args.patient {
        Some(code) => vec![key::patient(&vault, code)?],
        None => key::patients(&vault, "")?.into_iter().map(|r| r.patient).collect(),
    };
    let mut found = Vec::new();
    for patient in &patients {
        found.extend(key::series_of(&vault, patient)?);
    }
    if args.json {
        audited::list(&vault, patients.iter().map(|patient| patient.id), now)?;
        return out.json(&Rows { series: found.iter().map(shown).collect() });
    }
    if found.is_empty() {
        return out.line("No series. Add one with `diptych series add --patient … --indication …`.");
    }
    let cells = |k: &Keyed| {
        let s = &k.series;
        let plan = if s.planned == 0 { "open-ended".to_owned() } else { format!("{} planned", s.planned) };
        let interval = format!("every {}–{} days", s.interval_min_days, s.interval_max_days);
        vec![k.key.clone(), s.title(), plan, interval, s.state.words().to_owned()]
    };
    out.table(&found.iter().map(cells).collect::<Vec<_>>())
}

fn set_state(args: &SeriesSetState, now: Now, out: &mut Output) -> Result<(), CliError> {
    let vault = unlock::open(&args.vault, now)?;
    let (_, keyed) = key::find_anywhere(&vault, &args.series)?;
    vault.transact(Op::EditSeries, now, |tx| tx.set_series_state(keyed.series.id, args.state))?;
    out.line(format!("{} is {}.", keyed.key, args.state.words()))
}
