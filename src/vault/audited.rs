//! Reads that leave a row in the audit although they change no record: a patient's page, an export.

use std::collections::BTreeSet;

use rusqlite::{Connection, TransactionBehavior};

use super::error::{Result, VaultError};
use super::late::Late;
use super::op::Op;
use super::pool::lock;
use super::{AuditEvent, Vault, audit, table};
use crate::clock::Now;
use crate::compare::matching::Matching;
use crate::model::series::vocabulary;
use crate::model::{PatientId, PhotoId};

vocabulary! {
    /// What a person took out of the vault. A gallery is not among them: its ledger is its record.
    Export {
        Composite = "composite", "a before/after picture";
        Audit = "audit", "rows of the audit";
        Document = "document", "a document";
        Card = "card", "a patient's card";
        List = "list", "a list of patients";
    }
}

impl Vault {
    /// Audited: somebody looked at everything of this patient, on a page or in a list.
    ///
    /// A record that was merged has no page of its own any more: [`VaultError::NotFound`].
    pub fn open_patient_page(&self, patient: PatientId, now: Now) -> Result<()> {
        self.open_patient_pages(&[patient], now)
    }

    /// The same of several patients at once, in one row that names each. Of nobody there is none.
    pub fn open_patient_pages(&self, patients: &[PatientId], now: Now) -> Result<()> {
        if patients.is_empty() {
            return Ok(());
        }
        let page = |conn: &Connection, &patient: &PatientId| {
            let there = table::patient::get(conn, patient)?.id;
            if table::merge::person_of(conn, there)? == patient { Ok(patient.0) } else { Err(VaultError::NotFound) }
        };
        let pages = |conn: &Connection| patients.iter().map(|patient| page(conn, patient)).collect();
        let patients: BTreeSet<i64> = self.inner.readers.read(pages)?;
        let subject = serde_json::json!({ "opened": { "patient": patients } }).to_string();
        let (at, user, kind) = (now.at, self.inner.user.id, AuditEvent::PatientOpened.into());
        self.inner.look(Late { at, user, kind, subject, code: None })
    }

    /// Audited: what is known of these patients leaves the vault as a list for another program.
    ///
    /// To be called before it is written. Refuses users whose role does not include [`Op::Export`]. Of nobody there is no
    /// row.
    pub fn record_list(&self, patients: &[PatientId], now: Now) -> Result<()> {
        self.may(Op::Export)?;
        if patients.is_empty() {
            return Ok(());
        }
        let patients: BTreeSet<i64> = patients.iter().map(|patient| patient.0).collect();
        let exported = serde_json::json!({ "exported": { "as": Export::List.key(), "patient": patients } });
        self.note(Op::Export, now, |_| Ok(exported.to_string()))
    }

    /// Audited: pictures made of these photos leave the vault.
    ///
    /// To be called before the file is put in its place: an export that then fails is in the audit, one without a row is
    /// worse. Refuses users whose role does not include [`Op::Export`].
    pub fn record_export(&self, what: Export, photos: &[PhotoId], now: Now) -> Result<()> {
        self.record_matched_export(what, photos, None, now)
    }

    /// As [`Vault::record_export`], with what was done to exposure and colour of the later picture against the earlier
    /// one, where anything was.
    pub fn record_matched_export(
        &self,
        what: Export,
        photos: &[PhotoId],
        matched: Option<Matching>,
        now: Now,
    ) -> Result<()> {
        self.may(Op::Export)?;
        self.note(Op::Export, now, |conn| {
            let rows = photos.iter().map(|&id| table::photo::get(conn, id)).collect::<Result<Vec<_>>>()?;
            let patients: BTreeSet<i64> = rows.iter().map(|photo| photo.patient.0).collect();
            let photos: BTreeSet<i64> = rows.iter().map(|photo| photo.id.0).collect();
            let mut subject = serde_json::json!({ "as": what.key(), "patient": patients, "photo": photos });
            if let Some(Matching { difference }) = matched {
                // Thousandths: the audit says what was done, not how it was measured.
                let rounded = |value: f64| (1000.0 * value).round() / 1000.0;
                subject["matched"] =
                    serde_json::json!({ "ev": rounded(difference.ev), "mired": rounded(difference.mired) });
            }
            let subject = serde_json::json!({ "exported": subject });
            serde_json::to_string(&subject).map_err(|_| VaultError::Damaged("a row image"))
        })
    }

    /// The same for the card that is photographed before a patient's photos.
    pub fn record_card(&self, patient: PatientId, now: Now) -> Result<()> {
        self.may(Op::Export)?;
        self.note(Op::Export, now, |conn| {
            let patient = table::patient::get(conn, patient)?.id;
            Ok(format!("{{\"exported\":{{\"as\":\"{}\",\"patient\":[{}]}}}}", Export::Card.key(), patient.0))
        })
    }

    /// One audit row; raises no generation, because nothing that is shown changed.
    pub(super) fn note(&self, op: Op, now: Now, subject: impl FnOnce(&Connection) -> Result<String>) -> Result<()> {
        let mut conn = lock(&self.inner.writer);
        self.inner.catch_up(&mut conn)?;
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let subject = subject(&tx)?;
        let _seq = audit::append(&tx, now.at, self.inner.user.id, op, subject)?;
        tx.commit()?;
        Ok(())
    }
}
