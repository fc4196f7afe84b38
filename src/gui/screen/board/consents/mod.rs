//! Consents of a patient: the dialog that lists, records and withdraws them. Every change is a new event; none is edited.

mod copy;
mod form;
mod view;

use std::path::PathBuf;

use chrono::NaiveDate;
use iced::Element;

pub use copy::saved;
pub(super) use view::chips;

use crate::clock::Now;
use crate::gui::action::Action;
use crate::gui::job::{Asked, Failure, Job, NotSaved};
use crate::gui::screen::save::Placing;
use crate::gui::theme::Tokens;
use crate::model::{Attachment, AttachmentId, Consent, ConsentEvent, PatientId, Purpose, Scope, SeriesId};
use copy::Copy;
pub use form::Signer;
use form::{Form, text};

/// The dialog.
pub struct Consents {
    patient: PatientId,
    /// The patient's name, as a form is signed; empty where nobody knows it.
    name: String,
    series: Option<SeriesId>,
    page: Page,
    busy: bool,
    error: Option<String>,
}

/// What the dialog shows.
enum Page {
    List,
    Grant(Form),
    /// The event of the history that shall end, and who says so.
    Withdraw(usize, String),
    /// A document is written outside the vault.
    Copy(Copy),
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Message {
    /// "Record a consent".
    New,
    /// A purpose was chosen or left.
    Purpose(Purpose),
    /// A scope was chosen.
    Scope(Scope),
    /// Only for the series in front, or for all.
    OneSeries(bool),
    /// Whether the patient signed, or somebody for them.
    Signer(Signer),
    /// The name of who signed, or of who withdraws, was edited.
    Name(String),
    /// The version of the wording was edited.
    Wording(String),
    /// The day of the signature was edited.
    Signed(String),
    /// The last day was edited.
    Expires(String),
    /// Choose the signed document.
    Attach,
    /// Leave the document out.
    Detach,
    /// Record it.
    Save,
    /// Withdraw the consent at this place of the history.
    Withdraw(usize),
    /// Yes, withdraw it.
    Confirm,
    /// Look at a document.
    Show(AttachmentId),
    /// Give a document to another patient.
    Move(AttachmentId),
    /// "Save a copy…" of a document.
    Copy(AttachmentId),
    /// Where the copy goes.
    Placing(Placing),
    /// Back to the list, or close it.
    Back,
}

impl Consents {
    /// The dialog of a patient, with the series in front.
    #[must_use]
    pub fn new(patient: PatientId, name: String, series: Option<SeriesId>) -> Self {
        Self { patient, name, series, page: Page::List, busy: false, error: None }
    }

    /// Takes a message. What to record comes back as a job, and whether the dialog closes.
    pub fn update(&mut self, message: Message, history: &[Consent], now: Now) -> (Option<Job>, bool) {
        self.error = None;
        match message {
            Message::New => self.page = Page::Grant(Form::new(self.name.clone(), history, now.today)),
            Message::Withdraw(event) => {
                let signer = history.get(event).map(|grant| grant.signer.clone()).unwrap_or_default();
                self.page = Page::Withdraw(event, signer);
            }
            Message::Back => return (None, self.back()),
            Message::Attach => return (self.attach(), false),
            Message::Save => return (self.save(now), false),
            Message::Confirm => return (self.confirm(history, now), false),
            other => match (&mut self.page, other) {
                (Page::Grant(form), message) => form.update(message),
                (Page::Withdraw(_, signer), Message::Name(name)) => *signer = name,
                _ => {}
            },
        }
        (None, false)
    }

    /// One step back; whether the dialog closes.
    pub fn back(&mut self) -> bool {
        if self.busy || matches!(&self.page, Page::Copy(copy) if copy.is_busy()) {
            return false;
        }
        self.error = None;
        let close = matches!(self.page, Page::List);
        self.page = Page::List;
        close
    }

    /// Begins a copy of one of the patient's documents.
    pub fn copy(&mut self, document: AttachmentId, documents: &[Attachment]) -> Action {
        let Some(of) = documents.iter().find(|of| of.id == document) else { return Action::None };
        self.error = None;
        self.page = Page::Copy(Copy::new(self.patient, of));
        Action::Focus(copy::PATH)
    }

    /// In the page that says where the copy goes.
    pub fn place(&mut self, message: Placing) -> Action {
        match &mut self.page {
            Page::Copy(copy) => copy.update(message),
            _ => Action::None,
        }
    }

    /// The desktop gave a path for the copy of this document.
    pub fn place_picked(&mut self, document: AttachmentId, path: PathBuf) -> Action {
        match &mut self.page {
            Page::Copy(copy) if copy.is_of(document) => copy.pick(path),
            _ => Action::None,
        }
    }

    /// Whether it waits for a copy of this document.
    #[must_use]
    pub fn is_copying(&self, document: AttachmentId) -> bool {
        matches!(&self.page, Page::Copy(copy) if copy.is_of(document) && copy.is_busy())
    }

    /// The copy was written, or not.
    pub fn copied(&mut self, document: AttachmentId, outcome: Result<(), NotSaved>) {
        match (&mut self.page, outcome) {
            (Page::Copy(copy), Err(problem)) if copy.is_of(document) => copy.done(problem),
            (Page::Copy(copy), Ok(())) if copy.is_of(document) => self.page = Page::List,
            _ => {}
        }
    }

    fn attach(&self) -> Option<Job> {
        let writes = matches!(self.page, Page::Grant(_)) && !self.busy;
        writes.then(|| Job::PickDocument(Asked::Document(self.patient)))
    }

    /// The person chose a document for the consent that is being written.
    pub fn picked(&mut self, document: PathBuf) {
        if let (Page::Grant(form), false) = (&mut self.page, self.busy) {
            form.document = Some(document);
        }
    }

    fn save(&mut self, now: Now) -> Option<Job> {
        let Page::Grant(form) = &self.page else { return None };
        if self.busy {
            return None;
        }
        match form.consents(self.patient, self.series, now) {
            Ok(consents) => {
                self.busy = true;
                Some(Job::AddConsents(self.patient, consents, form.document.clone()))
            }
            Err(sentence) => {
                self.error = Some(sentence.to_owned());
                None
            }
        }
    }

    fn confirm(&mut self, history: &[Consent], now: Now) -> Option<Job> {
        let Page::Withdraw(event, signer) = &self.page else { return None };
        let grant = history.get(*event).filter(|_| !self.busy)?;
        let signer = signer.trim().to_owned();
        if signer.is_empty() {
            self.error = Some(text::NO_WITHDRAWER.to_owned());
            return None;
        }
        self.busy = true;
        let withdrawal = Consent {
            id: None,
            // A withdrawal ends every scope of what it names.
            scope: Scope::FullFace,
            event: ConsentEvent::Withdrawn,
            signer,
            expires: None,
            // It holds from the moment it is said.
            signed: None,
            at: now.at,
            ..grant.clone()
        };
        Some(Job::AddConsents(self.patient, vec![withdrawal], None))
    }

    /// The vault took it, or says why not.
    pub fn recorded(&mut self, outcome: Result<(), Failure>) {
        self.busy = false;
        match outcome {
            Ok(()) => self.page = Page::List,
            Err(failure) => self.error = Some(failure.0),
        }
    }

    /// The dialog as it stands.
    pub fn view<'a>(
        &'a self,
        history: &'a [Consent],
        documents: &'a [Attachment],
        today: NaiveDate,
        t: &Tokens,
    ) -> Element<'a, Message> {
        view::view(self, (history, documents), today, t)
    }
}

/// What an event of the history means on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Validity {
    Valid,
    Expired,
    Withdrawn,
    /// Of a consent for all series, some no longer count.
    WithdrawnInPart,
    /// A withdrawal itself.
    Ends,
}

fn validity(history: &[Consent], event: usize, today: NaiveDate) -> Validity {
    let Some(grant) = history.get(event).filter(|c| c.event == ConsentEvent::Granted) else { return Validity::Ends };
    let later = history.iter().skip(event + 1);
    let mut ends = later.filter(|c| c.event == ConsentEvent::Withdrawn && c.purpose == grant.purpose);
    let whole = |end: &Consent| end.series.is_none() || end.series == grant.series;
    if ends.clone().any(whole) {
        Validity::Withdrawn
    } else if grant.expires.is_some_and(|last| last < today) {
        Validity::Expired
    } else if grant.series.is_none() && ends.next().is_some() {
        Validity::WithdrawnInPart
    } else {
        Validity::Valid
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Now {
        Now::fixed(NaiveDate::from_ymd_opt(2026, 5, 18).expect("a date"))
    }

    fn dialog(messages: Vec<Message>) -> (Consents, Option<Job>) {
        let mut dialog = Consents::new(PatientId(1), "Maria Tamm".into(), Some(SeriesId(7)));
        let mut job = None;
        for message in messages {
            job = dialog.update(message, &[], now()).0;
        }
        (dialog, job)
    }

    fn recorded(messages: Vec<Message>) -> Vec<Consent> {
        match dialog(messages).1 {
            Some(Job::AddConsents(PatientId(1), consents, None)) => consents,
            _ => panic!("consents are recorded"),
        }
    }

    #[test]
    fn what_was_chosen_is_recorded_once_for_each_purpose() {
        let consents = recorded(vec![
            Message::New,
            Message::Purpose(Purpose::Website),
            Message::Purpose(Purpose::Teaching),
            Message::OneSeries(true),
            Message::Signer(Signer::Guardian),
            Message::Name(" Jaan Tamm ".into()),
            Message::Wording("2025-A".into()),
            Message::Signed("02.05.2026".into()),
            Message::Expires("2028-12-31".into()),
            Message::Save,
        ]);
        assert_eq!(consents.iter().map(|c| c.purpose).collect::<Vec<_>>(), [Purpose::Website, Purpose::Teaching]);
        let first = &consents[0];
        assert_eq!((first.series, first.scope, first.wording.as_str()), (Some(SeriesId(7)), Scope::Region, "2025-A"));
        assert_eq!(
            (first.signer.as_str(), first.signed),
            ("Jaan Tamm (guardian)", NaiveDate::from_ymd_opt(2026, 5, 2))
        );
        assert_eq!(first.expires, NaiveDate::from_ymd_opt(2028, 12, 31));
    }

    #[test]
    fn a_consent_without_purpose_wording_or_with_a_signature_of_tomorrow_is_not_recorded() {
        let with = |more: Vec<Message>| {
            let mut messages = vec![Message::New, Message::Wording("1".into()), Message::Purpose(Purpose::Website)];
            messages.extend(more);
            messages.push(Message::Save);
            let (dialog, job) = dialog(messages);
            (job.is_none(), dialog.error)
        };
        assert_eq!(with(vec![Message::Purpose(Purpose::Website)]), (true, Some(text::NO_PURPOSE.to_owned())));
        assert_eq!(with(vec![Message::Wording(" ".into())]), (true, Some(text::NO_WORDING.to_owned())));
        assert_eq!(with(vec![Message::Name(String::new())]), (true, Some(text::NO_SIGNER.to_owned())));
        assert_eq!(with(vec![Message::Signer(Signer::Guardian)]), (true, Some(text::NO_SIGNER.to_owned())), "who?");
        assert_eq!(with(vec![Message::Signed("2026-05-19".into())]), (true, Some(text::NO_SIGNED.to_owned())));
        assert_eq!(with(vec![Message::Expires("2026-05-17".into())]), (true, Some(text::NO_EXPIRY.to_owned())));
        assert_eq!(with(Vec::new()), (false, None));
    }

    #[test]
    fn the_patients_name_and_today_are_offered_and_what_was_typed_stays() {
        let with = |more: Vec<Message>| {
            let mut messages = vec![Message::New, Message::Wording("1".into()), Message::Purpose(Purpose::Website)];
            messages.extend(more);
            messages.push(Message::Save);
            let first = recorded(messages).remove(0);
            (first.signer, first.signed)
        };
        let today = Some(now().today);
        assert_eq!(with(Vec::new()), ("Maria Tamm (patient)".to_owned(), today));
        let back = vec![Message::Signer(Signer::Guardian), Message::Signer(Signer::Patient)];
        assert_eq!(with(back), ("Maria Tamm (patient)".to_owned(), today));
        let typed = vec![Message::Name("M. Tamm".into()), Message::Signer(Signer::Guardian)];
        assert_eq!(with(typed).0, "M. Tamm (guardian)", "what was typed is nobody's default");
    }

    #[test]
    fn the_document_that_was_chosen_is_recorded_with_the_consent_unless_it_is_left_out_again() {
        let begun = || dialog(vec![Message::New, Message::Wording("1".into()), Message::Purpose(Purpose::Website)]).0;
        let mut writing = begun();
        let (job, close) = writing.update(Message::Attach, &[], now());
        assert!(matches!(job, Some(Job::PickDocument(Asked::Document(PatientId(1))))) && !close);
        writing.picked("/scans/signed.pdf".into());
        let Some(Job::AddConsents(_, _, document)) = writing.update(Message::Save, &[], now()).0 else {
            panic!("it is recorded")
        };
        assert_eq!(document.as_deref(), Some(std::path::Path::new("/scans/signed.pdf")));
        assert!(writing.update(Message::Attach, &[], now()).0.is_none(), "not while it is being recorded");
        let mut writing = begun();
        writing.picked("/scans/signed.pdf".into());
        let _ = writing.update(Message::Detach, &[], now());
        assert!(matches!(writing.update(Message::Save, &[], now()).0, Some(Job::AddConsents(_, _, None))));
        let (mut list, _) = dialog(Vec::new());
        list.picked("/scans/late.pdf".into());
        assert!(list.update(Message::Attach, &[], now()).0.is_none(), "no form, nothing to attach to");
    }

    #[test]
    fn a_withdrawal_is_asked_about_and_ends_the_grant_it_names() {
        let mut history = recorded(vec![
            Message::New,
            Message::Wording("1".into()),
            Message::Purpose(Purpose::Website),
            Message::Save,
        ]);
        let mut dialog = Consents::new(PatientId(1), "Maria Tamm".into(), Some(SeriesId(7)));
        assert!(dialog.update(Message::Withdraw(0), &history, now()).0.is_none());
        let _ = dialog.update(Message::Name(" ".into()), &history, now());
        assert!(dialog.update(Message::Confirm, &history, now()).0.is_none());
        assert_eq!(dialog.error.as_deref(), Some(text::NO_WITHDRAWER));
        let _ = dialog.update(Message::Name("Jaan Tamm (guardian)".into()), &history, now());
        let Some(Job::AddConsents(_, end, None)) = dialog.update(Message::Confirm, &history, now()).0 else {
            panic!("the withdrawal is recorded")
        };
        assert!(dialog.update(Message::Confirm, &history, now()).0.is_none(), "asked once");
        assert_eq!(
            (history[0].signer.as_str(), end[0].signer.as_str()),
            ("Maria Tamm (patient)", "Jaan Tamm (guardian)")
        );
        assert_eq!((end[0].event, end[0].series, end[0].purpose), (ConsentEvent::Withdrawn, None, Purpose::Website));
        assert_eq!(validity(&history, 0, now().today), Validity::Valid);
        history.extend(end);
        assert_eq!(validity(&history, 0, now().today), Validity::Withdrawn);
        assert_eq!(validity(&history, 1, now().today), Validity::Ends);
    }
}
