//! `diptych patient`: adds, lists, merges and erases patients.

use serde::Serialize;

use super::{audited, erase, transfer};
use crate::cli::args::{Patient, PatientAdd, PatientCard, PatientEdit, PatientList};
use crate::cli::error::CliError;
use crate::cli::key;
use crate::cli::output::Output;
use crate::cli::unlock;
use crate::clock::Now;
use crate::export::{Existing, check_file, patient_card, write_file};
use crate::model::text::short_date;
use crate::model::{NewPatient, Redacted};
use crate::progress::Progress;
use crate::vault::{Op, PatientRow};

#[derive(Serialize)]
struct Row<'a> {
    code: &'a str,
    uid: String,
    given: &'a str,
    family: &'a str,
    birth: Option<chrono::NaiveDate>,
    fitzpatrick: Option<&'static str>,
    open_series: u32,
    photos: u32,
    last_visit: Option<chrono::NaiveDate>,
}

#[derive(Serialize)]
struct Rows<'a> {
    patients: Vec<Row<'a>>,
}

/// Runs one of them.
pub fn run(command: &Patient, now: Now, progress: &Progress, out: &mut Output) -> Result<(), CliError> {
    match command {
        Patient::Add(args) => add(args, now, out),
        Patient::List(args) => list(args, now, out),
        Patient::Edit(args) => edit(args, now, out),
        Patient::Card(args) => card(args, now, out),
        Patient::Merge(args) => transfer::merge(args, now, progress, out),
        Patient::Erase(args) => erase::run(args, now, progress, out),
    }
}

fn card(args: &PatientCard, now: Now, out: &mut Output) -> Result<(), CliError> {
    let existing = if args.force { Existing::Replace } else { Existing::Keep };
    check_file(&args.output, &[], existing)?;
    let vault = unlock::open(&args.vault, now)?;
    vault.may(Op::Export)?;
    let patient = key::patient(&vault, &args.code)?;
    let pdf = patient_card::pdf(&patient.uid, &patient.code.0);
    let pdf = pdf.ok_or_else(|| CliError::Failed("The card could not be drawn. Nothing was written.".to_owned()))?;
    vault.record_card(patient.id, now)?;
    write_file(&args.output, &pdf, &[], existing)?;
    out.line(format!("The card was written to {}.", args.output.display()))
}

fn add(args: &PatientAdd, now: Now, out: &mut Output) -> Result<(), CliError> {
    let code = args.code.trim();
    if code.is_empty() {
        return Err(CliError::Usage("A patient needs a code. Nothing was added.".to_owned()));
    }
    born_by(args.birth, now)?;
    let new = NewPatient {
        code: code.into(),
        given: args.given.trim().into(),
        family: args.family.trim().into(),
        birth: args.birth.map(Redacted),
        fitzpatrick: args.skin_type,
    };
    let vault = unlock::open(&args.vault, now)?;
    let _ = vault.transact(Op::AddPatient, now, |tx| tx.add_patient(&new))?;
    out.line(format!("Added {code}."))
}

/// Refuses a date of birth that is still to come.
fn born_by(birth: Option<chrono::NaiveDate>, now: Now) -> Result<(), CliError> {
    if birth.is_some_and(|birth| birth > now.today) {
        return Err(CliError::Usage("That date of birth is still to come. Nothing was changed.".to_owned()));
    }
    Ok(())
}

fn edit(args: &PatientEdit, now: Now, out: &mut Output) -> Result<(), CliError> {
    born_by(args.birth, now)?;
    let vault = unlock::open(&args.vault, now)?;
    let patient = key::patient(&vault, &args.patient)?;
    let text = |new: &Option<String>, old: &Redacted<String>| match new {
        Some(new) => Redacted(new.trim().to_owned()),
        None => old.clone(),
    };
    let to = NewPatient {
        code: text(&args.code, &patient.code),
        given: text(&args.given, &patient.given),
        family: text(&args.family, &patient.family),
        birth: args.birth.map(Redacted).or(patient.birth),
        fitzpatrick: args.skin_type.or(patient.fitzpatrick),
    };
    if to.code.0.is_empty() {
        return Err(CliError::Usage("A patient needs a code. Nothing was changed.".to_owned()));
    }
    vault.transact(Op::EditPatient, now, |tx| tx.edit_patient(patient.id, &to))?;
    out.line(format!("Corrected {}.", to.code.0))
}

fn list(args: &PatientList, now: Now, out: &mut Output) -> Result<(), CliError> {
    let vault = unlock::open(&args.vault, now)?;
    let found = key::patients(&vault, args.search.trim())?;
    if args.json {
        audited::list(&vault, found.iter().map(|row| row.patient.id), now)?;
        return out.json(&Rows { patients: found.iter().map(row).collect() });
    }
    if found.is_empty() {
        return out.line("No patients. Add one with `diptych patient add --code …`.");
    }
    let lines: Vec<Vec<String>> = found.iter().map(|r| cells(r, now)).collect();
    out.table(&lines)
}

fn row(row: &PatientRow) -> Row<'_> {
    let p = &row.patient;
    Row {
        code: &p.code.0,
        uid: p.uid.to_string(),
        given: &p.given.0,
        family: &p.family.0,
        birth: p.birth.as_ref().map(|b| b.0),
        fitzpatrick: p.fitzpatrick.map(crate::model::Fitzpatrick::numeral),
        open_series: row.open_series,
        photos: row.photos,
        last_visit: row.last_visit,
    }
}

fn cells(row: &PatientRow, now: Now) -> Vec<String> {
    let p = &row.patient;
    vec![
        p.code.0.clone(),
        p.display_name(),
        p.age_on(now.today).map(|age| age.to_string()).unwrap_or_default(),
        p.fitzpatrick.map(|t| format!("skin {}", t.numeral())).unwrap_or_default(),
        format!("{} open", row.open_series),
        format!("{} photos", row.photos),
        row.last_visit.map(|d| format!("last {}", short_date(d))).unwrap_or_default(),
    ]
}
