//! The signed document of a consent leaves the vault by the window: as it came in, audited, and for roles that export.

use std::path::Path;

use diptych::clock::Now;
use diptych::gui::Start;
use diptych::gui::app::App;
use diptych::gui::job::{Answer, Asked};
use diptych::model::{AttachmentId, Consent, ConsentEvent, NewAttachment, NewPatient, Purpose, Scope};
use diptych::vault::{KdfCost, Op, Passphrase, Role, Vault};

use crate::fixture::today;
use crate::window::{PASSPHRASE, answer, click, drain, shows, vault};

const PDF: &[u8] = b"%PDF-1.7 signed";

fn clock() -> Now {
    Now::fixed(today())
}

/// A vault in a folder, with one patient whose consent has a document.
fn documented(folder: &tempfile::TempDir) -> (Vault, AttachmentId) {
    let vault = vault(folder.path());
    let (code, given, family) = ("P-1".into(), "Given".into(), "Familyone".into());
    let person = NewPatient { code, given, family, birth: None, fitzpatrick: None };
    let patient = vault.transact(Op::AddPatient, clock(), |tx| tx.add_patient(&person)).expect("a patient");
    let document = vault.transact(Op::RecordConsent, clock(), |tx| {
        let document = tx.add_attachment(&NewAttachment { patient, bytes: PDF, file_name: "familyone.pdf" })?;
        let consent = Consent {
            id: None,
            patient,
            series: None,
            purpose: Purpose::Website,
            scope: Scope::Region,
            event: ConsentEvent::Granted,
            wording: "A".into(),
            signer: "patient".into(),
            signed: None,
            expires: None,
            at: clock().at,
        };
        let _id = tx.add_consent_with(&consent, document)?;
        Ok(document)
    });
    (vault, document.expect("recorded"))
}

/// The window of a vault, at the copy of the document.
fn copying(vault: Vault) -> App {
    let (mut app, first) = App::with_clock(Start { opened: Some(vault), ..Start::default() }, clock);
    drain(&mut app, first);
    click(&mut app, "Given Familyone");
    click(&mut app, "Consents…");
    click(&mut app, "Save a copy…");
    app
}

fn pick(app: &mut App, document: AttachmentId, path: &Path) {
    let task = app.update(answer(1, Answer::Picked(Asked::Copy(document), Some(path.to_owned()))));
    drain(app, task);
}

#[test]
fn a_document_is_saved_as_it_came_in_and_the_audit_says_that_it_left() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (vault, document) = documented(&folder);
    let mut app = copying(vault.clone());
    let path = folder.path().join("copy.pdf");
    pick(&mut app, document, &path);
    assert_eq!(std::fs::read(&path).expect("written"), PDF);
    assert!(shows(&app, &format!("A copy of the document was saved to {}.", path.display())));
    let newest = &vault.audit(1).expect("the newest")[0];
    assert_eq!(newest.op, Op::Export.key());
    assert!(newest.subject.contains("\"document\"") && !newest.subject.contains("familyone"), "{}", newest.subject);
}

#[test]
fn a_copy_that_cannot_be_written_is_said_in_the_dialog() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (vault, document) = documented(&folder);
    let mut app = copying(vault.clone());
    let rows = vault.audit(1000).expect("the audit").len();
    pick(&mut app, document, &folder.path().join("no").join("such").join("copy.pdf"));
    assert!(shows(&app, "Save a copy of the document"), "it stays for another place");
    assert_eq!(vault.audit(1000).expect("the audit").len(), rows, "nothing left the vault");
}

#[test]
fn a_viewer_takes_no_document_out() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (vault, document) = documented(&folder);
    let phrase = Passphrase::new(PASSPHRASE);
    let _id = vault.add_user("bert", Role::Viewer, &phrase, KdfCost::TESTS, clock()).expect("added");
    let dir = vault.dir().to_owned();
    drop(vault);
    let mut app = copying(Vault::open(&dir, "bert", &phrase, clock()).expect("opened"));
    let path = folder.path().join("copy.pdf");
    pick(&mut app, document, &path);
    assert!(!path.exists() && shows(&app, "Save a copy of the document"));
}

#[test]
fn a_document_that_no_consent_was_recorded_with_is_listed_and_saved_too() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let vault = vault(folder.path());
    let (code, given, family) = ("P-1".into(), "Given".into(), "Familyone".into());
    let person = NewPatient { code, given, family, birth: None, fitzpatrick: None };
    let patient = vault.transact(Op::AddPatient, clock(), |tx| tx.add_patient(&person)).expect("a patient");
    let new = NewAttachment { patient, bytes: PDF, file_name: "a letter.pdf" };
    let document = vault.transact(Op::AddAttachment, clock(), |tx| tx.add_attachment(&new)).expect("kept");
    let (mut app, first) = App::with_clock(Start { opened: Some(vault), ..Start::default() }, clock);
    drain(&mut app, first);
    click(&mut app, "Given Familyone");
    click(&mut app, "Consents…");
    for words in ["No consent is recorded. Without one nothing of this patient is published.", "a letter.pdf"] {
        assert!(shows(&app, words), "{words}");
    }
    assert!(shows(&app, "Documents without a consent"));
    click(&mut app, "Save a copy…");
    let path = folder.path().join("copy.pdf");
    pick(&mut app, document, &path);
    assert_eq!(std::fs::read(&path).expect("written"), PDF);
}

#[test]
fn a_document_of_a_consent_stands_beside_it_and_nowhere_else() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (vault, _document) = documented(&folder);
    let (mut app, first) = App::with_clock(Start { opened: Some(vault), ..Start::default() }, clock);
    drain(&mut app, first);
    click(&mut app, "Given Familyone");
    click(&mut app, "Consents…");
    assert!(shows(&app, "Save a copy…") && !shows(&app, "Documents without a consent"));
}
