//! `diptych attachment`: documents of a patient, as they came in.

use std::path::Path;

use serde::Serialize;

use super::audited;
use super::transfer::agree;
use crate::cli::args::{self, AttachmentAdd, AttachmentExport, AttachmentList, AttachmentMove};
use crate::cli::error::CliError;
use crate::cli::key;
use crate::cli::output::Output;
use crate::cli::unlock;
use crate::clock::Now;
use crate::export::{self, Existing};
use crate::import::Document;
use crate::model::text::{counted, grouped};
use crate::model::{Attachment, AttachmentId, DocumentKind};
use crate::vault::{Op, Transfer, Vault, VaultError};

#[derive(Serialize)]
struct Listed {
    attachments: Vec<Shown>,
}

#[derive(Serialize)]
struct Shown {
    number: usize,
    kind: DocumentKind,
    file_name: String,
    bytes: u64,
    sha256: String,
    at: String,
    consents: usize,
}

#[derive(Serialize)]
struct Added {
    number: usize,
    sha256: String,
}

#[derive(Serialize)]
struct Written {
    output: String,
    bytes: u64,
    sha256: String,
}

/// Runs one of them.
pub fn run(command: &args::Attachment, now: Now, out: &mut Output) -> Result<(), CliError> {
    match command {
        args::Attachment::List(args) => list(args, now, out),
        args::Attachment::Add(args) => add(args, now, out),
        args::Attachment::Export(args) => export(args, now, out),
        args::Attachment::Move(args) => give(args, now, out),
    }
}

fn list(args: &AttachmentList, now: Now, out: &mut Output) -> Result<(), CliError> {
    let vault = unlock::open(&args.vault, now)?;
    let patient = key::patient(&vault, &args.patient)?;
    audited::page(&vault, [patient.id], args.json, now)?;
    let all = vault.attachments(patient.id)?;
    let rows: Vec<Shown> = all.into_iter().enumerate().map(|(i, of)| shown(i + 1, of)).collect();
    if args.json {
        return out.json(&Listed { attachments: rows });
    }
    if rows.is_empty() {
        return out.line("No document is attached.");
    }
    let cells = |row: &Shown| {
        vec![
            row.number.to_string(),
            row.kind.words().to_owned(),
            format!("{} kB", grouped(row.bytes.div_ceil(1000))),
            row.at.clone(),
            if row.consents == 0 { String::new() } else { format!("of {}", counted(row.consents as i64, "consent")) },
            row.file_name.clone(),
        ]
    };
    out.table(&rows.iter().map(cells).collect::<Vec<_>>())
}

fn shown(number: usize, of: Attachment) -> Shown {
    Shown {
        number,
        kind: of.kind,
        file_name: of.file_name.0,
        bytes: of.length,
        sha256: of.hash.to_string(),
        at: of.at.to_iso(),
        consents: of.consents.len(),
    }
}

fn add(args: &AttachmentAdd, now: Now, out: &mut Output) -> Result<(), CliError> {
    let document = read(&args.file)?;
    let vault = unlock::open(&args.vault, now)?;
    let patient = key::patient(&vault, &args.patient)?.id;
    let id = vault.transact(Op::AddAttachment, now, |tx| tx.add_attachment(&document.of(patient)))?;
    let all = vault.attachments(patient)?;
    let number = number_of(&all, id).unwrap_or_default();
    if args.json {
        let sha256 = all.iter().find(|of| of.id == id).map(|of| of.hash.to_string()).unwrap_or_default();
        return out.json(&Added { number, sha256 });
    }
    out.line(format!("Kept as document {number}."))
}

/// The number `attachment list` prints; it stays until a document goes to another patient or comes from one.
pub fn number_of(all: &[Attachment], id: AttachmentId) -> Option<usize> {
    all.iter().position(|of| of.id == id).map(|at| at + 1)
}

fn export(args: &AttachmentExport, now: Now, out: &mut Output) -> Result<(), CliError> {
    let existing = if args.force { Existing::Replace } else { Existing::Keep };
    let path = args.output.as_path();
    export::check_file(path, &[], existing).map_err(|e| CliError::from(e).at(path))?;
    let vault = unlock::open(&args.vault, now)?;
    let (bytes, of) = take_out(&vault, args, now)?;
    export::write_file(path, &bytes, &[], existing).map_err(|e| CliError::from(e).at(path))?;
    if args.json {
        let sha256 = of.hash.to_string();
        return out.json(&Written { output: path.display().to_string(), bytes: of.length, sha256 });
    }
    out.line(format!("Wrote {} ({}).", path.display(), of.kind.words()))
}

fn take_out(vault: &Vault, args: &AttachmentExport, now: Now) -> Result<(Vec<u8>, Attachment), CliError> {
    let of = numbered(vault, &args.patient, args.number)?;
    Ok((vault.take_out_attachment(of.id, now)?, of))
}

/// The document that `attachment list` prints under this number.
fn numbered(vault: &Vault, patient: &str, number: usize) -> Result<Attachment, CliError> {
    let all = vault.attachments(key::patient(vault, patient)?.id)?;
    all.into_iter().nth(number.wrapping_sub(1)).ok_or_else(|| {
        CliError::Failed("The patient has no document of that number. `diptych attachment list` shows them.".to_owned())
    })
}

fn give(args: &AttachmentMove, now: Now, out: &mut Output) -> Result<(), CliError> {
    let vault = unlock::open(&args.vault, now)?;
    vault.may(Op::MoveAttachment)?;
    let of = numbered(&vault, &args.patient, args.number)?;
    let to = key::patient(&vault, &args.to)?;
    let transfer = Transfer::Document { document: of.id, to: to.id };
    let text = format!("The document was moved to {}.", to.code.0);
    agree(&vault, transfer, &args.agreement, now, out, text).map(drop)
}

/// Reads a document before a passphrase is asked for.
pub fn read(path: &Path) -> Result<Document, CliError> {
    Document::read(path).map_err(|error| match error {
        VaultError::Io(kind) => CliError::file(path, &kind.into()),
        error => CliError::from(error).at(path),
    })
}
