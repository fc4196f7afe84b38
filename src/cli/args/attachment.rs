//! Flags of `attachment`, and of the erasure of a patient.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};

use super::VaultArgs;
use super::transfer::Agreement;

/// `diptych attachment`.
#[derive(Debug, Subcommand)]
pub enum Attachment {
    /// List a patient's documents.
    List(AttachmentList),
    /// Keep a document of a patient: a PDF, or a picture as JPEG, PNG, TIFF or WebP, of up to 16 MB.
    Add(AttachmentAdd),
    /// Write a document to a file, byte for byte as it came in.
    Export(AttachmentExport),
    /// Give a document to another patient, when it was attached to the wrong one; `undo` takes it back.
    Move(AttachmentMove),
}

/// `diptych attachment list`.
#[derive(Debug, ClapArgs)]
pub struct AttachmentList {
    /// The vault.
    #[command(flatten)]
    pub vault: VaultArgs,
    /// The patient's code.
    #[arg(long, value_name = "CODE")]
    pub patient: String,
    /// Machine-readable result.
    #[arg(long)]
    pub json: bool,
}

/// `diptych attachment add`.
#[derive(Debug, ClapArgs)]
pub struct AttachmentAdd {
    /// The document.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The vault.
    #[command(flatten)]
    pub vault: VaultArgs,
    /// The patient's code.
    #[arg(long, value_name = "CODE")]
    pub patient: String,
    /// Machine-readable result.
    #[arg(long)]
    pub json: bool,
}

/// `diptych attachment export`.
#[derive(Debug, ClapArgs)]
pub struct AttachmentExport {
    /// Its number in `attachment list`.
    #[arg(value_name = "NUMBER")]
    pub number: usize,
    /// The vault.
    #[command(flatten)]
    pub vault: VaultArgs,
    /// The patient's code.
    #[arg(long, value_name = "CODE")]
    pub patient: String,
    /// The file to write.
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
    /// Replace a file of that name.
    #[arg(long)]
    pub force: bool,
    /// Machine-readable result.
    #[arg(long)]
    pub json: bool,
}

/// `diptych attachment move`.
#[derive(Debug, ClapArgs)]
pub struct AttachmentMove {
    /// Its number in `attachment list`.
    #[arg(value_name = "NUMBER")]
    pub number: usize,
    /// The vault.
    #[command(flatten)]
    pub vault: VaultArgs,
    /// Code of the patient it is with now.
    #[arg(long, value_name = "CODE")]
    pub patient: String,
    /// Code of the patient it belongs to.
    #[arg(long, value_name = "CODE")]
    pub to: String,
    /// Whether to do it, and how to answer.
    #[command(flatten)]
    pub agreement: Agreement,
}

/// `diptych patient erase`.
#[derive(Debug, ClapArgs)]
pub struct PatientErase {
    /// The vault.
    #[command(flatten)]
    pub vault: VaultArgs,
    /// The patient's code.
    #[arg(long, value_name = "CODE")]
    pub patient: String,
    /// Why. It stays when the patient is gone and must not name them.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Do not ask for the code once more.
    #[arg(long)]
    pub yes: bool,
    /// Machine-readable result.
    #[arg(long)]
    pub json: bool,
}
