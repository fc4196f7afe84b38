//! Documents of patients: listed, read, and taken out of the vault as they came in.

use super::audited::Export;
use super::error::{Result, VaultError};
use super::op::Op;
use super::transact::Tx;
use super::{Vault, table};
use crate::clock::Now;
use crate::model::{Attachment, AttachmentId, Consent, ConsentId, NewAttachment, PatientId};

impl Vault {
    /// A patient's documents, oldest first, each with the consents it belongs to.
    pub fn attachments(&self, patient: PatientId) -> Result<Vec<Attachment>> {
        self.inner.readers.read(|conn| table::attachment::of_patient(&*conn.unchecked_transaction()?, patient))
    }

    /// A document's bytes, checked against their hash.
    pub fn attachment_bytes(&self, id: AttachmentId) -> Result<Vec<u8>> {
        self.inner.readers.read(|conn| table::attachment::bytes(conn, id))
    }

    /// A document's bytes to be written outside the vault; audited before they are handed out.
    pub fn take_out_attachment(&self, id: AttachmentId, now: Now) -> Result<Vec<u8>> {
        self.may(Op::Export)?;
        let bytes = self.attachment_bytes(id)?;
        self.note(Op::Export, now, |conn| {
            let of = table::attachment::get(conn, id)?;
            let exported = serde_json::json!({
                "exported": { "as": Export::Document.key(), "attachment": [of.id.0], "patient": [of.patient.0] }
            });
            serde_json::to_string(&exported).map_err(|_| VaultError::Damaged("a row image"))
        })?;
        Ok(bytes)
    }
}

impl Tx<'_> {
    /// Keeps a document of a patient: a PDF or a picture of up to 16 MB. The same bytes of one patient are kept once.
    pub fn add_attachment(&self, new: &NewAttachment<'_>) -> Result<AttachmentId> {
        table::attachment::add(self.conn(), new, self.now().at)
    }

    /// Gives a document to another patient, as it is; refused where a consent was recorded with it.
    pub fn move_attachment(&self, document: AttachmentId, to: PatientId) -> Result<()> {
        table::attachment::move_to(self.conn(), document, to)
    }

    /// Appends an event to a patient's consents, with the document that was signed.
    pub fn add_consent_with(&self, consent: &Consent, document: AttachmentId) -> Result<ConsentId> {
        if table::attachment::get(self.conn(), document)?.patient != consent.patient {
            return Err(VaultError::Refused("the document belongs to another patient"));
        }
        table::consent::add(self.conn(), consent, Some(document))
    }
}
