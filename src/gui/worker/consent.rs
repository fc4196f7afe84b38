//! Recording consents, with the document that was signed.

use std::path::Path;

use crate::clock::Now;
use crate::import::Document;
use crate::model::{Consent, PatientId};
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
