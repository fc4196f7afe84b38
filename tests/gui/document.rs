//! Documents in the window: a picture is looked at, a copy leaves the vault as it came in, audited and for roles that
//! export, and one of the wrong patient goes to the right one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use diptych::clock::Now;
use diptych::geom::Size;
use diptych::gui::Start;
use diptych::gui::app::{App, Message};
use diptych::gui::job::{Answer, Asked, Failure, Page, Ticket};
use diptych::gui::picture::Shown;
use diptych::imaging::{self, apart};
use diptych::model::{AttachmentId, Consent, ConsentEvent, NewAttachment, NewPatient, PatientId, Purpose, Scope};
use diptych::vault::{KdfCost, Op, Passphrase, Role, Vault};
use iced::keyboard::{Key, Modifiers, key::Named};

use crate::fixture::{simulate, skin, today};
use crate::window::{PASSPHRASE, answer, click, clicked, drain, drain_with, shows, vault};

const PDF: &[u8] = b"%PDF-1.7 signed";

fn clock() -> Now {
    Now::fixed(today())
}

fn add_patient(vault: &Vault, code: &str, family: &str) -> PatientId {
    let (code, given, family) = (code.into(), "Given".into(), family.into());
    let person = NewPatient { code, given, family, birth: None, fitzpatrick: None };
    vault.transact(Op::AddPatient, clock(), |tx| tx.add_patient(&person)).expect("a patient")
}

/// A document that no consent was recorded with.
fn keep(vault: &Vault, patient: PatientId, bytes: &[u8], file_name: &str) -> AttachmentId {
    let new = NewAttachment { patient, bytes, file_name };
    vault.transact(Op::AddAttachment, clock(), |tx| tx.add_attachment(&new)).expect("kept")
}

/// The window of a vault, at the list of consents of its first patient.
fn listing(vault: Vault) -> App {
    let (mut app, first) = App::with_clock(Start { opened: Some(vault), ..Start::default() }, clock);
    drain(&mut app, first);
    click(&mut app, "Given Familyone");
    click(&mut app, "Consents…");
    app
}

/// A vault in a folder, with one patient whose consent has a document.
fn documented(folder: &tempfile::TempDir) -> (Vault, AttachmentId) {
    let vault = vault(folder.path());
    let patient = add_patient(&vault, "P-1", "Familyone");
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
    let mut app = listing(vault);
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
    let patient = add_patient(&vault, "P-1", "Familyone");
    let document = keep(&vault, patient, PDF, "a letter.pdf");
    let mut app = listing(vault);
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
    let app = listing(vault);
    assert!(shows(&app, "Save a copy…") && !shows(&app, "Documents without a consent"));
    assert!(!shows(&app, "Move…"), "it stays where it was signed");
}

/// A JPEG whose EXIF says that it was scanned lying on its side.
fn scan_on_its_side() -> Vec<u8> {
    let jpeg = imaging::encode_jpeg(&skin(Size::new(640, 480), 5), 90).expect("a picture");
    let turned = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let length = (turned.len() as u16 + 2).to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &length, turned, &jpeg[2..]].concat()
}

/// Clicks words, and gives back what the core answered about a document.
fn shown_by(app: &mut App, on: &str) -> Option<(Ticket, Result<Arc<Page>, Failure>)> {
    let mut found = None;
    for task in clicked(app, on) {
        drain_with(app, task, |message| {
            if let Message::Answer(_, answer) = message
                && let Answer::DocumentShown(ticket, _, page) = answer.as_ref()
            {
                found = Some((*ticket, page.clone()));
            }
        });
    }
    found
}

fn escape(app: &mut App) {
    let task = app.update(Message::Key(Key::Named(Named::Escape), Modifiers::empty()));
    drain(app, task);
}

#[test]
fn a_scan_is_shown_upright_and_escape_leads_back_to_the_list() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let vault = vault(folder.path());
    let patient = add_patient(&vault, "P-1", "Familyone");
    let document = keep(&vault, patient, &scan_on_its_side(), "scan.jpg");
    let rows = |vault: &Vault| vault.audit(1000).expect("the audit").len();
    let mut app = listing(vault.clone());
    let before = rows(&vault);
    let (ticket, page) = shown_by(&mut app, "Show").expect("the core answered");
    let page = page.expect("it can be read");
    assert_eq!((ticket.id, page.picture.frame, page.of), (document.0, Size::new(480, 640), 1));
    assert!(shows(&app, "The wheel comes closer, a double click shows the whole page."));
    assert!(!shows(&app, "Record a consent"), "the document lies over the list");
    // What is asked for late, or of another document, is not shown here.
    let other = Ticket { id: ticket.id + 1, ..ticket };
    let _ = app.update(answer(1, Answer::DocumentShown(other, 0, Err(Failure("another one".into())))));
    assert!(!shows(&app, "another one"));
    escape(&mut app);
    assert!(shows(&app, "Record a consent") && shows(&app, "scan.jpg"));
    escape(&mut app);
    assert!(!shows(&app, "Record a consent"));
    assert_eq!(rows(&vault), before, "nothing left the vault");
}

#[test]
fn a_scan_of_several_pages_and_one_that_cannot_be_read_are_said_to_be_so() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let vault = vault(folder.path());
    let patient = add_patient(&vault, "P-1", "Familyone");
    let _broken = keep(&vault, patient, b"\x89PNG\r\n\x1a\n and no more", "broken.png");
    let mut app = listing(vault);
    let (ticket, page) = shown_by(&mut app, "Show").expect("the core answered");
    assert!(page.is_err());
    let said = "This page cannot be shown here. The document is kept as it came in. Save a copy and open it with another program.";
    assert!(shows(&app, said));
    let size = Size::new(48, 64);
    let shown = Shown::new(skin(size, 1), size.rect(), size);
    let page = Arc::new(Page { picture: Arc::new(shown), of: 3, is_cut: true, is_partial: false });
    let _ = app.update(answer(1, Answer::DocumentShown(ticket, 0, Ok(page))));
    assert!(shows(&app, "Page 1 of 3"));
    assert!(shows(
        &app,
        "The end of this file is missing, and pages with it perhaps. Look for the paper, or for another copy."
    ));
    click(&mut app, "Save a copy…");
    assert!(shows(&app, "Save a copy of the document"));
}

/// Two pages, one upright and one turned, without a word on them.
const TWO_PAGES: &[u8] = b"%PDF-1.4
1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj
2 0 obj << /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 /MediaBox [0 0 100 200] >> endobj
3 0 obj << /Type /Page /Parent 2 0 R >> endobj
4 0 obj << /Type /Page /Parent 2 0 R /Rotate 90 >> endobj
trailer << /Root 1 0 R >>
%%EOF
";

#[test]
fn a_pdf_is_shown_page_by_page() {
    apart::use_worker(PathBuf::from(env!("CARGO_BIN_EXE_diptych")));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let vault = vault(folder.path());
    let patient = add_patient(&vault, "P-1", "Familyone");
    let _document = keep(&vault, patient, TWO_PAGES, "signed.pdf");
    let mut app = listing(vault);
    let (ticket, page) = shown_by(&mut app, "Show").expect("the core answered");
    let page = page.expect("it is drawn");
    assert_eq!((page.picture.frame, page.of), (Size::new(1800, 3600), 2));
    assert!(shows(&app, "Page 1 of 2") && !page.is_cut);
    let (_, page) = shown_by(&mut app, "Next page").expect("the core answered");
    assert_eq!(page.expect("it is drawn").picture.frame, Size::new(3600, 1800));
    assert!(shows(&app, "Page 2 of 2"));
    assert!(shown_by(&mut app, "Next page").is_none(), "there is none");
    for (key, words) in
        [(Named::PageUp, "Page 1 of 2"), (Named::ArrowRight, "Page 2 of 2"), (Named::ArrowLeft, "Page 1 of 2")]
    {
        let task = app.update(Message::Key(Key::Named(key), Modifiers::empty()));
        drain(&mut app, task);
        assert!(shows(&app, words), "{key:?}");
    }
    // One page is on its way at a time; one that was left again is not shown when it comes, and the wanted one is asked for.
    let press = |app: &mut App, key| app.update(Message::Key(Key::Named(key), Modifiers::empty()));
    let _asked = press(&mut app, Named::PageDown);
    let _held = press(&mut app, Named::PageUp);
    assert!(shows(&app, "Opening page 1…"));
    let late = Answer::DocumentShown(ticket, 1, Err(Failure("late".into())));
    let wanted = app.update(answer(1, late));
    assert!(!shows(&app, "late"));
    drain(&mut app, wanted);
    assert!(shows(&app, "Page 1 of 2"));
    // A page that cannot be shown bars the way to no other one.
    let _asked = press(&mut app, Named::PageDown);
    let _ = app.update(answer(1, Answer::DocumentShown(ticket, 1, Err(Failure("damaged".into())))));
    assert!(shows(&app, "damaged") && shows(&app, "Page 2 of 2"));
    let back = press(&mut app, Named::PageUp);
    drain(&mut app, back);
    assert!(shows(&app, "Page 1 of 2") && !shows(&app, "damaged"));
}

fn find_patient(app: &mut App, code: &str) {
    let typed: Vec<Message> = {
        let mut window = simulate(app.view());
        let _ = window.click("code of another patient").expect("the field");
        let _ = window.typewrite(code);
        window.into_messages().collect()
    };
    for message in typed {
        let task = app.update(message);
        drain(app, task);
    }
    click(app, "Find");
}

#[test]
fn a_document_of_the_wrong_patient_goes_to_the_right_one_after_a_warning_and_back_by_undo() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let vault = vault(folder.path());
    let (one, two) = (add_patient(&vault, "P-1", "Familyone"), add_patient(&vault, "P-2", "Familytwo"));
    let document = keep(&vault, one, &scan_on_its_side(), "scan.jpg");
    let of = |patient| vault.attachments(patient).expect("listed").iter().map(|of| of.id).collect::<Vec<_>>();
    let mut app = listing(vault.clone());
    click(&mut app, "Show");
    click(&mut app, "Move…");
    assert!(shows(
        &app,
        "Find the patient it belongs to, by the code. What that would mean is said here before it is moved."
    ));
    assert!(!shows(&app, "The whole patient") && !shows(&app, "Series"));
    click(&mut app, "Move");
    assert_eq!(of(one), [document], "with whom was not said yet");
    find_patient(&mut app, "P-2");
    assert!(shows(&app, "The patient changes from Given Familyone (P-1) to Given Familytwo (P-2)."));
    click(&mut app, "Move");
    assert!(shows(&app, "Moved. Ctrl Z takes it back.") && shows(&app, "Record a consent"));
    assert!(!shows(&app, "scan.jpg"), "it is not to be seen on this page any more");
    assert_eq!((of(one), of(two)), (vec![], vec![document]));
    let newest = vault.audit(10).expect("the audit").into_iter().find(|row| row.op == Op::MoveAttachment.key());
    assert!(newest.is_some_and(|row| !row.subject.contains("scan.jpg")), "audited, and no name of a file");
    let task = app.update(Message::Key(Key::Character("z".into()), Modifiers::COMMAND));
    drain(&mut app, task);
    assert!(shows(&app, "Undo this change?") && shows(&app, "Moving a document"));
    let task = app.update(Message::Key(Key::Named(Named::Enter), Modifiers::empty()));
    drain(&mut app, task);
    assert_eq!((of(one), of(two)), (vec![document], vec![]));
    assert!(shows(&app, "scan.jpg"));
}
