//! `diptych consent`: records and lists what patients allowed.

use chrono::NaiveDate;
use serde::Serialize;

use super::attachment::{self, number_of};
use super::audited;
use crate::cli::args::{self, ConsentGrant, ConsentList, ConsentSubject, ConsentWithdraw, VaultArgs};
use crate::cli::error::CliError;
use crate::cli::key::{self, Match};
use crate::cli::output::Output;
use crate::cli::unlock;
use crate::clock::Now;
use crate::import::Document;
use crate::model::text::short_date;
use crate::model::{Consent, ConsentEvent, PatientId, Purpose, Scope, SeriesId};
use crate::vault::Op;

#[derive(Serialize)]
struct Rows {
    consents: Vec<Shown>,
}

#[derive(Serialize)]
struct Shown {
    at: String,
    event: ConsentEvent,
    purpose: Purpose,
    scope: Scope,
    series: Option<String>,
    expires: Option<NaiveDate>,
    wording: String,
    signer: String,
    signed: Option<NaiveDate>,
    /// Number of the signed document in `attachment list`.
    document: Option<usize>,
}

/// Runs one of them.
pub fn run(command: &args::Consent, now: Now, out: &mut Output) -> Result<(), CliError> {
    match command {
        args::Consent::Grant(args) => grant(args, now, out),
        args::Consent::Withdraw(args) => withdraw(args, now, out),
        args::Consent::List(args) => list(args, now, out),
    }
}

fn grant(args: &ConsentGrant, now: Now, out: &mut Output) -> Result<(), CliError> {
    if args.signed.is_some_and(|day| day > now.today) {
        return Err(CliError::Usage("That day of signing is still to come. Nothing was recorded.".to_owned()));
    }
    if args.expires.is_some_and(|last| last < now.today) {
        return Err(CliError::Refused("That consent would have expired already. Nothing was recorded.".to_owned()));
    }
    let event = Consent {
        scope: args.scope,
        wording: args.wording.clone(),
        expires: args.expires,
        signed: args.signed,
        ..event(&args.subject, ConsentEvent::Granted, now)
    };
    let document = args.document.as_deref().map(attachment::read).transpose()?;
    record(&args.vault, &args.subject, event, document.as_ref(), now)?;
    out.line(format!(
        "Recorded for {}: {} may be used for {}.",
        args.subject.patient.trim(),
        args.scope.words(),
        args.subject.purpose.words()
    ))
}

fn withdraw(args: &ConsentWithdraw, now: Now, out: &mut Output) -> Result<(), CliError> {
    record(&args.vault, &args.subject, event(&args.subject, ConsentEvent::Withdrawn, now), None, now)?;
    out.line(format!(
        "Recorded for {}: the consent for {} is withdrawn. The record stays; the next gallery leaves the case out.",
        args.subject.patient.trim(),
        args.subject.purpose.words()
    ))
}

/// An event about all of the patient's series and the whole face, of nobody yet.
fn event(subject: &ConsentSubject, event: ConsentEvent, now: Now) -> Consent {
    Consent {
        id: None,
        patient: PatientId(0),
        series: None,
        purpose: subject.purpose,
        scope: Scope::FullFace,
        event,
        wording: String::new(),
        signer: subject.signer.clone(),
        signed: None,
        expires: None,
        at: now.at,
    }
}

/// Finds out whom the event is about and records it.
fn record(
    vault: &VaultArgs,
    subject: &ConsentSubject,
    event: Consent,
    document: Option<&Document>,
    now: Now,
) -> Result<(), CliError> {
    let vault = unlock::open(vault, now)?;
    let patient = key::patient(&vault, &subject.patient)?;
    let series = match &subject.series {
        None => None,
        Some(text) => match key::find(&vault, &patient, text)? {
            Match::One(found) => Some(found.series.id),
            Match::NoneYet(_) => {
                return Err(CliError::Failed("The patient has no such series. Nothing was recorded.".to_owned()));
            }
        },
    };
    let event = Consent { patient: patient.id, series, ..event };
    if event.event == ConsentEvent::Withdrawn {
        let granted = |c: &Consent| c.event == ConsentEvent::Granted && c.purpose == event.purpose;
        let covered = |c: &Consent| series.is_none() || c.series.is_none() || c.series == series;
        if !vault.consents(patient.id)?.iter().any(|c| granted(c) && covered(c)) {
            return Err(CliError::Refused(format!(
                "{} never gave a consent for {}, so there is none to withdraw. Nothing was recorded. Look at the code.",
                patient.code.0,
                event.purpose.words()
            )));
        }
    }
    // The consent and what proves it, or neither.
    let _ = vault.transact(Op::RecordConsent, now, |tx| match document {
        None => tx.add_consent(&event),
        Some(document) => tx.add_consent_with(&event, tx.add_attachment(&document.of(patient.id))?),
    })?;
    Ok(())
}

fn list(args: &ConsentList, now: Now, out: &mut Output) -> Result<(), CliError> {
    let vault = unlock::open(&args.vault, now)?;
    let patient = key::patient(&vault, &args.patient)?;
    audited::page(&vault, [patient.id], args.json, now)?;
    let series = key::series_of(&vault, &patient)?;
    let key_of = |id: SeriesId| series.iter().find(|k| k.series.id == id).map(|k| k.key.clone());
    let history = vault.consents(patient.id)?;
    let documents = vault.attachments(patient.id)?;
    let document_of = |consent: &Consent| {
        let of = documents.iter().find(|of| consent.id.is_some_and(|id| of.consents.contains(&id)))?;
        number_of(&documents, of.id)
    };
    if args.json {
        let shown = |c: Consent| Shown {
            document: document_of(&c),
            at: c.at.to_iso(),
            event: c.event,
            purpose: c.purpose,
            scope: c.scope,
            series: c.series.and_then(key_of),
            expires: c.expires,
            wording: c.wording,
            signer: c.signer,
            signed: c.signed,
        };
        return out.json(&Rows { consents: history.into_iter().map(shown).collect() });
    }
    if history.is_empty() {
        return out.line("No consent is recorded.");
    }
    let cells = |c: &Consent| {
        vec![
            c.at.to_iso(),
            c.event.words().to_owned(),
            c.purpose.words().to_owned(),
            if c.event == ConsentEvent::Granted { c.scope.words().to_owned() } else { String::new() },
            c.series.and_then(key_of).unwrap_or_else(|| "all series".to_owned()),
            c.expires.map(|d| format!("until {}", short_date(d))).unwrap_or_default(),
            document_of(c).map(|number| format!("document {number}")).unwrap_or_default(),
        ]
    };
    out.table(&history.iter().map(cells).collect::<Vec<_>>())
}
