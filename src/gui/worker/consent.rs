//! Recording consents, with the document that was signed; showing it, and copies of it.

use std::path::Path;

use super::picture;
use super::upkeep::{existing, not_saved};
use crate::clock::Now;
use crate::export::{ExportError, check_file, write_file};
use crate::gui::job::{Failure, NotSaved, Outcome, Page};
use crate::imaging::ImagingError;
use crate::import::Document;
use crate::model::{AttachmentId, Consent, PatientId};
use crate::vault::{Op, Result, Vault};

/// All of them and their document, or none.
pub(super) fn add(
    vault: &Vault,
    patient: PatientId,
    consents: &[Consent],
    document: Option<&Path>,
    now: Now,
) -> Result<()> {
    let document = document.map(Document::read).transpose()?;
    vault.transact(Op::RecordConsent, now, |tx| {
        let document = document.as_ref().map(|document| tx.add_attachment(&document.of(patient))).transpose()?;
        consents.iter().try_for_each(|consent| match document {
            None => tx.add_consent(consent).map(drop),
            Some(document) => tx.add_consent_with(consent, document).map(drop),
        })
    })
}

/// What is said of a page that cannot be decoded.
const UNSHOWN: &str = "This page cannot be shown here. The document is kept as it came in. Save a copy and open it with another \
                       program.";

/// A page of a document, from 0, as a picture.
pub(super) fn show(vault: &Vault, document: AttachmentId, index: usize) -> Outcome<Page> {
    let bytes = vault.attachment_bytes(document).map_err(|error| Failure(error.user_message()))?;
    picture::document(&bytes, index).map_err(|error| match error {
        ImagingError::Locked => Failure(error.user_message()),
        _ => Failure(UNSHOWN.to_owned()),
    })
}

/// A copy of a document outside the vault, audited before it is written; nothing of it is, when it cannot be written there.
pub(super) fn save(
    vault: &Vault,
    document: AttachmentId,
    path: &Path,
    replace: bool,
    now: Now,
) -> std::result::Result<(), NotSaved> {
    let existing = existing(replace);
    let saved = check_file(path, &[], existing).and_then(|()| {
        let bytes = vault.take_out_attachment(document, now).map_err(ExportError::from)?;
        write_file(path, &bytes, &[], existing)
    });
    saved.map_err(not_saved)
}
