//! A consent while it is written: what for, how much, who signed and when.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;

use super::Message;
use crate::clock::Now;
use crate::gui::screen::patients::form::date;
use crate::model::{Consent, ConsentEvent, PatientId, Purpose, Scope, SeriesId};

pub(super) mod text {
    pub const NO_PURPOSE: &str = "A consent is for at least one purpose. Choose what the pictures may be used for.";
    pub const NO_WORDING: &str = "Say which version of the wording was signed, as it is printed on your form.";
    pub const NO_SIGNER: &str = "Say who signed: the name as it stands on the form.";
    pub const NO_WITHDRAWER: &str = "Say who withdraws it: the patient, or somebody for them.";
    pub const NO_SIGNED: &str =
        "The day of the signature is not a date up to today. Write it as 2026-05-18 or 18.05.2026.";
    pub const NO_EXPIRY: &str =
        "The last day is not a date from today on. Write it as 2028-12-31 or 31.12.2028, or leave it empty.";
}

/// The form.
pub(super) struct Form {
    pub(super) purposes: Vec<Purpose>,
    pub(super) scope: Scope,
    pub(super) one_series: bool,
    pub(super) signer: Signer,
    /// The name of who signed.
    pub(super) name: String,
    /// That of the patient, which is offered.
    patient: String,
    pub(super) wording: String,
    pub(super) signed: String,
    pub(super) expires: String,
    pub(super) document: Option<PathBuf>,
}

/// As what somebody signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signer {
    /// The patient.
    Patient,
    /// A parent or guardian.
    Guardian,
}

impl Signer {
    /// Words for the form and the record.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Patient => "patient",
            Self::Guardian => "guardian",
        }
    }
}

impl Form {
    /// What is signed most often: by the patient, today, the wording of last time.
    pub(super) fn new(patient: String, history: &[Consent], today: NaiveDate) -> Self {
        let last = history.iter().rev().find(|c| c.event == ConsentEvent::Granted && !c.wording.is_empty());
        Self {
            purposes: Vec::new(),
            scope: Scope::Region,
            one_series: false,
            signer: Signer::Patient,
            name: patient.clone(),
            patient,
            wording: last.map(|c| c.wording.clone()).unwrap_or_default(),
            signed: today.to_string(),
            expires: String::new(),
            document: None,
        }
    }

    /// What the chosen document is called.
    pub(super) fn document_name(&self) -> Option<String> {
        let name = self.document.as_deref().and_then(Path::file_name)?;
        Some(name.to_string_lossy().into_owned())
    }

    pub(super) fn update(&mut self, message: Message) {
        match message {
            Message::Purpose(purpose) => match self.purposes.iter().position(|p| *p == purpose) {
                Some(at) => drop(self.purposes.remove(at)),
                None => self.purposes.push(purpose),
            },
            Message::Scope(scope) => self.scope = scope,
            Message::OneSeries(one) => self.one_series = one,
            Message::Signer(signer) => self.sign_as(signer),
            Message::Name(text) => self.name = text,
            Message::Wording(text) => self.wording = text,
            Message::Signed(text) => self.signed = text,
            Message::Expires(text) => self.expires = text,
            Message::Detach => self.document = None,
            _ => {}
        }
    }

    /// The patient's name is offered where they sign themselves, and nowhere else; what was typed stays.
    fn sign_as(&mut self, signer: Signer) {
        match signer {
            Signer::Guardian if self.name == self.patient => self.name.clear(),
            Signer::Patient if self.name.trim().is_empty() => self.name = self.patient.clone(),
            _ => {}
        }
        self.signer = signer;
    }

    /// One event for each purpose.
    pub(super) fn consents(
        &self,
        patient: PatientId,
        series: Option<SeriesId>,
        now: Now,
    ) -> Result<Vec<Consent>, &'static str> {
        if self.purposes.is_empty() {
            return Err(text::NO_PURPOSE);
        }
        let (wording, name) = (self.wording.trim(), self.name.trim());
        if wording.is_empty() {
            return Err(text::NO_WORDING);
        }
        if name.is_empty() {
            return Err(text::NO_SIGNER);
        }
        let signed = date(&self.signed).filter(|day| *day <= now.today).ok_or(text::NO_SIGNED)?;
        let expires = match self.expires.trim() {
            "" => None,
            text => Some(date(text).filter(|day| *day >= now.today).ok_or(text::NO_EXPIRY)?),
        };
        let consent = |purpose: &Purpose| Consent {
            id: None,
            patient,
            series: series.filter(|_| self.one_series),
            purpose: *purpose,
            scope: self.scope,
            event: ConsentEvent::Granted,
            wording: wording.to_owned(),
            signer: format!("{name} ({})", self.signer.words()),
            signed: Some(signed),
            expires,
            at: now.at,
        };
        Ok(self.purposes.iter().map(consent).collect())
    }
}
